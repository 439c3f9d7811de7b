//! Slices of the loss of two small networks, a plain one and a residual one with batch normalisation: how far from convex it is, how much of
//! the way of a training a plane shows, and the curvatures at its end.

use super::student::{self, Course, Student};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::{ContourMap, Figure, Panel, landscape as plot};
use ravine::landscape::{Directions, Survey, Surveying, Terrain, Watch, survey};
use ravine::net::{Design, Loss, Plan, Risk, Samples, Statistics, Validation};
use ravine::optim::Objective;
use ravine::optim::parameter::{Parameter, Range, Setting, Visitor};
use ravine::optim::vector;
use ravine::{Auto, Result};
use std::sync::Arc;

/// Of the noise, in grey levels.
const SIGMA: f64 = 25.0;
/// Rows and columns of a crop.
const SIZE: usize = 16;
/// Pairs of a step: two a shard.
const BATCH: usize = 16;
/// Points of the path.
const POINTS: u64 = 20;
/// By so much of the loss at its end must a chord be passed, to be sure of it beside rounding.
const SURE: f64 = 1e-3;

pub(super) struct Landscape {
    steps: f64,
    size: f64,
    depth: f64,
    width: f64,
}

impl Lesson for Landscape {
    const NAME: &'static str = "landscape";
    const PART: Part = Part::Networks;
    const CLAIM: &'static str =
        "The loss of a network is highly non-convex, and its shape is unknown: with so many weights we only see slices.";
    const FORMULA: &'static str = "R(θ + a·d₁ + b·d₂),  each filter of d₁, d₂ as long as that of θ;  ∇²R(θ)v = λv";

