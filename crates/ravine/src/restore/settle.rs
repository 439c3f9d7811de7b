//! From what was asked to what will be done: nothing is left on *auto*.

use super::choose::{NETWORK, UNTOUCHED, USUAL, Way, after, knobs, method, settle_rule, solver, usual_solver};
use super::halt::Halt;
use super::judge::judge;
use super::lambda;
use crate::auto::Auto;
use crate::error::{Error, Result};
use crate::recipe::{Restoration, SettledRestoration, Span, Target, Trained};
use ravine_image::noise_level::{self, NoiseLevel, Verdict};
use ravine_image::picture::Companion;
use ravine_image::{Energy, Image, Picture};
use ravine_net::model::TILE;
use serde::Serialize;

/// A distance to the exact minimiser, in grey levels (root mean square), that nobody sees.
pub const CLOSE_ENOUGH: f64 = 0.5;
/// More iterations than any of the solvers needs; slow rules end here.
pub const MOST_ITERATIONS: u64 = 10_000;

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
    };
    let mut name = asked.method().given().copied().unwrap_or(USUAL);
    if name == UNTOUCHED || asked.lambda.is_auto() && !worth_doing(&mut plan, &picture.image) {
        return Ok(plan);
    }
    if let (Auto::Auto, Some(trained)) = (&asked.method, &asked.model) {
        name = judged(&mut plan, trained, picture, f, halt)?;
    }
    match method(name, &asked.set_method)? {
        Way::Energy(energy) => settle_energy(&mut plan, name, energy, f, asked, halt)?,
        Way::Network => settle_network(&mut plan, asked)?,
        Way::Untouched => {}
    }
    Ok(plan)
}

/// The network or the usual method, whichever is estimated to come closer; the usual one where nothing can be estimated.
fn judged(plan: &mut Plan, trained: &Trained, picture: &Picture, f: &Image, halt: &Halt) -> Result<&'static str> {
    let verdict = plan.noise.as_ref().map_or_else(|| noise_level::estimate(&picture.image).verdict, |noise| noise.verdict);
    if verdict != Verdict::White {
        plan.notes.push(format!("{}, so {USUAL} was chosen; --method network runs the network all the same", verdict.sentence()));
        return Ok(USUAL);
    }
    let sigma = plan.settled.sigma.unwrap_or(0.0) / 255.0;
    let judged = match judge(trained.model()?, f, sigma, plan.settled.seed, halt) {
        Err(Error::Interrupted) => return Err(halt.error()),
        judged => judged?,
    };
    plan.notes.push(judged.sentence());
    Ok(if judged.network_wins() { NETWORK } else { USUAL })
}

fn settle_network(plan: &mut Plan, asked: &Restoration) -> Result<()> {
    let settled = &mut plan.settled;
    settled.method = NETWORK.into();
    settled.model = asked.model.clone();
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
    let noise = noise_level::estimate(image);
    let sigma = noise.sigma * 255.0;
    let worth = match noise.verdict {
        Verdict::Clean => false,
        Verdict::White => true,
        Verdict::Coloured if noise.sigma < noise_level::CLEAN => {
            let coarse = noise.coarse_sigma.unwrap_or(0.0) * 255.0;
            plan.notes.push(format!(
                "left as it is, but not called clean: {}; if there is grain, try --sigma {coarse:.1}",
                noise.verdict.sentence()
            ));
            false
        }
        Verdict::Coloured => {
            let coarse = noise.coarse_sigma.unwrap_or(noise.sigma) * 255.0;
            plan.notes.push(format!("{}; if grain remains, try --sigma {coarse:.1}", noise.verdict.sentence()));
            true
        }
        Verdict::Unmeasurable => {
            plan.notes.push(format!("left as it is, but not called clean: {}", noise.verdict.sentence()));
            false
        }
    };
    if noise.verdict != Verdict::Unmeasurable {
        plan.settled.sigma = Some(sigma);
        plan.sigma_source = Some(SigmaSource::Estimated);
    }
    plan.noise = Some(noise);
    worth
}
