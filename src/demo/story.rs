//! The incident, and what was done afterwards to hide it.

use super::frame::{DAY, SECOND};
use super::records::{LEAKED, Numbers, RENEWED, audit, receipt, role, trail, user};
use super::writer::Tamper;

/// One record of the incident.
pub struct Line {
    /// Nanoseconds since 1970, its place in the log.
    pub time: i64,
    /// The record as sealed.
    pub record: String,
    /// What was done to it afterwards.
    pub tamper: Tamper,
}

/// What a reader should find.
pub const README: &str = "\
The demo case of Sealscope. Everything in it is made up; its keys can be made by anyone and protect nothing.

7 March 2026 at acme.example, in three sealed logs (evidence/cloud, evidence/cluster, evidence/agents).

  03:14  A key of the service account ci-deployer, leaked, is used from 203.0.113.7. It lists secrets, reads two
         of them, and tries in vain to become admin-breakglass.
  04:10  With it the attacker attaches an administrator policy to ci-deployer.
  09:31  maria deletes the key. At 11:02 it is used once more, and denied.
  14:05  The agent ticket-triage reads a ticket with hidden instructions, and then reads secrets for it.
  14:20  Its service account binds itself to cluster-admin.

Afterwards somebody with access to the files tried to hide it:

  cloud    one record altered (the source address of the secret that was read), two removed, one inserted, one moved
  cluster  the fourth segment deleted
  agents   one record backdated to the day before

Check it:   sealscope verify evidence --trust trust.txt
";

fn at(hour: i64, minute: i64, millisecond: i64) -> i64 {
    (DAY + hour * 3600 + minute * 60) * SECOND + millisecond * 1_000_000
}

/// The incident's records in one log, in order of time.
pub fn of(log: &str, numbers: &mut Numbers) -> Vec<Line> {
    let mut lines = match log {
        "cloud" => cloud(numbers),
        "cluster" => cluster(numbers),
        _ => agents(),
    };
    lines.sort_by_key(|line| line.time);
    lines
}

