//! The order in time, the lanes, and for each lane a pyramid of counts, so that drawing costs pixels and not events.

use rayon::prelude::*;

use super::mix::{Mix, Mixes};
use super::{NO_TIME, NONE, Store};
use crate::model::{Kind, State};

/// Events on average in a bucket of the finest level.
const FILL: usize = 32;
/// Rows summed up in one block.
const BLOCK: usize = 64;

/// The sum of some events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many.
    pub count: u32,
    /// Bit for each [`crate::model::Category`] among them.
    pub categories: u16,
    /// The worst [`State`] among them, by number.
    pub worst: u8,
    /// Bit 0: one was denied; bit 1: one failed.
    pub outcomes: u8,
}

impl Summary {
    /// The worst state; meaningless for an empty summary.
    pub fn worst_state(&self) -> State {
        State::from_number(self.worst).unwrap_or(State::Unchecked)
    }

    /// Whether one was denied or failed.
    pub fn refused(&self) -> bool {
        self.outcomes != 0
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.categories |= other.categories;
        self.worst = self.worst.max(other.worst);
        self.outcomes |= other.outcomes;
    }

    fn of(store: &Store, row: u32) -> Self {
        let outcomes = match store.outcome(row) {
            crate::model::Outcome::Denied => 1,
            crate::model::Outcome::Failure => 2,
            _ => 0,
        };
        Self { count: 1, categories: 1 << store.category(row) as u16, worst: store.state(row) as u8, outcomes }
    }
}

/// What a lane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Everything.
    All,
    /// An identity, by index.
    Identity(u32),
    /// A credential, by index.
    Credential(u32),
}

/// The events of one subject in order of time, with their pyramid.
#[derive(Clone, Debug)]
pub struct Lane {
    /// Whose.
    pub subject: Subject,
    /// The group it stands in.
    pub kind: Kind,
    /// Rows in order of time. Rows without time are not in a lane.
    pub rows: Vec<u32>,
    blocks: Vec<Summary>,
    /// Level 0 is the finest; each next one has half the buckets.
    levels: Vec<Vec<Summary>>,
    mixes: Mixes,
    start: i64,
    width: i64,
    /// The sum of all.
    pub total: Summary,
    /// Time of the first event.
    pub first: i64,
    /// Time of the last event.
    pub last: i64,
}

impl Lane {
    /// A lane of `rows`, already in order of time.
    pub fn new(store: &Store, subject: Subject, kind: Kind, rows: Vec<u32>) -> Self {
        let (first, last) = match (rows.first(), rows.last()) {
            (Some(&first), Some(&last)) => (store.time(first), store.time(last)),
            _ => (0, 0),
        };
        let buckets = (rows.len() / FILL).next_power_of_two().max(1);
        // Widths are rounded up so that the last event falls into the last bucket.
        let width = ((last as i128 - first as i128) / buckets as i128 + 1) as i64;
        let mut finest = vec![Summary::default(); buckets];
        let mut blocks = Vec::with_capacity(rows.len() / BLOCK + 1);
        let mut total = Summary::default();
        for chunk in rows.chunks(BLOCK) {
            let mut block = Summary::default();
            for &row in chunk {
                let one = Summary::of(store, row);
                let bucket = ((store.time(row) as i128 - first as i128) / width as i128) as usize;
                finest[bucket.min(buckets - 1)].merge(&one);
                block.merge(&one);
            }
            total.merge(&block);
            blocks.push(block);
        }
        let mut levels = vec![finest];
        while let Some(level) = levels.last().filter(|level| level.len() > 1) {
            let next = level
                .chunks(2)
                .map(|pair| {
                    let mut sum = pair[0];
                    pair.get(1).inspect(|other| sum.merge(other));
                    sum
                })
                .collect();
            levels.push(next);
        }
        let mixes = Mixes::new(store, &rows, first, last);
        Self { subject, kind, rows, blocks, levels, mixes, start: first, width, total, first, last }
    }

    /// Position of the first row not before `time`.
    pub fn position(&self, store: &Store, time: i64) -> usize {
        self.rows.partition_point(|&row| store.time(row) < time)
    }

    /// The mix around a part of time.
    pub fn mix(&self, from: i64, to: i64) -> Mix {
        self.mixes.around(from, to)
    }

    /// The sum of the rows at `positions`.
    fn sum_rows(&self, store: &Store, positions: std::ops::Range<usize>) -> Summary {
        let mut sum = Summary::default();
        let mut position = positions.start;
        while position < positions.end {
            if position.is_multiple_of(BLOCK) && position + BLOCK <= positions.end {
                sum.merge(&self.blocks[position / BLOCK]);
                position += BLOCK;
            } else {
                sum.merge(&Summary::of(store, self.rows[position]));
                position += 1;
            }
        }
        sum
    }

