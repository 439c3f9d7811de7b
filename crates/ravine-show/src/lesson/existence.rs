//! Convexity alone assures no minimiser: eˣ, and the risk of data that a plane separates. What serves is growth.

use super::noisy::{Noisy, about, watch};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use crate::report::Table;
use ravine::Result;
use ravine::image::Grid;
use ravine::image::energy::ENERGIES;
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::solver::by_name;
use ravine::optim::statistics::slope;
use ravine::optim::{Descent, Layout, Objective, Pace, Stop, rule};
use std::sync::Arc;

pub(super) struct Existence {
    steps: f64,
    ridge: f64,
}

/// A convex function of the plane, written as its value and its gradient.
struct Written {
    layout: Layout,
    formula: fn(&[f64], &mut [f64]) -> f64,
    ridge: f64,
}

impl Objective<f64> for Written {
    fn layout(&self) -> &Layout {
        &self.layout
    }
    fn value(&mut self, x: &[f64]) -> f64 {
        self.value_and_gradient(x, &mut [0.0; 2])
    }
    fn value_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let value = (self.formula)(x, gradient);
        gradient.iter_mut().zip(x).for_each(|(g, x)| *g += self.ridge * x);
        value + 0.5 * self.ridge * (x[0] * x[0] + x[1] * x[1])
    }
}

/// e^x, whatever y is.
fn exponential(x: &[f64], gradient: &mut [f64]) -> f64 {
    gradient.copy_from_slice(&[x[0].exp(), 0.0]);
    x[0].exp()
}

/// Features times sign. The plane x = 0 separates them, at the distance 1 of the first two.
const SEPARABLE: [[f64; 2]; 4] = [[1.0, 2.0], [1.0, -2.0], [3.0, 1.0], [2.0, -1.0]];
/// With one more on the wrong side no plane does.
const MIXED: [[f64; 2]; 5] = [[1.0, 2.0], [1.0, -2.0], [3.0, 1.0], [2.0, -1.0], [-1.0, 0.5]];

/// Mean of ln(1 + e^(−⟨a, θ⟩)) over the examples a.
fn risk(examples: &[[f64; 2]], x: &[f64], gradient: &mut [f64]) -> f64 {
    let m = examples.len() as f64;
    gradient.fill(0.0);
    let mut value = 0.0;
    for [a, b] in examples {
        let along = a * x[0] + b * x[1];
        let doubt = 1.0 / (1.0 + along.exp());
        gradient[0] -= doubt * a / m;
        gradient[1] -= doubt * b / m;
        value += (-along).exp().ln_1p() / m;
    }
    value
}

/// Where a descent was after so many steps.
#[derive(Clone, Copy)]
struct Mark {
    k: f64,
    value: f64,
    size: f64, // ‖x‖
    x: [f64; 2],
}

impl Lesson for Existence {
    const NAME: &'static str = "existence";
    const PART: Part = Part::Announced;
    const CLAIM: &'static str = "In convex problems we can assure the existence of solutions.";
    const FORMULA: &'static str = "J convex, coercive, lower semicontinuous on a closed set  ⇒  J has a minimiser";

    fn new(effort: Effort) -> Self {
        let steps = if effort == Effort::Quick { 1e5 } else { 1e6 };
        Existence { steps, ridge: 0.01 }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("steps", "steps of each descent", &mut self.steps, Range::closed(1e4, 1e8)));
        visit(Parameter::number(
            "ridge",
            "ρ of the ridge ρ/2‖x‖² that makes a function coercive",
            &mut self.ridge,
            Range::closed(1e-3, 1.0),
        ));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let run = |formula, ridge| self.marks(Written { layout: Layout::single("x", &[2]), formula, ridge }, desk);
        let exp = run(exponential, 0.0)?;
        let separable = run(|x, g| risk(&SEPARABLE, x, g), 0.0)?;
        let mixed = run(|x, g| risk(&MIXED, x, g), 0.0)?;
        let ridged = [run(exponential, self.ridge)?, run(|x, g| risk(&SEPARABLE, x, g), self.ridge)?];
        let gaps = energies(desk)?;
        let worst = gaps.iter().map(|(_, gap)| *gap).fold(0.0, f64::max);

        let mut found = Findings::default();
        // x ≈ −ln(ηk) and ‖θ‖ ≈ ln(k)/margin (Soudry, Hoffer, Nacson, Gunasekar, Srebro 2018), the margin 1.
        found.number(Number::new("eˣ: growth of ‖x‖ per ln k", growth(&exp)).beside(1.0, 0.1));
        found.number(Number::new("separable data: growth of ‖θ‖ per ln k", growth(&separable)).beside(1.0, 0.1));
        found.number(Number::new("mixed data: growth of ‖θ‖ per ln k", growth(&mixed)).beside(0.0, 1e-6));
        found.number(Number::new("energies of the tool: relative gap, at most", worst));
        found.case("eˣ, convex, has a minimiser", settles(&exp));
        found.case("the convex risk of data that a plane separates has one", settles(&separable));
        found.case("the convex risk of data that no plane separates has one", settles(&mixed));
        found.case("both have one as soon as a ridge makes them coercive", ridged.iter().all(|m| settles(m)));
        found.case("every energy that restores pictures has one", worst < 1e-6);
        let end = |marks: &[Mark]| marks.last().map_or(f64::NAN, |m| m.size);
        found.say(format!(
            "Not every convex function has a minimiser: on eˣ descent goes down for ever, to x = −{:.1} after {} steps, and so it does on data that a \
             plane separates, where ‖θ‖ = {:.1}. Both grow like ln k, as theory says.",
            end(&exp),
            self.steps,
            end(&separable)
        ));
        found.say(
            "What assures a minimiser is growth in every direction (coercive) and no downward jump in the limit (lower semicontinuous, on a closed \
             set); convexity then makes every local one global.",
        );
        found.say(
            "For networks this is no subtlety: a classifier that separates its training data has no best weights, and without weight decay they \
             grow as long as it is trained.",
        );
        found.figures.push(figure(&[
            ("eˣ", &exp),
            ("separable", &separable),
            ("mixed", &mixed),
            ("separable, with ridge", &ridged[1]),
        ]));
        found.tables.push(table(&gaps));
        Ok(found)
    }
}

