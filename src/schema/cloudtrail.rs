//! AWS CloudTrail records (docs.aws.amazon.com/awscloudtrail, "CloudTrail record contents").

use std::borrow::Cow;

use serde::Deserialize;

use super::field::{List, Part, Text};
use super::schema::Schema;
use crate::model::{Category, Delegation, Event, Kind, Outcome, time};

/// The vocabulary.
pub const SCHEMA: Schema = Schema { name: "CloudTrail", read };

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Record<'a> {
    #[serde(borrow)]
    event_version: Text<'a>,
    event_time: Text<'a>,
    event_source: Text<'a>,
    event_name: Text<'a>,
    event_type: Text<'a>,
    #[serde(rename = "eventID")]
    event_id: Text<'a>,
    #[serde(rename = "sourceIPAddress")]
    source_address: Text<'a>,
    user_agent: Text<'a>,
    error_code: Text<'a>,
    error_message: Text<'a>,
    read_only: Text<'a>,
    session_credential_from_console: Text<'a>,
    recipient_account_id: Text<'a>,
    user_identity: Part<Identity<'a>>,
    request_parameters: Part<Parameters<'a>>,
    response_elements: Part<Response<'a>>,
    resources: List<Part<Resource<'a>>>,
    additional_event_data: Part<Additional<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Identity<'a> {
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
    principal_id: Text<'a>,
    arn: Text<'a>,
    account_id: Text<'a>,
    access_key_id: Text<'a>,
    user_name: Text<'a>,
    invoked_by: Text<'a>,
    identity_provider: Text<'a>,
    session_context: Part<Session<'a>>,
    on_behalf_of: Part<OnBehalfOf<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Session<'a> {
    #[serde(borrow)]
    session_issuer: Part<Issuer<'a>>,
    source_identity: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Issuer<'a> {
    #[serde(borrow)]
    user_name: Text<'a>,
    arn: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct OnBehalfOf<'a> {
    #[serde(borrow)]
    user_id: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Resource<'a> {
    #[serde(rename = "ARN", borrow)]
    arn: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Additional<'a> {
    #[serde(rename = "MFAUsed", borrow)]
    mfa_used: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters<'a> {
    #[serde(borrow)]
    secret_id: Text<'a>,
    bucket_name: Text<'a>,
    key: Text<'a>,
    role_arn: Text<'a>,
    role_name: Text<'a>,
    role_session_name: Text<'a>,
    user_name: Text<'a>,
    group_name: Text<'a>,
    policy_arn: Text<'a>,
    access_key_id: Text<'a>,
    status: Text<'a>,
    function_name: Text<'a>,
    instance_id: Text<'a>,
    key_id: Text<'a>,
    name: Text<'a>,
    db_instance_identifier: Text<'a>,
    table_name: Text<'a>,
    log_group_name: Text<'a>,
    queue_url: Text<'a>,
    topic_arn: Text<'a>,
    group_id: Text<'a>,
    snapshot_id: Text<'a>,
    image_id: Text<'a>,
    volume_id: Text<'a>,
    vpc_id: Text<'a>,
    stack_name: Text<'a>,
    resource_arn: Text<'a>,
    cluster_name: Text<'a>,
    with_decryption: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Response<'a> {
    #[serde(rename = "ConsoleLogin", borrow)]
    console_login: Text<'a>,
    access_key: Part<AccessKey<'a>>,
    credentials: Part<AccessKey<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AccessKey<'a> {
    #[serde(borrow)]
    access_key_id: Text<'a>,
}

fn read(text: &str) -> Option<Event<'_>> {
    let record: Record<'_> = serde_json::from_str(text).ok()?;
    if record.event_source.is_empty() || record.event_name.is_empty() || record.event_time.is_empty() && record.event_version.is_empty() {
        return None;
    }
    Some(event(record))
}

