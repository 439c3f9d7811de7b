//! A descent as a figure: the way over the surface, the value, the slots, the learning rate.

use super::number::short;
use ravine::descend::Row;
use ravine::optim::{Objective, Surface};

use super::{Chart, ContourMap, Curve, Figure, Panel, Scale};

/// Samples along each side of a map: narrow valleys stay whole.
const SAMPLES: usize = 161;

/// One run of one rule.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Run {
    /// For the legend, such as `adam, η = 0.01`.
    pub label: String,
    /// The first two coordinates at each step, the start first.
    pub points: Vec<(f64, f64)>,
    /// J at each step, the start first.
    pub values: Vec<f64>,
    /// η during each step.
    pub learning_rates: Vec<f64>,
    /// What the rule keeps.
    pub slots: Vec<Slot>,
}

impl Run {
    /// Adds one step as it was shown by [`ravine::descend::descend`].
    pub fn record(&mut self, row: &Row) {
        if let Some([x, y, ..]) = row.theta.as_deref() {
            self.points.push((*x, *y));
        }
        self.values.push(row.value);
        self.learning_rates.push(row.learning_rate);
        for (k, (name, values)) in row.slots.iter().enumerate() {
            if k == self.slots.len() {
                self.slots.push(Slot { name: name.clone(), coordinates: vec![Vec::new(); values.len()] });
            }
            self.slots[k].coordinates.iter_mut().zip(values).for_each(|(kept, v)| kept.push(*v));
        }
    }
}

/// One slot of a rule over the steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    /// Its name in the rule, such as `m`.
    pub name: String,
    /// Its value at each step, one list per coordinate shown.
    pub coordinates: Vec<Vec<f64>>,
}

/// The map of a surface of two coordinates, wide enough for `start`; none of a surface of fewer or more.
pub fn map(surface: &mut Surface, start: &[f64]) -> Option<ContourMap> {
    let [x, y] = *start else { return None };
    if surface.start().len() != 2 {
        return None; // such a start is refused by the descent
    }
    let with = |(low, high): (f64, f64), v: f64| match (low..=high).contains(&v) {
        true => (low, high),
        false => (low.min(v - 0.1 * (high - v)), high.max(v + 0.1 * (v - low))),
    };
    let [across, up] = surface.window();
    let window = [with(across, x), with(up, y)];
    let minima = surface.optima().iter().map(|o| (o.x[0], o.x[1])).collect();
    let map = ContourMap::sampled("Level lines and path", window, SAMPLES, |x, y| surface.value(&[x, y]));
    Some(ContourMap { minima, ..map })
}

/// What a figure of descents is made of.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescentPlot {
    /// Such as `adam on rosenbrock`.
    pub title: String,
    /// The surface with its minima, where there are two coordinates to show; the paths of the runs are drawn on it.
    pub map: Option<ContourMap>,
    /// The runs, in the order of the legend.
    pub runs: Vec<Run>,
    /// The least value, where it is known: then J − J* is drawn.
    pub least: Option<f64>,
}

impl DescentPlot {
    /// The figure: map, value, learning rate and each slot of each run.
    pub fn figure(&self) -> Figure {
        let mut panels = Vec::new();
        if let Some(map) = &self.map {
            let paths = self.runs.iter().map(|r| Curve { label: r.label.clone(), points: r.points.clone() }).collect();
            panels.push(Panel::Contours(ContourMap { paths, ..map.clone() }));
        }
        panels.push(Panel::Chart(self.values()));
        let rates = |r: &Run| Curve::over_steps(&r.label, &r.learning_rates);
        let rates: Vec<Curve> = self.runs.iter().map(rates).collect();
        panels.push(Panel::Chart(Chart {
            title: "Learning rate".into(),
            x_label: "step".into(),
            y_label: "η".into(),
            x_scale: Scale::Linear,
            scale: Scale::Linear,
            curves: rates,
        }));
        panels.extend(self.runs.iter().flat_map(|r| r.slots.iter().map(|slot| Panel::Chart(slot.chart(&r.label)))));
        let end = |r: &Run| format!("{} ends at {}", r.label, short(r.values.last().copied().unwrap_or(f64::NAN)));
        let description = self.runs.iter().map(end).collect::<Vec<_>>().join("; ");
        Figure { title: self.title.clone(), description, panels }
    }

    /// J − J* on a logarithmic axis; J itself where J* is unknown, logarithmic if it stays positive.
    fn values(&self) -> Chart {
        let least = self.least.unwrap_or(0.0);
        let excess = |r: &Run| Curve::over_steps(&r.label, &r.values.iter().map(|v| v - least).collect::<Vec<_>>());
        let positive = self.runs.iter().flat_map(|r| &r.values).filter(|v| v.is_finite()).all(|v| *v > 0.0);
        let logarithmic = self.least.is_some() || positive;
        Chart {
            title: "Value over steps".into(),
            x_label: "step".into(),
            y_label: if self.least.is_some() { "J − J*" } else { "J" }.into(),
            x_scale: Scale::Linear,
            scale: if logarithmic { Scale::Logarithmic } else { Scale::Linear },
            curves: self.runs.iter().map(excess).collect(),
        }
    }
}

impl Curve {
    /// `values` at steps 0, 1, ….
    pub fn over_steps(label: &str, values: &[f64]) -> Curve {
        Curve { label: label.into(), points: values.iter().enumerate().map(|(k, v)| (k as f64, *v)).collect() }
    }
}

impl Slot {
    /// A slot has a panel of its own: m and v do not share a scale.
    fn chart(&self, run: &str) -> Chart {
        let coordinate = |(i, values): (usize, &Vec<f64>)| Curve::over_steps(&format!("coordinate {}", i + 1), values);
        Chart {
            title: format!("Slot {}: {run}", self.name),
            x_label: "step".into(),
            y_label: self.name.clone(),
            x_scale: Scale::Linear,
            scale: Scale::Linear,
            curves: self.coordinates.iter().enumerate().map(coordinate).collect(),
        }
    }
}
