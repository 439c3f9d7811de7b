//! How far an answer can still be from the best one.

use serde::Serialize;

/// Primal and dual energy of a pair (u, p), both summed in f64: D(p) ≤ J(u*) ≤ J(u), so J(u) − J(u*) ≤ gap.
///
/// Both sums are rounded; a margin for that sits in `gap`, and only there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Certificate {
    /// J(u), up to the margin that sits in `gap`.
    pub primal: f64,
    /// D(p): a lower bound of the least energy, up to the margin that sits in `gap`.
    pub dual: f64,
    /// An upper bound of J(u) − J(u*), rounding included: at least `primal − dual`.
    pub gap: f64,
    /// An upper bound of ‖u − u*‖ where J is strongly convex: √(2·gap/λ).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance: Option<f64>,
}

impl Certificate {
    /// gap / |primal|; 0 where the gap is 0.
    pub fn relative_gap(&self) -> f64 {
        if self.gap == 0.0 { 0.0 } else { self.gap / self.primal.abs() }
    }
}
