//! Figures are well-formed, say everything they should, keep it inside the frame, and survive strange data.

use ravine_show::plot::descent::{DescentPlot, Run, Slot};
use ravine_show::plot::heat::{Axis, HeatMap};
use ravine_show::plot::restoration::{Point, figure};
use ravine_show::plot::{Chart, ContourMap, Curve, Figure, Panel, Scale};
use roxmltree::{Document, Node};

fn descents() -> DescentPlot {
    let run = |label: &str, step: f64| Run {
        label: label.into(),
        points: (0..30).map(|k| (-1.0 + step * k as f64, 1.0 - step * k as f64)).collect(),
        values: (0..30).map(|k| (-step * k as f64).exp()).collect(),
        learning_rates: vec![step; 30],
        slots: vec![Slot { name: "m".into(), coordinates: vec![vec![0.1; 30], vec![-0.2; 30]] }],
    };
    let mut map = ContourMap::sampled("Level lines and path", [(-2.0, 2.0), (-2.0, 2.0)], 41, |x, y| x * x + 10.0 * y * y);
    map.minima = vec![(0.0, 0.0)];
    DescentPlot {
        title: "Two rules on <a & b>".into(),
        map: Some(map),
        runs: vec![run("adam, η = 0.01", 0.03), run("momentum, γ = 0.9 and a label that is rather long", 0.05)],
        least: Some(0.0),
    }
}

/// Iterations that heavy ball needs on a quadratic with curvatures 1 and 100, over η and γ.
fn heat() -> HeatMap {
    let eta = Axis { label: "learning rate η".into(), scale: Scale::Logarithmic, ends: (1e-3, 0.1) };
    let gamma = Axis { label: "momentum γ".into(), scale: Scale::Linear, ends: (0.0, 0.975) };
    let root = |h: f64, eta: f64, gamma: f64| {
        let (b, d) = (1.0 + gamma - eta * h, (1.0 + gamma - eta * h).powi(2) - 4.0 * gamma);
        if d < 0.0 { gamma.sqrt() } else { 0.5 * (b.abs() + d.sqrt()) }
    };
    let iterations = |eta: f64, gamma: f64| match root(1.0, eta, gamma).max(root(100.0, eta, gamma)) {
        factor if factor < 1.0 => 1e-6f64.ln() / factor.ln(),
        _ => f64::INFINITY,
    };
    let (across, up) = (eta.places(41), gamma.places(40));
    HeatMap {
        title: "Heavy ball on a ravine, κ = 100".into(),
        measure: "iterations to 10⁻⁶".into(),
        scale: Scale::Logarithmic,
        values: up.iter().map(|g| across.iter().map(|e| iterations(*e, *g)).collect()).collect(),
        absent: "diverges".into(),
        lines: vec![Curve { label: "η = 2(1 + γ)/L".into(), points: up.iter().map(|g| (0.02 * (1.0 + g), *g)).collect() }],
        marks: vec![Curve { label: "the best in theory".into(), points: vec![(4.0 / 121.0, (9.0f64 / 11.0).powi(2))] }],
        axes: [eta, gamma],
    }
}

/// All rules on a quadratic.
fn raced() -> ravine::race::Raced {
    let search = ravine::optim::Search { trials: 12, ..Default::default() };
    let asked = ravine::recipe::Racing { steps: 50, search, ..Default::default() };
    ravine::race::race(&asked, None, &mut |_| ()).unwrap()
}

fn texts(svg: &Document) -> Vec<String> {
    let text = |n: Node| n.descendants().filter(Node::is_text).filter_map(|d| d.text()).collect::<String>();
    svg.descendants().filter(|n| n.has_tag_name(("http://www.w3.org/2000/svg", "text"))).map(text).collect()
}

#[test]
fn a_figure_is_an_svg_with_every_label_a_title_and_a_description() {
    let svg = descents().figure().svg();
    let document = Document::parse(&svg).unwrap();
    let root = document.root_element();
    assert!(root.has_tag_name(("http://www.w3.org/2000/svg", "svg")) && root.attribute("role") == Some("img"));
    let child = |name: &str| root.children().find(|n| n.tag_name().name() == name).and_then(|n| n.text()).unwrap_or("").to_string();
    assert_eq!(child("title"), "Two rules on <a & b>");
    assert!(child("desc").contains("adam, η = 0.01 ends at"), "{}", child("desc"));
    let texts = texts(&document);
    for label in [
        "Two rules on <a & b>",
        "Level lines and path",
        "Value over steps",
        "Learning rate",
        "Slot m: adam, η = 0.01",
        "Slot m: momentum, γ = 0.9 and a label that is r…",
        "step",
        "J − J*",
        "η",
        "m",
        "x",
        "y",
        "start",
        "minimum",
        "adam, η = 0.01",
        "momentum, γ = 0.9 and a label that is rather long",
        "coordinate 1",
        "coordinate 2",
    ] {
        assert!(texts.iter().any(|t| t == label), "{label} is missing among {texts:?}");
    }
}

