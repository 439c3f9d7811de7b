//! G(u) + Σᵢ Fᵢ(Kᵢu): what is minimised where it is convex, and what is known of any (u, p) whoever found it.

mod smooth;

pub use smooth::SmoothProblem;

use crate::certificate::Certificate;
use crate::error::{Error, Result};
use crate::linear::LinearOperator;
use crate::number::Float;
use crate::term::Term;
use crate::vector;

/// One Fᵢ∘Kᵢ.
pub struct Part<F: Float> {
    /// Fᵢ
    pub term: Box<dyn Term<F>>,
    /// Kᵢ
    pub operator: Box<dyn LinearOperator<F>>,
}

/// J(u) = G(u) + Σᵢ Fᵢ(Kᵢu).
///
/// Its dual (Fenchel, Rockafellar) is D(p) = −G*(−Σᵢ Kᵢᵀpᵢ) − Σᵢ Fᵢ*(pᵢ): for every u and p, D(p) ≤ min J ≤ J(u).
pub struct Problem<F: Float> {
    unknowns: usize,
    /// G
    pub g: Box<dyn Term<F>>,
    parts: Vec<Part<F>>,
}

impl<F: Float> Problem<F> {
    /// G alone, on `unknowns` numbers.
    pub fn new(unknowns: usize, g: impl Term<F> + 'static) -> Self {
        Problem { unknowns, g: Box::new(g), parts: Vec::new() }
    }

    /// With one more F(Ku). The domain of K must be that of u.
    pub fn with(mut self, term: Box<dyn Term<F>>, operator: Box<dyn LinearOperator<F>>) -> Result<Self> {
        if operator.domain() != self.unknowns {
            let what = format!("the operand of operator {}", self.parts.len() + 1);
            return Err(Error::Length { what, got: operator.domain(), wanted: self.unknowns });
        }
        self.parts.push(Part { term, operator });
        Ok(self)
    }

    /// The length of u.
    pub fn unknowns(&self) -> usize {
        self.unknowns
    }

    /// The parts Fᵢ∘Kᵢ, in order: that of the duals.
    pub fn parts(&self) -> &[Part<F>] {
        &self.parts
    }

    /// J(u), the operators in the precision of u, the sums in f64.
    pub fn value(&self, u: &[F]) -> f64 {
        let part = |part: &Part<F>| {
            let mut ku = vec![F::ZERO; part.operator.range()];
            part.operator.apply(u, &mut ku);
            part.term.value(&ku)
        };
        self.g.value(u) + self.parts.iter().map(part).sum::<f64>()
    }

    /// pᵢ = ∇Fᵢ(Kᵢu), the duals that belong to u; none if a term has no gradient.
    pub fn duals_at(&self, u: &[F]) -> Option<Vec<Vec<F>>> {
        let dual = |part: &Part<F>| {
            let smooth = part.term.smooth()?;
            let mut ku = vec![F::ZERO; part.operator.range()];
            let mut p = ku.clone();
            part.operator.apply(u, &mut ku);
            smooth.gradient(&ku, &mut p);
            Some(p)
        };
        self.parts.iter().map(dual).collect()
    }

    /// The certificate of (u, p), in f64; none if a conjugate is not known.
    ///
    /// The duals are first made feasible: projected onto dom F*, then shrunk by 1 − 10⁻¹⁵ while rounding leaves F* infinite.
    /// `gap` has a margin for the rounding of the sums, so that it is a bound also where P − D is nothing but rounding:
    ///
    /// ```text
    /// (l + 64)·ε/2·(|P| + |D| + ‖u‖(‖Σ Kᵢᵀpᵢ‖ + Σ ‖Kᵢ‖‖pᵢ‖))
    /// ```
    ///
    /// A sum of l numbers one after another is wrong by at most l·ε/2 of the sum of their sizes (Higham 2002, §4.2); l is that of the
    /// longest lane of [`vector::sums`], at most 512, and 64 are for the tree over lanes and blocks and for the terms themselves. The
    /// last part is what is lost in Kᵢᵀpᵢ, where numbers of the size of pᵢ may cancel. It presumes operators that add no more than
    /// l + 64 numbers one after another.
    ///
    /// # Panics
    /// If a length is not that of the problem.
    pub fn certify(&self, u: &[F], duals: &[Vec<F>]) -> Option<Certificate> {
        assert!(u.len() == self.unknowns && duals.len() == self.parts.len(), "u or the duals are those of another problem");
        let g = self.g.wide();
        let primal = {
            let u = vector::widen(u);
            g.value(&u) + self.parts.iter().map(|part| wide_value(part, &u)).sum::<f64>()
        };
        let mut pull = vec![0.0; self.unknowns]; // Σ Kᵢᵀpᵢ
        let (mut conjugates, mut sizes) = (0.0, 0.0); // Σ Fᵢ*(pᵢ), Σ ‖Kᵢ‖‖pᵢ‖
        let mut longest = self.unknowns;
        for (part, p) in self.parts.iter().zip(duals) {
            let (p, conjugate) = feasible(&*part.term.wide(), vector::widen(p))?;
            part.operator.wide().add_adjoint(&p, &mut pull);
            conjugates += conjugate;
            sizes += part.operator.norm() * vector::norm(&p);
            longest = longest.max(p.len());
        }
        let scale = vector::norm(u) * (vector::norm(&pull) + sizes);
        pull.iter_mut().for_each(|v| *v = -*v);
        let dual = -g.proximal()?.conjugate(&pull) - conjugates;
        let additions = (vector::longest_lane(longest) + 64) as f64;
        let rounding = additions * 0.5 * f64::EPSILON * (primal.abs() + dual.abs() + scale);
        let gap = (primal - dual).max(0.0) + rounding; // rounding is NaN or infinite if primal or dual is
        let gap = if gap.is_finite() { gap } else { f64::INFINITY };
        let curvature = g.proximal()?.curvature();
        let distance = (curvature > 0.0).then(|| (2.0 * gap / curvature).sqrt());
        Some(Certificate { primal, dual, gap, distance })
    }
}

fn wide_value<F: Float>(part: &Part<F>, u: &[f64]) -> f64 {
    let mut ku = vec![0.0; part.operator.range()];
    part.operator.wide().apply(u, &mut ku);
    part.term.wide().value(&ku)
}

/// p, moved as little as possible until F*(p) is finite, and F*(p). None without a proximal map.
fn feasible(term: &dyn Term<f64>, mut p: Vec<f64>) -> Option<(Vec<f64>, f64)> {
    /// Each shrinks by four or five roundings; a projection is wrong by a few more.
    const SHRINKS: usize = 64;
    let term = term.proximal()?;
    term.prox_conjugate(0.0, &mut p);
    let mut conjugate = term.conjugate(&p);
    for _ in 0..SHRINKS {
        if conjugate.is_finite() {
            break;
        }
        p.iter_mut().for_each(|v| *v *= 1.0 - 1e-15);
        conjugate = term.conjugate(&p);
    }
    Some((p, conjugate))
}
