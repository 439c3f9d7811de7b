//! Why a file of weights is not read, not believed, or not written.

use super::card::VERSION;

/// A sentence without the path, which the caller knows.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// There is no file.
    #[error("there is no such file")]
    Missing,
    /// The system does not let it be read.
    #[error("it cannot be read: {0}")]
    Read(String),
    /// More numbers than any network of ours has.
    #[error("it holds more than {} MiB of numbers, which no network here has", .longest >> 20)]
    TooLong {
        /// Bytes allowed.
        longest: u64,
    },
    /// It is no safetensors file, or a broken one.
    #[error("it is no safetensors file, or a damaged one: {0}")]
    Damaged(String),
    /// The card is damaged.
    #[error("its card is damaged: {0}")]
    Card(String),
    /// Another program wrote it, and the names of its tensors are not those of a network that is imported.
    #[error("it holds weights, but not of a model of ours or of a DnCNN with the names of PyTorch: {0}")]
    Foreign(String),
    /// A later program wrote it.
    #[error("it is of version {0} of the format, and this program reads version {VERSION}: take a newer program")]
    Version(u64),
    /// A block of the network is absent or of another shape.
    #[error("the tensor `{name}` {}, but the network needs the shape {}", found_words(.found), shape_words(.wanted))]
    Block {
        /// The block.
        name: String,
        /// Its shape in the file, if it is there.
        found: Option<Vec<usize>>,
        /// Its shape in the network.
        wanted: Vec<usize>,
    },
    /// A piece of a training's state that is absent, or of another kind or length than the training's own.
    #[error("its state `{0}` is not that of this training")]
    State(String),
    /// A tensor that the network does not have.
    #[error("it holds the tensor `{0}`, which its network does not have")]
    Surplus(String),
    /// NaN or infinity among the weights.
    #[error("the tensor `{0}` holds numbers that are not finite")]
    NotFinite(String),
    /// A number that 16 bits do not hold.
    #[error("the tensor `{name}` holds {value}, which is too large for 16 bits: keep 32 bits")]
    TooLarge {
        /// The block.
        name: String,
        /// The number.
        value: f32,
    },
    /// The card describes a network that cannot be built.
    #[error("its network cannot be built: {0}")]
    Network(#[from] ravine_optim::Error),
    /// The file cannot be written there.
    #[error("{0}")]
    Write(String),
}

fn found_words(found: &Option<Vec<usize>>) -> String {
    found.as_ref().map_or_else(|| "is absent".into(), |shape| format!("has the shape {}", shape_words(shape)))
}

fn shape_words(shape: &[usize]) -> String {
    let words: Vec<String> = shape.iter().map(usize::to_string).collect();
    words.join(" × ")
}

/// The result of reading and writing weights.
pub type Result<T> = std::result::Result<T, Error>;
