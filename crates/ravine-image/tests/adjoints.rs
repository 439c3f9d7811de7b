//! The law `adjoints`: ⟨Ax, y⟩ = ⟨x, Aᵀy⟩ to 1e-12, for every operator on grids of any shape.

use proptest::prelude::*;
use ravine_image::{
    Grid,
    operator::{Gradient, Mask},
};
use ravine_optim::{LinearOperator, check};

fn rows(grid: Grid) -> Vec<(&'static str, Box<dyn LinearOperator<f64>>)> {
    let known = (0..grid.plane()).map(|i| i % 3 != 1).collect();
    vec![("gradient", Box::new(Gradient::new(grid).unwrap())), ("mask", Box::new(Mask::new(grid, known).unwrap()))]
}

fn hold(grid: Grid, seed: u64) -> Result<(), String> {
    for (name, operator) in rows(grid) {
        let law = check::adjoint(&*operator, seed);
        if law.error >= 1e-12 {
            return Err(format!("{name} on {grid:?}: off by {:.1e}, apparent scale {}", law.error, law.apparent_scale()));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn every_operator_has_its_adjoint(channels in 1usize..4, height in 1usize..30, width in 1usize..30, seed in 0u64..100) {
        prop_assert_eq!(hold(Grid::new(channels, height, width), seed), Ok(()));
    }
}

#[test]
fn every_operator_has_its_adjoint_on_thin_and_on_large_grids() {
    // The large ones are cut among threads.
    for (channels, height, width) in [(1, 1, 1), (1, 1, 97), (3, 97, 1), (1, 2, 2), (3, 211, 131), (1, 40_009, 1), (1, 1, 40_009)] {
        assert_eq!(hold(Grid::new(channels, height, width), 1), Ok(()));
    }
}

#[test]
fn the_gradient_knows_where_a_plane_ends() {
    let gradient = Gradient::new(Grid::new(2, 2, 2)).unwrap();
    let mut p = [9.0f32; 16];
    gradient.apply(&[0.0, 1.0, 2.0, 4.0, 100.0, 100.0, 100.0, 101.0], &mut p);
    assert_eq!(p[..8], [1.0, 0.0, 2.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    assert_eq!(p[8..], [2.0, 3.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
    assert_eq!(Gradient::new(Grid::new(1, 0, 5)).unwrap_err().to_string(), "the picture has length 0, but 1 are needed");
}

#[test]
fn a_mask_of_the_wrong_size_is_refused() {
    let says = |grid, known| Mask::new(grid, known).unwrap_err().to_string();
    assert_eq!(says(Grid::new(3, 2, 2), vec![true; 12]), "the mask has length 12, but 4 are needed");
    assert_eq!(says(Grid::new(1, 0, 2), vec![]), "the mask has length 0, but 1 are needed");
}
