//! What a descent is asked to do, and what it did.

use super::Named;
use crate::auto::Auto;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A descent of an objective by an update rule.
///
/// Settled, the start, the rule's η and, for an energy, λ are written down; nothing else can be *auto*.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Descending {
    /// How many steps.
    pub steps: u64,
    /// The first point; the surface's own, or the picture, if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Vec<f64>>,
    /// The standard deviation of the noise added to every coordinate of the gradient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gradient_noise: Option<f64>,
    /// How many samples of a finite sum make one gradient: `all`, or a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<String>,
    /// The numbers that are computed with.
    pub precision: Precision,
    /// The seed of noise and samples.
    pub seed: u64,
    /// The average of θ that is the answer, as [`ravine_optim::Average`] reads it: `ema:0.999`, `swa`, `swa:1000`; θ itself if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average: Option<String>,
    /// For `energy:IMAGE`: the method whose energy it is.
    #[serde(skip_serializing_if = "Auto::is_auto")]
    pub method: Auto<String>,
    /// For `energy:IMAGE`: λ of the data term.
    #[serde(skip_serializing_if = "Auto::is_auto")]
    pub lambda: Auto<f64>,
    /// What is descended: a surface by its name, `quadratic:FILE.json` or `energy:IMAGE`.
    pub surface: Named,
    /// The update rule.
    pub rule: Named,
    /// η over the steps; constant if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Named>,
    /// Other knobs of the rule over the steps, and `gradient-noise`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub schedules: BTreeMap<String, Named>,
}

impl Default for Descending {
    fn default() -> Self {
        Descending {
            steps: 100,
            start: None,
            gradient_noise: None,
            batch: None,
            precision: Precision::default(),
            seed: 0,
            average: None,
            method: Auto::Auto,
            lambda: Auto::Auto,
            surface: Named::new("ravine"),
            rule: Named::new("gradient-descent"),
            schedule: None,
            schedules: BTreeMap::new(),
        }
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
