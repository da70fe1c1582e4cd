//! Proofs of logging, witnesses and policies, and every type of note signature.

use std::fs;
use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::Signer;
use sealscope::model::text::hex;
use sealscope::model::{Code, State, Verdict};
use sealscope::seal::merkle::{Hash, Range, inclusion, leaf};
use sealscope::seal::note::{Checkpoint, checkpoint_text, cosign};
use sealscope::seal::segment::{Leaf, Unit};
use sealscope::trust::{Key, Material, Store as Keys};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::builder::*;

const LOG: &str = "log.example/one";
pub const RECORD: &[u8] = br#"{"time":"2026-03-07T00:00:00Z","actor":"ci-deployer","action":"read","target":"prod/db"}"#;

/// A tree of `size` leaves with `own` at 5; its root and the proof of that leaf.
fn tree(own: Hash, size: u64) -> (Hash, Vec<Hash>) {
    let leaves: Vec<Hash> = (0..size).map(|number| if number == 5 { own } else { leaf(&number.to_be_bytes()) }).collect();
    let mut range = Range::new(0);
    leaves.iter().for_each(|leaf| range.push(*leaf));
    (range.root().unwrap(), inclusion(&Range::new(0), &leaves, 5).unwrap())
}

/// The text of a C2SP proof for `record` behind `salt`.
pub fn proof(record: &[u8], salt: Option<[u8; 16]>) -> (String, Keys) {
    let (key, signer) = key_pair(LOG, 3);
    // Without a salt it is any log's entry; with one, a record of a sealed segment.
    let own = salt.map(|salt| Leaf::new(Unit::Line, false, Some(salt)));
    let (root, path) = tree(own.map_or_else(|| leaf(record), |own| own.hash(record)), 11);
    let text = checkpoint_text(&Checkpoint { origin: LOG.into(), size: 11, root });
    let extra = own.map_or_else(String::new, |own| format!("extra {}\n", BASE64.encode(own.extra())));
    let path: String = path.iter().map(|hash| BASE64.encode(hash) + "\n").collect();
    let mut keys = Keys::default();
    keys.trust(key.clone());
    (format!("c2sp.org/tlog-proof@v1\n{extra}index 5\n{path}\n{}", cosign(&text, &key, &signer, DAY)), keys)
}

#[test]
fn a_record_with_its_proof() {
    for salt in [None, Some(*b"0123456789abcdef")] {
        let (proof, keys) = proof(RECORD, salt);
        let folder = tempfile::tempdir().unwrap();
        let (record, beside) = (folder.path().join("record.json"), folder.path().join("record.json.tlog-proof"));
        fs::write(&record, [RECORD, b"\n"].concat()).unwrap();
        fs::write(&beside, &proof).unwrap();
        assert_sealed(&open(folder.path(), keys.clone()), &[]);
        let unknown = open(folder.path(), Keys::default());
        assert_eq!((unknown.verdict(), of(&unknown, Code::UnknownKey).len()), (Verdict::Consistent, 1));
        // By content, whatever its name.
        fs::rename(&record, folder.path().join("other.json")).unwrap();
        let examination = open(folder.path(), keys.clone());
        assert_sealed(&examination, &[]);
        assert!(examination.prove(0).unwrap().steps.iter().all(|step| step.state.state() != State::Broken));
        fs::rename(folder.path().join("other.json"), &record).unwrap();
        fs::write(&record, String::from_utf8(RECORD.to_vec()).unwrap().replace("read", "edit")).unwrap();
        let examination = open(folder.path(), keys.clone());
        assert_eq!((error_codes(&examination), examination.counts().of(State::Broken)), (vec![Code::ProofFails], 1));
        fs::remove_file(&record).unwrap();
        let examination = open(folder.path(), keys.clone());
        assert_eq!((error_codes(&examination), of(&examination, Code::ProofWithoutFile).len()), (vec![], 1));
        // Every changed byte of the proof is noticed, or it is a proof no more.
        fs::write(&record, RECORD).unwrap();
        for at in (0..proof.len()).step_by(7) {
            let mut spoiled = proof.clone().into_bytes();
            spoiled[at] ^= 1;
            fs::write(&beside, spoiled).unwrap();
            assert_ne!(open(folder.path(), keys.clone()).verdict(), Verdict::Sealed, "byte {at}");
        }
    }
}

#[test]
fn a_proof_holds_a_log_to_its_history() {
    let log = Log::new(1, 5, true, false);
    let text = checkpoint_text(&Checkpoint { origin: ORIGIN.into(), size: 9, root: [1; 32] });
    let note = cosign(&text, &log.key, &log.signer, DAY + 60);
    fs::write(log.folder.path().join("later.tlog-proof"), format!("c2sp.org/tlog-proof@v1\nindex 0\n{}\n\n{note}", BASE64.encode([0; 32])))
        .unwrap();
    assert!(error_codes(&log.examine()).contains(&Code::Truncated));
}

