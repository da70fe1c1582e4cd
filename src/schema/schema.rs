//! What a vocabulary offers.

use crate::model::Event;

/// One vocabulary.
pub struct Schema {
    /// Its name as the user reads it.
    pub name: &'static str,
    /// Reads one record's JSON text; `None` when the record is not of this vocabulary.
    pub read: for<'a> fn(&'a str) -> Option<Event<'a>>,
}
