//! The step against the gradient: orthogonal to the level line, the steepest way down, stable for η < 2/L.
//!
//! The level line is found without the gradient, as the two points of a small circle where J is what it is in the middle.

use super::path::{Path, walk};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::number::short;
use crate::plot::{Chart, ContourMap, Curve, Figure, Panel, Scale};
use ravine::Result;
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::{Objective, Surface, surface};
use std::f64::consts::TAU;

/// Where the way is watched: two curved valleys, a quadratic, and a surface with four minima.
const SURFACES: [&str; 4] = ["ravine", "rosenbrock", "beale", "himmelblau"];
/// Of the circle on which the level line is sought, relative to 1 + |x|.
const RADIUS: f64 = 1e-5;
/// Steps that are shorter end the comparison: so near a minimum the circle is no longer small.
const SHORTEST: f64 = 1e-3;
/// Directions among which the steepest is sought.
const DIRECTIONS: usize = 720;

pub(super) struct Descent {
    steps: f64,
    kappa: f64,
}

impl Lesson for Descent {
    const NAME: &'static str = "descent";
    const PART: Part = Part::GradientDescent;
    const CLAIM: &'static str = "The step −η∇R(θ) goes the steepest way down, orthogonal to the level lines; \
                                 on a quadratic it diverges exactly when η > 2/L.";
    const FORMULA: &'static str = "θ ← θ − η∇R(θ)";

    fn new(effort: Effort) -> Self {
        match effort {
            Effort::Quick => Descent { steps: 200.0, kappa: 20.0 },
            Effort::Full => Descent { steps: 2000.0, kappa: 20.0 },
        }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("steps", "steps on each surface", &mut self.steps, Range::closed(10.0, 1e6)));
        visit(Parameter::number("kappa", "κ, the condition of the quadratic", &mut self.kappa, Range::closed(1.0, 1e6)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let mut found = Findings::default();
        let mut worst = Angles::default();
        for name in SURFACES {
            let mut surface = surface::build(name, &[], None, desk.seed)?;
            let (start, eta) = (surface.start(), surface.eta());
            let path = walk(
                surface::build(name, &[], None, desk.seed)?,
                &start,
                "gradient-descent",
                &[("eta", eta.into())],
                self.steps as u64,
                desk,
            )?;
            let angles = angles(&mut surface, &path);
            found.number(Number::new(format!("{name}: angle between step and level line"), angles.level).of("°").beside(90.0, 0.1));
            worst = Angles { level: further(worst.level, angles.level, 90.0), steepest: worst.steepest.max(angles.steepest) };
            if name == "rosenbrock" {
                found.figures.push(figure(&mut surface, &path, eta, self.stability(desk)?));
            }
        }
        found.number(Number::new("angle between step and steepest of 720 directions, at most", worst.steepest).of("°"));
        let limit = self.limit(desk)?;
        found.number(Number::new("η at which descent begins to diverge, times L/2", limit).beside(1.0, 0.002));

        found.case("the step is orthogonal to the level line", (worst.level - 90.0).abs() < 0.1);
        found.case("no direction goes down faster", worst.steepest <= 360.0 / DIRECTIONS as f64);
        found.case("a quadratic diverges exactly when η > 2/L", (limit - 1.0).abs() < 0.002);
        found.say(format!(
            "On {} surfaces the step and the level line, found without the gradient, meet at {:.2}° where they are furthest from a right angle.",
            SURFACES.len(),
            worst.level
        ));
        found.say(format!(
            "On a quadratic of condition {} the largest η that still goes down is {limit:.4} · 2/L: one percent more, and it diverges.",
            self.kappa
        ));
        found.say("Steepest means: over an infinitely small step. A rule that knows the curvature does better, and later lessons show it.");
        Ok(found)
    }
}

/// The angle to the level line that is furthest from 90°, and the largest one to the steepest direction, in degrees.
#[derive(Debug, Clone, Copy)]
struct Angles {
    level: f64,
    steepest: f64,
}

impl Default for Angles {
    fn default() -> Self {
        Angles { level: 90.0, steepest: 0.0 }
    }
}

/// Of two values the one further from `from`.
fn further(a: f64, b: f64, from: f64) -> f64 {
    if (a - from).abs() > (b - from).abs() { a } else { b }
}

/// Along the path.
fn angles(surface: &mut Surface, path: &Path) -> Angles {
    let mut angles = Angles::default();
    for pair in path.points.windows(2) {
        let (x, step) = (&pair[0], [pair[1][0] - pair[0][0], pair[1][1] - pair[0][1]]);
        if step[0].hypot(step[1]) < SHORTEST {
            break;
        }
        let way = step[1].atan2(step[0]);
        let radius = RADIUS * (1.0 + x[0].hypot(x[1]));
        let mut on_circle = |angle: f64| surface.value(&[x[0] + radius * angle.cos(), x[1] + radius * angle.sin()]);
        let lowest =
            (0..DIRECTIONS).map(|i| TAU * i as f64 / DIRECTIONS as f64).min_by(|a, b| on_circle(*a).total_cmp(&on_circle(*b)));
        let steepest = lowest.map_or(0.0, |angle| turned(angle - way));
        let here = surface.value(x);
        let mut above = |angle: f64| surface.value(&[x[0] + radius * angle.cos(), x[1] + radius * angle.sin()]) - here;
        // The step goes down and its opposite up: between them, on either side, lies a point of the level line.
        let (left, right) = (crossing(&mut above, way, way + TAU / 2.0), crossing(&mut above, way, way - TAU / 2.0));
        let chord = [left.cos() - right.cos(), left.sin() - right.sin()];
        let level = turned(chord[1].atan2(chord[0]) - way);
        angles = Angles { level: further(angles.level, level, 90.0), steepest: angles.steepest.max(steepest) };
    }
    angles
}

/// Where `above` changes its sign between two angles, by bisection.
fn crossing(above: &mut impl FnMut(f64) -> f64, mut down: f64, mut up: f64) -> f64 {
    for _ in 0..50 {
        let middle = 0.5 * (down + up);
        if above(middle) < 0.0 { down = middle } else { up = middle }
    }
    0.5 * (down + up)
}

/// An angle in degrees, between 0 and 180.
fn turned(radians: f64) -> f64 {
    let degrees = radians.to_degrees().rem_euclid(360.0);
    degrees.min(360.0 - degrees)
}

impl Descent {
    fn quadratic(&self) -> Result<Surface> {
        Ok(surface::build("ravine", &[("kappa".into(), self.kappa.into())], None, 0)?)
    }

