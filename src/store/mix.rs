//! How many events of each sort a lane holds, in coarse parts of time: what shares are drawn from.

use super::Store;
use crate::model::Outcome;
use crate::model::category::{GROUPS, Group};

/// Events on average in a part of the finest level: coarse, since a share needs no more than the height of a lane.
const FILL: usize = 256;

/// Counts by group of categories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mix {
    counts: [u32; GROUPS],
    /// How many were denied or failed.
    pub refused: u32,
}

impl Mix {
    /// Counts one event.
    pub fn add(&mut self, store: &Store, row: u32) {
        let count = &mut self.counts[Group::of(store.category(row)) as usize];
        *count = count.saturating_add(1);
        self.refused = self.refused.saturating_add(u32::from(matches!(store.outcome(row), Outcome::Denied | Outcome::Failure)));
    }

    /// Adds other counts.
    pub fn merge(&mut self, other: &Self) {
        self.counts.iter_mut().zip(other.counts).for_each(|(own, other)| *own = own.saturating_add(other));
        self.refused = self.refused.saturating_add(other.refused);
    }

    /// How many of a group.
    pub fn of(&self, group: Group) -> u32 {
        self.counts[group as usize]
    }

    /// How many in all.
    pub fn total(&self) -> u32 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

/// The mixes of a lane, each level with half the parts of the one before.
#[derive(Clone, Debug, Default)]
pub struct Mixes {
    levels: Vec<Vec<Mix>>,
    start: i64,
    width: i128,
}

impl Mixes {
    /// Of rows in order of time, between two times.
    pub fn new(store: &Store, rows: &[u32], first: i64, last: i64) -> Self {
        let parts = (rows.len() / FILL).next_power_of_two().max(1);
        let width = (last as i128 - first as i128) / parts as i128 + 1;
        let mut finest = vec![Mix::default(); parts];
        for &row in rows {
            let part = ((store.time(row) as i128 - first as i128) / width) as usize;
            finest[part.min(parts - 1)].add(store, row);
        }
        let mut levels = vec![finest];
        while let Some(level) = levels.last().filter(|level| level.len() > 1) {
            let halved = level.chunks(2).map(|pair| {
                pair.iter().fold(Mix::default(), |mut sum, part| {
                    sum.merge(part);
                    sum
                })
            });
            levels.push(halved.collect());
        }
        Self { levels, start: first, width }
    }

    /// The mix around a part of time: of whole parts of about its width, or of the one that it lies in.
    pub fn around(&self, from: i64, to: i64) -> Mix {
        let span = (to as i128 - from as i128).max(1);
        let depth = (span / self.width.max(1)).max(1).ilog2() as usize;
        let Some(depth) = self.levels.len().checked_sub(1).map(|deepest| depth.min(deepest)) else { return Mix::default() };
        let (level, width) = (&self.levels[depth], self.width << depth);
        let place = |time: i64| ((time as i128 - self.start as i128).div_euclid(width)).clamp(0, level.len() as i128 - 1) as usize;
        let mut sum = Mix::default();
        level[place(from)..=place(to.saturating_sub(1).max(from))].iter().for_each(|part| sum.merge(part));
        sum
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        self.levels.iter().map(Vec::capacity).sum::<usize>() * size_of::<Mix>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Category, Event};
    use crate::store::Batch;

    #[test]
    fn shares_and_refusals_are_counted_at_every_width() {
        let mut batch = Batch::default();
        for number in 0..4_096i64 {
            let (category, outcome) = match number % 4 {
                0 => (Category::SecretAccess, Outcome::Denied),
                1 => (Category::Write, Outcome::Success),
                _ => (Category::Read, Outcome::Success),
            };
            batch.push(&Event { schema: "test", time: Some(number), identity: "one".into(), category, outcome, ..Event::default() }, 0);
        }
        let mut store = Store::default();
        assert!(store.append(batch, 0, 0, false, 0));
        let rows: Vec<u32> = (0..4_096).collect();
        let mixes = Mixes::new(&store, &rows, 0, 4_095);
        let all = mixes.around(i64::MIN + 1, i64::MAX);
        assert_eq!((all.total(), all.refused), (4_096, 1_024));
        assert_eq!([Group::Secret, Group::Write, Group::Read, Group::Other].map(|group| all.of(group)), [1_024, 1_024, 2_048, 0]);
        for (from, to) in [(0, 1), (100, 200), (1_000, 3_000), (4_095, 9_000)] {
            let mix = mixes.around(from, to);
            assert!(mix.total() >= 256 && mix.of(Group::Read) * 2 == mix.total() && mix.refused * 4 == mix.total(), "{from} {to}: {mix:?}");
        }
        // Nothing, and times as far apart as can be, do no harm.
        assert_eq!(Mixes::new(&store, &[], 0, 0).around(0, 10).total(), 0);
        assert_eq!(Mixes::default().around(0, 10).total(), 0);
        assert_eq!(Mixes::new(&store, &rows[..1], i64::MIN + 1, i64::MAX).around(0, i64::MAX).total(), 1);
    }
}
