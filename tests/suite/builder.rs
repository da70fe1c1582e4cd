//! Small cases: a log is sealed, something is done to it, and it is examined.

use std::fs;
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use sealscope::model::{Code, Finding, Severity, State, Verdict};
use sealscope::seal::merkle::Range;
use sealscope::seal::note::{Checkpoint, checkpoint_text, cosign};
use sealscope::seal::segment::{Sealer, Unit, make};
use sealscope::trust::key::note_type;
use sealscope::trust::{Key, Material, Store as Keys};
use sealscope::verify::{Examination, Job, examine};

pub const ORIGIN: &str = "acme.example/audit/test";
/// 2026-03-07 00:00:00 UTC in seconds since 1970.
pub const DAY: u64 = 1_772_841_600;

pub fn key_pair(name: &str, seed: u8) -> (Key, SigningKey) {
    let signer = SigningKey::from_bytes(&[seed; 32]);
    (Key::new(name, Material::Ed25519(signer.verifying_key().to_bytes()), Some(note_type::COSIGNATURE)), signer)
}

/// A record of second `second` of the day.
pub fn record(number: u64, second: u64) -> String {
    let time = sealscope::model::time::rfc3339(((DAY + second) * 1_000_000_000) as i64);
    format!(
        r#"{{"time":"{time}","actor":"ci-deployer","actor_type":"service","action":"read","target":"thing-{number}","outcome":"success"}}"#
    )
}

/// A log in a folder, segment by segment.
pub struct Log {
    pub folder: tempfile::TempDir,
    pub tree: Range,
    pub keys: Keys,
    pub key: Key,
    pub signer: SigningKey,
    pub salted: bool,
    pub leaves: bool,
    /// Seconds of the day at which the next record happens.
    pub clock: u64,
    pub segments: Vec<Vec<String>>,
}

impl Log {
    pub fn empty(salted: bool, leaves: bool) -> Self {
        let (key, signer) = key_pair(ORIGIN, 1);
        let mut keys = Keys::default();
        keys.trust(key.clone());
        Self {
            folder: tempfile::tempdir().unwrap(),
            tree: Range::new(0),
            keys,
            key,
            signer,
            salted,
            leaves,
            clock: 60,
            segments: Vec::new(),
        }
    }

    /// `segments` of `records` each.
    pub fn new(segments: usize, records: usize, salted: bool, leaves: bool) -> Self {
        let mut log = Self::empty(salted, leaves);
        for _ in 0..segments {
            log.add(records);
        }
        log
    }

    pub fn path(&self, segment: usize) -> PathBuf {
        self.folder.path().join(format!("{:03}.jsonl", segment + 1))
    }

    pub fn seal_path(&self, segment: usize) -> PathBuf {
        PathBuf::from(format!("{}.seal", self.path(segment).display()))
    }

    pub fn leaves_path(&self, segment: usize) -> PathBuf {
        PathBuf::from(format!("{}.leaves", self.path(segment).display()))
    }

    /// Adds a segment of everyday records.
    pub fn add(&mut self, records: usize) {
        let lines: Vec<String> = (0..records)
            .map(|index| {
                self.clock += 10;
                record(self.tree.end() + index as u64, self.clock)
            })
            .collect();
        self.add_lines(lines);
    }

    /// Adds a segment of these records, sealed a minute later.
    pub fn add_lines(&mut self, lines: Vec<String>) {
        self.clock += 60;
        self.add_bytes(
            Unit::Line,
            lines.iter().map(|line| line.as_bytes().to_vec()).collect(),
            lines.iter().map(|line| format!("{line}\n")).collect::<String>().as_bytes(),
        );
        self.segments.push(lines);
    }

    pub fn add_bytes(&mut self, unit: Unit, records: Vec<Vec<u8>>, content: &[u8]) {
        let number = fs::read_dir(self.folder.path())
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|end| end == "seal"))
            .count();
        let path = self.folder.path().join(format!("{:03}.jsonl", number + 1));
        let secret = self.salted.then_some([(number as u8).wrapping_add(9); 32]);
        let sealer = Sealer { key: &self.key, signer: &self.signer, seconds: DAY + self.clock };
        let made = make(&sealer, ORIGIN, unit, secret.as_ref(), &self.tree, records.iter().map(Vec::as_slice));
        fs::write(&path, content).unwrap();
        fs::write(format!("{}.seal", path.display()), made.seal).unwrap();
        if self.leaves {
            fs::write(format!("{}.leaves", path.display()), made.leaves).unwrap();
        }
        self.tree = made.after;
    }

    /// Changes the lines of a segment's file.
    pub fn edit(&self, segment: usize, change: impl FnOnce(&mut Vec<String>)) {
        let text = fs::read_to_string(self.path(segment)).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        change(&mut lines);
        fs::write(self.path(segment), lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    }

    /// Changes the text of a segment's seal.
    pub fn edit_seal(&self, segment: usize, change: impl FnOnce(String) -> String) {
        let text = fs::read_to_string(self.seal_path(segment)).unwrap();
        fs::write(self.seal_path(segment), change(text)).unwrap();
    }

    /// Writes a lone checkpoint of the log as it is now, or of other facts.
    pub fn checkpoint(&self, name: &str, size: u64, root: [u8; 32]) {
        let text = checkpoint_text(&Checkpoint { origin: ORIGIN.into(), size, root });
        fs::write(self.folder.path().join(name), cosign(&text, &self.key, &self.signer, DAY + self.clock + 60)).unwrap();
    }

    pub fn examine(&self) -> Examination {
        open(self.folder.path(), self.keys.clone())
    }
}

pub fn open(path: &Path, keys: Keys) -> Examination {
    examine(&[path.to_owned()], keys, &Job::default(), None)
}

pub fn of(examination: &Examination, code: Code) -> Vec<&Finding> {
    examination.findings.iter().filter(|finding| finding.code == code).collect()
}

pub fn codes(examination: &Examination) -> Vec<&'static str> {
    examination.findings.iter().map(|finding| finding.code.name()).collect()
}

/// The errors, with the number of the record where each is.
pub fn errors(examination: &Examination) -> Vec<(Code, Option<u64>)> {
    let errors = examination.findings.iter().filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| (finding.code, finding.place.record)).collect()
}

pub fn error_codes(examination: &Examination) -> Vec<Code> {
    errors(examination).into_iter().map(|(code, _)| code).collect()
}

/// A folder of real logs beside the project, where there is one.
pub fn data(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    // Where the data must be available, a test without it has not passed.
    let required = std::env::var("SEALSCOPE_DATA").is_ok_and(|word| word == "required");
    assert!(!required, "{} is not here, and SEALSCOPE_DATA=required", path.display());
    // Written past the capture of the test's output, so that a run says what it did not test.
    eprintln!("skipped: {} is not here", path.display());
    None
}

/// Everything is sealed and nothing was found but what is named.
pub fn assert_sealed(examination: &Examination, allowed: &[Code]) {
    let unexpected: Vec<_> = examination.findings.iter().filter(|finding| !allowed.contains(&finding.code)).collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    assert_eq!(examination.verdict(), Verdict::Sealed, "{:?} {:?}", examination.counts(), examination.findings);
    assert_eq!(examination.counts().of(State::Sealed), examination.counts().total());
}
