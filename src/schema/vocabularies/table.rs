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
    Vocabulary { signs: &["protopayload.methodname"], ..GCP },
    Vocabulary { signs: &["protopayload.authenticationinfo.principalemail"], ..GCP },
    Vocabulary {
        name: "Okta System Log",
        signs: &["eventtype", "actor.alternateid", "published"],
        time: &["published"],
        identity: &["actor.alternateid", "actor.displayname", "actor.id"],
        id: &["actor.id"],
        kind: |flat, _| match word(flat, "actor.type").as_str() {
            "user" | "" => Kind::Human,
            "systemprincipal" => Kind::CloudService,
            _ => Kind::ServiceAccount,
        },
        credential: &["transaction.detail.requestapitokenid", "authenticationcontext.externalsessionid"],
        action: &["eventtype"],
        target: &["target.alternateid", "target.displayname"],
        outcome: &["outcome.result"],
        address: &["client.ipaddress"],
        agent: &["client.useragent.rawuseragent"],
        session: &["authenticationcontext.externalsessionid"],
        event_id: &["uuid"],
        policy: &["outcome.reason"],
        ..NOTHING
    },
    Vocabulary {
        name: "Vault audit",
        signs: &["request.path", "request.operation", "type"],
        time: &["time"],
        identity: &[
            "auth.displayname",
            "auth.metadata.username",
            "auth.entityid",
            "request.clientid",
            "auth.accessor",
            "request.remoteaddress",
        ],
        id: &["auth.entityid"],
        kind: |flat, name| {
            let method = word(flat, "auth.displayname");
            if ["userpass", "ldap", "oidc", "github"].iter().any(|person| method.starts_with(person)) || name.contains('@') {
                Kind::Human
            } else {
                Kind::ServiceAccount
            }
        },
        credential: &["auth.accessor", "request.clienttokenaccessor"],
        action: &["request.operation"],
        target: &["request.path"],
        outcome: &["error"],
        address: &["request.remoteaddress"],
        session: &["request.id"],
        event_id: &["request.id"],
        policy: &["auth.policies"],
        ..NOTHING
    },
    Vocabulary {
        name: "OpenAI audit log",
        signs: &["effectiveat", "actor.type", "type"],
        time: &["effectiveat"],
        identity: &[
            "actor.session.user.email",
            "actor.apikey.user.email",
            "actor.apikey.serviceaccount.id",
            "actor.apikey.id",
            "actor.session.user.id",
            "actor.type",
        ],
        id: &["actor.session.user.id", "actor.apikey.user.id", "actor.apikey.serviceaccount.id"],
        kind: |flat, _| {
            if flat.has("actor.apikey.serviceaccount.id") {
                Kind::ServiceAccount
            } else if flat.has("actor.session.user.email") || flat.has("actor.apikey.user.email") || flat.has("actor.session.user.id") {
                Kind::Human
            } else {
                Kind::ApiKey
            }
        },
        credential: &["actor.apikey.id"],
        action: &["type"],
        target: &["project.name", "project.id"],
        address: &["actor.session.ipaddress"],
        agent: &["actor.session.useragent"],
        event_id: &["id"],
        ..NOTHING
    },
    Vocabulary {
        name: "Anthropic activity",
        signs: &["createdat", "actor.type", "type"],
        time: &["createdat"],
        identity: &[
            "actor.emailaddress",
            "actor.unauthenticatedemailaddress",
            "actor.apikeyid",
            "actor.adminapikeyid",
            "actor.serviceaccountid",
            "actor.userid",
            "actor.type",
        ],
        id: &["actor.userid", "actor.apikeyid", "actor.serviceaccountid"],
        kind: |flat, _| match word(flat, "actor.type") {
            kind if kind.contains("api") => Kind::ApiKey,
            kind if kind.contains("service") => Kind::ServiceAccount,
            kind if kind.contains("agent") => Kind::AiAgent,
            kind if kind.contains("system") || kind.contains("anthropic") => Kind::CloudService,
            _ => Kind::Human,
        },
        credential: &["actor.apikeyid", "actor.adminapikeyid"],
        action: &["type"],
        target: &["workspaceid", "apikeyid", "adminapikeyid", "organizationid"],
        address: &["actor.ipaddress"],
        agent: &["actor.useragent"],
        event_id: &["id"],
        ..NOTHING
    },
    Vocabulary { name: "GitHub audit log", signs: &["action", "createdat", "actor"], ..GITHUB },
    Vocabulary { name: "GitHub audit log", signs: &["action", "timestamp", "actor", "documentid"], ..GITHUB },
    Vocabulary { name: "GitHub audit log", signs: &["action", "createdat", "org"], ..GITHUB },
    Vocabulary { signs: &["properties.activitydisplayname", "operationname"], ..ENTRA },
    Vocabulary { signs: &["properties.initiatedby.user.id", "operationname"], ..ENTRA },
    Vocabulary {
        name: "Microsoft Entra sign-in",
        signs: &["properties.userprincipalname", "operationname"],
        time: &["time", "properties.createddatetime"],
        identity: &["properties.userprincipalname", "properties.userdisplayname"],
        id: &["properties.userid"],
        kind: |_, _| Kind::Human,
        action: &["operationname"],
        target: &["properties.appdisplayname", "properties.resourcedisplayname"],
        outcome: &["properties.status.failurereason", "resulttype"],
        address: &["calleripaddress", "properties.ipaddress"],
        agent: &["properties.useragent"],
        session: &["correlationid"],
        event_id: &["properties.id"],
        ..NOTHING
    },
    Vocabulary {
        name: "Microsoft Entra sign-in",
        signs: &["properties.serviceprincipalname", "operationname"],
        time: &["time", "properties.createddatetime"],
        identity: &["properties.serviceprincipalname", "properties.serviceprincipalid"],
        id: &["properties.serviceprincipalid"],
        kind: |_, _| Kind::ServiceAccount,
        credential: &["properties.serviceprincipalcredentialkeyid"],
        action: &["operationname"],
        target: &["properties.resourcedisplayname"],
        outcome: &["resulttype"],
        address: &["calleripaddress", "properties.ipaddress"],
        session: &["correlationid"],
        ..NOTHING
    },
    Vocabulary {
        name: "Azure activity log",
        signs: &["operationname", "resourceid", "category"],
        time: &["time", "eventtimestamp"],
        identity: &[
            "identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
            "identity.claims.upn",
            "identity.claims.name",
            "identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
            "caller",
            "identity.claims.appid",
            "identity",
            "properties.caller",
        ],
        id: &["identity.claims.http://schemas.microsoft.com/identity/claims/objectidentifier", "identity.claims.oid"],
        kind: |flat, name| {
            if name.contains('@') {
                Kind::Human
            } else if word(flat, "identity.authorization.evidence.principaltype").contains("serviceprincipal")
                || word(flat, "identity.claims.idtyp") == "app"
                || flat.has("identity.claims.appid")
            {
                // Managed identities are service principals that Azure runs.
                if flat.has("identity.claims.xmsmirid") { Kind::Workload } else { Kind::ServiceAccount }
            } else {
                person_or_robot(name)
            }
        },
        credential: &["identity.claims.appid"],
        action: &["operationname"],
        target: &["resourceid"],
        outcome: &["resulttype", "resultsignature"],
        address: &["calleripaddress"],
        session: &["correlationid"],
        ..NOTHING
    },
    Vocabulary {
        name: "Auth0 log",
        signs: &["data.type", "data.date"],
        time: &["data.date"],
        identity: &[
            "data.details.request.auth.user.email",
            "data.username",
            "data.details.request.auth.user.name",
            "data.userid",
            "data.clientname",
            "data.clientid",
        ],
        id: &["data.userid", "data.clientid"],
        kind: |flat, _| {
            if flat.has("data.details.request.auth.user.email") || flat.has("data.username") || flat.has("data.userid") {
                Kind::Human
            } else {
                Kind::ServiceAccount
            }
        },
        credential: &["data.details.request.auth.credentials.jti"],
        action: &["data.description", "data.type"],
        target: &["data.details.request.path", "data.connection", "data.hostname"],
        outcome: &["data.details.response.statuscode"],
        address: &["data.ip"],
        agent: &["data.useragent"],
        event_id: &["logid"],
        ..NOTHING
    },
    Vocabulary {
        name: "Teleport audit",
        signs: &["event", "code", "uid", "time"],
        time: &["time"],
        identity: &["user", "login", "username", "serverhostname", "clustername", "connector", "name"],
        id: &["userkind"],
        kind: |flat, name| {
            if word(flat, "userkind") == "2" || name.starts_with("bot-") || flat.has("botname") {
                Kind::ServiceAccount
            } else if flat.has("user") || flat.has("username") || flat.has("login") {
                Kind::Human
            } else {
                Kind::Workload
            }
        },
        credential: &["mfadevice.mfadevicename", "identity.accessrequests"],
        action: &["event"],
        target: &["serverhostname", "kubernetescluster", "dbservice", "appname", "name", "login"],
        outcome: &["success", "error"],
        address: &["addr.remote", "clientip"],
        agent: &["useragent"],
        behalf: &["impersonator"],
        session: &["sid"],
        event_id: &["uid"],
        ..NOTHING
    },
    Vocabulary {
        name: "1Password sign-in",
        signs: &["targetuser.uuid", "category", "timestamp"],
        time: &["timestamp"],
        identity: &["targetuser.email", "targetuser.name"],
        id: &["targetuser.uuid"],
        kind: |_, _| Kind::Human,
        action: &["type"],
        target: &["client.appname"],
        outcome: &["category"],
        address: &["client.ipaddress"],
        session: &["sessionuuid"],
        event_id: &["uuid"],
        ..NOTHING
    },
    Vocabulary {
        name: "Snowflake login history",
        signs: &["eventtimestamp", "eventtype", "username"],
        time: &["eventtimestamp"],
        identity: &["username"],
        kind: |flat, name| {
            if word(flat, "firstauthenticationfactor").contains("keypair") { Kind::ServiceAccount } else { person_or_robot(name) }
        },
        action: &["eventtype"],
        target: &["reportedclienttype"],
        outcome: &["issuccess"],
        address: &["clientip"],
        event_id: &["eventid"],
        ..NOTHING
    },
    Vocabulary {
        name: "agent-governance audit",
        signs: &["entryid", "agentdid", "eventtype"],
        time: &["timestamp"],
        identity: &["agentdid"],
        id: &["agentdid"],
        kind: |_, _| Kind::AiAgent,
        action: &["action", "eventtype"],
        target: &["resource", "targetdid"],
        outcome: &["policydecision", "outcome"],
        session: &["sessionid", "traceid"],
        event_id: &["entryid"],
        policy: &["matchedrule", "policydecision"],
        ..NOTHING
    },
    Vocabulary {
        name: "pipelock evidence",
        signs: &["detail.actionrecord.actor", "seq"],
        time: &["ts"],
        identity: &["detail.actionrecord.actor"],
        kind: |_, _| Kind::AiAgent,
        action: &["detail.actionrecord.actiontype"],
        target: &["detail.actionrecord.target"],
        outcome: &["detail.actionrecord.verdict"],
        behalf: &["detail.actionrecord.principal"],
        session: &["sessionid"],
        event_id: &["detail.actionrecord.actionid"],
        policy: &["detail.actionrecord.delegationchain"],
        ..NOTHING
    },
    Vocabulary {
        name: "pipelock receipt",
        signs: &["actionrecord.actor", "actionrecord.chainseq"],
        time: &["actionrecord.timestamp"],
        identity: &["actionrecord.actor"],
        kind: |_, _| Kind::AiAgent,
        action: &["actionrecord.actiontype"],
        target: &["actionrecord.target"],
        outcome: &["actionrecord.verdict"],
        behalf: &["actionrecord.principal"],
        session: &["sessionid"],
        event_id: &["actionrecord.actionid"],
        policy: &["actionrecord.delegationchain"],
        ..NOTHING
    },
    Vocabulary {
        name: "agent audit trail (AAT)",
        signs: &["recordid", "agentid", "actiontype", "trustlevel"],
        time: &["timestamp"],
        identity: &["agentid"],
        kind: |_, _| Kind::AiAgent,
        action: &["actiontype"],
        target: &["actiondetail.target", "actiondetail.resource", "actiondetail.tool", "actiondetail"],
        outcome: &["outcome"],
        session: &["sessionid"],
        event_id: &["recordid"],
        ..NOTHING
    },
    Vocabulary {
        name: "systemd journal",
        signs: &["realtimetimestamp", "message"],
        time: &["sourcerealtimetimestamp", "realtimetimestamp"],
        identity: &["systemdunit", "syslogidentifier", "comm", "transport"],
        id: &["systemdcgroup"],
        kind: |flat, _| if word(flat, "transport") == "kernel" { Kind::CloudService } else { Kind::Workload },
        action: &["message"],
        target: &["unit", "hostname"],
        session: &["bootid"],
        ..NOTHING
    },
];

