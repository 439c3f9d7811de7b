//! Two roads to a clean picture, on the same pictures: an energy minimised for each, and a network that learnt once.

use super::student::{self, CROP, Course, Student};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use crate::report::{Picture, Table};
use ravine::evaluate::{Evaluated, evaluate};
use ravine::image::{Grid, Image, noise, scene};
use ravine::net::pairs::family::Kind;
use ravine::net::{Loss, Samples, Validation, models};
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::statistics::{Interval, bootstrap, mean};
use ravine::recipe::{Restoration, Trained};
use ravine::restore::{CLOSE_ENOUGH, METHODS, Watch, Way};
use ravine::{Auto, Error, Result};
use std::sync::Arc;
use std::time::Instant;

/// Of the noise, in grey levels.
const SIGMA: f64 = 25.0;
/// Rows and columns of a picture.
const SIDE: usize = 128;
/// Pairs of a step.
const BATCH: usize = 8;
/// Kinds of scenes, from those that the network mostly learnt from to those that an energy describes best.
const KINDS: [&str; 6] = ["thicket", "leaves", "swatches", "cartoon", "ramps", "strokes"];

pub(super) struct TwoRoads {
    steps: f64,
    each: f64,
    depth: f64,
    width: f64,
    large: f64,
}

impl Lesson for TwoRoads {
    const NAME: &'static str = "two-roads";
    const PART: Part = Part::Networks;
    const CLAIM: &'static str = "Variational methods solve a different problem, sometimes a convex one, for each picture; learning solves one, over all \
                                 pictures, that is highly non-convex: and restores better for it.";
    const FORMULA: &'static str = "û = argmin R(u) + λ/2‖u − f‖²  for each f,   or   û = F(f; θ*)";

    fn new(effort: Effort) -> Self {
        match effort {
            Effort::Quick => TwoRoads { steps: 300.0, each: 1.0, depth: 5.0, width: 8.0, large: 128.0 },
            Effort::Full => TwoRoads { steps: 2000.0, each: 3.0, depth: 5.0, width: 8.0, large: 512.0 },
        }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("steps", "steps of the learning", &mut self.steps, Range::closed(20.0, 1e6)));
        visit(Parameter::number("each", "pictures of each kind of scene", &mut self.each, Range::closed(1.0, 1000.0)));
        visit(Parameter::number("depth", "convolutions", &mut self.depth, Range::closed(2.0, 20.0)));
        visit(Parameter::number("width", "channels", &mut self.width, Range::closed(2.0, 64.0)));
        visit(Parameter::number(
            "large",
            "rows and columns of the picture whose restoration shows how much memory a method needs",
            &mut self.large,
            Range::closed(64.0, 4096.0),
        ));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let mut roads = self.roads(desk)?;
        let mut shown = Vec::new();
        for kind in KINDS {
            for seed in 0..self.each as u64 {
                let clean = scene::named(kind)?.draw(desk.seed + 100 + seed, Grid::new(1, SIDE, SIDE))?;
                let mut observed = clean.clone();
                noise::add_gaussian(&mut observed, SIGMA / 255.0, desk.seed + seed);
                for road in &mut roads {
                    let image = road.take(&clean, &observed, desk)?;
                    if seed == 0 && kind == KINDS[0] {
                        shown.push((road.name.clone(), image));
                    }
                }
                if seed == 0 && kind == KINDS[0] {
                    shown.splice(0..0, [("clean".into(), clean), ("noisy".into(), observed)]);
                }
            }
        }
        let (networks, energies): (Vec<&Road>, Vec<&Road>) = roads.iter().partition(|r| r.model.is_some());
        let [small, large] = networks[..] else { return Err(Error::Unsuited("there are two networks here".into())) };
        let best = energies.iter().copied().max_by(|a, b| a.psnr().total_cmp(&b.psnr())).unwrap_or(small);

