//! The models inside the program. How they were trained, and what they are good for, is in `models/README.md`, the model card.

use crate::model::Model;
use crate::pairs::family::Kind;
use crate::weights::Result;
use std::sync::{Arc, OnceLock};

/// A model inside the program.
pub struct Shipped {
    /// Its name, as the user writes it.
    pub name: &'static str,
    /// One line of meaning.
    pub summary: &'static str,
    /// Planes of the pictures that it restores together: 1, which is good for any picture, or 3.
    pub channels: usize,
    /// The kind of noise that it has learned to take away.
    pub noise: Kind,
    file: &'static [u8],
    read: OnceLock<Arc<Model>>,
}

impl Shipped {
    const fn new(name: &'static str, summary: &'static str, channels: usize, noise: Kind, file: &'static [u8]) -> Self {
        Shipped { name, summary, channels, noise, file, read: OnceLock::new() }
    }

    /// The model, which is read when it is first asked for.
    ///
    /// # Errors
    /// The program is damaged.
    pub fn model(&self) -> Result<Arc<Model>> {
        if let Some(model) = self.read.get() {
            return Ok(model.clone());
        }
        let model = Arc::new(Model::from_bytes(self.file)?);
        Ok(self.read.get_or_init(|| model).clone())
    }
}

/// All of them.
///
/// ```
/// use ravine_net::models::SHIPPED;
/// for shipped in &SHIPPED {
///     let model = shipped.model()?;
///     assert_eq!(model.card().network.channels(), shipped.channels);
///     assert!(model.card().sigma[0] == 0.0 && model.card().sigma[1] > 19.0);
/// }
/// # Ok::<(), ravine_net::weights::Error>(())
/// ```
pub static SHIPPED: [Shipped; 3] = [
    Shipped::new(
        "grey",
        "a U-Net for white noise of 0 to 75 grey levels, each channel by itself; learned from drawn scenes and photographs",
        1,
        Kind::Gaussian,
        include_bytes!("../models/grey.safetensors"),
    ),
    Shipped::new(
        "colour",
        "the same for colour pictures, whose channels it restores together",
        3,
        Kind::Gaussian,
        include_bytes!("../models/colour.safetensors"),
    ),
    Shipped::new(
        "camera",
        "a U-Net for what cameras add to colour pictures: noise that was interpolated, smoothed and compressed",
        3,
        Kind::Camera,
        include_bytes!("../models/camera.safetensors"),
    ),
];

/// The one of this name.
pub fn named(name: &str) -> Option<&'static Shipped> {
    SHIPPED.iter().find(|shipped| shipped.name == name)
}

/// The one for this kind of noise in pictures of so many channels: made for both, or else for white noise; there is always one that takes
/// each channel by itself.
pub fn usual(noise: Kind, channels: usize) -> Option<&'static Shipped> {
    let made = |noise: Kind, count: usize| SHIPPED.iter().find(|shipped| shipped.noise == noise && shipped.channels == count);
    made(noise, channels).or_else(|| made(Kind::Gaussian, channels)).or_else(|| made(Kind::Gaussian, 1))
}
