//! Law: Lanczos and differences of gradients find the ends of known spectra, and what they say of their error is true.

use ravine_optim::objective::quadratic::{Coefficients, Quadratic};
use ravine_optim::random::{Random, Stream};
use ravine_optim::spectrum::{Curvature, Ritz, Wanted, curvature, lanczos};
use ravine_optim::{Objective, Surface, surface};
use std::ops::ControlFlow;

const GO_ON: fn() -> ControlFlow<()> = || ControlFlow::Continue(());

/// Eigenvalues from 1/κ to 1, evenly in their logarithms.
fn decades(n: usize, kappa: f64) -> Vec<f64> {
    (0..n).map(|i| kappa.powf(i as f64 / (n - 1) as f64 - 1.0)).collect()
}

/// QDQ with a random reflection Q: the spectrum is that of D, and no axis is an eigenvector.
fn reflected(spectrum: &[f64]) -> Vec<Vec<f64>> {
    let n = spectrum.len();
    let mut random = Random::new(3, Stream::Data, 0);
    let w: Vec<f64> = (0..n).map(|_| random.normal()).collect();
    let square: f64 = w.iter().map(|w| w * w).sum();
    let q = |i: usize, j: usize| f64::from(u8::from(i == j)) - 2.0 * w[i] * w[j] / square;
    let entry = |i: usize, j: usize| (0..n).map(|k| q(i.min(j), k) * spectrum[k] * q(i.max(j), k)).sum();
    (0..n).map(|i| (0..n).map(|j| entry(i, j)).collect()).collect()
}

fn quadratic(spectrum: &[f64]) -> Surface {
    let vector = (0..spectrum.len()).map(|i| (i as f64).sin()).collect();
    Quadratic::new(Coefficients { matrix: reflected(spectrum), vector, constant: 3.0 }).unwrap().surface()
}

fn look<F: ravine_optim::Float>(objective: &mut dyn Objective<F>, x: &[f64], wanted: Wanted) -> Curvature {
    let x: Vec<F> = x.iter().map(|v| F::from_f64(*v)).collect();
    curvature(objective, &x, &wanted, &mut || GO_ON()).unwrap().unwrap()
}

fn wanted(count: usize, products: usize) -> Wanted {
    Wanted { count, products, tolerance: 1e-12, seed: 0 }
}

#[test]
fn both_ends_of_a_quadratic_of_any_condition_are_found_to_a_millionth() {
    for kappa in [1.0, 10.0, 1e3, 1e6, 1e8] {
        let spectrum = decades(40, kappa);
        let mut quadratic = quadratic(&spectrum);
        let start: Vec<f64> = (0..40).map(|i| (7.0 * i as f64).cos()).collect();
        let found = look::<f64>(&mut quadratic, &start, wanted(2, 40));
        let check = |value: f64, truth: f64| {
            assert!((value - truth).abs() <= 1e-6 * truth, "κ = {kappa}: {value} instead of {truth}");
        };
        check(found.largest[0].value, spectrum[39]);
        check(found.largest[1].value, spectrum[38]);
        check(found.least[0].value, spectrum[0]);
        check(found.least[1].value, spectrum[1]);
        for e in found.least.iter().chain(&found.largest) {
            assert!(e.residual < 1e-11 && e.difference < 1e-11, "κ = {kappa}: {e:?}");
        }
    }
}

#[test]
fn the_curvatures_of_rosenbrock_at_its_minimum_are_those_of_its_hessian() {
    let mut rosenbrock = surface::build("rosenbrock", &[], None, 0).unwrap();
    // [[802, −400], [−400, 200]]
    let (least, largest) = (501.0 - 250_601f64.sqrt(), 501.0 + 250_601f64.sqrt());
    for seed in 0..20 {
        let found = look::<f64>(&mut rosenbrock, &[1.0, 1.0], Wanted { seed, ..wanted(1, 2) });
        assert!((found.largest[0].value / largest - 1.0).abs() < 1e-6, "{seed}: {found:?}");
        assert!((found.least[0].value / least - 1.0).abs() < 1e-6, "{seed}: {found:?}");
    }
}

