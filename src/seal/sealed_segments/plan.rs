//! Finds seals, the files that they are for, lone checkpoints and keys among what was opened.

use std::collections::BTreeMap;

use super::damage;
use super::log::{MAX_SEAL, Sealed};
use crate::model::finding::{Finding, Place};
use crate::model::text::name_of;
use crate::model::text::utf8;
use crate::model::words::reading::{Claim, ReadingFact};
use crate::model::words::segments::SegmentFact;
use crate::seal::claims::Claims;
use crate::seal::format::{SealedLog, SegmentPlan, records};
use crate::seal::primitives::note::{Checkpoint, Note};
use crate::seal::primitives::segment::{LEAVES_SUFFIX, SEAL_SUFFIX, Seal, Unit};
use crate::seal::unsealed::claimed::Claimed;
use crate::seal::unsealed::{Shape, shape};
use crate::source::{File, Reading, packed_names};
use crate::trust::{Key, Store as Keys};

/// When seals have lost their files, so much is read to find them by content, for all of them together, in bytes.
const MAX_SEARCH: u64 = 1 << 30;

/// A seal that can be read.
pub(super) struct Candidate {
    pub(super) path: String,
    pub(super) text: String,
    pub(super) seal: Seal,
}

/// A seal and its file.
pub(super) struct Paired {
    pub(super) candidate: Candidate,
    file: File,
    leaves: Option<File>,
    renamed: bool,
}

impl Paired {
    /// Asks what the seal's signatures are worth.
    pub(super) fn judge(self, keys: &Keys) -> Sealed {
        let Candidate { path: seal_path, text: seal_text, seal } = self.candidate;
        let signatures = seal.note.judge(keys, &seal.checkpoint.origin);
        let plan = SegmentPlan { first: seal.first, expected: Some(seal.count()), unit: seal.unit, file: self.file };
        Sealed { plan, seal_path, seal_text, seal, signatures, leaves: self.leaves, renamed: self.renamed, lent: None }
    }
}

/// What was found of seals.
pub(super) struct Found {
    candidates: Vec<Candidate>,
    /// Paths of seals that cannot be read.
    pub(super) unreadable: Vec<String>,
    pub(super) paired: Vec<Paired>,
    /// Seals without their files, and whether the search for those was cut short.
    pub(super) orphans: Vec<(Candidate, bool)>,
}

/// Takes public keys out of the evidence: noted, never trusted by themselves.
pub(super) fn take_keys(claims: &mut Claims, keys: &mut Keys) {
    let small: Vec<(usize, String)> = claims
        .free()
        .filter(|(_, file)| file.size <= 8192)
        .filter_map(|(index, file)| Some((index, utf8(&file.peek())?.trim().to_owned())))
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
pub(super) fn seals(claims: &mut Claims) -> Found {
    let paths: BTreeMap<String, usize> = claims.free().map(|(index, file)| (file.path.clone(), index)).collect();
    let indices: Vec<usize> = claims
        .free()
        .filter(|(_, file)| {
            let start: &[u8] = file.start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&file.start);
            start.starts_with(b"sealscope.dev/segment@")
                || file.path.ends_with(SEAL_SUFFIX) && targets(&file.path).iter().any(|path| paths.contains_key(path))
        })
        .map(|(index, _)| index)
        .collect();
    let mut found = Found { candidates: Vec::new(), unreadable: Vec::new(), paired: Vec::new(), orphans: Vec::new() };
    for index in indices {
        // What is planned after a stop counts for nothing.
        if claims.stopped() {
            break;
        }
        let Some(file) = claims.take(index) else { continue };
        let reading = Reading::from(file.read_all(MAX_SEAL));
        // What was not read may well be as it was.
        let is_unread = matches!(reading, Reading::Unreadable(_) | Reading::TooLarge(_) | Reading::Stopped);
        let bytes = match reading {
            Reading::Done(bytes) => Ok(bytes),
            Reading::Stopped => Err("reading was stopped".to_owned()),
            Reading::Unreadable(why) | Reading::TooLarge(why) | Reading::Damaged(why) => Err(why),
        };
        let parsed = bytes.and_then(|bytes| {
            let text = String::from_utf8(bytes).map_err(|_error| "it is not text".to_owned())?;
            // An editor's line ends in the seal change nothing that is signed once they are undone.
            let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").trim_end_matches('\n').to_owned() + "\n";
            Seal::parse(&text).map(|seal| (text, seal)).map_err(|error| error.to_string())
        });
        match parsed {
            Ok((text, seal)) => found.candidates.push(Candidate { path: file.path.clone(), text, seal }),
            Err(cause) => {
                let place = Place { path: file.path.clone(), ..Place::default() };
                claims.findings.push(if is_unread {
                    Finding::of(ReadingFact::Unreadable { cause }, place)
                } else {
                    Finding::of(SegmentFact::SealUnreadable { cause }, place)
                });
                found.unreadable.push(file.path);
            }
        }
    }
    found
}

