//! Down whenever the value has not improved for long: the one schedule that watches the descent, and so has state.

use super::Curve;
use super::course::low_knob;
use crate::parameter::{Parameter, Range, Visitor};
use crate::solver::{State, StateVisitor};
use serde::{Deserialize, Serialize};

/// The factor is multiplied by `cut` after more than `patience` steps without a new best value; then `cooldown` steps do not count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plateau {
    /// What the factor is multiplied by.
    pub cut: f64,
    /// Steps without a new best value that are borne.
    pub patience: f64,
    /// Steps after a cut that do not count.
    pub cooldown: f64,
    /// A value is a new best if it is below best − threshold, or best·(1 − threshold) where relative.
    pub threshold: f64,
    /// Whether the threshold is a part of the best value.
    pub relative: bool,
    /// The least factor.
    pub low: f64,
    #[serde(skip)]
    watched: Watched,
}

#[derive(Debug, Clone, PartialEq)]
struct Watched {
    factor: f64,
    best: f64,
    bad: u64,
    cooling: u64,
}

impl Default for Watched {
    fn default() -> Self {
        Watched { factor: 1.0, best: f64::INFINITY, bad: 0, cooling: 0 }
    }
}

impl Default for Plateau {
    fn default() -> Self {
        let watched = Watched::default();
        Plateau { cut: 0.1, patience: 10.0, cooldown: 0.0, threshold: 1e-4, relative: true, low: 0.0, watched }
    }
}

impl Plateau {
    /// The value at the last step.
    pub fn observe(&mut self, value: f64) {
        let seen = &mut self.watched;
        let margin = if self.relative { self.threshold * seen.best.abs() } else { self.threshold };
        if seen.best == f64::INFINITY || value < seen.best - margin {
            seen.best = value;
            seen.bad = 0;
        } else {
            seen.bad += 1;
        }
        if seen.cooling > 0 {
            seen.cooling -= 1;
            seen.bad = 0;
        }
        if seen.bad as f64 > self.patience {
            seen.factor = (seen.factor * self.cut).max(self.low);
            seen.cooling = self.cooldown as u64;
            seen.bad = 0;
        }
    }

    /// What it remembers.
    pub fn state<F>(&mut self, visit: StateVisitor<'_, F>) {
        visit("factor", State::Number(&mut self.watched.factor));
        visit("best", State::Number(&mut self.watched.best));
        visit("bad", State::Count(&mut self.watched.bad));
        visit("cooling", State::Count(&mut self.watched.cooling));
    }
}

impl Curve for Plateau {
    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("cut", "what the factor is multiplied by", &mut self.cut, Range::UNIT));
        visit(Parameter::number("patience", "steps without a new best value", &mut self.patience, Range::NON_NEGATIVE));
        visit(Parameter::number("cooldown", "steps after a cut that do not count", &mut self.cooldown, Range::NON_NEGATIVE));
        visit(Parameter::number("threshold", "how much better a new best must be", &mut self.threshold, Range::NON_NEGATIVE));
        visit(Parameter::switch("relative", "threshold as a part of the best", &mut self.relative));
        visit(low_knob(&mut self.low));
    }
    fn factor(&self, _t: f64) -> f64 {
        self.watched.factor
    }
}
