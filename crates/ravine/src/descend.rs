//! A descent on a surface, on a quadratic from a file, or on the energy of a picture: one rule, one loop, watched at every step.

mod ground;

pub use ground::Ground;

use crate::error::{Error, Result};
use crate::recipe::{Descending, Named, Precision};
use ravine_optim::descent::RUNAWAY;
use ravine_optim::error::check_finite;
use ravine_optim::parameter::{Range, Setting};
use ravine_optim::{
    Averaged, Certificate, Descent, Float, Measure, Outcome, Solver, State, Stop, StopReason, Update, edit, rule, run, schedule,
    vector,
};
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Points of more numbers than this are not shown.
pub(crate) const SHOWN: usize = 1000;

/// What a schedule of the noise on the gradient is written under.
const GRADIENT_NOISE: &str = "gradient-noise";

/// One step of a descent, as it is shown. Step 0 is the start. In JSON, which has no word for them, numbers that are not finite are
/// absent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Steps made.
    pub step: u64,
    /// The point itself; absent where it has more than 1000 numbers.
    #[serde(skip_serializing_if = "no_point")]
    pub theta: Option<Vec<f64>>,
    /// J(θ), over all samples.
    #[serde(skip_serializing_if = "no_number")]
    pub value: f64,
    /// ‖∇J(θ)‖, over all samples, before any edit.
    #[serde(skip_serializing_if = "no_number")]
    pub gradient_norm: f64,
    /// η of the step that follows.
    #[serde(skip_serializing_if = "no_number")]
    pub learning_rate: f64,
    /// What the rule answers with, where that is not θ.
    #[serde(skip_serializing_if = "no_point")]
    pub answer: Option<Vec<f64>>,
    /// Where the next gradient is taken, where that is not θ.
    #[serde(skip_serializing_if = "no_point")]
    pub probe: Option<Vec<f64>>,
    /// An upper bound of J(answer) − min J, where the problem is convex and its dual is known.
    #[serde(skip_serializing_if = "no_bound")]
    pub gap: Option<f64>,
    /// What the rule keeps, by name, of the first two coordinates; absent where θ is. For plots, not for JSON.
    #[serde(skip)]
    pub slots: Vec<(String, Vec<f64>)>,
}

fn no_number(number: &f64) -> bool {
    !number.is_finite()
}

fn no_bound(bound: &Option<f64>) -> bool {
    bound.is_none_or(|bound| !bound.is_finite())
}

fn no_point(point: &Option<Vec<f64>>) -> bool {
    point.as_ref().is_none_or(|point| point.iter().any(no_number))
}

/// How a descent ended.
#[derive(Debug, Clone)]
pub struct Descended {
    /// What was done: start and η are written down.
    pub settled: Descending,
    /// The best point seen.
    pub best: Vec<f64>,
    /// What is known of it.
    pub measure: Measure,
    /// Why it ended.
    pub stop: StopReason,
    /// Steps made.
    pub steps: u64,
    /// The η below which plain gradient descent is known not to diverge here.
    pub stable_eta: Option<f64>,
    /// The knowledge of where the minima are: the nearest to the best point.
    pub nearest_optimum: Option<Vec<f64>>,
}

/// Descends as `asked`, on `ground`, showing every step to `show`.
///
/// ```
/// use ravine::{Named, descend::{Ground, descend}, recipe::Descending};
/// let asked = Descending { surface: Named::new("ravine"), rule: Named::new("momentum"), steps: 400, ..Descending::default() };
/// let mut rows = Vec::new();
/// let done = descend(&asked, Ground::of(&asked, None)?, None, &mut |row| rows.push(row))?;
/// assert_eq!(rows.len(), 401);
/// assert!(done.measure.value < 1e-6 * rows[0].value);
/// # Ok::<(), ravine::Error>(())
/// ```
pub fn descend(
    asked: &Descending,
    ground: Ground,
    interrupt: Option<Arc<AtomicBool>>,
    show: &mut (dyn FnMut(Row) + Send),
) -> Result<Descended> {
    match asked.precision {
        Precision::F32 => descend_in::<f32>(asked, ground, interrupt, show),
        Precision::F64 => descend_in::<f64>(asked, ground, interrupt, show),
    }
}

