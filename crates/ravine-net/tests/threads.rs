//! Law: the same bytes for any number of threads, forward and back, on numbers whose exponents vary.

use ravine_net::engine::{Activation, Element, Filter, Finish, Kernel};
use ravine_net::shape::Shape;
use ravine_optim::{Level, Random, Stream};
use rayon::ThreadPoolBuilder;

const THREADS: [usize; 4] = [1, 2, 3, 8];

/// Numbers from about 1e-4 to 1e4, so that another order of the same terms gives another sum.
fn wild(seed: u64, len: usize) -> Vec<f32> {
    let mut random = Random::new(seed, Stream::Data, len as u64);
    (0..len).map(|_| (random.normal() * 10f64.powf(random.between(-4.0, 4.0))) as f32).collect()
}

/// The bits of y, dx and dW: at 129 × 140 pixels bands are shared among threads, and the adjoint in the weights has several ranges.
fn bits(kernel: Kernel, at: Shape) -> [Vec<u32>; 3] {
    let level = Level::best();
    let (w, b) = (wild(1, kernel.weights()), wild(2, kernel.outputs()));
    let (x, dy) = (wild(3, at.len()), wild(4, at.pixels() * kernel.outputs()));
    let mut prepared = vec![0.0; f32::prepared(kernel)];
    f32::prepare(kernel, level, &w, &mut prepared);
    let filter = Filter { kernel, level, weights: &w, prepared: &prepared };
    let finish = Finish { bias: Some(&b), activation: Activation::Relu, skip: None };
    let (mut y, mut dx, mut dw) = (vec![0.0; dy.len()], vec![0.0; x.len()], vec![0.0; w.len()]);
    f32::convolve(filter, finish, at, &x, &mut y);
    f32::add_input_adjoint(filter, at, &dy, &mut dx);
    f32::add_weight_adjoint(kernel, level, at, &x, &dy, &mut dw);
    [y, dx, dw].map(|v| v.iter().map(|v| v.to_bits()).collect())
}

#[test]
fn convolutions_have_the_same_bits_for_any_number_of_threads() {
    for (size, inputs, outputs) in [(3, 1, 20), (3, 20, 1), (3, 16, 24), (1, 16, 8)] {
        let kernel = Kernel::new(size, inputs, outputs).unwrap();
        for at in [Shape::new(1, 129, 140, inputs), Shape::new(3, 17, 9, inputs)] {
            let results = THREADS.map(|n| ThreadPoolBuilder::new().num_threads(n).build().unwrap().install(|| bits(kernel, at)));
            for (n, result) in THREADS.iter().zip(&results) {
                for (what, (result, first)) in ["y", "dx", "dW"].iter().zip(result.iter().zip(&results[0])) {
                    assert!(result == first, "{what} of {kernel:?} at {at}: {n} threads give other bits than one");
                }
            }
        }
    }
}

#[test]
fn a_task_of_a_pool_computes_what_a_call_from_outside_computes() {
    let kernel = Kernel::new(3, 16, 24).unwrap();
    let at = Shape::new(1, 129, 140, 16);
    let alone = bits(kernel, at);
    let pool = ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let mut inside = [const { Vec::new() }; 4];
    pool.scope(|scope| inside.iter_mut().for_each(|to| scope.spawn(move |_| to.extend(bits(kernel, at)))));
    assert!(inside.iter().all(|results| results[..] == alone[..]));
}
