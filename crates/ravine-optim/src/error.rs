//! What can be wrong with what was asked. Each message is a sentence with the number, the limit and the way out.

/// An input that this crate refuses.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// A knob outside its range.
    #[error("{name} = {value} is outside {range}")]
    OutOfRange {
        /// The knob.
        name: String,
        /// What was given.
        value: f64,
        /// The range in words, such as `0..1` or `0 < eta`.
        range: String,
    },
    /// A name that no table has.
    #[error("there is no {kind} `{name}`{}", hint(.nearest, .known))]
    Unknown {
        /// What was looked for: "rule", "schedule", "parameter of adam", …
        kind: String,
        /// The name that was given.
        name: String,
        /// The nearest known name, if one is near.
        nearest: Option<String>,
        /// All names, for when none is near.
        known: Vec<String>,
    },
    /// A value that cannot be read as what the knob wants.
    #[error("{name} = `{value}`: {wanted}")]
    BadValue {
        /// The knob.
        name: String,
        /// What was given.
        value: String,
        /// What is wanted, such as "true or false".
        wanted: String,
    },
    /// Lengths that do not fit together.
    #[error("{what} has length {got}, but {wanted} are needed")]
    Length {
        /// The vector.
        what: String,
        /// Its length.
        got: usize,
        /// The length needed.
        wanted: usize,
    },
    /// NaN or infinity where numbers are needed.
    #[error("{what} is {value} at index {index}: only finite numbers can be used")]
    NotFinite {
        /// The vector.
        what: String,
        /// The first bad index.
        index: usize,
        /// The bad number.
        value: f64,
    },
    /// A combination that has no meaning or that the problem cannot offer.
    #[error("{0}")]
    Unsuited(String),
}

/// The result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The error for a name that is not in a table, with the nearest one that is.
    ///
    /// ```
    /// let e = ravine_optim::Error::unknown("rule", "adan", &["adam", "momentum"]);
    /// assert_eq!(e.to_string(), "there is no rule `adan`: did you mean `adam`?");
    /// ```
    pub fn unknown(kind: &str, name: &str, known: &[&str]) -> Self {
        let nearest = known
            .iter()
            .map(|k| (strsim::damerau_levenshtein(name, k), *k))
            .min()
            .filter(|(d, k)| *d <= 1 + k.len() / 3)
            .map(|(_, k)| k.to_string());
        Error::Unknown { kind: kind.into(), name: name.into(), nearest, known: known.iter().map(|k| k.to_string()).collect() }
    }
}

fn hint(nearest: &Option<String>, known: &[String]) -> String {
    match nearest {
        Some(n) => format!(": did you mean `{n}`?"),
        None if known.is_empty() => String::new(),
        None => format!("; there are {}", known.join(", ")),
    }
}

/// The first number of `x` that is not finite, as an error that names it.
pub fn check_finite<F: crate::number::Float>(what: &str, x: &[F]) -> Result<()> {
    match x.iter().position(|v| !v.to_f64().is_finite()) {
        None => Ok(()),
        Some(index) => Err(Error::NotFinite { what: what.into(), index, value: x[index].to_f64() }),
    }
}
