//! The gradient where the velocity will carry us: per-step factors on quadratics, and what happens where the curvature changes.

use super::path::{Path, walk};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::{Chart, ContourMap, Curve, Figure, Panel, Scale};
use ravine::Result;
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::{Descent, Layout, Objective, Solver, rule, surface, vector};

pub(super) struct Nesterov {
    kappa: f64,
}

/// A rule on quadratics with μ = 1 and L = κ: how it is set, and by which factor ρ its error falls per step.
struct Law {
    name: &'static str,
    rule: &'static str,
    /// η and γ; none for plain descent.
    knobs: fn(f64) -> Vec<(&'static str, f64)>,
    factor: fn(f64) -> f64,
    /// Two roots of the recursion meet: e_k falls like k·ρᵏ.
    double: bool,
}

const LAWS: [Law; 4] = [
    Law {
        name: "descent, η = 2/(L+μ)",
        rule: "gradient-descent",
        knobs: |kappa| vec![("eta", 2.0 / (kappa + 1.0))],
        factor: |kappa| (kappa - 1.0) / (kappa + 1.0),
        double: false,
    },
    Law {
        name: "Nesterov, η = 1/L",
        rule: "nesterov",
        knobs: |kappa| vec![("eta", 1.0 / kappa), ("gamma", (kappa.sqrt() - 1.0) / (kappa.sqrt() + 1.0))],
        factor: |kappa| 1.0 - 1.0 / kappa.sqrt(),
        double: true,
    },
    Law {
        name: "Nesterov at its best, η = 4/(3L+μ)",
        rule: "nesterov",
        knobs: |kappa| {
            let root = (3.0 * kappa + 1.0).sqrt();
            vec![("eta", 4.0 / (3.0 * kappa + 1.0)), ("gamma", (root - 2.0) / (root + 2.0))]
        },
        factor: |kappa| 1.0 - 2.0 / (3.0 * kappa + 1.0).sqrt(),
        double: true,
    },
    Law {
        name: "heavy ball, η = 4/(√L+√μ)²",
        rule: "momentum",
        knobs: |kappa| {
            let root = kappa.sqrt();
            vec![("eta", 4.0 / (root + 1.0).powi(2)), ("gamma", ((root - 1.0) / (root + 1.0)).powi(2))]
        },
        factor: |kappa| (kappa.sqrt() - 1.0) / (kappa.sqrt() + 1.0),
        double: true,
    },
];

impl Lesson for Nesterov {
    const NAME: &'static str = "nesterov";
    const PART: Part = Part::BetterSteps;
    const CLAIM: &'static str = "Taking the gradient at θ − γv, where the velocity will carry us, corrects momentum's jump: \
                                 it is faster than descent, and better than momentum.";
    const FORMULA: &'static str = "v ← γv + η∇R(θ − γv),  θ ← θ − v";

    fn new(effort: Effort) -> Self {
        Nesterov { kappa: if effort == Effort::Quick { 1e3 } else { 1e4 } }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("kappa", "κ, the largest condition of a quadratic", &mut self.kappa, Range::closed(10.0, 1e6)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let mut found = Findings::default();
        let mut kappas: Vec<f64> = (1..).map(|k| 10f64.powi(k)).take_while(|k| *k < self.kappa).collect();
        kappas.push(self.kappa);
        let mut rates = Vec::new(); // rates[κ][law]
        for kappa in &kappas {
            let mut row = Vec::new();
            for law in &LAWS {
                let (rate, wanted) = (rate(law, *kappa, desk)?, -(law.factor)(*kappa).ln());
                let name = format!("κ = {kappa}: {}: −ln of the factor per step", law.name);
                found.number(Number::new(name, rate).beside(wanted, 0.02 * wanted));
                row.push(rate);
            }
            rates.push(row);
        }
        let kinked = |rule: &str| -> Result<f64> {
            let law = LAWS.iter().rfind(|l| l.rule == rule).map(|l| (l.knobs)(Kinked::KAPPA)).unwrap_or_default();
            let knobs: Vec<_> = law.iter().map(|(name, value)| (*name, (*value).into())).collect();
            let values = walk(Kinked::default(), &[3.3], rule, &knobs, 500, desk)?.values;
            Ok(values.last().copied().unwrap_or(f64::NAN) / values.first().copied().unwrap_or(f64::NAN))
        };
        let (ball, ahead) = (kinked("momentum")?, kinked("nesterov")?);
        found.number(Number::new("where the curvature changes, heavy ball: value left after 500 steps, relative", ball));
        found.number(Number::new("where the curvature changes, Nesterov: value left after 500 steps, relative", ahead));

        let [descent, standard, best, heavy] = std::array::from_fn(|i| rates.iter().map(|r| r[i]).collect::<Vec<f64>>());
        found.case("on quadratics it is faster than descent", (0..kappas.len()).all(|i| standard[i] > descent[i]));
        found.case("on quadratics, each at its best, it is faster than momentum", (0..kappas.len()).all(|i| best[i] > heavy[i]));
        found.case("where the curvature changes it converges, and momentum does not", ahead < 1e-12 && ball > 1e-3);
        let last = kappas.len() - 1;
        found.say(format!(
            "At κ = {} a step of descent takes {:.2} % of the error away, one of Nesterov {:.2} %, one of the heavy ball {:.2} %: the roots of κ count.",
            self.kappa,
            -100.0 * (-descent[last]).exp_m1(),
            -100.0 * (-best[last]).exp_m1(),
            -100.0 * (-heavy[last]).exp_m1()
        ));
        found.say(
            "On quadratics, with both at their best, momentum is the faster one. But its best η is right for quadratics only: on a convex function of one \
             variable whose curvature jumps between 1 and 25 it goes round in circles (Lessard, Recht and Packard 2016), where Nesterov converges.",
        );
        found.figures.push(arrows(desk)?);
        found.figures.push(steps(&kappas, &rates));
        Ok(found)
    }
}

/// −ln ρ, measured between the middle and the end of a run that shrinks the error by about e^−200.
fn rate(law: &Law, kappa: f64, desk: &Desk<'_>) -> Result<f64> {
    let valley = surface::build("ravine", &[("kappa".into(), kappa.into()), ("dimension".into(), 3.0.into())], None, 0)?;
    let knobs: Vec<_> = (law.knobs)(kappa).into_iter().map(|(name, value)| (name, value.into())).collect();
    let mut descent = Descent::<f64>::new(Box::new(valley), vec![1.0; 3], rule::build(law.rule, &knobs)?)?;
    let half = (100.0 / -(law.factor)(kappa).ln()).ceil() as u64;
    let mut error_after_half = || -> Result<f64> {
        for k in 0..half {
            descent.step();
            if k % 10_000 == 0 {
                desk.go_on()?;
            }
        }
        let error = vector::norm(descent.theta()).ln();
        Ok(if law.double { error - (descent.steps() as f64).ln() } else { error })
    };
    let (middle, end) = (error_after_half()?, error_after_half()?);
    Ok((middle - end) / half as f64)
}

/// Convex, of one variable: J′(x) = 25x below 1, x + 24 from 1 to 2, 25x − 24 above. μ = 1, L = 25.
struct Kinked(Layout);

impl Default for Kinked {
    fn default() -> Self {
        Kinked(Layout::single("x", &[1]))
    }
}

impl Kinked {
    const KAPPA: f64 = 25.0;
}

impl Objective<f64> for Kinked {
    fn layout(&self) -> &Layout {
        &self.0
    }

