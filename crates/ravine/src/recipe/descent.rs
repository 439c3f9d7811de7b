//! What a descent is asked to do, and what it did.

use super::Named;
use serde::{Deserialize, Serialize};

/// A descent of an objective by an update rule.
///
/// Settled, the start and the rule's η are written down; nothing else can be *auto*.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Descending {
    /// How many steps.
    pub steps: u64,
    /// The first point; the surface's own if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Vec<f64>>,
    /// How many samples of a finite sum make one gradient: `all`, or a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<String>,
    /// The numbers that are computed with.
    pub precision: Precision,
    /// The seed of samples.
    pub seed: u64,
    /// What is descended: a surface by its name or `quadratic:FILE.json`.
    pub surface: Named,
    /// The update rule.
    pub rule: Named,
    /// η over the steps; constant if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Named>,
}

impl Default for Descending {
    fn default() -> Self {
        Descending {
            steps: 100,
            start: None,
            batch: None,
            precision: Precision::default(),
            seed: 0,
            surface: Named::new("ravine"),
            rule: Named::new("gradient-descent"),
            schedule: None,
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
