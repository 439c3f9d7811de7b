//! Total variation of a noisy picture (Rudin, Osher & Fatemi 1992), fast: min_u Σ|∇u| + λ/2‖u − f‖².
//!
//! The iteration is accelerated Chambolle–Pock; [`plain`] is its readable twin and gives the same bits. Here an iteration is one
//! fused pass over rows (`kernel`), several iterations make one pass over memory (`tiling`), and the gap comes from one pass more
//! (`gap`). The gradient couples the channels: |∇u| of a pixel is one norm over all its 2C differences.

mod gap;
mod kernel;
pub mod plain;
mod rows;
mod step;
mod tiling;

use crate::grid::Grid;
use crate::image::Image;
use ravine_optim::error::check_finite;
use ravine_optim::parameter::Range;
use ravine_optim::{Certificate, Error, Level, Measure, Result, Solver, State, StateVisitor};
use rows::{Rows, line};
use step::StepSizes;

/// The fused solver, from u = f, p = 0.
///
/// The same bits for any number of threads, any [`Level`] and any way of cutting the iterations into calls of
/// [`advance`](Solver::advance). It holds 6 planes per channel: ū, u, p_x, p_y, f and the answer.
///
/// ```
/// use ravine_image::{Grid, Image, Rof};
/// use ravine_optim::{Pace, Stop, StopReason, run};
/// use std::ops::ControlFlow;
///
/// let step = Image::from_fn(Grid::new(1, 8, 8), |_, _, x| if x < 4 { 0.0 } else { 1.0 });
/// let mut rof = Rof::new(&step, 4.0)?;
/// let stop = Stop { relative_gap: Some(1e-4), pace: Pace::Approach(16), ..Stop::default() };
/// let outcome = run(&mut rof, &stop, &mut |_, _| ControlFlow::Continue(()));
/// assert_eq!(outcome.stop, StopReason::Certified);
/// // 8 of 64 differences are 1, so each half moves by 8/(32·λ) towards the other.
/// assert!((outcome.best[0] - 0.0625).abs() < 1e-2);
/// # Ok::<(), ravine_optim::Error>(())
/// ```
pub struct Rof {
    grid: Grid,
    lambda: f64,
    sizes: StepSizes,
    rows: Rows,
    answer: Vec<f32>, // C × H × W
    answer_is_old: bool,
    level: Level,
}

impl Rof {
    /// For the picture `f` and 0 < λ < ∞. `f` has pixels, all of them finite.
    pub fn new(f: &Image, lambda: f64) -> Result<Rof> {
        Range::POSITIVE.check("lambda", lambda)?;
        if f.grid().is_empty() {
            return Err(Error::Unsuited("the picture has no pixels: there is nothing to restore".into()));
        }
        check_finite("the picture", f.pixels())?;
        Ok(Rof {
            grid: f.grid(),
            lambda,
            sizes: StepSizes::new(lambda),
            rows: Rows::new(f),
            answer: f.pixels().to_vec(),
            answer_is_old: false,
            level: Level::best(),
        })
    }

    /// The same on another instruction level.
    pub fn at_level(self, level: Level) -> Rof {
        Rof { level, ..self }
    }

    /// How far the answer can be from the best one, for the primal and dual variables as they are.
    pub fn certificate(&self) -> Certificate {
        gap::certify(self.level, &self.rows, self.lambda)
    }

    /// The dual field p: all ∂x planes, then all ∂y planes.
    pub fn dual(&self) -> Vec<f32> {
        let (n, channels) = (self.grid.plane(), self.grid.channels);
        let mut p = vec![0.0; 2 * self.grid.len()]; // 2C × H × W
        for (k, plane) in p.chunks_exact_mut(n).enumerate() {
            let kind = if k < channels { line::PX } else { line::PY };
            self.rows.copy_plane(k % channels, kind, plane);
        }
        p
    }
}

impl Solver<f32> for Rof {
    fn step(&mut self) {
        self.advance(1);
    }

    fn advance(&mut self, most: u64) -> u64 {
        let shape = self.rows.shape();
        let depth = most.clamp(1, tiling::depth(shape) as u64);
        let steps: Vec<_> = (0..depth).map(|_| self.sizes.next(self.lambda)).collect();
        tiling::advance(self.level, shape, &steps, self.rows.all_mut());
        self.answer_is_old = true;
        depth
    }

    fn iterate(&mut self) -> &[f32] {
        if std::mem::take(&mut self.answer_is_old) {
            for (c, plane) in self.answer.chunks_exact_mut(self.grid.plane()).enumerate() {
                self.rows.copy_plane(c, line::U, plane);
            }
        }
        &self.answer
    }

    fn into_iterate(mut self: Box<Self>) -> Vec<f32> {
        self.iterate();
        self.answer
    }

    fn measure(&mut self) -> Measure {
        let certificate = self.certificate();
        Measure { value: certificate.primal, certificate: Some(certificate), ..Measure::default() }
    }

    fn state(&mut self, visit: StateVisitor<'_, f32>) {
        visit("tau", State::Number(&mut self.sizes.tau));
        visit("sigma", State::Number(&mut self.sizes.sigma));
        visit("rows", State::Slice(self.rows.all_mut()));
        self.answer_is_old = true;
    }
}
