//! The one place where findings become sentences: what was seen, as facts with typed arguments, and their titles and texts in plain English.
//!
//! There is a family of facts for each format, so that a sentence speaks of what the format has: lines, entries, tags, digests. The same
//! argument has the same name everywhere:
//!
//! - `record`, `from`, `to`, `after`, `first`: numbers of records in the log, counted from 0; `from..=to` includes both ends;
//! - `line`: a line of the file, counted from 1; `tag`: the number that a journal's tag states;
//! - `count`, `here`, `sealed`, `stated`: how many, here or by what is signed or stated;
//! - `time`, `sealed_at`, `before`, `not_before`, `not_after`: nanoseconds since 1970, UTC;
//! - `cause`: the words of the reader or verifier that failed; `key`: the name of a key; paths and origins as the user knows them.
//!
//! Where a fact is, is the finding's [`Place`]; its path is not repeated among the arguments.

pub mod advice;
pub mod chains;
pub mod cloudtrail;
pub mod code;
pub mod end;
pub mod excerpts;
pub mod journals;
pub mod keys;
pub mod ladder;
pub mod meta;
pub mod proofs;
pub mod reading;
pub mod segments;
pub mod tiles;

use serde::{Deserialize, Serialize};

use super::finding::{Place, Severity};
use super::text::{count, plural};
use chains::ChainFact;
use cloudtrail::CloudTrailFact;
use code::Code;
use excerpts::ExcerptFact;
use journals::JournalFact;
use keys::KeyFact;
use meta::MetaFact;
use proofs::ProofFact;
use reading::ReadingFact;
use segments::SegmentFact;
use tiles::TileFact;