    /// Sums for `columns` equal parts of the time from `from`, each `step` nanoseconds wide. Calls `each` for those that hold events.
    ///
    /// Where a column is wider than a bucket, whole buckets are taken: an event may then be drawn one column off, never lost.
    pub fn columns(&self, store: &Store, from: i64, step: f64, columns: usize, each: &mut dyn FnMut(usize, Summary)) {
        if self.rows.is_empty() || step <= 0.0 {
            return;
        }
        if step >= self.width as f64 {
            self.coarse_columns(from, step, columns, each);
        } else {
            self.fine_columns(store, from, step, columns, each);
        }
    }

    fn coarse_columns(&self, from: i64, step: f64, columns: usize, each: &mut dyn FnMut(usize, Summary)) {
        let depth = ((step / self.width as f64).log2().floor().max(0.0) as usize).min(self.levels.len() - 1);
        let level = &self.levels[depth];
        let width = self.width as f64 * (1u64 << depth) as f64;
        let offset = (from as i128 - self.start as i128) as f64;
        let first = ((offset / width).floor().max(0.0)) as usize;
        let end = (((offset + step * columns as f64) / width).ceil().max(0.0) as usize).min(level.len());
        let mut pending: Option<(usize, Summary)> = None;
        for (index, bucket) in level.iter().enumerate().take(end).skip(first) {
            if bucket.count == 0 {
                continue;
            }
            // The middle of the bucket decides its column.
            let place = ((index as f64 + 0.5) * width - offset) / step;
            if place < -1.0 || place >= columns as f64 + 1.0 {
                continue;
            }
            let column = (place.max(0.0) as usize).min(columns - 1);
            match &mut pending {
                Some((at, sum)) if *at == column => sum.merge(bucket),
                _ => {
                    if let Some((at, sum)) = pending.replace((column, *bucket)) {
                        each(at, sum);
                    }
                }
            }
        }
        if let Some((at, sum)) = pending {
            each(at, sum);
        }
    }

    fn fine_columns(&self, store: &Store, from: i64, step: f64, columns: usize, each: &mut dyn FnMut(usize, Summary)) {
        let end_time = (from as i128 + (step * columns as f64) as i128).min(i64::MAX as i128) as i64;
        let mut position = self.position(store, from);
        let end = position + self.rows[position..].partition_point(|&row| store.time(row) <= end_time);
        while position < end {
            let column = ((store.time(self.rows[position]) as i128 - from as i128) as f64 / step) as usize;
            if column >= columns {
                break;
            }
            let next_time = from as i128 + ((column + 1) as f64 * step).ceil() as i128;
            // Gallop: most columns hold few events, but a burst may hold millions.
            let mut reach = 1;
            while position + reach < end && (store.time(self.rows[position + reach]) as i128) < next_time {
                reach *= 2;
            }
            let low = position + reach / 2;
            let high = (position + reach).min(end);
            let next = low + self.rows[low..high].partition_point(|&row| (store.time(row) as i128) < next_time);
            let next = next.max(position + 1);
            each(column, self.sum_rows(store, position..next));
            position = next;
        }
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        self.rows.capacity() * 4
            + (self.blocks.capacity() + self.levels.iter().map(Vec::capacity).sum::<usize>()) * size_of::<Summary>()
            + self.mixes.bytes()
    }
}

/// Everything that drawing needs.
#[derive(Clone, Debug)]
pub struct Index {
    /// The whole case: every row that has a time, in order.
    pub all: Lane,
    /// Rows without a time.
    pub untimed: Vec<u32>,
    /// One lane for each identity and each key.
    pub lanes: Vec<Lane>,
}

impl Index {
    /// An index of nothing.
    pub fn empty() -> Self {
        let store = Store::default();
        Self { all: Lane::new(&store, Subject::All, Kind::Unknown, Vec::new()), untimed: Vec::new(), lanes: Vec::new() }
    }

    /// Builds the index of all events that are not duplicates.
    pub fn build(store: &Store) -> Self {
        let mut order: Vec<u32> = (0..store.len() as u32).filter(|&row| !store.is_duplicate(row)).collect();
        // Files are read side by side, so rows of one time are put in the order of their files: the same evidence always looks the same.
        let place = |row: u32| (store.origin(row).map(|origin| (origin.segment, origin.record)), row);
        order.par_sort_unstable_by(|&one, &other| {
            time_key(store.time(one)).cmp(&time_key(store.time(other))).then_with(|| place(one).cmp(&place(other)))
        });
        Self::of_rows(store, order)
    }

