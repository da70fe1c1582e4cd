//! OCSF events of the identity and application categories (schema.ocsf.io): Account Change 3001, Authentication 3002, Entity Management
//! 3004, API Activity 6003 and their neighbours, with the AI-operation profile.

use std::borrow::Cow;

use serde::Deserialize;

use super::field::{List, Part, Text};
use super::schema::Schema;
use crate::model::{Category, Delegation, Event, Kind, Outcome, time};

/// The vocabulary.
pub const SCHEMA: Schema = Schema { name: "OCSF", read };

#[derive(Default, Deserialize)]
#[serde(default)]
struct Record<'a> {
    #[serde(borrow)]
    class_uid: Text<'a>,
    class_name: Text<'a>,
    activity_id: Text<'a>,
    activity_name: Text<'a>,
    time: Text<'a>,
    time_dt: Text<'a>,
    status_id: Text<'a>,
    status: Text<'a>,
    status_detail: Text<'a>,
    disposition: Text<'a>,
    actor: Part<Actor<'a>>,
    user: Part<User<'a>>,
    api: Part<Api<'a>>,
    resources: List<Part<Resource<'a>>>,
    entity: Part<Resource<'a>>,
    src_endpoint: Part<Endpoint<'a>>,
    http_request: Part<Request<'a>>,
    service: Part<Resource<'a>>,
    dst_endpoint: Part<Endpoint<'a>>,
    ai_agent: Part<Agent<'a>>,
    session: Part<Session<'a>>,
    metadata: Part<Metadata<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Actor<'a> {
    #[serde(borrow)]
    user: Part<User<'a>>,
    session: Part<Session<'a>>,
    invoked_by: Text<'a>,
    app_name: Text<'a>,
    authorizations: List<Part<Authorization<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct User<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    uid: Text<'a>,
    email_addr: Text<'a>,
    #[serde(rename = "type")]
    kind: Text<'a>,
    type_id: Text<'a>,
    credential_uid: Text<'a>,
    programmatic_credentials: List<Part<Credential<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Credential<'a> {
    #[serde(borrow)]
    uid: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Session<'a> {
    #[serde(borrow)]
    uid: Text<'a>,
    issuer: Text<'a>,
    credential_uid: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Authorization<'a> {
    #[serde(borrow)]
    decision: Text<'a>,
    policy: Part<Resource<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Api<'a> {
    #[serde(borrow)]
    operation: Text<'a>,
    service: Part<Resource<'a>>,
    token: Part<Credential<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Resource<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    uid: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Endpoint<'a> {
    #[serde(borrow)]
    ip: Text<'a>,
    hostname: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Request<'a> {
    #[serde(borrow)]
    user_agent: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Agent<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    uid: Text<'a>,
    instance_uid: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata<'a> {
    #[serde(borrow)]
    uid: Text<'a>,
}

fn read(text: &str) -> Option<Event<'_>> {
    let record: Record<'_> = serde_json::from_str(text).ok()?;
    let class: u32 = record.class_uid.get().parse().ok()?;
    (1000..100_000).contains(&class).then(|| event(record, class))
}

