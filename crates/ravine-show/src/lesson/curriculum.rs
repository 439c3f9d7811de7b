//! From easy to hard: noise that grows, and pictures ordered by how much there is in them, each beside the same pairs in no order.

use super::sparse::middle;
use super::student::{Course, Student, dncnn};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use ravine::Result;
use ravine::image::Image;
use ravine::net::curriculum::Curriculum as Growing;
use ravine::net::pairs::{Family, Observed, Scenes, Span};
use ravine::net::{Key, Loss, Network, Pair, Pairs, Samples, Validation};
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::{Random, Stream};
use std::sync::Arc;

const CROP: usize = 16;
const BATCH: usize = 8;
/// Pairs to be ordered.
const POOL: u64 = 512;
/// Points of a curve.
const LOOKS: u64 = 12;

pub(super) struct Curriculum {
    steps: f64,
    seeds: f64,
    sigma: f64,
    part: f64,
    eta: f64,
}

/// Pairs from the easy to the hard, of which the first few are open at first, and all after `growth` steps.
struct Ordered {
    pairs: Vec<Pair>,
    growth: u64,
}

impl Pairs for Ordered {
    fn channels(&self) -> usize {
        1
    }
    fn size(&self) -> usize {
        CROP
    }
    fn pair(&self, key: Key) -> ravine::optim::Result<Pair> {
        let part = ((key.step + 1) as f64 / self.growth as f64).min(1.0);
        let open = (part * self.pairs.len() as f64).ceil() as u64;
        let place = Random::new(key.seed, Stream::Batch, key.step * BATCH as u64 + key.index).below(open);
        Ok(self.pairs[place as usize].clone())
    }
}

/// How much there is in a picture: the mean size of its differences.
fn difficulty(y: &Image) -> f64 {
    let grid = y.grid();
    let mut sum = 0.0;
    for row in 1..grid.height {
        for column in 1..grid.width {
            let here = f64::from(y.at(0, row, column));
            sum += (here - f64::from(y.at(0, row, column - 1))).hypot(here - f64::from(y.at(0, row - 1, column)));
        }
    }
    sum / (grid.height * grid.width) as f64
}

/// In the order of the runs.
const WAYS: [&str; 4] = ["σ drawn uniformly", "σ growing", "pictures in no order", "pictures ordered"];

impl Lesson for Curriculum {
    const NAME: &'static str = "curriculum";
    const PART: Part = Part::Strategies;
    const CLAIM: &'static str = "Learning from the easy to the hard makes a better network at equal cost.";
    const FORMULA: &'static str = "σ ~ U(0, σₘₐₓ · min(1, (t+1)/T)),   or the easiest m · min(1, (t+1)/T) of m pictures";

    fn new(effort: Effort) -> Self {
        let (steps, seeds) = if effort == Effort::Quick { (120.0, 4.0) } else { (300.0, 8.0) };
        Curriculum { steps, seeds, sigma: 50.0, part: 0.5, eta: 0.005 }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("steps", "steps of a training", &mut self.steps, Range::closed(LOOKS as f64, 1e6)));
        visit(Parameter::number("seeds", "trainings of each kind", &mut self.seeds, Range::closed(3.0, 1000.0)));
        visit(Parameter::number("sigma", "the largest σ, in grey levels", &mut self.sigma, Range::closed(1.0, 255.0)));
        visit(Parameter::number("part", "of the steps, until everything is learnt from", &mut self.part, Range::closed(0.01, 1.0)));
        visit(Parameter::number("eta", "η of Adam", &mut self.eta, Range::POSITIVE));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let mut found = Findings::default();
        let network = Arc::new(dncnn(3.0, 8.0, false)?.network()?);
        let noise = Family::gaussian(Span::new(0.0, self.sigma)?);
        let apart = Observed::new(Box::new(Scenes::independent(1, CROP)?), noise)?;
        let held_out = Arc::new(Validation::held_out(&apart, desk.seed, 64, Loss::L2)?);
        let growth = (self.part * self.steps).ceil().max(1.0) as u64;
        let drawn = || Ok::<_, ravine::Error>(Observed::new(Box::new(Scenes::new(1, CROP)?), noise)?);
        let (uniform, growing): (Arc<dyn Pairs>, Arc<dyn Pairs>) =
            (Arc::new(drawn()?), Arc::new(drawn()?.following(Growing { steps: growth })?));
        let mut runs: [Vec<Vec<f64>>; 4] = Default::default();
        for seed in (0..self.seeds as u64).map(|i| desk.seed + i) {
            let pool = pool(&apart, seed)?;
            let ordered = |growth: u64| -> Arc<dyn Pairs> { Arc::new(Ordered { pairs: pool.clone(), growth }) };
            for (of, pairs) in runs.iter_mut().zip([uniform.clone(), growing.clone(), ordered(1), ordered(growth)]) {
                of.push(self.risks(&network, &held_out, pairs, seed, desk)?);
            }
        }
        let steps = self.steps;
        let at = |way: usize, look: usize| runs[way].iter().map(move |risks| risks[look]);
        let last = LOOKS as usize;
        for (way, label) in WAYS.iter().enumerate() {
            found.number(Number::within(format!("{label}: held-out risk after {steps} steps"), middle(at(way, last), desk)));
        }
        let ratio = |a: usize, b: usize, look: usize| middle(at(a, look).zip(at(b, look)).map(|(a, b)| a / b), desk);
        let (noise, pictures) = (ratio(1, 0, last), ratio(3, 2, last));
        found.number(Number::within(format!("{steps} steps: risk with σ growing over σ drawn uniformly"), noise));
        found.number(Number::within(format!("{steps} steps: risk with pictures ordered over in no order"), pictures));
        let early = last / 4;
        let (noise_early, pictures_early) = (ratio(1, 0, early), ratio(3, 2, early));
        found
            .number(Number::within(format!("a quarter of {steps} steps: risk with σ growing over σ drawn uniformly"), noise_early));
        found.number(Number::within(
            format!("a quarter of {steps} steps: risk with pictures ordered over in no order"),
            pictures_early,
        ));