        let mut found = Findings::default();
        for road in &roads {
            let of = |values: &dyn Fn(&Mark) -> f64| {
                bootstrap(&road.marks.iter().map(values).collect::<Vec<_>>(), mean, 0.95, desk.seed)
            };
            let name = &road.name;
            found.number(Number::within(format!("{name}: PSNR"), of(&|m| m.psnr)).of("dB"));
            found.number(Number::within(format!("{name}: SSIM"), of(&|m| m.ssim)));
            found.number(Number::within(format!("{name}: iterations a picture"), of(&|m| m.iterations)));
            if road.model.is_none() {
                found.number(
                    Number::new(format!("{name}: certified distance from the minimiser, at most"), road.bound()).of("grey levels"),
                );
            }
        }
        let each = self.each as usize;
        let over = |network: &Road, of: std::ops::Range<usize>| -> Interval {
            let psnr = |road: &Road| road.marks[of.clone()].iter().map(|m| m.psnr).collect::<Vec<_>>();
            let difference: Vec<f64> = psnr(network).iter().zip(psnr(best)).map(|(n, b)| n - b).collect();
            bootstrap(&difference, mean, 0.95, desk.seed)
        };
        let kinds = |network: &Road| (0..KINDS.len()).map(|k| over(network, k * each..(k + 1) * each)).collect::<Vec<Interval>>();
        for network in [small, large] {
            let name = format!("PSNR of the {} over the best energy, {}", network.name, best.name);
            found.number(Number::within(name.clone(), over(network, 0..KINDS.len() * each)).of("dB"));
            for (kind, over) in KINDS.iter().zip(kinds(network)) {
                found.number(Number::within(format!("{name}, on {kind}, {each} of each kind"), over).of("dB"));
            }
        }
        for road in &roads {
            found
                .timing
                .push(Number::new(format!("{}, a picture of {SIDE} × {SIDE}", road.name), road.mean(|m| m.seconds)).of("s"));
        }
        for road in roads.iter() {
            found.timing.extend(road.memory(self.large as usize, desk)?.map(|b| {
                Number::new(format!("{}, memory beyond the pictures, {1} × {1}", road.name, self.large), b / 1e6).of("MB")
            }));
        }

        found.case(
            "an energy knows how well its problem was solved: each answer is certified to lie within half a grey level of the minimiser",
            energies.iter().all(|r| r.bound() <= CLOSE_ENOUGH),
        );
        found.case("the learned road solves no problem for a picture", networks.iter().all(|r| r.mean(|m| m.iterations) == 0.0));
        let all = |network: &Road| over(network, 0..KINDS.len() * each);
        let steps = self.steps;
        found.case(
            format!("a small network restores better after {steps} steps than the best energy, in the mean over all pictures"),
            all(small).low > 0.0,
        );
        let by_kind = kinds(large);
        found.case("one that learnt for long, the one inside the program, does", all(large).low > 0.0);
        found.case("and on every kind of picture", by_kind.iter().all(|k| k.value > 0.0));
        let by_gain = |a: &usize, b: &usize| by_kind[*a].value.total_cmp(&by_kind[*b].value);
        let (worst, most) = ((0..KINDS.len()).min_by(by_gain).unwrap_or(0), (0..KINDS.len()).max_by(by_gain).unwrap_or(0));
        found.say(format!(
            "A network of {} weights, {steps} steps old, restores {:.2} dB, the one inside the program, of {} weights and long learnt, {:.2} dB, the best energy, {}, {:.2} dB, and the \
             noisy pictures have {:.2} dB.",
            small.weights()?,
            small.psnr(),
            large.weights()?,
            large.psnr(),
            best.name,
            best.psnr(),
            -20.0 * (SIGMA / 255.0).log10()
        ));
        found.say(format!(
            "The energies know what the network does not: every answer is proven to lie within {:.2} grey levels of the best one of its energy. That says how \
             well the problem was solved, not how well it was posed.",
            energies.iter().map(|r| r.bound()).fold(0.0, f64::max)
        ));
        found.say(format!(
            "What a picture is like decides how much there is to learn: over the best energy the network inside the program gains {:+.2} dB on {}, and {:+.2} dB on {}.",
            by_kind[most].value, KINDS[most], by_kind[worst].value, KINDS[worst]
        ));
        found.tables.push(table(&roads, desk)?);
        for (name, image) in shown {
            found.pictures.push(Picture::of(&image, &name, &format!("a thicket of things, {name}"))?);
        }
        found.figures.push(figure(&roads, self.each as usize));
        Ok(found)
    }
}

