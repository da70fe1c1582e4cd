//! Checks the records' times against the signed times of the seals.

use super::judged::Judged;
use super::log::{Sealed, is_document, place};
use crate::model::Place;
use crate::model::finding::Finding;
use crate::model::time::SECOND;
use crate::model::words::segments::SegmentFact;
use crate::seal::format::{Observed, Reread};
use crate::seal::primitives::note::SKEW;
use crate::trust::Standing;

/// A record may be this much older than the previous seal before that is worth a word: late delivery takes hours at worst.
const LATE: i64 = 6 * 3600 * SECOND;
/// Seals made this long after their newest record were made afterwards.
const AFTERWARDS: i64 = 30 * 24 * 3600 * SECOND;

/// Checks the records' times against the signed times of the seals.
pub(super) fn clocks(judged: &mut Judged<'_>, observed: &[Observed], reread: &dyn Reread) {
    let log = judged.log;
    let mut afterwards = 0;
    let mut timed = 0;
    let mut previous: Option<(i64, u64)> = None;
    for (index, sealed) in log.segments.iter().enumerate() {
        let Some(sealed_at) = judged.verdicts[index].sealed_at else { continue };
        let (Some((earliest, latest)), true) =
            (observed[index].times, judged.holds[index] || judged.verdicts[index].state != Standing::UNCHECKED)
        else {
            continue;
        };
        timed += 1;
        let first = judged.verdicts[index].first;
        if sealed_at.saturating_sub(latest) > AFTERWARDS {
            afterwards += 1;
        }
        let before = previous.filter(|(_, end)| *end == first).map(|(time, _)| time);
        if let Some(before) = before
            && sealed_at < before.saturating_sub(SKEW)
        {
            judged.findings.push(Finding::of(SegmentFact::SealTimeBackwards { sealed_at, before }, place(sealed, None, 0)));
        }
        previous = Some((sealed_at, judged.end(index)));
        let future = latest > sealed_at.saturating_add(SKEW);
        let old = before.is_some_and(|before| earliest < before.saturating_sub(LATE));
        if !future && !old {
            continue;
        }
        let times = reread.times(index);
        let known = times.iter().flatten().count();
        if let Some(before) = before.filter(|_| old) {
            // Only when the segment was plainly written after the previous seal is an old time a contradiction; else the log was sealed afterwards.
            let fresh = times.iter().flatten().filter(|&&time| time >= before.saturating_sub(LATE)).count();
            if fresh * 2 > known {
                contradictions(judged, sealed, (first, &times), |time| time < before.saturating_sub(LATE), &|record, time| match record {
                    Ok(record) => SegmentFact::Backdated { record, time, before },
                    Err(count) => SegmentFact::MoreBackdated { count, time, before },
                });
            }
        }
        if future {
            contradictions(judged, sealed, (first, &times), |time| time > sealed_at.saturating_add(SKEW), &|record, time| match record {
                Ok(record) => SegmentFact::TimeAfterSeal { record, time, sealed_at },
                Err(count) => SegmentFact::MoreAfterSeal { count, time, sealed_at },
            });
        }
    }
    if afterwards > 0 {
        let Some(sealed) = log.segments.first() else { return };
        judged.findings.push(Finding::of(SegmentFact::SealedLater { count: afterwards, of: timed }, place(sealed, None, 0)));
    }
}

/// Reports the records whose times contradict the seals. `fact` gets a record, or how many more there are than are listed, and a time.
fn contradictions(
    judged: &mut Judged<'_>,
    sealed: &Sealed,
    (first, times): (u64, &[Option<i64>]),
    contradicts: impl Fn(i64) -> bool,
    fact: &dyn Fn(Result<u64, u64>, i64) -> SegmentFact,
) {
    const LISTED: usize = 20;
    let found: Vec<(usize, i64)> =
        times.iter().enumerate().filter_map(|(index, time)| Some((index, (*time)?)).filter(|(_, time)| contradicts(*time))).collect();
    for &(index, time) in found.iter().take(LISTED) {
        // In a document the entries share one record number.
        let record = if is_document(sealed) { first } else { first + index as u64 };
        let place = Place { time: Some(time), ..place(sealed, Some(record), 1) };
        judged.findings.push(Finding::of(fact(Ok(record), time), place));
    }
    if let Some((_, time)) = found.get(LISTED) {
        let more = (found.len() - LISTED) as u64;
        judged.findings.push(Finding::of(fact(Err(more), *time), place(sealed, None, more)));
    }
}
