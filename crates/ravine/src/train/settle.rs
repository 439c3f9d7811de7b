//! Everything that a training is made of, and what is left to be chosen for it.

use super::pictures::{Data, Files, identify};
use super::trainee::{Parts, Trainee};
use super::{Event, Show};
use crate::auto::Auto;
use crate::descend::{default_eta, gradient_noise, update};
use crate::error::{Error, Result};
use crate::recipe::{Named, Trained, Training};
use ravine_net::design::Design;
use ravine_net::model::{Learned, Model};
use ravine_net::pairs::Span;
use ravine_net::pairs::family::Kind;
use ravine_net::{Network, Plan, Risk, Samples, Statistics};
use ravine_optim::parameter::{Range, Setting};
use ravine_optim::{Descent, Solver};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

/// The largest σ of the noise that a photograph usually has, in 8-bit grey levels.
const USUAL_SIGMA: f64 = 55.0;
/// Steps where nothing limits them.
const STEPS: u64 = 10_000;
/// Of the time that is left, so much is planned for: steps get slower when others use the machine.
const PLANNED: f64 = 0.95;
/// η rises over this part of the steps, then falls to the last one.
const RISE: f64 = 0.05;
/// The last η over the largest.
const LAST: f64 = 1e-3;

/// What a training works with.
pub(super) struct Workshop {
    asked: Training,
    pub(super) design: Design,
    network: Arc<Network<f32>>,
    data: Data,
}

impl Workshop {
    /// For what is asked; reads the pictures.
    pub(super) fn new(asked: &Training, files: &Files) -> Result<Self> {
        check(asked)?;
        let mut asked = asked.clone();
        identify(&mut asked, files)?;
        asked.sigma = Auto::Given(sigma_of(&asked));
        let design = design(&mut asked)?;
        let network = Arc::new(design.network()?);
        let data = Data::new(&asked, files)?;
        Ok(Workshop { asked, design, network, data })
    }

    /// Numbers in θ.
    pub(super) fn weights(&self) -> usize {
        self.network.layout().len()
    }

    /// The network.
    pub(super) fn network(&self) -> &Network<f32> {
        &self.network
    }

    /// The levels of noise that the network is trained for, in 8-bit grey levels: of white noise those of the recipe, else those that
    /// the held-out pictures have.
    pub(super) fn levels(&self) -> [f64; 2] {
        if self.asked.noise == Kind::Gaussian {
            let sigma = sigma_of(&self.asked);
            return [sigma.low(), sigma.high()];
        }
        let pairs = self.data.held_out.pairs().iter().chain(self.data.validation.pairs());
        let largest = pairs.map(|pair| f64::from(pair.sigma)).fold(0.0, f64::max);
        [0.0, (255.0 * largest).min(255.0)]
    }

    /// What a person may want to know of the pictures.
    pub(super) fn notes(&self) -> &[String] {
        &self.data.notes
    }

    /// What was asked, with nothing left on *auto*. The time counts from `start`.
    pub(super) fn settled(&self, start: Instant) -> Result<Training> {
        let mut settled = self.asked.clone();
        settled.network.set = self.design.knobs().clone();
        if !settled.rule.set.contains_key("eta") {
            settled.rule.set.insert("eta".into(), Setting::Number(default_eta(&settled.rule.name)?));
        }
        let steps = match (settled.steps, settled.time_limit) {
            (Auto::Given(steps), _) => steps,
            (Auto::Auto, Some(seconds)) => self.steps_within(&settled, start, seconds)?,
            (Auto::Auto, None) => STEPS,
        };
        settled.steps = Auto::Given(steps);
        if settled.schedule.is_auto() {
            settled.schedule = Auto::Given(usual_schedule(steps));
        }
        self.descent(&settled)?;
        Ok(settled)
    }

