//! The learning rate that suits a rule best, found with the same budget for every rule.
//!
//! A race in which each rule has an η that somebody picked says more about the picking than about the rules. Here every rule gets the
//! same search: as many trials, of as many steps each, over the same range of η. Half of the trials, and one more, make a geometric grid
//!
//! ηᵢ = low · (high/low)^(i/(n−1)), i = 0 … n−1,
//!
//! which is also the map of what the rule does over η; the rest narrow the place down between the neighbours of the best cell, by golden
//! sections of log η (Kiefer 1953). A trial is a number, the smaller the better; one that diverged is +∞, which is a number too.
//!
//! Where a rule oscillates, the last step may happen to fall where J is small, and a search of η would find the η with which it does. So a run
//! counts as good as it was at its worst over the last tenth of its steps.

use crate::descent::{Descent, RUNAWAY};
use crate::error::{Error, Result};
use crate::number::Float;
use crate::parameter::Range;
use crate::solver::{Pace, Stop, StopReason, run};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// A search of η: the range and the budget.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Search {
    /// The least η.
    pub low: f64,
    /// The largest η.
    pub high: f64,
    /// How many values of η are tried.
    pub trials: usize,
}

impl Default for Search {
    /// 32 trials over the eight decades 10⁻⁶ … 10².
    fn default() -> Self {
        Search { low: 1e-6, high: 1e2, trials: 32 }
    }
}

/// What an η led to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Trial {
    /// η
    pub eta: f64,
    /// The smaller the better; +∞ if it diverged.
    pub value: f64,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Tuned {
    /// The best trial; of equals the one with the least η.
    pub best: Trial,
    /// All trials, by η: the curve value(η).
    pub trials: Vec<Trial>,
    /// The trials on both sides of the best: if the value falls, then rises over η, its minimum is between them. At an end of the range
    /// this is the best itself.
    pub between: (f64, f64),
}

/// 1 − 1/φ: the shorter part of a golden section.
const SECTION: f64 = 0.381_966_011_250_105;

impl Search {
    /// The values of η that are tried first.
    pub fn grid(&self) -> Vec<f64> {
        let n = self.trials / 2 + 1;
        let ratio = self.high / self.low;
        let at = |i: usize| match i {
            0 => self.low,
            i if i == n - 1 => self.high,
            i => self.low * ratio.powf(i as f64 / (n - 1) as f64),
        };
        (0..n).map(at).collect()
    }

    /// Itself, if it has a meaning.
    ///
    /// # Errors
    /// `low` is not positive, `high` is not above it, or there are fewer than 4 trials.
    pub fn checked(self) -> Result<Self> {
        Range::POSITIVE.check("the least eta", self.low)?;
        if !(self.high > self.low && self.high.is_finite()) {
            return Err(Error::OutOfRange {
                name: "the largest eta".into(),
                value: self.high,
                range: format!("({}, ∞)", self.low),
            });
        }
        if self.trials < 4 {
            return Err(Error::OutOfRange {
                name: "trials".into(),
                value: self.trials as f64,
                range: "[4, ∞): three for the ends and the middle of the range, one to look closer".into(),
            });
        }
        Ok(self)
    }

    /// The least value over η. Trials on the grid run beside one another; the answer does not depend on how many do.
    ///
    /// ```
    /// use ravine_optim::tune::Search;
    /// let tuned = Search { low: 1e-3, high: 1e3, trials: 30 }.run(|eta| (eta / 0.7).ln().powi(2));
    /// assert_eq!(tuned.trials.len(), 30);
    /// assert!((tuned.best.eta / 0.7 - 1.0).abs() < 0.01, "{:?}", tuned.best);
    /// assert!(tuned.between.0 < 0.7 && 0.7 < tuned.between.1);
    /// ```
    pub fn run(&self, value: impl Fn(f64) -> f64 + Sync) -> Tuned {
        let trial = |eta: f64| {
            let value = value(eta);
            Trial { eta, value: if value.is_nan() { f64::INFINITY } else { value } }
        };
        let mut trials: Vec<Trial> = self.grid().into_par_iter().map(trial).collect();
        let (mut low, mut best, mut high) = around(&trials);
        while trials.len() < self.trials {
            let (left, middle, right) = (low.ln(), best.eta.ln(), high.ln());
            let section = if right - middle > middle - left {
                middle + SECTION * (right - middle)
            } else {
                middle - SECTION * (middle - left)
            };
            let next = trial(section.exp());
            let (worse, better) = if next.value < best.value { (best, next) } else { (next, best) };
            if worse.eta < better.eta {
                low = worse.eta;
            } else {
                high = worse.eta;
            }
            best = better;
            trials.push(next);
        }
        trials.sort_by(|a, b| a.eta.total_cmp(&b.eta));
        let (low, best, high) = around(&trials);
        Tuned { best, trials, between: (low, high) }
    }
}

/// The best trial, and its neighbours' η; its own where it has none.
fn around(trials: &[Trial]) -> (f64, Trial, f64) {
    let least = |a: usize, b: usize| if trials[b].value < trials[a].value { b } else { a };
    let i = (0..trials.len()).reduce(least).unwrap_or(0);
    (trials[i.saturating_sub(1)].eta, trials[i], trials[(i + 1).min(trials.len() - 1)].eta)
}

