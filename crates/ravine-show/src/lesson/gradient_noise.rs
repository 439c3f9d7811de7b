//! Noise added to the gradient, less and less of it: a deep plain chain, from a good start and from a bad one.
//!
//! The bad start has weights so small that what flows through the chain dies away: each convolution halves it once more than it should.
//! Without noise and with, the same number of trials looks for the best η, or for the best η and s.

use super::sparse::middle;
use super::student::{Course, Student, crops, independent};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use ravine::Result;
use ravine::net::{Design, Loss, Network, Pairs, Samples, Validation};
use ravine::optim::edit::Noise;
use ravine::optim::parameter::{Parameter, Range, Setting, Visitor};
use ravine::optim::schedule;
use std::sync::Arc;

const CROP: usize = 16;
const BATCH: usize = 4;
const SIGMA: f64 = 25.0;
/// The weights of the bad start over those of He's.
const SHRUNK: f32 = 0.5;
/// The levels of Neelakantan et al. 2015.
const LEVELS: [f64; 3] = [0.01, 0.3, 1.0];
/// As many as the rates with noise times the levels.
const ETAS: [f64; 9] = [0.003, 0.006, 0.01, 0.02, 0.03, 0.06, 0.1, 0.2, 0.3];
const ETAS_WITH_NOISE: [f64; 3] = [0.01, 0.03, 0.1];
/// Of the run on which η and s are chosen, beyond all that are judged.
const TUNING: u64 = 1000;
/// Points of a curve.
const LOOKS: u64 = 12;

pub(super) struct GradientNoise {
    depth: f64,
    steps: f64,
    seeds: f64,
}

/// From where, and with how much noise.
#[derive(Clone, Copy)]
struct Arm {
    bad: bool,
    eta: f64,
    /// s
    level: f64,
}

struct Classroom {
    network: Arc<Network<f32>>,
    pairs: Arc<dyn Pairs>,
    held_out: Arc<Validation>,
}

impl Lesson for GradientNoise {
    const NAME: &'static str = "gradient-noise";
    const PART: Part = Part::Strategies;
    const CLAIM: &'static str = "Noise added to the gradient, less with every step, helps a deep network to learn.";
    const FORMULA: &'static str = "g ← g + σₜ z,  z ~ N(0, I),  σₜ² = s/(1+t)ᵖ, p = 0.55";

