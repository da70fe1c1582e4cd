//! Who signed: which keys hold, which fail, which are unknown, and which were not valid when they signed.

use std::collections::{BTreeMap, BTreeSet};

use super::verdict::{At, Judged};
use super::{link, tree_of};
use crate::model::finding::Code;
use crate::model::text::{count, visible};
use crate::model::{State, time};
use crate::seal::{Link, Reread, Signature};
use crate::source::Reading;
use crate::trust::{Key, Material, Store as Keys};

/// How the signatures of a log came out.
#[derive(Default)]
pub(super) struct Signers {
    records: u64,
    hold: u64,
    /// Records whose very hash needs a key that is not here.
    keyless: u64,
    /// Keys by name, with how they came out and where first.
    names: BTreeMap<String, (Signature, At)>,
}

impl Signers {
    /// Whether every record is signed by a trusted key.
    pub fn all_hold(&self) -> bool {
        self.records > 0 && self.hold == self.records
    }

    /// Whether some records, though not all, are signed by a trusted key.
    pub fn some_hold(&self) -> bool {
        self.hold > 0 && !self.all_hold()
    }

    /// Whether nothing could be checked for want of a key.
    pub fn is_keyless(&self) -> bool {
        self.records > 0 && self.keyless == self.records
    }

    /// The keys in words.
    pub fn words(&self) -> String {
        let name = |(name, (signature, _)): (&String, &(Signature, At))| {
            let word = match signature {
                Signature::Holds => "trusted",
                Signature::Foreign => "unknown, came with the evidence",
                Signature::Fails => "signature fails",
                Signature::Unfit => "no key of yours fits",
                Signature::NoKey => "not checked",
                Signature::Absent => return None,
            };
            // A fingerprint stands whole in the finding; here its start is enough.
            let name = name.strip_prefix("key ").filter(|hash| hash.len() == 64).map_or(name.as_str(), |hash| &hash[..16]);
            Some(format!("{} ({word})", visible(name)))
        };
        let names: Vec<String> = self.names.iter().filter_map(name).take(3).collect();
        if names.is_empty() { "no signatures".to_owned() } else { format!("key {}", names.join(", ")) }
    }

    /// Tells of keys that nobody vouches for.
    pub fn tell(&self, judged: &mut Judged<'_>) {
        if self.keyless > 0 {
            let text = "Every hash of this chain is keyed. Until you give the key, only the order of the records can be compared, not their content.";
            let at = At { segment: 0, index: 0, number: 0 };
            judged.add(Code::UnknownKey, at, 0, "The hashes need an HMAC key that is not here".into(), text.into());
        }
        for (name, (signature, at)) in &self.names {
            let name = visible(name);
            match signature {
                Signature::Foreign => {
                    let text = format!("The signatures hold under {name}, which came with the records themselves.");
                    judged.add(Code::UnknownKey, *at, 0, format!("Signed by a key you do not trust: {name}"), text);
                }
                Signature::Unfit => {
                    let text = "It was signed by a key you have not stored, or the record was changed.".to_owned();
                    judged.add(Code::UnknownKey, *at, 0, format!("None of your stored keys fits the signature of {name}"), text);
                }
                Signature::NoKey => {
                    let text = "Until you give that key, the signatures prove nothing.".to_owned();
                    judged.add(Code::UnknownKey, *at, 0, format!("Signatures of {name} are not checked"), text);
                }
                Signature::Absent | Signature::Holds | Signature::Fails => {}
            }
        }
    }
}

