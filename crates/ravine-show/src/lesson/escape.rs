//! Two basins, a descent that starts in the worse one, and the noise of its samples: how often it ends in the better one.

use super::regression::descent;
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use ravine::Result;
use ravine::optim::edit::Noise;
use ravine::optim::objective::finite_sum::{Batch, FiniteSum, Order, Samples};
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::statistics::{Interval, bootstrap, mean};
use ravine::optim::surface::{Formula, TwoBasins};
use ravine::optim::{Random, Solver, Stream};

/// Samples of the set.
const M: usize = 64;
const RATES: [f64; 4] = [0.02, 0.05, 0.1, 0.2];
const BATCHES: [usize; 4] = [1, 4, 16, 64];

pub(super) struct Escape {
    noise: f64,
    steps: f64,
    runs: f64,
}

/// ℓᵢ(θ) = J(θ) + ⟨zᵢ, θ⟩ with Σzᵢ = 0: two basins whose samples disagree on where down is, by the same everywhere.
#[derive(Clone)]
struct Tilted {
    basins: TwoBasins,
    tilts: Vec<[f64; 2]>,
}

impl Samples for Tilted {
    fn samples(&self) -> usize {
        self.tilts.len()
    }
    fn unknowns(&self) -> usize {
        2
    }
    fn loss(&self, i: usize, theta: &[f64]) -> f64 {
        self.add_gradient(i, theta, 0.0, &mut [0.0; 2])
    }
    fn add_gradient(&self, i: usize, theta: &[f64], weight: f64, gradient: &mut [f64]) -> f64 {
        let (z, mut own) = (self.tilts[i], [0.0; 2]);
        let value = self.basins.value_and_gradient(theta, &mut own);
        (0..2).for_each(|j| gradient[j] += weight * (own[j] + z[j]));
        value + z[0] * theta[0] + z[1] * theta[1]
    }
    /// Of |x| ≤ 2, where everything happens: 3x² − 1 ≤ 11.
    fn lipschitz(&self) -> f64 {
        11.0
    }
    fn lipschitz_of_one(&self) -> f64 {
        11.0
    }
}

impl Lesson for Escape {
    const NAME: &'static str = "escape";
    const PART: Part = Part::GradientDescent;
    const CLAIM: &'static str = "The fluctuations of SGD can carry it out of a bad local minimum, where the whole set would stay.";
    const FORMULA: &'static str = "J(x, y) = ¼(x² − 1)² + tx + ½y²,  ℓᵢ(θ) = J(θ) + ⟨zᵢ, θ⟩,  var ∇ℓ = σ²/b";

