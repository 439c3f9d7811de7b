//! Tapes are large, and only as many are used at once as there are threads: a task takes one and gives it back.

use crate::network::{Network, Tape};
use crate::shape::Shape;
use ravine_optim::Result;
use ravine_optim::number::Float;
use std::sync::{Mutex, PoisonError};

/// Tapes that no task uses at the moment.
pub(crate) struct Tapes<F> {
    free: Mutex<Vec<Tape<F>>>,
}

impl<F> Default for Tapes<F> {
    fn default() -> Self {
        Tapes { free: Mutex::default() }
    }
}

impl<F: Float> Tapes<F> {
    /// One for an input of shape `at`: what it holds is anything.
    pub(super) fn take(&self, network: &Network<F>, at: Shape) -> Result<Tape<F>> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        match free.iter().rposition(|tape| tape.input_shape() == at) {
            Some(place) => Ok(free.swap_remove(place)),
            None => Tape::new(network, at),
        }
    }

    /// Back, for the next task.
    pub(super) fn put(&self, tape: Tape<F>) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(tape);
    }
}
