//! Opens, plans, reads and judges, all logs in parallel; publishes what it has as it goes.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::examination::{Examination, LogReport, SegmentReport};
use super::job::Job;
use super::read;
use crate::model::finding::{Code, Finding, Place};
use crate::model::text::plural;
use crate::model::{Ladder, Severity, State, StateCounts, Verdict};
use crate::seal::{Claims, Conclusion, FORMATS, Observed, Reread, SealedLog};
use crate::source::{File, Reading, walk};
use crate::store::{Index, NO_TIME, Store};
use crate::trust::{Key, Store as Keys};

/// Nothing is published more often than this.
const PUBLISH: Duration = Duration::from_millis(250);

/// Findings that break the segment they name, rather than the chain between segments.
const IN_SEGMENT: [Code; 8] = [
    Code::RecordAltered,
    Code::RecordRemoved,
    Code::RecordInserted,
    Code::RecordMoved,
    Code::SegmentAltered,
    Code::RecordsMissing,
    Code::RecordsAdded,
    Code::SealForged,
];

/// Opens `paths` and examines everything found. `publish` gets what there is from time to time, and is not called for the result.
pub fn examine(paths: &[PathBuf], keys: Keys, job: &Job, publish: Option<&(dyn Fn(Examination) + Sync)>) -> Examination {
    let inventory = walk(paths, job.opening());
    let mut keys = keys;
    let mut claims = Claims::new(inventory.files);
    claims.skipped = inventory.skipped;
    let mut logs: Vec<Arc<dyn SealedLog>> = Vec::new();
    for format in FORMATS {
        logs.extend(format.plan(&mut claims, &mut keys).into_iter().map(Arc::from));
    }
    let work = Work::new(logs, claims, keys.found_keys().to_vec(), job);
    job.set_total(work.lock().examination.segments.iter().map(|segment| segment.plan.file.size).sum());
    let finished = AtomicBool::new(false);
    std::thread::scope(|scope| {
        if let Some(publish) = publish {
            let (work, finished) = (&work, &finished);
            std::thread::Builder::new().name("publish".into()).spawn_scoped(scope, move || work.publish(publish, finished)).ok();
        }
        work.run();
        finished.store(true, Ordering::Release);
    });
    work.finish()
}

struct Work<'a> {
    logs: Vec<Arc<dyn SealedLog>>,
    /// (log, segment in log) by the segment's index.
    parts: Vec<(usize, usize)>,
    observed: Vec<Mutex<Vec<Observed>>>,
    open: Vec<AtomicUsize>,
    state: Mutex<Progressing>,
    job: &'a Job,
}

struct Progressing {
    examination: Examination,
    /// Hashes of event identifiers with the row each batch starts at.
    event_ids: Vec<(u32, Vec<u64>)>,
}

impl<'a> Work<'a> {
    fn new(logs: Vec<Arc<dyn SealedLog>>, claims: Claims, found_keys: Vec<Key>, job: &'a Job) -> Self {
        let mut segments = Vec::new();
        let mut parts = Vec::new();
        let mut reports = Vec::new();
        for (log_index, log) in logs.iter().enumerate() {
            let first = segments.len() as u32;
            for (index_in_log, plan) in log.segments().iter().enumerate() {
                parts.push((log_index, index_in_log));
                segments.push(SegmentReport {
                    log: log_index as u32,
                    index_in_log,
                    plan: plan.clone(),
                    first: plan.first,
                    count: 0,
                    entries: 0,
                    state: State::Unchecked,
                    counts: StateCounts::default(),
                    sealed_at: None,
                    times: None,
                    duplicate: false,
                });
            }
            reports.push(LogReport {
                origin: log.origin().to_owned(),
                seal: log.seal(),
                ladder: Ladder::unsealed(),
                counts: StateCounts::default(),
                verdict: Verdict::Unchecked,
                keys: String::new(),
                anchor: String::new(),
                segments: (first..segments.len() as u32).collect(),
                judged: false,
                sealed: Arc::clone(log),
            });
        }
        let observed = logs.iter().map(|log| Mutex::new(vec![Observed::default(); log.segments().len()])).collect();
        let open = logs.iter().map(|log| AtomicUsize::new(log.segments().len())).collect();
        let held: std::collections::BTreeSet<&str> = segments.iter().map(|segment| segment.plan.file.path.as_str()).collect();
        let left: std::collections::BTreeSet<&str> = claims.skipped.iter().map(|skipped| skipped.path.as_str()).collect();
        let companion = |file: &&File| !held.contains(file.path.as_str()) && !left.contains(file.path.as_str());
        let companions = claims.all.iter().filter(companion).cloned().collect();
        let examination = Examination {
            companions,
            store: Store::default(),
            index: Arc::new(Index::empty()),
            logs: reports,
            segments,
            findings: claims.findings,
            skipped: claims.skipped,
            found_keys,
            finished: false,
            cancelled: false,
        };
        Self { logs, parts, observed, open, state: Mutex::new(Progressing { examination, event_ids: Vec::new() }), job }
    }

