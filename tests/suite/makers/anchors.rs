//! Single proofs: C2SP `.tlog-proof` and Sigstore bundles.

use std::fs;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use sealscope::model::State;
use sealscope::seal::merkle::{Hash, Range, inclusion, leaf};
use sealscope::seal::note::{Checkpoint, checkpoint_text, cosign};
use sealscope::trust::{Key, Role, Store as Keys};
use serde_json::Value;

use super::{Contents, pick, told};
use crate::builder::*;
use crate::manipulations::Numbers;
use crate::properties::{Case, Maker, Move, write};

const LOG: &str = "log.example/one";

/// Records with a proof each.
pub struct Proofs;

/// A file with its Sigstore bundle.
pub struct Sigstore;

fn trusting() -> Keys {
    let mut keys = Keys::default();
    keys.trust(key_pair(LOG, 3).0);
    keys.trust(key_pair("log.example/two", 4).0);
    keys.trust(Key { role: Role::Examiner, ..key_pair(LOG, 16).0 });
    keys.trust(Key { not_after: Some(1), ..key_pair(LOG, 17).0 });
    keys
}

/// A lesser key: another log's, an examiner's, one that has run out, or a stranger's.
fn a_lesser_key(numbers: &mut Numbers) -> (Key, ed25519_dalek::SigningKey) {
    let seed = [4, 16, 17, 66][numbers.below(4)];
    key_pair(if seed == 4 { "log.example/two" } else { LOG }, seed)
}

/// A proof that a lesser key vouches for, of a changed record.
fn resign(case: &Case, numbers: &mut Numbers) -> String {
    let Some(path) = pick(case, numbers, ".tlog-proof") else { return "no proof".into() };
    let (key, signer) = a_lesser_key(numbers);
    let record = record(666, 6);
    let own = leaf(record.as_bytes());
    // The other log's key may speak for the other log.
    let origin = if numbers.below(3) == 0 && key.name == LOG { "log.example/two" } else { LOG };
    let text = checkpoint_text(&Checkpoint { origin: origin.into(), size: 1, root: own });
    fs::write(&path, format!("c2sp.org/tlog-proof@v1\nindex 0\n\n{}", cosign(&text, &key, &signer, DAY))).unwrap();
    write(&path.with_extension(""), record.as_bytes());
    format!("a lesser key signs {}", told(case, &path))
}

/// Lines of a proof dropped, or the signature.
fn strip(case: &Case, numbers: &mut Numbers) -> String {
    let Some(path) = pick(case, numbers, ".tlog-proof") else { return "no proof".into() };
    let Ok(text) = fs::read_to_string(&path) else { return "no text".into() };
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    if lines.is_empty() {
        return "empty".into();
    }
    let at = numbers.below(lines.len());
    match numbers.below(3) {
        0 => drop(lines.remove(at)),
        1 => lines.truncate(at),
        _ => lines.insert(at, "extra AAAA\n"),
    }
    fs::write(&path, lines.concat()).unwrap();
    format!("line {at} of {}", told(case, &path))
}

impl Maker for Proofs {
    fn name(&self) -> &'static str {
        "proofs"
    }

    fn is_numbered(&self) -> bool {
        false
    }

    fn genuine(&self, numbers: &mut Numbers) -> Case {
        let folder = tempfile::tempdir().unwrap();
        let size = 3 + numbers.below(9);
        let records: Vec<String> = (0..size as u64).map(|number| record(number, number)).collect();
        let leaves: Vec<Hash> = records.iter().map(|record| leaf(record.as_bytes())).collect();
        let mut range = Range::new(0);
        leaves.iter().for_each(|leaf| range.push(*leaf));
        let (key, signer) = key_pair(LOG, 3);
        let note = cosign(
            &checkpoint_text(&Checkpoint { origin: LOG.into(), size: size as u64, root: range.root().unwrap() }),
            &key,
            &signer,
            DAY,
        );
        for (number, record) in records.iter().enumerate().take(3) {
            let path: String =
                inclusion(&Range::new(0), &leaves, number as u64).unwrap().iter().map(|hash| BASE64.encode(hash) + "\n").collect();
            let name = folder.path().join(format!("record-{number}.json"));
            fs::write(&name, record).unwrap();
            fs::write(format!("{}.tlog-proof", name.display()), format!("c2sp.org/tlog-proof@v1\nindex {number}\n{path}\n{note}")).unwrap();
        }
        Case::new(folder, trusting())
    }

    fn moves(&self) -> Vec<Move> {
        vec![resign, strip]
    }

    fn must_notice(&self, genuine: &Case, here: &Contents) -> bool {
        without_file(genuine, here, ".tlog-proof")
    }
}

