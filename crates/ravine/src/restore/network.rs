//! A trained network over a picture.

use super::halt::Halt;
use super::settle::Plan;
use crate::error::{Error, Result};
use ravine_image::{Denoiser, Image};
use ravine_net::Model;
use ravine_net::model::TILE;
use std::ops::ControlFlow;

/// What the model makes of `f`. It is all or nothing: what is halted leaves no picture.
pub(super) fn restored(plan: &mut Plan, f: &Image, halt: &Halt) -> Result<Image> {
    let settled = &plan.settled;
    let (Some(trained), Some(tile)) = (&settled.model, settled.tile) else {
        return Err(Error::Unsuited("network needs a model".into())); // settled with the method
    };
    let (model, mut u, sigma) = (trained.model()?, f.clone(), settled.sigma.unwrap_or(0.0));
    run(model, &mut u, sigma, tile, halt)?;
    plan.notes.extend(remarks(model.as_ref(), sigma, f.grid().channels, model.card().network.channels()));
    Ok(u)
}

/// What the model takes away from a piece of a picture, told σ in 8-bit grey levels: the sum of its squares, in squared grey levels.
pub(super) fn taken(model: &Model, piece: &Image, sigma: f64, halt: &Halt) -> Result<f64> {
    let mut u = piece.clone();
    run(model, &mut u, sigma, TILE, halt)?;
    Ok(u.pixels().iter().zip(piece.pixels()).map(|(u, f)| (255.0 * f64::from(u - f)).powi(2)).sum())
}

/// u ← D(u; σ), σ in 8-bit grey levels.
fn run(model: &Model, u: &mut Image, sigma: f64, tile: usize, halt: &Halt) -> Result<()> {
    let mut go_on = |_| if halt.is_due() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    match model.denoise_in_tiles(u, (sigma / 255.0) as f32, tile, &mut go_on)? {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(halt.error()),
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
