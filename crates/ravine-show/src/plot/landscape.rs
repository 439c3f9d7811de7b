//! A landscape as a figure: level lines with the path on them, cuts through θ, the value along the path; on a line, one curve.

use super::number::short;
use super::{Chart, ContourMap, Curve, Figure, Panel, Scale};
use ravine::landscape::{Directions, Survey};

/// Values over more than this factor are shown by their logarithm.
const WIDE: f64 = 100.0;

/// The figure of a survey.
pub fn figure(survey: &Survey) -> Figure {
    let mut panels = match &survey.window[..] {
        [_, _] => vec![Panel::Contours(map(survey)), Panel::Chart(cuts(survey))],
        _ => vec![Panel::Chart(line(survey))],
    };
    if survey.path.len() > 1 {
        panels.push(Panel::Chart(along_the_path(survey)));
    }
    Figure { title: format!("Landscape of {}", survey.name), description: description(survey), panels }
}

/// What a coordinate is.
pub fn direction(survey: &Survey, k: usize) -> String {
    let unit = if survey.unit == "1" { String::new() } else { format!(", in {}", survey.unit) };
    match (survey.directions, survey.explained.as_deref()) {
        (Directions::Pca, Some(shares)) => format!("component {} ({} of the path)", k + 1, percent(shares[k])),
        (Directions::Pca, None) => format!("component {}", k + 1),
        (Directions::Random | Directions::Filter, _) => format!("random direction {}{unit}", k + 1),
    }
}

/// A share as people read it.
pub fn percent(share: f64) -> String {
    match 100.0 * share {
        p if p < 0.005 => "0 %".into(),
        p if p < 9.995 => format!("{p:.2} %"),
        p => format!("{p:.1} %"),
    }
}

fn map(survey: &Survey) -> ContourMap {
    let points = survey.path.iter().filter_map(|place| Some((*place.coordinates.first()?, *place.coordinates.get(1)?)));
    let points: Vec<(f64, f64)> = points.collect();
    ContourMap {
        title: if points.len() > 1 { "Level lines and path" } else { "Level lines" }.into(),
        labels: [direction(survey, 0), direction(survey, 1)],
        window: [survey.window[0], survey.window[1]],
        values: survey.values.clone(),
        paths: if points.len() > 1 { vec![Curve { label: "path, projected".into(), points }] } else { Vec::new() },
        minima: Vec::new(),
    }
}

/// Where the grid comes nearest to 0.
fn middle((low, high): (f64, f64), size: usize) -> usize {
    let place = -low / (high - low) * (size - 1) as f64;
    (place.round().max(0.0) as usize).min(size - 1)
}

fn coordinate((low, high): (f64, f64), i: usize, size: usize) -> f64 {
    low + (high - low) * i as f64 / (size - 1) as f64
}

/// The row and the column that pass nearest to θ.
fn cuts(survey: &Survey) -> Chart {
    let size = survey.values.len();
    let [across, up] = [survey.window[0], survey.window[1]];
    let (row, column) = (middle(up, size), middle(across, size));
    let curves = vec![
        Curve {
            label: format!("along 1, at 2 = {}", short(coordinate(up, row, size))),
            points: (0..size).map(|i| (coordinate(across, i, size), survey.values[row][i])).collect(),
        },
        Curve {
            label: format!("along 2, at 1 = {}", short(coordinate(across, column, size))),
            points: (0..size).map(|i| (coordinate(up, i, size), survey.values[i][column])).collect(),
        },
    ];
    Chart {
        title: "Cuts through θ".into(),
        x_label: "coordinate".into(),
        y_label: "J".into(),
        x_scale: Scale::Linear,
        scale: scale(&curves),
        curves,
    }
}

fn line(survey: &Survey) -> Chart {
    let values = &survey.values[0];
    let at = |(i, value): (usize, &f64)| (coordinate(survey.window[0], i, values.len()), *value);
    let curves = vec![Curve { label: "J on the line".into(), points: values.iter().enumerate().map(at).collect() }];
    let scale = scale(&curves);
    Chart { title: "J on a line".into(), x_label: direction(survey, 0), y_label: "J".into(), x_scale: Scale::Linear, scale, curves }
}

fn along_the_path(survey: &Survey) -> Chart {
    let values: Vec<f64> = survey.path.iter().map(|place| place.value).collect();
    let curves = vec![Curve::over_steps("J at the path itself", &values)];
    Chart {
        title: "Value along the path".into(),
        x_label: "point of the path".into(),
        y_label: "J".into(),
        x_scale: Scale::Linear,
        scale: scale(&curves),
        curves,
    }
}

fn scale(curves: &[Curve]) -> Scale {
    let finite = curves.iter().flat_map(|curve| &curve.points).map(|p| p.1).filter(|v| v.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if low > 0.0 && high > WIDE * low { Scale::Logarithmic } else { Scale::Linear }
}

fn description(survey: &Survey) -> String {
    let all = || survey.values.iter().flatten();
    let finite = || all().copied().filter(|v| v.is_finite());
    let gaps = all().count() - finite().count();
    let mut text = format!(
        "J from {} to {} over {}",
        short(finite().fold(f64::INFINITY, f64::min)),
        short(finite().fold(f64::NEG_INFINITY, f64::max)),
        (0..survey.window.len()).map(|k| direction(survey, k)).collect::<Vec<_>>().join(" and ")
    );
    if gaps > 0 {
        text += &format!("; {gaps} of {} points are not finite", all().count());
    }
    text
}
