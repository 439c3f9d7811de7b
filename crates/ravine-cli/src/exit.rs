//! How a command ends: the exit codes, and the failures that lead to them.

use ravine::Class;
pub(crate) use ravine::image::io::plain;
use std::fmt;
use std::io;
use std::process::ExitCode;

/// The exit codes that scripts rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All done.
    Done = 0,
    /// Some inputs of several failed.
    SomeFailed = 1,
    /// The command line asks for something that it cannot mean.
    Usage = 2,
    /// An input cannot be read.
    Unreadable = 3,
    /// A limit refused it.
    Limit = 4,
    /// The numbers ran away.
    Numerical = 5,
    /// An output cannot be written.
    Unwritable = 6,
    /// Stopped by the user.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// A sentence for the user, and the exit code that it means.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
}

pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Failure { exit, message: message.to_string() }
    }

    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Failure::new(Exit::Usage, message)
    }

    /// The reader of our standard output has gone: that ends the command, and is no failure.
    pub(crate) fn closed_pipe() -> Self {
        Failure::new(Exit::Done, "")
    }

    /// A failure to write `where_`.
    pub(crate) fn writing(where_: &str, error: io::Error) -> Self {
        Failure::new(Exit::Unwritable, format!("cannot write {where_}: {}", plain(&error)))
    }

    /// The same failure, of this input.
    pub(crate) fn of(self, input: impl fmt::Display) -> Self {
        if self.message.is_empty() { self } else { Failure { message: format!("{input}: {}", self.message), ..self } }
    }
}

impl From<ravine::Error> for Failure {
    fn from(error: ravine::Error) -> Self {
        let exit = match error.class() {
            Class::Usage => Exit::Usage,
            Class::Unreadable => Exit::Unreadable,
            Class::Limit => Exit::Limit,
            Class::Unwritable => Exit::Unwritable,
            Class::Interrupted => Exit::Interrupted,
            Class::Numerical => Exit::Numerical,
        };
        Failure::new(exit, error)
    }
}

impl From<ravine::optim::Error> for Failure {
    fn from(error: ravine::optim::Error) -> Self {
        ravine::Error::from(error).into()
    }
}

impl From<ravine::image::io::Error> for Failure {
    fn from(error: ravine::image::io::Error) -> Self {
        ravine::Error::from(error).into()
    }
}
