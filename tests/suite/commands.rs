//! Our own commands raise no alarm: several at once, killed in the middle, on odd names, over and over.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sealscope::case::keys::{self, SealerKey};
use sealscope::case::receive::{Receiving, ReceivingError, receive};
use sealscope::case::seal_files::{Options, SealingError, seal};
use sealscope::model::{Severity, State, Verdict};
use sealscope::trust::Store as Keys;
use sealscope::verify::Job;

use super::builder::*;

const ORIGIN: &str = "acme.example/audit";
const OPTIONS: Options = Options { leaves: true, salted: true };

struct Place {
    folder: tempfile::TempDir,
    key: SealerKey,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sealer.key");
        keys::generate(ORIGIN, &path, None).unwrap();
        let key = keys::read(&path, None).unwrap();
        fs::create_dir(folder.path().join("log")).unwrap();
        Self { folder, key }
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn file(&self, number: u64) -> PathBuf {
        let path = self.log().join(format!("{number:04}.jsonl"));
        fs::write(&path, record(number, number) + "\n").unwrap();
        path
    }

    fn seal(&self, files: &[PathBuf]) -> Result<(), SealingError> {
        seal(&self.key, ORIGIN, files, OPTIONS, &Job::default()).map(drop)
    }

    fn keys(&self) -> Keys {
        let mut keys = Keys::default();
        keys.trust(self.key.public.clone());
        keys
    }

    /// Nothing is alarming, and so many records are sealed.
    fn is_fine(&self, path: &Path, records: u64) {
        let case = open(path, self.keys());
        let alarms: Vec<_> = case.findings.iter().filter(|finding| finding.severity != Severity::Info).collect();
        assert!(alarms.is_empty(), "{alarms:#?}");
        assert_eq!((case.verdict(), case.counts().of(State::Sealed)), (Verdict::Sealed, records));
    }
}

#[test]
fn several_seal_at_once() {
    let place = Place::new();
    let files: Vec<PathBuf> = (0..12).map(|number| place.file(number)).collect();
    std::thread::scope(|scope| {
        for file in &files {
            scope.spawn(|| place.seal(std::slice::from_ref(file)).unwrap_or_else(|error| panic!("{error}")));
        }
    });
    place.is_fine(&place.log(), 12);
    // All want the same file: one gets it.
    let file = place.file(99);
    let won = std::thread::scope(|scope| {
        let all: Vec<_> = (0..6).map(|_| scope.spawn(|| place.seal(std::slice::from_ref(&file)))).collect();
        all.into_iter().map(|one| one.join().unwrap()).filter(Result::is_ok).count()
    });
    assert_eq!(won, 1);
    place.is_fine(&place.log(), 13);
    assert!(fs::read_dir(place.log()).unwrap().all(|entry| !entry.unwrap().file_name().to_string_lossy().starts_with('.')));
}

#[test]
fn what_a_killed_run_leaves_is_no_evidence() {
    let place = Place::new();
    place.seal(&[place.file(0)]).unwrap();
    let seal_text = fs::read(place.log().join("0000.jsonl.seal")).unwrap();
    fs::write(place.log().join(".sealscope-seal-aB3xYz.tmp"), &seal_text[..seal_text.len() / 2]).unwrap();
    fs::write(place.log().join(".sealscope-file-aB3xYz.tmp"), &seal_text).unwrap();
    fs::create_dir(place.log().join(".sealscope-receive-aB3xYz.tmp")).unwrap();
    fs::write(place.log().join(".sealscope-receive-aB3xYz.tmp/a.jsonl"), record(1, 1)).unwrap();
    place.is_fine(&place.log(), 1);
    let case = open(&place.log(), place.keys());
    assert_eq!(case.skipped.iter().filter(|left| left.reason.contains("Sealscope's own")).count(), 3, "{:?}", case.skipped);
    // Killed between the two: the seal is there, its leaf hashes are not.
    fs::remove_file(place.log().join("0000.jsonl.leaves")).unwrap();
    place.seal(&[place.file(1)]).unwrap();
    assert!(!place.log().join(".sealscope-seal-aB3xYz.tmp").exists());
    place.is_fine(&place.log(), 2);
    // A receipt that was killed goes with the next one.
    let into = place.folder.path().join("cases");
    fs::create_dir_all(into.join(".sealscope-receive-dead00.tmp/deep")).unwrap();
    let sources = [place.file(7)];
    let received = receive(&receiving(&place, &sources, &into), &Job::default()).unwrap();
    assert_eq!(fs::read_dir(&into).unwrap().count(), 1);
    place.is_fine(&received.folder, 2);
}

