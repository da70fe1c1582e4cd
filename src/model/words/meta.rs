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
    /// A finding in words, until its format has facts.
    Words {
        /// The code.
        code: Code,
        /// Its title.
        title: String,
        /// Its text.
        text: String,
    },
}

/// What goes before the text of a finding that came with a bundle.
const BEFORE: &str = "Found in the originals when this bundle was exported:";

impl MetaFact {
    /// The code under which it is found.
    pub fn code(&self) -> Code {
        match self {
            Self::More { code, .. } | Self::Quoted { code, .. } | Self::Words { code, .. } => *code,
            Self::Known { fact } => fact.code(),
        }
    }

    /// A short headline.
    pub(super) fn title(&self, place: &Place) -> String {
        match self {
            Self::More { count, .. } => format!("{} of this kind", plural(*count, "more finding")),
            Self::Known { fact } => fact.title(place),
            Self::Quoted { title, .. } | Self::Words { title, .. } => title.clone(),
        }
    }

    /// What was checked and seen.
    pub(super) fn text(&self, place: &Place) -> String {
        match self {
            Self::More { .. } => "Each record is marked in the timeline and the table.".to_owned(),
            Self::Known { fact } => format!("{BEFORE} {}", fact.text(place)),
            Self::Quoted { text, .. } => format!("{BEFORE} {text}"),
            Self::Words { text, .. } => text.clone(),
        }
    }
}

impl From<MetaFact> for Fact {
    fn from(fact: MetaFact) -> Self {
        Self::MetaFact(fact)
    }
}
