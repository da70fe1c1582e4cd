//! The command line by its output and exit codes.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::builder::record;

fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output: Output = Command::new(env!("CARGO_BIN_EXE_sealscope"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env("SEALSCOPE_PASSPHRASE", "correct horse")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

fn json(folder: &Path, arguments: &[&str]) -> (i32, serde_json::Value) {
    let (code, out, err) = run(folder, &[&["verify", "--json"], arguments].concat());
    (code, serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out} {err}")))
}

/// A folder with a key and two sealed segments.
fn sealed() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    assert_eq!(run(path, &["keygen", "--name", "acme.example/audit/payments", "--out", "sealer.key"]).0, 0);
    fs::create_dir(path.join("log")).unwrap();
    for segment in 0..2 {
        let lines: String = (0..10).map(|index| record(segment * 10 + index, 60 + segment * 600 + index) + "\n").collect();
        fs::write(path.join(format!("log/{segment}.jsonl")), lines).unwrap();
    }
    let (code, out, err) =
        run(path, &["seal", "--key", "sealer.key", "--origin", "acme.example/audit/payments", "--leaves", "log/0.jsonl", "log/1.jsonl"]);
    assert_eq!(code, 0, "{out}{err}");
    folder
}

#[test]
fn sealing_and_verifying() {
    let folder = sealed();
    let path = folder.path();
    let (code, report) = json(path, &["log", "--trust", "sealer.key.pub"]);
    assert_eq!((code, report["verdict"].as_str()), (0, Some("sealed")), "{report:#}");
    assert_eq!(report["records"]["sealed"], 20);
    assert_eq!(report["coverage"]["checked"], 20);
    assert_eq!(report["segments"][1]["first"], 10);
    assert_eq!(report["segments"][1]["state"], "sealed");
    assert_eq!(report["logs"][0]["origin"], "acme.example/audit/payments");
    assert_eq!(report["logs"][0]["ladder"].as_array().unwrap().len(), 5);
    assert_eq!(report["logs"][0]["ladder"][0]["status"], "proved");
    let (code, report) = json(path, &["log"]);
    assert_eq!((code, report["verdict"].as_str()), (0, Some("consistent")));
    assert_eq!(report["findings"][0]["code"], "unknown-key");
    assert_eq!(json(path, &["log", "--require", "sealed"]).0, 2);
    assert_eq!(json(path, &["log", "--require", "sealed", "--trust", "sealer.key.pub"]).0, 0);
    let (code, out, _) = run(path, &["verify", "log", "--trust", "sealer.key.pub"]);
    assert!(code == 0 && out.contains("Both segments are sealed and unaltered.") && out.contains("Was a record edited?"), "{out}");
}

#[test]
fn damage_is_placed() {
    let folder = sealed();
    let path = folder.path();
    let text = fs::read_to_string(path.join("log/1.jsonl")).unwrap();
    fs::write(path.join("log/1.jsonl"), text.replace("thing-13", "thing-99")).unwrap();
    let (code, report) = json(path, &["log", "--trust", "sealer.key.pub"]);
    assert_eq!((code, report["verdict"].as_str()), (1, Some("broken")));
    let error = report["findings"].as_array().unwrap().iter().find(|finding| finding["severity"] == "error").unwrap();
    assert_eq!((error["code"].as_str(), error["record"].as_u64()), (Some("record-altered"), Some(13)));
    assert_eq!(report["records"]["broken"], 1);
    assert_eq!(report["logs"][0]["ladder"][0]["status"], "failed");
    let (_, out, _) = run(path, &["verify", "log", "--trust", "sealer.key.pub"]);
    assert!(out.contains("Record 13 was altered") && out.contains("Next:"), "{out}");
    // Leaf hashes under a root that no trusted key signed place nothing.
    let (_, out, _) = run(path, &["verify", "log"]);
    assert!(out.contains("1.jsonl was altered somewhere"), "{out}");
}

#[test]
fn sealing_goes_on_and_refuses() {
    let folder = sealed();
    let path = folder.path();
    let seal = |files: &[&str]| run(path, &[&["seal", "--key", "sealer.key", "--origin", "acme.example/audit/payments"], files].concat());
    let (code, _, err) = seal(&["log/1.jsonl"]);
    assert!(code == 3 && err.contains("already sealed"), "{err}");
    fs::write(path.join("log/2.jsonl"), record(20, 2000) + "\n").unwrap();
    let (code, out, err) = seal(&["log/2.jsonl"]);
    assert!(code == 0 && out.contains("from number 20"), "{out}{err}");
    let (code, report) = json(path, &["log", "--trust", "sealer.key.pub"]);
    assert_eq!((code, report["records"]["sealed"].as_u64()), (0, Some(21)));
    // Neither a seal nor a key is a log, and nothing half-written stays behind.
    assert_eq!(seal(&["log/2.jsonl.seal"]).0, 3);
    assert_eq!(seal(&["sealer.key"]).0, 3);
    // A broken chain is not continued.
    let text = fs::read_to_string(path.join("log/0.jsonl")).unwrap();
    fs::write(path.join("log/0.jsonl"), text.replacen("success", "denied", 1)).unwrap();
    fs::write(path.join("log/3.jsonl"), record(21, 3000) + "\n").unwrap();
    let (code, _, err) = seal(&["log/3.jsonl"]);
    assert!(code == 3 && err.contains("does not verify"), "{err}");
    assert!(!path.join("log/3.jsonl.seal").exists());
    // Nor is one of another key.
    fs::write(path.join("log/0.jsonl"), text).unwrap();
    assert_eq!(run(path, &["keygen", "--name", "acme.example/audit/payments", "--out", "other.key", "--no-passphrase"]).0, 0);
    let (code, _, err) = run(path, &["seal", "--key", "other.key", "--origin", "acme.example/audit/payments", "log/3.jsonl"]);
    assert!(code == 3 && err.contains("another key"), "{err}");
}

#[test]
fn documents_are_sealed_as_one_record() {
    let folder = sealed();
    let path = folder.path();
    fs::create_dir(path.join("trail")).unwrap();
    fs::write(path.join("trail/a.json"), format!("{{\"Records\":[{},{},{}]}}", record(0, 5), record(1, 6), record(2, 7))).unwrap();
    assert_eq!(run(path, &["seal", "--key", "sealer.key", "--origin", "acme.example/audit/payments/trail", "trail/a.json"]).0, 0);
    assert!(fs::read_to_string(path.join("trail/a.json.seal")).unwrap().contains("unit file"));
    let (code, report) = json(path, &["trail", "--trust", "sealer.key.pub"]);
    assert_eq!((code, report["records"]["sealed"].as_u64(), report["segments"][0]["count"].as_u64()), (0, Some(3), Some(1)));
}

#[test]
fn exit_codes_of_misuse() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    assert_eq!(run(path, &["verify"]).0, 3);
    assert_eq!(run(path, &["verify", "nowhere"]).0, 3);
    assert_eq!(run(path, &["frobnicate", "--json"]).0, 3);
    assert_eq!(run(path, &["--help"]).0, 0);
    assert_eq!(run(path, &["--version"]).0, 0);
    fs::write(path.join("notes.txt"), "no log").unwrap();
    let (code, report) = json(path, &["notes.txt"]);
    assert_eq!(code, 3);
    assert_eq!(report["skipped"].as_array().unwrap().len(), 1);
    fs::write(path.join("a.jsonl"), record(1, 5) + "\n" + &record(2, 6)).unwrap();
    assert_eq!(json(path, &["a.jsonl"]).0, 0);
    assert_eq!(json(path, &["a.jsonl", "nowhere"]).0, 3);
    let (code, _, err) = run(path, &["verify", "a.jsonl", "--trust", "nowhere.pub"]);
    assert!(code == 3 && err.contains("nowhere.pub"), "{err}");
    assert_eq!(run(path, &["a.jsonl"]).0, 3, "there is no display in this test");
}

