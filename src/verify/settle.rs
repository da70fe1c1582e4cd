//! Brings counts, verdicts and the places of findings up to date: before each publication and at the end.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use super::examination::{Examination, LogReport, SegmentReport};
use crate::model::finding::{Code, Finding};
use crate::model::{Severity, State, StateCounts, Status, Verdict};
use crate::store::NO_TIME;
use crate::trust::Standing;

/// The worst of a segment: its uniform state, unless exceptions cover every record, and all exceptions.
pub(super) fn worst(uniform: Standing, exceptions: &[(Range<u64>, Standing)], records: u64) -> State {
    let worst = exceptions.iter().map(|(_, standing)| *standing).max();
    let standing = match worst {
        Some(worst) if records > 0 && covered(exceptions) >= records => worst,
        Some(worst) => worst.max(uniform),
        None => uniform,
    };
    standing.state()
}

/// How many records from the first on are covered without a hole.
fn covered(exceptions: &[(Range<u64>, Standing)]) -> u64 {
    let mut spans: Vec<&Range<u64>> = exceptions.iter().map(|(span, _)| span).collect();
    spans.sort_unstable_by_key(|span| span.start);
    spans.iter().fold(0, |end, span| if span.start <= end { end.max(span.end) } else { end })
}

pub(super) fn settle(examination: &mut Examination) {
    let mut counts = vec![StateCounts::default(); examination.segments.len()];
    let mut rows_end = examination.store.len() as u32;
    for run in examination.store.runs().iter().rev() {
        for row in run.row..rows_end {
            if !examination.store.is_duplicate(row) {
                counts[run.segment as usize].add(examination.store.state(row), 1);
            }
        }
        rows_end = run.row;
    }
    for (segment, counts) in examination.segments.iter_mut().zip(&counts) {
        segment.counts = *counts;
    }
    let logs_of = |which: &dyn Fn(&Finding) -> bool| -> HashSet<&str> {
        examination.findings.iter().filter(|finding| which(finding)).filter_map(|finding| finding.place.log.as_deref()).collect()
    };
    let wrong = logs_of(&|finding| finding.severity == Severity::Error);
    let incomplete = logs_of(&|finding| finding.code.leaves_unchecked());
    for log in &mut examination.logs {
        log.counts = StateCounts::default();
        log.segments.iter().for_each(|segment| log.counts.merge(&counts[*segment as usize]));
        let has_error = wrong.contains(log.origin.as_str());
        log.verdict = verdict(log, &examination.segments, has_error);
        let unread = |segment: &u32| {
            (examination.segments.get(*segment as usize)).is_some_and(|segment| !segment.duplicate && segment.unread.is_some())
        };
        if incomplete.contains(log.origin.as_str()) || log.segments.iter().any(unread) {
            log.verdict = log.verdict.max(Verdict::Unchecked);
        }
    }
    let mut findings = std::mem::take(&mut examination.findings);
    let index = Places::new(examination);
    findings.iter_mut().for_each(|finding| index.locate(finding));
    findings.sort_by(|left, right| {
        let key = |finding: &Finding| (std::cmp::Reverse(finding.severity), finding.place.record, finding.code);
        let order = right.severity.cmp(&left.severity).then_with(|| left.place.log.cmp(&right.place.log));
        order.then_with(|| key(left).cmp(&key(right)))
    });
    examination.findings = findings;
}

