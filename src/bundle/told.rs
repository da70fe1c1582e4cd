//! What the bundle tells people beside the records: events, findings and ladders, masked where that was asked for.

use std::collections::BTreeSet;

use super::mask::{Mask, Sort};
use crate::model::text::visible;
use crate::model::{Finding, State, time};
use crate::verify::Examination;

/// Titles of an event's cells.
pub const COLUMNS: [&str; 7] = ["time", "identity", "kind", "action", "target", "outcome", "from"];

/// An event as the tables show it.
pub struct Row {
    /// The state of its record.
    pub state: State,
    /// Cells, as in [`COLUMNS`].
    pub cells: [String; 7],
    /// Nanoseconds since 1970.
    pub time: Option<i64>,
}

/// A log's ladder: question, answer, explanation, what would raise it.
pub struct Ladder {
    /// The log's name.
    pub log: String,
    /// Its rungs.
    pub rungs: Vec<[String; 4]>,
}

/// A finding, with its texts masked.
pub struct Found {
    /// The finding as it was.
    pub finding: Finding,
    /// Its title.
    pub title: String,
    /// Its text.
    pub text: String,
    /// Where: the log, or else the file.
    pub place: String,
    /// The file.
    pub path: String,
    /// Whether it is about a log in the bundle.
    pub here: bool,
}

/// All of it.
pub struct Told {
    /// The events, in the order of time.
    pub rows: Vec<Row>,
    /// The ladders of the logs in the bundle.
    pub ladders: Vec<Ladder>,
    /// The findings.
    pub findings: Vec<Found>,
}

impl Told {
    /// Gathers it for the selected rows and the logs in the bundle.
    pub fn new(case: &Examination, selected: &[u32], logs: &BTreeSet<&str>, mask: &mut Mask) -> Self {
        let rows = ordered(case, selected).into_iter().map(|row| event(case, row, mask)).collect();
        let mut ladders = Vec::new();
        for log in case.logs.iter().filter(|log| logs.contains(log.origin.as_str())) {
            let rung = |rung: &crate::model::Rung| {
                [rung.question.to_owned(), rung.status.word().to_owned(), mask.text(&rung.text), mask.text(&rung.raise)]
            };
            ladders.push(Ladder { log: log.origin.clone(), rungs: log.ladder.0.iter().map(rung).collect() });
        }
        let mut found = |finding: &Finding| Found {
            title: mask.text(&finding.title),
            text: mask.text(&finding.text),
            place: finding.place.log.clone().unwrap_or_else(|| finding.place.path.clone()),
            path: finding.place.path.clone(),
            here: finding.place.log.as_deref().is_none_or(|log| logs.contains(log)),
            finding: finding.clone(),
        };
        let findings = case.findings.iter().map(&mut found).collect();
        Self { rows, ladders, findings }
    }

    /// The events as a table that no spreadsheet takes for formulas.
    pub fn csv(&self) -> String {
        let mut out = format!("state,{}\n", COLUMNS.join(","));
        for row in &self.rows {
            let cells: Vec<String> = row.cells.iter().map(|text| cell(text)).collect();
            out.push_str(&format!("{},{}\n", cell(row.state.word()), cells.join(",")));
        }
        out
    }

    /// The events as lines of JSON.
    pub fn json_lines(&self) -> String {
        let mut out = String::new();
        for row in &self.rows {
            let mut object = serde_json::Map::new();
            object.insert("state".into(), row.state.word().into());
            COLUMNS.iter().zip(&row.cells).for_each(|(name, text)| drop(object.insert((*name).into(), text.as_str().into())));
            out.push_str(&format!("{}\n", serde_json::Value::Object(object)));
        }
        out
    }

    /// The findings as JSON.
    pub fn findings_json(&self) -> Vec<u8> {
        let one = |found: &Found| {
            let finding = &found.finding;
            serde_json::json!({
                "code": finding.code.name(), "severity": finding.severity.word(), "log": finding.place.log, "path": found.path,
                "record": finding.place.record, "title": found.title, "text": found.text,
            })
        };
        serde_json::to_vec_pretty(&self.findings.iter().map(one).collect::<Vec<_>>()).unwrap_or_default()
    }
}

/// The events in the order of time; equal ones by their place, so that equal cases give equal bundles.
fn ordered(case: &Examination, rows: &[u32]) -> Vec<u32> {
    let mut ordered: Vec<u32> = rows.to_vec();
    let place = |row: &u32| case.store.origin(*row).map(|origin| (origin.segment, origin.record, origin.offset));
    ordered.sort_by_cached_key(|row| (case.store.time(*row), place(row)));
    ordered
}

fn event(case: &Examination, row: u32, mask: &mut Mask) -> Row {
    let store = &case.store;
    let moment = Some(store.time(row)).filter(|time| *time != crate::store::NO_TIME);
    Row {
        state: store.state(row),
        cells: [
            moment.map_or_else(String::new, time::rfc3339),
            mask.value(Sort::Identities, store.identity_name(row)),
            store.identity(row).map_or("unknown", |identity| identity.kind.word()).to_owned(),
            mask.text(store.action(row)),
            mask.text(store.target(row)),
            store.outcome(row).word().to_owned(),
            mask.value(Sort::Addresses, store.address(row)),
        ],
        time: moment,
    }
}

/// A cell of a table that no spreadsheet takes for a formula.
fn cell(text: &str) -> String {
    let text = visible(text);
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}
