//! Logs of sealed segments: finds seals and their files, and puts them together by origin.

mod chain;
mod damage;
mod ladder;
mod proof;

use std::collections::BTreeMap;

use super::merkle::Hash;
use super::note::{Checkpoint, Note, NoteError, Vouched};
use super::pruned::{Excerpt, Going};
use super::segment::{LEAVES_SUFFIX, SEAL_SUFFIX, Seal, Unit, parse_leaves};
use super::{Claims, Conclusion, Format, Leaves, Observed, Proof, Reread, SealedLog, SegmentPlan, Travels, Wanted};
use crate::model::finding::{Code, Finding, Place};
use crate::source::{File, SourceError, packed_names};
use crate::trust::{Key, Store as Keys};

/// Seals, checkpoints and keys are small; what is larger is none, in bytes.
const MAX_SEAL: u64 = 1 << 20;
/// When seals have lost their files, so much is read to find them by content, in bytes.
const MAX_SEARCH: u64 = 1 << 30;

/// Finds logs of sealed segments.
pub struct SealedSegments;

/// A checkpoint that came on its own.
pub(super) struct Lone {
    path: String,
    checkpoint: Checkpoint,
    vouched: Result<Vec<Vouched>, NoteError>,
    signers: Vec<(String, u32)>,
}

/// One segment with its seal.
pub(super) struct Sealed {
    plan: SegmentPlan,
    seal_path: String,
    seal_text: String,
    seal: Seal,
    vouched: Result<Vec<Vouched>, NoteError>,
    leaves: Option<File>,
    /// The seal was found by content, not by name.
    renamed: bool,
}

impl Sealed {
    /// The signature of a trusted key, if there is one.
    fn trusted(&self) -> Option<&Vouched> {
        self.vouched.as_ref().ok()?.iter().find(|vouched| vouched.speaks_for(&self.seal.checkpoint.origin))
    }

    /// The signed time, from the sealer if possible; unverified for unknown keys, where it is only what the seal states.
    fn sealed_at(&self) -> Option<i64> {
        let verified = self.vouched.as_ref().ok().and_then(|vouched| vouched.iter().find_map(Vouched::time));
        verified.or_else(|| {
            let seconds = self.seal.note.signatures.iter().find_map(super::note::Signature::stated_seconds)?;
            i64::try_from(seconds).ok()?.checked_mul(crate::model::time::SECOND)
        })
    }

