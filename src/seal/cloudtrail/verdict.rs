//! Judges a trail: each digest's signature and link, each log file's hash, and what is missing.

use super::{Digest, Signature, Trail};
use crate::model::finding::{Code, Finding, Place};
use crate::model::text::{hex, name_of, plural};
use crate::model::{Ladder, State, Status};
use crate::seal::{Conclusion, Failure, Observed, SegmentVerdict};

/// The command that fetches what a copy of the newest digest lacks.
pub(super) fn fetch_head(digest: &Digest) -> String {
    let content = &digest.content;
    format!(
        "aws s3api head-object --bucket {} --key {} > {}.head-object.json",
        content.digest_s3_bucket,
        content.digest_s3_object,
        name_of(&digest.path)
    )
}

struct Judged<'a> {
    trail: &'a Trail,
    findings: Vec<Finding>,
}

impl Judged<'_> {
    fn add(&mut self, code: Code, path: &str, record: Option<u64>, title: String, text: String) {
        let place = Place { log: Some(self.trail.origin.clone()), path: path.to_owned(), record, count: 1, ..Place::default() };
        self.findings.push(Finding::new(code, place, title, text));
    }
}

pub(super) fn conclude(trail: &Trail, observed: &[Observed]) -> Conclusion {
    let mut judged = Judged { trail, findings: Vec::new() };
    let signatures: Vec<Signature> = (0..trail.digests.len()).map(|number| trail.signature(number)).collect();
    for (number, signature) in signatures.iter().enumerate() {
        digest(&mut judged, number, signature);
    }
    for (number, object, hash) in &trail.missing {
        let digest = &trail.digests[*number];
        if trail.withheld.contains(hash) {
            let text = format!(
                "The digest {} lists {object}. Whoever made the bundle had it, with the listed hash, and left it out.",
                name_of(&digest.path)
            );
            judged.add(Code::LogFileWithheld, &digest.path, None, format!("{} is withheld", name_of(object)), text);
            continue;
        }
        let text = format!("The digest {} lists {object}, but no file of that name is among what was opened.", name_of(&digest.path));
        judged.add(Code::LogFileMissing, &digest.path, None, format!("{} is missing", name_of(object)), text);
    }
    let segments = (0..trail.plans.len()).map(|index| file(&mut judged, index, &observed[index], &signatures)).collect();
    let complete = observed.iter().all(|observed| observed.failure.is_none());
    let (ladder, keys, anchor) = ladder(&judged, &signatures, complete);
    Conclusion { segments, findings: judged.findings, ladder, keys, anchor }
}

