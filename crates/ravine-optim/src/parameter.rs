//! Knobs: how anything that has some lists, checks and sets them, with one walk.
//!
//! Whoever has knobs has a function `parameters(&mut self, visit)` that shows each one once. Listing, defaults, ranges, setting by
//! name, schedules, saving and sliders are all written here, over that walk.

use crate::error::{Error, Result};
use std::fmt;

/// A walk over knobs.
pub type Visitor<'v> = &'v mut dyn FnMut(Parameter<'_>);

/// One knob, while it is visited.
pub struct Parameter<'a> {
    /// Its name, as the user writes it.
    pub name: &'static str,
    /// One line of meaning.
    pub summary: &'static str,
    /// The value, to read or set.
    pub value: Value<'a>,
    /// The values allowed.
    pub range: Range,
}

impl<'a> Parameter<'a> {
    /// A knob that is a number in `range`.
    pub fn number(name: &'static str, summary: &'static str, value: &'a mut f64, range: Range) -> Self {
        Parameter { name, summary, value: Value::Number(value), range }
    }

    /// A knob that is on or off.
    pub fn switch(name: &'static str, summary: &'static str, value: &'a mut bool) -> Self {
        Parameter { name, summary, value: Value::Switch(value), range: Range::ANY }
    }
}

/// A knob's value.
pub enum Value<'a> {
    /// A number.
    Number(&'a mut f64),
    /// On or off.
    Switch(&'a mut bool),
    /// One of several words, by index.
    Choice(&'a mut usize, &'static [&'static str]),
}

/// The numbers that a knob allows, with open or closed ends. NaN is in none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The least value.
    pub low: f64,
    /// Whether `low` itself is allowed.
    pub low_included: bool,
    /// The largest value.
    pub high: f64,
    /// Whether `high` itself is allowed.
    pub high_included: bool,
}

impl Range {
    /// x > 0
    pub const POSITIVE: Range = Range { low: 0.0, low_included: false, high: f64::INFINITY, high_included: false };
    /// x ≥ 0
    pub const NON_NEGATIVE: Range = Range { low: 0.0, low_included: true, high: f64::INFINITY, high_included: false };
    /// 0 ≤ x < 1
    pub const FRACTION: Range = Range { low: 0.0, low_included: true, high: 1.0, high_included: false };
    /// 0 ≤ x ≤ 1
    pub const UNIT: Range = Range { low: 0.0, low_included: true, high: 1.0, high_included: true };
    /// any finite number
    pub const ANY: Range = Range { low: f64::NEG_INFINITY, low_included: false, high: f64::INFINITY, high_included: false };

    /// low ≤ x ≤ high
    pub const fn closed(low: f64, high: f64) -> Range {
        Range { low, low_included: true, high, high_included: true }
    }

    /// Whether `x` is allowed.
    pub fn contains(&self, x: f64) -> bool {
        (x > self.low || (self.low_included && x == self.low)) && (x < self.high || (self.high_included && x == self.high))
    }

    /// `Ok(x)`, or the error that names the knob.
    pub fn check(&self, name: &str, x: f64) -> Result<f64> {
        if self.contains(x) {
            return Ok(x);
        }
        Err(Error::OutOfRange { name: name.into(), value: x, range: self.to_string() })
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = (if self.low_included { '[' } else { '(' }, if self.high_included { ']' } else { ')' });
        write!(f, "{open}{}, {}{close}", Bound(self.low), Bound(self.high))
    }
}

struct Bound(f64);
impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_infinite() { write!(f, "{}∞", if self.0 < 0.0 { "−" } else { "" }) } else { write!(f, "{}", self.0) }
    }
}

/// A knob as listed: what `ravine list --json` prints.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Described {
    /// Its name.
    pub name: &'static str,
    /// One line of meaning.
    pub summary: &'static str,
    /// Its value now: the default, if asked of a default.
    #[serde(rename = "default")]
    pub value: Setting,
    /// The allowed range in words, for numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<String>,
    /// The allowed words, for choices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choices: Option<&'static [&'static str]>,
}

