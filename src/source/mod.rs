//! Turns what the user opened — paths, folders, archives — into readable files. Nothing is ever written beside the evidence.

pub mod block;
mod file;
mod walk;

pub use file::{File, Location, Packing};
pub use walk::{Inventory, Skipped, walk};

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The operating system refused.
    #[error("{path}: {}", plain(cause))]
    Io {
        /// The file as the user knows it.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// It unpacks to implausibly much.
    #[error("{path}: unpacks to more than {limit} times its size, which no log does; it was not read further")]
    Bomb {
        /// The file as the user knows it.
        path: String,
        /// The ratio that was exceeded.
        limit: u64,
    },
    /// It is too large to be read as one piece.
    #[error("{path}: is larger than {limit} bytes, the most that can be read as one document")]
    TooLarge {
        /// The file as the user knows it.
        path: String,
        /// The limit in bytes.
        limit: u64,
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

impl SourceError {
    /// Whether the file's own bytes are at fault, rather than the reading of them.
    pub fn is_damage(&self) -> bool {
        use std::io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
        matches!(self, Self::Io { cause, .. } if matches!(cause.kind(), InvalidData | InvalidInput | UnexpectedEof))
    }
}

/// An input error in words a user understands.
pub fn plain(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "there is no such file; it may have been moved or deleted".into(),
        ErrorKind::PermissionDenied => "you have no permission to read it".into(),
        ErrorKind::UnexpectedEof => "it ends too early: the file is cut short".into(),
        ErrorKind::InvalidData | ErrorKind::InvalidInput => format!("its compressed data is damaged ({error})"),
        _ => error.to_string(),
    }
}