/// What became of one picture.
struct Mark {
    psnr: f64,
    ssim: f64,
    iterations: f64,
    seconds: f64,
    bound: Option<f64>, // distance from the minimiser, in grey levels
}

/// A method, and its restorations of all pictures, kind by kind.
struct Road {
    name: String,
    method: &'static str,
    model: Option<Trained>, // none solves an energy
    marks: Vec<Mark>,
    asked: Restoration,
}

impl Road {
    fn new(name: String, method: &'static str, model: Option<Trained>) -> Self {
        Road { name, method, model, marks: Vec::new(), asked: Restoration::default() }
    }

    /// Restores a picture, and keeps what came of it. Every method is told σ, and none a λ.
    fn take(&mut self, clean: &Image, observed: &Image, desk: &Desk<'_>) -> Result<Image> {
        desk.go_on()?;
        self.asked = Restoration {
            method: Auto::Given(self.method.into()),
            model: self.model.clone(),
            sigma: Auto::Given(SIGMA),
            ..Restoration::default()
        };
        let began = Instant::now();
        let watch = &mut Watch { interrupt: None, observe: &mut |_| () };
        let Evaluated { restored, comparison } = evaluate(clean, observed.clone(), &self.asked, watch)?;
        self.marks.push(Mark {
            psnr: comparison.psnr.unwrap_or(f64::INFINITY),
            ssim: comparison.ssim.unwrap_or(f64::NAN),
            iterations: restored.iterations as f64,
            seconds: began.elapsed().as_secs_f64(),
            bound: restored.distance_bound(),
        });
        Ok(restored.picture.image)
    }

    /// How many numbers its network has learnt.
    fn weights(&self) -> Result<usize> {
        let Some(model) = &self.model else { return Ok(0) };
        Ok(model.model()?.card().network.network::<f32>()?.layout().len())
    }

    fn mean(&self, of: impl Fn(&Mark) -> f64) -> f64 {
        mean(&self.marks.iter().map(of).collect::<Vec<_>>())
    }

    fn psnr(&self) -> f64 {
        self.mean(|m| m.psnr)
    }

    /// The largest bound on the distance from the minimiser; infinite where an answer has none.
    fn bound(&self) -> f64 {
        self.marks.iter().map(|m| m.bound.unwrap_or(f64::INFINITY)).fold(0.0, f64::max)
    }

    /// How much more memory the program holds at most while a picture of `side` × `side` is restored, where the system tells it (Linux).
    fn memory(&self, side: usize, desk: &Desk<'_>) -> Result<Option<f64>> {
        desk.go_on()?;
        let mut picture = Image::constant(Grid::new(1, side, side), 0.5);
        noise::add_gaussian(&mut picture, SIGMA / 255.0, desk.seed);
        let clean = Image::constant(picture.grid(), 0.5);
        let Some(before) = Memory::reset() else { return Ok(None) };
        evaluate(&clean, picture, &self.asked, &mut Watch { interrupt: None, observe: &mut |_| () })?;
        Ok(Memory::peak().map(|peak| (peak - before).max(0.0)))
    }
}

/// What the system knows of the memory of this program, in bytes.
struct Memory;

impl Memory {
    /// Forgets the peak so far, and gives what is held now.
    fn reset() -> Option<f64> {
        std::fs::write("/proc/self/clear_refs", "5").ok()?;
        Memory::line("VmRSS:")
    }

