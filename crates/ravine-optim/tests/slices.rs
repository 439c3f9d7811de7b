//! Laws of slices: values are those of the formula, principal directions those of the path, and neither the number of workers and
//! threads nor an interruption changes a bit.

use ravine_optim::objective::quadratic::{Coefficients, Quadratic};
use ravine_optim::slice::{explained, normal_direction, principal_directions, random_directions, window_around};
use ravine_optim::vector::{dot, norm};
use ravine_optim::{Objective, Slice, surface};
use rayon::ThreadPoolBuilder;
use std::ops::ControlFlow;

fn workers(count: usize) -> Vec<Box<dyn Objective<f64>>> {
    (0..count).map(|_| Box::new(surface::build("rosenbrock", &[], None, 0).unwrap()) as Box<dyn Objective<f64>>).collect()
}

fn evaluated(slice: &Slice, mut workers: Vec<Box<dyn Objective<f64>>>) -> Vec<f64> {
    let mut values = vec![None; slice.points()];
    slice.evaluate(&mut workers, &mut values, &mut |_, _| ControlFlow::Continue(()));
    values.into_iter().map(|v| v.expect("every point was evaluated")).collect()
}

#[test]
fn a_slice_of_a_quadratic_is_the_quadratic_of_its_coordinates() {
    let matrix = vec![vec![4.0, 1.0, 0.0], vec![1.0, 3.0, -1.0], vec![0.0, -1.0, 2.0]];
    let vector = vec![1.0, -2.0, 0.5];
    let surface = Quadratic::new(Coefficients { matrix: matrix.clone(), vector: vector.clone(), constant: 7.0 }).unwrap().surface();
    let (theta, d) = (vec![0.3, -1.0, 2.0], vec![vec![1.0, 2.0, 0.0], vec![0.5, 0.0, -1.0]]);
    let slice = Slice::new(theta.clone(), d.clone(), vec![(-2.0, 1.0), (0.0, 3.0)], 7).unwrap();
    let values = evaluated(&slice, vec![Box::new(surface)]);
    assert_eq!(values.len(), 49);
    for (i, value) in values.iter().enumerate() {
        let (a, b) = (-2.0 + 0.5 * (i % 7) as f64, 0.5 * (i / 7) as f64);
        assert_eq!(slice.coordinates(i), [a, b]);
        let x: Vec<f64> = (0..3).map(|j| theta[j] + a * d[0][j] + b * d[1][j]).collect();
        let truth: f64 = 7.0 + (0..3).map(|i| x[i] * (0.5 * dot(&matrix[i], &x) - vector[i])).sum::<f64>();
        assert!((value - truth).abs() <= 1e-13 * truth.abs().max(1.0), "{i}: {value} {truth}");
    }
}

