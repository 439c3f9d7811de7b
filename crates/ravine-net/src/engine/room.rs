//! Room for a thread's intermediate numbers, kept from one piece of work to the next.

use super::lanes::PANEL;
use super::tile::Panel;
use crate::aligned::Aligned;
use std::cell::Cell;

thread_local! {
    static ROOM: Cell<Aligned<f32>> = Cell::default();
}

/// Calls `work` with room for so many panels, at the head of a cache line. What they hold is anything.
pub(super) fn with_room<R>(panels: usize, work: impl FnOnce(&mut [Panel]) -> R) -> R {
    let mut numbers = ROOM.take();
    let len = panels * PANEL;
    if numbers.len() < len {
        numbers = Aligned::zeros(len);
    }
    let result = work(numbers[..len].as_chunks_mut().0);
    ROOM.set(numbers);
    result
}
