//! Law: on quadratics each rule contracts as theory says, within 2 % of −ln of the factor per step, for κ = 10 … 10⁴ (μ = 1, L = κ).

use ravine_optim::parameter::Setting;
use ravine_optim::{Descent, Solver, rule, surface, vector};

const KAPPA: [f64; 4] = [1e1, 1e2, 1e3, 1e4];

/// How e_k falls: like ρᵏ, or like k·ρᵏ where two roots of the recursion meet.
#[derive(Clone, Copy, PartialEq)]
enum Root {
    Single,
    Double,
}

/// −ln ρ, measured between the middle and the end of a run that shrinks the error by about e^−200.
fn measured(kappa: f64, rule: &str, settings: &[(&str, f64)], factor: f64, root: Root) -> f64 {
    let settings: Vec<(&str, Setting)> = settings.iter().map(|(name, value)| (*name, (*value).into())).collect();
    let valley = [("kappa".into(), kappa.into()), ("dimension".into(), 3.0.into())];
    let valley = surface::build("ravine", &valley, None, 0).unwrap();
    let update = rule::build::<f64>(rule, &settings).unwrap();
    let mut descent = Descent::new(Box::new(valley), vec![1.0, 1.0, 1.0], update).unwrap();
    let half = (100.0 / -factor.ln()).ceil() as u64;
    let mut error_after_half = || {
        (0..half).for_each(|_| descent.step());
        let k = descent.steps() as f64;
        let error = vector::norm(descent.theta()).ln();
        if root == Root::Double { error - k.ln() } else { error }
    };
    let (middle, end) = (error_after_half(), error_after_half());
    (middle - end) / half as f64
}

/// `theory` gives η and γ (none: plain descent) and ρ from κ.
fn law(rule: &str, root: Root, theory: impl Fn(f64) -> (Vec<(&'static str, f64)>, f64)) {
    for kappa in KAPPA {
        let (settings, factor) = theory(kappa);
        let (got, wanted) = (measured(kappa, rule, &settings, factor, root), -factor.ln());
        assert!((got / wanted - 1.0).abs() < 0.02, "{rule}, κ = {kappa}: −ln ρ = {got:.4e} instead of {wanted:.4e}");
    }
}

#[test]
fn descent_contracts_by_kappa_minus_one_over_kappa_plus_one() {
    law("gradient-descent", Root::Single, |kappa| (vec![("eta", 2.0 / (kappa + 1.0))], (kappa - 1.0) / (kappa + 1.0)));
}

#[test]
fn the_heavy_ball_contracts_by_the_root_of_kappa() {
    law("momentum", Root::Double, |kappa| {
        let root = kappa.sqrt();
        let factor = (root - 1.0) / (root + 1.0);
        (vec![("eta", 4.0 / (root + 1.0).powi(2)), ("gamma", factor * factor)], factor)
    });
}

#[test]
fn nesterov_contracts_by_one_minus_one_over_the_root_of_kappa() {
    law("nesterov", Root::Double, |kappa| {
        let root = kappa.sqrt();
        (vec![("eta", 1.0 / kappa), ("gamma", (root - 1.0) / (root + 1.0))], 1.0 - 1.0 / root)
    });
}

#[test]
fn nesterov_at_its_best_contracts_by_one_minus_two_over_the_root_of_three_kappa_plus_one() {
    law("nesterov", Root::Double, |kappa| {
        let root = (3.0 * kappa + 1.0).sqrt();
        (vec![("eta", 4.0 / (3.0 * kappa + 1.0)), ("gamma", (root - 2.0) / (root + 2.0))], 1.0 - 2.0 / root)
    });
}
