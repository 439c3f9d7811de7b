//! Learn once, infer for every picture: how far one θ reaches, and when the learning has paid.

use super::student::{self, CROP, Course, Student};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use crate::report::Table;
use ravine::evaluate::{Evaluated, evaluate};
use ravine::image::{Image, noise};
use ravine::net::pairs::{Scenes, Source};
use ravine::net::{Key, Loss, Samples, Validation};
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::statistics::{bootstrap, mean};
use ravine::recipe::{Restoration, Trained};
use ravine::restore::Watch;
use ravine::{Auto, Result};
use std::sync::Arc;
use std::time::Instant;

/// Of the noise that is learnt, in grey levels.
const SIGMA: f64 = 25.0;
/// Levels that are not learnt.
const OTHERS: [f64; 2] = [5.0, 75.0];
/// Rows and columns of a picture.
const SIDE: usize = 128;
/// Pairs of a step.
const BATCH: usize = 8;
/// Additions and multiplications of an iteration of accelerated primal–dual for total variation, per pixel of a grey picture: ∇ (2), the
/// dual step (4), the projection (8), div (3), the primal step with the data (6), the extrapolation (3).
const TV: f64 = 26.0;

pub(super) struct Stages {
    steps: f64,
    pictures: f64,
    depth: f64,
    width: f64,
}

impl Lesson for Stages {
    const NAME: &'static str = "stages";
    const PART: Part = Part::Networks;
    const CLAIM: &'static str =
        "There are two stages: θ is learnt once, and then each degraded picture is restored by applying the network with that θ.";
    const FORMULA: &'static str = "θ* = argmin (1/m) Σ ℓ(F(xᵢ; θ), yᵢ),  then  ŷ = F(x; θ*)  for every x";