fn receiving<'a>(place: &'a Place, sources: &'a [PathBuf], into: &'a Path) -> Receiving<'a> {
    Receiving { sources, into, key: &place.key, examiner: "maria", now: 1_772_850_000_000_000_000 }
}

#[test]
fn several_receive_in_the_same_moment() {
    let place = Place::new();
    let sources = [place.file(0)];
    let into = place.folder.path().join("cases");
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| receive(&receiving(&place, &sources, &into), &Job::default()).unwrap_or_else(|error| panic!("{error}")));
        }
    });
    assert_eq!(fs::read_dir(&into).unwrap().count(), 6);
    let case = open(&into, place.keys());
    let errors: Vec<_> = case.findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(case.counts().of(State::Sealed), 12);
}

#[test]
fn odd_names() {
    let place = Place::new();
    let odd = |bytes: &[u8]| place.log().join(std::ffi::OsStr::from_bytes(bytes));
    let files = [odd(b"a\xff.jsonl"), odd(b"a\xfe.jsonl")];
    for (number, file) in files.iter().enumerate() {
        fs::write(file, record(number as u64, number as u64)).unwrap();
    }
    // Readers could take one for the other.
    assert!(matches!(place.seal(&files[..1]), Err(SealingError::Name { .. })));
    let into = place.folder.path().join("cases");
    let received = receive(&receiving(&place, &[place.log()], &into), &Job::default()).unwrap_or_else(|error| panic!("{error}"));
    // Two records, and what was done with each file.
    assert_eq!((received.files, received.left_out.len()), (2, 0));
    place.is_fine(&received.folder, 4);
    // A link is not the file.
    let file = place.file(3);
    std::os::unix::fs::symlink(&file, place.log().join("latest.jsonl")).unwrap();
    assert!(matches!(place.seal(&[place.log().join("latest.jsonl")]), Err(SealingError::Link { .. })));
    assert!(matches!(place.seal(&[file.clone(), place.log().join("../log/0003.jsonl")]), Err(SealingError::Twice { .. })));
}

#[test]
fn links_out_of_what_is_received_are_named_not_followed() {
    let place = Place::new();
    let secret = place.folder.path().join("private.txt");
    fs::write(&secret, "TOPSECRET\n").unwrap();
    place.file(0);
    std::os::unix::fs::symlink(&secret, place.log().join("innocent.jsonl")).unwrap();
    std::os::unix::fs::symlink(place.folder.path(), place.log().join("more")).unwrap();
    let into = tempfile::tempdir().unwrap();
    let received = receive(&receiving(&place, &[place.log()], into.path()), &Job::default()).unwrap();
    assert_eq!(received.files, 1, "{:?}", received.left_out);
    let copied = fs::read_dir(received.folder.join("log")).unwrap().map(|entry| entry.unwrap().path());
    assert!(copied.into_iter().all(|path| !fs::read_to_string(&path).unwrap_or_default().contains("TOPSECRET")));
    assert_eq!(received.left_out.len(), 2, "{:?}", received.left_out);
}

#[test]
fn text_about_keys_is_no_key() {
    let place = Place::new();
    let path = place.log().join("0000.jsonl");
    let text = record(0, 0).replacen("thing", "-----BEGIN PRIVATE KEY----- thing", 1);
    fs::write(&path, format!("{text}\n{}\n", record(1, 1))).unwrap();
    place.seal(&[path]).unwrap();
    place.is_fine(&place.log(), 2);
    assert!(matches!(place.seal(&[place.folder.path().join("sealer.key")]), Err(SealingError::NotALog { .. })));
    let into = place.folder.path().join("cases");
    let sources = [place.folder.path().join("sealer.key")];
    assert!(matches!(receive(&receiving(&place, &sources, &into), &Job::default()), Err(ReceivingError::Nothing(_))));
}

