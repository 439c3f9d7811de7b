//! What was measured, as pages and figures show it.

use ravine::optim::Measure;
use ravine_show::plot::restoration::Point;

/// A measure as a point of a figure; n numbers in the picture.
pub(crate) fn point(measure: &Measure, n: usize) -> Point {
    let c = measure.certificate.filter(|c| c.gap.is_finite());
    Point {
        iteration: measure.iteration,
        energy: measure.value,
        dual: c.map(|c| c.dual),
        relative_gap: c.map(|c| c.relative_gap()),
        distance: c.and_then(|c| c.distance).map(|d| 255.0 * d / (n as f64).sqrt()),
    }
}
