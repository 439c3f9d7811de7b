//! What can go wrong, and whose turn it is then.

/// An input or a wish that this crate refuses.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A knob, name or number that the mathematics refuses.
    #[error(transparent)]
    Optim(#[from] ravine_optim::Error),
    /// A value that cannot be read as what is wanted.
    #[error("{name} = `{value}`: {wanted} is wanted")]
    Value {
        /// The option.
        name: &'static str,
        /// What was given.
        value: String,
        /// What is wanted.
        wanted: &'static str,
    },
    /// A combination that has no meaning.
    #[error("{0}")]
    Unsuited(String),
    /// A recipe that cannot be read.
    #[error("the recipe cannot be read: {0}")]
    Recipe(String),
}

/// The result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
