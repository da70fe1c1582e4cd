//! Logs that nothing seals: shown, counted, and honestly called unsealed.

pub mod claimed;
mod says;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};

use serde::de::IgnoredAny;

use crate::model::Ladder;
use crate::model::finding::{Finding, Place};
use crate::model::text::name_of;
use crate::model::words::end::End;
use crate::model::words::keys::Keys as LogKeys;
use crate::model::words::reading::{Claim, ReadingFact};
use crate::model::words::steps::{Meaning, ReadFrom, StepFact};
use crate::seal::claims::Claims;
use crate::seal::format::{Failure, Format, Observed, Reread, SealedLog, SegmentPlan, Wanted};
use crate::seal::primitives::link::{Gathered, Link};
use crate::seal::primitives::segment::Unit;
use crate::seal::unsealed::says::{Said, says};
use crate::seal::verdict::{Conclusion, Proof, SegmentVerdict, Step};
use crate::source::File;
use crate::source::block::MAX_RECORD;
use crate::trust::{Standing, Store as Keys};

/// What the lack of a seal is called.
pub const SEAL: &str = "not sealed";

/// Takes every file that is a log and that nothing seals.
pub struct Unsealed;

/// What a file's first bytes say of its form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One record a line.
    Lines,
    /// One JSON document.
    Document,
    /// No log, and why.
    NotALog(String),
    /// Nothing of it can be read, and why.
    Unreadable(String),
}

/// Tells the form of a file by its content.
pub fn shape(file: &File) -> Shape {
    let start = file.peek();
    let start: &[u8] = &start;
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let Some(first) = text.iter().position(|byte| !byte.is_ascii_whitespace()) else {
        return match file.unreadable_start() {
            Some(error) => Shape::Unreadable(error.to_string()),
            None if start.len() >= File::PEEK => Shape::Lines,
            None => Shape::NotALog("it is empty".into()),
        };
    };
    let text = &text[first..];
    let whole = start.len() < File::PEEK;
    // A crash can leave zeros in a log that was being written: only where no line is a record are they another kind of file.
    let zeros = text.iter().take(4096).any(|byte| *byte == 0);
    if zeros && !text.split(|byte| *byte == b'\n').any(is_object) {
        return Shape::NotALog("it is binary data of no kind known here".into());
    }
    let mut lines = text.split(|byte| *byte == b'\n');
    let first_line = lines.next().unwrap_or(&[]);
    let more_lines = lines.clone().any(|line| !line.trim_ascii().is_empty());
    let is_json = |line: &[u8]| is_object(line);
    if is_json(first_line) {
        return if more_lines || !whole && first_line.len() < text.len() { Shape::Lines } else { Shape::Document };
    }
    let opens = matches!(text.first(), Some(b'{' | b'['));
    let one_line = first_line.len() == text.len();
    if zeros {
        return Shape::Lines;
    }
    if opens && (one_line || looks_like_document(text)) {
        // A first line that fills the whole peek: one document, or one very long record. A torn document is read as lines.
        if whole && !is_document(text) {
            return Shape::Lines;
        }
        return if one_line && file.size > File::MAX_DOCUMENT && has_lines(file) { Shape::Lines } else { Shape::Document };
    }
    if lines.any(is_json) || opens {
        return Shape::Lines;
    }
    Shape::NotALog("it is neither JSON nor lines of JSON, and has no seal".into())
}

/// Whether the first line ends before it is too long for a record. A document that is too large is none of lines: it is told that it was not read.
fn has_lines(file: &File) -> bool {
    let Ok(reader) = file.reader() else { return false };
    let mut reader = BufReader::new(reader.take(MAX_RECORD as u64));
    loop {
        match reader.fill_buf() {
            Ok([]) | Err(_) => return false,
            Ok(piece) if memchr::memchr(b'\n', piece).is_some() => return true,
            Ok(piece) => {
                let length = piece.len();
                reader.consume(length);
            }
        }
    }
}

fn is_object(line: &[u8]) -> bool {
    line.trim_ascii().starts_with(b"{") && serde_json::from_slice::<IgnoredAny>(line).is_ok()
}

