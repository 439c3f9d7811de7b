//! The fused solver and its certificate have the same bits on any number of threads and at every instruction
//! level. A level that this processor lacks is named, not passed over in silence.
#![allow(clippy::print_stderr)]

use ravine_image::{Grid, Image, Rof};
use ravine_optim::{Level, Random, Solver, Stream};

/// Numbers whose exponents vary: sums of such numbers depend on their order.
fn rough(grid: Grid) -> Image {
    let mut random = Random::new(17, Stream::Data, 0);
    let pixels = (0..grid.len()).map(|_| (random.normal() * 2f64.powf(random.between(-20.0, 4.0))) as f32).collect();
    Image::new(grid, pixels).unwrap()
}

/// u, p and the sums after 41 iterations.
fn bits(grid: Grid, level: Level, threads: usize) -> (Vec<u32>, Vec<u32>, [u64; 3]) {
    let run = || {
        let mut rof = Rof::new(&rough(grid), 2.0).unwrap().at_level(level);
        let mut left = 41;
        while left > 0 {
            left -= rof.advance(left);
        }
        let c = rof.certificate();
        let of = |x: &[f32]| x.iter().map(|v| v.to_bits()).collect();
        (of(&rof.dual()), of(rof.iterate()), [c.primal, c.dual, c.gap].map(f64::to_bits))
    };
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(run)
}

const GRIDS: [Grid; 3] = [
    Grid { channels: 1, height: 311, width: 523 },
    Grid { channels: 3, height: 150, width: 101 },
    Grid { channels: 4, height: 1021, width: 10 },
];

#[test]
fn rof_has_the_same_bits_on_any_number_of_threads() {
    for grid in GRIDS {
        let one = bits(grid, Level::best(), 1);
        for threads in [2, 3, 8] {
            assert!(bits(grid, Level::best(), threads) == one, "{grid:?} on {threads} threads");
        }
    }
}

#[test]
fn rof_has_the_same_bits_at_every_level() {
    let (here, lacking): (Vec<_>, Vec<_>) = Level::ALL.into_iter().partition(|level| level.is_available());
    for level in lacking {
        eprintln!("SKIPPED: this processor has no {level:?}");
    }
    for grid in GRIDS {
        let baseline = bits(grid, Level::Baseline, 2);
        for level in &here {
            assert!(bits(grid, *level, 2) == baseline, "{grid:?} at {level:?}");
        }
    }
}
