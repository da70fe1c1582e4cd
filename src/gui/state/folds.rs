//! Stretches of time without events, drawn shorter than they are, so that what happened has the room.

use super::axis::Axis;
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

impl Axis {
    /// The parts of what is shown that are drawn as long as they are.
    pub fn pieces(&self) -> Vec<(i64, i64)> {
        let (mut from, to) = (self.from, self.to());
        let mut pieces = Vec::new();
        for &(start, end) in self.folds.stretches() {
            if end <= from || start >= to {
                continue;
            }
            if start > from {
                pieces.push((from, start));
            }
            from = end;
        }
        if from < to {
            pieces.push((from, to));
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::state::axis::Zone;
    use crate::model::time::SECOND;
    use crate::model::{Event, Kind};
    use crate::store::index::Subject;
    use crate::store::{Batch, Store};
    use proptest::prelude::*;

    fn of(seconds: &[i64]) -> (Folds, i64, i64) {
        let mut batch = Batch::default();
        for time in seconds {
            batch.push(&Event { schema: "test", time: Some(time * SECOND), identity: "one".into(), ..Event::default() }, 0);
        }
        let mut store = Store::default();
        assert!(store.append(batch, 0, 0, false, 0));
        let lane = Lane::new(&store, Subject::All, Kind::Unknown, (0..seconds.len() as u32).collect());
        (Folds::of(&store, &lane), lane.first, lane.last)
    }

    #[test]
    fn long_empty_stretches_are_short() {
        let day = 86_400;
        let (folds, first, last) = of(&[0, 100, 200, 30 * day, 30 * day + 100, 60 * day]);
        assert_eq!(folds.stretches().len(), 2);
        let plain = Axis::fit(first, last).at(0.0, 1_000.0);
        let axis = plain.folded(folds);
        assert!(
            (axis.x(first) - plain.x(first)).abs() < 12.0 && (axis.x(last) - plain.x(last)).abs() < 12.0,
            "both ends are still in view"
        );
        assert!(axis.x(200 * SECOND) - axis.x(0) > 20.0 * (plain.x(200 * SECOND) - plain.x(0)));
        assert_eq!(axis.pieces().len(), 3);
        let ticks = axis.ticks(Zone::Utc, 90.0);
        assert!(ticks.iter().all(|tick| folds.stretches().iter().all(|(from, to)| tick.time <= *from || tick.time >= *to)), "{ticks:?}");
        assert!(ticks.windows(2).all(|pair| axis.x(pair[1].time) - axis.x(pair[0].time) > 60.0), "{ticks:?}");
        // What is busy throughout is not folded.
        assert_eq!(of(&(0..1_000).collect::<Vec<_>>()).0.stretches().len(), 0);
        assert_eq!(of(&[5]).0.stretches().len(), 0);
    }

    proptest! {
        #[test]
        fn folding_keeps_the_order_and_can_be_undone(
            mut times in prop::collection::vec(0i64..10_000_000, 2..40),
            probes in prop::collection::vec(-1_000_000i64..11_000_000, 1..20),
        ) {
            times.sort_unstable();
            let (folds, first, last) = of(&times);
            let axis = Axis::fit_folded(first, last, folds).at(0.0, 1_000.0);
            let mut places: Vec<(i64, i128)> = probes.iter().map(|time| (time * SECOND, folds.fold(time * SECOND))).collect();
            places.sort_unstable();
            prop_assert!(places.windows(2).all(|pair| pair[0].1 <= pair[1].1));
            for (time, place) in places {
                let inside = folds.stretches().iter().find(|(from, to)| (*from..*to).contains(&time));
                // Inside a folded stretch many times share a place.
                let slack = inside.map_or(0, |(from, to)| (*to as i128 - *from as i128) / folds.drawn as i128 + 1);
                prop_assert!((folds.unfold(place) as i128 - time as i128).abs() <= slack);
            }
            for &time in &times {
                prop_assert!((axis.time(axis.x(time * SECOND)) - time * SECOND).abs() as f64 <= axis.scale() * 2.0 + 1.0);
            }
        }
    }
}
