//! DnCNN (Zhang, Zuo, Chen, Meng and Zhang 2017) from files with the names of PyTorch: u = x − F(x), F a chain of 3 × 3
//! convolutions with ReLU between them, some followed by a batch normalisation, which they take in here.
//!
//! Names are those of a `Sequential`: one prefix, the place in the chain, the part, such as `module.dncnn.3.running_mean`. Depth, width
//! and channels are those of the shapes.

use crate::design::Design;
use crate::weights::{Card, Contents, Error, Result, Tensor};
use ravine_optim::parameter::Setting;
use std::collections::BTreeMap;

/// ε of the normalisation, which files do not say: PyTorch's.
const EPSILON: f64 = 1e-5;

/// The parts that a place may have. PyTorch's counter of batches is of whole numbers, and was not read.
const PARTS: [&str; 4] = ["weight", "bias", "running_mean", "running_var"];

/// What lies at a place of the chain, by the names of its parts.
type Parts<'a> = BTreeMap<&'a str, &'a Tensor>;

/// A 3 × 3 convolution with what it took in.
struct Folded {
    inputs: usize,
    outputs: usize,
    weight: Vec<f64>, // out × in × 3 × 3
    bias: Option<Vec<f64>>,
}

/// The card of the network, and its θ.
///
/// # Errors
/// [`Error::Foreign`] for names and shapes that are not a DnCNN's.
pub(super) fn dncnn(contents: &Contents) -> Result<(Card, Vec<f32>)> {
    let chain = chain(contents)?;
    let bias = chain.iter().any(|link| link.bias.is_some());
    let knobs = [
        ("depth", (chain.len() as f64).into()),
        ("width", (chain[0].outputs as f64).into()),
        ("batch_norm", Setting::Switch(false)), // taken in
        ("bias", Setting::Switch(bias)),
    ];
    let card = Card {
        network: Design::new("dncnn", &knobs, chain[0].inputs)?,
        sigma: [0.0, 255.0],
        recipe: None,
        lines: vec!["imported from a file with the names of PyTorch, which does not say for which noise it was trained".into()],
    };
    Ok((card, chain.iter().flat_map(|link| link.theta(bias)).collect()))
}

fn foreign<T>(why: String) -> Result<T> {
    Err(Error::Foreign(why))
}

/// The convolutions in order; they fit together, and make pictures of pictures.
fn chain(contents: &Contents) -> Result<Vec<Folded>> {
    let mut chain: Vec<Folded> = Vec::new();
    for (place, parts) in places(contents)? {
        match (parts.contains_key("running_mean"), chain.last_mut()) {
            (false, _) => chain.push(Folded::of(place, &parts)?),
            (true, Some(before)) => before.take_in(place, &parts)?,
            (true, None) => return foreign(format!("the chain begins with a normalisation, at {place}")),
        }
    }
    let [first, .., last] = &chain[..] else { return foreign(format!("{} convolutions are no chain", chain.len())) };
    if !matches!(first.inputs, 1 | 3) || last.outputs != first.inputs {
        return foreign(format!("it takes {} channels and gives {}, and 1 or 3 are wanted of both", first.inputs, last.outputs));
    }
    match chain.windows(2).find(|pair| pair[0].outputs != pair[1].inputs) {
        Some(pair) => {
            foreign(format!("a convolution gives {} channels and the next one takes {}", pair[0].outputs, pair[1].inputs))
        }
        None => Ok(chain),
    }
}

/// The tensors by place and part.
fn places(contents: &Contents) -> Result<BTreeMap<usize, Parts<'_>>> {
    let mut places: BTreeMap<usize, Parts<'_>> = BTreeMap::new();
    let mut prefix = None;
    for (name, tensor) in &contents.tensors {
        let split = name.rsplit_once('.').and_then(|(stem, part)| {
            let at = stem.rfind('.').map_or(0, |dot| dot + 1);
            Some((&stem[..at], stem[at..].parse().ok()?, part))
        });
        match split {
            Some((of, place, part)) if PARTS.contains(&part) && *prefix.get_or_insert(of) == of => {
                places.entry(place).or_default().insert(part, tensor);
            }
            _ => return foreign(format!("a tensor is named `{name}`")),
        }
    }
    Ok(places)
}

/// `count` numbers of the part `part`.
fn vector(place: usize, parts: &Parts<'_>, part: &str, count: usize) -> Result<Vec<f64>> {
    match parts.get(part) {
        Some(Tensor { shape, values }) if shape[..] == [count] => Ok(values.iter().map(|v| f64::from(*v)).collect()),
        Some(tensor) => foreign(format!("`{part}` at {place} has the shape {:?}, and {count} numbers are wanted", tensor.shape)),
        None => foreign(format!("there is no `{part}` at {place}")),
    }
}

impl Folded {
    fn of(place: usize, parts: &Parts<'_>) -> Result<Self> {
        let Some(Tensor { shape, values }) = parts.get("weight") else {
            return foreign(format!("there is no `weight` at {place}"));
        };
        let [outputs, inputs, 3, 3] = shape[..] else {
            return foreign(format!("`weight` at {place} has the shape {shape:?}, not that of a 3 × 3 convolution"));
        };
        if inputs == 0 || outputs == 0 {
            return foreign(format!("the convolution at {place} has no channels"));
        }
        let bias = if parts.contains_key("bias") { Some(vector(place, parts, "bias", outputs)?) } else { None };
        Ok(Folded { inputs, outputs, weight: values.iter().map(|v| f64::from(*v)).collect(), bias })
    }

    /// The normalisation y = γ·(x − μ)/√(v + ε) + β behind it: W ← sW, b ← s(b − μ) + β with s = γ/√(v + ε).
    fn take_in(&mut self, place: usize, parts: &Parts<'_>) -> Result<()> {
        let part = |name| vector(place, parts, name, self.outputs);
        let (gamma, beta, mean, variance) = (part("weight")?, part("bias")?, part("running_mean")?, part("running_var")?);
        if variance.iter().any(|v| *v < 0.0) {
            return foreign(format!("a variance at {place} is negative"));
        }
        let bias = self.bias.get_or_insert_with(|| vec![0.0; mean.len()]);
        for (o, weights) in self.weight.chunks_exact_mut(9 * self.inputs).enumerate() {
            let scale = gamma[o] / (variance[o] + EPSILON).sqrt();
            weights.iter_mut().for_each(|w| *w *= scale);
            bias[o] = scale * (bias[o] - mean[o]) + beta[o];
        }
        Ok(())
    }

    /// tap × in × out, then the bias, if there are any.
    fn theta(&self, bias: bool) -> impl Iterator<Item = f32> {
        let zeros = vec![0.0; if bias { self.outputs } else { 0 }];
        let bias = self.bias.clone().unwrap_or(zeros);
        let taps = (0..9).flat_map(move |tap| {
            let input = move |i| (0..self.outputs).map(move |o| self.weight[(o * self.inputs + i) * 9 + tap] as f32);
            (0..self.inputs).flat_map(input)
        });
        taps.chain(bias.into_iter().map(|b| b as f32))
    }
}
