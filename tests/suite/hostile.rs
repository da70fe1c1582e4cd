//! Bad input: a clear word that names file and cause, no panic, no hang, and no other file lost.

use std::fs;
use std::io::Write;

use sealscope::model::words::Fact;
use sealscope::model::words::reading::ReadingFact;
use sealscope::model::{Code, State, Verdict};
use sealscope::trust::Store as Keys;

use super::builder::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The sealed log beside the bad input is unharmed.
fn unharmed(examination: &sealscope::verify::Examination) {
    let sealed = examination.logs.iter().find(|log| log.origin == ORIGIN).unwrap();
    assert_eq!(sealed.verdict, Verdict::Sealed, "{:#?}", examination.findings);
}

fn beside(name: &str, bytes: &[u8]) -> sealscope::verify::Examination {
    let log = Log::new(1, 5, true, true);
    fs::write(log.folder.path().join(name), bytes).unwrap();
    let examination = log.examine();
    unharmed(&examination);
    examination
}

#[test]
fn a_gzip_file_that_breaks_off() {
    let lines: String = (0..2000).map(|number| record(number, number) + "\n").collect();
    let packed = gzip(lines.as_bytes());
    let examination = beside("cut.jsonl.gz", &packed[..packed.len() / 2]);
    let found = of(&examination, Code::Unreadable);
    assert_eq!(found.len(), 1, "{:?}", examination.findings);
    assert!(found[0].place.path.ends_with("cut.jsonl.gz"), "{:?}", found[0]);
    assert!(examination.counts().of(State::Unchecked) > 0, "what came before the damage is shown");
    assert!(examination.unreadable());
}

#[test]
fn a_sealed_gzip_file_that_breaks_off_is_not_called_sealed() {
    let log = Log::new(1, 2000, true, false);
    let packed = gzip(&fs::read(log.path(0)).unwrap());
    fs::remove_file(log.path(0)).unwrap();
    fs::write(format!("{}.gz", log.path(0).display()), &packed[..packed.len() - 20]).unwrap();
    let examination = log.examine();
    assert_eq!(of(&examination, Code::SegmentAltered).len(), 1);
    assert_eq!(examination.verdict(), Verdict::Broken);
}

#[test]
fn binary_data_and_invalid_text() {
    let noise: Vec<u8> = (0..100_000u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    assert_eq!(beside("noise.bin", &noise).skipped.len(), 1);
    let mut text = record(1, 5).into_bytes();
    text.extend_from_slice(b"\n{\"a\":\"\xff\xfe\"}\n\xc3\x28\n");
    let examination = beside("broken-text.jsonl", &text);
    assert_eq!(of(&examination, Code::NotUnderstood).len(), 1);
    assert_eq!(examination.counts().of(State::Unsealed), 3);
}

#[test]
fn a_line_too_long_to_hold() {
    let log = Log::new(1, 5, true, true);
    let mut text = record(1, 5).into_bytes();
    text.extend_from_slice(b"\n{\"x\":\"");
    text.extend(std::iter::repeat_n(b'y', 40 << 20));
    text.extend_from_slice(b"\"}\n");
    text.extend_from_slice(record(2, 6).as_bytes());
    fs::write(log.folder.path().join("long.jsonl"), text).unwrap();
    let examination = log.examine();
    unharmed(&examination);
    assert_eq!(examination.counts().of(State::Unsealed), 3);
    assert_eq!(of(&examination, Code::RecordTooLong).len(), 1);
}

#[test]
#[ignore = "needs a gigabyte of disk"]
fn a_gigabyte_in_one_line() {
    let log = Log::new(1, 5, true, true);
    let mut file = std::io::BufWriter::new(fs::File::create(log.folder.path().join("one.jsonl")).unwrap());
    file.write_all(b"{\"x\":\"").unwrap();
    for _ in 0..1024 {
        file.write_all(&vec![b'y'; 1 << 20]).unwrap();
    }
    file.write_all(b"\"}\n").unwrap();
    file.flush().unwrap();
    let examination = log.examine();
    unharmed(&examination);
    assert_eq!(of(&examination, Code::RecordTooLong).len(), 1);
}

#[test]
fn deeply_nested_json() {
    let deep = format!("{}{}", "{\"a\":".repeat(100_000), "1");
    let lines = format!("{}\n{deep}\n{}{}\n", record(1, 5), "[".repeat(200_000), "]".repeat(200_000));
    assert_eq!(beside("deep.jsonl", lines.as_bytes()).counts().of(State::Unsealed), 3);
    beside("deep.json", format!("{}{}", "[".repeat(200_000), "]".repeat(200_000)).as_bytes());
}

#[test]
fn a_gzip_bomb_is_refused() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let piece = vec![b' '; 1 << 20];
    encoder.write_all(b"{\"a\":1}\n").unwrap();
    for _ in 0..700 {
        encoder.write_all(&piece).unwrap();
    }
    let examination = beside("bomb.jsonl.gz", &encoder.finish().unwrap());
    let found = of(&examination, Code::Unreadable);
    assert_eq!(found.len(), 1);
    let Fact::ReadingFact(ReadingFact::Unreadable { cause }) = &found[0].fact else { panic!("{:?}", found[0]) };
    assert!(found[0].place.path.ends_with("bomb.jsonl.gz") && cause.contains("times its size"), "{cause}");
}

