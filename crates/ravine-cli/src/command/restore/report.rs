//! What is said of a restored picture: lines for people, one object for programs.

use crate::bound;
use crate::exit::Result;
use crate::files::{Destination, Input};
use crate::output::Output;
use ravine::Named;
use ravine::image::io::Format;
use ravine::optim::StopReason;
use ravine::recipe::{Restoration, Span, Target, Trained};
use ravine::restore::{Ended, Restored, SigmaSource};
use serde::Serialize;

/// A picture that is done.
pub(super) struct Done<'a> {
    pub(super) input: &'a Input,
    pub(super) destination: &'a Destination,
    /// Of the file that was written.
    pub(super) format: Format,
    pub(super) restored: &'a Restored,
    pub(super) seconds: f64,
}

/// The object of one picture. What does not apply is absent.
#[derive(Serialize)]
struct Line<'a> {
    input: String,
    output: String,
    width: usize,
    height: usize,
    channels: usize,
    method: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    solver: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sigma: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sigma_source: Option<SigmaSource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lambda: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iterations: Option<u64>,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop: Option<Ended>,
    #[serde(skip_serializing_if = "Option::is_none")]
    primal: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dual: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gap: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    relative_gap: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    distance_bound: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimated_psnr: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_memory_bytes: Option<u64>,
    threads: usize,
    seed: u64,
    version: &'static str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'a [String],
}

impl Done<'_> {
    fn line(&self) -> Line<'_> {
        let r = self.restored;
        let grid = r.picture.grid();
        let c = r.certificate.filter(|c| c.gap.is_finite());
        Line {
            input: self.input.to_string(),
            output: self.destination.to_string(),
            width: grid.width,
            height: grid.height,
            channels: grid.channels,
            method: &r.settled.method,
            solver: solver(r),
            sigma: r.settled.sigma,
            sigma_source: r.sigma_source,
            lambda: r.settled.lambda,
            model: r.settled.model.as_ref().map(Trained::name),
            iterations: iterations(r),
            seconds: self.seconds,
            stop: stop(r),
            primal: c.map(|c| c.primal),
            dual: c.map(|c| c.dual),
            gap: c.map(|c| c.gap),
            relative_gap: c.map(|c| c.relative_gap()),
            distance_bound: c.and(r.distance_bound()),
            estimated_psnr: self.estimated_psnr(),
            peak_memory_bytes: peak_memory(),
            threads: rayon::current_num_threads(),
            seed: r.settled.seed,
            version: env!("CARGO_PKG_VERSION"),
            notes: &r.notes,
        }
    }

    /// For people: what was done, and how good it is.
    pub(super) fn sentences(&self) -> Vec<String> {
        let r = self.restored;
        let arrow = format!("{} → {}", self.input, self.destination);
        if r.is_untouched() {
            let why = match (r.settled.sigma, r.notes.is_empty()) {
                (Some(sigma), true) if sigma == 0.0 || r.sigma_source == Some(SigmaSource::Estimated) => {
                    format!("nothing to restore: σ = {sigma:.1} grey levels")
                }
                _ => "left as it is".into(),
            };
            return vec![format!("{arrow}  {why}")];
        }
        let mut text = format!("{arrow}  {}", r.settled.method);
        if let Some(sigma) = r.settled.sigma {
            let found = if r.sigma_source == Some(SigmaSource::Estimated) { " found" } else { "" };
            text += &format!(", σ = {sigma:.1}{found}");
        }
        if let Some(lambda) = r.settled.lambda {
            text += &format!(", λ = {lambda:.4}");
        }
        if let Some(solver) = solver(r) {
            text += &format!(", {solver}");
        }
        if let Some(iterations) = iterations(r) {
            text += &format!(", {iterations} iterations");
        }
        text += &format!(", {:.2}s", self.seconds);
        let mut lines = vec![text];
        lines.extend(self.missed().map(|missed| format!("  {missed}")));
        let certificate = r.certificate.filter(|c| c.gap.is_finite());
        if let (Some(c), Some(distance)) = (certificate, r.distance_bound()) {
            let distance =
                if distance < 0.01 { "less than 0.01".into() } else { format!("at most {}", bound::decimals(distance, 2)) };
            lines.push(format!(
                "  certified {}: {distance} grey levels (root mean square) from the exact minimiser; its energy is {}",
                self.before(),
                bound::above_least(&c)
            ));
        }
        if let Some(psnr) = self.estimated_psnr() {
            lines.push(format!("  estimated from the noise alone: {psnr:.1} dB to the clean picture, which nobody has seen"));
        }
        lines
    }
}

