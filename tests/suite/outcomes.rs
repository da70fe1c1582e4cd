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

/// Ways in which a file cannot be read to its end though nothing is wrong with what it held.
#[derive(Clone, Copy, Debug)]
enum Unread {
    /// It may not be opened.
    Shut,
    /// It unpacks to more records than are kept.
    LineFeeds,
    /// It unpacks past every proportion.
    Bomb,
    /// It is a link that leads out of what is opened, and is not followed.
    Link,
}

impl Unread {
    fn put(self, path: &Path, elsewhere: &Path) {
        let content = fs::read(path).unwrap();
        fs::remove_file(path).unwrap();
        let bomb = |byte: u8, count: usize| {
            use std::io::Write;
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            let piece = vec![byte; 1 << 20];
            (0..count).for_each(|_| encoder.write_all(&piece).unwrap());
            encoder.finish().unwrap()
        };
        match self {
            Self::Shut => {
                let socket = elsewhere.join("s");
                drop(UnixListener::bind(&socket).unwrap());
                fs::rename(socket, path).unwrap();
            }
            Self::LineFeeds => fs::write(path, bomb(b'\n', 8)).unwrap(),
            Self::Bomb => fs::write(path, bomb(0, 300)).unwrap(),
            Self::Link => {
                fs::write(elsewhere.join("out"), content).unwrap();
                std::os::unix::fs::symlink(elsewhere.join("out"), path).unwrap();
            }
        }
    }
}

/// What is only of help where something is wrong, so that it is not missed.
const HELPERS: [&str; 4] = [".leaves", "tile/0/", "tile/1/", "keys.json"];

/// Each file of a vector in turn cannot be read: the verdict must never be *broken*, and never good in a clean sentence.
fn each_unread(vector: &str, kind: Unread) -> Vec<String> {
    use sealscope::model::{State, Verdict};
    let copied = Copied::of(vector);
    let mut keys = Keys::default();
    copied.trust.iter().for_each(|file| drop(keys.add_file(file)));
    let open = || {
        let case = examine(&[copied.evidence()], keys.clone(), &Job::default(), None);
        let bundles = sealscope::bundle::check_all(&case, &keys, &|| true);
        let broken = bundles.iter().find(|(_, checked)| checked.state == State::Broken).map(|(_, checked)| checked.sentence());
        let unchecked = bundles.iter().any(|(_, checked)| checked.state == State::Unchecked);
        (case, broken, unchecked)
    };
    let mut wrong = Vec::new();
    for path in files(&copied.evidence()) {
        let content = fs::read(&path).unwrap();
        kind.put(&path, copied.folder.path());
        let name = path.strip_prefix(copied.evidence()).unwrap().display().to_string();
        let (case, broken, unchecked) = open();
        let found: Vec<String> = case
            .findings
            .iter()
            .filter(|finding| finding.severity == sealscope::model::Severity::Error)
            .map(|finding| format!("{}: {}", finding.code.name(), finding.text()))
            .collect();
        if case.verdict() == Verdict::Broken || case.counts().of(State::Broken) + case.counts().of(State::Suspect) > 0 {
            wrong.push(format!("{vector}: {name} as {kind:?} is called broken: {found:?}"));
        }
        if let Some(broken) = broken {
            wrong.push(format!("{vector}: {name} as {kind:?} breaks the bundle: {broken}"));
        }
        let clean = case.verdict() < Verdict::Unchecked && !case.unreadable() && !unchecked;
        // The start of the bomb was read, and shows that it is no log: it is left out with that reason. A link is listed.
        let helps = HELPERS.iter().any(|part| name.contains(part)) || matches!(kind, Unread::Link | Unread::Bomb);
        if clean && !helps {
            wrong.push(format!("{vector}: {name} as {kind:?} is not missed: {}", case.sentence()));
        }
        fs::remove_file(&path).unwrap();
        fs::write(&path, content).unwrap();
    }
    wrong
}