    /// As many steps as the time allows, by the time that a few take.
    fn steps_within(&self, settled: &Training, start: Instant, seconds: f64) -> Result<u64> {
        let mut nobody = |_: Event<'_>| ();
        let show = Mutex::new(&mut nobody as &mut (dyn FnMut(Event<'_>) + Send));
        let trial = Training { schedule: Auto::Given(usual_schedule(STEPS)), ..settled.clone() };
        let mut trainee = self.trainee(&trial, &show)?;
        let validation = timed(|| {
            trainee.measure();
        });
        trainee.step(); // what is made once is made now
        let enough = Duration::from_secs_f64((seconds / 50.0).min(3.0));
        let (begin, mut made) = (Instant::now(), 0);
        while made < 3 || begin.elapsed() < enough {
            trainee.step();
            made += 1;
        }
        let one = begin.elapsed().as_secs_f64() / f64::from(made) + validation / settled.every as f64;
        let left = seconds - start.elapsed().as_secs_f64() - 2.0 * validation;
        Ok((PLANNED * left / one).max(1.0) as u64)
    }

    fn descent(&self, settled: &Training) -> Result<(Descent<f32>, Arc<OnceLock<ravine_optim::Error>>)> {
        let &Training { loss, batch, seed, .. } = settled;
        let plan = Plan { loss, samples: settled.pairs.map_or(Samples::Fresh, Samples::Of), batch, seed };
        let (theta, statistics) = self.first(seed)?;
        let risk = Risk::new(self.network.clone(), self.data.pairs.clone(), self.data.held_out.clone(), plan)?;
        let risk = risk.normalised(Statistics::default(), &statistics)?;
        let fault = risk.fault();
        let rule = update(&settled.rule, settled.schedule.given(), &settled.schedules, settled.average.as_deref())?;
        let mut descent = Descent::new(Box::new(risk), theta, rule)?;
        if let Some(noise) = gradient_noise(settled.gradient_noise, &settled.schedules, seed)? {
            descent = descent.edited(Box::new(noise));
        }
        Ok((descent, fault))
    }

    /// θ and the running statistics before the first step: those of the model to start from, else random ones.
    fn first(&self, seed: u64) -> Result<(Vec<f32>, Vec<f32>)> {
        match &self.asked.start {
            None => Ok((self.network.initial(seed), self.network.initial_statistics())),
            Some(start) => {
                let Learned { theta, statistics, .. } = at_hand(start)?.learned();
                Ok((theta.clone(), statistics.clone()))
            }
        }
    }

    /// A training at its beginning.
    pub(super) fn trainee<'a>(&self, settled: &Training, show: &'a Show<'a>) -> Result<Trainee<'a>> {
        let (descent, fault) = self.descent(settled)?;
        Ok(Trainee::new(Parts {
            descent,
            network: self.network.clone(),
            validation: self.data.validation.clone(),
            every: settled.every,
            steps: settled.steps.given().copied().unwrap_or(STEPS),
            fault,
            show,
        }))
    }
}

/// The design of the network: that of the model to start from, which `asked` then says, too; else the one that is asked for.
fn design(asked: &mut Training) -> Result<Design> {
    let Some(start) = &asked.start else {
        return Ok(Design::new(&asked.network.name, &asked.network.settings(), asked.channels)?);
    };
    let design = at_hand(start)?.card().network.clone();
    let usual = Training::default();
    let network = Named { name: design.name().into(), set: design.knobs().clone() };
    let same = |asked: &Named| *asked == usual.network || *asked == network;
    if !same(&asked.network) || (asked.channels != usual.channels && asked.channels != design.channels()) {
        let says = "the network is that of the model to start from: leave out the network, its knobs and the channels";
        return Err(Error::Unsuited(says.into()));
    }
    (asked.network, asked.channels) = (network, design.channels());
    Ok(design)
}

/// The model to start from.
fn at_hand(start: &Trained) -> Result<&Arc<Model>> {
    let absent = |_| {
        let says = "which is not at hand: give its file with --start";
        Error::Unsuited(format!("the recipe starts from the model {}, {says}", start.name()))
    };
    start.model().map_err(absent)
}

/// σ as given, else the usual range of white noise, or none beside noise of another kind.
pub(crate) fn sigma_of(asked: &Training) -> Span {
    match (asked.sigma, asked.noise) {
        (Auto::Given(sigma), _) => sigma,
        (Auto::Auto, Kind::Gaussian) => Span::new(0.0, USUAL_SIGMA).unwrap_or_default(), // in order
        (Auto::Auto, _) => Span::fixed(0.0),
    }
}

/// Seconds that it takes.
fn timed(what: impl FnOnce()) -> f64 {
    let begin = Instant::now();
    what();
    begin.elapsed().as_secs_f64()
}

/// Up over the first steps, then down along a cosine: one cycle.
fn usual_schedule(steps: u64) -> Named {
    let set = [("steps", steps.max(1) as f64), ("rise", RISE), ("end", LAST)];
    Named { name: "one-cycle".into(), set: set.map(|(name, value)| (name.into(), Setting::Number(value))).into() }
}

/// `Ok` if every number lies in its range; what is built of them checks the others.
fn check(asked: &Training) -> Result<()> {
    let at_least_one = Range { low: 1.0, low_included: true, ..Range::POSITIVE };
    at_least_one.check("every", asked.every as f64)?;
    at_least_one.check("held-out", asked.held_out as f64)?;
    at_least_one.check("batch", asked.batch as f64)?;
    if let Some(seconds) = asked.time_limit {
        Range::POSITIVE.check("time-limit", seconds)?;
    }
    if let Some(psnr) = asked.until_psnr {
        Range::ANY.check("until-psnr", psnr)?;
    }
    if let Some(patience) = asked.early_stopping {
        at_least_one.check("early-stopping", patience as f64)?;
    }
    match asked.pairs {
        Some(0) => Err(Error::Unsuited("0 pairs are nothing to learn from: give at least 1".into())),
        _ => Ok(()),
    }
}
