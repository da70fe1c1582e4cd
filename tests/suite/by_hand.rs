//! The commands that a proof prints for checking by hand: each is run, and prints what the proof says it prints.

use std::path::Path;
use std::process::{Command, Stdio};

use sealscope::model::words::steps::{Meaning, ReadFrom, StepFact};
use sealscope::model::{Reason, Status};
use sealscope::verify::{Examination, LookError};

use super::builder::*;

/// Runs the command of a record's proof beside the evidence, and compares.
fn check(case: &Examination, row: u32, folder: &Path) -> Option<String> {
    let proof = case.prove(row).unwrap_or_else(|error: LookError| panic!("row {row}: {error}"));
    let expected = proof.command.lines().find_map(|line| line.strip_prefix("# prints "))?.to_owned();
    // The paths are those of the evidence as it was opened: the folder, and what is in it.
    let done = Command::new("sh").args(["-c", &proof.command]).current_dir(folder).stdin(Stdio::null()).output().unwrap();
    let printed = String::from_utf8(done.stdout).unwrap();
    let errors = String::from_utf8_lossy(&done.stderr).into_owned();
    let hash = printed.split_whitespace().find(|word| word.len() >= 64).unwrap_or_default();
    assert_eq!(hash, expected, "row {row}: {}\n{errors}", proof.command);
    Some(expected)
}

#[test]
fn every_record_of_a_segment_can_be_checked_by_hand_wherever_it_stands_now() {
    for salted in [true, false] {
        let log = Log::new(1, 30, salted, true);
        let sealed = std::fs::read(log.leaves_path(0)).unwrap();
        let leaves: Vec<String> = sealed.chunks_exact(32).map(sealscope::model::text::hex).collect();
        // Record 4 is gone, 10 is altered, 20 and 21 have changed places.
        log.edit(0, |lines| {
            lines[10] = lines[10].replace("success", "denied").replace('}', " }");
            lines.swap(20, 21);
            lines.remove(4);
        });
        let case = log.examine();
        let beside = log.folder.path().parent().unwrap();
        let mut displaced = 0;
        for row in 0..case.store.len() as u32 {
            let now = case.store.origin(row).unwrap().record as usize;
            let printed = check(&case, row, beside).unwrap_or_else(|| panic!("row {row} has no command"));
            let proof = case.prove(row).unwrap();
            let was = match now {
                0..4 => now,
                19 => 21,
                20 => 20,
                _ => now + 1,
            };
            if was == 10 {
                assert!(!leaves.contains(&printed), "an altered record gives another leaf");
                assert!(proof.command.contains(&format!("# sealed as {}", leaves[9])) || proof.command.contains("# sealed as "));
                continue;
            }
            assert_eq!(printed, leaves[was], "line {}", now + 1);
            if was != now {
                displaced += 1;
                let StepFact::Read { from: ReadFrom::MovedLine { record, line, .. }, .. } = proof.steps[0].fact else {
                    panic!("{:?}", proof.steps[0]);
                };
                assert_eq!((record, line), (was as u64, now as u64 + 1));
            }
        }
        assert_eq!(displaced, 23, "of 29 records 4 stand before the gap, one is altered, and one is where it was by the swap");
    }
}

#[test]
fn the_commands_of_other_formats_print_what_they_say() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    for evidence in ["chains", "formats/cloudtrail"] {
        let path = fixtures.join(evidence);
        let case = open(&path, sealscope::trust::Store::default());
        let checked = (0..case.store.len() as u32).filter(|row| check(&case, *row, path.parent().unwrap()).is_some()).count();
        assert!(checked > 0, "{evidence}: none of {} records has a command", case.store.len());
    }
}

/// Without its key a journal that was tampered with is not said to hold.
#[test]
fn a_tampered_journal_without_key_is_not_said_to_hold() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/journals/compact.journal.gz");
    let mut content = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(std::fs::File::open(fixture).unwrap()), &mut content).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let text = b"MESSAGE=";
    let place = content.windows(text.len()).rposition(|part| part == text).unwrap() + text.len();
    content[place] ^= 1;
    std::fs::write(folder.path().join("system.journal"), &content).unwrap();
    let case = open(folder.path(), sealscope::trust::Store::default());
    assert_eq!(case.logs.len(), 1);
    let ladder = &case.logs[0].ladder;
    assert!(ladder.0.iter().all(|rung| rung.status == Status::Unprovable), "{ladder:?}");
    assert!(!matches!(ladder.0[0].answer.reason, Reason::TagsHold | Reason::TagsFollow), "{ladder:?}");
    for row in 0..case.store.len() as u32 {
        let proof = case.prove(row).unwrap();
        assert!(proof.command.is_empty() || proof.command.contains("--verify-key"));
        assert_eq!(proof.meaning, Meaning::VerificationKeyMissing);
        let steps: Vec<&StepFact> = proof.steps.iter().map(|step| &step.fact).collect();
        assert!(matches!(steps[..], [StepFact::Read { .. }, StepFact::VerificationKeyMissing]), "{steps:?}");
    }
    assert_eq!(case.counts().of(sealscope::model::State::Sealed), 0);
}
