//! The energy of the lecture and its minimiser: known in closed form, and reached by descent as fast as theory says.

use super::noisy::{Noisy, difference, enlarged, watch};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::number::short;
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use crate::report::Picture;
use ravine::Result;
use ravine::image::{Energy as Regularity, Grid, Image, exact, metric};
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::solver::ConjugateGradient;
use ravine::optim::statistics::{bootstrap, mean, slope};
use ravine::optim::{Descent, Objective, Problem, SmoothProblem, Solver, Stop, rule, vector};
use std::sync::Arc;

pub(super) struct Energy {
    sigma: f64,
    lambda: f64,
    steps: f64,
    pictures: f64,
}

const GRID: Grid = Grid { channels: 1, height: 128, width: 128 };
/// Nearer than this, in grey levels, no 64-bit picture can tell two answers apart.
const THERE: f64 = 1e-9;

impl Lesson for Energy {
    const NAME: &'static str = "energy";
    const PART: Part = Part::Energies;
    const CLAIM: &'static str =
        "To restore a noisy picture f, find the minimiser of an energy that asks for smoothness and for closeness to f.";
    const FORMULA: &'static str = "J(u; f) = ½‖∇u‖² + λ/2‖u − f‖²,  u* = argmin J(u; f)";

    fn new(effort: Effort) -> Self {
        let pictures = if effort == Effort::Quick { 6.0 } else { 24.0 };
        Energy { sigma: 25.0, lambda: 1.25, steps: 120.0, pictures }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("sigma", "σ of the noise, in grey levels", &mut self.sigma, Range::closed(1.0, 255.0)));
        visit(Parameter::number("lambda", "λ, the weight of the closeness to f", &mut self.lambda, Range::closed(1e-3, 1e3)));
        visit(Parameter::number("steps", "steps of the descent", &mut self.steps, Range::closed(20.0, 1e5)));
        visit(Parameter::number("pictures", "noisy pictures to restore", &mut self.pictures, Range::closed(2.0, 1000.0)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let noisy = Noisy::draw("leaves", desk.seed, GRID, self.sigma)?;
        let f = noisy.wide();
        let best = exact::tikhonov(GRID, &f, self.lambda)?;
        let problem = Arc::new(Regularity::Tikhonov.problem(GRID, f.clone(), self.lambda)?);
        let slope_there = self.slope_at(&problem, &best, &f)?;
        let black = self.descend(&problem, 0.0, &best, desk)?;
        let white = self.descend(&problem, 1.0, &best, desk)?;
        let conjugate = self.distances(&mut ConjugateGradient::new(problem, vec![0.0; f.len()])?, &best, desk)?;
        let gains = self.gains(desk)?;
        let (measured, foretold) = (rate(&black), -self.factor().ln());
        let steps_to = |curve: &[f64]| curve.iter().position(|d| *d < 0.01).map_or(f64::INFINITY, |k| k as f64);

        let mut found = Findings::default();
        found.number(Number::new("‖∇J‖/‖λf‖ at the closed form", slope_there).beside(0.0, 1e-12));
        found.number(Number::new("descent: −ln of the distance's factor per step", measured).beside(foretold, 0.02 * foretold));
        found.number(Number::new("descent: steps to 0.01 grey levels from the minimiser", steps_to(&black)));
        found.number(Number::new("conjugate gradients: steps to 0.01 grey levels", steps_to(&conjugate)));
        found.number(Number::within("gain of the minimiser over f", bootstrap(&gains, mean, 0.95, desk.seed)).of("dB"));
        let last = |curve: &[f64]| curve.last().copied().unwrap_or(f64::NAN);
        found.case("the minimiser, by the cosine transform, has no slope", slope_there < 1e-12);
        found.case("descent from black and from white ends there", last(&black) < THERE && last(&white) < THERE);
        found.case("it comes closer as fast as theory says", (measured - foretold).abs() < 0.02 * foretold);
        found.case("the minimiser is nearer to the clean picture than f is", gains.iter().all(|g| *g > 0.0));
        found.say(format!(
            "From black, descent is within 0.01 grey levels of the minimiser after {} steps, conjugate gradients after {}: the same picture, which \
             the cosine transform gives at once.",
            steps_to(&black),
            steps_to(&conjugate)
        ));
        found.say(format!(
            "Each step leaves {:.4} of the distance, and theory says {:.4}: (κ−1)/(κ+1) with κ = (λ + 8)/λ = {:.2}. Neither the picture nor its \
             size matters, only λ: the less the noisy picture counts, the longer the way.",
            (-measured).exp(),
            self.factor(),
            (self.lambda + 8.0) / self.lambda
        ));
        found.say(format!(
            "Over {} pictures with noise of σ = {} the minimiser is {:.1} dB nearer to the clean picture, and blurred: the energy describes \
             smoothness, not pictures.",
            gains.len(),
            self.sigma,
            mean(&gains)
        ));
        found.figures.push(self.figure(&black, &conjugate));
        found.pictures = pictures(&noisy, &best)?;
        Ok(found)
    }
}

impl Energy {
    /// μ and L, the least and the largest eigenvalue of ∇²J: λ, and λ + 4cos²(π/2H) + 4cos²(π/2W).
    fn curvatures(&self) -> [f64; 2] {
        let square = |n: usize| 4.0 * (std::f64::consts::PI / (2 * n) as f64).cos().powi(2);
        [self.lambda, self.lambda + square(GRID.height) + square(GRID.width)]
    }

