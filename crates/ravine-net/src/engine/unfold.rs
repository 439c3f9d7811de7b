//! Convolutions with few channels on one side, and 1 × 1: one matrix product with what the taps see.
//!
//! *Unfolded*, a value has at every pixel the numbers of all K² pixels around it (im2col; Chellapilla, Puri and Simard 2006).
//! With few inputs that is small, and W ∗ x = unfold(x) · W. With few outputs the adjoint is: all K² · out products of a pixel's own
//! numbers are made first, then *folded*: y(p) = Σ_k z_k(p + k).

use super::Kernel;
use super::bands::{each_band, parts, sum_ranges};
use super::lanes::{Lanes, PANEL, Work, padded, run};
use super::product::{Rows, add_outer, multiply};
use super::room::with_room;
use super::tile::Panel;
use super::write::Write;
use crate::shape::Shape;
use ravine_optim::Level;
use std::ops::Range;

/// Pixels of a product, at most. A constant of the format.
const BLOCK: usize = 48;
/// Pixels of a band, about.
const BAND: usize = 800;
/// Pixels of a range of the weights' adjoint, at least. A constant of the format.
const RANGE: usize = 4096;

/// Numbers that [`widen`] makes of the weights.
pub(super) fn widened(kernel: Kernel) -> usize {
    kernel.taps() * kernel.inputs() * padded(kernel.outputs())
}

/// W as `[tap][in][out]`, out rounded up to panels.
pub(super) fn widen(kernel: Kernel, weights: &[f32], u: &mut [f32]) {
    let outputs = kernel.outputs();
    for (u, w) in u.chunks_exact_mut(padded(outputs)).zip(weights.chunks_exact(outputs)) {
        u[..outputs].copy_from_slice(w);
        u[outputs..].fill(0.0);
    }
}

/// Numbers that [`gather`] makes of the weights.
pub(super) fn gathered(kernel: Kernel) -> usize {
    kernel.inputs() * padded(kernel.taps() * kernel.outputs())
}

/// W as `[in][tap, out]`, the last two rounded up to panels together.
pub(super) fn gather(kernel: Kernel, weights: &[f32], u: &mut [f32]) {
    let (inputs, outputs) = (kernel.inputs(), kernel.outputs());
    for (i, u) in u.chunks_exact_mut(padded(kernel.taps() * outputs)).enumerate() {
        u.fill(0.0);
        for (k, u) in u.chunks_exact_mut(outputs).take(kernel.taps()).enumerate() {
            u.copy_from_slice(&weights[(k * inputs + i) * outputs..][..outputs]);
        }
    }
}

/// What a value of shape `at` is unfolded for.
#[derive(Debug, Clone, Copy)]
struct Unfold {
    kernel: Kernel,
    at: Shape,
}

impl Unfold {
    /// Numbers at a pixel.
    fn depth(self) -> usize {
        self.kernel.taps() * self.at.channels
    }

    /// The unfolded numbers of some pixels: x itself where there is one tap, else in `room`.
    #[inline(always)]
    fn of<'a>(self, x: &'a [f32], pixels: Range<usize>, room: &'a mut [f32]) -> &'a [f32] {
        let channels = self.at.channels;
        if self.kernel.taps() == 1 {
            return &x[pixels.start * channels..pixels.end * channels];
        }
        let room = &mut room[..pixels.len() * self.depth()];
        for (p, to) in pixels.zip(room.chunks_exact_mut(self.depth())) {
            self.pixel(x, p, to);
        }
        room
    }

    #[inline(always)]
    fn pixel(self, x: &[f32], p: usize, to: &mut [f32]) {
        let Shape { height, width, channels, .. } = self.at;
        let (row, column) = (p / width % height, p % width);
        let size = self.kernel.size();
        for (i, to) in to.chunks_exact_mut(size * channels).enumerate() {
            if row + i < 1 || row + i > height {
                to.fill(0.0);
                continue;
            }
            // The pixels left, here and right, of which the first and the last may lie outside.
            let start = p + i * width - width;
            let (first, last) = (usize::from(column == 0), if column + 1 == width { 2 } else { 3 });
            to[..first * channels].fill(0.0);
            to[last * channels..].fill(0.0);
            let from = &x[(start + first - 1) * channels..][..(last - first) * channels];
            to[first * channels..last * channels].iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        }
    }
}

