//! Finds the files under what the user opened: folders recursively, members of tar and zip archives.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File as DiskFile;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::file::{File, Guarded, Location, Packing};
use super::temporary::{LEFTOVER, is_our_temporary};
use super::{Budget, SourceError, plain};

/// Folders deeper than this are not entered.
const MAX_DEPTH: usize = 64;
/// More files than this are not taken from one opening.
const MAX_FILES: usize = 1_000_000;
/// An unpacked tar archive may not be larger than this, in bytes.
const MAX_UNPACKED: u64 = 256 << 30;

/// Something that was opened but is not evidence, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The path as the user knows it.
    pub path: String,
    /// Why, in a sentence.
    pub reason: String,
    /// Whether this is a failure to read rather than something that is simply no log.
    pub failed: bool,
}

/// Everything found.
#[derive(Debug, Default)]
pub struct Inventory {
    /// Readable files, in the order of their paths.
    pub files: Vec<File>,
    /// What was left out.
    pub skipped: Vec<Skipped>,
}

impl Inventory {
    fn fail(&mut self, path: String, reason: String) {
        self.skipped.push(Skipped { path, reason, failed: true });
    }
}

/// How evidence is opened.
#[derive(Clone, Debug, Default)]
pub struct Opening {
    /// What it may cost. All files carry it.
    pub budget: Budget,
    /// Whether links that lead out of what was opened are followed. Otherwise they are listed.
    pub follow_links: bool,
}

/// Finds all files under `paths`. Once the budget says stop, the walk ends with what it has.
pub fn walk(paths: &[PathBuf], opening: &Opening) -> Inventory {
    let stop: &(dyn Fn() -> bool + Sync) = &|| opening.budget.is_stopped();
    let mut inventory = Inventory::default();
    let mut found = Vec::new();
    let mut visited = BTreeSet::new();
    for (path, shown) in paths.iter().zip(shown(paths)) {
        descend(path, shown, 0, &mut visited, &mut found, &mut inventory, stop);
    }
    found.sort();
    found.dedup();
    let opened: Vec<(String, PathBuf, Result<File, SourceError>)> = found
        .into_par_iter()
        .filter(|_| !stop())
        .map(|(shown, path)| {
            let file = size_of(&path)
                .map_err(|cause| SourceError::Io { path: shown.clone(), cause })
                .and_then(|size| File::new(shown.clone(), Location::Path(path.clone()), size));
            (shown, path, file)
        })
        .collect();
    for (shown, path, file) in opened {
        match file {
            Ok(file) => match archive_kind(&file) {
                Some(kind) => unpack(kind, &file, &path, &mut inventory, stop),
                None => inventory.files.push(file),
            },
            Err(error) => inventory.fail(shown, reason(&error)),
        }
    }
    inventory.files.sort_by_cached_key(|file| natural(&file.path));
    inventory
}

/// The names under which paths are shown: their last parts. Where the same name is given from two folders, all are shown with their folder's
/// name before them, so that what lies together stays together and nothing else is taken for it.
fn shown(paths: &[PathBuf]) -> Vec<String> {
    let name = |path: &Path| path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let parent = |path: &PathBuf| path.parent().map(|folder| folder.canonicalize().unwrap_or_else(|_error| folder.to_owned()));
    let mut first: BTreeMap<String, Option<PathBuf>> = BTreeMap::new();
    let collide = paths.iter().any(|path| *first.entry(name(path)).or_insert_with(|| parent(path)) != parent(path));
    if !collide {
        return paths.iter().map(|path| name(path)).collect();
    }
    let mut labels: BTreeMap<Option<PathBuf>, String> = BTreeMap::new();
    let mut shown = Vec::new();
    for path in paths {
        let folder = parent(path);
        if !labels.contains_key(&folder) {
            let own = folder.as_deref().map_or_else(String::new, name);
            let alike = labels.values().filter(|label| **label == own || label.starts_with(&format!("{own} ("))).count();
            labels.insert(folder.clone(), if alike == 0 { own } else { format!("{own} ({})", alike + 1) });
        }
        shown.push(format!("{}/{}", labels.get(&folder).map_or("", String::as_str), name(path)));
    }
    shown
}

/// A sort key under which `part-10` follows `part-9`.
pub fn natural(path: &str) -> Vec<(String, u64)> {
    let mut key = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let digits_at = rest.find(|character: char| character.is_ascii_digit()).unwrap_or(rest.len());
        let (text, tail) = rest.split_at(digits_at);
        let digits_end = tail.find(|character: char| !character.is_ascii_digit()).unwrap_or(tail.len());
        let (digits, tail) = tail.split_at(digits_end);
        key.push((text.to_owned(), digits.parse().unwrap_or(u64::MAX)));
        rest = tail;
    }
    key
}

