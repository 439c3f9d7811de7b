//! What a surface looks like from near: noise of a 1/f spectrum, grain, stripes, woven cloth, pebbles.
//!
//! Every texture is a function of continuous coordinates with mean about 0 and values about −1..1, and takes a footprint: the side
//! of the cell over which it is seen. Whatever is finer than the footprint fades out, so that no sampling aliases.
//! Only + − × ÷ √ are used: the same bits on every machine.

/// A texture, in the coordinates (u, v) of the surface that carries it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Texture {
    /// Octaves of noise from `frequency` up, each `gain` times the one before: gain 1 gives the power spectrum 1/f² of
    /// photographs, gain ½ the smooth 1/f⁴.
    Fractal { frequency: f32, gain: f32, seed: u32 },
    /// The same, drawn out along u: wood, hair, grass.
    Grain { frequency: f32, stretch: f32, seed: u32 },
    /// Stripes across u, `wobble` turns out of true.
    Stripes { frequency: f32, wobble: f32, seed: u32 },
    /// Threads over and under each other.
    Weave { frequency: f32 },
    /// Round stones, each of its own tone.
    Pebbles { frequency: f32, seed: u32 },
}

impl Texture {
    /// At (u, v), seen over a cell of side `footprint`.
    pub(super) fn at(&self, u: f32, v: f32, footprint: f32) -> f32 {
        match *self {
            Texture::Fractal { frequency, gain, seed } => fractal(u, v, frequency, gain, footprint, seed),
            Texture::Grain { frequency, stretch, seed } => fractal(u / stretch, v, frequency, 0.6, footprint, seed),
            Texture::Stripes { frequency, wobble, seed } => {
                let shift = if wobble > 0.0 { wobble * noise(u * frequency * 0.15, v * frequency * 0.15, seed) } else { 0.0 };
                visible(frequency, footprint) * sine(u * frequency + shift)
            }
            Texture::Weave { frequency } => visible(frequency, footprint) * weave(u * frequency, v * frequency),
            Texture::Pebbles { frequency, seed } => visible(frequency, footprint) * pebbles(u * frequency, v * frequency, seed),
        }
    }

    /// About how much it changes within a cell.
    pub(super) fn roughness(&self, footprint: f32) -> f32 {
        match *self {
            Texture::Fractal { .. } | Texture::Grain { .. } => 0.1,
            Texture::Stripes { frequency, .. } | Texture::Weave { frequency } | Texture::Pebbles { frequency, .. } => {
                frequency * footprint
            }
        }
    }
}

/// How much of a wave of this frequency survives the mean over a cell: sin(πt)/πt ≈ 1 − 1.6 t² waves a cell, and nothing from 0.8.
pub(super) fn visible(frequency: f32, footprint: f32) -> f32 {
    let t = frequency * footprint;
    (1.0 - 1.6 * t * t).max(0.0)
}

/// Σ gainᵏ · noise(2ᵏ·frequency·(u, v)) over the octaves that the footprint can show.
pub(super) fn fractal(u: f32, v: f32, frequency: f32, gain: f32, footprint: f32, seed: u32) -> f32 {
    let (mut sum, mut amplitude, mut f) = (0.0, 1.0, frequency);
    for octave in 0..10 {
        let seen = visible(f, footprint);
        if seen == 0.0 {
            break;
        }
        sum += seen * amplitude * noise(u * f, v * f, seed.wrapping_add(octave));
        amplitude *= gain;
        f *= 2.0;
    }
    sum
}

/// Over and under: where warp and weft cross, one of them is on top, in the manner of a chessboard.
fn weave(u: f32, v: f32) -> f32 {
    let (i, j) = (floor(u), floor(v));
    let (s, t) = (u - i as f32 - 0.5, v - j as f32 - 0.5);
    let (across, along) = if (i + j) & 1 == 0 { (s, t) } else { (t, s) };
    1.0 - 6.0 * across * across - 1.5 * along * along - 0.3
}

/// The nearest of the points scattered one a cell (Worley 1996), as a dome with its own tone.
fn pebbles(u: f32, v: f32, seed: u32) -> f32 {
    let (i, j) = (floor(u), floor(v));
    let mut best = (f32::INFINITY, 0);
    for b in j - 1..=j + 1 {
        for a in i - 1..=i + 1 {
            let h = hash(a, b, seed);
            let (du, dv) = (a as f32 + unit(h) - u, b as f32 + unit(h.rotate_left(16)) - v);
            let d = du * du + dv * dv;
            if d < best.0 {
                best = (d, h);
            }
        }
    }
    0.6 - 2.2 * best.0 + 0.8 * (unit(best.1.rotate_left(8)) - 0.5)
}

