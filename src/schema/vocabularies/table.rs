//! The table of paths.

use super::super::generic::Flat;
use crate::model::Kind;

/// Where one product keeps its fields.
pub(super) struct Vocabulary {
    pub(super) name: &'static str,
    /// Paths that must all be there.
    pub(super) signs: &'static [&'static str],
    pub(super) time: &'static [&'static str],
    pub(super) identity: &'static [&'static str],
    pub(super) id: &'static [&'static str],
    pub(super) kind: fn(&Flat<'_>, &str) -> Kind,
    pub(super) credential: &'static [&'static str],
    pub(super) action: &'static [&'static str],
    pub(super) target: &'static [&'static str],
    pub(super) outcome: &'static [&'static str],
    pub(super) address: &'static [&'static str],
    pub(super) agent: &'static [&'static str],
    pub(super) behalf: &'static [&'static str],
    pub(super) session: &'static [&'static str],
    pub(super) event_id: &'static [&'static str],
    pub(super) policy: &'static [&'static str],
}

const NOTHING: Vocabulary = Vocabulary {
    name: "",
    signs: &[],
    time: &[],
    identity: &[],
    id: &[],
    kind: |_, _| Kind::Unknown,
    credential: &[],
    action: &[],
    target: &[],
    outcome: &[],
    address: &[],
    agent: &[],
    behalf: &[],
    session: &[],
    event_id: &[],
    policy: &[],
};

pub(super) fn word(flat: &Flat<'_>, path: &str) -> String {
    flat.take(&[path]).to_ascii_lowercase()
}

/// An account by its name: a robot's or a person's.
fn person_or_robot(name: &str) -> Kind {
    let lower = name.to_ascii_lowercase();
    if name.is_empty() {
        Kind::Unknown
    } else if ["gserviceaccount.com", "[bot]", "service-account", "serviceaccount", "svc-", "bot-"].iter().any(|part| lower.contains(part))
    {
        Kind::ServiceAccount
    } else {
        Kind::Human
    }
}

