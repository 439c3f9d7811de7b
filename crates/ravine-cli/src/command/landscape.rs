//! `ravine landscape MODEL|SURFACE|energy:IMAGE`: an objective on a line or a plane, with the way that led there.

mod progress;

use crate::args::{Course, Schedules, Threads, named, setting};
use crate::drawing::Drawing;
use crate::exit::{Exit, Failure, Result};
use crate::files::make_folder_of;
use crate::output::Output;
use crate::page;
use crate::typed;
use clap::Args;
use progress::Progress;
use ravine::Auto;
use ravine::image::io::{npy_matrix, write_whole};
use ravine::landscape::{Directions, Place, Survey, Surveying, Terrain, Trial, Watch, survey};
use ravine::net::Statistics;
use ravine::optim::Float;
use ravine::optim::parameter::Setting;
use ravine::optim::spectrum::{Curvature, Eigenvalue};
use ravine::optim::surface::SURFACES;
use ravine::recipe::Descending;
use ravine_show::plot::landscape::{direction, figure, percent};
use ravine_show::plot::number::short;
use ravine_show::report;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Look at the loss of a model, at a surface or at the energy of a picture: on a plane through a point, with its curvatures
#[derive(Debug, Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "Examples:
  ravine landscape rosenbrock --rule adam --set eta=0.05 --steps 500 --plot valley.html
  ravine landscape mine.safetensors --plot loss.svg --npy loss.npy
  ravine landscape last.safetensors --path first.safetensors middle.safetensors --eigenvalues 3 --plot way.html
  ravine landscape energy:photo.png --method huber-tv --lambda 10 --dimensions 1

J(theta + a d1 + b d2) over a and b, theta the end of the path: of a descent on a surface or an energy, of a series of
models for a network. The path is projected on the plane; how much of its variance the plane holds is printed. A value
that is not finite is a gap. With --npy or --plot the points are kept in FILE.partial until all is written, and the
same command goes on where it was interrupted."
)]
pub(crate) struct Options {
    /// A model (.safetensors), a surface (`ravine list surfaces`), quadratic:FILE.json, or energy:IMAGE
    what: String,
    /// Along random directions, random ones with filters as long as the network's (Li et al. 2018), or the principal components of the
    /// path [default: pca where there is a path, else filter for a network, else random]
    #[arg(long, value_name = "random|filter|pca")]
    directions: Option<Directions>,
    /// A line or a plane
    #[arg(long, value_name = "1|2", default_value_t = 2)]
    dimensions: usize,
    /// Points on a side [default: 61; 21 for a network]
    #[arg(long, value_name = "N")]
    size: Option<usize>,
    /// From -R to R along each direction [default: around the path, or 1 where lengths are those of the weights]
    #[arg(long, value_name = "R", allow_negative_numbers = true)]
    radius: Option<f64>,
    /// So many eigenvalues of the Hessian at each end of its spectrum
    #[arg(long, value_name = "N", default_value_t = 1)]
    eigenvalues: usize,
    /// The seed of directions, of samples and noise of a descent
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Draw it; by extension a figure, or a page with the numbers
    #[arg(long, value_name = "FILE.svg|png|html")]
    plot: Option<PathBuf>,
    /// Write the values as a matrix in double precision, the second coordinate from its low end up
    #[arg(long, value_name = "FILE.npy")]
    npy: Option<PathBuf>,
    /// One JSON object with everything; gaps are null
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    network: OfNetwork,
    #[command(flatten)]
    descent: OfDescent,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Of a model")]
struct OfNetwork {
    /// Earlier models of the same network, in their order: the path
    #[arg(long, value_name = "FILE", num_args = 1..)]
    path: Vec<PathBuf>,
    /// The risk is the mean over so many held-out pictures, rounded up to whole batches [default: 32]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pairs: Option<u32>,
    /// What a batch normalisation normalises with: each batch's own statistics, as in a training, or the running ones, as in use [default: batch]
    #[arg(long, value_name = "batch|running", value_parser = statistics)]
    statistics: Option<Statistics>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Of a surface or an energy")]
struct OfDescent {
    #[command(flatten)]
    course: Course,
    /// The update rule whose descent is the path [default: gradient-descent]
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// A knob of the rule, such as eta=0.01; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    set: Vec<(String, Setting)>,
    #[command(flatten)]
    schedules: Schedules,
    /// Steps of the descent; with 0, look at the start [default: 100]
    #[arg(long, value_name = "N")]
    steps: Option<u64>,
    /// Of energy:IMAGE, the method whose energy it is: tikhonov or huber-tv [default: tikhonov]
    #[arg(long, value_name = "NAME")]
    method: Option<Auto<String>>,
    /// Of energy:IMAGE, the weight of the data term
    #[arg(long, value_name = "X|auto", allow_negative_numbers = true)]
    lambda: Option<Auto<f64>>,
}

fn statistics(text: &str) -> std::result::Result<Statistics, String> {
    match text {
        "batch" => Ok(Statistics::Batch),
        "running" => Ok(Statistics::Running),
        _ => Err("batch or running is wanted".into()),
    }
}

impl OfNetwork {
    /// The first of these options that was given.
    fn given(&self) -> Option<&'static str> {
        let given =
            [("--path", !self.path.is_empty()), ("--pairs", self.pairs.is_some()), ("--statistics", self.statistics.is_some())];
        given.into_iter().find_map(|(name, given)| given.then_some(name))
    }

