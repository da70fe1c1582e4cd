//! Sealing on receipt: evidence is copied into a folder of the examiner's and sealed there, so that from that moment on it is provable.
//! Who received what, when and from where is written beside it and sealed with it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use serde_json::json;
use sha2::{Digest, Sha256};

use super::keys::SealerKey;
use super::seal_files::{Options, SealingError, seal};
use super::workplace::Workplace;
use crate::model::text::{hex, plural};
use crate::model::{receipt, time};
use crate::seal::segment::{LEAVES_SUFFIX, SEAL_SUFFIX};
use crate::source::{File, Location, SourceError, is_our_temporary, unpacked_name, walk};
use crate::trust::is_private_key;
use crate::verify::Job;

/// The record of the acquisition, sealed as the last segment.
pub const ACQUISITION: &str = "acquisition.jsonl";
/// Bytes copied between looks at Cancel.
const PIECE: usize = 1 << 20;

/// Why nothing was received.
#[derive(Debug, thiserror::Error)]
pub enum ReceivingError {
    /// There is nothing to receive.
    #[error("nothing to seal: {0}")]
    Nothing(String),
    /// The user stopped; nothing is left behind.
    #[error("stopped; nothing was sealed")]
    Cancelled,
    /// The folder is inside the evidence.
    #[error("{}: is inside the evidence, which is never written to. Choose a folder outside it", folder.display())]
    Inside {
        /// The folder.
        folder: PathBuf,
    },
    /// Reading failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Sealing failed.
    #[error(transparent)]
    Sealing(#[from] SealingError),
    /// Writing failed.
    #[error("{}: cannot be written: {cause}. Choose another folder", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
}

/// What is to be received.
pub struct Receiving<'a> {
    /// Files, folders or archives.
    pub sources: &'a [PathBuf],
    /// The folder in which a new one is made.
    pub into: &'a Path,
    /// The examiner's sealing key.
    pub key: &'a SealerKey,
    /// Who receives.
    pub examiner: &'a str,
    /// When, nanoseconds since 1970.
    pub now: i64,
}

/// What was received.
#[derive(Clone, Debug)]
pub struct Received {
    /// The new folder, with copies, seals and the record of the acquisition.
    pub folder: PathBuf,
    /// The log's name.
    pub origin: String,
    /// Files that were copied and sealed.
    pub files: u64,
    /// Files that were left out, each with the reason.
    pub left_out: Vec<(String, String)>,
}

impl Received {
    /// What was done, in a sentence.
    pub fn sentence(&self) -> String {
        let left_out = match self.left_out.len() {
            0 => String::new(),
            number => format!(" {} left out, named in {ACQUISITION}.", plural(number as u64, "file")),
        };
        format!("{} sealed in {} as {}.{left_out}", plural(self.files, "file"), self.folder.display(), self.origin)
    }
}

/// Copies and seals. The new folder appears whole or not at all.
pub fn receive(receiving: &Receiving<'_>, job: &Job) -> Result<Received, ReceivingError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |cause| ReceivingError::Write { path, cause }
    };
    std::fs::create_dir_all(receiving.into).map_err(failed(receiving.into))?;
    let into = receiving.into.canonicalize().map_err(failed(receiving.into))?;
    if receiving.sources.iter().filter_map(|source| source.canonicalize().ok()).any(|source| into.starts_with(source)) {
        return Err(ReceivingError::Inside { folder: into });
    }
    let inventory = walk(receiving.sources, job.opening());
    if job.is_cancelled() {
        return Err(ReceivingError::Cancelled);
    }
    let mut left_out: Vec<(String, String)> =
        inventory.skipped.iter().map(|skipped| (skipped.path.clone(), skipped.reason.clone())).collect();
    let all: BTreeSet<String> = inventory.files.iter().map(|file| file.path.clone()).collect();
    let (sealed, files): (Vec<File>, Vec<File>) = inventory.files.into_iter().partition(|file| is_sealed(&file.path, &all));
    let (secret, files): (Vec<File>, Vec<File>) = files.into_iter().partition(|file| is_private_key(&file.peek()));
    left_out.extend(secret.into_iter().map(|file| (file.path, "it holds a private key".to_owned())));
    left_out.extend(sealed.into_iter().map(|file| (file.path, "it is already sealed, or is a seal".to_owned())));
    if files.is_empty() {
        let why = left_out.first().map_or_else(|| "no file was found".to_owned(), |(path, reason)| format!("{path}: {reason}"));
        return Err(ReceivingError::Nothing(why));
    }
    job.set_total(files.iter().map(|file| file.size).sum());
    let building = Workplace::make(&into, "receive").map_err(failed(&into))?;
    let mut records = Vec::new();
    let mut copies = Vec::new();
    let mut names = Names::default();
    for file in &files {
        let name = names.of(&file.path);
        let copy = building.path().join(&name);
        if let Some(folder) = copy.parent() {
            std::fs::create_dir_all(folder).map_err(failed(folder))?;
        }
        let (bytes, digest) = copy_one(file, &copy, job)?;
        records.push(json!({
            "time": time::rfc3339(receiving.now), "actor": receiving.examiner, "action": "evidence.received", "outcome": "success",
            "target": origin_of(file), "copied_to": name, "bytes": bytes, "sha256": digest, "host": host(),
            "tool": concat!("sealscope ", env!("CARGO_PKG_VERSION")), "clock": "UTC, as this computer's clock had it",
        }));
        copies.push(copy);
    }
    for (path, reason) in &left_out {
        records.push(json!({
            "time": time::rfc3339(receiving.now), "actor": receiving.examiner, "action": "evidence.left-out", "target": path, "reason": reason,
            "host": host(), "tool": concat!("sealscope ", env!("CARGO_PKG_VERSION")),
        }));
    }
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    let acquisition = building.path().join(ACQUISITION);
    std::fs::write(&acquisition, lines).map_err(failed(&acquisition))?;
    copies.push(acquisition);
    // Two receipts of one second are two logs, wherever they lie.
    let mut random = [0; 4];
    getrandom::fill(&mut random).map_err(|error| SealingError::Random(error.to_string()))?;
    let stamp = receipt::stamp(receiving.now, &hex(&random));
    let origin = receipt::origin(&receiving.key.public.name, receiving.now, &hex(&random));
    if job.is_cancelled() {
        return Err(ReceivingError::Cancelled);
    }
    seal(receiving.key, &origin, &copies, Options { leaves: true, salted: true }, job).map_err(|error| match error {
        SealingError::Cancelled(_) => ReceivingError::Cancelled,
        other => other.into(),
    })?;
    let folder = into.join(format!("received-{stamp}"));
    // A name that is taken is never replaced.
    if folder.exists() {
        return Err(ReceivingError::Write { path: folder, cause: std::io::ErrorKind::AlreadyExists.into() });
    }
    std::fs::rename(building.path(), &folder).map_err(failed(&folder))?;
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).map_err(failed(&folder))?;
    Ok(Received { folder, origin, files: files.len() as u64, left_out })
}

