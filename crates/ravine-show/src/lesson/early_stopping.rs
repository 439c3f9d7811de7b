//! Eight pictures learnt by heart: when the held-out risk rises, what stopping saves, and when there is nothing to save.
//!
//! One set of held-out pictures says when to stop, another, which had no say, judges what was kept.

use super::sparse::middle;
use super::student::{Course, Student, crops, dncnn, independent};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use ravine::Result;
use ravine::net::{Loss, Network, Pairs, Samples, Validation};
use ravine::optim::parameter::{Parameter, Range, Visitor};
use std::sync::Arc;

const CROP: usize = 16;
/// Pictures that are learnt, all of them in each step.
const PICTURES: usize = 8;
const SIGMA: f64 = 50.0;
/// Steps between two looks.
const EVERY: u64 = 20;

pub(super) struct EarlyStopping {
    steps: f64,
    seeds: f64,
    patience: f64,
    eta: f64,
}

/// What is known after every [`EVERY`] steps, the beginning first.
#[derive(Default)]
struct Run {
    /// The loss of the steps since the last look.
    training: Vec<f64>,
    /// Of those that say when to stop.
    held_out: Vec<f64>,
    /// Of those that judge.
    judging: Vec<f64>,
}

struct Classroom {
    network: Arc<Network<f32>>,
    pairs: Arc<dyn Pairs>,
    held_out: Arc<Validation>,
    judging: Arc<Validation>,
}

impl Lesson for EarlyStopping {
    const NAME: &'static str = "early-stopping";
    const PART: Part = Part::Strategies;
    const CLAIM: &'static str = "Training is best stopped when the held-out risk rises.";
    const FORMULA: &'static str = "b = argmin R(θʲ) over j ≤ k, R the held-out risk;  stop once k − b ≥ patience, and keep θᵇ";

    fn new(effort: Effort) -> Self {
        match effort {
            Effort::Quick => EarlyStopping { steps: 600.0, seeds: 3.0, patience: 8.0, eta: 0.01 },
            Effort::Full => EarlyStopping { steps: 2000.0, seeds: 8.0, patience: 8.0, eta: 0.01 },
        }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("steps", "steps of a training that is not stopped", &mut self.steps, Range::closed(200.0, 1e6)));
        visit(Parameter::number("seeds", "trainings", &mut self.seeds, Range::closed(3.0, 1000.0)));
        visit(Parameter::number(
            "patience",
            "looks without a better one that are borne",
            &mut self.patience,
            Range::closed(1.0, 1000.0),
        ));
        visit(Parameter::number("eta", "η of Adam", &mut self.eta, Range::POSITIVE));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let mut found = Findings::default();
        let room = Classroom::new(desk)?;
        let many = |samples: Samples| {
            (0..self.seeds as u64).map(|i| self.run(&room, samples, desk.seed + i, desk)).collect::<Result<Vec<_>>>()
        };
        let (few, fresh) = (many(Samples::Of(PICTURES as u64))?, many(Samples::Fresh)?);
        let of = |runs: &[Run], number: &dyn Fn(&Run) -> f64| middle(runs.iter().map(number), desk);
        let steps = self.steps;
        let (rises, falls) = (of(&few, &Run::rise), of(&few, &Run::fall));
        found.number(Number::within(format!("8 pictures: held-out risk after {steps} steps over its least"), rises));
        found.number(Number::within(
            format!("8 pictures: training risk after {steps} steps over that at the least held-out risk"),
            falls,
        ));
        let halt = |run: &Run| run.halt(self.patience as usize);
        found.number(Number::within("8 pictures: the step at which it stops", of(&few, &|run| EVERY as f64 * halt(run).0 as f64)));
        found.number(Number::within(
            "8 pictures: the step whose weights it keeps",
            of(&few, &|run| EVERY as f64 * halt(run).1 as f64),
        ));
        let spared = of(&few, &|run| run.judging[halt(run).1] / run.judging[run.last()]);
        found.number(Number::within(
            format!("8 pictures: risk of what is kept over that after {steps} steps, judged by others"),
            spared,
        ));
        let restored = of(&few, &|run| run.judging[halt(run).1] / run.judging[halt(run).0]);
        found.number(Number::within("8 pictures: risk of what is kept over that where it stopped, judged by others", restored));
        let missed = of(&few, &|run| run.held_out[halt(run).1] / run.least());
        found.number(Number::within(format!("8 pictures: held-out risk of what is kept over the least of {steps} steps"), missed));
        let needless = of(&fresh, &|run| run.judging[halt(run).1] / run.judging[run.last()]);
        found.number(Number::within(
            format!("new pictures in each step: risk of what is kept over that after {steps} steps"),
            needless,
        ));

