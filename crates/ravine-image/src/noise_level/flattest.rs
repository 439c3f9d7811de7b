//! How much noise the flattest blocks hold, and how many of them may be believed.

use super::blocks::{Block, FINEST, SIDE};

/// Never fewer blocks than this, where there are as many; those of stride 1 overlap most.
pub(super) fn fewest(stride: usize) -> usize {
    (400 / (stride * stride)).max(100)
}

/// The noise of a set of blocks.
#[derive(Clone, Copy)]
pub(super) struct Level {
    pub(super) sigma: f64,
    /// Standard error of `sigma` relative to it, were the blocks nothing but white noise.
    pub(super) relative_error: f64,
    /// How many blocks were believed.
    pub(super) blocks: usize,
}

/// σ from the flattest blocks: the more of them, the smaller the variance, and the larger the bias by what isn't noise.
///
/// The k flattest blocks give σₖ² = mean energy of their finest cosines, with a standard error eₖ. Lepski's rule (1990) takes the
/// largest k whose σₖ contradicts no smaller set: σₖ ≤ σⱼ(1 + eⱼ) for all j < k. A plain picture is then measured everywhere, a
/// lively one only where it rests. The blocks come flattest first; `None` without any.
pub(super) fn flattest(blocks: &[Block], stride: usize) -> Option<Level> {
    let energy: Vec<f64> = blocks
        .iter()
        .scan(0.0, |sum, b| {
            *sum += b.finest as f64;
            Some(*sum)
        })
        .collect();
    // Overlapping blocks repeat each other: measured on white noise, as if about (stride/7)² of them were independent.
    let overlap = ((SIDE - 1) as f64 / stride as f64).max(1.0);
    let mut best: Option<Level> = None;
    let mut limit = f64::INFINITY;
    for k in sizes(blocks.len(), fewest(stride)) {
        let sigma = (energy[k - 1] / k as f64).sqrt();
        if sigma > limit {
            break;
        }
        let relative_error = overlap / (2.0 * (FINEST.len() * k) as f64).sqrt();
        limit = limit.min(sigma * (1.0 + relative_error));
        best = Some(Level { sigma, relative_error, blocks: k });
    }
    best
}

/// n, 0.7 n, 0.49 n, … not below `fewest`, smallest first.
fn sizes(n: usize, fewest: usize) -> Vec<usize> {
    let mut sizes: Vec<usize> =
        std::iter::successors(Some(n), |k| Some(k * 7 / 10)).take_while(|k| *k >= fewest.min(n).max(1)).collect();
    sizes.reverse();
    sizes
}
