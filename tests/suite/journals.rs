//! Journals of systemd: sealed ones from the fixtures, and ones made and judged by systemd's own tools where they are available.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use sealscope::model::words::Fact;
use sealscope::model::words::journals::JournalFact;
use sealscope::model::words::steps::StepFact;
use sealscope::model::{Code, State, Verdict};
use sealscope::trust::Store as Keys;
use sealscope::verify::Examination;

use super::builder::*;

struct Fixture {
    bytes: Vec<u8>,
    key: String,
}

fn fixture(name: &str) -> Fixture {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/journals");
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(fs::File::open(folder.join(format!("{name}.journal.gz"))).unwrap()).read_to_end(&mut bytes).unwrap();
    Fixture { bytes, key: fs::read_to_string(folder.join(format!("{name}.key"))).unwrap() }
}

fn trusting(key: &str) -> Keys {
    let mut keys = Keys::default();
    keys.add_text(Path::new("verify.key"), key).unwrap();
    keys
}

fn examine(bytes: &[u8], keys: Keys) -> Examination {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("system.journal"), bytes).unwrap();
    open(folder.path(), keys)
}

fn number(bytes: &[u8], at: usize) -> usize {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize
}

/// Offset, kind and size of each object.
fn objects(bytes: &[u8]) -> Vec<(usize, u8, usize)> {
    let (mut at, tail) = (number(bytes, 88), number(bytes, 136));
    let mut found = Vec::new();
    while at <= tail {
        let size = number(bytes, at + 8);
        found.push((at, bytes[at], size));
        at += size.next_multiple_of(8);
    }
    found
}

#[test]
fn sealed_journals_of_every_layout() {
    for name in ["compact", "regular", "jenkins"] {
        let fixture = fixture(name);
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("system.journal"), &fixture.bytes).unwrap();
        let examination = open(folder.path(), trusting(&fixture.key));
        assert_sealed(&examination, &[]);
        assert_eq!(examination.counts().total(), 120, "{name}");
        let raw = String::from_utf8(examination.raw(0).unwrap()).unwrap();
        assert!(raw.contains("COMMAND=/usr/bin/cat /etc/shadow 0") && raw.contains("_SYSTEMD_UNIT"), "{raw}");
        // A long field is packed in the file.
        assert!(raw.contains(&"x".repeat(3000)));
        assert!(examination.prove(7).unwrap().steps.iter().any(|step| matches!(step.fact, StepFact::TagHolds { .. })));
        // Without the key nothing is known, and nothing is alarming.
        let unknown = open(folder.path(), Keys::default());
        assert_eq!((unknown.verdict(), error_codes(&unknown).len(), of(&unknown, Code::UnknownKey).len()), (Verdict::Unchecked, 0, 1));
        let mut other = Keys::default();
        let key = trusting("b02872-4327f7-a365b6-d3d1d1/ab35116-989680").trusted()[0].clone();
        other.trust(sealscope::trust::Key { kept: sealscope::trust::Kept::Stored, ..key });
        assert_eq!(open(folder.path(), other).verdict(), Verdict::Unchecked);
    }
}

#[test]
fn a_changed_entry_is_placed_between_two_tags() {
    let fixture = fixture("compact");
    let entries: Vec<(usize, u8, usize)> = objects(&fixture.bytes).into_iter().filter(|(_, kind, _)| *kind == 3).collect();
    let mut spoiled = fixture.bytes.clone();
    // The time of entry 60.
    spoiled[entries[60].0 + 24] ^= 1;
    let examination = examine(&spoiled, trusting(&fixture.key));
    assert_eq!(error_codes(&examination), [Code::SegmentAltered]);
    let place = &of(&examination, Code::SegmentAltered)[0].place;
    let first = place.record.unwrap();
    assert!((first..first + place.count).contains(&60) && place.count < 30, "{place:?}");
    assert_eq!(examination.counts().of(State::Suspect), place.count);
    assert_eq!(examination.counts().of(State::Sealed), 120 - place.count);
}

