//! A learning rate that falls: where stochastic descent ends with each schedule, how fast, and what a large first rate is good for.
//!
//! The samples are made so that theory is exact: aᵢ = (±√h₁, ±√h₂), all signs equally often. Then ∇²R = diag(h₁, h₂), and under
//! a constant η, drawn with replacement, E[R(θ) − R*] settles at η·tr·R*/(2 − η·tr), tr = h₁ + h₂.

use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::number::short;
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use ravine::Result;
use ravine::optim::objective::finite_sum::{Batch, FiniteSum, Order, Samples};
use ravine::optim::objective::least_squares::LeastSquares;
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::statistics::{bootstrap, mean, median, slope};
use ravine::optim::{Descent, Random, Solver, Stream, edit::Noise, rule, schedule, surface};

/// Curvatures: μ and L.
const H: [f64; 2] = [1.0, 4.0];
/// m
const SAMPLES: usize = 256;
/// η₀
const ETA: f64 = 0.1;
/// Octaves over which a slope is measured: two decades.
const OCTAVES: usize = 7;
const START: [f64; 2] = [3.0, -2.0];

pub(super) struct Annealing {
    steps: f64,
    seeds: f64,
}

/// How η falls, and how the samples are drawn.
struct Way {
    label: &'static str,
    schedule: &'static str,
    knobs: &'static [(&'static str, f64)],
    order: Order,
}

const fn way(label: &'static str, schedule: &'static str, knobs: &'static [(&'static str, f64)]) -> Way {
    Way { label, schedule, knobs, order: Order::WithReplacement }
}

/// η₀μ/k = 2 and 0.2; μΣη = 5 for both that freeze.
const CONSTANT: Way = way("constant η", "constant", &[]);
const INVERSE: Way = way("1/t, η₀μ/k = 2", "inverse-time", &[("rate", 0.05)]);
const TOO_FAST: Way = way("1/t, η₀μ/k = 0.2", "inverse-time", &[("rate", 0.5)]);
const EXPONENTIAL: Way = way("exponential", "exponential", &[("rate", 0.02)]);
const STEP: Way = way("step decay", "step", &[("divisor", 2.0), ("every", 25.0)]);
const RESHUFFLED: Way = Way { label: "1/t, reshuffled", order: Order::Reshuffled, ..INVERSE };

/// What became of one run.
struct Run {
    /// The mean of R(θ) − R* over the steps 2ʲ … 2ʲ⁺¹ − 1.
    octaves: Vec<f64>,
    /// R(θ) − R* at the end.
    left: f64,
    /// How far θ moved in the second half, relative to its distance from θ* at the end.
    moved: f64,
}

impl Lesson for Annealing {
    const NAME: &'static str = "annealing";
    const PART: Part = Part::BetterSteps;
    const CLAIM: &'static str = "Stochastic descent converges like batch descent if its learning rate is slowly decreased, by steps, \
                                 exponentially or like 1/t; a large rate at the beginning helps it off plateaus.";
    const FORMULA: &'static str = "η = η₀/Kʲ, j = ⌊t/T⌋;   η = η₀ exp(−kt);   η = η₀/(1 + kt)";

