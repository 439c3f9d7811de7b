//! Every lesson, taught quickly, comes to the verdict of its full run, whose numbers are kept in `verdicts/`.
//!
//! They are made with `ravine lesson NAME --json > crates/ravine-show/tests/verdicts/NAME.json`.

use ravine_show::lesson::{Desk, Effort, LESSONS, Taught, named};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;

fn quickly(name: &str) -> Taught {
    named(name).unwrap().teach(Effort::Quick, &[], &Desk::new(0, &AtomicBool::new(false))).unwrap()
}

fn in_full(name: &str) -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verdicts").join(format!("{name}.json"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    serde_json::from_str(&text).unwrap()
}

/// Where a number of the full run lies: its interval, or the value itself.
fn range(number: &Value) -> [f64; 2] {
    let value = number["value"].as_f64().unwrap_or(f64::NAN);
    let end = |i: usize| number["interval"][i].as_f64().unwrap_or(value);
    [end(0), end(1)]
}

/// The quick run keeps the verdict, agrees with theory, and its intervals meet those of the full run on the same side of zero.
fn comes_to_its_verdict(name: &str) {
    let (quick, full) = (serde_json::to_value(quickly(name)).unwrap(), in_full(name));
    assert_eq!(full["effort"], "full", "{name}: the kept numbers are those of a quick run");
    assert_eq!(quick["verdict"], full["verdict"], "{name}: cases {:#}", quick["cases"]);
    for run in [&quick, &full] {
        for number in run["numbers"].as_array().unwrap() {
            let (value, theory) = (number["value"].as_f64().unwrap_or(f64::NAN), &number["theory"]);
            if let (Some(foretold), Some(tolerance)) = (theory["value"].as_f64(), theory["tolerance"].as_f64()) {
                assert!((value - foretold).abs() <= tolerance, "{name}: {number} ({} run)", run["effort"]);
            }
        }
    }
    let kept = full["numbers"].as_array().unwrap();
    for number in quick["numbers"].as_array().unwrap().iter().filter(|n| n["interval"].is_array()) {
        let Some(same) = kept.iter().find(|n| n["name"] == number["name"]) else { continue };
        let ([a, b], [c, d]) = (range(number), range(same));
        assert!(a.max(c) <= b.min(d), "{name}: {number} does not meet {same}");
        let (x, y) = (number["value"].as_f64().unwrap(), same["value"].as_f64().unwrap());
        assert!(x * y >= 0.0 || (a <= 0.0 && b >= 0.0), "{name}: {number} and {same} have different signs");
    }
}

macro_rules! lessons {
    ($($test:ident = $name:literal,)*) => {
        $(#[test]
        fn $test() {
            comes_to_its_verdict($name);
        })*

        #[test]
        fn every_lesson_is_tested_and_every_kept_verdict_is_one_of_a_lesson() {
            let tested = BTreeSet::from([$($name),*]);
            assert_eq!(tested, LESSONS.iter().map(|l| l.name).collect());
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verdicts");
            let kept = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path().file_stem().unwrap().display().to_string());
            assert_eq!(kept.collect::<BTreeSet<_>>(), tested.iter().map(|n| n.to_string()).collect());
        }
    };
}

lessons! {
    constraints = "constraints",
    uniqueness = "uniqueness",
    adagrad = "adagrad",
    adam = "adam",
    annealing = "annealing",
    averaging = "averaging",
    batch = "batch",
    batchnorm = "batchnorm",
    continuum = "continuum",
    curriculum = "curriculum",
    delay = "delay",
    descent = "descent",
    duality = "duality",
    early_stopping = "early-stopping",
    energy = "energy",
    escape = "escape",
    existence = "existence",
    gradient_noise = "gradient-noise",
    minibatch = "minibatch",
    momentum = "momentum",
    landscape = "landscape",
    nesterov = "nesterov",
    non_smooth = "non-smooth",
    online = "online",
    pairs = "pairs",
    pixels = "pixels",
    redundancy = "redundancy",
    risk = "risk",
    rmsprop = "rmsprop",
    sgd = "sgd",
    shuffling = "shuffling",
    size = "size",
    stages = "stages",
    tradeoff = "tradeoff",
    two_roads = "two-roads",
    which = "which",
}

#[test]
fn a_lesson_is_the_same_for_any_number_of_threads() {
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let taught = pool.install(|| quickly("descent"));
        serde_json::to_string(&Taught { timing: Vec::new(), ..taught }).unwrap()
    };
    let one = with(1);
    assert!([2, 3, 8].into_iter().all(|threads| with(threads) == one));
}

#[test]
fn a_lesson_stops_when_asked() {
    let stop = AtomicBool::new(true);
    let stopped = named("descent").unwrap().teach(Effort::Full, &[], &Desk::new(0, &stop));
    assert!(matches!(stopped, Err(ravine::Error::Interrupted)));
}

#[test]
fn a_knob_changes_a_lesson_and_a_wrong_one_is_named() {
    let desk = AtomicBool::new(false);
    let teach = |name: &str, value: f64| {
        named("descent").unwrap().teach(Effort::Quick, &[(name.into(), value.into())], &Desk::new(0, &desk))
    };
    assert_eq!(teach("kappa", 5.0).unwrap().settings["kappa"], 5.0.into());
    assert_eq!(teach("kappa", 0.5).unwrap_err().to_string(), "kappa = 0.5 is outside [1, 1000000]");
}
