//! 3 × 3 convolutions by Winograd's F(4×4, 3×3) (Lavin and Gray 2016): a quarter of the multiplications of the definition.
//!
//! A *band* is some rows of tiles: one task, one piece of the output. In a band, *blocks* of at most [`BLOCK`] tiles
//! are transformed together: V = Bᵀ d B at 36 points, then M_k = V_k · U_k, a matrix product at each point k, then Y = Aᵀ M A.
//! All limits follow from the shape alone, so the bits do not depend on the number of threads.

use super::Kernel;
use super::bands::{each_band, parts, sum_ranges};
use super::lanes::{Lanes, PANEL, Work, padded, run};
use super::patch::Tiles;
use super::product::{Rows, add_outer, multiply};
use super::room::with_room;
use super::tile::{self, PATCH, POINTS, Panel, SIDE, SQUARE};
use super::write::Write;
use crate::shape::Shape;
use ravine_optim::Level;
use std::ops::Range;

/// The most tiles that are transformed together: V and M of 64 channels fit the second-level cache beside U. A constant of the format.
const BLOCK: usize = 36;
/// Tiles of a band, about.
const BAND: usize = 72;
/// Tiles of a range of the weights' adjoint, at least; each range is summed by one thread. A constant of the format.
const RANGE: usize = 256;

/// Numbers of U.
pub(super) fn transformed(kernel: Kernel) -> usize {
    POINTS * kernel.inputs() * padded(kernel.outputs())
}

/// U_k = (G g Gᵀ)_k, as `[point][in][out]`, out rounded up to panels.
pub(super) fn transform(kernel: Kernel, level: Level, weights: &[f32], u: &mut [f32]) {
    run(level, Transform { kernel, weights, u });
}

struct Transform<'a> {
    kernel: Kernel,
    weights: &'a [f32],
    u: &'a mut [f32],
}

impl Work for Transform<'_> {
    #[inline(always)]
    fn run<S: Lanes>(self, _: S) {
        let (inputs, outputs) = (self.kernel.inputs(), self.kernel.outputs());
        let across = padded(outputs) / PANEL;
        let u = self.u.as_chunks_mut::<PANEL>().0;
        let mut square = SQUARE;
        for i in 0..inputs {
            for c in 0..across {
                let channels = c * PANEL..outputs.min((c + 1) * PANEL);
                let mut g = [[0.0; PANEL]; 9];
                for (k, g) in g.iter_mut().enumerate() {
                    g[..channels.len()].copy_from_slice(&self.weights[(k * inputs + i) * outputs..][channels.clone()]);
                }
                tile::transform_weights(
                    #[inline(always)]
                    |r, s| &g[r * 3 + s],
                    &mut square,
                    #[inline(always)]
                    |r, s, panel| u[((r * PATCH + s) * inputs + i) * across + c] = *panel,
                );
            }
        }
    }
}

/// Writes W ∗ x into y as `write` says, for an x of shape `at`; `u` is what [`transform`] made of W.
pub(super) fn convolve(kernel: Kernel, level: Level, at: Shape, x: &[f32], u: &[f32], y: &mut [f32], write: impl Write) {
    let tiles = Tiles::new(at);
    let (inputs, outputs) = (padded(kernel.inputs()) / PANEL, padded(kernel.outputs()) / PANEL);
    each_band(at.with_channels(kernel.outputs()), SIDE, (BAND / tiles.across()).max(1), y, |rows, y| {
        let band = rows.start * tiles.across()..rows.end * tiles.across();
        let slot = BLOCK.min(band.len()) * inputs.max(outputs) + 1;
        with_room((POINTS + 1) * slot + PATCH * PATCH * inputs, |room| {
            let (patch, room) = room.split_at_mut(PATCH * PATCH * inputs);
            let first = tiles.first_pixel(band.start);
            run(level, Band { kernel, tiles, band, first, slot, x, u, y, patch, room, write });
        });
    });
}

