//! The bias of moving averages that start at zero: which way it bends the first steps of Adam.

use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use ravine::Result;
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::{Descent, Layout, Objective, Solver, State, rule};

pub(super) struct Adam {
    beta1: f64,
    beta2: f64,
    steps: f64,
}

/// J(x) = x: a gradient that never changes.
struct Slope(Layout);

impl Objective<f64> for Slope {
    fn layout(&self) -> &Layout {
        &self.0
    }
    fn value(&mut self, x: &[f64]) -> f64 {
        x[0]
    }
    fn value_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        gradient[0] = 1.0;
        x[0]
    }
}

/// Of each step k = 1, 2, …: its length in units of η, and m and v after it.
#[derive(Default)]
struct Steps {
    length: Vec<f64>,
    m: Vec<f64>,
    v: Vec<f64>,
}

impl Lesson for Adam {
    const NAME: &'static str = "adam";
    const PART: Part = Part::BetterSteps;
    const CLAIM: &'static str = "Averages that start at m⁰ = v⁰ = 0 are biased towards 0, and the first steps with them; \
                                 dividing by 1 − β₁ᵏ and 1 − β₂ᵏ corrects it.";
    const FORMULA: &'static str = "m ← β₁m + (1−β₁)g,  v ← β₂v + (1−β₂)g²,  m̂ = m/(1−β₁ᵏ),  v̂ = v/(1−β₂ᵏ),  θ ← θ − η m̂/√(v̂+ε)";

    fn new(_: Effort) -> Self {
        Adam { beta1: 0.9, beta2: 0.999, steps: 5000.0 }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("beta1", "β₁, the memory of the gradient", &mut self.beta1, Range::FRACTION));
        visit(Parameter::number("beta2", "β₂, the memory of its square", &mut self.beta2, Range::FRACTION));
        visit(Parameter::number("steps", "steps under a constant gradient", &mut self.steps, Range::closed(20.0, 1e6)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let (plain, corrected) = (self.steps(false, desk)?, self.steps(true, desk)?);
        let foretold: Vec<f64> = (1..=plain.length.len() as i32).map(|k| self.length(k)).collect();
        let peak = |lengths: &[f64]| (0..lengths.len()).max_by(|a, b| lengths[*a].total_cmp(&lengths[*b])).unwrap_or(0);
        let (at, theirs) = (peak(&plain.length), peak(&foretold));
        let last = plain.length.len() - 1;

        let mut found = Findings::default();
        let number = |name: &str, value: f64, theory: f64| Number::new(name, value).beside(theory, 1e-6 * theory.max(1.0));
        found.number(number("uncorrected: length of step 1", plain.length[0], foretold[0]).of("η"));
        found.number(number("uncorrected: the longest step", at as f64 + 1.0, theirs as f64 + 1.0));
        found.number(number("uncorrected: its length", plain.length[at], foretold[theirs]).of("η"));
        found.number(number("uncorrected: length of the last step", plain.length[last], foretold[last]).of("η"));
        let off = corrected.length.iter().map(|l| (l - 1.0).abs()).fold(0.0, f64::max);
        found.number(number("corrected: largest difference of a step from η", off, 0.0).of("η"));
        found.number(number("m after the first step, of a gradient of 1", plain.m[0], 1.0 - self.beta1));
        found.number(number("v after the first step, of a gradient of 1", plain.v[0], 1.0 - self.beta2));

        found.case("m and v are too small at first", plain.m[0] < 1.0 && plain.v[0] < 1.0);
        found.case("so the first steps are too short", plain.length[..10].iter().all(|l| *l < 1.0));
        found.case("with the correction every step has the length η", off < 1e-6);
        found.say(format!(
            "Both averages start too small, but the step divides one by the root of the other, and the root of v is the smaller one: without the correction \
             the first step is {:.2} times, step {} is {:.2} times as long as η.",
            plain.length[0],
            at + 1,
            plain.length[at]
        ));
        found
            .say("So the bias makes the first steps too long, not too short: the correction is a brake, and works like a warm-up.");
        found.say("With it, under a constant gradient, every step has the length η from the first on.");
        found.figures.push(self.figure(&plain, &corrected, &foretold));
        Ok(found)
    }
}

impl Adam {
    /// η(1−β₁ᵏ)/√(1−β₂ᵏ), in units of η.
    fn length(&self, k: i32) -> f64 {
        (1.0 - self.beta1.powi(k)) / (1.0 - self.beta2.powi(k)).sqrt()
    }

    /// Adam under a constant gradient.
    fn steps(&self, bias_correction: bool, desk: &Desk<'_>) -> Result<Steps> {
        let eta = 1.0;
        let knobs = [
            ("eta", eta.into()),
            ("beta1", self.beta1.into()),
            ("beta2", self.beta2.into()),
            ("epsilon", 1e-30.into()),
            ("bias_correction", bias_correction.into()),
        ];
        let slope = Box::new(Slope(Layout::single("x", &[1])));
        let mut descent = Descent::<f64>::new(slope, vec![0.0], rule::build("adam", &knobs)?)?;
        let mut steps = Steps::default();
        let mut before = 0.0;
        for _ in 0..self.steps as u64 {
            desk.go_on()?;
            descent.step();
            let now = descent.theta()[0];
            steps.length.push((before - now) / eta);
            before = now;
            descent.state(&mut |name, state| match (name, state) {
                ("update.m", State::Slice(m)) => steps.m.push(m[0]),
                ("update.v", State::Slice(v)) => steps.v.push(v[0]),
                _ => {}
            });
        }
        Ok(steps)
    }

    fn figure(&self, plain: &Steps, corrected: &Steps, foretold: &[f64]) -> Figure {
        let most = plain.length.len().min(1000);
        let curve = |label: &str, values: &[f64]| Curve {
            label: label.into(),
            points: values[..most].iter().enumerate().map(|(k, v)| ((k as f64 + 1.0).log10(), *v)).collect(),
        };
        let lengths = Chart {
            title: "A constant gradient".into(),
            x_label: "log₁₀ of the step k".into(),
            y_label: "length of the step, in units of η".into(),
            x_scale: Scale::Linear,
            scale: Scale::Linear,
            curves: vec![
                curve("uncorrected", &plain.length),
                curve("η(1−β₁ᵏ)/√(1−β₂ᵏ)", foretold),
                curve("corrected", &corrected.length),
            ],
        };
        let averages = Chart {
            title: "The averages of a gradient of 1".into(),
            x_label: "log₁₀ of the step k".into(),
            y_label: "m, v, √v".into(),
            x_scale: Scale::Linear,
            scale: Scale::Linear,
            curves: vec![
                curve("m", &plain.m),
                curve("v", &plain.v),
                curve("√v", &plain.v.iter().map(|v| v.sqrt()).collect::<Vec<_>>()),
            ],
        };
        Figure {
            title: "The first steps of Adam".into(),
            description:
                "Left, the length of each step of Adam under a constant gradient, without and with the correction of the bias. \
                          Right, the averages m and v without correction: the root of v lags behind m."
                    .into(),
            panels: vec![Panel::Chart(lengths), Panel::Chart(averages)],
        }
    }
}
