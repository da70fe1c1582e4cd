//! The examples do what they say.

use std::path::{Path, PathBuf};

use sealscope::Verdict;

#[path = "../../examples/list_events.rs"]
mod list_events;
#[path = "../../examples/verify.rs"]
mod verify;

fn vector(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name)
}

#[test]
fn verify_prints_the_verdict_and_the_findings() {
    let run = |name: &str| {
        let mut out = Vec::new();
        let verdict = verify::run(&[vector(name).join("evidence"), vector(name).join("trust")], &mut out).unwrap();
        (verdict, String::from_utf8(out).unwrap())
    };
    let (verdict, text) = run("harmless/trust-two-segments");
    assert_eq!(verdict, Verdict::Sealed, "{text}");
    assert!(text.starts_with("sealed: "), "{text}");
    let (verdict, text) = run("hostile/segment-record-altered");
    assert_eq!(verdict, Verdict::Broken, "{text}");
    assert!(text.lines().count() > 2, "{text}");
    assert!(verify::run(&[], &mut Vec::new()).is_err());
}

#[test]
fn list_events_lists_what_passes_the_filter() {
    let run = |filter: &str| {
        let mut out = Vec::new();
        let count = list_events::run(vector("harmless/trust-two-segments/evidence"), filter, &mut out).unwrap();
        (count, String::from_utf8(out).unwrap())
    };
    let (all, text) = run("");
    assert!(all > 0 && text.lines().count() == all, "{text}");
    assert_eq!(run("state:broken").0, 0);
    let (rest, _) = run("-state:broken");
    assert_eq!(rest, all);
    assert!(list_events::run(vector("harmless"), "colour:red", &mut Vec::new()).is_err());
}
