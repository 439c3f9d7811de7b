//! Which rule: each with its own η, found by the same search, on sparse data, on an imbalanced set and on a network that denoises.
//!
//! η is tuned on some drawn problems and judged on others. All rules get the same steps and the same number of trials. What a rule has
//! reached is the worst of the last tenth of its steps, so that none is tuned, or judged, by a lucky last one.

use super::sparse::{Entrant, Problem, middle};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::number::short;
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use crate::report::Table;
use ravine::Result;
use ravine::net::pairs::{Family, Observed, Scenes, Span};
use ravine::net::{Design, Loss, Network, Pairs, Plan, Risk, Samples, Validation};
use ravine::optim::objective::logistic::{Example, Logistic};
use ravine::optim::parameter::{Parameter, Range, Setting, Visitor};
use ravine::optim::statistics::{Interval, mean, median};
use ravine::optim::tune::{Search, Tuned, value_after};
use ravine::optim::{Descent, Pace, Random, Stop, Stream, schedule};
use std::sync::Arc;

/// Steps on the two logistic problems: three epochs and, of the imbalanced one, one and a half.
const STEPS: u64 = 3000;
/// Drawn problems on which η is tuned.
const TUNING: u64 = 2;
/// Where the tuning problems begin, beyond all that are judged.
const APART: u64 = 1000;
/// By so much η has fallen in the end, where it is annealed like 1/t.
const FALL: f64 = 20.0;
/// Of the network's crops.
const CROP: usize = 16;
const BATCH: usize = 4;
const SIGMA: f64 = 25.0;

const SGD: usize = 0;
const NESTEROV: usize = 1;
const ADAGRAD: usize = 2;
const RMSPROP: usize = 3;
const ADAM: usize = 4;
const ADAPTIVE: [usize; 3] = [ADAGRAD, RMSPROP, ADAM];

pub(super) struct Which {
    seeds: f64,
    trials: f64,
    steps: f64,
}

/// A problem for all rules.
struct Arena<'a> {
    name: &'static str,
    /// What is compared.
    measure: &'static str,
    steps: u64,
    value: Value<'a>,
}

/// The worst of what a rule has reached over the last tenth of the steps with such an η, on the problem of such a seed.
type Value<'a> = Box<dyn Fn(&Entrant, f64, u64) -> Result<f64> + Sync + 'a>;

/// How a rule did.
struct Placed {
    tuned: Tuned,
    /// With the η found, a seed each.
    values: Vec<f64>,
}

impl Lesson for Which {
    const NAME: &'static str = "which";
    const PART: Part = Part::BetterSteps;
    const CLAIM: &'static str = "Adaptive rules work very well on sparse and imbalanced data; Adagrad, RMSprop and Adam do similarly well, Adam slightly \
                                 best; Nesterov with annealing is competitive with Adam.";
    const FORMULA: &'static str = "SGD · Nesterov, η/(1 + kt) · Adagrad · RMSprop · Adam, each at its own η";

