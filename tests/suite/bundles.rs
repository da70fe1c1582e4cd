//! Evidence bundles: exported here, checked by us, by the standalone checker and by stock tools, and spoiled.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sealscope::bundle::{Checked, ExportError, ExportJob, Exported, MaskKind, Options, check, check_all, export, is_bundle, read_key};
use sealscope::model::words::checks::CheckFact;
use sealscope::model::words::differences::Difference;
use sealscope::model::words::steps::StepFact;
use sealscope::model::{Code, Severity, State, Verdict};
use sealscope::trust::{Key, Store as Keys};
use sealscope::verify::{Examination, Job};

use super::builder::*;

const NOW: i64 = 1_772_900_000_000_000_000;

/// An examiner's key made by ssh-keygen, with the line of allowed signers; `None` where ssh-keygen is not.
pub fn examiner(folder: &Path) -> Option<(PathBuf, PathBuf)> {
    let key = folder.join("examiner");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "maria", "-f"]).arg(&key).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: ssh-keygen is not here");
        return None;
    }
    let public = fs::read_to_string(folder.join("examiner.pub")).unwrap();
    let signers = folder.join("allowed_signers");
    fs::write(&signers, format!("maria namespaces=\"evidence@sealscope.dev\" {public}")).unwrap();
    Some((key, signers))
}

pub fn write(case: &Examination, keys: &Keys, rows: &[u32], options: Options, key: &Path, out: &Path) -> Result<Exported, ExportError> {
    let key = read_key(key, None).unwrap();
    let export_job = ExportJob {
        case,
        rows,
        options: &Options { controls: true, ..options },
        selection: "for the test".into(),
        reference: "CASE-7".into(),
        examiner: "maria".into(),
        key: &key,
        keys,
        now: NOW,
        out,
    };
    export(&export_job, &Job::default())
}

pub fn trusting(log: &Log, signers: &Path) -> Keys {
    let mut keys = log.keys.clone();
    keys.add_file(signers).unwrap();
    keys
}

pub fn python(bundle: &Path, signers: &Path) -> (bool, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/check_bundle.py");
    let done = Command::new("python3")
        .arg(script)
        .arg(bundle)
        .arg("--allowed-signers")
        .arg(signers)
        .args(["--identity", "maria"])
        .output()
        .unwrap();
    (done.status.success(), String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned())
}

pub fn good(checked: &Checked) {
    assert_eq!(checked.state, State::Sealed, "{:?}", checked.lines);
}

/// Every third record of each segment.
pub fn third(case: &Examination) -> Vec<u32> {
    (0..case.store.len() as u32).filter(|row| case.store.origin(*row).unwrap().record % 3 == 1).collect()
}

#[test]
fn a_selection_verifies_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let log = Log::new(3, 25, true, true);
    let keys = trusting(&log, &signers);
    let case = open(log.folder.path(), keys.clone());
    let rows = third(&case);
    for name in ["bundle", "bundle.zip"] {
        let out = folder.path().join(name);
        let exported = write(&case, &keys, &rows, Options::default(), &key, &out).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((exported.included, exported.withheld), (rows.len() as u64, 75 - rows.len() as u64));
        assert!(is_bundle(&out));
        let checked = check(&out, &keys);
        good(&checked);
        // The records verify too, and browse like any case.
        let examination = open(&out, keys.clone());
        assert_sealed(&examination, &[]);
        assert_eq!(examination.counts().total(), rows.len() as u64);
        assert!(examination.prove(3).unwrap().steps.iter().any(|step| matches!(step.fact, StepFact::LeadsToSignedRoot { .. })));
        let (holds, said) = python(&out, &signers);
        assert!(holds && said.contains("proven members") && said.contains("signature: Good"), "{said}");
        // Without the examiner's key: as it was signed, but by whom?
        assert_eq!(check(&out, &log.keys).state, State::Consistent);
        assert_eq!(open(&out, Keys::default()).verdict(), Verdict::Consistent);
        assert!(matches!(write(&case, &keys, &rows, Options::default(), &key, &out), Err(ExportError::Exists { .. })));
    }
    // Nothing half-written is left, and equal input gives equal bytes.
    assert!(fs::read_dir(folder.path()).unwrap().all(|entry| !entry.unwrap().file_name().to_string_lossy().starts_with('.')));
    let again = folder.path().join("again.zip");
    write(&case, &keys, &rows, Options::default(), &key, &again).unwrap();
    assert_eq!(fs::read(folder.path().join("bundle.zip")).unwrap(), fs::read(again).unwrap());
}

