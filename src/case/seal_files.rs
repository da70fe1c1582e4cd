//! Sealing files as the next segments of a log.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::keys::SealerKey;
use crate::model::finding::Severity;
use crate::schema;
use crate::seal::merkle::Range;
use crate::seal::note::{Checkpoint, checkpoint_text, cosign};
use crate::seal::segment::{HEADER, LEAVES_SUFFIX, SEAL_SUFFIX, Seal, SegmentLeaves, Unit};
use crate::source::block::{Blocks, Piece};
use crate::source::{File, Location, SourceError, packed_names};
use crate::trust::Store as Keys;
use crate::verify::{Job, examine};

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

/// Why nothing, or nothing more, was sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealingError {
    /// There is a seal already.
    #[error("{}: is sealed already. Nothing was sealed", path.display())]
    AlreadySealed {
        /// The segment.
        path: PathBuf,
    },
    /// A seal or a key is no log.
    #[error("{}: is {what}, not a log. Nothing was sealed", path.display())]
    NotALog {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// The same file was named twice.
    #[error("{}: is named twice. Nothing was sealed", path.display())]
    Twice {
        /// The file.
        path: PathBuf,
    },
    /// The chain in the folder does not verify.
    #[error("the log {origin} does not verify, so it is not continued: {finding}. Run `sealscope verify` on {} first. Nothing was sealed", folder.display())]
    ChainBroken {
        /// The log.
        origin: String,
        /// The folder.
        folder: PathBuf,
        /// The worst finding.
        finding: String,
    },
    /// The chain was sealed with another key.
    #[error(
        "the log {origin} was sealed with another key than this one, so it is not continued. Use that key, or another origin. Nothing was sealed"
    )]
    OtherKey {
        /// The log.
        origin: String,
    },
    /// The origin cannot be used.
    #[error("“{0}” cannot be a log's name: it must be one line of text without control characters")]
    BadOrigin(String),
    /// Reading failed.
    #[error("{0}")]
    Source(#[from] SourceError),
    /// Writing failed.
    #[error("{}: cannot be written: {cause}. The segment is not sealed", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The system gave no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(String),
}

/// Seals `files` in the order given, continuing the log `origin` from the newest seal in their folders.
pub fn seal(key: &SealerKey, origin: &str, files: &[PathBuf], options: Options) -> Result<Vec<SealedFile>, SealingError> {
    if origin.is_empty() || origin.chars().any(char::is_control) {
        return Err(SealingError::BadOrigin(origin.to_owned()));
    }
    let mut opened = Vec::new();
    for (index, path) in files.iter().enumerate() {
        if files[..index].iter().any(|other| same_file(other, path)) {
            return Err(SealingError::Twice { path: path.clone() });
        }
        opened.push(open(path)?);
    }
    let mut before = newest(key, origin, files)?;
    let mut sealed = Vec::new();
    for (path, file) in files.iter().zip(&opened) {
        let first = before.end();
        before = seal_one(key, origin, path, file, &before, options)?;
        sealed.push(SealedFile { file: path.clone(), seal: beside(path, SEAL_SUFFIX), first, count: before.end() - first });
    }
    Ok(sealed)
}

