//! Judges hash chains: each record by its own hash, each link by its neighbour, each signature by its key.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::signers::{self, Signers};
use super::{Chain, Profile};
use crate::model::finding::{Code, Finding, Place};
use crate::model::text::{count, plural, visible};
use crate::model::{Ladder, State, Status};
use crate::seal::{Conclusion, Failure, Link, Observed, Reread, SegmentVerdict, Signature};

/// Findings of one kind beyond this are summed up.
const LISTED: usize = 200;

/// A record's place: segment and index in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    /// Which file.
    pub segment: usize,
    /// Which record of the file.
    pub index: u64,
    /// Number in the log.
    pub number: u64,
}

/// What was found so far.
pub(super) struct Judged<'a> {
    /// The log.
    pub chain: &'a Chain,
    findings: Vec<Finding>,
    told: BTreeMap<Code, usize>,
    marks: Vec<Vec<(std::ops::Range<u64>, State)>>,
}

impl Judged<'_> {
    /// Adds a finding about `records` records from `at` on.
    pub fn add(&mut self, code: Code, at: At, records: u64, title: String, text: String) {
        let told = self.told.entry(code).or_default();
        *told += 1;
        if *told > LISTED {
            return;
        }
        let path = self.chain.plans[at.segment].file.path.clone();
        let place = Place { log: Some(self.chain.origin.clone()), path, record: Some(at.number), count: records, ..Place::default() };
        self.findings.push(Finding::new(code, place, title, text));
    }

    /// Gives a record a state of its own; the worst counts.
    pub fn mark(&mut self, at: At, state: State) {
        self.marks[at.segment].push((at.index..at.index + 1, state));
    }
}

/// The order of the files: each after the one whose last hash it names, otherwise as they came.
fn order(observed: &[Observed], profile: &Profile) -> Vec<usize> {
    let mut rest: Vec<usize> = (0..observed.len()).collect();
    if profile.rotation == super::profile::Rotation::Reset {
        return rest;
    }
    let ends = |segment: usize| {
        let mut links = observed[segment].links().iter().flatten();
        let first = links.next()?;
        Some((first.previous.as_str(), own(links.next_back().unwrap_or(first))))
    };
    let mut ordered: Vec<usize> = Vec::new();
    while !rest.is_empty() {
        let last = ordered.last().and_then(|&last| ends(last)).map(|(_, last)| last);
        let follows = rest.iter().position(|&segment| last.is_some() && ends(segment).map(|(first, _)| first) == last);
        // Without a successor: one that follows none of the rest.
        let starts = || {
            rest.iter().position(|&segment| {
                let Some((first, _)) = ends(segment) else { return true };
                !rest.iter().any(|&other| other != segment && ends(other).is_some_and(|(_, last)| last == first))
            })
        };
        ordered.push(rest.remove(follows.or_else(starts).unwrap_or(0)));
    }
    ordered
}

