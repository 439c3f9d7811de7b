//! Room for a thread's intermediate numbers, kept from one piece of work to the next.

use super::tile::Panel;
use std::cell::Cell;

/// Numbers in a cache line: wide loads are slower where they straddle two.
const LINE: usize = 16;

thread_local! {
    static ROOM: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

/// Calls `work` with room for so many panels, at the head of a cache line. What they hold is anything.
pub(super) fn with_room<R>(panels: usize, work: impl FnOnce(&mut [Panel]) -> R) -> R {
    let mut numbers = ROOM.take();
    let len = panels * LINE;
    if numbers.len() < len + LINE {
        numbers.resize(len + LINE, 0.0);
    }
    let start = numbers.as_ptr().align_offset(LINE * size_of::<f32>()).min(LINE);
    let result = work(numbers[start..][..len].as_chunks_mut().0);
    ROOM.set(numbers);
    result
}
