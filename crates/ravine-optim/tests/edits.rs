//! What edits do to gradients, and what a descent does when there is nothing finite to go on.

use ravine_optim::edit::{Accumulate, ClipNorm, ClipValue, Edit, Noise, SkipNonFinite, WeightDecay};
use ravine_optim::{Descent, Layout, Objective, Solver, Step, Stop, StopReason, rule, run, schedule};
use std::ops::ControlFlow;

fn at(k: i32) -> Step {
    Step { k, eta: 0.1, value: 1.0, ..Step::default() }
}

fn edited(edit: &mut dyn Edit<f64>, k: i32, x: &[f64], gradient: &[f64]) -> Option<Vec<f64>> {
    let mut g = gradient.to_vec();
    edit.apply(&at(k), x, &mut g).is_continue().then_some(g)
}

#[test]
fn clipping_by_value_bounds_each_number_and_hides_nothing_that_is_not_finite() {
    let mut clip = ClipValue { limit: 2.0 };
    assert_eq!(edited(&mut clip, 1, &[], &[3.0, -5.0, 1.5]).unwrap(), [2.0, -2.0, 1.5]);
    let kept = edited(&mut clip, 1, &[], &[f64::NAN, f64::INFINITY]).unwrap();
    assert!(kept[0].is_nan() && kept[1] == f64::INFINITY);
}

#[test]
fn clipping_by_norm_takes_the_norm_of_all_coordinates() {
    let mut clip = ClipNorm { limit: 2.5, guard: 0.0 };
    assert_eq!(edited(&mut clip, 1, &[], &[3.0, 4.0]).unwrap(), [1.5, 2.0]);
    assert_eq!(edited(&mut clip, 1, &[], &[0.3, 0.4]).unwrap(), [0.3, 0.4]);
    let mut guarded = ClipNorm { limit: 5.0, guard: 5.0 };
    assert_eq!(edited(&mut guarded, 1, &[], &[3.0, 4.0]).unwrap(), [1.5, 2.0]);
}

#[test]
fn decay_adds_the_gradient_of_the_squared_norm() {
    assert_eq!(edited(&mut WeightDecay { weight_decay: 0.5 }, 1, &[2.0, -4.0], &[1.0, 1.0]).unwrap(), [2.0, -1.0]);
}

#[test]
fn accumulation_waits_then_hands_on_the_mean_and_begins_anew() {
    let mut three = Accumulate::new(3, 1);
    let mut seen = |g: f64| edited(&mut three, 1, &[], &[g]);
    assert_eq!([seen(1.0), seen(2.0), seen(6.0)], [None, None, Some(vec![3.0])]);
    assert_eq!([seen(4.0), seen(4.0), seen(4.0)], [None, None, Some(vec![4.0])]);
}

#[test]
fn noise_depends_on_seed_and_step_alone_and_follows_its_schedule() {
    let n = 100_000;
    let zeros = vec![0.0; n];
    let draw = |seed, k| edited(&mut Noise::new(0.5, seed), k, &[], &zeros).unwrap();
    assert_eq!(draw(7, 3), draw(7, 3));
    assert_ne!(draw(7, 3), draw(7, 4));
    assert_ne!(draw(7, 3), draw(8, 3));
    let neelakantan = schedule::build("inverse-time", &[("rate", 1.0.into()), ("power", 0.275.into())]).unwrap();
    let mut noise = Noise::new(0.5, 7).following(neelakantan);
    for k in [1, 10, 1000] {
        let g = edited(&mut noise, k, &[], &zeros).unwrap();
        let variance = g.iter().map(|v| v * v).sum::<f64>() / n as f64;
        let wanted = 0.25 / f64::from(k).powf(0.55); // s/(1+t)^0.55, t = k − 1
        assert!((variance / wanted - 1.0).abs() < 0.02, "k = {k}: {variance} instead of {wanted}");
    }
}

/// ½x², whose gradient is NaN at the steps in `bad`.
struct Faulty {
    layout: Layout,
    step: u64,
    bad: Vec<u64>,
}

impl Objective<f64> for Faulty {
    fn layout(&self) -> &Layout {
        &self.layout
    }
    fn draw(&mut self, step: u64) {
        self.step = step;
    }
    fn whole(&mut self) {
        self.step = u64::MAX;
    }
    fn value(&mut self, x: &[f64]) -> f64 {
        0.5 * x[0] * x[0]
    }
    fn value_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        gradient[0] = if self.bad.contains(&self.step) { f64::NAN } else { x[0] };
        self.value(x)
    }
}

fn faulty(bad: &[u64], settings: &[(&str, &str)]) -> Descent<f64> {
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, (*value).into())).collect();
    let update = rule::build("gradient-descent", &settings).unwrap();
    Descent::new(Box::new(Faulty { layout: Layout::single("x", &[1]), step: 0, bad: bad.to_vec() }), vec![1.0], update).unwrap()
}

