//! What a statement says beside its counts, told falsely by an examiner who signs everything anew. The identifier is made anew too, so that
//! nothing but the false words shows it.

use std::path::Path;

use sealscope::State;
use sealscope::bundle::{Options, check};
use sealscope::model::text::hex;
use sealscope::model::{Ladder, Verdict};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::builder::*;
use super::bundle_vectors::*;

/// Changes the statement, makes its identifier anew and signs.
fn restate(files: &Files, maker: &Maker, change: &dyn Fn(&str) -> String) -> Files {
    let mut files = files.clone();
    edit(&mut files, "data/report.json", change);
    reidentify(&mut files);
    sign(&mut files, &maker.key);
    files
}

fn reidentify(files: &mut Files) {
    let text = String::from_utf8(files["data/report.json"].clone()).unwrap();
    // The order of the members counts, so the text is edited.
    let mut statement: sealscope::bundle::Statement = serde_json::from_str(&text).unwrap();
    let old = std::mem::take(&mut statement.id);
    let new = hex(&Sha256::digest(serde_json::to_vec(&statement).unwrap()))[..16].to_owned();
    files.insert("data/report.json".into(), text.replacen(&old, &new, 1).into_bytes());
    edit_if(files, "bag-info.txt", &|text| text.replace(&old, &new));
}

fn edit_if(files: &mut Files, name: &str, change: &dyn Fn(&str) -> String) {
    let text = String::from_utf8(files[name].clone()).unwrap();
    files.insert(name.into(), change(&text).into_bytes());
}

/// The text of one member of the statement, replaced.
fn member(text: &str, name: &str, change: impl Fn(&str) -> String) -> String {
    let start = text.find(&format!("\n  \"{name}\": ")).unwrap() + name.len() + 6;
    let rest = &text[start..];
    let end = start + rest.find("\n  \"").map_or(rest.find("\n}").unwrap(), |end| end);
    let value = text[start..end].trim_end_matches(',').trim_start();
    format!("{} {}{}{}", &text[..start], change(value), if text[..end].ends_with(',') { "," } else { "" }, &text[end..])
}

