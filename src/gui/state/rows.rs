//! The rows of the table: which they are, and their order.

use std::ops::Range;
use std::sync::Arc;

use crate::store::{Index, NO_TIME, Store};

/// Rows beyond this are not listed at once: scrolling loses its precision.
pub const LONGEST: usize = 1_000_000;

/// How many rows of one moment are looked through for a certain one.
const LOOKED_AT: usize = 100_000;

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Column {
    /// Integrity state.
    State,
    /// Time.
    Time,
    /// Who.
    Identity,
    /// What.
    Action,
    /// On what.
    Target,
    /// With what result.
    Outcome,
    /// From where.
    From,
}

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

/// Sorts rows by a column; equal ones stay in order of time.
pub fn sort(store: &Store, rows: &mut [u32], column: Column, descending: bool) {
    use rayon::slice::ParallelSliceMut;
    let time = |row: u32| match store.time(row) {
        NO_TIME => i64::MAX,
        time => time,
    };
    match column {
        Column::Time => rows.par_sort_by_key(|&row| time(row)),
        Column::State => rows.par_sort_by_key(|&row| (store.state(row), time(row))),
        Column::Outcome => rows.par_sort_by_key(|&row| (store.outcome(row), time(row))),
        Column::Identity => {
            rows.par_sort_by(|&one, &other| store.identity_name(one).cmp(store.identity_name(other)).then(time(one).cmp(&time(other))))
        }
        Column::Action => rows.par_sort_by(|&one, &other| store.action(one).cmp(store.action(other)).then(time(one).cmp(&time(other)))),
        Column::Target => rows.par_sort_by(|&one, &other| store.target(one).cmp(store.target(other)).then(time(one).cmp(&time(other)))),
        Column::From => rows.par_sort_by(|&one, &other| store.address(one).cmp(store.address(other)).then(time(one).cmp(&time(other)))),
    }
    if descending {
        rows.reverse();
    }
}
