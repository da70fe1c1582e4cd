//! Finds digests, their signatures, and the log files they list.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read as _;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::digest::{self, Digest, Read, is_cloudtrail_key, trail_of};
use super::log::{Listing, LogFile, Trail, plain_name};
use super::withheld;
use crate::model::finding::{Finding, Place};
use crate::model::text::{hex, name_of};
use crate::model::words::cloudtrail::CloudTrailFact;
use crate::seal::claims::Claims;
use crate::seal::format::{Format, SealedLog, SegmentPlan};
use crate::seal::primitives::segment::Unit;
use crate::source::File;
use crate::trust::{Store as Keys, key::public_key_list};

/// Finds digest chains.
pub struct CloudTrailDigests;

/// Saved lists of keys are small, in bytes.
const MAX_KEYS: u64 = 4 << 20;
/// So much is unpacked to find listed log files under other names, in bytes.
const MAX_SEARCH: u64 = 1 << 30;

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

impl Format for CloudTrailDigests {
    fn plan(&self, claims: &mut Claims, keys: &mut Keys) -> Vec<Box<dyn SealedLog>> {
        take_keys(claims, keys);
        let (mut digests, unread) = take_digests(claims);
        if digests.is_empty() {
            return Vec::new();
        }
        take_heads(claims, &mut digests);
        judge(claims, &mut digests, keys);
        let any_key = keys.trusted().iter().any(is_cloudtrail_key);
        let mut trails: BTreeMap<String, Vec<Digest>> = BTreeMap::new();
        for digest in digests {
            trails.entry(digest.origin()).or_default().push(digest);
        }
        let mut trails: Vec<Trail> =
            trails.into_iter().map(|(origin, digests)| Trail::new(origin, digests, any_key, unread.clone())).collect();
        assign(claims, &mut trails);
        unlisted(claims, &mut trails);
        let withheld = withheld::take(claims, keys);
        trails
            .into_iter()
            .map(|mut trail| {
                trail.withheld.clone_from(&withheld);
                Box::new(trail) as Box<dyn SealedLog>
            })
            .collect()
    }
}

