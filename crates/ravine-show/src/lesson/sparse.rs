//! One sparse problem for the rules that give each coordinate a rate of its own: logistic regression on a thousand samples, one a
//! step, whose commonest feature is in every second sample and whose rarest is in one of a hundred.

use super::{Desk, Number};
use crate::plot::{Chart, Curve, Scale};
use ravine::Result;
use ravine::optim::objective::finite_sum::{Batch, FiniteSum, Order, Samples};
use ravine::optim::objective::logistic::{Example, Logistic};
use ravine::optim::parameter::Setting;
use ravine::optim::statistics::{Interval, bootstrap, mean, median};
use ravine::optim::tune::{Trial, Tuned};
use ravine::optim::{Descent, Float, Objective, Random, Schedule, Solver, State, Stream, Update, rule, vector};

/// Of a run whose end is judged: five epochs.
pub(super) const STEPS: u64 = 5000;
/// Of a run whose rates are watched, 2 to this power.
pub(super) const OCTAVES: u32 = 15;
const SAMPLES: u64 = 1000;
const FEATURES: usize = 20;
/// ρ
const RIDGE: f64 = 1e-3;
/// The rarest quarter of the features.
const RARE: std::ops::Range<usize> = 15..20;
/// The commonest feature and the rarest.
pub(super) const WATCHED: [usize; 2] = [0, 19];
/// Between two rates of a sweep.
const PER_DECADE: i32 = 4;
const DECADES: std::ops::RangeInclusive<i32> = -4..=2;

