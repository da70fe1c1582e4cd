//! More vectors of bundles, made with those of `bundle_vectors`: what the seals tell of a log's history, masked tables, archives inside archives.

use std::fs;
use std::io::Write;

use sealscope::bundle::Options;
use sealscope::model::Verdict;
use sealscope::verify::Examination;

use super::builder::*;
use super::bundle_vectors::*;

/// Findings that the program of a dishonest examiner does not see, so that statement, findings, tables and reports agree.
pub fn history(maker: &Maker, trust: &str, both: &[&str]) {
    let zip_of = |files: &Files| Files::from([("bundle.zip".to_owned(), zipped(files, "evidence-1/"))]);
    let blind = |case: &mut Examination| {
        case.findings.clear();
        case.logs.iter_mut().for_each(|log| log.verdict = Verdict::Sealed);
    };
    let dishonest = "The attacker is an examiner whose key is trusted, with a program that was changed so that it does not see this.";
    let caught = |name: &str, files: &Files, what: &str, more: &str| {
        maker.write(
            false,
            &format!("examiner-{name}"),
            &zip_of(files),
            &format!("{dishonest} {what} Findings, statement, verdict, tables and reports all agree and are signed. It must be seen from the seals and checkpoints in the bundle."),
            &format!("\"exit\": 1, \"bundle\": \"broken\", \"require_sealed_exit\": 1{more}"),
            both,
        );
    };
    let gap = Log::new(3, 6, true, true);
    for path in [gap.path(1), gap.seal_path(1), gap.leaves_path(1)] {
        fs::remove_file(path).unwrap();
    }
    let hidden = maker.bundle_of(gap.folder.path(), &gap.keys, &|_, record| record == 2, Options::default(), &blind);
    caught("gap-removed", &hidden, "A whole segment was missing between two that are in the bundle.", ", \"findings\": [\"gap\"]");

    let mut fork = Log::new(1, 6, true, true);
    let before = fork.tree.clone();
    fork.add(6);
    fork.tree = before;
    fork.add(6);
    let hidden =
        maker.bundle_of(fork.folder.path(), &fork.keys, &|segment, record| segment == 0 && record == 2, Options::default(), &blind);
    caught(
        "fork-removed",
        &hidden,
        "The log's key signed two histories; records from before they diverge are in the bundle.",
        ", \"findings\": [\"fork\"]",
    );
    let hidden = maker.bundle_of(fork.folder.path(), &fork.keys, &|_, record| record == 2, Options::default(), &blind);
    caught(
        "fork-removed-both-sides",
        &hidden,
        "The log's key signed two histories; records of both are in the bundle.",
        ", \"findings\": [\"fork\"]",
    );

    let mut clock = Log::new(1, 6, true, true);
    clock.clock += 7_200;
    clock.add(6);
    clock.clock -= 7_000;
    clock.add(6);
    let hidden =
        maker.bundle_of(clock.folder.path(), &clock.keys, &|segment, record| segment == 1 && record == 2, Options::default(), &blind);
    caught(
        "clock-removed",
        &hidden,
        "The sealer's clock was set back by hours between two segments.",
        ", \"findings\": [\"seal-time-backwards\"]",
    );

    let start = Log::new(3, 6, true, true);
    for path in [start.path(0), start.seal_path(0), start.leaves_path(0)] {
        fs::remove_file(path).unwrap();
    }
    let hidden = maker.bundle_of(start.folder.path(), &start.keys, &|_, record| record == 2, Options::default(), &blind);
    caught(
        "start-removed",
        &hidden,
        "What was opened began in the middle of the log, with nothing that shows what came before.",
        ", \"findings\": [\"starts-midway\"]",
    );

    // The first number of a segment is stretched over the gap.
    let mut stretched = maker.bundle_of(gap.folder.path(), &gap.keys, &|_, record| record == 2, Options::default(), &blind);
    let first = stretched.keys().find(|name| name.ends_with(".seal") && name.contains("001.")).unwrap().clone();
    let note = String::from_utf8(stretched[&first].clone()).unwrap().split_once("\n\n").unwrap().1.to_owned();
    let last = stretched.keys().filter(|name| name.ends_with(".seal") && name.starts_with("data/seals/")).max().unwrap().clone();
    stretched.insert(last.replace(".seal", ".before"), note.into_bytes());
    sign(&mut stretched, &maker.key);
    caught(
        "gap-removed-by-another-checkpoint",
        &stretched,
        "A segment was missing; the checkpoint of an earlier one was put where that of the missing one belongs.",
        ", \"findings\": [\"gap\"]",
    );

    // Between two parts nothing is shown, though a checkpoint is there.
    let whole = Log::new(3, 6, true, true);
    let honest = maker.bundle(&whole, &|segment, record| segment != 1 && record == 2, Options::default());
    let text = |state: &str, number: &str| format!("\"exit\": {number}, \"verdict\": \"sealed\", \"bundle\": \"{state}\"");
    maker.write(
        true,
        "with-a-segment-left-out-between",
        &zip_of(&honest),
        "An honest examiner hands over records of the first and the last segment. The tree of the one between goes along without records, so nothing can be missing there unseen, and there is no alarm.",
        &text("sealed", "0"),
        both,
    );
    fs::remove_file(whole.path(1)).unwrap();
    fs::remove_file(whole.leaves_path(1)).unwrap();
    let hidden = maker.bundle_of(whole.folder.path(), &whole.keys, &|_, record| record == 2, Options::default(), &blind);
    maker.write(
        false,
        "examiner-gap-removed-with-its-seal-left",
        &zip_of(&hidden),
        &format!("{dishonest} A segment was deleted and its seal left, so its signed checkpoint is at hand. Without the segment its tree cannot be made, which an honest examiner's list of findings says. This list does not, so the statement is not true."),
        "\"exit\": 1, \"bundle\": \"broken\", \"require_sealed_exit\": 1, \"findings\": [\"gap\"], \"check_bundle_exit\": 0",
        both,
    );
    // How long the log was is stated.
    let long = Log::new(4, 6, true, true);
    let honest = maker.bundle(&long, &|segment, record| segment == 0 && record == 2, Options::default());
    let mut stripped = honest.clone();
    stripped.retain(|name, _| !name.ends_with(".heads"));
    maker.write(
        false,
        "heads-stripped",
        &zip_of(&stripped),
        "The attacker holds no key. The checkpoints that show how long the log was were taken out of the bundle, so that a later cut at its end is not seen. The lists tell that they are missing.",
        "\"exit\": 1, \"bundle\": \"broken\", \"ladder_not_proved\": [0, 1, 2, 3, 4]",
        both,
    );
    maker.write(
        true,
        "that-tells-how-long-the-log-was",
        &zip_of(&honest),
        "An honest examiner hands over one record of the first of four segments. The newest signed checkpoint goes along and says how long the log was; that is no alarm.",
        &text("sealed", "0"),
        &[trust, &maker.signers],
    );
}