    fn trial(&self) -> Trial {
        let usual = Trial::default();
        Trial { pairs: self.pairs.map_or(usual.pairs, |n| n as usize), statistics: self.statistics.unwrap_or(usual.statistics) }
    }
}

impl OfDescent {
    /// The first of these options that was given.
    fn given(&self, asked: &Descending) -> Option<&'static str> {
        let scheduled = asked.schedule.is_some() || !asked.schedules.is_empty();
        let given = [
            ("--rule", self.rule.is_some()),
            ("--set", !self.set.is_empty()),
            ("--schedule", scheduled),
            ("--steps", self.steps.is_some()),
            ("--method", self.method.is_some()),
            ("--lambda", self.lambda.is_some()),
        ];
        given.into_iter().find_map(|(name, given)| given.then_some(name)).or_else(|| self.course.given())
    }

    fn asked(&self, surface: &str, seed: u64) -> Descending {
        let mut asked = Descending { seed, ..Descending::default() };
        named(&mut asked.surface, &Some(surface.into()), &self.course.set_surface);
        self.course.write(&mut asked.start, &mut asked.batch, &mut asked.gradient_noise);
        named(&mut asked.rule, &self.rule, &self.set);
        self.schedules.write(&mut asked.schedule, &mut asked.schedules);
        asked.steps = self.steps.unwrap_or(asked.steps);
        asked.method = self.method.clone().unwrap_or(asked.method);
        asked.lambda = self.lambda.unwrap_or(asked.lambda);
        asked
    }
}

impl Options {
    pub(crate) fn run(self, output: &mut Output, interrupt: &Arc<AtomicBool>) -> Result<Exit> {
        self.threads.install()?;
        let drawing = self.plot.as_deref().map(Drawing::at).transpose()?;
        if let Some(file) = self.npy.as_deref().filter(|file| file.extension().is_none_or(|e| e != "npy")) {
            return Err(Failure::usage(format!("--npy {}: a file that ends in .npy is wanted", file.display())));
        }
        let partial = self.npy.as_ref().or(self.plot.as_ref()).map(|file| {
            let mut name = file.clone().into_os_string();
            name.push(".partial");
            PathBuf::from(name)
        });
        let found = self.survey(partial.as_deref(), output, interrupt)?;
        if let Some(file) = &self.npy {
            make_folder_of(file)?;
            let columns = found.values.first().map_or(0, Vec::len);
            write_whole(file, &npy_matrix(columns, &found.values.concat()))
                .map_err(|e| Failure::from(ravine::Error::from(e)).of(file.display()))?;
        }
        let lines = summary(&found);
        if let Some(drawing) = drawing {
            // The eigenvalues have a table of their own.
            let told = page::paragraph(lines.iter().map(String::as_str).filter(|line| !line.starts_with("  ")));
            let page = || report::landscape::report(&found, &told, &typed::command_line(), typed::PROGRAM);
            drawing.write(&figure(&found), page)?;
        }
        if let Some(partial) = partial {
            let _ = std::fs::remove_file(partial); // what it kept is written; a file that stays costs the next run nothing but a look
        }
        match self.json {
            true => output.json(&found)?,
            false => found.notes.iter().chain(&lines).try_for_each(|line| output.line(line))?,
        }
        Ok(Exit::Done)
    }

