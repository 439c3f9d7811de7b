//! DnCNN: a chain of convolutions that estimates the noise (Zhang, Zuo, Chen, Meng and Zhang 2017).

use super::{Common, Family, count, width_knob};
use crate::engine::{Activation, Element};
use crate::layer::convolution::Bias;
use crate::layer::{BatchNorm, Convolution};
use crate::network::{Builder, Network};
use ravine_optim::Result;
use ravine_optim::parameter::{Parameter, Range, Visitor};

/// D convolutions of 3 × 3: rectified, rectified behind batch normalisation D − 2 times, linear. The receptive field's radius is D.
pub struct DnCnn {
    depth: f64,
    width: f64,
    batch_norm: bool,
    common: Common,
}

impl Default for DnCnn {
    fn default() -> Self {
        DnCnn { depth: 17.0, width: 64.0, batch_norm: true, common: Common { bias: true, noise_map: false, residual: true } }
    }
}

impl Family for DnCnn {
    const NAME: &'static str = "dncnn";
    const SUMMARY: &'static str = "a chain of convolutions that estimates the noise (Zhang et al. 2017)";

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("depth", "convolutions, a whole number", &mut self.depth, Range::closed(2.0, 64.0)));
        visit(width_knob(&mut self.width));
        visit(Parameter::switch("batch_norm", "hidden convolutions but the first are normalised", &mut self.batch_norm));
        self.common.parameters(visit);
    }

    fn network<F: Element>(&self, channels: usize) -> Result<Network<F>> {
        let (depth, width, bias) = (count("depth", self.depth)?, count("width", self.width)?, self.common.bias());
        let mut net = Builder::default();
        let first = Convolution::new(3, self.common.inputs(channels), width)?.with(bias).then(Activation::Relu)?;
        let mut value = net.layer(Builder::<F>::INPUT, first);
        for _ in 2..depth {
            let hidden = Convolution::new(3, width, width)?;
            value = if self.batch_norm {
                // What a bias would add, the mean takes away again; β is one.
                let sum = net.layer(value, hidden.with(Bias::Absent));
                net.layer(sum, BatchNorm::new(width)?.then(Activation::Relu)?)
            } else {
                net.layer(value, hidden.with(bias).then(Activation::Relu)?)
            };
        }
        let last = Convolution::new(3, width, channels)?.with(bias).starting(self.common.last_start());
        let noise = net.layer(value, last);
        self.common.finish(net, noise, channels)
    }
}
