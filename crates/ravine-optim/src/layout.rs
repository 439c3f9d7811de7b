//! Which range of a flat vector is what.

use std::ops::Range;

/// A named, shaped range of x: the picture, or the weights of one layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its name, such as `picture` or `conv3.weight`.
    pub name: String,
    /// Its shape; the product is its length.
    pub shape: Vec<usize>,
    /// Where it lies in x.
    pub range: Range<usize>,
}

/// The blocks of x, in order, without gaps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    blocks: Vec<Block>,
}

impl Layout {
    /// One block that is all of x.
    ///
    /// ```
    /// let layout = ravine_optim::Layout::single("point", &[2]);
    /// assert_eq!(layout.len(), 2);
    /// ```
    pub fn single(name: &str, shape: &[usize]) -> Self {
        Layout::default().with(name, shape)
    }

    /// With one more block behind the others.
    pub fn with(mut self, name: &str, shape: &[usize]) -> Self {
        let start = self.len();
        self.blocks.push(Block { name: name.into(), shape: shape.to_vec(), range: start..start + shape.iter().product::<usize>() });
        self
    }

    /// The blocks.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The length of x.
    pub fn len(&self) -> usize {
        self.blocks.last().map_or(0, |b| b.range.end)
    }

    /// Whether x has no coordinate.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
