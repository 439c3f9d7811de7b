//! Figures: panels of curves, of contour maps and of heat maps, as SVG, as PNG, or as text for a terminal.
//!
//! The only module that knows the plotting crate. Data in, pictures out: a [`Figure`] is plain data, and whoever has something to show
//! ([`descent`], [`restoration`]) fills one in. Curves are told apart by colour (Okabe and Ito 2008, safe for colour-blind readers), by
//! dash and by marker, so that a figure can be read in grey too.

pub mod descent;
pub mod heat;
pub mod landscape;
pub mod number;
pub mod race;
pub mod restoration;

use kuva::backend::raster::RasterBackend;
use kuva::backend::svg::SvgBackend;
use kuva::backend::terminal::TerminalBackend;
use kuva::plot::legend::{LegendEntry, LegendShape};
use kuva::plot::{ColorMap, ContourPlot, LegendPosition, LinePlot, LineStyle, MarkerShape, ScatterPlot};
use kuva::render::layout::{Layout, TickFormat};
use kuva::render::plots::Plot;
use kuva::render::render::{Scene, render_multiple};
use std::sync::Arc;

pub use heat::HeatMap;

/// A figure that could not be encoded.
#[derive(Debug, thiserror::Error)]
#[error("the figure cannot be encoded as PNG: {0}")]
pub struct EncodeError(String);

/// Panels under one title.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Stands above the panels.
    pub title: String,
    /// What is seen, in words, for those who do not see it.
    pub description: String,
    /// Filled row by row, two in a row.
    pub panels: Vec<Panel>,
}

/// One set of axes.
#[derive(Debug, Clone, PartialEq)]
pub enum Panel {
    /// Curves over a common axis.
    Chart(Chart),
    /// Level lines of a surface, with paths.
    Contours(ContourMap),
    /// A number over two others, by colour.
    Heat(HeatMap),
}

/// How an axis is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// By powers of ten; what is not positive cannot be shown and is left out.
    Logarithmic,
}

impl Scale {
    /// Where `v` is drawn.
    fn of(self, v: f64) -> f64 {
        if self == Scale::Logarithmic { v.log10() } else { v }
    }

    /// What is drawn at `place`.
    fn back(self, place: f64) -> f64 {
        if self == Scale::Logarithmic { 10f64.powf(place) } else { place }
    }
}

/// One labelled line.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// For the legend.
    pub label: String,
    /// (x, y). Points that are not finite are left out.
    pub points: Vec<(f64, f64)>,
}

/// Curves over a common axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Above the panel.
    pub title: String,
    /// With its unit.
    pub x_label: String,
    /// With its unit.
    pub y_label: String,
    /// Of the x axis.
    pub x_scale: Scale,
    /// Of the y axis.
    pub scale: Scale,
    /// The lines, in the order of the legend.
    pub curves: Vec<Curve>,
}

/// Level lines of a surface, with paths on it.
#[derive(Debug, Clone, PartialEq)]
pub struct ContourMap {
    /// Above the panel.
    pub title: String,
    /// Names of the two coordinates.
    pub labels: [String; 2],
    /// Least and largest x, least and largest y.
    pub window: [(f64, f64); 2],
    /// Values on a regular grid over the window: `values[row][column]`, rows from the least y up. At least 2 × 2.
    pub values: Vec<Vec<f64>>,
    /// The ways taken. What leaves the window is cut off. A cross marks where each starts, unless it branches off an earlier one.
    pub paths: Vec<Curve>,
    /// Known minima, marked by stars.
    pub minima: Vec<(f64, f64)>,
}

impl ContourMap {
    /// A map of `value` over `window`, sampled on `size` × `size` points.
    pub fn sampled(title: &str, window: [(f64, f64); 2], size: usize, mut value: impl FnMut(f64, f64) -> f64) -> Self {
        let at = |(low, high): (f64, f64), i: usize| low + (high - low) * i as f64 / (size - 1) as f64;
        let row = |j: usize| (0..size).map(|i| value(at(window[0], i), at(window[1], j))).collect();
        let values = (0..size).map(row).collect();
        ContourMap { title: title.into(), labels: ["x".into(), "y".into()], window, values, paths: vec![], minima: vec![] }
    }
}