    fn new(effort: Effort) -> Self {
        match effort {
            Effort::Quick => Which { seeds: 3.0, trials: 8.0, steps: 40.0 },
            Effort::Full => Which { seeds: 10.0, trials: 16.0, steps: 200.0 },
        }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("seeds", "problems of each kind that are judged", &mut self.seeds, Range::closed(3.0, 1000.0)));
        visit(Parameter::number("trials", "values of η that each rule may try", &mut self.trials, Range::closed(4.0, 1000.0)));
        visit(Parameter::number("steps", "steps of the network", &mut self.steps, Range::closed(10.0, 1e5)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let mut found = Findings::default();
        let sparse = self.problems(Problem::sparse, desk)?;
        let imbalanced = self.problems(imbalanced, desk)?;
        let arenas = [
            Arena {
                name: "sparse", measure: "largest R(θ) − R* of the last tenth", steps: STEPS, value: logistic(&sparse, desk)
            },
            Arena {
                name: "imbalanced",
                measure: "largest R(θ) − R* of the last tenth",
                steps: STEPS,
                value: logistic(&imbalanced, desk),
            },
            Arena {
                name: "denoising",
                measure: "largest held-out risk of the last tenth",
                steps: self.steps as u64,
                value: self.denoising(desk)?,
            },
        ];
        let mut panels = Vec::new();
        let mut rows = Vec::new();
        let mut ratios = Vec::new(); // ratios[arena](a, b)
        for arena in &arenas {
            let entrants = entrants(arena.steps)?;
            let placed = entrants.iter().map(|e| self.place(arena, e, desk)).collect::<Result<Vec<_>>>()?;
            for (entrant, place) in entrants.iter().zip(&placed) {
                let (label, reached) = (entrant.label, middle(place.values.iter().copied(), desk));
                let (name, steps, trials) = (arena.name, arena.steps, self.trials);
                found
                    .number(Number::within(format!("{name}, {steps} steps, {trials} trials: {}, {label}", arena.measure), reached));
                let eta = short(place.tuned.best.eta);
                rows.push(vec![
                    name.into(),
                    label.into(),
                    eta,
                    short(reached.value),
                    format!("{} to {}", short(reached.low), short(reached.high)),
                ]);
            }
            panels.push(Panel::Chart(arena.chart(&entrants, &placed)));
            ratios.push(placed);
        }
        let ratio = |arena: usize, a: usize, b: usize| -> Interval {
            let placed = &ratios[arena];
            middle(placed[a].values.iter().zip(&placed[b].values).map(|(a, b)| a / b), desk)
        };
        for (i, arena) in arenas.iter().enumerate() {
            let (name, steps, trials) = (arena.name, arena.steps, self.trials);
            let mut told = |a: usize, b: usize, says: &str| {
                found.number(Number::within(format!("{name}, {steps} steps, {trials} trials: {says}"), ratio(i, a, b)));
            };
            told(ADAM, SGD, "Adam over SGD");
            told(ADAM, ADAGRAD, "Adam over Adagrad");
            told(ADAM, RMSPROP, "Adam over RMSprop");
            told(NESTEROV, ADAM, "Nesterov, annealed, over Adam");
        }

        for (i, says) in [
            "on sparse data every adaptive rule does better than SGD",
            "on an imbalanced set every adaptive rule does better than SGD",
        ]
        .into_iter()
        .enumerate()
        {
            found.case(says, ADAPTIVE.into_iter().all(|rule| ratio(i, rule, SGD).high < 1.0));
        }
        let alike = |i: usize| ADAPTIVE.into_iter().all(|a| ADAPTIVE.into_iter().all(|b| ratio(i, a, b).value <= 2.0));
        found.case("the adaptive rules are within a factor of two of one another everywhere", (0..arenas.len()).all(alike));
        for (i, arena) in arenas.iter().enumerate() {
            let best = [ADAGRAD, RMSPROP].into_iter().all(|other| ratio(i, ADAM, other).high < 1.0);
            found.case(format!("Adam is the best of the three: {}", arena.name), best);
        }
        for (i, arena) in arenas.iter().enumerate() {
            found.case(
                format!("Nesterov with annealing is no worse than Adam: {}", arena.name),
                ratio(i, NESTEROV, ADAM).low <= 1.0,
            );
        }
        let labels = entrants(STEPS)?.map(|e| e.label);
        let winner = |i: usize| {
            let of = |place: &Placed| median(&place.values);
            let best = (0..labels.len()).min_by(|a, b| of(&ratios[i][*a]).total_cmp(&of(&ratios[i][*b])));
            labels[best.unwrap_or(0)]
        };
        found.say(format!(
            "Each with its own η, found by {} trials: {} comes nearest on sparse data, {} on the imbalanced set, {} on the denoising network.",
            self.trials,
            winner(0),
            winner(1),
            winner(2)
        ));
        found.say(format!(
            "Beside plain stochastic descent at its own best η, Adam leaves {:.2}, {:.2} and {:.2} times as much; beside Adam, annealed Nesterov leaves {:.2}, {:.2} and \
             {:.2} times as much.",
            ratio(0, ADAM, SGD).value,
            ratio(1, ADAM, SGD).value,
            ratio(2, ADAM, SGD).value,
            ratio(0, NESTEROV, ADAM).value,
            ratio(1, NESTEROV, ADAM).value,
            ratio(2, NESTEROV, ADAM).value
        ));
        found.say(format!(
            "For those who gave the lecture: RMSprop with β = 0.9 leaves {:.1} times what plain descent leaves on sparse data, because it forgets a rare feature before it comes \
             again (see rmsprop); and what helps on the convex problems is a rate that falls, by Adagrad's sum or by annealing, more than a rate per coordinate.",
            ratio(0, RMSPROP, SGD).value
        ));
        found.figures.push(Figure {
            title: "Every rule at every η".into(),
            description: "What each of five rules has reached, at its worst over the last tenth of the same number of steps, over its learning rate, on sparse \
                          logistic regression, on an imbalanced set and on a denoising network."
                .into(),
            panels,
        });
        found.tables.push(Table {
            caption: "With the η found".into(),
            header: ["problem", "rule", "η", "reached", "95 % interval"].map(String::from).to_vec(),
            rows,
        });
        Ok(found)
    }
}

/// In the order of the constants.
fn entrants(steps: u64) -> Result<[Entrant; 5]> {
    let falling = schedule::build("inverse-time", &[("rate", (FALL / steps as f64).into())])?;
    let inside: [(&str, Setting); 2] = [("epsilon", 1e-8.into()), ("epsilon_inside", true.into())];
    Ok([
        Entrant::descent(),
        Entrant { schedule: Some(falling), ..Entrant::new("Nesterov, annealed", "nesterov", &[("gamma", 0.9.into())]) },
        Entrant::adagrad(),
        Entrant::rmsprop("RMSprop", 0.9),
        Entrant::new("Adam", "adam", &inside),
    ])
}

/// Two thousand samples with one positive in fifty: nine normal features and a constant one.
fn imbalanced(seed: u64) -> Result<Problem> {
    const FEATURES: usize = 10;
    let example = |i: u64| {
        let mut random = Random::new(seed, Stream::Data, i);
        let positive = random.uniform() < 0.02;
        let shift = if positive { 0.5 } else { 0.0 };
        let features = (0..FEATURES).map(|j| (j, if j == 0 { 1.0 } else { shift + random.normal() })).collect();
        Example { features, positive }
    };
    Ok(Problem::of(Logistic::new((0..2000).map(example).collect(), FEATURES, 1e-3)?, seed))
}

/// After `steps` steps, and only then.
fn only_after(steps: u64) -> Stop {
    Stop { max_iterations: steps, pace: Pace::Every(steps.max(1)), ..Stop::default() }
}

fn logistic<'a>(problems: &'a [Problem], desk: &'a Desk<'_>) -> Value<'a> {
    Box::new(move |entrant, eta, i| {
        desk.go_on()?;
        let problem = &problems[i as usize];
        let mut descent = Descent::new(problem.objective()?, problem.start(), entrant.update(eta)?)?;
        let reached = value_after(&mut descent, &only_after(STEPS));
        Ok((reached - problem.risk()).max(1e-16))
    })
}

