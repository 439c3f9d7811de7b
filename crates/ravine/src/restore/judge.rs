//! Which method suits a picture: the one whose estimated error is least.
//!
//! Stein's estimate (see [`sure`](super::sure)) needs neither the clean picture nor to know how a method works, but white noise of known
//! σ. It is taken on a few pieces of the picture, so that judging takes less time than restoring.

use super::choose::{NETWORK, UNTOUCHED, USUAL, Way, after, method, usual_solver};
use super::halt::Halt;
use super::sure::{KNOWN, Probe, Sure};
use super::{lambda, network};
use crate::error::{Error, Result};
use ravine_image::{Denoiser, Energy, Image};
use ravine_net::Model;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// Rows and columns of a piece.
const SIDE: usize = 128;
/// Iterations of total variation on a piece: its error has long settled.
const ITERATIONS: u64 = 60;

/// What a network takes away from a picture whose noise is not white, below which the picture is left as it is: root mean square in 8-bit
/// grey levels. It leaves 39 of 40 training photographs as they are; the other one is grained down to the pixel.
pub(super) const FAINT: f64 = 2.2;

/// The estimated mean square errors, in units of σ²: of nothing it is 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judged {
    pub(super) network: f64,
    pub(super) usual: f64,
    variance: f64, // σ²
}

impl Judged {
    /// The method of the least error.
    pub(super) fn best(&self) -> &'static str {
        match (self.network <= self.usual, self.network.min(self.usual) < 1.0) {
            (_, false) => UNTOUCHED,
            (true, _) => NETWORK,
            (false, _) => USUAL,
        }
    }

    /// −10·log₁₀ of the network's error, where that is known well enough and the network is the best.
    pub(super) fn psnr(&self) -> Option<f64> {
        let told = self.best() == NETWORK && self.network > KNOWN;
        told.then(|| -10.0 * (self.network * self.variance).log10())
    }

    /// For a person: who was chosen, and why.
    pub(super) fn sentence(&self) -> String {
        let decibels = |error: f64| -10.0 * error.max(1e-9).log10();
        let (network, usual) = (decibels(self.network), decibels(self.usual));
        let chosen = match self.best() {
            NETWORK => "the network was chosen",
            USUAL => "tv was chosen",
            _ => "left as it is, but not called clean",
        };
        format!("{chosen}: by estimate the network takes {network:.1} dB of the noise away, and {USUAL} {usual:.1} dB")
    }
}

/// Judges `model` against the usual method on pieces of `f`, whose noise is white of 0 < `sigma` < ∞, in the picture's units.
pub(super) fn judge(model: &Model, f: &Image, sigma: f64, seed: u64, halt: &Halt) -> Result<Judged> {
    let Way::Energy(energy) = method(USUAL, &BTreeMap::new())? else {
        return Err(Error::Unsuited(format!("{USUAL} minimises nothing"))); // it does
    };
    let (mut network, mut usual, mut numbers) = (0.0, 0.0, 0.0);
    for piece in pieces(f) {
        let probe = Probe::new(&piece, sigma, seed)?;
        let n = piece.pixels().len() as f64;
        network += n * by(&probe, &piece, &mut |g| run(model, g, sigma, halt))?.mse;
        let lambda = found(&energy, &piece, sigma, seed, halt)?;
        usual += n * by(&probe, &piece, &mut |g| minimised(&energy, g, lambda, ITERATIONS, halt))?.mse;
        numbers += n;
    }
    let noise = numbers * sigma * sigma;
    Ok(Judged { network: network / noise, usual: usual / noise, variance: sigma * sigma })
}

/// What `model` takes away from pieces of `f`, told σ in 8-bit grey levels: root mean square in the same.
pub(super) fn taken(model: &Model, f: &Image, sigma: f64, halt: &Halt) -> Result<f64> {
    let (mut squares, mut numbers) = (0.0, 0);
    for piece in pieces(f) {
        squares += network::taken(model, &piece, sigma, halt)?;
        numbers += piece.pixels().len();
    }
    Ok((squares / numbers.max(1) as f64).sqrt())
}

/// The picture, if it is no larger than four pieces; else one piece from the middle of each quarter.
fn pieces(f: &Image) -> Vec<Image> {
    let grid = f.grid();
    if grid.plane() <= 4 * SIDE * SIDE {
        return vec![f.clone()];
    }
    let (height, width) = (grid.height.min(SIDE), grid.width.min(SIDE));
    let first =
        |length: usize, side: usize, quarter: usize| (length * (1 + 2 * quarter) / 4).saturating_sub(side / 2).min(length - side);
    let corner = |i: usize| (first(grid.width, width, i % 2), first(grid.height, height, i / 2));
    (0..4).map(corner).map(|(x, y)| f.crop(x, y, width, height)).collect()
}

fn by(probe: &Probe<'_>, f: &Image, denoise: &mut dyn FnMut(&Image) -> Result<Image>) -> Result<Sure> {
    Ok(probe.sure(&denoise(f)?, &denoise(probe.changed())?))
}

fn run(model: &Model, g: &Image, sigma: f64, halt: &Halt) -> Result<Image> {
    let mut u = g.clone();
    let mut go_on = |_| if halt.is_due() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    match model.denoise(&mut u, sigma as f32, &mut go_on)? {
        ControlFlow::Continue(()) => Ok(u),
        ControlFlow::Break(()) => Err(halt.error()),
    }
}

fn minimised(energy: &Energy, g: &Image, lambda: f64, iterations: u64, halt: &Halt) -> Result<Image> {
    after(usual_solver(energy).make(energy, g, lambda)?, iterations, g.grid(), halt)
}

fn found(energy: &Energy, piece: &Image, sigma: f64, seed: u64, halt: &Halt) -> Result<f64> {
    let mut early = |g: &Image, lambda: f64, iterations: u64| minimised(energy, g, lambda, iterations, halt);
    Ok(lambda::choose(energy, piece, sigma, seed, &mut early)?.lambda.clamp(lambda::RANGE.low, lambda::RANGE.high))
}
