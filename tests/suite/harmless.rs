//! Harmless look-alikes: none of them may raise an alarm.

use std::fs;
use std::io::Write;
use std::path::Path;

use sealscope::model::{Code, Severity, State, Verdict};
use sealscope::seal::segment::Unit;
use sealscope::trust::Store as Keys;

use super::builder::*;

fn gzip(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(level));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}

fn no_alarm(log: &Log) {
    let examination = log.examine();
    assert!(examination.findings.iter().all(|finding| finding.severity == Severity::Info), "{:#?}", examination.findings);
    assert_ne!(examination.verdict(), Verdict::Broken);
}

#[test]
fn h01_rotation_to_new_files() {
    assert_sealed(&Log::new(5, 13, true, true).examine(), &[]);
}

#[test]
fn h02_packed_after_sealing() {
    for level in [1, 9] {
        let log = Log::new(2, 20, true, false);
        for segment in 0..2 {
            let packed = gzip(&fs::read(log.path(segment)).unwrap(), level);
            fs::remove_file(log.path(segment)).unwrap();
            fs::write(format!("{}.gz", log.path(segment).display()), packed).unwrap();
        }
        assert_sealed(&log.examine(), &[]);
    }
}

#[test]
fn h03_packed_with_zstandard() {
    let log = Log::new(1, 20, true, false);
    let packed = zstd::encode_all(fs::read(log.path(0)).unwrap().as_slice(), 5).unwrap();
    fs::remove_file(log.path(0)).unwrap();
    fs::write(format!("{}.zst", log.path(0).display()), packed).unwrap();
    assert_sealed(&log.examine(), &[]);
}

#[test]
fn h04_sealed_packed_and_unpacked_since() {
    let log = Log::new(1, 20, true, true);
    let name = log.path(0).display().to_string();
    fs::rename(log.seal_path(0), format!("{name}.gz.seal")).unwrap();
    fs::rename(log.leaves_path(0), format!("{name}.gz.leaves")).unwrap();
    assert_sealed(&log.examine(), &[]);
}

#[test]
fn h05_several_gzip_members_in_one_file() {
    let log = Log::new(1, 20, false, false);
    let content = fs::read(log.path(0)).unwrap();
    let (one, other) = content.split_at(content.len() / 2);
    fs::remove_file(log.path(0)).unwrap();
    fs::write(format!("{}.gz", log.path(0).display()), [gzip(one, 6), gzip(other, 6)].concat()).unwrap();
    assert_sealed(&log.examine(), &[]);
}

#[test]
fn h06_a_renamed_folder_and_deeper_layout() {
    let log = Log::new(2, 10, true, true);
    let other = tempfile::tempdir().unwrap();
    copy_folder(log.folder.path(), &other.path().join("a b/ü/2026"));
    assert_sealed(&open(other.path(), log.keys.clone()), &[]);
}

#[test]
fn h07_a_renamed_segment_with_its_seal() {
    let log = Log::new(2, 10, true, false);
    fs::rename(log.path(1), log.folder.path().join("renamed.log")).unwrap();
    fs::rename(log.seal_path(1), log.folder.path().join("renamed.log.seal")).unwrap();
    assert_sealed(&log.examine(), &[]);
}

#[test]
fn h08_a_renamed_segment_alone() {
    let log = Log::new(2, 10, true, false);
    fs::rename(log.path(1), log.folder.path().join("renamed.log")).unwrap();
    assert_sealed(&log.examine(), &[Code::SealForAnotherFile]);
    no_alarm(&log);
}

#[test]
fn h09_a_live_files_torn_last_line() {
    let log = Log::new(1, 10, true, false);
    fs::write(log.folder.path().join("live.jsonl"), format!("{}\n{}", record(1, 500), &record(2, 600)[..40])).unwrap();
    no_alarm(&log);
    let examination = log.examine();
    assert_eq!(of(&examination, Code::TornLastLine).len(), 1);
    assert_eq!(examination.verdict(), Verdict::Unsealed);
    assert!(examination.logs.iter().any(|log| log.verdict == Verdict::Sealed), "an unsealed file must not blur a sealed log");
}

