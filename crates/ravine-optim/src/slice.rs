//! Slices: an objective on a line or a plane through a point.
//!
//! J(θ + a·d₁ + b·d₂) on a regular grid of (a, b) (Goodfellow, Vinyals and Saxe 2015). What is seen depends on the directions: random
//! ones show the average shape, the [principal](principal_directions) ones of a path show where it went (Li, Xu, Taylor, Studer and Goldstein 2018). A slice
//! shows neither what happens off it nor, for a path that is projected on it, the value at the path: [`Slice::distance`] says how far off
//! that is, [`explained`] how much of the path's variance is on it.

use crate::cholesky;
use crate::error::{Error, Result, check_finite};
use crate::number::Float;
use crate::objective::Objective;
use crate::random::{Random, Stream};
use crate::spectrum::{Wanted, lanczos};
use crate::vector::{dot, each, norm, square_norm};
use rayon::prelude::*;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Points on a side at most.
pub const LARGEST: usize = 1000;

/// A regular grid on a line or a plane.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    origin: Vec<f64>,
    directions: Vec<Vec<f64>>,
    window: Vec<(f64, f64)>,
    size: usize,
}

impl Slice {
    /// Through `origin` along one direction or two; a coordinate goes from the low to the high end of its window in `size` points.
    ///
    /// ```
    /// let slice = ravine_optim::Slice::new(vec![1.0, 2.0], vec![vec![0.0, 3.0]], vec![(-1.0, 1.0)], 5)?;
    /// let mut x = [0.0; 2];
    /// slice.point(4, &mut x);
    /// assert_eq!(x, [1.0, 5.0]);
    /// assert_eq!(slice.project(&[7.0, 5.0]), [1.0]);
    /// # Ok::<(), ravine_optim::Error>(())
    /// ```
    ///
    /// # Errors
    /// No direction or more than two; lengths that differ; numbers that are not finite; directions that span no plane; a window
    /// without width; a size outside of 2..1000.
    pub fn new(origin: Vec<f64>, directions: Vec<Vec<f64>>, window: Vec<(f64, f64)>, size: usize) -> Result<Self> {
        if !matches!(directions.len(), 1 | 2) || window.len() != directions.len() {
            let says = "a slice has one direction or two, and a window along each";
            return Err(Error::Unsuited(format!("{} directions and {} windows: {says}", directions.len(), window.len())));
        }
        if !(2..=LARGEST).contains(&size) {
            return Err(Error::OutOfRange { name: "size".into(), value: size as f64, range: format!("2..{LARGEST}") });
        }
        check_finite("the origin of the slice", &origin)?;
        for direction in &directions {
            if direction.len() != origin.len() {
                return Err(Error::Length { what: "a direction".into(), got: direction.len(), wanted: origin.len() });
            }
            check_finite("a direction", direction)?;
        }
        if let Some((low, high)) = window.iter().find(|(low, high)| !(low < high && (high - low).is_finite())) {
            return Err(Error::Unsuited(format!("a window from {low} to {high} has no width")));
        }
        let slice = Slice { origin, directions, window, size };
        if !slice.spans() {
            return Err(Error::Unsuited("the directions of the slice are zero or lie on one line: take others".into()));
        }
        Ok(slice)
    }

    fn spans(&self) -> bool {
        let parallel = match &self.directions[..] {
            [a, b] => dot(a, b).abs() >= (1.0 - 1e-12) * norm(a) * norm(b),
            _ => false,
        };
        !parallel && self.directions.iter().all(|d| norm(d) > 0.0)
    }

    /// Where all coordinates are 0.
    pub fn origin(&self) -> &[f64] {
        &self.origin
    }

    /// d₁, d₂
    pub fn directions(&self) -> &[Vec<f64>] {
        &self.directions
    }

    /// From where to where each coordinate goes.
    pub fn window(&self) -> &[(f64, f64)] {
        &self.window
    }

    /// Points on a side.
    pub fn size(&self) -> usize {
        self.size
    }

