//! The lists of records in a JSON document, read so that the work can be stopped between any two of them.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Values as they stand in the document.
type Values<'a> = Vec<&'a RawValue>;

/// A document that is a list.
pub(super) fn list<'a>(text: &'a str, going: &dyn Fn() -> bool) -> serde_json::Result<Values<'a>> {
    let mut document = serde_json::Deserializer::from_str(text);
    let list = List { going }.deserialize(&mut document)?;
    document.end()?;
    list.ok_or_else(|| serde_json::Error::custom("there is no list"))
}

/// The lists `Records` and `items` of a document that is an object. One that is `null` is none.
pub(super) fn lists<'a>(text: &'a str, going: &dyn Fn() -> bool) -> serde_json::Result<(Option<Values<'a>>, Option<Values<'a>>)> {
    let mut document = serde_json::Deserializer::from_str(text);
    let lists = document.deserialize_map(Lists { going })?;
    document.end()?;
    Ok(lists)
}

struct List<'g> {
    going: &'g dyn Fn() -> bool,
}

impl<'a> DeserializeSeed<'a> for List<'_> {
    type Value = Option<Values<'a>>;

    fn deserialize<D: Deserializer<'a>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for List<'_> {
    type Value = Option<Values<'a>>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element()? {
            values.push(value);
            if !(self.going)() {
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(Some(values))
    }
}

struct Lists<'g> {
    going: &'g dyn Fn() -> bool,
}

/// The name of a member, of which only two matter.
enum Name {
    Records,
    Items,
    Other,
}

impl<'a> Deserialize<'a> for Name {
    fn deserialize<D: Deserializer<'a>>(from: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<str>::deserialize(from)?;
        Ok(match name.as_ref() {
            "Records" => Self::Records,
            "items" => Self::Items,
            _ => Self::Other,
        })
    }
}

impl<'a> Visitor<'a> for Lists<'_> {
    type Value = (Option<Values<'a>>, Option<Values<'a>>);

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let (mut records, mut items) = (None, None);
        while let Some(name) = members.next_key()? {
            if !(self.going)() {
                return Err(A::Error::custom("stopped"));
            }
            let list = match name {
                Name::Records => &mut records,
                Name::Items => &mut items,
                Name::Other => {
                    members.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            if list.replace(members.next_value_seed(List { going: self.going })?).is_some() {
                return Err(A::Error::custom("a list occurs twice"));
            }
        }
        Ok((records.flatten(), items.flatten()))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn lists_are_taken_and_nothing_else_is_one() {
        let found = |text| lists(text, &|| true).map(|(records, items)| (records.map(|list| list.len()), items.map(|list| list.len())));
        assert_eq!(found(r#"{"a":[1],"Records":[1,{"items":[]}],"items":null}"#).unwrap(), (Some(2), None));
        assert_eq!(found("{}").unwrap(), (None, None));
        for wrong in ["[1]", "1", r#"{"Records":1}"#, r#"{"Records":{}}"#, r#"{"Records":[],"Records":[]}"#, "{} {}", "{"] {
            assert!(found(wrong).is_err(), "{wrong}");
        }
        assert_eq!(list("[1, 2]", &|| true).unwrap().len(), 2);
        assert!(list("null", &|| true).is_err() && list("{}", &|| true).is_err() && list("[1] 2", &|| true).is_err());
    }

    #[test]
    fn nothing_more_is_read_after_a_stop() {
        let asked = Cell::new(0);
        let going = || {
            asked.set(asked.get() + 1);
            asked.get() < 5
        };
        let text = format!("[{}1]", "1,".repeat(1000));
        assert!(list(&text, &going).is_err());
        assert_eq!(asked.get(), 5);
    }
}