    fn new(effort: Effort) -> Self {
        match effort {
            Effort::Quick => Escape { noise: 1.0, steps: 1000.0, runs: 100.0 },
            Effort::Full => Escape { noise: 1.0, steps: 1000.0, runs: 1000.0 },
        }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("noise", "σ of one sample's gradient, each coordinate", &mut self.noise, Range::closed(0.0, 10.0)));
        visit(Parameter::number("steps", "steps of each run", &mut self.steps, Range::closed(10.0, 1e6)));
        visit(Parameter::number("runs", "runs, each with other draws", &mut self.runs, Range::closed(10.0, 1e5)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let set = self.set(desk.seed);
        let share = |start, batch, eta, added| -> Result<Interval> {
            let how = How { start, batch, eta, added };
            let ends: Vec<f64> =
                (0..self.runs as u64).map(|i| self.crosses(&set, how, desk.seed + i, desk)).collect::<Result<_>>()?;
            Ok(bootstrap(&ends, mean, 0.95, desk.seed))
        };
        let mut by_batch = Vec::new();
        for b in BATCHES {
            by_batch.push(RATES.into_iter().map(|eta| share(Basin::Bad, Batch::Of(b), eta, 0.0)).collect::<Result<Vec<_>>>()?);
        }
        let added = RATES.into_iter().map(|eta| share(Basin::Bad, Batch::All, eta, self.noise)).collect::<Result<Vec<_>>>()?;
        let back = share(Basin::Good, Batch::Of(1), RATES[2], 0.0)?;

        let mut found = Findings::default();
        for (b, shares) in BATCHES.iter().zip(&by_batch) {
            found.number(Number::within(format!("share that leaves the bad basin, b = {b}, η = 0.1"), shares[2]));
        }
        for (eta, found_at) in RATES.iter().zip(&by_batch[0]) {
            found.number(Number::within(format!("share that leaves the bad basin, b = 1, by η = {eta}"), *found_at));
        }
        found.number(Number::within("share that leaves it by noise that is added to the whole set's gradient, η = 0.1", added[2]));
        found.number(Number::within("share that leaves the good basin, b = 1, η = 0.1", back));
        let (one, all) = (by_batch[0][2], by_batch[3][2]);
        found.case("the whole set stays in the bad basin", all.value == 0.0);
        found.case("one sample a step can leave it", one.low > 0.0);
        found.case(
            "the larger the batch, the more rarely",
            by_batch.windows(2).all(|p| p[0][2].value >= p[1][2].value) && one.value > all.value,
        );
        found.case("and it ends in the good basin more often than it is thrown out of that", one.low > back.high);
        found.say(format!(
            "From the worse of two basins {:.0} % of the runs with one sample a step end in the better one (η = 0.1, {} steps); with batches of 4 it is {:.0} %, with the whole set none.",
            100.0 * one.value,
            self.steps,
            100.0 * by_batch[1][2].value
        ));
        found.say(format!(
            "The same noise, added to the gradient of the whole set, does the same ({:.0} %): what counts is its size, and η, not where it comes from.",
            100.0 * added[2].value
        ));
        found.say(format!("Of the runs that start in the good basin {:.1} % are thrown out of it: noise crosses either way, but the ridge is higher from there.", 100.0 * back.value));
        found.figures.push(figure(&by_batch, &added));
        Ok(found)
    }
}

/// Where a run starts: at the minimum of the shallow basin, or of the deep one.
#[derive(Clone, Copy)]
enum Basin {
    Bad,
    Good,
}

/// A run: `added` is the deviation of the noise that is added to each gradient.
#[derive(Clone, Copy)]
struct How {
    start: Basin,
    batch: Batch,
    eta: f64,
    added: f64,
}

impl Escape {
    /// zᵢ normal, then shifted and scaled to the mean 0 and the variance σ² exactly.
    fn set(&self, seed: u64) -> Tilted {
        let mut random = Random::new(seed, Stream::Data, 0);
        let mut tilts: Vec<[f64; 2]> = (0..M).map(|_| [random.normal(), random.normal()]).collect();
        for j in 0..2 {
            let middle = tilts.iter().map(|z| z[j]).sum::<f64>() / M as f64;
            let deviation = (tilts.iter().map(|z| (z[j] - middle).powi(2)).sum::<f64>() / M as f64).sqrt();
            tilts.iter_mut().for_each(|z| z[j] = self.noise * (z[j] - middle) / deviation);
        }
        Tilted { basins: TwoBasins::default(), tilts }
    }

    /// 1 if a run ends on the other side of the ridge, else 0.
    fn crosses(&self, set: &Tilted, how: How, seed: u64, desk: &Desk<'_>) -> Result<f64> {
        desk.go_on()?;
        let optima = set.basins.optima(); // the deep one first
        let start = &optima[match how.start {
            Basin::Good => 0,
            Basin::Bad => 1,
        }]
        .x;
        let mut way = descent(FiniteSum::new(set.clone(), how.batch, Order::WithReplacement, seed)?, start, how.eta)?;
        if how.added > 0.0 {
            way = way.edited(Box::new(Noise::new(how.added, seed)));
        }
        (0..self.steps as u64).for_each(|_| way.step());
        Ok(if way.theta()[0] * start[0] < 0.0 { 1.0 } else { 0.0 })
    }
}

fn figure(by_batch: &[Vec<Interval>], added: &[Interval]) -> Figure {
    let curve = |label: String, shares: &[Interval]| Curve {
        label,
        points: RATES.iter().zip(shares).map(|(eta, s)| (*eta, 100.0 * s.value)).collect(),
    };
    let mut curves: Vec<Curve> = BATCHES
        .iter()
        .zip(by_batch)
        .map(|(b, s)| curve(if *b == M { "whole set".into() } else { format!("b = {b}") }, s))
        .collect();
    curves.push(curve("whole set, noise of one sample added".into(), added));
    let chart = Chart {
        title: "Out of the bad basin".into(),
        x_label: "η".into(),
        y_label: "share of the runs, %".into(),
        x_scale: Scale::Linear,
        scale: Scale::Linear,
        curves,
    };
    Figure {
        title: "Escape from a local minimum".into(),
        description: "Share of runs that leave the worse of two basins, over the learning rate, for batches of 1, 4, 16 and the whole set of 64, and for the \
                      whole set with added noise."
            .into(),
        panels: vec![Panel::Chart(chart)],
    }
}
