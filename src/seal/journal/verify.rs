//! Checks the tags of a journal with a verification key.

use std::collections::BTreeMap;
use std::ops::Range;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::file::{Journal, Kind};
use super::fsprg::VerificationKey;
use crate::model::stop;
use crate::model::words::journals::{Cover, Misplaced};

/// What a tag says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Its number, from 1.
    pub number: u64,
    /// Where it stands in the file.
    pub offset: usize,
    /// Whether its code holds.
    pub holds: bool,
    /// Whether its key was not computed.
    pub unknown: bool,
    /// The entries it covers, by their index in the file.
    pub entries: Range<u64>,
    /// Until when it was made at the latest, microseconds since 1970.
    pub until: u64,
    /// What is wrong with its place or time.
    pub fault: Option<Misplaced>,
}

/// What verification of a file gave.
#[derive(Clone, Debug, Default)]
pub struct Verified {
    /// The tags, in order.
    pub tags: Vec<Tag>,
    /// How each entry stands, by its index in the file.
    pub covers: Vec<Cover>,
    /// Entries after the last tag.
    pub behind: u64,
    /// Whether tags were left unchecked since they ask for too many keys out of order.
    pub exhausted: bool,
}

/// Verifies every tag.
pub fn verify(journal: &Journal<'_>, key: &mut VerificationKey) -> Verified {
    let mut verified = Verified::default();
    let mut first_object = 0;
    let mut first_entry = 0;
    let mut entries = 0;
    let mut last: Option<(u64, u64)> = None;
    let (mut newest, mut oldest) = (0, u64::MAX);
    // Which tag covers each data object, for entries that refer to it.
    let mut covered: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, object) in journal.objects.iter().enumerate() {
        if stop::is_wished() {
            return verified;
        }
        match object.kind {
            Kind::Entry => {
                entries += 1;
                newest = newest.max(journal.realtime(object));
                oldest = oldest.min(journal.realtime(object));
            }
            Kind::Data => {
                covered.insert(object.offset, verified.tags.len());
            }
            Kind::Tag => {
                let (number, epoch, code) = journal.tag(object);
                let fault = fault(journal, key, (number, epoch), last, (oldest, newest));
                let unknown = key.is_exhausted();
                let holds = key.at(epoch).is_some_and(|key| {
                    // HMAC takes keys of any length, so this never fails.
                    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else { return false };
                    if verified.tags.is_empty() {
                        journal.sealed_header().iter().for_each(|part| mac.update(part));
                    }
                    for object in journal.objects[first_object..=index].iter().take_while(|_| !stop::is_wished()) {
                        journal.sealed_parts(object).iter().for_each(|part| mac.update(part));
                    }
                    mac.verify_slice(code).is_ok()
                });
                let until = key.start_microseconds.saturating_add(epoch.saturating_add(1).saturating_mul(key.interval_microseconds));
                let unknown = !holds && (unknown || key.is_exhausted());
                verified.exhausted |= unknown;
                verified.tags.push(Tag { number, offset: object.offset, holds, unknown, entries: first_entry..entries, until, fault });
                last = Some((number, epoch));
                (first_object, first_entry, newest, oldest) = (index + 1, entries, 0, u64::MAX);
            }
            Kind::Field | Kind::EntryArray | Kind::Other => {}
        }
    }
    verified.behind = entries - first_entry;
    covers(journal, &mut verified, &covered);
    verified
}

/// What is wrong with a tag's place or time. `tag` and `last` are number and epoch; `times` the oldest and newest entry under it, microseconds.
fn fault(journal: &Journal<'_>, key: &VerificationKey, tag: (u64, u64), last: Option<(u64, u64)>, times: (u64, u64)) -> Option<Misplaced> {
    let (number, epoch) = tag;
    let (before, epoch_before) = last.unwrap_or((0, 0));
    if before.checked_add(1) != Some(number) {
        return Some(Misplaced::Follows(before));
    }
    if last.is_some() && epoch < epoch_before {
        return Some(Misplaced::OlderEpoch);
    }
    if last.is_some() && journal.continuous && epoch.saturating_sub(epoch_before) > 1 {
        return Some(Misplaced::EpochsMissing(epoch - epoch_before - 1));
    }
    let start = |epoch: u64| key.start_microseconds.saturating_add(epoch.saturating_mul(key.interval_microseconds));
    if times.1 >= start(epoch.saturating_add(1)) {
        return Some(Misplaced::EntryYounger);
    }
    // Clocks are set back by little; a whole epoch and more is reported.
    let earliest = start(epoch_before.saturating_sub(1));
    (times.0 < earliest && last.is_some()).then_some(Misplaced::EntryOlder)
}

/// An entry is covered only if its own tag holds and those over every field that it refers to.
fn covers(journal: &Journal<'_>, verified: &mut Verified, covered: &BTreeMap<usize, usize>) {
    let under = |tag: usize| match verified.tags.get(tag) {
        Some(tag) if tag.holds => Cover::Whole,
        Some(tag) if tag.unknown => Cover::Unknown,
        Some(_) => Cover::Failing,
        None => Cover::Behind,
    };
    let mut covers = Vec::new();
    let mut tag = 0;
    for object in journal.objects.iter().take_while(|_| !stop::is_wished()) {
        match object.kind {
            Kind::Tag => tag += 1,
            Kind::Entry => {
                // A later tag does not cover a field that stands before it, and no tag covers one that stands after the last.
                let fields = journal.fields(object).into_iter().map(|offset| covered.get(&offset).map_or(Cover::Torn, |tag| under(*tag)));
                covers.push(fields.fold(under(tag), Cover::max));
            }
            Kind::Data | Kind::Field | Kind::EntryArray | Kind::Other => {}
        }
    }
    verified.covers = covers;
}
