//! Linear operators on pictures: each knows its grid, and nothing of energies.

mod gradient;
mod mask;

pub use gradient::Gradient;
pub use mask::Mask;

/// What `ravine list operators` shows: name and meaning.
pub const OPERATORS: [(&str, &str); 2] = [
    ("gradient", "forward differences to the right and downwards, zero at the last column and row"),
    ("mask", "the pixels that are known, 0 elsewhere"),
];
