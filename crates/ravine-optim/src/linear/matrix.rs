//! A matrix with all its entries: for small problems.

use crate::error::{Error, Result, check_finite};
use crate::linear::LinearOperator;
use crate::number::Float;
use crate::vector;

/// y = Ax with the entries of A row by row.
#[derive(Debug, Clone)]
pub struct Matrix<F> {
    entries: Vec<F>, // rows × columns
    columns: usize,
}

impl<F: Float> Matrix<F> {
    /// From finite entries, row by row; their number must be a multiple of `columns` ≥ 1.
    ///
    /// ```
    /// use ravine_optim::{LinearOperator, linear::Matrix};
    /// let difference = Matrix::new(3, vec![-1.0, 1.0, 0.0, 0.0, -1.0, 1.0]).unwrap();
    /// let mut y = [0.0; 2];
    /// difference.apply(&[1.0, 4.0, 9.0], &mut y);
    /// assert_eq!(y, [3.0, 5.0]);
    /// ```
    pub fn new(columns: usize, entries: Vec<F>) -> Result<Self> {
        if columns == 0 || !entries.len().is_multiple_of(columns) {
            let wanted = entries.len().next_multiple_of(columns.max(1)).max(columns.max(1));
            return Err(Error::Length { what: format!("a matrix of {columns} columns"), got: entries.len(), wanted });
        }
        check_finite("the matrix", &entries)?;
        Ok(Matrix { entries, columns })
    }

    fn rows(&self) -> impl Iterator<Item = &[F]> {
        self.entries.chunks_exact(self.columns)
    }
}

impl<F: Float> LinearOperator<F> for Matrix<F> {
    fn domain(&self) -> usize {
        self.columns
    }

    fn range(&self) -> usize {
        self.entries.len() / self.columns
    }

    fn apply(&self, x: &[F], y: &mut [F]) {
        for (y, row) in y.iter_mut().zip(self.rows()) {
            *y = F::from_f64(vector::dot(row, x));
        }
    }

    fn add_adjoint(&self, y: &[F], x: &mut [F]) {
        for (&y, row) in y.iter().zip(self.rows()) {
            for (x, &a) in x.iter_mut().zip(row) {
                *x += a * y;
            }
        }
    }

    fn wide(&self) -> Box<dyn LinearOperator<f64>> {
        Box::new(Matrix { entries: vector::widen(&self.entries), columns: self.columns })
    }

    /// √(‖A‖₁‖A‖_∞) or the Frobenius norm, whichever is smaller.
    fn norm(&self) -> f64 {
        let mut by_column = vec![0.0; self.columns];
        let mut largest_row = 0f64;
        for row in self.rows() {
            let sizes = row.iter().map(|a| a.to_f64().abs());
            by_column.iter_mut().zip(sizes.clone()).for_each(|(sum, a)| *sum += a);
            largest_row = largest_row.max(sizes.sum());
        }
        let largest_column = by_column.into_iter().fold(0.0, f64::max);
        (largest_row * largest_column).sqrt().min(vector::norm(&self.entries)) * (1.0 + 1e-12)
    }
}
