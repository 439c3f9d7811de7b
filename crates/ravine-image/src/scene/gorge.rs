//! A ravine at dusk: calm sky, sharp ridges, rock, water, the hair-thin ropes of a bridge, and a caption.

use super::paint::{Colour, Paint, blend, rgb};
use super::pile::{Leaf, Pile, Shadow};
use super::shape::{Outline, Shape};
use super::strokes::{Hand, segment};
use super::texture::Texture;
use super::{Drawn, Frame};
use ravine_optim::{Random, Stream};

/// Where things are, in parts of the width and height; lengths in parts of the shorter side.
struct Place {
    width: f32,
    height: f32,
    side: f32,
}

impl Place {
    fn at(&self, s: f32, t: f32) -> [f32; 2] {
        [s * self.width, t * self.height]
    }
}

/// The whole picture, from front to back.
pub(super) fn gorge(seed: u64, frame: Frame) -> Box<dyn Drawn> {
    let Frame { width, height, .. } = frame;
    let place = Place { width, height, side: width.min(height) };
    let mut random = Random::new(seed, Stream::Scene, 5);
    let mut leaves = caption(&place);
    leaves.extend(trees(&place, &mut random));
    leaves.extend(walls(&place, &mut random));
    leaves.extend(bridge(&place));
    leaves.extend(balloon(&place));
    leaves.extend(birds(&place, &mut random));
    leaves.extend(water(&place, &mut random));
    leaves.extend(ridges(&place, &mut random));
    leaves.extend(sun_and_clouds(&place, &mut random));
    let sky = Paint::plain(rgb(0x35507f)).fading(rgb(0xf6c58c), [0.0, 1.0 / (0.52 * height), 0.0]);
    Box::new(Pile::new(frame, sky, leaves))
}

const CREAM: u32 = 0xefe6d0;
const INK: u32 = 0x25283a;

/// A cream margin with the name in large letters, a line in small ones and two rules.
fn caption(place: &Place) -> Vec<Leaf> {
    let (ink, rust) = (Paint::plain(rgb(INK)), Paint::plain(rgb(0xb5502f)));
    let top = 0.855;
    let letter = 0.075 * place.side;
    let [left, y] = place.at(0.05, top + 0.028);
    let name = Hand { corner: [left, y], height: letter, pen: 0.15 * letter, slant: 0.0 };
    let small = Hand {
        corner: [left + name.width(6) + 0.05 * place.side, y],
        height: 0.028 * place.side,
        pen: 0.0034 * place.side,
        slant: 0.0,
    };
    let smaller = Hand { corner: [small.corner[0], y + 0.05 * place.side], height: 0.022 * place.side, slant: 0.22, ..small };
    let mut leaves = name.write("RAVINE", ink);
    leaves.extend(small.write("PICTURES RESTORED", ink));
    leaves.extend(smaller.write("with a certificate", rust));
    for (rise, pen) in [(0.0, 0.004), (0.012, 0.0016)] {
        let line = segment(place.at(-0.1, top + rise), place.at(1.1, top + rise), pen * place.side);
        leaves.push(Leaf::new(line, if rise == 0.0 { ink } else { rust }));
    }
    let [x, y] = place.at(0.5, 1.0);
    let margin = Shape {
        centre: [x, y + (top - 1.0) * place.height / 2.0 + 0.25 * place.height],
        axis: [1.0, 0.0],
        half: [place.width, 0.25 * place.height - (top - 1.0) * place.height / 2.0],
        outline: Outline::Rectangle,
    };
    leaves.push(Leaf::new(margin, Paint::plain(rgb(CREAM))));
    leaves
}

/// Firs on both edges: a trunk and tiers of drooping branches.
fn trees(place: &Place, random: &mut Random) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    for (s, foot, tall) in [(0.055, 0.88, 0.40), (0.135, 0.90, 0.27), (0.945, 0.88, 0.34), (0.875, 0.90, 0.22), (0.20, 0.92, 0.17)]
    {
        let [x, y] = place.at(s, foot);
        let tall = tall * place.side;
        let seed = random.bits() as u32;
        let dark = Paint::plain(rgb(0x142026)).textured(Texture::Fractal { frequency: 60.0, gain: 0.9, seed }, 0.5);
        let tiers = 22;
        for k in 0..tiers {
            let part = (k as f32 + 0.3) / tiers as f32; // 0 at the tip
            let reach = tall * (0.015 + 0.19 * part) * random.between(0.7, 1.2) as f32;
            let level = y - tall * (1.0 - part);
            for side in [-1.0f32, 1.0] {
                let droop = 0.55 * reach;
                let branch = segment([x, level - 0.3 * droop], [x + side * reach, level + droop], 0.0);
                let shape = Shape { half: [branch.half[0], 0.006 * tall + 0.27 * reach], outline: Outline::Lens, ..branch };
                leaves.push(Leaf::new(shape, dark));
            }
        }
        leaves.push(Leaf::new(segment([x, y - tall], [x, y], 0.014 * tall), dark));
    }
    leaves
}