    fn new(effort: Effort) -> Self {
        match effort {
            Effort::Quick => Annealing { steps: 16384.0, seeds: 8.0 },
            Effort::Full => Annealing { steps: 131_072.0, seeds: 16.0 },
        }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("steps", "steps of one sample each, a power of two", &mut self.steps, Range::closed(4096.0, 1e8)));
        visit(Parameter::number("seeds", "orders of the samples", &mut self.seeds, Range::closed(3.0, 1e4)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let mut found = Findings::default();
        let problem = problem(desk.seed)?;
        let many = |way: &Way, times: u64| -> Result<Vec<Run>> {
            (0..times * self.seeds as u64).map(|i| self.run(&problem, way, desk, i)).collect()
        };
        let (constant, inverse, too_fast) = (many(&CONSTANT, 1)?, many(&INVERSE, 4)?, many(&TOO_FAST, 1)?);
        let (exponential, step, reshuffled) = (many(&EXPONENTIAL, 1)?, many(&STEP, 1)?, many(&RESHUFFLED, 2)?);
        let batch = self.batch(&problem, desk)?;

        let of =
            |runs: &[Run], number: fn(&Run) -> f64| bootstrap(&runs.iter().map(number).collect::<Vec<_>>(), mean, 0.95, desk.seed);
        let trace: f64 = H.iter().sum();
        let floor = ETA * trace * problem.risk / (2.0 - ETA * trace);
        let settled = of(&constant, |run| mean(&run.octaves[8..]));
        found.number(Number::within("constant η: R(θ) − R* in the long run", settled).beside(floor, 0.02 * floor));
        let fast = of(&inverse, Run::slope);
        found.number(Number::within("1/t, η₀μ/k = 2: slope of R(θ) − R* over t, log-log", fast).beside(-1.0, 0.1));
        let slow = of(&too_fast, Run::slope);
        found.number(Number::within("1/t, η₀μ/k = 0.2: the same slope", slow).beside(-0.4, 0.1));
        let steps = self.steps;
        found.number(Number::within(format!("1/t, reshuffled: the same slope up to step {steps}"), of(&reshuffled, Run::slope)));
        let left = of(&inverse, |run| run.left);
        found.number(Number::within(format!("1/t, η₀μ/k = 2: R(θ) − R* after {steps} steps"), left));
        let mut frozen = Vec::new();
        for (way, runs) in [(&EXPONENTIAL, &exponential), (&STEP, &step)] {
            found.number(Number::within(format!("{}: R(θ) − R* at the end", way.label), of(runs, |run| run.left)));
            let moved = runs.iter().map(|run| run.moved).fold(0.0, f64::max);
            found.number(Number::new(
                format!("{}: way of the second half of {steps} steps over the distance left, at most", way.label),
                moved,
            ));
            frozen.push(moved < 1e-6);
        }
        let factor = (batch[40] / batch[20]).powf(1.0 / 20.0);
        let foretold = (1.0 - ETA * H[0]).powi(2);
        found.number(Number::new("batch: factor of R(θ) − R* a step", factor).beside(foretold, 0.02 * foretold));
        let at_equal_cost = batch.last().copied().unwrap_or(f64::NAN);
        found.number(Number::new(format!("batch: R(θ) − R* after {steps} gradients"), at_equal_cost));

        let [large, small] = [LARGE, SMALL].map(|way| self.plateau(way, desk));
        let (large, small) = (large?, small?);
        let median_of = |steps: &[f64]| bootstrap(steps, median, 0.95, desk.seed);
        found.number(Number::within("plateau: steps to leave it, η from 0.4 on, falling", median_of(&large)));
        found.number(Number::within("plateau: steps to leave it, η = 0.04", median_of(&small)));
        let sooner: Vec<f64> = small.iter().zip(&large).map(|(s, l)| s / l).collect();
        let sooner = bootstrap(&sooner, median, 0.95, desk.seed);
        found.number(Number::within("plateau: how many times longer the small η takes", sooner));

        found.case("with a constant rate the solution fluctuates, and comes no nearer", settled.low > 0.5 * floor);
        found.case("with 1/t it goes to the minimiser, as batch does", fast.high < -0.9 && left.high < 0.01 * settled.low);
        found.case("with 1/t it does so whatever η₀ and k are, at the same rate", (slow.value + 1.0).abs() <= 0.1);
        found.case("with exponential decay it goes there too", !frozen[0]);
        found.case("with step decay it goes there too", !frozen[1]);
        found.case("gradient for gradient it comes as near as batch", left.value <= at_equal_cost);
        found.case("a large rate at the beginning leaves a plateau sooner", sooner.low > 1.0);
        found.say(format!(
            "Annealed like 1/t, stochastic descent reaches the limit of batch descent, but not at its rate: batch multiplies its excess by {factor:.2} in \
             every step, 1/t divides it by ten when the steps are ten times as many. After {steps} gradients it has {} left, batch {}.",
            short(left.value),
            short(at_equal_cost)
        ));
        found.say(format!(
            "A rate that falls too soon never arrives: where Ση is finite, as in exponential and step decay, θ freezes, here with {} and {} left, forever. \
             And 1/t with η₀μ/k = 0.2 falls with a slope of {:.2} instead of −1.",
            short(of(&exponential, |run| run.left).value),
            short(of(&step, |run| run.left).value),
            slow.value
        ));
        found.say(format!(
            "A large first rate is worth having: it left a plateau {:.1} times sooner. For those who gave the lecture: reshuffled, as the lecture draws its \
             samples, 1/t falls with a slope of {:.2}, faster than the −1 of independent draws.",
            sooner.value,
            of(&reshuffled, Run::slope).value
        ));
        let ways =
            [(&CONSTANT, &constant), (&INVERSE, &inverse), (&TOO_FAST, &too_fast), (&EXPONENTIAL, &exponential), (&STEP, &step)];
        found.figures.push(Figure {
            title: "Annealing".into(),
            description: "Left, the excess risk over the gradients computed, for five schedules of stochastic descent and for batch descent. \
                          Right, the value on a plateau over the steps, with a large rate that falls and with a small one."
                .into(),
            panels: vec![Panel::Chart(curves(&ways, &batch)), Panel::Chart(self.on_the_plateau(desk)?)],
        });
        Ok(found)
    }
}

/// The samples, and what is known of their risk.
struct Problem {
    samples: LeastSquares,
    best: Vec<f64>,
    /// R*
    risk: f64,
}

fn problem(seed: u64) -> Result<Problem> {
    let mut random = Random::new(seed, Stream::Data, 0);
    let sign = |bit: usize| if bit == 0 { 1.0 } else { -1.0 };
    let rows: Vec<f64> = (0..SAMPLES).flat_map(|i| [sign(i & 1) * H[0].sqrt(), sign(i & 2) * H[1].sqrt()]).collect();
    let targets = (0..SAMPLES).map(|_| random.normal()).collect(); // θ = 0 and noise of variance 1
    let samples = LeastSquares::new(rows, targets)?;
    let best = samples.minimiser().unwrap_or_default(); // there is one: the Hessian is diag(h₁, h₂)
    let risk = (0..SAMPLES).map(|i| samples.loss(i, &best)).sum::<f64>() / SAMPLES as f64;
    Ok(Problem { samples, best, risk })
}

impl Problem {
    /// R(θ) − R* = ½ Σ hⱼ(θⱼ − θⱼ*)²
    fn excess(&self, theta: &[f64]) -> f64 {
        (0..2).map(|j| 0.5 * H[j] * (theta[j] - self.best[j]).powi(2)).sum()
    }

