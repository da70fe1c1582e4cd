//! A tile log as it was found: its bundles, tiles and checkpoints.

use std::collections::BTreeMap;

use crate::model::finding::Place;
use crate::seal::format::SegmentPlan;
use crate::seal::primitives::entries::FULL;
use crate::seal::primitives::merkle::{Hash, Range};
use crate::seal::primitives::note::{Checkpoint, Note, NoteError, Signatures};
use crate::source::File;
use crate::trust::{Standing, Store as Keys};

/// A checkpoint with how its signatures stand.
pub(super) struct Signed {
    pub path: String,
    pub checkpoint: Checkpoint,
    pub judged: Result<Signatures, NoteError>,
    /// Whether it lies in a proof rather than in the log's own folder.
    pub(super) from_proof: bool,
}

/// How much a checkpoint's word is worth, best last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Worth {
    /// A signature of a trusted key fails.
    Forged,
    /// Nobody the user trusts signed it.
    Stranger,
    /// The log's own trusted key signed it, but too few witnesses.
    Unwitnessed,
    /// The log's own trusted key signed it, with enough witnesses.
    Sealed,
}

impl Signed {
    pub(super) fn new(path: String, note: &Note, checkpoint: Checkpoint, keys: &Keys, from_proof: bool) -> Self {
        let judged = note.judge(keys, &checkpoint.origin);
        Self { path, checkpoint, judged, from_proof }
    }

    /// How much its word is worth.
    pub fn worth(&self) -> Worth {
        match &self.judged {
            Err(_) => Worth::Forged,
            Ok(signatures) if signatures.sealed().is_some() => Worth::Sealed,
            Ok(signatures) if signatures.log().is_some() => Worth::Unwitnessed,
            Ok(_) => Worth::Stranger,
        }
    }

    pub(super) fn is_the_checkpoint(&self) -> bool {
        !self.from_proof && crate::model::text::name_of(&self.path) == "checkpoint"
    }
}

pub(super) struct TileLog {
    pub(super) origin: String,
    pub(super) plans: Vec<SegmentPlan>,
    /// Other, narrower copies of a plan's bundle.
    pub(super) narrower: Vec<(usize, File)>,
    /// Checkpoints of this log: those worth most first, and of these the largest.
    pub(super) checkpoints: Vec<Signed>,
    /// Checkpoints of other logs that lie here.
    pub(super) foreign: Vec<Signed>,
    /// Level-0 hash tiles by number.
    pub(super) hashes: BTreeMap<u64, File>,
}

impl TileLog {
    pub(super) fn place(&self, path: &str, record: Option<u64>, records: u64) -> Place {
        Place { log: Some(self.origin.clone()), path: path.to_owned(), record, count: records, ..Place::default() }
    }

    /// The checkpoint that counts: the largest of those that are worth most.
    pub(super) fn head(&self) -> Option<&Signed> {
        self.checkpoints.first()
    }

    /// How far entries under a checkpoint can be believed if they lead to its root.
    pub(super) fn standing(signed: &Signed) -> Standing {
        match &signed.judged {
            Err(_) => Standing::BROKEN,
            Ok(signatures) => Standing::of(signatures.sealed()),
        }
    }

    /// The leaf hashes of the tiles, if they lead to the root. Unsigned tiles are believed for no other reason.
    pub(super) fn believed(&self, checkpoint: &Checkpoint) -> Option<Vec<Hash>> {
        let mut leaves: Vec<Hash> = Vec::new();
        let needed = checkpoint.size.div_ceil(FULL);
        for (number, file) in self.hashes.range(..needed) {
            if *number != leaves.len() as u64 / FULL {
                return None;
            }
            let Ok(tile) = file.read_all(FULL * 32) else { return None };
            leaves.extend(crate::seal::primitives::segment::parse_leaves(&tile)?);
        }
        let Ok(size) = usize::try_from(checkpoint.size) else { return None };
        leaves.truncate(size);
        let mut tree = Range::new(0);
        leaves.iter().for_each(|leaf| tree.push(*leaf));
        (tree.end() == checkpoint.size && tree.root() == Some(checkpoint.root)).then_some(leaves)
    }
}