    /// How many points there are: on a plane row by row, the first coordinate running fastest, the second from its low end up.
    pub fn points(&self) -> usize {
        self.size.pow(self.directions.len() as u32)
    }

    /// The coordinates of point i.
    pub fn coordinates(&self, i: usize) -> Vec<f64> {
        let at = |(k, (low, high)): (usize, &(f64, f64))| {
            let place = i / self.size.pow(k as u32) % self.size;
            low + (high - low) * place as f64 / (self.size - 1) as f64
        };
        self.window.iter().enumerate().map(at).collect()
    }

    /// x ← θ + Σ aₖdₖ, rounded once.
    pub fn point<F: Float>(&self, i: usize, x: &mut [F]) {
        let a = self.coordinates(i);
        for (j, x) in x.iter_mut().enumerate() {
            let moved = self.directions.iter().zip(&a).fold(self.origin[j], |sum, (d, a)| sum + a * d[j]);
            *x = F::from_f64(moved);
        }
    }

    /// The coordinates of the point of the slice that is nearest to `x`.
    pub fn project(&self, x: &[f64]) -> Vec<f64> {
        let away = difference(x, &self.origin);
        let d = &self.directions;
        let gram: Vec<f64> = d.iter().flat_map(|a| d.iter().map(|b| dot(a, b))).collect();
        let right: Vec<f64> = d.iter().map(|d| dot(d, &away)).collect();
        cholesky::solve(&gram, &right).unwrap_or_else(|| vec![f64::NAN; d.len()]) // it is positive definite: see `new`
    }

    /// How far `x` is from the slice.
    pub fn distance(&self, x: &[f64]) -> f64 {
        let mut away = difference(x, &self.origin);
        for (a, d) in self.project(x).into_iter().zip(&self.directions) {
            each(&mut away, d, |away, d| away - d * a);
        }
        norm(&away)
    }

    /// J at all points that `values` does not know yet. Each worker is the same objective and takes the next point that nobody has taken;
    /// a value depends on its point alone, so neither the number of workers nor an interruption changes a bit. `observe` sees each
    /// value once, as it comes; `Break` ends it.
    pub fn evaluate<F: Float>(
        &self,
        workers: &mut [Box<dyn Objective<F>>],
        values: &mut [Option<f64>],
        observe: &mut (dyn FnMut(usize, f64) -> ControlFlow<()> + Send),
    ) {
        let unknown: Vec<usize> = (0..values.len()).filter(|i| values[*i].is_none()).collect();
        let (next, ended) = (AtomicUsize::new(0), AtomicBool::new(false));
        let told = Mutex::new((values, observe));
        workers.par_iter_mut().with_max_len(1).for_each(|objective| {
            objective.whole();
            let mut x = vec![F::ZERO; self.origin.len()];
            while !ended.load(Ordering::Relaxed)
                && let Some(i) = unknown.get(next.fetch_add(1, Ordering::Relaxed))
            {
                self.point(*i, &mut x);
                let value = objective.value(&x);
                let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
                told.0[*i] = Some(value);
                if (told.1)(*i, value).is_break() {
                    ended.store(true, Ordering::Relaxed);
                }
            }
        });
    }
}

/// The `k`-th random direction of a seed: independent standard normal numbers.
pub fn normal_direction(n: usize, seed: u64, k: u64) -> Vec<f64> {
    let mut random = Random::new(seed, Stream::Direction, k);
    (0..n).map(|_| random.normal()).collect()
}

/// `count` random directions of length 1 that are orthogonal to each other; every orientation is as likely as any other.
///
/// # Errors
/// There are not so many in `n` dimensions.
pub fn random_directions(n: usize, count: usize, seed: u64) -> Result<Vec<Vec<f64>>> {
    check_count(n, count)?;
    Ok(orthonormal((0..count as u64).map(|k| normal_direction(n, seed, k)).collect()))
}

