//! One digest file: what it states, the signatures that are here for it, and what the gate says of them.

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::model::text::{from_hex, hex, name_of};
use crate::model::time;
use crate::source::{File, Reading};
use crate::trust::{Answer, Candidate, Key, LogSigner, Material, Outcome, Standing, Store as Keys, Subject};

/// Digests list at most some thousand files; what is larger is none, in bytes.
pub(super) const MAX_DIGEST: u64 = 64 << 20;
/// How the keys that `aws cloudtrail list-public-keys` prints are named, before their fingerprint.
const KEY: &str = "CloudTrail key ";

/// The members that matter ("CloudTrail digest file structure"). A member that occurs twice is refused.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Content {
    pub aws_account_id: String,
    pub digest_end_time: String,
    pub digest_s3_bucket: String,
    pub digest_s3_object: String,
    pub digest_public_key_fingerprint: String,
    pub digest_signature_algorithm: String,
    #[serde(default)]
    pub previous_digest_s3_bucket: Option<String>,
    #[serde(default)]
    pub previous_digest_s3_object: Option<String>,
    #[serde(default)]
    pub previous_digest_hash_value: Option<String>,
    #[serde(default)]
    pub previous_digest_hash_algorithm: Option<String>,
    #[serde(default)]
    pub previous_digest_signature: Option<String>,
    #[serde(default)]
    pub log_files: Vec<Listed>,
}

/// A log file as a digest lists it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed {
    pub s3_object: String,
    pub hash_value: String,
    pub hash_algorithm: String,
}

/// What is known of a digest's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "one for each digest; few are absent")]
pub(super) enum Judged {
    /// None is here.
    Absent,
    /// What the gate says of the best one here.
    Asked(Answer<LogSigner>),
}

/// One digest file.
pub(super) struct Digest {
    pub path: String,
    pub content: Content,
    /// Of the unpacked bytes, in hexadecimal.
    pub sha256: String,
    /// Signatures from head-object files beside it.
    pub heads: Vec<String>,
    pub judged: Judged,
}

/// What reading a supposed digest gave.
pub(super) enum Read {
    /// It is one.
    Digest(Box<Digest>),
    /// It holds something else, perhaps a log.
    SomethingElse(String),
    /// Its bytes are no JSON at all, or cannot be unpacked.
    Damaged(String),
    /// It could not be read.
    Unread(String),
}

/// Reads a file as a digest.
pub(super) fn read(file: &File) -> Read {
    let bytes = match Reading::from(file.read_all(MAX_DIGEST)) {
        Reading::Done(bytes) => bytes,
        Reading::Damaged(why) => return Read::Damaged(why),
        Reading::Unreadable(why) | Reading::TooLarge(why) => return Read::Unread(why),
        Reading::Stopped => return Read::Unread(format!("{}: the check was stopped", file.path)),
    };
    match serde_json::from_slice::<Content>(&bytes) {
        Ok(content) => Read::Digest(Box::new(Digest {
            path: file.path.clone(),
            content,
            sha256: hex(&Sha256::digest(&bytes)),
            heads: Vec::new(),
            judged: Judged::Absent,
        })),
        Err(error) if error.is_data() || bytes.contains(&b'\n') => Read::SomethingElse(error.to_string()),
        Err(error) => Read::Damaged(error.to_string()),
    }
}

/// `account_CloudTrail-Digest_source_trail_home_time[_backfill]`: account, source region and trail, and whether it is a backfill.
pub(super) fn trail_of(object: &str) -> Option<(String, bool)> {
    let name = name_of(object).strip_suffix(".json.gz")?;
    let (account, rest) = name.split_once("_CloudTrail-Digest_")?;
    let backfill = rest.ends_with("_backfill");
    let rest = rest.strip_suffix("_backfill").unwrap_or(rest);
    let (region, rest) = rest.split_once('_')?;
    let (trail, _home) = rest.rsplit_once('_')?.0.rsplit_once('_')?;
    Some((format!("{account}/{region}/{trail}"), backfill))
}