/// One or two vectors of each way of sealing, with several files where it has them.
const EACH_FORMAT: [&str; 16] = [
    "chain-rotated-with-numbers",
    "chain-parts-in-sibling-folders",
    "chain-old-files-in-archive",
    "chain-keyed-blank-lines-at-the-end",
    "receipt-copies-of-signed-chains",
    "receipt-one-key-for-many-chains",
    "trust-two-segments",
    "segment-with-witness",
    "cloudtrail-intact",
    "cloudtrail-recompressed",
    "tiles-intact",
    "journal-intact",
    "proof-intact",
    "excerpt-in-one-folder",
    "bundle-as-a-folder",
    "archive-zip-of-the-folder",
];

fn matrix(vectors: &[&str], kinds: &[Unread]) {
    use rayon::prelude::*;
    let cases: Vec<(&&str, Unread)> = vectors.iter().flat_map(|vector| kinds.iter().map(move |kind| (vector, *kind))).collect();
    let wrong: Vec<String> = cases.par_iter().flat_map_iter(|(vector, kind)| each_unread(&format!("harmless/{vector}"), *kind)).collect();
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn whatever_file_of_honest_evidence_may_not_be_opened_nothing_is_called_removed() {
    matrix(&EACH_FORMAT, &[Unread::Shut]);
}

/// What is signed of a bundle are the stored bytes of its files: another file in its place is a changed one, and a link can change later.
fn without_bundles() -> Vec<&'static str> {
    EACH_FORMAT.into_iter().filter(|vector| !vector.starts_with("bundle-")).collect()
}

#[test]
fn whatever_file_of_honest_evidence_is_past_a_limit_nothing_is_called_removed() {
    matrix(&without_bundles(), &[Unread::LineFeeds]);
    matrix(&["chain-rotated-with-numbers", "trust-two-segments"], &[Unread::Bomb]);
}

#[test]
fn whatever_file_of_honest_evidence_is_a_link_that_leads_out_nothing_is_called_removed() {
    matrix(&without_bundles(), &[Unread::Link]);
}

/// Stopped at any moment, a check of honest evidence finds nothing broken, and of tampered evidence nothing good.
#[test]
fn a_check_that_was_stopped_says_neither_good_nor_broken() {
    use sealscope::model::Verdict;
    for vector in EACH_FORMAT {
        let copied = Copied::of(&format!("harmless/{vector}"));
        let mut keys = Keys::default();
        copied.trust.iter().for_each(|file| drop(keys.add_file(file)));
        for microseconds in [0, 200, 1_000, 4_000, 16_000] {
            let job = std::sync::Arc::new(Job::default());
            let other = std::sync::Arc::clone(&job);
            let stopper = std::thread::spawn(move || {
                std::thread::sleep(std::time::Duration::from_micros(microseconds));
                other.cancel();
            });
            let case = examine(&[copied.evidence()], keys.clone(), &job, None);
            stopper.join().unwrap();
            assert_ne!(case.verdict(), Verdict::Broken, "{vector} after {microseconds} µs: {:?}", case.findings);
            let good = case.verdict() < Verdict::Unchecked;
            assert!(!good || !case.cancelled, "{vector} after {microseconds} µs");
        }
    }
}

/// In the folder of a log that has a hole, a file that could not be read leaves the hole open.
#[test]
fn a_file_that_could_not_be_read_leaves_a_hole_open() {
    for (vector, code) in [
        ("hostile/chain-middle-removed-by-splitting", "record-removed"),
        ("hostile/segment-middle-removed", "gap"),
        ("hostile/cloudtrail-log-file-deleted", "log-file-missing"),
        ("hostile/cloudtrail-middle-digest-removed", "digest-missing"),
        ("hostile/tiles-first-bundle-removed", "gap"),
        ("hostile/checkpoint-newer-than-segments", "truncated"),
    ] {
        let copied = Copied::of(vector);
        let (exit, said) = copied.verify();
        assert!(exit == 1 && said.contains(&format!("\"{code}\"")), "{vector}: {exit} {said}");
        let inside = files(&copied.evidence()).first().unwrap().parent().unwrap().join("shut");
        let socket = copied.folder.path().join("s");
        drop(UnixListener::bind(&socket).unwrap());
        fs::rename(socket, &inside).unwrap();
        let (exit, said) = copied.verify();
        assert_eq!(exit, 2, "{vector}: {said}");
        assert!(said.contains("missing-or-unread") && said.contains("shut could not be read"), "{vector}: {said}");
        assert!(!said.contains("\"status\":\"failed\""), "{vector}: {said}");
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
