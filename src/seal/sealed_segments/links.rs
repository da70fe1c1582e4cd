//! Holds the seals of a log against each other and against lone checkpoints: forks, gaps, overlaps, a missing end.

use std::collections::BTreeMap;

use super::judged::Judged;
use super::log::{SegmentLog, is_signed, place};
use crate::model::finding::{Finding, Place};
use crate::model::words::segments::SegmentFact;
use crate::model::words::segments::Source;
use crate::seal::format::Observed;
use crate::seal::primitives::merkle::Hash;

/// The sizes of the log that trusted keys signed, ascending; where there is no such key, those that are stated.
pub(super) fn signed_sizes(log: &SegmentLog) -> Vec<u64> {
    let trusted = has_trusted(log);
    let segments = log.segments.iter().map(|sealed| (&sealed.signatures, sealed.seal.checkpoint.size));
    let orphans = log.orphans.iter().map(|orphan| (&orphan.signatures, orphan.seal.checkpoint.size));
    let lone = log.lone.iter().map(|lone| (&lone.signatures, lone.checkpoint.size));
    let all = segments.chain(orphans).chain(lone);
    let mut sizes: Vec<u64> =
        all.filter(|(signatures, _)| if trusted { is_signed(signatures) } else { signatures.is_ok() }).map(|(_, size)| size).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

/// The largest of `sizes` below `size`: where the segment that ends at `size` starts, if none is missing. `None` if there is none.
pub(super) fn start_before(sizes: &[u64], size: u64) -> Option<u64> {
    sizes.get(sizes.partition_point(|other| *other < size).checked_sub(1)?).copied()
}

/// Whether any trusted key signed a seal or checkpoint of the log.
pub(super) fn has_trusted(log: &SegmentLog) -> bool {
    log.segments.iter().any(super::log::Sealed::is_signed)
        || log.orphans.iter().any(|orphan| is_signed(&orphan.signatures))
        || log.lone.iter().any(|lone| is_signed(&lone.signatures))
}

/// Which segments speak for the log: those that a trusted key signed, and those whose root such a one contains in its history. Where no
/// key is trusted, all do. What a stranger signed is nobody's word against the log.
fn speaking(judged: &Judged<'_>) -> Vec<bool> {
    let log = judged.log;
    if !has_trusted(log) {
        return log.segments.iter().map(|sealed| sealed.signatures.is_ok()).collect();
    }
    let mut known: BTreeMap<u64, Vec<Hash>> = BTreeMap::new();
    let signed = log.segments.iter().filter(|sealed| sealed.is_signed()).map(|sealed| &sealed.seal.checkpoint);
    let lone = log.lone.iter().filter(|lone| is_signed(&lone.signatures)).map(|lone| &lone.checkpoint);
    let orphans = log.orphans.iter().filter(|orphan| is_signed(&orphan.signatures)).map(|orphan| &orphan.seal.checkpoint);
    for checkpoint in signed.chain(lone).chain(orphans) {
        let roots = known.entry(checkpoint.size).or_default();
        if !roots.contains(&checkpoint.root) {
            roots.push(checkpoint.root);
        }
    }
    let mut speaks = vec![false; log.segments.len()];
    // Segments are in the order of their sizes; each one's history reaches back to the ones before.
    for (index, sealed) in log.segments.iter().enumerate().rev() {
        let checkpoint = &sealed.seal.checkpoint;
        let linked = judged.holds_itself(index) && known.get(&checkpoint.size).is_some_and(|roots| roots.contains(&checkpoint.root));
        speaks[index] = sealed.is_signed() || linked;
        if speaks[index]
            && judged.holds_itself(index)
            && let Some(root) = sealed.seal.before.root()
        {
            let roots = known.entry(sealed.seal.first).or_default();
            if !roots.contains(&root) {
                roots.push(root);
            }
        }
    }
    speaks
}

/// Something that gives the root of the log at a size.
#[derive(Clone, Copy)]
enum Said {
    Checkpoint(usize),
    History(usize),
    Records(usize),
    Orphan(usize),
}

struct Claim {
    size: u64,
    root: Hash,
    said: Said,
}

fn source(log: &SegmentLog, said: Said) -> Source {
    let path = |index: usize| log.segments.get(index).map_or_else(String::new, |sealed| sealed.plan.file.path.clone());
    match said {
        Said::Checkpoint(index) => Source::Checkpoint(path(index)),
        Said::History(index) => Source::History(path(index)),
        Said::Records(index) => Source::Records(path(index)),
        Said::Orphan(index) => Source::Seal(log.orphans.get(index).map_or_else(String::new, |orphan| orphan.path.clone())),
    }
}

/// Roots claimed for each size of the log must agree; record numbers must follow on.
pub(super) fn check(judged: &mut Judged<'_>, observed: &[Observed], whole: &[bool]) {
    let log = judged.log;
    judged.speaks = speaking(judged);
    let trusted = has_trusted(log);
    let mut claims: Vec<Claim> = Vec::new();
    for (index, sealed) in log.segments.iter().enumerate().filter(|(index, _)| judged.speaks[*index]) {
        let checkpoint = &sealed.seal.checkpoint;
        claims.push(Claim { size: checkpoint.size, root: checkpoint.root, said: Said::Checkpoint(index) });
        // Only what is hashed into something signed is a claim.
        if !judged.holds_itself(index) || judged.verdicts[index].first != sealed.seal.first {
            continue;
        }
        if let Some(root) = sealed.seal.before.root()
            && sealed.seal.first > 0
        {
            claims.push(Claim { size: sealed.seal.first, root, said: Said::History(index) });
        }
        for cut in observed[index].cuts.iter().filter(|_| whole[index]) {
            let mut tree = sealed.seal.before.clone();
            if tree.append(cut)
                && let Some(root) = tree.root()
            {
                claims.push(Claim { size: tree.end(), root, said: Said::Records(index) });
            }
        }
    }
    for (index, orphan) in log.orphans.iter().enumerate() {
        if is_signed(&orphan.signatures) || !trusted && orphan.signatures.is_ok() {
            let checkpoint = &orphan.seal.checkpoint;
            claims.push(Claim { size: checkpoint.size, root: checkpoint.root, said: Said::Orphan(index) });
        }
    }
    claims.sort_by_key(|claim| claim.size);
    for group in claims.chunk_by(|one, other| one.size == other.size) {
        let Some((first, rest)) = group.split_first() else { continue };
        if let Some(other) = rest.iter().find(|other| other.root != first.root) {
            let at = match (first.said, other.said) {
                (_, Said::Checkpoint(index) | Said::History(index) | Said::Records(index)) => place(&log.segments[index], None, 0),
                (_, Said::Orphan(index)) => orphan_place(log, index),
            };
            fork(judged, at, first.size, source(log, first.said), source(log, other.said), true);
        }
    }
    lone(judged, &claims, trusted);
    orphans(judged, &claims, trusted);
    numbers(judged, observed, whole);
}

fn orphan_place(log: &SegmentLog, index: usize) -> Place {
    let path = log.orphans.get(index).map_or_else(String::new, |orphan| orphan.path.clone());
    Place { log: Some(log.origin.clone()), path, ..Place::default() }
}

fn fork(judged: &mut Judged<'_>, at: Place, size: u64, one: Source, other: Source, is_proven: bool) {
    judged.findings.push(Finding::of(SegmentFact::Fork { size, one, other, is_proven }, Place { record: Some(size), ..at }));
}

/// Checks the log against checkpoints that came on their own.
fn lone(judged: &mut Judged<'_>, claims: &[Claim], trusted: bool) {
    let log = judged.log;
    let signers: std::collections::BTreeSet<(&str, u32)> = log
        .segments
        .iter()
        .flat_map(|sealed| sealed.seal.note.signatures.iter().map(|signature| (signature.name.as_str(), signature.id)))
        .collect();
    let end = (0..log.segments.len()).filter(|&index| judged.speaks[index]).map(|index| log.segments[index].seal.checkpoint.size).max();
    for lone in &log.lone {
        let at = Place { log: Some(log.origin.clone()), path: lone.path.clone(), ..Place::default() };
        if let Err(error) = &lone.signatures {
            judged.findings.push(Finding::of(SegmentFact::CheckpointForged { cause: error.to_string() }, at));
            continue;
        }
        let signed = is_signed(&lone.signatures);
        // Where nothing is trusted, a checkpoint of the same signers is a hint and no proof: nobody checked either signature.
        let hint = !trusted && lone.note.signatures.iter().any(|signature| signers.contains(&(signature.name.as_str(), signature.id)));
        if !signed && !hint {
            judged.findings.push(Finding::of(SegmentFact::CheckpointUnknown, at));
            continue;
        }
        let size = lone.checkpoint.size;
        let start = claims.partition_point(|claim| claim.size < size);
        let here = claims[start..].iter().take_while(|claim| claim.size == size);
        if let Some(claim) = { here }.find(|claim| claim.root != lone.checkpoint.root) {
            fork(judged, at.clone(), size, source(log, claim.said), Source::Lone(lone.path.clone()), signed);
        }
        let end = end.unwrap_or(0);
        // Of a log of which nothing is here, nothing can be said to be missing.
        if size > end && !log.segments.is_empty() {
            let place = Place { record: Some(end), count: size - end, ..at };
            judged.findings.push(Finding::of(SegmentFact::Truncated { stated: size, here: end, is_proven: signed }, place));
        }
    }
}

/// Seals whose files are not here.
fn orphans(judged: &mut Judged<'_>, claims: &[Claim], trusted: bool) {
    let log = judged.log;
    for (index, orphan) in log.orphans.iter().enumerate() {
        let checkpoint = &orphan.seal.checkpoint;
        let start = claims.partition_point(|claim| claim.size < checkpoint.size);
        let same = claims[start..].iter().take_while(|claim| claim.size == checkpoint.size).find_map(|claim| match claim.said {
            // Its unsigned lines do not count: a segment that is here, not empty, and ends in the same root is the one that it seals.
            Said::Checkpoint(segment) if claim.root == checkpoint.root && judged.holds_itself(segment) => {
                let sealed = &log.segments[segment];
                (sealed.seal.count() > 0).then(|| sealed.plan.file.path.clone())
            }
            _ => None,
        });
        let fact = match same {
            Some(of) => SegmentFact::SecondSeal { of },
            None => SegmentFact::SealWithoutFile {
                last: checkpoint.size.saturating_sub(1),
                search_was_cut: orphan.search_cut_short,
                // A stranger's seal says nothing of a log that trusted keys seal.
                is_proven: is_signed(&orphan.signatures) || !trusted,
            },
        };
        judged.findings.push(Finding::of(fact, orphan_place(log, index)));
        if let Err(error) = &orphan.signatures {
            let fact = SegmentFact::SealForged { seal: orphan.path.clone(), cause: error.to_string() };
            judged.findings.push(Finding::of(fact, orphan_place(log, index)));
        }
    }
}

/// Gaps and overlaps in the numbering.
fn numbers(judged: &mut Judged<'_>, observed: &[Observed], whole: &[bool]) {
    let order = |judged: &Judged<'_>, all: bool| -> Vec<usize> {
        let mut order: Vec<usize> = (0..judged.log.segments.len())
            .filter(|&index| !judged.verdicts[index].duplicate && (judged.speaks[judged.seal_of[index]] || all && judged.holds[index]))
            .collect();
        order.sort_by_key(|&index| (judged.verdicts[index].first, judged.end(index)));
        order
    };
    let spoken = order(judged, false);
    let gaps = walk(judged, &spoken, observed, whole, true);
    gaps.iter().for_each(|gap| judged.findings.push(gap_finding(judged, *gap, true)));
    // What strangers sealed, or seals that lost their signature, show gaps that nothing trusted proves.
    let all = order(judged, true);
    if all.len() > spoken.len() {
        let more = walk(judged, &all, observed, whole, false);
        let inside = |gap: &Gap| gaps.iter().any(|known| known.start <= gap.start && gap.end <= known.end);
        let more: Vec<Gap> = more.into_iter().filter(|gap| !inside(gap)).collect();
        more.iter().for_each(|gap| judged.findings.push(gap_finding(judged, *gap, false)));
    }
}

