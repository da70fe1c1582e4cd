//! Exporting where it is awkward: into the evidence, stopped midway, from a bundle, from folders of one name; and bundles with tricks in them.

use std::fs;
use std::io::Write;

use sealscope::bundle::{ExportError, ExportJob, Options, check, export, read_key};
use sealscope::model::Reason;
use sealscope::model::words::end::End;
use sealscope::model::words::steps::StepFact;
use sealscope::model::{Code, Severity, State, Verdict};
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
    let export_job = ExportJob {
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
    assert!(matches!(export(&export_job, &job), Err(ExportError::Cancelled)));
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
    let exported = write(&case, &keys, &[1, 2], Options::default(), &key, &second).unwrap();
    // What was withheld before is withheld still, and the two that stay behind now are withheld too.
    assert_eq!((exported.included, exported.withheld), (2, 10), "{exported:?}");
    good(&check(&second, &keys));
    let again = open(&second, keys.clone());
    assert_sealed(&again, &[]);
    // And once more, also as a whole.
    for (number, options) in [Options::default(), Options { whole: true, ..Options::default() }].into_iter().enumerate() {
        let (rows, left) = if options.whole { (&[0, 1][..], 10) } else { (&[1][..], 11) };
        let third = folder.path().join(format!("third-{number}.zip"));
        let exported = write(&again, &keys, rows, options, &key, &third).unwrap();
        assert_eq!(exported.withheld, left, "{exported:?}");
        good(&check(&third, &keys));
        assert_sealed(&open(&third, keys.clone()), &[]);
    }
}

#[test]
fn an_excerpt_tells_how_long_the_log_was_and_shows_what_lies_between() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let log = Log::new(4, 12, true, false);
    let keys = trusting(&log, &signers);
    let case = open(log.folder.path(), keys.clone());
    let out = folder.path().join("out");
    // Records of the first and the third segment.
    let chosen = |row: &u32| case.store.origin(*row).is_some_and(|origin| origin.segment % 2 == 0 && origin.record == 1);
    let rows: Vec<u32> = (0..case.store.len() as u32).filter(chosen).collect();
    let exported = write(&case, &keys, &rows, Options::default(), &key, &out).unwrap();
    assert_eq!((exported.included, exported.withheld), (2, 34), "{exported:?}");
    good(&check(&out, &keys));
    let again = open(&out, keys.clone());
    assert_sealed(&again, &[]);
    assert_eq!(again.logs[0].ladder.0[2].answer.reason, Reason::LogWasLonger { size: 48, after: 12 });
    // Without the part between, nothing shows that it was there.
    let between = names(&out.join("data/proofs"))[1].replace(".ptree", "");
    for (kind, ending) in [("proofs", "ptree"), ("records", "ndjson"), ("seals", "seal"), ("seals", "before"), ("seals", "heads")] {
        fs::remove_file(out.join(format!("data/{kind}/{between}.{ending}"))).unwrap();
    }
    assert_eq!(of(&open(&out, keys), Code::Gap).len(), 1);
}

#[test]
fn a_bundle_of_a_broken_bundle_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let log = Log::new(2, 12, true, false);
    let keys = trusting(&log, &signers);
    let first = folder.path().join("first");
    let case = open(log.folder.path(), keys.clone());
    write(&case, &keys, &third(&case), Options::default(), &key, &first).unwrap();
    for (number, (gone, code)) in
        [("data/events.csv", Code::BundleBroken), ("tagmanifest-sha256.txt.sig", Code::BundleBroken)].into_iter().enumerate()
    {
        let kept = fs::read(first.join(gone)).unwrap();
        fs::remove_file(first.join(gone)).unwrap();
        let case = open(&first, keys.clone());
        let out = folder.path().join(format!("second-{number}"));
        let all: Vec<u32> = (0..case.store.len() as u32).collect();
        write(&case, &keys, &all, Options { whole: true, ..Options::default() }, &key, &out).unwrap();
        let again = open(&out, keys.clone());
        assert_eq!((again.verdict(), of(&again, code).len()), (Verdict::Broken, 1), "{:?}", again.findings);
        fs::write(first.join(gone), kept).unwrap();
    }
    // Parts that lie there alone are no whole bundle either.
    for name in ["bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt", "tagmanifest-sha256.txt.sig"] {
        fs::remove_file(first.join(name)).unwrap();
    }
    let case = open(&first, keys.clone());
    let records: Vec<u32> = (0..case.store.len() as u32)
        .filter(|row| case.segments[case.store.origin(*row).unwrap().segment as usize].plan.file.path.contains("data/records/"))
        .collect();
    let out = folder.path().join("third");
    write(&case, &keys, &records, Options { whole: true, ..Options::default() }, &key, &out).unwrap();
    assert_eq!(of(&open(&out, keys), Code::BundleIncomplete).len(), 1);
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
        assert_eq!(check(&spoiled, &keys).state, State::Broken, "{name}");
        assert!(!python(&spoiled, &signers).0, "{name}");
    }
}

