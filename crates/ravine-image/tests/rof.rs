//! The fused solver against the generic one, the generic certificate, and a minimiser computed elsewhere.

use ravine_image::{Energy, Grid, Image, Rof};
use ravine_optim::solver::PrimalDual;
use ravine_optim::{Certificate, Pace, Problem, Random, Solver, Stop, StopReason, Stream, run};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

fn noisy(grid: Grid) -> Image {
    let mut random = Random::new(3, Stream::Noise, 0);
    let mut blocks = Image::from_fn(grid, |c, y, x| 0.2 + 0.3 * (((x / 9 + y / 7 + c) % 3) as f32));
    blocks.pixels_mut().iter_mut().for_each(|v| *v += 0.1 * random.normal() as f32);
    blocks
}

fn problem(f: &Image, lambda: f64) -> Problem<f32> {
    Energy::TotalVariation.problem(f.grid(), f.pixels().to_vec(), lambda).unwrap()
}

fn steps(rof: &mut Rof, mut left: u64) {
    while left > 0 {
        left -= rof.advance(left);
    }
}

#[test]
fn the_fused_certificate_is_the_generic_one() {
    for (channels, height, width) in [(1, 1, 1), (1, 1, 23), (1, 19, 1), (1, 37, 41), (3, 29, 18), (1, 5, 1100), (4, 3, 530)] {
        let f = noisy(Grid::new(channels, height, width));
        let problem = problem(&f, 6.0);
        let mut rof = Rof::new(&f, 6.0).unwrap();
        for _ in 0..12 {
            let (fast, dual) = (rof.certificate(), [rof.dual()]);
            let slow = problem.certify(rof.iterate(), &dual).unwrap();
            let near = |a: f64, b: f64| (a - b).abs() <= 3e-7 * slow.primal;
            let exact = (fast.primal - slow.primal).abs() <= 1e-13 * slow.primal;
            assert!(exact && near(fast.dual, slow.dual) && near(fast.gap, slow.gap), "{fast:?} is not {slow:?}");
            assert!(fast.dual <= slow.primal && fast.gap >= fast.primal - fast.dual);
            let distance = (2.0 * fast.gap / 6.0).sqrt();
            assert!((fast.distance.unwrap() - distance).abs() <= 1e-15 * distance);
            steps(&mut rof, 7);
        }
    }
}

#[test]
fn the_fused_iteration_is_the_generic_one_up_to_rounding() {
    let f = noisy(Grid::new(3, 33, 47));
    let mut generic = PrimalDual::new(Arc::new(problem(&f, 9.0)), f.pixels().to_vec()).unwrap();
    let mut fused = Rof::new(&f, 9.0).unwrap();
    for _ in 0..20 {
        steps(&mut fused, 5);
        (0..5).for_each(|_| generic.step());
        let pairs = fused.iterate().iter().zip(generic.iterate());
        let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 2e-5, "{worst}");
    }
}

#[test]
fn tv_closes_the_duality_gap_on_a_stored_minimiser() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(folder.join("rof_b.json")).unwrap()).unwrap();
    let numbers = |name: &str| -> Vec<f64> {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        bytes[128..].chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect()
    };
    let (f, minimiser) = (numbers("rof_b_f.npy"), numbers("rof_b_u.npy"));
    let (lambda, least) = (json["lambda"].as_f64().unwrap(), json["primal"].as_f64().unwrap());
    let grid = Grid::new(1, 64, 64);
    let mut rof = Rof::new(&Image::new(grid, f.iter().map(|v| *v as f32).collect()).unwrap(), lambda).unwrap();
    let stop = Stop { relative_gap: Some(1e-6), max_iterations: 5000, pace: Pace::Approach(32), ..Stop::default() };
    let outcome = run(&mut rof, &stop, &mut |measure, _| {
        let Certificate { primal, dual, gap, .. } = measure.certificate.unwrap();
        // Rounding f to f32 moves the least energy by less than 1e-6 of it.
        assert!(gap >= primal - least * (1.0 + 1e-6) && dual <= least * (1.0 + 1e-6));
        ControlFlow::Continue(())
    });
    assert_eq!(outcome.stop, StopReason::Certified);
    let best: Vec<f64> = outcome.best.iter().map(|v| f64::from(*v)).collect();
    let wide = Energy::TotalVariation.problem(grid, f, lambda).unwrap();
    let excess = (wide.value(&best) - least) / least;
    let square: f64 = best.iter().zip(&minimiser).map(|(a, b)| (a - b).powi(2)).sum();
    let rms = (square / best.len() as f64).sqrt();
    assert!((-1e-11..=2e-6).contains(&excess) && rms <= 2e-4, "excess {excess:e}, rms {rms:e}");
}

