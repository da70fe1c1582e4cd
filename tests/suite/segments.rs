//! Sealed segments and excerpts of them, for the properties.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use sealscope::seal::note::{Checkpoint, checkpoint_text, cosign};
use sealscope::seal::segment::{Seal, Sealer, Unit, make};

use super::builder::*;
use super::manipulations::Numbers;
use super::properties::{Case, Maker, Move, files, relative, write};

/// A log of sealed segments.
pub struct Segments;

/// Excerpts of a log, as a bundle holds them.
pub struct Excerpts;

fn is_seal(path: &Path) -> bool {
    fs::read(path).is_ok_and(|content| content.starts_with(b"sealscope.dev/segment@"))
}

fn a_seal(case: &Case, numbers: &mut Numbers) -> Option<PathBuf> {
    let seals: Vec<PathBuf> = files(case.path()).into_iter().filter(|path| is_seal(path)).collect();
    (!seals.is_empty()).then(|| seals[numbers.below(seals.len())].clone())
}

/// Edits the unsigned lines of a seal.
fn unsigned(case: &Case, numbers: &mut Numbers) -> String {
    let Some(path) = a_seal(case, numbers) else { return "no seal".into() };
    let Ok(text) = fs::read_to_string(&path) else { return "no text".into() };
    let first = format!("first {}\n", numbers.below(30));
    let changed: String = text
        .split_inclusive('\n')
        .map(|line| match line.split(' ').next() {
            Some("first") => first.clone(),
            Some("unit") if numbers.below(2) == 0 => "unit file\n".into(),
            Some("frontier" | "secret") if numbers.below(2) == 0 => String::new(),
            _ => line.to_owned(),
        })
        .collect();
    fs::write(&path, changed).unwrap();
    format!("unsigned lines of {}", relative(case.path(), &path).display())
}

/// Strips a seal's signatures, or has another key sign it.
fn resign(case: &Case, numbers: &mut Numbers) -> String {
    let Some(path) = a_seal(case, numbers) else { return "no seal".into() };
    let Ok(text) = fs::read_to_string(&path) else { return "no text".into() };
    let Ok(seal) = Seal::parse(&text) else { return "no seal".into() };
    let (key, signer) = key_pair(if numbers.below(2) == 0 { ORIGIN } else { "mallory.example/log" }, 66);
    let head = text.split_once("\n\n").unwrap().0;
    fs::write(&path, format!("{head}\n\n{}", cosign(&seal.note.text, &key, &signer, DAY + 5))).unwrap();
    format!("another key signs {}", relative(case.path(), &path).display())
}

/// A checkpoint out of a seal, as if someone had kept it.
fn replay_checkpoint(case: &Case, numbers: &mut Numbers) -> String {
    let Some(path) = a_seal(case, numbers) else { return "no seal".into() };
    let Some(note) = fs::read_to_string(&path).ok().and_then(|text| Some(text.split_once("\n\n")?.1.to_owned())) else {
        return "none".into();
    };
    write(&case.path().join("checkpoint"), note.as_bytes());
    format!("the checkpoint of {}", relative(case.path(), &path).display())
}

/// An empty segment under a genuine checkpoint, with the true frontier.
fn hollow(case: &Case, numbers: &mut Numbers) -> String {
    let Some(path) = a_seal(case, numbers) else { return "no seal".into() };
    let Ok(text) = fs::read_to_string(&path) else { return "no text".into() };
    let Ok(seal) = Seal::parse(&text) else { return "no seal".into() };
    // The frontier at its end stands in a later seal.
    let later = files(case.path()).into_iter().filter_map(|path| Seal::parse(&fs::read_to_string(path).ok()?).ok());
    let Some(later) = { later }.find(|later| later.first == seal.checkpoint.size) else { return "no later seal".into() };
    let head = Seal::head(Unit::Line, later.first, None, &later.before);
    let note = text.split_once("\n\n").unwrap().1;
    fs::write(&path, head + note).unwrap();
    let file = path.with_extension("");
    fs::write(&file, b"").unwrap();
    format!("{} made hollow", relative(case.path(), &file).display())
}

/// A whole segment by another key in the log's name.
fn strangers_segment(case: &Case, numbers: &mut Numbers) -> String {
    let (key, signer) = key_pair(ORIGIN, 66);
    let sealer = Sealer { key: &key, signer: &signer, seconds: DAY + 999 };
    let lines = [record(500, 5), record(501, 6)];
    let mut before = sealscope::seal::merkle::Range::new(0);
    (0..numbers.below(40)).for_each(|_| before.push([1; 32]));
    let made = make(&sealer, ORIGIN, Unit::Line, None, &before, lines.iter().map(|line| line.as_bytes()));
    write(&case.path().join("strange.jsonl"), format!("{}\n{}\n", lines[0], lines[1]).as_bytes());
    write(&case.path().join("strange.jsonl.seal"), made.seal.as_bytes());
    "a stranger's segment".into()
}

