//! Pairs made of a source of clean pictures: x = D(y), with D drawn from a family.

use super::family::Family;
use super::{Key, Pair, Pairs, Purpose, Source};
use crate::curriculum::Curriculum;
use ravine_image::Image;
use ravine_image::degrade::Noise;
use ravine_optim::Result;

/// Pairs of `source`, degraded by members of `family`.
///
/// ```
/// use ravine_net::pairs::{Family, Key, Observed, Pairs, Scenes};
/// let pairs = Observed::new(Box::new(Scenes::new(1, 64)?), Family::gaussian("25".parse()?))?;
/// let pair = pairs.pair(Key { seed: 7, step: 0, index: 3 })?;
/// let power = |i: usize| (pair.observed.pixels()[i] - pair.clean.pixels()[i]).powi(2);
/// let sigma = ((0..64 * 64).map(power).sum::<f32>() / 4096.0).sqrt();
/// assert!((sigma * 255.0 - 25.0).abs() < 1.5 && pair.sigma == 25.0 / 255.0);
/// # Ok::<(), ravine_optim::Error>(())
/// ```
pub struct Observed {
    source: Box<dyn Source>,
    family: Family,
    curriculum: Option<Curriculum>,
}

impl Observed {
    /// From a source and a family.
    ///
    /// # Errors
    /// A level of the family is outside its range, or nothing would be done.
    pub fn new(source: Box<dyn Source>, family: Family) -> Result<Self> {
        family.check()?;
        Ok(Observed { source, family, curriculum: None })
    }

    /// With the range of σ growing as `curriculum` says.
    ///
    /// # Errors
    /// σ has no range.
    pub fn following(self, curriculum: Curriculum) -> Result<Self> {
        curriculum.check(self.family.sigma)?;
        Ok(Observed { curriculum: Some(curriculum), ..self })
    }
}

impl Pairs for Observed {
    fn channels(&self) -> usize {
        self.source.channels()
    }

    fn size(&self) -> usize {
        self.source.size()
    }

    fn pair(&self, key: Key) -> Result<Pair> {
        let clean = self.source.clean(key)?;
        let sigma = self.curriculum.map_or(self.family.sigma, |c| c.span(key.step, self.family.sigma));
        let mut random = key.random(Purpose::Degradation);
        let degradation = Family { sigma, ..self.family }.draw(&mut random);
        let observed = degradation.apply(&clean, random.bits())?.image;
        let sigma = match degradation.noise {
            Noise::Gaussian => (degradation.sigma / 255.0) as f32,
            _ => distance(&observed, &clean),
        };
        Ok(Pair { observed, clean, sigma })
    }
}

/// The root of the mean square of x − y.
fn distance(x: &Image, y: &Image) -> f32 {
    let squares = x.pixels().iter().zip(y.pixels()).map(|(x, y)| f64::from(x - y).powi(2));
    (squares.sum::<f64>() / x.grid().len().max(1) as f64).sqrt() as f32
}
