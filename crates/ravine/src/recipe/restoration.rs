//! What a restoration is asked to do, and what it did.

use super::{Named, Trained};
use crate::auto::Auto;
use crate::error::{Error, Result};
use crate::restore::{self, Way};
use ravine_optim::parameter::{Range, Setting};
use ravine_optim::rule;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// What is asked of a restoration. The default asks for nothing: everything is found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Restoration {
    /// The energy to minimise, or `network`, by its name in [`crate::METHODS`].
    pub method: Auto<String>,
    /// The model of the method `network`; if absent, the one inside the program that suits the picture. Without a method, it or a
    /// minimisation is chosen, by estimate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Trained>,
    /// Rows and columns of the tiles in which a network works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tile: Option<usize>,
    /// The knobs of the energy that differ from their defaults.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub set_method: BTreeMap<String, Setting>,
    /// The standard deviation of the noise in 8-bit grey levels: 25 means 25/255.
    pub sigma: Auto<f64>,
    /// λ, the weight of the data term: larger is closer to the observation.
    pub lambda: Auto<f64>,
    /// Who minimises it, by its name in [`crate::SOLVERS`].
    pub solver: Auto<String>,
    /// Descend by this update rule instead of a solver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Named>,
    /// How close to the best possible picture is close enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Target>,
    /// At most so many iterations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_iterations: Option<u64>,
    /// At most so many seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_limit: Option<f64>,
    /// Restore this piece only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crop: Option<Window>,
    /// 1 gives the restored picture, 0 the input, between them a blend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strength: Option<f64>,
    /// The values a picture may have.
    pub range: Auto<Span>,
    /// The seed of every random choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The stored value that is white, for whoever reads the file; if absent, what the file says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub white: Option<f64>,
    /// The quality of JPEG files, 1..100, for whoever writes the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<u8>,
}

/// What was done. With the same input it gives the same bytes again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SettledRestoration {
    /// The energy that was minimised, `network` or `untouched`.
    pub method: String,
    /// The model, where a network was run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Trained>,
    /// The tiles in which it worked: the last digits depend on them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tile: Option<usize>,
    /// σ in 8-bit grey levels, where one was given or found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sigma: Option<f64>,
    /// λ of the data term.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lambda: Option<f64>,
    /// Who minimised it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub solver: Option<String>,
    /// When it was to stop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Target>,
    /// At most so many iterations; what was done, where time or the user ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_iterations: Option<u64>,
    /// The piece that was restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crop: Option<Window>,
    /// The blend with the input.
    pub strength: f64,
    /// The values that the result was held to.
    pub range: Span,
    /// The seed of every random choice.
    pub seed: u64,
    /// The stored value that was white, where the file did not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub white: Option<f64>,
    /// The quality of the JPEG file, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<u8>,
    /// The update rule, where one descended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Named>,
    /// Every knob of the energy.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub set_method: BTreeMap<String, Setting>,
}

/// Who is to restore.
pub(crate) enum Choice<'a> {
    /// This method.
    Method(&'a str),
    /// Whoever is estimated to come closest.
    Open,
}

impl Restoration {
    /// The method that is given, or that other wishes ask for: whoever names λ or a solver wants something minimised.
    pub(crate) fn choice(&self) -> Choice<'_> {
        match self.method.given() {
            Some(method) => Choice::Method(method),
            None if self.minimising().is_none() => Choice::Open,
            None if self.model.is_some() => Choice::Method(restore::NETWORK),
            None => Choice::Method(restore::USUAL),
        }
    }

    /// The first option that only a minimisation has, if one is given.
    fn minimising(&self) -> Option<&'static str> {
        let given = [
            ("--lambda", !self.lambda.is_auto()),
            ("--solver", !self.solver.is_auto()),
            ("--rule", self.rule.is_some()),
            ("--gap or --distance", self.until.is_some()),
            ("--max-iterations", self.max_iterations.is_some()),
            ("--set-method", !self.set_method.is_empty()),
        ];
        given.into_iter().find_map(|(option, given)| given.then_some(option))
    }

    /// Refuses what no picture could make sense of: names that no table has, numbers outside their range, pairs that don't suit.
    pub fn check(&self) -> Result<()> {
        self.model.as_ref().map_or(Ok(()), |trained| trained.model().map(drop))?;
        if let Choice::Method(name) = self.choice() {
            self.check_method(name)?;
        }
        self.check_numbers()
    }

    fn check_method(&self, name: &str) -> Result<()> {
        let way = restore::method(name, &self.set_method)?;
        if way == Way::Network {
            return match self.minimising() {
                Some(option) => Err(Error::Unsuited(format!("network minimises nothing: leave {option} out"))),
                None => Ok(()),
            };
        }
        if self.model.is_some() || self.tile.is_some() {
            return Err(Error::Unsuited(format!("{name} runs no network: --model and --tile are for --method network")));
        }
        if let Some(solver) = self.solver.given() {
            let solver = restore::solver(solver)?;
            way.energy().map_or(Ok(()), |energy| solver.suited(name, energy).map(drop))?;
        }
        if let Some(rule) = &self.rule {
            rule::build::<f32>(&rule.name, &rule.settings())?;
            if !self.solver.is_auto() {
                return Err(Error::Unsuited("a rule is a solver of its own: give one of --rule and --solver".into()));
            }
            restore::descendable(name, way.energy())?;
        }
        Ok(())
    }

    fn check_numbers(&self) -> Result<()> {
        let check = |name, range: Range, value: Option<f64>| value.map_or(Ok(0.0), |value| range.check(name, value)).map(drop);
        check("sigma", Range::closed(0.0, 255.0), self.sigma.given().copied())?;
        check("lambda", restore::lambda::RANGE, self.lambda.given().copied())?;
        check("strength", Range::UNIT, self.strength)?;
        check("time-limit", Range::closed(0.0, 1e9), self.time_limit)?;
        check("white", Range::POSITIVE, self.white)?;
        check("quality", Range::closed(1.0, 100.0), self.quality.map(f64::from))?;
        check("tile", Range::closed(1.0, 65_536.0), self.tile.map(|tile| tile as f64))?;
        self.until.map_or(Ok(()), |until| until.check().map(drop))?;
        match self.range {
            Auto::Given(span @ Span::Between(..)) => span.to_string().parse::<Span>().map(drop), // as it would be typed
            _ => Ok(()),
        }
    }
}

