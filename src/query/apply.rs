//! Applies a filter to the columns: texts are matched once each, not once for every event.

use rayon::prelude::*;

use super::{Condition, Field, Filter};
use crate::model::Kind;
use crate::store::{Index, NONE, Store};
use crate::verify::Examination;

/// A condition made ready for a store.
enum Ready {
    /// By name number: any of the event's texts.
    Text {
        names: Vec<bool>,
        identities: Vec<bool>,
        credentials: Vec<bool>,
    },
    Field(Field, Vec<bool>),
    /// Exactly this text.
    Is(Field, String),
    Identities(Vec<bool>, bool),
    Categories(u16),
    Outcomes(u8),
    States(u8),
    /// Nothing that the columns know.
    Any,
    After(i64),
    Before(i64),
}

/// The events that a filter lets through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Matching {
    /// Their rows, in the order of the case's index.
    pub rows: Vec<u32>,
    /// Files whose records had to be read again and could not be: what stands in them is not among the rows.
    pub unread: Vec<String>,
}

/// The events of a case that the filter lets through. `stop` ends it early.
pub fn matching(case: &Examination, filter: &Filter, stop: &(dyn Fn() -> bool + Sync)) -> Matching {
    let rows = by_columns(&case.store, &case.index, filter, stop);
    let texts: Vec<(bool, &str)> = filter
        .conditions
        .iter()
        .filter_map(|(negated, condition)| match condition {
            Condition::Raw(text) => Some((*negated, text.as_str())),
            _ => None,
        })
        .collect();
    if texts.is_empty() {
        return Matching { rows, unread: Vec::new() };
    }
    let wanted = |record: &[u8]| texts.iter().all(|(negated, text)| holds_text(record, text) != *negated);
    let (rows, unread) = case.rows_whose_records(&rows, &wanted, stop);
    Matching { rows, unread }
}

/// Whether stored bytes hold a text in lower case, whatever the case of their letters.
fn holds_text(record: &[u8], lower_case: &str) -> bool {
    if lower_case.is_ascii() {
        memchr::memmem::find(&record.to_ascii_lowercase(), lower_case.as_bytes()).is_some()
    } else {
        String::from_utf8_lossy(record).to_lowercase().contains(lower_case)
    }
}

/// The rows of `index` that fulfil all conditions on columns, in the same order. Conditions on stored bytes are left to [`matching`].
fn by_columns(store: &Store, index: &Index, filter: &Filter, stop: &(dyn Fn() -> bool + Sync)) -> Vec<u32> {
    let ready: Vec<(bool, Ready)> = {
        let columns = filter.conditions.iter().filter(|(_, condition)| !matches!(condition, Condition::Raw(_)));
        columns.map(|(negated, condition)| (*negated, prepare(store, condition))).collect()
    };
    let keep = |row: &u32| !stop() && ready.iter().all(|(negated, condition)| holds(store, condition, *row) != *negated);
    let mut rows: Vec<u32> = index.all.rows.par_iter().copied().filter(keep).collect();
    rows.extend(index.untimed.iter().copied().filter(keep));
    rows
}

fn prepare(store: &Store, condition: &Condition) -> Ready {
    match condition {
        Condition::Text(text) => {
            let names = holding(store, text);
            Ready::Text { identities: identities(store, &names), credentials: credentials(store, &names), names }
        }
        Condition::Field(field, text) => {
            let names = holding(store, text);
            let matched = match field {
                Field::Identity | Field::IdentityId | Field::IdentityName => identities(store, &names),
                Field::Key => credentials(store, &names),
                _ => names,
            };
            Ready::Field(*field, matched)
        }
        Condition::Is(field, text) => Ready::Is(*field, text.clone()),
        Condition::Kind(kinds) => Ready::Identities(
            store.identities().iter().map(|identity| kinds.contains(&identity.kind)).collect(),
            kinds.contains(&Kind::ApiKey),
        ),
        Condition::Category(categories) => Ready::Categories(categories.iter().fold(0, |mask, category| mask | 1 << *category as u16)),
        Condition::Outcome(outcomes) => Ready::Outcomes(outcomes.iter().fold(0, |mask, outcome| mask | 1 << *outcome as u8)),
        Condition::State(states) => Ready::States(states.iter().fold(0, |mask, state| mask | 1 << *state as u8)),
        Condition::Raw(_) => Ready::Any,
        Condition::After(time) => Ready::After(*time),
        Condition::Before(time) => Ready::Before(*time),
    }
}

fn holding(store: &Store, text: &str) -> Vec<bool> {
    store.names.iter().map(|(_, name)| contains(name, text)).collect()
}

/// Whether `name` holds `lower_case`, whatever the case of its letters.
fn contains(name: &str, lower_case: &str) -> bool {
    if name.is_ascii() && lower_case.is_ascii() {
        let needle = lower_case.as_bytes();
        needle.is_empty() || name.as_bytes().windows(needle.len()).any(|part| part.eq_ignore_ascii_case(needle))
    } else {
        name.to_lowercase().contains(lower_case)
    }
}

fn identities(store: &Store, names: &[bool]) -> Vec<bool> {
    let hit = |number: u32| names.get(number as usize).copied().unwrap_or(false);
    store.identities().iter().map(|identity| hit(identity.name) || hit(identity.id) || hit(identity.acts_for)).collect()
}

fn credentials(store: &Store, names: &[bool]) -> Vec<bool> {
    store.credentials().iter().map(|credential| names.get(credential.name as usize).copied().unwrap_or(false)).collect()
}

fn holds(store: &Store, condition: &Ready, row: u32) -> bool {
    let at = |list: &[bool], number: u32| number != NONE && list.get(number as usize).copied().unwrap_or(false);
    match condition {
        Ready::Text { names, identities, credentials } => {
            at(identities, store.identity_index(row))
                || at(credentials, store.credential_index(row))
                || at(names, store.action_index(row))
                || at(names, store.target_index(row))
                || at(names, store.address_index(row))
                || at(names, store.through_index(row))
        }
        Ready::Field(field, list) => match field {
            Field::Identity | Field::IdentityId | Field::IdentityName => at(list, store.identity_index(row)),
            Field::Key => at(list, store.credential_index(row)),
            Field::Action => at(list, store.action_index(row)),
            Field::Target => at(list, store.target_index(row)),
            Field::Address => at(list, store.address_index(row)),
            Field::Through => at(list, store.through_index(row)),
        },
        Ready::Is(field, text) => {
            let is = match field {
                Field::IdentityName => store.identity_name(row),
                Field::Identity | Field::IdentityId => store.identity(row).map_or("", |identity| store.names.get(identity.id)),
                Field::Key => store.credential(row).map_or("", |credential| store.names.get(credential.name)),
                Field::Action => store.action(row),
                Field::Target => store.target(row),
                Field::Address => store.address(row),
                Field::Through => store.names.get(store.through_index(row)),
            };
            is == text
        }
        Ready::Identities(list, with_key) => {
            at(list, store.identity_index(row)) || *with_key && store.credential(row).is_some_and(|credential| credential.is_key)
        }
        Ready::Categories(mask) => mask >> store.category(row) as u16 & 1 == 1,
        Ready::Outcomes(mask) => mask >> store.outcome(row) as u8 & 1 == 1,
        Ready::States(mask) => mask >> store.state(row) as u8 & 1 == 1,
        Ready::Any => true,
        Ready::After(time) => store.time(row) >= *time,
        Ready::Before(time) => store.time(row) < *time && store.time(row) != crate::store::NO_TIME,
    }
}
