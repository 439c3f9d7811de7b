//! λ between regularity and fidelity: where the picture is best, and who finds that place without the clean picture.

use super::noisy::{Noisy, enlarged};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use crate::report::Picture;
use ravine::Result;
use ravine::image::{Energy, Grid, Image, exact};
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::statistics::{bootstrap, mean};
use ravine::optim::vector;
use ravine::restore::sure::Probe;

pub(super) struct Tradeoff {
    sigma: f64,
    pictures: f64,
}

const GRID: Grid = Grid { channels: 1, height: 96, width: 96 };
/// From one part in a hundred to a hundred, eight to a decade.
const LAMBDAS: usize = 33;

/// What one picture says, λ by λ.
struct Sweep {
    noisy: Noisy,
    sigma: f64,
    points: Vec<Point>,
}

#[derive(Clone, Copy)]
struct Point {
    lambda: f64,
    regularity: f64, // ½‖∇u‖²/n
    fidelity: f64,   // ‖u − f‖²/n
    error: f64,      // ‖u − clean‖²/n
    sure: f64,       // Stein's estimate of it
}

impl Lesson for Tradeoff {
    const NAME: &'static str = "tradeoff";
    const PART: Part = Part::Energies;
    const CLAIM: &'static str = "λ is the trade-off between the regularity of u and its fidelity to f.";
    const FORMULA: &'static str = "u(λ) = argmin ½‖∇u‖² + λ/2‖u − f‖²";

    fn new(effort: Effort) -> Self {
        Tradeoff { sigma: 25.0, pictures: if effort == Effort::Quick { 6.0 } else { 24.0 } }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("sigma", "σ of the noise, in grey levels", &mut self.sigma, Range::closed(1.0, 255.0)));
        visit(Parameter::number("pictures", "noisy pictures", &mut self.pictures, Range::closed(2.0, 1000.0)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let sweep = |i: u64| Sweep::new(desk.seed + i, self.sigma, desk);
        let sweeps: Vec<Sweep> = (0..self.pictures as u64).map(sweep).collect::<Result<_>>()?;
        let oracle: Vec<f64> = sweeps.iter().map(|s| s.least(|p| p.error)).collect();
        let stein: Vec<f64> = sweeps.iter().map(|s| s.least(|p| p.sure)).collect();
        let morozov: Vec<f64> = sweeps.iter().map(Sweep::discrepancy).collect();
        let lost = |choice: &[f64]| -> Result<Vec<f64>> {
            let each = sweeps.iter().zip(choice).zip(&oracle);
            each.map(|((s, chosen), best)| Ok(s.psnr(*best)? - s.psnr(*chosen)?)).collect()
        };
        let (by_stein, by_morozov) = (lost(&stein)?, lost(&morozov)?);
        let of_oracle = |choice: &[f64]| choice.iter().zip(&oracle).map(|(c, o)| c / o).collect::<Vec<f64>>();
        let interval = |values: &[f64]| bootstrap(values, mean, 0.95, desk.seed);
        let rises = sweeps.iter().all(|s| s.points.windows(2).all(|p| p[1].regularity > p[0].regularity));
        let falls = sweeps.iter().all(|s| s.points.windows(2).all(|p| p[1].fidelity < p[0].fidelity));
        let inside = sweeps.iter().zip(&oracle).all(|(s, o)| *o > s.points[1].lambda && *o < s.points[LAMBDAS - 2].lambda);

        let mut found = Findings::default();
        found.number(Number::within("λ of the best PSNR (oracle)", interval(&oracle)));
        found.number(Number::within("λ of Stein's estimate, over the oracle's", interval(&of_oracle(&stein))));
        found.number(Number::within("λ of the discrepancy principle, over the oracle's", interval(&of_oracle(&morozov))));
        found.number(Number::within("Stein's estimate: PSNR lost against the oracle", interval(&by_stein)).of("dB"));
        found.number(Number::within("discrepancy principle: PSNR lost against the oracle", interval(&by_morozov)).of("dB"));
        found.case("the larger λ is, the rougher is u(λ)", rises);
        found.case("and the nearer to f", falls);
        found.case("neither end is best: the PSNR has its top between", inside);
        found.say(format!(
            "On {} pictures with noise of σ = {} the PSNR is best at λ = {:.2}, between a blur and the noise.",
            sweeps.len(),
            self.sigma,
            mean(&oracle)
        ));
        found.say(format!(
            "Who does not have the clean picture can ask Stein's estimate, which costs {:.2} dB of PSNR against the best λ, or make u as far from f \
             as the noise is (Morozov 1966), which takes {:.2} times the best λ and costs {:.2} dB: too smooth a picture.",
            mean(&by_stein),
            mean(&of_oracle(&morozov)),
            mean(&by_morozov)
        ));
        found.say(
            "The lecture leaves λ to the user. For white noise of known σ it need not: `ravine restore` asks Stein's estimate.",
        );
        found.figures.push(figure(&sweeps[0], oracle[0], stein[0], morozov[0]));
        found.pictures = sweeps[0].pictures(oracle[0])?;
        Ok(found)
    }
}

impl Sweep {
    fn new(seed: u64, sigma: f64, desk: &Desk<'_>) -> Result<Self> {
        let noisy = Noisy::draw("leaves", seed, GRID, sigma)?;
        let sigma = sigma / 255.0;
        let probe = Probe::new(&noisy.f, sigma, seed)?;
        let point = |i: usize| {
            desk.go_on()?;
            let lambda = 10f64.powf(-2.0 + i as f64 / 8.0);
            let (u, v) = (solved(&noisy.f, lambda)?, solved(probe.changed(), lambda)?);
            let n = GRID.len() as f64;
            Ok(Point {
                lambda,
                regularity: regularity(&u)? / n,
                fidelity: vector::square_distance(u.pixels(), noisy.f.pixels()) / n,
                error: vector::square_distance(u.pixels(), noisy.clean.pixels()) / n,
                sure: probe.sure(&u, &v).mse,
            })
        };
        let points = (0..LAMBDAS).map(point).collect::<Result<_>>()?;
        Ok(Sweep { noisy, sigma, points })
    }

