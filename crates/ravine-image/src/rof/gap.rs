//! Primal and dual energy in one pass over the rows, in f64, with the same bits for any number of threads and any level.
//!
//! ```text
//! P(u) = Σ|∇u| + λ/2‖u − f‖²         D(p) = ⟨f, d⟩ − ‖d‖²/2λ,  d = ∇ᵀp = −div p,  where |p| ≤ 1
//! ```
//!
//! The gap has a margin for rounding: (l + 64)·ε/2 of the sizes of all that is added. l = C·⌈W/16⌉ numbers of a row meet one after
//! another in a lane, and a sum of l numbers is wrong by at most l·ε/2 of their sizes (Higham 2002, §4.2); 64 are for the tree over
//! the rows and for the terms themselves. The sizes are P, ‖f‖‖d‖ with ‖f‖ ≤ ‖u‖ + ‖u − f‖, and ‖d‖²/2λ. Then 4·ε/2 of
//! (‖f‖ + ‖d‖/λ)·‖∇‖‖p‖ for d itself, the sum of four numbers of the size of p, with ‖∇‖² ≤ 8.
//!
//! In f32, |p| may exceed 1 by a rounding: then the whole field is shrunk, p ← p/max|p|, which D shows by its two sums.

use super::rows::{LEAD, Rows, Shape, line};
use ravine_optim::{Certificate, Level, vector};
use rayon::prelude::*;

const PIECE: usize = 512;
const LANES: usize = 16;
const ZEROS: [f32; PIECE] = [0.0; PIECE];

/// The sums over one row.
#[derive(Clone, Copy, Default)]
struct Sums {
    variation: f64,
    misfit: f64,
    projection: f64,
    square: f64,
    size: f64,
    field: f64,
    /// Not a sum: max|p|².
    peak: f64,
}

/// The certificate of the rows' u and p.
pub(super) fn certify(level: Level, rows: &Rows, lambda: f64) -> Certificate {
    let (shape, numbers) = (rows.shape(), rows.all());
    let one = |y: usize| {
        level.run(
            #[inline(always)]
            || row_sums(shape, numbers, y),
        )
    };
    let sums: Vec<Sums> = match rayon::current_num_threads() {
        1 => (0..shape.height).map(one).collect(),
        _ => (0..shape.height).into_par_iter().with_min_len(16).map(one).collect(),
    };
    let total = |part: fn(&Sums) -> f64| vector::tree(&sums.iter().map(part).collect::<Vec<_>>());
    let peak = sums.iter().fold(1.0, |m: f64, s| m.max(s.peak));

    let shrink = (1.0 - 1e-15) / peak.sqrt();
    let (projection, square) = (shrink * total(|s| s.projection), shrink * shrink * total(|s| s.square));
    let primal = total(|s| s.variation) + 0.5 * lambda * total(|s| s.misfit);
    let dual = projection - square / (2.0 * lambda);
    let additions = (shape.channels * shape.width.div_ceil(LANES) + 64) as f64;
    let (f, d) = (total(|s| s.size).sqrt() + total(|s| s.misfit).sqrt(), square.sqrt());
    let p = (8.0 * total(|s| s.field)).sqrt();
    let roundings = additions * (primal + f * d + square / (2.0 * lambda)) + 4.0 * (f + d / lambda) * p;
    let gap = (primal - dual).max(0.0) + 0.5 * f64::EPSILON * roundings;
    Certificate { primal, dual, gap, distance: Some((2.0 * gap / lambda).sqrt()) }
}

#[inline(always)]
fn row_sums(shape: Shape, numbers: &[f32], y: usize) -> Sums {
    let row = |y: usize| &numbers[y * shape.row()..][..shape.row()];
    let (here, last) = (row(y), y + 1 == shape.height);
    let (mut variation, mut field, mut peak, mut sums) = ([0.0; LANES], [0.0; LANES], [0.0; LANES], [[0.0; LANES]; 4]);
    let mut room = [[0.0; PIECE]; 5];
    for start in (0..shape.width).step_by(PIECE) {
        let len = PIECE.min(shape.width - start);
        let [slopes, norms, wide_u, wide_f, d] = room.each_mut().map(|r| &mut r[..len]);
        slopes.fill(0.0);
        norms.fill(0.0);
        for c in 0..shape.channels {
            let of = |row, k, shift| piece(shape, row, c, k, start, shift);
            let (u, px, py) = (of(here, line::U, 0), of(here, line::PX, 0), of(here, line::PY, 0));
            let up = if y > 0 { of(row(y - 1), line::PY, 0) } else { &ZEROS[..len] };
            let down = of(if last { here } else { row(y + 1) }, line::U, 0);
            add_squares(slopes, [of(here, line::U, 1), u], [down, u]);
            add_squares(norms, [px, &ZEROS[..len]], [py, &ZEROS[..len]]);
            widen(wide_u, u);
            widen(wide_f, of(here, line::F, 0));
            divergence(d, [px, of(here, line::PX, -1)], [py, up]);
            let [misfit, projection, square, size] = &mut sums;
            fold(misfit, wide_u, wide_f, |sum, u, f| sum + (u - f) * (u - f));
            fold(projection, wide_f, d, |sum, f, d| sum + f * d);
            fold(square, d, d, |sum, d, _| sum + d * d);
            fold(size, wide_u, wide_u, |sum, u, _| sum + u * u);
        }
        slopes.iter_mut().for_each(|s| *s = s.sqrt());
        fold(&mut variation, slopes, slopes, |sum, slope, _| sum + slope);
        fold(&mut field, norms, norms, |sum, norm, _| sum + norm);
        fold(&mut peak, norms, norms, |peak, norm, _| if norm > peak { norm } else { peak });
    }
    let [misfit, projection, square, size] = sums.map(|lanes| vector::tree(&lanes));
    let [variation, field] = [variation, field].map(|lanes| vector::tree(&lanes));
    Sums { variation, field, misfit, projection, square, size, peak: peak.into_iter().fold(0.0, f64::max) }
}