#[test]
fn workers_threads_and_interruptions_change_no_bit() {
    let slice = Slice::new(vec![1.0, 1.0], random_directions(2, 2, 5).unwrap(), vec![(-3.0, 2.0), (-1.0, 4.0)], 31).unwrap();
    let bits = |values: Vec<f64>| values.into_iter().map(f64::to_bits).collect::<Vec<_>>();
    let whole = bits(evaluated(&slice, workers(1)));
    for threads in [1, 2, 3, 8] {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(|| bits(evaluated(&slice, workers(threads)))), whole, "{threads} threads");
    }
    let (mut values, mut seen) = (vec![None; slice.points()], Vec::new());
    for pieces in 0.. {
        let before = seen.len();
        slice.evaluate(&mut workers(2), &mut values, &mut |i, value| {
            seen.push(i);
            assert!(value.is_finite());
            if seen.len() - before >= 100 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if seen.len() == before {
            assert!(pieces >= 9, "961 points in pieces of about 100");
            break;
        }
    }
    seen.sort_unstable();
    assert!(seen.iter().copied().eq(0..slice.points()), "each point is computed once");
    assert_eq!(bits(values.into_iter().flatten().collect()), whole);
}

#[test]
fn a_straight_path_is_explained_by_one_direction() {
    let step = normal_direction(500, 1, 0);
    let path: Vec<Vec<f64>> = (0..9).map(|k| step.iter().map(|d| 3.0 + d * (k * k) as f64).collect()).collect();
    let directions = principal_directions(&path, 2, 0).unwrap();
    let shares = explained(&path, &directions).unwrap();
    assert!((shares[0] - 1.0).abs() < 1e-12 && shares[1] < 1e-12, "{shares:?}");
    assert!((dot(&directions[0], &step).abs() - norm(&step)).abs() < 1e-9);
}

#[test]
fn the_plane_of_an_ellipse_is_found_among_many_dimensions() {
    let axes = random_directions(300, 2, 7).unwrap();
    let point = |k: usize| -> Vec<f64> {
        let angle = std::f64::consts::TAU * k as f64 / 40.0;
        (0..300).map(|j| 1.0 + 3.0 * angle.cos() * axes[0][j] + 2.0 * angle.sin() * axes[1][j]).collect()
    };
    let path: Vec<Vec<f64>> = (0..40).map(point).collect();
    let directions = principal_directions(&path, 2, 0).unwrap();
    let shares = explained(&path, &directions).unwrap();
    assert!((shares[0] - 9.0 / 13.0).abs() < 1e-12 && (shares[1] - 4.0 / 13.0).abs() < 1e-12, "{shares:?}");
    assert!((dot(&directions[0], &axes[0]).abs() - 1.0).abs() < 1e-12);
    let slice = Slice::new(path[0].clone(), directions, vec![(-1.0, 1.0); 2], 2).unwrap();
    assert!(path.iter().all(|x| slice.distance(x) < 1e-12));
    // Any other plane holds less.
    let others = explained(&path, &random_directions(300, 2, 8).unwrap()).unwrap();
    assert!(others[0] + others[1] < 0.1, "{others:?}");
}

#[test]
fn the_projection_is_the_nearest_point_though_directions_be_oblique() {
    let d = [normal_direction(20, 2, 0), normal_direction(20, 2, 1)];
    let oblique = vec![d[0].clone(), d[0].iter().zip(&d[1]).map(|(a, b)| 5.0 * a + b).collect()];
    let slice = Slice::new(vec![1.0; 20], oblique.clone(), vec![(-1.0, 1.0); 2], 2).unwrap();
    let x = normal_direction(20, 2, 2);
    let a = slice.project(&x);
    let away: Vec<f64> = (0..20).map(|j| x[j] - 1.0 - a[0] * oblique[0][j] - a[1] * oblique[1][j]).collect();
    assert!(oblique.iter().all(|d| dot(d, &away).abs() < 1e-10));
    assert!((norm(&away) - slice.distance(&x)).abs() < 1e-12 && norm(&away) > 1.0);
}

#[test]
fn random_directions_are_orthonormal_and_differ_by_seed() {
    let [a, b] = &random_directions(3, 2, 4).unwrap()[..] else { panic!() };
    assert!((norm(a) - 1.0).abs() < 1e-15 && (norm(b) - 1.0).abs() < 1e-15 && dot(a, b).abs() < 1e-15);
    assert_ne!(a, &random_directions(3, 1, 5).unwrap()[0]);
}

#[test]
fn windows_hold_the_path_and_the_origin() {
    assert_eq!(window_around([1.0, 5.0].into_iter()), (-1.0, 6.0));
    assert_eq!(window_around(std::iter::empty()), (-1.0, 1.0));
}

#[test]
fn what_is_no_slice_is_refused() {
    let unit = || vec![1.0, 0.0];
    let says = |directions: Vec<Vec<f64>>, window: (f64, f64), size: usize| {
        let windows = vec![window; directions.len()];
        Slice::new(vec![0.0; 2], directions, windows, size).unwrap_err().to_string()
    };
    assert_eq!(
        says(vec![unit(), vec![-2.0, 0.0]], (-1.0, 1.0), 3),
        "the directions of the slice are zero or lie on one line: take others"
    );
    assert_eq!(says(vec![vec![0.0; 2]], (-1.0, 1.0), 3), "the directions of the slice are zero or lie on one line: take others");
    assert_eq!(says(vec![unit()], (1.0, 1.0), 3), "a window from 1 to 1 has no width");
    assert_eq!(says(vec![unit()], (-1.0, 1.0), 1), "size = 1 is outside 2..1000");
    assert_eq!(says(vec![unit()], (-1.0, 1.0), 1001), "size = 1001 is outside 2..1000");
    assert_eq!(says(vec![vec![1.0]], (-1.0, 1.0), 3), "a direction has length 1, but 2 are needed");
    let error = random_directions(1, 2, 0).unwrap_err().to_string();
    assert_eq!(error, "2 directions need 2 unknowns, and there is 1: take --dimensions 1");
    let error = principal_directions(&[unit(), unit()], 2, 0).unwrap_err().to_string();
    assert_eq!(error, "the path has no two different points, so nothing varies along it: give a longer one");
}
