//! The law `norms`: power iteration, which is below the true norm, never exceeds what `norm` promises to be above it.

use proptest::prelude::*;
use ravine_optim::linear::Matrix;
use ravine_optim::{LinearOperator, spectrum::operator_norm};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_norm_of_a_matrix_is_a_bound(columns in 1usize..8, entries in proptest::collection::vec(-10.0f64..10.0, 1..50)) {
        let whole = entries.len().next_multiple_of(columns);
        let entries = entries.into_iter().chain(std::iter::repeat(0.5)).take(whole).collect();
        let matrix = Matrix::new(columns, entries).unwrap();
        let (found, bound) = (operator_norm(&matrix), matrix.norm());
        prop_assert!(found <= bound, "power iteration finds {found}, `norm` says {bound}");
    }
}

#[test]
fn the_norm_is_sharp_where_it_can_be() {
    // Diagonal: ‖A‖₁ = ‖A‖_∞ = ‖A‖. Of rank one: Frobenius = ‖A‖.
    let diagonal = Matrix::new(3, vec![3.0, 0.0, 0.0, 0.0, -7.0, 0.0, 0.0, 0.0, 5.0]).unwrap();
    let rank_one = Matrix::new(2, vec![3.0, 4.0, 6.0, 8.0]).unwrap();
    for (matrix, norm) in [(diagonal, 7.0), (rank_one, 125f64.sqrt())] {
        assert!((LinearOperator::<f64>::norm(&matrix) - norm).abs() < 1e-9);
        assert!((operator_norm(&matrix) - norm).abs() < 1e-9);
    }
}
