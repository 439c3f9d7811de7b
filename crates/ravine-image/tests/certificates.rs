//! The law `certificates`: for every energy and solver, the gap is never below the true excess, whatever (u, p) it is asked of, and
//! closes to the target.

use proptest::prelude::*;
use ravine_image::{Energy, Grid, energy::ENERGIES};
use ravine_optim::rule::{self, RULES};
use ravine_optim::solver::{SOLVERS, by_name};
use ravine_optim::{Descent, Float, Outcome, Pace, Problem, Random, SmoothProblem, Solver, Stop, StopReason, Stream, run};
use std::ops::ControlFlow;
use std::sync::Arc;

/// The solvers that close the gap of each energy. The others must refuse it, but for subgradients, which take every energy and are slow.
fn solvers(energy: &str) -> &'static [&'static str] {
    match energy {
        "tikhonov" => &["conjugate-gradient", "accelerated-gradient", "primal-dual", "dual-gradient"],
        "huber-tv" => &["accelerated-gradient", "primal-dual", "dual-gradient"],
        _ => &["primal-dual", "dual-gradient"],
    }
}

/// A step, a ramp and noise of about 25 grey levels.
fn picture<F: Float>(grid: Grid, seed: u64) -> Vec<F> {
    let mut random = Random::new(seed, Stream::Noise, 0);
    let clean = |i: usize| if i % grid.width > grid.width / 2 { 0.7 } else { 0.2 + 0.01 * (i / grid.width % grid.height) as f64 };
    (0..grid.len()).map(|i| F::from_f64(clean(i) + 0.1 * random.normal())).collect()
}

fn random<F: Float>(len: usize, seed: u64, scale: f64) -> Vec<F> {
    let mut random = Random::new(seed, Stream::Data, 0);
    (0..len).map(|_| F::from_f64(scale * random.normal())).collect()
}

fn problem<F: Float>(energy: Energy, grid: Grid, lambda: f64) -> Arc<Problem<F>> {
    Arc::new(energy.problem(grid, picture::<F>(grid, 1), lambda).unwrap())
}

fn solve<F: Float>(name: &str, problem: Arc<Problem<F>>, start: Vec<F>, gap: f64) -> (Outcome<F>, Box<dyn Solver<F>>) {
    let mut solver = by_name(name, problem, start).unwrap();
    let stop = Stop { max_iterations: 50_000, relative_gap: Some(gap), pace: Pace::Approach(8), ..Stop::default() };
    let outcome = run(&mut *solver, &stop, &mut |_, _: &mut dyn Solver<F>| ControlFlow::Continue(()));
    (outcome, solver)
}

fn grids() -> [Grid; 4] {
    [Grid::new(1, 13, 17), Grid::new(3, 7, 11), Grid::new(1, 1, 23), Grid::new(1, 29, 1)]
}

fn every_row_of_the_matrix<F: Float>(close_to: f64) {
    for (energy_name, _, energy) in ENERGIES {
        for grid in grids() {
            let f = picture::<F>(grid, 1);
            let wide: Vec<f64> = f.iter().map(|v| v.to_f64()).collect();
            let reference = Arc::new(energy.problem(grid, wide.clone(), 6.0).unwrap());
            let (best, _) = solve("primal-dual", reference, wide, 1e-10);
            let known = best.measure.certificate.unwrap();
            for name in solvers(energy_name) {
                let row = format!("{energy_name} by {name} on {grid:?}, {} bytes", size_of::<F>());
                let problem = problem::<F>(energy, grid, 6.0);
                let (outcome, solver) = solve(name, problem.clone(), f.clone(), close_to);
                assert_eq!(outcome.stop, StopReason::Certified, "{row}: {:?}", outcome.measure);
                let shifted: Vec<F> = outcome.best.iter().map(|u| *u + F::from_f64(5.0 / 255.0)).collect();
                let points = [f.clone(), random(grid.len(), 3, 1.0), shifted, outcome.best.clone(), vec![F::ZERO; grid.len()]];
                for (i, u) in points.iter().enumerate() {
                    let mut duals = vec![vec![vec![F::ZERO; 2 * grid.len()]], vec![random(2 * grid.len(), 4, 3.0)]];
                    duals.extend(problem.duals_at(u));
                    duals.extend(solver.duals().map(<[_]>::to_vec));
                    for p in &duals {
                        let c = problem.certify(u, p).unwrap();
                        let excess = c.primal - known.primal;
                        assert!(c.gap >= excess, "{row}, point {i}: gap {:e} below the excess {excess:e}", c.gap);
                        assert!(c.dual <= known.dual + known.gap, "{row}, point {i}: dual {} above {}", c.dual, known.primal);
                        let squares: f64 = u.iter().zip(&best.best).map(|(a, b)| (a.to_f64() - b).powi(2)).sum();
                        let bound = c.distance.unwrap() + known.distance.unwrap();
                        assert!(bound >= squares.sqrt(), "{row}, point {i}: {} grey is no bound", 255.0 * bound);
                    }
                }
            }
        }
    }
}

