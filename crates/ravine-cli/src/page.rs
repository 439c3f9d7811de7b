//! What was measured and said, as pages and figures show it.

use ravine::optim::Measure;
use ravine_show::plot::restoration::Point;

/// A measure as a point of a figure; n numbers in the picture.
pub(crate) fn point(measure: &Measure, n: usize) -> Point {
    let c = measure.certificate.filter(|c| c.gap.is_finite());
    Point {
        iteration: measure.iteration,
        energy: measure.value,
        dual: c.map(|c| c.dual),
        relative_gap: c.map(|c| c.relative_gap()),
        distance: c.and_then(|c| c.distance).map(|d| 255.0 * d / (n as f64).sqrt()),
    }
}

/// What a terminal is told in lines, as sentences. The first line begins with a name.
pub(crate) fn paragraph<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let sentence = |(i, line): (usize, &str)| {
        let line = line.trim().trim_end_matches([':', '.']).replace("  ", ": ");
        let mut letters = line.chars();
        match letters.next() {
            Some(first) if i > 0 => format!("{}{}.", first.to_uppercase(), letters.as_str()),
            _ => format!("{line}."),
        }
    };
    lines.into_iter().enumerate().map(sentence).collect::<Vec<_>>().join(" ")
}

#[test]
fn lines_become_sentences() {
    let told = ["a.png → b.png  tv, 44 iterations", "  certified: at most 0.43 grey levels", "Hessian, by 2 products:"];
    assert_eq!(paragraph(told), "a.png → b.png: tv, 44 iterations. Certified: at most 0.43 grey levels. Hessian, by 2 products.");
}
