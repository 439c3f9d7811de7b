//! An activation by itself, where no convolution is directly before it: y = max(x, ax).

use super::{Backward, Layer, Weights};
use crate::engine::{Activation, activation};
use crate::shape::Shape;
use ravine_optim::number::{Float, Lane};
use ravine_optim::parameter::Range;
use ravine_optim::{Level, Result, vector};

/// Rectified linear units, leaky or not. A [`Convolution`](super::Convolution) has its own, for nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rectifier {
    activation: Activation,
}

impl Rectifier {
    /// y = max(x, 0), a = 0 (Nair and Hinton 2010)
    pub const RELU: Rectifier = Rectifier { activation: Activation::Relu };

    /// y = max(x, ax) with a = `slope` (Maas, Hannun and Ng 2013)
    ///
    /// ```
    /// use ravine_net::layer::Rectifier;
    /// assert!(Rectifier::leaky(0.1).is_ok());
    /// assert_eq!(Rectifier::leaky(2.0).unwrap_err().to_string(), "slope = 2 is outside [0, 1]");
    /// ```
    ///
    /// # Errors
    /// A slope outside of 0..1, from whose y the way back could not tell the sign.
    pub fn leaky(slope: f64) -> Result<Self> {
        Ok(Rectifier { activation: Activation::LeakyRelu(Range::UNIT.check("slope", slope)?) })
    }
}

impl<F: Float> Layer<F> for Rectifier {
    fn output(&self, at: Shape) -> Result<Shape> {
        Ok(at)
    }

    fn forward(&self, _: Shape, _: Weights<'_, F>, x: &[F], y: &mut [F], _: &mut [F]) {
        let a = self.activation.slope();
        vector::each(y, x, |_, x| x.max(x * a));
    }

    fn add_adjoint(&self, _: Shape, _: Weights<'_, F>, way: Backward<'_, F>) {
        let Some(dx) = Backward::summed(way.dx, way.fresh) else { return };
        activation::adjoint(Level::best(), self.activation, way.y, way.dy);
        vector::each(dx, way.dy, |dx, dy| dx + dy);
    }
}
