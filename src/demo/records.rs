//! Everyday records of the three logs.

use super::frame::{DAY, LOGS, SECOND};
use crate::model::time;

/// Even numbers from a seed: splitmix64 (Steele, Lea, Flood 2014). Not for cryptography.
#[derive(Clone, Debug)]
pub struct Numbers(u64);

impl Numbers {
    /// Starts from a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len() as u64) as usize]
    }
}

/// How busy each hour of the day is: backups at two, work from eight to eighteen.
const HOURS: [u64; 24] = [3, 3, 9, 4, 3, 3, 4, 6, 9, 11, 11, 10, 8, 10, 12, 12, 11, 9, 7, 5, 4, 4, 3, 3];

/// The everyday records of one log in order of time, made as they are asked for.
pub struct Background {
    log: &'static str,
    total: u64,
    made: u64,
    numbers: Numbers,
}

impl Background {
    /// `total` records of `log`.
    pub fn new(log: &str, total: u64, numbers: Numbers) -> Self {
        let log = LOGS.iter().find(|(name, ..)| *name == log).map_or("cloud", |(name, ..)| name);
        Self { log, total, made: 0, numbers }
    }

    /// The next record with its time in nanoseconds since 1970.
    pub fn next(&mut self) -> Option<(i64, String)> {
        if self.made >= self.total {
            return None;
        }
        let time = self.time();
        self.made += 1;
        let hour = (time / SECOND - DAY) / 3600;
        let record = match self.log {
            "cloud" => cloud(&mut self.numbers, time, hour),
            "cluster" => cluster(&mut self.numbers, time),
            _ => agents(&mut self.numbers, time, self.made),
        };
        Some((time, record))
    }

    /// Times follow the busy hours and never run back.
    fn time(&mut self) -> i64 {
        let all: u64 = HOURS.iter().sum();
        let day = 86_400 * SECOND;
        let mut place = self.made as f64 / self.total as f64 * all as f64;
        let mut hour = 0;
        while hour < 23 && place >= HOURS[hour] as f64 {
            place -= HOURS[hour] as f64;
            hour += 1;
        }
        let within = place / HOURS[hour] as f64;
        let step = 3600.0 / (self.total as f64 * HOURS[hour] as f64 / all as f64).max(1.0);
        let jitter = self.numbers.below(1000) as f64 / 1000.0 * step * 0.9;
        let seconds = hour as f64 * 3600.0 + within * 3600.0 + jitter;
        DAY * SECOND + ((seconds * SECOND as f64) as i64).min(day - 1) / 1_000_000 * 1_000_000
    }
}

/// A CloudTrail record.
#[allow(clippy::too_many_arguments)] // A record has that many fields.
pub fn trail(
    time: i64,
    numbers: &mut Numbers,
    identity: &str,
    source: &str,
    name: &str,
    parameters: &str,
    address: &str,
    agent: &str,
    more: &str,
) -> String {
    let read_only = ["Get", "List", "Describe"].iter().any(|verb| name.starts_with(verb));
    format!(
        r#"{{"eventVersion":"1.09","userIdentity":{identity},"eventTime":"{}","eventSource":"{source}.amazonaws.com","eventName":"{name}","awsRegion":"eu-central-1","sourceIPAddress":"{address}","userAgent":"{agent}","requestParameters":{parameters},"responseElements":null{more},"requestID":"{:016x}","eventID":"{:016x}-{:08x}","readOnly":{read_only},"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}}"#,
        time::rfc3339(time),
        numbers.next(),
        numbers.next(),
        numbers.next() as u32
    )
}

/// The identity of an IAM user with a key.
pub fn user(name: &str, key: &str) -> String {
    format!(
        r#"{{"type":"IAMUser","principalId":"AIDA{}","arn":"arn:aws:iam::111122223333:user/{name}","accountId":"111122223333","accessKeyId":"{key}","userName":"{name}"}}"#,
        &key[4..12]
    )
}

/// The identity of an assumed role.
pub fn role(role: &str, session: &str) -> String {
    format!(
        r#"{{"type":"AssumedRole","principalId":"AROAEXAMPLE:{session}","arn":"arn:aws:sts::111122223333:assumed-role/{role}/{session}","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE00000001","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"AROAEXAMPLE","arn":"arn:aws:iam::111122223333:role/{role}","accountId":"111122223333","userName":"{role}"}},"attributes":{{"mfaAuthenticated":"false"}}}}}}"#
    )
}

/// The leaked key.
pub const LEAKED: &str = "AKIAQX4DEMO5WKEY07QX";
/// The key that took its place when it was revoked.
pub const RENEWED: &str = "AKIAN7DEMO3ROTATEZ4P";
/// The hour from which the new key is used.
const RENEWED_FROM: i64 = 9;
/// The backup's key.
const BACKUP: &str = "AKIAB3DEMO8NIGHTM2DX";

