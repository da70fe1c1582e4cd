//! CloudTrail digest chains.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use sealscope::model::text::hex;
use sealscope::trust::Store as Keys;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Contents, is_here, pick, told};
use crate::cloudtrail::Trail;
use crate::manipulations::Numbers;
use crate::properties::{Case, Maker, Move, files, gzip, unpacked};

/// A trail of some hours.
pub struct Trails;

/// A key whose list says that it ran out, and one that nobody trusts.
const RETIRED: &str = "ffeeddccbbaa99887766554433221100";
const STRANGER: &str = "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f";

fn lesser() -> &'static [KeyPair; 2] {
    static KEYS: OnceLock<[KeyPair; 2]> = OnceLock::new();
    KEYS.get_or_init(|| [(); 2].map(|()| KeyPair::generate(KeySize::Rsa2048).unwrap()))
}

fn list(key: &KeyPair, fingerprint: &str, more: Value) -> String {
    let public: aws_lc_rs::encoding::PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
    let mut entry = json!({"Value": BASE64.encode(&public.as_ref()[24..]), "Fingerprint": fingerprint});
    entry.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    json!({"PublicKeyList": [entry]}).to_string()
}

fn is_digest(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    name.contains("CloudTrail-Digest") && !name.contains("head-object")
}

/// A digest that lists what somebody wants, signed by a key that has run out or that nobody trusts.
fn resign(case: &Case, numbers: &mut Numbers) -> String {
    let digests: Vec<_> = files(case.path()).into_iter().filter(|path| is_digest(path)).collect();
    if digests.is_empty() {
        return "no digest".into();
    }
    let path = &digests[numbers.below(digests.len())];
    let Ok(mut digest) = serde_json::from_slice::<Value>(&unpacked(&fs::read(path).unwrap())) else { return "no digest".into() };
    let which = numbers.below(2);
    digest["digestPublicKeyFingerprint"] = [RETIRED, STRANGER][which].into();
    match numbers.below(3) {
        0 => digest["logFiles"] = json!([]),
        1 => {
            let forged = br#"{"Records":[{"eventTime":"2026-03-07T01:01:00Z","eventSource":"s3.amazonaws.com","eventName":"Forged","eventID":"f"}]}"#;
            let Some(object) = digest.pointer("/logFiles/0/s3Object").and_then(Value::as_str).map(str::to_owned) else {
                return "empty".into();
            };
            let Some(hash) = digest.pointer_mut("/logFiles/0/hashValue") else { return "empty".into() };
            *hash = hex(&Sha256::digest(forged)).into();
            if let Some(file) = pick(case, numbers, object.rsplit('/').next().unwrap()) {
                fs::write(file, gzip(forged)).unwrap();
            }
        }
        _ => {}
    }
    let content = digest.to_string();
    let text = |name: &str| digest[name].as_str().unwrap_or("null").to_owned();
    let to_sign = format!(
        "{}\n{}/{}\n{}\n{}",
        text("digestEndTime"),
        text("digestS3Bucket"),
        text("digestS3Object"),
        hex(&Sha256::digest(&content)),
        text("previousDigestSignature")
    );
    let key = &lesser()[which];
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &aws_lc_rs::rand::SystemRandom::new(), to_sign.as_bytes(), &mut signature).unwrap();
    fs::write(path, gzip(content.as_bytes())).unwrap();
    let head = json!({"Metadata": {"signature": hex(&signature), "signature-algorithm": "SHA256withRSA"}}).to_string();
    fs::write(format!("{}.head-object.json", path.display()), head).unwrap();
    if numbers.below(2) == 0 {
        fs::write(case.path().join("more-keys.json"), list(key, [RETIRED, STRANGER][which], json!({}))).unwrap();
    }
    format!("a lesser key signs {}", told(case, path))
}

/// The signature of the newest digest stripped or spoiled.
fn strip(case: &Case, numbers: &mut Numbers) -> String {
    let Some(path) = pick(case, numbers, "head-object") else { return "none".into() };
    let text =
        ["{}", "{\"Metadata\":{}}", "{\"Metadata\":{\"signature\":\"00\",\"signature-algorithm\":\"SHA256withRSA\"}}"][numbers.below(3)];
    fs::write(&path, text).unwrap();
    "the newest signature stripped".into()
}

/// One digest over another.
fn replay(case: &Case, numbers: &mut Numbers) -> String {
    let (Some(from), Some(to)) = (pick(case, numbers, "CloudTrail"), pick(case, numbers, "CloudTrail")) else { return "none".into() };
    let content = fs::read(&from).unwrap();
    fs::write(&to, content).unwrap();
    format!("replay {} as {}", told(case, &from), told(case, &to))
}

impl Maker for Trails {
    fn name(&self) -> &'static str {
        "trails"
    }

    fn is_numbered(&self) -> bool {
        false
    }

    fn genuine(&self, numbers: &mut Numbers) -> Case {
        let trail = Trail::new(3 + numbers.below(2) as u32);
        let mut keys = Keys::default();
        keys.add_file(&trail.keys_path()).unwrap();
        let times = json!({"ValidityStartTime": "2020-01-01T00:00:00Z", "ValidityEndTime": "2020-02-01T00:00:00Z"});
        keys.add_text(Path::new("retired"), &list(&lesser()[0], RETIRED, times)).unwrap();
        Case::new(trail.folder, keys)
    }

    fn moves(&self) -> Vec<Move> {
        vec![resign, strip, replay]
    }

    fn must_notice(&self, genuine: &Case, here: &Contents) -> bool {
        // The digests in their order, with the files that each lists.
        let digests: Vec<(Vec<u8>, Value)> = genuine
            .files
            .iter()
            .filter(|(path, _)| is_digest(path))
            .map(|(_, packed)| {
                let content = unpacked(packed);
                let parsed = serde_json::from_slice(&content).unwrap();
                (content, parsed)
            })
            .collect();
        let listed = |digest: &Value| -> Vec<Vec<u8>> {
            let objects = digest["logFiles"].as_array().into_iter().flatten().filter_map(|file| file["s3Object"].as_str());
            objects.map(|object| unpacked(&genuine.files[Path::new(object)])).collect()
        };
        let head = genuine.files.iter().find(|(path, _)| path.to_string_lossy().contains("head-object")).unwrap().1;
        let present: Vec<bool> = digests.iter().map(|(content, _)| is_here(here, content)).collect();
        // The signature of each stands in the next, that of the newest in its metadata.
        let is_signed = |index: usize| present[index] && (present.get(index + 1).copied().unwrap_or_else(|| is_here(here, head)));
        let spoiled = (0..digests.len()).any(|index| is_signed(index) && listed(&digests[index].1).iter().any(|file| !is_here(here, file)));
        let (first, last) = ((0..present.len()).find(|index| is_signed(*index)), (0..present.len()).rfind(|index| is_signed(*index)));
        spoiled || first.zip(last).is_some_and(|(first, last)| present[first..last].contains(&false))
    }
}
