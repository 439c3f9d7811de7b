//! Dead leaves as training needs them. Networks trained on them come close to those trained on photographs once every surface is
//! rough, with spectra from nearly white to smooth, and some things are out of focus (Achddou, Gousseau, Ladjal, Süsstrunk 2025, arXiv
//! 2504.10201). No two scenes have the same statistics: the smallest size, roughness, contrast, haze, focus and strands are drawn
//! for each.

use super::leaves::{LARGEST, Lit, MOST, direction, radius, shape};
use super::paint::{Colour, Paint, Palette, blend};
use super::pile::{Leaf, Pile, Shadow};
use super::shape::{Outline, Shape, length};
use super::texture::Texture;
use super::{Drawn, Frame, Seen};
use ravine_optim::{Random, Stream};

/// What all things of a scene have in common.
struct Habit {
    extent: [f32; 2],
    palette: Palette,
    sizes: [f64; 2],
    /// Relative contrast of the roughest surface.
    contrast: f64,
    /// The share of things that are strands, their direction and how far they stray from it.
    strands: f64,
    comb: [f32; 2],
    stray: f64,
}

/// Rough things of every size, strands of grass or hair among them, out of focus where far from the focal plane.
pub(super) fn thicket(seed: u64, frame: Frame) -> Box<dyn Drawn> {
    let extent = [frame.width, frame.height];
    let mut random = Random::new(seed, Stream::Scene, 7);
    let habit = Habit::draw(&mut random, extent);
    let focus = random.uniform();
    let aperture = if random.uniform() < 0.5 { 0.0 } else { random.between(0.0, 0.02) };
    let light = random.bits() as u32;
    let (veil, clearness) = (habit.palette.pick([0.5, 0.5], &mut random), random.between(0.2, 1.0) as f32);
    let backdrop = habit.paint(&mut random, [0.5, 0.5], 0.5);
    let leaves = (0..MOST).map(|k| {
        let mut leaf = habit.leaf(&mut random);
        let depth = k as f64 / (k as f64 + 300.0);
        leaf.blur = (aperture * (depth - focus).abs()) as f32;
        leaf
    });
    let pile = Pile::new(frame, backdrop, leaves);
    Box::new(Veiled { scene: Lit { pile, light }, veil, clearness })
}

/// A scene behind air that scatters light: `clearness` of its contrast is left.
struct Veiled {
    scene: Lit,
    veil: Colour,
    clearness: f32,
}

impl Drawn for Veiled {
    fn look(&self, x: f32, y: f32, footprint: f32) -> Seen {
        let Seen { colour, edge } = self.scene.look(x, y, footprint);
        Seen { colour: blend(self.veil, colour, self.clearness), edge }
    }
}

impl Habit {
    fn draw(random: &mut Random, extent: [f32; 2]) -> Self {
        let palette = Palette::draw(random);
        let things = random.between(2.0, 9.5); // squared: the longer side in smallest radii, 4 to 90, more often few
        let smallest = 1.0 / (things * things);
        Habit {
            extent,
            palette,
            sizes: [smallest, LARGEST],
            contrast: random.between(0.25, 1.3),
            strands: if random.uniform() < 0.4 { random.between(0.2, 0.9) } else { 0.0 },
            comb: direction(random),
            stray: random.between(0.05, 0.8),
        }
    }

    fn leaf(&self, random: &mut Random) -> Leaf {
        let shape = if random.uniform() < self.strands { self.strand(random) } else { shape(random, self.extent, self.sizes) };
        let paint = self.paint(random, shape.centre, length(shape.half[0], shape.half[1]));
        let shadow = Shadow { reach: (0.35 * shape.depth()).min(0.03), strength: random.between(0.1, 0.55) as f32 };
        Leaf { shape, paint, blur: 0.0, shadow }
    }

    /// A blade or a hair, that follows its neighbours.
    fn strand(&self, random: &mut Random) -> Shape {
        let long = radius(random, [self.sizes[0], 0.3]) * 3.0;
        let thin = long / random.between(8.0, 50.0) as f32;
        let [u, v] = direction(random).map(|d| d * self.stray as f32);
        let [u, v] = [self.comb[0] + u, self.comb[1] + v];
        let norm = length(u, v).max(1e-6);
        let outline = if random.uniform() < 0.5 { Outline::Bar } else { Outline::Lens };
        let centre = self.extent.map(|side| random.between(-0.1, side as f64 + 0.1) as f32);
        Shape { centre, axis: [u / norm, v / norm], half: [long, thin], outline }
    }

    /// A colour of the place, shaded and rough.
    fn paint(&self, random: &mut Random, centre: [f32; 2], size: f32) -> Paint {
        let steepness = random.uniform() * random.uniform() * 0.6;
        let shading = direction(random).map(|d| d * (steepness / size as f64) as f32);
        let (texture, strength) = self.texture(random, size);
        Paint::plain(self.palette.pick(centre, random)).shaded(shading).textured(texture, strength)
    }

    /// The roughness of a surface: mostly noise, whose amplitudes fall with frequency as f^−s, s uniform in 0.1..1.7.
    fn texture(&self, random: &mut Random, size: f32) -> (Texture, f32) {
        let seed = random.bits() as u32;
        let kind = random.uniform();
        let contrast = (self.contrast * random.between(0.2, 1.0)) as f32;
        // An octave of noise has half the amplitude of the next, if amplitudes per frequency are to be equal: gain = 2^(1−s), in steps.
        const GAINS: [f32; 9] = [1.866, 1.625, 1.414, 1.231, 1.072, 0.933, 0.812, 0.707, 0.616];
        let gain = GAINS[random.below(GAINS.len() as u64) as usize];
        let coarse = 1.0 / (size * random.between(0.2, 1.5) as f32).clamp(0.004, 0.3);
        let fine = 1.0 / (random.between(0.005, 0.03) as f32).min(size);
        match kind {
            k if k < 0.66 => (Texture::Fractal { frequency: coarse, gain, seed }, contrast / loudness(coarse, gain)),
            k if k < 0.80 => (
                Texture::Grain { frequency: coarse, stretch: random.between(2.0, 15.0) as f32, seed },
                contrast / loudness(coarse, 0.6),
            ),
            k if k < 0.88 => {
                let wobble = random.between(-0.5, 1.5).max(0.0) as f32;
                (Texture::Stripes { frequency: fine, wobble, seed }, 0.8 * contrast)
            }
            k if k < 0.93 => (Texture::Weave { frequency: fine }, 0.6 * contrast),
            _ => (Texture::Pebbles { frequency: fine, seed }, 0.8 * contrast),
        }
    }
}

/// The standard deviation of noise from `frequency` up to 256 waves: √Σ gain²ᵏ, and 0.3 of an octave alone.
fn loudness(frequency: f32, gain: f32) -> f32 {
    let (mut power, mut octave, mut f) = (0.0, 1.0, frequency);
    while f < 256.0 {
        power += octave;
        octave *= gain * gain;
        f *= 2.0;
    }
    0.3 * power.max(1.0).sqrt()
}
