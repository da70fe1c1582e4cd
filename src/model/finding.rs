//! What verification saw: a fact and a place.

use serde::Serialize;

use super::words::Fact;
pub use super::words::code::Code;

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

/// One thing that verification saw: a fact with its arguments, and where. Its sentences are made in [`super::words`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What kind: the fact's code.
    pub code: Code,
    /// How much it matters: the fact's severity.
    pub severity: Severity,
    /// What was seen.
    #[serde(rename = "arguments")]
    pub fact: Fact,
    /// Where.
    pub place: Place,
}

impl Finding {
    /// A finding of a fact.
    pub fn of(fact: impl Into<Fact>, place: Place) -> Self {
        let fact = fact.into();
        Self { code: fact.code(), severity: fact.severity(), fact, place }
    }

    /// A short headline: "Record 7,431 was altered".
    pub fn title(&self) -> String {
        self.fact.title(&self.place)
    }

    /// What was checked and seen, in plain words.
    pub fn text(&self) -> String {
        self.fact.text(&self.place)
    }

    /// What it can mean, harmless causes included.
    pub fn meaning(&self) -> &'static str {
        self.fact.meaning()
    }

    /// What to do next.
    pub fn next_step(&self) -> &'static str {
        self.fact.next_step()
    }
}
