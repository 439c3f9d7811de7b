//! From ten thousand to a hundred million unknowns: what time and memory do.

use super::noisy::{Noisy, grey_levels, watch};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::number::power_of_ten;
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use ravine::Result;
use ravine::image::{Grid, Image, Rof, exact, noise};
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::statistics::slope;
use ravine::optim::{Pace, Stop, StopReason};
use std::time::Instant;

pub(super) struct Size {
    largest: f64,
    largest_tv: f64,
    bound: f64,
}

const SIGMA: f64 = 25.0;
const LAMBDA: f64 = 12.75;
const LAMBDA_SMOOTH: f64 = 1.25;
/// A side of the scene that is laid out again and again, mirrored: the same content at every size.
const TILE: usize = 100;

/// One size.
#[derive(Clone, Copy)]
struct Mark {
    n: f64,
    exact: f64,          // seconds
    memory: Option<f64>, // bytes, at most, so far
    tv: Option<Iterated>,
}

#[derive(Clone, Copy)]
struct Iterated {
    seconds: f64,
    iterations: f64,
    bound: f64, // on the distance from the minimiser, in grey levels
    certified: bool,
}

impl Lesson for Size {
    const NAME: &'static str = "size";
    const PART: Part = Part::Energies;
    const CLAIM: &'static str =
        "Each picture is a point, and restoring it an optimisation of large scale, with 10⁴ to 10⁶ variables.";
    const FORMULA: &'static str = "u ∈ ℝⁿ, n = C·H·W";

    fn new(effort: Effort) -> Self {
        match effort {
            Effort::Quick => Size { largest: 1e6, largest_tv: 1e6, bound: 0.5 },
            Effort::Full => Size { largest: 1e8, largest_tv: 1e7, bound: 0.5 },
        }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("largest", "unknowns of the largest exact solution", &mut self.largest, Range::closed(1e6, 1e9)));
        visit(Parameter::number(
            "largest-tv",
            "unknowns of the largest total variation",
            &mut self.largest_tv,
            Range::closed(1e6, 1e9),
        ));
        visit(Parameter::number(
            "bound",
            "certified distance to stop at, in grey levels",
            &mut self.bound,
            Range::closed(0.01, 10.0),
        ));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let tile = Noisy::draw("leaves", desk.seed, Grid::new(1, TILE, TILE), SIGMA)?.clean;
        let before = peak_memory();
        let mut marks = Vec::new();
        for power in 4.. {
            let n = 10f64.powi(power);
            if n > self.largest.max(self.largest_tv) {
                break;
            }
            marks.push(self.mark(&tile, n, desk)?);
        }
        let tv: Vec<(f64, Iterated)> = marks.iter().filter_map(|m| Some((m.n, m.tv?))).collect();
        let iterations = order(&tv.iter().map(|(n, t)| (*n, t.iterations)).collect::<Vec<_>>());
        let at_million = tv.iter().find(|(n, _)| *n == 1e6).map(|(_, t)| *t);

        let mut found = Findings::default();
        for (n, t) in &tv {
            found.number(Number::new(format!("tv, {} unknowns: iterations", power(*n)), t.iterations));
            found.number(
                Number::new(format!("tv, {} unknowns: certified distance from the minimiser", power(*n)), t.bound)
                    .of("grey levels"),
            );
        }
        found.number(Number::new("tv: slope of ln iterations over ln n", iterations).beside(0.0, 0.1));
        for m in &marks {
            found.timing.push(Number::new(format!("exact, {} unknowns", power(m.n)), m.exact).of("s"));
            found
                .timing
                .extend(m.memory.map(|b| Number::new(format!("memory at most, up to {} unknowns", power(m.n)), b / 1e6).of("MB")));
            found.timing.extend(m.tv.map(|t| Number::new(format!("tv, {} unknowns", power(m.n)), t.seconds).of("s")));
        }
        let times =
            |value: &dyn Fn(&Mark) -> Option<f64>| order(&marks.iter().filter_map(|m| Some((m.n, value(m)?))).collect::<Vec<_>>());
        found.timing.push(Number::new("exact: slope of ln time over ln n", times(&|m| Some(m.exact))));
        found.timing.push(Number::new("tv: slope of ln time over ln n", times(&|m| Some(m.tv?.seconds))));
        let bytes = marks.last().and_then(|m| Some((m.memory? - before?) / m.n));
        found.timing.extend(bytes.map(|b| Number::new("memory per unknown, at the largest size", b).of("bytes")));
        found.case("10⁶ unknowns are solved, to a certified bound", at_million.is_some_and(|t| t.certified));
        found.case("a larger problem takes no more iterations: the work grows like n", iterations.abs() < 0.1);
        found.case("and so it is to the end of the sizes tried", tv.iter().all(|(_, t)| t.certified));
        found.say(format!(
            "A picture of a million pixels took {} iterations until it was known to be within {} grey levels of the minimiser of total variation, one of \
             ten thousand took {}: how hard a picture is depends on what is in it, not on how large it is.",
            at_million.map_or(f64::NAN, |t| t.iterations),
            self.bound,
            tv.first().map_or(f64::NAN, |(_, t)| t.iterations)
        ));
        found.say(format!(
            "Up to {} unknowns were solved, so the lecture's 10⁶ is no limit. It would be one for a method that solves with the matrix of second \
             derivatives: at 10⁶ unknowns that matrix has 10¹² entries.",
            power(marks.last().map_or(1.0, |m| m.n))
        ));
        found.figures.push(figure(&marks));
        Ok(found)
    }
}