/// Two cables, their hangers, a deck and two towers.
fn bridge(place: &Place) -> Vec<Leaf> {
    let dark = Paint::plain(rgb(0x2b2233));
    let (left, right, deck, top) = (0.285, 0.735, 0.56, 0.41);
    let pen = |width: f32| width * place.side;
    let cable = |s: f32| {
        let t = (s - left) / (right - left) * 2.0 - 1.0;
        deck - 0.015 - (deck - 0.015 - top) * t * t
    };
    let mut leaves = Vec::new();
    for s in [left, right] {
        leaves.push(Leaf::new(segment(place.at(s, top - 0.01), place.at(s, 0.695), pen(0.011)), dark));
    }
    const SPANS: usize = 36;
    for k in 0..SPANS {
        let s = |k: usize| left + (right - left) * k as f32 / SPANS as f32;
        leaves.push(Leaf::new(segment(place.at(s(k), cable(s(k))), place.at(s(k + 1), cable(s(k + 1))), pen(0.0042)), dark));
        leaves.push(Leaf::new(segment(place.at(s(k), cable(s(k))), place.at(s(k), deck), pen(0.0018)), dark));
    }
    for (s, anchor) in [(left, 0.12), (right, 0.90)] {
        leaves.push(Leaf::new(segment(place.at(s, top), place.at(anchor, deck - 0.015), pen(0.0042)), dark));
    }
    leaves.push(Leaf::new(segment(place.at(0.1, deck), place.at(0.92, deck), pen(0.009)), dark));
    leaves.push(Leaf::new(segment(place.at(0.1, deck - 0.022), place.at(0.92, deck - 0.022), pen(0.0018)), dark));
    leaves
}

/// The two sides of the ravine, one in the light and one in the shade.
fn walls(place: &Place, random: &mut Random) -> Vec<Leaf> {
    let mut wall = |s: f32, t: f32, lean: [f32; 2], colour: u32, far: u32, relief: f32| {
        let seed = random.bits() as u32;
        let outline = Outline::Ridge { relief: relief * place.side, frequency: 7.0 / place.side, gain: 0.52, seed };
        let shape = Shape { centre: place.at(s, t), axis: lean, half: [1.0; 2], outline };
        let rock = Texture::Grain { frequency: 26.0 / place.side, stretch: 3.5, seed: seed ^ 77 };
        let paint = Paint::plain(rgb(far)).fading(rgb(colour), [0.0, 4.0 / place.side, 0.1]).textured(rock, 0.38);
        Leaf { shape, paint, blur: 0.0, shadow: Shadow { reach: 0.02 * place.side, strength: 0.25 } }
    };
    vec![
        wall(0.20, 0.72, [0.28, 0.96], 0x8a4a33, 0xd58a58, 0.05),
        wall(0.82, 0.72, [0.28, -0.96], 0x35243b, 0x5e3d4c, 0.05),
        wall(0.30, 0.74, [0.447, 0.894], 0xa05f49, 0xe0a172, 0.035),
        wall(0.72, 0.76, [0.447, -0.894], 0x4c3650, 0x80596a, 0.035),
    ]
}

/// A balloon of striped cloth.
fn balloon(place: &Place) -> Vec<Leaf> {
    let [x, y] = place.at(0.40, 0.17);
    let r = 0.062 * place.side;
    let dark = Paint::plain(rgb(0x3a2a2c));
    let basket = Shape { centre: [x, y + 1.75 * r], axis: [1.0, 0.0], half: [0.2 * r, 0.15 * r], outline: Outline::Rectangle };
    let mut leaves = vec![Leaf::new(basket, dark.textured(Texture::Weave { frequency: 14.0 / r }, 0.5))];
    for side in [-1.0, -0.4, 0.4, 1.0] {
        leaves.push(Leaf::new(segment([x + 0.62 * side * r, y + 0.75 * r], [x + 0.17 * side * r, y + 1.62 * r], 0.022 * r), dark));
    }
    // From the front: gores as ellipses of the same height, narrower and narrower.
    for (k, part) in [0.16, 0.5, 0.8, 1.0].into_iter().enumerate() {
        let colour: Colour = if k % 2 == 0 { rgb(0xf3e2c0) } else { rgb(0xc8452f) };
        let shape = Shape { centre: [x, y], axis: [1.0, 0.0], half: [part * r, 1.08 * r], outline: Outline::Ellipse };
        leaves.push(Leaf::new(shape, Paint::plain(colour).shaded([0.35 / r, -0.2 / r])));
    }
    leaves
}

