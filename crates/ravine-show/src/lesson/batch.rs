//! The whole set in each step: the same bits twice, the minimum of a convex risk, and where it ends on others; and a set that is never in memory.

use super::path::walk;
use super::regression::{Drawn, descent};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::number::short;
use crate::plot::{ContourMap, Curve, Figure, HeatMap, Panel, Scale, heat::Axis};
use ravine::Result;
use ravine::optim::objective::finite_sum::{Batch, FiniteSum, Order, Samples};
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::{Descent, Objective, Random, Solver, Stream, rule, surface};

/// How near a minimum counts as there.
const THERE: f64 = 1e-3;
/// Unknowns of the set that is streamed: the bits of one random number.
const SIGNS: usize = 64;
/// Rows of a piece of it.
const PIECE: usize = 4096;

pub(super) struct WholeSet {
    grid: f64,
    pieces: f64,
}

/// Pieces of a set that is made where it is read: row r has aᵢ = ±1, from the bits of one random number, and y = Σ ±aᵢ ± σ. Piece i is the mean
/// of ½(⟨a, θ⟩ − y)² over its rows; nothing of it is kept.
struct Streamed {
    pieces: usize,
    noise: f64,
    seed: u64,
}

impl Streamed {
    /// The true coefficient j: what the set was made with.
    fn truth(j: usize) -> f64 {
        if j.is_multiple_of(2) { 1.0 } else { -1.0 }
    }

    /// Shows each row a and its y to `see`.
    fn read(&self, piece: usize, mut see: impl FnMut(&[f64; SIGNS], f64)) {
        let mut random = Random::new(self.seed, Stream::Data, piece as u64);
        let mut a = [0.0; SIGNS];
        for _ in 0..PIECE {
            let (bits, noise) = (random.bits(), random.bits() & 1);
            (0..SIGNS).for_each(|j| a[j] = if bits >> j & 1 == 1 { 1.0 } else { -1.0 });
            let clean: f64 = (0..SIGNS).map(|j| Streamed::truth(j) * a[j]).sum();
            see(&a, clean + if noise == 1 { self.noise } else { -self.noise });
        }
    }
}

fn product(a: &[f64; SIGNS], theta: &[f64]) -> f64 {
    a.iter().zip(theta).map(|(a, t)| a * t).sum()
}

impl Samples for Streamed {
    fn samples(&self) -> usize {
        self.pieces
    }
    fn unknowns(&self) -> usize {
        SIGNS
    }
    fn loss(&self, i: usize, theta: &[f64]) -> f64 {
        let mut sum = 0.0;
        self.read(i, |a, y| sum += 0.5 * (product(a, theta) - y).powi(2));
        sum / PIECE as f64
    }
    fn add_gradient(&self, i: usize, theta: &[f64], weight: f64, gradient: &mut [f64]) -> f64 {
        let (mut sum, weight) = (0.0, weight / PIECE as f64);
        self.read(i, |a, y| {
            let residual = product(a, theta) - y;
            gradient.iter_mut().zip(a).for_each(|(g, a)| *g += weight * residual * a);
            sum += 0.5 * residual * residual;
        });
        sum / PIECE as f64
    }
    /// Of the distribution: E aaᵀ = 1.
    fn lipschitz(&self) -> f64 {
        1.0
    }
    /// ‖a‖²
    fn lipschitz_of_one(&self) -> f64 {
        SIGNS as f64
    }
}

impl Lesson for WholeSet {
    const NAME: &'static str = "batch";
    const PART: Part = Part::GradientDescent;
    const CLAIM: &'static str = "With the whole set in each step the way is deterministic; it ends in the global minimum of a convex risk and in a local one \
                                 of any other; a set that does not fit into memory is out of reach.";
    const FORMULA: &'static str = "θ ← θ − (η/m) Σᵢ ∇ℓ(F(xᵢ; θ), yᵢ)";

