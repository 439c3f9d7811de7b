//! A trained network over a picture.

use super::halt::Halt;
use super::settle::Plan;
use crate::error::{Error, Result};
use ravine_image::{Denoiser, Image};
use std::ops::ControlFlow;

/// What the model makes of `f`. It is all or nothing: what is halted leaves no picture.
pub(super) fn restored(plan: &mut Plan, f: &Image, halt: &Halt) -> Result<Image> {
    let settled = &plan.settled;
    let (Some(trained), Some(tile)) = (&settled.model, settled.tile) else {
        return Err(Error::Unsuited("network needs a model".into())); // settled with the method
    };
    let (model, sigma) = (trained.model()?, settled.sigma.unwrap_or(0.0) / 255.0);
    let mut u = f.clone();
    let mut go_on = |_| if halt.is_due() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    if model.denoise_in_tiles(&mut u, sigma as f32, tile, &mut go_on)?.is_break() {
        return Err(halt.error());
    }
    plan.notes.extend(remarks(model.as_ref(), sigma, f.grid().channels, model.card().network.channels()));
    Ok(u)
}

/// What a person may want to know of a model and a picture that are not made for each other.
fn remarks(model: &dyn Denoiser, sigma: f64, channels: usize, takes: usize) -> impl Iterator<Item = String> {
    let levels = model.levels();
    let (least, largest, sigma) = (255.0 * levels.start(), 255.0 * levels.end(), 255.0 * sigma as f32);
    let grey = (channels > takes).then(|| "the model is for grey pictures: each channel was restored by itself".to_string());
    let trained = format!("the model was trained for noise of {least:.0} to {largest:.0} grey levels, and here are {sigma:.1}");
    let level = if sigma > largest {
        Some(format!("{trained}: the picture was scaled down for it, and back"))
    } else {
        (sigma < least).then(|| format!("{trained}: it may take away more than noise"))
    };
    grey.into_iter().chain(level)
}
