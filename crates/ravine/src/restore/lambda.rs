//! λ from σ: a rule to begin with, then the λ whose estimated error is least.
//!
//! λ multiplies the data term, so stronger noise wants a smaller λ. How much smaller depends on the picture: grass wants three
//! times the λ of a sky. The [`rule`] cannot know that, nor can Morozov's discrepancy principle (‖u − f‖² = nσ²), which measures
//! the residual only; Stein's estimate of the error (see [`sure`](super::sure)) can. What each of them gives
//! is in `benches/noise/README.md`.

use super::sure::Probe;
use crate::error::Result;
use ravine_image::{Energy, Image};
use ravine_optim::parameter::Range;

/// Neighbouring λ of the search differ by this factor.
const STEP: f64 = std::f64::consts::SQRT_2;
/// At most so many λ are tried; each costs two early runs.
const TRIALS: usize = 5;
/// Below this many numbers the estimate is too uncertain, and the rule stands.
const FEWEST: usize = 1024;

/// The λ that may be asked for, and that are found.
pub const RANGE: Range = Range::closed(1e-6, 1e6);

/// How λ was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LambdaSource {
    /// The rule alone.
    Rule,
    /// The least estimated error.
    Sure,
}

/// What was chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// λ
    pub lambda: f64,
    /// How it was found.
    pub source: LambdaSource,
    /// Iterations that it cost.
    pub iterations: u64,
}

/// λ = c·σ^−p, fitted on photographs (the first 100 of the training pictures of BSDS500 by name, σ = 5…50): right on average.
///
/// `sigma` is in units of the picture, whose range is about 0..1. Where the gradient couples C channels in one norm, they share
/// what one would have: c/√C.
///
/// ```
/// use ravine::{image::Energy, restore::lambda::rule};
/// let grey = rule(&Energy::TotalVariation, 1, 25.0 / 255.0);
/// assert!((grey - 13.8).abs() < 0.1);
/// assert!(rule(&Energy::TotalVariation, 1, 50.0 / 255.0) < grey);
/// ```
pub fn rule(energy: &Energy, channels: usize, sigma: f64) -> f64 {
    let coupled = (channels.max(1) as f64).sqrt();
    match energy {
        Energy::Tikhonov => 0.027 * sigma.powf(-1.66),
        Energy::TotalVariation => 0.675 / coupled * sigma.powf(-1.3),
        Energy::AnisotropicTotalVariation => 0.8 * sigma.powf(-1.3),
        Energy::HuberTotalVariation { .. } => 0.69 / coupled * sigma.powf(-1.3),
    }
}

/// Iterations of an early run: a fifth to a third of what the answer needs.
fn early_iterations(sigma: f64) -> u64 {
    (2.5 * (255.0 * sigma).sqrt()).clamp(8.0, 40.0).round() as u64
}

/// An early iterate is less smooth than the minimiser, so the λ that suits it is smaller, and by about the same factor on every
/// picture: within a few per cent, where the iterations grow like √σ.
fn early_factor(energy: &Energy) -> f64 {
    match energy {
        Energy::Tikhonov => 1.0, // in closed form: nothing is early about it
        _ => 1.15,
    }
}

/// The λ of the least estimated error for white noise of `sigma`, which is in units of the picture.
///
/// `early(g, λ, k)` is the energy's k-th iterate for the picture g, from u = g, whoever iterates; it is asked at most 10 times.
/// Where the noise is not white the estimate means nothing: take the [`rule`].
pub fn choose(
    energy: &Energy,
    f: &Image,
    sigma: f64,
    seed: u64,
    early: &mut dyn FnMut(&Image, f64, u64) -> Result<Image>,
) -> Result<Choice> {
    Range::POSITIVE.check("sigma", sigma)?;
    let first = rule(energy, f.grid().channels, sigma);
    if f.grid().len() < FEWEST {
        return Ok(Choice { lambda: first, source: LambdaSource::Rule, iterations: 0 });
    }
    let probe = Probe::new(f, sigma, seed)?;
    let k = early_iterations(sigma);
    let mut runs = 0;
    let best = valley(first.ln(), &mut |x| {
        runs += 2;
        Ok(probe.sure(&early(f, x.exp(), k)?, &early(probe.changed(), x.exp(), k)?).mse)
    })?;
    Ok(Choice { lambda: early_factor(energy) * best.exp(), source: LambdaSource::Sure, iterations: runs * k })
}

/// Where a function with one valley is least: downhill from `first` in growing steps until the least lies between two others, once
/// more at the vertex of the parabola through the three, and the vertex again.
fn valley(first: f64, value: &mut dyn FnMut(f64) -> Result<f64>) -> Result<f64> {
    let mut step = STEP.ln();
    let mut seen = vec![(first, value(first)?)]; // by x
    let mut next = first + step;
    let mut refined = false;
    while seen.len() < TRIALS {
        let place = seen.partition_point(|(x, _)| *x < next);
        seen.insert(place, (next, value(next)?));
        let least = index_of_least(&seen);
        if least == 0 || least == seen.len() - 1 {
            next = seen[least].0 + if least == 0 { -step } else { step };
            step *= 2.0;
        } else if refined {
            break;
        } else {
            next = vertex(&seen, least);
            refined = true;
            if seen.iter().any(|(x, _)| *x == next) {
                break;
            }
        }
    }
    Ok(vertex(&seen, index_of_least(&seen)))
}

fn index_of_least(seen: &[(f64, f64)]) -> usize {
    (0..seen.len()).fold(0, |best, i| if seen[i].1 < seen[best].1 { i } else { best })
}

/// Of the parabola through the point `i` and its neighbours; at the ends, the point itself.
fn vertex(seen: &[(f64, f64)], i: usize) -> f64 {
    if i == 0 || i + 1 == seen.len() {
        return seen[i].0;
    }
    let ((xa, a), (x, b), (xc, c)) = (seen[i - 1], seen[i], seen[i + 1]);
    let (left, right) = ((b - a) / (x - xa), (c - b) / (xc - x)); // slopes
    let bend = (right - left) / (xc - xa);
    if bend > 0.0 { (0.5 * (xa + x) - 0.5 * left / bend).clamp(xa, xc) } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valley_is_found_wherever_it_lies() {
        for at in [-1.5, -0.6, -0.1, 0.0, 0.2, 0.9, 1.5] {
            let mut asked = 0;
            let mut f = |x: f64| {
                asked += 1;
                Ok((x - at).exp() - (x - at)) // steeper to the right, as the error is in log λ
            };
            let found = valley(0.0, &mut f).unwrap();
            let bound = if at.abs() < 1.0 { 0.1 } else { 0.2 }; // far ones leave no trial to look twice
            assert!((found - at).abs() < bound, "{at}: {found}");
            assert!((3..=TRIALS).contains(&asked), "{at}: {asked}");
        }
    }

    #[test]
    fn a_slope_without_end_is_left_at_its_lowest() {
        let found = valley(0.0, &mut |x| Ok(-x)).unwrap();
        assert!((found - 8.0 * STEP.ln()).abs() < 1e-12, "{found}");
    }
}
