//! Each finding, by making that very manipulation.

use std::collections::BTreeSet;
use std::fs;

use sealscope::model::{Code, Remedy, Severity, State, Status, Verdict};
use sealscope::seal::merkle::Range;
use sealscope::seal::note::{Checkpoint, checkpoint_text, cosign};
use sealscope::seal::segment::{Seal, Sealer, SegmentLeaves, Unit, make};

use super::builder::*;

/// Codes whose tests are in other files.
const ELSEWHERE: &[(Code, &str)] = &[
    (Code::LogFileWithheld, "exporting"),
    (Code::BundleBroken, "exporting"),
    (Code::BundleIncomplete, "exporting"),
    (Code::OutsideOpened, "cloudtrail"),
    (Code::AfterLastSeal, "tiles"),
    (Code::LineEndsChanged, "harmless"),
    (Code::ByteOrderMarkAdded, "harmless"),
    (Code::TornLastLine, "harmless"),
    (Code::DuplicateSegment, "harmless"),
    (Code::Overlap, "harmless"),
    (Code::StartsMidway, "harmless"),
    (Code::SealedLater, "harmless"),
    (Code::DuplicateEvent, "harmless"),
    (Code::NotUnderstood, "hostile"),
    (Code::Unreadable, "hostile"),
    (Code::ChangedWhileReading, "hostile"),
    (Code::RecordTooLong, "hostile"),
    (Code::Cancelled, "cancel"),
    (Code::OutsideChain, "chains"),
    (Code::RecordMalformed, "receipts"),
    (Code::SignatureMissing, "receipts"),
    (Code::PreimageAmbiguous, "profiles"),
    (Code::LastUnprotected, "receipts"),
    (Code::AfterTerminal, "receipts"),
    (Code::RepeatedKey, "receipts"),
    (Code::DelegationMissing, "receipts"),
    (Code::DelegatedFromElsewhere, "receipts"),
    (Code::KeyNotValid, "receipts"),
    (Code::ChainFormUnknown, "profiles"),
    (Code::QuorumMissed, "anchors"),
    (Code::IndexDamaged, "journals"),
    (Code::RecordAmbiguous, "reading"),
    (Code::ProofFails, "anchors"),
    (Code::ProofWithoutFile, "anchors"),
    (Code::Restarted, "cloudtrail"),
    (Code::DigestMissing, "cloudtrail"),
    (Code::DigestUnsigned, "cloudtrail"),
    (Code::LogFileMissing, "cloudtrail"),
    (Code::LogFileMoved, "cloudtrail"),
    (Code::LogFileUnlisted, "cloudtrail"),
    (Code::ClaimNotChecked, "claimed"),
    (Code::CheckFailed, "the engine's own tests"),
    (Code::MissingOrUnread, "outcomes"),
];

/// Codes tested here.
const HERE: &[Code] = &[
    Code::RecordAltered,
    Code::RecordRemoved,
    Code::RecordInserted,
    Code::RecordMoved,
    Code::SegmentAltered,
    Code::RecordsMissing,
    Code::RecordsAdded,
    Code::Fork,
    Code::Gap,
    Code::SealForged,
    Code::SealDamaged,
    Code::SealUnreadable,
    Code::SealMissing,
    Code::UnknownKey,
    Code::KeyNotForOrigin,
    Code::Truncated,
    Code::Backdated,
    Code::TimeAfterSeal,
    Code::SealTimeBackwards,
    Code::SealWithoutSegment,
    Code::SealForAnotherFile,
    Code::LeavesNotBelieved,
    Code::UsedAfterRevocation,
];

#[test]
fn every_code_is_tested_and_explained() {
    let tested: BTreeSet<Code> = HERE.iter().copied().chain(ELSEWHERE.iter().map(|(code, _)| *code)).collect();
    let missing: Vec<_> = Code::ALL.iter().filter(|code| !tested.contains(code)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    for code in Code::ALL {
        assert!(!code.meaning().is_empty() && !code.next_step().is_empty() && !code.summary().is_empty());
        assert_eq!(Code::named(code.name()), Some(*code));
    }
}

#[test]
fn the_page_of_findings_is_the_one_made_from_the_codes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/findings.md");
    let page = sealscope::model::words::page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path, &page).unwrap();
    }
    let there = fs::read_to_string(path).unwrap();
    assert!(there == page, "docs/findings.md is not what `UPDATE_DOCS=1 cargo test --test suite the_page_of_findings` makes");
}

