//! Why something that was opened cannot be looked at again.

use crate::source::Reading;

/// Why an event's stored bytes, its proof or an excerpt cannot be had now. Each says which file, why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LookError {
    /// No such event or segment.
    #[error("the event is not among what is open; open the evidence again")]
    NotOpen,
    /// The record is not where it was.
    #[error("{path}: the record is no longer where it was, so the file was changed since; open it again to check what is there now")]
    Changed {
        /// The file as the user knows it.
        path: String,
    },
    /// The user stopped.
    #[error("{path}: reading was stopped; start it again to see more")]
    Stopped {
        /// The file as the user knows it.
        path: String,
    },
    /// It cannot be read for a reason outside its bytes.
    #[error("{cause}; make it readable, and open it again")]
    Unreadable {
        /// File and cause, as a sentence.
        cause: String,
    },
    /// It is larger than what is read at once, or a budget is used up.
    #[error("{cause}; open it alone, or a smaller part of it")]
    TooLarge {
        /// File and cause, as a sentence.
        cause: String,
    },
    /// Its packed bytes are damaged or cut short.
    #[error("{cause}; get the file again from where it came")]
    Damaged {
        /// File and cause, as a sentence.
        cause: String,
    },
    /// The program made a mistake.
    #[error("{path}: {why}")]
    Failed {
        /// The file as the user knows it.
        path: String,
        /// What happened, and what to do.
        why: String,
    },
}

impl LookError {
    /// The value of a reading of the file at `path`, or why there is none.
    pub fn take<T>(path: &str, reading: Reading<T>) -> Result<T, Self> {
        match reading {
            Reading::Done(value) => Ok(value),
            Reading::Stopped => Err(Self::Stopped { path: path.to_owned() }),
            Reading::Unreadable(cause) => Err(Self::Unreadable { cause }),
            Reading::TooLarge(cause) => Err(Self::TooLarge { cause }),
            Reading::Damaged(cause) => Err(Self::Damaged { cause }),
        }
    }

    /// The same for guarded work on the file.
    pub(super) fn guarded<T>(path: &str, done: Result<T, String>) -> Result<T, Self> {
        done.map_err(|why| Self::Failed { path: path.to_owned(), why })
    }
}
