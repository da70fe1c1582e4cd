//! Judges a tile log: how far its entries lead to signed roots, and what of the rest can be placed.

use crate::model::words::end::End;
use crate::model::words::keys::KeyStanding;
use crate::model::words::keys::KeyUse;
use crate::model::words::keys::Keys;
use std::collections::BTreeMap;

use super::log::{Signed, TileLog, Worth};
use crate::model::finding::{Code, Finding, Severity};
use crate::model::words::Fact;
use crate::model::words::keys::KeyFact;
use crate::model::words::tiles::TileFact;
use crate::model::{Answer, Ladder, Limit, Reason, Remedy};
use crate::seal::format::{Failure, Observed, Reread};
use crate::seal::primitives::entries::{FULL, MAX_BUNDLE, entries};
use crate::seal::primitives::locate::{Change, Located, locate};
use crate::seal::primitives::merkle::{Hash, Range, leaf};
use crate::seal::primitives::note::refusal;
use crate::seal::unread;
use crate::seal::verdict::{Conclusion, SegmentVerdict};
use crate::source::Reading;
use crate::trust::Standing;

/// Questions asked when comparing the leaf hashes of a bundle.
const BUDGET: usize = 1_000_000;

struct Judging<'a> {
    log: &'a TileLog,
    reread: &'a dyn Reread,
    findings: Vec<Finding>,
}

impl Judging<'_> {
    fn add(&mut self, fact: impl Into<Fact>, path: &str, record: Option<u64>, records: u64) {
        self.findings.push(Finding::of(fact, self.log.place(path, record, records)));
    }

    /// Adds that entries are missing. Where a bundle that was read does not simply hold fewer than it says, one that was not may hold them.
    fn gap(&mut self, fact: TileFact, path: &str, first: u64, records: u64, cut_short: bool) {
        let unread = if cut_short { None } else { unread::beside(&self.log.plans, &[], self.reread) };
        match unread {
            Some(unread) => self.add(unread::not_evaluated(fact.into(), &unread), path, Some(first), records),
            None => self.add(fact, path, Some(first), records),
        }
    }

    fn has(&self, code: Code) -> bool {
        self.findings.iter().any(|finding| finding.code == code)
    }
}

/// What the entries here hash to.
struct Tree {
    /// The number after the last entry up to which nothing is missing or unread.
    end: u64,
    /// The roots at the sizes that checkpoints state, as far as that.
    roots: BTreeMap<u64, Hash>,
    /// The first plan that does not follow the one before.
    broken_off: Option<usize>,
}

fn tree(log: &TileLog, observed: &[Observed]) -> Tree {
    let mut whole = Range::new(0);
    let mut roots: BTreeMap<u64, Hash> = BTreeMap::new();
    roots.extend(Range::new(0).root().map(|root| (0, root)));
    let mut broken_off = None;
    for (index, (plan, observed)) in log.plans.iter().zip(observed).enumerate() {
        // A bundle holds as many entries as its name says; one that holds more runs into the next one's numbers.
        let fits = whole.end() == plan.first && observed.failure.is_none() && observed.count == plan.expected.unwrap_or(FULL);
        let Some(range) = observed.tree.as_ref().filter(|_| fits) else {
            broken_off = Some(index);
            break;
        };
        for cut in &observed.cuts {
            let mut part = whole.clone();
            if part.append(cut) {
                roots.extend(part.root().map(|root| (part.end(), root)));
            }
        }
        if !whole.append(range) {
            broken_off = Some(index);
            break;
        }
        roots.extend(whole.root().map(|root| (whole.end(), root)));
    }
    Tree { end: whole.end(), roots, broken_off }
}

