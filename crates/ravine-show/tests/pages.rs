//! Pages are well-formed, need nothing from outside, escape what they are told, and can be read without seeing them.

use ravine_show::plot::descent::{DescentPlot, Run};
use ravine_show::plot::restoration::Point;
use ravine_show::report::restoration::Restoration;
use ravine_show::report::{Picture, Report, descent};
use roxmltree::{Document, Node, ParsingOptions};

const HOSTILE: &str = "</title><script>alert('1')</script> & \"quoted\" \u{1}";

fn restoration() -> Report {
    let picture = |caption: &str| Picture {
        caption: caption.into(),
        alternative: format!("{caption}: {HOSTILE}"),
        png: vec![0, 255, 7, 9],
        width: 4,
        height: 3,
    };
    let point = |k: u64| Point {
        iteration: k,
        energy: 9.0 + 1.0 / (k + 1) as f64,
        dual: Some(9.0),
        relative_gap: Some(0.1),
        distance: Some(1.0),
    };
    Restoration {
        title: HOSTILE.into(),
        summary: HOSTILE.into(),
        before: picture("Before"),
        after: picture("After"),
        residual: picture("Residual"),
        measures: (0..5).map(point).collect(),
        numbers: vec![(HOSTILE.into(), "12.75".into()), ("σ".into(), HOSTILE.into())],
        command: format!("ravine restore '{HOSTILE}' -o clean.png"),
        made_by: HOSTILE.into(),
    }
    .report()
}

fn descents() -> Report {
    let run = Run {
        label: HOSTILE.into(),
        points: vec![(0.0, 1.0); 101],
        values: (0..101).map(|k| 100.0 - k as f64).collect(),
        learning_rates: vec![0.1; 101],
        slots: vec![],
    };
    let plot = DescentPlot { title: HOSTILE.into(), map: None, runs: vec![run], least: None };
    descent::report(&plot, "It goes down.", "ravine descend ravine --plot page.html", "ravine")
}

/// The page is XML as well as HTML, so an XML parser can judge it.
fn with_page(report: &Report, check: impl Fn(&str, &Document)) {
    let html = report.html();
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let document = Document::parse_with_options(&html, options).unwrap_or_else(|e| panic!("{e}\n{html}"));
    check(&html, &document);
}

fn named<'a>(document: &'a Document, name: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    document.descendants().filter(move |n| n.tag_name().name() == name)
}

#[test]
fn a_page_needs_nothing_from_outside() {
    for report in [restoration(), descents()] {
        with_page(&report, |html, document| {
            assert!(html.contains("default-src 'none'"));
            for word in ["script", "link", "iframe", "object", "embed", "base", "form"] {
                assert_eq!(named(document, word).count(), 0, "<{word}>");
            }
            for node in document.descendants() {
                for a in node.attributes() {
                    let allowed = match a.name() {
                        "src" => a.value().starts_with("data:image/png;base64,"),
                        "href" => a.value().starts_with('#'),
                        _ => !a.value().contains("://"),
                    };
                    assert!(allowed, "{} = {}", a.name(), a.value());
                }
            }
            for style in named(document, "style") {
                let css = style.text().unwrap_or("");
                assert!(!css.contains("url(") && !css.contains("@import"), "{css}");
            }
        });
    }
}

#[test]
fn whatever_is_said_is_shown_and_not_obeyed() {
    let shown = HOSTILE.replace('\u{1}', "\u{fffd}");
    with_page(&restoration(), |_, document| {
        let text = |name: &str| named(document, name).next().unwrap().text().unwrap().to_string();
        assert_eq!(text("title"), shown);
        assert_eq!(text("h1"), shown);
        assert_eq!(text("code"), format!("ravine restore '{shown}' -o clean.png"));
        assert_eq!(named(document, "img").next().unwrap().attribute("alt"), Some(format!("Before: {shown}").as_str()));
        assert!(named(document, "td").any(|n| n.text() == Some(&shown)));
    });
}

#[test]
fn a_page_can_be_read_without_seeing_it() {
    for report in [restoration(), descents()] {
        with_page(&report, |html, document| {
            assert!(html.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
            assert_eq!(named(document, "h1").count(), 1);
            assert!(named(document, "h2").count() >= 2);
            assert_eq!(named(document, "h3").count(), 0);
            assert!(named(document, "img").all(|n| n.attribute("alt").is_some_and(|a| !a.is_empty())));
            for svg in named(document, "svg") {
                assert_eq!(svg.attribute("role"), Some("img"));
                let first = |name: &str| svg.children().find(|n| n.tag_name().name() == name).and_then(|n| n.text()).is_some();
                assert!(first("title") && first("desc"));
            }
            for table in named(document, "table") {
                let inside = |name: &str| table.descendants().filter(|n| n.tag_name().name() == name).collect::<Vec<_>>();
                assert_eq!(inside("caption").len(), 1);
                assert!(inside("th").iter().all(|n| n.attribute("scope").is_some()));
                let columns = inside("thead")[0].descendants().filter(|n| n.tag_name().name() == "th").count();
                for row in inside("tbody")[0].children().filter(|n| n.is_element()) {
                    assert_eq!(row.children().filter(|n| n.is_element()).count(), columns);
                }
            }
            // what scrolls can be reached by Tab and has a name
            for node in document.descendants().filter(|n| n.attribute("class") == Some("scroll") || n.tag_name().name() == "pre") {
                assert_eq!((node.attribute("tabindex"), node.attribute("role")), (Some("0"), Some("region")));
                assert!(node.attribute("aria-label").is_some_and(|l| !l.is_empty()));
            }
            let mut ids: Vec<&str> = document.descendants().filter_map(|n| n.attribute("id")).collect();
            let all = ids.len();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), all, "an id is used twice");
        });
    }
}

#[test]
fn pictures_are_inside_the_page_at_their_own_size() {
    with_page(&restoration(), |_, document| {
        let images: Vec<_> = named(document, "img").collect();
        assert_eq!(images.len(), 3);
        for image in images {
            assert_eq!((image.attribute("width"), image.attribute("height")), (Some("4"), Some("3")));
            assert_eq!(image.attribute("src"), Some("data:image/png;base64,AP8HCQ=="));
        }
    });
}

#[test]
fn a_long_run_becomes_a_short_table_that_ends_at_the_last_step() {
    with_page(&descents(), |_, document| {
        let rows: Vec<_> = named(document, "tbody").next().unwrap().children().filter(|n| n.is_element()).collect();
        assert!((15..30).contains(&rows.len()), "{} rows", rows.len());
        let first = |row: &Node| row.first_element_child().unwrap().text().unwrap().to_string();
        assert_eq!((first(&rows[0]), first(&rows[rows.len() - 1])), ("0".into(), "100".into()));
    });
}

#[test]
fn an_exact_answer_has_no_curves() {
    let exact = Restoration {
        title: "t".into(),
        summary: "s".into(),
        before: Picture { caption: "Before".into(), alternative: "a".into(), png: vec![], width: 1, height: 1 },
        after: Picture { caption: "After".into(), alternative: "a".into(), png: vec![], width: 1, height: 1 },
        residual: Picture { caption: "Residual".into(), alternative: "a".into(), png: vec![], width: 1, height: 1 },
        measures: vec![],
        numbers: vec![],
        command: "c".into(),
        made_by: "m".into(),
    };
    with_page(&exact.report(), |_, document| assert_eq!(named(document, "svg").count(), 0));
}
