//! `docs/verify_segment.py`, which shares no code with this program, agrees with it about sealed segments.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sealscope::model::text::hex;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The exit code of the script over all seals under `evidence`, in the order of their names, with the first log key in `trust`.
fn script(evidence: &Path, trust: &Path) -> i32 {
    let trust = fs::read_to_string(trust).unwrap();
    let is_key = |word: &&str| word.starts_with("acme.example/audit/") && word.matches('+').count() >= 2;
    let key = trust.split(|character: char| character.is_whitespace() || character == '"').find(is_key).unwrap();
    let mut seals: Vec<PathBuf> = fs::read_dir(evidence).unwrap().map(|entry| entry.unwrap().path()).collect();
    seals.retain(|path| path.extension().is_some_and(|end| end == "seal"));
    seals.sort();
    assert!(!seals.is_empty(), "{}", evidence.display());
    let output = Command::new("python3").arg(root().join("docs/verify_segment.py")).arg(key).args(seals).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    output.status.code().unwrap()
}

#[test]
fn the_script_agrees_about_segments() {
    let fixture = root().join("tests/fixtures/formats/segments");
    assert_eq!(script(&fixture, &root().join("tests/fixtures/formats/segments.trust")), 0);
    let vector = |name: &str| {
        let folder = root().join("tests/vectors").join(name);
        script(&folder.join("evidence"), &folder.join("trust"))
    };
    for name in ["no-last-line-feed", "leaves-for-some", "with-witness", "with-key-words"] {
        assert_eq!(vector(&format!("harmless/segment-{name}")), 0, "{name}");
    }
    for name in [
        "record-altered",
        "records-swapped",
        "last-record-removed",
        "appended",
        "blank-line-inside",
        "front-dropped",
        "front-dropped-salted",
        "salt-into-record",
        "secret-changed",
        "secret-dropped",
        "size-edited",
        "signature-spoiled",
        "unit-line",
        "unit-file",
        "unit-twice",
        "unknown-line",
        "first-signed-number",
        "first-twice",
        "fork",
        "middle-removed",
        "version-1",
    ] {
        assert_eq!(vector(&format!("hostile/segment-{name}")), 1, "{name}");
    }
}

/// The values that `docs/sealed-segment.md` works through are those of the fixture.
#[test]
fn the_worked_example_is_that_of_the_fixture() {
    let page = fs::read_to_string(root().join("docs/sealed-segment.md")).unwrap();
    let leaves = fs::read(root().join("tests/fixtures/formats/segments/001.jsonl.leaves")).unwrap();
    assert_eq!(leaves.len(), 8 * 32);
    for leaf in leaves.chunks(32) {
        assert!(page.contains(&hex(leaf)), "{} is not in the page", hex(leaf));
    }
}
