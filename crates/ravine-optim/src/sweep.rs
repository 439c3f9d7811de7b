//! The one pass over memory: a formula on one coordinate, applied to whole vectors.
//!
//! They are cut into blocks, shared among the threads, and each block runs at the instruction [`Level`] asked for. Coordinates do
//! not see each other, so the bits are the same for any number of threads; and no multiply-add is fused, so they are at any level.

use crate::level::Level;
use crate::number::Float;
use std::array;

/// Coordinates in a block: fewer are done sooner than another thread is woken.
const BLOCK: usize = 65536;
/// Bytes of the widest register.
const REGISTER: usize = 64;

/// (yᵢ, slotsᵢ) ← formula(yᵢ, xᵢ, slotsᵢ) for every i, in one pass. All slices have the length of `y`.
///
/// ```
/// use ravine_optim::{Level, sweep::sweep};
/// let (mut y, x, mut count) = ([1.0, 2.0], [0.5, 0.25], [0.0, 0.0]);
/// sweep(Level::best(), &mut y, &x, [&mut count], |y, x, [c]| (y - x, [c + 1.0]));
/// assert_eq!((y, count), ([0.5, 1.75], [1.0, 1.0]));
/// ```
pub fn sweep<F: Float, const N: usize>(
    level: Level,
    y: &mut [F],
    x: &[F],
    slots: [&mut [F]; N],
    formula: impl Fn(F::L, F::L, [F::L; N]) -> (F::L, [F::L; N]) + Copy + Send + Sync,
) {
    // Large vectors lie alike in their pages: after a few coordinates all of them begin where a register does.
    let odd = y.as_ptr().align_offset(REGISTER).min(y.len());
    let (y_odd, y) = y.split_at_mut(odd);
    let (x_odd, x) = x.split_at(odd);
    let (slots_odd, slots) = split(slots, odd);
    level.run(
        #[inline(always)]
        || one_block(y_odd, x_odd, slots_odd, formula),
    );
    blocks(level, y, x, slots, formula);
}

fn blocks<F: Float, const N: usize>(
    level: Level,
    y: &mut [F],
    x: &[F],
    slots: [&mut [F]; N],
    formula: impl Fn(F::L, F::L, [F::L; N]) -> (F::L, [F::L; N]) + Copy + Send + Sync,
) {
    if y.len() <= BLOCK {
        return level.run(
            #[inline(always)]
            || one_block(y, x, slots, formula),
        );
    }
    let middle = middle(y.len());
    let (y_left, y_right) = y.split_at_mut(middle);
    let (x_left, x_right) = x.split_at(middle);
    let (left, right) = split(slots, middle);
    rayon::join(|| blocks(level, y_left, x_left, left, formula), || blocks(level, y_right, x_right, right, formula));
}

fn split<F, const N: usize>(slots: [&mut [F]; N], at: usize) -> ([&mut [F]; N], [&mut [F]; N]) {
    let mut parts = slots.map(|s| s.split_at_mut(at));
    (array::from_fn(|k| std::mem::take(&mut parts[k].0)), parts.map(|(_, right)| right))
}

/// yᵢ ← formula(xᵢ, slotsᵢ) for every i, in one pass. All slices have the length of `y`.
pub fn look<F: Float, const N: usize>(
    level: Level,
    y: &mut [F],
    x: &[F],
    slots: [&[F]; N],
    formula: impl Fn(F::L, [F::L; N]) -> F::L + Copy + Send + Sync,
) {
    if y.len() <= BLOCK {
        return level.run(
            #[inline(always)]
            || {
                let (n, slots) = (y.len(), slots.map(|s| &s[..y.len()]));
                for (i, x) in x[..n].iter().enumerate() {
                    y[i] = F::down(formula(x.up(), array::from_fn(|k| slots[k][i].up())));
                }
            },
        );
    }
    let middle = middle(y.len());
    let (y_left, y_right) = y.split_at_mut(middle);
    let (x_left, x_right) = x.split_at(middle);
    let (left, right) = (slots.map(|s| &s[..middle]), slots.map(|s| &s[middle..]));
    rayon::join(|| look(level, y_left, x_left, left, formula), || look(level, y_right, x_right, right, formula));
}

/// Half of the blocks, rounded up, in coordinates.
fn middle(len: usize) -> usize {
    len.div_ceil(BLOCK).div_ceil(2) * BLOCK
}

#[inline(always)]
fn one_block<F: Float, const N: usize>(
    y: &mut [F],
    x: &[F],
    slots: [&mut [F]; N],
    formula: impl Fn(F::L, F::L, [F::L; N]) -> (F::L, [F::L; N]),
) {
    let n = y.len();
    let x = &x[..n];
    let slots = slots.map(|s| &mut s[..n]);
    for i in 0..n {
        let (new, kept) = formula(y[i].up(), x[i].up(), array::from_fn(|k| slots[k][i].up()));
        y[i] = F::down(new);
        for k in 0..N {
            slots[k][i] = F::down(kept[k]);
        }
    }
}
