//! Restore pictures by minimising an energy, and know how far the answer can still be from the best one.
//!
//! A degraded picture is restored by minimising one objective over one flat list of numbers: the pixels. An update rule, one formula
//! on one coordinate, says how to move; the same rule, run by the same loop, goes down a surface of two coordinates. Where the
//! problem is convex its dual says how far the answer can still be from the best one, and that bound is given with it.
//!
//! ```
//! use ravine::Auto;
//! use ravine::image::{Grid, Image, Picture, metric, noise, picture::Depth};
//! use ravine::recipe::Restoration;
//! use ravine::restore::{Watch, restore};
//!
//! let clean = Image::from_fn(Grid::new(1, 96, 96), |_, y, x| if (y / 24 + x / 24) % 2 == 0 { 0.3 } else { 0.7 });
//! let mut noisy = clean.clone();
//! noise::add_gaussian(&mut noisy, 25.0 / 255.0, 1); // σ = 25 grey levels
//!
//! let picture = Picture::new(noisy, Depth::U8);
//! let asked = Restoration { method: Auto::Given("tv".into()), ..Restoration::default() };
//! let restored = restore(&picture, &asked, &mut Watch { interrupt: None, observe: &mut |_| () })?;
//!
//! assert!((restored.settled.sigma.unwrap() - 25.0).abs() < 3.0); // found, not given
//! assert!(restored.distance_bound().unwrap() <= 0.5); // grey levels from the exact minimiser, at most
//! let gain = metric::psnr(&clean, &restored.picture.image)?.unwrap() - metric::psnr(&clean, &picture.image)?.unwrap();
//! assert!(gain > 8.0); // dB
//! # Ok::<(), ravine::Error>(())
//! ```
//!
//! Without a method, a trained network that is inside the program, total variation or nothing is chosen, whatever is estimated to come
//! closest to the clean picture.
//!
//! [`restore`](mod@restore) is that; [`mod@train`] teaches a network to; [`mod@descend`] watches a rule at every step; [`mod@race`]
//! sets rules beside one another, each with the learning rate that suits it; [`landscape`] looks at the ground under them; [`evaluate`]
//! measures methods against clean pictures; [`recipe`] is what was asked and what was done, as data. The crates below are [`net`] (what
//! makes a vector a network), [`image`] (what makes a vector a picture) and [`optim`] (everything about a vector).

pub mod auto;
pub mod descend;
pub mod error;
pub mod evaluate;
pub mod landscape;
pub mod race;
pub mod recipe;
pub mod restore;
pub mod train;

pub use auto::Auto;
pub use error::{Class, Error, Result};
pub use recipe::{Named, Recipe, Settled};
pub use restore::{METHODS, SOLVERS};

pub use ravine_image as image;
pub use ravine_net as net;
pub use ravine_optim as optim;
