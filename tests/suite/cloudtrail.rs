//! CloudTrail digest chains: made and spoiled here, and the ones that AWS's own validator judged, where they are available.

use std::fs;
use std::path::PathBuf;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use sealscope::model::text::hex;
use sealscope::model::words::Fact;
use sealscope::model::words::cloudtrail::CloudTrailFact;
use sealscope::model::{Code, State, Status, Verdict};
use sealscope::trust::Store as Keys;
use sha2::{Digest, Sha256};

use super::builder::*;

const FINGERPRINT: &str = "00112233445566778899aabbccddeeff";
const FOLDER: &str = "AWSLogs/111122223333/CloudTrail/eu-central-1/2026/03/07";
const DIGESTS: &str = "AWSLogs/111122223333/CloudTrail-Digest/eu-central-1/2026/03/07";

pub struct Trail {
    pub folder: tempfile::TempDir,
    key: KeyPair,
    previous: Option<(String, String, String)>,
    hours: u32,
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

impl Trail {
    pub fn new(hours: u32) -> Self {
        let mut trail =
            Self { folder: tempfile::tempdir().unwrap(), key: KeyPair::generate(KeySize::Rsa2048).unwrap(), previous: None, hours: 0 };
        fs::create_dir_all(trail.folder.path().join(FOLDER)).unwrap();
        fs::create_dir_all(trail.folder.path().join(DIGESTS)).unwrap();
        let public: aws_lc_rs::encoding::PublicKeyX509Der<'_> = trail.key.public_key().as_der().unwrap();
        // The X.509 form wraps the PKCS#1 form behind a header of 24 bytes, for keys of this size.
        let der = public.as_ref()[24..].to_vec();
        let list = serde_json::json!({"PublicKeyList": [{"Value": BASE64.encode(der), "Fingerprint": FINGERPRINT}]});
        fs::write(trail.keys_path(), list.to_string()).unwrap();
        for _ in 0..hours {
            trail.hour();
        }
        trail
    }

    pub fn keys_path(&self) -> PathBuf {
        self.folder.path().join("public-keys.json")
    }

    fn log(&self, hour: u32, number: u32) -> PathBuf {
        self.folder.path().join(FOLDER).join(format!("111122223333_CloudTrail_eu-central-1_20260307T{hour:02}05Z_file{number}.json.gz"))
    }

    fn digest(&self, hour: u32) -> PathBuf {
        self.folder
            .path()
            .join(DIGESTS)
            .join(format!("111122223333_CloudTrail-Digest_eu-central-1_main-trail_eu-central-1_20260307T{hour:02}0000Z.json.gz"))
    }

    fn head(&self, hour: u32) -> PathBuf {
        PathBuf::from(format!("{}.head-object.json", self.digest(hour).display()))
    }

    /// Two log files and their digest.
    fn hour(&mut self) {
        self.hours += 1;
        let hour = self.hours;
        let mut files = Vec::new();
        for number in 0..2 {
            let record = |minute: u32| {
                format!(
                    r#"{{"eventVersion":"1.09","eventTime":"2026-03-07T{hour:02}:{minute:02}:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","userIdentity":{{"type":"IAMUser","userName":"a"}},"eventID":"{hour}-{number}-{minute}"}}"#
                )
            };
            let content = format!("{{\"Records\":[{},{},{}]}}", record(1), record(2), record(3));
            let path = self.log(hour, number);
            fs::write(&path, gzip(content.as_bytes())).unwrap();
            files.push(serde_json::json!({"s3Bucket": "b", "s3Object": format!("{FOLDER}/{}", path.file_name().unwrap().display()), "hashValue": hex(&Sha256::digest(content)), "hashAlgorithm": "SHA-256"}));
        }
        let object = format!("{DIGESTS}/{}", self.digest(hour).file_name().unwrap().display());
        let end = format!("2026-03-07T{hour:02}:00:00Z");
        let previous = self.previous.clone();
        let content = serde_json::json!({
            "awsAccountId": "111122223333", "digestStartTime": end, "digestEndTime": end, "digestS3Bucket": "b", "digestS3Object": object,
            "digestPublicKeyFingerprint": FINGERPRINT, "digestSignatureAlgorithm": "SHA256withRSA",
            "previousDigestS3Object": previous.as_ref().map(|previous| &previous.0),
            "previousDigestHashValue": previous.as_ref().map(|previous| &previous.1),
            "previousDigestHashAlgorithm": previous.as_ref().map(|_| "SHA-256"),
            "previousDigestSignature": previous.as_ref().map(|previous| &previous.2),
            "logFiles": files,
        })
        .to_string();
        let hash = hex(&Sha256::digest(&content));
        let to_sign = format!("{end}\nb/{object}\n{hash}\n{}", previous.as_ref().map_or("null", |previous| &previous.2));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(&RSA_PKCS1_SHA256, &aws_lc_rs::rand::SystemRandom::new(), to_sign.as_bytes(), &mut signature).unwrap();
        let signature = hex(&signature);
        fs::write(self.digest(hour), gzip(content.as_bytes())).unwrap();
        if hour > 1 {
            fs::remove_file(self.head(hour - 1)).ok();
        }
        fs::write(
            self.head(hour),
            serde_json::json!({"Metadata": {"signature": signature, "signature-algorithm": "SHA256withRSA"}}).to_string(),
        )
        .unwrap();
        self.previous = Some((object, hash, signature));
    }

