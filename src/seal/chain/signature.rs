//! Signatures and message authentication codes of single records. All of them are judged at the gate.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::json::Tree;
use super::preimage;
use super::profile::{Authentication, Encoding, Over, Profile, Scheme};
use crate::model::text::{from_hex, short, utf8};
use crate::model::time;
use crate::seal::primitives::link::{Signature, Voucher};
use crate::trust::key::Kept;
use crate::trust::{Answer, Candidate, Key, LogSigner, Material, Outcome, Refusal, SecretHolder, Store as Keys, Subject};

/// The longest name of a key or signer that is kept, in characters.
pub const LONGEST: usize = 300;

/// The secrets a key can mean: its text, and the bytes that text writes in hexadecimal. Programs differ in which they use.
pub fn forms(key: &Key) -> impl Iterator<Item = Vec<u8>> + '_ {
    let secret = if let Material::Hmac(secret) = &key.material { Some(secret) } else { None };
    secret.into_iter().flat_map(|secret| {
        let decoded = utf8(secret).and_then(from_hex).filter(|bytes| !bytes.is_empty());
        std::iter::once(secret.clone()).chain(decoded)
    })
}

/// The secrets of all trusted keys.
pub fn secrets(keys: &Keys) -> impl Iterator<Item = (&Key, Vec<u8>)> {
    keys.trusted().iter().flat_map(|key| forms(key).map(move |secret| (key, secret)))
}

/// How a signature came out.
#[derive(Debug, Default)]
pub struct Checked {
    /// The outcome.
    pub signature: Signature,
    /// The name of the key, or of the one that is missing.
    pub key: String,
    /// The key that the record says to be signed with.
    pub claimed: String,
    /// Who signed, by the name in the signed bytes.
    pub signer: String,
}

/// What a signature is asked about.
struct Asked<'a> {
    keys: &'a Keys,
    /// How the log is shown.
    origin: &'a str,
    /// Who signed, by the name in the signed bytes.
    signer: &'a str,
    /// The key that the record says to be signed with.
    claimed: &'a str,
    /// The record's time, if the signature covers it.
    time: Option<i64>,
}

/// The record's time, which what is signed covers; nanoseconds since 1970.
fn signed_time(profile: &Profile, record: &Tree<'_>) -> Option<i64> {
    let text = record.at(profile.time.as_deref()?)?.plain()?;
    time::parse(&text).or_else(|| time::from_number(text.parse().ok()?)).filter(|moment| *moment != 0)
}

/// Checks the signature of a record whose hash is `hash`.
pub fn check(profile: &Profile, keys: &Keys, origin: &str, record: &Tree<'_>, bytes: &[u8], hash: &str) -> Checked {
    let Some(authentication) = &profile.authentication else { return Checked::default() };
    let plain = |path: Option<&str>| path.map_or_else(String::new, |path| short(&record.text_at(path), LONGEST));
    let claimed = plain(authentication.key.as_deref());
    let signer = plain(profile.signer.as_deref());
    let stated = match record.at(&authentication.signature) {
        None | Some(Tree::Literal("null")) => None,
        Some(value) => Some(value.plain().unwrap_or_else(|| "not a text".to_owned())),
    };
    // An empty text is what some programs write that do not sign.
    let unsigned = |text: &String| text.is_empty() && authentication.prefix.is_empty();
    let Some(stated) = stated.filter(|text| !unsigned(text)) else {
        return Checked { signer, claimed, ..Checked::default() };
    };
    let malformed = |signer: String| {
        let key = if claimed.is_empty() { "a signature that is none".to_owned() } else { claimed.clone() };
        Checked { signature: Signature::Fails, key, claimed: claimed.clone(), signer }
    };
    let decoded = stated.strip_prefix(authentication.prefix.as_str()).and_then(|text| preimage::decode(authentication.encoding, text));
    let Some(stated) = decoded.filter(|bytes| is_long_enough(authentication.scheme, bytes.len())) else { return malformed(signer) };
    let own;
    let signed = if authentication.preimage.is_empty() {
        bytes
    } else {
        match preimage::bytes(&authentication.preimage, &profile.delimiter, profile.digest, record) {
            Some(signed) => own = signed,
            None => return malformed(signer),
        }
        own.as_slice()
    };
    let digest;
    let message = match authentication.over {
        Over::Preimage => signed,
        Over::Digest => {
            digest = Sha256::digest(signed);
            digest.as_slice()
        }
        Over::Hash => hash.strip_prefix(profile.prefix.as_str()).unwrap_or(hash).as_bytes(),
    };
    let asked = Asked { keys, origin, signer: &signer, claimed: &claimed, time: signed_time(profile, record) };
    let (signature, key) = if authentication.scheme == Scheme::HmacSha256 {
        asked.by_secret(&|secret| preimage::mac(secret, message).is_some_and(|computed| computed == stated), "HMAC")
    } else {
        asked.by_public_key(authentication, record, message, &stated)
    };
    Checked { signature, key, signer, claimed }
}

