//! AWS CloudTrail log files under their chain of signed digest files, as `aws s3 sync` leaves them
//! (docs.aws.amazon.com/awscloudtrail, "Validating CloudTrail log file integrity" and "CloudTrail digest file structure").
//!
//! A digest's signature lies in the metadata of its S3 object, which a copy loses; the next digest repeats it. Only the newest digest
//! needs what `aws s3api head-object` prints.

mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{Claims, Conclusion, Format, Observed, Proof, Reread, SealedLog, SegmentPlan, Step, Travels, Unit, Wanted};
use crate::model::State;
use crate::model::finding::{Code, Finding, Place};
use crate::model::text::{bytes, from_hex, hex, name_of};
use crate::source::File;
use crate::trust::{Key, Material, Store as Keys, key::public_key_list};

/// Digests list at most some thousand files; what is larger is none, in bytes.
const MAX_DIGEST: u64 = 64 << 20;

/// Finds digest chains.
pub struct CloudTrailDigests;

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    aws_account_id: String,
    digest_end_time: String,
    digest_s3_bucket: String,
    digest_s3_object: String,
    digest_public_key_fingerprint: String,
    digest_signature_algorithm: String,
    #[serde(default)]
    previous_digest_s3_object: Option<String>,
    #[serde(default)]
    previous_digest_hash_value: Option<String>,
    #[serde(default)]
    previous_digest_hash_algorithm: Option<String>,
    #[serde(default)]
    previous_digest_signature: Option<String>,
    #[serde(default)]
    log_files: Vec<Listed>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    s3_object: String,
    hash_value: String,
    hash_algorithm: String,
}

/// What `aws s3api head-object` prints.
#[derive(Deserialize)]
struct HeadObject {
    #[serde(rename = "Metadata")]
    metadata: HeadMetadata,
}

#[derive(Deserialize)]
struct HeadMetadata {
    signature: String,
    #[serde(rename = "signature-algorithm", default)]
    algorithm: String,
}

/// One digest file.
pub(super) struct Digest {
    path: String,
    content: Content,
    sha256: String,
    /// The signature from a head-object file beside it.
    head: Option<String>,
}

/// A log file and the digest that lists it.
pub(super) struct Vouched {
    digest: usize,
    hash: String,
    moved: bool,
    /// Not in any digest.
    unlisted: bool,
}

struct Trail {
    origin: String,
    digests: Vec<Digest>,
    plans: Vec<SegmentPlan>,
    /// One for each plan.
    vouched: Vec<Vouched>,
    /// Listed, but not here: digest, object and hash.
    missing: Vec<(usize, String, String)>,
    /// Hashes of log files that a bundle says it withholds.
    withheld: BTreeSet<String>,
    keys: Keys,
}

/// `account_CloudTrail-Digest_source_trail_home_time[_backfill]`: account, source region, trail, and whether it is a backfill.
fn trail_of(object: &str) -> Option<(String, bool)> {
    let name = name_of(object).strip_suffix(".json.gz")?;
    let (account, rest) = name.split_once("_CloudTrail-Digest_")?;
    let backfill = rest.ends_with("_backfill");
    let rest = rest.strip_suffix("_backfill").unwrap_or(rest);
    let (region, rest) = rest.split_once('_')?;
    let (trail, _home) = rest.rsplit_once('_')?.0.rsplit_once('_')?;
    Some((format!("{account}/{region}/{trail}"), backfill))
}

impl Format for CloudTrailDigests {
    fn plan(&self, claims: &mut Claims, keys: &mut Keys) -> Vec<Box<dyn SealedLog>> {
        take_keys(claims, keys);
        let mut digests = take_digests(claims);
        if digests.is_empty() {
            return Vec::new();
        }
        take_heads(claims, &mut digests);
        let mut trails: BTreeMap<String, Vec<Digest>> = BTreeMap::new();
        for digest in digests {
            let (trail, backfill) =
                trail_of(&digest.content.digest_s3_object).unwrap_or_else(|| (digest.content.aws_account_id.clone(), false));
            let origin = format!("cloudtrail/{}/{trail}{}", digest.content.digest_s3_bucket, if backfill { " (backfill)" } else { "" });
            trails.entry(origin).or_default().push(digest);
        }
        let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, file) in claims.free() {
            by_name.entry(name_of(&file.path).to_owned()).or_default().push(index);
        }
        let mut logs: Vec<Trail> = trails.into_iter().map(|(origin, digests)| assemble(origin, digests, claims, &by_name)).collect();
        unlisted(claims, &mut logs);
        let withheld = take_withheld(claims);
        logs.into_iter()
            .map(|mut trail| {
                trail.keys = keys.clone();
                trail.withheld.clone_from(&withheld);
                Box::new(trail) as Box<dyn SealedLog>
            })
            .collect()
    }
}

