//! Transparency logs of tiles.

use std::fs;
use std::path::PathBuf;

use sealscope::seal::note::{Note, checkpoint_text, cosign};
use sealscope::trust::{Key, Role};

use super::{Contents, is_here, pick, told};
use crate::builder::*;
use crate::manipulations::Numbers;
use crate::properties::{Case, Maker, Move};

/// A log in tiles, with older checkpoints beside it.
pub struct Tiles;

const ORIGIN: &str = "log.example/one";

/// A checkpoint, another size or root perhaps, signed by a lesser key: another log's, an examiner's, one that has run out, or a stranger's.
fn resign(case: &Case, numbers: &mut Numbers) -> String {
    let Some(path) = pick(case, numbers, "checkpoint") else { return "no checkpoint".into() };
    let Ok(text) = fs::read_to_string(&path) else { return "no text".into() };
    let Some(mut checkpoint) = Note::parse(&text).ok().and_then(|note| note.checkpoint().ok()) else { return "no checkpoint".into() };
    let seed = [4, 16, 17, 66][numbers.below(4)];
    let name = if seed == 4 { "log.example/two" } else { ORIGIN };
    let (key, signer) = key_pair(name, seed);
    match numbers.below(4) {
        0 => checkpoint.size = numbers.below(600) as u64,
        1 => checkpoint.root = [7; 32],
        2 => checkpoint.origin = "log.example/two".into(),
        _ => {}
    }
    let made = cosign(&checkpoint_text(&checkpoint), &key, &signer, DAY + 90_000);
    // Instead of the log's signature, or beside it.
    let beside = numbers.below(2) == 0 && text.starts_with(&checkpoint_text(&checkpoint));
    let content = if beside { text + made.split_once("\n\n").unwrap().1 } else { made };
    fs::write(&path, content).unwrap();
    format!("key {seed} signs {}", told(case, &path))
}

/// An older checkpoint over the newest.
fn replay(case: &Case, numbers: &mut Numbers) -> String {
    let (Some(from), Some(to)) = (pick(case, numbers, "checkpoint"), pick(case, numbers, "checkpoint")) else { return "none".into() };
    let content = fs::read(&from).unwrap();
    fs::write(&to, content).unwrap();
    format!("replay {} as {}", told(case, &from), told(case, &to))
}

/// Signatures stripped.
fn strip(case: &Case, numbers: &mut Numbers) -> String {
    let Some(path) = pick(case, numbers, "checkpoint") else { return "no checkpoint".into() };
    let Ok(text) = fs::read_to_string(&path) else { return "no text".into() };
    fs::write(&path, text.split_inclusive("\n\n").next().unwrap_or_default()).unwrap();
    format!("signatures of {} stripped", told(case, &path))
}

impl Maker for Tiles {
    fn name(&self) -> &'static str {
        "tiles"
    }

    fn genuine(&self, numbers: &mut Numbers) -> Case {
        let folder = tempfile::tempdir().unwrap();
        let size = 258 + numbers.below(20) as u64;
        let mut keys = crate::tiles::make(folder.path(), size, &[100, 256, size]);
        keys.trust(key_pair("log.example/two", 4).0);
        keys.trust(Key { role: Role::Examiner, ..key_pair(ORIGIN, 16).0 });
        keys.trust(Key { not_after: Some(1), ..key_pair(ORIGIN, 17).0 });
        Case::new(folder, keys)
    }

    fn moves(&self) -> Vec<Move> {
        vec![resign, replay, strip]
    }

    fn must_notice(&self, genuine: &Case, here: &Contents) -> bool {
        // A signed checkpoint lies in its place, and some of the entries before it, but not all.
        let bundles: Vec<(&PathBuf, &Vec<u8>)> = genuine.files.iter().filter(|(path, _)| path.starts_with("tile/entries")).collect();
        let is_newest = here.get(&PathBuf::from("checkpoint")) == genuine.files.get(&PathBuf::from("checkpoint"));
        let there = bundles.iter().any(|(path, content)| here.get(*path) == Some(content));
        is_newest && there && !bundles.iter().all(|(_, content)| is_here(here, content))
    }
}
