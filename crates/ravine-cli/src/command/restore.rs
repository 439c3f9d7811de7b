//! `ravine restore INPUT... -o OUT`.

mod options;
mod page;
mod report;

pub(crate) use options::Asking;
pub(crate) use report::{iterations, stop};

use crate::args::Threads;
use crate::batch::each;
use crate::exit::{Exit, Failure, Result};
use crate::files::{self, Destination, Input};
use crate::output::Output;
use crate::page::point;
use crate::pictures::{Reading, Source, Writing, named_as_picture, write_bytes};
use crate::progress::Progress;
use crate::trace::Trace;
use clap::Args;
use ravine::Settled;
use ravine::image::io::White;
use ravine::optim::StopReason;
use ravine::recipe::Restoration;
use ravine::restore::{Ended, Restored, UNTOUCHED, Watch, restore, settle};
use ravine_show::plot::restoration::Point;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// Remove the noise of pictures, and say how close the result is to the best one
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ravine restore noisy.png -o clean.png
  ravine restore photos/ -o clean/ --skip-existing
  ravine restore 'scans/*.tif' -o 'clean/{stem}_{method}.{ext}' --json
  ravine restore noisy.png -o try.png --crop 10,10,64,64 --method huber-tv
  ravine restore noisy.png -o clean.png --method tikhonov --rule adam
  ravine restore other.png -o same.png --recipe clean.png
  ravine restore noisy.png -o clean.png --method network --model mine.safetensors

The certificate: the result is the minimiser of an energy, found to within the distance that is printed. It says how exactly the
energy was minimised; how well the energy suits your picture, your eyes must say.")]
pub(crate) struct Options {
    /// Pictures, folders (their tree is kept), globs, or - for standard input
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<String>,
    /// A file, a folder, a template such as clean/{stem}_{method}.{ext}, or - for standard output
    #[arg(short, long, value_name = "OUT", required_unless_present_any = ["in_place", "print_recipe"])]
    output: Option<String>,
    /// Write each result over its input
    #[arg(long, conflicts_with = "output")]
    in_place: bool,
    /// Pass by what has its result already, and what is a result itself
    #[arg(long)]
    skip_existing: bool,
    #[command(flatten)]
    asking: Asking,
    /// Print the recipe of this run, with nothing left on auto, instead of running it
    #[arg(long, conflicts_with = "json")]
    print_recipe: bool,
    /// One JSON object a picture
    #[arg(long)]
    json: bool,
    /// Write every measure of every run into this file, one JSON object a line
    #[arg(long, value_name = "FILE.jsonl")]
    trace: Option<PathBuf>,
    /// Write a page for each picture into this folder: before, after, what was taken away, curves, numbers
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    writing: Writing,
    #[command(flatten)]
    threads: Threads,
}

impl Options {
    pub(crate) fn run(mut self, output: &mut Output, interrupt: &Arc<AtomicBool>) -> Result<Exit> {
        self.threads.install()?;
        let mut asked = self.asking.asked()?;
        self.reading.white = self.reading.white.or(asked.white.map(White::Value));
        self.writing.quality = self.writing.quality.or(asked.quality);
        asked.quality = self.writing.quality;
        asked.check()?;
        let many = self.inputs.len() > 1 || self.inputs.iter().any(|i| !files::is_one(i));
        let place = match &self.output {
            Some(text) => files::Output::new(text, many, self.writing.format)?,
            None => files::Output::InPlace,
        };
        let mut inputs = files::inputs(&self.inputs, &named_as_picture, place.folder())?;
        if self.print_recipe {
            return self.print_recipe(&asked, &inputs, output, interrupt);
        }
        if self.json && matches!(place, files::Output::Stdout) {
            return Err(Failure::usage("standard output cannot hold both the picture and --json: give -o a file"));
        }
        if self.skip_existing && place.names_the_method() && asked.method.is_auto() {
            return Err(Failure::usage("--skip-existing cannot know the {method} of the name before it is chosen: give --method"));
        }
        let methods: Vec<&str> = match asked.method.given() {
            Some(method) => vec![method.as_str(), UNTOUCHED],
            None => ravine::METHODS.iter().map(|m| m.name).collect(),
        };
        if self.skip_existing {
            inputs = place.without_results(inputs, &methods);
        }
        place.check(&inputs, &methods, &[("--trace", self.trace.as_deref())])?;
        if self.report.is_some() {
            files::check_pages(&inputs)?;
        }
        if place != files::Output::Stdout {
            output.go_on_unread();
        }
        let mut job = Job {
            trace: self.trace.as_deref().map(Trace::new).transpose()?,
            place,
            asked,
            interrupt: interrupt.clone(),
            options: &self,
        };
        each(&inputs, output, interrupt, |input, output| job.one(input, output))
    }