#[test]
fn a_check_that_fails_leaves_the_bundle_unchecked() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let log = Log::new(1, 10, true, false);
    let keys = trusting(&log, &signers);
    let case = open(log.folder.path(), keys.clone());
    let out = folder.path().join("bundle");
    write(&case, &keys, &third(&case), Options::default(), &key, &out).unwrap();
    let received = open(&out, keys.clone());
    let checked = check_all(&received, &keys, &|| panic!("a mistake")).pop().unwrap().1;
    assert_eq!(checked.state, State::Unchecked);
    let [line] = &checked.lines[..] else { panic!("{:?}", checked.lines) };
    assert!(matches!(&line.fact, CheckFact::CheckFailed { cause } if cause.contains("a mistake")), "{line:?}");
    // The next one is checked as ever.
    good(&check_all(&received, &keys, &|| true).pop().unwrap().1);
}

#[test]
fn stock_tools_check_it() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let log = Log::new(2, 10, true, false);
    let keys = trusting(&log, &signers);
    let case = open(log.folder.path(), keys.clone());
    let out = folder.path().join("bundle");
    write(&case, &keys, &third(&case), Options::default(), &key, &out).unwrap();
    let shell = |command: &str| {
        let done = Command::new("bash").args(["-c", command]).current_dir(&out).stdin(Stdio::null()).output().unwrap();
        (done.status.success(), String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned())
    };
    // The commands of VERIFY.txt, word for word.
    let text = fs::read_to_string(out.join("data/VERIFY.txt")).unwrap();
    let commands: Vec<String> =
        text.lines().filter(|line| line.starts_with("    ") && line.contains("256")).map(|line| line.trim().to_owned()).collect();
    assert!(commands.len() >= 3, "{text}");
    for command in &commands[..3] {
        let command = command.replace("allowed_signers", signers.to_str().unwrap()).replace("-I NAME", "-I maria");
        let (fine, said) = shell(&command);
        assert!(fine && (command.starts_with("ssh-keygen") || said.is_empty()), "{command}: {said}");
    }
    let bagit = Command::new("python3").args(["-m", "bagit", "--validate", "--quiet"]).arg(&out).output().unwrap();
    if String::from_utf8_lossy(&bagit.stderr).contains("No module named") {
        println!("skipped: bagit is not here (pip install bagit)");
    } else {
        assert!(bagit.status.success(), "{}", String::from_utf8_lossy(&bagit.stderr));
    }
    let profile = "import bagit, bagit_profile, json, sys; p = bagit_profile.Profile('https://sealscope.dev/bagit-profile.json', profile=json.load(open(sys.argv[1]))); \
                   sys.exit(0 if p.validate(bagit.Bag(sys.argv[2])) else 1)";
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/bagit-profile.json");
    let run = |bag: &Path| Command::new("python3").args(["-c", profile]).arg(&docs).arg(bag).output().unwrap();
    if String::from_utf8_lossy(&run(&out).stderr).contains("No module named") {
        println!("skipped: bagit_profile is not here (pip install bagit_profile)");
    } else {
        assert!(run(&out).status.success(), "{}", String::from_utf8_lossy(&run(&out).stderr));
        // A file beside the lists is what plain BagIt overlooks.
        fs::write(out.join("note.txt"), "hello").unwrap();
        assert!(!run(&out).status.success());
        fs::remove_file(out.join("note.txt")).unwrap();
    }
    // The same on paper: archival PDF, with the statement inside.
    let pdf = fs::read(out.join("data/report.pdf")).unwrap();
    let has = |text: &str| memchr::memmem::find(&pdf, text.as_bytes()).is_some();
    assert!(pdf.starts_with(b"%PDF-1.7") && has("pdfaid:part>3<") && has("report.json") && has("/AFRelationship"));
    // The report opens anywhere: no script, nothing loaded.
    let html = fs::read_to_string(out.join("data/report.html")).unwrap();
    assert!(
        html.contains("default-src 'none'")
            && !html.contains("<script")
            && !html.contains("http://")
            && html.contains("CASE-7")
            && html.contains("AU-10(3)")
            && !html.contains("complies")
    );
}