/// Writes W ∗ x into y as `write` says: by unfolding x. `u` is what [`widen`] made of W.
pub(super) fn convolve(kernel: Kernel, level: Level, at: Shape, x: &[f32], u: &[f32], y: &mut [f32], write: impl Write) {
    let unfold = Unfold { kernel, at };
    let (rows, width) = ((BAND / at.width).max(1), padded(kernel.outputs()));
    let (depth, products) = ((BLOCK * unfold.depth()).div_ceil(PANEL), BLOCK * width / PANEL);
    each_band(at.with_channels(kernel.outputs()), 1, rows, y, |rows, y| {
        let pixels = rows.start * at.width..rows.end * at.width;
        with_room(depth + products, |room| {
            let (v, m) = room.split_at_mut(depth);
            run(level, Unfolded { unfold, pixels, x, u: Rows { numbers: u, pitch: width }, y, v, m, write });
        });
    });
}

struct Unfolded<'a, W> {
    unfold: Unfold,
    pixels: Range<usize>,
    x: &'a [f32],
    u: Rows<'a>,
    y: &'a mut [f32],
    v: &'a mut [Panel],
    m: &'a mut [Panel],
    write: W,
}

impl<W: Write> Work for Unfolded<'_, W> {
    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) {
        let (depth, across) = (self.unfold.depth(), self.u.pitch / PANEL);
        let mut y = self.y.chunks_exact_mut(self.unfold.kernel.outputs());
        for block in parts(self.pixels, BLOCK) {
            let m = &mut self.m[..block.len() * across];
            let v = self.unfold.of(self.x, block.clone(), self.v.as_flattened_mut());
            multiply(simd, depth, Rows { numbers: v, pitch: depth }, self.u, m.as_flattened_mut());
            for ((p, m), y) in block.zip(m.chunks_exact(across)).zip(&mut y) {
                m.iter().enumerate().for_each(|(c, m)| self.write.panel(p, c, m, y));
            }
        }
    }
}

/// Writes W ∗ x into y as `write` says: by folding. `u` is what [`gather`] made of W; there are at most 16 outputs.
pub(super) fn convolve_folding(kernel: Kernel, level: Level, at: Shape, x: &[f32], u: &[f32], y: &mut [f32], write: impl Write) {
    let (rows, width) = ((BAND / at.width).max(1), padded(kernel.taps() * kernel.outputs()));
    each_band(at.with_channels(kernel.outputs()), 1, rows, y, |rows, y| {
        // The rows above and below are made too, where the image has them: each band for itself.
        let above = usize::from(!rows.start.is_multiple_of(at.height));
        let below = usize::from(!rows.end.is_multiple_of(at.height));
        let seen = rows.start - above..rows.end + below;
        with_room(seen.len() * at.width * width / PANEL, |room| {
            let z = room.as_flattened_mut();
            run(level, Folded { kernel, at, first: rows.start, seen, x, u: Rows { numbers: u, pitch: width }, z, y, write });
        });
    });
}

struct Folded<'a, W> {
    kernel: Kernel,
    at: Shape,
    /// Rows, counted over all images: the first to be written, and those whose products are made.
    first: usize,
    seen: Range<usize>,
    x: &'a [f32],
    u: Rows<'a>,
    z: &'a mut [f32],
    y: &'a mut [f32],
    write: W,
}

