//! What makes a flat vector a picture: grid, operators, energies, noise, scenes, file formats.

pub mod degrade;
pub mod grid;
pub mod image;
pub mod metric;
pub mod noise;

pub use degrade::{Degradation, Degraded};
pub mod energy;
pub mod operator;
pub use energy::Energy;
pub use grid::Grid;
pub use image::Image;
