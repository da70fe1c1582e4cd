//! Signatures and message authentication codes of single records.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::json::Tree;
use super::preimage;
use super::profile::{Authentication, Encoding, Over, Profile, Scheme};
use crate::model::text::from_hex;
use crate::seal::Signature;
use crate::trust::{Key, Material, Store as Keys};

/// HMAC-SHA-256.
pub fn mac(secret: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    // HMAC takes keys of any length, so this never fails.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    mac.update(message);
    Some(mac.finalize().into_bytes().to_vec())
}

/// The secrets a key can mean: its text, and the bytes that text writes in hexadecimal. Programs differ in which they use.
pub fn secrets(keys: &Keys) -> impl Iterator<Item = (&Key, Vec<u8>)> {
    keys.materials().filter_map(|(key, material)| if let Material::Hmac(secret) = material { Some((key, secret)) } else { None }).flat_map(
        |(key, secret)| {
            let decoded = std::str::from_utf8(secret).ok().and_then(from_hex).filter(|bytes| !bytes.is_empty());
            std::iter::once(secret.clone()).chain(decoded).map(move |secret| (key, secret))
        },
    )
}

/// Checks the signature of a record whose hash is `hash`: how it came out, and the name of the key.
pub fn check(profile: &Profile, keys: &Keys, origin: &str, record: &Tree<'_>, bytes: &[u8], hash: &str) -> (Signature, String) {
    let Some(authentication) = &profile.authentication else { return (Signature::Absent, String::new()) };
    let claimed = authentication.key.as_deref().and_then(|path| record.at(path)).and_then(Tree::plain).unwrap_or_default();
    let Some(stated) = record.at(&authentication.signature).and_then(Tree::plain) else {
        return (Signature::Absent, String::new());
    };
    let malformed = (Signature::Fails, if claimed.is_empty() { "a signature that is none".to_owned() } else { claimed.clone() });
    let stated = match stated.strip_prefix(authentication.prefix.as_str()).and_then(|text| preimage::decode(authentication.encoding, text))
    {
        Some(signature) => signature,
        None => return malformed,
    };
    let own;
    let signed = if authentication.preimage.is_empty() {
        bytes
    } else {
        match preimage::bytes(&authentication.preimage, &profile.delimiter, profile.digest, record) {
            Some(signed) => own = signed,
            None => return malformed,
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
    if authentication.scheme == Scheme::HmacSha256 {
        return by_secret(keys, origin, message, &stated);
    }
    by_public_key(authentication, keys, origin, record, message, &stated, claimed)
}

fn by_secret(keys: &Keys, origin: &str, message: &[u8], stated: &[u8]) -> (Signature, String) {
    let (mut known, mut meant) = (false, false);
    for (key, secret) in secrets(keys) {
        known = true;
        meant |= key.is_meant_for(origin);
        if mac(&secret, message).is_some_and(|computed| computed == stated) {
            return (Signature::Holds, key.name.clone());
        }
    }
    match (known, meant) {
        (false, _) => (Signature::NoKey, "an HMAC key that is not here".into()),
        (true, true) => (Signature::Fails, "HMAC".into()),
        (true, false) => (Signature::Unfit, "HMAC".into()),
    }
}

fn by_public_key(
    authentication: &Authentication,
    keys: &Keys,
    origin: &str,
    record: &Tree<'_>,
    message: &[u8],
    signature: &[u8],
    claimed: String,
) -> (Signature, String) {
    let fits = |material: &Material| {
        matches!((authentication.scheme, material), (Scheme::Ed25519, Material::Ed25519(_)) | (Scheme::Es256, Material::Ecdsa(_)))
    };
    let embedded = match authentication.public_key.as_deref().and_then(|path| record.at(path)).and_then(Tree::plain) {
        Some(text) => embedded(&text),
        None => Key::from_did_key(&claimed).ok().map(|key| key.material),
    };
    // A record that carries its key says itself under which key it must hold.
    if let Some(material) = embedded.filter(|material| fits(material)) {
        let trusted = keys.trusted().iter().find(|key| key.material == material);
        let fingerprint = Key::new("", material.clone(), None).fingerprint();
        let name = trusted.map_or_else(|| format!("key {fingerprint}"), |key| key.name.clone());
        return match (material.verifies(message, signature), trusted) {
            (true, Some(_)) => (Signature::Holds, name),
            (true, None) => (Signature::Foreign, name),
            (false, _) => (Signature::Fails, name),
        };
    }
    let (mut known, mut meant) = (false, false);
    // A key that signs notes of another log is not meant.
    for key in keys.trusted().iter().filter(|key| key.note_type.is_none() && fits(&key.material)) {
        known = true;
        meant |= key.is_meant_for(origin);
        if key.material.verifies(message, signature) {
            return (Signature::Holds, key.name.clone());
        }
    }
    let name = if claimed.is_empty() { "a key that is not here".to_owned() } else { claimed };
    match (known, meant) {
        (false, _) => (Signature::NoKey, name),
        (true, true) => (Signature::Fails, name),
        (true, false) => (Signature::Unfit, name),
    }
}

/// A public key as records carry it: 32 bytes in hexadecimal or base64, perhaps after `ed25519:`.
fn embedded(text: &str) -> Option<Material> {
    let text = text.strip_prefix("ed25519:").unwrap_or(text);
    [Encoding::Hex, Encoding::Base64, Encoding::Base64url].into_iter().find_map(|encoding| {
        let bytes: [u8; 32] = preimage::decode(encoding, text)?.try_into().ok()?;
        ed25519_dalek::VerifyingKey::from_bytes(&bytes).ok()?;
        Some(Material::Ed25519(bytes))
    })
}
