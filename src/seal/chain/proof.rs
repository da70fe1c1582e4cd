//! The proof of one record of a hash chain, recomputed.

use super::json::Tree;
use super::known::Known;
use super::log::{Chain, tree_of};
use super::preimage;
use super::profile::{Digest, Profile};
use super::record::{Record, link};
use crate::model::text::hex;
use crate::model::words::steps::{Meaning, ReadFrom, SignatureOutcome, StepFact};
use crate::seal::primitives::link::{Link, Signature};
use crate::seal::primitives::segment::Unit;
use crate::seal::verdict::{Proof, Step};
use crate::trust::{Refusal, Standing, Store as Keys};

/// The longest preimage that a command repeats.
const SHOWN: usize = 4_000;

pub(super) fn prove(chain: &Chain, segment: usize, index: u64, content: &[u8]) -> Proof {
    let (Some(plan), Ok(position)) = (chain.plans.get(segment), usize::try_from(index)) else { return Proof::default() };
    let mut steps = Vec::new();
    let entries = match chain.records(segment, content) {
        Ok(entries) => entries,
        Err(cause) => {
            steps.push(Step::new(Standing::UNCHECKED, StepFact::FileUnreadable { cause }));
            return Proof { steps, command: String::new(), meaning: Meaning::Nothing };
        }
    };
    let Some(record) = entries.get(position) else { return Proof::default() };
    // A record has one number everywhere, its log's; lines are counted as editors do.
    let path = plan.file.path.clone();
    let place = match plan.unit {
        Unit::Line => ReadFrom::Line { path, line: index + 1 },
        _ => ReadFrom::Entry { path, entry: index },
    };
    steps.push(Step::read(record.len(), place));
    let tree = match super::record::read(&chain.profile, record) {
        Record::Chained(tree) => tree,
        Record::Hollow(why) => {
            steps.push(Step::new(Standing::BROKEN, StepFact::Malformed { cause: why }));
            return Proof { steps, command: String::new(), meaning: Meaning::Malformed };
        }
        Record::Blank | Record::Outside => {
            steps.push(Step::new(Standing::UNCHECKED, StepFact::NotOfChain { profile: chain.profile.name.clone() }));
            return Proof { steps, command: String::new(), meaning: Meaning::NotOfChain };
        }
    };
    let nothing = Known::default();
    let known = chain.known.get().unwrap_or(&nothing);
    let first = link(&chain.profile, &chain.keys, &chain.origin, &tree);
    let mut own = link(&chain.profile, &chain.keys_of(&first.chain), &chain.origin, &tree);
    // After a signed change of key only the new one counts.
    if let Some(key) = known.key_at(&own.chain, &own.signer, segment, index) {
        let mut keys = Keys::default();
        keys.trust(key);
        own = link(&chain.profile, &keys, &chain.origin, &tree);
        if !matches!(own.signature, Signature::Holds(_) | Signature::Absent | Signature::Refused(Refusal::Dates { .. })) {
            own.signature = Signature::Fails;
        }
    }
    let name = |record: &[u8]| {
        let tree = tree_of(&chain.profile, record)?;
        (chain.profile.chain.as_ref().map_or_else(String::new, |path| tree.text_at(path)) == own.chain)
            .then(|| link(&chain.profile, &Keys::default(), &chain.origin, &tree))
    };
    let before = entries[..position].iter().rev().find_map(|record| name(record));
    let meaning = steps_of(&chain.profile, known, &own, before.as_ref(), &tree, &mut steps);
    if let (Some(profile), Some(inner)) = (&chain.profile.inner, own.inner.as_deref())
        && let Some(tree) = profile.at.as_deref().and_then(|path| tree.at(path))
    {
        let before = before.as_ref().and_then(|before| before.inner.as_deref());
        steps.push(Step::new(Standing::UNSEALED, StepFact::InnerChain { profile: profile.name.clone() }));
        steps_of(profile, known, inner, before, tree, &mut steps);
    }
    Proof { steps, command: command(&chain.profile, &tree), meaning }
}

