//! What the bundle tells people beside the records: events and findings, masked where that was asked for. All of it can be made again from the
//! files of the bundle, so that its receiver can compare.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write;

use serde::{Deserialize, Serialize};

use crate::bundle::bag::Bag;
use crate::bundle::mask::{Mask, MaskKind};
use crate::bundle::report::document::BARS;
use crate::bundle::statement::Ladder;
use crate::model::text::visible;
use crate::model::{Code, Fact, Field, Finding, State, time};
use crate::verify::{Examination, Job};

/// Events that the report shows; the rest is in `events.csv`.
pub const ROWS: usize = 2_000;
/// Titles of an event's cells. Of the last three, the identifier is not shown in the report, and the others are shown as signs.
pub const COLUMNS: [&str; 10] = ["time", "identity", "kind", "action", "target", "outcome", "from", "id", "uncovered", "ambiguous"];
/// What the first cells of [`COLUMNS`] show.
pub const SHOWN: [Field; 7] = [Field::Time, Field::Identity, Field::Kind, Field::Action, Field::Target, Field::Outcome, Field::From];
/// The cell of the actor's kind.
const KIND: usize = 2;
/// The first of the cells that say how far the others can be believed.
const MARKS: usize = 8;
/// Cells that stay as they are whatever is masked, and are the same whatever else is open.
const NEVER_MASKED: [usize; 2] = [0, 5];

/// An event as the tables show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The state of its record.
    pub state: State,
    /// Cells, as in [`COLUMNS`].
    pub cells: [String; 10],
}

impl Row {
    /// Its line in `events.csv`, with its line feed.
    pub fn table_line(&self) -> std::io::Result<Vec<u8>> {
        let cells = std::iter::once(self.state.word()).chain(self.cells.iter().map(String::as_str)).map(cell);
        line(csv::QuoteStyle::Always, cells)
    }

    /// Its line in `events.jsonl`, without a line feed.
    pub fn json_line(&self) -> String {
        let mut object = serde_json::Map::new();
        object.insert("state".into(), self.state.word().into());
        for (name, text) in COLUMNS.iter().zip(&self.cells) {
            object.insert((*name).into(), text.as_str().into());
        }
        serde_json::Value::Object(object).to_string()
    }

    /// Reads a line of `events.jsonl`. `None` if it is not exactly one that [`Row::json_line`] writes.
    pub fn parse(line: &str) -> Option<Self> {
        let object: BTreeMap<String, String> = match serde_json::from_str(line) {
            Ok(object) => object,
            Err(_) => return None,
        };
        let state = State::ALL.into_iter().find(|state| object.get("state").is_some_and(|word| word == state.word()))?;
        let mut cells: [String; 10] = Default::default();
        for (cell, name) in cells.iter_mut().zip(COLUMNS) {
            cell.clone_from(object.get(name)?);
        }
        let row = Self { state, cells };
        (row.json_line() == line).then_some(row)
    }

    /// The cells by which a row can be found among records: all but the actor's kind, which is concluded from all records that are open; of masked
    /// ones only those that are never masked.
    pub fn comparable(&self, masked: bool) -> Vec<&str> {
        let wanted = |at: &usize| if masked { NEVER_MASKED.contains(at) } else { *at != KIND && *at < MARKS };
        self.cells.iter().enumerate().filter(|(at, _)| wanted(at)).map(|(_, cell)| cell.as_str()).collect()
    }

    /// Whether other programs may read its record differently.
    pub fn is_ambiguous(&self) -> bool {
        !self.cells[MARKS + 1].is_empty()
    }

    /// Whether a cell comes from members that the record's hash does not cover.
    pub fn is_uncovered(&self, field: Field) -> bool {
        self.cells[MARKS].split(' ').any(|word| word == field.word())
    }

    /// Nanoseconds since 1970, if it states a time.
    fn time(&self) -> Option<i64> {
        time::parse(&self.cells[0])
    }
}

/// Whether two rows describe the same event. The kind of an actor is concluded from all records that are open, so it may differ.
pub fn same(one: &Row, other: &Row) -> bool {
    one.comparable(false) == other.comparable(false)
}

/// The first line of `events.csv`, with its line feed.
pub fn table_head() -> std::io::Result<Vec<u8>> {
    line(csv::QuoteStyle::Necessary, std::iter::once("state").chain(COLUMNS))
}