/// Missing records `start..end` between two segments.
#[derive(Clone, Copy)]
struct Gap {
    start: u64,
    end: u64,
    before: usize,
    after: usize,
}

fn gap_finding(judged: &Judged<'_>, gap: Gap, is_proven: bool) -> Finding {
    let log = judged.log;
    let (previous, sealed) = (&log.segments[gap.before], &log.segments[gap.after]);
    let mut at = place(sealed, Some(gap.start), gap.end - gap.start);
    // Where the records were is known only from the seals around them.
    at.time = previous.sealed_at();
    let previous = previous.plan.file.path.clone();
    Finding::of(SegmentFact::Gap { from: gap.start, to: gap.end.saturating_sub(1), previous, is_proven }, at)
}

fn walk(judged: &mut Judged<'_>, order: &[usize], observed: &[Observed], whole: &[bool], tell: bool) -> Vec<Gap> {
    let log = judged.log;
    let mut gaps = Vec::new();
    let mut reached: Option<(u64, usize)> = None;
    for &index in order {
        let sealed = &log.segments[index];
        let (first, size) = (judged.verdicts[index].first, judged.end(index));
        match reached {
            None if first > 0 && tell => {
                judged.before = first;
                judged.findings.push(Finding::of(SegmentFact::StartsMidway { first }, place(sealed, Some(first), 0)));
            }
            Some((end, before)) if first > end => gaps.push(Gap { start: end, end: first, before, after: index }),
            Some((end, before)) if first < end && judged.holds[index] && judged.holds[before] && tell => {
                overlap(judged, before, index, observed, whole);
            }
            _ => {}
        }
        if reached.is_none_or(|(end, _)| size > end) {
            reached = Some((size, index));
        }
    }
    gaps
}

