//! JSON as it was written — order of members and digits of numbers kept — and its canonical forms.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::model::json::{Doubt, MOST_VALUES, NotJson, Reader, Token};
use crate::model::stop;

/// A list may have so many items of any length, and beyond that one for so many bytes.
const FEW_ITEMS: usize = 100_000;
const SHORTEST_ITEM: usize = 16;

/// A value that remembers how it was written.
#[derive(Clone, Debug)]
pub enum Tree<'a> {
    /// Members in their own order, and the text as it was written; empty for one that was put together.
    Object(Vec<(Cow<'a, str>, Self)>, &'a str),
    /// A list.
    Array(Vec<Self>),
    /// A text, unescaped.
    Text(Cow<'a, str>),
    /// A number, `true`, `false` or `null`, by its own characters.
    Literal(&'a str),
}

/// How a canonical form writes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// RFC 8785.
    Jcs,
    /// Python's `json.dumps(sort_keys=True)`: `", "` and `": "`, ASCII only.
    Python,
    /// The same with `","` and `":"`.
    PythonCompact,
    /// Members sorted, no space, UTF-8.
    SortedCompact,
    /// Members in the order in which the profile lists them or the record has them, no space, UTF-8.
    AsListed,
    /// The same, with `<`, `>`, `&` and the line separators escaped, as Go's `encoding/json` writes it.
    Go,
    /// The very characters of the record.
    AsWritten,
}

/// The members of an object, by their own characters; `None` if the text is none.
pub fn members(text: &str) -> Option<Vec<(Cow<'_, str>, &str)>> {
    struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);
    impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct MembersVisitor;
            impl<'de> Visitor<'de> for MembersVisitor {
                type Value = Members<'de>;
                fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                    formatter.write_str("an object")
                }
                fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                    let mut members = Vec::new();
                    while let Some((name, value)) = map.next_entry::<Cow<'de, str>, &'de RawValue>()? {
                        members.push((name, value));
                    }
                    Ok(Members(members))
                }
            }
            deserializer.deserialize_map(MembersVisitor)
        }
    }
    let Ok(members) = serde_json::from_str::<Members<'_>>(text) else { return None };
    Some(members.0.into_iter().map(|(name, raw)| (name, raw.get())).collect())
}

/// The items of a list, by their own characters; `None` if the text is none, or has more items than a log of its length has records.
pub fn items(text: &str) -> Option<Vec<&RawValue>> {
    struct Items(usize);
    impl<'de> Visitor<'de> for Items {
        type Value = Vec<&'de RawValue>;
        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a list")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut items = Vec::new();
            while let Some(item) = list.next_element()? {
                if items.len() >= self.0 || stop::is_wished() {
                    return Err(A::Error::custom("it is too long"));
                }
                items.push(item);
            }
            Ok(items)
        }
    }
    let mut list = serde_json::Deserializer::from_str(text);
    match list.deserialize_seq(Items(FEW_ITEMS + text.len() / SHORTEST_ITEM)) {
        Ok(items) if list.end().is_ok() => Some(items),
        Ok(_) | Err(_) => None,
    }
}