    fn examine(&self) -> sealscope::verify::Examination {
        let mut keys = Keys::default();
        keys.add_file(&self.keys_path()).unwrap();
        open(self.folder.path(), keys)
    }
}

#[test]
fn an_intact_trail_is_sealed() {
    let trail = Trail::new(4);
    let examination = trail.examine();
    assert_sealed(&examination, &[]);
    assert_eq!(examination.counts().total(), 24);
    assert_eq!(examination.logs[0].ladder.0[2].status, Status::Unprovable);
    // Keys from the evidence alone prove only that the evidence agrees with itself.
    let alone = open(trail.folder.path(), Keys::default());
    assert_eq!(alone.verdict(), Verdict::Consistent);
    assert_eq!(of(&alone, Code::UnknownKey).len(), 1);
    fs::remove_file(trail.keys_path()).unwrap();
    let without = open(trail.folder.path(), Keys::default());
    assert_eq!(without.verdict(), Verdict::Consistent);
    assert!(matches!(&of(&without, Code::UnknownKey)[0].fact, Fact::CloudTrailFact(CloudTrailFact::KeyMissing { .. })));
}

#[test]
fn the_newest_digest_needs_its_metadata() {
    let trail = Trail::new(3);
    fs::remove_file(trail.head(3)).unwrap();
    let examination = trail.examine();
    assert_eq!((examination.counts().of(State::Sealed), examination.counts().of(State::Unchecked)), (12, 6));
    let unsigned = of(&examination, Code::DigestUnsigned);
    assert!(matches!(&unsigned[0].fact, Fact::CloudTrailFact(CloudTrailFact::SignatureMissing { bucket, .. }) if bucket == "b"));
    assert_eq!(examination.verdict(), Verdict::Unchecked);
}

#[test]
fn files_altered_cut_missing_and_moved() {
    let trail = Trail::new(2);
    fs::write(trail.log(1, 0), gzip(b"{\"Records\":[]}")).unwrap();
    assert_eq!(error_codes(&trail.examine()), [Code::RecordAltered]);
    assert!(trail.examine().sentence().contains("1 file altered"), "{}", trail.examine().sentence());

    // A file is hashed as a whole: one finding is about all of its records.
    let trail = Trail::new(2);
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(fs::File::open(trail.log(1, 0)).unwrap()), &mut text).unwrap();
    fs::write(trail.log(1, 0), gzip(text.replace("GetObject", "PutObject").as_bytes())).unwrap();
    let examination = trail.examine();
    assert_eq!(examination.counts().of(State::Broken), 3);
    assert!(examination.sentence().contains("1 file altered that holds 3 records"), "{}", examination.sentence());

    let trail = Trail::new(2);
    let content = fs::read(trail.log(1, 0)).unwrap();
    fs::write(trail.log(1, 0), &content[..content.len() - 9]).unwrap();
    assert_eq!(error_codes(&trail.examine()), [Code::RecordAltered]);

    let trail = Trail::new(2);
    fs::remove_file(trail.log(2, 1)).unwrap();
    let examination = trail.examine();
    assert_eq!(error_codes(&examination), [Code::LogFileMissing]);
    assert_eq!(examination.logs[0].ladder.0[1].status, Status::Failed);

    let trail = Trail::new(2);
    let other = trail.folder.path().join("AWSLogs/111122223333/CloudTrail/eu-central-1/2026/03/08");
    fs::create_dir_all(&other).unwrap();
    fs::rename(trail.log(1, 0), other.join(trail.log(1, 0).file_name().unwrap())).unwrap();
    assert_sealed(&trail.examine(), &[Code::LogFileMoved]);
    assert_eq!(of(&trail.examine(), Code::LogFileMoved).len(), 1);

    // Unpacked since: what is hashed is the unpacked content.
    let trail = Trail::new(2);
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(fs::File::open(trail.log(1, 0)).unwrap()), &mut text).unwrap();
    fs::remove_file(trail.log(1, 0)).unwrap();
    fs::write(trail.log(1, 0).display().to_string().trim_end_matches(".gz"), text).unwrap();
    assert_sealed(&trail.examine(), &[]);
}

