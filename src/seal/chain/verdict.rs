//! Judges hash chains: each record by its own hash, each link by its neighbour, each signature by its key.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::judged::{At, Judged, LISTED};
use super::log::Chain;
use super::pieces::{self, Piece};
use super::signers::Signers;
use super::walk::Walk;
use super::{handover, ladder};
use crate::model::finding::{Finding, Place};
use crate::model::words::MetaFact;
use crate::model::words::chains::Chain as Whose;
use crate::model::words::chains::ChainFact;
use crate::model::words::end::End;
use crate::model::words::reading::ReadingFact;
use crate::seal::format::{Failure, Observed, Reread};
use crate::seal::primitives::link::{Links, Run};
use crate::seal::verdict::{Conclusion, SegmentVerdict};
use crate::trust::Standing;

pub(super) fn conclude(chain: &Chain, observed: &[Observed], reread: &dyn Reread) -> Conclusion {
    let empty = Links::default();
    let gathered: Vec<&Links> = observed.iter().map(|observed| observed.gathered::<Links>().unwrap_or(&empty)).collect();
    let (order, only_copies) = order(&gathered);
    let renewed =
        if chain.doubtful { handover::Renewed::default() } else { handover::follow(chain, &gathered, &order, &only_copies, reread) };
    let files: Vec<&Links> = gathered.iter().enumerate().map(|(file, links)| renewed.links.get(&file).unwrap_or(*links)).collect();
    let mut firsts = vec![0; files.len()];
    let mut ranks = vec![0; files.len()];
    let mut next = 0;
    for (rank, file) in order.into_iter().enumerate() {
        ranks[file] = rank;
        firsts[file] = next;
        next += observed[file].count;
    }
    let mut judged = Judged {
        chain,
        findings: Vec::new(),
        midway: false,
        restarted: false,
        reported: BTreeMap::new(),
        marks: vec![Vec::new(); files.len()],
        firsts,
        reread,
        unread: OnceCell::new(),
        too_long: observed.iter().map(|observed| observed.too_long > 0).collect(),
        unfilled: false,
    };
    let mut complete = renewed.is_complete;
    for (segment, observed) in observed.iter().enumerate() {
        complete &= file(&mut judged, segment, files[segment], observed);
    }
    let times: Vec<Option<(i64, i64)>> = observed.iter().map(|observed| observed.times).collect();
    let mut signers = Signers::new(&files);
    let mut closed = false;
    if chain.doubtful {
        doubt(&mut judged);
    } else {
        let mut pieces = pieces::by_chain(&files);
        closed = links(&mut judged, &mut signers, &mut pieces, &times);
        inner(&mut judged, &mut signers, &files, &times, &empty);
        attributes(&mut judged, &files, &pieces);
        copies(&mut judged, &pieces);
        signers.tell(&mut judged);
    }
    complete &= !reread.stopped() && !judged.unfilled;
    let facts = ladder::Facts {
        complete: complete && !chain.doubtful,
        midway: judged.midway,
        restarted: judged.restarted,
        closed: closed && complete && !judged.midway && !judged.restarted,
    };
    let duplicates = duplicates(&judged, &files, observed);
    let segments = observed.iter().enumerate().map(|(segment, observed)| {
        let mut marks = worst(std::mem::take(&mut judged.marks[segment]));
        let is_read = observed.failure.is_none() && !files[segment].full && !reread.stopped();
        let uniform = if chain.doubtful || !is_read { Standing::UNCHECKED } else { usual(&marks) };
        marks.retain(|(_, standing)| *standing != uniform);
        let exceptions = marks;
        let first = judged.firsts[segment];
        SegmentVerdict { exceptions, duplicate: duplicates[segment], ..SegmentVerdict::uniform(uniform, first) }
    });
    let segments = segments.collect();
    for (code, reported) in &judged.reported {
        if let Some(more) = reported.checked_sub(LISTED as u64).filter(|more| *more > 0) {
            let place = Place { log: Some(chain.origin.clone()), count: more, ..Place::default() };
            judged.findings.push(Finding::of(MetaFact::More { code: *code, count: more }, place));
        }
    }
    let keys = signers.keys();
    let ladder = ladder::ladder(&judged, &signers, &facts);
    let end = if facts.closed { End::ClosedByWriter } else { End::NothingOutside };
    // What the proof of a single record must know. A second judgement of the same log would find the same.
    chain.known.get_or_init(|| signers.known(renewed.keys.clone(), ranks));
    Conclusion { segments, findings: judged.findings, ladder, keys, end }
}

