//! The integrity strips: the parts of each log, what is damaged of them, and where findings stand.

use std::collections::BTreeMap;

use super::names::apart;
use crate::model::{Code, Finding, Severity, State};
use crate::store::NO_TIME;
use crate::verify::{Examination, LogReport};

/// A log as it is drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strip {
    /// Its name, with as much of its path as tells it from the others.
    pub name: String,
    /// Its segments in order.
    pub blocks: Vec<Block>,
    /// What is damaged or stands next to damage.
    pub extents: Vec<Extent>,
    /// Its findings.
    pub marks: Vec<Mark>,
}

/// A segment. Times in nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its index in the examination.
    pub segment: u32,
    /// Where it starts.
    pub from: i64,
    /// Where it ends.
    pub to: i64,
}

/// Consecutive records that are broken, or that are suspect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Broken or suspect.
    pub state: State,
    /// Where the first one stands.
    pub from: i64,
    /// Where the last one stands.
    pub to: i64,
}

/// A finding, on the part that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its number.
    pub finding: usize,
    /// Where it starts.
    pub from: i64,
    /// Where it ends.
    pub to: i64,
}

/// The strips of all logs.
pub fn strips(case: &Examination) -> Vec<Strip> {
    let origins: Vec<&str> = case.logs.iter().map(|log| log.origin.as_str()).collect();
    let mut by_log: BTreeMap<&str, Vec<(usize, &Finding)>> = BTreeMap::new();
    for (number, finding) in case.findings.iter().enumerate().filter(|(_, finding)| finding.severity != Severity::Info) {
        if let Some(log) = &finding.place.log {
            by_log.entry(log).or_default().push((number, finding));
        }
    }
    let strip = |(log, name): (&LogReport, String)| {
        let blocks = blocks(case, log);
        let of_path: BTreeMap<&str, &Block> =
            blocks.iter().filter_map(|block| Some((case.segments.get(block.segment as usize)?.plan.file.path.as_str(), block))).collect();
        let found = by_log.get(log.origin.as_str()).map_or(&[][..], Vec::as_slice);
        let marks = found
            .iter()
            .filter_map(|(number, finding)| mark(*number, finding, of_path.get(finding.place.path.as_str()).copied()))
            .collect();
        let extents = extents(case, &blocks);
        Strip { name, blocks, extents, marks }
    };
    case.logs.iter().zip(apart(&origins)).map(strip).collect()
}

/// A record that claims an earlier time must not stretch its segment over the ones before.
fn blocks(case: &Examination, log: &LogReport) -> Vec<Block> {
    let mut end = i64::MIN;
    let mut blocks = Vec::new();
    for index in &log.segments {
        let segment = case.segments.get(*index as usize).filter(|segment| !segment.duplicate);
        if let Some((first, last)) = segment.and_then(|segment| segment.times) {
            blocks.push(Block { segment: *index, from: first.max(end.min(last)), to: last });
            end = end.max(last);
        }
    }
    blocks
}

/// A record may state a time far from its segment; its mark stands on the segment all the same. A gap lies between segments.
fn mark(number: usize, finding: &Finding, block: Option<&Block>) -> Option<Mark> {
    let from = finding.place.time?;
    let to = finding.place.time_end.unwrap_or(from);
    Some(match block.filter(|_| finding.code != Code::Gap) {
        Some(block) => Mark { finding: number, from: from.clamp(block.from, block.to), to: to.clamp(block.from, block.to) },
        None => Mark { finding: number, from, to },
    })
}

/// The runs of damaged records in each segment, as far as their times lie on it.
fn extents(case: &Examination, blocks: &[Block]) -> Vec<Extent> {
    let mut extents: Vec<Extent> = Vec::new();
    for block in blocks {
        let hurt = case
            .segments
            .get(block.segment as usize)
            .is_some_and(|segment| segment.counts.of(State::Broken) + segment.counts.of(State::Suspect) > 0);
        if !hurt {
            continue;
        }
        for (_, rows) in case.store.rows_of(block.segment) {
            let mut open: Option<Extent> = None;
            for row in rows {
                let (state, time) = (case.store.state(row), case.store.time(row));
                if state < State::Suspect {
                    extents.extend(open.take());
                } else if time != NO_TIME {
                    let time = time.clamp(block.from, block.to);
                    match &mut open {
                        Some(extent) if extent.state == state => (extent.from, extent.to) = (extent.from.min(time), extent.to.max(time)),
                        _ => extents.extend(open.replace(Extent { state, from: time, to: time })),
                    }
                }
            }
            extents.extend(open);
        }
    }
    extents
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Place;
    use crate::model::words::tiles::TileFact;

    #[test]
    fn a_mark_stands_on_the_part_that_it_is_about() {
        let block = Block { segment: 3, from: 100, to: 200 };
        let found = |fact, time, end| Finding::of(fact, Place { time: Some(time), time_end: end, ..Place::default() });
        // A record that claims a time long before its segment.
        let altered = found(TileFact::EntryAltered { entry: 1 }, 5, None);
        assert_eq!(mark(7, &altered, Some(&block)), Some(Mark { finding: 7, from: 100, to: 100 }));
        let gap = found(TileFact::Gap { from: 0, to: 9 }, 50, Some(90));
        assert_eq!(mark(8, &gap, Some(&block)), Some(Mark { finding: 8, from: 50, to: 90 }), "a gap lies between segments");
        assert_eq!(mark(9, &Finding::of(TileFact::EntryAltered { entry: 1 }, Place::default()), None), None);
    }
}
