//! The five answers about a hash chain.

use super::judged::Judged;
use super::profile::{Digest, Profile, Scheme};
use super::signers::Signers;
use crate::model::Code;
use crate::model::{Answer, Ladder, Limit, Reason, Remedy};

/// What the answers rest on, beyond findings and signatures.
pub(super) struct Facts {
    /// Whether everything was read and judged.
    pub complete: bool,
    /// Whether something is here whose beginning is not.
    pub midway: bool,
    /// Whether a chain was restarted.
    pub restarted: bool,
    /// Whether trusted signatures close every chain.
    pub closed: bool,
}

impl Facts {
    /// What lies outside of what is here.
    fn outside(&self) -> Option<Limit> {
        match (self.midway, self.restarted) {
            (true, _) => Some(Limit::BeforeFirst),
            (_, true) => Some(Limit::BetweenChains),
            _ => None,
        }
    }
}

/// Whether what vouches for the records is a secret that its holders share.
fn shared(profile: &Profile) -> bool {
    profile.digest == Digest::HmacSha256
        || profile.authentication.as_ref().is_some_and(|authentication| authentication.scheme == Scheme::HmacSha256)
}

pub(super) fn ladder(judged: &Judged<'_>, signers: &Signers, facts: &Facts) -> Ladder {
    let outside = facts.outside();
    let answer = |codes: &[Code], good: Reason| {
        let found = judged.findings.iter().filter(|finding| codes.contains(&finding.code));
        if let Some(answer) = Answer::found(found, Remedy::AnotherCopy) {
            return answer;
        }
        match &outside {
            _ if !facts.complete || signers.is_keyless() => Answer::unprovable(Reason::NotAllChecked, Remedy::TrustWriter),
            _ if !signers.all_hold() => Answer::conditional(good, Remedy::TrustWriter).but(Limit::Recomputed),
            Some(outside) => Answer::conditional(good, Remedy::AddEarlier).within([Limit::OnlyHere, outside.clone()]),
            None => Answer::proved(good),
        }
    };
    let edited = answer(&[Code::RecordAltered, Code::SealForged, Code::RecordMalformed, Code::SignatureMissing], Reason::HashesMatch);
    let moved = answer(
        &[Code::RecordRemoved, Code::RecordInserted, Code::RecordMoved, Code::AfterTerminal, Code::Gap, Code::Fork],
        Reason::RecordsFollow,
    );
    let tail = match facts.closed {
        true => Answer::proved(Reason::ClosedByWriter),
        false => Answer::unprovable(Reason::ChainEndUnknown, Remedy::KeepHead),
    };
    let forged = judged.findings.iter().any(|finding| matches!(finding.code, Code::SealForged | Code::SignatureMissing));
    let signed = || Reason::Signed { keys: signers.keys() };
    let key = match (forged, signers.all_hold()) {
        (true, _) => {
            let keys = signers.some_hold().then(|| signers.keys());
            Answer::failed(Reason::SignaturesFail { keys }, Remedy::CheckKey)
        }
        (_, true) if shared(&judged.chain.profile) => Answer::conditional(Reason::SharedKey { keys: signers.keys() }, None),
        (_, true) if !facts.complete || outside.is_some() => Answer::conditional(signed(), Remedy::AddMissing).but(Limit::OnlyHere),
        (_, true) => Answer::proved(signed()),
        _ if signers.some_hold() => {
            let (signed, of) = signers.share();
            Answer::conditional(Reason::SomeSigned { keys: signers.keys(), signed, of }, Remedy::SignEverything)
        }
        _ => Answer::unprovable(signed(), Remedy::TrustWriter),
    };
    Ladder::new([edited, moved, tail, key, Answer::unprovable(Reason::WritersClock, Remedy::StampHead)])
}
