//! Law: the same bits at every instruction level: baseline = AVX2 = AVX-512. A level that this processor lacks is named, not passed
//! over in silence.
#![allow(clippy::print_stderr)]

mod variants;

use ravine_optim::{Float, Level, vector};
use variants::{bits, wild};

const N: usize = 40_009; // three blocks, the last one with a tail

fn levels() -> Vec<Level> {
    let (here, lacking): (Vec<_>, Vec<_>) = Level::ALL.into_iter().partition(|level| level.is_available());
    for level in lacking {
        eprintln!("SKIPPED: this processor has no {level:?}");
    }
    here
}

#[test]
fn sums_have_the_same_bits_at_every_level() {
    fn law<F: Float>() {
        let (x, y) = (wild::<F>(N, 1), wild::<F>(N, 2));
        let sums = |level| {
            vector::sums_at(level, N, |i| {
                let (x, y) = (x[i].to_f64(), y[i].to_f64());
                [x, x * y, (x - y) * (x - y), x.abs().sqrt()]
            })
            .map(f64::to_bits)
        };
        let baseline = sums(Level::Baseline);
        for level in levels() {
            assert_eq!(sums(level), baseline, "{level:?}");
        }
    }
    law::<f32>();
    law::<f64>();
}

#[test]
fn rules_have_the_same_bits_at_every_level() {
    fn law<F: Float>() {
        for variant in variants::all() {
            let run = |level| {
                let mut update = variant.update::<F>();
                update.set_level(level);
                let (mut x, mut room) = (wild::<F>(N, 1), wild::<F>(N, 1));
                update.start(&x);
                let mut probes = Vec::new();
                for t in 0..5 {
                    update.begin(t);
                    probes.extend(bits(update.probe(&x, &mut room)));
                    update.update(&mut x, &wild::<F>(N, 2 + t), 1.0);
                }
                (bits(&x), bits(update.answer(&x, &mut room)), probes)
            };
            let baseline = run(Level::Baseline);
            for level in levels() {
                assert!(run(level) == baseline, "{} at {level:?}", variant.name());
            }
        }
    }
    law::<f32>();
    law::<f64>();
}