impl Existence {
    /// A descent from 0 at η = ½, at the powers of √10.
    fn marks(&self, objective: Written, desk: &Desk<'_>) -> Result<Vec<Mark>> {
        let update = rule::build("gradient-descent", &[("eta", 0.5.into())])?;
        let mut descent = Descent::new(Box::new(objective), vec![0.0; 2], update)?;
        let (mut marks, mut done) = (Vec::new(), 0);
        for power in 1.. {
            let next = 10f64.powf(0.5 * power as f64).round().min(self.steps) as u64;
            let stop = Stop { from: done, max_iterations: next, pace: Pace::Every(20_000), ..Stop::default() };
            let outcome = watch(&mut descent, &stop, desk, |_, _| ())?;
            done = next;
            let x = [descent.theta()[0], descent.theta()[1]];
            marks.push(Mark { k: next as f64, value: outcome.measure.value, size: x[0].hypot(x[1]), x });
            if next >= self.steps as u64 {
                break;
            }
        }
        Ok(marks)
    }
}

/// Whether ten times as many steps lead nowhere else.
fn settles(marks: &[Mark]) -> bool {
    let [.., before, _, last] = marks else { return false };
    (last.x[0] - before.x[0]).hypot(last.x[1] - before.x[1]) < 1e-6 * (1.0 + last.size)
}

/// The slope of ‖x‖ over ln k in the second half.
fn growth(marks: &[Mark]) -> f64 {
    let late = &marks[marks.len() / 2..];
    let (k, size): (Vec<f64>, Vec<f64>) = late.iter().map(|m| (m.k.ln(), m.size)).unzip();
    slope(&k, &size).value
}

/// Every energy that restores pictures, and the relative gap to which it is minimised.
fn energies(desk: &Desk<'_>) -> Result<Vec<(&'static str, f64)>> {
    let grid = Grid::new(1, 32, 32);
    let f = Noisy::draw("leaves", desk.seed, grid, 25.0)?.wide();
    let row = |(name, _, energy): (&'static str, &str, ravine::image::Energy)| {
        let problem = Arc::new(energy.problem(grid, f.clone(), 12.0)?);
        let stop = Stop { max_iterations: 5000, relative_gap: Some(5e-7), pace: Pace::Approach(50), ..Stop::default() };
        let outcome = watch(&mut *by_name("primal-dual", problem, f.clone())?, &stop, desk, |_, _| ())?;
        Ok((name, outcome.measure.certificate.map_or(f64::INFINITY, |c| c.relative_gap())))
    };
    ENERGIES.into_iter().map(row).collect()
}

fn figure(runs: &[(&str, &[Mark])]) -> Figure {
    let chart = |title: &str, y_label: &str, scale, y: &dyn Fn(&Mark) -> f64| {
        let curve = |(label, marks): &(&str, &[Mark])| Curve {
            label: (*label).into(),
            points: marks.iter().map(|m| (m.k, y(m))).collect(),
        };
        Panel::Chart(Chart {
            title: title.into(),
            x_label: "step".into(),
            y_label: y_label.into(),
            x_scale: Scale::Logarithmic,
            scale,
            curves: runs.iter().map(curve).collect(),
        })
    };
    Figure {
        title: "Convex functions with and without a minimiser".into(),
        description:
            "Left, how far from its start a descent has come: without a minimiser it goes on for ever. Right, the value: without a \
                      minimiser it falls to 0, which is never reached."
                .into(),
        panels: vec![
            chart("How far descent has come", "‖x‖", Scale::Linear, &|m| m.size),
            chart("The value", "J", Scale::Logarithmic, &|m| m.value),
        ],
    }
}

/// What is minimised anywhere in the tool.
fn table(gaps: &[(&str, f64)]) -> Table {
    let energy = |(name, gap): &(&str, f64)| {
        let why = format!("λ/2‖u − f‖² grows in every direction; certified to {} of the energy", about(*gap));
        vec![format!("restore by {name}"), "yes".into(), why]
    };
    let others = [
        ("inpainting by tv", "yes", "known pixels and the box 0..1 make a closed and bounded set"),
        ("restore within a box, a simplex, a total mass", "yes", "λ/2‖u − f‖² grows, and each set is closed and not empty"),
        ("least squares ½‖Aθ − b‖²", "yes", "the range of A is closed; where A has a kernel there are many"),
        ("logistic regression with a ridge", "yes", "the ridge grows in every direction"),
        (
            "logistic regression without one",
            "where no plane separates the data",
            "else the risk falls to 0 for ever (measured above)",
        ),
        ("surfaces ravine … two-basins", "yes", "the minima are stated and tested"),
        ("training a network", "not assured", "not convex; with weight decay the risk is coercive, and then yes"),
        ("x over 0 < x ≤ 1", "no", "the set is not closed"),
    ];
    let other = |(what, exists, why): (&str, &str, &str)| vec![what.into(), exists.into(), why.into()];
    Table {
        caption: "Where a minimiser exists, and why".into(),
        header: ["problem", "a minimiser exists", "why"].map(String::from).to_vec(),
        rows: gaps.iter().map(energy).chain(others.map(other)).collect(),
    }
}