fn is_document(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

/// Whether the text continues over several lines as pretty-printed JSON does: no later line is an object of its own.
fn looks_like_document(text: &[u8]) -> bool {
    let mut whole_lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').skip(1).collect();
    whole_lines.pop();
    text.starts_with(b"[") || !whole_lines.iter().take(50).any(|line| line.starts_with(b"{") && is_object(line))
}

/// Whether records at the start of a file say that they were sealed, as those of a hash chain do.
pub fn claims_a_seal(file: &File) -> bool {
    file.peek().split(|byte| *byte == b'\n').any(|line| says(line).is_some())
}

struct UnsealedLog {
    origin: String,
    segments: Vec<SegmentPlan>,
    /// For each segment, what here says that it was sealed.
    claimed: Vec<Option<Claim>>,
}

/// Endings of files that lie beside a sealed file of the same name.
const BESIDE: [&str; 2] = [".leaves", ".seal"];

/// What lies beside a file and says that it was sealed.
fn beside(path: &str, paths: &BTreeSet<String>) -> Option<Claim> {
    let unpacked = [".gz", ".zst", ".xz", ".bz2"].iter().find_map(|end| path.strip_suffix(end)).unwrap_or(path);
    let names = [path, unpacked].into_iter().flat_map(|path| BESIDE.iter().map(move |end| format!("{path}{end}")));
    let found = names.into_iter().find(|name| paths.contains(name))?;
    Some(Claim::Beside(name_of(&found).to_owned()))
}

/// Whether a document holds no event that any vocabulary knows, and nothing says that it was sealed. Only of what the first bytes hold whole
/// can that be said.
fn is_eventless(claims: &Claims, index: usize, paths: &BTreeSet<String>) -> bool {
    let Some(holds_events) = claims.holds_events else { return false };
    let Some(file) = claims.files.get(index).and_then(Option::as_ref) else { return false };
    let start = file.peek();
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start);
    start.len() < File::PEEK
        && claims.claimed(&file.path).is_none()
        && beside(&file.path, paths).is_none()
        && says(text).is_none()
        && is_document(text)
        && !holds_events(text)
}

impl Format for Unsealed {
    fn plan(&self, claims: &mut Claims, _keys: &mut Keys) -> Vec<Box<dyn SealedLog>> {
        let shapes: Vec<(usize, Shape)> = claims.free().map(|(index, file)| (index, shape(file))).collect();
        let paths: BTreeSet<String> =
            claims.all.iter().map(|file| &file.path).filter(|path| BESIDE.iter().any(|end| path.ends_with(end))).cloned().collect();
        let mut logs: BTreeMap<String, (Vec<SegmentPlan>, Vec<Option<Claim>>)> = BTreeMap::new();
        // Beside logs, a document without a single event is none: a list of what is expected, a configuration. Alone it is shown as it is.
        let eventless: BTreeSet<usize> = shapes
            .iter()
            .filter(|(index, shape)| *shape == Shape::Document && is_eventless(claims, *index, &paths))
            .map(|(index, _)| *index)
            .collect();
        let is_log = |(index, shape): &(usize, Shape)| matches!(shape, Shape::Lines | Shape::Document) && !eventless.contains(index);
        let beside_logs = shapes.iter().any(is_log) || claims.files.iter().any(Option::is_none);
        for (index, shape) in shapes {
            let unit = match shape {
                Shape::Document if beside_logs && eventless.contains(&index) => {
                    claims.skip(index, "it is a JSON document that holds no event, and has no seal");
                    continue;
                }
                Shape::Lines => Unit::Line,
                Shape::Document => Unit::File,
                Shape::NotALog(reason) => {
                    claims.skip(index, reason);
                    continue;
                }
                Shape::Unreadable(reason) => {
                    claims.fail(index, reason);
                    continue;
                }
            };
            if let Some(file) = claims.take(index) {
                let folder = if file.folder().is_empty() { file.name().to_owned() } else { file.folder().to_owned() };
                let claimed = claims.claimed(&file.path).cloned().or_else(|| beside(&file.path, &paths));
                let log = logs.entry(folder).or_default();
                log.0.push(SegmentPlan { file, first: 0, expected: None, unit });
                log.1.push(claimed);
            }
        }
        let log = |(origin, (segments, claimed))| Box::new(UnsealedLog { origin, segments, claimed }) as Box<dyn SealedLog>;
        logs.into_iter().map(log).collect()
    }
}

