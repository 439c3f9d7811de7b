//! Laws of the risk: its gradient is that of its value, a mini-batch is an unbiased part of the full batch, and neither the number
//! of threads nor an earlier draw changes a bit.

mod small;

use ravine_net::{Design, Loss, Pairs, Plan, Risk, Samples, Statistics, Validation};
use ravine_optim::random::{Random, Stream};
use ravine_optim::{Float, Objective, State};
use small::{Blobs, Broken, network, silent};
use std::sync::Arc;

fn plan(batch: usize) -> Plan {
    Plan { loss: Loss::L2, samples: Samples::Fresh, batch, seed: 3 }
}

fn risk<F: ravine_net::engine::Element>(plan: Plan) -> Risk<F> {
    let held_out = Validation::held_out(&Blobs, plan.seed, 2 * plan.batch, plan.loss).unwrap();
    Risk::new(Arc::new(network()), Arc::new(Blobs), Arc::new(held_out), plan).unwrap()
}

fn theta<F: ravine_net::engine::Element>() -> Vec<F> {
    // Away from 0, where Winograd's rounding or a rectifier's kink would decide.
    let mut random = Random::new(1, Stream::Start, 0);
    network::<F>().initial(5).iter().map(|w| F::from_f64(w.to_f64() + 0.05 * random.normal())).collect()
}

fn gradient_at<F: Float>(objective: &mut dyn Objective<F>, x: &[F]) -> (f64, Vec<F>) {
    let mut gradient = vec![F::ZERO; x.len()];
    (objective.value_and_gradient(x, &mut gradient), gradient)
}

/// The largest difference between the gradient and central differences of the value, over the size of the gradient.
fn worst(objective: &mut dyn Objective<f64>, x: &[f64]) -> f64 {
    let (value, gradient) = gradient_at(objective, x);
    assert!((value - objective.value(x)).abs() <= 1e-14 * value);
    let size = gradient.iter().fold(0.0, |m: f64, g| m.max(g.abs()));
    assert!(size > 1e-6, "a gradient of nothing tests nothing");
    let mut worst: f64 = 0.0;
    for i in (0..x.len()).step_by(7) {
        let h = 1e-6;
        let mut at = |t: f64| {
            let mut moved = x.to_vec();
            moved[i] += t;
            objective.value(&moved)
        };
        worst = worst.max(((at(h) - at(-h)) / (2.0 * h) - gradient[i]).abs() / size);
    }
    worst
}

#[test]
fn the_slope_of_every_loss_is_its_derivative() {
    for loss in [Loss::L2, Loss::L1, Loss::Charbonnier { epsilon: 1e-3 }, Loss::Charbonnier { epsilon: 0.5 }] {
        for d in [-2.0, -0.3, -1e-3, 1e-3, 0.02, 1.7] {
            let h = 1e-7;
            let slope = (loss.of(d + h) - loss.of(d - h)) / (2.0 * h);
            assert!((slope - loss.slope(d)).abs() < 1e-5 * (1.0 + slope.abs()), "{loss} at {d}: {slope} {}", loss.slope(d));
        }
        assert_eq!(loss.slope(0.0), 0.0, "{loss}");
        assert_eq!(loss.to_string().parse(), Ok(loss));
    }
}

#[test]
fn the_gradient_of_a_batch_is_the_derivative_of_its_value() {
    for loss in [Loss::L2, Loss::L1, Loss::Charbonnier { epsilon: 0.05 }] {
        let mut risk = risk::<f64>(Plan { loss, ..plan(5) });
        risk.draw(4);
        let worst = worst(&mut risk, &theta());
        assert!(worst < 1e-5, "{loss}: {worst:e}");
    }
}

#[test]
fn the_gradient_of_the_held_out_risk_is_the_derivative_of_its_value() {
    let mut risk = risk::<f64>(plan(3));
    risk.draw(0);
    risk.whole();
    let worst = worst(&mut risk, &theta());
    assert!(worst < 1e-5, "{worst:e}");
}

