//! Lenient fields: a wrong type in one field must not lose the event.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A field that takes a value of its own type, and of any other type takes its default: "not stated".
trait Lenient<'de>: Default {
    /// The field of a text, number or truth value.
    fn scalar(_text: Cow<'de, str>) -> Self {
        Self::default()
    }

    /// The field of a list, which has to be read to its end.
    fn list<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }

    /// The field of an object, which has to be read to its end.
    fn object<A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }
}

/// Reads a value of any type as a lenient field.
struct AnyValue<T>(PhantomData<T>);

impl<'de, T: Lenient<'de>> AnyValue<T> {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(Self(PhantomData))
    }
}

impl<'de, T: Lenient<'de>> Visitor<'de> for AnyValue<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<T, E> {
        Ok(T::scalar(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok(T::scalar(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<T, E> {
        Ok(T::scalar(Cow::Owned(text)))
    }

    fn visit_bool<E>(self, value: bool) -> Result<T, E> {
        Ok(T::scalar(Cow::Borrowed(if value { "true" } else { "false" })))
    }

    fn visit_i64<E>(self, value: i64) -> Result<T, E> {
        Ok(T::scalar(Cow::Owned(value.to_string())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<T, E> {
        Ok(T::scalar(Cow::Owned(value.to_string())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<T, E> {
        Ok(T::scalar(Cow::Owned(value.to_string())))
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_none<E>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<T, A::Error> {
        T::object(object)
    }
}

/// Text as the record has it. Numbers and truth values become text; null, lists and objects become "not stated".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text<'a>(pub Cow<'a, str>);

impl<'a> Text<'a> {
    /// The text.
    pub fn get(&self) -> &str {
        &self.0
    }

    /// Whether nothing is stated.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text, or `other` if nothing is stated.
    pub fn or(self, other: Self) -> Self {
        if self.is_empty() { other } else { self }
    }
}

impl<'de: 'a, 'a> Lenient<'de> for Text<'a> {
    fn scalar(text: Cow<'de, str>) -> Self {
        Self(text)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        AnyValue::read(deserializer)
    }
}

/// An object that may be null, missing or of a wrong type; then its default is used.
#[derive(Clone, Debug, Default)]
pub struct Part<T>(pub T);

impl<'de, T: Deserialize<'de> + Default> Lenient<'de> for Part<T> {
    fn object<A: MapAccess<'de>>(object: A) -> Result<Self, A::Error> {
        T::deserialize(MapAccessDeserializer::new(object)).map(Part)
    }
}

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Part<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        AnyValue::read(deserializer)
    }
}

/// A list whose elements may be of any type; anything else is an empty list.
#[derive(Clone, Debug)]
pub struct List<T>(pub Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Lenient<'de> for List<T> {
    fn list<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element()? {
            elements.push(element);
        }
        Ok(Self(elements))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        AnyValue::read(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, serde::Deserialize)]
    #[serde(default)]
    struct Inner<'a> {
        #[serde(borrow)]
        name: Text<'a>,
    }

    #[test]
    fn a_value_of_any_type_is_read_over() {
        let values =
            ["null", "true", "-1", "18446744073709551615", "1.5", r#""text""#, r#""t\u0065xt""#, r#"[1,{"a":[]}]"#, r#"{"name":["x"]}"#];
        let texts = ["", "true", "-1", "18446744073709551615", "1.5", "text", "text", "", ""];
        let lengths = [0, 0, 0, 0, 0, 0, 0, 2, 0];
        for ((value, text), length) in values.into_iter().zip(texts).zip(lengths) {
            assert_eq!(serde_json::from_str::<Text<'_>>(value).unwrap().get(), text, "{value}");
            assert_eq!(serde_json::from_str::<List<Text<'_>>>(value).unwrap().0.len(), length, "{value}");
            assert_eq!(serde_json::from_str::<Part<Inner<'_>>>(value).unwrap().0.name.get(), "", "{value}");
        }
        assert_eq!(serde_json::from_str::<Part<Inner<'_>>>(r#"{"name":7}"#).unwrap().0.name.get(), "7");
        assert!(serde_json::from_str::<Text<'_>>("[1").is_err());
    }
}
