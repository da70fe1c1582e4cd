//! Exporting where it is awkward: into the evidence, stopped midway, from a bundle, from folders of one name; and bundles with tricks in them.

use std::fs;
use std::io::Write;

use sealscope::bundle::{ExportError, Exporting, Options, check, export, is_bundle, read_key};
use sealscope::model::{State, Verdict};
use sealscope::trust::Store as Keys;
use sealscope::verify::{Job, examine};

use super::builder::*;
use super::bundles::*;

fn names(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn nothing_is_written_into_the_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let log = Log::new(1, 9, true, false);
    let keys = trusting(&log, &signers);
    let case = open(log.folder.path(), keys.clone());
    let before = names(log.folder.path());
    for out in ["bundle", "deep/er/bundle.zip"] {
        let refused = write(&case, &keys, &[1], Options::default(), &key, &log.folder.path().join(out));
        assert!(matches!(refused, Err(ExportError::Inside { .. })), "{refused:?}");
    }
    assert_eq!(names(log.folder.path()), before);
}

#[test]
fn a_stopped_export_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let log = Log::new(2, 9, true, false);
    let keys = trusting(&log, &signers);
    let case = open(log.folder.path(), keys.clone());
    let into = folder.path().join("into");
    fs::create_dir_all(&into).unwrap();
    let job = Job::default();
    job.cancel();
    let exporting = Exporting {
        case: &case,
        rows: &[1, 12],
        options: &Options::default(),
        selection: String::new(),
        reference: String::new(),
        examiner: "maria".into(),
        key: &read_key(&key, None).unwrap(),
        keys: &keys,
        now: 0,
        out: &into.join("out.zip"),
    };
    assert!(matches!(export(&exporting, &job), Err(ExportError::Cancelled)));
    assert_eq!(names(&into), Vec::<String>::new());
}

#[test]
fn a_bundle_can_be_exported_from_a_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let log = Log::new(2, 12, true, false);
    let keys = trusting(&log, &signers);
    let case = open(log.folder.path(), keys.clone());
    let first = folder.path().join("first.zip");
    write(&case, &keys, &third(&case), Options::default(), &key, &first).unwrap();
    let case = open(&first, keys.clone());
    let second = folder.path().join("second.zip");
    write(&case, &keys, &[1, 2], Options::default(), &key, &second).unwrap();
    good(&check(&second, &keys));
    let again = open(&second, keys);
    assert_eq!(again.verdict(), Verdict::Sealed, "{:?}", again.findings);
}

#[test]
fn folders_of_one_name_do_not_collide() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let mut paths = Vec::new();
    let mut keys = Keys::default();
    for number in 0..2 {
        let log = Log::new(1, 5 + number, true, false);
        let to = folder.path().join(format!("{number}/logs"));
        fs::create_dir_all(&to).unwrap();
        for name in names(log.folder.path()) {
            fs::copy(log.folder.path().join(&name), to.join(&name)).unwrap();
        }
        fs::write(to.join("plain.jsonl"), (0..3).map(|at| record(number as u64 * 10 + at, at) + "\n").collect::<String>()).unwrap();
        keys = trusting(&log, &signers);
        paths.push(to);
    }
    let case = examine(&paths, keys.clone(), &Job::default(), None);
    let out = folder.path().join("out");
    let all: Vec<u32> = (0..case.store.len() as u32).collect();
    write(&case, &keys, &all, Options { whole: true, ..Options::default() }, &key, &out).unwrap();
    good(&check(&out, &keys));
    assert_eq!(open(&out, keys).counts().total(), case.counts().total());
}

#[test]
fn tricks_in_bundles_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let log = Log::new(1, 12, true, false);
    let keys = trusting(&log, &signers);
    let case = open(log.folder.path(), keys.clone());
    let out = folder.path().join("bundle");
    write(&case, &keys, &third(&case), Options::default(), &key, &out).unwrap();
    // A link to the very same content is no file of the bundle: it can change behind it.
    let csv = out.join("data/events.csv");
    fs::rename(&csv, folder.path().join("elsewhere.csv")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("elsewhere.csv"), &csv).unwrap();
    assert_eq!(check(&out, &keys).state, State::Broken);
    assert!(!python(&out, &signers).0);
    fs::remove_file(&csv).unwrap();
    fs::rename(folder.path().join("elsewhere.csv"), &csv).unwrap();
    good(&check(&out, &keys));
    fs::rename(out.join("data/records"), folder.path().join("records")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("records"), out.join("data/records")).unwrap();
    assert_eq!(check(&out, &keys).state, State::Broken);
    assert!(!python(&out, &signers).0);
    fs::remove_file(out.join("data/records")).unwrap();
    fs::rename(folder.path().join("records"), out.join("data/records")).unwrap();
    // Zips: a file twice, one beside the folder of the bag, one that climbs out.
    let packed = folder.path().join("good.zip");
    write(&case, &keys, &third(&case), Options::default(), &key, &packed).unwrap();
    let options = zip::write::SimpleFileOptions::default();
    for (number, name) in ["beside.txt", "../climbs.txt", "/root.txt", "TOP/data/extra.txt", "TOP/data\\events.csv"].into_iter().enumerate()
    {
        let spoiled = folder.path().join(format!("{number}.zip"));
        fs::copy(&packed, &spoiled).unwrap();
        let mut zip = zip::ZipWriter::new_append(fs::OpenOptions::new().read(true).write(true).open(&spoiled).unwrap()).unwrap();
        let archive = zip::ZipArchive::new(fs::File::open(&packed).unwrap()).unwrap();
        let first = archive.file_names().next().unwrap().unwrap().into_owned();
        zip.start_file(name.replace("TOP", first.split('/').next().unwrap()), options).unwrap();
        zip.write_all(b"hello").unwrap();
        zip.finish().unwrap();
        assert!(is_bundle(&spoiled), "{name}");
        assert_eq!(check(&spoiled, &keys).state, State::Broken, "{name}");
        assert!(!python(&spoiled, &signers).0, "{name}");
    }
}
