//! Makes the vectors of bundles under `tests/vectors` again: `cargo test --test suite bundle_vectors -- --ignored`. What must come out of them is
//! written by hand, here.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use sealscope::bundle::{ExaminerKey, ExportJob, Options, export, make_key, read_key};
use sealscope::model::text::hex;
use sealscope::verify::{Examination, Job};
use sha2::{Digest, Sha256};

use super::builder::*;

pub type Files = BTreeMap<String, Vec<u8>>;

fn load(folder: &Path, prefix: &str, files: &mut Files) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() { load(&path, &format!("{name}/"), files) } else { drop(files.insert(name, fs::read(path).unwrap())) }
    }
}

pub fn zipped(files: &Files, top: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(format!("{top}{name}"), zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Lists and signs again, as anyone with the key can.
pub fn sign(files: &mut Files, key: &ExaminerKey) {
    let hash = |content: &[u8]| hex(&Sha256::digest(content));
    let manifest: String =
        files.iter().filter(|(name, _)| name.starts_with("data/")).map(|(name, content)| format!("{}  {name}\n", hash(content))).collect();
    files.insert("manifest-sha256.txt".into(), manifest.into_bytes());
    let tags: String =
        ["bag-info.txt", "bagit.txt", "manifest-sha256.txt"].iter().map(|name| format!("{}  {name}\n", hash(&files[*name]))).collect();
    let signature = key.sign(tags.as_bytes()).unwrap();
    files.insert("tagmanifest-sha256.txt".into(), tags.into_bytes());
    files.insert("tagmanifest-sha256.txt.sig".into(), signature.into_bytes());
}

pub struct Maker {
    pub key: ExaminerKey,
    other: ExaminerKey,
    pub signers: String,
    pub log: Log,
    out: PathBuf,
}

/// What only the program finds: the script compares neither events nor reports, and judges no keys' dates and namespaces.
fn by_program_alone(name: &str) -> bool {
    let alone = [
        "event",
        "tables",
        "report",
        "states",
        "odd-file",
        "hidden",
        "gap-travels",
        "gap-hushed",
        "signed-by-a-stranger",
        "dates",
        "key-of-another",
        "verdict-claimed",
        "masks",
        "masked",
        "clock",
        "start",
        "nested",
        "seal-left",
    ];
    name != "table-changed" && alone.iter().any(|part| name.contains(part))
}

impl Maker {
    /// A maker with new keys, which writes the vectors here.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [key, other] = ["examiner", "stranger"].map(|name| {
            make_key(&folder.path().join(name), None, name).unwrap();
            read_key(&folder.path().join(name), None).unwrap()
        });
        let signers = format!("maria namespaces=\"evidence@sealscope.dev\" {}\n", key.public_line());
        let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
        Self { key, other, signers, log: Log::new(2, 8, true, true), out }
    }

    /// Writes a vector: `zip` for one archive, else loose files.
    pub fn write(&self, harmless: bool, name: &str, files: &Files, said: &str, expect: &str, trust: &[&str]) {
        let folder = self.out.join(if harmless { "harmless" } else { "hostile" }).join(format!("bundle-{name}"));
        fs::remove_dir_all(&folder).ok();
        for (name, content) in files {
            let path = folder.join("evidence").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        fs::write(folder.join("move.md"), format!("{said}\n")).unwrap();
        let mut expect =
            format!("{expect}{}", if files.contains_key("bundle.zip") { ", \"paths\": [\"evidence/bundle.zip\"]" } else { "" });
        if files.contains_key("bundle.zip") && !by_program_alone(name) {
            expect.push_str(&format!(", \"check_bundle_exit\": {}", u8::from(!harmless)));
        }
        fs::write(folder.join("expect.json"), format!("{{{expect}}}\n")).unwrap();
        for (number, text) in trust.iter().enumerate() {
            let name = if number == 0 { "trust".to_owned() } else { format!("trust-{}", number + 1) };
            fs::write(folder.join(name), text).unwrap();
        }
    }

    pub fn trust(&self) -> String {
        self.log.key.verifier_key().unwrap() + "\n"
    }

    pub fn bundle(&self, log: &Log, rows: &dyn Fn(u32, u64) -> bool, options: Options) -> Files {
        self.bundle_of(log.folder.path(), &log.keys, rows, options, &|_case| ())
    }

    /// A bundle by a program that was changed so that it sees something else than there is.
    pub fn bundle_of(
        &self,
        path: &Path,
        keys: &sealscope::trust::Store,
        rows: &dyn Fn(u32, u64) -> bool,
        options: Options,
        blind: &dyn Fn(&mut Examination),
    ) -> Files {
        let mut keys = keys.clone();
        keys.add_text(Path::new("signers"), &self.signers).unwrap();
        let mut case = open(path, keys.clone());
        blind(&mut case);
        let chosen: Vec<u32> = (0..case.store.len() as u32)
            .filter(|row| case.store.origin(*row).is_some_and(|origin| rows(origin.segment, origin.record)))
            .collect();
        let into = tempfile::tempdir().unwrap();
        let out = into.path().join("bundle");
        let export_job = ExportJob {
            case: &case,
            rows: &chosen,
            options: &options,
            selection: "for the vector".into(),
            reference: "CASE-7".into(),
            examiner: "maria".into(),
            key: &self.key,
            keys: &keys,
            now: 1_772_900_000_000_000_000,
            out: &out,
        };
        export(&export_job, &Job::default()).unwrap();
        let mut files = Files::new();
        load(&out, "", &mut files);
        files
    }
}

