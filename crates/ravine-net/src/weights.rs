//! Weights in files: safetensors, a named and shaped tensor a block of θ and of the statistics, and one [`Card`] as metadata.
//!
//! A file is read without trust: its header may promise no more numbers than the file holds, every number must be finite, and what
//! the card says is checked before it is believed. Errors are one sentence without the path, which the caller knows.

mod card;
mod error;

pub use card::{Card, VERSION};
pub use error::{Error, Result};

use half::{bf16, f16};
use ravine_image::io::{plain, write_whole};
use ravine_optim::Layout;
use safetensors::tensor::{Dtype, Metadata, TensorView};
use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::Path;

/// No weights are longer: 512 MiB.
const LONGEST: u64 = 512 << 20;
/// No header is longer: 4 MiB.
const LONGEST_HEADER: u64 = 4 << 20;

/// Numbers in a shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// The shape; the product is the number of values.
    pub shape: Vec<usize>,
    /// The numbers, the last axis running fastest.
    pub values: Vec<f32>,
}

/// How a number is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// 16 bits, IEEE: what is shipped.
    Half,
    /// 32 bits: every bit of a training.
    Single,
}

/// What a file of weights holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    /// What the weights belong to; none in files that other programs wrote.
    pub card: Option<Card>,
    /// By name.
    pub tensors: BTreeMap<String, Tensor>,
}

impl Contents {
    /// One vector after its layout: each block by its name and shape.
    ///
    /// # Errors
    /// [`Error::Block`]: a block is absent or of another shape.
    pub fn take(&mut self, layout: &Layout) -> Result<Vec<f32>> {
        let mut x = Vec::new();
        for block in layout.blocks() {
            match self.tensors.remove(&block.name) {
                Some(Tensor { shape, values }) if shape == block.shape => x.extend(values),
                found => {
                    let (name, found, wanted) = (block.name.clone(), found.map(|t| t.shape), block.shape.clone());
                    return Err(Error::Block { name, found, wanted });
                }
            }
        }
        Ok(x)
    }

    /// Nothing, if every tensor was taken.
    ///
    /// # Errors
    /// [`Error::Surplus`]: there are tensors that the network does not have.
    pub fn finish(self) -> Result<()> {
        self.tensors.into_keys().next().map_or(Ok(()), |name| Err(Error::Surplus(name)))
    }
}

/// The file of `card` and of vectors after their layouts, whose names must differ. The same contents give the same bytes.
///
/// # Errors
/// [`Error::NotFinite`], and [`Error::TooLarge`] for numbers that 16 bits do not hold.
pub fn encode(card: &Card, parts: &[(&Layout, &[f32])], precision: Precision) -> Result<Vec<u8>> {
    let mut stored = Vec::new();
    for (layout, x) in parts {
        for block in layout.blocks() {
            let values = &x[block.range.clone()];
            check_finite(&block.name, values)?;
            stored.push((block, bytes_of(&block.name, values, precision)?));
        }
    }
    let dtype = if precision == Precision::Half { Dtype::F16 } else { Dtype::F32 };
    let damaged = |e: safetensors::SafeTensorError| Error::Damaged(e.to_string());
    let mut views = Vec::new();
    for (block, bytes) in &stored {
        views.push((block.name.as_str(), TensorView::new(dtype, block.shape.clone(), bytes).map_err(damaged)?));
    }
    // One entry only: the order of several would be that of a hash table.
    let metadata = HashMap::from([(card::KEY.to_string(), card.to_json())]);
    safetensors::serialize(views, Some(metadata)).map_err(damaged)
}

fn bytes_of(name: &str, values: &[f32], precision: Precision) -> Result<Vec<u8>> {
    match precision {
        Precision::Single => Ok(values.iter().flat_map(|v| v.to_le_bytes()).collect()),
        Precision::Half => {
            if let Some(value) = values.iter().find(|v| f16::from_f32(**v).is_infinite()) {
                return Err(Error::TooLarge { name: name.into(), value: *value });
            }
            Ok(values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect())
        }
    }
}

fn check_finite(name: &str, values: &[f32]) -> Result<()> {
    if values.iter().all(|v| v.is_finite()) { Ok(()) } else { Err(Error::NotFinite(name.into())) }
}