    /// The way down the quadratic at `share` · 2/L.
    fn at(&self, share: f64, steps: u64, desk: &Desk<'_>) -> Result<Path> {
        let quadratic = self.quadratic()?;
        let (start, stable) = (quadratic.start(), Objective::<f64>::stable_eta(&quadratic).unwrap_or(f64::NAN));
        walk(quadratic, &start, "gradient-descent", &[("eta", (share * stable).into())], steps, desk)
    }

    /// The least η · L/2 at which the second half of the way ends higher than it began, by bisection.
    fn limit(&self, desk: &Desk<'_>) -> Result<f64> {
        let (mut stable, mut diverging) = (0.5, 1.5);
        for _ in 0..14 {
            let middle = 0.5 * (stable + diverging);
            let values = self.at(middle, 4000, desk)?.values;
            let rises = values.last() > values.get(values.len() / 2);
            if rises { diverging = middle } else { stable = middle }
        }
        Ok(0.5 * (stable + diverging))
    }

    /// The values below, at, and above the limit.
    fn stability(&self, desk: &Desk<'_>) -> Result<Vec<Curve>> {
        let curve = |share: f64| -> Result<Curve> {
            Ok(Curve { label: format!("η = {share} · 2/L"), points: self.at(share, 200, desk)?.curve() })
        };
        [0.9, 0.99, 1.0, 1.01].into_iter().map(curve).collect()
    }
}

fn figure(surface: &mut Surface, path: &Path, eta: f64, stability: Vec<Curve>) -> Figure {
    let map = ContourMap::sampled("The way crosses the level lines at right angles", surface.window(), 161, |x, y| {
        surface.value(&[x, y])
    });
    let minima = surface.optima().iter().map(|o| (o.x[0], o.x[1])).collect();
    let way = Curve { label: format!("gradient descent, η = {}", short(eta)), points: path.plane() };
    let chart = Chart {
        title: "A quadratic: η < 2/L goes down, η > 2/L diverges".into(),
        x_label: "step".into(),
        y_label: "J".into(),
        x_scale: Scale::Linear,
        scale: Scale::Logarithmic,
        curves: stability,
    };
    Figure {
        title: "Gradient descent".into(),
        description:
            "Left, the way of gradient descent on the level lines of Rosenbrock's valley. Right, the value of a quadratic over \
                      the steps for four learning rates around 2/L."
                .into(),
        panels: vec![Panel::Contours(ContourMap { minima, paths: vec![way], ..map }), Panel::Chart(chart)],
    }
}
