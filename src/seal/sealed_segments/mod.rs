//! Logs of sealed segments: each seal with its file, put together by origin.

mod damage;
mod ladder;
mod links;
mod plan;
mod proof;
mod times;
mod verdict;

use std::collections::BTreeMap;

use crate::seal::claims::Claims;
use crate::seal::format::{Excerpt, Format, Going, Leaves, Observed, Reread, SealedLog, SegmentPlan, Travels, Wanted};
use crate::seal::primitives::merkle::Hash;
use crate::seal::primitives::note::{Checkpoint, Note, NoteError, Signatures};
use crate::seal::primitives::segment::{Seal, Unit, parse_leaves};
use crate::seal::verdict::{Conclusion, Proof};
use crate::source::{File, SourceError};
use crate::trust::{LogSigner, Standing, Store as Keys, Vouched};

/// Seals, checkpoints and keys are small; what is larger is none, in bytes.
const MAX_SEAL: u64 = 1 << 20;
/// At so many record numbers inside one segment its tree is held against other seals. Honest logs have none or few.
const MAX_CUTS: usize = 4096;

/// Finds logs of sealed segments.
pub struct SealedSegments;

/// A checkpoint that came on its own.
pub(super) struct Lone {
    path: String,
    note: Note,
    checkpoint: Checkpoint,
    signatures: Result<Signatures, NoteError>,
}

/// One segment with its seal.
pub(super) struct Sealed {
    plan: SegmentPlan,
    seal_path: String,
    seal_text: String,
    seal: Seal,
    signatures: Result<Signatures, NoteError>,
    leaves: Option<File>,
    /// The seal was found by content, not by name.
    renamed: bool,
}

/// A seal whose file is not here.
pub(super) struct Orphan {
    path: String,
    seal: Seal,
    signatures: Result<Signatures, NoteError>,
    /// Not every file was tried, since too much had been read in search of such files.
    search_cut_short: bool,
}

/// Whether a trusted key, the log's own or a witness's, signed the checkpoint.
fn is_signed(signatures: &Result<Signatures, NoteError>) -> bool {
    matches!(signatures, Ok(signatures) if signatures.log().is_some() || !signatures.witnesses().is_empty())
}

impl Sealed {
    /// The voucher of the log's trusted key, if the policy is met too.
    fn voucher(&self) -> Option<&Vouched<LogSigner>> {
        match &self.signatures {
            Ok(signatures) => signatures.sealed(),
            Err(_) => None,
        }
    }

    /// What records deserve that lead to the signed root.
    fn standing(&self) -> Standing {
        match &self.signatures {
            Ok(signatures) => Standing::of(signatures.sealed()),
            Err(_) => Standing::BROKEN,
        }
    }

    fn is_signed(&self) -> bool {
        is_signed(&self.signatures)
    }

    /// The signed time, nanoseconds since 1970; only of signatures that count.
    fn sealed_at(&self) -> Option<i64> {
        match &self.signatures {
            Ok(signatures) => signatures.time(),
            Err(_) => None,
        }
    }