struct Band<'a, W> {
    kernel: Kernel,
    tiles: Tiles,
    band: Range<usize>,
    /// The first pixel.
    first: usize,
    /// Panels from a point to the next. One more than needed: powers of two would meet in the same sets of the cache.
    slot: usize,
    x: &'a [f32],
    u: &'a [f32],
    y: &'a mut [f32],
    patch: &'a mut [Panel],
    /// V_k in place k + 1, then M_k in place k: where V_{k−1} was.
    room: &'a mut [Panel],
    write: W,
}

impl<W: Write> Work for Band<'_, W> {
    #[inline(always)]
    fn run<S: Lanes>(mut self, simd: S) {
        for block in parts(self.band.clone(), BLOCK) {
            self.transform_input(block.clone());
            self.multiply(simd, block.len());
            self.transform_output(block);
        }
    }
}

impl<W: Write> Band<'_, W> {
    #[inline(always)]
    fn transform_input(&mut self, block: Range<usize>) {
        let mut square = SQUARE;
        let across = padded(self.kernel.inputs()) / PANEL;
        for (t, index) in block.enumerate() {
            let patch = self.tiles.patch::<PATCH>(self.tiles.tile(index), 1, self.x, self.patch);
            for c in 0..across {
                let v = &mut self.room[self.slot + t * across + c..];
                tile::transform_input(
                    #[inline(always)]
                    |i, j| patch.at(i, j, c),
                    &mut square,
                    #[inline(always)]
                    |i, j, panel| v[(i * PATCH + j) * self.slot] = *panel,
                );
            }
        }
    }

    #[inline(always)]
    fn multiply<S: Lanes>(&mut self, simd: S, tiles: usize) {
        let (inputs, outputs) = (self.kernel.inputs(), padded(self.kernel.outputs()));
        let pitch = padded(inputs);
        for (k, u) in self.u.chunks_exact(inputs * outputs).enumerate() {
            let (m, v) = self.room[k * self.slot..].split_at_mut(self.slot);
            let v = Rows { numbers: v.as_flattened(), pitch };
            multiply(simd, inputs, v, Rows { numbers: u, pitch: outputs }, &mut m.as_flattened_mut()[..tiles * outputs]);
        }
    }

    #[inline(always)]
    fn transform_output(&mut self, block: Range<usize>) {
        let mut square = SQUARE;
        let outputs = self.kernel.outputs();
        let across = padded(outputs) / PANEL;
        for (t, index) in block.enumerate() {
            let tile = self.tiles.tile(index);
            for c in 0..across {
                let m = &self.room[t * across + c..];
                tile::transform_output(
                    #[inline(always)]
                    |i, j| &m[(i * PATCH + j) * self.slot],
                    &mut square,
                    #[inline(always)]
                    |i, j, panel| {
                        if let Some(pixel) = self.tiles.pixel(tile, i, j) {
                            let y = &mut self.y[(pixel - self.first) * outputs..][..outputs];
                            self.write.panel(pixel, c, panel, y);
                        }
                    },
                );
            }
        }
    }
}

/// dW += Gᵀ[Σ (Bᵀ d B)ᵀ (A dY Aᵀ)]G, the exact adjoint: d the patches of x, dY the tiles of dy.
pub(super) fn add_weight_adjoint(kernel: Kernel, level: Level, at: Shape, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    let (from, to) = (Tiles::new(at), Tiles::new(at.with_channels(kernel.outputs())));
    let add = |range: Range<usize>, dw: &mut [f32]| {
        let (inputs, outputs) = (padded(kernel.inputs()) / PANEL, padded(kernel.outputs()) / PANEL);
        let block = BLOCK.min(range.len());
        let slots = [block * inputs + 1, block * outputs + 1];
        let q = POINTS * kernel.inputs() * outputs;
        let patch = PATCH * PATCH * inputs.max(outputs);
        with_room(q + patch + POINTS * (slots[0] + slots[1]), |room| {
            let (q, room) = room.split_at_mut(q);
            let (patch, room) = room.split_at_mut(patch);
            let (v, m) = room.split_at_mut(POINTS * slots[0]);
            run(level, WeightAdjoint { kernel, from, to, range, slots, x, dy, patch, v, m, q, dw });
        });
    };
    sum_ranges(from.len(), RANGE, dw, add);
}

