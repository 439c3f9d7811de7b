//! A set in which every sample stands k times: what its copies cost the whole set and one sample a step.

use super::regression::{Drawn, descent};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::number::short;
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use ravine::Result;
use ravine::optim::objective::finite_sum::{Batch, Order, Samples};
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::statistics::{Interval, bootstrap, median, slope};

const COPIES: [usize; 5] = [1, 2, 4, 8, 16];
/// The answer that is wanted: this share of the excess risk of the start.
const TARGET: f64 = 0.02;

pub(super) struct Redundancy {
    samples: f64,
    runs: f64,
}

impl Lesson for Redundancy {
    const NAME: &'static str = "redundancy";
    const PART: Part = Part::GradientDescent;
    const CLAIM: &'static str =
        "Gradient descent on the whole set computes the same thing many times where samples are alike; one sample a step does not.";
    const FORMULA: &'static str = "(1/km) Σᵢ k∇ℓᵢ(θ) = (1/m) Σᵢ ∇ℓᵢ(θ)";

    fn new(effort: Effort) -> Self {
        match effort {
            Effort::Quick => Redundancy { samples: 100.0, runs: 60.0 },
            Effort::Full => Redundancy { samples: 100.0, runs: 600.0 },
        }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("samples", "m, samples that differ", &mut self.samples, Range::closed(10.0, 1e5)));
        visit(Parameter::number("runs", "runs, each with other samples", &mut self.runs, Range::closed(2.0, 1e5)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let cost = |batch, order| -> Result<Vec<Interval>> {
            let of = |copies| Ok(bootstrap(&self.gradients(copies, batch, order, desk)?, median, 0.95, desk.seed));
            COPIES.into_iter().map(of).collect()
        };
        let whole = cost(Batch::All, Order::Reshuffled)?;
        let shuffled = cost(Batch::Of(1), Order::Reshuffled)?;
        let drawn = cost(Batch::Of(1), Order::WithReplacement)?;
        let (of_whole, of_shuffled, of_drawn) = (order(&whole), order(&shuffled), order(&drawn));

        let mut found = Findings::default();
        found.number(Number::new("order of the whole set's cost in k", of_whole).beside(1.0, 0.02));
        found.number(Number::new("order of one sample's cost in k, reshuffled", of_shuffled).beside(0.0, 0.1));
        found.number(Number::new("order of one sample's cost in k, drawn with replacement", of_drawn).beside(0.0, 0.1));
        for (name, i) in [("k = 1", 0), ("k = 16", COPIES.len() - 1)] {
            found.number(Number::within(format!("gradients of the whole set, {name}, m = {}", self.samples), whole[i]));
            found.number(Number::within(format!("gradients of one sample a step, {name}, m = {}", self.samples), shuffled[i]));
        }
        found.case("k copies of a set make the whole set k times as dear", (of_whole - 1.0).abs() < 0.02);
        found.case("and one sample a step no dearer", of_shuffled.abs() < 0.1 && of_drawn.abs() < 0.1);
        let last = COPIES.len() - 1;
        found.say(format!(
            "To the same risk the whole set computes {} gradients, and {} when every sample stands there {} times: it learns nothing from the copies and pays for each.",
            short(whole[0].value),
            short(whole[last].value),
            COPIES[last]
        ));
        found.say(format!(
            "One sample a step needs {} and {}: it has arrived before it has seen a sample twice.",
            short(shuffled[0].value),
            short(shuffled[last].value)
        ));
        found.say("Real sets hold no copies, but many samples that say nearly the same: that is what mini-batches live on.");
        found.figures.push(figure([
            ("whole set", &whole),
            ("one sample, reshuffled", &shuffled),
            ("one sample, with replacement", &drawn),
        ]));
        Ok(found)
    }
}

impl Redundancy {
    /// The gradients to the target of each run; infinitely many where it is not met. η = 1/L for the whole set, 1/(2·max L(ℓᵢ)) for one sample.
    fn gradients(&self, copies: usize, batch: Batch, order: Order, desk: &Desk<'_>) -> Result<Vec<f64>> {
        let drawn = Drawn { samples: self.samples as usize, unknowns: 4, kappa: 5.0, noise: 0.3, copies };
        let run = |i: u64| -> Result<f64> {
            desk.go_on()?;
            let set = drawn.from(desk.seed + i)?;
            let (start, per_step) = (vec![0.0; drawn.unknowns], if batch == Batch::All { set.samples.samples() } else { 1 });
            let eta = if batch == Batch::All { 1.0 / set.samples.lipschitz() } else { 0.5 / set.samples.lipschitz_of_one() };
            let mut way = descent(set.risk(batch, order, desk.seed + i)?, &start, eta)?;
            let steps = set.steps_to(TARGET * set.excess(&start), &mut way, 100_000, desk)?;
            Ok(steps.map_or(f64::INFINITY, |t| (t * per_step as u64) as f64))
        };
        (0..self.runs as u64).map(run).collect()
    }
}

/// The slope of the logarithm of the cost over that of k.
fn order(costs: &[Interval]) -> f64 {
    let k: Vec<f64> = COPIES.iter().map(|k| (*k as f64).ln()).collect();
    slope(&k, &costs.iter().map(|c| c.value.ln()).collect::<Vec<_>>()).value
}

fn figure(costs: [(&str, &Vec<Interval>); 3]) -> Figure {
    let curve = |(label, costs): (&str, &Vec<Interval>)| Curve {
        label: label.into(),
        points: COPIES.iter().zip(costs).map(|(k, c)| (*k as f64, c.value)).collect(),
    };
    let chart = Chart {
        title: format!("Gradients to {} % of the excess risk", 100.0 * TARGET),
        x_label: "k, how often each sample is in the set".into(),
        y_label: "gradients, median of the runs".into(),
        x_scale: Scale::Logarithmic,
        scale: Scale::Logarithmic,
        curves: costs.into_iter().map(curve).collect(),
    };
    Figure {
        title: "A set of copies".into(),
        description: "Gradients computed until the same risk is reached, over the number of copies of each sample: in proportion to it for the whole \
                      set, constant for one sample a step."
            .into(),
        panels: vec![Panel::Chart(chart)],
    }
}