#[test]
fn h10_a_copy_in_another_folder_is_counted_once() {
    let log = Log::new(2, 10, true, true);
    copy_folder(log.folder.path(), &log.folder.path().join("copy"));
    let examination = log.examine();
    assert_sealed(&examination, &[Code::DuplicateSegment]);
    assert_eq!(examination.counts().total(), 20);
    assert_eq!(of(&examination, Code::DuplicateSegment).len(), 2);
}

#[test]
fn h11_a_live_file_sealed_twice() {
    let mut log = Log::new(1, 10, false, false);
    // The first ten records once more, with five that came after them.
    log.segments.clear();
    log.tree = sealscope::seal::merkle::Range::new(0);
    let lines: Vec<String> = (0..15).map(|number| record(number, 70 + 10 * number)).collect();
    log.clock = 400;
    log.add_lines(lines);
    let examination = log.examine();
    assert_sealed(&examination, &[Code::Overlap, Code::DuplicateEvent]);
    assert!(!of(&examination, Code::Overlap).is_empty());
}

#[test]
fn h12_late_and_out_of_order_delivery() {
    let mut log = Log::new(1, 20, true, false);
    log.clock += 3 * 3600;
    let mut lines: Vec<String> = (0..20).map(|index| record(20 + index, log.clock + index)).collect();
    lines[3] = record(23, 150);
    lines.swap(5, 9);
    lines.reverse();
    log.clock += 60;
    log.add_lines(lines);
    assert_sealed(&log.examine(), &[]);
}

#[test]
fn h13_a_clock_step_inside_a_segment() {
    let mut log = Log::new(1, 5, true, false);
    let lines: Vec<String> = (0..20).map(|index| record(5 + index, log.clock + if index < 10 { 300 + index } else { index })).collect();
    log.clock += 400;
    log.add_lines(lines);
    assert_sealed(&log.examine(), &[]);
}