/// An object or list that is being read.
enum Open<'a> {
    Object(Vec<(Cow<'a, str>, Tree<'a>)>, Cow<'a, str>),
    List(Vec<Tree<'a>>),
}

impl<'a> Tree<'a> {
    /// The plain value at a path; empty where there is none, as it is hashed then.
    pub fn text_at(&self, path: &str) -> String {
        match self.at(path).and_then(Self::plain) {
            Some(text) => text,
            None => String::new(),
        }
    }

    /// Reads a text, with what two readers of it might read differently.
    ///
    /// # Errors
    /// It is no JSON, nests too deep, or has too many values to be kept.
    pub fn read(text: &'a str) -> Result<(Self, Option<Doubt>), NotJson> {
        let mut open: Vec<Open<'a>> = Vec::new();
        let mut whole: Option<Self> = None;
        let mut values = 0;
        let doubt = Reader::default().read(text, |token| {
            values += usize::from(!matches!(token, Token::Name(_) | Token::End(_)));
            if values > MOST_VALUES {
                open.clear();
                return;
            }
            let value = match token {
                Token::Object => return open.push(Open::Object(Vec::new(), Cow::Borrowed(""))),
                Token::List => return open.push(Open::List(Vec::new())),
                Token::Name(name) => {
                    if let Some(Open::Object(_, own)) = open.last_mut() {
                        *own = name.text();
                    }
                    return;
                }
                Token::Text(text) => Self::Text(text.text()),
                Token::Literal(literal) => Self::Literal(literal),
                Token::End(raw) => match open.pop() {
                    Some(Open::Object(members, _)) => Self::Object(members, raw),
                    Some(Open::List(items)) => Self::Array(items),
                    None => return,
                },
            };
            match open.last_mut() {
                Some(Open::Object(members, name)) => members.push((std::mem::take(name), value)),
                Some(Open::List(items)) => items.push(value),
                None => whole = Some(value),
            }
        })?;
        if values > MOST_VALUES {
            return Err(NotJson::Large);
        }
        Ok((whole.ok_or(NotJson::Grammar(0))?, doubt))
    }

    /// Reads a text that every reader reads alike. `None` for any other.
    pub fn parse(text: &'a str) -> Option<Self> {
        match Self::read(text) {
            Ok((tree, None | Some(Doubt::Wide(_)))) => Some(tree),
            Ok(_) | Err(_) => None,
        }
    }

    /// Reads a text, also one that two readers may read differently: to look for something in it, never to judge it. `None` if it is no JSON.
    pub fn roughly(text: &'a str) -> Option<Self> {
        match Self::read(text) {
            Ok((tree, _)) => Some(tree),
            Err(_) => None,
        }
    }

    /// The value at a path of member names, `a/b`.
    pub fn at(&self, path: &str) -> Option<&Self> {
        path.split('/').try_fold(self, |tree, name| match tree {
            Self::Object(members, _) => members.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value),
            _ => None,
        })
    }

    /// The value as plain text: a text's content, a literal's characters, nothing for `null`.
    pub fn plain(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone().into_owned()),
            Self::Literal("null") => None,
            Self::Literal(literal) => Some((*literal).to_owned()),
            _ => None,
        }
    }

    /// Names of the members of an object.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Object(members, _) => members.iter().map(|(name, _)| name.as_ref()).collect(),
            _ => Vec::new(),
        }
    }

    /// An object without some of its members.
    pub fn without(&self, names: &[String]) -> Self {
        match self {
            Self::Object(members, _) => {
                Self::Object(members.iter().filter(|(name, _)| !names.iter().any(|other| other == name)).cloned().collect(), "")
            }
            other => other.clone(),
        }
    }

    /// An object without members that are `null`, at any depth, except those of one name.
    pub fn without_nulls(&self, except: Option<&str>) -> Self {
        match self {
            Self::Object(members, _) => {
                let kept = members.iter().filter(|(name, value)| !matches!(value, Self::Literal("null")) || except == Some(name));
                Self::Object(kept.map(|(name, value)| (name.clone(), value.without_nulls(except))).collect(), "")
            }
            Self::Array(items) => Self::Array(items.iter().map(|item| item.without_nulls(except)).collect()),
            other => other.clone(),
        }
    }

    /// The canonical text in a form; `None` if a number has none.
    pub fn canonical(&self, form: Form) -> Option<String> {
        if let (Form::AsWritten, Self::Object(_, raw)) = (form, self) {
            return Some((*raw).to_owned());
        }
        let mut out = String::new();
        self.write(form, &mut out)?;
        Some(out)
    }

    fn write(&self, form: Form, out: &mut String) -> Option<()> {
        if stop::is_wished() {
            return None;
        }
        let (comma, colon) = if form == Form::Python { (", ", ": ") } else { (",", ":") };
        match self {
            Self::Literal(literal) => match form {
                // Numbers of RFC 8785 are doubles written as ECMAScript does.
                Form::Jcs if literal.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => {
                    let number: f64 = literal.parse().ok()?;
                    // A number beyond doubles has no canonical form.
                    let Ok(written) = serde_json_canonicalizer::to_string(&number) else { return None };
                    out.push_str(&written);
                }
                _ => out.push_str(literal),
            },
            Self::Text(text) => write_text(text, form, out),
            Self::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push_str(comma);
                    }
                    item.write(form, out)?;
                }
                out.push(']');
            }
            Self::Object(members, _) => {
                let mut ordered: Vec<&(Cow<'_, str>, Self)> = members.iter().collect();
                match form {
                    Form::AsListed | Form::Go => {}
                    // RFC 8785 sorts by UTF-16 units, the others by characters.
                    Form::Jcs => ordered.sort_by(|left, right| left.0.encode_utf16().cmp(right.0.encode_utf16())),
                    _ => ordered.sort_by(|left, right| left.0.cmp(&right.0)),
                }
                out.push('{');
                for (index, (name, value)) in ordered.into_iter().enumerate() {
                    if index > 0 {
                        out.push_str(comma);
                    }
                    write_text(name, form, out);
                    out.push_str(colon);
                    value.write(form, out)?;
                }
                out.push('}');
            }
        }
        Some(())
    }
}

