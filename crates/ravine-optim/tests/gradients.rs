//! The law `gradients`: every gradient agrees with central differences in f64, and vanishes at the stated minima.

use ravine_optim::check::gradient_error;
use ravine_optim::objective::finite_sum::{Batch, FiniteSum, Order};
use ravine_optim::objective::logistic::{Example, Logistic};
use ravine_optim::objective::quadratic::{Coefficients, Quadratic};
use ravine_optim::surface::{self, SURFACES, Surface};
use ravine_optim::term::{Huber, Squares};
use ravine_optim::{Objective, Problem, Random, SmoothProblem, Stream, Term, linear::Matrix, vector};

fn surface(name: &str, settings: &[(&str, &str)], batch: Option<Batch>) -> Surface {
    let settings: Vec<_> = settings.iter().map(|(k, v)| (k.to_string(), (*v).into())).collect();
    surface::build(name, &settings, batch, 5).unwrap()
}

/// Every row of the table, then with other knobs.
fn rows() -> Vec<Surface> {
    let mut rows: Vec<Surface> = SURFACES.iter().map(|row| surface(row.name, &[], None)).collect();
    rows.push(surface("ravine", &[("kappa", "1e4"), ("dimension", "7")], None));
    rows.push(surface("rosenbrock", &[("steepness", "3")], None));
    rows.push(surface("rastrigin", &[("amplitude", "2"), ("dimension", "5")], None));
    rows.push(surface("two-basins", &[("tilt", "0.3")], None));
    rows.push(surface("least-squares", &[("dimension", "9"), ("kappa", "100"), ("noise", "0.1")], None));
    rows.push(surface("logistic", &[("samples", "300"), ("rarity", "0.05"), ("ridge", "0.1")], None));
    let matrix = vec![vec![3.0, 1.0, 0.5], vec![1.0, 2.0, -0.5], vec![0.5, -0.5, 1.0]];
    rows.push(Quadratic::new(Coefficients { matrix, vector: vec![1.0, -2.0, 0.25], constant: 4.0 }).unwrap().surface());
    rows
}

#[test]
fn gradients_agree_with_central_differences() {
    for mut s in rows() {
        let (window, name) = (s.window(), s.name().to_string());
        for k in 0..20 {
            let mut random = Random::new(1, Stream::Start, k);
            let x: Vec<f64> = (0..s.dimension()).map(|i| random.between(window[i % 2].0, window[i % 2].1)).collect();
            let error = gradient_error(&mut s, &x);
            assert!(error < 1e-8, "{name} at {x:?}: {error:e}");
        }
    }
}

#[test]
fn a_mini_batch_has_the_gradient_of_its_own_mean() {
    for name in ["least-squares", "logistic"] {
        let mut s = surface(name, &[], Some(Batch::Of(7)));
        let start = s.start();
        Objective::<f64>::draw(&mut s, 3);
        assert!(gradient_error(&mut s, &start) < 1e-8, "{name}");
    }
}

#[test]
fn gradients_vanish_at_the_minima_and_the_values_are_as_stated() {
    for mut s in rows() {
        let name = s.name().to_string();
        assert!(!s.optima().is_empty(), "{name} states no minimum");
        for optimum in s.optima() {
            let mut gradient = vec![0.0; s.dimension()];
            let value = s.value_and_gradient(&optimum.x, &mut gradient);
            let scale = 1.0 + s.value(&s.start());
            assert!(vector::norm(&gradient) < 1e-12 * scale, "{name} at {:?}: gradient {gradient:?}", optimum.x);
            assert!((value - optimum.value).abs() < 1e-14 * scale, "{name}: {value} where {} is stated", optimum.value);
            assert!(optimum.value >= s.optima()[0].value, "{name}: the best is not first");
            // a minimum, not any stationary point
            for k in 0..50 {
                let mut random = Random::new(2, Stream::Start, k);
                let near: Vec<f64> = optimum.x.iter().map(|v| v + 1e-3 * random.normal()).collect();
                assert!(s.value(&near) > value, "{name} goes down from {:?}", optimum.x);
            }
        }
    }
}