fn same_file(one: &Path, other: &Path) -> bool {
    one == other || matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn open(path: &Path) -> Result<File, SealingError> {
    let size = std::fs::metadata(path).map_err(|cause| SourceError::Io { path: path.display().to_string(), cause })?.len();
    let file = File::new(path.display().to_string(), Location::Path(path.to_owned()), size)?;
    if file.start.starts_with(b"sealscope.dev/segment@") {
        return Err(SealingError::NotALog { path: path.to_owned(), what: "a seal" });
    }
    if path.to_string_lossy().ends_with(LEAVES_SUFFIX) {
        return Err(SealingError::NotALog { path: path.to_owned(), what: "a file of leaf hashes" });
    }
    if std::str::from_utf8(&file.peek()).is_ok_and(|text| text.contains("PRIVATE KEY-----")) {
        return Err(SealingError::NotALog { path: path.to_owned(), what: "a private key" });
    }
    // A segment that was packed or unpacked since keeps its seal's name.
    let shown = path.to_string_lossy();
    let names: Vec<PathBuf> = std::iter::once(path.to_owned()).chain(packed_names(&shown).into_iter().map(PathBuf::from)).collect();
    if names.iter().any(|name| beside(name, SEAL_SUFFIX).exists()) {
        return Err(SealingError::AlreadySealed { path: path.to_owned() });
    }
    Ok(file)
}

/// The tree up to the end of the newest segment of `origin` in the files' folders; empty if there is none.
fn newest(key: &SealerKey, origin: &str, files: &[PathBuf]) -> Result<Range, SealingError> {
    let mut folders: Vec<PathBuf> = files
        .iter()
        .map(|file| file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned())
        .collect();
    folders.sort();
    folders.dedup();
    let mut last: Option<(PathBuf, Seal)> = None;
    let mut evidence: Vec<PathBuf> = Vec::new();
    for folder in &folders {
        let entries = std::fs::read_dir(folder).map_err(|cause| SourceError::Io { path: folder.display().to_string(), cause })?;
        for path in entries.flatten().map(|entry| entry.path()) {
            if !path.to_string_lossy().ends_with(SEAL_SUFFIX) {
                continue;
            }
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            if !text.starts_with(HEADER) {
                continue;
            }
            let Ok(seal) = Seal::parse(&text) else {
                let finding = format!("the seal {} cannot be read", path.display());
                return Err(SealingError::ChainBroken { origin: origin.to_owned(), folder: folder.clone(), finding });
            };
            if seal.checkpoint.origin != origin {
                continue;
            }
            evidence.push(path.clone());
            if last.as_ref().is_none_or(|(_, newest)| seal.checkpoint.size > newest.checkpoint.size) {
                last = Some((path, seal));
            }
        }
    }
    let Some((path, seal)) = last else { return Ok(Range::new(0)) };
    // Each seal is judged with the segment it lies beside, and nothing else in the folder.
    let mut opened = evidence.clone();
    for path in &evidence {
        let name = path.to_string_lossy();
        let name = name.strip_suffix(SEAL_SUFFIX).unwrap_or(&name);
        let mut names = packed_names(name);
        names.dedup();
        opened.extend(names.iter().map(PathBuf::from).filter(|path| path.is_file()));
        opened.extend(names.iter().map(|name| PathBuf::from(format!("{name}{LEAVES_SUFFIX}"))).filter(|path| path.is_file()));
    }
    opened.sort();
    opened.dedup();
    let mut keys = Keys::default();
    keys.trust(key.public.clone());
    let examination = examine(&opened, keys, &Job::default(), None);
    let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
    if let Some(finding) = examination.findings.iter().find(|finding| finding.severity == Severity::Error) {
        return Err(SealingError::ChainBroken { origin: origin.to_owned(), folder, finding: finding.title.clone() });
    }
    let ours =
        |log: &crate::verify::LogReport| log.origin == origin && log.verdict == crate::model::Verdict::Sealed || log.counts.total() == 0;
    if !examination.logs.iter().filter(|log| log.origin == origin).all(ours) {
        return Err(SealingError::OtherKey { origin: origin.to_owned() });
    }
    // The tree after the newest segment: its frontier with its own records behind.
    let name = path.to_string_lossy();
    let name = name.strip_suffix(SEAL_SUFFIX).unwrap_or(&name).to_owned();
    let segment = packed_names(&name).into_iter().map(PathBuf::from).find(|path| path.is_file());
    let Some(segment) = segment else {
        return Err(SealingError::ChainBroken {
            origin: origin.to_owned(),
            folder,
            finding: format!("the segment of {} is missing", path.display()),
        });
    };
    let size = std::fs::metadata(&segment).map_err(|cause| SourceError::Io { path: segment.display().to_string(), cause })?.len();
    let file = File::new(segment.display().to_string(), Location::Path(segment.clone()), size)?;
    let tree = hash(&file, seal.unit, &seal.before, seal.secret.as_ref(), &mut |_| {})?;
    if tree.end() == seal.checkpoint.size && tree.root() == Some(seal.checkpoint.root) {
        Ok(tree)
    } else {
        // Only a change of line ends can still be here, and a chain must not be continued over it.
        Err(SealingError::ChainBroken {
            origin: origin.to_owned(),
            folder,
            finding: format!("{} changed since it was sealed", segment.display()),
        })
    }
}

/// Hashes a file's records behind `before`.
fn hash(file: &File, unit: Unit, before: &Range, secret: Option<&[u8; 32]>, each: &mut dyn FnMut([u8; 32])) -> Result<Range, SourceError> {
    use sha2::Digest;
    let leaves = SegmentLeaves::new(unit, before.end(), secret);
    let mut tree = before.clone();
    let mut push = |tree: &mut Range, leaf: [u8; 32]| {
        each(leaf);
        tree.push(leaf);
    };
    if unit == Unit::File {
        let content = file.read_all(File::MAX_DOCUMENT)?;
        let leaf = leaves.leaf(tree.end(), &content);
        push(&mut tree, leaf);
        return Ok(tree);
    }
    let mut blocks = Blocks::new(file.reader()?);
    let mut buffer = Vec::new();
    let first = before.end();
    while let Some(piece) = blocks.next(std::mem::take(&mut buffer), &|line| leaves.hasher(first + line)).map_err(|cause| file.io(cause))? {
        match piece {
            Piece::Block(block) => {
                for (_, record) in block.records() {
                    let leaf = leaves.leaf(tree.end(), record);
                    push(&mut tree, leaf);
                }
                buffer = block.bytes;
            }
            Piece::Long(long) => push(&mut tree, long.hasher.finalize().into()),
        }
    }
    Ok(tree)
}

/// What counts as a record of the file: a document with a list of entries, or one laid out over lines, is one record.
fn unit_of(file: &File) -> Unit {
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
    match schema::entries(content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&content)) {
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

fn seal_one(key: &SealerKey, origin: &str, path: &Path, file: &File, before: &Range, options: Options) -> Result<Range, SealingError> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| SealingError::Random(error.to_string()))?;
    let secret = options.salted.then_some(secret);
    let unit = unit_of(file);
    let mut leaves = Vec::new();
    let after = hash(file, unit, before, secret.as_ref(), &mut |leaf| {
        if options.leaves {
            leaves.extend_from_slice(&leaf);
        }
    })?;
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let checkpoint = Checkpoint { origin: origin.to_owned(), size: after.end(), root: after.root().unwrap_or_default() };
    let text =
        Seal::head(unit, before.end(), secret.as_ref(), before) + &cosign(&checkpoint_text(&checkpoint), &key.public, &key.signer, seconds);
    let write = |path: PathBuf, bytes: &[u8], replace: bool| {
        super::write_whole(&path, bytes, replace, 0o644).map_err(|cause| SealingError::Write { path, cause })
    };
    if options.leaves {
        // Leaf hashes without a seal are the remains of a sealing that did not finish.
        write(beside(path, LEAVES_SUFFIX), &leaves, true)?;
    }
    write(beside(path, SEAL_SUFFIX), text.as_bytes(), false)?;
    Ok(after)
}
