//! How programs spell the names of members.
//!
//! A name is known by its very characters, in one of the spellings that programs use throughout: `agent_did`, `agentDid`, `agentDID`, `AgentDid`,
//! `agent-did`, `AGENT_DID`, `agentdid`. What no program writes — `Agent_DID`, `agent__did`, `аgent_did` with a Cyrillic letter — is another name.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Every name that a table of paths uses, its words joined by `_`.
const NAMES: &[&str] = &[
    "access_key",
    "access_key_id",
    "access_requests",
    "accessor",
    "account",
    "account_name",
    "act_for",
    "action",
    "action_detail",
    "action_id",
    "action_record",
    "action_type",
    "activity",
    "activity_date_time",
    "activity_display_name",
    "actor",
    "actor_id",
    "actor_ip",
    "actor_is_agent",
    "actor_is_bot",
    "actor_location",
    "actor_type",
    "addr",
    "admin_api_key_id",
    "agent",
    "agent_alias",
    "agent_did",
    "agent_id",
    "agent_name",
    "agent_session_id",
    "alternate_id",
    "api",
    "api_key",
    "api_key_id",
    "app",
    "app_display_name",
    "app_id",
    "app_name",
    "auth",
    "authentication_context",
    "authentication_info",
    "authorization",
    "authorization_info",
    "boot_id",
    "bot_name",
    "bucket",
    "business",
    "caller",
    "caller_ip",
    "caller_ip_address",
    "caller_supplied_user_agent",
    "category",
    "chain_seq",
    "claims",
    "client",
    "client_id",
    "client_ip",
    "client_ip_address",
    "client_name",
    "client_token_accessor",
    "cluster_name",
    "code",
    "comm",
    "connection",
    "connector",
    "correlation_id",
    "country_code",
    "created",
    "created_at",
    "created_date_time",
    "credential",
    "credential_id",
    "credentials",
    "data",
    "date",
    "date_time",
    "db_service",
    "decision",
    "delegated_by",
    "delegation_chain",
    "delegator",
    "deploy_key_fingerprint",
    "deploy_key_title",
    "description",
    "detail",
    "details",
    "display_name",
    "document_id",
    "effective_at",
    "email",
    "email_address",
    "entity",
    "entity_id",
    "entry_id",
    "error",
    "error_code",
    "event",
    "event_id",
    "event_name",
    "event_time",
    "event_timestamp",
    "event_type",
    "evidence",
    "external_session_id",
    "failure_reason",
    "file",
    "fingerprint",
    "first_authentication_factor",
    "first_party_principal",
    "for",
    "gen_ai",
    "granted",
    "hashed_token",
    "host_name",
    "http",
    "id",
    "id_typ",
    "identity",
    "impersonator",
    "initiated_by",
    "initiator",
    "insert_id",
    "ip",
    "ip_address",
    "is_success",
    "jti",
    "key",
    "key_fingerprint",
    "key_id",
    "kind",
    "kubernetes_cluster",
    "labels",
    "log_id",
    "logged_at",
    "logged_by_service",
    "login",
    "matched_rule",
    "message",
    "metadata",
    "method",
    "method_name",
    "mfa_device",
    "mfa_device_name",
    "msg",
    "name",
    "object",
    "occurred_at",
    "oid",
    "on_behalf_of",
    "operation",
    "operation_name",
    "org",
    "organization_id",
    "outcome",
    "owner",
    "path",
    "policies",
    "policy",
    "policy_decision",
    "policy_id",
    "principal",
    "principal_email",
    "principal_id",
    "principal_subject",
    "principal_type",
    "programmatic_access_type",
    "project",
    "project_id",
    "properties",
    "proto_payload",
    "published",
    "raw_user_agent",
    "realtime_timestamp",
    "reason",
    "receive_timestamp",
    "record_id",
    "remote",
    "remote_addr",
    "remote_address",
    "remote_ip",
    "repo",
    "reported_client_type",
    "repository",
    "request",
    "request_api_token_id",
    "request_id",
    "request_metadata",
    "requested_by",
    "resource",
    "resource_display_name",
    "resource_id",
    "resource_name",
    "response",
    "result",
    "result_signature",
    "result_type",
    "rule",
    "secret",
    "seq",
    "server_hostname",
    "service",
    "service_account",
    "service_account_delegation_info",
    "service_account_id",
    "service_account_key_name",
    "service_name",
    "service_principal_credential_key_id",
    "service_principal_id",
    "service_principal_name",
    "session",
    "session_id",
    "session_uuid",
    "sid",
    "source",
    "source_ip",
    "source_ip_address",
    "source_realtime_timestamp",
    "src",
    "src_ip",
    "status",
    "status_code",
    "subject",
    "success",
    "syslog_identifier",
    "systemd_cgroup",
    "systemd_unit",
    "target",
    "target_did",
    "target_resources",
    "target_user",
    "team",
    "time",
    "time_stamp",
    "token",
    "token_id",
    "tool",
    "tool_name",
    "trace",
    "trace_id",
    "transaction",
    "transport",
    "trust_level",
    "ts",
    "type",
    "uid",
    "unauthenticated_email_address",
    "unit",
    "upn",
    "uri",
    "url",
    "user",
    "user_agent",
    "user_display_name",
    "user_email",
    "user_id",
    "user_kind",
    "user_name",
    "user_principal_name",
    "user_type",
    "uuid",
    "verb",
    "verdict",
    "what",
    "when",
    "who",
    "workspace_id",
    "xms_mirid",
];

