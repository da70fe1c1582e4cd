//! Judges a whole log: each segment against its seal, the segments against each other, and all against lone checkpoints and the signed times.

use std::collections::BTreeMap;

use super::super::merkle::Hash;
use super::super::{Conclusion, Failure, Observed, Reread, SegmentVerdict};
use super::{Sealed, SegmentLog, damage, is_document, ladder};
use crate::model::State;
use crate::model::finding::{Code, Finding, Place, Severity};
use crate::model::text::{count, name_of, plural};
use crate::model::time::{SECOND, seconds};
use crate::source::Reading;

/// A record may be this much older than the previous seal before that is worth a word: late delivery takes hours at worst.
const LATE: i64 = 6 * 3600 * SECOND;
/// Clocks of writer and sealer may differ by this much.
const SKEW: i64 = 10 * 60 * SECOND;
/// Seals made this long after their newest record were made afterwards.
const AFTERWARDS: i64 = 30 * 24 * 3600 * SECOND;

/// What is known of the log while it is judged.
pub(super) struct Judged<'a> {
    pub(super) log: &'a SegmentLog,
    pub(super) verdicts: Vec<SegmentVerdict>,
    pub(super) findings: Vec<Finding>,
    /// Whether the records of a segment lead to its root.
    pub(super) holds: Vec<bool>,
    pub(super) complete: bool,
}

/// Judges the log.
pub(super) fn conclude(log: &SegmentLog, observed: &[Observed], reread: &dyn Reread) -> Conclusion {
    let count = log.segments.len();
    let mut judged = Judged { log, verdicts: Vec::new(), findings: Vec::new(), holds: vec![false; count], complete: true };
    let whole: Vec<bool> = log
        .segments
        .iter()
        .zip(observed)
        .map(|(sealed, observed)| {
            let mut tree = sealed.seal.before.clone();
            observed.failure.is_none()
                && observed.tree.as_ref().is_some_and(|range| tree.append(range))
                && tree.end() == sealed.seal.checkpoint.size
                && tree.root() == Some(sealed.seal.checkpoint.root)
        })
        .collect();
    for (index, (sealed, observed)) in log.segments.iter().zip(observed).enumerate() {
        let verdict = segment(&mut judged, sealed, observed, whole[index], index, reread);
        judged.verdicts.push(verdict);
    }
    swapped(&mut judged, &whole, reread);
    duplicates(&mut judged);
    links(&mut judged, observed, &whole);
    orphans(&mut judged);
    clocks(&mut judged, observed, reread);
    judged.findings.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.place.record));
    let (ladder, keys, anchor) = ladder::climb(&judged);
    Conclusion { segments: judged.verdicts, findings: judged.findings, ladder, keys, anchor }
}

fn place(sealed: &Sealed, record: Option<u64>, count: u64) -> Place {
    Place { log: Some(sealed.seal.checkpoint.origin.clone()), path: sealed.plan.file.path.clone(), record, count, ..Place::default() }
}

/// The state that proven records of a segment deserve.
fn deserved(sealed: &Sealed) -> State {
    match &sealed.vouched {
        Err(_) => State::Broken,
        Ok(_) if sealed.trusted().is_some() => State::Sealed,
        Ok(_) => State::Consistent,
    }
}

