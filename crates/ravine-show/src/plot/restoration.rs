//! A restoration as a figure: energy and certified gap over the iterations.

use super::number::short;
use super::{Chart, Curve, Figure, Panel, Scale};

/// One measure of a run.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// Iterations done.
    pub iteration: u64,
    /// J
    pub energy: f64,
    /// D(p), where the problem has a dual.
    pub dual: Option<f64>,
    /// gap / J
    pub relative_gap: Option<f64>,
    /// The bound on the RMS distance to the minimiser, in grey levels.
    pub distance: Option<f64>,
}

/// The measures of one run, as a figure: energies, then whatever bounds there are.
pub fn figure(title: &str, points: &[Point]) -> Figure {
    let curve = |label: &str, value: &dyn Fn(&Point) -> Option<f64>| {
        let points: Vec<_> = points.iter().filter_map(|p| Some((p.iteration as f64, value(p)?))).collect();
        (!points.is_empty()).then(|| Curve { label: label.into(), points })
    };
    let chart = |title: &str, y_label: &str, scale, curves: Vec<Option<Curve>>| {
        let curves: Vec<Curve> = curves.into_iter().flatten().collect();
        let (title, x_label, y_label) = (title.into(), "iteration".into(), y_label.into());
        let chart = Chart { title, x_label, y_label, x_scale: Scale::Linear, scale, curves };
        (!chart.curves.is_empty()).then_some(Panel::Chart(chart))
    };
    let energies = vec![curve("primal energy J(u)", &|p| Some(p.energy)), curve("dual energy D(p), a lower bound", &|p| p.dual)];
    let bounds = vec![curve("relative gap", &|p| p.relative_gap)];
    let distance = vec![curve("bound on the distance", &|p| p.distance)];
    let panels = [
        chart("Energy", "energy", Scale::Linear, energies),
        chart("How far from the best, in energy", "gap / J", Scale::Logarithmic, bounds),
        chart("How far from the best picture", "grey levels, RMS", Scale::Logarithmic, distance),
    ];
    let description = match (points.first(), points.last()) {
        (Some(a), Some(b)) => {
            format!("Energy from {} to {} in {} iterations", short(a.energy), short(b.energy), b.iteration)
        }
        _ => "Nothing was measured".into(),
    };
    Figure { title: title.into(), description, panels: panels.into_iter().flatten().collect() }
}
