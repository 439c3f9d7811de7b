//! s small steps beside one step along the average of the gradients at the old θ: how far apart, as η falls.

use super::regression::{Drawn, Regression, descent};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use ravine::Result;
use ravine::optim::objective::finite_sum::{Batch, Order, Samples};
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::statistics::{mean, slope};
use ravine::optim::{Objective, Solver};

/// η · m · L of the learning rates: how far a whole epoch goes.
const REACH: [f64; 6] = [0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4];

pub(super) struct Averaging {
    samples: f64,
    runs: f64,
}

impl Lesson for Averaging {
    const NAME: &'static str = "averaging";
    const PART: Part = Part::GradientDescent;
    const CLAIM: &'static str = "If η is small, s steps of one sample each are nearly one step along the average of their gradients at the old θ: \
                                 SGD slowly computes the gradient of the whole set.";
    const FORMULA: &'static str = "θᵏ = θᵏ⁻ˢ − η Σⱼ ∇ℓ(θᵏ⁻ʲ) ≈ θᵏ⁻ˢ − η Σⱼ ∇ℓ(θᵏ⁻ˢ)";

    fn new(effort: Effort) -> Self {
        match effort {
            Effort::Quick => Averaging { samples: 64.0, runs: 20.0 },
            Effort::Full => Averaging { samples: 64.0, runs: 400.0 },
        }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("samples", "m, the samples of the set", &mut self.samples, Range::closed(10.0, 1e4)));
        visit(Parameter::number("runs", "runs, each with other samples", &mut self.runs, Range::closed(1.0, 1e5)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let all: Vec<[Gaps; REACH.len()]> = (0..self.runs as u64).map(|i| self.run(desk.seed + i, desk)).collect::<Result<_>>()?;
        let curve = |label: &str, of: &dyn Fn(&Gaps) -> f64| {
            let gap = |k: usize| mean(&all.iter().map(|run| of(&run[k])).collect::<Vec<_>>());
            Curve { label: label.into(), points: (0..REACH.len()).map(|k| (REACH[k], gap(k))).collect() }
        };
        let curves = vec![
            curve("m random draws: from their gradients at the old θ", &|g| g.frozen),
            curve("one epoch: from the step of the whole set", &|g| g.epoch),
            curve("m random draws: from the step of the whole set", &|g| g.draws),
            curve("the way itself", &|g| g.way),
        ];
        let order = |c: &Curve| {
            let logs = |of: fn(&(f64, f64)) -> f64| c.points.iter().map(|p| of(p).ln()).collect::<Vec<_>>();
            slope(&logs(|p| p.0), &logs(|p| p.1)).value
        };
        let (frozen, epoch, draws) = (order(&curves[0]), order(&curves[1]), order(&curves[2]));
        let share = |c: &Curve| 100.0 * c.points[2].1 / curves[3].points[2].1;

        let mut found = Findings::default();
        found.number(Number::new("order in η of the distance to frozen gradients", frozen).beside(2.0, 0.1));
        found.number(Number::new("order in η of the distance of an epoch to the batch step", epoch).beside(2.0, 0.1));
        found.number(Number::new("order in η of the distance of random draws to the batch step", draws).beside(1.0, 0.1));
        found.number(Number::new("an epoch at ηmL = 0.01: distance over the way", share(&curves[1])).of("%"));
        found.number(Number::new("random draws at ηmL = 0.01: distance over the way", share(&curves[2])).of("%"));
        found.case("the steps are those of frozen gradients but for O(η²)", (frozen - 2.0).abs() < 0.1);
        found.case("a whole shuffled epoch is one step of the whole set but for O(η²)", (epoch - 2.0).abs() < 0.1);
        found.case("so are as many random draws", (draws - 2.0).abs() < 0.1);
        found.say(format!(
            "A tenth of η, a hundredth of the error: an epoch of small steps ends within {:.2} % of its way of one large step of the whole set.",
            share(&curves[1])
        ));
        found.say(format!(
            "That needs every sample once. As many random draws average other samples, and stay {:.0} % of the way off, however small η is.",
            share(&curves[2])
        ));
        found.say("The average that SGD computes is that of the samples it saw: the step can be as small as one likes, the choice of samples remains.");
        found.figures.push(figure(curves));
        Ok(found)
    }
}

/// Lengths after m steps of one sample each.
#[derive(Clone, Copy, Default)]
struct Gaps {
    frozen: f64,
    epoch: f64,
    draws: f64,
    way: f64,
}

impl Averaging {
    fn run(&self, seed: u64, desk: &Desk<'_>) -> Result<[Gaps; REACH.len()]> {
        desk.go_on()?;
        let set = Drawn { samples: self.samples as usize, unknowns: 5, kappa: 10.0, noise: 0.5, copies: 1 }.from(seed)?;
        let (m, start) = (self.samples.floor(), vec![0.0; 5]);
        let mut gaps = [Gaps::default(); REACH.len()];
        for (gaps, reach) in gaps.iter_mut().zip(REACH) {
            let eta = reach / (m * set.samples.lipschitz());
            let whole = moved(&set, Batch::All, Order::Reshuffled, m * eta, 1, seed)?;
            let epoch = moved(&set, Batch::Of(1), Order::Reshuffled, eta, m as u64, seed)?;
            let draws = moved(&set, Batch::Of(1), Order::WithReplacement, eta, m as u64, seed)?;
            let frozen = at_the_old_point(&set, &start, eta, m as u64, seed)?;
            *gaps = Gaps {
                frozen: distance(&draws, &frozen),
                epoch: distance(&epoch, &whole),
                draws: distance(&draws, &whole),
                way: distance(&whole, &start),
            };
        }
        Ok(gaps)
    }
}

/// θ after `steps` steps from 0.
fn moved(set: &Regression, batch: Batch, order: Order, eta: f64, steps: u64, seed: u64) -> Result<Vec<f64>> {
    let mut way = descent(set.risk(batch, order, seed)?, &vec![0.0; set.minimiser.len()], eta)?;
    (0..steps).for_each(|_| way.step());
    Ok(way.theta().to_vec())
}

/// `start` less η times the gradients that as many random draws see, all taken at `start`.
fn at_the_old_point(set: &Regression, start: &[f64], eta: f64, steps: u64, seed: u64) -> Result<Vec<f64>> {
    let mut risk = set.risk(Batch::Of(1), Order::WithReplacement, seed)?;
    let (mut theta, mut gradient) = (start.to_vec(), start.to_vec());
    for t in 0..steps {
        risk.draw(t);
        risk.value_and_gradient(start, &mut gradient);
        theta.iter_mut().zip(&gradient).for_each(|(x, g)| *x -= eta * g);
    }
    Ok(theta)
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

fn figure(curves: Vec<Curve>) -> Figure {
    let chart = Chart {
        title: "m small steps beside one large one".into(),
        x_label: "ηmL, the length of an epoch".into(),
        y_label: "distance ‖Δθ‖".into(),
        x_scale: Scale::Logarithmic,
        scale: Scale::Logarithmic,
        curves,
    };
    Figure {
        title: "SGD as a slow average".into(),
        description: "How far m steps of one sample each end from one step along the average gradient, over the learning rate: with the square of \
                      the learning rate for a whole epoch, only in proportion to it for random draws."
            .into(),
        panels: vec![Panel::Chart(chart)],
    }
}