/// The law `certificates` for the fused solver: its rounded u and p against the least energy in f64 of the very picture that it got.
#[test]
fn the_gap_of_the_fused_solver_is_never_below_the_true_excess() {
    for grid in [Grid::new(1, 13, 17), Grid::new(3, 7, 11), Grid::new(1, 1, 23), Grid::new(1, 29, 1), Grid::new(4, 2, 3)] {
        for lambda in [0.05, 0.7, 6.0, 40.0, 200.0] {
            let f = noisy(grid);
            let wide: Vec<f64> = f.pixels().iter().map(|v| f64::from(*v)).collect();
            let problem = Energy::TotalVariation.problem(grid, wide.clone(), lambda).unwrap();
            let mut reference = PrimalDual::new(Arc::new(problem), wide).unwrap();
            let stop = Stop { relative_gap: Some(1e-10), max_iterations: 100_000, pace: Pace::Approach(64), ..Stop::default() };
            let best = run(&mut reference, &stop, &mut |_, _: &mut dyn Solver<f64>| ControlFlow::Continue(()));
            assert_eq!(best.stop, StopReason::Certified, "{grid:?}, λ = {lambda}");
            let known = best.measure.certificate.unwrap();
            let mut rof = Rof::new(&f, lambda).unwrap();
            for done in [0, 1, 2, 5, 20, 100, 500, 3000] {
                let c = rof.certificate();
                let (at, excess) = (format!("{grid:?}, λ = {lambda}, {done}"), c.primal - known.primal);
                assert!(c.gap >= excess, "{at}: gap {:e} below the excess {excess:e}", c.gap);
                assert!(c.dual <= known.dual + known.gap, "{at}: dual {} above {}", c.dual, known.primal);
                let squares: f64 = rof.iterate().iter().zip(&best.best).map(|(a, b)| (f64::from(*a) - b).powi(2)).sum();
                assert!(c.distance.unwrap() + known.distance.unwrap() >= squares.sqrt(), "{at}: {c:?}");
                steps(&mut rof, 2 * done + 1);
            }
        }
    }
}

#[test]
fn pixels_too_large_for_the_iteration_end_it_and_do_not_panic() {
    for (height, width) in [(1, 40), (7, 9)] {
        let f = Image::from_fn(Grid::new(1, height, width), |_, y, x| if (x + y) % 3 == 0 { 1e25 } else { -1e25 });
        let mut rof = Rof::new(&f, 5.0).unwrap();
        let outcome = run(&mut rof, &Stop { max_iterations: 50, pace: Pace::Every(50), ..Stop::default() }, &mut |_, _| {
            ControlFlow::Continue(())
        });
        assert!(outcome.best.iter().all(|u| u.is_finite()), "{:?}", outcome.stop);
        let finite = rof.iterate().iter().all(|u| u.is_finite());
        assert_eq!(outcome.stop, if finite { StopReason::MaxIterations } else { StopReason::Diverged });
    }
}

#[test]
fn what_cannot_be_restored_is_refused_with_the_number() {
    let grey = Image::constant(Grid::new(1, 2, 2), 0.5);
    let says = |f: &Image, lambda: f64| Rof::new(f, lambda).err().unwrap().to_string();
    assert_eq!(says(&grey, 0.0), "lambda = 0 is outside (0, ∞)");
    assert_eq!(says(&grey, f64::NAN), "lambda = NaN is outside (0, ∞)");
    assert_eq!(says(&Image::constant(Grid::new(1, 0, 5), 0.0), 1.0), "the picture has no pixels: there is nothing to restore");
    let holed = Image::from_fn(Grid::new(1, 2, 2), |_, y, x| if (y, x) == (1, 0) { f32::NAN } else { 0.0 });
    assert_eq!(says(&holed, 1.0), "the picture is NaN at index 2: only finite numbers can be used");
}
