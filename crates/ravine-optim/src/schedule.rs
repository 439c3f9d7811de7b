//! Schedules: how a knob changes from step to step. [`SCHEDULES`] is the table.
//!
//! A schedule is a factor between 0 and 1 for every step t = 0, 1, …; a knob is its own value times that factor, so any knob can
//! follow any schedule. All are pure functions of t, whence a resumed run needs nothing but t; [`Plateau`] alone has state.

mod cosine;
mod course;
mod cycle;
mod plateau;

pub use cosine::{Cosine, WarmRestarts};
pub use course::{Constant, Exponential, InverseTime, StepDecay};
pub use cycle::{OneCycle, WarmUp};
pub use plateau::Plateau;

use crate::error::{Error, Result};
use crate::parameter::{Described, Setting, Visitor, describe, set};
use crate::solver::{State, StateVisitor};
use serde::{Deserialize, Serialize};

/// A factor for every step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// The same at every step.
    Constant(Constant),
    /// 1/K^⌊t/T⌋
    Step(StepDecay),
    /// e^(−kt)
    Exponential(Exponential),
    /// 1/(1 + kt)^p
    InverseTime(InverseTime),
    /// Half a cosine.
    Cosine(Cosine),
    /// A straight rise to 1.
    WarmUp(WarmUp),
    /// Up and down once.
    OneCycle(OneCycle),
    /// Cosines that start anew.
    WarmRestarts(WarmRestarts),
    /// Down whenever the value has not improved for long.
    Plateau(Plateau),
    /// One after another, each for so many steps and counting its own; the last goes on for ever.
    Sequence(Vec<(u64, Schedule)>),
    /// The product of all.
    Product(Vec<Schedule>),
}

/// One family of schedules.
trait Curve {
    fn parameters(&mut self, visit: Visitor<'_>);
    fn factor(&self, t: f64) -> f64;
}

/// A line of [`SCHEDULES`].
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The schedule's name.
    pub name: &'static str,
    /// One line of meaning.
    pub summary: &'static str,
    /// The schedule with its default knobs.
    pub default: fn() -> Schedule,
}

impl Row {
    /// Its knobs with their defaults and ranges.
    pub fn parameters(&self) -> Vec<Described> {
        let mut schedule = (self.default)();
        describe(|visit| schedule.parameters(visit))
    }
}

/// Every schedule that has a name.
pub const SCHEDULES: &[Row] = &[
    Row { name: "constant", summary: "the same at every step", default: || Schedule::Constant(Default::default()) },
    Row { name: "step", summary: "divided by K every T steps", default: || Schedule::Step(Default::default()) },
    Row { name: "exponential", summary: "e^(−kt)", default: || Schedule::Exponential(Default::default()) },
    Row { name: "inverse-time", summary: "1/(1 + kt)^p", default: || Schedule::InverseTime(Default::default()) },
    Row { name: "cosine", summary: "half a cosine down", default: || Schedule::Cosine(Default::default()) },
    Row { name: "warm-up", summary: "a straight rise, then constant", default: || Schedule::WarmUp(Default::default()) },
    Row { name: "one-cycle", summary: "up once, then far down", default: || Schedule::OneCycle(Default::default()) },
    Row { name: "warm-restarts", summary: "cosines that start anew", default: || Schedule::WarmRestarts(Default::default()) },
    Row { name: "plateau", summary: "down whenever the value stalls", default: || Schedule::Plateau(Default::default()) },
];

/// The schedule `name` with `settings` (knob and value).
///
/// ```
/// let half = ravine_optim::schedule::build("step", &[("every", 10.0.into())])?;
/// assert_eq!((half.factor(9), half.factor(10), half.factor(20)), (1.0, 0.5, 0.25));
/// # Ok::<(), ravine_optim::Error>(())
/// ```
///
/// `warm-up*cosine` is the product of two; `cosine.steps` is then the knob of one of them.
///
/// ```
/// let both = ravine_optim::schedule::build("warm-up*step", &[("warm-up.steps", 4.0.into()), ("step.every", 10.0.into())])?;
/// assert_eq!((both.factor(2), both.factor(9), both.factor(10)), (0.5, 1.0, 0.5));
/// # Ok::<(), ravine_optim::Error>(())
/// ```
///
/// # Errors
/// A name that no schedule has, a knob that it does not have, a value outside its range.
pub fn build(name: &str, settings: &[(impl AsRef<str>, Setting)]) -> Result<Schedule> {
    if name.contains('*') {
        return product(name, settings);
    }
    let row = SCHEDULES.iter().find(|row| row.name == name).ok_or_else(|| {
        let names: Vec<_> = SCHEDULES.iter().map(|row| row.name).collect();
        Error::unknown("schedule", name, &names)
    })?;
    let mut schedule = (row.default)();
    for (knob, setting) in settings {
        set(name, knob.as_ref(), setting, |visit| schedule.parameters(visit))?;
    }
    Ok(schedule)
}

/// `a*b*…`, whose knobs are called `a.knob`.
fn product(name: &str, settings: &[(impl AsRef<str>, Setting)]) -> Result<Schedule> {
    let names: Vec<&str> = name.split('*').collect();
    for (knob, _) in settings {
        let of = knob.as_ref().split_once('.').map_or(knob.as_ref(), |(of, _)| of);
        if !names.contains(&of) {
            return Err(Error::unknown(&format!("factor of {name}"), of, &names));
        }
    }
    let factor = |factor: &&str| {
        let own = settings.iter().filter_map(|(knob, value)| {
            let (of, knob) = knob.as_ref().split_once('.').unwrap_or((knob.as_ref(), ""));
            (of == *factor).then_some((knob, value.clone()))
        });
        build(factor, &own.collect::<Vec<_>>())
    };
    Ok(Schedule::Product(names.iter().map(factor).collect::<Result<_>>()?))
}

