//! From what was asked to what will be done: nothing is left on *auto*.

use super::choose::{NETWORK, UNTOUCHED, USUAL, Way, after, knobs, method, settle_rule, solver, usual_solver};
use super::halt::Halt;
use super::judge::{FAINT, judge, taken};
use super::lambda;
use crate::auto::Auto;
use crate::error::{Error, Result};
use crate::recipe::{Choice, Restoration, SettledRestoration, Span, Target, Trained};
use ravine_image::noise_level::{self, NoiseLevel, Verdict};
use ravine_image::picture::Companion;
use ravine_image::{Energy, Image, Picture};
use ravine_net::model::TILE;
use ravine_net::pairs::family::Kind;
use serde::Serialize;

/// A distance to the exact minimiser, in grey levels (root mean square), that nobody sees.
pub const CLOSE_ENOUGH: f64 = 0.5;
/// More iterations than any of the solvers needs; slow rules end here.
pub const MOST_ITERATIONS: u64 = 10_000;

/// So many times the noise of the quietest parts is told a network that was made for the noise of cameras. That noise grows with
/// brightness, and the quietest parts are dark ones. (Chosen on photographs of `bsds500-train`; see the model card.)
const OF_CAMERA: f64 = 1.5;

/// Where σ comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SigmaSource {
    /// The user.
    Given,
    /// The picture.
    Estimated,
}

/// What will be done, and what was found on the way.
pub(super) struct Plan {
    pub(super) settled: SettledRestoration,
    /// How; [`Way::Untouched`] if the picture stays as it is.
    pub(super) way: Way,
    pub(super) noise: Option<NoiseLevel>,
    pub(super) sigma_source: Option<SigmaSource>,
    pub(super) notes: Vec<String>,
    /// What was estimated when the method was chosen, in dB.
    pub(super) estimated_psnr: Option<f64>,
}

/// Settles `asked` for `picture`, of which `f` is the piece to be restored.
pub(super) fn settle(picture: &Picture, f: &Image, asked: &Restoration, halt: &Halt) -> Result<Plan> {
    asked.check()?;
    let range = match asked.range {
        Auto::Given(span) => span,
        Auto::Auto => stored(&picture.companion),
    };
    let settled = SettledRestoration {
        method: UNTOUCHED.into(),
        model: None,
        tile: None,
        sigma: asked.sigma.given().copied(),
        lambda: None,
        solver: None,
        until: None,
        max_iterations: None,
        crop: asked.crop,
        strength: asked.strength.unwrap_or(1.0),
        range,
        seed: asked.seed.unwrap_or(0),
        rule: None,
        set_method: Default::default(),
        white: asked.white,
        quality: asked.quality,
    };
    let mut plan = Plan {
        settled,
        way: Way::Untouched,
        noise: None,
        sigma_source: asked.sigma.given().map(|_| SigmaSource::Given),
        notes: Vec::new(),
        estimated_psnr: None,
    };
    let name = match asked.choice() {
        Choice::Method(name) => name,
        Choice::Open => match model(asked, f.grid().channels)? {
            Some(trained) => {
                choose(&mut plan, trained, &picture.image, f, asked, halt)?;
                return Ok(plan);
            }
            None => USUAL,
        },
    };
    let known = !asked.lambda.is_auto();
    if name != UNTOUCHED && (known || worth_doing(&mut plan, &picture.image)) {
        settle_method(&mut plan, name, f, asked, halt)?;
    }
    Ok(plan)
}

/// The network, the usual method or neither, for what is known of the noise of the picture `whole`.
fn choose(plan: &mut Plan, trained: Trained, whole: &Image, f: &Image, asked: &Restoration, halt: &Halt) -> Result<()> {
    let given = asked.sigma.given().copied();
    let verdict = match given {
        Some(0.0) => Verdict::Clean,
        Some(_) => noise_level::estimate(whole).verdict,
        None => measured(plan, whole).verdict,
    };
    let name = match (verdict, given) {
        (Verdict::Clean, None | Some(0.0)) => UNTOUCHED,
        (Verdict::Unmeasurable, None) => {
            plan.notes.push(format!("left as it is, but not called clean: {}", verdict.sentence()));
            UNTOUCHED
        }
        (Verdict::Coloured, None) => return settle_coloured(plan, trained, whole, f, asked, halt),
        (Verdict::White, _) => judged(plan, &trained, f, halt)?,
        (Verdict::Coloured, _) => {
            plan.notes.push(format!("{}; the network was told the σ that was given", verdict.sentence()));
            return settle_network(plan, f.grid().channels, &with(coloured(trained, f, asked)?, asked));
        }
        _ => {
            plan.notes
                .push(format!("{}, so {USUAL} was chosen; --method network runs the network all the same", verdict.sentence()));
            USUAL
        }
    };
    settle_method(plan, name, f, asked, halt)
}

