//! Groups of categories: what is drawn and counted alike.

use super::Category;

/// How many groups there are.
pub const GROUPS: usize = 8;

/// Categories that share a colour and a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Group {
    /// Anything else.
    Other = 0,
    /// Looked at something.
    Read = 1,
    /// Changed something, or rolled it out.
    Write = 2,
    /// An agent called a tool.
    ToolCall = 3,
    /// Signed in.
    SignIn = 4,
    /// A stage in a credential's life.
    Credential = 5,
    /// Read a secret.
    Secret = 6,
    /// Changed or approved rights.
    Privilege = 7,
}

impl Group {
    /// All of them, the most telling last.
    pub const ALL: [Self; GROUPS] =
        [Self::Other, Self::Read, Self::Write, Self::ToolCall, Self::SignIn, Self::Credential, Self::Secret, Self::Privilege];

    /// The group of a category.
    pub fn of(category: Category) -> Self {
        match category {
            Category::Other => Self::Other,
            Category::Read => Self::Read,
            Category::Write | Category::Deployment => Self::Write,
            Category::ToolCall => Self::ToolCall,
            Category::Authentication => Self::SignIn,
            Category::CredentialCreated | Category::CredentialRotated | Category::CredentialSuspended | Category::CredentialRevoked => {
                Self::Credential
            }
            Category::SecretAccess => Self::Secret,
            Category::PrivilegeChange | Category::Approval => Self::Privilege,
        }
    }

    /// The word in legends.
    pub fn word(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::Read => "read",
            Self::Write => "write",
            Self::ToolCall => "tool call",
            Self::SignIn => "sign-in",
            Self::Credential => "credential",
            Self::Secret => "secret",
            Self::Privilege => "privilege",
        }
    }

    /// Bits of the groups of a set of categories.
    pub fn bits(categories: u16) -> u8 {
        Category::ALL
            .iter()
            .filter(|category| categories >> **category as u16 & 1 == 1)
            .fold(0, |bits, category| bits | 1 << Self::of(*category) as u8)
    }
}
