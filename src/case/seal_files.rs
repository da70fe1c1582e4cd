//! Sealing files as the next segments of a log.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{SystemTime, UNIX_EPOCH};

use super::keys::SealerKey;
use super::newest::newest;
pub use super::segment_file::SealingError;
use super::segment_file::{hash, io_error, open};
use super::workplace::{FolderLock, clean};
use crate::model::time::SECOND;
use crate::schema;
use crate::seal::merkle::Range;
use crate::seal::note::{Checkpoint, checkpoint_text, cosign};
use crate::seal::segment::{LEAVES_SUFFIX, SEAL_SUFFIX, Seal, Unit};
use crate::source::{Exceeded, File, SourceError, TEMPORARY_END, is_our_temporary, packed_names, temporary_start};
use crate::trust::is_private_key;
use crate::verify::Job;

/// How to seal.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Write the leaf hashes too.
    pub leaves: bool,
    /// Salt each record.
    pub salted: bool,
}

/// A segment that was sealed.
#[derive(Clone, Debug)]
pub struct SealedFile {
    /// The segment.
    pub file: PathBuf,
    /// Its seal.
    pub seal: PathBuf,
    /// Number of its first record.
    pub first: u64,
    /// How many records.
    pub count: u64,
}

/// Seals `files` in the order given, continuing the log `origin` from the newest seal in their folders. Nobody else seals there meanwhile.
pub fn seal(key: &SealerKey, origin: &str, files: &[PathBuf], options: Options, job: &Job) -> Result<Vec<SealedFile>, SealingError> {
    let mut sealed = Vec::new();
    match seal_all(key, origin, files, options, job, &mut sealed) {
        Ok(()) => Ok(sealed),
        // Reading ends with an error of its own where the user stopped.
        Err(SealingError::Source(SourceError::Exceeded { exceeded: Exceeded::Stopped, .. })) => Err(SealingError::Cancelled(sealed.len())),
        Err(error) => Err(error),
    }
}

fn seal_all(
    key: &SealerKey,
    origin: &str,
    files: &[PathBuf],
    options: Options,
    job: &Job,
    sealed: &mut Vec<SealedFile>,
) -> Result<(), SealingError> {
    if origin.is_empty() || origin.chars().any(char::is_control) {
        return Err(SealingError::BadOrigin(origin.to_owned()));
    }
    seconds(SystemTime::now())?;
    let folders = folders(files)?;
    let mut locks = Vec::new();
    for folder in &folders {
        let failed = |cause| SealingError::Lock { folder: folder.clone(), cause };
        // Always in the same order, so that two who lock several folders do not wait for each other.
        locks.push(FolderLock::wait(folder, &|| job.is_cancelled()).map_err(failed)?.ok_or(SealingError::Cancelled(0))?);
        clean(folder, TEMPORARY).map_err(failed)?;
    }
    let mut total = 0;
    for path in files {
        total += check(path, job)?;
    }
    job.set_total(total);
    let mut before = newest(key, origin, &folders, job)?;
    for path in files {
        if job.is_cancelled() {
            return Err(SealingError::Cancelled(sealed.len()));
        }
        let first = before.end();
        before = seal_one(key, origin, path, &before, options, job)?.ok_or(SealingError::Cancelled(sealed.len()))?;
        sealed.push(SealedFile { file: path.clone(), seal: beside(path, SEAL_SUFFIX), first, count: before.end() - first });
    }
    drop(locks);
    Ok(())
}

/// What unfinished files are for, in their names.
const TEMPORARY: &str = "seal";

/// The folders of the files, each once, under their real names. The same file named twice is an error.
fn folders(files: &[PathBuf]) -> Result<BTreeSet<PathBuf>, SealingError> {
    let (mut real_folders, mut named) = (BTreeMap::new(), BTreeSet::new());
    for path in files {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !real_folders.contains_key(folder) {
            real_folders.insert(folder.to_owned(), folder.canonicalize().map_err(io_error(folder))?);
        }
        let real = real_folders.get(folder).map_or(folder, PathBuf::as_path);
        if !named.insert(real.join(path.file_name().unwrap_or_default())) {
            return Err(SealingError::Twice { path: path.clone() });
        }
    }
    Ok(real_folders.into_values().collect())
}

pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Whether a file can be sealed. Gives its size.
fn check(path: &Path, job: &Job) -> Result<u64, SealingError> {
    let not_a_log = |what| SealingError::NotALog { path: path.to_owned(), what };
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return Err(SealingError::Name { path: path.to_owned() }) };
    if path.symlink_metadata().map_err(io_error(path))?.is_symlink() {
        return Err(SealingError::Link { path: path.to_owned() });
    }
    let file = open(path, job)?;
    if file.start.starts_with(b"sealscope.dev/segment@") {
        return Err(not_a_log("a seal"));
    }
    if name.ends_with(LEAVES_SUFFIX) {
        return Err(not_a_log("a file of leaf hashes"));
    }
    if is_our_temporary(name) {
        return Err(not_a_log("an unfinished file of Sealscope's own"));
    }
    if is_private_key(&file.peek()) {
        return Err(not_a_log("a private key"));
    }
    // A segment that was packed or unpacked since keeps its seal's name.
    if packed_names(name).iter().any(|name| beside(&path.with_file_name(name), SEAL_SUFFIX).exists()) {
        return Err(SealingError::AlreadySealed { path: path.to_owned() });
    }
    Ok(file.size)
}

