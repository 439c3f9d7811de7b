//! The figure and the page of a landscape say everything they should, and show gaps as gaps.

use ravine::landscape::{Directions, Place, Survey};
use ravine::optim::spectrum::{Curvature, Eigenvalue};
use ravine_show::plot::landscape::{figure, percent};
use ravine_show::report::landscape::report;
use roxmltree::{Document, Node};

fn survey(dimensions: usize) -> Survey {
    let row = |j: usize| (0..9).map(|i| if (i, j) == (2, 4) { f64::NAN } else { 1.0 + (i + 2 * j) as f64 }).collect();
    let place = |k: usize| Place { coordinates: vec![4.0 - k as f64; dimensions], value: 5.0 - k as f64, distance: 0.1 };
    let eigenvalue = |value: f64| Eigenvalue { value, residual: 1e-9, difference: 2e-9 };
    Survey {
        name: "a valley".into(),
        objective: serde_json::json!({}),
        notes: vec!["what was looked at".into()],
        unknowns: 7,
        directions: Directions::Pca,
        unit: "1",
        cosine: None,
        window: vec![(-4.0, 4.0); dimensions],
        seed: 0,
        explained: Some(vec![0.75, 0.125]),
        path: (0..5).map(place).collect(),
        values: if dimensions == 1 { vec![row(4)] } else { (0..9).map(row).collect() },
        curvature: Some(Curvature { least: vec![eigenvalue(-0.5)], largest: vec![eigenvalue(64.0)], step: 1e-4, products: 7 }),
    }
}

fn texts(svg: &str) -> Vec<String> {
    let document = Document::parse(svg).unwrap();
    let text = |n: Node| n.descendants().filter(Node::is_text).filter_map(|d| d.text()).collect::<String>();
    document.descendants().filter(|n| n.tag_name().name() == "text").map(text).collect()
}

#[test]
fn a_plane_is_a_map_with_its_path_its_cuts_and_its_gaps() {
    let svg = figure(&survey(2)).svg();
    let texts = texts(&svg);
    for label in [
        "Landscape of a valley",
        "component 1 (75.0 % of the path)",
        "component 2 (12.5 % of the path)",
        "path, projected",
        "not finite",
        "along 1, at 2 = 0",
        "along 2, at 1 = 0",
        "Value along the path",
    ] {
        assert!(texts.iter().any(|t| t == label), "{label} is missing among {texts:?}");
    }
    assert!(svg.contains("J from 1 to 25 over") && svg.contains("1 of 81 points are not finite"));
    let mut whole = survey(2);
    whole.values[4][2] = 3.0;
    assert!(!figure(&whole).svg().contains("not finite"));
}

#[test]
fn a_line_is_broken_where_it_has_no_value() {
    let lines = |survey: &Survey| {
        let svg = figure(survey).panel_svgs().remove(0);
        let document = Document::parse(&svg).unwrap();
        let long = |n: &Node| n.tag_name().name() == "path" && n.attribute("d").is_some_and(|d| d.matches('L').count() >= 1);
        document.descendants().filter(|n| long(n) && n.attribute("stroke").is_some_and(|s| s.to_lowercase() == "#0072b2")).count()
    };
    let mut whole = survey(1);
    whole.values[0][2] = 3.0;
    assert_eq!(lines(&survey(1)), lines(&whole) + 1);
}

#[test]
fn the_page_has_every_number() {
    let page = report(&survey(2), "found", "ravine landscape …", "ravine").html();
    for text in
        ["what was looked at", "found", "eigenvalue", "-0.5", "64", "variance of the path", "75.0 %", "distance from the slice"]
    {
        assert!(page.contains(text), "{text} is missing");
    }
}

#[test]
fn shares_are_told_in_per_cent() {
    assert_eq!([1.0, 0.931, 0.0123, 1e-9].map(percent), ["100.0 %", "93.1 %", "1.23 %", "0 %"]);
}
