//! From learning to use: batch normalisation with fixed statistics is an affine map, which the convolution before it takes in.
//!
//! Held-out risk and inference always run the folded network, so that no layer has a switch between the two.

use super::{Kept, Network, Node};
use ravine_optim::number::Float;
use ravine_optim::{Error, Result};
use std::sync::Arc;

impl<F: Float> Network<F> {
    /// Moves the running statistics towards those of all shards of a step, in their order.
    pub fn observe<'k>(&self, shards: impl IntoIterator<Item = &'k Kept<F>>, statistics: &mut [F]) {
        let shards: Vec<&Kept<F>> = shards.into_iter().collect();
        for (i, node) in self.nodes.iter().enumerate() {
            if let Node::Layer { layer, from } = node
                && let Some(first) = shards.first()
                && !self.places[i].statistics.is_empty()
            {
                let kept: Vec<&[F]> = shards.iter().map(|kept| &kept.by[i][..]).collect();
                layer.observe(first.shapes[*from], &kept, &mut statistics[self.places[i].statistics.clone()]);
            }
        }
    }

    /// The network that this one is with the statistics fixed, and its θ: it has no statistics.
    ///
    /// # Errors
    /// A layer with statistics is not directly behind a layer that can take it in and that nobody else reads.
    pub fn folded(&self, theta: &[F], statistics: &[F]) -> Result<(Network<F>, Vec<F>)> {
        let mut nodes: Vec<Node<F>> = Vec::new();
        let mut thetas: Vec<Vec<F>> = Vec::new();
        let mut value = vec![0]; // where each value is found now
        for (i, node) in self.nodes.iter().enumerate() {
            let (own, place) = (theta[self.places[i].theta.clone()].to_vec(), &self.places[i]);
            if let Node::Layer { layer, from } = node
                && let Some(affine) = layer.fixed(&own, &statistics[place.statistics.clone()])
            {
                let before = self.only_reader(i, *from).then(|| value[*from]).and_then(|v: usize| v.checked_sub(1));
                let absorbed = before.and_then(|before| match &nodes[before] {
                    Node::Layer { layer, .. } => layer.absorb(&thetas[before], &affine).map(|absorbed| (before, absorbed)),
                    _ => None,
                });
                let Some((before, (layer, absorbed))) = absorbed else {
                    return Err(Error::Unsuited(format!(
                        "node {i} normalises value {from}, which is not a convolution's own output: put it directly behind one, before its activation"
                    )));
                };
                if let Node::Layer { layer: old, .. } = &mut nodes[before] {
                    *old = layer;
                }
                thetas[before] = absorbed;
                value.push(before + 1);
            } else {
                nodes.push(node.reading(&value));
                thetas.push(own);
                value.push(nodes.len());
            }
        }
        Ok((Network::new(nodes)?, thetas.concat()))
    }

    fn only_reader(&self, node: usize, value: usize) -> bool {
        self.last_reader[value] == node && self.nodes[..node].iter().all(|node| node.reads().all(|v| v != value))
    }
}

impl<F: Float> Node<F> {
    /// The node with the values that it reads where they are found now.
    fn reading(&self, value: &[usize]) -> Self {
        match self {
            Node::Layer { layer, from } => Node::Layer { layer: Arc::clone(layer), from: value[*from] },
            Node::Add(a, b) => Node::Add(value[*a], value[*b]),
            Node::Subtract(a, b) => Node::Subtract(value[*a], value[*b]),
            Node::Concat(a, b) => Node::Concat(value[*a], value[*b]),
        }
    }
}
