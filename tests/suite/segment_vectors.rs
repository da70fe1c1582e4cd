//! Writes the vectors on sealed segments, excerpts and checkpoints: `cargo test --test suite -- --ignored segment_vectors`.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signer, SigningKey};
use sealscope::seal::merkle::{Hash, Range};
use sealscope::seal::note::{Checkpoint, checkpoint_text, cosign};
use sealscope::seal::segment::{Seal, Sealer, SegmentLeaves, Unit, make};
use sealscope::trust::key::note_type;
use sealscope::trust::{Key, Role, Store as Keys};
use serde_json::{Value, json};

use super::builder::*;
use super::properties::{files, gzip, relative, write};

struct Writer;

impl Writer {
    /// Writes one vector: the folder as it is, the trust file, the story and what is expected.
    fn put(&self, kind: &str, name: &str, folder: &Path, trust: &str, story: &str, expect: Value) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(kind).join(name);
        fs::remove_dir_all(&root).ok();
        for path in files(folder) {
            write(&root.join("evidence").join(relative(folder, &path)), &fs::read(&path).unwrap());
        }
        write(&root.join("trust"), trust.as_bytes());
        write(&root.join("move.md"), format!("# {name}\n\n{story}\n").as_bytes());
        write(&root.join("expect.json"), (serde_json::to_string_pretty(&expect).unwrap() + "\n").as_bytes());
    }

    fn hostile(&self, name: &str, log: &Log, story: &str, expect: Value) {
        self.put("hostile", name, log.folder.path(), &log.keys.to_text(), story, expect);
    }

    fn harmless(&self, name: &str, log: &Log, story: &str, expect: Value) {
        self.put("harmless", name, log.folder.path(), &log.keys.to_text(), story, expect);
    }
}

/// Broken, whatever else; at most so many records sealed.
fn broken(most: u64, findings: &[&str]) -> Value {
    json!({"exit": 1, "verdict": "broken", "require_sealed_exit": 1, "sealed_at_most": most, "findings": findings})
}

/// Nothing is wrong, and nothing is sealed.
fn not_sealed(findings: &[&str]) -> Value {
    json!({"exit": 0, "verdict": "consistent", "require_sealed_exit": 2, "sealed": 0, "findings": findings, "ladder_not_proved": [0, 1, 2, 3, 4]})
}

fn fine(sealed: u64) -> Value {
    json!({"exit": 0, "verdict": "sealed", "require_sealed_exit": 0, "sealed": sealed})
}

