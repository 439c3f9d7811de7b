//! Primal, dual, gap: a bound on how far an answer is from the best one, held against a reference minimiser; and the dual solved alone.

use super::noisy::{Noisy, about, grey_levels, watch};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use crate::report::Table;
use ravine::Result;
use ravine::image::energy::ENERGIES;
use ravine::image::operator::Gradient;
use ravine::image::{Energy, Grid};
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::solver::by_name;
use ravine::optim::statistics::{bootstrap, mean, median, slope};
use ravine::optim::{Certificate, LinearOperator, Pace, Problem, Stop, vector};
use std::sync::Arc;

pub(super) struct Duality {
    sigma: f64,
    lambda: f64,
    iterations: f64,
    pictures: f64,
}

const GRID: Grid = Grid { channels: 1, height: 64, width: 64 };
/// Of the reference minimiser.
const REFERENCE_GAP: f64 = 1e-10;

/// The best that is known: an answer, and what is known of it.
struct Reference {
    u: Vec<f64>,
    certificate: Certificate,
}

/// A measure beside the truth.
#[derive(Clone, Copy)]
struct Seen {
    k: f64,
    certificate: Certificate,
    distance: f64, // ‖u − reference‖
}

impl Lesson for Duality {
    const NAME: &'static str = "duality";
    const PART: Part = Part::Announced;
    const CLAIM: &'static str = "A convex problem that is not differentiable can be solved without derivatives, through its dual.";
    const FORMULA: &'static str = "D(p) ≤ J(u*) ≤ J(u),  gap = J(u) − D(p),  ‖u − u*‖² ≤ 2·gap/λ";

    fn new(effort: Effort) -> Self {
        let pictures = if effort == Effort::Quick { 3.0 } else { 12.0 };
        Duality { sigma: 25.0, lambda: 12.0, iterations: 2000.0, pictures }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("sigma", "σ of the noise, in grey levels", &mut self.sigma, Range::closed(1.0, 255.0)));
        visit(Parameter::number("lambda", "λ, the weight of the closeness to f", &mut self.lambda, Range::closed(0.1, 1e3)));
        visit(Parameter::number("iterations", "iterations on each picture", &mut self.iterations, Range::closed(100.0, 1e6)));
        visit(Parameter::number("pictures", "noisy pictures to restore", &mut self.pictures, Range::closed(2.0, 1000.0)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let (mut weak, mut near, mut measures) = (true, true, 0);
        let (mut flat, mut slopes, mut looseness, mut ends, mut apart) = (vec![], vec![], vec![], vec![], vec![]);
        let mut drawn = None;
        for i in 0..self.pictures as u64 {
            let f = Noisy::draw("leaves", desk.seed + i, GRID, self.sigma)?.wide();
            let problem = self.problem(Energy::TotalVariation, &f)?;
            let best = reference(&problem, &f, desk)?;
            let seen = self.watched("primal-dual", &problem, &f, &best, desk)?;
            weak &= seen.iter().all(|s| s.bounds(&best));
            near &= seen.iter().all(|s| s.is_near(&best));
            measures += seen.len();
            slopes.push(order(&seen));
            looseness.extend(seen.iter().filter(|s| s.distance > 100.0 * best.distance()).map(|s| s.bound() / s.distance));
            ends.push(seen.last().map_or(f64::NAN, |s| s.certificate.relative_gap()));
            flat.push(flat_share(&best.u)?);
            let dual = self.watched("dual-gradient", &problem, &f, &best, desk)?;
            weak &= dual.iter().all(|s| s.bounds(&best));
            apart.push(dual.last().map_or(f64::NAN, |s| grey_levels(s.distance, GRID.len())));
            drawn.get_or_insert((seen, dual));
        }
        let table = self.energies(desk)?;
        let worst = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);

        let mut found = Findings::default();
        let falls = bootstrap(&slopes, mean, 0.95, desk.seed);
        found.number(Number::within("pixels where the answer has no derivative", bootstrap(&flat, mean, 0.95, desk.seed)).of("%"));
        found.number(Number::within("order of the gap: slope of ln gap over ln k", falls));
        found.number(Number::within(
            "bound on the distance, over the distance: median",
            bootstrap(&looseness, median, 0.95, desk.seed),
        ));
        found.number(Number::new("relative gap at the end, at most", worst(&ends)));
        found.number(Number::new("the dual solved alone: distance of its answer, at most", worst(&apart)).of("grey levels"));
        found.case("the answer has points without a derivative", flat.iter().all(|s| *s > 0.0));
        found.case("and is found: the gap closes to 10⁻⁶ of the energy", worst(&ends) < 1e-6);
        found.case("the gap falls at least like 1/k²", falls.high <= -2.0);
        found.case("every D(p) lies below the least energy, and that below every J(u)", weak);
        found.case("‖u − u*‖² ≤ 2·gap/λ at every measure", near);
        found.case("solving the dual alone gives the same picture", worst(&apart) < 0.01);
        found.say(format!(
            "On {} noisy pictures total variation was minimised {measures} times over, measure by measure: D(p) never exceeded the least energy, and \
             ‖u − u*‖² never exceeded 2·gap/λ.",
            slopes.len()
        ));
        found.say(format!(
            "At {:.0} % of the pixels of the answer ∇u = 0, where the energy has no derivative; the dual has no such points, and solved alone it \
             gives the same picture to {} grey levels.",
            mean(&flat),
            about(worst(&apart))
        ));
        found.say(format!(
            "The bound is honest, not tight: half of the time it is at least {:.1} times the distance. It needs no knowledge of u*, so it can be printed \
             under every restored picture, whoever restored it.",
            median(&looseness)
        ));
        found.tables.push(table);
        if let Some((seen, dual)) = drawn {
            found.figures.push(figure(&seen, &dual));
        }
        Ok(found)
    }
}

