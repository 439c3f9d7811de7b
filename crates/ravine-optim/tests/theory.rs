//! The theory of quadratics, met by the rules themselves: how fast each falls at its best settings, and where it stops being stable.

use ravine_optim::parameter::Setting;
use ravine_optim::surface::{self, Surface};
use ravine_optim::{Descent, Objective, Solver, rule, vector};

const MU: f64 = 1.0;

fn ravine(kappa: f64) -> Surface {
    let settings = [("kappa".to_string(), Setting::Number(kappa)), ("dimension".to_string(), Setting::Number(10.0))];
    surface::build("ravine", &settings, None, 0).unwrap()
}

fn descent(kappa: f64, name: &str, knobs: &[(&str, f64)]) -> Descent<f64> {
    let settings: Vec<_> = knobs.iter().map(|(k, v)| (*k, Setting::Number(*v))).collect();
    let surface = ravine(kappa);
    let start = surface.start();
    Descent::new(Box::new(surface), start, rule::build(name, &settings).unwrap()).unwrap()
}

/// −ln of the factor per step, by a straight line through ln e_k, or ln(e_k/k) where the root is double, for k in first..2·first.
/// e_k = ‖θ_k − θ*‖, θ* = 0.
fn rate(mut descent: Descent<f64>, first: usize, double: bool) -> f64 {
    let (mut n, mut k1, mut k2, mut y1, mut ky) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for k in 1..2 * first {
        descent.step();
        if k >= first {
            let e = vector::norm(descent.theta());
            let (k, y) = (k as f64, (if double { e / k as f64 } else { e }).ln());
            assert!(y.is_finite(), "e = {e} at k = {k}: nothing left to measure");
            (n, k1, k2, y1, ky) = (n + 1.0, k1 + k, k2 + k * k, y1 + y, ky + k * y);
        }
    }
    -(n * ky - k1 * y1) / (n * k2 - k1 * k1)
}

#[allow(clippy::print_stdout)] // the numbers, for `--nocapture`
fn within_two_percent(what: &str, kappa: f64, measured: f64, factor: f64) {
    let theory = -factor.ln();
    let error = measured / theory - 1.0;
    println!("{what}, κ = {kappa}: −ln factor {measured:.6e}, theory {theory:.6e}, {:+.3} %", 100.0 * error);
    assert!(error.abs() < 0.02, "{what}, κ = {kappa}: −ln of the factor is {measured}, theory says {theory}");
}

const KAPPAS: [f64; 4] = [10.0, 100.0, 1e3, 1e4];

/// Steps after which only the slowest mode is left, for rules whose rate is ~ 1/√κ.
fn settled(kappa: f64) -> usize {
    (20.0 * kappa.sqrt()) as usize
}

/// (κ−1)/(κ+1) at η = 2/(L+μ).
#[test]
fn gradient_descent_falls_at_its_rate() {
    for kappa in KAPPAS {
        let run = descent(kappa, "gradient-descent", &[("eta", 2.0 / (kappa + MU))]);
        within_two_percent("gradient descent", kappa, rate(run, (3.0 * kappa) as usize, false), (kappa - 1.0) / (kappa + 1.0));
    }
}

/// (√κ−1)/(√κ+1) at η = 4/(√L+√μ)², γ = that squared. Polyak 1964.
#[test]
fn heavy_ball_falls_at_its_rate() {
    for kappa in KAPPAS {
        let root = kappa.sqrt();
        let factor = (root - 1.0) / (root + 1.0);
        let run = descent(kappa, "momentum", &[("eta", 4.0 / (root + MU.sqrt()).powi(2)), ("gamma", factor * factor)]);
        within_two_percent("heavy ball", kappa, rate(run, settled(kappa), true), factor);
    }
}

/// 1 − 1/√κ at η = 1/L, γ = (√κ−1)/(√κ+1). Nesterov 2004.
#[test]
fn nesterov_falls_at_its_rate() {
    for kappa in KAPPAS {
        let root = kappa.sqrt();
        let run = descent(kappa, "nesterov", &[("eta", 1.0 / kappa), ("gamma", (root - 1.0) / (root + 1.0))]);
        within_two_percent("Nesterov", kappa, rate(run, settled(kappa), true), 1.0 - 1.0 / root);
    }
}

/// 1 − 2/√(3κ+1) at η = 4/(3L+μ), γ = (√(3κ+1)−2)/(√(3κ+1)+2): the best of Nesterov on quadratics. Lessard, Recht, Packard 2016.
#[test]
fn nesterov_at_its_best_on_quadratics_falls_at_its_rate() {
    for kappa in KAPPAS {
        let root = (3.0 * kappa + 1.0).sqrt();
        let run = descent(kappa, "nesterov", &[("eta", 4.0 / (3.0 * kappa + MU)), ("gamma", (root - 2.0) / (root + 2.0))]);
        within_two_percent("Nesterov at its best", kappa, rate(run, settled(kappa), true), 1.0 - 2.0 / root);
    }
}

/// ‖θ‖ after `steps` over ‖θ‖ before.
fn growth(mut descent: Descent<f64>, steps: usize) -> f64 {
    let before = vector::norm(descent.theta());
    (0..steps).for_each(|_| descent.step());
    vector::norm(descent.theta()) / before
}

#[test]
fn gradient_descent_diverges_exactly_beyond_two_over_the_largest_curvature() {
    for kappa in KAPPAS {
        let limit = Objective::<f64>::stable_eta(&ravine(kappa)).unwrap();
        assert_eq!(limit, 2.0 / kappa);
        let at =
            |share: f64| growth(descent(kappa, "gradient-descent", &[("eta", share * limit)]), 10_000 + (4.0 * kappa) as usize);
        let (below, above) = (at(0.999), at(1.001));
        assert!(below < 1e-2, "κ = {kappa}: at 0.999 of 2/L it grew by {below}");
        assert!(above > 1e6, "κ = {kappa}: at 1.001 of 2/L it grew by {above}");
    }
}

/// Stable for 0 < η < 2(1+γ)/L.
#[test]
fn momentum_diverges_exactly_beyond_its_limit() {
    for gamma in [0.0, 0.3, 0.83, 0.95] {
        let limit = 2.0 * (1.0 + gamma) / 100.0;
        let at = |share: f64| growth(descent(100.0, "momentum", &[("eta", share * limit), ("gamma", gamma)]), 10_000);
        let (below, above) = (at(0.99), at(1.01));
        assert!(below < 1e-3, "γ = {gamma}: at 0.99 of the limit it grew by {below}");
        assert!(above > 1e6, "γ = {gamma}: at 1.01 of the limit it grew by {above}");
    }
}

/// Under a constant gradient the velocity tends to η∇/(1−γ): the course's "consistent directions are amplified".
#[test]
fn momentum_amplifies_a_consistent_direction() {
    let slope = surface::build("ravine", &[("kappa".into(), Setting::Number(1.0))], None, 0).unwrap();
    let far = vec![1e12, 0.0]; // so far from the minimum that the gradient does not change
    let settings = [("eta", Setting::Number(1e-9)), ("gamma", Setting::Number(0.9))];
    let mut run = Descent::<f64>::new(Box::new(slope), far, rule::build("momentum", &settings).unwrap()).unwrap();
    (0..500).for_each(|_| run.step());
    let before = run.theta()[0];
    run.step();
    let step = before - run.theta()[0];
    assert!((step / (1e-9 * before) - 10.0).abs() < 1e-3, "{step}");
}
