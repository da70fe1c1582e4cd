//! Evidence of any size, of the sorts whose cost grew too fast once. The tests count what it costs; the benchmark `growth` measures it.
#![allow(missing_docs)]

use std::fs;
use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use sealscope::model::text::hex;
use sealscope::model::time::rfc3339;
use sealscope::seal::merkle::Range;
use sealscope::seal::segment::{Sealer, Unit, make};
use sealscope::trust::key::note_type;
use sealscope::trust::{Key, Material};
use sha2::{Digest, Sha256};

const ORIGIN: &str = "acme.example/audit/growth";

/// Makes so many of something in a folder.
pub type Make = fn(&Path, usize);

fn event(number: usize) -> String {
    format!(
        "{{\"eventVersion\":\"1.08\",\"eventTime\":\"2026-03-07T{:02}:{:02}:{:02}Z\",\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"GetObject\",\"eventID\":\"{number:08}\",\"userIdentity\":{{\"type\":\"IAMUser\",\"userName\":\"alice\"}}}}",
        number / 3600 % 24,
        number / 60 % 60,
        number % 60
    )
}

fn trail(from: usize, to: usize) -> String {
    format!("{{\"Records\":[{}]}}", (from..to).map(event).collect::<Vec<_>>().join(","))
}

/// Two exports of the same events.
pub fn overlapping(folder: &Path, n: usize) {
    fs::write(folder.join("one.json"), trail(0, n)).unwrap();
    fs::write(folder.join("two.json"), trail(0, n)).unwrap();
}

/// The same, packed.
pub fn overlapping_packed(folder: &Path, n: usize) {
    for name in ["one.json.gz", "two.json.gz"] {
        let mut packer = flate2::write::GzEncoder::new(fs::File::create(folder.join(name)).unwrap(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packer, trail(0, n).as_bytes()).unwrap();
        packer.finish().unwrap();
    }
}

/// Files that are all the same.
pub fn alike(folder: &Path, n: usize) {
    for number in 0..n {
        fs::write(folder.join(format!("{number:06}.jsonl")), event(7) + "\n").unwrap();
    }
}

fn seal(folder: &Path, n: usize, keep: impl Fn(usize, String) -> Option<String>) {
    let signer = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let key = Key::new(ORIGIN, Material::Ed25519(signer.verifying_key().to_bytes()), Some(note_type::ED25519));
    let mut tree = Range::new(0);
    for number in 0..n {
        let record = event(number);
        let sealer = Sealer { key: &key, signer: &signer, seconds: 1_772_841_600 + number as u64 };
        let made = make(&sealer, ORIGIN, Unit::Line, None, &tree, std::iter::once(record.as_bytes()));
        tree = made.after;
        let path = folder.join(format!("{number:06}.jsonl"));
        fs::write(format!("{}.seal", path.display()), made.seal).unwrap();
        if let Some(text) = keep(number, record) {
            fs::write(path, text + "\n").unwrap();
        }
    }
}

/// Sealed segments of one record.
pub fn segments(folder: &Path, n: usize) {
    seal(folder, n, |_, record| Some(record));
}

/// The same, with every record altered.
pub fn altered(folder: &Path, n: usize) {
    seal(folder, n, |_, record| Some(record.replace("alice", "mallory")));
}

/// Seals without their segments.
pub fn seals(folder: &Path, n: usize) {
    seal(folder, n, |_, _| None);
}

/// Records that name a predecessor.
pub fn chained(folder: &Path, n: usize) {
    let text: String =
        (0..n).map(|number| format!("{{\"time\":\"2026-03-07T00:00:00Z\",\"n\":{number},\"prev_hash\":\"{number:064x}\"}}\n")).collect();
    fs::write(folder.join("log.jsonl"), text).unwrap();
}

/// Proofs whose files are not here, beside as many files that they are not for.
pub fn proofs(folder: &Path, n: usize) {
    let hash = |number: usize| {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&(number as u64).to_be_bytes());
        BASE64.encode(hash)
    };
    for number in 0..n {
        let note = format!("log.example/one\n2\n{}\n\n\u{2014} log.example/one {}\n", hash(1), BASE64.encode([number as u8; 68]));
        fs::write(folder.join(format!("{number:06}.tlog-proof")), format!("c2sp.org/tlog-proof@v1\nindex 0\n{}\n\n{note}", hash(number)))
            .unwrap();
        fs::write(folder.join(format!("{number:06}.txt")), format!("something else {number}\n")).unwrap();
    }
}

/// CloudTrail digests without log files, each linked to the one before, none of them signed.
pub fn digests(folder: &Path, n: usize) {
    let (mut object, mut hash) = (String::from("null"), String::from("null"));
    for number in 0..n {
        let moment = |hour: usize| rfc3339((1_772_841_600 + hour as i64 * 3_600) * 1_000_000_000);
        let stamp: String = moment(number).chars().filter(char::is_ascii_alphanumeric).collect();
        let name = format!("111122223333_CloudTrail-Digest_eu-central-1_main_eu-central-1_{stamp}.json");
        let text = format!(
            "{{\"awsAccountId\":\"111122223333\",\"digestStartTime\":\"{}\",\"digestEndTime\":\"{}\",\"digestS3Bucket\":\"trail\",\"digestS3Object\":\"{name}\",\"digestPublicKeyFingerprint\":\"{}\",\"digestSignatureAlgorithm\":\"SHA256withRSA\",\"newestEventTime\":null,\"oldestEventTime\":null,\"previousDigestS3Bucket\":\"trail\",\"previousDigestS3Object\":{object},\"previousDigestHashValue\":{hash},\"previousDigestHashAlgorithm\":\"SHA-256\",\"previousDigestSignature\":null,\"logFiles\":[]}}",
            moment(number),
            moment(number + 1),
            "ab".repeat(16)
        );
        hash = format!("\"{}\"", hex(&Sha256::digest(&text)));
        object = format!("\"{name}\"");
        fs::write(folder.join(name), text).unwrap();
    }
}
