//! Stretches of time without events, drawn shorter than they are, so that what happened has the room.

use crate::store::{Lane, Store};

/// As many stretches are folded at most.
pub const MOST: usize = 8;
/// A stretch is folded if it is at least this share of the whole.
const LEAST: i128 = 20;
/// No stretch is drawn shorter, in nanoseconds: places on it could not be told apart.
const SHORTEST: i128 = 10_000;
/// What is left of a folded stretch, as a share of what is not folded.
const LEFT: i128 = 40;

/// The folded stretches, in order. Times in nanoseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Folds {
    count: usize,
    stretches: [(i64, i64); MOST],
    /// How long each is drawn, in nanoseconds.
    drawn: i64,
}

impl Folds {
    /// The longest stretches in which nobody does anything.
    pub fn of(store: &Store, all: &Lane) -> Self {
        let whole = (all.last as i128 - all.first as i128).max(1);
        let mut longest: Vec<(i64, i64)> = Vec::new();
        let mut before = all.first;
        for &row in &all.rows {
            let time = store.time(row);
            if (time as i128 - before as i128) * LEAST >= whole {
                longest.push((before, time));
            }
            before = time;
        }
        longest.sort_by_key(|(from, to)| std::cmp::Reverse(*to as i128 - *from as i128));
        longest.truncate(MOST);
        longest.sort_unstable();
        let kept: i128 = whole - longest.iter().map(|(from, to)| *to as i128 - *from as i128).sum::<i128>();
        // Shorter than any of the stretches, however little else there is.
        let drawn = (kept / LEFT).max(SHORTEST).min(whole / LEAST).max(1) as i64;
        // A little of each stays as it is: events at its ends are not drawn on the break.
        let margin = drawn / 4;
        let mut folds = Self { count: 0, stretches: [(0, 0); MOST], drawn };
        for (from, to) in longest {
            let (from, to) = (from.saturating_add(margin), to.saturating_sub(margin));
            if to as i128 - from as i128 > drawn as i128 {
                folds.stretches[folds.count] = (from, to);
                folds.count += 1;
            }
        }
        folds
    }

    /// The stretches.
    pub fn stretches(&self) -> &[(i64, i64)] {
        &self.stretches[..self.count]
    }

    /// How long each of them is drawn, in nanoseconds.
    #[cfg(test)]
    pub fn drawn(&self) -> i64 {
        self.drawn
    }

    /// Where a time is on the folded line.
    pub fn fold(&self, time: i64) -> i128 {
        let (time, drawn) = (time as i128, self.drawn as i128);
        let mut gone = 0;
        for &(from, to) in self.stretches() {
            let (from, length) = (from as i128, to as i128 - from as i128);
            if time >= from + length {
                gone += length - drawn;
            } else if time > from {
                gone += (time - from) - (time - from) * drawn / length;
                break;
            } else {
                break;
            }
        }
        time - gone
    }

    /// The time at a place on the folded line.
    pub fn unfold(&self, place: i128) -> i64 {
        let drawn = self.drawn as i128;
        let mut gone = 0;
        let mut time = None;
        for &(from, to) in self.stretches() {
            let (start, length) = (from as i128 - gone, to as i128 - from as i128);
            if place >= start + drawn {
                gone += length - drawn;
            } else if place > start {
                time = Some(from as i128 + (place - start) * length / drawn);
                break;
            } else {
                break;
            }
        }
        time.unwrap_or(place + gone).clamp(i64::MIN as i128 + 1, i64::MAX as i128) as i64
    }
}