impl Tuned {
    /// Whether the best η is an end of the range: the best of all may lie outside.
    pub fn at_an_end(&self) -> bool {
        self.between.0 == self.best.eta || self.between.1 == self.best.eta
    }

    /// Over how many decades of η around the best the excess e(η) = value(η) − `least` stays within `factor` of the best:
    /// e(η) ≤ factor · max(e(best), floor). What is below `floor` ≥ 0 counts as equally good. Between two trials, log e is taken as linear
    /// in log η; between a trial and one that diverged, as beyond the limit, so that the width is rather too small than too large, by at
    /// most one step of the grid on each side. 0 if the best is not finite.
    ///
    /// ```
    /// use ravine_optim::tune::Search;
    /// // e = 10^|log₁₀ η|: twice the least at ±0.301 decades
    /// let tuned = Search { low: 1e-2, high: 1e2, trials: 60 }.run(|eta| 10f64.powf(eta.log10().abs()));
    /// assert!((tuned.width(2.0, 0.0, 0.0) - 0.602).abs() < 0.01);
    /// ```
    pub fn width(&self, factor: f64, least: f64, floor: f64) -> f64 {
        let excess = |t: &Trial| t.value - least;
        let limit = factor * excess(&self.best).max(floor);
        let Some(middle) = self.trials.iter().position(|t| t == &self.best) else { return 0.0 };
        if !limit.is_finite() {
            return 0.0;
        }
        let reach = |outwards: &mut dyn Iterator<Item = &Trial>| {
            let mut last = &self.best;
            for next in outwards {
                if excess(next) > limit {
                    let (a, b) = (excess(last).max(f64::MIN_POSITIVE).ln(), excess(next).ln());
                    let share = if b.is_finite() && b > a { (limit.max(f64::MIN_POSITIVE).ln() - a) / (b - a) } else { 0.0 };
                    return last.eta.log10() + share.clamp(0.0, 1.0) * (next.eta.log10() - last.eta.log10());
                }
                last = next;
            }
            last.eta.log10()
        };
        let left = reach(&mut self.trials[..middle].iter().rev());
        let right = reach(&mut self.trials[middle + 1..].iter());
        right - left
    }
}

/// Looks at J over the last tenth of a long run.
const LOOKS: u64 = 10;

/// The largest J of the answer over the last tenth of the steps until `stop` ends the descent, over all samples; +∞ where it diverged, was
/// interrupted, or J rose to more than [`RUNAWAY`] · (1 + |J(start)|). It is seen some ten times, an odd number of steps apart, whatever the pace of
/// `stop`; where the last tenth is shorter, after each step. A step costs [`gradients_per_step`](crate::Objective::gradients_per_step) gradients.
pub fn value_after<F: Float>(descent: &mut Descent<F>, stop: &Stop) -> f64 {
    let steps = stop.max_iterations;
    let settled = steps - steps.div_ceil(10);
    let apart = (steps / (10 * LOOKS)) | 1; // odd: what alternates is seen on both sides
    let unwatched = Stop { max_iterations: settled, pace: Pace::Every(steps.max(1)), ..stop.clone() };
    let watched = Stop { from: settled, pace: Pace::Every(apart), ..stop.clone() };
    let mut values = |part: &Stop| -> Option<Vec<f64>> {
        let mut values = Vec::new();
        let outcome = run(descent, part, &mut |m, _| {
            values.push(m.value);
            ControlFlow::Continue(())
        });
        (!matches!(outcome.stop, StopReason::Diverged | StopReason::Cancelled)).then_some(values)
    };
    let (Some(before), Some(last)) = (values(&unwatched), values(&watched)) else { return f64::INFINITY };
    let largest = last.into_iter().fold(f64::NEG_INFINITY, f64::max);
    if largest > RUNAWAY * (1.0 + before[0].abs()) { f64::INFINITY } else { largest }
}

/// The η with which `steps` steps end lowest, by [`value_after`]. `fresh` gives the descent with an η, from its start: anew for each trial, so that trials
/// know nothing of one another. The budget is [`Search::trials`] · `steps` steps, whatever the rule.
///
/// ```
/// use ravine_optim::{Descent, rule, surface, tune::{Search, tune}};
/// let fresh = |eta: f64| {
///     let valley = surface::build("ravine", &[("kappa".into(), 20.0.into())], None, 0)?;
///     let start = valley.start();
///     Descent::<f64>::new(Box::new(valley), start, rule::build("gradient-descent", &[("eta", eta.into())])?)
/// };
/// let tuned = tune(&Search::default(), 300, &fresh)?;
/// let theory = 2.0 / (20.0 + 1.0); // 2/(L + μ)
/// assert!((tuned.best.eta / theory - 1.0).abs() < 0.02, "{:?}", tuned.best);
/// # Ok::<(), ravine_optim::Error>(())
/// ```
///
/// # Errors
/// A search without meaning, and whatever `fresh` says against the first η.
pub fn tune<F: Float>(search: &Search, steps: u64, fresh: &(impl Fn(f64) -> Result<Descent<F>> + Sync)) -> Result<Tuned> {
    let search = search.checked()?;
    fresh(search.low)?; // whatever is wrong is wrong before the first trial
    let end = Stop { max_iterations: steps, pace: Pace::Every(steps.max(1)), ..Stop::default() };
    Ok(search.run(|eta| fresh(eta).map_or(f64::INFINITY, |mut descent| value_after(&mut descent, &end))))
}
