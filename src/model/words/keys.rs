//! What is seen of keys, in every format.

use serde::{Deserialize, Serialize};

use super::facts;
use crate::model::text::visible;
use crate::model::time::seconds;

/// A key as a signature names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeyName {
    /// Its name.
    pub name: String,
    /// Its id, eight hexadecimal digits (c2sp.org/signed-note).
    pub id: String,
}

/// The dates between which a key is trusted, in words.
pub(super) fn dates(not_before: Option<i64>, not_after: Option<i64>) -> String {
    match (not_before, not_after) {
        (Some(from), Some(until)) => format!("from {} until {}", seconds(from), seconds(until)),
        (Some(from), None) => format!("from {} on", seconds(from)),
        (None, Some(until)) => format!("until {}", seconds(until)),
        (None, None) => "for another time".to_owned(),
    }
}

fn signers(names: &[KeyName]) -> String {
    names.iter().map(|key| format!("{}+{}", key.name, key.id)).collect::<Vec<_>>().join(", ")
}

/// How a key stands to a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum KeyStanding {
    /// You trust it for this log.
    Trusted,
    /// You trust it, but too few witnesses cosigned.
    TooFewWitnesses,
    /// You do not trust it.
    Unknown,
    /// You do not trust it; it came with the evidence.
    CameAlong,
    /// You trust it, but not for this.
    NotForThis,
    /// It is not here, so its signatures were not checked.
    NotChecked,
    /// None of your keys fits.
    NoneFits,
    /// A signature under it fails.
    Fails,
    /// It has not signed what is here.
    NoSignature,
}

impl KeyStanding {
    fn words(self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::TooFewWitnesses => "trusted, too few witnesses",
            Self::Unknown => "unknown",
            Self::CameAlong => "unknown, came with the evidence",
            Self::NotForThis => "trusted, but not for this",
            Self::NotChecked => "not checked",
            Self::NoneFits => "none of your keys fits",
            Self::Fails => "signature fails",
            Self::NoSignature => "signature missing",
        }
    }
}

/// A key that signed, or should have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeyUse {
    /// The key's name; where it is not known, that of its log.
    pub name: String,
    /// Whether `name` is that of the log.
    pub is_of_log: bool,
    /// How it stands.
    pub standing: KeyStanding,
}

impl KeyUse {
    /// A key by its own name.
    pub fn new(name: impl Into<String>, standing: KeyStanding) -> Self {
        Self { name: name.into(), is_of_log: false, standing }
    }

    /// The key of a log, whose own name is not known.
    pub fn of_log(origin: impl Into<String>, standing: KeyStanding) -> Self {
        Self { name: origin.into(), is_of_log: true, standing }
    }
}

/// Which keys vouch for a log.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Keys {
    /// None: nothing seals it.
    #[default]
    None,
    /// The log was not checked.
    NotChecked,
    /// It is sealed, but not signed.
    NoSignatures,
    /// It is signed, but by no trusted key.
    NoneTrusted,
    /// The verification key of a journal is missing.
    VerificationKeyMissing,
    /// Records are signed one by one, by trusted keys.
    SignedRecords,
    /// These.
    These(Vec<KeyUse>),
}

impl Keys {
    /// Most keys that are named; more are counted.
    const NAMED: usize = 3;

    /// These keys; `None` if there are none.
    pub fn these(keys: impl IntoIterator<Item = KeyUse>) -> Self {
        let keys: Vec<KeyUse> = keys.into_iter().collect();
        if keys.is_empty() { Self::None } else { Self::These(keys) }
    }

