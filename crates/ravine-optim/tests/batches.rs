//! What the course says of all samples, one sample and mini-batches, as numbers.

use ravine_optim::objective::finite_sum::{Batch, FiniteSum, Order, Samples};
use ravine_optim::objective::least_squares::LeastSquares;
use ravine_optim::{Objective, Random, Stream, surface, vector};

const M: usize = 24;
const THETA: [f64; 3] = [0.4, -1.0, 2.0];

fn sum(batch: Batch, order: Order, seed: u64) -> FiniteSum<LeastSquares> {
    let mut random = Random::new(9, Stream::Data, 0);
    let mut draw = |n: usize| -> Vec<f64> { (0..n).map(|_| random.normal()).collect() };
    FiniteSum::new(LeastSquares::new(draw(3 * M), draw(M)).unwrap(), batch, order, seed).unwrap()
}

fn gradient(objective: &mut FiniteSum<LeastSquares>) -> Vec<f64> {
    let mut g = vec![0.0; 3];
    objective.value_and_gradient(&THETA, &mut g);
    g
}

#[test]
fn the_mean_of_all_one_sample_gradients_is_the_gradient() {
    let mut all = sum(Batch::All, Order::Reshuffled, 0);
    let mut mean = [0.0; 3];
    let risk: f64 = (0..M).map(|i| all.samples().add_gradient(i, &THETA, 1.0 / M as f64, &mut mean)).sum::<f64>() / M as f64;
    assert!(vector::square_distance(&mean, &gradient(&mut all)) < 1e-28);
    assert!((risk - all.value(&THETA)).abs() < 1e-13);
}

#[test]
fn an_epoch_sees_every_sample_once_and_its_mean_gradient_is_the_gradient() {
    let whole = gradient(&mut sum(Batch::All, Order::Reshuffled, 0));
    // 1 and 8 divide m = 24; 5 does not: five epochs take 24 steps then
    for (b, epochs) in [(1, 1), (8, 1), (5, 5)] {
        let mut s = sum(Batch::Of(b), Order::Reshuffled, 3);
        let steps = epochs * M / b;
        let mut mean = vec![0.0; 3];
        let mut seen = vec![0; M];
        for t in 0..steps as u64 {
            s.batch_of(t).into_iter().for_each(|i| seen[i] += 1);
            s.draw(t);
            mean.iter_mut().zip(gradient(&mut s)).for_each(|(m, g)| *m += g / steps as f64);
        }
        assert_eq!(seen, vec![epochs; M], "b = {b}");
        assert!(vector::square_distance(&mean, &whole).sqrt() < 1e-13, "b = {b}: {mean:?} {whole:?}");
    }
    let order = |epoch: u64| sum(Batch::Of(M - 1), Order::Reshuffled, 3).batch_of(epoch * M as u64);
    assert_ne!(order(0), order(1), "every epoch in the same order");
}

/// E‖g_b − g‖² is V/b with replacement and V/b · (m−b)/(m−1) without, V the variance of one sample's gradient.
#[test]
fn mini_batches_are_unbiased_and_their_variance_falls_as_the_course_says() {
    let whole = gradient(&mut sum(Batch::All, Order::Reshuffled, 0));
    let one = sum(Batch::All, Order::Reshuffled, 0);
    let variance = (0..M)
        .map(|i| {
            let mut g = vec![0.0; 3];
            one.samples().add_gradient(i, &THETA, 1.0, &mut g);
            vector::square_distance(&g, &whole)
        })
        .sum::<f64>()
        / M as f64;
    for b in [1, 4, 12] {
        let shrink = (M - b) as f64 / (M - 1) as f64;
        for (order, theory) in [(Order::WithReplacement, variance / b as f64), (Order::Reshuffled, variance / b as f64 * shrink)] {
            let draws = 40_000;
            let (mut spread, mut mean) = (0.0, [0.0; 3]);
            let mut s = sum(Batch::Of(b), order, 17);
            for t in 0..draws {
                s.draw(t * M as u64); // the first batch of an epoch of its own
                let g = gradient(&mut s);
                spread += vector::square_distance(&g, &whole) / draws as f64;
                mean.iter_mut().zip(g).for_each(|(m, g)| *m += g / draws as f64);
            }
            assert!((spread / theory - 1.0).abs() < 0.03, "{order:?}, b = {b}: {spread} where {theory} is due");
            let bias = vector::square_distance(&mean, &whole) / (theory / draws as f64); // 1 on average
            assert!(bias < 5.0, "{order:?}, b = {b}: bias {bias} in standard errors squared");
        }
    }
}

#[test]
fn a_draw_depends_on_seed_and_step_alone() {
    for order in [Order::Reshuffled, Order::WithReplacement] {
        let mut s = sum(Batch::Of(4), order, 1);
        s.draw(7);
        let first = gradient(&mut s);
        s.draw(7);
        assert_eq!(gradient(&mut s), first, "{order:?}: asked twice");
        (0..20).for_each(|t| s.draw(t));
        s.draw(7);
        assert_eq!(gradient(&mut s), first, "{order:?}: asked later");
        s.draw(8);
        assert_ne!(gradient(&mut s), first, "{order:?}: another step");
        let mut other = sum(Batch::Of(4), order, 2);
        other.draw(7);
        assert_ne!(gradient(&mut other), first, "{order:?}: another seed");
        s.whole();
        assert_eq!(gradient(&mut s), gradient(&mut sum(Batch::All, order, 1)), "{order:?}: the draw is not forgotten");
    }
}

#[test]
fn all_samples_are_deterministic_whatever_the_step() {
    let mut s = surface::build("logistic", &[], Some(Batch::All), 4).unwrap();
    let (start, mut a, mut b) = (vec![0.1; s.dimension()], vec![0.0; s.dimension()], vec![0.0; s.dimension()]);
    Objective::<f64>::draw(&mut s, 0);
    s.value_and_gradient(&start, &mut a);
    Objective::<f64>::draw(&mut s, 1);
    s.value_and_gradient(&start, &mut b);
    assert_eq!(a, b);
}

#[test]
fn rare_features_are_rare() {
    let mut common = surface::build("logistic", &[], Some(Batch::Of(1)), 4).unwrap();
    let n = common.dimension();
    let (mut gradient, mut seen) = (vec![0.0; n], vec![0; n]);
    for t in 0..1000 {
        Objective::<f64>::draw(&mut common, t);
        common.value_and_gradient(&vec![0.0; n], &mut gradient);
        seen.iter_mut().zip(&gradient).for_each(|(s, g)| *s += usize::from(*g != 0.0));
    }
    // one epoch of 1000 samples: the first feature in about half of them, the last in about one of a hundred
    assert!((430..570).contains(&seen[0]) && (2..25).contains(&seen[n - 1]), "{seen:?}");
}

#[test]
fn a_batch_is_read_from_text() {
    assert_eq!("all".parse(), Ok(Batch::All));
    assert_eq!("32".parse(), Ok(Batch::Of(32)));
    for bad in ["0", "-1", "1.5", "some"] {
        let says = bad.parse::<Batch>().unwrap_err().to_string();
        assert_eq!(says, format!("batch = `{bad}`: all, or a number of samples, is wanted"));
    }
}
