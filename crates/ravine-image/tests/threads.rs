//! The law `threads`: operators, terms, solvers and certificates give the same bytes on 1, 2, 3 and 8 threads.
//!
//! The picture's exponents vary: numbers of one magnitude add exactly in f64 and would hide a sum whose order depends on threads.

use ravine_image::{Grid, energy::ENERGIES};
use ravine_optim::solver::{SOLVERS, by_name};
use ravine_optim::{Random, Stream};
use std::sync::Arc;

/// Several blocks of sums, several pieces of rows and groups.
const GRID: Grid = Grid { channels: 3, height: 107, width: 211 };

fn picture() -> Vec<f32> {
    let mut random = Random::new(4, Stream::Data, 0);
    (0..GRID.len()).map(|_| (random.normal() * 2f64.powf(random.between(-24.0, 1.0))) as f32).collect()
}

/// Every bit that a solver shows after some steps.
fn bits(threads: usize, energy: usize, solver: &str) -> Option<Vec<u64>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let problem = Arc::new(ENERGIES[energy].2.problem(GRID, picture(), 3.0).unwrap());
        let mut solver = by_name(solver, problem, picture()).ok()?;
        (0..12).for_each(|_| solver.step());
        let c = solver.measure().certificate.unwrap();
        let numbers = [c.primal, c.dual, c.gap, c.distance.unwrap()].map(f64::to_bits);
        let duals = solver.duals().unwrap_or_default().concat();
        let vectors = solver.iterate().iter().chain(&duals).map(|v| v.to_bits() as u64).collect::<Vec<_>>();
        Some(numbers.into_iter().chain(vectors).collect())
    })
}

#[test]
fn every_solver_gives_the_same_bytes_on_any_number_of_threads() {
    let mut rows = 0;
    for (energy, (name, ..)) in ENERGIES.iter().enumerate() {
        for (solver, _) in SOLVERS {
            let Some(one) = bits(1, energy, solver) else { continue };
            for threads in [2, 3, 8] {
                assert!(bits(threads, energy, solver).unwrap() == one, "{name} by {solver} differs on {threads} threads");
            }
            rows += 1;
        }
    }
    assert_eq!(rows, 15);
}
