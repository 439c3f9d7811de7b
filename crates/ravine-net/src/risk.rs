//! The risk: how wrong a network is, on average over pairs that it has not seen. What a training descends.
//!
//! R(θ) = E ρ(N(x; θ) − y), the mean over pairs (x, y) and their numbers. A step sees a mini-batch of it. Nobody can see all of it:
//! where all samples are asked for, the answer is its estimate on held-out pairs.

use crate::aligned::Aligned;
use crate::layer::Weights;
use crate::loss::Loss;
use crate::network::Network;
use crate::pack::entrance;
use crate::pairs::{Key, Pairs};
use crate::shape::Shape;
use crate::shards::{Job, Shard, Tapes, Way};
use crate::validation::Validation;
use ravine_optim::number::Float;
use ravine_optim::random::{Random, Stream};
use ravine_optim::{Error, Layout, Objective, Result, State, StateVisitor, vector};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, OnceLock};

/// Which pairs the steps see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Samples {
    /// New ones at every step, without end: nothing can be learnt by heart.
    Fresh,
    /// The same so many pairs again and again, in an order that is shuffled anew after all were seen.
    Of(u64),
}

/// What a risk is of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// ρ
    pub loss: Loss,
    /// Which pairs the steps see.
    pub samples: Samples,
    /// How many of them a step sees; all of [`Samples::Of`] make it the full batch.
    pub batch: usize,
    /// Their seed.
    pub seed: u64,
}

/// What the network normalises with where the held-out risk is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Statistics {
    /// The running ones, as in use. The gradient is that of a training all the same.
    #[default]
    Running,
    /// Those of each shard, as in a training: value and gradient are of one function of θ.
    Batch,
}

/// R(θ) of a network over pairs.
pub struct Risk<F: Float> {
    network: Arc<Network<F>>,
    pairs: Arc<dyn Pairs>,
    held_out: Arc<Validation>,
    plan: Plan,
    shards: Vec<Shard<F>>,
    tapes: Tapes<F>,
    prepared: Aligned<F>,
    statistics: Vec<F>,
    normalised_by: Statistics,
    drawn: Option<Vec<Key>>,
    fault: Arc<OnceLock<Error>>,
}

impl<F: Float> Risk<F> {
    /// The risk of `network` over `pairs`, estimated on those that are `held_out`.
    ///
    /// # Errors
    /// A batch of no pair or of more than there are; held-out pairs that are no whole number of batches; a network that cannot take these pictures, or gives back others.
    pub fn new(network: Arc<Network<F>>, pairs: Arc<dyn Pairs>, held_out: Arc<Validation>, plan: Plan) -> Result<Self> {
        check_batch(&plan, held_out.pairs().len())?;
        let one = entrance(&network, Shape::new(1, pairs.size(), pairs.size(), pairs.channels()))?;
        let shards = Shard::all(&network, plan.batch, one, pairs.channels())?;
        let statistics = network.initial_statistics();
        let prepared = network.prepare(&network.initial(0));
        let normalised_by = Statistics::default();
        let tapes = Tapes::default();
        Ok(Risk {
            network,
            pairs,
            held_out,
            plan,
            shards,
            tapes,
            prepared,
            statistics,
            normalised_by,
            drawn: None,
            fault: Arc::default(),
        })
    }

    /// With these running statistics, and the held-out risk normalised by them or not. A network without normalisation has none, and
    /// does not care.
    ///
    /// # Errors
    /// There are more or fewer statistics.
    pub fn normalised(mut self, by: Statistics, running: &[F]) -> Result<Self> {
        let wanted = self.statistics.len();
        if running.len() != wanted {
            return Err(Error::Length { what: "the vector of running statistics".into(), got: running.len(), wanted });
        }
        self.statistics.copy_from_slice(running);
        self.normalised_by = if wanted == 0 { Statistics::Running } else { by };
        Ok(self)
    }

    /// Where it is told what went wrong: a pair that cannot be made makes the value NaN.
    pub fn fault(&self) -> Arc<OnceLock<Error>> {
        self.fault.clone()
    }

    /// The pairs that step `step` sees, in the order in which they are summed.
    pub fn batch_of(&self, step: u64) -> Vec<Key> {
        let Plan { samples, batch, seed, .. } = self.plan;
        let batch = batch as u64;
        match samples {
            Samples::Fresh => (0..batch).map(|index| Key { seed, step, index }).collect(),
            Samples::Of(all) if all == batch => (0..batch).map(|index| Key { seed, step: 0, index }).collect(),
            Samples::Of(all) => {
                let mut order = (u64::MAX, Vec::new());
                let places = step * batch..(step + 1) * batch;
                places.map(|place| Key { seed, step: 0, index: shuffled(seed, all, place, &mut order) }).collect()
            }
        }
    }

