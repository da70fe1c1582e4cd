//! The chain of digests: each signature, and each link to the digest before.

use std::collections::{BTreeSet, HashMap};

use super::digest::{Digest, Judged};
use super::judging::{Judging, fetch_head};
use super::log::{Trail, plain_name};
use crate::model::finding::{Code, Severity};
use crate::model::text::name_of;
use crate::trust::Answer;

/// What the chain gave.
#[derive(Default)]
pub(super) struct Chain {
    /// Digests whose predecessor lies outside of what was opened.
    pub edges: BTreeSet<usize>,
    /// Whether the chain was begun anew after older digests.
    pub restarted: bool,
}

/// Judges all digests of a trail.
pub(super) fn judge(judging: &mut Judging<'_>) -> Chain {
    let trail = judging.trail;
    let mut by_object: HashMap<&str, Vec<usize>> = HashMap::new();
    for (number, digest) in trail.digests.iter().enumerate() {
        by_object.entry(&digest.content.digest_s3_object).or_default().push(number);
    }
    (0..trail.digests.len()).for_each(|number| signature(judging, number));
    let mut twice: Vec<usize> = by_object.values().filter(|numbers| numbers.len() > 1).flatten().copied().collect();
    twice.sort_unstable();
    for number in twice {
        let digest = &trail.digests[number];
        if !digest.is_vouched() {
            let title = format!("{} is here with different contents", name_of(&digest.content.digest_s3_object));
            let text = "Only one of them can be what CloudTrail delivered, and nothing shows that it is this one.";
            judging.add(Code::SealForged, &digest.path, None, title, text.into());
        } else if by_object[digest.content.digest_s3_object.as_str()].iter().filter(|other| trail.digests[**other].is_vouched()).count() > 1
        {
            let title = format!("{} was signed with different contents", name_of(&digest.content.digest_s3_object));
            judging.add(Code::Fork, &digest.path, None, title, "Both signatures hold.".into());
        }
    }
    let mut chain = Chain::default();
    (0..trail.digests.len()).for_each(|number| link(judging, &mut chain, &by_object, number));
    chain
}

fn signature(judging: &mut Judging<'_>, number: usize) {
    let trail = judging.trail;
    let digest = &trail.digests[number];
    let name = name_of(&digest.path);
    match &digest.judged {
        Judged::Absent => {
            let text = format!(
                "No other digest here repeats the signature of {name}, as the next one does, so it lies only in its S3 metadata. Fetch it with: {}",
                fetch_head(digest)
            );
            judging.add(Code::DigestUnsigned, &digest.path, None, "The signature of a digest is not here".into(), text);
        }
        Judged::Asked(Answer::Fails(_)) => judging.add(
            Code::SealForged,
            &digest.path,
            None,
            format!("The digest {name} is not genuine"),
            "Its signature does not fit its content. What it lists is not vouched for.".into(),
        ),
        Judged::Asked(Answer::NoKey | Answer::Unfit) => {
            let fingerprint = &digest.content.digest_public_key_fingerprint;
            let title = format!("The key {fingerprint} of the digests is not here");
            let text = "Fetch it with: aws cloudtrail list-public-keys --start-time … > keys.json, and give it with --trust.";
            judging.add_once(Code::UnknownKey, &digest.path, title, text.into());
        }
        Judged::Asked(Answer::Foreign(key, _)) => {
            let text = format!(
                "The signatures fit {}, but whoever made the folder could have made the key too. Fetch the keys from AWS yourself and give them with --trust.",
                key.name
            );
            judging.add_once(Code::UnknownKey, &digest.path, "CloudTrail's key came with the evidence".into(), text);
        }
        Judged::Asked(Answer::Refused(key, why)) => {
            let (code, title, text) = crate::seal::primitives::note::refusal_words(key, *why, &trail.origin);
            judging.add_once(code, &digest.path, title, text);
        }
        Judged::Asked(Answer::Vouched(_)) => {}
    }
    let mut heads = digest.heads.clone();
    heads.iter_mut().for_each(|head| head.make_ascii_lowercase());
    heads.sort_unstable();
    heads.dedup();
    if heads.len() > 1 {
        let text = "Saved outputs of head-object give different signatures for it.";
        judging.add(Code::SealForged, &digest.path, None, format!("Two signatures for {name}"), text.into());
    }
}

