//! The proof ladder of a log of sealed segments.

use std::collections::BTreeSet;

use super::judged::Judged;
use super::log::{Lone, Sealed, SegmentLog, is_signed};
use crate::model::finding::{Code, Severity};
use crate::model::receipt::{self, Receipt};
use crate::model::words::end::End;
use crate::model::words::keys::{KeyStanding, KeyUse, Keys};
use crate::model::words::ladder as words;
use crate::model::{Answer, Ladder, Limit, Reason, Remedy, State, Status};
use crate::seal::primitives::note::SKEW;
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

/// Gives the ladder, the keys, and what is known of the end.
pub(super) fn climb(judged: &Judged<'_>) -> (Ladder, Keys, End) {
    let log = judged.log;
    let trusted: Vec<&Vouched<LogSigner>> = log.segments.iter().filter_map(Sealed::voucher).collect();
    let all_trusted = !log.segments.is_empty() && trusted.len() == log.segments.len();
    let forged = judged.findings.iter().any(|finding| finding.code == Code::SealForged);

    // Segments help only where some are missing, and leaf hashes only where the place of the damage is not known.
    let found = |codes: &[Code]| judged.findings.iter().any(|finding| codes.contains(&finding.code) && finding.severity == Severity::Error);
    let place = |unknown: &[Code]| if found(unknown) { Remedy::GetLeaves } else { Remedy::AnotherCopy };
    let missing = found(&[Code::Gap, Code::SealWithoutSegment]);
    let repair = if missing { Remedy::AddSegments } else { place(&[Code::RecordsMissing, Code::RecordsAdded]) };
    let edited = answer(judged, &EDITED, Reason::NoRecordDiffers, all_trusted, place(&[Code::SegmentAltered]));
    let misplaced = answer(judged, &MISPLACED, Reason::NoGap, all_trusted, repair);
    let (tail, end) = tail(judged, all_trusted);
    let keys = keys(judged, &trusted);
    let signed = Reason::Signed { keys: keys.clone() };
    let key = match (forged, all_trusted) {
        (true, _) => Answer::failed(Reason::SignatureFails, Remedy::GetSealAgain),
        (false, true) => Answer::proved(signed),
        (false, false) => Answer::conditional(signed, Remedy::TrustSealer),
    };
    let [edited, misplaced] = [edited, misplaced].map(|answer| since_receipt(log, answer));
    let answers = [edited, misplaced, tail, key, clock(judged)].map(|answer| within(judged, answer));
    (Ladder::new(answers), keys, end)
}

/// A copy that was sealed on receipt says nothing of the time before.
fn since_receipt(log: &SegmentLog, answer: Answer) -> Answer {
    match receipt::read(&log.origin) {
        Some(Receipt { by, at }) if matches!(answer.status, Status::Proved | Status::Conditional) => {
            answer.but(Limit::SealedOnReceipt { by, at })
        }
        _ => answer,
    }
}

/// Nothing is proved of a log of which a part lies outside: the answer says what.
fn within(judged: &Judged<'_>, answer: Answer) -> Answer {
    let mut limits = Vec::new();
    if judged.before > 0 {
        limits.push(Limit::RecordsBefore { count: judged.before });
    }
    if judged.findings.iter().any(|finding| finding.code == Code::Gap && finding.severity == Severity::Error) {
        limits.push(Limit::RecordsBetween);
    }
    if !judged.complete {
        limits.push(Limit::NotAllChecked);
    }
    if answer.status != Status::Proved || limits.is_empty() {
        return answer;
    }
    let remedy = answer.remedy.clone().unwrap_or(Remedy::AddMissing);
    Answer { status: Status::Conditional, remedy: Some(remedy), ..answer }.within(limits)
}

/// What holds as far as the keys do.
fn holds(reason: Reason, all_trusted: bool) -> Answer {
    if all_trusted { Answer::proved(reason) } else { Answer::conditional(reason, Remedy::TrustSealer).but(Limit::KeyGenuine) }
}

/// Whether the end was cut off. A checkpoint proves the end only as of its time, and only if someone else kept it: one that carries a trusted
/// signature which stands in no seal here, made after the newest seal. One that was copied out of a seal says no more than that seal.
fn tail(judged: &Judged<'_>, all_trusted: bool) -> (Answer, End) {
    let log = judged.log;
    let segments = || (0..log.segments.len()).filter(|&index| judged.speaks[index]).map(|index| &log.segments[index]);
    let end = segments().map(|sealed| sealed.seal.checkpoint.size).max().unwrap_or(0);
    let newest = segments().filter_map(Sealed::sealed_at).max();
    let truncated = judged.findings.iter().find(|finding| finding.code == Code::Truncated && finding.severity == Severity::Error);
    if let Some((finding, answer)) = truncated.and_then(|finding| Some((finding, Answer::found([finding], Remedy::AddNewerSegments)?))) {
        return (answer, End::CheckpointOfRecords { count: end + finding.place.count });
    }
    let kept = log.lone.iter().filter(|lone| lone.checkpoint.size == end && end > 0 && is_kept_elsewhere(log, lone));
    let time = kept.filter_map(|lone| lone.signatures.as_ref().map_or(None, |signatures| signatures.time())).max();
    match time.filter(|time| newest.is_none_or(|newest| *time >= newest)) {
        Some(time) => (holds(Reason::EndConfirmed { time }, all_trusted), End::Checkpoint { time }),
        None => (
            Answer::unprovable(Reason::EndUnknown { sealed_at: newest }, Remedy::NewerCheckpoint),
            newest.map_or(End::NoSignedTime, |sealed_at| End::NewestSeal { sealed_at }),
        ),
    }
}

