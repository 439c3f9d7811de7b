//! How work is cut: into bands of rows that tasks write, and into ranges whose sums meet in order. The limits follow from the shape
//! alone, so the bits do not depend on the number of threads.

use crate::shape::Shape;
use rayon::prelude::*;
use std::ops::Range;

/// Ranges of a sum, at most. A constant of the format.
const RANGES: usize = 8;
/// Pixels from which on bands are shared among threads. Below, a shard of a batch is one task, and its caller has more of them.
const SHARED: usize = 4096;

/// Calls `band` for every band of at most `rows` rows of every image: image, first row, and its piece of y. Which thread does which
/// band changes no bit.
pub(super) fn each_band(at: Shape, rows: usize, y: &mut [f32], band: impl Fn(usize, usize, &mut [f32]) + Sync) {
    let row = at.width * at.channels;
    if at.is_empty() {
        return;
    }
    let bands = y
        .chunks_mut(at.height * row)
        .enumerate()
        .flat_map(|(image, y)| y.chunks_mut(rows * row).enumerate().map(move |(b, y)| (image, b * rows, y)));
    if at.pixels() < SHARED {
        bands.for_each(|(image, first, y)| band(image, first, y));
    } else {
        bands.collect::<Vec<_>>().into_par_iter().for_each(|(image, first, y)| band(image, first, y));
    }
}

/// dw += Σ over ranges of what `add` adds, in order.
pub(super) fn sum_ranges(len: usize, least: usize, dw: &mut [f32], add: impl Fn(Range<usize>, &mut [f32]) + Sync) {
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
