//! Recipes from files: TOML or JSON.

use crate::exit::{Exit, Failure, Result};
use ravine::Recipe;
use std::path::Path;

/// The recipe in a file.
pub(crate) fn read(file: &Path) -> Result<Recipe> {
    let of = |failure: Failure| failure.of(file.display());
    let text = std::fs::read_to_string(file).map_err(|e| of(Failure::new(Exit::Unreadable, e)))?;
    Recipe::read(&text).map_err(|e| of(e.into()))
}
