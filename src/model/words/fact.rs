//! One thing that verification saw, of any format.

use serde::{Deserialize, Serialize};

use super::chains::ChainFact;
use super::cloudtrail::CloudTrailFact;
use super::code::Code;
use super::excerpts::ExcerptFact;
use super::journals::JournalFact;
use super::keys::KeyFact;
use super::proofs::ProofFact;
use super::reading::ReadingFact;
use super::segments::SegmentFact;
use super::tiles::TileFact;
use crate::model::place::{Place, Severity};
use crate::model::text::{name_of, plural, visible};

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

    /// Whether it says that something is not here which must have existed, and nothing worse: a file that could not be read may explain it.
    ///
    /// Of hash chains and tiles not every such fact says so by itself; there the format decides.
    pub fn is_explained_by_unread_files(&self) -> bool {
        matches!(
            self,
            Self::SegmentFact(SegmentFact::Gap { .. } | SegmentFact::Truncated { .. } | SegmentFact::SealWithoutFile { .. })
                | Self::CloudTrailFact(CloudTrailFact::FileMissing { .. } | CloudTrailFact::DigestMissing { .. })
                | Self::JournalFact(JournalFact::NumbersMissing { .. })
                | Self::ExcerptFact(ExcerptFact::Gap { .. } | ExcerptFact::RecordsMissing | ExcerptFact::ChainRecordsMissing)
        )
    }

    /// Whether what is missing was looked for among all files, by its content.
    pub fn is_searched_by_content(&self) -> bool {
        matches!(self, Self::SegmentFact(SegmentFact::SealWithoutFile { .. }) | Self::CloudTrailFact(CloudTrailFact::FileMissing { .. }))
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

/// Every family is a fact.
macro_rules! families {
    ($($family:ident),*) => {
        $(impl From<$family> for Fact {
            fn from(fact: $family) -> Self {
                Self::$family(fact)
            }
        })*
    };
}

families!(ReadingFact, KeyFact, SegmentFact, ExcerptFact, ChainFact, CloudTrailFact, JournalFact, TileFact, ProofFact, MetaFact);

/// What is said of findings themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MetaFact {
    /// Something is not here that must have existed, and a file that could not be read may hold it.
    MissingOrUnread {
        /// What would have been found if everything had been read.
        fact: Box<Fact>,
        /// The path of the file, folder or archive that could not be read.
        unread: String,
    },
    /// There are more findings of a code than are listed.
    More {
        /// The code.
        code: Code,
        /// How many more.
        count: u64,
    },
    /// A bundle says that this was found in the originals when it was exported.
    Known {
        /// What was found.
        fact: Box<Fact>,
    },
    /// The same, of a program whose arguments are not known here: in its own words.
    Quoted {
        /// The code.
        code: Code,
        /// Its title.
        title: String,
        /// Its text.
        text: String,
    },
    /// Records come from a bundle that does not hold, or could not be checked; its verdict as a sentence.
    EarlierBundle {
        /// Whether it does not hold.
        is_broken: bool,
        /// Its verdict.
        sentence: String,
    },
}

/// What goes before the text of a finding that came with a bundle.
const BEFORE: &str = "Found in the originals when this bundle was exported:";

impl MetaFact {
    /// The code under which it is found.
    pub fn code(&self) -> Code {
        match self {
            Self::More { code, .. } | Self::Quoted { code, .. } => *code,
            Self::Known { fact } => fact.code(),
            Self::MissingOrUnread { .. } => Code::MissingOrUnread,
            Self::EarlierBundle { is_broken: true, .. } => Code::BundleBroken,
            Self::EarlierBundle { is_broken: false, .. } => Code::BundleIncomplete,
        }
    }

    /// A short headline.
    pub(super) fn title(&self, place: &Place) -> String {
        match self {
            Self::More { count, .. } => format!("{} of this kind", plural(*count, "more finding")),
            Self::Known { fact } => fact.title(place),
            Self::MissingOrUnread { unread, .. } => format!("A gap that {} may fill", visible(name_of(unread))),
            Self::EarlierBundle { is_broken: true, .. } => "The bundle that these records come from does not hold".to_owned(),
            Self::EarlierBundle { is_broken: false, .. } => "The bundle that these records come from was not fully checked".to_owned(),
            Self::Quoted { title, .. } => title.clone(),
        }
    }

    /// What was checked and seen.
    pub(super) fn text(&self, place: &Place) -> String {
        match self {
            Self::More { .. } => "Each record is marked in the timeline and the table.".to_owned(),
            Self::EarlierBundle { sentence, .. } => sentence.clone(),
            Self::MissingOrUnread { fact, unread } => {
                format!(
                    "{} {} could not be read and may hold what is not here, so this was not evaluated.",
                    fact.text(place),
                    visible(unread)
                )
            }
            Self::Known { fact } => format!("{BEFORE} {}", fact.text(place)),
            Self::Quoted { text, .. } => format!("{BEFORE} {text}"),
        }
    }
}
