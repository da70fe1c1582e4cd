//! What an export would hold and prove, before it is made.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::State;
use crate::model::text::plural;
use crate::verify::{Examination, SegmentReport};

/// What would be in a bundle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// Selected records.
    pub records: u64,
    /// Segments that they stand in.
    pub segments: u64,
    /// Logs that these belong to.
    pub logs: u64,
    /// Size of the segments' files, in bytes.
    pub size: u64,
    /// What would be proven, and what not.
    pub prove: Vec<(State, String)>,
}

/// What a bundle of these records would hold and prove; with `whole`, of the whole segments that they stand in.
pub fn preview(case: &Examination, rows: &[u32], whole: bool) -> Preview {
    let mut segments: BTreeMap<u32, u64> = BTreeMap::new();
    rows.iter().filter_map(|row| case.store.origin(*row)).for_each(|origin| *segments.entry(origin.segment).or_default() += 1);
    let reports = || segments.iter().filter_map(|(segment, rows)| Some((case.segments.get(*segment as usize)?, *rows)));
    let logs: BTreeSet<u32> = reports().map(|(segment, _)| segment.log).collect();
    let is_sealed = |segment: &SegmentReport| case.logs.get(segment.log as usize).is_some_and(|log| log.is_sealed());
    let (mut cut, mut entire, mut asserted, mut damaged, mut refused) = (0, 0, 0, 0, 0);
    for (segment, rows) in reports() {
        let part = !whole && rows < segment.entries;
        if !is_sealed(segment) {
            asserted += 1;
        } else if segment.state >= State::Suspect && !part {
            // No part of it leads to the signed root any more.
            damaged += 1;
        } else if part && case.can_excerpt(segment) {
            cut += 1;
        } else if part {
            refused += 1;
        } else {
            entire += 1;
        }
    }
    let mut prove = Vec::new();
    let mut say = |number: u64, state: State, text: &str| {
        if number > 0 {
            prove.push((state, format!("{}: {text}", plural(number, "segment"))));
        }
    };
    say(cut, State::Sealed, "each record is a proven member; how many are withheld, and where, is proven, but not why");
    say(entire, State::Sealed, "whole, with all that the seal needs");
    say(damaged, State::Broken, "damaged, so it goes whole and as it is: nothing more is proven of it than here");
    say(refused, State::Broken, "single records cannot be taken out of it; choose whole segments, or other records");
    say(asserted, State::Unsealed, "not sealed: you alone vouch for these records");
    prove.push((State::Unchecked, "not proven: when you exported (a time stamp can be added), and that no other segment exists".into()));
    let size = reports().map(|(segment, _)| segment.plan.file.size).sum();
    Preview { records: rows.len() as u64, segments: segments.len() as u64, logs: logs.len() as u64, size, prove }
}