/// A proof is here, unchanged and beside its place, and the file there is another.
fn without_file(genuine: &Case, here: &Contents, suffix: &str) -> bool {
    genuine.files.iter().any(|(path, record)| {
        let beside = std::path::PathBuf::from(format!("{}{suffix}", path.display()));
        let Some(proof) = genuine.files.get(&beside) else { return false };
        let is_elsewhere = here.values().any(|other| other.trim_ascii_end() == record.trim_ascii_end());
        here.get(&beside) == Some(proof) && here.get(path).is_some_and(|other| !other.is_empty()) && !is_elsewhere
    })
}

/// Another file's content, signature, key or root in a Sigstore bundle.
fn edit(case: &Case, numbers: &mut Numbers) -> String {
    let Some(path) = pick(case, numbers, ".sigstore.json") else { return "no bundle".into() };
    let Ok(mut bundle) = serde_json::from_slice::<Value>(&fs::read(&path).unwrap()) else { return "no bundle".into() };
    let places = [
        "/messageSignature/signature",
        "/messageSignature/messageDigest/digest",
        "/verificationMaterial/tlogEntries/0/canonicalizedBody",
        "/verificationMaterial/tlogEntries/0/inclusionProof/rootHash",
        "/verificationMaterial/tlogEntries/0/inclusionProof/hashes/0",
        "/verificationMaterial/tlogEntries/0/inclusionProof/checkpoint/envelope",
        "/verificationMaterial/tlogEntries/0/inclusionProof/logIndex",
    ];
    let place = places[numbers.below(places.len())];
    let Some(value) = bundle.pointer_mut(place) else { return "nothing".into() };
    *value = match numbers.below(3) {
        0 => Value::Null,
        1 => BASE64.encode([numbers.next() as u8; 32]).into(),
        _ => {
            let (key, signer) = a_lesser_key(numbers);
            cosign(&checkpoint_text(&Checkpoint { origin: LOG.into(), size: 11, root: [5; 32] }), &key, &signer, DAY).into()
        }
    };
    fs::write(&path, bundle.to_string()).unwrap();
    format!("{place} edited")
}

/// A whole bundle for another content, its log entry under a lesser key.
fn remake(case: &Case, numbers: &mut Numbers) -> String {
    let Some(path) = pick(case, numbers, ".sigstore.json") else { return "no bundle".into() };
    let record = record(666, 6);
    let (text, _) = crate::anchors::sigstore(record.as_bytes(), 2, |_, _| {});
    let mut bundle: Value = serde_json::from_str(&text).unwrap();
    let envelope = bundle.pointer_mut("/verificationMaterial/tlogEntries/0/inclusionProof/checkpoint/envelope").unwrap();
    let (key, signer) = a_lesser_key(numbers);
    let head = envelope.as_str().unwrap().split_once("\n\n").unwrap().0.to_owned() + "\n";
    *envelope = cosign(&head, &key, &signer, DAY).into();
    fs::write(&path, bundle.to_string()).unwrap();
    write(&case.path().join("r.json"), record.as_bytes());
    "a bundle for another record, by a lesser key".into()
}

impl Maker for Sigstore {
    fn name(&self) -> &'static str {
        "Sigstore bundles"
    }

    fn best(&self) -> State {
        State::Consistent
    }

    fn is_numbered(&self) -> bool {
        false
    }

    fn genuine(&self, numbers: &mut Numbers) -> Case {
        let folder = tempfile::tempdir().unwrap();
        let record = record(1, 1);
        let (bundle, _) = crate::anchors::sigstore(record.as_bytes(), 1 + numbers.below(2) as u8, |_, _| {});
        fs::write(folder.path().join("r.json"), record).unwrap();
        fs::write(folder.path().join("r.json.sigstore.json"), bundle).unwrap();
        Case::new(folder, trusting())
    }

    fn moves(&self) -> Vec<Move> {
        vec![edit]
    }

    fn must_notice(&self, genuine: &Case, here: &Contents) -> bool {
        without_file(genuine, here, ".sigstore.json")
    }
}

#[test]
fn a_bundle_under_a_lesser_key_is_only_consistent() {
    let mut numbers = Numbers(9);
    for _ in 0..20 {
        let case = Sigstore.genuine(&mut numbers);
        remake(&case, &mut numbers);
        let examination = open(case.path(), case.keys.clone());
        assert_eq!(examination.counts().of(State::Sealed), 0, "{:?}", examination.findings);
    }
}
