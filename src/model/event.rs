//! What a record means: who, what, when, where, with what outcome.

use std::borrow::Cow;

use serde::Serialize;

use super::Fields;
use super::json::Doubt;

/// What an actor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
#[non_exhaustive]
pub enum Kind {
    /// A non-human account of a program: IAM user with keys, assumed role, Kubernetes service account, robot.
    ServiceAccount = 0,
    /// A credential seen as an actor of its own.
    ApiKey = 1,
    /// A program driven by a language model.
    AiAgent = 2,
    /// A running machine or job: node, instance, function, pipeline.
    Workload = 3,
    /// The cloud provider's own service.
    CloudService = 4,
    /// A person.
    Human = 5,
    /// The record does not say.
    Unknown = 6,
}

impl Kind {
    /// All kinds, in the order of the timeline's groups.
    pub const ALL: [Self; 7] =
        [Self::ServiceAccount, Self::ApiKey, Self::AiAgent, Self::Workload, Self::CloudService, Self::Human, Self::Unknown];

    /// The kind stored under `number`.
    pub fn from_number(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or(Self::Unknown)
    }

    /// The word for one of the kind.
    pub fn word(self) -> &'static str {
        match self {
            Self::ServiceAccount => "service account",
            Self::ApiKey => "API key",
            Self::AiAgent => "AI agent",
            Self::Workload => "workload",
            Self::CloudService => "cloud service",
            Self::Human => "person",
            Self::Unknown => "unknown",
        }
    }

    /// The heading for many of the kind.
    pub fn plural(self) -> &'static str {
        match self {
            Self::ServiceAccount => "Service accounts",
            Self::ApiKey => "API keys",
            Self::AiAgent => "AI agents",
            Self::Workload => "Workloads",
            Self::CloudService => "Cloud services",
            Self::Human => "People",
            Self::Unknown => "Unknown",
        }
    }

    /// The word in filters: `kind:agent`.
    pub fn filter_word(self) -> &'static str {
        match self {
            Self::ServiceAccount => "service-account",
            Self::ApiKey => "key",
            Self::AiAgent => "agent",
            Self::Workload => "workload",
            Self::CloudService => "cloud-service",
            Self::Human => "person",
            Self::Unknown => "unknown",
        }
    }
}

/// What sort of action it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
#[non_exhaustive]
pub enum Category {
    /// Anything else.
    Other = 0,
    /// Looked at something.
    Read = 1,
    /// Changed something.
    Write = 2,
    /// Signed in, assumed a role, exchanged a token.
    Authentication = 3,
    /// Read a secret, decrypted with a key.
    SecretAccess = 4,
    /// A credential was created.
    CredentialCreated = 5,
    /// A credential was rotated.
    CredentialRotated = 6,
    /// A credential was suspended.
    CredentialSuspended = 7,
    /// A credential was revoked or deleted.
    CredentialRevoked = 8,
    /// Rights were changed.
    PrivilegeChange = 9,
    /// An agent called a tool.
    ToolCall = 10,
    /// Someone approved or refused.
    Approval = 11,
    /// Something was rolled out.
    Deployment = 12,
}

impl Category {
    /// All categories.
    pub const ALL: [Self; 13] = [
        Self::Other,
        Self::Read,
        Self::Write,
        Self::Authentication,
        Self::SecretAccess,
        Self::CredentialCreated,
        Self::CredentialRotated,
        Self::CredentialSuspended,
        Self::CredentialRevoked,
        Self::PrivilegeChange,
        Self::ToolCall,
        Self::Approval,
        Self::Deployment,
    ];

    /// The category stored under `number`.
    pub fn from_number(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or(Self::Other)
    }

    /// The words shown to the user.
    pub fn word(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::Read => "read",
            Self::Write => "write",
            Self::Authentication => "sign-in",
            Self::SecretAccess => "secret access",
            Self::CredentialCreated => "credential created",
            Self::CredentialRotated => "credential rotated",
            Self::CredentialSuspended => "credential suspended",
            Self::CredentialRevoked => "credential revoked",
            Self::PrivilegeChange => "privilege change",
            Self::ToolCall => "tool call",
            Self::Approval => "approval",
            Self::Deployment => "deployment",
        }
    }

    /// The word in filters: `category:secret`. The four stages of a credential's life share `credential`.
    pub fn filter_word(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::Read => "read",
            Self::Write => "write",
            Self::Authentication => "sign-in",
            Self::SecretAccess => "secret",
            Self::CredentialCreated | Self::CredentialRotated | Self::CredentialSuspended | Self::CredentialRevoked => "credential",
            Self::PrivilegeChange => "privilege",
            Self::ToolCall => "tool",
            Self::Approval => "approval",
            Self::Deployment => "deployment",
        }
    }

    /// Whether it is a stage in a credential's life.
    pub fn is_credential(self) -> bool {
        self.filter_word() == "credential"
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
#[non_exhaustive]
pub enum Outcome {
    /// The record does not say.
    Unknown = 0,
    /// It was done.
    Success = 1,
    /// It was refused for lack of permission or by policy.
    Denied = 2,
    /// It was tried and went wrong.
    Failure = 3,
}

impl Outcome {
    /// All outcomes.
    pub const ALL: [Self; 4] = [Self::Unknown, Self::Success, Self::Denied, Self::Failure];

    /// The outcome stored under `number`.
    pub fn from_number(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or(Self::Unknown)
    }

    /// The word shown to the user and used in filters.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Success => "success",
            Self::Denied => "denied",
            Self::Failure => "failure",
        }
    }
}