fn is_sealed(path: &str, all: &BTreeSet<String>) -> bool {
    let unpacked = unpacked_name(path);
    path.ends_with(SEAL_SUFFIX)
        || path.ends_with(LEAVES_SUFFIX)
        || [path, unpacked].iter().any(|name| all.contains(&format!("{name}{SEAL_SUFFIX}")))
}

/// A relative path that leads nowhere else, whatever the evidence calls itself.
fn safe_name(path: &str) -> String {
    let part = |part: &str| {
        let name: String = part
            .chars()
            .map(|character| if character.is_control() || "\\:*?\"<>|".contains(character) { '_' } else { character })
            .collect();
        // The record of the acquisition keeps its name to itself, and nothing looks like an unfinished file of ours.
        if name == ACQUISITION || is_our_temporary(&name) { format!("_{name}") } else { name }
    };
    let parts: Vec<String> = path.split('/').filter(|name| !matches!(*name, "" | "." | "..")).map(part).collect();
    if parts.is_empty() { "_".into() } else { parts.join("/") }
}

/// Names of copies. Whatever the evidence calls itself, no two are the same, and none is the folder of another.
#[derive(Default)]
struct Names {
    files: BTreeSet<String>,
    folders: BTreeSet<String>,
    /// For names that are wanted often, the number to continue with.
    next: BTreeMap<String, u64>,
}

impl Names {
    fn of(&mut self, path: &str) -> String {
        let wanted = safe_name(path);
        let folders = |name: &str| name.match_indices('/').map(|(at, _)| name[..at].to_owned()).collect::<Vec<_>>();
        let free = |name: &String, names: &Self| {
            !names.files.contains(name) && !names.folders.contains(name) && !folders(name).iter().any(|folder| names.files.contains(folder))
        };
        let flat = wanted.replace('/', "_");
        let mut name = wanted;
        while !free(&name, self) {
            let number = self.next.entry(flat.clone()).or_insert(1);
            *number += 1;
            name = format!("{number}~{flat}");
        }
        self.folders.extend(folders(&name));
        self.files.insert(name.clone());
        name
    }
}

/// Where a file came from, for people.
fn origin_of(file: &File) -> String {
    match &file.location {
        Location::Path(path) => path.canonicalize().unwrap_or_else(|_error| path.clone()).display().to_string(),
        Location::Slice { .. } => file.path.clone(),
    }
}

/// The name of this computer.
pub fn host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").map_or_else(|_error| "unknown".into(), |name| name.trim().to_owned())
}

/// Copies a file's stored bytes and gives their number and SHA-256.
fn copy_one(file: &File, copy: &Path, job: &Job) -> Result<(u64, String), ReceivingError> {
    let failed = |cause| ReceivingError::Write { path: copy.to_owned(), cause };
    let mut from = file.stored_reader()?;
    let mut to = std::fs::OpenOptions::new().write(true).create_new(true).open(copy).map_err(failed)?;
    let mut hasher = Sha256::new();
    let mut piece = vec![0; PIECE];
    let mut bytes = 0;
    loop {
        if job.is_cancelled() {
            return Err(ReceivingError::Cancelled);
        }
        let read = match from.read(&mut piece) {
            Ok(read) => read,
            Err(_) if job.is_cancelled() => return Err(ReceivingError::Cancelled),
            Err(cause) => return Err(file.io(cause).into()),
        };
        if read == 0 {
            break;
        }
        hasher.update(&piece[..read]);
        to.write_all(&piece[..read]).map_err(failed)?;
        bytes += read as u64;
        job.counter().fetch_add(read as u64, Ordering::Relaxed);
    }
    to.sync_all().map_err(failed)?;
    Ok((bytes, hex(&hasher.finalize())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_else() {
        for (path, safe) in [
            ("case/a.jsonl", "case/a.jsonl"),
            ("../../etc/passwd", "etc/passwd"),
            ("/abs/./x", "abs/x"),
            ("a\u{0}b/c:d", "a_b/c_d"),
            ("x/acquisition.jsonl", "x/_acquisition.jsonl"),
        ] {
            assert_eq!(safe_name(path), safe);
        }
        let mut names = Names::default();
        let named = ["a", "a", "a/b", "c/d", "c", "a:b", "a_b"].map(|path| names.of(path));
        assert_eq!(named, ["a", "2~a", "2~a_b", "c/d", "2~c", "a_b", "3~a_b"]);
    }
}
