//! A whole folder of CloudTrail digests and logs, beside Python's hashing alone and AWS's own validator (`pip install awscli`) in the same run.
//!
//! `cargo bench --bench cloudtrail`; SEALSCOPE_BENCH_HOURS sets the size (default 120 digests of 4 log files each).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use sealscope::model::Verdict;
use sealscope::model::text::hex;
use sealscope::trust::Store as Keys;
use sealscope::verify::{Job, examine};
use serde_json::json;
use sha2::{Digest, Sha256};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-central-1";
const TRAIL: &str = "main-trail";
const RECORDS: u32 = 300;

fn write(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut encoder = flate2::write::GzEncoder::new(fs::File::create(path).unwrap(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap();
}

/// Writes so many hours of a trail; gives the number of files and of unpacked bytes.
fn make(folder: &Path, hours: u32) -> (usize, usize) {
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let public: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
    // The X.509 form wraps the PKCS#1 form behind a header of 24 bytes, for keys of this size.
    let list = json!({"PublicKeyList": [{"Value": BASE64.encode(&public.as_ref()[24..]), "Fingerprint": "00ff"}]});
    fs::write(folder.join("public-keys.json"), list.to_string()).unwrap();
    let first = chrono::DateTime::parse_from_rfc3339("2026-03-01T00:00:00Z").unwrap();
    let mut previous: Option<(String, String, String)> = None;
    let (mut files, mut bytes) = (0, 0);
    for hour in 0..hours {
        let now = first + chrono::Duration::hours(i64::from(hour));
        let day = now.format("%Y/%m/%d");
        let mut logs = Vec::new();
        for number in 0..4 {
            let records: Vec<String> = (0..RECORDS)
                .map(|index| {
                    format!(
                        r#"{{"eventVersion":"1.09","userIdentity":{{"type":"AssumedRole","principalId":"AROAEXAMPLE:deploy-{index}","arn":"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/deploy-{index}","accountId":"{ACCOUNT}","accessKeyId":"ASIAEXAMPLE{index:05}"}},"eventTime":"{}","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"{REGION}","sourceIPAddress":"203.0.113.{}","userAgent":"aws-sdk-rust/1.3","requestParameters":{{"bucketName":"logs","key":"object-{index}"}},"responseElements":null,"requestID":"r{hour}-{number}-{index}","eventID":"e{hour}-{number}-{index}","readOnly":true,"eventType":"AwsApiCall","recipientAccountId":"{ACCOUNT}"}}"#,
                        (now + chrono::Duration::seconds(i64::from(index))).format("%Y-%m-%dT%H:%M:%SZ"),
                        index % 250
                    )
                })
                .collect();
            let content = format!("{{\"Records\":[{}]}}", records.join(","));
            let object = format!(
                "AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/{day}/{ACCOUNT}_CloudTrail_{REGION}_{}_file{number}.json.gz",
                now.format("%Y%m%dT%H%MZ")
            );
            write(&folder.join(&object), content.as_bytes());
            logs.push(
                json!({"s3Bucket": "b", "s3Object": object, "hashValue": hex(&Sha256::digest(&content)), "hashAlgorithm": "SHA-256"}),
            );
            (files, bytes) = (files + 1, bytes + content.len());
        }
        let end = now.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let object = format!(
            "AWSLogs/{ACCOUNT}/CloudTrail-Digest/{REGION}/{day}/{ACCOUNT}_CloudTrail-Digest_{REGION}_{TRAIL}_{REGION}_{}.json.gz",
            now.format("%Y%m%dT%H%M%SZ")
        );
        let before = previous.as_ref();
        let content = json!({
            "awsAccountId": ACCOUNT, "digestStartTime": (now - chrono::Duration::hours(1)).format("%Y-%m-%dT%H:%M:%SZ").to_string(), "digestEndTime": end,
            "digestS3Bucket": "b", "digestS3Object": object, "digestPublicKeyFingerprint": "00ff", "digestSignatureAlgorithm": "SHA256withRSA",
            "previousDigestS3Bucket": before.map(|_| "b"), "previousDigestS3Object": before.map(|previous| &previous.0),
            "previousDigestHashValue": before.map(|previous| &previous.1), "previousDigestHashAlgorithm": before.map(|_| "SHA-256"),
            "previousDigestSignature": before.map(|previous| &previous.2), "logFiles": logs,
        })
        .to_string();
        let hash = hex(&Sha256::digest(&content));
        let to_sign = format!("{end}\nb/{object}\n{hash}\n{}", before.map_or("null", |previous| &previous.2));
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &aws_lc_rs::rand::SystemRandom::new(), to_sign.as_bytes(), &mut signature).unwrap();
        write(&folder.join(&object), content.as_bytes());
        (files, bytes) = (files + 1, bytes + content.len());
        previous = Some((object, hash, hex(&signature)));
    }
    let (object, _, signature) = previous.unwrap();
    let head = json!({"Metadata": {"signature": signature, "signature-algorithm": "SHA256withRSA"}});
    fs::write(folder.join(format!("{object}.head-object.json")), head.to_string()).unwrap();
    (files, bytes)
}

fn main() {
    let hours: u32 = std::env::var("SEALSCOPE_BENCH_HOURS").ok().and_then(|text| text.parse().ok()).unwrap_or(120);
    let folder = tempfile::tempdir().unwrap();
    let (files, bytes) = make(folder.path(), hours);
    let mut keys = Keys::default();
    keys.add_file(&folder.path().join("public-keys.json")).unwrap();
    let took = (0..3)
        .map(|_| {
            let start = Instant::now();
            let examination = examine(&[folder.path().to_owned()], keys.clone(), &Job::default(), None);
            assert_eq!(examination.verdict(), Verdict::Sealed, "{:?}", examination.findings);
            start.elapsed().as_secs_f64()
        })
        .fold(f64::MAX, f64::min);
    println!(
        "{files} files, {:.0} MB unpacked: verify+parse+index {took:.3} s, {:.3} ms a file",
        bytes as f64 / 1e6,
        took * 1e3 / files as f64
    );
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/cloudtrail_peer.py");
    let end = format!("2026-03-{:02}T23:59:59Z", (hours / 24 + 2).min(31));
    let output = Command::new("python3")
        .arg(script)
        .arg(folder.path())
        .args([ACCOUNT, REGION, TRAIL, "2026-03-01T00:00:00Z", &end])
        .output()
        .expect("python3 is needed as the peer");
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let (seconds, checked): (f64, usize) = (words[1].parse().unwrap(), words[2].parse().unwrap());
        println!(
            "{}: {seconds:.3} s for {checked} files, {:.3} ms a file; Sealscope takes {:.2} of it",
            words[0],
            seconds * 1e3 / checked as f64,
            (took / files as f64) / (seconds / checked as f64)
        );
    }
}
