//! Laws of the fast forms: they compute what the plain twin computes, at every instruction level, within stated tolerances.
#![allow(clippy::print_stderr)]

use ravine_net::engine::{Activation, Bent, Element, Filter, Finish, Kernel, direct};
use ravine_net::layer::{Convolution, Layer, Weights};
use ravine_net::shape::Shape;
use ravine_optim::{Level, Random, Stream};

/// root mean square, and largest, error in units of the root mean square of the truth.
const TOLERANCE: (f64, f64) = (4e-6, 8e-5);

const SIZES: [(usize, usize, usize); 8] =
    [(1, 1, 1), (1, 1, 7), (1, 7, 1), (1, 5, 3), (2, 4, 4), (3, 9, 10), (1, 23, 38), (1, 40, 41)];
const CHANNELS: [(usize, usize); 16] = [
    (1, 1),
    (1, 64),
    (64, 1),
    (2, 5),
    (5, 2),
    (3, 32),
    (32, 3),
    (4, 4),
    (6, 6),
    (12, 48),
    (16, 17),
    (48, 12),
    (64, 64),
    (96, 33),
    (7, 130),
    (130, 20),
];

fn draw(seed: u64, len: usize) -> Vec<f32> {
    let mut random = Random::new(seed, Stream::Data, len as u64);
    (0..len).map(|_| random.normal() as f32).collect()
}

fn wide(x: &[f32]) -> Vec<f64> {
    x.iter().map(|v| *v as f64).collect()
}

fn error(of: &[f32], truth: &[f64]) -> (f64, f64) {
    let rms = (truth.iter().map(|t| t * t).sum::<f64>() / truth.len() as f64).sqrt();
    let errors: Vec<f64> = of.iter().zip(truth).map(|(a, b)| (*a as f64 - b).abs()).collect();
    let square: f64 = errors.iter().map(|e| e * e).sum::<f64>() / errors.len() as f64;
    (square.sqrt() / rms, errors.iter().fold(0.0, |m: f64, e| m.max(*e)) / rms)
}

fn levels() -> Vec<Level> {
    let (here, lacking): (Vec<_>, Vec<_>) = Level::ALL.into_iter().partition(|level| level.is_available());
    for level in lacking {
        eprintln!("SKIPPED: this processor has no {level:?}");
    }
    here
}

/// What [`all`] gives.
const RESULTS: [&str; 6] = ["y", "y with a skip", "dx", "dx anew", "dx bent back", "dW"];

/// y, dx and dW of a convolution of random numbers, at a level. dx and dW are added to what is there.
fn all(kernel: Kernel, level: Level, at: Shape) -> [Vec<f32>; 6] {
    let (w, b) = (draw(1, kernel.weights()), draw(2, kernel.outputs()));
    let (x, dy) = (draw(3, at.len()), draw(4, at.pixels() * kernel.outputs()));
    let mut prepared = vec![f32::NAN; f32::prepared(kernel)];
    f32::prepare(kernel, level, &w, &mut prepared);
    let filter = Filter { kernel, level, weights: &w, prepared: &prepared };
    let finish = Finish { bias: Some(&b), activation: Activation::LeakyRelu(0.5), skip: None };
    let (mut y, mut dx, mut dw) = (vec![f32::NAN; dy.len()], draw(5, x.len()), draw(6, w.len()));
    f32::convolve(filter, finish, at, &x, &mut y);
    f32::add_input_adjoint(filter, at, &dy, &mut dx);
    f32::add_weight_adjoint(kernel, level, at, &x, &dy, &mut dw);
    let (skip, mut sum, mut anew) = (draw(7, y.len()), vec![f32::NAN; y.len()], vec![f32::NAN; x.len()]);
    f32::convolve(filter, Finish { skip: Some(&skip), ..finish }, at, &x, &mut sum);
    f32::input_adjoint(filter, None, at, &dy, &mut anew);
    let (activation, mut back) = (finish.activation, vec![f32::NAN; x.len()]);
    f32::input_adjoint(filter, Some(Bent { activation, x: &x }), at, &dy, &mut back);
    [y, sum, dx, anew, back, dw]
}

/// The same, by the plain twin in f64.
fn truth(kernel: Kernel, at: Shape) -> [Vec<f64>; 6] {
    let (w, b) = (wide(&draw(1, kernel.weights())), wide(&draw(2, kernel.outputs())));
    let (x, dy) = (wide(&draw(3, at.len())), wide(&draw(4, at.pixels() * kernel.outputs())));
    let finish = Finish { bias: Some(&b[..]), activation: Activation::LeakyRelu(0.5), skip: None };
    let (mut y, mut dx, mut dw) = (vec![0.0; dy.len()], wide(&draw(5, x.len())), wide(&draw(6, w.len())));
    direct::convolve(kernel, &w, finish, at, &x, &mut y);
    direct::add_input_adjoint(kernel, &w, at, &dy, &mut dx);
    direct::add_weight_adjoint(kernel, at, &x, &dy, &mut dw);
    let (skip, mut anew) = (wide(&draw(7, y.len())), vec![0.0; x.len()]);
    direct::add_input_adjoint(kernel, &w, at, &dy, &mut anew);
    let sum = y.iter().zip(&skip).map(|(y, s)| y + s).collect();
    let back = anew.iter().zip(&x).map(|(v, x)| if *x > 0.0 { *v } else { 0.5 * v }).collect();
    [y, sum, dx, anew, back, dw]
}

