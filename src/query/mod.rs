//! The filter language: words to find, and `field:value` conditions, all of which must hold.

mod apply;

pub use apply::rows;

use crate::model::{Category, Kind, Outcome, State, time};

/// The fields a filter knows, with an example each.
pub const FIELDS: &[(&str, &str)] = &[
    ("kind", "kind:agent,key"),
    ("category", "category:secret"),
    ("outcome", "outcome:denied"),
    ("state", "state:broken,suspect"),
    ("identity", "identity:ci-deployer"),
    ("identity-is", "identity-is:ci-deployer"),
    ("identity-id", "identity-id:arn:aws:iam::1:user/ci"),
    ("key", "key:AKIA"),
    ("key-is", "key-is:AKIAIOSFODNN7EXAMPLE"),
    ("action", "action:GetSecretValue"),
    ("target", "target:prod/db"),
    ("ip", "ip:203.0.113.7"),
    ("since", "since:2026-03-07T03:00"),
    ("until", "until:2026-03-07T04:00"),
];

/// One condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// The text occurs in one of the event's fields.
    Text(String),
    /// The actor is of one of these kinds; API keys mean events made with one.
    Kind(Vec<Kind>),
    /// The action is of one of these categories.
    Category(Vec<Category>),
    /// It ended in one of these ways.
    Outcome(Vec<Outcome>),
    /// The record is in one of these states.
    State(Vec<State>),
    /// The text occurs in one field.
    Field(Field, String),
    /// The field is exactly this text, letter by letter.
    Is(Field, String),
    /// Not before this time, nanoseconds since 1970.
    After(i64),
    /// Before this time.
    Before(i64),
}

/// A text field of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The actor's name or identifier.
    Identity,
    /// The actor's identifier alone; empty where it has none.
    IdentityId,
    /// The actor's name alone.
    IdentityName,
    /// The credential.
    Key,
    /// The action.
    Action,
    /// What it was done to.
    Target,
    /// The source address.
    Address,
}

/// A filter: conditions, each perhaps negated by a leading `-`.
///
/// ```
/// use sealscope::{Filter, FilterError, Job, TrustStore, examine, matching_rows};
///
/// let case = examine(&["tests/vectors/harmless/trust-two-segments/evidence".into()], TrustStore::default(), &Job::default(), None);
/// let filter = Filter::parse("-state:broken")?;
/// let rows = matching_rows(&case.store, &case.index, &filter, &|| false);
/// assert_eq!(rows.len(), case.store.len());
/// assert!(matches!(Filter::parse("colour:red"), Err(FilterError::UnknownField(_))));
/// # Ok::<(), FilterError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// `(negated, condition)`; all must hold.
    pub conditions: Vec<(bool, Condition)>,
}

/// Why a filter cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// The field does not exist.
    #[error(
        "no field is named “{0}”; fields are kind, category, outcome, state, identity, identity-is, identity-id, key, key-is, action, target, ip, since, until"
    )]
    UnknownField(String),
    /// The value does not exist.
    #[error("“{value}” is not a known {field}; use one of {possible}")]
    UnknownValue {
        /// The field.
        field: String,
        /// What was given.
        value: String,
        /// What can be given.
        possible: String,
    },
    /// The time cannot be read.
    #[error("“{0}” is not a time; write 2026-03-07T03:14 or 2026-03-07, in UTC")]
    BadTime(String),
    /// A quotation does not end.
    #[error("a closing quotation mark is missing")]
    OpenQuote,
}

impl Filter {
    /// Whether everything passes it.
    pub fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// Reads a filter as the user typed it.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let mut conditions = Vec::new();
        for word in words(text)? {
            let (negated, word) = match word.strip_prefix('-') {
                Some(rest) if !rest.is_empty() => (true, rest.to_owned()),
                _ => (false, word),
            };
            conditions.push((negated, condition(&word)?));
        }
        Ok(Self { conditions })
    }
}

/// The filter that shows exactly the actor of an event: by name and identifier, so that no other of the same name comes along.
pub fn only_identity(store: &crate::store::Store, row: u32) -> String {
    let id = store.identity(row).map_or("", |identity| store.names.get(identity.id));
    format!("identity-is:{} identity-id:{}", quoted(store.identity_name(row)), quoted(id))
}

/// A text in quotation marks, so that [`Filter::parse`] reads it back whatever is in it.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Splits at spaces outside of quotation marks; the marks are left out. Within them, a backslash stands before a mark or a backslash that is
/// meant as such.
fn words(text: &str) -> Result<Vec<String>, FilterError> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut quoted, mut begun) = (false, false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' if quoted => word.extend(characters.next_if(|next| matches!(next, '"' | '\\')).or(Some('\\'))),
            '"' => (quoted, begun) = (!quoted, true),
            character if character.is_whitespace() && !quoted => {
                if !word.is_empty() || begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            character => word.push(character),
        }
    }
    if quoted {
        return Err(FilterError::OpenQuote);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words.retain(|word| !word.is_empty());
    Ok(words)
}