#[test]
fn archives_that_climb_out_or_are_damaged() {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["../../etc/passwd", "/absolute.jsonl", "good.jsonl"] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all((record(1, 5) + "\n" + &record(2, 6) + "\n").as_bytes()).unwrap();
    }
    let bytes = archive.finish().unwrap().into_inner();
    let examination = beside("climb.zip", &bytes);
    assert!(examination.skipped.iter().any(|skipped| skipped.failed && skipped.reason.contains("climbs out")), "{:?}", examination.skipped);
    assert_eq!(examination.counts().of(State::Unsealed), 2);
    let examination = beside("damaged.zip", &bytes[..bytes.len() / 2]);
    assert!(examination.skipped.iter().any(|skipped| skipped.failed && skipped.path.contains("damaged.zip")));
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(7);
    header.set_cksum();
    builder.append_data(&mut header, "a.jsonl", &b"{\"a\":1}"[..]).unwrap();
    let tar_bytes = builder.into_inner().unwrap();
    beside("cut.tar", &tar_bytes[..600]);
    let mut spoiled = tar_bytes;
    spoiled[600] ^= 0xff;
    beside("spoiled.tar", &spoiled);
}

#[test]
fn links_pipes_and_nothing_at_all() {
    let log = Log::new(1, 5, true, true);
    std::os::unix::fs::symlink(log.folder.path().join("loop-b"), log.folder.path().join("loop-a")).unwrap();
    std::os::unix::fs::symlink(log.folder.path().join("loop-a"), log.folder.path().join("loop-b")).unwrap();
    std::os::unix::fs::symlink("/nowhere/at/all", log.folder.path().join("dangling")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(log.folder.path().join("pipe")).status().unwrap().success());
    let examination = log.examine();
    unharmed(&examination);
    assert_eq!(examination.skipped.iter().filter(|skipped| skipped.failed).count(), 4, "{:?}", examination.skipped);
    let examination = open(std::path::Path::new("/nowhere/at/all"), Keys::default());
    assert!(examination.unreadable());
}

#[test]
fn a_file_that_changes_while_it_is_read() {
    let log = Log::new(1, 5, true, true);
    let path = log.folder.path().join("live.jsonl");
    let line = record(1, 5) + "\n";
    fs::write(&path, line.repeat(200_000)).unwrap();
    let job = sealscope::verify::Job::default();
    let examination = std::thread::scope(|scope| {
        let running = scope.spawn(|| sealscope::verify::examine(&[log.folder.path().to_owned()], log.keys.clone(), &job, None));
        while job.progress().done == 0 && !running.is_finished() {
            std::thread::yield_now();
        }
        fs::write(&path, &line[..50]).unwrap();
        running.join().unwrap()
    });
    unharmed(&examination);
    assert_eq!(of(&examination, Code::ChangedWhileReading).len(), 1, "{:?}", examination.findings);
}

#[test]
fn seals_with_absurd_numbers() {
    let frontier = "frontier AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    let note = |size: &str| format!("\n{ORIGIN}\n{size}\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— x AAAAAAAA\n");
    for (first, size, lines) in [
        (u64::MAX.to_string(), u64::MAX.to_string(), 64),
        ("0".into(), u64::MAX.to_string(), 0),
        (u64::MAX.to_string(), "5".into(), 64),
        ("18446744073709551616".into(), "5".into(), 1),
        ("3".into(), "9".into(), 5000),
        ("9223372036854775808".into(), "9223372036854775813".into(), 1),
    ] {
        let log = Log::new(1, 5, false, true);
        let text = format!("sealscope.dev/segment@v2\nunit line\nfirst {first}\n{}{}", frontier.repeat(lines), note(&size));
        fs::write(log.seal_path(0), text).unwrap();
        assert_ne!(log.examine().verdict(), Verdict::Sealed, "{first} {size}");
    }
}

#[test]
fn hostile_names_and_texts_are_made_visible() {
    let log = Log::new(1, 5, true, true);
    let name = "a\u{202e}gnp.\n<b>.jsonl";
    fs::write(log.folder.path().join(name), record(1, 5).replace("ci-deployer", "root\u{202e}nimda\u{1b}") + "\n" + &record(2, 6) + "\n")
        .unwrap();
    let examination = log.examine();
    unharmed(&examination);
    assert!(examination.segments.iter().any(|segment| segment.plan.file.path.contains('\u{202e}')));
    let shown = sealscope::model::text::visible(name).into_owned();
    assert!(shown.contains("⟨U+202E⟩") && shown.contains("⟨U+000A⟩"));
}

#[test]
fn thousands_of_segments_are_judged_in_reasonable_time() {
    let mut log = Log::empty(false, false);
    for _ in 0..3_000 {
        log.add(1);
    }
    let examination = log.examine();
    assert_sealed(&examination, &[]);
    assert_eq!(examination.counts().total(), 3_000);
}
