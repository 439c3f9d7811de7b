//! One problem without derivatives, four ways: subgradients, a smoothed energy, the dual by proximal gradient, primal and dual at once.

use super::noisy::{Noisy, about, watch};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use ravine::Result;
use ravine::image::{Energy, Grid};
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::solver::by_name;
use ravine::optim::statistics::{bootstrap, mean, slope};
use ravine::optim::{Pace, Problem, Stop};
use std::sync::Arc;
use std::time::Instant;

pub(super) struct NonSmooth {
    sigma: f64,
    lambda: f64,
    iterations: f64,
    pictures: f64,
}

const GRID: Grid = Grid { channels: 1, height: 64, width: 64 };
/// Where the smoothed energies are round: |∇u| in the units of the picture.
const SMOOTH: f64 = 0.03;
const LESS_SMOOTH: f64 = 0.003;

/// One way to solve it: label, energy, solver.
const WAYS: [(&str, Energy, &str); 5] = [
    ("subgradient", Energy::TotalVariation, "subgradient"),
    ("smoothed, δ = 0.03", Energy::HuberTotalVariation { delta: SMOOTH }, "accelerated-gradient"),
    ("smoothed, δ = 0.003", Energy::HuberTotalVariation { delta: LESS_SMOOTH }, "accelerated-gradient"),
    ("proximal, on the dual", Energy::TotalVariation, "dual-gradient"),
    ("primal–dual", Energy::TotalVariation, "primal-dual"),
];

/// A point of a way.
#[derive(Clone, Copy)]
struct Mark {
    k: f64,
    seconds: f64,
    excess: f64, // of the energy over the least, relative
}

impl Lesson for NonSmooth {
    const NAME: &'static str = "non-smooth";
    const PART: Part = Part::Announced;
    const CLAIM: &'static str =
        "For convex problems that are not differentiable there are methods that use no derivatives, through duality.";
    const FORMULA: &'static str = "min over u of Σ|∇u| + λ/2‖u − f‖²,  ∇(½|·|²/δ) where |∇u| ≤ δ when smoothed";

    fn new(effort: Effort) -> Self {
        let pictures = if effort == Effort::Quick { 4.0 } else { 8.0 };
        NonSmooth { sigma: 25.0, lambda: 12.0, iterations: 1000.0, pictures }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("sigma", "σ of the noise, in grey levels", &mut self.sigma, Range::closed(1.0, 255.0)));
        visit(Parameter::number("lambda", "λ, the weight of the closeness to f", &mut self.lambda, Range::closed(0.1, 1e3)));
        visit(Parameter::number("iterations", "iterations of each way", &mut self.iterations, Range::closed(100.0, 1e6)));
        visit(Parameter::number("pictures", "noisy pictures", &mut self.pictures, Range::closed(2.0, 1000.0)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let all: Vec<[Vec<Mark>; 5]> = (0..self.pictures as u64).map(|i| self.ways(desk.seed + i, desk)).collect::<Result<_>>()?;
        let over = |way: usize, value: &dyn Fn(&[Mark]) -> f64| all.iter().map(|ways| value(&ways[way])).collect::<Vec<f64>>();
        let at_1000 = |marks: &[Mark]| marks.iter().find(|m| m.k >= 1000.0).or(marks.last()).map_or(f64::NAN, |m| m.excess);
        let worst = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);

        let mut found = Findings::default();
        let interval = |values: &[f64]| bootstrap(values, mean, 0.95, desk.seed);
        for (way, (label, ..)) in WAYS.iter().enumerate() {
            found.number(Number::within(format!("{label}: relative excess after 1000 iterations"), interval(&over(way, &at_1000))));
        }
        let orders = over(0, &order);
        found.number(Number::within("subgradient: slope of ln excess over ln k", interval(&orders)));
        let ends: Vec<f64> = (0..WAYS.len()).map(|way| worst(&over(way, &at_1000))).collect();
        let soon = |way: usize| over(way, &|marks| marks.iter().find(|m| m.excess < 0.05).map_or(f64::INFINITY, |m| m.k));
        let sooner = soon(1).iter().zip(soon(2)).all(|(a, b)| *a < b);
        let closer = over(2, &at_1000).iter().zip(over(1, &at_1000)).all(|(a, b)| *a < b);
        found.case(
            "with duality the least energy is reached: an excess below 10⁻⁵ after 1000 iterations",
            ends[3].max(ends[4]) < 1e-5,
        );
        found.case(
            "subgradients, which know no dual, come down only like 1/k",
            interval(&orders).value > -1.5 && ends[0] > 10.0 * ends[4].max(ends[3]),
        );
        found.case(
            "a smoothed energy is the sooner near the least, and the further from it in the end, the rounder it is",
            sooner && closer,
        );
        for (way, (label, ..)) in WAYS.iter().enumerate() {
            let name = format!("{label}: time to a relative excess of 0.001");
            found.timing.push(Number::new(name, mean(&over(way, &|marks| time_to(marks, 1e-3)))).of("s"));
        }
        let excess = |way: usize| about(mean(&over(way, &at_1000)));
        found.say(format!(
            "After 1000 iterations of the same cost the energy is too high by {} of itself with subgradients, by {} and {} with energies \
             smoothed a lot and a little, by {} through the dual and by {} with primal and dual together.",
            excess(0),
            excess(1),
            excess(2),
            excess(3),
            excess(4)
        ));
        found.say(
            "Smoothing trades one error for another: the rounder the energy, the longer its steps may be and the sooner they end, at the minimiser \
             of something else.",
        );
        found.say("The dual needs neither: its unknown, an arrow of length 1 at most in every pixel, has a smooth energy and a simple projection.");
        found.figures.push(figure(&all[0]));
        Ok(found)
    }
}

