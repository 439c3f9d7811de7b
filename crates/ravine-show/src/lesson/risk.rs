//! The expected loss that is wanted, the empirical one that is minimised, and the gap between the two over the number of pairs.
//!
//! Scenes make p(x, y) known and unlimited: the risk is a mean over fresh pairs, with its standard error. First for filters of 7 × 7, whose
//! empirical risk is a quadratic and is minimised exactly; then for a small network.

use super::student::{self, CROP, Course, Student};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::{Chart, Curve, Figure, Panel, Scale};
use ravine::net::{Key, Loss, Pair, Samples, Validation};
use ravine::optim::cholesky;
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::statistics::{Interval, bootstrap, mean, slope};
use ravine::{Error, Result};
use std::sync::Arc;

/// Of the noise, in grey levels.
const SIGMA: f64 = 25.0;
/// Rows and columns of the filter.
const SIDE: usize = 7;
const TAPS: usize = SIDE * SIDE;
/// Pairs that the network learns from.
const SIZES: [u64; 3] = [4, 32, 256];
/// Pairs of a step.
const BATCH: usize = 4;
/// Risks are told in squared grey levels.
const GREY: f64 = 255.0 * 255.0;

pub(super) struct Risk {
    doublings: f64,
    repeats: f64,
    fresh: f64,
    steps: f64,
    seeds: f64,
}

impl Lesson for Risk {
    const NAME: &'static str = "risk";
    const PART: Part = Part::Networks;
    const CLAIM: &'static str = "We want the least expected loss, which nobody knows, and minimise the empirical one over m pairs instead: it tends to \
                                 the expected one, and the gap between the two is small.";
    const FORMULA: &'static str = "Rₘ(θ) = (1/m) Σ ℓ(F(xᵢ; θ), yᵢ)  →  R(θ) = E ℓ(F(x; θ), y)   as m → ∞";