fn segment(
    judged: &mut Judged<'_>,
    sealed: &Sealed,
    observed: &Observed,
    whole: bool,
    index: usize,
    reread: &dyn Reread,
) -> SegmentVerdict {
    let name = sealed.plan.file.name();
    let first = sealed.seal.first;
    let mut verdict = match &observed.failure {
        Some(failure) => {
            judged.complete = false;
            let damaged = matches!(failure, Failure::Damaged(_));
            if let Some(cause) = failure.cause() {
                // What a seal covers and cannot be unpacked is not what was sealed.
                let (code, title) = match damaged {
                    true => (Code::SegmentAltered, format!("{name} is damaged")),
                    false => (Code::Unreadable, format!("{name} could not be read to its end")),
                };
                judged.findings.push(Finding::new(code, place(sealed, None, 0), title, cause));
            }
            SegmentVerdict::uniform(if damaged { State::Broken } else { State::Unchecked }, first)
        }
        None if whole => {
            judged.holds[index] = true;
            SegmentVerdict::uniform(deserved(sealed), first)
        }
        None => {
            let damage = damage::examine(sealed, observed, deserved(sealed), reread.content(index), reread);
            judged.holds[index] = damage.harmless;
            judged.findings.extend(damage.findings);
            damage.verdict
        }
    };
    verdict.sealed_at = sealed.sealed_at();
    if let Err(error) = &sealed.vouched {
        let text = format!("{}: {error}. Its records may be genuine, but this seal cannot vouch for them.", sealed.seal_path);
        judged.findings.push(Finding::new(
            Code::SealForged,
            place(sealed, None, 0),
            format!("The seal of {name} is forged or damaged"),
            text,
        ));
    } else if sealed.trusted().is_none() {
        unknown_key(judged, sealed);
    }
    if sealed.renamed {
        let mut finding = Finding::new(
            Code::SealForAnotherFile,
            place(sealed, None, 0),
            format!("{name} was renamed"),
            format!(
                "The seal {} has no file of its name beside it, but its records are those of {}.",
                sealed.seal_path, sealed.plan.file.path
            ),
        );
        finding.severity = Severity::Info;
        judged.findings.push(finding);
    }
    verdict
}

/// One finding for each unknown key, not for each segment.
fn unknown_key(judged: &mut Judged<'_>, sealed: &Sealed) {
    let refused = sealed.vouched.as_ref().ok().and_then(|vouched| vouched.iter().find(|vouched| vouched.trusted()));
    let expired = sealed.vouched.as_ref().ok().and_then(|vouched| vouched.iter().find(|vouched| vouched.expired()));
    let (code, title, text) = match (expired, refused) {
        (Some(vouched), _) => {
            let (title, text) = super::super::note::expired_words(vouched);
            (Code::KeyNotValid, title, text)
        }
        (None, Some(vouched)) => (
            Code::KeyNotForOrigin,
            format!("Key {} may not speak for this log", vouched.key().name),
            format!("You trust {} only for {}.", vouched.key().name, vouched.key().origins.join(", ")),
        ),
        (None, None) => {
            let names: Vec<String> =
                sealed.seal.note.signatures.iter().map(|signature| format!("{}+{:08x}", signature.name, signature.id)).collect();
            let came = sealed.vouched.as_ref().is_ok_and(|vouched| !vouched.is_empty());
            let found = if came {
                " The public key lies beside the evidence and the signature fits it, which proves only that the evidence agrees with itself."
            } else {
                ""
            };
            (
                Code::UnknownKey,
                "Sealed by an unknown key".to_owned(),
                format!("Signed by {}, which you have not marked as trusted.{found}", names.join(", ")),
            )
        }
    };
    if !judged.findings.iter().any(|finding| finding.code == code && finding.text == text) {
        judged.findings.push(Finding::new(code, place(sealed, None, 0), title, text));
    }
}

/// Damaged segments whose seals were merely exchanged with each other, or whose unsigned lines were spoiled.
fn swapped(judged: &mut Judged<'_>, whole: &[bool], reread: &dyn Reread) {
    let log = judged.log;
    let damaged: Vec<usize> = (0..log.segments.len())
        .filter(|&index| !whole[index] && !judged.holds[index] && judged.verdicts[index].state != State::Unchecked)
        .collect();
    if damaged.is_empty() || damaged.len() > 50 {
        return;
    }
    let contents: BTreeMap<usize, Vec<u8>> = damaged.iter().filter_map(|&index| Some((index, content_of(reread, index)?))).collect();
    for &owner in &damaged {
        let Some(content) = contents.get(&owner) else { continue };
        let path = log.segments[owner].plan.file.path.clone();
        let fitting = damaged.iter().find(|&&other| {
            let seal = &log.segments[other].seal;
            other != owner && damage::fits(seal, &super::super::records(seal.unit, content))
        });
        let (verdict, code, title, text) = if let Some(&other) = fitting {
            let sealed = &log.segments[other];
            let mut verdict = SegmentVerdict::uniform(deserved(sealed), sealed.seal.first);
            verdict.sealed_at = sealed.sealed_at();
            let text =
                format!("The seal beside {path} belongs to {}; with {} its records verify.", sealed.plan.file.path, sealed.seal_path);
            (verdict, Code::SealForAnotherFile, "Seals were exchanged", text)
        } else if let Some(before) = repaired_start(judged, owner, content, reread) {
            let sealed = &log.segments[owner];
            let mut verdict = SegmentVerdict::uniform(deserved(sealed), before);
            verdict.sealed_at = sealed.sealed_at();
            let text = format!(
                "The unsigned lines of {} are wrong, but with those that the previous segment gives every record leads to the signed root.",
                sealed.seal_path
            );
            (verdict, Code::SealDamaged, "The seal's unsigned lines were changed", text)
        } else {
            continue;
        };
        judged
            .findings
            .retain(|finding| finding.place.path != path || finding.severity != Severity::Error || finding.code == Code::SealForged);
        judged.findings.push(Finding::new(code, place(&log.segments[owner], None, 0), title, text));
        judged.verdicts[owner] = verdict;
        judged.holds[owner] = true;
    }
}

