//! Judges a trail: each log file's hash, what is missing, and the five answers.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::chain::{self, Chain};
use super::digest::{Digest, Judged};
use super::judging::Judging;
use super::log::{Listing, Trail, plain_name};
use crate::model::finding::Code;
use crate::model::text::{hex, name_of};
use crate::model::words::cloudtrail::CloudTrailFact;
use crate::model::words::end::End;
use crate::model::words::keys::{KeyStanding, KeyUse, Keys};
use crate::model::words::reading::ReadingFact;
use crate::model::{Answer, Ladder, Limit, Reason, Remedy, Status, stop};
use crate::seal::format::{Failure, Observed, Reread};
use crate::seal::unread;
use crate::seal::verdict::{Conclusion, SegmentVerdict};
use crate::trust::{Answer as Given, Key, Standing};

pub(super) fn conclude(trail: &Trail, observed: &[Observed], reread: &dyn Reread) -> Conclusion {
    let mut judging = Judging { trail, findings: Vec::new(), reported: BTreeSet::new() };
    let chain = chain::judge(&mut judging);
    let matched = Matched::of(trail, observed);
    let mut segments = Vec::new();
    let mut copies: HashMap<&str, &str> = HashMap::new();
    for (index, observed) in observed.iter().enumerate().take(trail.plans.len()) {
        let mut verdict = file(&mut judging, index, observed, &matched);
        // A second copy of the same listed file is counted once.
        if let Some(place) = matched.fits[index].filter(|_| verdict.state != Standing::BROKEN) {
            let path = trail.plans[index].file.path.as_str();
            if let Some(other) = copies.get(trail.listings[place].object.as_str()) {
                verdict.duplicate = true;
                judging.add(ReadingFact::CopyOf { other: (*other).to_owned() }, path, None);
            } else {
                copies.insert(&trail.listings[place].object, path);
            }
        }
        segments.push(verdict);
    }
    missing(&mut judging, &chain, &matched);
    let unfilled = unread::weigh(&trail.plans, &mut judging.findings, reread);
    let complete = !unfilled && observed.iter().all(|observed| observed.failure.is_none());
    let (ladder, keys, end) = ladder(&judging, &chain, complete);
    Conclusion { segments, findings: judging.findings, ladder, keys, end }
}

/// Which file is which listed one.
struct Matched<'a> {
    /// Hashes of the files, where they were read to their end.
    hashes: Vec<Option<String>>,
    /// Places among the listings by the plain name of the file.
    by_name: BTreeMap<&'a str, Vec<usize>>,
    /// The place of the listing that each file fits.
    fits: Vec<Option<usize>>,
    /// Objects of listings that some file fits.
    fitted: BTreeSet<&'a str>,
    /// Names that are listed, of files that fit no listing: these are judged, not missing.
    altered: BTreeSet<&'a str>,
}

impl<'a> Matched<'a> {
    fn of(trail: &'a Trail, observed: &[Observed]) -> Self {
        let hashes: Vec<Option<String>> =
            (0..trail.plans.len()).map(|index| observed.get(index).and_then(|observed| observed.sha256).map(|hash| hex(&hash))).collect();
        let mut by_hash: HashMap<&str, Vec<usize>> = HashMap::new();
        for (place, listing) in trail.listings.iter().enumerate() {
            if let Some(hash) = &listing.hash {
                by_hash.entry(hash).or_default().push(place);
            }
        }
        let by_name = trail.by_name();
        let mut matched = Self { by_name, fits: vec![None; hashes.len()], fitted: BTreeSet::new(), altered: BTreeSet::new(), hashes };
        // First under their own names; then, by content, for listings that no file fits yet.
        let mut left = Vec::new();
        for (index, hash) in matched.hashes.iter().enumerate().take_while(|_| !stop::is_wished()) {
            let Some(hash) = hash.as_deref() else { continue };
            let deciding = matched.deciding(trail, index);
            let best = deciding.iter().filter(|place| trail.listings[**place].hash.as_deref() == Some(hash));
            match best.min_by_key(|place| trail.listings[**place].standing) {
                Some(place) => matched.fits[index] = Some(*place),
                None => left.push((index, hash, deciding.is_empty())),
            }
        }
        matched.fitted = matched.fits.iter().flatten().map(|place| trail.listings[*place].object.as_str()).collect();
        let mut found = Vec::new();
        for (index, hash, free) in left.into_iter().take_while(|_| !stop::is_wished()) {
            let places = by_hash.get(hash).into_iter().flatten().copied();
            // A file with the name of another one can only be what CloudTrail vouches for.
            let allowed = places.filter(|place| free || trail.listings[*place].vouched);
            let best = allowed.min_by_key(|place| {
                let listing = &trail.listings[*place];
                (listing.standing, matched.fitted.contains(listing.object.as_str()))
            });
            if let Some(place) = best {
                matched.fitted.insert(&trail.listings[place].object);
                found.push((index, place));
            }
        }
        found.into_iter().for_each(|(index, place)| matched.fits[index] = Some(place));
        let unfit = trail.files.iter().zip(&matched.fits).filter(|(_, fits)| fits.is_none());
        matched.altered = unfit.map(|(file, _)| file.name.as_str()).collect();
        matched
    }