fn event(record: Record<'_>) -> Event<'_> {
    let category = category(&record);
    let (outcome, outcome_text) = outcome(&record);
    let subject_credential = match record.event_name.get() {
        "CreateAccessKey" => record.response_elements.0.access_key.0.access_key_id.clone(),
        "UpdateAccessKey" | "DeleteAccessKey" => record.request_parameters.0.access_key_id.clone(),
        _ => Text::default(),
    };
    let actor = actor(&record);
    let identity = record.user_identity.0;
    let source_identity = identity.session_context.0.source_identity;
    let on_behalf_of = if !identity.on_behalf_of.0.user_id.is_empty() { identity.on_behalf_of.0.user_id } else { source_identity };
    // The service made the call for the identity, not the identity for the service.
    let through = if actor.kind == Kind::CloudService { Text::default() } else { identity.invoked_by.clone() };
    let mut delegation = Vec::new();
    if !on_behalf_of.is_empty() {
        delegation.push(Delegation { principal: on_behalf_of.0.clone(), ..Delegation::default() });
    }
    let is_key = identity.access_key_id.get().starts_with("AKIA");
    Event {
        schema: SCHEMA.name,
        time: time::parse(record.event_time.get()),
        time_text: record.event_time.0,
        identity: actor.name,
        kind: actor.kind,
        identity_id: actor.id,
        credential: identity.access_key_id.0,
        credential_is_key: is_key,
        category,
        target: target(record.request_parameters.0, &record.resources.0),
        action: record.event_name.0,
        subject_credential: subject_credential.0,
        outcome,
        outcome_text,
        policy: Cow::Borrowed(""),
        source_address: record.source_address.0,
        user_agent: record.user_agent.0,
        on_behalf_of: on_behalf_of.0,
        through: through.0,
        delegation,
        session: actor.session,
        event_id: record.event_id.0,
        ..Event::default()
    }
}

struct Actor<'a> {
    name: Cow<'a, str>,
    id: Cow<'a, str>,
    kind: Kind,
    session: Cow<'a, str>,
}

/// The last part of an ARN or path.
fn last<'a>(text: &Cow<'a, str>, separator: char) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.rsplit(separator).next().unwrap_or(text)),
        Cow::Owned(text) => Cow::Owned(text.rsplit(separator).next().unwrap_or(text).to_owned()),
    }
}

/// The role's name in `arn:aws:sts::1:assumed-role/NAME/SESSION`.
fn role_in(arn: &str) -> Option<String> {
    arn.split_once("assumed-role/")?.1.split('/').next().filter(|name| !name.is_empty()).map(str::to_owned)
}

fn actor<'a>(record: &Record<'a>) -> Actor<'a> {
    let identity = &record.user_identity.0;
    let issuer = &identity.session_context.0.session_issuer.0;
    let console = record.event_name.get() == "ConsoleLogin"
        || record.session_credential_from_console.get() == "true"
        || record.user_agent.get().starts_with("Mozilla/")
        || record.user_agent.get().contains("console.amazonaws.com");
    let plain = |name: &Text<'a>, id: &Text<'a>, kind| Actor { name: name.0.clone(), id: id.0.clone(), kind, session: Cow::Borrowed("") };
    match identity.kind.get() {
        "Root" => Actor {
            name: Cow::Owned(format!(
                "root of {}",
                if identity.account_id.is_empty() { record.recipient_account_id.get() } else { identity.account_id.get() }
            )),
            id: identity.arn.0.clone(),
            kind: Kind::Human,
            session: Cow::Borrowed(""),
        },
        "IAMUser" => {
            let name = if identity.user_name.is_empty() { Text(last(&identity.arn.0, '/')) } else { identity.user_name.clone() };
            let name = if name.is_empty() { identity.principal_id.clone() } else { name };
            plain(&name, &identity.arn, if console { Kind::Human } else { Kind::ServiceAccount })
        }
        "AssumedRole" => assumed_role(record, identity, issuer, console),
        "AWSService" => plain(&identity.invoked_by.clone().or(record.event_source.clone()), &Text::default(), Kind::CloudService),
        "AWSAccount" => Actor {
            name: Cow::Owned(format!("account {}", identity.account_id.clone().or(identity.principal_id.clone()).get())),
            id: identity.principal_id.0.clone(),
            kind: Kind::ServiceAccount,
            session: Cow::Borrowed(""),
        },
        "FederatedUser" => {
            let name = issuer.user_name.clone().or(Text(last(&identity.arn.0, '/')));
            plain(&name, &identity.arn, if console { Kind::Human } else { Kind::ServiceAccount })
        }
        "WebIdentityUser" => {
            // Kubernetes pods and pipelines come with web identities too.
            let program = identity.user_name.get().contains("serviceaccount")
                || identity.user_name.get().starts_with("repo:")
                || identity.identity_provider.get().contains("oidc-provider");
            plain(
                &identity.user_name.clone().or(identity.principal_id.clone()),
                &identity.principal_id,
                if program { Kind::Workload } else { Kind::Human },
            )
        }
        "SAMLUser" | "IdentityCenterUser" | "Directory" => {
            let name = identity.user_name.clone().or(identity.on_behalf_of.0.user_id.clone()).or(identity.principal_id.clone());
            plain(&name, &identity.principal_id, Kind::Human)
        }
        _ if !identity.invoked_by.is_empty() => plain(&identity.invoked_by, &Text::default(), Kind::CloudService),
        _ if record.event_type.get() == "AwsServiceEvent" => plain(&record.event_source, &Text::default(), Kind::CloudService),
        _ => {
            let name = identity
                .user_name
                .clone()
                .or(Text(last(&identity.arn.0, '/')))
                .or(identity.principal_id.clone())
                .or(identity.account_id.clone());
            let kind = match (name.is_empty(), console) {
                (true, _) => Kind::Unknown,
                (false, true) => Kind::Human,
                (false, false) => Kind::ServiceAccount,
            };
            plain(&name, &identity.arn, kind)
        }
    }
}

