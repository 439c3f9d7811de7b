//! Recipes from files: TOML, JSON, or a picture that carries the one it was made by.

use crate::exit::{Exit, Failure, Result, plain};
use ravine::Recipe;
use ravine::image::io;
use std::path::Path;

/// The recipe in a file.
pub(crate) fn read(file: &Path) -> Result<Recipe> {
    let of = |failure: Failure| failure.of(file.display());
    let bytes = std::fs::read(file).map_err(|e| of(Failure::new(Exit::Unreadable, plain(&e))))?;
    let text = match io::Format::sniff(&bytes) {
        Ok(_) => io::recipe(&bytes).ok_or_else(|| of(Failure::new(Exit::Unreadable, "this picture carries no recipe")))?,
        Err(_) => String::from_utf8(bytes).map_err(|_| of(Failure::new(Exit::Unreadable, "it is neither text nor a picture")))?,
    };
    Recipe::read(&text).map_err(|e| of(e.into()))
}

/// The refusal of a recipe that is not for the command at hand.
pub(crate) fn of_another_command(file: &Path, recipe: &Recipe) -> Failure {
    Failure::usage(format!("{} is a recipe of {}", file.display(), recipe.command()))
}