#[test]
fn a_saddle_has_a_negative_end() {
    let mut saddle = surface::build("saddle", &[], None, 0).unwrap();
    let found = look::<f64>(&mut saddle, &[0.0, 0.0], wanted(1, 2));
    assert!(found.least[0].value < -0.1 && found.largest[0].value > 0.1, "{found:?}");
}

#[test]
fn the_stated_error_covers_the_true_one_in_single_precision_too() {
    let spectrum = decades(30, 1e3);
    let mut quadratic = quadratic(&spectrum);
    let found = look::<f32>(&mut quadratic, &[0.5; 30], wanted(1, 30));
    for (e, truth) in [(&found.largest[0], 1.0), (&found.least[0], 1e-3)] {
        let off = (e.value - truth).abs();
        assert!(off <= e.residual + 2.0 * e.difference && e.residual + 2.0 * e.difference < 1e-3, "{e:?}, off by {off}");
    }
}

fn diagonal(spectrum: &[f64], wanted: &Wanted) -> ravine_optim::spectrum::Ends {
    let mut apply = |x: &[f64], y: &mut [f64]| {
        y.iter_mut().zip(x).zip(spectrum).for_each(|((y, x), h)| *y = h * x);
        ControlFlow::Continue(())
    };
    lanczos(spectrum.len(), wanted, &mut apply).unwrap()
}

#[test]
fn an_eigenvalue_is_within_the_residual_of_every_ritz_value() {
    let spectrum: Vec<f64> = (0..300).map(|i| (i as f64 / 30.0).powi(3) - 100.0).collect();
    for products in [3, 10, 30, 100] {
        let ends = diagonal(&spectrum, &Wanted { tolerance: 0.0, ..wanted(2, products) });
        assert_eq!(ends.products, products);
        for Ritz { value, residual, vector } in ends.least.iter().chain(&ends.largest) {
            let nearest = spectrum.iter().map(|h| (h - value).abs()).fold(f64::INFINITY, f64::min);
            assert!(nearest <= residual + 1e-9, "{products}: {value} is {nearest} off, not {residual}");
            let true_residual: f64 = vector.iter().zip(&spectrum).map(|(y, h)| ((h - value) * y).powi(2)).sum::<f64>().sqrt();
            assert!((true_residual - residual).abs() <= 1e-9, "{products}: {true_residual} is not {residual}");
        }
        assert!(ends.largest[0].value <= spectrum[299] + 1e-9 && ends.least[0].value >= spectrum[0] - 1e-9);
    }
}

#[test]
fn eigenvalues_that_occur_several_times_end_nothing() {
    let ends = diagonal(&[5.0, 1.0, 1.0, 5.0, 1.0, 5.0], &wanted(2, 6));
    let values = |side: &[Ritz]| side.iter().map(|r| (r.value * 1e12).round() / 1e12).collect::<Vec<_>>();
    assert_eq!((values(&ends.least), values(&ends.largest)), (vec![1.0, 1.0], vec![5.0, 5.0]));
    let ends = diagonal(&[0.0; 5], &wanted(1, 5));
    assert_eq!((values(&ends.least), values(&ends.largest)), (vec![0.0], vec![0.0]));
    let ends = diagonal(&[2.0], &wanted(3, 9));
    assert_eq!((values(&ends.least), values(&ends.largest)), (vec![2.0], vec![2.0]));
}

#[test]
fn the_search_can_be_broken_off_and_refuses_what_is_no_number() {
    let mut quadratic = quadratic(&decades(10, 10.0));
    let x = [1.0; 10];
    let broken = curvature::<f64>(&mut quadratic, &x, &wanted(1, 10), &mut || ControlFlow::Break(())).unwrap();
    assert_eq!(broken, None);
    let error = curvature::<f64>(&mut quadratic, &[f64::MAX; 10], &wanted(1, 10), &mut || GO_ON()).unwrap_err();
    assert!(error.to_string().contains("not finite"), "{error}");
    let error = curvature::<f64>(&mut quadratic, &[1.0; 3], &wanted(1, 10), &mut || GO_ON()).unwrap_err();
    assert_eq!(error.to_string(), "the point of the Hessian has length 3, but 10 are needed");
}
