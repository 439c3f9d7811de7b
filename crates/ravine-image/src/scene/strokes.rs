//! Strokes of a pen: a small alphabet, and pages written with it.

use super::paint::{Paint, rgb};
use super::pile::{Leaf, Pile};
use super::shape::{Outline, Shape, length};
use super::texture::Texture;
use super::{Drawn, Frame};
use ravine_optim::{Random, Stream};

/// The letters on a lattice 4 wide and 6 high: points as two digits (column, row), polylines separated by `/`.
const LETTERS: [&str; 26] = [
    "06 20 46/14 34",
    "00 30 41 42 33 03/33 44 45 36 06 00",
    "41 30 10 01 05 16 36 45",
    "00 20 41 45 26 06 00",
    "40 00 06 46/03 33",
    "40 00 06/03 33",
    "41 30 10 01 05 16 36 45 43 23",
    "00 06/40 46/03 43",
    "20 26/10 30/16 36",
    "40 45 36 16 05",
    "00 06/40 03 46",
    "00 06 46",
    "06 00 23 40 46",
    "06 00 46 40",
    "10 30 41 45 36 16 05 01 10",
    "06 00 30 41 42 33 03",
    "10 30 41 45 36 16 05 01 10/24 46",
    "06 00 30 41 42 33 03/23 46",
    "41 30 10 01 02 13 33 44 45 36 16 05",
    "00 40/20 26",
    "00 05 16 36 45 40",
    "00 26 40",
    "00 16 23 36 40",
    "00 46/40 06",
    "00 23 40/23 26",
    "00 40 06 46",
];

/// From one letter to the next, in sixths of their height.
const ADVANCE: f32 = 5.6;

/// Where a text begins and how it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hand {
    /// The upper left corner of the first letter.
    pub(super) corner: [f32; 2],
    /// The height of a letter.
    pub(super) height: f32,
    /// The width of the pen.
    pub(super) pen: f32,
    /// How far right the top leans over the foot, as a part of the height.
    pub(super) slant: f32,
}

impl Hand {
    /// The strokes of `text`; what is not a letter is a gap.
    pub(super) fn write(&self, text: &str, paint: Paint) -> Vec<Leaf> {
        let unit = self.height / 6.0;
        let mut strokes = Vec::new();
        for (k, letter) in text.bytes().enumerate() {
            let left = self.corner[0] + k as f32 * ADVANCE * unit;
            let point = |digits: &str| {
                let (u, v) = ((digits.as_bytes()[0] - b'0') as f32, (digits.as_bytes()[1] - b'0') as f32);
                [left + u * unit + self.slant * (6.0 - v) * unit, self.corner[1] + v * unit]
            };
            for line in letter_lines(letter) {
                let points: Vec<[f32; 2]> = line.split(' ').map(point).collect();
                strokes.extend(points.windows(2).map(|ends| Leaf::new(segment(ends[0], ends[1], self.pen), paint)));
            }
        }
        strokes
    }

    /// The width of `letters` letters.
    pub(super) fn width(&self, letters: usize) -> f32 {
        (letters as f32 * ADVANCE - (ADVANCE - 4.0)).max(0.0) * self.height / 6.0
    }
}

fn letter_lines(letter: u8) -> impl Iterator<Item = &'static str> {
    let index = letter.to_ascii_uppercase().wrapping_sub(b'A') as usize;
    LETTERS.get(index).into_iter().flat_map(|lines| lines.split('/'))
}

/// The stroke of a round pen from one point to another.
pub(super) fn segment(from: [f32; 2], to: [f32; 2], pen: f32) -> Shape {
    let [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    let long = length(dx, dy);
    Shape {
        centre: [(from[0] + to[0]) / 2.0, (from[1] + to[1]) / 2.0],
        axis: if long > 0.0 { [dx / long, dy / long] } else { [1.0, 0.0] },
        half: [(long + pen) / 2.0, pen / 2.0],
        outline: Outline::Bar,
    }
}

/// A page: lines of words in several sizes of ink on paper, with a heading, a rule and an initial on a coloured ground.
pub(super) fn strokes(seed: u64, frame: Frame) -> Box<dyn Drawn> {
    let Frame { width, height, .. } = frame;
    let mut random = Random::new(seed, Stream::Scene, 2);
    let ink = Paint::plain(rgb(0x23262e));
    let red = Paint::plain(rgb(0xa83a2c));
    let paper =
        Paint::plain(rgb(0xe9e2d0)).textured(Texture::Fractal { frequency: 20.0, gain: 0.8, seed: random.bits() as u32 }, 0.02);
    let margin = 0.06;
    let mut page = Vec::new();
    let mut top = margin;
    let mut paragraph = 0;
    while top < height - margin {
        let size = if paragraph == 0 { 0.07 } else { [0.034, 0.026, 0.02, 0.015][(paragraph - 1) % 4] };
        let slant = if paragraph % 3 == 2 { 0.25 } else { 0.0 };
        let paint = if paragraph % 5 == 3 { red } else { ink };
        for _ in 0..if paragraph == 0 { 1 } else { 3 } {
            let hand = Hand { corner: [margin, top], height: size, pen: size * 0.11, slant };
            page.extend(hand.write(&line(&mut random, &hand, width - 2.0 * margin), paint));
            top += 1.6 * size;
        }
        let rule = [[margin, top + 0.004], [width - margin, top + 0.004]];
        page.push(Leaf::new(segment(rule[0], rule[1], 0.0015), red));
        top += 0.022;
        paragraph += 1;
    }
    Box::new(Pile::new(frame, paper, page))
}

/// Words as wide as `room`.
fn line(random: &mut Random, hand: &Hand, room: f32) -> String {
    const VOWELS: &[u8] = b"AEIOU";
    const CONSONANTS: &[u8] = b"BCDFGHJKLMNPQRSTVWXYZ";
    let mut text = String::new();
    loop {
        let letters = 2 + random.below(7) as usize;
        if hand.width(text.len() + letters) > room {
            return text;
        }
        for k in 0..letters {
            let choice = if k % 2 == 0 { CONSONANTS } else { VOWELS };
            text.push(choice[random.below(choice.len() as u64) as usize] as char);
        }
        text.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_has_strokes_inside_its_box() {
        let hand = Hand { corner: [0.0, 0.0], height: 6.0, pen: 0.5, slant: 0.0 };
        for letter in 'A'..='Z' {
            let strokes = hand.write(&letter.to_string(), Paint::plain([0.0; 3]));
            assert!(strokes.len() >= 2, "{letter}");
            for stroke in strokes {
                let ([x0, x1], [y0, y1]) = stroke.shape.bounds();
                assert!(x0 > -0.5 && x1 < 4.5 && y0 > -0.5 && y1 < 6.5, "{letter}");
            }
        }
        assert!(hand.write("3 -é", Paint::plain([0.0; 3])).is_empty());
    }
}