pub(super) fn conclude(log: &TileLog, observed: &[Observed], reread: &dyn Reread) -> Conclusion {
    let mut judging = Judging { log, reread, findings: Vec::new() };
    let tree = tree(log, observed);
    let uniform = |standing: Standing, first| SegmentVerdict::uniform(standing, first);
    let mut verdicts: Vec<SegmentVerdict> = log.plans.iter().map(|plan| uniform(Standing::UNCHECKED, plan.first)).collect();
    let complete = observed.iter().all(|observed| observed.failure.is_none());
    let size = log.head().map_or(0, |head| head.checkpoint.size);
    if let Some(head) = log.head() {
        signatures(&mut judging);
        let good = TileLog::standing(head);
        // The largest checkpoint that is worth as much as the head, and to whose root the entries lead.
        let peers = log.checkpoints.iter().filter(|signed| signed.worth() == head.worth());
        let proven = peers.map(|signed| &signed.checkpoint).filter(|old| tree.roots.get(&old.size) == Some(&old.root));
        let proven = proven.map(|old| old.size).max().unwrap_or(0);
        unread(&mut judging, observed, size, &mut verdicts);
        let mut standing_of = Runs::new(&log.plans, observed, verdicts);
        standing_of.set(0, proven, good);
        if proven < size {
            let leaves = log.believed(&head.checkpoint);
            match &leaves {
                Some(leaves) => placed(&mut judging, leaves, good, observed, reread, &mut standing_of),
                None if tree.end >= size => {
                    standing_of.set(proven, size, Standing::SUSPECT);
                    let path = log.plans.iter().rev().find(|plan| plan.first <= proven).map_or("", |plan| &plan.file.path);
                    judging.add(TileFact::AlteredSomewhere, path, None, 0);
                }
                None => {}
            }
            holes(&mut judging, &tree, observed, size);
        }
        verdicts = standing_of.verdicts;
        behind(&mut judging, observed, size);
        histories(&mut judging, &tree, head);
        copies(&mut judging, reread);
    }
    let (ladder, keys) = ladder(&judging, complete, observed);
    Conclusion { segments: verdicts, findings: judging.findings, ladder, keys, end: End::CheckpointOfEntries { count: size } }
}

/// States of entries by their number in the log, put on the bundles that hold them.
struct Runs<'a> {
    plans: &'a [crate::seal::format::SegmentPlan],
    counts: Vec<u64>,
    verdicts: Vec<SegmentVerdict>,
}

impl<'a> Runs<'a> {
    fn new(plans: &'a [crate::seal::format::SegmentPlan], observed: &[Observed], verdicts: Vec<SegmentVerdict>) -> Self {
        Self { plans, counts: observed.iter().map(|observed| observed.count).collect(), verdicts }
    }

    /// Entries `from..to` of the log; what a bundle holds beyond its own numbers stays unchecked.
    fn set(&mut self, from: u64, to: u64, standing: Standing) {
        (0..self.plans.len()).for_each(|segment| self.set_in(segment, from, to, standing));
    }

    /// The same in one bundle.
    fn set_in(&mut self, segment: usize, from: u64, to: u64, standing: Standing) {
        let Some(plan) = self.plans.get(segment) else { return };
        let held = self.counts.get(segment).copied().unwrap_or(0);
        let (start, end) = (from.max(plan.first), to.min(plan.first + FULL.min(held)));
        let Some(verdict) = self.verdicts.get_mut(segment).filter(|_| start < end) else { return };
        if start == plan.first && end - start == held {
            verdict.state = standing;
            verdict.exceptions.clear();
        } else {
            verdict.exceptions.push((start - plan.first..end - plan.first, standing));
        }
    }
}

/// Reports bundles that could not be read or cut.
fn unread(judging: &mut Judging<'_>, observed: &[Observed], size: u64, verdicts: &mut [SegmentVerdict]) {
    let log = judging.log;
    for ((plan, observed), verdict) in log.plans.iter().zip(observed).zip(verdicts) {
        let path = plan.file.path.as_str();
        match &observed.failure {
            // What the checkpoint covers and cannot be cut into entries is not what was logged.
            Some(Failure::Damaged(cause)) if plan.first < size => {
                judging.add(TileFact::BundleDamaged { cause: cause.clone() }, path, Some(plan.first), 0);
                verdict.state = Standing::BROKEN;
            }
            Some(Failure::Cancelled) | None => {}
            Some(Failure::Damaged(cause) | Failure::Unreadable(cause) | Failure::TooLarge(cause)) => {
                judging.add(TileFact::BundleUnread { cause: cause.clone() }, path, Some(plan.first), 0);
            }
        }
    }
}