#[test]
fn a_log_that_is_not_whole_is_not_continued() {
    let place = Place::new();
    for number in 0..3 {
        place.seal(&[place.file(number)]).unwrap();
    }
    let refused = |what: &str| match place.seal(&[place.file(9)]) {
        Err(SealingError::ChainBroken { finding, .. }) => finding,
        other => panic!("{what}: {:?}", other.err()),
    };
    let newest = place.log().join("0002.jsonl");
    let whole = fs::read(&newest).unwrap();
    fs::write(&newest, record(5, 5)).unwrap();
    assert!(refused("altered").contains("changed"));
    fs::remove_file(&newest).unwrap();
    assert!(refused("missing").contains("missing"));
    fs::write(&newest, whole).unwrap();
    // The seal of the middle is gone: what stands before and behind it does not meet.
    let seal = place.log().join("0001.jsonl.seal");
    let text = fs::read(&seal).unwrap();
    fs::remove_file(&seal).unwrap();
    assert!(refused("gap").contains("missing"));
    // One that cannot be read could be the newest.
    fs::write(&seal, &text[..text.len() - 30]).unwrap();
    assert!(refused("damaged").contains("cannot be read"));
    fs::write(&seal, &text).unwrap();
    fs::remove_file(place.log().join("0009.jsonl")).unwrap();
    // Older segments may be kept elsewhere.
    for name in ["0000.jsonl", "0000.jsonl.seal", "0000.jsonl.leaves"] {
        fs::remove_file(place.log().join(name)).unwrap();
    }
    place.seal(&[place.file(3)]).unwrap();
}

#[test]
fn each_sealing_costs_the_same() {
    let place = Place::new();
    let mut times = Vec::new();
    for number in 0..120 {
        let file = place.file(number);
        let start = Instant::now();
        place.seal(&[file]).unwrap();
        times.push(start.elapsed());
    }
    let sum = |part: &[Duration]| part.iter().sum::<Duration>();
    let (early, late) = (sum(&times[20..50]), sum(&times[90..120]));
    assert!(late < early * 4 + Duration::from_millis(500), "{early:?}, later {late:?}");
    place.is_fine(&place.log(), 120);
}

#[test]
fn stopping_is_heeded() {
    let place = Place::new();
    let files: Vec<PathBuf> = (0..20).map(|number| place.file(number)).collect();
    let job = Job::default();
    job.cancel();
    assert!(matches!(seal(&place.key, ORIGIN, &files, OPTIONS, &job), Err(SealingError::Cancelled(0))));
    assert_eq!(fs::read_dir(place.log()).unwrap().count(), 20);
    // Somebody else seals there: a sealer that waits can be stopped too.
    let _lock = sealscope::case::workplace::FolderLock::wait(&place.log(), &|| false).unwrap();
    let job = Job::default();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| seal(&place.key, ORIGIN, &files, OPTIONS, &job));
        std::thread::sleep(Duration::from_millis(50));
        job.cancel();
        assert!(matches!(waiting.join().unwrap(), Err(SealingError::Cancelled(0))));
    });
}

#[test]
fn no_key_is_made_because_a_path_was_mistyped() {
    let place = Place::new();
    place.seal(&[place.file(0)]).unwrap();
    let wrong = place.folder.path().join("nowhere/id_ed25519");
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_sealscope"));
        command.current_dir(place.folder.path()).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env("USER", "maria");
        let output = command.args(arguments).stdin(std::process::Stdio::null()).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let wrong_text = wrong.to_string_lossy().into_owned();
    for arguments in [
        ["export", "log", "--out", "out.zip", "--key", wrong_text.as_str()].as_slice(),
        &["receive", "log", "--into", "cases", "--key", &wrong_text],
        &["seal", "--origin", ORIGIN, "--key", &wrong_text, "log/0000.jsonl"],
        &["log", "--folder", "own", "--key", &wrong_text],
    ] {
        let (code, err) = run(arguments);
        assert!(code == Some(3) && err.contains("id_ed25519"), "{arguments:?}: {code:?} {err}");
    }
    assert!(!wrong.exists() && !place.folder.path().join("nowhere").exists() && !place.folder.path().join("out.zip").exists());
    // A key that will not count for this log by itself is said so when it seals, not a year later.
    place.file(1);
    let (code, err) = run(&["seal", "--origin", "acme.example/other", "--key", "sealer.key", "log/0001.jsonl"]);
    assert!(code == Some(0) && err.contains("keygen --name acme.example/other"), "{code:?} {err}");
}
