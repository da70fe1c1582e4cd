//! Folding empty stretches of time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::axis::Axis;
use super::folds::Folds;
use crate::gui::state::axis::Zone;
use crate::model::time::SECOND;
use crate::model::{Event, Kind};
use crate::store::index::Subject;
use crate::store::{Batch, Lane, Store};
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
    let axis = Axis::fit_folded(first, last, folds).at(0.0, 1_000.0);
    assert!((axis.x(first) - plain.x(first)).abs() < 12.0 && (axis.x(last) - plain.x(last)).abs() < 12.0, "both ends are still in view");
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
            let slack = inside.map_or(0, |(from, to)| (*to as i128 - *from as i128) / folds.drawn() as i128 + 1);
            prop_assert!((folds.unfold(place) as i128 - time as i128).abs() <= slack);
        }
        for &time in &times {
            prop_assert!((axis.time(axis.x(time * SECOND)) - time * SECOND).abs() as f64 <= axis.scale() * 2.0 + 1.0);
        }
    }
}
