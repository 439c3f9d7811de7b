//! Colours with the statistics of photographs, and what covers a surface: colour, shading, texture.

use super::texture::{Texture, mix, noise};
use ravine_optim::Random;

/// Red, green, blue.
pub(super) type Colour = [f32; 3];

/// The grey that a colour is seen as (Rec. 601).
pub(super) fn luminance([r, g, b]: Colour) -> f32 {
    0.299 * r + 0.587 * g + 0.114 * b
}

/// The colour of luminance `l` with red − green = `rg` and (red + green)/2 − blue = `yb`.
pub(super) fn opponent(l: f32, rg: f32, yb: f32) -> Colour {
    let g = l - 0.356 * rg + 0.114 * yb;
    [g + rg, g, g + 0.5 * rg - yb]
}

/// `0xrrggbb`
pub(super) fn rgb(hex: u32) -> Colour {
    [hex >> 16, hex >> 8, hex].map(|v| (v & 255) as f32 / 255.0)
}

/// a at t = 0, b at t = 1.
pub(super) fn blend(a: Colour, b: Colour, t: f32) -> Colour {
    std::array::from_fn(|c| mix(a[c], b[c], t))
}

/// Into 0..1 without a plateau: unchanged from 0.08 to 0.92, and bent towards 0 and 1 beyond, with slope 1 at the joints.
pub(super) fn soft_clip(v: f32) -> f32 {
    const KNEE: f32 = 0.08;
    let bend = |excess: f32| KNEE * excess / (KNEE + excess);
    if v < KNEE {
        KNEE - bend(KNEE - v)
    } else if v > 1.0 - KNEE {
        1.0 - KNEE + bend(v - (1.0 - KNEE))
    } else {
        v
    }
}

/// What covers a surface. Coordinates are those of its shape.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    /// The colour at the centre.
    pub(super) colour: Colour,
    /// Relative change of brightness per unit along u and v.
    pub(super) shading: [f32; 2],
    /// Another colour towards which this one changes, all the way where a·u + b·v + c = 1.
    pub(super) fade: Option<(Colour, [f32; 3])>,
    /// The texture and its relative strength.
    pub(super) texture: Option<(Texture, f32)>,
}

impl Paint {
    /// One colour.
    pub(super) fn plain(colour: Colour) -> Self {
        Paint { colour, shading: [0.0; 2], fade: None, texture: None }
    }

    /// The same with a texture.
    pub(super) fn textured(self, texture: Texture, strength: f32) -> Self {
        Paint { texture: Some((texture, strength)), ..self }
    }

    /// The same, brighter along (u, v).
    pub(super) fn shaded(self, shading: [f32; 2]) -> Self {
        Paint { shading, ..self }
    }

    /// The same, changing to `other` where a·u + b·v + c goes from 0 to 1.
    pub(super) fn fading(self, other: Colour, ramp: [f32; 3]) -> Self {
        Paint { fade: Some((other, ramp)), ..self }
    }

    /// Whether one look over `footprint` may miss the mean by more than about a hundredth, because of the texture.
    pub(super) fn is_finer_than(&self, footprint: f32) -> bool {
        self.texture.is_some_and(|(texture, strength)| strength * texture.roughness(footprint) > 0.03)
    }

    /// The colour at a local point, seen over `footprint`.
    pub(super) fn at(&self, [u, v]: [f32; 2], footprint: f32) -> Colour {
        let mut light = 1.0 + self.shading[0] * u + self.shading[1] * v;
        if let Some((texture, strength)) = self.texture {
            light += strength * texture.at(u, v, footprint);
        }
        let colour = match self.fade {
            Some((other, [a, b, c])) => blend(self.colour, other, (a * u + b * v + c).clamp(0.0, 1.0)),
            None => self.colour,
        };
        colour.map(|c| c * light)
    }
}

/// The colours of one scene: a few materials under one light, each at home in its own regions.
///
/// Opponent axes are nearly independent in photographs, and yellow–blue is the wider one (Ruderman, Cronin, Chiao 1998).
#[derive(Debug, Clone)]
pub(super) struct Palette {
    materials: Vec<Material>,
    tint: [f32; 2],
}

#[derive(Debug, Clone)]
struct Material {
    luminance: f32,
    rg: f32,
    yb: f32,
    home: u32, // the seed of the field that says where it is found
}

impl Palette {
    /// Drawn from `random`.
    pub(super) fn draw(random: &mut Random) -> Self {
        let exposure = random.between(0.85, 1.35) as f32;
        let tint = [random.between(-0.06, 0.10) as f32, random.between(-0.05, 0.3) as f32];
        let count = 4 + random.below(5);
        let materials = (0..count).map(|k| {
            let mut between = |low: f64, high: f64| random.between(low, high) as f32;
            let brightness = (k as f32 + between(0.0, 1.0)) / count as f32; // one of each tone
            let saturation = between(0.1, 1.0);
            Material {
                luminance: exposure * (0.12 + 0.78 * brightness * (0.5 + 0.5 * brightness)),
                rg: saturation * between(-0.4, 0.6),
                yb: saturation * between(-0.7, 0.7),
                home: random.bits() as u32,
            }
        });
        Palette { materials: materials.collect(), tint }
    }

    /// A colour of one of the materials that are found about `place`.
    pub(super) fn pick(&self, place: [f32; 2], random: &mut Random) -> Colour {
        let mut best = (f32::NEG_INFINITY, &self.materials[0]);
        for material in &self.materials {
            let presence = noise(2.0 * place[0], 2.0 * place[1], material.home) + random.between(0.0, 0.7) as f32;
            if presence > best.0 {
                best = (presence, material);
            }
        }
        let mut between = |low: f64, high: f64| random.between(low, high) as f32;
        let Material { luminance, rg, yb, .. } = best.1;
        let l = luminance * between(0.7, 1.3);
        opponent(l, l * (self.tint[0] + rg * between(0.6, 1.2)), l * (self.tint[1] + yb * between(0.6, 1.2)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opponent_colours_have_the_luminance_asked() {
        let c = opponent(0.4, 0.1, -0.2);
        assert!((luminance(c) - 0.4).abs() < 1e-3);
        assert!((c[0] - c[1] - 0.1).abs() < 1e-6 && ((c[0] + c[1]) / 2.0 - c[2] + 0.2).abs() < 1e-6);
    }

    #[test]
    fn the_soft_clip_is_monotone_and_inside() {
        let values: Vec<f32> = (-300..600).map(|k| soft_clip(k as f32 / 300.0)).collect();
        assert!(values.windows(2).all(|w| w[0] < w[1]) && values.iter().all(|v| (0.0..=1.0).contains(v)));
        assert_eq!(soft_clip(0.5), 0.5);
    }
}