/// The width of a text by a mean advance of 0.58 of its size, as in DejaVu Sans.
fn box_of(text: Node) -> Option<[f64; 4]> {
    let number = |name: &str| text.attribute(name).and_then(|v| v.parse::<f64>().ok());
    if text.attribute("transform").is_some() {
        return None; // labels of the y axis are turned
    }
    let content: String = text.descendants().filter(Node::is_text).filter_map(|d| d.text()).collect();
    let (x, y, size) = (number("x")?, number("y")?, number("font-size").unwrap_or(12.0));
    let width = 0.58 * size * content.chars().count() as f64;
    let left = match text.attribute("text-anchor") {
        Some("middle") => x - width / 2.0,
        Some("end") => x - width,
        _ => x,
    };
    Some([left, y - 0.8 * size, left + width, y + 0.2 * size])
}

#[test]
fn no_text_is_cut_off_or_covers_another() {
    let points: Vec<Point> = (0..9).map(|k| measured(k * 100, 15693.0 + 1e4 / (1.0 + k as f64))).collect();
    let map = Figure { title: "t".into(), description: "d".into(), panels: vec![Panel::Heat(heat())] };
    for figure in [descents().figure(), figure("Total variation", &points), map, ravine_show::plot::race::figure(&raced())] {
        for svg in figure.panel_svgs() {
            let document = Document::parse(&svg).unwrap();
            let side = |name: &str| document.root_element().attribute(name).unwrap().parse::<f64>().unwrap();
            let (width, height) = (side("width"), side("height"));
            assert_eq!(document.root_element().attribute("viewBox").unwrap(), format!("0 0 {width} {height}"));
            let boxes: Vec<_> = document.descendants().filter(|n| n.tag_name().name() == "text").filter_map(box_of).collect();
            assert!(boxes.len() > 8, "only {} texts", boxes.len());
            for (i, a) in boxes.iter().enumerate() {
                assert!(a[0] >= 0.0 && a[1] >= 0.0 && a[2] <= width && a[3] <= height, "{a:?} is outside {width} × {height}");
                for b in &boxes[..i] {
                    let apart = a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
                    assert!(apart, "{a:?} covers {b:?} in {}", texts(&document).join(" | "));
                }
            }
        }
    }
}

#[test]
fn curves_differ_in_colour_dash_and_marker() {
    let curves = (0..5).map(|i| Curve::over_steps(&format!("curve {i}"), &[1.0 + i as f64, 2.0, 3.0])).collect();
    let chart =
        Chart { title: "t".into(), x_label: "x".into(), y_label: "y".into(), x_scale: Scale::Linear, scale: Scale::Linear, curves };
    let svg = Figure { title: "t".into(), description: "d".into(), panels: vec![Panel::Chart(chart)] }.svg();
    for colour in ["#0072b2", "#d55e00", "#009e73", "#cc79a7"] {
        assert!(svg.to_lowercase().contains(colour), "{colour} is missing");
    }
    for dash in ["9 4", "2 3", "9 3 2 3", "14 4"] {
        assert!(
            svg.contains(&format!("stroke-dasharray=\"{}\"", dash.replace(' ', ","))) || svg.contains(&format!("\"{dash}\"")),
            "{dash}"
        );
    }
}

#[test]
fn a_heat_map_names_its_axes_its_colours_and_its_marks() {
    let map = heat();
    let svg = &Figure { title: "t".into(), description: "d".into(), panels: vec![Panel::Heat(map.clone())] }.panel_svgs()[0];
    let document = Document::parse(svg).unwrap();
    let texts = texts(&document);
    for label in [
        "Heavy ball on a ravine, κ = 100",
        "colour: iterations to 10⁻⁶",
        "learning rate η",
        "momentum γ",
        "diverges",
        "η = 2(1 + γ)/L",
        "the best in theory",
        "0.01",
        "100",
    ] {
        assert!(texts.iter().any(|t| t == label), "{label} is missing among {texts:?}");
    }
    let description = document.descendants().find(|n| n.has_tag_name(("http://www.w3.org/2000/svg", "desc"))).unwrap();
    let absent = map.values.iter().flatten().filter(|v| !v.is_finite()).count();
    assert!(absent > 100 && description.text().unwrap().contains(&format!("diverges: {absent} of 1640 cells")), "{description:?}");
}