/// The worst over records and segments. What is not judged, and a log of which nothing is here, is unchecked.
fn verdict(log: &LogReport, segments: &[SegmentReport], has_error: bool) -> Verdict {
    if has_error {
        return Verdict::Broken;
    }
    let parts = log.segments.iter().filter_map(|segment| segments.get(*segment as usize)).filter(|segment| !segment.duplicate);
    // A segment without records has nothing to count, but its seal still speaks.
    let parts = parts.map(|segment| Verdict::of_state(segment.state)).max();
    let records = (log.counts.total() > 0).then(|| Verdict::of(&log.counts, false));
    if log.judged && log.segments.is_empty() {
        // Its files are records of another log, which judges them too; what it says of them itself is in its first answer.
        return match log.ladder.0[0].status {
            Status::Proved => Verdict::Sealed,
            Status::Conditional => Verdict::Consistent,
            Status::Unprovable | Status::Failed => Verdict::Unchecked,
        };
    }
    if log.judged {
        parts.max(records).unwrap_or(Verdict::Unchecked)
    } else {
        parts.max(records).unwrap_or(Verdict::Unchecked).max(Verdict::Unchecked)
    }
}

/// Finds the moments that findings are about.
struct Places<'a> {
    examination: &'a Examination,
    /// The first segment of each path.
    segments: HashMap<&'a str, usize>,
    /// For each log, by first record, the latest time of the segments up to there.
    until: BTreeMap<u32, Vec<(u64, i64)>>,
}

impl<'a> Places<'a> {
    fn new(examination: &'a Examination) -> Self {
        let mut segments = HashMap::with_capacity(examination.segments.len());
        let mut until: BTreeMap<u32, Vec<(u64, i64)>> = BTreeMap::new();
        for (index, segment) in examination.segments.iter().enumerate() {
            segments.entry(segment.plan.file.path.as_str()).or_insert(index);
            if let Some((_, latest)) = segment.times {
                until.entry(segment.log).or_default().push((segment.first, latest));
            }
        }
        for ends in until.values_mut() {
            ends.sort_unstable();
            let mut latest = i64::MIN;
            for (_, time) in ends {
                latest = latest.max(*time);
                *time = latest;
            }
        }
        Self { examination, segments, until }
    }

    /// Gives a finding its time: its own record's, or that of its neighbours.
    fn locate(&self, finding: &mut Finding) {
        let store = &self.examination.store;
        let timed = |row: u32| Some(store.time(row)).filter(|time| *time != NO_TIME);
        let segment = self.segments.get(finding.place.path.as_str()).copied();
        let report = segment.and_then(|index| self.examination.segments.get(index));
        if finding.code == Code::Gap {
            let Some(after) = report else { return };
            let before = self.until.get(&after.log).and_then(|ends| {
                let position = ends.partition_point(|(first, _)| *first < after.first);
                position.checked_sub(1).and_then(|position| ends.get(position))
            });
            finding.place.time = before.map(|(_, time)| *time).or(finding.place.time);
            finding.place.time_end = after.times.map(|times| times.0);
            return;
        }
        if finding.place.time.is_some() {
            return;
        }
        let (Some(index), Some(report)) = (segment, report) else { return };
        finding.place.time = self.examination.row_in(index, finding).and_then(timed).or_else(|| {
            let wanted = finding.place.record?.checked_sub(report.first)?.min(report.count.saturating_sub(1));
            store.row_of(index as u32, wanted).and_then(timed)
        });
        if finding.place.time.is_none()
            && let Some((first, last)) = report.times
        {
            finding.place.time = Some(first);
            finding.place.time_end = Some(last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uniform_state_counts_where_records_have_no_other() {
        let (consistent, unsealed) = (Standing::CONSISTENT, Standing::UNSEALED);
        let exceptions = [(0..2, consistent), (2..5, consistent)];
        assert_eq!(worst(unsealed, &exceptions, 5), State::Consistent);
        assert_eq!(worst(unsealed, &exceptions, 6), State::Unsealed);
        assert_eq!(worst(unsealed, &[(1..6, consistent)], 5), State::Unsealed);
        assert_eq!(worst(Standing::UNCHECKED, &[], 5), State::Unchecked);
        assert_eq!(worst(consistent, &[(3..4, Standing::BROKEN)], 5), State::Broken);
        assert_eq!(worst(unsealed, &[(0..4, consistent)], 0), State::Unsealed);
    }
}
