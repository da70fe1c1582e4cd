//! Sealed journals, from the fixtures.

use std::fs;
use std::io::Read;
use std::path::Path;

use sealscope::trust::Store as Keys;

use super::{Contents, pick, told};
use crate::manipulations::Numbers;
use crate::properties::{Case, Maker, Move};

/// A sealed journal with its key, beside keys of other machines.
pub struct Journals;

const NAMES: [&str; 3] = ["compact", "regular", "jenkins"];

fn content(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/journals/{name}.journal.gz"));
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?)).ok()
}

/// Where the objects of a kind begin.
fn objects(bytes: &[u8], kind: u8) -> Vec<usize> {
    let mut found = Vec::new();
    let (Some(mut at), Some(tail)) = (number(bytes, 88), number(bytes, 136)) else { return found };
    while at <= tail && found.len() < 100_000 {
        let Some(size) = number(bytes, at + 8).filter(|size| *size >= 16) else { break };
        if bytes.get(at) == Some(&kind) {
            found.push(at);
        }
        at = at.saturating_add(size.next_multiple_of(8));
    }
    found
}

/// Spoils something of the format: a tag's bytes or number, an entry's time, an object's kind, the header's flags, counts and end.
fn spoil(case: &Case, numbers: &mut Numbers) -> String {
    let Some(path) = pick(case, numbers, ".journal") else { return "no journal".into() };
    let mut bytes = fs::read(&path).unwrap();
    let kind = [1, 3, 7, 7, 0][numbers.below(5)];
    let what = if kind == 0 || bytes.len() < 300 {
        let at = [8, 16, 104, 136, 144, 152, 208, 224][numbers.below(8)];
        if at < bytes.len() {
            bytes[at] ^= 1 << numbers.below(8);
        }
        format!("header at {at}")
    } else {
        let found = objects(&bytes, kind);
        if found.is_empty() {
            return "no objects".into();
        }
        let object = found[numbers.below(found.len())];
        let at = object + [0, 16, 24, 33, 40, 60][numbers.below(6)];
        if at < bytes.len() {
            bytes[at] ^= 1 << numbers.below(8);
        }
        format!("object of kind {kind} at {object:x}, byte {}", at - object)
    };
    fs::write(&path, bytes).unwrap();
    format!("spoil {}: {what}", told(case, &path))
}

/// The header's end moved back to an earlier tag, with the number of tags made to fit.
fn shorten(case: &Case, numbers: &mut Numbers) -> String {
    let Some(path) = pick(case, numbers, ".journal") else { return "no journal".into() };
    let mut bytes = fs::read(&path).unwrap();
    let tags = objects(&bytes, 7);
    if tags.is_empty() || bytes.len() < 300 {
        return "no tags".into();
    }
    let keep = numbers.below(tags.len());
    bytes[136..144].copy_from_slice(&(tags[keep] as u64).to_le_bytes());
    if numbers.below(2) == 0 {
        bytes[224..232].copy_from_slice(&(keep as u64 + 1).to_le_bytes());
    }
    fs::write(&path, bytes).unwrap();
    format!("{} ends at tag {keep}", told(case, &path))
}

/// A tag of one journal over one of another or of the same.
fn replay_tag(case: &Case, numbers: &mut Numbers) -> String {
    let (Some(from), Some(to)) = (pick(case, numbers, ".journal"), pick(case, numbers, ".journal")) else { return "no journal".into() };
    let source = fs::read(&from).unwrap();
    let mut bytes = fs::read(&to).unwrap();
    let (theirs, own) = (objects(&source, 7), objects(&bytes, 7));
    if theirs.is_empty() || own.is_empty() {
        return "no tags".into();
    }
    let (one, other) = (theirs[numbers.below(theirs.len())], own[numbers.below(own.len())]);
    if one + 64 > source.len() || other + 64 > bytes.len() {
        return "cut".into();
    }
    bytes[other..other + 64].copy_from_slice(&source[one..one + 64]);
    fs::write(&to, bytes).unwrap();
    format!("tag {one:x} of {} over {other:x} of {}", told(case, &from), told(case, &to))
}

impl Maker for Journals {
    fn name(&self) -> &'static str {
        "journals"
    }

    fn is_numbered(&self) -> bool {
        false
    }

    fn rows_compared(&self) -> usize {
        4
    }

    fn genuine(&self, numbers: &mut Numbers) -> Case {
        let folder = tempfile::tempdir().unwrap();
        let mut keys = Keys::default();
        let chosen = numbers.below(3);
        for name in [NAMES[chosen], NAMES[(chosen + 1) % 3]] {
            let bytes = content(name);
            // What stands behind the last object is empty room.
            let end = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 9;
            fs::write(folder.path().join(format!("{name}.journal")), &bytes[..end.min(bytes.len())]).unwrap();
            keys.add_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/journals/{name}.key"))).unwrap();
        }
        Case::new(folder, keys)
    }

    fn moves(&self) -> Vec<Move> {
        vec![spoil, shorten, replay_tag]
    }

    fn must_notice(&self, _genuine: &Case, _here: &Contents) -> bool {
        // A journal names nothing outside of itself; what is wrong within shows in the records.
        false
    }
}
