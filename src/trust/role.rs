//! What a key may be used for.

/// What a key may be used for. A key has one role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// Signs logs.
    #[default]
    Log,
    /// Cosigns checkpoints of other people's logs: it vouches for time and history, never for content.
    Witness,
    /// Signs evidence bundles.
    Examiner,
    /// Stamps times (RFC 3161).
    TimeStamping,
    /// A shared secret for message authentication codes. Anyone who holds it can forge.
    Secret,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 5] = [Self::Log, Self::Witness, Self::Examiner, Self::TimeStamping, Self::Secret];

    /// The word in trust files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Witness => "witness",
            Self::Examiner => "examiner",
            Self::TimeStamping => "time-stamping",
            Self::Secret => "secret",
        }
    }
}