    fn new(effort: Effort) -> Self {
        match effort {
            Effort::Quick => Risk { doublings: 6.0, repeats: 6.0, fresh: 320.0, steps: 100.0, seeds: 2.0 },
            Effort::Full => Risk { doublings: 7.0, repeats: 12.0, fresh: 1024.0, steps: 200.0, seeds: 3.0 },
        }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number(
            "doublings",
            "m goes from 1 to 2 to the power of this",
            &mut self.doublings,
            Range::closed(3.0, 14.0),
        ));
        visit(Parameter::number("repeats", "sets of m pairs", &mut self.repeats, Range::closed(2.0, 1e4)));
        visit(Parameter::number(
            "fresh",
            "pairs that estimate the expected loss, a multiple of 4",
            &mut self.fresh,
            Range::closed(64.0, 1e6),
        ));
        visit(Parameter::number("steps", "steps of the network", &mut self.steps, Range::closed(10.0, 1e6)));
        visit(Parameter::number("seeds", "networks for each m", &mut self.seeds, Range::closed(2.0, 100.0)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let fresh = self.fresh(desk)?;
        let filters = self.filters(&fresh, desk)?;
        let networks = self.networks(fresh, desk)?;
        let mut found = Findings::default();
        let last = filters.len() - 1;

        let logs =
            |of: &dyn Fn(&Filters) -> f64, from: usize| slope(&log(&filters[from..], |f| f.m as f64), &log(&filters[from..], of));
        let fixed = logs(&|f| f.fixed, 0);
        found.number(
            Number::within(
                format!("one filter for all m: slope of the root mean square of Rₘ − R over m = 1 to {}", filters[last].m),
                fixed,
            )
            .beside(-0.5, 0.1),
        );
        let gap = |f: &Filters| bootstrap(&f.gap, mean, 0.95, desk.seed);
        let closing = logs(&|f| mean(&f.gap), 2);
        found.number(Number::within(
            format!("the best filter of m pairs: slope of its gap over m = 4 to {}", filters[last].m),
            closing,
        ));
        let on_fresh = format!("expected risk, on {} fresh pairs", self.fresh);
        for f in &filters {
            let grey = |name: &str, of: Interval| Number::within(format!("filter, m = {}: {name}", f.m), of).of("grey levels²");
            found.number(grey("empirical risk", bootstrap(&f.empirical, mean, 0.95, desk.seed)));
            found.number(grey(&on_fresh, bootstrap(&f.expected, mean, 0.95, desk.seed)));
            found.number(grey("gap", gap(f)));
        }
        found.number(
            Number::new(format!("standard error of an expected risk, of {} fresh pairs", self.fresh), filters[last].error)
                .of("grey levels²"),
        );
        for n in &networks {
            let grey = |name: &str, of: &[f64]| {
                Number::within(
                    format!("network after {} steps, m = {}: {name}", self.steps, n.m),
                    bootstrap(of, mean, 0.95, desk.seed),
                )
                .of("grey levels²")
            };
            found.number(grey("empirical risk", &n.empirical));
            found.number(grey(&on_fresh, &n.expected));
            found.number(grey("gap", &n.gap));
        }

        let part = |f: &Filters| mean(&f.gap) / mean(&f.expected);
        let gaps: Vec<f64> = networks.iter().map(|n| mean(&n.gap)).collect();
        found.case("at a fixed θ the empirical risk tends to the expected one, like 1/√m", (fixed.value + 0.5).abs() <= 0.1);
        found.case(
            "at the minimiser of the empirical risk the gap closes as well",
            part(&filters[last]) < 0.05 && mean(&filters[last].gap) < 0.1 * mean(&filters[0].gap),
        );
        found.case("so it does for a network", gaps.is_sorted_by(|a, b| a > b) && gaps[2] < 0.25 * gaps[0]);
        found.case(
            "the gap is small, however few the pairs: below 5 % of the risk for every m",
            filters.iter().all(|f| part(f) < 0.05),
        );
        found.say(format!(
            "The best filter for one picture makes {:.1} times as much error on others as on that one; for {} pictures the gap is {:.1} % of the risk. One filter \
             that does not follow the pairs is off by {:.0} % for one and by {:.1} % for {} of them: that falls like m to the power of {:.2}.",
            mean(&filters[0].expected) / mean(&filters[0].empirical),
            filters[last].m,
            100.0 * part(&filters[last]),
            100.0 * filters[0].fixed / mean(&filters[last].expected),
            100.0 * filters[last].fixed / mean(&filters[last].expected),
            filters[last].m,
            fixed.value
        ));
        found.say(format!(
            "The gap at the minimiser falls faster, like m to the power of {:.2}. The first is chance and goes both ways; the second is what the fit learns by heart, \
             always to its own advantage: {TAPS} numbers that are shared among more and more pairs.",
            closing.value
        ));
        found.say(format!(
            "A network of {} steps on {} pairs has a gap of {:.0} grey levels², on {} pairs of {:.1}. Drawn scenes never run out, so a training here need not see a \
             pair twice, and its loss is the risk itself, but for chance.",
            self.steps, SIZES[0], gaps[0], SIZES[2], gaps[2]
        ));
        found.figures.push(figure(&filters, &networks));
        Ok(found)
    }
}

/// The mean square error of a filter on some pairs, ℓ(θ) = θᵀAθ − 2⟨b, θ⟩ + c, over the pixels whose window lies inside.
#[derive(Clone)]
struct Quadratic {
    a: Vec<f64>, // 49 × 49
    b: Vec<f64>,
    c: f64,
}

impl Quadratic {
    fn zero() -> Self {
        Quadratic { a: vec![0.0; TAPS * TAPS], b: vec![0.0; TAPS], c: 0.0 }
    }

    fn of(pair: &Pair) -> Self {
        let mut sum = Quadratic::zero();
        let count = windows(pair, |x, y| {
            for ((row, xi), b) in sum.a.chunks_exact_mut(TAPS).zip(x).zip(&mut sum.b) {
                row.iter_mut().zip(x).for_each(|(a, xj)| *a += xi * xj);
                *b += xi * y;
            }
            sum.c += y * y;
        });
        sum.times(GREY / count)
    }

    fn add(&mut self, other: &Quadratic) {
        self.a.iter_mut().zip(&other.a).for_each(|(a, o)| *a += o);
        self.b.iter_mut().zip(&other.b).for_each(|(b, o)| *b += o);
        self.c += other.c;
    }

    fn times(mut self, factor: f64) -> Self {
        self.a.iter_mut().chain(&mut self.b).for_each(|v| *v *= factor);
        self.c *= factor;
        self
    }

    fn value(&self, theta: &[f64]) -> f64 {
        let rows = self.a.chunks_exact(TAPS).zip(&self.b).zip(theta);
        self.c + rows.map(|((row, b), t)| t * (row.iter().zip(theta).map(|(a, t)| a * t).sum::<f64>() - 2.0 * b)).sum::<f64>()
    }