/// Names whose spelling follows no rule.
const LITERAL: &[(&str, &str)] = &[
    ("@timestamp", "time_stamp"),
    ("_document_id", "document_id"),
    ("__REALTIME_TIMESTAMP", "realtime_timestamp"),
    ("_SOURCE_REALTIME_TIMESTAMP", "source_realtime_timestamp"),
    ("_SYSTEMD_UNIT", "systemd_unit"),
    ("_SYSTEMD_CGROUP", "systemd_cgroup"),
    ("_COMM", "comm"),
    ("_TRANSPORT", "transport"),
    ("_HOSTNAME", "host_name"),
    ("_BOOT_ID", "boot_id"),
    ("xms_mirid", "xms_mirid"),
    ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"),
    ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"),
    ("http://schemas.microsoft.com/identity/claims/objectidentifier", "http://schemas.microsoft.com/identity/claims/objectidentifier"),
];

/// Words that are often written in capitals within a name: `userID`, `sourceIPAddress`.
const ACRONYMS: &[&str] = &["api", "db", "did", "id", "ip", "mfa", "uid", "upn", "uri", "url", "uuid"];

static SPELLED: LazyLock<HashMap<String, &'static str, foldhash::fast::RandomState>> = LazyLock::new(|| {
    let mut spelled: HashMap<String, &'static str, _> = LITERAL.iter().map(|(own, name)| ((*own).to_owned(), *name)).collect();
    for name in NAMES {
        for own in spellings(name) {
            // The first name keeps a spelling that two have, such as `useragent`.
            spelled.entry(own).or_insert(name);
        }
    }
    spelled
});

fn spellings(name: &str) -> Vec<String> {
    let words: Vec<&str> = name.split('_').collect();
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    let acronym = |word: &str| if ACRONYMS.contains(&word) { word.to_uppercase() } else { capital(word) };
    let joined = words.concat();
    let humps = |each: &dyn Fn(&str) -> String| words.iter().map(|word| each(word)).collect::<String>();
    let camel = |each: &dyn Fn(&str) -> String| {
        words.iter().enumerate().map(|(index, word)| if index == 0 { (*word).to_owned() } else { each(word) }).collect::<String>()
    };
    vec![
        name.to_owned(),
        words.join("-"),
        name.to_uppercase(),
        camel(&capital),
        camel(&acronym),
        humps(&capital),
        humps(&acronym),
        capital(&joined),
        joined.to_uppercase(),
        joined,
    ]
}

/// The name that a member's own name spells, if a table uses it.
pub(super) fn known(own: &str) -> Option<&'static str> {
    SPELLED.get(own).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_are_exact() {
        for own in ["agent_did", "agentDid", "agentDID", "AgentDid", "AgentDID", "agent-did", "AGENT_DID", "agentdid"] {
            assert_eq!(known(own), Some("agent_did"), "{own}");
        }
        for own in [
            "Agent_DID",
            "Agent_did",
            "agent__did",
            "_agent_did",
            "agent_did ",
            "aGentDid",
            "\u{430}gent_did",
            "agent\u{2010}did",
            "agent.did",
        ] {
            assert_eq!(known(own), None, "{own}");
        }
        assert_eq!(known("sourceIPAddress"), Some("source_ip_address"));
        assert_eq!(known("@timestamp"), Some("time_stamp"));
    }

    #[test]
    fn every_path_of_the_tables_can_be_met() {
        let sources = [include_str!("generic.rs"), include_str!("vocabularies/table.rs"), include_str!("vocabularies/mod.rs")];
        // What follows there are words in values.
        let sources = sources.map(|text| text.split("#[cfg(test)]").next().unwrap().split("fn kind(actor").next().unwrap());
        let mut paths = 0;
        for text in sources {
            for path in text.split('"').skip(1).step_by(2).filter(|text| text.contains('_') && !text.contains(' ')) {
                let path = path.strip_prefix("identity.claims.http").map_or(path, |_| "identity.claims");
                for name in path.split('.') {
                    assert!(known(name) == Some(name) || name == "deploy_key" || path == "api_key", "{path}");
                    paths += 1;
                }
            }
        }
        assert!(paths > 200, "{paths}");
    }
}
