//! `--report DIR`: one page a picture, with before, after, what was taken away, and how the run came closer.

use super::report::{Done, iterations};
use crate::bound;
use crate::exit::Result;
use crate::files::Destination;
use crate::output::Output;
use crate::page;
use crate::pictures::write_bytes;
use crate::typed;
use ravine::image::Image;
use ravine_show::plot::restoration::Point;
use ravine_show::report::{Picture, restoration::Restoration};
use std::path::Path;

/// Writes the page of one picture. `before` is the piece that was restored.
pub(super) fn write(folder: &Path, done: &Done<'_>, before: &Image, measures: Vec<Point>, output: &mut Output) -> Result<()> {
    let after = &done.restored.picture.image;
    let taken = Image::from_fn(before.grid(), |c, y, x| 0.5 + before.at(c, y, x) - after.at(c, y, x));
    let settled = &done.restored.settled;
    let certificate = done.restored.certificate.filter(|c| c.gap.is_finite());
    let number = |name: &str, value: Option<String>| value.map(|value| (name.to_string(), value));
    let numbers = [
        number("method", Some(settled.method.clone())),
        number("σ, grey levels", settled.sigma.map(|s| format!("{s:.2}"))),
        number("λ", settled.lambda.map(|l| format!("{l:.4}"))),
        number("iterations", iterations(done.restored).map(|n| n.to_string())),
        number("energy", certificate.map(|c| format!("{:.6}", c.primal))),
        number("the energy is", certificate.map(|c| bound::above_least(&c))),
        number(
            &format!("at most from the exact minimiser, {}, grey levels (root mean square)", done.before()),
            certificate.and(done.restored.distance_bound()).map(|d| bound::decimals(d, 3)),
        ),
        number("estimated PSNR, dB", done.estimated_psnr().map(|p| format!("{p:.2}"))),
    ];
    let restoration = Restoration {
        title: format!("{}, restored by {}", done.input, settled.method),
        summary: page::paragraph(done.sentences().iter().map(String::as_str)),
        before: Picture::of(before, "before", "the picture as it came")?,
        after: Picture::of(after, "after", "the restored picture")?,
        residual: Picture::of(&taken, "what was taken away, around mid-grey", "the difference between before and after")?,
        measures,
        numbers: numbers.into_iter().flatten().collect(),
        command: typed::command_line(),
        made_by: typed::PROGRAM.into(),
    };
    let file = folder.join(done.input.kept()).with_added_extension("html");
    write_bytes(restoration.report().html().as_bytes(), &Destination::File(file), output)
}