/// Okabe and Ito 2008, without its yellow, which is too pale for a line.
const COLOURS: [&str; 7] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", INK, "#56B4E9", "#E69F00"];
const INK: &str = "#000000";
/// Of what is no number.
const GAP: &str = "#888888";
const DASHES: [&str; 5] = ["", "9 4", "2 3", "9 3 2 3", "14 4"];
const MARKERS: [MarkerShape; 5] =
    [MarkerShape::Circle, MarkerShape::Square, MarkerShape::Triangle, MarkerShape::Diamond, MarkerShape::TriangleDown];
/// Small, so that its letters are read where two stand side by side on paper, and on a telephone.
const PANEL: (f64, f64) = (460.0, 400.0);
const LEVELS: usize = 11;
/// Markers along a curve: enough to tell it, few enough to see it.
const MARKED: usize = 8;

impl Figure {
    /// The whole figure as one SVG document.
    pub fn svg(&self) -> String {
        accessible(&SvgBackend::new().render_scene(&self.scene()), &self.title, &self.description)
    }

    /// Each panel as an SVG element of its own, for a page that arranges them.
    pub fn panel_svgs(&self) -> Vec<String> {
        let svg = |p: &Panel| {
            let (plots, layout) = p.parts();
            accessible(&SvgBackend::new().render_scene(&render_multiple(plots, layout)), p.title(), &p.describe())
        };
        self.panels.iter().map(svg).collect()
    }

    /// The whole figure as a PNG file, two pixels for each unit of the SVG.
    pub fn png(&self) -> Result<Vec<u8>, EncodeError> {
        RasterBackend::new().with_scale(2.0).render_scene(&self.scene()).map_err(EncodeError)
    }

    /// The panels one below the other, drawn with Braille dots, `columns` characters wide and `rows` high each.
    pub fn text(&self, columns: usize, rows: usize) -> String {
        let draw = |p: &Panel| {
            let (plots, layout) = p.parts();
            TerminalBackend::new(columns, rows).render_scene(&render_multiple(plots, layout))
        };
        self.panels.iter().map(draw).collect::<Vec<_>>().join("\n")
    }

    fn scene(&self) -> Scene {
        let columns = self.panels.len().clamp(1, 2);
        let rows = self.panels.len().div_ceil(columns).max(1);
        let (plots, layouts) = self.panels.iter().map(Panel::parts).unzip();
        kuva::render::figure::Figure::new(rows, columns)
            .with_title(shortened(&self.title, 36 * columns))
            .with_plots(plots)
            .with_layouts(layouts)
            .with_cell_size(PANEL.0, PANEL.1)
            .render()
    }
}

impl Panel {
    fn title(&self) -> &str {
        match self {
            Panel::Chart(c) => &c.title,
            Panel::Contours(c) => &c.title,
            Panel::Heat(h) => &h.title,
        }
    }

    /// What the panel shows, with the numbers at the ends of each curve.
    fn describe(&self) -> String {
        match self {
            Panel::Chart(c) => {
                let ends = c.curves.iter().map(|curve| match (curve.points.first(), curve.points.last()) {
                    (Some(a), Some(b)) => format!("{}: from {} to {}", curve.label, number::short(a.1), number::short(b.1)),
                    _ => format!("{}: no points", curve.label),
                });
                format!("{} over {}. {}.", c.y_label, c.x_label, ends.collect::<Vec<_>>().join("; "))
            }
            Panel::Contours(c) => {
                let point = |p: &(f64, f64)| format!("({}, {})", number::short(p.0), number::short(p.1));
                let ends = c.paths.iter().filter_map(|path| {
                    let (a, b) = (path.points.first()?, path.points.last()?);
                    Some(format!("{}: from {} to {} in {} steps", path.label, point(a), point(b), path.points.len() - 1))
                });
                let ends: Vec<_> = ends.chain(c.minima.iter().map(|m| format!("minimum at {}", point(m)))).collect();
                format!("Level lines over {} and {}. {}.", c.labels[0], c.labels[1], ends.join("; "))
            }
            Panel::Heat(h) => h.describe(),
        }
    }