/// Two segments hold the same records: counted once if the longer one's tree at the shorter one's end is the shorter one's.
fn overlap(judged: &mut Judged<'_>, one: usize, other: usize, observed: &[Observed], whole: &[bool]) {
    let log = judged.log;
    let size = |index: usize| judged.end(index);
    let (shorter, longer) = if size(other) >= size(one) { (one, other) } else { (other, one) };
    let (first, end) = (judged.verdicts[one].first.max(judged.verdicts[other].first), size(shorter));
    let compared = whole[longer]
        && judged.verdicts[one].first == judged.verdicts[other].first
        && observed[longer].cuts.iter().any(|cut| {
            let mut tree = log.segments[longer].seal.before.clone();
            cut.end() == end && tree.append(cut) && tree.root() == Some(log.segments[shorter].seal.checkpoint.root)
        });
    let other = log.segments[longer].plan.file.path.clone();
    let counted_once = compared && judged.verdicts[longer].state <= judged.verdicts[shorter].state;
    let fact = SegmentFact::Overlap { from: first, to: end.saturating_sub(1), other, agrees: compared, is_counted_once: counted_once };
    judged.findings.push(Finding::of(fact, place(&log.segments[shorter], Some(first), end.saturating_sub(first))));
    judged.verdicts[shorter].duplicate |= counted_once;
}
