//! What comes out: logs, segments, findings, events.

use std::sync::Arc;

use super::guard::guarded;
use super::look::LookError;
use crate::model::json::Doubt;
use crate::model::receipt::{self, Receipt};
use crate::model::words::end::End;
use crate::model::words::keys::Keys;
use crate::model::{Code, Coverage as Hashed, Event, Finding, Ladder, Severity, State, StateCounts, Verdict};
use crate::schema::Reader;
use crate::seal::{Excerpt, Failure, Included, Progress, Proof, SealedLog, SegmentPlan, Unit, Withheld};
use crate::source::{File, Skipped};
use crate::store::{Index, Store};
use crate::trust::Key;

/// A log and what was said of it.
#[derive(Clone)]
#[non_exhaustive]
pub struct LogReport {
    /// Its name.
    pub origin: String,
    /// The way it is sealed, in words.
    pub seal: &'static str,
    /// The five answers.
    pub ladder: Ladder,
    /// Entries by state.
    pub counts: StateCounts,
    /// The sum.
    pub verdict: Verdict,
    /// The keys that vouch for it.
    pub keys: Keys,
    /// What is known of its end.
    pub end: End,
    /// Indices of its segments.
    pub segments: Vec<u32>,
    /// Whether it has been judged, or is still being read.
    pub judged: bool,
    /// Entries that others may read differently.
    pub ambiguous: u64,
    /// Entries shown with something that their hash does not cover.
    pub uncovered: u64,
    pub(super) sealed: Arc<dyn SealedLog>,
}

impl LogReport {
    /// Whether anything says that it is sealed.
    pub fn is_sealed(&self) -> bool {
        self.sealed.is_sealed()
    }

    /// Who sealed it on receipt, and when; `None` if it is not such a copy.
    pub fn receipt(&self) -> Option<Receipt> {
        receipt::read(&self.origin).filter(|_| self.is_sealed())
    }
}

/// A segment and what was said of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SegmentReport {
    /// Index of its log.
    pub log: u32,
    /// Its place among the log's segments.
    pub index_in_log: usize,
    /// What was to be read.
    pub plan: SegmentPlan,
    /// Number in the log of the first record.
    pub first: u64,
    /// Records read.
    pub count: u64,
    /// Log entries read.
    pub entries: u64,
    /// The worst of its records, or broken if something is wrong with it as a whole.
    pub state: State,
    /// Why it was not read to its end; `None` if it was, or is still being read.
    pub unread: Option<Failure>,
    /// Entries by state.
    pub counts: StateCounts,
    /// When it was sealed, nanoseconds since 1970.
    pub sealed_at: Option<i64>,
    /// Earliest and latest event.
    pub times: Option<(i64, i64)>,
    /// Whether its records are counted in another copy.
    pub duplicate: bool,
    /// What stands for its unpacked content as it was read, if it was read to its end.
    pub fingerprint: Option<[u8; 32]>,
}

/// Everything that came out of opening something.
///
/// ```
/// use sealscope::{Job, TrustStore, examine};
///
/// let mut trust = TrustStore::default();
/// trust.add_file("tests/vectors/hostile/segment-record-altered/trust".as_ref())?;
/// let case = examine(&["tests/vectors/hostile/segment-record-altered/evidence".into()], trust, &Job::default(), None);
/// println!("{}: {}", case.verdict().word(), case.sentence());
/// for log in &case.logs {
///     println!("{}: {} of {} records checked", log.origin, log.counts.checked(), log.counts.total());
/// }
/// assert!(!case.findings.is_empty());
/// # Ok::<(), sealscope::StoreError>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Examination {
    /// The events.
    pub store: Store,
    /// Their index.
    pub index: Arc<Index>,
    /// The logs.
    pub logs: Vec<LogReport>,
    /// The segments of all logs.
    pub segments: Vec<SegmentReport>,
    /// What was seen, worst first.
    pub findings: Vec<Finding>,
    /// What was not evidence.
    pub skipped: Vec<Skipped>,
    /// Files that belong to the evidence but hold no records: seals, digests, checkpoints, proofs.
    pub companions: Vec<File>,
    /// All files that were opened, whatever became of them.
    pub opened: Arc<Vec<File>>,
    /// Keys that lay in the evidence; none of them is trusted by that.
    pub found_keys: Vec<Key>,
    /// Whether everything has been read and judged.
    pub finished: bool,
    /// Whether the user stopped it.
    pub cancelled: bool,
}

impl Examination {
    /// Events alone, of which nothing was opened: for measuring and for tests of what is shown.
    #[cfg(feature = "gui")]
    pub(crate) fn of_store(store: Store, findings: Vec<Finding>) -> Self {
        let index = Arc::new(Index::build(&store));
        Self {
            store,
            index,
            logs: Vec::new(),
            segments: Vec::new(),
            findings,
            skipped: Vec::new(),
            companions: Vec::new(),
            opened: Arc::default(),
            found_keys: Vec::new(),
            finished: true,
            cancelled: false,
        }
    }

