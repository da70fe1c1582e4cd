//! What a strict reading can find wrong with a text.

/// How deep values may nest: as deep as `serde_json` itself reads.
pub const DEEPEST: usize = 127;

/// The most values that are kept of one text. Reading without keeping has no such limit.
pub const MOST_VALUES: usize = 250_000;

/// What two readers of one text may read differently, the gravest last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// A whole number that fits 64 bits but no double: kept here, rounded by readers that know only doubles (JavaScript, RFC 8785).
    Wide(String),
    /// A number that no usual reader keeps: too large, too small, or with more digits than a double has.
    Rounded(String),
    /// Two members spell one name in two ways and differ: `agent_did` and `agentDid`. The name.
    Alike(String),
    /// The document around a record is what is in doubt.
    Around,
    /// Half of a surrogate pair, such as `\ud800` alone: some readers refuse it, others put another character in its place.
    Surrogate,
    /// Bytes that are no UTF-8.
    NotUtf8,
    /// An object has a member twice: some readers take the first, others the last. The member's name.
    Twice(String),
}

impl Doubt {
    /// Whether it touches nothing that is shown here: the number is kept, only other readers round it.
    pub fn is_slight(&self) -> bool {
        matches!(self, Self::Wide(_))
    }

    /// What it is, in words that go after "it has".
    pub fn words(&self) -> String {
        match self {
            Self::Wide(number) | Self::Rounded(number) => format!("the number {number}, which some readers round"),
            Self::Alike(name) => format!("the member “{}” in two spellings with different values", crate::model::text::visible(name)),
            Self::Around => "a document around it that readers take apart differently".to_owned(),
            Self::Surrogate => "half of a surrogate pair, in whose place readers put different characters".to_owned(),
            Self::NotUtf8 => "bytes that are not UTF-8".to_owned(),
            Self::Twice(name) => {
                format!("the member “{}” twice, of which readers take different ones", crate::model::text::visible(name))
            }
        }
    }
}

/// Why a text is no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotJson {
    /// It breaks the grammar at this byte.
    #[error("it is not JSON: unexpected byte {0}")]
    Grammar(usize),
    /// It nests deeper than [`DEEPEST`].
    #[error("it is nested more than {DEEPEST} levels deep")]
    Deep,
    /// It has more values than are kept of one text.
    #[error("it has more than {MOST_VALUES} values")]
    Large,
    /// The user stopped.
    #[error("reading was stopped")]
    Stopped,
}

pub(super) fn note(doubt: &mut Option<Doubt>, found: Doubt) {
    let graver = doubt.as_ref().is_none_or(|known| std::mem::discriminant(known) != std::mem::discriminant(&found) && *known < found);
    if graver {
        *doubt = Some(found);
    }
}

pub(super) fn clipped(text: &str) -> String {
    text.chars().take(60).collect()
}