/// Dark is low, pale is high: lightness rises with the value all the way, so that the map reads in grey.
#[test]
fn a_heat_map_reads_in_grey() {
    let axis = |label: &str, n: usize| Axis { label: label.into(), scale: Scale::Linear, ends: (0.0, n as f64 - 1.0) };
    let values = vec![(0..32).map(f64::from).collect()];
    let map = HeatMap { axes: [axis("x", 32), axis("y", 1)], scale: Scale::Linear, values, lines: vec![], marks: vec![], ..heat() };
    let svg = Figure { title: "t".into(), description: "d".into(), panels: vec![Panel::Heat(map)] }.svg();
    let document = Document::parse(&svg).unwrap();
    let tall = |n: &Node| n.attribute("height").and_then(|h| h.parse::<f64>().ok()).is_some_and(|h| h > 200.0);
    let fills = document.descendants().filter(|n| n.has_tag_name(("http://www.w3.org/2000/svg", "rect")) && tall(n));
    let lightness: Vec<f64> = fills
        .filter_map(|n| n.attribute("fill").filter(|f| f.starts_with('#') && *f != "#ffffff"))
        .map(|f| {
            let channel = |at: usize| f64::from(u8::from_str_radix(&f[at..at + 2], 16).unwrap());
            0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
        })
        .collect();
    assert_eq!(lightness.len(), 32, "{lightness:?}");
    assert!(lightness.windows(2).all(|w| w[0] < w[1]) && lightness[31] - lightness[0] > 150.0, "{lightness:?}");
}

fn measured(iteration: u64, energy: f64) -> Point {
    Point {
        iteration,
        energy,
        dual: Some(15000.0),
        relative_gap: Some(energy / 15000.0 - 1.0),
        distance: Some((energy - 15000.0).sqrt()),
    }
}

#[test]
fn a_constant_is_shown_above_a_zero_line() {
    let chart = |value: f64| {
        let curves = vec![Curve::over_steps("η", &[value; 5])];
        let chart = Chart {
            title: "t".into(),
            x_label: "step".into(),
            y_label: "η".into(),
            x_scale: Scale::Linear,
            scale: Scale::Linear,
            curves,
        };
        let svg = Figure { title: "t".into(), description: "d".into(), panels: vec![Panel::Chart(chart)] }.svg();
        texts(&Document::parse(&svg).unwrap())
    };
    assert!(chart(0.0205).iter().all(|t| !t.starts_with('-')) && chart(0.0205).contains(&"0.02".into()), "{:?}", chart(0.0205));
    assert!(chart(0.0).contains(&"-1".into()) && chart(0.0).contains(&"1".into()));
}

#[test]
fn what_is_unknown_has_no_panel() {
    let known: Vec<Point> = [0, 10].map(|k| measured(k, 16000.0 - k as f64)).to_vec();
    assert_eq!(figure("t", &known).panels.len(), 3);
    let unknown: Vec<Point> = known.iter().map(|p| Point { dual: None, relative_gap: None, distance: None, ..*p }).collect();
    let panels = figure("t", &unknown).panels;
    assert!(matches!(&panels[..], [Panel::Chart(c)] if c.curves.len() == 1), "{panels:?}");
}