    /// The mean loss over what is drawn, else over the held-out pairs from `first` on.
    fn evaluate(&mut self, theta: &[F], way: Way, first: usize) -> Result<f64> {
        let Risk { network, pairs, held_out, plan, shards, tapes, prepared, drawn, .. } = self;
        network.prepare_into(theta, prepared);
        let pair = |place: usize| match &*drawn {
            Some(keys) => pairs.pair(keys[place]),
            None => Ok(held_out.pairs()[first + place].clone()),
        };
        let weights = Weights { theta, prepared };
        Shard::run(shards, &Job { network, tapes, weights, loss: plan.loss, pair: &pair }, way)
    }

    fn told<T>(&self, done: Result<T>) -> Option<T> {
        done.map_err(|error| self.fault.set(error)).ok()
    }
}

impl<F: Float> Objective<F> for Risk<F> {
    fn layout(&self) -> &Layout {
        self.network.layout()
    }

    fn draw(&mut self, step: u64) {
        self.drawn = Some(self.batch_of(step));
    }

    fn whole(&mut self) {
        self.drawn = None;
    }

    /// Of what is drawn, else the held-out risk, [normalised](Risk::normalised) by the running statistics unless told otherwise.
    fn value(&mut self, theta: &[F]) -> f64 {
        let value = match (&self.drawn, self.normalised_by) {
            (Some(_), _) => self.evaluate(theta, Way::There, 0),
            (None, Statistics::Batch) => self.held_out_value(theta),
            (None, Statistics::Running) => self.held_out.score(&self.network, theta, &self.statistics).map(|score| score.risk),
        };
        self.told(value).unwrap_or(f64::NAN)
    }

    /// Of what is drawn, else of the held-out pairs, a batch after another.
    fn value_and_gradient(&mut self, theta: &[F], gradient: &mut [F]) -> f64 {
        let value = match self.drawn {
            Some(_) => self.step(theta, gradient),
            None => self.held_out_gradient(theta, gradient),
        };
        self.told(value).unwrap_or(f64::NAN)
    }

    fn state(&mut self, visit: StateVisitor<'_, F>) {
        visit("statistics", State::Slice(&mut self.statistics));
    }
}

impl<F: Float> Risk<F> {
    fn step(&mut self, theta: &[F], gradient: &mut [F]) -> Result<f64> {
        let value = self.evaluate(theta, Way::AndBack, 0)?;
        Shard::gather(&self.shards, gradient);
        self.network.observe(self.shards.iter().map(Shard::kept), &mut self.statistics);
        Ok(value)
    }

    fn held_out_value(&mut self, theta: &[F]) -> Result<f64> {
        let batches = self.held_out.pairs().len() / self.plan.batch;
        let values = (0..batches).map(|batch| self.evaluate(theta, Way::There, batch * self.plan.batch));
        Ok(vector::tree(&values.collect::<Result<Vec<_>>>()?) / batches as f64)
    }

    fn held_out_gradient(&mut self, theta: &[F], gradient: &mut [F]) -> Result<f64> {
        let batches = self.held_out.pairs().len() / self.plan.batch;
        let (mut values, mut part) = (Vec::new(), vec![F::ZERO; gradient.len()]);
        gradient.fill(F::ZERO);
        for batch in 0..batches {
            values.push(self.evaluate(theta, Way::AndBack, batch * self.plan.batch)?);
            Shard::gather(&self.shards, &mut part);
            vector::each(gradient, &part, |sum, g| sum + g / batches as f64);
        }
        Ok(vector::tree(&values) / batches as f64)
    }
}

fn check_batch(plan: &Plan, held_out: usize) -> Result<()> {
    let Plan { batch, samples, .. } = *plan;
    let out_of_range = |range: String| Error::OutOfRange { name: "batch".into(), value: batch as f64, range };
    match samples {
        _ if batch == 0 => Err(out_of_range("1 and more".into())),
        Samples::Of(all) if batch as u64 > all => Err(out_of_range(format!("1..{all}, the number of pairs"))),
        _ if held_out == 0 || !held_out.is_multiple_of(batch) => {
            Err(Error::Unsuited(format!("{held_out} held-out pairs are no whole number of batches of {batch}")))
        }
        _ => Ok(()),
    }
}

/// The pair at `place` of the endless sequence of shuffled epochs of `all` pairs. `order` is that of the epoch last seen.
fn shuffled(seed: u64, all: u64, place: u64, order: &mut (u64, Vec<usize>)) -> u64 {
    let epoch = place / all;
    if order.0 != epoch {
        *order = (epoch, Random::new(seed, Stream::Batch, epoch).permutation(all as usize));
    }
    order.1[(place % all) as usize] as u64
}