    fn print_recipe(
        &self,
        asked: &Restoration,
        inputs: &[Input],
        output: &mut Output,
        interrupt: &Arc<AtomicBool>,
    ) -> Result<Exit> {
        let [input] = inputs else { return Err(Failure::usage("--print-recipe takes one picture: each has its own")) };
        let source = self.reading.read(input, output).map_err(|f| f.of(input))?;
        let settled = settle(&source.picture, &self.with_white(asked, &source), Some(interrupt.clone()))?;
        output.line(Settled::Restore(settled).to_toml().trim_end())?;
        Ok(Exit::Done)
    }

    /// `asked` with the white that was found for this picture, where one was asked for.
    fn with_white(&self, asked: &Restoration, source: &Source) -> Restoration {
        Restoration { white: self.reading.white.map(|_| source.picture.companion.white), ..asked.clone() }
    }
}

/// What is the same for every input.
struct Job<'a> {
    options: &'a Options,
    asked: Restoration,
    place: files::Output,
    trace: Option<Trace>,
    interrupt: Arc<AtomicBool>,
}

impl Job<'_> {
    fn one(&mut self, input: &Input, output: &mut Output) -> Result<()> {
        let method = self.asked.method.given().map_or("auto", String::as_str);
        let early = self.place.destination(input, method)?;
        if self.options.skip_existing && matches!(&early, Destination::File(path) if path.exists()) {
            return report::skipped(input, &early, self.options.json, output);
        }
        self.options.writing.format_for(&early)?; // a wrong name is known before the work
        let source = self.options.reading.read(input, output)?;
        let start = Instant::now();
        let mut measures = Vec::new();
        let restored = self.restore(input, &source, &mut measures, output)?;
        let seconds = start.elapsed().as_secs_f64();
        if restored.stop == Ended::Ran(StopReason::Diverged) {
            return Err(Failure::new(Exit::Numerical, report::divergence(&restored, &self.asked)));
        }
        let destination = self.place.destination(input, &restored.settled.method)?;
        self.write(&source, &restored, &destination, output)?;
        let done = report::Done {
            input,
            destination: &destination,
            format: self.options.writing.format_for(&destination)?,
            restored: &restored,
            seconds,
        };
        if let Some(folder) = &self.options.report {
            let before = match restored.settled.crop {
                Some(w) => &source.picture.image.crop(w.x, w.y, w.width, w.height),
                None => &source.picture.image,
            };
            page::write(folder, &done, before, measures, output)?;
        }
        report::done(&done, self.options.json, output)
    }

    fn restore(&mut self, input: &Input, source: &Source, measures: &mut Vec<Point>, output: &mut Output) -> Result<Restored> {
        let grid = source.picture.grid();
        let unknowns = self.asked.crop.map_or(grid.len(), |w| grid.channels * w.width * w.height);
        let mut progress = Progress::new(&input.to_string(), output);
        let trace = &mut self.trace;
        let mut traced = Ok(());
        let mut observe = |measure: &ravine::optim::Measure| {
            progress.show(measure);
            measures.push(point(measure, unknowns));
            if let Some(trace) = trace.as_mut().filter(|_| traced.is_ok()) {
                traced = trace.write(input, measure);
            }
        };
        let watch = &mut Watch { interrupt: Some(self.interrupt.clone()), observe: &mut observe };
        let restored = restore(&source.picture, &self.options.with_white(&self.asked, source), watch)?;
        traced.map(|()| restored)
    }

    /// An untouched picture goes out as the bytes that came in, where the format is the same.
    fn write(&self, source: &Source, restored: &Restored, destination: &Destination, output: &mut Output) -> Result<()> {
        let writing = &self.options.writing;
        if restored.is_untouched() && self.asked.crop.is_none() && writing.format_for(destination)? == source.format {
            return write_bytes(&source.bytes, destination, output);
        }
        writing.write(&restored.picture, Some(&Settled::Restore(restored.settled.clone()).to_json()), destination, output)
    }
}
