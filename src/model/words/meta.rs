//! What is said of findings themselves.

use serde::{Deserialize, Serialize};

use super::Fact;
use super::code::Code;
use crate::model::finding::Place;
use crate::model::text::plural;

/// What is said of findings themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MetaFact {
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
            Self::EarlierBundle { is_broken: true, .. } => Code::BundleBroken,
            Self::EarlierBundle { is_broken: false, .. } => Code::BundleIncomplete,
        }
    }

    /// A short headline.
    pub(super) fn title(&self, place: &Place) -> String {
        match self {
            Self::More { count, .. } => format!("{} of this kind", plural(*count, "more finding")),
            Self::Known { fact } => fact.title(place),
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
            Self::Known { fact } => format!("{BEFORE} {}", fact.text(place)),
            Self::Quoted { text, .. } => format!("{BEFORE} {text}"),
        }
    }
}

impl From<MetaFact> for Fact {
    fn from(fact: MetaFact) -> Self {
        Self::MetaFact(fact)
    }
}
