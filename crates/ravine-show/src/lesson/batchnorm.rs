//! Batch normalisation: the steps that it allows, what it learns in as many of them, and what becomes of it when nothing is learnt any more.

use super::student::{self, Course, Student};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use crate::report::Table;
use ravine::Result;
use ravine::net::layer::Convolution;
use ravine::net::pairs::{Key, Pairs};
use ravine::net::{Loss, Network, Node, Samples, Shape, Validation};
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::statistics::{bootstrap, mean};
use std::sync::Arc;

/// Of the noise, in grey levels.
const SIGMA: f64 = 25.0;
/// Rows and columns of a crop.
const SIZE: usize = 16;
/// Pairs of a step: two a shard.
const BATCH: usize = 16;
/// Powers of two between which the largest stable η lies.
const POWERS: [f64; 2] = [-6.0, 14.0];
/// What is tried below the largest stable η: halves.
const HALVES: i32 = 3;
/// A risk that is so much larger with the running statistics is wrong.
const WRONG: f64 = 1.1;

pub(super) struct BatchNorm {
    steps: f64,
    trial: f64,
    seeds: f64,
    depth: f64,
    width: f64,
}

impl Lesson for BatchNorm {
    const NAME: &'static str = "batchnorm";
    const PART: Part = Part::Strategies;
    const CLAIM: &'static str =
        "Normalising the inputs of the layers over each batch allows larger steps and learns more in as many of them.";
    const FORMULA: &'static str = "x̂ = (x − μ)/√(v + ε),  y = γx̂ + β,  μ, v of the batch;  for use, of the running averages";

    fn new(effort: Effort) -> Self {
        match effort {
            Effort::Quick => BatchNorm { steps: 60.0, trial: 20.0, seeds: 2.0, depth: 6.0, width: 8.0 },
            Effort::Full => BatchNorm { steps: 100.0, trial: 30.0, seeds: 3.0, depth: 6.0, width: 8.0 },
        }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("steps", "steps of the networks that are compared", &mut self.steps, Range::closed(20.0, 1e5)));
        visit(Parameter::number("trial", "steps after which η counts as stable", &mut self.trial, Range::closed(10.0, 1e4)));
        visit(Parameter::number("seeds", "networks of each kind", &mut self.seeds, Range::closed(2.0, 100.0)));
        visit(Parameter::number("depth", "convolutions", &mut self.depth, Range::closed(3.0, 20.0)));
        visit(Parameter::number("width", "channels", &mut self.width, Range::closed(2.0, 64.0)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let room = Room::new(desk)?;
        let kind = |normalised: bool| -> Result<_> { Ok(Arc::new(student::dncnn(self.depth, self.width, normalised)?.network()?)) };
        let (plain, normalised) = (kind(false)?, kind(true)?);
        let all = |network: &Arc<Network<f32>>| -> Result<Vec<Learnt>> {
            (0..self.seeds as u64).map(|seed| self.learnt(network, desk.seed + seed, &room, desk)).collect()
        };
        let (mut without, mut with) = (all(&plain)?, all(&normalised)?);
        let over_seeds = |of: &dyn Fn(&Learnt, &Learnt) -> f64| {
            let ratios: Vec<f64> = with.iter().zip(&without).map(|(a, b)| of(a, b).ln()).collect();
            let found = bootstrap(&ratios, mean, 0.95, desk.seed);
            ravine::optim::statistics::Interval { low: found.low.exp(), value: found.value.exp(), high: found.high.exp() }
        };
        let larger = over_seeds(&|a, b| a.stable / b.stable);
        let less = over_seeds(&|a, b| a.risk() / b.risk());
        let used = self.used(&mut with, &room)?;

        let mut found = Findings::default();
        found.number(Number::within("largest stable η with normalisation over that without", larger));
        found.number(Number::within(
            format!("held-out risk after {} steps with normalisation over that without, each with its best η", self.steps),
            less,
        ));
        found.number(Number::within(
            "held-out risk with the running statistics over that with each batch's own",
            bootstrap(&used.running, mean, 0.95, desk.seed),
        ));
        found.number(Number::within(
            "held-out risk with statistics that never ran over that with each batch's own",
            bootstrap(&used.never_ran, mean, 0.95, desk.seed),
        ));
        found.number(
            Number::new("largest difference between the folded and the written-out network, of answers in 0..1", used.folding)
                .beside(0.0, 1e-5),
        );

        found.case("a normalised network takes larger steps before it diverges", larger.low > 1.0);
        found.case(format!("after {} steps, each with its best η, it has the smaller risk", self.steps), less.high < 1.0);
        found.case("with its running statistics it answers as well as it learnt to", mean(&used.running) < WRONG);
        found.case("for use, it folds into the convolutions before it: the same answers to 10⁻⁵", used.folding <= 1e-5);
        found.say(format!(
            "With batch normalisation the largest stable η of gradient descent is {:.2} times that of the plain network; after {} steps, each kind with the best η of \
             a search of equal cost, the held-out risk is {:.2} times as large.",
            larger.value, self.steps, less.value
        ));
        found.say(
            "Both kinds learn the noise and start with a last convolution of zeros, so that even the plain one begins as the identity: that start alone takes away \
             much of what makes large steps fail in deep networks (Zhang, Dauphin and Ma 2019), and normalisation cannot give it again.",
        );
        found.say(format!(
            "In use there is no batch: running averages take its place, at {:.2} times the risk that batches of their own statistics give. Forgetting to keep \
             them multiplies it by {:.1}.",
            mean(&used.running),
            mean(&used.never_ran)
        ));
        found.say(format!(
            "With fixed statistics the normalisation is a factor and a summand a channel, which the convolution before it takes in: the answers differ by {} \
             at most, and using the network costs what the plain one does.",
            crate::plot::number::short(used.folding)
        ));
        found.tables.push(table(&without, &with));
        found.figures.push(figure(&mut without, &mut with, self.steps));
        Ok(found)
    }
}

/// What every network is measured on.
struct Room {
    pairs: Arc<dyn Pairs>,
    held_out: Arc<Validation>,
}

impl Room {
    fn new(desk: &Desk<'_>) -> Result<Self> {
        let held_out = Validation::held_out(student::independent(SIZE, SIGMA)?.as_ref(), desk.seed, 8 * BATCH, Loss::L2)?;
        Ok(Room { pairs: student::crops(SIZE, SIGMA)?, held_out: Arc::new(held_out) })
    }
}

/// A network and how it came to be.
struct Learnt {
    stable: f64,
    eta: f64,
    curve: Vec<(f64, f64)>, // step, held-out risk
    student: Student,
}

impl Learnt {
    fn risk(&self) -> f64 {
        self.curve.last().map_or(f64::NAN, |p| p.1)
    }
}

/// What becomes of normalised networks in use.
struct Used {
    running: Vec<f64>,
    never_ran: Vec<f64>,
    folding: f64,
}

impl BatchNorm {
    fn student(&self, network: &Arc<Network<f32>>, eta: f64, seed: u64, room: &Room) -> Result<Student> {
        let knobs = &[("eta", eta.into())];
        let course =
            Course { pairs: room.pairs.clone(), samples: Samples::Fresh, batch: BATCH, seed, rule: "gradient-descent", knobs };
        Student::new(network, &room.held_out, &course)
    }