/// Checks a hash that is keyed: does it come right under a trusted secret?
pub fn check_keyed(
    profile: &Profile,
    keys: &Keys,
    origin: &str,
    record: &Tree<'_>,
    comes_right: &dyn Fn(&[u8]) -> bool,
) -> (Signature, String) {
    let asked = Asked { keys, origin, signer: "", claimed: "", time: signed_time(profile, record) };
    asked.by_secret(comes_right, "the HMAC key of the hashes")
}

impl Asked<'_> {
    fn by_secret(&self, holds: &dyn Fn(&[u8]) -> bool, name: &str) -> (Signature, String) {
        let candidate = |key: &Key| if matches!(key.material, Material::Hmac(_)) { Candidate::Possible } else { Candidate::No };
        let check = |key: &Key| if forms(key).any(|secret| holds(&secret)) { Outcome::Holds { time: self.time } } else { Outcome::Fails };
        match self.keys.ask::<SecretHolder>(Subject::Unnamed(self.origin), &candidate, &check) {
            Answer::Vouched(vouched) => {
                let name = vouched.key().name.clone();
                (Signature::Holds(Arc::new(Voucher::Secret(vouched))), name)
            }
            Answer::Refused(key, why) => (Signature::Refused(why), key.name),
            Answer::Fails(key) => (Signature::Fails, key.name),
            Answer::Foreign(key, _) => (Signature::Foreign, key.name),
            Answer::Unfit => (Signature::Unfit, name.to_owned()),
            Answer::NoKey => (Signature::NoKey, format!("{name}, which is not here")),
        }
    }

    fn by_public_key(&self, authentication: &Authentication, record: &Tree<'_>, message: &[u8], signature: &[u8]) -> (Signature, String) {
        let fits = |material: &Material| {
            matches!((authentication.scheme, material), (Scheme::Ed25519, Material::Ed25519(_)) | (Scheme::Es256, Material::Ecdsa(_)))
        };
        let inside = match authentication.public_key.as_deref().and_then(|path| record.at(path)).and_then(Tree::plain) {
            Some(text) => embedded(&text),
            // A name that is no did:key carries no key; it is looked for among those that are here.
            None => match Key::from_did_key(self.claimed) {
                Ok(key) => Some(key.material),
                Err(_) => None,
            },
        };
        // A record that carries its key says itself under which key it must hold.
        let inside = inside.filter(|material| fits(material));
        let candidate = |key: &Key| match &inside {
            Some(material) if key.material == *material => Candidate::Named,
            Some(_) => Candidate::No,
            None if !fits(&key.material) => Candidate::No,
            None if is_named(key, self.claimed) => Candidate::Named,
            // A key given for this very case under the signer's own name is meant.
            None if key.kept != Kept::Stored && is_label(key) && is_last_part(&key.name, self.signer) => Candidate::Named,
            // A key that signs notes of another log is not meant.
            None if key.note_type.is_some() && !key.speaks_for(self.subject()) => Candidate::No,
            None => Candidate::Possible,
        };
        let check = |key: &Key| {
            if key.material.verifies(message, signature) { Outcome::Holds { time: self.time } } else { Outcome::Fails }
        };
        let mut answer = self.keys.ask::<LogSigner>(self.subject(), &candidate, &check);
        if !self.signer.is_empty() && !matches!(answer, Answer::Vouched(_) | Answer::Fails(_)) {
            // A key for which the user states no identity may speak for one signer; which one, the whole log must agree on.
            let labelled = |key: &Key| if is_label(key) { candidate(key) } else { Candidate::No };
            let again = self.keys.ask::<LogSigner>(Subject::Unnamed(self.origin), &labelled, &check);
            if matches!(
                again,
                Answer::Vouched(_)
                    | Answer::Refused(_, Refusal::Dates { .. } | Refusal::HandedOver { .. } | Refusal::Role)
                    | Answer::Fails(_)
            ) {
                answer = again;
            }
        }
        let claimed = || if self.claimed.is_empty() { "a key that is not here".to_owned() } else { self.claimed.to_owned() };
        match (answer, inside) {
            (Answer::Vouched(vouched), _) => {
                let name = vouched.key().name.clone();
                (Signature::Holds(Arc::new(Voucher::Log(vouched))), name)
            }
            (Answer::Refused(key, why), _) => (Signature::Refused(why), key.name),
            (Answer::Fails(key), _) => (Signature::Fails, key.name),
            (_, Some(material)) => {
                let name = format!("key {}", Key::new("", material.clone(), None).fingerprint());
                (if material.verifies(message, signature) { Signature::Foreign } else { Signature::Fails }, name)
            }
            (Answer::Foreign(key, _), None) => (Signature::Foreign, key.name),
            (Answer::Unfit, None) => (Signature::Unfit, claimed()),
            (Answer::NoKey, None) => (Signature::NoKey, claimed()),
        }
    }

    fn subject(&self) -> Subject<'_> {
        if self.signer.is_empty() { Subject::Unnamed(self.origin) } else { Subject::Named(self.signer) }
    }
}