#[test]
fn the_gap_is_never_below_the_true_excess_and_closes_in_double_precision() {
    every_row_of_the_matrix::<f64>(1e-8);
}

#[test]
fn the_gap_is_never_below_the_true_excess_and_closes_in_single_precision() {
    every_row_of_the_matrix::<f32>(2e-6);
}

/// Any rule descends a smooth energy, and its answer has a certificate like any other.
#[test]
fn every_rule_is_certified_on_the_way_down() {
    for (energy_name, _, energy) in ENERGIES {
        for rule in RULES {
            let grid = Grid::new(3, 7, 11);
            let problem = problem::<f64>(energy, grid, 6.0);
            let Ok(objective) = SmoothProblem::new(problem.clone()) else {
                assert!(energy_name.starts_with("tv"), "{energy_name} should be smooth");
                continue;
            };
            // What moves by signs rather than by sizes needs a step in grey levels.
            let plain = matches!(rule.name, "gradient-descent" | "momentum" | "nesterov" | "nesterov-rearranged");
            let eta = if plain { 1.0 / objective.lipschitz() } else { 0.002 };
            let update = rule::build(rule.name, &[("eta", eta.into())]).unwrap();
            let mut descent = Descent::new(Box::new(objective), picture(grid, 1), update).unwrap();
            let (best, _) = solve("primal-dual", problem, picture(grid, 1), 1e-11);
            let known = best.measure.certificate.unwrap();
            let start = descent.measure().certificate.unwrap().relative_gap();
            let stop = Stop { max_iterations: 3000, relative_gap: Some(1e-6), pace: Pace::Every(50), ..Stop::default() };
            let outcome = run(&mut descent, &stop, &mut |measure, _: &mut dyn Solver<f64>| {
                let c = measure.certificate.unwrap();
                assert!(c.gap >= c.primal - known.primal, "{energy_name} by {}: gap {:e}", rule.name, c.gap);
                assert!(c.dual <= known.dual + known.gap, "{energy_name} by {}: dual {}", rule.name, c.dual);
                ControlFlow::Continue(())
            });
            let gap = outcome.measure.certificate.unwrap().relative_gap();
            let close = if plain { 1e-6 } else { 0.5 * start };
            assert!(gap <= close, "{energy_name} by {}: {gap:e} from {start:e}", rule.name);
        }
    }
}

#[test]
fn a_solver_that_cannot_take_an_energy_refuses_it() {
    for (energy_name, _, energy) in ENERGIES {
        for (name, _) in SOLVERS {
            let grid = Grid::new(1, 3, 5);
            let taken = by_name(name, problem::<f32>(energy, grid, 6.0), picture(grid, 1)).is_ok();
            assert_eq!(taken, name == "subgradient" || solvers(energy_name).contains(&name), "{energy_name} by {name}");
        }
    }
}

#[test]
fn what_is_no_problem_is_refused_in_a_sentence() {
    let grid = Grid::new(1, 1, 3);
    let says = |f: Vec<f32>, lambda| Energy::TotalVariation.problem(grid, f, lambda).err().unwrap().to_string();
    assert_eq!(says(vec![0.0; 2], 1.0), "the picture has length 2, but 3 are needed");
    assert_eq!(says(vec![0.0, f32::NAN, 0.0], 1.0), "the picture is NaN at index 1: only finite numbers can be used");
    assert_eq!(says(vec![0.0; 3], -2.0), "lambda = -2 is outside (0, ∞)");
    assert_eq!(Energy::by_name("hubertv").unwrap_err().to_string(), "there is no energy `hubertv`: did you mean `huber-tv`?");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn no_dual_value_exceeds_any_primal_value(
        row in 0usize..4, channels in prop::sample::select(vec![1usize, 3]), height in 1usize..14, width in 1usize..14,
        lambda in 0.05f64..200.0, scale in 0.01f64..3.0, steps in 0usize..60, seed in 0u64..1000,
    ) {
        let grid = Grid::new(channels, height, width);
        let problem = problem::<f32>(ENERGIES[row].2, grid, lambda);
        let mut solver = by_name("primal-dual", problem.clone(), picture(grid, 1)).unwrap();
        (0..steps).for_each(|_| solver.step());
        let found = solver.measure().certificate.unwrap();
        let other = problem.certify(&random(grid.len(), seed, scale), &[random(2 * grid.len(), seed + 1, scale)]).unwrap();
        let rounding = found.gap - (found.primal - found.dual).max(0.0) + other.gap - (other.primal - other.dual).max(0.0);
        prop_assert!(found.gap.is_finite() && other.gap.is_finite(), "the duals were not made feasible");
        for (a, b) in [(found, other), (other, found), (found, found), (other, other)] {
            prop_assert!(a.dual <= b.primal + rounding, "dual {} above primal {}", a.dual, b.primal);
        }
    }
}
