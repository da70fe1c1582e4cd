//! Opens, plans, reads and judges, all logs in parallel; publishes what it has as it goes.

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::examination::{Examination, LogReport, SegmentReport};
use super::guard::guarded;
use super::job::Job;
use super::read;
use super::settle::{settle, worst};
use crate::model::finding::{Code, Finding, Place};
use crate::model::stop;
use crate::model::words::end::End;
use crate::model::words::keys::Keys as LogKeys;
use crate::model::words::reading::ReadingFact;
use crate::model::words::reading::Unfinished;
use crate::model::{Ladder, Severity, State, StateCounts, Verdict};
use crate::seal::unread::{common_folder, may_belong, not_evaluated};
use crate::seal::{Claims, Conclusion, FORMATS, Failure, Format, Observed, Reread, SealedLog, SegmentVerdict};
use crate::source::{File, Inventory, Packing, Reading, Skipped, walk};
use crate::store::{Index, NO_TIME, Run, Store, graver};
use crate::trust::{Key, Standing, Store as Keys};

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
///
/// ```
/// use sealscope::{Job, TrustStore, Verdict, examine};
///
/// let evidence = "tests/vectors/harmless/trust-two-segments/evidence".into();
/// let case = examine(&[evidence], TrustStore::default(), &Job::default(), None);
/// // Nothing is wrong with the log, but without a trusted key nobody vouches for it.
/// assert_ne!(case.verdict(), Verdict::Sealed);
/// assert_ne!(case.verdict(), Verdict::Broken);
/// ```
pub fn examine(paths: &[PathBuf], keys: Keys, job: &Job, publish: Option<Publish<'_>>) -> Examination {
    examine_as(FORMATS, paths, keys, job, publish)
}

/// Gets what there is from time to time.
pub type Publish<'a> = &'a (dyn Fn(Examination) + Sync);

/// The same with the ways of sealing that are given.
pub(super) fn examine_as(formats: &[&dyn Format], paths: &[PathBuf], keys: Keys, job: &Job, publish: Option<Publish<'_>>) -> Examination {
    stop::heeding(&job.budget().stop_flag(), || examine_heeding(formats, paths, keys, job, publish))
}

fn examine_heeding(formats: &[&dyn Format], paths: &[PathBuf], keys: Keys, job: &Job, publish: Option<Publish<'_>>) -> Examination {
    let inventory = guarded(|| walk(paths, job.opening())).unwrap_or_else(|why| {
        let skipped = |path: &PathBuf| Skipped { path: path.display().to_string(), reason: why.clone(), failed: true, unread: true };
        Inventory { skipped: paths.iter().map(skipped).collect(), ..Inventory::default() }
    });
    let mut keys = keys;
    let mut claims = Claims::new(inventory.files).under(job.budget().clone()).asking(crate::schema::holds_events);
    claims.skipped = inventory.skipped;
    let logs = super::plan::plan(formats, &mut claims, &mut keys);
    let work = Work::new(logs, claims, keys.found_keys().to_vec(), job);
    job.set_total(work.lock().examination.segments.iter().map(|segment| segment.plan.file.size).sum());
    let finished = AtomicBool::new(false);
    std::thread::scope(|scope| {
        if let Some(publish) = publish {
            let (work, finished) = (&work, &finished);
            // If no thread can be had, nothing is published on the way.
            let _ = std::thread::Builder::new().name("publish".into()).spawn_scoped(scope, move || work.publish(publish, finished));
        }
        if let Err(why) = guarded(|| work.run()) {
            let fact = ReadingFact::CheckFailed { unfinished: Unfinished::Case, cause: why };
            work.lock().examination.findings.push(Finding::of(fact, Place::default()));
        }
        finished.store(true, Ordering::Release);
    });
    work.finish()
}

struct Work<'a> {
    logs: Vec<Arc<dyn SealedLog>>,
    /// (log, segment in log) by the segment's index.
    parts: Vec<(usize, usize)>,
    /// The index of each log's first segment.
    firsts: Vec<usize>,
    observed: Vec<Mutex<Vec<Observed>>>,
    open: Vec<AtomicUsize>,
    /// Segments that were not read yet.
    left: AtomicUsize,
    state: Mutex<Progressing>,
    job: &'a Job,
}

