//! A trained network over a picture.

use super::halt::Halt;
use super::settle::Plan;
use crate::error::{Error, Result};
use ravine_image::{Denoiser, Image, luma_chroma};
use ravine_net::Model;
use ravine_net::model::TILE;
use std::ops::ControlFlow;
use std::sync::Arc;

/// What the model makes of `f`. It is all or nothing: what is halted leaves no picture.
pub(super) fn restored(plan: &mut Plan, f: &Image, halt: &Halt) -> Result<Image> {
    let settled = &plan.settled;
    let (Some(trained), Some(tile)) = (&settled.model, settled.tile) else {
        return Err(Error::Unsuited("network needs a model".into())); // settled with the method
    };
    let run = Run { model: trained.model()?, tile, halt };
    let mut u = f.clone();
    let sigma = settled.sigma.unwrap_or(0.0);
    run.told(&mut u, settled.luma_chroma, sigma)?;
    if settled.luma_chroma.is_none() {
        plan.notes.extend(remarks(run.model.as_ref(), sigma, f.grid().channels, run.model.card().network.channels()));
    }
    Ok(u)
}

/// What the model takes away from a piece of a picture, told the [levels](Run::told) of its noise: the sum of its squares, in squared grey
/// levels.
pub(super) fn taken(model: &Arc<Model>, piece: &Image, luma_chroma: Option<[f64; 3]>, sigma: f64, halt: &Halt) -> Result<f64> {
    let mut u = piece.clone();
    Run { model, tile: TILE, halt }.told(&mut u, luma_chroma, sigma)?;
    Ok(u.pixels().iter().zip(piece.pixels()).map(|(u, f)| (255.0 * f64::from(u - f)).powi(2)).sum())
}

/// A model, and how it is run.
struct Run<'a> {
    model: &'a Arc<Model>,
    tile: usize,
    halt: &'a Halt,
}

impl Run<'_> {
    /// Over u, told σ of brightness and of both differences of colour where these are known, else of all channels; in 8-bit grey levels.
    fn told(&self, u: &mut Image, luma_chroma: Option<[f64; 3]>, sigma: f64) -> Result<()> {
        match luma_chroma {
            Some(levels) => self.by_levels(u, levels),
            None => self.on(u, sigma),
        }
    }

    /// u ← D(u; σ), σ in 8-bit grey levels.
    fn on(&self, u: &mut Image, sigma: f64) -> Result<()> {
        let mut go_on = |_| if self.halt.is_due() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        match self.model.denoise_in_tiles(u, (sigma / 255.0) as f32, self.tile, &mut go_on)? {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(self.halt.error()),
        }
    }

    /// The same in brightness and both differences of colour, each by its own level.
    fn by_levels(&self, u: &mut Image, levels: [f64; 3]) -> Result<()> {
        let (takes, channels) = (self.model.card().network.channels(), u.grid().channels);
        if (takes, channels) != (1, 3) {
            return Err(Error::Unsuited(format!(
                "luma_chroma is for pictures of 3 channels and models of 1, and here are {channels} and {takes}: leave it out"
            )));
        }
        luma_chroma::split(u);
        (0..3).try_for_each(|c| self.plane(u, c, levels[c]))?;
        luma_chroma::join(u);
        Ok(())
    }

    /// The same on one plane of u; nothing where there is no noise.
    fn plane(&self, u: &mut Image, c: usize, sigma: f64) -> Result<()> {
        if sigma == 0.0 {
            return Ok(());
        }
        let mut plane = Image::new(u.grid().grey(), u.plane(c).to_vec())?;
        self.on(&mut plane, sigma)?;
        u.plane_mut(c).copy_from_slice(plane.pixels());
        Ok(())
    }
}

/// What a person may want to know of a model and a picture that are not made for each other; σ in 8-bit grey levels.
fn remarks(model: &dyn Denoiser, sigma: f64, channels: usize, takes: usize) -> impl Iterator<Item = String> {
    let levels = model.levels();
    let (least, largest, sigma) = (255.0 * levels.start(), 255.0 * levels.end(), sigma as f32);
    let grey = (channels > takes).then(|| "the model is for grey pictures: each channel was restored by itself".to_string());
    let trained = format!("the model was trained for noise of {least:.0} to {largest:.0} grey levels, and here are {sigma:.1}");
    let level = if sigma > largest {
        Some(format!("{trained}: the picture was scaled down for it, and back"))
    } else {
        (sigma < least).then(|| format!("{trained}: it may take away more than noise"))
    };
    grey.into_iter().chain(level)
}
