//! Kubernetes audit events, `audit.k8s.io/v1` (kubernetes.io/docs/reference/config-api/apiserver-audit.v1).

use std::borrow::Cow;

use serde::Deserialize;

use super::field::{List, Part, Text};
use super::schema::Schema;
use crate::model::{Category, Delegation, Event, Kind, Outcome, time};

/// The vocabulary.
pub const SCHEMA: Schema = Schema { name: "Kubernetes audit", read };

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Audit<'a> {
    #[serde(borrow)]
    api_version: Text<'a>,
    kind: Text<'a>,
    #[serde(rename = "auditID")]
    audit_id: Text<'a>,
    stage: Text<'a>,
    #[serde(rename = "requestURI")]
    request_uri: Text<'a>,
    verb: Text<'a>,
    user: Part<User<'a>>,
    impersonated_user: Part<User<'a>>,
    #[serde(rename = "sourceIPs")]
    source_addresses: List<Text<'a>>,
    user_agent: Text<'a>,
    object_ref: Part<Object<'a>>,
    response_status: Part<Status<'a>>,
    request_received_timestamp: Text<'a>,
    stage_timestamp: Text<'a>,
    annotations: Part<Annotations<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct User<'a> {
    #[serde(borrow)]
    username: Text<'a>,
    uid: Text<'a>,
    groups: List<Text<'a>>,
    extra: Part<Extra<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Extra<'a> {
    #[serde(rename = "authentication.kubernetes.io/credential-id", borrow)]
    credential: List<Text<'a>>,
    #[serde(rename = "authentication.kubernetes.io/pod-name")]
    pod: List<Text<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Object<'a> {
    #[serde(borrow)]
    resource: Text<'a>,
    subresource: Text<'a>,
    namespace: Text<'a>,
    name: Text<'a>,
    api_group: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Status<'a> {
    #[serde(borrow)]
    code: Text<'a>,
    reason: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Annotations<'a> {
    #[serde(rename = "authorization.k8s.io/decision", borrow)]
    decision: Text<'a>,
    #[serde(rename = "authorization.k8s.io/reason")]
    reason: Text<'a>,
}

fn read(text: &str) -> Option<Event<'_>> {
    let audit: Audit<'_> = serde_json::from_str(text).ok()?;
    let ours = audit.api_version.get().starts_with("audit.k8s.io/") || !audit.audit_id.is_empty() && !audit.verb.is_empty();
    // A list of events is none itself.
    (ours && !audit.kind.get().ends_with("List")).then(|| event(audit))
}

fn event(audit: Audit<'_>) -> Event<'_> {
    let when = audit.stage_timestamp.or(audit.request_received_timestamp);
    let user = audit.user.0;
    let (identity, kind) = actor(&user);
    let code: u16 = audit.response_status.0.code.get().parse().unwrap_or(0);
    let decision = audit.annotations.0.decision;
    let outcome = match code {
        401 | 403 => Outcome::Denied,
        _ if decision.get() == "forbid" => Outcome::Denied,
        400.. => Outcome::Failure,
        1.. => Outcome::Success,
        0 => Outcome::Unknown,
    };
    let object = audit.object_ref.0;
    let resource = if object.subresource.is_empty() {
        object.resource.0.clone()
    } else {
        Cow::Owned(format!("{}/{}", object.resource.get(), object.subresource.get()))
    };
    let category = category(audit.verb.get(), &resource);
    let action = if resource.is_empty() { audit.verb.0.clone() } else { Cow::Owned(format!("{} {resource}", audit.verb.get())) };
    let parts: Vec<&str> =
        [object.namespace.get(), object.resource.get(), object.name.get()].into_iter().filter(|part| !part.is_empty()).collect();
    let target = if parts.is_empty() { audit.request_uri.0 } else { Cow::Owned(parts.join("/")) };
    // Who impersonates acts as somebody else: the right that was used is the other's.
    let impersonated = audit.impersonated_user.0.username.0;
    let mut delegation = Vec::new();
    if !impersonated.is_empty() {
        delegation.push(Delegation {
            principal: impersonated.clone(),
            credential: Cow::Borrowed(""),
            grant: Cow::Borrowed("impersonation"),
        });
    }
    let policy = match (decision.is_empty(), audit.annotations.0.reason.is_empty()) {
        (true, _) => Cow::Borrowed(""),
        (false, true) => decision.0,
        (false, false) => Cow::Owned(format!("{} · {}", decision.get(), audit.annotations.0.reason.get())),
    };
    let first = |list: List<Text<'_>>| list.0.into_iter().next().map(|text| text.0.into_owned()).unwrap_or_default();
    let event_id =
        if audit.audit_id.is_empty() { Cow::Borrowed("") } else { Cow::Owned(format!("{}/{}", audit.audit_id.get(), audit.stage.get())) };
    Event {
        schema: SCHEMA.name,
        time: time::parse(when.get()),
        time_text: when.0,
        identity,
        kind,
        identity_id: user.username.0,
        credential: Cow::Owned(first(user.extra.0.credential)),
        action,
        category,
        target,
        outcome,
        outcome_text: if code >= 400 { Cow::Owned(format!("{code} {}", audit.response_status.0.reason.get())) } else { Cow::Borrowed("") },
        policy,
        source_address: audit.source_addresses.0.into_iter().next().unwrap_or_default().0,
        user_agent: audit.user_agent.0,
        on_behalf_of: impersonated,
        delegation,
        session: Cow::Owned(first(user.extra.0.pod)),
        event_id,
        ..Event::default()
    }
}

fn actor<'a>(user: &User<'a>) -> (Cow<'a, str>, Kind) {
    let name = &user.username.0;
    let after = |prefix: &str| -> Option<Cow<'a, str>> {
        match name {
            Cow::Borrowed(text) => text.strip_prefix(prefix).map(Cow::Borrowed),
            Cow::Owned(text) => text.strip_prefix(prefix).map(|rest| Cow::Owned(rest.to_owned())),
        }
    };
    if let Some(account) = after("system:serviceaccount:") {
        return (Cow::Owned(account.replacen(':', "/", 1)), Kind::ServiceAccount);
    }
    if let Some(node) = after("system:node:") {
        return (node, Kind::Workload);
    }
    if let Some(component) = after("system:") {
        let kind = if component == "anonymous" || component == "unauthenticated" { Kind::Unknown } else { Kind::CloudService };
        return (component, kind);
    }
    if name.is_empty() {
        return (user.uid.0.clone(), Kind::Unknown);
    }
    let program = user.groups.0.iter().any(|group| group.get().contains("serviceaccounts") || group.get().contains("service-accounts"));
    (name.clone(), if program || *name == "kubernetes-admin-robot" { Kind::ServiceAccount } else { Kind::Human })
}