#[test]
fn levels_of_completeness() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let log = Log::new(1, 20, true, true);
    let keys = trusting(&log, &signers);
    let case = open(log.folder.path(), keys.clone());
    let middle: Vec<u32> = (0..20).filter(|row| (5..9).contains(&case.store.origin(*row).unwrap().record)).collect();
    for (name, rows, rule, level, included) in [
        ("counted", &middle, Options::default(), "L1", 4),
        ("range", &middle, Options { range: true, ..Options::default() }, "L2", 6),
        ("whole", &middle, Options { whole: true, ..Options::default() }, "L4", 20),
    ] {
        let out = folder.path().join(name);
        let exported = write(&case, &keys, rows, rule, &key, &out).unwrap();
        assert_eq!((format!("{:?}", exported.levels), exported.included), (format!("[{level}]"), included), "{name}");
        good(&check(&out, &keys));
        assert_sealed(&open(&out, keys.clone()), &[]);
        let (holds, said) = python(&out, &signers);
        assert!(holds, "{name}: {said}");
    }
    // Unsealed records are only asserted.
    let plain = folder.path().join("plain");
    fs::create_dir_all(&plain).unwrap();
    fs::write(plain.join("a.jsonl"), (0..9).map(|number| record(number, number) + "\n").collect::<String>()).unwrap();
    let case = open(&plain, keys.clone());
    let out = folder.path().join("asserted");
    let exported = write(&case, &keys, &[0, 4], Options::default(), &key, &out).unwrap();
    assert_eq!(format!("{:?} {}", exported.levels, exported.included), "[L0] 2");
    good(&check(&out, &keys));
    assert_eq!(open(&out, keys).verdict(), Verdict::Unsealed);
}

#[test]
fn other_formats_travel_whole() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats");
    for (format, verdict) in
        [("cloudtrail", Verdict::Sealed), ("tiles", Verdict::Sealed), ("chain", Verdict::Consistent), ("proof", Verdict::Sealed)]
    {
        let mut keys = Keys::default();
        keys.add_file(&fixtures.join(format!("{format}.trust"))).unwrap();
        keys.add_file(&signers).unwrap();
        let case = open(&fixtures.join(format), keys.clone());
        assert_eq!(case.verdict(), verdict);
        let out = folder.path().join(format);
        write(&case, &keys, &(0..case.store.len() as u32).collect::<Vec<_>>(), Options::default(), &key, &out).unwrap();
        good(&check(&out, &keys));
        let (holds, said) = python(&out, &signers);
        assert!(holds, "{format}: {said}");
        assert_eq!(open(&out, keys.clone()).verdict(), verdict, "{format}");
        assert_eq!(open(&out, keys).counts().total(), case.counts().total(), "{format}");
    }
}

