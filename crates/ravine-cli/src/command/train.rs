//! `ravine train [PHOTOS…] -o MODEL`: a network learns to restore.

mod options;
mod progress;
mod report;

use crate::args::Threads;
use crate::exit::{Exit, Failure, Result};
use crate::files::{self, Input};
use crate::output::Output;
use crate::pictures::named_as_picture;
use clap::Args;
use options::Asking;
use progress::Progress;
use ravine::Settled;
use ravine::net::weights::Precision;
use ravine::optim::StopReason;
use ravine::train::{Beginning, Ended, Event, Files, Place, Watch, train};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Teach a network to restore pictures, from photographs or from scenes that are drawn
#[derive(Debug, Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "Examples:
  ravine train --time-limit 600 -o mine.safetensors
  ravine train photos/ -o mine.safetensors --sigma 0..55 --steps 20000 --validate held-back/
  ravine train photos/ -o mine.safetensors --start colour --sigma 0..75
  ravine train -o mine.safetensors --network dncnn --set-network depth=8 --sigma 25
  ravine train -o mine.safetensors --set eta=0.002 --schedule cosine --set-schedule steps=10000

Beside MODEL.safetensors stand MODEL.checkpoint, the state of the training, and MODEL.jsonl, its
journal. Ctrl-C saves, and the same command goes on where it stopped: the result is the same, bit
for bit, as without the interruption. The model that is written is the best one that was validated."
)]
pub(crate) struct Options {
    /// Photographs, folders of them, or globs; without any, scenes are drawn
    #[arg(value_name = "PHOTOS")]
    photos: Vec<String>,
    /// The model to be written
    #[arg(short, long, value_name = "MODEL.safetensors", required_unless_present = "print_recipe")]
    output: Option<PathBuf>,
    #[command(flatten)]
    asking: Asking,
    /// Judge by these pictures; without any, by photographs or scenes that are held out
    #[arg(long, value_name = "DIR")]
    validate: Vec<String>,
    /// Go on from MODEL.checkpoint, which must be there; where it is there, that is what happens anyway
    #[arg(long, conflicts_with = "restart")]
    resume: bool,
    /// Begin anew, and replace MODEL.checkpoint
    #[arg(long)]
    restart: bool,
    /// The journal: one JSON object a validation [default: MODEL.jsonl]
    #[arg(long, value_name = "FILE.jsonl")]
    log: Option<PathBuf>,
    /// Write the model in 16 bits a number: half the size, and as good. A training that has ended writes it anew
    #[arg(long)]
    half: bool,
    /// Print the recipe of this training, with nothing left on auto, instead of running it
    #[arg(long, conflicts_with = "json")]
    print_recipe: bool,
    /// One JSON object a validation, and one for the model
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    threads: Threads,
}

impl Options {
    pub(crate) fn run(self, output: &mut Output, interrupt: &Arc<AtomicBool>) -> Result<Exit> {
        self.threads.install()?;
        let asked = self.asking.asked()?;
        let files = Files { photographs: paths(&self.photos)?, validation: paths(&self.validate)? };
        let Some(model) = self.output.as_ref().filter(|_| !self.print_recipe) else {
            let settled = ravine::train::settle(&asked, &files)?;
            output.line(Settled::Train(settled).to_toml().trim_end())?;
            return Ok(Exit::Done);
        };
        let mut place = Place::of(model);
        if let Some(log) = &self.log {
            place.journal.clone_from(log);
        }
        if self.half {
            place.precision = Precision::Half;
        }
        files::make_folder_of(&place.model)?;
        files::make_folder_of(&place.journal)?;
        let beginning = match (self.resume, self.restart) {
            (true, _) => Beginning::Resumed,
            (_, true) => Beginning::Anew,
            _ => Beginning::WhereItStopped,
        };
        let mut progress = Progress::new(output.progress());
        let (json, mut shown) = (self.json, Ok(()));
        let mut show = |event: Event<'_>| {
            if let Event::Validated(entry) = &event
                && json
                && shown.is_ok()
            {
                shown = output.json(entry);
                if shown.is_err() {
                    interrupt.store(true, Ordering::Relaxed); // nobody reads on: no step more is wanted
                }
            }
            progress.show(&event);
        };
        let mut watch = Watch { interrupt: Some(interrupt.clone()), show: &mut show };
        let trained = train(&asked, &files, &place, beginning, &mut watch);
        drop(progress);
        let trained = trained?;
        shown?;
        report::done(&trained, &place, json, output)?;
        match trained.stop {
            Ended::Ran(StopReason::Diverged) => Err(Failure::new(Exit::Numerical, report::divergence(&trained, &place))),
            Ended::Ran(StopReason::Cancelled) => Err(Failure::new(Exit::Interrupted, report::interruption(&trained, &place))),
            _ => Ok(Exit::Done),
        }
    }
}

fn paths(arguments: &[String]) -> Result<Vec<PathBuf>> {
    let inputs = files::inputs(arguments, &named_as_picture, None)?;
    let path = |input: Input| match input {
        Input::File { path, .. } => Ok(path),
        Input::Stdin => Err(Failure::usage("pictures to learn from are read again and again: give files, not standard input")),
    };
    inputs.into_iter().map(path).collect()
}