/// The order of the files by the chains in them, and which of them hold copies only.
fn order(files: &[&Links]) -> (Vec<usize>, BTreeSet<usize>) {
    let mut chains = Vec::new();
    let mut copies: BTreeSet<usize> = (0..files.len()).collect();
    for pieces in pieces::by_chain(files).values_mut() {
        pieces::part_copies(pieces);
        pieces.iter().filter(|piece| !piece.is_elsewhere()).for_each(|piece| {
            copies.remove(&piece.segment);
        });
        chains.push(pieces::order(pieces).into_iter().map(|piece| pieces[piece].segment).collect());
    }
    (pieces::order_of_files(files.len(), &chains), copies)
}

/// The worst standing of each record, as spans that do not overlap. What is said of a record twice must not be forgotten where one of the two is
/// what is said of most.
fn worst(marks: Vec<(Range<u64>, Standing)>) -> Vec<(Range<u64>, Standing)> {
    let mut edges: Vec<(u64, bool, Standing)> = Vec::with_capacity(2 * marks.len());
    for (span, standing) in marks.into_iter().filter(|(span, _)| span.start < span.end) {
        edges.extend([(span.start, true, standing), (span.end, false, standing)]);
    }
    edges.sort_unstable_by_key(|(at, ..)| *at);
    let mut open: BTreeMap<Standing, u64> = BTreeMap::new();
    let mut spans: Vec<(Range<u64>, Standing)> = Vec::new();
    let mut from = 0;
    for (at, begins, standing) in edges {
        if let Some((worst, _)) = open.last_key_value().filter(|_| from < at) {
            match spans.last_mut() {
                Some((last, own)) if own == worst && last.end == from => last.end = at,
                _ => spans.push((from..at, *worst)),
            }
        }
        from = at;
        if begins {
            *open.entry(standing).or_default() += 1;
        } else if let Some(number) = open.get_mut(&standing) {
            *number -= 1;
            if *number == 0 {
                open.remove(&standing);
            }
        }
    }
    spans
}

/// The standing of most records.
fn usual(marks: &[(Range<u64>, Standing)]) -> Standing {
    let mut counts: BTreeMap<Standing, u64> = BTreeMap::new();
    for (span, standing) in marks {
        *counts.entry(*standing).or_default() += span.end - span.start;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map_or(Standing::CONSISTENT, |(standing, _)| standing)
}

/// What is wrong with a file as such; whether it was read to its end.
fn file(judged: &mut Judged<'_>, segment: usize, links: &Links, observed: &Observed) -> bool {
    let mut outside = 0;
    let mut first = None;
    for span in &links.outside {
        let mut span = span.clone();
        if observed.torn && span.end == links.count {
            span.end -= 1;
            judged.mark(segment, span.end..links.count, Standing::UNCHECKED);
            judged.add(ReadingFact::TornLastLine, judged.at(segment, span.end), 1);
        }
        if span.start < span.end {
            // The chain says nothing of it, neither good nor bad. What was too long to be read may belong to it.
            outside += span.end - span.start;
            first = first.or(Some(span.start));
            judged.mark(segment, span, if judged.too_long[segment] { Standing::UNCHECKED } else { Standing::UNSEALED });
        }
    }
    // Empty lines at the end are not even shown.
    for span in links.blank.iter().filter(|span| span.end < links.count) {
        judged.mark(segment, span.clone(), Standing::CONSISTENT);
    }
    if let Some(first) = first {
        let profile = judged.chain.profile.name.clone();
        judged.add(ChainFact::OutsideChain { count: outside, profile }, judged.at(segment, first), outside);
    }
    let at = judged.at(segment, 0);
    if links.full || links.inner.as_ref().is_some_and(|inner| inner.full) {
        judged.add(ChainFact::TooDisordered, at, 0);
        return false;
    }
    match &observed.failure {
        Some(Failure::Cancelled) => false,
        Some(failure) => {
            let cause = failure.cause().unwrap_or("it was stopped").to_owned();
            judged.add(ReadingFact::Unreadable { cause }, at, 0);
            false
        }
        None => true,
    }
}

/// Says that the form of the chain is not known, once for each file.
fn doubt(judged: &mut Judged<'_>) {
    for segment in 0..judged.chain.plans.len() {
        let profile = judged.chain.profile.name.clone();
        judged.add(ChainFact::NoHashMatches { profile }, judged.at(segment, 0), 0);
    }
}

/// Judges every chain. Whether the writer closed all of them.
fn links<'a>(
    judged: &mut Judged<'a>,
    signers: &mut Signers,
    chains: &mut BTreeMap<Arc<str>, Vec<Piece<'a>>>,
    times: &[Option<(i64, i64)>],
) -> bool {
    let profile = Arc::clone(&judged.chain.profile);
    let mut closed = !chains.is_empty();
    for (name, pieces) in chains {
        if judged.stopped() {
            return false;
        }
        pieces::part_copies(pieces);
        let ordered = pieces::order(pieces);
        let whose = if name.is_empty() { Whose::Only } else { Whose::Named(name.to_string()) };
        altered(judged, pieces, &whose);
        signers.judge(judged, &profile, pieces, &ordered, &whose, true);
        Walk { judged, profile: &profile, pieces, ordered: &ordered, name, whose: &whose, times }.judge();
        closed &= close(judged, pieces, &ordered);
    }
    closed
}

