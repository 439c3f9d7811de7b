//! The surfaces of `index.json`: two coordinates by formula, a quadratic by A and b, least squares by A and B.

use crate::expression::{Expression, body, definitions, tuple};
use crate::numbers;
use ravine_optim::{Layout, Objective};
use serde_json::Value;
use std::collections::BTreeMap;

pub(crate) struct Surface {
    layout: Layout,
    function: Function,
}

enum Function {
    /// f, its gradient, and what they abbreviate.
    Formula(Expression, Vec<Expression>, BTreeMap<char, Expression>),
    /// ½xᵀAx − bᵀx
    Quadratic { a: Vec<f64>, b: Vec<f64> },
    /// ½‖AW − B‖², A `rows`×`inner`, W `inner`×`columns`
    LeastSquares { a: Vec<f64>, b: Vec<f64>, rows: usize, inner: usize, columns: usize },
}

/// The surface and its start.
pub(crate) fn surface(entry: &Value) -> Result<(Surface, Vec<f64>), String> {
    let start = numbers(&entry["start"]);
    let layout = Layout::single("x", &[start.len()]);
    let shape = |m: &Value| (m.as_array().map_or(0, Vec::len), m[0].as_array().map_or(0, Vec::len));
    let function = if entry["B"].is_array() {
        let ((rows, inner), (_, columns)) = (shape(&entry["A"]), shape(&entry["B"]));
        Function::LeastSquares { a: numbers(&entry["A"]), b: numbers(&entry["B"]), rows, inner, columns }
    } else if entry["A"].is_array() {
        Function::Quadratic { a: numbers(&entry["A"]), b: numbers(&entry["b"]) }
    } else {
        let f = entry["f"].as_str().ok_or("an unknown surface")?;
        let gradient = tuple(entry["gradient"].as_str().ok_or("a surface without a gradient")?)?;
        Function::Formula(body(f)?, gradient, definitions(f)?)
    };
    Ok((Surface { layout, function }, start))
}

impl Objective<f64> for Surface {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn value(&mut self, x: &[f64]) -> f64 {
        self.value_and_gradient(x, &mut vec![0.0; x.len()])
    }

    fn value_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let n = x.len();
        match &self.function {
            Function::Formula(f, components, abbreviations) => {
                let coordinates = |c| if c == 'x' { x[0] } else { x[1] };
                let names = |c| abbreviations.get(&c).map_or_else(|| coordinates(c), |e| e.value(&coordinates));
                for (g, component) in gradient.iter_mut().zip(components) {
                    *g = component.value(&names);
                }
                f.value(&names)
            }
            Function::Quadratic { a, b } => {
                let ax: Vec<f64> = a.chunks(n).map(|row| row.iter().zip(x).map(|(a, x)| a * x).sum()).collect();
                for i in 0..n {
                    gradient[i] = ax[i] - b[i];
                }
                (0..n).map(|i| x[i] * (0.5 * ax[i] - b[i])).sum()
            }
            Function::LeastSquares { a, b, rows, inner, columns } => {
                gradient.fill(0.0);
                let mut value = 0.0;
                for i in 0..*rows {
                    for j in 0..*columns {
                        let fit: f64 = (0..*inner).map(|k| a[i * inner + k] * x[k * columns + j]).sum();
                        let residual = fit - b[i * columns + j];
                        value += 0.5 * residual * residual;
                        for k in 0..*inner {
                            gradient[k * columns + j] += a[i * inner + k] * residual;
                        }
                    }
                }
                value
            }
        }
    }
}
