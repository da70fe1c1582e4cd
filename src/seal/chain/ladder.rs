//! The five answers about a hash chain.

use super::judged::Judged;
use super::profile::{Digest, Profile, Scheme};
use super::signers::Signers;
use crate::model::finding::{Code, Finding};
use crate::model::{Ladder, Status};

/// What the answers rest on, beyond findings and signatures.
pub(super) struct Facts {
    /// Whether everything was read and judged.
    pub complete: bool,
    /// Whether something is here whose beginning is not.
    pub midway: bool,
    /// Whether a chain was begun anew.
    pub restarted: bool,
    /// Whether trusted signatures close every chain.
    pub closed: bool,
}

impl Facts {
    /// What lies outside of what is here, in words.
    fn outside(&self) -> Option<&'static str> {
        match (self.midway, self.restarted) {
            (true, _) => Some("what came before the first record here is not known"),
            (_, true) => Some("what lies between the end of one chain and the start of the next is not known"),
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
    let trust = "give the writer's key with --trust, or have the chain's head kept by someone else";
    let outside = facts.outside();
    let answer = |codes: &[Code], good: &str| {
        let found: Vec<&Finding> = judged.findings.iter().filter(|finding| codes.contains(&finding.code)).collect();
        match found.as_slice() {
            [] if !facts.complete || signers.is_keyless() => {
                (Status::Unprovable, "not everything could be checked".to_owned(), trust.to_owned())
            }
            [] if signers.all_hold() => match outside {
                Some(outside) => {
                    let raise = "add the earlier records".to_owned();
                    (Status::Conditional, format!("{good}, of those here; {outside}"), raise)
                }
                None => (Status::Proved, good.to_owned(), String::new()),
            },
            [] => (Status::Conditional, format!("{good}, unless somebody recomputed the whole chain"), trust.to_owned()),
            [one] => (Status::Failed, format!("yes: {}", one.title()), "compare with another copy".to_owned()),
            many => {
                (Status::Failed, format!("yes: {} and {} more", many[0].title(), many.len() - 1), "compare with another copy".to_owned())
            }
        }
    };
    let edited = answer(
        &[Code::RecordAltered, Code::SealForged, Code::RecordMalformed, Code::SignatureMissing],
        "every record agrees with its hash",
    );
    let moved = answer(
        &[Code::RecordRemoved, Code::RecordInserted, Code::RecordMoved, Code::AfterTerminal, Code::Gap, Code::Fork],
        "every record follows its predecessor",
    );
    let tail = if facts.closed {
        (Status::Proved, "its writer closed the chain with a signed last record".to_owned(), String::new())
    } else {
        let raise = "have the chain's head kept by someone else".to_owned();
        (Status::Unprovable, "a chain cannot show that its end was cut off".to_owned(), raise)
    };
    let forged = judged.findings.iter().any(|finding| matches!(finding.code, Code::SealForged | Code::SignatureMissing));
    let key = match (forged, signers.all_hold()) {
        (true, _) if signers.some_hold() => (
            Status::Failed,
            format!("{}; a signature fails or is missing", signers.words()),
            "check that you hold the right key".to_owned(),
        ),
        (true, _) => (Status::Failed, "a signature fails or is missing".to_owned(), "check that you hold the right key".to_owned()),
        (_, true) if shared(&judged.chain.profile) => {
            (Status::Conditional, format!("{}, a shared key: whoever holds it could have written the log", signers.words()), String::new())
        }
        (_, true) if !facts.complete || outside.is_some() => {
            let text = format!("{}, for the records here", signers.words());
            (Status::Conditional, text, "add what is missing".to_owned())
        }
        (_, true) => (Status::Proved, signers.words(), String::new()),
        _ if signers.some_hold() => {
            let raise = "have every record signed, or the chain's head kept by someone else".to_owned();
            (Status::Conditional, format!("{}, for {}", signers.words(), signers.share()), raise)
        }
        _ => (Status::Unprovable, signers.words(), trust.to_owned()),
    };
    let clock = (Status::Unprovable, "only the writer's own clock is known".to_owned(), "have the chain's head time-stamped".to_owned());
    Ladder::new([edited, moved, tail, key, clock])
}
