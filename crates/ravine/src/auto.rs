//! A choice that may be left to the program.

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

/// A value, or `auto`: let the program find it. What was *asked* may say auto; what was *done* has plain values.
///
/// ```
/// use ravine::Auto;
/// assert_eq!("auto".parse(), Ok(Auto::Auto::<f64>));
/// assert_eq!("25".parse(), Ok(Auto::Given(25.0)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Auto<T> {
    /// Found by the program.
    #[default]
    Auto,
    /// Given by the user.
    Given(T),
}

impl<T> Auto<T> {
    /// Whether it is left to the program.
    pub fn is_auto(&self) -> bool {
        matches!(self, Auto::Auto)
    }

    /// The value that was given, if one was.
    pub fn given(&self) -> Option<&T> {
        match self {
            Auto::Auto => None,
            Auto::Given(value) => Some(value),
        }
    }
}

impl<T: fmt::Display> fmt::Display for Auto<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Auto::Auto => f.write_str("auto"),
            Auto::Given(value) => value.fmt(f),
        }
    }
}

impl<T: FromStr> FromStr for Auto<T> {
    type Err = T::Err;
    fn from_str(text: &str) -> Result<Self, T::Err> {
        if text == "auto" { Ok(Auto::Auto) } else { text.parse().map(Auto::Given) }
    }
}

impl<T: Serialize> Serialize for Auto<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Auto::Auto => serializer.serialize_str("auto"),
            Auto::Given(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Auto<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Either(PhantomData))
    }
}

/// Reads the word `auto`, or hands the value on to T, so that T itself says what is wrong with it.
struct Either<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
    type Value = Auto<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("auto or a value")
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Auto<T>, E> {
        if text == "auto" { Ok(Auto::Auto) } else { T::deserialize(text.into_deserializer()).map(Auto::Given) }
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Auto<T>, E> {
        T::deserialize(value.into_deserializer()).map(Auto::Given)
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Auto<T>, E> {
        T::deserialize(value.into_deserializer()).map(Auto::Given)
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Auto<T>, E> {
        T::deserialize(value.into_deserializer()).map(Auto::Given)
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Auto<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Auto::Given)
    }
}