type Change = (&'static str, &'static str, &'static str, fn(&str) -> String);

/// Name, what was done, what must be said, and how.
const CHANGES: [Change; 12] = [
    ("identifier-of-another", "The identifier was made up.", "identifier", |text| member(text, "id", |_| "\"0123456789abcdef\"".into())),
    ("date-of-another-day", "The bundle is dated a day earlier than its bag says.", "do not agree on Bagging-Date", |text| {
        member(text, "exported", |_| "\"2026-03-06T16:13:20Z\"".into())
    }),
    ("name-of-another", "The statement names another examiner than the bag.", "do not agree on Contact-Name", |text| {
        member(text, "examiner", |_| "\"john\"".into())
    }),
    ("source-hash-edited", "The statement gives a source another hash than the file in the bundle has.", "their hashes differ", |text| {
        member(text, "sources", |value| {
            let at = value.find("\"sha256\": \"").unwrap() + 11;
            format!("{}{}{}", &value[..at], "00", &value[at + 2..])
        })
    }),
    ("source-left-out", "The statement leaves a source out.", "which is no source", |text| member(text, "sources", |_| "[]".into())),
    ("answers-left-out", "The statement leaves the five answers out.", "five questions", |text| member(text, "ladders", |_| "[]".into())),
    ("questions-replaced", "The statement answers other questions.", "the questions are others", |text| {
        member(text, "ladders", |value| value.replace("Was a record edited?", "Is it good?"))
    }),
    ("words-of-the-verdict", "The statement's verdict in words is made up.", "is none that can be", |text| {
        member(text, "sentence", |_| "\"Everything was examined and found in order.\"".into())
    }),
    ("fewer-segments-in-words", "The statement's words speak of fewer segments than it has parts.", "do not agree", |text| {
        member(text, "sentence", |_| "\"The 0 segments here are sealed and unaltered.\"".into())
    }),
    ("coverage-raised", "The statement's line about its coverage counts more than there was.", "does not count its records", |text| {
        member(text, "coverage", |value| value.replacen("16 of 16", "99 of 99", 1))
    }),
    ("limits-left-out", "The statement does not say what the bundle cannot show.", "cannot show", |text| {
        member(text, "limits", |_| "[\n    \"None.\"\n  ]".into())
    }),
    ("seal-of-another-kind", "The statement says that the records are sealed in another way.", "is called", |text| {
        member(text, "parts", |value| value.replace("\"sealed segments\"", "\"tile log\""))
    }),
];

const DISHONEST: &str = "The attacker is an examiner whose key is trusted, and who signs everything anew.";

/// Bundles of a log that are told of falsely, in ways that agree with themselves.
fn told(maker: &Maker) -> Vec<(&'static str, String, &'static str, Files)> {
    let whole = maker.bundle(&maker.log, &|_, _| true, Options { whole: true, ..Options::default() });
    let mut made: Vec<_> = CHANGES
        .into_iter()
        .map(|(name, what, said, change)| {
            let files = if name == "identifier-of-another" {
                let mut files = whole.clone();
                edit(&mut files, "data/report.json", change);
                edit_if(&mut files, "bag-info.txt", &|text| {
                    let (before, rest) = text.split_once("urn:sealscope:evidence:").unwrap();
                    format!("{before}urn:sealscope:evidence:0123456789abcdef{}", &rest[16..])
                });
                sign(&mut files, &maker.key);
                files
            } else {
                restate(&whole, maker, &change)
            };
            (name, what.to_owned(), said, files)
        })
        .collect();
    // A program that was changed tells of a broken log as of a good one; statement, tables and reports agree.
    let altered = Log::new(2, 8, true, true);
    altered.edit(0, |lines| lines[2] = lines[2].replace("ci-deployer", "mallory"));
    let proved = open(maker.log.folder.path(), maker.log.keys.clone()).logs[0].ladder.clone();
    let better: &dyn Fn(&Ladder) -> Ladder = &|_| proved.clone();
    let all = |_: u32, _: u64| true;
    let answers = maker.bundle_of(altered.folder.path(), &altered.keys, &all, Options { whole: true, ..Options::default() }, &|case| {
        case.logs.iter_mut().for_each(|log| log.ladder = better(&log.ladder));
    });
    let what = "A record was altered, which findings and verdict say, and the answers about the log say that none was.";
    made.push(("answers-of-a-broken-log", what.to_owned(), "is called proved", answers));
    let mut unknown = maker.log.keys.clone();
    unknown.retain(|_| false);
    let answers = maker.bundle_of(maker.log.folder.path(), &unknown, &all, Options { whole: true, ..Options::default() }, &|case| {
        case.logs.iter_mut().for_each(|log| log.ladder = better(&log.ladder));
        assert_eq!(case.verdict(), Verdict::Consistent);
    });
    let what = "No key vouches for the log, which the states say, and the answers about it are called proved.";
    made.push(("answers-without-a-key", what.to_owned(), "not all of its records are sealed", answers));
    made
}

#[test]
fn what_a_statement_says_beside_its_counts_is_compared() {
    let maker = Maker::new();
    let mut keys = maker.log.keys.clone();
    keys.add_text(Path::new("signers"), &maker.signers).unwrap();
    let honest = maker.bundle(&maker.log, &|_, record| record % 3 == 1, Options::default());
    let lay = |files: &Files| {
        let folder = tempfile::tempdir().unwrap();
        files.iter().for_each(|(name, content)| crate::properties::write(&folder.path().join(name), content));
        folder
    };
    let checked = check(lay(&honest).path(), &keys);
    assert_ne!(checked.state, State::Broken, "{:?}", checked.lines);
    let mut wrong = Vec::new();
    for (name, _, said, files) in told(&maker) {
        let checked = check(lay(&files).path(), &keys);
        let is_said = checked.lines.iter().any(|line| line.state == State::Broken && line.text().contains(said));
        if checked.state != State::Broken || !is_said {
            wrong.push(format!("{name}: {:?}", checked.lines));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A log whose sealer's clock stands in the year 2264.
fn sealed_in_2264() -> Log {
    let mut log = Log::empty(true, true);
    let lines = (0..4).map(|number| record(number, 60 + number)).collect();
    log.clock = 9_300_000_000 - DAY;
    log.add_lines(lines);
    log
}

#[test]
fn a_seal_from_after_2262_is_no_forgery() {
    let examination = sealed_in_2264().examine();
    assert!(error_codes(&examination).is_empty(), "{:?}", examination.findings);
    assert_eq!(examination.verdict(), Verdict::Sealed);
}

#[test]
#[ignore = "writes tests/vectors anew"]
fn make_the_vector_of_2264() {
    let log = sealed_in_2264();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/harmless/segment-sealed-after-2262");
    for path in [log.path(0), log.seal_path(0), log.leaves_path(0)] {
        crate::properties::write(&folder.join("evidence").join(path.file_name().unwrap()), &std::fs::read(&path).unwrap());
    }
    let what = "The sealer's clock stands in the year 2264, beyond the last moment that nanoseconds since 1970 can hold. Signature and records hold. The time is shown as late as it can be, and nothing is called forged.\n";
    let expect = "{\"exit\": 0, \"verdict\": \"sealed\", \"sealed\": 4, \"require_sealed_exit\": 0, \"not_findings\": [\"seal-forged\"]}\n";
    std::fs::write(folder.join("move.md"), what).unwrap();
    std::fs::write(folder.join("expect.json"), expect).unwrap();
    std::fs::write(folder.join("trust"), log.key.verifier_key().unwrap() + "\n").unwrap();
}

#[test]
#[ignore = "writes tests/vectors anew"]
fn make_the_vectors_of_statements() {
    let maker = Maker::new();
    let (trust, signers) = (maker.trust(), maker.signers.clone());
    for (name, what, _, files) in told(&maker) {
        // The script does not know the names of ways of sealing, and makes neither words nor reports again.
        let script = ["seal-of-another-kind", "words-of-the-verdict", "fewer-segments-in-words", "limits-left-out"].contains(&name);
        maker.write(
            false,
            &format!("examiner-statement-{name}"),
            &Files::from([("bundle.zip".to_owned(), zipped(&files, "evidence-1/"))]),
            &format!("{DISHONEST} {what} What a statement says is compared with what is in the bundle."),
            "\"exit\": 1, \"bundle\": \"broken\", \"require_sealed_exit\": 1",
            &[&trust, &signers],
        );
        if script {
            let path =
                Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/vectors/hostile/bundle-examiner-statement-{name}/expect.json"));
            let text = std::fs::read_to_string(&path).unwrap().replace(", \"check_bundle_exit\": 1", "");
            assert!(serde_json::from_str::<Value>(&text).is_ok());
            std::fs::write(path, text).unwrap();
        }
    }
}