fn lines_of(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

fn text_of(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// The tree of a genuine segment's records, by the seal's own secret.
fn tree_of(log: &Log, segment: usize, upto: usize) -> Range {
    let seal = Seal::parse(&fs::read_to_string(log.seal_path(segment)).unwrap()).unwrap();
    let mut tree = seal.before.clone();
    for line in lines_of(&log.path(segment)).iter().take(upto) {
        tree.push(seal.leaves().leaf(tree.end(), line.as_bytes()));
    }
    tree
}

/// Makes a segment start later: its first records go, its seal's lines follow.
fn front_dropped(log: &Log, segment: usize, dropped: usize) {
    let tree = tree_of(log, segment, dropped);
    log.edit(segment, |lines| drop(lines.drain(..dropped)));
    log.edit_seal(segment, |text| {
        let seal = Seal::parse(&text).unwrap();
        Seal::head(seal.unit, tree.end(), seal.secret.as_ref(), &tree) + text.split_once("\n\n").unwrap().1
    });
    if log.leaves {
        let leaves = fs::read(log.leaves_path(segment)).unwrap();
        fs::write(log.leaves_path(segment), &leaves[32 * dropped..]).unwrap();
    }
}

fn remove(log: &Log, segment: usize) {
    for path in [log.path(segment), log.seal_path(segment), log.leaves_path(segment)] {
        fs::remove_file(path).ok();
    }
}

/// A checkpoint of the log signed by any key, at second `second` of the day.
fn signed(size: u64, root: Hash, key: &Key, signer: &SigningKey, second: u64) -> String {
    cosign(&checkpoint_text(&Checkpoint { origin: ORIGIN.into(), size, root }), key, signer, DAY + second)
}

fn last_line(note: &str) -> String {
    note.lines().last().unwrap().to_owned() + "\n"
}

fn witness() -> (Key, SigningKey) {
    let (mut key, signer) = key_pair("witness.example/w1", 9);
    key.role = Role::Witness;
    (key, signer)
}

/// Has a key sign a seal too.
fn also_signed(log: &Log, segment: usize, key: &Key, signer: &SigningKey, second: u64) {
    log.edit_seal(segment, |text| {
        let seal = Seal::parse(&text).unwrap();
        text + &last_line(&cosign(&seal.note.text, key, signer, DAY + second))
    });
}

/// Has another key sign a seal instead.
fn only_signed(log: &Log, segment: usize, key: &Key, signer: &SigningKey, seconds: u64) {
    log.edit_seal(segment, |text| {
        let seal = Seal::parse(&text).unwrap();
        format!("{}\n\n{}", text.split_once("\n\n").unwrap().0, cosign(&seal.note.text, key, signer, seconds))
    });
}

#[test]
#[ignore = "writes the vectors anew; run it when the format changes"]
fn write_hostile_fronts_and_units() {
    let w = Writer;
    for (name, salted, leaves, segment) in [
        ("segment-front-dropped", false, false, 0),
        ("segment-front-dropped-salted", true, false, 0),
        ("segment-front-dropped-leaves", true, true, 0),
        ("segment-front-dropped-later", true, false, 1),
    ] {
        let log = Log::new(2, 8, salted, leaves);
        front_dropped(&log, segment, 3);
        let story = "Attacker without a key. The first three records of a segment are removed, and its unsigned lines are made to start after them, with the true frontier (and the leaf hashes cut to match). The kind in the leaf says that the record which now stands first was not the first of its segment.";
        w.hostile(name, &log, story, broken(8 + 5, &[]));
    }
    let log = Log::new(1, 6, true, false);
    let seal = Seal::parse(&fs::read_to_string(log.seal_path(0)).unwrap()).unwrap();
    let moved: Vec<u8> = lines_of(&log.path(0))
        .iter()
        .zip(0u64..)
        .flat_map(|(line, number)| [seal.leaves().at(number).salt().unwrap().as_slice(), line.as_bytes(), b"\n"].concat())
        .collect();
    fs::write(log.path(0), moved).unwrap();
    log.edit_seal(0, |text| text.lines().filter(|line| !line.starts_with("secret ")).map(|line| format!("{line}\n")).collect());
    w.hostile("segment-salt-into-record", &log, "Attacker without a key. The secret is taken out of the seal and each salt is written before its record, so that an unsalted reading would hash the same bytes. The kind in the leaf says that it is salted.", broken(0, &[]));

    let log = Log::new(1, 4, false, false);
    log.edit_seal(0, |text| text.replace("unit line", "unit file"));
    w.hostile("segment-unit-file", &log, "Attacker without a key. The unsigned line “unit line” becomes “unit file”, so that lines would be read as one document. The kind in the leaf says what the record is.", broken(4, &[]));

    let mut log = Log::empty(false, false);
    let document = format!("{{\"Records\":[{},{}]}}", record(0, 100), record(1, 101));
    log.clock = 300;
    log.add_bytes(Unit::File, vec![document.clone().into_bytes()], document.as_bytes());
    log.edit_seal(0, |text| text.replace("unit file", "unit line"));
    w.hostile("segment-unit-line", &log, "Attacker without a key. “unit file” becomes “unit line” for a document of one line. The bytes are the same; the kind in the leaf says that the record is a whole file, so it does not lead to the root.", broken(2, &[]));

    let log = Log::new(2, 5, false, false);
    let both = fs::read_to_string(log.path(0)).unwrap() + &fs::read_to_string(log.path(1)).unwrap();
    fs::write(log.path(1), both).unwrap();
    log.edit_seal(1, |text| Seal::head(Unit::Line, 0, None, &Range::new(0)) + text.split_once("\n\n").unwrap().1);
    remove(&log, 0);
    w.hostile("segment-joined", &log, "Attacker without a key. Two segments are joined under the later seal with “first 0”, to hide that there were two seals. The record in the middle is the first of its segment by its kind, so the root is not reached.", broken(10, &[]));

    let log = Log::new(1, 8, false, false);
    let lines = lines_of(&log.path(0));
    fs::write(log.path(0), text_of(&lines[..4])).unwrap();
    fs::write(log.path(1), text_of(&lines[4..])).unwrap();
    let tree = {
        let mut tree = Range::new(0);
        let leaves = SegmentLeaves::new(Unit::Line, 0, None);
        lines[..4].iter().for_each(|line| tree.push(leaves.leaf(tree.end(), line.as_bytes())));
        tree
    };
    let note = fs::read_to_string(log.seal_path(0)).unwrap().split_once("\n\n").unwrap().1.to_owned();
    fs::write(log.seal_path(1), Seal::head(Unit::Line, 4, None, &tree) + &note).unwrap();
    fs::remove_file(log.seal_path(0)).unwrap();
    w.hostile("segment-split", &log, "Attacker without a key. A segment is split in two; the genuine checkpoint is put over the second half with the true frontier, the first half is left without a seal. A segment cannot be made to start later than it was sealed.", broken(0, &[]));

    let log = Log::new(3, 4, false, false);
    let later = Seal::parse(&fs::read_to_string(log.seal_path(2)).unwrap()).unwrap();
    log.edit_seal(1, |text| Seal::head(Unit::Line, 8, None, &later.before) + text.split_once("\n\n").unwrap().1);
    fs::write(log.path(1), "").unwrap();
    w.hostile("segment-hollow", &log, "Attacker without a key. The middle segment is emptied, and its seal made that of an empty segment at the end of the missing records, with the true frontier. The numbers between are missing.", broken(8, &["gap"]));

    let log = Log::new(3, 4, false, false);
    let later = Seal::parse(&fs::read_to_string(log.seal_path(2)).unwrap()).unwrap();
    log.edit_seal(1, |text| Seal::head(Unit::Line, 8, None, &later.before) + text.split_once("\n\n").unwrap().1);
    fs::write(log.path(1), "").unwrap();
    let (one, other) = (fs::read(log.path(0)).unwrap(), fs::read(log.path(2)).unwrap());
    fs::write(log.path(0), other).unwrap();
    fs::write(log.path(2), one).unwrap();
    w.hostile(
        "segment-hollow-behind-exchange",
        &log,
        "Attacker without a key. The middle segment is emptied as in segment-hollow, and the files of the others are exchanged, so that each verifies only under the other's seal. The numbers in between are missing all the same.",
        broken(8, &["gap"]),
    );

    for (name, line) in [
        ("segment-unknown-line", "comment reviewed and approved\n"),
        ("segment-unit-twice", "unit line\n"),
        ("segment-first-twice", "first 0\n"),
    ] {
        let log = Log::new(1, 4, true, false);
        log.edit_seal(0, |text| text.replacen("unit line\n", &format!("unit line\n{line}"), 1));
        w.hostile(name, &log, "Attacker without a key. A line is added above the checkpoint, where nothing is signed. Unknown and repeated lines are refused, and the records are not shown as sealed, nor as never claimed.", json!({"exit": 1, "verdict": "broken", "sealed": 0, "findings": ["seal-unreadable"], "sentence_lacks": ["nothing was ever claimed"]}));
    }
    let log = Log::new(1, 4, true, false);
    log.edit_seal(0, |text| text.replace("first 0\n", "first +0\n"));
    w.hostile(
        "segment-first-signed-number",
        &log,
        "Attacker without a key. “first +0” is a second way to write a number; readers could differ on it. One way only is accepted.",
        broken(0, &["seal-unreadable"]),
    );

    let log = Log::new(1, 4, true, false);
    log.edit_seal(0, |text| text.replace("segment@v2", "segment@v1"));
    w.hostile("segment-version-1", &log, "Attacker without a key. The seal is called one of the withdrawn version 1, in which kind and salt had no place in the leaf. Nothing reads it any more.", broken(0, &["seal-unreadable"]));
}

#[test]
#[ignore = "writes the vectors anew; run it when the format changes"]
fn write_hostile_contents() {
    let w = Writer;
    let story = "Attacker without a key, who can write beside the log and knows the format.";
    let log = Log::new(2, 6, true, true);
    log.edit(1, |lines| lines[2] = lines[2].replace("success", "denied"));
    let leaves = {
        let seal = Seal::parse(&fs::read_to_string(log.seal_path(1)).unwrap()).unwrap();
        lines_of(&log.path(1))
            .iter()
            .zip(6u64..)
            .flat_map(|(line, number)| seal.leaves().leaf(number, line.as_bytes()))
            .collect::<Vec<u8>>()
    };
    fs::write(log.leaves_path(1), leaves).unwrap();
    w.hostile("segment-leaves-recomputed", &log, &format!("{story} One record is edited and the leaf hashes are computed anew. They do not lead to the signed root, so they are not believed."), broken(6, &["segment-altered", "leaves-not-believed"]));

    let log = Log::new(2, 6, true, true);
    log.edit(1, |lines| lines[2] = lines[2].replace("success", "denied"));
    w.hostile(
        "segment-record-altered",
        &log,
        &format!("{story} One record is edited; the genuine leaf hashes show which."),
        broken(11, &["record-altered"]),
    );

    let mut log = Log::new(1, 6, true, true);
    let (stranger, signer) = key_pair(ORIGIN, 66);
    (log.key, log.signer) = (stranger, signer);
    log.keys = Keys::default();
    log.keys.trust(key_pair("elsewhere.example/log", 5).0);
    only_signed(&log, 0, &log.key, &log.signer, DAY + 900);
    log.edit(0, |lines| lines[2] = lines[2].replace("success", "denied"));
    w.hostile("segment-damaged-unknown-key", &log, "No key of this log is trusted, the seal is a stranger's, and one record does not fit. Leaf hashes under a root that nobody trusted signed prove nothing, so no other record is called proven for them.", broken(0, &["segment-altered", "unknown-key"]));

    let log = Log::new(2, 6, true, false);
    fs::write(log.path(1), [0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8]).unwrap();
    w.hostile("segment-rubbish-packed", &log, &format!("{story} A sealed segment is overwritten with what looks like a damaged gzip file, so that no record can be read. What a seal covers and cannot be unpacked is broken."), json!({"exit": 1, "verdict": "broken", "sealed_at_most": 6, "sentence_lacks": ["All"], "ladder_not_proved": [0, 1, 2]}));

    let log = Log::new(1, 6, true, false);
    fs::write(log.path(0), "").unwrap();
    w.hostile("segment-emptied", &log, &format!("{story} The file of a sealed segment is emptied."), broken(0, &["segment-altered"]));

    let log = Log::new(2, 6, true, true);
    fs::remove_file(log.path(1)).unwrap();
    w.hostile(
        "segment-file-removed",
        &log,
        &format!("{story} The file of the last segment is deleted; seal and leaf hashes stay."),
        json!({"exit": 1, "verdict": "broken", "sealed": 6, "findings": ["seal-without-segment"], "ladder_not_proved": [1]}),
    );

    let log = Log::new(1, 6, true, true);
    fs::remove_file(log.seal_path(0)).unwrap();
    w.hostile("segment-seal-removed-leaves-left", &log, &format!("{story} The seal is deleted and the leaf hashes forgotten. They say that the file was sealed once, so it is not called one for which nothing was ever claimed."), json!({"exit": 2, "verdict": "unchecked", "sealed": 0, "findings": ["seal-missing"], "sentence_lacks": ["nothing was ever claimed"], "ladder_not_proved": [0, 1, 2, 3, 4]}));

    let log = Log::new(3, 5, true, false);
    remove(&log, 1);
    w.hostile(
        "segment-middle-removed",
        &log,
        &format!("{story} The middle segment is deleted with its seal. The next seal proves that its records existed."),
        json!({"exit": 1, "verdict": "broken", "sealed": 10, "findings": ["gap"], "ladder_not_proved": [0, 1, 2, 3, 4]}),
    );

    let log = Log::new(3, 5, true, false);
    remove(&log, 1);
    let (stranger, signer) = key_pair("mallory.example/log", 66);
    only_signed(&log, 2, &stranger, &signer, DAY + 5000);
    w.hostile("segment-signature-stripped-after-gap", &log, &format!("{story} The middle segment is deleted, and the seal after it is signed by another key, so that it no longer proves the gap. The gap is told, and the records behind it are not sealed."), json!({"exit": [0, 1], "sealed": 5, "findings": ["gap", "unknown-key"], "require_sealed_exit": [1, 2]}));

    let log = Log::new(2, 6, false, false);
    log.edit(0, |lines| lines.swap(2, 4));
    w.hostile(
        "segment-records-swapped",
        &log,
        &format!("{story} Two records change places; there are no leaf hashes."),
        broken(6, &["segment-altered"]),
    );

    let log = Log::new(2, 6, true, false);
    log.edit(0, |lines| lines.insert(3, String::new()));
    w.hostile(
        "segment-blank-line-inside",
        &log,
        &format!("{story} An empty line is put between records. An empty line is a record; only behind the last it is an editor's doing."),
        broken(6, &["segment-altered"]),
    );

    let log = Log::new(1, 6, true, false);
    log.edit(0, |lines| lines.push(record(99, 200)));
    w.hostile("segment-appended", &log, &format!("{story} A record is written behind the sealed ones."), broken(6, &["record-inserted"]));

    let log = Log::new(2, 6, true, false);
    log.edit(1, |lines| drop(lines.pop()));
    w.hostile(
        "segment-last-record-removed",
        &log,
        &format!("{story} The last record is cut off. The signed size says how many there were."),
        broken(6, &["segment-altered"]),
    );

    let log = Log::new(2, 6, true, false);
    log.edit_seal(1, |text| text.replace("\n12\n", "\n11\n"));
    w.hostile(
        "segment-size-edited",
        &log,
        &format!("{story} The size in the checkpoint is edited to hide a missing record. It is signed."),
        broken(6, &["seal-forged"]),
    );

    for (name, secret) in
        [("segment-secret-changed", Some("secret AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")), ("segment-secret-dropped", None)]
    {
        let log = Log::new(1, 6, true, false);
        log.edit_seal(0, |text| {
            text.split_inclusive('\n').map(|line| if line.starts_with("secret ") { secret.unwrap_or("") } else { line }).collect()
        });
        w.hostile(
            name,
            &log,
            &format!("{story} The unsigned secret is changed or taken out. The records may be genuine, but nothing shows it."),
            broken(0, &["segment-altered"]),
        );
    }

    let log = Log::new(2, 6, false, false);
    let copy = log.folder.path().join("copy");
    write(&copy.join("002.jsonl"), fs::read_to_string(log.path(1)).unwrap().replacen("success", "denied", 1).as_bytes());
    write(&copy.join("002.jsonl.seal"), &fs::read(log.seal_path(1)).unwrap());
    w.hostile(
        "segment-altered-copy",
        &log,
        &format!("{story} An altered copy with the genuine seal lies in a subfolder. It is no second copy: it does not fit its seal."),
        broken(12, &["segment-altered"]),
    );

    let log = Log::new(2, 6, true, true);
    let copy = log.folder.path().join("copy");
    write(&copy.join("002.jsonl"), fs::read_to_string(log.path(1)).unwrap().replacen("success", "denied", 1).as_bytes());
    write(&copy.join("002.jsonl.seal"), &fs::read(log.seal_path(1)).unwrap());
    write(&copy.join("002.jsonl.leaves"), &fs::read(log.leaves_path(1)).unwrap());
    w.hostile(
        "segment-altered-copy-leaves",
        &log,
        &format!("{story} An altered copy with the genuine seal and leaf hashes lies in a subfolder. The records in it that are proven are counted once, in the whole segment."),
        broken(12, &["record-altered"]),
    );

    let mut log = Log::new(1, 6, false, false);
    let other: Vec<Vec<u8>> = (0..6u64).map(|number| record(number + 100, 70 + number).into_bytes()).collect();
    let sealer = Sealer { key: &log.key, signer: &log.signer, seconds: DAY + log.clock };
    log.tree = make(&sealer, ORIGIN, Unit::Line, None, &Range::new(0), other.iter().map(Vec::as_slice)).after;
    log.add(6);
    w.hostile("segment-fork", &log, "Attacker with the log's key. The key signs a second history and goes on from that; the first segment of the other one is shown. Both cannot be true.", broken(12, &["fork"]));

    let mut log = Log::new(1, 6, true, false);
    let own = fs::read_to_string(log.path(0)).unwrap();
    let mut stranger = Log::empty(true, false);
    (stranger.key, stranger.signer) = key_pair(ORIGIN, 66);
    stranger.add_lines(own.lines().map(|line| line.replace("success", "denied")).collect());
    fs::copy(stranger.path(0), log.path(0)).unwrap();
    fs::copy(stranger.seal_path(0), log.seal_path(0)).unwrap();
    log.leaves = false;
    w.hostile("segment-replaced-by-strangers", &log, &format!("{story} File and seal are replaced by ones of the attacker's own, in the log's name. The seal holds, but no trusted key made it."), not_sealed(&["unknown-key"]));
    let log = Log::new(3, 5, true, true);
    for segment in [0, 2] {
        log.edit(segment, |lines| lines[1] = lines[1].replace("read", "edit"));
    }
    w.hostile(
        "segment-two-altered",
        &log,
        &format!("{story} One record in each of two segments is edited."),
        json!({"exit": 1, "verdict": "broken", "sealed": 13, "findings": ["record-altered"], "sentence_lacks": ["All"]}),
    );
}

#[test]
#[ignore = "writes the vectors anew; run it when the format changes"]
fn write_hostile_keys() {
    let w = Writer;
    let one = || Log::new(1, 5, true, false);
    let trust = |log: &mut Log, key: Key| {
        log.keys = Keys::default();
        log.keys.trust(key);
    };
    let mut log = one();
    let key = Key { origins: vec!["acme.example/other".into()], ..log.key.clone() };
    trust(&mut log, key);
    w.hostile(
        "segment-key-of-another-log",
        &log,
        "The key is trusted, but only for another log. One log's key does not seal another log.",
        not_sealed(&["key-not-for-origin"]),
    );

    let mut log = one();
    let (key, signer) = key_pair("acme.example/other", 5);
    only_signed(&log, 0, &key, &signer, DAY + 500);
    trust(&mut log, key);
    w.hostile("segment-key-of-another-name", &log, "Attacker with the trusted key of another log, whose name the key bears. By default a key speaks for its own name and what lies under it.", not_sealed(&["key-not-for-origin"]));

    let mut log = one();
    let key = Key { role: Role::Witness, ..log.key.clone() };
    trust(&mut log, key);
    w.hostile(
        "segment-sealed-by-witness",
        &log,
        "The signature is that of a key which is trusted as a witness. A witness vouches for time and history, never for content.",
        json!({"exit": 0, "verdict": "consistent", "require_sealed_exit": 2, "sealed": 0, "ladder_not_proved": [0, 1, 3]}),
    );

    let mut log = one();
    let key = Key { not_after: Some((DAY as i64 - 86_400) * 1_000_000_000), ..log.key.clone() };
    trust(&mut log, key);
    w.hostile(
        "segment-key-given-up",
        &log,
        "Attacker with a key that its owner gave up the day before. A key with dates needs a signed time inside them.",
        not_sealed(&["key-not-valid"]),
    );

    let mut log = one();
    only_signed(&log, 0, &log.key, &log.signer, 0);
    let key = Key { not_after: Some((DAY as i64 + 86_400) * 1_000_000_000), ..log.key.clone() };
    trust(&mut log, key);
    w.hostile("segment-key-with-dates-time-zero", &log, "Attacker with a key that its owner gave up. The signed time is 0, which is no statement about time, so it is not inside the key's dates.", not_sealed(&["key-not-valid"]));

    let mut log = one();
    let plain = Key::new(ORIGIN, log.key.material.clone(), Some(note_type::ED25519));
    let signer = log.signer.clone();
    log.edit_seal(0, |text| {
        let seal = Seal::parse(&text).unwrap();
        let bytes = [&plain.note_id().to_be_bytes()[..], &signer.sign(seal.note.text.as_bytes()).to_bytes()].concat();
        format!("{}\n\n{}\n— {ORIGIN} {}\n", text.split_once("\n\n").unwrap().0, seal.note.text, BASE64.encode(bytes))
    });
    let key = Key { not_after: Some((DAY as i64 + 86_400) * 1_000_000_000), ..plain };
    trust(&mut log, key);
    w.hostile(
        "segment-key-with-dates-no-time",
        &log,
        "Attacker with a key that its owner gave up. The signature is of a sort that carries no time, so it is not inside the key's dates.",
        not_sealed(&["key-not-valid"]),
    );

    let (witness_key, _) = witness();
    let policy = |log: &Log| {
        let (log_key, witness) = (log.key.verifier_key().unwrap(), witness_key.verifier_key().unwrap());
        format!("log {log_key}\nwitness w1 {witness}\nquorum w1\n")
    };
    let log = one();
    w.put("hostile", "segment-quorum-missed", log.folder.path(), &policy(&log), "Attacker with the log's key, who shows others another history. The user's policy asks for a witness, and none cosigned the seal. A policy's quorum applies wherever checkpoints are.", not_sealed(&["quorum-missed"]));

    let log = one();
    log.edit_seal(0, |text| {
        let line = last_line(&text);
        let (head, encoded) = line.trim_end().rsplit_once(' ').unwrap();
        let mut bytes = BASE64.decode(encoded).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        text.replace(&line, &format!("{head} {}\n", BASE64.encode(bytes)))
    });
    w.hostile(
        "segment-signature-spoiled",
        &log,
        "Attacker without a key. The signature names the trusted key and does not hold.",
        json!({"exit": 1, "verdict": "broken", "sealed": 0, "findings": ["seal-forged"], "ladder_not_proved": [0, 1, 2, 3, 4]}),
    );
}

#[test]
#[ignore = "writes the vectors anew; run it when the format changes"]
fn write_hostile_checkpoints() {
    let w = Writer;
    let note_of = |log: &Log, segment: usize| fs::read_to_string(log.seal_path(segment)).unwrap().split_once("\n\n").unwrap().1.to_owned();
    let log = Log::new(3, 5, true, false);
    remove(&log, 2);
    fs::write(log.folder.path().join("checkpoint"), note_of(&log, 1)).unwrap();
    w.hostile("checkpoint-copied-from-seal", &log, "Attacker without a key. The last segment is removed with its seal, and the checkpoint of the seal before is put beside the log, as if someone had kept it. It proves no more than the seal that it was copied from.", json!({"exit": 0, "verdict": "sealed", "sealed": 10, "ladder_not_proved": [2]}));

    let mut log = Log::new(3, 5, true, false);
    let (key, signer) = witness();
    also_signed(&log, 1, &key, &signer, 5000);
    log.keys.trust(key);
    remove(&log, 2);
    fs::write(log.folder.path().join("checkpoint"), note_of(&log, 1)).unwrap();
    w.hostile(
        "checkpoint-copied-with-witness",
        &log,
        "Attacker without a key. As before, and the seal bears a witness's cosignature too. It was there before the end was cut off.",
        json!({"exit": 0, "verdict": "sealed", "sealed": 10, "ladder_not_proved": [2]}),
    );

    let log = Log::new(3, 5, true, false);
    let text = note_of(&log, 2);
    remove(&log, 2);
    fs::write(log.folder.path().join("checkpoint"), text).unwrap();
    w.hostile("checkpoint-newer-than-segments", &log, "Attacker without a key, who removed the last segment with its seal. A checkpoint of the whole log is at hand: the end was cut off.", json!({"exit": 1, "verdict": "broken", "sealed": 10, "findings": ["truncated"], "ladder_not_proved": [2]}));

    let log = Log::new(3, 5, true, false);
    let text = note_of(&log, 2);
    remove(&log, 2);
    fs::write(log.folder.path().join("checkpoint"), text).unwrap();
    let mut tree = Range::new(0);
    (0..15u8).for_each(|number| tree.push([number; 32]));
    let (stranger, signer) = key_pair(ORIGIN, 66);
    let sealer = Sealer { key: &stranger, signer: &signer, seconds: DAY + 6000 };
    let made = make(&sealer, ORIGIN, Unit::Line, None, &tree, [record(15, 2000)].iter().map(|line| line.as_bytes()));
    fs::write(log.folder.path().join("strange.jsonl"), record(15, 2000) + "\n").unwrap();
    fs::write(log.folder.path().join("strange.jsonl.seal"), made.seal).unwrap();
    w.hostile("checkpoint-hidden-by-stranger", &log, "Attacker without a key, who removed the last segment with its seal and put a longer segment of his own at the end, so that the log seems to reach beyond the checkpoint. What a stranger sealed is not the log.", json!({"exit": 1, "verdict": "broken", "sealed": 10, "findings": ["truncated"], "ladder_not_proved": [2]}));

    let log = Log::new(2, 5, true, false);
    log.checkpoint("checkpoint", 7, [7; 32]);
    w.hostile(
        "checkpoint-other-history",
        &log,
        "Attacker with the log's key. A checkpoint inside the range of what is here states another root: two histories.",
        broken(10, &["fork"]),
    );

    let log = Log::new(2, 5, true, false);
    log.checkpoint("checkpoint", 10, log.tree.root().unwrap());
    let path = log.folder.path().join("checkpoint");
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("\n10\n", "\n20\n")).unwrap();
    w.hostile(
        "checkpoint-size-edited",
        &log,
        "Attacker without a key. The size of a genuine checkpoint is edited. The trusted key that it names did not sign that.",
        json!({"exit": 1, "verdict": "broken", "findings": ["seal-forged"], "not_findings": ["truncated"]}),
    );

    let mut log = Log::new(2, 5, true, false);
    let (key, signer) = witness();
    for segment in 0..2 {
        also_signed(&log, segment, &key, &signer, 0);
    }
    log.keys.trust(key);
    let early = |segment: usize| {
        let (key, signer) = witness();
        log.edit_seal(segment, |text| {
            let seal = Seal::parse(&text).unwrap();
            let mut lines: Vec<&str> = text.lines().collect();
            lines.pop();
            lines.join("\n") + "\n" + &last_line(&cosign(&seal.note.text, &key, &signer, DAY - 86_400))
        });
    };
    early(0);
    early(1);
    w.hostile("checkpoint-clocks-contradict", &log, "Attacker with the log's key, who dates seals as he likes. A witness saw the checkpoints a day before they were sealed, by the sealer's word. Two clocks that contradict each other do not prove the time.", json!({"exit": 0, "sealed": 10, "ladder_not_proved": [4]}));

    let mut log = Log::new(1, 5, true, false);
    let twin = Key { role: Role::Witness, ..Key::new("witness.example/twin", log.key.material.clone(), Some(note_type::COSIGNATURE)) };
    also_signed(&log, 0, &twin, &log.signer.clone(), log.clock + 1);
    log.keys.trust(twin);
    w.hostile(
        "checkpoint-witness-is-the-sealer",
        &log,
        "Attacker with the log's key, who signs as a witness with the same key under another name. That is no second clock.",
        json!({"exit": 0, "sealed": 5, "ladder_not_proved": [4]}),
    );

    let log = Log::new(3, 5, true, false);
    remove(&log, 0);
    w.hostile("segment-starts-midway", &log, "Attacker without a key, or an archive that was split: the first segment is gone with its seal. No seal here names it, so it is said what lies outside, and nothing is proved of the log.", json!({"exit": 0, "sealed": 10, "findings": ["starts-midway"], "ladder_not_proved": [0, 1, 2, 3, 4]}));
}

/// An excerpt of `log`: the chosen records of each segment, as a bundle holds them.
fn excerpt(log: &Log, chosen: &[&[u64]]) -> tempfile::TempDir {
    let examination = log.examine();
    let folder = tempfile::tempdir().unwrap();
    for (segment, chosen) in chosen.iter().enumerate().filter(|(_, chosen)| !chosen.is_empty()) {
        let made = examination.excerpt(segment as u32, chosen, &|_| true).unwrap().unwrap();
        let records: Vec<u8> = made.records.iter().flat_map(|record| [record.as_slice(), b"\n"].concat()).collect();
        write(&folder.path().join(format!("records/{:03}.ndjson", segment + 1)), &records);
        for (kind, ending, text) in &made.files {
            write(&folder.path().join(format!("{kind}/{:03}{ending}", segment + 1)), text.as_bytes());
        }
    }
    folder
}

fn edit(path: PathBuf, change: impl FnOnce(String) -> String) {
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, change(text)).unwrap();
}

