//! The plain twin: a convolution as its definition says, for any number type.
//!
//! One walk over all (output pixel, tap, input pixel) serves the operator and its two adjoints.

use super::activation::bend;
use super::{Finish, Kernel};
use crate::shape::Shape;
use ravine_optim::number::Float;

/// y(p) ← a(Σ_k W_k · x(p + k) + b) + s(p), for an x of shape `at`.
pub fn convolve<F: Float>(kernel: Kernel, weights: &[F], finish: Finish<'_, F>, at: Shape, x: &[F], y: &mut [F]) {
    let outputs = kernel.outputs();
    match finish.bias {
        Some(bias) => y.chunks_exact_mut(outputs).for_each(|y| y.copy_from_slice(bias)),
        None => y.fill(F::ZERO),
    }
    each_tap(kernel, at, |p, k, q| {
        let y = &mut y[p * outputs..][..outputs];
        for (x, w) in pixel(x, q, kernel.inputs()).iter().zip(matrix(kernel, weights, k).chunks_exact(outputs)) {
            y.iter_mut().zip(w).for_each(|(y, w)| *y += *x * *w);
        }
    });
    let slope = F::from_f64(finish.activation.slope());
    y.iter_mut().for_each(|y| *y = bend(slope, *y));
    if let Some(skip) = finish.skip {
        y.iter_mut().zip(skip).for_each(|(y, s)| *y += *s);
    }
}

/// dx(p + k) += W_kᵀ · dy(p)
pub fn add_input_adjoint<F: Float>(kernel: Kernel, weights: &[F], at: Shape, dy: &[F], dx: &mut [F]) {
    let (inputs, outputs) = (kernel.inputs(), kernel.outputs());
    each_tap(kernel, at, |p, k, q| {
        let dy = pixel(dy, p, outputs);
        for (dx, w) in dx[q * inputs..][..inputs].iter_mut().zip(matrix(kernel, weights, k).chunks_exact(outputs)) {
            dy.iter().zip(w).for_each(|(dy, w)| *dx += *dy * *w);
        }
    });
}

/// dW_k += x(p + k) · dy(p)ᵀ
pub fn add_weight_adjoint<F: Float>(kernel: Kernel, at: Shape, x: &[F], dy: &[F], dw: &mut [F]) {
    let (inputs, outputs) = (kernel.inputs(), kernel.outputs());
    let matrix = inputs * outputs;
    each_tap(kernel, at, |p, k, q| {
        let dy = pixel(dy, p, outputs);
        for (x, dw) in pixel(x, q, inputs).iter().zip(dw[k * matrix..][..matrix].chunks_exact_mut(outputs)) {
            dw.iter_mut().zip(dy).for_each(|(dw, dy)| *dw += *x * *dy);
        }
    });
}

/// Visits every (output pixel p, tap k, input pixel p + k) that lies inside of a picture.
fn each_tap(kernel: Kernel, at: Shape, mut visit: impl FnMut(usize, usize, usize)) {
    let inside = |i: usize, by: isize, n: usize| i.checked_add_signed(by).filter(|i| *i < n);
    for p in 0..at.pixels() {
        let (row, column) = (p / at.width, p % at.width);
        let (first, row) = (row / at.height * at.height, row % at.height);
        for k in 0..kernel.taps() {
            let (down, right) = kernel.offset(k);
            if let (Some(row), Some(column)) = (inside(row, down, at.height), inside(column, right, at.width)) {
                visit(p, k, (first + row) * at.width + column);
            }
        }
    }
}

fn pixel<F>(x: &[F], p: usize, channels: usize) -> &[F] {
    &x[p * channels..][..channels]
}

fn matrix<F>(kernel: Kernel, weights: &[F], k: usize) -> &[F] {
    let len = kernel.inputs() * kernel.outputs();
    &weights[k * len..][..len]
}
