//! How far a survey is, on standard error: a bar on a terminal, else a line every few seconds.

use crate::output::{ProgressKind, say};
use indicatif::{ProgressBar, ProgressStyle};
use ravine::landscape::Event;
use std::time::{Duration, Instant};

/// Between two lines.
const PAUSE: Duration = Duration::from_secs(5);

/// Shows the events of one survey.
pub(super) struct Progress {
    kind: ProgressKind,
    bar: Option<ProgressBar>,
    last: Instant,
}

impl Progress {
    pub(super) fn new(kind: ProgressKind) -> Self {
        let bar = (kind == ProgressKind::Bar).then(|| {
            let bar = ProgressBar::new(0);
            if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg}") {
                bar.set_style(style);
            }
            bar
        });
        Progress { kind, bar, last: Instant::now() }
    }

    pub(super) fn show(&mut self, event: Event) {
        let (done, of, what) = match event {
            Event::Points(done, of) => (done, of, "points"),
            Event::Products(done, of) => (done, of, "products with the Hessian at most"),
        };
        if let Some(bar) = &self.bar {
            bar.set_length(of as u64);
            bar.set_position(done as u64);
            bar.set_message(what);
        } else if self.kind == ProgressKind::Lines && self.last.elapsed() >= PAUSE {
            say(format_args!("{done} of {of} {what}"));
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
