//! Pairs (x, y) made on the fly: whether they follow from a seed, are samples of p(x|y), and are independent.

use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use crate::report::{Picture, Table};
use ravine::Result;
use ravine::image::{Degradation, Grid, Image, metric, scene};
use ravine::net::pairs::{Family, Observed, Scenes, Source, Span, family::Kind};
use ravine::net::{Key, Pair, Pairs as _};
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::statistics::{Interval, bootstrap, mean};

/// Rows and columns of the crops that are measured.
const CROP: usize = 32;
/// Steps that a sheet of a training serves: each of its pixels is seen 4 times, and it has 4 × 4 crops.
const SERVES: usize = 64;
/// Steps that are compared.
const APART: usize = 96;
/// Steps of which the independent crops are compared: each costs a scene.
const ALONE: usize = 8;
/// The picture that is shown, and the part of it.
const SHOWN: (&str, u64, [usize; 2], usize) = ("gorge", 7, [150, 90], 128);

pub(super) struct Pairs {
    pairs: f64,
    places: f64,
}

impl Lesson for Pairs {
    const NAME: &'static str = "pairs";
    const PART: Part = Part::Networks;
    const CLAIM: &'static str =
        "The pairs (x, y), with y a picture and x = D(y) its degraded observation, are IID samples of one p(x, y).";
    const FORMULA: &'static str = "y ~ p(y),  x ~ D(y) = p(x|y),  (x₁, y₁), (x₂, y₂), … ~ p(x, y)";

    fn new(effort: Effort) -> Self {
        match effort {
            Effort::Quick => Pairs { pairs: 50.0, places: 40.0 },
            Effort::Full => Pairs { pairs: 400.0, places: 150.0 },
        }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("pairs", "pairs of each degradation", &mut self.pairs, Range::closed(20.0, 1e5)));
        visit(Parameter::number("places", "crops of a batch whose steps are compared", &mut self.places, Range::closed(10.0, 1e4)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let mut found = Findings::default();
        let mut repeats = true;
        for (name, family) in families()? {
            repeats &= self.repeats(family, desk)?;
            self.level(&mut found, name, family, desk)?;
        }
        self.missing(&mut found, desk)?;
        let as_said = found.numbers.iter().all(Number::agrees);
        let noises = self.noises(desk)?;
        let (sheets, alone) = (self.sheets(desk)?, self.alone(desk)?);
        let [next, later] = [1, SERVES].map(|apart| sheets.correlation(apart, desk.seed));
        let other = alone.correlation(1, desk.seed);
        let agreement = |name: &str, found: Interval| Number::within(format!("correlation of the brightness of {name}"), found);
        found.number(noises.clone());
        found.number(agreement("two crops, each of a scene of its own", other));
        found.number(agreement("two crops of one batch of a training", sheets.across(desk.seed)));
        found.number(agreement("successive crops at one place of a training's batch", next));
        found.number(agreement(&format!("crops at one place, {SERVES} steps apart"), later));

        found.case("a pair follows from its key alone, whatever was asked before: there are as many as one wants", repeats);
        found.case("x is a sample of p(x|y): the noise has the level that was asked for", as_said);
        found.case("the noise of one pair says nothing about that of another", noises.agrees());
        found.case("crops of different scenes are independent", other.contains(0.0));
        found.case("so are the crops that a training takes one after the other", next.contains(0.0));
        found.say(format!(
            "A picture is drawn and degraded from a seed, so pairs are never stored and never run out; asked again, out of order, every one of {} \
             was the same to the last bit.",
            8 * self.repeated()
        ));
        found.say(format!(
            "Pairs whose pictures are scenes of their own are independent. A training saves time by cutting {SERVES} crops from one sheet: the brightness of \
             two successive ones correlates by {:.2}, after {SERVES} steps by {:.2}. Identically distributed they are, independent they are not.",
            next.value,
            later.value
        ));
        found.say(
            "The same holds for crops of photographs: what counts for the risk is how many pictures there are, not how many crops.",
        );
        self.show(&mut found, desk)?;
        found.figures.push(figure(&sheets, &alone, desk.seed));
        Ok(found)
    }
}

/// Every kind of degradation that a training has.
fn families() -> Result<Vec<(&'static str, Family)>> {
    let kinds = ["poisson:30", "salt-pepper:0.1", "jpeg:10..95", "camera"];
    let of = |name: &'static str| -> Result<_> { Ok((name, Family { sigma: Span::fixed(0.0), kind: name.parse()? })) };
    let gaussian =
        [("gaussian, σ = 25", Family::gaussian("25".parse()?)), ("gaussian, σ = 0..55", Family::gaussian("0..55".parse()?))];
    gaussian.into_iter().map(Ok).chain(kinds.map(of)).collect()
}

fn source(family: Family) -> Result<Observed> {
    Ok(Observed::new(Box::new(Scenes::new(1, CROP)?), family)?)
}

impl Pairs {
    /// So many pairs of each degradation are asked for twice.
    fn repeated(&self) -> u64 {
        (self.pairs as u64).min(64)
    }

