//! What makes a flat vector a picture: grid, operators, energies, noise, scenes, file formats.

pub mod camera;
pub mod degrade;
pub mod denoiser;
pub mod energy;
pub mod exact;
pub mod grid;
pub mod image;
#[cfg(feature = "io")]
pub mod io;
pub mod jpeg;
pub mod luma_chroma;
pub mod metric;
pub mod noise;
pub mod noise_level;
pub mod operator;
pub mod picture;
pub mod rof;
pub mod scene;
mod smooth;

pub use degrade::{Degradation, Degraded};
pub use denoiser::Denoiser;
pub use energy::Energy;
pub use grid::Grid;
pub use image::Image;
pub use picture::Picture;
pub use rof::Rof;
pub use smooth::smooth;