fn assumed_role<'a>(record: &Record<'a>, identity: &Identity<'a>, issuer: &Issuer<'a>, console: bool) -> Actor<'a> {
    let session = last(&identity.principal_id.0, ':');
    let session = if session.is_empty() { last(&identity.arn.0, '/') } else { session };
    let name = if issuer.user_name.is_empty() {
        role_in(identity.arn.get()).map_or_else(|| identity.principal_id.0.clone(), Cow::Owned)
    } else {
        issuer.user_name.0.clone()
    };
    let id = if issuer.arn.is_empty() { Cow::Borrowed("") } else { issuer.arn.0.clone() };
    let service =
        name.starts_with("AWSServiceRoleFor") || !identity.invoked_by.is_empty() && identity.invoked_by.get().ends_with(".amazonaws.com");
    let person = name.starts_with("AWSReservedSSO_") || console || session.contains('@');
    let machine = session.strip_prefix("i-").is_some_and(|rest| rest.len() >= 8 && rest.chars().all(|digit| digit.is_ascii_hexdigit()))
        || record.user_agent.get().contains("exec-env/AWS_Lambda")
        || record.user_agent.get().contains("exec-env/AWS_ECS");
    if service {
        return Actor { name, id, kind: Kind::CloudService, session };
    }
    if person && !machine {
        // One reserved role is shared by many people; the session says which.
        let name = if session.is_empty() { name } else { session.clone() };
        return Actor { name, id: identity.arn.0.clone(), kind: Kind::Human, session };
    }
    let kind = if machine { Kind::Workload } else { Kind::ServiceAccount };
    Actor { name, id, kind, session }
}

fn outcome<'a>(record: &Record<'a>) -> (Outcome, Cow<'a, str>) {
    let code = record.error_code.get();
    let login = record.response_elements.0.console_login.get();
    if code.is_empty() && login != "Failure" {
        return (Outcome::Success, Cow::Borrowed(""));
    }
    let denied = ["AccessDenied", "Unauthorized", "Forbidden", "NotAuthorized", "AuthFailure", "InvalidClientTokenId"]
        .iter()
        .any(|word| code.contains(word));
    let text = match (code.is_empty(), record.error_message.is_empty()) {
        (true, _) => record.error_message.0.clone(),
        (false, true) => record.error_code.0.clone(),
        (false, false) => Cow::Owned(format!("{code}: {}", record.error_message.get())),
    };
    (if denied { Outcome::Denied } else { Outcome::Failure }, text)
}

