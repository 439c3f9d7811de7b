//! Tikhonov in closed form: min_u ½‖∇u‖² + λ/2‖u − f‖².
//!
//! The minimiser solves (∇ᵀ∇ + λ)u = λf. With forward differences and a zero last row and column, ∇ᵀ∇ is diagonal in the DCT-II
//! (Strang, "The discrete cosine transform", 1999), with eigenvalues μ_k + μ_l, μ_k = 4 sin²(πk/2N). So û = λ/(λ + μ_k + μ_l)·f̂.

mod closed_form;
mod lanes;
mod transform;

pub use closed_form::ClosedForm;

use crate::grid::Grid;
use lanes::{LANES, Lanes};
use ravine_optim::error::check_finite;
use ravine_optim::parameter::Range;
use ravine_optim::{Error, Float, Result};
use rayon::prelude::*;
use rustdct::DctNum;
use std::array::from_fn;
use std::f64::consts::PI;
use transform::{Kind, Transform};

/// u = argmin ½‖∇u‖² + λ/2‖u − f‖², channel by channel, for 0 < λ < ∞ and a finite f of this shape.
///
/// The same bits for any number of threads. It needs one plane beyond f and u.
///
/// ```
/// use ravine_image::{Grid, exact};
/// // The mean stays; the difference d of two pixels becomes λ/(λ + 2)·d.
/// let u = exact::tikhonov(Grid::new(1, 1, 2), &[0.0f64, 1.0], 2.0).unwrap();
/// assert!((u[0] - 0.25).abs() < 1e-15 && (u[1] - 0.75).abs() < 1e-15);
/// ```
pub fn tikhonov<F: Float + DctNum>(grid: Grid, f: &[F], lambda: f64) -> Result<Vec<F>> {
    if f.len() != grid.len() {
        return Err(Error::Length { what: "the picture".into(), got: f.len(), wanted: grid.len() });
    }
    check_finite("the picture", f)?;
    Range::POSITIVE.check("lambda", lambda)?;
    let mut u = f.to_vec();
    if u.is_empty() {
        return Ok(u);
    }
    let (along_rows, along_columns) = (Transform::new(grid.width), Transform::new(grid.height));
    let filter = Filter::new(grid, lambda);
    let mut spectrum = vec![Lanes::splat(0.0); grid.width.div_ceil(LANES) * grid.height]; // panels of 16 columns, each H × 16
    for plane in u.chunks_exact_mut(grid.plane()) {
        forward_rows(plane, grid.width, &along_rows);
        filter_columns(plane, &mut spectrum, grid, &along_columns, &filter);
        back_rows(plane, &spectrum, grid, &along_rows);
    }
    Ok(u)
}

/// The factors λ/(λ + μ_k + μ_l)·4/(HW); the last undoes the scale of the transforms.
struct Filter<F> {
    numerator: F,
    rows: Vec<F>,           // λ + μ_k, one a row
    columns: Vec<Lanes<F>>, // μ_l, one a column, in panels
}

impl<F: Float + DctNum> Filter<F> {
    fn new(grid: Grid, lambda: f64) -> Self {
        let eigenvalue = |k: usize, n: usize| 4.0 * (PI * k as f64 / (2 * n) as f64).sin().powi(2);
        let real = <F as Float>::from_f64;
        let panel = |p: usize| Lanes(from_fn(|l| real(eigenvalue(p * LANES + l, grid.width))));
        Filter {
            numerator: real(4.0 * lambda / grid.plane() as f64),
            rows: (0..grid.height).map(|k| real(lambda + eigenvalue(k, grid.height))).collect(),
            columns: (0..grid.width.div_ceil(LANES)).map(panel).collect(),
        }
    }

    fn apply(&self, panel: usize, rows: &mut [Lanes<F>]) {
        for (numbers, row) in rows.iter_mut().zip(&self.rows) {
            *numbers = Lanes(from_fn(|l| numbers.0[l] * (self.numerator / (*row + self.columns[panel].0[l]))));
        }
    }
}

/// Each row ← its DCT-II, sixteen rows at a time.
fn forward_rows<F: Float + DctNum>(plane: &mut [F], width: usize, transform: &Transform<F>) {
    let start = || (vec![Lanes::splat(0.0); width], transform.room());
    plane.par_chunks_mut(LANES * width).for_each_init(start, |(signals, room), rows| {
        for (lane, row) in rows.chunks_exact(width).enumerate() {
            signals.iter_mut().zip(row).for_each(|(to, from)| to.0[lane] = *from);
        }
        transform.apply(Kind::Forward, signals, room);
        for (lane, row) in rows.chunks_exact_mut(width).enumerate() {
            row.iter_mut().zip(&*signals).for_each(|(to, from)| *to = from.0[lane]);
        }
    });
}

/// Each column ← DCT-II, filter, DCT-III, sixteen columns at a time, into panels.
fn filter_columns<F: Float + DctNum>(
    plane: &[F],
    spectrum: &mut [Lanes<F>],
    grid: Grid,
    transform: &Transform<F>,
    filter: &Filter<F>,
) {
    spectrum.par_chunks_mut(grid.height).enumerate().for_each_init(
        || transform.room(),
        |room, (panel, columns)| {
            let first = panel * LANES;
            let count = LANES.min(grid.width - first);
            for (to, row) in columns.iter_mut().zip(plane.chunks_exact(grid.width)) {
                to.0[..count].copy_from_slice(&row[first..first + count]);
            }
            transform.apply(Kind::Forward, columns, room);
            filter.apply(panel, columns);
            transform.apply(Kind::Back, columns, room);
        },
    );
}

/// Each row ← DCT-III of its row in the panels.
fn back_rows<F: Float + DctNum>(plane: &mut [F], spectrum: &[Lanes<F>], grid: Grid, transform: &Transform<F>) {
    let start = || (vec![Lanes::splat(0.0); grid.width], transform.room());
    plane.par_chunks_mut(LANES * grid.width).enumerate().for_each_init(start, |(signals, room), (strip, rows)| {
        let first = strip * LANES;
        let count = LANES.min(grid.height - first);
        for (to, panel) in signals.chunks_mut(LANES).zip(spectrum.chunks_exact(grid.height)) {
            for (lane, row) in panel[first..first + count].iter().enumerate() {
                to.iter_mut().zip(row.0).for_each(|(to, from)| to.0[lane] = from);
            }
        }
        transform.apply(Kind::Back, signals, room);
        for (lane, row) in rows.chunks_exact_mut(grid.width).enumerate() {
            row.iter_mut().zip(&*signals).for_each(|(to, from)| *to = from.0[lane]);
        }
    });
}
