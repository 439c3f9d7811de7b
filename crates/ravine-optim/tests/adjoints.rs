//! The law `adjoints`: ⟨Ax, y⟩ = ⟨x, Aᵀy⟩ to 1e-12.

use ravine_optim::linear::Matrix;
use ravine_optim::{LinearOperator, Random, Stream, check};

fn rows() -> Vec<(String, Box<dyn LinearOperator<f64>>)> {
    let shapes = [(1, 1), (1, 13), (13, 1), (7, 11), (31, 5)];
    let matrix = |(rows, columns): (usize, usize)| {
        let mut random = Random::new(rows as u64, Stream::Data, columns as u64);
        let entries = (0..rows * columns).map(|_| random.normal()).collect();
        (format!("matrix {rows} × {columns}"), Box::new(Matrix::new(columns, entries).unwrap()) as Box<dyn LinearOperator<f64>>)
    };
    shapes.into_iter().map(matrix).collect()
}

#[test]
fn every_operator_has_its_adjoint() {
    for (name, operator) in rows() {
        for seed in 0..10 {
            let law = check::adjoint(&*operator, seed);
            assert!(law.error < 1e-12, "{name}: off by {:.1e}, apparent scale {}", law.error, law.apparent_scale());
        }
    }
}

#[test]
fn add_adjoint_adds_and_adjoint_overwrites() {
    for (name, operator) in rows() {
        let y = vec![1.0; operator.range()];
        let (mut once, mut more) = (vec![9.0; operator.domain()], vec![2.0; operator.domain()]);
        operator.adjoint(&y, &mut once);
        operator.add_adjoint(&y, &mut more);
        assert!(once.iter().zip(&more).all(|(a, b)| (a + 2.0 - b).abs() < 1e-13), "{name}");
    }
}

#[test]
fn a_matrix_of_the_wrong_size_or_with_a_nan_is_refused() {
    let says = |columns, entries| Matrix::<f64>::new(columns, entries).unwrap_err().to_string();
    assert_eq!(says(2, vec![1.0; 5]), "a matrix of 2 columns has length 5, but 6 are needed");
    assert_eq!(says(0, vec![]), "a matrix of 0 columns has length 0, but 1 are needed");
    assert_eq!(says(1, vec![1.0, f64::NAN]), "the matrix is NaN at index 1: only finite numbers can be used");
}
