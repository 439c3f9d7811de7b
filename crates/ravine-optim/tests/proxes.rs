//! The law `proxes`: no point does better than a proximal point; F and F* belong together (Moreau, Fenchel and Young);
//! `prox_conjugate(0, ·)` is the projection onto dom F*; the stated curvature and smoothness are there.

use ravine_optim::term::{Bounds, ConvexSet, GroupNorm, Huber, Indicator, Mass, Simplex, Squares, SquaresWithin};
use ravine_optim::{Proximal, Random, Stream, Term, vector};

const N: usize = 12;

fn rows() -> Vec<(&'static str, Box<dyn Term<f64>>)> {
    let centre = draw(99, 1.0);
    vec![
        ("squares", Box::new(Squares::<f64>::new(0.7).unwrap())),
        ("squares around a centre", Box::new(Squares::around(3.0, centre).unwrap())),
        ("group norm of 2", Box::new(GroupNorm::new(2).unwrap())),
        ("group norm of 6", Box::new(GroupNorm::new(6).unwrap())),
        ("l1", Box::new(GroupNorm::l1())),
        ("huber of 2", Box::new(Huber::new(2, 0.3).unwrap())),
        ("huber of 1", Box::new(Huber::new(1, 5.0).unwrap())),
        ("bounds", Box::new(Indicator(bounds()))),
        ("simplex", Box::new(Indicator(Simplex::new(3.0).unwrap()))),
        ("mass", Box::new(Indicator(Mass::new(3.0).unwrap()))),
        ("squares within bounds", Box::new(SquaresWithin::new(3.0, draw(99, 1.0), bounds()).unwrap())),
        ("squares within a simplex", Box::new(SquaresWithin::new(0.5, draw(99, 1.0), Simplex::new(3.0).unwrap()).unwrap())),
        ("squares within a mass", Box::new(SquaresWithin::new(0.5, draw(99, 1.0), Mass::new(3.0).unwrap()).unwrap())),
    ]
}

fn bounds() -> Bounds {
    Bounds::even(N, -0.4, 0.9).unwrap().knowing([(2, 0.5), (7, -3.0)]).unwrap()
}

fn draw(seed: u64, scale: f64) -> Vec<f64> {
    let mut random = Random::new(seed, Stream::Data, 0);
    (0..N).map(|_| scale * random.normal()).collect()
}

/// What must hold for each term at several points and steps.
fn for_each(law: impl Fn(&str, &dyn Proximal<f64>, f64, &[f64])) {
    for (name, term) in rows() {
        for seed in 0..15 {
            for tau in [0.01, 0.5, 3.0, 100.0] {
                for scale in [0.2, 2.0, 50.0] {
                    law(
                        &format!("{name}, step {tau}, scale {scale}, seed {seed}"),
                        term.proximal().unwrap(),
                        tau,
                        &draw(seed, scale),
                    );
                }
            }
        }
    }
}

fn prox(term: &dyn Proximal<f64>, tau: f64, x: &[f64]) -> Vec<f64> {
    let mut z = x.to_vec();
    term.prox(tau, &mut z);
    z
}

fn prox_conjugate(term: &dyn Proximal<f64>, sigma: f64, p: &[f64]) -> Vec<f64> {
    let mut q = p.to_vec();
    term.prox_conjugate(sigma, &mut q);
    q
}

/// Like a projection in a certificate: as little smaller as makes F* finite.
fn feasible(term: &dyn Proximal<f64>, p: &[f64]) -> Vec<f64> {
    let mut q = prox_conjugate(term, 0.0, p);
    while term.conjugate(&q).is_infinite() {
        q.iter_mut().for_each(|v| *v *= 1.0 - 1e-15);
    }
    q
}

/// z is the least of E(z) = f(z) + ½‖z − x‖², which grows by ½‖d‖² at least towards z + d.
fn assert_least(name: &str, f: impl Fn(&[f64]) -> f64, x: &[f64], z: &[f64]) {
    let e = |z: &[f64]| f(z) + 0.5 * vector::square_distance(z, x);
    let least = e(z);
    let directions = (0..8).map(|k| draw(1000 + k, 1.0)).chain([
        x.iter().zip(z).map(|(x, z)| x - z).collect(),
        z.to_vec(),
        z.iter().map(|v| -v).collect(),
    ]);
    for d in directions {
        for size in [1.0, 0.1, 1e-3] {
            let moved: Vec<f64> = z.iter().zip(&d).map(|(z, d)| z + size * d).collect();
            let growth = 0.5 * size * size * vector::square_norm(&d);
            let rounding = 1e-13 * (least.abs() + growth + vector::square_norm(x));
            assert!(e(&moved) >= least + growth - rounding, "{name}: {} < {least} + {growth}", e(&moved));
        }
    }
}

