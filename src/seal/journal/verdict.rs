//! Judges the files of a journal: each tag, each entry, and what of a set of files is missing.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::log::{Examined, JournalLog, Sealed, nanoseconds};
use super::numbers::{self, Missing, Numbers};
use super::verify::{Tag, Verified};
use crate::model::finding::{Code, Finding, Place};
use crate::model::text::hex;
use crate::model::words::Fact;
use crate::model::words::end::End;
use crate::model::words::journals::{Cover, JournalFact, Misplaced};
use crate::model::words::keys::{KeyStanding, KeyUse, Keys};
use crate::model::words::reading::ReadingFact;
use crate::model::{Answer, Ladder, Limit, Reason, Remedy, Status};
use crate::seal::format::{Observed, Reread};
use crate::seal::unread;
use crate::seal::verdict::{Conclusion, SegmentVerdict};
use crate::source::Reading;
use crate::trust::Standing;

/// How far an entry can be believed. Under a key that vouches for the file, that is.
pub(super) fn standing(cover: Cover, sealed: &Sealed) -> Standing {
    match cover {
        Cover::Whole => Standing::sealed(&sealed.voucher),
        // It was never said that it is sealed, but the journal is: nothing was checked.
        Cover::Behind | Cover::Unknown => Standing::UNCHECKED,
        Cover::Failing => Standing::SUSPECT,
        Cover::Torn => Standing::BROKEN,
    }
}

struct Summary<'a> {
    log: &'a JournalLog,
    findings: Vec<Finding>,
    keys: BTreeSet<String>,
    tags: usize,
    held: usize,
    behind: u64,
    /// Files that say that they are sealed.
    sealed_files: usize,
    /// Of these, files under a key that fits.
    checked_files: usize,
    /// The end of the last sealed epoch, nanoseconds since 1970.
    last: Option<i64>,
    unread: bool,
    copies: BTreeMap<String, String>,
}

pub(super) fn conclude(log: &JournalLog, observed: &[Observed], reread: &dyn Reread) -> Conclusion {
    let mut summary = Summary {
        log,
        findings: Vec::new(),
        keys: BTreeSet::new(),
        tags: 0,
        held: 0,
        behind: 0,
        sealed_files: 0,
        checked_files: 0,
        last: None,
        unread: false,
        copies: BTreeMap::new(),
    };
    let mut segments = Vec::new();
    let mut first = 0;
    // A file that none of the keys fits is altered if a key of this machine is here: one that fits another file of the same.
    let mut doubtful: Vec<(usize, Examined)> = Vec::new();
    let mut machines = Vec::new();
    // Files that a key vouches for, by the numbers of their entries.
    let mut numbered: Vec<(usize, Numbers)> = Vec::new();
    for (segment, observed) in observed.iter().enumerate() {
        let verdict = match observed.content(segment, reread) {
            Reading::Done(content) => {
                let (verdict, examined) = summary.file(segment, first, &content);
                if let Some(examined) = examined {
                    if examined.sealed.is_some() {
                        machines.push(examined.machine.clone());
                        numbered.extend(examined.numbers.clone().map(|numbers| (segment, numbers)));
                    } else if examined.claims_seal {
                        doubtful.push((segment, examined));
                    }
                }
                verdict
            }
            Reading::Damaged(cause) if super::file::says_sealed(&log.plans[segment].file.start) => {
                summary.sealed_files += 1;
                summary.add(JournalFact::Damaged { cause }, segment, None, 0);
                SegmentVerdict::uniform(Standing::BROKEN, first)
            }
            Reading::Unreadable(cause) | Reading::TooLarge(cause) | Reading::Damaged(cause) => {
                summary.add(ReadingFact::Unreadable { cause }, segment, None, 0);
                SegmentVerdict::uniform(Standing::UNCHECKED, first)
            }
            Reading::Stopped => SegmentVerdict::uniform(Standing::UNCHECKED, first),
        };
        summary.unread |= observed.failure.is_some();
        if !verdict.duplicate {
            first += observed.count;
        }
        segments.push(verdict);
    }
    for (segment, examined) in doubtful {
        let altered = examined.after_key_began && machines.contains(&examined.machine);
        if altered {
            summary.add(JournalFact::TagsReplaced, segment, None, 0);
            segments[segment].state = Standing::BROKEN;
            continue;
        }
        summary.add(JournalFact::KeyMissing { is_unfit: examined.unfit }, segment, None, 0);
    }
    for Missing { before, first, count } in numbers::missing(&numbered) {
        summary.add(JournalFact::NumbersMissing { first, entries: count }, before, None, count);
    }
    summary.unread |= unread::weigh(&log.plans, &mut summary.findings, reread);
    let ladder = summary.ladder();
    let keys = summary.keys();
    let end = summary.last.map_or(End::Unknown, |time| End::SealedUntil { time });
    Conclusion { segments, findings: summary.findings, ladder, keys, end }
}

