//! Directions in the space of a network's weights that are as long as its filters are (Li, Xu, Taylor, Studer and Goldstein 2018).
//!
//! A filter in front of a rectifier or a normalisation can be made longer, and what reads it shorter, without changing the network, so a
//! plain random direction shows how long the filters are rather than how flat the loss is. With d_f ← d_f/‖d_f‖·‖θ_f‖ for every filter
//! f, networks that differ only in that show the same slice.

use ravine_optim::layout::Layout;

/// Each filter of `direction` ← as long as that of `theta`; 0 for biases and for what a normalisation has learnt, as in the paper. A filter
/// is what makes one output channel of a convolution: the numbers of a block of shape `[…, inputs, outputs]` that share the last index.
///
/// ```
/// let layout = ravine_optim::Layout::default().with("0.weight", &[1, 1, 2, 2]).with("0.bias", &[2]);
/// let mut d = [3.0, 3.0, 4.0, 4.0, 5.0, 6.0];
/// ravine_net::filters::normalise(&layout, &[0.0, 0.0, 5.0, 10.0, 7.0, 8.0], &mut d);
/// assert_eq!(d, [3.0, 6.0, 4.0, 8.0, 0.0, 0.0]);
/// ```
pub fn normalise(layout: &Layout, theta: &[f64], direction: &mut [f64]) {
    for block in layout.blocks() {
        let (theta, direction) = (&theta[block.range.clone()], &mut direction[block.range.clone()]);
        match block.shape[..] {
            [.., _, outputs] => (0..outputs).for_each(|filter| {
                let length = |x: &[f64]| x.iter().skip(filter).step_by(outputs).map(|x| x * x).sum::<f64>().sqrt();
                let scale = length(theta) / length(direction).max(f64::MIN_POSITIVE);
                direction.iter_mut().skip(filter).step_by(outputs).for_each(|d| *d *= scale);
            }),
            _ => direction.fill(0.0),
        }
    }
}

/// Whether there is a filter.
pub fn any(layout: &Layout) -> bool {
    layout.blocks().iter().any(|block| block.shape.len() > 1)
}