    fn lock(&self) -> MutexGuard<'_, Progressing> {
        // A panic elsewhere must not take the rest of the evidence with it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        // Logs without any segment here, of which only seals or checkpoints are left, are judged at once.
        (0..self.logs.len()).filter(|&log| self.open[log].load(Ordering::Relaxed) == 0).for_each(|log| self.conclude(log));
        (0..self.parts.len()).into_par_iter().with_max_len(1).for_each(|segment| self.segment(segment));
    }

    fn segment(&self, segment: usize) {
        let (log, index) = self.parts[segment];
        let plan = &self.logs[log].segments()[index];
        let sink = |batch: crate::store::Batch, first: u64, entries_of_one: bool, offset: u64| {
            let mut batch = batch;
            let ids = std::mem::take(&mut batch.event_ids);
            let mut state = self.lock();
            let row = state.examination.store.len() as u32;
            if state.examination.store.append(batch, segment as u32, first, entries_of_one, offset)
                && self.parts.len() > 1
                && ids.iter().any(|id| *id != 0)
            {
                state.event_ids.push((row, ids));
            }
        };
        let observed = read::segment(self.logs[log].as_ref(), index, plan, self.job, &sink);
        {
            let mut state = self.lock();
            let report = &mut state.examination.segments[segment];
            report.count = observed.count;
            report.entries = observed.entries;
            report.times = observed.times;
            if let (None, Some(now)) = (&observed.failure, plan.file.current_size())
                && now.as_ref().ok() != Some(&plan.file.size)
            {
                let place = Place { log: Some(self.logs[log].origin().to_owned()), path: plan.file.path.clone(), ..Place::default() };
                let text = format!("{} was {} bytes long when it was opened; afterwards it was not.", plan.file.path, plan.file.size);
                state.examination.findings.push(Finding::new(
                    Code::ChangedWhileReading,
                    place,
                    format!("{} changed while it was read", plan.file.name()),
                    text,
                ));
            }
        }
        self.observed[log].lock().unwrap_or_else(PoisonError::into_inner)[index] = observed;
        if self.open[log].fetch_sub(1, Ordering::AcqRel) == 1 {
            self.conclude(log);
        }
    }

    fn conclude(&self, log: usize) {
        let observed = std::mem::take(&mut *self.observed[log].lock().unwrap_or_else(PoisonError::into_inner));
        let first = self.parts.iter().position(|part| part.0 == log).unwrap_or(0);
        let conclusion = self.logs[log].conclude(&observed, &Again { work: self, log, first });
        let not_understood: u64 = observed.iter().map(|observed| observed.not_understood).sum();
        let too_long: u64 = observed.iter().map(|observed| observed.too_long).sum();
        let mut state = self.lock();
        let examination = &mut state.examination;
        let Conclusion { segments, mut findings, ladder, keys, anchor } = conclusion;
        for (index, verdict) in segments.iter().enumerate() {
            let segment = (first + index) as u32;
            let rows: Vec<_> = examination.store.rows_of(segment).collect();
            for (run, rows) in rows {
                examination.store.set_state(rows.clone(), verdict.state, verdict.duplicate);
                for (span, exception) in &verdict.exceptions {
                    if run.entries_of_one {
                        // What is true of the one record is true of all its entries.
                        if span.contains(&run.first) {
                            examination.store.set_state(rows.clone(), *exception, verdict.duplicate);
                        }
                        continue;
                    }
                    let length = u64::from(rows.end - rows.start);
                    let from = span.start.saturating_sub(run.first).min(length) as u32;
                    let to = span.end.saturating_sub(run.first).min(length) as u32;
                    if from < to {
                        examination.store.set_state(rows.start + from..rows.start + to, *exception, verdict.duplicate);
                    }
                }
            }
            let report = &mut examination.segments[segment as usize];
            report.first = verdict.first;
            report.sealed_at = verdict.sealed_at;
            report.duplicate = verdict.duplicate;
            report.state = verdict.exceptions.iter().map(|(_, state)| *state).fold(verdict.state, State::max);
            if findings.iter().any(|finding| finding.place.path == report.plan.file.path && IN_SEGMENT.contains(&finding.code)) {
                report.state = State::Broken;
            }
        }
        if not_understood > 0 {
            let place = Place { log: Some(self.logs[log].origin().to_owned()), ..Place::default() };
            let text = format!("{} in a form that no vocabulary here knows.", plural(not_understood, "record"));
            findings.push(Finding::new(Code::NotUnderstood, place, format!("{} not understood", plural(not_understood, "record")), text));
        }
        if too_long > 0 {
            let place = Place { log: Some(self.logs[log].origin().to_owned()), ..Place::default() };
            let text =
                format!("{} longer than 16 MiB. The integrity was judged, but the content is not shown.", plural(too_long, "record"));
            findings.push(Finding::new(Code::RecordTooLong, place, format!("{} too long to be shown", plural(too_long, "record")), text));
        }
        let report = &mut examination.logs[log];
        report.ladder = ladder;
        report.keys = keys;
        report.anchor = anchor;
        report.judged = true;
        examination.findings.extend(findings);
    }

    fn publish(&self, publish: &(dyn Fn(Examination) + Sync), finished: &AtomicBool) {
        let mut wait = PUBLISH / 2;
        let mut last = (usize::MAX, 0);
        loop {
            let until = Instant::now() + wait;
            while Instant::now() < until {
                if finished.load(Ordering::Acquire) {
                    return;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            let start = Instant::now();
            let mut copy = self.snapshot();
            let now = (copy.store.len(), copy.logs.iter().filter(|log| log.judged).count());
            if now != last && !self.job.is_cancelled() {
                last = now;
                settle(&mut copy);
                copy.index = Arc::new(Index::build(&copy.store));
                publish(copy);
            }
            // Publishing may take a small part of the time only.
            wait = PUBLISH.max(start.elapsed() * 6);
        }
    }

    fn snapshot(&self) -> Examination {
        let state = self.lock();
        let examination = &state.examination;
        Examination {
            store: examination.store.snapshot(),
            index: Arc::clone(&examination.index),
            logs: examination.logs.clone(),
            segments: examination.segments.clone(),
            findings: examination.findings.clone(),
            skipped: examination.skipped.clone(),
            companions: examination.companions.clone(),
            found_keys: examination.found_keys.clone(),
            finished: false,
            cancelled: false,
        }
    }

    fn finish(self) -> Examination {
        let Progressing { mut examination, event_ids } = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        examination.finished = true;
        examination.cancelled = self.job.is_cancelled();
        if examination.cancelled {
            examination.findings.push(Finding::new(
                Code::Cancelled,
                Place::default(),
                "The check was stopped",
                "What had been read is shown. What was not judged yet is marked unchecked.",
            ));
        } else {
            super::duplicates::mark(&mut examination, event_ids);
            super::usage::after_revocation(&mut examination);
        }
        settle(&mut examination);
        examination.index = Arc::new(Index::build(&examination.store));
        // What the user looks at from now on is not metered, and is shown even after a stop.
        self.job.budget().finish();
        examination
    }
}

/// Second looks at the segments of one log.
struct Again<'a> {
    work: &'a Work<'a>,
    log: usize,
    first: usize,
}

