//! Hash chains: plain, keyed, signed by agents, and one chain inside another.

use std::fs;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use sealscope::model::State;
use sealscope::model::text::hex;
use sealscope::trust::{Key, Material, Role, Store as Keys};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Contents, told};
use crate::manipulations::Numbers;
use crate::profiles;
use crate::properties::{Case, Maker, Move, files, write};

const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const HELPER: &str = "did:agent:helper";
const SECRET: &[u8] = b"a secret of the machine that writes";

/// Chains of one sort.
pub enum Chains {
    /// Hashes alone.
    Plain,
    /// Links that are HMACs.
    Keyed,
    /// Each record signed by its agent; every other time the key changes on the way.
    Receipts,
    /// Signed receipts inside an unsigned chain.
    Nested,
}

fn sha(text: &str) -> String {
    hex(&Sha256::digest(text))
}

fn signer(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn key(name: &str, seed: u8, origin: &str) -> Key {
    let origins = if origin.is_empty() { Vec::new() } else { vec![origin.to_owned()] };
    Key { origins, ..Key::new(name, Material::Ed25519(signer(seed).verifying_key().to_bytes()), None) }
}

fn plain(number: u64, before: &str) -> (String, String) {
    let body = format!(
        r#"{{"action":"read","actor":"maria","number":{number},"prev_hash":"{before}","seq":{number},"ts":"2026-03-07T00:00:{number:02}Z""#
    );
    let hash = sha(&format!("{body}}}"));
    (format!(r#"{body},"hash":"{hash}"}}"#), hash)
}

fn keyed(number: u64, before: &str, secret: &[u8]) -> (String, String) {
    let body = format!(
        r#""details": {{}}, "event_type": "task", "prev_hmac": "{before}", "resource_id": "{number}", "resource_type": "t", "timestamp": "2026-03-07T00:00:{number:02}Z"}}"#
    );
    let body = format!(r#"{{"actor": "maria", {body}"#);
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(before.as_bytes());
    mac.update(body.as_bytes());
    let hash = hex(&mac.finalize().into_bytes());
    (format!(r#"{},"hmac": "{hash}"}}"#, &body[..body.len() - 1]), hash)
}

/// Signs a receipt, which has no proof yet.
fn signed(mut body: Value, signer: &SigningKey) -> (String, Value) {
    let text = body.to_string();
    let hash = format!("sha256:{}", sha(&text));
    let value = format!("u{}", BASE64URL.encode(signer.sign(text.as_bytes()).to_bytes()));
    body["proof"] = json!({"type": "Ed25519Signature2020", "verificationMethod": format!("{HELPER}#key-1"), "proofValue": value});
    (body.to_string(), hash.into())
}

fn receipt(number: u64, before: &Value) -> Value {
    json!({
        "id": format!("urn:receipt:{number}"), "type": ["VerifiableCredential", "AgentReceipt"], "version": "0.5.0",
        "issuer": {"id": HELPER}, "issuanceDate": format!("2026-03-07T00:00:{number:02}Z"),
        "credentialSubject": {
            "principal": {"id": "did:user:maria"},
            "action": {"id": format!("act_{number}"), "type": "tool.call", "timestamp": format!("2026-03-07T00:00:{number:02}Z")},
            "outcome": {"status": "success"},
            "chain": {"chain_id": "c", "sequence": number, "previous_receipt_hash": before},
        },
    })
}

/// The receipts of a chain, and with `change` a change of keys in the record before that number.
fn receipts(count: u64, change: Option<u64>) -> Vec<String> {
    let mut before = Value::Null;
    let mut now = signer(5);
    let print = |key: &SigningKey| format!("sha256:{}", hex(&Sha256::digest(key.verifying_key().as_bytes())));
    (1..=count)
        .map(|number| {
            let mut body = receipt(number, &before);
            let next = signer(8);
            if change == Some(number) {
                body["credentialSubject"]["keyRotation"] = json!({
                    "event_type": "key_rotated", "signed_with": "old", "old_algorithm": "ed25519", "new_algorithm": "ed25519",
                    "old_key_fingerprint": print(&now), "new_key_fingerprint": print(&next),
                    "new_public_key": format!("u{}", BASE64URL.encode(next.verifying_key().as_bytes())),
                });
            }
            let (line, hash) = signed(body, &now);
            if change == Some(number) {
                now = next;
            }
            before = hash;
            line
        })
        .collect()
}

/// A file of the case with the lines in it.
fn a_file(case: &Case, numbers: &mut Numbers) -> Option<(PathBuf, Vec<String>)> {
    let found = files(case.path());
    let path = (!found.is_empty()).then(|| found[numbers.below(found.len())].clone())?;
    let text = String::from_utf8(fs::read(&path).unwrap()).ok()?;
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    (!lines.is_empty()).then_some((path, lines))
}

fn put(case: &Case, path: &std::path::Path, lines: &[String], what: &str, at: usize) -> String {
    fs::write(path, lines.join("\n") + "\n").unwrap();
    format!("{what} from line {at} of {}", told(case, path))
}

/// Changes a receipt and signs it, and all behind it, with a lesser key: another agent's, an examiner's, one that has run out, one that was given
/// up, or a stranger's.
fn resign_receipts(case: &Case, numbers: &mut Numbers) -> String {
    let Some((path, mut lines)) = a_file(case, numbers) else { return "no lines".into() };
    let at = numbers.below(lines.len());
    let seed = [6, 16, 17, 5, 66][numbers.below(5)];
    // The first key may sign until it is given up.
    if seed == 5 && !case.files.values().any(|content| content.windows(11).any(|part| part == b"keyRotation")) {
        return "nothing".into();
    }
    let rotation = lines.iter().position(|line| line.contains("keyRotation"));
    let at = if seed == 5 { rotation.map_or(at, |rotation| rotation + 1) } else { at };
    let mut before: Option<Value> = None;
    for (index, line) in lines.iter_mut().enumerate().skip(at) {
        let Ok(mut body) = serde_json::from_str::<Value>(line) else { return "no receipt".into() };
        if !body.is_object() || body["credentialSubject"]["chain"].is_null() {
            return "no receipt".into();
        }
        body.as_object_mut().unwrap().remove("proof");
        if index == at {
            body["credentialSubject"]["principal"]["id"] = "did:user:mallory".into();
        }
        if let Some(before) = before {
            body["credentialSubject"]["chain"]["previous_receipt_hash"] = before;
        }
        let (text, hash) = signed(body, &signer(seed));
        (*line, before) = (text, Some(hash));
    }
    put(case, &path, &lines, &format!("key {seed} signs"), at)
}

/// Strips signatures.
fn strip(case: &Case, numbers: &mut Numbers) -> String {
    let Some((path, mut lines)) = a_file(case, numbers) else { return "no lines".into() };
    let at = numbers.below(lines.len());
    let how = numbers.below(3);
    for line in &mut lines[at..] {
        let Ok(mut body) = serde_json::from_str::<Value>(line) else { continue };
        let Some(members) = body.as_object_mut() else { continue };
        match how {
            0 => drop(members.remove("proof")),
            1 if members.contains_key("proof") => members["proof"]["proofValue"] = Value::Null,
            1 => drop(members.remove("hmac")),
            _ => {
                if let Some(proof) = members.get_mut("proof").and_then(Value::as_object_mut) {
                    proof.remove("proofValue");
                }
            }
        }
        *line = body.to_string();
    }
    put(case, &path, &lines, "signatures stripped", at)
}

/// Edits what no signature covers: which key is said to have signed.
fn unsigned(case: &Case, numbers: &mut Numbers) -> String {
    let Some((path, mut lines)) = a_file(case, numbers) else { return "no lines".into() };
    let at = numbers.below(lines.len());
    let words = ["did:agent:lesser#key-1", "did:agent:helper#key-9", "", "x"];
    lines[at] = lines[at].replace(&format!("{HELPER}#key-1"), words[numbers.below(4)]);
    put(case, &path, &lines, "unsigned members edited", at)
}

/// Makes the rest of a keyed chain again under another secret that is trusted for another log.
fn rekey(case: &Case, numbers: &mut Numbers) -> String {
    let Some((path, mut lines)) = a_file(case, numbers) else { return "no lines".into() };
    let at = numbers.below(lines.len());
    let mut before: Option<String> = None;
    for (index, line) in (90..).zip(&mut lines[at..]) {
        let Ok(body) = serde_json::from_str::<Value>(line) else { return "no record".into() };
        let stated = body["prev_hmac"].as_str().unwrap_or(ZEROS).to_owned();
        let (text, hash) = keyed(index % 60, &before.unwrap_or(stated), b"a secret of another application");
        (*line, before) = (text, Some(hash));
    }
    put(case, &path, &lines, "another secret", at)
}

/// Replays a record of the chain in another place.
fn replay(case: &Case, numbers: &mut Numbers) -> String {
    let Some((path, mut lines)) = a_file(case, numbers) else { return "no lines".into() };
    let (from, to) = (numbers.below(lines.len()), numbers.below(lines.len()));
    lines.insert(to, lines[from].clone());
    put(case, &path, &lines, "a record replayed", to)
}

impl Maker for Chains {
    fn name(&self) -> &'static str {
        match self {
            Self::Plain => "plain chains",
            Self::Keyed => "keyed chains",
            Self::Receipts => "receipts",
            Self::Nested => "nested receipts",
        }
    }

    fn best(&self) -> State {
        if matches!(self, Self::Plain | Self::Nested) { State::Consistent } else { State::Sealed }
    }

    fn is_numbered(&self) -> bool {
        false
    }

    fn signs_records(&self) -> bool {
        true
    }

    fn genuine(&self, numbers: &mut Numbers) -> Case {
        let count = 6 + numbers.below(12) as u64;
        let mut before = ZEROS.to_owned();
        let mut keys = Keys::default();
        let lines: Vec<String> = match self {
            Self::Plain => (0..count)
                .map(|number| {
                    let (line, hash) = plain(number, &before);
                    before = hash;
                    line
                })
                .collect(),
            Self::Keyed => {
                keys.trust(Key {
                    origins: vec!["other/log".into()],
                    ..Key::new("other", Material::Hmac(b"a secret of another application".to_vec()), None)
                });
                keys.trust(Key::new("machine", Material::Hmac(SECRET.to_vec()), None));
                (0..count)
                    .map(|number| {
                        let (line, hash) = keyed(number, &before, SECRET);
                        before = hash;
                        line
                    })
                    .collect()
            }
            Self::Receipts => {
                keys.trust(key("helper", 5, HELPER));
                keys.trust(key("lesser", 6, "did:agent:lesser"));
                keys.trust(Key { role: Role::Examiner, ..key("maria", 16, HELPER) });
                keys.trust(Key { not_after: Some(1), ..key("old", 17, HELPER) });
                receipts(count, (numbers.below(2) == 0).then_some(1 + numbers.below(4) as u64))
            }
            Self::Nested => {
                keys.trust(key("proxy", 9, ""));
                profiles::evidence(count, &signer(9), |_, _| {})
            }
        };
        let folder = tempfile::tempdir().unwrap();
        let parts = 1 + numbers.below(3);
        let each = lines.len().div_ceil(parts);
        let deep = numbers.below(2) == 0;
        for (part, lines) in lines.chunks(each).enumerate() {
            let name = if deep { format!("{part}/audit.jsonl") } else { format!("audit-{part}.jsonl") };
            write(&folder.path().join(name), (lines.join("\n") + "\n").as_bytes());
        }
        Case::new(folder, keys)
    }

    fn moves(&self) -> Vec<Move> {
        match self {
            Self::Plain | Self::Nested => vec![replay],
            Self::Keyed => vec![rekey, strip, replay],
            Self::Receipts => vec![resign_receipts, strip, unsigned, replay],
        }
    }

    fn signed(&self, raw: &[u8]) -> Vec<u8> {
        // What is hashed is a record's canonical form; the proof of a receipt is beside what is signed.
        let Ok(Value::Object(mut members)) = serde_json::from_slice::<Value>(raw) else { return raw.to_vec() };
        if matches!(self, Self::Receipts) {
            members.remove("proof");
        }
        Value::Object(members).to_string().into_bytes()
    }

    fn must_notice(&self, genuine: &Case, here: &Contents) -> bool {
        // A record is gone from between two that are here.
        let lines = |content: &[u8]| -> Vec<Vec<u8>> {
            content
                .split(|byte| *byte == b'\n')
                .map(<[u8]>::trim_ascii)
                .filter(|line| !line.is_empty())
                .map(|line| self.signed(line))
                .collect()
        };
        let present: std::collections::BTreeSet<Vec<u8>> = here.values().flat_map(|content| lines(content)).collect();
        let all: Vec<bool> = genuine.files.values().flat_map(|content| lines(content)).map(|line| present.contains(&line)).collect();
        let (first, last) = (all.iter().position(|is_here| *is_here), all.iter().rposition(|is_here| *is_here));
        first.zip(last).is_some_and(|(first, last)| all[first..last].contains(&false))
    }
}
