//! Averages of θ around any update: the descent goes on as it would, and answers with the average.

use crate::edit::Edits;
use crate::error::{Error, Result};
use crate::level::Level;
use crate::number::{Float, Lane};
use crate::parameter::{Range, Visitor};
use crate::rule::Step;
use crate::schedule::Schedule;
use crate::solver::{State, StateVisitor};
use crate::sweep::sweep;
use crate::update::Update;
use std::str::FromStr;

/// How θ is averaged. Read from text: `ema:0.999`, `swa`, `swa:1000`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Average {
    /// θ̄ ← βθ̄ + (1−β)θ after every move, from the first θ on (Polyak averaging that forgets; Ruppert 1988, Polyak & Juditsky 1992).
    Exponential {
        /// β in 0..1.
        beta: f64,
    },
    /// θ̄ ← the mean of all θ after the first `start` moves (stochastic weight averaging, Izmailov et al. 2018).
    Mean {
        /// Moves that do not count.
        start: u64,
    },
}

impl FromStr for Average {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let bad = || Error::BadValue {
            name: "average".into(),
            value: text.into(),
            wanted: "ema:BETA, swa or swa:START is wanted, such as ema:0.999".into(),
        };
        match text.split_once(':').unwrap_or((text, "")) {
            ("ema", beta) => {
                let beta = Range::FRACTION.check("beta of the average", beta.parse().map_err(|_| bad())?)?;
                Ok(Average::Exponential { beta })
            }
            ("swa", "") => Ok(Average::Mean { start: 0 }),
            ("swa", start) => Ok(Average::Mean { start: start.parse().map_err(|_| bad())? }),
            _ => Err(bad()),
        }
    }
}

/// An update and the average of where it has been.
///
/// ```
/// use ravine_optim::{Update, average::Averaged, rule};
/// let descent = rule::build::<f64>("gradient-descent", &[("eta", 1.0.into())])?;
/// let mut mean = Averaged::new(descent, "swa".parse()?);
/// let (mut x, mut room) = ([0.0], [0.0]);
/// mean.start(&x);
/// for t in 0..2 {
///     mean.begin(t);
///     mean.update(&mut x, &[-1.0], 0.0); // to 1, 2
/// }
/// assert_eq!(mean.answer(&x, &mut room), [1.5]);
/// # Ok::<(), ravine_optim::Error>(())
/// ```
pub struct Averaged<F> {
    inner: Box<dyn Update<F>>,
    average: Average,
    moves: u64,
    mean: Vec<F>,
    level: Level,
}

impl<F: Float> Averaged<F> {
    /// `inner`, averaged.
    pub fn new(inner: Box<dyn Update<F>>, average: Average) -> Self {
        Averaged { inner, average, moves: 0, mean: Vec::new(), level: Level::best() }
    }

    /// What the θ after move number `moves` weighs in the average, and whether it counts at all.
    fn weight(&self) -> Option<f64> {
        match self.average {
            Average::Exponential { .. } if self.moves == 1 => Some(1.0),
            Average::Exponential { beta } => Some(1.0 - beta),
            Average::Mean { start } => (self.moves > start).then(|| 1.0 / (self.moves - start) as f64),
        }
    }
}

impl<F: Float> Update<F> for Averaged<F> {
    fn start(&mut self, x: &[F]) {
        self.inner.start(x);
        self.mean = x.to_vec();
    }

    fn update(&mut self, x: &mut [F], gradient: &[F], value: f64) {
        self.inner.update(x, gradient, value);
        self.moves += 1;
        if let Some(weight) = self.weight() {
            sweep(
                self.level,
                &mut self.mean,
                x,
                [],
                #[inline(always)]
                move |mean, x, []| (mean.average(1.0 - weight, x), []),
            );
        }
    }

    /// The average; θ itself while nothing counts yet.
    fn answer<'a>(&'a self, x: &'a [F], _room: &'a mut [F]) -> &'a [F] {
        if self.moves > 0 && self.weight().is_some() { &self.mean } else { x }
    }

    fn state(&mut self, visit: StateVisitor<'_, F>) {
        visit("average", State::Slice(&mut self.mean));
        visit("moves", State::Count(&mut self.moves));
        self.inner.state(visit);
    }

    fn set_level(&mut self, level: Level) {
        self.level = level;
        self.inner.set_level(level);
    }

    fn begin(&mut self, t: u64) {
        self.inner.begin(t);
    }
    fn probe<'a>(&'a self, x: &'a [F], room: &'a mut [F]) -> &'a [F] {
        self.inner.probe(x, room)
    }
    fn at(&self) -> &Step {
        self.inner.at()
    }
    fn edits(&mut self) -> &mut Edits {
        self.inner.edits()
    }
    fn parameters(&mut self, visit: Visitor<'_>) {
        self.inner.parameters(visit);
    }
    fn schedule(&mut self, name: &str, schedule: Schedule) -> Result<()> {
        self.inner.schedule(name, schedule)
    }
}