    fn descent(&self, batch: Batch, way: &Way, seed: u64) -> Result<Descent<f64>> {
        let sum = FiniteSum::new(self.samples.clone(), batch, way.order, seed)?;
        let mut update = rule::build("gradient-descent", &[("eta", ETA.into())])?;
        let knobs: Vec<_> = way.knobs.iter().map(|(name, value)| (*name, (*value).into())).collect();
        update.schedule("eta", schedule::build(way.schedule, &knobs)?)?;
        Ok(Descent::new(Box::new(sum), START.to_vec(), update)?)
    }
}

impl Run {
    /// Of log excess over log t, over the last octaves.
    fn slope(&self) -> f64 {
        let last = &self.octaves[self.octaves.len() - OCTAVES..];
        let x: Vec<f64> = (0..OCTAVES).map(|j| j as f64).collect();
        let y: Vec<f64> = last.iter().map(|e| e.log2()).collect();
        slope(&x, &y).value
    }
}

impl Annealing {
    fn run(&self, problem: &Problem, way: &Way, desk: &Desk<'_>, i: u64) -> Result<Run> {
        desk.go_on()?;
        let steps = self.steps as u64;
        let mut descent = problem.descent(Batch::Of(1), way, desk.seed + i)?;
        let (mut octaves, mut half) = (Vec::new(), Vec::new());
        while descent.steps() < steps {
            desk.go_on()?;
            let until = (2 * descent.steps().max(1)).min(steps);
            let (from, mut sum) = (descent.steps(), 0.0);
            while descent.steps() < until {
                descent.step();
                sum += problem.excess(descent.theta());
                if descent.steps() == steps / 2 {
                    half = descent.theta().to_vec();
                }
            }
            octaves.push(sum / (until - from) as f64);
        }
        let end = descent.theta();
        let apart = |a: &[f64], b: &[f64]| (a[0] - b[0]).hypot(a[1] - b[1]);
        Ok(Run { octaves, left: problem.excess(end), moved: apart(end, &half) / apart(end, &problem.best) })
    }