/// Checks each entry against the believed leaf hashes.
fn placed(judging: &mut Judging<'_>, leaves: &[Hash], good: Standing, observed: &[Observed], reread: &dyn Reread, runs: &mut Runs<'_>) {
    let log = judging.log;
    for (segment, plan) in log.plans.iter().enumerate() {
        let Some(observed) = observed.get(segment) else { continue };
        let start = usize::try_from(plan.first).map_or(usize::MAX, |first| first).min(leaves.len());
        let sealed = &leaves[start..start.saturating_add(FULL as usize).min(leaves.len())];
        if sealed.is_empty() || observed.failure.is_some() {
            continue;
        }
        let content = match reread.content(segment) {
            Reading::Done(content) => content,
            // Why it cannot be read now is reported where it was read.
            Reading::Stopped | Reading::Unreadable(_) | Reading::TooLarge(_) | Reading::Damaged(_) => continue,
        };
        let here: Vec<Hash> = entries(&content).into_iter().flatten().map(leaf).collect();
        let held = here.len().min(usize::try_from(observed.count).map_or(usize::MAX, |count| count));
        // Entries behind the checkpoint are not compared.
        let held =
            if plan.first + held as u64 > leaves.len() as u64 && here.get(..sealed.len()) == Some(sealed) { sealed.len() } else { held };
        let end = plan.first + sealed.len().min(held) as u64;
        let same = |one: usize, other: usize| sealed[one] == here[other];
        match locate(sealed.len(), held, BUDGET, &same) {
            Located::Exactly(changes) if changes.is_empty() => runs.set_in(segment, plan.first, end, good),
            Located::Exactly(changes) => {
                runs.set_in(segment, plan.first, end, good);
                changes.into_iter().for_each(|change| changed(judging, segment, change, held, runs));
            }
            Located::Within(_) => {
                runs.set_in(segment, plan.first, end, Standing::SUSPECT);
                judging.add(TileFact::BundleAltered, &plan.file.path, Some(plan.first), 0);
            }
        }
    }
}

fn changed(judging: &mut Judging<'_>, segment: usize, change: Change, held: usize, runs: &mut Runs<'_>) {
    let log = judging.log;
    let plan = &log.plans[segment];
    let entry = |index: usize| plan.first + index as u64;
    let (fact, number, mark) = match change {
        Change::Altered { sealed, here } => (TileFact::EntryAltered { entry: entry(sealed) }, entry(sealed), Some(here)),
        // A bundle that ends early is reported as a hole.
        Change::Removed { here, .. } if here >= held => return,
        Change::Removed { sealed, .. } => (TileFact::EntryRemoved { entry: entry(sealed) }, entry(sealed), None),
        Change::Inserted { sealed, here } => {
            let after = entry(sealed.saturating_sub(1));
            (TileFact::EntryInserted { after }, after, Some(here))
        }
        Change::Moved { sealed, here } => (TileFact::EntryMoved { entry: entry(sealed) }, entry(sealed), Some(here)),
    };
    judging.add(fact, &plan.file.path, Some(number), 1);
    if let Some(here) = mark.map(|here| here as u64) {
        runs.verdicts[segment].exceptions.push((here..here + 1, Standing::BROKEN));
    }
}