impl NonSmooth {
    /// All five on one picture, from u = f.
    fn ways(&self, seed: u64, desk: &Desk<'_>) -> Result<[Vec<Mark>; 5]> {
        let f = Noisy::draw("leaves", seed, GRID, self.sigma)?.wide();
        let truth = Arc::new(Energy::TotalVariation.problem(GRID, f.clone(), self.lambda)?);
        let least = self.least(&truth, &f, desk)?;
        let mut ways: [Vec<Mark>; 5] = Default::default();
        for (marks, (_, energy, solver)) in ways.iter_mut().zip(WAYS) {
            *marks = self.marks(energy, solver, &truth, &f, least, desk)?;
        }
        Ok(ways)
    }

    /// The least energy: a dual value, which lies below it by less than 10⁻¹⁰.
    fn least(&self, problem: &Arc<Problem<f64>>, f: &[f64], desk: &Desk<'_>) -> Result<f64> {
        let mut solver = by_name("primal-dual", problem.clone(), f.to_vec())?;
        let stop = Stop { max_iterations: 50_000, relative_gap: Some(1e-10), pace: Pace::Approach(200), ..Stop::default() };
        let outcome = watch(&mut *solver, &stop, desk, |_, _| ())?;
        Ok(outcome.measure.certificate.map_or(f64::NAN, |c| c.dual))
    }

    /// The excess in the energy that is meant, whatever the solver minimises, at steps that grow by a quarter. Measuring is not timed.
    fn marks(
        &self,
        energy: Energy,
        solver: &str,
        truth: &Problem<f64>,
        f: &[f64],
        least: f64,
        desk: &Desk<'_>,
    ) -> Result<Vec<Mark>> {
        let mut solver = by_name(solver, Arc::new(energy.problem(GRID, f.to_vec(), self.lambda)?), f.to_vec())?;
        let (mut marks, mut done, mut seconds) = (Vec::new(), 0u64, 0.0);
        while done < self.iterations as u64 {
            desk.go_on()?;
            let next = (done + 1 + done / 4).min(self.iterations as u64);
            let began = Instant::now();
            while done < next {
                done += solver.advance(next - done);
            }
            seconds += began.elapsed().as_secs_f64();
            let excess = (truth.value(solver.iterate()) - least) / least;
            marks.push(Mark { k: done as f64, seconds, excess });
        }
        Ok(marks)
    }
}

/// Seconds until the excess stays below `target`; ∞ if it never does.
fn time_to(marks: &[Mark], target: f64) -> f64 {
    marks.iter().find(|m| m.excess < target).map_or(f64::INFINITY, |m| m.seconds)
}

/// The slope of ln excess over ln k, from the 30th iteration to the thousandth.
fn order(marks: &[Mark]) -> f64 {
    let (k, excess): (Vec<f64>, Vec<f64>) =
        marks.iter().filter(|m| (30.0..=1000.0).contains(&m.k)).map(|m| (m.k.ln(), m.excess.ln())).unzip();
    slope(&k, &excess).value
}

fn figure(ways: &[Vec<Mark>; 5]) -> Figure {
    let chart = |title: &str, x_label: &str, x: fn(&Mark) -> f64| {
        let curve = |(marks, (label, ..)): (&Vec<Mark>, &(&str, Energy, &str))| Curve {
            label: (*label).into(),
            points: marks.iter().map(|m| (x(m), m.excess)).collect(),
        };
        Panel::Chart(Chart {
            title: title.into(),
            x_label: x_label.into(),
            y_label: "(J − J*)/J*".into(),
            x_scale: Scale::Logarithmic,
            scale: Scale::Logarithmic,
            curves: ways.iter().zip(&WAYS).map(curve).collect(),
        })
    };
    Figure {
        title: "Total variation, five ways".into(),
        description: "The excess of the energy over its least value, over iterations and over seconds. Subgradients fall like 1/k; the smoothed \
                      energies fall fast and then stand; the two that use the dual go on falling."
            .into(),
        panels: vec![chart("Over iterations", "iteration", |m| m.k), chart("Over time", "seconds", |m| m.seconds)],
    }
}
