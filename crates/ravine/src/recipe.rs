//! What was asked, and what was done, as plain data that can be saved, sent and repeated.
//!
//! A [`Recipe`] may leave choices on *auto*. Doing it gives a [`Settled`], in which nothing is: the same input and the settled
//! recipe give the same bytes again. A settled recipe knows no time, thread, host or path, and reads back as a recipe.

mod degradation;
mod descent;
mod racing;
mod restoration;
mod trained;
mod training;

pub use degradation::Degrading;
pub use descent::{Descending, Precision};
pub use racing::Racing;
pub(crate) use restoration::Choice;
pub use restoration::{Restoration, SettledRestoration, Span, Target, Window};
pub use trained::Trained;
pub use training::{Pictures, Training};

use crate::error::{Error, Result};
use ravine_optim::parameter::Setting;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recipe {
    /// Restore a picture.
    Restore(Restoration),
    /// Degrade a picture.
    Degrade(Degrading),
    /// Descend an objective by an update rule.
    Descend(Descending),
    /// Race update rules.
    Race(Racing),
    /// Train a network.
    Train(Training),
}

/// What was done: a recipe without *auto*.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Settled {
    /// A picture was restored.
    Restore(SettledRestoration),
    /// A picture was degraded.
    Degrade(Degrading),
    /// An objective was descended.
    Descend(Descending),
    /// Update rules raced.
    Race(Racing),
    /// A network was trained.
    Train(Training),
}

/// A thing from a table by its name, with the knobs that were set: `adam` with `beta1 = 0.8`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Its name in its table.
    pub name: String,
    /// The knobs that differ from their defaults.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, Setting>,
}

impl Named {
    /// With all knobs at their defaults.
    pub fn new(name: &str) -> Self {
        Named { name: name.into(), set: BTreeMap::new() }
    }

    /// The knobs as pairs, in the order of their names.
    pub fn settings(&self) -> Vec<(String, Setting)> {
        self.set.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

impl Recipe {
    /// Reads a recipe: TOML, or JSON if the text begins with `{`.
    ///
    /// ```
    /// use ravine::{Auto, Recipe};
    /// let Recipe::Restore(asked) = Recipe::read("[restore]\nmethod = \"tv\"\nsigma = 25.0\n").unwrap() else { panic!() };
    /// assert_eq!(asked.sigma, Auto::Given(25.0));
    /// assert_eq!(asked.lambda, Auto::Auto);
    /// ```
    pub fn read(text: &str) -> Result<Self> {
        let unreadable = |why: String| Error::Recipe(why.trim_end().to_string());
        if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|e| unreadable(e.to_string()))
        } else {
            toml::from_str(text).map_err(|e| unreadable(e.to_string()))
        }
    }

    /// The command that does it.
    pub fn command(&self) -> &'static str {
        match self {
            Recipe::Restore(_) => "restore",
            Recipe::Degrade(_) => "degrade",
            Recipe::Descend(_) => "descend",
            Recipe::Race(_) => "race",
            Recipe::Train(_) => "train",
        }
    }
}

impl Settled {
    /// As TOML, to be written into a file or printed.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("plain tables of numbers and words always serialise")
    }

    /// As one line of JSON, to be written into a picture's metadata.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("plain tables of numbers and words always serialise")
    }
}
