//! A race as a figure: what each rule does over η, and on its way with the η that suits it.

use super::number::short;
use super::{Chart, Curve, Figure, Panel, Scale};
use ravine::race::{Raced, Runner};

/// Below this share of the first excess, what is left is rounding: it is drawn there.
const ROUNDING: f64 = 1e-16;

/// The η × rule map: the largest J − J* of the last tenth of the steps over η, a curve a rule, beside J − J* over the steps of the race.
pub fn figure(raced: &Raced) -> Figure {
    let steps = raced.settled.steps;
    let lowest = raced.least.map(|least| ROUNDING * (raced.start - least));
    let shown = |e: f64| lowest.map_or(e, |lowest| e.max(lowest));
    let over_eta =
        |r: &Runner| Curve { label: r.rule.name.clone(), points: r.tuned.trials.iter().map(|t| (t.eta, shown(t.value))).collect() };
    let over_steps = |r: &Runner| Curve {
        label: format!("{}, η = {}", r.rule.name, short(r.tuned.best.eta)),
        points: r.curve.iter().map(|(k, e)| (*k as f64, shown(*e))).collect(),
    };
    let [map, way]: [Vec<Curve>; 2] =
        [raced.runners.iter().map(over_eta).collect(), raced.runners.iter().map(over_steps).collect()];
    let positive = map.iter().chain(&way).flat_map(|c| &c.points).all(|p| p.1 > 0.0);
    let scale = if positive { Scale::Logarithmic } else { Scale::Linear };
    let value = if raced.least.is_some() { "J − J*" } else { "J" };
    let median = if raced.seeds > 1 { format!(", median of {} seeds", raced.seeds) } else { String::new() };
    let best = &raced.runners[raced.best()];
    let title = format!("Race on {}", raced.settled.surface.name);
    let description = format!(
        "The largest {value} of the last tenth of {steps} steps over η, by which η is chosen, and {value} over the steps with the η of each rule; {} ends \
         lowest, at {}",
        best.rule.name,
        short(best.excess.value)
    );
    let map = Chart {
        title: "η × rule: a curve ends where it diverges".into(),
        x_label: "learning rate η".into(),
        y_label: format!("largest {value} of the last tenth"),
        x_scale: Scale::Logarithmic,
        scale,
        curves: map,
    };
    let way = Chart {
        title: "Each rule with its own η".into(),
        x_label: "step".into(),
        y_label: format!("{value}{median}"),
        x_scale: Scale::Linear,
        scale,
        curves: way,
    };
    Figure { title, description, panels: vec![Panel::Chart(map), Panel::Chart(way)] }
}
