//! Law: every rule is tuned by the same search, which finds what theory knows, whatever diverges on the way.

use ravine_optim::objective::finite_sum::Batch;
use ravine_optim::objective::quadratic::{Coefficients, Quadratic};
use ravine_optim::rule::{self, RULES};
use ravine_optim::surface::{self, Surface};
use ravine_optim::{Descent, Error, Layout, Objective, Search, Solver, Tuned, tune};
use rayon::ThreadPoolBuilder;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

type Fresh = Result<(Box<dyn Objective<f64>>, Vec<f64>), Error>;

fn started(surface: Surface) -> Fresh {
    let start = surface.start();
    Ok((Box::new(surface), start))
}

fn valley(kappa: f64) -> Fresh {
    started(surface::build("ravine", &[("kappa".into(), kappa.into()), ("dimension".into(), 10.0.into())], None, 0)?)
}

fn descent(rule: &str, eta: f64, (objective, start): (Box<dyn Objective<f64>>, Vec<f64>)) -> Result<Descent<f64>, Error> {
    Descent::new(objective, start, rule::build(rule, &[("eta", eta.into())])?)
}

fn tuned(rule: &str, search: &Search, steps: u64, fresh: impl Fn() -> Fresh + Sync) -> Tuned {
    tune(search, steps, &|eta| descent(rule, eta, fresh()?)).unwrap()
}

/// After N steps the ends of the spectrum weigh equally in J where (1 − ημ)/(ηL − 1) is a ratio of starts to the power 1/N: for N = 30κ the
/// best η is within 1 % of its limit.
#[test]
fn the_best_eta_of_gradient_descent_on_a_quadratic_is_two_over_the_sum_of_its_curvatures() {
    for kappa in [3.0, 10.0, 100.0] {
        let tuned = tuned("gradient-descent", &Search::default(), 30 * kappa as u64, || valley(kappa));
        let theory = 2.0 / (kappa + 1.0);
        assert!((tuned.best.eta / theory - 1.0).abs() < 0.01, "κ = {kappa}: {:?} instead of {theory}", tuned.best);
        let resolution = (tuned.between.1 / tuned.between.0).log10();
        assert!(resolution < 0.01 && !tuned.at_an_end(), "κ = {kappa}: known to {resolution} decades only");
    }
}

#[test]
fn what_diverges_is_infinite_and_nothing_else_is() {
    let search = Search { low: 1e-4, high: 1e4, trials: 40 };
    let tuned = tuned("gradient-descent", &search, 2000, || valley(100.0));
    let stable = 2.0 / 100.0;
    for trial in &tuned.trials {
        assert_eq!(trial.value.is_finite(), trial.eta < stable, "{trial:?}");
    }
    let diverged = tuned.trials.iter().filter(|t| t.value == f64::INFINITY).count();
    assert!(diverged > 10, "only {diverged} diverged, so this test says little");
}

/// Counts the steps that are made on it.
struct Counted(Surface, Arc<AtomicU64>);

impl Objective<f64> for Counted {
    fn layout(&self) -> &Layout {
        Objective::<f64>::layout(&self.0)
    }
    fn draw(&mut self, step: u64) {
        self.1.fetch_add(Objective::<f64>::gradients_per_step(&self.0) as u64, Ordering::Relaxed);
        Objective::<f64>::draw(&mut self.0, step);
    }
    fn whole(&mut self) {
        Objective::<f64>::whole(&mut self.0);
    }
    fn value(&mut self, x: &[f64]) -> f64 {
        self.0.value(x)
    }
    fn value_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        self.0.value_and_gradient(x, gradient)
    }
}

#[test]
fn every_rule_gets_the_same_budget() {
    let search = Search { low: 1e-3, high: 10.0, trials: 11 }; // logistic risk: nothing overflows
    for row in RULES {
        let gradients = Arc::new(AtomicU64::new(0));
        let fresh = || {
            let sum = surface::build("logistic", &[("samples".into(), 60.0.into())], Some(Batch::Of(7)), 1)?;
            let start = sum.start();
            Ok((Box::new(Counted(sum, gradients.clone())) as Box<dyn Objective<f64>>, start))
        };
        let tuned = tuned(row.name, &search, 25, fresh);
        assert_eq!(gradients.load(Ordering::Relaxed), 11 * 25 * 7, "{}", row.name);
        let etas: Vec<f64> = tuned.trials.iter().map(|t| t.eta).collect();
        assert!(etas.len() == 11 && etas.windows(2).all(|w| w[0] < w[1]), "{}: {etas:?}", row.name);
        assert!(search.grid().iter().all(|eta| etas.contains(eta)), "{}: {etas:?}", row.name);
        let least = tuned.trials.iter().map(|t| t.value).fold(f64::INFINITY, f64::min);
        assert_eq!(tuned.best.value, least, "{}", row.name);
    }
}

