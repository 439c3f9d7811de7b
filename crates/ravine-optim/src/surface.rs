//! Surfaces: objectives given by a formula or by a few drawn samples, with a place to start and, where known, their minima.
//!
//! [`SURFACES`] is the table; a new surface is one file here and one line there. Everything is computed in f64, and a [`Surface`] is
//! an [`Objective`] for f32 and f64 alike. It knows no rule and no plot.

mod beale;
mod himmelblau;
mod rastrigin;
mod ravine;
mod rosenbrock;
mod saddle;
mod two_basins;

pub use beale::Beale;
pub use himmelblau::Himmelblau;
pub use rastrigin::Rastrigin;
pub use ravine::Ravine;
pub use rosenbrock::Rosenbrock;
pub use saddle::Saddle;
pub use two_basins::TwoBasins;

use crate::error::{Error, Result, check_finite};
use crate::layout::Layout;
use crate::number::Float;
use crate::objective::Objective;
use crate::objective::finite_sum::Batch;
use crate::objective::least_squares::DrawnLeastSquares;
use crate::objective::logistic::DrawnLogistic;
use crate::parameter::{self, Described, Setting, Visitor};
use crate::solver::StateVisitor;

/// A local minimum.
#[derive(Debug, Clone, PartialEq)]
pub struct Optimum {
    /// Where.
    pub x: Vec<f64>,
    /// The value there.
    pub value: f64,
}

/// The part of the plane that a picture shows: the first coordinate, then the second.
pub type Window = [(f64, f64); 2];

/// A smooth function of a few coordinates, written down. Its fields are its knobs.
pub trait Formula: Default + Send + 'static {
    /// Its name, as the user writes it.
    const NAME: &'static str;
    /// The formula and what it is good for, in one line.
    const SUMMARY: &'static str;

    /// Its knobs.
    fn parameters(&mut self, _visit: Visitor<'_>) {}
    /// What no single range can say about the knobs, such as that a dimension is whole.
    fn check(&self) -> Result<()> {
        Ok(())
    }
    /// Length of x.
    fn dimension(&self) -> usize {
        2
    }
    /// J(x), and ∇J(x) into `gradient`.
    fn value_and_gradient(&self, x: &[f64], gradient: &mut [f64]) -> f64;
    /// The known minima, the best first.
    fn optima(&self) -> Vec<Optimum>;
    /// A start from which the way down is worth watching.
    fn start(&self) -> Vec<f64>;
    /// An η at which plain gradient descent from [`start`](Formula::start) goes down.
    fn eta(&self) -> f64;
    /// See [`Objective::stable_eta`].
    fn stable_eta(&self) -> Option<f64> {
        None
    }
    /// The part of the plane worth seeing.
    fn window(&self) -> Window;
}

/// An objective that also says where to start and what to see: what a [`Surface`] holds.
pub trait Landscape: Objective<f64> {
    /// See [`Formula::start`].
    fn start(&self) -> Vec<f64>;
    /// The known minima, the best first; may take a solve.
    fn optima(&self) -> Vec<Optimum>;
    /// See [`Formula::eta`].
    fn eta(&self) -> f64;
    /// The part of the plane worth seeing.
    fn window(&self) -> Window;
}

/// The window around `points`, with a margin on each side.
pub(crate) fn window_around(points: &[&[f64]]) -> Window {
    let side = |i: usize| {
        let of = |p: &&[f64]| p.get(i).copied().unwrap_or(0.0);
        let (low, high) = points.iter().map(of).fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        let margin = 0.35 * (high - low).max(1.0);
        (low - margin, high + margin)
    };
    [side(0), side(1)]
}

/// A formula with its layout.
struct Written<T> {
    formula: T,
    layout: Layout,
    room: Vec<f64>,
}

impl<T: Formula> Objective<f64> for Written<T> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
    fn value(&mut self, x: &[f64]) -> f64 {
        self.formula.value_and_gradient(x, &mut self.room)
    }
    fn value_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        self.formula.value_and_gradient(x, gradient)
    }
    fn stable_eta(&self) -> Option<f64> {
        self.formula.stable_eta()
    }
}