/// A chain whose link runs over the hash of each record.
fn hashed_chain(count: u64) -> (String, Vec<String>) {
    use sealscope::model::text::hex;
    use sha2::{Digest, Sha256};
    let profile = r#"
name = "thinnable"
about = "A chain made for this test."
signs = ["seq", "event", "prev", "link"]
sequence = "seq"
previous = "prev"
own = "link"
genesis = ["none"]
delimiter = "|"
preimage = [{ text = "prev" }, { text = "seq" }, { json = "jcs", at = "event", hashed = "hex" }]
"#;
    let mut previous = "none".to_owned();
    let lines = (0..count).map(|seq| {
        let event = format!(r#"{{"action":"read","actor":"robot","target":"thing-{seq}","time":"2026-03-07T00:00:{:02}Z"}}"#, seq % 60);
        let link = hex(&Sha256::digest(format!("{previous}|{seq}|{}", hex(&Sha256::digest(&event)))));
        let line = format!(r#"{{"event":{event},"link":"{link}","prev":"{previous}","seq":{seq}}}"#);
        previous = link;
        line
    });
    let lines = lines.collect();
    (profile.to_owned(), lines)
}

#[test]
fn a_chain_over_hashes_can_be_thinned_out() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let (profile, lines) = hashed_chain(40);
    let mut keys = Keys::default();
    keys.add_profile(profile);
    keys.add_file(&signers).unwrap();
    let plain = folder.path().join("logs");
    fs::create_dir_all(&plain).unwrap();
    fs::write(plain.join("chain.jsonl"), lines.join("\n") + "\n").unwrap();
    let case = open(&plain, keys.clone());
    assert_eq!((case.verdict(), case.logs[0].seal), (Verdict::Consistent, "hash chain"), "{:?}", case.findings);
    assert!(case.findings.is_empty(), "{:?}", case.findings);
    assert!(case.can_excerpt(&case.segments[0]));
    let out = folder.path().join("excerpt");
    let rows = third(&case);
    // Its hashes have no salt, so what is withheld could be guessed.
    assert!(matches!(write(&case, &keys, &rows, Options::default(), &key, &out), Err(ExportError::Guessable(_))));
    let options = Options { accept_guessable: true, ..Options::default() };
    let exported = write(&case, &keys, &rows, options.clone(), &key, &out).unwrap();
    assert_eq!((exported.included, exported.withheld), (13, 27));
    good(&check(&out, &keys));
    let (holds, said) = python(&out, &signers);
    assert!(holds, "{said}");
    let excerpt = open(&out, keys.clone());
    assert_eq!((excerpt.verdict(), excerpt.counts().total(), excerpt.logs[0].seal), (Verdict::Consistent, 13, "excerpt of a hash chain"));
    assert!(
        matches!(&excerpt.logs[0].end, End::Excerpt { withheld: 27, .. })
            && matches!(&excerpt.logs[0].ladder.0[2].answer.reason, Reason::EndsAt { head } if *head == lines[39][lines[39].find("link").unwrap() + 7..][..64])
    );
    assert!(excerpt.prove(4).unwrap().steps.iter().any(|step| matches!(step.fact, StepFact::LeadsToHead { .. })));
    // Every change to records or skeleton is seen in the records' verdict, no matter who signs.
    let records = fs::read_dir(out.join("data/records")).unwrap().next().unwrap().unwrap().path();
    let skeleton = fs::read_dir(out.join("data/proofs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().unwrap() == "skeleton");
    let skeleton = skeleton.unwrap();
    let original = (fs::read_to_string(&records).unwrap(), fs::read_to_string(&skeleton).unwrap());
    let swap = |text: &str| text.replacen("thing-", "thong-", 1);
    let lose = |text: &str| text.lines().skip(1).map(|line| format!("{line}\n")).collect::<String>();
    let turned = |text: &str| text.lines().rev().map(|line| format!("{line}\n")).collect::<String>();
    for (path, text, changed) in [
        (&records, &original.0, swap(&original.0)),
        (&records, &original.0, lose(&original.0)),
        (&records, &original.0, turned(&original.0)),
        (&records, &original.0, format!("{}{}\n", original.0, lines[39])),
        (&skeleton, &original.1, original.1.replacen("H ", "H 00", 1)),
        (&skeleton, &original.1, original.1.replacen(" 2\n", " 3\n", 1)),
        (&skeleton, &original.1, original.1.replacen("previous none", "previous other", 1)),
        (&skeleton, &original.1, original.1.replacen("D\n", "", 1)),
    ] {
        assert_ne!(*text, changed);
        fs::write(path, &changed).unwrap();
        assert_eq!(open(&out, keys.clone()).verdict(), Verdict::Broken, "{changed}");
        fs::write(path, text).unwrap();
    }
    // Behind the last record that is here, nothing holds a chain without a kept head together; the ladder says so.
    let end = original.1.rfind("D\n").unwrap();
    for step in 0..400usize {
        let mut bytes = original.1.clone().into_bytes();
        let at = step.wrapping_mul(2_654_435_761) % end;
        match step % 3 {
            0 => bytes[at] ^= 1 << (step % 8),
            1 => bytes.truncate(at),
            _ => bytes.insert(at, b"H 0D\n"[step % 5]),
        }
        // The case of a hexadecimal digit says nothing.
        if bytes.eq_ignore_ascii_case(original.1.as_bytes()) {
            continue;
        }
        fs::write(&skeleton, &bytes).unwrap();
        let verdict = open(&out, keys.clone()).verdict();
        assert!(matches!(verdict, Verdict::Broken | Verdict::Unchecked), "{step}: {verdict:?}\n{}", String::from_utf8_lossy(&bytes));
    }
    fs::write(&skeleton, &original.1).unwrap();
    // Without the profile nothing is said, neither good nor bad; it lies in the bundle for who trusts it.
    let mut without = Keys::default();
    let stranger = open(&out, without.clone());
    assert_eq!((stranger.verdict(), of(&stranger, Code::ChainFormUnknown).len()), (Verdict::Unchecked, 1));
    let along =
        fs::read_dir(out.join("data/proofs")).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.extension().unwrap() == "toml");
    without.add_profile(fs::read_to_string(along.unwrap()).unwrap());
    assert_eq!(open(&out, without).verdict(), Verdict::Consistent);
    // A damaged chain goes whole, and so does one whose link runs over the records.
    let mut changed = lines.clone();
    changed[7] = changed[7].replace("thing", "thong");
    fs::write(plain.join("chain.jsonl"), changed.join("\n") + "\n").unwrap();
    let case = open(&plain, keys.clone());
    assert_eq!(case.verdict(), Verdict::Broken);
    let refused = write(&case, &keys, &[1], options.clone(), &key, &folder.path().join("refused"));
    assert!(matches!(refused, Err(ExportError::NoExcerpt { .. })), "{refused:?}");
    let options = Options { whole: true, ..options };
    let whole = write(&case, &keys, &[1], options, &key, &folder.path().join("whole")).unwrap();
    assert_eq!((whole.included, whole.withheld), (40, 0));
}

#[test]
fn an_interrupted_command_leaves_nothing_half_written() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, _)) = examiner(folder.path()) else { return };
    let logs = folder.path().join("logs");
    fs::create_dir_all(&logs).unwrap();
    sealscope::demo::write_log(&logs.join("a.jsonl"), 60_000, 7, true).unwrap();
    let into = folder.path().join("into");
    fs::create_dir_all(&into).unwrap();
    let mut running = std::process::Command::new(env!("CARGO_BIN_EXE_sealscope"))
        .arg("export")
        .arg(&logs)
        .args(["--examiner", "maria", "--key"])
        .arg(&key)
        .arg("--out")
        .arg(into.join("out.zip"))
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let started = std::time::Instant::now();
    while names(&into).is_empty() && started.elapsed() < std::time::Duration::from_secs(30) {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let pid = running.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let ended = running.wait().unwrap();
    // Either it was done already, or nothing is left.
    let left = names(&into);
    assert!(left.is_empty() && !ended.success() || left == ["out.zip"] && ended.success(), "{left:?} {ended}");
}