impl SealedLog for UnsealedLog {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn seal(&self) -> &'static str {
        SEAL
    }

    fn segments(&self) -> &[SegmentPlan] {
        &self.segments
    }

    fn wanted(&self, _segment: usize) -> Wanted {
        // The unsalted tree serves to recognise copies.
        Wanted { says: true, tree: Some(crate::seal::format::Leaves::Plain), ..Wanted::default() }
    }

    fn link(&self, _segment: usize, record: &[u8]) -> Option<Link> {
        Some(Link { previous: says(record)?, ..Link::default() })
    }

    fn gather(&self, _segment: usize) -> Box<dyn Gathered> {
        Box::new(Said::default())
    }

    fn conclude(&self, observed: &[Observed], _reread: &dyn Reread) -> Conclusion {
        let mut findings = Vec::new();
        let mut seen = BTreeMap::new();
        let mut first = 0;
        let mut verdicts = Vec::new();
        let mut claimed = 0;
        for (segment, (plan, observed)) in self.segments.iter().zip(observed).enumerate() {
            let place =
                |record, count| Place { log: Some(self.origin.clone()), path: plan.file.path.clone(), record, count, ..Place::default() };
            let state = if observed.failure.is_some() { Standing::UNCHECKED } else { Standing::UNSEALED };
            let mut verdict = SegmentVerdict::uniform(state, first);
            if let Some((count, claim)) = self.claim(segment, observed, &mut verdict) {
                claimed += 1;
                findings.push(Finding::of(ReadingFact::ClaimNotChecked { claim }, place(None, count)));
            }
            match &observed.failure {
                Some(Failure::Unreadable(cause) | Failure::TooLarge(cause) | Failure::Damaged(cause)) => {
                    findings.push(Finding::of(ReadingFact::Unreadable { cause: cause.clone() }, place(None, 0)));
                }
                Some(Failure::Cancelled) => {}
                None if observed.torn && observed.last_not_understood && plan.unit == Unit::Line => {
                    let last = first + observed.count.saturating_sub(1);
                    findings.push(Finding::of(ReadingFact::TornLastLine, place(Some(last), 1)));
                }
                None => {}
            }
            if let Some(root) = observed.tree.as_ref().and_then(crate::seal::primitives::merkle::Range::root)
                && observed.failure.is_none()
                && observed.count > 0
                && let Some(other) = seen.insert((root, observed.bytes), plan.file.path.clone())
            {
                verdict.duplicate = true;
                findings.push(Finding::of(ReadingFact::CopyOf { other }, place(None, 0)));
            }
            if !verdict.duplicate {
                first += observed.count;
            }
            verdicts.push(verdict);
        }
        let ladder = if claimed > 0 { Ladder::unchecked() } else { Ladder::unsealed() };
        Conclusion { segments: verdicts, findings, ladder, keys: LogKeys::None, end: End::Unknown }
    }

    fn is_sealed(&self) -> bool {
        false
    }

    fn files_stand_alone(&self) -> bool {
        true
    }

    fn prove(&self, segment: usize, index: u64, content: &[u8]) -> Proof {
        let Some(plan) = self.segments.get(segment) else { return Proof::default() };
        let records = crate::seal::format::records(plan.unit, content);
        let bytes_of = usize::try_from(index).ok().and_then(|index| records.get(index)).copied().unwrap_or(b"");
        let claim = self.claimed.get(segment).cloned().flatten().or_else(|| Some(Claim::Member { name: says(bytes_of)?, records: 1 }));
        let path = plan.file.path.clone();
        let from = match plan.unit {
            Unit::Line => ReadFrom::Line { path, line: index + 1 },
            _ => ReadFrom::OnlyRecord { path },
        };
        let (step, meaning) = match claim {
            Some(claim) => (Step::new(Standing::UNCHECKED, StepFact::ClaimNotChecked { claim }), Meaning::ClaimNotChecked),
            None => (Step::new(Standing::UNSEALED, StepFact::NoSeal { files: self.segments.len() as u64 }), Meaning::NeverClaimed),
        };
        Proof { steps: vec![Step::read(bytes_of.len(), from), step], command: String::new(), meaning }
    }
}

impl UnsealedLog {
    /// How many records of a segment say that they were sealed, and what says so. Marks them unchecked.
    fn claim(&self, segment: usize, observed: &Observed, verdict: &mut SegmentVerdict) -> Option<(u64, Claim)> {
        if let Some(claim) = self.claimed.get(segment).and_then(Option::as_ref) {
            verdict.state = Standing::UNCHECKED;
            return Some((observed.count, claim.clone()));
        }
        let said = observed.gathered::<Said>()?;
        let name = said.name.clone()?;
        let whole = self.segments.get(segment).is_some_and(|plan| plan.unit == Unit::File);
        if whole {
            verdict.state = Standing::UNCHECKED;
        } else {
            verdict.exceptions.extend(said.runs.iter().map(|run| (run.clone(), Standing::UNCHECKED)));
        }
        Some((said.records(), Claim::Member { name, records: said.records() }))
    }
}