fn condition(word: &str) -> Result<Condition, FilterError> {
    let Some((field, value)) = word.split_once(':') else { return Ok(Condition::Text(word.to_lowercase())) };
    let text = value.to_lowercase();
    Ok(match field.to_lowercase().as_str() {
        "kind" => Condition::Kind(choices(field, &text, &Kind::ALL, Kind::filter_word)?),
        "category" => Condition::Category(choices(field, &text, &Category::ALL, Category::filter_word)?),
        "outcome" => Condition::Outcome(choices(field, &text, &Outcome::ALL, Outcome::word)?),
        "state" | "integrity" => Condition::State(choices(field, &text, &State::ALL, State::word)?),
        "identity" | "who" => Condition::Field(Field::Identity, text),
        // Two actors of one name are distinguished by their identifiers, so these compare whole texts, and as they are written.
        "identity-is" => Condition::Is(Field::IdentityName, value.to_owned()),
        "identity-id" => Condition::Is(Field::IdentityId, value.to_owned()),
        "key-is" => Condition::Is(Field::Key, value.to_owned()),
        "key" | "credential" => Condition::Field(Field::Key, text),
        "action" => Condition::Field(Field::Action, text),
        "target" => Condition::Field(Field::Target, text),
        // Earlier spellings still work: from, after, before.
        "ip" | "from" | "address" => Condition::Field(Field::Address, text),
        "since" | "after" => Condition::After(moment(value)?),
        "until" | "before" => Condition::Before(moment(value)?),
        // An address or an ARN has colons too; only a plain word before the colon can be meant as a field.
        other
            if other.len() < 12
                && other.chars().all(|character| character.is_ascii_alphabetic())
                && other != "arn"
                && other != "system"
                && !value.starts_with("//") =>
        {
            return Err(FilterError::UnknownField(field.to_owned()));
        }
        _ => Condition::Text(word.to_lowercase()),
    })
}

fn choices<T: Copy>(field: &str, text: &str, all: &[T], word: fn(T) -> &'static str) -> Result<Vec<T>, FilterError> {
    let mut chosen = Vec::new();
    for value in text.split(',').filter(|value| !value.is_empty()) {
        let before = chosen.len();
        chosen.extend(all.iter().copied().filter(|choice| word(*choice) == value));
        if chosen.len() == before {
            let mut possible: Vec<&str> = all.iter().map(|choice| word(*choice)).collect();
            possible.dedup();
            return Err(FilterError::UnknownValue { field: field.to_owned(), value: value.to_owned(), possible: possible.join(", ") });
        }
    }
    Ok(chosen)
}

fn moment(text: &str) -> Result<i64, FilterError> {
    let padded = match text.len() {
        10 => format!("{text}T00:00:00"),
        13 => format!("{text}:00:00"),
        16 => format!("{text}:00"),
        _ => text.to_owned(),
    };
    time::parse(&padded).ok_or_else(|| FilterError::BadTime(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read() {
        let filter = Filter::parse(r#"kind:agent,key -outcome:success "two words" since:2026-03-07"#).unwrap();
        assert_eq!(filter.conditions.len(), 4);
        assert_eq!(filter.conditions[0], (false, Condition::Kind(vec![Kind::ApiKey, Kind::AiAgent]).clone_sorted()));
        assert_eq!(filter.conditions[1], (true, Condition::Outcome(vec![Outcome::Success])));
        assert_eq!(filter.conditions[2], (false, Condition::Text("two words".into())));
        assert!(matches!(filter.conditions[3], (false, Condition::After(_))));
    }

    impl Condition {
        /// The order in which the kinds were typed is kept: agent first.
        fn clone_sorted(&self) -> Self {
            match self {
                Self::Kind(kinds) => Self::Kind(kinds.iter().rev().copied().collect()),
                other => other.clone(),
            }
        }
    }

    #[test]
    fn mistakes_are_named() {
        assert!(matches!(Filter::parse("colour:red"), Err(FilterError::UnknownField(_))));
        assert!(matches!(Filter::parse("kind:robot"), Err(FilterError::UnknownValue { .. })));
        assert!(matches!(Filter::parse("after:yesterday"), Err(FilterError::BadTime(_))));
        assert_eq!(Filter::parse("\"open"), Err(FilterError::OpenQuote));
        assert_eq!(Filter::parse("arn:aws:iam::1:user/a").unwrap().conditions[0].1, Condition::Text("arn:aws:iam::1:user/a".into()));
    }

    #[test]
    fn earlier_spellings_still_work() {
        for (earlier, now) in
            [("from:10.0.0.1", "ip:10.0.0.1"), ("after:2026-03-07", "since:2026-03-07"), ("before:2026-03-07", "until:2026-03-07")]
        {
            assert_eq!(Filter::parse(earlier), Filter::parse(now));
        }
    }

    #[test]
    fn any_name_can_be_quoted() {
        for name in ["a b", "say \"hi\"", "back\\slash\\", "-dash", "a:b", "", "“x”"] {
            let filter = Filter::parse(&format!("identity-is:{} identity-id:\"\"", quoted(name))).unwrap();
            assert_eq!(filter.conditions[0], (false, Condition::Is(Field::IdentityName, name.to_owned())), "{name}");
            assert_eq!(filter.conditions[1], (false, Condition::Is(Field::IdentityId, String::new())));
        }
    }

    #[test]
    fn credential_means_all_stages_of_life() {
        let filter = Filter::parse("category:credential").unwrap();
        assert!(matches!(&filter.conditions[0].1, Condition::Category(list) if list.len() == 4));
    }
}