fn category(verb: &str, resource: &str) -> Category {
    let reads = matches!(verb, "get" | "list" | "watch");
    let base = resource.split('/').next().unwrap_or(resource);
    match (base, resource) {
        ("secrets", _) if reads => Category::SecretAccess,
        (_, "serviceaccounts/token") => Category::CredentialCreated,
        ("certificatesigningrequests", _) if verb == "create" => Category::CredentialCreated,
        ("certificatesigningrequests", _) if resource.ends_with("/approval") => Category::Approval,
        ("tokenreviews" | "selfsubjectreviews", _) => Category::Authentication,
        ("roles" | "clusterroles" | "rolebindings" | "clusterrolebindings", _) if !reads => Category::PrivilegeChange,
        ("subjectaccessreviews" | "selfsubjectaccessreviews" | "selfsubjectrulesreviews" | "localsubjectaccessreviews", _) => {
            Category::Read
        }
        ("deployments" | "daemonsets" | "statefulsets", _)
            if matches!(verb, "create" | "update" | "patch" | "delete") && !resource.contains("/status") =>
        {
            Category::Deployment
        }
        _ if reads => Category::Read,
        _ if verb == "impersonate" => Category::PrivilegeChange,
        _ => Category::Write,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audit(user: &str, verb: &str, object: &str, more: &str) -> String {
        format!(
            r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"a1","stage":"ResponseComplete","verb":"{verb}","user":{{"username":"{user}"}},"sourceIPs":["10.0.0.5"],"objectRef":{object},"stageTimestamp":"2026-03-07T03:14:22.018000Z"{more}}}"#
        )
    }

    #[test]
    fn actors_and_targets() {
        let text = audit(
            "system:serviceaccount:shop:payments-api",
            "get",
            r#"{"resource":"secrets","namespace":"shop","name":"db"}"#,
            r#","responseStatus":{"code":200}"#,
        );
        let event = read(&text).unwrap();
        assert_eq!((event.identity.as_ref(), event.kind), ("shop/payments-api", Kind::ServiceAccount));
        assert_eq!((event.category, event.outcome), (Category::SecretAccess, Outcome::Success));
        assert_eq!((event.target.as_ref(), event.action.as_ref()), ("shop/secrets/db", "get secrets"));
        for (user, kind) in [
            ("system:node:worker-1", Kind::Workload),
            ("system:kube-scheduler", Kind::CloudService),
            ("maria", Kind::Human),
            ("system:anonymous", Kind::Unknown),
        ] {
            assert_eq!(read(&audit(user, "list", "{}", "")).unwrap().kind, kind);
        }
    }

    #[test]
    fn refusals_and_rights() {
        let text = audit(
            "maria",
            "create",
            r#"{"resource":"clusterrolebindings","name":"x"}"#,
            r#","responseStatus":{"code":403},"annotations":{"authorization.k8s.io/decision":"forbid","authorization.k8s.io/reason":"no"}"#,
        );
        let event = read(&text).unwrap();
        assert_eq!((event.category, event.outcome, event.policy.as_ref()), (Category::PrivilegeChange, Outcome::Denied, "forbid · no"));
    }
}
