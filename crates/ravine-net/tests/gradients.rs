//! The law `gradients`, for whole networks: the gradient with respect to θ is that of dual numbers to 1e-12, and that of central differences.

mod dual;

use dual::{Dual, duals, tangents};
use ravine_net::engine::{Activation, Element};
use ravine_net::layer::{BatchNorm, Convolution, Rectifier, Select, Weights};
use ravine_net::network::Builder;
use ravine_net::{Design, Network, Shape, Tape};
use ravine_optim::parameter::Setting;
use ravine_optim::{Random, Stream};

/// Every design, small, in its variants.
fn designs() -> Vec<(Design, Shape)> {
    let small = |name: &str, channels, knobs: &[(&str, Setting)]| {
        let design = Design::new(name, knobs, channels).unwrap();
        let at = Shape::new(2, 4, 8, design.inputs());
        (design, at)
    };
    let (width, on, off) = (|w: f64| ("width", Setting::Number(w)), Setting::Switch(true), Setting::Switch(false));
    let depth = ("depth", Setting::Number(4.0));
    vec![
        small("dncnn", 1, &[depth.clone(), width(3.0)]),
        small("dncnn", 1, &[depth.clone(), width(3.0), ("batch_norm", off.clone()), ("residual", off.clone())]),
        small(
            "dncnn",
            3,
            &[depth.clone(), width(2.0), ("batch_norm", off.clone()), ("bias", off.clone()), ("noise_map", on.clone())],
        ),
        small("ffdnet", 1, &[depth.clone(), width(3.0)]),
        small("ffdnet", 3, &[depth, width(2.0), ("noise_map", off.clone()), ("bias", off.clone())]),
        small("unet", 1, &[width(2.0), ("growth", 1.5.into()), ("blocks", 1.0.into())]),
        small("unet", 3, &[width(2.0), ("scales", 2.0.into()), ("blocks", 1.0.into()), ("halved", on.clone())]),
        small("unet", 1, &[width(2.0), ("scales", 2.0.into()), ("blocks", 1.0.into()), ("halved", on.clone())]),
        small("unet", 3, &[width(2.0), ("scales", 2.0.into()), ("bias", on), ("noise_map", off.clone())]),
        small("unet", 1, &[width(2.0), ("scales", 1.0.into()), ("blocks", 1.0.into()), ("residual", off)]),
    ]
}

/// A network in which every kind of node reads values that weights have made, more than once.
fn every_node<F: Element>() -> Network<F> {
    let mut net = Builder::default();
    let convolution = |inputs, outputs| Convolution::new(3, inputs, outputs).unwrap();
    let a = net.layer(Builder::<F>::INPUT, convolution(1, 2).then(Activation::LeakyRelu(0.3)).unwrap());
    let b = net.layer(a, convolution(2, 3));
    let twice = net.layer(b, convolution(3, 3)); // added to b at once, and read again later
    let sum = net.add(b, twice);
    let bent = net.layer(sum, Rectifier::RELU);
    let changed = net.subtract(bent, twice);
    let both = net.concat(a, changed);
    let first = net.layer(both, Select::new(1..4).unwrap());
    let difference = net.subtract(first, b);
    let normal = net.layer(difference, BatchNorm::new(3).unwrap());
    let sum = net.add(normal, first);
    let bent = net.layer(sum, Rectifier::RELU);
    let of_another = net.layer(bent, convolution(3, 3).then(Activation::LeakyRelu(0.3)).unwrap()); // undone by its only reader
    let change = net.layer(of_another, convolution(3, 3)); // added to what nobody reads again
    let sum = net.add(bent, change);
    let change = net.layer(sum, convolution(3, 3)); // added to what it is made of
    let sum = net.add(sum, change);
    let of_another = net.layer(sum, convolution(3, 3));
    let change = net.layer(of_another, convolution(3, 3)); // added to what is read again later
    let last = net.add(sum, change);
    let last = net.concat(last, a);
    let last = net.concat(last, sum);
    net.layer(last, convolution(8, 1));
    net.network().unwrap()
}

/// θ from which nothing is zero any more, an input and a target.
fn draw(network: &Network<f64>, at: Shape, channels: usize) -> [Vec<f64>; 3] {
    let mut random = Random::new(11, Stream::Data, at.len() as u64);
    let theta = network.initial(5).into_iter().map(|w| w + 0.3 * random.normal()).collect();
    let input = (0..at.len()).map(|_| random.uniform()).collect();
    let target = (0..at.pixels() * channels).map(|_| random.uniform()).collect();
    [theta, input, target]
}

