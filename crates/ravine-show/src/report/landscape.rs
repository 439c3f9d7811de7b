//! The page of `ravine landscape --plot FILE.html`.

use super::{Block, Report, Table};
use crate::plot::landscape::{direction, figure, percent};
use crate::plot::number::short;
use ravine::landscape::Survey;
use ravine::optim::spectrum::Eigenvalue;

/// Rows of a table of points: as many as one still reads.
const ROWS: usize = 25;

/// The figure, what was looked at in `notes`, and the numbers. `summary` says what was found.
pub fn report(survey: &Survey, summary: &str, command: &str, made_by: &str) -> Report {
    let mut blocks = vec![Block::Figure(figure(survey))];
    blocks.extend(survey.notes.iter().map(|note| Block::Text(note.clone())));
    blocks.push(Block::Heading("The same as numbers".into()));
    blocks.push(Block::Table(directions(survey)));
    if let Some(found) = &survey.curvature {
        let rows = found.largest.iter().map(|e| ("largest", e)).chain(found.least.iter().map(|e| ("least", e)));
        blocks.push(Block::Table(Table {
            caption: "Curvatures at the end of the path: eigenvalues of the Hessian, by Lanczos".into(),
            header: ["end", "eigenvalue", "residual", "differences agree to"].map(String::from).to_vec(),
            rows: rows
                .map(|(end, Eigenvalue { value, residual, difference })| {
                    vec![end.into(), short(*value), short(*residual), short(*difference)]
                })
                .collect(),
        }));
    }
    if survey.path.len() > 1 {
        blocks.push(Block::Table(path(survey)));
    }
    let title = format!("Landscape of {}", survey.name);
    Report { title, summary: summary.into(), blocks, command: command.into(), made_by: made_by.into() }
}

fn directions(survey: &Survey) -> Table {
    let row = |(k, (low, high)): (usize, &(f64, f64))| {
        let share = survey.explained.as_ref().map_or_else(|| "–".into(), |shares| percent(shares[k]));
        vec![(k + 1).to_string(), direction(survey, k), short(*low), short(*high), share]
    };
    Table {
        caption: "Directions".into(),
        header: ["coordinate", "direction", "from", "to", "variance of the path"].map(String::from).to_vec(),
        rows: survey.window.iter().enumerate().map(row).collect(),
    }
}

/// The first, the last and evenly spaced points between.
fn path(survey: &Survey) -> Table {
    let last = survey.path.len() - 1;
    let every = last.div_ceil(ROWS - 1).max(1);
    let row = |k: usize| {
        let place = &survey.path[k];
        let coordinates = place.coordinates.iter().map(|a| short(*a));
        [k.to_string()].into_iter().chain(coordinates).chain([short(place.distance), short(place.value)]).collect()
    };
    let coordinates = (1..=survey.window.len()).map(|k| format!("coordinate {k}"));
    let ends = ["distance from the slice", "value"].map(String::from);
    Table {
        caption: "The path".into(),
        header: ["point".to_string()].into_iter().chain(coordinates).chain(ends).collect(),
        rows: (0..last).step_by(every).chain([last]).map(row).collect(),
    }
}