    fn new(effort: Effort) -> Self {
        match effort {
            Effort::Quick => Stages { steps: 200.0, pictures: 8.0, depth: 5.0, width: 8.0 },
            Effort::Full => Stages { steps: 1500.0, pictures: 24.0, depth: 5.0, width: 8.0 },
        }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("steps", "steps of the learning", &mut self.steps, Range::closed(20.0, 1e6)));
        visit(Parameter::number("pictures", "pictures that are restored with one θ", &mut self.pictures, Range::closed(4.0, 1e4)));
        visit(Parameter::number("depth", "convolutions", &mut self.depth, Range::closed(2.0, 20.0)));
        visit(Parameter::number("width", "channels", &mut self.width, Range::closed(2.0, 64.0)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let learnt = self.learn(desk)?;
        let clean = self.pictures(desk)?;
        let under = |sigma: f64| -> Result<Vec<Both>> {
            clean.iter().enumerate().map(|(i, y)| both(y, sigma, i, &learnt.model, desk)).collect()
        };
        let known = under(SIGMA)?;
        let [faint, strong] = [under(OTHERS[0])?, under(OTHERS[1])?];

        let mut found = Findings::default();
        let gain = |of: &[Both]| bootstrap(&of.iter().map(|b| b.network.psnr - b.noisy).collect::<Vec<_>>(), mean, 0.95, desk.seed);
        let least = |of: &[Both]| of.iter().map(|b| b.network.psnr - b.noisy).fold(f64::INFINITY, f64::min);
        for (sigma, of) in [(SIGMA, &known), (OTHERS[0], &faint), (OTHERS[1], &strong)] {
            let name = format!("σ = {sigma}: PSNR gained by the network of {} steps", self.steps);
            found.number(Number::within(name, gain(of)).of("dB"));
            found.number(Number::new(format!("σ = {sigma}: the same at the least, of {} pictures", of.len()), least(of)).of("dB"));
        }
        let iterations = mean(&known.iter().map(|b| b.energy.iterations).collect::<Vec<_>>());
        let (apply, minimise) = (learnt.operations, TV * iterations);
        let learning = 3.0 * apply * self.steps * (BATCH * CROP * CROP) as f64;
        let pixels = (SIDE * SIDE) as f64;
        let even = learning / (pixels * (minimise - apply));
        found.number(Number::new("operations a pixel: applying the network", apply));
        found.number(Number::new(format!("operations a pixel: tv, {iterations:.1} iterations in the mean"), minimise));
        found.number(Number::new(format!("operations of learning, {} steps", self.steps), learning));

        found.case("one θ restores every picture of the kind that it was learnt from", least(&known) > 0.0);
        found.case(
            "the θ of one noise restores pictures under every other noise as well",
            least(&faint) > 0.0 && least(&strong) > 0.0,
        );
        found.case("a picture more costs less than minimising an energy for it", apply < minimise);
        self.times(&mut found, &learnt, &known);
        found.say(format!(
            "One θ, learnt at σ = {SIGMA}, improves each of {} pictures that it has not seen, by {:.1} dB in the mean and {:.1} dB at the least.",
            known.len(),
            gain(&known).value,
            least(&known)
        ));
        found.say(format!(
            "It is the θ of that noise: at σ = {} pictures {} in the mean, and {} at the worst. Who minimises an energy changes λ; who has learnt must have \
             learnt all levels, or learn again.",
            OTHERS[0],
            told(gain(&faint).value),
            told(least(&faint))
        ));
        found.say(if even > 0.0 {
            format!(
                "Applying it takes {apply:.0} operations a pixel, total variation with a given λ {minimise:.0}: the learning is paid back after {even:.0} pictures of \
                 {SIDE} × {SIDE}."
            )
        } else {
            let over = mean(&known.iter().map(|b| b.network.psnr - b.energy.psnr).collect::<Vec<_>>());
            let bought = if over > 0.0 {
                format!("What it buys is not speed but {over:.1} dB over total variation.")
            } else {
                format!("Nor does so short a learning buy quality: it stays {:.1} dB behind total variation.", -over)
            };
            format!(
                "Applying it takes {apply:.0} operations a pixel, total variation with a given λ {minimise:.0}: counted so, the learning is never paid back. {bought}"
            )
        });
        found.tables.push(table(&known, &faint, &strong));
        found.figures.push(figure(&found, &learnt, &known));
        Ok(found)
    }
}

/// What the learning led to.
struct Learnt {
    model: Trained,
    seconds: f64,
    operations: f64, // a pixel, of applying it
}

/// A restoration of one picture.
struct Road {
    psnr: f64,
    iterations: f64,
    seconds: f64,
}

/// Both restorations of one picture.
struct Both {
    noisy: f64, // PSNR, dB
    network: Road,
    energy: Road,
}

impl Stages {
    fn learn(&self, desk: &Desk<'_>) -> Result<Learnt> {
        let began = Instant::now();
        let design = student::dncnn(self.depth, self.width, false)?;
        let network = Arc::new(design.network()?);
        let pairs = student::crops(CROP, SIGMA)?;
        let held_out = Arc::new(Validation::held_out(pairs.as_ref(), desk.seed, BATCH, Loss::L2)?);
        let course =
            Course { pairs, samples: Samples::Fresh, batch: BATCH, seed: desk.seed, rule: "adam", knobs: &[("eta", 3e-3.into())] };
        let mut student = Student::new(&network, &held_out, &course)?;
        student.learn(self.steps as u64, desk)?;
        // A weight of a convolution is a multiplication and an addition at every pixel.
        let operations = 2.0 * network.layout().len() as f64;
        Ok(Learnt { model: student.graduate(&design, SIGMA)?, seconds: began.elapsed().as_secs_f64(), operations })
    }

    /// Pictures of the mixture that was learnt from.
    fn pictures(&self, desk: &Desk<'_>) -> Result<Vec<Image>> {
        let scenes = Scenes::independent(1, SIDE)?;
        let one = |index: u64| {
            desk.go_on()?;
            Ok(scenes.clean(Key::held_out(desk.seed, index))?)
        };
        (0..self.pictures as u64).map(one).collect()
    }