/// Judges the chains inside the records.
fn inner<'a>(judged: &mut Judged<'a>, signers: &mut Signers, files: &[&'a Links], times: &[Option<(i64, i64)>], empty: &'a Links) {
    let chain = judged.chain;
    let Some(profile) = chain.profile.inner.as_deref() else { return };
    let files: Vec<&Links> = files.iter().map(|links| links.inner.as_deref().unwrap_or(empty)).collect();
    for (name, mut pieces) in pieces::by_chain(&files) {
        pieces::part_copies(&mut pieces);
        let ordered = pieces::order(&pieces);
        let whose = Whose::Inside(profile.name.clone());
        altered(judged, &pieces, &whose);
        signers.judge(judged, profile, &pieces, &ordered, &whose, false);
        Walk { judged, profile, pieces: &pieces, ordered: &ordered, name: &name, whose: &whose, times }.judge();
    }
}

/// Reports records whose content does not give their hash.
fn altered(judged: &mut Judged<'_>, pieces: &[Piece<'_>], whose: &Whose) {
    for piece in pieces {
        for run in piece.runs.iter().filter(|run| piece.links.outcome(run).altered) {
            judged.add_each(piece.segment, run, &|at| ChainFact::RecordAltered { record: at.number, chain: whose.clone() });
            run.spans.iter().for_each(|span| judged.mark(piece.segment, span.clone(), Standing::BROKEN));
        }
    }
}

/// Terminal markers: nothing follows a record that closes the chain. Whether a trusted signature closes it.
fn close(judged: &mut Judged<'_>, pieces: &[Piece<'_>], ordered: &[usize]) -> bool {
    let runs = || ordered.iter().flat_map(|piece| pieces[*piece].runs.iter().map(move |run| (&pieces[*piece], *run)));
    let closes = |run: &Run| run.rare.as_ref().is_some_and(|rare| rare.terminal);
    let last = runs().last();
    let mut closing = None;
    let mut after: u64 = 0;
    let mut first_after = None;
    for (piece, run) in runs() {
        if closing.is_some() {
            first_after = first_after.or(Some(judged.at(piece.segment, run.index(0))));
            after += run.count();
            run.spans.iter().for_each(|span| judged.mark(piece.segment, span.clone(), Standing::BROKEN));
        } else if closes(run) {
            closing = Some(judged.at(piece.segment, run.index(0)));
        }
    }
    if let (Some(closing), Some(at)) = (closing, first_after) {
        judged.add(ChainFact::AfterTerminal { last: closing.number, count: after }, at, after);
    }
    last.is_some_and(|(piece, run)| closes(run) && piece.links.outcome(run).signature.voucher().is_some())
}