impl Digest {
    /// The log's name, from what is signed: bucket, account, region, trail.
    pub fn origin(&self) -> String {
        let content = &self.content;
        let (trail, backfill) = trail_of(&content.digest_s3_object).unwrap_or_else(|| (content.aws_account_id.clone(), false));
        format!("cloudtrail/{}/{trail}{}", content.digest_s3_bucket, if backfill { " (backfill)" } else { "" })
    }

    /// What CloudTrail signs ("Custom implementations of CloudTrail log file integrity validation", section "data signing string").
    fn string_to_sign(&self) -> String {
        let content = &self.content;
        format!(
            "{}\n{}/{}\n{}\n{}",
            content.digest_end_time,
            content.digest_s3_bucket,
            content.digest_s3_object,
            self.sha256,
            content.previous_digest_signature.as_deref().unwrap_or("null")
        )
    }

    /// Asks the gate for each of the signatures here and keeps the best answer.
    pub fn judge<'a>(&'a self, keys: &Keys, repeated: impl Iterator<Item = &'a str>) -> Judged {
        let mut texts: Vec<&str> = self.heads.iter().map(String::as_str).chain(repeated).collect();
        texts.sort_unstable();
        texts.dedup();
        let answers = texts.into_iter().map(|text| self.ask(keys, text));
        answers.max_by_key(rank).map_or(Judged::Absent, Judged::Asked)
    }

    fn ask(&self, keys: &Keys, text: &str) -> Answer<LogSigner> {
        let fingerprint = &self.content.digest_public_key_fingerprint;
        // Only the key that the digest names by its fingerprint can have signed it.
        let candidate = |key: &Key| {
            let named = matches!(key.material, Material::Rsa(_)) && key.name.strip_prefix(KEY) == Some(fingerprint.as_str());
            if named && !fingerprint.is_empty() { Candidate::Named } else { Candidate::No }
        };
        let message = self.string_to_sign();
        let check = |key: &Key| {
            let (Material::Rsa(der), Some(signature)) = (&key.material, from_hex(text)) else { return Outcome::Fails };
            if self.content.digest_signature_algorithm != "SHA256withRSA" {
                return Outcome::Fails;
            }
            let public = aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256, der);
            match public.verify(message.as_bytes(), &signature) {
                Ok(()) => Outcome::Holds { time: time::parse(&self.content.digest_end_time).filter(|time| *time > 0) },
                Err(_) => Outcome::Fails,
            }
        };
        // The signed bytes name the bucket and the trail, which are no names of keys; a key may be limited to them.
        keys.ask(Subject::Unnamed(&self.origin()), &candidate, &check)
    }

    /// Whether CloudTrail's word for it is believed.
    pub fn is_vouched(&self) -> bool {
        matches!(&self.judged, Judged::Asked(Answer::Vouched(_)))
    }

    /// Whether its signature fails.
    pub fn is_forged(&self) -> bool {
        matches!(&self.judged, Judged::Asked(Answer::Fails(_)))
    }

    /// How far what it lists can be believed, if the bytes agree. `any_key`: whether the user trusts any key of CloudTrail.
    pub fn standing(&self, any_key: bool) -> Standing {
        match &self.judged {
            Judged::Asked(Answer::Vouched(vouched)) => Standing::sealed(vouched),
            Judged::Asked(Answer::Foreign(..) | Answer::Refused(..)) => Standing::CONSISTENT,
            // Without any key only the digests' agreement can be shown; with keys, one that names another was not checked.
            Judged::Asked(Answer::NoKey) if !any_key => Standing::CONSISTENT,
            Judged::Asked(Answer::NoKey | Answer::Unfit) | Judged::Absent => Standing::UNCHECKED,
            Judged::Asked(Answer::Fails(_)) => Standing::SUSPECT,
        }
    }
}

/// Answers from worst to best, for choosing among several signatures of one digest.
fn rank(answer: &Answer<LogSigner>) -> u8 {
    match answer {
        Answer::Vouched(_) => 5,
        Answer::Refused(..) => 4,
        Answer::Foreign(..) => 3,
        Answer::Fails(_) => 2,
        Answer::Unfit => 1,
        Answer::NoKey => 0,
    }
}

/// Whether a trusted key is one of CloudTrail's.
pub(super) fn is_cloudtrail_key(key: &Key) -> bool {
    matches!(key.material, Material::Rsa(_)) && key.name.starts_with(KEY)
}
