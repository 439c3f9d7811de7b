//! Update rules: one formula on one coordinate each, one paper a file. [`RULES`] is the table.
//!
//! A rule is pure: values in, values out. It knows no vector, no thread and no problem; [`Elementwise`] runs it over a vector and
//! is what the rest of the crate sees of it. Adding a rule is one file here and one line in the table.

mod adagrad;
mod adam;
mod adamax;
mod gradient_descent;
mod momentum;
mod nesterov;
mod nesterov_rearranged;
mod rmsprop;

pub use adagrad::Adagrad;
pub use adam::Adam;
pub use adamax::Adamax;
pub use gradient_descent::GradientDescent;
pub use momentum::Momentum;
pub use nesterov::Nesterov;
pub use nesterov_rearranged::NesterovRearranged;
pub use rmsprop::RmsProp;

use crate::edit::Edits;
use crate::error::{Error, Result};
use crate::number::{Float, Lane};
use crate::parameter::{Described, Setting, Visitor, describe, set};
use crate::update::{Elementwise, Update, eta_knob};

/// Where a descent stands while it makes a step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Step {
    /// The step being made: 1 at the first.
    pub k: i32,
    /// η of this step.
    pub eta: f64,
    /// J where the gradient was taken.
    pub value: f64,
    /// The rule's own global scalars; all 0 before the first step.
    pub memory: [f64; 4],
}

/// One formula on one coordinate, which keeps N numbers (its slots) from step to step.
pub trait UpdateRule<const N: usize>: Copy + Default + Send + Sync + 'static {
    /// Its name, as the user writes it.
    const NAME: &'static str;
    /// One line of meaning.
    const SUMMARY: &'static str;
    /// What the slots are called in the paper.
    const SLOTS: [&'static str; N];
    /// η, unless told otherwise.
    const ETA: f64;
    /// Whether the gradient is wanted elsewhere than at θ itself: at [`probe`](UpdateRule::probe).
    const LOOKS_AHEAD: bool = false;

    /// Its knobs, without η.
    fn parameters(&mut self, visit: Visitor<'_>);
    /// The move (θ ← θ + move) and the slots after it, from θ, the gradient and the slots.
    fn step<L: Lane>(&self, at: &Step, x: L, g: L, slots: [L; N]) -> (L, [L; N]);
    /// The slots before the first step.
    fn start<L: Lane>(&self, _x: L) -> [L; N] {
        [L::zero(); N]
    }
    /// Once a step, before the coordinates: sets the rule's scalars in `at.memory`.
    fn begin(&self, _at: &mut Step) {}
    /// Where the gradient is wanted.
    fn probe<L: Lane>(&self, _at: &Step, x: L, _slots: [L; N]) -> L {
        x
    }
    /// This rule over a vector. A rule whose switches need more slots answers with its instance that has them.
    fn over_vector<F: Float>(self, eta: f64) -> Box<dyn Update<F>> {
        Box::new(Elementwise::new(self, eta))
    }
}

/// A line of [`RULES`].
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The rule's name.
    pub name: &'static str,
    /// One line of meaning.
    pub summary: &'static str,
    /// Its knobs with their defaults and ranges: η, its own, and those of the [`Edits`].
    pub parameters: fn() -> Vec<Described>,
}

macro_rules! table {
    ($($rule:ty),* $(,)?) => {
        /// Every rule.
        pub const RULES: &[Row] = &[$(Row {
            name: <$rule as UpdateRule<_>>::NAME,
            summary: <$rule as UpdateRule<_>>::SUMMARY,
            parameters: parameters::<$rule, _>,
        }),*];

        /// The rule `name` with `settings` (knob and value), ready to be run over a vector. Knobs that the rule does not have, but
        /// the [`Edits`] do, are theirs: `weight_decay`, `clip`, …
        ///
        /// ```
        /// use ravine_optim::rule;
        /// let adam = rule::build::<f32>("adam", &[("eta", 0.01.into()), ("amsgrad", true.into())]);
        /// assert!(adam.is_ok());
        /// let error = rule::build::<f32>("momentum", &[("gamma", 1.0.into())]).err().unwrap();
        /// assert_eq!(error.to_string(), "gamma = 1 is outside [0, 1)");
        /// ```
        ///
        /// # Errors
        /// A name that no rule has, a knob that the rule does not have, a value outside its range.
        pub fn build<F: Float>(name: &str, settings: &[(impl AsRef<str>, Setting)]) -> Result<Box<dyn Update<F>>> {
            $(if name == <$rule as UpdateRule<_>>::NAME {
                return with_settings::<F, $rule, _>(settings);
            })*
            Err(Error::unknown("rule", name, &RULES.iter().map(|r| r.name).collect::<Vec<_>>()))
        }
    };
}

table![GradientDescent, Momentum, Nesterov, NesterovRearranged, Adagrad, RmsProp<1, false>, Adam<2>, Adamax];

fn parameters<R: UpdateRule<N>, const N: usize>() -> Vec<Described> {
    let (mut rule, mut eta, mut edits) = (R::default(), R::ETA, Edits::default());
    describe(|visit| knobs(&mut rule, &mut eta, &mut edits, visit))
}

fn with_settings<F: Float, R: UpdateRule<N>, const N: usize>(
    settings: &[(impl AsRef<str>, Setting)],
) -> Result<Box<dyn Update<F>>> {
    let (mut rule, mut eta, mut edits) = (R::default(), R::ETA, Edits::default());
    for (name, setting) in settings {
        set(R::NAME, name.as_ref(), setting, |visit| knobs(&mut rule, &mut eta, &mut edits, visit))?;
    }
    let mut update = rule.over_vector(eta);
    *update.edits() = edits;
    Ok(update)
}

/// η, the rule's own knobs, and those of the edits that the rule does not have itself.
fn knobs<R: UpdateRule<N>, const N: usize>(rule: &mut R, eta: &mut f64, edits: &mut Edits, visit: Visitor<'_>) {
    let mut own = Vec::new();
    visit(eta_knob(eta));
    rule.parameters(&mut |p| {
        own.push(p.name);
        visit(p);
    });
    edits.parameters(&mut |p| {
        if !own.contains(&p.name) {
            visit(p);
        }
    });
}
