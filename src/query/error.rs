//! Why a filter cannot be understood, and where in it.

use std::ops::Range;

/// Why a filter cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// The field does not exist.
    #[error(
        "no field is named “{0}”; fields are kind, category, outcome, state, identity, identity-is, identity-id, key, key-is, action, target, ip, via, raw, since, until; to find the text itself, put it in quotation marks"
    )]
    UnknownField(String),
    /// The value does not exist.
    #[error("unknown {field} “{value}”; use one of {possible}")]
    UnknownValue {
        /// The field.
        field: String,
        /// What was given.
        value: String,
        /// What can be given.
        possible: String,
    },
    /// No value follows the field.
    #[error("“{field}:” needs a value{possible}")]
    NoValue {
        /// The field.
        field: String,
        /// What can be given, as the end of the sentence.
        possible: String,
    },
    /// The time cannot be read.
    #[error("“{0}” is not a time; write 2026-03-07T03:14 or 2026-03-07, in UTC")]
    BadTime(String),
    /// A quotation does not end.
    #[error("a closing quotation mark is missing")]
    OpenQuote,
    /// A form that other search fields know and this one does not.
    #[error("{form} is not supported; {instead}")]
    Unsupported {
        /// The form.
        form: String,
        /// What can be written in its place.
        instead: String,
    },
}

/// A mistake at its place in the filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Which bytes of the text cannot be understood.
    pub at: Range<usize>,
    /// Why.
    pub error: FilterError,
}