    /// Whether pairs come out the same, backwards, from a source that has seen nothing.
    fn repeats(&self, family: Family, desk: &Desk<'_>) -> Result<bool> {
        let key = |i: u64| Key { seed: desk.seed, step: i / 8, index: i % 8 };
        let (first, second) = (source(family)?, source(family)?);
        let there: Vec<Pair> = (0..self.repeated()).map(|i| first.pair(key(i))).collect::<ravine::optim::Result<_>>()?;
        desk.go_on()?;
        let back: Vec<Pair> = (0..self.repeated()).rev().map(|i| second.pair(key(i))).collect::<ravine::optim::Result<_>>()?;
        Ok(there.iter().eq(back.iter().rev()))
    }

    /// How strong the noise is, beside what was asked for.
    fn level(&self, found: &mut Findings, name: &str, family: Family, desk: &Desk<'_>) -> Result<()> {
        let pairs = source(family)?;
        let mut size = Size::default();
        for index in 0..self.pairs as u64 {
            desk.go_on()?;
            let pair = pairs.pair(Key { seed: desk.seed, step: index / 64, index: index % 64 })?;
            for (x, y) in pair.observed.pixels().iter().zip(pair.clean.pixels()) {
                let (x, y) = (f64::from(*x), f64::from(*y));
                match family.kind {
                    Kind::Gaussian if family.sigma.low() == family.sigma.high() => size.add(255.0 * (x - y)),
                    Kind::Gaussian => size.add((x - y) / f64::from(pair.sigma).max(1e-6)),
                    Kind::Poisson { peak } if y * peak.low() >= 3.0 => size.add((x - y) / (y / peak.low()).sqrt()),
                    Kind::Poisson { .. } => {}
                    Kind::SaltPepper { .. } => size.add(if x == y { 0.0 } else { 1.0 }),
                    Kind::Jpeg { .. } | Kind::Camera => size.add(255.0 * (x - y)),
                }
            }
        }
        let rms = size.root_mean_square();
        found.number(match family.kind {
            Kind::Gaussian if family.sigma.low() == family.sigma.high() => {
                Number::new(format!("{name}: root mean square of x − y"), rms).of("grey levels").beside(25.0, 0.25)
            }
            Kind::Gaussian => {
                Number::new(format!("{name}: root mean square of (x − y)/σ, of the σ that the pair tells"), rms).beside(1.0, 0.01)
            }
            Kind::Poisson { .. } => Number::new(format!("{name}: root mean square of (x − y)/√(y/30)"), rms).beside(1.0, 0.01),
            Kind::SaltPepper { .. } => Number::new(format!("{name}: share of pixels with x ≠ y"), rms * rms).beside(0.1, 0.005),
            Kind::Jpeg { .. } | Kind::Camera => {
                Number::new(format!("{name}: root mean square of x − y, {} pairs", self.pairs), rms).of("grey levels")
            }
        });
        Ok(())
    }