fn write_text(text: &str, form: Form, out: &mut String) {
    let ascii = matches!(form, Form::Python | Form::PythonCompact);
    let escaped = |character: char| form == Form::Go && matches!(character, '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            control if u32::from(control) < 0x20 => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other if escaped(other) => out.push_str(&format!("\\u{:04x}", u32::from(other))),
            other if ascii && !(' '..='~').contains(&other) => {
                let mut units = [0; 2];
                other.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_differ_as_their_writers_do() {
        let tree = Tree::parse(r#"{"b":1.10,"a":"naïve ☃ 😀 \u2028\n","c":[true,null,{"y":1,"x":1e2}]}"#).unwrap();
        assert_eq!(
            tree.canonical(Form::Python).unwrap(),
            r#"{"a": "na\u00efve \u2603 \ud83d\ude00 \u2028\n", "b": 1.10, "c": [true, null, {"x": 1e2, "y": 1}]}"#
        );
        assert_eq!(
            tree.canonical(Form::SortedCompact).unwrap(),
            "{\"a\":\"naïve ☃ 😀 \u{2028}\\n\",\"b\":1.10,\"c\":[true,null,{\"x\":1e2,\"y\":1}]}"
        );
        assert_eq!(
            tree.canonical(Form::Jcs).unwrap(),
            "{\"a\":\"naïve ☃ 😀 \u{2028}\\n\",\"b\":1.1,\"c\":[true,null,{\"x\":100,\"y\":1}]}"
        );
    }

    #[test]
    fn what_readers_read_differently_is_no_tree() {
        for text in [r#"{"a":1,"a":2}"#, r#"{"a":{"b":1,"\u0062":2}}"#, r#"{"a":"\ud800"}"#, r#"{"a":1e999}"#, "{"] {
            assert!(Tree::parse(text).is_none(), "{text}");
        }
        assert!(matches!(Tree::read("[9007199254740993]"), Ok((_, Some(Doubt::Wide(_))))));
    }

    #[test]
    fn go_escapes_what_could_be_markup() {
        let tree = Tree::parse(r#"{"b":"<a&b>","a":1.50}"#).unwrap();
        assert_eq!(tree.canonical(Form::Go).unwrap(), r#"{"b":"\u003ca\u0026b\u003e","a":1.50}"#);
        assert_eq!(tree.canonical(Form::AsListed).unwrap(), r#"{"b":"<a&b>","a":1.50}"#);
    }

    #[test]
    fn numbers_follow_rfc_8785_appendix_b() {
        // IEEE 754 bits and the text that the appendix gives for them.
        let samples: [(u64, &str); 24] = [
            (0x0000_0000_0000_0000, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0x41b3_de43_5555_5554, "333333333.33333325"),
            (0x41b3_de43_5555_5555, "333333333.3333333"),
            (0x41b3_de43_5555_5556, "333333333.3333334"),
            (0x41b3_de43_5555_5557, "333333333.33333343"),
            (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ];
        for (bits, text) in samples {
            let written = format!("{:e}", f64::from_bits(bits));
            assert_eq!(Tree::read(&written).unwrap().0.canonical(Form::Jcs).unwrap(), text, "{written}");
        }
    }

    #[test]
    fn published_canonical_forms() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/agent-receipts/canonicalization_vectors.json");
        let Ok(text) = std::fs::read_to_string(path) else {
            println!("skipped: {path} is not here");
            return;
        };
        let Tree::Array(vectors) = Tree::parse(&text).unwrap().at("canonicalization_vectors").unwrap().clone() else { panic!() };
        assert!(vectors.len() >= 30);
        for vector in vectors {
            let canonical = vector.at("input").unwrap().canonical(Form::Jcs).unwrap();
            assert_eq!(Some(canonical), vector.at("canonical").unwrap().plain(), "{:?}", vector.at("name"));
        }
    }

    #[test]
    fn hostile_nesting_is_refused() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Tree::parse(&nested(100)).is_some());
        assert!(Tree::parse(&nested(100_000)).is_none());
        assert!(Tree::parse(&format!("{}1{}", r#"{"a":"#.repeat(100_000), "}".repeat(100_000))).is_none());
    }
}
