//! A level, or a range of levels of which every pair draws one: `25`, `0..55`.

use ravine_optim::parameter::Range;
use ravine_optim::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// All numbers from `low` to `high`, each equally likely. In recipes a number, or a text such as `0..55`.
///
/// ```
/// use ravine_net::pairs::Span;
/// let sigma: Span = "0..55".parse()?;
/// assert_eq!((sigma.low(), sigma.high(), sigma.at(0.5)), (0.0, 55.0, 27.5));
/// assert_eq!("25".parse::<Span>()?, Span::fixed(25.0));
/// assert_eq!(serde_json::to_string(&[Span::fixed(25.0), sigma]).unwrap(), r#"[25.0,"0..55"]"#);
/// assert_eq!("55..0".parse::<Span>().unwrap_err().to_string(), "`55..0` is no range: its low end lies above its high end");
/// # Ok::<(), ravine_optim::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct Span {
    low: f64,
    high: f64,
}

/// As it stands in a recipe.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Number(f64),
    Text(String),
}

impl Span {
    /// One level.
    pub fn fixed(level: f64) -> Self {
        Span { low: level, high: level }
    }

    /// From `low` to `high`.
    ///
    /// # Errors
    /// They are not in order, or not numbers.
    pub fn new(low: f64, high: f64) -> Result<Self> {
        if low <= high && (high - low).is_finite() {
            return Ok(Span { low, high });
        }
        let fault = if low > high { "its low end lies above its high end" } else { "its ends must be finite numbers" };
        Err(Error::Unsuited(format!("`{low}..{high}` is no range: {fault}")))
    }

    /// Its least level.
    pub fn low(self) -> f64 {
        self.low
    }

    /// Its largest level.
    pub fn high(self) -> f64 {
        self.high
    }

    /// The level at t of the way from the low end (0) to the high end (1).
    pub fn at(self, t: f64) -> f64 {
        self.low + t * (self.high - self.low)
    }

    /// `Ok` if both ends lie in `range`.
    ///
    /// # Errors
    /// The end that lies outside, under the knob's `name`.
    pub fn check(self, name: &str, range: Range) -> Result<Self> {
        range.check(name, self.low)?;
        range.check(name, self.high)?;
        Ok(self)
    }
}

impl FromStr for Span {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let number = |part: &str| {
            let wanted = || Error::Unsuited(format!("`{text}` is neither a number nor a range such as 0..55"));
            part.trim().parse::<f64>().map_err(|_| wanted())
        };
        match text.split_once("..") {
            Some((low, high)) => Span::new(number(low)?, number(high)?),
            None => number(text).and_then(|level| Span::new(level, level)),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.low == self.high { write!(f, "{}", self.low) } else { write!(f, "{}..{}", self.low, self.high) }
    }
}

impl From<Span> for Written {
    fn from(span: Span) -> Self {
        if span.low == span.high { Written::Number(span.low) } else { Written::Text(span.to_string()) }
    }
}

impl TryFrom<Written> for Span {
    type Error = Error;

    fn try_from(written: Written) -> Result<Self> {
        match written {
            Written::Number(level) => Span::new(level, level),
            Written::Text(text) => text.parse(),
        }
    }
}