/// Gradient noise (Perlin 2002) of frequency 1: smooth, mean 0, values about −1..1.
pub(super) fn noise(u: f32, v: f32, seed: u32) -> f32 {
    let (i, j) = (floor(u), floor(v));
    let (s, t) = (u - i as f32, v - j as f32);
    let corner = |di: i32, dj: i32| {
        let h = hash(i + di, j + dj, seed);
        let (gu, gv) = ((h & 0xffff) as f32 - 32767.5, (h >> 16) as f32 - 32767.5);
        (gu * (s - di as f32) + gv * (t - dj as f32)) * (1.0 / 20_000.0)
    };
    let (a, b) = (fade(s), fade(t));
    let top = mix(corner(0, 0), corner(1, 0), a);
    let bottom = mix(corner(0, 1), corner(1, 1), a);
    mix(top, bottom, b)
}

/// sin 2πt to 1e-3: a parabola per half turn, sharpened once.
pub(super) fn sine(t: f32) -> f32 {
    let s = t - floor(t + 0.5) as f32;
    let y = 8.0 * s - 16.0 * s * s.abs();
    0.225 * (y * y.abs() - y) + y
}

/// From 0 to 1 with no corner (Perlin's quintic), for t in 0..1.
fn fade(t: f32) -> f32 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

/// a at t = 0, b at t = 1.
pub(super) fn mix(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

/// The integer below.
fn floor(x: f32) -> i32 {
    let i = x as i32;
    i - (x < i as f32) as i32
}

/// Uniform in [0, 1) from the low 16 bits.
fn unit(h: u32) -> f32 {
    (h & 0xffff) as f32 * (1.0 / 65536.0)
}

/// 32 well mixed bits of a lattice point.
fn hash(i: i32, j: i32, seed: u32) -> u32 {
    let mut h = (i as u32).wrapping_mul(0x9e37_79b1) ^ (j as u32).wrapping_mul(0x85eb_ca77) ^ seed.wrapping_mul(0xc2b2_ae3d);
    h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
    h = (h ^ (h >> 12)).wrapping_mul(0x297a_2d39);
    h ^ (h >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sine_is_close_to_sine() {
        for k in -300..300 {
            let t = k as f32 / 97.0;
            assert!((sine(t) - (t * std::f32::consts::TAU).sin()).abs() < 2e-3, "{t}");
        }
    }

    #[test]
    fn noise_is_centred_continuous_and_keyed() {
        let values: Vec<f32> = (0..40_000).map(|k| noise((k % 200) as f32 * 0.37, (k / 200) as f32 * 0.41 - 30.0, 5)).collect();
        let mean = values.iter().sum::<f32>() / 4e4;
        let spread = (values.iter().map(|v| v * v).sum::<f32>() / 4e4).sqrt();
        assert!(mean.abs() < 0.02 && (0.2..0.5).contains(&spread), "{mean} {spread}");
        for k in 0..50 {
            let x = k as f32 - 25.0;
            assert!((noise(x - 1e-4, 0.3, 1) - noise(x + 1e-4, 0.3, 1)).abs() < 2e-3);
        }
        assert_ne!(noise(0.3, 0.7, 1), noise(0.3, 0.7, 2));
    }

    #[test]
    fn what_is_finer_than_the_footprint_fades() {
        let all = [
            Texture::Fractal { frequency: 50.0, gain: 0.6, seed: 1 },
            Texture::Grain { frequency: 50.0, stretch: 8.0, seed: 1 },
            Texture::Stripes { frequency: 50.0, wobble: 0.5, seed: 1 },
            Texture::Weave { frequency: 50.0 },
            Texture::Pebbles { frequency: 50.0, seed: 1 },
        ];
        for texture in all {
            assert_eq!(texture.at(0.123, 0.456, 0.1), 0.0, "{texture:?}");
            let near: Vec<f32> = (0..400).map(|k| texture.at((k % 20) as f32 * 0.013, (k / 20) as f32 * 0.017, 1e-4)).collect();
            let mean = near.iter().sum::<f32>() / 400.0;
            assert!(mean.abs() < 0.25 && near.iter().all(|v| v.abs() < 2.5), "{texture:?} {mean}");
            assert!(near.iter().any(|v| v.abs() > 0.2), "{texture:?}");
        }
    }
}