/// The `count` directions of length 1 along which the points of `path` vary most, the first the most: principal components
/// (Pearson 1901), by Lanczos on the covariance. Where the path varies along fewer, the rest are random and orthogonal to those.
///
/// ```
/// use ravine_optim::slice::{explained, principal_directions};
/// let path: Vec<Vec<f64>> = (0..5).map(|k| vec![3.0 * k as f64, 4.0 * k as f64]).collect();
/// let directions = principal_directions(&path, 2, 0)?;
/// assert!((directions[0][0] / directions[0][1] - 0.75).abs() < 1e-12);
/// let shares = explained(&path, &directions).unwrap();
/// assert!((shares[0] - 1.0).abs() < 1e-12 && shares[1] < 1e-12);
/// # Ok::<(), ravine_optim::Error>(())
/// ```
///
/// # Errors
/// There are not so many dimensions, or the path does not move.
pub fn principal_directions(path: &[Vec<f64>], count: usize, seed: u64) -> Result<Vec<Vec<f64>>> {
    let n = path.first().map_or(0, Vec::len);
    check_count(n, count)?;
    let centred = centred(path)?;
    if centred.iter().all(|x| norm(x) == 0.0) {
        return Err(Error::Unsuited("the path has no two different points, so nothing varies along it: give a longer one".into()));
    }
    let wanted = Wanted { count, products: (path.len() + 4 * count).min(n), tolerance: 1e-14, seed };
    let ends = lanczos(n, &wanted, &mut |v, y| {
        y.fill(0.0);
        for x in &centred {
            let along = dot(x, v);
            each(y, x, |y, x| y + x * along);
        }
        ControlFlow::Continue(())
    });
    let found = ends.map_or_else(Vec::new, |ends| ends.largest);
    Ok(orthonormal(found.into_iter().map(|ritz| ritz.vector).collect()))
}

/// Which part of the variance of `path` each direction holds, less what those before it hold; None if the path does not move.
pub fn explained(path: &[Vec<f64>], directions: &[Vec<f64>]) -> Option<Vec<f64>> {
    let centred = centred(path).ok()?;
    let all: f64 = centred.iter().map(|x| square_norm(x)).sum();
    let share = |d: &Vec<f64>| centred.iter().map(|x| dot(x, d).powi(2)).sum::<f64>() / all;
    (all > 0.0).then(|| orthonormal(directions.to_vec()).iter().map(share).collect())
}

/// A window around coordinates, and around 0, with a fifth of its width as a margin on each side; where they are all one, 1 to each side.
pub fn window_around(coordinates: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = coordinates.fold((0.0, 0.0), |(low, high): (f64, f64), a| (low.min(a), high.max(a)));
    let margin = if high > low { 0.2 * (high - low) } else { 1.0 };
    (low - margin, high + margin)
}

/// The points less their mean.
fn centred(path: &[Vec<f64>]) -> Result<Vec<Vec<f64>>> {
    let n = path.first().map_or(0, Vec::len);
    if let Some(other) = path.iter().find(|x| x.len() != n) {
        return Err(Error::Length { what: "a point of the path".into(), got: other.len(), wanted: n });
    }
    let mut mean = vec![0.0; n];
    for x in path {
        check_finite("a point of the path", x)?;
        each(&mut mean, x, |mean, x| mean + x / path.len() as f64);
    }
    Ok(path.iter().map(|x| difference(x, &mean)).collect())
}

/// Gram and Schmidt, twice.
fn orthonormal(mut directions: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    for k in 0..directions.len() {
        let (before, rest) = directions.split_at_mut(k);
        let d = &mut rest[0];
        for q in before.iter().chain(before.iter()) {
            let c = dot(q, d);
            each(d, q, |d, q| d - q * c);
        }
        let length = norm(d);
        d.iter_mut().for_each(|d| *d /= length);
    }
    directions
}

fn difference(x: &[f64], y: &[f64]) -> Vec<f64> {
    x.par_iter().zip_eq(y).with_min_len(crate::vector::BLOCK).map(|(x, y)| x - y).collect()
}

fn check_count(n: usize, count: usize) -> Result<()> {
    match count <= n {
        true => Ok(()),
        false => Err(Error::Unsuited(format!("{count} directions need {count} unknowns, and there is {n}: take --dimensions 1"))),
    }
}
