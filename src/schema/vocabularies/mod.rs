//! Vocabularies that differ only in where their fields are: a table of paths for each, from their documentation. One more is one more entry.
//!
//! Paths are names joined by `.`, the words of each name joined by `_` whatever the product's spelling. A list is stood for by its first.

mod table;

use std::borrow::Cow;

use super::generic::{Flat, category, outcome};
use super::schema::Schema;
use table::{TABLE, word};

use crate::model::{Category, Delegation, Event, Kind, Outcome, time};

/// The vocabularies of the table; each event names its own.
pub const SCHEMA: Schema = Schema { name: "known vocabularies", read };

fn read(text: &str) -> Option<Event<'_>> {
    let flat = Flat::of(text)?;
    let vocabulary = TABLE.iter().find(|vocabulary| vocabulary.signs.iter().all(|path| flat.has(path)))?;
    let written = flat.take(vocabulary.time);
    let mut identity = flat.take(vocabulary.identity);
    let mut kind = (vocabulary.kind)(&flat, &identity);
    let mut action = flat.take(vocabulary.action);
    let mut class = category(&action, kind);
    // sudo says in its message who did what: "maria : TTY=… ; COMMAND=/bin/sh".
    if vocabulary.name == "systemd journal"
        && flat.take(&["syslog_identifier"]) == "sudo"
        && let Some((who, what)) = action.split_once(" : ").filter(|(_, what)| what.contains("COMMAND="))
    {
        let (who, what) = (who.trim().to_owned(), what.rsplit("COMMAND=").next().unwrap_or("").to_owned());
        (identity, action, kind, class) = (who.into(), format!("sudo {what}").into(), Kind::Human, Category::PrivilegeChange);
    }
    // Reading a secret store is reading a secret.
    if vocabulary.name == "Vault audit" && action == "read" && !flat.take(vocabulary.target).starts_with("sys/") {
        class = Category::SecretAccess;
    }
    let (mut result, result_text) = outcome(flat.take(vocabulary.outcome));
    if vocabulary.name == "Vault audit" && result == Outcome::Unknown && word(&flat, "type") == "response" {
        result = Outcome::Success;
    }
    if vocabulary.name == "Snowflake login history" {
        result = if word(&flat, "is_success") == "yes" { Outcome::Success } else { Outcome::Failure };
    }
    let behalf = flat.take(vocabulary.behalf);
    let mut delegation =
        if behalf.is_empty() { Vec::new() } else { vec![Delegation { principal: behalf.clone(), ..Delegation::default() }] };
    if vocabulary.name == "GCP Cloud Audit" && !delegation.is_empty() {
        delegation =
            impersonation(text).into_iter().map(|principal| Delegation { principal: principal.into(), ..Delegation::default() }).collect();
    }
    let credential = flat.take(vocabulary.credential);
    let is_key = !credential.is_empty()
        && matches!(vocabulary.name, "OpenAI audit log" | "Anthropic activity" | "GCP Cloud Audit" | "Okta System Log")
        && (!flat.has("authentication_context.external_session_id") || flat.has("transaction.detail.request_api_token_id"));
    Some(Event {
        schema: vocabulary.name,
        doubt: flat.doubt(),
        time: time::parse(&written).or_else(|| time::from_digits(&written)),
        time_text: written,
        identity_id: flat.take(vocabulary.id),
        identity,
        kind,
        credential,
        credential_is_key: is_key,
        action: if action.is_empty() { Cow::Borrowed("(not stated)") } else { action },
        category: class,
        target: flat.take(vocabulary.target),
        outcome: result,
        outcome_text: result_text,
        policy: flat.take(vocabulary.policy),
        source_address: flat.take(vocabulary.address),
        user_agent: flat.take(vocabulary.agent),
        on_behalf_of: behalf,
        delegation,
        session: flat.take(vocabulary.session),
        event_id: flat.take(vocabulary.event_id),
        ..Event::default()
    })
}