pub fn edit(files: &mut Files, name: &str, change: impl Fn(&str) -> String) {
    let name = files.keys().find(|key| key.contains(name)).unwrap_or_else(|| panic!("{name}")).clone();
    let text = String::from_utf8(files[&name].clone()).unwrap();
    let changed = change(&text);
    assert_ne!(text, changed, "{name}");
    files.insert(name, changed.into_bytes());
}

#[test]
#[ignore = "writes tests/vectors anew"]
fn make_the_vectors() {
    let maker = Maker::new();
    let (trust, signers) = (maker.trust(), maker.signers.clone());
    let both: &[&str] = &[&trust, &signers];
    let third = |_: u32, record: u64| record % 3 == 1;
    let good = maker.bundle(&maker.log, &third, Options::default());
    let whole = maker.bundle(&maker.log, &|_, _| true, Options { whole: true, ..Options::default() });
    let single = maker.bundle(&maker.log, &third, Options { single: true, ..Options::default() });
    let zip_of = |files: &Files, top: &str| Files::from([("bundle.zip".to_owned(), zipped(files, top))]);

    // What somebody without any key does to a bundle of records.
    let no_key = "The attacker holds no key and can write where the bundle lies.";
    let strip = |files: &Files, gone: &[&str]| -> Files {
        files
            .iter()
            .filter(|(name, _)| !gone.iter().any(|gone| name.starts_with(gone)))
            .map(|(name, content)| (name.clone(), content.clone()))
            .collect()
    };
    let cases: [(&str, &[&str], &str); 9] = [
        ("signature-stripped", &["tagmanifest-sha256.txt.sig"], "[1,2]"),
        ("tag-list-stripped", &["tagmanifest-sha256.txt"], "[1,2]"),
        ("list-stripped", &["manifest-sha256.txt"], "[1,2]"),
        ("lists-and-signature-stripped", &["manifest-sha256.txt", "tagmanifest-sha256.txt"], "[1,2]"),
        ("all-marks-but-the-statement-stripped", &["manifest", "tagmanifest", "bag"], "[1,2]"),
        ("all-marks-but-the-signature-stripped", &["manifest", "bag", "data/report.json", "tagmanifest-sha256.txt\u{0}"], "[1,2]"),
        (
            "only-proofs-and-records-left",
            &["manifest", "tagmanifest", "bag", "data/re", "data/events", "data/findings", "data/VERIFY", "data/trust"],
            "[1,2]",
        ),
        ("statement-stripped", &["data/report.json"], "[1,2]"),
        ("declaration-stripped", &["bagit.txt"], "[1,2]"),
    ];
    for (name, gone, exit) in cases {
        let files = if name == "only-proofs-and-records-left" {
            let mut left = strip(&good, gone);
            left.extend(
                good.iter().filter(|(name, _)| name.starts_with("data/records/")).map(|(name, content)| (name.clone(), content.clone())),
            );
            left
        } else {
            strip(&good, gone)
        };
        let said = format!(
            "{no_key} What makes it a bundle was taken away in part ({name}), so that the rest would be read as plain evidence with exit code 0. What is missing must be told."
        );
        maker.write(
            false,
            name,
            &zip_of(&files, "evidence-1/"),
            &said,
            &format!("\"exit\": {exit}, \"bundle\": [\"broken\", \"unchecked\"], \"require_sealed_exit\": [1,2]"),
            both,
        );
        if name == "signature-stripped" {
            let deep = Files::from([("a/b/renamed-thing.zip".to_owned(), zipped(&files, "x/y/"))]);
            maker.write(false, "signature-stripped-deep-in-a-folder", &deep, &format!("{no_key} The same as without a signature, but renamed and deep in folders, in and outside of the archive, where nobody looked for bundles."), "\"exit\": [1,2], \"bundle\": \"broken\"", both);
        }
    }
    type Change = (&'static str, &'static str, fn(&mut Files));
    let unsigned: [Change; 8] = [
        ("record-changed", "A record was changed.", |files| edit(files, "data/records/", |text| text.replacen("thing-", "thong-", 1))),
        ("record-dropped", "A record was taken out.", |files| {
            edit(files, "data/records/", |text| text.split_once('\n').unwrap().1.to_owned())
        }),
        ("file-added", "A file was added to the payload.", |files| drop(files.insert("data/note.txt".into(), b"hello".to_vec()))),
        ("log-added-as-records", "A log was added among the records.", |files| {
            drop(files.insert("data/records/999-x.ndjson".into(), record(1, 1).into_bytes()))
        }),
        ("table-changed", "The table of events was changed.", |files| {
            edit(files, "data/events.csv", |text| text.replacen("thing-", "thong-", 1))
        }),
        ("verdict-changed", "The statement's verdict was changed.", |files| {
            edit(files, "data/report.json", |text| text.replacen("All ", "Nearly all ", 1).replace("CASE-7", "CASE-8"))
        }),
        (
            "named-as-droppings",
            "A log was added under the name of a file that systems leave behind; it has not the form of one.",
            |files| drop(files.insert(".DS_Store".into(), record(1, 1).into_bytes())),
        ),
        ("signers-that-are-a-log", "A log was added under the name allowed_signers.", |files| {
            drop(files.insert("allowed_signers".into(), record(1, 1).into_bytes()))
        }),
    ];
    for (name, what, change) in unsigned {
        let mut files = good.clone();
        change(&mut files);
        maker.write(
            false,
            name,
            &zip_of(&files, "evidence-1/"),
            &format!("{no_key} {what} Nothing was signed anew, so the lists and the signature must tell."),
            "\"exit\": 1, \"bundle\": \"broken\"",
            both,
        );
    }
    let mut forged = good.clone();
    edit(&mut forged, "data/report.json", |text| text.replace("CASE-7", "CASE-8"));
    sign(&mut forged, &maker.other);
    maker.write(false, "signed-by-a-stranger", &zip_of(&forged, "evidence-1/"), &format!("{no_key} It was changed and signed anew with a key of the attacker's own. It may be as somebody signed it, never as a trusted examiner did."), "\"exit\": [0,1], \"bundle\": [\"consistent\", \"broken\"], \"require_sealed_exit\": [1,2]", both);
    // Keys of other roles and dates.
    let material = format!("sealer/keys namespaces=\"seal@example.org\" {}\n", maker.key.public_line());
    maker.write(
        false,
        "key-of-another-namespace",
        &zip_of(&good, "evidence-1/"),
        "The examiner's key is trusted for another namespace only. Whoever signs other things with it must not be taken for an examiner.",
        "\"exit\": 0, \"bundle\": \"consistent\", \"require_sealed_exit\": 2",
        &[&trust, &material],
    );
    let dated = maker.signers.replace("namespaces=", "valid-after=\"20260101Z\",valid-before=\"20260401Z\",namespaces=");
    maker.write(false, "dates-without-a-stamp", &zip_of(&good, "evidence-1/"), "The examiner's key is limited to some months. The bundle says that it was signed within them, by the examiner's own clock only; a stolen key could say so at any time.", "\"exit\": 0, \"bundle\": \"consistent\", \"require_sealed_exit\": 2", &[&trust, &dated]);

    // What a dishonest examiner does, with the key that is trusted.
    let dishonest: [Change; 24] = [
        ("event-of-another-log", "The statement says that a part is of another log than its seal.", |files| {
            edit(files, "data/report.json", |text| {
                text.replacen("\"log\": \"acme.example/audit/test\"", "\"log\": \"acme.example/audit/best\"", 1)
            })
        }),
        ("report-by-another-key", "The statement names another key than the one that signed.", |files| {
            edit(files, "data/report.json", |text| text.replacen("\"SHA256:", "\"SHA256:x", 1))
        }),
        ("count-raised", "The statement counts one record more than is there.", |files| {
            edit(files, "data/report.json", |text| text.replacen("\"included\": ", "\"included\": 1", 1))
        }),
        ("withheld-denied", "The statement says that nothing is withheld.", |files| {
            edit(files, "data/report.json", |text| {
                text.lines()
                    .map(|line| {
                        if line.contains("\"withheld\":") {
                            format!("{}0{}\n", &line[..line.find(':').unwrap() + 2], if line.ends_with(',') { "," } else { "" })
                        } else {
                            format!("{line}\n")
                        }
                    })
                    .collect()
            });
        }),
        ("whole-claimed", "The statement says that the excerpt is the whole segment.", |files| {
            edit(files, "data/report.json", |text| text.replace("\"L1\"", "\"L4\""))
        }),
        ("states-claimed-broken", "The statement makes other numbers of states.", |files| {
            edit(files, "data/report.json", |text| text.replacen("\"sealed\": ", "\"sealed\": 1", 1))
        }),
        ("record-edited", "A disclosed record was edited.", |files| {
            edit(files, "data/records/", |text| text.replacen("thing-", "thong-", 1))
        }),
        ("record-left-out", "A disclosed record was taken out of the records and left in the proof.", |files| {
            edit(files, "data/records/", |text| text.split_once('\n').unwrap().1.to_owned())
        }),
        ("records-swapped", "Two records changed their places.", |files| {
            edit(files, "data/records/", |text| {
                let mut lines: Vec<&str> = text.lines().collect();
                lines.swap(0, 1);
                lines.join("\n") + "\n"
            })
        }),
        ("record-invented", "A record was added to the records.", |files| {
            edit(files, "data/records/", |text| format!("{text}{}\n", record(77, 77)))
        }),
        ("event-edited", "The tables tell of another target than the record.", |files| {
            for name in ["data/events.csv", "data/events.jsonl"] {
                edit(files, name, |text| text.replacen("thing-1\"", "thing-9\"", 1));
            }
        }),
        ("event-invented", "The tables tell of an event that is in no record.", |files| {
            edit(files, "data/events.jsonl", |text| {
                let line = text.lines().next().unwrap();
                format!("{}\n{text}", line.replace("thing-1", "thing-100"))
            })
        }),
        ("event-left-out", "The tables leave one of the selected events out.", |files| {
            edit(files, "data/events.jsonl", |text| text.split_once('\n').unwrap().1.to_owned());
            edit(files, "data/events.csv", |text| {
                let (head, rest) = text.split_once('\n').unwrap();
                format!("{head}\n{}", rest.split_once('\n').unwrap().1)
            });
        }),
        ("tables-differ", "One table was changed and not the other.", |files| {
            edit(files, "data/events.csv", |text| text.replacen("success", "denied", 1))
        }),
        ("event-state-edited", "The tables call an event broken whose record holds.", |files| {
            edit(files, "data/events.csv", |text| text.replacen("\"sealed\"", "\"broken\"", 1));
            edit(files, "data/events.jsonl", |text| text.replacen("\"state\":\"sealed\"", "\"state\":\"broken\"", 1));
        }),
        ("report-edited", "The page for people says another case than the statement.", |files| {
            edit(files, "data/report.html", |text| text.replace("CASE-7", "CASE-9"))
        }),
        ("report-verdict-edited", "The page for people has another verdict than the statement.", |files| {
            edit(files, "data/report.html", |text| {
                text.replacen("<p class=\"verdict\">", "<p class=\"verdict\">Not ", 1).replacen(
                    " sealed and unaltered",
                    " perhaps altered",
                    1,
                )
            })
        }),
        ("unsealed-part-as-sealed", "Records without any seal were added, and the statement calls them sealed.", |files| {
            files.insert("data/records/009-x.ndjson".into(), format!("{}\n", record(9, 9)).into_bytes());
            edit(files, "data/report.json", |text| {
                let at = text.find("\"parts\": [").unwrap() + 10;
                format!(
                    "{}{{\"log\": \"acme.example/audit/test\", \"seal\": \"sealed segments\", \"source\": \"x\", \"file\": \"data/records/009-x.ndjson\", \"level\": \"L4\", \"included\": 1, \"withheld\": 0, \"states\": {{\"sealed\": 1}}}},{}",
                    &text[..at],
                    &text[at..]
                )
            });
        }),
        ("records-unnamed", "Records without any seal were added, and the statement does not name them.", |files| {
            drop(files.insert("data/unsealed/009-x.ndjson".into(), format!("{}\n", record(9, 9)).into_bytes()))
        }),
        ("hidden-in-single", "A record stands among the single ones, and in no part.", |files| {
            files.insert("data/single/001-x-9.record".into(), record(9, 9).into_bytes());
            files.insert("data/single/001-x-9.record.tlog-proof".into(), b"c2sp.org/tlog-proof@v1\nindex 9\n\nx\n".to_vec());
        }),
        ("odd-file", "A file was put where a bundle holds none, and listed.", |files| {
            drop(files.insert("data/hidden/evidence.bin".into(), b"hello".to_vec()))
        }),
        ("proof-shortened", "The proof leaves out its last line, as if the log were shorter.", |files| {
            edit(files, "data/proofs/", |text| {
                let mut lines: Vec<&str> = text.lines().collect();
                lines.pop();
                lines.join("\n") + "\n"
            })
        }),
        ("salt-shortened", "A salt gives some of its bytes to the record.", |files| {
            edit(files, "data/salts/", |text| {
                let (first, rest) = text.split_once('\n').unwrap();
                format!("{}\n{rest}", &first[..first.len() - 2])
            })
        }),
        ("seal-size-edited", "The seal states another size than the sealer signed.", |files| {
            edit(files, ".seal", |text| text.replacen("\n8\n", "\n7\n", 1))
        }),
    ];
    for (name, what, change) in dishonest {
        let mut files = good.clone();
        change(&mut files);
        sign(&mut files, &maker.key);
        maker.write(false, &format!("examiner-{name}"), &zip_of(&files, "evidence-1/"), &format!("The attacker is an examiner whose key is trusted, and who signs everything anew. {what} What is said of the records must be true of them, so the bundle must not pass."), "\"exit\": [1,2], \"bundle\": [\"broken\", \"unchecked\"], \"require_sealed_exit\": [1,2]", both);
    }
    // Findings travel.
    let gap = Log::new(3, 6, true, true);
    fs::remove_file(gap.path(1)).unwrap();
    fs::remove_file(gap.seal_path(1)).unwrap();
    fs::remove_file(gap.leaves_path(1)).unwrap();
    let told = maker.bundle(&gap, &|_, record| record == 2, Options::default());
    maker.write(false, "gap-travels", &zip_of(&told, "evidence-1/"), "The originals had a gap: a whole segment was missing. Taking single records out must not hide that; an honest examiner's bundle carries the finding, and verifying the bundle shows it.", "\"exit\": 1, \"verdict\": \"broken\", \"findings\": [\"gap\"]", both);
    let mut hushed = told.clone();
    edit(&mut hushed, "data/findings.json", |_| "[]".into());
    sign(&mut hushed, &maker.key);
    maker.write(false, "examiner-gap-hushed", &zip_of(&hushed, "evidence-1/"), "The originals had a gap, and the dishonest examiner emptied the list of findings and signed anew, but left the verdict and the report.", "\"exit\": [1,2], \"bundle\": [\"broken\", \"unchecked\"]", both);

    super::bundle_vectors_more::history(&maker, &trust, both);
    super::bundle_vectors_more::masks(&maker, both);
    super::bundle_vectors_more::nested(&maker, &good, both);

    // What honest people and their systems do.
    let fine = "\"exit\": 0, \"verdict\": \"sealed\", \"bundle\": \"sealed\", \"require_sealed_exit\": 0";
    let calm = |name: &str, files: &Files, what: &str| {
        maker.write(
            true,
            name,
            files,
            &format!("An honest user: {what} Nothing is wrong with the bundle or its records, so there must be no alarm."),
            fine,
            both,
        );
    };
    let under =
        |files: &Files, top: &str| -> Files { files.iter().map(|(name, content)| (format!("{top}{name}"), content.clone())).collect() };
    calm("as-a-folder", &good, "opens the bundle unpacked, as a folder.");
    calm("as-a-zip", &zip_of(&good, "evidence-1/"), "opens the bundle as the zip that it came in.");
    calm(
        "renamed-and-deep",
        &Files::from([("mail/2026/attachment-7.zip".to_owned(), zipped(&good, "new folder (2)/"))]),
        "renamed the archive and the folder in it, and keeps both deep in other folders.",
    );
    calm("without-its-folder", &zip_of(&good, ""), "packed the content of the folder anew, without the folder itself.");
    calm("whole-segments", &zip_of(&whole, "evidence-1/"), "received whole segments.");
    calm("with-single-records", &zip_of(&single, "evidence-1/"), "received each record with a proof of its own as well.");
    let mut finder = good.clone();
    finder.insert(".DS_Store".into(), b"\0\0\0\x01Bud1\0\0\x10\0".to_vec());
    finder.insert("data/.DS_Store".into(), b"\0\0\0\x01Bud1\0\0\x10\0".to_vec());
    calm("looked-at-with-finder", &finder, "looked at the folder with a file manager, which left its own file in it.");
    let mut explorer = good.clone();
    explorer.insert("desktop.ini".into(), b"[.ShellClassInfo]\r\nIconResource=x.dll,3\r\n".to_vec());
    calm("looked-at-with-explorer", &explorer, "gave the folder an icon of its own, which is kept in a file in it.");
    let mut saved = good.clone();
    saved.insert("allowed_signers".into(), maker.signers.clone().into_bytes());
    calm("signers-saved-into-it", &saved, "followed VERIFY.txt and saved the file of allowed signers in the bundle's folder.");
    let mut mac = under(&good, "evidence-1/");
    mac.insert("__MACOSX/evidence-1/._bagit.txt".into(), [&[0, 5, 0x16, 7, 0, 2, 0, 0][..], b"Mac OS X"].concat());
    calm(
        "packed-again-on-a-mac",
        &Files::from([("bundle.zip".to_owned(), zipped(&mac, ""))]),
        "packed the folder anew with a tool that adds a folder of its own to the archive.",
    );
    let mut two = under(&good, "first/");
    two.extend(under(&whole, "second/"));
    calm("two-in-a-folder", &two, "keeps two bundles of one log in one folder.");
    let mut originals = Files::new();
    load(maker.log.folder.path(), "logs/", &mut originals);
    originals.extend(under(&good, "evidence-1/"));
    calm("beside-its-originals", &originals, "opens the bundle and the logs that it was made from together.");
    maker.write(true, "examiner-not-known-yet", &zip_of(&good, "evidence-1/"), "An honest user has the sealer's key and not yet the examiner's: the bundle is as somebody signed it, which is no alarm, and its records are proven.", "\"exit\": 0, \"verdict\": \"sealed\", \"bundle\": \"consistent\"", &[&trust]);
    let library = Files::from([
        ("bag/bagit.txt".to_owned(), b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n".to_vec()),
        ("bag/manifest-sha256.txt".to_owned(), format!("{}  data/a.jsonl\n", hex(&Sha256::digest(record(1, 1)))).into_bytes()),
        ("bag/data/a.jsonl".to_owned(), record(1, 1).into_bytes()),
    ]);
    maker.write(
        true,
        "a-librarys-bag",
        &library,
        "An honest archive keeps logs in a BagIt bag of its own. That is no evidence bundle of ours, and nothing is missing from it.",
        "\"exit\": 0, \"verdict\": \"unsealed\", \"bundle\": \"none\"",
        &[],
    );
    let words = r#"{"time":"2026-03-07T00:00:00Z","actor":"maria","action":"wrote","target":"tagmanifest-sha256.txt.sig of evidence@sealscope.dev, data/report.json, sealscope.dev/evidence@v2","outcome":"success"}"#;
    maker.write(
        true,
        "a-log-about-bundles",
        &Files::from([("notes.jsonl".to_owned(), format!("{words}\n").into_bytes())]),
        "An honest log mentions the names of a bundle's files and formats in its records. Text inside a log makes no bundle of it.",
        "\"exit\": 0, \"verdict\": \"unsealed\", \"bundle\": \"none\"",
        &[],
    );
}