fn is_json(file: &File) -> bool {
    file.start.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

fn holds(file: &File, word: &[u8]) -> bool {
    let start = file.peek();
    memchr::memmem::find(&start[..start.len().min(4096)], word).is_some()
}

/// Takes saved `aws cloudtrail list-public-keys` output out of the evidence.
fn take_keys(claims: &mut Claims, keys: &mut Keys) {
    let found: Vec<usize> =
        claims.free().filter(|(_, file)| is_json(file) && holds(file, b"\"PublicKeyList\"")).map(|(index, _)| index).collect();
    for index in found {
        let Some(Ok(bytes)) = claims.files[index].as_ref().map(|file| file.read_all(MAX_KEYS)) else { continue };
        let Some(Ok(list)) = std::str::from_utf8(&bytes).map_or(None, public_key_list) else { continue };
        let reason =
            format!("it holds {} public keys of CloudTrail; keys that lie in the evidence are not trusted by themselves", list.len());
        list.into_iter().for_each(|key| keys.found(key));
        claims.skip(index, reason);
    }
}

/// Takes the digests. Also gives the names of files that should be digests and could not be read.
fn take_digests(claims: &mut Claims) -> (Vec<Digest>, BTreeSet<String>) {
    let is_named = |file: &File| {
        // The name of what lies beside a digest continues after its ending.
        let stem = plain_name(&file.path).strip_suffix(".json").map(|stem| stem.strip_suffix("_backfill").unwrap_or(stem));
        stem.is_some_and(|stem| stem.contains("_CloudTrail-Digest_") && stem.ends_with('Z'))
    };
    let found: Vec<usize> = claims
        .free()
        .filter(|(_, file)| is_json(file) && holds(file, b"\"digestS3Object\"") || is_named(file))
        .map(|(index, _)| index)
        .collect();
    let (mut digests, mut unread) = (Vec::new(), BTreeSet::new());
    for index in found {
        // What is planned after a stop counts for nothing.
        if claims.stopped() {
            break;
        }
        let Some(file) = claims.files[index].clone() else { continue };
        let place = || Place { path: file.path.clone(), ..Place::default() };
        match digest::read(&file) {
            Read::Digest(digest) => {
                claims.take(index);
                digests.push(*digest);
            }
            // What only mentions a digest is left to the other formats.
            Read::SomethingElse(_) | Read::Damaged(_) if !is_named(&file) => {}
            Read::Unread(why) => {
                claims.take(index);
                unread.insert(plain_name(&file.path).to_owned());
                claims.findings.push(Finding::of(CloudTrailFact::DigestUnread { cause: why }, place()));
            }
            Read::SomethingElse(why) => {
                claims.findings.push(Finding::of(CloudTrailFact::NotADigest { cause: why }, place()));
            }
            Read::Damaged(why) => {
                claims.take(index);
                claims.findings.push(Finding::of(CloudTrailFact::DigestDamaged { cause: why }, place()));
            }
        }
    }
    (digests, unread)
}

/// Takes what `aws s3api head-object` printed for digests: beside the digest, under its name.
fn take_heads(claims: &mut Claims, digests: &mut [Digest]) {
    let mut by_stem: HashMap<String, Vec<usize>> = HashMap::new();
    for (number, digest) in digests.iter().enumerate() {
        let mut stems = vec![
            plain_name(&digest.path).trim_end_matches(".json"),
            plain_name(&digest.content.digest_s3_object).trim_end_matches(".json"),
        ];
        stems.dedup();
        stems.into_iter().for_each(|stem| by_stem.entry(stem.to_owned()).or_default().push(number));
    }
    let heads: Vec<(usize, String, String)> = claims
        .free()
        .filter(|(_, file)| is_json(file) && file.size < File::PEEK as u64 && holds(file, b"\"Metadata\""))
        .filter_map(|(index, file)| match serde_json::from_slice::<HeadObject>(&file.peek()) {
            Ok(head) if head.metadata.algorithm.is_empty() || head.metadata.algorithm == "SHA256withRSA" => {
                Some((index, file.name().to_owned(), head.metadata.signature))
            }
            Ok(_) | Err(_) => None,
        })
        .collect();
    for (index, name, signature) in heads {
        // The digest's name up to one of the dots.
        let mut ends: Vec<usize> = name.match_indices('.').map(|(at, _)| at).collect();
        ends.push(name.len());
        let Some(numbers) = ends.into_iter().rev().find_map(|end| by_stem.get(&name[..end])) else { continue };
        numbers.iter().for_each(|number| digests[*number].heads.push(signature.clone()));
        claims.take(index);
    }
}

/// Judges every digest by its own metadata and by what other digests repeat.
fn judge(claims: &Claims, digests: &mut [Digest], keys: &Keys) {
    let mut repeated: HashMap<(String, String), Vec<String>> = HashMap::new();
    for digest in digests.iter() {
        if let (Some(object), Some(signature)) = (&digest.content.previous_digest_s3_object, &digest.content.previous_digest_signature) {
            let bucket = digest.content.previous_digest_s3_bucket.as_ref().unwrap_or(&digest.content.digest_s3_bucket);
            repeated.entry((bucket.clone(), object.clone())).or_default().push(signature.clone());
        }
    }
    for digest in digests {
        // What is planned after a stop counts for nothing.
        if claims.stopped() {
            return;
        }
        let own = (digest.content.digest_s3_bucket.clone(), digest.content.digest_s3_object.clone());
        let texts = repeated.get(&own).map_or(&[][..], Vec::as_slice);
        digest.judged = digest.judge(keys, texts.iter().map(String::as_str));
    }
}

/// Gives each listed log file, and every copy of it, to the trail whose word for it is worth most.
fn assign(claims: &mut Claims, trails: &mut [Trail]) {
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, file) in claims.free() {
        by_name.entry(plain_name(&file.path).to_owned()).or_default().push(index);
    }
    // Who lists a name: trail, and the place among its listings.
    let mut listed: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
    for (number, trail) in trails.iter().enumerate() {
        for (place, listing) in trail.listings.iter().enumerate() {
            listed.entry(plain_name(&listing.object).to_owned()).or_default().push((number, place));
        }
    }
    let absent: BTreeMap<String, Vec<(usize, usize)>> =
        listed.iter().filter(|(name, _)| !by_name.contains_key(*name)).map(|(name, by)| (name.clone(), by.clone())).collect();
    let (by_hash, searched_all) = renamed(claims, trails, &absent);
    for (name, by) in &listed {
        let mut files: Vec<usize> = by_name.get(name).cloned().unwrap_or_else(Vec::new);
        if files.is_empty() {
            let hashes = by.iter().filter_map(|(trail, place)| trails[*trail].listings[*place].hash.as_ref());
            files.extend(hashes.filter_map(|hash| by_hash.get(hash)).flatten().copied());
            files.sort_unstable();
            files.dedup();
            files.retain(|index| claims.files[*index].is_some());
        }
        let Some(owner) = by.iter().max_by_key(|(trail, place)| (trails[*trail].listings[*place].vouched, std::cmp::Reverse(*trail)))
        else {
            continue;
        };
        let owner = owner.0;
        let others: Vec<_> = by.iter().filter(|(trail, _)| *trail != owner).copied().collect();
        for (trail, place) in &others {
            let listing = Listing { digest: None, ..trails[*trail].listings[*place].clone() };
            trails[owner].listings.push(listing);
            if !files.is_empty() {
                trails[*trail].elsewhere.insert(*place);
            }
        }
        for index in files {
            if let Some(file) = claims.take(index) {
                trails[owner].add(file, true);
            }
        }
    }
    trails.iter_mut().for_each(|trail| trail.searched_all = searched_all);
}