    fn parts(&self) -> (Vec<Plot>, Layout) {
        let (plots, layout) = match self {
            Panel::Chart(c) => c.parts(),
            Panel::Contours(c) => c.parts(),
            Panel::Heat(h) => h.parts(),
        };
        let layout = layout
            .with_width(PANEL.0)
            .with_height(PANEL.1)
            .with_title(shortened(self.title(), 48))
            .with_font_family("DejaVu Sans, Verdana, sans-serif")
            .with_title_size(14)
            .with_label_size(13)
            .with_tick_size(12)
            .with_tick_length(7.0)
            .with_body_size(12)
            .with_legend_position(LegendPosition::OutsideBottomColumns)
            .with_legend_box(false);
        (plots, layout)
    }
}

impl Chart {
    fn parts(&self) -> (Vec<Plot>, Layout) {
        let (mut plots, mut legend) = (Vec::new(), Vec::new());
        let (mut across, mut up) = (NOWHERE, NOWHERE);
        for (i, curve) in self.curves.iter().enumerate() {
            let points: Vec<Option<(f64, f64)>> = curve.points.iter().map(|p| self.placed(*p)).collect();
            // What cannot be placed is a gap, not a straight line.
            let pieces: Vec<Vec<(f64, f64)>> = points
                .split(Option::is_none)
                .filter(|piece| !piece.is_empty())
                .map(|piece| piece.iter().flatten().copied().collect())
                .collect();
            if pieces.is_empty() {
                continue;
            }
            for p in pieces.iter().flatten() {
                across = (across.0.min(p.0), across.1.max(p.0));
                up = (up.0.min(p.1), up.1.max(p.1));
            }
            plots.extend(pieces.into_iter().flat_map(|piece| styled(i, piece)));
            legend.push(entry(&curve.label, COLOURS[i % COLOURS.len()], MARKERS[i % MARKERS.len()]));
        }
        let mut layout = match plots.is_empty() {
            true => Layout::new((0.0, 1.0), (0.0, 1.0)),
            false => Layout::auto_from_plots(&plots).with_x_tick_format(TickFormat::Custom(Arc::new(number::short))),
        };
        if !plots.is_empty() {
            layout = match self.scale {
                Scale::Linear => level(layout, up),
                Scale::Logarithmic => {
                    let (first, last, step) = decades(up);
                    let layout = layout.with_y_axis_min(first).with_y_axis_max(last);
                    layout.with_y_tick_step(step).with_y_tick_format(powers_of_ten())
                }
            };
            if self.x_scale == Scale::Logarithmic {
                let (first, last, step) = decades(across);
                let wide = layout.with_x_axis_min(first).with_x_axis_max(last);
                layout = wide.with_x_tick_step(step).with_x_tick_format(powers_of_ten());
            }
        }
        (
            plots,
            layout
                .with_x_label(shortened(&self.x_label, 50))
                .with_y_label(shortened(&self.y_label, 40))
                .with_legend_entries(legend),
        )
    }

    /// Where a point lies on the axes: a coordinate or its log₁₀. Nowhere, if it is not finite, not positive on a logarithmic axis, or
    /// beyond ±1e100, which no axis of ours can show beside anything else.
    fn placed(&self, (x, y): (f64, f64)) -> Option<(f64, f64)> {
        let (x, y) = (self.x_scale.of(x), self.scale.of(y));
        (x.abs() <= 1e100 && y.abs() <= 1e100).then_some((x, y))
    }
}

/// The ends of a range that holds nothing yet.
const NOWHERE: (f64, f64) = (f64::INFINITY, f64::NEG_INFINITY);

/// The axis of y from `low` to `high`; where both are the same, from 0 to somewhat beyond, or around 0.
fn level(layout: Layout, (low, high): (f64, f64)) -> Layout {
    let layout = layout.with_y_tick_format(TickFormat::Custom(Arc::new(number::short)));
    match high - low <= 1e-9 * high.abs() {
        false => layout,
        true if high == 0.0 => layout.with_y_axis_min(-1.0).with_y_axis_max(1.0),
        true => layout.with_y_axis_min((1.25 * low).min(0.0)).with_y_axis_max((1.25 * high).max(0.0)),
    }
}

