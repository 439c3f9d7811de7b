//! The transforms of Winograd's F(4×4, 3×3) on one tile (Lavin and Gray 2016): Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A.
//!
//! The points are 0, ±1, ±2 and ∞. A transform is two passes of one formula on six (or four, or three) numbers, over 16 channels
//! at a time; plain loops over arrays of 16 are the fastest form of it. They are indexed, since iterators and `from_fn` are not always
//! inlined, and what is not inlined is not compiled for the level.
#![allow(clippy::needless_range_loop)]

use super::lanes::PANEL;

/// Pixels along the side of a tile of the output.
pub(super) const SIDE: usize = 4;
/// Pixels along the side of the patch of the input that a tile needs.
pub(super) const PATCH: usize = 6;
/// Points of the transform.
pub(super) const POINTS: usize = PATCH * PATCH;

/// The same place of 16 channels.
pub(super) type Panel = [f32; PANEL];

/// From the head of a cache line on.
#[repr(align(64))]
pub(super) struct Lined<T>(T);

/// Room between the two passes of a transform.
pub(super) type Square = Lined<[[Panel; PATCH]; PATCH]>;

/// All zero.
pub(super) const SQUARE: Square = Lined([[[0.0; PANEL]; PATCH]; PATCH]);

/// Bᵀ d
#[inline(always)]
fn input(d: [f32; 6]) -> [f32; 6] {
    let [d0, d1, d2, d3, d4, d5] = d;
    let (even, odd) = (d4 - 4.0 * d2, d3 - 4.0 * d1);
    let (near, twice) = (d4 - d2, 2.0 * (d3 - d1));
    [4.0 * d0 - 5.0 * d2 + d4, even + odd, even - odd, near + twice, near - twice, 4.0 * d1 - 5.0 * d3 + d5]
}

/// Aᵀ m
#[inline(always)]
fn output(m: [f32; 6]) -> [f32; 4] {
    let [m0, m1, m2, m3, m4, m5] = m;
    let (a, b, c, d) = (m1 + m2, m1 - m2, m3 + m4, m3 - m4);
    [m0 + a + c, b + 2.0 * d, a + 4.0 * c, b + 8.0 * d + m5]
}

/// A y, the adjoint of [`output`].
#[inline(always)]
fn output_adjoint(y: [f32; 4]) -> [f32; 6] {
    let [y0, y1, y2, y3] = y;
    let (even, odd) = (y0 + y2, y1 + y3);
    let (four, eight) = (y0 + 4.0 * y2, 2.0 * y1 + 8.0 * y3);
    [y0, even + odd, even - odd, four + eight, four - eight, y3]
}

/// G g
#[inline(always)]
fn weight(g: [f32; 3]) -> [f32; 6] {
    let [g0, g1, g2] = g;
    let (a, b) = ((g0 + g2) * (-1.0 / 6.0), g1 * (1.0 / 6.0));
    let (c, d) = (g0 * (1.0 / 24.0) + g2 * (1.0 / 6.0), g1 * (1.0 / 12.0));
    [g0 * 0.25, a - b, a + b, c + d, c - d, g2]
}

/// Gᵀ q, the adjoint of [`weight`].
#[inline(always)]
fn weight_adjoint(q: [f32; 6]) -> [f32; 3] {
    let [q0, q1, q2, q3, q4, q5] = q;
    let (a, b, c, d) = (q1 + q2, q2 - q1, q3 + q4, q3 - q4);
    [q0 * 0.25 - a * (1.0 / 6.0) + c * (1.0 / 24.0), b * (1.0 / 6.0) + d * (1.0 / 12.0), (c - a) * (1.0 / 6.0) + q5]
}

/// to ← the formula of the numbers of `from`, at each of 16 channels.
#[inline(always)]
fn pass<const N: usize, const M: usize>(formula: impl Fn([f32; N]) -> [f32; M], from: [&Panel; N], to: &mut [Panel]) {
    for l in 0..PANEL {
        let mut numbers = [0.0; N];
        for n in 0..N {
            numbers[n] = from[n][l];
        }
        let results = formula(numbers);
        for m in 0..M {
            to[m][l] = results[m];
        }
    }
}

/// The formula down every column, into `down`, then along every row: `write` gets row, column and what stands there.
#[inline(always)]
fn both<'a, const N: usize, const M: usize>(
    formula: impl Fn([f32; N]) -> [f32; M],
    from: impl Fn(usize, usize) -> &'a Panel,
    down: &mut Square,
    mut write: impl FnMut(usize, usize, &Panel),
) {
    for j in 0..N {
        let mut column = [from(0, j); N];
        for i in 1..N {
            column[i] = from(i, j);
        }
        pass(&formula, column, &mut down.0[j]);
    }
    for i in 0..M {
        let mut row = [&down.0[0][i]; N];
        for j in 1..N {
            row[j] = &down.0[j][i];
        }
        let mut results = Lined([[0.0; PANEL]; M]);
        pass(&formula, row, &mut results.0);
        for j in 0..M {
            write(i, j, &results.0[j]);
        }
    }
}

/// V = Bᵀ d B
#[inline(always)]
pub(super) fn transform_input<'a>(d: impl Fn(usize, usize) -> &'a Panel, down: &mut Square, v: impl FnMut(usize, usize, &Panel)) {
    both::<6, 6>(input, d, down, v);
}

/// Y = Aᵀ M A
#[inline(always)]
pub(super) fn transform_output<'a>(m: impl Fn(usize, usize) -> &'a Panel, down: &mut Square, y: impl FnMut(usize, usize, &Panel)) {
    both::<6, 4>(output, m, down, y);
}

/// M = A Y Aᵀ, the adjoint of [`transform_output`].
#[inline(always)]
pub(super) fn adjoin_output<'a>(y: impl Fn(usize, usize) -> &'a Panel, down: &mut Square, m: impl FnMut(usize, usize, &Panel)) {
    both::<4, 6>(output_adjoint, y, down, m);
}

/// U = G g Gᵀ
#[inline(always)]
pub(super) fn transform_weights<'a>(g: impl Fn(usize, usize) -> &'a Panel, down: &mut Square, u: impl FnMut(usize, usize, &Panel)) {
    both::<3, 6>(weight, g, down, u);
}

/// dg = Gᵀ Q G, the adjoint of [`transform_weights`].
#[inline(always)]
pub(super) fn adjoin_weights<'a>(q: impl Fn(usize, usize) -> &'a Panel, down: &mut Square, g: impl FnMut(usize, usize, &Panel)) {
    both::<6, 3>(weight_adjoint, q, down, g);
}
