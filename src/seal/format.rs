//! What every way of sealing offers: how its files are recognised, what is computed while they are read, and how they are judged.

use std::any::Any;
use std::borrow::Cow;

use crate::model::Coverage;
use crate::model::json::Doubt;
use crate::seal::claims::Claims;
use crate::seal::primitives::entries;
use crate::seal::primitives::link::{Gathered, Link};
use crate::seal::primitives::merkle::{self, Hash};
use crate::seal::primitives::segment::{SegmentLeaves, Unit};
use crate::seal::verdict::{Conclusion, Proof, Withheld};
use crate::source::{File, Reading, SourceError};
use crate::trust::Store as Keys;

/// First line of the list of files that stay behind, for logs that list their files: see [`SealedLog::lists_its_files`].
pub const WITHHELD: &str = "sealscope.dev/withheld@v1";

/// What ties the records of a log together, as far as those who take some of them out must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// Nothing: no seal.
    Unbound,
    /// Each record states its predecessor's hash, so that a whole file proves nothing of what follows its last record.
    Links,
    /// A seal fixes which records there are.
    Fixed,
}

/// A way of sealing.
pub trait Format: Sync {
    /// Takes the files it recognises out of `claims` and makes logs of them.
    fn plan(&self, claims: &mut Claims, keys: &mut Keys) -> Vec<Box<dyn SealedLog>>;
}

/// A file of a log, before it is read.
#[derive(Clone, Debug)]
pub struct SegmentPlan {
    /// The file.
    pub file: File,
    /// Number in the log of its first record.
    pub first: u64,
    /// How many records its seal says it holds, where that is known.
    pub expected: Option<u64>,
    /// What counts as one record.
    pub unit: Unit,
}

/// How records become the leaves of a Merkle tree. Neither way can give a leaf of the other.
#[derive(Clone)]
pub enum Leaves {
    /// As RFC 6962 has it: the record is the entry.
    Plain,
    /// As sealed segments have it: kind and salt stand before the record.
    Segment(SegmentLeaves),
}

impl Leaves {
    /// The leaf hash of record `number`.
    pub fn leaf(&self, number: u64, record: &[u8]) -> Hash {
        match self {
            Self::Plain => merkle::leaf(record),
            Self::Segment(leaves) => leaves.leaf(number, record),
        }
    }

    /// A hasher that awaits the bytes of record `number`, for records too long to hold.
    pub fn hasher(&self, number: u64) -> sha2::Sha256 {
        match self {
            Self::Plain => merkle::leaf_hasher(),
            Self::Segment(leaves) => leaves.hasher(number),
        }
    }
}

/// What is to be computed while a segment is read.
#[derive(Clone, Default)]
pub struct Wanted {
    /// How the records become leaves of a Merkle tree; `None` leaves the tree out.
    pub tree: Option<Leaves>,
    /// Record numbers, ascending, at which the root of the tree so far is wanted.
    pub roots_at: Vec<u64>,
    /// The SHA-256 of the whole unpacked content.
    pub sha256: bool,
    /// Whether [`SealedLog::link`] is to be called for every record.
    pub links: bool,
    /// Whether it is to be called to watch for what the records say of themselves, though they form no chain.
    pub says: bool,
}

impl Wanted {
    /// Whether [`SealedLog::link`] is to be called.
    pub fn has_links(&self) -> bool {
        self.links || self.says
    }
}

/// Why a segment was not read to its end. Only damage says anything of the content: what a seal covers and cannot be unpacked is broken.
/// What was not read for any other reason is unchecked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The user stopped.
    Cancelled,
    /// It cannot be read; a sentence that names file and cause.
    Unreadable(String),
    /// It is larger than what is read of such a file; a sentence.
    TooLarge(String),
    /// Its packed data is damaged or cut short; a sentence that names file and cause.
    Damaged(String),
}

impl Failure {
    /// Why, as a sentence; `None` if the user stopped.
    pub fn cause(&self) -> Option<&str> {
        match self {
            Self::Cancelled => None,
            Self::Unreadable(cause) | Self::TooLarge(cause) | Self::Damaged(cause) => Some(cause),
        }
    }