    /// Whether the last losses of a trial are finite, and below that of the untrained network.
    fn stable(&self, network: &Arc<Network<f32>>, eta: f64, seed: u64, room: &Room, desk: &Desk<'_>) -> Result<bool> {
        let losses = self.student(network, eta, seed, room)?.learn(self.trial as u64, desk)?;
        let last = &losses[losses.len() - losses.len() / 3..];
        Ok(losses.len() == self.trial as usize && mean(last) < (SIGMA / 255.0).powi(2))
    }

    /// The largest stable η by bisection of its logarithm, to a factor of √2, then the best of its halves.
    fn learnt(&self, network: &Arc<Network<f32>>, seed: u64, room: &Room, desk: &Desk<'_>) -> Result<Learnt> {
        let [mut low, mut high] = POWERS;
        while high - low > 0.5 {
            let middle = 0.5 * (low + high);
            if self.stable(network, middle.exp2(), seed, room, desk)? { low = middle } else { high = middle }
        }
        let stable = low.exp2();
        let mut best: Option<Learnt> = None;
        for halves in 0..=HALVES {
            let eta = stable * 0.5f64.powi(halves);
            let (student, curve) = self.run(network, eta, seed, room, desk)?;
            let learnt = Learnt { stable, eta, curve, student };
            if best.as_ref().is_none_or(|best| learnt.risk() < best.risk() || !best.risk().is_finite()) {
                best = Some(learnt);
            }
        }
        best.ok_or_else(|| ravine::Error::Unsuited("no η was tried".into()))
    }

    /// All steps with this η, and the held-out risk ten times on the way.
    fn run(
        &self,
        network: &Arc<Network<f32>>,
        eta: f64,
        seed: u64,
        room: &Room,
        desk: &Desk<'_>,
    ) -> Result<(Student, Vec<(f64, f64)>)> {
        let mut student = self.student(network, eta, seed, room)?;
        let mut curve = vec![(0.0, student.score(&room.held_out)?.risk)];
        let piece = (self.steps / 10.0).ceil() as u64;
        for part in 1..=10 {
            student.learn(piece, desk)?;
            curve.push(((part * piece) as f64, student.score(&room.held_out)?.risk));
        }
        Ok((student, curve))
    }

