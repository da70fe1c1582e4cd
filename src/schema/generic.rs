//! The fallback: time, actor, action, target and outcome by the field names that programs usually choose.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::names;
use super::schema::Schema;
use crate::model::json::Doubt;
use crate::model::{Category, Event, Kind, Outcome, time};

/// The vocabulary.
pub const SCHEMA: Schema = Schema { name: "generic", read };

/// Fields deeper than this are not looked at.
const DEPTH: usize = 7;
/// More fields than this are not looked at.
const MOST: usize = 400;

/// One member that a table may ask for.
struct Entry<'a> {
    /// Known names, the outermost first, joined by `.`.
    path: String,
    text: Cow<'a, str>,
    /// Whether one name of the record stands for several of the path: `"actor.name"`.
    dotted: bool,
}

/// Members of a record by the paths that tables use: `actor.name` → text. A list is stood for by its first element.
pub(super) struct Flat<'a> {
    entries: Vec<Entry<'a>>,
    /// A path that two members spell differently and fill differently.
    alike: Option<String>,
}

struct Collect<'c, 'a> {
    path: String,
    dotted: bool,
    depth: usize,
    into: &'c mut Flat<'a>,
}

impl<'de> Collect<'_, 'de> {
    fn take(self, text: Cow<'de, str>) {
        match self.into.entries.iter().find(|entry| entry.path == self.path) {
            Some(entry) if entry.text != text && !text.is_empty() && !entry.text.is_empty() => self.into.alike = Some(self.path),
            Some(entry) if !entry.text.is_empty() => {}
            _ => self.into.entries.push(Entry { path: self.path, text, dotted: self.dotted }),
        }
    }
}

impl<'de> serde::de::DeserializeSeed<'de> for Collect<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Collect<'_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        self.take(Cow::Borrowed(text));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.take(Cow::Owned(text.to_owned()));
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.take(Cow::Borrowed(if value { "true" } else { "false" }));
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.take(Cow::Owned(value.to_string()));
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.take(Cow::Owned(value.to_string()));
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.take(Cow::Owned(value.to_string()));
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        // The first element stands for the list: source addresses, resources.
        if self.depth < DEPTH {
            sequence.next_element_seed(Collect { path: self.path, dotted: self.dotted, depth: self.depth + 1, into: self.into })?;
        }
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            let room = self.depth < DEPTH && self.into.entries.len() < MOST;
            let Some((name, dotted)) = known(&key).filter(|_| room) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let path = if self.path.is_empty() { name.into_owned() } else { format!("{}.{name}", self.path) };
            map.next_value_seed(Collect { path, dotted: dotted || self.dotted, depth: self.depth + 1, into: self.into })?;
        }
        Ok(())
    }
}

/// The known name or names that a member's name spells, and whether it is several joined by dots.
fn known(own: &str) -> Option<(Cow<'static, str>, bool)> {
    if let Some(name) = names::known(own) {
        return Some((Cow::Borrowed(name), false));
    }
    if !own.contains('.') {
        return None;
    }
    let parts: Vec<&str> = own.split('.').take(DEPTH + 1).map(names::known).collect::<Option<_>>()?;
    (parts.len() <= DEPTH).then(|| (Cow::Owned(parts.join(".")), true))
}