fn small_json(file: &File) -> bool {
    file.start.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

fn holds(file: &File, word: &[u8]) -> bool {
    let start = file.peek();
    memchr::memmem::find(&start[..start.len().min(4096)], word).is_some()
}

/// Takes saved `aws cloudtrail list-public-keys` output out of the evidence.
fn take_keys(claims: &mut Claims, keys: &mut Keys) {
    let found: Vec<usize> =
        claims.free().filter(|(_, file)| small_json(file) && holds(file, b"\"PublicKeyList\"")).map(|(index, _)| index).collect();
    for index in found {
        let Some(Ok(list)) =
            claims.files[index].as_ref().and_then(|file| public_key_list(&String::from_utf8(file.read_all(MAX_DIGEST).ok()?).ok()?))
        else {
            continue;
        };
        let reason =
            format!("it holds {} public keys of CloudTrail; keys that lie in the evidence are not trusted by themselves", list.len());
        list.into_iter().for_each(|key| keys.found(key));
        claims.skip(index, reason);
    }
}

fn take_digests(claims: &mut Claims) -> Vec<Digest> {
    let found: Vec<usize> = claims
        .free()
        .filter(|(_, file)| {
            small_json(file) && holds(file, b"\"digestS3Object\"")
                || file.name().contains("_CloudTrail-Digest_") && file.name().ends_with(".json.gz")
        })
        .map(|(index, _)| index)
        .collect();
    let mut digests = Vec::new();
    for index in found {
        let Some(file) = claims.files[index].clone() else { continue };
        let read = file.read_all(MAX_DIGEST).map_err(|error| error.to_string());
        match read.and_then(|bytes| {
            serde_json::from_slice::<Content>(&bytes)
                .map(|content| (hex(&Sha256::digest(&bytes)), content))
                .map_err(|error| error.to_string())
        }) {
            Ok((sha256, content)) => {
                claims.take(index);
                digests.push(Digest { path: file.path, content, sha256, head: None });
            }
            Err(cause) => {
                claims.take(index);
                let text = format!("{}: {cause}. The log files of its hour have no proof.", file.path);
                let title = format!("The digest {} cannot be read", file.name());
                claims.findings.push(Finding::new(Code::SealUnreadable, Place { path: file.path, ..Place::default() }, title, text));
            }
        }
    }
    digests
}

/// Takes what `aws s3api head-object` printed for digests: beside the digest, under its name.
fn take_heads(claims: &mut Claims, digests: &mut [Digest]) {
    let found: Vec<(usize, String, String)> = claims
        .free()
        .filter(|(_, file)| small_json(file) && holds(file, b"\"Metadata\""))
        .filter_map(|(index, file)| {
            let head: HeadObject = serde_json::from_slice(&file.read_all(MAX_DIGEST).ok()?).ok()?;
            let plausible = head.metadata.algorithm.is_empty() || head.metadata.algorithm == "SHA256withRSA";
            plausible.then(|| (index, file.path.clone(), head.metadata.signature))
        })
        .collect();
    for (index, path, signature) in found {
        let mine = |digest: &&mut Digest| {
            path.starts_with(&digest.path) || name_of(&path).starts_with(name_of(&digest.path).trim_end_matches(".json.gz"))
        };
        if let Some(digest) = digests.iter_mut().find(mine) {
            digest.head = Some(signature);
            claims.take(index);
        }
    }
}

/// The first line of a bundle's list of log files that it withholds.
pub const WITHHELD: &str = "sealscope.dev/withheld@v1";

/// Takes such lists where they stand in a bundle: hashes of the unpacked log files, each with its name.
fn take_withheld(claims: &mut Claims) -> BTreeSet<String> {
    let bundles: Vec<String> =
        claims.all.iter().filter_map(|file| file.path.strip_suffix("tagmanifest-sha256.txt").map(str::to_owned)).collect();
    let is_list = |file: &File| {
        let top = file.path.strip_suffix("data/proofs/withheld.txt");
        file.start.starts_with(WITHHELD.as_bytes()) && top.is_some_and(|top| bundles.iter().any(|bundle| bundle == top))
    };
    let found: Vec<usize> = claims.free().filter(|(_, file)| is_list(file)).map(|(index, _)| index).collect();
    let mut withheld = BTreeSet::new();
    for index in found {
        let Some(text) = claims.take(index).and_then(|file| String::from_utf8(file.read_all(MAX_DIGEST).ok()?).ok()) else { continue };
        withheld.extend(text.lines().skip(1).filter_map(|line| line.split_once(' ')).map(|(hash, _)| hash.to_owned()));
    }
    withheld
}

/// Whether a local path fits the object's key: as far as both name folders, the nearest ones agree.
fn in_place(path: &str, object: &str) -> bool {
    match (path.rsplit('/').nth(1), object.rsplit('/').nth(1)) {
        (Some(here), Some(there)) => here == there || !here.chars().all(|character| character.is_ascii_digit()),
        _ => true,
    }
}

fn assemble(origin: String, mut digests: Vec<Digest>, claims: &mut Claims, by_name: &BTreeMap<String, Vec<usize>>) -> Trail {
    digests.sort_by(|left, right| (&left.content.digest_end_time, &left.path).cmp(&(&right.content.digest_end_time, &right.path)));
    // The same digest in two copies is one digest; the first is kept if they agree.
    digests.dedup_by(|later, first| later.content.digest_s3_object == first.content.digest_s3_object && later.sha256 == first.sha256);
    let mut trail = Trail {
        origin,
        digests,
        plans: Vec::new(),
        vouched: Vec::new(),
        missing: Vec::new(),
        withheld: BTreeSet::new(),
        keys: Keys::default(),
    };
    let mut seen = BTreeSet::new();
    for (number, digest) in trail.digests.iter().enumerate() {
        for listed in &digest.content.log_files {
            if !seen.insert(listed.s3_object.clone()) {
                continue;
            }
            let name = name_of(&listed.s3_object);
            // A copy may have been unpacked since.
            let candidates =
                [Some(name), name.strip_suffix(".gz")].into_iter().flatten().filter_map(|name| by_name.get(name)).flatten().copied();
            let free: Vec<usize> = candidates.filter(|index| claims.files[*index].is_some()).collect();
            let best =
                free.iter().copied().find(|index| claims.files[*index].as_ref().is_some_and(|file| file.path.ends_with(&listed.s3_object)));
            let hash = if listed.hash_algorithm == "SHA-256" { listed.hash_value.to_ascii_lowercase() } else { String::new() };
            match best.or(free.first().copied()).and_then(|index| claims.take(index)) {
                Some(file) => {
                    let moved = !in_place(&file.path, &listed.s3_object);
                    let first = trail.plans.len() as u64;
                    trail.plans.push(SegmentPlan { file, first, expected: Some(1), unit: Unit::File });
                    trail.vouched.push(Vouched { digest: number, hash, moved, unlisted: false });
                }
                None => trail.missing.push((number, listed.s3_object.clone(), hash)),
            }
        }
    }
    trail
}

/// Log files that no digest lists join the trail of their account and region.
fn unlisted(claims: &mut Claims, trails: &mut [Trail]) {
    let found: Vec<(usize, String, String)> = claims
        .free()
        .filter_map(|(index, file)| {
            let (account, rest) = file.name().split_once("_CloudTrail_")?;
            Some((index, account.to_owned(), rest.split('_').next()?.to_owned()))
        })
        .collect();
    for (index, account, region) in found {
        let part = format!("/{account}/{region}/");
        let Some(trail) = trails.iter_mut().find(|trail| trail.origin.contains(&part)) else { continue };
        if let Some(file) = claims.take(index) {
            let first = trail.plans.len() as u64;
            trail.plans.push(SegmentPlan { file, first, expected: None, unit: Unit::File });
            trail.vouched.push(Vouched { digest: usize::MAX, hash: String::new(), moved: false, unlisted: true });
        }
    }
}

/// How a digest's signature stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Signature {
    /// It fits, by this key; `true` if the user trusts the key.
    Holds(String, bool),
    /// It does not fit.
    Wrong,
    /// It is not here.
    Absent,
    /// The key is not here.
    NoKey(String),
}

