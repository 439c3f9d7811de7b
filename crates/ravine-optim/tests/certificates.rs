//! The law `certificates` for abstract problems: D(p) ≤ J(v) for every p and v, rounding covered; and what is refused.

use proptest::prelude::*;
use ravine_optim::linear::Matrix;
use ravine_optim::solver::{PrimalDual, ProximalGradient, SOLVERS, by_name};
use ravine_optim::term::{Bounds, GroupNorm, Huber, Indicator, Squares};
use ravine_optim::{Float, Objective, Problem, Random, SmoothProblem, Solver, Stop, StopReason, Stream, Term, run, vector};
use std::ops::ControlFlow;
use std::sync::Arc;

const N: usize = 6;

fn draw(seed: u64, n: usize) -> Vec<f64> {
    let mut random = Random::new(seed, Stream::Data, 1);
    (0..n).map(|_| random.normal()).collect()
}

fn narrow<F: Float>(x: &[f64]) -> Vec<F> {
    x.iter().map(|v| F::from_f64(*v)).collect()
}

fn matrix<F: Float>(seed: u64, rows: usize) -> Box<Matrix<F>> {
    Box::new(Matrix::new(N, narrow(&draw(seed, rows * N))).unwrap())
}

/// λ/2‖u − f‖² + Σ|Au| + huber(Bu): two parts, one of them not smooth.
fn mixed<F: Float>(seed: u64, lambda: f64) -> Problem<F> {
    Problem::new(N, Squares::around(lambda, narrow::<F>(&draw(seed, N))).unwrap())
        .with(Box::new(GroupNorm::new(2).unwrap()), matrix(seed + 1, 10))
        .unwrap()
        .with(Box::new(Huber::new(1, 0.3).unwrap()), matrix(seed + 2, 4))
        .unwrap()
}

/// λ/2‖u − f‖² + ½‖Au − b‖²
fn quadratic<F: Float>(seed: u64, lambda: f64) -> Problem<F> {
    let right = narrow::<F>(&draw(seed + 3, 7));
    Problem::new(N, Squares::around(lambda, narrow::<F>(&draw(seed, N))).unwrap())
        .with(Box::new(Squares::around(1.0, right).unwrap()), matrix(seed + 1, 7))
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn no_dual_value_exceeds_any_primal_value(seed in 0u64..1000, lambda in 1e-2f64..1e2, size in -6i32..4) {
        let scale = 10f64.powi(size);
        let scaled = |seed, n| draw(seed, n).iter().map(|v| v * scale).collect::<Vec<_>>();
        let duals = vec![scaled(seed + 4, 10), scaled(seed + 5, 4)];
        let problem = mixed::<f64>(seed, lambda);
        let u = scaled(seed + 6, N);
        let certificate = problem.certify(&u, &duals).unwrap();
        prop_assert!(certificate.gap.is_finite(), "the duals were not made feasible");
        let mut solver = PrimalDual::new(Arc::new(mixed(seed, lambda)), draw(seed, N)).unwrap();
        (0..200).for_each(|_| solver.step());
        for v in [draw(seed, N), scaled(seed + 7, N), solver.iterate().to_vec()] {
            let excess = certificate.primal - problem.value(&v);
            prop_assert!(certificate.gap >= excess, "gap {} below the excess {excess}", certificate.gap);
        }
        // Strong convexity: J(u) − J(u*) ≥ λ/2‖u − u*‖².
        let distance = vector::square_distance(&u, solver.iterate()).sqrt();
        prop_assert!(certificate.distance.unwrap() >= distance * (1.0 - 1e-6) - 1e-6);
    }

    /// At the minimiser nothing is left but rounding: the margin must be what keeps the bound true.
    #[test]
    fn the_margin_covers_the_rounding_at_the_minimiser(seed in 0u64..1000, lambda in 1e-2f64..1e2) {
        let problem = Arc::new(quadratic::<f64>(seed, lambda));
        let mut solver = by_name("conjugate-gradient", problem.clone(), draw(seed, N)).unwrap();
        let stop = Stop { max_iterations: 4 * N as u64, ..Stop::default() };
        let best = run(&mut *solver, &stop, &mut |_, _: &mut dyn Solver<f64>| ControlFlow::Continue(())).measure.certificate.unwrap();
        prop_assert!(best.relative_gap() < 1e-12, "gap {:e}", best.relative_gap());
        for k in 0..20 {
            let u: Vec<f64> = solver.iterate().iter().zip(draw(k, N)).map(|(u, e)| u + 1e-9 * e).collect();
            let c = problem.certify(&u, &problem.duals_at(&u).unwrap()).unwrap();
            prop_assert!(c.gap >= c.primal - best.primal, "gap {:e} below {:e}", c.gap, c.primal - best.primal);
            prop_assert!(c.dual <= best.primal + best.gap, "dual {} above {}", c.dual, best.primal);
        }
    }
}