fn descend_in<F: Float>(
    asked: &Descending,
    ground: Ground,
    interrupt: Option<Arc<AtomicBool>>,
    show: &mut (dyn FnMut(Row) + Send),
) -> Result<Descended> {
    let settled = settle(asked, &ground)?;
    let update = update_of::<F>(&settled)?;
    let start = settled.start.clone().unwrap_or_else(|| ground.start());
    let optima = ground.optima();
    let objective = ground.objective::<F>()?;
    let stable_eta = objective.stable_eta();
    let mut descent = Descent::new(objective, start.iter().map(|v| F::from_f64(*v)).collect(), update)?;
    if let Some(noise) = gradient_noise(settled.gradient_noise, &settled.schedules, settled.seed)? {
        descent = descent.edited(Box::new(noise));
    }
    let mut watched = Watched { descent, show };
    let stop = Stop { interrupt, ..Stop::after(settled.steps) };
    let mut first = None;
    let mut ran_away = false;
    let outcome = run(&mut watched, &stop, &mut |measure, _| {
        ran_away = measure.value > RUNAWAY * (1.0 + first.get_or_insert(measure.value).abs());
        if ran_away { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let best: Vec<f64> = outcome.best.iter().map(|v| v.to_f64()).collect();
    let nearest_optimum = optima.into_iter().min_by(|a, b| distance(a, &best).total_cmp(&distance(b, &best)));
    let Outcome { measure, stop, iterations, .. } = outcome;
    let stop = if ran_away { StopReason::Diverged } else { stop };
    Ok(Descended { settled, best, measure, stop, steps: iterations, stable_eta, nearest_optimum })
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// The rule with its schedules and its average.
pub(crate) fn update<F: Float>(
    rule: &Named,
    eta: Option<&Named>,
    others: &BTreeMap<String, Named>,
    average: Option<&str>,
) -> Result<Box<dyn Update<F>>> {
    let mut update = rule::build::<F>(&rule.name, &rule.settings())?;
    let of = |s: &Named| schedule::build(&s.name, &s.settings());
    if let Some(s) = eta {
        update.schedule("eta", of(s)?)?;
    }
    for (knob, s) in others.iter().filter(|(knob, _)| *knob != GRADIENT_NOISE) {
        update.schedule(knob, of(s)?)?;
    }
    match average {
        Some(average) => Ok(Box::new(Averaged::new(update, average.parse()?))),
        None => Ok(update),
    }
}

/// The noise on every gradient, where there is some, with its schedule.
pub(crate) fn gradient_noise(
    deviation: Option<f64>,
    schedules: &BTreeMap<String, Named>,
    seed: u64,
) -> Result<Option<edit::Noise>> {
    match (deviation, schedules.get(GRADIENT_NOISE)) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(Error::Unsuited("gradient-noise has a schedule, but no size: give --gradient-noise".into())),
        (Some(deviation), schedule) => {
            let noise = edit::Noise::new(Range::NON_NEGATIVE.check(GRADIENT_NOISE, deviation)?, seed);
            Ok(Some(match schedule {
                Some(s) => noise.following(schedule::build(&s.name, &s.settings())?),
                None => noise,
            }))
        }
    }
}

fn update_of<F: Float>(settled: &Descending) -> Result<Box<dyn Update<F>>> {
    update(&settled.rule, settled.schedule.as_ref(), &settled.schedules, settled.average.as_deref())
}

/// `asked` with its start (where it is short enough to be written) and its η. Refuses what [`descend`] would refuse.
pub fn settle(asked: &Descending, ground: &Ground) -> Result<Descending> {
    let mut settled = asked.clone();
    let usual = ground.start();
    let start = asked.start.clone().unwrap_or_else(|| usual.clone());
    if start.len() != usual.len() {
        return Err(ravine_optim::Error::Length { what: "the start".into(), got: start.len(), wanted: usual.len() }.into());
    }
    check_finite("the start", &start)?;
    if let Some(deviation) = asked.gradient_noise {
        Range::NON_NEGATIVE.check(GRADIENT_NOISE, deviation)?;
    }
    if start.len() <= SHOWN {
        settled.start = Some(start);
    }
    if !settled.rule.set.contains_key("eta") {
        let eta = if proportional(&asked.rule)? { ground.eta()? } else { default_eta(&asked.rule.name)? };
        settled.rule.set.insert("eta".into(), Setting::Number(eta));
    }
    ground.settle(&mut settled);
    update_of::<f64>(&settled)?;
    Ok(settled)
}

/// Whether the rule's first move is proportional to the gradient: then its η depends on the objective's scale.
pub(crate) fn proportional(rule: &Named) -> Result<bool> {
    let first_move = |gradient: f64| -> Result<f64> {
        let mut update = rule::build::<f64>(&rule.name, &rule.settings())?;
        let mut x = [0.0];
        update.start(&x);
        update.begin(0);
        update.update(&mut x, &[gradient], 0.0);
        Ok(x[0])
    };
    let (one, two) = (first_move(1.0)?, first_move(2.0)?);
    Ok((two - 2.0 * one).abs() <= 1e-9 * two.abs())
}

/// The η that the rule's paper takes.
pub(crate) fn default_eta(name: &str) -> Result<f64> {
    Ok(rule::build::<f64>(name, &[] as &[(&str, Setting)])?.at().eta)
}

/// A descent that shows itself whenever it is measured.
struct Watched<'a, F: Float> {
    descent: Descent<F>,
    show: &'a mut (dyn FnMut(Row) + Send),
}

impl<F: Float> Watched<'_, F> {
    fn row(&mut self, measure: &Measure) -> Row {
        let slots = self.slots(self.descent.theta().len());
        let descent = &mut self.descent;
        let theta = descent.theta().to_vec();
        let other = |point: &[F]| (point != theta.as_slice()).then(|| point.to_vec());
        let answer = other(descent.iterate());
        let probe = other(descent.probe());
        let (value, gradient_norm) = match (&answer, measure.gradient_norm) {
            (None, Some(norm)) => (measure.value, norm),
            _ => {
                let mut gradient = vec![F::ZERO; theta.len()];
                let value = descent.objective().value_and_gradient(&theta, &mut gradient);
                (value, vector::norm(&gradient))
            }
        };
        let shown = |point: Vec<F>| (point.len() <= SHOWN).then(|| point.iter().map(|v| v.to_f64()).collect());
        Row {
            step: descent.steps(),
            learning_rate: descent.learning_rate(),
            answer: answer.and_then(shown),
            probe: probe.and_then(shown),
            theta: shown(theta),
            value,
            gradient_norm,
            gap: measure.certificate.as_ref().map(|c: &Certificate| c.gap),
            slots,
        }
    }

    /// The slices of the update's state that are as long as θ.
    fn slots(&mut self, n: usize) -> Vec<(String, Vec<f64>)> {
        let mut slots = Vec::new();
        self.descent.state(&mut |name, state| {
            if let (Some(name), State::Slice(values)) = (name.strip_prefix("update."), state)
                && values.len() == n
                && n <= SHOWN
            {
                slots.push((name.to_string(), values.iter().take(2).map(|v| v.to_f64()).collect()));
            }
        });
        slots
    }
}

impl<F: Float> Solver<F> for Watched<'_, F> {
    fn step(&mut self) {
        self.descent.step();
    }
    fn iterate(&mut self) -> &[F] {
        self.descent.iterate()
    }
    fn measure(&mut self) -> Measure {
        let measure = self.descent.measure();
        let row = self.row(&measure);
        (self.show)(row);
        measure
    }
    fn finished(&self) -> Option<StopReason> {
        self.descent.finished()
    }
}
