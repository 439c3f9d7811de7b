//! Minimisers computed elsewhere, to 3e-12 of their energy and better, against every solver that takes their energy.
//!
//! Made with NumPy and SciPy: ROF by accelerated Chambolle–Pock, 300 000 iterations, Tikhonov by DCT and by a sparse factorisation,
//! which agree to 2e-15. `rof_b` and `tikhonov_b` are drawn (a disc and a box, σ = 40). Others are read from the folder
//! RAVINE_ROF_FIXTURES when that is set: `NAME.json`, `NAME_f.npy`, `NAME_u.npy`.

#![allow(clippy::print_stdout)] // a line a run, to read with --nocapture

use ravine_image::{Energy, Grid};
use ravine_optim::{Float, Pace, Solver, Stop, solver, vector};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

struct Fixture {
    name: String,
    grid: Grid,
    lambda: f64,
    primal: f64,
    f: Vec<f64>,
    u: Vec<f64>,
}

impl Fixture {
    fn read(folder: &Path, name: &str) -> Fixture {
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let array = |suffix: &str| npy(&folder.join(format!("{name}_{suffix}.npy")));
        let (f, u) = (array("f"), array("u"));
        assert_eq!((f.len(), u.len()), (64 * 64, 64 * 64));
        let number = |key: &str| json[key].as_f64().unwrap();
        Fixture { name: name.into(), grid: Grid::new(1, 64, 64), lambda: number("lambda"), primal: number("primal"), f, u }
    }

    fn energy(&self) -> Energy {
        if self.name.starts_with("rof") { Energy::TotalVariation } else { Energy::Tikhonov }
    }
}

/// The numbers of a little-endian f64 file of version 1.0, whose header has 128 bytes.
fn npy(path: &Path) -> Vec<f64> {
    let bytes = std::fs::read(path).unwrap();
    assert!(bytes.starts_with(b"\x93NUMPY\x01\x00\x76\x00") && String::from_utf8_lossy(&bytes[..128]).contains("'<f8'"));
    bytes[128..].chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect()
}

fn fixtures() -> Vec<Fixture> {
    let drawn = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut all = vec![Fixture::read(&drawn, "rof_b"), Fixture::read(&drawn, "tikhonov_b")];
    if let Some(folder) = std::env::var_os("RAVINE_ROF_FIXTURES").map(PathBuf::from) {
        all.extend(["rof_a", "tikhonov_a"].map(|name| Fixture::read(&folder, name)));
    }
    all
}

/// Runs `solver` and compares: relative energy excess and RMS distance, and the gap at every measure.
fn compare<F: Float>(fixture: &Fixture, name: &str, relative_gap: f64, (excess, rms): (f64, f64)) {
    let f: Arc<Vec<F>> = Arc::new(fixture.f.iter().map(|v| F::from_f64(*v)).collect());
    let problem = Arc::new(fixture.energy().problem(fixture.grid, f.clone(), fixture.lambda).unwrap());
    let mut solver = solver::by_name(name, problem, f.to_vec()).unwrap();
    let stop = Stop { max_iterations: 50_000, relative_gap: Some(relative_gap), pace: Pace::Approach(64), ..Stop::default() };
    // The stored energy is that of f in f64; rounding f to f32 moves it by at most this.
    let moved = if size_of::<F>() == 4 { 1e-6 * fixture.primal } else { 1e-11 * fixture.primal };
    let outcome = solver::run(&mut *solver, &stop, &mut |measure, _: &mut dyn Solver<F>| {
        let certificate = measure.certificate.unwrap();
        let true_excess = certificate.primal - fixture.primal;
        assert!(certificate.gap >= true_excess - moved, "{name}: gap {} below the excess {true_excess}", certificate.gap);
        assert!(certificate.dual <= fixture.primal + moved, "{name}: dual {} above the least energy", certificate.dual);
        ControlFlow::Continue(())
    });
    let u: Vec<f64> = outcome.best.iter().map(|v| v.to_f64()).collect();
    let wide = fixture.energy().problem(fixture.grid, fixture.f.clone(), fixture.lambda).unwrap();
    let found = (wide.value(&u) - fixture.primal) / fixture.primal;
    let distance = (vector::square_distance(&u, &fixture.u) / u.len() as f64).sqrt();
    let line = format!(
        "{} {name} {} bit: excess {found:.1e}, rms {distance:.1e}, gap {:.1e}, {} iterations",
        fixture.name,
        8 * size_of::<F>(),
        outcome.measure.certificate.unwrap().relative_gap(),
        outcome.iterations
    );
    println!("{line}");
    assert!(found <= excess && found >= -1e-11 && distance <= rms, "{line}");
}

#[test]
fn every_solver_finds_the_stored_minimisers() {
    for fixture in fixtures() {
        let solvers: &[&str] = match fixture.energy() {
            Energy::Tikhonov => &["primal-dual", "accelerated-gradient", "conjugate-gradient"],
            _ => &["primal-dual"],
        };
        for name in solvers {
            compare::<f64>(&fixture, name, 5e-10, (1e-9, 1e-5));
            compare::<f32>(&fixture, name, 1e-6, (2e-6, 2e-4));
        }
    }
}