    fn new(effort: Effort) -> Self {
        match effort {
            Effort::Quick => WholeSet { grid: 25.0, pieces: 64.0 },
            Effort::Full => WholeSet { grid: 81.0, pieces: 12288.0 },
        }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("grid", "starts along each side of the map", &mut self.grid, Range::closed(5.0, 401.0)));
        visit(Parameter::number(
            "pieces",
            "pieces of 4096 rows of 64 numbers (2 MB) of the streamed set",
            &mut self.pieces,
            Range::closed(4.0, 1e6),
        ));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let differ = differing_bits(desk)?;
        let convex = convex(desk)?;
        let basins = self.basins(desk)?;
        let (rest, slope) = on_the_saddle(desk)?;
        let streamed = self.streamed(desk)?;
        let reached = 100.0 * basins.iter().flatten().filter(|b| b.is_finite()).count() as f64
            / basins.iter().map(Vec::len).sum::<usize>() as f64;
        let megabytes = self.pieces.floor() * (PIECE * (SIGNS + 1) * 8) as f64 / 1e6;
        // θ of the set's own minimiser differs from the truth by noise: σ²/rows in each unknown
        let theory = NOISE * (SIGNS as f64 / (self.pieces.floor() * PIECE as f64)).sqrt();

        let mut found = Findings::default();
        found.number(Number::new("bits of θ that differ between two runs", differ as f64).beside(0.0, 0.0));
        found.number(
            Number::new("least squares: distance to the minimiser from the furthest of 20 starts", convex).beside(0.0, 1e-6),
        );
        found.number(Number::new("himmelblau: starts that end in a minimum", reached).of("%"));
        found.number(Number::new("saddle: distance to the nearest minimum, from a start with y = 0", rest).beside(1.0, 1e-6));
        found.number(Number::new("saddle: length of the gradient there", slope).beside(0.0, 1e-6));
        found.number(
            Number::new(
                format!("streamed set of {} MB: distance to the truth over noise's share", short(megabytes)),
                streamed / theory,
            )
            .beside(1.0, 0.4),
        );
        found.case("two runs give the same bits", differ == 0);
        found.case("a convex risk is followed to its global minimum", convex < 1e-6);
        found.case("any other to a local minimum, from each start", rest < THERE && reached == 100.0);
        found.case("a set that is not in memory cannot be used", streamed > 2.0 * theory);
        found.say(format!(
            "Two runs agree in every bit, and from 20 starts least squares ends within {} of its minimum. On a surface with four minima, the start alone decides \
             which is reached.",
            short(convex)
        ));
        found.say(format!(
            "But a descent need not end in a minimum at all: on a saddle, a start exactly on the ridge (y = 0) ends on the pass, {} away from either minimum, where \
             the gradient is {}. A start beside it, by any little noise, would not.",
            short(rest),
            short(slope)
        ));
        found.say(format!(
            "And a set of {} MB, made row by row and forgotten, is used whole in each step with 2 kB in memory: the gradient is a sum, and a sum does not need its \
             terms at once. What it costs is time.",
            short(megabytes)
        ));
        found.figures.push(self.figure(basins, desk)?);
        Ok(found)
    }
}

/// σ of the streamed set.
const NOISE: f64 = 0.5;

/// Two runs of logistic regression with the whole set: the bits of θ in which they differ.
fn differing_bits(desk: &Desk<'_>) -> Result<u32> {
    let run = || -> Result<Vec<f64>> {
        let logistic = surface::build("logistic", &[], Some(Batch::All), desk.seed)?;
        let (start, eta) = (logistic.start(), logistic.eta());
        let mut way = descent(logistic, &start, eta)?;
        for _ in 0..300 {
            desk.go_on()?;
            way.step();
        }
        Ok(way.theta().to_vec())
    };
    Ok(run()?.iter().zip(run()?).map(|(a, b)| (a.to_bits() ^ b.to_bits()).count_ones()).sum())
}