    fn new(effort: Effort) -> Self {
        match effort {
            Effort::Quick => GradientNoise { depth: 8.0, steps: 96.0, seeds: 4.0 },
            Effort::Full => GradientNoise { depth: 8.0, steps: 180.0, seeds: 24.0 },
        }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("depth", "convolutions of the chain, a whole number", &mut self.depth, Range::closed(2.0, 64.0)));
        visit(Parameter::number("steps", "steps of a training", &mut self.steps, Range::closed(LOOKS as f64, 1e6)));
        visit(Parameter::number("seeds", "trainings of each kind that are judged", &mut self.seeds, Range::closed(3.0, 1000.0)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let mut found = Findings::default();
        let room = self.classroom(desk)?;
        let mut arms = Vec::new(); // good plain, good noisy, bad plain, bad noisy
        for bad in [false, true] {
            arms.push(self.choose(&room, ETAS.map(|eta| Arm { bad, eta, level: 0.0 }), desk)?);
            let noisy = ETAS_WITH_NOISE.into_iter().flat_map(|eta| LEVELS.map(|level| Arm { bad, eta, level }));
            arms.push(self.choose(&room, noisy, desk)?);
        }
        let judged = |arm: &Arm| {
            (0..self.seeds as u64).map(|i| self.risks(&room, *arm, desk.seed + i, LOOKS, desk)).collect::<Result<Vec<_>>>()
        };
        let runs = arms.iter().map(judged).collect::<Result<Vec<_>>>()?;
        let last = |i: usize| runs[i].iter().map(|risks| risks.last().copied().unwrap_or(f64::NAN));
        let label = |arm: &Arm| {
            let start = if arm.bad { "bad start" } else { "good start" };
            if arm.level > 0.0 {
                format!("{start}, noise s = {}, η = {}", arm.level, arm.eta)
            } else {
                format!("{start}, η = {}", arm.eta)
            }
        };
        let steps = self.steps;
        for (i, arm) in arms.iter().enumerate() {
            found.number(Number::within(format!("{}: held-out risk after {steps} steps", label(arm)), middle(last(i), desk)));
        }
        let ratio = |a: usize, b: usize| middle(last(a).zip(last(b)).map(|(a, b)| a / b), desk);
        let (good, bad, healed) = (ratio(1, 0), ratio(3, 2), ratio(3, 0));
        found.number(Number::within(format!("good start, {steps} steps: risk with noise over without"), good));
        found.number(Number::within(format!("bad start, {steps} steps: risk with noise over without"), bad));
        found.number(Number::within(
            format!("{steps} steps: risk from the bad start with noise over that from the good one without"),
            healed,
        ));

        found.below("from a bad start the risk is lower with noise", bad, 1.0);
        found.below("from a good start it is lower, too", good, 1.0);
        found.case("with noise a bad start does no harm", healed.low <= 1.0);
        found.say(format!(
            "A chain of {} convolutions begins with weights {SHRUNK} times as large as they should be (He et al. 2015), so that what flows through it dies away. After {steps} \
             steps noise on the gradient leaves it {:.3} times the risk of the same training without ({:.3} to {:.3}), each at the best settings of nine; from the good \
             start {:.3} times ({:.3} to {:.3}).",
            self.depth, bad.value, bad.low, bad.high, good.value, good.low, good.high
        ));
        found.say(format!(
            "With noise the bad start ends at {:.2} times the risk of the good start without ({:.2} to {:.2}): {}. To start well is one line of code, and costs nothing.",
            healed.value,
            healed.low,
            healed.high,
            if healed.low > 1.0 { "noise does not make up for it, which refutes the strongest form of the claim" } else { "noise may make up for it" }
        ));
        let open = found.cases.iter().filter(|case| case.open).count();
        if open > 0 {
            found.say(format!(
                "{open} of the {} statements stay open with {} trainings of each kind: nothing of the claim was found true, but a help within these \
                 intervals is not ruled out.",
                found.cases.len(),
                self.seeds
            ));
        }
        let curve = |(arm, runs): (&Arm, &Vec<Vec<f64>>)| {
            let at = |k: usize| middle(runs.iter().map(|risks| risks.get(k).copied().unwrap_or(f64::NAN)), desk).value;
            Curve {
                label: label(arm),
                points: (0..=LOOKS as usize).map(|k| (k as f64 * (self.steps / LOOKS as f64).floor(), at(k))).collect(),
            }
        };
        found.figures.push(Figure {
            title: "Noise on the gradient".into(),
            description: "The held-out risk over the steps from a good and from a bad start, each without and with noise on the gradient; medians of the seeds."
                .into(),
            panels: vec![Panel::Chart(Chart {
                title: format!("A plain chain of {} convolutions", self.depth),
                x_label: "step".into(),
                y_label: "held-out risk".into(),
                x_scale: Scale::Linear,
                scale: Scale::Logarithmic,
                curves: arms.iter().zip(&runs).map(curve).collect(),
            })],
        });
        Ok(found)
    }
}

impl GradientNoise {
    fn classroom(&self, desk: &Desk<'_>) -> Result<Classroom> {
        let plain: [(&str, Setting); 4] =
            [("depth", self.depth.into()), ("width", 8.0.into()), ("batch_norm", false.into()), ("residual", false.into())];
        let network = Arc::new(Design::new("dncnn", &plain, 1)?.network()?);
        let held_out = Validation::held_out(independent(CROP, SIGMA)?.as_ref(), desk.seed, 32, Loss::L2)?;
        Ok(Classroom { network, pairs: crops(CROP, SIGMA)?, held_out: Arc::new(held_out) })
    }

    /// The arm that ends lowest on the seed for tuning.
    fn choose(&self, room: &Classroom, arms: impl IntoIterator<Item = Arm>, desk: &Desk<'_>) -> Result<Arm> {
        let mut best = (f64::INFINITY, None);
        for arm in arms {
            let risk = self.risks(room, arm, desk.seed + TUNING, 1, desk)?.last().copied().unwrap_or(f64::INFINITY);
            if best.1.is_none() || risk < best.0 {
                best = (risk, Some(arm));
            }
        }
        Ok(best.1.unwrap_or(Arm { bad: false, eta: ETAS[0], level: 0.0 })) // there was an arm
    }

    /// The held-out risk at the beginning and after each of `looks` parts of the steps; ∞ once it has diverged.
    fn risks(&self, room: &Classroom, arm: Arm, seed: u64, looks: u64, desk: &Desk<'_>) -> Result<Vec<f64>> {
        let knobs = [("eta", arm.eta.into())];
        let course = Course {
            pairs: room.pairs.clone(),
            samples: Samples::Fresh,
            batch: BATCH,
            seed,
            rule: "gradient-descent",
            knobs: &knobs,
        };
        let mut theta = room.network.initial(seed);
        if arm.bad {
            theta.iter_mut().for_each(|w| *w *= SHRUNK);
        }
        let mut student = Student::new(&room.network, &room.held_out, &course)?.starting_at(&theta);
        if arm.level > 0.0 {
            let falling = schedule::build("inverse-time", &[("rate", 1.0.into()), ("power", 0.275.into())])?;
            student = student.edited(Box::new(Noise::new(arm.level.sqrt(), seed).following(falling)));
        }
        let part = self.steps as u64 / LOOKS * (LOOKS / looks);
        let mut risks = vec![student.score(&room.held_out)?.risk];
        for _ in 0..looks {
            let losses = student.learn(part, desk)?;
            let risk = student.score(&room.held_out)?.risk;
            risks.push(if (losses.len() as u64) < part || !risk.is_finite() { f64::INFINITY } else { risk });
        }
        Ok(risks)
    }
}