#[test]
fn files_that_stay_behind_are_not_missing() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats");
    let mut keys = Keys::default();
    keys.add_file(&fixtures.join("cloudtrail.trust")).unwrap();
    keys.add_file(&signers).unwrap();
    let case = open(&fixtures.join("cloudtrail"), keys.clone());
    let out = folder.path().join("trail");
    let exported = write(&case, &keys, &[0], Options { whole: true, ..Options::default() }, &key, &out).unwrap();
    assert!(exported.limits.iter().any(|limit| limit.starts_with("3 log files listed by the digests")), "{:?}", exported.limits);
    good(&check(&out, &keys));
    assert!(python(&out, &signers).0);
    let received = open(&out, keys.clone());
    assert_eq!((received.verdict(), of(&received, Code::LogFileWithheld).len()), (Verdict::Unchecked, 3), "{:?}", received.findings);
    assert_eq!(received.logs[0].ladder.0[1].answer.reason, Reason::FilesWithheld { count: 3 });
    // Only what a bundle says counts, and only for the very files: a list in an ordinary folder excuses nothing.
    let list = fs::read_to_string(out.join("data/proofs/withheld.txt")).unwrap();
    fs::write(
        out.join("data/proofs/withheld.txt"),
        list.replace(" 1", " 2").lines().take(3).map(|line| format!("{line}\n")).collect::<String>(),
    )
    .unwrap();
    let fewer = open(&out, keys.clone());
    assert_eq!((fewer.verdict(), of(&fewer, Code::LogFileMissing).len()), (Verdict::Broken, 3));
    fs::write(out.join("data/proofs/withheld.txt"), list).unwrap();
    fs::remove_file(out.join("tagmanifest-sha256.txt")).unwrap();
    assert_eq!(open(&out, keys).verdict(), Verdict::Broken);
}