    /// (κ−1)/(κ+1) = (L−μ)/(L+μ)
    fn factor(&self) -> f64 {
        let [mu, l] = self.curvatures();
        (l - mu) / (l + mu)
    }

    fn slope_at(&self, problem: &Arc<Problem<f64>>, u: &[f64], f: &[f64]) -> Result<f64> {
        let mut gradient = vec![0.0; u.len()];
        SmoothProblem::new(problem.clone())?.value_and_gradient(u, &mut gradient);
        Ok(vector::norm(&gradient) / (self.lambda * vector::norm(f)))
    }

    /// Distances to `best`, step by step, of the descent at η = 2/(L+μ) from a picture of one value.
    fn descend(&self, problem: &Arc<Problem<f64>>, value: f64, best: &[f64], desk: &Desk<'_>) -> Result<Vec<f64>> {
        let [mu, l] = self.curvatures();
        let update = rule::build("gradient-descent", &[("eta", (2.0 / (l + mu)).into())])?;
        let objective = Box::new(SmoothProblem::new(problem.clone())?);
        self.distances(&mut Descent::new(objective, vec![value; best.len()], update)?, best, desk)
    }

    /// In grey levels.
    fn distances(&self, solver: &mut dyn Solver<f64>, best: &[f64], desk: &Desk<'_>) -> Result<Vec<f64>> {
        let mut distances = Vec::new();
        watch(solver, &Stop::after(self.steps as u64), desk, |_, u| distances.push(difference(u, best)))?;
        Ok(distances)
    }

    /// What the minimiser gains over f in PSNR, picture by picture, in dB.
    fn gains(&self, desk: &Desk<'_>) -> Result<Vec<f64>> {
        let gain = |i: u64| {
            desk.go_on()?;
            let Noisy { clean, f } = Noisy::draw("leaves", desk.seed + i, GRID, self.sigma)?;
            let u = Image::new(GRID, exact::tikhonov(GRID, f.pixels(), self.lambda)?)?;
            let psnr = |image: &Image| metric::psnr(&clean, image).map(|p| p.unwrap_or(f64::INFINITY));
            Ok(psnr(&u)? - psnr(&f)?)
        };
        (0..self.pictures as u64).map(gain).collect()
    }

    fn figure(&self, descent: &[f64], conjugate: &[f64]) -> Figure {
        let theory = (0..descent.len()).map(|k| (k as f64, descent[0] * self.factor().powi(k as i32))).collect();
        let chart = Chart {
            title: "The way to the minimiser".into(),
            x_label: "step".into(),
            y_label: "distance, grey levels (RMS)".into(),
            x_scale: Scale::Linear,
            scale: Scale::Logarithmic,
            curves: vec![
                Curve::over_steps("descent, η = 2/(L+μ)", descent),
                Curve { label: format!("theory: {}ᵏ", short(self.factor())), points: theory },
                Curve::over_steps("conjugate gradients", conjugate),
            ],
        };
        Figure {
            title: "Descent of the energy".into(),
            description:
                "Distance to the minimiser over the steps of gradient descent, beside its theory, and of conjugate gradients. \
                          All three are straight lines on a logarithmic axis until rounding ends them."
                    .into(),
            panels: vec![Panel::Chart(chart)],
        }
    }
}

/// −ln of the factor by which the distances fall, fitted from the tenth step to a billionth of the first.
fn rate(distances: &[f64]) -> f64 {
    let fallen = distances.iter().enumerate().skip(10).take_while(|(_, d)| **d > 1e-9 * distances[0]);
    let (k, ln): (Vec<f64>, Vec<f64>) = fallen.map(|(k, d)| (k as f64, d.ln())).unzip();
    -slope(&k, &ln).value
}

fn pictures(noisy: &Noisy, best: &[f64]) -> Result<Vec<Picture>> {
    let u = super::noisy::image(GRID, best)?;
    let shown = [
        (&noisy.clean, "clean", "leaves of many sizes on each other"),
        (&noisy.f, "noisy: f", "the same under grain"),
        (&u, "the minimiser u*", "the grain is gone, and so are the edges: everything is blurred"),
    ];
    shown.into_iter().map(|(image, caption, alternative)| Picture::of(&enlarged(image, 2), caption, alternative)).collect()
}
