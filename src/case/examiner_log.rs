//! The examiner's own log: what was opened, exported, trusted and masked, one JSON object a line. It is a log like any other: sealed with the
//! examiner's key, opened and verified as evidence is.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::keys::SealerKey;
use super::receive::host;
use super::seal_files::{Options, SealedFile, SealingError, seal};
use crate::model::time;
use crate::seal::segment::SEAL_SUFFIX;
use crate::verify::Job;

/// Why the log cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum ExaminerLogError {
    /// The desktop names no folder for data.
    #[error("this account has no data folder, so no activity log is kept")]
    NoFolder,
    /// Reading or writing failed.
    #[error("{}: the activity log cannot be kept there: {cause}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Sealing failed.
    #[error(transparent)]
    Sealing(#[from] SealingError),
}

/// A folder that holds the log: sealed files, and at most one that still grows.
#[derive(Clone, Debug)]
pub struct ExaminerLog {
    folder: PathBuf,
}

/// Where the seal of a file lies.
fn seal_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(SEAL_SUFFIX);
    PathBuf::from(name)
}

/// One thing that the examiner did.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What, as `evidence.opened`.
    pub action: &'static str,
    /// On what.
    pub target: String,
    /// How it came out.
    pub outcome: &'static str,
    /// Attributes.
    pub more: Map<String, Value>,
}

impl Entry {
    /// An entry about something that went well.
    pub fn new(action: &'static str, target: impl Into<String>) -> Self {
        Self { action, target: target.into(), outcome: "success", more: Map::new() }
    }

    /// The same with one more attribute.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }
}

/// What the log holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Files that are sealed.
    pub sealed: u64,
    /// Entries that are not sealed yet.
    pub open: u64,
}

impl ExaminerLog {
    /// The log in `folder`, which need not exist yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The log of this account.
    pub fn own() -> Result<Self, ExaminerLogError> {
        let folders = directories::ProjectDirs::from("dev", "sealscope", "sealscope").ok_or(ExaminerLogError::NoFolder)?;
        Ok(Self::new(folders.data_dir().join("examiner-log")))
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn failed(&self) -> impl Fn(std::io::Error) -> ExaminerLogError + '_ {
        |cause| ExaminerLogError::Io { path: self.folder.clone(), cause }
    }

    /// Nobody else writes or seals while the lock is held.
    fn locked(&self) -> Result<File, ExaminerLogError> {
        std::fs::create_dir_all(&self.folder).map_err(self.failed())?;
        // Beside the folder, so that nothing but the log is in it.
        let path = self.folder.with_extension("lock");
        let lock = File::options().create(true).truncate(false).write(true).open(path).map_err(self.failed())?;
        lock.lock().map_err(self.failed())?;
        Ok(lock)
    }

