//! Law: networks that differ only in the lengths of their filters show one slice along filter-normalised directions, and different ones
//! along plain random directions.

mod small;

use ravine_net::engine::Activation;
use ravine_net::layer::Convolution;
use ravine_net::{Loss, Network, Node, Plan, Risk, Samples, Validation, filters};
use ravine_optim::slice::normal_direction;
use ravine_optim::{Objective, Slice};
use small::Blobs;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Two convolutions with a rectifier between them, without biases in effect, as they start at 0.
fn network() -> Network<f64> {
    let first = Convolution::new(3, 1, 5).unwrap().then(Activation::Relu).unwrap();
    Network::new(vec![Node::layer(first, 0), Node::layer(Convolution::new(3, 5, 1).unwrap(), 1), Node::Add(0, 2)]).unwrap()
}

fn values(theta: Vec<f64>, direction: Vec<f64>) -> Vec<f64> {
    let plan = Plan { loss: Loss::L2, samples: Samples::Fresh, batch: 4, seed: 0 };
    let held_out = Arc::new(Validation::held_out(&Blobs, 0, 4, Loss::L2).unwrap());
    let risk = Risk::new(Arc::new(network()), Arc::new(Blobs), held_out, plan).unwrap();
    let mut workers: [Box<dyn Objective<f64>>; 1] = [Box::new(risk)];
    let slice = Slice::new(theta, vec![direction], vec![(-1.0, 1.0)], 9).unwrap();
    let mut values = vec![None; 9];
    slice.evaluate(&mut workers, &mut values, &mut |_, _| ControlFlow::Continue(()));
    values.into_iter().flatten().collect()
}

#[test]
fn filter_normalised_slices_do_not_see_the_lengths_of_filters() {
    let network = network();
    let theta = network.initial(3);
    let first = network.layout().blocks()[0].range.clone();
    let second = network.layout().blocks()[2].range.clone();
    let mut scaled = theta.clone();
    scaled[first].iter_mut().for_each(|w| *w *= 8.0);
    scaled[second].iter_mut().for_each(|w| *w /= 8.0);

    let worst = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs() / b).fold(0.0, f64::max);
    let plain = normal_direction(theta.len(), 1, 0);
    let normalised = |theta: &[f64]| {
        let mut d = plain.clone();
        filters::normalise(network.layout(), theta, &mut d);
        d
    };
    let [one, other] = [&theta, &scaled].map(|theta| values(theta.clone(), normalised(theta)));
    assert_eq!(one.len(), 9);
    assert!(worst(&one, &other) < 1e-12, "{:e}", worst(&one, &other));
    assert!((one[0] / one[4] - 1.0).abs() > 0.01, "the direction changes the network");
    let [one, other] = [&theta, &scaled].map(|theta| values(theta.clone(), plain.clone()));
    assert!(worst(&one, &other) > 0.1, "{:e}", worst(&one, &other));
}

#[test]
fn every_filter_of_a_direction_is_as_long_as_that_of_the_weights() {
    let layout = network().layout().clone();
    let theta = normal_direction(layout.len(), 1, 0);
    let mut d = normal_direction(layout.len(), 1, 1);
    filters::normalise(&layout, &theta, &mut d);
    let length = |x: &[f64], filter: usize| x.iter().skip(filter).step_by(5).map(|x| x * x).sum::<f64>().sqrt();
    let [weight, bias, ..] = layout.blocks() else { panic!() };
    for filter in 0..5 {
        let (a, b) = (length(&d[weight.range.clone()], filter), length(&theta[weight.range.clone()], filter));
        assert!((a / b - 1.0).abs() < 1e-14 && a > 0.0);
    }
    assert!(d[bias.range.clone()].iter().all(|d| *d == 0.0));
    assert!(filters::any(&layout) && !filters::any(&ravine_optim::Layout::single("point", &[2])));
}
