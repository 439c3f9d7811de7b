//! Outlines as signed distances: negative inside, about the distance to the edge near the edge.
//!
//! A shape lies in its own frame: centre, direction, half length and half width. Only + − × ÷ √ are used.

use super::texture::{fractal, noise};

/// An outline in a box of 2a × 2b, length along u.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outline {
    /// (u/a)² + (v/b)² ≤ 1
    Ellipse,
    /// |u| ≤ a, |v| ≤ b
    Rectangle,
    /// The points within b of a segment of the u axis: a stroke of the pen.
    Bar,
    /// The common part of two discs, pointed at both ends: the leaf of a willow.
    Lens,
    /// All nₖ·p ≤ cₖ inside the box, each as [n, c].
    Polygon([[f32; 3]; 4]),
    /// The rim of an ellipse, `width` across.
    Ring { width: f32 },
    /// An ellipse whose plane was bent by noise of relative `strength`.
    Blob { strength: f32, frequency: f32, seed: u32 },
    /// Everything below the line v = `relief`·(octaves of noise along u): hills, cliffs.
    Ridge { relief: f32, frequency: f32, gain: f32, seed: u32 },
}

/// An outline with its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Where u = v = 0.
    pub(super) centre: [f32; 2],
    /// The unit vector along u.
    pub(super) axis: [f32; 2],
    /// a and b.
    pub(super) half: [f32; 2],
    /// What lies in the box.
    pub(super) outline: Outline,
}

impl Shape {
    /// (x, y) in the frame of the shape.
    pub(super) fn local(&self, x: f32, y: f32) -> [f32; 2] {
        let (dx, dy) = (x - self.centre[0], y - self.centre[1]);
        [dx * self.axis[0] + dy * self.axis[1], dy * self.axis[0] - dx * self.axis[1]]
    }

    /// Signed distance at a local point, for a viewer who sees nothing finer than `footprint`.
    pub(super) fn distance(&self, [u, v]: [f32; 2], footprint: f32) -> f32 {
        let [a, b] = self.half;
        match self.outline {
            Outline::Ellipse => ellipse(u, v, a, b),
            Outline::Rectangle => (u.abs() - a).max(v.abs() - b),
            Outline::Bar => length((u.abs() - (a - b)).max(0.0), v) - b,
            Outline::Lens => {
                let radius = (a * a + b * b) / (2.0 * b);
                length(u, v.abs() + radius - b) - radius
            }
            Outline::Polygon(edges) => {
                let in_box = (u.abs() - a).max(v.abs() - b);
                edges.iter().map(|[nu, nv, c]| nu * u + nv * v - c).fold(in_box, f32::max)
            }
            Outline::Ring { width } => ellipse(u, v, a - width / 2.0, b - width / 2.0).abs() - width / 2.0,
            Outline::Blob { strength, frequency, seed } => {
                let bend = strength * b;
                let around = ellipse(u, v, a - bend, b - bend);
                if around < -2.0 * bend - footprint {
                    return around;
                }
                let (p, q) = (u * frequency, v * frequency);
                ellipse(u + bend * noise(p, q, seed), v + bend * noise(p, q, seed ^ 0x5bd1), a - bend, b - bend)
            }
            Outline::Ridge { relief, frequency, gain, seed } => {
                if v > 1.5 * relief || v < -1.5 * relief {
                    return -v;
                }
                let height = relief * fractal(u, 0.37, frequency, gain, footprint, seed);
                (height - v) * 0.8
            }
        }
    }

    /// An interval of x and one of y that hold it.
    pub(super) fn bounds(&self) -> ([f32; 2], [f32; 2]) {
        let around = |centre: f32, reach: f32| [centre - reach, centre + reach];
        let ([a, b], [c, s]) = (self.half, self.axis.map(f32::abs));
        match self.outline {
            Outline::Ridge { .. } => ([f32::NEG_INFINITY, f32::INFINITY], [f32::NEG_INFINITY, f32::INFINITY]),
            _ => (around(self.centre[0], a * c + b * s), around(self.centre[1], a * s + b * c)),
        }
    }

    /// False only if the shape lies farther than `reach` from (x, y).
    pub(super) fn may_touch(&self, x: f32, y: f32, reach: f32) -> bool {
        let [u, v] = self.local(x, y);
        match self.outline {
            Outline::Ridge { relief, .. } => v > -1.5 * relief - reach,
            _ => u.abs() <= self.half[0] + reach && v.abs() <= self.half[1] + reach,
        }
    }

    /// The largest depth of a point inside: half of the thinnest width.
    pub(super) fn depth(&self) -> f32 {
        match self.outline {
            Outline::Ring { width } => width / 2.0,
            Outline::Ridge { .. } => f32::INFINITY,
            _ => self.half[0].min(self.half[1]),
        }
    }
}

/// √(u² + v²)
pub(super) fn length(u: f32, v: f32) -> f32 {
    (u * u + v * v).sqrt()
}

/// First-order distance to an ellipse, k(k−1)/|∇| with k = |(u/a, v/b)|, kept between its limits: the box about the ellipse and the
/// smaller half axis.
fn ellipse(u: f32, v: f32, a: f32, b: f32) -> f32 {
    let (p, q) = (u / a, v / b);
    let k = length(p, q);
    let slope = length(p / a, q / b).max(1e-12);
    let in_box = (u.abs() - a).max(v.abs() - b);
    (k * (k - 1.0) / slope).max(in_box).max(-a.min(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_distances_near_the_edge() {
        // Along the axes the edge is known: (a, 0), (0, b).
        for outline in [Outline::Ellipse, Outline::Rectangle, Outline::Bar, Outline::Ring { width: 0.02 }] {
            let s = Shape { centre: [0.0, 0.0], axis: [1.0, 0.0], half: [0.3, 0.1], outline };
            for e in [-0.01f32, 0.0, 0.01] {
                for p in [[0.3 + e, 0.0], [0.0, 0.1 + e]] {
                    let d = s.distance(p, 1e-3);
                    let wanted = if matches!(outline, Outline::Ring { .. }) && e < 0.0 { -0.01 } else { e };
                    assert!((d - wanted).abs() < 2e-3, "{outline:?} at {p:?}: {d}");
                }
            }
        }
        let lens = Shape { centre: [0.0, 0.0], axis: [1.0, 0.0], half: [0.3, 0.1], outline: Outline::Lens };
        assert!(lens.distance([0.0, 0.11], 1e-3).abs() < 0.011 && lens.distance([0.3, 0.0], 1e-3).abs() < 1e-3);
    }

    #[test]
    fn a_shape_stays_in_its_box() {
        let outlines = [
            Outline::Ellipse,
            Outline::Rectangle,
            Outline::Bar,
            Outline::Lens,
            Outline::Ring { width: 0.03 },
            Outline::Blob { strength: 0.3, frequency: 9.0, seed: 4 },
        ];
        for outline in outlines {
            let s = Shape { centre: [0.4, 0.5], axis: [0.6, 0.8], half: [0.3, 0.12], outline };
            for k in 0..10_000 {
                let (x, y) = ((k % 100) as f32 / 100.0, (k / 100) as f32 / 100.0);
                if s.distance(s.local(x, y), 1e-3) < 0.0 {
                    assert!(s.may_touch(x, y, 1e-5), "{outline:?} at {x}, {y}");
                }
            }
        }
    }
}
