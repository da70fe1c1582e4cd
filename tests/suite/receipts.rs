//! Agent Receipts beyond hash and link: closing, repetition, delegation, change of keys, malformed records, and times of trust.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use ed25519_dalek::{Signer, SigningKey};
use sealscope::model::text::hex;
use sealscope::model::{Code, State, Status, Verdict, time};
use sealscope::trust::{Key, Material, Store as Keys};
use sealscope::verify::Examination;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::builder::*;

/// A chain that grows by receipts; serde_json keeps members sorted, which is their form under RFC 8785 here.
struct Chain {
    name: String,
    method: String,
    previous: Value,
    sequence: u64,
    receipts: Vec<Value>,
}

impl Chain {
    fn new(name: &str) -> Self {
        Self { name: name.into(), method: "did:agent:helper#key-1".into(), previous: Value::Null, sequence: 0, receipts: Vec::new() }
    }

    fn add(&mut self, signer: &SigningKey, change: impl FnOnce(&mut Value)) {
        self.sequence += 1;
        let number = self.sequence;
        let mut body = json!({
            "id": format!("urn:receipt:{}:{number}", self.name), "type": ["VerifiableCredential", "AgentReceipt"], "version": "0.5.0",
            "issuer": {"id": "did:agent:helper"}, "issuanceDate": format!("2026-03-07T00:00:{number:02}Z"),
            "credentialSubject": {
                "principal": {"id": "did:user:maria"},
                "action": {"id": format!("act_{number}"), "type": "tool.call", "timestamp": format!("2026-03-07T00:00:{number:02}Z")},
                "outcome": {"status": "success"},
                "chain": {"chain_id": self.name, "sequence": number, "previous_receipt_hash": self.previous},
            },
        });
        change(&mut body);
        let text = body.to_string();
        self.previous = format!("sha256:{}", hex(&Sha256::digest(&text))).into();
        let value = format!("u{}", BASE64URL.encode(signer.sign(text.as_bytes()).to_bytes()));
        body["proof"] = json!({"type": "Ed25519Signature2020", "verificationMethod": self.method, "proofValue": value});
        self.receipts.push(body);
    }
}

fn signer(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn trusting(signer: &SigningKey) -> Keys {
    let mut keys = Keys::default();
    keys.trust(Key::new("helper", Material::Ed25519(signer.verifying_key().to_bytes()), None));
    keys
}

fn examine(chains: &[&Chain], keys: Keys) -> Examination {
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<String> = chains.iter().flat_map(|chain| chain.receipts.iter().map(Value::to_string)).collect();
    fs::write(folder.path().join("receipts.jsonl"), lines.join("\n") + "\n").unwrap();
    open(folder.path(), keys)
}

#[test]
fn a_closed_chain_proves_its_end() {
    let key = signer(5);
    let mut chain = Chain::new("c");
    chain.add(&key, |_| {});
    chain.add(&key, |receipt| receipt["credentialSubject"]["chain"]["terminal"] = true.into());
    let examination = examine(&[&chain], trusting(&key));
    assert_sealed(&examination, &[]);
    assert_eq!(examination.logs[0].ladder.0[2].status, Status::Proved);
    // Without the closing receipt nobody can tell.
    let mut cut = Chain::new("c");
    cut.receipts = chain.receipts[..1].to_vec();
    assert_eq!(examine(&[&cut], trusting(&key)).logs[0].ladder.0[2].status, Status::Unprovable);
    chain.add(&key, |_| {});
    assert_eq!(errors(&examine(&[&chain], trusting(&key))), [(Code::AfterTerminal, Some(2))]);
}

#[test]
fn a_repeated_idempotency_key_is_a_warning() {
    let key = signer(5);
    let mut chain = Chain::new("c");
    for value in ["one", "two", "one"] {
        chain.add(&key, |receipt| receipt["credentialSubject"]["action"]["idempotency_key"] = value.into());
    }
    let examination = examine(&[&chain], trusting(&key));
    assert_sealed(&examination, &[Code::RepeatedKey]);
    assert_eq!(of(&examination, Code::RepeatedKey).len(), 1);
}

#[test]
fn delegation_is_followed_across_chains() {
    let key = signer(5);
    let (mut parent, mut child) = (Chain::new("parent"), Chain::new("child"));
    parent.add(&key, |_| {});
    let delegate = |record: &'static str| {
        move |receipt: &mut Value| {
            receipt["credentialSubject"]["delegation"] =
                json!({"parent_chain_id": "parent", "parent_receipt_id": record, "delegator": {"id": "did:agent:boss"}});
        }
    };
    child.add(&key, delegate("urn:receipt:parent:1"));
    assert_sealed(&examine(&[&parent, &child], trusting(&key)), &[]);
    assert_eq!(of(&examine(&[&child], trusting(&key)), Code::DelegatedFromElsewhere).len(), 1);
    child.add(&key, delegate("urn:receipt:parent:7"));
    let examination = examine(&[&parent, &child], trusting(&key));
    assert_eq!(of(&examination, Code::DelegationMissing).len(), 1, "{:?}", examination.findings);
}

