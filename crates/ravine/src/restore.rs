//! A noisy picture, a recipe; out comes a better picture, and how far it can still be from the best one.

mod choose;
mod closed_form;
pub mod lambda;
mod settle;
pub mod sure;

pub use choose::{METHODS, Method, SOLVERS, SolverRow, UNTOUCHED};
pub use settle::{CLOSE_ENOUGH, MOST_ITERATIONS, SigmaSource};

pub(crate) use choose::{method, solver};

use crate::auto::Auto;
use crate::error::{Error, Result};
use crate::recipe::{Restoration, SettledRestoration, Span, Target};
use ravine_image::noise_level::{NoiseLevel, Verdict};
use ravine_image::{Energy, Image, Picture};
use ravine_optim::{Certificate, Measure, Outcome, Pace, Solver, Stop, StopReason, run};
use serde::Serialize;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// The first look at the gap: by then the usual picture has it.
const FIRST_MEASURE: u64 = 24;

/// Who watches a run, and may end it.
pub struct Watch<'a> {
    /// Once it is set the run ends within one iteration and keeps its best.
    pub interrupt: Option<Arc<AtomicBool>>,
    /// Sees every measure.
    pub observe: &'a mut dyn FnMut(&Measure),
}

/// A restored picture, and what is known of it.
#[derive(Debug, Clone)]
pub struct Restored {
    /// The result, in the input's units, with what its file held beside the numbers.
    pub picture: Picture,
    /// What was done, to be done again.
    pub settled: SettledRestoration,
    /// What the noise was found to be, where it was looked for.
    pub noise: Option<NoiseLevel>,
    /// Where σ comes from, where there is one.
    pub sigma_source: Option<SigmaSource>,
    /// Why it ended.
    pub stop: Ended,
    /// Iterations done in all.
    pub iterations: u64,
    /// Seconds of the minimisation.
    pub seconds: f64,
    /// Primal and dual energy and their gap, of the picture before `strength` and `range`.
    pub certificate: Option<Certificate>,
    /// What the picture before `strength` is estimated to reach against the clean one that nobody has seen: dB, peak 1. From σ alone
    /// (Stein 1981); absent where the noise is not white or σ not known.
    pub estimated_psnr: Option<f64>,
    /// What a person may want to know, a sentence each.
    pub notes: Vec<String>,
}

/// Why a restoration ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Ended {
    /// Nothing was to be restored.
    Untouched(Untouched),
    /// The minimisation ended.
    Ran(StopReason),
}

/// The word `untouched`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Untouched {
    /// The picture is the input.
    #[serde(rename = "untouched")]
    Untouched,
}

impl Restored {
    /// An upper bound of the root mean square distance to the exact minimiser in 8-bit grey levels, n = C·H·W:
    ///
    /// 255·√(2·gap/(λ·n)),  from ‖u − u*‖² ≤ 2·gap/λ
    pub fn distance_bound(&self) -> Option<f64> {
        let n = self.picture.grid().len() as f64;
        self.certificate.and_then(|c| c.distance).map(|d| 255.0 * d / n.sqrt())
    }

    /// Whether the picture is the input.
    pub fn is_untouched(&self) -> bool {
        matches!(self.stop, Ended::Untouched(_))
    }
}

/// Restores `picture` as `asked`.
///
/// ```
/// use ravine::image::{Grid, Image, Picture, noise, picture::Depth};
/// use ravine::recipe::Restoration;
/// use ravine::restore::{Watch, restore};
///
/// let mut image = Image::from_fn(Grid::new(1, 96, 96), |_, y, x| if (y / 24 + x / 24) % 2 == 0 { 0.3 } else { 0.7 });
/// noise::add_gaussian(&mut image, 25.0 / 255.0, 1);
/// let noisy = Picture::new(image, Depth::U8);
/// let restored = restore(&noisy, &Restoration::default(), &mut Watch { interrupt: None, observe: &mut |_| () })?;
/// assert_eq!(restored.settled.method, "tv");
/// assert!(restored.distance_bound().unwrap() <= 0.5); // grey levels from the exact minimiser, at most
/// # Ok::<(), ravine::Error>(())
/// ```
pub fn restore(picture: &Picture, asked: &Restoration, watch: &mut Watch<'_>) -> Result<Restored> {
    let piece = piece(picture, asked)?;
    let plan = settle::settle(picture, &piece.image, asked)?;
    let mut restored = Restored {
        picture: piece,
        settled: plan.settled,
        noise: plan.noise,
        sigma_source: plan.sigma_source,
        stop: Ended::Untouched(Untouched::Untouched),
        iterations: 0,
        seconds: 0.0,
        certificate: None,
        estimated_psnr: None,
        notes: plan.notes,
    };
    if let Some(energy) = plan.energy {
        minimise(&mut restored, &energy, asked, watch)?;
    }
    Ok(restored)
}

