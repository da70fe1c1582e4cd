//! The vectors under `tests/vectors`: evidence that someone tampered with, or did something harmless to, and what must be said of it.
//! Each runs through the library, the command line, and, where it applies, `docs/check_bundle.py`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rayon::prelude::*;
use serde::Deserialize;

use sealscope::model::State;
use sealscope::trust::Store as Keys;
use sealscope::verify::{Job, examine};

/// One or several allowed values.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Either<T> {
    One(T),
    Any(Vec<T>),
}

impl<T: PartialEq> Either<T> {
    fn allows(&self, value: &T) -> bool {
        match self {
            Self::One(one) => one == value,
            Self::Any(any) => any.contains(value),
        }
    }
}

/// What must come out. Every part but the exit code may be left out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    exit: Either<i32>,
    verdict: Option<Either<String>>,
    require_sealed_exit: Option<Either<i32>>,
    #[serde(default)]
    findings: Vec<String>,
    #[serde(default)]
    not_findings: Vec<String>,
    sealed: Option<u64>,
    sealed_at_most: Option<u64>,
    #[serde(default)]
    sentence_lacks: Vec<String>,
    #[serde(default)]
    ladder_not_proved: Vec<usize>,
    bundle: Option<Either<String>>,
    check_bundle_exit: Option<Either<i32>>,
    #[serde(default)]
    options: Vec<String>,
    /// What is opened instead of `evidence`.
    #[serde(default)]
    paths: Vec<PathBuf>,
}

fn all(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(kind);
    let mut found: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

fn trust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.file_name().is_some_and(|name| name == "trust" || name.to_string_lossy().starts_with("trust-")));
    found.sort();
    found
}

fn sealscope(folder: &Path, expected: &Expected, paths: &[PathBuf], extra: &[&str]) -> (Option<i32>, Vec<u8>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sealscope"));
    command.arg("verify").arg("--json").args(extra).args(&expected.options).current_dir(folder).stdin(Stdio::null());
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    trust_files(folder).iter().for_each(|file| {
        command.arg("--trust").arg(file);
    });
    let output = command.args(paths).output().unwrap();
    (output.status.code(), output.stdout)
}

/// Everything that is not as expected.
fn run(folder: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    let expected: Expected = match fs::read(folder.join("expect.json")).map(|bytes| serde_json::from_slice(&bytes)) {
        Ok(Ok(expected)) => expected,
        other => return vec![format!("expect.json: {other:?}")],
    };
    if fs::read_to_string(folder.join("move.md")).map_or(0, |text| text.len()) < 80 {
        wrong.push("move.md does not say what was done".into());
    }
    let paths: Vec<PathBuf> = if expected.paths.is_empty() { vec!["evidence".into()] } else { expected.paths.clone() };
    let paths: Vec<PathBuf> = paths.iter().map(|path| folder.join(path)).collect();
    let (code, out) = sealscope(folder, &expected, &paths, &[]);
    if !code.is_some_and(|code| expected.exit.allows(&code)) {
        wrong.push(format!("exit {code:?}, expected {:?}", expected.exit));
    }
    if let Some(allowed) = &expected.require_sealed_exit {
        let (code, _) = sealscope(folder, &expected, &paths, &["--require", "sealed"]);
        if !code.is_some_and(|code| allowed.allows(&code)) {
            wrong.push(format!("with --require sealed exit {code:?}, expected {allowed:?}"));
        }
    }
    let Ok(report) = serde_json::from_slice::<serde_json::Value>(&out) else {
        if code != Some(3) {
            wrong.push(format!("no JSON: {}", String::from_utf8_lossy(&out)));
        }
        return wrong;
    };
    let verdict = report["verdict"].as_str().unwrap_or("none").to_owned();
    if expected.verdict.as_ref().is_some_and(|allowed| !allowed.allows(&verdict)) {
        wrong.push(format!("verdict {verdict}, expected {:?}", expected.verdict));
    }
    let codes: Vec<String> =
        report["findings"].as_array().into_iter().flatten().filter_map(|finding| Some(finding["code"].as_str()?.to_owned())).collect();
    wrong.extend(expected.findings.iter().filter(|code| !codes.contains(code)).map(|code| format!("no finding {code} among {codes:?}")));
    wrong.extend(expected.not_findings.iter().filter(|code| codes.contains(code)).map(|code| format!("false finding {code}")));
    let sealed = report["records"]["sealed"].as_u64().unwrap_or(u64::MAX);
    if expected.sealed.is_some_and(|number| number != sealed) || expected.sealed_at_most.is_some_and(|most| sealed > most) {
        wrong.push(format!("{sealed} records sealed, expected {:?}, at most {:?}", expected.sealed, expected.sealed_at_most));
    }
    let sentence = report["sentence"].as_str().unwrap_or_default();
    wrong.extend(expected.sentence_lacks.iter().filter(|part| sentence.contains(*part)).map(|part| format!("“{sentence}” says {part}")));
    for log in report["logs"].as_array().into_iter().flatten() {
        for rung in &expected.ladder_not_proved {
            if log["ladder"][rung]["status"] == "proved" {
                wrong.push(format!("{} is proved: {}", log["ladder"][rung]["question"], log["ladder"][rung]["text"]));
            }
        }
    }
    let bundle = report["bundles"][0]["state"].as_str().unwrap_or("none").to_owned();
    if expected.bundle.as_ref().is_some_and(|allowed| !allowed.allows(&bundle)) {
        wrong.push(format!("the bundle is {bundle}, expected {:?}", expected.bundle));
    }
    // Whatever people read of findings and of bundles is there as data too.
    let checks = report["bundles"].as_array().into_iter().flatten().filter_map(|bundle| bundle["checks"].as_array()).flatten();
    for said in checks.chain(report["findings"].as_array().into_iter().flatten()).filter(|said| !said["arguments"]["what"].is_string()) {
        wrong.push(format!("no arguments: {said}"));
    }
    // The library says the same as the command line. Options that the library knows nothing of would make them differ.
    if expected.options.is_empty() {
        let mut keys = Keys::default();
        let unusable = trust_files(folder).iter().any(|file| keys.add_file(file).is_err());
        let examination = examine(&paths, keys, &Job::default(), None);
        let library = (examination.verdict().word().to_owned(), examination.counts().of(State::Sealed));
        if !unusable && library != (verdict.clone(), sealed) {
            wrong.push(format!("the library says {library:?}, the command line {verdict} and {sealed} sealed"));
        }
    }
    if let Some(allowed) = &expected.check_bundle_exit {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/check_bundle.py");
        let mut command = Command::new("python3");
        command.arg(script).args(&paths).args(trust_files(folder)).current_dir(folder).stdin(Stdio::null());
        let output = command.output().unwrap();
        if !output.status.code().is_some_and(|code| allowed.allows(&code)) {
            let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
            wrong.push(format!("check_bundle.py exits with {:?}, expected {allowed:?}: {said}", output.status.code()));
        }
    }
    wrong
}

fn run_all(kind: &str, least: usize) {
    let vectors = all(kind);
    let wrong: Vec<String> = vectors
        .par_iter()
        .flat_map_iter(|folder| {
            let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            run(folder).into_iter().map(move |wrong| format!("{kind}/{name}: {wrong}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} vectors:\n{}", wrong.len(), vectors.len(), wrong.join("\n"));
    assert!(vectors.len() >= least, "only {} vectors under {kind}", vectors.len());
}

#[test]
fn hostile_vectors_do_not_pass() {
    run_all("hostile", 200);
}

#[test]
fn harmless_vectors_raise_no_alarm() {
    run_all("harmless", 80);
}
