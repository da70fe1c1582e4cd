//! The proof ladder of a log of sealed segments.

use std::collections::BTreeSet;

use super::judged::Judged;
use super::log::{Lone, Sealed, SegmentLog, is_signed};
use super::times;
use crate::model::finding::{Code, Severity};
use crate::model::text::{count, plural};
use crate::model::time::seconds;
use crate::model::{Ladder, State, Status};
use crate::trust::{LogSigner, Standing, Vouched};

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

type Answer = (Status, String, String);

/// Gives the ladder, the keys in words and the anchor in words.
pub(super) fn climb(judged: &Judged<'_>) -> (Ladder, String, String) {
    let log = judged.log;
    let trusted: Vec<&Vouched<LogSigner>> = log.segments.iter().filter_map(Sealed::voucher).collect();
    let all_trusted = !log.segments.is_empty() && trusted.len() == log.segments.len();
    let forged = judged.findings.iter().any(|finding| finding.code == Code::SealForged);
    let base = if all_trusted { Status::Proved } else { Status::Conditional };
    let trust_it = if all_trusted { String::new() } else { "trust the sealer's key, given to you by the sealer".to_owned() };

    let edited =
        answer(judged, &EDITED, "no record differs from what was sealed", base, &trust_it, "ask for .leaves files or another copy");
    let misplaced = answer(judged, &MISPLACED, "records follow each other without gap", base, &trust_it, "add the missing segments");
    let (tail, anchor) = tail(judged, base, &trust_it);
    let names = key_names(judged, &trusted);
    let key = if forged {
        (Status::Failed, "a signature does not fit its seal".to_owned(), "get the seal again from its origin".to_owned())
    } else if all_trusted {
        (Status::Proved, names.clone(), String::new())
    } else {
        (Status::Conditional, names.clone(), "trust the sealer's key, given to you by the sealer".to_owned())
    };
    let answers = [edited, misplaced, tail, key, clock(judged)].map(|answer| within(judged, answer));
    (Ladder::new(answers), names, anchor)
}

/// Nothing is proved of a log of which a part lies outside: the answer says what.
fn within(judged: &Judged<'_>, answer: Answer) -> Answer {
    let mut outside = Vec::new();
    if judged.before > 0 {
        outside.push(format!("the first {} lie outside what was opened", plural(judged.before, "record")));
    }
    if judged.findings.iter().any(|finding| finding.code == Code::Gap && finding.severity == Severity::Error) {
        outside.push("records are missing in between".to_owned());
    }
    if !judged.complete {
        outside.push("not everything was checked".to_owned());
    }
    let (status, text, raise) = answer;
    if status != Status::Proved || outside.is_empty() {
        return (status, text, raise);
    }
    let raise = if raise.is_empty() { "add what lies outside".to_owned() } else { raise };
    (Status::Conditional, format!("{text}; but {}", outside.join(", and ")), raise)
}

/// Whether the end was cut off. A checkpoint proves the end only as of its time, and only if someone else kept it: one that carries a trusted
/// signature which stands in no seal here, made after the newest seal. One that was copied out of a seal says no more than that seal.
fn tail(judged: &Judged<'_>, base: Status, trust_it: &str) -> (Answer, String) {
    let log = judged.log;
    let segments = || (0..log.segments.len()).filter(|&index| judged.speaks[index]).map(|index| &log.segments[index]);
    let end = segments().map(|sealed| sealed.seal.checkpoint.size).max().unwrap_or(0);
    let newest = segments().filter_map(Sealed::sealed_at).max();
    let until = newest
        .map_or_else(|| "the newest seal, whose time is not signed".to_owned(), |time| format!("the newest seal of {}", seconds(time)));
    if let Some(finding) = judged.findings.iter().find(|finding| finding.code == Code::Truncated && finding.severity == Severity::Error) {
        let answer = (Status::Failed, finding.title(), "add the newer segments".to_owned());
        return (answer, format!("anchored to a checkpoint of {}", plural(end + finding.place.count, "record")));
    }
    let kept = log.lone.iter().filter(|lone| lone.checkpoint.size == end && end > 0 && is_kept_elsewhere(log, lone));
    let time = kept.filter_map(|lone| lone.signatures.as_ref().map_or(None, |signatures| signatures.time())).max();
    match time.filter(|time| newest.is_none_or(|newest| *time >= newest)) {
        Some(time) => {
            let at = seconds(time);
            ((base, format!("no, up to the checkpoint of {at}"), trust_it.to_owned()), format!("anchored to the checkpoint of {at}"))
        }
        None => (
            (
                Status::Unprovable,
                format!("nothing is missing up to {until}; beyond it nobody here can tell"),
                "give a newer checkpoint, kept by someone else".to_owned(),
            ),
            newest.map_or_else(|| "no signed time".to_owned(), |time| format!("anchored to its newest seal of {}", seconds(time))),
        ),
    }
}

fn is_kept_elsewhere(log: &SegmentLog, lone: &Lone) -> bool {
    let seals = log.segments.iter().map(|sealed| &sealed.seal.note).chain(log.orphans.iter().map(|orphan| &orphan.seal.note));
    let sealed: BTreeSet<&[u8]> = seals.flat_map(|note| note.signatures.iter().map(|signature| signature.bytes.as_slice())).collect();
    is_signed(&lone.signatures) && !lone.note.signatures.iter().any(|signature| sealed.contains(signature.bytes.as_slice()))
}