    /// The share of pixels that are lost, where half of them should be. No training has this one: a network would have to be told the mask.
    fn missing(&self, found: &mut Findings, desk: &Desk<'_>) -> Result<()> {
        let grey = Image::constant(Grid::new(1, 320, 320), 0.5);
        let lost = Degradation { missing: 0.5, ..Degradation::default() }.apply(&grey, desk.seed)?.image;
        let share = lost.pixels().iter().filter(|v| **v == 0.0).count() as f64 / grey.pixels().len() as f64;
        found.number(Number::new("missing, 0.5: share of pixels that are lost", share).beside(0.5, 0.01));
        Ok(())
    }

    /// The correlation, pixel by pixel, of the noise of pairs that follow one another.
    fn noises(&self, desk: &Desk<'_>) -> Result<Number> {
        let pairs = source(Family::gaussian(Span::fixed(25.0)))?;
        let (mut products, mut squares, mut before) = (0.0, 0.0, None::<Vec<f64>>);
        for step in 0..self.pairs as u64 {
            desk.go_on()?;
            let Pair { observed, clean, .. } = pairs.pair(Key { seed: desk.seed, step, index: 0 })?;
            let noise: Vec<f64> = observed.pixels().iter().zip(clean.pixels()).map(|(x, y)| f64::from(x - y)).collect();
            if let Some(before) = &before {
                products += before.iter().zip(&noise).map(|(a, b)| a * b).sum::<f64>();
                squares += noise.iter().map(|n| n * n).sum::<f64>();
            }
            before = Some(noise);
        }
        let n = (self.pairs - 1.0) * (CROP * CROP) as f64;
        let name = format!("correlation of the noise of successive pairs, {} of them", self.pairs);
        Ok(Number::new(name, products / squares).beside(0.0, 4.0 / n.sqrt()))
    }

    /// The brightness of the crops at each place of a training's batch, step by step.
    fn sheets(&self, desk: &Desk<'_>) -> Result<Brightness> {
        Brightness::of(&Scenes::new(1, CROP)?, self.places as u64, SERVES + APART, desk)
    }

    /// The same of crops of which each comes from a scene of its own.
    fn alone(&self, desk: &Desk<'_>) -> Result<Brightness> {
        Brightness::of(&Scenes::independent(1, CROP)?, self.places as u64, ALONE, desk)
    }

    /// A picture, and what each degradation makes of it.
    fn show(&self, found: &mut Findings, desk: &Desk<'_>) -> Result<()> {
        let (name, seed, from, side) = SHOWN;
        let clean = scene::named(name)?.part(seed, Grid::new(3, 320, 480), from, [side, side])?;
        found.pictures.push(Picture::of(&clean, "y", "part of a drawn ravine, as it is")?);
        let sigma = |sigma: f64| Degradation { sigma, ..Degradation::default() };
        let noise = |noise: &str| -> Result<_> { Ok(Degradation { noise: noise.parse()?, ..Degradation::default() }) };
        let all = [
            ("gaussian, σ = 25", sigma(25.0)),
            ("poisson:30", noise("poisson:30")?),
            ("salt-pepper:0.1", noise("salt-pepper:0.1")?),
            ("jpeg:10", noise("jpeg:10")?),
            ("camera", noise("camera")?),
            ("missing, 0.5", Degradation { missing: 0.5, ..Degradation::default() }),
        ];
        let mut rows = Vec::new();
        for (name, degradation) in all {
            let x = degradation.apply(&clean, desk.seed)?.image;
            let distance = metric::compare(&clean, &x)?;
            let psnr = distance.psnr.map_or("–".into(), |p| format!("{p:.2}"));
            rows.push(vec![name.into(), format!("{:.1}", 255.0 * distance.rmse), psnr]);
            found.pictures.push(Picture::of(&x, name, &format!("the same after {name}"))?);
        }
        let header = ["degradation", "root mean square of x − y, grey levels", "PSNR of x, dB"].map(String::from).to_vec();
        found.tables.push(Table { caption: "The picture above and its observations".into(), header, rows });
        Ok(())
    }
}

/// A root mean square, as it adds up.
#[derive(Default)]
struct Size {
    squares: f64,
    count: f64,
}

impl Size {
    fn add(&mut self, value: f64) {
        self.squares += value * value;
        self.count += 1.0;
    }