    fn named<'t>(&self, trail: &'t Trail, file: usize) -> Vec<&'t Listing> {
        let places = self.by_name.get(trail.files[file].name.as_str());
        places.into_iter().flatten().map(|place| &trail.listings[*place]).collect()
    }

    /// What decides on a file: of the listings of its name those that CloudTrail vouches for, else all of them. What nobody vouches for may
    /// list what it likes.
    fn deciding(&self, trail: &Trail, file: usize) -> Vec<usize> {
        let named = self.by_name.get(trail.files[file].name.as_str()).map_or(&[][..], Vec::as_slice);
        let vouched: Vec<usize> = named.iter().filter(|place| trail.listings[**place].vouched).copied().collect();
        if vouched.is_empty() { named.to_vec() } else { vouched }
    }
}

/// Whether a local path fits the object's key: as far as both name folders, the nearest ones agree.
fn in_place(path: &str, object: &str) -> bool {
    if plain_name(path) != plain_name(object) {
        return false;
    }
    match (path.rsplit('/').nth(1), object.rsplit('/').nth(1)) {
        (Some(here), Some(there)) => here == there || !here.chars().all(|character| character.is_ascii_digit()),
        _ => true,
    }
}

fn file(judging: &mut Judging<'_>, index: usize, observed: &Observed, matched: &Matched<'_>) -> SegmentVerdict {
    let trail = judging.trail;
    let plan = &trail.plans[index];
    let (path, number) = (plan.file.path.clone(), Some(plan.first));
    let uniform = |standing: Standing| SegmentVerdict::uniform(standing, plan.first);
    let named = matched.named(trail, index);
    match &observed.failure {
        Some(Failure::Cancelled) => return uniform(Standing::UNCHECKED),
        Some(Failure::Unreadable(cause) | Failure::TooLarge(cause)) => {
            judging.add(ReadingFact::Unreadable { cause: cause.clone() }, &path, number);
            return uniform(Standing::UNCHECKED);
        }
        Some(Failure::Damaged(cause)) if !named.is_empty() => {
            judging.add(CloudTrailFact::FileDamaged { cause: cause.clone() }, &path, number);
            return uniform(Standing::BROKEN);
        }
        Some(Failure::Damaged(cause)) => {
            judging.add(ReadingFact::Unreadable { cause: cause.clone() }, &path, number);
            return uniform(Standing::UNCHECKED);
        }
        None => {}
    }
    let Some(listing) = matched.fits[index].map(|place| &trail.listings[place]) else {
        return uniform(not_as_listed(judging, index, observed, &named));
    };
    let contradicts = |other: &&Listing| other.vouched && other.object == listing.object && other.hash != listing.hash;
    if named.iter().any(contradicts) {
        judging.add(CloudTrailFact::ListedTwice, &path, number);
        return uniform(Standing::BROKEN);
    }
    if !in_place(&path, &listing.object) {
        judging.add(CloudTrailFact::FileMoved { object: listing.object.clone() }, &path, number);
    }
    uniform(listing.standing)
}

