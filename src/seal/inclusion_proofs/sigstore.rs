//! Sigstore bundles (github.com/sigstore/protobuf-specs, `sigstore_bundle.proto`): a signature, its certificate, and the proof that it was logged.
//!
//! The certificate's own chain is not judged here: what a bundle shows is that something was logged, not by whom. But a signature that does not
//! hold under the very key in the bundle is an error.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use der::{Decode, Encode};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::inclusion::{InclusionProof, Leaf, Logged, Signed, Subject, hash, number};
use crate::model::text::from_hex;
use crate::seal::primitives::merkle::Hash;
use crate::seal::primitives::note::Note;
use crate::trust::Material;

/// No tree is deeper.
const DEEPEST: usize = 64;

/// How the bundle's signature stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// It holds under the bundle's own key.
    Holds,
    /// It does not, or the log has another one.
    Fails,
    /// The key is of a kind that cannot be verified here.
    Unknown,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bundle {
    verification_material: VerificationMaterial,
    message_signature: Option<MessageSignature>,
    dsse_envelope: Option<Dsse>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VerificationMaterial {
    certificate: Option<Raw>,
    x509_certificate_chain: Option<Chain>,
    tlog_entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Chain {
    certificates: Vec<Raw>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    raw_bytes: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    inclusion_proof: StatedProof,
    canonicalized_body: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatedProof {
    log_index: String,
    root_hash: String,
    tree_size: String,
    hashes: Vec<String>,
    checkpoint: Envelope,
}

#[derive(Deserialize)]
struct Envelope {
    envelope: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MessageSignature {
    message_digest: MessageDigest,
    signature: String,
}

#[derive(Deserialize)]
struct MessageDigest {
    digest: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dsse {
    payload: String,
    payload_type: String,
    signatures: Vec<DsseSignature>,
}

#[derive(Deserialize)]
struct DsseSignature {
    sig: String,
}

/// Whether a text has the form of a bundle, whole or damaged: an object of a bundle's members only, whose own media type says so.
///
/// A record that only states such a media type is a record.
pub fn is_bundle(text: &str) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Form {
        media_type: String,
        #[serde(default, rename = "verificationMaterial")]
        _material: serde::de::IgnoredAny,
        #[serde(default, rename = "messageSignature")]
        _message: serde::de::IgnoredAny,
        #[serde(default, rename = "dsseEnvelope")]
        _envelope: serde::de::IgnoredAny,
    }
    text.trim_start().starts_with('{')
        && matches!(serde_json::from_str::<Form>(text), Ok(form) if form.media_type.starts_with("application/vnd.dev.sigstore.bundle"))
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    match BASE64.decode(text) {
        Ok(bytes) => Some(bytes),
        Err(_) => None,
    }
}

/// Reads a bundle; `None` if a part that matters is wanting.
pub fn parse(text: &str) -> Option<InclusionProof> {
    let Ok(bundle) = serde_json::from_str::<Bundle>(text) else { return None };
    let material = bundle.verification_material;
    let entry = material.tlog_entries.into_iter().next()?;
    let proof = entry.inclusion_proof;
    let Ok(note) = Note::parse(&proof.checkpoint.envelope) else { return None };
    let Ok(checkpoint) = note.checkpoint() else { return None };
    // The checkpoint is what is signed; the rest must only repeat it.
    if hash(&proof.root_hash)? != checkpoint.root || number(&proof.tree_size)? != checkpoint.size || proof.hashes.len() > DEEPEST {
        return None;
    }
    let body = decoded(&entry.canonicalized_body)?;
    let Ok(logged) = serde_json::from_slice::<Value>(&body) else { return None };
    let spec = logged.get("spec")?;
    let text_at = |pointer: &str| spec.pointer(pointer).and_then(Value::as_str);
    let own = material.certificate.or_else(|| material.x509_certificate_chain.and_then(|chain| chain.certificates.into_iter().next()));
    let own = own.and_then(|certificate| decoded(&certificate.raw_bytes)).and_then(|der| key_of(&der));
    let logged = match (bundle.message_signature, bundle.dsse_envelope) {
        (Some(signed), None) => {
            let stated = stated_digest(&logged)?;
            let signature = decoded(&signed.signature)?;
            let entered = text_at("/hashedRekordV002/signature/content").or(text_at("/signature/content"));
            let agrees = hash(&signed.message_digest.digest)? == stated && entered.and_then(decoded).as_ref() == Some(&signature);
            let entered_key = text_at("/hashedRekordV002/signature/verifier/x509Certificate/rawBytes")
                .or(text_at("/hashedRekordV002/signature/verifier/publicKey/rawBytes"))
                .or(text_at("/signature/publicKey/content"));
            let key = own.or_else(|| key_of(&decoded(entered_key?)?));
            Logged { body, signed: Subject::File(stated), signature, key, agrees }
        }
        (None, Some(dsse)) => {
            let payload = decoded(&dsse.payload)?;
            let [DsseSignature { sig }] = dsse.signatures.as_slice() else { return None };
            let hashed = text_at("/payloadHash/value").and_then(from_hex);
            let hashed = hashed.or_else(|| text_at("/dsseV002/payloadHash/digest").and_then(decoded));
            let agrees = hashed.as_deref() == Some(Sha256::digest(&payload).as_slice());
            let entered_key = text_at("/dsseV002/signatures/0/verifier/x509Certificate/rawBytes").or(text_at("/signatures/0/verifier"));
            let key = own.or_else(|| key_of(&decoded(entered_key?)?));
            let files = subjects(&payload);
            Logged { body, signed: Subject::Statement(dsse.payload_type, payload, files), signature: decoded(sig)?, key, agrees }
        }
        _ => return None,
    };
    Some(InclusionProof {
        kind: "Sigstore bundle",
        index: number(&proof.log_index)?,
        path: proof.hashes.iter().map(|text| hash(text)).collect::<Option<_>>()?,
        checkpoint,
        signed: Signed::Note(note),
        leaf: Leaf::Entry(Box::new(logged)),
    })
}

/// The SHA-256 that a Rekor entry of kind `hashedrekord` states, in version 0.0.1 or 0.0.2.
fn stated_digest(entry: &Value) -> Option<Hash> {
    if entry.get("kind")?.as_str()? != "hashedrekord" {
        return None;
    }
    let spec = entry.get("spec")?;
    if let Some(digest) = spec.pointer("/hashedRekordV002/data/digest").and_then(Value::as_str) {
        return hash(digest);
    }
    from_hex(spec.pointer("/data/hash/value")?.as_str()?)?.try_into().ok()
}

/// The SHA-256 of each file that an in-toto statement is about.
fn subjects(payload: &[u8]) -> Vec<Hash> {
    let Ok(statement) = serde_json::from_slice::<Value>(payload) else { return Vec::new() };
    let subjects = statement.get("subject").and_then(Value::as_array).into_iter().flatten();
    subjects.filter_map(|subject| from_hex(subject.pointer("/digest/sha256")?.as_str()?)?.try_into().ok()).collect()
}

/// The key in a certificate or key, in DER or PEM.
fn key_of(bytes: &[u8]) -> Option<Material> {
    use x509_cert::Certificate;
    use x509_cert::spki::SubjectPublicKeyInfoOwned as Info;
    let unarmoured = std::str::from_utf8(bytes).map_or(None, |text| {
        let body = text.split_once("-----BEGIN ")?.1.split_once("-----")?.1.split_once("-----END ")?.0;
        decoded(&body.split_ascii_whitespace().collect::<String>())
    });
    let der = unarmoured.as_deref().unwrap_or(bytes);
    let info = Certificate::from_der(der)
        .map(|certificate| certificate.tbs_certificate().subject_public_key_info().clone())
        .or_else(|_error| Info::from_der(der));
    let Ok(info) = info else { return None };
    // RFC 8410 and RFC 5480.
    match info.algorithm.oid.to_string().as_str() {
        "1.3.101.112" => info.subject_public_key.as_bytes()?.try_into().map_or(None, |public| Some(Material::Ed25519(public))),
        "1.2.840.10045.2.1" => info.to_der().map_or(None, |der| Some(Material::Ecdsa(der))),
        _ => None,
    }
}

impl Logged {
    /// Whether it is about the file with this SHA-256.
    pub fn names(&self, sha256: &Hash) -> bool {
        match &self.signed {
            Subject::File(digest) => digest == sha256,
            Subject::Statement(_, _, files) => files.contains(sha256),
        }
    }

    /// Whether the signature holds over a file, or over the statement about it, under the bundle's own key.
    pub fn own_signature(&self, content: &[u8]) -> Own {
        if !self.agrees {
            return Own::Fails;
        }
        let message = match &self.signed {
            Subject::File(_) => content.to_vec(),
            // DSSE, "PAE".
            Subject::Statement(kind, payload, _) => {
                [format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).as_bytes(), payload].concat()
            }
        };
        match &self.key {
            Some(key @ Material::Ed25519(_)) if key.verifies(&message, &self.signature) => Own::Holds,
            Some(Material::Ed25519(_)) => Own::Fails,
            Some(Material::Ecdsa(der)) if !is_p256(der) => Own::Unknown,
            Some(key) if key.verifies(&message, &self.signature) => Own::Holds,
            Some(_) => Own::Fails,
            None => Own::Unknown,
        }
    }
}

fn is_p256(der: &[u8]) -> bool {
    use pkcs8::DecodePublicKey;
    p256::PublicKey::from_public_key_der(der).is_ok()
}