    /// Why a reading gave no value; `None` if it gave one.
    pub fn of<T>(reading: &Reading<T>) -> Option<Self> {
        match reading {
            Reading::Done(_) => None,
            Reading::Stopped => Some(Self::Cancelled),
            Reading::Unreadable(why) => Some(Self::Unreadable(why.clone())),
            Reading::TooLarge(why) => Some(Self::TooLarge(why.clone())),
            Reading::Damaged(why) => Some(Self::Damaged(why.clone())),
        }
    }
}

/// What reading a segment gave.
#[derive(Debug, Default)]
pub struct Observed {
    /// Records read.
    pub count: u64,
    /// Log entries read; differs from `count` only where one record holds many entries.
    pub entries: u64,
    /// Unpacked bytes read.
    pub bytes: u64,
    /// The Merkle range of the records, if wanted.
    pub tree: Option<merkle::Range>,
    /// The trees of the segment up to the wanted numbers.
    pub cuts: Vec<merkle::Range>,
    /// What stands for the unpacked content, if it was read to its end; see [`crate::source::block::Fingerprint`].
    pub fingerprint: Option<Hash>,
    /// SHA-256 of the content, if wanted.
    pub sha256: Option<Hash>,
    /// What was gathered of the records, if links were wanted.
    pub gathered: Option<Box<dyn Gathered>>,
    /// Earliest and latest event time, nanoseconds since 1970.
    pub times: Option<(i64, i64)>,
    /// Whether the last line lacks its line feed.
    pub torn: bool,
    /// Records that no vocabulary understood.
    pub not_understood: u64,
    /// Records too long to be shown.
    pub too_long: u64,
    /// Whether the last record was not understood.
    pub last_not_understood: bool,
    /// Records that others may read differently, and the gravest reason with its record's index in the file.
    pub doubtful: (u64, Option<(Doubt, u64)>),
    /// Entries shown with something that their hash does not cover.
    pub uncovered: u64,
    /// Why reading ended early.
    pub failure: Option<Failure>,
}

impl Observed {
    /// What was gathered, in the form that the log chose in [`SealedLog::gather`].
    pub fn gathered<T: Gathered>(&self) -> Option<&T> {
        let gathered: &dyn Any = self.gathered.as_deref()?;
        gathered.downcast_ref()
    }

    /// The links one by one, of a log that did not choose another form.
    pub fn links(&self) -> &[Option<Link>] {
        self.gathered::<Vec<Option<Link>>>().map_or(&[], Vec::as_slice)
    }

    /// The content, read again; if it was not read to its end the first time, why.
    pub fn content(&self, segment: usize, reread: &dyn Reread) -> Reading<Vec<u8>> {
        match &self.failure {
            None => reread.content(segment),
            Some(Failure::Cancelled) => Reading::Stopped,
            Some(Failure::Unreadable(why)) => Reading::Unreadable(why.clone()),
            Some(Failure::TooLarge(why)) => Reading::TooLarge(why.clone()),
            Some(Failure::Damaged(why)) => Reading::Damaged(why.clone()),
        }
    }
}

/// Second looks at a segment, for placing damage.
pub trait Reread: Sync {
    /// The whole unpacked content of a segment, as it is now.
    fn content(&self, segment: usize) -> Reading<Vec<u8>>;
    /// The time of each entry of a segment, in the order of the file; `None` where not stated.
    fn times(&self, segment: usize) -> Vec<Option<i64>>;
    /// Whether the user wants to stop.
    fn stopped(&self) -> bool;
    /// What could not be read among all that was opened, and may belong to a log whose files lie in `folder` or below: see [`super::unread`]. Its
    /// path; of several the first. A log that asks is judged again when everything was read.
    fn unread(&self, folder: &str) -> Option<String>;
    /// Has the log judged again when everything was read, if it is not yet.
    fn wait(&self);
}

/// What travels with records taken out of a segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// Files that prove the records: folder, ending, text.
    pub files: Vec<(&'static str, &'static str, String)>,
    /// The disclosed records, exact bytes.
    pub records: Vec<Vec<u8>>,
    /// Numbers in the log of the disclosed records.
    pub numbers: Vec<u64>,
    /// How many records of the segment are withheld.
    pub withheld: u64,
    /// How many records before the segment count as withheld too, since nothing shows where the segment begins.
    pub unplaced: u64,
    /// Whether withheld records could be guessed from their hashes.
    pub guessable: bool,
    /// A C2SP proof (c2sp.org/tlog-proof) for each disclosed record, if there are few; kind and salt are its extra data.
    pub single: Vec<String>,
}

