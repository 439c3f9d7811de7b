//! How far a training is, on standard error: a bar on a terminal that every validation leaves a line above, else those lines.

use crate::output::{ProgressKind, say};
use indicatif::{ProgressBar, ProgressStyle};
use ravine::net::journal::Entry;
use ravine::train::{Begun, Event};
use std::time::{Duration, Instant};

/// Between two changes of the bar.
const PAUSE: Duration = Duration::from_millis(200);
/// The weight of the newest loss in the mean that the bar shows.
const NEWEST: f64 = 0.05;

/// Shows the events of one training.
pub(crate) struct Progress {
    kind: ProgressKind,
    bar: Option<ProgressBar>,
    steps: u64,
    from: u64,
    limit: Option<f64>,
    begin: Instant,
    changed: Instant,
    loss: Option<f64>,
    last: String, // what the last validation said
}

impl Progress {
    pub(crate) fn new(kind: ProgressKind) -> Self {
        let now = Instant::now();
        let last = String::new();
        Progress { kind, bar: None, steps: 0, from: 0, limit: None, begin: now, changed: now, loss: None, last }
    }

    /// Shows one event.
    pub(crate) fn show(&mut self, event: &Event<'_>) {
        if self.kind == ProgressKind::None {
            return;
        }
        match event {
            Event::Note(note) => self.line(note),
            Event::Begun(begun) => self.begun(begun),
            Event::Step { step, loss } => self.step(*step, *loss),
            Event::Validated(entry) => self.validated(entry),
        }
    }

    fn begun(&mut self, begun: &Begun) {
        let settled = &begun.settled;
        self.steps = settled.steps.given().copied().unwrap_or(0);
        (self.from, self.limit, self.begin) = (begun.from, settled.time_limit, Instant::now());
        let pictures = match (&settled.photographs, settled.scenes) {
            (None, _) => "drawn scenes".into(),
            (Some(p), 0.0) => format!("{} photographs", p.count),
            (Some(p), share) => format!("{} photographs and, {:.0} % of them, drawn scenes", p.count, 100.0 * share),
        };
        let goes_on = if begun.from > 0 { format!(", going on from step {}", begun.from) } else { String::new() };
        self.line(&format!(
            "{} with {} weights, {} pictures of {} × {} a step from {pictures}, {} steps{goes_on}",
            settled.network.name, begun.weights, settled.batch, settled.crop_size, settled.crop_size, self.steps
        ));
        if self.kind == ProgressKind::Bar {
            let bar = ProgressBar::new(self.steps);
            if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len}  {msg}") {
                bar.set_style(style);
            }
            bar.set_position(begun.from);
            self.bar = Some(bar);
        }
    }

    fn step(&mut self, step: u64, loss: f64) {
        let mean = self.loss.map_or(loss, |mean| mean + NEWEST * (loss - mean));
        self.loss = Some(mean);
        let Some(bar) = &self.bar else { return };
        if self.changed.elapsed() >= PAUSE {
            self.changed = Instant::now();
            bar.set_position(step);
            bar.set_message(format!("loss {mean:.3e} (smoothed)  {}  {}", self.last, self.left(step)));
        }
    }

    fn validated(&mut self, entry: &Entry) {
        self.last = format!("PSNR {:.2} dB", entry.psnr);
        let loss = entry.loss.map_or(String::new(), |loss| format!("  loss {loss:.3e}"));
        let rate = entry.images_per_second.map_or(String::new(), |rate| format!("  {rate:.0} images/s"));
        let left = self.left(entry.step);
        let text =
            format!("step {}/{}{loss}  PSNR {:.2} ± {:.2} dB{rate}  {left}", entry.step, self.steps, entry.psnr, entry.psnr_error);
        self.line(text.trim_end());
    }

    /// By the pace of this run, and by the time that is left.
    fn left(&self, step: u64) -> String {
        let (made, passed) = (step.saturating_sub(self.from), self.begin.elapsed().as_secs_f64());
        if made == 0 || step >= self.steps {
            return String::new();
        }
        let by_pace = passed / made as f64 * (self.steps - step) as f64;
        let left = self.limit.map_or(by_pace, |limit| by_pace.min((limit - passed).max(0.0)));
        format!("{} left", duration(left))
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => say(text),
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

/// `1:02:03`, or `2:03`.
fn duration(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_are_those_of_a_clock() {
        assert_eq!([0.4, 59.6, 3599.0, 3723.0].map(duration), ["0:00", "1:00", "59:59", "1:02:03"]);
    }
}
