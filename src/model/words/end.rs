//! What is known of a log's end.

use serde::{Deserialize, Serialize};

use crate::model::text::{count, plural};
use crate::model::time::seconds;

/// What is known of a log's end. Times in nanoseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "arguments are named as those of facts are")]
#[non_exhaustive]
pub enum End {
    /// Nothing.
    #[default]
    Unknown,
    /// The log was not checked.
    NotChecked,
    /// Nothing outside of the chain.
    NothingOutside,
    /// The writer closed the chain.
    ClosedByWriter,
    /// No seal has a signed time.
    NoSignedTime,
    /// A checkpoint counts so many records.
    CheckpointOfRecords { count: u64 },
    /// A checkpoint counts so many entries.
    CheckpointOfEntries { count: u64 },
    /// A checkpoint that someone else kept, of this time.
    Checkpoint { time: i64 },
    /// The newest seal.
    NewestSeal { sealed_at: i64 },
    /// The newest digest, by the time that it states.
    Digest { until: String },
    /// The last tag of a journal.
    SealedUntil { time: i64 },
    /// An excerpt.
    Excerpt { disclosed: u64, withheld: u64 },
    /// Entries of logs of files.
    Logged { entries: Vec<Logged> },
}

/// Where a file was logged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Logged {
    /// Number of the entry.
    pub entry: u64,
    /// The log.
    pub origin: String,
    /// The signed time, nanoseconds since 1970.
    pub time: Option<i64>,
}

impl End {
    /// In words: `anchored to its newest seal of …`.
    pub fn words(&self) -> String {
        match self {
            Self::Unknown => "anchored to nothing".to_owned(),
            Self::NotChecked => "not checked".to_owned(),
            Self::NothingOutside => "anchored to nothing outside".to_owned(),
            Self::ClosedByWriter => "closed by its writer".to_owned(),
            Self::NoSignedTime => "no signed time".to_owned(),
            Self::CheckpointOfRecords { count } => format!("anchored to a checkpoint of {}", plural(*count, "record")),
            Self::CheckpointOfEntries { count } => format!("anchored to its checkpoint of {}", plural(*count, "entry")),
            Self::Checkpoint { time } => format!("anchored to the checkpoint of {}", seconds(*time)),
            Self::NewestSeal { sealed_at } => format!("anchored to its newest seal of {}", seconds(*sealed_at)),
            Self::Digest { until } => format!("anchored to the digest of {until}"),
            Self::SealedUntil { time } => format!("sealed until {}", seconds(*time)),
            Self::Excerpt { disclosed, withheld } => format!("{} disclosed, {} withheld", plural(*disclosed, "record"), count(*withheld)),
            Self::Logged { entries } => {
                let word = |logged: &Logged| {
                    let at = logged.time.map_or_else(String::new, |time| format!(" at {}", seconds(time)));
                    format!("entry {} of {}, signed{at}", count(logged.entry), logged.origin)
                };
                entries.iter().map(word).collect::<Vec<_>>().join("; ")
            }
        }
    }
}