    /// Aθ = b
    fn minimiser(&self) -> Result<Vec<f64>> {
        let none = || Error::Unsuited("the pairs do not determine a filter: more of them are needed".into());
        cholesky::solve(&self.a, &self.b).ok_or_else(none)
    }
}

/// Shows every window of x inside the picture with the y of its middle; returns how many there are.
fn windows(pair: &Pair, mut show: impl FnMut(&[f64; TAPS], f64)) -> f64 {
    let (grid, reach) = (pair.clean.grid(), SIDE / 2);
    let mut x = [0.0; TAPS];
    for row in reach..grid.height - reach {
        for column in reach..grid.width - reach {
            for (k, x) in x.iter_mut().enumerate() {
                *x = f64::from(pair.observed.at(0, row + k / SIDE - reach, column + k % SIDE - reach));
            }
            show(&x, f64::from(pair.clean.at(0, row, column)));
        }
    }
    ((grid.height - 2 * reach) * (grid.width - 2 * reach)) as f64
}

/// ℓ(θ) of one pair.
fn loss(pair: &Pair, theta: &[f64]) -> f64 {
    let mut sum = 0.0;
    let count = windows(pair, |x, y| sum += (x.iter().zip(theta).map(|(x, t)| x * t).sum::<f64>() - y).powi(2));
    GREY * sum / count
}

/// What was found of the best filters of m pairs, and of one filter that is always the same.
struct Filters {
    m: usize,
    fixed: f64,          // root mean square of Rₘ − R of the mean over 3 × 3
    empirical: Vec<f64>, // one a set
    expected: Vec<f64>,
    gap: Vec<f64>,
    error: f64, // standard error of an expected risk
}

/// What was found of the networks that learnt from m pairs.
struct Networks {
    m: u64,
    empirical: Vec<f64>, // one a seed
    expected: Vec<f64>,
    gap: Vec<f64>,
}

impl Risk {
    /// Pairs that nothing is learnt from.
    fn fresh(&self, desk: &Desk<'_>) -> Result<Vec<Pair>> {
        let source = student::independent(CROP, SIGMA)?;
        let pair = |index: u64| {
            desk.go_on()?;
            Ok(source.pair(Key::held_out(desk.seed, index))?)
        };
        (0..self.fresh as u64 / BATCH as u64 * BATCH as u64).map(pair).collect()
    }

    fn filters(&self, fresh: &[Pair], desk: &Desk<'_>) -> Result<Vec<Filters>> {
        let (all, box_filter) = (1usize << self.doublings as u32, mean_over_3x3());
        let source = student::independent(CROP, SIGMA)?;
        let mut expected = Quadratic::zero();
        for pair in fresh {
            desk.go_on()?;
            expected.add(&Quadratic::of(pair));
        }
        let expected = expected.times(1.0 / fresh.len() as f64);
        // The first 1, 2, 4, … pairs of each set, and what the one filter makes of every pair.
        let (mut sets, mut losses, mut pool) = (Vec::new(), Vec::new(), Quadratic::zero());
        for step in 0..self.repeats as u64 {
            let (mut sum, mut nested) = (Quadratic::zero(), Vec::new());
            for index in 0..all {
                desk.go_on()?;
                let one = Quadratic::of(&source.pair(Key { seed: desk.seed, step, index: index as u64 })?);
                losses.push(one.value(&box_filter));
                sum.add(&one);
                if (index + 1).is_power_of_two() {
                    nested.push(sum.clone().times(1.0 / (index + 1) as f64));
                }
            }
            pool.add(&sum);
            sets.push(nested);
        }
        // Rₘ − R of a fixed θ is zero on average: less that of the best filter of all sets, a gap is known more exactly.
        let best = pool.minimiser()?;
        let of = |k: usize| -> Result<Filters> {
            desk.go_on()?;
            let m = 1 << k;
            let mut found = Filters { m, fixed: scatter(&losses, m), empirical: vec![], expected: vec![], gap: vec![], error: 0.0 };
            for set in &sets {
                let theta = set[k].minimiser()?;
                let (there, here) = (expected.value(&theta), set[k].value(&theta));
                found.expected.push(there);
                found.empirical.push(here);
                found.gap.push((there - expected.value(&best)) - (here - set[k].value(&best)));
            }
            let theta = sets[0][k].minimiser()?;
            let each: Vec<f64> = fresh.iter().map(|pair| loss(pair, &theta)).collect();
            found.error = deviation(&each) / (each.len() as f64).sqrt();
            Ok(found)
        };
        (0..=self.doublings as usize).map(of).collect()
    }

