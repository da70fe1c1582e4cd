//! What evidence costs, counted and not timed: twice as much costs about twice as much, and little is done after a stop.

use std::fs;
use std::path::{Path, PathBuf};

use sealscope::bundle::compare;
use sealscope::case::keys;
use sealscope::case::receive::{Receiving, ReceivingError, receive};
use sealscope::case::seal_files::{Options, SealingError, seal};
use sealscope::model::{Code, Verdict};
use sealscope::seal::chain::guess::{GuessError, guess};
use sealscope::source::{Budget, Cost};
use sealscope::trust::Store as Keys;
use sealscope::verify::{Job, examine};

use super::builder::*;
use super::growing::{self, Make};

/// Evidence whose cost grew too fast once.
pub const KINDS: [(&str, Make); 9] = [
    ("overlapping exports", growing::overlapping),
    ("overlapping exports, packed", growing::overlapping_packed),
    ("alike files", growing::alike),
    ("segments", growing::segments),
    ("altered segments", growing::altered),
    ("seals alone", growing::seals),
    ("proofs alone", growing::proofs),
    ("a chain", growing::chained),
    ("digests", growing::digests),
];

/// Bytes read from the medium and steps of work.
fn used(job: &Job) -> [u64; 2] {
    [Cost::Read, Cost::Steps].map(|cost| job.budget().used(cost))
}

fn made(make: Make, n: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), n);
    folder
}

#[test]
fn twice_the_evidence_is_read_twice_as_far() {
    for (name, make) in KINDS {
        let cost = |n: usize| {
            let (folder, job) = (made(make, n), Job::default());
            let examination = examine(&[folder.path().to_owned()], Keys::default(), &job, None);
            assert!(examination.finished && !examination.cancelled);
            job.budget().used(Cost::Read)
        };
        let (one, two) = (cost(150), cost(300));
        assert!(one > 0, "{name}");
        // Growth with the square would give four times as much.
        assert!(two * 10 <= one * 25, "{name}: {one} bytes, then {two}");
        // And a file is read a few times, not once for each of its records.
        let folder = made(make, 300);
        let stored: u64 = walkable(folder.path()).iter().map(|path| fs::metadata(path).unwrap().len()).sum();
        assert!(two <= 12 * stored + 300 * 1024, "{name}: {two} bytes read of {stored}");
    }
}

