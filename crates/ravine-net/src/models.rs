//! The models inside the program. How they were trained, and what they are good for, is in `models/README.md`, the model card.

use crate::model::Model;
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
    file: &'static [u8],
    read: OnceLock<Arc<Model>>,
}

impl Shipped {
    const fn new(name: &'static str, summary: &'static str, channels: usize, file: &'static [u8]) -> Self {
        Shipped { name, summary, channels, file, read: OnceLock::new() }
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
///     assert_eq!(model.card().sigma, [0.0, 75.0]);
/// }
/// # Ok::<(), ravine_net::weights::Error>(())
/// ```
pub static SHIPPED: [Shipped; 2] = [
    Shipped::new(
        "grey",
        "a U-Net for white noise of 0 to 75 grey levels, each channel by itself; learned from drawn scenes",
        1,
        include_bytes!("../models/grey.safetensors"),
    ),
    Shipped::new(
        "colour",
        "the same for colour pictures, whose channels it restores together",
        3,
        include_bytes!("../models/colour.safetensors"),
    ),
];

/// The one of this name.
pub fn named(name: &str) -> Option<&'static Shipped> {
    SHIPPED.iter().find(|shipped| shipped.name == name)
}

/// The one for pictures of so many channels: made for them, or else the one that takes each channel by itself.
pub fn usual(channels: usize) -> Option<&'static Shipped> {
    let takes = |count: usize| SHIPPED.iter().find(|shipped| shipped.channels == count);
    takes(channels).or_else(|| takes(1))
}
