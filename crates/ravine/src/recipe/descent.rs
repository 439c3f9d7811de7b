//! What a descent is asked to do. Nothing in it can be *auto* once its start and rate are known, so it is its own settled form.

use super::Named;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A descent of an objective by an update rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Descending {
    /// What is descended.
    pub surface: Named,
    /// The update rule.
    pub rule: Named,
    /// η over the steps; constant if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Named>,
    /// The first point; the surface's own if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Vec<f64>>,
    /// How many steps.
    pub steps: u64,
    /// The standard deviation of the noise added to every coordinate of the gradient.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub gradient_noise: f64,
    /// How many samples of a finite sum make one gradient.
    #[serde(default)]
    pub batch: Batch,
    /// The numbers that are computed with.
    #[serde(default)]
    pub precision: Precision,
    /// The seed of noise and samples.
    #[serde(default)]
    pub seed: u64,
}

fn is_zero(x: &f64) -> bool {
    *x == 0.0
}

/// How many samples of a finite sum make one gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Batch {
    /// All of them: the gradient is exact.
    #[default]
    All,
    /// So many, drawn by the seed.
    Samples(usize),
}

impl FromStr for Batch {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match text.parse() {
            Ok(n) if n > 0 => Ok(Batch::Samples(n)),
            _ if text == "all" => Ok(Batch::All),
            _ => Err(Error::Value { name: "batch", value: text.into(), wanted: "all, or a number of samples of at least 1" }),
        }
    }
}

impl fmt::Display for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Batch::All => f.write_str("all"),
            Batch::Samples(n) => write!(f, "{n}"),
        }
    }
}

impl Serialize for Batch {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Batch {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The numbers that a descent computes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 24 bits.
    F32,
    /// 53 bits.
    #[default]
    F64,
}
