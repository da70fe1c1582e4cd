//! How much a finding matters, and where it is.

use serde::Serialize;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; harmless.
    Info,
    /// Needs a look; not proof of tampering.
    Warning,
    /// Proof that something is not as it was sealed, or is missing though a seal says it existed.
    Error,
}

impl Severity {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Where a finding is: a log, a file, a run of records, a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Place {
    /// The log's origin, where known.
    pub log: Option<String>,
    /// The file, as the user knows it.
    pub path: String,
    /// First record concerned, numbered in the log.
    pub record: Option<u64>,
    /// How many records from there; 1 for a single one, 0 when between records.
    pub count: u64,
    /// Nanoseconds since 1970 of the place, for drawing; filled in from the neighbours when the record is gone.
    pub time: Option<i64>,
    /// End of the extent in time, for gaps.
    pub time_end: Option<i64>,
}