    /// The excess before each step of batch descent, and after the last, for as many gradients.
    fn batch(&self, problem: &Problem, desk: &Desk<'_>) -> Result<Vec<f64>> {
        let mut descent = problem.descent(Batch::All, &CONSTANT, desk.seed)?;
        let mut excess = vec![problem.excess(descent.theta())];
        for _ in 0..(self.steps as usize / SAMPLES).max(40) {
            desk.go_on()?;
            descent.step();
            excess.push(problem.excess(descent.theta()));
        }
        Ok(excess)
    }
}

/// η at first, and how it falls.
type Rate = (f64, &'static str, &'static [(&'static str, f64)]);
const LARGE: Rate = (0.4, "inverse-time", &[("rate", 0.01)]);
const SMALL: Rate = (0.04, "constant", &[]);
/// The gradient's noise on the plateau.
const NOISE: f64 = 0.01;
/// The value on the pass is 0, that of the minima −¼: half-way down the plateau is left.
const LEFT: f64 = -0.125;

impl Annealing {
    /// Descent with noise from the middle of the pass of `saddle`.
    fn on_saddle((eta, name, knobs): Rate, seed: u64) -> Result<Descent<f64>> {
        let mut update = rule::build("gradient-descent", &[("eta", eta.into())])?;
        let knobs: Vec<_> = knobs.iter().map(|(name, value)| (*name, (*value).into())).collect();
        update.schedule("eta", schedule::build(name, &knobs)?)?;
        let saddle = surface::build("saddle", &[], None, 0)?;
        Ok(Descent::new(Box::new(saddle), vec![0.0; 2], update)?.edited(Box::new(Noise::new(NOISE, seed))))
    }

    /// Steps to leave the plateau, a seed each.
    fn plateau(&self, rate: Rate, desk: &Desk<'_>) -> Result<Vec<f64>> {
        let steps = |i: u64| -> Result<f64> {
            desk.go_on()?;
            let mut descent = Annealing::on_saddle(rate, desk.seed + i)?;
            while descent.steps() < 100_000 && descent.measure().value > LEFT {
                descent.step();
            }
            Ok(descent.steps() as f64)
        };
        (0..4 * self.seeds as u64).map(steps).collect()
    }

    fn on_the_plateau(&self, desk: &Desk<'_>) -> Result<Chart> {
        let curve = |label: &str, rate: Rate| -> Result<Curve> {
            let mut descent = Annealing::on_saddle(rate, desk.seed)?;
            let mut points = Vec::new();
            for k in 0..=300 {
                points.push((f64::from(k), descent.measure().value));
                descent.step();
            }
            Ok(Curve { label: label.into(), points })
        };
        Ok(Chart {
            title: "On a plateau".into(),
            x_label: "step".into(),
            y_label: "J".into(),
            x_scale: Scale::Linear,
            scale: Scale::Linear,
            curves: vec![curve("η = 0.4/(1 + 0.01t)", LARGE)?, curve("η = 0.04", SMALL)?],
        })
    }
}

/// The mean excess of each octave, over the gradients computed.
fn curves(ways: &[(&Way, &Vec<Run>)], batch: &[f64]) -> Chart {
    let curve = |(way, runs): &(&Way, &Vec<Run>)| {
        let point = |j: usize| (1.5 * 2f64.powi(j as i32), mean(&runs.iter().map(|run| run.octaves[j]).collect::<Vec<_>>()));
        Curve { label: way.label.into(), points: (1..runs[0].octaves.len()).map(point).collect() }
    };
    let batch = batch.iter().enumerate().skip(1).map(|(k, excess)| ((k * SAMPLES) as f64, *excess));
    let batch = Curve { label: "batch".into(), points: batch.take_while(|p| p.1 > 1e-9).collect() };
    Chart {
        title: "The same limit, not the same rate".into(),
        x_label: "gradients computed".into(),
        y_label: "R(θ) − R*".into(),
        x_scale: Scale::Logarithmic,
        scale: Scale::Logarithmic,
        curves: ways.iter().map(curve).chain([batch]).collect(),
    }
}
