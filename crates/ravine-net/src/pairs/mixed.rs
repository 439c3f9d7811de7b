//! Two sources in one: photographs have the statistics of photographs, and drawn scenes the lines and letters that they lack.

use super::{Key, Purpose, Source};
use ravine_image::Image;
use ravine_optim::parameter::Range;
use ravine_optim::{Error, Result};

/// Pictures of one source, a share of which another one gives: which gives the picture of a key follows from the key.
///
/// ```
/// use ravine_net::pairs::{Key, Mixed, Scenes, Source};
/// let scenes = || Box::new(Scenes::new(1, 32).unwrap());
/// let mixed = Mixed::new(scenes(), scenes(), 0.25)?;
/// assert_eq!(mixed.clean(Key { seed: 1, step: 0, index: 0 })?.grid(), ravine_image::Grid::new(1, 32, 32));
/// # Ok::<(), ravine_optim::Error>(())
/// ```
pub struct Mixed {
    most: Box<dyn Source>,
    other: Box<dyn Source>,
    share: f64,
}

impl Mixed {
    /// Pictures of `most`, of which the share in [0, 1] is of `other`.
    ///
    /// # Errors
    /// A share outside its range, or sources of pictures of different shapes.
    pub fn new(most: Box<dyn Source>, other: Box<dyn Source>, share: f64) -> Result<Self> {
        Range::closed(0.0, 1.0).check("scenes", share)?;
        if (most.channels(), most.size()) != (other.channels(), other.size()) {
            let [m, o] = [&most, &other].map(|s| format!("{} × {} pixels of {} channels", s.size(), s.size(), s.channels()));
            return Err(Error::Unsuited(format!("one source gives {m}, and the other {o}: give both the same shape")));
        }
        Ok(Mixed { most, other, share })
    }
}

impl Source for Mixed {
    fn channels(&self) -> usize {
        self.most.channels()
    }

    fn size(&self) -> usize {
        self.most.size()
    }

    fn clean(&self, key: Key) -> Result<Image> {
        let other = key.random(Purpose::Source).uniform() < self.share;
        if other { self.other.clean(key) } else { self.most.clean(key) }
    }
}