impl SettledRestoration {
    /// The recipe that asks for exactly this.
    pub fn recipe(&self) -> Restoration {
        Restoration {
            method: Auto::Given(self.method.clone()),
            model: self.model.clone(),
            tile: self.tile,
            set_method: self.set_method.clone(),
            sigma: self.sigma.map_or(Auto::Auto, Auto::Given),
            lambda: self.lambda.map_or(Auto::Auto, Auto::Given),
            solver: self.solver.clone().map_or(Auto::Auto, Auto::Given),
            rule: self.rule.clone(),
            until: self.until,
            max_iterations: self.max_iterations,
            time_limit: None,
            crop: self.crop,
            strength: Some(self.strength),
            range: Auto::Given(self.range),
            seed: Some(self.seed),
            white: self.white,
            quality: self.quality,
        }
    }
}

/// How close to the best possible picture is close enough.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// A relative duality gap.
    Gap(f64),
    /// A bound on the root mean square distance to the exact minimiser, in 8-bit grey levels.
    Distance(f64),
}

impl Target {
    /// The target, if it can be one.
    pub fn check(self) -> Result<Self> {
        match self {
            Target::Gap(g) => Range { low: 0.0, low_included: true, high: 1.0, high_included: false }.check("gap", g)?,
            Target::Distance(d) => Range::closed(0.0, 255.0).check("distance", d)?,
        };
        Ok(self)
    }
}

/// The values that a restored picture may have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Span {
    /// Any number.
    Unbounded,
    /// From the first to the second, both included; 0 is black, 1 is white.
    Between(f64, f64),
}

impl FromStr for Span {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::Value { name: "range", value: text.into(), wanted: "auto, none or LOW,HIGH with LOW < HIGH" };
        if text == "none" {
            return Ok(Span::Unbounded);
        }
        let (low, high) = text.split_once(',').ok_or_else(wrong)?;
        match (low.trim().parse(), high.trim().parse()) {
            (Ok(low), Ok(high)) if low < high => Ok(Span::Between(low, high)),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Span::Unbounded => f.write_str("none"),
            Span::Between(low, high) => write!(f, "{low},{high}"),
        }
    }
}

/// A rectangle of pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first column.
    pub x: usize,
    /// The first row.
    pub y: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Window {
    /// The window, if it lies inside a picture of this size.
    pub fn inside(self, width: usize, height: usize) -> Result<Self> {
        let fits = |first: usize, length: usize, limit: usize| first.checked_add(length).is_some_and(|end| end <= limit);
        if fits(self.x, self.width, width) && fits(self.y, self.height, height) {
            return Ok(self);
        }
        Err(Error::Unsuited(format!("the piece {self} does not lie inside the picture of {width} × {height} pixels")))
    }
}

impl FromStr for Window {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let numbers: Vec<usize> = text.split(',').map_while(|n| n.trim().parse().ok()).collect();
        match numbers[..] {
            [x, y, width, height] if width > 0 && height > 0 && text.split(',').count() == 4 => Ok(Window { x, y, width, height }),
            _ => Err(Error::Value {
                name: "crop",
                value: text.into(),
                wanted: "x,y,width,height in pixels, width and height at least 1",
            }),
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{},{},{}", self.x, self.y, self.width, self.height)
    }
}

/// Saved as it is typed: `"none"`, `"0,1"`, `"10,20,64,64"`.
macro_rules! saved_as_typed {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
saved_as_typed!(Span);
saved_as_typed!(Window);
