//! Law: the same bytes for any number of threads.

mod variants;

use ravine_optim::{Float, Solver, vector};
use rayon::ThreadPoolBuilder;
use variants::{bits, wild};

const THREADS: [usize; 4] = [1, 2, 3, 8];
const N: usize = 100_003; // many blocks, the last one short

fn for_each_count<T: Send + PartialEq + std::fmt::Debug>(what: &str, work: impl Fn() -> T + Send + Sync) {
    let results = THREADS.map(|n| ThreadPoolBuilder::new().num_threads(n).build().unwrap().install(&work));
    for (n, result) in THREADS.iter().zip(&results) {
        assert!(result == &results[0], "{what}: {n} threads give other bytes than one");
    }
}

#[test]
fn sums_have_the_same_bits_for_any_number_of_threads() {
    fn law<F: Float>() {
        let (x, y) = (wild::<F>(N, 1), wild::<F>(N, 2));
        for_each_count("sums", || {
            let sums = [vector::sum(&x), vector::dot(&x, &y), vector::norm(&x), vector::square_distance(&x, &y)];
            sums.map(f64::to_bits)
        });
        // The data must be able to show a fault: another order of the same numbers gives another sum.
        let forward: f64 = x.iter().map(|v| v.to_f64()).sum();
        let backward: f64 = x.iter().rev().map(|v| v.to_f64()).sum();
        assert_ne!(forward, backward);
    }
    law::<f32>();
    law::<f64>();
}

#[test]
fn descents_have_the_same_bits_for_any_number_of_threads() {
    fn law<F: Float>() {
        for variant in variants::all() {
            for_each_count(&variant.name(), || {
                let mut descent = variant.descent::<F>(N);
                (0..6).for_each(|_| descent.step());
                let (theta, probe) = (bits(descent.theta()), bits(descent.probe()));
                assert_ne!(theta, bits(&wild::<F>(N, 1)), "it did not move");
                (theta, probe, bits(descent.iterate()))
            });
        }
    }
    law::<f32>();
    law::<f64>();
}
