//! Dead leaves: things of every size that fall on each other (Matheron 1968), with sizes of density r⁻³, for which the picture
//! looks alike at every scale as photographs do (Lee, Mumford, Huang 2001). With textures inside and a lens that has a
//! depth of field, such pictures train restoration networks almost as well as photographs (Achddou, Gousseau, Ladjal 2021, 2023;
//! Achddou, Gousseau, Ladjal, Süsstrunk 2025, arXiv 2504.10201).
//!
//! Medians of 31 scenes of 481 × 321, beside those of the 200 photographs of BSDS500 train (10th to 90th percentile):
//!
//! | luminance | scenes | photographs |
//! |---|---|---|
//! | slope of the power spectrum, 3/321 to 0.4 cycles a pixel | −2.26 | −2.42 (−2.75 … −1.91) |
//! | kurtosis of horizontal differences | 17.9 | 16.3 (8.0 … 46) |
//! | differences below 1.5/255 | 0.38 | 0.30 (0.14 … 0.56) |
//! | mean | 0.46 | 0.44 (0.29 … 0.57) |
//! | standard deviation | 0.24 | 0.19 (0.12 … 0.27) |
//! | skewness | 0.44 | 0.35 (−0.58 … 1.36) |
//! | correlation of red and green, red and blue, green and blue | 0.98, 0.96, 0.95 | 0.96, 0.88, 0.95 |
//!
//! Above 0.1 cycles a pixel scenes fall more steeply (−3.1) than photographs from files (−2.3), which hold noise and sharpening.

use super::paint::{Paint, Palette};
use super::pile::{Leaf, Pile, Shadow};
use super::shape::{Outline, Shape, length};
use super::texture::{Texture, fractal};
use super::{Drawn, Frame, Seen};
use ravine_optim::{Random, Stream};

/// The smallest and the largest radius, relative to the longer side of the picture.
const SIZES: [f64; 2] = [1.0 / 120.0, LARGEST];
/// Nothing is longer.
pub(super) const LARGEST: f64 = 0.6;
/// A pile that is not closed by then shows its backdrop.
pub(super) const MOST: usize = 20_000;

/// Photograph-like: every size, shape, texture, shading, shadows, and out of focus where far from the focal plane.
pub(super) fn leaves(seed: u64, frame: Frame) -> Box<dyn Drawn> {
    let Frame { width, height, .. } = frame;
    let mut random = Random::new(seed, Stream::Scene, 0);
    let palette = Palette::draw(&mut random);
    let focus = random.uniform();
    let aperture = if random.uniform() < 0.5 { 0.0 } else { random.between(0.0, 0.012) };
    let light = random.bits() as u32;
    let pile = Pile::new(
        frame,
        Paint::plain(palette.pick([0.5, 0.5], &mut random)),
        (0..MOST).map(|k| {
            let mut leaf = leaf(&mut random, &palette, [width, height]);
            let depth = k as f64 / (k as f64 + 700.0);
            leaf.blur = (aperture * (depth - focus).abs()) as f32;
            leaf
        }),
    );
    Box::new(Lit { pile, light })
}

/// The same outlines in flat colours, sharp: what total variation is made for.
pub(super) fn cartoon(seed: u64, frame: Frame) -> Box<dyn Drawn> {
    let Frame { width, height, .. } = frame;
    let mut random = Random::new(seed, Stream::Scene, 1);
    let palette = Palette::draw(&mut random);
    let backdrop = Paint::plain(palette.pick([0.5, 0.5], &mut random));
    let flat = (0..MOST).map(|_| {
        let leaf = leaf(&mut random, &palette, [width, height]);
        Leaf::new(leaf.shape, Paint::plain(leaf.paint.colour))
    });
    Box::new(Pile::new(frame, backdrop, flat.filter(|leaf| leaf.shape.depth() > 0.006)))
}

/// A pile under light that varies slowly over the picture.
pub(super) struct Lit {
    pub(super) pile: Pile,
    pub(super) light: u32,
}

impl Drawn for Lit {
    fn look(&self, x: f32, y: f32, footprint: f32) -> Seen {
        let light = 1.0 + 0.25 * fractal(x, y, 0.9, 0.4, 0.4, self.light);
        let Seen { colour, edge } = self.pile.look(x, y, footprint);
        Seen { colour: colour.map(|v| v * light), edge }
    }
}

