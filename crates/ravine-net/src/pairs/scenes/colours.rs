//! The differences of colour of a photograph: softer than its brightness, because its camera saw one colour a pixel and its file kept
//! every second one, and of any strength.

use ravine_image::{Image, luma_chroma, smooth};
use ravine_optim::Random;

/// The differences of colour are multiplied by a number uniform between these.
const STRENGTH: [f64; 2] = [0.8, 1.8];
/// They are smoothed fewer times than this, each time by [1 2 1]/4 along rows and columns.
const SMOOTHED: u64 = 3;

/// A drawn scene of three channels with the colours of a photograph, in 0..1.
pub(super) fn photographed(scene: &mut Image, random: &mut Random) {
    let strength = random.between(STRENGTH[0], STRENGTH[1]) as f32;
    let times = random.below(SMOOTHED);
    let width = scene.grid().width;
    luma_chroma::split(scene);
    for channel in 1..3 {
        let plane = scene.plane_mut(channel);
        plane.iter_mut().for_each(|v| *v = 0.5 + strength * (*v - 0.5));
        (0..times).for_each(|_| smooth(plane, width));
    }
    luma_chroma::join(scene);
    scene.pixels_mut().iter_mut().for_each(|v| *v = v.clamp(0.0, 1.0));
}

#[cfg(test)]
mod tests {
    use super::*;
    use ravine_image::Grid;

    #[test]
    fn brightness_stays_and_colours_are_of_any_strength_and_softness() {
        let drawn = Image::from_fn(Grid::new(3, 24, 32), |c, y, x| 0.3 + 0.02 * ((5 * c + 3 * y * (c + 1) + 7 * x) % 11) as f32);
        let roughness = |image: &Image, channel: usize| {
            image.plane(channel).chunks(32).flat_map(|row| row.windows(2)).map(|v| (v[1] - v[0]).powi(2)).sum::<f32>()
        };
        let mut ratios = Vec::new();
        for key in 0..20 {
            let mut seen = drawn.clone();
            photographed(&mut seen, &mut Random::new(key, ravine_optim::Stream::Scene, 0));
            let mut planes = [drawn.clone(), seen];
            planes.iter_mut().for_each(luma_chroma::split);
            let [before, after] = planes;
            assert!(before.plane(0).iter().zip(after.plane(0)).all(|(a, b)| (a - b).abs() < 1e-5));
            ratios.extend((1..3).map(|c| roughness(&after, c) / roughness(&before, c)));
        }
        let (least, most) = ratios.iter().fold((f32::INFINITY, 0.0f32), |(l, m), r| (l.min(*r), m.max(*r)));
        assert!((1.2f32.powi(2)..=1.81f32.powi(2)).contains(&most), "the strongest that is not smoothed: {most}");
        assert!(least < 0.1, "the softest: {least}");
    }
}
