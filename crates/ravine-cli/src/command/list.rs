//! `ravine list KIND`: the tables of the families, as they stand.

use crate::exit::{Exit, Failure, Result};
use crate::output::Output;
use clap::Args;
use ravine::image::operator::OPERATORS;
use ravine::net::design::DESIGNS;
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
}

type Entries = fn() -> Vec<Entry>;

/// Every kind with its table.
const KINDS: &[(&str, Entries)] = &[
    ("methods", || METHODS.iter().map(|m| Entry { name: m.name, summary: m.summary, knobs: m.knobs() }).collect()),
    ("solvers", || SOLVERS.iter().map(|s| Entry { name: s.name, summary: s.summary, knobs: Vec::new() }).collect()),
    ("rules", || rule::RULES.iter().map(|r| Entry { name: r.name, summary: r.summary, knobs: (r.parameters)() }).collect()),
    ("networks", || DESIGNS.iter().map(|d| Entry { name: d.name, summary: d.summary, knobs: (d.parameters)() }).collect()),
    ("terms", || plain(&TERMS)),
    ("operators", || plain(&OPERATORS)),
    ("surfaces", || surface::SURFACES.iter().map(|s| Entry { name: s.name, summary: s.summary, knobs: s.knobs() }).collect()),
    ("schedules", || {
        schedule::SCHEDULES.iter().map(|s| Entry { name: s.name, summary: s.summary, knobs: s.parameters() }).collect()
    }),
    ("lessons", || LESSONS.iter().map(|l| Entry { name: l.name, summary: l.claim, knobs: l.knobs() }).collect()),
];

/// Things without knobs.
fn plain(table: &[(&'static str, &'static str)]) -> Vec<Entry> {
    table.iter().map(|(name, summary)| Entry { name, summary, knobs: Vec::new() }).collect()
}

fn kinds() -> clap::builder::PossibleValuesParser {
    KINDS.iter().map(|(kind, _)| *kind).collect::<Vec<_>>().into()
}

impl Options {
    pub(crate) fn run(self, output: &mut Output) -> Result<Exit> {
        let (_, entries) = KINDS.iter().find(|(kind, _)| *kind == self.kind).ok_or_else(|| Failure::usage("no such kind"))?;
        let entries = entries();
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