/// Masked tables that say something else than the records.
pub fn masks(maker: &Maker, both: &[&str]) {
    let third = |_: u32, record: u64| record % 3 == 1;
    let options = || Options { masks: vec![sealscope::bundle::MaskKind::Identities], ..Options::default() };
    let honest = maker.bundle(&maker.log, &third, options());
    let zip_of = |files: &Files| Files::from([("bundle.zip".to_owned(), zipped(files, "evidence-1/"))]);
    maker.write(
        true,
        "with-masked-names",
        &zip_of(&honest),
        "An honest examiner masks the names of identities in tables and report. The records are as they were, and everything else in the tables is as in them.",
        "\"exit\": 0, \"verdict\": \"sealed\", \"bundle\": \"sealed\", \"require_sealed_exit\": 0",
        both,
    );
    type Change = (&'static str, &'static str, fn(&mut Files));
    let changes: [Change; 4] = [
        ("masked-target-edited", "The tables are masked, and one of them tells of another target than the record.", |files| {
            for name in ["data/events.csv", "data/events.jsonl"] {
                edit(files, name, |text| text.replacen("thing-1\"", "thing-9\"", 1));
            }
        }),
        ("masks-of-another-kind", "The target of an event is masked too, by a kind that the statement does not name.", |files| {
            for name in ["data/events.csv", "data/events.jsonl"] {
                edit(files, name, |text| text.replacen("thing-1\"", "[masked word 1]\"", 1));
            }
        }),
        ("masks-denied", "The statement says that nothing is masked.", |files| {
            edit(files, "data/report.json", |text| {
                let (start, rest) = text.split_once("\"masked\": [").unwrap();
                format!("{start}\"masked\": [{}", &rest[rest.find(']').unwrap()..])
            })
        }),
        ("masks-mixed-up", "One masked word stands for another identity in one row.", |files| {
            for name in ["data/events.csv", "data/events.jsonl"] {
                edit(files, name, |text| text.replacen("[masked identity 1]", "somebody", 1));
            }
        }),
    ];
    for (name, what, change) in changes {
        let mut files = honest.clone();
        change(&mut files);
        sign(&mut files, &maker.key);
        maker.write(
            false,
            &format!("examiner-{name}"),
            &zip_of(&files),
            &format!("The attacker is an examiner whose key is trusted, and who signs everything anew. {what} What is not masked must be as in the records, and what is masked must be what the statement says."),
            "\"exit\": [1,2], \"bundle\": [\"broken\", \"unchecked\"], \"require_sealed_exit\": [1,2]",
            both,
        );
    }
}