    /// The believed leaf hashes: those that hash to the signed root. `None` if there are none or they do not.
    fn believed_leaves(&self) -> Option<Result<Vec<Hash>, String>> {
        let file = self.leaves.as_ref()?;
        let limit = self.seal.count().saturating_mul(32);
        let parsed = file
            .read_all(limit.max(MAX_SEAL))
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
    /// Seals whose files are not here.
    orphans: Vec<(String, Seal)>,
    keys: Keys,
}

struct Candidate {
    path: String,
    text: String,
    seal: Seal,
}

impl Format for SealedSegments {
    fn plan(&self, claims: &mut Claims, keys: &mut Keys) -> Vec<Box<dyn SealedLog>> {
        take_keys(claims, keys);
        let seals = take_seals(claims);
        let checkpoints = take_checkpoints(claims);
        let by_path: BTreeMap<String, usize> = claims.free().map(|(index, file)| (file.path.clone(), index)).collect();
        let mut logs: BTreeMap<String, SegmentLog> = BTreeMap::new();
        let mut orphans = Vec::new();
        for candidate in seals {
            match target(&candidate.path, &by_path).filter(|index| claims.files[*index].is_some()) {
                Some(index) => attach(claims, &mut logs, candidate, index, &by_path, keys, false),
                None => orphans.push(candidate),
            }
        }
        for candidate in orphans {
            match find_by_content(claims, &candidate.seal) {
                Some(index) => attach(claims, &mut logs, candidate, index, &by_path, keys, true),
                None => log_of(&mut logs, &candidate.seal.checkpoint.origin).orphans.push((candidate.path, candidate.seal)),
            }
        }
        // Proofs carry checkpoints too; they say something of logs that are here, but make none.
        let carried: Vec<_> =
            super::anchor::checkpoints(claims).into_iter().filter(|(_, _, checkpoint)| logs.contains_key(&checkpoint.origin)).collect();
        for (path, note, checkpoint) in checkpoints.into_iter().chain(carried) {
            let signers = note.signatures.iter().map(|signature| (signature.name.clone(), signature.id)).collect();
            let vouched = note.verify(keys);
            log_of(&mut logs, &checkpoint.origin).lone.push(Lone { path, checkpoint, vouched, signers });
        }
        logs.into_values()
            .map(|mut log| {
                log.segments.sort_by(|left, right| {
                    let key = |sealed: &Sealed| (sealed.seal.first, sealed.seal.checkpoint.size, sealed.plan.file.path.clone());
                    key(left).cmp(&key(right))
                });
                log.plans = log.segments.iter().map(|sealed| sealed.plan.clone()).collect();
                log.keys = keys.clone();
                Box::new(log) as Box<dyn SealedLog>
            })
            .collect()
    }
}

fn log_of<'a>(logs: &'a mut BTreeMap<String, SegmentLog>, origin: &str) -> &'a mut SegmentLog {
    logs.entry(origin.to_owned()).or_insert_with(|| SegmentLog {
        origin: origin.to_owned(),
        segments: Vec::new(),
        plans: Vec::new(),
        lone: Vec::new(),
        orphans: Vec::new(),
        keys: Keys::default(),
    })
}

fn attach(
    claims: &mut Claims,
    logs: &mut BTreeMap<String, SegmentLog>,
    candidate: Candidate,
    index: usize,
    by_path: &BTreeMap<String, usize>,
    keys: &Keys,
    renamed: bool,
) {
    let Some(file) = claims.take(index) else { return };
    let named_for = candidate.path.strip_suffix(SEAL_SUFFIX).unwrap_or(&candidate.path);
    let leaves = [format!("{}{LEAVES_SUFFIX}", file.path), format!("{named_for}{LEAVES_SUFFIX}")]
        .iter()
        .find_map(|path| claims.take(*by_path.get(path)?));
    let Candidate { path: seal_path, text: seal_text, seal } = candidate;
    let vouched = seal.note.verify(keys);
    let plan = SegmentPlan { first: seal.first, expected: Some(seal.count()), unit: seal.unit, file };
    let log = log_of(logs, &seal.checkpoint.origin);
    log.segments.push(Sealed { plan, seal_path, seal_text, seal, vouched, leaves, renamed });
}

/// The file that a seal at `path` is for: beside it, by name, packed or unpacked since.
fn target(path: &str, by_path: &BTreeMap<String, usize>) -> Option<usize> {
    let name = path.strip_suffix(SEAL_SUFFIX)?;
    packed_names(name).iter().find_map(|name| by_path.get(name).copied())
}

/// Takes public keys out of the evidence: noted, never trusted by themselves.
fn take_keys(claims: &mut Claims, keys: &mut Keys) {
    let small: Vec<(usize, String)> = claims
        .free()
        .filter(|(_, file)| file.size <= 8192)
        .filter_map(|(index, file)| Some((index, std::str::from_utf8(&file.peek()).ok()?.trim().to_owned())))
        .filter(|(_, text)| text.len() <= 8192)
        .collect();
    for (index, text) in small {
        if let Ok(key) = Key::from_verifier_key(&text) {
            let reason = format!("it is the public key of {}; a key that lies in the evidence is not trusted by itself", key.name);
            keys.found(key);
            claims.skip(index, reason);
        } else if crate::trust::is_private_key(text.as_bytes()) {
            claims.skip(index, "it is a private key, which should never lie beside evidence");
        }
    }
}