fn hand_over(receipt: &mut Value, from: &SigningKey, to: &SigningKey) {
    let fingerprint = |key: &SigningKey| format!("sha256:{}", hex(&Sha256::digest(key.verifying_key().as_bytes())));
    receipt["credentialSubject"]["keyRotation"] = json!({
        "event_type": "key_rotated", "signed_with": "old", "old_algorithm": "ed25519", "new_algorithm": "ed25519",
        "old_key_fingerprint": fingerprint(from), "new_key_fingerprint": fingerprint(to),
        "new_public_key": format!("u{}", BASE64URL.encode(to.verifying_key().as_bytes())),
    });
}

/// A chain signed with one key, whose receipts are dated in the minutes of the day that are given.
fn dated(name: &str, key: &SigningKey, minutes: &[u32]) -> Chain {
    let mut chain = Chain::new(name);
    for minute in minutes {
        chain.add(key, |receipt| {
            let time = format!("2026-03-07T{:02}:{:02}:00Z", minute / 60, minute % 60);
            receipt["issuanceDate"] = time.clone().into();
            receipt["credentialSubject"]["action"]["timestamp"] = time.into();
        });
    }
    chain
}

#[test]
fn a_key_that_was_handed_over_signs_no_more_in_any_chain() {
    let (first, second) = (signer(5), signer(6));
    // Handed over at the first minute of the day.
    let mut changed = Chain::new("a");
    changed.add(&first, |receipt| hand_over(receipt, &first, &second));
    changed.add(&second, |_| {});
    // Before, and soon after, since writers do not change at the same moment.
    assert_sealed(&examine(&[&changed, &dated("b", &first, &[0, 9])], trusting(&first)), &[]);
    for together in [true, false] {
        let late = dated("b", &first, &[0, 9, 30]);
        let examination = if together {
            examine(&[&changed, &late], trusting(&first))
        } else {
            // In another folder they are another log; the name is the same.
            let folder = tempfile::tempdir().unwrap();
            for (name, chain) in [("one", &changed), ("two", &late)] {
                fs::create_dir(folder.path().join(name)).unwrap();
                let lines: Vec<String> = chain.receipts.iter().map(Value::to_string).collect();
                fs::write(folder.path().join(name).join("receipts.jsonl"), lines.join("\n") + "\n").unwrap();
            }
            open(folder.path(), trusting(&first))
        };
        assert_eq!(examination.logs.len(), if together { 1 } else { 2 });
        assert_eq!((examination.verdict(), examination.counts().of(State::Sealed)), (Verdict::Consistent, 4), "{:?}", examination.findings);
        assert_eq!(of(&examination, Code::KeyNotValid).len(), 1, "{:?}", examination.findings);
    }
    // Another agent's key is not concerned, nor is a chain of which no change of key is here.
    assert_sealed(&examine(&[&dated("b", &first, &[0, 30])], trusting(&first)), &[]);
}