    fn used(&self, learnt: &mut [Learnt], room: &Room) -> Result<Used> {
        let mut used = Used { running: Vec::new(), never_ran: Vec::new(), folding: 0.0 };
        for Learnt { student, .. } in learnt {
            let own = student.risk_as_in_a_step();
            used.running.push(student.score(&room.held_out)?.risk / own);
            let first = student.network().initial_statistics();
            used.never_ran.push(room.held_out.score(student.network(), student.theta(), &first)?.risk / own);
            used.folding = used.folding.max(folding_error(student, room)?);
        }
        Ok(used)
    }
}

/// The largest difference between the answers of the folded network and of the network in which each normalisation is a layer of its own.
fn folding_error(student: &mut Student, room: &Room) -> Result<f64> {
    let statistics = student.statistics();
    let (network, theta) = (student.network(), student.theta());
    let (folded, folded_theta) = network.folded(theta, &statistics)?;
    let (written, written_theta) = written_out(network, theta, &statistics)?;
    let picture = room.pairs.pair(Key::held_out(1, 0))?.observed;
    let at = Shape::new(1, SIZE, SIZE, 1);
    let (a, b) = (folded.infer(&folded_theta, at, picture.pixels())?, written.infer(&written_theta, at, picture.pixels())?);
    Ok(a.iter().zip(&b).map(|(a, b)| f64::from((a - b).abs())).fold(0.0, f64::max))
}

/// The network with each normalisation, its statistics fixed, as a 1 × 1 convolution by a diagonal matrix.
fn written_out(network: &Network<f32>, theta: &[f32], statistics: &[f32]) -> Result<(Network<f32>, Vec<f32>)> {
    let length = |blocks: Vec<(&str, Vec<usize>)>| blocks.iter().map(|(_, shape)| shape.iter().product::<usize>()).sum::<usize>();
    let (mut nodes, mut all, mut own, mut seen) = (Vec::new(), Vec::new(), 0, 0);
    for node in network.nodes() {
        let Node::Layer { layer, from } = node else {
            nodes.push(node.clone());
            continue;
        };
        let theta = &theta[own..][..length(layer.blocks())];
        let fixed = layer.fixed(theta, &statistics[seen..][..length(layer.statistics())]);
        own += theta.len();
        seen += length(layer.statistics());
        match fixed {
            None => {
                nodes.push(node.clone());
                all.extend(theta);
            }
            Some(affine) => {
                let channels = affine.scale.len();
                nodes.push(Node::layer(Convolution::new(1, channels, channels)?.then(affine.activation)?, *from));
                all.extend(
                    (0..channels * channels).map(|k| if k / channels == k % channels { affine.scale[k % channels] } else { 0.0 }),
                );
                all.extend(&affine.shift);
            }
        }
    }
    Ok((Network::new(nodes)?, all))
}

fn table(without: &[Learnt], with: &[Learnt]) -> Table {
    let short = crate::plot::number::short;
    let row = |(i, (plain, normalised)): (usize, (&Learnt, &Learnt))| {
        let numbers = [plain.stable, normalised.stable, normalised.stable / plain.stable, plain.eta, normalised.eta];
        std::iter::once(format!("seed {i}")).chain(numbers.map(short)).collect()
    };
    let header =
        ["network", "plain: largest stable η", "normalised: largest stable η", "times", "plain: best η", "normalised: best η"];
    Table {
        caption: "The largest η that is stable, to a factor of √2, and the best of it and its halves".into(),
        header: header.map(String::from).to_vec(),
        rows: without.iter().zip(with).enumerate().map(row).collect(),
    }
}

fn figure(without: &mut [Learnt], with: &mut [Learnt], steps: f64) -> Figure {
    let by_risk = |learnt: &mut [Learnt]| learnt.sort_by(|a, b| a.risk().total_cmp(&b.risk()));
    by_risk(without);
    by_risk(with);
    let middle = |name: &str, learnt: &[Learnt]| {
        let of = &learnt[learnt.len() / 2];
        let points = of.curve.iter().map(|(step, risk)| (*step, -10.0 * risk.log10())).collect();
        Curve { label: format!("{name}, η = {}", crate::plot::number::short(of.eta)), points }
    };
    let risks = Chart {
        title: format!("{steps} steps, the middle one of the seeds"),
        x_label: "step".into(),
        y_label: "held-out PSNR, dB".into(),
        x_scale: Scale::Linear,
        scale: Scale::Linear,
        curves: vec![middle("plain", without), middle("normalised", with)],
    };
    Figure {
        title: "With and without batch normalisation".into(),
        description: "The held-out PSNR of a plain and of a normalised network over the steps, each with its best learning rate."
            .into(),
        panels: vec![Panel::Chart(risks)],
    }
}