struct WeightAdjoint<'a> {
    kernel: Kernel,
    from: Tiles,
    to: Tiles,
    range: Range<usize>,
    /// Panels from a point to the next, of V and of M.
    slots: [usize; 2],
    x: &'a [f32],
    dy: &'a [f32],
    patch: &'a mut [Panel],
    v: &'a mut [Panel],
    m: &'a mut [Panel],
    /// `[point][in][out]`
    q: &'a mut [Panel],
    dw: &'a mut [f32],
}

impl Work for WeightAdjoint<'_> {
    #[inline(always)]
    fn run<S: Lanes>(mut self, simd: S) {
        for block in parts(self.range.clone(), BLOCK) {
            self.transform(block.clone());
            self.multiply(simd, block.len(), block.start == self.range.start);
        }
        self.adjoin_weights();
    }
}

impl WeightAdjoint<'_> {
    #[inline(always)]
    fn transform(&mut self, block: Range<usize>) {
        let mut square = SQUARE;
        let [inputs, outputs] = [self.kernel.inputs(), self.kernel.outputs()].map(|n| padded(n) / PANEL);
        let [v_slot, m_slot] = self.slots;
        for (t, index) in block.enumerate() {
            let patch = self.from.patch::<PATCH>(self.from.tile(index), 1, self.x, self.patch);
            for c in 0..inputs {
                let v = &mut self.v[t * inputs + c..];
                tile::transform_input(
                    #[inline(always)]
                    |i, j| patch.at(i, j, c),
                    &mut square,
                    #[inline(always)]
                    |i, j, panel| v[(i * PATCH + j) * v_slot] = *panel,
                );
            }
            let patch = self.to.patch::<SIDE>(self.to.tile(index), 0, self.dy, self.patch);
            for c in 0..outputs {
                let m = &mut self.m[t * outputs + c..];
                tile::adjoin_output(
                    #[inline(always)]
                    |i, j| patch.at(i, j, c),
                    &mut square,
                    #[inline(always)]
                    |i, j, panel| m[(i * PATCH + j) * m_slot] = *panel,
                );
            }
        }
    }

    #[inline(always)]
    fn multiply<S: Lanes>(&mut self, simd: S, tiles: usize, fresh: bool) {
        let [pitch, width] = [self.kernel.inputs(), self.kernel.outputs()].map(padded);
        let of_point = self.kernel.inputs() * width / PANEL;
        let points = self.v.chunks_exact(self.slots[0]).zip(self.m.chunks_exact(self.slots[1]));
        for (q, (v, m)) in self.q.chunks_exact_mut(of_point).zip(points) {
            let v = Rows { numbers: &v.as_flattened()[..tiles * pitch], pitch };
            let m = Rows { numbers: &m.as_flattened()[..tiles * width], pitch: width };
            add_outer(simd, v, m, fresh, q.as_flattened_mut());
        }
    }

    #[inline(always)]
    fn adjoin_weights(self) {
        let mut square = SQUARE;
        let (inputs, outputs) = (self.kernel.inputs(), self.kernel.outputs());
        let across = padded(outputs) / PANEL;
        for i in 0..inputs {
            for c in 0..across {
                let channels = c * PANEL..outputs.min((c + 1) * PANEL);
                tile::adjoin_weights(
                    #[inline(always)]
                    |r, s| &self.q[((r * PATCH + s) * inputs + i) * across + c],
                    &mut square,
                    #[inline(always)]
                    |r, s, panel| {
                        let dw = &mut self.dw[((r * 3 + s) * inputs + i) * outputs..][channels.clone()];
                        dw.iter_mut().zip(panel).for_each(|(dw, g)| *dw += *g);
                    },
                );
            }
        }
    }
}
