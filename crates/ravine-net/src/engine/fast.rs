//! How f32 is computed: which of the fast forms a kernel takes, and what is made of its weights.

use super::lanes::PANEL;
use super::room::with_room;
use super::write::{Add, Back, Onto, Put, Write, bias_panels};
use super::{Activation, Bent, Element, Filter, Finish, Kernel, unfold, winograd};
use crate::shape::Shape;
use ravine_optim::Level;

/// Inputs up to which they are unfolded, and outputs up to which they are folded: beyond, the transforms cost less. Constants of the
/// format.
const FEW: (usize, usize) = (1, 3);

/// A form of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// F(4×4, 3×3)
    Winograd,
    /// unfold(x) · W
    Unfold,
    /// fold(x · W)
    Fold,
}

impl Form {
    fn of(kernel: Kernel) -> Form {
        if kernel.size() == 1 || kernel.inputs() <= FEW.0 {
            Form::Unfold
        } else if kernel.outputs() <= FEW.1 {
            Form::Fold
        } else {
            Form::Winograd
        }
    }

    fn prepared(kernel: Kernel) -> usize {
        match Form::of(kernel) {
            Form::Winograd => winograd::transformed(kernel),
            Form::Unfold => unfold::widened(kernel),
            Form::Fold => unfold::gathered(kernel),
        }
    }

    fn prepare(kernel: Kernel, level: Level, weights: &[f32], prepared: &mut [f32]) {
        match Form::of(kernel) {
            Form::Winograd => winograd::transform(kernel, level, weights, prepared),
            Form::Unfold => unfold::widen(kernel, weights, prepared),
            Form::Fold => unfold::gather(kernel, weights, prepared),
        }
    }

    fn convolve(kernel: Kernel, level: Level, at: Shape, x: &[f32], prepared: &[f32], y: &mut [f32], write: impl Write) {
        match Form::of(kernel) {
            Form::Winograd => winograd::convolve(kernel, level, at, x, prepared, y, write),
            Form::Unfold => unfold::convolve(kernel, level, at, x, prepared, y, write),
            Form::Fold => unfold::convolve_folding(kernel, level, at, x, prepared, y, write),
        }
    }
}

/// W̃_k ← (W_{K²−1−k})ᵀ: the weights of [`Kernel::transposed`].
fn transpose(kernel: Kernel, weights: &[f32], transposed: &mut [f32]) {
    let (inputs, outputs) = (kernel.inputs(), kernel.outputs());
    let matrices = weights.chunks_exact(inputs * outputs).rev();
    for (to, from) in transposed.chunks_exact_mut(inputs * outputs).zip(matrices) {
        for (o, to) in to.chunks_exact_mut(inputs).enumerate() {
            for (to, from) in to.iter_mut().zip(from.chunks_exact(outputs)) {
                *to = from[o];
            }
        }
    }
}

/// Writes (∂(W ∗ x)/∂x)ᵀ dy into dx, for an x of shape `at`.
fn back(filter: Filter<'_, f32>, at: Shape, dy: &[f32], dx: &mut [f32], write: impl Write) {
    let Filter { kernel, level, prepared, .. } = filter;
    let at = at.with_channels(kernel.outputs());
    Form::convolve(kernel.transposed(), level, at, dy, &prepared[Form::prepared(kernel)..], dx, write);
}

impl Element for f32 {
    fn prepared(kernel: Kernel) -> usize {
        Form::prepared(kernel) + Form::prepared(kernel.transposed())
    }

    fn prepare(kernel: Kernel, level: Level, weights: &[f32], prepared: &mut [f32]) {
        let (forward, back) = prepared.split_at_mut(Form::prepared(kernel));
        rayon::join(
            || Form::prepare(kernel, level, weights, forward),
            || {
                with_room(weights.len().div_ceil(PANEL), |room| {
                    let transposed = &mut room.as_flattened_mut()[..weights.len()];
                    transpose(kernel, weights, transposed);
                    Form::prepare(kernel.transposed(), level, transposed, back);
                });
            },
        );
    }

    fn convolve(filter: Filter<'_, f32>, finish: Finish<'_, f32>, at: Shape, x: &[f32], y: &mut [f32]) {
        let Filter { kernel, level, prepared, .. } = filter;
        let bias = bias_panels(finish, kernel.outputs());
        let (prepared, put) = (&prepared[..Form::prepared(kernel)], Put::new(finish, &bias));
        match finish.skip {
            Some(skip) => Form::convolve(kernel, level, at, x, prepared, y, Onto::new(put, skip, kernel.outputs())),
            None => Form::convolve(kernel, level, at, x, prepared, y, put),
        }
    }

    fn add_input_adjoint(filter: Filter<'_, f32>, at: Shape, dy: &[f32], dx: &mut [f32]) {
        back(filter, at, dy, dx, Add);
    }

    fn input_adjoint(filter: Filter<'_, f32>, bent: Option<Bent<'_, f32>>, at: Shape, dy: &[f32], dx: &mut [f32]) {
        if let Some(bent) = bent {
            return back(filter, at, dy, dx, Back::new(bent, filter.kernel.inputs()));
        }
        let nothing = Finish { bias: None, activation: Activation::None, skip: None };
        let bias = bias_panels(nothing, filter.kernel.inputs());
        back(filter, at, dy, dx, Put::new(nothing, &bias));
    }

    fn add_weight_adjoint(kernel: Kernel, level: Level, at: Shape, x: &[f32], dy: &[f32], dw: &mut [f32]) {
        match Form::of(kernel) {
            Form::Winograd => winograd::add_weight_adjoint(kernel, level, at, x, dy, dw),
            Form::Unfold => unfold::add_weight_adjoint(kernel, level, at, x, dy, dw),
            Form::Fold => unfold::add_weight_adjoint_folding(kernel, level, at, x, dy, dw),
        }
    }
}
