//! Holds the records' times against the signed times of the seals.

use super::judged::Judged;
use super::log::{Sealed, is_document, place};
use crate::model::finding::{Code, Finding};
use crate::model::text::count;
use crate::model::time::{SECOND, seconds};
use crate::seal::format::{Observed, Reread};
use crate::trust::Standing;

/// A record may be this much older than the previous seal before that is worth a word: late delivery takes hours at worst.
const LATE: i64 = 6 * 3600 * SECOND;
/// Clocks of writer and sealer may differ by this much.
pub(super) const SKEW: i64 = 10 * 60 * SECOND;
/// Seals made this long after their newest record were made afterwards.
const AFTERWARDS: i64 = 30 * 24 * 3600 * SECOND;

/// Holds the records' times against the signed times of the seals.
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
            judged.findings.push(Finding::new(
                Code::SealTimeBackwards,
                place(sealed, None, 0),
                "A seal is older than the one before it",
                format!("{} is sealed at {}, its predecessor at {}.", sealed.plan.file.path, seconds(sealed_at), seconds(before)),
            ));
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
                let text = |time: i64| {
                    format!(
                        "It says {}, but the log was already sealed up to the record before this segment at {}.",
                        seconds(time),
                        seconds(before)
                    )
                };
                contradictions(
                    judged,
                    sealed,
                    first,
                    &times,
                    |time| time < before.saturating_sub(LATE),
                    Code::Backdated,
                    "claims a time before the previous seal",
                    &text,
                );
            }
        }
        if future {
            let text = |time: i64| format!("It says {}, but its seal was signed at {}.", seconds(time), seconds(sealed_at));
            contradictions(
                judged,
                sealed,
                first,
                &times,
                |time| time > sealed_at.saturating_add(SKEW),
                Code::TimeAfterSeal,
                "claims a time after its own seal",
                &text,
            );
        }
    }
    if afterwards > 0 {
        let Some(sealed) = log.segments.first() else { return };
        let which = if afterwards == timed { "Every segment was".to_owned() } else { format!("{afterwards} of {timed} segments were") };
        judged.findings.push(Finding::new(
            Code::SealedLater,
            place(sealed, None, 0),
            "Sealed long after it was written",
            format!("{which} sealed more than 30 days after the newest record in it. What happened to the log until then cannot be known."),
        ));
    }
}

#[expect(clippy::too_many_arguments, reason = "two callers that differ in all of them")]
fn contradictions(
    judged: &mut Judged<'_>,
    sealed: &Sealed,
    first: u64,
    times: &[Option<i64>],
    contradicts: impl Fn(i64) -> bool,
    code: Code,
    verb: &str,
    text: &dyn Fn(i64) -> String,
) {
    const LISTED: usize = 20;
    let found: Vec<(usize, i64)> =
        times.iter().enumerate().filter_map(|(index, time)| Some((index, (*time)?)).filter(|(_, time)| contradicts(*time))).collect();
    for &(index, time) in found.iter().take(LISTED) {
        // In a document the entries share one record number.
        let record = if is_document(sealed) { first } else { first + index as u64 };
        let mut place = place(sealed, Some(record), 1);
        place.time = Some(time);
        judged.findings.push(Finding::new(code, place, format!("Record {} {verb}", count(record)), text(time)));
    }
    if found.len() > LISTED {
        let title = format!("{} more records of {} likewise", count((found.len() - LISTED) as u64), sealed.plan.file.name());
        judged.findings.push(Finding::new(code, place(sealed, None, (found.len() - LISTED) as u64), title, text(found[LISTED].1)));
    }
}