fn steps_of(profile: &Profile, known: &Known, own: &Link, before: Option<&Link>, tree: &Tree<'_>, steps: &mut Vec<Step>) -> Meaning {
    let mut step = |state: Standing, fact: StepFact| steps.push(Step::new(state, fact));
    let agrees = match (&own.stated, &own.computed) {
        (_, None) => None,
        (None, Some(_)) => Some(true),
        (Some(stated), Some(computed)) => Some(stated == computed),
    };
    match agrees {
        None => step(Standing::UNCHECKED, StepFact::HashKeyMissing),
        Some(true) => step(Standing::CONSISTENT, StepFact::HashAgrees { hash: own.computed.clone() }),
        Some(false) => step(Standing::BROKEN, StepFact::HashDiffers { here: own.computed.clone(), sealed: own.stated.clone() }),
    }
    if own.ambiguous {
        step(Standing::UNSEALED, StepFact::HashAmbiguous);
    }
    let members: Vec<String> = preimage::uncovered(profile, tree).into_iter().map(str::to_owned).collect();
    if !members.is_empty() {
        step(Standing::UNSEALED, StepFact::NotCovered { members });
    }
    let previous = own.previous.clone();
    match before {
        Some(before) if before.stated.as_deref().or(before.computed.as_deref()) == Some(own.previous.as_str()) => {
            step(Standing::CONSISTENT, StepFact::Follows { previous });
        }
        _ if profile.genesis.contains(&own.previous) => step(Standing::CONSISTENT, StepFact::StartsChain { previous }),
        None => step(Standing::UNCHECKED, StepFact::FollowsAbsent { previous }),
        Some(_) => step(Standing::SUSPECT, StepFact::FollowsAnother { previous }),
    }
    let sealed = own.signature.voucher().and_then(|voucher| known.standing(voucher, &own.signer));
    let (state, outcome) = match &own.signature {
        Signature::Holds(_) => match sealed {
            Some(sealed) => (sealed, SignatureOutcome::Trusted),
            None => (Standing::CONSISTENT, SignatureOutcome::SeveralNames),
        },
        Signature::Refused(_) => (Standing::CONSISTENT, SignatureOutcome::Refused),
        Signature::Foreign => (Standing::CONSISTENT, SignatureOutcome::CameAlong),
        Signature::Fails => (Standing::BROKEN, SignatureOutcome::Fails),
        Signature::Unfit => (Standing::UNCHECKED, SignatureOutcome::NoneFits),
        Signature::NoKey => (Standing::UNCHECKED, SignatureOutcome::KeyMissing),
        Signature::Absent => (Standing::UNSEALED, SignatureOutcome::Absent),
    };
    step(state, StepFact::RecordSignature { key: own.key.clone(), outcome });
    if let Some(fault) = own.rare.as_ref().and_then(|rare| rare.fault.as_ref()) {
        step(Standing::BROKEN, StepFact::Malformed { cause: fault.clone() });
    }
    match (agrees, &own.signature, sealed) {
        (Some(false), ..) => Meaning::ChangedSince,
        (_, Signature::Fails, _) => Meaning::NotAsSigned,
        (_, _, Some(_)) => Meaning::AsSigned,
        (None, ..) => Meaning::KeyMissing,
        _ => Meaning::AgreesWithItself,
    }
}

/// A command that repeats the hash with stock tools, and what it prints, for preimages that are short text.
fn command(profile: &Profile, tree: &Tree<'_>) -> String {
    let Some(Ok(text)) = super::record::preimages(profile, tree).next().map(String::from_utf8) else {
        return String::new();
    };
    let program = match profile.digest {
        Digest::Sha256 => "sha256sum",
        Digest::Sha384 => "sha384sum",
        Digest::Sha512 => "sha512sum",
        Digest::HmacSha256 => "openssl dgst -sha256 -hmac \"$KEY\"",
    };
    if text.len() > SHOWN || text.contains('\0') {
        return String::new();
    }
    let expected = preimage::hash(profile.digest, text.as_bytes()).map_or_else(String::new, |hash| format!("\n# prints {}", hex(&hash)));
    format!("printf '%s' '{}' | {program}{expected}", text.replace('\'', "'\\''"))
}
