//! Restrictions as convex sets: a box, known pixels, a simplex, a total mass. Each answer fulfils the conditions of Karush, Kuhn, Tucker.

use super::noisy::{Noisy, about, difference, enlarged, grey_levels, image, watch};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use crate::report::{Picture, Table};
use ravine::Result;
use ravine::image::{Energy, Grid, exact};
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::solver::PrimalDual;
use ravine::optim::term::{Bounds, ConvexSet, Mass, Simplex, SquaresWithin};
use ravine::optim::{Objective, Pace, Problem, Random, SmoothProblem, Solver, Stop, Stream, vector};
use std::sync::Arc;

pub(super) struct Constraints {
    lambda: f64,
    iterations: f64,
    known: f64,
    seeds: f64,
}

const GRID: Grid = Grid { channels: 1, height: 64, width: 64 };
/// What darkens the picture of the simplex, so that noise makes numbers negative.
const NIGHT: f64 = 0.15;

impl Lesson for Constraints {
    const NAME: &'static str = "constraints";
    const PART: Part = Part::Announced;
    const CLAIM: &'static str =
        "If the problem is strictly convex and the restrictions are convex sets, a solution exists and is unique.";
    const FORMULA: &'static str = "u* = argmin over C of ½‖∇u‖² + λ/2‖u − f‖²  ⇔  u* = P(u* − ∇J(u*)), P the projection onto C";

