//! Several iterations in one pass over memory, by any number of threads, in the order of none.
//!
//! In a **wavefront**, iteration t + 1 trails iteration t by one row: row y may take iteration t + 1 as soon as row y + 1 has taken
//! iteration t. So a pass over the picture does T iterations, and only T + 2 rows need to be in the cache.
//!
//! For threads the rows are cut into **bands**. In phase 1 each band goes as far as its own rows allow: with every iteration one row
//! less at each inner edge, a trapezoid. In phase 2 each edge between two bands catches up: the trapezoid upside down. Each phase
//! works on disjoint slices, nobody waits inside a phase, and every number is computed once, from the same numbers as without bands.
//!
//! ```text
//! iteration 3   ..pppp..  2222  ..pppp..
//! iteration 2   .pppppp.   22   .pppppp.        p: phase 1, 2: phase 2
//! iteration 1   pppppppp        pppppppp
//! ```

use super::kernel::{Halves, iterate};
use super::rows::Shape;
use super::step::Iteration;
use ravine_optim::Level;
use rayon::prelude::*;
use std::ops::Range;

/// Room for the rows of a wavefront: most of a core's own cache.
const CACHE_BYTES: usize = 768 * 1024;
const DEEPEST: usize = 16;
/// Pixels below which a second thread costs more than it brings.
const SMALL: usize = 1 << 15;

/// How many iterations a pass does.
pub(super) fn depth(shape: Shape) -> usize {
    (CACHE_BYTES / (shape.row() * size_of::<f32>())).saturating_sub(2).clamp(1, DEEPEST)
}

/// The iterations of `steps` on all `rows`.
pub(super) fn advance(level: Level, shape: Shape, steps: &[Iteration], rows: &mut [f32]) {
    let edges = edges(shape, steps.len());
    if edges.len() == 2 {
        return Region::band(shape, 0..shape.height).sweep(level, shape, steps, rows);
    }
    let bands = edges.windows(2).map(|e| Region::band(shape, e[0]..e[1])).collect();
    let seams = edges[1..edges.len() - 1].iter().map(|&e| Region::seam(shape, e, steps.len())).collect();
    for regions in [bands, seams] {
        cut(shape, rows, regions).into_par_iter().for_each(|(region, rows)| region.sweep(level, shape, steps, rows));
    }
}

/// Where the bands begin, and the end.
fn edges(shape: Shape, depth: usize) -> Vec<usize> {
    let threads = rayon::current_num_threads();
    let most = shape.height / (4 * depth);
    let small = shape.height * shape.width * shape.channels < SMALL;
    let bands = if threads == 1 || small { 1 } else { (2 * threads).min(most).max(1) };
    (0..=bands).map(|b| b * shape.height / bands).collect()
}

/// Rows that somebody sweeps, and how their extent changes with the iteration.
struct Region {
    rows: Range<usize>,
    kind: Kind,
}

enum Kind {
    Band { first: bool, last: bool },
    Seam { edge: usize },
}

impl Region {
    fn band(shape: Shape, rows: Range<usize>) -> Region {
        let kind = Kind::Band { first: rows.start == 0, last: rows.end == shape.height };
        Region { rows, kind }
    }

    fn seam(shape: Shape, edge: usize, depth: usize) -> Region {
        Region { rows: edge - depth - 1..(edge + depth).min(shape.height), kind: Kind::Seam { edge } }
    }

    /// The rows whose p, and those whose u, iteration t = 1, 2, … changes.
    fn extent(&self, t: usize) -> (Range<usize>, Range<usize>) {
        let Range { start, end } = self.rows;
        match self.kind {
            Kind::Band { first, last } => {
                let below = if last { end } else { end - t };
                if first { (0..below, 0..below) } else { (start + t - 1..below, start + t..below) }
            }
            Kind::Seam { edge } => (edge - t..edge + t - 1, edge - t..edge + t),
        }
    }

    /// All iterations as one wavefront.
    fn sweep(&self, level: Level, shape: Shape, steps: &[Iteration], rows: &mut [f32]) {
        level.run(
            #[inline(always)]
            || {
                for front in self.rows.start..self.rows.end + steps.len() {
                    for (k, step) in steps.iter().enumerate() {
                        let Some(y) = front.checked_sub(k) else { continue };
                        let (p, u) = self.extent(k + 1);
                        let halves = match (p.contains(&y), u.contains(&y)) {
                            (true, true) => Halves::Both,
                            (true, false) => Halves::Dual,
                            (false, true) => Halves::Primal,
                            (false, false) => continue,
                        };
                        iterate(shape, *step, rows, y - self.rows.start, halves);
                    }
                }
            },
        );
    }
}

/// Each region with its rows. Regions are in order and disjoint.
fn cut(shape: Shape, mut rest: &mut [f32], regions: Vec<Region>) -> Vec<(Region, &mut [f32])> {
    let mut at = 0;
    let mut parts = Vec::with_capacity(regions.len());
    for region in regions {
        let (_, from) = rest.split_at_mut((region.rows.start - at) * shape.row());
        let (mine, after) = from.split_at_mut(region.rows.len() * shape.row());
        at = region.rows.end;
        rest = after;
        parts.push((region, mine));
    }
    parts
}