const GCP: Vocabulary = Vocabulary {
    name: "GCP Cloud Audit",
    time: &["timestamp", "receivetimestamp"],
    identity: &[
        "protopayload.authenticationinfo.principalemail",
        "protopayload.authenticationinfo.principalsubject",
        "protopayload.servicename",
    ],
    id: &["protopayload.authenticationinfo.principalsubject"],
    kind: |flat, name| {
        let stated =
            flat.has("protopayload.authenticationinfo.principalemail") || flat.has("protopayload.authenticationinfo.principalsubject");
        if !stated || name.starts_with("system:") || name.starts_with("service-") && name.contains("gcp-sa") {
            Kind::CloudService
        } else {
            person_or_robot(name)
        }
    },
    credential: &["protopayload.authenticationinfo.serviceaccountkeyname"],
    action: &["protopayload.methodname"],
    target: &["protopayload.resourcename", "resource.labels.projectid"],
    outcome: &["protopayload.status.message", "protopayload.authorizationinfo.granted"],
    address: &["protopayload.requestmetadata.callerip"],
    agent: &["protopayload.requestmetadata.callersupplieduseragent"],
    behalf: &[
        "protopayload.authenticationinfo.serviceaccountdelegationinfo.firstpartyprincipal.principalemail",
        "protopayload.authenticationinfo.serviceaccountdelegationinfo.principalsubject",
    ],
    session: &["operation.id"],
    event_id: &["insertid"],
    ..NOTHING
};