/// Of least squares: the largest distance to the minimiser after 1000 steps from 20 starts.
fn convex(desk: &Desk<'_>) -> Result<f64> {
    let set = Drawn { samples: 200, unknowns: 4, kappa: 10.0, noise: 0.5, copies: 1 }.from(desk.seed)?;
    let mut furthest = 0.0f64;
    for i in 0..20 {
        desk.go_on()?;
        let mut random = Random::new(desk.seed, Stream::Start, i);
        let start: Vec<f64> = (0..4).map(|_| 10.0 * random.normal()).collect();
        let mut way = descent(set.quadratic()?, &start, 1.0 / set.samples.lipschitz())?;
        (0..1000).for_each(|_| way.step());
        furthest = furthest.max(distance(way.theta(), &set.minimiser));
    }
    Ok(furthest)
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// From a start on the stable manifold of the saddle, y = 0: the distance of the end from the nearest minimum, and ‖∇J‖ there.
fn on_the_saddle(desk: &Desk<'_>) -> Result<(f64, f64)> {
    let saddle = surface::build("saddle", &[], None, desk.seed)?;
    let (optima, eta) = (saddle.optima(), saddle.eta());
    let mut way = descent(saddle, &[-1.5, 0.0], eta)?;
    for _ in 0..2000 {
        way.step();
    }
    let slope = way.measure().gradient_norm.unwrap_or(f64::NAN);
    Ok((optima.iter().map(|o| distance(&o.x, way.theta())).fold(f64::INFINITY, f64::min), slope))
}

impl WholeSet {
    /// Of each start on a grid over Himmelblau's surface: the number of the minimum where 3000 steps end, NaN where in none.
    fn basins(&self, desk: &Desk<'_>) -> Result<Vec<Vec<f64>>> {
        let optima = surface::build("himmelblau", &[], None, desk.seed)?.optima();
        let n = self.grid as usize;
        let at = |i: usize| -5.0 + 10.0 * i as f64 / (n - 1) as f64;
        let end = |x: f64, y: f64| -> Result<f64> {
            desk.go_on()?;
            let mut way = descent(surface::build("himmelblau", &[], None, desk.seed)?, &[x, y], 0.003)?;
            (0..1000).for_each(|_| way.step());
            let there = optima.iter().position(|o| distance(&o.x, way.theta()) < THERE);
            Ok(there.map_or(f64::NAN, |i| i as f64 + 1.0))
        };
        (0..n).map(|row| (0..n).map(|column| end(at(column), at(row))).collect()).collect()
    }

    /// ‖θ − truth‖ after four steps of the streamed set at η = 1: the gradients of all pieces are collected before each.
    fn streamed(&self, desk: &Desk<'_>) -> Result<f64> {
        let pieces = self.pieces as usize;
        let set = FiniteSum::new(Streamed { pieces, noise: NOISE, seed: desk.seed }, Batch::Of(1), Order::Reshuffled, desk.seed)?;
        let update = rule::build("gradient-descent", &[("eta", 1.0.into()), ("accumulate", (pieces as f64).into())])?;
        let mut way = Descent::new(Box::new(set), vec![0.0; SIGNS], update)?;
        for _ in 0..4 * pieces {
            desk.go_on()?;
            way.step();
        }
        let truth: Vec<f64> = (0..SIGNS).map(Streamed::truth).collect();
        Ok(distance(way.theta(), &truth))
    }

    fn figure(&self, basins: Vec<Vec<f64>>, desk: &Desk<'_>) -> Result<Figure> {
        let axis = |label: &str| Axis { label: label.into(), scale: Scale::Linear, ends: (-5.0, 5.0) };
        let optima = surface::build("himmelblau", &[], None, desk.seed)?.optima();
        let mark =
            |(i, o): (usize, &surface::Optimum)| Curve { label: format!("minimum {}", i + 1), points: vec![(o.x[0], o.x[1])] };
        let map = HeatMap {
            title: "Himmelblau: the minimum reached, by the start".into(),
            axes: [axis("x of the start"), axis("y of the start")],
            measure: "number of the minimum".into(),
            scale: Scale::Linear,
            values: basins,
            absent: "in no minimum".into(),
            lines: vec![],
            marks: optima.iter().enumerate().map(mark).collect(),
        };
        let mut saddle = surface::build("saddle", &[], None, desk.seed)?;
        let mut ways = Vec::new();
        for (label, y) in [("from (−1.5, 0): to the saddle", 0.0), ("from (−1.5, 0.001): to a minimum", 0.001)] {
            let way = walk(
                surface::build("saddle", &[], None, desk.seed)?,
                &[-1.5, y],
                "gradient-descent",
                &[("eta", 0.2.into())],
                200,
                desk,
            )?;
            ways.push(Curve { label: label.into(), points: way.plane() });
        }
        let minima = saddle.optima().iter().map(|o| (o.x[0], o.x[1])).collect();
        let contours = ContourMap::sampled("A saddle: what the ridge does to a descent", saddle.window(), 121, |x, y| {
            Objective::<f64>::value(&mut saddle, &[x, y])
        });
        Ok(Figure {
            title: "The whole set in each step".into(),
            description: "Left, which of four minima is reached from each start. Right, two descents on a saddle: one that starts on the ridge ends on the \
                          pass, one that starts a thousandth beside it ends in a minimum."
                .into(),
            panels: vec![Panel::Heat(map), Panel::Contours(ContourMap { minima, paths: ways, ..contours })],
        })
    }
}