/// Tells which entries below the checkpoint's size are not here.
fn holes(judging: &mut Judging<'_>, tree: &Tree, observed: &[Observed], size: u64) {
    let log = judging.log;
    let Some(head) = log.head() else { return };
    // The bundle before, if any, was read and holds fewer entries than its name says.
    let (mut next, mut cut_short) = (0, false);
    for (plan, observed) in log.plans.iter().zip(observed).skip(tree.broken_off.unwrap_or(0)).filter(|(plan, _)| plan.first < size) {
        if next == 0 {
            next = tree.end;
        }
        if plan.first > next {
            let fact = TileFact::Gap { from: next, to: plan.first.saturating_sub(1) };
            judging.gap(fact, &plan.file.path, next, plan.first - next, cut_short);
        }
        let width = plan.expected.unwrap_or(FULL);
        cut_short = observed.failure.is_none() && observed.count < width;
        let stated = plan.first + width.min(FULL);
        match observed.failure {
            // What it holds is not known.
            Some(_) => next = plan.first + FULL,
            None if observed.count > width => {
                let fact = TileFact::TooManyEntries { stated: width, here: observed.count };
                judging.add(fact, &plan.file.path, Some(stated), observed.count - width);
                next = stated;
            }
            None => next = plan.first + observed.count,
        }
    }
    let end = if tree.broken_off.is_some() { next.max(tree.end) } else { tree.end };
    if end < size {
        judging.gap(TileFact::Truncated { stated: size, here: end }, &head.path, end, size - end, cut_short);
    }
}

/// Entries after the checkpoint: nothing vouches for them.
fn behind(judging: &mut Judging<'_>, observed: &[Observed], size: u64) {
    let log = judging.log;
    let held = |(plan, observed): (&crate::seal::format::SegmentPlan, &Observed)| {
        (plan.first + observed.count).saturating_sub(size.max(plan.first))
    };
    let extra: u64 = log.plans.iter().zip(observed).map(held).sum();
    let first = log.plans.iter().zip(observed).find(|(plan, observed)| plan.first + observed.count > size);
    if let Some((plan, _)) = first {
        judging.add(TileFact::AfterCheckpoint { stated: size, count: extra }, &plan.file.path, Some(size.max(plan.first)), extra);
    }
}

/// Checks the entries against the other checkpoints.
fn histories(judging: &mut Judging<'_>, tree: &Tree, head: &Signed) {
    let log = judging.log;
    // If the entries lead to the head's root, then they are the history that it speaks of.
    let agrees = tree.roots.get(&head.checkpoint.size) == Some(&head.checkpoint.root);
    for old in &log.checkpoints {
        let (size, path) = (old.checkpoint.size, old.path.as_str());
        if std::ptr::eq(old, head) {
            continue;
        }
        let same_size = size == head.checkpoint.size && old.checkpoint.root != head.checkpoint.root;
        let contradicts = same_size || agrees && tree.roots.get(&size).is_some_and(|root| *root != old.checkpoint.root);
        if contradicts && old.worth() >= Worth::Unwitnessed {
            judging.add(TileFact::Fork { size, other: head.path.clone() }, path, Some(size), 0);
        } else if contradicts || size > head.checkpoint.size {
            // Anyone can write such a checkpoint.
            judging.add(TileFact::StrangersCheckpoint { size }, path, Some(size), 0);
        }
    }
    for other in &log.foreign {
        judging.add(TileFact::OtherLog { origin: other.checkpoint.origin.clone() }, &other.path, None, 0);
    }
}

/// Narrower copies of a bundle must be the beginning of the one that counts.
fn copies(judging: &mut Judging<'_>, reread: &dyn Reread) {
    let log = judging.log;
    for (segment, file) in &log.narrower {
        if reread.stopped() {
            return;
        }
        let (Reading::Done(whole), Reading::Done(part)) = (reread.content(*segment), Reading::from(file.read_all(MAX_BUNDLE))) else {
            continue;
        };
        if !whole.starts_with(&part) {
            let plan = &log.plans[*segment];
            judging.add(TileFact::CopyDiffers { whole: plan.file.path.clone() }, &file.path, Some(plan.first), 0);
        }
    }
}

