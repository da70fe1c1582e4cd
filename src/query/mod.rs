//! The filter language: words to find, and `field:value` conditions, all of which must hold.

mod apply;
mod error;
mod nothing;
mod words;

pub use apply::{Matching, matching};
pub use error::{FilterError, Mistake};
pub use nothing::{Alone, Nothing, SEARCHED, nothing};

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
    ("via", "via:cloudformation"),
    ("raw", "raw:Terraform"),
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
    /// The text occurs in the stored bytes of the record.
    Raw(String),
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
    /// The service through which the actor acted.
    Through,
}

/// A filter: conditions, each perhaps negated by a leading `-`.
///
/// ```
/// use sealscope::{Filter, FilterError, Job, TrustStore, examine, matching};
///
/// let case = examine(&["tests/vectors/harmless/trust-two-segments/evidence".into()], TrustStore::default(), &Job::default(), None);
/// let filter = Filter::parse("-state:broken")?;
/// let matching = matching(&case, &filter, &|| false);
/// assert_eq!(matching.rows.len(), case.store.len());
/// assert!(matches!(Filter::parse("colour:red"), Err(FilterError::UnknownField(_))));
/// # Ok::<(), FilterError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// `(negated, condition)`; all must hold.
    pub conditions: Vec<(bool, Condition)>,
}

impl Filter {
    /// Whether everything passes it.
    pub fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// Reads a filter as the user typed it.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        Self::read(text).map_err(|mistake| mistake.error)
    }

    /// The same; a mistake comes with its place.
    pub fn read(text: &str) -> Result<Self, Mistake> {
        let mut conditions = Vec::new();
        for word in words::words(text)? {
            let known = |field: &str| KNOWN.contains(&field);
            let read = words::unsupported(&word, &known).map_or_else(|| condition(&word), Err);
            conditions.push((word.is_negated, read.map_err(|error| Mistake { at: word.at, error })?));
        }
        Ok(Self { conditions })
    }
}