#[test]
fn strange_data_still_make_a_figure() {
    let chart = |x_scale, scale, values: &[f64]| {
        Panel::Chart(Chart {
            title: "strange".into(),
            x_label: "x".into(),
            y_label: "y".into(),
            x_scale,
            scale,
            curves: vec![Curve::over_steps("curve", values)],
        })
    };
    let map = |value: fn(f64, f64) -> f64| {
        let mut map = ContourMap::sampled("map", [(-1.0, 1.0), (-1.0, 1.0)], 5, value);
        map.paths = vec![Curve { label: "path".into(), points: vec![(0.0, 0.0), (f64::NAN, 1.0), (1e300, -1e300)] }];
        Panel::Contours(map)
    };
    let mut panels: Vec<Panel> = vec![map(|_, _| 1.0), map(|x, _| if x > 0.0 { f64::INFINITY } else { x }), map(|_, _| f64::NAN)];
    for scale in [Scale::Linear, Scale::Logarithmic] {
        for values in [
            &[][..],
            &[1.0],
            &[0.0, 0.0],
            &[-1.0, 2.0],
            &[f64::NAN, f64::INFINITY],
            &[1e-300, 1e300],
            &[-1e300, 1e300],
            &[1e-7, 1e-6],
            &[3.0, 3.0],
        ] {
            panels.push(chart(Scale::Linear, scale, values));
            panels.push(chart(Scale::Logarithmic, scale, values));
        }
    }
    let values: [&[&[f64]]; 5] =
        [&[], &[&[f64::NAN, f64::INFINITY]], &[&[3.0, 3.0], &[3.0, 3.0]], &[&[-1.0, 0.0], &[1e300, 1e-300]], &[&[5.0]]];
    for (values, scale) in values.iter().flat_map(|v| [(v, Scale::Linear), (v, Scale::Logarithmic)]) {
        let values = values.iter().map(|row| row.to_vec()).collect();
        panels.push(Panel::Heat(HeatMap { values, scale, ..heat() }));
    }
    for panel in panels {
        let figure = Figure { title: "strange".into(), description: String::new(), panels: vec![panel.clone()] };
        let svg = figure.svg();
        let document = Document::parse(&svg).unwrap_or_else(|e| panic!("{panel:?}: {e}"));
        let bad = |n: &Node| n.attributes().any(|a| a.value().contains("NaN") || a.value().contains("inf"));
        assert!(!document.descendants().any(|n| bad(&n)), "{panel:?}");
        assert!(figure.png().unwrap().starts_with(b"\x89PNG"), "{panel:?}");
        figure.text(80, 24);
    }
}

#[test]
fn the_same_figure_is_drawn_as_png_and_as_text() {
    let figure = descents().figure();
    let png = figure.png().unwrap();
    assert!(png.starts_with(b"\x89PNG"));
    let side = |at: usize| u32::from_be_bytes([png[at], png[at + 1], png[at + 2], png[at + 3]]);
    assert!(side(16) > 1800 && side(20) > 1500, "{} × {}", side(16), side(20));
    assert!(figure.text(100, 30).contains("Value over steps"));
}

#[test]
fn a_race_is_drawn_over_eta_and_over_the_steps() {
    let raced = raced();
    let figure = ravine_show::plot::race::figure(&raced);
    let [Panel::Chart(map), Panel::Chart(way)] = &figure.panels[..] else { panic!("{:?}", figure.panels) };
    assert_eq!((map.curves.len(), way.curves.len()), (8, 8));
    assert!(map.curves.iter().all(|c| c.points.len() == 12) && way.curves.iter().all(|c| c.points.len() == 51));
    let descent = &raced.runners[0];
    assert!(map.curves[0].points.iter().any(|p| p == &(descent.tuned.best.eta, descent.tuned.best.value)));
    assert_eq!(way.curves[0].points[50].1, descent.excess.value);
    assert_eq!(way.curves[0].points[0].1, raced.start);
    let ended = &raced.runners[raced.best()].rule.name;
    assert!(figure.description.contains(&format!("{ended} ends lowest")), "{}", figure.description);
}

#[test]
fn a_descent_is_recorded_step_by_step_and_its_map_holds_the_start() {
    use ravine::descend::{Ground, descend};
    use ravine::{Named, recipe::Descending};
    let asked = Descending {
        surface: Named::new("rosenbrock"),
        rule: Named::new("adam"),
        steps: 12,
        start: Some(vec![9.0, -4.0]),
        ..Descending::default()
    };
    let mut surface = ravine::optim::surface::build("rosenbrock", &[], None, 0).unwrap();
    let map = ravine_show::plot::descent::map(&mut surface, &[9.0, -4.0]).unwrap();
    assert!(map.window[0].1 > 9.0 && map.window[1].0 < -4.0 && map.window[0].0 == -1.8, "{:?}", map.window);
    assert_eq!(map.minima, [(1.0, 1.0)]);
    let mut run = Run::default();
    descend(&asked, Ground::of(&asked, None).unwrap(), None, &mut |row| run.record(&row)).unwrap();
    assert_eq!((run.points.len(), run.values.len(), run.learning_rates.len()), (13, 13, 13));
    assert_eq!(run.points[0], (9.0, -4.0));
    let slots: Vec<_> = run.slots.iter().map(|s| (s.name.as_str(), s.coordinates.len(), s.coordinates[0].len())).collect();
    assert_eq!(slots, [("m", 2, 13), ("v", 2, 13)]);
    // m after the first step is (1 − β₁)·∇J at the start
    assert!((run.slots[0].coordinates[1][1] - 0.1 * 200.0 * (-4.0 - 81.0)).abs() < 1e-9, "{:?}", run.slots[0].coordinates[1]);
}
