//! Losses: how far an answer is from the picture, as a mean over numbers.

use ravine_optim::number::Float;
use ravine_optim::parameter::Range;
use ravine_optim::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// ρ of the difference d = u − y of each number. Read from text: `l2`, `l1`, `charbonnier`, `charbonnier:0.001`.
///
/// ```
/// use ravine_net::Loss;
/// assert_eq!(Loss::L2.of(3.0), 9.0);
/// assert_eq!("charbonnier:0.01".parse(), Ok(Loss::Charbonnier { epsilon: 0.01 }));
/// assert_eq!("l3".parse::<Loss>().unwrap_err().to_string(), "there is no loss `l3`: did you mean `l1`?");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Loss {
    /// d²: its minimiser is the mean of the pictures that explain the observation, and its value is what PSNR measures.
    #[default]
    L2,
    /// |d|: its minimiser is their median.
    L1,
    /// √(d² + ε²), L1 rounded off at ε (Charbonnier et al. 1994, "Two deterministic half-quadratic regularization algorithms for
    /// computed imaging").
    Charbonnier {
        /// ε > 0, in units of the picture.
        epsilon: f64,
    },
}

/// ε of Lai et al. 2017, "Deep Laplacian pyramid networks for fast and accurate super-resolution".
const EPSILON: f64 = 1e-3;

impl Loss {
    /// ρ(d)
    pub fn of(self, d: f64) -> f64 {
        match self {
            Loss::L2 => d * d,
            Loss::L1 => d.abs(),
            Loss::Charbonnier { epsilon } => d.hypot(epsilon),
        }
    }

    /// ρ′(d); of L1 at 0, the subgradient 0.
    pub fn slope(self, d: f64) -> f64 {
        match self {
            Loss::L2 => 2.0 * d,
            Loss::L1 if d == 0.0 => 0.0,
            Loss::L1 => d.signum(),
            Loss::Charbonnier { epsilon } => d / d.hypot(epsilon),
        }
    }

    /// Σ ρ(uᵢ − yᵢ)
    pub fn sum<F: Float>(self, u: &[F], y: &[F]) -> f64 {
        u.iter().zip(y).map(|(u, y)| self.of(u.to_f64() - y.to_f64())).sum()
    }

    /// du ← weight·ρ′(u − y); returns Σ ρ(uᵢ − yᵢ).
    pub fn adjoint<F: Float>(self, u: &[F], y: &[F], weight: f64, du: &mut [F]) -> f64 {
        let mut sum = 0.0;
        for ((u, y), du) in u.iter().zip(y).zip(du) {
            let d = u.to_f64() - y.to_f64();
            sum += self.of(d);
            *du = F::from_f64(weight * self.slope(d));
        }
        sum
    }
}

impl FromStr for Loss {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.split_once(':').unwrap_or((text, "")) {
            ("l2", "") => Ok(Loss::L2),
            ("l1", "") => Ok(Loss::L1),
            ("charbonnier", "") => Ok(Loss::Charbonnier { epsilon: EPSILON }),
            ("charbonnier", epsilon) => {
                let wanted = "charbonnier:EPSILON is wanted, such as charbonnier:0.001".into();
                let bad = |_| Error::BadValue { name: "loss".into(), value: text.into(), wanted };
                let epsilon = Range::POSITIVE.check("epsilon of charbonnier", epsilon.parse().map_err(bad)?)?;
                Ok(Loss::Charbonnier { epsilon })
            }
            _ => Err(Error::unknown("loss", text, &["l1", "l2", "charbonnier"])),
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Loss::L2 => f.write_str("l2"),
            Loss::L1 => f.write_str("l1"),
            Loss::Charbonnier { epsilon } => write!(f, "charbonnier:{epsilon}"),
        }
    }
}

impl From<Loss> for String {
    fn from(loss: Loss) -> String {
        loss.to_string()
    }
}

impl TryFrom<String> for Loss {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}
