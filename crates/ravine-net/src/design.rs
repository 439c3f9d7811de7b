//! Named networks that take a noisy picture to a clean one. [`DESIGNS`] is the table.
//!
//! Value 0 is the picture, of C channels; where the design has a noise map it is C + 1 channels, and the last is σ (in 0..1, as the
//! picture) at every pixel. The output is the restored picture, of C channels.
//!
//! **Where training starts.** A network s estimates the noise and gives x − s(x). The last convolution of s, and the last one of each
//! residual block, start at zero, all others normal (He et al. 2015): the untrained network is the identity, whose loss is σ², not that of
//! random features of the size of the picture; each block is the identity, so depth changes no variance (Zhang, Dauphin and Ma 2019,
//! "Fixup"; De and Smith 2020 show that this is what batch normalisation does at the start of residual networks). A zero convolution has a
//! gradient, as what it reads is not zero, so only the first step moves nothing else.
//!
//! **Without biases** (`bias=false`), and without batch normalisation, a network of convolutions and rectifiers is homogeneous:
//! scaling picture and map scales the output. One trained at some noise levels then works at all of them (Mohan, Kadkhodaie, Simoncelli and
//! Fernandez-Granda 2020).

mod dncnn;
mod ffdnet;
mod unet;

pub use dncnn::DnCnn;
pub use ffdnet::FfdNet;
pub use unet::UNet;

use crate::engine::Element;
use crate::layer::convolution::{Bias, Start};
use crate::layer::{PixelUnshuffle, Select};
use crate::network::{Builder, Network};
use ravine_optim::parameter::{Described, Parameter, Range, Setting, Visitor, describe, set};
use ravine_optim::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A family of networks: knobs, and how a network is written down for them.
pub trait Family: Default {
    /// Its name, as the user writes it.
    const NAME: &'static str;
    /// One line of meaning.
    const SUMMARY: &'static str;
    /// Its knobs.
    fn parameters(&mut self, visit: Visitor<'_>);
    /// The network for pictures of so many channels.
    ///
    /// # Errors
    /// A knob that counts is not a whole number.
    fn network<F: Element>(&self, channels: usize) -> Result<Network<F>>;
}

/// A line of [`DESIGNS`].
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The design's name.
    pub name: &'static str,
    /// One line of meaning.
    pub summary: &'static str,
    /// Its knobs with their defaults and ranges.
    pub parameters: fn() -> Vec<Described>,
}

macro_rules! table {
    ($($family:ty),* $(,)?) => {
        /// Every design.
        pub const DESIGNS: &[Row] = &[$(Row {
            name: <$family as Family>::NAME,
            summary: <$family as Family>::SUMMARY,
            parameters: || describe(|visit| <$family>::default().parameters(visit)),
        }),*];

        /// All knobs of the design `name` after `knobs` are set.
        fn settled(name: &str, knobs: &BTreeMap<String, Setting>) -> Result<Vec<Described>> {
            $(if name == <$family as Family>::NAME {
                let mut family = with_knobs::<$family>(knobs)?;
                return Ok(describe(|visit| family.parameters(visit)));
            })*
            Err(unknown(name))
        }

        fn network<F: Element>(design: &Design) -> Result<Network<F>> {
            $(if design.name == <$family as Family>::NAME {
                return with_knobs::<$family>(&design.knobs)?.network(design.channels);
            })*
            Err(unknown(&design.name))
        }
    };
}

table![DnCnn, FfdNet, UNet];

/// A limit on what a file can ask for: 400 MB of f32. DRUNet has 33 million.
const MOST_WEIGHTS: usize = 100_000_000;

/// A named network with all its knobs, for pictures of so many channels: what a file of weights says about itself.
///
/// ```
/// use ravine_net::design::Design;
/// let design = Design::new("dncnn", &[("depth", 5.0.into()), ("width", 16.0.into())], 1)?;
/// let text = serde_json::to_string(&design).unwrap();
/// assert_eq!(serde_json::from_str::<Design>(&text).unwrap(), design);
/// let error = serde_json::from_str::<Design>(&text.replace("16.0", "0.5")).unwrap_err();
/// assert_eq!(error.to_string(), "width = 0.5 is outside [1, 1024]");
/// # Ok::<(), ravine_optim::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Asked")]
pub struct Design {
    name: String,
    knobs: BTreeMap<String, Setting>,
    channels: usize,
}

/// A design as written in a file, unchecked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    name: String,
    knobs: BTreeMap<String, Setting>,
    channels: usize,
}

impl TryFrom<Asked> for Design {
    type Error = Error;