fn walkable(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn nothing_is_judged_and_little_read_after_a_stop() {
    for (name, make) in KINDS {
        let folder = made(make, 300);
        let whole = Job::default();
        examine(&[folder.path().to_owned()], Keys::default(), &whole, None);
        let [all, _] = used(&whole);
        for part in [10, 30, 50, 70, 90] {
            let at = all * part / 100;
            let job = Job::default().under(Budget::new().stopping_at(Cost::Read, at));
            let examination = examine(&[folder.path().to_owned()], Keys::default(), &job, None);
            assert!(job.is_cancelled() && examination.cancelled, "{name} at {part} %");
            assert_eq!(of(&examination, Code::Cancelled).len(), 1, "{name} at {part} %");
            // What was found broken until then stays so.
            assert!(examination.verdict() >= Verdict::Unchecked, "{name} at {part} %: {}", examination.sentence());
            assert!(!examination.sentence().starts_with("All"), "{name} at {part} %: {}", examination.sentence());
            // What every thread had already asked for.
            let most = at + rayon::current_num_threads() as u64 * (256 << 10);
            assert!(used(&job)[0] <= most, "{name}: {} bytes, stopped at {at}", used(&job)[0]);
        }
    }
}

#[test]
fn records_are_not_looked_at_after_a_stop() {
    let folder = tempfile::tempdir().unwrap();
    let line = record(1, 5) + "\n";
    let lines = (24 << 20) / line.len();
    fs::write(folder.path().join("log.jsonl"), line.repeat(lines)).unwrap();
    let at = 8 << 20;
    let job = Job::default().under(Budget::new().stopping_at(Cost::Read, at));
    let examination = examine(&[folder.path().to_owned()], Keys::default(), &job, None);
    assert!(examination.cancelled);
    assert!(job.progress().records <= at / line.len() as u64 + 1, "{} records of {lines}", job.progress().records);
}

fn examiner(folder: &Path) -> keys::SealerKey {
    let path = folder.join("examiner.key");
    keys::generate("examiner/maria", &path, None).unwrap();
    keys::read(&path, None).unwrap()
}

#[test]
fn receiving_and_sealing_cost_the_same_for_each_file() {
    let place = tempfile::tempdir().unwrap();
    let key = examiner(place.path());
    let received = |n: usize| {
        let (evidence, job) = (made(growing::alike, n), Job::default());
        let into = place.path().join(format!("into-{n}"));
        let sources = [evidence.path().to_owned()];
        let receiving = Receiving { sources: &sources, into: &into, key: &key, examiner: "maria", now: 1_772_850_000_000_000_000 };
        receive(&receiving, &job).unwrap_or_else(|error| panic!("{error}"));
        used(&job)[0]
    };
    let (one, two) = (received(60), received(120));
    assert!(one > 0 && two * 10 <= one * 25, "{one} bytes, then {two}");
    let sealed = |n: usize| {
        let (evidence, job) = (made(growing::alike, n), Job::default());
        let files = walkable(evidence.path());
        seal(&key, "examiner/maria/log", &files, Options { leaves: false, salted: true }, &job).unwrap();
        let all = used(&job)[0];
        // One more costs no more, however long the log is, once it is longer than what is looked at again.
        let more = evidence.path().join("more.jsonl");
        fs::copy(&files[0], &more).unwrap();
        let job = Job::default();
        seal(&key, "examiner/maria/log", &[more], Options { leaves: false, salted: true }, &job).unwrap();
        (all, used(&job)[0])
    };
    let ((one, once), (two, again)) = (sealed(60), sealed(120));
    assert!(one > 0 && two * 10 <= one * 25, "{one} bytes, then {two}");
    assert!(once > 0 && once == again, "{once} bytes, then {again}");
}

#[test]
fn receiving_and_sealing_stop_and_leave_nothing_half_done() {
    let place = tempfile::tempdir().unwrap();
    let key = examiner(place.path());
    let evidence = made(growing::alike, 60);
    for at in [1, 2_000, 20_000] {
        let job = Job::default().under(Budget::new().stopping_at(Cost::Read, at));
        let into = place.path().join("into");
        let sources = [evidence.path().to_owned()];
        let receiving = Receiving { sources: &sources, into: &into, key: &key, examiner: "maria", now: 1_772_850_000_000_000_000 };
        assert!(matches!(receive(&receiving, &job), Err(ReceivingError::Cancelled)), "at {at}");
        assert_eq!(fs::read_dir(&into).unwrap().count(), 0, "at {at}");
        let files = walkable(evidence.path());
        let job = Job::default().under(Budget::new().stopping_at(Cost::Read, at));
        let stopped = seal(&key, "examiner/maria/log", &files, Options { leaves: false, salted: true }, &job);
        // What was sealed before the stop stays sealed, and nothing else is left.
        let Err(SealingError::Cancelled(number)) = stopped else { panic!("at {at}: {stopped:?}") };
        let (seals, others): (Vec<PathBuf>, Vec<PathBuf>) =
            walkable(evidence.path()).into_iter().partition(|path| path.extension().is_some_and(|end| end == "seal"));
        assert!(number < files.len() && seals.len() == number && others == files, "at {at}: {number} sealed, {} seals", seals.len());
        seals.iter().for_each(|seal| fs::remove_file(seal).unwrap());
    }
}

/// Six linked records of so many members, under a rule that nobody guesses.
fn unguessable(members: usize) -> String {
    let mut previous = "0".repeat(64);
    let mut text = String::new();
    for number in 0..6 {
        let rest: String = (0..members - 2).map(|member| format!("\"m{member}\":\"{number}-{member}\",")).collect();
        let own = format!("{:064x}", 7_919 * (number + 1));
        text += &format!("{{{rest}\"prev\":\"{previous}\",\"own\":\"{own}\"}}\n");
        previous = own;
    }
    text
}

#[test]
fn guessing_ends_and_stops() {
    let text = unguessable(18);
    let stopping = Budget::new().stopping_at(Cost::Steps, 5_000);
    assert!(matches!(guess("x", text.as_bytes(), &Keys::default(), &stopping), Err(GuessError::Stopped)));
    assert!(stopping.used(Cost::Steps) <= 5_000 + rayon::current_num_threads() as u64);
    let short = Budget::new().limited(Cost::Steps, 5_000);
    assert!(matches!(guess("x", text.as_bytes(), &Keys::default(), &short), Err(GuessError::GivenUp { .. } | GuessError::NoRule { .. })));
}

#[test]
fn comparing_reads_each_file_once() {
    let cost = |n: usize| {
        let (one, other) = (made(growing::overlapping_packed, n), made(growing::overlapping_packed, n + 1));
        let open = |folder: &tempfile::TempDir| {
            let job = Job::default();
            (examine(&[folder.path().to_owned()], Keys::default(), &job, None), job)
        };
        let ((first, job), (second, _)) = (open(&one), open(&other));
        let before = used(&job)[0];
        assert!(!compare(&first, &second, &Job::default()).unwrap().iter().any(|log| log.equal));
        let stored: u64 = walkable(one.path()).iter().map(|path| fs::metadata(path).unwrap().len()).sum();
        (used(&job)[0] - before, stored)
    };
    for n in [200, 400] {
        let (read, stored) = cost(n);
        assert!(read > 0 && read <= stored, "{n} events: {read} bytes read of {stored}");
    }
}

#[test]
fn few_packed_bytes_give_few_lines() {
    let folder = tempfile::tempdir().unwrap();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packer, "{\"a\":1}\n".repeat(300_000).as_bytes()).unwrap();
    let packed = packer.finish().unwrap();
    fs::write(folder.path().join("log.jsonl.gz"), &packed).unwrap();
    let job = Job::default();
    let examination = examine(&[folder.path().to_owned()], Keys::default(), &job, None);
    // What could not be read to its end is no log that is fine.
    assert!(examination.unreadable() && examination.verdict() == Verdict::Unchecked, "{}", examination.sentence());
    assert!(job.progress().records <= 100_000 + packed.len() as u64, "{} records", job.progress().records);
}

