//! Formulas as `index.json` writes them: `(-2(1-x)-400x(y-x^2), 200(y-x^2))`. A product needs no sign, a name is one letter.

use std::collections::BTreeMap;

#[derive(Debug, Clone)]
pub(crate) enum Expression {
    Number(f64),
    Name(char),
    Sum(Box<Expression>, Box<Expression>),
    Product(Box<Expression>, Box<Expression>),
    Quotient(Box<Expression>, Box<Expression>),
    Power(Box<Expression>, Box<Expression>),
    Call(&'static str, Box<Expression>),
}
use Expression::*;

const FUNCTIONS: &[&str] = &["cos", "sin", "exp", "sqrt", "log"];

/// A formula and what it abbreviates, as in `a^2+b^2, a=1.5-x+xy, b=x-y`.
pub(crate) fn definitions(text: &str) -> Result<BTreeMap<char, Expression>, String> {
    split(text)
        .into_iter()
        .filter_map(|part| part.split_once('='))
        .map(|(name, body)| Ok((name.trim().chars().next().ok_or("a definition without a name")?, parse(body)?)))
        .collect()
}

/// The formula itself, without what it abbreviates.
pub(crate) fn body(text: &str) -> Result<Expression, String> {
    parse(split(text).first().ok_or("an empty formula")?)
}

/// The components of `(…, …)`.
pub(crate) fn tuple(text: &str) -> Result<Vec<Expression>, String> {
    let inner = text.trim().strip_prefix('(').and_then(|t| t.strip_suffix(')')).ok_or_else(|| format!("no tuple: {text}"))?;
    split(inner).into_iter().map(parse).collect()
}

/// Parts between the commas that are in no parentheses.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (i, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

impl Expression {
    pub(crate) fn value(&self, names: &dyn Fn(char) -> f64) -> f64 {
        match self {
            Number(n) => *n,
            Name(c) => names(*c),
            Sum(a, b) => a.value(names) + b.value(names),
            Product(a, b) => a.value(names) * b.value(names),
            Quotient(a, b) => a.value(names) / b.value(names),
            Power(a, b) => match b.value(names) {
                n if n.fract() == 0.0 => a.value(names).powi(n as i32),
                n => a.value(names).powf(n),
            },
            Call(f, a) => {
                let a = a.value(names);
                match *f {
                    "cos" => a.cos(),
                    "sin" => a.sin(),
                    "exp" => a.exp(),
                    "sqrt" => a.sqrt(),
                    _ => a.ln(),
                }
            }
        }
    }
}

fn parse(text: &str) -> Result<Expression, String> {
    let characters: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let mut reader = Reader { characters, at: 0 };
    let whole = reader.sum()?;
    if reader.at < reader.characters.len() { Err(format!("cannot read `{text}`")) } else { Ok(whole) }
}

struct Reader {
    characters: Vec<char>,
    at: usize,
}

impl Reader {
    fn next(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }
    fn take(&mut self, c: char) -> bool {
        let found = self.next() == Some(c);
        self.at += found as usize;
        found
    }
    fn sum(&mut self) -> Result<Expression, String> {
        let mut sum = self.product()?;
        loop {
            if self.take('+') {
                sum = Sum(sum.into(), self.product()?.into());
            } else if self.take('-') {
                sum = Sum(sum.into(), Product(Number(-1.0).into(), self.product()?.into()).into());
            } else {
                return Ok(sum);
            }
        }
    }
    fn product(&mut self) -> Result<Expression, String> {
        if self.take('-') {
            return Ok(Product(Number(-1.0).into(), self.product()?.into()));
        }
        let mut product = self.power()?;
        loop {
            if self.take('/') {
                product = Quotient(product.into(), self.power()?.into());
            } else if self.take('*') || self.next().is_some_and(|c| c == '(' || c.is_alphanumeric()) {
                product = Product(product.into(), self.power()?.into());
            } else {
                return Ok(product);
            }
        }
    }
    fn power(&mut self) -> Result<Expression, String> {
        let base = self.atom()?;
        if self.take('^') { Ok(Power(base.into(), self.atom()?.into())) } else { Ok(base) }
    }
    fn atom(&mut self) -> Result<Expression, String> {
        if self.take('(') {
            let inner = self.sum()?;
            return if self.take(')') { Ok(inner) } else { Err("a parenthesis is not closed".into()) };
        }
        let rest: String = self.characters[self.at..].iter().collect();
        if let Some(f) = FUNCTIONS.iter().find(|f| rest.starts_with(&format!("{f}("))) {
            self.at += f.len();
            return Ok(Call(f, self.atom()?.into()));
        }
        if rest.starts_with("pi") {
            self.at += 2;
            return Ok(Number(std::f64::consts::PI));
        }
        let digits: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        if !digits.is_empty() {
            self.at += digits.len();
            return digits.parse().map(Number).map_err(|_| format!("no number: {digits}"));
        }
        match self.next() {
            Some(c) if c.is_alphabetic() => {
                self.at += 1;
                Ok(Name(c))
            }
            other => Err(format!("{other:?} where a number or a name is wanted")),
        }
    }
}