/// A thing of random size, place, outline and paint.
fn leaf(random: &mut Random, palette: &Palette, extent: [f32; 2]) -> Leaf {
    let shape = shape(random, extent, SIZES);
    let size = length(shape.half[0], shape.half[1]);
    let mut paint = Paint::plain(palette.pick(shape.centre, random));
    paint.shading = {
        let steepness = random.uniform() * random.uniform() * 0.6;
        let [c, s] = direction(random);
        [c, s].map(|v| v * steepness as f32 / size)
    };
    if let Some((texture, strength)) = texture(random, size) {
        paint = paint.textured(texture, strength);
    }
    let reach = (0.35 * shape.depth()).min(0.03);
    let shadow = Shadow { reach, strength: random.between(0.1, 0.55) as f32 };
    Leaf { shape, paint, blur: 0.0, shadow }
}

/// Radius of density r⁻³ between the smallest and the largest: 1/r² is uniform.
pub(super) fn radius(random: &mut Random, [smallest, largest]: [f64; 2]) -> f32 {
    let inverse = |r: f64| 1.0 / (r * r);
    (1.0 / random.between(inverse(largest), inverse(smallest)).sqrt()) as f32
}

/// A unit vector.
pub(super) fn direction(random: &mut Random) -> [f32; 2] {
    loop {
        let [x, y] = [random.between(-1.0, 1.0), random.between(-1.0, 1.0)];
        let r = (x * x + y * y).sqrt();
        if r > 0.05 && r < 1.0 {
            return [(x / r) as f32, (y / r) as f32];
        }
    }
}

/// A thing of any outline about somewhere, with a radius of these `sizes`.
pub(super) fn shape(random: &mut Random, extent: [f32; 2], sizes: [f64; 2]) -> Shape {
    let r = radius(random, sizes);
    let kind = random.uniform();
    // Thin things are longer than their radius, by up to the square root of their slenderness.
    let slender = if (0.62..0.72).contains(&kind) { random.between(6.0, 40.0) } else { random.between(1.0, 2.6) } as f32;
    let half = [(r * slender.sqrt()).min(LARGEST as f32), r / slender.sqrt()];
    let outline = match kind {
        k if k < 0.26 => Outline::Ellipse,
        k if k < 0.50 => Outline::Polygon(cuts(random, half)),
        k if k < 0.62 => Outline::Rectangle,
        k if k < 0.72 => Outline::Bar,
        k if k < 0.80 => Outline::Lens,
        k if k < 0.84 => Outline::Ring { width: half[1] * random.between(0.1, 0.6) as f32 },
        _ => {
            let frequency = random.between(0.7, 2.5) as f32 / half[1];
            Outline::Blob { strength: random.between(0.1, 0.4) as f32, frequency, seed: random.bits() as u32 }
        }
    };
    let reach = half[0];
    let mut place = |side: f32| random.between(-reach as f64, (side + reach) as f64) as f32;
    let centre = [place(extent[0]), place(extent[1])];
    // Photographs have more edges along the axes than between (Switkes, Mayer, Sloan 1978).
    let axis = match random.uniform() {
        t if t < 0.12 => [1.0, 0.0],
        t if t < 0.24 => [0.0, 1.0],
        _ => direction(random),
    };
    Shape { centre, axis, half, outline }
}

/// Four cuts off the corners of a box of a × b.
fn cuts(random: &mut Random, [a, b]: [f32; 2]) -> [[f32; 3]; 4] {
    std::array::from_fn(|_| {
        let [nu, nv] = direction(random);
        let far = length(a * nu, b * nv);
        [nu, nv, far * random.between(0.35, 1.2) as f32]
    })
}

/// What a thing of this size may carry: a roughness that is often faint.
fn texture(random: &mut Random, size: f32) -> Option<(Texture, f32)> {
    let seed = random.bits() as u32;
    let mut between = |low: f64, high: f64| random.between(low, high) as f32;
    let kind = between(0.0, 1.0);
    let strength = between(0.1, 1.0) * between(0.1, 1.0) * 0.55;
    // Textures have a scale of their own, and are no coarser than what they cover.
    let coarse = 1.0 / (size * between(0.1, 1.0)).clamp(0.003, 0.05);
    let fine = 1.0 / between(0.006, 0.03).min(size);
    match kind {
        k if k < 0.12 => None,
        k if k < 0.60 => Some((Texture::Fractal { frequency: coarse, gain: between(0.7, 1.1), seed }, strength)),
        k if k < 0.78 => Some((Texture::Grain { frequency: coarse, stretch: between(3.0, 15.0), seed }, strength)),
        k if k < 0.86 => Some((Texture::Stripes { frequency: fine, wobble: between(-0.5, 1.0).max(0.0), seed }, 0.8 * strength)),
        k if k < 0.93 => Some((Texture::Weave { frequency: fine }, 0.6 * strength)),
        _ => Some((Texture::Pebbles { frequency: fine, seed }, 0.8 * strength)),
    }
}
