//! `ravine lesson NAME|all`: a claim of the course, measured.

use crate::args::{Threads, setting};
use crate::exit::{Exit, Failure, Result};
use crate::output::Output;
use crate::typed;
use clap::Args;
use ravine::image::io::write_whole;
use ravine::optim::parameter::Setting;
use ravine_show::lesson::{Case, Desk, Effort, LESSONS, Number, Row, Taught, named};
use ravine_show::plot::number::short;
use ravine_show::report::{Report, lesson as pages};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Put a claim of the course to the test: numbers, pictures, a verdict
#[derive(Debug, Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "Examples:
  ravine list lessons
  ravine lesson descent --report site/
  ravine lesson descent --set kappa=1000 --json
  ravine lesson all --quick --report site/"
)]
pub(crate) struct Options {
    /// The lesson (`ravine list lessons`), or all of them in the lecture's order
    #[arg(value_name = "NAME|all")]
    lesson: String,
    /// In seconds, with smaller problems and fewer seeds
    #[arg(long)]
    quick: bool,
    /// A knob of the lesson; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    set: Vec<(String, Setting)>,
    /// Write a page a lesson into this folder; of all, with a front page
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// The seed of everything random
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// One JSON object a lesson
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    threads: Threads,
}

impl Options {
    pub(crate) fn run(self, output: &mut Output, interrupt: &Arc<AtomicBool>) -> Result<Exit> {
        self.threads.install()?;
        let all = self.lesson == "all";
        if all && !self.set.is_empty() {
            return Err(Failure::usage("--set needs one lesson: each has knobs of its own"));
        }
        let lessons: Vec<&Row> = if all { LESSONS.iter().collect() } else { vec![named(&self.lesson)?] };
        let beside: Vec<&str> = lessons.iter().map(|l| l.name).collect();
        let effort = if self.quick { Effort::Quick } else { Effort::Full };
        let mut done = Vec::new();
        for lesson in &lessons {
            output.note(format_args!("{}: {}", lesson.name, lesson.claim));
            let taught = lesson.teach(effort, &self.set, &Desk::new(self.seed, interrupt))?;
            if let Some(folder) = &self.report {
                let command = typed::command_line();
                write(folder, &pages::file(taught.name), &pages::page(&taught, &beside, &command, typed::PROGRAM))?;
            }
            match self.json {
                true => output.json(&taught)?,
                false => told(&taught).into_iter().try_for_each(|line| output.line(line))?,
            }
            output.flush()?;
            done.push(taught);
        }
        if let Some(folder) = self.report.as_deref().filter(|_| all) {
            write(folder, pages::FRONT, &pages::front(&done, &typed::command_line(), typed::PROGRAM))?;
        }
        Ok(Exit::Done)
    }
}

fn write(folder: &Path, file: &str, page: &Report) -> Result<()> {
    let file = folder.join(file);
    crate::files::make_folder_of(&file)?;
    write_whole(&file, page.html().as_bytes()).map_err(|e| ravine::Error::from(e).into())
}

/// A lesson for a terminal.
fn told(taught: &Taught) -> Vec<String> {
    let mut lines = vec![format!("{}  {}", taught.name, taught.formula), format!("  the lecture says: {}", taught.claim)];
    let width = taught.numbers.iter().chain(&taught.timing).map(|n| n.name.chars().count()).max().unwrap_or(0);
    lines.extend(taught.numbers.iter().chain(&taught.timing).map(|n| format!("  {:width$}  {}", n.name, measured(n))));
    let mark = |case: &Case| case.known().map_or("?", |holds| if holds { "✓" } else { "✗" });
    lines.extend(taught.cases.iter().map(|c| format!("  {} {}", mark(c), c.says)));
    lines.push(format!("  verdict: {}", taught.verdict));
    lines.extend(taught.sentences.iter().map(|s| format!("  {s}")));
    lines
}

/// A number with its unit, its interval and its theory.
fn measured(number: &Number) -> String {
    let mut text = format!("{} {}", short(number.value), number.unit).trim_end().to_string();
    if let Some([low, high]) = number.interval {
        text += &format!("  [{}, {}]", short(low), short(high));
    }
    if let Some(theory) = number.theory {
        let agrees = if number.agrees() { "theory" } else { "DISAGREES with theory" };
        text += &format!("  ({agrees}: {} ± {})", short(theory.value), short(theory.tolerance));
    }
    text
}
