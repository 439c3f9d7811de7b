//! Any quadratic, from its matrix.

use crate::cholesky;
use crate::error::{Error, Result, check_finite};
use crate::layout::Layout;
use crate::objective::Objective;
use crate::spectrum;
use crate::surface::{Landscape, Optimum, Surface, Window, window_around};
use serde::Deserialize;

/// What a file says: `{"matrix": [[…]], "vector": […], "constant": c}`, meaning ½xᵀMx − bᵀx + c. The constant may be left out.
///
/// ```
/// use ravine_optim::objective::quadratic::{Coefficients, Quadratic};
/// let file: Coefficients = serde_json::from_str(r#"{"matrix": [[4, 0], [0, 16]], "vector": [4, 16]}"#)?;
/// let quadratic = Quadratic::new(file)?;
/// assert_eq!(quadratic.minimiser(), Some(vec![1.0, 1.0]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coefficients {
    /// The rows of M.
    pub matrix: Vec<Vec<f64>>,
    /// b
    pub vector: Vec<f64>,
    /// c
    #[serde(default)]
    pub constant: f64,
}

/// J(x) = ½xᵀMx − bᵀx + c with a symmetric M.
#[derive(Debug, Clone)]
pub struct Quadratic {
    matrix: Vec<f64>, // n × n
    vector: Vec<f64>,
    constant: f64,
    curvature: (f64, f64),
    layout: Layout,
}

impl Quadratic {
    /// Refuses a matrix that is empty, not square, not symmetric (beyond 1e-12 of its largest entry), or not finite.
    pub fn new(Coefficients { matrix, vector, constant }: Coefficients) -> Result<Self> {
        let n = vector.len();
        if n == 0 {
            return Err(Error::Length { what: "the vector of the quadratic".into(), got: 0, wanted: 1 });
        }
        if matrix.len() != n {
            return Err(Error::Length {
                what: "the matrix of the quadratic (its number of rows)".into(),
                got: matrix.len(),
                wanted: n,
            });
        }
        for (i, row) in matrix.iter().enumerate() {
            if row.len() != n {
                return Err(Error::Length { what: format!("row {i} of the matrix"), got: row.len(), wanted: n });
            }
            check_finite(&format!("row {i} of the matrix"), row)?;
        }
        check_finite("the vector of the quadratic", &vector)?;
        check_finite("the constant of the quadratic", &[constant])?;
        let matrix = matrix.concat();
        let largest = matrix.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        for (i, j) in (0..n).flat_map(|i| (0..i).map(move |j| (i, j))) {
            let (a, b) = (matrix[i * n + j], matrix[j * n + i]);
            if (a - b).abs() > 1e-12 * largest {
                return Err(Error::Unsuited(format!(
                    "the matrix is not symmetric: entry ({i}, {j}) is {a}, but ({j}, {i}) is {b}; ½(M + Mᵀ) gives the same quadratic"
                )));
            }
        }
        let curvature = spectrum::extreme_eigenvalues(n, |x, y| spectrum::multiply(&matrix, x, y));
        Ok(Quadratic { matrix, vector, constant, curvature, layout: Layout::single("x", &[n]) })
    }

    /// (μ, L): the smallest and the largest eigenvalue of M, found by power iteration.
    pub fn curvature(&self) -> (f64, f64) {
        self.curvature
    }

    /// The solution of Mx = b, where M is positive definite.
    pub fn minimiser(&self) -> Option<Vec<f64>> {
        cholesky::solve(&self.matrix, &self.vector)
    }

    /// As a surface called `quadratic`.
    pub fn surface(self) -> Surface {
        Surface::new("quadratic", self)
    }
}

impl Objective<f64> for Quadratic {
    fn layout(&self) -> &Layout {
        &self.layout
    }
    fn value(&mut self, x: &[f64]) -> f64 {
        self.value_and_gradient(x, &mut vec![0.0; x.len()])
    }
    fn value_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        spectrum::multiply(&self.matrix, x, gradient);
        let mut value = self.constant;
        for ((g, x), b) in gradient.iter_mut().zip(x).zip(&self.vector) {
            value += x * (0.5 * *g - b);
            *g -= b;
        }
        value
    }
    /// 2/L with L from power iteration, so not below the true limit. None where M has a negative eigenvalue: there descent diverges at every η.
    fn stable_eta(&self) -> Option<f64> {
        let (least, largest) = self.curvature;
        (largest > 0.0 && least >= -1e-9 * largest).then(|| 2.0 / largest)
    }
}

impl Landscape for Quadratic {
    fn start(&self) -> Vec<f64> {
        vec![1.0; self.vector.len()]
    }
    fn optima(&self) -> Vec<Optimum> {
        let least =
            |x: Vec<f64>| Optimum { value: self.constant - 0.5 * x.iter().zip(&self.vector).map(|(x, b)| x * b).sum::<f64>(), x };
        self.minimiser().map(least).into_iter().collect()
    }
    /// 2/(L + μ), the best of plain descent; 1/ρ where M is not positive semidefinite, ρ its spectral radius.
    fn eta(&self) -> f64 {
        let (least, largest) = self.curvature;
        match least >= 0.0 {
            _ if least == 0.0 && largest == 0.0 => 1.0,
            true => 2.0 / (largest + least),
            false => 1.0 / largest.abs().max(least.abs()),
        }
    }
    fn window(&self) -> Window {
        let start = self.start();
        let best = self.minimiser().unwrap_or_else(|| vec![0.0; start.len()]);
        window_around(&[&start, &best])
    }
}