fn link(judging: &mut Judging<'_>, chain: &mut Chain, by_object: &HashMap<&str, Vec<usize>>, number: usize) {
    let trail = judging.trail;
    let digest = &trail.digests[number];
    let name = name_of(&digest.path);
    // With the digest between them an older one loses its signature too, so it need not be vouched for to show a hole.
    let older =
        trail.digests[..number].iter().any(|other| !other.is_forged() && other.content.digest_end_time < digest.content.digest_end_time);
    let Some(previous) = digest.content.previous_digest_s3_object.as_deref() else {
        if older {
            chain.restarted = true;
            let text = format!(
                "{name} names no predecessor, though older digests are here. Validation was stopped and started again; nothing vouches for the time between."
            );
            judging.add(Code::Restarted, &digest.path, None, "The digest chain was begun anew".into(), text);
        }
        return;
    };
    let bucket = digest.content.previous_digest_s3_bucket.as_deref();
    let same_bucket = |other: &&usize| bucket.is_none_or(|bucket| trail.digests[**other].content.digest_s3_bucket == bucket);
    let before: Vec<usize> = by_object.get(previous).into_iter().flatten().filter(same_bucket).copied().collect();
    let hash = digest.content.previous_digest_hash_value.as_deref().unwrap_or("");
    let algorithm = digest.content.previous_digest_hash_algorithm.as_deref() == Some("SHA-256");
    let fits = |other: &&usize| algorithm && trail.digests[**other].sha256.eq_ignore_ascii_case(hash);
    let Some(found) = before.iter().find(fits).or(before.first()) else {
        return outside(judging, chain, number, previous, older);
    };
    let other = &trail.digests[*found];
    if !fits(&found) && !digest.is_forged() && !other.is_forged() {
        let text = format!("{name} states another hash for it than its content has.");
        judging.add(Code::SealForged, &other.path, None, format!("The digest {} was altered", name_of(&other.path)), text);
    }
    if let Some(repeated) = &digest.content.previous_digest_signature
        && other.heads.iter().any(|head| !head.eq_ignore_ascii_case(repeated))
    {
        let text = format!("Its saved metadata and {name} give different signatures.");
        judging.add(Code::SealForged, &other.path, None, format!("Two signatures for {}", name_of(&other.path)), text);
    }
}

/// The digest before is not among what was opened.
fn outside(judging: &mut Judging<'_>, chain: &mut Chain, number: usize, previous: &str, older: bool) {
    let trail: &Trail = judging.trail;
    let digest: &Digest = &trail.digests[number];
    let name = name_of(&digest.path);
    if trail.unread.contains(plain_name(previous)) {
        let text = format!("{name} follows {}, which could not be read.", name_of(previous));
        judging.add(Code::OutsideOpened, &digest.path, None, "A digest of the chain could not be read".into(), text);
    } else if older {
        let text = format!(
            "{name} follows {}, which is not among what was opened. The log files that only it lists cannot be checked.",
            name_of(previous)
        );
        judging.add(Code::DigestMissing, &digest.path, None, format!("The digest {} is missing", name_of(previous)), text);
        // A hole behind a digest that nobody vouches for is told, but proves nothing.
        if let Some(finding) = judging.findings.last_mut().filter(|_| digest.is_forged()) {
            finding.severity = Severity::Warning;
        }
    } else {
        chain.edges.insert(number);
        judging.add(
            Code::StartsMidway,
            &digest.path,
            None,
            format!("Starts with {name}"),
            "Older digests are not among what was opened.".into(),
        );
    }
}