/// All vocabularies of the table.
pub(super) const TABLE: &[Vocabulary] = &[
    Vocabulary { signs: &["proto_payload.method_name"], ..GCP },
    Vocabulary { signs: &["proto_payload.authentication_info.principal_email"], ..GCP },
    Vocabulary {
        name: "Okta System Log",
        signs: &["event_type", "actor.alternate_id", "published"],
        time: &["published"],
        identity: &["actor.alternate_id", "actor.display_name", "actor.id"],
        id: &["actor.id"],
        kind: |flat, _| match word(flat, "actor.type").as_str() {
            "user" | "" => Kind::Human,
            "systemprincipal" => Kind::CloudService,
            _ => Kind::ServiceAccount,
        },
        credential: &["transaction.detail.request_api_token_id", "authentication_context.external_session_id"],
        action: &["event_type"],
        target: &["target.alternate_id", "target.display_name"],
        outcome: &["outcome.result"],
        address: &["client.ip_address"],
        agent: &["client.user_agent.raw_user_agent"],
        session: &["authentication_context.external_session_id"],
        event_id: &["uuid"],
        policy: &["outcome.reason"],
        ..NOTHING
    },
    Vocabulary {
        name: "Vault audit",
        signs: &["request.path", "request.operation", "type"],
        time: &["time"],
        identity: &[
            "auth.display_name",
            "auth.metadata.user_name",
            "auth.entity_id",
            "request.client_id",
            "auth.accessor",
            "request.remote_address",
        ],
        id: &["auth.entity_id"],
        kind: |flat, name| {
            let method = word(flat, "auth.display_name");
            if ["userpass", "ldap", "oidc", "github"].iter().any(|person| method.starts_with(person)) || name.contains('@') {
                Kind::Human
            } else {
                Kind::ServiceAccount
            }
        },
        credential: &["auth.accessor", "request.client_token_accessor"],
        action: &["request.operation"],
        target: &["request.path"],
        outcome: &["error"],
        address: &["request.remote_address"],
        session: &["request.id"],
        event_id: &["request.id"],
        policy: &["auth.policies"],
        ..NOTHING
    },
    Vocabulary {
        name: "OpenAI audit log",
        signs: &["effective_at", "actor.type", "type"],
        time: &["effective_at"],
        identity: &[
            "actor.session.user.email",
            "actor.api_key.user.email",
            "actor.api_key.service_account.id",
            "actor.api_key.id",
            "actor.session.user.id",
            "actor.type",
        ],
        id: &["actor.session.user.id", "actor.api_key.user.id", "actor.api_key.service_account.id"],
        kind: |flat, _| {
            if flat.has("actor.api_key.service_account.id") {
                Kind::ServiceAccount
            } else if flat.has("actor.session.user.email") || flat.has("actor.api_key.user.email") || flat.has("actor.session.user.id") {
                Kind::Human
            } else {
                Kind::ApiKey
            }
        },
        credential: &["actor.api_key.id"],
        action: &["type"],
        target: &["project.name", "project.id"],
        address: &["actor.session.ip_address"],
        agent: &["actor.session.user_agent"],
        event_id: &["id"],
        ..NOTHING
    },
    Vocabulary {
        name: "Anthropic activity",
        signs: &["created_at", "actor.type", "type"],
        time: &["created_at"],
        identity: &[
            "actor.email_address",
            "actor.unauthenticated_email_address",
            "actor.api_key_id",
            "actor.admin_api_key_id",
            "actor.service_account_id",
            "actor.user_id",
            "actor.type",
        ],
        id: &["actor.user_id", "actor.api_key_id", "actor.service_account_id"],
        kind: |flat, _| match word(flat, "actor.type") {
            kind if kind.contains("api") => Kind::ApiKey,
            kind if kind.contains("service") => Kind::ServiceAccount,
            kind if kind.contains("agent") => Kind::AiAgent,
            kind if kind.contains("system") || kind.contains("anthropic") => Kind::CloudService,
            _ => Kind::Human,
        },
        credential: &["actor.api_key_id", "actor.admin_api_key_id"],
        action: &["type"],
        target: &["workspace_id", "api_key_id", "admin_api_key_id", "organization_id"],
        address: &["actor.ip_address"],
        agent: &["actor.user_agent"],
        event_id: &["id"],
        ..NOTHING
    },
    Vocabulary { name: "GitHub audit log", signs: &["action", "created_at", "actor"], ..GITHUB },
    Vocabulary { name: "GitHub audit log", signs: &["action", "time_stamp", "actor", "document_id"], ..GITHUB },
    Vocabulary { name: "GitHub audit log", signs: &["action", "created_at", "org"], ..GITHUB },
    Vocabulary { signs: &["properties.activity_display_name", "operation_name"], ..ENTRA },
    Vocabulary { signs: &["properties.initiated_by.user.id", "operation_name"], ..ENTRA },
    Vocabulary {
        name: "Microsoft Entra sign-in",
        signs: &["properties.user_principal_name", "operation_name"],
        time: &["time", "properties.created_date_time"],
        identity: &["properties.user_principal_name", "properties.user_display_name"],
        id: &["properties.user_id"],
        kind: |_, _| Kind::Human,
        action: &["operation_name"],
        target: &["properties.app_display_name", "properties.resource_display_name"],
        outcome: &["properties.status.failure_reason", "result_type"],
        address: &["caller_ip_address", "properties.ip_address"],
        agent: &["properties.user_agent"],
        session: &["correlation_id"],
        event_id: &["properties.id"],
        ..NOTHING
    },
    Vocabulary {
        name: "Microsoft Entra sign-in",
        signs: &["properties.service_principal_name", "operation_name"],
        time: &["time", "properties.created_date_time"],
        identity: &["properties.service_principal_name", "properties.service_principal_id"],
        id: &["properties.service_principal_id"],
        kind: |_, _| Kind::ServiceAccount,
        credential: &["properties.service_principal_credential_key_id"],
        action: &["operation_name"],
        target: &["properties.resource_display_name"],
        outcome: &["result_type"],
        address: &["caller_ip_address", "properties.ip_address"],
        session: &["correlation_id"],
        ..NOTHING
    },
    Vocabulary {
        name: "Azure activity log",
        signs: &["operation_name", "resource_id", "category"],
        time: &["time", "event_timestamp"],
        identity: &[
            "identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
            "identity.claims.upn",
            "identity.claims.name",
            "identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
            "caller",
            "identity.claims.app_id",
            "identity",
            "properties.caller",
        ],
        id: &["identity.claims.http://schemas.microsoft.com/identity/claims/objectidentifier", "identity.claims.oid"],
        kind: |flat, name| {
            if name.contains('@') {
                Kind::Human
            } else if word(flat, "identity.authorization.evidence.principal_type").contains("serviceprincipal")
                || word(flat, "identity.claims.id_typ") == "app"
                || flat.has("identity.claims.app_id")
            {
                // Managed identities are service principals that Azure runs.
                if flat.has("identity.claims.xms_mirid") { Kind::Workload } else { Kind::ServiceAccount }
            } else {
                person_or_robot(name)
            }
        },
        credential: &["identity.claims.app_id"],
        action: &["operation_name"],
        target: &["resource_id"],
        outcome: &["result_type", "result_signature"],
        address: &["caller_ip_address"],
        session: &["correlation_id"],
        ..NOTHING
    },
    Vocabulary {
        name: "Auth0 log",
        signs: &["data.type", "data.date"],
        time: &["data.date"],
        identity: &[
            "data.details.request.auth.user.email",
            "data.user_name",
            "data.details.request.auth.user.name",
            "data.user_id",
            "data.client_name",
            "data.client_id",
        ],
        id: &["data.user_id", "data.client_id"],
        kind: |flat, _| {
            if flat.has("data.details.request.auth.user.email") || flat.has("data.user_name") || flat.has("data.user_id") {
                Kind::Human
            } else {
                Kind::ServiceAccount
            }
        },
        credential: &["data.details.request.auth.credentials.jti"],
        action: &["data.description", "data.type"],
        target: &["data.details.request.path", "data.connection", "data.host_name"],
        outcome: &["data.details.response.status_code"],
        address: &["data.ip"],
        agent: &["data.user_agent"],
        event_id: &["log_id"],
        ..NOTHING
    },
    Vocabulary {
        name: "Teleport audit",
        signs: &["event", "code", "uid", "time"],
        time: &["time"],
        identity: &["user", "login", "user_name", "server_hostname", "cluster_name", "connector", "name"],
        id: &["user_kind"],
        kind: |flat, name| {
            if word(flat, "user_kind") == "2" || name.starts_with("bot-") || flat.has("bot_name") {
                Kind::ServiceAccount
            } else if flat.has("user") || flat.has("user_name") || flat.has("login") {
                Kind::Human
            } else {
                Kind::Workload
            }
        },
        credential: &["mfa_device.mfa_device_name", "identity.access_requests"],
        action: &["event"],
        target: &["server_hostname", "kubernetes_cluster", "db_service", "app_name", "name", "login"],
        outcome: &["success", "error"],
        address: &["addr.remote", "client_ip"],
        agent: &["user_agent"],
        behalf: &["impersonator"],
        session: &["sid"],
        event_id: &["uid"],
        ..NOTHING
    },
    Vocabulary {
        name: "1Password sign-in",
        signs: &["target_user.uuid", "category", "time_stamp"],
        time: &["time_stamp"],
        identity: &["target_user.email", "target_user.name"],
        id: &["target_user.uuid"],
        kind: |_, _| Kind::Human,
        action: &["type"],
        target: &["client.app_name"],
        outcome: &["category"],
        address: &["client.ip_address"],
        session: &["session_uuid"],
        event_id: &["uuid"],
        ..NOTHING
    },
    Vocabulary {
        name: "Snowflake login history",
        signs: &["event_timestamp", "event_type", "user_name"],
        time: &["event_timestamp"],
        identity: &["user_name"],
        kind: |flat, name| {
            if word(flat, "first_authentication_factor").contains("keypair") { Kind::ServiceAccount } else { person_or_robot(name) }
        },
        action: &["event_type"],
        target: &["reported_client_type"],
        outcome: &["is_success"],
        address: &["client_ip"],
        event_id: &["event_id"],
        ..NOTHING
    },
    Vocabulary {
        name: "agent-governance audit",
        signs: &["entry_id", "agent_did", "event_type"],
        time: &["time_stamp"],
        identity: &["agent_did"],
        id: &["agent_did"],
        kind: |_, _| Kind::AiAgent,
        action: &["action", "event_type"],
        target: &["resource", "target_did"],
        outcome: &["policy_decision", "outcome"],
        session: &["session_id", "trace_id"],
        event_id: &["entry_id"],
        policy: &["matched_rule", "policy_decision"],
        ..NOTHING
    },
    Vocabulary {
        name: "pipelock evidence",
        signs: &["detail.action_record.actor", "seq"],
        time: &["ts"],
        identity: &["detail.action_record.actor"],
        kind: |_, _| Kind::AiAgent,
        action: &["detail.action_record.action_type"],
        target: &["detail.action_record.target"],
        outcome: &["detail.action_record.verdict"],
        behalf: &["detail.action_record.principal"],
        session: &["session_id"],
        event_id: &["detail.action_record.action_id"],
        policy: &["detail.action_record.delegation_chain"],
        ..NOTHING
    },
    Vocabulary {
        name: "pipelock receipt",
        signs: &["action_record.actor", "action_record.chain_seq"],
        time: &["action_record.time_stamp"],
        identity: &["action_record.actor"],
        kind: |_, _| Kind::AiAgent,
        action: &["action_record.action_type"],
        target: &["action_record.target"],
        outcome: &["action_record.verdict"],
        behalf: &["action_record.principal"],
        session: &["session_id"],
        event_id: &["action_record.action_id"],
        policy: &["action_record.delegation_chain"],
        ..NOTHING
    },
    Vocabulary {
        name: "agent audit trail (AAT)",
        signs: &["record_id", "agent_id", "action_type", "trust_level"],
        time: &["time_stamp"],
        identity: &["agent_id"],
        kind: |_, _| Kind::AiAgent,
        action: &["action_type"],
        target: &["action_detail.target", "action_detail.resource", "action_detail.tool", "action_detail"],
        outcome: &["outcome"],
        session: &["session_id"],
        event_id: &["record_id"],
        ..NOTHING
    },
    Vocabulary {
        name: "systemd journal",
        signs: &["realtime_timestamp", "message"],
        time: &["source_realtime_timestamp", "realtime_timestamp"],
        identity: &["systemd_unit", "syslog_identifier", "comm", "transport"],
        id: &["systemd_cgroup"],
        kind: |flat, _| if word(flat, "transport") == "kernel" { Kind::CloudService } else { Kind::Workload },
        action: &["message"],
        target: &["unit", "host_name"],
        session: &["boot_id"],
        ..NOTHING
    },
];

