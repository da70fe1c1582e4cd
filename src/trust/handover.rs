//! Keys that gave a name up.

use super::key::Material;

/// A key's own signed word that another one took over from it. From then on it signs no more in that name, wherever that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    /// The key that gave the name up.
    pub from: Material,
    /// The name: the origin or signer for which it spoke.
    pub origin: String,
    /// When, by the same signature, nanoseconds since 1970.
    pub since: i64,
}
