//! A landscape: an objective on a line or a plane through a point, the way that led there, and the curvatures at its end.
//!
//! A [`Terrain`] is the objective with its way: a descent on a surface or on the energy of a picture, or a series of models.
//! [`survey`] looks at it. Whoever has an objective of their own makes a terrain of it and surveys that.
//!
//! ```
//! use ravine::landscape::{Directions, Surveying, Terrain, Watch, survey};
//! use ravine::{Auto, recipe::Descending, Named};
//!
//! let asked = Descending { surface: Named::new("ravine"), rule: Named::new("momentum"), ..Descending::default() };
//! let terrain = Terrain::of_descent(&asked, None)?;
//! let asked = Surveying { size: Auto::Given(21), ..Surveying::default() };
//! let found = survey(terrain, &asked, &mut Watch { interrupt: None, partial: None, show: &mut |_| () })?;
//! assert_eq!((found.directions, found.values.len(), found.values[0].len()), (Directions::Pca, 21, 21));
//! assert!((found.explained.unwrap().iter().sum::<f64>() - 1.0).abs() < 1e-12); // a plane holds all of a way in two dimensions
//! let curvature = found.curvature.unwrap();
//! assert!((curvature.largest[0].value / curvature.least[0].value - 100.0).abs() < 1e-4); // κ
//! # Ok::<(), ravine::Error>(())
//! ```

mod partial;
mod terrain;

pub use terrain::{Terrain, Trial};

use crate::auto::Auto;
use crate::error::{Error, Result};
use partial::Partial;
use ravine_net::filters;
use ravine_optim::parameter::Range;
use ravine_optim::slice::{self, LARGEST};
use ravine_optim::spectrum::{Curvature, Wanted, curvature};
use ravine_optim::{Float, Slice, vector};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Points on a side where nothing is said: of an objective that is cheap, and of a network.
const SIZES: [usize; 2] = [61, 21];
/// Bytes for what grows with the unknowns: the basis of Lanczos, and the points of a path.
const MEMORY: usize = 1 << 30;
/// Products with the Hessian at most.
const PRODUCTS: usize = 100;
/// The narrower side of a window is at least so much of the wider one.
const NARROWEST: f64 = 0.1;

/// Along what an objective is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Directions {
    /// Random ones: of length 1 and orthogonal, in the space of a network's weights as long as θ.
    Random,
    /// Random ones with each filter as long as that of the network (Li et al. 2018).
    Filter,
    /// The principal components of the path, of length 1 and orthogonal.
    Pca,
}

impl FromStr for Directions {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "random" => Ok(Directions::Random),
            "filter" => Ok(Directions::Filter),
            "pca" => Ok(Directions::Pca),
            _ => Err(ravine_optim::Error::unknown("kind of directions", text, &["random", "filter", "pca"]).into()),
        }
    }
}

/// What is asked of a landscape.
#[derive(Debug, Clone, PartialEq)]
pub struct Surveying {
    /// 1: a line; 2: a plane.
    pub dimensions: usize,
    /// Points on a side.
    pub size: Auto<usize>,
    /// Each coordinate goes from −radius to radius; a window around the path, or from −1 to 1 where lengths are those of the weights.
    pub radius: Auto<f64>,
    /// `pca` where there is a path, else `filter` for a network and `random` for anything else.
    pub directions: Auto<Directions>,
    /// How many eigenvalues of the Hessian at each end of its spectrum.
    pub eigenvalues: usize,
    /// Of random directions, and of the start of Lanczos.
    pub seed: u64,
}

impl Default for Surveying {
    fn default() -> Self {
        let (size, radius, directions) = (Auto::Auto, Auto::Auto, Auto::Auto);
        Surveying { dimensions: 2, size, radius, directions, eigenvalues: 1, seed: 0 }
    }
}

/// A point of the path.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    /// Of the point of the slice that is nearest to it.
    pub coordinates: Vec<f64>,
    /// J at the point itself, not at the one nearest to it.
    pub value: f64,
    /// How far it is from the slice.
    pub distance: f64,
}

/// What was found. In JSON, numbers that are not finite are null.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Survey {
    /// What was looked at.
    pub name: String,
    /// What its value is, and of what.
    pub objective: serde_json::Value,
    /// What a person should know of it.
    pub notes: Vec<String>,
    /// Numbers in θ.
    pub unknowns: usize,
    /// Along what.
    pub directions: Directions,
    /// What the coordinates count: `1` where they are distances.
    pub unit: &'static str,
    /// The cosine between the two directions; 0 unless they are filter-normalised, and nearly so then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cosine: Option<f64>,
    /// From where to where each coordinate goes; θ, the end of the path, is at 0.
    pub window: Vec<(f64, f64)>,
    /// The seed.
    pub seed: u64,
    /// Which part of the variance of the path each direction holds; absent where there is no path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explained: Option<Vec<f64>>,
    /// The points of the path, the last of which is θ.
    pub path: Vec<Place>,
    /// J, row by row from the low end of the second coordinate up; a line is one row.
    pub values: Vec<Vec<f64>>,
    /// The ends of the spectrum of the Hessian at θ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub curvature: Option<Curvature>,
}