#[test]
fn a_signed_change_of_keys_is_followed() {
    let (first, second, third) = (signer(5), signer(6), signer(7));
    let mut chain = Chain::new("c");
    chain.add(&first, |_| {});
    chain.add(&first, |receipt| hand_over(receipt, &first, &second));
    chain.add(&second, |_| {});
    chain.add(&second, |receipt| hand_over(receipt, &second, &third));
    chain.add(&third, |_| {});
    assert_sealed(&examine(&[&chain], trusting(&first)), &[]);
    // Copies of what stands before the change, of what stands behind it, and over it, wherever they come in the order of names.
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<String> = chain.receipts.iter().map(|receipt| format!("{receipt}\n")).collect();
    for (name, range) in [("1", 0..2), ("2", 2..5), ("a-copy", 0..1), ("b-copy", 2..5), ("c-over", 1..4), ("0-late", 3..5)] {
        fs::write(folder.path().join(format!("{name}.jsonl")), lines[range].concat()).unwrap();
    }
    let examination = open(folder.path(), trusting(&first));
    assert_eq!((errors(&examination).len(), examination.verdict()), (0, Verdict::Sealed), "{:?}", examination.findings);
    // Nobody handed over to this one.
    let mut other = Chain::new("c");
    other.add(&first, |_| {});
    other.add(&second, |_| {});
    assert_eq!(errors(&examine(&[&other], trusting(&first))), [(Code::SealForged, Some(1))]);
    // A key that hands over to itself without being trusted proves nothing.
    let mut own = Chain::new("c");
    own.add(&second, |receipt| hand_over(receipt, &second, &third));
    own.add(&third, |_| {});
    assert_eq!(examine(&[&own], trusting(&first)).counts().of(State::Sealed), 0);
    // The key that was given up signs no more, even if the user still trusts it, beside the new one.
    let mut late = Chain::new("c");
    late.add(&first, |receipt| hand_over(receipt, &first, &second));
    late.add(&first, |_| {});
    assert_eq!(errors(&examine(&[&late], trusting(&first))), [(Code::SealForged, Some(1))]);
    let mut both = trusting(&first);
    both.trust(Key::new("second", Material::Ed25519(second.verifying_key().to_bytes()), None));
    let examination = examine(&[&late], both);
    assert_eq!((errors(&examination), examination.counts().of(State::Sealed)), (vec![(Code::SealForged, Some(1))], 1));
}

#[test]
fn a_key_in_the_name_counts_only_if_it_is_trusted() {
    let key = signer(5);
    let mut encoded = vec![0xed, 0x01];
    encoded.extend_from_slice(key.verifying_key().as_bytes());
    let did = format!("did:key:z{}", bs58::encode(encoded).into_string());
    let mut chain = Chain::new("c");
    chain.method = format!("{did}#{}", &did[8..]);
    let issued = |receipt: &mut Value| receipt["issuer"]["id"] = did.clone().into();
    chain.add(&key, issued);
    chain.add(&key, issued);
    let unknown = examine(&[&chain], Keys::default());
    assert_eq!((unknown.verdict(), of(&unknown, Code::UnknownKey).len()), (Verdict::Consistent, 1));
    let mut keys = Keys::default();
    assert_eq!(keys.add_text(Path::new("x"), &did).unwrap(), 1);
    assert_sealed(&examine(&[&chain], keys.clone()), &[]);
    // It does not sign in another's name, unless the user says so.
    let mut other = Chain::new("c");
    other.method = chain.method.clone();
    other.add(&key, |_| {});
    let examination = examine(&[&other], keys);
    assert_eq!((examination.counts().of(State::Sealed), of(&examination, Code::KeyNotForOrigin).len()), (0, 1));
    let mut said = Keys::default();
    said.trust(Key { origins: vec!["did:agent:helper".into()], ..Key::from_did_key(&did).unwrap() });
    assert_sealed(&examine(&[&other], said), &[]);
    // Even without trust, a record that its own key did not sign is broken.
    chain.receipts[1]["issuer"]["id"] = "did:agent:other".into();
    assert_eq!(errors(&examine(&[&chain], Keys::default())), [(Code::SealForged, Some(1))]);
}