fn cloud(numbers: &mut Numbers) -> Vec<Line> {
    let attacker = "203.0.113.7";
    let key = user("ci-deployer", LEAKED);
    let agent = "Boto3/1.34 attacker-laptop";
    let mut lines = Vec::new();
    let mut tell = |time: i64, record: String, tamper: Tamper| lines.push(Line { time, record, tamper });
    let secret = |name: &str| format!(r#"{{"secretId":"{name}"}}"#);
    let denied = r#","errorCode":"AccessDenied","errorMessage":"not authorized to perform: sts:AssumeRole""#;
    let breakglass = r#"{"roleArn":"arn:aws:iam::111122223333:role/admin-breakglass","roleSessionName":"x"}"#;

    tell(at(3, 14, 11_400), trail(at(3, 14, 11_400), numbers, &key, "sts", "GetCallerIdentity", "null", attacker, agent, ""), Tamper::None);
    tell(
        at(3, 14, 19_204),
        trail(at(3, 14, 19_204), numbers, &key, "secretsmanager", "ListSecrets", "null", attacker, agent, ""),
        Tamper::None,
    );
    let read =
        trail(at(3, 14, 22_018), numbers, &key, "secretsmanager", "GetSecretValue", &secret("prod/db/password"), attacker, agent, "");
    let hidden = read.replace(attacker, "10.2.0.14").replace(agent, "aws-cli/2.17");
    tell(at(3, 14, 22_018), read, Tamper::Alter(hidden));
    tell(
        at(3, 14, 25_511),
        trail(at(3, 14, 25_511), numbers, &key, "secretsmanager", "GetSecretValue", &secret("prod/stripe/key"), attacker, agent, ""),
        Tamper::None,
    );
    tell(
        at(3, 14, 31_940),
        trail(at(3, 14, 31_940), numbers, &key, "sts", "AssumeRole", breakglass, attacker, agent, denied),
        Tamper::Remove,
    );
    tell(
        at(3, 14, 32_700),
        trail(at(3, 14, 32_700), numbers, &key, "sts", "AssumeRole", breakglass, attacker, agent, denied),
        Tamper::Remove,
    );
    tell(at(3, 15, 4_000), trail(at(3, 15, 4_000), numbers, &key, "sts", "AssumeRole", breakglass, attacker, agent, denied), Tamper::None);
    let policy = r#"{"userName":"ci-deployer","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}"#;
    let raised = trail(at(4, 10, 7_000), numbers, &key, "iam", "AttachUserPolicy", policy, attacker, agent, "");
    tell(at(4, 10, 7_000), raised, Tamper::MoveBy(12));
    let excuse_by = role("AWSReservedSSO_Engineer_1a2b", "jonas@acme.example");
    let excuse = trail(at(4, 11, 0), numbers, &excuse_by, "iam", "AttachUserPolicy", policy, "198.51.100.23", "Mozilla/5.0", "");
    tell(
        at(4, 12, 40_000),
        trail(at(4, 12, 40_000), numbers, &key, "iam", "ListUsers", "null", attacker, agent, ""),
        Tamper::InsertAfter(excuse),
    );
    tell(
        at(4, 13, 2_000),
        trail(at(4, 13, 2_000), numbers, &key, "s3", "GetObject", r#"{"bucketName":"customers","key":"export.csv"}"#, attacker, agent, ""),
        Tamper::None,
    );

    let maria = role("AWSReservedSSO_Engineer_1a2b", "maria@acme.example");
    let revoke = format!(r#"{{"userName":"ci-deployer","accessKeyId":"{LEAKED}"}}"#);
    tell(
        at(9, 31, 0),
        trail(at(9, 31, 0), numbers, &maria, "iam", "DeleteAccessKey", &revoke, "198.51.100.23", "Mozilla/5.0", ""),
        Tamper::None,
    );
    let created = format!(
        r#","note":"replacement","responseElements":{{"accessKey":{{"userName":"ci-deployer","accessKeyId":"{RENEWED}","status":"Active"}}}}"#
    );
    let renew = trail(
        at(9, 33, 0),
        numbers,
        &maria,
        "iam",
        "CreateAccessKey",
        r#"{"userName":"ci-deployer"}"#,
        "198.51.100.23",
        "Mozilla/5.0",
        &created,
    );
    tell(at(9, 33, 0), renew.replacen(r#""responseElements":null,"#, "", 1), Tamper::None);
    let refused = r#","errorCode":"InvalidClientTokenId","errorMessage":"The security token included in the request is invalid""#;
    tell(
        at(11, 2, 31_000),
        trail(at(11, 2, 31_000), numbers, &key, "secretsmanager", "GetSecretValue", &secret("prod/db/password"), attacker, agent, refused),
        Tamper::None,
    );
    lines
}

fn cluster(numbers: &mut Numbers) -> Vec<Line> {
    let account = "system:serviceaccount:agents:ticket-triage";
    let mut lines = Vec::new();
    let mut tell = |time: i64, record: String| lines.push(Line { time, record, tamper: Tamper::None });
    let secret = r#"{"resource":"secrets","namespace":"shop","name":"db-credentials","apiVersion":"v1"}"#;
    let binding = r#"{"resource":"clusterrolebindings","name":"triage-admin","apiGroup":"rbac.authorization.k8s.io","apiVersion":"v1"}"#;
    tell(at(14, 6, 2_000), audit(at(14, 6, 2_000), numbers, account, "get", secret, 403, "10.3.0.14"));
    tell(at(14, 6, 9_000), audit(at(14, 6, 9_000), numbers, account, "list", secret, 200, "10.3.0.14"));
    tell(at(14, 20, 0), audit(at(14, 20, 0), numbers, account, "create", binding, 201, "10.3.0.14"));
    tell(at(20, 41, 0), audit(at(20, 41, 0), numbers, account, "delete", binding, 200, "10.3.0.14"));
    lines
}

fn agents() -> Vec<Line> {
    let mut lines = Vec::new();
    let mut tell = |time: i64, record: String| lines.push(Line { time, record, tamper: Tamper::None });
    let triage = |time, tool, system, resource, status, sequence| {
        receipt(time, "ticket-triage", "support", tool, system, resource, status, sequence)
    };
    tell(at(14, 5, 12_000), triage(at(14, 5, 12_000), "ticket.read", "desk", "SUP-4711", "success", 900_001));
    tell(at(14, 5, 40_000), triage(at(14, 5, 40_000), "vault.read", "vault", "prod/db/password", "success", 900_002));
    tell(at(14, 5, 44_000), triage(at(14, 5, 44_000), "vault.read", "vault", "prod/stripe/key", "denied", 900_003));
    tell(at(14, 7, 1_000), triage(at(14, 7, 1_000), "http.post", "web", "https://paste.example/upload", "success", 900_004));
    // It stands in the evening's segment and claims the evening before.
    let claimed = at(-4, 2, 0);
    tell(at(20, 15, 0), receipt(claimed, "release-agent", "maria", "permission.grant", "git", "ticket-triage:write", "success", 900_005));
    lines
}
