//! Pictures on grids and pictures as functions: the discrete minimisers come to the continuous one if λ is scaled with the grid, else not.
//!
//! Both continuous minimisers are known in closed form: of waves under ½∫|∇u|², of a disc under ∫|∇u| (Strong and Chan 2003).

use super::disc::Disc;
use super::noisy::{about, difference, enlarged, grey_levels, image, watch};
use super::{Case, Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use crate::report::Picture;
use ravine::image::{Energy, Grid, Rof, exact};
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::statistics::{Interval, bootstrap, mean};
use ravine::optim::{Outcome, Pace, Random, Stop, Stream, vector};
use ravine::{Error, Result};
use std::f64::consts::PI;

/// a·cos(kπx)·cos(lπy), whose sum is the smooth scene f: (a, k, l). Each is its own eigenfunction of −Δ without flux at the border.
const WAVES: [(f64, u32, u32); 4] = [(0.5, 0, 0), (0.2, 1, 0), (0.15, 2, 1), (0.1, 0, 3)];
/// The centre of the disc lies in a square of this side in the middle of the picture: a pixel of 32 a side.
const SHIFTS: f64 = 1.0 / 32.0;
/// Relative duality gap, near the least that single precision can show.
const GAP: f64 = 5e-6;
/// Iterations, for each pixel along a side, that come about as far.
const ITERATIONS: u64 = 150;

pub(super) struct Continuum {
    lambda_smooth: f64,
    lambda_tv: f64,
    coarsest: f64,
    finest: f64,
    discs: f64,
}

impl Lesson for Continuum {
    const NAME: &'static str = "continuum";
    const PART: Part = Part::Energies;
    const CLAIM: &'static str = "A picture can be modelled on a grid or as a function on [0,1]²; the energies, with the same λ, are versions of each other.";
    const FORMULA: &'static str = "½∫|∇u|² + λ/2∫|u − f|²: on a grid of pixels of side h, λh² beside ½‖∇u‖² and λh beside Σ|∇u|";

    fn new(effort: Effort) -> Self {
        let finest = if effort == Effort::Quick { 128.0 } else { 512.0 };
        // With 20 for tv the error of its energy changes its sign at some 50 pixels a side, and shrinks only from 256 on.
        Continuum { lambda_smooth: 20.0, lambda_tv: 40.0, coarsest: 32.0, finest, discs: 6.0 }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("lambda-smooth", "λ of the continuous ½∫|∇u|²", &mut self.lambda_smooth, Range::closed(0.1, 1e4)));
        visit(Parameter::number("lambda-tv", "λ of the continuous ∫|∇u|", &mut self.lambda_tv, Range::closed(12.0, 1e4)));
        visit(Parameter::number(
            "coarsest",
            "pixels along a side of the coarsest grid",
            &mut self.coarsest,
            Range::closed(8.0, 64.0),
        ));
        visit(Parameter::number(
            "finest",
            "the same of the finest, at least twice as many",
            &mut self.finest,
            Range::closed(64.0, 2048.0),
        ));
        visit(Parameter::number("discs", "places of the disc", &mut self.discs, Range::closed(2.0, 1000.0)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let fixed = 1.0 / self.coarsest;
        let smooth = [self.smooth(|h| h * h, desk)?];
        let smooth_unscaled = [self.smooth(|_| fixed * fixed, desk)?];
        let edges = self.edges(|h| h, desk)?;
        let edges_unscaled = self.edges(|_| fixed, desk)?;
        let last = smooth[0].len() - 1;
        let sides = |i: usize| format!("from {} to {} pixels a side", smooth[0][i - 1].side, smooth[0][i].side);
        let orders = |levels: &[Levels], i: usize| [Level::distance, Level::energy].map(|of: Of| order(levels, of, i, desk.seed));

        let mut found = Findings::default();
        let names = ["order of the minimiser in h", "order of the energy in h"];
        let smoothly = orders(&smooth, last);
        for (i, says) in
            ["a smooth picture: with λh² the minimisers come to the continuous one, like h²", "and their energies to its energy"]
                .into_iter()
                .enumerate()
        {
            let number = Number::new(format!("½‖∇u‖², λh²: {}, {}", names[i], sides(last)), smoothly[i].value).beside(2.0, 0.1);
            found.case(says, number.agrees());
            found.number(number);
        }
        for (name, order) in names.iter().zip(orders(&smooth_unscaled, last)) {
            found.number(Number::new(format!("½‖∇u‖², the same λ: {name}, {}", sides(last)), order.value));
        }
        for i in 1..=last {
            for (scaling, levels) in [("λh", &edges), ("the same λ", &edges_unscaled)] {
                for (name, order) in names.iter().zip(orders(levels, i)) {
                    found.number(Number::within(format!("tv, {scaling}: {name}, {}", sides(i)), order));
                }
            }
        }
        let ([e, f], [g, h], [c, d]) = (orders(&edges, last), orders(&edges_unscaled, last), orders(&smooth_unscaled, last));
        falls(&mut found, "a picture with edges: with λh the minimisers of total variation come to the continuous one", &[e]);
        falls(&mut found, "and h times their energies to its energy", &[f]);
        falls(&mut found, "with the same number λ on every grid the minimisers do so too", &[c, g]);
        falls(&mut found, "and the energies", &[d, h]);

        let finest = smooth[0][last].side;
        let at_last = |levels: &[Levels], of: Of| size(levels, of, last);
        found.say(format!(
            "With λh² beside ½‖∇u‖² halving the pixels divides the distance of a smooth picture from the continuous minimiser by {:.1}: it is {} grey levels at \
             {finest} pixels a side.",
            2f64.powf(smoothly[0].value),
            about(at_last(&smooth, Level::distance)),
        ));
        found.say(format!(
            "Total variation takes λh. A disc, whose contrast it should lower to {:.2} and whose moat it should fill, ends {} grey levels from that, with an energy that is \
             {} % wrong: halving the pixels has divided these by {:.2} and {:.2}. It is slow because differences from one pixel to the next measure an oblique edge \
             too long unless it is blurred over several; theory has h^⅔ for the energy of a diagonal edge (Caillaud and Chambolle 2023). With a smaller λ (--set lambda-tv=20) this error of the energy meets \
             one of the other sign, from grey pixels along the edge: they cancel on some grid, and the error rises after it before it falls.",
            self.disc([0.5; 2]).contrast(),
            about(at_last(&edges, Level::distance)),
            about(100.0 * at_last(&edges, Level::energy)),
            2f64.powf(e.value),
            2f64.powf(f.value),
        ));
        found.say(format!(
            "With one number λ on every grid nothing converges: at {finest} pixels a side the distances are {} and {} grey levels, because smaller pixels with the same λ mean a \
             larger λ of the continuous problem, which leaves the picture as it is. So a λ that was found good at one resolution is wrong at another: for a picture of \
             half the size take 4λ with ½‖∇u‖², 2λ with tv.",
            about(at_last(&smooth_unscaled, Level::distance)),
            about(at_last(&edges_unscaled, Level::distance)),
        ));
        found.figures.push(figure(&smooth, &smooth_unscaled, &edges, &edges_unscaled));
        found.pictures = pictures(&edges[0])?;
        Ok(found)
    }
}

/// An error, and how far the true one may lie from it: the solver stops before its end.
#[derive(Clone, Copy)]
struct Known {
    value: f64,
    within: f64,
}

/// What was found of a scene on N × N pixels.
struct Level {
    side: usize,
    distance: Known,  // of the minimiser from the continuous one, in grey levels
    energy: Known,    // its relative error
    answer: Vec<f64>, // N × N
}

/// A scene on finer and finer grids.
type Levels = Vec<Level>;
type Of = fn(&Level) -> Known;

impl Level {
    fn distance(&self) -> Known {
        self.distance
    }

    fn energy(&self) -> Known {
        self.energy
    }
}

/// log₂ of what an error is divided by from grid i − 1 to grid i: the mean over the scenes. The interval takes each error at the worst of
/// what it is known within. An error that changes its sign has no order, which is NaN.
fn order(levels: &[Levels], of: Of, i: usize, seed: u64) -> Interval {
    let with = |worst: f64| {
        let one = |scene: &Levels| {
            let [before, after] = [of(&scene[i - 1]), of(&scene[i])];
            let sign = after.value.signum();
            ((sign * before.value - worst * before.within) / (sign * after.value + worst * after.within)).log2()
        };
        bootstrap(&levels.iter().map(one).collect::<Vec<_>>(), mean, 0.95, seed)
    };
    Interval { low: with(1.0).low, value: with(0.0).value, high: with(-1.0).high }
}

/// The mean of an error over the scenes, its sign aside.
fn size(levels: &[Levels], of: Of, i: usize) -> f64 {
    mean(&levels.iter().map(|scene| of(&scene[i]).value.abs()).collect::<Vec<_>>())
}

/// The case that errors of these orders all fall as the pixels get smaller; an interval that holds 0 can leave it open.
fn falls(found: &mut Findings, says: &str, orders: &[Interval]) {
    let holds = orders.iter().all(|o| o.low > 0.0);
    let open = !holds && !orders.iter().any(|o| o.high < 0.0);
    found.cases.push(Case { says: says.into(), holds, open });
}

impl Continuum {
    /// N = coarsest, twice that, … up to the finest.
    fn sides(&self) -> impl Iterator<Item = usize> + use<> {
        let (first, last) = (self.coarsest as usize, self.finest.max(2.0 * self.coarsest) as usize);
        std::iter::successors(Some(first), |n| Some(2 * n)).take_while(move |n| *n <= last)
    }

    /// Against the minimiser that is known: each wave becomes λ/(λ + π²(k² + l²)) of itself.
    fn smooth(&self, scale: impl Fn(f64) -> f64, desk: &Desk<'_>) -> Result<Levels> {
        let lambda = self.lambda_smooth;
        let stiffness = |k: u32, l: u32| PI * PI * f64::from(k * k + l * l);
        let kept = |k: u32, l: u32| lambda / (lambda + stiffness(k, l));
        let share = |k: u32| if k == 0 { 1.0 } else { 0.5 }; // ∫cos²
        let energy: f64 =
            WAVES.iter().map(|(a, k, l)| 0.5 * stiffness(*k, *l) * kept(*k, *l) * a * a * share(*k) * share(*l)).sum();
        let level = |n: usize| {
            desk.go_on()?;
            let (grid, f, number) = (Grid::new(1, n, n), waves(n, |_, _| 1.0), lambda * scale(1.0 / n as f64));
            let answer = exact::tikhonov(grid, &f, number)?;
            let found = Energy::Tikhonov.problem(grid, f, number)?.value(&answer);
            let exactly = |value: f64| Known { value, within: 0.0 };
            let distance = exactly(difference(&answer, &waves(n, kept)));
            Ok(Level { side: n, distance, energy: exactly(found / energy - 1.0), answer })
        };
        self.sides().map(level).collect()
    }

    fn disc(&self, centre: [f64; 2]) -> Disc {
        Disc { centre, lambda: self.lambda_tv }
    }

    /// Against the minimiser that is known, for discs here and there.
    fn edges(&self, scale: impl Fn(f64) -> f64, desk: &Desk<'_>) -> Result<Vec<Levels>> {
        let scene = |i: u64| {
            let mut random = Random::new(desk.seed, Stream::Data, i);
            let disc = self.disc([0.0; 2].map(|_: f64| 0.5 + SHIFTS * (random.uniform() - 0.5)));
            let level = |n: usize| {
                let h = 1.0 / n as f64;
                let outcome = minimiser(&disc.observed(n), n, self.lambda_tv * scale(h), desk)?;
                let unknown = || Error::Unsuited("an answer of total variation has no certificate".into());
                let certificate = outcome.measure.certificate.ok_or_else(unknown)?;
                let answer = vector::widen(&outcome.best);
                Ok(Level {
                    side: n,
                    distance: Known {
                        value: difference(&answer, &disc.minimiser(n)),
                        within: grey_levels(certificate.distance.ok_or_else(unknown)?, n * n),
                    },
                    energy: Known {
                        value: h * certificate.primal / disc.energy() - 1.0,
                        within: h * certificate.gap / disc.energy(),
                    },
                    answer,
                })
            };
            self.sides().map(level).collect()
        };
        (0..self.discs as u64).map(scene).collect()
    }
}

/// The minimiser of total variation on N × N pixels.
fn minimiser(f: &[f64], n: usize, lambda: f64, desk: &Desk<'_>) -> Result<Outcome<f32>> {
    let mut rof = Rof::new(&image(Grid::new(1, n, n), f)?, lambda)?;
    let stop = Stop { max_iterations: ITERATIONS * n as u64, relative_gap: Some(GAP), pace: Pace::Every(100), ..Stop::default() };
    watch(&mut rof, &stop, desk, |_, _| ())
}

/// The means of the waves over N × N cells, each with a factor of its own.
fn waves(n: usize, factor: impl Fn(u32, u32) -> f64) -> Vec<f64> {
    let mean = |k: u32, i: usize| {
        let omega = PI * f64::from(k);
        let (from, to) = (omega * i as f64 / n as f64, omega * (i + 1) as f64 / n as f64);
        if k == 0 { 1.0 } else { (to.sin() - from.sin()) / (to - from) }
    };
    let at = |y: usize, x: usize| WAVES.iter().map(|(a, k, l)| factor(*k, *l) * a * mean(*k, x) * mean(*l, y)).sum();
    (0..n * n).map(|i| at(i / n, i % n)).collect()
}

/// The coarsest, one between, the finest, each as large as the finest.
fn pictures(levels: &Levels) -> Result<Vec<Picture>> {
    let last = levels.len() - 1;
    let shown = |i: usize| {
        let (n, times) = (levels[i].side, levels[last].side / levels[i].side);
        let answer = image(Grid::new(1, n, n), &levels[i].answer)?;
        let alternative = format!("a disc on a ground of one grey, in squares of {times} by {times} points");
        Picture::of(&enlarged(&answer, times), &format!("minimiser of tv on {n} × {n} pixels"), &alternative)
    };
    [0, last.div_ceil(2), last].into_iter().map(shown).collect()
}

fn figure(smooth: &[Levels], smooth_unscaled: &[Levels], edges: &[Levels], edges_unscaled: &[Levels]) -> Figure {
    let curve = |label: &str, levels: &[Levels], of: Of| {
        let point = |(i, level): (usize, &Level)| (1.0 / level.side as f64, size(levels, of, i));
        Curve { label: label.into(), points: levels[0].iter().enumerate().map(point).collect() }
    };
    let chart = |title: &str, y_label: &str, of: Of| {
        Panel::Chart(Chart {
            title: title.into(),
            x_label: "h, the side of a pixel".into(),
            y_label: y_label.into(),
            x_scale: Scale::Logarithmic,
            scale: Scale::Logarithmic,
            curves: vec![
                curve("½‖∇u‖² with λh²", smooth, of),
                curve("½‖∇u‖², the same λ", smooth_unscaled, of),
                curve("tv with λh", edges, of),
                curve("tv, the same λ", edges_unscaled, of),
            ],
        })
    };
    Figure {
        title: "Grids and the continuum".into(),
        description: "The distance of the discrete minimisers from the continuous one, left, and the size of the relative error of their energies, right, over the side of \
                      a pixel: what converges falls towards the left. On coarse grids two errors of the energy of tv work against each other: grey pixels along the edge \
                      lie too close to f, and differences measure the edge too long."
            .into(),
        panels: vec![
            chart("The minimisers", "distance, grey levels (RMS)", Level::distance),
            chart("The energies", "relative error", Level::energy),
        ],
    }
}