impl Duality {
    fn problem(&self, energy: Energy, f: &[f64]) -> Result<Arc<Problem<f64>>> {
        Ok(Arc::new(energy.problem(GRID, f.to_vec(), self.lambda)?))
    }

    /// What is seen of a solver from u = f: the first measure is that of a bad answer.
    fn watched(&self, name: &str, problem: &Arc<Problem<f64>>, f: &[f64], best: &Reference, desk: &Desk<'_>) -> Result<Vec<Seen>> {
        let mut seen = Vec::new();
        let mut solver = by_name(name, problem.clone(), f.to_vec())?;
        let stop = Stop { max_iterations: self.iterations as u64, pace: Pace::Every(10), ..Stop::default() };
        watch(&mut *solver, &stop, desk, |measure, u| {
            let distance = vector::square_distance(u, &best.u).sqrt();
            seen.extend(measure.certificate.map(|certificate| Seen { k: measure.iteration as f64, certificate, distance }));
        })?;
        Ok(seen)
    }

    /// Every energy of the tool, certified.
    fn energies(&self, desk: &Desk<'_>) -> Result<Table> {
        let f = Noisy::draw("leaves", desk.seed, GRID, self.sigma)?.wide();
        let row = |(name, _, energy): (&str, &str, Energy)| {
            let problem = self.problem(energy, &f)?;
            let best = reference(&problem, &f, desk)?;
            let seen = self.watched("primal-dual", &problem, &f, &best, desk)?;
            let at = |s: Option<&Seen>| s.map_or(String::new(), |s| about(s.certificate.relative_gap()));
            let held = seen.iter().filter(|s| s.bounds(&best) && s.is_near(&best)).count();
            Ok(vec![name.into(), at(seen.first()), at(seen.get(10)), at(seen.last()), format!("{held} of {}", seen.len())])
        };
        let last = format!("gap at {}", self.iterations);
        Ok(Table {
            caption: "Relative gaps of every energy, and how many measures held both bounds".into(),
            header: ["energy", "gap of f", "gap at 100", &last, "bounds held"].map(String::from).to_vec(),
            rows: ENERGIES.into_iter().map(row).collect::<Result<_>>()?,
        })
    }
}