    fn survey(&self, partial: Option<&Path>, output: &Output, interrupt: &Arc<AtomicBool>) -> Result<Survey> {
        let asked = self.descent.asked(&self.what, self.seed);
        if Path::new(&self.what).extension().is_some_and(|e| e.eq_ignore_ascii_case("safetensors")) {
            if let Some(option) = self.descent.given(&asked) {
                return Err(Failure::usage(format!(
                    "{option} is for the descent on a surface or an energy, and {} is a model",
                    self.what
                )));
            }
            let terrain = Terrain::of_model(Path::new(&self.what), &self.network.path, self.network.trial())?;
            return self.look(terrain, partial, output, interrupt);
        }
        if let Some(option) = self.network.given() {
            return Err(Failure::usage(format!("{option} is for models, and {} is none: a model ends in .safetensors", self.what)));
        }
        if SURFACES.iter().all(|row| row.name != self.what) && Path::new(&self.what).is_file() {
            let says = "is a file, but no model (.safetensors): for the energy of a picture write energy:";
            return Err(Failure::usage(format!("{} {says}{}", self.what, self.what)));
        }
        let terrain = Terrain::of_descent(&asked, Some(interrupt.clone()))?;
        self.look(terrain, partial, output, interrupt)
    }

    fn look<F: Float>(
        &self,
        terrain: Terrain<F>,
        partial: Option<&Path>,
        output: &Output,
        interrupt: &Arc<AtomicBool>,
    ) -> Result<Survey> {
        let auto = |given: Option<usize>| given.map_or(Auto::Auto, Auto::Given);
        let asked = Surveying {
            dimensions: self.dimensions,
            size: auto(self.size),
            radius: self.radius.map_or(Auto::Auto, Auto::Given),
            directions: self.directions.map_or(Auto::Auto, Auto::Given),
            eigenvalues: self.eigenvalues,
            seed: self.seed,
        };
        partial.map_or(Ok(()), make_folder_of)?;
        let mut progress = Progress::new(output.progress());
        let watch = &mut Watch {
            interrupt: Some(interrupt.clone()),
            partial: partial.map(Path::to_path_buf),
            show: &mut |event| progress.show(event),
        };
        Ok(survey(terrain, &asked, watch)?)
    }
}

/// What was found, a line a thing.
fn summary(found: &Survey) -> Vec<String> {
    let all = || found.values.iter().flatten().copied();
    let finite = || all().filter(|v| v.is_finite());
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    let (points, gaps) = (all().count(), all().count() - finite().count());
    let side = found.values.first().map_or(0, Vec::len);
    let grid =
        if found.window.len() == 1 { format!("a line of {side} points") } else { format!("a plane of {side} × {side} points") };
    let mut lines = vec![format!("{}: {grid}, {} unknowns", found.name, found.unknowns)];
    for (k, (low, high)) in found.window.iter().enumerate() {
        lines.push(format!("coordinate {}, {}: from {} to {}", k + 1, direction(found, k), short(*low), short(*high)));
    }
    if let Some(shares) = &found.explained {
        let over = |length: fn(&Place) -> f64| found.path.iter().map(length).fold(0.0, f64::max);
        let (off, long) = (over(|place| place.distance), over(|place| place.coordinates.iter().map(|a| a.abs()).sum()));
        let held = percent(shares.iter().sum());
        let points = found.path.len();
        lines.push(match off > 1e-9 * long {
            true => format!(
                "path of {points} points: the slice holds {held} of its variance; its farthest point is {} off the slice",
                short(off)
            ),
            false => format!("path of {points} points, all of them on the slice"),
        });
    }
    let end = found.path.last().map_or(f64::NAN, |place| place.value);
    lines.push(match gaps == points {
        true => "no value is finite".into(),
        false => format!("values from {} to {}, {} at the end of the path", short(low), short(high), short(end)),
    });
    if gaps > 0 {
        lines.push(format!("{gaps} of {points} points are not finite: gaps"));
    }
    lines.extend(found.curvature.iter().flat_map(curvature));
    lines
}

fn curvature(found: &Curvature) -> Vec<String> {
    let step = short(found.step);
    let mut lines =
        vec![format!("Hessian at the end of the path, by {} products, differences of gradients with step {step}:", found.products)];
    for (end, side) in [("largest", &found.largest), ("least", &found.least)] {
        lines.extend(side.iter().map(|Eigenvalue { value, residual, difference }| {
            format!(
                "  {end} eigenvalue {}, residual {}, differences agree to {}",
                short(*value),
                order(*residual),
                order(*difference)
            )
        }));
    }
    lines
}

/// Of an error, its size is enough.
fn order(error: f64) -> String {
    format!("{error:.0e}")
}
