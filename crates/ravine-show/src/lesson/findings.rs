//! What a lesson finds: cases, numbers, pictures. The verdict follows from the cases alone.

use crate::plot::Figure;
use crate::report::{Picture, Table};
use ravine::optim::statistics::Interval;
use serde::Serialize;
use std::fmt;

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every case of it was found to be true.
    Holds,
    /// Some cases were, and some were not.
    HoldsUnderConditions,
    /// None was: each is false, or the measurement leaves it open.
    Refuted,
}

impl Verdict {
    /// The verdict on a claim that was cut into `cases`, of which there is at least one.
    ///
    /// ```
    /// use ravine_show::lesson::{Case, Verdict};
    /// let case = |holds| Case { says: "a square is not negative".into(), holds, open: false };
    /// assert_eq!(Verdict::of(&[case(true), case(true)]), Verdict::Holds);
    /// assert_eq!(Verdict::of(&[case(true), case(false)]), Verdict::HoldsUnderConditions);
    /// assert_eq!(Verdict::of(&[case(false)]), Verdict::Refuted);
    /// ```
    pub fn of(cases: &[Case]) -> Verdict {
        match cases.iter().filter(|c| c.holds).count() {
            0 => Verdict::Refuted,
            n if n == cases.len() => Verdict::Holds,
            _ => Verdict::HoldsUnderConditions,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Verdict::Holds => "holds",
            Verdict::HoldsUnderConditions => "holds under conditions",
            Verdict::Refuted => "refuted",
        })
    }
}

/// A statement of which measurement says whether it is true. A claim is the conjunction of its cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Case {
    /// The statement, as the lecture would have it.
    pub says: String,
    /// Whether it was found to be so.
    pub holds: bool,
    /// Whether the measurement leaves it open. Then it does not hold, and nobody knows that it is false.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
}

impl Case {
    /// Whether it is true, where that is known.
    pub fn known(&self) -> Option<bool> {
        (!self.open).then_some(self.holds)
    }
}

/// What theory foretells of a number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Theory {
    /// The value.
    pub value: f64,
    /// How far the measured value may lie from it, absolutely.
    pub tolerance: f64,
}

/// A measured number.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Number {
    /// What was measured.
    pub name: String,
    /// The value.
    pub value: f64,
    /// Where the value lies with a probability of 95 %, were it measured again with other seeds; absent where nothing is random.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
    /// The unit; empty for pure numbers.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub unit: &'static str,
    /// What theory foretells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theory: Option<Theory>,
}

impl Number {
    /// A number that is not random.
    pub fn new(name: impl Into<String>, value: f64) -> Self {
        Number { name: name.into(), value, interval: None, unit: "", theory: None }
    }

    /// A number that is known within an interval.
    pub fn within(name: impl Into<String>, found: Interval) -> Self {
        Number { interval: Some([found.low, found.high]), ..Number::new(name, found.value) }
    }

    /// In this unit.
    pub fn of(self, unit: &'static str) -> Self {
        Number { unit, ..self }
    }

    /// Beside its theory, which allows for an absolute difference of `tolerance`.
    pub fn beside(self, value: f64, tolerance: f64) -> Self {
        Number { theory: Some(Theory { value, tolerance }), ..self }
    }

    /// Whether the value is as theory foretells, where it does.
    ///
    /// ```
    /// use ravine_show::lesson::Number;
    /// assert!(Number::new("slope", -1.02).beside(-1.0, 0.1).agrees());
    /// assert!(!Number::new("slope", f64::NAN).beside(-1.0, 0.1).agrees());
    /// ```
    pub fn agrees(&self) -> bool {
        self.theory.is_none_or(|t| (self.value - t.value).abs() <= t.tolerance)
    }
}

/// All that a lesson finds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Findings {
    /// The claim, cut into what can be true or false. At least one.
    pub cases: Vec<Case>,
    /// What was measured, the clock aside.
    pub numbers: Vec<Number>,
    /// What was measured by the clock, or of memory.
    pub timing: Vec<Number>,
    /// What was learnt, in two or three plain sentences.
    pub sentences: Vec<String>,
    /// What was drawn.
    pub figures: Vec<Figure>,
    /// What is better read than drawn.
    pub tables: Vec<Table>,
    /// What was restored.
    pub pictures: Vec<Picture>,
}

impl Findings {
    /// With one more case.
    pub fn case(&mut self, says: impl Into<String>, holds: bool) {
        self.cases.push(Case { says: says.into(), holds, open: false });
    }

    /// With one more case: that a number known within an interval lies below `limit`. It does if the whole interval does; an interval that holds
    /// the limit leaves it open.
    ///
    /// ```
    /// use ravine::optim::statistics::Interval;
    /// use ravine_show::lesson::Findings;
    /// let mut found = Findings::default();
    /// for (low, high) in [(0.7, 0.9), (0.9, 1.2), (1.1, 1.2)] {
    ///     found.below("it is less", Interval { low, value: 0.5 * (low + high), high }, 1.0);
    /// }
    /// assert_eq!(found.cases.iter().map(|c| c.known()).collect::<Vec<_>>(), [Some(true), None, Some(false)]);
    /// assert_eq!(found.cases[1].says, "it is less (0.900 to 1.200 times)");
    /// ```
    pub fn below(&mut self, says: &str, found: Interval, limit: f64) {
        let Interval { low, high, .. } = found;
        let (open, holds) = (found.contains(limit), high < limit);
        let says = if open { format!("{says} ({low:.3} to {high:.3} times)") } else { says.into() };
        self.cases.push(Case { says, holds, open });
    }

    /// With one more number.
    pub fn number(&mut self, number: Number) {
        self.numbers.push(number);
    }

    /// With one more sentence.
    pub fn say(&mut self, sentence: impl Into<String>) {
        self.sentences.push(sentence.into());
    }
}
