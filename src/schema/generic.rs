//! The fallback: time, actor, action, target and outcome by the field names that programs usually choose.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Schema;
use crate::model::{Category, Event, Kind, Outcome, time};

/// The vocabulary.
pub const SCHEMA: Schema = Schema { name: "generic", read };

/// Fields deeper than this are not looked at.
const DEPTH: usize = 7;
/// More fields than this are not looked at.
const MOST: usize = 400;

/// Flattened members of an object: `actor.name` → text.
pub(super) struct Flat<'a>(Vec<(String, Cow<'a, str>)>);

struct Collect<'c, 'a> {
    path: String,
    depth: usize,
    into: &'c mut Vec<(String, Cow<'a, str>)>,
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
        self.into.push((self.path, Cow::Borrowed(text)));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.into.push((self.path, Cow::Owned(text.to_owned())));
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.into.push((self.path, Cow::Borrowed(if value { "true" } else { "false" })));
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.into.push((self.path, Cow::Owned(value.to_string())));
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.into.push((self.path, Cow::Owned(value.to_string())));
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.into.push((self.path, Cow::Owned(value.to_string())));
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        // The first element stands for the list: source addresses, resources.
        if self.depth < DEPTH && self.into.len() < MOST {
            sequence.next_element_seed(Collect { path: self.path, depth: self.depth + 1, into: self.into })?;
        }
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if self.depth >= DEPTH || self.into.len() >= MOST {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            // Case and separators vary from program to program, so they are taken out of the comparison.
            let plain: String =
                key.chars().filter(|character| !matches!(character, '_' | '-' | '@' | ' ')).flat_map(char::to_lowercase).collect();
            let path = if self.path.is_empty() { plain } else { format!("{}.{plain}", self.path) };
            map.next_value_seed(Collect { path, depth: self.depth + 1, into: self.into })?;
        }
        Ok(())
    }
}

impl<'a> Flat<'a> {
    /// Flattens a record; `None` if it is no JSON.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let mut flat = Vec::new();
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let collect = Collect { path: String::new(), depth: 0, into: &mut flat };
        serde::de::DeserializeSeed::deserialize(collect, &mut deserializer).ok()?;
        deserializer.end().ok()?;
        Some(Self(flat))
    }

    /// Whether a path is there and states something.
    pub(super) fn has(&self, path: &str) -> bool {
        self.0.iter().any(|(own, text)| own == path && !text.is_empty())
    }

    /// The first of these paths that states something.
    pub(super) fn take(&self, names: &[&str]) -> Cow<'a, str> {
        for name in names {
            if let Some((_, text)) = self.0.iter().find(|(path, text)| path == name && !text.is_empty()) {
                return text.clone();
            }
        }
        Cow::Borrowed("")
    }
}

const TIME: &[&str] = &[
    "time",
    "timestamp",
    "ts",
    "eventtime",
    "datetime",
    "date",
    "createdat",
    "created",
    "occurredat",
    "published",
    "receivetimestamp",
    "loggedat",
    "when",
    "event.time",
    "event.created",
    "realtimetimestamp",
];
const AGENT: &[&str] = &[
    "agentid",
    "agentname",
    "agent",
    "agent.id",
    "agent.name",
    "agentdid",
    "actor.agentid",
    "genai.agent.name",
    "genai.agent.id",
    "agentalias",
];
const ACTOR: &[&str] = &[
    "actor",
    "actor.name",
    "actor.email",
    "actor.emailaddress",
    "actor.username",
    "actor.displayname",
    "actor.login",
    "actor.id",
    "user",
    "username",
    "user.name",
    "user.email",
    "user.username",
    "user.id",
    "useremail",
    "principal",
    "principal.name",
    "principal.id",
    "principalid",
    "identity",
    "identity.name",
    "identity.id",
    "caller",
    "subject",
    "account",
    "accountname",
    "who",
    "initiator",
    "initiator.name",
    "initiator.id",
    "clientid",
    "serviceaccount",
    "owner",
    "login",
    "auth.displayname",
    "service",
    "source.user",
];
const ACTION: &[&str] = &[
    "action",
    "action.type",
    "action.name",
    "actiontype",
    "eventname",
    "event",
    "event.action",
    "event.name",
    "event.type",
    "eventtype",
    "operation",
    "operationname",
    "activity",
    "verb",
    "method",
    "methodname",
    "type",
    "tool",
    "toolname",
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
    "resourceid",
    "resourcename",
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
    "policydecision",
    "verdict",
    "response",
    "statuscode",
    "error",
    "errorcode",
];
const ADDRESS: &[&str] = &[
    "sourceip",
    "sourceipaddress",
    "ip",
    "ipaddress",
    "clientip",
    "clientipaddress",
    "remoteaddr",
    "remoteaddress",
    "remoteip",
    "actor.ip",
    "actor.ipaddress",
    "source.ip",
    "src.ip",
    "srcip",
    "client.ip",
    "client.ipaddress",
    "request.remoteaddress",
    "addr",
];
const CREDENTIAL: &[&str] = &[
    "apikeyid",
    "apikey.id",
    "keyid",
    "accesskeyid",
    "accesskey",
    "tokenid",
    "token.id",
    "credentialid",
    "credential",
    "hashedtoken",
    "auth.accessor",
    "keyfingerprint",
];
const BEHALF: &[&str] =
    &["onbehalfof", "onbehalfof.name", "delegator", "delegatedby", "principal", "principal.id", "requestedby", "actfor", "for"];
const SESSION: &[&str] = &["sessionid", "session", "session.id", "traceid", "trace.id", "requestid", "request.id", "correlationid"];
const EVENT_ID: &[&str] = &["eventid", "event.id", "id", "uuid", "recordid", "entryid", "insertid"];
const PROGRAM: &[&str] = &["useragent", "user.agent", "client.useragent", "actor.useragent", "http.useragent"];

fn read(text: &str) -> Option<Event<'_>> {
    let flat = Flat::of(text)?;
    let written = flat.take(TIME);
    let when = time::parse(&written).or_else(|| time::from_digits(&written));
    let agent = flat.take(AGENT);
    let actor = flat.take(ACTOR);
    let action = flat.take(ACTION);
    // One sign alone could be anything; time and a deed, or a doer and a deed, are an event.
    if action.is_empty() || when.is_none() && actor.is_empty() && agent.is_empty() {
        return None;
    }
    let (outcome, outcome_text) = outcome(flat.take(OUTCOME));
    let credential = flat.take(CREDENTIAL);
    let (identity, kind, on_behalf_of) = if agent.is_empty() {
        let kind =
            kind(&actor, &flat.take(&["actortype", "actor.type", "usertype", "user.type", "principaltype", "kind", "identity.type"]));
        (actor, kind, Cow::Borrowed(""))
    } else {
        let other = flat.take(BEHALF);
        (agent, Kind::AiAgent, if other.is_empty() { actor } else { other })
    };
    Some(Event {
        schema: SCHEMA.name,
        time: when,
        time_text: written,
        category: category(&action, kind),
        identity,
        kind,
        credential_is_key: credential.starts_with("AKIA")
            || credential.starts_with("sk-")
            || credential.to_ascii_lowercase().contains("key"),
        credential,
        action,
        target: flat.take(TARGET),
        outcome,
        outcome_text,
        policy: flat.take(&["policy", "policy.name", "matchedrule", "policyid", "rule"]),
        source_address: flat.take(ADDRESS),
        user_agent: flat.take(PROGRAM),
        on_behalf_of,
        session: flat.take(SESSION),
        event_id: flat.take(EVENT_ID),
        ..Event::default()
    })
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
