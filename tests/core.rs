//! What the library does with the features that this build has: its own small interface only, and the command line.
//!
//! `cargo test` runs it with the window and PDF; `cargo test --no-default-features --test core` without either.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::Command;

use sealscope::{
    CheckFact, Checked, ExportJob, ExportOptions, Exported, Filter, Job, State, TrustStore, check_bundle, examine, export_bundle,
    make_examiner_key, matching, read_examiner_key,
};

fn vector(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/harmless").join(name)
}

fn trust(name: &str) -> TrustStore {
    let mut trust = TrustStore::default();
    for file in ["trust", "trust-2"] {
        let file = vector(name).join(file);
        if file.exists() {
            trust.add_file(&file).unwrap();
        }
    }
    trust
}

/// Exports every record of a sealed log, and checks the bundle.
fn exported(folder: &Path) -> (Exported, Checked) {
    let name = "trust-two-segments";
    let trust = trust(name);
    let case = examine(&[vector(name).join("evidence")], trust.clone(), &Job::default(), None);
    let rows = matching(&case, &Filter::parse("").unwrap(), &|| false).rows;
    let (key, out) = (folder.join("key"), folder.join("bundle"));
    make_examiner_key(&key, None, "maria").unwrap();
    let key = read_examiner_key(&key, None).unwrap();
    let exporting = ExportJob {
        case: &case,
        rows: &rows,
        options: &ExportOptions::default(),
        selection: "everything".into(),
        reference: "CASE-7".into(),
        examiner: "maria".into(),
        key: &key,
        keys: &trust,
        now: 1_772_900_000_000_000_000,
        out: &out,
    };
    let exported = export_bundle(&exporting, &Job::default()).unwrap();
    let checked = check_bundle(&out, &trust);
    (exported, checked)
}

fn says(checked: &Checked, state: State, fits: impl Fn(&CheckFact) -> bool) -> bool {
    checked.lines.iter().any(|line| line.state == state && fits(&line.fact))
}

#[test]
fn a_report_as_pdf_is_written_where_the_build_can() {
    let folder = tempfile::tempdir().unwrap();
    let (exported, checked) = exported(folder.path());
    let pdf = exported.path.join("data/report.pdf");
    assert_eq!(pdf.exists(), cfg!(feature = "pdf"));
    assert_eq!(exported.limits.iter().any(|limit| limit.contains("cannot write PDF")), cfg!(not(feature = "pdf")));
    // Signed by a key that nobody trusts yet, and otherwise as it should be.
    assert_eq!(checked.state, State::Consistent, "{:?}", checked.lines);
    assert!(says(&checked, State::Sealed, |fact| matches!(fact, CheckFact::ReportsAgree | CheckFact::PageAgrees)), "{:?}", checked.lines);
}

#[test]
fn a_report_as_pdf_that_cannot_be_written_anew_is_not_checked() {
    let name = "bundle-as-a-folder";
    let checked = check_bundle(&vector(name).join("evidence"), &trust(name));
    if cfg!(feature = "pdf") {
        assert_eq!(checked.state, State::Sealed, "{:?}", checked.lines);
    } else {
        assert_eq!(checked.state, State::Unchecked, "{:?}", checked.lines);
        assert!(says(&checked, State::Unchecked, |fact| matches!(fact, CheckFact::PaperNotChecked { .. })), "{:?}", checked.lines);
    }
}

#[test]
fn a_build_without_a_window_says_so() {
    let output = |display: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sealscope"));
        command.arg("open").arg(vector("trust-two-segments")).env_remove("WAYLAND_DISPLAY").env_remove("DISPLAY");
        display.map(|display| command.env("DISPLAY", display));
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, text) = output(None);
    assert_eq!(code, Some(3));
    if cfg!(feature = "gui") {
        assert!(text.contains("no display"), "{text}");
    } else {
        assert!(text.contains("this build has no window"), "{text}");
        assert_eq!(output(Some(":0")), (code, text));
    }
}