fn birds(place: &Place, random: &mut Random) -> Vec<Leaf> {
    let dark = Paint::plain(rgb(INK));
    let mut leaves = Vec::new();
    for _ in 0..7 {
        let [x, y] = place.at(random.between(0.55, 0.72) as f32, random.between(0.13, 0.25) as f32);
        let wing = random.between(0.008, 0.016) as f32 * place.side;
        let lift = random.between(0.25, 0.7) as f32 * wing;
        for side in [-1.0, 1.0] {
            leaves.push(Leaf::new(segment([x, y], [x + 0.55 * side * wing, y - lift], 0.0026 * place.side), dark));
            leaves.push(Leaf::new(
                segment([x + 0.55 * side * wing, y - lift], [x + side * wing, y - 0.7 * lift], 0.002 * place.side),
                dark,
            ));
        }
    }
    leaves
}

/// A lake that mirrors the sky, with glints under the sun.
fn water(place: &Place, random: &mut Random) -> Vec<Leaf> {
    let shore = 0.665;
    let mut leaves = Vec::new();
    for _ in 0..60 {
        let depth = random.uniform() as f32;
        let [x, y] =
            place.at(0.53 + (random.between(-1.0, 1.0) * random.between(0.0, 1.0)) as f32 * 0.09, shore + 0.006 + 0.17 * depth);
        let half = [(0.006 + 0.022 * depth) * place.side * random.between(0.4, 1.0) as f32, (0.0012 + 0.0022 * depth) * place.side];
        leaves
            .push(Leaf::new(Shape { centre: [x, y], axis: [1.0, 0.0], half, outline: Outline::Lens }, Paint::plain(rgb(0xfde7b4))));
    }
    let waves = Texture::Grain { frequency: 40.0 / place.side, stretch: 9.0, seed: random.bits() as u32 };
    let [x, y] = place.at(0.5, shore);
    let deep = 0.25 * place.height;
    let lake = Shape { centre: [x, y + deep], axis: [1.0, 0.0], half: [place.width, deep], outline: Outline::Rectangle };
    let paint = Paint::plain(rgb(0xe3a57c)).fading(rgb(0x3f5c80), [0.0, 2.2 / deep * 0.5, 1.0 + 0.1]).textured(waves, 0.22);
    leaves.push(Leaf::new(lake, paint));
    leaves
}

/// Mountains behind mountains, paler with distance.
fn ridges(place: &Place, random: &mut Random) -> Vec<Leaf> {
    const NEAR: u32 = 0x4a3f63;
    const FAR: u32 = 0xe6a583;
    let mut leaves = Vec::new();
    for k in 0..5 {
        let distance = k as f32 / 4.0;
        let relief = (0.15 - 0.075 * distance) * place.side;
        let outline =
            Outline::Ridge { relief, frequency: (2.2 + 1.3 * distance) / place.side, gain: 0.5, seed: random.bits() as u32 };
        let shape = Shape { centre: place.at(0.0, 0.61 - 0.175 * distance), axis: [1.0, 0.0], half: [1.0; 2], outline };
        let colour = blend(rgb(NEAR), rgb(FAR), distance);
        let haze = blend(colour, rgb(0xf6c08a), 0.55);
        let slopes = Texture::Fractal { frequency: 14.0 / place.side, gain: 0.6, seed: random.bits() as u32 };
        let paint = Paint::plain(colour).fading(haze, [0.0, 3.5 / place.side, 0.1]).textured(slopes, 0.12 * (1.0 - distance));
        leaves.push(Leaf::new(shape, paint));
    }
    leaves
}

fn sun_and_clouds(place: &Place, random: &mut Random) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    for _ in 0..9 {
        let [x, y] = place.at(random.between(-0.05, 1.05) as f32, random.between(0.04, 0.34) as f32);
        let long = random.between(0.07, 0.24) as f32 * place.side;
        let outline = Outline::Blob { strength: 0.5, frequency: 3.0 / long, seed: random.bits() as u32 };
        let shape = Shape { centre: [x, y], axis: [1.0, 0.0], half: [long, 0.11 * long], outline };
        let colour = blend(rgb(0x8f8fa8), rgb(0xf9d3a2), (y / place.height / 0.36).min(1.0));
        leaves.push(Leaf { blur: 0.02 * place.side, ..Leaf::new(shape, Paint::plain(colour)) });
    }
    let [x, y] = place.at(0.53, 0.36);
    let disc = |r: f32| Shape { centre: [x, y], axis: [1.0, 0.0], half: [r * place.side; 2], outline: Outline::Ellipse };
    leaves.push(Leaf::new(disc(0.085), Paint::plain(rgb(0xfff1cb))));
    for (r, blur, colour) in [(0.11, 0.14, 0xfbe0a8), (0.17, 0.24, 0xf5cb94), (0.26, 0.45, 0xdcb194)] {
        leaves.push(Leaf { blur: blur * place.side, ..Leaf::new(disc(r), Paint::plain(rgb(colour))) });
    }
    leaves
}