    fn root_mean_square(&self) -> f64 {
        (self.squares / self.count).sqrt()
    }
}

/// The mean of y at each place, step by step; over all of them its mean is 0 and its variance 1.
struct Brightness(Vec<Vec<f64>>);

impl Brightness {
    fn of(source: &dyn Source, places: u64, steps: usize, desk: &Desk<'_>) -> Result<Self> {
        let mut all = Vec::new();
        for index in 0..places {
            desk.go_on()?;
            let of = |step: u64| -> Result<f64> {
                let crop = source.clean(Key { seed: desk.seed, step, index })?;
                Ok(mean(&crop.pixels().iter().map(|v| f64::from(*v)).collect::<Vec<_>>()))
            };
            all.push((0..steps as u64).map(of).collect::<Result<Vec<_>>>()?);
        }
        let flat = all.concat();
        let middle = mean(&flat);
        let deviation = mean(&flat.iter().map(|v| (v - middle).powi(2)).collect::<Vec<_>>()).sqrt();
        Ok(Brightness(all.into_iter().map(|place| place.into_iter().map(|v| (v - middle) / deviation).collect()).collect()))
    }

    /// Of each place: the mean product of what lies `apart` steps apart.
    fn products(&self, apart: usize) -> Vec<f64> {
        let of = |place: &Vec<f64>| mean(&place.iter().zip(&place[apart..]).map(|(a, b)| a * b).collect::<Vec<_>>());
        self.0.iter().map(of).collect()
    }

    /// The correlation of what lies `apart` steps apart, with an interval over places.
    fn correlation(&self, apart: usize, seed: u64) -> Interval {
        bootstrap(&self.products(apart), mean, 0.95, seed)
    }

    /// The correlation of neighbours in the first batch.
    fn across(&self, seed: u64) -> Interval {
        let products: Vec<f64> = self.0.windows(2).step_by(2).map(|two| two[0][0] * two[1][0]).collect();
        bootstrap(&products, mean, 0.95, seed)
    }
}

fn figure(sheets: &Brightness, alone: &Brightness, seed: u64) -> Figure {
    let curve = |label: &str, of: &Brightness, most: usize| Curve {
        label: label.into(),
        points: (1..=most).map(|apart| (apart as f64, mean(&of.products(apart)))).collect(),
    };
    let first = sheets.correlation(1, seed).value;
    let left = |apart: usize| (1.0 - apart as f64 / SERVES as f64).max(0.0);
    let foretold = (1..=APART).map(|apart| (apart as f64, first * left(apart) / left(1))).collect();
    let chart = Chart {
        title: "Crops at one place of the batch".into(),
        x_label: "steps apart".into(),
        y_label: "correlation of their brightness".into(),
        x_scale: Scale::Linear,
        scale: Scale::Linear,
        curves: vec![
            curve("crops of sheets, as a training takes them", sheets, APART),
            Curve { label: "if they correlate while they share a sheet".into(), points: foretold },
            curve("crops of scenes of their own", alone, ALONE - 1),
        ],
    };
    Figure {
        title: "Identically distributed, but independent?".into(),
        description: "The correlation of the brightness of two crops over the number of steps between them. It falls to zero in a straight line for crops \
                      of one sheet, and is zero for crops of different scenes."
            .into(),
        panels: vec![Panel::Chart(chart)],
    }
}
