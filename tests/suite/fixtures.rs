//! Small evidence of every format: written again on request, and spoiled in every way that chance finds.

use std::fs;
use std::path::{Path, PathBuf};

use sealscope::model::Verdict;
use sealscope::trust::Store as Keys;

use super::builder::*;
use super::{anchors, cloudtrail, profiles, tiles};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &target) } else { fs::copy(&path, &target).map(|_| ()).unwrap() }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn keys(format: &str) -> Keys {
    let mut keys = Keys::default();
    keys.add_file(&root().join(format!("{format}.trust"))).unwrap();
    keys
}

#[test]
#[ignore = "writes the fixtures anew; run it when a format changes"]
fn write() {
    let root = root();
    fs::create_dir_all(&root).unwrap();
    let trail = cloudtrail::Trail::new(2);
    copy(trail.folder.path(), &root.join("cloudtrail"));
    fs::rename(root.join("cloudtrail/public-keys.json"), root.join("cloudtrail.trust")).unwrap();
    let keys = tiles::make(&root.join("tiles"), 20, &[10, 20]);
    fs::write(root.join("tiles.trust"), keys.to_text()).unwrap();
    let (proof, keys) = anchors::proof(anchors::RECORD, Some(*b"0123456789abcdef"));
    fs::create_dir_all(root.join("proof")).unwrap();
    fs::write(root.join("proof/record.json"), anchors::RECORD).unwrap();
    fs::write(root.join("proof/record.json.tlog-proof"), proof).unwrap();
    fs::write(root.join("proof.trust"), keys.to_text()).unwrap();
    let signer = ed25519_dalek::SigningKey::from_bytes(&[9; 32]);
    fs::create_dir_all(root.join("chain")).unwrap();
    fs::write(root.join("chain/evidence.jsonl"), profiles::evidence(6, &signer, |_, _| {}).join("\n") + "\n").unwrap();
    let key = sealscope::trust::Key::new("proxy", sealscope::trust::Material::Ed25519(signer.verifying_key().to_bytes()), None);
    let mut keys = Keys::default();
    keys.trust(key);
    fs::write(root.join("chain.trust"), keys.to_text()).unwrap();
    let log = Log::new(2, 8, true, true);
    copy(log.folder.path(), &root.join("segments"));
    fs::write(root.join("segments.trust"), log.keys.to_text()).unwrap();
}

/// Formats with the verdict of their intact fixture.
const FORMATS: [(&str, Verdict); 5] = [
    ("segments", Verdict::Sealed),
    ("cloudtrail", Verdict::Sealed),
    ("chain", Verdict::Consistent),
    ("tiles", Verdict::Sealed),
    ("proof", Verdict::Sealed),
];

#[test]
fn every_format_is_what_it_was() {
    for (format, verdict) in FORMATS {
        let examination = open(&root().join(format), keys(format));
        assert_eq!(examination.verdict(), verdict, "{format}: {:?}", examination.findings);
    }
}

#[test]
fn spoiled_files_of_every_format_do_no_harm() {
    for (format, verdict) in FORMATS {
        let keys = keys(format);
        let intact = open(&root().join(format), keys.clone());
        // Files are read side by side, so rows come in any order.
        let records = |examination: &sealscope::verify::Examination| {
            let mut raw: Vec<Vec<u8>> = (0..examination.store.len() as u32).map(|row| examination.raw(row).unwrap()).collect();
            raw.sort();
            raw
        };
        let raw = records(&intact);
        let all = files(&root().join(format));
        for step in 0..120usize {
            let folder = tempfile::tempdir().unwrap();
            let spoiled = folder.path().join(format);
            copy(&root().join(format), &spoiled);
            let victim = all[step % all.len()].strip_prefix(root().join(format)).unwrap().to_owned();
            let path = spoiled.join(&victim);
            let mut bytes = fs::read(&path).unwrap();
            let at = step.wrapping_mul(2_654_435_761) % bytes.len().max(1);
            match step % 6 {
                0 | 1 => bytes[at] ^= 1 << (step % 8),
                2 => bytes.truncate(at),
                3 => bytes.extend_from_slice(&[b'\n', 0xff, b'{', 0, b'[']),
                4 => bytes.splice(at..at, vec![b'['; 5_000]).for_each(drop),
                _ => bytes = (0..5_000u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect(),
            }
            fs::write(&path, &bytes).unwrap();
            let examination = open(&spoiled, keys.clone());
            // If everything is still called what it was, then every record is what it was.
            if examination.verdict() == verdict && examination.store.len() == raw.len() {
                assert_eq!(records(&examination), raw, "{format} {} step {step}", victim.display());
            }
        }
    }
}