#[test]
fn no_point_does_better_than_the_proximal_point() {
    for_each(|name, term, tau, x| assert_least(name, |z| tau * term.value(z), x, &prox(term, tau, x)));
}

#[test]
fn no_point_does_better_than_the_proximal_point_of_the_conjugate() {
    for_each(|name, term, sigma, p| {
        let mut q = prox_conjugate(term, sigma, p);
        while term.conjugate(&q).is_infinite() {
            q.iter_mut().for_each(|v| *v *= 1.0 - 1e-15);
        }
        assert_least(name, |q| sigma * term.conjugate(q), p, &q);
    });
}

#[test]
fn moreau_splits_a_point_in_two() {
    for_each(|name, term, tau, x| {
        let scaled: Vec<f64> = x.iter().map(|v| v / tau).collect();
        let (z, q) = (prox(term, tau, x), prox_conjugate(term, 1.0 / tau, &scaled));
        let size = vector::norm(x).max(1.0) * tau.max(1.0);
        for i in 0..N {
            assert!((z[i] + tau * q[i] - x[i]).abs() <= 1e-14 * size, "{name}: {} + {tau}·{} is not {}", z[i], q[i], x[i]);
        }
    });
}

#[test]
fn the_conjugate_prox_of_step_zero_is_the_projection() {
    for_each(|name, term, _, p| {
        let q = prox_conjugate(term, 0.0, p);
        let again = prox_conjugate(term, 0.0, &q);
        assert!(vector::square_distance(&q, &again).sqrt() <= 1e-15 * vector::norm(&q), "{name}: projected twice moves");
        let inside = feasible(term, &draw(7, 1.0));
        let angle: f64 = (0..N).map(|i| (p[i] - q[i]) * (inside[i] - q[i])).sum();
        assert!(angle <= 1e-13 * vector::square_norm(p).max(1.0), "{name}: a point inside is nearer, {angle:e}");
        assert!(term.conjugate(&feasible(term, p)).is_finite(), "{name}");
    });
}

#[test]
fn fenchel_and_young_with_equality_at_subgradients() {
    for_each(|name, term, tau, x| {
        let z = prox(term, tau, x);
        let subgradient: Vec<f64> = x.iter().zip(&z).map(|(x, z)| (x - z) / tau).collect();
        let excess = |p: &[f64], z: &[f64]| term.value(z) + term.conjugate(p) - vector::dot(p, z);
        let other = feasible(term, &draw(7, 1.0));
        let size = 1.0 + term.value(&z).abs() + vector::norm(x) * vector::norm(&other);
        assert!(excess(&other, &z) >= -1e-13 * size, "{name}: {}", excess(&other, &z));
        let p = feasible(term, &subgradient);
        let size = 1.0 + term.value(&z) + vector::square_norm(x) / tau;
        assert!(excess(&p, &z).abs() <= 1e-12 * size, "{name}: {} at a subgradient", excess(&p, &z));
    });
}

#[test]
fn curvature_and_smoothness_are_as_stated() {
    for (name, term) in rows() {
        for seed in 0..30 {
            let (x, y) = (draw(seed, 1.0), draw(seed + 100, 1.0));
            let middle: Vec<f64> = x.iter().zip(&y).map(|(x, y)| (x + y) / 2.0).collect();
            let square = vector::square_distance(&x, &y);
            if !term.value(&x).is_finite() {
                continue; // no two points of a set are found by drawing
            }
            let sag = (term.value(&x) + term.value(&y)) / 2.0 - term.value(&middle);
            let curvature = term.proximal().unwrap().curvature();
            assert!(sag >= curvature / 8.0 * square - 1e-12, "{name}: sags {sag}, not {}", curvature / 8.0 * square);
            let Some(smooth) = term.smooth() else { continue };
            let (mut gx, mut gy) = (vec![0.0; N], vec![0.0; N]);
            assert_eq!(smooth.gradient(&x, &mut gx), term.value(&x), "{name}");
            smooth.gradient(&y, &mut gy);
            let change = vector::square_distance(&gx, &gy).sqrt();
            assert!(
                change <= smooth.lipschitz() * square.sqrt() * (1.0 + 1e-12),
                "{name}: ∇F is not {}-Lipschitz",
                smooth.lipschitz()
            );
            if let Some(w) = smooth.quadratic() {
                assert!((change - w * square.sqrt()).abs() < 1e-12, "{name}: the slope of ∇F is not {w}");
            }
        }
    }
}

