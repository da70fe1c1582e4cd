//! What the bundle tells people beside the records: events, findings and ladders, masked where that was asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use super::bag::Bag;
use super::document::BARS;
use super::mask::{Mask, Sort};
use crate::model::text::visible;
use crate::model::{Field, Fields, Finding, State, time};
use crate::verify::{Examination, Job};

/// Events that the report shows; the rest is in `events.csv`.
pub const ROWS: usize = 2_000;

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
    /// What comes from members that the record's hash does not cover.
    pub uncovered: Fields,
    /// Whether other programs may read the record differently.
    pub ambiguous: bool,
}

/// What the cells of [`COLUMNS`] show.
pub const SHOWN: [Field; 7] = [Field::Time, Field::Identity, Field::Kind, Field::Action, Field::Target, Field::Outcome, Field::From];

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

/// All of it. The events themselves are written as they come; only what the report shows of them is kept.
pub struct Told {
    /// The first events, in the order of time.
    pub rows: Vec<Row>,
    /// How many events there are.
    pub events: u64,
    /// When they happened.
    pub activity: Activity,
    /// The ladders of the logs in the bundle.
    pub ladders: Vec<Ladder>,
    /// The findings.
    pub findings: Vec<Found>,
}

/// When the events happened, by identity.
#[derive(Default)]
pub struct Activity {
    /// The first and the last moment, nanoseconds since 1970; `None` if no event states a time.
    pub span: Option<(i64, i64)>,
    /// Each identity's name and number of events.
    pub identities: BTreeMap<u32, (String, u64)>,
    /// Number of events and worst state at each of the [`BARS`] places of an identity.
    pub places: BTreeMap<(u32, u16), (u64, State)>,
}

impl Activity {
    fn new(case: &Examination, rows: &[u32]) -> Self {
        let times = || rows.iter().map(|row| case.store.time(*row)).filter(|time| *time != crate::store::NO_TIME);
        Self { span: times().min().zip(times().max()), ..Self::default() }
    }

    fn add(&mut self, identity: u32, name: &str, time: i64, state: State) {
        let Some((first, last)) = self.span else { return };
        let width = (i128::from(last) - i128::from(first)).max(1);
        let at = (i128::from(time) - i128::from(first)) * i128::from(BARS - 1) / width;
        let place = self.places.entry((identity, u16::try_from(at).unwrap_or(BARS - 1))).or_insert((0, State::Sealed));
        *place = (place.0 + 1, place.1.max(state));
        self.identities.entry(identity).or_insert_with(|| (name.to_owned(), 0)).1 += 1;
    }
}

impl Told {
    /// Writes the selected events into the bag as tables, and gathers the rest for the logs in the bundle.
    pub fn new(
        case: &Examination,
        selected: &[u32],
        logs: &BTreeSet<&str>,
        mask: &mut Mask,
        bag: &mut Bag,
        job: &Job,
    ) -> std::io::Result<Self> {
        let ordered = ordered(case, selected);
        let mut rows = Vec::new();
        let mut activity = Activity::new(case, selected);
        let (mut table, mut lines) = (bag.begin("events.csv")?, bag.begin("events.jsonl")?);
        writeln!(table, "state,{},uncovered,ambiguous", COLUMNS.join(","))?;
        for row in &ordered {
            stopped(job)?;
            let event = event(case, *row, mask);
            let cells: Vec<String> = event.cells.iter().map(|text| cell(text)).collect();
            let uncovered = event.uncovered.words();
            let ambiguous = if event.ambiguous { "yes" } else { "" };
            writeln!(table, "{},{},{},{}", cell(event.state.word()), cells.join(","), cell(&uncovered.join(" ")), cell(ambiguous))?;
            let mut object = serde_json::Map::new();
            object.insert("state".into(), event.state.word().into());
            COLUMNS.iter().zip(&event.cells).for_each(|(name, text)| drop(object.insert((*name).into(), text.as_str().into())));
            object.insert("uncovered".into(), uncovered.into());
            object.insert("ambiguous".into(), event.ambiguous.into());
            writeln!(lines, "{}", serde_json::Value::Object(object))?;
            if let Some(time) = event.time {
                activity.add(case.store.identity_index(*row), &event.cells[1], time, event.state);
            }
            if rows.len() < ROWS {
                rows.push(event);
            }
        }
        bag.end(table)?;
        bag.end(lines)?;
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
        Ok(Self { rows, events: ordered.len() as u64, activity, ladders, findings })
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

fn stopped(job: &Job) -> std::io::Result<()> {
    // The caller asks the job why.
    if job.is_cancelled() { Err(std::io::ErrorKind::Interrupted.into()) } else { Ok(()) }
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
        uncovered: store.uncovered(row),
        ambiguous: store.is_ambiguous(row),
    }
}

/// A cell of a table that no spreadsheet takes for a formula.
fn cell(text: &str) -> String {
    let text = visible(text);
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}