/// Values at the starts, from an independent implementation.
#[test]
fn the_starts_have_the_values_that_others_compute() {
    for (name, start, value) in
        [("ravine", [-3.0, 1.0], 54.5), ("rosenbrock", [-1.2, 1.0], 24.199999999999996), ("beale", [1.0, 1.5], 41.25)]
    {
        let mut s = surface(name, &[], None);
        assert_eq!(s.start(), start, "{name}");
        assert!((s.value(&start) - value).abs() < 1e-13, "{name}: {}", s.value(&start));
    }
}

#[test]
fn plain_descent_goes_down_at_the_stated_eta_and_stays_in_the_window() {
    for mut s in rows() {
        let (name, eta, mut x) = (s.name().to_string(), s.eta(), s.start());
        let mut gradient = vec![0.0; x.len()];
        let first = s.value_and_gradient(&x, &mut gradient);
        let (steepest, window) = (vector::norm(&gradient), s.window());
        for _ in 0..3000 {
            s.value_and_gradient(&x, &mut gradient);
            x.iter_mut().zip(&gradient).for_each(|(x, g)| *x -= eta * g);
            let inside = x.iter().zip(window).all(|(v, (low, high))| (low..=high).contains(v));
            assert!(inside || name == "quadratic", "{name} leaves the window at {x:?}"); // a quadratic of a file: start and minimum only
        }
        let last = s.value(&x);
        assert!(last < first && vector::norm(&gradient) < 0.9 * steepest, "{name}: {first} → {last}, gradient {gradient:?}");
    }
}

#[test]
fn the_gradient_in_f32_is_the_rounded_one() {
    for mut s in rows() {
        let start32: Vec<f32> = s.start().iter().map(|v| *v as f32).collect();
        let start64: Vec<f64> = start32.iter().map(|v| *v as f64).collect();
        let (mut narrow, mut wide) = (vec![0f32; start32.len()], vec![0f64; start32.len()]);
        assert_eq!(s.value_and_gradient(&start32, &mut narrow), s.value_and_gradient(&start64, &mut wide));
        assert_eq!(narrow, wide.iter().map(|g| *g as f32).collect::<Vec<_>>(), "{}", s.name());
    }
}

#[test]
fn the_stable_eta_of_quadratics_is_two_over_the_largest_curvature() {
    let stable = |s: &Surface| Objective::<f64>::stable_eta(s);
    assert_eq!(stable(&surface("ravine", &[("kappa", "50")], None)), Some(0.04));
    assert_eq!(stable(&surface("rosenbrock", &[], None)), None);
    let quadratic =
        |matrix: Vec<Vec<f64>>| Quadratic::new(Coefficients { matrix, vector: vec![0.0, 0.0], constant: 0.0 }).unwrap().surface();
    let found = stable(&quadratic(vec![vec![3.0, 1.0], vec![1.0, 3.0]])).unwrap(); // eigenvalues 4 and 2
    assert!((found - 0.5).abs() < 1e-12, "{found}");
    assert_eq!(stable(&quadratic(vec![vec![1.0, 0.0], vec![0.0, -1.0]])), None);
}

#[test]
fn what_is_no_quadratic_is_refused_in_a_sentence() {
    let says = |matrix: Vec<Vec<f64>>, vector: Vec<f64>| {
        Quadratic::new(Coefficients { matrix, vector, constant: 0.0 }).unwrap_err().to_string()
    };
    assert_eq!(
        says(vec![vec![1.0]], vec![1.0, 2.0]),
        "the matrix of the quadratic (its number of rows) has length 1, but 2 are needed"
    );
    assert_eq!(says(vec![vec![1.0], vec![0.0, 1.0]], vec![1.0, 2.0]), "row 0 of the matrix has length 1, but 2 are needed");
    assert!(says(vec![vec![1.0, 2.0], vec![3.0, 1.0]], vec![0.0; 2]).contains("entry (1, 0) is 3, but (0, 1) is 2"));
    assert!(says(vec![vec![f64::NAN]], vec![0.0]).contains("row 0 of the matrix is NaN at index 0"));
    assert!(says(vec![], vec![]).contains("length 0"));
}