/// Many positions, so that blocks and their ends are met; f32 follows f64, and a dual that is feasible in one block only is not.
#[test]
fn single_precision_and_many_blocks_agree_with_the_formula() {
    let (positions, components) = (2500, 3);
    let mut random = Random::new(5, Stream::Data, 0);
    let x: Vec<f64> = (0..positions * components).map(|_| random.normal()).collect();
    let narrow: Vec<f32> = x.iter().map(|v| *v as f32).collect();
    let (group, huber) = (GroupNorm::new(components).unwrap(), Huber::new(components, 0.5).unwrap());
    let plain = |factor: &dyn Fn(f64) -> f64| -> Vec<f64> {
        let norm = |j: usize| (0..components).map(|g| x[g * positions + j].powi(2)).sum::<f64>().sqrt();
        x.iter().enumerate().map(|(i, v)| v * factor(norm(i % positions))).collect()
    };
    let close = |what: &str, found: &[f64], single: &[f32], wanted: Vec<f64>| {
        for i in 0..wanted.len() {
            assert!((found[i] - wanted[i]).abs() < 1e-14 && (single[i] as f64 - wanted[i]).abs() < 1e-6, "{what} at {i}");
        }
    };
    let (mut z, mut s) = (x.clone(), narrow.clone());
    group.prox(0.8, &mut z);
    group.prox(0.8, &mut s);
    close("shrinkage", &z, &s, plain(&|t| if t > 0.8 { 1.0 - 0.8 / t } else { 0.0 }));
    let (mut z, mut s) = (x.clone(), narrow.clone());
    huber.prox(0.8, &mut z);
    huber.prox(0.8, &mut s);
    close("huber", &z, &s, plain(&|t| if t > 1.3 { 1.0 - 0.8 / t } else { 0.5 / 1.3 }));
    let mut zero = [0.0f32; 6];
    for tau in [0.0, 1.0] {
        group.prox(tau, &mut zero);
        group.prox_conjugate(tau, &mut zero);
        assert_eq!(zero, [0.0; 6]);
    }
    let mut p = vec![0.0; positions * components];
    p[positions + 2400] = 1.0;
    assert_eq!((group.conjugate(&p), huber.conjugate(&p)), (0.0, 0.25));
    p[2400] = 1e-7;
    assert_eq!((group.conjugate(&p), huber.conjugate(&p)), (f64::INFINITY, f64::INFINITY));
}

#[test]
fn the_residual_vanishes_at_the_constrained_minimiser_only() {
    fn law(set: impl ConvexSet) {
        let (c, n) = (draw(3, 1.0), N as f64);
        let gradient = |u: &[f64]| u.iter().zip(&c).map(|(u, c)| 2.0 * (u - c)).collect::<Vec<_>>(); // of ‖u − c‖²
        let mut best = c.clone();
        set.project(&mut best);
        assert!(set.residual(&best, &gradient(&best)) < 1e-14);
        let mut other = draw(4, 1.0);
        set.project(&mut other);
        assert!(set.residual(&other, &gradient(&other)) > 1e-2 * n.sqrt());
    }
    law(bounds());
    law(Simplex::new(3.0).unwrap());
    law(Mass::new(3.0).unwrap());
}

#[test]
fn sets_without_a_point_or_of_the_wrong_size_are_refused_in_a_sentence() {
    let says = |set: ravine_optim::Result<Bounds>| set.unwrap_err().to_string();
    assert_eq!(says(Bounds::even(3, 1.0, 0.0)), "no number lies between 1 and 0: the lower bound comes first");
    assert!(says(Bounds::even(3, 0.0, f64::INFINITY)).contains("the bounds is inf at index 1"));
    assert_eq!(says(Bounds::even(3, 0.0, 1.0).unwrap().knowing([(3, 0.5)])), "the bounds has length 3, but 4 are needed");
    assert_eq!(Simplex::new(0.0).unwrap_err().to_string(), "total = 0 is outside (0, ∞)");
    assert_eq!(Mass::new(-1.0).unwrap_err().to_string(), "total = -1 is outside (0, ∞)");
}
