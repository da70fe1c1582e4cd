//! How the work grows with the evidence: each case at n and at 2n. Twice the evidence may take a little more than twice the time, not four
//! times.
//!
//! `cargo bench --bench growth`; SEALSCOPE_BENCH_SCALE multiplies all sizes (default 1).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use sealscope::seal::merkle::Range;
use sealscope::seal::segment::{Sealer, Unit, make};
use sealscope::trust::key::note_type;
use sealscope::trust::{Key, Material, Store as Keys};
use sealscope::verify::{Job, examine};

const ORIGIN: &str = "acme.example/audit/growth";

type Case = (&'static str, usize, fn(&Path, usize));

const CASES: &[Case] = &[
    ("events in two overlapping exports", 10_000, overlapping),
    ("the same, packed", 10_000, overlapping_packed),
    ("alike files", 10_000, alike),
    ("sealed segments", 5_000, segments),
    ("sealed segments, each altered", 2_000, altered),
    ("seals without their segments", 5_000, seals),
    ("records that name a predecessor", 50_000, chained),
];

fn event(number: usize) -> String {
    format!(
        "{{\"eventVersion\":\"1.08\",\"eventTime\":\"2026-03-07T{:02}:{:02}:{:02}Z\",\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"GetObject\",\"eventID\":\"{number:08}\",\"userIdentity\":{{\"type\":\"IAMUser\",\"userName\":\"alice\"}}}}",
        number / 3600 % 24,
        number / 60 % 60,
        number % 60
    )
}

fn trail(from: usize, to: usize) -> String {
    format!("{{\"Records\":[{}]}}", (from..to).map(event).collect::<Vec<_>>().join(","))
}

fn overlapping(folder: &Path, n: usize) {
    fs::write(folder.join("one.json"), trail(0, n)).unwrap();
    fs::write(folder.join("two.json"), trail(0, n)).unwrap();
}

fn overlapping_packed(folder: &Path, n: usize) {
    for name in ["one.json.gz", "two.json.gz"] {
        let mut packer = flate2::write::GzEncoder::new(fs::File::create(folder.join(name)).unwrap(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packer, trail(0, n).as_bytes()).unwrap();
        packer.finish().unwrap();
    }
}

fn alike(folder: &Path, n: usize) {
    for number in 0..n {
        fs::write(folder.join(format!("{number:06}.jsonl")), event(7) + "\n").unwrap();
    }
}

fn seal(folder: &Path, n: usize, keep: impl Fn(usize, String) -> Option<String>) {
    let signer = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let key = Key::new(ORIGIN, Material::Ed25519(signer.verifying_key().to_bytes()), Some(note_type::ED25519));
    fs::write(folder.join("key.pub"), "").unwrap();
    let mut tree = Range::new(0);
    for number in 0..n {
        let record = event(number);
        let sealer = Sealer { key: &key, signer: &signer, seconds: 1_772_841_600 + number as u64 };
        let made = make(&sealer, ORIGIN, Unit::Line, None, &tree, std::iter::once(record.as_bytes()));
        tree = made.after;
        let path = folder.join(format!("{number:06}.jsonl"));
        fs::write(format!("{}.seal", path.display()), made.seal).unwrap();
        if let Some(text) = keep(number, record) {
            fs::write(path, text + "\n").unwrap();
        }
    }
}

fn segments(folder: &Path, n: usize) {
    seal(folder, n, |_, record| Some(record));
}

fn altered(folder: &Path, n: usize) {
    seal(folder, n, |_, record| Some(record.replace("alice", "mallory")));
}

fn seals(folder: &Path, n: usize) {
    seal(folder, n, |_, _| None);
}

fn chained(folder: &Path, n: usize) {
    let text: String =
        (0..n).map(|number| format!("{{\"time\":\"2026-03-07T00:00:00Z\",\"n\":{number},\"prev_hash\":\"{number:064x}\"}}\n")).collect();
    fs::write(folder.join("log.jsonl"), text).unwrap();
}

fn time(make: fn(&Path, usize), n: usize) -> Duration {
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
