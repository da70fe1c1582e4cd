//! A file that becomes a segment: opened, hashed, and why that may fail.

use std::path::{Path, PathBuf};

use crate::seal::merkle::Range;
use crate::seal::segment::{SegmentLeaves, Unit};
use crate::source::block::{Blocks, Piece};
use crate::source::{File, Location, SourceError};
use crate::verify::Job;

/// Bytes hashed between looks at Cancel.
const PIECE: usize = 1 << 20;

/// Why nothing, or nothing more, was sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealingError {
    /// There is a seal already.
    #[error("{}: is already sealed. Nothing was sealed", path.display())]
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
    #[error("{}: is given twice. Nothing was sealed", path.display())]
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
    #[error("the log {origin} was sealed with another key, so it is not continued. Use that key, or another origin. Nothing was sealed")]
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
    /// A name that others would read differently.
    #[error("{}: its name is not UTF-8, so the log may later be read with another file. Rename it first. Nothing was sealed", path.display())]
    Name {
        /// The file.
        path: PathBuf,
    },
    /// Opening the folder does not follow links out of it.
    #[error("{}: is a link. Seal the file that it leads to. Nothing was sealed", path.display())]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// The clock shows no time that can be signed.
    #[error(
        "this computer's clock is before 1970 or after 2262, and the time of sealing is signed. Set the clock first. Nothing was sealed"
    )]
    Clock,
    /// The user stopped.
    #[error("stopped; {} sealed before", crate::model::text::plural(*.0 as u64, "file"))]
    Cancelled(usize),
    /// A folder cannot be locked against others who seal there.
    #[error("{}: cannot be locked against others who seal there: {cause}. Nothing was sealed", folder.display())]
    Lock {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The system gave no random numbers.
    #[error("the system provides no random numbers: {0}")]
    Random(String),
}

/// Hashes a file's records behind `before`. `None` if the user stopped.
pub(super) fn hash(
    file: &File,
    unit: Unit,
    before: &Range,
    secret: Option<&[u8; 32]>,
    job: &Job,
    each: &mut dyn FnMut([u8; 32]),
) -> Result<Option<Range>, SourceError> {
    use sha2::Digest;
    let leaves = SegmentLeaves::new(unit, before.end(), secret);
    let mut tree = before.clone();
    let mut push = |tree: &mut Range, leaf: [u8; 32]| {
        each(leaf);
        tree.push(leaf);
    };
    if unit == Unit::File {
        let content = file.read_all(File::MAX_DOCUMENT)?;
        let mut hasher = leaves.hasher(tree.end());
        for piece in content.chunks(PIECE) {
            if job.is_cancelled() {
                return Ok(None);
            }
            hasher.update(piece);
        }
        let leaf = hasher.finalize().into();
        push(&mut tree, leaf);
        return Ok(Some(tree));
    }
    let mut blocks = Blocks::new(file.reader()?);
    let mut buffer = Vec::new();
    let first = before.end();
    while let Some(piece) = blocks.next(std::mem::take(&mut buffer), &|line| leaves.hasher(first + line)).map_err(|cause| file.io(cause))? {
        if job.is_cancelled() {
            return Ok(None);
        }
        match piece {
            Piece::Block(block) => {
                for (_, record) in block.records() {
                    if job.is_cancelled() {
                        return Ok(None);
                    }
                    let leaf = leaves.leaf(tree.end(), record);
                    push(&mut tree, leaf);
                }
                buffer = block.bytes;
            }
            Piece::Long(long) => push(&mut tree, long.hasher.finalize().into()),
        }
    }
    Ok(Some(tree))
}

/// Opens a file under the budget of the work.
pub(super) fn open(path: &Path, job: &Job) -> Result<File, SealingError> {
    let size = std::fs::metadata(path).map_err(io_error(path))?.len();
    Ok(File::opened(job.budget(), path.display().to_string(), Location::Path(path.to_owned()), size)?)
}

pub(super) fn io_error(path: &Path) -> impl Fn(std::io::Error) -> SealingError + '_ {
    |cause| SourceError::Io { path: path.display().to_string(), cause }.into()
}
