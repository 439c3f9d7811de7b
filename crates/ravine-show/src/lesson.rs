//! Lessons: every claim of the course, put to a test that it can fail.
//!
//! [`LESSONS`] is the table, in the order of the lecture; a new lesson is one file here and one line there. A lesson says what the lecture
//! says, measures, and cuts the claim into [cases](Case), each of which holds or does not; the [`Verdict`] follows from them, so no
//! lesson can declare its own success. What is measured stands beside what theory foretells, where it does.
//!
//! A lesson is run in full ([`Effort::Full`]), which gives the verdict, or quickly, in seconds, which is what the tests do: the quick run
//! must come to the same verdict, and its intervals must meet those of the full one.

mod disc;
mod findings;
mod noisy;
mod path;
mod regression;
mod student;

mod adagrad;
mod adam;
mod annealing;
mod averaging;
mod batch;
mod batchnorm;
mod constraints;
mod continuum;
mod curriculum;
mod delay;
mod descent;
mod duality;
mod early_stopping;
mod energy;
mod escape;
mod existence;
mod gradient_noise;
mod landscape;
mod minibatch;
mod momentum;
mod nesterov;
mod non_smooth;
mod online;
mod pairs;
mod pixels;
mod redundancy;
mod risk;
mod rmsprop;
mod sgd;
mod shuffling;
mod size;
mod sparse;
mod stages;
mod tradeoff;
mod two_roads;
mod uniqueness;
mod which;

pub use findings::{Case, Findings, Number, Theory, Verdict};

use crate::plot::Figure;
use crate::report::{Picture, Table};
use ravine::optim::parameter::{self, Described, Setting, Visitor};
use ravine::{Error, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// The lecture's parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Pictures as numbers, restoration as minimisation.
    Energies,
    /// From one picture to many: learning.
    Networks,
    /// Gradient descent, of all samples, of one, of some.
    GradientDescent,
    /// Momentum, and rates of each coordinate's own.
    BetterSteps,
    /// What else helps.
    Strategies,
    /// What the lecture announces.
    Announced,
}

impl Part {
    /// As a heading.
    pub fn heading(self) -> &'static str {
        match self {
            Part::Energies => "Images and energies",
            Part::Networks => "From energies to networks",
            Part::GradientDescent => "Gradient descent",
            Part::BetterSteps => "Better steps",
            Part::Strategies => "Additional strategies",
            Part::Announced => "Said to be coming",
        }
    }
}

/// How long a lesson may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effort {
    /// Seconds: enough to come to the same verdict.
    Quick,
    /// Minutes: enough to believe it.
    Full,
}

/// A claim of the lecture and its test. The fields of the type are its knobs.
pub trait Lesson: Sized {
    /// One word, as the user writes it.
    const NAME: &'static str;
    /// Where in the lecture.
    const PART: Part;
    /// What the lecture says, in one sentence.
    const CLAIM: &'static str;
    /// The formula that the lesson is about.
    const FORMULA: &'static str;
    /// The lesson with the settings for such an effort.
    fn new(effort: Effort) -> Self;
    /// Its knobs: what a student may change.
    fn parameters(&mut self, _visit: Visitor<'_>) {}
    /// Measures.
    ///
    /// # Errors
    /// A knob that has no meaning beside the others, or [`Error::Interrupted`].
    fn teach(&self, desk: &Desk<'_>) -> Result<Findings>;
}

/// What a lesson works with, beside its knobs.
#[derive(Debug, Clone, Copy)]
pub struct Desk<'a> {
    /// The seed of everything random.
    pub seed: u64,
    interrupt: &'a AtomicBool,
}

impl<'a> Desk<'a> {
    /// With this seed, until `interrupt` is set.
    pub fn new(seed: u64, interrupt: &'a AtomicBool) -> Self {
        Desk { seed, interrupt }
    }

    /// To be asked between pieces of work of no more than a second.
    ///
    /// # Errors
    /// [`Error::Interrupted`], once the user has had enough.
    pub fn go_on(&self) -> Result<()> {
        if self.interrupt.load(Ordering::Relaxed) { Err(Error::Interrupted) } else { Ok(()) }
    }
}

/// What came of a lesson. Serialised it is the object of `ravine lesson --json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Taught {
    /// The lesson.
    pub name: &'static str,
    /// What became of the claim.
    pub verdict: Verdict,
    /// What the lecture says.
    pub claim: &'static str,
    /// Where in the lecture.
    pub part: Part,
    /// How thoroughly.
    pub effort: Effort,
    /// The seed of everything random.
    pub seed: u64,
    /// Every knob.
    pub settings: BTreeMap<&'static str, Setting>,
    /// The claim, cut into what can be true or false.
    pub cases: Vec<Case>,
    /// What was measured: the same for the same seed, on any number of threads.
    pub numbers: Vec<Number>,
    /// What depends on the machine and the hour.
    pub timing: Vec<Number>,
    /// The formula.
    #[serde(skip)]
    pub formula: &'static str,
    /// What was learnt, in two or three sentences.
    #[serde(skip)]
    pub sentences: Vec<String>,
    /// What was drawn.
    #[serde(skip)]
    pub figures: Vec<Figure>,
    /// What is better read than drawn.
    #[serde(skip)]
    pub tables: Vec<Table>,
    /// What was restored.
    #[serde(skip)]
    pub pictures: Vec<Picture>,
}

