//! How far a run is, on standard error: a bar on a terminal, else a plain line every few seconds.

use crate::bound;
use crate::output::{Output, ProgressKind, say};
use indicatif::{ProgressBar, ProgressStyle};
use ravine::optim::Measure;
use std::time::{Duration, Instant};

/// Between two plain lines.
const PAUSE: Duration = Duration::from_secs(5);

/// Shows the measures of one run.
pub(crate) struct Progress {
    name: String,
    bar: Option<ProgressBar>,
    lines: bool,
    last: Instant,
}

impl Progress {
    pub(crate) fn new(name: &str, output: &Output) -> Self {
        let kind = output.progress();
        let bar = (kind == ProgressKind::Bar).then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}  {elapsed}  {msg}") {
                bar.set_style(style);
            }
            bar.set_prefix(name.to_string());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Progress { name: name.into(), bar, lines: kind == ProgressKind::Lines, last: Instant::now() }
    }

    /// Shows one measure.
    pub(crate) fn show(&mut self, measure: &Measure) {
        if let Some(bar) = &self.bar {
            bar.set_message(line(measure));
        } else if self.lines && self.last.elapsed() >= PAUSE {
            say(format_args!("{}: {}", self.name, line(measure)));
            self.last = Instant::now();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn line(measure: &Measure) -> String {
    let mut text = format!("iteration {}  energy {:.6}", measure.iteration, measure.value);
    if let Some(c) = measure.certificate.as_ref().filter(|c| c.gap.is_finite()) {
        text += &format!(", {}", bound::above_least(c));
    }
    text
}
