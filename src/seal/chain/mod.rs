//! Logs whose records carry the hash of their predecessor, by profile.

mod json;
mod profile;
mod verdict;

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::{Claims, Conclusion, Format, Link, Observed, Proof, Reread, SealedLog, SegmentPlan, Step, Unit, Wanted, records};
use crate::model::State;
use crate::model::text::{bytes, hex};
use crate::source::File;
use crate::trust::{Material, Store as Keys};
use json::Tree;
use profile::{Authentication, PROFILES, Profile};

/// Records looked at to recognise a chain.
const TRIED: usize = 32;

/// Finds hash-chained logs.
pub struct HashChains;

struct Chain {
    origin: String,
    profile: &'static Profile,
    plans: Vec<SegmentPlan>,
    keys: Keys,
}

impl Format for HashChains {
    fn plan(&self, claims: &mut Claims, keys: &mut Keys) -> Vec<Box<dyn SealedLog>> {
        let found: Vec<(usize, &'static Profile, Unit)> =
            claims.free().filter_map(|(index, file)| recognise(file).map(|(profile, unit)| (index, profile, unit))).collect();
        let mut logs: BTreeMap<(String, &'static str), Chain> = BTreeMap::new();
        for (index, profile, unit) in found {
            let Some(file) = claims.take(index) else { continue };
            let folder = if file.folder().is_empty() { file.name().to_owned() } else { file.folder().to_owned() };
            let origin = format!("{folder} · {}", profile.name);
            let chain =
                logs.entry((folder, profile.name)).or_insert_with(|| Chain { origin, profile, plans: Vec::new(), keys: keys.clone() });
            chain.plans.push(SegmentPlan { file, first: 0, expected: None, unit });
        }
        logs.into_values().map(|chain| Box::new(chain) as Box<dyn SealedLog>).collect()
    }
}

/// The profile of a file: one whose fields are there, and under which a record's own hash comes right where it states one.
fn recognise(file: &File) -> Option<(&'static Profile, Unit)> {
    let start =
        std::str::from_utf8(&file.start).unwrap_or_else(|error| std::str::from_utf8(&file.start[..error.valid_up_to()]).unwrap_or(""));
    let start = start.trim_start_matches('\u{feff}');
    let lines: Vec<&str> = start.lines().filter(|line| line.starts_with('{')).take(TRIED).collect();
    let of_lines: Vec<Tree<'_>> = lines.iter().filter_map(|line| Tree::parse(line)).collect();
    if !of_lines.is_empty() {
        return best(&of_lines).map(|profile| (profile, Unit::Line));
    }
    // One record, or a list of them, laid out over lines.
    if file.size > File::MAX_DOCUMENT || !start.trim_start().starts_with(['{', '[']) || !holds_a_sign(start) {
        return None;
    }
    let content = file.read_all(File::MAX_DOCUMENT).ok()?;
    let text = std::str::from_utf8(&content).ok()?;
    match Tree::parse(text)? {
        Tree::Array(items) => best(&items[..items.len().min(TRIED)]),
        record => best(&[record]),
    }
    .map(|profile| (profile, Unit::File))
}

fn holds_a_sign(start: &str) -> bool {
    PROFILES
        .iter()
        .flat_map(|profile| profile.signs)
        .any(|sign| start.contains(&format!("\"{}\"", sign.rsplit('/').next().unwrap_or(sign))))
}

fn best(records: &[Tree<'_>]) -> Option<&'static Profile> {
    let right = |profile: &Profile, record: &Tree<'_>| match profile.own {
        None => true,
        Some(own) => computed(profile, record).is_some_and(|(hash, _)| record.at(own).and_then(Tree::plain) == Some(hash)),
    };
    PROFILES.iter().find(|profile| records.iter().any(|record| profile.fits(record) && right(profile, record)))
}

/// A record's hash as the profile writes it, and the bytes that give it.
fn computed(profile: &Profile, record: &Tree<'_>) -> Option<(String, String)> {
    let preimage = profile.preimage(record)?;
    Some((format!("{}{}", profile.prefix, hex(&Sha256::digest(&preimage))), preimage))
}

impl Chain {
    /// Whether a record's signature or MAC holds: the answer, and by which key.
    fn authentic(&self, record: &Tree<'_>, hash: &str, preimage: &str) -> (Option<bool>, String) {
        match self.profile.authentication {
            Authentication::None => (None, String::new()),
            Authentication::HmacOfHash(field) => {
                let Some(stated) = record.at(field).and_then(Tree::plain) else { return (None, "no MAC".into()) };
                let mut known = false;
                for (key, material) in self.keys.materials() {
                    let Material::Hmac(secret) = material else { continue };
                    known = true;
                    // HMAC takes keys of any length, so this never fails.
                    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { continue };
                    mac.update(hash.as_bytes());
                    if hex(&mac.finalize().into_bytes()) == stated.to_ascii_lowercase() {
                        return (Some(true), key.name.clone());
                    }
                }
                if known { (Some(false), "HMAC".into()) } else { (None, "an HMAC key that is not here".into()) }
            }
            Authentication::Ed25519OfPreimage(value, method) => {
                let method = record.at(method).and_then(Tree::plain).unwrap_or_default();
                let Some(signature) = record.at(value).and_then(Tree::plain) else { return (None, method) };
                let Some(signature) = signature.strip_prefix('u').and_then(|text| BASE64URL.decode(text).ok()) else {
                    return (Some(false), method);
                };
                let Ok(signature) = ed25519_dalek::Signature::from_slice(&signature) else { return (Some(false), method) };
                let mut known = false;
                for (key, material) in self.keys.materials() {
                    let Material::Ed25519(public) = material else { continue };
                    // A key that signs notes of another log is not meant.
                    if key.note_type.is_some() {
                        continue;
                    }
                    known = true;
                    let holds = ed25519_dalek::VerifyingKey::from_bytes(public)
                        .is_ok_and(|public| public.verify_strict(preimage.as_bytes(), &signature).is_ok());
                    if holds {
                        return (Some(true), key.name.clone());
                    }
                }
                if known { (Some(false), method) } else { (None, method) }
            }
        }
    }
}

impl SealedLog for Chain {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn seal(&self) -> &'static str {
        "hash chain"
    }

    fn segments(&self) -> &[SegmentPlan] {
        &self.plans
    }

    fn wanted(&self, _segment: usize) -> Wanted {
        Wanted { links: true, ..Wanted::default() }
    }

    fn link(&self, _segment: usize, record: &[u8]) -> Option<Link> {
        let text = std::str::from_utf8(record).ok()?;
        let tree = Tree::parse(text.trim_start_matches('\u{feff}'))?;
        if !self.profile.fits(&tree) {
            return None;
        }
        let plain = |path: &str| tree.at(path).and_then(Tree::plain);
        let (hash, preimage) = computed(self.profile, &tree)?;
        let (authentic, key) = self.authentic(&tree, &hash, &preimage);
        Some(Link {
            chain: self.profile.chain.and_then(plain).unwrap_or_default(),
            sequence: self.profile.sequence.and_then(plain).and_then(|text| text.parse().ok()),
            previous: Some(plain(self.profile.previous).unwrap_or_default()),
            stated: self.profile.own.and_then(plain),
            computed: Some(hash),
            authentic,
            key,
            fault: None,
        })
    }

    fn conclude(&self, observed: &[Observed], _reread: &dyn Reread) -> Conclusion {
        verdict::conclude(self, observed)
    }

    fn prove(&self, segment: usize, index: u64, content: &[u8]) -> Proof {
        let Some(plan) = self.plans.get(segment) else { return Proof::default() };
        let entries = match plan.unit {
            Unit::Line | Unit::Bundle => records(plan.unit, content),
            Unit::File => crate::seal::chain_entries(content),
        };
        let Some(record) = usize::try_from(index).ok().and_then(|index| entries.get(index)) else { return Proof::default() };
        let mut steps = vec![Step {
            state: State::Sealed,
            title: format!("Read {}", bytes(record.len() as u64)),
            detail: format!("{}, record {}", plan.file.path, index + 1),
        }];
        let tree = std::str::from_utf8(record).ok().and_then(Tree::parse);
        let (Some(tree), Some(link)) = (tree, self.link(segment, record)) else {
            steps.push(Step { state: State::Unchecked, title: "Not a record of this chain".into(), detail: self.profile.name.into() });
            return Proof {
                steps,
                command: String::new(),
                meaning: "The record cannot be read as one of its chain, so nothing can be said of it.".into(),
            };
        };
        let hash = link.computed.clone().unwrap_or_default();
        let own = link.stated.as_ref().is_none_or(|stated| *stated == hash);
        let (state, title) = if own { (State::Consistent, "Its hash, recomputed") } else { (State::Broken, "Its hash differs") };
        let detail = if own { hash } else { format!("here   {hash}\nsealed {}", link.stated.unwrap_or_default()) };
        steps.push(Step { state, title: title.into(), detail });
        let uncovered = self.profile.uncovered(&tree);
        if !uncovered.is_empty() {
            steps.push(Step { state: State::Unsealed, title: "Not covered by the hash".into(), detail: uncovered.join(", ") });
        }
        let previous = link.previous.unwrap_or_default();
        let before =
            usize::try_from(index).ok().and_then(|index| entries.get(index.checked_sub(1)?)).and_then(|record| self.link(segment, record));
        let (state, title) = match before {
            Some(before) if before.stated.as_deref().or(before.computed.as_deref()) == Some(previous.as_str()) => {
                (State::Consistent, "Follows the record before it")
            }
            _ if self.profile.genesis.contains(&previous.as_str()) => (State::Consistent, "Starts the chain"),
            _ => (State::Suspect, "Names another predecessor than the record before it"),
        };
        steps.push(Step { state, title: title.into(), detail: previous });
        let (state, title) = match link.authentic {
            Some(true) => (State::Sealed, "Signature or MAC holds"),
            Some(false) => (State::Broken, "Signature or MAC fails"),
            None => (State::Consistent, "No signature could be checked"),
        };
        steps.push(Step { state, title: title.into(), detail: link.key });
        let meaning = if !own {
            "The record was changed after it was written."
        } else if link.authentic == Some(true) {
            "The record is as its writer signed it."
        } else {
            "The record agrees with its own hash; whoever can write the file could have recomputed the whole chain."
        };
        Proof { steps, command: String::new(), meaning: meaning.into() }
    }
}