/// The network, the usual method or neither, whichever is estimated to come closest.
fn judged(plan: &mut Plan, trained: &Trained, f: &Image, halt: &Halt) -> Result<&'static str> {
    let sigma = plan.settled.sigma.unwrap_or(0.0) / 255.0;
    let judged = match judge(trained.model()?, f, sigma, plan.settled.seed, halt) {
        Err(Error::Interrupted | Error::OutOfTime) if !halt.interrupted() => {
            let early = "the time was over before the network and tv were compared";
            plan.notes.push(format!("{early}: {USUAL} was chosen, which keeps what it has reached"));
            return Ok(USUAL);
        }
        judged => judged?,
    };
    plan.notes.push(judged.sentence());
    plan.estimated_psnr = judged.psnr();
    Ok(judged.best())
}

/// Noise that is not white: Stein's estimate means nothing there. A network is told the level of what the picture's quietest blocks hold.
fn settle_coloured(plan: &mut Plan, trained: Trained, whole: &Image, f: &Image, asked: &Restoration, halt: &Halt) -> Result<()> {
    let verdict = Verdict::Coloured.sentence();
    let level = 255.0 * noise_level::quiet(whole);
    let coarse = plan.noise.as_ref().and_then(|noise| noise.coarse_sigma).unwrap_or(0.0) * 255.0;
    let mut leave = |why: String| {
        let left = "left as it is, but not called clean";
        plan.notes.push(format!("{left}: {verdict}{why}; if there is grain, try --sigma {coarse:.1}"));
    };
    if level == 0.0 {
        leave(", and no part of it is quiet enough to tell how strong".into());
        return Ok(());
    }
    let trained = coloured(trained, f, asked)?;
    let sigma = if trained.noise()? == Kind::Camera { OF_CAMERA * level } else { level };
    let taken = taken(trained.model()?, f, sigma, halt)?;
    if taken < FAINT {
        leave(format!("; the network would change it by {taken:.1} grey levels, which is hardly seen"));
        return Ok(());
    }
    plan.settled.sigma = Some(sigma);
    plan.notes.push(format!("{verdict}; the network was told σ = {sigma:.1} grey levels, by the quietest parts"));
    settle_network(plan, f.grid().channels, &with(trained, asked))
}

/// The model for noise that is not white: that of the user, or the one inside the program.
fn coloured(trained: Trained, f: &Image, asked: &Restoration) -> Result<Trained> {
    let usual = if asked.model.is_none() { Trained::usual(Kind::Camera, f.grid().channels)? } else { None };
    Ok(usual.unwrap_or(trained))
}

fn with(trained: Trained, asked: &Restoration) -> Restoration {
    Restoration { model: Some(trained), ..asked.clone() }
}

fn settle_method(plan: &mut Plan, name: &str, f: &Image, asked: &Restoration, halt: &Halt) -> Result<()> {
    match method(name, &asked.set_method)? {
        Way::Energy(energy) => settle_energy(plan, name, energy, f, asked, halt),
        Way::Network => settle_network(plan, f.grid().channels, asked),
        Way::Untouched => Ok(()),
    }
}

/// The model that was asked for, or else the one inside the program for pictures of so many channels.
fn model(asked: &Restoration, channels: usize) -> Result<Option<Trained>> {
    match &asked.model {
        Some(trained) => Ok(Some(trained.clone())),
        None => Trained::usual(Kind::Gaussian, channels),
    }
}

fn settle_network(plan: &mut Plan, channels: usize, asked: &Restoration) -> Result<()> {
    let trained = model(asked, channels)?;
    let settled = &mut plan.settled;
    settled.model = Some(trained.ok_or_else(|| Error::Unsuited("network needs a model: give its file with --model".into()))?);
    settled.method = NETWORK.into();
    settled.tile = Some(asked.tile.unwrap_or(TILE));
    plan.way = Way::Network;
    Ok(())
}

