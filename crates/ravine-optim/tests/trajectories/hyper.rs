//! The hyperparameters of a run, read by name; what nobody reads must be off.

use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::BTreeSet;

pub(crate) struct Hyper<'a> {
    all: &'a Map<String, Value>,
    read: RefCell<BTreeSet<&'a str>>,
}

impl<'a> Hyper<'a> {
    pub(crate) fn of(run: &'a Value) -> Result<Self, String> {
        let all = run["hyper"].as_object().ok_or("no hyperparameters")?;
        Ok(Hyper { all, read: RefCell::default() })
    }

    /// The first of `names` that there is.
    pub(crate) fn get(&self, names: &[&str]) -> Option<&'a Value> {
        let (name, value) = names.iter().find_map(|name| self.all.get_key_value(*name))?;
        self.read.borrow_mut().insert(name);
        Some(value)
    }

    /// A number that may be missing or null.
    pub(crate) fn number(&self, names: &[&str]) -> Option<f64> {
        self.get(names)?.as_f64()
    }

    /// A number that must be there.
    pub(crate) fn needed(&self, names: &[&str]) -> Result<f64, String> {
        self.number(names).ok_or_else(|| format!("{names:?} is missing"))
    }

    /// A switch, off where it is missing.
    pub(crate) fn switch(&self, name: &str) -> bool {
        self.get(&[name]).and_then(Value::as_bool).unwrap_or(false)
    }

    /// Nothing that was not read may change the run.
    pub(crate) fn all_read(&self) -> Result<(), String> {
        let off = |value: &Value| value.is_null() || value == &Value::Bool(false) || value.as_f64() == Some(0.0);
        match self.all.iter().find(|(name, value)| !self.read.borrow().contains(name.as_str()) && !off(value)) {
            Some((name, value)) => Err(format!("{name} = {value}")),
            None => Ok(()),
        }
    }
}
