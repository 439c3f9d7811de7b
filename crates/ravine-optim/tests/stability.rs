//! Law: on quadratics descent and momentum are stable exactly as far as theory says.

use ravine_optim::parameter::Setting;
use ravine_optim::surface::{self, Surface};
use ravine_optim::{Descent, Objective, Solver, rule, vector};

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

const KAPPAS: [f64; 4] = [10.0, 100.0, 1e3, 1e4];

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
