//! [`Update`]: how a descent moves its vector. [`Elementwise`] is the update made of one formula per coordinate, and the one place
//! where a rule and its number of slots are known together: from here on a rule is `dyn`.

use crate::edit::Edits;
use crate::error::{Error, Result};
use crate::level::Level;
use crate::number::Float;
use crate::parameter::{Parameter, Range, Setting, Value, Visitor, describe};
use crate::rule::{Step, UpdateRule};
use crate::schedule::Schedule;
use crate::solver::{State, StateVisitor};
use crate::sweep::{look, sweep};
use std::array;

/// How a descent moves its vector. A step is `begin`, `probe`, a gradient taken there, `update`.
pub trait Update<F: Float>: Send {
    /// Room for whatever is kept per coordinate, as it is before the first step from `x`. Called once.
    fn start(&mut self, x: &[F]);
    /// Sets η and every scheduled knob to step `t` = 0, 1, …. Only sets: it may be called twice.
    fn begin(&mut self, t: u64);
    /// Where the gradient is wanted. `room`, as long as `x`, is used only if that is elsewhere than at `x`.
    fn probe<'a>(&'a self, x: &'a [F], _room: &'a mut [F]) -> &'a [F] {
        x
    }
    /// The move, from the gradient and the value at the probe.
    fn update(&mut self, x: &mut [F], gradient: &[F], value: f64);
    /// What is shown and saved: `x`, or an average that is kept. `room` as for `probe`.
    fn answer<'a>(&'a self, x: &'a [F], _room: &'a mut [F]) -> &'a [F] {
        x
    }
    /// Where the descent stands: k and η as `begin` set them.
    fn at(&self) -> &Step;
    /// What is asked to be done to each gradient before this update gets it. A descent does it, from its start on.
    fn edits(&mut self) -> &mut Edits;
    /// Its knobs, η first; without those of the edits.
    fn parameters(&mut self, visit: Visitor<'_>);
    /// From now on the knob `name` is its present value times the factor of `schedule`.
    ///
    /// # Errors
    /// There is no such knob, or it is no number.
    fn schedule(&mut self, name: &str, schedule: Schedule) -> Result<()>;
    /// Everything that changes from step to step, in one walk: save, load, plot.
    fn state(&mut self, visit: StateVisitor<'_, F>);
    /// The instruction level of its pass over memory: the best, unless told otherwise. The bits do not depend on it.
    fn set_level(&mut self, level: Level);
}

/// η as a knob.
pub(crate) fn eta_knob(eta: &mut f64) -> Parameter<'_> {
    Parameter::number("eta", "η, the learning rate", eta, Range::POSITIVE)
}

/// A rule run over a vector: its knobs, its slots, its schedules.
#[derive(Debug)]
pub struct Elementwise<F, R, const N: usize> {
    rule: R,
    eta: f64,
    edits: Edits,
    schedules: Vec<(String, Schedule)>,
    now: R,
    at: Step,
    slots: [Vec<F>; N],
    level: Level,
}

impl<F: Float, R: UpdateRule<N>, const N: usize> Elementwise<F, R, N> {
    /// `rule` with the learning rate `eta`.
    pub fn new(rule: R, eta: f64) -> Self {
        let slots = array::from_fn(|_| Vec::new());
        let at = Step { eta, ..Step::default() };
        Elementwise { rule, eta, edits: Edits::default(), schedules: Vec::new(), now: rule, at, slots, level: Level::best() }
    }

    /// Numbers kept per coordinate.
    pub fn slots(&self) -> &[Vec<F>; N] {
        &self.slots
    }
}

impl<F: Float, R: UpdateRule<N>, const N: usize> Update<F> for Elementwise<F, R, N> {
    fn start(&mut self, x: &[F]) {
        self.slots = array::from_fn(|k| x.iter().map(|v| F::down(self.rule.start(v.up())[k])).collect());
    }

    fn begin(&mut self, t: u64) {
        let Elementwise { rule, eta, schedules, now, at, .. } = self;
        *now = *rule;
        at.eta = *eta;
        at.k = i32::try_from(t).unwrap_or(i32::MAX - 1) + 1;
        for (name, schedule) in schedules {
            let factor = schedule.factor(t);
            let mut scale = |p: Parameter<'_>| match p.value {
                Value::Number(value) if p.name == name => *value *= factor,
                _ => {}
            };
            scale(eta_knob(&mut at.eta));
            now.parameters(&mut scale);
        }
    }

    fn probe<'a>(&'a self, x: &'a [F], room: &'a mut [F]) -> &'a [F] {
        if !R::LOOKS_AHEAD {
            return x;
        }
        let (rule, at) = (self.now, self.at);
        let slots = self.slots.each_ref().map(Vec::as_slice);
        look(
            self.level,
            room,
            x,
            slots,
            #[inline(always)]
            move |x, slots| rule.probe(&at, x, slots),
        );
        room
    }

    fn update(&mut self, x: &mut [F], gradient: &[F], value: f64) {
        self.at.value = value;
        self.now.begin(&mut self.at);
        let (rule, at) = (self.now, self.at);
        let slots = self.slots.each_mut().map(Vec::as_mut_slice);
        sweep(
            self.level,
            x,
            gradient,
            slots,
            #[inline(always)]
            move |x, g, slots| {
                let (step, slots) = rule.step(&at, x, g, slots);
                (x + step, slots)
            },
        );
        for (_, schedule) in &mut self.schedules {
            schedule.observe(at.k as u64 - 1, value);
        }
    }

    fn at(&self) -> &Step {
        &self.at
    }

    fn edits(&mut self) -> &mut Edits {
        &mut self.edits
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(eta_knob(&mut self.eta));
        self.rule.parameters(visit);
    }

    fn schedule(&mut self, name: &str, schedule: Schedule) -> Result<()> {
        let knobs = describe(|visit| self.parameters(visit));
        match knobs.iter().find(|k| k.name == name).map(|k| &k.value) {
            Some(Setting::Number(_)) => self.schedules.push((name.into(), schedule)),
            Some(_) => return Err(Error::Unsuited(format!("{name} is no number, so it cannot follow a schedule"))),
            None => {
                let names: Vec<_> = knobs.iter().map(|k| k.name).collect();
                return Err(Error::unknown(&format!("parameter of {}", R::NAME), name, &names));
            }
        }
        Ok(())
    }

    fn state(&mut self, visit: StateVisitor<'_, F>) {
        for (name, slot) in R::SLOTS.iter().zip(&mut self.slots) {
            visit(name, State::Slice(slot));
        }
        for (name, value) in ["memory.0", "memory.1", "memory.2", "memory.3"].iter().zip(&mut self.at.memory) {
            visit(name, State::Number(value));
        }
        for (name, schedule) in &mut self.schedules {
            schedule.state(&mut |part, state| visit(&format!("{name}.{part}"), state));
        }
    }

    fn set_level(&mut self, level: Level) {
        self.level = level;
    }
}