/// A file whose content no digest lists: altered, if its name is listed, or put among the others.
fn not_as_listed(judging: &mut Judging<'_>, index: usize, observed: &Observed, named: &[&Listing]) -> Standing {
    let trail = judging.trail;
    let plan = &trail.plans[index];
    let (path, number) = (plan.file.path.as_str(), Some(plan.first));
    if named.is_empty() {
        judging.add(CloudTrailFact::FileUnlisted, path, number);
        // Digests show that this trail was sealed, so this file was not simply never sealed: its digest is wanting.
        return Standing::UNCHECKED;
    }
    if named.iter().all(|listing| listing.hash.is_none()) {
        judging.add(CloudTrailFact::HashUnknown, path, number);
        return Standing::UNCHECKED;
    }
    judging.add(CloudTrailFact::FileAltered { digest: named[0].by.clone(), records: observed.entries }, path, number);
    // A forged digest cannot show that the file is wrong.
    if named.iter().all(|listing| listing.standing == Standing::SUSPECT) { Standing::SUSPECT } else { Standing::BROKEN }
}

/// Listed files that are not here.
fn missing(judging: &mut Judging<'_>, chain: &Chain, matched: &Matched<'_>) {
    let trail = judging.trail;
    let folder = |path: &str| path.rsplit_once('/').map_or("", |(folder, _)| name_of(folder)).to_owned();
    let opened: BTreeSet<String> = trail.plans.iter().map(|plan| folder(&plan.file.path)).collect();
    let mut reported: BTreeSet<&str> = BTreeSet::new();
    let mut outside: BTreeMap<String, u64> = BTreeMap::new();
    for (place, listing) in trail.listings.iter().enumerate().take_while(|_| !stop::is_wished()) {
        let Some(digest) = listing.digest.map(|number| &trail.digests[number]) else { continue };
        let name = plain_name(&listing.object);
        // It is here, or a file of its name is, and was judged.
        let present =
            matched.fitted.contains(listing.object.as_str()) || matched.altered.contains(name) || trail.elsewhere.contains(&place);
        if present || !reported.insert(&listing.object) {
            continue;
        }
        let (by, object) = (listing.by.clone(), listing.object.clone());
        if listing.hash.as_ref().is_some_and(|hash| trail.withheld.contains(hash)) {
            judging.add(CloudTrailFact::FileWithheld { digest: by, object }, &digest.path, None);
            continue;
        }
        // The first digest here lists files of the day before; their folder was perhaps never copied.
        let at_edge = listing.digest.is_some_and(|number| chain.edges.contains(&number));
        let theirs = object.rsplit_once('/').map_or("", |(folder, _)| folder);
        if at_edge
            && !trail.plans.is_empty()
            && folder(&digest.content.digest_s3_object) != name_of(theirs)
            && !opened.contains(name_of(theirs))
        {
            *outside.entry(theirs.to_owned()).or_default() += 1;
            continue;
        }
        judging.add(CloudTrailFact::FileMissing { digest: by, object, searched_all: trail.searched_all }, &digest.path, None);
    }
    for (folder, number) in outside {
        let path = trail.digests.first().map_or_else(String::new, |digest| digest.path.clone());
        judging.add(CloudTrailFact::FolderOutside { folder, count: number }, &path, None);
    }
}