impl Which {
    /// Those that are judged, then those for tuning.
    fn problems(&self, draw: impl Fn(u64) -> Result<Problem>, desk: &Desk<'_>) -> Result<Vec<Problem>> {
        self.drawn().map(|i| draw(desk.seed + i)).collect()
    }

    /// What the seed of each problem adds to the desk's.
    fn drawn(&self) -> impl Iterator<Item = u64> {
        (0..self.seeds as u64).chain(APART..APART + TUNING)
    }

    /// η by the search, then a run for each seed.
    fn place(&self, arena: &Arena<'_>, entrant: &Entrant, desk: &Desk<'_>) -> Result<Placed> {
        let judged = self.seeds as u64;
        let search = Search { low: 1e-4, high: 1e2, trials: self.trials as usize }.checked()?;
        let value = |eta: f64, i: u64| (arena.value)(entrant, eta, i).unwrap_or(f64::INFINITY);
        let tuned = search.run(|eta| mean(&(judged..judged + TUNING).map(|i| value(eta, i)).collect::<Vec<_>>()));
        desk.go_on()?;
        let values = (0..judged).map(|i| (arena.value)(entrant, tuned.best.eta, i)).collect::<Result<_>>()?;
        Ok(Placed { tuned, values })
    }

    /// A chain of three convolutions on fresh pairs.
    fn denoising<'a>(&self, desk: &'a Desk<'_>) -> Result<Value<'a>> {
        let knobs: [(&str, Setting); 3] = [("depth", 3.0.into()), ("width", 8.0.into()), ("batch_norm", false.into())];
        let network: Arc<Network<f32>> = Arc::new(Design::new("dncnn", &knobs, 1)?.network()?);
        let noise = Family::gaussian(Span::fixed(SIGMA));
        let pairs: Arc<dyn Pairs> = Arc::new(Observed::new(Box::new(Scenes::new(1, CROP)?), noise)?);
        let apart = Observed::new(Box::new(Scenes::independent(1, CROP)?), noise)?;
        let held_out = Arc::new(Validation::held_out(&apart, desk.seed, 64, Loss::L2)?);
        let (steps, seeds): (u64, Vec<u64>) = (self.steps as u64, self.drawn().map(|i| desk.seed + i).collect());
        Ok(Box::new(move |entrant, eta, i| {
            desk.go_on()?;
            let plan = Plan { loss: Loss::L2, samples: Samples::Fresh, batch: BATCH, seed: seeds[i as usize] };
            let risk = Risk::new(network.clone(), pairs.clone(), held_out.clone(), plan)?;
            let mut descent = Descent::new(Box::new(risk), network.initial(plan.seed), entrant.update(eta)?)?;
            Ok(value_after(&mut descent, &only_after(steps)))
        }))
    }
}

impl Arena<'_> {
    /// Without what ended more than ten times above where an η that hardly moves ends.
    fn chart(&self, entrants: &[Entrant], placed: &[Placed]) -> Chart {
        let curve = |(entrant, place): (&Entrant, &Placed)| {
            let trials = &place.tuned.trials;
            let shown = trials.iter().filter(|trial| trial.value <= 10.0 * trials[0].value);
            Curve { label: entrant.label.into(), points: shown.map(|trial| (trial.eta, trial.value)).collect() }
        };
        Chart {
            title: format!("{}, {} steps", self.name, self.steps),
            x_label: "η".into(),
            y_label: self.measure.into(),
            x_scale: Scale::Logarithmic,
            scale: Scale::Logarithmic,
            curves: entrants.iter().zip(placed).map(curve).collect(),
        }
    }
}