/// The filter with one more condition, unless it has it already.
pub fn with_condition(filter: &str, condition: &str) -> String {
    let filter = filter.trim();
    if filter.is_empty() {
        return condition.to_owned();
    }
    let has = words::words(filter).is_ok_and(|words| words.into_iter().any(|word| filter.get(word.at) == Some(condition)));
    if has { filter.to_owned() } else { format!("{filter} {condition}") }
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

/// All spellings of fields.
const KNOWN: [&str; 23] = [
    "kind",
    "category",
    "outcome",
    "state",
    "integrity",
    "identity",
    "who",
    "identity-is",
    "identity-id",
    "key-is",
    "key",
    "credential",
    "action",
    "target",
    "ip",
    "from",
    "address",
    "since",
    "after",
    "until",
    "before",
    "via",
    "raw",
];

fn condition(word: &words::Word) -> Result<Condition, FilterError> {
    let whole = || Condition::Text(word.text.to_lowercase());
    let Some((field, value)) = word.text.split_once(':').filter(|_| !word.is_text) else { return Ok(whole()) };
    let text = value.to_lowercase();
    let name = field.to_lowercase();
    if value.is_empty() && !word.is_quoted && KNOWN.contains(&name.as_str()) {
        return Err(FilterError::NoValue { field: name.clone(), possible: values_of(&name) });
    }
    Ok(match name.as_str() {
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
        "raw" => Condition::Raw(text),
        "via" => Condition::Field(Field::Through, text),
        // Earlier spellings still work: from, after, before.
        "ip" | "from" | "address" => Condition::Field(Field::Address, text),
        "since" | "after" => Condition::After(moment(value)?),
        "until" | "before" => Condition::Before(moment(value)?),
        // An address or an ARN has colons too; only one plain word before the only colon can be meant as a field.
        other
            if other.len() < 20
                && !other.is_empty()
                && other.chars().all(|character| character.is_ascii_alphabetic() || matches!(character, '-' | '_'))
                && other != "arn"
                && other != "system"
                && !value.starts_with("//")
                && !value.contains(':') =>
        {
            return Err(FilterError::UnknownField(field.to_owned()));
        }
        _ => whole(),
    })
}

/// What can be given for a field, as the end of a sentence.
fn values_of(field: &str) -> String {
    fn list<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> String {
        let mut words: Vec<&str> = all.iter().map(|choice| word(*choice)).collect();
        words.dedup();
        format!(": {}", words.join(", "))
    }
    match field {
        "kind" => list(&Kind::ALL, Kind::filter_word),
        "category" => list(&Category::ALL, Category::filter_word),
        "outcome" => list(&Outcome::ALL, Outcome::word),
        "state" | "integrity" => list(&State::ALL, State::word),
        _ => FIELDS.iter().find(|(name, _)| *name == field).map_or_else(String::new, |(_, example)| format!(", as {example}")),
    }
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
        assert_eq!(
            Filter::parse("kind:robot").unwrap_err().to_string(),
            "unknown kind “robot”; use one of service-account, key, agent, workload, cloud-service, person, unknown"
        );
        assert!(matches!(Filter::parse("user_name:red"), Err(FilterError::UnknownField(_))));
        assert!(matches!(Filter::parse("kind:"), Err(FilterError::NoValue { .. })));
        assert!(matches!(Filter::parse("after:yesterday"), Err(FilterError::BadTime(_))));
        assert_eq!(Filter::parse("\"open"), Err(FilterError::OpenQuote));
        assert_eq!(Filter::parse("arn:aws:iam::1:user/a").unwrap().conditions[0].1, Condition::Text("arn:aws:iam::1:user/a".into()));
    }

    #[test]
    fn forms_of_other_languages_are_mistakes_at_their_place() {
        for (filter, place, instead) in [
            ("maria OR robot", "OR", "kind:agent,key"),
            ("maria or robot", "or", "\"or\""),
            ("a && b", "&&", "leave it out"),
            ("a NOT b", "NOT", "write -word"),
            ("x Get*", "Get*", "so write Get;"),
            ("action:*Secret*", "action:*Secret*", "action:Secret"),
            ("action:Get*Value", "action:Get*Value", "Get Value"),
            ("a 10.0.0.0/8", "10.0.0.0/8", "ip:10.0.0"),
            ("ip:2001:db8::/32", "ip:2001:db8::/32", "part of the address"),
            ("kind:agent identity:a,b", "identity:a,b", "identity:a,"),
            ("(a b)", "(a", "leave it out"),
            ("a b)", "b)", "leave it out"),
            ("outcome=denied", "outcome=denied", "outcome:denied"),
            ("outcome!=denied", "outcome!=denied", "-outcome:denied"),
            ("!maria", "!maria", "-maria"),
        ] {
            let mistake = Filter::read(filter).unwrap_err();
            assert_eq!(&filter[mistake.at.clone()], place, "{filter}");
            assert!(mistake.error.to_string().contains(instead), "{filter}: {}", mistake.error);
        }
        // In quotation marks each is a text; and what only looks alike is none of them.
        for text in [
            "\"or\"",
            "\"Get*\"",
            "target:\"*\"",
            "identity:\"a,b\"",
            "\"10.0.0.0/8\"",
            "key-is:a*",
            "path/24",
            "a=b",
            "f(x)",
            "did:key:z6Mk",
        ] {
            assert_eq!(Filter::parse(text).unwrap().conditions.len(), 1, "{text}");
        }
        assert_eq!(
            Filter::parse("\"kind:agent\"").unwrap().conditions[0].1,
            Condition::Text("kind:agent".into()),
            "quoted, it is no field"
        );
        assert_eq!(Filter::parse("-\"a b\"").unwrap().conditions[0], (true, Condition::Text("a b".into())));
        let open = Filter::read("a \"b").unwrap_err();
        assert_eq!((open.at, open.error), (2..4, FilterError::OpenQuote));
    }

    #[test]
    fn a_condition_is_added_once() {
        let once = with_condition("kind:agent", "ip:\"10.0.0.1\"");
        assert_eq!(once, "kind:agent ip:\"10.0.0.1\"");
        assert_eq!(with_condition(&once, "ip:\"10.0.0.1\""), once);
        assert_eq!(with_condition("  ", "a"), "a");
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
