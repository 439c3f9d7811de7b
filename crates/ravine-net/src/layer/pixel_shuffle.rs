//! r × r pixels become one with r² times the channels, and back (Shi et al. 2016).
//!
//! The channels of a coarse pixel are ordered (row, column, channel), so that neighbours in a row stay neighbours in memory. (Some
//! libraries order them (channel, row, column): the same layer up to a permutation of the weights around it.)

use super::{Backward, Layer, Weights, Window};
use crate::pieces;
use crate::shape::Shape;
use ravine_optim::number::Float;
use ravine_optim::{Error, Result};

/// Each pixel becomes r × r pixels with 1/r² of its channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelShuffle {
    factor: usize,
}

/// r × r pixels become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelUnshuffle {
    factor: usize,
}

fn checked(factor: usize) -> Result<usize> {
    if factor == 0 {
        return Err(Error::Unsuited("a shuffle by 0 has no pixel: the factor is 1 or more".into()));
    }
    Ok(factor)
}

impl PixelShuffle {
    /// By r = `factor`.
    ///
    /// # Errors
    /// r = 0.
    pub fn new(factor: usize) -> Result<Self> {
        Ok(PixelShuffle { factor: checked(factor)? })
    }
}

impl PixelUnshuffle {
    /// By r = `factor`.
    ///
    /// # Errors
    /// r = 0.
    pub fn new(factor: usize) -> Result<Self> {
        Ok(PixelUnshuffle { factor: checked(factor)? })
    }
}

impl<F: Float> Layer<F> for PixelShuffle {
    fn output(&self, at: Shape) -> Result<Shape> {
        let r = self.factor;
        if !at.channels.is_multiple_of(r * r) {
            let says = format!("{} channels cannot become {r} × {r} pixels: a multiple of {} is needed", at.channels, r * r);
            return Err(Error::Unsuited(says));
        }
        Ok(Shape::new(at.images, at.height * r, at.width * r, at.channels / (r * r)))
    }

    fn forward(&self, at: Shape, _: Weights<'_, F>, x: &[F], y: &mut [F], _: &mut [F]) {
        each_fine(Layout::of_coarse(at, self.factor), y, x, |y, x| *y = x);
    }

    fn add_adjoint(&self, at: Shape, _: Weights<'_, F>, way: Backward<'_, F>) {
        let Some(dx) = way.dx else { return };
        let at = Layout::of_coarse(at, self.factor);
        if way.fresh {
            each_coarse(at, dx, way.dy, |dx, dy| *dx = dy);
        } else {
            each_coarse(at, dx, way.dy, |dx, dy| *dx += dy);
        }
    }

    fn window(&self) -> Window {
        Window { splits: self.factor, ..Window::PIXEL }
    }
}

impl<F: Float> Layer<F> for PixelUnshuffle {
    fn output(&self, at: Shape) -> Result<Shape> {
        let r = self.factor;
        if !at.height.is_multiple_of(r) || !at.width.is_multiple_of(r) {
            return Err(Error::Unsuited(format!(
                "{} × {} pixels cannot be taken {r} × {r} at a time: extend the picture to {} × {}",
                at.height,
                at.width,
                at.height.next_multiple_of(r),
                at.width.next_multiple_of(r)
            )));
        }
        Ok(Shape::new(at.images, at.height / r, at.width / r, at.channels * r * r))
    }

    fn forward(&self, at: Shape, _: Weights<'_, F>, x: &[F], y: &mut [F], _: &mut [F]) {
        each_coarse(Layout::of_fine(at, self.factor), y, x, |y, x| *y = x);
    }

    fn add_adjoint(&self, at: Shape, _: Weights<'_, F>, way: Backward<'_, F>) {
        let Some(dx) = way.dx else { return };
        let at = Layout::of_fine(at, self.factor);
        if way.fresh {
            each_fine(at, dx, way.dy, |dx, dy| *dx = dy);
        } else {
            each_fine(at, dx, way.dy, |dx, dy| *dx += dy);
        }
    }

    fn window(&self) -> Window {
        Window { merges: self.factor, ..Window::PIXEL }
    }
}

/// Both values in the unit that stays together: the r·C numbers of r neighbours in a fine row.
#[derive(Clone, Copy)]
struct Layout {
    piece: usize,
    fine_row: usize,
    rows: usize,
}

impl Layout {
    fn of_fine(fine: Shape, r: usize) -> Self {
        Layout { piece: r * fine.channels, fine_row: fine.width * fine.channels, rows: r }
    }

    fn of_coarse(coarse: Shape, r: usize) -> Self {
        Layout { piece: coarse.channels / r, fine_row: coarse.width * coarse.channels / r, rows: r }
    }
}

/// `meet` for every number of the fine value, to be written, and the same number of the coarse one.
fn each_fine<F: Float>(at: Layout, fine: &mut [F], coarse: &[F], meet: impl Fn(&mut F, F) + Sync) {
    pieces::each(fine, at.rows * at.fine_row, coarse, at.rows * at.fine_row, |rows, coarse| {
        for (i, row) in rows.chunks_exact_mut(at.fine_row).enumerate() {
            for (fine, coarse) in row.chunks_exact_mut(at.piece).zip(coarse.chunks_exact(at.rows * at.piece)) {
                fine.iter_mut().zip(&coarse[i * at.piece..][..at.piece]).for_each(|(f, c)| meet(f, *c));
            }
        }
    });
}

/// `meet` for every number of the coarse value, to be written, and the same number of the fine one.
fn each_coarse<F: Float>(at: Layout, coarse: &mut [F], fine: &[F], meet: impl Fn(&mut F, F) + Sync) {
    pieces::each(coarse, at.rows * at.fine_row, fine, at.rows * at.fine_row, |coarse, rows| {
        for (i, row) in rows.chunks_exact(at.fine_row).enumerate() {
            for (coarse, fine) in coarse.chunks_exact_mut(at.rows * at.piece).zip(row.chunks_exact(at.piece)) {
                coarse[i * at.piece..][..at.piece].iter_mut().zip(fine).for_each(|(c, f)| meet(c, *f));
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Weights<'_, f64> = Weights { theta: &[], prepared: &[] };

    #[test]
    fn four_pixels_become_one_by_rows() {
        let at = Shape::new(1, 2, 4, 1);
        let x: Vec<f64> = (0..8).map(f64::from).collect();
        let mut y = vec![0.0; 8];
        PixelUnshuffle::new(2).unwrap().forward(at, NONE, &x, &mut y, &mut []);
        assert_eq!(y, [0.0, 1.0, 4.0, 5.0, 2.0, 3.0, 6.0, 7.0]);
    }

    #[test]
    fn a_shuffle_undoes_an_unshuffle() {
        let at = Shape::new(2, 6, 9, 5);
        let x: Vec<f64> = (0..at.len() as u32).map(f64::from).collect();
        let (mut y, mut z) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        let unshuffle = PixelUnshuffle::new(3).unwrap();
        let coarse = Layer::<f64>::output(&unshuffle, at).unwrap();
        assert_eq!(coarse, Shape::new(2, 2, 3, 45));
        unshuffle.forward(at, NONE, &x, &mut y, &mut []);
        PixelShuffle::new(3).unwrap().forward(coarse, NONE, &y, &mut z, &mut []);
        assert_eq!(x, z);
    }
}
