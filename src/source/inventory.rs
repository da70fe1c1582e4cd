//! What was found under the paths that were opened, and what was left out.

use super::file::File;
use super::{SourceError, plain};

/// Folders deeper than this are not entered.
pub(super) const MAX_DEPTH: usize = 64;

/// Something that was opened but is not evidence, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The path as the user knows it.
    pub path: String,
    /// Why, in a sentence.
    pub reason: String,
    /// Whether this is a failure to read rather than something that is simply no log.
    pub failed: bool,
    /// Whether its content was not looked at, so that it may hold anything.
    pub unread: bool,
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
    pub(super) fn fail(&mut self, path: String, reason: String) {
        self.skipped.push(Skipped { path, reason, failed: true, unread: true });
    }

    pub(super) fn leave_out(&mut self, path: String, reason: impl Into<String>) {
        self.skipped.push(Skipped { path, reason: reason.into(), failed: false, unread: false });
    }

    /// Leaves out what was not looked at, though nothing failed.
    pub(super) fn not_read(&mut self, path: String, reason: String) {
        self.skipped.push(Skipped { path, reason, failed: false, unread: true });
    }
}

/// Why a file was not read, without its path.
pub(super) fn reason(error: &SourceError) -> String {
    match error {
        SourceError::Io { cause, .. } => plain(cause),
        SourceError::Archive { cause, .. } => format!("the archive cannot be read: {cause}"),
        SourceError::Exceeded { exceeded, .. } => exceeded.to_string(),
        other => other.to_string(),
    }
}