/// Takes every file that is a seal, or is named like one beside a file.
fn take_seals(claims: &mut Claims) -> Vec<Candidate> {
    let paths: BTreeMap<String, usize> = claims.free().map(|(index, file)| (file.path.clone(), index)).collect();
    let found: Vec<usize> = claims
        .free()
        .filter(|(_, file)| {
            file.start.starts_with(b"sealscope.dev/segment@") || file.path.ends_with(SEAL_SUFFIX) && target(&file.path, &paths).is_some()
        })
        .map(|(index, _)| index)
        .collect();
    let mut seals = Vec::new();
    for index in found {
        let Some(file) = claims.take(index) else { continue };
        let parsed = file.read_all(MAX_SEAL).map_err(|error| error.to_string()).and_then(|bytes| {
            let text = String::from_utf8(bytes).map_err(|_error| "it is not text".to_owned())?;
            // An editor's line ends in the seal change nothing that is signed once they are undone.
            let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
            Seal::parse(&text).map(|seal| (text, seal)).map_err(|error| error.to_string())
        });
        match parsed {
            Ok((text, seal)) => seals.push(Candidate { path: file.path.clone(), text, seal }),
            Err(cause) => claims.findings.push(Finding::new(
                Code::SealUnreadable,
                Place { path: file.path.clone(), ..Place::default() },
                format!("The seal {} cannot be read", file.name()),
                format!("{}: {cause}. The file that it should vouch for is shown without proof.", file.path),
            )),
        }
    }
    seals
}

/// Takes checkpoints that came on their own.
fn take_checkpoints(claims: &mut Claims) -> Vec<(String, Note, Checkpoint)> {
    let found: Vec<(usize, Note, Checkpoint)> = claims
        .free()
        // A note is text that starts with a name; nothing in JSON does.
        .filter(|(_, file)| file.size <= MAX_SEAL && !matches!(file.start.first(), None | Some(b'{' | b'[')))
        .filter_map(|(index, file)| {
            let start = file.peek();
            let note = Note::parse(std::str::from_utf8(&start).ok().filter(|text| text.len() < File::PEEK)?).ok()?;
            let checkpoint = note.checkpoint().ok()?;
            Some((index, note, checkpoint))
        })
        .collect();
    found.into_iter().filter_map(|(index, note, checkpoint)| Some((claims.take(index)?.path, note, checkpoint))).collect()
}

/// The free file whose records lead to the seal's root, whatever its name.
fn find_by_content(claims: &Claims, seal: &Seal) -> Option<usize> {
    let mut budget = MAX_SEARCH;
    for (index, file) in claims.free() {
        if file.size > budget || file.start.is_empty() || file.path.ends_with(LEAVES_SUFFIX) {
            continue;
        }
        budget -= file.size;
        let Ok(content) = file.read_all(budget.min(File::MAX_DOCUMENT)) else { continue };
        if damage::fits(seal, &super::records(seal.unit, &content)) {
            return Some(index);
        }
    }
    None
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
        let bounds = self.segments.iter().flat_map(|other| [other.seal.first, other.seal.checkpoint.size]);
        let mut roots_at: Vec<u64> =
            bounds.chain(self.lone.iter().map(|lone| lone.checkpoint.size)).filter(|&number| number > first && number < size).collect();
        roots_at.sort_unstable();
        roots_at.dedup();
        Wanted { tree: Some(Leaves::Segment(sealed.seal.leaves())), roots_at, ..Wanted::default() }
    }

    fn conclude(&self, observed: &[Observed], reread: &dyn Reread) -> Conclusion {
        chain::conclude(self, observed, reread)
    }

    fn excerpt(&self, segment: usize, file: &File, chosen: &[u64], going: Going<'_>) -> Result<Option<Excerpt>, SourceError> {
        let Some(sealed) = self.segments.get(segment) else { return Ok(None) };
        super::pruned::excerpt(&sealed.seal, &sealed.seal_text, file, chosen, going)
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
