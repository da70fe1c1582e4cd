//! The proof ladder of a log of sealed segments.

use super::super::note::Vouched;
use super::chain::Judged;
use crate::model::finding::Code;
use crate::model::text::{count, plural};
use crate::model::time::seconds;
use crate::model::{Ladder, State, Status};

/// Findings that say a record was edited.
const EDITED: [Code; 2] = [Code::RecordAltered, Code::SegmentAltered];
/// Findings that say a record was removed, inserted or moved inside.
const MISPLACED: [Code; 8] = [
    Code::RecordRemoved,
    Code::RecordInserted,
    Code::RecordMoved,
    Code::RecordsMissing,
    Code::RecordsAdded,
    Code::Gap,
    Code::Fork,
    Code::SealWithoutSegment,
];

/// Gives the ladder, the keys in words and the anchor in words.
pub(super) fn climb(judged: &Judged<'_>) -> (Ladder, String, String) {
    let log = judged.log;
    let trusted: Vec<&Vouched> = log.segments.iter().filter_map(super::Sealed::trusted).collect();
    let all_trusted = !log.segments.is_empty() && trusted.len() == log.segments.len();
    let forged = judged.findings.iter().any(|finding| finding.code == Code::SealForged);
    let base = if all_trusted { Status::Proved } else { Status::Conditional };
    let trust_it = if all_trusted { String::new() } else { "trust the sealer's key, given to you by the sealer".to_owned() };

    let edited =
        answer(judged, &EDITED, "no record differs from what was sealed", base, &trust_it, "ask for .leaves files or another copy");
    let misplaced = answer(judged, &MISPLACED, "records follow each other without gap", base, &trust_it, "add the missing segments");

    let end = log.segments.iter().map(|sealed| sealed.seal.checkpoint.size).max().unwrap_or(0);
    let newest = log.segments.iter().filter_map(super::Sealed::sealed_at).max();
    let until = newest
        .map_or_else(|| "the newest seal, whose time is not signed".to_owned(), |time| format!("the newest seal of {}", seconds(time)));
    let lone = log
        .lone
        .iter()
        .filter(|lone| lone.vouched.as_ref().is_ok_and(|vouched| vouched.iter().any(Vouched::trusted)))
        .max_by_key(|lone| lone.checkpoint.size);
    let truncated = judged.findings.iter().find(|finding| finding.code == Code::Truncated);
    let (tail, anchor) = match (truncated, lone) {
        (Some(finding), _) => (
            (Status::Failed, finding.title.clone(), "add the newer segments".to_owned()),
            format!("anchored to a checkpoint of {}", plural(end + finding.place.count, "record")),
        ),
        (None, Some(lone)) if lone.checkpoint.size == end => {
            let time = lone.vouched.as_ref().ok().and_then(|vouched| vouched.iter().find_map(Vouched::time));
            let at = time.map_or_else(String::new, |time| format!(" of {}", seconds(time)));
            ((base, format!("no, up to the checkpoint{at}"), trust_it.clone()), format!("anchored to the checkpoint{at}"))
        }
        _ => (
            (
                Status::Unprovable,
                format!("nothing is missing up to {until}; beyond it nobody here can tell"),
                "give a newer checkpoint, kept by someone else".to_owned(),
            ),
            newest.map_or_else(|| "no signed time".to_owned(), |time| format!("anchored to its newest seal of {}", seconds(time))),
        ),
    };

    let names = key_names(judged, &trusted);
    let key = if forged {
        (Status::Failed, "a signature does not fit its seal".to_owned(), "get the seal again from its origin".to_owned())
    } else if all_trusted {
        (Status::Proved, names.clone(), String::new())
    } else {
        (Status::Conditional, names.clone(), "trust the sealer's key, given to you by the sealer".to_owned())
    };
    let ladder = Ladder::new([edited, misplaced, tail, key, clock(judged)]);
    (ladder, names, anchor)
}

fn answer(judged: &Judged<'_>, codes: &[Code], good: &str, base: Status, trust_it: &str, repair: &str) -> (Status, String, String) {
    let found: Vec<_> = judged.findings.iter().filter(|finding| codes.contains(&finding.code)).collect();
    match found.as_slice() {
        [] if !judged.complete => {
            (Status::Unprovable, "not everything was checked".into(), "open the files again and let the check finish".into())
        }
        [] if judged.verdicts.is_empty() => (Status::Unprovable, "no segment of this log is here".into(), "add the segments".into()),
        [] if base == Status::Conditional => (base, format!("{good}, if the key is genuine"), trust_it.into()),
        [] => (base, good.into(), String::new()),
        [one] => (Status::Failed, format!("yes: {}", one.title), repair.into()),
        many => (Status::Failed, format!("yes: {} and {} more", many[0].title, count(many.len() as u64 - 1)), repair.into()),
    }
}

fn key_names(judged: &Judged<'_>, trusted: &[&Vouched]) -> String {
    let mut names: Vec<String> = trusted.iter().map(|vouched| format!("{} (trusted)", vouched.key().name)).collect();
    for sealed in judged.log.segments.iter().filter(|sealed| sealed.trusted().is_none()) {
        for signature in &sealed.seal.note.signatures {
            names.push(format!("{} (unknown)", signature.name));
        }
    }
    names.sort();
    names.dedup();
    match names.len() {
        0 => "no key".into(),
        1..=3 => format!("key {}", names.join(", ")),
        more => format!("key {} and {} more", names[0], more - 1),
    }
}

fn clock(judged: &Judged<'_>) -> (Status, String, String) {
    let witness = "have a witness cosign the checkpoints, so that a second clock speaks".to_owned();
    let against =
        |code: Code| judged.findings.iter().filter(|finding| finding.code == code).map(|finding| finding.place.count.max(1)).sum::<u64>();
    let (old, future) = (against(Code::Backdated), against(Code::TimeAfterSeal));
    if old + future > 0 {
        let mut parts = Vec::new();
        if old > 0 {
            parts.push(format!("{} backdated", plural(old, "record")));
        }
        if future > 0 {
            parts.push(format!("{} dated after the seal", plural(future, "record")));
        }
        return (Status::Failed, parts.join(", "), "compare with another source that saw the same actions".into());
    }
    let outside = judged.log.segments.iter().all(|sealed| {
        // One trusted clock may be the sealer's own; a second one by another key is from outside.
        let mut keys: Vec<&[u8]> = sealed
            .vouched
            .iter()
            .flatten()
            .filter(|vouched| vouched.trusted() && vouched.time().is_some())
            .map(|vouched| vouched.key().material.bytes())
            .collect();
        keys.sort_unstable();
        keys.dedup();
        keys.len() > 1
    });
    if !judged.log.segments.is_empty() && outside {
        return (Status::Proved, "two trusted keys signed the times independently".into(), String::new());
    }
    let signed = judged.verdicts.iter().all(|verdict| verdict.sealed_at.is_some() && verdict.state != State::Broken);
    if signed && !judged.verdicts.is_empty() {
        (Status::Conditional, "no time contradicts the seals, if the sealer's clock was right; no outside clock".into(), witness)
    } else {
        (Status::Unprovable, "no time is signed".into(), witness)
    }
}
