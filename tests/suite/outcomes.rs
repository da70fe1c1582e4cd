//! What could not be read is unchecked: never fine, and never called altered or missing. A socket in a file's place stands for a file that
//! may not be opened, since tests may run as a user who may open everything.

use std::fs;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sealscope::trust::Store as Keys;
use sealscope::verify::{Job, LookError, examine};

/// A copy of a vector's evidence, with its keys.
struct Copied {
    folder: tempfile::TempDir,
    trust: Vec<PathBuf>,
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let into = to.join(entry.file_name());
        if entry.path().is_dir() { copy(&entry.path(), &into) } else { fs::copy(entry.path(), into).map(|_length| ()).unwrap() }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() { found.extend(files(&entry.path())) } else { found.push(entry.path()) }
    }
    found.sort();
    found
}

impl Copied {
    fn of(vector: &str) -> Self {
        let vector = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(vector);
        let folder = tempfile::tempdir().unwrap();
        copy(&vector.join("evidence"), &folder.path().join("e"));
        let all = fs::read_dir(&vector).unwrap().map(|entry| entry.unwrap().path());
        let trust = all.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("trust"))).collect();
        Self { folder, trust }
    }

    fn evidence(&self) -> PathBuf {
        self.folder.path().join("e")
    }

    /// Puts something that cannot be opened in the place of every file whose path holds `part`.
    fn shut(&self, part: &str) {
        let shut: Vec<PathBuf> = files(&self.evidence()).into_iter().filter(|path| path.to_string_lossy().contains(part)).collect();
        assert!(!shut.is_empty(), "nothing is named {part}");
        for path in shut {
            fs::remove_file(&path).unwrap();
            // Paths of sockets are short, so it is made elsewhere and moved.
            let socket = self.folder.path().join("s");
            drop(UnixListener::bind(&socket).unwrap());
            fs::rename(socket, path).unwrap();
        }
    }

    /// Exit code and output of `verify`.
    fn verify(&self) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sealscope"));
        command.arg("verify").arg("--json");
        self.trust.iter().for_each(|file| {
            command.arg("--trust").arg(file);
        });
        let done = command.arg(self.evidence()).stdin(Stdio::null()).output().unwrap();
        (done.status.code().unwrap(), String::from_utf8_lossy(&done.stdout).into_owned())
    }
}

#[test]
fn what_may_not_be_opened_is_unchecked() {
    for (vector, part, exits) in [
        // The file and its seal: nothing that can be read says that it was sealed.
        ("harmless/segment-crlf", "001.jsonl", &[2, 3][..]),
        ("harmless/segment-crlf", "002.jsonl", &[2, 3]),
        ("harmless/segment-crlf", ".jsonl", &[2, 3]),
        ("harmless/segment-crlf", "001.jsonl.seal", &[2]),
        ("harmless/segment-crlf", "002.jsonl.seal", &[2]),
        ("harmless/cloudtrail-intact", "0205Z_filema0", &[2]),
        ("harmless/cloudtrail-intact", "main-trail_eu-central-1_20260307T020000Z", &[2]),
        ("harmless/tiles-intact", "entries/000", &[2]),
        ("harmless/tiles-intact", "tile/0/000", &[0, 2]),
        ("harmless/tiles-intact", "checkpoint", &[2, 3]),
        ("harmless/journal-intact", ".journal", &[2, 3]),
    ] {
        let copied = Copied::of(vector);
        copied.shut(part);
        let (exit, said) = copied.verify();
        assert!(exits.contains(&exit), "{vector} without {part}: exit {exit}\n{said}");
        assert!(exit == 0 || !said.contains("\"sentence\":\"All "), "{vector} without {part}: {said}");
    }
}

#[test]
fn a_record_that_is_gone_has_no_proof() {
    let copied = Copied::of("harmless/segment-crlf");
    let case = examine(&[copied.evidence()], Keys::default(), &Job::default(), None);
    let path = files(&copied.evidence()).into_iter().find(|path| path.ends_with("001.jsonl")).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    // Segments are read side by side, so that rows have no fixed order among files.
    let last = text.lines().last().unwrap();
    let rows = 0..u32::try_from(case.store.len()).unwrap();
    let row = rows.into_iter().find(|&row| String::from_utf8(case.raw(row).unwrap()).unwrap().trim_end() == last).unwrap();
    assert!(case.prove(row).is_ok());
    fs::write(&path, &text[..text.find('\n').unwrap() + 1]).unwrap();
    let gone = case.prove(row).unwrap_err();
    assert!(matches!(&gone, LookError::Changed { path } if path.contains("001.jsonl")), "{gone}");
    fs::remove_file(&path).unwrap();
    let gone = case.raw(row).unwrap_err();
    assert!(matches!(&gone, LookError::Unreadable { cause } if cause.contains("001.jsonl")), "{gone}");
    assert!(gone.to_string().contains("open it again"), "{gone}");
}