#[test]
fn what_must_not_be_exported() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let log = Log::new(1, 20, false, false);
    let keys = trusting(&log, &signers);
    let case = open(log.folder.path(), keys.clone());
    let out = folder.path().join("out");
    // Withheld records of an unsalted log can be guessed.
    assert!(matches!(write(&case, &keys, &[3], Options::default(), &key, &out), Err(ExportError::Guessable(_))));
    assert!(write(&case, &keys, &[3], Options { accept_guessable: true, ..Options::default() }, &key, &out).is_ok());
    assert!(matches!(write(&case, &keys, &[], Options::default(), &key, &out), Err(ExportError::Nothing(_))));
    // Who seals must not export.
    let material = read_key(&key, None).unwrap().material().unwrap();
    let mut own = keys.clone();
    own.trust(Key::new("sealer", material, Some(4)));
    assert!(matches!(
        write(&case, &own, &[3], Options { accept_guessable: true, ..Options::default() }, &key, &folder.path().join("x")),
        Err(ExportError::SealersKey)
    ));
}

#[test]
fn broken_records_are_exported_as_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let log = Log::new(1, 20, true, true);
    log.edit(0, |lines| lines[7] = lines[7].replace("thing-7", "<script>=cmd|' /C calc'!A0\u{202e}"));
    let keys = trusting(&log, &signers);
    let case = open(log.folder.path(), keys.clone());
    assert_eq!(case.verdict(), Verdict::Broken);
    let out = folder.path().join("out");
    write(&case, &keys, &(0..20).collect::<Vec<_>>(), Options::default(), &key, &out).unwrap();
    good(&check(&out, &keys));
    let (holds, said) = python(&out, &signers);
    assert!(holds && said.contains("0 lead to the roots of their seals; 1 do not"), "{said}");
    let examination = open(&out, keys);
    assert_eq!((examination.verdict(), of(&examination, Code::RecordAltered).len()), (Verdict::Broken, 1));
    let html = fs::read_to_string(out.join("data/report.html")).unwrap();
    assert!(html.contains("&lt;script&gt;") && !html.contains("<script") && !html.contains('\u{202e}'));
    let csv = fs::read_to_string(out.join("data/events.csv")).unwrap();
    assert!(!csv.contains("\"=") && !csv.contains('\u{202e}'));
}

#[test]
fn no_change_to_a_bundle_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let log = Log::new(2, 12, true, false);
    let keys = trusting(&log, &signers);
    let case = open(log.folder.path(), keys.clone());
    let out = folder.path().join("bundle");
    write(&case, &keys, &third(&case), Options::default(), &key, &out).unwrap();
    let mut files = Vec::new();
    let mut folders = vec![out.clone()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    let mut asked = 0;
    for step in 0..10_000usize {
        let path = &files[step % files.len()];
        let original = fs::read(path).unwrap();
        let at = step.wrapping_mul(2_654_435_761) % original.len();
        let mut changed = original.clone();
        match step % 5 {
            0..=2 => changed[at] ^= 1 << (step % 8),
            3 => changed.truncate(at),
            _ => changed.insert(at, b'x'),
        }
        fs::write(path, &changed).unwrap();
        let checked = check(&out, &keys);
        // Armour around a signature may change without the signature changing; then nothing else has.
        let armour = path.ends_with("tagmanifest-sha256.txt.sig") && checked.state == State::Sealed;
        assert!(checked.state == State::Broken || armour, "{} byte {at}: {:?}", path.display(), checked.lines);
        if step % 1_250 == 7 {
            let (holds, said) = python(&out, &signers);
            assert_eq!(holds, armour, "{} byte {at}: {said}", path.display());
            asked += 1;
        }
        fs::write(path, &original).unwrap();
    }
    assert!(asked > 5);
    good(&check(&out, &keys));
    // A file too many, anywhere.
    for extra in ["note.txt", "data/note.txt", "data/records/999-x.ndjson"] {
        fs::write(out.join(extra), "hello").unwrap();
        assert_eq!(check(&out, &keys).state, State::Broken, "{extra}");
        assert!(!python(&out, &signers).0);
        fs::remove_file(out.join(extra)).unwrap();
    }
    // Rewritten and signed again by somebody else: as signed, but not by whom you trust.
    let other = folder.path().join("other");
    fs::create_dir_all(&other).unwrap();
    let (stranger, _) = examiner(&other).unwrap();
    let forged = folder.path().join("forged");
    write(&case, &keys, &[0], Options::default(), &stranger, &forged).unwrap();
    assert_eq!(check(&forged, &keys).state, State::Consistent);
    // A disclosed record taken out and everything signed again by the true examiner: the tree tells.
    let name = fs::read_dir(out.join("data/records")).unwrap().next().unwrap().unwrap().path();
    let fewer: String = fs::read_to_string(&name).unwrap().lines().skip(1).map(|line| format!("{line}\n")).collect();
    fs::write(&name, fewer).unwrap();
    let examination = open(&out, keys);
    assert!(examination.findings.iter().any(|finding| finding.severity == Severity::Error && finding.code == Code::ProofFails));
}

