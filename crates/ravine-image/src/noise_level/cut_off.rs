//! Where black and white have cut noise off: which blocks are measured, and what they have lost.

use super::blocks::{Block, Blocks, COARSER};
use super::flattest::{Level, fewest, flattest};
use super::limits::Limits;

/// Blocks whose mean is nearer to white or black than this many σ may have been cut off.
const SAFE: f64 = 2.5;
/// The safe blocks are believed up to so many times the σ of all.
const AGREE: f64 = 1.25;
/// By then σ no longer moves.
const PASSES: usize = 6;

/// The noise of the flattest blocks whose mean is safe from being cut off, and all blocks that are safe.
///
/// Where white or black cut noise off, what they left is only about a third of it at worst, and how much depends on the flat value below.
/// Safe blocks need no such reckoning, but where only letters are safe they tell of letters: all blocks are taken then, and of a page always.
pub(super) fn away_from_limits(blocks: &Blocks, limits: Limits) -> Option<(Level, Vec<Block>)> {
    let all = farther(blocks, limits, 0.0)?;
    let safe = if blocks.page { None } else { farther(blocks, limits, SAFE) };
    Some(safe.filter(|(level, _)| level.sigma <= AGREE * all.0.sigma).unwrap_or(all))
}

/// The noise of the flattest of the blocks whose mean is at least so many σ from being cut off, and all of these.
///
/// Which they are depends on σ, and noise that was cut off looks weak: each pass leaves out a little more, and adds what the blocks that
/// stay have lost. The tenth of the blocks that is farthest from the limits always stays.
fn farther(blocks: &Blocks, limits: Limits, than: f64) -> Option<(Level, Vec<Block>)> {
    let mut level = flattest(&blocks.all, blocks.stride)?;
    let mut kept = blocks.all.clone();
    let mut distances: Vec<f32> = blocks.all.iter().map(|b| limits.distance(b.mean)).collect();
    let tenth = distances.len() / 10;
    let farthest = *distances.select_nth_unstable_by(tenth, |a, b| b.total_cmp(a)).1;
    for _ in 0..PASSES {
        let margin = farthest.min((than * level.sigma) as f32);
        let far = blocks.all.iter().filter(|b| limits.distance(b.mean) >= margin);
        kept = far.map(|b| Block { finest: b.finest / limits.left(b.mean, level.sigma) as f32, ..*b }).collect();
        level = flattest(&kept, blocks.stride)?;
    }
    Some((level, kept))
}

/// σ by all but the finest cosines of the flattest blocks of a page. Letters hold far more there than in the finest.
pub(super) fn coarser(page: &Blocks, limits: Limits, sigma: f64) -> f64 {
    let few = &page.all[..fewest(page.stride).min(page.all.len())];
    let energy = few.iter().map(|b| b.activity as f64 / limits.left(b.mean, sigma)).sum::<f64>();
    (energy / (few.len() * COARSER) as f64).sqrt()
}