impl Done<'_> {
    /// What happened to the picture after it was certified.
    pub(super) fn before(&self) -> String {
        let mut later = self.changes();
        match self.format {
            Format::Jpeg => later.push("JPEG compression"),
            _ if later.is_empty() => later.push("rounding to the file"),
            _ => {}
        }
        format!("before {}", later.join(" and "))
    }

    /// The options that changed the minimiser: all but the range that an integer format has anyway.
    fn changes(&self) -> Vec<&'static str> {
        let settled = &self.restored.settled;
        let usual = match self.restored.picture.companion.depth.is_integer() {
            true => Span::Between(0.0, 1.0),
            false => Span::Unbounded,
        };
        let ranged = settled.range != Span::Unbounded && settled.range != usual;
        let all = [(settled.strength < 1.0, "--strength"), (ranged, "--range")];
        all.into_iter().filter_map(|(changed, option)| changed.then_some(option)).collect()
    }

    /// The estimate is of the minimiser: of another picture it says nothing.
    pub(super) fn estimated_psnr(&self) -> Option<f64> {
        self.restored.estimated_psnr.filter(|_| self.changes().is_empty() && self.format != Format::Jpeg)
    }

    /// What was wanted and not reached, where something else ended the run.
    fn missed(&self) -> Option<String> {
        let by = match self.restored.stop {
            Ended::Ran(StopReason::TimeLimit) => "the time limit",
            Ended::Ran(StopReason::Cancelled) => "Ctrl-C",
            Ended::Ran(StopReason::MaxIterations) => "the limit on iterations",
            _ => return None,
        };
        let wanted = match self.restored.settled.until? {
            Target::Distance(levels) => format!("at most {levels} grey levels from the exact minimiser"),
            Target::Gap(gap) => format!("a relative gap of {gap}"),
        };
        Some(format!("stopped by {by}; {wanted} was wanted"))
    }
}

/// Where there are any: a network has none.
pub(crate) fn iterations(restored: &Restored) -> Option<u64> {
    stop(restored).map(|_| restored.iterations)
}

/// Why it ended, where it could have ended otherwise.
pub(crate) fn stop(restored: &Restored) -> Option<Ended> {
    Some(restored.stop).filter(|stop| !matches!(stop, Ended::Applied(_)))
}

fn solver(restored: &Restored) -> Option<&str> {
    let settled = &restored.settled;
    settled.rule.as_ref().map(|rule| rule.name.as_str()).or(settled.solver.as_deref())
}

/// Says it.
pub(super) fn done(done: &Done<'_>, json: bool, output: &mut Output) -> Result<()> {
    for note in &done.restored.notes {
        output.note(format_args!("{}: {note}", done.input));
    }
    if json {
        return output.json(&done.line());
    }
    for line in done.sentences() {
        match done.destination {
            Destination::Stdout => output.note(line), // standard output is the picture
            Destination::File(_) => output.line(line)?,
        }
    }
    output.flush()
}

/// Says that a result is there already.
pub(super) fn skipped(input: &Input, destination: &Destination, json: bool, output: &mut Output) -> Result<()> {
    #[derive(Serialize)]
    struct Skipped {
        input: String,
        output: String,
        skipped: bool,
    }
    match json {
        true => output.json(&Skipped { input: input.to_string(), output: destination.to_string(), skipped: true }),
        false => output.line(format_args!("{input} → {destination}  is there already")),
    }
}

/// What a run that did not converge has to say.
pub(super) fn divergence(restored: &Restored, asked: &Restoration) -> String {
    let eta = |rule: &Option<Named>| rule.as_ref().and_then(|rule| rule.set.get("eta").cloned());
    let advice = match (eta(&asked.rule), eta(&restored.settled.rule)) {
        (Some(eta), _) => format!("--set eta={eta} is too large for this energy: without it, eta is chosen"),
        (None, Some(eta)) => format!("eta = {eta}, which was chosen, is too large for this energy: give --set eta= a smaller one"),
        (None, None) => "the numbers of the picture are too large or too small: --white brings them to 0..1".into(),
    };
    format!("the iteration diverged after {} iterations, nothing was written; {advice}", restored.iterations)
}

/// The most memory that this process has held, where the system tells it.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
