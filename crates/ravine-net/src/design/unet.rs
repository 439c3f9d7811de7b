//! U-Net: residual blocks at several scales, as DRUNet (Ronneberger, Fischer and Brox 2015; Zhang, Li, Zuo, Zhang, Van Gool, Timofte 2021).

use super::{Common, Family, count, width_knob};
use crate::engine::{Activation, Element};
use crate::layer::convolution::Start;
use crate::layer::{Convolution, PixelShuffle};
use crate::network::{Builder, Network};
use ravine_optim::Result;
use ravine_optim::parameter::{Parameter, Range, Visitor};

/// On the way down: blocks, then a strided 2 × 2 convolution; at the coarsest scale: blocks; on the way up: a transposed 2 × 2
/// convolution, then blocks. What was at a scale on the way down is added on the way up. A block is x + W₂ ∗ max(W₁ ∗ x, 0).
///
/// Unlike the paper it subtracts what it estimates (`residual=false` is the paper's). `halved` spares the picture's own scale, where a
/// convolution costs most and has the fewest weights.
pub struct UNet {
    width: f64,
    growth: f64,
    scales: f64,
    blocks: f64,
    halved: bool,
    common: Common,
}

impl Default for UNet {
    fn default() -> Self {
        let common = Common { bias: false, noise_map: true, residual: true };
        UNet { width: 32.0, growth: 1.5, scales: 3.0, blocks: 2.0, halved: false, common }
    }
}

impl Family for UNet {
    const NAME: &'static str = "unet";
    const SUMMARY: &'static str = "residual blocks at several scales (DRUNet, Zhang et al. 2021)";

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(width_knob(&mut self.width));
        let growth = "channels at a scale over those at the next finer one; widths are rounded to whole numbers";
        visit(Parameter::number("growth", growth, &mut self.growth, Range::closed(1.0, 4.0)));
        visit(Parameter::number(
            "scales",
            "scales of blocks, each half the size of the one before; a whole number",
            &mut self.scales,
            Range::closed(1.0, 6.0),
        ));
        visit(Parameter::number(
            "blocks",
            "residual blocks at a scale on each way, a whole number",
            &mut self.blocks,
            Range::closed(1.0, 16.0),
        ));
        let halved = "2 × 2 pixels become one before the finest scale, as in ffdnet; without, it has the picture's pixels";
        visit(Parameter::switch("halved", halved, &mut self.halved));
        self.common.parameters(visit);
    }

    fn network<F: Element>(&self, channels: usize) -> Result<Network<F>> {
        let bias = self.common.bias();
        let widths = self.widths()?;
        let coarsest = widths.len() - 1;
        let mut net = Builder::default();
        let (picture, planes) = match self.halved {
            true => (self.common.halved(&mut net, channels)?, 4 * channels),
            false => (Builder::<F>::INPUT, channels),
        };
        let mut value = net.layer(picture, Convolution::new(3, self.common.inputs(planes), widths[0])?.with(bias));
        let mut skips = vec![value];
        for pair in widths.windows(2) {
            value = self.blocks(&mut net, value, pair[0])?;
            value = net.strided(value, pair[0], pair[1], bias)?;
            skips.push(value);
        }
        value = self.blocks(&mut net, value, widths[coarsest])?;
        for (scale, pair) in widths.windows(2).enumerate().rev() {
            value = net.add(value, skips[scale + 1]);
            value = net.transposed(value, pair[1], pair[0], bias)?;
            value = self.blocks(&mut net, value, pair[0])?;
        }
        value = net.add(value, skips[0]);
        let tail = Convolution::new(3, widths[0], planes)?.with(bias).starting(self.common.last_start());
        let mut noise = net.layer(value, tail);
        if self.halved {
            noise = net.layer(noise, PixelShuffle::new(2)?);
        }
        self.common.finish(net, noise, channels)
    }
}

impl UNet {
    /// From the finest scale to the coarsest.
    fn widths(&self) -> Result<Vec<usize>> {
        let (width, scales) = (count("width", self.width)?, count("scales", self.scales)?);
        Ok((0..scales).map(|s| (width as f64 * self.growth.powi(s as i32)).round() as usize).collect())
    }

    fn blocks<F: Element>(&self, net: &mut Builder<F>, mut value: usize, width: usize) -> Result<usize> {
        let convolution = Convolution::new(3, width, width)?.with(self.common.bias());
        for _ in 0..count("blocks", self.blocks)? {
            let bent = net.layer(value, convolution.then(Activation::Relu)?);
            let change = net.layer(bent, convolution.starting(Start::Zero));
            value = net.add(value, change);
        }
        Ok(value)
    }
}
