//! How the work grows with the evidence: each case at n and at 2n. Twice the evidence may take a little more than twice the time, not four
//! times. What is counted rather than measured is in tests/suite/cost.rs.
//!
//! `cargo bench --bench growth`; SEALSCOPE_BENCH_SCALE multiplies all sizes (default 1).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../tests/suite/growing.rs"]
mod growing;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use growing::Make;
use sealscope::bundle::compare;
use sealscope::case::keys;
use sealscope::case::receive::{Receiving, receive};
use sealscope::case::seal_files::{Options, seal};
use sealscope::trust::Store as Keys;
use sealscope::verify::{Job, examine};

const CASES: &[(&str, usize, Make)] = &[
    ("events in two overlapping exports", 10_000, growing::overlapping),
    ("the same, packed", 10_000, growing::overlapping_packed),
    ("alike files", 10_000, growing::alike),
    ("sealed segments", 5_000, growing::segments),
    ("sealed segments, each altered", 2_000, growing::altered),
    ("seals without their segments", 5_000, growing::seals),
    ("proofs without their files", 1_500, growing::proofs),
    ("records that name a predecessor", 50_000, growing::chained),
    ("CloudTrail digests", 5_000, growing::digests),
];

/// What is done with a folder, its name, and over how many files that are all the same.
type Work = (&'static str, usize, fn(&Path));

/// Work other than verifying.
const WORK: &[Work] =
    &[("sealing files", 500, seal_all), ("receiving files", 500, receive_all), ("comparing with itself", 5_000, compare_all)];

fn examiner(folder: &Path) -> keys::SealerKey {
    let path = folder.join("examiner.key");
    keys::generate("examiner/maria", &path, None).unwrap();
    keys::read(&path, None).unwrap()
}

fn seal_all(folder: &Path) {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let place = tempfile::tempdir().unwrap();
    seal(&examiner(place.path()), "examiner/maria/log", &files, Options { leaves: false, salted: true }, &Job::default()).unwrap();
}

fn receive_all(folder: &Path) {
    let place = tempfile::tempdir().unwrap();
    let key = examiner(place.path());
    let (sources, into) = ([folder.to_owned()], place.path().join("into"));
    let receiving = Receiving { sources: &sources, into: &into, key: &key, examiner: "maria", now: 1_772_850_000_000_000_000 };
    receive(&receiving, &Job::default()).unwrap();
}

fn compare_all(folder: &Path) {
    let case = examine(&[folder.to_owned()], Keys::default(), &Job::default(), None);
    assert!(compare(&case, &case, &Job::default()).unwrap().iter().all(|log| log.equal));
}

fn time(make: Make, n: usize, work: fn(&Path)) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), n);
    let start = Instant::now();
    work(folder.path());
    start.elapsed()
}

fn verify(folder: &Path) {
    assert!(examine(&[folder.to_owned()], Keys::default(), &Job::default(), Some(&|_| ())).finished);
}

fn main() {
    let scale: usize = std::env::var("SEALSCOPE_BENCH_SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let verified = CASES.iter().map(|(name, n, make)| (*name, *n, *make, verify as fn(&Path)));
    let other = WORK.iter().map(|(name, n, work)| (*name, *n, growing::alike as Make, *work));
    for (name, n, make, work) in verified.chain(other) {
        let n = n * scale;
        let (one, two) = (time(make, n, work), time(make, 2 * n, work));
        let ratio = two.as_secs_f64() / one.as_secs_f64();
        println!("{name}: {n} in {:.2} s, {} in {:.2} s: ratio {ratio:.2}", one.as_secs_f64(), 2 * n, two.as_secs_f64());
    }
}