/// Defines a family of facts. For each: its arguments, its code, its title and its text.
macro_rules! facts {
    ($(#[$about:meta])* $family:ident, $place:ident, $name:ident;
     $($(#[$doc:meta])* $variant:ident $({ $($field:ident: $type:ty),* $(,)? })? = $code:ident, $title:expr, $text:expr;)*) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "what", rename_all = "kebab-case")]
        #[non_exhaustive]
        #[allow(missing_docs, reason = "arguments are named alike in all families; the module above says what the names mean")]
        pub enum $family { $($(#[$doc])* $variant $({ $($field: $type),* })?,)* }

        impl $family {
            /// The code under which it is found.
            pub fn code(&self) -> $crate::model::words::code::Code {
                match self { $(Self::$variant { .. } => $crate::model::words::code::Code::$code,)* }
            }

            /// A short headline.
            #[allow(unused_variables, reason = "not every title needs every argument")]
            pub(super) fn title(&self, $place: &$crate::model::finding::Place) -> String {
                let $name = $crate::model::text::name_of(&$place.path);
                match self.clone() { $(Self::$variant $({ $($field),* })? => String::from($title),)* }
            }

            /// What was checked and seen.
            #[allow(unused_variables, reason = "not every text needs every argument")]
            pub(super) fn text(&self, $place: &$crate::model::finding::Place) -> String {
                let $name = $crate::model::text::name_of(&$place.path);
                match self.clone() { $(Self::$variant $({ $($field),* })? => String::from($text),)* }
            }
        }

        impl From<$family> for $crate::model::words::Fact {
            fn from(fact: $family) -> Self {
                Self::$family(fact)
            }
        }
    };
}
pub(crate) use facts;

/// One thing that verification saw, with its arguments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "format", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Fact {
    /// Of files and records as they are read, whatever seals them.
    #[serde(rename = "any")]
    ReadingFact(ReadingFact),
    /// Of keys.
    #[serde(rename = "keys")]
    KeyFact(KeyFact),
    /// Of sealed segments.
    #[serde(rename = "sealed-segments")]
    SegmentFact(SegmentFact),
    /// Of excerpts.
    #[serde(rename = "excerpts")]
    ExcerptFact(ExcerptFact),
    /// Of hash chains.
    #[serde(rename = "hash-chains")]
    ChainFact(ChainFact),
    /// Of CloudTrail's digests.
    #[serde(rename = "cloudtrail")]
    CloudTrailFact(CloudTrailFact),
    /// Of systemd's journals.
    #[serde(rename = "journals")]
    JournalFact(JournalFact),
    /// Of tile logs.
    #[serde(rename = "tiles")]
    TileFact(TileFact),
    /// Of proofs that a file was logged.
    #[serde(rename = "proofs")]
    ProofFact(ProofFact),
    /// Of findings themselves: too many to list, or found before a bundle was made.
    #[serde(rename = "findings")]
    MetaFact(MetaFact),
}

/// Asks the family.
macro_rules! ask {
    ($fact:expr, $question:ident($($argument:expr),*)) => {
        match $fact {
            Fact::ReadingFact(fact) => fact.$question($($argument),*),
            Fact::KeyFact(fact) => fact.$question($($argument),*),
            Fact::SegmentFact(fact) => fact.$question($($argument),*),
            Fact::ExcerptFact(fact) => fact.$question($($argument),*),
            Fact::ChainFact(fact) => fact.$question($($argument),*),
            Fact::CloudTrailFact(fact) => fact.$question($($argument),*),
            Fact::JournalFact(fact) => fact.$question($($argument),*),
            Fact::TileFact(fact) => fact.$question($($argument),*),
            Fact::ProofFact(fact) => fact.$question($($argument),*),
            Fact::MetaFact(fact) => fact.$question($($argument),*),
        }
    };
}

impl Fact {
    /// The code under which it is found.
    pub fn code(&self) -> Code {
        ask!(self, code())
    }

    /// How much it matters: what its code says, but for facts that are proven less, or are known to be harmless.
    pub fn severity(&self) -> Severity {
        let unless = |usual: bool, other: Severity| if usual { self.code().severity() } else { other };
        match self {
            Self::SegmentFact(SegmentFact::Renamed { .. } | SegmentFact::SecondSeal { .. }) => Severity::Info,
            Self::SegmentFact(SegmentFact::SealWithoutFile { is_proven, .. })
            | Self::SegmentFact(SegmentFact::Fork { is_proven, .. })
            | Self::SegmentFact(SegmentFact::Gap { is_proven, .. })
            | Self::SegmentFact(SegmentFact::Truncated { is_proven, .. })
            | Self::CloudTrailFact(CloudTrailFact::DigestMissing { is_proven, .. }) => unless(*is_proven, Severity::Warning),
            Self::SegmentFact(SegmentFact::Overlap { is_counted_once, .. }) => unless(*is_counted_once, Severity::Warning),
            Self::JournalFact(JournalFact::IndexDamaged { is_closed, .. }) => unless(*is_closed, Severity::Info),
            Self::ReadingFact(ReadingFact::Ambiguous { doubt, .. }) => unless(!doubt.is_slight(), Severity::Info),
            Self::MetaFact(MetaFact::Known { fact }) => fact.severity(),
            _ => self.code().severity(),
        }
    }

    /// A short headline: "Record 7,431 was altered".
    pub fn title(&self, place: &Place) -> String {
        ask!(self, title(place))
    }

    /// What was checked and seen, in plain words.
    pub fn text(&self, place: &Place) -> String {
        ask!(self, text(place))
    }
}

/// `Record 5`, `Records 5 and 6`, `Records 5 to 9`.
fn span(one: &str, from: u64, to: u64) -> String {
    match to.saturating_sub(from) {
        0 => format!("{one} {}", count(from)),
        1 => format!("{} {} and {}", many(one), count(from), count(to)),
        _ => format!("{} {} to {}", many(one), count(from), count(to)),
    }
}

fn many(one: &str) -> String {
    super::text::many(one)
}

fn were(from: u64, to: u64) -> &'static str {
    if from == to { "was" } else { "were" }
}

/// `1 record is`, `2 records are`.
fn are(number: u64, one: &str) -> String {
    format!("{} {}", plural(number, one), if number == 1 { "is" } else { "are" })
}

/// The page of all codes, as it stands in `docs/findings.md`.
pub fn page() -> String {
    let mut page = String::from(
        "# Findings\n\n\
         <!-- Made from src/model/words/code.rs by `UPDATE_DOCS=1 cargo test --test suite the_page_of_findings`. Do not edit. -->\n\n\
         Every finding has a code. The code is an interface: scripts may rely on it. With `--json` each finding also carries `arguments`: what was\n\
         seen, as data (`format`, `what`, and numbers, times in nanoseconds since 1970, paths and names). Title and text are made from the\n\
         arguments for people to read, and may change.\n\n\
         - **error**: something is not as it was sealed, or is missing though a seal shows that it existed;\n\
         - **warning**: needs a look; not proof of tampering;\n\
         - **info**: worth knowing; harmless.\n\n\
         Where a format needs other advice than its code has, the program gives it.\n\n\
         | Code | Severity | What it is |\n|---|---|---|\n",
    );
    for code in Code::ALL {
        page.push_str(&format!("| [`{0}`](#{0}) | {1} | {2} |\n", code.name(), code.severity().word(), code.summary()));
    }
    for code in Code::ALL {
        page.push_str(&format!(
            "\n## {}\n\n{} ({})\n\n**It can mean:** {}\n\n**What to do:** {}\n",
            code.name(),
            code.summary(),
            code.severity().word(),
            code.meaning(),
            code.next_step()
        ));
    }
    page
}
