//! A log of sealed segments as it was found: segments with their seals, seals without files, lone checkpoints.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use crate::model::finding::Place;
use crate::seal::claims::Lent;
use crate::seal::format::SegmentPlan;
use crate::seal::primitives::merkle::Hash;
use crate::seal::primitives::note::{Checkpoint, Note, NoteError, Signatures};
use crate::seal::primitives::segment::{Seal, Unit, parse_leaves};
use crate::source::File;
use crate::trust::{LogSigner, Standing, Vouched};

/// Seals, checkpoints and keys are small; what is larger is none, in bytes.
pub(super) const MAX_SEAL: u64 = 1 << 20;

/// A checkpoint that came on its own.
pub(super) struct Lone {
    pub(super) path: String,
    pub(super) note: Note,
    pub(super) checkpoint: Checkpoint,
    pub(super) signatures: Result<Signatures, NoteError>,
}

/// One segment with its seal.
pub(super) struct Sealed {
    pub(super) plan: SegmentPlan,
    pub(super) seal_path: String,
    pub(super) seal_text: String,
    pub(super) seal: Seal,
    pub(super) signatures: Result<Signatures, NoteError>,
    pub(super) leaves: Option<File>,
    /// The seal was found by content, not by name.
    pub(super) renamed: bool,
    /// No trusted signature vouches for the seal, so that other formats may judge the file too.
    pub(super) lent: Option<Lent>,
}

/// A seal whose file is not here.
pub(super) struct Orphan {
    pub(super) path: String,
    pub(super) seal: Seal,
    pub(super) signatures: Result<Signatures, NoteError>,
    /// Not every file was tried, since too much had been read in search of such files.
    pub(super) search_cut_short: bool,
}

/// Whether a trusted key, the log's own or a witness's, signed the checkpoint.
pub(super) fn is_signed(signatures: &Result<Signatures, NoteError>) -> bool {
    matches!(signatures, Ok(signatures) if signatures.log().is_some() || !signatures.witnesses().is_empty())
}

impl Sealed {
    /// The voucher of the log's trusted key, if the policy is met too.
    pub(super) fn voucher(&self) -> Option<&Vouched<LogSigner>> {
        match &self.signatures {
            Ok(signatures) => signatures.sealed(),
            Err(_) => None,
        }
    }

    /// What records deserve that lead to the signed root.
    pub(super) fn standing(&self) -> Standing {
        match &self.signatures {
            Ok(signatures) => Standing::of(signatures.sealed()),
            Err(_) => Standing::BROKEN,
        }
    }

    pub(super) fn is_signed(&self) -> bool {
        is_signed(&self.signatures)
    }

    /// The signed time, nanoseconds since 1970; only of signatures that count.
    pub(super) fn sealed_at(&self) -> Option<i64> {
        match &self.signatures {
            Ok(signatures) => signatures.time(),
            Err(_) => None,
        }
    }

    /// The leaf hashes, if they lead to a root that a trusted key signed. `None` if there are none, or no such key.
    pub(super) fn believed_leaves(&self) -> Option<Result<Vec<Hash>, String>> {
        let file = self.leaves.as_ref().filter(|_| self.is_signed())?;
        let limit = self.seal.count().saturating_mul(32);
        let parsed = file
            .read_all(limit.clamp(MAX_SEAL, File::MAX_DOCUMENT))
            .map_err(|error| error.to_string())
            .and_then(|bytes| parse_leaves(&bytes).ok_or_else(|| format!("{}: its length is no multiple of 32 bytes", file.path)));
        Some(parsed.and_then(|leaves| {
            let mut tree = self.seal.before.clone();
            leaves.iter().for_each(|leaf| tree.push(*leaf));
            if tree.end() == self.seal.checkpoint.size && tree.root() == Some(self.seal.checkpoint.root) {
                Ok(leaves)
            } else {
                Err(format!("{}: its hashes do not lead to the signed root", file.path))
            }
        }))
    }
}

/// The checkpoints of a log that count, each once, in the order of their sizes: size, root, note.
pub(super) struct Checkpoints {
    pub(super) all: Vec<(u64, Hash, String)>,
    /// Places of some that contradict another one of the same size.
    pub(super) contradicting: Vec<usize>,
}

/// A log of sealed segments.
pub(super) struct SegmentLog {
    pub(super) origin: String,
    pub(super) segments: Vec<Sealed>,
    pub(super) plans: Vec<SegmentPlan>,
    pub(super) lone: Vec<Lone>,
    pub(super) orphans: Vec<Orphan>,
    /// Every number at which a seal or checkpoint of the log starts or ends, ascending.
    pub(super) bounds: Vec<u64>,
    /// Its checkpoints in order, put together when the first records are taken out.
    pub(super) checkpoints: OnceLock<Checkpoints>,
    /// The paths of the lone ones.
    pub(super) lone_paths: BTreeSet<String>,
}

impl SegmentLog {
    pub(super) fn new(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            segments: Vec::new(),
            plans: Vec::new(),
            lone: Vec::new(),
            orphans: Vec::new(),
            bounds: Vec::new(),
            checkpoints: OnceLock::new(),
            lone_paths: BTreeSet::new(),
        }
    }

    /// Puts everything into its order, once all is there.
    pub(super) fn settle(&mut self) {
        // Unsigned `first` lines only order what is read; nothing is concluded from them before the roots are compared.
        self.segments.sort_by(|left, right| {
            let key = |sealed: &Sealed| (sealed.seal.checkpoint.size, sealed.seal.first, sealed.plan.file.path.clone());
            key(left).cmp(&key(right))
        });
        self.plans = self.segments.iter().map(|sealed| sealed.plan.clone()).collect();
        let seals = self.segments.iter().map(|sealed| &sealed.seal).chain(self.orphans.iter().map(|orphan| &orphan.seal));
        self.bounds = seals.flat_map(|seal| [seal.first, seal.checkpoint.size]).collect();
        self.bounds.extend(self.lone.iter().map(|lone| lone.checkpoint.size));
        self.bounds.sort_unstable();
        self.bounds.dedup();
        self.lone_paths = self.lone.iter().map(|lone| lone.path.clone()).collect();
    }
}

/// Whether the whole file is one record.
pub(super) fn is_document(sealed: &Sealed) -> bool {
    sealed.seal.unit == Unit::File
}

/// The place of records of a segment.
pub(super) fn place(sealed: &Sealed, record: Option<u64>, count: u64) -> Place {
    Place { log: Some(sealed.seal.checkpoint.origin.clone()), path: sealed.plan.file.path.clone(), record, count, ..Place::default() }
}
