//! Half cosines, once or again and again: Loshchilov & Hutter 2017, "SGDR: stochastic gradient descent with warm restarts".

use super::Curve;
use super::course::low_knob;
use crate::parameter::{Parameter, Range, Visitor};
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// low + (1 − low)·(1 + cos(πt/T))/2, and `low` after T steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cosine {
    /// T > 0.
    pub steps: f64,
    /// The least factor.
    pub low: f64,
    /// After T steps, follow the cosine up and down again instead of staying low.
    pub wave: bool,
}

/// A half cosine over the first T steps, another over the next T·growth, and so on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WarmRestarts {
    /// T ≥ 1: steps to the first restart.
    pub period: f64,
    /// What the period is multiplied by at each restart, at least 1.
    pub growth: f64,
    /// The least factor.
    pub low: f64,
}

impl Default for Cosine {
    fn default() -> Self {
        Cosine { steps: 1000.0, low: 0.0, wave: false }
    }
}

impl Default for WarmRestarts {
    fn default() -> Self {
        WarmRestarts { period: 100.0, growth: 2.0, low: 0.0 }
    }
}

/// low + (1 − low)·(1 + cos(π·part))/2
fn half_cosine(part: f64, low: f64) -> f64 {
    low + (1.0 - low) * (1.0 + (PI * part).cos()) / 2.0
}

impl Curve for Cosine {
    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("steps", "T, steps to the lowest point", &mut self.steps, Range::POSITIVE));
        visit(low_knob(&mut self.low));
        visit(Parameter::switch("wave", "rise again after it", &mut self.wave));
    }
    fn factor(&self, t: f64) -> f64 {
        let part = t / self.steps;
        half_cosine(if self.wave { part } else { part.min(1.0) }, self.low)
    }
}

impl Curve for WarmRestarts {
    fn parameters(&mut self, visit: Visitor<'_>) {
        let at_least_one = Range { low: 1.0, low_included: true, ..Range::POSITIVE };
        visit(Parameter::number("period", "steps to the first restart", &mut self.period, at_least_one));
        visit(Parameter::number("growth", "the next period over the last", &mut self.growth, at_least_one));
        visit(low_knob(&mut self.low));
    }
    fn factor(&self, t: f64) -> f64 {
        if self.growth == 1.0 {
            return half_cosine((t / self.period).fract(), self.low);
        }
        let (mut since, mut period) = (t, self.period);
        while since >= period {
            since -= period;
            period *= self.growth;
        }
        half_cosine(since / period, self.low)
    }
}