#[test]
fn a_search_has_the_same_bits_for_any_number_of_threads() {
    let search = || tuned("adam", &Search::default(), 50, || started(surface::build("rosenbrock", &[], None, 0)?));
    let [one, two, eight] = [1, 2, 8].map(|n| ThreadPoolBuilder::new().num_threads(n).build().unwrap().install(search));
    assert!(one == two && one == eight);
    assert!(one.best.value < 0.7, "{:?}", one.best); // 24.2 at the start
}

#[test]
fn a_best_eta_at_an_end_of_the_range_is_said_to_be_there() {
    let high = tuned("gradient-descent", &Search { low: 1e-6, high: 1e-3, trials: 12 }, 100, || valley(100.0));
    assert!(high.at_an_end() && high.best.eta == 1e-3, "{:?}", high.best);
    let lost = tuned("gradient-descent", &Search { low: 1.0, high: 10.0, trials: 8 }, 1000, || valley(100.0));
    assert!(lost.at_an_end() && lost.best.value == f64::INFINITY && lost.width(2.0, 0.0, 0.0) == 0.0, "{lost:?}");
}

#[test]
fn the_width_is_that_of_the_curve() {
    let flat = Search { low: 0.01, high: 100.0, trials: 200 };
    let excess = |eta: f64| 1.0 + (eta.log10() - 0.3).powi(2); // 2 at ±1 decade
    let width = flat.run(|eta| 5.0 + excess(eta)).width(2.0, 5.0, 0.0);
    assert!((width - 2.0).abs() < 1e-3, "{width}");
    let floored = flat.run(excess).width(2.0, 1.0, 0.02); // e = x² ≤ 2·0.02
    assert!((floored - 2.0 * 0.04f64.sqrt()).abs() < 1e-2, "{floored}");
}

/// Heavy ball on ½x²: |x| falls like γ^(k/2) for every η, while x itself goes through 0 again and again.
#[test]
fn a_rule_that_oscillates_is_not_rewarded_for_a_last_step_through_the_minimum() {
    let (gamma, steps, search) = (0.9, 100, Search { low: 1e-2, high: 3.0, trials: 60 });
    let fresh = |eta: f64| {
        let parabola = Coefficients { matrix: vec![vec![1.0]], vector: vec![0.0], constant: 0.0 };
        let update = rule::build("momentum", &[("gamma", gamma.into()), ("eta", eta.into())])?;
        Descent::new(Box::new(Quadratic::new(parabola)?.surface()), vec![1.0], update)
    };
    let after_the_last = |eta: f64| {
        let mut descent = fresh(eta).unwrap();
        (0..steps).for_each(|_| descent.step());
        descent.measure().value
    };
    let envelope = 0.5 * gamma.powi(steps as i32);
    let lucky = search.run(after_the_last).best.value;
    assert!(lucky < 1e-4 * envelope, "{lucky}: a last step is no luck here, so this test says little");
    let best = tune(&search, steps, &fresh).unwrap().best.value;
    assert!(best > 0.03 * envelope, "{best} of {envelope}");
}

#[test]
fn a_search_without_meaning_is_refused() {
    let says = |low, high, trials| Search { low, high, trials }.checked().unwrap_err().to_string();
    assert_eq!(says(0.0, 1.0, 9), "the least eta = 0 is outside (0, ∞)");
    assert_eq!(says(1.0, 1.0, 9), "the largest eta = 1 is outside (1, ∞)");
    assert_eq!(
        says(1.0, 2.0, 3),
        "trials = 3 is outside [4, ∞): three for the ends and the middle of the range, one to look closer"
    );
    let unknown = tune(&Search::default(), 5, &|eta| descent("adan", eta, valley(3.0)?));
    assert_eq!(unknown.unwrap_err().to_string(), "there is no rule `adan`: did you mean `adam`?");
}