/// Gets the number of bytes read since the last time; `false` stops the work.
pub type Progress<'a> = &'a (dyn Fn(u64) -> bool + Sync);

/// With what a file beside a log's segments may travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Included {
    /// With any of the segments, as a digest.
    WithAny,
    /// Only with all of them, as a checkpoint, which would show that some are missing.
    WithAll,
}

/// A log under one way of sealing.
pub trait SealedLog: Send + Sync {
    /// The log's name.
    fn origin(&self) -> &str;
    /// The way of sealing, in words.
    fn seal(&self) -> &'static str;
    /// Its files, in order.
    fn segments(&self) -> &[SegmentPlan];
    /// What is to be computed for a segment.
    fn wanted(&self, segment: usize) -> Wanted;
    /// Takes the records out of a file's content, where they are not its lines. `None` leaves it to the vocabularies; an error says in
    /// words why the content cannot be taken apart, as damaged content is.
    fn entries<'a>(&self, _segment: usize, _content: &'a [u8]) -> Option<Result<Vec<Cow<'a, [u8]>>, String>> {
        None
    }
    /// Reads what a record of a hash chain states.
    fn link(&self, _segment: usize, _record: &[u8]) -> Option<Link> {
        None
    }
    /// What of a record its hash covers, where the hash is over members: `link` is what [`SealedLog::link`] gave for the record.
    ///
    /// What is not covered never decides what the record is shown as, and is marked wherever it is shown.
    fn coverage(&self, _segment: usize, _link: Option<&Link>) -> &Coverage {
        const { &Coverage::All }
    }
    /// An empty collection of what a segment's records state; [`SealedLog::link`] fills it, in the order of the file.
    fn gather(&self, _segment: usize) -> Box<dyn Gathered> {
        Box::new(Vec::<Option<Link>>::new())
    }
    /// Judges the log.
    fn conclude(&self, observed: &[Observed], reread: &dyn Reread) -> Conclusion;
    /// What must travel with some records of a segment (ascending indices) so that they still verify; `None` if only the whole file does.
    fn excerpt(&self, _segment: usize, _file: &File, _chosen: &[u64], _progress: Progress<'_>) -> Result<Option<Excerpt>, SourceError> {
        Ok(None)
    }
    /// Whether records can be taken out of a segment and still verify, as long as nothing is wrong with it.
    fn can_excerpt(&self, _segment: usize) -> bool {
        false
    }
    /// Whether anything says that it is sealed.
    fn is_sealed(&self) -> bool {
        true
    }
    /// For an excerpt: what is known of the records that are not in it. `None`: the file is no excerpt.
    fn withheld(&self, _segment: usize) -> Option<Withheld> {
        None
    }
    /// Numbers of a segment's first record and of the one after its last, as its seal has them. `None` where seals state no numbers.
    fn span(&self, _segment: usize) -> Option<(u64, u64)> {
        None
    }
    /// Whether each of its files verifies without the others.
    fn files_stand_alone(&self) -> bool {
        false
    }
    /// Whether a file beside its segments belongs to it alone, and with which of them it may travel.
    fn included_with(&self, _path: &str) -> Option<Included> {
        None
    }
    /// Whether what goes along with one of its files lists the others too, so that those that stay behind must be named.
    fn lists_its_files(&self) -> bool {
        false
    }
    /// Proves one record again: `index` is its place in the segment's file, `content` the whole unpacked file. Without any step if the record
    /// is not there any more.
    fn prove(&self, segment: usize, index: u64, content: &[u8]) -> Proof;
}

/// The records of a segment's content.
pub fn records(unit: Unit, content: &[u8]) -> Vec<&[u8]> {
    match unit {
        Unit::File | Unit::Container => vec![content],
        Unit::Bundle => entries::entries(content).into_iter().map(|entry| entry.unwrap_or(b"")).collect(),
        Unit::Line => {
            let mut records: Vec<&[u8]> = content.split(|byte| *byte == b'\n').collect();
            if records.last().is_some_and(|last| last.is_empty()) {
                records.pop();
            }
            records
        }
    }
}
