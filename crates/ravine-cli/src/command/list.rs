//! `ravine list KIND`: the tables of the families, as they stand.

use crate::exit::{Exit, Failure, Result};
use crate::output::Output;
use clap::Args;
use ravine::image::operator::OPERATORS;
use ravine::net::design::DESIGNS;
use ravine::net::models::{self, Shipped};
use ravine::optim::parameter::Described;
use ravine::optim::term::TERMS;
use ravine::optim::{rule, schedule, surface};
use ravine::{METHODS, SOLVERS};
use ravine_show::lesson::LESSONS;
use serde::Serialize;

/// List what there is to choose from
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  ravine list rules\n  ravine list surfaces --json")]
pub(crate) struct Options {
    /// One of the kinds below
    #[arg(value_parser = kinds())]
    kind: String,
    /// One JSON object a line, with every knob, its default and its range
    #[arg(long)]
    json: bool,
}

/// One thing that can be chosen.
#[derive(Debug, Serialize)]
struct Entry {
    name: &'static str,
    summary: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    knobs: Vec<Described>,
    #[serde(flatten)]
    trained: Option<Trained>,
}

/// What is known of a model.
#[derive(Debug, Serialize)]
struct Trained {
    channels: usize,
    weights: usize,
    /// The least and the largest σ that it is made for, in 8-bit grey levels.
    sigma: [f64; 2],
    /// SHA-256 of its file.
    sha256: String,
}

type Entries = fn() -> Result<Vec<Entry>>;

/// Every kind with its table.
const KINDS: &[(&str, Entries)] = &[
    ("methods", || all(METHODS.iter().map(|m| (m.name, m.summary, m.knobs())))),
    ("models", || models::SHIPPED.iter().map(model).collect()),
    ("solvers", || all(SOLVERS.iter().map(|s| (s.name, s.summary, Vec::new())))),
    ("rules", || all(rule::RULES.iter().map(|r| (r.name, r.summary, (r.parameters)())))),
    ("networks", || all(DESIGNS.iter().map(|d| (d.name, d.summary, (d.parameters)())))),
    ("terms", || all(TERMS.iter().map(|(name, summary)| (*name, *summary, Vec::new())))),
    ("operators", || all(OPERATORS.iter().map(|(name, summary)| (*name, *summary, Vec::new())))),
    ("surfaces", || all(surface::SURFACES.iter().map(|s| (s.name, s.summary, s.knobs())))),
    ("schedules", || all(schedule::SCHEDULES.iter().map(|s| (s.name, s.summary, s.parameters())))),
    ("lessons", || all(LESSONS.iter().map(|l| (l.name, l.claim, l.knobs())))),
];

/// Things with their knobs.
fn all(rows: impl Iterator<Item = (&'static str, &'static str, Vec<Described>)>) -> Result<Vec<Entry>> {
    Ok(rows.map(|(name, summary, knobs)| Entry { name, summary, knobs, trained: None }).collect())
}

fn model(shipped: &Shipped) -> Result<Entry> {
    let model = shipped.model().map_err(ravine::Error::from)?;
    let trained = Trained {
        channels: shipped.channels,
        weights: model.count(),
        sigma: model.card().sigma,
        sha256: model.fingerprint().into(),
    };
    Ok(Entry { name: shipped.name, summary: shipped.summary, knobs: Vec::new(), trained: Some(trained) })
}

fn kinds() -> clap::builder::PossibleValuesParser {
    KINDS.iter().map(|(kind, _)| *kind).collect::<Vec<_>>().into()
}

impl Options {
    pub(crate) fn run(self, output: &mut Output) -> Result<Exit> {
        let (_, entries) = KINDS.iter().find(|(kind, _)| *kind == self.kind).ok_or_else(|| Failure::usage("no such kind"))?;
        let entries = entries()?;
        let width = entries.iter().map(|e| e.name.len()).max().unwrap_or(0);
        for entry in &entries {
            match self.json {
                true => output.json(entry)?,
                false => output.line(format_args!("{:width$}  {}", entry.name, entry.summary))?,
            }
        }
        Ok(Exit::Done)
    }
}
