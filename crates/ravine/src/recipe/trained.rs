//! A model in a recipe.

use super::Recipe;
use crate::error::{Error, Result};
use ravine_net::Model;
use ravine_net::models::{self, SHIPPED, Shipped};
use ravine_net::pairs::family::Kind;
use ravine_net::weights;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A model by its name, and the model itself, where it is at hand.
///
/// That of a file is named by the SHA-256 of the file, so that a recipe knows no path and yet asks for the same weights again; one that
/// is inside the program by both, such as `grey@sha256:…`, so that a later program with other weights does not pass them off as these.
/// Only the name is saved: whoever reads a recipe with the name of a file's model must have the file.
#[derive(Clone, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub struct Trained {
    name: String,
    model: Option<Arc<Model>>,
}

impl Trained {
    /// The model in a file.
    ///
    /// # Errors
    /// It is not there, or no model.
    pub fn read(path: &Path) -> Result<Self> {
        let model = Model::read(path).map_err(|e| Error::from(e).of(&path.display().to_string()))?;
        Ok(Arc::new(model).into())
    }

    /// A model inside the program by its name, or that in a file.
    ///
    /// # Errors
    /// Those of [`Trained::read`], and a name that there is not.
    pub fn find(text: &str) -> Result<Self> {
        let named = Trained::from(text.to_string());
        if named.model.is_some() {
            return Ok(named);
        }
        match Trained::read(Path::new(text)) {
            // A word is meant as a name.
            Err(Error::Of { error, .. })
                if matches!(*error, Error::Weights(weights::Error::Missing)) && text.chars().all(char::is_alphanumeric) =>
            {
                let names: Vec<&str> = SHIPPED.iter().map(|shipped| shipped.name).collect();
                Err(ravine_optim::Error::unknown("model", text, &names).into())
            }
            read => read,
        }
    }

    /// The model inside the program that suits this kind of noise in pictures of so many channels.
    pub(crate) fn usual(noise: Kind, channels: usize) -> Result<Option<Self>> {
        models::usual(noise, channels).map(Trained::shipped).transpose()
    }

    fn shipped(shipped: &Shipped) -> Result<Self> {
        let model = shipped.model()?;
        Ok(Trained { name: format!("{}@sha256:{}", shipped.name, model.fingerprint()), model: Some(model) })
    }

    /// The kind of noise that it has learned to take away: that of its recipe, white where it has none.
    pub(crate) fn noise(&self) -> Result<Kind> {
        let recipe = self.model()?.card().recipe.clone().map(serde_json::from_value::<Recipe>);
        Ok(match recipe {
            Some(Ok(Recipe::Train(training))) => training.noise,
            _ => Kind::Gaussian,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The model.
    ///
    /// # Errors
    /// A recipe named it, and it is not at hand.
    pub fn model(&self) -> Result<&Arc<Model>> {
        self.model.as_ref().ok_or_else(|| {
            Error::Unsuited(format!(
                "the recipe asks for the model {}, which is not at hand: give its file with --model",
                self.name
            ))
        })
    }
}

impl From<Arc<Model>> for Trained {
    fn from(model: Arc<Model>) -> Self {
        Trained { name: format!("sha256:{}", model.fingerprint()), model: Some(model) }
    }
}

/// The name of a model inside the program, with or without its fingerprint, finds it.
impl From<String> for Trained {
    fn from(name: String) -> Self {
        let short = name.split_once('@').map_or(name.as_str(), |(short, _)| short);
        let found = models::named(short).and_then(|shipped| Trained::shipped(shipped).ok());
        found.filter(|found| name == short || name == found.name).unwrap_or(Trained { name, model: None })
    }
}

impl From<Trained> for String {
    fn from(trained: Trained) -> String {
        trained.name
    }
}

impl PartialEq for Trained {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Trained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