fn answer(judged: &Judged<'_>, codes: &[Code], good: &str, base: Status, trust_it: &str, repair: &str) -> Answer {
    let counts = |severity: Severity| severity == Severity::Error;
    let found: Vec<_> = judged.findings.iter().filter(|finding| codes.contains(&finding.code) && counts(finding.severity)).collect();
    match found.as_slice() {
        [] if !judged.complete => {
            (Status::Unprovable, "not everything was checked".into(), "open the files again and let the check finish".into())
        }
        [] if judged.verdicts.is_empty() => (Status::Unprovable, "no segment of this log is here".into(), "add the segments".into()),
        [] if base == Status::Conditional => (base, format!("{good}, if the key is genuine"), trust_it.into()),
        [] => (base, good.into(), String::new()),
        [one] => (Status::Failed, format!("yes: {}", one.title()), repair.into()),
        [first, rest @ ..] => (Status::Failed, format!("yes: {} and {} more", first.title(), count(rest.len() as u64)), repair.into()),
    }
}

fn key_names(judged: &Judged<'_>, trusted: &[&Vouched<LogSigner>]) -> String {
    let mut names: BTreeSet<String> = trusted.iter().map(|vouched| format!("{} (trusted)", vouched.key().name)).collect();
    for sealed in judged.log.segments.iter().filter(|sealed| sealed.voucher().is_none()) {
        let vouched = sealed.signatures.as_ref().map_or(None, |signatures| signatures.log());
        match vouched {
            Some(vouched) => names.insert(format!("{} (trusted, but too few witnesses)", vouched.key().name)),
            None => sealed.seal.note.signatures.iter().fold(false, |_, signature| names.insert(format!("{} (unknown)", signature.name))),
        };
    }
    let names: Vec<String> = names.into_iter().collect();
    match names.as_slice() {
        [] => "no key".into(),
        [_] | [_, _] | [_, _, _] => format!("key {}", names.join(", ")),
        [first, rest @ ..] => format!("key {first} and {} more", rest.len()),
    }
}

/// How the clocks of a seal's signers stand to each other.
enum Clocks {
    /// A trusted witness's clock agrees with the sealer's.
    Agree,
    /// There is no second trusted clock near the first.
    One,
    /// The witness says that it saw the checkpoint before the sealer says that it was made.
    Contradict(String),
}

fn clocks(sealed: &Sealed) -> Clocks {
    let Ok(signatures) = &sealed.signatures else { return Clocks::One };
    let Some((own, time)) = signatures.log().and_then(|own| Some((own, own.time()?))) else { return Clocks::One };
    // The same key under another name is no second clock.
    let others = signatures.witnesses().iter().filter(|witness| witness.key().material.bytes() != own.key().material.bytes());
    let others: Vec<(&str, i64)> = others.filter_map(|witness| Some((witness.key().name.as_str(), witness.time()?))).collect();
    if let Some((name, other)) = others.iter().find(|(_, other)| *other < time.saturating_sub(times::SKEW)) {
        return Clocks::Contradict(format!(
            "{} was sealed at {}, but {name} saw it at {}",
            sealed.plan.file.name(),
            seconds(time),
            seconds(*other)
        ));
    }
    if others.iter().any(|(_, other)| *other <= time.saturating_add(times::SKEW)) { Clocks::Agree } else { Clocks::One }
}

fn clock(judged: &Judged<'_>) -> Answer {
    let witness = "have a witness cosign the checkpoints, so that a second clock speaks".to_owned();
    let against =
        |code: Code| judged.findings.iter().filter(|finding| finding.code == code).map(|finding| finding.place.count.max(1)).sum::<u64>();
    let (old, future) = (against(Code::Backdated), against(Code::TimeAfterSeal));
    let clocks: Vec<Clocks> = judged.log.segments.iter().map(clocks).collect();
    let mut against_it = Vec::new();
    if old > 0 {
        against_it.push(format!("{} backdated", plural(old, "record")));
    }
    if future > 0 {
        against_it.push(format!("{} dated after the seal", plural(future, "record")));
    }
    if against(Code::SealTimeBackwards) > 0 {
        against_it.push("a later seal has an earlier time".to_owned());
    }
    against_it.extend(clocks.iter().find_map(|clocks| if let Clocks::Contradict(text) = clocks { Some(text.clone()) } else { None }));
    if !against_it.is_empty() {
        return (Status::Failed, against_it.join(", "), "compare with another source that saw the same actions".into());
    }
    let unbroken = judged.verdicts.iter().all(|verdict| verdict.state.state() == State::Sealed && verdict.exceptions.is_empty());
    if !clocks.is_empty() && unbroken && clocks.iter().all(|clocks| matches!(clocks, Clocks::Agree)) {
        return (Status::Proved, "the clocks of the sealer and of a witness agree".into(), String::new());
    }
    let signed = judged.verdicts.iter().all(|verdict| verdict.sealed_at.is_some() && verdict.state != Standing::BROKEN);
    if signed && !judged.verdicts.is_empty() {
        (Status::Conditional, "no time contradicts the seals, if the sealer's clock was right; no outside clock".into(), witness)
    } else {
        (Status::Unprovable, "no time is signed".into(), witness)
    }
}
