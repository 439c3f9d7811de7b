//! A training on disk: everything that changes from step to step, bit for bit, and the recipe that it follows.
//!
//! Whatever a solver shows on the walk over its [`state`](Solver::state) is kept, and nothing else is known of it here: θ, the slots
//! of the rule, counters, statistics, averages. Loaded into a fresh solver of the same recipe, the run goes on as if it had not been
//! interrupted. The file is safetensors: a vector a slice, a single number for each number and counter.

use crate::weights::{self, Error, Result, read_bytes};
use ravine_image::io::write_whole;
use ravine_optim::number::Float;
use ravine_optim::{Solver, State};
use safetensors::tensor::{Dtype, TensorInfo, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// The metadata entry that holds version and recipe.
const KEY: &str = "ravine-checkpoint";
const VERSION: u64 = 1;

#[derive(Serialize, Deserialize)]
struct About {
    version: u64,
    recipe: serde_json::Value,
}

/// One piece of state as it is stored.
#[derive(Debug, Clone, PartialEq)]
struct Piece {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

/// A training as it was when it was saved.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    recipe: serde_json::Value,
    pieces: BTreeMap<String, Piece>,
}

impl Checkpoint {
    /// The state of `solver`, which follows `recipe`.
    pub fn of<F: Float>(solver: &mut dyn Solver<F>, recipe: serde_json::Value) -> Self {
        let mut pieces = BTreeMap::new();
        solver.state(&mut |name, state| {
            let piece = match state {
                State::Slice(x) => {
                    Piece { dtype: dtype::<F>(), shape: vec![x.len()], bytes: x.iter().flat_map(|v| bytes(*v)).collect() }
                }
                State::Number(x) => Piece { dtype: Dtype::F64, shape: vec![], bytes: x.to_le_bytes().into() },
                State::Count(n) => Piece { dtype: Dtype::U64, shape: vec![], bytes: n.to_le_bytes().into() },
            };
            pieces.insert(name.to_string(), piece);
        });
        Checkpoint { recipe, pieces }
    }

    /// What the training follows.
    pub fn recipe(&self) -> &serde_json::Value {
        &self.recipe
    }

    /// Puts `solver`, which must follow the same recipe, where the saved one was.
    ///
    /// # Errors
    /// [`Error::State`]: a piece of its state is absent or of another shape. The solver is then of no use any more.
    pub fn restore<F: Float>(&self, solver: &mut dyn Solver<F>) -> Result<()> {
        let mut fault = None;
        solver.state(&mut |name, state| {
            let (kind, shape) = match &state {
                State::Slice(x) => (dtype::<F>(), vec![x.len()]),
                State::Number(_) => (Dtype::F64, vec![]),
                State::Count(_) => (Dtype::U64, vec![]),
            };
            match (self.pieces.get(name), state) {
                (Some(piece), state) if piece.dtype == kind && piece.shape == shape => piece.write(state),
                _ => drop(fault.get_or_insert(Error::State(name.into()))),
            }
        });
        fault.map_or(Ok(()), Err)
    }

    /// The file's bytes. The same state and recipe give the same bytes.
    ///
    /// # Errors
    /// [`Error::Damaged`]: two pieces do not fit into one file.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let damaged = |e: safetensors::SafeTensorError| Error::Damaged(e.to_string());
        let views: Vec<(&str, TensorView<'_>)> = self
            .pieces
            .iter()
            .map(|(name, p)| Ok((name.as_str(), TensorView::new(p.dtype, p.shape.clone(), &p.bytes).map_err(damaged)?)))
            .collect::<Result<_>>()?;
        let about = About { version: VERSION, recipe: self.recipe.clone() };
        let text = serde_json::to_string(&about).map_err(|e| Error::Card(e.to_string()))?;
        safetensors::serialize(views, Some(HashMap::from([(KEY.to_string(), text)]))).map_err(damaged)
    }

    /// Writes the file, whole or not at all: whoever looks finds the old one or the new one.
    ///
    /// # Errors
    /// [`Error::Write`]: the folder is missing or cannot be written, or the disk is full.
    pub fn write(&self, path: &Path) -> Result<()> {
        write_whole(path, &self.encode()?).map_err(|e| Error::Write(e.to_string()))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Read`], [`Error::Damaged`], and [`Error::Version`] for the file of a later program.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = read_bytes(path)?;
        let (header, data) = weights::parts(&bytes)?;
        let text = header.metadata().as_ref().and_then(|m| m.get(KEY));
        let text = text.ok_or_else(|| Error::Damaged("it is not the checkpoint of a training".into()))?;
        let about: About = serde_json::from_str(text).map_err(|e| Error::Card(e.to_string()))?;
        if about.version != VERSION {
            return Err(Error::Version(about.version));
        }
        let piece = |info: &TensorInfo| {
            let (from, to) = info.data_offsets;
            Piece { dtype: info.dtype, shape: info.shape.clone(), bytes: data[from..to].to_vec() }
        };
        Ok(Checkpoint { recipe: about.recipe, pieces: header.tensors().iter().map(|(name, i)| (name.clone(), piece(i))).collect() })
    }
}

impl Piece {
    /// Into state of the same kind and shape.
    fn write<F: Float>(&self, state: State<'_, F>) {
        let words = || self.bytes.as_chunks::<8>().0;
        match state {
            State::Slice(x) if self.dtype == Dtype::F32 => {
                let numbers = self.bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b));
                x.iter_mut().zip(numbers).for_each(|(x, v)| *x = F::from_f64(v.into()));
            }
            State::Slice(x) => x.iter_mut().zip(words()).for_each(|(x, b)| *x = F::from_f64(f64::from_le_bytes(*b))),
            State::Number(x) => words().iter().for_each(|b| *x = f64::from_le_bytes(*b)),
            State::Count(n) => words().iter().for_each(|b| *n = u64::from_le_bytes(*b)),
        }
    }
}

/// How numbers of this type are stored: exactly.
fn dtype<F: Float>() -> Dtype {
    if size_of::<F>() == 4 { Dtype::F32 } else { Dtype::F64 }
}

fn bytes<F: Float>(v: F) -> impl Iterator<Item = u8> {
    let wide = v.to_f64();
    let (short, long) = ((wide as f32).to_le_bytes(), wide.to_le_bytes());
    let single = size_of::<F>() == 4;
    short.into_iter().take(if single { 4 } else { 0 }).chain(long.into_iter().take(if single { 0 } else { 8 }))
}
