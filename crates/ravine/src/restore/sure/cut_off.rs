//! Stein's formula where black or white cut the noise off.
//!
//! Seen is not g = u + σn but f = max(g, low). In units of σ from the limit: z = max(v + n, 0), v ≥ 0. For an answer D that
//! is about linear in the f of its own pixel, (D − u)² has the expectation of
//!
//! (D − f)² − 2σα(z)(D − f) + 2σ²(1 + κ(z)) ∂D/∂f − σ²(1 − γ(z)),   if for all v ≥ 0
//!
//! E[z + α] = v,   E[(z + α)z − 1 − κ] = v·E[z],   E[z² − 1 + γ + 2αz] = v².
//!
//! α = κ = γ = 0 is Stein's. No functions of z do it exactly (z says ever less of a v below 0, and expectations are analytic in v);
//! those that are constant on z = 0, 0 < z ≤ 1, 1 < z ≤ 2 and 2 < z ≤ 3, and 0 above, come within 0.006, 0.002 and 0.014, by least
//! squares over 0 ≤ v ≤ 5. At high it is the same in the mirror; what both change, adds up.
//!
//! A pixel that is cut off amid eight others was black or white before there was any noise: half of the noise would not be cut
//! off. Such a pixel has no noise, and its error is (D − f)².

use ravine_image::noise_level::Limits;

/// At z = 0, to 1, to 2, to 3.
const ALPHA: [f64; 4] = [-0.981, 0.336, -0.130, 0.032];
const KAPPA: [f64; 4] = [-1.0, 0.154, -0.163, 0.068];
const GAMMA: [f64; 4] = [1.408, -1.059, 0.652, -0.224];

/// What a pixel counts in Stein's formula.
pub(super) struct Weights {
    /// What f lacks of u on average, in units of the picture.
    pub(super) shift: f64,
    /// Of σ².
    pub(super) noise: f64,
    /// Of 2σ²·∂D/∂f.
    pub(super) slope: f64,
}

impl Weights {
    /// Of a pixel far from the limits.
    pub(super) const STEIN: Weights = Weights { shift: 0.0, noise: 1.0, slope: 1.0 };
    /// Of a pixel whose error is what it was changed by.
    const NOISELESS: Weights = Weights { shift: 0.0, noise: 0.0, slope: 0.0 };

    /// Of the pixel `i` of a plane of rows of `width`, with these limits.
    #[inline(always)]
    pub(super) fn at(i: usize, plane: &[f32], width: usize, limits: Limits, sigma: f64) -> Weights {
        match plane[i] <= limits.low || plane[i] >= limits.high {
            true if is_amid_equals(i, plane, width) => Weights::NOISELESS,
            _ => Weights::of(plane[i], limits, sigma),
        }
    }

    /// Of a pixel of value `f`.
    fn of(f: f32, limits: Limits, sigma: f64) -> Weights {
        let (above, below) = ((f - limits.low) as f64 / sigma, (limits.high - f) as f64 / sigma);
        if above > 3.0 && below > 3.0 {
            return Weights::STEIN;
        }
        let both = |of: &[f64; 4]| (at(of, above), at(of, below));
        let ((up, down), kappa, gamma) = (both(&ALPHA), both(&KAPPA), both(&GAMMA));
        Weights { shift: sigma * (up - down), noise: 1.0 - gamma.0 - gamma.1, slope: 1.0 + kappa.0 + kappa.1 }
    }
}

/// Whether the pixels about the pixel `i`, as many of the eight as there are, have its value.
fn is_amid_equals(i: usize, plane: &[f32], width: usize) -> bool {
    let (y, x) = (i / width, i % width);
    let rows = y.saturating_sub(1)..=(y + 1).min(plane.len() / width - 1);
    let columns = x.saturating_sub(1)..=(x + 1).min(width - 1);
    rows.into_iter().all(|y| columns.clone().all(|x| plane[y * width + x] == plane[i]))
}

/// The value of a function in the table at z.
fn at(of: &[f64; 4], z: f64) -> f64 {
    match z {
        z if z <= 0.0 => of[0],
        z if z <= 1.0 => of[1],
        z if z <= 2.0 => of[2],
        z if z <= 3.0 => of[3],
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// E[h(z)], z = max(v + n, 0), n standard normal: the midpoint rule for z > 0.
    fn expected(v: f64, h: impl Fn(f64) -> f64) -> f64 {
        let density = |z: f64| (-0.5 * (z - v).powi(2)).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let step = 1e-3;
        let middles = |from: f64, to: f64| (0..((to - from) / step) as usize).map(move |i| from + (i as f64 + 0.5) * step);
        let never: f64 = middles(-8.0, 0.0).map(density).sum::<f64>() * step;
        never * h(0.0) + middles(0.0, v + 8.0).map(|z| density(z) * h(z)).sum::<f64>() * step
    }

    #[test]
    fn what_is_seen_tells_the_first_two_powers_of_what_was_there() {
        let a = |z: f64| z + at(&ALPHA, z);
        for i in 0..=20 {
            let v = 0.25 * i as f64;
            let mean = expected(v, |z| z);
            let first = expected(v, a) - v;
            let product = expected(v, |z| a(z) * z - 1.0 - at(&KAPPA, z)) - v * mean;
            let second = expected(v, |z| z * z - 1.0 + at(&GAMMA, z) + 2.0 * at(&ALPHA, z) * z) - v * v;
            assert!(first.abs() < 0.007 && product.abs() < 0.003 && second.abs() < 0.015, "{v}: {first} {product} {second}");
        }
    }

    #[test]
    fn far_from_the_limits_it_is_stein_s_formula() {
        let limits = Limits { low: 0.0, high: 1.0 };
        let w = Weights::of(0.5, limits, 0.1);
        assert_eq!((w.shift, w.noise, w.slope), (0.0, 1.0, 1.0));
        let (black, white) = (Weights::of(0.0, limits, 0.1), Weights::of(1.0, limits, 0.1));
        assert_eq!((black.shift, black.noise, black.slope), (-white.shift, white.noise, white.slope));
        assert!(black.shift < 0.0); // noise would have made it darker still
    }

    #[test]
    fn what_was_black_before_there_was_noise_has_none() {
        let limits = Limits { low: 0.0, high: f32::INFINITY };
        let of = |plane: &[f32; 9]| Weights::at(4, plane, 3, limits, 0.1);
        let (black, mut plane) = (of(&[0.0; 9]), [0.0; 9]);
        assert_eq!((black.shift, black.noise, black.slope), (0.0, 0.0, 0.0));
        plane[8] = 0.05;
        assert!(of(&plane).shift < 0.0 && of(&plane).noise < 0.0);
    }
}