impl<W: Write> Work for Folded<'_, W> {
    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) {
        let Shape { height, width, channels, .. } = self.at;
        let x = &self.x[self.seen.start * width * channels..];
        for block in parts(0..self.seen.len() * width, BLOCK) {
            let v = Rows { numbers: &x[block.start * channels..], pitch: channels };
            multiply(simd, channels, v, self.u, &mut self.z[block.start * self.u.pitch..block.end * self.u.pitch]);
        }
        let outputs = self.kernel.outputs();
        for (p, y) in self.y.chunks_exact_mut(outputs).enumerate() {
            let (row, column) = (self.first + p / width, p % width);
            let of_image = row % height;
            let mut sums = [0.0; PANEL];
            for i in usize::from(of_image == 0)..3.min(height + 1 - of_image) {
                for j in usize::from(column == 0)..3.min(width + 1 - column) {
                    let q = (row + i - 1 - self.seen.start) * width + column + j - 1;
                    let z = &self.z[q * self.u.pitch + (i * 3 + j) * outputs..][..outputs];
                    sums.iter_mut().zip(z).for_each(|(sum, z)| *sum += *z);
                }
            }
            self.write.panel(self.first * width + p, 0, &sums, y);
        }
    }
}

/// dW += unfold(x)ᵀ · dy
pub(super) fn add_weight_adjoint(kernel: Kernel, level: Level, at: Shape, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    let outputs = kernel.outputs();
    sum_products(Unfold { kernel, at }, level, x, dy, outputs, dw, |dw, q, width| {
        for (dw, q) in dw.chunks_exact_mut(outputs).zip(q.chunks_exact(width)) {
            dw.iter_mut().zip(q).for_each(|(dw, q)| *dw += *q);
        }
    });
}

/// dWᵀ += unfold(dy)ᵀ · x, taps in reverse
pub(super) fn add_weight_adjoint_folding(kernel: Kernel, level: Level, at: Shape, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    let (taps, inputs, outputs) = (kernel.taps(), kernel.inputs(), kernel.outputs());
    let unfold = Unfold { kernel: kernel.transposed(), at: at.with_channels(outputs) };
    sum_products(unfold, level, dy, x, inputs, dw, |dw, q, width| {
        for (k, dw) in dw.chunks_exact_mut(inputs * outputs).enumerate() {
            for (i, dw) in dw.chunks_exact_mut(outputs).enumerate() {
                for (o, dw) in dw.iter_mut().enumerate() {
                    *dw += q[((taps - 1 - k) * outputs + o) * width + i];
                }
            }
        }
    });
}

/// Adds unfold(a)ᵀ · b, which `scatter` gets with the length of its rows, to dw.
fn sum_products(
    unfold: Unfold,
    level: Level,
    a: &[f32],
    b: &[f32],
    channels: usize,
    dw: &mut [f32],
    scatter: impl Fn(&mut [f32], &[f32], usize) + Sync,
) {
    let width = padded(channels);
    let lens = [unfold.depth() * width, BLOCK * unfold.depth(), BLOCK * width].map(|n| n.div_ceil(PANEL));
    sum_ranges(unfold.at.pixels(), RANGE, dw, |pixels, dw| {
        with_room(lens.iter().sum(), |room| {
            let (q, room) = room.split_at_mut(lens[0]);
            let (v, m) = room.split_at_mut(lens[1]);
            let q = q.as_flattened_mut();
            run(level, Products { unfold, pixels, a, b, channels, v: v.as_flattened_mut(), m: m.as_flattened_mut(), q: &mut *q });
            scatter(dw, q, width);
        });
    });
}

struct Products<'a> {
    unfold: Unfold,
    pixels: Range<usize>,
    a: &'a [f32],
    b: &'a [f32],
    channels: usize,
    v: &'a mut [f32],
    m: &'a mut [f32],
    q: &'a mut [f32],
}

impl Work for Products<'_> {
    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) {
        let (depth, channels, width) = (self.unfold.depth(), self.channels, padded(self.channels));
        let start = self.pixels.start;
        for block in parts(self.pixels, BLOCK) {
            let fresh = block.start == start;
            let b = &self.b[block.start * channels..block.end * channels];
            let m = if channels == width {
                b
            } else {
                let m = &mut self.m[..block.len() * width];
                m.fill(0.0);
                m.chunks_exact_mut(width).zip(b.chunks_exact(channels)).for_each(|(m, b)| m[..channels].copy_from_slice(b));
                m
            };
            let v = self.unfold.of(self.a, block, self.v);
            add_outer(simd, Rows { numbers: v, pitch: depth }, Rows { numbers: m, pitch: width }, fresh, self.q);
        }
    }
}