#[test]
#[ignore = "writes the vectors anew; run it when the format changes"]
fn write_hostile_excerpts() {
    let w = Writer;
    let put = |name: &str, chosen: &[&[u64]], change: &dyn Fn(&Path), story: &str, expect: Value| {
        let log = Log::new(2, 6, true, false);
        let folder = excerpt(&log, chosen);
        change(folder.path());
        w.put("hostile", name, folder.path(), &log.keys.to_text(), story, expect);
    };
    let one: &[&[u64]] = &[&[1, 3]];
    let fails = || broken(0, &["proof-fails"]);
    put(
        "excerpt-record-edited",
        one,
        &|path| edit(path.join("records/001.ndjson"), |text| text.replacen("success", "denied", 1)),
        "Attacker without a key. A record of an excerpt is edited.",
        fails(),
    );
    put(
        "excerpt-record-dropped",
        one,
        &|path| edit(path.join("records/001.ndjson"), |text| text.split_once('\n').unwrap().1.to_owned()),
        "Attacker without a key. A disclosed record is taken out; its proof stays.",
        fails(),
    );
    put(
        "excerpt-records-swapped",
        one,
        &|path| {
            edit(path.join("records/001.ndjson"), |text| {
                let (a, b) = text.split_once('\n').unwrap();
                format!("{b}{a}\n")
            })
        },
        "Attacker without a key. Two disclosed records change places.",
        fails(),
    );
    put(
        "excerpt-record-added",
        one,
        &|path| edit(path.join("records/001.ndjson"), |text| text + &record(99, 99) + "\n"),
        "Attacker without a key. A record is added behind the disclosed ones.",
        fails(),
    );
    put(
        "excerpt-salts-removed",
        one,
        &|path| fs::remove_file(path.join("salts/001.salts")).unwrap(),
        "Attacker without a key. The salts are removed. The kind in each leaf says that it is salted.",
        fails(),
    );
    put(
        "excerpt-salt-removed",
        one,
        &|path| edit(path.join("salts/001.salts"), |text| text.split_once('\n').unwrap().1.to_owned()),
        "Attacker without a key. One salt is removed: there must be one for each disclosed record, or none.",
        fails(),
    );
    put(
        "excerpt-salt-cut",
        one,
        &|path| {
            // The front of the record moves into the salt's place.
            edit(path.join("salts/001.salts"), |text| text.lines().map(|line| format!("{}\n", &line[..line.len() - 2])).collect());
        },
        "Attacker without a key. Salts of 15 bytes. A salt is exactly 16 bytes, so that no part of a record can become one.",
        fails(),
    );
    put(
        "excerpt-salt-longer",
        one,
        &|path| {
            edit(path.join("salts/001.salts"), |text| text.lines().map(|line| format!("{line}7b\n")).collect());
            edit(path.join("records/001.ndjson"), |text| text.lines().map(|line| format!("{}\n", &line[1..])).collect());
        },
        "Attacker without a key. The first byte of each record becomes the last of its salt: together they are the same bytes. A salt is exactly 16 bytes.",
        fails(),
    );
    put(
        "excerpt-salt-into-record",
        one,
        &|path| {
            let salts = fs::read_to_string(path.join("salts/001.salts")).unwrap();
            let salts: Vec<Vec<u8>> =
                salts.lines().map(|line| sealscope::model::text::from_hex(line.split(' ').nth(1).unwrap()).unwrap()).collect();
            let records = fs::read(path.join("records/001.ndjson")).unwrap();
            let lines = sealscope::seal::records(Unit::Line, &records);
            let moved: Vec<u8> = lines.iter().zip(&salts).flat_map(|(line, salt)| [salt, *line, b"\n"].concat()).collect();
            fs::write(path.join("records/001.ndjson"), moved).unwrap();
            fs::remove_file(path.join("salts/001.salts")).unwrap();
        },
        "Attacker without a key. Each salt is written before its record and the salts are removed: the same bytes, read without salts. The kind in the leaf says that it is salted.",
        fails(),
    );
    put(
        "excerpt-first-shifted",
        &[&[0, 3]],
        &|path| {
            edit(path.join("seals/001.seal"), |text| {
                let note = text.split_once("\n\n").unwrap().1.to_owned();
                let seal = Seal::parse(&text).unwrap();
                assert_eq!(seal.first, 0);
                let mut before = Range::new(0);
                before.push([1; 32]);
                Seal::head(Unit::Line, 1, None, &before) + &note
            })
        },
        "Attacker without a key. The unsigned “first” of an excerpt's seal is changed. The record that the segment starts with says so in its kind.",
        fails(),
    );
    put(
        "excerpt-unit-file",
        one,
        &|path| edit(path.join("seals/001.seal"), |text| text.replace("unit line", "unit file")),
        "Attacker without a key. The unsigned “unit” of an excerpt's seal is changed.",
        fails(),
    );
    put(
        "excerpt-tree-cut",
        one,
        &|path| edit(path.join("proofs/001.ptree"), |text| text.lines().take(3).map(|line| format!("{line}\n")).collect()),
        "Attacker without a key. The end of the pruned tree is cut off, to hide how many records are withheld.",
        fails(),
    );
    put(
        "excerpt-tree-garbled",
        one,
        &|path| edit(path.join("proofs/001.ptree"), |text| text.replace("\nD ", "\nX ")),
        "Attacker without a key. The pruned tree cannot be read. The records beside it are not called unsealed for that.",
        json!({"exit": 1, "verdict": "broken", "sealed": 0, "findings": ["proof-fails"], "sentence_lacks": ["nothing was ever claimed"]}),
    );
    put(
        "excerpt-seal-removed",
        one,
        &|path| fs::remove_file(path.join("seals/001.seal")).unwrap(),
        "Attacker without a key. The seal of an excerpt is removed; pruned tree and salts say that there was one.",
        json!({"exit": 1, "verdict": "broken", "sealed": 0, "findings": ["proof-fails"], "sentence_lacks": ["nothing was ever claimed"]}),
    );
    put(
        "excerpt-records-removed",
        one,
        &|path| fs::remove_file(path.join("records/001.ndjson")).unwrap(),
        "Attacker without a key. The records of an excerpt are removed; the proof stays.",
        json!({"exit": 1, "sealed": 0, "findings": ["proof-fails"]}),
    );
    put(
        "excerpt-start-unproven",
        &[&[], &[2, 3]],
        &|path| fs::remove_file(path.join("seals/002.before")).unwrap(),
        "Attacker without a key. The checkpoint of the preceding seal is removed, so that nothing shows where the segment starts. The records are members of the log; that anything is whole is not said.",
        json!({"exit": 0, "sealed": 2, "ladder_not_proved": [0, 1, 2, 4]}),
    );
    put(
        "excerpt-partial",
        one,
        &|_| {},
        "Nobody tampered. Only some records are disclosed, so nothing is proved of the log as a whole: the answers say what is withheld.",
        json!({"exit": 0, "verdict": "sealed", "sealed": 2, "ladder_not_proved": [0, 1, 2, 4]}),
    );

    let mut log = Log::empty(true, false);
    (log.key, log.signer) = key_pair(ORIGIN, 66);
    log.keys.trust(log.key.clone());
    log.add(6);
    let folder = excerpt(&log, one);
    let genuine = Log::new(1, 6, true, false);
    w.put(
        "hostile",
        "excerpt-handmade",
        folder.path(),
        &genuine.keys.to_text(),
        "Attacker without a key, who makes an excerpt in the log's name with a key of his own. It agrees with itself and proves nothing.",
        not_sealed(&["unknown-key"]),
    );

    let (mut one_log, mut other_log) = (Log::empty(false, false), Log::empty(false, false));
    one_log.add(6);
    one_log.add(4);
    other_log.add_lines((0..6u64).map(|number| record(number + 50, 70 + number)).collect());
    other_log.add(4);
    let (folder, other) = (excerpt(&one_log, &[&[1]]), excerpt(&other_log, &[&[], &[1]]));
    for path in files(other.path()) {
        write(&folder.path().join(relative(other.path(), &path)), &fs::read(&path).unwrap());
    }
    w.put("hostile", "excerpt-two-histories", folder.path(), &one_log.keys.to_text(), "Attacker with the log's key. Two excerpts of one log are out of two histories: the tree under the second one is not the first one's.", broken(2, &["fork"]));
}

