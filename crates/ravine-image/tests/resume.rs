//! The law `resume`: a solver whose state is put into a fresh one goes on as if nothing had happened, bit for bit.

use ravine_image::{Grid, Image, Rof, energy::ENERGIES};
use ravine_optim::solver::{SOLVERS, by_name};
use ravine_optim::{Random, Solver, State, Stream};
use std::sync::Arc;

fn save(solver: &mut dyn Solver<f32>) -> Vec<(String, Vec<f64>)> {
    let mut all = Vec::new();
    solver.state(&mut |name, state| {
        let numbers = match state {
            State::Slice(x) => x.iter().map(|v| *v as f64).collect(),
            State::Number(x) => vec![*x],
            State::Count(n) => vec![*n as f64],
        };
        all.push((name.to_string(), numbers));
    });
    all
}

fn load(solver: &mut dyn Solver<f32>, saved: &[(String, Vec<f64>)]) {
    let mut saved = saved.iter();
    solver.state(&mut |name, state| {
        let (saved_name, numbers) = saved.next().unwrap();
        assert_eq!(saved_name, name);
        match state {
            State::Slice(x) => x.iter_mut().zip(numbers).for_each(|(x, v)| *x = *v as f32),
            State::Number(x) => *x = numbers[0],
            State::Count(n) => *n = numbers[0] as u64,
        }
    });
}

#[test]
fn a_resumed_solver_goes_on_bit_for_bit() {
    let grid = Grid::new(3, 11, 13);
    let mut random = Random::new(2, Stream::Noise, 0);
    let f: Vec<f32> = (0..grid.len()).map(|_| random.uniform() as f32).collect();
    let mut rows = 0;
    for (energy_name, _, energy) in ENERGIES {
        for (name, _) in SOLVERS {
            let build = |start: Vec<f32>| by_name(name, Arc::new(energy.problem(grid, f.clone(), 5.0).unwrap()), start);
            let Ok(mut solver) = build(f.clone()) else { continue };
            (0..7).for_each(|_| solver.step());
            let mut resumed = build(vec![0.25; grid.len()]).unwrap();
            load(&mut *resumed, &save(&mut *solver));
            for step in 0..7 {
                solver.step();
                resumed.step();
                assert!(solver.iterate() == resumed.iterate(), "{energy_name} by {name}: step {step} after the pause differs");
            }
            assert_eq!(solver.measure(), resumed.measure(), "{energy_name} by {name}");
            rows += 1;
        }
    }
    assert_eq!(rows, 15);
}

#[test]
fn a_resumed_fused_solver_goes_on_bit_for_bit() {
    let grid = Grid::new(3, 37, 41);
    let mut random = Random::new(3, Stream::Noise, 0);
    let f = Image::new(grid, (0..grid.len()).map(|_| random.uniform() as f32).collect()).unwrap();
    let mut solver = Rof::new(&f, 5.0).unwrap();
    (0..7).for_each(|_| solver.step());
    let mut resumed = Rof::new(&Image::constant(grid, 0.25), 5.0).unwrap();
    resumed.iterate();
    load(&mut resumed, &save(&mut solver));
    assert!(solver.iterate() == resumed.iterate(), "the answer is that of the saved state");
    for step in 0..7 {
        solver.step();
        resumed.step();
        assert!(solver.iterate() == resumed.iterate(), "step {step} after the pause differs");
    }
    assert_eq!(solver.measure(), resumed.measure());
}
