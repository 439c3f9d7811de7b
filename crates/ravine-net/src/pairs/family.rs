//! What is done to the pictures of a training set: degradations of one kind whose levels each pair draws for itself.

use super::span::Span;
use ravine_image::degrade::{Degradation, Noise};
use ravine_optim::parameter::Range;
use ravine_optim::{Error, Random, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Degradations of one kind: Gaussian noise with σ of a range on top of one kind of noise.
///
/// ```
/// use ravine_net::pairs::{Family, family::Kind};
/// let family = Family { sigma: "0..55".parse()?, kind: Kind::Gaussian };
/// assert_eq!(serde_json::to_string(&family).unwrap(), r#"{"sigma":"0..55","kind":"gaussian"}"#);
/// # Ok::<(), ravine_optim::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Family {
    /// Standard deviation of the Gaussian noise in 8-bit units, in [0, 255].
    pub sigma: Span,
    /// The kind of noise.
    pub kind: Kind,
}

/// A kind of noise with a level or a range of levels, in the words of `--noise`.
///
/// ```
/// use ravine_net::pairs::{Span, family::Kind};
/// assert_eq!("poisson:5..100".parse(), Ok(Kind::Poisson { peak: Span::new(5.0, 100.0)? }));
/// assert_eq!("poisson:0".parse::<Kind>().unwrap_err().to_string(), "the peak of poisson = 0 is outside (0, 1000000000]");
/// # Ok::<(), ravine_optim::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Kind {
    /// Only the Gaussian noise.
    #[default]
    Gaussian,
    /// Counted photons.
    Poisson {
        /// Photons at white, in (0, 1e9].
        peak: Span,
    },
    /// A part of the pixels becomes black or white.
    SaltPepper {
        /// In [0, 1].
        fraction: Span,
    },
    /// The picture was stored as a JPEG.
    Jpeg {
        /// In 1..100, rounded to whole numbers.
        quality: Span,
    },
    /// The picture was taken by a camera, of which each pair draws its own.
    Camera,
}

impl Kind {
    /// The member at t of the way from the low to the high level.
    fn at(self, t: f64) -> Noise {
        match self {
            Kind::Gaussian => Noise::Gaussian,
            Kind::Poisson { peak } => Noise::Poisson { peak: peak.at(t) },
            Kind::SaltPepper { fraction } => Noise::SaltPepper { fraction: fraction.at(t) },
            Kind::Jpeg { quality } => Noise::Jpeg { quality: quality.at(t).round() },
            Kind::Camera => Noise::Camera,
        }
    }
}

impl Family {
    /// Gaussian noise with σ of this level or range, in 8-bit units.
    pub fn gaussian(sigma: Span) -> Self {
        Family { sigma, kind: Kind::Gaussian }
    }

    /// `Ok` if every level lies in its range, and something is done.
    ///
    /// # Errors
    /// The level that does not.
    pub fn check(&self) -> Result<()> {
        self.sigma.check("sigma", Range::closed(0.0, 255.0))?;
        for t in [0.0, 1.0] {
            Degradation { sigma: self.sigma.low(), noise: self.kind.at(t), missing: 0.0 }.check()?;
        }
        if self.kind == Kind::Gaussian && self.sigma.high() == 0.0 {
            return Err(Error::Unsuited(
                "with sigma = 0 and no other noise there is nothing to learn: give --sigma or --noise".into(),
            ));
        }
        Ok(())
    }

    /// A member, every level uniform in its range.
    pub fn draw(&self, random: &mut Random) -> Degradation {
        Degradation { sigma: self.sigma.at(random.uniform()), noise: self.kind.at(random.uniform()), missing: 0.0 }
    }
}

impl FromStr for Kind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, levels) = text.split_once(':').map_or((text, None), |(name, levels)| (name, Some(levels)));
        // Whatever is no range is read, or refused, as a degradation is.
        let noise = |level: &str| format!("{name}:{level}").parse::<Noise>();
        let Some(levels) = levels.filter(|levels| levels.contains("..")) else {
            return Ok(match text.parse::<Noise>()? {
                Noise::Gaussian => Kind::Gaussian,
                Noise::Poisson { peak } => Kind::Poisson { peak: Span::fixed(peak) },
                Noise::SaltPepper { fraction } => Kind::SaltPepper { fraction: Span::fixed(fraction) },
                Noise::Jpeg { quality } => Kind::Jpeg { quality: Span::fixed(quality) },
                Noise::Camera => Kind::Camera,
            });
        };
        let span: Span = levels.parse()?;
        noise(&span.low().to_string())?;
        Ok(match noise(&span.high().to_string())? {
            Noise::Poisson { .. } => Kind::Poisson { peak: span },
            Noise::SaltPepper { .. } => Kind::SaltPepper { fraction: span },
            Noise::Jpeg { .. } => Kind::Jpeg { quality: span },
            Noise::Gaussian => Kind::Gaussian,
            Noise::Camera => Kind::Camera,
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Gaussian => f.write_str("gaussian"),
            Kind::Poisson { peak } => write!(f, "poisson:{peak}"),
            Kind::SaltPepper { fraction } => write!(f, "salt-pepper:{fraction}"),
            Kind::Jpeg { quality } => write!(f, "jpeg:{quality}"),
            Kind::Camera => f.write_str("camera"),
        }
    }
}

impl From<Kind> for String {
    fn from(kind: Kind) -> String {
        kind.to_string()
    }
}

impl TryFrom<String> for Kind {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}