#[test]
fn batches_are_normalised_a_shard_at_a_time_and_their_statistics_are_kept_in_the_order_of_the_shards() {
    let design = Design::new("dncnn", &[("depth", 3.0.into()), ("width", 4.0.into())], 1).unwrap();
    let network: Arc<ravine_net::Network<f64>> = Arc::new(design.network().unwrap());
    // The last convolution starts at 0, where nothing before it has a gradient.
    let mut random = Random::new(2, Stream::Start, 0);
    let theta: Vec<f64> = network.initial(1).iter().map(|w| w + 0.1 * random.normal()).collect();
    let statistics = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let held_out = Arc::new(Validation::held_out(&Blobs, 0, 11, Loss::L2).unwrap());
            let mut risk = Risk::new(network.clone(), Arc::new(Blobs), held_out, plan(11)).unwrap();
            let mut kept = Vec::new();
            for step in 0..3 {
                risk.draw(step);
                let _ = gradient_at(&mut risk, &theta);
            }
            risk.state(&mut |name, state| {
                assert_eq!(name, "statistics");
                if let State::Slice(x) = state {
                    kept = x.iter().map(|v| v.to_bits()).collect();
                }
            });
            assert_eq!(kept.len(), network.initial_statistics().len());
            risk.draw(1);
            (kept, worst(&mut risk, &theta))
        })
    };
    let (one, worst) = statistics(1);
    assert!(worst < 1e-5, "{worst:e}");
    assert_ne!(one, network.initial_statistics().iter().map(|v| v.to_bits()).collect::<Vec<_>>());
    assert!([2, 3, 8].iter().all(|threads| statistics(*threads).0 == one));
}

#[test]
fn normalised_by_its_batches_the_held_out_risk_has_the_gradient_that_it_says() {
    let design = Design::new("dncnn", &[("depth", 3.0.into()), ("width", 4.0.into())], 1).unwrap();
    let network: Arc<ravine_net::Network<f64>> = Arc::new(design.network().unwrap());
    let mut random = Random::new(2, Stream::Start, 0);
    let theta: Vec<f64> = network.initial(1).iter().map(|w| w + 0.1 * random.normal()).collect();
    let by = |statistics: Statistics| {
        let held_out = Arc::new(Validation::held_out(&Blobs, 0, 22, Loss::L2).unwrap());
        let running: Vec<f64> = network.initial_statistics().iter().map(|v| v + 0.3).collect();
        let risk = Risk::new(network.clone(), Arc::new(Blobs), held_out, plan(11)).unwrap();
        risk.normalised(statistics, &running).unwrap()
    };
    let worst_at = |mut risk: Risk<f64>| {
        let (value, gradient) = gradient_at(&mut risk, &theta);
        let i = (0..gradient.len()).max_by(|i, j| gradient[*i].abs().total_cmp(&gradient[*j].abs())).unwrap();
        let mut at = |t: f64| {
            let mut moved = theta.clone();
            moved[i] += t;
            risk.value(&moved)
        };
        let slope = (at(1e-6) - at(-1e-6)) / 2e-6;
        ((slope / gradient[i] - 1.0).abs(), (at(0.0) / value - 1.0).abs())
    };
    let (slope, value) = worst_at(by(Statistics::Batch));
    assert!(slope < 1e-6 && value < 1e-14, "{slope:e} {value:e}");
    let (_, value) = worst_at(by(Statistics::Running));
    assert!(value > 1e-3, "running statistics that are none of the batch give another risk: {value:e}");
    let error = risk::<f64>(plan(2)).normalised(Statistics::Batch, &[1.0]).err().unwrap().to_string();
    assert_eq!(error, "the vector of running statistics has length 1, but 0 are needed");
}

#[test]
fn a_step_has_the_same_bits_for_any_number_of_threads() {
    // 19 pairs: shards of two and of three.
    let bits = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut risk = risk::<f32>(plan(19));
            risk.draw(7);
            let (value, gradient) = gradient_at(&mut risk, &theta());
            risk.whole();
            let held_out = risk.value(&theta());
            (value.to_bits(), held_out.to_bits(), gradient.iter().map(|g| g.to_bits()).collect::<Vec<_>>())
        })
    };
    let one = bits(1);
    assert!([2, 3, 8].iter().all(|threads| bits(*threads) == one));
}

#[test]
fn a_draw_is_the_same_whenever_it_is_asked() {
    let mut risk = risk::<f64>(plan(4));
    let mut at = |steps: &[u64]| {
        steps.iter().for_each(|step| risk.draw(*step));
        gradient_at(&mut risk, &theta())
    };
    let third = at(&[3]);
    assert_eq!(third, at(&[9, 3, 3]));
    assert_ne!(third, at(&[4]));
}

