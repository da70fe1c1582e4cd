//! What is seen of files and records as they are read, whatever seals them.

use serde::{Deserialize, Serialize};

use super::{are, facts};
use crate::model::json::Doubt;
use crate::model::text::{abbreviate, plural, visible};
use crate::model::time::seconds;

/// What could not be checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Unfinished {
    /// The case as a whole.
    Case,
    /// A log or a file.
    Of(String),
    /// Which files belong to which log.
    Planning,
    /// Events, with each other.
    Comparing,
    /// The sums and verdicts at the end.
    Results,
}

/// What says that a file was sealed, where nothing can check it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Claim {
    /// A file beside it, such as one of leaf hashes; its name.
    Beside(String),
    /// Records with a member that only chained records have.
    Member {
        /// The member's name.
        name: String,
        /// How many records have it.
        records: u64,
    },
    /// Its records name their predecessors in a form that is not known.
    UnknownForm,
    /// It begins like a hash chain, but cannot be read as a whole.
    UnreadChain {
        /// Why; it names the file.
        cause: String,
    },
    /// It is the excerpt of a chain, whose link proof cannot be read; its path, and why. Earlier bundles call it otherwise.
    #[serde(alias = "skeleton")]
    LinkProof {
        /// The path of the link proof.
        path: String,
        /// Why it cannot be read.
        cause: String,
    },
    /// It belongs to a log whose check failed.
    CheckFailed,
}

impl Claim {
    /// It as a sentence about the file.
    pub fn words(&self) -> String {
        match self {
            Self::Beside(name) => {
                format!("{} is beside it, as beside a sealed file. Its seal is not here or does not fit.", visible(name))
            }
            Self::Member { name, records } => {
                let verb = if *records == 1 { "has" } else { "have" };
                format!("{} {verb} “{}”, as in a hash chain, but no rule known here fits.", plural(*records, "record"), visible(name))
            }
            Self::UnknownForm => "Its records name the hash of their predecessor, but in no form that is known here.".to_owned(),
            Self::UnreadChain { cause } => format!("It begins like a hash chain, but cannot be read as one: {cause}."),
            Self::LinkProof { path, cause } => format!("It is an excerpt of a hash chain, but {path} cannot be read: {cause}."),
            Self::CheckFailed => "It belongs to a sealed log whose check failed.".to_owned(),
        }
    }
}

facts! {
    /// What is seen of files and records as they are read.
    ReadingFact, place, name;
    /// A file could not be read to its end.
    Unreadable { cause: String } = Unreadable, format!("{name} could not be read to its end"), cause;
    /// The file ends in the middle of a record.
    TornLastLine = TornLastLine,
        format!("The last line of {name} is incomplete"),
        "The file ends in the middle of a record, as a file does that is still being written.";
    /// Another file holds the same records.
    CopyOf { other: String } = DuplicateSegment,
        format!("{name} is a copy of {other}"),
        "Both files hold the same records. They are counted once.";
    /// A file was changed while it was read.
    ChangedWhileReading = ChangedWhileReading,
        format!("{name} changed while it was being read"),
        format!("{} was written to, replaced or removed after it was opened.", place.path);
    /// The user stopped the check.
    Cancelled = Cancelled, "The check was stopped", "What was read so far is shown. What was not judged yet is marked unchecked.";
    /// A check could not be finished.
    CheckFailed { unfinished: Unfinished, cause: String } = CheckFailed,
        match unfinished {
            Unfinished::Case => "Not everything could be checked".to_owned(),
            Unfinished::Of(what) => format!("{what} could not be checked"),
            Unfinished::Planning => "Some files could not be assigned to a log".to_owned(),
            Unfinished::Results => "The results could not be put together".to_owned(),
            Unfinished::Comparing => "Events could not be compared".to_owned(),
        },
        cause;
    /// Records in no known vocabulary.
    NotUnderstood { count: u64 } = NotUnderstood,
        format!("{} not understood", plural(count, "record")),
        format!("{} in a form that no vocabulary here knows.", are(count, "record"));
    /// Records too long to be shown.
    TooLong { count: u64 } = RecordTooLong,
        format!("{} too long to be shown", plural(count, "record")),
        format!("{} longer than 16 MiB. Their integrity was judged, but their content is not shown.", are(count, "record"));
    /// Records that other programs may read differently; the gravest case.
    Ambiguous { count: u64, record: u64, doubt: Doubt } = RecordAmbiguous,
        format!("Other programs may read {} differently", plural(count, "record")),
        format!(
            "Record {}{} has {}. Every such record is marked ambiguous wherever it is shown.",
            crate::model::text::count(record),
            if name.is_empty() { String::new() } else { format!(" of {}", visible(name)) },
            doubt.words()
        );
    /// Events that were delivered more than once.
    EventsRepeated { count: u64 } = DuplicateEvent,
        format!("{} delivered more than once", plural(count, "event")),
        format!("{} in another file too, with the same identifier and the same bytes. Each is counted once.", are(count, "event"));
    /// A credential was used after the log says that it was revoked.
    UsedAfterRevocation { credential: String, revoked: i64, first_use: i64, count: u64, outcome: String } = UsedAfterRevocation,
        format!("{} was used after revocation", abbreviate(&credential)),
        format!(
            "Revoked at {}. Used again from {} on: {}, the first with outcome {outcome}.",
            seconds(revoked), seconds(first_use), plural(count, "event")
        );
    /// Something says that a file was sealed, and nothing here can check it.
    ClaimNotChecked { claim: Claim } = ClaimNotChecked,
        format!("{name} was sealed, but nothing here can check it"),
        claim.words();
    /// A file was sealed, and its seal is missing.
    SealMissing { said_by: String } = SealMissing,
        format!("The seal of {name} is missing"),
        format!("{said_by} shows that this file was sealed, but no readable seal is here.");
}
