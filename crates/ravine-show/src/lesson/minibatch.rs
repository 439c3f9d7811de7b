//! b samples a step: the variance of the gradient, the steps and the gradients to a risk, and what a device that computes p at once makes of it.

use super::regression::{Drawn, Regression, descent};
use super::student::{CROP, Course, Student, crops, dncnn};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::number::short;
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use ravine::Result;
use ravine::net::{Loss, Samples, Validation};
use ravine::optim::objective::finite_sum::{Batch, Order};
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::statistics::{median, slope};
use ravine::optim::{Objective, Search};
use std::sync::Arc;
use std::time::Instant;

const SET: Drawn = Drawn { samples: 256, unknowns: 4, kappa: 10.0, noise: 0.5, copies: 1 };
const BATCHES: [usize; 6] = [1, 4, 16, 64, 128, 256];
/// What is wanted: this share of the excess risk of the start.
const TARGET: f64 = 0.002;
/// Images a step of the network whose speed is measured.
const LOADS: [usize; 4] = [1, 4, 16, 64];
/// How many gradients a device computes in the time of one.
const LANES: [usize; 3] = [1, 16, 256];

pub(super) struct MiniBatch {
    draws: f64,
    runs: f64,
}

impl Lesson for MiniBatch {
    const NAME: &'static str = "minibatch";
    const PART: Part = Part::GradientDescent;
    const CLAIM: &'static str =
        "b ≪ m samples a step reduce the variance of the steps, and use hardware that computes many at once: the choice for most.";
    const FORMULA: &'static str = "θ ← θ − (η/b) Σ∇ℓᵢ(θ),  var = V/b with replacement, (V/b)(m − b)/(m − 1) without";

    fn new(effort: Effort) -> Self {
        match effort {
            Effort::Quick => MiniBatch { draws: 4000.0, runs: 20.0 },
            Effort::Full => MiniBatch { draws: 40_000.0, runs: 40.0 },
        }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number(
            "draws",
            "batches whose gradients are compared, of each size",
            &mut self.draws,
            Range::closed(100.0, 1e7),
        ));
        visit(Parameter::number("runs", "runs to the target, each with other samples", &mut self.runs, Range::closed(2.0, 1e4)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let set = SET.from(desk.seed)?;
        // all but b = m, where nothing is drawn
        let replaced: Vec<f64> =
            BATCHES[..5].iter().map(|b| self.variance(&set, *b, Order::WithReplacement, desk)).collect::<Result<_>>()?;
        let shuffled: Vec<f64> =
            BATCHES[..5].iter().map(|b| self.variance(&set, *b, Order::Reshuffled, desk)).collect::<Result<_>>()?;
        let one = replaced[0];
        let steps: Vec<f64> = BATCHES.iter().map(|b| self.steps(*b, desk)).collect::<Result<_>>()?;

        let mut found = Findings::default();
        let logs = |v: &[f64]| v.iter().map(|v| v.ln()).collect::<Vec<_>>();
        let sizes: Vec<f64> = BATCHES[..5].iter().map(|b| (*b as f64).ln()).collect();
        let order = slope(&sizes, &logs(&replaced)).value;
        found.number(Number::new("order of the variance in b, drawn with replacement", order).beside(-1.0, 0.1));
        let mut worst = 0.0f64;
        for (i, b) in BATCHES[..5].iter().enumerate() {
            let theory = without(*b);
            let ratio = shuffled[i] / one;
            worst = worst.max((ratio / theory - 1.0).abs());
            found.number(
                Number::new(format!("variance over that of one sample, without replacement, b = {b}"), ratio)
                    .beside(theory, 0.08 * theory),
            );
        }
        for (b, steps) in BATCHES.iter().zip(&steps) {
            found.number(Number::new(
                format!("steps to 0.2 % of the excess risk at the best η, b = {b}, runs = {}", self.runs),
                *steps,
            ));
        }
        for p in LANES {
            found.number(Number::new(
                format!("the b that is soonest there where {p} gradients take the time of one, runs = {}", self.runs),
                soonest(&steps, p) as f64,
            ));
        }
        found.case("the variance of a step falls like 1/b", (order + 1.0).abs() < 0.1);
        found.case("and faster where no sample is seen twice: like (m − b)/(m − 1)/b", worst < 0.08);
        found.case("larger batches need fewer steps", steps[0] > steps[2] && steps[2] >= steps[5]);
        found.case(
            "where 16 gradients take the time of one, some b between 1 and m is soonest at the target",
            (2..SET.samples).contains(&soonest(&steps, 16)),
        );
        found.case("it is so too where they are computed one by one", (2..SET.samples).contains(&soonest(&steps, 1)));
        found.say(format!(
            "A batch of 16 has a sixteenth of the variance; 128 of 256 without replacement have {:.4} of it where draws with replacement have {:.4}: half the set \
             already knows much of the other half.",
            shuffled[4] / one,
            replaced[4] / one
        ));
        found.say(format!(
            "To the same risk, each at its best η, one sample a step takes {} steps, 16 take {}, all 256 take {}: the gain ends when the curvature, not the noise, \
             limits η.",
            short(steps[0]),
            short(steps[2]),
            short(steps[5])
        ));
        found.say(format!(
            "So the best b belongs to the device: {} where gradients come one by one, {} where 16 come at once, {} where 256 do.",
            soonest(&steps, 1),
            soonest(&steps, 16),
            soonest(&steps, 256)
        ));
        for b in LOADS {
            found
                .timing
                .push(Number::new(format!("images a second that a network learns from, b = {b}"), images(b, desk)?).of("1/s"));
        }
        found.figures.push(figure(&replaced, &shuffled, &steps));
        Ok(found)
    }
}

/// (1/b)(m − b)/(m − 1)
fn without(b: usize) -> f64 {
    (SET.samples - b) as f64 / (SET.samples - 1) as f64 / b as f64
}

/// The b with the least steps · ⌈b/p⌉.
fn soonest(steps: &[f64], lanes: usize) -> usize {
    let time = |i: usize| steps[i] * BATCHES[i].div_ceil(lanes) as f64;
    let best = (0..BATCHES.len()).min_by(|a, b| time(*a).total_cmp(&time(*b)));
    best.map_or(0, |i| BATCHES[i])
}

impl MiniBatch {
    /// E‖g_b − g‖² at θ = 0.
    fn variance(&self, set: &Regression, b: usize, order: Order, desk: &Desk<'_>) -> Result<f64> {
        let mut risk = set.risk(Batch::Of(b), order, desk.seed)?;
        let (at, mut g, mut whole) = ([0.0; SET.unknowns], [0.0; SET.unknowns], [0.0; SET.unknowns]);
        risk.value_and_gradient(&at, &mut whole);
        let mut sum = 0.0;
        for t in 0..self.draws as u64 {
            if t.is_multiple_of(256) {
                desk.go_on()?;
            }
            risk.draw(t);
            risk.value_and_gradient(&at, &mut g);
            sum += g.iter().zip(&whole).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
        }
        Ok(sum / self.draws)
    }