impl Trail {
    /// The signature of a digest: from its head-object file, or as the next digest repeats it.
    fn signature_text(&self, number: usize) -> Option<&str> {
        let digest = &self.digests[number];
        let next =
            self.digests.iter().find(|other| other.content.previous_digest_s3_object.as_deref() == Some(&digest.content.digest_s3_object));
        digest.head.as_deref().or_else(|| next?.content.previous_digest_signature.as_deref())
    }

    fn signature(&self, number: usize) -> Signature {
        let digest = &self.digests[number];
        let Some(text) = self.signature_text(number) else { return Signature::Absent };
        let fingerprint = &digest.content.digest_public_key_fingerprint;
        let named = |key: &&Key| matches!(key.material, Material::Rsa(_)) && key.name.ends_with(fingerprint.as_str());
        let trusted = self.keys.trusted().iter().find(named);
        let Some(key) = trusted.or_else(|| self.keys.found_keys().iter().find(named)) else { return Signature::NoKey(fingerprint.clone()) };
        let (Material::Rsa(der), Some(signature)) = (&key.material, from_hex(text)) else { return Signature::Wrong };
        if digest.content.digest_signature_algorithm != "SHA256withRSA" {
            return Signature::Wrong;
        }
        let public = aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256, der);
        match public.verify(string_to_sign(digest).as_bytes(), &signature) {
            Ok(()) => Signature::Holds(key.name.clone(), trusted.is_some()),
            Err(_) => Signature::Wrong,
        }
    }
}

