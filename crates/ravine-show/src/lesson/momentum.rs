//! The heavy ball: how many steps it takes for each η and γ, where it is stable, and what it does to gradients that agree or alternate.

use super::path::{Path, walk};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::heat::{Axis, HeatMap};
use crate::plot::number::short;
use crate::plot::{ContourMap, Curve, Figure, Panel, Scale};
use ravine::Result;
use ravine::optim::parameter::{Parameter, Range, Setting, Visitor};
use ravine::optim::{Descent, Layout, Objective, Solver, Surface, rule, surface, vector};

/// The distance that is to be left, relative to that of the start.
const TOLERANCE: f64 = 1e-6;
/// Steps after which a cell of the map is given up.
const PATIENCE: u64 = 3000;
/// γ at which the limit of stability is sought.
const GAMMAS: [f64; 5] = [0.0, 0.5, 0.83, 0.9, 0.99];
/// The share of 2/L at which plain descent oscillates strongly.
const SHARE: f64 = 0.95;

pub(super) struct Momentum {
    kappa: f64,
    eta: f64,
    gamma: f64,
    cells: f64,
}

impl Lesson for Momentum {
    const NAME: &'static str = "momentum";
    const PART: Part = Part::BetterSteps;
    const CLAIM: &'static str = "Adding a fraction of the last move damps oscillation across ravines, goes faster where gradients agree, \
                                 and allows larger steps.";
    const FORMULA: &'static str = "v ← γv + η∇R(θ),  θ ← θ − v";

    /// The slide's α = 0.0035 and β = 0.83.
    fn new(effort: Effort) -> Self {
        Momentum { kappa: 100.0, eta: 0.0035, gamma: 0.83, cells: if effort == Effort::Quick { 24.0 } else { 64.0 } }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("kappa", "κ, the condition of the ravine: μ = 1, L = κ", &mut self.kappa, Range::closed(4.0, 1e4)));
        visit(Parameter::number("eta", "η of the example; the slide's α", &mut self.eta, Range::POSITIVE));
        visit(Parameter::number("gamma", "γ of the example; the slide's β", &mut self.gamma, Range::FRACTION));
        visit(Parameter::number("cells", "cells along each side of the map", &mut self.cells, Range::closed(4.0, 400.0)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let mut found = Findings::default();
        let (kappa, gamma) = (self.kappa, self.gamma);
        let mut off: f64 = 0.0;
        for gamma in GAMMAS {
            let limit = self.limit(gamma, desk)?;
            off = off.max((limit - 1.0).abs());
            found.number(
                Number::new(format!("γ = {gamma}: η at which it begins to diverge, times L/(2(1+γ))"), limit).beside(1.0, 0.01),
            );
        }
        let (agreeing, alternating) = (self.pushed(Push::new(false), desk)?, self.pushed(Push::new(true), desk)?);
        let (more, less) = (1.0 / (1.0 - gamma), 1.0 / (1.0 + gamma));
        found.number(Number::new("step under gradients that agree, over that of descent", agreeing).beside(more, 0.02 * more));
        found.number(
            Number::new("step under gradients that alternate, over that of descent", alternating).beside(less, 0.02 * less),
        );

        let best = Best::of(kappa);
        let steps = |eta: f64, gamma: f64| self.steps(eta, gamma, 100 * PATIENCE, desk);
        let (plain, ball, slide) = (steps(2.0 / (kappa + 1.0), 0.0)?, steps(best.eta, best.gamma)?, steps(self.eta, gamma)?);
        found.number(Number::new("steps to 10⁻⁶ of descent at its best", plain));
        found.number(Number::new("steps to 10⁻⁶ at theory's η and γ", ball));
        found.number(Number::new("steps to 10⁻⁶ at the slide's η and γ", slide));
        found.number(Number::new("steps to 10⁻⁶ of descent at the slide's η", steps(self.eta, 0.0)?));
        let map = self.map(desk)?;
        let fewest = map.steps.iter().flatten().copied().fold(f64::INFINITY, f64::min); // NaN is passed over
        found.number(Number::new("fewest steps to 10⁻⁶ on the map", fewest));

        let edge = SHARE * 2.0 / kappa;
        let crossings = |eta: f64, gamma: f64| self.crossings(eta, gamma, desk);
        let (swinging, damped) = (crossings(edge, 0.0)?, crossings(edge, gamma)?);
        let (still, calm) = (crossings(self.eta, 0.0)?, crossings(self.eta, gamma)?);
        found.number(Number::new("crossings of the valley floor in 100 steps, η = 0.95 · 2/L: descent", swinging));
        found.number(Number::new("crossings of the valley floor in 100 steps, η = 0.95 · 2/L: momentum", damped));
        found.number(Number::new("crossings of the valley floor in 100 steps, the slide's η: descent", still));
        found.number(Number::new("crossings of the valley floor in 100 steps, the slide's η: momentum", calm));

        found.case("it allows larger steps: it is stable exactly for η < 2(1+γ)/L", off <= 0.01);
        found.case("gradients that agree are amplified by 1/(1−γ)", (agreeing / more - 1.0).abs() <= 0.02);
        found.case("gradients that alternate are damped", alternating < 1.0);
        found.case("it needs fewer steps than descent, each at its best", ball < plain);
        found.case("where descent swings across the valley, it swings less", damped < swinging);
        found.case("with the slide's η it swings no more than descent", calm <= still);
        found.say(format!(
            "In a ravine of condition {kappa} momentum at its best comes to a millionth of the distance in {ball} steps, descent at its best in {plain}. With the \
             slide's η = {} and γ = {gamma} it takes {slide}.",
            self.eta
        ));
        found.say(format!(
            "It is stable up to η = 2(1+γ)/L, nearly twice as far as descent, and along the floor of the valley, where gradients agree, its steps are {agreeing:.1} \
             times as long."
        ));
        found.say(format!(
            "But it also makes oscillations of its own: with the slide's numbers the ball crosses the floor {calm} times in 100 steps, where descent crosses it {still} \
             times. Momentum damps the swing that a too large η makes, not every swing."
        ));
        found.figures.push(Figure {
            title: "The heavy ball".into(),
            description: "Left, steps to a millionth of the distance over η and γ, with the limit of stability, theory's optimum and the slide's choice. \
                          Right, the ways of descent and momentum with the slide's η in the ravine."
                .into(),
            panels: vec![Panel::Heat(self.heat(&map, &best)), Panel::Contours(self.ways(desk)?)],
        });
        Ok(found)
    }
}

/// η = 4/(√L+√μ)² and γ = ((√κ−1)/(√κ+1))² (Polyak 1964).
struct Best {
    eta: f64,
    gamma: f64,
}

impl Best {
    fn of(kappa: f64) -> Self {
        let root = kappa.sqrt();
        Best { eta: 4.0 / (root + 1.0).powi(2), gamma: ((root - 1.0) / (root + 1.0)).powi(2) }
    }
}

/// Steps over η and γ.
struct Map {
    gammas: Vec<f64>,
    /// `steps[γ][η]`; NaN where it diverges.
    steps: Vec<Vec<f64>>,
}

impl Momentum {
    fn ravine(&self) -> Result<Surface> {
        Ok(surface::build("ravine", &[("kappa".into(), self.kappa.into())], None, 0)?)
    }