impl<T: Formula> Landscape for Written<T> {
    fn start(&self) -> Vec<f64> {
        self.formula.start()
    }
    fn optima(&self) -> Vec<Optimum> {
        self.formula.optima()
    }
    fn eta(&self) -> f64 {
        self.formula.eta()
    }
    fn window(&self) -> Window {
        self.formula.window()
    }
}

/// A named landscape, as an [`Objective`] for f32 and f64.
///
/// ```
/// use ravine_optim::{Objective, surface};
/// let mut s = surface::build("rosenbrock", &[], None, 0)?;
/// let mut gradient = [0f32; 2];
/// assert_eq!(s.value_and_gradient(&[1.0f32, 1.0], &mut gradient), 0.0);
/// assert_eq!(gradient, [0.0, 0.0]);
/// # Ok::<(), ravine_optim::Error>(())
/// ```
pub struct Surface {
    name: String,
    landscape: Box<dyn Landscape>,
    wide: Vec<f64>,          // x in f64
    wide_gradient: Vec<f64>, // ∇J in f64
}

impl Surface {
    /// A landscape under a name.
    pub fn new(name: &str, landscape: impl Landscape + 'static) -> Self {
        let n = landscape.layout().len();
        Surface { name: name.into(), landscape: Box::new(landscape), wide: vec![0.0; n], wide_gradient: vec![0.0; n] }
    }

    /// A formula, checked.
    pub fn written<T: Formula>(formula: T) -> Result<Self> {
        formula.check()?;
        let n = formula.dimension();
        Ok(Surface::new(T::NAME, Written { formula, layout: Layout::single("point", &[n]), room: vec![0.0; n] }))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Length of x.
    pub fn dimension(&self) -> usize {
        self.wide.len()
    }

    /// A start from which the way down is worth watching.
    pub fn start(&self) -> Vec<f64> {
        self.landscape.start()
    }

    /// `start`, or the error that says what is wrong with it: its length, or a number that is not finite.
    pub fn check_start<'a>(&self, start: &'a [f64]) -> Result<&'a [f64]> {
        if start.len() != self.dimension() {
            return Err(Error::Length { what: format!("the start on {}", self.name), got: start.len(), wanted: self.dimension() });
        }
        check_finite("the start", start)?;
        Ok(start)
    }

    /// The known minima, the best first. Logistic regression takes Newton's method to find its own.
    pub fn optima(&self) -> Vec<Optimum> {
        self.landscape.optima()
    }

    /// An η at which plain gradient descent from [`start`](Surface::start) goes down.
    pub fn eta(&self) -> f64 {
        self.landscape.eta()
    }

    /// The part of the plane of the first two coordinates worth seeing. Finite sums solve for their minimiser to know it.
    pub fn window(&self) -> Window {
        self.landscape.window()
    }
}