impl<'a> Flat<'a> {
    /// Flattens a record; `None` if it is no JSON.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let mut flat = Self { entries: Vec::new(), alike: None };
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let collect = Collect { path: String::new(), dotted: false, depth: 0, into: &mut flat };
        // What cannot be read is of no vocabulary, and is counted as not understood.
        serde::de::DeserializeSeed::deserialize(collect, &mut deserializer).ok()?;
        deserializer.end().ok()?;
        Some(flat)
    }

    /// Two members that spell one name in two ways, and say different things.
    pub(super) fn doubt(&self) -> Option<Doubt> {
        self.alike.clone().map(Doubt::Alike)
    }

    /// Whether a path is there, name for name, and states something.
    pub(super) fn has(&self, path: &str) -> bool {
        self.entries.iter().any(|entry| entry.path == path && !entry.dotted && !entry.text.is_empty())
    }

    /// The first of these paths, name for name, that states something.
    pub(super) fn take(&self, names: &[&str]) -> Cow<'a, str> {
        self.first(names, |entry| !entry.dotted)
    }

    /// The same where one name may stand for several of the path, as programs write it that flatten their records.
    fn any(&self, names: &[&str]) -> Cow<'a, str> {
        self.first(names, |_| true)
    }

    fn first(&self, names: &[&str], fits: impl Fn(&Entry<'a>) -> bool) -> Cow<'a, str> {
        let found = |name: &&str| self.entries.iter().find(|entry| entry.path == **name && !entry.text.is_empty() && fits(entry));
        names.iter().find_map(found).map_or(Cow::Borrowed(""), |entry| entry.text.clone())
    }
}

const TIME: &[&str] = &[
    "time",
    "time_stamp",
    "ts",
    "event_time",
    "date_time",
    "date",
    "created_at",
    "created",
    "occurred_at",
    "published",
    "receive_timestamp",
    "logged_at",
    "when",
    "event.time",
    "event.created",
    "realtime_timestamp",
];
const AGENT: &[&str] = &[
    "agent_id",
    "agent_name",
    "agent",
    "agent.id",
    "agent.name",
    "agent_did",
    "actor.agent_id",
    "gen_ai.agent.name",
    "gen_ai.agent.id",
    "agent_alias",
];
const ACTOR: &[&str] = &[
    "actor",
    "actor.name",
    "actor.email",
    "actor.email_address",
    "actor.user_name",
    "actor.display_name",
    "actor.login",
    "actor.id",
    "user",
    "user_name",
    "user.name",
    "user.email",
    "user.user_name",
    "user.id",
    "user_email",
    "principal",
    "principal.name",
    "principal.id",
    "principal_id",
    "identity",
    "identity.name",
    "identity.id",
    "caller",
    "subject",
    "account",
    "account_name",
    "who",
    "initiator",
    "initiator.name",
    "initiator.id",
    "client_id",
    "service_account",
    "owner",
    "login",
    "auth.display_name",
    "service",
    "source.user",
];
const ACTION: &[&str] = &[
    "action",
    "action.type",
    "action.name",
    "action_type",
    "event_name",
    "event",
    "event.action",
    "event.name",
    "event.type",
    "event_type",
    "operation",
    "operation_name",
    "activity",
    "verb",
    "method",
    "method_name",
    "type",
    "tool",
    "tool_name",
    "tool.name",
    "request.operation",
    "what",
    "message",
    "msg",
];
const TARGET: &[&str] = &[
    "target",
    "target.name",
    "target.id",
    "target.resource",
    "resource",
    "resource.name",
    "resource.id",
    "resource_id",
    "resource_name",
    "object",
    "object.name",
    "object.id",
    "entity",
    "entity.name",
    "path",
    "request.path",
    "uri",
    "url",
    "file",
    "key",
    "repo",
    "repository",
    "bucket",
    "secret",
];
const OUTCOME: &[&str] = &[
    "outcome",
    "outcome.status",
    "outcome.result",
    "status",
    "result",
    "event.outcome",
    "success",
    "decision",
    "policy_decision",
    "verdict",
    "response",
    "status_code",
    "error",
    "error_code",
];
const ADDRESS: &[&str] = &[
    "source_ip",
    "source_ip_address",
    "ip",
    "ip_address",
    "client_ip",
    "client_ip_address",
    "remote_addr",
    "remote_address",
    "remote_ip",
    "actor.ip",
    "actor.ip_address",
    "source.ip",
    "src.ip",
    "src_ip",
    "client.ip",
    "client.ip_address",
    "request.remote_address",
    "addr",
];
const CREDENTIAL: &[&str] = &[
    "api_key_id",
    "api_key.id",
    "key_id",
    "access_key_id",
    "access_key",
    "token_id",
    "token.id",
    "credential_id",
    "credential",
    "hashed_token",
    "auth.accessor",
    "key_fingerprint",
];
const BEHALF: &[&str] =
    &["on_behalf_of", "on_behalf_of.name", "delegator", "delegated_by", "principal", "principal.id", "requested_by", "act_for", "for"];
const SESSION: &[&str] = &["session_id", "session", "session.id", "trace_id", "trace.id", "request_id", "request.id", "correlation_id"];
const EVENT_ID: &[&str] = &["event_id", "event.id", "id", "uuid", "record_id", "entry_id", "insert_id"];
const PROGRAM: &[&str] = &["user_agent", "user.agent", "client.user_agent", "actor.user_agent", "http.user_agent"];

fn read(text: &str) -> Option<Event<'_>> {
    let flat = Flat::of(text)?;
    // One sign alone could be anything; time and a deed, or a doer and a deed, are an event.
    let stated = |names| !flat.any(names).is_empty();
    let is_event = stated(ACTION) && (when(&flat.any(TIME)).is_some() || stated(ACTOR) || stated(AGENT));
    is_event.then(|| event(&flat))
}