impl Summary<'_> {
    fn add(&mut self, fact: impl Into<Fact>, segment: usize, record: Option<u64>, records: u64) {
        let file = &self.log.plans[segment].file;
        let place = Place { log: Some(self.log.origin.clone()), path: file.path.clone(), record, count: records, ..Place::default() };
        self.findings.push(Finding::of(fact, place));
    }

    /// Judges one file.
    fn file(&mut self, segment: usize, first: u64, content: &[u8]) -> (SegmentVerdict, Option<Examined>) {
        let mut verdict = SegmentVerdict::uniform(Standing::UNCHECKED, first);
        let Some(examined) = self.log.examine(content) else {
            self.add(JournalFact::HeaderUnreadable, segment, None, 0);
            self.unread = true;
            return (verdict, None);
        };
        let hash = hex(&Sha256::digest(content));
        let path = self.log.plans[segment].file.path.clone();
        if let Some(other) = self.copies.get(&hash).cloned() {
            verdict.duplicate = true;
            self.add(ReadingFact::CopyOf { other }, segment, None, 0);
        } else {
            self.copies.insert(hash, path);
        }
        self.structure(segment, first, &examined);
        if !examined.claims_seal {
            verdict.state = Standing::UNSEALED;
            return (verdict, Some(examined));
        }
        self.sealed_files += 1;
        let Some(sealed) = &examined.sealed else { return (verdict, Some(examined)) };
        let verified = &sealed.verified;
        self.checked_files += 1;
        self.keys.insert(sealed.key.name.clone());
        self.tags += verified.tags.len();
        self.held += verified.tags.iter().filter(|tag| tag.holds).count();
        self.last = verified.tags.iter().filter(|tag| tag.holds).map(|tag| nanoseconds(tag.until)).chain(self.last).max();
        if verified.exhausted {
            self.add(JournalFact::TooManyKeys, segment, None, 0);
            self.unread = true;
        }
        verified.tags.iter().for_each(|tag| self.tag(segment, first, tag));
        self.end(segment, first, &examined, verified);
        verdict.state = Standing::sealed(&sealed.voucher);
        verdict.sealed_at = verified.tags.iter().rev().find(|tag| tag.holds).map(|tag| nanoseconds(tag.until));
        for (index, cover) in verified.covers.iter().enumerate().filter(|(_, cover)| **cover != Cover::Whole) {
            let state = standing(*cover, sealed);
            match verdict.exceptions.last_mut() {
                Some((run, other)) if run.end == index as u64 && *other == state => run.end += 1,
                _ => verdict.exceptions.push((index as u64..index as u64 + 1, state)),
            }
        }
        if verified.covers.is_empty() && !verified.tags.iter().all(|tag| tag.holds) {
            verdict.state = Standing::BROKEN;
        }
        (verdict, Some(examined))
    }

    /// Damage to what no tag covers.
    fn structure(&mut self, segment: usize, first: u64, examined: &Examined) {
        if let Some(damage) = &examined.damage {
            let cause = damage.to_string();
            // Under a key that fits, what stood behind is known to have been sealed.
            let fact = match &examined.sealed {
                Some(_) => JournalFact::SealedPartBreaksOff { cause },
                None => JournalFact::BreaksOff { cause },
            };
            let entries = examined.sealed.as_ref().map(|sealed| first + sealed.verified.covers.len() as u64);
            self.add(fact, segment, entries, 0);
            self.unread = true;
        }
        if let Some(damage) = &examined.index_damage {
            self.add(JournalFact::IndexDamaged { cause: damage.to_string(), is_closed: examined.closed }, segment, None, 0);
        }
    }

    /// What stands behind the last tag, or stood there.
    fn end(&mut self, segment: usize, first: u64, examined: &Examined, verified: &Verified) {
        self.behind += verified.behind;
        let end = first + verified.covers.len() as u64;
        let here = verified.tags.len() as u64;
        if examined.flag_cleared {
            self.add(JournalFact::FlagCleared, segment, None, 0);
        }
        if let Some(stated) = examined.stated_tags.filter(|stated| examined.closed && *stated != here) {
            let fact = match stated < here {
                false => JournalFact::TagsMissing { stated, here },
                true => JournalFact::TagsAdded { stated, here },
            };
            self.add(fact, segment, Some(end), 0);
        }
        if examined.behind_end > 0 && examined.closed {
            self.add(JournalFact::CutByHeader { objects: examined.behind_end as u64 }, segment, Some(end), 0);
        }
        if verified.behind > 0 {
            let count = verified.behind;
            self.add(JournalFact::AfterLastTag { count }, segment, Some(end - count), count);
        }
    }

    fn tag(&mut self, segment: usize, first: u64, tag: &Tag) {
        let records = tag.entries.end - tag.entries.start;
        let at = Some(first + tag.entries.start);
        if !tag.holds && !tag.unknown {
            let entries = tag.entries.end.checked_sub(1).filter(|_| records > 0).map(|last| (first + tag.entries.start, first + last));
            self.add(JournalFact::TagFails { tag: tag.number, offset: tag.offset as u64, entries }, segment, at, records);
        }
        if let Some(fault) = tag.fault {
            let fact = match fault {
                Misplaced::EntryYounger => JournalFact::EntryAfterTag { tag: tag.number },
                Misplaced::EntryOlder => JournalFact::EntryBeforeTag { tag: tag.number },
                fault => JournalFact::TagMisplaced { tag: tag.number, fault },
            };
            self.add(fact, segment, at, records);
        }
    }

    fn keys(&self) -> Keys {
        match (self.keys.is_empty(), self.sealed_files) {
            (true, 0) => Keys::None,
            (true, _) => Keys::VerificationKeyMissing,
            (false, _) => Keys::these(self.keys.iter().map(|name| KeyUse::new(name.clone(), KeyStanding::Trusted))),
        }
    }

    fn ladder(&self) -> Ladder {
        if self.sealed_files == 0 {
            return Ladder::unsealed();
        }
        let checked = self.checked_files > 0;
        let unchecked = self.checked_files < self.log.plans.len() || self.unread;
        let whole = self.held == self.tags && !unchecked && self.behind == 0;
        let answer = |codes: &[Code], good: Reason, proved: Status| {
            let found = self.findings.iter().filter(|finding| codes.contains(&finding.code));
            if let Some(answer) = Answer::found(found, Remedy::AnotherCopy) {
                return answer;
            }
            match (checked, whole) {
                (false, _) => Answer::unprovable(Reason::VerificationKeyMissing, Remedy::AddVerificationKey),
                (true, true) => Answer::new(proved, good, None),
                (true, false) => Answer::conditional(good, None).but(Limit::PartsNotSealed),
            }
        };
        let edited = answer(&[Code::SegmentAltered, Code::SealForged], Reason::TagsHold, Status::Proved);
        // Files are linked by the numbers of their entries alone.
        let moved = answer(&[Code::SegmentAltered, Code::Gap, Code::SealForged, Code::Truncated], Reason::TagsFollow, Status::Conditional);
        let cut = self.findings.iter().filter(|finding| finding.code == Code::Truncated);
        let tail = Answer::found(cut, Remedy::AnotherCopy)
            .unwrap_or_else(|| Answer::unprovable(Reason::TagsMayBeCut { unsealed: self.behind }, Remedy::KeepTagTime));
        let key = match checked {
            true => Answer::conditional(Reason::SharedKey { keys: self.keys() }, Remedy::KeepKeyAway),
            false => Answer::unprovable(Reason::Signed { keys: self.keys() }, Remedy::AddVerificationKey),
        };
        let clock = match self.last.filter(|_| checked) {
            Some(until) => Answer::conditional(Reason::MachineClock { until: Some(until) }, None),
            None => Answer::unprovable(Reason::MachineClock { until: None }, Remedy::AddVerificationKey),
        };
        Ladder::new([edited, moved, tail, key, clock])
    }
}
