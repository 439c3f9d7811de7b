//! Restore pictures by minimising an energy, and know how far the answer can still be from the best one.

pub mod auto;
pub mod error;
pub mod recipe;

pub use auto::Auto;
pub use error::{Error, Result};
pub use recipe::{Named, Recipe, Settled};

pub use ravine_image as image;
pub use ravine_optim as optim;
