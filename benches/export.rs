//! Exporting a hundredth of a large sealed case as a signed bundle, beside `sha256sum` over the same files in the same run: every export states
//! the hashes of its sources, so that much has to be read in any case.
//!
//! `cargo bench --bench export`; SEALSCOPE_BENCH_RECORDS sets the size (default 10,000,000 records in 20 segments, about 8 GB in TMPDIR).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use sealscope::bundle::{ExportJob, Options, check, export, make_key, read_key};
use sealscope::case::{keys, seal_files};
use sealscope::model::{State, Verdict};
use sealscope::trust::Store as Keys;
use sealscope::verify::{Job, examine};

const SEGMENTS: u64 = 20;

fn resident() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or("0");
    line.split_whitespace().nth(1).and_then(|number| number.parse::<f64>().ok()).unwrap_or(0.0) / 1e6
}

fn main() {
    let records: u64 = std::env::var("SEALSCOPE_BENCH_RECORDS").ok().and_then(|text| text.parse().ok()).unwrap_or(10_000_000);
    let folder = tempfile::tempdir().unwrap();
    let evidence = folder.path().join("evidence");
    std::fs::create_dir_all(&evidence).unwrap();
    let mut files = Vec::new();
    for number in 0..SEGMENTS {
        let path = evidence.join(format!("{number:03}.jsonl"));
        sealscope::demo::write_log(&path, records / SEGMENTS, number, false).unwrap();
        std::fs::remove_file(evidence.join(format!("{number:03}.jsonl.seal"))).unwrap();
        files.push(path);
    }
    let key_path = folder.path().join("sealer");
    keys::generate("acme.example/audit/measured", &key_path, None).unwrap();
    let sealer = keys::read(&key_path, None).unwrap();
    seal_files::seal(&sealer, "acme.example/audit/measured", &files, seal_files::Options { leaves: false, salted: true }, &Job::default())
        .unwrap();
    let size: u64 = files.iter().map(|path| std::fs::metadata(path).unwrap().len()).sum();

    let mut trusted = Keys::default();
    trusted.trust(sealer.public.clone());
    let started = Instant::now();
    let case = examine(&[evidence], trusted.clone(), &Job::default(), None);
    let opened = started.elapsed().as_secs_f64();
    assert_eq!(case.verdict(), Verdict::Sealed);
    let started = Instant::now();
    assert!(Command::new("sha256sum").args(&files).output().expect("sha256sum is needed as the peer").status.success());
    let peer = started.elapsed().as_secs_f64();

    let examiner = folder.path().join("examiner");
    make_key(&examiner, None, "maria").unwrap();
    let examiner = read_key(&examiner, None).unwrap();
    let rows: Vec<u32> = (0..case.store.len() as u32).step_by(100).collect();
    let out: PathBuf = folder.path().join("evidence.zip");
    let options = Options::default();
    let export_job = ExportJob {
        case: &case,
        rows: &rows,
        options: &options,
        selection: "every hundredth record".into(),
        reference: "bench".into(),
        examiner: "maria".into(),
        key: &examiner,
        keys: &trusted,
        now: 1_772_900_000_000_000_000,
        out: &out,
    };
    let started = Instant::now();
    let exported = export(&export_job, &Job::default()).unwrap();
    let took = started.elapsed().as_secs_f64();
    let started = Instant::now();
    assert_ne!(check(&out, &trusted).state, State::Broken);
    let checked = started.elapsed().as_secs_f64();
    println!(
        "{} of {} records ({:.1} GB) exported in {took:.1} s; sha256sum of the sources {peer:.1} s, ratio {:.2}; opened before in {opened:.1} s; \
         the bundle is {:.1} MB and is checked in {checked:.1} s; peak resident {:.2} GB",
        exported.included,
        case.store.len(),
        size as f64 / 1e9,
        took / peer,
        std::fs::metadata(&out).unwrap().len() as f64 / 1e6,
        resident()
    );
}
