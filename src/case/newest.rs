//! Where a log continues: the newest seal in its folders, judged before anything is put behind it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::keys::SealerKey;
use super::segment_file::{SealingError, hash, open};
use crate::seal::merkle::{Hash, Range};
use crate::seal::segment::{SEAL_SUFFIX, Seal};
use crate::source::{SourceError, packed_names};
use crate::trust::{Key, Store as Keys};
use crate::verify::Job;

/// No seal is larger, in bytes.
const LARGEST_SEAL: u64 = 1 << 20;
/// Beside the newest segment, older ones are read again as far as this goes: so many of them, and so many stored bytes. Each sealing so costs the
/// same, however long the log is; the whole log is for `verify`.
const OLDER: (usize, u64) = (16, 8 << 20);

struct Found {
    path: PathBuf,
    seal: Seal,
}

struct Log<'a> {
    origin: &'a str,
    job: &'a Job,
    keys: Keys,
}

/// The tree up to the end of the newest segment of `origin` in `folders`; empty if there is none. All seals must link; the newest segment, and
/// some before it, must be as they were sealed, by this key.
pub(super) fn newest(key: &SealerKey, origin: &str, folders: &BTreeSet<PathBuf>, job: &Job) -> Result<Range, SealingError> {
    let mut keys = Keys::default();
    // A key that seals a log may sign for this log.
    keys.trust(Key { origins: vec![origin.to_owned()], ..key.public.clone() });
    let log = Log { origin, job, keys };
    let mut seals = log.seals(folders)?;
    // Of copies one is enough.
    seals.sort_by(|one, other| {
        let place = |found: &Found| (found.seal.checkpoint.size, found.seal.first, found.path.clone());
        place(one).cmp(&place(other))
    });
    seals.dedup_by(|one, other| one.seal.first == other.seal.first && one.seal.checkpoint == other.seal.checkpoint);
    log.link(&seals)?;
    let mut before = Range::new(0);
    let mut bytes = 0;
    for (age, found) in seals.iter().rev().enumerate() {
        match log.judge(found)? {
            Some((tree, _)) if age == 0 => before = tree,
            Some((_, size)) => bytes += size,
            None if age == 0 => return Err(log.broken(&found.path, format!("the segment of {} is missing", found.path.display()))),
            // Older ones may be kept elsewhere.
            None => {}
        }
        if age >= OLDER.0 || bytes > OLDER.1 {
            break;
        }
    }
    Ok(before)
}

impl Log<'_> {
    fn broken(&self, path: &Path, finding: impl Into<String>) -> SealingError {
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        SealingError::ChainBroken { origin: self.origin.to_owned(), folder, finding: finding.into() }
    }

    /// Every seal of this log. One that cannot be read may be the newest, so it stops everything.
    fn seals(&self, folders: &BTreeSet<PathBuf>) -> Result<Vec<Found>, SealingError> {
        let mut found = Vec::new();
        for folder in folders {
            let failed = |cause| SourceError::Io { path: folder.display().to_string(), cause };
            for entry in std::fs::read_dir(folder).map_err(failed)? {
                if self.job.is_cancelled() {
                    return Err(SealingError::Cancelled(0));
                }
                let path = entry.map_err(failed)?.path();
                if !path.as_os_str().as_encoded_bytes().ends_with(SEAL_SUFFIX.as_bytes()) || !path.is_file() {
                    continue;
                }
                let failed = |cause| SourceError::Io { path: path.display().to_string(), cause };
                let mut bytes = Vec::new();
                std::fs::File::open(&path).and_then(|file| file.take(LARGEST_SEAL).read_to_end(&mut bytes)).map_err(failed)?;
                // Other programs have files of that ending too.
                if !bytes.starts_with(b"sealscope.dev/segment@") {
                    continue;
                }
                let unreadable = || self.broken(&path, format!("the seal {} cannot be read", path.display()));
                let text = String::from_utf8(bytes).map_err(|_error| unreadable())?;
                let seal = Seal::parse(&text).map_err(|_error| unreadable())?;
                if seal.checkpoint.origin == self.origin {
                    found.push(Found { path, seal });
                }
            }
        }
        Ok(found)
    }

    /// Whether each seal continues where another ends. The first may start anywhere: older ones may be kept elsewhere.
    fn link(&self, seals: &[Found]) -> Result<(), SealingError> {
        let mut roots: BTreeMap<u64, Hash> = BTreeMap::new();
        let mut end = seals.first().map_or(0, |found| found.seal.first);
        for found in seals {
            let Found { path, seal } = found;
            let shown = path.display();
            if seal.first != end {
                let what = if seal.first > end { "records before it are missing" } else { "it overlaps another" };
                return Err(self.broken(path, format!("{shown} starts at record {}: {what}", seal.first)));
            }
            let before = seal.before.root();
            if roots.get(&seal.first).is_some_and(|root| Some(*root) != before) {
                return Err(self.broken(path, format!("{shown} does not follow the seal before it")));
            }
            end = seal.checkpoint.size;
            if roots.insert(end, seal.checkpoint.root).is_some_and(|root| root != seal.checkpoint.root) {
                return Err(self.broken(path, format!("{shown} contradicts another seal")));
            }
        }
        Ok(())
    }

    /// The tree after a segment, if it is as it was sealed, by this key; and its stored size. `None` if it is not here.
    fn judge(&self, found: &Found) -> Result<Option<(Range, u64)>, SealingError> {
        let Found { path, seal } = found;
        let signed = seal.note.judge(&self.keys, self.origin);
        let signed = signed.map_err(|error| self.broken(path, format!("the signature of {} fails: {error}", path.display())))?;
        if signed.log().is_none() {
            return Err(SealingError::OtherKey { origin: self.origin.to_owned() });
        }
        let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(SEAL_SUFFIX));
        let name = name.ok_or_else(|| SealingError::Name { path: path.clone() })?;
        let names = packed_names(name);
        let segment = names.iter().map(|name| path.with_file_name(name)).find(|path| path.is_file());
        let Some(segment) = segment else { return Ok(None) };
        let file = open(&segment, self.job)?;
        let tree = hash(&file, seal.unit, &seal.before, seal.secret.as_ref(), self.job, &mut |_| {})?;
        let tree = tree.ok_or(SealingError::Cancelled(0))?;
        if tree.end() != seal.checkpoint.size || tree.root().unwrap_or_default() != seal.checkpoint.root {
            return Err(self.broken(path, format!("{} changed since it was sealed", segment.display())));
        }
        Ok(Some((tree, file.size)))
    }
}