#[test]
fn a_changed_field_spoils_every_entry_that_holds_it() {
    let fixture = fixture("regular");
    let shared = objects(&fixture.bytes)
        .into_iter()
        .find(|(at, kind, size)| *kind == 1 && fixture.bytes[at + 64..at + size].starts_with(b"_HOSTNAME="))
        .unwrap();
    let mut spoiled = fixture.bytes.clone();
    spoiled[shared.0 + 64 + 10] ^= 1;
    let examination = examine(&spoiled, trusting(&fixture.key));
    assert_eq!(error_codes(&examination), [Code::SegmentAltered]);
    assert_eq!(examination.counts().of(State::Suspect), 120, "all entries show the changed host name");
}

#[test]
fn hidden_entries_and_lost_tags() {
    let fixture = fixture("compact");
    let array = objects(&fixture.bytes).into_iter().find(|(_, kind, _)| *kind == 6).unwrap();
    let mut spoiled = fixture.bytes.clone();
    spoiled[array.0 + 24..array.0 + 28].fill(0);
    let examination = examine(&spoiled, trusting(&fixture.key));
    assert_eq!((error_codes(&examination), examination.counts().of(State::Sealed)), (vec![Code::IndexDamaged], 120));
    // The header's end is moved to before the last tag.
    let tags: Vec<_> = objects(&fixture.bytes).into_iter().filter(|(_, kind, _)| *kind == 7).collect();
    let mut cut = fixture.bytes.clone();
    cut[136..144].copy_from_slice(&(tags[tags.len() - 2].0 as u64).to_le_bytes());
    assert!(error_codes(&examine(&cut, trusting(&fixture.key))).contains(&Code::Truncated));
    // A tag that is taken away whole, by making another object of it.
    let mut lost = fixture.bytes.clone();
    lost[tags[1].0] = 6;
    assert!(error_codes(&examine(&lost, trusting(&fixture.key))).contains(&Code::SegmentAltered));
}

#[test]
fn no_spoiled_byte_is_called_sealed() {
    let fixture = fixture("regular");
    let sealed: Vec<usize> = objects(&fixture.bytes)
        .iter()
        .flat_map(|(at, kind, size)| match kind {
            1 => (*at..at + 24).chain(at + 64..at + size).collect::<Vec<_>>(),
            3 => (*at..at + size).collect(),
            7 => (*at..at + 64).collect(),
            _ => (*at..at + 16).collect(),
        })
        .collect();
    for step in 0..100usize {
        let at = sealed[step.wrapping_mul(2_654_435_761) % sealed.len()];
        let mut spoiled = fixture.bytes.clone();
        spoiled[at] ^= 1 << (step % 8);
        let examination = examine(&spoiled, trusting(&fixture.key));
        assert_ne!(examination.verdict(), Verdict::Sealed, "byte {at:x}");
    }
}

