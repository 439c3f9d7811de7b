//! The closed form against the equation that it solves, a stored minimiser, and itself on other threads.

use ravine_image::{Grid, exact};
use ravine_optim::{Random, Stream};
use std::path::Path;

fn rough(grid: Grid) -> Vec<f64> {
    let mut random = Random::new(11, Stream::Data, grid.len() as u64);
    (0..grid.len()).map(|_| random.normal() * 2f64.powf(random.between(-10.0, 2.0))).collect()
}

/// ∇ᵀ∇u + λ(u − f) at one pixel: what the minimiser makes zero.
fn residual(grid: Grid, u: &[f64], f: &[f64], lambda: f64, (c, y, x): (usize, usize, usize)) -> f64 {
    let i = grid.index(c, y, x);
    let mut sum = lambda * (u[i] - f[i]);
    let mut neighbour = |there: bool, j: usize| sum += if there { u[i] - u[j] } else { 0.0 };
    neighbour(x > 0, i.wrapping_sub(1));
    neighbour(x + 1 < grid.width, i + 1);
    neighbour(y > 0, i.wrapping_sub(grid.width));
    neighbour(y + 1 < grid.height, i + grid.width);
    sum
}

#[test]
fn the_closed_form_solves_its_equation_on_every_shape() {
    let sizes = [(1, 1), (1, 2), (2, 1), (1, 16), (31, 1), (4, 8), (16, 2), (17, 32), (64, 64), (61, 53), (33, 128), (30, 256)];
    for (height, width) in sizes {
        for lambda in [1e-3, 0.5, 40.0] {
            let grid = Grid::new(3, height, width);
            let f = rough(grid);
            let u = exact::tikhonov(grid, &f, lambda).unwrap();
            let scale = f.iter().fold(0.0, |m: f64, v| m.max(v.abs())) * (8.0 + lambda);
            for c in 0..3 {
                for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
                    let r = residual(grid, &u, &f, lambda, (c, y, x));
                    assert!(r.abs() <= 1e-14 * scale, "{r:e} of {scale} at {c} {y} {x} of {grid:?}, λ = {lambda}");
                }
            }
        }
    }
}

#[test]
fn f32_is_f64_to_rounding() {
    for grid in [Grid::new(1, 128, 256), Grid::new(1, 101, 67)] {
        let f: Vec<f64> = rough(grid).iter().map(|v| f64::from((v / 8.0) as f32)).collect();
        let narrow: Vec<f32> = f.iter().map(|v| *v as f32).collect();
        let (wide, narrow) = (exact::tikhonov(grid, &f, 0.5).unwrap(), exact::tikhonov(grid, &narrow, 0.5).unwrap());
        let worst = wide.iter().zip(&narrow).map(|(a, b)| (a - f64::from(*b)).abs()).fold(0.0, f64::max);
        assert!(worst < 2e-6, "{worst:e}");
    }
}

#[test]
fn the_closed_form_is_the_stored_minimiser() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(folder.join("tikhonov_b.json")).unwrap()).unwrap();
    let numbers = |name: &str| -> Vec<f64> {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        bytes[128..].chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect()
    };
    let u = exact::tikhonov(Grid::new(1, 64, 64), &numbers("tikhonov_b_f.npy"), json["lambda"].as_f64().unwrap()).unwrap();
    let worst = u.iter().zip(numbers("tikhonov_b_u.npy")).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(worst < 1e-13, "{worst:e}");
}

#[test]
fn the_closed_form_has_the_same_bits_on_any_number_of_threads() {
    for grid in [Grid::new(3, 64, 128), Grid::new(1, 211, 97)] {
        let f: Vec<f32> = rough(grid).iter().map(|v| *v as f32).collect();
        let bits = |threads: usize| -> Vec<u32> {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| exact::tikhonov(grid, &f, 3.0)).unwrap().iter().map(|v| v.to_bits()).collect()
        };
        let one = bits(1);
        assert!([2, 3, 8].into_iter().all(|threads| bits(threads) == one), "{grid:?}");
    }
}

#[test]
fn what_cannot_be_solved_is_refused_with_the_number() {
    let says = |f: &[f64], lambda: f64| exact::tikhonov(Grid::new(1, 2, 2), f, lambda).unwrap_err().to_string();
    assert_eq!(says(&[0.0; 3], 1.0), "the picture has length 3, but 4 are needed");
    assert_eq!(says(&[0.0; 4], -1.0), "lambda = -1 is outside (0, ∞)");
    assert_eq!(says(&[0.0, f64::INFINITY, 0.0, 0.0], 1.0), "the picture is inf at index 1: only finite numbers can be used");
}