    /// Entries by state.
    pub fn counts(&self) -> StateCounts {
        let mut counts = StateCounts::default();
        self.logs.iter().for_each(|log| counts.merge(&log.counts));
        counts
    }

    /// The sum of all logs.
    pub fn verdict(&self) -> Verdict {
        if self.findings.iter().any(|finding| finding.severity == Severity::Error) {
            return Verdict::Broken;
        }
        // What could not even be opened, and a check that failed or was stopped, leave something unchecked.
        let incomplete = self.cancelled || self.unreadable() || self.findings.iter().any(|finding| finding.code.leaves_unchecked());
        let least = if incomplete { Verdict::Unchecked } else { Verdict::Sealed };
        self.logs.iter().map(|log| log.verdict).max().unwrap_or(Verdict::Unchecked).max(least)
    }

    /// Something that was opened could not be read: a file at all, or one that nothing seals to its end. Of sealed files that were not read
    /// to their end the verdict speaks.
    pub fn unreadable(&self) -> bool {
        let failed = |segment: &SegmentReport| {
            segment.unread.as_ref().is_some_and(|failure| *failure != Failure::Cancelled)
                && self.logs.get(segment.log as usize).is_some_and(|log| !log.sealed.is_sealed())
        };
        self.skipped.iter().any(|skipped| skipped.failed) || self.segments.iter().any(failed)
    }

    /// The coverage in words: records checked, keys, anchor.
    pub fn coverage(&self) -> Coverage {
        let counts = self.counts();
        let distinct = |words: Vec<String>| {
            let mut words = words;
            words.sort_unstable();
            words.dedup();
            match words.as_slice() {
                [] => "none".to_owned(),
                [one] => one.clone(),
                [first, rest @ ..] => format!("{first} and {} more", rest.len()),
            }
        };
        let sealed: Vec<&LogReport> = self.logs.iter().filter(|log| !log.keys.is_none()).collect();
        let shown = if sealed.is_empty() { self.logs.iter().collect() } else { sealed };
        Coverage {
            checked: counts.checked() - counts.of(State::Unsealed),
            of: counts.total(),
            keys: distinct(shown.iter().map(|log| log.keys.words()).collect()),
            anchor: distinct(shown.iter().map(|log| log.end.words()).collect()),
        }
    }

