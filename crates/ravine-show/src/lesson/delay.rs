//! Workers that do not wait for one another: gradients τ steps late, what that costs, and the η that repairs it.

use super::regression::{Drawn, Regression, descent};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use ravine::Result;
use ravine::optim::Solver;
use ravine::optim::objective::finite_sum::{Batch, Order, Samples};
use ravine::optim::objective::stale::{Stale, stable};
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::statistics::{bootstrap, mean};

/// Workers: the gradients of p are p − 1 steps late.
const WORKERS: [u64; 5] = [1, 2, 4, 8, 16];
const SET: Drawn = Drawn { samples: 200, unknowns: 3, kappa: 3.0, noise: 0.5, copies: 1 };
/// The η of small steps, in units of 1/L: nothing changes much within 16 of them.
const SMALL: f64 = 0.005;

pub(super) struct Delay {
    steps: f64,
    runs: f64,
}

impl Lesson for Delay {
    const NAME: &'static str = "delay";
    const PART: Part = Part::GradientDescent;
    const CLAIM: &'static str = "SGD can run on many workers that do not wait for one another: steps along gradients that are out of date lead to the \
                                 same result.";
    const FORMULA: &'static str = "θₜ₊₁ = θₜ − η∇ℓ(θ₍ₜ₋τ₎),  stable for ηL < 2·sin(π/(2(2τ + 1))), τ = workers − 1";