        found.case("with σ growing the network is better in the end", noise.high < 1.0);
        found.case("with pictures ordered from easy to hard it is better in the end", pictures.high < 1.0);
        found.case("with σ growing it is ahead early on", noise_early.high < 1.0);
        found.case("with pictures ordered it is ahead early on", pictures_early.high < 1.0);
        found.say(format!(
            "At equal cost, {steps} steps of {BATCH} crops, a σ that grows over the first {:.0} % of them ends at {:.3} times the risk of a σ drawn uniformly from 0 to {}, and \
             pictures ordered by their contrast end at {:.3} times the risk of the same pictures in no order.",
            100.0 * self.part,
            noise.value,
            self.sigma,
            pictures.value
        ));
        found.say(format!(
            "After a quarter of the steps the two numbers are {:.3} and {:.3}: above 1 the easy pairs, with which it began, have taught less about all pairs than a mixture \
             would have.",
            noise_early.value, pictures_early.value
        ));
        let curve = |way: usize| Curve {
            label: WAYS[way].into(),
            points: (1..=last).map(|look| (look as f64 * self.part_of_steps() as f64, middle(at(way, look), desk).value)).collect(),
        };
        found.figures.push(Figure {
            title: "From easy to hard".into(),
            description: "The held-out risk on all levels of noise over the steps, for noise that grows and for pictures ordered from easy to hard, each beside the \
                          same pairs in no order; medians of the seeds."
                .into(),
            panels: vec![Panel::Chart(Chart {
                title: format!("Held-out pictures, σ from 0 to {}", self.sigma),
                x_label: "step".into(),
                y_label: "risk".into(),
                x_scale: Scale::Linear,
                scale: Scale::Logarithmic,
                curves: (0..WAYS.len()).map(curve).collect(),
            })],
        });
        Ok(found)
    }
}

/// Independent pairs in the order of their difficulty.
fn pool(pairs: &dyn Pairs, seed: u64) -> Result<Vec<Pair>> {
    let mut all = (0..POOL).map(|index| pairs.pair(Key { seed, step: 0, index })).collect::<ravine::optim::Result<Vec<_>>>()?;
    all.sort_by(|a, b| difficulty(&a.clean).total_cmp(&difficulty(&b.clean)));
    Ok(all)
}

impl Curriculum {
    fn part_of_steps(&self) -> u64 {
        self.steps as u64 / LOOKS
    }

    /// The held-out risk at the beginning and after each of [`LOOKS`] parts of the steps.
    fn risks(
        &self,
        network: &Arc<Network<f32>>,
        held_out: &Arc<Validation>,
        pairs: Arc<dyn Pairs>,
        seed: u64,
        desk: &Desk<'_>,
    ) -> Result<Vec<f64>> {
        let knobs = [("eta", self.eta.into())];
        let course = Course { pairs, samples: Samples::Fresh, batch: BATCH, seed, rule: "adam", knobs: &knobs };
        let mut student = Student::new(network, held_out, &course)?;
        let mut risks = vec![student.score(held_out)?.risk];
        for _ in 0..LOOKS {
            student.learn(self.part_of_steps(), desk)?;
            risks.push(student.score(held_out)?.risk);
        }
        Ok(risks)
    }
}
