//! Going on from a checkpoint, and only from one of the same recipe.

use crate::auto::Auto;
use crate::error::{Error, Result};
use crate::recipe::Training;
use ravine_net::{Checkpoint, weights};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Whether a training goes on from its checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Beginning {
    /// Where there is one.
    #[default]
    WhereItStopped,
    /// There must be one.
    Resumed,
    /// Whatever there is, it begins at step 0, and the old checkpoint is replaced.
    Anew,
}

/// What may differ between the runs of one training: when it ends.
const FREE: &[&str] = &["steps", "time_limit", "until_psnr", "early_stopping"];

impl Beginning {
    /// The checkpoint to go on from.
    pub(super) fn saved(self, path: &Path) -> Result<Option<Checkpoint>> {
        if self == Beginning::Anew {
            return Ok(None);
        }
        match Checkpoint::read(path) {
            Ok(checkpoint) => Ok(Some(checkpoint)),
            Err(weights::Error::Missing) if self == Beginning::WhereItStopped => Ok(None),
            Err(weights::Error::Missing) => Err(Error::Unreadable(format!(
                "there is no checkpoint {} to go on from: leave out --resume to begin a training",
                path.display()
            ))),
            Err(error) => Err(Error::Unreadable(format!("{}: {error}; --restart begins anew and replaces it", path.display()))),
        }
    }
}

/// `asked` with what is on *auto* as it was settled when the training began.
pub(super) fn completed(asked: &Training, saved: Option<&Checkpoint>) -> Result<Training> {
    let mut asked = asked.clone();
    if let Some(saved) = saved {
        let began: Training = serde_json::from_value(saved.recipe().clone()).map_err(|e| Error::Recipe(e.to_string()))?;
        if let (Auto::Auto, Auto::Auto) = (&asked.steps, &asked.schedule) {
            asked.schedule = began.schedule;
        }
        if asked.steps.is_auto() {
            asked.steps = began.steps;
        }
    }
    Ok(asked)
}

/// Refuses a checkpoint of another recipe, and says what differs.
pub(super) fn compare(saved: &Checkpoint, settled: &Training, path: &Path) -> Result<()> {
    let here = fields(&serde_json::to_value(settled).map_err(|e| Error::Recipe(e.to_string()))?);
    let there = fields(saved.recipe());
    let differs = |name: &&String| !FREE.contains(&name.as_str()) && here.get(*name) != there.get(*name);
    let Some(name) = here.keys().chain(there.keys()).find(differs) else { return Ok(()) };
    let value = |fields: &BTreeMap<String, Value>| fields.get(name).map_or("absent".into(), Value::to_string);
    Err(Error::Unsuited(format!(
        "{} is the checkpoint of another recipe: {name} is {} there and {} here; ask for the same, give another -o, or begin anew with --restart",
        path.display(),
        value(&there),
        value(&here)
    )))
}

/// Every single value by its path, such as `rule.set.eta`.
fn fields(value: &Value) -> BTreeMap<String, Value> {
    fn walk(prefix: &str, value: &Value, found: &mut BTreeMap<String, Value>) {
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| {
                let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                walk(&path, value, found);
            }),
            value => drop(found.insert(prefix.into(), value.clone())),
        }
    }
    let mut found = BTreeMap::new();
    walk("", value, &mut found);
    found
}
