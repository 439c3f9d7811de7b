//! A race gives every rule the same chance, says what theory says where there is one, and takes what diverges as a number.

use ravine::race::{Raced, race, settle};
use ravine::recipe::Racing;
use ravine::{Auto, Error, Named, Recipe, Settled};
use ravine_optim::parameter::Setting;
use ravine_optim::statistics::median;
use ravine_optim::tune::value_after;
use ravine_optim::{Descent, Search, Stop, rule, surface};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

fn rules(names: &[&str]) -> Vec<Named> {
    names.iter().map(|name| Named::new(name)).collect()
}

fn on(name: &str, knobs: &[(&str, f64)]) -> Named {
    Named { name: name.into(), set: knobs.iter().map(|(k, v)| (k.to_string(), Setting::Number(*v))).collect() }
}

/// A small stochastic race.
fn logistic() -> Racing {
    Racing {
        surface: on("logistic", &[("samples", 80.0)]),
        rules: rules(&["gradient-descent", "adagrad", "adam", "adam"]),
        batch: Some("5".into()),
        steps: 60,
        search: Search { low: 1e-3, high: 1e2, trials: 12 },
        seeds: Auto::Given(5),
        ..Racing::default()
    }
}

fn raced(asked: &Racing) -> Raced {
    race(asked, None, &mut |_| ()).unwrap()
}

#[test]
fn descent_on_a_quadratic_takes_the_eta_and_the_steps_of_theory() {
    for kappa in [10.0, 50.0] {
        let asked = Racing {
            surface: on("ravine", &[("kappa", kappa)]),
            rules: rules(&["gradient-descent"]),
            steps: 400,
            ..Racing::default()
        };
        let raced = raced(&asked);
        let runner = &raced.runners[0];
        let eta = 2.0 / (1.0 + kappa);
        assert!((runner.tuned.best.eta / eta - 1.0).abs() < 0.02, "{} instead of {eta}", runner.tuned.best.eta);
        let steps = 1e-6f64.ln() / (2.0 * ((kappa - 1.0) / (kappa + 1.0)).ln());
        let found = runner.steps.unwrap().value;
        assert!((found / steps - 1.0).abs() < 0.15, "κ = {kappa}: {found} steps instead of {steps}");
        assert_eq!((raced.seeds, raced.tolerance, raced.gradients_per_step), (1, 1e-6, 1));
    }
}

#[test]
fn a_race_has_the_same_bits_for_any_number_of_threads() {
    let with = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap().install(|| raced(&logistic()));
    let (one, three) = (with(1), with(3));
    assert!(one == three);
    assert!(
        one.runners[0].excess.low < one.runners[0].excess.high,
        "nothing here depends on the seed: {:?}",
        one.runners[0].excess
    );
}

#[test]
fn it_races_on_other_seeds_than_it_tunes_on() {
    let raced = raced(&logistic());
    for runner in &raced.runners {
        assert_eq!(runner.laps.iter().map(|lap| lap.seed).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        assert_eq!(runner.tuned.trials.len(), 12);
    }
    // The seeds of the trials are the next five.
    let tuned = &raced.runners[0].tuned.best;
    let trial = |seed: u64| {
        let surface = surface::build("logistic", &[("samples".into(), 80.0.into())], Some("5".parse().unwrap()), seed).unwrap();
        let (start, least) = (surface.start(), surface.optima()[0].value);
        let rule = rule::build("gradient-descent", &[("eta", tuned.eta.into())]).unwrap();
        value_after(&mut Descent::<f64>::new(Box::new(surface), start, rule).unwrap(), &Stop::after(60)) - least
    };
    let on = |seeds: std::ops::Range<u64>| median(&seeds.map(trial).collect::<Vec<_>>());
    assert_eq!(tuned.value, on(5..10));
    assert_ne!(tuned.value, on(0..5));
}

#[test]
fn a_rule_is_not_told_apart_from_itself() {
    let raced = raced(&Racing { rules: rules(&["adam", "adam"]), ..logistic() });
    let [first, second] = &raced.runners[..] else { panic!() };
    assert_eq!((&first.rule, first.excess), (&second.rule, second.excess));
    assert_eq!(raced.best(), 0);
    assert_eq!(first.against_best, None);
    assert_eq!(second.against_best.map(|r| (r.low, r.value, r.high)), Some((1.0, 1.0, 1.0)));
}

#[test]
fn every_rule_is_set_beside_the_best_seed_by_seed() {
    let raced = raced(&logistic());
    let best = &raced.runners[raced.best()];
    for runner in raced.runners.iter().filter(|r| r.rule != best.rule) {
        let ratio = |(a, b): (&ravine::race::Lap, &ravine::race::Lap)| a.excess / b.excess;
        let ratios: Vec<f64> = runner.laps.iter().zip(&best.laps).map(ratio).collect();
        let interval = runner.against_best.unwrap();
        assert_eq!(interval.value, ravine_optim::statistics::median(&ratios), "{ratios:?}");
        assert!(interval.value > 1.0 && interval.low <= interval.value && interval.value <= interval.high, "{interval:?}");
    }
}

#[test]
fn what_diverges_loses_and_is_no_error() {
    let search = Search { low: 1.0, high: 1e3, trials: 8 };
    let asked = Racing { rules: rules(&["gradient-descent", "adam"]), steps: 2000, search, ..Racing::default() };
    let raced = raced(&asked);
    let [descent, adam] = &raced.runners[..] else { panic!() };
    assert_eq!((descent.excess.value, descent.steps.unwrap().value, descent.width), (f64::INFINITY, f64::INFINITY, Some(0.0)));
    assert!(adam.excess.value.is_finite() && raced.best() == 1);
    assert_eq!(descent.curve.len(), adam.curve.len());
}

#[test]
fn a_settled_race_reads_back_and_is_the_same_race() {
    let first = raced(&logistic());
    for text in [Settled::Race(first.settled.clone()).to_toml(), Settled::Race(first.settled.clone()).to_json()] {
        assert!(!text.contains("auto"), "{text}");
        let Recipe::Race(asked) = Recipe::read(&text).unwrap() else { panic!("{text}") };
        assert_eq!(asked, first.settled);
        assert!(raced(&asked) == first);
    }
}

#[test]
fn what_a_race_cannot_mean_is_refused() {
    let says = |asked: Racing| settle(&asked).unwrap_err().to_string();
    let asked = Racing::default;
    let eta = Racing { rules: vec![on("adam", &[("eta", 0.1)])], ..asked() };
    assert_eq!(says(eta), "a race finds eta itself, so adam cannot have one: narrow the search instead");
    assert_eq!(says(Racing { steps: 0, ..asked() }), "steps = `0`: a whole number of at least 1 is wanted");
    assert_eq!(says(Racing { seeds: Auto::Given(0), ..asked() }), "seeds = `0`: a whole number of at least 1 is wanted");
    assert_eq!(says(Racing { rules: rules(&["adan"]), ..asked() }), "there is no rule `adan`: did you mean `adam`?");
    assert!(says(Racing { start: Some(vec![1.0]), ..asked() }).contains("the start on ravine has length 1"));
    assert!(says(Racing { batch: Some("2".into()), ..asked() }).contains("not a sum over samples"));
    assert!(says(Racing { tolerance: Auto::Given(0.0), ..asked() }).contains("tolerance = 0"));
}

#[test]
fn an_interrupted_race_says_so() {
    let stopped = race(&Racing::default(), Some(Arc::new(AtomicBool::new(true))), &mut |_| panic!("a rule was done"));
    assert!(matches!(stopped, Err(Error::Interrupted)));
}