fn cloud(numbers: &mut Numbers, time: i64, hour: i64) -> String {
    let sdk = "aws-sdk-rust/1.2";
    let number = numbers.below(1000);
    match numbers.below(100) {
        0..=23 if hour < 5 => {
            let parameters = format!(r#"{{"bucketName":"backups","key":"2026-03-07/part-{number:04}"}}"#);
            trail(time, numbers, &user("backup-nightly", BACKUP), "s3", "PutObject", &parameters, "10.2.0.9", sdk, "")
        }
        0..=29 => {
            let (name, parameters) = match numbers.below(4) {
                0 => ("UpdateFunctionCode20150331v2", r#"{"functionName":"checkout"}"#.to_owned()),
                1 => ("PutObject", format!(r#"{{"bucketName":"releases","key":"checkout/{number}.zip"}}"#)),
                2 => ("GetObject", format!(r#"{{"bucketName":"artifacts","key":"build/{number}.tar"}}"#)),
                _ => ("DescribeStacks", r#"{"stackName":"checkout"}"#.to_owned()),
            };
            // From half past nine the leaked key is gone; nothing is deployed in the hour of the change.
            let key = if hour > RENEWED_FROM { RENEWED } else { LEAKED };
            if hour == RENEWED_FROM {
                return trail(
                    time,
                    numbers,
                    &role("monitoring", "collector"),
                    "monitoring",
                    "ListBuckets",
                    "null",
                    "10.2.0.31",
                    "datalook/7.1",
                    "",
                );
            }
            let source = if name.ends_with("Object") {
                "s3"
            } else if name.starts_with("Describe") {
                "cloudformation"
            } else {
                "lambda"
            };
            trail(time, numbers, &user("ci-deployer", key), source, name, &parameters, "10.2.0.14", "aws-cli/2.17", "")
        }
        30..=64 => {
            let (source, name, parameters) = match numbers.below(5) {
                0 => (
                    "sts",
                    "AssumeRole",
                    r#"{"roleArn":"arn:aws:iam::111122223333:role/ledger-writer","roleSessionName":"payments"}"#.to_owned(),
                ),
                1 => ("dynamodb", "PutItem", r#"{"tableName":"ledger"}"#.to_owned()),
                2 => ("dynamodb", "GetItem", r#"{"tableName":"ledger"}"#.to_owned()),
                3 => ("sqs", "SendMessage", r#"{"queueUrl":"https://sqs.eu-central-1.amazonaws.com/111122223333/payments"}"#.to_owned()),
                _ => ("kms", "Decrypt", r#"{"keyId":"alias/payments"}"#.to_owned()),
            };
            let error = if numbers.below(60) == 0 { r#","errorCode":"ThrottlingException","errorMessage":"Rate exceeded""# } else { "" };
            trail(time, numbers, &role("payments-api", "i-0abc12345678def00"), source, name, &parameters, "10.2.1.20", sdk, error)
        }
        65..=84 => {
            let name = numbers.pick(&["DescribeInstances", "ListBuckets", "GetMetricData", "DescribeAlarms"]);
            trail(time, numbers, &role("monitoring", "collector"), "monitoring", name, "null", "10.2.0.31", "datalook/7.1", "")
        }
        85..=93 => {
            let identity = format!(
                r#"{{"type":"AWSService","invokedBy":"{}"}}"#,
                numbers.pick(&["autoscaling.amazonaws.com", "config.amazonaws.com", "backup.amazonaws.com"])
            );
            let name = numbers.pick(&["AssumeRole", "DescribeVolumes", "PutEvaluations"]);
            trail(
                time,
                numbers,
                &identity,
                "config",
                name,
                r#"{"roleArn":"arn:aws:iam::111122223333:role/service"}"#,
                "config.amazonaws.com",
                "config.amazonaws.com",
                "",
            )
        }
        94..=97 if (8..19).contains(&hour) => {
            let person: &str = numbers.pick::<&str>(&["maria@acme.example", "jonas@acme.example"]);
            let identity = role("AWSReservedSSO_Engineer_1a2b", person);
            let name = numbers.pick(&["GetBucketPolicy", "DescribeInstances", "ListFunctions20150331", "PutRolePolicy"]);
            trail(time, numbers, &identity, "console", name, r#"{"roleName":"checkout"}"#, "198.51.100.23", "Mozilla/5.0", "")
        }
        _ => trail(time, numbers, &user("backup-nightly", BACKUP), "s3", "ListObjects", r#"{"bucketName":"backups"}"#, "10.2.0.9", sdk, ""),
    }
}

/// A Kubernetes audit event.
pub fn audit(time: i64, numbers: &mut Numbers, user: &str, verb: &str, object: &str, code: u16, address: &str) -> String {
    let decision = if code == 403 { "forbid" } else { "allow" };
    format!(
        r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"{:016x}","stage":"ResponseComplete","requestURI":"/api/v1","verb":"{verb}","user":{{"username":"{user}","groups":["system:authenticated"]}},"sourceIPs":["{address}"],"userAgent":"kubelet/v1.33","objectRef":{object},"responseStatus":{{"metadata":{{}},"code":{code}}},"requestReceivedTimestamp":"{}","stageTimestamp":"{}","annotations":{{"authorization.k8s.io/decision":"{decision}","authorization.k8s.io/reason":"RBAC"}}}}"#,
        numbers.next(),
        time::utc(time).format("%Y-%m-%dT%H:%M:%S%.6fZ"),
        time::utc(time).format("%Y-%m-%dT%H:%M:%S%.6fZ"),
    )
}

fn cluster(numbers: &mut Numbers, time: i64) -> String {
    let number = numbers.below(40);
    let (user, verb, object): (String, &str, String) = match numbers.below(10) {
        0..=2 => {
            let verb = numbers.pick(&["get", "patch", "update"]);
            (
                format!("system:node:worker-{}", 1 + numbers.below(4)),
                verb,
                format!(r#"{{"resource":"pods","subresource":"status","namespace":"shop","name":"checkout-{number}","apiVersion":"v1"}}"#),
            )
        }
        3..=4 => (
            format!("system:kube-{}", numbers.pick(&["scheduler", "controller-manager"])),
            "watch",
            r#"{"resource":"pods","apiVersion":"v1"}"#.into(),
        ),
        5..=6 => (
            "system:serviceaccount:shop:payments-api".into(),
            "get",
            format!(r#"{{"resource":"configmaps","namespace":"shop","name":"rates-{number}","apiVersion":"v1"}}"#),
        ),
        7 => (
            "system:serviceaccount:flux-system:kustomize-controller".into(),
            "patch",
            r#"{"resource":"deployments","namespace":"shop","name":"checkout","apiGroup":"apps","apiVersion":"v1"}"#.into(),
        ),
        8 => (
            "system:serviceaccount:agents:ticket-triage".into(),
            "list",
            r#"{"resource":"pods","namespace":"shop","apiVersion":"v1"}"#.into(),
        ),
        _ => (
            numbers.pick(&["maria", "jonas"]).to_string(),
            "get",
            format!(r#"{{"resource":"pods","subresource":"log","namespace":"shop","name":"checkout-{number}","apiVersion":"v1"}}"#),
        ),
    };
    let code = if numbers.below(150) == 0 { 404 } else { 200 };
    let address = format!("10.3.0.{}", 10 + numbers.below(9));
    audit(time, numbers, &user, verb, &object, code, &address)
}

/// A receipt of an agent.
#[allow(clippy::too_many_arguments)] // A record has that many fields.
pub fn receipt(time: i64, agent: &str, principal: &str, tool: &str, system: &str, resource: &str, status: &str, sequence: u64) -> String {
    let when = time::rfc3339(time);
    format!(
        r#"{{"@context":["https://www.w3.org/ns/credentials/v2"],"id":"urn:receipt:{agent}:{sequence}","type":["VerifiableCredential","AgentReceipt"],"version":"0.3.0","issuer":{{"id":"did:agent:{agent}","model":"assistant-4","session_id":"{agent}-2026-03-07"}},"issuanceDate":"{when}","credentialSubject":{{"principal":{{"id":"did:user:{principal}"}},"action":{{"id":"act_{sequence}","type":"tool.call","tool_name":"{tool}","risk_level":"low","target":{{"system":"{system}","resource":"{resource}"}},"timestamp":"{when}"}},"outcome":{{"status":"{status}"}},"chain":{{"chain_id":"{agent}","sequence":{sequence}}}}}}}"#
    )
}

fn agents(numbers: &mut Numbers, time: i64, sequence: u64) -> String {
    let number = numbers.below(400);
    if numbers.below(3) == 0 {
        let (tool, system, resource) = match numbers.below(4) {
            0 => ("git.merge", "git", format!("checkout!{number}")),
            1 => ("ci.run", "ci", format!("pipeline/{number}")),
            2 => ("release.create", "git", format!("v2.{number}")),
            _ => ("chat.post", "chat", "releases".to_owned()),
        };
        receipt(time, "release-agent", "maria", tool, system, &resource, "success", sequence)
    } else {
        let (tool, resource) = match numbers.below(3) {
            0 => ("ticket.read", format!("SUP-{number}")),
            1 => ("ticket.comment", format!("SUP-{number}")),
            _ => ("knowledge.search", "refunds".to_owned()),
        };
        let status = if numbers.below(40) == 0 { "failure" } else { "success" };
        receipt(time, "ticket-triage", "support", tool, "desk", &resource, status, sequence)
    }
}