    fn peak() -> Option<f64> {
        Memory::line("VmHWM:")
    }

    fn line(name: &str) -> Option<f64> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let kilobytes = status.lines().find_map(|line| line.strip_prefix(name))?;
        Some(1024.0 * kilobytes.trim().trim_end_matches(" kB").parse::<f64>().ok()?)
    }
}

impl TwoRoads {
    /// Every method: of networks the small one, once it has learnt, then the one inside the program.
    fn roads(&self, desk: &Desk<'_>) -> Result<Vec<Road>> {
        let shipped =
            models::usual(Kind::Gaussian, 1).ok_or_else(|| Error::Unsuited("there is no model inside the program".into()))?;
        let mut roads = Vec::new();
        for method in METHODS.iter().filter(|m| m.way != Way::Untouched) {
            if method.way == Way::Network {
                let learnt = format!("network after {} steps", self.steps);
                roads.push(Road::new(learnt, method.name, Some(self.learn(desk)?)));
                let inside = format!("network inside the program, {}", shipped.name);
                roads.push(Road::new(inside, method.name, Some(shipped.model()?.into())));
            } else {
                roads.push(Road::new(method.name.into(), method.name, None));
            }
        }
        Ok(roads)
    }

    fn learn(&self, desk: &Desk<'_>) -> Result<Trained> {
        let design = student::dncnn(self.depth, self.width, false)?;
        let network = Arc::new(design.network()?);
        let pairs = student::crops(CROP, SIGMA)?;
        let held_out = Arc::new(Validation::held_out(pairs.as_ref(), desk.seed, BATCH, Loss::L2)?);
        let course =
            Course { pairs, samples: Samples::Fresh, batch: BATCH, seed: desk.seed, rule: "adam", knobs: &[("eta", 3e-3.into())] };
        let mut student = Student::new(&network, &held_out, &course)?;
        student.learn(self.steps as u64, desk)?;
        student.graduate(&design, SIGMA)
    }
}

fn table(roads: &[Road], desk: &Desk<'_>) -> Result<Table> {
    desk.go_on()?;
    let row = |road: &Road| {
        let certificate = if road.bound().is_finite() { format!("≤ {:.2}", road.bound()) } else { "none".into() };
        vec![
            road.name.clone(),
            format!("{:.2}", road.psnr()),
            format!("{:.3}", road.mean(|m| m.ssim)),
            format!("{:.0}", road.mean(|m| m.iterations)),
            format!("{:.3}", road.mean(|m| m.seconds)),
            certificate,
        ]
    };
    let header = ["method", "PSNR, dB", "SSIM", "iterations", "seconds, with the search for λ", "from the minimiser, grey levels"];
    Ok(Table {
        caption: format!(
            "Means over {} pictures of {SIDE} × {SIDE}, σ = {SIGMA}; the last column is the largest",
            roads[0].marks.len()
        ),
        header: header.map(String::from).to_vec(),
        rows: roads.iter().map(row).collect(),
    })
}

fn figure(roads: &[Road], each: usize) -> Figure {
    let curve = |road: &Road| Curve {
        label: road.name.clone(),
        points: (0..KINDS.len())
            .map(|k| (k as f64 + 1.0, mean(&road.marks[k * each..][..each].iter().map(|m| m.psnr).collect::<Vec<_>>())))
            .collect(),
    };
    let chart = Chart {
        title: "Six kinds of scenes, in the order below".into(),
        x_label: KINDS.join(", "),
        y_label: "PSNR, dB".into(),
        x_scale: Scale::Linear,
        scale: Scale::Linear,
        curves: roads.iter().map(curve).collect(),
    };
    Figure {
        title: "Two roads".into(),
        description: "The PSNR of every method on six kinds of drawn scenes under the same noise.".into(),
        panels: vec![Panel::Chart(chart)],
    }
}