/// One step of acting on another's behalf, outermost principal last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delegation<'a> {
    /// For whom.
    pub principal: Cow<'a, str>,
    /// With which credential of theirs, if stated.
    pub credential: Cow<'a, str>,
    /// How the right was given: role, impersonation, receipt.
    pub grant: Cow<'a, str>,
}

/// The meaning of one record. Borrows from the record's bytes wherever it can; an empty text means "not stated".
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event<'a> {
    /// The vocabulary that understood the record: "CloudTrail", "Kubernetes audit", …
    pub schema: &'static str,
    /// Nanoseconds since 1970-01-01 UTC.
    pub time: Option<i64>,
    /// The time as the record wrote it.
    pub time_text: Cow<'a, str>,
    /// A readable, stable name of the actor.
    pub identity: Cow<'a, str>,
    /// What the actor is.
    pub kind: Kind,
    /// The actor's full identifier (ARN, uid, DID) where the name is a short form.
    pub identity_id: Cow<'a, str>,
    /// What it acted with: key id, token id, certificate.
    pub credential: Cow<'a, str>,
    /// Whether the credential deserves a lane of its own (a long-lived key rather than a session token).
    pub credential_is_key: bool,
    /// The action, in the source's own word.
    pub action: Cow<'a, str>,
    /// The sort of action.
    pub category: Category,
    /// What it was done to.
    pub target: Cow<'a, str>,
    /// The credential that a credential-lifecycle action was about.
    pub subject_credential: Cow<'a, str>,
    /// How it ended.
    pub outcome: Outcome,
    /// The error or status text, where one is given.
    pub outcome_text: Cow<'a, str>,
    /// The policy decision and the policy's name, as stated.
    pub policy: Cow<'a, str>,
    /// Address it came from.
    pub source_address: Cow<'a, str>,
    /// Program it came from.
    pub user_agent: Cow<'a, str>,
    /// The nearest principal it was done for.
    pub on_behalf_of: Cow<'a, str>,
    /// The service through which the actor acted, where another one made the call for it.
    pub through: Cow<'a, str>,
    /// The whole chain of delegation, nearest first.
    pub delegation: Vec<Delegation<'a>>,
    /// Session or trace identifier.
    pub session: Cow<'a, str>,
    /// The record's own unique identifier, by which duplicates are known.
    pub event_id: Cow<'a, str>,
    /// What other readers may read differently in the record.
    pub doubt: Option<Doubt>,
    /// What comes from members that the record's hash does not cover.
    pub uncovered: Fields,
}

fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

impl Event<'_> {
    /// The same with texts of its own.
    pub fn into_owned(self) -> Event<'static> {
        let step = |step: Delegation<'_>| Delegation {
            principal: owned(step.principal),
            credential: owned(step.credential),
            grant: owned(step.grant),
        };
        Event {
            schema: self.schema,
            time: self.time,
            time_text: owned(self.time_text),
            identity: owned(self.identity),
            kind: self.kind,
            identity_id: owned(self.identity_id),
            credential: owned(self.credential),
            credential_is_key: self.credential_is_key,
            action: owned(self.action),
            category: self.category,
            target: owned(self.target),
            subject_credential: owned(self.subject_credential),
            outcome: self.outcome,
            outcome_text: owned(self.outcome_text),
            policy: owned(self.policy),
            source_address: owned(self.source_address),
            user_agent: owned(self.user_agent),
            on_behalf_of: owned(self.on_behalf_of),
            through: owned(self.through),
            delegation: self.delegation.into_iter().map(step).collect(),
            session: owned(self.session),
            event_id: owned(self.event_id),
            doubt: self.doubt,
            uncovered: self.uncovered,
        }
    }
}

impl Default for Event<'_> {
    fn default() -> Self {
        Self {
            schema: "",
            time: None,
            time_text: Cow::Borrowed(""),
            identity: Cow::Borrowed(""),
            kind: Kind::Unknown,
            identity_id: Cow::Borrowed(""),
            credential: Cow::Borrowed(""),
            credential_is_key: false,
            action: Cow::Borrowed(""),
            category: Category::Other,
            target: Cow::Borrowed(""),
            subject_credential: Cow::Borrowed(""),
            outcome: Outcome::Unknown,
            outcome_text: Cow::Borrowed(""),
            policy: Cow::Borrowed(""),
            source_address: Cow::Borrowed(""),
            user_agent: Cow::Borrowed(""),
            on_behalf_of: Cow::Borrowed(""),
            through: Cow::Borrowed(""),
            delegation: Vec::new(),
            session: Cow::Borrowed(""),
            event_id: Cow::Borrowed(""),
            doubt: None,
            uncovered: Fields::default(),
        }
    }
}
