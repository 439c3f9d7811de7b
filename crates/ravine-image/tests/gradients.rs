//! The law `gradients`: the smooth energies agree with central differences in f64.

use ravine_image::{Energy, Grid, energy::ENERGIES};
use ravine_optim::{Random, SmoothProblem, Stream, check::gradient_error};
use std::sync::Arc;

#[test]
fn gradients_of_smooth_energies_agree_with_central_differences() {
    let mut smooth = Vec::new();
    for (name, _, energy) in ENERGIES {
        for grid in [Grid::new(1, 5, 7), Grid::new(3, 3, 4), Grid::new(1, 1, 11), Grid::new(1, 11, 1)] {
            let mut random = Random::new(grid.width as u64, Stream::Noise, 0);
            let mut draw = || (0..grid.len()).map(|_| random.uniform()).collect::<Vec<f64>>();
            let problem = energy.problem(grid, draw(), 3.0).unwrap();
            let Ok(mut objective) = SmoothProblem::new(Arc::new(problem)) else { continue };
            let error = gradient_error(&mut objective, &draw());
            assert!(error < 1e-8, "{name} on {grid:?}: {error:e}");
            smooth.push(name);
        }
    }
    smooth.dedup();
    assert_eq!(smooth, ["tikhonov", "huber-tv"]);
    // Also where |∇u| < δ at most pixels.
    let f: Vec<f64> = (0..35).map(|i| 0.5 + 0.03 * (i as f64).sin()).collect();
    let problem = Energy::HuberTotalVariation { delta: 0.05 }.problem(Grid::new(1, 5, 7), f.clone(), 3.0).unwrap();
    let error = gradient_error(&mut SmoothProblem::new(Arc::new(problem)).unwrap(), &f);
    assert!(error < 1e-8, "huber-tv at a flat picture: {error:e}");
}