#[test]
fn facts_keep_their_arguments_in_json() {
    use sealscope::model::words::segments::{SegmentFact, Source};
    use sealscope::model::words::{Fact, MetaFact};
    let removed = Fact::from(SegmentFact::RecordsRemoved { from: 5, to: 7, line: None });
    let json = serde_json::to_value(&removed).unwrap();
    assert_eq!(json, serde_json::json!({"format": "sealed-segments", "what": "records-removed", "from": 5, "to": 7, "line": null}));
    let fork = SegmentFact::Fork { size: 9, one: Source::Lone("a".into()), other: Source::Records("b".into()), is_proven: true };
    let quoted = MetaFact::Quoted { code: Code::Gap, title: "t".into(), text: "x".into() };
    let known = MetaFact::Known { fact: Box::new(removed.clone()) };
    for fact in [removed, fork.into(), quoted.into(), known.into(), MetaFact::More { code: Code::Fork, count: 3 }.into()] {
        let text = serde_json::to_string(&fact).unwrap();
        assert_eq!(serde_json::from_str::<Fact>(&text).unwrap(), fact, "{text}");
    }
}

#[test]
fn advice_fits_the_format() {
    use sealscope::model::words::Fact;
    use sealscope::model::words::journals::JournalFact;
    use sealscope::model::words::tiles::TileFact;
    let journal: Fact = JournalFact::TagFails { tag: 3, offset: 8, entries: None }.into();
    for fact in [journal, TileFact::BundleAltered.into(), TileFact::AlteredSomewhere.into(), JournalFact::TagsReplaced.into()] {
        assert_eq!(fact.code(), Code::SegmentAltered);
        assert!(!fact.meaning().contains(".leaves") && !fact.next_step().contains(".leaves"), "{fact:?}");
    }
    assert!(Code::SegmentAltered.next_step().contains(".leaves"));
}

/// One finding of the code, and nothing else wrong.
fn only(log: &Log, code: Code) -> sealscope::model::Finding {
    let examination = log.examine();
    let found = of(&examination, code);
    assert_eq!(found.len(), 1, "{:#?}", examination.findings);
    let others: Vec<_> =
        examination.findings.iter().filter(|finding| finding.severity == Severity::Error && finding.code != code).collect();
    assert!(others.is_empty(), "{others:#?}");
    assert!(!found[0].title().is_empty() && !found[0].text().is_empty() && found[0].code == found[0].fact.code());
    if found[0].severity == Severity::Error {
        assert_eq!(examination.verdict(), Verdict::Broken);
    }
    found[0].clone()
}

#[test]
fn placed_changes_are_told_apart_everywhere() {
    for salted in [false, true] {
        for segment in [0, 1, 2] {
            for index in [0usize, 7, 19] {
                let number = segment as u64 * 20 + index as u64;
                let log = Log::new(3, 20, salted, true);
                log.edit(segment, |lines| lines[index] = lines[index].replace("success", "denied"));
                let finding = only(&log, Code::RecordAltered);
                assert_eq!((finding.place.record, finding.place.count), (Some(number), 1));
                let examination = log.examine();
                assert_eq!((examination.counts().of(State::Broken), examination.counts().of(State::Sealed)), (1, 59));
                assert_eq!(examination.logs[0].ladder.0[0].status, Status::Failed);
                assert_eq!(examination.logs[0].ladder.0[1].status, Status::Proved);

                let log = Log::new(3, 20, salted, true);
                log.edit(segment, |lines| drop(lines.remove(index)));
                let finding = only(&log, Code::RecordRemoved);
                assert_eq!((finding.place.record, finding.place.count), (Some(number), 1));
                assert_eq!(log.examine().counts().of(State::Sealed), 59);
                assert_eq!(log.examine().logs[0].ladder.0[1].status, Status::Failed);

                let log = Log::new(3, 20, salted, true);
                log.edit(segment, |lines| lines.insert(index + 1, record(999, 300)));
                let finding = only(&log, Code::RecordInserted);
                assert_eq!(finding.place.record, Some(number));
                assert_eq!(log.examine().counts().of(State::Broken), 1);
            }
            let log = Log::new(3, 20, salted, true);
            log.edit(segment, |lines| {
                let moved = lines.remove(3);
                lines.insert(12, moved);
            });
            assert_eq!(only(&log, Code::RecordMoved).place.record, Some(segment as u64 * 20 + 3));
        }
    }
}