/// What there is, even if it makes no event; `None` if it is no JSON or nothing is stated.
pub(super) fn parts(text: &str) -> Option<Event<'_>> {
    let flat = Flat::of(text)?;
    (!flat.entries.is_empty()).then(|| event(&flat))
}

fn when(written: &str) -> Option<i64> {
    time::parse(written).or_else(|| time::from_digits(written))
}

fn event<'a>(flat: &Flat<'a>) -> Event<'a> {
    let written = flat.any(TIME);
    let agent = flat.any(AGENT);
    let actor = flat.any(ACTOR);
    let action = flat.any(ACTION);
    let (outcome, outcome_text) = outcome(flat.any(OUTCOME));
    let credential = flat.any(CREDENTIAL);
    let (identity, kind, on_behalf_of) = if agent.is_empty() {
        let kind =
            kind(&actor, &flat.any(&["actor_type", "actor.type", "user_type", "user.type", "principal_type", "kind", "identity.type"]));
        (actor, kind, Cow::Borrowed(""))
    } else {
        let other = flat.any(BEHALF);
        (agent, Kind::AiAgent, if other.is_empty() { actor } else { other })
    };
    Event {
        schema: SCHEMA.name,
        doubt: flat.doubt(),
        time: when(&written),
        time_text: written,
        category: category(&action, kind),
        identity,
        kind,
        credential_is_key: credential.starts_with("AKIA")
            || credential.starts_with("sk-")
            || credential.to_ascii_lowercase().contains("key"),
        credential,
        action,
        target: flat.any(TARGET),
        outcome,
        outcome_text,
        policy: flat.any(&["policy", "policy.name", "matched_rule", "policy_id", "rule"]),
        source_address: flat.any(ADDRESS),
        user_agent: flat.any(PROGRAM),
        on_behalf_of,
        session: flat.any(SESSION),
        event_id: flat.any(EVENT_ID),
        ..Event::default()
    }
}

fn kind(actor: &str, stated: &str) -> Kind {
    let stated = stated.to_ascii_lowercase();
    let actor = actor.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| stated.contains(word));
    let named = |words: &[&str]| words.iter().any(|word| actor.contains(word));
    if actor.is_empty() {
        Kind::Unknown
    } else if has(&["agent"]) {
        Kind::AiAgent
    } else if has(&["service", "robot", "bot", "machine", "app"])
        || named(&["serviceaccount", "service-account", "[bot]", "svc-", "-svc", "-bot", "robot", "gserviceaccount.com"])
    {
        Kind::ServiceAccount
    } else if has(&["key", "token"]) {
        Kind::ApiKey
    } else if has(&["system"]) || actor == "system" {
        Kind::CloudService
    } else if has(&["user", "human", "person", "member", "admin"]) || actor.contains('@') || !actor.contains(['-', '/', ':']) {
        Kind::Human
    } else {
        Kind::ServiceAccount
    }
}