/// The content, where it can be read. Here it only explains damage that is told already, so that why it cannot be read does not matter.
fn content_of(reread: &dyn Reread, index: usize) -> Option<Vec<u8>> {
    match reread.content(index) {
        Reading::Done(content) => Some(content),
        Reading::Stopped | Reading::Unreadable(_) | Reading::TooLarge(_) | Reading::Damaged(_) => None,
    }
}

/// Where the segment starts, if it verifies with the frontier that its predecessor gives instead of its own.
fn repaired_start(judged: &Judged<'_>, owner: usize, content: &[u8], reread: &dyn Reread) -> Option<u64> {
    let segments = &judged.log.segments;
    let size = segments[owner].seal.checkpoint.size;
    let before = (0..segments.len()).filter(|&index| judged.holds[index] && segments[index].seal.checkpoint.size < size);
    let before = before.max_by_key(|&index| segments[index].seal.checkpoint.size)?;
    let predecessor = &segments[before].seal;
    let leaves = predecessor.leaves();
    let mut repaired = segments[owner].seal.clone();
    repaired.before = predecessor.before.clone();
    for record in super::super::records(predecessor.unit, &content_of(reread, before)?) {
        let number = repaired.before.end();
        repaired.before.push(leaves.leaf(number, record));
    }
    repaired.first = repaired.before.end();
    let fits = repaired.first <= size && damage::fits(&repaired, &super::super::records(repaired.unit, content));
    fits.then_some(repaired.first)
}

/// One segment in several copies: counted once, if the copies agree.
fn duplicates(judged: &mut Judged<'_>) {
    let log = judged.log;
    for index in 1..log.segments.len() {
        let sealed = &log.segments[index];
        let same = |other: &Sealed| other.seal.first == sealed.seal.first && other.seal.checkpoint == sealed.seal.checkpoint;
        let Some(other) = (0..index).find(|&other| !judged.verdicts[other].duplicate && same(&log.segments[other])) else { continue };
        // The better copy is counted; a damaged one keeps its findings.
        let worse = if judged.holds[other] || !judged.holds[index] { index } else { other };
        judged.verdicts[worse].duplicate = judged.holds[index] && judged.holds[other];
        if judged.verdicts[worse].duplicate {
            judged.findings.push(Finding::new(
                Code::DuplicateSegment,
                place(&log.segments[worse], Some(sealed.seal.first), sealed.seal.count()),
                format!("{} is here twice", sealed.plan.file.name()),
                format!("{} and {} hold the same sealed records.", log.segments[other].plan.file.path, sealed.plan.file.path),
            ));
        }
    }
}

