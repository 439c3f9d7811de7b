//! The engine: convolutions over dense N × H × W × C values.

use ravine_optim::number::Float;

/// A number that layers compute with, and how convolutions of it are computed.
pub trait Element: Float {}

impl Element for f32 {}
impl Element for f64 {}