/// Values that should be unique, delegation to other chains, malformed records.
fn attributes(judged: &mut Judged<'_>, files: &[&Links], chains: &BTreeMap<Arc<str>, Vec<Piece<'_>>>) {
    let ids: std::collections::HashSet<&(Arc<str>, u64)> = files.iter().flat_map(|links| &links.ids).collect();
    let mut seen: std::collections::HashMap<(&str, u64), At> = std::collections::HashMap::new();
    // What stands in copies is reported once.
    let mut own: std::collections::HashMap<(usize, &str), Option<(u64, u64)>> = std::collections::HashMap::new();
    for (chain, piece) in chains.iter().flat_map(|(chain, pieces)| pieces.iter().map(move |piece| (chain, piece))) {
        own.insert((piece.segment, chain), piece.indices());
    }
    let is_own = |segment: usize, chain: &str, index: u64| {
        own.get(&(segment, chain)).copied().flatten().is_some_and(|(first, last)| (first..=last).contains(&index))
    };
    for (segment, links) in files.iter().enumerate() {
        for (index, chain, value) in &links.once {
            let at = judged.at(segment, *index);
            if !is_own(segment, chain, *index) {
                continue;
            }
            if let Some(before) = seen.insert((chain, *value), at) {
                judged.add(ChainFact::RepeatedKey { record: at.number, earlier: before.number }, at, 1);
            }
        }
        for run in &links.runs {
            let Some(rare) = run.rare.as_deref() else { continue };
            let at = judged.at(segment, run.index(0));
            if let Some(fault) = &rare.fault {
                judged.add(ChainFact::RecordMalformed { record: at.number, cause: fault.clone() }, at, 1);
                judged.mark(segment, at.index..at.index + 1, Standing::BROKEN);
            }
            if let Some((chain, record)) = &rare.parent {
                let parent_chain = chain.clone();
                let known = chains.get_key_value(chain.as_str()).map(|(chain, _)| Arc::clone(chain));
                match known {
                    None => judged.add(ChainFact::DelegatedFromElsewhere { record: at.number, parent_chain }, at, 1),
                    Some(chain) if !ids.contains(&(Arc::clone(&chain), crate::seal::primitives::link::tag(record))) => {
                        let parent = record.to_string();
                        judged.add(ChainFact::DelegationMissing { record: at.number, parent_chain, parent }, at, 1);
                    }
                    Some(_) => {}
                }
            }
        }
    }
}

/// Reports records that stand in several files.
fn copies(judged: &mut Judged<'_>, chains: &BTreeMap<Arc<str>, Vec<Piece<'_>>>) {
    let mut files: BTreeMap<usize, (u64, u64)> = BTreeMap::new();
    for piece in chains.values().flatten() {
        let (same, all) = files.entry(piece.segment).or_default();
        *same += piece.len() - (piece.own.end - piece.own.start);
        *all += piece.len();
        if let Some(parts_at) = piece.parts_at.filter(|_| piece.is_elsewhere() || piece.own.start == 0) {
            let (run, inside) = piece.at(parts_at);
            let at = judged.at(piece.segment, piece.runs[run].index(inside));
            judged.add(ChainFact::FilesDiverge { record: at.number }, at, 0);
            judged.mark(piece.segment, at.index..at.index + 1, Standing::SUSPECT);
        }
    }
    for (segment, (same, all)) in files.into_iter().filter(|(_, (same, _))| *same > 0) {
        let fact = if same == all { ChainFact::OnlyCopies { count: same } } else { ChainFact::SomeCopies { count: same } };
        judged.add(fact, judged.at(segment, 0), same);
    }
}

/// Which files hold nothing but exact copies of records in other files, so that they are counted once.
fn duplicates(judged: &Judged<'_>, files: &[&Links], observed: &[Observed]) -> Vec<bool> {
    let mut duplicates = vec![false; files.len()];
    if judged.chain.doubtful {
        return duplicates;
    }
    let mut chains = pieces::by_chain(files);
    let mut whole: BTreeMap<usize, bool> = BTreeMap::new();
    for pieces in chains.values_mut() {
        pieces::part_copies(pieces);
        for piece in pieces {
            *whole.entry(piece.segment).or_insert(true) &= piece.is_elsewhere() && piece.is_copy && piece.parts_at.is_none();
        }
    }
    for (segment, whole) in whole {
        let print = observed[segment].fingerprint;
        // What stands outside of the chain is a copy too if the whole file is one.
        let is_twin = |(other, observed): (usize, &Observed)| other != segment && print.is_some() && observed.fingerprint == print;
        let is_copy = files[segment].outside.is_empty() || observed.iter().enumerate().any(is_twin);
        duplicates[segment] = whole && is_copy && observed[segment].failure.is_none();
    }
    duplicates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_that_is_said_of_a_record_counts() {
        let (good, bad, open) = (Standing::CONSISTENT, Standing::BROKEN, Standing::UNCHECKED);
        let marks = vec![(0..3, good), (3..5, bad), (5..6, good), (6..8, bad), (5..6, bad), (2..4, open), (9..9, bad)];
        assert_eq!(worst(marks), [(0..2, good), (2..3, open), (3..8, bad)]);
        assert_eq!(worst(vec![(0..2, good), (4..6, good)]), [(0..2, good), (4..6, good)]);
        assert_eq!(worst(Vec::new()), []);
    }
}
