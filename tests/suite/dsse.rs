//! Signed envelopes (DSSE) in Sigstore bundles, and keys in them that cannot be verified here.

use std::fs;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::Signer;
use sealscope::model::text::hex;
use sealscope::model::words::proofs::ProofFact;
use sealscope::model::{Code, State, Verdict};
use sealscope::seal::merkle::{Range, inclusion, leaf};
use sealscope::seal::note::{Checkpoint, checkpoint_text, cosign};
use sealscope::trust::Store as Keys;
use sealscope::verify::Examination;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::anchors::RECORD;
use super::builder::*;

const LOG: &str = "log.example/one";
const TYPE: &str = "application/vnd.in-toto+json";

/// Public keys made with openssl: `ecparam -name secp384r1 -genkey`, `genrsa 2048`.
const P384: &str = "-----BEGIN PUBLIC KEY-----\nMHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEu3cEq+TFmY3BCoMNRBIkzSh2fbuWnDD0\ngduSE9LFswlmcgxJ7eOAa7X9WBoxc51wSdT84V7l+d1QgUzZI5razIl6Cwwiwem+\nn1v15H6wYPNe7a5Cu00bCGy20xWbSe14\n-----END PUBLIC KEY-----\n";
const RSA: &str = "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwbGN8nI5KzvwiQ5cyn52\nvelXu9M2fAr153vDCklcgfiJz6q56uIWNiX3JFJgQyr5DWo0ffapWTewvOWPgTXv\njWbckiOkszIoKxnz9neibRM0RBDEpd8WB2ERy94ZZwJoxNO+QzDtwMkRUpn1b5je\nKr0QmBED6Sgx6WSQux2upgiJiwaMCOn4iLTrXmPqfqETUvewmjHXbt0Ra3n9dzHs\npTMcoMm1TMZVtTTJFW7aJtkv7VHmZ++mVYW6M5yQLuMRKNecgAxnUgwMMFrxtUqa\nwICcDH+H6PJ/XI2f/1TihXGzDJdg6v53U8E680bW/1YvWf6GjgNI1lDTlxc85hdW\nRwIDAQAB\n-----END PUBLIC KEY-----\n";

/// What a test changes before the envelope is logged, and after.
#[derive(Default)]
struct Changes<'a> {
    /// The file that the statement is about.
    about: Option<&'a [u8]>,
    /// The type that is signed instead of the one in the envelope.
    signed_type: Option<&'a str>,
    /// The key in the log's entry, as PEM.
    key: Option<&'a str>,
    /// The envelope afterwards.
    envelope: Option<&'a dyn Fn(&mut Value)>,
}

