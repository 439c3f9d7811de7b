//! The plain twin of [`Rof`](super::Rof): the same numbers in the same order, one pixel after another. Read this one.
//!
//! Chambolle & Pock 2011, algorithm 2, for min_u Σ|∇u| + λ/2‖u − f‖²:
//!
//! ```text
//! p ← Π(p + σ∇ū)                       Π: into the unit ball, pixel by pixel
//! u⁺ ← (u + τ div p + τλ f)/(1 + τλ)
//! ū ← u⁺ + θ(u⁺ − u)
//! ```

use super::step::{StepSizes, into_ball};
use crate::image::Image;

/// u, ū and p after some iterations.
pub struct Plain {
    /// The answer so far.
    pub u: Vec<f32>, // C × H × W
    /// u extrapolated.
    pub bar: Vec<f32>, // C × H × W
    /// The dual field: all ∂x planes, then all ∂y planes.
    pub p: Vec<f32>, // 2C × H × W
}

/// `iterations` iterations from u = f, p = 0.
pub fn rof(f: &Image, lambda: f64, iterations: u64) -> Plain {
    let (grid, f) = (f.grid(), f.pixels());
    let (height, width, n) = (grid.height, grid.width, grid.len());
    let (mut u, mut bar) = (f.to_vec(), f.to_vec());
    let (mut px, mut py) = (vec![0.0; n], vec![0.0; n]);
    let mut sizes = StepSizes::new(lambda);
    for _ in 0..iterations {
        let s = sizes.next(lambda);
        for (y, x) in pixels(height, width) {
            let mut square = 0.0;
            for c in 0..grid.channels {
                let i = grid.index(c, y, x);
                let dx = if x + 1 < width { bar[i + 1] - bar[i] } else { 0.0 };
                let dy = if y + 1 < height { bar[i + width] - bar[i] } else { 0.0 };
                px[i] += s.sigma * dx;
                py[i] += s.sigma * dy;
                square += px[i] * px[i] + py[i] * py[i];
            }
            for c in 0..grid.channels {
                let i = grid.index(c, y, x);
                px[i] *= into_ball(square);
                py[i] *= into_ball(square);
            }
        }
        for c in 0..grid.channels {
            for (y, x) in pixels(height, width) {
                let i = grid.index(c, y, x);
                let left = if x > 0 { px[i - 1] } else { 0.0 };
                let above = if y > 0 { py[i - width] } else { 0.0 };
                let div = (px[i] - left) + (py[i] - above);
                let new = s.keep * u[i] + s.pull * f[i] + s.push * div;
                bar[i] = new + s.theta * (new - u[i]);
                u[i] = new;
            }
        }
    }
    px.append(&mut py);
    Plain { u, bar, p: px }
}

fn pixels(height: usize, width: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..height).flat_map(move |y| (0..width).map(move |x| (y, x)))
}