#[test]
fn the_batches_of_an_epoch_add_up_to_the_full_batch() {
    let of = |batch| risk::<f64>(Plan { samples: Samples::Of(12), ..plan(batch) });
    let (mut full, mut part) = (of(12), of(3));
    full.draw(0);
    let (value, gradient) = gradient_at(&mut full, &theta());
    let (mut mean, mut sum) = (0.0, vec![0.0; gradient.len()]);
    let mut seen = Vec::new();
    for step in 8..12 {
        seen.extend(part.batch_of(step).iter().map(|key| key.index));
        part.draw(step);
        let (v, g) = gradient_at(&mut part, &theta());
        mean += v / 4.0;
        sum.iter_mut().zip(g).for_each(|(s, g)| *s += g / 4.0);
    }
    assert_ne!(seen, (0..12).collect::<Vec<u64>>(), "an epoch is shuffled");
    seen.sort();
    assert_eq!(seen, (0..12).collect::<Vec<u64>>());
    assert!((mean - value).abs() < 1e-12 * value);
    let size = gradient.iter().fold(0.0, |m: f64, g| m.max(g.abs()));
    assert!(sum.iter().zip(&gradient).all(|(s, g)| (s - g).abs() < 1e-12 * size));
    full.draw(5);
    assert_eq!(gradient_at(&mut full, &theta()).0, value, "the full batch is the same at every step");
}

#[test]
fn one_sample_is_a_batch() {
    let mut risk = risk::<f64>(plan(1));
    let mut values = Vec::new();
    for step in 0..400 {
        risk.draw(step);
        values.push(risk.value(&theta()));
    }
    let mean = values.iter().sum::<f64>() / 400.0;
    let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 399.0).sqrt();
    let score = Validation::held_out(&Blobs, 3, 400, Loss::L2).unwrap().score(&network::<f64>(), &theta(), &[]).unwrap();
    let apart = (mean - score.risk).abs() / (deviation.powi(2) / 400.0 + score.risk_error.powi(2)).sqrt();
    assert!(apart < 3.0, "two estimates of one risk are {apart} standard errors apart");
    let spread = score.risk_error / (deviation / 20.0);
    assert!((0.8..1.25).contains(&spread), "the standard error is that of a mean of 400: {spread}");
}

#[test]
fn held_out_pairs_are_those_of_no_step() {
    let held_out = Validation::held_out(&Blobs, 3, 40, Loss::L2).unwrap();
    let risk = risk::<f64>(plan(40));
    for key in risk.batch_of(0) {
        let pair = Blobs.pair(key).unwrap();
        assert!(held_out.pairs().iter().all(|other| other.clean != pair.clean));
    }
}

#[test]
fn a_score_is_told_in_decibels() {
    // A network that answers 0: PSNR is that of black.
    let held_out = Validation::held_out(&Blobs, 3, 2, Loss::L2).unwrap();
    let score = held_out.score(&silent::<f64>(), &silent::<f64>().initial(0), &[]).unwrap();
    let psnr = |k: usize| {
        let y = held_out.pairs()[k].clean.pixels();
        -10.0 * (y.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / y.len() as f64).log10()
    };
    assert!((score.psnr - (psnr(0) + psnr(1)) / 2.0).abs() < 1e-9);
    assert!((score.psnr_error - (psnr(0) - psnr(1)).abs() / 2.0).abs() < 1e-9);
}

#[test]
fn what_has_no_meaning_is_refused() {
    let new = |plan: Plan, held_out: usize| {
        let held_out = Arc::new(Validation::held_out(&Blobs, 0, held_out, Loss::L2).unwrap());
        Risk::<f32>::new(Arc::new(network()), Arc::new(Blobs), held_out, plan).err().expect("it has no meaning").to_string()
    };
    assert_eq!(new(plan(0), 1), "batch = 0 is outside 1 and more");
    assert_eq!(new(Plan { samples: Samples::Of(4), ..plan(5) }, 5), "batch = 5 is outside 1..4, the number of pairs");
    assert_eq!(new(plan(2), 3), "3 held-out pairs are no whole number of batches of 2");
    assert!(Validation::new(Vec::new(), Loss::L2).is_err());
}

#[test]
fn a_pair_that_cannot_be_made_is_no_number_and_is_told() {
    let held_out = Arc::new(Validation::held_out(&Blobs, 0, 9, Loss::L2).unwrap());
    let mut risk = Risk::<f32>::new(Arc::new(network()), Arc::new(Broken { step: 2, index: 5 }), held_out, plan(9)).unwrap();
    let fault = risk.fault();
    risk.draw(1);
    assert!(gradient_at(&mut risk, &theta()).0.is_finite() && fault.get().is_none());
    risk.draw(2);
    assert!(gradient_at(&mut risk, &theta()).0.is_nan());
    assert_eq!(fault.get().unwrap().to_string(), "pair 5 of step 2 is broken");
}