#[test]
fn whole_segments_with_others_between_them_show_no_gap() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    for salted in [true, false] {
        let log = Log::new(4, 8, salted, true);
        let keys = trusting(&log, &signers);
        let case = open(log.folder.path(), keys.clone());
        // Rows are numbered as they are read, so each opening has numbers of its own.
        let of_segments = |case: &sealscope::verify::Examination, wanted: &[u32]| -> Vec<u32> {
            (0..case.store.len() as u32).filter(|row| wanted.contains(&case.store.origin(*row).unwrap().segment)).collect()
        };
        // Where others stay behind, a proof goes along that shows it; of a salted log also the tree of what lies between.
        let between = if salted { ("[L4, L1, L4]", 8) } else { ("[L4]", 0) };
        for (name, wanted, (levels, withheld)) in [("apart", &[0, 2, 3][..], between), ("together", &[1, 2], ("[L4]", 0))] {
            let out = folder.path().join(format!("{name}-{salted}"));
            let exported =
                write(&case, &keys, &of_segments(&case, wanted), Options { whole: true, ..Options::default() }, &key, &out).unwrap();
            assert_eq!((format!("{:?}", exported.levels), exported.withheld), (levels.into(), withheld), "{name}");
            good(&check(&out, &keys));
            let (holds, said) = python(&out, &signers);
            assert!(holds && said.contains("no contradiction and no gap"), "{said}");
            let received = open(&out, keys.clone());
            let allowed = |finding: &sealscope::model::Finding| finding.code == Code::Gap && finding.severity == Severity::Info && !salted;
            assert!(received.findings.iter().all(allowed), "{:?}", received.findings);
            assert_eq!((received.verdict(), received.counts().total()), (Verdict::Sealed, wanted.len() as u64 * 8));
        }
        // A checkpoint of the newest segment would say that the end was cut off, so it goes only with the whole log.
        let mut seals: Vec<String> = names(log.folder.path()).into_iter().filter(|name| name.ends_with(".seal")).collect();
        let newest = fs::read_to_string(log.folder.path().join(seals.pop().unwrap())).unwrap();
        fs::write(log.folder.path().join("checkpoint"), newest.split_once("\n\n").unwrap().1).unwrap();
        let case = open(log.folder.path(), keys.clone());
        assert_sealed(&case, &[]);
        for (name, wanted, along) in [("begin", &[0, 1][..], false), ("all", &[0, 1, 2, 3], true)] {
            let out = folder.path().join(format!("checkpoint-{name}-{salted}"));
            write(&case, &keys, &of_segments(&case, wanted), Options { whole: true, ..Options::default() }, &key, &out).unwrap();
            let segments = fs::read_dir(out.join("data/segments")).map(|mut folders| folders.next().unwrap().unwrap().path());
            assert_eq!(segments.is_ok_and(|folder| names(&folder).iter().any(|name| name.ends_with("checkpoint"))), along);
            assert_eq!(open(&out, keys.clone()).verdict(), Verdict::Sealed, "{name}");
        }
    }
}