fn digest(judged: &mut Judged<'_>, number: usize, signature: &Signature) {
    let trail = judged.trail;
    let digest = &trail.digests[number];
    let name = name_of(&digest.path).to_owned();
    match signature {
        Signature::Wrong => judged.add(
            Code::SealForged,
            &digest.path,
            None,
            format!("The digest {name} is not genuine"),
            "Its signature does not fit its content. What it lists is not vouched for.".into(),
        ),
        Signature::Absent => judged.add(
            Code::DigestUnsigned,
            &digest.path,
            None,
            "The signature of a digest is not here".into(),
            format!("{name} is the newest of its chain here, so no other digest repeats its signature, which lies only in its S3 metadata. Fetch it with: {}", fetch_head(digest)),
        ),
        Signature::NoKey(fingerprint) => {
            let title = "The key of the digests is not here".to_owned();
            if !judged.findings.iter().any(|finding| finding.title == title) {
                let text = format!("The digests are signed by key {fingerprint}. Fetch it with: aws cloudtrail list-public-keys --start-time … > keys.json, and give it with --trust.");
                judged.add(Code::UnknownKey, &digest.path, None, title, text);
            }
        }
        Signature::Holds(key, false) => {
            let title = "CloudTrail's key came with the evidence".to_owned();
            if !judged.findings.iter().any(|finding| finding.title == title) {
                judged.add(Code::UnknownKey, &digest.path, None, title, format!("The signatures fit {key}, but whoever made the folder could have made the key too. Fetch the keys from AWS yourself and give them with --trust."));
            }
        }
        Signature::Holds(_, true) => {}
    }
    let Some(previous) = digest.content.previous_digest_s3_object.as_deref() else {
        if number > 0 {
            judged.add(
                Code::Restarted,
                &digest.path,
                None,
                "The digest chain was begun anew".into(),
                format!("{name} names no predecessor, though older digests are here. Validation was stopped and started again; nothing vouches for the time between."),
            );
        }
        return;
    };
    let Some(before) = trail.digests.iter().find(|other| other.content.digest_s3_object == previous) else {
        // The first of what is here may follow digests that were simply not copied.
        if number > 0 {
            let text = format!(
                "{name} follows {}, which is not among what was opened. The log files that only it lists cannot be checked.",
                name_of(previous)
            );
            judged.add(Code::DigestMissing, &digest.path, None, format!("The digest {} is missing", name_of(previous)), text);
        } else {
            judged.add(
                Code::StartsMidway,
                &digest.path,
                None,
                format!("Starts with {name}"),
                "Older digests are not among what was opened.".into(),
            );
        }
        return;
    };
    let algorithm = digest.content.previous_digest_hash_algorithm.as_deref() == Some("SHA-256");
    let hash = digest.content.previous_digest_hash_value.as_deref().unwrap_or("");
    let already = signature == &Signature::Wrong
        || trail.signature(trail.digests.iter().position(|other| std::ptr::eq(other, before)).unwrap_or(0)) == Signature::Wrong;
    if (!algorithm || !hash.eq_ignore_ascii_case(&before.sha256)) && !already {
        let text = format!("{name} states another hash for it than its content has.");
        judged.add(Code::SealForged, &before.path, None, format!("The digest {} was altered", name_of(&before.path)), text);
    }
    if let (Some(head), Some(repeated)) = (&before.head, &digest.content.previous_digest_signature)
        && !head.eq_ignore_ascii_case(repeated)
    {
        let text = format!("Its saved metadata and {name} give different signatures.");
        judged.add(Code::SealForged, &before.path, None, format!("Two signatures for {}", name_of(&before.path)), text);
    }
}

fn file(judged: &mut Judged<'_>, index: usize, observed: &Observed, signatures: &[Signature]) -> SegmentVerdict {
    let trail = judged.trail;
    let (plan, vouched) = (&trail.plans[index], &trail.vouched[index]);
    let (path, name, number) = (plan.file.path.clone(), plan.file.name().to_owned(), Some(plan.first));
    let uniform = |state| SegmentVerdict::uniform(state, plan.first);
    if vouched.unlisted {
        judged.add(
            Code::LogFileUnlisted,
            &path,
            number,
            format!("No digest lists {name}"),
            "The file lies among the log files, but no digest here lists it: it belongs to a missing or newer digest, or somebody put it there.".into(),
        );
        return uniform(State::Unsealed);
    }
    match &observed.failure {
        Some(Failure::Cancelled) => return uniform(State::Unchecked),
        Some(Failure::Unreadable(cause) | Failure::TooLarge(cause)) => {
            judged.add(Code::Unreadable, &path, number, format!("{name} could not be read to its end"), cause.clone());
            return uniform(State::Unchecked);
        }
        Some(Failure::Damaged(cause)) => {
            judged.add(
                Code::RecordAltered,
                &path,
                number,
                format!("{name} is damaged"),
                format!("{cause}. It cannot be the file that its digest lists."),
            );
            return uniform(State::Broken);
        }
        None => {}
    }
    if vouched.moved {
        judged.add(
            Code::LogFileMoved,
            &path,
            number,
            format!("{name} lies in another folder"),
            "Its digest names another folder for it. Its content is judged all the same.".into(),
        );
    }
    if observed.sha256.map(|hash| hex(&hash)).as_deref() != Some(&vouched.hash) {
        let entries = plural(observed.entries, "record");
        judged.add(
            Code::RecordAltered,
            &path,
            number,
            format!("{name} was altered"),
            format!("Its bytes do not give the hash that the digest lists. It holds {entries}; which of them differ cannot be told."),
        );
        return uniform(State::Broken);
    }
    uniform(match &signatures[vouched.digest] {
        Signature::Holds(_, true) => State::Sealed,
        Signature::Holds(_, false) | Signature::NoKey(_) => State::Consistent,
        Signature::Absent => State::Unchecked,
        Signature::Wrong => State::Suspect,
    })
}

