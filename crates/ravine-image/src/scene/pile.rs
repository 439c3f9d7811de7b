//! Things on top of each other, seen from above: the front one hides what is behind.

use super::paint::Paint;
use super::shape::{Shape, length};
use super::{Frame, Seen};
use std::ops::Range;

/// Cells of the index on a side of the unit square.
const CELLS: usize = 96;
/// The largest footprint that the index serves.
pub(super) const LARGEST_FOOTPRINT: f32 = 1.0 / 128.0;

/// One thing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaf {
    /// Its outline and place.
    pub(super) shape: Shape,
    /// What covers it.
    pub(super) paint: Paint,
    /// Width over which its edge is blurred, because it is out of focus.
    pub(super) blur: f32,
    /// How far its shadow falls on what is behind, and how dark it is there.
    pub(super) shadow: Shadow,
}

/// The darkening of what lies close behind an edge.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shadow {
    /// How far it reaches.
    pub(super) reach: f32,
    /// What it takes away at the edge, in 0..1.
    pub(super) strength: f32,
}

impl Shadow {
    /// None.
    pub(super) const NONE: Shadow = Shadow { reach: 0.0, strength: 0.0 };
}

impl Leaf {
    /// Sharp and without shadow.
    pub(super) fn new(shape: Shape, paint: Paint) -> Self {
        Leaf { shape, paint, blur: 0.0, shadow: Shadow::NONE }
    }
}

/// Leaves from front to back, with an index of which may be seen where.
#[derive(Debug)]
pub(super) struct Pile {
    leaves: Vec<Leaf>,
    seen: Vec<Vec<u32>>, // of each cell, the leaves that may touch it, from front to back, up to one that covers it
    columns: usize,
    backdrop: Paint,
}

impl Pile {
    /// Takes leaves, the front one first, until every cell of the part that will be looked at is covered, or there are no more. Where
    /// none covers, `backdrop` is seen.
    ///
    /// From the front the simulation is exact once everything is covered (Kendall, Thönnes 1999).
    pub(super) fn new(frame: Frame, backdrop: Paint, leaves: impl IntoIterator<Item = Leaf>) -> Self {
        let cells = |side: f32| ((side * CELLS as f32).ceil() as usize).max(1);
        let (columns, rows) = (cells(frame.width), cells(frame.height));
        let part = |[low, high]: [f32; 2], count: usize| {
            let cell = |x: f32| ((x * CELLS as f32) as usize).min(count - 1);
            cell(low)..cell(high) + 1
        };
        let (wanted_columns, wanted_rows) = (part(frame.columns, columns), part(frame.rows, rows));
        let mut pile = Pile { leaves: Vec::new(), seen: vec![Vec::new(); columns * rows], columns, backdrop };
        let wanted = |cell: usize| wanted_columns.contains(&(cell % columns)) && wanted_rows.contains(&(cell / columns));
        let mut open: Vec<bool> = (0..columns * rows).map(wanted).collect();
        let mut left = wanted_columns.len() * wanted_rows.len();
        for leaf in leaves {
            if left == 0 {
                break;
            }
            let index = pile.leaves.len() as u32;
            let side = 1.0 / CELLS as f32;
            let margin = 0.71 * side + (0.65 * LARGEST_FOOTPRINT + leaf.blur / 2.0).max(leaf.shadow.reach);
            let ([x0, x1], [y0, y1]) = leaf.shape.bounds();
            let range = |low: f32, high: f32, wanted: &Range<usize>| {
                let cell = |x: f32| (x * CELLS as f32).max(0.0) as usize;
                cell(low - margin).max(wanted.start)..cell(high + margin).saturating_add(1).min(wanted.end)
            };
            let mut used = false;
            for row in range(y0, y1, &wanted_rows) {
                for column in range(x0, x1, &wanted_columns) {
                    let cell = row * columns + column;
                    let (x, y) = ((column as f32 + 0.5) * side, (row as f32 + 0.5) * side);
                    if !open[cell] || !leaf.shape.may_touch(x, y, margin) {
                        continue;
                    }
                    pile.seen[cell].push(index);
                    used = true;
                    if leaf.covers(x, y, side / 2.0) {
                        open[cell] = false;
                        left -= 1;
                    }
                }
            }
            if used {
                pile.leaves.push(leaf);
            }
        }
        pile
    }

    /// What is seen at (x, y) over a cell of side `footprint`, at most [`LARGEST_FOOTPRINT`].
    pub(super) fn look(&self, x: f32, y: f32, footprint: f32) -> Seen {
        let column = ((x * CELLS as f32) as usize).min(self.columns - 1);
        let cell = ((y * CELLS as f32) as usize).min(self.seen.len() / self.columns - 1) * self.columns + column;
        let (mut sum, mut left, mut light, mut edge) = ([0.0; 3], 1.0, 1.0, false);
        for &index in &self.seen[cell] {
            let leaf = &self.leaves[index as usize];
            let p = leaf.shape.local(x, y);
            let d = leaf.shape.distance(p, footprint);
            let width = length(1.3 * footprint, leaf.blur);
            edge |= d.abs() < footprint && leaf.blur < 3.0 * footprint;
            if d < width / 2.0 {
                let cover = coverage(d, leaf.shape.depth(), width);
                let seen = left * cover * light;
                edge |= leaf.blur < footprint && leaf.paint.is_finer_than(footprint);
                let colour = leaf.paint.at(p, length(footprint, leaf.blur));
                (0..3).for_each(|c| sum[c] += seen * colour[c]);
                left *= 1.0 - cover;
                if left < 1e-3 {
                    return Seen { colour: sum.map(|v| v / (1.0 - left)), edge };
                }
            }
            if leaf.shadow.strength > 0.0 && d < leaf.shadow.reach {
                let near = 1.0 - d.max(0.0) / leaf.shadow.reach;
                light *= 1.0 - leaf.shadow.strength * near * near;
            }
        }
        let behind = self.backdrop.at([x, y], footprint);
        Seen { colour: std::array::from_fn(|c| sum[c] + left * light * behind[c]), edge }
    }
}

impl Leaf {
    /// Whether it hides the square of half side `half` about (x, y): its corners lie deep inside, and all shapes are thick there.
    fn covers(&self, x: f32, y: f32, half: f32) -> bool {
        let margin = LARGEST_FOOTPRINT + self.blur;
        if self.shape.depth() < half + margin {
            return false;
        }
        let deep = |dx: f32, dy: f32| self.shape.distance(self.shape.local(x + dx, y + dy), LARGEST_FOOTPRINT) < -margin;
        deep(-half, -half) && deep(half, -half) && deep(-half, half) && deep(half, half) && deep(0.0, 0.0)
    }
}

/// The part of a cell of side `width` that lies in a shape of this `depth` whose edge is at signed distance `d`.
fn coverage(d: f32, depth: f32, width: f32) -> f32 {
    let beyond = |d: f32| {
        let t = (0.5 - d / width).clamp(0.0, 1.0);
        t * t * (3.0 - 2.0 * t)
    };
    beyond(d) - beyond(d + 2.0 * depth)
}
