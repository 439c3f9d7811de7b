//! The descent: draw, probe, gradient, edit, update. The same few lines for a ball on a surface, the pixels of a picture and the
//! weights of a network.

use crate::edit::Edit;
use crate::error::{Error, Result, check_finite};
use crate::number::Float;
use crate::objective::Objective;
use crate::rule::Step;
use crate::solver::{Measure, Solver, State, StateVisitor, StopReason};
use crate::update::Update;
use crate::vector;

/// A value that has grown by this factor will not come back.
pub const RUNAWAY: f64 = 1e9;

/// An objective going down by an update.
///
/// ```
/// use ravine_optim::{Descent, Stop, objective, rule, run};
/// # use ravine_optim::{Layout, Objective};
/// # struct Square(Layout);
/// # impl Objective<f64> for Square {
/// #     fn layout(&self) -> &Layout { &self.0 }
/// #     fn value(&mut self, x: &[f64]) -> f64 { x[0] * x[0] }
/// #     fn value_and_gradient(&mut self, x: &[f64], g: &mut [f64]) -> f64 { g[0] = 2.0 * x[0]; x[0] * x[0] }
/// # }
/// # let square = Square(Layout::single("x", &[1]));
/// let update = rule::build("momentum", &[("eta", 0.1.into())])?;
/// let mut descent = Descent::new(Box::new(square), vec![1.0], update)?; // x² from 1
/// let outcome = run(&mut descent, &Stop::after(100), &mut |_, _| std::ops::ControlFlow::Continue(()));
/// assert!(outcome.measure.value < 1e-4);
/// # Ok::<(), ravine_optim::Error>(())
/// ```
pub struct Descent<F: Float> {
    objective: Box<dyn Objective<F>>,
    update: Box<dyn Update<F>>,
    edits: Vec<Box<dyn Edit<F>>>,
    x: Vec<F>,
    gradient: Vec<F>,
    room: Vec<F>,
    k: u64,
    value: f64,
    diverged: bool,
}

impl<F: Float> Descent<F> {
    /// A descent of `objective` from `x`.
    ///
    /// # Errors
    /// `x` has the wrong length, or holds a number that is not finite.
    pub fn new(objective: Box<dyn Objective<F>>, x: Vec<F>, mut update: Box<dyn Update<F>>) -> Result<Self> {
        let wanted = objective.layout().len();
        if x.len() != wanted {
            return Err(Error::Length { what: "the start".into(), got: x.len(), wanted });
        }
        check_finite("the start", &x)?;
        update.start(&x);
        let edits = update.edits().build(wanted);
        let zeros = vec![F::ZERO; wanted];
        Ok(Descent { objective, update, edits, x, gradient: zeros.clone(), room: zeros, k: 0, value: f64::NAN, diverged: false })
    }

    /// With one more edit of the gradient, after those that are there: first those that came with the update.
    pub fn edited(mut self, edit: Box<dyn Edit<F>>) -> Self {
        self.edits.push(edit);
        self
    }

    /// Steps made.
    pub fn steps(&self) -> u64 {
        self.k
    }

    /// J where the last step took its gradient: of the samples that it had drawn. NaN before the first step.
    pub fn last_value(&self) -> f64 {
        self.value
    }

    /// θ itself. The answer, [`iterate`](Solver::iterate), may be an average.
    pub fn theta(&self) -> &[F] {
        &self.x
    }

    /// Where the next gradient is taken: θ, or ahead of it.
    pub fn probe(&mut self) -> &[F] {
        self.update.begin(self.k);
        self.update.probe(&self.x, &mut self.room)
    }

    /// η of the next step.
    pub fn learning_rate(&mut self) -> f64 {
        self.update.begin(self.k);
        self.update.at().eta
    }

    /// What is minimised.
    pub fn objective(&mut self) -> &mut dyn Objective<F> {
        self.objective.as_mut()
    }
}

impl<F: Float> Solver<F> for Descent<F> {
    fn step(&mut self) {
        self.update.begin(self.k);
        self.objective.draw(self.k);
        let point = self.update.probe(&self.x, &mut self.room);
        let value = self.objective.value_and_gradient(point, &mut self.gradient);
        self.value = value;
        let at = Step { value, ..*self.update.at() };
        let keep = self.edits.iter_mut().any(|edit| edit.apply(&at, point, &mut self.gradient).is_break());
        self.k += 1;
        if keep {
            return;
        }
        self.diverged = !(value.is_finite() && vector::is_finite(&self.gradient));
        if !self.diverged {
            self.update.update(&mut self.x, &self.gradient, value);
        }
    }

    fn iterate(&mut self) -> &[F] {
        self.update.answer(&self.x, &mut self.room)
    }

    fn measure(&mut self) -> Measure {
        let Descent { objective, update, x, gradient, room, .. } = self;
        let answer = update.answer(x, room);
        objective.whole();
        let value = objective.value_and_gradient(answer, gradient);
        let certificate = objective.certificate(answer);
        Measure { value, gradient_norm: Some(vector::norm(gradient)), certificate, ..Measure::default() }
    }

    fn finished(&self) -> Option<StopReason> {
        self.diverged.then_some(StopReason::Diverged)
    }

    fn state(&mut self, visit: StateVisitor<'_, F>) {
        visit("step", State::Count(&mut self.k));
        visit("theta", State::Slice(&mut self.x));
        self.update.state(&mut |name, state| visit(&format!("update.{name}"), state));
        for (i, edit) in self.edits.iter_mut().enumerate() {
            edit.state(&mut |name, state| visit(&format!("edit.{i}.{name}"), state));
        }
        self.objective.state(&mut |name, state| visit(&format!("objective.{name}"), state));
    }
}