#[test]
fn digests_altered_missing_and_begun_anew() {
    let trail = Trail::new(3);
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(fs::File::open(trail.digest(2)).unwrap()), &mut text).unwrap();
    fs::write(trail.digest(2), gzip(text.replace("file0", "file9").as_bytes())).unwrap();
    let examination = trail.examine();
    assert!(error_codes(&examination).contains(&Code::SealForged));
    assert!(examination.counts().of(State::Suspect) > 0);

    let trail = Trail::new(3);
    fs::remove_file(trail.digest(2)).unwrap();
    let examination = trail.examine();
    assert_eq!(error_codes(&examination), [Code::DigestMissing]);
    assert_eq!(of(&examination, Code::LogFileUnlisted).len(), 2);

    let mut trail = Trail::new(2);
    trail.previous = None;
    let head = fs::read(trail.head(2)).unwrap();
    trail.hour();
    fs::write(trail.head(2), head).unwrap();
    assert_sealed(&trail.examine(), &[Code::Restarted]);

    let trail = Trail::new(3);
    fs::remove_file(trail.digest(1)).unwrap();
    (0..2).for_each(|number| fs::remove_file(trail.log(1, number)).unwrap());
    assert_sealed(&trail.examine(), &[Code::StartsMidway]);
}

#[test]
fn a_file_put_in_is_told() {
    let trail = Trail::new(2);
    let other = trail.folder.path().join(FOLDER).join("111122223333_CloudTrail_eu-central-1_20260307T0106Z_other.json.gz");
    fs::copy(trail.log(1, 0), &other).unwrap();
    let examination = trail.examine();
    // A copy under another name is a copy; its events are counted once.
    assert_eq!((of(&examination, Code::DuplicateSegment).len(), examination.counts().total()), (1, 12));
    assert_eq!(examination.verdict(), Verdict::Sealed);
    fs::write(&other, gzip(b"{\"Records\":[{\"eventTime\":\"2026-03-07T01:01:00Z\",\"eventName\":\"Forged\"}]}")).unwrap();
    let examination = trail.examine();
    assert_eq!(of(&examination, Code::LogFileUnlisted).len(), 1);
    assert_eq!(examination.verdict(), Verdict::Unchecked);
    assert_ne!(examination.logs[0].ladder.0[1].status, Status::Proved);
}

#[test]
fn every_changed_byte_of_a_digest_is_noticed() {
    let trail = Trail::new(2);
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(fs::File::open(trail.digest(1)).unwrap()), &mut text).unwrap();
    for place in (0..text.len()).step_by(11) {
        let mut changed = text.clone();
        changed[place] ^= 2;
        fs::write(trail.digest(1), gzip(&changed)).unwrap();
        // A digest under another name is another digest: it loses its signature, and with it its word.
        let verdict = trail.examine().verdict();
        assert!(matches!(verdict, Verdict::Broken | Verdict::Unchecked), "byte {place}: {verdict:?}");
    }
}

#[test]
fn agrees_with_the_validator_of_aws() {
    let Some(root) = data("cloudtrail-digests") else { return };
    for entry in fs::read_dir(root).unwrap() {
        let folder = entry.unwrap().path();
        let Ok(expected) = fs::read_to_string(folder.join("expected.json")) else { continue };
        let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
        let mut keys = Keys::default();
        keys.add_file(&folder.join("public-keys.json")).unwrap();
        let examination = open(&folder.join("s3"), keys);
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        for notice in expected["notices"].as_array().unwrap() {
            let code = match notice["kind"].as_str().unwrap() {
                "invalid" => Code::SealForged,
                "missing" => Code::DigestMissing,
                "gap" => Code::Restarted,
                other => panic!("{other}"),
            };
            assert_eq!(of(&examination, code).len(), 1, "{name}: {:?}", codes(&examination));
        }
        for log in expected["logs"].as_array().unwrap() {
            let (key, status) = (log["key"].as_str().unwrap(), log["status"].as_str().unwrap());
            let segment = examination.segments.iter().find(|segment| segment.plan.file.path.ends_with(key));
            match status {
                "valid" => assert!(segment.is_some_and(|segment| segment.state != State::Broken), "{name}: {key}"),
                missing if missing.contains("not found") => {
                    assert!(segment.is_none() && !of(&examination, Code::LogFileMissing).is_empty(), "{name}: {key}")
                }
                _ => assert!(segment.is_some_and(|segment| segment.state == State::Broken), "{name}: {key} {status}"),
            }
        }
        assert_eq!(name == "intact", examination.verdict() == Verdict::Sealed, "{name}");
    }
}