/// Judges the signatures of one chain.
pub(super) fn judge(judged: &mut Judged<'_>, signers: &mut Signers, whose: &str, links: &[(At, &Link)], reread: &dyn Reread) {
    let rotated = rotated(judged, links, reread);
    let links: Vec<(At, &Link)> = links.iter().map(|(at, link)| (*at, rotated.get(&at.number).unwrap_or(link))).collect();
    // What once held under a key must hold under it always: here the claimed name is bound to a trusted key.
    let bound: BTreeSet<&str> =
        links.iter().filter(|(_, link)| link.signature == Signature::Holds).map(|(_, link)| link.key.as_str()).collect();
    let keyed = judged.chain.profile.authentication.as_ref().is_some_and(|authentication| authentication.public_key.is_none());
    let mut moments: BTreeMap<usize, Vec<Option<i64>>> = BTreeMap::new();
    for (at, link) in &links {
        signers.records += 1;
        signers.keyless += u64::from(link.stated.is_some() && link.computed.is_none());
        let mut signature = link.signature;
        if signature == Signature::Unfit && keyed && !bound.is_empty() {
            signature = Signature::Fails;
        }
        // A keyed hash that comes right is as good as a code beside it.
        if let Some(name) = keyed_hash(judged, link) {
            signers.hold += 1;
            signers.names.entry(name).or_insert((Signature::Holds, *at));
            continue;
        }
        if signature == Signature::Holds {
            match expired(judged, *at, &link.key, reread, &mut moments) {
                None => signers.hold += 1,
                Some(text) => {
                    let title =
                        format!("Record {} was signed outside the time for which you trust {}", count(at.number), visible(&link.key));
                    judged.add(Code::KeyNotValid, *at, 1, title, text);
                    judged.mark(*at, State::Consistent);
                }
            }
        }
        // What does not even give its own hash is told already.
        let altered = link.computed.is_some() && link.stated.is_some() && link.stated != link.computed;
        if signature == Signature::Fails && !altered {
            let title = format!("The signature of record {} fails", count(at.number));
            let text = format!("Its signature or MAC does not fit its content{whose}, by the key that it must hold under.");
            judged.add(Code::SealForged, *at, 1, title, text);
            judged.mark(*at, State::Broken);
        }
        if signature != Signature::Absent {
            let entry = signers.names.entry(link.key.clone()).or_insert((signature, *at));
            if signature == Signature::Fails {
                entry.0 = signature;
            }
        }
    }
}

/// The name of the secret under which a keyed hash came right.
fn keyed_hash(judged: &Judged<'_>, link: &Link) -> Option<String> {
    let keyed = judged.chain.profile.digest == super::profile::Digest::HmacSha256;
    (keyed && link.computed.is_some() && link.stated == link.computed)
        .then(|| super::signature::secrets(&judged.chain.keys).next().map(|(key, _)| key.name.clone()))?
}

/// Why the key was not valid at the record's own time, if the user limited it.
fn expired(
    judged: &Judged<'_>,
    at: At,
    name: &str,
    reread: &dyn Reread,
    moments: &mut BTreeMap<usize, Vec<Option<i64>>>,
) -> Option<String> {
    let limited = |key: &&Key| key.not_before.is_some() || key.not_after.is_some();
    let key = judged.chain.keys.trusted().iter().find(|key| key.name == name).filter(limited)?;
    let moments = moments.entry(at.segment).or_insert_with(|| reread.times(at.segment));
    let moment = (*moments.get(usize::try_from(at.index).ok()?)?)?;
    (!key.valid_at(moment)).then(|| {
        let word = |limit: Option<i64>, word: &str| limit.map(|limit| format!("{word} {}", time::seconds(limit)));
        let limits: Vec<String> = [word(key.not_before, "from"), word(key.not_after, "until")].into_iter().flatten().collect();
        format!("You trust the key {}; the record says {}.", limits.join(" "), time::seconds(moment))
    })
}

/// Links after a signed change of key, judged again under the key that took over.
fn rotated(judged: &Judged<'_>, links: &[(At, &Link)], reread: &dyn Reread) -> BTreeMap<u64, Link> {
    let mut again = BTreeMap::new();
    let chain = judged.chain;
    let mut active: Option<Keys> = None;
    let mut content: Option<(usize, Vec<u8>)> = None;
    for (at, link_before) in links {
        let mut now = *link_before;
        let renewed;
        if let Some(keys) = active.as_ref().filter(|_| !matches!(now.signature, Signature::Absent | Signature::Holds)) {
            if content.as_ref().is_none_or(|(segment, _)| *segment != at.segment) {
                content = match reread.content(at.segment) {
                    Reading::Done(bytes) => Some((at.segment, bytes)),
                    // The signature stays as it was judged without the newer key.
                    Reading::Stopped | Reading::Unreadable(_) | Reading::TooLarge(_) | Reading::Damaged(_) => None,
                };
            }
            let records = content.as_ref().map(|(_, bytes)| chain.records(at.segment, bytes)).unwrap_or_default();
            let record = usize::try_from(at.index).ok().and_then(|index| records.get(index));
            if let Some(tree) = record.and_then(|record| tree_of(&chain.profile, record)) {
                renewed = link(&chain.profile, keys, &chain.origin, &tree);
                again.insert(at.number, renewed.clone());
                now = &renewed;
            }
        }
        // Only a key change that itself holds is followed.
        if now.signature == Signature::Holds
            && let Some(public) = now.rare.as_ref().and_then(|rare| rare.next_key)
        {
            let mut keys = Keys::default();
            keys.trust(Key::new(format!("{}, as handed over in record {}", now.key, count(at.number)), Material::Ed25519(public), None));
            active = Some(keys);
        }
    }
    again
}