impl Size {
    fn mark(&self, tile: &Image, n: f64, desk: &Desk<'_>) -> Result<Mark> {
        desk.go_on()?;
        let height = n.sqrt().round() as usize;
        let grid = Grid::new(1, height, (n / height as f64).round() as usize);
        let mirrored = |i: usize| if (i / TILE).is_multiple_of(2) { i % TILE } else { TILE - 1 - i % TILE };
        let mut f = Image::from_fn(grid, |_, y, x| tile.at(0, mirrored(y), mirrored(x)));
        noise::add_gaussian(&mut f, SIGMA / 255.0, desk.seed);
        desk.go_on()?;
        let began = Instant::now();
        if n <= self.largest {
            exact::tikhonov(grid, f.pixels(), LAMBDA_SMOOTH)?;
        }
        let exact = began.elapsed().as_secs_f64();
        let tv = if n <= self.largest_tv { Some(self.iterate(&f, desk)?) } else { None };
        Ok(Mark { n: grid.len() as f64, exact, memory: peak_memory(), tv })
    }

    fn iterate(&self, f: &Image, desk: &Desk<'_>) -> Result<Iterated> {
        let n = f.grid().len();
        let target = self.bound / 255.0 * (n as f64).sqrt();
        let stop = Stop { max_iterations: 5000, distance: Some(target), pace: Pace::Every(4), ..Stop::default() };
        let outcome = watch(&mut Rof::new(f, LAMBDA)?, &stop, desk, |_, _| ())?;
        Ok(Iterated {
            seconds: outcome.seconds,
            iterations: outcome.iterations as f64,
            bound: grey_levels(outcome.measure.certificate.and_then(|c| c.distance).unwrap_or(f64::INFINITY), n),
            certified: outcome.stop == StopReason::Certified,
        })
    }
}

/// The nearest power of ten.
fn power(n: f64) -> String {
    power_of_ten(n.log10().round() as i64)
}

/// The slope of ln y over ln x.
fn order(points: &[(f64, f64)]) -> f64 {
    let (x, y): (Vec<f64>, Vec<f64>) = points.iter().map(|(x, y)| (x.ln(), y.ln())).unzip();
    slope(&x, &y).value
}

/// The most memory that the program has held so far, in bytes, where the system tells it (Linux).
fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(1024.0 * kilobytes.trim().trim_end_matches(" kB").parse::<f64>().ok()?)
}

fn figure(marks: &[Mark]) -> Figure {
    let curve = |label: &str, value: &dyn Fn(&Mark) -> Option<f64>| Curve {
        label: label.into(),
        points: marks.iter().filter_map(|m| Some((m.n, value(m)?))).collect(),
    };
    let chart = |title: &str, y_label: &str, curves| {
        Panel::Chart(Chart {
            title: title.into(),
            x_label: "unknowns n".into(),
            y_label: y_label.into(),
            x_scale: Scale::Logarithmic,
            scale: Scale::Logarithmic,
            curves,
        })
    };
    Figure {
        title: "Size".into(),
        description: "Left, seconds over the number of unknowns, for the exact minimiser of ½‖∇u‖² and for total variation to a certified bound. \
                      Right, the memory of the program. Both are lines of slope one, once the problem is large enough to be felt."
            .into(),
        panels: vec![
            chart(
                "Time",
                "seconds",
                vec![curve("½‖∇u‖², exact", &|m| Some(m.exact)), curve("total variation, certified", &|m| Some(m.tv?.seconds))],
            ),
            chart("Memory of the program, at most", "MB", vec![curve("so far", &|m| Some(m.memory? / 1e6))]),
        ],
    }
}