fn signatures(judging: &mut Judging<'_>) {
    let log = judging.log;
    let Some(head) = log.head() else { return };
    for signed in &log.checkpoints {
        if let Err(error) = &signed.judged {
            judging.add(TileFact::CheckpointForged { cause: error.to_string() }, &signed.path, None, 0);
        }
    }
    let Ok(signatures) = &head.judged else { return };
    if signatures.sealed().is_some() {
        return;
    }
    if signatures.quorum_missed() {
        judging.add(KeyFact::QuorumMissed { origin: log.origin.clone() }, &head.path, None, 0);
        return;
    }
    for (key, why) in &signatures.refused {
        judging.add(refusal(key, *why, &log.origin), &head.path, None, 0);
    }
    if signatures.refused.is_empty() {
        let came_along = !signatures.foreign.is_empty();
        judging.add(KeyFact::Unknown { origin: log.origin.clone(), signers: Vec::new(), came_along }, &head.path, None, 0);
    }
}

fn ladder(judging: &Judging<'_>, complete: bool, observed: &[Observed]) -> (Ladder, Keys) {
    let log = judging.log;
    let head = log.head();
    let trusted = head.is_some_and(|signed| signed.worth() == Worth::Sealed);
    let errors = |codes: &'static [Code]| {
        judging.findings.iter().filter(|finding| finding.severity == Severity::Error && codes.contains(&finding.code))
    };
    let has = |codes: &'static [Code]| errors(codes).next().is_some();
    let unread = !complete || observed.is_empty() || judging.has(Code::Unreadable) || judging.has(Code::MissingOrUnread);
    let behind = judging.has(Code::AfterLastSeal);
    let answer = |codes: &'static [Code], good: Reason| match Answer::found(errors(codes), Remedy::GetFilesAgain) {
        Some(answer) => answer,
        None if unread => Answer::unprovable(Reason::NotAllChecked, None),
        None if has(&[Code::Gap, Code::Truncated, Code::RecordsAdded]) => Answer::unprovable(Reason::EntriesMissing, Remedy::GetBundles),
        None if trusted && behind => Answer::conditional(good, Remedy::NewerCheckpoint).but(Limit::ToCheckpoint),
        None if trusted => Answer::proved(good),
        None => Answer::conditional(good, Remedy::TrustOperator).but(Limit::KeyGenuine),
    };
    let edited = answer(&[Code::RecordAltered, Code::SegmentAltered], Reason::EntriesMatch);
    let missing = answer(
        &[Code::RecordRemoved, Code::RecordInserted, Code::RecordMoved, Code::RecordsAdded, Code::Gap, Code::Truncated, Code::Fork],
        Reason::EntriesFollow,
    );
    let tail = Answer::found(errors(&[Code::Truncated]), Remedy::GetBundles)
        .unwrap_or_else(|| Answer::unprovable(Reason::MayHaveGrown, Remedy::CosignedCheckpoint));
    let keys = head.map_or(Keys::None, |signed| {
        let own = signed.judged.as_ref().map_or(None, |signatures| signatures.log().map(|vouched| vouched.key().name.clone()));
        let standing = match signed.worth() {
            Worth::Sealed => KeyStanding::Trusted,
            Worth::Unwitnessed => KeyStanding::TooFewWitnesses,
            Worth::Stranger => KeyStanding::Unknown,
            Worth::Forged => KeyStanding::Fails,
        };
        let key = own.map_or_else(|| KeyUse::of_log(signed.checkpoint.origin.clone(), standing), |name| KeyUse::new(name, standing));
        Keys::these([key])
    });
    let signed = Reason::Signed { keys: keys.clone() };
    let key = match (has(&[Code::SealForged]), trusted) {
        (true, _) => Answer::failed(Reason::SignatureFails, Remedy::GetCheckpoint),
        (false, true) => Answer::proved(signed),
        (false, false) => Answer::conditional(signed, Remedy::TrustOperator),
    };
    let time = head.and_then(|signed| signed.judged.as_ref().map_or(None, |signatures| signatures.time()));
    let clock = match time {
        Some(time) => Answer::conditional(Reason::CheckpointSigned { time }, None),
        None => Answer::unprovable(Reason::NoSignedTime, Remedy::WitnessLog),
    };
    (Ladder::new([edited, missing, tail, key, clock]), keys)
}