impl<F: Float> Objective<F> for Surface {
    fn layout(&self) -> &Layout {
        self.landscape.layout()
    }
    fn draw(&mut self, step: u64) {
        self.landscape.draw(step);
    }
    fn whole(&mut self) {
        self.landscape.whole();
    }
    fn value(&mut self, x: &[F]) -> f64 {
        widen(x, &mut self.wide);
        self.landscape.value(&self.wide)
    }
    fn value_and_gradient(&mut self, x: &[F], gradient: &mut [F]) -> f64 {
        widen(x, &mut self.wide);
        let value = self.landscape.value_and_gradient(&self.wide, &mut self.wide_gradient);
        for (g, w) in gradient.iter_mut().zip(&self.wide_gradient) {
            *g = F::from_f64(*w);
        }
        value
    }
    fn gradients_per_step(&self) -> usize {
        self.landscape.gradients_per_step()
    }
    fn stable_eta(&self) -> Option<f64> {
        self.landscape.stable_eta()
    }
    fn state(&mut self, _visit: StateVisitor<'_, F>) {} // draws are keyed by the step: there is nothing to keep
}

fn widen<F: Float>(x: &[F], wide: &mut [f64]) {
    for (w, v) in wide.iter_mut().zip(x) {
        *w = v.to_f64();
    }
}

/// What builds one kind of surface: its knobs, then the surface.
pub(crate) trait Kind: Default {
    const NAME: &'static str;
    const SUMMARY: &'static str;
    /// Whether it is made of drawn samples, others for each seed.
    const DRAWN: bool;
    fn parameters(&mut self, visit: Visitor<'_>);
    /// `batch` as asked for: `None` where nothing was said.
    fn surface(self, batch: Option<Batch>, seed: u64) -> Result<Surface>;
}

impl<T: Formula> Kind for T {
    const NAME: &'static str = T::NAME;
    const SUMMARY: &'static str = T::SUMMARY;
    const DRAWN: bool = false;
    fn parameters(&mut self, visit: Visitor<'_>) {
        Formula::parameters(self, visit);
    }
    fn surface(self, batch: Option<Batch>, _seed: u64) -> Result<Surface> {
        if batch.is_some_and(|b| b != Batch::All) {
            return Err(Error::Unsuited(format!(
                "{} is one formula, not a sum over samples: a batch has nothing to choose from; take least-squares or logistic",
                <T as Formula>::NAME
            )));
        }
        Surface::written(self)
    }
}

type Build = fn(&[(String, Setting)], Option<Batch>, u64) -> Result<Surface>;

/// A row of [`SURFACES`].
pub struct Row {
    /// The name, as the user writes it.
    pub name: &'static str,
    /// The formula and what it is good for.
    pub summary: &'static str,
    /// Whether it is made of drawn samples, others for each seed.
    pub drawn: bool,
    knobs: fn() -> Vec<Described>,
    build: Build,
}

impl Row {
    const fn of<K: Kind>() -> Row {
        Row { name: K::NAME, summary: K::SUMMARY, drawn: K::DRAWN, knobs: knobs_of::<K>, build: build_of::<K> }
    }

    /// Its knobs with their defaults.
    pub fn knobs(&self) -> Vec<Described> {
        (self.knobs)()
    }
}

fn knobs_of<K: Kind>() -> Vec<Described> {
    let mut kind = K::default();
    parameter::describe(|visit| kind.parameters(visit))
}

fn build_of<K: Kind>(settings: &[(String, Setting)], batch: Option<Batch>, seed: u64) -> Result<Surface> {
    let mut kind = K::default();
    for (name, setting) in settings {
        parameter::set(K::NAME, name, setting, |visit| kind.parameters(visit))?;
    }
    kind.surface(batch, seed)
}

/// All surfaces that have a name.
pub const SURFACES: &[Row] = &[
    Row::of::<Ravine>(),
    Row::of::<Rosenbrock>(),
    Row::of::<Beale>(),
    Row::of::<Himmelblau>(),
    Row::of::<Rastrigin>(),
    Row::of::<Saddle>(),
    Row::of::<TwoBasins>(),
    Row::of::<DrawnLeastSquares>(),
    Row::of::<DrawnLogistic>(),
];

/// The surface `name` with `settings`. `batch` and `seed` matter to the finite sums: how many samples a step sees, and the seed of
/// the data and of the draws. A formula refuses a batch.
///
/// ```
/// use ravine_optim::surface::build;
/// let s = build("ravine", &[("kappa".into(), "1000".into())], None, 0)?;
/// assert_eq!(s.start(), [-3.0, 1.0]);
/// let says = build("ravin", &[], None, 0).err().unwrap().to_string();
/// assert_eq!(says, "there is no surface `ravin`: did you mean `ravine`?");
/// # Ok::<(), ravine_optim::Error>(())
/// ```
pub fn build(name: &str, settings: &[(String, Setting)], batch: Option<Batch>, seed: u64) -> Result<Surface> {
    match SURFACES.iter().find(|row| row.name == name) {
        Some(row) => (row.build)(settings, batch, seed),
        None => Err(Error::unknown("surface", name, &SURFACES.iter().map(|row| row.name).collect::<Vec<_>>())),
    }
}

/// A knob that counts something: `Ok` of the whole number, or the error that names it.
pub(crate) fn whole(name: &str, value: f64) -> Result<usize> {
    if value.fract() == 0.0 && (0.0..=1e15).contains(&value) {
        return Ok(value as usize);
    }
    Err(Error::BadValue { name: name.into(), value: value.to_string(), wanted: "a whole number is wanted".into() })
}