fn ladder(judging: &Judging<'_>, chain: &Chain, complete: bool) -> (Ladder, Keys, End) {
    let trail = judging.trail;
    let vouched = |digest: &Digest| digest.is_vouched();
    let trusted = trail.digests.iter().all(vouched);
    let except_newest = !trusted && trail.digests.len() > 1 && trail.digests.iter().rev().skip(1).all(vouched);
    let has = |code: Code| judging.findings.iter().any(|finding| finding.code == code);
    // What lies outside of what is proved.
    let limits = [
        (chain.restarted, Limit::BeforeRestart),
        (!chain.edges.is_empty(), Limit::OlderDigests),
        (has(Code::OutsideOpened), Limit::FilesNotOpened),
        (has(Code::LogFileUnlisted), Limit::FilesUnlisted),
    ];
    let limits: Vec<Limit> = limits.into_iter().filter(|(applies, _)| *applies).map(|(_, limit)| limit).collect();
    let (remedy, condition) = match (trusted, except_newest) {
        (true, _) => (None, None),
        (false, true) => (Some(Remedy::FetchHead), Some(Limit::NewestDigest)),
        (false, false) => (Some(Remedy::TrustCloudTrail), Some(Limit::KeyOfCloudTrail)),
    };
    let answer = |codes: &[Code], good: Reason, repair: Remedy| {
        let found = judging.findings.iter().filter(|finding| codes.contains(&finding.code));
        if let Some(answer) = Answer::found(found, repair) {
            return answer;
        }
        match (complete, trusted, limits.is_empty()) {
            (false, ..) => Answer::unprovable(Reason::NotAllChecked, Remedy::LetCheckFinish),
            (true, true, true) => Answer::proved(good),
            (true, false, true) => Answer::conditional(good, remedy.clone()).within(condition.clone()),
            (true, _, false) => {
                Answer::conditional(good, Remedy::AddMissing).but(Limit::OnlyHere).within(condition.clone()).within(limits.clone())
            }
        }
    };
    let edited = answer(&[Code::RecordAltered, Code::SealForged, Code::Fork], Reason::ListedHashesMatch, Remedy::FetchAgain);
    let missing = answer(&[Code::LogFileMissing, Code::DigestMissing, Code::SealUnreadable], Reason::ListedFilesHere, Remedy::FetchMissing);
    let withheld = judging.findings.iter().filter(|finding| finding.code == Code::LogFileWithheld).count() as u64;
    let missing = match missing.status {
        Status::Proved | Status::Conditional if withheld > 0 => {
            Answer::conditional(Reason::FilesWithheld { count: withheld }, Remedy::GetWithheld)
        }
        _ => missing,
    };
    let newest = trail.digests.iter().rev().find(|digest| digest.is_vouched()).or(trail.digests.last());
    let until = newest.map_or_else(String::new, |digest| digest.content.digest_end_time.clone());
    let tail = Answer::unprovable(Reason::ChainReaches { until: until.clone() }, Remedy::NewestDigest);
    let keys: BTreeSet<KeyUse> = trail.digests.iter().map(key_use).collect();
    let keys = Keys::these(keys);
    let signed = Reason::Signed { keys: keys.clone() };
    let key = if trail.digests.iter().any(Digest::is_forged) {
        Answer::failed(Reason::SignatureFails, Remedy::FetchDigest)
    } else if trusted && !trail.digests.is_empty() {
        Answer::proved(signed)
    } else {
        Answer::conditional(signed, remedy)
    };
    let clock = match trail.digests.iter().any(vouched) {
        true => Answer::conditional(Reason::DigestTimes, Remedy::StampDigests),
        false => Answer::unprovable(Reason::NoSignedTime, Remedy::TrustCloudTrail),
    };
    (Ladder::new([edited, missing, tail, key, clock]), keys, End::Digest { until })
}

fn key_use(digest: &Digest) -> KeyUse {
    let named = |key: &Key, standing| KeyUse::new(key.name.clone(), standing);
    let by_fingerprint = |standing| KeyUse::new(format!("CloudTrail {}", digest.content.digest_public_key_fingerprint), standing);
    match &digest.judged {
        Judged::Absent => by_fingerprint(KeyStanding::NoSignature),
        Judged::Asked(Given::Vouched(vouched)) => named(vouched.key(), KeyStanding::Trusted),
        Judged::Asked(Given::Refused(key, _)) => named(key, KeyStanding::NotForThis),
        Judged::Asked(Given::Foreign(key, _)) => named(key, KeyStanding::CameAlong),
        Judged::Asked(Given::Fails(_)) => by_fingerprint(KeyStanding::Fails),
        Judged::Asked(Given::NoKey | Given::Unfit) => by_fingerprint(KeyStanding::NotChecked),
    }
}
