//! The law `norms`: power iteration, which is below the true norm, never exceeds what `norm` promises to be above it.

use proptest::prelude::*;
use ravine_image::{
    Grid,
    operator::{Gradient, Mask},
};
use ravine_optim::{LinearOperator, spectrum::operator_norm};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]
    #[test]
    fn the_norm_of_the_gradient_is_a_bound(channels in 1usize..3, height in 1usize..24, width in 1usize..24) {
        let gradient = Gradient::new(Grid::new(channels, height, width)).unwrap();
        let (found, bound) = (operator_norm(&gradient), LinearOperator::<f64>::norm(&gradient));
        prop_assert!(found <= bound, "power iteration finds {found}, `norm` says {bound}");
        // ‖∇‖² = 4cos²(π/2H) + 4cos²(π/2W), which power iteration meets from below.
        let square = |n: usize| 4.0 * (std::f64::consts::PI / (2 * n) as f64).cos().powi(2);
        let exact = (square(height) + square(width)).sqrt();
        prop_assert!(found <= exact * (1.0 + 1e-12) && found >= exact * 0.995 - 1e-12, "{found} is not {exact}");
    }
}

#[test]
fn the_norm_of_a_mask_is_one_unless_nothing_is_known() {
    for (known, norm) in [(vec![false, true, false, false], 1.0), (vec![true; 4], 1.0), (vec![false; 4], 0.0)] {
        let mask = Mask::new(Grid::new(2, 2, 2), known).unwrap();
        assert_eq!(LinearOperator::<f64>::norm(&mask), norm);
        assert!((operator_norm(&mask) - norm).abs() < 1e-14);
    }
}
