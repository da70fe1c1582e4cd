//! Vocabularies of records. One module turns one vocabulary's JSON into an [`Event`]; it knows nothing of seals.
//!
//! A new vocabulary is one new file and one line in [`SCHEMAS`].

mod agent_receipts;
mod cloudtrail;
mod field;
mod generic;
mod kubernetes;
mod ocsf;
mod vocabularies;

use crate::model::Event;

/// One vocabulary.
pub struct Schema {
    /// Its name as the user reads it.
    pub name: &'static str,
    /// Reads one record's JSON text; `None` when the record is not of this vocabulary.
    pub read: for<'a> fn(&'a str) -> Option<Event<'a>>,
}

/// All vocabularies, the most specific first; the generic fallback is last.
pub const SCHEMAS: &[Schema] =
    &[cloudtrail::SCHEMA, kubernetes::SCHEMA, ocsf::SCHEMA, agent_receipts::SCHEMA, vocabularies::SCHEMA, generic::SCHEMA];

/// Reads one record. `hint` is the vocabulary that matched last.
pub fn read<'a>(record: &'a [u8], hint: &mut usize) -> Event<'a> {
    let Ok(text) = std::str::from_utf8(record) else { return Event::default() };
    // The fallback understands much, so it may be tried first only for what no other vocabulary claims.
    if let Some(event) = SCHEMAS.get(*hint).filter(|schema| schema.name != generic::SCHEMA.name).and_then(|schema| (schema.read)(text)) {
        return event;
    }
    for (index, schema) in SCHEMAS.iter().enumerate() {
        if let Some(event) = (schema.read)(text) {
            *hint = index;
            return event;
        }
    }
    Event::default()
}

/// The entries of a file that is one JSON document: its list of records, or itself. `None` if it is not one document.
pub fn entries(document: &[u8]) -> Option<Vec<&[u8]>> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Listed<'a> {
        #[serde(borrow, default, rename = "Records")]
        records: Option<Vec<&'a serde_json::value::RawValue>>,
        #[serde(borrow, default)]
        items: Option<Vec<&'a serde_json::value::RawValue>>,
    }
    let text = std::str::from_utf8(document).ok()?;
    if let Ok(list) = serde_json::from_str::<Vec<&serde_json::value::RawValue>>(text) {
        return Some(list.into_iter().map(|value| value.get().as_bytes()).collect());
    }
    let listed: Listed<'_> = serde_json::from_str(text).ok()?;
    listed.records.or(listed.items).map(|list| list.into_iter().map(|value| value.get().as_bytes()).collect()).or(Some(vec![document]))
}
