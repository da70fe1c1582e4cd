//! Judges hash chains: each record by its own hash, each link by its neighbour.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Chain;
use crate::model::finding::{Code, Finding, Place};
use crate::model::text::{count, plural, visible};
use crate::model::{Ladder, State, Status};
use crate::seal::{Conclusion, Failure, Link, Observed, SegmentVerdict};

/// Findings of one kind beyond this are summed up.
const LISTED: usize = 200;

/// A record's place: segment and index in the file.
#[derive(Clone, Copy, Debug)]
struct At {
    segment: usize,
    index: u64,
    number: u64,
}

struct Judged<'a> {
    chain: &'a Chain,
    findings: Vec<Finding>,
    told: BTreeMap<Code, usize>,
    marks: Vec<Vec<(std::ops::Range<u64>, State)>>,
}

impl Judged<'_> {
    fn add(&mut self, code: Code, at: At, records: u64, title: String, text: String) {
        let told = self.told.entry(code).or_default();
        *told += 1;
        if *told > LISTED {
            return;
        }
        let path = self.chain.plans[at.segment].file.path.clone();
        let place = Place { log: Some(self.chain.origin.clone()), path, record: Some(at.number), count: records, ..Place::default() };
        self.findings.push(Finding::new(code, place, title, text));
    }

    fn mark(&mut self, at: At, state: State) {
        self.marks[at.segment].push((at.index..at.index + 1, state));
    }
}

pub(super) fn conclude(chain: &Chain, observed: &[Observed]) -> Conclusion {
    let mut judged = Judged { chain, findings: Vec::new(), told: BTreeMap::new(), marks: vec![Vec::new(); chain.plans.len()] };
    let mut partitions: BTreeMap<&str, Vec<(At, &Link)>> = BTreeMap::new();
    let mut first = 0;
    let mut firsts = Vec::new();
    let mut complete = true;
    for (segment, observed) in observed.iter().enumerate() {
        firsts.push(first);
        let plan = &chain.plans[segment];
        let mut outside = 0;
        for (index, link) in observed.links.iter().enumerate() {
            let at = At { segment, index: index as u64, number: first + index as u64 };
            match link {
                Some(link) => partitions.entry(&link.chain).or_default().push((at, link)),
                None => {
                    let torn = observed.torn && index + 1 == observed.links.len();
                    if torn {
                        judged.mark(at, State::Unchecked);
                        let title = format!("The last line of {} is incomplete", plan.file.name());
                        judged.add(
                            Code::TornLastLine,
                            at,
                            1,
                            title,
                            "The file ends in the middle of a record, as a file does that is still being written.".into(),
                        );
                    } else {
                        // The chain says nothing of it, neither good nor bad.
                        judged.mark(at, State::Unsealed);
                        outside += 1;
                    }
                }
            }
        }
        if outside > 0 {
            let title = format!("{} outside the chain", plural(outside, "record"));
            let at = At { segment, index: 0, number: first };
            judged.add(
                Code::OutsideChain,
                at,
                outside,
                title,
                format!("They cannot be read as records of {}, so nothing links or protects them.", chain.profile.name),
            );
        }
        match &observed.failure {
            Some(Failure::Unreadable(cause) | Failure::Damaged(cause)) => {
                complete = false;
                let at = At { segment, index: 0, number: first };
                judged.add(Code::Unreadable, at, 0, format!("{} could not be read to its end", plan.file.name()), cause.clone());
            }
            Some(Failure::Cancelled) => complete = false,
            None => {}
        }
        first += observed.count;
    }
    for (name, links) in &partitions {
        partition(&mut judged, name, links);
    }
    let all: Vec<&Link> = partitions.values().flatten().map(|(_, link)| *link).collect();
    let authentic = !all.is_empty() && all.iter().all(|link| link.authentic == Some(true));
    let state = if authentic { State::Sealed } else { State::Consistent };
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
    let (ladder, keys) = ladder(&judged, &all, authentic, complete);
    Conclusion { segments, findings: judged.findings, ladder, keys, anchor: "anchored to nothing outside".into() }
}

/// The hash by which a record is known to its successor.
fn own(link: &Link) -> &str {
    link.stated.as_deref().or(link.computed.as_deref()).unwrap_or("")
}

