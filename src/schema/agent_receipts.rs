//! Agent Receipts: W3C verifiable credentials about what an AI agent did (github.com/agent-receipts/ar, spec).

use std::borrow::Cow;

use serde::Deserialize;

use super::field::{List, Part, Text};
use super::schema::Schema;
use crate::model::{Category, Delegation, Event, Kind, Outcome, time};

/// The vocabulary.
pub const SCHEMA: Schema = Schema { name: "Agent Receipts", read };

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Receipt<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(rename = "type")]
    types: List<Text<'a>>,
    issuance_date: Text<'a>,
    valid_from: Text<'a>,
    issuer: Part<Party<'a>>,
    credential_subject: Part<Subject<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Party<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    name: Text<'a>,
    model: Text<'a>,
    session_id: Text<'a>,
    #[serde(rename = "type")]
    kind: Text<'a>,
    operator: Part<Operator<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Operator<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    name: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Subject<'a> {
    #[serde(borrow)]
    principal: Part<Party<'a>>,
    action: Part<Action<'a>>,
    outcome: Part<Ended<'a>>,
    authorization: Part<Authorization<'a>>,
    delegation: Part<Delegated<'a>>,
    chain: Part<Chain<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Action<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(rename = "type")]
    kind: Text<'a>,
    tool_name: Text<'a>,
    risk_level: Text<'a>,
    timestamp: Text<'a>,
    target: Part<Target<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Target<'a> {
    #[serde(borrow)]
    system: Text<'a>,
    resource: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Ended<'a> {
    #[serde(borrow)]
    status: Text<'a>,
    error: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Authorization<'a> {
    #[serde(borrow)]
    grant_ref: Text<'a>,
    scopes: List<Text<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Delegated<'a> {
    #[serde(borrow)]
    delegator: Part<Party<'a>>,
    parent_chain_id: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Chain<'a> {
    #[serde(borrow)]
    chain_id: Text<'a>,
}

/// The readable part of a DID or the text itself: `did:agent:release-agent` → `release-agent`.
fn short<'a>(id: &Cow<'a, str>) -> Cow<'a, str> {
    match id {
        Cow::Borrowed(text) if text.starts_with("did:") && !text.starts_with("did:key:") => {
            Cow::Borrowed(text.rsplit(':').next().unwrap_or(text))
        }
        other => other.clone(),
    }
}

fn name<'a>(party: &Party<'a>) -> Cow<'a, str> {
    if party.name.is_empty() { short(&party.id.0) } else { party.name.0.clone() }
}

fn read(text: &str) -> Option<Event<'_>> {
    let receipt: Receipt<'_> = serde_json::from_str(text).ok()?;
    let subject = receipt.credential_subject.0;
    let ours = !subject.action.0.kind.is_empty()
        && (!receipt.issuer.0.id.is_empty() || receipt.types.0.iter().any(|kind| kind.get().contains("Receipt")));
    if !ours {
        return None;
    }
    let action = subject.action.0;
    let when = action.timestamp.clone().or(receipt.issuance_date).or(receipt.valid_from);
    let principal = subject.principal.0;
    let issuer = receipt.issuer.0;
    let on_behalf_of = name(&principal);
    let mut delegation = Vec::new();
    let delegator = subject.delegation.0.delegator.0;
    if !delegator.id.is_empty() {
        delegation.push(Delegation {
            principal: name(&delegator),
            credential: Cow::Borrowed(""),
            grant: subject.delegation.0.parent_chain_id.0,
        });
    }
    if !on_behalf_of.is_empty() {
        delegation.push(Delegation {
            principal: on_behalf_of.clone(),
            credential: Cow::Borrowed(""),
            grant: subject.authorization.0.grant_ref.0.clone(),
        });
    }
    let operator = issuer.operator.0.name.clone().or(issuer.operator.0.id.clone());
    let target = action.target.0;
    let target = match (target.system.is_empty(), target.resource.is_empty()) {
        (_, true) => target.system.0,
        (true, false) => target.resource.0,
        (false, false) => Cow::Owned(format!("{} · {}", target.system.get(), target.resource.get())),
    };
    let scopes: Vec<&str> = subject.authorization.0.scopes.0.iter().map(Text::get).collect();
    let outcome = match subject.outcome.0.status.get() {
        "success" | "completed" => Outcome::Success,
        "denied" | "blocked" | "rejected" | "refused" => Outcome::Denied,
        "failure" | "failed" | "error" => Outcome::Failure,
        _ => Outcome::Unknown,
    };
    let category = category(action.kind.get(), action.tool_name.get());
    Some(Event {
        schema: SCHEMA.name,
        time: time::parse(when.get()),
        time_text: when.0,
        identity: name(&issuer),
        kind: Kind::AiAgent,
        identity_id: issuer.id.0,
        action: action.tool_name.or(action.kind).0,
        category,
        target,
        outcome,
        outcome_text: subject.outcome.0.error.0,
        policy: if scopes.is_empty() { subject.authorization.0.grant_ref.0 } else { Cow::Owned(format!("scopes {}", scopes.join(", "))) },
        user_agent: if issuer.model.is_empty() { operator.0 } else { issuer.model.0 },
        on_behalf_of,
        delegation,
        session: issuer.session_id.or(subject.chain.0.chain_id).0,
        event_id: receipt.id.or(action.id).0,
        ..Event::default()
    })
}

fn category(kind: &str, tool: &str) -> Category {
    let text = format!("{kind} {tool}").to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&["vault.read", "secret", "credential.read", "password"]) {
        Category::SecretAccess
    } else if has(&["key_rotation", "credential.rotate"]) {
        Category::CredentialRotated
    } else if has(&["credential.create", "token.create"]) {
        Category::CredentialCreated
    } else if has(&["revoke"]) {
        Category::CredentialRevoked
    } else if has(&["permission", "privilege", "role.grant", "grant_"]) {
        Category::PrivilegeChange
    } else if has(&["approv", "consent"]) {
        Category::Approval
    } else if has(&["deploy", "release."]) {
        Category::Deployment
    } else {
        Category::ToolCall
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_acts_for_a_person() {
        let text = r#"{"id":"urn:receipt:1","type":["VerifiableCredential","AgentReceipt"],"issuer":{"id":"did:agent:release-agent","session_id":"s1"},"issuanceDate":"2026-03-07T10:00:00Z",
          "credentialSubject":{"principal":{"id":"did:user:maria"},"action":{"id":"a","type":"tool.call","tool_name":"vault.read","target":{"system":"vault","resource":"prod/db/password"},"timestamp":"2026-03-07T10:00:01Z"},"outcome":{"status":"success"},"chain":{"chain_id":"c","sequence":1}}}"#;
        let event = read(text).unwrap();
        assert_eq!((event.identity.as_ref(), event.kind, event.on_behalf_of.as_ref()), ("release-agent", Kind::AiAgent, "maria"));
        assert_eq!((event.category, event.outcome), (Category::SecretAccess, Outcome::Success));
        assert_eq!(event.target, "vault · prod/db/password");
    }
}