type Teach = fn(Effort, &[(String, Setting)], &Desk<'_>) -> Result<Taught>;

/// A line of [`LESSONS`].
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The lesson's name.
    pub name: &'static str,
    /// Where in the lecture.
    pub part: Part,
    /// What the lecture says.
    pub claim: &'static str,
    knobs: fn() -> Vec<Described>,
    teach: Teach,
}

impl Row {
    const fn of<L: Lesson>() -> Row {
        Row { name: L::NAME, part: L::PART, claim: L::CLAIM, knobs: knobs::<L>, teach: teach::<L> }
    }

    /// Its knobs with their values in a full run.
    pub fn knobs(&self) -> Vec<Described> {
        (self.knobs)()
    }

    /// Teaches it, with some knobs set.
    ///
    /// # Errors
    /// A knob that is not there or out of its range, or [`Error::Interrupted`].
    pub fn teach(&self, effort: Effort, set: &[(String, Setting)], desk: &Desk<'_>) -> Result<Taught> {
        (self.teach)(effort, set, desk)
    }
}

fn knobs<L: Lesson>() -> Vec<Described> {
    let mut lesson = L::new(Effort::Full);
    parameter::describe(|visit| lesson.parameters(visit))
}

fn teach<L: Lesson>(effort: Effort, set: &[(String, Setting)], desk: &Desk<'_>) -> Result<Taught> {
    let mut lesson = L::new(effort);
    for (name, setting) in set {
        parameter::set(L::NAME, name, setting, |visit| lesson.parameters(visit))?;
    }
    let began = Instant::now();
    let found = lesson.teach(desk)?;
    let mut timing = vec![Number::new("the lesson", began.elapsed().as_secs_f64()).of("s")];
    timing.extend(found.timing);
    Ok(Taught {
        name: L::NAME,
        verdict: Verdict::of(&found.cases),
        claim: L::CLAIM,
        part: L::PART,
        effort,
        seed: desk.seed,
        settings: parameter::describe(|visit| lesson.parameters(visit)).into_iter().map(|k| (k.name, k.value)).collect(),
        cases: found.cases,
        numbers: found.numbers,
        timing,
        formula: L::FORMULA,
        sentences: found.sentences,
        figures: found.figures,
        tables: found.tables,
        pictures: found.pictures,
    })
}

/// Every lesson, in the lecture's order.
pub const LESSONS: &[Row] = &[
    // Images and energies
    Row::of::<pixels::Pixels>(),
    Row::of::<energy::Energy>(),
    Row::of::<tradeoff::Tradeoff>(),
    Row::of::<continuum::Continuum>(),
    Row::of::<size::Size>(),
    // From energies to networks
    Row::of::<pairs::Pairs>(),
    Row::of::<risk::Risk>(),
    Row::of::<stages::Stages>(),
    Row::of::<two_roads::TwoRoads>(),
    Row::of::<landscape::Landscape>(),
    // Gradient descent
    Row::of::<descent::Descent>(),
    Row::of::<batch::WholeSet>(),
    Row::of::<sgd::Sgd>(),
    Row::of::<averaging::Averaging>(),
    Row::of::<minibatch::MiniBatch>(),
    Row::of::<online::Online>(),
    Row::of::<redundancy::Redundancy>(),
    Row::of::<escape::Escape>(),
    Row::of::<delay::Delay>(),
    // Better steps
    Row::of::<momentum::Momentum>(),
    Row::of::<nesterov::Nesterov>(),
    Row::of::<annealing::Annealing>(),
    Row::of::<adagrad::Adagrad>(),
    Row::of::<rmsprop::RmsProp>(),
    Row::of::<adam::Adam>(),
    Row::of::<which::Which>(),
    // Additional strategies
    Row::of::<shuffling::Shuffling>(),
    Row::of::<curriculum::Curriculum>(),
    Row::of::<batchnorm::BatchNorm>(),
    Row::of::<early_stopping::EarlyStopping>(),
    Row::of::<gradient_noise::GradientNoise>(),
    // Said to be coming
    Row::of::<existence::Existence>(),
    Row::of::<uniqueness::Uniqueness>(),
    Row::of::<constraints::Constraints>(),
    Row::of::<non_smooth::NonSmooth>(),
    Row::of::<duality::Duality>(),
];

/// The lesson `name`.
///
/// # Errors
/// There is none; the nearest name is told.
///
/// ```
/// assert_eq!(ravine_show::lesson::named("descent")?.name, "descent");
/// let error = ravine_show::lesson::named("decent").unwrap_err();
/// assert_eq!(error.to_string(), "there is no lesson `decent`: did you mean `descent`?");
/// # Ok::<(), ravine::Error>(())
/// ```
pub fn named(name: &str) -> Result<&'static Row> {
    let names = || LESSONS.iter().map(|l| l.name).collect::<Vec<_>>();
    let found = LESSONS.iter().find(|l| l.name == name);
    found.ok_or_else(|| ravine::optim::Error::unknown("lesson", name, &names()).into())
}
