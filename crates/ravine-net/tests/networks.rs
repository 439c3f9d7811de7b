//! What a network cannot be, and what it cannot take.

use ravine_net::layer::{BatchNorm, Convolution, PixelShuffle, PixelUnshuffle};
use ravine_net::network::Builder;
use ravine_net::{Network, Node, Reach, Shape, Tape};

const INPUT: usize = Builder::<f64>::INPUT;

fn convolution(inputs: usize, outputs: usize) -> Convolution {
    Convolution::new(3, inputs, outputs).unwrap()
}

#[test]
fn nodes_that_make_no_network_are_refused() {
    let says = |nodes: Vec<Node<f64>>| Network::new(nodes).err().unwrap().to_string();
    assert_eq!(says(vec![]), "a network needs a node");
    assert_eq!(says(vec![Node::Add(0, 1)]), "node 0 reads value 1, which is made only later");
    let layer = |from| Node::layer(convolution(1, 1), from);
    assert_eq!(says(vec![layer(0), Node::Add(1, 1)]), "node 1 reads value 1 twice: scale it instead");
    assert_eq!(says(vec![layer(0), layer(0)]), "value 1 is read by no node: leave out the node that makes it");
}

#[test]
fn values_that_do_not_meet_are_refused() {
    let says = |write: fn(&mut Builder<f64>)| {
        let mut net = Builder::default();
        write(&mut net);
        let network = net.network().unwrap();
        Tape::new(&network, Shape::new(1, 4, 4, 1)).err().unwrap().to_string()
    };
    let sum = says(|net| {
        let wide = net.layer(INPUT, convolution(1, 2));
        net.add(INPUT, wide);
    });
    assert_eq!(sum, "values of shapes 1 × 4 × 4 × 1 and 1 × 4 × 4 × 2 cannot be added or subtracted");
    let side_by_side = says(|net| {
        let coarse = net.layer(INPUT, PixelUnshuffle::new(2).unwrap());
        net.concat(INPUT, coarse);
    });
    assert_eq!(side_by_side, "the pixels of shapes 1 × 4 × 4 × 1 and 1 × 2 × 2 × 4 do not match");
}

#[test]
fn a_network_whose_pixels_are_not_those_of_the_picture_has_no_tiles() {
    let says = |write: fn(&mut Builder<f64>)| {
        let mut net = Builder::default();
        write(&mut net);
        net.network().unwrap().reach().unwrap_err().to_string()
    };
    let half = says(|net| {
        net.layer(INPUT, PixelUnshuffle::new(2).unwrap());
    });
    assert_eq!(half, "a pixel of the output is 2 pixels of the input wide, not 1");
    let double = says(|net| {
        net.layer(INPUT, PixelShuffle::new(2).unwrap());
    });
    assert_eq!(double, "a value is finer than the input: such a network cannot run in tiles");
    let mixed = says(|net| {
        let coarse = net.layer(INPUT, PixelUnshuffle::new(2).unwrap());
        net.concat(INPUT, coarse);
    });
    assert_eq!(mixed, "pixels that are 1 and 2 pixels of the input wide cannot meet");
}

#[test]
fn branches_at_thirds_and_halves_need_sixths() {
    let mut net = Builder::<f64>::default();
    for factor in [2, 3] {
        let value = net.layer(INPUT, PixelUnshuffle::new(factor).unwrap());
        let value = net.layer(value, convolution(factor * factor, factor * factor));
        net.layer(value, PixelShuffle::new(factor).unwrap());
    }
    net.add(3, 6);
    assert_eq!(net.network().unwrap().reach().unwrap(), Reach { halo: 6, multiple: 6 });
}

#[test]
fn blocks_are_named_by_their_node() {
    let mut net = Builder::<f64>::default();
    let sum = net.layer(INPUT, convolution(1, 2));
    net.layer(sum, BatchNorm::new(2).unwrap());
    let network = net.network().unwrap();
    let names = |layout: &ravine_optim::Layout| layout.blocks().iter().map(|b| b.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(network.layout()), ["0.weight", "0.bias", "1.gamma", "1.beta"]);
    assert_eq!(names(network.statistics_layout()), ["1.mean", "1.variance"]);
}
