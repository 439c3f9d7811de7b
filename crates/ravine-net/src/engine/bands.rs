//! How work is cut: into bands of rows that tasks write, and into ranges whose sums meet in order. The limits follow from the shape
//! alone, so the bits do not depend on the number of threads.

use crate::shape::Shape;
use rayon::prelude::*;
use std::ops::Range;

/// Ranges of a sum, at most. A constant of the format.
const RANGES: usize = 8;
/// Pixels from which on bands are shared among threads. Below, a shard of a batch is one task, and its caller has more of them.
const SHARED: usize = 4096;

/// Calls `band` for every band of y, a value of shape `at`: its rows of tiles, counted over all images, and its piece of y. A row of tiles
/// is `side` rows of pixels, or what is left of its image; a band has at most so many, unless one thread makes all. Which thread does which
/// band changes no bit.
pub(super) fn each_band(at: Shape, side: usize, most: usize, y: &mut [f32], band: impl Fn(Range<usize>, &mut [f32]) + Sync) {
    if at.is_empty() {
        return;
    }
    let down = at.height.div_ceil(side);
    let all = 0..at.images * down;
    if at.pixels() < SHARED {
        return band(all, y);
    }
    let start = |row: usize| (row / down * at.height + row % down * side) * at.width * at.channels;
    let mut rest = y;
    let mut bands = Vec::new();
    for rows in parts(all, most) {
        let piece;
        (piece, rest) = rest.split_at_mut(start(rows.end) - start(rows.start));
        bands.push((rows, piece));
    }
    bands.into_par_iter().for_each(|(rows, piece)| band(rows, piece));
}

/// dw += Σ over ranges of what `add` adds, in order.
pub(super) fn sum_ranges(len: usize, least: usize, dw: &mut [f32], add: impl Fn(Range<usize>, &mut [f32]) + Sync) {
    if len == 0 {
        return;
    }
    let count = (len / least).clamp(1, RANGES);
    if count == 1 {
        return add(0..len, dw);
    }
    let one = |i: usize| {
        let mut part = vec![0.0; dw.len()];
        add(len * i / count..len * (i + 1) / count, &mut part);
        part
    };
    let sums: Vec<Vec<f32>> = (0..count).into_par_iter().map(one).collect();
    for sum in sums {
        dw.iter_mut().zip(sum).for_each(|(dw, sum)| *dw += sum);
    }
}

/// 0..n in equal parts of at most `most`.
pub(super) fn parts(range: Range<usize>, most: usize) -> impl Iterator<Item = Range<usize>> {
    let (start, n) = (range.start, range.len());
    let count = n.div_ceil(most);
    (0..count).map(move |i| start + n * i / count..start + n * (i + 1) / count)
}
