//! Profiles of hash chains, against logs that the programs themselves wrote, and chains made here by documented rules.

use std::fs;
use std::path::{Path, PathBuf};

use ed25519_dalek::Signer;
use sealscope::model::text::hex;
use sealscope::model::words::steps::StepFact;
use sealscope::model::{Code, State, Verdict};
use sealscope::seal::chain::{Profile, guess};
use sealscope::source::Budget;
use sealscope::trust::{Key, Material, Store as Keys};
use sealscope::verify::Examination;
use sha2::{Digest, Sha256};

use super::builder::*;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/chains")
}

fn sha(text: &str) -> String {
    hex(&Sha256::digest(text))
}

/// Writes `text` as a file and opens it.
fn examine(name: &str, text: &[u8], keys: Keys) -> Examination {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), text).unwrap();
    open(folder.path(), keys)
}

/// Fixture, part of its profile's name, a covered text of one record with its replacement and number, an uncovered member.
type Written = (&'static str, &'static str, (&'static str, &'static str, u64), &'static str);

const WRITERS: &[Written] = &[
    ("evidence.jsonl", "evidence-verify", ("\"n\": 4.5", "\"n\": 4.4", 3), ""),
    ("omega.jsonl", "omega-audit", ("\"seq\":5", "\"seq\":6", 5), ""),
    ("openfang.db", "openfang", ("", "", 0), ""),
    ("toolkit-dotnet.json", ".NET", ("\"seq\": 2", "\"seq\": 9", 2), ""),
    ("toolkit-entries.json", "audit entries", ("\"read\"", "\"edit\"", 0), "session_id"),
    ("toolkit-entries.jsonl", "audit entries", ("\"success\"", "\"failure\"", 0), "policy_decision"),
    ("toolkit-go.json", "(Go)", ("\"b|c\"", "\"b\"", 0), ""),
    ("toolkit-plugin.json", "plug-in", ("\"allow\"", "\"deny\"", 0), ""),
    ("toolkit-rust.json", "(Rust)", ("\"allow\"", "\"deny\"", 0), ""),
    ("vaara.db", "vaara", ("", "", 0), "seq"),
    ("vaara.jsonl", "vaara", ("\"x\": 1.5", "\"x\": 2.5", 0), "limitations"),
    ("zeroclaw.log", "zeroclaw", ("\"sequence\": 3", "\"sequence\": 4", 3), "agent_alias"),
];

#[test]
fn what_each_program_writes_is_consistent_and_each_change_is_placed() {
    for (file, profile, (before, after, record), uncovered) in WRITERS {
        let bytes = fs::read(fixtures().join(file)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(file), &bytes).unwrap();
        let examination = open(folder.path(), Keys::default());
        assert_eq!(examination.verdict(), Verdict::Consistent, "{file}: {:?}", examination.findings);
        assert!(examination.logs[0].origin.contains(profile), "{file}: {}", examination.logs[0].origin);
        let known = |finding: &sealscope::model::Finding| matches!(finding.code, Code::NotUnderstood | Code::PreimageAmbiguous);
        assert!(examination.findings.iter().all(known), "{file}: {:?}", examination.findings);
        assert_eq!(of(&examination, Code::PreimageAmbiguous).len(), usize::from(*file == "openfang.db"), "{file}");
        let proof = examination.prove(0).unwrap();
        let left_out: Vec<&str> = (proof.steps.iter())
            .filter_map(|step| if let StepFact::NotCovered { members } = &step.fact { Some(members) } else { None })
            .flatten()
            .map(String::as_str)
            .collect();
        assert!(
            if uncovered.is_empty() {
                left_out.is_empty()
            } else {
                left_out.iter().any(|member| member.rsplit('.').next() == Some(uncovered))
            },
            "{file}: {left_out:?}"
        );
        assert!(!examination.raw(0).unwrap().is_empty());
        if before.is_empty() {
            continue;
        }
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(before), "{file} holds no {before}");
        let examination = examine(file, text.replacen(before, after, 1).as_bytes(), Keys::default());
        assert_eq!(errors(&examination), [(Code::RecordAltered, Some(*record))], "{file}");
        assert_eq!(examination.counts().of(State::Broken), 1, "{file}");
    }
}

