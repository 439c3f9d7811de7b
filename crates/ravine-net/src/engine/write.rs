//! What is done to a result on its way into the output.
#![allow(clippy::needless_range_loop)] // l is a channel of a panel

use super::activation::{bend, bend_back};
use super::lanes::{PANEL, padded};
use super::tile::Panel;
use super::{Bent, Finish};

/// What is done to 16 channels of a result.
pub(super) trait Write: Copy + Send + Sync {
    /// The new y of panel `c` of pixel `p`, from the result there and the old y.
    fn becomes(self, p: usize, c: usize, result: &Panel, old: &Panel) -> Panel;

    /// Writes panel `c` of pixel `p`, which is `y`, as far as it has channels.
    #[inline(always)]
    fn panel(self, p: usize, c: usize, result: &Panel, y: &mut [f32]) {
        let (panels, rest) = y.as_chunks_mut::<PANEL>();
        match panels.get_mut(c) {
            Some(y) => *y = self.becomes(p, c, result, y),
            None => {
                let mut old = [0.0; PANEL];
                old[..rest.len()].copy_from_slice(rest);
                rest.copy_from_slice(&self.becomes(p, c, result, &old)[..rest.len()]);
            }
        }
    }
}

/// y += result
#[derive(Debug, Clone, Copy)]
pub(super) struct Add;

impl Write for Add {
    #[inline(always)]
    fn becomes(self, _: usize, _: usize, result: &Panel, old: &Panel) -> Panel {
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
    fn becomes(self, _: usize, c: usize, result: &Panel, _: &Panel) -> Panel {
        let mut new = *result;
        for l in 0..PANEL {
            new[l] = bend(self.slope, new[l] + self.bias[c][l]);
        }
        new
    }
}

/// y ← a(result + b) + s
#[derive(Debug, Clone, Copy)]
pub(super) struct Onto<'a> {
    put: Put<'a>,
    skip: &'a [f32],
    channels: usize,
}

impl<'a> Onto<'a> {
    /// For an s of so many channels.
    pub(super) fn new(put: Put<'a>, skip: &'a [f32], channels: usize) -> Self {
        Onto { put, skip, channels }
    }
}

impl Write for Onto<'_> {
    #[inline(always)]
    fn becomes(self, p: usize, c: usize, result: &Panel, old: &Panel) -> Panel {
        let mut new = self.put.becomes(p, c, result, old);
        let skip = panel_of(self.skip, p, c, self.channels);
        for l in 0..PANEL {
            new[l] += skip[l];
        }
        new
    }
}

/// y ← a′(v) · result, where y is as large as a(v)
#[derive(Debug, Clone, Copy)]
pub(super) struct Back<'a> {
    bent: &'a [f32],
    slope: f32,
    channels: usize,
}

impl<'a> Back<'a> {
    /// For an a(v) of so many channels.
    pub(super) fn new(bent: Bent<'a, f32>, channels: usize) -> Self {
        Back { bent: bent.x, slope: bent.activation.slope() as f32, channels }
    }
}

impl Write for Back<'_> {
    #[inline(always)]
    fn becomes(self, p: usize, c: usize, result: &Panel, _: &Panel) -> Panel {
        let mut new = *result;
        let bent = panel_of(self.bent, p, c, self.channels);
        for l in 0..PANEL {
            new[l] = bend_back(self.slope, bent[l], new[l]);
        }
        new
    }
}

/// Panel `c` of pixel `p` of a value, with zeros where it has no channels.
#[inline(always)]
fn panel_of(value: &[f32], p: usize, c: usize, channels: usize) -> Panel {
    let numbers = &value[p * channels..][..channels][c * PANEL..];
    match numbers.first_chunk::<PANEL>() {
        Some(panel) => *panel,
        None => {
            let mut panel = [0.0; PANEL];
            panel[..numbers.len()].copy_from_slice(numbers);
            panel
        }
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
