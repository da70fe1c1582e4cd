//! Events in columns, strings interned, with an index for drawing. Ten million events fit a laptop.

mod batch;
mod column;
pub mod index;
pub mod mix;
mod names;

use std::sync::Arc;

pub use batch::{Batch, graver};
pub use column::Column;
pub use index::{Index, Lane, Summary};
pub use names::Names;

use crate::model::{Category, Fields, Kind, Outcome, State, StateCounts};

/// No name, no identity, no credential.
pub const NONE: u32 = u32::MAX;
/// The time of an event that states none.
pub const NO_TIME: i64 = i64::MIN;
/// Bit of the state column for events that are counted in another copy.
const DUPLICATE: u8 = 0x80;
/// Bit of the column of marks for events that others may read differently.
const AMBIGUOUS: u16 = 0x8000;

/// An actor.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// Its readable name, in [`Store::names`].
    pub name: u32,
    /// Its full identifier, in [`Store::names`], or [`NONE`].
    pub id: u32,
    /// What it is.
    pub kind: Kind,
    /// The principal it last acted for, in [`Store::names`], or [`NONE`].
    pub acts_for: u32,
}

/// A credential.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credential {
    /// Its identifier, in [`Store::names`].
    pub name: u32,
    /// Whose it is: an identity's index, or [`NONE`].
    pub owner: u32,
    /// Whether it has a lane of its own.
    pub is_key: bool,
}

/// A stage in a credential's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LifeStage {
    /// Index of the credential.
    pub credential: u32,
    /// Created, rotated, suspended or revoked.
    pub category: Category,
    /// Nanoseconds since 1970.
    pub time: i64,
    /// The event that says so.
    pub row: u32,
}

/// Consecutive events from one part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// First row.
    pub row: u32,
    /// The segment's index in the examination.
    pub segment: u32,
    /// Index in the file of the first record.
    pub first: u64,
    /// Whether every row is a record of its own; otherwise all are entries of one record.
    pub entries_of_one: bool,
    /// Where the offsets start, in bytes of the unpacked file.
    pub offset: u64,
}

/// All events of a case. Cloning is cheap: full pieces are shared.
///
/// ```
/// use sealscope::{Job, TrustStore, examine};
///
/// let case = examine(&["tests/vectors/harmless/trust-two-segments/evidence".into()], TrustStore::default(), &Job::default(), None);
/// let events = &case.store;
/// for row in 0..events.len() as u32 {
///     println!("{} {} {} {}", events.time(row), events.identity_name(row), events.action(row), events.state(row).word());
/// }
/// assert!(!events.is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Store {
    time: Column<i64>,
    offset: Column<u32>,
    identity: Column<u32>,
    credential: Column<u32>,
    action: Column<u32>,
    target: Column<u32>,
    address: Column<u32>,
    /// The service through which the actor acted, of the rows that have one, in their order.
    through: Vec<(u32, u32)>,
    category: Column<u8>,
    outcome: Column<u8>,
    state: Column<u8>,
    /// [`Fields`] that no hash covers, and [`AMBIGUOUS`].
    marks: Column<u16>,
    runs: Vec<Run>,
    /// The positions in `runs` of each segment's runs, in the order of the file.
    runs_of: Vec<Vec<u32>>,
    /// Strings.
    pub names: Names,
    identities: Vec<Identity>,
    identity_of: Arc<std::collections::HashMap<(u32, u32), u32>>,
    credentials: Vec<Credential>,
    credential_of: Arc<std::collections::HashMap<u32, u32>>,
    life: Vec<LifeStage>,
    /// Which vocabularies were seen.
    pub schemas: std::collections::BTreeSet<&'static str>,
}

/// Where an event is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The segment's index in the examination.
    pub segment: u32,
    /// Index of the record in the segment's file.
    pub record: u64,
    /// Where the entry starts in the unpacked file, in bytes.
    pub offset: u64,
}

