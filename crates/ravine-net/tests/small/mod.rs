//! A network and pairs that are small enough for a test to train on.
#![allow(dead_code)] // each test uses its part

use ravine_image::{Grid, Image};
use ravine_net::engine::{Activation, Element};
use ravine_net::layer::Convolution;
use ravine_net::layer::convolution::Start;
use ravine_net::{Key, Network, Node, Pair, Pairs};
use ravine_optim::random::{Random, Stream};
use ravine_optim::{Error, Result};

/// Rows and columns of a picture.
pub(crate) const SIZE: usize = 9;

/// A random smooth picture and white noise on it.
pub(crate) struct Blobs;

impl Pairs for Blobs {
    fn channels(&self) -> usize {
        1
    }
    fn size(&self) -> usize {
        SIZE
    }
    fn pair(&self, key: Key) -> Result<Pair> {
        let mut random = Random::new(key.seed ^ (key.step << 20), Stream::Scene, key.index);
        let [a, b, p, q] = std::array::from_fn(|_| random.between(0.2, 1.5) as f32);
        let value = |_, y, x| 0.5 + 0.25 * ((a * y as f32 + p).sin() + (b * x as f32 + q).sin());
        let clean = Image::from_fn(Grid::new(1, SIZE, SIZE), value);
        let sigma = 0.1;
        let mut observed = clean.clone();
        observed.pixels_mut().iter_mut().for_each(|v| *v += sigma * random.normal() as f32);
        Ok(Pair { observed, clean, sigma })
    }
}

/// Blobs, but one pair of one step cannot be made.
pub(crate) struct Broken {
    pub(crate) step: u64,
    pub(crate) index: u64,
}

impl Pairs for Broken {
    fn channels(&self) -> usize {
        1
    }
    fn size(&self) -> usize {
        SIZE
    }
    fn pair(&self, key: Key) -> Result<Pair> {
        if key.step == self.step && key.index == self.index {
            return Err(Error::Unsuited(format!("pair {} of step {} is broken", key.index, key.step)));
        }
        Blobs.pair(key)
    }
}

/// x + a convolution of a leaky convolution of x.
pub(crate) fn network<F: Element>() -> Network<F> {
    let first = Convolution::new(3, 1, 4).unwrap().then(Activation::LeakyRelu(0.3)).unwrap();
    let last = Convolution::new(3, 4, 1).unwrap();
    Network::new(vec![Node::layer(first, 0), Node::layer(last, 1), Node::Add(0, 2)]).unwrap()
}

/// Black, whatever it sees.
pub(crate) fn silent<F: Element>() -> Network<F> {
    Network::new(vec![Node::layer(Convolution::new(3, 1, 1).unwrap().starting(Start::Zero), 0)]).unwrap()
}
