//! Holds the tags of a journal against a verification key.

use std::collections::BTreeMap;
use std::ops::Range;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::file::{Journal, Kind};
use super::fsprg::VerificationKey;
use crate::model::State;

/// What a tag says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Its number, from 1.
    pub number: u64,
    /// Where it stands in the file.
    pub offset: usize,
    /// Whether its code holds.
    pub holds: bool,
    /// The entries it covers, by their index in the file.
    pub entries: Range<u64>,
    /// Until when it was made at the latest, microseconds since 1970.
    pub until: u64,
    /// What is wrong with its place or time, in words.
    pub fault: Option<String>,
}

/// What verification of a file gave.
#[derive(Clone, Debug, Default)]
pub struct Verified {
    /// The tags, in order.
    pub tags: Vec<Tag>,
    /// The state of each entry, by its index in the file.
    pub states: Vec<State>,
    /// Entries after the last tag.
    pub unsealed: u64,
}

/// Verifies every tag.
pub fn verify(journal: &Journal<'_>, key: &mut VerificationKey) -> Verified {
    let mut verified = Verified::default();
    let mut first_object = 0;
    let mut first_entry = 0;
    let mut entries = 0;
    let mut last: Option<(u64, u64)> = None;
    let mut newest: u64 = 0;
    // Which tag covers each data object, for entries that refer to it.
    let mut covered: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, object) in journal.objects.iter().enumerate() {
        match object.kind {
            Kind::Entry => {
                entries += 1;
                newest = newest.max(journal.realtime(object));
            }
            Kind::Data => {
                covered.insert(object.offset, verified.tags.len());
            }
            Kind::Tag => {
                let (number, epoch, code) = journal.tag(object);
                let fault = fault(journal, key, number, epoch, last, newest);
                let holds = key.at(epoch).is_some_and(|key| {
                    // HMAC takes keys of any length, so this never fails.
                    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else { return false };
                    if verified.tags.is_empty() {
                        journal.sealed_header().iter().for_each(|part| mac.update(part));
                    }
                    for object in &journal.objects[first_object..=index] {
                        journal.sealed_parts(object).iter().for_each(|part| mac.update(part));
                    }
                    mac.verify_slice(code).is_ok()
                });
                let until = key.start_microseconds.saturating_add(epoch.saturating_add(1).saturating_mul(key.interval_microseconds));
                verified.tags.push(Tag { number, offset: object.offset, holds, entries: first_entry..entries, until, fault });
                last = Some((number, epoch));
                (first_object, first_entry, newest) = (index + 1, entries, 0);
            }
            Kind::Field | Kind::EntryArray | Kind::Other => {}
        }
    }
    verified.unsealed = entries - first_entry;
    states(journal, &mut verified, &covered);
    verified
}

/// What is wrong with a tag's place or time.
fn fault(journal: &Journal<'_>, key: &VerificationKey, number: u64, epoch: u64, last: Option<(u64, u64)>, newest: u64) -> Option<String> {
    let (before, epoch_before) = last.unwrap_or((0, 0));
    if number != before + 1 {
        return Some(format!("tag {number} follows tag {before}: tags between them are missing"));
    }
    if last.is_some() && epoch < epoch_before {
        return Some(format!("tag {number} is of an older epoch than the one before it"));
    }
    if last.is_some() && journal.continuous && epoch > epoch_before + 1 {
        return Some(format!(
            "{} epochs before tag {number} have no tag, though the journal says that each has one",
            epoch - epoch_before - 1
        ));
    }
    let until = key.start_microseconds.saturating_add(epoch.saturating_add(1).saturating_mul(key.interval_microseconds));
    (newest >= until).then(|| format!("an entry under tag {number} is younger than the tag itself"))
}

/// An entry is sealed only if its own tag holds and those over every field that it refers to.
fn states(journal: &Journal<'_>, verified: &mut Verified, covered: &BTreeMap<usize, usize>) {
    let good = |tag: usize| verified.tags.get(tag).map(|tag| tag.holds);
    let mut states = Vec::new();
    let mut tag = 0;
    for object in &journal.objects {
        match object.kind {
            Kind::Tag => tag += 1,
            Kind::Entry => {
                let fields = journal.fields(object);
                let worst = fields.iter().map(|offset| match covered.get(offset) {
                    None => State::Broken,
                    Some(tag) => match good(*tag) {
                        Some(true) => State::Sealed,
                        Some(false) => State::Suspect,
                        None => State::Unsealed,
                    },
                });
                let own = match good(tag) {
                    Some(true) => State::Sealed,
                    Some(false) => State::Suspect,
                    None => State::Unsealed,
                };
                // A later tag does not cover a field that stands before it, and no tag covers one that stands after the last.
                states.push(match worst.chain([own]).max_by_key(|state| rank(*state)) {
                    Some(state) => state,
                    None => own,
                });
            }
            Kind::Data | Kind::Field | Kind::EntryArray | Kind::Other => {}
        }
    }
    verified.states = states;
}

fn rank(state: State) -> u8 {
    match state {
        State::Sealed => 0,
        State::Unsealed => 1,
        State::Suspect => 2,
        _ => 3,
    }
}