#[test]
fn a_policy_counts_witnesses() {
    let (key, signer) = key_pair(LOG, 3);
    let (root, path) = tree(leaf(RECORD), 11);
    let text = checkpoint_text(&Checkpoint { origin: LOG.into(), size: 11, root });
    let witnesses: Vec<_> = (1..=3).map(|seed| key_pair(&format!("w{seed}.example"), 20 + seed)).collect();
    let mut policy = format!("log {}\n", key.verifier_key().unwrap());
    for (number, (witness, _)) in witnesses.iter().enumerate() {
        policy += &format!("witness W{number} {}\n", witness.verifier_key().unwrap());
    }
    policy += "group G 2 W0 W1 W2\nquorum G\n";
    let mut keys = Keys::default();
    assert_eq!(keys.add_text(Path::new("policy"), &policy).unwrap(), 4);
    let mut again = Keys::default();
    again.add_text(Path::new("stored"), &keys.to_text()).unwrap();
    assert_eq!(again.policy(), keys.policy(), "the rule is kept with the keys");
    for (cosigned, expected) in [(0, Verdict::Consistent), (1, Verdict::Consistent), (2, Verdict::Sealed), (3, Verdict::Sealed)] {
        let mut note = cosign(&text, &key, &signer, DAY);
        for (witness, signer) in &witnesses[..cosigned] {
            note += cosign(&text, witness, signer, DAY + 5).split("\n\n").nth(1).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let path: String = path.iter().map(|hash| BASE64.encode(hash) + "\n").collect();
        fs::write(folder.path().join("r.json"), RECORD).unwrap();
        fs::write(folder.path().join("r.json.tlog-proof"), format!("c2sp.org/tlog-proof@v1\nindex 5\n{path}\n{note}")).unwrap();
        let examination = open(folder.path(), keys.clone());
        assert_eq!(examination.verdict(), expected, "{cosigned}: {:?}", examination.findings);
        assert_eq!(of(&examination, Code::QuorumMissed).len(), usize::from(expected != Verdict::Sealed));
    }
    // Witnesses alone vouch for no log.
    let note = cosign(&text, &witnesses[0].0, &witnesses[0].1, DAY);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("r.json"), RECORD).unwrap();
    let path: String = path.iter().map(|hash| BASE64.encode(hash) + "\n").collect();
    fs::write(folder.path().join("r.json.tlog-proof"), format!("c2sp.org/tlog-proof@v1\nindex 5\n{path}\n{note}")).unwrap();
    assert_eq!(open(folder.path(), keys).verdict(), Verdict::Consistent);
}

/// A note line: key id and signature.
fn line(key: &Key, signature: &[u8]) -> String {
    format!("— {} {}\n", key.name, BASE64.encode([&key.note_id().to_be_bytes()[..], signature].concat()))
}

#[test]
fn every_type_of_note_signature() {
    let text = checkpoint_text(&Checkpoint { origin: LOG.into(), size: 11, root: tree(leaf(RECORD), 11).0 });
    let path: String = tree(leaf(RECORD), 11).1.iter().map(|hash| BASE64.encode(hash) + "\n").collect();
    let mut cases: Vec<(Key, Vec<u8>)> = Vec::new();
    let ed25519 = ed25519_dalek::SigningKey::from_bytes(&[8; 32]);
    let public = ed25519.verifying_key().to_bytes();
    cases.push((Key::new(LOG, Material::Ed25519(public), Some(1)), ed25519.sign(text.as_bytes()).to_bytes().to_vec()));
    let ecdsa = p256::ecdsa::SigningKey::from_slice(&[8; 32]).unwrap();
    let spki = p256::pkcs8::EncodePublicKey::to_public_key_der(&p256::PublicKey::from(ecdsa.verifying_key())).unwrap().into_vec();
    let signature: p256::ecdsa::Signature = p256::ecdsa::signature::Signer::sign(&ecdsa, text.as_bytes());
    cases.push((Key::new(LOG, Material::Ecdsa(spki), Some(2)), signature.to_der().as_bytes().to_vec()));
    let lattice = ml_dsa::SigningKey::<ml_dsa::MlDsa44>::from_seed(&[8; 32].into());
    let public = lattice.expanded_key().verifying_key().encode().to_vec();
    let mut message = b"subtree/v1\n\0".to_vec();
    message.push(LOG.len() as u8);
    message.extend(LOG.as_bytes());
    message.extend(DAY.to_be_bytes());
    message.push(LOG.len() as u8);
    message.extend(LOG.as_bytes());
    message.extend(0u64.to_be_bytes());
    message.extend(11u64.to_be_bytes());
    message.extend(tree(leaf(RECORD), 11).0);
    let signature = lattice.expanded_key().sign_deterministic(&message, &[]).unwrap().encode();
    cases.push((Key::new(LOG, Material::MlDsa44(public), Some(6)), [&DAY.to_be_bytes()[..], &signature].concat()));
    for (key, signature) in cases {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("r.json"), RECORD).unwrap();
        let beside = folder.path().join("r.json.tlog-proof");
        let write = |signature: &[u8]| {
            fs::write(&beside, format!("c2sp.org/tlog-proof@v1\nindex 5\n{path}\n{text}\n{}", line(&key, signature))).unwrap();
        };
        // The key goes the way of the user: as text.
        let mut keys = Keys::default();
        keys.add_text(Path::new("key"), &key.verifier_key().unwrap()).unwrap();
        write(&signature);
        assert_sealed(&open(folder.path(), keys.clone()), &[]);
        for at in [8, 20, signature.len() - 1] {
            let mut spoiled = signature.clone();
            spoiled[at] ^= 1;
            write(&spoiled);
            assert_eq!(error_codes(&open(folder.path(), keys.clone())), [Code::SealForged], "{} byte {at}", key.material.algorithm());
        }
        write(&[]);
        assert_ne!(open(folder.path(), keys).verdict(), Verdict::Sealed);
    }
}