/// The time of sealing, which other programs hold as nanoseconds in 64 bits.
fn seconds(now: SystemTime) -> Result<u64, SealingError> {
    let since = now.duration_since(UNIX_EPOCH).map_err(|_error| SealingError::Clock)?.as_secs();
    let fits = since > 0 && i64::try_from(since).is_ok_and(|seconds| seconds.checked_mul(SECOND).is_some());
    if fits { Ok(since) } else { Err(SealingError::Clock) }
}

/// What counts as a record of the file: a document with a list of entries, or one laid out over lines, is one record.
fn unit_of(file: &File, job: &Job) -> Unit {
    let start = file.peek();
    let start: &[u8] = &start;
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    if !matches!(start.iter().find(|byte| !byte.is_ascii_whitespace()), Some(b'{' | b'[')) || file.size > File::MAX_DOCUMENT {
        return Unit::Line;
    }
    let first_line = start.split(|byte| *byte == b'\n').next().unwrap_or(&[]);
    let whole_first = serde_json::from_slice::<serde::de::IgnoredAny>(first_line).is_ok();
    let more = start[first_line.len()..].iter().any(|byte| !byte.is_ascii_whitespace())
        || start.len() >= File::PEEK && first_line.len() < start.len();
    if whole_first && more {
        return Unit::Line;
    }
    let Ok(content) = file.read_all(File::MAX_DOCUMENT) else { return Unit::Line };
    match schema::entries_while(content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&content), &|| !job.is_cancelled()) {
        Some(entries)
            if !whole_first
                || entries.len() != 1
                || entries.first().is_some_and(|entry| entry.len() + 2 < first_line.trim_ascii().len()) =>
        {
            Unit::File
        }
        _ => Unit::Line,
    }
}

/// Seals one file. `None` if the user stopped; then nothing was written.
fn seal_one(
    key: &SealerKey,
    origin: &str,
    path: &Path,
    before: &Range,
    options: Options,
    job: &Job,
) -> Result<Option<Range>, SealingError> {
    let file = open(path, job)?;
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| SealingError::Random(error.to_string()))?;
    let secret = options.salted.then_some(secret);
    let unit = unit_of(&file, job);
    let mut leaves = Vec::new();
    let after = hash(&file, unit, before, secret.as_ref(), job, &mut |leaf| {
        if options.leaves {
            leaves.extend_from_slice(&leaf);
        }
    })?;
    let Some(after) = after else { return Ok(None) };
    job.counter().fetch_add(file.size, Ordering::Relaxed);
    let seconds = seconds(SystemTime::now())?;
    let checkpoint = Checkpoint { origin: origin.to_owned(), size: after.end(), root: after.root().unwrap_or_default() };
    let text =
        Seal::head(unit, before.end(), secret.as_ref(), before) + &cosign(&checkpoint_text(&checkpoint), &key.public, &key.signer, seconds);
    let seal = prepared(beside(path, SEAL_SUFFIX), text.as_bytes())?;
    let leaves = options.leaves.then(|| prepared(beside(path, LEAVES_SUFFIX), &leaves)).transpose()?;
    // The seal first: leaf hashes without one would say that there was one once.
    seal.publish(false)?;
    leaves.map_or(Ok(()), |leaves| leaves.publish(true))?;
    Ok(Some(after))
}

/// A file that is written and waits for its name.
struct Prepared {
    path: PathBuf,
    file: tempfile::NamedTempFile,
}

fn prepared(path: PathBuf, bytes: &[u8]) -> Result<Prepared, SealingError> {
    use std::os::unix::fs::PermissionsExt;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = tempfile::Builder::new()
        .prefix(&temporary_start(TEMPORARY))
        .suffix(TEMPORARY_END)
        .permissions(std::fs::Permissions::from_mode(0o644))
        .tempfile_in(folder)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            Ok(file)
        });
    match written {
        Ok(file) => Ok(Prepared { path, file }),
        Err(cause) => Err(SealingError::Write { path, cause }),
    }
}

impl Prepared {
    /// Gives the file its name, and makes the name last.
    fn publish(self, replace: bool) -> Result<(), SealingError> {
        let Self { path, file } = self;
        let persisted = if replace { file.persist(&path) } else { file.persist_noclobber(&path) }.map_err(|error| error.error);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let done = persisted.and_then(|_| std::fs::File::open(folder)).and_then(|folder| folder.sync_all());
        done.map_err(|cause| SealingError::Write { path, cause })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn only_times_that_others_can_hold_are_signed() {
        assert_eq!(seconds(UNIX_EPOCH + Duration::from_secs(1_772_841_600)).ok(), Some(1_772_841_600));
        assert_eq!(seconds(UNIX_EPOCH + Duration::from_secs(9_223_372_036)).ok(), Some(9_223_372_036));
        for wrong in [UNIX_EPOCH, UNIX_EPOCH - Duration::from_secs(5), UNIX_EPOCH + Duration::from_secs(9_223_372_037)] {
            assert!(matches!(seconds(wrong), Err(SealingError::Clock)), "{wrong:?}");
        }
    }
}
