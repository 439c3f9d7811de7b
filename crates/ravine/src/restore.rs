//! A noisy picture, a recipe; out comes a better picture, and how far it can still be from the best one.
//!
//! Where no method is asked for, Stein's estimate chooses between a network, total variation and nothing; where the noise is not white,
//! a network is told the noise of the [quietest](ravine_image::noise_level::quiet) parts of brightness and colours.

mod choose;
mod halt;
mod judge;
pub mod lambda;
mod network;
mod settle;
pub mod sure;

pub use choose::{METHODS, Method, NETWORK, SOLVERS, SolverRow, UNTOUCHED, Way};
pub use settle::{CLOSE_ENOUGH, MOST_ITERATIONS, SigmaSource};

pub(crate) use choose::{USUAL, descendable, method, solver};

use crate::auto::Auto;
use crate::error::{Error, Result};
use crate::recipe::{Restoration, SettledRestoration, Span, Target};
use halt::Halt;
use ravine_image::noise_level::{self, NoiseLevel, Verdict};
use ravine_image::{Energy, Image, Picture};
use ravine_optim::parameter::Setting;
use ravine_optim::{Certificate, Measure, Outcome, Pace, Solver, Stop, StopReason, run};
use serde::Serialize;
use settle::Plan;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// The first look at the gap: by then the usual picture has it.
const FIRST_MEASURE: u64 = 24;

/// Who watches a run, and may end it.
pub struct Watch<'a> {
    /// Once it is set the work ends within one iteration: with the best so far, or [`Error::Interrupted`] where there is none.
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
    /// Seconds of the minimisation, or of the network.
    pub seconds: f64,
    /// Primal and dual energy and their gap, of the picture before `strength` and `range`.
    pub certificate: Option<Certificate>,
    /// What the picture before `strength` is estimated to reach against the clean one that nobody has seen: dB, peak 1. From σ alone
    /// (Stein 1981); of a network, on the pieces of the picture by which it was chosen. Absent where the noise is not white or σ not
    /// known, where `strength` blends or `range` cuts, and where there was no time for it.
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
    /// A network was run: nothing was minimised, so nothing could end early.
    Applied(Applied),
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

/// The word `applied`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Applied {
    /// The picture is a network's answer.
    #[serde(rename = "applied")]
    Applied,
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
/// assert_eq!(restored.settled.method, "network"); // estimated to come closer than tv
/// assert!(restored.settled.model.unwrap().name().starts_with("grey@sha256:"));
/// # Ok::<(), ravine::Error>(())
/// ```
pub fn restore(picture: &Picture, asked: &Restoration, watch: &mut Watch<'_>) -> Result<Restored> {
    let halt = Halt::new(watch.interrupt.clone(), asked.time_limit);
    let piece = piece(picture, asked)?;
    let mut plan = settle::settle(picture, &piece.image, asked, &halt)?;
    let (result, done) = match plan.way {
        Way::Untouched => (piece.into_owned(), Done::new(Ended::Untouched(Untouched::Untouched), 0.0)),
        Way::Network => {
            let begin = Instant::now();
            let mut image = network::restored(&mut plan, &piece.image, &halt)?;
            let estimated_psnr = plan.estimated_psnr.filter(|_| plan.settled.strength == 1.0 && !cuts(&plan.settled, &piece.image));
            finish(&mut image, &piece.image, &plan.settled);
            let done = Done::new(Ended::Applied(Applied::Applied), begin.elapsed().as_secs_f64());
            (piece.with_image(image), Done { estimated_psnr, ..done })
        }
        Way::Energy(energy) => {
            let (image, done) = minimise(&mut plan, &energy, &piece.image, &picture.image, &halt, watch)?;
            (piece.with_image(image), done)
        }
    };
    Ok(Restored {
        picture: result,
        settled: plan.settled,
        noise: plan.noise,
        sigma_source: plan.sigma_source,
        stop: done.stop,
        iterations: done.iterations,
        seconds: done.seconds,
        certificate: done.certificate,
        estimated_psnr: done.estimated_psnr,
        notes: plan.notes,
    })
}

/// What is known of a restoration that has ended.
struct Done {
    stop: Ended,
    iterations: u64,
    seconds: f64,
    certificate: Option<Certificate>,
    estimated_psnr: Option<f64>,
}

impl Done {
    /// Without a minimisation.
    fn new(stop: Ended, seconds: f64) -> Self {
        Done { stop, iterations: 0, seconds, certificate: None, estimated_psnr: None }
    }
}