/// What is seen of a survey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// So many points of so many are known.
    Points(usize, usize),
    /// So many products of at most so many were made with the Hessian.
    Products(usize, usize),
}

/// Who watches a survey, where its points are kept until it is whole, and what ends it early.
pub struct Watch<'a> {
    /// Once it is set the survey ends within one point, and is an [`Error::Unfinished`].
    pub interrupt: Option<Arc<AtomicBool>>,
    /// A file that keeps the points. A survey that finds its own points there goes on from them; whoever has seen its result removes it.
    pub partial: Option<PathBuf>,
    /// Sees how far it is.
    pub show: &'a mut (dyn FnMut(Event) + Send),
}

impl Watch<'_> {
    fn interrupted(&self) -> bool {
        self.interrupt.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed))
    }
}

/// Looks at `terrain` as `asked`.
///
/// # Errors
/// What has no meaning is refused before the first point; a point that is not finite is a gap, and no error. [`Error::Unfinished`] if it
/// was interrupted.
pub fn survey<F: Float>(mut terrain: Terrain<F>, asked: &Surveying, watch: &mut Watch<'_>) -> Result<Survey> {
    let wanted = wanted(asked, terrain.unknowns(), F::EPSILON)?;
    let (directions, slice) = slice_of(&terrain, asked)?;
    let mut values = vec![None; slice.points()];
    evaluate(&mut terrain, &slice, &mut values, watch)?;

    let path = places(&mut terrain, &slice);
    terrain.check()?;
    let curvature = wanted.map(|wanted| curvature_of(&mut terrain, &wanted, slice.points(), watch)).transpose()?;
    let d = slice.directions();
    Ok(Survey {
        unknowns: terrain.unknowns(),
        unit: unit(&terrain, directions),
        directions,
        cosine: (d.len() == 2).then(|| vector::dot(&d[0], &d[1]) / (vector::norm(&d[0]) * vector::norm(&d[1]))),
        window: slice.window().to_vec(),
        seed: asked.seed,
        explained: slice::explained(&terrain.path, d),
        path,
        values: values.chunks(slice.size()).map(|row| row.iter().map(|v| v.unwrap_or(f64::NAN)).collect()).collect(),
        curvature,
        name: terrain.name,
        notes: terrain.notes,
        objective: terrain.objective,
    })
}

/// The points of the path, projected, and J at each.
fn places<F: Float>(terrain: &mut Terrain<F>, slice: &Slice) -> Vec<Place> {
    let objective = &mut terrain.workers[0];
    objective.whole();
    let place = |x: &Vec<f64>| {
        let point: Vec<F> = x.iter().map(|v| F::from_f64(*v)).collect();
        Place { coordinates: slice.project(x), value: objective.value(&point), distance: slice.distance(x) }
    };
    terrain.path.iter().map(place).collect()
}