#[test]
fn every_form_computes_what_the_plain_twin_computes() {
    for size in [1, 3] {
        for (inputs, outputs) in CHANNELS {
            let kernel = Kernel::new(size, inputs, outputs).unwrap();
            for (images, height, width) in SIZES {
                let at = Shape::new(images, height, width, inputs);
                let truth = truth(kernel, at);
                for level in levels() {
                    for ((what, result), truth) in RESULTS.iter().zip(all(kernel, level, at)).zip(&truth) {
                        let (rms, largest) = error(&result, truth);
                        let within = rms <= TOLERANCE.0 && largest <= TOLERANCE.1;
                        assert!(within, "{what} of {kernel:?} at {at}, {level:?}: {rms:.1e} rms, {largest:.1e} at most");
                    }
                }
            }
        }
    }
}

/// AVX2 and AVX-512 take the same terms in the same order, fused alike. The baseline rounds each product, so it may differ by as much
/// as two results within [`TOLERANCE`].
#[test]
fn avx2_and_avx512_give_the_same_bits_and_the_baseline_nearly() {
    let at = |channels| Shape::new(1, 23, 38, channels);
    for (size, inputs, outputs) in [(3, 64, 64), (3, 20, 50), (3, 1, 64), (3, 64, 3), (1, 48, 33)] {
        let kernel = Kernel::new(size, inputs, outputs).unwrap();
        let baseline = all(kernel, Level::Baseline, at(inputs)).map(|v| wide(&v));
        let fused: Vec<_> = levels().into_iter().filter(|level| *level != Level::Baseline).collect();
        let results: Vec<_> = fused.iter().map(|level| all(kernel, *level, at(inputs))).collect();
        for (level, result) in fused.iter().zip(&results) {
            assert!(result == &results[0], "{kernel:?}: {level:?} gives other bits than {:?}", fused[0]);
            for (result, baseline) in result.iter().zip(&baseline) {
                let (rms, largest) = error(result, baseline);
                assert!(
                    rms <= 2.0 * TOLERANCE.0 && largest <= 2.0 * TOLERANCE.1,
                    "{kernel:?}, {level:?}: {rms:.1e}, {largest:.1e}"
                );
            }
        }
    }
}

/// A value that is not a number reaches every output that depends on it, through the activation too.
#[test]
fn nan_is_not_hidden() {
    for (inputs, outputs) in [(1, 16), (16, 1), (16, 16)] {
        let kernel = Kernel::new(3, inputs, outputs).unwrap();
        let at = Shape::new(1, 9, 9, inputs);
        let (w, mut x) = (draw(1, kernel.weights()), draw(2, at.len()));
        x[40 * inputs] = f32::NAN;
        let mut prepared = vec![0.0; f32::prepared(kernel)];
        f32::prepare(kernel, Level::best(), &w, &mut prepared);
        let filter = Filter { kernel, level: Level::best(), weights: &w, prepared: &prepared };
        let mut y = vec![0.0; at.pixels() * outputs];
        f32::convolve(filter, Finish { bias: None, activation: Activation::Relu, skip: None }, at, &x, &mut y);
        for pixel in [30, 31, 32, 39, 40, 41, 48, 49, 50] {
            assert!(y[pixel * outputs..][..outputs].iter().all(|y| y.is_nan()), "{kernel:?}, pixel {pixel}");
        }
    }
}

#[test]
fn a_layer_runs_at_the_level_that_it_is_told() {
    let kernel = Kernel::new(3, 16, 16).unwrap();
    let at = Shape::new(1, 9, 10, 16);
    let (theta, x) = (draw(1, kernel.weights() + 16), draw(3, at.len()));
    let results = levels().into_iter().map(|level| {
        let mut prepared = vec![0.0; f32::prepared(kernel)];
        f32::prepare(kernel, level, &theta[..kernel.weights()], &mut prepared);
        let filter = Filter { kernel, level, weights: &theta[..kernel.weights()], prepared: &prepared };
        let (mut y, mut of_layer) = (vec![0.0; at.len()], vec![0.0; at.len()]);
        let finish = Finish { bias: Some(&theta[kernel.weights()..]), activation: Activation::Relu, skip: None };
        f32::convolve(filter, finish, at, &x, &mut y);

        let layer = Convolution::new(3, 16, 16).unwrap().then(Activation::Relu).unwrap().at(level);
        let mut prepared = vec![0.0; Layer::<f32>::prepared(&layer)];
        layer.prepare(&theta, &mut prepared);
        layer.forward(at, Weights { theta: &theta, prepared: &prepared }, &x, &mut of_layer, &mut []);
        assert!(y == of_layer, "{level:?}");
        y
    });
    let results: Vec<_> = results.collect();
    assert!(results.iter().skip(1).all(|y| *y != results[0]), "the baseline's bits would tell no levels apart");
}