/// A bundle for `content` and the log's key; `change` edits its parts before the tree is made.
pub fn sigstore(content: &[u8], version: u8, change: impl FnOnce(&mut serde_json::Value, &mut serde_json::Value)) -> (String, Key) {
    let (key, signer) = key_pair(LOG, 3);
    let digest = Sha256::digest(content);
    let own = ed25519_dalek::SigningKey::from_bytes(&[77; 32]);
    let public = [&[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0][..], own.verifying_key().as_bytes()].concat();
    let signature = BASE64.encode(own.sign(content).to_bytes());
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64.encode(&public));
    let mut body = if version == 2 {
        json!({"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {"hashedRekordV002": {"data": {"algorithm": "SHA2_256", "digest": BASE64.encode(digest)},
            "signature": {"content": signature, "verifier": {"publicKey": {"rawBytes": BASE64.encode(&public)}}}}}})
    } else {
        json!({"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": {"data": {"hash": {"algorithm": "sha256", "value": hex(&digest)}},
            "signature": {"content": signature, "publicKey": {"content": BASE64.encode(pem)}}}})
    };
    let mut signed = json!({"messageDigest": {"algorithm": "SHA2_256", "digest": BASE64.encode(digest)}, "signature": signature});
    change(&mut body, &mut signed);
    let body = body.to_string();
    let (root, path) = tree(leaf(body.as_bytes()), 11);
    let note = cosign(&checkpoint_text(&Checkpoint { origin: LOG.into(), size: 11, root }), &key, &signer, DAY);
    let bundle = json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"tlogEntries": [{
            "logIndex": "5", "canonicalizedBody": BASE64.encode(&body),
            "inclusionProof": {
                "logIndex": "5", "rootHash": BASE64.encode(root), "treeSize": "11",
                "hashes": path.iter().map(|hash| BASE64.encode(hash)).collect::<Vec<_>>(), "checkpoint": {"envelope": note},
            },
        }]},
        "messageSignature": signed,
    });
    (bundle.to_string(), key)
}

#[test]
fn sigstore_bundles() {
    for version in [1, 2] {
        let (bundle, key) = sigstore(RECORD, version, |_, _| {});
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("r.json"), RECORD).unwrap();
        fs::write(folder.path().join("any-name.json"), &bundle).unwrap();
        let mut keys = Keys::default();
        keys.trust(key.clone());
        // That it was logged does not say who signed it.
        let logged = open(folder.path(), keys.clone());
        assert_eq!((logged.verdict(), error_codes(&logged).len()), (Verdict::Consistent, 0), "{:?}", logged.findings);
        // Another file under the name that the bundle stands beside.
        fs::rename(folder.path().join("any-name.json"), folder.path().join("r.json.sigstore.json")).unwrap();
        fs::write(folder.path().join("r.json"), b"{\"action\":\"other\"}").unwrap();
        assert_eq!(error_codes(&open(folder.path(), keys.clone())), [Code::ProofFails]);
        fs::write(folder.path().join("r.json"), RECORD).unwrap();
        // A signature that was logged, and in the bundle, but is garbage.
        let garbage = BASE64.encode([1; 64]);
        let (bundle, _) = sigstore(RECORD, version, |body, signed| {
            signed["signature"] = garbage.clone().into();
            let at = if version == 2 { "/spec/hashedRekordV002/signature/content" } else { "/spec/signature/content" };
            *body.pointer_mut(at).unwrap() = garbage.clone().into();
        });
        fs::write(folder.path().join("r.json.sigstore.json"), bundle).unwrap();
        assert_eq!(error_codes(&open(folder.path(), keys.clone())), [Code::SealForged]);
        // One that is not the logged one.
        let (bundle, _) = sigstore(RECORD, version, |_, signed| signed["signature"] = garbage.clone().into());
        fs::write(folder.path().join("r.json.sigstore.json"), bundle).unwrap();
        assert_eq!(error_codes(&open(folder.path(), keys)), [Code::SealForged]);
    }
}