    fn value(&mut self, x: &[f64]) -> f64 {
        self.value_and_gradient(x, &mut [0.0])
    }

    /// η = 4/(√L+√μ)² is stated for μ = 1, so the rules are used as they are.
    fn value_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let x = x[0];
        let (value, slope) = match x {
            x if x < 1.0 => (12.5 * x * x, 25.0 * x),
            x if x < 2.0 => (0.5 * x * x + 24.0 * x - 12.0, x + 24.0),
            x => (12.5 * x * x - 24.0 * x + 36.0, 25.0 * x - 24.0),
        };
        gradient[0] = slope;
        value
    }
}

/// One step of both rules from the same place with the same velocity, and the way of Nesterov.
fn arrows(desk: &Desk<'_>) -> Result<Figure> {
    const STEPS: u64 = 60;
    const SHOWN: usize = 6;
    let (eta, gamma) = (0.012, 0.8);
    let mut valley = surface::build("ravine", &[], None, 0)?;
    let start = valley.start();
    let way = |name: &str| -> Result<Path> {
        walk(surface::build("ravine", &[], None, 0)?, &start, name, &[("eta", eta.into()), ("gamma", gamma.into())], STEPS, desk)
    };
    let (ahead, ball) = (way("nesterov")?, way("momentum")?);
    let map = ContourMap::sampled("Jump, then correct", valley.window(), 161, |x, y| valley.value(&[x, y]));
    let (before, here, next) = (&ahead.points[SHOWN - 1], &ahead.points[SHOWN], &ahead.points[SHOWN + 1]);
    let probe = [here[0] + gamma * (here[0] - before[0]), here[1] + gamma * (here[1] - before[1])]; // θ − γv, as v = θ before − θ
    let point = |p: &[f64]| (p[0], p[1]);
    let paths = vec![
        Curve { label: "Nesterov".into(), points: ahead.plane() },
        Curve { label: "jump −γv".into(), points: vec![point(here), point(&probe)] },
        Curve { label: "correction −η∇R(θ − γv)".into(), points: vec![point(&probe), point(next)] },
    ];
    let chart = Chart {
        title: format!("The same η = {eta} and γ = {gamma}"),
        x_label: "step".into(),
        y_label: "J".into(),
        x_scale: Scale::Linear,
        scale: Scale::Logarithmic,
        curves: vec![
            Curve { label: "Nesterov".into(), points: ahead.curve() },
            Curve { label: "momentum".into(), points: ball.curve() },
        ],
    };
    Ok(Figure {
        title: "Nesterov's look ahead".into(),
        description: "Left, the way of Nesterov in a quadratic valley of condition 100, with one step taken apart: the jump by the velocity, \
                      and the correction by the gradient at its end. Right, the value over the steps beside that of momentum."
            .into(),
        panels: vec![Panel::Contours(ContourMap { minima: vec![(0.0, 0.0)], paths, ..map }), Panel::Chart(chart)],
    })
}

/// Steps that take the error down to a tenth, over κ.
fn steps(kappas: &[f64], rates: &[Vec<f64>]) -> Figure {
    let curve = |(i, law): (usize, &Law)| Curve {
        label: law.name.into(),
        points: kappas.iter().zip(rates).map(|(kappa, r)| (kappa.log10(), 10f64.ln() / r[i])).collect(),
    };
    let chart = Chart {
        title: "Steps to a tenth of the error".into(),
        x_label: "log₁₀ κ".into(),
        y_label: "steps".into(),
        x_scale: Scale::Linear,
        scale: Scale::Logarithmic,
        curves: LAWS.iter().enumerate().map(curve).collect(),
    };
    Figure {
        title: "The price of a long valley".into(),
        description:
            "Steps needed to take the error down to a tenth over the condition number: proportional to it for descent, to its \
                      root for the heavy ball and for Nesterov."
                .into(),
        panels: vec![Panel::Chart(chart)],
    }
}
