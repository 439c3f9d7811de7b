//! Charts: ramps and steps of brightness, and lines down to the finest that a grid can hold.

use super::paint::{Colour, Paint, blend, rgb};
use super::pile::{Leaf, Pile};
use super::shape::{Outline, Shape, length};
use super::strokes::segment;
use super::texture::{sine, visible};
use super::{Drawn, Frame, Seen};
use ravine_optim::{Random, Stream};

/// Smooth ramps, a staircase between them, and a disc of light: what stair-casing and banding spoil.
pub(super) fn ramps(seed: u64, frame: Frame) -> Box<dyn Drawn> {
    let Frame { width, height, .. } = frame;
    let mut random = Random::new(seed, Stream::Scene, 3);
    let mut colour = |low: f64, high: f64| -> Colour { std::array::from_fn(|_| random.between(low, high) as f32) };
    let ends = [[colour(0.05, 0.3), colour(0.7, 0.95)], [colour(0.1, 0.5), colour(0.5, 0.9)]];
    Box::new(Ramps { width, height, ends })
}

struct Ramps {
    width: f32,
    height: f32,
    ends: [[Colour; 2]; 2],
}

impl Drawn for Ramps {
    fn look(&self, x: f32, y: f32, footprint: f32) -> Seen {
        const STEPS: f32 = 12.0;
        let (s, t) = (x / self.width, y / self.height);
        let [first, second] = self.ends;
        let half = footprint / self.height;
        let band = |low: f32, high: f32| t > low && t < high;
        let borders = [0.4f32, 0.6];
        let colour = if band(0.4, 0.6) {
            blend(first[0], first[1], (s * STEPS).floor() / (STEPS - 1.0))
        } else if t <= 0.4 {
            blend(first[0], first[1], s)
        } else {
            let far = length(x - 0.3 * self.width, y - 0.8 * self.height);
            blend(second[1], second[0], (far / (0.8 * self.width)).min(1.0))
        };
        let on_a_step = band(0.4 - half, 0.6 + half) && ((s * STEPS) - (s * STEPS).round()).abs() < footprint * STEPS / self.width;
        Seen { colour, edge: on_a_step || borders.iter().any(|b| (t - b).abs() < half) }
    }
}

/// Fans of lines, rings that grow finer outwards, hairlines and dots: resolution charts.
pub(super) fn lines(seed: u64, frame: Frame) -> Box<dyn Drawn> {
    let Frame { width, height, .. } = frame;
    let mut random = Random::new(seed, Stream::Scene, 4);
    let ink = Paint::plain(rgb(0x1d2733));
    let mut marks = Vec::new();
    for k in 0..14 {
        // Pairs of hairlines, each pair finer and closer.
        let pen = 0.006 / (1.0 + 0.45 * k as f32);
        let y = height * (0.04 + 0.018 * k as f32);
        for side in [-1.0, 1.0] {
            let rise = side * 1.5 * pen;
            marks.push(Leaf::new(segment([0.05 * width, y + rise], [0.45 * width, y + rise + 0.08 * height], pen), ink));
        }
    }
    for k in 0..90 {
        let (x, y) = (random.between(0.05, 0.45) as f32 * width, random.between(0.55, 0.95) as f32 * height);
        let r = 0.014 / (1.0 + 0.12 * k as f32);
        let outline = if k % 3 == 0 { Outline::Rectangle } else { Outline::Ellipse };
        let ring = if k % 3 == 1 { Outline::Ring { width: r * 0.3 } } else { outline };
        marks.push(Leaf::new(Shape { centre: [x, y], axis: [1.0, 0.0], half: [r, r], outline: ring }, ink));
    }
    let paper = Paint::plain(rgb(0xdfe3e0));
    Box::new(Chart { width, height, pile: Pile::new(frame, paper, marks) })
}

/// Waves over the longer side at the rim of the zone plate.
const FINEST: f32 = 120.0;

struct Chart {
    width: f32,
    height: f32,
    pile: Pile,
}

impl Drawn for Chart {
    fn look(&self, x: f32, y: f32, footprint: f32) -> Seen {
        let plate = 0.21 * self.height.min(self.width);
        for row in [0.26, 0.74] {
            let (u, v) = (x - 0.75 * self.width, y - row * self.height);
            let r = length(u, v);
            if r < plate {
                // The zone plate, whose frequency grows with the radius, and the star of 36 rays, whose frequency falls with it.
                let (wave, frequency) = if row < 0.5 {
                    let rate = FINEST / plate;
                    (sine(0.5 * rate * r * r), rate * r)
                } else {
                    (sine(18.0 * turns(u, v)), 18.0 / (6.3 * r.max(1e-4)))
                };
                let seen = visible(frequency, footprint);
                return Seen {
                    colour: [0.5 + 0.4 * seen * wave; 3],
                    edge: plate - r < footprint || row > 0.5 && r < 3.0 * footprint,
                };
            }
        }
        self.pile.look(x, y, footprint)
    }
}

/// The angle of (u, v) in turns, to 1e-3: a rational arctangent on an eighth of a turn.
fn turns(u: f32, v: f32) -> f32 {
    let (a, b) = (u.abs(), v.abs());
    let t = a.min(b) / a.max(b).max(1e-12);
    let eighth = t / (1.0 + 0.28 * t * t) / std::f32::consts::TAU;
    let quarter = if b > a { 0.25 - eighth } else { eighth };
    let half = if u < 0.0 { 0.5 - quarter } else { quarter };
    if v < 0.0 { 1.0 - half } else { half }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_angles() {
        for k in 0..360 {
            let angle = (k as f32).to_radians();
            let error = (turns(angle.cos(), angle.sin()) - k as f32 / 360.0).abs();
            assert!(error.min(1.0 - error) < 1e-3, "{k}: {error}");
        }
    }
}
