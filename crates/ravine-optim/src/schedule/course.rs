//! The three classical ways to anneal, after Robbins & Monro 1951: by steps, exponentially, and like 1/t.

use super::Curve;
use crate::parameter::{Parameter, Range, Visitor};
use serde::{Deserialize, Serialize};

/// c
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Constant {
    /// c in 0..1.
    pub factor: f64,
}

/// max(1/K^⌊t/T⌋, low)
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepDecay {
    /// K ≥ 1.
    pub divisor: f64,
    /// T > 0, in steps.
    pub every: f64,
    /// The least factor.
    pub low: f64,
}

/// max(e^(−kt), low)
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exponential {
    /// k ≥ 0, per step.
    pub rate: f64,
    /// The least factor.
    pub low: f64,
}

/// max(1/(1 + kt)^p, low)
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InverseTime {
    /// k ≥ 0, per step.
    pub rate: f64,
    /// p ≥ 0.
    pub power: f64,
    /// The least factor.
    pub low: f64,
}

impl Default for Constant {
    fn default() -> Self {
        Constant { factor: 1.0 }
    }
}

impl Default for StepDecay {
    fn default() -> Self {
        StepDecay { divisor: 2.0, every: 100.0, low: 0.0 }
    }
}

impl Default for Exponential {
    fn default() -> Self {
        Exponential { rate: 0.01, low: 0.0 }
    }
}

impl Default for InverseTime {
    fn default() -> Self {
        InverseTime { rate: 0.01, power: 1.0, low: 0.0 }
    }
}

/// The least factor, as a knob.
pub(super) fn low_knob(low: &mut f64) -> Parameter<'_> {
    Parameter::number("low", "the least factor", low, Range::UNIT)
}

impl Curve for Constant {
    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("factor", "the factor", &mut self.factor, Range::UNIT));
    }
    fn factor(&self, _t: f64) -> f64 {
        self.factor
    }
}

impl Curve for StepDecay {
    fn parameters(&mut self, visit: Visitor<'_>) {
        let at_least_one = Range { low: 1.0, low_included: true, ..Range::POSITIVE };
        visit(Parameter::number("divisor", "K, what it is divided by", &mut self.divisor, at_least_one));
        visit(Parameter::number("every", "T, after how many steps", &mut self.every, Range::POSITIVE));
        visit(low_knob(&mut self.low));
    }
    fn factor(&self, t: f64) -> f64 {
        self.divisor.powf(-(t / self.every).floor()).max(self.low)
    }
}

impl Curve for Exponential {
    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("rate", "k, per step", &mut self.rate, Range::NON_NEGATIVE));
        visit(low_knob(&mut self.low));
    }
    fn factor(&self, t: f64) -> f64 {
        (-self.rate * t).exp().max(self.low)
    }
}

impl Curve for InverseTime {
    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("rate", "k, per step", &mut self.rate, Range::NON_NEGATIVE));
        visit(Parameter::number("power", "p", &mut self.power, Range::NON_NEGATIVE));
        visit(low_knob(&mut self.low));
    }
    fn factor(&self, t: f64) -> f64 {
        (1.0 + self.rate * t).powf(-self.power).max(self.low)
    }
}
