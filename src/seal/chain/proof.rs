//! The proof of one record of a hash chain, recomputed.

use super::json::Tree;
use super::known::Known;
use super::log::{Chain, tree_of};
use super::preimage;
use super::profile::{Digest, Profile};
use super::record::{Record, link};
use crate::model::text::{bytes, hex};
use crate::seal::primitives::link::{Link, Signature};
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
            steps.push(Step::new(Standing::UNCHECKED, "The file cannot be read", cause));
            return Proof { steps, command: String::new(), meaning: "Nothing can be said of the record.".into() };
        }
    };
    let Some(record) = entries.get(position) else { return Proof::default() };
    let place = format!("{}, record {}", plan.file.path, index + 1);
    steps.push(Step::new(Standing::UNSEALED, format!("Read {}", bytes(record.len() as u64)), place));
    let tree = match super::record::read(&chain.profile, record) {
        Record::Chained(tree) => tree,
        Record::Hollow(why) => {
            steps.push(Step::new(Standing::BROKEN, "Malformed", why));
            let meaning = "No writer of its kind makes such a record, so nothing that it shows is to be believed.".into();
            return Proof { steps, command: String::new(), meaning };
        }
        Record::Blank | Record::Outside => {
            steps.push(Step::new(Standing::UNCHECKED, "Not a record of this chain", chain.profile.name.clone()));
            let meaning = "The record cannot be read as one of its chain, so nothing can be said of it.".into();
            return Proof { steps, command: String::new(), meaning };
        }
    };
    let nothing = Known::default();
    let known = chain.known.get().unwrap_or(&nothing);
    let mut own = link(&chain.profile, &chain.keys, &chain.origin, &tree);
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
        steps.push(Step::new(Standing::UNSEALED, "The chain inside", profile.name.clone()));
        steps_of(profile, known, inner, before, tree, &mut steps);
    }
    Proof { steps, command: command(&chain.profile, &tree), meaning }
}

fn steps_of(profile: &Profile, known: &Known, own: &Link, before: Option<&Link>, tree: &Tree<'_>, steps: &mut Vec<Step>) -> String {
    let agrees = match (&own.stated, &own.computed) {
        (_, None) => None,
        (None, Some(_)) => Some(true),
        (Some(stated), Some(computed)) => Some(stated == computed),
    };
    let computed = shown(&own.computed);
    let (state, title, detail) = match agrees {
        None => (Standing::UNCHECKED, "Its hash needs a key that is not here", "give the HMAC key with --trust".to_owned()),
        Some(true) => (Standing::CONSISTENT, "Its hash, recomputed", computed),
        Some(false) => (Standing::BROKEN, "Its hash differs", format!("here   {computed}\nsealed {}", shown(&own.stated))),
    };
    steps.push(Step::new(state, title, detail));
    if own.ambiguous {
        let detail = "Texts that are hashed one after the other; characters could be moved from one to the next.".to_owned();
        steps.push(Step { state: Standing::UNSEALED, title: "The hash leaves open where texts end".into(), detail });
    }
    let uncovered = preimage::uncovered(profile, tree);
    if !uncovered.is_empty() {
        steps.push(Step::new(Standing::UNSEALED, "Not covered by the hash", uncovered.join(", ")));
    }
    let (state, title) = match before {
        Some(before) if before.stated.as_deref().or(before.computed.as_deref()) == Some(own.previous.as_str()) => {
            (Standing::CONSISTENT, "Follows the record before it")
        }
        _ if profile.genesis.contains(&own.previous) => (Standing::CONSISTENT, "Starts the chain"),
        None => (Standing::UNCHECKED, "Follows a record that is not in this file"),
        Some(_) => (Standing::SUSPECT, "Names another predecessor than the record before it"),
    };
    steps.push(Step::new(state, title, own.previous.clone()));
    let sealed = own.signature.voucher().and_then(|voucher| known.standing(voucher, &own.signer));
    let (state, title) = match &own.signature {
        Signature::Holds(_) => match sealed {
            Some(sealed) => (sealed, "Signature holds under a key you trust"),
            None => (Standing::CONSISTENT, "Signature holds under a key that signs in several names"),
        },
        Signature::Refused(_) => (Standing::CONSISTENT, "Signature holds under a key you trust, but not for this"),
        Signature::Foreign => (Standing::CONSISTENT, "Signature holds, but the key came with the evidence"),
        Signature::Fails => (Standing::BROKEN, "Signature fails"),
        Signature::Unfit => (Standing::UNCHECKED, "None of your keys fits the signature"),
        Signature::NoKey => (Standing::UNCHECKED, "Signature not checked: the key is not here"),
        Signature::Absent => (Standing::UNSEALED, "No signature"),
    };
    steps.push(Step::new(state, title, own.key.clone()));
    if let Some(fault) = own.rare.as_ref().and_then(|rare| rare.fault.as_ref()) {
        steps.push(Step::new(Standing::BROKEN, "Malformed", fault.clone()));
    }
    match (agrees, &own.signature, sealed) {
        (Some(false), ..) => "The record was changed after it was written.",
        (_, Signature::Fails, _) => "The record is not what the key's holder signed.",
        (_, _, Some(_)) => "The record is as its writer signed it.",
        (None, ..) => "Without the key nothing can be said of the record's content.",
        _ => "The record agrees with its own hash; whoever can write the file could have recomputed the whole chain.",
    }
    .into()
}

/// A hash as it is shown; a dash where there is none.
pub(super) fn shown(hash: &Option<String>) -> String {
    hash.clone().unwrap_or_else(|| "—".to_owned())
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