#[test]
fn a_chain_over_several_files_goes_whole() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let mut keys = Keys::default();
    keys.add_file(&signers).unwrap();
    let logs = folder.path().join("logs");
    fs::create_dir_all(&logs).unwrap();
    let mut previous = "0".repeat(64);
    for number in 0..3 {
        let mut text = String::new();
        for record in 0..5 {
            use sha2::Digest;
            let body = format!(
                r#"{{"action":"read","actor":"robot","prev_hash":"{previous}","seq":{},"ts":"2026-03-07T00:0{number}:0{record}Z""#,
                number * 5 + record
            );
            previous = sealscope::model::text::hex(&sha2::Sha256::digest(format!("{body}}}")));
            text.push_str(&format!("{body},\"hash\":\"{previous}\"}}\n"));
        }
        fs::write(logs.join(format!("{number}.jsonl")), text).unwrap();
    }
    let case = open(&logs, keys.clone());
    assert_eq!((case.verdict(), case.logs.len()), (Verdict::Consistent, 1), "{:?}", case.findings);
    let out = folder.path().join("out");
    let refused = write(&case, &keys, &[7], Options::default(), &key, &out);
    assert!(matches!(refused, Err(ExportError::NoExcerpt { .. })), "{refused:?}");
    let exported = write(&case, &keys, &[7], Options { whole: true, ..Options::default() }, &key, &out).unwrap();
    assert_eq!((exported.included, exported.withheld), (15, 0));
    let received = open(&out, keys);
    assert_eq!((received.verdict(), received.findings.len()), (Verdict::Consistent, 0), "{:?}", received.findings);
}

#[test]
fn records_of_acquisition_go_into_the_statement() {
    use sealscope::case::receive::{Receiving, receive};
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let logs = folder.path().join("plain");
    fs::create_dir_all(&logs).unwrap();
    fs::write(logs.join("a.jsonl"), (0..4).map(|number| record(number, number) + "\n").collect::<String>()).unwrap();
    fs::write(logs.join("picture.png"), b"\x89PNG\r\n\x1a\n").unwrap();
    let sealing = folder.path().join("sealing");
    sealscope::case::keys::generate("examiner/maria", &sealing, None).unwrap();
    let sealer = sealscope::case::keys::read(&sealing, None).unwrap();
    let receiving = Receiving { sources: &[logs], into: folder.path(), key: &sealer, examiner: "maria", now: 1_772_900_000_000_000_000 };
    let received = receive(&receiving, &Job::default()).unwrap();
    let mut keys = Keys::default();
    keys.trust(sealer.public.clone());
    keys.add_file(&signers).unwrap();
    let case = open(&received.folder, keys.clone());
    let out = folder.path().join("out");
    let all: Vec<u32> = (0..case.store.len() as u32).collect();
    write(&case, &keys, &all, Options::default(), &key, &out).unwrap();
    let checked = check(&out, &keys);
    good(&checked);
    let statement = checked.statement.unwrap();
    assert!(statement.acquisitions.iter().any(|record| record["action"] == "evidence.received"), "{:?}", statement.acquisitions);
    let from = statement.sources.iter().find_map(|source| source.came_from.as_deref());
    assert!(from.is_some_and(|from| from.ends_with("plain/a.jsonl")), "{:?}", statement.sources);
    let html = fs::read_to_string(out.join("data/report.html")).unwrap();
    assert!(html.contains("received from") && !statement.host.is_empty());
    assert_eq!(open(&out, keys).verdict(), Verdict::Sealed);
}