#[test]
fn the_demo_prints_without_a_display() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, err) = run(folder.path(), &["demo", "--out", "case", "--records", "2000"]);
    assert_eq!(code, 0, "{err}");
    for word in [
        "One is broken: 1 record altered, 2 removed, 1 inserted, 1 moved",
        "Was the end cut off?",
        "ci-deployer",
        "AI agents",
        "sealscope open --trust",
    ] {
        assert!(out.contains(word), "{word} is missing in {out}");
    }
    assert!(folder.path().join("case/README.txt").is_file());
}

#[test]
fn keys_are_private_and_never_overwritten() {
    use std::os::unix::fs::PermissionsExt;
    let folder = sealed();
    let key = folder.path().join("sealer.key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(&key).unwrap().contains("ENCRYPTED PRIVATE KEY"));
    let before = fs::read(&key).unwrap();
    assert_eq!(run(folder.path(), &["keygen", "--name", "x", "--out", "sealer.key"]).0, 3);
    assert_eq!(fs::read(&key).unwrap(), before);
    // Stock tools read it.
    let status = Command::new("openssl").args(["pkey", "-in", key.to_str().unwrap(), "-passin", "pass:correct horse", "-noout"]).status();
    if let Ok(status) = status {
        assert!(status.success());
    } else {
        println!("skipped: openssl is not here");
    }
}
