//! Strictly convex: one minimiser at most. Inpainting by total variation is convex only, and has many.

use super::noisy::{Noisy, about, difference, enlarged, grey_levels, image, watch};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use crate::report::{Picture, Table};
use ravine::Result;
use ravine::image::energy::ENERGIES;
use ravine::image::operator::Mask;
use ravine::image::{Energy, Grid};
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::solver::by_name;
use ravine::optim::term::{Bounds, Indicator, Squares, SquaresWithin};
use ravine::optim::{Outcome, Pace, Problem, Random, Stop, Stream};
use std::sync::Arc;

pub(super) struct Uniqueness {
    lambda: f64,
    strictness: f64,
    starts: f64,
}

/// The noisy pictures that the energies restore.
const GRID: Grid = Grid { channels: 1, height: 48, width: 48 };
/// The picture with a hole: black up to `HOLE.0`, white from `HOLE.1` on, and nothing known between.
const DAMAGED: Grid = Grid { channels: 1, height: 24, width: 32 };
const HOLE: (usize, usize) = (8, 24);
/// Relative gap of what counts as a minimiser.
const MINIMAL: f64 = 1e-7;

impl Lesson for Uniqueness {
    const NAME: &'static str = "uniqueness";
    const PART: Part = Part::Announced;
    const CLAIM: &'static str = "In strictly convex problems we can assure the uniqueness of their solutions.";
    const FORMULA: &'static str = "J(½u + ½v) < ½J(u) + ½J(v) for u ≠ v  ⇒  at most one minimiser";

    fn new(effort: Effort) -> Self {
        Uniqueness { lambda: 12.0, strictness: 0.1, starts: if effort == Effort::Quick { 2.0 } else { 8.0 } }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("lambda", "λ, the weight of the closeness to f", &mut self.lambda, Range::closed(0.1, 1e3)));
        let summary = "ε of the ε/2‖u − ½‖² that makes inpainting strictly convex";
        visit(Parameter::number("strictness", summary, &mut self.strictness, Range::closed(1e-4, 10.0)));
        visit(Parameter::number("starts", "random starts beside black and white", &mut self.starts, Range::closed(1.0, 1000.0)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let spreads = self.energies(desk)?;
        let step = profile(|x| if x < (HOLE.0 + HOLE.1) / 2 { 0.0 } else { 1.0 });
        let ramp = profile(|x| (x + 1 - HOLE.0) as f64 / (HOLE.1 + 1 - HOLE.0) as f64);
        let inpainting = Arc::new(inpainting()?);
        let by_hand = [&step, &ramp].map(|u| inpainting.certify(u, &[field()]).map_or(f64::INFINITY, |c| c.relative_gap()));
        let [black, white] = [0.0, 1.0].map(|v| solve(&inpainting, profile(|_| v), desk));
        let (black, white) = (black?, white?);
        let strict = Arc::new(self.strict()?);
        let [one, other] = [0.0, 1.0].map(|v| solve(&strict, profile(|_| v), desk));
        let (one, other) = (one?, other?);
        let even = even(desk)?;

        let mut found = Findings::default();
        let worst = spreads.iter().map(|s| s.largest).fold(0.0, f64::max);
        let allowed = spreads.iter().all(|s| s.largest <= s.allowed);
        let apart = difference(&step, &ramp);
        found
            .number(Number::new("energies of the tool: answers from different starts differ by, at most", worst).of("grey levels"));
        found.number(Number::new("inpainting: relative gap of the step", by_hand[0]).beside(0.0, 1e-10));
        found.number(Number::new("inpainting: relative gap of the ramp", by_hand[1]).beside(0.0, 1e-10));
        found.number(Number::new("inpainting: step and ramp differ by", apart).of("grey levels"));
        let solved = difference(&black.best, &white.best);
        found.number(Number::new("inpainting: answers from black and from white differ by", solved).of("grey levels"));
        let strictly = difference(&one.best, &other.best);
        found.number(Number::new("inpainting, strictly convex: the two differ by", strictly).of("grey levels"));
        found.number(Number::new("even surroundings: answers differ from them by, at most", even).of("grey levels"));
        found.case("strictly convex energies have one minimiser, wherever the solver starts", worst < 0.05 && allowed);
        found.case(
            "the strictness is needed: inpainting by total variation, convex only, has two different minimisers",
            by_hand.iter().all(|gap| *gap < 1e-10) && apart > 10.0,
        );
        found.case(
            "and the solver finds different ones from different starts",
            gap(&black) < 1e-5 && gap(&white) < 1e-5 && solved > 1.0,
        );
        found.case("a little strictness makes inpainting unique", strictly < 0.05);
        found.say(format!(
            "From every start each energy of the tool leads to the same picture, within {} grey levels: λ/2‖u − f‖² makes it strictly convex.",
            about(worst)
        ));
        found.say(format!(
            "A hole between black and white may be filled by a step or by a ramp, {apart:.0} grey levels apart: both have exactly the least total \
             variation, and one dual field proves it for both. Which one a solver shows depends on where it starts."
        ));
        found.say(
            "Uniqueness says nothing of existence (eˣ is strictly convex and has no minimiser), and strictness is not necessary: where all that is \
             known of a picture is one grey, inpainting has one answer.",
        );
        found.figures.push(figure(&step, &ramp, &black.best, &white.best, &one.best));
        found.pictures = pictures(&step, &ramp)?;
        found.tables.push(table(&spreads));
        Ok(found)
    }
}

/// How far apart the answers of an energy are, in grey levels, and what their gaps allow.
struct Spread {
    name: &'static str,
    largest: f64,
    allowed: f64,
}

impl Uniqueness {
    /// Every energy from black, white and random starts.
    fn energies(&self, desk: &Desk<'_>) -> Result<Vec<Spread>> {
        let f = Noisy::draw("leaves", desk.seed, GRID, 25.0)?.wide();
        let random = |i: u64| {
            let mut random = Random::new(desk.seed, Stream::Start, i);
            (0..f.len()).map(|_| random.uniform()).collect::<Vec<f64>>()
        };
        let starts: Vec<Vec<f64>> =
            [0.0, 1.0].map(|v| vec![v; f.len()]).into_iter().chain((0..self.starts as u64).map(random)).collect();
        let spread = |(name, _, energy): (&'static str, &str, Energy)| {
            let problem = Arc::new(energy.problem(GRID, f.clone(), self.lambda)?);
            let answers = starts.iter().map(|start| solve(&problem, start.clone(), desk)).collect::<Result<Vec<_>>>()?;
            let bound =
                |a: &Outcome<f64>| grey_levels(a.measure.certificate.and_then(|c| c.distance).unwrap_or(f64::INFINITY), f.len());
            let largest = answers.iter().map(|a| difference(&a.best, &answers[0].best)).fold(0.0, f64::max);
            let allowed = bound(&answers[0]) + answers.iter().map(bound).fold(0.0, f64::max);
            Ok(Spread { name, largest, allowed })
        };
        ENERGIES.into_iter().map(spread).collect()
    }

