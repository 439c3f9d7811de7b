//! A model in a recipe.

use crate::error::{Error, Result};
use ravine_net::Model;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A model by its name, and the model itself, where it is at hand.
///
/// That of a file is named by the SHA-256 of the file, so that a recipe knows no path and yet asks for the same weights again. Only the
/// name is saved: whoever reads a recipe with such a name must have the file.
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

impl From<String> for Trained {
    fn from(name: String) -> Self {
        Trained { name, model: None }
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
