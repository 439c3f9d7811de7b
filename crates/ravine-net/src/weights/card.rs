//! What a file says about its weights.

use super::error::{Error, Result};
use crate::design::Design;
use serde::{Deserialize, Serialize};

/// The version of the format that is written and read.
pub const VERSION: u64 = 1;

/// The metadata entry that holds the card.
pub(super) const KEY: &str = "ravine";

/// What a file says about its weights: enough to build the network, and what a person may want to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// The network.
    pub network: Design,
    /// The least and the largest σ that it was trained for, in 8-bit grey levels.
    pub sigma: [f64; 2],
    /// What was done to train it, to be done again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<serde_json::Value>,
    /// Lines for people: where the data come from, what it reached, where it fails.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
}

/// The card with the version of the format before it.
#[derive(Serialize, Deserialize)]
struct Versioned<C> {
    version: u64,
    card: C,
}

impl Card {
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(&Versioned { version: VERSION, card: self }).expect("tables of numbers and words always serialise")
    }

    /// The version is looked at first: a later card may have another form.
    pub(super) fn read(text: &str) -> Result<Card> {
        let fault = |e: serde_json::Error| Error::Card(e.to_string());
        let Versioned { version, card } = serde_json::from_str::<Versioned<serde_json::Value>>(text).map_err(fault)?;
        if version != VERSION {
            return Err(Error::Version(version));
        }
        let card: Card = serde_json::from_value(card).map_err(fault)?;
        card.check()
    }

    /// Itself, if it can be true.
    fn check(self) -> Result<Card> {
        let [least, largest] = self.sigma;
        if !(0.0 <= least && least <= largest && largest <= 255.0) {
            return Err(Error::Card(format!("σ from {least} to {largest} is not within 0..255")));
        }
        Ok(self)
    }
}