    /// The median of the fewest steps to the target, each run with its own best η of twelve.
    fn steps(&self, b: usize, desk: &Desk<'_>) -> Result<f64> {
        let run = |i: u64| -> Result<f64> {
            let set = SET.from(desk.seed + i)?;
            let start = [0.0; SET.unknowns];
            let target = TARGET * set.excess(&start);
            let mut least = 20_000;
            for eta in (Search { low: 1e-3, high: 0.3, trials: 24 }).grid() {
                let mut way = descent(set.risk(Batch::Of(b), Order::Reshuffled, desk.seed + i)?, &start, eta)?;
                least = set.steps_to(target, &mut way, least, desk)?.unwrap_or(least);
            }
            Ok(least as f64)
        };
        let all: Vec<f64> = (0..self.runs as u64).map(run).collect::<Result<_>>()?;
        Ok(median(&all))
    }
}

/// How many crops of 32 × 32 pixels a second a DnCNN of 4 convolutions and 16 channels learns from, b a step, on all threads.
fn images(b: usize, desk: &Desk<'_>) -> Result<f64> {
    let pairs = crops(CROP, 25.0)?;
    let held_out = Arc::new(Validation::held_out(pairs.as_ref(), desk.seed, b, Loss::L2)?);
    let network = Arc::new(dncnn(4.0, 16.0, false)?.network()?);
    let course = Course {
        pairs,
        samples: Samples::Fresh,
        batch: b,
        seed: desk.seed,
        rule: "gradient-descent",
        knobs: &[("eta", 1e-3.into())],
    };
    let mut student = Student::new(&network, &held_out, &course)?;
    student.learn(1, desk)?;
    let (began, steps) = (Instant::now(), (64 / b) as u64);
    student.learn(steps, desk)?;
    Ok((b as u64 * steps) as f64 / began.elapsed().as_secs_f64())
}

fn figure(replaced: &[f64], shuffled: &[f64], steps: &[f64]) -> Figure {
    let curve = |label: &str, of: &dyn Fn(usize) -> f64, n: usize| Curve {
        label: label.into(),
        points: (0..n).map(|i| (BATCHES[i] as f64, of(i))).collect(),
    };
    let chart = |title: &str, y_label: &str, curves| {
        Panel::Chart(Chart {
            title: title.into(),
            x_label: "b, samples a step".into(),
            y_label: y_label.into(),
            x_scale: Scale::Logarithmic,
            scale: Scale::Logarithmic,
            curves,
        })
    };
    let variance = vec![
        curve("with replacement", &|i| replaced[i] / replaced[0], 5),
        curve("1/b", &|i| 1.0 / BATCHES[i] as f64, 5),
        curve("without replacement", &|i| shuffled[i] / replaced[0], 5),
        curve("(m − b)/(m − 1)/b", &|i| without(BATCHES[i]), 5),
    ];
    let time = LANES.map(|p| curve(&format!("{p} at once"), &|i| steps[i] * BATCHES[i].div_ceil(p) as f64, BATCHES.len()));
    Figure {
        title: "Mini-batches".into(),
        description: "Left, the variance of the gradient over the batch size, with and without replacement, beside theory. Right, the time to the same risk \
                      over the batch size, for devices that compute 1, 16 or 256 gradients at once."
            .into(),
        panels: vec![
            chart("Variance of the gradient (m = 256)", "variance over that of one sample", variance),
            chart("Time to 0.2 % of the excess risk, best η", "time, in gradients one after another", time.to_vec()),
        ],
    }
}
