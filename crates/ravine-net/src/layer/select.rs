//! Some of the channels: the picture out of picture ⊕ noise map.

use super::{Backward, Layer, Weights};
use crate::pieces;
use crate::shape::Shape;
use ravine_optim::number::Float;
use ravine_optim::{Error, Result};
use std::ops::Range;

/// The channels of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Select {
    channels: Range<usize>,
}

impl Select {
    /// These channels, of all that there are.
    ///
    /// # Errors
    /// There is none.
    pub fn new(channels: Range<usize>) -> Result<Self> {
        if channels.is_empty() {
            return Err(Error::Unsuited(format!("channels {}..{} are none", channels.start, channels.end)));
        }
        Ok(Select { channels })
    }
}

impl<F: Float> Layer<F> for Select {
    fn output(&self, at: Shape) -> Result<Shape> {
        if at.channels < self.channels.end {
            let wanted = self.channels.end;
            return Err(Error::Length { what: "a pixel".into(), got: at.channels, wanted });
        }
        Ok(at.with_channels(self.channels.len()))
    }

    fn forward(&self, at: Shape, _: Weights<'_, F>, x: &[F], y: &mut [F], _: &mut [F]) {
        pieces::each(y, self.channels.len(), x, at.channels, |y, x| y.copy_from_slice(&x[self.channels.clone()]));
    }

    fn add_adjoint(&self, at: Shape, _: Weights<'_, F>, way: Backward<'_, F>) {
        let Some(dx) = Backward::summed(way.dx, way.fresh) else { return };
        pieces::each(dx, at.channels, way.dy, self.channels.len(), |dx, dy| {
            dx[self.channels.clone()].iter_mut().zip(dy).for_each(|(dx, dy)| *dx += *dy);
        });
    }
}
