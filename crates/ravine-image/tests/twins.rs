//! Fast code and its plain twin give the same bits.

use ravine_image::rof::plain;
use ravine_image::{Grid, Image, Rof};
use ravine_optim::{Random, Solver, Stream};

/// Numbers whose exponents vary: sums of such numbers depend on their order.
fn rough(grid: Grid, seed: u64) -> Image {
    let mut random = Random::new(seed, Stream::Data, 0);
    let pixels = (0..grid.len()).map(|_| (random.normal() * 2f64.powf(random.between(-12.0, 2.0))) as f32).collect();
    Image::new(grid, pixels).unwrap()
}

fn bits(x: &[f32]) -> Vec<u32> {
    x.iter().map(|v| v.to_bits()).collect()
}

fn advance(rof: &mut Rof, iterations: u64) {
    let mut done = 0;
    while done < iterations {
        done += rof.advance(iterations - done);
    }
}

fn agree(grid: Grid, lambda: f64, iterations: u64) {
    let f = rough(grid, grid.len() as u64);
    let twin = plain::rof(&f, lambda, iterations);
    let mut rof = Rof::new(&f, lambda).unwrap();
    advance(&mut rof, iterations);
    assert_eq!(bits(&rof.dual()), bits(&twin.p), "p of {grid:?} after {iterations}");
    assert_eq!(bits(rof.iterate()), bits(&twin.u), "u of {grid:?} after {iterations}");
}

#[test]
fn rof_is_its_plain_twin_on_every_shape() {
    for (height, width) in [(1, 1), (1, 2), (2, 1), (1, 17), (17, 1), (2, 2), (5, 3), (13, 31), (64, 16), (97, 101), (40, 129)] {
        for channels in 1..=4 {
            for iterations in [1, 2, 37] {
                agree(Grid::new(channels, height, width), 3.0, iterations);
            }
        }
    }
}

#[test]
fn rof_is_its_plain_twin_on_wide_rows_and_many_bands() {
    for threads in [1, 2, 3, 8] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            agree(Grid::new(1, 257, 511), 8.0, 33);
            agree(Grid::new(3, 131, 1025), 8.0, 19);
            agree(Grid::new(1, 40, 20_011), 8.0, 9);
        });
    }
}

#[test]
fn rof_does_not_depend_on_how_iterations_are_bundled() {
    let f = rough(Grid::new(1, 61, 67), 5);
    let answer = |bundle: u64| {
        let mut rof = Rof::new(&f, 5.0).unwrap();
        (0..60 / bundle).for_each(|_| advance(&mut rof, bundle));
        bits(rof.iterate())
    };
    assert_eq!(answer(60), answer(1));
    assert_eq!(answer(60), answer(5));
}

#[test]
fn rof_follows_its_twin_past_the_end_of_acceleration() {
    // σ reaches 100 after some 700 iterations at this λ.
    agree(Grid::new(1, 9, 11), 20.0, 1000);
}