#[test]
fn many_changes_at_once() {
    let log = Log::new(2, 200, true, true);
    log.edit(1, |lines| {
        lines[150] = lines[150].replace("read", "write");
        lines.remove(100);
        lines.remove(100);
        lines.insert(50, record(7777, 200));
        lines[10] = lines[10].replace("thing", "other");
    });
    let examination = log.examine();
    let numbers =
        |code| of(&examination, code).iter().map(|finding| (finding.place.record.unwrap(), finding.place.count)).collect::<Vec<_>>();
    assert_eq!(numbers(Code::RecordAltered), [(210, 1), (350, 1)]);
    assert_eq!(numbers(Code::RecordRemoved), [(300, 2)]);
    assert_eq!(numbers(Code::RecordInserted), [(249, 1)]);
    assert_eq!(examination.counts().of(State::Broken), 3);
}

#[test]
fn packed_segments_are_placed_too() {
    use std::io::Write;
    for packing in ["gz", "zst"] {
        let log = Log::new(1, 20, true, true);
        log.edit(0, |lines| lines[4] = lines[4].replace("success", "denied"));
        let content = fs::read(log.path(0)).unwrap();
        let packed = match packing {
            "gz" => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
                encoder.write_all(&content).unwrap();
                encoder.finish().unwrap()
            }
            _ => zstd::encode_all(content.as_slice(), 3).unwrap(),
        };
        fs::remove_file(log.path(0)).unwrap();
        fs::write(format!("{}.{packing}", log.path(0).display()), packed).unwrap();
        assert_eq!(only(&log, Code::RecordAltered).place.record, Some(4));
    }
}

#[test]
fn without_leaves_the_segment_is_named_and_counted() {
    let log = Log::new(2, 20, true, false);
    log.edit(1, |lines| lines[4] = lines[4].replace("success", "denied"));
    only(&log, Code::SegmentAltered);
    let examination = log.examine();
    assert_eq!((examination.counts().of(State::Sealed), examination.counts().of(State::Suspect)), (20, 20));

    let log = Log::new(2, 20, true, false);
    log.edit(1, |lines| drop(lines.remove(4)));
    assert_eq!(of(&log.examine(), Code::RecordsMissing)[0].place.count, 1);

    let log = Log::new(2, 20, true, false);
    log.edit(1, |lines| lines.insert(4, record(500, 100)));
    assert_eq!(of(&log.examine(), Code::RecordsAdded)[0].place.count, 1);

    // What was only appended can be placed all the same.
    let log = Log::new(2, 20, true, false);
    log.edit(1, |lines| lines.push(record(500, 100)));
    assert_eq!(only(&log, Code::RecordInserted).place.record, Some(39));
}

#[test]
fn a_recomputed_root_is_not_believed() {
    let log = Log::new(1, 20, false, true);
    log.edit(0, |lines| lines[4] = lines[4].replace("success", "denied"));
    let mut tree = Range::new(0);
    let mut leaves = Vec::new();
    for line in fs::read_to_string(log.path(0)).unwrap().lines() {
        let leaf = SegmentLeaves::new(Unit::Line, 0, None).leaf(tree.end(), line.as_bytes());
        leaves.extend_from_slice(&leaf);
        tree.push(leaf);
    }
    fs::write(log.leaves_path(0), leaves).unwrap();
    use base64::Engine;
    let encode = |root: [u8; 32]| base64::engine::general_purpose::STANDARD.encode(root);
    log.edit_seal(0, |text| {
        let old = Seal::parse(&text).unwrap().checkpoint.root;
        text.replace(&encode(old), &encode(tree.root().unwrap()))
    });
    let examination = log.examine();
    assert_eq!(of(&examination, Code::SealForged).len(), 1);
    assert_eq!(examination.counts().of(State::Broken), 20);
    assert_eq!(examination.logs[0].ladder.0[3].status, Status::Failed);
}