const GCP: Vocabulary = Vocabulary {
    name: "GCP Cloud Audit",
    time: &["time_stamp", "receive_timestamp"],
    identity: &[
        "proto_payload.authentication_info.principal_email",
        "proto_payload.authentication_info.principal_subject",
        "proto_payload.service_name",
    ],
    id: &["proto_payload.authentication_info.principal_subject"],
    kind: |flat, name| {
        let stated = flat.has("proto_payload.authentication_info.principal_email")
            || flat.has("proto_payload.authentication_info.principal_subject");
        if !stated || name.starts_with("system:") || name.starts_with("service-") && name.contains("gcp-sa") {
            Kind::CloudService
        } else {
            person_or_robot(name)
        }
    },
    credential: &["proto_payload.authentication_info.service_account_key_name"],
    action: &["proto_payload.method_name"],
    target: &["proto_payload.resource_name", "resource.labels.project_id"],
    outcome: &["proto_payload.status.message", "proto_payload.authorization_info.granted"],
    address: &["proto_payload.request_metadata.caller_ip"],
    agent: &["proto_payload.request_metadata.caller_supplied_user_agent"],
    behalf: &[
        "proto_payload.authentication_info.service_account_delegation_info.first_party_principal.principal_email",
        "proto_payload.authentication_info.service_account_delegation_info.principal_subject",
    ],
    session: &["operation.id"],
    event_id: &["insert_id"],
    ..NOTHING
};

