//! The two matrix products that everything fast here comes down to: m = v·u, and q += vᵀ·m.
//!
//! A rectangle of accumulators, rows × vectors, stays in registers. It is written with explicit vectors: the compiler's own
//! vectorisation of such accumulators breaks as soon as it is inlined into something larger. Every sum takes its terms in order, so
//! AVX2 and AVX-512 give the same bits; the baseline, without a fused multiply–add, rounds each product too.

use super::lanes::Lanes;
use std::array::from_fn;

/// The most rows of a rectangle.
const DOWN: usize = 6;

/// Numbers in rows, `pitch` from one to the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) numbers: &'a [f32],
    pub(super) pitch: usize,
}

/// m ← v·u, where v is rows × depth, u is depth × width and m is rows × width without gaps. The width is a multiple of 16.
#[inline(always)]
pub(super) fn multiply<S: Lanes>(simd: S, depth: usize, v: Rows<'_>, u: Rows<'_>, m: &mut [f32]) {
    let width = u.pitch;
    each_rectangle::<S>(m.len() / width, width, &mut Multiply { simd, depth, v, u, m });
}

/// q += vᵀ·m, where v is terms × rows, m is terms × width and q is rows × width without gaps. The width is a multiple of 16.
#[inline(always)]
pub(super) fn add_outer<S: Lanes>(simd: S, v: Rows<'_>, m: Rows<'_>, q: &mut [f32]) {
    let width = m.pitch;
    each_rectangle::<S>(q.len() / width, width, &mut AddOuter { simd, v, m, q });
}

/// A rectangle of R rows by C vectors, from row `r` and column `c` on.
trait Rectangle<S> {
    fn at<const R: usize, const C: usize>(&mut self, r: usize, c: usize);
}

struct Multiply<'a, S> {
    simd: S,
    depth: usize,
    v: Rows<'a>,
    u: Rows<'a>,
    m: &'a mut [f32],
}

impl<S: Lanes> Rectangle<S> for Multiply<'_, S> {
    #[inline(always)]
    fn at<const R: usize, const C: usize>(&mut self, r: usize, c: usize) {
        let simd = self.simd;
        let (depth, across) = (self.depth, C * S::F32_LANES);
        let v: [&[f32]; R] = from_fn(|i| &self.v.numbers[(r + i) * self.v.pitch..][..depth]);
        let mut sums = [[simd.splat_f32s(0.0); C]; R];
        for (d, u) in self.u.numbers.chunks_exact(self.u.pitch).take(depth).enumerate() {
            let u = S::as_simd_f32s(&u[c..][..across]).0;
            for i in 0..R {
                let v = simd.splat_f32s(v[i][d]);
                for j in 0..C {
                    sums[i][j] = simd.multiply_add(v, u[j], sums[i][j]);
                }
            }
        }
        for (i, sums) in sums.iter().enumerate() {
            let m = S::as_mut_simd_f32s(&mut self.m[(r + i) * self.u.pitch + c..][..across]).0;
            m.copy_from_slice(sums);
        }
    }
}

struct AddOuter<'a, S> {
    simd: S,
    v: Rows<'a>,
    m: Rows<'a>,
    q: &'a mut [f32],
}

impl<S: Lanes> Rectangle<S> for AddOuter<'_, S> {
    #[inline(always)]
    fn at<const R: usize, const C: usize>(&mut self, r: usize, c: usize) {
        let simd = self.simd;
        let (width, across) = (self.m.pitch, C * S::F32_LANES);
        let mut sums: [[S::f32s; C]; R] = from_fn(|i| {
            let q = S::as_simd_f32s(&self.q[(r + i) * width + c..][..across]).0;
            from_fn(|j| q[j])
        });
        for (v, m) in self.v.numbers.chunks(self.v.pitch).zip(self.m.numbers.chunks_exact(width)) {
            let (v, m) = (&v[r..][..R], S::as_simd_f32s(&m[c..][..across]).0);
            for i in 0..R {
                let v = simd.splat_f32s(v[i]);
                for j in 0..C {
                    sums[i][j] = simd.multiply_add(v, m[j], sums[i][j]);
                }
            }
        }
        for (i, sums) in sums.iter().enumerate() {
            S::as_mut_simd_f32s(&mut self.q[(r + i) * width + c..][..across]).0.copy_from_slice(sums);
        }
    }
}

/// Covers rows × width by rectangles: equal pieces of at most [`DOWN`] rows, as many vectors side by side as there are registers.
#[inline(always)]
fn each_rectangle<S: Lanes>(rows: usize, width: usize, work: &mut impl Rectangle<S>) {
    let pieces = rows.div_ceil(DOWN);
    let mut c = 0;
    while c < width {
        let across = ((width - c) / S::F32_LANES).min(S::ACROSS);
        for piece in 0..pieces {
            let r = rows * piece / pieces;
            let down = rows * (piece + 1) / pieces - r;
            match across {
                1 => of_width::<S, 1>(work, down, r, c),
                2 => of_width::<S, 2>(work, down, r, c),
                3 => of_width::<S, 3>(work, down, r, c),
                _ => of_width::<S, 4>(work, down, r, c),
            }
        }
        c += across * S::F32_LANES;
    }
}

#[inline(always)]
fn of_width<S: Lanes, const C: usize>(work: &mut impl Rectangle<S>, down: usize, r: usize, c: usize) {
    match down {
        1 => work.at::<1, C>(r, c),
        2 => work.at::<2, C>(r, c),
        3 => work.at::<3, C>(r, c),
        4 => work.at::<4, C>(r, c),
        5 => work.at::<5, C>(r, c),
        _ => work.at::<6, C>(r, c),
    }
}