/// Roots claimed for each size of the log must agree; record numbers must follow on.
fn links(judged: &mut Judged<'_>, observed: &[Observed], whole: &[bool]) {
    let log = judged.log;
    // (size, root, said by, path); only what is signed, or hashed into something signed, is a claim.
    let mut claims: Vec<(u64, Hash, String, &Sealed)> = Vec::new();
    for (index, sealed) in log.segments.iter().enumerate() {
        if sealed.vouched.is_ok() {
            claims.push((
                sealed.seal.checkpoint.size,
                sealed.seal.checkpoint.root,
                format!("the signed checkpoint of {}", sealed.plan.file.path),
                sealed,
            ));
        }
        if !judged.holds[index] || sealed.vouched.is_err() {
            continue;
        }
        if let Some(root) = sealed.seal.before.root()
            && sealed.seal.first > 0
        {
            claims.push((sealed.seal.first, root, format!("the history under {}", sealed.plan.file.path), sealed));
        }
        for cut in observed[index].cuts.iter().filter(|_| whole[index]) {
            let mut tree = sealed.seal.before.clone();
            if tree.append(cut)
                && let Some(root) = tree.root()
            {
                claims.push((tree.end(), root, format!("the records of {}", sealed.plan.file.path), sealed));
            }
        }
    }
    let mut reported = Vec::new();
    for (index, (size, root, said, sealed)) in claims.iter().enumerate() {
        let Some(other) = claims[..index].iter().find(|other| other.0 == *size && other.1 != *root) else { continue };
        if !reported.contains(size) {
            reported.push(*size);
            fork(judged, sealed, *size, &other.2, said);
        }
    }
    for lone in &log.lone {
        let known = log.segments.iter().any(|sealed| {
            sealed.seal.note.signatures.iter().any(|signature| lone.signers.contains(&(signature.name.clone(), signature.id)))
        });
        let trusted = lone.vouched.as_ref().is_ok_and(|vouched| vouched.iter().any(super::super::note::Vouched::trusted));
        let path_place = Place { log: Some(log.origin.clone()), path: lone.path.clone(), ..Place::default() };
        if let Err(error) = &lone.vouched {
            judged.findings.push(Finding::new(
                Code::SealForged,
                path_place,
                "A checkpoint is forged or damaged",
                format!("{}: {error}.", lone.path),
            ));
            continue;
        }
        if !trusted && !known {
            let text =
                format!("{} is signed by a key that neither you nor this log's seals know, so it is not held against the log.", lone.path);
            judged.findings.push(Finding::new(Code::UnknownKey, path_place, "A checkpoint by an unknown key", text));
            continue;
        }
        let size = lone.checkpoint.size;
        if let Some((_, _, said, sealed)) = claims.iter().find(|claim| claim.0 == size && claim.1 != lone.checkpoint.root) {
            fork(judged, sealed, size, said, &format!("the checkpoint {}", lone.path));
        }
        let end = log.segments.iter().map(|sealed| sealed.seal.checkpoint.size).max().unwrap_or(0);
        // Of a log of which nothing is here, nothing can be said to be missing.
        if size > end && !log.segments.is_empty() {
            let text = format!(
                "The checkpoint {} is of {}; {} are here. The last {} are missing.",
                lone.path,
                plural(size, "record"),
                count(end),
                count(size - end)
            );
            let place =
                Place { log: Some(log.origin.clone()), path: lone.path.clone(), record: Some(end), count: size - end, ..Place::default() };
            judged.findings.push(Finding::new(
                Code::Truncated,
                place,
                format!("{} missing at the end", plural(size - end, "record")),
                text,
            ));
        }
    }
    numbers(judged);
}

fn fork(judged: &mut Judged<'_>, sealed: &Sealed, size: u64, one: &str, other: &str) {
    judged.findings.push(Finding::new(
        Code::Fork,
        place(sealed, Some(size), 0),
        format!("Two histories up to record {}", count(size)),
        format!("For the first {} of the log, {one} and {other} give different roots. Both cannot be true.", plural(size, "record")),
    ));
}

/// Gaps and overlaps in the numbering.
fn numbers(judged: &mut Judged<'_>) {
    let log = judged.log;
    let mut order: Vec<usize> = (0..log.segments.len()).filter(|&index| !judged.verdicts[index].duplicate).collect();
    order.sort_by_key(|&index| (judged.verdicts[index].first, log.segments[index].seal.checkpoint.size));
    let mut end: Option<(u64, usize)> = None;
    for index in order {
        let sealed = &log.segments[index];
        let (first, size) = (judged.verdicts[index].first, sealed.seal.checkpoint.size);
        match end {
            None if first > 0 => judged.findings.push(Finding::new(
                Code::StartsMidway,
                place(sealed, Some(first), 0),
                format!("Starts at record {}", count(first)),
                format!(
                    "The first segment here is {}. The {} before it are not among what was opened.",
                    sealed.plan.file.path,
                    plural(first, "record")
                ),
            )),
            Some((end, before)) if first > end => {
                let previous = &log.segments[before];
                let mut gap = place(sealed, Some(end), first - end);
                // Where the records were is known only from the seals around them.
                gap.time = previous.sealed_at();
                judged.findings.push(Finding::new(
                    Code::Gap,
                    gap,
                    format!("Records {} to {} are missing", count(end), count(first - 1)),
                    format!(
                        "{} ends before record {}, and the next one here, {}, starts at {}. Its seal proves that the {} between existed.",
                        previous.plan.file.path,
                        count(end),
                        sealed.plan.file.path,
                        count(first),
                        plural(first - end, "record")
                    ),
                ));
            }
            Some((end, before)) if first < end => judged.findings.push(Finding::new(
                Code::Overlap,
                place(sealed, Some(first), end.min(size) - first),
                format!("{} are here twice", plural(end.min(size) - first, "record")),
                format!(
                    "{} and {} both hold records {} to {}.",
                    log.segments[before].plan.file.path,
                    sealed.plan.file.path,
                    count(first),
                    count(end.min(size) - 1)
                ),
            )),
            _ => {}
        }
        if end.is_none_or(|(end, _)| size > end) {
            end = Some((size, index));
        }
    }
}

