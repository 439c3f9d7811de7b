//! The pages of `ravine lesson --report DIR`: one a lesson, and a front page that shows the course at a glance.

use super::{Block, Contents, Entry, Link, Report, Table};
use crate::lesson::Verdict::{Holds, HoldsUnderConditions, Refuted};
use crate::lesson::{LESSONS, Number, Part, Taught};
use crate::plot::number::short;

/// The file of the front page.
pub const FRONT: &str = "index.html";

/// The file of the page of the lesson `name`, beside the front page.
pub fn file(name: &str) -> String {
    format!("{name}.html")
}

/// The page of one lesson. `beside` are the names of the lessons whose pages stand in the same folder, in order, this one among them.
pub fn page(taught: &Taught, beside: &[&str], command: &str, made_by: &str) -> Report {
    let mut blocks = vec![
        Block::Formula(taught.formula.into()),
        Block::Verdict { word: taught.verdict.to_string(), of: "Verdict".into() },
        Block::Cases(taught.cases.iter().map(|c| (c.says.clone(), c.known())).collect()),
    ];
    blocks.extend(taught.sentences.iter().cloned().map(Block::Text));
    blocks.extend(taught.figures.iter().cloned().map(Block::Figure));
    if !taught.pictures.is_empty() {
        blocks.push(Block::Pictures(taught.pictures.clone()));
    }
    blocks.extend(taught.tables.iter().cloned().map(Block::Table));
    blocks.push(Block::Heading("What was measured".into()));
    blocks.push(Block::Table(numbers("The same for the same seed, on any machine and number of threads", &taught.numbers)));
    if !taught.timing.is_empty() {
        blocks.push(Block::Table(numbers("What depends on the machine", &taught.timing)));
    }
    if !taught.settings.is_empty() {
        let row = |(name, value): (&&str, _)| vec![name.to_string(), format!("{value}")];
        blocks.push(Block::Table(Table {
            caption: "What can be changed with --set".into(),
            header: vec!["knob".into(), "value".into()],
            rows: taught.settings.iter().map(row).collect(),
        }));
    }
    let links = neighbours(taught.name, beside);
    if !links.is_empty() {
        blocks.push(Block::Links(links));
    }
    Report {
        title: format!("Lesson: {}", taught.name),
        summary: format!("The lecture says: {}", taught.claim),
        blocks,
        command: command.into(),
        made_by: made_by.into(),
    }
}

/// The one before, the front page, the one after.
fn neighbours(name: &str, beside: &[&str]) -> Vec<Link> {
    let Some(here) = beside.iter().position(|n| *n == name).filter(|_| beside.len() > 1) else { return Vec::new() };
    let link = |sign: &str, name: &&str| Link { text: format!("{sign} {name}"), file: file(name) };
    let before = here.checked_sub(1).map(|i| link("←", &beside[i]));
    let front = Link { text: "all lessons".into(), file: FRONT.into() };
    let after = beside.get(here + 1).map(|name| Link { text: format!("{name} →"), file: file(name) });
    [before, Some(front), after].into_iter().flatten().collect()
}

/// The front page of the lessons taught.
pub fn front(all: &[Taught], command: &str, made_by: &str) -> Report {
    let of_part = |part: Part| -> Option<Block> {
        let entries: Vec<_> = all.iter().filter(|t| t.part == part).map(entry).collect();
        (!entries.is_empty()).then(|| Block::Contents(Contents { heading: part.heading().into(), entries }))
    };
    let mut parts: Vec<Part> = LESSONS.iter().map(|l| l.part).collect();
    parts.dedup();
    let count = |verdict| all.iter().filter(|t| t.verdict == verdict).count();
    let meaning = "Each claim is cut into statements that can be true or false. It holds if all of them are found true, is refuted if none is, and \
                   holds under conditions if some are: its page says which, and which are not decided.";
    let parts = parts.into_iter().filter_map(of_part);
    Report {
        title: "Gradient descent, put to the test".into(),
        summary: format!(
            "A lecture on gradient descent, told through the restoration of pictures, as {} claims, each measured: {} hold, {} hold \
             under conditions, {} are refuted.",
            all.len(),
            count(Holds),
            count(HoldsUnderConditions),
            count(Refuted)
        ),
        blocks: std::iter::once(Block::Text(meaning.into())).chain(parts).collect(),
        command: command.into(),
        made_by: made_by.into(),
    }
}

fn entry(taught: &Taught) -> Entry {
    let sign = match taught.verdict {
        Holds => '✓',
        HoldsUnderConditions => '◐',
        Refuted => '✗',
    };
    let page = Link { text: taught.name.into(), file: file(taught.name) };
    Entry { page, sign, word: taught.verdict.to_string(), line: taught.claim.into() }
}

/// Numbers with their intervals and theory, where any has them.
fn numbers(caption: &str, numbers: &[Number]) -> Table {
    let interval = |n: &Number| n.interval.map_or(String::new(), |[low, high]| format!("{} to {}", short(low), short(high)));
    let theory = |n: &Number| {
        let mark = if n.agrees() { "✓" } else { "✗ disagrees" };
        n.theory.map_or(String::new(), |t| format!("{} ± {} {mark}", short(t.value), short(t.tolerance)))
    };
    let mut header = vec!["quantity", "value"];
    let (random, foretold) = (numbers.iter().any(|n| n.interval.is_some()), numbers.iter().any(|n| n.theory.is_some()));
    header.extend(random.then_some("95 % interval"));
    header.extend(foretold.then_some("theory"));
    let row = |n: &Number| {
        // What was never reached took for ever.
        let value = if n.value == f64::INFINITY { "∞".into() } else { short(n.value) };
        let mut row = vec![n.name.clone(), format!("{value} {}", n.unit).trim_end().to_string()];
        row.extend(random.then(|| interval(n)));
        row.extend(foretold.then(|| theory(n)));
        row
    };
    Table {
        caption: caption.into(),
        header: header.into_iter().map(String::from).collect(),
        rows: numbers.iter().map(row).collect(),
    }
}