#[test]
fn sigsum_proofs() {
    let (log, submitter, witness) = (
        ed25519_dalek::SigningKey::from_bytes(&[1; 32]),
        ed25519_dalek::SigningKey::from_bytes(&[2; 32]),
        ed25519_dalek::SigningKey::from_bytes(&[3; 32]),
    );
    let hash = |key: &ed25519_dalek::SigningKey| Sha256::digest(key.verifying_key().as_bytes());
    let checksum = Sha256::digest(Sha256::digest(RECORD));
    let signature = submitter.sign(&[b"sigsum.org/v1/tree-leaf\0", checksum.as_slice()].concat()).to_bytes();
    let (root, path) = tree(leaf(&[checksum.as_slice(), &signature, &hash(&submitter)].concat()), 11);
    let text = checkpoint_text(&Checkpoint { origin: format!("sigsum.org/v1/tree/{}", hex(&hash(&log))), size: 11, root });
    let cosignature = witness.sign(format!("cosignature/v1\ntime {DAY}\n{text}").as_bytes()).to_bytes();
    let path: String = path.iter().map(|hash| format!("node_hash={}\n", hex(hash))).collect();
    let proof = format!(
        "version=2\nlog={}\nleaf={} {}\n\nsize=11\nroot_hash={}\nsignature={}\ncosignature={} {DAY} {}\n\nleaf_index=5\n{path}",
        hex(&hash(&log)),
        hex(&hash(&submitter)),
        hex(&signature),
        hex(&root),
        hex(&log.sign(text.as_bytes()).to_bytes()),
        hex(&hash(&witness)),
        hex(&cosignature),
    );
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("r.json"), RECORD).unwrap();
    fs::write(folder.path().join("r.json.proof"), &proof).unwrap();
    let mut keys = Keys::default();
    keys.trust(Key::new("the log", Material::Ed25519(log.verifying_key().to_bytes()), None));
    // That it was logged does not say by whom.
    assert_eq!(open(folder.path(), keys.clone()).verdict(), Verdict::Consistent);
    keys.trust(Key::new("the submitter", Material::Ed25519(submitter.verifying_key().to_bytes()), None));
    assert_sealed(&open(folder.path(), keys.clone()), &[]);
    assert_eq!(open(folder.path(), Keys::default()).verdict(), Verdict::Consistent);
    fs::write(folder.path().join("r.json.proof"), proof.replacen("size=11", "size=12", 1)).unwrap();
    assert_eq!(open(folder.path(), keys.clone()).verdict(), Verdict::Broken);
    fs::write(folder.path().join("r.json"), b"{}").unwrap();
    fs::write(folder.path().join("r.json.proof"), &proof).unwrap();
    assert_eq!(error_codes(&open(folder.path(), keys)), [Code::ProofFails]);
}

#[test]
fn a_sealer_trusted_for_another_time() {
    let log = Log::new(1, 5, true, false);
    let mut keys = Keys::default();
    keys.trust(Key { not_after: Some(1_000_000_000), ..log.key.clone() });
    let examination = open(log.folder.path(), keys);
    assert_eq!((examination.verdict(), of(&examination, Code::KeyNotValid).len()), (Verdict::Consistent, 1), "{:?}", examination.findings);
}

#[test]
fn another_logs_extra_data_is_never_part_of_the_entry() {
    // The log holds "saltsaltsaltsaltRECORD"; the proof says that the first part is only extra.
    let entry = [b"saltsaltsaltsalt", RECORD].concat();
    let (genuine, keys) = proof(&entry, None);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("record.json"), RECORD).unwrap();
    for extra in [&b"saltsaltsaltsalt"[..], b"sealscope.dev/segment@v2\nsaltsaltsaltsalt", b"\x01saltsaltsaltsalt"] {
        let forged = genuine.replace("\nindex", &format!("\nextra {}\nindex", BASE64.encode(extra)));
        fs::write(folder.path().join("record.json.tlog-proof"), forged).unwrap();
        assert_eq!(error_codes(&open(folder.path(), keys.clone())), [Code::ProofFails]);
    }
}