fn tar_of(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (name, content) in files {
        let mut header = [0u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..108].copy_from_slice(b"0000644\0");
        header[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        header[148..156].copy_from_slice(b"        ");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        tar.extend(header);
        tar.extend(content);
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.resize(tar.len() + 1024, 0);
    tar
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn stored(files: &[(&str, &[u8])], method: zip::CompressionMethod) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Archives inside archives.
pub fn nested(maker: &Maker, good: &Files, both: &[&str]) {
    use zip::CompressionMethod::{Deflated, Stored};
    let bundle = zipped(good, "evidence-1/");
    let fine = "\"exit\": 0, \"verdict\": \"sealed\", \"bundle\": \"sealed\", \"require_sealed_exit\": 0";
    let only = |name: &str, content: Vec<u8>| Files::from([(name.to_owned(), content)]);
    let honest: [(&str, Files, &str); 3] = [
        (
            "nested-zip-in-zip",
            only("mails.zip", stored(&[("mails/7/evidence.zip", &bundle)], Deflated)),
            "keeps the bundle as it came, in an archive of mails.",
        ),
        (
            "nested-zip-in-tar-gz-in-zip",
            only("backup.zip", stored(&[("2026.tar.gz", &gzipped(&tar_of(&[("mails/evidence.zip", bundle.clone())])))], Stored)),
            "keeps the bundle in a backup of backups.",
        ),
        (
            "nested-zip-in-tar",
            only("backup.tar", tar_of(&[("mails/evidence.zip", bundle.clone())])),
            "keeps the bundle in an archive that is not packed.",
        ),
    ];
    for (name, files, what) in honest {
        maker.write(
            true,
            name,
            &files,
            &format!("An honest user {what} Nothing is wrong with the bundle or its records, so there must be no alarm."),
            fine,
            both,
        );
    }
    let mut unsigned = good.clone();
    unsigned.remove("tagmanifest-sha256.txt.sig");
    let hidden = stored(&[("a.tar.gz", &gzipped(&tar_of(&[("b/c.zip", zipped(&unsigned, "d/"))])))], Stored);
    maker.write(
        false,
        "nested-signature-stripped",
        &only("x.zip", hidden),
        "The attacker holds no key. The signature was taken away, and the bundle was put into an archive inside an archive, where only the outer one was looked into.",
        "\"exit\": [1,2], \"bundle\": \"broken\"",
        both,
    );
    let zeros = vec![0; 300 << 20];
    let inner = stored(&[("zeros", &zeros)], Stored);
    let bomb = stored(&[("a.zip", &inner)], Deflated);
    let beside = |name: &str, content: Vec<u8>| Files::from([("evidence.zip".to_owned(), bundle.clone()), (name.to_owned(), content)]);
    maker.write(
        false,
        "nested-bomb-beside",
        &beside("x.zip", stored(&[("bomb.zip", &bomb)], Deflated)),
        "The attacker holds no key, and puts an archive beside a good bundle whose inner archives unpack to much more than any honest one. It is not unpacked further, in seconds and with little memory, and what was not read is not passed over: the case is not wholly checked.",
        "\"exit\": [2,3], \"verdict\": \"unchecked\"",
        both,
    );
    let mut deep = bundle.clone();
    for level in ["e", "d", "c", "b", "a"] {
        deep = stored(&[(&format!("{level}.zip"), &deep)], Deflated);
    }
    maker.write(
        false,
        "nested-too-deep",
        &beside("deep.zip", deep),
        "The attacker holds no key, and hides something in archives inside archives, deeper than any program looks. What was not opened is listed as not read, so the case is not wholly checked.",
        "\"exit\": [2,3], \"verdict\": \"unchecked\"",
        both,
    );
    let mut collide = stored(&[("logs/a.jsonl", b"{\"n\":1}\n"), ("logs/b.jsonl", b"{\"n\":2}\n")], Stored);
    let places: Vec<usize> = (0..collide.len() - 12).filter(|at| &collide[*at..*at + 12] == b"logs/b.jsonl").collect();
    for at in places {
        collide[at + 5] = b'a';
    }
    maker.write(
        false,
        "nested-names-collide",
        &beside("outer.zip", stored(&[("inner.zip", &collide)], Deflated)),
        "The attacker holds no key. An archive inside an archive holds two different files of one name, so that two programs show two different logs. Nothing of it is read, and the case is not wholly checked.",
        "\"exit\": [2,3], \"verdict\": \"unchecked\"",
        both,
    );
}