    fn descent(&self, eta: f64, gamma: f64) -> Result<Descent<f64>> {
        let ravine = self.ravine()?;
        let start = ravine.start();
        Ok(Descent::new(Box::new(ravine), start, rule::build("momentum", &knobs(eta, gamma))?)?)
    }

    /// Steps until ‖θ‖ ≤ 10⁻⁶‖θ⁰‖, at most `limit`; NaN if it diverges.
    fn steps(&self, eta: f64, gamma: f64, limit: u64, desk: &Desk<'_>) -> Result<f64> {
        desk.go_on()?;
        let mut descent = self.descent(eta, gamma)?;
        let begin = vector::norm(descent.theta());
        while descent.steps() < limit {
            let far = vector::norm(descent.theta()) / begin;
            if far <= TOLERANCE {
                break;
            }
            if far.is_nan() || far > 1e6 {
                return Ok(f64::NAN);
            }
            descent.step();
        }
        Ok(descent.steps() as f64)
    }

    fn map(&self, desk: &Desk<'_>) -> Result<Map> {
        let n = self.cells as usize;
        let (etas, gammas) = (self.axis_of_eta().places(n), self.axis_of_gamma().places(n));
        let row = |gamma: &f64| etas.iter().map(|eta| self.steps(*eta, *gamma, PATIENCE, desk)).collect::<Result<Vec<_>>>();
        let steps = gammas.iter().map(row).collect::<Result<_>>()?;
        Ok(Map { gammas, steps })
    }

    /// From a hundredth of 2/L to above the limit at γ = 1.
    fn axis_of_eta(&self) -> Axis {
        Axis { label: "η".into(), scale: Scale::Logarithmic, ends: (0.02 / self.kappa, 6.0 / self.kappa) }
    }

    fn axis_of_gamma(&self) -> Axis {
        Axis { label: "γ".into(), scale: Scale::Linear, ends: (0.0, 0.98) }
    }