pub(super) fn conclude(chain: &Chain, observed: &[Observed], reread: &dyn Reread) -> Conclusion {
    let mut judged = Judged { chain, findings: Vec::new(), told: BTreeMap::new(), marks: vec![Vec::new(); chain.plans.len()] };
    let order = order(observed, &chain.profile);
    let reset = chain.profile.rotation == super::profile::Rotation::Reset;
    let mut partitions: BTreeMap<(usize, &str), Vec<(At, &Link)>> = BTreeMap::new();
    let mut first = 0;
    let mut firsts = vec![0; observed.len()];
    let mut complete = true;
    for &segment in &order {
        firsts[segment] = first;
        complete &= file(&mut judged, segment, first, &observed[segment]);
        for (index, link) in observed[segment].links().iter().enumerate() {
            if let Some(link) = link {
                let at = At { segment, index: index as u64, number: first + index as u64 };
                partitions.entry((if reset { segment } else { 0 }, &link.chain)).or_default().push((at, link));
            }
        }
        first += observed[segment].count;
    }
    let mut signers = Signers::default();
    if chain.doubtful {
        doubt(&mut judged);
    } else {
        for ((_, name), links) in &partitions {
            let whose = if name.is_empty() { String::new() } else { format!(" of chain {}", visible(name)) };
            partition(&mut judged, &chain.profile, &whose, links);
            signers::judge(&mut judged, &mut signers, &whose, links, reread);
            if let Some(profile) = &chain.profile.inner {
                let links: Vec<(At, &Link)> =
                    links.iter().filter_map(|(at, link)| Some((*at, link.rare.as_ref()?.inner.as_ref()?))).collect();
                let whose = format!(" of the {}{whose}", profile.name);
                partition(&mut judged, profile, &whose, &links);
                signers::judge(&mut judged, &mut signers, &whose, &links, reread);
            }
        }
        particulars(&mut judged, &partitions);
    }
    signers.tell(&mut judged);
    let closed = !partitions.is_empty()
        && partitions.values().all(|links| {
            links.last().is_some_and(|(_, link)| link.signature == Signature::Holds && link.rare.as_ref().is_some_and(|rare| rare.terminal))
        });
    let state = if chain.doubtful || signers.is_keyless() {
        State::Unchecked
    } else if signers.all_hold() {
        State::Sealed
    } else {
        State::Consistent
    };
    let segments = observed
        .iter()
        .enumerate()
        .map(|(segment, observed)| {
            let mut verdict = SegmentVerdict::uniform(if observed.failure.is_some() { State::Unchecked } else { state }, firsts[segment]);
            verdict.exceptions = std::mem::take(&mut judged.marks[segment]);
            verdict
        })
        .collect();
    for (code, told) in &judged.told {
        if *told > LISTED {
            let place = Place { log: Some(chain.origin.clone()), count: (*told - LISTED) as u64, ..Place::default() };
            judged.findings.push(Finding::new(
                *code,
                place,
                format!("{} more findings of this kind", count((*told - LISTED) as u64)),
                "Each record is marked in the timeline and the table.",
            ));
        }
    }
    let keys = signers.words();
    let ladder = ladder(&judged, &signers, complete && !chain.doubtful, closed);
    let anchor = if closed { "closed by its writer" } else { "anchored to nothing outside" };
    Conclusion { segments, findings: judged.findings, ladder, keys, anchor: anchor.into() }
}

/// What is wrong with a file as such; whether it was read to its end.
fn file(judged: &mut Judged<'_>, segment: usize, first: u64, observed: &Observed) -> bool {
    let name = judged.chain.plans[segment].file.name().to_owned();
    let mut outside = 0;
    for (index, _) in observed.links().iter().enumerate().filter(|(_, link)| link.is_none()) {
        let at = At { segment, index: index as u64, number: first + index as u64 };
        if observed.torn && index + 1 == observed.links().len() {
            judged.mark(at, State::Unchecked);
            let text = "The file ends in the middle of a record, as a file does that is still being written.";
            judged.add(Code::TornLastLine, at, 1, format!("The last line of {name} is incomplete"), text.into());
        } else {
            // The chain says nothing of it, neither good nor bad.
            judged.mark(at, State::Unsealed);
            outside += 1;
        }
    }
    let at = At { segment, index: 0, number: first };
    if outside > 0 {
        let text = format!("They cannot be read as records of {}, so nothing links or protects them.", judged.chain.profile.name);
        judged.add(Code::OutsideChain, at, outside, format!("{} outside the chain", plural(outside, "record")), text);
    }
    match &observed.failure {
        Some(Failure::Unreadable(cause) | Failure::TooLarge(cause) | Failure::Damaged(cause)) => {
            judged.add(Code::Unreadable, at, 0, format!("{name} could not be read to its end"), cause.clone());
            false
        }
        Some(Failure::Cancelled) => false,
        None => true,
    }
}

/// Says that the form of the chain is not known, once for each file.
fn doubt(judged: &mut Judged<'_>) {
    for segment in 0..judged.chain.plans.len() {
        let at = At { segment, index: 0, number: 0 };
        let title = format!(
            "{} looks like a {} chain, but no hash comes right",
            judged.chain.plans[segment].file.name(),
            judged.chain.profile.name
        );
        let text = "Either every record was changed, or another version of the program writes its chain in another way.";
        judged.add(Code::ChainFormUnknown, at, 0, title, text.into());
    }
}

/// The hash by which a record is known to its successor.
pub(super) fn own(link: &Link) -> &str {
    link.stated.as_deref().or(link.computed.as_deref()).unwrap_or("")
}