    /// What an event's entry means, read from its bytes as the log reads them.
    pub fn event<'a>(&self, row: u32, bytes: &'a [u8]) -> Event<'a> {
        let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let segment = self.store.origin(row).and_then(|origin| self.segments.get(origin.segment as usize));
        let log = segment.and_then(|segment| Some((segment.index_in_log, self.logs.get(segment.log as usize)?)));
        let read = guarded(|| match log {
            None => Reader::default().read(body, &Hashed::All),
            Some((index, log)) => {
                let members_hashed = log.sealed.wanted(index).links;
                let link = if members_hashed { log.sealed.link(index, body) } else { None };
                Reader::new(members_hashed).read(body, log.sealed.coverage(index, link.as_ref()))
            }
        });
        let mut event = read.unwrap_or_else(|why| Event { action: why.into(), ..Event::default() });
        // The document around it may be what is in doubt.
        if event.doubt.is_none() && self.store.is_ambiguous(row) {
            event.doubt = Some(Doubt::Around);
        }
        event
    }

    /// Members of an event's entry that the event itself has no field for.
    #[cfg(feature = "gui")]
    pub(crate) fn details(&self, row: u32, bytes: &[u8]) -> Vec<crate::schema::details::Detail> {
        let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let segment = self.store.origin(row).and_then(|origin| self.segments.get(origin.segment as usize));
        let log = segment.and_then(|segment| Some((segment.index_in_log, self.logs.get(segment.log as usize)?)));
        let found = guarded(|| match log {
            None => crate::schema::details::details(body, &Hashed::All),
            Some((index, log)) => {
                let link = if log.sealed.wanted(index).links { log.sealed.link(index, body) } else { None };
                crate::schema::details::details(body, log.sealed.coverage(index, link.as_ref()))
            }
        });
        // They only add to what is shown; that the record cannot be read is said where it is read.
        found.unwrap_or_default()
    }

    /// The number of an event's record in its log, from 0 as seals count: the one number that findings, table and report give it.
    pub fn record_number(&self, row: u32) -> Option<u64> {
        let origin = self.store.origin(row)?;
        self.segments.get(origin.segment as usize)?.first.checked_add(origin.record)
    }

    /// What must travel with some records of a segment (ascending indices in its file) so that they still verify; `None` if only the whole does.
    pub fn excerpt(&self, segment: u32, chosen: &[u64], progress: Progress<'_>) -> Result<Option<Excerpt>, LookError> {
        let segment = self.segments.get(segment as usize).ok_or(LookError::NotOpen)?;
        let log = self.logs.get(segment.log as usize).ok_or(LookError::NotOpen)?;
        let file = &segment.plan.file;
        let done = guarded(|| log.sealed.excerpt(segment.index_in_log, file, chosen, progress));
        LookError::take(&file.path, LookError::guarded(&file.path, done)?.into())
    }

    /// Whether [`Examination::excerpt`] can take records out of a segment, as long as nothing is wrong with it.
    pub fn can_excerpt(&self, segment: &SegmentReport) -> bool {
        self.logs.get(segment.log as usize).is_some_and(|log| log.sealed.can_excerpt(segment.index_in_log))
    }

    /// For an excerpt: what is known of the records that are not in it. `None`: the segment is no excerpt.
    pub fn withheld(&self, segment: &SegmentReport) -> Option<Withheld> {
        self.logs.get(segment.log as usize)?.sealed.withheld(segment.index_in_log)
    }

    /// Numbers of the first record that a segment's seal covers and of the one after the last, where seals state numbers.
    pub fn span(&self, segment: &SegmentReport) -> Option<(u64, u64)> {
        self.logs.get(segment.log as usize)?.sealed.span(segment.index_in_log)
    }

    /// Whether each file of a log verifies without the others.
    pub fn files_stand_alone(&self, log: u32) -> bool {
        self.logs.get(log as usize).is_none_or(|log| log.sealed.files_stand_alone())
    }

    /// The log that a file beside the segments belongs to, if it speaks for no other, and with what it may travel.
    pub fn included_with(&self, path: &str) -> Option<(u32, Included)> {
        (0u32..).zip(&self.logs).find_map(|(index, log)| Some((index, log.sealed.included_with(path)?)))
    }

    /// Whether the files of a log that stay behind must be named, since what goes along lists them.
    pub fn lists_its_files(&self, log: &LogReport) -> bool {
        log.sealed.lists_its_files()
    }

    /// Proves an event's record again, from the file's bytes as they are now.
    pub fn prove(&self, row: u32) -> Result<Proof, LookError> {
        const LARGEST: u64 = 2 << 30;
        let origin = self.store.origin(row).ok_or(LookError::NotOpen)?;
        let segment = self.segments.get(origin.segment as usize).ok_or(LookError::NotOpen)?;
        let log = self.logs.get(segment.log as usize).ok_or(LookError::NotOpen)?;
        let file = &segment.plan.file;
        let content = LookError::take(&file.path, file.read_all(LARGEST).into())?;
        let proof = LookError::guarded(&file.path, guarded(|| log.sealed.prove(segment.index_in_log, origin.record, &content)))?;
        // The record is not there any more: no proof, which is not an empty one.
        if proof.steps.is_empty() { Err(LookError::Changed { path: file.path.clone() }) } else { Ok(proof) }
    }

    /// The log a row belongs to.
    pub fn log_of(&self, row: u32) -> Option<&LogReport> {
        let segment = self.segments.get(self.store.origin(row)?.segment as usize)?;
        self.logs.get(segment.log as usize)
    }

    /// The row a finding points at, if its record is here.
    pub fn row_of(&self, finding: &Finding) -> Option<u32> {
        self.row_in(self.segments.iter().position(|segment| segment.plan.file.path == finding.place.path)?, finding)
    }

    /// The same, where the segment is known.
    pub(super) fn row_in(&self, index: usize, finding: &Finding) -> Option<u32> {
        let record = finding.place.record?;
        let segment = self.segments.get(index)?;
        let wanted = record.checked_sub(segment.first)?;
        // Damage shifts lines against their numbers; the nearest marked row is meant.
        let exact = self.store.row_of(index as u32, wanted);
        let marked = |row: &u32| self.store.state(*row) >= State::Suspect;
        let near = (0..=64u64).flat_map(|distance| [wanted.checked_sub(distance), wanted.checked_add(distance)]).flatten();
        let broken = matches!(finding.code, Code::RecordAltered | Code::RecordInserted | Code::RecordMoved);
        if broken && segment.plan.unit == Unit::Line {
            near.filter_map(|record| self.store.row_of(index as u32, record)).find(marked).or(exact)
        } else {
            exact
        }
    }
}

/// What a verdict covers.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Coverage {
    /// Entries checked against a seal.
    pub checked: u64,
    /// All entries.
    pub of: u64,
    /// The keys, in words.
    pub keys: String,
    /// The anchor, in words.
    pub anchor: String,
}

impl Coverage {
    /// One line.
    pub fn line(&self) -> String {
        use crate::model::text::count;
        format!("{} of {} records checked against a seal · {} · {}", count(self.checked), count(self.of), self.keys, self.anchor)
    }
}