/// The files that a seal at `path` can be for by name: beside it, packed or unpacked since. Its very name comes first.
fn targets(path: &str) -> Vec<String> {
    packed_names(path.strip_suffix(SEAL_SUFFIX).unwrap_or(path))
}

/// Gives each seal its file: by its very name, by the name of a packed or unpacked one, and at last by content.
pub(super) fn pair(claims: &mut Claims, found: &mut Found) {
    let by_path: BTreeMap<String, usize> = claims.free().map(|(index, file)| (file.path.clone(), index)).collect();
    let mut left = Vec::new();
    for exactly in [true, false] {
        let candidates = if exactly { std::mem::take(&mut found.candidates) } else { std::mem::take(&mut left) };
        for candidate in candidates {
            let is_free = |index: &usize| claims.files.get(*index).is_some_and(Option::is_some);
            let named = targets(&candidate.path)
                .into_iter()
                .take(if exactly { 1 } else { usize::MAX })
                .find_map(|name| by_path.get(&name).copied().filter(is_free));
            match named {
                Some(index) => attach(claims, found, candidate, index, &by_path, false),
                None => left.push(candidate),
            }
        }
    }
    if left.is_empty() {
        return;
    }
    let mut search = Search::new(claims);
    for candidate in left {
        match search.find(claims, &candidate.seal) {
            Some(index) => attach(claims, found, candidate, index, &by_path, true),
            None => found.orphans.push((candidate, search.cut_short)),
        }
    }
}

fn attach(claims: &mut Claims, found: &mut Found, candidate: Candidate, index: usize, by_path: &BTreeMap<String, usize>, renamed: bool) {
    let Some(file) = claims.take(index) else { return };
    let named_for = candidate.path.strip_suffix(SEAL_SUFFIX).unwrap_or(&candidate.path);
    let leaves = [format!("{}{LEAVES_SUFFIX}", file.path), format!("{named_for}{LEAVES_SUFFIX}")]
        .iter()
        .find_map(|path| claims.take(*by_path.get(path)?));
    found.paired.push(Paired { candidate, file, leaves, renamed });
}

/// Looks for the files of seals by content. Each file's lines are counted once; only files with the right number are hashed.
struct Search {
    /// Free files by their number of lines.
    by_lines: BTreeMap<u64, Vec<usize>>,
    budget: u64,
    cut_short: bool,
}

impl Search {
    fn new(claims: &Claims) -> Self {
        let mut search = Self { by_lines: BTreeMap::new(), budget: MAX_SEARCH, cut_short: false };
        for (index, file) in claims.free() {
            if file.start.is_empty() || file.path.ends_with(LEAVES_SUFFIX) {
                continue;
            }
            if let Some(content) = search.read(file) {
                search.by_lines.entry(records(Unit::Line, &content).len() as u64).or_default().push(index);
            }
        }
        search
    }

