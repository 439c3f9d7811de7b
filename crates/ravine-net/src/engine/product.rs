//! The two matrix products that everything fast here comes down to: m = v·u, and q += vᵀ·m.
//!
//! A rectangle of accumulators, rows × vectors, stays in registers. It is written with explicit vectors: the compiler's own
//! vectorisation of such accumulators breaks as soon as it is inlined into something larger. Every sum takes its terms in order, so
//! AVX2 and AVX-512 give the same bits; the baseline, without a fused multiply–add, rounds each product too.
#![allow(clippy::needless_range_loop)] // i and j are a row and a column of the rectangle

use super::bands::parts;
use super::lanes::Lanes;
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// Numbers in rows, `pitch` from one to the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) numbers: &'a [f32],
    pub(super) pitch: usize,
}

/// m ← v·u, where v is rows × depth, u is depth × width and m is rows × width without gaps. The width is a multiple of 16.
#[inline(always)]
pub(super) fn multiply<S: Lanes>(simd: S, depth: usize, v: Rows<'_>, u: Rows<'_>, m: &mut [f32]) {
    simd.vectorize(Cover { simd, rows: m.len() / u.pitch, width: u.pitch, work: Multiply { depth, v, u, m } });
}

/// q += vᵀ·m, or q ← vᵀ·m where q is `fresh`; v is terms × rows, m is terms × width and q is rows × width without gaps. The width is a
/// multiple of 16.
#[inline(always)]
pub(super) fn add_outer<S: Lanes>(simd: S, v: Rows<'_>, m: Rows<'_>, fresh: bool, q: &mut [f32]) {
    simd.vectorize(Cover { simd, rows: q.len() / m.pitch, width: m.pitch, work: AddOuter { v, m, fresh, q } });
}

/// A rectangle of R rows by C vectors, from row `r` and column `c` on.
trait Rectangle<S: Lanes> {
    fn at<const R: usize, const C: usize>(&mut self, simd: S, r: usize, c: usize);
}

/// sums += v·u
#[inline(always)]
fn add<S: Lanes, const C: usize>(simd: S, v: f32, u: &[S::f32s], sums: &mut [S::f32s; C]) {
    let v = simd.splat_f32s(v);
    for j in 0..C {
        sums[j] = simd.multiply_add(v, u[j], sums[j]);
    }
}

struct Multiply<'a> {
    depth: usize,
    v: Rows<'a>,
    u: Rows<'a>,
    m: &'a mut [f32],
}

impl<S: Lanes> Rectangle<S> for Multiply<'_> {
    #[inline(always)]
    fn at<const R: usize, const C: usize>(&mut self, simd: S, r: usize, c: usize) {
        let (depth, pitch, across) = (self.depth, self.u.pitch, C * S::F32_LANES);
        let mut v = [self.v.numbers[..depth].as_chunks::<2>(); R];
        for i in 0..R {
            v[i] = self.v.numbers[(r + i) * self.v.pitch..][..depth].as_chunks();
        }
        let mut sums = [[simd.splat_f32s(0.0); C]; R];
        // Two rows of u at a time: what is around the sums weighs half.
        let pairs = self.u.numbers[..depth * pitch].chunks_exact(2 * pitch);
        let last = pairs.remainder();
        for (d, u) in pairs.enumerate() {
            let (u, next) = (S::as_simd_f32s(&u[c..][..across]).0, S::as_simd_f32s(&u[pitch + c..][..across]).0);
            for i in 0..R {
                add(simd, v[i].0[d][0], u, &mut sums[i]);
                add(simd, v[i].0[d][1], next, &mut sums[i]);
            }
        }
        if !last.is_empty() {
            let u = S::as_simd_f32s(&last[c..][..across]).0;
            for i in 0..R {
                add(simd, v[i].1[0], u, &mut sums[i]);
            }
        }
        for i in 0..R {
            S::as_mut_simd_f32s(&mut self.m[(r + i) * self.u.pitch + c..][..across]).0.copy_from_slice(&sums[i]);
        }
    }
}

struct AddOuter<'a> {
    v: Rows<'a>,
    m: Rows<'a>,
    fresh: bool,
    q: &'a mut [f32],
}

impl<S: Lanes> Rectangle<S> for AddOuter<'_> {
    #[inline(always)]
    fn at<const R: usize, const C: usize>(&mut self, simd: S, r: usize, c: usize) {
        let (width, across) = (self.m.pitch, C * S::F32_LANES);
        let mut sums = [[simd.splat_f32s(0.0); C]; R];
        if !self.fresh {
            for i in 0..R {
                sums[i].copy_from_slice(S::as_simd_f32s(&self.q[(r + i) * width + c..][..across]).0);
            }
        }
        for (v, m) in self.v.numbers.chunks(self.v.pitch).zip(self.m.numbers.chunks_exact(width)) {
            let (v, m) = (&v[r..][..R], S::as_simd_f32s(&m[c..][..across]).0);
            for i in 0..R {
                add(simd, v[i], m, &mut sums[i]);
            }
        }
        for i in 0..R {
            S::as_mut_simd_f32s(&mut self.q[(r + i) * width + c..][..across]).0.copy_from_slice(&sums[i]);
        }
    }
}

/// Covers rows × width by rectangles: equal pieces of at most [`Lanes::ACROSS`] vectors by as many rows as there are registers for.
struct Cover<S, W> {
    simd: S,
    rows: usize,
    width: usize,
    work: W,
}

impl<S: Lanes, W: Rectangle<S>> WithSimd for Cover<S, W> {
    type Output = ();
    #[inline(always)]
    fn with_simd<T: Simd>(mut self, _: T) {
        for columns in parts(0..self.width / S::F32_LANES, S::ACROSS) {
            for rows in parts(0..self.rows, S::DOWN[columns.len() - 1]) {
                self.rectangle(rows, columns.clone());
            }
        }
    }
}

macro_rules! rectangle {
    ($of:ident, $down:expr, $r:expr, $c:expr, $across:literal: $($rows:literal)*) => {
        match $down {
            $($rows => $of.work.at::<$rows, $across>($of.simd, $r, $c),)*
            _ => unreachable!("`Lanes::DOWN` of no level says more rows"),
        }
    };
}

impl<S: Lanes, W: Rectangle<S>> Cover<S, W> {
    #[inline(always)]
    fn rectangle(&mut self, rows: Range<usize>, columns: Range<usize>) {
        let (down, r, c) = (rows.len(), rows.start, columns.start * S::F32_LANES);
        match columns.len() {
            1 => rectangle!(self, down, r, c, 1: 1 2 3 4 5 6 7 8 9 10 11 12),
            2 => rectangle!(self, down, r, c, 2: 1 2 3 4 5 6 7 8 9 10 11 12),
            3 => rectangle!(self, down, r, c, 3: 1 2 3 4 5 6 7 8 9),
            _ => rectangle!(self, down, r, c, 4: 1 2 3 4 5 6),
        }
    }
}