/// A finding as `findings.json` has it, with its texts masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Its code.
    pub code: String,
    /// Its severity.
    pub severity: String,
    /// The log.
    pub log: Option<String>,
    /// The file.
    pub path: String,
    /// The record's number.
    pub record: Option<u64>,
    /// How many records it is about.
    pub count: u64,
    /// Its title.
    pub title: String,
    /// Its text.
    pub text: String,
    /// What was seen, with its arguments: a [`Fact`], whose texts are masked too. Null in bundles of earlier versions.
    #[serde(default)]
    pub arguments: serde_json::Value,
    /// Whether it is about a log in the bundle.
    pub here: bool,
}

impl Found {
    /// A finding, with nothing masked.
    pub fn new(finding: &Finding, here: bool) -> Result<Self, serde_json::Error> {
        Ok(Self {
            code: finding.code.name().to_owned(),
            severity: finding.severity.word().to_owned(),
            log: finding.place.log.clone(),
            path: finding.place.path.clone(),
            record: finding.place.record,
            count: finding.place.count,
            title: finding.title(),
            text: finding.text(),
            arguments: serde_json::to_value(&finding.fact)?,
            here,
        })
    }

    /// Where: the log, or else the file.
    pub fn place(&self) -> &str {
        self.log.as_deref().unwrap_or(&self.path)
    }

    /// What was seen, as this program knows it. `None` where it was summary by another version, or masked beyond recognition.
    pub fn fact(&self) -> Option<Fact> {
        match Fact::deserialize(&self.arguments) {
            Ok(fact) if fact.code().name() == self.code => Some(fact),
            Ok(_) | Err(_) => None,
        }
    }

    /// Whether its code is known here and it states another severity than such a finding has, or arguments that belong to another code.
    pub fn contradicts_itself(&self) -> bool {
        let Some(code) = Code::named(&self.code) else { return false };
        match Fact::deserialize(&self.arguments) {
            Ok(fact) => fact.code() != code || fact.severity().word() != self.severity,
            // Earlier versions stated the code alone.
            Err(_) => code.severity().word() != self.severity,
        }
    }

    /// What it can mean and what to do next; nothing for a code of another version.
    pub fn advice(&self) -> Option<(&'static str, &'static str)> {
        match self.fact() {
            Some(fact) => Some((fact.meaning(), fact.next_step())),
            None => Code::named(&self.code).map(|code| (code.meaning(), code.next_step())),
        }
    }
}

/// Arguments with every text masked, but for the names of the format and the fact.
fn masked(arguments: &mut serde_json::Value, mask: &mut Mask) {
    match arguments {
        serde_json::Value::String(text) => *text = mask.text(text),
        serde_json::Value::Array(values) => values.iter_mut().for_each(|value| masked(value, mask)),
        serde_json::Value::Object(members) => {
            for (_, value) in members.iter_mut().filter(|(name, _)| !["format", "what", "code"].contains(&name.as_str())) {
                masked(value, mask);
            }
        }
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
    }
}

/// All of it. The events themselves are written as they come; only what the report shows of them is kept.
#[derive(Default)]
pub struct Summary {
    /// The first events, in the order of time.
    pub rows: Vec<Row>,
    /// How many events there are.
    pub events: u64,
    /// When they happened.
    pub activity: Activity,
    /// The findings.
    pub findings: Vec<Found>,
}

/// When the events happened, by identity.
#[derive(Default)]
pub struct Activity {
    /// The first and the last moment, nanoseconds since 1970; `None` if no event states a time.
    pub span: Option<(i64, i64)>,
    /// Each identity's name, identifier and number of events.
    pub identities: Vec<(String, String, u64)>,
    /// Number of events and worst state at each of the [`BARS`] places of an identity.
    pub places: BTreeMap<(usize, u16), (u64, State)>,
    known: HashMap<(String, String), usize>,
}

impl Activity {
    /// For events between two moments.
    pub fn new(span: Option<(i64, i64)>) -> Self {
        Self { span, ..Self::default() }
    }

    fn add(&mut self, row: &Row) {
        let (Some((first, last)), Some(time)) = (self.span, row.time()) else { return };
        let width = (i128::from(last) - i128::from(first)).max(1);
        let at = (i128::from(time) - i128::from(first)) * i128::from(BARS - 1) / width;
        let key = (row.cells[1].clone(), row.cells[7].clone());
        let identity = match self.known.get(&key) {
            Some(identity) => *identity,
            None => {
                self.identities.push((key.0.clone(), key.1.clone(), 0));
                self.known.insert(key, self.identities.len() - 1);
                self.identities.len() - 1
            }
        };
        if let Some(identity) = self.identities.get_mut(identity) {
            identity.2 += 1;
        }
        let place = self.places.entry((identity, u16::try_from(at).unwrap_or(BARS - 1))).or_insert((0, State::Sealed));
        *place = (place.0 + 1, place.1.max(row.state));
    }
}