    /// Inpainting with ε/2‖u − ½‖² beside.
    fn strict(&self) -> Result<Problem<f64>> {
        let g = SquaresWithin::new(self.strictness, vec![0.5; DAMAGED.len()], known()?)?;
        let part = Energy::TotalVariation.regularizer(DAMAGED)?;
        Ok(Problem::new(DAMAGED.len(), g).with(part.term, part.operator)?)
    }
}

/// The same row everywhere: known outside the hole, `fill` inside.
fn profile(fill: impl Fn(usize) -> f64) -> Vec<f64> {
    let value = |x: usize| match x {
        x if x < HOLE.0 => 0.0,
        x if x >= HOLE.1 => 1.0,
        x => fill(x),
    };
    (0..DAMAGED.len()).map(|i| value(i % DAMAGED.width)).collect()
}

/// 0 ≤ u ≤ 1, and u as it is known outside the hole.
fn known() -> Result<Bounds> {
    let picture = profile(|_| 0.0);
    let outside = move |i: &usize| !(HOLE.0..HOLE.1).contains(&(i % DAMAGED.width));
    Ok(Bounds::even(DAMAGED.len(), 0.0, 1.0)?.knowing((0..DAMAGED.len()).filter(outside).map(|i| (i, picture[i])))?)
}

/// Σ|∇u| under what is known.
fn inpainting() -> Result<Problem<f64>> {
    let part = Energy::TotalVariation.regularizer(DAMAGED)?;
    Ok(Problem::new(DAMAGED.len(), Indicator(known()?)).with(part.term, part.operator)?)
}

/// The dual that proves it: p = (1, 0) across the hole, whose divergence vanishes inside. D(p) is the height of the picture.
fn field() -> Vec<f64> {
    let across = |i: usize| i < DAMAGED.len() && (HOLE.0 - 1..HOLE.1).contains(&(i % DAMAGED.width));
    (0..2 * DAMAGED.len()).map(|i| if across(i) { 1.0 } else { 0.0 }).collect()
}

fn solve(problem: &Arc<Problem<f64>>, start: Vec<f64>, desk: &Desk<'_>) -> Result<Outcome<f64>> {
    let stop = Stop { max_iterations: 20_000, relative_gap: Some(MINIMAL), pace: Pace::Approach(100), ..Stop::default() };
    watch(&mut *by_name("primal-dual", problem.clone(), start)?, &stop, desk, |_, _| ())
}

fn gap(outcome: &Outcome<f64>) -> f64 {
    outcome.measure.certificate.map_or(f64::INFINITY, |c| c.relative_gap())
}

/// λ/2‖Mu − f‖² + Σ|∇u| where all that is known, a tenth of the pixels, is one grey: how far the answers are from it.
fn even(desk: &Desk<'_>) -> Result<f64> {
    const GREY: f64 = 0.4;
    let mut random = Random::new(desk.seed, Stream::Mask, 0);
    let known: Vec<bool> = (0..DAMAGED.plane()).map(|_| random.uniform() < 0.1).collect();
    let f: Vec<f64> = known.iter().map(|k| if *k { GREY } else { 0.0 }).collect();
    let part = Energy::TotalVariation.regularizer(DAMAGED)?;
    let problem = Problem::new(DAMAGED.len(), Indicator(Bounds::even(DAMAGED.len(), 0.0, 1.0)?))
        .with(part.term, part.operator)?
        .with(Box::new(Squares::around(50.0, f)?), Box::new(Mask::new(DAMAGED, known)?))?;
    let problem = Arc::new(problem);
    let wanted = vec![GREY; DAMAGED.len()];
    let mut worst = 0f64;
    for value in [0.0, 1.0] {
        let stop = Stop { max_iterations: 10_000, pace: Pace::Every(2_000), ..Stop::default() };
        let outcome = watch(&mut *by_name("primal-dual", problem.clone(), vec![value; DAMAGED.len()])?, &stop, desk, |_, _| ())?;
        worst = worst.max(difference(&outcome.best, &wanted));
    }
    Ok(worst)
}

fn figure(step: &[f64], ramp: &[f64], black: &[f64], white: &[f64], strict: &[f64]) -> Figure {
    let row = DAMAGED.height / 2;
    let curve = |label: &str, u: &[f64]| {
        Curve::over_steps(label, &u[row * DAMAGED.width..][..DAMAGED.width].iter().map(|v| 255.0 * v).collect::<Vec<_>>())
    };
    let chart = |title: &str, curves| {
        Panel::Chart(Chart {
            title: title.into(),
            x_label: "column (8 to 23 are the hole)".into(),
            y_label: "grey level".into(),
            x_scale: Scale::Linear,
            scale: Scale::Linear,
            curves,
        })
    };
    Figure {
        title: "Two minimisers of one convex energy".into(),
        description: "The middle row of pictures that are black on the left, white on the right, and were filled between. Left, a step and a \
                      ramp have the same, least total variation. Right, what the solver finds from black and from white, and the only answer once \
                      the energy is strictly convex."
            .into(),
        panels: vec![
            chart("Both are minimal", vec![curve("step", step), curve("ramp", ramp)]),
            chart(
                "What the solver finds",
                vec![curve("from black", black), curve("from white", white), curve("strictly convex, from either", strict)],
            ),
        ],
    }
}

fn pictures(step: &[f64], ramp: &[f64]) -> Result<Vec<Picture>> {
    let shown = |u: &[f64], caption: &str, alternative: &str| Picture::of(&enlarged(&image(DAMAGED, u)?, 6), caption, alternative);
    Ok(vec![
        shown(step, "filled by a step", "black on the left, white on the right, a sharp edge between")?,
        shown(ramp, "filled by a ramp", "black on the left, white on the right, an even ramp between")?,
    ])
}

/// Of every problem of the tool.
fn table(spreads: &[Spread]) -> Table {
    let energy = |s: &Spread| {
        let why = format!(
            "λ/2‖u − f‖² is strictly convex; answers differ by {} grey levels, gaps allow {}",
            about(s.largest),
            about(s.allowed)
        );
        vec![format!("restore by {}", s.name), "yes".into(), why]
    };
    let others = [
        ("inpainting by tv", "no", "convex, but flat between a step and a ramp (shown above)"),
        ("inpainting by tikhonov", "yes", "½‖∇u‖² is strictly convex once one pixel is known"),
        ("restore within a box, a simplex, a total mass", "yes", "the same energy on a convex set"),
        ("least squares ½‖Aθ − b‖²", "where A has no kernel", "else any element of the kernel may be added"),
        ("logistic regression with a ridge", "yes", "the ridge is strictly convex"),
        ("ravine, rosenbrock, beale", "yes", "one stated minimum; the last two are not convex"),
        ("himmelblau, rastrigin, two-basins", "no", "not convex: several local minima"),
        ("training a network", "no", "channels can be exchanged: many equal minima at least"),
    ];
    let other = |(what, unique, why): (&str, &str, &str)| vec![what.into(), unique.into(), why.into()];
    Table {
        caption: "Where the minimiser is unique, and why".into(),
        header: ["problem", "unique", "why"].map(String::from).to_vec(),
        rows: spreads.iter().map(energy).chain(others.map(other)).collect(),
    }
}
