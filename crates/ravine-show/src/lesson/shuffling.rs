//! Three orders of the samples: shuffled anew for every epoch, shuffled once, drawn with replacement. The risk at the end of each epoch.

use super::regression::{Drawn, descent};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use ravine::Result;
use ravine::optim::objective::finite_sum::{Batch, Order, Samples};
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::statistics::{Interval, bootstrap, mean};
use ravine::optim::{Layout, Objective, Solver};

pub(super) struct Shuffling {
    epochs: f64,
    runs: f64,
}

/// The steps of `inner` over again: what it draws in step t is what it drew in step t mod `period`.
struct Repeated<O> {
    inner: O,
    period: u64,
}

impl<O: Objective<f64>> Objective<f64> for Repeated<O> {
    fn layout(&self) -> &Layout {
        self.inner.layout()
    }
    fn draw(&mut self, step: u64) {
        self.inner.draw(step % self.period);
    }
    fn whole(&mut self) {
        self.inner.whole();
    }
    fn value(&mut self, x: &[f64]) -> f64 {
        self.inner.value(x)
    }
    fn value_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        self.inner.value_and_gradient(x, gradient)
    }
}

#[derive(Clone, Copy)]
enum How {
    Anew,
    Once,
    Replaced,
}

impl Lesson for Shuffling {
    const NAME: &'static str = "shuffling";
    const PART: Part = Part::Strategies;
    const CLAIM: &'static str =
        "Shuffle the samples anew for every epoch: the risk falls further than in one fixed order, or with random draws.";
    const FORMULA: &'static str = "θ ← θ − η∇ℓᵢ(θ),  i = π(1), …, π(m),  π a new permutation in every epoch";

    fn new(effort: Effort) -> Self {
        match effort {
            Effort::Quick => Shuffling { epochs: 20.0, runs: 60.0 },
            Effort::Full => Shuffling { epochs: 60.0, runs: 400.0 },
        }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number(
            "epochs",
            "epochs of each run; the last quarter is judged",
            &mut self.epochs,
            Range::closed(4.0, 1e4),
        ));
        visit(Parameter::number("runs", "runs, each with other samples", &mut self.runs, Range::closed(2.0, 1e5)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let (anew, once, replaced) = (self.runs(How::Anew, desk)?, self.runs(How::Once, desk)?, self.runs(How::Replaced, desk)?);
        let to_once = self.ratio(&anew, &once, desk);
        let to_replaced = self.ratio(&anew, &replaced, desk);
        let once_to_replaced = self.ratio(&once, &replaced, desk);
        let mut found = Findings::default();
        found.number(Number::within("excess risk at the end, shuffled anew over shuffled once", to_once));
        found.number(Number::within("excess risk at the end, shuffled anew over drawn with replacement", to_replaced));
        found.number(Number::within("excess risk at the end, shuffled once over drawn with replacement", once_to_replaced));
        found.case("shuffled anew, the risk ends below that of random draws", to_replaced.high < 1.0);
        found.case("and below that of one shuffled order", to_once.high < 1.0);
        found.say(format!(
            "After {} epochs at the same η, what is left above the least risk is {:.3} times as much with shuffling as with random draws: an epoch that sees \
             every sample once makes the errors of its first half good in its second.",
            self.epochs, to_replaced.value
        ));
        found.say(format!(
            "One order for all epochs keeps most of that ({:.3} times random draws), but repeats the same leaning every time; a new order turns it into noise, \
             and ends at {:.2} times the one order's.",
            once_to_replaced.value, to_once.value
        ));
        found.figures.push(figure(&[("shuffled anew", &anew), ("shuffled once", &once), ("drawn with replacement", &replaced)]));
        Ok(found)
    }
}

impl Shuffling {
    /// Of each run: the excess risk after each epoch, at ηmμ ≈ 0.5 for m = 50 samples.
    fn runs(&self, how: How, desk: &Desk<'_>) -> Result<Vec<Vec<f64>>> {
        let run = |i: u64| -> Result<Vec<f64>> {
            desk.go_on()?;
            let set = Drawn { samples: 50, unknowns: 3, kappa: 3.0, noise: 0.5, copies: 1 }.from(desk.seed + i)?;
            let (m, start) = (set.samples.samples() as u64, [0.0; 3]);
            let order = if matches!(how, How::Replaced) { Order::WithReplacement } else { Order::Reshuffled };
            let period = if matches!(how, How::Once) { m } else { u64::MAX };
            let risk = Repeated { inner: set.risk(Batch::Of(1), order, desk.seed + i)?, period };
            let mut way = descent(risk, &start, 0.01)?;
            let epoch = |_| {
                (0..m).for_each(|_| way.step());
                set.excess(way.theta())
            };
            Ok((0..self.epochs as u64).map(epoch).collect())
        };
        (0..self.runs as u64).map(run).collect()
    }

    /// The excess risk over the last quarter of the epochs, of one way over another, from the same sets: the mean over runs of one by that of the other.
    fn ratio(&self, one: &[Vec<f64>], other: &[Vec<f64>], desk: &Desk<'_>) -> Interval {
        let end = |run: &Vec<f64>| mean(&run[run.len() - (run.len() / 4).max(1)..]);
        let (one, other): (Vec<f64>, Vec<f64>) = (one.iter().map(end).collect(), other.iter().map(end).collect());
        let places: Vec<f64> = (0..one.len()).map(|i| i as f64).collect();
        let of = |drawn: &[f64]| {
            let sum = |values: &[f64]| drawn.iter().map(|i| values[*i as usize]).sum::<f64>();
            sum(&one) / sum(&other)
        };
        bootstrap(&places, of, 0.95, desk.seed)
    }
}

fn figure(ways: &[(&str, &Vec<Vec<f64>>); 3]) -> Figure {
    let curve = |(label, runs): &(&str, &Vec<Vec<f64>>)| Curve {
        label: (*label).into(),
        points: (0..runs[0].len()).map(|e| (e as f64 + 1.0, mean(&runs.iter().map(|r| r[e]).collect::<Vec<_>>()))).collect(),
    };
    let chart = Chart {
        title: "Three orders of 50 samples, the same η".into(),
        x_label: "epoch".into(),
        y_label: "excess risk R(θ) − R(θ*), mean".into(),
        x_scale: Scale::Linear,
        scale: Scale::Logarithmic,
        curves: ways.iter().map(curve).collect(),
    };
    Figure {
        title: "The order of the samples".into(),
        description: "Excess risk after each epoch for samples shuffled anew, shuffled once, and drawn with replacement: the first ends lowest, \
                      random draws far above."
            .into(),
        panels: vec![Panel::Chart(chart)],
    }
}
