//! Hash-chained logs: made here by each profile's rule and spoiled, and vectors of others where they are available.

use std::fs;

use base64::Engine;
use ed25519_dalek::Signer;
use sealscope::model::text::hex;
use sealscope::model::{Code, State, Verdict};
use sealscope::trust::{Key, Material, Store as Keys};
use sha2::{Digest, Sha256};

use super::builder::*;

const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

fn sha(text: &str) -> String {
    hex(&Sha256::digest(text))
}

/// Records of the simplest chain: RFC 8785 of everything but the hash.
fn plain(count: u64) -> Vec<String> {
    let mut previous = ZEROS.to_owned();
    (0..count)
        .map(|seq| {
            let body = format!(
                r#"{{"action":"read","actor":"robot-é","prev_hash":"{previous}","seq":{seq},"ts":"2026-03-07T00:00:{:02}Z""#,
                seq % 60
            );
            let hash = sha(&format!("{body}}}"));
            let line = format!(r#"{body},"hash":"{hash}"}}"#);
            previous = hash;
            line
        })
        .collect()
}

fn examine(lines: &[String], keys: Keys) -> sealscope::verify::Examination {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("chain.jsonl"), lines.join("\n") + "\n").unwrap();
    open(folder.path(), keys)
}

#[test]
fn a_plain_chain_is_consistent_and_each_change_is_placed() {
    let lines = plain(50);
    let examination = examine(&lines, Keys::default());
    assert_eq!(
        (examination.verdict(), examination.counts().of(State::Consistent)),
        (Verdict::Consistent, 50),
        "{:?}",
        examination.findings
    );
    assert!(examination.findings.is_empty(), "{:?}", examination.findings);

    for index in [0, 20, 49] {
        let mut changed = lines.clone();
        changed[index] = changed[index].replace("read", "edit");
        let examination = examine(&changed, Keys::default());
        assert_eq!(errors(&examination), [(Code::RecordAltered, Some(index as u64))]);
        assert_eq!(examination.counts().of(State::Broken), 1);
    }
    let mut changed = lines.clone();
    changed.remove(20);
    assert_eq!(errors(&examine(&changed, Keys::default())), [(Code::RecordRemoved, Some(20))]);
    let mut changed = lines.clone();
    changed.swap(20, 21);
    assert!(
        errors(&examine(&changed, Keys::default()))
            .iter()
            .all(|(code, record)| *code == Code::RecordMoved && (20..=22).contains(&record.unwrap()))
    );
    let mut changed = lines.clone();
    let extra = lines[19].replace("read", "edit");
    let body = extra.split(r#","hash""#).next().unwrap().replace(&format!("\"seq\":{}", 19), "\"seq\":20");
    changed.insert(20, format!(r#"{body},"hash":"{}"}}"#, sha(&format!("{body}}}"))));
    assert!(
        errors(&examine(&changed, Keys::default()))
            .iter()
            .any(|(code, _)| matches!(code, Code::RecordInserted | Code::RecordMoved | Code::RecordRemoved))
    );
}

#[test]
fn harmless_shapes_raise_no_alarm() {
    let lines = plain(30);
    // A trimmed start, a torn end, lines of another kind, a cut end that nobody can see.
    let examination = examine(&lines[10..], Keys::default());
    assert_eq!((errors(&examination).len(), of(&examination, Code::StartsMidway).len()), (0, 1));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("chain.jsonl"), lines.join("\n") + "\n{\"seq\":30,\"pre").unwrap();
    let examination = open(folder.path(), Keys::default());
    assert_eq!((errors(&examination).len(), of(&examination, Code::TornLastLine).len()), (0, 1), "{:?}", examination.findings);
    let mut mixed = lines.clone();
    mixed.insert(5, r#"{"level":"info","msg":"started","time":"2026-03-07T00:00:00Z"}"#.into());
    let examination = examine(&mixed, Keys::default());
    assert_eq!((errors(&examination).len(), of(&examination, Code::OutsideChain).len()), (0, 1), "{:?}", examination.findings);
    assert_eq!(examination.counts().of(State::Unsealed), 1);
    // Two files, each with a chain of its own.
    fs::write(folder.path().join("chain.jsonl"), lines.join("\n")).unwrap();
    fs::write(folder.path().join("chain2.jsonl"), plain(31).join("\n")).unwrap();
    assert_eq!(errors(&open(folder.path(), Keys::default())), []);
}

#[test]
fn profiles_of_other_programs() {
    let mut previous = ZEROS.to_owned();
    let mut lines = Vec::new();
    for seq in 0..5 {
        let hash = sha(&format!(r#"{seq}|2026-03-07T00:00:0{seq}Z|{{"actor":"na\u00efve","n":1.50}}|{previous}"#));
        lines.push(format!(r#"{{"seq":{seq},"ts":"2026-03-07T00:00:0{seq}Z","event":{{"n":1.50,"actor":"naïve"}},"prev_hash":"{previous}","entry_hash":"{hash}"}}"#));
        previous = hash;
    }
    let examination = examine(&lines, Keys::default());
    assert_eq!((examination.verdict(), examination.logs[0].origin.contains("evidence-verify")), (Verdict::Consistent, true));
    lines[2] = lines[2].replace("1.50", "1.5");
    assert_eq!(errors(&examine(&lines, Keys::default())), [(Code::RecordAltered, Some(2))]);

    let mut previous = format!("sha256:{ZEROS}");
    let mut lines = Vec::new();
    for number in 0..5 {
        let receipt = format!(r#"{{"agent":"a","n":{number}}}"#);
        let hash = format!("sha256:{}", sha(&format!(r#"{{"prev_hash":"{previous}","receipt":{receipt}}}"#)));
        lines.push(format!(r#"{{"receipt":{receipt},"prev_hash":"{previous}","record_hash":"{hash}"}}"#));
        previous = hash;
    }
    assert_eq!(examine(&lines, Keys::default()).verdict(), Verdict::Consistent);
}

fn receipt(sequence: u64, previous: Option<&str>, signer: &ed25519_dalek::SigningKey) -> (String, String) {
    let previous = previous.map_or("null".to_owned(), |hash| format!("\"{hash}\""));
    let body = format!(
        r#"{{"credentialSubject":{{"action":{{"id":"act_{sequence}","timestamp":"2026-03-07T00:00:0{sequence}Z","type":"tool.call"}},"chain":{{"chain_id":"c","previous_receipt_hash":{previous},"sequence":{sequence}}},"outcome":{{"status":"success"}},"principal":{{"id":"did:user:maria"}}}},"id":"urn:receipt:{sequence}","issuanceDate":"2026-03-07T00:00:0{sequence}Z","issuer":{{"id":"did:agent:helper"}},"type":["VerifiableCredential","AgentReceipt"]}}"#
    );
    let signature = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(signer.sign(body.as_bytes()).to_bytes());
    let hash = format!("sha256:{}", sha(&body));
    let line = format!(
        r#"{},"proof":{{"type":"Ed25519Signature2020","verificationMethod":"did:agent:helper#key-1","proofValue":"u{signature}"}}}}"#,
        &body[..body.len() - 1]
    );
    (line, hash)
}

#[test]
fn signed_receipts() {
    let signer = ed25519_dalek::SigningKey::from_bytes(&[5; 32]);
    let mut keys = Keys::default();
    keys.trust(Key::new("helper", Material::Ed25519(signer.verifying_key().to_bytes()), None));
    let mut lines = Vec::new();
    let mut previous: Option<String> = None;
    for sequence in 1..=6 {
        let (line, hash) = receipt(sequence, previous.as_deref(), &signer);
        lines.push(line);
        previous = Some(hash);
    }
    let examination = examine(&lines, keys.clone());
    assert_sealed(&examination, &[]);
    assert_eq!(examine(&lines, Keys::default()).verdict(), Verdict::Consistent);
    let mut changed = lines.clone();
    changed[2] = changed[2].replace("maria", "marta");
    assert!(errors(&examine(&changed, keys.clone())).contains(&(Code::SealForged, Some(2))));
    assert!(errors(&examine(&changed, Keys::default())).contains(&(Code::RecordAltered, Some(2))));
    let mut changed = lines.clone();
    changed.remove(3);
    assert_eq!(errors(&examine(&changed, keys)), [(Code::RecordRemoved, Some(3))]);
}

#[test]
fn the_governance_toolkit_agrees() {
    let Some(root) = data("agent-governance") else { return };
    for entry in fs::read_dir(root).unwrap() {
        let folder = entry.unwrap().path();
        let expected: serde_json::Value = serde_json::from_str(&fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap();
        let mut keys = Keys::default();
        keys.trust(Key::new("audit", Material::Hmac(expected["hmac_key"].as_str().unwrap().as_bytes().to_vec()), None));
        let examination = open(&folder.join("audit.jsonl"), keys);
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        match name.as_str() {
            // Its writer puts integers of more than 53 bits into some records, which other readers round.
            "intact" => assert_sealed(&examination, &[Code::RecordAmbiguous]),
            "altered" => assert_eq!(errors(&examination), [(Code::RecordAltered, Some(123))], "{:?}", examination.findings),
            "removed" => assert_eq!(errors(&examination), [(Code::RecordRemoved, Some(200))]),
            "reordered" => assert!(
                errors(&examination).iter().all(|(code, record)| *code == Code::RecordMoved && (90..=92).contains(&record.unwrap())),
                "{:?}",
                errors(&examination)
            ),
            // A torn last line is what a live file has; their reader fails on it, and nothing is proven wrong by it.
            "torn" => {
                assert_eq!((errors(&examination).len(), of(&examination, Code::TornLastLine).len()), (0, 1), "{:?}", examination.findings)
            }
            other => panic!("{other} is new"),
        }
        let without = open(&folder.join("audit.jsonl"), Keys::default());
        assert_ne!(without.verdict(), Verdict::Sealed, "{name}");
    }
}

#[test]
fn published_receipt_vectors_verify() {
    let Some(root) = data("agent-receipts") else { return };
    let folder = tempfile::tempdir().unwrap();
    for file in ["go_vectors.json", "v020_vectors.json", "v040_vectors.json"] {
        let vectors: serde_json::Value = serde_json::from_str(&fs::read_to_string(root.join(file)).unwrap()).unwrap();
        fs::write(folder.path().join("helper.pem"), vectors["keys"]["publicKey"].as_str().unwrap()).unwrap();
        let mut keys = Keys::default();
        keys.add_file(&folder.path().join("helper.pem")).unwrap();
        for receipts in
            [&vectors["signing"]["signed"], &vectors["terminalChain"]["receipts"], &vectors["duplicateIdempotencyChain"]["receipts"]]
        {
            let list: Vec<serde_json::Value> = match receipts {
                serde_json::Value::Null => continue,
                serde_json::Value::Array(list) => list.clone(),
                one => vec![one.clone()],
            };
            let lines: Vec<String> = list.iter().map(|receipt| receipt.to_string()).collect();
            let examination = examine(&lines, keys.clone());
            assert_sealed(&examination, &[Code::StartsMidway, Code::NotUnderstood, Code::RepeatedKey]);
            assert_eq!(examination.counts().total(), lines.len() as u64, "{file}");
        }
    }
}

#[test]
fn the_outer_chain_of_pipelock_holds() {
    let Some(root) = data("pipelock") else { return };
    let examination = open(&root.join("valid-chain.jsonl"), Keys::default());
    assert_eq!(
        examination.verdict(),
        Verdict::Consistent,
        "{:?} {:?}",
        examination.findings,
        examination.logs.iter().map(|log| &log.origin).collect::<Vec<_>>()
    );
    assert!(examination.logs[0].origin.contains("pipelock"));
}

#[test]
fn lone_receipts_of_pipelock() {
    let Some(root) = data("pipelock") else { return };
    let key: serde_json::Value = serde_json::from_str(&fs::read_to_string(root.join("test-key.json")).unwrap()).unwrap();
    let public = sealscope::model::text::from_hex(key["public_key_hex"].as_str().unwrap()).unwrap();
    let mut keys = Keys::default();
    keys.trust(Key::new("conformance", Material::Ed25519(public.try_into().unwrap()), None));
    assert_sealed(&open(&root.join("valid-single.json"), keys.clone()), &[]);
    let invalid = open(&root.join("invalid-signature.json"), keys.clone());
    assert_eq!(errors(&invalid), [(Code::SealForged, Some(0))]);
    let chain = open(&root.join("valid-chain.jsonl"), keys);
    assert_eq!(
        chain.logs[0].ladder.0[3].status,
        sealscope::model::Status::Conditional,
        "the receipts are signed, the records around them are not"
    );
}

/// A small generator of numbers (xorshift).
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state >> 33).unwrap()
}

/// Drops, swaps, splices, splits, replays, strips and signs again with a lesser key: what is called sealed afterwards is genuine, and what
/// is gone from between genuine records is missed.
fn manipulate(rounds: u64) {
    let (signer, lesser) = (ed25519_dalek::SigningKey::from_bytes(&[5; 32]), ed25519_dalek::SigningKey::from_bytes(&[6; 32]));
    let mut keys = Keys::default();
    keys.trust(Key {
        origins: vec!["did:agent:helper".into()],
        ..Key::new("helper", Material::Ed25519(signer.verifying_key().to_bytes()), None)
    });
    keys.trust(Key {
        origins: vec!["did:agent:lesser".into()],
        ..Key::new("lesser", Material::Ed25519(lesser.verifying_key().to_bytes()), None)
    });
    let mut genuine: Vec<String> = Vec::new();
    let mut previous: Option<String> = None;
    for sequence in 1..=9 {
        let (line, hash) = receipt(sequence, previous.as_deref(), &signer);
        genuine.push(line);
        previous = Some(hash);
    }
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 0..rounds {
        let mut lines = genuine.clone();
        let mut later: Vec<String> = Vec::new();
        let at = 1 + next(&mut state) % 7;
        let what = next(&mut state) % 7;
        match what {
            0 => drop(lines.remove(at)),
            1 => lines.swap(at, at + 1),
            2 => lines[at] = lines[at].replace("maria", "mallory"),
            3 => {
                later = lines.split_off(at);
                later.remove(0);
            }
            4 => lines.insert(at + 1, genuine[at - 1].clone()),
            5 => lines[at] = lines[at].replace("proofValue", "proofWorth"),
            _ => {
                let value: serde_json::Value = serde_json::from_str(&lines[at - 1]).unwrap();
                let before = value["proof"]["proofValue"].as_str().unwrap().to_owned();
                let (line, _) = receipt(at as u64 + 1, Some(&before), &lesser);
                lines[at] = line;
            }
        }
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.jsonl"), lines.join("\n") + "\n").unwrap();
        if !later.is_empty() {
            fs::create_dir(folder.path().join("more")).unwrap();
            fs::write(folder.path().join("more/b.jsonl"), later.join("\n") + "\n").unwrap();
        }
        let examination = open(folder.path(), keys.clone());
        assert_eq!(examination.verdict(), Verdict::Broken, "round {round}, move {what} at {at}: {:?}", examination.findings);
        for row in 0..u32::try_from(examination.store.len()).unwrap() {
            if examination.store.state(row) == State::Sealed {
                let raw = String::from_utf8(examination.raw(row).unwrap()).unwrap();
                assert!(genuine.contains(&raw), "round {round}, move {what} at {at}: {raw}");
            }
        }
    }
}

#[test]
fn manipulations_of_signed_chains_are_found() {
    manipulate(150);
}

#[test]
#[ignore = "takes minutes"]
fn ten_thousand_manipulations_of_signed_chains_are_found() {
    manipulate(10_000);
}