/// Who acted through whom, the first first: `serviceAccountDelegationInfo` of Google's AuthenticationInfo, which a table of paths cannot hold.
fn impersonation(text: &str) -> Vec<String> {
    let Ok(record) = serde_json::from_str::<serde_json::Value>(text) else { return Vec::new() };
    let list = record.pointer("/protoPayload/authenticationInfo/serviceAccountDelegationInfo").and_then(serde_json::Value::as_array);
    let principal = |entry: &serde_json::Value| {
        let email = entry.pointer("/firstPartyPrincipal/principalEmail").or_else(|| entry.get("principalSubject"));
        email.and_then(serde_json::Value::as_str).map(str::to_owned)
    };
    list.into_iter().flatten().filter_map(principal).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_as(text: &str) -> (String, Kind, &'static str) {
        let event = read(text).unwrap();
        assert!(event.time.is_some(), "{text}");
        (event.identity.into_owned(), event.kind, event.schema)
    }

    #[test]
    fn kinds_of_actors() {
        let gcp = |who: &str| {
            format!(
                r#"{{"timestamp":"2026-03-07T00:00:00Z","protoPayload":{{"methodName":"storage.objects.get","resourceName":"b/o","authenticationInfo":{{"principalEmail":"{who}","serviceAccountDelegationInfo":[{{"firstPartyPrincipal":{{"principalEmail":"maria@acme.example"}}}}]}}}}}}"#
            )
        };
        assert_eq!(
            read_as(&gcp("ci@p.iam.gserviceaccount.com")),
            ("ci@p.iam.gserviceaccount.com".into(), Kind::ServiceAccount, "GCP Cloud Audit")
        );
        assert_eq!(read(&gcp("ci@p.iam.gserviceaccount.com")).unwrap().on_behalf_of, "maria@acme.example");
        assert_eq!(read_as(&gcp("maria@acme.example")).1, Kind::Human);
        let github = |more: &str| format!(r#"{{"action":"repo.create","created_at":1772853262018,"org":"acme"{more}}}"#);
        assert_eq!(read_as(&github(r#","actor":"renovate[bot]""#)).1, Kind::ServiceAccount);
        assert_eq!(read_as(&github(r#","actor":"maria""#)).1, Kind::Human);
        assert_eq!(read_as(&github(r#","actor":"helper","actor_is_agent":true"#)).1, Kind::AiAgent);
        assert_eq!(read_as(&github(r#","actor":"deploy_key""#)).1, Kind::ApiKey);
        let vault = r#"{"time":"2026-03-07T00:00:00Z","type":"response","auth":{"accessor":"acc1","display_name":"approle","entity_id":"e1"},"request":{"operation":"read","path":"secret/data/db","id":"r1"}}"#;
        let event = read(vault).unwrap();
        assert_eq!(
            (event.kind, event.category, event.outcome, event.credential.as_ref()),
            (Kind::ServiceAccount, Category::SecretAccess, Outcome::Success, "acc1")
        );
        let openai = r#"{"id":"a","type":"api_key.created","effective_at":1772853262,"actor":{"type":"api_key","api_key":{"id":"key_1","type":"service_account","service_account":{"id":"svc_1"}}}}"#;
        assert_eq!(read_as(openai), ("svc_1".into(), Kind::ServiceAccount, "OpenAI audit log"));
        let anthropic =
            r#"{"id":"a","created_at":"2026-03-07T00:00:00Z","type":"api_key_created","actor":{"type":"api_actor","api_key_id":"k1"}}"#;
        assert_eq!(read_as(anthropic).0, "k1");
        let okta = r#"{"published":"2026-03-07T00:00:00Z","eventType":"user.session.start","actor":{"alternateId":"maria@acme.example","type":"User","id":"1"},"outcome":{"result":"FAILURE"}}"#;
        assert_eq!((read_as(okta).1, read(okta).unwrap().outcome), (Kind::Human, Outcome::Failure));
        let journal =
            r#"{"__REALTIME_TIMESTAMP":"1772853262018000","_SYSTEMD_UNIT":"ssh.service","MESSAGE":"hello","_TRANSPORT":"syslog"}"#;
        assert_eq!(read_as(journal), ("ssh.service".into(), Kind::Workload, "systemd journal"));
        let sudo = r#"{"__REALTIME_TIMESTAMP":"1772853262018000","SYSLOG_IDENTIFIER":"sudo","MESSAGE":"   maria : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh"}"#;
        let event = read(sudo).unwrap();
        assert_eq!(
            (event.identity.as_ref(), event.kind, event.category, event.action.as_ref()),
            ("maria", Kind::Human, Category::PrivilegeChange, "sudo /bin/sh")
        );
    }
}
