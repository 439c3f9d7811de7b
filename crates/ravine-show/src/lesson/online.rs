//! Learning from a stream, sample by sample, while the truth stands still or drifts: a constant η beside one that decreases.

use super::regression::descent;
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::number::short;
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use ravine::Result;
use ravine::optim::objective::drift::Drift;
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::statistics::{bootstrap, mean, slope};
use ravine::optim::{Descent, Schedule, Solver, Update, rule, schedule};

const UNKNOWNS: usize = 4;
/// η of the constant rule; the decreasing one is ETA/(1 + RATE·t), about 1/t in the end: what serves a truth that stands still.
const ETA: f64 = 0.1;
const RATE: f64 = 0.1;

pub(super) struct Online {
    noise: f64,
    speed: f64,
    steps: f64,
    runs: f64,
}

impl Lesson for Online {
    const NAME: &'static str = "online";
    const PART: Part = Part::GradientDescent;
    const CLAIM: &'static str = "SGD allows online learning: it learns from each sample as it comes, and with a decreasing η ends where \
                                 all samples together would.";
    const FORMULA: &'static str = "regret(T) = Σₜ Rₜ(θₜ) − Rₜ(θ*ₜ),  θ*ₜ₊₁ = θ*ₜ + δzₜ";

    fn new(effort: Effort) -> Self {
        match effort {
            Effort::Quick => Online { noise: 0.5, speed: 0.05, steps: 10_000.0, runs: 12.0 },
            Effort::Full => Online { noise: 0.5, speed: 0.05, steps: 100_000.0, runs: 32.0 },
        }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("noise", "σ, the noise on what is seen", &mut self.noise, Range::closed(1e-3, 10.0)));
        visit(Parameter::number("speed", "δ, the drift of each unknown in a step", &mut self.speed, Range::closed(1e-6, 1.0)));
        visit(Parameter::number("steps", "T, samples of a stream", &mut self.steps, Range::closed(1e3, 1e7)));
        visit(Parameter::number("runs", "streams, each with a seed of its own", &mut self.runs, Range::closed(2.0, 1e4)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let regrets = |decreasing: bool, speed: f64| -> Result<Vec<Regret>> {
            (0..self.runs as u64).map(|i| self.follow(decreasing, speed, desk.seed + i, desk)).collect()
        };
        let still = [regrets(false, 0.0)?, regrets(true, 0.0)?];
        let drifting = [regrets(false, self.speed)?, regrets(true, self.speed)?];
        let growth = |runs: &[Regret]| bootstrap(&runs.iter().map(Regret::growth).collect::<Vec<_>>(), mean, 0.95, desk.seed);
        let theory = Drift::new(UNKNOWNS, self.noise, self.speed, 0)?.tracking_error(ETA);
        let tracked = bootstrap(&drifting[0].iter().map(|r| r.distance / theory).collect::<Vec<_>>(), mean, 0.95, desk.seed);
        let ratio = |pair: &[Vec<Regret>; 2]| {
            let of: Vec<f64> = pair[1].iter().zip(&pair[0]).map(|(d, c)| (d.end() / c.end()).ln()).collect();
            bootstrap(&of, mean, 0.95, desk.seed)
        };
        let (calm, lost) = (ratio(&still), ratio(&drifting));
        let (falls, stays) = (growth(&still[1]), growth(&still[0]));

        let mut found = Findings::default();
        found.number(Number::new("truth stands still: order of the constant η's regret in T", stays.value).beside(1.0, 0.1));
        found.number(Number::new("truth stands still: order of the decreasing η's regret in T", falls.value));
        found.number(Number::within("truth drifts: mean square distance of the constant η over theory", tracked).beside(1.0, 0.05));
        found.number(Number::new(
            format!("truth stands still: ln of regret, decreasing over constant η, T = {}", self.steps),
            calm.value,
        ));
        found
            .number(Number::new(format!("truth drifts: ln of regret, decreasing over constant η, T = {}", self.steps), lost.value));
        found.case("a truth that stands still is learnt with a decreasing η: the regret per sample vanishes", falls.high < 0.7);
        found.case("and with less regret than with a constant η", calm.high < 0.0);
        found.case(
            "a truth that drifts is followed by a constant η at the distance that theory foretells",
            (tracked.value - 1.0).abs() < 0.05,
        );
        found.case("and by a decreasing η with less regret", lost.high < 0.0);
        found.say(format!(
            "While the truth stands still, the regret of a decreasing η grows only like T to the power {:.2}, that of a constant one in proportion to T: after {} samples \
             the decreasing one has {:.3} times the other's.",
            falls.value,
            short(self.steps),
            calm.value.exp()
        ));
        found.say(format!(
            "When the truth drifts by {} a step, the constant η follows it at {:.2} times the distance of theory; the decreasing one falls asleep, and pays {} times \
             as much.",
            short(self.speed),
            tracked.value,
            short(lost.value.exp())
        ));
        found.say("Annealing is for a truth that waits. Who learns from a stream that changes must keep η up: the best one balances noise and drift.");
        found.figures.push(figure(&still, &drifting));
        Ok(found)
    }
}

/// What a stream cost.
struct Regret {
    /// (T, regret up to T), T ever further apart.
    sums: Vec<(f64, f64)>,
    /// Mean of ‖θₜ − θ*ₜ‖² over the second half.
    distance: f64,
}

impl Regret {
    fn end(&self) -> f64 {
        self.sums.last().map_or(f64::NAN, |s| s.1)
    }