fn settle_energy(plan: &mut Plan, name: &str, mut energy: Energy, f: &Image, asked: &Restoration, halt: &Halt) -> Result<()> {
    let lambda = match asked.lambda {
        Auto::Given(lambda) => lambda,
        Auto::Auto => find_lambda(plan, &energy, f, halt)?,
    };
    match &asked.rule {
        Some(rule) => plan.settled.rule = Some(settle_rule(rule, &energy, f.grid(), lambda)?),
        None => {
            let row = match asked.solver.given() {
                Some(given) => solver(given)?.suited(name, &energy)?,
                None => usual_solver(&energy),
            };
            plan.settled.solver = Some(row.name.into());
        }
    }
    plan.settled.method = name.into();
    plan.settled.lambda = Some(lambda);
    plan.settled.until = Some(asked.until.unwrap_or(Target::Distance(CLOSE_ENOUGH)));
    plan.settled.max_iterations = Some(asked.max_iterations.unwrap_or(MOST_ITERATIONS));
    plan.settled.set_method = knobs(&mut energy);
    plan.way = Way::Energy(energy);
    Ok(())
}

/// The values that the file can store: 0..1 where its full scale is white, more where white lies below.
fn stored(companion: &Companion) -> Span {
    let depth = companion.depth;
    if depth.is_integer() { Span::Between(0.0, depth.full() / companion.white) } else { Span::Unbounded }
}

/// λ by the least estimated error; by the rule where the noise is not white, for there the estimate means nothing, and where the
/// time is over before.
fn find_lambda(plan: &mut Plan, energy: &Energy, f: &Image, halt: &Halt) -> Result<f64> {
    let sigma = plan.settled.sigma.unwrap_or(0.0) / 255.0;
    let rule = lambda::rule(energy, f.grid().channels, sigma).clamp(lambda::RANGE.low, lambda::RANGE.high);
    if plan.noise.as_ref().is_some_and(|noise| noise.verdict != Verdict::White) {
        return Ok(rule);
    }
    let solver = usual_solver(energy);
    let mut early = |g: &Image, lambda: f64, iterations: u64| after(solver.make(energy, g, lambda)?, iterations, g.grid(), halt);
    match lambda::choose(energy, f, sigma, plan.settled.seed, &mut early) {
        Ok(choice) => Ok(choice.lambda.clamp(lambda::RANGE.low, lambda::RANGE.high)),
        Err(Error::Interrupted) if !halt.interrupted() => {
            plan.notes.push("the time was over before the best λ was found: this is the λ that is right on average".into());
            Ok(rule)
        }
        Err(error) => Err(error),
    }
}

/// Whether there is noise to remove; finds σ where it was not given.
fn worth_doing(plan: &mut Plan, image: &Image) -> bool {
    if let Some(sigma) = plan.settled.sigma {
        return sigma > 0.0;
    }
    let &NoiseLevel { verdict, sigma, coarse_sigma, .. } = measured(plan, image);
    let coarse = 255.0 * coarse_sigma.unwrap_or(sigma);
    let (worth, note) = match verdict {
        Verdict::Clean => (false, None),
        Verdict::White => (true, None),
        Verdict::Coloured if sigma < noise_level::CLEAN => (
            false,
            Some(format!(
                "left as it is, but not called clean: {}; if there is grain, try --sigma {coarse:.1}",
                verdict.sentence()
            )),
        ),
        Verdict::Coloured => (true, Some(format!("{}; if grain remains, try --sigma {coarse:.1}", verdict.sentence()))),
        Verdict::Unmeasurable => (false, Some(format!("left as it is, but not called clean: {}", verdict.sentence()))),
    };
    plan.notes.extend(note);
    worth
}

/// What the noise is, which gives σ.
fn measured<'p>(plan: &'p mut Plan, image: &Image) -> &'p NoiseLevel {
    let noise = noise_level::estimate(image);
    if noise.verdict != Verdict::Unmeasurable {
        plan.settled.sigma = Some(255.0 * noise.sigma);
        plan.sigma_source = Some(SigmaSource::Estimated);
    }
    plan.noise.insert(noise)
}
