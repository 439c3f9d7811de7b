//! A curriculum: easy pairs first (Bengio, Louradour, Collobert, Weston 2009). Light noise is easy, heavy noise is hard.

use crate::pairs::Span;
use ravine_optim::{Error, Result};
use serde::{Deserialize, Serialize};

/// The upper end of σ grows linearly from the lower end to where it was asked to be, which it reaches after `steps` steps. A pure
/// function of the step, so that a resumed run goes on where it was.
///
/// ```
/// use ravine_net::curriculum::Curriculum;
/// let curriculum = Curriculum { steps: 100 };
/// let asked = "5..55".parse()?;
/// assert_eq!(curriculum.span(0, asked).to_string(), "5..5.5");
/// assert_eq!(curriculum.span(49, asked).to_string(), "5..30");
/// assert_eq!(curriculum.span(99, asked), asked);
/// assert_eq!(curriculum.span(100_000, asked), asked);
/// # Ok::<(), ravine_optim::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Curriculum {
    /// Steps until the whole range is used, at least 1.
    pub steps: u64,
}

impl Curriculum {
    /// `Ok` if there is a range to grow and steps to grow in.
    ///
    /// # Errors
    /// There is none.
    pub fn check(&self, sigma: Span) -> Result<()> {
        if self.steps == 0 {
            return Err(Error::Unsuited("a curriculum of 0 steps is none: give it at least 1".into()));
        }
        if sigma.low() == sigma.high() {
            return Err(Error::Unsuited(format!(
                "a curriculum needs levels to grow through, and sigma = {sigma} is only one: give a range such as 0..{sigma}"
            )));
        }
        Ok(())
    }

    /// The range of σ at `step` (0, 1, …) of the range `asked`.
    pub fn span(&self, step: u64, asked: Span) -> Span {
        let part = (step.saturating_add(1) as f64 / self.steps.max(1) as f64).min(1.0);
        Span::new(asked.low(), asked.at(part)).unwrap_or(asked) // in order, because 0 < part ≤ 1
    }
}