#[test]
fn a_gradient_that_is_not_finite_ends_the_run_and_keeps_the_best_iterate() {
    let mut descent = faulty(&[2], &[("eta", "0.5")]);
    let outcome = run(&mut descent, &Stop::after(10), &mut |_, _| ControlFlow::Continue(()));
    assert_eq!((outcome.stop, outcome.iterations, outcome.best[0]), (StopReason::Diverged, 3, 0.25));
}

#[test]
fn steps_that_are_not_finite_are_passed_over_where_asked() {
    let mut descent = faulty(&[0, 2], &[("eta", "0.5"), ("skip_non_finite", "true")]);
    let outcome = run(&mut descent, &Stop::after(4), &mut |_, _| ControlFlow::Continue(()));
    assert_eq!((outcome.stop, outcome.iterations, outcome.best[0]), (StopReason::MaxIterations, 4, 0.25));
    let mut skip = SkipNonFinite::default();
    assert!(edited(&mut skip, 1, &[], &[f64::INFINITY]).is_none());
    assert!(edited(&mut skip, 1, &[], &[1.0]).is_some());
    assert_eq!(skip.skipped(), 1);
}

#[test]
fn too_large_a_rate_diverges_and_the_start_is_the_best() {
    let mut descent = faulty(&[], &[("eta", "1e200")]);
    let outcome = run(&mut descent, &Stop::after(100), &mut |_, _| ControlFlow::Continue(()));
    assert_eq!((outcome.stop, outcome.best[0]), (StopReason::Diverged, 1.0));
    assert!(outcome.iterations < 5);
}

#[test]
fn a_start_of_the_wrong_length_or_not_finite_is_refused() {
    let new = |x: Vec<f64>| {
        let update = rule::build("adam", &[] as &[(&str, _)]).unwrap();
        let objective = Faulty { layout: Layout::single("x", &[1]), step: 0, bad: Vec::new() };
        Descent::new(Box::new(objective), x, update).err().map(|e| e.to_string())
    };
    assert_eq!(new(vec![1.0, 2.0]).unwrap(), "the start has length 2, but 1 are needed");
    assert_eq!(new(vec![f64::NAN]).unwrap(), "the start is NaN at index 0: only finite numbers can be used");
    assert_eq!(new(vec![1.0]), None);
}

#[test]
fn any_knob_follows_any_schedule() {
    let mut descent = faulty(&[], &[("eta", "0.5")]);
    descent.step();
    assert_eq!(descent.theta(), [0.5]);
    let mut update = rule::build::<f64>("adam", &[("beta1", 0.8.into())]).unwrap();
    update.schedule("beta1", schedule::build("constant", &[("factor", 0.0.into())]).unwrap()).unwrap();
    update.schedule("eta", schedule::build("step", &[("every", 1.0.into())]).unwrap()).unwrap();
    let mut x = [1.0];
    update.start(&x);
    // β₁ = 0: m̂ = g, and the first step of Adam is η·g/(|g| + ε).
    update.begin(0);
    update.begin(0);
    update.update(&mut x, &[-2.0], 0.0);
    assert!((x[0] - 1.001).abs() < 1e-10, "{x:?}");
    update.begin(1);
    assert_eq!(update.at().eta, 0.0005);
    let refused = |update: &mut dyn ravine_optim::Update<f64>, name| {
        update.schedule(name, schedule::build("cosine", &[] as &[(&str, _)]).unwrap()).unwrap_err().to_string()
    };
    assert_eq!(refused(update.as_mut(), "beta3"), "there is no parameter of adam `beta3`: did you mean `beta1`?");
    assert_eq!(refused(update.as_mut(), "amsgrad"), "amsgrad is no number, so it cannot follow a schedule");
}

#[test]
fn knobs_of_the_edits_come_with_every_rule() {
    for row in rule::RULES {
        let names: Vec<_> = (row.parameters)().iter().map(|p| p.name).collect();
        assert!(names.contains(&"eta") && names.contains(&"clip") && names.contains(&"weight_decay"), "{names:?}");
        assert_eq!(names.iter().filter(|n| **n == "weight_decay").count(), 1, "{names:?}");
        let built = rule::build::<f32>(row.name, &[("clip", 1.0.into()), ("weight_decay", 0.1.into())]);
        assert_eq!(built.unwrap().edits().clip, 1.0);
    }
    let error = rule::build::<f32>("momentum", &[("weight_decoy", 1.0.into())]).err().unwrap().to_string();
    assert_eq!(error, "there is no parameter of momentum `weight_decoy`: did you mean `weight_decay`?");
}
