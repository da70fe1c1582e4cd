//! Judges a whole log: each segment against its seal, the segments against each other, and all against lone checkpoints and the signed times.

use std::collections::{BTreeMap, BTreeSet};

use super::judged::Judged;
use super::log::{Sealed, SegmentLog, place};
use super::{damage, ladder, links, times};
use crate::model::finding::{Code, Finding, Severity};
use crate::model::words::Fact;
use crate::model::words::reading::ReadingFact;
use crate::model::words::segments::SegmentFact;
use crate::seal::claims::Lent;
use crate::seal::format::{Failure, Observed, Reread, records};
use crate::seal::primitives::note;
use crate::seal::unread;
use crate::seal::verdict::{Conclusion, SegmentVerdict};
use crate::source::Reading;
use crate::trust::Standing;

/// So many damaged segments are tried against each other's seals.
const MAX_SWAPPED: usize = 50;
/// So much is kept for that, and so much hashed, in bytes.
const MAX_REREAD: usize = 256 << 20;
const MAX_HASHED: usize = 2 << 30;

/// Judges the log.
pub(super) fn conclude(log: &SegmentLog, observed: &[Observed], reread: &dyn Reread) -> Conclusion {
    let count = log.segments.len();
    let mut judged = Judged {
        log,
        verdicts: Vec::with_capacity(count),
        findings: Vec::new(),
        holds: vec![false; count],
        seal_of: (0..count).collect(),
        speaks: vec![false; count],
        reported: BTreeSet::new(),
        complete: true,
        before: 0,
    };
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
    let sizes = links::signed_sizes(log);
    for (index, (sealed, observed)) in log.segments.iter().zip(observed).enumerate() {
        let verdict = segment(&mut judged, sealed, observed, whole[index], &sizes, index, reread);
        judged.verdicts.push(verdict);
    }
    swapped(&mut judged, &whole, reread);
    duplicates(&mut judged);
    damaged_copies(&mut judged);
    links::check(&mut judged, observed, &whole);
    judged.complete &= !unread::weigh(&log.plans, &mut judged.findings, reread);
    times::clocks(&mut judged, observed, reread);
    judged.findings.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.place.record));
    let (ladder, keys, end) = ladder::climb(&judged);
    // Records that another format judges too are counted there.
    for (verdict, sealed) in judged.verdicts.iter_mut().zip(&log.segments) {
        verdict.duplicate |= sealed.lent.as_ref().is_some_and(Lent::is_judged_elsewhere);
    }
    Conclusion { segments: judged.verdicts, findings: judged.findings, ladder, keys, end }
}

fn segment(
    judged: &mut Judged<'_>,
    sealed: &Sealed,
    observed: &Observed,
    whole: bool,
    sizes: &[u64],
    index: usize,
    reread: &dyn Reread,
) -> SegmentVerdict {
    // Where a segment starts is proven by its root alone. Before that, the end of the signed one before it is the best guess.
    let start = links::start_before(sizes, sealed.seal.checkpoint.size);
    let guess = start.unwrap_or(0);
    let mut verdict = match &observed.failure {
        Some(failure) => {
            judged.complete = false;
            let damaged = matches!(failure, Failure::Damaged(_));
            if let Some(cause) = failure.cause() {
                // What a seal covers and cannot be unpacked is not what was sealed.
                let cause = cause.to_owned();
                let fact: Fact = if damaged { SegmentFact::Damaged { cause }.into() } else { ReadingFact::Unreadable { cause }.into() };
                judged.findings.push(Finding::of(fact, place(sealed, None, 0)));
            }
            uniform(if damaged { Standing::BROKEN } else { Standing::UNCHECKED }, guess)
        }
        None if sealed.signatures.is_err() => uniform(Standing::BROKEN, guess),
        None if whole => {
            judged.holds[index] = true;
            uniform(sealed.standing(), sealed.seal.first)
        }
        None => {
            let damage = damage::examine(sealed, observed, start, observed.content(index, reread), reread);
            judged.holds[index] = damage.harmless;
            judged.complete &= damage.verdict.state != Standing::UNCHECKED;
            judged.findings.extend(damage.findings);
            damage.verdict
        }
    };
    verdict.sealed_at = sealed.sealed_at();
    match &sealed.signatures {
        Err(error) => {
            let fact = SegmentFact::SealForged { seal: sealed.seal_path.clone(), cause: error.to_string() };
            judged.findings.push(Finding::of(fact, place(sealed, None, 0)));
        }
        Ok(_) => not_vouched(judged, sealed),
    }
    if sealed.renamed {
        judged.findings.push(Finding::of(SegmentFact::Renamed { seal: sealed.seal_path.clone() }, place(sealed, None, 0)));
    }
    verdict
}

fn uniform(standing: Standing, first: u64) -> SegmentVerdict {
    SegmentVerdict::uniform(standing, first)
}

/// Why no trusted key vouches for a seal. One finding for each reason, not for each segment.
fn not_vouched(judged: &mut Judged<'_>, sealed: &Sealed) {
    let Ok(signatures) = &sealed.signatures else { return };
    let Some(why) = note::not_vouched(&sealed.seal.note, signatures, &judged.log.origin) else { return };
    // There may be one for each stranger's key, so that they are not compared one by one.
    if judged.reported.insert(format!("{why:?}")) {
        judged.findings.push(Finding::of(why, place(sealed, None, 0)));
    }
}