impl Schedule {
    /// The factor of step `t` = 0, 1, …
    pub fn factor(&self, t: u64) -> f64 {
        let time = t as f64;
        match self {
            Schedule::Constant(curve) => curve.factor(time),
            Schedule::Step(curve) => curve.factor(time),
            Schedule::Exponential(curve) => curve.factor(time),
            Schedule::InverseTime(curve) => curve.factor(time),
            Schedule::Cosine(curve) => curve.factor(time),
            Schedule::WarmUp(curve) => curve.factor(time),
            Schedule::OneCycle(curve) => curve.factor(time),
            Schedule::WarmRestarts(curve) => curve.factor(time),
            Schedule::Plateau(curve) => curve.factor(time),
            Schedule::Sequence(phases) => phase_at(phases, t).map_or(1.0, |(phase, t)| phases[phase].1.factor(t)),
            Schedule::Product(all) => all.iter().map(|s| s.factor(t)).product(),
        }
    }

    /// Its knobs; a sequence or a product has none of its own.
    pub fn parameters(&mut self, visit: Visitor<'_>) {
        match self {
            Schedule::Constant(curve) => curve.parameters(visit),
            Schedule::Step(curve) => curve.parameters(visit),
            Schedule::Exponential(curve) => curve.parameters(visit),
            Schedule::InverseTime(curve) => curve.parameters(visit),
            Schedule::Cosine(curve) => curve.parameters(visit),
            Schedule::WarmUp(curve) => curve.parameters(visit),
            Schedule::OneCycle(curve) => curve.parameters(visit),
            Schedule::WarmRestarts(curve) => curve.parameters(visit),
            Schedule::Plateau(curve) => curve.parameters(visit),
            Schedule::Sequence(_) | Schedule::Product(_) => {}
        }
    }

    /// Shows the value at step `t` to every plateau at work in it: of a sequence, to those of the phase that `t` is in.
    pub fn observe(&mut self, t: u64, value: f64) {
        match self {
            Schedule::Plateau(plateau) => plateau.observe(value),
            Schedule::Sequence(phases) => {
                if let Some((phase, t)) = phase_at(phases, t) {
                    phases[phase].1.observe(t, value);
                }
            }
            Schedule::Product(all) => all.iter_mut().for_each(|s| s.observe(t, value)),
            _ => {}
        }
    }

    /// The state of every plateau in it; all else is a function of the step.
    pub fn state<F>(&mut self, visit: StateVisitor<'_, F>) {
        let mut i = 0;
        self.plateaus(&mut |plateau| {
            plateau.state(&mut |name, state: State<'_, F>| visit(&format!("plateau.{i}.{name}"), state));
            i += 1;
        });
    }

    fn plateaus(&mut self, visit: &mut dyn FnMut(&mut Plateau)) {
        match self {
            Schedule::Plateau(plateau) => visit(plateau),
            Schedule::Sequence(phases) => phases.iter_mut().for_each(|(_, s)| s.plateaus(visit)),
            Schedule::Product(all) => all.iter_mut().for_each(|s| s.plateaus(visit)),
            _ => {}
        }
    }
}

/// The phase that step `t` is in, and its own step there; none if there is no phase.
fn phase_at(phases: &[(u64, Schedule)], mut t: u64) -> Option<(usize, u64)> {
    let last = phases.len().checked_sub(1)?;
    for (i, (length, _)) in phases[..last].iter().enumerate() {
        if t < *length {
            return Some((i, t));
        }
        t -= length;
    }
    Some((last, t))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_has_the_knobs_of_its_factors() {
        let says = |name: &str, knob: &str| build(name, &[(knob, 2.0.into())]).unwrap_err().to_string();
        assert!(says("warm-up*cosine", "step.every").contains("`step`"), "{}", says("warm-up*cosine", "step.every"));
        assert!(
            says("warm-up*cosine", "cosine.step").contains("did you mean `steps`?"),
            "{}",
            says("warm-up*cosine", "cosine.step")
        );
        assert!(says("warm-up*cosin", "warm-up.steps").contains("did you mean `cosine`?"));
        assert!(says("warm-up*cosine", "steps").contains("`steps`"));
        let [a, b] = ["warm-up", "exponential"].map(|name| build(name, &[] as &[(&str, Setting)]).unwrap());
        let both = build("warm-up*exponential", &[] as &[(&str, Setting)]).unwrap();
        assert!((0..200).all(|t| both.factor(t) == a.factor(t) * b.factor(t)));
    }

    #[test]
    fn a_plateau_in_a_sequence_counts_its_own_phase_only() {
        let plateau = || build("plateau", &[("patience", 2.0.into()), ("cut", 0.5.into())]).unwrap();
        let mut sequence = Schedule::Product(vec![Schedule::Sequence(vec![(6, plateau()), (6, plateau())])]);
        let factors: Vec<f64> = (0..12)
            .map(|t| {
                let factor = sequence.factor(t);
                sequence.observe(t, 1.0); // it never improves: the first is the best, the third after it is one too many
                factor
            })
            .collect();
        assert_eq!(factors, [1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5]);
    }
}