struct Progressing {
    examination: Examination,
    /// Hashes of event identifiers with the row each batch starts at.
    event_ids: Vec<(u32, Vec<u64>)>,
    /// What bundles say was found in the originals, with the place of each bundle.
    stated: Vec<(String, Finding)>,
}

impl<'a> Work<'a> {
    fn new(logs: Vec<Arc<dyn SealedLog>>, claims: Claims, found_keys: Vec<Key>, job: &'a Job) -> Self {
        let mut segments = Vec::new();
        let mut parts = Vec::new();
        let mut reports = Vec::new();
        let mut firsts = Vec::new();
        for (log_index, log) in logs.iter().enumerate() {
            let first = segments.len() as u32;
            firsts.push(segments.len());
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
                    unread: None,
                    counts: StateCounts::default(),
                    sealed_at: None,
                    times: None,
                    duplicate: false,
                    fingerprint: None,
                });
            }
            reports.push(LogReport {
                origin: log.origin().to_owned(),
                seal: log.seal(),
                ladder: Ladder::unsealed(),
                counts: StateCounts::default(),
                verdict: Verdict::Unchecked,
                keys: LogKeys::NotChecked,
                end: End::NotChecked,
                segments: (first..segments.len() as u32).collect(),
                judged: false,
                ambiguous: 0,
                uncovered: 0,
                sealed: Arc::clone(log),
            });
        }
        let observed = logs.iter().map(|log| Mutex::new(log.segments().iter().map(|_| Observed::default()).collect())).collect();
        let open = logs.iter().map(|log| AtomicUsize::new(log.segments().len())).collect();
        let left = AtomicUsize::new(parts.len());
        let held: BTreeSet<&str> = segments.iter().map(|segment| segment.plan.file.path.as_str()).collect();
        let aside: BTreeSet<&str> = claims.skipped.iter().map(|skipped| skipped.path.as_str()).collect();
        let companion = |file: &&File| !held.contains(file.path.as_str()) && !aside.contains(file.path.as_str());
        let companions = claims.all.iter().filter(companion).cloned().collect();
        let examination = Examination {
            opened: Arc::new(claims.all),
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
        Self {
            logs,
            parts,
            firsts,
            observed,
            open,
            left,
            state: Mutex::new(Progressing { examination, event_ids: Vec::new(), stated: claims.stated }),
            job,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Progressing> {
        // A panic elsewhere must not take the rest of the evidence with it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        // Logs without any segment here, of which only seals or checkpoints are left, are judged at once.
        (0..self.logs.len()).filter(|&log| self.open[log].load(Ordering::Relaxed) == 0).for_each(|log| self.conclude(log));
        let flag = self.job.budget().stop_flag();
        (0..self.parts.len()).into_par_iter().with_max_len(1).for_each(|segment| stop::heeding(&flag, || self.segment(segment)));
        // Logs that lack something wait for all files: one that could not be read may hold it.
        let waiting: Vec<usize> = (0..self.logs.len()).filter(|&log| !self.lock().examination.logs[log].judged).collect();
        waiting.into_par_iter().for_each(|log| stop::heeding(&flag, || self.conclude(log)));
    }

    fn segment(&self, segment: usize) {
        if self.job.is_cancelled() {
            self.lock().examination.segments[segment].unread = Some(Failure::Cancelled);
            return;
        }
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
        let read = guarded(|| read::segment(self.logs[log].as_ref(), index, plan, self.job, &sink));
        let observed = read.unwrap_or_else(|why| {
            self.failed(log, &plan.file.path, plan.file.name(), why.clone());
            Observed { failure: Some(Failure::Unreadable(why)), ..Observed::default() }
        });
        {
            let mut state = self.lock();
            let report = &mut state.examination.segments[segment];
            report.count = observed.count;
            report.entries = observed.entries;
            report.times = observed.times;
            report.unread.clone_from(&observed.failure);
            report.fingerprint = observed.fingerprint;
            if observed.failure.is_none() && plan.file.changed() {
                let place = Place { log: Some(self.logs[log].origin().to_owned()), path: plan.file.path.clone(), ..Place::default() };
                state.examination.findings.push(Finding::of(ReadingFact::ChangedWhileReading, place));
            }
        }
        self.observed[log].lock().unwrap_or_else(PoisonError::into_inner)[index] = observed;
        self.left.fetch_sub(1, Ordering::AcqRel);
        if self.open[log].fetch_sub(1, Ordering::AcqRel) == 1 {
            self.conclude(log);
        }
    }

    /// Says that the check of something failed; the rest of the case lives on.
    fn failed(&self, log: usize, path: &str, what: &str, why: String) {
        let place = Place { log: Some(self.logs[log].origin().to_owned()), path: path.to_owned(), ..Place::default() };
        let fact = ReadingFact::CheckFailed { unfinished: Unfinished::Of(what.to_owned()), cause: why };
        self.lock().examination.findings.push(Finding::of(fact, place));
    }

    fn conclude(&self, log: usize) {
        // What is not judged yet when the user stops stays unchecked.
        if self.job.is_cancelled() {
            return;
        }
        let observed = std::mem::take(&mut *self.observed[log].lock().unwrap_or_else(PoisonError::into_inner));
        let first = self.firsts[log];
        let again = Rereading { work: self, log, first, asked: AtomicBool::new(false) };
        let all_read = self.left.load(Ordering::Acquire) == 0;
        let conclusion = guarded(|| self.logs[log].conclude(&observed, &again));
        if again.asked.load(Ordering::Relaxed) && !all_read {
            *self.observed[log].lock().unwrap_or_else(PoisonError::into_inner) = observed;
            return;
        }
        // What was concluded while the user stopped may rest on comparisons that were broken off.
        if self.job.is_cancelled() {
            return;
        }
        let conclusion = conclusion.unwrap_or_else(|why| {
            let path = self.logs[log].segments().first().map_or("", |plan| &plan.file.path);
            self.failed(log, path, self.logs[log].origin(), why);
            Conclusion {
                segments: self.logs[log].segments().iter().map(|plan| SegmentVerdict::uniform(Standing::UNCHECKED, plan.first)).collect(),
                findings: Vec::new(),
                ladder: Ladder::unchecked(),
                keys: LogKeys::NotChecked,
                end: End::NotChecked,
            }
        });
        let not_understood: u64 = observed.iter().map(|observed| observed.not_understood).sum();
        let too_long: u64 = observed.iter().map(|observed| observed.too_long).sum();
        let mut state = self.lock();
        let examination = &mut state.examination;
        let Conclusion { segments, mut findings, ladder, keys, end } = conclusion;
        let damaged: HashSet<&str> =
            findings.iter().filter(|finding| IN_SEGMENT.contains(&finding.code)).map(|finding| finding.place.path.as_str()).collect();
        for (index, verdict) in segments.iter().enumerate() {
            let segment = (first + index) as u32;
            mark(&mut examination.store, segment, verdict);
            let report = &mut examination.segments[segment as usize];
            report.first = verdict.first;
            report.sealed_at = verdict.sealed_at;
            report.duplicate = verdict.duplicate;
            report.state = worst(verdict.state, &verdict.exceptions, report.count);
            if damaged.contains(report.plan.file.path.as_str()) {
                report.state = State::Broken;
            }
        }
        if not_understood > 0 {
            let place = Place { log: Some(self.logs[log].origin().to_owned()), ..Place::default() };
            findings.push(Finding::of(ReadingFact::NotUnderstood { count: not_understood }, place));
        }
        findings.extend(ambiguous(self.logs[log].as_ref(), &segments, &observed));
        if too_long > 0 {
            let place = Place { log: Some(self.logs[log].origin().to_owned()), ..Place::default() };
            findings.push(Finding::of(ReadingFact::TooLong { count: too_long }, place));
        }
        let report = &mut examination.logs[log];
        report.ladder = ladder;
        report.keys = keys;
        report.end = end;
        report.judged = true;
        report.ambiguous = observed.iter().map(|observed| observed.doubtful.0).sum();
        report.uncovered = observed.iter().map(|observed| observed.uncovered).sum();
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
            let shown = guarded(|| {
                let mut copy = self.snapshot();
                let now = (copy.store.len(), copy.logs.iter().filter(|log| log.judged).count());
                if now != last && !self.job.is_cancelled() {
                    last = now;
                    settle(&mut copy);
                    copy.index = Arc::new(Index::build(&copy.store));
                    publish(copy);
                }
            });
            // What cannot be shown on the way is reported at the end, where the same is done again.
            if shown.is_err() {
                return;
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
            opened: Arc::clone(&examination.opened),
            found_keys: examination.found_keys.clone(),
            finished: false,
            cancelled: false,
        }
    }

    fn finish(self) -> Examination {
        let Progressing { mut examination, event_ids, stated } = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        examination.finished = true;
        examination.cancelled = self.job.is_cancelled();
        if examination.cancelled {
            examination.findings.push(Finding::of(ReadingFact::Cancelled, Place::default()));
        } else {
            let looked = guarded(|| {
                planned(&mut examination);
                super::duplicates::mark(&mut examination, event_ids, self.job);
                super::usage::after_revocation(&mut examination);
                super::originals::add(&mut examination, stated);
            });
            if let Err(why) = looked {
                let fact = ReadingFact::CheckFailed { unfinished: Unfinished::Comparing, cause: why };
                examination.findings.push(Finding::of(fact, Place::default()));
            }
        }
        let findings = examination.findings.clone();
        let settled = guarded(|| {
            settle(&mut examination);
            examination.index = Arc::new(Index::build(&examination.store));
        });
        if let Err(why) = settled {
            examination.findings = findings;
            let fact = ReadingFact::CheckFailed { unfinished: Unfinished::Results, cause: why };
            examination.findings.push(Finding::of(fact, Place::default()));
        }
        // What the user looks at from now on is not metered, and is shown even after a stop.
        self.job.budget().finish();
        examination
    }
}

/// What was found missing before anything was read is held against what could not be read, too.
fn planned(examination: &mut Examination) {
    let is_meant = |finding: &Finding| {
        finding.place.log.is_none() && finding.severity == Severity::Error && finding.fact.is_explained_by_unread_files()
    };
    for at in 0..examination.findings.len() {
        let Some(finding) = examination.findings.get(at).filter(|finding| is_meant(finding)) else { continue };
        // What belongs to an excerpt lies in the folders beside its proof's.
        let folder = common_folder([common_folder([finding.place.path.as_str()]).as_str()]);
        if let Some(unread) = unread_in(examination, &folder) {
            let finding = Finding::of(not_evaluated(finding.fact.clone(), &unread), finding.place.clone());
            examination.findings[at] = finding;
        }
    }
}

/// What others may read differently in a log's records, in one finding that names the gravest case.
fn ambiguous(log: &dyn SealedLog, verdicts: &[SegmentVerdict], observed: &[Observed]) -> Option<Finding> {
    let count: u64 = observed.iter().map(|observed| observed.doubtful.0).sum();
    let cases = log.segments().iter().zip(verdicts).zip(observed);
    let cases = cases.filter_map(|((plan, verdict), observed)| Some((plan, verdict, observed.doubtful.1.as_ref()?)));
    let (plan, verdict, (doubt, record)) = cases.reduce(|known, other| if graver(&other.2.0, &known.2.0) { other } else { known })?;
    let number = verdict.first.saturating_add(*record);
    let place =
        Place { log: Some(log.origin().to_owned()), path: plan.file.path.clone(), record: Some(number), count: 1, ..Place::default() };
    Some(Finding::of(ReadingFact::Ambiguous { count, record: number, doubt: doubt.clone() }, place))
}

/// Gives the rows of a segment the states that its verdict says; of several exceptions for one record the worst counts.
fn mark(store: &mut Store, segment: u32, verdict: &SegmentVerdict) {
    // Runs come in the order of the file.
    let runs: Vec<_> = store.rows_of(segment).collect();
    let length = |rows: &std::ops::Range<u32>| u64::from(rows.end - rows.start);
    // What is true of the one record is true of all its entries.
    let end = |(run, rows): &(Run, std::ops::Range<u32>)| run.first.saturating_add(if run.entries_of_one { 1 } else { length(rows) });
    for (_, rows) in &runs {
        store.set_state(rows.clone(), verdict.state.state(), verdict.duplicate);
    }
    let mut exceptions: Vec<_> = verdict.exceptions.iter().collect();
    exceptions.sort_by_key(|(_, state)| *state);
    for (span, state) in exceptions {
        let from = runs.partition_point(|run| end(run) <= span.start);
        for (run, rows) in runs[from..].iter().take_while(|(run, _)| run.first < span.end) {
            let (mut first, mut last) = (0, length(rows) as u32);
            if !run.entries_of_one {
                first = span.start.saturating_sub(run.first).min(length(rows)) as u32;
                last = span.end.saturating_sub(run.first).min(length(rows)) as u32;
            }
            if first < last {
                store.set_state(rows.start + first..rows.start + last, state.state(), verdict.duplicate);
            }
        }
    }
}

/// Second looks at the segments of one log.
struct Rereading<'a> {
    work: &'a Work<'a>,
    log: usize,
    first: usize,
    /// Whether its judgement depends on what other files hold.
    asked: AtomicBool,
}

