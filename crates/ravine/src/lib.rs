//! Restore pictures by minimising an energy, and know how far the answer can still be from the best one.
//!
//! A degraded picture is restored by minimising one objective over one flat list of numbers: the pixels. An update rule, one formula
//! on one coordinate, says how to move; the same rule, run by the same loop, goes down a surface of two coordinates. Where the
//! problem is convex its dual says how far the answer can still be from the best one, and that bound is given with it.

pub mod auto;
pub mod descend;
pub mod error;
pub mod recipe;

pub use auto::Auto;
pub use error::{Class, Error, Result};
pub use recipe::{Named, Recipe, Settled};

pub use ravine_image as image;
pub use ravine_optim as optim;