#[test]
fn a_key_made_here_is_one_of_openssh() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("id");
    sealscope::bundle::make_key(&path, Some("correct horse"), "maria").unwrap();
    assert!(sealscope::bundle::make_key(&path, None, "maria").is_err(), "a key is never overwritten");
    assert!(read_key(&path, None).is_err() && read_key(&path, Some("wrong")).is_err());
    let key = read_key(&path, Some("correct horse")).unwrap();
    // ssh-keygen opens it with the passphrase and finds the same public key.
    let done = Command::new("ssh-keygen").args(["-y", "-P", "correct horse", "-f"]).arg(&path).output();
    if let Ok(done) = done {
        let public = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(
            done.status.success() && key.public_line().starts_with(public.split(' ').take(2).collect::<Vec<_>>().join(" ").as_str()),
            "{public}"
        );
    }
}

#[test]
fn copies_are_compared() {
    use sealscope::bundle::compare;
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<String> = (0..40).map(|number| record(number, number)).collect();
    let write = |name: &str, lines: &[String]| {
        fs::create_dir_all(folder.path().join(name)).unwrap();
        fs::write(folder.path().join(name).join("a.jsonl"), lines.join("\n") + "\n").unwrap();
        open(&folder.path().join(name), Keys::default())
    };
    let original = write("one", &lines);
    let alike = compare(&original, &write("same", &lines), &Job::default()).unwrap();
    assert!(alike.len() == 1 && alike[0].equal && alike[0].same == 40);
    let shorter = &compare(&original, &write("short", &lines[..30]), &Job::default()).unwrap()[0];
    assert!(!shorter.equal && shorter.same == 30 && matches!(shorter.differences[..], [Difference::SecondShorter { .. }]), "{shorter:?}");
    let mut changed = lines.clone();
    changed[12] = changed[12].replace("thing-12", "thing-0");
    changed.remove(20);
    let forked = &compare(&original, &write("fork", &changed), &Job::default()).unwrap()[0];
    assert!(!forked.equal && forked.same == 12 && forked.differences[0] == Difference::Diverge { record: 12 }, "{forked:?}");
    assert!(
        forked.differences.contains(&Difference::Altered { first: 12, second: 12 })
            && forked.differences.contains(&Difference::Removed { first: 20 }),
        "{forked:?}"
    );
}

#[test]
fn single_records_carry_their_own_proof() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let log = Log::new(2, 12, true, false);
    let keys = trusting(&log, &signers);
    let case = open(log.folder.path(), keys.clone());
    let out = folder.path().join("bundle");
    let rows = third(&case);
    write(&case, &keys, &rows, Options { single: true, ..Options::default() }, &key, &out).unwrap();
    good(&check(&out, &keys));
    // They are no second copy of the records.
    assert_eq!(open(&out, keys.clone()).counts().total(), rows.len() as u64);
    // Taken out of the bundle, each is proven by itself.
    let alone = folder.path().join("alone");
    fs::create_dir_all(&alone).unwrap();
    for entry in fs::read_dir(out.join("data/single")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, alone.join(path.file_name().unwrap())).unwrap();
    }
    let examination = open(&alone, keys);
    assert_sealed(&examination, &[]);
    assert_eq!((examination.logs.len(), examination.counts().total()), (rows.len(), rows.len() as u64));
}