/// A rule with its knobs, but for η, and what η follows.
pub(super) struct Entrant {
    pub(super) label: &'static str,
    pub(super) rule: &'static str,
    pub(super) knobs: Vec<(&'static str, Setting)>,
    pub(super) schedule: Option<Schedule>,
}

impl Entrant {
    pub(super) fn new(label: &'static str, rule: &'static str, knobs: &[(&'static str, Setting)]) -> Self {
        Entrant { label, rule, knobs: knobs.to_vec(), schedule: None }
    }

    pub(super) fn descent() -> Self {
        Entrant::new("SGD", "gradient-descent", &[])
    }

    /// The course's η/√(G + ε).
    pub(super) fn adagrad() -> Self {
        Entrant::new("Adagrad", "adagrad", &[("epsilon", 1e-8.into()), ("epsilon_inside", true.into())])
    }

    /// The course's η/√(v + ε).
    pub(super) fn rmsprop(label: &'static str, beta: f64) -> Self {
        Entrant::new(label, "rmsprop", &[("beta", beta.into()), ("epsilon", 1e-8.into()), ("epsilon_inside", true.into())])
    }

    /// The rule with this η.
    pub(super) fn update<F: Float>(&self, eta: f64) -> Result<Box<dyn Update<F>>> {
        let mut knobs = self.knobs.clone();
        knobs.push(("eta", eta.into()));
        let mut update = rule::build(self.rule, &knobs)?;
        if let Some(schedule) = &self.schedule {
            update.schedule("eta", schedule.clone())?;
        }
        Ok(update)
    }

    fn descending(&self, problem: &Problem, eta: f64) -> Result<Descent<f64>> {
        Ok(Descent::new(problem.objective()?, problem.start(), self.update(eta)?)?)
    }
}

/// Logistic regression on samples that were drawn, and its solution.
pub(super) struct Problem {
    samples: Logistic,
    seed: u64,
    best: Vec<f64>,
    risk: f64,
}

impl Problem {
    /// Of these samples, met in an order drawn from `seed`.
    pub(super) fn of(samples: Logistic, seed: u64) -> Self {
        let best = samples.minimiser();
        let mut problem = Problem { samples, seed, best, risk: 0.0 };
        problem.risk = problem.value(&problem.best);
        problem
    }

    /// The sparse one: feature j is present with a probability that falls from ½ to 1/100, and the truth is (2, −2, 2, …).
    pub(super) fn sparse(seed: u64) -> Result<Self> {
        let present = |j: usize| 0.5 * 0.02f64.powf(j as f64 / (FEATURES - 1) as f64);
        let truth = |j: usize| if j.is_multiple_of(2) { 2.0 } else { -2.0 };
        let example = |i: u64| {
            let mut random = Random::new(seed, Stream::Data, i);
            let features: Vec<(usize, f64)> = (0..FEATURES).filter(|j| random.uniform() < present(*j)).map(|j| (j, 1.0)).collect();
            let along: f64 = features.iter().map(|(j, _)| truth(*j)).sum();
            Example { features, positive: random.uniform() < 1.0 / (1.0 + (-along).exp()) }
        };
        Ok(Problem::of(Logistic::new((0..SAMPLES).map(example).collect(), FEATURES, RIDGE)?, seed))
    }

    /// `count` sparse ones.
    pub(super) fn many(count: f64, desk: &Desk<'_>) -> Result<Vec<Problem>> {
        (0..count as u64).map(|i| Problem::sparse(desk.seed + i)).collect()
    }

    /// R, of which each step sees one sample.
    pub(super) fn objective(&self) -> Result<Box<dyn Objective<f64>>> {
        Ok(Box::new(FiniteSum::new(self.samples.clone(), Batch::Of(1), Order::Reshuffled, self.seed)?))
    }

    pub(super) fn start(&self) -> Vec<f64> {
        vec![0.0; self.best.len()]
    }

    /// R*
    pub(super) fn risk(&self) -> f64 {
        self.risk
    }

    fn value(&self, theta: &[f64]) -> f64 {
        let m = self.samples.samples();
        (0..m).map(|i| self.samples.loss(i, theta)).sum::<f64>() / m as f64
    }

    /// R(θ) − R*, at least what rounding leaves of it.
    fn excess(&self, theta: &[f64]) -> f64 {
        (self.value(theta) - self.risk).max(1e-16)
    }

    /// ‖θ − θ*‖/‖θ*‖ over the rare features.
    fn rare(&self, theta: &[f64]) -> f64 {
        let off: Vec<f64> = RARE.map(|j| theta[j] - self.best[j]).collect();
        vector::norm(&off) / vector::norm(&self.best[RARE])
    }
}

/// What each η leads to, for each seed.
pub(super) struct Sweep {
    pub(super) label: &'static str,
    pub(super) etas: Vec<f64>,
    /// R(θ) − R*, mean over the last quarter of the steps: `excess[seed][η]`.
    pub(super) excess: Vec<Vec<f64>>,
    /// The error on the rare features, likewise.
    pub(super) rare: Vec<Vec<f64>>,
}

impl Sweep {
    pub(super) fn of(entrant: &Entrant, problems: &[Problem], desk: &Desk<'_>) -> Result<Self> {
        let etas: Vec<f64> = (PER_DECADE * DECADES.start()..=PER_DECADE * DECADES.end())
            .map(|i| 10f64.powf(f64::from(i) / f64::from(PER_DECADE)))
            .collect();
        let mut sweep = Sweep { label: entrant.label, excess: Vec::new(), rare: Vec::new(), etas };
        for problem in problems {
            let ends = sweep.etas.iter().map(|eta| end(entrant, problem, *eta, desk)).collect::<Result<Vec<_>>>()?;
            sweep.excess.push(ends.iter().map(|e| e.0).collect());
            sweep.rare.push(ends.iter().map(|e| e.1).collect());
        }
        Ok(sweep)
    }

    /// The mean over the seeds for each η.
    pub(super) fn mean(&self) -> Vec<f64> {
        (0..self.etas.len()).map(|i| mean(&self.excess.iter().map(|of| of[i]).collect::<Vec<_>>())).collect()
    }

    /// The η of the least mean.
    pub(super) fn best(&self) -> usize {
        let mean = self.mean();
        (0..mean.len()).min_by(|a, b| mean[*a].total_cmp(&mean[*b])).unwrap_or(0)
    }

    /// Of each seed, at the best η.
    pub(super) fn at_best<'a>(&self, of: &'a [Vec<f64>]) -> impl Iterator<Item = f64> + use<'a> {
        let best = self.best();
        of.iter().map(move |of| of[best])
    }

    /// Of each seed, the decades of η around its best within twice its least excess.
    pub(super) fn widths(&self) -> Vec<f64> {
        self.excess.iter().map(|excess| self.curve(excess).width(2.0, 0.0, 0.0)).collect()
    }

    /// Likewise within twice the least excess of `standard`.
    pub(super) fn widths_by(&self, standard: &Sweep) -> Vec<f64> {
        let both = self.excess.iter().zip(&standard.excess);
        both.map(|(its, theirs)| self.curve(its).width(2.0, 0.0, standard.curve(theirs).best.value)).collect()
    }

    /// What a table says of it: the best η, how near it comes with that, and how many decades of η come near.
    pub(super) fn numbers(&self, desk: &Desk<'_>) -> [Number; 4] {
        let label = self.label;
        let excess = middle(self.at_best(&self.excess), desk);
        let rare = middle(self.at_best(&self.rare), desk);
        let width = middle(self.widths().into_iter(), desk);
        [
            Number::new(format!("{label}: best η"), self.etas[self.best()]),
            Number::within(format!("{label}: R(θ) − R* after {STEPS} steps"), excess),
            Number::within(format!("{label}: error on the rare features, relative"), rare),
            Number::within(format!("{label}: width within twice the best"), width).of("decades of η"),
        ]
    }