    fn new(effort: Effort) -> Self {
        match effort {
            Effort::Quick => Landscape { steps: 60.0, size: 9.0, depth: 5.0, width: 6.0 },
            Effort::Full => Landscape { steps: 400.0, size: 25.0, depth: 5.0, width: 6.0 },
        }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("steps", "steps of each training", &mut self.steps, Range::closed(20.0, 1e6)));
        visit(Parameter::number("size", "points on a side of a plane, an odd number", &mut self.size, Range::closed(5.0, 201.0)));
        visit(Parameter::number("depth", "convolutions", &mut self.depth, Range::closed(3.0, 20.0)));
        visit(Parameter::number("width", "channels", &mut self.width, Range::closed(2.0, 64.0)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let mut found = Findings::default();
        let seen = [("plain", false), ("residual, normalised", true)].map(|(name, kind)| self.seen(name, kind, desk));
        let [plain, normalised] = seen;
        let all = [plain?, normalised?];
        for net in &all {
            let (name, steps) = (net.name, self.steps);
            let number = |what: &str, value: f64| Number::new(format!("{name}, {steps} steps: {what}"), value);
            found.number(number("least eigenvalue of the Hessian at the end, relative to the largest", net.least / net.largest));
            found.number(number("how far that can be off, likewise", net.uncertain / net.largest));
            found.number(number("share of chords in the random plane that the loss passes above", net.above));
            found.number(number("loss at the edge of the random plane, in the mean, over that in the middle", net.edge));
            found.number(number("variance of the path in its two principal directions", net.explained[0]));
            found.number(number("variance of the path in the two random directions", net.explained[1]));
        }
        let margins = all.iter().all(|net| net.least < -net.uncertain);
        found.case("the loss is not convex: at the end of the training it still curves down somewhere", margins);
        found.case(
            "highly so: as much as a tenth of the most that it curves up",
            all.iter().all(|net| -net.least > 0.1 * net.largest),
        );
        found.case("and a plane of random directions through the end shows it", all.iter().all(|net| net.above > 0.0));
        found.case("a plane shows nearly nothing of where the training went", all.iter().all(|net| net.explained[1] < 0.05));
        found.say(format!(
            "At the end of a training the least curvature of the loss is {:.4} times the largest for the plain network and {:.4} times for the other, to within {:.0e}: \
             it curves down, but hundreds of times less than it curves up.",
            all[0].least / all[0].largest,
            all[1].least / all[1].largest,
            all.iter().map(|net| net.uncertain / net.largest).fold(0.0, f64::max)
        ));
        found.say(format!(
            "In a plane of random directions, each filter scaled to its own length, the loss passes above {:.0} % of the chords for the plain and {:.0} % for the \
             residual, normalised network: what a plane shows is an average over {} directions.",
            100.0 * all[0].above,
            100.0 * all[1].above,
            all[0].unknowns
        ));
        found.say(format!(
            "Two random directions hold {:.1} % of the variance of the path, its own two principal ones {:.0} % for the plain and {:.0} % for the other network: a \
             way is seen only in the plane that it chose itself, and even there not whole.",
            100.0 * all[0].explained[1],
            100.0 * all[0].explained[0],
            100.0 * all[1].explained[0]
        ));
        let panels = all.into_iter().flat_map(|net| net.panels).collect();
        found.figures.push(Figure {
            title: "Two planes through the end of two trainings".into(),
            description: "Level lines of the loss of a plain and of a residual, normalised network, in a plane of random directions with each filter as long as \
                          the network's, and in the plane of the two principal directions of the path, with the path projected on it."
                .into(),
            panels,
        });
        Ok(found)
    }
}

/// What was seen of a network.
struct Seen {
    name: &'static str,
    unknowns: usize,
    least: f64,
    largest: f64,
    uncertain: f64,      // of the least eigenvalue
    above: f64,          // share of chords of the random plane that lie below the loss at their middle
    edge: f64,           // loss at the edge of the random plane over that in its middle
    explained: [f64; 2], // in the principal plane, in the random one
    panels: Vec<Panel>,
}

impl Landscape {
    fn seen(&self, name: &'static str, normalised: bool, desk: &Desk<'_>) -> Result<Seen> {
        let knobs: [(&str, Setting); 4] = [
            ("depth", self.depth.into()),
            ("width", self.width.into()),
            ("batch_norm", normalised.into()),
            ("residual", normalised.into()),
        ];
        let design = Design::new("dncnn", &knobs, 1)?;
        let network = Arc::new(design.network()?);
        let held_out = Arc::new(Validation::held_out(student::independent(SIZE, SIGMA)?.as_ref(), desk.seed, BATCH, Loss::L2)?);
        let pairs = student::crops(SIZE, SIGMA)?;
        let course = Course {
            pairs: pairs.clone(),
            samples: Samples::Fresh,
            batch: BATCH,
            seed: desk.seed,
            rule: "adam",
            knobs: &[("eta", 3e-3.into())],
        };
        let mut student = Student::new(&network, &held_out, &course)?;
        let mut path = vec![vector::widen(student.theta())];
        for _ in 0..POINTS {
            student.learn((self.steps / POINTS as f64).ceil() as u64, desk)?;
            path.push(vector::widen(student.theta()));
        }
        // It learnt in single precision; differences of gradients need double.
        let (wide, statistics) = (Arc::new(design.network::<f64>()?), vector::widen(&student.statistics()));
        let look = |directions: Directions, eigenvalues: usize| -> Result<Survey> {
            desk.go_on()?;
            let plan = Plan { loss: Loss::L2, samples: Samples::Fresh, batch: BATCH, seed: desk.seed };
            let risk =
                Risk::new(wide.clone(), pairs.clone(), held_out.clone(), plan)?.normalised(Statistics::Batch, &statistics)?;
            let worker: Box<dyn Objective<f64>> = Box::new(risk);
            let (size, directions) = (Auto::Given(self.size as usize), Auto::Given(directions));
            let asked = Surveying { size, directions, eigenvalues, seed: desk.seed, ..Surveying::default() };
            survey(
                Terrain::new(name, vec![worker], path.clone())?,
                &asked,
                &mut Watch { interrupt: None, partial: None, show: &mut |_| () },
            )
        };
        let (random, own) = (look(Directions::Filter, 1)?, look(Directions::Pca, 0)?);
        let curvature = random.curvature.clone().ok_or_else(|| ravine::Error::Unsuited("no eigenvalue was found".into()))?;
        let (least, largest) = (curvature.least[0], curvature.largest[0]);
        let held = |survey: &Survey| survey.explained.as_ref().map_or(f64::NAN, |shares| shares.iter().sum());
        let maps = [(&random, "random directions"), (&own, "its path")].map(|(survey, of)| map(survey, &format!("{name}: {of}")));
        Ok(Seen {
            name,
            unknowns: random.unknowns,
            least: least.value,
            largest: largest.value,
            uncertain: least.residual + least.difference,
            above: above(&random.values),
            edge: edge(&random.values),
            explained: [held(&own), held(&random)],
            panels: maps.into_iter().flatten().collect(),
        })
    }
}

/// The level lines of a survey, under this title.
fn map(survey: &Survey, title: &str) -> Option<Panel> {
    plot::figure(survey).panels.into_iter().find_map(|panel| match panel {
        Panel::Contours(map) => {
            let labels = match survey.directions {
                Directions::Filter => [1, 2].map(|k| format!("direction {k}, in lengths of each filter")),
                _ => map.labels.clone(),
            };
            Some(Panel::Contours(ContourMap { title: title.into(), labels, ..map }))
        }
        _ => None,
    })
}

/// The share of the chords between points of the plane, along its rows and columns, with a point in their middle, that lie below the loss there.
fn above(values: &[Vec<f64>]) -> f64 {
    let n = values.len();
    let margin = SURE * values[n / 2][n / 2];
    let (mut all, mut passed) = (0.0, 0.0);
    for i in 0..n {
        for middle in 1..n - 1 {
            for reach in 1..=middle.min(n - 1 - middle) {
                for line in [|v: &[Vec<f64>], i: usize, k: usize| v[i][k], |v: &[Vec<f64>], i: usize, k: usize| v[k][i]] {
                    let chord = 0.5 * (line(values, i, middle - reach) + line(values, i, middle + reach));
                    all += 1.0;
                    passed += f64::from(u8::from(line(values, i, middle) > chord + margin));
                }
            }
        }
    }
    passed / all
}

/// The mean loss on the edge of the plane over that in its middle.
fn edge(values: &[Vec<f64>]) -> f64 {
    let n = values.len();
    let on_edge = |i: usize, j: usize| i == 0 || j == 0 || i == n - 1 || j == n - 1;
    let points: Vec<f64> = (0..n * n).filter(|k| on_edge(k / n, k % n)).map(|k| values[k / n][k % n]).collect();
    ravine::optim::statistics::mean(&points) / values[n / 2][n / 2]
}
