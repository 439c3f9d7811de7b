//! A moving average of squared gradients instead of their sum: the rate no longer vanishes. The problem and the axes of `adagrad`.

use super::sparse::{Entrant, Problem, Rates, Sweep, excess_chart, middle, rate_chart};
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::plot::{Figure, Panel};
use ravine::Result;
use ravine::optim::parameter::{Parameter, Range, Visitor};

pub(super) struct RmsProp {
    seeds: f64,
    beta: f64,
    long: f64,
}

impl Lesson for RmsProp {
    const NAME: &'static str = "rmsprop";
    const PART: Part = Part::BetterSteps;
    const CLAIM: &'static str = "A moving average of the squared gradients instead of their sum keeps the rate from vanishing, and works as well as \
                                 Adagrad on sparse data.";
    const FORMULA: &'static str = "v ← βv + (1−β) g ⊙ g,  θ ← θ − η/√(v+ε) ⊙ g";

    /// Hinton's β, and one that remembers ten times as many steps as the rarest feature is absent.
    fn new(effort: Effort) -> Self {
        RmsProp { seeds: if effort == Effort::Quick { 5.0 } else { 24.0 }, beta: 0.9, long: 0.999 }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("seeds", "drawn problems", &mut self.seeds, Range::closed(3.0, 1e4)));
        visit(Parameter::number("beta", "β, how long the average remembers", &mut self.beta, Range::FRACTION));
        visit(Parameter::number("long", "a larger β, to compare", &mut self.long, Range::FRACTION));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        let mut found = Findings::default();
        let problems = Problem::many(self.seeds, desk)?;
        let (short, long) = (Entrant::rmsprop("RMSprop", self.beta), Entrant::rmsprop("RMSprop, long memory", self.long));
        let sweep = |entrant: &Entrant| Sweep::of(entrant, &problems, desk);
        let (sgd, adagrad) = (sweep(&Entrant::descent())?, sweep(&Entrant::adagrad())?);
        let (rmsprop, remembering) = (sweep(&short)?, sweep(&long)?);
        let rates = |entrant: &Entrant, sweep: &Sweep| {
            let eta = sweep.etas[sweep.best()];
            problems.iter().map(|p| Rates::of(entrant, p, eta, desk)).collect::<Result<Vec<_>>>()
        };
        let (theirs, its) = (rates(&Entrant::adagrad(), &adagrad)?, rates(&short, &rmsprop)?);

        let slope = |runs: &[Rates]| middle(runs.iter().map(|run| Rates::slope(&run.rates[0])), desk);
        let (shrinks, stays) = (slope(&theirs), slope(&its));
        found.number(
            Number::within("Adagrad: slope of the commonest feature's rate over the steps, log-log", shrinks).beside(-0.5, 0.1),
        );
        found.number(Number::within("RMSprop: the same slope", stays).beside(0.0, 0.1));
        for sweep in [&sgd, &adagrad, &rmsprop, &remembering] {
            found.numbers.extend(sweep.numbers(desk));
        }
        let over = |a: &Sweep, b: &Sweep| middle(a.at_best(&a.excess).zip(b.at_best(&b.excess)).map(|(a, b)| a / b), desk);
        let (to_sgd, to_adagrad, to_itself) = (over(&rmsprop, &sgd), over(&rmsprop, &adagrad), over(&remembering, &rmsprop));
        found.number(Number::within("R(θ) − R*, RMSprop over SGD", to_sgd));
        found.number(Number::within("R(θ) − R*, RMSprop over Adagrad", to_adagrad));
        found.number(Number::within("R(θ) − R*, RMSprop with long over with short memory", to_itself));
        let rarely = middle(rmsprop.at_best(&rmsprop.rare).zip(sgd.at_best(&sgd.rare)).map(|(a, s)| a / s), desk);
        found.number(Number::within("error on the rare features, RMSprop over SGD", rarely));
        let wider = middle(rmsprop.widths().into_iter().zip(sgd.widths()).map(|(a, s)| a - s), desk);
        found.number(Number::within("width, RMSprop less SGD", wider).of("decades of η"));

        found.case("the rate no longer vanishes", stays.value.abs() <= 0.1 && shrinks.high < -0.4);
        found.case("it learns the rare features better than SGD", rarely.high < 1.0);
        found.case("it is more robust to η than SGD", wider.low > 0.0);
        found.case("it comes as near to the minimiser as Adagrad", to_adagrad.low <= 1.0);
        found.say(format!(
            "Adagrad's rate falls like the steps to the power {:.2}; that of RMSprop stays where it is ({:.2}).",
            shrinks.value, stays.value
        ));
        found.say(format!(
            "What vanishes no more must be annealed: each at its best η, RMSprop has {:.1} times the excess risk of Adagrad and {:.1} times that of plain stochastic \
             descent, and {:.2} times the error of plain descent on the rare features.",
            to_adagrad.value, to_sgd.value, rarely.value
        ));
        found.say(format!(
            "For those who gave the lecture: with β = {} the average has forgotten a feature that comes once in a hundred samples before it comes again, and then the ridge's \
             tiny gradient is blown up to full steps. With β = {} the excess is {:.2} times as large.",
            self.beta, self.long, to_itself.value
        ));
        found.figures.push(Figure {
            title: "RMSprop on sparse data".into(),
            description: "Left, the excess risk over the learning rate for plain stochastic descent, Adagrad and RMSprop. Right, the rates of the commonest and \
                          of the rarest feature over the steps, relative to η."
                .into(),
            panels: vec![
                Panel::Chart(excess_chart(&[&sgd, &adagrad, &rmsprop, &remembering])),
                Panel::Chart(rate_chart(&[("Adagrad", &theirs), ("RMSprop", &its)])),
            ],
        });
        Ok(found)
    }
}