fn lines(content: &[u8]) -> Vec<&[u8]> {
    sealscope::seal::records(Unit::Line, content)
}

impl Maker for Segments {
    fn name(&self) -> &'static str {
        "segments"
    }

    fn genuine(&self, numbers: &mut Numbers) -> Case {
        let mut log = Log::empty(numbers.below(3) > 0, numbers.below(2) == 0);
        for _ in 0..3 {
            log.add(1 + numbers.below(6));
        }
        if numbers.below(2) == 0 {
            log.clock += 30;
            let text = checkpoint_text(&Checkpoint { origin: ORIGIN.into(), size: log.tree.end(), root: log.tree.root().unwrap() });
            fs::write(log.folder.path().join("checkpoint"), cosign(&text, &log.key, &log.signer, DAY + log.clock)).unwrap();
        }
        Case::new(log.folder, log.keys)
    }

    fn moves(&self) -> Vec<Move> {
        vec![unsigned, resign, replay_checkpoint, hollow, strangers_segment]
    }

    fn must_notice(&self, genuine: &Case, here: &BTreeMap<PathBuf, Vec<u8>>) -> bool {
        // The genuine segments in their order: seal, signed size, content.
        let mut segments: Vec<(&Vec<u8>, u64, &Vec<u8>)> = Vec::new();
        for (path, seal) in genuine.files.iter().filter(|(path, _)| path.extension().is_some_and(|end| end == "seal")) {
            let size = Seal::parse(std::str::from_utf8(seal).unwrap()).unwrap().checkpoint.size;
            segments.push((seal, size, &genuine.files[&path.with_extension("")]));
        }
        segments.sort_by_key(|segment| segment.1);
        let note = |seal: &[u8]| std::str::from_utf8(seal).ok().and_then(|text| Some(text.split_once("\n\n")?.1.trim_end().to_owned()));
        let is_signed = |seal: &Vec<u8>| {
            let wanted = note(seal);
            here.values().any(|content| content.starts_with(b"sealscope.dev/segment@v2\n") && note(content) == wanted)
        };
        let is_here = |content: &Vec<u8>| here.values().any(|other| lines(other) == lines(content));
        let signed: Vec<bool> = segments.iter().map(|segment| is_signed(segment.0)).collect();
        let whole: Vec<bool> = segments.iter().map(|segment| is_here(segment.2)).collect();
        let checkpoint = genuine.files.get(Path::new("checkpoint")).is_some_and(|content| here.values().any(|other| other == content));
        let first = signed.iter().position(|is_signed| *is_signed);
        let last = if checkpoint { Some(segments.len() - 1) } else { signed.iter().rposition(|is_signed| *is_signed) };
        // A seal whose unsigned lines were spoiled may have become that of an empty segment: then nothing here names what it sealed.
        let (Some(first), Some(last)) = (first, last) else { return false };
        let intact = |index: usize| here.values().any(|content| content == segments[index].0);
        (first..=last).any(|index| !whole[index] && (index > first || intact(index)))
    }
}

impl Maker for Excerpts {
    fn name(&self) -> &'static str {
        "excerpts"
    }

    fn is_numbered(&self) -> bool {
        false
    }

    fn genuine(&self, numbers: &mut Numbers) -> Case {
        let mut log = Log::empty(numbers.below(3) > 0, false);
        for _ in 0..2 {
            log.add(3 + numbers.below(6));
        }
        let examination = log.examine();
        let folder = tempfile::tempdir().unwrap();
        for (segment, name) in [(0, "001"), (1, "002")] {
            let count = examination.segments[segment].count;
            let chosen: Vec<u64> = (0..count).filter(|index| *index == 1 || numbers.below(2) == 0).collect();
            let excerpt = examination.excerpt(segment as u32, &chosen, &|_| true).unwrap().unwrap();
            let records: Vec<u8> = excerpt.records.iter().flat_map(|record| [record.as_slice(), b"\n"].concat()).collect();
            write(&folder.path().join(format!("records/{name}.ndjson")), &records);
            for (kind, ending, text) in &excerpt.files {
                write(&folder.path().join(format!("{kind}/{name}{ending}")), text.as_bytes());
            }
        }
        Case::new(folder, log.keys)
    }

    fn moves(&self) -> Vec<Move> {
        vec![unsigned, resign]
    }

    fn must_notice(&self, genuine: &Case, here: &BTreeMap<PathBuf, Vec<u8>>) -> bool {
        ["001", "002"].iter().any(|name| {
            let seal = &genuine.files[Path::new(&format!("seals/{name}.seal"))];
            let records = &genuine.files[Path::new(&format!("records/{name}.ndjson"))];
            let is_sealed = here.values().any(|content| content == seal);
            is_sealed && !here.values().any(|content| lines(content) == lines(records))
        })
    }
}
