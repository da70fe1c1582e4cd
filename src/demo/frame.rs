//! What all parts of the story share: its day, its logs, and how files are written.

use std::path::{Path, PathBuf};

/// Midnight of the story's day, 2026-03-07 UTC, in seconds since 1970.
pub(super) const DAY: i64 = 1_772_841_600;

/// Nanoseconds in a second.
pub(super) const SECOND: i64 = crate::model::time::SECOND;

/// Why the case could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{}: the demo case cannot be written: {cause}; choose another folder with --out", path.display())]
pub struct DemoError {
    /// The file.
    pub path: PathBuf,
    /// What the system said.
    pub cause: std::io::Error,
}

/// The three logs: name, share of the records in percent, segments.
pub(super) const LOGS: [(&str, u64, u64); 3] = [("cloud", 50, 6), ("cluster", 40, 5), ("agents", 10, 3)];

pub(super) fn save(path: &Path, bytes: &[u8]) -> Result<(), DemoError> {
    std::fs::write(path, bytes).map_err(|cause| DemoError { path: path.to_owned(), cause })
}
