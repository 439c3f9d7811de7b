//! Linear operators on pictures: each knows its grid, and nothing of energies.

mod gradient;

pub use gradient::Gradient;

/// What `ravine list operators` shows: name and meaning.
pub const OPERATORS: [(&str, &str); 1] =
    [("gradient", "forward differences to the right and downwards, zero at the last column and row")];