/// An axis of logarithms from `low` to `high`: its ends, and the step of the powers of ten that are named, at most nine. It ends a marker's
/// half width beyond the data, to a quarter of a decade; at whole powers, if otherwise fewer than two would be named.
fn decades((low, high): (f64, f64)) -> (f64, f64, f64) {
    let step = ((high - low) / 8.0).ceil().max(1.0);
    let marker = 0.02 * (high - low);
    let (first, last) = ((4.0 * (low - marker) + 1e-9).floor() / 4.0, (4.0 * (high + marker) - 1e-9).ceil() / 4.0);
    if (last / step).floor() > (first / step).ceil() {
        return (first, last, step);
    }
    let first = (low / step).floor() * step;
    (first, ((high / step).ceil() * step).max(first + step), step)
}

fn powers_of_ten() -> TickFormat {
    TickFormat::Custom(Arc::new(|exponent: f64| number::power_of_ten(exponent.round() as i64)))
}

/// A line in the `i`-th colour and dash, with a few markers of the `i`-th kind on it.
fn styled(i: usize, points: Vec<(f64, f64)>) -> [Plot; 2] {
    let colour = COLOURS[i % COLOURS.len()];
    let marked = spread(&points, i);
    let style = dashed(DASHES[i % DASHES.len()]);
    let line = LinePlot::new().with_data(points).with_color(colour).with_stroke_width(2.0).with_line_style(style);
    let marks = ScatterPlot::new().with_data(marked).with_color(colour).with_size(4.0).with_marker(MARKERS[i % MARKERS.len()]);
    [line.into(), marks.into()]
}

/// A few of the points, evenly spread from left to right, or along the way where it turns back; of the next curve others.
fn spread(points: &[(f64, f64)], i: usize) -> Vec<(f64, f64)> {
    let every = points.len().div_ceil(MARKED).max(1);
    if every == 1 || points.windows(2).any(|p| p[0].0 >= p[1].0) {
        return points.iter().skip(i % every).step_by(every).copied().collect();
    }
    let (first, last) = (points[0].0, points[points.len() - 1].0);
    let at = |k: usize| first + (last - first) * (k as f64 + (i % 4) as f64 / 4.0) / MARKED as f64;
    let mut marked: Vec<_> = (0..MARKED).map(|k| points[points.partition_point(|p| p.0 < at(k)).min(points.len() - 1)]).collect();
    marked.dedup();
    marked
}

fn dashed(dash: &str) -> LineStyle {
    if dash.is_empty() { LineStyle::Solid } else { LineStyle::Custom(dash.into()) }
}

/// `text` if it has at most `most` characters, else its beginning; without what XML refuses, which the plotting crate lets pass.
fn shortened(text: &str, most: usize) -> String {
    let mut short: String = text.chars().take(most).map(crate::printable).collect();
    if text.chars().count() > most {
        short.pop();
        short.push('…');
    }
    short
}

/// `v`, but no further than 100 times its own width outside the window, where nothing is seen any more.
fn near(v: f64, (low, high): (f64, f64)) -> f64 {
    let far = 100.0 * (high - low);
    v.clamp(low - far, high + far)
}

/// A line of a legend. Given with its marker, by which the curve is known in grey too.
fn entry(label: &str, colour: &str, marker: MarkerShape) -> LegendEntry {
    LegendEntry { label: shortened(label, 51), color: colour.into(), shape: LegendShape::Marker(marker), dasharray: None }
}