    fn networks(&self, fresh: Vec<Pair>, desk: &Desk<'_>) -> Result<Vec<Networks>> {
        let network = Arc::new(student::dncnn(4.0, 8.0, false)?.network()?);
        let fresh = Arc::new(Validation::new(fresh, Loss::L2)?);
        let pairs = student::crops(CROP, SIGMA)?;
        let learnt = |samples: Samples, seed: u64| -> Result<(Student, f64)> {
            let course = Course { pairs: pairs.clone(), samples, batch: BATCH, seed, rule: "adam", knobs: &[("eta", 3e-3.into())] };
            let mut student = Student::new(&network, &fresh, &course)?;
            student.learn(self.steps as u64, desk)?;
            let expected = GREY * student.score(&fresh)?.risk;
            Ok((student, expected))
        };
        let mut found = SIZES.map(|m| Networks { m, empirical: vec![], expected: vec![], gap: vec![] });
        for seed in (0..self.seeds as u64).map(|seed| desk.seed + seed) {
            // It has seen none of the pairs: what its gap is by chance is taken from that of the others.
            let (mut other, beyond) = learnt(Samples::Fresh, seed + 1_000_000)?;
            for of in &mut found {
                let seen = (0..of.m).map(|index| pairs.pair(Key { seed, step: 0, index })).collect::<ravine::optim::Result<_>>()?;
                let seen = Validation::new(seen, Loss::L2)?;
                let (mut own, expected) = learnt(Samples::Of(of.m), seed)?;
                let empirical = GREY * own.score(&seen)?.risk;
                of.expected.push(expected);
                of.empirical.push(empirical);
                of.gap.push((expected - beyond) - (empirical - GREY * other.score(&seen)?.risk));
            }
        }
        Ok(found.into())
    }
}

fn mean_over_3x3() -> Vec<f64> {
    let inside = |k: usize| (2..5).contains(&(k / SIDE)) && (2..5).contains(&(k % SIDE));
    (0..TAPS).map(|k| if inside(k) { 1.0 / 9.0 } else { 0.0 }).collect()
}

/// The root mean square of Rₘ − R over disjoint sets of m of the losses. R is the mean of all n of them, which each set is a part of:
/// that makes the difference smaller, by √(1 − m/n).
fn scatter(losses: &[f64], m: usize) -> f64 {
    let (risk, n) = (mean(losses), losses.len() as f64);
    let squares: Vec<f64> = losses.chunks_exact(m).map(|set| (mean(set) - risk).powi(2)).collect();
    (mean(&squares) / (1.0 - m as f64 / n)).sqrt()
}

fn deviation(values: &[f64]) -> f64 {
    let middle = mean(values);
    mean(&values.iter().map(|v| (v - middle).powi(2)).collect::<Vec<_>>()).sqrt()
}

fn log(filters: &[Filters], of: impl Fn(&Filters) -> f64) -> Vec<f64> {
    filters.iter().map(|f| of(f).ln()).collect()
}

fn figure(filters: &[Filters], networks: &[Networks]) -> Figure {
    let over_m = |label: &str, of: &dyn Fn(&Filters) -> f64| Curve {
        label: label.into(),
        points: filters.iter().map(|f| (f.m as f64, of(f))).collect(),
    };
    let of_networks = |label: &str, of: &dyn Fn(&Networks) -> f64| Curve {
        label: label.into(),
        points: networks.iter().map(|n| (n.m as f64, of(n))).collect(),
    };
    let risks = Chart {
        title: "What was learnt from m pairs".into(),
        x_label: "pairs m".into(),
        y_label: "risk, grey levels²".into(),
        x_scale: Scale::Logarithmic,
        scale: Scale::Linear,
        curves: vec![
            over_m("filter: empirical", &|f| mean(&f.empirical)),
            over_m("filter: expected", &|f| mean(&f.expected)),
            of_networks("network: empirical", &|n| mean(&n.empirical)),
            of_networks("network: expected", &|n| mean(&n.expected)),
        ],
    };
    let gaps = Chart {
        title: "How far the empirical risk is off".into(),
        x_label: "pairs m".into(),
        y_label: "grey levels²".into(),
        x_scale: Scale::Logarithmic,
        scale: Scale::Logarithmic,
        curves: vec![
            over_m("one filter for all m: root mean square of Rₘ − R", &|f| f.fixed),
            over_m("the best filter of the m pairs: mean gap", &|f| mean(&f.gap)),
            of_networks("network: mean gap", &|n| mean(&n.gap)),
            Curve {
                label: "like 1/√m".into(),
                points: filters.iter().map(|f| (f.m as f64, filters[0].fixed / (f.m as f64).sqrt())).collect(),
            },
        ],
    };
    Figure {
        title: "Empirical and expected risk".into(),
        description: "Left, the mean square error of filters and networks on the pairs that they learnt from and on fresh ones, over the number of pairs: \
                      they meet as m grows. Right, the error of the empirical risk at a fixed filter, which falls with the root of m, and the gaps at the minimisers."
            .into(),
        panels: vec![Panel::Chart(risks), Panel::Chart(gaps)],
    }
}