#[test]
fn a_strangers_key_is_not_trusted() {
    let mut log = Log::empty(false, true);
    let (stranger, signer) = key_pair(ORIGIN, 66);
    (log.key, log.signer) = (stranger, signer);
    log.add(20);
    let finding = only(&log, Code::UnknownKey);
    assert_eq!(finding.severity, Severity::Warning);
    let examination = log.examine();
    assert_eq!(examination.verdict(), Verdict::Consistent);
    assert_eq!(examination.logs[0].ladder.0[0].status, Status::Conditional);
    // The key beside the evidence proves only that the evidence agrees with itself.
    fs::write(log.folder.path().join("sealer.pub"), log.key.verifier_key().unwrap()).unwrap();
    assert_eq!(log.examine().verdict(), Verdict::Consistent);
}

#[test]
fn a_key_for_another_log_does_not_count() {
    let mut log = Log::new(1, 5, false, false);
    let mut keys = sealscope::trust::Store::default();
    let mut key = log.key.clone();
    key.origins = vec!["acme.example/other".into()];
    keys.trust(key);
    log.keys = keys;
    assert_eq!(log.examine().verdict(), Verdict::Consistent);
    only(&log, Code::KeyNotForOrigin);
}

#[test]
fn two_histories_are_a_fork() {
    let mut log = Log::new(1, 20, false, false);
    // The sealer signs another first segment, and continues from that one.
    let other: Vec<Vec<u8>> = (0..20u64).map(|number| record(number + 100, 100 + number).into_bytes()).collect();
    let sealer = Sealer { key: &log.key, signer: &log.signer, seconds: DAY + log.clock };
    log.tree = make(&sealer, ORIGIN, Unit::Line, None, &Range::new(0), other.iter().map(Vec::as_slice)).after;
    log.add(20);
    let finding = only(&log, Code::Fork);
    assert_eq!(finding.place.record, Some(20));
}

#[test]
fn a_checkpoint_of_another_history_is_a_fork() {
    let log = Log::new(2, 20, true, false);
    log.checkpoint("checkpoint", 30, [7; 32]);
    assert_eq!(only(&log, Code::Fork).place.record, Some(30));
}

#[test]
fn a_missing_segment_is_a_gap() {
    let log = Log::new(3, 20, true, false);
    fs::remove_file(log.path(1)).unwrap();
    fs::remove_file(log.seal_path(1)).unwrap();
    let finding = only(&log, Code::Gap);
    assert_eq!((finding.place.record, finding.place.count), (Some(20), 20));
    assert!(finding.place.time.is_some() && finding.place.time_end.is_some());
}

#[test]
fn a_newer_checkpoint_shows_a_cut_end() {
    let mut log = Log::new(3, 20, true, false);
    log.clock += 100;
    log.checkpoint("checkpoint", log.tree.end(), log.tree.root().unwrap());
    assert_eq!(log.examine().logs[0].ladder.0[2].status, Status::Proved);
    fs::remove_file(log.path(2)).unwrap();
    fs::remove_file(log.seal_path(2)).unwrap();
    let finding = only(&log, Code::Truncated);
    assert_eq!((finding.place.record, finding.place.count), (Some(40), 20));
}

#[test]
fn a_seal_without_its_segment_is_named() {
    let log = Log::new(2, 20, true, false);
    fs::remove_file(log.path(1)).unwrap();
    let finding = only(&log, Code::SealWithoutSegment);
    assert!(finding.place.path.ends_with("002.jsonl.seal"));
}