#[test]
fn a_stored_key_of_someone_else_raises_no_alarm() {
    let (key, other) = (signer(5), signer(6));
    let mut chain = Chain::new("c");
    chain.add(&key, |_| {});
    let mut keys = Keys::default();
    keys.trust(Key {
        kept: sealscope::trust::Kept::Stored,
        ..Key::new("someone", Material::Ed25519(other.verifying_key().to_bytes()), None)
    });
    let examination = examine(&[&chain], keys.clone());
    assert_eq!((examination.verdict(), errors(&examination).len()), (Verdict::Unchecked, 0), "{:?}", examination.findings);
    assert_eq!(of(&examination, Code::UnknownKey).len(), 1);
    // But where the stored key holds for one record of a name, it must for all.
    keys.trust(Key { kept: sealscope::trust::Kept::Stored, ..trusting(&key).trusted()[0].clone() });
    chain.add(&other, |_| {});
    chain.receipts[1]["issuer"]["id"] = "did:agent:evil".into();
    assert!(errors(&examine(&[&chain], keys)).contains(&(Code::SealForged, Some(1))));
}

#[test]
fn a_key_is_trusted_only_for_its_time() {
    let key = signer(5);
    let mut chain = Chain::new("c");
    (0..4).for_each(|_| chain.add(&key, |_| {}));
    let mut keys = Keys::default();
    let mut limited = trusting(&key).trusted()[0].clone();
    limited.not_after = time::parse("2026-03-07T00:00:02Z");
    keys.trust(limited);
    let examination = examine(&[&chain], keys);
    assert_eq!(of(&examination, Code::KeyNotValid).len(), 2, "{:?}", examination.findings);
    assert_eq!(examination.verdict(), Verdict::Consistent);
}

#[test]
fn a_label_speaks_for_one_agent_only() {
    let key = signer(5);
    let mut chain = Chain::new("c");
    chain.add(&key, |_| {});
    chain.add(&key, |receipt| receipt["issuer"]["id"] = "did:agent:other".into());
    // The key's name is that of one of the two.
    let examination = examine(&[&chain], trusting(&key));
    assert_eq!(
        (examination.counts().of(State::Sealed), of(&examination, Code::KeyNotForOrigin).len()),
        (1, 1),
        "{:?}",
        examination.findings
    );
    // It is that of neither.
    let mut keys = Keys::default();
    keys.trust(Key::new("gateway", Material::Ed25519(key.verifying_key().to_bytes()), None));
    assert_eq!(examine(&[&chain], keys).counts().of(State::Sealed), 0);
}

#[test]
fn a_signature_that_was_taken_away_is_missed() {
    let key = signer(5);
    let mut chain = Chain::new("c");
    (0..4).for_each(|_| chain.add(&key, |_| {}));
    chain.receipts[3]["proof"]["proofValue"] = Value::Null;
    let examination = examine(&[&chain], trusting(&key));
    assert_eq!(errors(&examination), [(Code::SignatureMissing, Some(3))], "{:?}", examination.findings);
    assert_eq!(examination.counts().of(State::Sealed), 3);
    // Nor is a record without any proof one of another kind.
    chain.receipts[3].as_object_mut().unwrap().remove("proof");
    assert_eq!(errors(&examine(&[&chain], trusting(&key))), [(Code::RecordMalformed, Some(3))]);
}

#[test]
fn the_last_record_of_an_unsigned_chain_is_not_protected() {
    let key = signer(5);
    let mut chain = Chain::new("c");
    (0..3).for_each(|_| chain.add(&key, |_| {}));
    assert_eq!(of(&examine(&[&chain], Keys::default()), Code::LastUnprotected).len(), 1);
    assert_eq!(of(&examine(&[&chain], trusting(&key)), Code::LastUnprotected).len(), 0);
}