/// Line `k` of channel `c`, from column `start` on, shifted by −1, 0 or 1.
#[inline(always)]
fn piece(shape: Shape, row: &[f32], c: usize, k: usize, start: usize, shift: isize) -> &[f32] {
    let len = PIECE.min(shape.width - start);
    &row[(shape.line(c, k) + LEAD + start).wrapping_add_signed(shift)..][..len]
}

/// s ← s + (x − x₀)² + (y − y₀)²
#[inline(always)]
fn add_squares(squares: &mut [f64], [x, x0]: [&[f32]; 2], [y, y0]: [&[f32]; 2]) {
    let n = squares.len();
    let (x, x0, y, y0) = (&x[..n], &x0[..n], &y[..n], &y0[..n]);
    for i in 0..n {
        let (x, y) = (f64::from(x[i]) - f64::from(x0[i]), f64::from(y[i]) - f64::from(y0[i]));
        squares[i] += x * x + y * y;
    }
}

/// The pairs of every 16th place into the same lane.
#[inline(always)]
fn fold(lanes: &mut [f64; LANES], x: &[f64], y: &[f64], with: impl Fn(f64, f64, f64) -> f64) {
    let ((xs, x_rest), (ys, y_rest)) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
    let mut at = *lanes;
    for (x, y) in xs.iter().zip(ys) {
        for lane in 0..LANES {
            at[lane] = with(at[lane], x[lane], y[lane]);
        }
    }
    for (lane, (x, y)) in at.iter_mut().zip(x_rest.iter().zip(y_rest)) {
        *lane = with(*lane, *x, *y);
    }
    *lanes = at;
}

/// x in f64.
#[inline(always)]
fn widen(wide: &mut [f64], x: &[f32]) {
    wide.iter_mut().zip(x).for_each(|(wide, x)| *wide = f64::from(*x));
}

/// d = −div p
#[inline(always)]
fn divergence(d: &mut [f64], [px, left]: [&[f32]; 2], [py, up]: [&[f32]; 2]) {
    let n = d.len();
    let (px, left, py, up) = (&px[..n], &left[..n], &py[..n], &up[..n]);
    for i in 0..n {
        d[i] = (f64::from(left[i]) - f64::from(px[i])) + (f64::from(up[i]) - f64::from(py[i]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Grid;
    use crate::image::Image;

    /// f = (0, 1), λ = 4: the least energy is ¾, at p = 1, and D = p − p²/4 grows beyond it up to p = 2.
    #[test]
    fn a_dual_that_is_too_long_is_shrunk_to_the_best() {
        for p in [1.0f32, 1.0 + f32::EPSILON, 1.5, 2.0, 10.0] {
            let mut rows = Rows::new(&Image::from_fn(Grid::new(1, 1, 2), |_, _, x| x as f32));
            let line = rows.shape().line(0, line::PX);
            rows.all_mut()[line + LEAD] = p;
            let certificate = certify(Level::best(), &rows, 4.0);
            assert!((certificate.dual - 0.75).abs() < 1e-12, "p = {p}: {certificate:?}");
            assert!(certificate.gap >= 0.25 && certificate.gap < 0.25 + 1e-10, "p = {p}: {certificate:?}"); // J(f) = 1
        }
    }

    /// f = 0, u = δ, p = 0: J(u) = λ/2·N·δ² exactly, as N is a power of two and δ² has 48 bits, and the least energy is 0. A lane adds
    /// δ² 4096 times, and its roundings do not cancel.
    #[test]
    fn the_margin_covers_the_rounding_of_a_lane_of_equal_numbers() {
        let grid = Grid::new(1, 1, 1 << 16);
        let mut rows = Rows::new(&Image::constant(grid, 0.0));
        for k in 0..64u16 {
            let delta = 0.1 + 0.01 * f32::from(k);
            let line = rows.shape().line(0, line::U);
            rows.all_mut()[line..][..LEAD + grid.width + 1].fill(delta);
            let (certificate, energy) = (certify(Level::best(), &rows, 2.0), 65536.0 * f64::from(delta).powi(2));
            assert!(certificate.gap >= energy && certificate.gap < energy * (1.0 + 1e-12), "{:e}", certificate.gap - energy);
        }
    }
}
