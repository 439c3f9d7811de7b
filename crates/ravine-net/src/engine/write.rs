//! What is done to a result on its way into the output.
#![allow(clippy::needless_range_loop)] // l is a channel of a panel

use super::Finish;
use super::activation::bend;
use super::lanes::{PANEL, padded};
use super::tile::Panel;

/// What is done to 16 channels of a result.
pub(super) trait Write: Copy + Send + Sync {
    /// The new y of panel `c`, from the result there and the old y.
    fn becomes(self, c: usize, result: &Panel, old: &Panel) -> Panel;

    /// Writes panel `c` of the pixel `y`, as far as it has channels.
    #[inline(always)]
    fn panel(self, c: usize, result: &Panel, y: &mut [f32]) {
        let (panels, rest) = y.as_chunks_mut::<PANEL>();
        match panels.get_mut(c) {
            Some(y) => *y = self.becomes(c, result, y),
            None => {
                let mut old = [0.0; PANEL];
                old[..rest.len()].copy_from_slice(rest);
                rest.copy_from_slice(&self.becomes(c, result, &old)[..rest.len()]);
            }
        }
    }
}

/// y += result
#[derive(Debug, Clone, Copy)]
pub(super) struct Add;

impl Write for Add {
    #[inline(always)]
    fn becomes(self, _: usize, result: &Panel, old: &Panel) -> Panel {
        let mut new = *old;
        for l in 0..PANEL {
            new[l] += result[l];
        }
        new
    }
}

/// y ← a(result + b)
#[derive(Debug, Clone, Copy)]
pub(super) struct Put<'a> {
    bias: &'a [Panel],
    slope: f32,
}

impl<'a> Put<'a> {
    /// `bias` as [`bias_panels`] made it.
    pub(super) fn new(finish: Finish<'_, f32>, bias: &'a [Panel]) -> Self {
        Put { bias, slope: finish.activation.slope() as f32 }
    }
}

impl Write for Put<'_> {
    #[inline(always)]
    fn becomes(self, c: usize, result: &Panel, _: &Panel) -> Panel {
        let mut new = *result;
        for l in 0..PANEL {
            new[l] = bend(self.slope, new[l] + self.bias[c][l]);
        }
        new
    }
}

/// The bias, or none, by panels.
pub(super) fn bias_panels(finish: Finish<'_, f32>, outputs: usize) -> Vec<Panel> {
    let mut panels = vec![[0.0; PANEL]; padded(outputs) / PANEL];
    if let Some(bias) = finish.bias {
        panels.as_flattened_mut()[..outputs].copy_from_slice(bias);
    }
    panels
}