    /// The slope of ln(regret) over ln(T) over the last decade of T.
    fn growth(&self) -> f64 {
        let last = self.sums.last().map_or(0.0, |s| s.0);
        let (t, regret): (Vec<f64>, Vec<f64>) =
            self.sums.iter().filter(|s| s.0 >= 0.1 * last).map(|s| (s.0.ln(), s.1.ln())).unzip();
        slope(&t, &regret).value
    }
}

impl Online {
    /// From θ = (1, …, 1), where the truth starts at 0.
    fn follow(&self, decreasing: bool, speed: f64, seed: u64, desk: &Desk<'_>) -> Result<Regret> {
        let stream = Drift::new(UNKNOWNS, self.noise, speed, seed)?;
        let start = vec![1.0; UNKNOWNS];
        let mut way = if decreasing { annealed(stream, start)? } else { descent(stream, &start, ETA)? };
        let (least, steps) = (0.5 * self.noise * self.noise, self.steps as u64);
        let (mut regret, mut late, mut sums, mut next) = (0.0, 0.0, Vec::new(), 10.0);
        for t in 0..steps {
            if t.is_multiple_of(1024) {
                desk.go_on()?;
            }
            way.objective().draw(t);
            let excess = way.measure().value - least;
            regret += excess;
            late += if t >= steps / 2 { 2.0 * excess } else { 0.0 };
            if (t + 1) as f64 >= next || t + 1 == steps {
                sums.push(((t + 1) as f64, regret));
                next = 1.2 * (t + 1) as f64;
            }
            way.step();
        }
        Ok(Regret { sums, distance: late / (steps - steps / 2) as f64 })
    }
}

/// Plain descent with η/(1 + kt).
fn annealed(stream: Drift, start: Vec<f64>) -> Result<Descent<f64>> {
    let falling: Schedule = schedule::build("inverse-time", &[("rate", RATE.into())])?;
    let mut update: Box<dyn Update<f64>> = rule::build("gradient-descent", &[("eta", ETA.into())])?;
    update.schedule("eta", falling)?;
    Ok(Descent::new(Box::new(stream), start, update)?)
}

fn figure(still: &[Vec<Regret>; 2], drifting: &[Vec<Regret>; 2]) -> Figure {
    let curve = |label: &str, runs: &[Regret]| Curve {
        label: label.into(),
        points: (0..runs[0].sums.len())
            .map(|i| (runs[0].sums[i].0, mean(&runs.iter().map(|r| r.sums[i].1).collect::<Vec<_>>())))
            .collect(),
    };
    let chart = |title: &str, pair: &[Vec<Regret>; 2]| {
        Panel::Chart(Chart {
            title: title.into(),
            x_label: "samples seen, T".into(),
            y_label: "regret up to T, mean of the streams".into(),
            x_scale: Scale::Logarithmic,
            scale: Scale::Logarithmic,
            curves: vec![curve("constant η", &pair[0]), curve("decreasing η", &pair[1])],
        })
    };
    Figure {
        title: "Learning from a stream".into(),
        description: "Regret over the number of samples seen, for a constant and a decreasing learning rate: left for a truth that stands still, where the \
                      decreasing one wins, right for a truth that drifts, where it loses."
            .into(),
        panels: vec![chart("The truth stands still", still), chart("The truth drifts", drifting)],
    }
}
