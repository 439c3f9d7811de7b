//! Recipes from files: TOML, JSON, or a picture or model that carries the one it was made by.

use crate::exit::{Exit, Failure, Result, plain};
use ravine::Recipe;
use ravine::image::io;
use ravine::net::weights;
use std::path::Path;

/// The recipe in a file.
pub(crate) fn read(file: &Path) -> Result<Recipe> {
    let of = |failure: Failure| failure.of(file.display());
    let bytes = std::fs::read(file).map_err(|e| of(Failure::new(Exit::Unreadable, plain(&e))))?;
    let text = match io::Format::sniff(&bytes) {
        _ if file.extension().is_some_and(|e| e == "safetensors") => of_model(&bytes).map_err(of)?,
        Ok(_) => io::recipe(&bytes).ok_or_else(|| of(Failure::new(Exit::Unreadable, "this picture carries no recipe")))?,
        Err(_) => String::from_utf8(bytes).map_err(|_| of(Failure::new(Exit::Unreadable, "it is neither text nor a picture")))?,
    };
    Recipe::read(&text).map_err(|e| of(e.into()))
}

/// The recipe that a model carries.
fn of_model(bytes: &[u8]) -> Result<String> {
    let contents = weights::decode(bytes).map_err(|e| Failure::new(Exit::Unreadable, e))?;
    let recipe = contents.card.and_then(|card| card.recipe).map(|recipe| recipe.to_string());
    recipe.ok_or_else(|| Failure::new(Exit::Unreadable, "this model carries no recipe"))
}

/// The refusal of a recipe that is not for the command at hand.
pub(crate) fn of_another_command(file: &Path, recipe: &Recipe) -> Failure {
    Failure::usage(format!("{} is a recipe of {}", file.display(), recipe.command()))
}