    /// The leaf hashes, if they lead to a root that a trusted key signed. `None` if there are none, or no such key.
    fn believed_leaves(&self) -> Option<Result<Vec<Hash>, String>> {
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

/// A log of sealed segments.
struct SegmentLog {
    origin: String,
    segments: Vec<Sealed>,
    plans: Vec<SegmentPlan>,
    lone: Vec<Lone>,
    orphans: Vec<Orphan>,
    /// Every number at which a seal or checkpoint of the log starts or ends, ascending.
    bounds: Vec<u64>,
}

impl SegmentLog {
    fn new(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            segments: Vec::new(),
            plans: Vec::new(),
            lone: Vec::new(),
            orphans: Vec::new(),
            bounds: Vec::new(),
        }
    }

    /// Puts everything into its order, once all is there.
    fn settle(&mut self) {
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
    }
}

impl Format for SealedSegments {
    fn plan(&self, claims: &mut Claims, keys: &mut Keys) -> Vec<Box<dyn SealedLog>> {
        plan::take_keys(claims, keys);
        let mut found = plan::seals(claims);
        let checkpoints = plan::take_checkpoints(claims);
        let mut logs: BTreeMap<String, SegmentLog> = BTreeMap::new();
        let log_of = |logs: &mut BTreeMap<String, SegmentLog>, origin: &str| {
            logs.entry(origin.to_owned()).or_insert_with(|| SegmentLog::new(origin));
        };
        plan::pair(claims, &mut found);
        for paired in found.paired {
            let origin = paired.candidate.seal.checkpoint.origin.clone();
            log_of(&mut logs, &origin);
            if let Some(log) = logs.get_mut(&origin) {
                log.segments.push(paired.judge(keys));
            }
        }
        for (candidate, search_cut_short) in found.orphans {
            let origin = candidate.seal.checkpoint.origin.clone();
            log_of(&mut logs, &origin);
            if let Some(log) = logs.get_mut(&origin) {
                let signatures = candidate.seal.note.judge(keys, &origin);
                log.orphans.push(Orphan { path: candidate.path, seal: candidate.seal, signatures, search_cut_short });
            }
        }
        // Proofs carry checkpoints too; they say something of logs that are here, but make none.
        let carried: Vec<_> = crate::seal::inclusion_proofs::checkpoints(claims)
            .into_iter()
            .filter(|(_, _, checkpoint)| logs.contains_key(&checkpoint.origin))
            .collect();
        for (path, note, checkpoint) in checkpoints.into_iter().chain(carried) {
            log_of(&mut logs, &checkpoint.origin);
            if let Some(log) = logs.get_mut(&checkpoint.origin) {
                let signatures = note.judge(keys, &checkpoint.origin);
                log.lone.push(Lone { path, note, checkpoint, signatures });
            }
        }
        let claimed = plan::claimed(claims, found.unreadable);
        let logs = logs.into_values().map(|mut log| {
            log.settle();
            Box::new(log) as Box<dyn SealedLog>
        });
        logs.chain(claimed).collect()
    }
}

impl SealedLog for SegmentLog {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn seal(&self) -> &'static str {
        "sealed segments"
    }

    fn segments(&self) -> &[SegmentPlan] {
        &self.plans
    }

    fn wanted(&self, segment: usize) -> Wanted {
        let Some(sealed) = self.segments.get(segment) else { return Wanted::default() };
        let (first, size) = (sealed.seal.first, sealed.seal.checkpoint.size);
        let start = self.bounds.partition_point(|bound| *bound <= first);
        let end = self.bounds.partition_point(|bound| *bound < size);
        let inside = self.bounds.get(start..end).unwrap_or(&[]);
        let roots_at = inside.iter().take(MAX_CUTS).copied().collect();
        Wanted { tree: Some(Leaves::Segment(sealed.seal.leaves())), roots_at, ..Wanted::default() }
    }

    fn conclude(&self, observed: &[Observed], reread: &dyn Reread) -> Conclusion {
        verdict::conclude(self, observed, reread)
    }

    fn excerpt(&self, segment: usize, file: &File, chosen: &[u64], going: Going<'_>) -> Result<Option<Excerpt>, SourceError> {
        let Some(sealed) = self.segments.get(segment) else { return Ok(None) };
        // The checkpoint of the preceding seal shows where the segment starts.
        let before = self.segments.iter().find(|other| other.seal.checkpoint.size == sealed.seal.first && other.is_signed());
        let before = before.and_then(|other| other.seal_text.split_once("\n\n")).map(|(_, note)| note);
        crate::seal::excerpt::pruned::excerpt(&sealed.seal, &sealed.seal_text, before, file, chosen, going)
    }

    fn can_excerpt(&self, segment: usize) -> bool {
        self.segments.get(segment).is_some_and(|sealed| sealed.seal.unit == Unit::Line)
    }

    fn travels(&self, path: &str) -> Option<Travels> {
        self.lone.iter().any(|lone| lone.path == path).then_some(Travels::WithAll)
    }

    fn files_stand_alone(&self) -> bool {
        true
    }

    fn prove(&self, segment: usize, index: u64, content: &[u8]) -> Proof {
        self.segments.get(segment).map_or_else(Proof::default, |sealed| proof::prove(sealed, index, content))
    }
}

/// Whether the whole file is one record.
fn is_document(sealed: &Sealed) -> bool {
    sealed.seal.unit == Unit::File
}