    /// λ where `value` is least: the vertex of the parabola in ln λ through the least point and its neighbours.
    fn least(&self, value: fn(&Point) -> f64) -> f64 {
        let at = |i: usize| value(&self.points[i]);
        let i = (0..LAMBDAS).min_by(|a, b| at(*a).total_cmp(&at(*b))).unwrap_or(0);
        if i == 0 || i + 1 == LAMBDAS {
            return self.points[i].lambda;
        }
        let (left, right) = (at(i - 1) - at(i), at(i + 1) - at(i));
        let shift = 0.5 * (left - right) / (left + right); // in steps of the grid
        self.points[i].lambda * 10f64.powf(shift / 8.0)
    }

    /// λ with ‖u(λ) − f‖² = nσ², on the line between two points.
    fn discrepancy(&self) -> f64 {
        let noise = (self.sigma * self.sigma).ln();
        let pair = self.points.windows(2).find(|p| p[1].fidelity.ln() <= noise);
        let Some([a, b]) = pair.map(|p| [p[0], p[1]]) else { return f64::NAN };
        let share = (noise - a.fidelity.ln()) / (b.fidelity.ln() - a.fidelity.ln());
        a.lambda * (b.lambda / a.lambda).powf(share)
    }

    /// At λ, in dB.
    fn psnr(&self, lambda: f64) -> Result<f64> {
        let u = solved(&self.noisy.f, lambda)?;
        Ok(psnr(vector::square_distance(u.pixels(), self.noisy.clean.pixels()) / GRID.len() as f64))
    }

    fn pictures(&self, best: f64) -> Result<Vec<Picture>> {
        let shown = [(0.05 * best, "too smooth"), (best, "best"), (20.0 * best, "too noisy")];
        let picture = |(lambda, word): (f64, &str)| {
            let caption = format!("λ = {lambda:.2}: {word}");
            Picture::of(&enlarged(&solved(&self.noisy.f, lambda)?, 2), &caption, &format!("leaves, {word}"))
        };
        shown.into_iter().map(picture).collect()
    }
}

fn solved(f: &Image, lambda: f64) -> Result<Image> {
    Ok(Image::new(GRID, exact::tikhonov(GRID, f.pixels(), lambda)?)?)
}

/// ½‖∇u‖²
fn regularity(u: &Image) -> Result<f64> {
    let part = Energy::Tikhonov.regularizer::<f32>(GRID)?;
    let mut p = vec![0.0; part.operator.range()];
    part.operator.apply(u.pixels(), &mut p);
    Ok(part.term.value(&p))
}

fn psnr(mean_square: f64) -> f64 {
    -10.0 * mean_square.log10()
}

fn figure(sweep: &Sweep, oracle: f64, stein: f64, morozov: f64) -> Figure {
    let curve = |label: &str, value: &dyn Fn(&Point) -> f64| Curve {
        label: label.into(),
        points: sweep.points.iter().map(|p| (p.lambda, value(p))).collect(),
    };
    let ends =
        sweep.points.iter().map(|p| psnr(p.error)).fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    let mark = |label: &str, lambda: f64| Curve {
        label: format!("{label}: λ = {lambda:.2}"),
        points: vec![(lambda, ends.0), (lambda, ends.1)],
    };
    let quality = Chart {
        title: "Too smooth, best, too noisy".into(),
        x_label: "λ".into(),
        y_label: "PSNR, dB".into(),
        x_scale: Scale::Logarithmic,
        scale: Scale::Linear,
        curves: vec![
            curve("PSNR", &|p| psnr(p.error)),
            curve("as Stein estimates it", &|p| psnr(p.sure)),
            mark("oracle", oracle),
            mark("Stein", stein),
            mark("discrepancy", morozov),
        ],
    };
    let terms = Chart {
        title: "What is traded".into(),
        x_label: "λ".into(),
        y_label: "a pixel's share".into(),
        x_scale: Scale::Logarithmic,
        scale: Scale::Logarithmic,
        curves: vec![
            curve("½‖∇u‖²/n: roughness", &|p| p.regularity),
            curve("‖u − f‖²/n: distance from f", &|p| p.fidelity),
            Curve {
                label: "σ²: the noise".into(),
                points: sweep.points.iter().map(|p| (p.lambda, sweep.sigma * sweep.sigma)).collect(),
            },
        ],
    };
    Figure {
        title: "The trade-off".into(),
        description: "Left, the PSNR over λ with its top, and the λ that Stein's estimate and the discrepancy principle choose without the clean \
                      picture. Right, roughness rises and the distance from f falls with λ."
            .into(),
        panels: vec![Panel::Chart(quality), Panel::Chart(terms)],
    }
}
