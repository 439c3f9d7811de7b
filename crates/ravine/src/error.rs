//! What can go wrong, and of which kind it is: whose turn it is then.

use ravine_image::io;
use ravine_net::weights;

/// An input or a wish that this crate refuses.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A knob, name or number that the mathematics refuses.
    #[error(transparent)]
    Optim(#[from] ravine_optim::Error),
    /// A picture that cannot be read or written.
    #[error(transparent)]
    Picture(#[from] io::Error),
    /// Weights or a checkpoint that cannot be read or written.
    #[error(transparent)]
    Weights(#[from] weights::Error),
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
    /// A file that cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// A file that cannot be written.
    #[error("{0}")]
    Unwritable(String),
    /// The user or the time ended it before there was anything to keep.
    #[error("interrupted before there was a result, so nothing was written")]
    Interrupted,
    /// The user ended it, and it can go on.
    #[error("interrupted: {0}")]
    Unfinished(String),
    /// The numbers ran away.
    #[error("{0}")]
    Diverged(String),
    /// A limit on size refused it.
    #[error("{0}")]
    Limit(String),
    /// The time ended it before there was anything to keep.
    #[error("the time was over before there was a result, so nothing was written: give more --time-limit, or --method tv")]
    OutOfTime,
    /// Another error, with the file that it is about.
    #[error("{file}: {error}")]
    Of {
        /// The file.
        file: String,
        /// What is wrong with it.
        error: Box<Error>,
    },
}

/// The kinds of errors, by whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// What was asked for has no meaning: ask for something else.
    Usage,
    /// An input is missing, damaged, or of an unknown kind.
    Unreadable,
    /// A limit on size refused it.
    Limit,
    /// A result cannot be written there, or in that format.
    Unwritable,
    /// It was stopped.
    Interrupted,
    /// The numbers ran away.
    Numerical,
}

/// The result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The same error, about this file.
    pub fn of(self, file: &str) -> Error {
        Error::Of { file: file.into(), error: Box::new(self) }
    }

    /// Its kind.
    pub fn class(&self) -> Class {
        match self {
            Error::Optim(_) | Error::Value { .. } | Error::Unsuited(_) => Class::Usage,
            Error::Recipe(_) | Error::Unreadable(_) | Error::Picture(io::Error::Unreadable(_)) => Class::Unreadable,
            Error::Picture(io::Error::Limit { .. } | io::Error::TooLong { .. }) => Class::Limit,
            Error::Weights(weights::Error::TooLong { .. }) => Class::Limit,
            Error::Picture(io::Error::Write(_)) | Error::Weights(weights::Error::Write(_)) | Error::Unwritable(_) => {
                Class::Unwritable
            }
            Error::Weights(_) => Class::Unreadable,
            Error::OutOfTime | Error::Limit(_) => Class::Limit,
            Error::Diverged(_) => Class::Numerical,
            Error::Interrupted | Error::Unfinished(_) => Class::Interrupted,
            Error::Of { error, .. } => error.class(),
        }
    }
}