#[test]
fn hostile_journals_do_no_harm() {
    let fixture = fixture("compact");
    for cut in [0, 7, 8, 100, 207, 264, 3_000, fixture.bytes.len() / 2] {
        examine(&fixture.bytes[..cut], trusting(&fixture.key));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("system.journal");
    fs::write(&path, &fixture.bytes).unwrap();
    let intact = open(folder.path(), trusting(&fixture.key));
    let genuine: std::collections::BTreeSet<Vec<u8>> = (0..intact.store.len() as u32).map(|row| intact.raw(row).unwrap()).collect();
    for step in 0..60usize {
        let mut spoiled = fixture.bytes.clone();
        let head = number(&spoiled, 88);
        // The header, and lengths and offsets within the objects.
        let at = if step % 2 == 0 { step % 264 } else { head + step.wrapping_mul(40_503) % 100_000 };
        spoiled[at..at + 4].copy_from_slice(&(step as u32).wrapping_mul(2_654_435_761).to_le_bytes());
        // With the key: without it nothing would be checked at all. What no tag covers may change, but no record by it.
        fs::write(&path, &spoiled).unwrap();
        let examination = open(folder.path(), trusting(&fixture.key));
        // Each reading of a row takes the whole file apart, so some of them stand for all.
        for row in
            (0..examination.store.len() as u32).skip(step % 40).step_by(40).filter(|row| examination.store.state(*row) == State::Sealed)
        {
            assert!(genuine.contains(&examination.raw(row).unwrap()), "step {step}");
        }
    }
}

/// Makes a sealed journal with systemd's own tools, in a mount namespace of its own. `None` where that is not possible.
fn made(folder: &Path) -> Option<(PathBuf, String)> {
    let remote = ["/lib/systemd/systemd-journal-remote", "/usr/lib/systemd/systemd-journal-remote"]
        .into_iter()
        .find(|path| Path::new(path).exists())?;
    let machine = fs::read_to_string("/etc/machine-id").ok()?.trim().to_owned();
    fs::create_dir_all(folder.join("log/journal").join(&machine)).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_micros();
    let entries: String = (0..200u128)
        .map(|number| {
            format!(
                "__REALTIME_TIMESTAMP={}\n__MONOTONIC_TIMESTAMP={}\n_BOOT_ID={machine}\n_COMM=sudo\n_UID=1000\nMESSAGE=entry {number}\n\n",
                now + number * 700_000,
                number * 700_000 + 1
            )
        })
        .collect();
    fs::write(folder.join("in.export"), entries).unwrap();
    let script = format!(
        "mount --bind {0}/log /var/log && journalctl --setup-keys --interval=10s --force > {0}/verify.key && {remote} --seal=yes -o {0}/sealed.journal {0}/in.export",
        folder.display()
    );
    let done = Command::new("unshare").args(["-m", "sh", "-c", &script]).output().ok()?;
    let key = fs::read_to_string(folder.join("verify.key")).ok().filter(|key| key.contains('/'))?;
    done.status.success().then(|| (folder.join("sealed.journal"), key))
}

#[test]
fn systemd_agrees() {
    let folder = tempfile::tempdir().unwrap();
    let Some((path, key)) = made(folder.path()) else {
        println!("skipped: systemd's tools are not here, or may not make a sealed journal");
        return;
    };
    let bytes = fs::read(&path).unwrap();
    let spoiled_path = folder.path().join("spoiled.journal");
    let verdict = |bytes: &[u8]| {
        fs::write(&spoiled_path, bytes).unwrap();
        let theirs =
            Command::new("journalctl").args(["--verify", "--verify-key", key.trim(), "--file"]).arg(&spoiled_path).output().unwrap();
        let ours = examine(bytes, trusting(&key));
        (theirs.status.success(), String::from_utf8_lossy(&theirs.stderr).into_owned(), ours)
    };
    let (fine, said, ours) = verdict(&bytes);
    assert!(fine, "{said}");
    assert_sealed(&ours, &[]);
    assert_eq!(ours.counts().total(), 200);
    let entries: Vec<_> = objects(&bytes).into_iter().filter(|(_, kind, _)| *kind == 3).collect();
    for index in [3, 40, 99, 150, 190] {
        let mut spoiled = bytes.clone();
        // The clock since boot: no other check than the tag sees it.
        spoiled[entries[index].0 + 33] ^= 1;
        let (fine, said, ours) = verdict(&spoiled);
        assert!(!fine, "{said}");
        let found = of(&ours, Code::SegmentAltered);
        assert_eq!(found.len(), 1, "{said} {:?}", ours.findings);
        // Both name the tag that fails first.
        let theirs = said.lines().find_map(|line| line.split_once(": Tag failed verification").map(|(at, _)| at.trim().to_owned()));
        if let Some(theirs) = theirs {
            let Fact::JournalFact(JournalFact::TagFails { offset, .. }) = &found[0].fact else { panic!("{:?}", found[0]) };
            assert_eq!(format!("{offset:x}"), theirs, "{said}");
        }
    }
}