#[test]
fn exchanged_seals_are_named_and_not_taken_for_tampering() {
    let log = Log::new(2, 20, true, false);
    let (one, other) = (fs::read(log.seal_path(0)).unwrap(), fs::read(log.seal_path(1)).unwrap());
    fs::write(log.seal_path(0), other).unwrap();
    fs::write(log.seal_path(1), one).unwrap();
    let examination = log.examine();
    assert_eq!(of(&examination, Code::SealForAnotherFile).len(), 2, "{:#?}", examination.findings);
    assert_eq!(examination.verdict(), Verdict::Sealed);
}

#[test]
fn spoiled_unsigned_lines_are_named() {
    // A wrong first number with a frontier to match it: the records are proven by the previous segment's tree.
    let log = Log::new(2, 16, false, false);
    log.edit_seal(1, |text| text.replacen("first 16", "first 8", 1));
    let examination = log.examine();
    assert_eq!(of(&examination, Code::SealDamaged).len(), 1, "{:#?}", examination.findings);
    assert_eq!(examination.counts().of(State::Sealed), 32);
    assert_eq!(examination.verdict(), Verdict::Broken);
}

#[test]
fn an_unreadable_seal_is_named() {
    for text in [
        "",
        "sealscope.dev/segment@v9\nunit line\n",
        "sealscope.dev/segment@v1\nfirst 0\n",
        "sealscope.dev/segment@v2\nfirst 0\n",
        "rubbish",
    ] {
        let log = Log::new(1, 5, false, false);
        fs::write(log.seal_path(0), text).unwrap();
        only(&log, Code::SealUnreadable);
    }
}