pub(super) fn outcome(text: Cow<'_, str>) -> (Outcome, Cow<'_, str>) {
    let lower = text.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let outcome = if text.is_empty() {
        Outcome::Unknown
    } else if has(&["den", "block", "forbid", "unauthor", "reject", "refuse"]) || matches!(lower.as_str(), "401" | "403") {
        Outcome::Denied
    } else if has(&["fail", "error", "false", "exception"]) || lower.len() == 3 && (lower.starts_with('4') || lower.starts_with('5')) {
        Outcome::Failure
    } else if has(&["succ", "ok", "allow", "true", "complete", "approve", "permit"])
        || lower.len() == 3 && lower.starts_with('2')
        || lower == "0"
    {
        Outcome::Success
    } else {
        Outcome::Unknown
    };
    (outcome, if outcome == Outcome::Success { Cow::Borrowed("") } else { text })
}

/// The sort of action that a name suggests.
pub(super) fn category(action: &str, kind: Kind) -> Category {
    let action = action.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| action.contains(word));
    if has(&["login", "logon", "signin", "sign_in", "sign-in", "authenticate", "assume", "sso", "mfa", "session.start", "logout"]) {
        Category::Authentication
    } else if has(&["revoke", "token.delete", "key.delete", "delete_key", "deletekey", "key_deleted", "token_deleted"]) {
        Category::CredentialRevoked
    } else if has(&["rotate", "key_rotation"]) {
        Category::CredentialRotated
    } else if has(&["suspend", "disable"]) {
        Category::CredentialSuspended
    } else if has(&[
        "create_key",
        "createkey",
        "key.create",
        "token.create",
        "create_token",
        "key_created",
        "token_created",
        "api_key.create",
        "apikey.create",
    ]) {
        Category::CredentialCreated
    } else if has(&["secret", "decrypt", "vault.read", "password.read", "credential.read"]) {
        Category::SecretAccess
    } else if has(&["grant", "permission", "role", "privilege", "policy", "sudo", "member.add", "add_member"]) {
        Category::PrivilegeChange
    } else if has(&["approv", "consent"]) {
        Category::Approval
    } else if has(&["deploy", "release", "rollout"]) {
        Category::Deployment
    } else if has(&["tool", "mcp", "invoke"]) {
        Category::ToolCall
    } else if has(&["read", "get", "list", "view", "download", "search", "describe", "query", "fetch"]) {
        Category::Read
    } else if has(&[
        "write", "create", "update", "delete", "put", "post", "set", "upload", "modify", "remove", "add", "edit", "push", "merge",
    ]) {
        Category::Write
    } else if kind == Kind::AiAgent {
        Category::ToolCall
    } else {
        Category::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_are_found() {
        let event = read(r#"{"@timestamp":"2026-03-07T03:14:22Z","actor":{"name":"ci-deployer","type":"service"},"action":"secret.read","resource":"prod/db","result":"denied","source_ip":"203.0.113.7","request_id":"r1"}"#).unwrap();
        assert_eq!(
            (event.identity.as_ref(), event.kind, event.category, event.outcome),
            ("ci-deployer", Kind::ServiceAccount, Category::SecretAccess, Outcome::Denied)
        );
        assert_eq!((event.target.as_ref(), event.source_address.as_ref(), event.session.as_ref()), ("prod/db", "203.0.113.7", "r1"));
        let event = read(r#"{"ts":1772853262.018,"agent_id":"helper","user":"maria","tool":"search"}"#).unwrap();
        assert_eq!((event.kind, event.on_behalf_of.as_ref()), (Kind::AiAgent, "maria"));
        assert!(event.time.is_some());
    }

    #[test]
    fn what_is_no_event_stays_unknown() {
        assert!(read(r#"{"a":1}"#).is_none());
        assert!(read(r#"[1,2]"#).is_none());
        assert!(read(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))).is_none());
        assert!(read(r#"{"action":"x"} trailing"#).is_none());
    }
}