impl Store {
    /// A copy for reading while the original grows.
    ///
    /// It holds everything but the lookup tables, which are costly to share with a growing original.
    pub fn snapshot(&self) -> Self {
        Self {
            time: self.time.clone(),
            offset: self.offset.clone(),
            identity: self.identity.clone(),
            credential: self.credential.clone(),
            action: self.action.clone(),
            target: self.target.clone(),
            address: self.address.clone(),
            through: self.through.clone(),
            category: self.category.clone(),
            outcome: self.outcome.clone(),
            state: self.state.clone(),
            marks: self.marks.clone(),
            runs: self.runs.clone(),
            runs_of: self.runs_of.clone(),
            names: self.names.snapshot(),
            identities: self.identities.clone(),
            identity_of: Arc::default(),
            credentials: self.credentials.clone(),
            credential_of: Arc::default(),
            life: self.life.clone(),
            schemas: self.schemas.clone(),
        }
    }

    /// How many events.
    pub fn len(&self) -> usize {
        self.time.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Nanoseconds since 1970, or [`NO_TIME`].
    pub fn time(&self, row: u32) -> i64 {
        self.time.get(row)
    }

    /// The actor's index.
    pub fn identity_index(&self, row: u32) -> u32 {
        self.identity.get(row)
    }

    /// The actor.
    pub fn identity(&self, row: u32) -> Option<&Identity> {
        self.identities.get(self.identity.get(row) as usize)
    }

    /// All actors.
    pub fn identities(&self) -> &[Identity] {
        &self.identities
    }

    /// The credential's index, or [`NONE`].
    pub fn credential_index(&self, row: u32) -> u32 {
        self.credential.get(row)
    }

    /// The credential.
    pub fn credential(&self, row: u32) -> Option<&Credential> {
        self.credentials.get(self.credential.get(row) as usize)
    }

    /// All credentials.
    pub fn credentials(&self) -> &[Credential] {
        &self.credentials
    }

    /// The stages of all credentials' lives, in no order.
    pub fn life(&self) -> &[LifeStage] {
        &self.life
    }

    /// Name index of the action.
    pub fn action_index(&self, row: u32) -> u32 {
        self.action.get(row)
    }

    /// Name index of the target.
    pub fn target_index(&self, row: u32) -> u32 {
        self.target.get(row)
    }

    /// Name index of the source address.
    pub fn address_index(&self, row: u32) -> u32 {
        self.address.get(row)
    }

    /// The actor's name.
    pub fn identity_name(&self, row: u32) -> &str {
        self.identity(row).map_or("", |identity| self.names.get(identity.name))
    }

    /// The action.
    pub fn action(&self, row: u32) -> &str {
        self.names.get(self.action.get(row))
    }

    /// The target.
    pub fn target(&self, row: u32) -> &str {
        self.names.get(self.target.get(row))
    }

    /// Name index of the service through which the actor acted.
    pub fn through_index(&self, row: u32) -> u32 {
        match self.through.binary_search_by_key(&row, |(row, _)| *row) {
            Ok(position) => self.through[position].1,
            Err(_) => NONE,
        }
    }

    /// The source address.
    pub fn address(&self, row: u32) -> &str {
        self.names.get(self.address.get(row))
    }

    /// The sort of action.
    pub fn category(&self, row: u32) -> Category {
        Category::from_number(self.category.get(row))
    }

    /// How it ended.
    pub fn outcome(&self, row: u32) -> Outcome {
        Outcome::from_number(self.outcome.get(row))
    }

    /// How far it can be believed.
    pub fn state(&self, row: u32) -> State {
        State::from_number(self.state.get(row) & !DUPLICATE).unwrap_or(State::Unchecked)
    }

    /// Whether the event is counted in another copy.
    pub fn is_duplicate(&self, row: u32) -> bool {
        self.state.get(row) & DUPLICATE != 0
    }

    /// What of the event comes from members that the record's hash does not cover.
    pub fn uncovered(&self, row: u32) -> Fields {
        Fields::from_bits(self.marks.get(row))
    }

    /// Whether other readers may read the record differently.
    pub fn is_ambiguous(&self, row: u32) -> bool {
        self.marks.get(row) & AMBIGUOUS != 0
    }

    /// The runs, by row.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Where the event is stored.
    pub fn origin(&self, row: u32) -> Option<Origin> {
        let position = self.runs.partition_point(|run| run.row <= row).checked_sub(1)?;
        let run = self.runs.get(position)?;
        let record = if run.entries_of_one { run.first } else { run.first + u64::from(row - run.row) };
        Some(Origin { segment: run.segment, record, offset: run.offset + u64::from(self.offset.get(row)) })
    }

    /// The index of an event among those of its record, from 0; `None` if every event of its file is a record of its own.
    pub fn entry_in_record(&self, row: u32) -> Option<u32> {
        let position = self.runs.partition_point(|run| run.row <= row).checked_sub(1)?;
        let run = self.runs.get(position).filter(|run| run.entries_of_one)?;
        let before = self.rows_of(run.segment).take_while(|(other, _)| other.row < run.row).filter(|(other, _)| other.first == run.first);
        before.map(|(_, rows)| rows.end - rows.start).sum::<u32>().checked_add(row - run.row)
    }

    /// The rows of a segment, run by run, with the index in the file of each run's first record.
    pub fn rows_of(&self, segment: u32) -> impl Iterator<Item = (Run, std::ops::Range<u32>)> {
        self.positions_of(segment).iter().filter_map(|position| self.run(*position))
    }

    fn positions_of(&self, segment: u32) -> &[u32] {
        self.runs_of.get(segment as usize).map_or(&[], Vec::as_slice)
    }

    fn run(&self, position: u32) -> Option<(Run, std::ops::Range<u32>)> {
        let run = self.runs.get(position as usize)?;
        let end = self.runs.get(position as usize + 1).map_or_else(|| u32::try_from(self.len()).unwrap_or(u32::MAX), |next| next.row);
        Some((*run, run.row..end))
    }

    /// The first row of a record of a segment.
    pub fn row_of(&self, segment: u32, record: u64) -> Option<u32> {
        let positions = self.positions_of(segment);
        let first = |position: &u32| self.runs.get(*position as usize).map_or(u64::MAX, |run| run.first);
        // The last run that starts at or before the record; of several that start there, the first with rows.
        let after = positions.partition_point(|position| first(position) <= record);
        let start = positions[..after].last().map(first)?;
        let from = positions[..after].partition_point(|position| first(position) < start);
        positions[from..after].iter().filter_map(|position| self.run(*position)).find_map(|(run, rows)| {
            if run.entries_of_one {
                return (record == run.first && !rows.is_empty()).then_some(rows.start);
            }
            let index = u32::try_from(record.checked_sub(run.first)?).ok()?;
            (index < rows.end - rows.start).then(|| rows.start + index)
        })
    }

    /// Sets the state of rows.
    pub fn set_state(&mut self, rows: std::ops::Range<u32>, state: State, duplicate: bool) {
        let value = state as u8 | if duplicate { DUPLICATE } else { 0 };
        self.state.fill(rows, value);
    }

    /// Marks one row as counted elsewhere.
    pub fn mark_duplicate(&mut self, row: u32) {
        let value = self.state.get(row) | DUPLICATE;
        self.state.fill(row..row + 1, value);
    }

    /// Counts of the events by state, duplicates left out.
    pub fn counts(&self) -> StateCounts {
        let mut raw = [0u64; 256];
        self.state.pieces().flatten().for_each(|value| raw[usize::from(*value)] += 1);
        let mut counts = StateCounts::default();
        State::ALL.iter().for_each(|state| counts.add(*state, raw[*state as usize]));
        counts
    }

    /// Appends a batch of one segment. Gives `false`, and drops it, when four billion events are exceeded.
    pub fn append(&mut self, batch: Batch, segment: u32, first: u64, entries_of_one: bool, offset: u64) -> bool {
        batch.into_store(self, Run { row: 0, segment, first, entries_of_one, offset })
    }

    /// Bytes of memory held by the columns, runs and strings.
    pub fn bytes(&self) -> usize {
        let columns = self.time.bytes()
            + [&self.offset, &self.identity, &self.credential, &self.action, &self.target, &self.address]
                .iter()
                .map(|column| column.bytes())
                .sum::<usize>();
        let small = [&self.category, &self.outcome, &self.state].iter().map(|column| column.bytes()).sum::<usize>();
        columns
            + small
            + self.marks.bytes()
            + self.through.len() * size_of::<(u32, u32)>()
            + self.names.bytes()
            + self.runs.len() * size_of::<Run>()
    }
}