impl Summary {
    /// Takes one event, in the order of time.
    pub fn add(&mut self, row: Row) {
        self.activity.add(&row);
        self.events += 1;
        if self.rows.len() < ROWS {
            self.rows.push(row);
        }
    }

    /// Writes the selected events into the bag as tables, and gathers the findings of the logs in the bundle.
    pub fn new(
        case: &Examination,
        selected: &[u32],
        logs: &BTreeSet<&str>,
        mask: &mut Mask,
        bag: &mut Bag,
        job: &Job,
    ) -> std::io::Result<Self> {
        let ordered = ordered(case, selected);
        let times = || ordered.iter().map(|row| case.store.time(*row)).filter(|time| *time != crate::store::NO_TIME);
        let mut summary = Self { activity: Activity::new(times().min().zip(times().max())), ..Self::default() };
        let (mut table, mut lines) = (bag.begin("events.csv")?, bag.begin("events.jsonl")?);
        table.write_all(&table_head()?)?;
        for row in &ordered {
            stopped(job)?;
            let event = event(case, *row, Some(mask));
            table.write_all(&event.table_line()?)?;
            writeln!(lines, "{}", event.json_line())?;
            summary.add(event);
        }
        bag.end(table)?;
        bag.end(lines)?;
        summary.findings = findings(case, logs, mask)?;
        Ok(summary)
    }
}

/// What was found, for `findings.json`.
fn findings(case: &Examination, logs: &BTreeSet<&str>, mask: &mut Mask) -> Result<Vec<Found>, serde_json::Error> {
    let found = |finding: &Finding| {
        let here = finding.place.log.as_deref().is_none_or(|log| logs.contains(log));
        let mut found = Found::new(finding, here)?;
        (found.title, found.text) = (mask.text(&found.title), mask.text(&found.text));
        masked(&mut found.arguments, mask);
        Ok(found)
    };
    case.findings.iter().map(found).collect()
}

/// The ladders of the logs in the bundle.
pub fn ladders(case: &Examination, logs: &BTreeSet<&str>, mask: &mut Mask) -> Vec<Ladder> {
    let mut ladders = Vec::new();
    for log in case.logs.iter().filter(|log| logs.contains(log.origin.as_str())) {
        let rung = |rung: &crate::model::Rung| {
            [rung.question.to_owned(), rung.status.word().to_owned(), mask.text(&rung.text()), mask.text(&rung.raise())]
        };
        ladders.push(Ladder { log: log.origin.clone(), rungs: log.ladder.0.iter().map(rung).collect() });
    }
    ladders
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

/// An event as the tables show it; as it is where nothing is to be masked.
pub fn event(case: &Examination, row: u32, mask: Option<&mut Mask>) -> Row {
    let store = &case.store;
    let moment = Some(store.time(row)).filter(|time| *time != crate::store::NO_TIME);
    let id = store.identity(row).map_or("", |identity| store.names.get(identity.id));
    let kind = store.identity(row).map_or("unknown", |identity| identity.kind.word()).to_owned();
    let time = moment.map_or_else(String::new, time::rfc3339);
    let outcome = store.outcome(row).word().to_owned();
    let (name, action, target, address) = (store.identity_name(row), store.action(row), store.target(row), store.address(row));
    let marks = [store.uncovered(row).words().join(" "), if store.is_ambiguous(row) { "yes".to_owned() } else { String::new() }];
    let own = match mask {
        Some(mask) => [
            time,
            mask.value(MaskKind::Identities, name),
            kind,
            mask.text(action),
            mask.text(target),
            outcome,
            mask.value(MaskKind::Addresses, address),
            mask.value(MaskKind::Identities, id),
        ],
        None => [time, name.to_owned(), kind, action.to_owned(), target.to_owned(), outcome, address.to_owned(), id.to_owned()],
    };
    let ([time, name, kind, action, target, outcome, address, id], [uncovered, ambiguous]) = (own, marks);
    let cells = [time, name, kind, action, target, outcome, address, id, uncovered, ambiguous];
    Row { state: store.state(row), cells }
}

/// A text as a cell of a table: nothing in it deceives, and no spreadsheet takes it for a formula.
fn cell(text: &str) -> String {
    let text = visible(text);
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("{guard}{text}")
}

/// A line of a table with its line feed.
fn line(quotes: csv::QuoteStyle, cells: impl IntoIterator<Item = impl AsRef<[u8]>>) -> std::io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().quote_style(quotes).terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    writer.write_record(cells)?;
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}
