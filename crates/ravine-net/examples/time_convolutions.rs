//! The time of convolutions, for `benches/networks/run.py`.
//!
//! `time_convolutions LEVEL THREADS IMAGES HEIGHT WIDTH [SIZE:]INxOUT...`, where LEVEL is baseline, avx2 or avx512 and SIZE is 3 (if
//! not said) or 1. Printed as JSON: for each kernel the least seconds of the forward pass, of the adjoint in the input, of that in the
//! weights, and of preparing the weights; then 2 · taps · in · out · pixels / seconds / 10⁹ of the first three.
#![allow(clippy::print_stdout)] // the times are what it is for

use ravine_net::Aligned;
use ravine_net::engine::{Activation, Element, Filter, Finish, Kernel};
use ravine_net::shape::Shape;
use ravine_optim::{Level, Random, Stream};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [level, threads, images, height, width, channels @ ..] = &arguments[..] else {
        return Err("usage: time_convolutions LEVEL THREADS IMAGES HEIGHT WIDTH [SIZE:]INxOUT...".into());
    };
    rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?).build_global()?;
    let level = match level.as_str() {
        "baseline" => Level::Baseline,
        "avx2" => Level::Avx2,
        "avx512" => Level::Avx512,
        _ => return Err("LEVEL is baseline, avx2 or avx512".into()),
    };
    let mut rows = Vec::new();
    for channels in channels {
        let (size, channels) = channels.split_once(':').unwrap_or(("3", channels));
        let (inputs, outputs) = channels.split_once('x').ok_or("channels are INxOUT")?;
        let kernel = Kernel::new(size.parse()?, inputs.parse()?, outputs.parse()?)?;
        let at = Shape::new(images.parse()?, height.parse()?, width.parse()?, kernel.inputs());
        rows.push(time(kernel, level, at));
    }
    println!("[{}]", rows.join(",\n "));
    Ok(())
}

fn time(kernel: Kernel, level: Level, at: Shape) -> String {
    let mut random = Random::new(0, Stream::Data, 0);
    let mut draw = |n: usize| {
        let mut numbers = Aligned::<f32>::zeros(n);
        numbers.iter_mut().for_each(|v| *v = random.normal() as f32);
        numbers
    };
    let (weights, bias, x, dy) =
        (draw(kernel.weights()), draw(kernel.outputs()), draw(at.len()), draw(at.pixels() * kernel.outputs()));
    let mut prepared = Aligned::zeros(f32::prepared(kernel));
    f32::prepare(kernel, level, &weights, &mut prepared);
    let filter = Filter { kernel, level, weights: &weights, prepared: &prepared };
    let finish = Finish { bias: Some(&bias), activation: Activation::Relu, skip: None };
    let (mut y, mut dx, mut dw) = (dy.clone(), x.clone(), weights.clone());
    let forward = least(|| f32::convolve(filter, finish, at, &x, &mut y));
    let input = least(|| f32::add_input_adjoint(filter, at, &dy, &mut dx));
    let weight = least(|| f32::add_weight_adjoint(kernel, level, at, &x, &dy, &mut dw));
    let mut room = prepared.clone();
    let prepare = least(|| f32::prepare(kernel, level, &weights, &mut room));
    let speed = |seconds: f64| (2 * kernel.weights() * at.pixels()) as f64 / seconds / 1e9;
    let [size, inputs, outputs] = [kernel.size(), kernel.inputs(), kernel.outputs()];
    let gflops = [forward, input, weight].map(|seconds| speed(seconds).round());
    let seconds = [forward, input, weight, prepare];
    format!(r#"{{"size": {size}, "inputs": {inputs}, "outputs": {outputs}, "seconds": {seconds:.6?}, "gflops": {gflops:?}}}"#)
}

/// The least time of a run in half a second of runs.
fn least(mut work: impl FnMut()) -> f64 {
    work();
    let (begin, mut least) = (Instant::now(), f64::INFINITY);
    while begin.elapsed().as_secs_f64() < 0.5 {
        let before = Instant::now();
        work();
        least = least.min(before.elapsed().as_secs_f64());
    }
    least
}