    fn times(&self, found: &mut Findings, learnt: &Learnt, known: &[Both]) {
        let [network, energy] = seconds(known);
        found.timing.push(Number::new("learning", learnt.seconds).of("s"));
        found.timing.push(Number::new(format!("network, a picture of {SIDE} × {SIDE}"), network).of("s"));
        found.timing.push(Number::new(format!("tv with its search for λ, a picture of {SIDE} × {SIDE}"), energy).of("s"));
        if energy > network {
            found
                .timing
                .push(Number::new("pictures until the learning is paid back, by the clock", learnt.seconds / (energy - network)));
        }
    }
}

/// A change of PSNR in words.
fn told(gain: f64) -> String {
    format!("{} {:.1} dB", if gain < 0.0 { "lose" } else { "gain" }, gain.abs())
}

/// Seconds a picture, of the network and of the energy.
fn seconds(of: &[Both]) -> [f64; 2] {
    [
        mean(&of.iter().map(|b| b.network.seconds).collect::<Vec<_>>()),
        mean(&of.iter().map(|b| b.energy.seconds).collect::<Vec<_>>()),
    ]
}

/// The picture `clean` under noise, restored by the network and by total variation, whose λ is sought for each picture. Both are told σ.
fn both(clean: &Image, sigma: f64, index: usize, model: &Trained, desk: &Desk<'_>) -> Result<Both> {
    let mut observed = clean.clone();
    noise::add_gaussian(&mut observed, sigma / 255.0, desk.seed + index as u64);
    let road = |asked: Restoration| -> Result<Road> {
        desk.go_on()?;
        let began = Instant::now();
        let watch = &mut Watch { interrupt: None, observe: &mut |_| () };
        let Evaluated { restored, comparison } = evaluate(clean, observed.clone(), &asked, watch)?;
        let seconds = began.elapsed().as_secs_f64();
        Ok(Road { psnr: comparison.psnr.unwrap_or(f64::INFINITY), iterations: restored.iterations as f64, seconds })
    };
    let sigma = Auto::Given(sigma);
    let network =
        road(Restoration { method: Auto::Given("network".into()), model: Some(model.clone()), sigma, ..Restoration::default() })?;
    let energy = road(Restoration { method: Auto::Given("tv".into()), sigma, ..Restoration::default() })?;
    let noisy =
        ravine::image::metric::psnr(clean, &ravine::image::metric::round_to_8_bit(observed.clone()))?.unwrap_or(f64::INFINITY);
    Ok(Both { noisy, network, energy })
}

fn table(known: &[Both], faint: &[Both], strong: &[Both]) -> Table {
    let row = |sigma: f64, of: &[Both]| {
        let decibels = |value: &dyn Fn(&Both) -> f64| format!("{:.2}", mean(&of.iter().map(value).collect::<Vec<_>>()));
        vec![format!("σ = {sigma}"), decibels(&|b| b.noisy), decibels(&|b| b.energy.psnr), decibels(&|b| b.network.psnr)]
    };
    let header = ["noise", "noisy, dB", "tv, λ sought for each picture, dB", format!("network learnt at σ = {SIGMA}, dB").as_str()]
        .map(String::from);
    Table {
        caption: format!("PSNR, mean over {} pictures of {SIDE} × {SIDE}", known.len()),
        header: header.to_vec(),
        rows: vec![row(OTHERS[0], faint), row(SIGMA, known), row(OTHERS[1], strong)],
    }
}

fn figure(found: &Findings, learnt: &Learnt, known: &[Both]) -> Figure {
    let value = |start: &str| found.numbers.iter().find(|n| n.name.starts_with(start)).map_or(f64::NAN, |n| n.value);
    let pixels = (SIDE * SIDE) as f64;
    let (learning, apply, minimise) =
        (value("operations of learning"), value("operations a pixel: applying"), value("operations a pixel: tv"));
    let [network, energy] = seconds(known);
    let over = |label: &str, first: f64, each: f64| Curve {
        label: label.into(),
        points: (0..=40).map(|k| 10f64.powf(0.1 * f64::from(k))).map(|n| (n, first + n * each)).collect(),
    };
    let chart = |title: &str, y_label: &str, curves| {
        let (x_scale, scale) = (Scale::Logarithmic, Scale::Logarithmic);
        Panel::Chart(Chart {
            title: title.into(),
            x_label: format!("pictures of {SIDE} × {SIDE}"),
            y_label: y_label.into(),
            x_scale,
            scale,
            curves,
        })
    };
    Figure {
        title: "What the two stages cost".into(),
        description: "Left, operations counted over the number of pictures: those of the network begin with the learning. Right, the same in seconds, \
                      with the search for λ."
            .into(),
        panels: vec![
            chart(
                "Counted",
                "operations",
                vec![over("learning, then the network", learning, pixels * apply), over("tv, λ given", 0.0, pixels * minimise)],
            ),
            chart(
                "By the clock of this machine",
                "seconds",
                vec![over("learning, then the network", learnt.seconds, network), over("tv, λ sought for each picture", 0.0, energy)],
            ),
        ],
    }
}