#[test]
fn a_database_with_a_changed_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.db");
    fs::copy(fixtures().join("openfang.db"), &path).unwrap();
    let database = rusqlite::Connection::open(&path).unwrap();
    database.execute("UPDATE audit_entries SET outcome = 'denied' WHERE seq = 4", []).unwrap();
    database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(database);
    let before = fs::read(&path).unwrap();
    let examination = open(folder.path(), Keys::default());
    assert_eq!(errors(&examination), [(Code::RecordAltered, Some(4))], "{:?}", examination.findings);
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing may be written beside the evidence");
    let database = rusqlite::Connection::open(&path).unwrap();
    database.execute("DELETE FROM audit_entries WHERE seq = 2", []).unwrap();
    database.execute("UPDATE audit_entries SET outcome = 'ok' WHERE seq = 4", []).unwrap();
    database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(database);
    assert_eq!(errors(&open(folder.path(), Keys::default())), [(Code::RecordRemoved, Some(2))]);
}

#[test]
fn spoiled_databases_do_no_harm() {
    let bytes = fs::read(fixtures().join("vaara.db")).unwrap();
    for step in 0..400usize {
        let mut spoiled = bytes.clone();
        let at = step.wrapping_mul(2_654_435_761) % spoiled.len();
        spoiled[at] ^= 1 << (step % 8);
        if step % 7 == 0 {
            spoiled.truncate(at);
        }
        let examination = examine("trail.db", &spoiled, Keys::default());
        assert_ne!(examination.verdict(), Verdict::Sealed);
    }
}

#[test]
fn a_keyed_chain_needs_its_key() {
    let text = fs::read_to_string(fixtures().join("bernstein.jsonl")).unwrap();
    let examination = examine("day.jsonl", text.as_bytes(), Keys::default());
    assert_eq!(examination.verdict(), Verdict::Unchecked);
    assert_eq!(of(&examination, Code::UnknownKey).len(), 1);
    let mut keys = Keys::default();
    keys.add_file(&fixtures().join("bernstein.key")).unwrap();
    assert_sealed(&examine("day.jsonl", text.as_bytes(), keys.clone()), &[]);
    let changed = text.replacen("\"resource_id\": \"1\"", "\"resource_id\": \"2\"", 1);
    assert_eq!(errors(&examine("day.jsonl", changed.as_bytes(), keys)), [(Code::RecordAltered, Some(0))]);
    // Links alone still show a removed record, though not a changed one.
    let lines: Vec<&str> = text.lines().enumerate().filter(|(index, _)| *index != 2).map(|(_, line)| line).collect();
    assert_eq!(errors(&examine("day.jsonl", lines.join("\n").as_bytes(), Keys::default())), [(Code::RecordRemoved, Some(2))]);
}

