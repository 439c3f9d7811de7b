//! Objectives that change from step to step: a truth that drifts, gradients that are late.

use ravine_optim::objective::drift::Drift;
use ravine_optim::objective::quadratic::{Coefficients, Quadratic};
use ravine_optim::objective::stale::{Stale, stable};
use ravine_optim::{Descent, Objective, Solver, State, rule};

fn descent(objective: impl Objective<f64> + 'static, start: &[f64], eta: f64) -> Descent<f64> {
    Descent::new(Box::new(objective), start.to_vec(), rule::build("gradient-descent", &[("eta", eta.into())]).unwrap()).unwrap()
}

fn parabola(h: f64) -> Quadratic {
    Quadratic::new(Coefficients { matrix: vec![vec![h]], vector: vec![0.0], constant: 0.0 }).unwrap()
}

#[test]
fn a_step_of_a_stream_is_the_same_whenever_it_is_asked_for() {
    let mut stream = Drift::new(4, 0.5, 0.1, 3).unwrap();
    let mut at = |step: u64| {
        stream.draw(step);
        (stream.truth().to_vec(), stream.value(&[1.0, 2.0, 3.0, 4.0]))
    };
    let (five, nine) = (at(5), at(9));
    assert_ne!(five, nine);
    assert_eq!(at(5), five);
    assert_eq!(at(9), nine);
}

#[test]
fn descent_follows_a_drifting_truth_at_the_distance_that_theory_foretells() {
    for (eta, noise, speed) in [(0.05, 0.5, 0.05), (0.2, 0.5, 0.05), (0.1, 1.0, 0.0)] {
        let theory = Drift::new(3, noise, speed, 1).unwrap().tracking_error(eta);
        let mut descent = descent(Drift::new(3, noise, speed, 1).unwrap(), &[0.0; 3], eta);
        let (burn, steps) = (2000, 200_000);
        let mut sum = 0.0;
        for t in 0..steps {
            descent.objective().draw(t);
            let risk = descent.measure().value - 0.5 * noise * noise;
            sum += if t < burn { 0.0 } else { 2.0 * risk };
            descent.step();
        }
        let found = sum / (steps - burn) as f64;
        assert!((found / theory - 1.0).abs() < 0.05, "η = {eta}: {found} instead of {theory}");
    }
}

#[test]
fn a_late_gradient_is_that_of_so_many_steps_ago() {
    let (h, eta, delay) = (2.0, 0.1, 3);
    let mut descent = descent(Stale::new(parabola(h), delay), &[1.0], eta);
    let mut x = vec![1.0];
    for t in 0..20usize {
        let then = x[t.saturating_sub(delay as usize)];
        x.push(x[t] - eta * h * then);
        descent.measure(); // in between it is the objective itself, and forgets nothing
        descent.step();
        assert!((descent.theta()[0] - x[t + 1]).abs() < 1e-15, "step {t}");
    }
    assert!((descent.measure().value - 0.5 * h * x[20] * x[20]).abs() < 1e-15);
}

#[test]
fn late_gradients_are_stable_below_the_limit_of_levin_and_may_and_not_above() {
    for delay in [0, 1, 2, 5, 20] {
        let after = |share: f64| {
            let mut descent = descent(Stale::new(parabola(1.0), delay), &[1.0], share * stable(delay));
            (0..60_000).for_each(|_| descent.step());
            descent.theta()[0].abs()
        };
        assert!(after(0.98) < 1e-6, "τ = {delay}: {}", after(0.98));
        assert!(after(1.02) > 1e3 || after(1.02).is_nan(), "τ = {delay}: {}", after(1.02));
    }
}

#[test]
fn late_gradients_go_on_where_they_were_interrupted() {
    let fresh = || descent(Stale::new(parabola(1.0), 4), &[1.0], 0.1);
    let (mut whole, mut first, mut second) = (fresh(), fresh(), fresh());
    (0..30).for_each(|_| whole.step());
    (0..13).for_each(|_| first.step());
    let mut kept: Vec<Vec<f64>> = Vec::new();
    let mut step = 0;
    first.state(&mut |_, state| match state {
        State::Slice(s) => kept.push(s.to_vec()),
        State::Count(k) => step = *k,
        State::Number(_) => {}
    });
    let mut kept = kept.into_iter();
    second.state(&mut |_, state| match state {
        State::Slice(s) => s.copy_from_slice(&kept.next().unwrap()),
        State::Count(k) => *k = step,
        State::Number(_) => {}
    });
    (0..17).for_each(|_| second.step());
    assert_eq!(second.theta(), whole.theta());
}