impl ContourMap {
    fn parts(&self) -> (Vec<Plot>, Layout) {
        let [(x0, x1), (y0, y1)] = self.window;
        let (values, levels) = self.levelled();
        let along = |low: f64, high: f64, n: usize| -> Vec<f64> {
            (0..n).map(|i| low + (high - low) * i as f64 / (n - 1) as f64).collect()
        };
        let (columns, rows) = (values[0].len(), values.len());
        let mut map = ContourPlot::new().with_grid(values, along(x0, x1, columns), along(y0, y1, rows)).with_levels(&levels);
        map.color_map = ColorMap::Custom(Arc::new(height_colour));
        map.line_width = 1.0;
        let (mut plots, mut legend): (Vec<Plot>, Vec<LegendEntry>) = (vec![map.into()], vec![]);
        let gaps = self.gaps();
        if !gaps.is_empty() {
            plots.push(ScatterPlot::new().with_data(gaps).with_color(GAP).with_size(3.0).with_marker(MarkerShape::Cross).into());
            legend.push(entry("not finite", GAP, MarkerShape::Cross));
        }
        let mut starts = Vec::new();
        for (i, path) in self.paths.iter().enumerate() {
            let finite = path.points.iter().filter(|p| p.0.is_finite() && p.1.is_finite());
            let points: Vec<(f64, f64)> = finite.map(|p| (near(p.0, self.window[0]), near(p.1, self.window[1]))).collect();
            let Some(start) = points.first().copied() else { continue };
            plots.extend(styled(i, points));
            legend.push(entry(&path.label, COLOURS[i % COLOURS.len()], MARKERS[i % MARKERS.len()]));
            if !self.paths[..i].iter().any(|earlier| earlier.points.contains(&path.points[0])) {
                starts.push(start);
            }
        }
        for (label, points, marker) in [("start", starts, MarkerShape::Cross), ("minimum", self.minima.clone(), MarkerShape::Star)]
        {
            if !points.is_empty() {
                plots.push(ScatterPlot::new().with_data(points).with_color(INK).with_size(7.0).with_marker(marker).into());
                legend.push(entry(label, INK, marker));
            }
        }
        let mut layout = Layout::auto_from_plots(&plots)
            .with_x_label(shortened(&self.labels[0], 50))
            .with_y_label(shortened(&self.labels[1], 40));
        layout = layout
            .with_x_axis_min(x0)
            .with_x_axis_max(x1)
            .with_y_axis_min(y0)
            .with_y_axis_max(y1)
            .with_x_tick_format(TickFormat::Custom(Arc::new(number::short)))
            .with_y_tick_format(TickFormat::Custom(Arc::new(number::short)))
            .with_show_grid(false)
            .with_legend_entries(legend);
        (plots, layout)
    }

    /// Where the values are not finite.
    fn gaps(&self) -> Vec<(f64, f64)> {
        let [x, y] = self.window;
        let at = |(low, high): (f64, f64), i: usize, n: usize| low + (high - low) * i as f64 / (n - 1) as f64;
        let place = |j: usize, i: usize| (at(x, i, self.values[0].len()), at(y, j, self.values.len()));
        let bad = |j: usize| (0..self.values[j].len()).filter(move |i| !self.values[j][*i].is_finite()).map(move |i| place(j, i));
        (0..self.values.len()).flat_map(bad).collect()
    }

    /// The values bent by a power so that the median is half-way up, and even levels of that: valleys show as much as walls.
    fn levelled(&self) -> (Vec<Vec<f64>>, Vec<f64>) {
        let mut all: Vec<f64> = self.values.iter().flatten().copied().filter(|v| v.is_finite()).collect();
        all.sort_by(f64::total_cmp);
        let (low, high) = (all.first().copied().unwrap_or(0.0), all.last().copied().unwrap_or(1.0));
        let height = |v: f64| if high > low { ((v - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 };
        let median = height(all.get(all.len() / 2).copied().unwrap_or(low));
        let power = if median > 0.0 && median < 1.0 { (0.5f64.ln() / median.ln()).clamp(0.25, 1.0) } else { 1.0 };
        let bent = |v: &f64| if v.is_finite() { height(*v).powf(power) } else { 1.0 };
        let values = self.values.iter().map(|row| row.iter().map(bent).collect()).collect();
        (values, (1..LEVELS).map(|k| k as f64 / LEVELS as f64).collect())
    }
}

/// From dark (low) to pale (high), so that the valleys stand out, in grey too.
fn height_colour(height: f64) -> String {
    let mix = |low: f64, high: f64| (low + (high - low) * height).round() as u8;
    format!("#{:02x}{:02x}{:02x}", mix(70.0, 205.0), mix(90.0, 212.0), mix(115.0, 220.0))
}

/// `svg` with a view box, so that it scales, and with a title and description for those who do not see it.
fn accessible(svg: &str, title: &str, description: &str) -> String {
    let Some((head, body)) = svg.split_once('>') else { return svg.into() };
    let size = |name: &str| head.split(&format!(" {name}=\"")).nth(1).and_then(|v| v.split('"').next()).unwrap_or("0");
    let (width, height) = (size("width"), size("height"));
    let (title, description) = (crate::escape(title), crate::escape(description));
    format!("{head} viewBox=\"0 0 {width} {height}\" role=\"img\"><title>{title}</title><desc>{description}</desc>{body}")
}