/// ½‖output − target‖²
fn value(network: &Network<f64>, theta: &[f64], tape: &mut Tape<f64>, target: &[f64]) -> f64 {
    network.forward(Weights { theta, prepared: &network.prepare(theta) }, tape);
    tape.output().0.iter().zip(target).map(|(y, t)| 0.5 * (y - t).powi(2)).sum()
}

fn gradient(network: &Network<f64>, theta: &[f64], tape: &mut Tape<f64>, target: &[f64]) -> Vec<f64> {
    value(network, theta, tape, target);
    let (y, dy) = tape.output();
    dy.iter_mut().zip(y).zip(target).for_each(|((dy, y), t)| *dy = y - t);
    let mut gradient = vec![7.0; theta.len()]; // whatever it held
    network.gradient(Weights { theta, prepared: &network.prepare(theta) }, tape, &mut gradient);
    gradient
}

/// The gradient of ½‖output − target‖² in random directions is that of the same network over dual numbers, to 1e-12.
fn agrees(name: &str, network: &Network<f64>, over_duals: &Network<Dual>, at: Shape, channels: usize) {
    let [theta, input, target] = draw(network, at, channels);
    let mut tape = Tape::new(network, at).unwrap();
    tape.input().copy_from_slice(&input);
    let gradient = gradient(network, &theta, &mut tape, &target);

    let mut both = Tape::new(over_duals, at).unwrap();
    both.input().iter_mut().zip(&input).for_each(|(both, x)| both.value = *x);
    for seed in 0..3 {
        let mut random = Random::new(seed, Stream::Probe, 0);
        let direction: Vec<f64> = theta.iter().map(|_| random.normal()).collect();
        let theta = duals(&theta, &direction);
        over_duals.forward(Weights { theta: &theta, prepared: &over_duals.prepare(&theta) }, &mut both);
        let (y, _) = both.output();
        let along: f64 = y.iter().zip(tangents(y)).zip(&target).map(|((y, dy), t)| (y.value - t) * dy).sum();
        let dot: f64 = gradient.iter().zip(&direction).map(|(g, d)| g * d).sum();
        let scale: f64 = gradient.iter().zip(&direction).map(|(g, d)| (g * d).abs()).sum();
        assert!((along - dot).abs() < 1e-12 * scale, "{name}: {along} by dual numbers, {dot} by the gradient");
    }
}

#[test]
fn the_gradient_of_a_network_is_that_of_dual_numbers() {
    for (design, at) in designs() {
        agrees(&format!("{design:?}"), &design.network().unwrap(), &design.network().unwrap(), at, design.channels());
    }
}

#[test]
fn every_node_passes_on_what_it_is_given() {
    agrees("every node", &every_node(), &every_node(), Shape::new(2, 3, 5, 1), 1);
}

/// A rectifier that changes sides between θ − h and θ + h spoils a difference; a smaller h avoids it. A wrong gradient agrees with none.
#[test]
fn the_gradient_of_a_network_is_that_of_central_differences() {
    for (design, at) in designs() {
        let network = design.network::<f64>().unwrap();
        let [mut theta, input, target] = draw(&network, at, design.channels());
        let mut tape = Tape::new(&network, at).unwrap();
        tape.input().copy_from_slice(&input);
        let gradient = gradient(&network, &theta, &mut tape, &target);
        let scale = gradient.iter().fold(1.0, |m, g| f64::max(m, g.abs()));
        for i in 0..theta.len() {
            let center = theta[i];
            let error = [1e-5, 1e-6, 1e-7].map(|h| {
                theta[i] = center + h;
                let ahead = value(&network, &theta, &mut tape, &target);
                theta[i] = center - h;
                let behind = value(&network, &theta, &mut tape, &target);
                theta[i] = center;
                (gradient[i] - (ahead - behind) / (2.0 * h)).abs()
            });
            let best = error.into_iter().fold(f64::INFINITY, f64::min);
            assert!(best < 1e-7 * scale, "{design:?}: ∂/∂θ{i} = {} is off by {error:?}", gradient[i]);
        }
    }
}

#[test]
fn a_tape_can_be_used_again() {
    for (design, at) in designs() {
        let network = design.network::<f64>().unwrap();
        let [theta, input, target] = draw(&network, at, design.channels());
        let mut tape = Tape::new(&network, at).unwrap();
        tape.input().copy_from_slice(&input);
        let once = gradient(&network, &theta, &mut tape, &target);
        assert_eq!(gradient(&network, &theta, &mut tape, &target), once, "{design:?}");
    }
}