    fn read(&mut self, file: &File) -> Option<Vec<u8>> {
        if file.size > self.budget {
            self.cut_short = true;
            return None;
        }
        match file.read_all(self.budget.min(File::MAX_DOCUMENT)) {
            Ok(content) => {
                self.budget = self.budget.saturating_sub(file.size.max(content.len() as u64));
                Some(content)
            }
            // What cannot be read is reported where the file is judged.
            Err(_) => None,
        }
    }

    /// The free file whose records lead to the seal's root, whatever its name.
    fn find(&mut self, claims: &Claims, seal: &Seal) -> Option<usize> {
        let indices: Vec<usize> = match seal.unit {
            Unit::Line => self.by_lines.get(&seal.count()).cloned().unwrap_or_else(Vec::new),
            _ => self.by_lines.values().flatten().copied().collect(),
        };
        for index in indices {
            let Some(file) = claims.files.get(index).and_then(Option::as_ref) else { continue };
            if let Some(content) = self.read(file)
                && damage::fits(seal, &records(seal.unit, &content))
            {
                return Some(index);
            }
        }
        None
    }
}

/// Takes checkpoints that came on their own.
pub(super) fn take_checkpoints(claims: &mut Claims) -> Vec<(String, Note, Checkpoint)> {
    let found: Vec<(usize, Note, Checkpoint)> = claims
        .free()
        // A note is text that starts with a name; nothing in JSON does.
        .filter(|(_, file)| file.size <= MAX_SEAL && !matches!(file.start.first(), None | Some(b'{' | b'[')))
        .filter_map(|(index, file)| {
            let start = file.peek();
            let text = utf8(&start).filter(|text| text.len() < File::PEEK)?;
            let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").trim_end_matches('\n').to_owned() + "\n";
            let Ok(note) = Note::parse(&text) else { return None };
            let Ok(checkpoint) = note.checkpoint() else { return None };
            Some((index, note, checkpoint))
        })
        .collect();
    found.into_iter().filter_map(|(index, note, checkpoint)| Some((claims.take(index)?.path, note, checkpoint))).collect()
}

/// Remembers that seals which cannot be read name files: those are never called unsealed.
pub(super) fn claim(claims: &mut Claims, unreadable: &[String]) {
    let by_path: BTreeMap<String, usize> = claims.free().map(|(index, file)| (file.path.clone(), index)).collect();
    for path in unreadable {
        if let Some(named) = targets(path).into_iter().find(|name| by_path.contains_key(name)) {
            claims.claim(&named, Claim::Beside(name_of(path).to_owned()));
        }
    }
}

/// Files beside leaf hashes and without a seal: they were sealed once, and are never called unsealed.
pub(super) fn leaves_alone(claims: &mut Claims) -> Vec<Box<dyn SealedLog>> {
    let by_path: BTreeMap<String, usize> = claims.free().map(|(index, file)| (file.path.clone(), index)).collect();
    let mut logs: Vec<Box<dyn SealedLog>> = Vec::new();
    let leaves: Vec<(usize, String)> = claims
        .free()
        .filter(|(_, file)| file.path.ends_with(LEAVES_SUFFIX) && file.size.is_multiple_of(32))
        .map(|(index, file)| (index, file.path.clone()))
        .collect();
    for (own, path) in leaves {
        let seal_path = path.strip_suffix(LEAVES_SUFFIX).map_or_else(|| path.clone(), |name| format!("{name}{SEAL_SUFFIX}"));
        let named = targets(&seal_path).iter().find_map(|name| by_path.get(name).copied());
        let Some(index) = named.filter(|index| claims.files.get(*index).is_some_and(Option::is_some)) else { continue };
        claims.take(own);
        let Some(file) = claims.take(index) else { continue };
        let unit = if shape(&file) == Shape::Document { Unit::File } else { Unit::Line };
        logs.push(Box::new(Claimed::new(SegmentPlan { file, first: 0, expected: None, unit }, path)));
    }
    logs
}
