//! Numbers from the head of a cache line on: wide loads and stores are slower where they straddle two lines.

use std::ops::{Deref, DerefMut};

/// Bytes of a cache line.
const LINE: usize = 64;

/// So many numbers, the first of them at the head of a cache line. It is a slice.
#[derive(Debug)]
pub struct Aligned<F> {
    numbers: Vec<F>,
    start: usize,
    len: usize,
}

impl<F: Clone> Aligned<F> {
    /// `len` times `number`.
    pub fn new(number: F, len: usize) -> Self {
        let spare = LINE / size_of::<F>();
        let numbers = vec![number; len + spare];
        let start = numbers.as_ptr().align_offset(LINE).min(spare);
        Aligned { numbers, start, len }
    }
}

impl<F> Default for Aligned<F> {
    /// None.
    fn default() -> Self {
        Aligned { numbers: Vec::new(), start: 0, len: 0 }
    }
}

impl<F> Deref for Aligned<F> {
    type Target = [F];
    fn deref(&self) -> &[F] {
        &self.numbers[self.start..][..self.len]
    }
}

impl<F> DerefMut for Aligned<F> {
    fn deref_mut(&mut self) -> &mut [F] {
        &mut self.numbers[self.start..][..self.len]
    }
}

impl<F: Clone> Clone for Aligned<F> {
    /// Elsewhere in memory, a line starts at another place.
    fn clone(&self) -> Self {
        let mut copy = match self.first() {
            Some(number) => Aligned::new(number.clone(), self.len),
            None => Aligned::default(),
        };
        copy.clone_from_slice(self);
        copy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_their_copies_start_a_line() {
        for len in [0, 1, 7, 1000, 100_000] {
            let mut numbers = Aligned::new(0.0f32, len);
            numbers.iter_mut().enumerate().for_each(|(i, v)| *v = i as f32);
            let copies = [numbers.clone(), numbers.clone(), numbers];
            for copy in &copies {
                assert!(copy.is_empty() || copy.as_ptr().addr().is_multiple_of(LINE));
                assert!(copy.len() == len && copy.iter().enumerate().all(|(i, v)| *v == i as f32));
            }
        }
    }
}
