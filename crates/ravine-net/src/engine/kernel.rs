//! The lengths of a convolution's kernel.

use ravine_optim::{Error, Result};

/// K × K taps, each a matrix from input to output channels; K is 1 or 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kernel {
    pub(crate) size: usize,
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
}

impl Kernel {
    /// Of these lengths.
    ///
    /// # Errors
    /// The size is neither 1 nor 3, or there are no channels.
    pub fn new(size: usize, inputs: usize, outputs: usize) -> Result<Self> {
        if size != 1 && size != 3 {
            return Err(Error::OutOfRange { name: "kernel size".into(), value: size as f64, range: "1 or 3".into() });
        }
        for (name, channels) in [("input channels", inputs), ("output channels", outputs)] {
            if channels == 0 {
                return Err(Error::OutOfRange { name: name.into(), value: 0.0, range: "1, 2, …".into() });
            }
        }
        Ok(Kernel { size, inputs, outputs })
    }

    /// K
    pub fn size(self) -> usize {
        self.size
    }

    /// Channels that go in.
    pub fn inputs(self) -> usize {
        self.inputs
    }

    /// Channels that come out.
    pub fn outputs(self) -> usize {
        self.outputs
    }

    /// K²
    pub fn taps(self) -> usize {
        self.size * self.size
    }

    /// How many weights there are.
    pub fn weights(self) -> usize {
        self.taps() * self.inputs * self.outputs
    }

    /// Where tap `k` lies from the pixel: rows down and columns right, −1, 0 or 1.
    pub fn offset(self, k: usize) -> (isize, isize) {
        let reach = (self.size / 2) as isize;
        ((k / self.size) as isize - reach, (k % self.size) as isize - reach)
    }

    /// The kernel of the adjoint: outputs in, inputs out. Its weights are W̃_k = (W_{K²−1−k})ᵀ.
    pub fn transposed(self) -> Kernel {
        Kernel { size: self.size, inputs: self.outputs, outputs: self.inputs }
    }
}
