//! Properties of bundles: what is taken out never looks better than where it was taken from, and no structural change passes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sealscope::bundle::{Options, check};
use sealscope::model::State;

use super::builder::*;
use super::bundles::*;

/// Numbers that look random, from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides.max(1)
    }
}

/// Random cases with random damage, random records of them: verified again, no record stands better, and no worse verdict is lost.
fn selections(number: u64) {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    for seed in 0..number {
        let mut dice = Dice(seed + 1);
        let segments = 1 + dice.roll(4);
        let log = Log::new(segments, 2 + dice.roll(9), dice.roll(3) > 0, dice.roll(2) == 0);
        match dice.roll(5) {
            0 => {
                let (at, line) = (dice.roll(segments), dice.roll(2));
                log.edit(at, |lines| lines[line] = lines[line].replace("thing", "thong"));
            }
            1 => {
                let at = dice.roll(segments);
                for path in [log.path(at), log.seal_path(at), log.leaves_path(at)] {
                    fs::remove_file(path).ok();
                }
            }
            2 => fs::remove_file(log.seal_path(dice.roll(segments))).unwrap(),
            _ => {}
        }
        let keys = trusting(&log, &signers);
        let case = open(log.folder.path(), keys.clone());
        if case.store.is_empty() {
            continue;
        }
        let rows: Vec<u32> = (0..case.store.len() as u32).filter(|_| dice.roll(3) == 0).collect();
        let options = Options { whole: dice.roll(2) == 0, accept_guessable: true, single: dice.roll(2) == 0, ..Options::default() };
        let out = folder.path().join(seed.to_string());
        let Ok(exported) = write(&case, &keys, &rows, options, &key, &out) else { continue };
        let again = open(&out, keys.clone());
        let of = |case: &sealscope::verify::Examination, wanted: &[State]| wanted.iter().map(|state| case.counts().of(*state)).sum::<u64>();
        assert!(of(&again, &[State::Sealed]) <= of(&case, &[State::Sealed]), "seed {seed}");
        assert!(again.verdict() >= case.verdict(), "seed {seed}: {:?}, was {:?}: {:?}", again.verdict(), case.verdict(), case.findings);
        let checked = check(&out, &keys);
        assert_eq!(checked.state, State::Sealed, "seed {seed}: {:?}", checked.lines);
        assert_eq!(checked.statement.unwrap().withheld, exported.withheld, "seed {seed}");
    }
}

fn files(folder: &Path, top: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, top, found);
        } else {
            found.insert(path.strip_prefix(top).unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap());
        }
    }
}

fn store(folder: &Path, content: &BTreeMap<String, Vec<u8>>) {
    fs::remove_dir_all(folder).ok();
    for (name, content) in content {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

/// Files dropped, swapped, repeated, taken from another bundle or moved, without any key: never as signed by a trusted examiner.
fn structure(number: u64) {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let log = Log::new(2, 9, true, false);
    let keys = trusting(&log, &signers);
    let case = open(log.folder.path(), keys.clone());
    let all: Vec<u32> = (0..case.store.len() as u32).collect();
    let mut bundles = Vec::new();
    for (name, rows) in [("one", third(&case)), ("two", all)] {
        let out = folder.path().join(name);
        write(&case, &keys, &rows, Options::default(), &key, &out).unwrap();
        let mut found = BTreeMap::new();
        files(&out, &out, &mut found);
        bundles.push(found);
    }
    let out = folder.path().join("moved");
    for seed in 0..number {
        let mut dice = Dice(seed + 77);
        let mut moved = bundles[0].clone();
        let names: Vec<String> = moved.keys().cloned().collect();
        for _ in 0..=dice.roll(3) {
            let (one, other) = (&names[dice.roll(names.len())], &names[dice.roll(names.len())]);
            match dice.roll(6) {
                0 => drop(moved.remove(one)),
                1 => {
                    if let (Some(first), Some(second)) = (moved.get(one).cloned(), moved.get(other).cloned()) {
                        moved.insert(one.clone(), second);
                        moved.insert(other.clone(), first);
                    }
                }
                2 => {
                    if let Some(content) = moved.get(one).cloned() {
                        moved.insert(format!("{other}.more"), content);
                    }
                }
                3 => {
                    if let Some((name, content)) = bundles[1].iter().nth(dice.roll(bundles[1].len())) {
                        moved.insert(name.clone(), content.clone());
                    }
                }
                4 => {
                    if let Some(content) = moved.remove(one) {
                        moved.insert(format!("data/elsewhere/{}", dice.roll(9)), content);
                    }
                }
                _ => {
                    if let Some(content) = moved.get_mut(one) {
                        content.truncate(dice.roll(content.len()));
                    }
                }
            }
        }
        if bundles.contains(&moved) {
            continue;
        }
        store(&out, &moved);
        let checked = check(&out, &keys);
        assert!(matches!(checked.state, State::Broken | State::Unchecked), "seed {seed}: {:?}", checked.lines);
    }
}

#[test]
fn nothing_looks_better_in_a_bundle() {
    selections(40);
}

#[test]
fn no_structural_change_passes() {
    structure(300);
}

#[test]
#[ignore = "takes minutes"]
fn nothing_looks_better_in_many_bundles() {
    selections(1_000);
}

#[test]
#[ignore = "takes minutes"]
fn no_structural_change_of_many_passes() {
    structure(10_000);
}
