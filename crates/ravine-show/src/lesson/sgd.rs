//! One sample a step: cheap, noisy, and at the end a cloud around the minimiser whose size η sets.
//!
//! The cloud is measured where theory knows it: ℓᵢ(θ) = h/2·(θ − yᵢ)², whose gradient has the variance σ² = h²·var(y) everywhere. With draws
//! with replacement E(θ − θ*)² = ησ²/(h(2 − ηh)), the fixed point of V ← (1 − ηh)²V + η²σ².

use super::regression::{Drawn, Regression, descent};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::number::short;
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use ravine::Result;
use ravine::optim::Solver;
use ravine::optim::objective::finite_sum::{Batch, Order, Samples};
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::statistics::{bootstrap, mean, median, slope};
use ravine::optim::{Random, Stream};

/// ηh of the clouds.
const RATES: [f64; 4] = [0.1, 0.05, 0.025, 0.0125];
/// Samples of the set in which the clouds are measured.
const CLOUD: usize = 16;
/// The race with the whole set: samples, unknowns.
const RACE: Drawn = Drawn { samples: 1000, unknowns: 5, kappa: 10.0, noise: 0.5, copies: 1 };
/// What counts as a rough answer: this share of the excess risk of the start.
const ROUGH: f64 = 0.01;

pub(super) struct Sgd {
    curvature: f64,
    times: f64,
    runs: f64,
}

impl Lesson for Sgd {
    const NAME: &'static str = "sgd";
    const PART: Part = Part::GradientDescent;
    const CLAIM: &'static str = "One random sample a step makes steps cheap and noisy: more iterations than with the whole set, less work, \
                                 and in the end fluctuations around the minimiser whose variance η controls.";
    const FORMULA: &'static str = "θ ← θ − η∇ℓ(F(xᵢ; θ), yᵢ), i random;  E(θ − θ*)² → ησ²/(h(2 − ηh))";

    fn new(effort: Effort) -> Self {
        match effort {
            Effort::Quick => Sgd { curvature: 2.0, times: 800.0, runs: 16.0 },
            Effort::Full => Sgd { curvature: 2.0, times: 6400.0, runs: 32.0 },
        }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("curvature", "h, the curvature of each loss", &mut self.curvature, Range::closed(1e-3, 1e3)));
        visit(Parameter::number(
            "times",
            "length of a run, in times 1/(ηh) in which the start is forgotten",
            &mut self.times,
            Range::closed(20.0, 1e6),
        ));
        visit(Parameter::number("runs", "runs, each with a seed of its own", &mut self.runs, Range::closed(2.0, 1e4)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let mut found = Findings::default();
        let drawn = self.clouds(Order::WithReplacement, desk)?;
        let shuffled = self.clouds(Order::Reshuffled, desk)?;
        let race = self.race(desk)?;

        let ratio = bootstrap(&drawn[0], mean, 0.95, desk.seed);
        found.number(Number::within("variance over theory at ηh = 0.1", ratio).beside(1.0, 0.05));
        let least = bootstrap(&drawn[3], mean, 0.95, desk.seed);
        found.number(Number::within("variance over theory at ηh = 0.0125", least).beside(1.0, 0.05));
        let (one, other) = (self.order(&drawn), self.order(&shuffled));
        found.number(Number::new("order of the variance in η, drawn with replacement", one).beside(1.0, 0.1));
        found.number(Number::new("order of the variance in η, reshuffled", other));
        let share = bootstrap(&shuffled[3], mean, 0.95, desk.seed);
        found.number(Number::within("reshuffled: variance over that with replacement at ηh = 0.0125", share));
        let work = bootstrap(&race.work, median, 0.95, desk.seed);
        found.number(Number::within("gradients to 1 % of the excess risk, whole set over one sample, m = 1000", work));
        let iterations = bootstrap(&race.iterations, median, 0.95, desk.seed);
        found.number(Number::within("iterations to it, one sample over the whole set, m = 1000", iterations));

        found.case("a rough answer takes fewer gradients than with the whole set", work.low > 1.0);
        found.case("but more iterations", iterations.low > 1.0);
        found.case(
            "in the end θ fluctuates around the minimiser with the variance ησ²/(h(2 − ηh))",
            ratio.contains(1.0) || (ratio.value - 1.0).abs() < 0.05,
        );
        found.case("a smaller η, a smaller variance, drawn or shuffled", one > 0.9 && other > 0.9);
        found.say(format!(
            "To come within 1 % of the best, one sample a step needs {} times as many steps as the whole set of 1000, and a {}th of the gradients.",
            short(iterations.value.round()),
            short(work.value.round())
        ));
        found.say(format!(
            "Then it stays a cloud around the answer: with samples drawn at random its variance is {:.3} times what theory says, and half the η leaves half of it.",
            ratio.value
        ));
        found.say(format!(
            "Shuffling, as in the lecture, does better than that theory: its variance falls like η to the power {other:.1}, and at ηh = 0.0125 it is {:.1} % of the other.",
            100.0 * share.value
        ));
        found.figures.push(self.figure(&drawn, &shuffled, race));
        Ok(found)
    }
}

/// One sample a step beside the whole set.
#[derive(Default)]
struct Race {
    work: Vec<f64>,
    iterations: Vec<f64>,
    curves: Vec<Curve>,
}

impl Sgd {
    /// ησ²/(h(2 − ηh)) at ηh = `rate`, for σ² = h².
    fn theory(rate: f64) -> f64 {
        rate / (2.0 - rate)
    }

