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
            [] => format!("You trust {key} only for {key} and what lies under it, not for {origin}."),
            some => format!("You trust {key} only for {}, not for {origin}.", some.join(", ")),
        };
    /// A key that signed outside the dates for which it is trusted.
    OutsideDates { key: String, not_before: Option<i64>, not_after: Option<i64>, time: Option<i64> } = KeyNotValid,
        format!("Signed outside the dates for which you trust {key}"),
        format!("You trust {key} {}; {}.", dates(not_before, not_after), match time {
            Some(time) => format!("it signed at {}", seconds(time)),
            None => "its signature carries no time".to_owned(),
        });
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
