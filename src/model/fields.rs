//! Parts of an event, and sets of them.

/// A part of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Field {
    /// Which vocabulary the record is of.
    Vocabulary = 0,
    /// When.
    Time = 1,
    /// Who, by name.
    Identity = 2,
    /// Who, by full identifier.
    IdentityId = 3,
    /// What the actor is.
    Kind = 4,
    /// With which credential.
    Credential = 5,
    /// What was done.
    Action = 6,
    /// What sort of action it was.
    Category = 7,
    /// To what.
    Target = 8,
    /// How it ended.
    Outcome = 9,
    /// By which policy.
    Policy = 10,
    /// From which address and program.
    From = 11,
    /// On whose behalf.
    Behalf = 12,
    /// In which session, and the record's own identifier.
    Session = 13,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Vocabulary,
        Self::Time,
        Self::Identity,
        Self::IdentityId,
        Self::Kind,
        Self::Credential,
        Self::Action,
        Self::Category,
        Self::Target,
        Self::Outcome,
        Self::Policy,
        Self::From,
        Self::Behalf,
        Self::Session,
    ];

    /// The word for it, as tables are headed.
    pub fn word(self) -> &'static str {
        match self {
            Self::Vocabulary => "vocabulary",
            Self::Time => "time",
            Self::Identity => "identity",
            Self::IdentityId => "identity-id",
            Self::Kind => "kind",
            Self::Credential => "credential",
            Self::Action => "action",
            Self::Category => "category",
            Self::Target => "target",
            Self::Outcome => "outcome",
            Self::Policy => "policy",
            Self::From => "from",
            Self::Behalf => "behalf",
            Self::Session => "session",
        }
    }
}

/// A set of parts, in two bytes. The bit above them is free for the holder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fields(u16);

impl Fields {
    /// The set with these bits; others are ignored.
    pub fn from_bits(bits: u16) -> Self {
        Self(bits & ((1 << Field::ALL.len()) - 1))
    }

    /// Its bits.
    pub fn bits(self) -> u16 {
        self.0
    }

    /// Adds one.
    pub fn insert(&mut self, field: Field) {
        self.0 |= 1 << field as u8;
    }

    /// Whether it is among them.
    pub fn has(self, field: Field) -> bool {
        self.0 & 1 << field as u8 != 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The words, in order.
    pub fn words(self) -> Vec<&'static str> {
        Field::ALL.into_iter().filter(|field| self.has(*field)).map(Field::word).collect()
    }
}
