//! Vocabularies of records. One module turns one vocabulary's JSON into an [`Event`]; it knows nothing of seals.
//!
//! A new vocabulary is one new file and one line in [`SCHEMAS`].

use crate::model::Event;

/// One vocabulary.
pub struct Schema {
    /// Its name as the user reads it.
    pub name: &'static str,
    /// Reads one record's JSON text; `None` when the record is not of this vocabulary.
    pub read: for<'a> fn(&'a str) -> Option<Event<'a>>,
}

/// All vocabularies, the most specific first; the generic fallback is last.
pub const SCHEMAS: &[Schema] = &[];
