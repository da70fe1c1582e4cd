//! A trail as it was found: its digests, what they list, and the log files here.

use std::collections::{BTreeMap, BTreeSet};

use super::digest::Digest;
use crate::model::text::name_of;
use crate::seal::format::SegmentPlan;
use crate::source::unpacked_name;
use crate::trust::Standing;

/// A log file here.
pub(super) struct LogFile {
    /// Its name without what packing adds.
    pub(super) name: String,
}

pub(super) struct Trail {
    pub(super) origin: String,
    /// By the time they state, oldest first.
    pub(super) digests: Vec<Digest>,
    /// Where the digests and their copies lie.
    pub(super) paths: BTreeSet<String>,
    /// What the digests list, and what digests of other trails say of the files here.
    pub(super) listings: Vec<Listing>,
    /// Places among the listings whose file another trail holds and judges.
    pub(super) elsewhere: BTreeSet<usize>,
    pub(super) plans: Vec<SegmentPlan>,
    /// One for each plan.
    pub(super) files: Vec<LogFile>,
    /// Hashes of log files that a trusted examiner's bundle says it withholds.
    pub(super) withheld: BTreeSet<String>,
    /// Names of files that should be digests and could not be read.
    pub(super) unread: BTreeSet<String>,
    /// Whether all files were looked through for listed ones under other names.
    pub(super) searched_all: bool,
}

impl Trail {
    /// What vouches for a file: under its own name a listing that CloudTrail vouches for, else one with the file's hash, else any.
    pub(super) fn listing_for(&self, file: usize, hash: Option<&String>) -> Option<&Listing> {
        let name = self.files.get(file)?.name.as_str();
        let named = self.listings.iter().filter(|listing| plain_name(&listing.object) == name);
        let better = |listing: &&Listing| (listing.vouched, listing.hash.as_ref() == hash, std::cmp::Reverse(listing.standing));
        let named = named.max_by_key(better);
        if named.is_some_and(|listing| listing.vouched || listing.hash.as_ref() == hash) {
            return named;
        }
        let same = self.listings.iter().filter(|listing| hash.is_some() && listing.hash.as_ref() == hash);
        same.max_by_key(better).or(named)
    }

    /// Places among the listings by the plain name of the log file.
    pub(super) fn by_name(&self) -> BTreeMap<&str, Vec<usize>> {
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, listing) in self.listings.iter().enumerate() {
            by_name.entry(plain_name(&listing.object)).or_default().push(place);
        }
        by_name
    }
}

/// A log file in one of the digests.
#[derive(Clone)]
pub(super) struct Listing {
    /// Which digest of the trail; for a listing of another trail, none.
    pub digest: Option<usize>,
    /// The digest's file name.
    pub by: String,
    pub object: String,
    /// SHA-256 in lower-case hexadecimal; `None` if the digest names another algorithm.
    pub hash: Option<String>,
    /// How far a file with this hash is to be believed.
    pub standing: Standing,
    /// Whether CloudTrail's word for it is believed.
    pub vouched: bool,
}

/// A log file's name without what packing adds: a copy may have been unpacked or packed again.
pub(super) fn plain_name(path: &str) -> &str {
    unpacked_name(name_of(path))
}