fn minimise(restored: &mut Restored, energy: &Energy, asked: &Restoration, watch: &mut Watch<'_>) -> Result<()> {
    let f = &restored.picture.image;
    let mut solver = solver_of(&restored.settled, energy, f)?;
    let stop = Stop {
        time_limit: asked.time_limit.map(Duration::from_secs_f64),
        interrupt: watch.interrupt.clone(),
        ..stop_of(&restored.settled, f)
    };
    let outcome = run(solver.as_mut(), &stop, &mut |measure, _| {
        (watch.observe)(measure);
        ControlFlow::Continue(())
    });
    drop(solver);
    restored.estimated_psnr = estimated_psnr(restored, energy, &outcome)?;
    restored.iterations = outcome.iterations;
    restored.seconds = outcome.seconds;
    restored.certificate = outcome.measure.certificate;
    restored.stop = Ended::Ran(outcome.stop);
    if matches!(outcome.stop, StopReason::TimeLimit | StopReason::Cancelled | StopReason::Diverged) {
        restored.settled.max_iterations = Some(outcome.iterations); // what repeats it
    }
    finish(restored, outcome)
}

/// One run more, beside f, for as many iterations.
fn estimated_psnr(restored: &Restored, energy: &Energy, outcome: &Outcome<f32>) -> Result<Option<f64>> {
    let f = &restored.picture.image;
    let white = restored.noise.as_ref().is_none_or(|n| n.verdict == Verdict::White);
    let ended = matches!(outcome.stop, StopReason::Cancelled | StopReason::TimeLimit | StopReason::Diverged);
    let Some(sigma) = restored.settled.sigma.filter(|s| *s > 0.0 && white && !ended) else { return Ok(None) };
    let probe = sure::Probe::new(f, sigma / 255.0, restored.settled.seed)?;
    let mut beside = solver_of(&restored.settled, energy, probe.changed())?;
    let changed = choose::after(beside.as_mut(), outcome.iterations, f.grid())?;
    Ok(probe.sure(&Image::new(f.grid(), outcome.best.clone())?, &changed).psnr)
}

fn solver_of(settled: &SettledRestoration, energy: &Energy, f: &Image) -> Result<Box<dyn Solver<f32>>> {
    let lambda = settled.lambda.unwrap_or(f64::NAN); // settled with every energy; NaN would be refused
    match (&settled.rule, &settled.solver) {
        (Some(rule), _) => choose::descend(rule, energy, f, lambda),
        (None, name) => choose::solver(name.as_deref().unwrap_or_default())?.make(energy, f, lambda),
    }
}

fn stop_of(settled: &SettledRestoration, f: &Image) -> Stop {
    let root_n = (f.grid().len() as f64).sqrt();
    let (relative_gap, distance) = match settled.until {
        Some(Target::Gap(gap)) => (Some(gap), None),
        Some(Target::Distance(levels)) => (None, Some(levels / 255.0 * root_n)),
        None => (None, None),
    };
    Stop {
        max_iterations: settled.max_iterations.unwrap_or(MOST_ITERATIONS),
        relative_gap,
        distance,
        pace: Pace::Approach(FIRST_MEASURE),
        ..Stop::default()
    }
}

/// u ← f + strength·(u − f), held to the range.
fn finish(restored: &mut Restored, outcome: Outcome<f32>) -> Result<()> {
    let f = restored.picture.image.pixels();
    let strength = restored.settled.strength as f32;
    let mut u = outcome.best;
    if strength != 1.0 {
        u.iter_mut().zip(f).for_each(|(u, f)| *u = f + strength * (*u - f));
    }
    if let Span::Between(low, high) = restored.settled.range {
        u.iter_mut().for_each(|u| *u = u.clamp(low as f32, high as f32));
    }
    restored.picture = restored.picture.with_image(Image::new(restored.picture.grid(), u)?);
    Ok(())
}

/// The energy of a picture with nothing left on *auto*: what a rule descends.
pub struct SettledEnergy {
    /// Its name.
    pub method: String,
    /// R
    pub energy: Energy,
    /// The observed picture.
    pub f: Image,
    /// λ of the data term.
    pub lambda: f64,
}

impl SettledEnergy {
    /// 1/L, L a Lipschitz constant of the gradient.
    pub fn step(&self) -> Result<f64> {
        choose::step(&self.energy, &self.f, self.lambda)
    }
}

/// The energy that a rule would descend to restore `picture`: Tikhonov's, unless told otherwise; λ as [`restore`] finds it.
pub fn energy_of(picture: &Picture, method: &Auto<String>, lambda: Auto<f64>) -> Result<SettledEnergy> {
    let smooth = method.given().map_or("tikhonov", String::as_str);
    let asked = Restoration { method: Auto::Given(smooth.into()), lambda, ..Restoration::default() };
    let plan = settle::settle(picture, &picture.image, &asked)?;
    match (plan.energy, plan.settled.lambda) {
        (Some(energy), Some(lambda)) => Ok(SettledEnergy { method: smooth.into(), energy, f: picture.image.clone(), lambda }),
        _ => Err(Error::Unsuited("no noise was found in the picture, so no λ follows from it: give --lambda".into())),
    }
}

/// What [`restore`] would do, without doing it.
pub fn settle(picture: &Picture, asked: &Restoration) -> Result<SettledRestoration> {
    let piece = piece(picture, asked)?;
    Ok(settle::settle(picture, &piece.image, asked)?.settled)
}

/// The piece of the picture that is to be restored.
fn piece(picture: &Picture, asked: &Restoration) -> Result<Picture> {
    let Some(crop) = asked.crop else { return Ok(picture.clone()) };
    let window = crop.inside(picture.grid().width, picture.grid().height)?;
    Ok(picture.crop(window.x, window.y, window.width, window.height))
}