#[test]
fn malformed_receipts_are_refused() {
    let key = signer(5);
    for change in [
        |receipt: &mut Value| receipt["proof"]["type"] = "RsaSignature2018".into(),
        |receipt: &mut Value| receipt["credentialSubject"]["action"]["type"] = "file.delete".into(),
        |receipt: &mut Value| receipt["credentialSubject"]["principal"]["id"] = "did:user:attacker".into(),
        |receipt: &mut Value| {
            receipt["proof"]["proofValue"] = receipt["proof"]["proofValue"].as_str().unwrap().replacen('u', "z", 1).into()
        },
        |receipt: &mut Value| receipt["proof"]["proofValue"] = "u".into(),
        |receipt: &mut Value| receipt["proof"]["proofValue"] = "uAAAA".into(),
    ] {
        let mut chain = Chain::new("c");
        chain.add(&key, |_| {});
        change(&mut chain.receipts[0]);
        let examination = examine(&[&chain], trusting(&key));
        assert_eq!(examination.verdict(), Verdict::Broken, "{}", chain.receipts[0]);
    }
    let mut chain = Chain::new("c");
    (0..3).for_each(|_| chain.add(&key, |_| {}));
    chain.receipts[1]["credentialSubject"]["chain"].as_object_mut().unwrap().remove("previous_receipt_hash");
    assert_eq!(examine(&[&chain], trusting(&key)).verdict(), Verdict::Broken);
}

#[test]
fn published_hashes_of_receipts() {
    let Some(root) = data("agent-receipts") else { return };
    let read = |file: &str| -> Value { serde_json::from_str(&fs::read_to_string(root.join(file)).unwrap()).unwrap() };
    // Each hash is stated by a successor that we put after the receipt.
    let mut receipts: Vec<(Value, String)> = Vec::new();
    let vectors = read("canonicalization_vectors.json")["receipt_hash_vectors"].clone();
    let named = |name: &str| vectors.as_array().unwrap().iter().find(|vector| vector["name"] == name).unwrap().clone();
    for vector in vectors.as_array().unwrap() {
        let mut vector = vector.clone();
        if let Some(name) = vector["expectedHash"].as_str().and_then(|hash| hash.strip_prefix("SAME_AS_")) {
            vector["expectedHash"] = named(name)["expectedHash"].clone();
        }
        if let (Some(receipt), Some(hash)) = (vector.get("receipt"), vector["expectedHash"].as_str()) {
            receipts.push((receipt.clone(), hash.to_owned()));
        }
    }
    for (file, part) in [("v020_vectors.json", "parametersDisclosureReceipt"), ("v040_vectors.json", "idempotencyKeyReceipt")] {
        let vector = read(file)[part].clone();
        receipts.push((vector["receipt"].clone(), vector["expectedReceiptHash"].as_str().unwrap().to_owned()));
    }
    assert!(receipts.len() >= 8);
    for (mut receipt, hash) in receipts {
        if receipt.get("proof").is_none() {
            receipt["proof"] = json!({"type": "Ed25519Signature2020", "proofValue": "u", "verificationMethod": "x"});
        }
        let mut next = receipt.clone();
        next["credentialSubject"]["chain"]["previous_receipt_hash"] = hash.into();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("r.jsonl"), format!("{receipt}\n{next}\n")).unwrap();
        let examination = open(folder.path(), Keys::default());
        let linked: Vec<_> =
            errors(&examination).into_iter().filter(|(code, _)| !matches!(code, Code::SealForged | Code::AfterTerminal)).collect();
        assert_eq!(linked, [], "{receipt}");
    }
    let warnings = read("v040_vectors.json")["duplicateIdempotencyChain"].clone();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("r.json"), warnings["receipts"].to_string()).unwrap();
    let examination = open(folder.path(), Keys::default());
    assert_eq!(of(&examination, Code::RepeatedKey).len() as u64, warnings["expectedWarningCount"].as_u64().unwrap());
}
