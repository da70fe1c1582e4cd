//! The rows of the table: which they are, and their order.

use std::ops::Range;
use std::sync::Arc;

use super::columns::{self, Column};
use crate::store::{Index, NO_TIME, Store};
use crate::verify::Examination;

/// Rows beyond this are not listed at once: scrolling loses its precision.
pub const LONGEST: usize = 1_000_000;

/// How many rows of one moment are looked through for a certain one.
const LOOKED_AT: usize = 100_000;

/// The rows listed: a part of the order in time, or a list of their own.
#[derive(Clone, Debug)]
pub enum Rows {
    /// Positions in the index.
    Span(Range<usize>),
    /// Sorted otherwise.
    Sorted(Arc<Vec<u32>>),
}

impl Rows {
    /// How many there are.
    pub fn total(&self) -> usize {
        match self {
            Self::Span(span) => span.len(),
            Self::Sorted(rows) => rows.len(),
        }
    }

    /// How many are listed: at most [`LONGEST`].
    pub fn listed(&self) -> usize {
        self.total().min(LONGEST)
    }

    /// The row at a position of the list.
    pub fn row(&self, index: &Index, position: usize) -> Option<u32> {
        match self {
            Self::Span(span) => index.row_at(span.start + position),
            Self::Sorted(rows) => rows.get(position).copied(),
        }
    }

    /// All rows of the list, in its order.
    pub fn all(&self, index: &Index) -> Vec<u32> {
        match self {
            Self::Span(span) => span.clone().filter_map(|position| index.row_at(position)).collect(),
            Self::Sorted(rows) => rows.to_vec(),
        }
    }

    /// The position of a row in the list; `None` if it is not listed, or stands among more than 100,000 of the same moment.
    pub fn position_of(&self, store: &Store, index: &Index, row: u32) -> Option<usize> {
        match self {
            Self::Sorted(rows) => rows.iter().position(|other| *other == row),
            Self::Span(span) => {
                let time = store.time(row);
                if time == NO_TIME {
                    let position = index.untimed.iter().position(|other| *other == row)? + index.all.rows.len();
                    return position.checked_sub(span.start);
                }
                let start = index.all.position(store, time);
                let position = (start..index.all.rows.len()).take(LOOKED_AT).find(|&position| index.all.rows[position] == row)?;
                position.checked_sub(span.start).filter(|position| *position < span.len())
            }
        }
    }
}

/// Sorts rows by a column; equal ones stay in order of time. What only the records state is no order: then it is by time.
pub fn sort(case: &Examination, rows: &mut [u32], column: Column, descending: bool) {
    let store = &case.store;
    let name = |number: u32| store.names.get(number);
    match column {
        Column::State => by(store, rows, |row| store.state(row)),
        Column::Outcome => by(store, rows, |row| store.outcome(row) as u8),
        Column::Category => by(store, rows, |row| store.category(row).word()),
        Column::Kind => by(store, rows, |row| store.identity(row).map_or("", |identity| identity.kind.word())),
        Column::Identity => by(store, rows, |row| store.identity_name(row)),
        Column::IdentityId => by(store, rows, |row| store.identity(row).map_or("", |identity| name(identity.id))),
        Column::Credential => by(store, rows, |row| store.credential(row).map_or("", |credential| name(credential.name))),
        Column::Action => by(store, rows, |row| store.action(row)),
        Column::Target => by(store, rows, |row| store.target(row)),
        Column::From => by(store, rows, |row| store.address(row)),
        Column::Through => by(store, rows, |row| name(store.through_index(row))),
        Column::Log => by(store, rows, |row| case.log_of(row).map_or("", |log| log.origin.as_str())),
        Column::File | Column::Line => by(store, rows, |row| (columns::file(case, row), store.origin(row).map(|origin| origin.record))),
        Column::Record => by(store, rows, |row| (case.record_number(row), store.entry_in_record(row))),
        _ => by(store, rows, |_| ()),
    }
    if descending {
        rows.reverse();
    }
}

fn by<K: Ord>(store: &Store, rows: &mut [u32], key: impl Fn(u32) -> K + Sync) {
    use rayon::slice::ParallelSliceMut;
    let time = |row: u32| match store.time(row) {
        NO_TIME => i64::MAX,
        time => time,
    };
    rows.par_sort_by(|&one, &other| key(one).cmp(&key(other)).then_with(|| time(one).cmp(&time(other))));
}