/// The folder of a file beside a bundle with an envelope about it, examined.
fn examine(changes: &Changes<'_>) -> Examination {
    let (key, signer) = key_pair(LOG, 3);
    let own = ed25519_dalek::SigningKey::from_bytes(&[77; 32]);
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1", "predicateType": "https://example.com/p",
        "subject": [{"name": "r.json", "digest": {"sha256": hex(&Sha256::digest(changes.about.unwrap_or(RECORD)))}}],
    })
    .to_string();
    let kind = changes.signed_type.unwrap_or(TYPE);
    // The encoding before signing (DSSE, PAE): what is signed says how long each part is.
    let message = format!("DSSEv1 {} {kind} {} {statement}", kind.len(), statement.len());
    let spki = [&[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0][..], own.verifying_key().as_bytes()].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64.encode(spki));
    let body = json!({"apiVersion": "0.0.1", "kind": "dsse", "spec": {
        "payloadHash": {"algorithm": "sha256", "value": hex(&Sha256::digest(&statement))},
        "signatures": [{"signature": "-", "verifier": BASE64.encode(changes.key.unwrap_or(&pem))}],
    }})
    .to_string();
    let leaves: Vec<_> = (0..4u8).map(|number| if number == 2 { leaf(body.as_bytes()) } else { leaf(&[number]) }).collect();
    let mut range = Range::new(0);
    leaves.iter().for_each(|leaf| range.push(*leaf));
    let root = range.root().unwrap();
    let path: Vec<String> = inclusion(&Range::new(0), &leaves, 2).unwrap().iter().map(|hash| BASE64.encode(hash)).collect();
    let note = cosign(&checkpoint_text(&Checkpoint { origin: LOG.into(), size: 4, root }), &key, &signer, DAY);
    let mut envelope = json!({
        "payload": BASE64.encode(&statement), "payloadType": TYPE,
        "signatures": [{"sig": BASE64.encode(own.sign(message.as_bytes()).to_bytes())}],
    });
    if let Some(change) = changes.envelope {
        change(&mut envelope);
    }
    let bundle = json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"tlogEntries": [{
            "logIndex": "2", "canonicalizedBody": BASE64.encode(&body),
            "inclusionProof": {
                "logIndex": "2", "rootHash": BASE64.encode(root), "treeSize": "4", "hashes": path, "checkpoint": {"envelope": note},
            },
        }]},
        "dsseEnvelope": envelope,
    });
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("r.json"), RECORD).unwrap();
    fs::write(folder.path().join("r.json.sigstore.json"), bundle.to_string()).unwrap();
    let mut keys = Keys::default();
    keys.trust(key);
    open(folder.path(), keys)
}

#[test]
fn an_envelope_about_a_file_is_consistent() {
    // That it was logged does not say who signed it.
    let examination = examine(&Changes::default());
    assert_eq!((examination.verdict(), error_codes(&examination)), (Verdict::Consistent, vec![]), "{:?}", examination.findings);
}

#[test]
fn a_changed_envelope_is_forged() {
    let changes: [&dyn Fn(&mut Value); 3] = [
        &|envelope| envelope["payloadType"] = "application/json".into(),
        &|envelope| envelope["payload"] = BASE64.encode(b"{\"subject\":[]}").into(),
        &|envelope| envelope["signatures"][0]["sig"] = BASE64.encode([1; 64]).into(),
    ];
    for change in changes {
        let examination = examine(&Changes { envelope: Some(change), ..Changes::default() });
        assert_ne!(examination.verdict(), Verdict::Consistent, "{:?}", examination.findings);
        let is_told = of(&examination, Code::SealForged).len() + of(&examination, Code::ProofFails).len();
        assert_eq!((is_told, examination.counts().of(State::Broken)), (1, 1), "{:?}", examination.findings);
    }
    // The same bytes, signed as of another type.
    let other = examine(&Changes { signed_type: Some("application/x"), ..Changes::default() });
    assert_eq!(error_codes(&other), [Code::SealForged], "{:?}", other.findings);
}

#[test]
fn an_envelope_about_another_file_fails() {
    let examination = examine(&Changes { about: Some(b"another"), ..Changes::default() });
    assert_eq!(error_codes(&examination), [Code::ProofFails], "{:?}", examination.findings);
}

#[test]
fn two_signatures_are_not_half_checked() {
    let double = |envelope: &mut Value| envelope["signatures"] = json!([envelope["signatures"][0], {"sig": BASE64.encode([1; 64])}]);
    let examination = examine(&Changes { envelope: Some(&double), ..Changes::default() });
    assert!(matches!(examination.verdict(), Verdict::Unchecked | Verdict::Broken), "{:?}", examination.findings);
}

#[test]
fn keys_that_cannot_be_verified_here_are_refused_plainly() {
    for key in [P384, RSA] {
        let examination = examine(&Changes { key: Some(key), ..Changes::default() });
        assert_eq!((examination.verdict(), error_codes(&examination)), (Verdict::Unchecked, vec![]), "{:?}", examination.findings);
        let told = of(&examination, Code::UnknownKey);
        assert!(told.iter().any(|finding| finding.fact == ProofFact::OwnSignatureNotChecked.into()), "{:?}", examination.findings);
    }
}
