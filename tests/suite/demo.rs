//! The demo tells its story, and the same one every time.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sealscope::demo::{Options, write};
use sealscope::model::{Code, Kind, Verdict};
use sealscope::trust::Store as Keys;

use super::builder::*;

fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(bytes(&path).into_iter().map(|(name, bytes)| (format!("{}/{name}", path.file_name().unwrap().display()), bytes)));
        } else {
            files.insert(path.file_name().unwrap().display().to_string(), fs::read(&path).unwrap());
        }
    }
    files
}

#[test]
fn the_story_is_found() {
    let folder = tempfile::tempdir().unwrap();
    for records in [2_000, 20_000] {
        let case = write(&folder.path().join(records.to_string()), Options { records, seed: 3 }).unwrap();
        let mut keys = Keys::default();
        assert_eq!(keys.add_file(&case.trust_file).unwrap(), 3);
        let examination = open(&case.folder, keys);
        let count = |code| of(&examination, code).iter().map(|finding| finding.place.count.max(1)).sum::<u64>();
        assert_eq!(count(Code::RecordAltered), 1, "{:#?}", codes(&examination));
        assert_eq!(count(Code::RecordRemoved), 2);
        assert_eq!(count(Code::RecordInserted), 1);
        assert_eq!(count(Code::RecordMoved), 1);
        assert_eq!(of(&examination, Code::Gap).len(), 1);
        assert_eq!(count(Code::Backdated), 1);
        assert_eq!(of(&examination, Code::UsedAfterRevocation).len(), 1);
        assert_eq!(examination.verdict(), Verdict::Broken);
        assert_eq!(of(&examination, Code::NotUnderstood).len(), 0);
        let kinds: Vec<Kind> = examination.store.identities().iter().map(|identity| identity.kind).collect();
        for kind in [Kind::ServiceAccount, Kind::AiAgent, Kind::Workload, Kind::CloudService, Kind::Human] {
            assert!(kinds.contains(&kind), "{kind:?}");
        }
        assert!(!kinds.contains(&Kind::Unknown));
        assert!(examination.index.lanes.iter().any(|lane| lane.kind == Kind::ApiKey));
    }
}

#[test]
fn equal_options_give_equal_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { records: 900, seed: 11 };
    write(&folder.path().join("a"), options).unwrap();
    write(&folder.path().join("b"), options).unwrap();
    write(&folder.path().join("c"), Options { seed: 12, ..options }).unwrap();
    let (one, same, other) = (bytes(&folder.path().join("a")), bytes(&folder.path().join("b")), bytes(&folder.path().join("c")));
    assert_eq!(one, same);
    assert_ne!(one, other);
}
