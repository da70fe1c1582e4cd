//! Events of records whose hash covers some members only: what is covered decides, the rest fills what is left empty and is marked.

use crate::model::json::{Reader, Token};
use crate::model::{Category, Cover, Coverage, Event, Field, Kind, Outcome};

/// What a reading of a record stands in.
enum Level {
    /// All of it is kept.
    Kept,
    /// An object of which some members are kept.
    Part { first: bool },
    /// Nothing of it is kept.
    Dropped,
}

/// The record without the members that the coverage leaves out; `None` if it leaves out none, or the record is no object.
pub(super) fn of(text: &str, coverage: &Coverage, reader: &mut Reader) -> Option<String> {
    if *coverage == Coverage::All {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut names: Vec<String> = Vec::new();
    let mut levels: Vec<Level> = Vec::new();
    // How the value that comes next is covered; the record itself is never dropped as a whole.
    let mut next = Cover::Part;
    let mut dropped = false;
    let read = reader.read(text, |token| match token {
        Token::Name(name) => {
            // The place in `names` of a member of the innermost object.
            names.truncate(levels.len().saturating_sub(1));
            names.push(name.text().into_owned());
            let path: Vec<&str> = names.iter().map(String::as_str).collect();
            if let Some(Level::Part { first }) = levels.last_mut() {
                next = coverage.of(&path);
                if next != Cover::None {
                    if !std::mem::replace(first, false) {
                        out.push(',');
                    }
                    out.push_str(&format!("\"{}\":", name.raw));
                }
            }
        }
        Token::Object | Token::List => {
            let is_object = token == Token::Object;
            let level = match (levels.last(), next) {
                (Some(Level::Kept), _) => Level::Kept,
                (Some(Level::Dropped), _) | (_, Cover::None) => Level::Dropped,
                (_, Cover::Part) if is_object => {
                    out.push('{');
                    Level::Part { first: true }
                }
                (_, Cover::Whole) => Level::Kept,
                (_, Cover::Part) => {
                    // A list is covered as a whole or not at all.
                    out.push_str("null");
                    Level::Dropped
                }
            };
            dropped |= matches!(level, Level::Dropped);
            levels.push(level);
            if names.len() < levels.len() {
                names.push(String::new());
            }
        }
        Token::End(whole) => {
            let level = levels.pop();
            names.truncate(levels.len());
            match (level, levels.last()) {
                (Some(Level::Part { .. }), _) => out.push('}'),
                // The outermost value that is kept is written at once.
                (Some(Level::Kept), None | Some(Level::Part { .. })) => out.push_str(whole),
                _ => {}
            }
        }
        Token::Text(_) | Token::Literal(_) => match (levels.last(), next) {
            (Some(Level::Kept), _) => {}
            (Some(Level::Part { .. }), Cover::Whole) => match token {
                Token::Text(text) => out.push_str(&format!("\"{}\"", text.raw)),
                Token::Literal(literal) => out.push_str(literal),
                _ => {}
            },
            (Some(Level::Part { .. }), Cover::Part) => {
                out.push_str("null");
                dropped = true;
            }
            _ => dropped = true,
        },
    });
    (read.is_ok() && dropped && out.starts_with('{')).then_some(out)
}

/// Fills what the covered part leaves empty from the whole record, and marks it.
pub(super) fn fill<'a>(mut event: Event<'a>, whole: Event<'a>) -> Event<'a> {
    let marks = &mut event.uncovered;
    if event.schema.is_empty() && !whole.schema.is_empty() {
        event.schema = whole.schema;
        marks.insert(Field::Vocabulary);
    }
    if event.time_text.is_empty() && event.time.is_none() && !(whole.time_text.is_empty() && whole.time.is_none()) {
        (event.time, event.time_text) = (whole.time, whole.time_text);
        marks.insert(Field::Time);
    }
    if event.kind == Kind::Unknown && whole.kind != Kind::Unknown {
        event.kind = whole.kind;
        marks.insert(Field::Kind);
    }
    if event.category == Category::Other && whole.category != Category::Other {
        event.category = whole.category;
        marks.insert(Field::Category);
    }
    if event.outcome == Outcome::Unknown
        && event.outcome_text.is_empty()
        && (whole.outcome != Outcome::Unknown || !whole.outcome_text.is_empty())
    {
        (event.outcome, event.outcome_text) = (whole.outcome, whole.outcome_text);
        marks.insert(Field::Outcome);
    }
    if event.credential.is_empty() && event.subject_credential.is_empty() && event.credential_is_key != whole.credential_is_key {
        event.credential_is_key = whole.credential_is_key;
    }
    if event.on_behalf_of.is_empty() && event.delegation.is_empty() && !(whole.on_behalf_of.is_empty() && whole.delegation.is_empty()) {
        (event.on_behalf_of, event.delegation) = (whole.on_behalf_of, whole.delegation);
        marks.insert(Field::Behalf);
    }
    if is_unstated(&event.action) && !is_unstated(&whole.action) {
        event.action = whole.action;
        marks.insert(Field::Action);
    }
    let texts = [
        (&mut event.identity, whole.identity, Field::Identity),
        (&mut event.identity_id, whole.identity_id, Field::IdentityId),
        (&mut event.credential, whole.credential, Field::Credential),
        (&mut event.subject_credential, whole.subject_credential, Field::Credential),
        (&mut event.target, whole.target, Field::Target),
        (&mut event.policy, whole.policy, Field::Policy),
        (&mut event.source_address, whole.source_address, Field::From),
        (&mut event.user_agent, whole.user_agent, Field::From),
        (&mut event.through, whole.through, Field::Behalf),
        (&mut event.session, whole.session, Field::Session),
        (&mut event.event_id, whole.event_id, Field::Session),
    ];
    for (own, other, field) in texts {
        if own.is_empty() && !other.is_empty() {
            *own = other;
            marks.insert(field);
        }
    }
    event.doubt = event.doubt.max(whole.doubt);
    event
}

fn is_unstated(action: &str) -> bool {
    action.is_empty() || action == "(not stated)"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str, covered: &[&str], left_out: &[&str]) -> Option<String> {
        of(text, &Coverage::of_paths(covered.iter().copied(), left_out.iter().copied()), &mut Reader::default())
    }

    #[test]
    fn only_covered_members_stay() {
        let text = r#"{"a":1,"b":{"c":[{"x":1}],"d":"e\n"},"\u0066":{"g":{}},"h":[1,{"i":2}],"j":null}"#;
        assert_eq!(kept(text, &["a"], &[]).unwrap(), r#"{"a":1}"#);
        assert_eq!(kept(text, &["b/d", "f"], &[]).unwrap(), r#"{"b":{"d":"e\n"},"\u0066":{"g":{}}}"#);
        assert_eq!(kept(text, &[""], &["b/c", "j"]).unwrap(), r#"{"a":1,"b":{"d":"e\n"},"\u0066":{"g":{}},"h":[1,{"i":2}]}"#);
        assert_eq!(kept(text, &["h/i", "a/x"], &[]).unwrap(), r#"{"a":null,"h":null}"#);
        assert_eq!(kept(text, &["zz"], &[]).unwrap(), "{}");
        assert_eq!(kept(text, &[""], &["zz"]), None);
        assert_eq!(kept("[1]", &["a"], &[]), None);
        assert_eq!(kept(r#"{"b":{"b":{"c":1,"d":2}},"c":3}"#, &["b/b/c"], &[]).unwrap(), r#"{"b":{"b":{"c":1}}}"#);
    }
}