#[test]
fn masked_values_stand_only_in_the_records() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    let plain = folder.path().join("plain");
    fs::create_dir_all(&plain).unwrap();
    let secrets = ["AKIAIOSFODNN7EXAMPLE", "ann@acme.example", "203.0.113.77", "svc-ledger", "Project Tulip"];
    let line = "{\"time\":\"2026-03-07T03:14:22Z\",\"actor\":\"svc-ledger\",\"action\":\"read by ann@acme.example\",\"target\":\"AKIAIOSFODNN7EXAMPLE of Project Tulip\",\"ip\":\"203.0.113.77\"}\n";
    fs::write(plain.join("a.jsonl"), line).unwrap();
    let keys = Keys::default();
    let case = open(&plain, keys.clone());
    let out = folder.path().join("masked");
    let options = Options { masks: MaskKind::ALL.to_vec(), words: vec!["Project Tulip".into()], ..Options::default() };
    write(&case, &keys, &[0], options, &key, &out).unwrap();
    let mut all = Keys::default();
    all.add_file(&signers).unwrap();
    good(&check(&out, &all));
    for name in ["report.html", "events.csv", "events.jsonl", "findings.json"] {
        let text = fs::read_to_string(out.join("data").join(name)).unwrap();
        for secret in secrets {
            assert!(!text.contains(secret), "{name} holds {secret}");
        }
        assert!(name == "findings.json" || text.contains("[masked access key 1]"), "{name}");
    }
    let statement = fs::read_to_string(out.join("data/report.json")).unwrap();
    assert!(statement.contains("\"access keys\"") && statement.contains("\"names of identities\""), "{statement}");
    // The record itself is as it was.
    let record = fs::read_to_string(out.join("data/segments/plain/a.jsonl")).unwrap();
    assert!(secrets.iter().all(|secret| record.contains(secret)), "{record}");
}

#[test]
fn whole_segments_are_checked_by_the_script() {
    let folder = tempfile::tempdir().unwrap();
    let Some((key, signers)) = examiner(folder.path()) else { return };
    for salted in [true, false] {
        let log = Log::new(3, 11, salted, true);
        let keys = trusting(&log, &signers);
        let case = open(log.folder.path(), keys.clone());
        let out = folder.path().join(format!("whole-{salted}"));
        let all: Vec<u32> = (0..case.store.len() as u32).collect();
        write(&case, &keys, &all, Options { whole: true, ..Options::default() }, &key, &out).unwrap();
        let (holds, said) = python(&out, &signers);
        assert!(holds && said.contains("whole segments: 3 lead to the roots"), "{said}");
        // An examiner who changes a record and signs everything again is found out by both.
        let segment = fs::read_dir(out.join("data/segments")).unwrap().next().unwrap().unwrap().path();
        let segment = fs::read_dir(&segment).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.extension().unwrap() == "jsonl");
        let segment = segment.unwrap();
        let text = fs::read_to_string(&segment).unwrap();
        fs::write(&segment, text.replacen("thing-", "thong-", 1)).unwrap();
        let command = format!(
            "find data -type f | LC_ALL=C sort | xargs sha256sum > manifest-sha256.txt && rm tagmanifest-sha256.txt.sig && \
             sha256sum bag-info.txt bagit.txt manifest-sha256.txt > tagmanifest-sha256.txt && \
             ssh-keygen -q -Y sign -f {} -n evidence@sealscope.dev tagmanifest-sha256.txt",
            key.display()
        );
        let done = Command::new("bash").args(["-c", &command]).current_dir(&out).stdin(Stdio::null()).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        assert_eq!(check(&out, &keys).state, State::Broken);
        assert_eq!(open(&out, keys).verdict(), Verdict::Broken);
        let (holds, said) = python(&out, &signers);
        assert!(!holds && said.contains("is not the source that the statement says"), "{said}");
    }
}
