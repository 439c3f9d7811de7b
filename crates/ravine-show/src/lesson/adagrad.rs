//! A rate for each coordinate that shrinks with the gradients it has seen: what it does for rare features, and what it costs.

use super::sparse::{Entrant, Problem, Rates, Sweep, excess_chart, middle, rate_chart};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::number::short;
use crate::plot::{Figure, Panel};
use ravine::Result;
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::schedule;

pub(super) struct Adagrad {
    seeds: f64,
    rate: f64,
}

impl Lesson for Adagrad {
    const NAME: &'static str = "adagrad";
    const PART: Part = Part::BetterSteps;
    const CLAIM: &'static str = "Parameters that are rarely updated get larger steps, which suits sparse data, makes descent robust and scheduling \
                                 less important; but the rate shrinks to nothing.";
    const FORMULA: &'static str = "G ← G + g ⊙ g,  θ ← θ − η/√(G+ε) ⊙ g";

    fn new(effort: Effort) -> Self {
        Adagrad { seeds: if effort == Effort::Quick { 5.0 } else { 24.0 }, rate: 0.01 }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("seeds", "drawn problems", &mut self.seeds, Range::closed(3.0, 1e4)));
        visit(Parameter::number("rate", "k of the annealing η/(1 + kt) that is tried", &mut self.rate, Range::POSITIVE));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let mut found = Findings::default();
        let problems = Problem::many(self.seeds, desk)?;
        let falling = schedule::build("inverse-time", &[("rate", self.rate.into())])?;
        let annealed = |entrant: Entrant| Entrant { schedule: Some(falling.clone()), ..entrant };
        let sweep = |entrant: &Entrant| Sweep::of(entrant, &problems, desk);
        let (sgd, adagrad) = (sweep(&Entrant::descent())?, sweep(&Entrant::adagrad())?);
        let (sgd_annealed, adagrad_annealed) = (sweep(&annealed(Entrant::descent()))?, sweep(&annealed(Entrant::adagrad()))?);
        let eta = adagrad.etas[adagrad.best()];
        let long = problems.iter().map(|p| Rates::of(&Entrant::adagrad(), p, eta, desk)).collect::<Result<Vec<_>>>()?;

        let larger = middle(
            long.iter().map(|run| run.rates[1].last().unwrap_or(&f64::NAN) / run.rates[0].last().unwrap_or(&f64::NAN)),
            desk,
        );
        found.number(Number::within("rate of the rarest feature over that of the commonest, in the end", larger));
        let shrinks = middle(long.iter().map(|run| Rates::slope(&run.rates[0])), desk);
        found.number(Number::within("slope of the commonest feature's rate over the steps, log-log", shrinks).beside(-0.5, 0.1));
        let learns = middle(long.iter().map(|run| Rates::slope(&run.excess)), desk);
        found.number(Number::within("slope of R(θ) − R* over the steps, log-log", learns));
        for sweep in [&sgd, &adagrad] {
            found.numbers.extend(sweep.numbers(desk));
        }
        let rarely = middle(adagrad.at_best(&adagrad.rare).zip(sgd.at_best(&sgd.rare)).map(|(a, s)| a / s), desk);
        found.number(Number::within("error on the rare features, Adagrad over SGD", rarely));
        let nearer = middle(adagrad.at_best(&adagrad.excess).zip(sgd.at_best(&sgd.excess)).map(|(a, s)| a / s), desk);
        found.number(Number::within("R(θ) − R*, Adagrad over SGD", nearer));
        let wider = middle(adagrad.widths().into_iter().zip(sgd.widths()).map(|(a, s)| a - s), desk);
        found.number(Number::within("width, Adagrad less SGD", wider).of("decades of η"));
        let good = middle(adagrad.widths_by(&sgd).into_iter().zip(sgd.widths()).map(|(a, s)| a - s), desk);
        found.number(Number::within("width within twice SGD's best, Adagrad less SGD", good).of("decades of η"));
        let gains = |plain: &Sweep, annealed: &Sweep| -> Vec<f64> {
            plain.at_best(&plain.excess).zip(annealed.at_best(&annealed.excess)).map(|(p, a)| p / a).collect()
        };
        let (theirs, its) = (gains(&sgd, &sgd_annealed), gains(&adagrad, &adagrad_annealed));
        found.number(Number::within("what annealing divides R(θ) − R* by: SGD", middle(theirs.iter().copied(), desk)));
        found.number(Number::within("what annealing divides R(θ) − R* by: Adagrad", middle(its.iter().copied(), desk)));
        let matters = middle(its.iter().zip(&theirs).map(|(a, s)| (a / s).ln()), desk);
        found.number(Number::within("ln of the second over the first", matters));

        found.case("rare parameters get larger steps", larger.low > 1.0);
        found.case("it suits sparse data: the rare features are learnt better than by SGD", rarely.high < 1.0);
        found.case("it is robust: more decades of η come near its best than near SGD's", wider.low > 0.0);
        found.case("it is robust: more decades of η come near SGD's best than with SGD", good.low > 0.0);
        found.case("scheduling matters less than with SGD", matters.high < 0.0);
        found.case("the rate shrinks to nothing", shrinks.high < -0.4);
        found.case("so that learning stops", learns.high > -0.1);
        found.say(format!(
            "In the end the rarest feature's rate is {:.1} times the commonest one's, and with each rule at its best η the error on the rare features is {:.2} times \
             that of plain stochastic descent.",
            larger.value, rarely.value
        ));
        found.say(format!(
            "Within twice its own best Adagrad bears {:.2} decades of η where plain descent bears {:.2} of its own; within twice the best of plain descent it bears {:.2} more than \
             that. Annealing η besides divides its excess risk by {:.1}, that of plain descent by {:.1}.",
            middle(adagrad.widths().into_iter(), desk).value,
            middle(sgd.widths().into_iter(), desk).value,
            good.value,
            middle(its.iter().copied(), desk).value,
            middle(theirs.iter().copied(), desk).value
        ));
        found.say(format!(
            "The rate shrinks like the steps to the power {}: to nothing, but so slowly that its sum has no limit, so learning need not stop: the excess risk falls on like \
             the power {}.",
            short((100.0 * shrinks.value).round() / 100.0),
            short((100.0 * learns.value).round() / 100.0)
        ));
        found.figures.push(Figure {
            title: "Adagrad on sparse data".into(),
            description: "Left, the excess risk over the learning rate for plain stochastic descent and for Adagrad, without and with annealing. Right, the rate \
                          of the commonest and of the rarest feature over the steps, relative to η."
                .into(),
            panels: vec![
                Panel::Chart(excess_chart(&[
                    &sgd,
                    &adagrad,
                    &Sweep { label: "SGD, annealed", ..sgd_annealed },
                    &Sweep { label: "Adagrad, annealed", ..adagrad_annealed },
                ])),
                Panel::Chart(rate_chart(&[("Adagrad", &long)])),
            ],
        });
        Ok(found)
    }
}