    fn try_from(asked: Asked) -> Result<Self> {
        let Asked { name, knobs, channels } = asked;
        if !matches!(channels, 1 | 3) {
            return Err(Error::Unsuited(format!("a network takes pictures of 1 channel (grey) or 3 (colour), not {channels}")));
        }
        let knobs = settled(&name, &knobs)?.into_iter().map(|knob| (knob.name.to_string(), knob.value)).collect();
        let design = Design { name, knobs, channels };
        let weights = design.network::<f32>()?.layout().len();
        if weights > MOST_WEIGHTS {
            let says = format!("this {} has {weights} weights, more than {MOST_WEIGHTS}: lower its width", design.name);
            return Err(Error::Unsuited(says));
        }
        Ok(design)
    }
}

impl Design {
    /// The design `name` with some knobs set, for pictures of 1 channel or 3.
    ///
    /// # Errors
    /// A name that no design has, a knob that it does not have, a value outside its range, another number of channels.
    pub fn new(name: &str, knobs: &[(impl AsRef<str>, Setting)], channels: usize) -> Result<Self> {
        let knobs = knobs.iter().map(|(name, value)| (name.as_ref().to_string(), value.clone())).collect();
        Asked { name: name.into(), knobs, channels }.try_into()
    }

    /// Its name in [`DESIGNS`].
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All its knobs.
    pub fn knobs(&self) -> &BTreeMap<String, Setting> {
        &self.knobs
    }

    /// Channels of the picture: 1 or 3.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Whether it is told σ, by a map behind the picture's channels; else it is blind.
    pub fn noise_map(&self) -> bool {
        self.knobs.get("noise_map") == Some(&Setting::Switch(true))
    }

    /// Channels of value 0: those of the picture, and the noise map.
    pub fn inputs(&self) -> usize {
        self.channels + usize::from(self.noise_map())
    }

    /// The network.
    ///
    /// # Errors
    /// None that [`new`](Design::new) would not have found.
    pub fn network<F: Element>(&self) -> Result<Network<F>> {
        network(self)
    }
}

/// The network of a design: [`Design::new`], then [`Design::network`].
///
/// # Errors
/// See [`Design::new`].
pub fn build<F: Element>(name: &str, knobs: &[(impl AsRef<str>, Setting)], channels: usize) -> Result<Network<F>> {
    Design::new(name, knobs, channels)?.network()
}

fn unknown(name: &str) -> Error {
    Error::unknown("network", name, &DESIGNS.iter().map(|row| row.name).collect::<Vec<_>>())
}

fn with_knobs<D: Family>(knobs: &BTreeMap<String, Setting>) -> Result<D> {
    let mut family = D::default();
    for (name, value) in knobs {
        set(D::NAME, name, value, |visit| family.parameters(visit))?;
    }
    Ok(family)
}

/// A knob that counts something.
fn count(name: &str, value: f64) -> Result<usize> {
    if value.fract() != 0.0 {
        return Err(Error::BadValue { name: name.into(), value: value.to_string(), wanted: "a whole number is wanted".into() });
    }
    Ok(value as usize)
}

/// The knobs that every design has.
struct Common {
    bias: bool,
    noise_map: bool,
    residual: bool,
}

impl Common {
    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::switch("bias", "convolutions add a bias; without, scaling the picture scales the output", &mut self.bias));
        visit(Parameter::switch("noise_map", "the network is told σ at every pixel; without, it is blind", &mut self.noise_map));
        visit(Parameter::switch("residual", "what is learned is the noise, to be subtracted", &mut self.residual));
    }

    fn bias(&self) -> Bias {
        if self.bias { Bias::Learned } else { Bias::Absent }
    }

    /// Of the last convolution.
    fn last_start(&self) -> Start {
        if self.residual { Start::Zero } else { Start::Normal }
    }

    fn inputs(&self, channels: usize) -> usize {
        channels + usize::from(self.noise_map)
    }

    /// Of the picture, 2 × 2 pixels become one of 4C channels, joined by one σ of the four.
    fn halved<F: Element>(&self, net: &mut Builder<F>, channels: usize) -> Result<usize> {
        let input = Builder::<F>::INPUT;
        if !self.noise_map {
            return Ok(net.layer(input, PixelUnshuffle::new(2)?));
        }
        let picture = net.layer(input, Select::new(0..channels)?);
        let picture = net.layer(picture, PixelUnshuffle::new(2)?);
        // The first channels of the four joint pixels end with the σ of the first.
        let joint = net.layer(input, PixelUnshuffle::new(2)?);
        let sigma = net.layer(joint, Select::new(channels..channels + 1)?);
        Ok(net.concat(picture, sigma))
    }

    /// x − s(x), or s(x).
    fn finish<F: Element>(&self, mut net: Builder<F>, noise: usize, channels: usize) -> Result<Network<F>> {
        if self.residual {
            let input = Builder::<F>::INPUT;
            let picture = if self.noise_map { net.layer(input, Select::new(0..channels)?) } else { input };
            net.subtract(picture, noise);
        }
        net.network()
    }
}

fn width_knob(value: &mut f64) -> Parameter<'_> {
    Parameter::number("width", "channels of a hidden convolution, a whole number", value, Range::closed(1.0, 1024.0))
}
