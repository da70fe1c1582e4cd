//! Turns what the user opened — paths, folders, archives — into readable files. Nothing is ever written beside the evidence.

mod archive;
pub mod block;
mod budget;
mod contents;
mod file;
mod inventory;
mod names;
mod tar;
mod temporary;
mod unpack;
mod walk;
mod zip;

pub use budget::{Budget, Cost, Exceeded};
pub use file::{File, Location};
pub use inventory::{Inventory, Skipped};
pub use names::shown_name;
pub use temporary::{LEFTOVER, TEMPORARY_END, is_our_temporary, temporary_start};
pub use unpack::{Check, PACKINGS, Packing, packed_names, unpacked_name, xz};
pub use walk::{Opening, walk};

use crate::model::text::count;

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The operating system refused.
    #[error("{path}: {}", plain(cause))]
    Io {
        /// The file as the user knows it.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// It unpacks to an implausible size.
    #[error("{path}: unpacks to more than {limit} times its size, as no log does; the rest was not read")]
    Bomb {
        /// The file as the user knows it.
        path: String,
        /// The ratio that was exceeded.
        limit: u64,
    },
    /// Its packed bytes are damaged or cut short, or are not what the archive says.
    #[error("{path}: its packed data is damaged or cut short ({cause})")]
    Damaged {
        /// The file as the user knows it.
        path: String,
        /// What the unpacker said.
        cause: String,
    },
    /// Its lines are more than can be kept.
    #[error("{path}: has more than {} records, most of them nearly empty, as no log has; the rest was not read", count(*limit))]
    TooManyLines {
        /// The file as the user knows it.
        path: String,
        /// The limit.
        limit: u64,
    },
    /// Another file lies at its place.
    #[error("{path}: was replaced by another file after it was opened")]
    Replaced {
        /// The file as the user knows it.
        path: String,
    },
    /// Unpacking it needs too much memory.
    #[error("{path}: needs more memory to unpack than is allowed; pack it again with usual settings")]
    TooMuchMemory {
        /// The file as the user knows it.
        path: String,
    },
    /// It is too large to be read as one piece.
    #[error("{path}: is larger than {limit} bytes, the most that can be read as one document")]
    TooLarge {
        /// The file as the user knows it.
        path: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// The user stopped, or a budget is used up.
    #[error("{path}: {exceeded}")]
    Exceeded {
        /// The file as the user knows it.
        path: String,
        /// Which.
        exceeded: Exceeded,
    },
    /// The archive is damaged.
    #[error("{path}: the archive cannot be read: {cause}")]
    Archive {
        /// The archive as the user knows it.
        path: String,
        /// Why.
        cause: String,
    },
}

/// What an attempt to read gave. A judgement must look at each case: "could not be read" is neither "fine" nor "broken".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading<T> {
    /// It was read to its end.
    Done(T),
    /// The user stopped.
    Stopped,
    /// It cannot be read for a reason outside its bytes: no permission, a broken medium, gone since. A sentence that names file and cause.
    Unreadable(String),
    /// It is larger than the limit for such a file, unpacks past every proportion, or a budget of the case or the archive is used up. A sentence.
    TooLarge(String),
    /// Its packed bytes are damaged or cut short. A sentence.
    Damaged(String),
}

impl<T> Reading<T> {
    /// The same with another value.
    pub fn map<U>(self, then: impl FnOnce(T) -> U) -> Reading<U> {
        match self {
            Self::Done(value) => Reading::Done(then(value)),
            Self::Stopped => Reading::Stopped,
            Self::Unreadable(why) => Reading::Unreadable(why),
            Self::TooLarge(why) => Reading::TooLarge(why),
            Self::Damaged(why) => Reading::Damaged(why),
        }
    }
}

impl<T> From<Result<T, SourceError>> for Reading<T> {
    fn from(result: Result<T, SourceError>) -> Self {
        match result {
            Ok(value) => Self::Done(value),
            Err(SourceError::Exceeded { exceeded: Exceeded::Stopped, .. }) => Self::Stopped,
            Err(
                error @ (SourceError::TooLarge { .. }
                | SourceError::TooManyLines { .. }
                | SourceError::Bomb { .. }
                | SourceError::TooMuchMemory { .. }
                | SourceError::Exceeded { .. }),
            ) => Self::TooLarge(error.to_string()),
            Err(error) if error.is_damage() => Self::Damaged(error.to_string()),
            Err(error) => Self::Unreadable(error.to_string()),
        }
    }
}

impl SourceError {
    /// Whether the file's own bytes are at fault, rather than the reading of them.
    pub fn is_damage(&self) -> bool {
        use std::io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
        match self {
            Self::Archive { .. } | Self::Damaged { .. } => true,
            Self::Io { cause, .. } => matches!(cause.kind(), InvalidData | InvalidInput | UnexpectedEof),
            Self::TooLarge { .. }
            | Self::Bomb { .. }
            | Self::TooManyLines { .. }
            | Self::TooMuchMemory { .. }
            | Self::Replaced { .. }
            | Self::Exceeded { .. } => false,
        }
    }
}

/// An input error in words a user understands.
pub fn plain(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "no such file or directory; it may have been moved or deleted".into(),
        ErrorKind::PermissionDenied => "you have no permission to read it".into(),
        ErrorKind::UnexpectedEof => "it ends too early: the file is cut short".into(),
        ErrorKind::InvalidData | ErrorKind::InvalidInput => format!("its compressed data is damaged ({error})"),
        _ => error.to_string(),
    }
}