fn category(record: &Record<'_>) -> Category {
    let name = record.event_name.get();
    match name {
        "ConsoleLogin" | "CheckMfa" | "GetSessionToken" | "GetFederationToken" | "GetSigninToken" | "SwitchRole" => {
            Category::Authentication
        }
        "GetSecretValue" | "BatchGetSecretValue" | "Decrypt" | "GetPasswordData" | "GetAuthorizationToken" => Category::SecretAccess,
        "GetParameter" | "GetParameters" | "GetParametersByPath" if record.request_parameters.0.with_decryption.get() == "true" => {
            Category::SecretAccess
        }
        "CreateAccessKey"
        | "CreateLoginProfile"
        | "CreateServiceSpecificCredential"
        | "UploadSSHPublicKey"
        | "CreateKeyPair"
        | "ImportKeyPair" => Category::CredentialCreated,
        "DeleteAccessKey" | "DeleteLoginProfile" | "DeleteServiceSpecificCredential" | "DeleteSSHPublicKey" => Category::CredentialRevoked,
        "UpdateAccessKey" if record.request_parameters.0.status.get() == "Inactive" => Category::CredentialSuspended,
        "UpdateAccessKey" | "RotateSecret" | "UpdateLoginProfile" | "ResetServiceSpecificCredential" | "RotateKeyOnDemand" => {
            Category::CredentialRotated
        }
        "AddUserToGroup"
        | "UpdateAssumeRolePolicy"
        | "CreatePolicyVersion"
        | "SetDefaultPolicyVersion"
        | "PutBucketPolicy"
        | "AddRoleToInstanceProfile"
        | "CreateRole"
        | "CreateUser"
        | "CreatePolicy"
        | "PutKeyPolicy"
        | "CreateGrant"
        | "AddPermission20150331v2" => Category::PrivilegeChange,
        "UpdateFunctionCode20150331v2" | "CreateDeployment" | "UpdateService" | "CreateStack" | "UpdateStack" => Category::Deployment,
        _ if name.starts_with("AssumeRole") => Category::Authentication,
        _ if (name.starts_with("Attach") || name.starts_with("Put") || name.starts_with("Detach")) && name.ends_with("Policy") => {
            Category::PrivilegeChange
        }
        _ if record.read_only.get() == "true" => Category::Read,
        _ if ["Get", "List", "Describe", "Lookup", "Head", "Batch"].iter().any(|verb| name.starts_with(verb))
            && record.read_only.get() != "false" =>
        {
            Category::Read
        }
        _ => Category::Write,
    }
}