#[test]
fn h14_daylight_saving_and_local_offsets() {
    let mut log = Log::empty(true, false);
    let line = |time: &str| format!(r#"{{"time":"{time}","actor":"a","action":"read"}}"#);
    log.clock = 22 * 86_400 + 3 * 3600;
    log.add_lines(vec![line("2026-03-29T01:59:59+01:00"), line("2026-03-29T03:00:00+02:00"), line("2026-03-29T03:00:01+02:00")]);
    assert_sealed(&log.examine(), &[]);
    let store = log.examine().store;
    assert_eq!(store.time(1) - store.time(0), 1_000_000_000);
}

#[test]
fn h15_times_of_different_precision_and_a_leap_second() {
    let mut log = Log::empty(false, false);
    let times =
        ["2026-03-07T00:00:01Z", "2026-03-07T00:00:01.5Z", "2026-03-07T00:00:02.123456789Z", "2026-03-07T00:00:03", "2016-12-31T23:59:60Z"];
    log.add_lines(times.iter().map(|time| format!(r#"{{"time":"{time}","actor":"a","action":"read"}}"#)).collect());
    assert_sealed(&log.examine(), &[]);
}

#[test]
fn h16_a_key_rotated_by_its_owner() {
    let mut log = Log::new(2, 10, true, true);
    let (key, signer) = key_pair(ORIGIN, 2);
    log.keys.trust(key.clone());
    (log.key, log.signer) = (key, signer);
    log.add(10);
    assert_sealed(&log.examine(), &[]);
}

#[test]
fn h17_a_chain_that_starts_midway() {
    let log = Log::new(3, 10, true, true);
    for path in [log.path(0), log.seal_path(0), log.leaves_path(0)] {
        fs::remove_file(path).unwrap();
    }
    assert_sealed(&log.examine(), &[Code::StartsMidway]);
    no_alarm(&log);
}

#[test]
fn h18_an_empty_segment() {
    let mut log = Log::new(1, 10, true, false);
    log.add_lines(Vec::new());
    log.add(10);
    assert_sealed(&log.examine(), &[]);
}

#[test]
fn h18b_nothing_but_an_empty_segment() {
    let mut log = Log::empty(true, false);
    log.add_lines(Vec::new());
    assert_sealed(&log.examine(), &[]);
    // A checkpoint of a log of which nothing is here accuses nobody.
    let other = Log::empty(true, false);
    other.checkpoint("checkpoint", 10, [1; 32]);
    assert_ne!(other.examine().verdict(), Verdict::Broken);
}

#[test]
fn h19_an_empty_line_inside() {
    let mut log = Log::empty(true, false);
    log.add_lines(vec![record(0, 70), String::new(), record(2, 90)]);
    let examination = log.examine();
    assert_sealed(&examination, &[Code::NotUnderstood]);
    assert_eq!(examination.counts().total(), 3);
}

#[test]
fn h20_no_line_feed_at_the_end() {
    let mut log = Log::empty(true, false);
    log.clock += 300;
    let lines = [record(0, 70), record(1, 80)];
    log.add_bytes(Unit::Line, lines.iter().map(|line| line.as_bytes().to_vec()).collect(), lines.join("\n").as_bytes());
    assert_sealed(&log.examine(), &[]);
    // Another tool adds it.
    fs::write(log.path(0), lines.join("\n") + "\n").unwrap();
    assert_sealed(&log.examine(), &[]);
}

#[test]
fn h21_windows_line_ends_sealed_as_they_are() {
    let mut log = Log::empty(false, false);
    log.clock += 300;
    let lines: Vec<String> = (0..4).map(|number| record(number, 70 + number) + "\r").collect();
    log.add_lines(lines);
    assert_sealed(&log.examine(), &[]);
}

#[test]
fn h22_line_ends_converted_since_are_named_as_just_that() {
    for salted in [false, true] {
        let log = Log::new(2, 10, salted, salted);
        let text = fs::read_to_string(log.path(1)).unwrap();
        fs::write(log.path(1), text.replace('\n', "\r\n")).unwrap();
        let examination = log.examine();
        assert_sealed(&examination, &[Code::LineEndsChanged]);
        assert_eq!(of(&examination, Code::LineEndsChanged).len(), 1);
    }
    let mut log = Log::empty(true, true);
    log.clock += 300;
    log.add_lines((0..4).map(|number| record(number, 70 + number) + "\r").collect());
    let text = fs::read_to_string(log.path(0)).unwrap();
    fs::write(log.path(0), text.replace("\r\n", "\n")).unwrap();
    assert_sealed(&log.examine(), &[Code::LineEndsChanged]);
}

#[test]
fn h23_a_byte_order_mark_added_since_is_named_as_just_that() {
    let log = Log::new(1, 10, true, true);
    let text = fs::read_to_string(log.path(0)).unwrap();
    fs::write(log.path(0), format!("\u{feff}{text}")).unwrap();
    let examination = log.examine();
    assert_sealed(&examination, &[Code::ByteOrderMarkAdded]);
    assert_eq!(examination.store.identity_name(0), "ci-deployer");
    // Both at once.
    fs::write(log.path(0), format!("\u{feff}{}", text.replace('\n', "\r\n"))).unwrap();
    assert_sealed(&log.examine(), &[Code::LineEndsChanged, Code::ByteOrderMarkAdded]);
}

#[test]
fn h24_a_document_with_converted_line_ends() {
    let mut log = Log::empty(true, false);
    let document = format!("{{\n\"Records\": [\n{},\n{}\n]\n}}\n", record(0, 10), record(1, 11));
    log.add_bytes(Unit::File, vec![document.clone().into_bytes()], document.as_bytes());
    fs::write(log.path(0), document.replace('\n', "\r\n")).unwrap();
    assert_sealed(&log.examine(), &[Code::LineEndsChanged]);
}

#[test]
fn h25_a_log_begun_anew_under_another_name() {
    let log = Log::new(1, 10, true, false);
    let other = tempfile::tempdir().unwrap();
    copy_folder(log.folder.path(), &other.path().join("old"));
    let mut second = Log::empty(true, false);
    second.clock = 5_000;
    second.add(10);
    let text = fs::read_to_string(second.seal_path(0)).unwrap();
    assert!(text.contains(ORIGIN));
    copy_folder(second.folder.path(), &other.path().join("new"));
    assert_ne!(open(other.path(), log.keys.clone()).verdict(), Verdict::Sealed, "two histories under one name are a fork");
    let only = open(&other.path().join("new"), log.keys.clone());
    assert_sealed(&only, &[]);
}

#[test]
fn h26_other_files_in_the_folder() {
    let log = Log::new(1, 10, true, true);
    for (name, bytes) in [
        ("README.md", &b"# About\nThese are logs.\n"[..]),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        (".DS_Store", b"\0\0\0\x01Bud1\0"),
        ("empty.jsonl", b""),
        ("SHA256SUMS", b"00  001.jsonl\n"),
    ] {
        fs::write(log.folder.path().join(name), bytes).unwrap();
    }
    let examination = log.examine();
    assert_sealed(&examination, &[]);
    assert_eq!(examination.skipped.len(), 5, "{:?}", examination.skipped);
    assert!(examination.skipped.iter().all(|skipped| !skipped.failed && !skipped.reason.is_empty()));
}

#[test]
fn h27_a_seal_with_windows_line_ends() {
    let log = Log::new(2, 10, true, false);
    log.edit_seal(1, |text| text.replace('\n', "\r\n"));
    assert_sealed(&log.examine(), &[]);
}

#[test]
fn h28_a_witness_that_nobody_knows() {
    let log = Log::new(1, 10, true, false);
    let (witness, signer) = key_pair("witness.example/w1", 9);
    log.edit_seal(0, |text| {
        let note = text.split_once("\n\n").unwrap().1.to_owned();
        let body = format!("{}\n", note.split_once("\n\n").unwrap().0);
        let cosigned = sealscope::seal::note::cosign(&body, &witness, &signer, DAY + 999);
        text + cosigned.lines().last().unwrap() + "\n"
    });
    assert_sealed(&log.examine(), &[]);
}

#[test]
fn h29_a_linked_folder_is_read_once() {
    let log = Log::new(1, 10, true, true);
    std::os::unix::fs::symlink(log.folder.path(), log.folder.path().join("again")).unwrap();
    let examination = log.examine();
    assert_sealed(&examination, &[]);
    assert_eq!(examination.counts().total(), 10);
}

#[test]
fn h30_archives_of_the_folder() {
    let log = Log::new(3, 10, true, true);
    let other = tempfile::tempdir().unwrap();
    let tar_bytes = {
        let mut builder = tar::Builder::new(Vec::new());
        builder.append_dir_all("case", log.folder.path()).unwrap();
        builder.into_inner().unwrap()
    };
    fs::write(other.path().join("case.tar"), &tar_bytes).unwrap();
    assert_sealed(&open(&other.path().join("case.tar"), log.keys.clone()), &[]);
    fs::write(other.path().join("case.tar.gz"), gzip(&tar_bytes, 6)).unwrap();
    assert_sealed(&open(&other.path().join("case.tar.gz"), log.keys.clone()), &[]);
    let mut archive = zip::ZipWriter::new(fs::File::create(other.path().join("case.zip")).unwrap());
    for (index, entry) in fs::read_dir(log.folder.path()).unwrap().enumerate() {
        let path = entry.unwrap().path();
        let method = if index % 2 == 0 { zip::CompressionMethod::Deflated } else { zip::CompressionMethod::Stored };
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        archive.start_file(path.file_name().unwrap().to_string_lossy(), options).unwrap();
        archive.write_all(&fs::read(&path).unwrap()).unwrap();
    }
    archive.finish().unwrap();
    assert_sealed(&open(&other.path().join("case.zip"), log.keys.clone()), &[]);
}

#[test]
fn h31_an_archive_sealed_long_after() {
    let mut log = Log::empty(true, false);
    for segment in 0..3u64 {
        let lines: Vec<String> = (0..10).map(|index| record(segment * 10 + index, segment * 1000 + index)).collect();
        log.clock = 400 * 86_400 + segment * 60;
        log.add_lines(lines);
    }
    assert_sealed(&log.examine(), &[Code::SealedLater]);
    no_alarm(&log);
    assert_eq!(of(&log.examine(), Code::SealedLater).len(), 1);
}

#[test]
fn h32_leaves_for_some_segments_only() {
    let log = Log::new(3, 10, true, true);
    fs::remove_file(log.leaves_path(1)).unwrap();
    assert_sealed(&log.examine(), &[]);
}

#[test]
fn h33_an_older_checkpoint_that_agrees() {
    let log = Log::new(3, 10, true, false);
    let seal = sealscope::seal::segment::Seal::parse(&fs::read_to_string(log.seal_path(1)).unwrap()).unwrap();
    log.checkpoint("checkpoint-of-yesterday", seal.checkpoint.size, seal.checkpoint.root);
    assert_sealed(&log.examine(), &[]);
}

#[test]
fn h34_events_delivered_twice_in_unsealed_files() {
    let folder = tempfile::tempdir().unwrap();
    let line = |id: u32| format!(r#"{{"time":"2026-03-07T00:00:0{id}Z","actor":"a","action":"read","event_id":"e{id}"}}"#);
    fs::write(folder.path().join("one.jsonl"), [line(1), line(2), line(3)].join("\n")).unwrap();
    fs::write(folder.path().join("two.jsonl"), [line(3), line(4)].join("\n")).unwrap();
    let examination = open(folder.path(), Keys::default());
    assert_eq!(examination.counts().total(), 4);
    assert_eq!(of(&examination, Code::DuplicateEvent).len(), 1);
    // The same identifier on other content hides nothing.
    fs::write(folder.path().join("two.jsonl"), [line(3).replace("read", "write"), line(4)].join("\n")).unwrap();
    assert_eq!(open(folder.path(), Keys::default()).counts().total(), 5);
}

#[test]
fn h35_order_of_opening_and_single_files() {
    let log = Log::new(3, 10, true, true);
    let mut paths: Vec<_> = fs::read_dir(log.folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.reverse();
    let examination = sealscope::verify::examine(&paths, log.keys.clone(), &sealscope::verify::Job::default(), None);
    assert_sealed(&examination, &[]);
    assert_eq!(examination.counts().of(State::Sealed), 30);
}

#[test]
fn licences_and_lists_of_what_is_expected_are_no_logs() {
    let folder = tempfile::tempdir().unwrap();
    let line = "{\"time\":\"2026-03-07T00:00:00Z\",\"actor\":\"maria\",\"action\":\"read\"}";
    fs::write(folder.path().join("audit.jsonl"), format!("{line}\n{line}\n")).unwrap();
    fs::write(folder.path().join("LICENSE"), "MIT License\n\nPermission is hereby granted, free of charge\n").unwrap();
    let expected = "{\n  \"validator\": \"v1\",\n  \"valid\": true,\n  \"lines\": 400\n}\n";
    fs::write(folder.path().join("expected.json"), expected).unwrap();
    // What holds an event, or says that it was sealed, is never left out.
    fs::write(folder.path().join("one.json"), line).unwrap();
    fs::write(folder.path().join("claims.json"), "{\"prev_hash\":\"ab\",\"n\":1}").unwrap();
    let case = open(folder.path(), Keys::default());
    let skipped: Vec<&str> = case.skipped.iter().map(|skipped| skipped.path.rsplit('/').next().unwrap()).collect();
    assert_eq!(skipped.len(), 2, "{skipped:?}");
    assert!(skipped.contains(&"LICENSE") && skipped.contains(&"expected.json"));
    assert!(case.skipped.iter().all(|skipped| !skipped.reason.is_empty() && !skipped.failed));
    assert_eq!(case.store.len(), 4);
    // Alone, it is all there is, and is shown.
    assert_eq!(open(&folder.path().join("expected.json"), Keys::default()).store.len(), 1);
}