#[test]
fn a_changed_secret_breaks_the_segment() {
    let log = Log::new(2, 20, true, true);
    log.edit_seal(1, |text| {
        let line = text.lines().find(|line| line.starts_with("secret ")).unwrap().to_owned();
        text.replace(&line, "secret AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
    });
    only(&log, Code::SegmentAltered);
}

#[test]
fn foreign_leaves_are_not_believed() {
    let log = Log::new(2, 20, true, true);
    log.edit(1, |lines| lines[4] = lines[4].replace("success", "denied"));
    fs::copy(log.leaves_path(0), log.leaves_path(1)).unwrap();
    let examination = log.examine();
    assert_eq!(of(&examination, Code::LeavesNotBelieved).len(), 1);
    assert_eq!(of(&examination, Code::SegmentAltered).len(), 1);
}

#[test]
fn contradicted_clocks_are_told() {
    let mut log = Log::empty(true, false);
    log.clock = 10 * 3600;
    log.add(20);
    log.clock += 4 * 3600;
    let mut lines: Vec<String> = (0..20).map(|index| record(20 + index, log.clock + index * 10)).collect();
    lines[7] = record(27, 100);
    log.clock += 300;
    log.add_lines(lines);
    let finding = only(&log, Code::Backdated);
    assert_eq!((finding.place.record, finding.severity), (Some(27), Severity::Warning));
    assert_eq!(log.examine().logs[0].ladder.0[4].status, Status::Failed);
    assert_eq!(log.examine().counts().of(State::Sealed), 40);

    let mut log = Log::new(1, 20, true, false);
    let mut lines: Vec<String> = (0..20).map(|index| record(20 + index, log.clock + index * 10)).collect();
    lines[7] = record(27, log.clock + 2 * 86_400);
    log.clock += 300;
    log.add_lines(lines);
    assert_eq!(only(&log, Code::TimeAfterSeal).place.record, Some(27));

    let log = Log::new(1, 20, true, false);
    let lines: Vec<String> = (0..5).map(|index| record(20 + index, 10)).collect();
    let sealer = Sealer { key: &log.key, signer: &log.signer, seconds: DAY - 86_400 };
    let made = make(&sealer, ORIGIN, Unit::Line, None, &log.tree, lines.iter().map(|line| line.as_bytes()));
    fs::write(log.path(1), lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    fs::write(log.seal_path(1), made.seal).unwrap();
    assert_eq!(of(&log.examine(), Code::SealTimeBackwards).len(), 1);
}

#[test]
fn a_revoked_key_in_use_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let line = |name: &str, minute: u32, key: &str, more: &str| {
        format!(
            r#"{{"eventVersion":"1.08","eventTime":"2026-03-07T03:{minute:02}:00Z","eventSource":"iam.amazonaws.com","eventName":"{name}","userIdentity":{{"type":"IAMUser","userName":"a","accessKeyId":"{key}"}},"eventID":"{minute}"{more}}}"#
        )
    };
    let lines = [
        line("ListUsers", 1, "AKIA1", ""),
        line("DeleteAccessKey", 5, "AKIA2", r#","requestParameters":{"accessKeyId":"AKIA1"}"#),
        line("ListUsers", 9, "AKIA1", r#","errorCode":"AccessDenied""#),
    ];
    fs::write(folder.path().join("log.jsonl"), lines.join("\n")).unwrap();
    let examination = open(folder.path(), sealscope::trust::Store::default());
    let found = of(&examination, Code::UsedAfterRevocation);
    assert_eq!(found.len(), 1, "{:?}", examination.findings);
    assert_eq!(found[0].place.record, Some(2));
    assert_eq!(examination.verdict(), Verdict::Unsealed);
}

#[test]
fn a_document_is_one_record() {
    let mut log = Log::empty(true, true);
    let document = format!("{{\"Records\":[{},{}]}}", record(0, 100), record(1, 101));
    log.add_bytes(Unit::File, vec![document.clone().into_bytes()], document.as_bytes());
    assert_sealed(&log.examine(), &[]);
    assert_eq!(log.examine().counts().of(State::Sealed), 2);
    fs::write(log.path(0), document.replace("thing-1", "thing-9")).unwrap();
    only(&log, Code::RecordAltered);
    assert_eq!(log.examine().counts().of(State::Broken), 2);
}

#[test]
fn a_lone_checkpoint_that_is_forged_is_named() {
    let log = Log::new(1, 5, false, false);
    let text = checkpoint_text(&Checkpoint { origin: ORIGIN.into(), size: 9, root: [1; 32] });
    let note = cosign(&text, &log.key, &log.signer, DAY).replace("\n9\n", "\n8\n");
    fs::write(log.folder.path().join("checkpoint"), note).unwrap();
    only(&log, Code::SealForged);
}

#[test]
fn what_is_advised_fits_the_damage() {
    let damaged = |leaves: bool, damage: &dyn Fn(&Log)| {
        let log = Log::new(3, 5, true, leaves);
        damage(&log);
        let examination = log.examine();
        let of = |rung: usize| {
            let rung = &examination.logs[0].ladder.0[rung];
            (rung.status, rung.answer.remedy.clone())
        };
        (of(0), of(1))
    };
    let alter = |log: &Log| log.edit(1, |lines| lines[2] = lines[2].replace("actor", "Actor"));
    let copy = |log: &Log| log.edit(1, |lines| lines.push(lines[1].clone()));
    let remove = |log: &Log| {
        for path in [log.path(1), log.seal_path(1), log.leaves_path(1)] {
            fs::remove_file(path).unwrap();
        }
    };
    let copy_helps = (Status::Failed, Some(Remedy::AnotherCopy));
    // The place is known already, and no segment is missing.
    assert_eq!(damaged(true, &alter).0, copy_helps);
    assert_eq!(damaged(true, &copy).1, copy_helps);
    assert_eq!(damaged(false, &alter).0, (Status::Failed, Some(Remedy::GetLeaves)));
    assert_eq!(damaged(true, &remove).1, (Status::Failed, Some(Remedy::AddSegments)));
}

#[test]
fn a_copied_line_is_inserted_and_not_moved() {
    for place in [1, 2, 3, 5] {
        let log = Log::new(3, 5, true, true);
        log.edit(1, |lines| lines.insert(place, lines[1].clone()));
        let examination = log.examine();
        assert_eq!(of(&examination, Code::RecordInserted).len(), 1, "at {place}: {:?}", codes(&examination));
        assert!(of(&examination, Code::RecordMoved).is_empty(), "at {place}");
    }
}