    /// One seed's curve.
    fn curve(&self, excess: &[f64]) -> Tuned {
        let trials: Vec<Trial> = self.etas.iter().zip(excess).map(|(eta, value)| Trial { eta: *eta, value: *value }).collect();
        let least = |a: Trial, b: Trial| if b.value < a.value { b } else { a };
        let best = trials.iter().copied().reduce(least).unwrap_or(Trial { eta: f64::NAN, value: f64::INFINITY });
        Tuned { best, between: (best.eta, best.eta), trials }
    }
}

/// R(θ) − R* and the rare error, means of four looks in the last quarter of the steps.
fn end(entrant: &Entrant, problem: &Problem, eta: f64, desk: &Desk<'_>) -> Result<(f64, f64)> {
    desk.go_on()?;
    let mut descent = entrant.descending(problem, eta)?;
    let (mut excess, mut rare) = (0.0, 0.0);
    for step in 1..=STEPS {
        descent.step();
        if step > STEPS * 3 / 4 && step.is_multiple_of(STEPS / 16) {
            excess += 0.25 * problem.excess(descent.theta());
            rare += 0.25 * problem.rare(descent.theta());
        }
    }
    Ok((excess, rare))
}

/// The way of the rates of one long run.
pub(super) struct Rates {
    /// exp of the mean of ln(rate/η) over the steps 2ʲ … 2ʲ⁺¹ − 1, of the [`WATCHED`] coordinates: `rates[which][j]`.
    pub(super) rates: [Vec<f64>; 2],
    /// R(θ) − R* at the end of each octave.
    pub(super) excess: Vec<f64>,
}

impl Rates {
    /// Of `entrant`, which divides η by the root of ε and its only slot.
    pub(super) fn of(entrant: &Entrant, problem: &Problem, eta: f64, desk: &Desk<'_>) -> Result<Self> {
        let mut descent = entrant.descending(problem, eta)?;
        let mut seen = Rates { rates: [Vec::new(), Vec::new()], excess: Vec::new() };
        for j in 0..OCTAVES {
            desk.go_on()?;
            let mut sums = [0.0; 2];
            for _ in 0..1 << j {
                descent.step();
                descent.state(&mut |name, state| {
                    if let ("update.G" | "update.E", State::Slice(slot)) = (name, state) {
                        WATCHED.iter().zip(&mut sums).for_each(|(j, sum)| *sum -= 0.5 * (slot[*j] + 1e-8).ln());
                    }
                });
            }
            for (rates, sum) in seen.rates.iter_mut().zip(sums) {
                rates.push((sum / f64::from(1 << j)).exp());
            }
            seen.excess.push(problem.excess(descent.theta()));
        }
        Ok(seen)
    }

    /// The slope of these over the steps, log-log, in the last two decades.
    pub(super) fn slope(of: &[f64]) -> f64 {
        let last = &of[of.len() - 7..];
        let x: Vec<f64> = (0..7).map(f64::from).collect();
        ravine::optim::statistics::slope(&x, &last.iter().map(|v| v.log2()).collect::<Vec<_>>()).value
    }
}

/// The median over the seeds.
pub(super) fn middle(samples: impl Iterator<Item = f64>, desk: &Desk<'_>) -> Interval {
    bootstrap(&samples.collect::<Vec<_>>(), median, 0.95, desk.seed)
}

/// Excess over η, on the axes that all lessons with this problem share.
pub(super) fn excess_chart(sweeps: &[&Sweep]) -> Chart {
    let curve =
        |sweep: &&Sweep| Curve { label: sweep.label.into(), points: sweep.etas.iter().copied().zip(sweep.mean()).collect() };
    Chart {
        title: format!("After {STEPS} steps"),
        x_label: "η".into(),
        y_label: "R(θ) − R*".into(),
        x_scale: Scale::Logarithmic,
        scale: Scale::Logarithmic,
        curves: sweeps.iter().map(curve).collect(),
    }
}

/// Rates over the steps, likewise; the mean over the seeds.
pub(super) fn rate_chart(of: &[(&str, &[Rates])]) -> Chart {
    let curve = |label: &str, runs: &[Rates], which: usize, kind: &str| {
        let at = |j: usize| mean(&runs.iter().map(|run| run.rates[which][j]).collect::<Vec<_>>());
        let points = (0..OCTAVES).map(|j| (1.5 * f64::from(1 << j), at(j as usize))).collect();
        Curve { label: format!("{label}, {kind} feature"), points }
    };
    let both = |(label, runs): &(&str, &[Rates])| [curve(label, runs, 0, "commonest"), curve(label, runs, 1, "rarest")];
    Chart {
        title: "Effective rate over η".into(),
        x_label: "step".into(),
        y_label: "1/√(G + ε), 1/√(v + ε)".into(),
        x_scale: Scale::Logarithmic,
        scale: Scale::Logarithmic,
        curves: of.iter().flat_map(both).collect(),
    }
}