/// Free files by the hash of their content, where listed files are not here under their own names. Also whether all were looked through.
fn renamed(claims: &Claims, trails: &[Trail], absent: &BTreeMap<String, Vec<(usize, usize)>>) -> (HashMap<String, Vec<usize>>, bool) {
    let mut by_hash: HashMap<String, Vec<usize>> = HashMap::new();
    let wanted: BTreeSet<&String> =
        absent.values().flatten().filter_map(|(trail, place)| trails[*trail].listings[*place].hash.as_ref()).collect();
    let known: BTreeSet<String> =
        trails.iter().flat_map(|trail| &trail.listings).map(|listing| plain_name(&listing.object).to_owned()).collect();
    if wanted.is_empty() {
        return (by_hash, true);
    }
    let mut room = MAX_SEARCH;
    for (index, file) in
        claims.free().filter(|(_, file)| is_json(file) && holds(file, b"\"Records\"") && !known.contains(plain_name(&file.path)))
    {
        let Ok(reader) = file.reader() else { continue };
        let mut reader = reader.take(room + 1);
        let (mut hasher, mut piece, mut length) = (Sha256::new(), vec![0; 64 << 10], 0);
        let whole = loop {
            match reader.read(&mut piece) {
                Ok(0) => break true,
                Ok(read) => {
                    hasher.update(&piece[..read]);
                    length += read as u64;
                }
                Err(_) => break false,
            }
        };
        if length > room {
            return (by_hash, false);
        }
        room -= length;
        if whole {
            by_hash.entry(hex(&hasher.finalize())).or_default().push(index);
        }
    }
    by_hash.retain(|hash, _| wanted.contains(hash));
    (by_hash, true)
}

/// Log files that no digest lists join the trail of their account and region.
fn unlisted(claims: &mut Claims, trails: &mut [Trail]) {
    let mut by_region: HashMap<String, usize> = HashMap::new();
    for (number, trail) in trails.iter().enumerate() {
        for digest in &trail.digests {
            // Account and region are the first two parts.
            let Some((name, _)) = trail_of(&digest.content.digest_s3_object) else { continue };
            let mut parts = name.splitn(3, '/');
            if let (Some(account), Some(region)) = (parts.next(), parts.next()) {
                by_region.entry(format!("{account}/{region}")).or_insert(number);
            }
        }
    }
    let found: Vec<(usize, usize)> = claims
        .free()
        .filter_map(|(index, file)| {
            let (account, rest) = file.name().split_once("_CloudTrail_")?;
            let region = rest.split('_').next()?;
            Some((index, *by_region.get(&format!("{account}/{region}"))?))
        })
        .collect();
    for (index, trail) in found {
        if let Some(file) = claims.take(index) {
            trails[trail].add(file, false);
        }
    }
}

impl Trail {
    fn new(origin: String, mut digests: Vec<Digest>, any_key: bool, unread: BTreeSet<String>) -> Self {
        digests.sort_by(|left, right| {
            let key = |digest: &Digest| {
                (
                    digest.content.digest_end_time.clone(),
                    digest.content.digest_s3_object.clone(),
                    digest.sha256.clone(),
                    digest.path.clone(),
                )
            };
            key(left).cmp(&key(right))
        });
        let paths = digests.iter().map(|digest| digest.path.clone()).collect();
        // The same digest in two copies is one digest, with the signatures beside either.
        digests.dedup_by(|later, first| {
            let same = later.content.digest_s3_object == first.content.digest_s3_object && later.sha256 == first.sha256;
            if same {
                first.heads.append(&mut later.heads);
                if later.standing(any_key) < first.standing(any_key) {
                    std::mem::swap(&mut first.judged, &mut later.judged);
                }
            }
            same
        });
        let mut listings = Vec::new();
        for (number, digest) in digests.iter().enumerate() {
            for listed in &digest.content.log_files {
                listings.push(Listing {
                    digest: Some(number),
                    by: name_of(&digest.path).to_owned(),
                    object: listed.s3_object.clone(),
                    hash: (listed.hash_algorithm == "SHA-256").then(|| listed.hash_value.to_ascii_lowercase()),
                    standing: digest.standing(any_key),
                    vouched: digest.is_vouched(),
                });
            }
        }
        Self {
            origin,
            digests,
            paths,
            listings,
            elsewhere: BTreeSet::new(),
            plans: Vec::new(),
            files: Vec::new(),
            withheld: BTreeSet::new(),
            unread,
            searched_all: true,
        }
    }

    fn add(&mut self, file: File, listed: bool) {
        let first = self.plans.len() as u64;
        self.files.push(LogFile { name: plain_name(&file.path).to_owned() });
        self.plans.push(SegmentPlan { file, first, expected: listed.then_some(1), unit: Unit::File });
    }
}
