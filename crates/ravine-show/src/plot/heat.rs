//! A heat map: one number for every pair of two others, by colour.

use super::{COLOURS, Curve, DASHES, INK, MARKERS, Scale, dashed, entry, number, shortened};
use kuva::plot::{ColorMap, Heatmap, LinePlot, MarkerShape, ScatterPlot};
use kuva::render::layout::{Layout, TickFormat};
use kuva::render::plots::Plot;
use std::sync::Arc;

/// An axis that is divided into cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// With its unit.
    pub label: String,
    /// How the cells are spaced; on a logarithmic axis both ends are positive.
    pub scale: Scale,
    /// The middle of the first cell and of the last.
    pub ends: (f64, f64),
}

/// A number over two others. Dark is low, pale is high, in grey too.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatMap {
    /// Above the panel.
    pub title: String,
    /// The one that runs to the right, then the one that runs up.
    pub axes: [Axis; 2],
    /// What the colours mean, with its unit; stands under the title.
    pub measure: String,
    /// Of the colours. What is not positive gets the colour of the least positive number on a logarithmic one.
    pub scale: Scale,
    /// `values[row][column]`, rows from the least y up; all rows as long as the first.
    pub values: Vec<Vec<f64>>,
    /// What a cell means that has no finite value, such as `diverged`: it is left white, with a cross.
    pub absent: String,
    /// Lines across the map, such as a limit that theory knows.
    pub lines: Vec<Curve>,
    /// Points on the map, such as the best cell; each curve has a marker of its own.
    pub marks: Vec<Curve>,
}

impl Axis {
    /// The middles of `n` cells.
    ///
    /// ```
    /// use ravine_show::plot::{Scale, heat::Axis};
    /// let eta = Axis { label: "η".into(), scale: Scale::Logarithmic, ends: (0.001, 1.0) };
    /// let wanted = [0.001, 0.01, 0.1, 1.0];
    /// assert!(eta.places(4).iter().zip(wanted).all(|(a, b)| (a / b - 1.0).abs() < 1e-12));
    /// ```
    pub fn places(&self, n: usize) -> Vec<f64> {
        let (low, high) = (self.scale.of(self.ends.0), self.scale.of(self.ends.1));
        let at = |i: usize| low + (high - low) * i as f64 / (n.max(2) - 1) as f64;
        (0..n).map(|i| self.scale.back(at(i))).collect()
    }

    /// The outer edges of `n` cells, on the axis as it is drawn.
    fn edges(&self, n: usize) -> (f64, f64) {
        let (low, high) = (self.scale.of(self.ends.0), self.scale.of(self.ends.1));
        let half = if n > 1 && high > low { 0.5 * (high - low) / (n - 1) as f64 } else { 0.5 };
        (low - half, high + half)
    }

    /// Numbers at the ticks: whole powers of ten have their own way to be written.
    fn ticks(&self) -> TickFormat {
        named(self.scale)
    }
}

/// The number that is drawn at a place.
fn named(scale: Scale) -> TickFormat {
    TickFormat::Custom(Arc::new(move |place: f64| match scale {
        // Among 0.0032 and 0.032 it is 0.01.
        Scale::Logarithmic if (-4.0..6.0).contains(&place) => number::short(two_digits(10f64.powf(place))),
        Scale::Logarithmic if (place - place.round()).abs() < 1e-9 => number::power_of_ten(place.round() as i64),
        Scale::Logarithmic => number::short(two_digits(10f64.powf(place))),
        Scale::Linear => number::short(place),
    }))
}

/// `v` with two significant digits: enough between two powers of ten.
fn two_digits(v: f64) -> f64 {
    format!("{v:.1e}").parse().unwrap_or(v)
}

impl HeatMap {
    /// The places on the scale of the colours; NaN where there is no finite value.
    fn heights(&self) -> Vec<Vec<f64>> {
        let positive = |v: &f64| *v > 0.0 && v.is_finite();
        let least = self.values.iter().flatten().copied().filter(positive).fold(f64::INFINITY, f64::min);
        let height = |v: &f64| match self.scale {
            _ if v.is_nan() || *v == f64::INFINITY => f64::NAN,
            Scale::Linear => v.clamp(-1e100, 1e100),
            Scale::Logarithmic => v.max(if least.is_finite() { least } else { 1.0 }).log10(),
        };
        self.values.iter().map(|row| row.iter().map(height).collect()).collect()
    }