/// A knob's value, by itself: in recipes, JSON and lists.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum Setting {
    /// On or off.
    Switch(bool),
    /// A number.
    Number(f64),
    /// A word.
    Word(String),
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Setting::Switch(b) => write!(f, "{b}"),
            Setting::Number(x) => write!(f, "{x}"),
            Setting::Word(w) => f.write_str(w),
        }
    }
}

impl From<f64> for Setting {
    fn from(value: f64) -> Self {
        Setting::Number(value)
    }
}

impl From<bool> for Setting {
    fn from(value: bool) -> Self {
        Setting::Switch(value)
    }
}

impl From<&str> for Setting {
    /// As typed: `true`, `0.9`, or a word.
    fn from(text: &str) -> Self {
        match text {
            "true" => Setting::Switch(true),
            "false" => Setting::Switch(false),
            _ => text.parse().map_or_else(|_| Setting::Word(text.into()), Setting::Number),
        }
    }
}

/// All knobs of `walk`, as they stand.
pub fn describe(walk: impl FnOnce(Visitor<'_>)) -> Vec<Described> {
    let mut all = Vec::new();
    walk(&mut |p| {
        let (value, range, choices) = match p.value {
            Value::Number(x) => (Setting::Number(*x), Some(p.range.to_string()), None),
            Value::Switch(b) => (Setting::Switch(*b), None, None),
            Value::Choice(i, words) => (Setting::Word(words[*i].into()), None, Some(words)),
        };
        all.push(Described { name: p.name, summary: p.summary, value, range, choices });
    });
    all
}

/// Sets the knob `name` of `walk` to `setting`, if it exists and the value is allowed; `owner` is named in errors ("adam").
pub fn set(owner: &str, name: &str, setting: &Setting, walk: impl FnOnce(Visitor<'_>)) -> Result<()> {
    let mut known = Vec::new();
    let mut done = None;
    walk(&mut |p| {
        known.push(p.name);
        if p.name != name {
            return;
        }
        let bad = |wanted: String| Error::BadValue { name: name.into(), value: setting.to_string(), wanted };
        done = Some(match (p.value, setting) {
            (Value::Number(x), Setting::Number(v)) => p.range.check(name, *v).map(|v| *x = v),
            (Value::Number(_), _) => Err(bad(format!("a number in {} is wanted", p.range))),
            (Value::Switch(b), Setting::Switch(v)) => {
                *b = *v;
                Ok(())
            }
            (Value::Switch(_), _) => Err(bad("true or false is wanted".into())),
            (Value::Choice(i, words), setting) => match words.iter().position(|w| *w == setting.to_string()) {
                Some(k) => {
                    *i = k;
                    Ok(())
                }
                None => Err(bad(format!("one of {} is wanted", words.join(", ")))),
            },
        });
    });
    done.unwrap_or_else(|| Err(Error::unknown(&format!("parameter of {owner}"), name, &known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Knobs {
        beta: f64,
        nesterov: bool,
    }
    impl Knobs {
        fn parameters(&mut self, visit: Visitor<'_>) {
            visit(Parameter { name: "beta", summary: "decay", value: Value::Number(&mut self.beta), range: Range::FRACTION });
            visit(Parameter {
                name: "nesterov",
                summary: "look ahead",
                value: Value::Switch(&mut self.nesterov),
                range: Range::ANY,
            });
        }
    }

    #[test]
    fn sets_and_refuses() {
        let mut k = Knobs::default();
        set("rule", "beta", &"0.5".into(), |v| k.parameters(v)).unwrap();
        set("rule", "nesterov", &"true".into(), |v| k.parameters(v)).unwrap();
        assert!(k.beta == 0.5 && k.nesterov);
        let says = |k: &mut Knobs, n, s: &str| set("rule", n, &s.into(), |v| k.parameters(v)).unwrap_err().to_string();
        assert_eq!(says(&mut k, "beta", "1"), "beta = 1 is outside [0, 1)");
        assert_eq!(says(&mut k, "beta", "NaN"), "beta = NaN is outside [0, 1)");
        assert_eq!(says(&mut k, "betta", "0"), "there is no parameter of rule `betta`: did you mean `beta`?");
        assert_eq!(says(&mut k, "nesterov", "3"), "nesterov = `3`: true or false is wanted");
        assert_eq!(k.beta, 0.5);
    }
}