    /// Of each rate: the mean of (θ − θ*)² in each run, over theory's.
    fn clouds(&self, order: Order, desk: &Desk<'_>) -> Result<Vec<Vec<f64>>> {
        let mut random = Random::new(desk.seed, Stream::Data, 0);
        let y: Vec<f64> = (0..CLOUD).map(|_| random.normal()).collect();
        let (middle, root) = (mean(&y), self.curvature.sqrt());
        let spread = mean(&y.iter().map(|y| (y - middle).powi(2)).collect::<Vec<_>>()).sqrt();
        let set = Regression::new(vec![root; CLOUD], y.iter().map(|y| root * (y - middle) / spread).collect())?;
        let run = |rate: f64, seed: u64| -> Result<f64> {
            let forget = 20.0 / rate;
            let steps = (self.times / rate) as u64;
            let mut sgd = descent(set.risk(Batch::Of(1), order, seed)?, &[0.0], rate / self.curvature)?;
            let mut sum = 0.0;
            for t in 0..steps + forget as u64 {
                if t.is_multiple_of(4096) {
                    desk.go_on()?;
                }
                sgd.step();
                sum += if t < forget as u64 { 0.0 } else { sgd.theta()[0].powi(2) };
            }
            Ok(sum / steps as f64 / Sgd::theory(rate))
        };
        let seeds = |rate: f64| (0..self.runs as u64).map(|i| run(rate, desk.seed + i)).collect();
        RATES.into_iter().map(seeds).collect()
    }

    /// The slope of the logarithm of the variance over that of η.
    fn order(&self, clouds: &[Vec<f64>]) -> f64 {
        let at: Vec<f64> = RATES.iter().map(|r| r.ln()).collect();
        let values: Vec<f64> = clouds.iter().zip(RATES).map(|(c, r)| (mean(c) * Sgd::theory(r)).ln()).collect();
        slope(&at, &values).value
    }

    /// The whole set at η = 1/L, one sample at η = 1/max L(ℓᵢ), from θ = 0 to a rough answer.
    fn race(&self, desk: &Desk<'_>) -> Result<Race> {
        let mut race = Race::default();
        let start = vec![0.0; RACE.unknowns];
        for i in 0..self.runs as u64 {
            let set = RACE.from(desk.seed + i)?;
            let target = ROUGH * set.excess(&start);
            let (whole, one) = (1.0 / set.samples.lipschitz(), 1.0 / set.samples.lipschitz_of_one());
            let risk = |batch| set.risk(batch, Order::Reshuffled, desk.seed + i);
            let steps = |batch, eta| -> Result<f64> {
                let found = set.steps_to(target, &mut descent(risk(batch)?, &start, eta)?, 100_000, desk)?;
                Ok(found.map_or(f64::INFINITY, |t| t as f64))
            };
            let (batch, sgd) = (steps(Batch::All, whole)?, steps(Batch::Of(1), one)?);
            race.work.push(batch * RACE.samples as f64 / sgd);
            race.iterations.push(sgd / batch);
            if i == 0 {
                let m = RACE.samples;
                let mut curve = |label: &str, batch, eta, cost: usize| -> Result<()> {
                    let points = self.fall(&set, descent(risk(batch)?, &start, eta)?, cost, desk)?;
                    race.curves.push(Curve { label: label.into(), points });
                    Ok(())
                };
                curve("whole set, η = 1/L", Batch::All, whole, m)?;
                curve("one sample, η₁ = 1/max L(ℓᵢ)", Batch::Of(1), one, 1)?;
                curve("one sample, η₁/10", Batch::Of(1), 0.1 * one, 1)?;
            }
        }
        Ok(race)
    }

    /// (gradients, excess risk), at ever longer distances.
    fn fall(
        &self,
        set: &Regression,
        mut way: ravine::optim::Descent<f64>,
        cost: usize,
        desk: &Desk<'_>,
    ) -> Result<Vec<(f64, f64)>> {
        let (mut points, mut next) = (Vec::new(), 1.0);
        while way.steps() * (cost as u64) < 200_000 {
            way.step();
            let gradients = (way.steps() * cost as u64) as f64;
            if gradients >= next {
                desk.go_on()?;
                points.push((gradients, set.excess(way.theta())));
                next = 1.12 * gradients;
            }
        }
        Ok(points)
    }

    fn figure(&self, drawn: &[Vec<f64>], shuffled: &[Vec<f64>], race: Race) -> Figure {
        let curve = |label: &str, of: &dyn Fn(usize) -> f64| Curve {
            label: label.into(),
            points: (0..RATES.len()).map(|i| (RATES[i], Sgd::theory(RATES[i]) * of(i))).collect(),
        };
        let clouds = Chart {
            title: "The cloud around the minimiser".into(),
            x_label: "ηh".into(),
            y_label: "variance of θ, in units of σ²/h²".into(),
            x_scale: Scale::Logarithmic,
            scale: Scale::Logarithmic,
            curves: vec![
                curve("drawn with replacement", &|i| mean(&drawn[i])),
                curve("theory: ησ²/(h(2 − ηh))", &|_| 1.0),
                curve("reshuffled", &|i| mean(&shuffled[i])),
            ],
        };
        let work = Chart {
            title: "1000 samples: what a gradient buys".into(),
            x_label: "gradients computed".into(),
            y_label: "excess risk R(θ) − R(θ*)".into(),
            x_scale: Scale::Logarithmic,
            scale: Scale::Logarithmic,
            curves: race.curves,
        };
        Figure {
            title: "One sample a step".into(),
            description: "Left, the variance of θ around the minimiser over the learning rate, with samples drawn with replacement, by \
                          theory, and reshuffled. Right, excess risk over the number of gradients computed, for the whole set and for one \
                          sample a step with two learning rates."
                .into(),
            panels: vec![Panel::Chart(clouds), Panel::Chart(work)],
        }
    }
}