/// What CloudTrail signs ("Custom implementations of CloudTrail log file integrity validation", section "data signing string").
fn string_to_sign(digest: &Digest) -> String {
    let content = &digest.content;
    format!(
        "{}\n{}/{}\n{}\n{}",
        content.digest_end_time,
        content.digest_s3_bucket,
        content.digest_s3_object,
        digest.sha256,
        content.previous_digest_signature.as_deref().unwrap_or("null")
    )
}

impl SealedLog for Trail {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn seal(&self) -> &'static str {
        "CloudTrail digests"
    }

    fn segments(&self) -> &[SegmentPlan] {
        &self.plans
    }

    fn wanted(&self, _segment: usize) -> Wanted {
        Wanted { sha256: true, ..Wanted::default() }
    }

    fn conclude(&self, observed: &[Observed], _reread: &dyn Reread) -> Conclusion {
        verdict::conclude(self, observed)
    }

    fn files_stand_alone(&self) -> bool {
        true
    }

    fn travels(&self, path: &str) -> Option<Travels> {
        self.digests.iter().any(|digest| path.starts_with(&digest.path)).then_some(Travels::WithAny)
    }

    fn lists_its_files(&self) -> bool {
        true
    }

    fn prove(&self, segment: usize, _index: u64, content: &[u8]) -> Proof {
        let (Some(plan), Some(vouched)) = (self.plans.get(segment), self.vouched.get(segment)) else { return Proof::default() };
        let computed = hex(&Sha256::digest(content));
        let mut steps =
            vec![Step { state: State::Sealed, title: format!("Read {}", bytes(content.len() as u64)), detail: plan.file.path.clone() }];
        let mut step = |state, title: &str, detail: String| steps.push(Step { state, title: title.into(), detail });
        let Some(digest) = self.digests.get(vouched.digest) else {
            step(State::Unsealed, "No digest lists this file", "it may be newer than the newest digest, or put in by someone".into());
            return Proof { steps, command: String::new(), meaning: "Nothing vouches for this file.".into() };
        };
        let agrees = computed == vouched.hash;
        if agrees {
            step(State::Sealed, "SHA-256 as the digest lists it", computed);
        } else {
            step(State::Broken, "SHA-256 differs", format!("here   {computed}\nsealed {}", vouched.hash));
        }
        step(State::Sealed, "Listed in a digest", name_of(&digest.path).to_owned());
        let meaning = match self.signature(vouched.digest) {
            Signature::Holds(key, trusted) => {
                step(if trusted { State::Sealed } else { State::Consistent }, "The digest's signature holds", key);
                if agrees {
                    "The file is what CloudTrail delivered, if the key is CloudTrail's."
                } else {
                    "This file is not what CloudTrail delivered."
                }
            }
            Signature::Wrong => {
                step(State::Broken, "The digest's signature fails", "the digest was altered or forged".into());
                "The digest that should vouch for this file is not genuine."
            }
            Signature::Absent => {
                step(State::Unchecked, "The digest's signature is not here", verdict::fetch_head(digest));
                "The newest digest's signature lies only in its S3 metadata."
            }
            Signature::NoKey(fingerprint) => {
                step(State::Consistent, "The key is not here", format!("fingerprint {fingerprint}"));
                "Save the output of `aws cloudtrail list-public-keys` and give it with --trust."
            }
        };
        let cat = plan.file.packing.command();
        Proof { steps, command: format!("{cat} '{}' | sha256sum", plan.file.path.replace('\'', "'\\''")), meaning: meaning.into() }
    }
}
