//! What makes a flat vector a picture: grid, operators, energies, noise, scenes, file formats.

pub mod grid;
pub mod image;

pub use grid::Grid;
pub use image::Image;