const ENTRA: Vocabulary = Vocabulary {
    name: "Microsoft Entra audit",
    time: &["time", "properties.activitydatetime"],
    identity: &[
        "properties.initiatedby.user.userprincipalname",
        "properties.initiatedby.user.displayname",
        "properties.initiatedby.app.displayname",
        "properties.initiatedby.app.serviceprincipalid",
        "properties.initiatedby.user.id",
        "identity",
        "properties.loggedbyservice",
    ],
    id: &["properties.initiatedby.user.id", "properties.initiatedby.app.serviceprincipalid"],
    kind: |flat, _| {
        if flat.has("properties.initiatedby.user.userprincipalname")
            || flat.has("properties.initiatedby.user.displayname")
            || flat.has("properties.initiatedby.user.id")
        {
            Kind::Human
        } else if flat.has("properties.initiatedby.app.displayname") || flat.has("properties.initiatedby.app.serviceprincipalid") {
            Kind::ServiceAccount
        } else {
            Kind::CloudService
        }
    },
    action: &["operationname"],
    target: &["properties.targetresources.userprincipalname", "properties.targetresources.displayname", "properties.targetresources.id"],
    outcome: &["properties.result", "resulttype"],
    address: &["calleripaddress", "properties.initiatedby.user.ipaddress"],
    session: &["correlationid"],
    event_id: &["properties.id"],
    ..NOTHING
};

const GITHUB: Vocabulary = Vocabulary {
    time: &["createdat", "timestamp"],
    identity: &["actor", "user", "programmaticaccesstype", "deploykeytitle", "org"],
    id: &["actorid"],
    kind: |flat, name| {
        let access = word(flat, "programmaticaccesstype");
        if word(flat, "actorisagent") == "true" {
            Kind::AiAgent
        } else if name.starts_with("deploy_key") || !flat.has("actor") && flat.has("deploykeytitle") {
            Kind::ApiKey
        } else if word(flat, "actorisbot") == "true" || name.ends_with("[bot]") || access.contains("app") {
            Kind::ServiceAccount
        } else if !flat.has("actor") && !flat.has("user") {
            Kind::CloudService
        } else {
            Kind::Human
        }
    },
    credential: &["hashedtoken", "tokenid", "deploykeyfingerprint", "fingerprint"],
    action: &["action"],
    target: &["repo", "repository", "team", "org", "business"],
    address: &["actorip", "actorlocation.countrycode"],
    agent: &["useragent"],
    behalf: &["onbehalfof"],
    session: &["agentsessionid", "requestid"],
    event_id: &["documentid"],
    ..NOTHING
};
