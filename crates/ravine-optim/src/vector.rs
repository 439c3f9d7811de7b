//! Sums over a vector, in f64, with the same bits for any number of threads and at any instruction level.
//!
//! A vector is cut into blocks of [`BLOCK`] numbers; in a block, 16 running sums take every 16th number; the 16 sums, then the
//! blocks, meet in a fixed pairwise tree. Nothing depends on how many threads share the blocks.

use crate::level::Level;
use crate::number::Float;
use rayon::prelude::*;

/// Numbers in a block. A constant of the format: the bits of every sum depend on it.
pub const BLOCK: usize = 8192;
const LANES: usize = 16;

/// How many numbers the longest running sum over `len` numbers takes one after another: what the rounding of [`sums`] grows with.
pub fn longest_lane(len: usize) -> usize {
    len.min(BLOCK).div_ceil(LANES)
}

/// Adds up in a fixed pairwise tree: ((a₀+a₁)+(a₂+a₃))+…
pub fn tree(sums: &[f64]) -> f64 {
    match sums.len() {
        0 => 0.0,
        1 => sums[0],
        n => {
            let half = n.next_power_of_two() / 2;
            tree(&sums[..half]) + tree(&sums[half..])
        }
    }
}

#[inline(always)]
#[allow(clippy::needless_range_loop)] // zipped iterators here do not vectorise
fn block_sum<const K: usize>(len: usize, term: impl Fn(usize) -> [f64; K]) -> [f64; K] {
    let mut lanes = [[0.0; LANES]; K];
    let whole = len - len % LANES;
    for start in (0..whole).step_by(LANES) {
        for lane in 0..LANES {
            let t = term(start + lane);
            for k in 0..K {
                lanes[k][lane] += t[k];
            }
        }
    }
    for i in whole..len {
        let t = term(i);
        for k in 0..K {
            lanes[k][i - whole] += t[k];
        }
    }
    lanes.map(|l| tree(&l))
}

/// Σᵢ term(i) for i in 0..len, K sums at once. `term` gets the index and must be pure.
///
/// ```
/// let [s, q] = ravine_optim::vector::sums(4, |i| [i as f64, (i * i) as f64]);
/// assert_eq!((s, q), (6.0, 14.0));
/// ```
pub fn sums<const K: usize>(len: usize, term: impl Fn(usize) -> [f64; K] + Sync) -> [f64; K] {
    sums_at(Level::best(), len, term)
}

/// As [`sums`], at the instruction level `level`: the bits do not depend on it.
pub fn sums_at<const K: usize>(level: Level, len: usize, term: impl Fn(usize) -> [f64; K] + Sync) -> [f64; K] {
    let blocks = len.div_ceil(BLOCK);
    let one = |b: usize| {
        let start = b * BLOCK;
        level.run(
            #[inline(always)]
            || block_sum(BLOCK.min(len - start), |i| term(start + i)),
        )
    };
    if blocks <= 4 {
        return gather((0..blocks).map(one).collect());
    }
    gather((0..blocks).into_par_iter().map(one).collect())
}

fn gather<const K: usize>(parts: Vec<[f64; K]>) -> [f64; K] {
    std::array::from_fn(|k| tree(&parts.iter().map(|p| p[k]).collect::<Vec<_>>()))
}

/// Σ term(i)
pub fn sum_of(len: usize, term: impl Fn(usize) -> f64 + Sync) -> f64 {
    sums(len, |i| [term(i)])[0]
}

/// Σ xᵢ
pub fn sum<F: Float>(x: &[F]) -> f64 {
    sum_of(x.len(), |i| x[i].to_f64())
}

/// ⟨x, y⟩. The slices have the same length.
pub fn dot<F: Float>(x: &[F], y: &[F]) -> f64 {
    let (x, y) = (x, &y[..x.len()]);
    sum_of(x.len(), |i| x[i].to_f64() * y[i].to_f64())
}

/// ‖x‖²
pub fn square_norm<F: Float>(x: &[F]) -> f64 {
    sum_of(x.len(), |i| {
        let v = x[i].to_f64();
        v * v
    })
}

/// ‖x‖
pub fn norm<F: Float>(x: &[F]) -> f64 {
    square_norm(x).sqrt()
}

/// Whether every number is finite.
pub fn is_finite<F: Float>(x: &[F]) -> bool {
    // 0·x is 0 for a finite x and NaN for any other, and a NaN stays.
    sum_of(x.len(), |i| x[i].to_f64() * 0.0) == 0.0
}

/// ‖x − y‖². The slices have the same length.
pub fn square_distance<F: Float>(x: &[F], y: &[F]) -> f64 {
    let (x, y) = (x, &y[..x.len()]);
    sum_of(x.len(), |i| {
        let v = x[i].to_f64() - y[i].to_f64();
        v * v
    })
}

/// x ← f(x, y), coordinate by coordinate. The slices have the same length.
///
/// ```
/// let mut x = [1.0, 2.0];
/// ravine_optim::vector::each(&mut x, &[10.0, 20.0], |x, y| x + y * 0.5);
/// assert_eq!(x, [6.0, 12.0]);
/// ```
pub fn each<F: Float>(x: &mut [F], y: &[F], f: impl Fn(F::L, F::L) -> F::L + Sync) {
    x.par_chunks_mut(BLOCK).zip_eq(y.par_chunks(BLOCK)).for_each(|(x, y)| {
        for (x, y) in x.iter_mut().zip(y) {
            *x = F::down(f(x.up(), y.up()));
        }
    });
}

/// x ← f(x, y, z), coordinate by coordinate. The slices have the same length.
pub fn each_of_three<F: Float>(x: &mut [F], y: &[F], z: &[F], f: impl Fn(F::L, F::L, F::L) -> F::L + Sync) {
    x.par_chunks_mut(BLOCK).zip_eq(y.par_chunks(BLOCK)).zip_eq(z.par_chunks(BLOCK)).for_each(|((x, y), z)| {
        for ((x, y), z) in x.iter_mut().zip(y).zip(z) {
            *x = F::down(f(x.up(), y.up(), z.up()));
        }
    });
}

/// The vector in f64, exactly.
pub fn widen<F: Float>(x: &[F]) -> Vec<f64> {
    x.par_iter().with_min_len(BLOCK).map(|v| v.to_f64()).collect()
}
