//! A disc whose minimiser under total variation is known in closed form, as a function and by its means over pixels.

use std::f64::consts::PI;

/// Radii of the disc and of the moat around it.
const DISC: f64 = 0.25;
const MOAT: f64 = 0.45;

/// f = 1 on a disc of radius R, 0 in a moat around it of outer radius S, and beyond as bright as the moat is to become.
///
/// The minimiser of ∫|∇u| + λ/2∫|u − f|² is 1 − 2/(λR) on the disc and 2R/(λ(S² − R²)) elsewhere (Strong and Chan 2003): λ(u − f) = div p, with
/// p = −φ(r)·x/r, φ = r/R on the disc, R(S² − r²)/(r(S² − R²)) in the moat, 0 beyond; |p| ≤ 1, and p is the normal where u jumps.
pub(super) struct Disc {
    pub(super) centre: [f64; 2],
    pub(super) lambda: f64,
}

impl Disc {
    fn inside(&self) -> f64 {
        1.0 - 2.0 / (self.lambda * DISC)
    }

    fn outside(&self) -> f64 {
        2.0 * DISC / (self.lambda * (MOAT * MOAT - DISC * DISC))
    }

    /// What is left of the contrast of 1 between the disc and its moat.
    pub(super) fn contrast(&self) -> f64 {
        self.inside() - self.outside()
    }

    /// Of the minimiser.
    pub(super) fn energy(&self) -> f64 {
        let (a, b) = (self.inside(), self.outside());
        let unlike = DISC.powi(2) * (1.0 - a).powi(2) + (MOAT.powi(2) - DISC.powi(2)) * b.powi(2); // ∫|u − f|²/π
        2.0 * PI * DISC * (a - b) + 0.5 * self.lambda * PI * unlike
    }

    /// The means of f over N × N cells.
    pub(super) fn observed(&self, n: usize) -> Vec<f64> {
        let (disc, moat) = (self.cover(DISC, n), self.cover(MOAT, n));
        disc.iter().zip(&moat).map(|(d, m)| d + self.outside() * (1.0 - m)).collect()
    }

    /// The means of the minimiser.
    pub(super) fn minimiser(&self, n: usize) -> Vec<f64> {
        let (a, b) = (self.inside(), self.outside());
        self.cover(DISC, n).iter().map(|d| b + (a - b) * d).collect()
    }

    /// The share of each of N × N cells that lies in a disc of radius r.
    fn cover(&self, r: f64, n: usize) -> Vec<f64> {
        let [x, y] = self.centre.map(|c| (0..=n).map(|i| i as f64 / n as f64 - c).collect::<Vec<_>>());
        let corner: Vec<f64> = y.iter().flat_map(|y| x.iter().map(|x| quarter(r, *x, *y))).collect(); // (N + 1) × (N + 1)
        let at = |i: usize| {
            let k = i / n * (n + 1) + i % n;
            (corner[k + n + 2] - corner[k + n + 1] - corner[k + 1] + corner[k]) * (n * n) as f64
        };
        (0..n * n).map(at).collect()
    }
}

/// The area of the part of a disc of radius r around 0 to the left of x and below y: ∫ s + min(max(y, −s), s), s = √(r² − t²), over t < x.
fn quarter(r: f64, x: f64, y: f64) -> f64 {
    let (x, y) = (x.clamp(-r, r), y.clamp(-r, r));
    let half_chord = |t: f64| (r * r - t * t).max(0.0).sqrt();
    let upto = |t: f64| 0.5 * (t * half_chord(t) + r * r * (t / r).asin()); // ∫₀ᵗ s
    let w = half_chord(y);
    let beyond = (upto(x.min(-w)) - upto(-r)) + (upto(x.max(w)) - upto(w)); // where s < |y|
    upto(x) - upto(-r) + y * (x.clamp(-w, w) + w) + y.signum() * beyond
}