#[test]
fn what_a_surface_cannot_do_is_refused_in_a_sentence() {
    let says = |name: &str, key: &str, value: &str, batch: Option<Batch>| {
        let settings: Vec<_> = if key.is_empty() { vec![] } else { vec![(key.to_string(), value.into())] };
        surface::build(name, &settings, batch, 0).err().unwrap().to_string()
    };
    assert_eq!(says("rosenbrok", "", "", None), "there is no surface `rosenbrok`: did you mean `rosenbrock`?");
    assert_eq!(says("ravine", "kapa", "3", None), "there is no parameter of ravine `kapa`: did you mean `kappa`?");
    assert_eq!(says("ravine", "kappa", "0.5", None), "kappa = 0.5 is outside [1, 1000000000000]");
    assert_eq!(says("ravine", "dimension", "2.5", None), "dimension = `2.5`: a whole number is wanted");
    assert!(says("beale", "", "", Some(Batch::Of(1))).contains("beale is one formula"));
    assert!(says("logistic", "", "", Some(Batch::Of(1001))).contains("batch = 1001 is outside 1..1000"));
    assert!(says("least-squares", "samples", "2000000", None).contains("samples = 2000000 is outside"));
    let s = surface("beale", &[], None);
    assert_eq!(s.check_start(&[1.0]).unwrap_err().to_string(), "the start on beale has length 1, but 2 are needed");
    assert!(s.check_start(&[1.0, f64::NAN]).unwrap_err().to_string().contains("the start is NaN at index 1"));
    let ridge = Logistic::new(vec![Example { features: vec![], positive: true }], 1, 0.0).unwrap_err().to_string();
    assert_eq!(ridge, "ridge = 0 is outside (0, ∞)");
}

#[test]
fn separable_data_stay_finite_and_far_away() {
    let example = |x: f64| Example { features: vec![(0, x)], positive: x > 0.0 };
    let data = Logistic::new(vec![example(1.0), example(-2.0)], 1, 1e-8).unwrap();
    let mut sum = FiniteSum::new(data, Batch::All, Order::Reshuffled, 0).unwrap();
    let mut gradient = [0.0];
    let value = sum.value_and_gradient(&[-1e4], &mut gradient);
    assert!((value - (1.5e4 + 0.5)).abs() < 1e-6 && gradient[0].is_finite(), "{value} {gradient:?}");
    let x = sum.samples().minimiser();
    sum.value_and_gradient(&x, &mut gradient);
    assert!(x[0] > 5.0 && gradient[0].abs() < 1e-12, "{x:?} {gradient:?}");
}

/// G alone, and as F(Ku) beside another G.
#[test]
fn gradients_of_terms_agree_with_central_differences() {
    let huber = |components| Huber::new(components, 0.4).unwrap();
    let centre: Vec<f64> = (0..12).map(|i| (i as f64).sin()).collect();
    let terms = || -> Vec<(&str, Box<dyn Term<f64>>)> {
        vec![
            ("squares", Box::new(Squares::<f64>::new(1.7).unwrap())),
            ("squares around a centre", Box::new(Squares::around(0.3, centre.clone()).unwrap())),
            ("huber of 1", Box::new(huber(1))),
            ("huber of 4", Box::new(huber(4))),
        ]
    };
    for seed in 0..10 {
        for (name, term) in terms() {
            let mut random = Random::new(seed, Stream::Data, 3);
            let x: Vec<f64> = (0..5).map(|_| random.normal()).collect();
            let matrix = Matrix::new(5, (0..60).map(|_| 0.3 * random.normal()).collect()).unwrap();
            let problem = Problem::new(5, huber(5)).with(term, Box::new(matrix)).unwrap();
            let error = gradient_error(&mut SmoothProblem::new(problem.into()).unwrap(), &x);
            assert!(error < 1e-8, "{name}: {error:e}");
        }
    }
}
