//! A plane cut into overlapping blocks of 8 × 8, and of each block: where it lies, how lively it is, and what its finest cosines hold.

use super::limits::Limits;
use rayon::prelude::*;
use std::f32::consts::PI;

/// Pixels on a side of a block.
pub(super) const SIDE: usize = 8;
/// Cosines (u, v) with u + v ≥ 12 of the 8 × 8 transform: the finest six, where photographs hold least.
pub(super) const FINEST: [(usize, usize); 6] = [(5, 7), (6, 6), (7, 5), (6, 7), (7, 6), (7, 7)];
/// Cosines that are neither the constant nor one of the finest.
pub(super) const COARSER: usize = SIDE * SIDE - 1 - FINEST.len();
/// More blocks than this tell nothing new: larger pictures are sampled at a larger stride.
const MOST: usize = 1 << 16;

/// What is kept of a block.
#[derive(Clone, Copy)]
pub(super) struct Block {
    /// Mean brightness.
    pub(super) mean: f32,
    /// Energy in all cosines but the constant and the finest six: what tells flat from lively.
    pub(super) activity: f32,
    /// Mean energy of the finest six: σ² where there is only noise.
    pub(super) finest: f32,
    /// Whether more than a quarter of it is cut off.
    pub(super) cut: bool,
}

/// One channel as blocks.
pub(super) struct Blocks {
    /// Flattest first.
    pub(super) all: Vec<Block>,
    /// Pixels from a block to the next.
    pub(super) stride: usize,
    /// Whether it is a page: most of it is as white as paper, or as black as the sky, where half of the noise is cut off.
    pub(super) page: bool,
}

impl Blocks {
    /// All blocks of the plane of which at most a quarter is cut off; of a page, those of which a quarter to three quarters are. None
    /// if a side is shorter than a block.
    pub(super) fn of(plane: &[f32], height: usize, width: usize, limits: Limits) -> Self {
        if height < SIDE || width < SIDE {
            return Blocks { all: Vec::new(), stride: 1, page: false };
        }
        let places = |side: usize, stride: usize| (side - SIDE) / stride + 1;
        // 1, 2, then odd: blocks that keep step with JPEG's would see its quantisation, not the noise.
        let stride =
            [1, 2].into_iter().chain((3..).step_by(2)).find(|s| places(height, *s) * places(width, *s) <= MOST).unwrap_or(1);
        let cosines = finest_cosines();
        let row = |r: usize| {
            let cosines = &cosines;
            (0..places(width, stride))
                .filter_map(move |c| measure(&plane[r * stride * width + c * stride..], width, limits, cosines))
        };
        let mut all: Vec<Block> = (0..places(height, stride)).into_par_iter().flat_map_iter(row).collect();
        let page = 2 * all.iter().filter(|b| b.cut).count() > places(height, stride) * places(width, stride);
        all.retain(|b| b.cut == page);
        flattest_first(&mut all);
        Blocks { all, stride, page }
    }
}

/// In a total order, so that it does not matter what the sort does with equals.
pub(super) fn flattest_first(blocks: &mut [Block]) {
    blocks.sort_unstable_by(|a, b| {
        a.activity.total_cmp(&b.activity).then(a.finest.total_cmp(&b.finest)).then(a.mean.total_cmp(&b.mean))
    });
}

/// cₖ(i) = ½ cos((2i+1)kπ/16) for k = 5, 6, 7.
fn finest_cosines() -> [[f32; SIDE]; 3] {
    std::array::from_fn(|k| std::array::from_fn(|i| 0.5 * ((2 * i + 1) as f32 * (k + 5) as f32 * PI / 16.0).cos()))
}

/// The block whose first pixel is the first of `from`; `None` if more than three quarters of it are cut off.
fn measure(from: &[f32], width: usize, limits: Limits, cosines: &[[f32; SIDE]; 3]) -> Option<Block> {
    let first = from[0];
    let (mut cut, mut sum, mut square) = (0, 0.0, 0.0);
    let mut rows = [[0.0f32; SIDE]; 3]; // k × row: each row against cₖ
    for i in 0..SIDE {
        let pixels: &[f32; SIDE] = from[i * width..i * width + SIDE].try_into().ok()?;
        cut += pixels.iter().filter(|v| limits.holds(**v)).count();
        // From the first pixel, not from 0: a constant block then has no energy at all, whatever the rounding.
        let d = pixels.map(|v| v - first);
        sum += d.iter().sum::<f32>();
        square += d.iter().map(|v| v * v).sum::<f32>();
        for k in 0..3 {
            rows[k][i] = (0..SIDE).map(|j| d[j] * cosines[k][j]).sum();
        }
    }
    if cut * 4 > 3 * SIDE * SIDE {
        return None;
    }
    let n = (SIDE * SIDE) as f32;
    let coefficient = |(u, v): (usize, usize)| (0..SIDE).map(|i| rows[v - 5][i] * cosines[u - 5][i]).sum::<f32>();
    let finest: f32 = FINEST.map(|uv| coefficient(uv).powi(2)).iter().sum();
    Some(Block {
        mean: first + sum / n,
        activity: (square - sum * sum / n - finest).max(0.0),
        finest: finest / FINEST.len() as f32,
        cut: cut * 4 > SIDE * SIDE,
    })
}
