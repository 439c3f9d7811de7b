//! How a picture is cut into tiles, along one axis: what each restores, and what it reads for that.
//!
//! Windows begin at multiples of what the layers merge, so that every layer finds the pixels together that it would find together in
//! the whole picture; they overlap by the receptive field, so that what they restore sees all that it would see.

use std::ops::Range;

/// A tile along one axis, in pixels of the picture continued to a multiple of what the layers merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    /// What it restores: the cores of all tiles make the axis.
    pub(super) core: Range<usize>,
    /// What it reads.
    pub(super) window: Range<usize>,
}

/// An axis of `length` pixels in cores of equal parts of at most `longest` pixels, or of `multiple`, if that is more.
pub(super) fn spans(length: usize, longest: usize, halo: usize, multiple: usize) -> Vec<Span> {
    let end = length.next_multiple_of(multiple);
    let longest = (longest / multiple).max(1) * multiple;
    let size = end.div_ceil(end.div_ceil(longest).max(1)).next_multiple_of(multiple);
    let halo = halo.next_multiple_of(multiple);
    let span = |start: usize| {
        let core = start..(start + size).min(end);
        Span { window: core.start.saturating_sub(halo)..(core.end + halo).min(end), core }
    };
    (0..end).step_by(size.max(1)).map(span).collect()
}

/// The pixel that stands for pixel `i` of an axis of `length` pixels continued by its mirror image, whose edge is not repeated: noise
/// stays noise there.
pub(super) fn mirrored(i: usize, length: usize) -> usize {
    let period = 2 * (length - 1);
    if period == 0 {
        return 0;
    }
    let i = i % period;
    i.min(period - i)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_make_the_axis_and_windows_hold_what_they_see() {
        for length in [1, 2, 3, 7, 8, 63, 64, 65, 100, 481, 1000] {
            for (longest, halo, multiple) in [(64, 17, 1), (64, 20, 8), (1, 3, 4), (10, 0, 1), (512, 36, 2)] {
                let spans = spans(length, longest, halo, multiple);
                let end = length.next_multiple_of(multiple);
                assert_eq!((spans[0].core.start, spans[spans.len() - 1].core.end), (0, end));
                assert!(spans.windows(2).all(|pair| pair[0].core.end == pair[1].core.start));
                for Span { core, window } in &spans {
                    assert!(!core.is_empty() && core.len() <= longest.max(multiple), "{core:?}");
                    assert!(window.start + halo <= core.start || window.start == 0, "{core:?} {window:?}");
                    assert!(core.end + halo <= window.end || window.end == end, "{core:?} {window:?}");
                    assert!(window.end <= end && window.start.is_multiple_of(multiple) && window.len().is_multiple_of(multiple));
                }
            }
        }
    }

    #[test]
    fn a_mirror_does_not_repeat_the_edge() {
        let at = |n: usize| (0..9).map(|i| mirrored(i, n)).collect::<Vec<_>>();
        assert_eq!(at(4), [0, 1, 2, 3, 2, 1, 0, 1, 2]);
        assert_eq!(at(2), [0, 1, 0, 1, 0, 1, 0, 1, 0]);
        assert_eq!(at(1), [0; 9]);
    }
}
