//! Vocabularies of records. One module turns one vocabulary's JSON into an [`Event`]; it knows nothing of seals.
//!
//! A new vocabulary is one new file and one line in [`SCHEMAS`].

mod agent_receipts;
mod cloudtrail;
mod covered;
pub mod details;
mod field;
mod generic;
mod kubernetes;
mod listed;
mod names;
mod ocsf;
#[allow(clippy::module_inception)]
mod schema;
mod vocabularies;

use std::borrow::Cow;

use serde_json::value::RawValue;

pub use schema::Schema;

use crate::model::json::{self, Look};
use crate::model::stop;
use crate::model::{Coverage, Event};

/// Stands for the action of a record that breaks the rules of its format.
const MALFORMED: &str = "(malformed record, not shown)";

/// All vocabularies, the most specific first; the generic fallback is last.
pub const SCHEMAS: &[Schema] =
    &[cloudtrail::SCHEMA, kubernetes::SCHEMA, ocsf::SCHEMA, agent_receipts::SCHEMA, vocabularies::SCHEMA, generic::SCHEMA];

/// Reads records, strictly and once: what is doubtful about one is stated with its event.
#[derive(Debug, Default)]
pub struct Reader {
    /// The vocabulary that matched last.
    hint: usize,
    json: json::Reader,
    /// Whether the records' hashes are over members, so that a doubtful record has no one meaning that was hashed.
    members_hashed: bool,
}

impl Reader {
    /// A reader for a log. `members_hashed` says whether its records' hashes are over members rather than over bytes.
    pub fn new(members_hashed: bool) -> Self {
        Self { members_hashed, ..Self::default() }
    }

    /// Reads one record, of which `coverage` is hashed.
    pub fn read<'a>(&mut self, record: &'a [u8], coverage: &Coverage) -> Event<'a> {
        let doubt = match self.json.look(record) {
            Look::Exact => None,
            Look::Doubtful(doubt) => Some(doubt),
            Look::NotJson(_) => return Event::default(),
        };
        if self.members_hashed && doubt.as_ref().is_some_and(|doubt| !doubt.is_slight()) {
            return Event { action: Cow::Borrowed(MALFORMED), doubt, ..Event::default() };
        }
        let Ok(text) = std::str::from_utf8(record) else { return Event { doubt, ..Event::default() } };
        // Where members are hashed, what has none says nothing.
        if *coverage != Coverage::All && !text.trim_start().starts_with('{') {
            return Event { doubt, ..Event::default() };
        }
        let mut event = match covered::of(text, coverage, &mut self.json) {
            None => self.plain(text).map_or_else(Event::default, |(_, event)| event),
            Some(part) => self.partly(text, &part),
        };
        event.doubt = event.doubt.max(doubt);
        event
    }

    /// The vocabulary and the event of a text.
    fn plain<'a>(&mut self, text: &'a str) -> Option<(usize, Event<'a>)> {
        // The fallback understands much, so it may be tried first only for what no other vocabulary claims.
        let hinted = SCHEMAS.get(self.hint).filter(|schema| schema.name != generic::SCHEMA.name);
        if let Some(event) = hinted.and_then(|schema| (schema.read)(text)) {
            return Some((self.hint, event));
        }
        // Each reads the whole text.
        let going = SCHEMAS.iter().enumerate().take_while(|_| !stop::is_wished());
        let (index, event) = { going }.find_map(|(index, schema)| Some((index, (schema.read)(text)?)))?;
        self.hint = index;
        Some((index, event))
    }

    /// The event of a record of which only `part` is hashed: that part decides, the rest fills what it leaves empty.
    fn partly<'a>(&mut self, text: &'a str, part: &str) -> Event<'a> {
        let (index, event) = match self.plain(part) {
            Some((index, event)) => (Some(index), event.into_owned()),
            None => {
                let event = generic::parts(part).map_or_else(Event::default, Event::into_owned);
                (None, Event { schema: "", ..event })
            }
        };
        let whole = match index.and_then(|index| SCHEMAS.get(index)) {
            Some(schema) => (schema.read)(text).filter(|whole| whole.schema == event.schema),
            None => self.plain(text).map(|(_, whole)| whole),
        };
        match whole {
            Some(whole) => covered::fill(event, whole),
            None => event,
        }
    }
}

/// The entries of a file that is one JSON document: its list of records, or itself. `None` if it is not one document.
///
/// A document that is an event of its own is one entry, whatever lists it holds; of two lists neither is left out.
pub fn entries(document: &[u8]) -> Option<Vec<&[u8]>> {
    entries_while(document, &|| true)
}

/// The same, as long as `going` says so; it is asked for each entry. Once it says no, what is given means nothing.
pub fn entries_while<'a>(document: &'a [u8], going: &dyn Fn() -> bool) -> Option<Vec<&'a [u8]>> {
    let text = std::str::from_utf8(document).ok()?;
    if let Ok(list) = listed::list(text, going) {
        return Some(list.into_iter().map(|value| value.get().as_bytes()).collect());
    }
    let Ok((records, items)) = listed::lists(text, going) else {
        // A member of one of these names that is no list makes no list of the document.
        return (going() && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()).then(|| vec![document]);
    };
    let found: Vec<&[u8]> = records.iter().chain(&items).flatten().map(|value| value.get().as_bytes()).collect();
    if records.is_none() && items.is_none() || Reader::default().plain(&around(text, records, items)).is_some() {
        return Some(vec![document]);
    }
    Some(found)
}

/// Whether any vocabulary understands one of a document's entries.
pub fn holds_events(document: &[u8]) -> bool {
    let mut reader = Reader::default();
    entries(document).is_some_and(|entries| entries.iter().any(|entry| !reader.read(entry, &Coverage::All).schema.is_empty()))
}

/// A document without the contents of its lists.
fn around(text: &str, records: Option<Vec<&RawValue>>, items: Option<Vec<&RawValue>>) -> String {
    let start = |value: &RawValue| (value.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    let span = |list: &Vec<&RawValue>| Some(start(list.first()?)..start(list.last()?) + list.last()?.get().len());
    let mut spans: Vec<_> = records.iter().chain(&items).filter_map(span).collect();
    spans.sort_by_key(|span| span.start);
    let (mut out, mut at) = (String::new(), 0);
    for span in spans {
        out.push_str(text.get(at..span.start).unwrap_or(""));
        at = span.end;
    }
    out + text.get(at..).unwrap_or("")
}