/// Whether so many bytes can be a signature of the scheme.
fn is_long_enough(scheme: Scheme, length: usize) -> bool {
    match scheme {
        Scheme::Ed25519 => length == 64,
        Scheme::Es256 => (64..=72).contains(&length),
        Scheme::HmacSha256 => length == 32,
    }
}

/// Whether the name by which a record claims its key is that of this key: `did:agent:helper#key-1`.
fn is_named(key: &Key, claimed: &str) -> bool {
    !claimed.is_empty() && (claimed == key.name || claimed.split('#').next() == Some(key.name.as_str()))
}

/// Whether the user states no identity for the key: its name is only a label, such as that of the file it came in.
pub fn is_label(key: &Key) -> bool {
    key.origins.is_empty() && key.note_type.is_none() && !key.name.contains([':', '/'])
}

/// Whether a label is the last part of a signer's name: `helper` of `did:agent:helper`.
pub fn is_last_part(label: &str, signer: &str) -> bool {
    signer.rsplit([':', '/', '#']).next() == Some(label)
}

/// A public key as records carry it: 32 bytes in hexadecimal or base64, perhaps after `ed25519:`.
fn embedded(text: &str) -> Option<Material> {
    let text = text.strip_prefix("ed25519:").unwrap_or(text);
    [Encoding::Hex, Encoding::Base64, Encoding::Base64url].into_iter().find_map(|encoding| {
        let bytes: [u8; 32] = preimage::decode(encoding, text)?.try_into().ok()?;
        ed25519_dalek::VerifyingKey::from_bytes(&bytes).is_ok().then_some(Material::Ed25519(bytes))
    })
}
