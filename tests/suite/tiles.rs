//! Transparency logs on disk: made and spoiled here, and a published one where it is available.

use std::fs;
use std::path::Path;

use sealscope::model::{Code, State, Verdict};
use sealscope::seal::merkle::{Range, leaf};
use sealscope::seal::note::{Checkpoint, checkpoint_text, cosign};
use sealscope::trust::Store as Keys;

use super::builder::*;

/// Writes a log of `size` entries; gives the trusted keys.
pub fn make(folder: &Path, size: u64, checkpoints: &[u64]) -> Keys {
    let (key, signer) = key_pair("log.example/one", 3);
    let mut tree = Range::new(0);
    let mut leaves = Vec::new();
    let mut entries = Vec::new();
    for number in 0..size {
        let entry = record(number, number).into_bytes();
        let hash = leaf(&entry);
        tree.push(hash);
        leaves.push(hash);
        entries.push(entry);
        if checkpoints.contains(&(number + 1)) {
            let text = checkpoint_text(&Checkpoint { origin: "log.example/one".into(), size: number + 1, root: tree.root().unwrap() });
            let name = if number + 1 == size { "checkpoint".to_owned() } else { format!("checkpoint.{}", number + 1) };
            fs::create_dir_all(folder).unwrap();
            fs::write(folder.join(name), cosign(&text, &key, &signer, DAY + 90_000)).unwrap();
        }
    }
    for (tile, (entries, leaves)) in entries.chunks(256).zip(leaves.chunks(256)).enumerate() {
        let name = if entries.len() == 256 { format!("{tile:03}") } else { format!("{tile:03}.p/{}", entries.len()) };
        for (level, bytes) in [
            (
                "entries",
                entries.iter().flat_map(|entry| [(entry.len() as u16).to_be_bytes().to_vec(), entry.clone()].concat()).collect::<Vec<u8>>(),
            ),
            ("0", leaves.concat()),
        ] {
            let path = folder.join("tile").join(level).join(&name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }
    let mut keys = Keys::default();
    keys.trust(key);
    keys
}

#[test]
fn a_log_of_tiles_is_sealed_and_each_change_placed() {
    let folder = tempfile::tempdir().unwrap();
    let keys = make(folder.path(), 600, &[100, 256, 600]);
    let examination = open(folder.path(), keys.clone());
    assert_sealed(&examination, &[]);
    assert_eq!((examination.logs.len(), examination.counts().total()), (1, 600));
    assert_eq!(examination.raw(examination.store.row_of(1, 44).unwrap()).unwrap(), record(300, 300).into_bytes());
    assert_eq!(open(folder.path(), Keys::default()).verdict(), Verdict::Consistent);

    let path = folder.path().join("tile/entries/001");
    let original = fs::read(&path).unwrap();
    let mut changed = original.clone();
    let place = changed.windows(9).position(|part| part == b"thing-300").unwrap();
    changed[place..place + 9].copy_from_slice(b"thing-999");
    fs::write(&path, changed).unwrap();
    let examination = open(folder.path(), keys.clone());
    assert_eq!(errors(&examination), [(Code::RecordAltered, Some(300))]);
    assert_eq!(examination.counts().of(State::Broken), 1);
    // Without the tiles nobody can say which.
    fs::remove_dir_all(folder.path().join("tile/0")).unwrap();
    assert_eq!(errors(&open(folder.path(), keys.clone())), [(Code::SegmentAltered, None)]);

    fs::write(&path, &original).unwrap();
    fs::remove_file(&path).unwrap();
    assert_eq!(errors(&open(folder.path(), keys.clone())), [(Code::Gap, Some(256))]);
    fs::write(&path, &original).unwrap();
    fs::remove_dir_all(folder.path().join("tile/entries/002.p")).unwrap();
    assert_eq!(errors(&open(folder.path(), keys)), [(Code::Truncated, Some(512))]);
}

#[test]
fn a_checkpoint_of_another_history_is_a_fork() {
    let folder = tempfile::tempdir().unwrap();
    let keys = make(folder.path(), 300, &[300]);
    let (key, signer) = key_pair("log.example/one", 3);
    let text = checkpoint_text(&Checkpoint { origin: "log.example/one".into(), size: 100, root: [9; 32] });
    fs::write(folder.path().join("checkpoint.old"), cosign(&text, &key, &signer, DAY)).unwrap();
    assert_eq!(errors(&open(folder.path(), keys)), [(Code::Fork, Some(100))]);
}

#[test]
fn bundles_that_break_off_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let keys = make(folder.path(), 300, &[300]);
    let path = folder.path().join("tile/entries/001.p/44");
    let original = fs::read(&path).unwrap();
    fs::write(&path, &original[..original.len() - 3]).unwrap();
    let examination = open(folder.path(), keys);
    assert_ne!(examination.verdict(), Verdict::Sealed);
}

#[test]
fn what_stands_behind_the_checkpoint_is_not_sealed() {
    let folder = tempfile::tempdir().unwrap();
    let keys = make(folder.path(), 512, &[100, 512]);
    fs::rename(folder.path().join("checkpoint.100"), folder.path().join("checkpoint")).unwrap();
    let examination = open(folder.path(), keys.clone());
    assert_eq!((examination.counts().of(State::Sealed), examination.counts().of(State::Unchecked)), (100, 412));
    assert_eq!((of(&examination, Code::AfterLastSeal).len(), error_codes(&examination)), (1, vec![]));
    // Strays change nothing; a stranger's checkpoint explains at most.
    let keys = make(folder.path(), 512, &[512]);
    for stray in ["tile/stray", "tile/entries/notes.txt", "tile/0/007", "tile/9/x/y"] {
        fs::create_dir_all(folder.path().join(stray).parent().unwrap()).unwrap();
        fs::write(folder.path().join(stray), b"x").unwrap();
    }
    let (stranger, signer) = key_pair("log.example/one", 44);
    let text = checkpoint_text(&Checkpoint { origin: "log.example/one".into(), size: 9_000, root: [9; 32] });
    fs::write(folder.path().join("checkpoint.new"), cosign(&text, &stranger, &signer, DAY)).unwrap();
    let examination = open(folder.path(), keys);
    assert_eq!((examination.verdict(), error_codes(&examination)), (Verdict::Sealed, vec![]), "{:?}", examination.findings);
    assert_eq!(examination.counts().of(State::Sealed), 512);
}

#[test]
fn the_published_log_verifies() {
    let Some(path) = data("tessera-log") else { return };
    let mut keys = Keys::default();
    keys.add_text(Path::new("key"), "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx").unwrap();
    let examination = open(&path, keys);
    assert_sealed(&examination, &[Code::NotUnderstood]);
    assert_eq!(examination.counts().total(), 15);
}
