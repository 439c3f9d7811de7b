//! The law `layers`: what `add_adjoint` does is the adjoint of the derivative of what `forward` does, to 1e-12, without differences: the
//! same code on dual numbers gives the derivative in a direction.

mod dual;

use dual::{Dual, duals, tangents};
use ravine_net::engine::Activation;
use ravine_net::layer::convolution::Bias;
use ravine_net::layer::{Backward, BatchNorm, Convolution, PixelShuffle, PixelUnshuffle, Rectifier, Select, Weights};
use ravine_net::network::Builder;
use ravine_net::{Layer, Shape};
use ravine_optim::{Random, Stream};

fn draw(random: &mut Random, len: usize) -> Vec<f64> {
    (0..len).map(|_| random.normal()).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

fn parameters(layer: &impl Layer<f64>) -> usize {
    layer.blocks().iter().map(|(_, shape)| shape.iter().product::<usize>()).sum()
}

fn prepared<F: ravine_net::engine::Element>(layer: &impl Layer<F>, theta: &[F]) -> Vec<F> {
    let mut prepared = vec![F::ZERO; layer.prepared()];
    layer.prepare(theta, &mut prepared);
    prepared
}

/// ⟨dy, L′(ẋ, θ̇)⟩ = ⟨L′ᵀdy, (ẋ, θ̇)⟩, at a random point.
fn obeys(name: &str, at: Shape, layer: impl Layer<f64> + Layer<Dual>) {
    let mut moved = 0.0;
    for seed in 0..4 {
        let mut random = Random::new(seed, Stream::Data, at.len() as u64);
        let out = Layer::<f64>::output(&layer, at).unwrap();
        let (x, x_dot) = (draw(&mut random, at.len()), draw(&mut random, at.len()));
        let (theta, theta_dot) = (draw(&mut random, parameters(&layer)), draw(&mut random, parameters(&layer)));

        let (both, theta_both) = (duals(&x, &x_dot), duals(&theta, &theta_dot));
        let mut y_both = vec![Dual::default(); out.len()];
        let mut kept_both = vec![Dual::default(); Layer::<Dual>::kept(&layer, at)];
        let prepared_both = prepared(&layer, &theta_both);
        layer.forward(at, Weights { theta: &theta_both, prepared: &prepared_both }, &both, &mut y_both, &mut kept_both);

        let prepared = prepared(&layer, &theta);
        let weights = Weights { theta: &theta, prepared: &prepared };
        let (mut y, mut kept) = (vec![0.0; out.len()], vec![0.0; Layer::<f64>::kept(&layer, at)]);
        layer.forward(at, weights, &x, &mut y, &mut kept);
        assert!(y.iter().zip(&y_both).all(|(y, both)| *y == both.value), "{name} at {at}: dual numbers see another value");

        let dy = draw(&mut random, out.len());
        let (dx_before, dtheta_before) = (draw(&mut random, x.len()), draw(&mut random, theta.len()));
        let (mut dx, mut dtheta) = (dx_before.clone(), dtheta_before.clone());
        let mut room = dy.clone();
        let way = Backward {
            x: &x,
            y: &y,
            kept: &kept,
            dy: &mut room,
            dx: Some(&mut dx),
            bent: false,
            fresh: false,
            behind: None,
            dtheta: &mut dtheta,
        };
        layer.add_adjoint(at, weights, way);

        let mut dtheta_alone = dtheta_before.clone();
        let mut room = dy.clone();
        let way = Backward {
            x: &x,
            y: &y,
            kept: &kept,
            dy: &mut room,
            dx: None,
            bent: false,
            fresh: false,
            behind: None,
            dtheta: &mut dtheta_alone,
        };
        layer.add_adjoint(at, weights, way);
        assert_eq!(dtheta, dtheta_alone, "{name} at {at}: dθ depends on whether dx is wanted");

        let (mut dx_fresh, mut dx_from_zero) = (vec![f64::NAN; x.len()], vec![0.0; x.len()]);
        for (dx, fresh) in [(&mut dx_fresh, true), (&mut dx_from_zero, false)] {
            let (mut room, mut dtheta) = (dy.clone(), dtheta_before.clone());
            let way = Backward {
                x: &x,
                y: &y,
                kept: &kept,
                dy: &mut room,
                dx: Some(dx),
                bent: false,
                fresh,
                behind: None,
                dtheta: &mut dtheta,
            };
            layer.add_adjoint(at, weights, way);
        }
        assert_eq!(dx_fresh, dx_from_zero, "{name} at {at}: what is counted as 0 is not");

        if kept.is_empty() {
            let skip = draw(&mut random, out.len());
            let mut sum = vec![f64::NAN; out.len()];
            layer.forward_onto(at, weights, &x, &skip, &mut sum);
            assert!(sum.iter().zip(&y).zip(&skip).all(|((sum, y), s)| *sum == y + s), "{name} at {at}: the skip is not added");
        }

        let y_dot = tangents(&y_both);
        let forward = dot(&dy, &y_dot);
        let backward = dot(&dx, &x_dot) - dot(&dx_before, &x_dot) + dot(&dtheta, &theta_dot) - dot(&dtheta_before, &theta_dot);
        let scale = norm(&dy) * norm(&y_dot) + norm(&dx) * norm(&x_dot) + norm(&dtheta) * norm(&theta_dot);
        assert!((forward - backward).abs() <= 1e-12 * scale, "{name} at {at}: {forward} forwards, {backward} backwards");
        moved += norm(&y_dot);
    }
    assert!(moved > 0.0, "{name} at {at}: nothing was tested");
}

#[test]
fn the_way_back_is_the_adjoint_of_the_derivative() {
    let leaky = Activation::LeakyRelu(0.2);
    for (images, height, width) in [(1, 1, 1), (2, 4, 6), (3, 6, 2), (1, 2, 12)] {
        let at = |channels| Shape::new(images, height, width, channels);
        obeys("relu", at(5), Rectifier::RELU);
        obeys("leaky relu", at(5), Rectifier::leaky(0.2).unwrap());
        obeys("select", at(5), Select::new(1..4).unwrap());
        obeys("shuffle", at(12), PixelShuffle::new(2).unwrap());
        obeys("convolution", at(3), Convolution::new(3, 3, 4).unwrap());
        obeys("convolution without bias", at(3), Convolution::new(3, 3, 2).unwrap().with(Bias::Absent));
        obeys("convolution with relu", at(3), Convolution::new(1, 3, 4).unwrap().then(Activation::Relu).unwrap());
        obeys("convolution with leaky relu", at(3), Convolution::new(3, 3, 4).unwrap().then(leaky).unwrap());
        obeys("unshuffle", Shape::new(images, 2 * height, 2 * width, 3), PixelUnshuffle::new(2).unwrap());
        if height * width > 1 {
            obeys("batch norm", at(3), BatchNorm::new(3).unwrap());
            obeys("batch norm with relu", at(3), BatchNorm::new(3).unwrap().then(Activation::Relu).unwrap());
            obeys("batch norm with leaky relu", at(3), BatchNorm::new(3).unwrap().then(leaky).unwrap());
        }
    }
    obeys("shuffle by 3", Shape::new(2, 3, 5, 18), PixelShuffle::new(3).unwrap());
    obeys("unshuffle by 3", Shape::new(2, 6, 9, 2), PixelUnshuffle::new(3).unwrap());
}

#[test]
fn batches_are_normalised_shard_by_shard() {
    let at = Shape::new(2, 3, 5, 4);
    let mut random = Random::new(1, Stream::Data, 0);
    let x: Vec<f64> = (0..at.len()).map(|i| 100.0 + (i % 4) as f64 + random.normal() * (1 + i % 4) as f64).collect();
    let layer = BatchNorm::new(4).unwrap();
    let (mut y, mut kept) = (vec![0.0; at.len()], vec![0.0; Layer::<f64>::kept(&layer, at)]);
    let theta = [1.0, 2.0, 3.0, 4.0, 0.5, 0.0, 0.0, -0.5];
    layer.forward(at, Weights { theta: &theta, prepared: &[] }, &x, &mut y, &mut kept);
    for c in 0..4 {
        let channel = |v: &[f64]| v.iter().skip(c).step_by(4).copied().collect::<Vec<_>>();
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
        let variance = |v: &[f64]| v.iter().map(|w| (w - mean(v)).powi(2)).sum::<f64>() / v.len() as f64;
        let (x, y) = (channel(&x), channel(&y));
        let wanted = theta[c].powi(2) * variance(&x) / (variance(&x) + 1e-5);
        assert!((mean(&y) - theta[4 + c]).abs() < 1e-12, "mean {} of channel {c}", mean(&y));
        assert!((variance(&y) / wanted - 1.0).abs() < 1e-12, "variance {} of channel {c}, not {wanted}", variance(&y));
    }
}

#[test]
fn running_statistics_go_a_tenth_of_the_way_to_the_mean_over_the_shards() {
    let at = Shape::new(1, 1, 3, 1);
    let layer = BatchNorm::new(1).unwrap();
    let kept = |x: [f64; 3]| {
        let (mut y, mut kept) = ([0.0; 3], vec![0.0; Layer::<f64>::kept(&layer, at)]);
        layer.forward(at, Weights { theta: &[1.0, 0.0], prepared: &[] }, &x, &mut y, &mut kept);
        kept
    };
    // Means 2 and 6; variances 1 and 9 with n − 1 = 2 below.
    let shards = [kept([1.0, 2.0, 3.0]), kept([3.0, 6.0, 9.0])];
    let mut statistics = [10.0, 1.0];
    layer.observe(at, &[&shards[0], &shards[1]], &mut statistics);
    assert!((statistics[0] - 9.4).abs() < 1e-14 && (statistics[1] - 1.4).abs() < 1e-14, "{statistics:?}");
}

/// y(p) = Σ_{a, b} W[a][b] · x(2p + (a, b)), by its definition.
fn strided_by_hand(at: Shape, outputs: usize, w: &[f64], x: &[f64]) -> Vec<f64> {
    let (inputs, half) = (at.channels, (at.height / 2, at.width / 2));
    let mut y = Vec::new();
    for row in 0..half.0 {
        for column in 0..half.1 {
            for o in 0..outputs {
                let mut sum = 0.0;
                for (tap, (a, b)) in [(0, 0), (0, 1), (1, 0), (1, 1)].into_iter().enumerate() {
                    for i in 0..inputs {
                        let pixel = (2 * row + a) * at.width + 2 * column + b;
                        sum += w[(tap * inputs + i) * outputs + o] * x[pixel * inputs + i];
                    }
                }
                y.push(sum);
            }
        }
    }
    y
}

#[test]
fn a_strided_convolution_is_its_definition_and_a_transposed_one_its_adjoint() {
    let (fine, coarse, inputs, outputs) = (Shape::new(1, 4, 6, 3), Shape::new(1, 2, 3, 5), 3, 5);
    let mut random = Random::new(3, Stream::Data, 0);
    let (w, x, y) = (draw(&mut random, 4 * inputs * outputs), draw(&mut random, fine.len()), draw(&mut random, coarse.len()));

    let mut net = Builder::default();
    net.strided(Builder::<f64>::INPUT, inputs, outputs, Bias::Absent).unwrap();
    let ax = net.network().unwrap().infer(&w, fine, &x).unwrap();
    let by_hand = strided_by_hand(fine, outputs, &w, &x);
    assert!(ax.len() == coarse.len() && ax.iter().zip(&by_hand).all(|(a, b)| (a - b).abs() < 1e-13));

    // W as [in][row][column][out] of the transposed one, whose inputs are the outputs here.
    let mut transposed = vec![0.0; w.len()];
    for (tap_and_in, row) in w.chunks_exact(outputs).enumerate() {
        row.iter().enumerate().for_each(|(o, w)| transposed[o * 4 * inputs + tap_and_in] = *w);
    }
    let mut net = Builder::default();
    net.transposed(Builder::<f64>::INPUT, outputs, inputs, Bias::Absent).unwrap();
    let aty = net.network().unwrap().infer(&transposed, coarse, &y).unwrap();
    let (forward, backward) = (dot(&ax, &y), dot(&x, &aty));
    assert!((forward - backward).abs() < 1e-12 * norm(&ax) * norm(&y), "{forward} {backward}");
}

#[test]
fn what_does_not_fit_is_refused_with_a_way_out() {
    let says = |layer: &dyn Layer<f64>, at| layer.output(at).unwrap_err().to_string();
    let at = Shape::new(1, 5, 8, 3);
    assert_eq!(
        says(&PixelUnshuffle::new(2).unwrap(), at),
        "5 × 8 pixels cannot be taken 2 × 2 at a time: extend the picture to 6 × 8"
    );
    assert_eq!(says(&PixelShuffle::new(2).unwrap(), at), "3 channels cannot become 2 × 2 pixels: a multiple of 4 is needed");
    assert_eq!(says(&Select::new(2..4).unwrap(), at), "a pixel has length 3, but 4 are needed");
    assert_eq!(says(&BatchNorm::new(4).unwrap(), at), "statistics of 4 channels cannot normalise 1 × 5 × 8 × 3");
    assert!(PixelShuffle::new(0).is_err() && PixelUnshuffle::new(0).is_err() && BatchNorm::new(0).is_err());
    assert_eq!(Select::new(4..4).unwrap_err().to_string(), "channels 4..4 are none");
    assert!(BatchNorm::new(1).unwrap().then(Activation::LeakyRelu(-1.0)).is_err());
}