/// Damaged segments whose seals were merely exchanged with each other, or whose unsigned lines were spoiled.
fn swapped(judged: &mut Judged<'_>, whole: &[bool], reread: &dyn Reread) {
    let log = judged.log;
    let trusted = links::has_trusted(log);
    let damaged: Vec<usize> = (0..log.segments.len())
        .filter(|&index| {
            let known = judged.verdicts[index].state != Standing::UNCHECKED && log.segments[index].signatures.is_ok();
            // What lies under a stranger's seal is not a file of the log, whatever it holds: a seal that nobody trusts betters nothing.
            let is_ours = log.segments[index].is_signed() || !trusted;
            !whole[index] && !judged.holds[index] && known && is_ours
        })
        .collect();
    if damaged.is_empty() || damaged.len() > MAX_SWAPPED {
        return;
    }
    let mut left = MAX_REREAD;
    let mut contents: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
    for &index in &damaged {
        if let Some(content) = content_of(reread, index).filter(|content| content.len() <= left) {
            left -= content.len();
            contents.insert(index, content);
        }
    }
    let mut hashed = MAX_HASHED;
    for &owner in &damaged {
        let Some(content) = contents.get(&owner) else { continue };
        if reread.stopped() {
            return;
        }
        let path = log.segments[owner].plan.file.path.clone();
        let fitting = damaged.iter().find(|&&other| {
            let seal = &log.segments[other].seal;
            let here = records(seal.unit, content);
            let is_candidate = other != owner && here.len() as u64 == seal.count() && hashed >= content.len();
            hashed -= if is_candidate { content.len() } else { 0 };
            is_candidate && damage::fits(seal, &here)
        });
        let (verdict, fact) = if let Some(&other) = fitting {
            let sealed = &log.segments[other];
            let mut verdict = uniform(sealed.standing(), sealed.seal.first);
            verdict.sealed_at = sealed.sealed_at();
            judged.seal_of[owner] = other;
            (verdict, SegmentFact::SealsExchanged { seal: sealed.seal_path.clone(), owner: sealed.plan.file.path.clone() })
        } else if let Some(before) = repaired_start(judged, owner, content, reread) {
            let sealed = &log.segments[owner];
            let mut verdict = uniform(sealed.standing(), before);
            verdict.sealed_at = sealed.sealed_at();
            (verdict, SegmentFact::SealLinesWrong { seal: sealed.seal_path.clone() })
        } else {
            continue;
        };
        judged
            .findings
            .retain(|finding| finding.place.path != path || finding.severity != Severity::Error || finding.code == Code::SealForged);
        judged.findings.push(Finding::of(fact, place(&log.segments[owner], None, 0)));
        judged.verdicts[owner] = verdict;
        judged.holds[owner] = true;
    }
}

/// The content, where it can be read. Here it only explains damage that is reported already, so that why it cannot be read does not matter.
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
    let mut repaired = segments[owner].seal.clone();
    repaired.before = match before.max_by_key(|&index| segments[index].seal.checkpoint.size) {
        None => crate::seal::primitives::merkle::Range::new(0),
        Some(before) => {
            let predecessor = &segments[before].seal;
            let leaves = predecessor.leaves();
            let mut tree = predecessor.before.clone();
            for record in records(predecessor.unit, &content_of(reread, before)?) {
                tree.push(leaves.leaf(tree.end(), record));
            }
            tree
        }
    };
    repaired.first = repaired.before.end();
    let fits = repaired.first <= size && damage::fits(&repaired, &records(repaired.unit, content));
    fits.then_some(repaired.first)
}

/// Damaged copies of a segment that another file holds whole, or first: what of them is proven is counted there.
fn damaged_copies(judged: &mut Judged<'_>) {
    let log = judged.log;
    let checkpoint = |index: usize| (log.segments[index].seal.checkpoint.size, log.segments[index].seal.checkpoint.root);
    let is_whole = |judged: &Judged<'_>, index: &usize| judged.holds[*index];
    let (whole, damaged): (Vec<usize>, Vec<usize>) = (0..log.segments.len()).partition(|index| is_whole(judged, index));
    let mut counted: BTreeSet<(u64, [u8; 32])> = whole.iter().map(|&index| checkpoint(judged.seal_of[index])).collect();
    for index in damaged {
        let verdict = &mut judged.verdicts[index];
        let is_proven = verdict.state <= Standing::CONSISTENT;
        if is_proven && !counted.insert(checkpoint(index)) {
            verdict.state = Standing::SUSPECT;
        }
    }
}

/// One segment in several copies: counted once, if the copies agree.
fn duplicates(judged: &mut Judged<'_>) {
    let log = judged.log;
    let mut counted: BTreeMap<(u64, u64, [u8; 32]), usize> = BTreeMap::new();
    for index in (0..log.segments.len()).filter(|&index| judged.holds[index]).collect::<Vec<_>>() {
        let sealed = &log.segments[judged.seal_of[index]];
        let key = (judged.verdicts[index].first, sealed.seal.checkpoint.size, sealed.seal.checkpoint.root);
        let Some(&other) = counted.get(&key) else {
            counted.insert(key, index);
            continue;
        };
        // The better proven copy is the one that counts.
        let worse = if judged.verdicts[index].state < judged.verdicts[other].state { other } else { index };
        let better = if worse == index { other } else { index };
        counted.insert(key, better);
        judged.verdicts[worse].duplicate = true;
        judged.findings.push(Finding::of(
            SegmentFact::CopyOf { other: log.segments[better].plan.file.path.clone() },
            place(&log.segments[worse], Some(key.0), sealed.seal.checkpoint.size.saturating_sub(key.0)),
        ));
    }
}