fn orphans(judged: &mut Judged<'_>) {
    for (path, seal) in &judged.log.orphans {
        let name = name_of(path);
        let last = (seal.checkpoint.size).saturating_sub(1);
        judged.findings.push(Finding::new(
            Code::SealWithoutSegment,
            Place {
                log: Some(seal.checkpoint.origin.clone()),
                path: path.clone(),
                record: Some(seal.first),
                count: seal.count(),
                ..Place::default()
            },
            format!("The file that {name} seals is not here"),
            format!(
                "{path} is the seal of records {} to {}, but no file among what was opened holds them.",
                count(seal.first),
                count(last)
            ),
        ));
    }
}

/// Holds the records' times against the signed times of the seals.
fn clocks(judged: &mut Judged<'_>, observed: &[Observed], reread: &dyn Reread) {
    let log = judged.log;
    let mut afterwards = 0;
    let mut timed = 0;
    let mut previous: Option<(i64, u64)> = None;
    for (index, sealed) in log.segments.iter().enumerate() {
        let Some(sealed_at) = sealed.sealed_at() else { continue };
        let (Some((earliest, latest)), true) =
            (observed[index].times, judged.holds[index] || judged.verdicts[index].state != State::Unchecked)
        else {
            continue;
        };
        timed += 1;
        if sealed_at - latest > AFTERWARDS {
            afterwards += 1;
        }
        let before = previous.filter(|(_, end)| *end == sealed.seal.first).map(|(time, _)| time);
        if let Some(before) = before
            && sealed_at < before - SKEW
        {
            judged.findings.push(Finding::new(
                Code::SealTimeBackwards,
                place(sealed, None, 0),
                "A seal is older than the one before it",
                format!("{} is sealed at {}, its predecessor at {}.", sealed.plan.file.path, seconds(sealed_at), seconds(before)),
            ));
        }
        previous = Some((sealed_at, sealed.seal.checkpoint.size));
        let future = latest > sealed_at + SKEW;
        let old = before.is_some_and(|before| earliest < before - LATE);
        if !future && !old {
            continue;
        }
        let times = reread.times(index);
        let known = times.iter().flatten().count();
        if let Some(before) = before.filter(|_| old) {
            // Only when the segment was plainly written after the previous seal is an old time a contradiction; else the log was sealed afterwards.
            let fresh = times.iter().flatten().filter(|&&time| time >= before - LATE).count();
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
                    &times,
                    |time| time < before - LATE,
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
                &times,
                |time| time > sealed_at + SKEW,
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

fn contradictions(
    judged: &mut Judged<'_>,
    sealed: &Sealed,
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
        let record = if is_document(sealed) { sealed.seal.first } else { sealed.seal.first + index as u64 };
        let mut place = place(sealed, Some(record), 1);
        place.time = Some(time);
        judged.findings.push(Finding::new(code, place, format!("Record {} {verb}", count(record)), text(time)));
    }
    if found.len() > LISTED {
        let title = format!("{} more records of {} likewise", count((found.len() - LISTED) as u64), sealed.plan.file.name());
        judged.findings.push(Finding::new(code, place(sealed, None, (found.len() - LISTED) as u64), title, text(found[LISTED].1)));
    }
}