/// λ/2‖u − f‖² at u = 0, f = −δ in one half and 2δ in the other: the energy is 5/4·λδ²N, without rounding as δ² has 52 bits and N is a
/// power of two, and the least is 0. A lane adds one number 512 times, and its roundings do not cancel.
#[test]
fn the_margin_covers_the_rounding_of_a_two_valued_picture() {
    const N: usize = 1 << 16;
    for k in 0..64 {
        let delta = f64::from((1 << 25) + 1 + 104_729 * k) / f64::from(1 << 28);
        let f: Vec<f64> = (0..N).map(|i| if i < N / 2 { -delta } else { 2.0 * delta }).collect();
        let problem = Problem::new(N, Squares::around(1.0, f).unwrap());
        let (certificate, energy) = (problem.certify(&[0.0; N], &[]).unwrap(), 1.25 * N as f64 * delta * delta);
        assert!(certificate.gap >= energy && certificate.gap < energy * (1.0 + 1e-12), "{:e}", certificate.gap - energy);
    }
}

fn closes<F: Float>(name: &str, problem: Problem<F>, gap: f64) {
    let mut solver = by_name(name, Arc::new(problem), vec![F::ZERO; N]).unwrap();
    let stop = Stop { max_iterations: 20_000, relative_gap: Some(gap), ..Stop::default() };
    let outcome = run(&mut *solver, &stop, &mut |_, _: &mut dyn Solver<F>| ControlFlow::Continue(()));
    assert_eq!(outcome.stop, StopReason::Certified, "{name}: {:?}", outcome.measure);
}

#[test]
fn every_solver_closes_the_gap_of_what_it_takes() {
    for seed in 0..5 {
        closes::<f64>("primal-dual", mixed(seed, 2.0), 1e-9);
        closes::<f32>("primal-dual", mixed(seed, 2.0), 1e-5);
        closes::<f64>("dual-gradient", mixed(seed, 2.0), 1e-9);
        closes::<f32>("dual-gradient", mixed(seed, 2.0), 1e-5);
        closes::<f64>("subgradient", mixed(seed, 2.0), 1e-2);
        closes::<f32>("subgradient", mixed(seed, 2.0), 1e-2);
        for name in ["primal-dual", "accelerated-gradient", "conjugate-gradient", "dual-gradient"] {
            closes::<f64>(name, quadratic(seed, 0.5), 1e-12);
            closes::<f32>(name, quadratic(seed, 0.5), 1e-9);
        }
    }
}

/// Six unknowns take six steps and a few for the rounding; and what is asked to go on stays where it is.
#[test]
fn conjugate_gradients_end_at_rounding() {
    fn law<F: Float>(epsilon: f64) {
        for seed in 0..20 {
            let mut solver = by_name("conjugate-gradient", Arc::new(quadratic::<F>(seed, 0.5)), narrow(&draw(seed, N))).unwrap();
            let outcome = run(&mut *solver, &Stop::after(1000), &mut |_, _: &mut dyn Solver<F>| ControlFlow::Continue(()));
            let residual = solver.measure().residual.unwrap();
            assert!(outcome.stop == StopReason::Converged && outcome.iterations <= 5 * N as u64, "{outcome:?}");
            assert!(residual < 50.0 * epsilon, "{residual:e}");
            (0..1000).for_each(|_| solver.step());
            assert!(solver.measure().residual.unwrap() < 50.0 * epsilon);
        }
    }
    law::<f64>(f64::EPSILON);
    law::<f32>(f32::EPSILON.into());
}

/// Σ|u| + ½‖3u − b‖², each coordinate by itself: G has no curvature, so the dual is −∞ until the limit, but u gets there.
#[test]
fn primal_dual_needs_no_curvature() {
    let b = draw(3, N);
    let mut diagonal = vec![0.0; N * N];
    (0..N).for_each(|i| diagonal[i * (N + 1)] = 3.0);
    let data = Squares::around(1.0, b.clone()).unwrap();
    let operator = Box::new(Matrix::new(N, diagonal).unwrap());
    let problem = Arc::new(Problem::new(N, GroupNorm::l1()).with(Box::new(data), operator).unwrap());
    let mut solver = PrimalDual::new(problem, vec![0.0; N]).unwrap();
    (0..500).for_each(|_| solver.step());
    assert_eq!(solver.measure().certificate.unwrap().distance, None);
    for (u, b) in solver.iterate().iter().zip(b) {
        let exact = (b / 3.0).signum() * ((b / 3.0).abs() - 1.0 / 9.0).max(0.0);
        assert!((u - exact).abs() < 1e-9, "{u} is not {exact}");
    }
}