    /// The files of the log, oldest first.
    fn files(&self) -> Result<Vec<PathBuf>, ExaminerLogError> {
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.failed()(error)),
        };
        let mut files: Vec<PathBuf> =
            entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "jsonl")).collect();
        files.sort();
        Ok(files)
    }

    fn is_sealed(file: &Path) -> bool {
        seal_of(file).exists()
    }

    /// Notes what `examiner` did, `now` nanoseconds after 1970.
    pub fn note(&self, entry: Entry, examiner: &str, now: i64) -> Result<(), ExaminerLogError> {
        let _lock = self.locked()?;
        let mut record = Map::new();
        for (name, value) in [
            ("time", time::rfc3339(now)),
            ("actor", examiner.to_owned()),
            ("action", entry.action.to_owned()),
            ("target", entry.target),
            ("outcome", entry.outcome.to_owned()),
            ("host", host()),
            ("tool", concat!("sealscope ", env!("CARGO_PKG_VERSION")).to_owned()),
        ] {
            record.insert(name.into(), value.into());
        }
        record.extend(entry.more);
        let growing = self.files()?.into_iter().rev().find(|file| !Self::is_sealed(file));
        let path = growing.unwrap_or_else(|| {
            let stamp: String = time::rfc3339(now).chars().filter(char::is_ascii_alphanumeric).take(21).collect();
            self.folder.join(format!("examiner-{stamp}.jsonl"))
        });
        let failed = |cause| ExaminerLogError::Io { path: path.clone(), cause };
        let mut file = File::options().create(true).append(true).open(&path).map_err(failed)?;
        // One write, so that an entry stands whole or not at all.
        file.write_all(format!("{}\n", Value::Object(record)).as_bytes()).and_then(|()| file.sync_data()).map_err(failed)
    }

    /// What the log holds.
    pub fn held(&self) -> Result<Held, ExaminerLogError> {
        let mut held = Held::default();
        for file in self.files()? {
            if Self::is_sealed(&file) {
                held.sealed += 1;
            } else {
                let content = std::fs::read(&file).map_err(|cause| ExaminerLogError::Io { path: file.clone(), cause })?;
                held.open += content.iter().filter(|byte| **byte == b'\n').count() as u64;
            }
        }
        Ok(held)
    }

    /// Seals what is not sealed yet.
    pub fn seal(&self, key: &SealerKey) -> Result<Vec<SealedFile>, ExaminerLogError> {
        let _lock = self.locked()?;
        let open: Vec<PathBuf> = self.files()?.into_iter().filter(|file| !Self::is_sealed(file)).collect();
        let origin = format!("{}/examiner-log", key.public.name);
        Ok(seal(key, &origin, &open, Options { leaves: false, salted: true }, &Job::default())?)
    }

    /// Every file that belongs to the log, for taking it along.
    pub fn all(&self) -> Result<Vec<PathBuf>, ExaminerLogError> {
        let mut all = self.files()?;
        let seals: Vec<PathBuf> = all.iter().map(|file| seal_of(file)).filter(|seal| seal.exists()).collect();
        all.extend(seals);
        all.sort();
        Ok(all)
    }

    /// When a bundle by the signer with this fingerprint was first opened here.
    pub fn first_seen(&self, fingerprint: &str) -> Option<String> {
        let wanted = Value::from(fingerprint);
        self.files().ok()?.into_iter().find_map(|file| {
            let content = std::fs::read(file).ok()?;
            let records = content.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Value>(line).ok());
            let mut records = records.filter(|record| record.get("signer") == Some(&wanted));
            records.find_map(|record| Some(record.get("time")?.as_str()?.to_owned()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::keys;

    #[test]
    fn what_was_done_is_noted_and_sealed() {
        let folder = tempfile::tempdir().unwrap();
        let log = ExaminerLog::new(folder.path().join("log"));
        assert_eq!(log.held().unwrap(), Held::default());
        let at = 1_772_900_000_000_000_000;
        log.note(Entry::new("evidence.opened", "a.jsonl").with("verdict", "sealed"), "maria", at).unwrap();
        log.note(Entry::new("bundle.opened", "b.zip").with("signer", "SHA256:abc"), "maria", at + 1).unwrap();
        assert_eq!(log.held().unwrap(), Held { sealed: 0, open: 2 });
        assert_eq!(log.first_seen("SHA256:abc"), Some(time::rfc3339(at + 1)));
        assert_eq!(log.first_seen("SHA256:abd"), None);
        let key_path = folder.path().join("key");
        keys::generate("examiner/maria", &key_path, None).unwrap();
        let key = keys::read(&key_path, None).unwrap();
        assert_eq!(log.seal(&key).unwrap().len(), 1);
        log.note(Entry::new("evidence.opened", "c.jsonl"), "maria", at + 2).unwrap();
        assert_eq!(log.held().unwrap(), Held { sealed: 1, open: 1 });
        log.seal(&key).unwrap();
        assert_eq!((log.held().unwrap(), log.all().unwrap().len()), (Held { sealed: 2, open: 0 }, 4));
        // It is a log like any other.
        let mut trusted = crate::trust::Store::default();
        trusted.trust(key.public.clone());
        let case = crate::verify::examine(&[log.folder().to_owned()], trusted, &crate::verify::Job::default(), None);
        assert_eq!((case.verdict(), case.counts().total()), (crate::model::Verdict::Sealed, 3));
    }
}