#[test]
#[ignore = "writes the vectors anew; run it when the format changes"]
fn write_harmless() {
    let w = Writer;
    let user = "Honest careless user.";
    let repacked = |log: &Log, ending: &str, pack: &dyn Fn(&[u8]) -> Vec<u8>| {
        fs::write(format!("{}{ending}", log.path(0).display()), pack(&fs::read(log.path(0)).unwrap())).unwrap();
        fs::remove_file(log.path(0)).unwrap();
    };
    let log = Log::new(2, 5, true, true);
    repacked(&log, ".gz", &gzip);
    w.harmless(
        "segment-packed-gzip",
        &log,
        &format!("{user} A segment was packed with gzip after sealing. The records are the same."),
        fine(10),
    );
    let log = Log::new(2, 5, true, false);
    repacked(&log, ".zst", &|bytes| zstd::encode_all(bytes, 3).unwrap());
    w.harmless(
        "segment-packed-zstandard",
        &log,
        &format!("{user} A segment was packed with Zstandard after sealing. The records are the same."),
        fine(10),
    );
    let with = |command: &str, bytes: &[u8]| {
        use std::io::Write;
        let mut child = std::process::Command::new(command)
            .arg("-c")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(bytes).unwrap();
        child.wait_with_output().unwrap().stdout
    };
    for (command, ending) in [("xz", ".xz"), ("bzip2", ".bz2")] {
        let log = Log::new(2, 5, true, false);
        repacked(&log, ending, &|bytes| with(command, bytes));
        w.harmless(
            &format!("segment-packed-{command}"),
            &log,
            &format!("{user} A segment was packed with {command} after sealing, as log rotation does. The records are the same."),
            fine(10),
        );
    }
    for (name, change) in [
        ("segment-seal-crlf", (|text: String| text.replace('\n', "\r\n")) as fn(String) -> String),
        ("segment-seal-no-last-line-feed", |text| text.trim_end().to_owned()),
        ("segment-seal-extra-line-feeds", |text| text + "\n\n"),
        ("segment-seal-byte-order-mark", |text| format!("\u{feff}{text}")),
    ] {
        let log = Log::new(2, 5, true, false);
        log.edit_seal(1, change);
        w.harmless(name, &log, &format!("{user} An editor saved the seal anew: other line ends, one line feed more or less at the end, a mark at the start. Nothing that is signed changed."), fine(10));
    }
    let log = Log::new(2, 5, true, false);
    edit(log.path(1), |text| text.replace('\n', "\r\n"));
    w.harmless("segment-crlf", &log, &format!("{user} A transfer in text mode converted the line ends of a segment. With them changed back every record verifies, and that is said."), json!({"exit": 0, "verdict": "sealed", "sealed": 10, "findings": ["line-ends-changed"]}));
    let log = Log::new(2, 5, true, false);
    edit(log.path(0), |text| format!("\u{feff}{text}"));
    w.harmless(
        "segment-byte-order-mark",
        &log,
        &format!("{user} An editor put a byte-order mark before the first record."),
        json!({"exit": 0, "verdict": "sealed", "sealed": 10, "findings": ["byte-order-mark-added"]}),
    );
    let log = Log::new(2, 5, true, false);
    edit(log.path(1), |text| text.trim_end().to_owned());
    w.harmless(
        "segment-no-last-line-feed",
        &log,
        &format!("{user} The last line feed of a segment was lost. It belongs to no record."),
        fine(10),
    );
    let log = Log::new(2, 5, true, false);
    edit(log.path(1), |text| text + "\n");
    w.harmless(
        "segment-blank-line-at-end",
        &log,
        &format!(
            "{user} An editor left an empty line at the end of a segment. Every sealed record verifies; the blank line is not one of them."
        ),
        json!({"exit": 0, "sealed": 10, "findings": ["line-ends-changed"], "not_findings": ["record-inserted", "segment-altered"]}),
    );
    let mut log = Log::empty(true, false);
    log.clock = 300;
    let document = format!("{{\"Records\":[{},{}]}}", record(0, 100), record(1, 101));
    log.add_bytes(Unit::File, vec![document.clone().into_bytes()], document.as_bytes());
    fs::write(log.path(0), document + "\n").unwrap();
    w.harmless(
        "segment-document-last-line-feed",
        &log,
        &format!("{user} An editor ended a sealed document with a line feed. Without it the document verifies, and that is said."),
        json!({"exit": 0, "verdict": "sealed", "sealed": 2, "findings": ["line-ends-changed"]}),
    );
    let log = Log::new(2, 5, true, false);
    fs::rename(log.path(1), log.folder.path().join("saturday.log")).unwrap();
    w.harmless("segment-renamed", &log, &format!("{user} A segment was renamed, its seal was not. It is found by its content."), fine(10));
    let log = Log::new(2, 5, true, true);
    fs::create_dir(log.folder.path().join("old")).unwrap();
    for path in [log.path(0), log.seal_path(0), log.leaves_path(0)] {
        fs::rename(&path, log.folder.path().join("old").join(path.file_name().unwrap())).unwrap();
    }
    w.harmless("segment-in-subfolder", &log, &format!("{user} An older segment was moved to a subfolder with its seal."), fine(10));
    let log = Log::new(2, 5, true, true);
    for path in files(log.folder.path()) {
        write(&log.folder.path().join("backup").join(relative(log.folder.path(), &path)), &fs::read(&path).unwrap());
    }
    w.harmless(
        "segment-backup-beside",
        &log,
        &format!("{user} A backup of the whole folder lies in a subfolder. Each record is counted once."),
        json!({"exit": 0, "verdict": "sealed", "sealed": 10, "findings": ["duplicate-segment"]}),
    );
    let log = Log::new(2, 5, true, false);
    write(&log.folder.path().join("seals of march/copy of 001.seal"), &fs::read(log.seal_path(0)).unwrap());
    w.harmless(
        "segment-stray-seal",
        &log,
        &format!("{user} A second copy of a seal lies about under another name. The segment that it seals is here."),
        fine(10),
    );
    let log = Log::new(2, 5, true, false);
    let (stranger, signer) = key_pair("mallory.example/log", 66);
    fs::write(log.folder.path().join("checkpoint"), signed(500, [5; 32], &stranger, &signer, 9999)).unwrap();
    w.harmless("checkpoint-of-a-stranger", &log, "A stranger's checkpoint in the log's name, much longer and with another root, lies beside the log. Nobody's word is no fork and no cut end.", json!({"exit": 0, "verdict": "sealed", "sealed": 10, "findings": ["unknown-key"], "not_findings": ["fork", "truncated"]}));
    let log = Log::new(2, 5, true, false);
    let mut before = Range::new(0);
    (0..40u8).for_each(|number| before.push([number; 32]));
    let (stranger, signer) = key_pair("mallory.example/log", 66);
    let sealer = Sealer { key: &stranger, signer: &signer, seconds: DAY + 5 };
    let made = make(&sealer, ORIGIN, Unit::Line, None, &before, std::iter::empty());
    fs::write(log.folder.path().join("elsewhere.seal"), made.seal).unwrap();
    w.harmless(
        "segment-seal-of-a-stranger",
        &log,
        "A stranger's seal in the log's name lies beside the log, without a file. It says nothing of the log that a trusted key seals.",
        json!({"exit": 0, "verdict": "sealed", "sealed": 10, "not_findings": ["fork", "truncated"]}),
    );
    let mut log = Log::new(2, 5, true, false);
    log.clock += 100;
    log.checkpoint("checkpoint", 10, log.tree.root().unwrap());
    w.harmless(
        "checkpoint-newer",
        &log,
        "A newer checkpoint of the log, signed after the last seal, was kept and lies beside it. It agrees.",
        fine(10),
    );
    let mut log = Log::new(2, 5, true, false);
    (log.key, log.signer) = key_pair(ORIGIN, 2);
    log.keys.trust(log.key.clone());
    log.add(5);
    w.harmless(
        "segment-key-rotated",
        &log,
        "The sealer took a new key into use and went on with the same log; the user trusts both keys, so nothing is to be alarmed at.",
        fine(15),
    );
    let mut log = Log::new(2, 5, true, false);
    let old = log.key.clone();
    (log.key, log.signer) = key_pair(ORIGIN, 2);
    log.add(5);
    (log.key, log.signer) = (old, SigningKey::from_bytes(&[1; 32]));
    log.add(5);
    w.harmless("segment-key-rotated-unknown", &log, "The sealer used another key for a while, which the user does not know. The segments around it contain its root, so nothing is missing and nothing is forked.", json!({"exit": 0, "verdict": "consistent", "sealed": 15, "findings": ["unknown-key"], "not_findings": ["gap", "fork"]}));
    let mut log = Log::empty(true, false);
    log.clock = 300;
    log.add_lines(vec![
        record(0, 70),
        record(1, 80).replace("thing-1", "-----BEGIN PRIVATE KEY-----"),
        record(2, 90).replace("thing-2", "digestS3Object"),
    ]);
    w.harmless(
        "segment-with-key-words",
        &log,
        "A log whose records speak of private keys and of digests. Text inside a log never steers what the program does with the file.",
        fine(3),
    );
    let log = Log::new(3, 5, true, true);
    fs::remove_file(log.leaves_path(1)).unwrap();
    w.harmless(
        "segment-leaves-for-some",
        &log,
        &format!("{user} The leaf hashes of one segment were not copied. They are optional."),
        fine(15),
    );
    let log = Log::new(2, 5, true, false);
    w.put(
        "harmless",
        "segment-file-and-folder",
        log.folder.path(),
        &log.keys.to_text(),
        &format!("{user} The folder and a file in it are given together. Each record is counted once."),
        json!({"exit": 0, "verdict": "sealed", "sealed": 10, "paths": ["evidence", "evidence/001.jsonl", "evidence/001.jsonl.seal"]}),
    );
    let mut log = Log::new(1, 5, true, false);
    let (key, signer) = witness();
    also_signed(&log, 0, &key, &signer, log.clock + 5);
    log.keys.trust(key);
    w.harmless("segment-with-witness", &log, "A seal that a trusted witness cosigned five seconds later.", fine(5));
    let log = Log::new(2, 6, true, false);
    let folder = excerpt(&log, &[&[1, 3], &[0]]);
    for path in files(folder.path()) {
        fs::rename(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    w.put(
        "harmless",
        "excerpt-in-one-folder",
        folder.path(),
        &log.keys.to_text(),
        &format!("{user} The parts of an excerpt were copied into one folder. They still belong together by name."),
        fine(3),
    );
    let log = Log::new(1, 6, true, false);
    let folder = excerpt(&log, &[&[1, 3]]);
    for path in files(folder.path()) {
        write(&folder.path().join("again").join(relative(folder.path(), &path)), &fs::read(&path).unwrap());
    }
    w.put(
        "harmless",
        "excerpt-twice",
        folder.path(),
        &log.keys.to_text(),
        &format!("{user} One excerpt is opened in two copies. Its records are counted once."),
        fine(2),
    );
}