        found.case("the held-out risk rises while the training risk goes on falling", rises.low > 1.05 && falls.high < 1.0);
        found.below("a training of few pictures is better stopped", spared, 1.0);
        found.case("nothing better would have come", missed.high <= 1.02);
        found.below("a training that sees new pictures in each step is better stopped, too", needless, 1.0);
        found.say(format!(
            "On eight pictures the network learns their noise by heart: its risk on others falls to its least and is {:.2} times that after {steps} steps, while that on the \
             eight goes down to {:.2} times what it was there.",
            rises.value, falls.value
        ));
        found.say(format!(
            "Stopped after {} looks without a better one, with the best weights restored, it has {:.2} times the risk of the training that went on, on pictures that had no say \
             in it; the weights where it stopped would be worse, restoring them divides the risk by {:.2}.",
            self.patience,
            spared.value,
            1.0 / restored.value
        ));
        found.say(format!(
            "Where every step sees new pictures there is nothing to be learnt by heart: stopping there leaves {:.2} times the risk of going on.",
            needless.value
        ));
        found.figures.push(Figure {
            title: "Learning by heart".into(),
            description: "Left, the training risk and the held-out risk over the steps on eight pictures, and the held-out risk where each step sees new ones. Right, \
                          the held-out risk of eight pictures near its least, with the step whose weights are kept and the one where it stops."
                .into(),
            panels: vec![Panel::Chart(risks(&few[0], &fresh[0])), Panel::Chart(self.stop(&few[0]))],
        });
        Ok(found)
    }
}

impl Classroom {
    fn new(desk: &Desk<'_>) -> Result<Self> {
        let apart = independent(CROP, SIGMA)?;
        let held_out = |seed: u64| Ok::<_, ravine::Error>(Arc::new(Validation::held_out(apart.as_ref(), seed, 64, Loss::L2)?));
        let (said, judging) = (held_out(desk.seed)?, held_out(desk.seed.wrapping_add(1 << 32))?);
        Ok(Classroom {
            network: Arc::new(dncnn(4.0, 12.0, false)?.network()?),
            pairs: crops(CROP, SIGMA)?,
            held_out: said,
            judging,
        })
    }
}

impl Run {
    fn last(&self) -> usize {
        self.held_out.len() - 1
    }

    fn least_at(&self) -> usize {
        (0..self.held_out.len()).min_by(|a, b| self.held_out[*a].total_cmp(&self.held_out[*b])).unwrap_or(0)
    }

    fn least(&self) -> f64 {
        self.held_out[self.least_at()]
    }

    /// The held-out risk at the end over its least.
    fn rise(&self) -> f64 {
        self.held_out[self.last()] / self.least()
    }

    /// The training risk at the end over that at the least held-out risk.
    fn fall(&self) -> f64 {
        self.training[self.last()] / self.training[self.least_at()]
    }

    /// The look at which it stops, and the best one until then.
    fn halt(&self, patience: usize) -> (usize, usize) {
        let mut best = 0;
        for (look, risk) in self.held_out.iter().enumerate() {
            if *risk < self.held_out[best] {
                best = look;
            }
            if look - best >= patience {
                return (look, best);
            }
        }
        (self.last(), best)
    }
}

impl EarlyStopping {
    fn run(&self, room: &Classroom, samples: Samples, seed: u64, desk: &Desk<'_>) -> Result<Run> {
        let knobs = [("eta", self.eta.into())];
        let course = Course { pairs: room.pairs.clone(), samples, batch: PICTURES, seed, rule: "adam", knobs: &knobs };
        let mut student = Student::new(&room.network, &room.held_out, &course)?;
        let mut run = Run::default();
        while run.held_out.len() as u64 <= self.steps as u64 / EVERY {
            if !run.held_out.is_empty() {
                student.learn(EVERY, desk)?.last().into_iter().for_each(|loss| run.training.push(*loss));
            } else {
                run.training.push(f64::NAN); // no step, no loss
            }
            run.held_out.push(student.score(&room.held_out)?.risk);
            run.judging.push(student.score(&room.judging)?.risk);
        }
        Ok(run)
    }

    fn stop(&self, run: &Run) -> Chart {
        let (stops, keeps) = run.halt(self.patience as usize);
        let mark = |label: &str, look: usize| Curve { label: label.into(), points: vec![(step(look), run.held_out[look])] };
        let shown = (2 * stops).min(run.last()).max(2);
        Chart {
            title: format!("Stopped after {} looks without a better one", self.patience),
            x_label: "step".into(),
            y_label: "held-out risk".into(),
            x_scale: Scale::Linear,
            scale: Scale::Linear,
            curves: vec![
                Curve {
                    label: "held-out risk, 8 pictures".into(),
                    points: (1..=shown).map(|look| (step(look), run.held_out[look])).collect(),
                },
                mark("the weights that are kept", keeps),
                mark("where it stops", stops),
            ],
        }
    }
}

/// Of a look.
fn step(look: usize) -> f64 {
    look as f64 * EVERY as f64
}

fn risks(few: &Run, fresh: &Run) -> Chart {
    let curve = |label: &str, values: &[f64]| Curve {
        label: label.into(),
        points: values.iter().enumerate().skip(1).map(|(look, risk)| (step(look), *risk)).collect(),
    };
    Chart {
        title: "Eight pictures, and new ones in each step".into(),
        x_label: "step".into(),
        y_label: "risk".into(),
        x_scale: Scale::Linear,
        scale: Scale::Logarithmic,
        curves: vec![
            curve("training risk, 8 pictures", &few.training),
            curve("held-out risk, 8 pictures", &few.held_out),
            curve("held-out risk, new pictures in each step", &fresh.held_out),
        ],
    }
}
