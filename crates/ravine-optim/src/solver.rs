//! The loop that is outside every solver. Progress bar, trace, Ctrl-C, validation, checkpoint, journal are observers of it.

mod conjugate_gradient;
mod dual_gradient;
mod primal_dual;
mod proximal_gradient;
mod subgradient;

pub use conjugate_gradient::ConjugateGradient;
pub use dual_gradient::DualGradient;
pub use primal_dual::PrimalDual;
pub use proximal_gradient::ProximalGradient;
pub use subgradient::Subgradient;

use crate::certificate::Certificate;
use crate::error::{Error, Result};
use crate::number::Float;
use crate::problem::Problem;
use crate::vector;
use serde::Serialize;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// One piece of state, while it is visited: save, load and plot are written over the same walk.
pub enum State<'a, F> {
    /// Numbers, one per coordinate or so.
    Slice(&'a mut [F]),
    /// One number.
    Number(&'a mut f64),
    /// A counter.
    Count(&'a mut u64),
}

/// A walk over named state.
pub type StateVisitor<'v, F> = &'v mut dyn FnMut(&str, State<'_, F>);

/// Something that comes closer to a minimiser with every step.
pub trait Solver<F: Float>: Send {
    /// One iteration.
    fn step(&mut self);
    /// At least one iteration and at most `most`; returns how many. Only a solver that is faster in bundles overrides it.
    fn advance(&mut self, _most: u64) -> u64 {
        self.step();
        1
    }
    /// The answer so far (the average, where a rule or wrapper keeps one).
    fn iterate(&mut self) -> &[F];
    /// The answer, of a solver that is done with: one with room of its own gives that back first.
    fn into_iterate(mut self: Box<Self>) -> Vec<F> {
        self.iterate().to_vec()
    }
    /// What is known of the answer. Costs several steps: asked rarely.
    fn measure(&mut self) -> Measure;
    /// The dual variables, one vector per term, where the solver has some.
    fn duals(&self) -> Option<&[Vec<F>]> {
        None
    }
    /// Whether there is nothing left to do, and why.
    fn finished(&self) -> Option<StopReason> {
        None
    }
    /// Everything that a checkpoint needs.
    fn state(&mut self, _visit: StateVisitor<'_, F>) {}
}

/// What is known of an iterate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Default)]
pub struct Measure {
    /// Iterations done in all. Filled in by [`run`].
    pub iteration: u64,
    /// Seconds since the run began. Filled in by [`run`].
    pub seconds: f64,
    /// J at the iterate.
    pub value: f64,
    /// ‖∇J‖, for descents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gradient_norm: Option<f64>,
    /// Relative residual of the solver's own equation, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub residual: Option<f64>,
    /// Primal, dual and gap, where the problem has a dual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
}

/// Why a run ended. An end is not an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopReason {
    /// Solved in closed form.
    Exact,
    /// The gap or the distance bound that was asked for is certified.
    Certified,
    /// The residual or gradient is as small as was asked for.
    Converged,
    /// The limit on iterations.
    MaxIterations,
    /// The limit on time.
    TimeLimit,
    /// Stopped by the user.
    Cancelled,
    /// The energy or the iterate is not finite any more; the best finite iterate is kept.
    Diverged,
}

/// When the next measure is due. Always by steps, never by time, so that the same run measures at the same steps on any machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// At the multiples of this number of steps.
    Every(u64),
    /// First after so many steps, then where a gap that falls like k^−2.5 would meet the target:
    /// what accelerated primal–dual does on noisy photographs, between its theory (1/k²) and its end.
    Approach(u64),
}

/// When to stop.
#[derive(Debug, Clone)]
pub struct Stop {
    /// Iterations that the solver has behind it when the run begins: a run that goes on where another ended counts, measures and
    /// stops as if it had not been interrupted.
    pub from: u64,
    /// At most so many iterations in all.
    pub max_iterations: u64,
    /// Stop at this relative duality gap.
    pub relative_gap: Option<f64>,
    /// Stop at this bound on ‖u − u*‖.
    pub distance: Option<f64>,
    /// Stop at this gradient norm, or relative residual.
    pub tolerance: Option<f64>,
    /// Stop after this time, within one iteration.
    pub time_limit: Option<Duration>,
    /// Stop within one iteration once this is set.
    pub interrupt: Option<Arc<AtomicBool>>,
    /// When to measure.
    pub pace: Pace,
}

impl Default for Stop {
    fn default() -> Self {
        Stop {
            from: 0,
            max_iterations: 1000,
            relative_gap: None,
            distance: None,
            tolerance: None,
            time_limit: None,
            interrupt: None,
            pace: Pace::Every(10),
        }
    }
}

impl Stop {
    /// Stop after `n` iterations, measuring after each.
    pub fn after(n: u64) -> Self {
        Stop { max_iterations: n, pace: Pace::Every(1), ..Stop::default() }
    }

    fn met(&self, m: &Measure) -> Option<StopReason> {
        let certificate = m.certificate.as_ref();
        let below = |value: Option<f64>, limit: Option<f64>| matches!((value, limit), (Some(v), Some(l)) if v <= l);
        if below(certificate.map(Certificate::relative_gap), self.relative_gap)
            || below(certificate.and_then(|c| c.distance), self.distance)
        {
            return Some(StopReason::Certified);
        }
        let small = below(m.gradient_norm, self.tolerance) || below(m.residual, self.tolerance);
        small.then_some(StopReason::Converged)
    }

    /// gap / the gap asked for, where a gap is known and asked for: > 1 until certified.
    fn excess(&self, m: &Measure) -> Option<f64> {
        let c = m.certificate.as_ref()?;
        let by_gap = self.relative_gap.map(|g| c.relative_gap() / g);
        let by_distance = self.distance.and_then(|d| c.distance.map(|x| (x / d).powi(2)));
        match (by_gap, by_distance) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    fn next_measure(&self, m: &Measure) -> u64 {
        match self.pace {
            Pace::Every(n) => (m.iteration / n.max(1) + 1).saturating_mul(n.max(1)),
            Pace::Approach(first) if m.iteration == 0 => first.max(1),
            Pace::Approach(_) => {
                let growth = self.excess(m).map_or(1.5, |e| e.powf(0.4).clamp(1.04, 2.5));
                // A gap that is not a number gives no growth.
                ((m.iteration as f64 * growth).ceil() as u64).max(m.iteration.saturating_add(1))
            }
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct Outcome<F> {
    /// The best iterate that was measured.
    pub best: Vec<F>,
    /// What is known of it.
    pub measure: Measure,
    /// Why the run ended.
    pub stop: StopReason,
    /// Iterations done in all.
    pub iterations: u64,
    /// Seconds in all.
    pub seconds: f64,
}

/// An observer of a run: sees each measure and the solver; `Break` cancels.
pub type Observer<'o, F> = &'o mut dyn FnMut(&Measure, &mut dyn Solver<F>) -> ControlFlow<()>;

/// Steps `solver` until `stop`, measuring at its pace, showing each measure to `observe`, and keeping the best iterate measured:
/// least gap where there are certificates, else least value.
pub fn run<F: Float>(solver: &mut dyn Solver<F>, stop: &Stop, observe: Observer<'_, F>) -> Outcome<F> {
    let begin = Instant::now();
    let mut done = stop.from;
    let mut measure_now = |solver: &mut dyn Solver<F>, done: u64| {
        let m = Measure { iteration: done, seconds: begin.elapsed().as_secs_f64(), ..solver.measure() };
        (m, observe(&m, solver))
    };
    let interrupted = || stop.interrupt.as_ref().is_some_and(|i| i.load(Ordering::Relaxed));
    let (mut best_measure, flow) = measure_now(solver, done);
    let mut best = solver.iterate().to_vec();
    let mut last = best_measure;
    let mut cancelled = flow.is_break();
    let mut lost = diverged(&last, solver);
    let reason = loop {
        if lost {
            break StopReason::Diverged;
        }
        if cancelled || interrupted() {
            break StopReason::Cancelled;
        }
        if let Some(reason) = solver.finished().or_else(|| stop.met(&last)) {
            break reason;
        }
        if done >= stop.max_iterations {
            break StopReason::MaxIterations;
        }
        let until = stop.next_measure(&last).min(stop.max_iterations);
        let mut halted = None;
        while done < until && halted.is_none() {
            done += solver.advance(until - done);
            let late = stop.time_limit.is_some_and(|t| begin.elapsed() >= t);
            halted = solver
                .finished()
                .or_else(|| interrupted().then_some(StopReason::Cancelled))
                .or_else(|| late.then_some(StopReason::TimeLimit));
        }
        let (m, flow) = measure_now(solver, done);
        cancelled = flow.is_break();
        last = m;
        lost = diverged(&m, solver);
        if lost {
            continue;
        }
        if better(&m, &best_measure) {
            best_measure = m;
            best.copy_from_slice(solver.iterate());
        }
        if let Some(reason) = halted {
            break stop.met(&m).unwrap_or(reason);
        }
    };
    Outcome { best, measure: best_measure, stop: reason, iterations: done, seconds: begin.elapsed().as_secs_f64() }
}

/// Whether the value or the iterate is not finite.
fn diverged<F: Float>(m: &Measure, solver: &mut dyn Solver<F>) -> bool {
    // A finite gap has ‖u‖ in it; otherwise ask u itself.
    let known_finite = m.certificate.is_some_and(|c| c.gap.is_finite());
    !m.value.is_finite() || !(known_finite || vector::norm(solver.iterate()).is_finite())
}

fn better(new: &Measure, old: &Measure) -> bool {
    match (new.certificate, old.certificate) {
        (Some(a), Some(b)) => a.gap <= b.gap || (!b.gap.is_finite() && a.primal <= b.primal),
        _ => new.value <= old.value || !old.value.is_finite(),
    }
}

/// The solvers that take a [`Problem`]: name and meaning.
pub const SOLVERS: [(&str, &str); 5] = [
    ("conjugate-gradient", "Hestenes and Stiefel 1952, for quadratic energies"),
    ("accelerated-gradient", "Beck and Teboulle 2009 (FISTA), for smooth regularizers"),
    ("primal-dual", "Chambolle and Pock 2011, for any energy with proximal maps"),
    ("dual-gradient", "Beck and Teboulle 2009, accelerated on the dual, for strongly convex energies with proximal maps"),
    ("subgradient", "Shor 1962, for strongly convex energies without a gradient: slow, and here to be seen"),
];

/// The solver `name` of [`SOLVERS`] on `problem`, from `start`; refuses an unknown name and an energy that the solver cannot take.
pub fn by_name<F: Float>(name: &str, problem: Arc<Problem<F>>, start: Vec<F>) -> Result<Box<dyn Solver<F>>> {
    Ok(match name {
        "conjugate-gradient" => Box::new(ConjugateGradient::new(problem, start)?),
        "accelerated-gradient" => Box::new(ProximalGradient::new(problem, start)?),
        "primal-dual" => Box::new(PrimalDual::new(problem, start)?),
        "dual-gradient" => Box::new(DualGradient::new(problem, start)?),
        "subgradient" => Box::new(Subgradient::new(problem, start)?),
        _ => return Err(Error::unknown("solver", name, &SOLVERS.map(|(name, _)| name))),
    })
}

/// A start of the right length, and finite.
fn check_start<F: Float>(problem: &Problem<F>, start: &[F]) -> Result<()> {
    if start.len() != problem.unknowns() {
        return Err(Error::Length { what: "the start".into(), got: start.len(), wanted: problem.unknowns() });
    }
    crate::error::check_finite("the start", start)
}

/// The start, or where it lies outside the domain of G, where J is +∞, its proximal point: that is inside.
fn inside<F: Float>(problem: &Problem<F>, tau: f64, mut start: Vec<F>) -> Vec<F> {
    if let Some(g) = problem.g.proximal().filter(|_| problem.g.value(&start) == f64::INFINITY) {
        g.prox(tau, &mut start);
    }
    start
}

/// The measure of u by the duals ∇Fᵢ(Kᵢu): for solvers that have none of their own.
fn measure_by_own_duals<F: Float>(problem: &Problem<F>, u: &[F]) -> Measure {
    let certificate = problem.duals_at(u).and_then(|p| problem.certify(u, &p));
    Measure { value: certificate.map_or_else(|| problem.value(u), |c| c.primal), certificate, ..Measure::default() }
}