fn curvature_of<F: Float>(terrain: &mut Terrain<F>, wanted: &Wanted, points: usize, watch: &mut Watch<'_>) -> Result<Curvature> {
    let theta = terrain.theta();
    let objective = &mut terrain.workers[0];
    objective.whole();
    let mut made = 0;
    let found = curvature(objective.as_mut(), &theta, wanted, &mut || {
        made += 1;
        (watch.show)(Event::Products(made, wanted.products));
        if watch.interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    terrain.check()?;
    found?.ok_or_else(|| unfinished(points, points, watch))
}

/// The values of the slice, those that were kept first.
fn evaluate<F: Float>(terrain: &mut Terrain<F>, slice: &Slice, values: &mut [Option<f64>], watch: &mut Watch<'_>) -> Result<()> {
    let mut partial = match &watch.partial {
        None => None,
        Some(path) => Some(Partial::open(path, &identity(terrain, slice), values)?),
    };
    let of = values.len();
    let mut known = values.iter().flatten().count();
    (watch.show)(Event::Points(known, of));
    let mut kept = Ok(());
    slice.evaluate(&mut terrain.workers, values, &mut |i, value| {
        known += 1;
        if let Some(partial) = &mut partial {
            kept = partial.keep(i, value);
        }
        (watch.show)(Event::Points(known, of));
        if kept.is_err() || watch.interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    terrain.check()?;
    kept?;
    if known < of { Err(unfinished(known, of, watch)) } else { Ok(()) }
}

fn unfinished(known: usize, of: usize, watch: &Watch<'_>) -> Error {
    Error::Unfinished(match &watch.partial {
        Some(path) => format!("{known} of {of} points are kept in {}: the same command goes on from there", path.display()),
        None => format!("{known} of {of} points were computed, and none is kept: points are kept where a result goes to a file"),
    })
}

/// Everything that the values of a slice follow from.
fn identity<F: Float>(terrain: &mut Terrain<F>, slice: &Slice) -> String {
    let mut digest = Sha256::new();
    let numbers = slice.directions().iter().flatten().chain(slice.origin()).chain(slice.window().iter().flat_map(|(a, b)| [a, b]));
    numbers.for_each(|v| digest.update(v.to_le_bytes()));
    digest.update(slice.size().to_le_bytes());
    let slice: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let (theta, objective) = (terrain.theta(), &mut terrain.workers[0]);
    objective.whole();
    let value = objective.value(&theta).to_bits(); // what the objective holds that has no name: pixels, a matrix
    let version = env!("CARGO_PKG_VERSION");
    json!({ "ravine": version, "name": terrain.name, "objective": terrain.objective, "value": value, "slice": slice }).to_string()
}

/// The eigenvalues wanted, if any.
fn wanted(asked: &Surveying, n: usize, epsilon: f64) -> Result<Option<Wanted>> {
    let count = asked.eigenvalues.min(n);
    let products = PRODUCTS.max(4 * count).min(n);
    let room = MEMORY / (8 * n.max(1));
    if products.min(2 * count) > room {
        return Err(Error::Limit(format!(
            "{} eigenvalues of {n} unknowns need {} vectors in memory, and {room} fit into 1 GiB: give fewer --eigenvalues, or a smaller problem",
            asked.eigenvalues,
            products.min(2 * count)
        )));
    }
    // Differences of gradients are no better than that.
    let tolerance = epsilon.sqrt();
    Ok((count > 0).then_some(Wanted { count, products: products.min(room), tolerance, seed: asked.seed }))
}

fn slice_of<F: Float>(terrain: &Terrain<F>, asked: &Surveying) -> Result<(Directions, Slice)> {
    let network = filters::any(terrain.layout());
    let size = asked.size.given().copied().unwrap_or(SIZES[usize::from(network)]);
    if !matches!(asked.dimensions, 1 | 2) {
        return Err(Error::Unsuited(format!("a slice has 1 dimension or 2, not {}", asked.dimensions)));
    }
    if size > LARGEST {
        let points = (size as f64).powi(asked.dimensions as i32);
        return Err(Error::Limit(format!(
            "--size {size} asks for {points} points; {LARGEST} on a side are the most: give a smaller --size, or a closer look by --radius"
        )));
    }
    let radius = asked.radius.given().map(|r| Range::POSITIVE.check("radius", *r)).transpose()?;
    let kind = terrain.kind(asked.directions);
    let directions = terrain.directions(kind, asked.dimensions, asked.seed)?;
    let unit = vec![(-1.0, 1.0); asked.dimensions];
    let slice = Slice::new(terrain.end().to_vec(), directions.clone(), unit.clone(), size)?;
    let window = match radius {
        Some(radius) => vec![(-radius, radius); asked.dimensions],
        None if network && kind != Directions::Pca => unit,
        None => around(terrain.path.iter().map(|x| slice.project(x)).collect(), asked.dimensions),
    };
    Ok((kind, Slice::new(terrain.end().to_vec(), directions, window, size)?))
}

/// What the coordinates count.
fn unit<F: Float>(terrain: &Terrain<F>, kind: Directions) -> &'static str {
    match kind {
        Directions::Filter => "lengths of each filter",
        Directions::Random if filters::any(terrain.layout()) => "lengths of θ",
        _ => "1",
    }
}

/// A window around points, none of whose sides is much narrower than the other.
fn around(points: Vec<Vec<f64>>, dimensions: usize) -> Vec<(f64, f64)> {
    let mut window: Vec<(f64, f64)> = (0..dimensions).map(|k| slice::window_around(points.iter().map(|a| a[k]))).collect();
    let widest = window.iter().map(|(low, high)| high - low).fold(0.0, f64::max);
    for (low, high) in &mut window {
        let missing = (NARROWEST * widest - (*high - *low)).max(0.0) / 2.0;
        (*low, *high) = (*low - missing, *high + missing);
    }
    window
}
