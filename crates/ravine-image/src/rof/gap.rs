//! Primal and dual energy in one pass over the rows, in f64, with the same bits for any number of threads and any level.
//!
//! ```text
//! P(u) = Σ|∇u| + λ/2‖u − f‖²         D(p) = ⟨f, d⟩ − ‖d‖²/2λ,  d = ∇ᵀp = −div p,  where |p| ≤ 1
//! ```
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
    let rounding = 16.0 * f64::EPSILON * (primal + dual.abs() + (total(|s| s.size) * square).sqrt());
    let gap = (primal - dual).max(0.0) + rounding;
    Certificate { primal, dual, gap, distance: Some((2.0 * gap / lambda).sqrt()) }
}

#[inline(always)]
fn row_sums(shape: Shape, numbers: &[f32], y: usize) -> Sums {
    let row = |y: usize| &numbers[y * shape.row()..][..shape.row()];
    let (here, last) = (row(y), y + 1 == shape.height);
    let (mut variation, mut peak, mut sums) = ([0.0; LANES], [0.0; LANES], [[0.0; LANES]; 4]);
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
        fold(&mut peak, norms, norms, |peak, norm, _| if norm > peak { norm } else { peak });
    }
    let [misfit, projection, square, size] = sums.map(|lanes| vector::tree(&lanes));
    Sums { variation: vector::tree(&variation), misfit, projection, square, size, peak: peak.into_iter().fold(0.0, f64::max) }
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