fn ladder(judged: &Judged<'_>, signatures: &[Signature], complete: bool) -> (Ladder, String, String) {
    let trusted = signatures.iter().all(|signature| matches!(signature, Signature::Holds(_, true)));
    let except_newest =
        !trusted && signatures.iter().rev().skip(1).all(|signature| matches!(signature, Signature::Holds(_, true))) && signatures.len() > 1;
    let raise = if except_newest { "fetch the newest digest's metadata" } else { "give CloudTrail's public keys with --trust" };
    let answer = |codes: &[Code], good: &str, repair: &str| {
        let found: Vec<&Finding> = judged.findings.iter().filter(|finding| codes.contains(&finding.code)).collect();
        match found.as_slice() {
            [] if !complete => (Status::Unprovable, "not everything was checked".to_owned(), "let the check finish".to_owned()),
            [] if trusted => (Status::Proved, good.to_owned(), String::new()),
            [] if except_newest => (Status::Conditional, format!("{good}, except under the newest digest"), raise.to_owned()),
            [] => (Status::Conditional, format!("{good}, if the key is CloudTrail's"), raise.to_owned()),
            [one] => (Status::Failed, format!("yes: {}", one.title), repair.to_owned()),
            many => (Status::Failed, format!("yes: {} and {} more", many[0].title, many.len() - 1), repair.to_owned()),
        }
    };
    let edited = answer(&[Code::RecordAltered, Code::SealForged], "every listed file has its listed hash", "fetch the files again from S3");
    let missing = answer(
        &[Code::LogFileMissing, Code::DigestMissing],
        "every listed file and every digest of the chain is here",
        "fetch the missing files from S3",
    );
    let withheld = judged.findings.iter().filter(|finding| finding.code == Code::LogFileWithheld).count() as u64;
    let missing = match missing.0 {
        Status::Proved | Status::Conditional if withheld > 0 => {
            let text = format!("{} withheld, as whoever made the bundle says; nothing else is missing", plural(withheld, "log file"));
            (Status::Conditional, text, "ask for the log files that are withheld".to_owned())
        }
        _ => missing,
    };
    let newest = judged.trail.digests.last().map_or_else(String::new, |digest| digest.content.digest_end_time.clone());
    let tail = (
        Status::Unprovable,
        format!("the chain reaches to {newest}; newer digests could have been deleted unnoticed"),
        "look in S3, or ask AWS for the newest digest".to_owned(),
    );
    let mut names: Vec<String> = signatures
        .iter()
        .map(|signature| match signature {
            Signature::Holds(key, true) => format!("{key} (trusted)"),
            Signature::Holds(key, false) => format!("{key} (from the evidence)"),
            Signature::NoKey(fingerprint) => format!("CloudTrail key {fingerprint} (not here)"),
            Signature::Wrong => "a wrong signature".into(),
            Signature::Absent => "no signature for the newest digest".into(),
        })
        .collect();
    names.sort();
    names.dedup();
    let keys = names.join(", ");
    let key = if signatures.contains(&Signature::Wrong) {
        (Status::Failed, "a digest's signature does not fit".to_owned(), "fetch the digest again from S3".to_owned())
    } else if trusted {
        (Status::Proved, keys.clone(), String::new())
    } else {
        (Status::Conditional, keys.clone(), raise.to_owned())
    };
    let clock = (
        Status::Conditional,
        "CloudTrail signs the time of each digest; event times are those of the services".to_owned(),
        "have digests stamped by a second party".to_owned(),
    );
    (Ladder::new([edited, missing, tail, key, clock]), keys, format!("anchored to the digest of {newest}"))
}