#[test]
fn files_are_ordered_by_their_links() {
    let text = fs::read_to_string(fixtures().join("zeroclaw.log")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let folder = tempfile::tempdir().unwrap();
    // The oldest has the highest number, as rotation leaves it.
    fs::write(folder.path().join("audit.log"), lines[4..].join("\n") + "\n").unwrap();
    fs::write(folder.path().join("audit.1.log"), lines[2..4].join("\n") + "\n").unwrap();
    fs::write(folder.path().join("audit.2.log"), lines[..2].join("\n") + "\n").unwrap();
    let examination = open(folder.path(), Keys::default());
    assert_eq!((examination.verdict(), errors(&examination).len()), (Verdict::Consistent, 0), "{:?}", examination.findings);
    assert!(of(&examination, Code::StartsMidway).is_empty() && of(&examination, Code::Restarted).is_empty());
    fs::remove_file(folder.path().join("audit.1.log")).unwrap();
    assert_eq!(errors(&open(folder.path(), Keys::default())), [(Code::RecordRemoved, Some(2))]);
}

/// A chain that no built-in profile knows.
fn unknown(count: usize) -> Vec<String> {
    let mut before = "none".to_owned();
    (0..count)
        .map(|index| {
            let when = format!("2026-03-07T00:00:{index:02}Z");
            let hash = format!("sha256:{}", sha(&format!("{before}:{when}:robot:{{\"a\": 1, \"z\": \"\\u00e9\"}}")));
            let line = format!(
                r#"{{"when":"{when}","who":"robot","what":{{"z":"é","a":1}},"remark":"free text {index}","link":"{before}","own":"{hash}"}}"#
            );
            before = hash;
            line
        })
        .collect()
}

#[test]
fn an_unknown_chain_is_guessed_and_then_verified() {
    let lines = unknown(12);
    let text = lines.join("\n");
    let before = examine("mine.log", text.as_bytes(), Keys::default());
    assert_eq!(before.verdict(), Verdict::Unchecked);
    let found = guess::guess("mine", text.as_bytes(), &Keys::default(), &Budget::new()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((found.right, found.of), (12, 12));
    let profile = found.profile.to_text();
    assert!(profile.contains("python") && !profile.contains("remark\""), "{profile}");
    Profile::parse(&profile).unwrap();
    let mut keys = Keys::default();
    keys.add_profile(profile);
    let examination = examine("mine.log", text.as_bytes(), keys.clone());
    assert_eq!((examination.verdict(), errors(&examination).len()), (Verdict::Consistent, 0), "{:?}", examination.findings);
    let changed = text.replacen("\"a\":1", "\"a\":2", 1);
    assert_eq!(errors(&examine("mine.log", changed.as_bytes(), keys.clone())), [(Code::RecordAltered, Some(0))]);
    let free = text.replacen("free text 3", "another text", 1);
    assert_eq!(errors(&examine("mine.log", free.as_bytes(), keys)), []);
    // No chain, no guess.
    assert!(guess::guess("x", b"{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n", &Keys::default(), &Budget::new()).is_err());
    assert!(guess::guess("x", b"hello", &Keys::default(), &Budget::new()).is_err());
}

#[test]
fn built_in_chains_are_guessed() {
    for (file, profile, ..) in WRITERS {
        let found = guess::guess("x", &fs::read(fixtures().join(file)).unwrap(), &Keys::default(), &Budget::new())
            .unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(found.right == found.of && found.profile.name.contains(profile), "{file}: {}", found.profile.name);
    }
}

#[test]
fn an_unknown_form_is_not_called_unsealed() {
    let text = fs::read_to_string(fixtures().join("toolkit-entries.jsonl")).unwrap().replace("\"success\"", "\"failure\"");
    let examination = examine("audit.jsonl", text.as_bytes(), Keys::default());
    assert_eq!((examination.verdict(), of(&examination, Code::ChainFormUnknown).len()), (Verdict::Unchecked, 1));
}

/// Evidence of pipelock with signed receipts inside.
pub fn evidence(count: u64, signer: &ed25519_dalek::SigningKey, change: impl Fn(u64, &mut String)) -> Vec<String> {
    let (mut before, mut inner) = ("genesis".to_owned(), "genesis".to_owned());
    let public = hex(signer.verifying_key().as_bytes());
    (0..count)
        .map(|seq| {
            let record = format!(
                r#"{{"version":1,"action_id":"a{seq}","action_type":"write","timestamp":"2026-03-07T00:00:{seq:02}Z","principal":"org:acme","actor":"agent:x","target":"https://example.com","verdict":"allow","chain_prev_hash":"{inner}","chain_seq":{seq}}}"#
            );
            let signature = hex(&signer.sign(&Sha256::digest(&record)).to_bytes());
            let mut detail =
                format!(r#"{{"version":1,"action_record":{record},"signature":"ed25519:{signature}","signer_key":"{public}"}}"#);
            inner = sha(&detail);
            change(seq, &mut detail);
            let ts = format!("2026-03-07T00:00:{seq:02}Z");
            let hash = sha(&["1", &seq.to_string(), &ts, "s", "", "action_receipt", "https", "x", &detail, "", &before].join("\0"));
            let line = format!(
                r#"{{"v":1,"seq":{seq},"ts":"{ts}","session_id":"s","type":"action_receipt","transport":"https","summary":"x","detail":{detail},"prev_hash":"{before}","hash":"{hash}"}}"#
            );
            before = hash;
            line
        })
        .collect()
}

#[test]
fn the_chain_inside_is_verified_too() {
    let signer = ed25519_dalek::SigningKey::from_bytes(&[9; 32]);
    let key = Key::new("proxy", Material::Ed25519(signer.verifying_key().to_bytes()), None);
    let mut keys = Keys::default();
    keys.trust(key);
    let lines = evidence(6, &signer, |_, _| {}).join("\n");
    let examination = examine("evidence.jsonl", lines.as_bytes(), keys.clone());
    assert_eq!((examination.verdict(), errors(&examination).len()), (Verdict::Consistent, 0), "{:?}", examination.findings);
    let unknown = examine("evidence.jsonl", lines.as_bytes(), Keys::default());
    assert_eq!(of(&unknown, Code::UnknownKey).len(), 1, "{:?}", unknown.findings);
    // The outer chain is made again around a changed receipt: only the chain inside shows it.
    let changed = evidence(6, &signer, |seq, detail| {
        if seq == 3 {
            *detail = detail.replace("allow", "block");
        }
    });
    let examination = examine("evidence.jsonl", changed.join("\n").as_bytes(), keys);
    let found = errors(&examination);
    assert!(found.contains(&(Code::SealForged, Some(3))), "{found:?}");
    assert!(found.iter().all(|(code, record)| matches!(code, Code::SealForged | Code::RecordAltered) && *record == Some(3)), "{found:?}");
}

#[test]
fn audit_trails_signed_with_es256() {
    use p256::ecdsa::signature::Signer;
    let signer = p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap();
    let pem = p256::pkcs8::EncodePublicKey::to_public_key_pem(&p256::PublicKey::from(signer.verifying_key()), p256::pkcs8::LineEnding::LF)
        .unwrap();
    let mut previous = "null".to_owned();
    let mut lines = Vec::new();
    for index in 0..5 {
        let head = r#"{"action_detail":{"tool":"x"},"action_type":"tool_call","agent_id":"agent:x","agent_version":"1","kid":"k""#;
        let tail =
            format!(r#""parent_record_id":null,"prev_hash":{previous},"record_id":"r{index}","record_phase":"final","session_id":"s""#);
        let end = format!(r#""timestamp":"2026-03-07T00:00:0{index}Z","trust_level":"L1"}}"#);
        let signature: p256::ecdsa::Signature = signer.sign(format!("{head},{tail},{end}").as_bytes());
        let signature = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, signature.to_bytes());
        let line = format!(r#"{head},{tail},"signature":"{signature}",{end}"#);
        previous = format!("\"{}\"", sha(&line));
        lines.push(line);
    }
    let mut keys = Keys::default();
    keys.add_text(Path::new("agent.pem"), &pem).unwrap();
    assert_sealed(&examine("trail.jsonl", lines.join("\n").as_bytes(), keys.clone()), &[]);
    let changed = lines.join("\n").replacen("\"L1\"", "\"L4\"", 1);
    let found = errors(&examine("trail.jsonl", changed.as_bytes(), keys));
    assert!(found.contains(&(Code::SealForged, Some(0))) && found.contains(&(Code::RecordAltered, Some(0))), "{found:?}");
}

#[test]
fn acta_receipts_in_both_shapes() {
    let signer = ed25519_dalek::SigningKey::from_bytes(&[4; 32]);
    let public = hex(signer.verifying_key().as_bytes());
    let mut keys = Keys::default();
    keys.trust(Key::new("gateway", Material::Ed25519(signer.verifying_key().to_bytes()), None));
    for envelope in [false, true] {
        let mut previous = "null".to_owned();
        let mut lines = Vec::new();
        for sequence in 0..4 {
            let (head, tail) = if envelope {
                let payload = format!(
                    r#"{{"action":{{"kind":"read","target":"x"}},"decision":"allow","prev_hash":{previous},"sequence":{sequence}}}"#
                );
                (format!(r#"{{"payload":{payload},"pubkey":"{public}""#), "}".to_owned())
            } else {
                let head = format!(
                    r#"{{"decision":"allow","parent_receipt_hash":{previous},"policy_id":"p","public_key":"{public}","receipt_id":"rec_{sequence}","sequence":{sequence}"#
                );
                (head, r#","timestamp":"2026-03-07T00:00:00Z","tool_name":"read"}"#.to_owned())
            };
            let signature = hex(&signer.sign(format!("{head}{tail}").as_bytes()).to_bytes());
            let line = format!(r#"{head},"signature":"{signature}"{tail}"#);
            previous = format!("\"sha256:{}\"", sha(&line));
            lines.push(line);
        }
        let examination = examine("receipts.jsonl", lines.join("\n").as_bytes(), keys.clone());
        assert_sealed(&examination, &[Code::NotUnderstood]);
        assert_eq!(of(&examine("receipts.jsonl", lines.join("\n").as_bytes(), Keys::default()), Code::UnknownKey).len(), 1);
        lines.remove(1);
        assert_eq!(errors(&examine("receipts.jsonl", lines.join("\n").as_bytes(), keys.clone())), [(Code::RecordRemoved, Some(1))]);
    }
}
