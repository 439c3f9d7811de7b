//! From learning to use: folding is exact, and a run gives what a tape gives.

use ravine_net::engine::Activation;
use ravine_net::layer::convolution::Bias;
use ravine_net::layer::{BatchNorm, Convolution, Weights};
use ravine_net::network::Builder;
use ravine_net::{Design, Network, Room, Shape, Tape};
use ravine_optim::parameter::Setting;
use ravine_optim::{Random, Stream};

const INPUT: usize = Builder::<f64>::INPUT;

fn draw(len: usize, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed, Stream::Data, 0);
    (0..len).map(|_| random.normal()).collect()
}

fn close(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12 * b.abs().max(1.0))
}

/// Convolution, batch normalisation, and a convolution that brings it back to the input, with a skip.
fn normalised(bias: Bias, activation: Activation) -> Network<f64> {
    let mut net = Builder::default();
    let sum = net.layer(INPUT, Convolution::new(3, 2, 3).unwrap().with(bias));
    let value = net.layer(sum, BatchNorm::new(3).unwrap().then(activation).unwrap());
    let noise = net.layer(value, Convolution::new(3, 3, 2).unwrap());
    net.subtract(INPUT, noise);
    net.network().unwrap()
}

/// The same with γ(x − μ)/√(v + ε) + β written as a 1 × 1 convolution with a diagonal matrix.
fn by_hand(bias: Bias, activation: Activation, theta: &[f64], statistics: &[f64], at: Shape, x: &[f64]) -> Vec<f64> {
    let mut net = Builder::default();
    let sum = net.layer(INPUT, Convolution::new(3, 2, 3).unwrap().with(bias));
    let value = net.layer(sum, Convolution::new(1, 3, 3).unwrap().then(activation).unwrap());
    let noise = net.layer(value, Convolution::new(3, 3, 2).unwrap());
    net.subtract(INPUT, noise);
    let first = 9 * 2 * 3 + if bias == Bias::Learned { 3 } else { 0 };
    let (gamma, beta) = (&theta[first..][..3], &theta[first + 3..][..3]);
    let mut affine = vec![0.0; 12];
    for c in 0..3 {
        let scale = gamma[c] / (statistics[3 + c] + 1e-5).sqrt();
        affine[4 * c] = scale;
        affine[9 + c] = beta[c] - scale * statistics[c];
    }
    let theta = [&theta[..first], &affine, &theta[first + 6..]].concat();
    net.network().unwrap().infer(&theta, at, x).unwrap()
}

#[test]
fn a_folded_network_is_batch_normalisation_with_the_running_statistics() {
    let at = Shape::new(1, 5, 7, 2);
    let x = draw(at.len(), 1);
    for bias in [Bias::Learned, Bias::Absent] {
        for activation in [Activation::None, Activation::Relu, Activation::LeakyRelu(0.1)] {
            let network = normalised(bias, activation);
            let theta = draw(network.layout().len(), 2);
            let mut statistics = draw(6, 3);
            statistics[3..].iter_mut().for_each(|v| *v = v.abs() + 0.1);
            let (folded, folded_theta) = network.folded(&theta, &statistics).unwrap();
            assert_eq!((folded.nodes().len(), folded.statistics_layout().len()), (3, 0));
            let wanted = by_hand(bias, activation, &theta, &statistics, at, &x);
            assert!(close(&folded.infer(&folded_theta, at, &x).unwrap(), &wanted), "{bias:?} {activation:?}");
        }
    }
}

#[test]
fn a_normalisation_written_down_later_is_folded_into_its_convolution() {
    let convolution = || Convolution::new(3, 2, 2).unwrap();
    let mut net = Builder::default();
    let first = net.layer(INPUT, convolution());
    let second = net.layer(INPUT, convolution().then(Activation::Relu).unwrap());
    let normal = net.layer(first, BatchNorm::new(2).unwrap());
    let difference = net.subtract(normal, second);
    net.layer(difference, convolution());
    let network = net.network().unwrap();
    let mut theta = draw(network.layout().len(), 6);
    // 0.weight 0.bias 1.weight 1.bias 2.gamma 2.beta 4.weight 4.bias, with γ = 2√(v + ε), β = 0 and mean 0: doubled.
    theta[76..80].copy_from_slice(&[2.0, 4.0, 0.0, 0.0]);
    let (folded, folded_theta) = network.folded(&theta, &[0.0, 0.0, 1.0 - 1e-5, 4.0 - 1e-5]).unwrap();
    let doubled = theta[..38].iter().map(|w| 2.0 * w);
    let wanted: Vec<f64> = doubled.chain(theta[38..76].iter().copied()).chain(theta[80..].iter().copied()).collect();
    assert!(close(&folded_theta, &wanted) && folded.nodes().len() == 4);

    let mut by_hand = Builder::default();
    let first = by_hand.layer(INPUT, convolution());
    let second = by_hand.layer(INPUT, convolution().then(Activation::Relu).unwrap());
    let difference = by_hand.subtract(first, second);
    by_hand.layer(difference, convolution());
    let at = Shape::new(1, 4, 5, 2);
    let x = draw(at.len(), 7);
    let wanted = by_hand.network().unwrap().infer(&wanted, at, &x).unwrap();
    assert!(close(&folded.infer(&folded_theta, at, &x).unwrap(), &wanted));
}