    pub(super) fn parts(&self) -> (Vec<Plot>, Layout) {
        let heights = self.heights();
        let (rows, columns) = (heights.len(), heights.first().map_or(0, Vec::len));
        let [(x0, x1), (y0, y1)] = [self.axes[0].edges(columns), self.axes[1].edges(rows)];
        let finite = || heights.iter().flatten().copied().filter(|h| h.is_finite());
        let (low, high) = finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        let middle = |i: usize, n: usize, (low, high): (f64, f64)| low + (high - low) * (i as f64 + 0.5) / n as f64;
        let cells = heights.iter().enumerate().flat_map(|(j, row)| row.iter().enumerate().map(move |(i, h)| (i, j, *h)));
        let absent: Vec<(f64, f64)> =
            cells.filter(|(.., h)| h.is_nan()).map(|(i, j, _)| (middle(i, columns, (x0, x1)), middle(j, rows, (y0, y1)))).collect();
        let (mut plots, mut legend) = (Vec::new(), Vec::new());
        if low <= high {
            let mut map = Heatmap::new().with_data(heights.clone()).with_color_map(ColorMap::Custom(Arc::new(colour)));
            (map.x_range, map.y_range, map.cell_size) = (Some((x0, x1)), Some((y0, y1)), 1.0);
            plots.push(map.into());
        }
        if !absent.is_empty() {
            let crosses = ScatterPlot::new().with_data(absent).with_color(GREY).with_size(2.0).with_marker(MarkerShape::Cross);
            plots.push(crosses.into());
            legend.push(entry(&self.absent, GREY, MarkerShape::Cross));
        }
        let placed = |curve: &Curve| -> Vec<(f64, f64)> {
            let place = |p: &(f64, f64)| (self.axes[0].scale.of(p.0), self.axes[1].scale.of(p.1));
            curve.points.iter().map(place).filter(|p| p.0.is_finite() && p.1.is_finite()).collect()
        };
        for (i, line) in self.lines.iter().enumerate() {
            let (colour, marker) = (COLOURS[(i + 1) % COLOURS.len()], MARKERS[(i + 1) % MARKERS.len()]);
            let points = placed(line);
            let halo = LinePlot::new().with_data(points.clone()).with_color(PAPER).with_stroke_width(4.5);
            let drawn = LinePlot::new().with_data(points.clone()).with_color(colour).with_stroke_width(2.0);
            let inside = |p: &(f64, f64)| (x0..=x1).contains(&p.0) && (y0..=y1).contains(&p.1);
            let seen: Vec<(f64, f64)> = points.into_iter().filter(inside).collect();
            let every = seen.len().div_ceil(6).max(1);
            let marked: Vec<(f64, f64)> = seen.into_iter().skip(every / 2).step_by(every).collect();
            plots.push(halo.into());
            plots.push(drawn.with_line_style(dashed(DASHES[i % DASHES.len()])).into());
            plots.extend(haloed(marked, colour, marker, 4.0));
            legend.push(entry(&line.label, colour, marker));
        }
        for (i, mark) in self.marks.iter().enumerate() {
            let marker = MARKED_BY[i % MARKED_BY.len()];
            plots.extend(haloed(placed(mark), INK, marker, 7.0));
            legend.push(entry(&mark.label, INK, marker));
        }
        let mut layout = match plots.is_empty() {
            true => Layout::new((x0, x1), (y0, y1)),
            false => Layout::auto_from_plots(&plots),
        };
        layout.show_colorbar = low < high;
        if low == high {
            legend.push(entry(&format!("everywhere {}", number::short(self.scale.back(low))), &colour(0.0), MarkerShape::Square));
        }
        let layout = layout
            .with_subtitle(shortened(&format!("colour: {}", self.measure), 70))
            .with_subtitle_size(12)
            .with_x_label(shortened(&self.axes[0].label, 50))
            .with_y_label(shortened(&self.axes[1].label, 40))
            .with_x_axis_min(x0)
            .with_x_axis_max(x1)
            .with_y_axis_min(y0)
            .with_y_axis_max(y1)
            .with_x_tick_format(self.axes[0].ticks())
            .with_y_tick_format(self.axes[1].ticks())
            .with_colorbar_tick_format(named(self.scale))
            .with_show_grid(false)
            .with_legend_entries(legend);
        (plots, layout)
    }

    /// The least and the largest value with their places, the cells without one, and the marks.
    pub(super) fn describe(&self) -> String {
        let (rows, columns) = (self.values.len(), self.values.first().map_or(0, Vec::len));
        let (across, up) = (self.axes[0].places(columns), self.axes[1].places(rows));
        let cells = || self.values.iter().enumerate().flat_map(|(j, row)| row.iter().enumerate().map(move |(i, v)| (i, j, *v)));
        let finite = || cells().filter(|(.., v)| v.is_finite());
        let point = |x: f64, y: f64| format!("({}, {})", number::short(x), number::short(y));
        let place = |(i, j, v): (usize, usize, f64)| format!("{} at {}", number::short(v), point(across[i], up[j]));
        let mut said = Vec::new();
        if let (Some(least), Some(most)) =
            (finite().min_by(|a, b| a.2.total_cmp(&b.2)), finite().max_by(|a, b| a.2.total_cmp(&b.2)))
        {
            said.push(format!("least {}; largest {}", place(least), place(most)));
        }
        match rows * columns - finite().count() {
            0 => (),
            absent => said.push(format!("{}: {absent} of {} cells", self.absent, rows * columns)),
        }
        said.extend(self.marks.iter().flat_map(|m| m.points.iter().map(|p| format!("{} at {}", m.label, point(p.0, p.1)))));
        said.extend(self.lines.iter().filter_map(|line| {
            let (a, b) = (line.points.first()?, line.points.last()?);
            Some(format!("{}: from {} to {}", line.label, point(a.0, a.1), point(b.0, b.1)))
        }));
        format!("{} over {} and {}. {}.", self.measure, self.axes[0].label, self.axes[1].label, said.join("; "))
    }
}

const GREY: &str = "#555555";
const PAPER: &str = "#ffffff";
const MARKED_BY: [MarkerShape; 5] =
    [MarkerShape::Star, MarkerShape::Circle, MarkerShape::Diamond, MarkerShape::Square, MarkerShape::Triangle];

/// Markers that are seen on dark and on pale cells.
fn haloed(points: Vec<(f64, f64)>, colour: &str, marker: MarkerShape, size: f64) -> [Plot; 2] {
    let drawn = |colour: &str, size: f64| {
        ScatterPlot::new().with_data(points.clone()).with_color(colour).with_size(size).with_marker(marker).into()
    };
    [drawn(PAPER, 1.6 * size), drawn(colour, size)]
}

/// Nuñez, Anderton and Renslow 2018: even in lightness, the same for the colour-blind. White where there is no number.
fn colour(height: f64) -> String {
    if height.is_finite() { ColorMap::Cividis.map(height.clamp(0.0, 1.0)) } else { PAPER.into() }
}
