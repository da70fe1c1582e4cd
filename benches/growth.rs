//! How the work grows with the evidence: each case at n and at 2n. Twice the evidence may take a little more than twice the time, not four
//! times. What is counted rather than measured is in tests/suite/cost.rs.
//!
//! `cargo bench --bench growth`; SEALSCOPE_BENCH_SCALE multiplies all sizes (default 1).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../tests/suite/growing.rs"]
mod growing;

use std::time::{Duration, Instant};

use growing::Make;
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
];

fn time(make: Make, n: usize) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), n);
    let start = Instant::now();
    let examination = examine(&[folder.path().to_owned()], Keys::default(), &Job::default(), Some(&|_| ()));
    let took = start.elapsed();
    assert!(examination.finished);
    took
}

fn main() {
    let scale: usize = std::env::var("SEALSCOPE_BENCH_SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    for (name, n, make) in CASES {
        let n = n * scale;
        let (one, two) = (time(*make, n), time(*make, 2 * n));
        let ratio = two.as_secs_f64() / one.as_secs_f64();
        println!("{name}: {n} in {:.2} s, {} in {:.2} s: ratio {ratio:.2}", one.as_secs_f64(), 2 * n, two.as_secs_f64());
    }
}
