//! Samples of one texture each, spread on a table: what smoothing destroys first.

use super::paint::{Paint, Palette};
use super::pile::{Leaf, Pile, Shadow};
use super::shape::{Outline, Shape, length};
use super::texture::Texture;
use super::{Drawn, Frame};
use ravine_optim::{Random, Stream};

/// Samples along the shorter and the longer side.
const SAMPLES: [usize; 2] = [3, 4];

/// Samples of noise, grain, stripes, cloth and stones, fine and coarse, a little turned, on wood.
pub(super) fn swatches(seed: u64, frame: Frame) -> Box<dyn Drawn> {
    let Frame { width, height, .. } = frame;
    let mut random = Random::new(seed, Stream::Scene, 6);
    let palette = Palette::draw(&mut random);
    let [rows, columns] = if width >= height { SAMPLES } else { [SAMPLES[1], SAMPLES[0]] };
    let cell = [width / columns as f32, height / rows as f32];
    let order = random.permutation(rows * columns);
    let samples = order.into_iter().enumerate().map(|(k, place)| {
        let centre = [((place % columns) as f32 + 0.5) * cell[0], ((place / columns) as f32 + 0.5) * cell[1]];
        let tilt = random.between(-0.25, 0.25) as f32;
        let axis = [1.0 / length(1.0, tilt), tilt / length(1.0, tilt)];
        let half = cell.map(|side| side * random.between(0.45, 0.56) as f32);
        let seed = random.bits() as u32;
        let wave = 1.0 / random.between(0.007, 0.03) as f32;
        let texture = match k % 6 {
            0 => Texture::Fractal { frequency: 12.0, gain: 1.0, seed },
            1 => Texture::Grain { frequency: 60.0, stretch: random.between(4.0, 12.0) as f32, seed },
            2 => Texture::Stripes { frequency: wave, wobble: 0.0, seed },
            3 => Texture::Stripes { frequency: wave, wobble: 0.8, seed },
            4 => Texture::Weave { frequency: wave },
            _ => Texture::Pebbles { frequency: wave, seed },
        };
        let paint = Paint::plain(palette.pick(centre, &mut random)).textured(texture, random.between(0.2, 0.45) as f32);
        let shape = Shape { centre, axis, half, outline: Outline::Rectangle };
        Leaf { shape, paint, blur: 0.0, shadow: Shadow { reach: 0.015, strength: 0.45 } }
    });
    let samples: Vec<Leaf> = samples.collect();
    let wood = Texture::Grain { frequency: 30.0, stretch: 12.0, seed: random.bits() as u32 };
    let table = Paint::plain([0.42, 0.31, 0.22]).textured(wood, 0.3);
    Box::new(Pile::new(frame, table, samples))
}