    /// Builds the index of some rows, already in order of time.
    pub fn of_rows(store: &Store, mut order: Vec<u32>) -> Self {
        let untimed = order.split_off(order.partition_point(|&row| store.time(row) != NO_TIME));
        let mut by_identity: Vec<Vec<u32>> = vec![Vec::new(); store.identities().len()];
        let mut by_credential: Vec<Vec<u32>> = vec![Vec::new(); store.credentials().len()];
        // Count first, so that no list is larger than its rows.
        let mut counts = (vec![0usize; by_identity.len()], vec![0usize; by_credential.len()]);
        let key = |row: u32| Some(store.credential_index(row)).filter(|&index| index != NONE && store.credentials()[index as usize].is_key);
        for &row in &order {
            counts.0[store.identity_index(row) as usize] += 1;
            if let Some(credential) = key(row) {
                counts.1[credential as usize] += 1;
            }
        }
        by_identity.iter_mut().zip(&counts.0).for_each(|(list, count)| list.reserve_exact(*count));
        by_credential.iter_mut().zip(&counts.1).for_each(|(list, count)| list.reserve_exact(*count));
        for &row in &order {
            by_identity[store.identity_index(row) as usize].push(row);
            if let Some(credential) = key(row) {
                by_credential[credential as usize].push(row);
            }
        }
        let identities = by_identity
            .into_iter()
            .enumerate()
            .map(|(index, rows)| (Subject::Identity(index as u32), store.identities()[index].kind, rows));
        let credentials =
            by_credential.into_iter().enumerate().map(|(index, rows)| (Subject::Credential(index as u32), Kind::ApiKey, rows));
        let subjects: Vec<_> = identities.chain(credentials).filter(|(_, _, rows)| !rows.is_empty()).collect();
        let lanes = subjects.into_par_iter().map(|(subject, kind, rows)| Lane::new(store, subject, kind, rows)).collect();
        Self { all: Lane::new(store, Subject::All, Kind::Unknown, order), untimed, lanes }
    }

    /// How many events.
    pub fn len(&self) -> usize {
        self.all.rows.len() + self.untimed.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row at a position in order of time; rows without time follow at the end.
    pub fn row_at(&self, position: usize) -> Option<u32> {
        self.all.rows.get(position).or_else(|| self.untimed.get(position - self.all.rows.len())).copied()
    }

    /// All rows in order.
    pub fn rows(&self) -> impl Iterator<Item = u32> {
        self.all.rows.iter().chain(&self.untimed).copied()
    }

    /// First and last time, if any event has one.
    pub fn span(&self) -> Option<(i64, i64)> {
        (!self.all.rows.is_empty()).then_some((self.all.first, self.all.last))
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        self.untimed.capacity() * 4 + self.all.bytes() + self.lanes.iter().map(Lane::bytes).sum::<usize>()
    }
}

/// Rows without time come last.
fn time_key(time: i64) -> i64 {
    if time == NO_TIME { i64::MAX } else { time }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Category, Event};
    use crate::store::Batch;
    use proptest::prelude::*;

    fn store(times: &[i64]) -> Store {
        let mut batch = Batch::default();
        for &time in times {
            batch
                .push(&Event { schema: "test", time: Some(time), identity: "one".into(), category: Category::Read, ..Event::default() }, 0);
        }
        let mut store = Store::default();
        assert!(store.append(batch, 0, 0, false, 0));
        store.set_state(0..times.len() as u32, State::Sealed, false);
        store
    }

    proptest! {
        #[test]
        fn no_event_is_lost_at_any_zoom(
            times in prop::collection::vec(0i64..1_000_000, 1..2000),
            broken in any::<prop::sample::Index>(),
            columns in 1usize..400,
            spread in 1i64..1_000_000_000,
        ) {
            let times: Vec<i64> = times.into_iter().map(|time| time * spread).collect();
            let mut store = store(&times);
            let broken = broken.index(times.len()) as u32;
            store.set_state(broken..broken + 1, State::Broken, false);
            let index = Index::build(&store);
            let (first, last) = index.span().unwrap();
            let step = ((last - first) as f64 / columns as f64).max(1.0) * 1.0001;
            for lane in &index.lanes {
                let (mut count, mut worst) = (0, 0);
                lane.columns(&store, first, step, columns, &mut |_, sum| { count += sum.count; worst = worst.max(sum.worst); });
                prop_assert_eq!(count as usize, times.len());
                prop_assert_eq!(worst, State::Broken as u8);
            }
            // A window around the broken event shows it.
            let time = store.time(broken);
            let step = (spread as f64 / 7.0).max(1.0);
            let from = time - (step * columns as f64 / 2.0) as i64;
            let mut seen = false;
            index.all.columns(&store, from, step, columns, &mut |_, sum| seen |= sum.worst == State::Broken as u8);
            prop_assert!(seen);
        }
    }
}