    fn new(effort: Effort) -> Self {
        Constraints { lambda: 1.25, iterations: 300.0, known: 0.1, seeds: if effort == Effort::Quick { 2.0 } else { 8.0 } }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("lambda", "λ, the weight of the closeness to f", &mut self.lambda, Range::closed(0.01, 1e3)));
        visit(Parameter::number("iterations", "iterations of each run", &mut self.iterations, Range::closed(20.0, 1e6)));
        visit(Parameter::number("known", "the part of the pixels that are known", &mut self.known, Range::closed(0.0, 1.0)));
        visit(Parameter::number("seeds", "noisy pictures to restore", &mut self.seeds, Range::closed(1.0, 1000.0)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let mut all: Vec<Vec<Solved>> = Vec::new();
        let mut shift_error = 0f64;
        for seed in desk.seed..desk.seed + self.seeds as u64 {
            let Noisy { clean, f } = Noisy::draw("leaves", seed, GRID, 25.0)?;
            let (clean, f): (Vec<f64>, Vec<f64>) = (vector::widen(clean.pixels()), vector::widen(f.pixels()));
            let night = |u: &[f64]| u.iter().map(|v| NIGHT * v).collect::<Vec<f64>>();
            let dark: Vec<f64> = f.iter().zip(&clean).map(|(f, u)| f - u + NIGHT * u).collect();
            let mut random = Random::new(seed, Stream::Mask, 0);
            let known: Vec<(usize, f64)> = clean.iter().copied().enumerate().filter(|_| random.uniform() < self.known).collect();
            let even = || Bounds::even(GRID.len(), 0.3, 0.7);
            let mass = vector::sum(&clean);
            let solved = vec![
                self.solve("box 0.3 ≤ u ≤ 0.7", even()?, &f, desk)?,
                self.solve("box and known pixels", Bounds::even(GRID.len(), 0.0, 1.0)?.knowing(known)?, &f, desk)?,
                self.solve("simplex u ≥ 0, Σu = m", Simplex::new(vector::sum(&night(&clean)))?, &dark, desk)?,
                self.solve("total mass Σu = m", Mass::new(mass)?, &f, desk)?,
            ];
            // ∇J(u + c) = ∇J(u) + λc: the mass moves the free minimiser by one number.
            let mut shifted = exact::tikhonov(GRID, &f, self.lambda)?;
            Mass::new(mass)?.project(&mut shifted);
            shift_error = shift_error.max(difference(&shifted, &solved[3].u));
            all.push(solved);
        }
        let worst = |value: fn(&Solved) -> f64| all.iter().flatten().map(value).fold(0.0, f64::max);
        let (residual, apart, bound) = (worst(|s| s.residual()), worst(|s| s.apart), worst(|s| s.bound));

        let mut found = Findings::default();
        for set in 0..all[0].len() {
            let of = |value: fn(&Solved) -> f64| all.iter().map(|solved| value(&solved[set])).fold(0.0, f64::max);
            let name = all[0][set].name;
            found.number(Number::new(format!("{name}: KKT residual, at most"), of(|s| s.residual())).of("grey levels"));
            found.number(
                Number::new(format!("{name}: KKT residual of the free minimiser cut to C, at most"), of(|s| s.cut))
                    .of("grey levels"),
            );
        }
        found.number(Number::new("answers from black and from white differ by, at most", apart).of("grey levels"));
        found.number(Number::new("certified distance from the best, at most", bound).of("grey levels"));
        found.number(Number::new("total mass: distance from the closed form, at most", shift_error).of("grey levels"));
        found.case("a solution exists within each set, and is found", all.iter().flatten().all(|s| s.inside) && bound < 1e-4);
        found.case("it fulfils the conditions of Karush, Kuhn and Tucker", residual < 1e-4);
        found.case("it is unique: both starts lead to it", apart < 1e-4);
        found.case("of a total mass it is the one known in closed form", shift_error < 1e-4);
        found.say(format!(
            "Four kinds of restriction, {} pictures, two starts each: every answer lies in its set, leaves a KKT residual of at most {} grey \
             levels, and is the same from both starts.",
            all.len(),
            about(residual)
        ));
        let cut = all.iter().map(|solved| solved[0].cut).fold(0.0, f64::max);
        found.say(format!(
            "It is not enough to solve without the restriction and to cut the answer to the set afterwards: for the box that leaves a residual of {cut:.2} \
             grey levels. Where a bound holds a pixel, its neighbours must settle anew."
        ));
        found.say(
            "A convex set costs no more than its projection. One that is not convex loses the claim: of u = ±1 nearest to 0 there are two.",
        );
        found.figures.push(figure(&all[0]));
        found.pictures = pictures(&all[0])?;
        found.tables.push(conditions());
        Ok(found)
    }
}

/// An answer within a set.
struct Solved {
    name: &'static str,
    u: Vec<f64>,
    residuals: Vec<(f64, f64)>, // (iteration, KKT residual in grey levels)
    inside: bool,
    cut: f64,   // the residual of the free minimiser, projected
    apart: f64, // from the answer of another start, in grey levels
    bound: f64, // on the distance from the best, in grey levels
}

impl Solved {
    fn residual(&self) -> f64 {
        self.residuals.last().map_or(f64::INFINITY, |r| r.1)
    }
}

impl Constraints {
    fn solve(&self, name: &'static str, set: impl ConvexSet, f: &[f64], desk: &Desk<'_>) -> Result<Solved> {
        let part = Energy::Tikhonov.regularizer(GRID)?;
        let g = SquaresWithin::new(self.lambda, f.to_vec(), set.clone())?;
        let problem = Arc::new(Problem::new(GRID.len(), g).with(part.term, part.operator)?);
        let mut free = SmoothProblem::new(Arc::new(Energy::Tikhonov.problem(GRID, f.to_vec(), self.lambda)?))?;
        let mut residual = |u: &[f64]| {
            let mut gradient = vec![0.0; u.len()];
            free.value_and_gradient(u, &mut gradient);
            grey_levels(set.residual(u, &gradient), u.len())
        };
        let stop = Stop { max_iterations: self.iterations as u64, pace: Pace::Every(10), ..Stop::default() };
        let run = |value: f64, see: &mut dyn FnMut(u64, &[f64])| -> Result<_> {
            let mut start = vec![value; GRID.len()];
            set.project(&mut start);
            let mut solver = PrimalDual::new(problem.clone(), start)?;
            let outcome = watch(&mut solver, &stop, desk, |measure, u| see(measure.iteration, u))?;
            Ok((solver.iterate().to_vec(), outcome.measure.certificate.and_then(|c| c.distance).unwrap_or(f64::INFINITY)))
        };
        let mut residuals = Vec::new();
        let (u, bound) = run(0.0, &mut |k, u| residuals.push((k as f64, residual(u))))?;
        let (other, _) = run(1.0, &mut |_, _| ())?;
        let mut cut = exact::tikhonov(GRID, f, self.lambda)?;
        set.project(&mut cut);
        Ok(Solved {
            name,
            inside: set.contains(&u),
            cut: residual(&cut),
            apart: difference(&u, &other),
            bound: grey_levels(bound, u.len()),
            residuals,
            u,
        })
    }
}

fn figure(solved: &[Solved]) -> Figure {
    let curve = |s: &Solved| Curve { label: s.name.into(), points: s.residuals.iter().skip(1).copied().collect() };
    let chart = Chart {
        title: "How the conditions come to be fulfilled".into(),
        x_label: "iteration of primal–dual".into(),
        y_label: "‖u − P(u − ∇J(u))‖, grey levels (RMS)".into(),
        x_scale: Scale::Linear,
        scale: Scale::Logarithmic,
        curves: solved.iter().map(curve).collect(),
    };
    Figure {
        title: "Restricted problems".into(),
        description: "The residual of the optimality conditions over the iterations, for four convex sets: it falls geometrically to rounding.".into(),
        panels: vec![Panel::Chart(chart)],
    }
}

fn pictures(solved: &[Solved]) -> Result<Vec<Picture>> {
    let shown = |s: &Solved| {
        let alternative = format!("a blurred picture of leaves: {}", s.name);
        Picture::of(&enlarged(&image(GRID, &s.u)?, 3), s.name, &alternative)
    };
    solved.iter().map(shown).collect()
}

/// What the residual stands for, set by set.
fn conditions() -> Table {
    let rows = [
        ("box a ≤ u ≤ b", "∂J = 0 between the bounds, ≥ 0 where u = a, ≤ 0 where u = b"),
        ("known pixels", "∂J may be anything where u is known, and is 0 elsewhere"),
        ("simplex u ≥ 0, Σu = m", "∂J = ν where u > 0, ≥ ν where u = 0, one number ν"),
        ("total mass Σu = m", "∂J = ν everywhere, one number ν"),
    ];
    Table {
        caption: "The conditions of Karush (1939), Kuhn and Tucker (1951): u = P(u − ∇J(u)), pixel by pixel".into(),
        header: ["set", "at the best u"].map(String::from).to_vec(),
        rows: rows.map(|(set, condition)| vec![set.into(), condition.into()]).into(),
    }
}
