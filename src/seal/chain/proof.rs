//! The proof of one record of a hash chain, recomputed.

use super::json::Tree;
use super::profile::{Digest, Profile};
use super::{Chain, container, link, preimage, tree_of};
use crate::model::State;
use crate::model::text::bytes;
use crate::seal::{Link, Proof, Signature, Step};

/// The longest preimage that a command repeats.
const SHOWN: usize = 4_000;

pub(super) fn prove(chain: &Chain, segment: usize, index: u64, content: &[u8]) -> Proof {
    let (Some(plan), Ok(position)) = (chain.plans.get(segment), usize::try_from(index)) else { return Proof::default() };
    let entries = chain.records(segment, content);
    let Some(record) = entries.get(position) else { return Proof::default() };
    let mut steps = vec![Step {
        state: State::Unsealed,
        title: format!("Read {}", bytes(record.len() as u64)),
        detail: format!("{}, record {}", plan.file.path, index + 1),
    }];
    let Some(tree) = tree_of(&chain.profile, record) else {
        steps.push(Step { state: State::Unchecked, title: "Not a record of this chain".into(), detail: chain.profile.name.clone() });
        let meaning = "The record cannot be read as one of its chain, so nothing can be said of it.".into();
        return Proof { steps, command: String::new(), meaning };
    };
    let own = link(&chain.profile, &chain.keys, &chain.origin, &tree);
    let before = position
        .checked_sub(1)
        .and_then(|last| entries[..=last].iter().rev().filter_map(|record| chain_link(chain, record)).find(|link| link.chain == own.chain));
    let meaning = steps_of(&chain.profile, &own, before.as_ref(), &tree, &mut steps);
    if let (Some(profile), Some(inner)) = (&chain.profile.inner, own.rare.as_ref().and_then(|rare| rare.inner.as_ref()))
        && let Some(tree) = profile.at.as_deref().and_then(|path| tree.at(path))
    {
        let before = before.as_ref().and_then(|before| before.rare.as_ref()?.inner.as_ref());
        steps.push(Step { state: State::Unsealed, title: "The chain inside".into(), detail: profile.name.clone() });
        steps_of(profile, inner, before, tree, &mut steps);
    }
    Proof { steps, command: command(&chain.profile, &tree), meaning }
}

fn chain_link(chain: &Chain, record: &[u8]) -> Option<Link> {
    tree_of(&chain.profile, record).map(|tree| link(&chain.profile, &chain.keys, &chain.origin, &tree))
}

fn steps_of(profile: &Profile, own: &Link, before: Option<&Link>, tree: &Tree<'_>, steps: &mut Vec<Step>) -> String {
    let agrees = match (&own.stated, &own.computed) {
        (_, None) => None,
        (None, Some(_)) => Some(true),
        (Some(stated), Some(computed)) => Some(stated == computed),
    };
    let computed = own.computed.clone().unwrap_or_default();
    let (state, title, detail) = match agrees {
        None => (State::Unchecked, "Its hash needs a key that is not here", "give the HMAC key with --trust".to_owned()),
        Some(true) => (State::Consistent, "Its hash, recomputed", computed),
        Some(false) => (State::Broken, "Its hash differs", format!("here   {computed}\nsealed {}", own.stated.clone().unwrap_or_default())),
    };
    steps.push(Step { state, title: title.into(), detail });
    let uncovered = preimage::uncovered(profile, tree);
    if !uncovered.is_empty() {
        steps.push(Step { state: State::Unsealed, title: "Not covered by the hash".into(), detail: uncovered.join(", ") });
    }
    let (state, title) = match before {
        Some(before) if before.stated.as_deref().or(before.computed.as_deref()) == Some(own.previous.as_str()) => {
            (State::Consistent, "Follows the record before it")
        }
        _ if profile.genesis.contains(&own.previous) => (State::Consistent, "Starts the chain"),
        None => (State::Unchecked, "Follows a record that is not in this file"),
        Some(_) => (State::Suspect, "Names another predecessor than the record before it"),
    };
    steps.push(Step { state, title: title.into(), detail: own.previous.clone() });
    let (state, title) = match own.signature {
        Signature::Holds => (State::Sealed, "Signature holds under a key you trust"),
        Signature::Foreign => (State::Consistent, "Signature holds, but the key came with the evidence"),
        Signature::Fails => (State::Broken, "Signature fails"),
        Signature::Unfit => (State::Unchecked, "None of your keys fits the signature"),
        Signature::NoKey => (State::Unchecked, "Signature not checked: the key is not here"),
        Signature::Absent => (State::Unsealed, "No signature"),
    };
    steps.push(Step { state, title: title.into(), detail: own.key.clone() });
    if let Some(fault) = own.rare.as_ref().and_then(|rare| rare.fault.as_ref()) {
        steps.push(Step { state: State::Broken, title: "Malformed".into(), detail: fault.clone() });
    }
    match (agrees, own.signature) {
        (Some(false), _) => "The record was changed after it was written.",
        (_, Signature::Fails) => "The record is not what the key's holder signed.",
        (_, Signature::Holds) => "The record is as its writer signed it.",
        (None, _) => "Without the key nothing can be said of the record's content.",
        _ => "The record agrees with its own hash; whoever can write the file could have recomputed the whole chain.",
    }
    .into()
}

/// A command that repeats the hash with stock tools, for preimages that are short text.
fn command(profile: &Profile, tree: &Tree<'_>) -> String {
    let Some(text) = container::preimages(profile, tree).next().and_then(|bytes| String::from_utf8(bytes).ok()) else {
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
    format!("printf '%s' '{}' | {program}", text.replace('\'', "'\\''"))
}
