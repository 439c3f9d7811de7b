//! What may end the work on one picture before its time: the user, and its time.

use crate::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// One for the whole work on a picture: the search for λ, the minimisation, the estimate of the error.
pub(super) struct Halt {
    interrupt: Option<Arc<AtomicBool>>,
    deadline: Option<Instant>,
}

impl Halt {
    /// From now on; `seconds` at most, where they are limited.
    pub(super) fn new(interrupt: Option<Arc<AtomicBool>>, seconds: Option<f64>) -> Self {
        let limit = seconds.and_then(|s| Duration::try_from_secs_f64(s).ok());
        Halt { interrupt, deadline: limit.and_then(|limit| Instant::now().checked_add(limit)) }
    }

    /// Whether the user has ended it.
    pub(super) fn interrupted(&self) -> bool {
        self.interrupt.as_ref().is_some_and(|i| i.load(Ordering::Relaxed))
    }

    /// Whether the user or the time has ended it.
    pub(super) fn is_due(&self) -> bool {
        self.interrupted() || self.time_left() == Some(Duration::ZERO)
    }

    /// The time that is left, where it is limited.
    pub(super) fn time_left(&self) -> Option<Duration> {
        self.deadline.map(|end| end.saturating_duration_since(Instant::now()))
    }

    /// What it ends with, where there is nothing to keep.
    pub(super) fn error(&self) -> Error {
        if self.interrupted() { Error::Interrupted } else { Error::OutOfTime }
    }

    /// What a run watches.
    pub(super) fn interrupt(&self) -> Option<Arc<AtomicBool>> {
        self.interrupt.clone()
    }
}
