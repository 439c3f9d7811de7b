//! What a race is asked to do, and what it did.

use super::Named;
use crate::auto::Auto;
use ravine_optim::Search;
use serde::{Deserialize, Serialize};

/// A race of update rules on one surface, each with the η that the same search found for it.
///
/// Settled, rules, start, seeds and tolerance are written down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Racing {
    /// How many steps, in each trial and in the race.
    pub steps: u64,
    /// The first point; the surface's own if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Vec<f64>>,
    /// How many samples of a finite sum make one gradient: `all`, or a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<String>,
    /// The standard deviation of the noise added to every coordinate of the gradient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gradient_noise: Option<f64>,
    /// The goal: this share of J(start) − J*. Auto: 10⁻⁶; 10⁻² where gradients are noisy.
    #[serde(skip_serializing_if = "Auto::is_auto")]
    pub tolerance: Auto<f64>,
    /// The first seed.
    pub seed: u64,
    /// How many seeds race; as many others tune. Auto: 9 where anything depends on the seed, else 1.
    #[serde(skip_serializing_if = "Auto::is_auto")]
    pub seeds: Auto<u64>,
    /// What η is tried, and how often.
    pub search: Search,
    /// Where the race is.
    pub surface: Named,
    /// Who races; every rule there is, if empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Named>,
}

impl Default for Racing {
    fn default() -> Self {
        Racing {
            steps: 200,
            start: None,
            batch: None,
            gradient_noise: None,
            tolerance: Auto::Auto,
            seed: 0,
            seeds: Auto::Auto,
            search: Search::default(),
            surface: Named::new("ravine"),
            rules: Vec::new(),
        }
    }
}