fn event(record: Record<'_>, class: u32) -> Event<'_> {
    let written = record.time_dt.clone().or(record.time.clone());
    let when = time::parse(written.get()).or_else(|| time::from_digits(record.time.get()));
    let actor = record.actor.0;
    let mut user = actor.user.0;
    let subject = record.user.0;
    // Authentication and account events may name only the user they are about.
    if user.name.is_empty() && user.uid.is_empty() && class == 3002 {
        user.name = subject.name.clone();
        user.uid = subject.uid.clone();
        user.type_id = subject.type_id.clone();
        user.email_addr = subject.email_addr.clone();
    }
    let agent = record.ai_agent.0;
    let is_agent = !agent.uid.is_empty() || !agent.name.is_empty();
    let person = user.name.clone().or(user.email_addr.clone()).or(user.uid.clone());
    let keys: Vec<Text<'_>> = user.programmatic_credentials.0.into_iter().map(|key| key.0.uid).collect();
    let key = keys.into_iter().find(|key| !key.is_empty()).unwrap_or_default();
    let has_key = !key.is_empty();
    let credential = key.or(record.api.0.token.0.uid).or(user.credential_uid).or(actor.session.0.credential_uid);
    let (identity, identity_id, kind) = if is_agent {
        (agent.name.or(agent.uid.clone()).0, agent.uid.or(agent.instance_uid).0, Kind::AiAgent)
    } else if person.is_empty() {
        let name = actor.invoked_by.clone().or(actor.app_name.clone());
        let kind = if name.is_empty() {
            Kind::Unknown
        } else if actor.invoked_by.is_empty() {
            Kind::Workload
        } else {
            Kind::CloudService
        };
        (name.0, Cow::Borrowed(""), kind)
    } else {
        (person.0.clone(), user.uid.0, kind(user.type_id.get(), user.kind.get(), has_key))
    };
    let on_behalf_of = if is_agent { person.0 } else { actor.session.0.issuer.0 };
    let mut delegation = Vec::new();
    if !on_behalf_of.is_empty() {
        delegation.push(Delegation { principal: on_behalf_of.clone(), ..Delegation::default() });
    }
    let operation = record.api.0.operation.or(record.activity_name.clone()).or(record.class_name);
    let target =
        record.resources.0.into_iter().map(|resource| resource.0.name.or(resource.0.uid)).find(|name| !name.is_empty()).unwrap_or_default();
    let about = if class == 3001 { subject.name.or(subject.uid) } else { Text::default() };
    let target = target
        .or(about)
        .or(record.entity.0.name)
        .or(record.entity.0.uid)
        .or(record.service.0.name)
        .or(record.dst_endpoint.0.hostname)
        .or(record.api.0.service.0.name);
    let authorization = actor.authorizations.0.into_iter().next().unwrap_or_default().0;
    let denied = ["denied", "blocked", "deny"].iter().any(|word| {
        authorization.decision.get().eq_ignore_ascii_case(word)
            || record.disposition.get().eq_ignore_ascii_case(word)
            || record.status_detail.get().to_ascii_lowercase().contains("denied")
    });
    let outcome = match (denied, record.status_id.get()) {
        (true, _) => Outcome::Denied,
        (_, "1") => Outcome::Success,
        (_, "2") => Outcome::Failure,
        _ => match record.status.get().to_ascii_lowercase().as_str() {
            "success" => Outcome::Success,
            "failure" => Outcome::Failure,
            _ => Outcome::Unknown,
        },
    };
    let policy = [authorization.decision.get(), authorization.policy.0.name.get()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" · ");
    Event {
        schema: SCHEMA.name,
        time: when,
        time_text: written.0,
        identity,
        kind,
        identity_id,
        credential: credential.0,
        credential_is_key: has_key,
        category: category(class, record.activity_id.get(), operation.get(), is_agent),
        action: operation.0,
        target: target.0,
        outcome,
        outcome_text: record.status_detail.0,
        policy: Cow::Owned(policy),
        source_address: record.src_endpoint.0.ip.0,
        user_agent: record.http_request.0.user_agent.0,
        on_behalf_of,
        delegation,
        session: actor.session.0.uid.or(record.session.0.uid).0,
        event_id: record.metadata.0.uid.0,
        ..Event::default()
    }
}

fn kind(type_id: &str, word: &str, has_key: bool) -> Kind {
    match (type_id, word) {
        ("3", _) | (_, "System") => Kind::CloudService,
        ("4", _) | (_, "Service") => Kind::ServiceAccount,
        ("1" | "2", _) | (_, "User" | "Admin") => Kind::Human,
        _ if has_key => Kind::ServiceAccount,
        _ => Kind::Human,
    }
}

fn category(class: u32, activity: &str, operation: &str, is_agent: bool) -> Category {
    let operation = operation.to_ascii_lowercase();
    if ["getsecret", "secret.get", "readsecret", "decrypt"].iter().any(|word| operation.contains(word)) {
        return Category::SecretAccess;
    }
    match (class, activity) {
        (3002 | 3003, _) => Category::Authentication,
        (3001, "1") => Category::PrivilegeChange,
        (3001, "3" | "4") => Category::CredentialRotated,
        (3001, "7" | "8") => Category::PrivilegeChange,
        (3001, "5" | "9") => Category::CredentialSuspended,
        (3001, "6") => Category::CredentialRevoked,
        (3005 | 3006, _) => Category::PrivilegeChange,
        _ if is_agent => Category::ToolCall,
        (3004 | 6003, "2") => Category::Read,
        (3004 | 6003, "1" | "3" | "4") => Category::Write,
        _ => Category::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_activity_and_agents() {
        let text = r#"{"class_uid":6003,"activity_id":2,"time":1772853262018,"status_id":1,"actor":{"user":{"name":"ci","uid":"u1","type_id":4,"programmatic_credentials":[{"uid":"AKIA1"}]}},"api":{"operation":"ListSecrets"},"src_endpoint":{"ip":"203.0.113.7"}}"#;
        let event = read(text).unwrap();
        assert_eq!((event.kind, event.credential.as_ref(), event.category), (Kind::ServiceAccount, "AKIA1", Category::Read));
        assert_eq!(event.time, time::parse("2026-03-07T03:14:22.018Z"));
        let agent = r#"{"class_uid":6003,"time":1772853262018,"status_id":2,"ai_agent":{"uid":"a1","name":"release-agent"},"actor":{"user":{"name":"maria"}},"api":{"operation":"merge"}}"#;
        let event = read(agent).unwrap();
        assert_eq!(
            (event.kind, event.identity.as_ref(), event.on_behalf_of.as_ref(), event.outcome),
            (Kind::AiAgent, "release-agent", "maria", Outcome::Failure)
        );
    }

    #[test]
    fn sign_ins_and_accounts() {
        let sign_in = r#"{"class_uid":3002,"activity_id":1,"time":1772853262,"user":{"name":"maria","type_id":1},"status":"Failure"}"#;
        let event = read(sign_in).unwrap();
        assert_eq!((event.category, event.kind, event.outcome), (Category::Authentication, Kind::Human, Outcome::Failure));
        let deleted = r#"{"class_uid":3001,"activity_id":6,"time":1772853262,"actor":{"user":{"name":"root","type_id":2}},"user":{"name":"old-robot"}}"#;
        let event = read(deleted).unwrap();
        assert_eq!((event.category, event.target.as_ref()), (Category::CredentialRevoked, "old-robot"));
    }
}