    fn new(effort: Effort) -> Self {
        match effort {
            Effort::Quick => Delay { steps: 40_000.0, runs: 8.0 },
            Effort::Full => Delay { steps: 200_000.0, runs: 32.0 },
        }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("steps", "steps in the cloud around the minimiser", &mut self.steps, Range::closed(1e3, 1e8)));
        visit(Parameter::number("runs", "runs, each with other draws", &mut self.runs, Range::closed(2.0, 1e4)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let set = SET.from(desk.seed)?;
        let mut found = Findings::default();
        let limits: Vec<f64> = WORKERS.iter().map(|p| limit(&set, p - 1, desk)).collect::<Result<_>>()?;
        for (p, limit) in WORKERS.iter().zip(&limits) {
            let theory = stable(p - 1);
            found.number(Number::new(format!("largest stable ηL, workers = {p}"), *limit).beside(theory, 0.02 * theory));
        }
        let costs: Vec<u64> = WORKERS.iter().map(|p| cost(&set, p - 1, desk)).collect::<Result<_>>()?;
        for (p, steps) in WORKERS.iter().zip(&costs) {
            found.number(Number::new(format!("steps to 10⁻⁶ of the excess risk at the best η, workers = {p}"), *steps as f64));
        }
        let floors = bootstrap(&self.floors(&set, desk)?, mean, 0.95, desk.seed);
        found.number(Number::within("one sample a step, η = 0.005/L: excess risk of 16 workers over that of one", floors));

        let last = WORKERS.len() - 1;
        found.case("with the η of one worker (1/L), 16 workers converge as well", limits[last] > 1.0);
        found.case("without samples' noise, p workers are p times as fast, each with its best η", costs[last] <= costs[0]);
        found.case(
            "where small steps are taken, 16 workers end within 10 % of the risk of one",
            floors.low > 0.9 && floors.high < 1.1,
        );
        found.say(format!(
            "Gradients {} steps late make descent diverge from ηL = {:.3} on, where fresh ones bear {:.2}: staleness takes nearly all of η away, and dividing η gives \
             back what can be had.",
            WORKERS[last] - 1,
            limits[last],
            limits[0]
        ));
        found.say(format!(
            "With the best η for each, {} fresh steps become {} late ones, so that {} workers gain nothing where the curvature limits η.",
            costs[0], costs[last], WORKERS[last]
        ));
        found.say(format!(
            "Where noise has forced η down anyway (0.005/L, one sample a step), the late gradients are nearly those of today: the risk in the end is {:.3} times that \
             of one worker. That is when workers need not wait.",
            floors.value
        ));
        found.figures.push(figure(&limits, &costs));
        Ok(found)
    }
}

/// The least ηL at which the risk over a long way rises, by bisection of its logarithm.
fn limit(set: &Regression, delay: u64, desk: &Desk<'_>) -> Result<f64> {
    let (mut calm, mut wild) = (0.01f64, 4.0f64);
    for _ in 0..11 {
        let middle = (calm * wild).sqrt();
        let (half, end) = ends(set, delay, middle, 1500 * (delay + 1), desk)?;
        if end < half { calm = middle } else { wild = middle }
    }
    Ok((calm * wild).sqrt())
}

/// The largest excess risk in the quarter before half of the way and in its last quarter; 1 and 0, or 0 and 1, as soon as it is clear where it goes.
fn ends(set: &Regression, delay: u64, rate: f64, steps: u64, desk: &Desk<'_>) -> Result<(f64, f64)> {
    let mut way = whole(set, delay, rate)?;
    let (start, mut half, mut end) = (set.excess(way.theta()), 0.0f64, 0.0f64);
    for t in 0..steps {
        if t.is_multiple_of(256) {
            desk.go_on()?;
        }
        way.step();
        let excess = set.excess(way.theta());
        if excess < 1e-20 * start {
            return Ok((1.0, 0.0));
        }
        if excess.is_nan() || excess > 1e6 * start {
            return Ok((0.0, 1.0));
        }
        if (steps / 4..steps / 2).contains(&t) {
            half = half.max(excess);
        } else if t >= 3 * steps / 4 {
            end = end.max(excess);
        }
    }
    Ok((half, end))
}

/// All samples a step, τ late, with ηL = `rate`.
fn whole(set: &Regression, delay: u64, rate: f64) -> Result<ravine::optim::Descent<f64>> {
    let risk = set.quadratic()?;
    descent(Stale::new(risk, delay), &[0.0; SET.unknowns], rate / set.samples.lipschitz())
}

/// The fewest steps to a millionth of the excess risk of the start, over 40 η up to the limit.
fn cost(set: &Regression, delay: u64, desk: &Desk<'_>) -> Result<u64> {
    let target = 1e-6 * set.excess(&[0.0; SET.unknowns]);
    let mut least = 20_000;
    for i in 1..=40 {
        let rate = stable(delay) * i as f64 / 40.0;
        least = set.steps_to(target, &mut whole(set, delay, rate)?, least, desk)?.unwrap_or(least);
    }
    Ok(least)
}

impl Delay {
    /// Of each run with one sample a step: the mean excess risk with 16 workers over that with one.
    fn floors(&self, set: &Regression, desk: &Desk<'_>) -> Result<Vec<f64>> {
        let eta = SMALL / set.samples.lipschitz();
        let floor = |delay: u64, seed: u64| -> Result<f64> {
            let risk = set.risk(Batch::Of(1), Order::WithReplacement, seed)?;
            let mut way = descent(Stale::new(risk, delay), &set.minimiser, eta)?;
            let (mut sum, forget) = (0.0, 2000);
            for t in 0..self.steps as u64 + forget {
                if t.is_multiple_of(4096) {
                    desk.go_on()?;
                }
                way.step();
                sum += if t < forget { 0.0 } else { set.excess(way.theta()) };
            }
            Ok(sum)
        };
        (0..self.runs as u64).map(|i| Ok(floor(WORKERS[4] - 1, desk.seed + i)? / floor(0, desk.seed + i)?)).collect()
    }
}

fn figure(limits: &[f64], costs: &[u64]) -> Figure {
    let curve = |label: &str, of: &dyn Fn(usize) -> f64| Curve {
        label: label.into(),
        points: (0..WORKERS.len()).map(|i| (WORKERS[i] as f64, of(i))).collect(),
    };
    let chart = |title: &str, y_label: &str, curves| Chart {
        title: title.into(),
        x_label: "workers (gradients are workers − 1 steps late)".into(),
        y_label: y_label.into(),
        x_scale: Scale::Logarithmic,
        scale: Scale::Logarithmic,
        curves,
    };
    let stability = chart(
        "The largest η that is stable",
        "ηL",
        vec![curve("measured", &|i| limits[i]), curve("theory: 2·sin(π/(2(2τ + 1)))", &|i| stable(WORKERS[i] - 1))],
    );
    let speed = chart(
        "Steps to 10⁻⁶ of the excess risk, best η",
        "steps, by all workers together",
        vec![
            curve("late gradients", &|i| costs[i] as f64),
            curve("what p workers may take to be as fast as one", &|i| costs[0] as f64 * WORKERS[i] as f64),
        ],
    );
    Figure {
        title: "Gradients that are late".into(),
        description: "Left, the largest stable learning rate over the number of workers, measured and by theory. Right, the steps to a small risk at \
                      the best learning rate, beside the number at which workers are no faster than one alone."
            .into(),
        panels: vec![Panel::Chart(stability), Panel::Chart(speed)],
    }
}