fn partition(judged: &mut Judged<'_>, profile: &Profile, whose: &str, links: &[(At, &Link)]) {
    let known: HashMap<&str, usize> = links.iter().enumerate().map(|(position, (_, link))| (own(link), position)).collect();
    let followed: HashSet<&str> = links.iter().map(|(_, link)| link.previous.as_str()).collect();
    for (position, (at, link)) in links.iter().enumerate() {
        if link.stated.is_some() && link.computed.is_some() && link.stated != link.computed {
            let title = format!("Record {} was altered", count(at.number));
            judged.add(Code::RecordAltered, *at, 1, title, format!("Its content does not give the hash that it states{whose}."));
            judged.mark(*at, State::Broken);
        }
        let previous = link.previous.as_str();
        let Some((before_at, before)) = position.checked_sub(1).map(|before| links[before]) else {
            if !profile.genesis.iter().any(|start| start == previous) {
                let text = format!("The first record here{whose} follows another one that is not among what was opened.");
                judged.add(Code::StartsMidway, *at, 0, format!("Starts in the middle of the chain{whose}"), text);
            }
            continue;
        };
        if previous == own(before) {
            continue;
        }
        // A new file may begin its chain anew: rotation, not damage.
        if before_at.segment != at.segment && profile.genesis.iter().any(|start| start == previous) {
            judged.add(
                Code::Restarted,
                *at,
                0,
                format!("The chain starts anew at record {}", count(at.number)),
                "A new file begins a new chain, as some programs do when they rotate their files or are installed anew.".into(),
            );
            continue;
        }
        match known.get(previous) {
            // What nobody follows was put in between.
            Some(&elsewhere)
                if elsewhere + 1 < position
                    && links[elsewhere + 1..position].iter().all(|(_, between)| !followed.contains(own(between))) =>
            {
                let from = links[elsewhere + 1].0;
                let records = (position - elsewhere - 1) as u64;
                let before = from.number.saturating_sub(1);
                let title = format!("{} inserted after record {}", plural(records, "record"), count(before));
                let text = format!("Record {} follows the one before them, so they were put in between{whose}.", count(at.number));
                judged.add(Code::RecordInserted, At { number: before, ..from }, records, title, text);
                for (at, _) in &links[elsewhere + 1..position] {
                    judged.mark(*at, State::Broken);
                }
            }
            Some(_) => {
                let title = format!("Record {} was moved", count(at.number));
                judged.add(
                    Code::RecordMoved,
                    *at,
                    1,
                    title,
                    format!("It names a predecessor that stands elsewhere{whose}: records were rearranged."),
                );
                judged.mark(*at, State::Broken);
            }
            None if before.stated.is_none()
                && before.computed.as_deref() != Some(previous)
                && (follows(before, link) || before.signature == Signature::Fails) =>
            {
                // Without a hash of its own, a record is known only by its successor.
                let title = format!("Record {} was altered", count(before_at.number));
                judged.add(
                    Code::RecordAltered,
                    before_at,
                    1,
                    title,
                    format!("Record {}, its successor{whose}, states another hash for it.", count(at.number)),
                );
                judged.mark(before_at, State::Broken);
            }
            None => {
                let missing = match (before.sequence, link.sequence) {
                    (Some(before), Some(now)) if now > before + 1 => now - before - 1,
                    _ => 1,
                };
                let title = format!(
                    "{} removed before record {}",
                    if missing == 1 { "At least one record".into() } else { plural(missing, "record") },
                    count(at.number)
                );
                judged.add(Code::RecordRemoved, *at, missing, title, format!("It names a predecessor that is not here{whose}."));
                judged.mark(*at, State::Suspect);
            }
        }
    }
}

/// Whether the sequence numbers say that nothing is missing between two records.
fn follows(before: &Link, now: &Link) -> bool {
    matches!((before.sequence, now.sequence), (Some(before), Some(now)) if before.checked_add(1) == Some(now))
}