fn is_kept_elsewhere(log: &SegmentLog, lone: &Lone) -> bool {
    let seals = log.segments.iter().map(|sealed| &sealed.seal.note).chain(log.orphans.iter().map(|orphan| &orphan.seal.note));
    let sealed: BTreeSet<&[u8]> = seals.flat_map(|note| note.signatures.iter().map(|signature| signature.bytes.as_slice())).collect();
    is_signed(&lone.signatures) && !lone.note.signatures.iter().any(|signature| sealed.contains(signature.bytes.as_slice()))
}

fn answer(judged: &Judged<'_>, codes: &[Code], good: Reason, all_trusted: bool, repair: Remedy) -> Answer {
    let found = judged.findings.iter().filter(|finding| codes.contains(&finding.code) && finding.severity == Severity::Error);
    if let Some(answer) = Answer::found(found, repair) {
        return answer;
    }
    match (judged.complete, judged.verdicts.is_empty()) {
        (false, _) => Answer::unprovable(Reason::NotAllChecked, Remedy::LetCheckFinish),
        (true, true) => Answer::unprovable(Reason::NoSegment, Remedy::AddSegments),
        (true, false) => holds(good, all_trusted),
    }
}

fn keys(judged: &Judged<'_>, trusted: &[&Vouched<LogSigner>]) -> Keys {
    let named = |vouched: &Vouched<LogSigner>, standing| KeyUse::new(vouched.key().name.clone(), standing);
    let mut keys: BTreeSet<KeyUse> = trusted.iter().map(|vouched| named(vouched, KeyStanding::Trusted)).collect();
    for sealed in judged.log.segments.iter().filter(|sealed| sealed.voucher().is_none()) {
        match sealed.signatures.as_ref().map_or(None, |signatures| signatures.log()) {
            Some(vouched) => drop(keys.insert(named(vouched, KeyStanding::TooFewWitnesses))),
            None => {
                let signers = &sealed.seal.note.signatures;
                keys.extend(signers.iter().map(|signature| KeyUse::new(signature.name.clone(), KeyStanding::Unknown)));
            }
        }
    }
    Keys::these(keys)
}

/// How the clocks of a seal's signers stand to each other.
enum Clocks {
    /// A trusted witness's clock agrees with the sealer's.
    Agree,
    /// There is no second trusted clock near the first.
    One,
    /// The witness says that it saw the checkpoint before the sealer says that it was made.
    Contradict(words::Clocks),
}

fn clocks(sealed: &Sealed) -> Clocks {
    let Ok(signatures) = &sealed.signatures else { return Clocks::One };
    let Some((own, time)) = signatures.log().and_then(|own| Some((own, own.time()?))) else { return Clocks::One };
    // The same key under another name is no second clock.
    let others = signatures.witnesses().iter().filter(|witness| witness.key().material.bytes() != own.key().material.bytes());
    let others: Vec<(&str, i64)> = others.filter_map(|witness| Some((witness.key().name.as_str(), witness.time()?))).collect();
    if let Some((name, other)) = others.iter().find(|(_, other)| *other < time.saturating_sub(SKEW)) {
        return Clocks::Contradict(words::Clocks {
            segment: sealed.plan.file.name().to_owned(),
            sealed_at: time,
            witness: (*name).to_owned(),
            witnessed_at: *other,
        });
    }
    if others.iter().any(|(_, other)| *other <= time.saturating_add(SKEW)) { Clocks::Agree } else { Clocks::One }
}

fn clock(judged: &Judged<'_>) -> Answer {
    let against =
        |code: Code| judged.findings.iter().filter(|finding| finding.code == code).map(|finding| finding.place.count.max(1)).sum::<u64>();
    let (backdated, after_seal) = (against(Code::Backdated), against(Code::TimeAfterSeal));
    let is_backwards = against(Code::SealTimeBackwards) > 0;
    let stated: Vec<Clocks> = judged.log.segments.iter().map(clocks).collect();
    let clocks = stated.iter().find_map(|clocks| if let Clocks::Contradict(clocks) = clocks { Some(clocks.clone()) } else { None });
    if backdated > 0 || after_seal > 0 || is_backwards || clocks.is_some() {
        return Answer::failed(Reason::TimesContradict { backdated, after_seal, is_backwards, clocks }, Remedy::AnotherSource);
    }
    let unbroken = judged.verdicts.iter().all(|verdict| verdict.state.state() == State::Sealed && verdict.exceptions.is_empty());
    if !stated.is_empty() && unbroken && stated.iter().all(|clocks| matches!(clocks, Clocks::Agree)) {
        return Answer::proved(Reason::ClocksAgree);
    }
    let signed = judged.verdicts.iter().all(|verdict| verdict.sealed_at.is_some() && verdict.state != Standing::BROKEN);
    if signed && !judged.verdicts.is_empty() {
        Answer::conditional(Reason::NoContradiction, Remedy::Witness).but(Limit::SealersClock)
    } else {
        Answer::unprovable(Reason::NoSignedTime, Remedy::Witness)
    }
}
