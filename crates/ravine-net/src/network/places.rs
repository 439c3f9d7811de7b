//! Which values can share a buffer: those that are never alive at once.

use crate::aligned::Aligned;
use bytemuck::Pod;
use std::ops::RangeInclusive;

/// Buffers that values share.
#[derive(Debug, Clone)]
pub(super) struct Places<F> {
    /// Which buffer holds the value.
    pub(super) of: Vec<usize>,
    /// The buffers.
    pub(super) buffers: Vec<Aligned<F>>,
}

impl<F: Pod> Places<F> {
    /// For values of these lengths and times of life, in the order in which they are born: each takes the free buffer that fits best.
    pub(super) fn new(values: impl Iterator<Item = (usize, RangeInclusive<usize>)>) -> Self {
        let mut of = Vec::new();
        let mut buffers: Vec<(usize, usize)> = Vec::new(); // length, last time of use
        for (len, life) in values {
            let free = buffers.iter().enumerate().filter(|(_, (_, last))| last < life.start());
            // The smallest that is large enough, else the largest.
            let best = free.min_by_key(|(_, (size, _))| if *size >= len { (false, *size) } else { (true, usize::MAX - *size) });
            let place = best.map_or(buffers.len(), |(place, _)| place);
            if place == buffers.len() {
                buffers.push((0, 0));
            }
            buffers[place] = (buffers[place].0.max(len), *life.end());
            of.push(place);
        }
        Places { of, buffers: buffers.into_iter().map(|(len, _)| Aligned::zeros(len)).collect() }
    }

    /// The buffer of value `v`, which may be longer than the value, out of its place so that others can be read meanwhile.
    pub(super) fn take(&mut self, v: usize) -> Aligned<F> {
        std::mem::take(&mut self.buffers[self.of[v]])
    }

    /// Back to its place.
    pub(super) fn put(&mut self, v: usize, buffer: Aligned<F>) {
        self.buffers[self.of[v]] = buffer;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_needs_two_buffers_and_a_skip_a_third() {
        let chain = Places::<f32>::new((0..6).map(|v| (10 + v, v..=v + 1)));
        assert_eq!(chain.of, [0, 1, 0, 1, 0, 1]);
        assert_eq!(chain.buffers.iter().map(|buffer| buffer.len()).collect::<Vec<_>>(), [14, 15]);
        let skip = Places::<f32>::new([(10, 0..=3), (10, 1..=2), (10, 2..=3), (10, 3..=4)].into_iter());
        assert_eq!(skip.of, [0, 1, 2, 1]);
    }
}