const ENTRA: Vocabulary = Vocabulary {
    name: "Microsoft Entra audit",
    time: &["time", "properties.activity_date_time"],
    identity: &[
        "properties.initiated_by.user.user_principal_name",
        "properties.initiated_by.user.display_name",
        "properties.initiated_by.app.display_name",
        "properties.initiated_by.app.service_principal_id",
        "properties.initiated_by.user.id",
        "identity",
        "properties.logged_by_service",
    ],
    id: &["properties.initiated_by.user.id", "properties.initiated_by.app.service_principal_id"],
    kind: |flat, _| {
        if flat.has("properties.initiated_by.user.user_principal_name")
            || flat.has("properties.initiated_by.user.display_name")
            || flat.has("properties.initiated_by.user.id")
        {
            Kind::Human
        } else if flat.has("properties.initiated_by.app.display_name") || flat.has("properties.initiated_by.app.service_principal_id") {
            Kind::ServiceAccount
        } else {
            Kind::CloudService
        }
    },
    action: &["operation_name"],
    target: &[
        "properties.target_resources.user_principal_name",
        "properties.target_resources.display_name",
        "properties.target_resources.id",
    ],
    outcome: &["properties.result", "result_type"],
    address: &["caller_ip_address", "properties.initiated_by.user.ip_address"],
    session: &["correlation_id"],
    event_id: &["properties.id"],
    ..NOTHING
};

const GITHUB: Vocabulary = Vocabulary {
    time: &["created_at", "time_stamp"],
    identity: &["actor", "user", "programmatic_access_type", "deploy_key_title", "org"],
    id: &["actor_id"],
    kind: |flat, name| {
        let access = word(flat, "programmatic_access_type");
        if word(flat, "actor_is_agent") == "true" {
            Kind::AiAgent
        } else if name.starts_with("deploy_key") || !flat.has("actor") && flat.has("deploy_key_title") {
            Kind::ApiKey
        } else if word(flat, "actor_is_bot") == "true" || name.ends_with("[bot]") || access.contains("app") {
            Kind::ServiceAccount
        } else if !flat.has("actor") && !flat.has("user") {
            Kind::CloudService
        } else {
            Kind::Human
        }
    },
    credential: &["hashed_token", "token_id", "deploy_key_fingerprint", "fingerprint"],
    action: &["action"],
    target: &["repo", "repository", "team", "org", "business"],
    address: &["actor_ip", "actor_location.country_code"],
    agent: &["user_agent"],
    behalf: &["on_behalf_of"],
    session: &["agent_session_id", "request_id"],
    event_id: &["document_id"],
    ..NOTHING
};