    /// Whether nothing seals the log.
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }

    /// In words: `key payments-sealer (trusted)`.
    pub fn words(&self) -> String {
        let keys = match self {
            Self::None => return "no key".to_owned(),
            Self::NotChecked => return "not checked".to_owned(),
            Self::NoSignatures => return "no signatures".to_owned(),
            Self::NoneTrusted => return "no trusted signature".to_owned(),
            Self::VerificationKeyMissing => return "no verification key".to_owned(),
            Self::SignedRecords => return "signed records (trusted)".to_owned(),
            Self::These(keys) => keys,
        };
        let word = |(index, key): (usize, &KeyUse)| {
            let before = match (key.is_of_log, index) {
                (true, _) => "key of ",
                (false, 0) => "key ",
                (false, _) => "",
            };
            format!("{before}{} ({})", key.name, key.standing.words())
        };
        let named = if keys.len() > Self::NAMED { 1 } else { keys.len() };
        let words: Vec<String> = keys.iter().take(named).enumerate().map(word).collect();
        match keys.len() - named {
            0 => words.join(", "),
            more => format!("{} and {more} more", words.join(", ")),
        }
    }
}

facts! {
    /// What is seen of keys.
    KeyFact, place, name;
    /// Fewer witnesses cosigned than the policy requires.
    QuorumMissed { origin: String } = QuorumMissed,
        "Too few witnesses",
        format!("A trusted key signed for {origin}, but fewer witnesses cosigned than your policy requires.");
    /// No trusted key signed.
    Unknown { origin: String, signers: Vec<KeyName>, came_along: bool } = UnknownKey,
        "Sealed by an unknown key",
        match (signers.as_slice(), came_along) {
            ([], _) => format!("No key that you trust signed for {origin}."),
            (names, false) => format!("Signed by {}, which you do not trust.", self::signers(names)),
            (names, true) => format!(
                "Signed by {}, which you do not trust. The public key came with the evidence and the signature fits it. This proves only that the evidence agrees with itself.",
                self::signers(names)
            ),
        };
    /// A key that is trusted in another role.
    WrongRole { key: String, role: String, origin: String } = KeyNotForOrigin,
        format!("{key} is not the key of a log"),
        format!("You trust {key} as {role}, so its signature does not seal {origin}.");
    /// A key that is trusted for other logs.
    WrongOrigin { key: String, origins: Vec<String>, origin: String } = KeyNotForOrigin,
        format!("{key} may not sign for this log"),
        match origins.as_slice() {
            [] => format!("You trust {key} only for {key} and names under it, not for {origin}."),
            some => format!("You trust {key} only for {}, not for {origin}.", some.join(", ")),
        };
    /// A key that signed outside the dates for which it is trusted.
    OutsideDates { key: String, not_before: Option<i64>, not_after: Option<i64>, time: Option<i64> } = KeyNotValid,
        format!("Signed outside the dates for which you trust {key}"),
        format!("You trust {key} {}; {}.", dates(not_before, not_after), match time {
            Some(time) => format!("it signed at {}", seconds(time)),
            None => "its signature carries no time".to_owned(),
        });
    /// A key that signed after it said that another one takes over.
    HandedOver { key: String, since: i64, origin: String } = KeyNotValid,
        format!("Signed by {key} after it was handed over"),
        format!("{key} signed at {} that another key takes over for {origin}. It signs no more in that name.", seconds(since));
    /// The hashes of a chain are keyed, and the key is missing.
    HmacKeyMissing = UnknownKey,
        "The HMAC key of the hashes is missing",
        "Every hash of this chain is keyed. Without the key, only the order of the records can be checked, not their content.";
    /// Signatures fit a key that came with the records.
    CameAlong { key: String } = UnknownKey,
        format!("Signed by a key that you do not trust: {key}"),
        format!("The signatures fit {}, but this key came with the records themselves.", visible(&key));
    /// None of the stored keys fits a signature.
    NoneFits { key: String } = UnknownKey,
        format!("None of your stored keys fits the signature of {key}"),
        "It was signed by a key that you have not stored, or the record was changed.";
    /// Signatures of a key that is missing.
    NotChecked { key: String } = UnknownKey,
        format!("Signatures of {key} were not checked"),
        "The key is not among your trusted keys, so its signatures prove nothing yet.";
}
