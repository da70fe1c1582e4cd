//! Sealing on receipt.

use std::fs;

use sealscope::case::keys;
use sealscope::case::receive::{ACQUISITION, Receiving, ReceivingError, receive};
use sealscope::model::{Code, Severity, State, Verdict};
use sealscope::trust::Store as Keys;
use sealscope::verify::Job;

use super::builder::*;

const NOW: i64 = 1_772_850_000_000_000_000;

#[test]
fn what_is_received_is_provable_from_then_on() {
    let folder = tempfile::tempdir().unwrap();
    let evidence = folder.path().join("evidence");
    fs::create_dir_all(evidence.join("deep")).unwrap();
    let lines: String = (0..50).map(|number| record(number, number) + "\n").collect();
    fs::write(evidence.join("a.jsonl"), &lines).unwrap();
    fs::write(evidence.join("deep/a.jsonl"), &lines[..lines.len() / 2]).unwrap();
    fs::write(evidence.join("noise.bin"), [0u8; 4_000]).unwrap();
    let key_path = folder.path().join("examiner.key");
    keys::generate("examiner/maria", &key_path, Some("correct horse")).unwrap();
    let key = keys::read(&key_path, Some("correct horse")).unwrap();
    let sources = [evidence.clone()];
    let receiving = |into| Receiving { sources: &sources, into, key: &key, examiner: "maria", now: NOW };
    let into = folder.path().join("cases");
    let received = receive(&receiving(&into), &Job::default()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(received.files, 3, "{:?}", received.left_out);
    // The evidence is as it was, and nothing else is in the folder.
    assert_eq!(fs::read_to_string(evidence.join("a.jsonl")).unwrap(), lines);
    assert_eq!(fs::read_dir(&evidence).unwrap().count(), 3);
    assert_eq!(fs::read_dir(&into).unwrap().count(), 1);
    let mut trusted = Keys::default();
    trusted.trust(key.public.clone());
    let examination = open(&received.folder, trusted.clone());
    let errors: Vec<_> = examination.findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let log = examination.logs.iter().find(|log| log.origin == received.origin).unwrap();
    assert_eq!(log.verdict, Verdict::Sealed);
    // Nobody is to take it for a seal of the log's writer.
    let since = "2026-03-07 02:20:00 UTC, sealed on receipt by examiner/maria; nothing is said of the time before";
    let (sentence, ladder) = (examination.sentence(), log.ladder.0[0].text());
    assert!(sentence.contains(since) && ladder.contains(since), "{sentence}\n{ladder}");
    // Who, when, from where, and the hash of what was there.
    let record = fs::read_to_string(received.folder.join(ACQUISITION)).unwrap();
    let digest = sealscope::model::text::hex(&<sha2::Sha256 as sha2::Digest>::digest(&lines));
    for word in ["maria", "2026-03-07T02:20:00", "a.jsonl", &digest, "host"] {
        assert!(record.contains(word), "{word} is missing in {record}");
    }
    // A change shows, in the copy as in the record.
    let copy = received.folder.join("evidence/a.jsonl");
    fs::write(&copy, lines.replacen("thing-7", "thing-8", 1)).unwrap();
    let examination = open(&received.folder, trusted.clone());
    assert_eq!((of(&examination, Code::RecordAltered).len(), examination.counts().of(State::Broken)), (1, 1));
    fs::write(&copy, &lines).unwrap();
    fs::write(received.folder.join(ACQUISITION), record.replace("maria", "marta")).unwrap();
    assert_eq!(open(&received.folder, trusted).verdict(), Verdict::Broken);
    // A second receipt in the same second is another log in another folder.
    let second = receive(&receiving(&into), &Job::default()).unwrap_or_else(|error| panic!("{error}"));
    assert!(second.folder != received.folder && second.origin != received.origin);
    assert_eq!(fs::read_dir(&into).unwrap().count(), 2, "nothing half-written is left");
    // Never into the evidence itself.
    assert!(matches!(receive(&receiving(&evidence.join("deep")), &Job::default()), Err(ReceivingError::Inside { .. })));
    assert_eq!(fs::read_dir(&evidence).unwrap().count(), 3);
}

#[test]
fn stopping_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("a.jsonl");
    fs::write(&log, record(1, 1)).unwrap();
    let key_path = folder.path().join("examiner.key");
    keys::generate("examiner/maria", &key_path, None).unwrap();
    let key = keys::read(&key_path, None).unwrap();
    let into = folder.path().join("cases");
    let job = Job::default();
    job.cancel();
    let sources = [log];
    let result = receive(&Receiving { sources: &sources, into: &into, key: &key, examiner: "maria", now: NOW }, &job);
    assert!(matches!(result, Err(ReceivingError::Cancelled | ReceivingError::Nothing(_))), "{:?}", result.err());
    assert_eq!(fs::read_dir(&into).unwrap().count(), 0);
    // What is sealed already stays under its own seal.
    let sealed = Log::new(1, 5, true, false);
    let sources = [sealed.folder.path().to_owned()];
    let result = receive(&Receiving { sources: &sources, into: &into, key: &key, examiner: "maria", now: NOW }, &Job::default());
    assert!(matches!(result, Err(ReceivingError::Nothing(_))), "{:?}", result.map(|received| received.sentence()));
}