/// Terminal markers, values that should be unique, delegation to other chains, malformed records.
fn particulars(judged: &mut Judged<'_>, partitions: &BTreeMap<(usize, &str), Vec<(At, &Link)>>) {
    let all = || partitions.iter().flat_map(|((_, name), links)| links.iter().map(move |(at, link)| (*name, *at, *link)));
    let named: BTreeSet<(&str, &str)> = all().filter_map(|(name, _, link)| Some((name, link.rare.as_deref()?.id.as_deref()?))).collect();
    let chains: BTreeSet<&str> = partitions.keys().map(|(_, name)| *name).collect();
    let mut seen: HashMap<(&str, &str), u64> = HashMap::new();
    for (name, at, link) in all() {
        let Some(rare) = link.rare.as_deref() else { continue };
        if let Some(fault) = &rare.fault {
            let text = format!("No writer of this kind makes such a record: {fault}.");
            judged.add(Code::RecordMalformed, at, 1, format!("Record {} is malformed", count(at.number)), text);
            judged.mark(at, State::Broken);
        }
        if let Some(value) = &rare.once
            && let Some(before) = seen.insert((name, value), at.number)
        {
            let title = format!("Record {} repeats the idempotency key of record {}", count(at.number), count(before));
            judged.add(Code::RepeatedKey, at, 1, title, format!("Both carry “{}”.", visible(value)));
        }
        if let Some((chain, record)) = &rare.parent {
            let title = format!("Record {} was delegated from chain {}", count(at.number), visible(chain));
            if !chains.contains(chain.as_str()) {
                judged.add(Code::DelegatedFromElsewhere, at, 1, title, "That chain is not among what was opened.".into());
            } else if !named.contains(&(chain.as_str(), record.as_str())) {
                let text = format!("The chain is here, but it has no record “{}”.", visible(record));
                judged.add(Code::DelegationMissing, at, 1, title, text);
            }
        }
    }
    for links in partitions.values() {
        let closing = links.iter().position(|(_, link)| link.rare.as_ref().is_some_and(|rare| rare.terminal));
        if let Some(closing) = closing.filter(|closing| closing + 1 < links.len()) {
            let (at, _) = links[closing + 1];
            let title = format!("The chain goes on after record {}, which closes it", count(links[closing].0.number));
            let records = (links.len() - closing - 1) as u64;
            judged.add(Code::AfterTerminal, at, records, title, "Its writer marked that record as the last.".into());
            links[closing + 1..].iter().for_each(|(at, _)| judged.mark(*at, State::Broken));
        }
    }
}

/// Whether what vouches for the records is a secret that its holders share.
fn shared(profile: &Profile) -> bool {
    use super::profile::{Digest, Scheme};
    profile.digest == Digest::HmacSha256
        || profile.authentication.as_ref().is_some_and(|authentication| authentication.scheme == Scheme::HmacSha256)
}

fn ladder(judged: &Judged<'_>, signers: &Signers, complete: bool, closed: bool) -> Ladder {
    let trust = "give the writer's key with --trust, or have the chain's head kept by someone else";
    let answer = |codes: &[Code], good: &str| {
        let found: Vec<&Finding> = judged.findings.iter().filter(|finding| codes.contains(&finding.code)).collect();
        match found.as_slice() {
            [] if !complete || signers.is_keyless() => (Status::Unprovable, "not everything could be checked".to_owned(), trust.to_owned()),
            [] if signers.all_hold() => (Status::Proved, good.to_owned(), String::new()),
            [] => (Status::Conditional, format!("{good}, unless somebody recomputed the whole chain"), trust.to_owned()),
            [one] => (Status::Failed, format!("yes: {}", one.title), "compare with another copy".to_owned()),
            many => (Status::Failed, format!("yes: {} and {} more", many[0].title, many.len() - 1), "compare with another copy".to_owned()),
        }
    };
    let edited = answer(&[Code::RecordAltered, Code::SealForged, Code::RecordMalformed], "every record agrees with its hash");
    let moved = answer(
        &[Code::RecordRemoved, Code::RecordInserted, Code::RecordMoved, Code::AfterTerminal],
        "every record follows its predecessor",
    );
    let tail = if closed {
        (Status::Proved, "its writer closed the chain with a signed last record".to_owned(), String::new())
    } else {
        let raise = "have the chain's head kept by someone else".to_owned();
        (Status::Unprovable, "a chain cannot show that its end was cut off".to_owned(), raise)
    };
    let forged = judged.findings.iter().any(|finding| finding.code == Code::SealForged);
    let key = match (forged, signers.all_hold()) {
        (true, _) => (Status::Failed, "a signature fails".to_owned(), "check that you hold the right key".to_owned()),
        (_, true) if shared(&judged.chain.profile) => {
            (Status::Conditional, format!("{}, a shared key: whoever holds it could have written the log", signers.words()), String::new())
        }
        (_, true) => (Status::Proved, signers.words(), String::new()),
        _ if signers.some_hold() => {
            let raise = "have every record signed, or the chain's head kept by someone else".to_owned();
            (Status::Conditional, format!("{}, but not every record is signed", signers.words()), raise)
        }
        _ => (Status::Unprovable, signers.words(), trust.to_owned()),
    };
    let clock = (Status::Unprovable, "only the writer's own clock is known".to_owned(), "have the chain's head time-stamped".to_owned());
    Ladder::new([edited, moved, tail, key, clock])
}
