//! What happened to a picture, as it is said: photons counted, noise added, pixels struck or lost, a camera, a JPEG.

use crate::camera::Camera;
use crate::image::Image;
use crate::jpeg::Jpeg;
use crate::noise;
use ravine_optim::parameter::Range;
use ravine_optim::{Error, Random, Result, Stream};
use std::fmt;
use std::str::FromStr;

/// The kind of noise, in the words of `--noise`.
///
/// ```
/// use ravine_image::degrade::Noise;
/// assert_eq!("poisson:30".parse(), Ok(Noise::Poisson { peak: 30.0 }));
/// assert_eq!(Noise::SaltPepper { fraction: 0.1 }.to_string(), "salt-pepper:0.1");
/// assert!("poison:30".parse::<Noise>().unwrap_err().to_string().contains("did you mean `poisson`?"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Noise {
    /// Only the Gaussian noise of level σ.
    #[default]
    Gaussian,
    /// Photons are counted, `peak` of them where the picture is 1; the Gaussian noise is that of reading them out.
    Poisson {
        /// Photons at white, in (0, 1e9].
        peak: f64,
    },
    /// After the Gaussian noise, a `fraction` of the pixels becomes black or white.
    SaltPepper {
        /// In [0, 1].
        fraction: f64,
    },
    /// The picture, with its Gaussian noise, was stored as a JPEG with colour at half the resolution, and is clipped and rounded.
    Jpeg {
        /// A whole number in 1..100.
        quality: f64,
    },
    /// The picture, with its Gaussian noise, was taken by a [camera](Camera::draw), and is clipped and rounded.
    Camera,
}

/// Largest σ in 8-bit units.
const SIGMA: Range = Range::closed(0.0, 255.0);
const PEAK: Range = Range { low: 0.0, low_included: false, high: 1e9, high_included: true };

impl FromStr for Noise {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, number) = text.split_once(':').map_or((text, None), |(name, number)| (name, Some(number)));
        let value = |meaning: &str| {
            let bad =
                || Error::BadValue { name: "noise".into(), value: text.into(), wanted: format!("{name}:{meaning} is wanted") };
            number.and_then(|n| n.parse::<f64>().ok()).ok_or_else(bad)
        };
        match name {
            "gaussian" if number.is_none() => Ok(Noise::Gaussian),
            "gaussian" => {
                Err(Error::BadValue { name: "noise".into(), value: text.into(), wanted: "its level is given by sigma".into() })
            }
            "poisson" => Ok(Noise::Poisson { peak: PEAK.check("the peak of poisson", value("PEAK")?)? }),
            "salt-pepper" => {
                Ok(Noise::SaltPepper { fraction: Range::UNIT.check("the fraction of salt-pepper", value("FRACTION")?)? })
            }
            "jpeg" => Ok(Noise::Jpeg { quality: Jpeg::new(value("QUALITY")?)?.quality.into() }),
            "camera" if number.is_none() => Ok(Noise::Camera),
            "camera" => Err(Error::BadValue { name: "noise".into(), value: text.into(), wanted: "it takes no level".into() }),
            _ => Err(Error::unknown("noise", name, &["gaussian", "poisson", "salt-pepper", "jpeg", "camera"])),
        }
    }
}

impl fmt::Display for Noise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Noise::Gaussian => f.write_str("gaussian"),
            Noise::Poisson { peak } => write!(f, "poisson:{peak}"),
            Noise::SaltPepper { fraction } => write!(f, "salt-pepper:{fraction}"),
            Noise::Jpeg { quality } => write!(f, "jpeg:{quality}"),
            Noise::Camera => f.write_str("camera"),
        }
    }
}

impl From<Noise> for String {
    fn from(noise: Noise) -> String {
        noise.to_string()
    }
}

impl TryFrom<String> for Noise {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

/// A degradation without blur: u ↦ mask · (noise of u), in this order: photons, Gaussian noise, salt and pepper, camera or JPEG,
/// missing pixels.
///
/// ```
/// use ravine_image::{Grid, Image, degrade::{Degradation, Noise}};
/// let degradation = Degradation { sigma: 25.0, noise: Noise::Gaussian, missing: 0.5 };
/// let clean = Image::constant(Grid::new(3, 40, 50), 0.5);
/// let degraded = degradation.apply(&clean, 7)?;
/// let known = degraded.mask.unwrap().pixels().iter().sum::<f32>() / 2000.0;
/// assert!((known - 0.5).abs() < 0.05);
/// assert_eq!(serde_json::to_string(&degradation).unwrap(), r#"{"sigma":25.0,"noise":"gaussian","missing":0.5}"#);
/// # Ok::<(), ravine_optim::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Degradation {
    /// Standard deviation of the Gaussian noise in 8-bit units, in [0, 255].
    pub sigma: f64,
    /// The kind of noise.
    pub noise: Noise,
    /// The fraction of pixels that are lost, in [0, 1].
    pub missing: f64,
}

/// What is observed.
#[derive(Debug, Clone, PartialEq)]
pub struct Degraded {
    /// The picture, neither clipped nor rounded, except by a camera or a JPEG.
    pub image: Image,
    /// One plane: 1 where a pixel is known, 0 where it is missing. Absent when none was asked to be lost.
    pub mask: Option<Image>,
}

impl Degradation {
    /// Gaussian noise of level `sigma` in 8-bit units.
    pub fn gaussian(sigma: f64) -> Self {
        Degradation { sigma, ..Self::default() }
    }

    /// `Ok` if every number lies in its range.
    pub fn check(&self) -> Result<()> {
        SIGMA.check("sigma", self.sigma)?;
        Range::UNIT.check("missing", self.missing)?;
        match self.noise {
            Noise::Gaussian | Noise::Camera => {}
            Noise::Poisson { peak } => drop(PEAK.check("the peak of poisson", peak)?),
            Noise::SaltPepper { fraction } => drop(Range::UNIT.check("the fraction of salt-pepper", fraction)?),
            Noise::Jpeg { quality } => drop(Jpeg::new(quality)?),
        }
        Ok(())
    }

    /// The observation of `clean` under `seed`.
    pub fn apply(&self, clean: &Image, seed: u64) -> Result<Degraded> {
        self.check()?;
        let mut image = clean.clone();
        if let Noise::Poisson { peak } = self.noise {
            noise::count_photons(&mut image, peak, seed);
        }
        if self.sigma > 0.0 {
            noise::add_gaussian(&mut image, self.sigma / 255.0, seed);
        }
        match self.noise {
            Noise::Gaussian | Noise::Poisson { .. } => {}
            Noise::SaltPepper { fraction } => noise::salt_pepper(&mut image, fraction, seed),
            Noise::Jpeg { quality } => Jpeg::new(quality)?.apply(&mut image),
            Noise::Camera if matches!(image.grid().channels, 1 | 3) => {
                Camera::draw(&mut Random::new(seed, Stream::Noise, u64::MAX)).take(&mut image, seed);
            }
            Noise::Camera => {
                return Err(Error::Unsuited(format!(
                    "a camera takes pictures of 1 channel (grey) or 3 (colour), not {}",
                    image.grid().channels
                )));
            }
        }
        let mask = (self.missing > 0.0).then(|| noise::lose_pixels(&mut image, self.missing, seed));
        Ok(Degraded { image, mask })
    }
}