impl Reread for Again<'_> {
    fn content(&self, segment: usize) -> Reading<Vec<u8>> {
        if self.stopped() {
            return Reading::Stopped;
        }
        match self.work.logs[self.log].segments().get(segment) {
            Some(plan) => plan.file.read_all(File::MAX_DOCUMENT * 2).into(),
            None => Reading::Unreadable("there is no such file in the log".into()),
        }
    }

    fn times(&self, segment: usize) -> Vec<Option<i64>> {
        let store = self.work.lock().examination.store.snapshot();
        let mut runs: Vec<_> = store.rows_of((self.first + segment) as u32).collect();
        runs.sort_by_key(|(run, _)| run.first);
        runs.into_iter().flat_map(|(_, rows)| rows).map(|row| Some(store.time(row)).filter(|time| *time != NO_TIME)).collect()
    }

    fn stopped(&self) -> bool {
        self.work.job.is_cancelled()
    }
}

/// Brings counts, verdicts and the places of findings up to date.
fn settle(examination: &mut Examination) {
    let mut counts = vec![StateCounts::default(); examination.segments.len()];
    let mut rows_end = examination.store.len() as u32;
    let runs: Vec<_> = examination.store.runs().to_vec();
    for run in runs.iter().rev() {
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
    for log in &mut examination.logs {
        log.counts = StateCounts::default();
        log.segments.iter().for_each(|segment| log.counts.merge(&counts[*segment as usize]));
        let wrong = |finding: &Finding| finding.severity == Severity::Error && finding.place.log.as_deref() == Some(&log.origin);
        let has_error = examination.findings.iter().any(wrong);
        // A log of empty segments has no records to sum up, but its seals still speak.
        let states = log.segments.iter().map(|segment| examination.segments[*segment as usize].state);
        let empty = (log.counts.total() == 0 && log.judged && !has_error).then(|| states.max()).flatten();
        log.verdict = empty.map_or_else(|| Verdict::of(&log.counts, has_error), Verdict::of_state);
        let unchecked = |finding: &Finding| finding.code.leaves_unchecked() && finding.place.log.as_deref() == Some(&log.origin);
        if examination.findings.iter().any(unchecked) {
            log.verdict = log.verdict.max(Verdict::Unchecked);
        }
    }
    let mut findings = std::mem::take(&mut examination.findings);
    findings.iter_mut().for_each(|finding| locate(examination, finding));
    findings.sort_by(|left, right| {
        let key = |finding: &Finding| (std::cmp::Reverse(finding.severity), finding.place.log.clone(), finding.place.record, finding.code);
        key(left).cmp(&key(right))
    });
    examination.findings = findings;
}

/// Gives a finding its time: its own record's, or that of its neighbours.
fn locate(examination: &Examination, finding: &mut Finding) {
    let timed = |row: u32| Some(examination.store.time(row)).filter(|time| *time != NO_TIME);
    let segment = examination.segments.iter().position(|segment| segment.plan.file.path == finding.place.path);
    if finding.code == Code::Gap {
        let Some(after) = segment.map(|index| &examination.segments[index]) else { return };
        let log = &examination.logs[after.log as usize];
        let before = log.segments.iter().map(|index| &examination.segments[*index as usize]).filter(|other| other.first < after.first);
        finding.place.time = before.filter_map(|other| other.times.map(|times| times.1)).max().or(finding.place.time);
        finding.place.time_end = after.times.map(|times| times.0);
        return;
    }
    if finding.place.time.is_some() {
        return;
    }
    let record = finding.place.record;
    finding.place.time = examination.row_of(finding).and_then(timed).or_else(|| {
        let index = segment?;
        let report = &examination.segments[index];
        let wanted = record?.checked_sub(report.first)?.min(report.count.saturating_sub(1));
        examination.store.row_of(index as u32, wanted).and_then(timed)
    });
    if finding.place.time.is_none()
        && let Some((first, last)) = segment.and_then(|index| examination.segments[index].times)
    {
        finding.place.time = Some(first);
        finding.place.time_end = Some(last);
    }
}
