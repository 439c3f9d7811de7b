//! Rising first. Warm-up: Goyal et al. 2017, "Accurate, large minibatch SGD", section 2.2. One cycle: Smith & Topin 2018,
//! "Super-convergence: very fast training of neural networks using large learning rates".

use super::Curve;
use crate::parameter::{Parameter, Range, Value, Visitor};
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// start + (1 − start)·t/T for the first T steps, then 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WarmUp {
    /// T > 0.
    pub steps: f64,
    /// The first factor.
    pub start: f64,
}

/// From `start` to `top` over the part `rise` of the steps, to `end` over the rest. With three phases it comes back to `start` over
/// the part `fall`, and goes to `end` from there. A momentum that falls while η rises has `top` below `start`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OneCycle {
    /// T > 0: the step at which `end` is reached; it stays there.
    pub steps: f64,
    /// Where the top is, as a part of T.
    pub rise: f64,
    /// How long the way back to `start` is, as a part of T; 0 for none.
    pub fall: f64,
    /// The first factor.
    pub start: f64,
    /// The factor in the middle.
    pub top: f64,
    /// The last factor.
    pub end: f64,
    /// How it goes from one to the next: an index into [`OneCycle::SHAPES`].
    pub shape: usize,
}

impl OneCycle {
    /// Half cosines, or straight lines.
    pub const SHAPES: &[&str] = &["cosine", "linear"];
}

impl Default for WarmUp {
    fn default() -> Self {
        WarmUp { steps: 100.0, start: 0.0 }
    }
}

impl Default for OneCycle {
    fn default() -> Self {
        OneCycle { steps: 1000.0, rise: 0.3, fall: 0.0, start: 1.0 / 25.0, top: 1.0, end: 1.0 / 25e4, shape: 0 }
    }
}

impl Curve for WarmUp {
    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("steps", "T, how long it rises", &mut self.steps, Range::POSITIVE));
        visit(Parameter::number("start", "the first factor", &mut self.start, Range::UNIT));
    }
    fn factor(&self, t: f64) -> f64 {
        self.start + (1.0 - self.start) * (t / self.steps).min(1.0)
    }
}

impl Curve for OneCycle {
    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("steps", "T, how long the cycle is", &mut self.steps, Range::POSITIVE));
        visit(Parameter::number("rise", "the part of T before the top", &mut self.rise, Range::UNIT));
        visit(Parameter::number("fall", "the part of T from the top back to the start; 0: none", &mut self.fall, Range::UNIT));
        visit(Parameter::number("start", "the first factor", &mut self.start, Range::UNIT));
        visit(Parameter::number("top", "the factor in the middle", &mut self.top, Range::UNIT));
        visit(Parameter::number("end", "the last factor", &mut self.end, Range::UNIT));
        let shape = Value::Choice(&mut self.shape, Self::SHAPES);
        visit(Parameter { name: "shape", summary: "the way from one to the next", value: shape, range: Range::ANY });
    }
    fn factor(&self, t: f64) -> f64 {
        let part = t / self.steps;
        let back = self.rise + self.fall;
        if part < self.rise {
            self.between(self.start, self.top, part / self.rise)
        } else if part < back {
            self.between(self.top, self.start, (part - self.rise) / self.fall)
        } else if part < 1.0 {
            let from = if self.fall > 0.0 { self.start } else { self.top };
            self.between(from, self.end, (part - back) / (1.0 - back))
        } else {
            self.end
        }
    }
}

impl OneCycle {
    fn between(&self, from: f64, to: f64, part: f64) -> f64 {
        let done = if self.shape == 0 { (1.0 - (PI * part).cos()) / 2.0 } else { part };
        from + (to - from) * done
    }
}