/// What the file `bytes` holds, in memory of a few times its length. Numbers of 16, 32 or 64 bits become `f32`; tensors of whole numbers (PyTorch's counters) are left out.
///
/// # Errors
/// [`Error::Damaged`], [`Error::NotFinite`], [`Error::Version`].
pub fn decode(bytes: &[u8]) -> Result<Contents> {
    let (header, data) = parts(bytes)?;
    let card = header.metadata().as_ref().and_then(|m| m.get(card::KEY)).map(|text| Card::read(text)).transpose()?;
    let mut tensors = BTreeMap::new();
    for (name, info) in header.tensors() {
        let (from, to) = info.data_offsets;
        let Some(values) = values_of(info.dtype, &data[from..to]) else { continue };
        check_finite(&name, &values)?;
        tensors.insert(name, Tensor { shape: info.shape.clone(), values });
    }
    Ok(Contents { card, tensors })
}

/// The header, which is true to the data, and the data.
///
/// The header's own check sums the offsets without wrapping; `SafeTensors::deserialize` would wrap them once more.
pub(crate) fn parts(bytes: &[u8]) -> Result<(Metadata, &[u8])> {
    let damaged = |why: &str| Error::Damaged(why.into());
    let (length, rest) = bytes.split_first_chunk().ok_or_else(|| damaged("it is too short"))?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok().filter(|n| *n <= rest.len());
    let (header, data) = rest.split_at(length.ok_or_else(|| damaged("its header goes on beyond its end"))?);
    let header = self::header(header)?;
    match header.data_len() == data.len() {
        true => Ok((header, data)),
        false => {
            Err(Error::Damaged(format!("its header promises {} bytes of numbers, it holds {}", header.data_len(), data.len())))
        }
    }
}

fn header(text: &[u8]) -> Result<Metadata> {
    serde_json::from_slice(text).map_err(|e| Error::Damaged(format!("its header: {e}")))
}

fn values_of(dtype: Dtype, data: &[u8]) -> Option<Vec<f32>> {
    Some(match dtype {
        Dtype::F16 => data.as_chunks().0.iter().map(|b| f16::from_le_bytes(*b).to_f32()).collect(),
        Dtype::BF16 => data.as_chunks().0.iter().map(|b| bf16::from_le_bytes(*b).to_f32()).collect(),
        Dtype::F32 => data.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
        Dtype::F64 => data.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b) as f32).collect(),
        _ => return None,
    })
}

/// The bytes of the file `path`, which may be anything of any length: its header is read first, then as much as that promises.
///
/// # Errors
/// [`Error::Missing`], [`Error::Read`], [`Error::TooLong`], [`Error::Damaged`].
pub fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    let fault = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::NotFound => Error::Missing,
        _ => Error::Read(plain(&e)),
    };
    let mut file = std::fs::File::open(path).map_err(fault)?;
    let mut bytes = Vec::new();
    let mut read = |bytes: &mut Vec<u8>, count: u64| file.by_ref().take(count).read_to_end(bytes).map_err(fault);
    read(&mut bytes, 8)?;
    let length = bytes.first_chunk().map_or(0, |length| u64::from_le_bytes(*length));
    if length > LONGEST_HEADER {
        return Err(Error::Damaged(format!("it begins like a header of {length} bytes")));
    }
    read(&mut bytes, length)?;
    let data = header(bytes.get(8..).unwrap_or_default())?.data_len() as u64;
    if data > LONGEST {
        return Err(Error::TooLong { longest: LONGEST });
    }
    read(&mut bytes, data + 1)?; // a byte more than promised is damage, and decoding says so
    Ok(bytes)
}

/// What the file `path` holds.
///
/// # Errors
/// Those of [`read_bytes`] and [`decode`].
pub fn read(path: &Path) -> Result<Contents> {
    decode(&read_bytes(path)?)
}

/// Writes a file of [`encode`], whole or not at all.
///
/// # Errors
/// Those of [`encode`], and [`Error::Write`].
pub fn write(path: &Path, card: &Card, parts: &[(&Layout, &[f32])], precision: Precision) -> Result<()> {
    write_whole(path, &encode(card, parts, precision)?).map_err(|e| Error::Write(e.to_string()))
}
