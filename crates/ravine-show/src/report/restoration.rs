//! The page of `ravine restore --report DIR`.

use super::{Block, Picture, Report, Table};
use crate::plot::restoration::{Point, figure};

/// What is known of one restoration. The pictures come encoded; the residual is before − after around mid-grey.
#[derive(Debug, Clone, PartialEq)]
pub struct Restoration {
    /// Such as `photo.png, restored by total variation`.
    pub title: String,
    /// What was found, in a sentence or two.
    pub summary: String,
    /// What came in.
    pub before: Picture,
    /// What goes out.
    pub after: Picture,
    /// What was taken away.
    pub residual: Picture,
    /// The measures of the run; none where the answer is exact.
    pub measures: Vec<Point>,
    /// Name and value of every number worth keeping, such as ("λ", "12.75").
    pub numbers: Vec<(String, String)>,
    /// The command line that makes this page again.
    pub command: String,
    /// What made it, such as `ravine 0.1.0`.
    pub made_by: String,
}

impl Restoration {
    /// Pictures, curves, numbers.
    pub fn report(&self) -> Report {
        let pictures = vec![self.before.clone(), self.after.clone(), self.residual.clone()];
        let mut blocks = vec![Block::Heading("Before, after, residual".into()), Block::Pictures(pictures)];
        if self.measures.len() > 1 {
            blocks.push(Block::Heading("How it came closer".into()));
            blocks.push(Block::Figure(figure(&self.title, &self.measures)));
        }
        blocks.push(Block::Heading("Numbers".into()));
        blocks.push(Block::Table(Table {
            caption: "What was done and what is known of the answer".into(),
            header: vec!["quantity".into(), "value".into()],
            rows: self.numbers.iter().map(|(name, value)| vec![name.clone(), value.clone()]).collect(),
        }));
        Report {
            title: self.title.clone(),
            summary: self.summary.clone(),
            blocks,
            command: self.command.clone(),
            made_by: self.made_by.clone(),
        }
    }
}
