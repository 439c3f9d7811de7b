//! The two halves of an iteration on one row, in place. Plain loops that the compiler vectorises; no a·b + c is contracted.

use super::rows::{LEAD, LINES, Shape, line};
use super::step::{Iteration, into_ball};

/// Columns taken at a time, so that what the dual half writes is still in the nearest cache when the primal half reads it.
const PIECE: usize = 512;
const ZEROS: [f32; PIECE] = [0.0; PIECE];

/// What is done to a row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Halves {
    /// p only.
    Dual,
    /// u and ū only.
    Primal,
    /// p, then u and ū.
    Both,
}

/// One iteration on row `y` of `rows`. The dual half reads ū of the row below, the primal half p_y of the row above: where `rows`
/// ends, the picture ends.
#[inline(always)]
pub(super) fn iterate(shape: Shape, step: Iteration, rows: &mut [f32], y: usize, halves: Halves) {
    let length = shape.row();
    let (before, rest) = rows.split_at_mut(y * length);
    let (row, after) = rest.split_at_mut(length);
    let above = before.len().checked_sub(length).map(|from| &before[from..]);
    let below = after.get(..length);
    let mut start = 0;
    while start < shape.width {
        let piece = Piece { start, len: PIECE.min(shape.width - start) };
        if halves != Halves::Primal {
            dual(shape, step, row, below, piece);
        }
        if halves != Halves::Dual {
            primal(shape, step, row, above, piece);
        }
        start += piece.len;
    }
}

/// Some columns.
#[derive(Clone, Copy)]
struct Piece {
    start: usize,
    len: usize,
}

impl Piece {
    #[inline(always)]
    fn of<'a>(&self, line: &'a [f32]) -> &'a [f32] {
        &line[LEAD + self.start..][..self.len]
    }
    #[inline(always)]
    fn right<'a>(&self, line: &'a [f32]) -> &'a [f32] {
        &line[LEAD + self.start + 1..][..self.len]
    }
    #[inline(always)]
    fn left<'a>(&self, line: &'a [f32]) -> &'a [f32] {
        &line[LEAD + self.start - 1..][..self.len]
    }
    #[inline(always)]
    fn of_mut<'a>(&self, line: &'a mut [f32]) -> &'a mut [f32] {
        &mut line[LEAD + self.start..][..self.len]
    }
}

/// The five lines of a channel of a row.
#[inline(always)]
fn lines(shape: Shape, row: &mut [f32], channel: usize) -> [&mut [f32]; LINES] {
    let (bar, rest) = row[shape.line(channel, 0)..][..LINES * shape.pitch].split_at_mut(shape.pitch);
    let (u, rest) = rest.split_at_mut(shape.pitch);
    let (px, rest) = rest.split_at_mut(shape.pitch);
    let (py, f) = rest.split_at_mut(shape.pitch);
    [bar, u, px, py, f]
}

/// p ← Π(p + σ∇ū)
#[inline(always)]
fn dual(shape: Shape, step: Iteration, row: &mut [f32], below: Option<&[f32]>, piece: Piece) {
    let mut room = ZEROS;
    let squares = &mut room[..piece.len];
    for c in 0..shape.channels {
        let [bar, _, px, py, _] = lines(shape, row, c);
        let here = piece.of(bar);
        let down = below.map_or(here, |b| piece.of(&b[shape.line(c, line::BAR)..]));
        let (px, py) = (piece.of_mut(px), piece.of_mut(py));
        if shape.channels == 1 {
            return grey_dual(step.sigma, px, py, here, piece.right(bar), down);
        }
        ascend(step.sigma, px, py, squares, here, piece.right(bar), down);
    }
    squares.iter_mut().for_each(|s| *s = into_ball(*s));
    for c in 0..shape.channels {
        let [_, _, px, py, _] = lines(shape, row, c);
        scale(piece.of_mut(px), piece.of_mut(py), squares);
    }
}

// The loops take their slices as arguments: then the compiler knows that they do not overlap.

/// p ← p + σ∇ū of one channel, s ← s + |p|²
#[inline(always)]
fn ascend(sigma: f32, px: &mut [f32], py: &mut [f32], squares: &mut [f32], here: &[f32], right: &[f32], down: &[f32]) {
    let n = squares.len();
    let (px, py, here, right, down) = (&mut px[..n], &mut py[..n], &here[..n], &right[..n], &down[..n]);
    for i in 0..n {
        px[i] += sigma * (right[i] - here[i]);
        py[i] += sigma * (down[i] - here[i]);
        squares[i] += px[i] * px[i] + py[i] * py[i];
    }
}

/// p ← p·factor
#[inline(always)]
fn scale(px: &mut [f32], py: &mut [f32], factors: &[f32]) {
    let n = factors.len();
    let (px, py) = (&mut px[..n], &mut py[..n]);
    for i in 0..n {
        px[i] *= factors[i];
        py[i] *= factors[i];
    }
}

/// The same three loops as one where there is one channel.
#[inline(always)]
fn grey_dual(sigma: f32, px: &mut [f32], py: &mut [f32], here: &[f32], right: &[f32], down: &[f32]) {
    let n = px.len();
    let (py, here, right, down) = (&mut py[..n], &here[..n], &right[..n], &down[..n]);
    for i in 0..n {
        let x = px[i] + sigma * (right[i] - here[i]);
        let y = py[i] + sigma * (down[i] - here[i]);
        let factor = into_ball(x * x + y * y);
        px[i] = x * factor;
        py[i] = y * factor;
    }
}

/// u⁺ ← (u + τ div p + τλ f)/(1 + τλ), ū ← u⁺ + θ(u⁺ − u)
#[inline(always)]
fn primal(shape: Shape, step: Iteration, row: &mut [f32], above: Option<&[f32]>, piece: Piece) {
    for c in 0..shape.channels {
        let [bar, u, px, py, f] = lines(shape, row, c);
        let up = above.map_or(&ZEROS[..piece.len], |a| piece.of(&a[shape.line(c, line::PY)..]));
        descend(step, piece.of_mut(u), piece.of_mut(bar), piece.of(f), [piece.of(px), piece.left(px)], [piece.of(py), up]);
        if piece.start + piece.len == shape.width {
            let border = LEAD + shape.width;
            (u[border], bar[border]) = (u[border - 1], bar[border - 1]);
        }
    }
}

#[inline(always)]
fn descend(step: Iteration, u: &mut [f32], bar: &mut [f32], f: &[f32], [px, left]: [&[f32]; 2], [py, up]: [&[f32]; 2]) {
    let n = u.len();
    let (bar, f, px, left, py, up) = (&mut bar[..n], &f[..n], &px[..n], &left[..n], &py[..n], &up[..n]);
    for i in 0..n {
        let div = (px[i] - left[i]) + (py[i] - up[i]);
        let new = step.keep * u[i] + step.pull * f[i] + step.push * div;
        bar[i] = new + step.theta * (new - u[i]);
        u[i] = new;
    }
}