fn reason(error: &SourceError) -> String {
    match error {
        SourceError::Io { cause, .. } => plain(cause),
        SourceError::Archive { cause, .. } => format!("the archive cannot be read: {cause}"),
        other => other.to_string(),
    }
}

fn size_of(path: &Path) -> io::Result<u64> {
    let metadata = std::fs::metadata(path)?;
    if metadata.is_file() { Ok(metadata.len()) } else { Err(io::Error::other("it is not a regular file")) }
}

fn descend(
    path: &Path,
    shown: String,
    depth: usize,
    visited: &mut BTreeSet<PathBuf>,
    found: &mut Vec<(String, PathBuf)>,
    inventory: &mut Inventory,
    stop: &(dyn Fn() -> bool + Sync),
) {
    if stop() {
        return;
    }
    if path.file_name().is_some_and(|name| is_our_temporary(&name.to_string_lossy())) {
        return inventory.skipped.push(Skipped { path: shown, reason: LEFTOVER.into(), failed: false });
    }
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        // A link that leads nowhere or in a circle.
        Err(cause) => return inventory.fail(shown, plain(&cause)),
    };
    if !metadata.is_dir() {
        if found.len() < MAX_FILES {
            found.push((shown, path.to_owned()));
        } else {
            inventory.fail(shown, format!("more than {MAX_FILES} files were opened at once"));
        }
        return;
    }
    if depth >= MAX_DEPTH {
        return inventory.fail(shown, format!("folders are nested more than {MAX_DEPTH} deep"));
    }
    match path.canonicalize() {
        Ok(real) => {
            if !visited.insert(real) {
                inventory.skipped.push(Skipped {
                    path: shown,
                    reason: "this folder was already read under another name".into(),
                    failed: false,
                });
                return;
            }
        }
        Err(cause) => return inventory.fail(shown, plain(&cause)),
    }
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(cause) => return inventory.fail(shown, plain(&cause)),
    };
    let mut children: Vec<PathBuf> = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => children.push(entry.path()),
            Err(cause) => inventory.fail(shown.clone(), plain(&cause)),
        }
    }
    children.sort();
    for child in children {
        let name = child.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        descend(&child, format!("{shown}/{name}"), depth + 1, visited, found, inventory, stop);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Archive {
    Zip,
    Tar,
}

fn archive_kind(file: &File) -> Option<Archive> {
    let start: &[u8] = &file.start;
    if file.packing == Packing::Plain && (start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06")) {
        return Some(Archive::Zip);
    }
    // POSIX tar carries "ustar" at byte 257 of its first header.
    (start.get(257..262) == Some(b"ustar")).then_some(Archive::Tar)
}

fn unpack(kind: Archive, file: &File, path: &Path, inventory: &mut Inventory, stop: &(dyn Fn() -> bool + Sync)) {
    let result = match kind {
        Archive::Zip => unpack_zip(file, path, inventory, stop),
        Archive::Tar => unpack_tar(file, path, inventory, stop),
    };
    if let Err(error) = result {
        inventory.fail(file.path.clone(), reason(&error));
    }
}

/// Whether a member's name would leave the archive's folder.
fn climbs(name: &str) -> bool {
    name.starts_with(['/', '\\'])
        || name.contains(':') && name.chars().nth(1) == Some(':')
        || name.split(['/', '\\']).any(|part| part == "..")
}

fn member(archive: &File, name: &str, location: Location, size: u64, inventory: &mut Inventory) {
    let shown = format!("{}/{name}", archive.path);
    if climbs(name) {
        return inventory.fail(shown, "its name climbs out of the archive, as in an attack; it was not read".into());
    }
    if inventory.files.len() >= MAX_FILES {
        return inventory.fail(shown, format!("more than {MAX_FILES} files were opened at once"));
    }
    if name.split('/').any(is_our_temporary) {
        return inventory.skipped.push(Skipped { path: shown, reason: LEFTOVER.into(), failed: false });
    }
    match File::new(shown.clone(), location, size) {
        Ok(file) if archive_kind(&file).is_some() => {
            inventory.skipped.push(Skipped {
                path: shown,
                reason: "an archive inside an archive is not opened; unpack it first".into(),
                failed: false,
            });
        }
        Ok(file) => inventory.files.push(file),
        Err(error) => inventory.fail(shown, reason(&error)),
    }
}

fn unpack_zip(file: &File, path: &Path, inventory: &mut Inventory, stop: &(dyn Fn() -> bool + Sync)) -> Result<(), SourceError> {
    let damaged = |cause: zip::result::ZipError| SourceError::Archive { path: file.path.clone(), cause: cause.to_string() };
    let handle = Arc::new(DiskFile::open(path).map_err(|cause| file.io(cause))?);
    let reader = io::BufReader::new(handle.try_clone().map_err(|cause| file.io(cause))?);
    let mut archive = zip::ZipArchive::new(reader).map_err(damaged)?;
    for index in 0..archive.len() {
        if stop() {
            break;
        }
        let (name, offset, size, method) = match archive.by_index_raw(index) {
            Ok(entry) if entry.is_dir() => continue,
            Ok(entry) => {
                let name = entry.name().map_or_else(|_error| format!("member {index}"), |name| name.into_owned());
                if entry.encrypted() {
                    inventory.fail(format!("{}/{name}", file.path), "it is encrypted; unpack it with its password first".into());
                    continue;
                }
                (name, entry.data_start(), entry.compressed_size(), entry.compression())
            }
            Err(error) => {
                inventory.fail(format!("{}/{index}", file.path), error.to_string());
                continue;
            }
        };
        let deflated = match method {
            zip::CompressionMethod::Stored => false,
            zip::CompressionMethod::Deflated => true,
            other => {
                inventory
                    .fail(format!("{}/{name}", file.path), format!("it is packed with {other}, which is not supported; unpack it first"));
                continue;
            }
        };
        let Some(offset) = offset else {
            inventory.fail(format!("{}/{name}", file.path), "its place in the archive cannot be found".into());
            continue;
        };
        member(file, &name, Location::Slice { archive: Arc::clone(&handle), offset, deflated }, size, inventory);
    }
    Ok(())
}

fn unpack_tar(file: &File, path: &Path, inventory: &mut Inventory, stop: &(dyn Fn() -> bool + Sync)) -> Result<(), SourceError> {
    let handle = if file.packing == Packing::Plain {
        DiskFile::open(path).map_err(|cause| file.io(cause))?
    } else {
        // Members are read at positions, so a packed archive is unpacked once into a nameless temporary file.
        let mut copy = tempfile::tempfile().map_err(|cause| file.io(cause))?;
        let mut reader = Guarded::new(file.reader()?, file.size).take(MAX_UNPACKED);
        let mut piece = vec![0; 1 << 20];
        loop {
            if stop() {
                return Ok(());
            }
            match reader.read(&mut piece) {
                Ok(0) => break,
                Ok(count) => io::Write::write_all(&mut copy, &piece[..count]).map_err(|cause| file.io(cause))?,
                Err(cause) => {
                    // What came before the damage is still shown.
                    inventory.fail(file.path.clone(), reason(&file.io(cause)));
                    break;
                }
            }
        }
        copy.rewind().map_err(|cause| file.io(cause))?;
        copy
    };
    let handle = Arc::new(handle);
    let total = handle.metadata().map_err(|cause| file.io(cause))?.len();
    let reader = io::BufReader::new(handle.try_clone().map_err(|cause| file.io(cause))?);
    let mut archive = tar::Archive::new(reader);
    let entries = archive.entries_with_seek().map_err(|cause| file.io(cause))?;
    for entry in entries {
        if stop() {
            break;
        }
        let entry = match entry {
            Ok(entry) => entry,
            Err(cause) => {
                inventory.fail(file.path.clone(), format!("the archive is damaged: {cause}"));
                break;
            }
        };
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = entry.header().entry_type();
        if kind.is_dir() || kind.is_pax_global_extensions() || kind.is_pax_local_extensions() {
            continue;
        }
        if !kind.is_file() {
            inventory.skipped.push(Skipped {
                path: format!("{}/{name}", file.path),
                reason: "a link or device in an archive is not followed".into(),
                failed: false,
            });
            continue;
        }
        let (offset, size) = (entry.raw_file_position(), entry.size());
        if offset.checked_add(size).is_none_or(|end| end > total) {
            inventory.fail(format!("{}/{name}", file.path), "the archive ends before this file does".into());
        }
        let size = size.min(total.saturating_sub(offset));
        member(file, &name, Location::Slice { archive: Arc::clone(&handle), offset, deflated: false }, size, inventory);
    }
    Ok(())
}
