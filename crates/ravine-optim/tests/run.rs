//! The loop: when it measures, when it stops, what it keeps.

use ravine_optim::{Certificate, Measure, Pace, Solver, Stop, StopReason, run};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A solver whose value after k steps is `value(k)`; certified if `gap` says so.
struct Script {
    x: [f64; 1],
    value: fn(u64) -> f64,
    gap: Option<fn(u64) -> f64>,
    k: u64,
}

impl Script {
    fn new(value: fn(u64) -> f64) -> Self {
        Script { x: [0.0], value, gap: None, k: 0 }
    }
}

impl Solver<f64> for Script {
    fn step(&mut self) {
        self.k += 1;
        self.x[0] = self.k as f64;
    }
    fn iterate(&mut self) -> &[f64] {
        &self.x
    }
    fn measure(&mut self) -> Measure {
        let value = (self.value)(self.k);
        let certificate = self.gap.map(|g| Certificate { primal: value, dual: value - g(self.k), gap: g(self.k), distance: None });
        Measure { value, certificate, ..Measure::default() }
    }
}

fn steps_measured(solver: &mut Script, stop: &Stop) -> (Vec<u64>, StopReason, f64) {
    let mut seen = Vec::new();
    let end = run(solver, stop, &mut |m, _| {
        seen.push(m.iteration);
        ControlFlow::Continue(())
    });
    (seen, end.stop, end.best[0])
}

#[test]
fn measures_at_its_pace_and_at_the_end() {
    let stop = Stop { max_iterations: 25, pace: Pace::Every(10), ..Stop::default() };
    let (seen, reason, best) = steps_measured(&mut Script::new(|k| -(k as f64)), &stop);
    assert_eq!(seen, [0, 10, 20, 25]);
    assert_eq!((reason, best), (StopReason::MaxIterations, 25.0));
}

#[test]
fn a_run_that_goes_on_measures_and_ends_where_it_would_have() {
    let mut solver = Script::new(|k| -(k as f64));
    (0..13).for_each(|_| solver.step());
    let stop = Stop { from: 13, max_iterations: 25, pace: Pace::Every(10), ..Stop::default() };
    let (seen, reason, best) = steps_measured(&mut solver, &stop);
    assert_eq!(seen, [13, 20, 25]);
    assert_eq!((reason, best), (StopReason::MaxIterations, 25.0));
}

#[test]
fn keeps_the_best_iterate_that_was_measured() {
    let stop = Stop { max_iterations: 9, pace: Pace::Every(1), ..Stop::default() };
    let (_, _, best) = steps_measured(&mut Script::new(|k| (k as f64 - 4.0).powi(2)), &stop);
    assert_eq!(best, 4.0);
}

#[test]
fn approaches_a_target_gap_with_few_measures() {
    let mut solver = Script { gap: Some(|k| 1.0 / (1.0 + (k * k) as f64)), ..Script::new(|_| 1.0) };
    let stop = Stop { relative_gap: Some(1e-4), pace: Pace::Approach(8), ..Stop::default() };
    let (seen, reason, _) = steps_measured(&mut solver, &stop);
    assert_eq!(reason, StopReason::Certified);
    assert!(seen.len() <= 7, "{seen:?}");
    assert!(*seen.last().unwrap() <= 115, "the gap is met at step 100: {seen:?}");
}

#[test]
fn ends_diverged_with_the_last_finite_iterate() {
    let (_, reason, best) = steps_measured(&mut Script::new(|k| if k > 3 { f64::NAN } else { 1.0 }), &Stop::after(10));
    assert_eq!((reason, best), (StopReason::Diverged, 3.0));
}

#[test]
fn a_first_measure_that_is_not_finite_is_a_divergence() {
    let (seen, reason, _) = steps_measured(&mut Script::new(|_| f64::NAN), &Stop::after(0));
    assert_eq!((seen, reason), (vec![0], StopReason::Diverged));
}

#[test]
fn a_gap_that_is_not_a_number_does_not_stop_the_clock() {
    let mut solver = Script { gap: Some(|_| f64::NAN), ..Script::new(|_| 1.0) };
    let stop = Stop { max_iterations: 20, relative_gap: Some(1e-4), pace: Pace::Approach(8), ..Stop::default() };
    let mut seen = Vec::new();
    let end = run(&mut solver, &stop, &mut |m, _| {
        seen.push(m.iteration);
        if seen.len() < 100 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    assert_eq!((end.stop, end.iterations), (StopReason::MaxIterations, 20), "{seen:?}");
}

#[test]
fn ends_when_told() {
    let flag = Arc::new(AtomicBool::new(false));
    let stop = Stop { max_iterations: u64::MAX, pace: Pace::Every(u64::MAX), interrupt: Some(flag.clone()), ..Stop::default() };
    let timer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        flag.store(true, Ordering::Relaxed);
    });
    assert_eq!(steps_measured(&mut Script::new(|_| 0.0), &stop).1, StopReason::Cancelled);
    timer.join().unwrap();

    let stop = Stop { max_iterations: u64::MAX, time_limit: Some(Duration::from_millis(20)), ..Stop::default() };
    assert_eq!(steps_measured(&mut Script::new(|_| 0.0), &stop).1, StopReason::TimeLimit);

    let mut looks = 0;
    let end = run(&mut Script::new(|_| 0.0), &Stop::after(100), &mut |_, _| {
        looks += 1;
        if looks > 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!((end.stop, end.iterations), (StopReason::Cancelled, 5));
}