/// The minimiser as well as double precision finds it.
fn reference(problem: &Arc<Problem<f64>>, f: &[f64], desk: &Desk<'_>) -> Result<Reference> {
    let mut solver = by_name("primal-dual", problem.clone(), f.to_vec())?;
    let stop = Stop { max_iterations: 20_000, relative_gap: Some(REFERENCE_GAP), pace: Pace::Approach(100), ..Stop::default() };
    let outcome = watch(&mut *solver, &stop, desk, |_, _| ())?;
    let nothing = Certificate { primal: f64::NAN, dual: f64::NAN, gap: f64::INFINITY, distance: None };
    Ok(Reference { u: outcome.best, certificate: outcome.measure.certificate.unwrap_or(nothing) })
}

impl Reference {
    /// ‖reference − u*‖ at most.
    fn distance(&self) -> f64 {
        self.certificate.distance.unwrap_or(f64::INFINITY)
    }
}

impl Seen {
    /// ‖u − u*‖ at most.
    fn bound(&self) -> f64 {
        self.certificate.distance.unwrap_or(f64::NAN)
    }

    /// D(p) ≤ J(u*) ≤ J(u), and the gap covers the excess: J(u*) lies within the gap of the reference.
    fn bounds(&self, best: &Reference) -> bool {
        let (here, there) = (&self.certificate, &best.certificate);
        here.dual <= there.dual + there.gap && here.primal >= there.primal - there.gap && here.gap >= here.primal - there.primal
    }

    /// ‖u − u*‖ ≤ √(2·gap/λ), as far as the reference knows u*.
    fn is_near(&self, best: &Reference) -> bool {
        self.distance <= self.bound() + best.distance()
    }
}

/// The slope of ln gap over ln k, from the 50th iteration on.
fn order(seen: &[Seen]) -> f64 {
    let late = seen.iter().filter(|s| s.k >= 50.0);
    let (k, gap): (Vec<f64>, Vec<f64>) = late.map(|s| (s.k.ln(), s.certificate.gap.ln())).unzip();
    slope(&k, &gap).value
}

/// Of all pixels, in per cent, those where |∇u| is nothing but what the reference leaves open.
fn flat_share(u: &[f64]) -> Result<f64> {
    let mut p = vec![0.0; 2 * u.len()];
    Gradient::new(GRID)?.apply(u, &mut p);
    let flat = (0..u.len()).filter(|i| p[*i].hypot(p[i + u.len()]) < 1e-5).count();
    Ok(100.0 * flat as f64 / u.len() as f64)
}

fn figure(seen: &[Seen], dual: &[Seen]) -> Figure {
    let curve = |label: &str, seen: &[Seen], value: &dyn Fn(&Seen) -> f64| Curve {
        label: label.into(),
        points: seen.iter().skip(1).map(|s| (s.k, value(s))).collect(),
    };
    let energies = Chart {
        title: "The least energy, from both sides".into(),
        x_label: "iteration".into(),
        y_label: "energy".into(),
        x_scale: Scale::Logarithmic,
        scale: Scale::Linear,
        curves: vec![
            curve("J(u), primal–dual", seen, &|s| s.certificate.primal),
            curve("D(p), primal–dual", seen, &|s| s.certificate.dual),
            curve("J(u), the dual alone", dual, &|s| s.certificate.primal),
            curve("D(p), the dual alone", dual, &|s| s.certificate.dual),
        ],
    };
    let n = GRID.len();
    let distances = Chart {
        title: "What the gap says, and what is true".into(),
        x_label: "iteration".into(),
        y_label: "distance, grey levels (RMS)".into(),
        x_scale: Scale::Logarithmic,
        scale: Scale::Logarithmic,
        curves: vec![
            curve("bound √(2·gap/λ)", seen, &|s| grey_levels(s.bound(), n)),
            curve("distance to the reference", seen, &|s| grey_levels(s.distance, n)),
        ],
    };
    Figure {
        title: "Primal and dual".into(),
        description: "Left, the primal energy comes down and the dual energy up to the same value. Right, the distance to the minimiser stays \
                      below the bound that the gap gives."
            .into(),
        panels: vec![Panel::Chart(energies), Panel::Chart(distances)],
    }
}