impl Reread for Rereading<'_> {
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
        let state = self.work.lock();
        let store = &state.examination.store;
        let rows = store.rows_of((self.first + segment) as u32).flat_map(|(_, rows)| rows);
        rows.map(|row| Some(store.time(row)).filter(|time| *time != NO_TIME)).collect()
    }

    fn stopped(&self) -> bool {
        self.work.job.is_cancelled()
    }

    fn wait(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    fn unread(&self, folder: &str) -> Option<String> {
        self.wait();
        let (known, packed) = {
            let examination = &self.work.lock().examination;
            (unread_in(examination, folder), packed_in(examination, folder))
        };
        known.or_else(|| packed.iter().find(|file| !ends(file)).map(|file| file.path.clone()))
    }
}

/// What was left out by its first bytes and is packed: only reading it shows whether it ends.
fn packed_in(examination: &Examination, folder: &str) -> Vec<File> {
    let left: HashSet<&str> = examination.skipped.iter().map(|skipped| skipped.path.as_str()).collect();
    let is_meant = |file: &&File| file.packing != Packing::Plain && left.contains(file.path.as_str()) && may_belong(&file.path, folder);
    examination.opened.iter().filter(is_meant).cloned().collect()
}

/// Whether a file can be read to its end, or as far as it is not damaged.
fn ends(file: &File) -> bool {
    let read = file.reader().and_then(|mut reader| std::io::copy(&mut reader, &mut std::io::sink()).map_err(|cause| file.io(cause)));
    matches!(Reading::from(read), Reading::Done(_) | Reading::Damaged(_))
}

/// The first of what could not be read to its end that may belong to a log in `folder`.
fn unread_in(examination: &Examination, folder: &str) -> Option<String> {
    let skipped = examination.skipped.iter().filter(|skipped| skipped.unread).map(|skipped| skipped.path.as_str());
    // What is damaged was read, and is not what is missing.
    let is_unread = |failure: &Failure| !matches!(failure, Failure::Damaged(_));
    let segments = examination.segments.iter().filter(|segment| segment.unread.as_ref().is_some_and(is_unread));
    let segments = segments.map(|segment| segment.plan.file.path.as_str());
    let told = examination.findings.iter().filter(|finding| finding.says_unread()).map(|finding| finding.place.path.as_str());
    let all = skipped.chain(segments).chain(told).filter(|path| !path.is_empty() && may_belong(path, folder));
    all.min().map(str::to_owned)
}