#[test]
fn training_on_one_picture_again_and_again_gives_statistics_that_fold_to_the_same_output() {
    let at = Shape::new(2, 8, 8, 2);
    let network = normalised(Bias::Absent, Activation::Relu);
    let theta = draw(network.layout().len(), 4);
    let mut tape = Tape::new(&network, at).unwrap();
    tape.input().copy_from_slice(&draw(at.len(), 5));
    let input = tape.input().to_vec();
    network.forward(Weights { theta: &theta, prepared: &network.prepare(&theta) }, &mut tape);
    let mut statistics = network.initial_statistics();
    assert_eq!(statistics, [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    for _ in 0..400 {
        let kept = tape.kept();
        network.observe([&kept, &kept], &mut statistics);
    }
    // The running variance has n − 1 below, the shard's own n.
    statistics[3..].iter_mut().for_each(|v| *v *= 127.0 / 128.0);
    let (folded, folded_theta) = network.folded(&theta, &statistics).unwrap();
    assert!(close(&folded.infer(&folded_theta, at, &input).unwrap(), tape.output().0));
}

#[test]
fn a_batch_norm_that_cannot_be_folded_is_refused() {
    let says = |net: Builder<f64>| {
        let network = net.network().unwrap();
        network.folded(&network.initial(0), &network.initial_statistics()).err().unwrap().to_string()
    };
    let norm = BatchNorm::new(2).unwrap();
    let mut alone = Builder::default();
    alone.layer(INPUT, norm);
    assert!(says(alone).starts_with("node 0 normalises value 0, which"));

    let mut behind_relu = Builder::default();
    let value = behind_relu.layer(INPUT, Convolution::new(3, 2, 2).unwrap().then(Activation::Relu).unwrap());
    behind_relu.layer(value, norm);
    assert!(says(behind_relu).starts_with("node 1 normalises value 1, which"));

    let mut shared = Builder::default();
    let value = shared.layer(INPUT, Convolution::new(3, 2, 2).unwrap());
    let normal = shared.layer(value, norm);
    shared.add(value, normal);
    assert!(says(shared).starts_with("node 1 normalises value 1, which"));
}

#[test]
fn a_run_gives_what_a_tape_gives_bit_for_bit_and_can_be_repeated() {
    let knobs: [(&str, Setting); 2] = [("width", 4.0.into()), ("bias", true.into())];
    for name in ["dncnn", "ffdnet", "unet"] {
        let design = Design::new(name, &knobs, 3).unwrap();
        let network = design.network::<f32>().unwrap();
        let at = Shape::new(1, 8, 12, design.inputs());
        let (mut tape, mut room) = (Tape::new(&network, at).unwrap(), Room::new(&network, at).unwrap());
        assert_eq!(room.output_shape(), at.with_channels(3));
        for seed in 0..3 {
            let mut random = Random::new(seed, Stream::Data, 1);
            let theta: Vec<f32> = network.initial(seed).iter().map(|w| w + 0.1 * random.normal() as f32).collect();
            let prepared = network.prepare(&theta);
            let input: Vec<f32> = (0..at.len()).map(|_| random.uniform() as f32).collect();
            tape.input().copy_from_slice(&input);
            room.input().copy_from_slice(&input);
            network.forward(Weights { theta: &theta, prepared: &prepared }, &mut tape);
            network.run(Weights { theta: &theta, prepared: &prepared }, &mut room);
            assert_eq!(tape.output().0, room.output(), "{name}");
            assert_eq!(network.infer(&theta, at, &input).unwrap(), room.output(), "{name}");
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let network = normalised(Bias::Absent, Activation::Relu);
    let theta = network.initial(0);
    let says = |theta: &[f64], at: Shape, x: &[f64]| network.infer(theta, at, x).unwrap_err().to_string();
    let at = Shape::new(1, 2, 2, 2);
    assert_eq!(says(&theta[1..], at, &[0.0; 8]), "θ has length 115, but 116 are needed");
    assert_eq!(says(&theta, at, &[0.0; 7]), "the input has length 7, but 8 are needed");
    assert_eq!(says(&theta, Shape::new(1, 0, 2, 2), &[]), "an input of shape 1 × 0 × 2 × 2 has no number");
    assert_eq!(says(&theta, Shape::new(1, 2, 2, 1), &[0.0; 4]), "a convolution of 2 channels cannot take 1 × 2 × 2 × 1");
}
