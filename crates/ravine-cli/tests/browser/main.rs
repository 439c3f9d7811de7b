//! The pages in a real browser, as wide as a desk and as a telephone: axe-core finds nothing, nothing is wider than the window, no word of
//! a drawing is cut or covered, and what can be followed or scrolled is reached by Tab and seen to be.
//!
//! Behind the feature `browser`, because it needs Chromium and axe-core: `.ci/run` installs both.

mod chromium;
#[path = "../program/mod.rs"]
mod program;

use chromium::Chromium;
use program::Place;
use ravine_show::lesson::LESSONS;
use std::path::{Path, PathBuf};

/// Of a desk and of a telephone.
const WIDTHS: [u32; 2] = [1280, 360];

/// Every page that the program can write, one of a kind and all of the course.
fn pages(place: &Place) -> Vec<PathBuf> {
    for line in [
        "lesson all --quick --quiet --report lessons",
        "demo --output demo --quiet",
        "restore demo/noisy.png -o clean.png --method tv --quiet --report restored",
        "descend himmelblau --rule nesterov --quiet --plot descend.html",
        "race ravine --rules gradient-descent,momentum,nesterov,adam --steps 150 --tune 24 --quiet --plot race.html",
        "landscape rosenbrock --rule adam --set eta=0.05 --steps 500 --eigenvalues 2 --quiet --plot landscape.html",
    ] {
        place.run(line).expect(0);
    }
    let all = glob::glob(&place.path("**/*.html").display().to_string()).unwrap();
    all.collect::<Result<_, _>>().unwrap()
}

/// What is wrong with a page, a sentence each.
fn complaints(browser: &mut Chromium, page: &Path) -> Vec<String> {
    let mut all = Vec::new();
    browser.open(page);
    for width in WIDTHS {
        browser.widen(width);
        let found = browser.evaluate(include_str!("look.js"));
        all.extend(found.as_array().unwrap().iter().map(|c| format!("at {width} pixels: {}", c.as_str().unwrap())));
    }
    let stops = browser.evaluate("stops = [...document.querySelectorAll('a[href], [tabindex=\"0\"]')]; stops.length");
    for stop in 0..stops.as_i64().unwrap() {
        browser.press_tab();
        let at = browser.evaluate("stops.indexOf(document.activeElement)").as_i64().unwrap();
        if at != stop {
            all.push(format!("Tab came to stop {at} instead of {stop}"));
            break;
        }
        if browser.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "none" {
            all.push(format!("stop {stop} of Tab is not seen: it has no outline"));
        }
    }
    let name = page.file_name().unwrap().display();
    all.into_iter().map(|complaint| format!("{name} {complaint}")).collect()
}

#[test]
fn no_page_bars_a_reader() {
    let place = Place::new();
    let pages = pages(&place);
    assert_eq!(pages.len(), LESSONS.len() + 6, "the lessons, their front page, and five others: {pages:?}");
    let mut browser = Chromium::start();
    let all: Vec<String> = pages.iter().flat_map(|page| complaints(&mut browser, page)).collect();
    assert!(all.is_empty(), "\n{}", all.join("\n"));
}

#[test]
fn a_page_that_bars_readers_is_found_out() {
    let place = Place::new();
    let page = place.write("barred.html", include_str!("barred.html"));
    let found = complaints(&mut Chromium::start(), &page).join("\n");
    for wanted in [
        "html-has-lang",
        "color-contrast",
        "image-alt",
        "scrollable-region-focusable",
        "svg-img-alt",
        "at 360 pixels: the page is wider than the window",
        "`cut off` is cut",
        "`upper` and `lower` cover each other",
        "stop 0 of Tab is not seen",
        "Tab came to stop 2 instead of 1",
    ] {
        assert!(found.contains(wanted), "nobody says `{wanted}`:\n{found}");
    }
    assert!(!found.contains("1280 pixels: the page is wider"), "{found}");
}
