//! The chain of digests: each signature, and each link to the digest before.

use std::collections::{BTreeSet, HashMap};

use super::digest::{Digest, Judged};
use super::judging::Judging;
use super::log::{Trail, plain_name};
use crate::model::stop;
use crate::model::text::name_of;
use crate::model::words::cloudtrail::CloudTrailFact;
use crate::trust::Answer;

/// What the chain gave.
#[derive(Default)]
pub(super) struct Chain {
    /// Digests whose predecessor lies outside of what was opened.
    pub edges: BTreeSet<usize>,
    /// Whether the chain was restarted after older digests.
    pub restarted: bool,
}

/// Judges all digests of a trail.
pub(super) fn judge(judging: &mut Judging<'_>) -> Chain {
    let trail = judging.trail;
    let mut by_object: HashMap<&str, Vec<usize>> = HashMap::new();
    for (number, digest) in trail.digests.iter().enumerate() {
        by_object.entry(&digest.content.digest_s3_object).or_default().push(number);
    }
    let going = |_: &usize| !stop::is_wished();
    (0..trail.digests.len()).take_while(going).for_each(|number| signature(judging, number));
    let mut vouched: HashMap<&str, usize> = HashMap::new();
    for digest in trail.digests.iter().filter(|digest| digest.is_vouched()) {
        *vouched.entry(&digest.content.digest_s3_object).or_default() += 1;
    }
    let mut twice: Vec<usize> = by_object.values().filter(|numbers| numbers.len() > 1).flatten().copied().collect();
    twice.sort_unstable();
    for number in twice {
        let digest = &trail.digests[number];
        if !digest.is_vouched() {
            judging.add(CloudTrailFact::DigestTwice { object: digest.content.digest_s3_object.clone() }, &digest.path, None);
        } else if vouched.get(digest.content.digest_s3_object.as_str()).is_some_and(|number| *number > 1) {
            judging.add(CloudTrailFact::DigestSignedTwice { object: digest.content.digest_s3_object.clone() }, &digest.path, None);
        }
    }
    let mut chain = Chain::default();
    // When the first of those before ended, forged ones left out.
    let mut earliest: Option<&str> = None;
    for (number, digest) in trail.digests.iter().enumerate().take_while(|(number, _)| going(number)) {
        let end = digest.content.digest_end_time.as_str();
        // With the digest between them an older one loses its signature too, so it need not be vouched for to show a hole.
        link(judging, &mut chain, &by_object, number, earliest.is_some_and(|earliest| earliest < end));
        if !digest.is_forged() && earliest.is_none_or(|earliest| end < earliest) {
            earliest = Some(end);
        }
    }
    chain
}

fn signature(judging: &mut Judging<'_>, number: usize) {
    let trail = judging.trail;
    let digest = &trail.digests[number];
    match &digest.judged {
        Judged::Absent => {
            let (bucket, object) = (digest.content.digest_s3_bucket.clone(), digest.content.digest_s3_object.clone());
            judging.add(CloudTrailFact::SignatureMissing { bucket, object }, &digest.path, None);
        }
        Judged::Asked(Answer::Fails(_)) => judging.add(CloudTrailFact::DigestForged, &digest.path, None),
        Judged::Asked(Answer::NoKey | Answer::Unfit) => {
            let fingerprint = digest.content.digest_public_key_fingerprint.clone();
            judging.add_once(CloudTrailFact::KeyMissing { fingerprint }, &digest.path);
        }
        Judged::Asked(Answer::Foreign(key, _)) => {
            judging.add_once(CloudTrailFact::KeyCameAlong { key: key.name.clone() }, &digest.path);
        }
        Judged::Asked(Answer::Refused(key, why)) => {
            judging.add_once(crate::seal::primitives::note::refusal(key, *why, &trail.origin), &digest.path);
        }
        Judged::Asked(Answer::Vouched(_)) => {}
    }
    let mut heads = digest.heads.clone();
    heads.iter_mut().for_each(|head| head.make_ascii_lowercase());
    heads.sort_unstable();
    heads.dedup();
    if heads.len() > 1 {
        judging.add(CloudTrailFact::HeadsDiffer, &digest.path, None);
    }
}

/// `older` says whether a digest before it ended before it.
fn link(judging: &mut Judging<'_>, chain: &mut Chain, by_object: &HashMap<&str, Vec<usize>>, number: usize, older: bool) {
    let trail = judging.trail;
    let digest = &trail.digests[number];
    let name = name_of(&digest.path);
    let Some(previous) = digest.content.previous_digest_s3_object.as_deref() else {
        if older {
            chain.restarted = true;
            judging.add(CloudTrailFact::Restarted, &digest.path, None);
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
        judging.add(CloudTrailFact::DigestAltered { by: name.to_owned() }, &other.path, None);
    }
    if let Some(repeated) = &digest.content.previous_digest_signature
        && other.heads.iter().any(|head| !head.eq_ignore_ascii_case(repeated))
    {
        judging.add(CloudTrailFact::SignaturesDiffer { by: name.to_owned() }, &other.path, None);
    }
}

/// The digest before is not among what was opened.
fn outside(judging: &mut Judging<'_>, chain: &mut Chain, number: usize, previous: &str, older: bool) {
    let trail: &Trail = judging.trail;
    let digest: &Digest = &trail.digests[number];
    let name = name_of(previous).to_owned();
    if trail.unread.contains(plain_name(previous)) {
        judging.add(CloudTrailFact::PreviousUnread { previous: name }, &digest.path, None);
    } else if older {
        // A hole before a digest that nobody vouches for proves nothing.
        judging.add(CloudTrailFact::DigestMissing { previous: name, is_proven: !digest.is_forged() }, &digest.path, None);
    } else {
        chain.edges.insert(number);
        judging.add(CloudTrailFact::StartsMidway, &digest.path, None);
    }
}