/// The answer for the piece `f` of the picture `whole`, with strength and range, and what is known of it.
fn minimise(
    plan: &mut Plan,
    energy: &Energy,
    f: &Image,
    whole: &Image,
    halt: &Halt,
    watch: &mut Watch<'_>,
) -> Result<(Image, Done)> {
    let mut solver = solver_of(&plan.settled, energy, f)?;
    let stop = Stop { time_limit: halt.time_left(), interrupt: halt.interrupt(), ..stop_of(&plan.settled, f) };
    let Outcome { best, measure, stop, iterations, seconds } = run(solver.as_mut(), &stop, &mut |measure, _| {
        (watch.observe)(measure);
        ControlFlow::Continue(())
    });
    drop(solver);
    if stop == StopReason::Cancelled && iterations == 0 {
        return Err(Error::Interrupted);
    }
    // A run that was halted measured where no other would: the count of its iterations repeats it, whatever its end is called.
    if halt.is_due() || stop == StopReason::Diverged {
        plan.settled.max_iterations = Some(iterations);
    }
    let mut u = Image::new(f.grid(), best)?;
    let estimated_psnr = match stop {
        StopReason::Diverged => None,
        _ => estimated_psnr(plan, energy, f, whole, &u, measure.iteration, halt)?,
    };
    finish(&mut u, f, &plan.settled);
    Ok((u, Done { stop: Ended::Ran(stop), iterations, seconds, certificate: measure.certificate, estimated_psnr }))
}

/// The error of `u` by one run more, beside f, for as many iterations as gave u.
fn estimated_psnr(
    plan: &Plan,
    energy: &Energy,
    f: &Image,
    whole: &Image,
    u: &Image,
    iterations: u64,
    halt: &Halt,
) -> Result<Option<f64>> {
    let settled = &plan.settled;
    let Some(sigma) = settled.sigma.filter(|s| *s > 0.0 && settled.strength == 1.0 && !cuts(settled, f) && !halt.is_due()) else {
        return Ok(None);
    };
    let verdict = plan.noise.as_ref().map_or_else(|| noise_level::estimate(whole).verdict, |noise| noise.verdict);
    if verdict != Verdict::White {
        return Ok(None);
    }
    let probe = sure::Probe::new(f, sigma / 255.0, settled.seed)?;
    let beside = solver_of(settled, energy, probe.changed())?;
    match choose::after(beside, iterations, f.grid(), halt) {
        Ok(changed) => Ok(probe.sure(u, &changed).psnr),
        Err(Error::Interrupted) => Ok(None), // the answer is there; the time for its estimate is not
        Err(error) => Err(error),
    }
}

/// Whether values of `f` lie outside the range.
fn cuts(settled: &SettledRestoration, f: &Image) -> bool {
    let outside = |low: f64, high: f64| f.pixels().iter().any(|v| !(low as f32..=high as f32).contains(v));
    matches!(settled.range, Span::Between(low, high) if outside(low, high))
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
fn finish(u: &mut Image, f: &Image, settled: &SettledRestoration) {
    let strength = settled.strength as f32;
    if strength != 1.0 {
        u.pixels_mut().iter_mut().zip(f.pixels()).for_each(|(u, f)| *u = f + strength * (*u - f));
    }
    if let Span::Between(low, high) = settled.range {
        u.pixels_mut().iter_mut().for_each(|u| *u = u.clamp(low as f32, high as f32));
    }
}

/// The energy of a picture with nothing left on *auto*: what a rule descends.
pub struct SettledEnergy {
    /// Its name.
    pub method: String,
    /// Its knobs, all of them.
    pub knobs: BTreeMap<String, Setting>,
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
        choose::step(&self.energy, self.f.grid(), self.lambda)
    }
}

/// The energy that a rule would descend to restore `picture`: Tikhonov's, unless told otherwise, with these knobs; λ as [`restore`]
/// finds it; the interrupt ends the search.
pub fn energy_of(
    picture: &Picture,
    method: &Auto<String>,
    knobs: &BTreeMap<String, Setting>,
    lambda: Auto<f64>,
    interrupt: Option<Arc<AtomicBool>>,
) -> Result<SettledEnergy> {
    let name = method.given().map_or("tikhonov", String::as_str);
    choose::descendable(name, choose::method(name, knobs)?.energy())?;
    let asked = Restoration { method: Auto::Given(name.into()), set_method: knobs.clone(), lambda, ..Restoration::default() };
    let plan = settle::settle(picture, &picture.image, &asked, &Halt::new(interrupt, None))?;
    match (plan.way, plan.settled.lambda) {
        (Way::Energy(energy), Some(lambda)) => {
            Ok(SettledEnergy { method: name.into(), knobs: plan.settled.set_method, energy, f: picture.image.clone(), lambda })
        }
        _ => Err(Error::Unsuited("no noise was found in the picture, so no λ follows from it: give --lambda".into())),
    }
}

/// What [`restore`] would do, without doing it; the interrupt ends the search for λ.
pub fn settle(picture: &Picture, asked: &Restoration, interrupt: Option<Arc<AtomicBool>>) -> Result<SettledRestoration> {
    let piece = piece(picture, asked)?;
    let halt = Halt::new(interrupt, asked.time_limit);
    Ok(settle::settle(picture, &piece.image, asked, &halt)?.settled)
}

/// The piece of the picture that is to be restored.
fn piece<'a>(picture: &'a Picture, asked: &Restoration) -> Result<Cow<'a, Picture>> {
    let Some(crop) = asked.crop else { return Ok(Cow::Borrowed(picture)) };
    let window = crop.inside(picture.grid().width, picture.grid().height)?;
    Ok(Cow::Owned(picture.crop(window.x, window.y, window.width, window.height)))
}