#[test]
fn a_document_is_handed_over_in_parts_and_long_entries_are_not_shown() {
    const EVENTS: usize = 70_000;
    let folder = tempfile::tempdir().unwrap();
    let events: Vec<String> = (0..EVENTS).map(|number| record(number as u64, number as u64)).collect();
    let long = format!("{{\"time\":\"2026-03-07T00:00:00Z\",\"actor\":\"{}\",\"action\":\"read\"}}", "x".repeat(17 << 20));
    fs::write(folder.path().join("log.json"), format!("[{},{long},{}]", events.join(","), events[7])).unwrap();
    let examination = open(folder.path(), Keys::default());
    let store = &examination.store;
    assert_eq!((store.len(), of(&examination, Code::RecordTooLong).len()), (EVENTS + 2, 1));
    for (row, event) in [(0, 0), (65_535, 65_535), (65_536, 65_536), (69_999, 69_999), (70_001, 7)] {
        assert_eq!(store.target(row), format!("thing-{event}"));
        assert_eq!(examination.raw(row).unwrap(), events[event].as_bytes());
    }
    assert!(store.action(70_000).contains("too long to be shown"), "{}", store.action(70_000));
}

#[test]
fn a_document_that_is_too_large_is_not_read_and_said_so() {
    let folder = tempfile::tempdir().unwrap();
    // Holes take no room on the medium.
    let sparse = |name: &str, start: &str| {
        let file = fs::File::create(folder.path().join(name)).unwrap();
        std::io::Write::write_all(&mut &file, start.as_bytes()).unwrap();
        file.set_len((256 << 20) + 1).unwrap();
    };
    let pretty: String =
        (0..2_000).map(|number| format!("  {{\"number\": {number}, \"action\": \"read\", \"actor\": \"a\"}},\n")).collect();
    sparse("pretty.json", &format!("[\n{pretty}"));
    let job = Job::default();
    let examination = examine(&[folder.path().to_owned()], Keys::default(), &job, None);
    assert!(examination.unreadable() && examination.verdict() == Verdict::Unchecked, "{}", examination.sentence());
    assert!(used(&job)[0] < 1 << 20, "{} bytes", used(&job)[0]);
}