    /// The least η · L/(2(1+γ)) at which the second half of a run ends higher than it began, by bisection.
    fn limit(&self, gamma: f64, desk: &Desk<'_>) -> Result<f64> {
        let (mut stable, mut diverging) = (0.5, 1.5);
        for _ in 0..11 {
            desk.go_on()?;
            let middle = 0.5 * (stable + diverging);
            let mut descent = self.descent(middle * 2.0 * (1.0 + gamma) / self.kappa, gamma)?;
            let mut after = |steps: u64| {
                (0..steps).for_each(|_| descent.step());
                descent.theta()[1].abs()
            };
            let (half, end) = (after(4000), after(4000));
            if end < half || end < 1e-300 { stable = middle } else { diverging = middle }
        }
        Ok(0.5 * (stable + diverging))
    }

    /// The length of a step after many under the same push, in units of η.
    fn pushed(&self, push: Push, desk: &Desk<'_>) -> Result<f64> {
        let mut descent = Descent::<f64>::new(Box::new(push), vec![0.0], rule::build("momentum", &knobs(1.0, self.gamma))?)?;
        let enough = (20.0 / (1.0 - self.gamma)).ceil() as u64;
        for _ in 0..enough {
            desk.go_on()?;
            descent.step();
        }
        let before = descent.theta()[0];
        descent.step();
        Ok((descent.theta()[0] - before).abs())
    }

    /// How often the steep coordinate changes its sign.
    fn crossings(&self, eta: f64, gamma: f64, desk: &Desk<'_>) -> Result<f64> {
        let path = self.way(eta, gamma, 100, desk)?;
        Ok(path.points.windows(2).filter(|pair| pair[0][1] * pair[1][1] < 0.0).count() as f64)
    }

    fn way(&self, eta: f64, gamma: f64, steps: u64, desk: &Desk<'_>) -> Result<Path> {
        let ravine = self.ravine()?;
        let start = ravine.start();
        walk(ravine, &start, "momentum", &knobs(eta, gamma), steps, desk)
    }

    fn heat(&self, map: &Map, best: &Best) -> HeatMap {
        let mark = |label: String, eta: f64, gamma: f64| Curve { label, points: vec![(eta, gamma)] };
        let limit = map.gammas.iter().map(|gamma| (2.0 * (1.0 + gamma) / self.kappa, *gamma)).collect();
        HeatMap {
            title: format!("Steps to 10⁻⁶ of the distance, κ = {}", self.kappa),
            axes: [self.axis_of_eta(), self.axis_of_gamma()],
            measure: format!("steps; {PATIENCE} or more are one colour"),
            scale: Scale::Logarithmic,
            values: map.steps.clone(),
            absent: "diverges".into(),
            lines: vec![Curve { label: "η = 2(1+γ)/L, the limit of stability".into(), points: limit }],
            marks: vec![
                mark("theory's optimum".into(), best.eta, best.gamma),
                mark("the slide's choice".into(), self.eta, self.gamma),
            ],
        }
    }

    fn ways(&self, desk: &Desk<'_>) -> Result<ContourMap> {
        let mut ravine = self.ravine()?;
        let map = ContourMap::sampled("100 steps with the slide's η", ravine.window(), 161, |x, y| ravine.value(&[x, y]));
        let path = |label: String, gamma: f64| -> Result<Curve> {
            Ok(Curve { label, points: self.way(self.eta, gamma, 100, desk)?.plane() })
        };
        let paths = vec![
            path(format!("descent, η = {}", short(self.eta)), 0.0)?,
            path(format!("momentum, γ = {}", short(self.gamma)), self.gamma)?,
        ];
        Ok(ContourMap { minima: vec![(0.0, 0.0)], paths, ..map })
    }
}

fn knobs(eta: f64, gamma: f64) -> [(&'static str, Setting); 2] {
    [("eta", eta.into()), ("gamma", gamma.into())]
}

/// A gradient of size 1 wherever θ is.
struct Push {
    /// Whether its sign is another at every second step.
    alternates: bool,
    now: f64,
    layout: Layout,
}

impl Push {
    fn new(alternates: bool) -> Self {
        Push { alternates, now: 1.0, layout: Layout::single("x", &[1]) }
    }
}

impl Objective<f64> for Push {
    fn layout(&self) -> &Layout {
        &self.layout
    }
    fn draw(&mut self, step: u64) {
        self.now = if self.alternates && step % 2 == 1 { -1.0 } else { 1.0 };
    }
    fn value(&mut self, x: &[f64]) -> f64 {
        self.now * x[0]
    }
    fn value_and_gradient(&mut self, x: &[f64], gradient: &mut [f64]) -> f64 {
        gradient[0] = self.now;
        self.now * x[0]
    }
}