fn partition(judged: &mut Judged<'_>, name: &str, links: &[(At, &Link)]) {
    let profile = judged.chain.profile;
    let known: HashMap<&str, usize> = links.iter().enumerate().map(|(position, (_, link))| (own(link), position)).collect();
    let followed: HashSet<&str> = links.iter().filter_map(|(_, link)| link.previous.as_deref()).collect();
    let whose = if name.is_empty() { String::new() } else { format!(" of chain {}", visible(name)) };
    for (position, (at, link)) in links.iter().enumerate() {
        if link.stated.is_some() && link.stated != link.computed {
            let title = format!("Record {} was altered", count(at.number));
            judged.add(Code::RecordAltered, *at, 1, title, format!("Its content does not give the hash that it states{whose}."));
            judged.mark(*at, State::Broken);
        } else if link.authentic == Some(false) {
            let title = format!("The signature of record {} fails", count(at.number));
            judged.add(
                Code::SealForged,
                *at,
                1,
                title,
                format!("Its signature or MAC does not fit its content{whose}, by any key that you trust."),
            );
            judged.mark(*at, State::Broken);
        }
        let previous = link.previous.as_deref().unwrap_or("");
        let Some((before_at, before)) = position.checked_sub(1).map(|before| links[before]) else {
            if !profile.genesis.contains(&previous) {
                let text = format!("The first record here{whose} follows another one that is not among what was opened.");
                judged.add(Code::StartsMidway, *at, 0, format!("Starts in the middle of the chain{whose}"), text);
            }
            continue;
        };
        if previous == own(before) {
            continue;
        }
        // A new file may begin its chain anew: rotation, not damage.
        if before_at.segment != at.segment && profile.genesis.contains(&previous) {
            judged.add(
                Code::Restarted,
                *at,
                0,
                format!("The chain starts anew at record {}", count(at.number)),
                "A new file begins a new chain, as some programs do when they rotate their files.".into(),
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
            None if before.stated.is_none() && before.computed.as_deref() != Some(previous) && follows(before, link) => {
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

fn ladder(judged: &Judged<'_>, all: &[&Link], authentic: bool, complete: bool) -> (Ladder, String) {
    let trust = "give the writer's key with --trust, or have the chain's head kept by someone else";
    let answer = |codes: &[Code], good: &str| {
        let found: Vec<&Finding> = judged.findings.iter().filter(|finding| codes.contains(&finding.code)).collect();
        match found.as_slice() {
            [] if !complete => (Status::Unprovable, "not everything could be checked".to_owned(), String::new()),
            [] if authentic => (Status::Proved, good.to_owned(), String::new()),
            [] => (Status::Conditional, format!("{good}, unless somebody recomputed the whole chain"), trust.to_owned()),
            [one] => (Status::Failed, format!("yes: {}", one.title), "compare with another copy".to_owned()),
            many => (Status::Failed, format!("yes: {} and {} more", many[0].title, many.len() - 1), "compare with another copy".to_owned()),
        }
    };
    let edited = answer(&[Code::RecordAltered, Code::SealForged], "every record agrees with its hash");
    let moved = answer(&[Code::RecordRemoved, Code::RecordInserted, Code::RecordMoved], "every record follows its predecessor");
    let tail = (
        Status::Unprovable,
        "a chain cannot show that its end was cut off".to_owned(),
        "have the chain's head kept by someone else".to_owned(),
    );
    let mut names: Vec<String> = all
        .iter()
        .filter(|link| !link.key.is_empty())
        .map(|link| {
            format!(
                "{} ({})",
                visible(&link.key),
                match link.authentic {
                    Some(true) => "trusted",
                    Some(false) => "signature fails",
                    None => "not checked",
                }
            )
        })
        .collect();
    names.sort();
    names.dedup();
    names.truncate(3);
    let keys = if names.is_empty() { "no signatures".to_owned() } else { format!("key {}", names.join(", ")) };
    let forged = judged.findings.iter().any(|finding| finding.code == Code::SealForged);
    let key = match (forged, authentic) {
        (true, _) => (Status::Failed, "a signature fails".to_owned(), "check that you hold the right key".to_owned()),
        (_, true) => (Status::Proved, keys.clone(), String::new()),
        _ => (Status::Unprovable, keys.clone(), trust.to_owned()),
    };
    let clock = (Status::Unprovable, "only the writer's own clock is known".to_owned(), "have the chain's head time-stamped".to_owned());
    (Ladder::new([edited, moved, tail, key, clock]), keys)
}