/// ½‖Au − b‖² over 0 ≤ u ≤ 1, from a start that lies outside: where the energy is +∞ a run would end before its first step.
#[test]
fn a_start_outside_the_domain_is_moved_into_it() {
    let bounds = Indicator(Bounds::even(N, 0.0, 1.0).unwrap());
    let data = Squares::around(1.0, draw(5, 9)).unwrap();
    let problem = Arc::new(Problem::new(N, bounds).with(Box::new(data), matrix(4, 9)).unwrap());
    let start = vec![7.0; N];
    assert_eq!(problem.value(&start), f64::INFINITY);
    let stop = Stop { max_iterations: 3000, ..Stop::default() };
    let ran = |mut solver: Box<dyn Solver<f64>>| {
        let outcome = run(&mut *solver, &stop, &mut |_, _| ControlFlow::Continue(()));
        assert_eq!(outcome.stop, StopReason::MaxIterations);
        outcome.best
    };
    let one = ran(Box::new(PrimalDual::new(problem.clone(), start.clone()).unwrap()));
    let other = ran(Box::new(ProximalGradient::new(problem, start).unwrap()));
    assert!(one.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-6), "{one:?} {other:?}");
    assert!(one.iter().all(|v| (0.0..=1.0).contains(v)));
}

#[test]
fn what_is_not_finite_certifies_nothing() {
    let problem = mixed::<f64>(1, 2.0);
    let (u, p) = (draw(1, N), vec![vec![0.0; 10], vec![0.0; 4]]);
    let infinite = |u: &[f64], p: &[Vec<f64>]| problem.certify(u, p).unwrap().gap.is_infinite();
    assert!(!infinite(&u, &p));
    let mut bad = u.clone();
    bad[2] = f64::NAN;
    assert!(infinite(&bad, &p));
    for part in 0..2 {
        let mut bad = p.clone();
        bad[part][3] = f64::NAN;
        assert!(infinite(&u, &bad), "part {part}");
    }
}

#[test]
fn a_smooth_problem_certifies_what_a_rule_descends() {
    let problem = Arc::new(quadratic::<f64>(2, 0.5));
    let mut objective = SmoothProblem::new(problem.clone()).unwrap();
    let (mut u, mut gradient) = (draw(8, N), vec![0.0; N]);
    let start = objective.certificate(&u).unwrap();
    let eta = objective.stable_eta().unwrap() / 2.0;
    for _ in 0..2000 {
        let value = objective.value_and_gradient(&u, &mut gradient);
        assert!((value - problem.value(&u)).abs() <= 1e-13 * value && (value - objective.value(&u)).abs() <= 1e-13 * value);
        vector::each(&mut u, &gradient, |u, g| u - g * eta);
    }
    let end = objective.certificate(&u).unwrap();
    assert!(end.relative_gap() < 1e-12 && start.gap > 0.1, "{start:?} {end:?}");
}

/// ¼Σx⁴, of which nothing but the value is known.
struct Quartic;
impl<F: Float> Term<F> for Quartic {
    fn value(&self, x: &[F]) -> f64 {
        x.iter().map(|v| v.to_f64().powi(4) / 4.0).sum()
    }
    fn wide(&self) -> Box<dyn Term<f64>> {
        Box::new(Quartic)
    }
}

#[test]
fn a_term_of_which_nothing_is_known_has_no_certificate_and_no_solver() {
    let problem = || Problem::<f64>::new(N, Squares::<f64>::new(1.0).unwrap()).with(Box::new(Quartic), matrix(1, 2)).unwrap();
    assert_eq!(problem().certify(&draw(1, N), &[vec![0.0; 2]]), None);
    assert_eq!(problem().duals_at(&draw(1, N)), None);
    assert!(SmoothProblem::new(Arc::new(problem())).is_err());
    for (name, _) in SOLVERS {
        assert!(by_name(name, Arc::new(problem()), vec![0.0; N]).is_err(), "{name}");
    }
}

#[test]
fn what_does_not_fit_is_refused_in_a_sentence() {
    let refusal = |name: &str, problem: Problem<f64>, n: usize| match by_name(name, Arc::new(problem), vec![0.0; n]) {
        Ok(_) => panic!("{name} took it"),
        Err(e) => e.to_string(),
    };
    assert_eq!(refusal("primal-duel", mixed(1, 1.0), N), "there is no solver `primal-duel`: did you mean `primal-dual`?");
    assert_eq!(refusal("primal-dual", mixed(1, 1.0), N + 1), "the start has length 7, but 6 are needed");
    assert!(refusal("conjugate-gradient", mixed(1, 1.0), N).contains("quadratic energies only"));
    assert!(refusal("accelerated-gradient", mixed(1, 1.0), N).contains("use `huber-tv`, or the solver `primal-dual`"));
    let refused = SmoothProblem::new(Arc::new(mixed::<f64>(1, 1.0))).err().unwrap().to_string();
    assert!(refused.contains("use its smooth neighbour `huber-tv`") && refused.contains("primal-dual"), "{refused}");
    let short = Problem::<f64>::new(N + 1, Squares::<f64>::new(1.0).unwrap());
    let refused = short.with(Box::new(GroupNorm::l1()), matrix(1, 2)).err().unwrap().to_string();
    assert_eq!(refused, "the operand of operator 1 has length 6, but 7 are needed");
    assert_eq!(Squares::<f64>::new(f64::NAN).unwrap_err().to_string(), "weight = NaN is outside (0, ∞)");
    assert_eq!(Huber::new(2, 0.0).unwrap_err().to_string(), "delta = 0 is outside (0, ∞)");
}
