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

/// Line `k` of channel `c`, from column `start` on, shifted by −1, 0 or 1.
#[inline(always)]
fn piece(shape: Shape, row: &[f32], c: usize, k: usize, start: usize, shift: isize) -> &[f32] {
    let len = PIECE.min(shape.width - start);
    &row[(shape.line(c, k) + LEAD + start).wrapping_add_signed(shift)..][..len]
}

#[inline(always)]
fn row_sums(shape: Shape, numbers: &[f32], y: usize) -> Sums {
    let row = |y: usize| &numbers[y * shape.row()..][..shape.row()];
    let (here, last) = (row(y), y + 1 == shape.height);
    let (mut over_pixels, mut over_numbers) = ([[0.0; LANES]; 1], [[0.0; LANES]; 4]);
    let mut peak = [0.0; LANES];
    for start in (0..shape.width).step_by(PIECE) {
        let len = PIECE.min(shape.width - start);
        let (mut slopes, mut norms) = ([0.0; PIECE], [0.0; PIECE]);
        let (slopes, norms) = (&mut slopes[..len], &mut norms[..len]);
        for c in 0..shape.channels {
            let of = |row, k, shift| piece(shape, row, c, k, start, shift);
            let (u, right, down) =
                (of(here, line::U, 0), of(here, line::U, 1), of(if last { here } else { row(y + 1) }, line::U, 0));
            let (px, left) = (of(here, line::PX, 0), of(here, line::PX, -1));
            let (py, up) = (of(here, line::PY, 0), if y > 0 { of(row(y - 1), line::PY, 0) } else { &ZEROS[..len] });
            let f = of(here, line::F, 0);
            for i in 0..len {
                let (x, y) = (f64::from(right[i]) - f64::from(u[i]), f64::from(down[i]) - f64::from(u[i]));
                slopes[i] += x * x + y * y;
                let (x, y) = (f64::from(px[i]), f64::from(py[i]));
                norms[i] += x * x + y * y;
            }
            accumulate(len, &mut over_numbers, |i| {
                let d = (f64::from(left[i]) - f64::from(px[i])) + (f64::from(up[i]) - f64::from(py[i]));
                let (u, f) = (f64::from(u[i]), f64::from(f[i]));
                [(u - f) * (u - f), f * d, d * d, u * u]
            });
        }
        accumulate(len, &mut over_pixels, |i| [slopes[i].sqrt()]);
        for (i, n) in norms.iter().enumerate() {
            let peak = &mut peak[i % LANES];
            *peak = if *n > *peak { *n } else { *peak };
        }
    }
    let [variation] = over_pixels.map(|l| vector::tree(&l));
    let [misfit, projection, square, size] = over_numbers.map(|l| vector::tree(&l));
    Sums { variation, misfit, projection, square, size, peak: peak.into_iter().fold(0.0, f64::max) }
}

/// Adds K terms of each i in 0..len, every 16th to the same running sum.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // zipped iterators here do not vectorise
fn accumulate<const K: usize>(len: usize, lanes: &mut [[f64; LANES]; K], term: impl Fn(usize) -> [f64; K]) {
    let whole = len - len % LANES;
    let mut sums = *lanes;
    for start in (0..whole).step_by(LANES) {
        for lane in 0..LANES {
            let t = term(start + lane);
            for k in 0..K {
                sums[k][lane] += t[k];
            }
        }
    }
    for i in whole..len {
        let t = term(i);
        for k in 0..K {
            sums[k][i - whole] += t[k];
        }
    }
    *lanes = sums;
}
