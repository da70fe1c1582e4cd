//! Structural manipulations of logs in other people's formats: whatever is dropped, swapped, spliced, split, replayed, stripped or flipped, a
//! record that is called sealed is a genuine one, and nothing that is altered is called good.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use sealscope::model::{State, Verdict};
use sealscope::trust::Store as Keys;
use sealscope::verify::Examination;

use super::builder::*;

/// splitmix64, so that a failure can be repeated.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

type Files = Vec<(PathBuf, Vec<u8>)>;

fn read(folder: &Path, below: &Path, files: &mut Files) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = below.join(path.file_name().unwrap());
        if path.is_dir() { read(&path, &name, files) } else { files.push((name, fs::read(&path).unwrap())) }
    }
    files.sort();
}

fn write(files: &Files) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        // A path that is a folder by now is left out.
        fs::write(path, bytes).ok();
    }
    folder
}

/// One to three random moves, in words.
fn moved(numbers: &mut Numbers, files: &mut Files) -> String {
    let mut told = Vec::new();
    for _ in 0..=numbers.below(3) {
        let (one, other) = (numbers.below(files.len()), numbers.below(files.len()));
        let name = files[one].0.display().to_string();
        let at = numbers.below(files[one].1.len());
        told.push(match numbers.below(8) {
            0 if files.len() > 1 => {
                files.remove(one);
                format!("drop {name}")
            }
            1 => {
                let kept = files[one].1.clone();
                files[one].1 = std::mem::replace(&mut files[other].1, kept);
                format!("swap {name} and {}", files[other].0.display())
            }
            2 => {
                files[one].1 = files[other].1.clone();
                format!("replay {} as {name}", files[other].0.display())
            }
            3 => {
                files[one].0 = Path::new("moved").join(&files[one].0);
                format!("split off {name}")
            }
            4 => {
                files[one].1.truncate(at);
                format!("strip {name} to {at}")
            }
            5 => {
                let half = files[other].1.len() / 2;
                let tail = files[other].1.split_off(half);
                files[other].1.extend_from_slice(&tail);
                files[one].1.truncate(at);
                files[one].1.extend(tail);
                format!("splice {name} with {}", files[other].0.display())
            }
            6 if !files[one].1.is_empty() => {
                files[one].1[at] ^= 1 << numbers.below(8);
                format!("flip {name} at {at}")
            }
            _ => {
                let copy = (Path::new("copy").join(&files[one].0), files[one].1.clone());
                files.push(copy);
                format!("copy {name}")
            }
        });
    }
    told.join(", ")
}

fn sealed(examination: &Examination) -> Vec<Vec<u8>> {
    let rows = (0..examination.store.len() as u32).filter(|row| examination.store.state(*row) == State::Sealed);
    rows.map(|row| examination.raw(row).unwrap()).collect()
}

fn sound(files: &Files, keys: &Keys, rounds: u64) {
    let folder = write(files);
    let genuine = open(folder.path(), keys.clone());
    assert_eq!(genuine.verdict(), Verdict::Sealed, "{:?}", genuine.findings);
    let records: BTreeSet<Vec<u8>> = sealed(&genuine).into_iter().collect();
    for round in 0..rounds {
        let mut numbers = Numbers(round);
        let mut changed = files.clone();
        let told = moved(&mut numbers, &mut changed);
        let folder = write(&changed);
        let examination = open(folder.path(), keys.clone());
        for record in sealed(&examination) {
            assert!(records.contains(&record), "round {round}: {told}: sealed {}", String::from_utf8_lossy(&record));
        }
        // What is called good as a whole holds nothing but genuine records.
        if examination.verdict() == Verdict::Sealed {
            let all = (0..examination.store.len() as u32).map(|row| examination.raw(row).unwrap());
            assert!(all.into_iter().all(|record| records.contains(&record)), "round {round}: {told}");
        }
    }
}

fn of_format(format: &str, rounds: u64) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats");
    let (mut files, mut keys) = (Files::new(), Keys::default());
    read(&root.join(format), Path::new(""), &mut files);
    keys.add_file(&root.join(format!("{format}.trust"))).unwrap();
    sound(&files, &keys, rounds);
}

fn journal(rounds: u64) {
    use std::io::Read;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/journals");
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(fs::File::open(root.join("compact.journal.gz")).unwrap()).read_to_end(&mut bytes).unwrap();
    let mut keys = Keys::default();
    keys.add_file(&root.join("compact.key")).unwrap();
    // What stands behind the last object is empty room.
    bytes.truncate(bytes.iter().rposition(|byte| *byte != 0).unwrap() + 9);
    sound(&vec![("system.journal".into(), bytes)], &keys, rounds);
}

#[test]
fn moves_of_trails() {
    of_format("cloudtrail", 150);
}

#[test]
fn moves_of_tiles() {
    of_format("tiles", 150);
}

#[test]
fn moves_of_proofs() {
    of_format("proof", 150);
}

#[test]
fn moves_of_journals() {
    journal(12);
}

#[test]
#[ignore = "ten thousand each; takes minutes"]
fn ten_thousand_moves_of_each_format() {
    for format in ["cloudtrail", "tiles", "proof"] {
        of_format(format, 10_000);
    }
    journal(10_000);
}
