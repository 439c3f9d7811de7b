//! Numbers in pages of their own. They start a cache line: wide loads and stores are slower where they straddle two. And the system may
//! keep them in huge pages: a network's values are far more ordinary pages than a processor keeps the addresses of.

use bytemuck::Pod;
use memmap2::MmapMut;
use std::alloc::{Layout, handle_alloc_error};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// So many numbers, the first of them at the head of a page. It is a slice.
#[derive(Debug)]
pub struct Aligned<F> {
    /// None where there is no number.
    pages: Option<MmapMut>,
    numbers: PhantomData<F>,
}

impl<F: Pod> Aligned<F> {
    /// So many zeros. The memory is taken when it is first written.
    pub fn zeros(len: usize) -> Self {
        Aligned { pages: pages(len.saturating_mul(size_of::<F>())), numbers: PhantomData }
    }
}

/// So many zero bytes.
fn pages(bytes: usize) -> Option<MmapMut> {
    if bytes == 0 {
        return None;
    }
    // As a `Vec` does where there is no memory.
    let refused = |_| handle_alloc_error(Layout::array::<u8>(bytes).unwrap_or(Layout::new::<u8>()));
    let pages = MmapMut::map_anon(bytes).unwrap_or_else(refused);
    #[cfg(target_os = "linux")]
    let _ = pages.advise(memmap2::Advice::HugePage); // a kernel without them refuses, and nothing is lost
    Some(pages)
}

impl<F> Default for Aligned<F> {
    /// None.
    fn default() -> Self {
        Aligned { pages: None, numbers: PhantomData }
    }
}

impl<F: Pod> Deref for Aligned<F> {
    type Target = [F];
    fn deref(&self) -> &[F] {
        self.pages.as_ref().map_or(&[], |pages| bytemuck::cast_slice(pages))
    }
}

impl<F: Pod> DerefMut for Aligned<F> {
    fn deref_mut(&mut self) -> &mut [F] {
        self.pages.as_mut().map_or(&mut [], |pages| bytemuck::cast_slice_mut(pages))
    }
}

impl<F> Clone for Aligned<F> {
    fn clone(&self) -> Self {
        let copy = self.pages.as_ref().and_then(|from| {
            let mut to = pages(from.len())?;
            to.copy_from_slice(from);
            Some(to)
        });
        Aligned { pages: copy, numbers: PhantomData }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_zero_at_first_and_start_a_line_in_copies_too() {
        for len in [0, 1, 7, 1000, 100_000] {
            let mut numbers = Aligned::<f32>::zeros(len);
            assert!(numbers.len() == len && numbers.iter().all(|v| *v == 0.0));
            numbers.iter_mut().enumerate().for_each(|(i, v)| *v = i as f32);
            let copies = [numbers.clone(), numbers.clone(), numbers];
            for copy in &copies {
                assert!(copy.is_empty() || copy.as_ptr().addr().is_multiple_of(64));
                assert!(copy.len() == len && copy.iter().enumerate().all(|(i, v)| *v == i as f32));
            }
        }
    }
}
