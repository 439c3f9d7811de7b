//! FFDNet: the chain at half size, told σ (Zhang, Zuo and Zhang 2018).

use super::{Common, Family, count, width_knob};
use crate::engine::{Activation, Element};
use crate::layer::{Convolution, PixelShuffle};
use crate::network::{Builder, Network};
use ravine_optim::Result;
use ravine_optim::parameter::{Parameter, Range, Visitor};

/// 2 × 2 pixels become one, joined by σ there; D convolutions of 3 × 3, rectified but for the last; back to the picture's pixels. A quarter
/// of the work of a chain of the same depth, and twice its reach: 2D + 1.
///
/// Unlike the paper it subtracts what it estimates (`residual=false` is the paper's) and normalises no batches.
pub struct FfdNet {
    depth: f64,
    width: f64,
    common: Common,
}

impl Default for FfdNet {
    fn default() -> Self {
        FfdNet { depth: 15.0, width: 64.0, common: Common { bias: true, noise_map: true, residual: true } }
    }
}

impl Family for FfdNet {
    const NAME: &'static str = "ffdnet";
    const SUMMARY: &'static str = "a chain of convolutions at half size, told the noise level (Zhang et al. 2018)";

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("depth", "convolutions, a whole number", &mut self.depth, Range::closed(2.0, 64.0)));
        visit(width_knob(&mut self.width));
        self.common.parameters(visit);
    }

    fn network<F: Element>(&self, channels: usize) -> Result<Network<F>> {
        let (depth, width, bias) = (count("depth", self.depth)?, count("width", self.width)?, self.common.bias());
        let mut net = Builder::default();
        let mut value = self.common.halved(&mut net, channels)?;
        let mut inputs = self.common.inputs(4 * channels);
        for _ in 1..depth {
            value = net.layer(value, Convolution::new(3, inputs, width)?.with(bias).then(Activation::Relu)?);
            inputs = width;
        }
        let last = Convolution::new(3, inputs, 4 * channels)?.with(bias).starting(self.common.last_start());
        value = net.layer(value, last);
        let noise = net.layer(value, PixelShuffle::new(2)?);
        self.common.finish(net, noise, channels)
    }
}