fn target<'a>(parameters: Parameters<'a>, resources: &[Part<Resource<'a>>]) -> Cow<'a, str> {
    if !parameters.bucket_name.is_empty() {
        let key = parameters.key.get();
        return Cow::Owned(format!("s3://{}{}{key}", parameters.bucket_name.get(), if key.is_empty() { "" } else { "/" }));
    }
    let telling = [
        parameters.secret_id,
        parameters.access_key_id,
        parameters.role_arn,
        parameters.policy_arn,
        parameters.role_name,
        parameters.user_name,
        parameters.group_name,
        parameters.function_name,
        parameters.instance_id,
        parameters.key_id,
        parameters.db_instance_identifier,
        parameters.table_name,
        parameters.log_group_name,
        parameters.queue_url,
        parameters.topic_arn,
        parameters.group_id,
        parameters.snapshot_id,
        parameters.image_id,
        parameters.volume_id,
        parameters.vpc_id,
        parameters.stack_name,
        parameters.cluster_name,
        parameters.name,
        parameters.resource_arn,
        parameters.role_session_name,
    ];
    let stated = telling.into_iter().find(|text| !text.is_empty());
    stated.or_else(|| resources.iter().map(|resource| resource.0.arn.clone()).find(|arn| !arn.is_empty())).unwrap_or_default().0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(identity: &str, name: &str, more: &str) -> String {
        format!(
            r#"{{"eventVersion":"1.08","eventTime":"2026-03-07T03:14:22Z","eventSource":"iam.amazonaws.com","eventName":"{name}","userIdentity":{identity},"sourceIPAddress":"203.0.113.7","eventID":"e1"{more}}}"#
        )
    }

    fn kind(identity: &str, more: &str) -> (String, Kind) {
        let text = record(identity, "ListUsers", more);
        let event = read(&text).unwrap();
        (event.identity.into_owned(), event.kind)
    }

    #[test]
    fn kinds_are_told_apart() {
        let role = |role: &str, session: &str| {
            format!(
                r#"{{"type":"AssumedRole","principalId":"AROA1:{session}","arn":"arn:aws:sts::1:assumed-role/{role}/{session}","accessKeyId":"ASIA1","sessionContext":{{"sessionIssuer":{{"userName":"{role}","arn":"arn:aws:iam::1:role/{role}"}}}}}}"#
            )
        };
        assert_eq!(kind(&role("deployer", "run-1"), ""), ("deployer".into(), Kind::ServiceAccount));
        assert_eq!(kind(&role("web", "i-0abcdef123456789"), ""), ("web".into(), Kind::Workload));
        assert_eq!(kind(&role("AWSReservedSSO_Admin_1", "maria@acme.example"), ""), ("maria@acme.example".into(), Kind::Human));
        assert_eq!(kind(&role("AWSServiceRoleForSupport", "s"), "").1, Kind::CloudService);
        let user = r#"{"type":"IAMUser","userName":"ci-deployer","arn":"arn:aws:iam::1:user/ci-deployer","accessKeyId":"AKIA1"}"#;
        assert_eq!(kind(user, ""), ("ci-deployer".into(), Kind::ServiceAccount));
        assert_eq!(kind(user, r#","sessionCredentialFromConsole":"true""#).1, Kind::Human);
        assert_eq!(
            kind(r#"{"type":"AWSService","invokedBy":"cloudtrail.amazonaws.com"}"#, ""),
            ("cloudtrail.amazonaws.com".into(), Kind::CloudService)
        );
        assert_eq!(kind(r#"{"type":"Root","accountId":"1"}"#, "").1, Kind::Human);
    }

    #[test]
    fn wrong_types_lose_only_their_field() {
        let text = record(
            r#"{"type":"IAMUser","userName":"a","sessionContext":"odd"}"#,
            "GetSecretValue",
            r#","requestParameters":["x"],"resources":{"a":1},"errorCode":"AccessDenied","readOnly":true"#,
        );
        let event = read(&text).unwrap();
        assert_eq!((event.category, event.outcome), (Category::SecretAccess, Outcome::Denied));
        assert_eq!(event.identity, "a");
    }

    #[test]
    fn a_keys_life_is_told() {
        let created = record(
            r#"{"type":"IAMUser","userName":"a"}"#,
            "CreateAccessKey",
            r#","responseElements":{"accessKey":{"accessKeyId":"AKIA9"}}"#,
        );
        let event = read(&created).unwrap();
        assert_eq!((event.category, event.subject_credential.as_ref()), (Category::CredentialCreated, "AKIA9"));
        let suspended = record(
            r#"{"type":"IAMUser","userName":"a"}"#,
            "UpdateAccessKey",
            r#","requestParameters":{"accessKeyId":"AKIA9","status":"Inactive"}"#,
        );
        assert_eq!(read(&suspended).unwrap().category, Category::CredentialSuspended);
    }

    #[test]
    fn a_service_that_was_called_through_is_no_principal() {
        let person = r#"{"type":"IAMUser","userName":"benjamin","invokedBy":"health.amazonaws.com"}"#;
        let record = record(person, "DescribeEvents", "");
        let event = read(&record).unwrap();
        assert_eq!((event.identity.as_ref(), event.through.as_ref()), ("benjamin", "health.amazonaws.com"));
        assert!(event.on_behalf_of.is_empty() && event.delegation.is_empty());
    }

    #[test]
    fn other_records_are_refused() {
        assert!(read("{}").is_none());
        assert!(read("[]").is_none());
        assert!(read("not json").is_none());
    }
}
