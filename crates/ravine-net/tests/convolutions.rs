//! Laws of convolutions: adjoints in the input and in the weights, and the fused activation against the plain one.

use ravine_net::engine::{Activation, Finish, Kernel, direct};
use ravine_net::layer::convolution::Bias;
use ravine_net::layer::{Backward, Convolution, Layer, Weights};
use ravine_net::shape::Shape;
use ravine_optim::{Random, Stream};

const SIZES: [(usize, usize, usize); 7] = [(1, 1, 1), (1, 1, 7), (2, 5, 3), (1, 4, 4), (1, 9, 1), (3, 6, 11), (2, 8, 12)];
const CHANNELS: [(usize, usize); 6] = [(1, 1), (1, 5), (5, 1), (3, 2), (4, 17), (18, 3)];

fn draw(seed: u64, len: usize) -> Vec<f64> {
    let mut random = Random::new(seed, Stream::Data, len as u64);
    (0..len).map(|_| random.normal()).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn kernels() -> impl Iterator<Item = Kernel> {
    [1, 3].into_iter().flat_map(|size| CHANNELS.map(|(inputs, outputs)| Kernel::new(size, inputs, outputs).unwrap()))
}

/// ⟨a, b⟩ = ⟨c, d⟩, to 1e-12 of the norms.
fn assert_adjoint(what: &str, [a, b]: [&[f64]; 2], [c, d]: [&[f64]; 2]) {
    let (left, right) = (dot(a, b), dot(c, d));
    let scale = (dot(a, a) * dot(b, b)).sqrt().max((dot(c, c) * dot(d, d)).sqrt());
    assert!((left - right).abs() <= 1e-12 * scale, "{what}: {left} against {right}, a scale of {}", right / left);
}

#[test]
fn the_adjoints_of_a_convolution_are_its_adjoints() {
    for kernel in kernels() {
        for (images, height, width) in SIZES {
            let at = Shape::new(images, height, width, kernel.inputs());
            let (w, x) = (draw(1, kernel.weights()), draw(2, at.len()));
            let mut y = vec![0.0; at.pixels() * kernel.outputs()];
            direct::convolve(kernel, &w, Finish { bias: None, activation: Activation::None, skip: None }, at, &x, &mut y);
            let dy = draw(3, y.len());
            let (mut dx, mut dw) = (vec![0.0; x.len()], vec![0.0; w.len()]);
            direct::add_input_adjoint(kernel, &w, at, &dy, &mut dx);
            direct::add_weight_adjoint(kernel, at, &x, &dy, &mut dw);
            assert_adjoint(&format!("{kernel:?} at {at}, input"), [&y, &dy], [&x, &dx]);
            assert_adjoint(&format!("{kernel:?} at {at}, weights"), [&y, &dy], [&w, &dw]);
        }
    }
}

/// What [`Convolution`] and the three plain steps (convolution, bias, activation) make of the same numbers.
#[test]
fn the_fused_activation_is_the_plain_one() {
    let (inputs, outputs) = (3, 4);
    let at = Shape::new(2, 5, 6, inputs);
    for size in [1, 3] {
        for bias in [Bias::Learned, Bias::Absent] {
            for (activation, slope) in [(Activation::None, 1.0), (Activation::Relu, 0.0), (Activation::LeakyRelu(0.2), 0.2)] {
                let layer = Convolution::new(size, inputs, outputs).unwrap().with(bias).then(activation).unwrap();
                let kernel = layer.kernel();
                let len: usize = Layer::<f64>::blocks(&layer).iter().map(|(_, s)| s.iter().product::<usize>()).sum();
                let (theta, x) = (draw(1, len), draw(2, at.len()));
                let weights = Weights { theta: &theta, prepared: &[] };
                let mut y = vec![0.0; at.pixels() * outputs];
                layer.forward(at, weights, &x, &mut y, &mut []);

                let mut plain = vec![0.0; y.len()];
                direct::convolve(
                    kernel,
                    &theta,
                    Finish { bias: None, activation: Activation::None, skip: None },
                    at,
                    &x,
                    &mut plain,
                );
                let b = if bias == Bias::Learned { theta[kernel.weights()..].to_vec() } else { vec![0.0; outputs] };
                plain.iter_mut().enumerate().for_each(|(i, v)| *v += b[i % outputs]);
                let v = plain.clone();
                plain.iter_mut().for_each(|v| *v = if *v > 0.0 { *v } else { slope * *v });
                assert!(y.iter().zip(&plain).all(|(a, b)| (a - b).abs() <= 1e-13 * (1.0 + b.abs())));

                let mut dv = draw(3, y.len());
                let (mut dx, mut dtheta) = (vec![1.0; x.len()], vec![1.0; len]);
                let mut dy = dv.clone();
                let way = Backward {
                    x: &x,
                    y: &y,
                    kept: &[],
                    dy: &mut dy,
                    dx: Some(&mut dx),
                    bent: false,
                    fresh: false,
                    behind: None,
                    dtheta: &mut dtheta,
                };
                layer.add_adjoint(at, weights, way);

                dv.iter_mut().zip(&v).for_each(|(dv, v)| *dv *= if *v > 0.0 { 1.0 } else { slope });
                let (mut dx_plain, mut dtheta_plain) = (vec![1.0; x.len()], vec![1.0; len]);
                direct::add_input_adjoint(kernel, &theta, at, &dv, &mut dx_plain);
                direct::add_weight_adjoint(kernel, at, &x, &dv, &mut dtheta_plain);
                if bias == Bias::Learned {
                    dv.iter().enumerate().for_each(|(i, dv)| dtheta_plain[kernel.weights() + i % outputs] += dv);
                }
                let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-12 * (1.0 + b.abs()));
                assert!(near(&dx, &dx_plain) && near(&dtheta, &dtheta_plain), "{layer:?}");
            }
        }
    }
}

#[test]
fn absurd_convolutions_are_refused() {
    for (size, inputs, outputs, sentence) in [
        (2, 1, 1, "kernel size = 2 is outside 1 or 3"),
        (3, 0, 1, "input channels = 0 is outside 1, 2, …"),
        (3, 1, 0, "output channels = 0 is outside 1, 2, …"),
    ] {
        assert_eq!(Convolution::new(size, inputs, outputs).unwrap_err().to_string(), sentence);
    }
    let layer = Convolution::new(3, 2, 2).unwrap();
    assert_eq!(layer.then(Activation::LeakyRelu(-0.1)).unwrap_err().to_string(), "slope = -0.1 is outside 0..1");
    assert!(layer.then(Activation::LeakyRelu(f64::NAN)).is_err());
    let refused = Layer::<f32>::output(&layer, Shape::new(1, 4, 4, 3)).unwrap_err().to_string();
    assert_eq!(refused, "a convolution of 2 channels cannot take 1 × 4 × 4 × 3");
}

#[test]
fn initial_weights_keep_the_variance() {
    let layer = Convolution::new(3, 64, 64).unwrap().then(Activation::Relu).unwrap();
    let mut theta = vec![9.0f32; layer.kernel().weights() + 64];
    layer.initialise(&mut Random::new(1, Stream::Weights, 0), &mut theta);
    let (w, b) = theta.split_at(layer.kernel().weights());
    let variance = w.iter().map(|w| (*w as f64).powi(2)).sum::<f64>() / w.len() as f64;
    assert!((variance / (2.0 / 576.0) - 1.0).abs() < 0.03, "{variance}");
    assert!(b.iter().all(|b| *b == 0.0));
}
