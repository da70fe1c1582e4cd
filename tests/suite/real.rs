//! Real CloudTrail events, where they are available.

use std::fs;

use sealscope::model::{Code, Kind, Severity, State, Verdict};
use sealscope::seal::segment::Unit;
use sealscope::trust::Store as Keys;

use super::builder::*;

#[test]
fn every_event_is_read_and_every_kind_known() {
    let Some(folder) = data("cloudtrail-real") else { return };
    let examination = open(&folder, Keys::default());
    assert_eq!(examination.store.len(), 2_900);
    assert_eq!(examination.verdict(), Verdict::Unsealed);
    assert_eq!(of(&examination, Code::NotUnderstood).len(), 0);
    for identity in examination.store.identities() {
        assert_ne!(identity.kind, Kind::Unknown, "{}", examination.store.names.get(identity.name));
    }
    assert!(examination.index.untimed.is_empty());
    let schemas: Vec<_> = examination.store.schemas.iter().copied().collect();
    assert_eq!(schemas, ["CloudTrail"]);
}

#[test]
fn sealed_as_files_a_flipped_byte_is_found_in_its_file() {
    let Some(folder) = data("cloudtrail-real") else { return };
    let mut log = Log::empty(true, true);
    log.clock = 400 * 86_400;
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    paths.sort();
    for path in &paths {
        let content = fs::read(path).unwrap();
        log.add_bytes(Unit::File, vec![content.clone()], &content);
    }
    let examination = log.examine();
    assert_eq!(examination.counts().of(State::Sealed), 2_900, "{:?}", examination.findings);
    for file in (0..paths.len()).step_by(7) {
        let original = fs::read(log.path(file)).unwrap();
        let mut changed = original.clone();
        let place = (file * 7919 + 13) % changed.len();
        changed[place] ^= 0x04;
        fs::write(log.path(file), &changed).unwrap();
        let examination = log.examine();
        fs::write(log.path(file), &original).unwrap();
        let errors: Vec<_> = examination.findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        assert_eq!(errors.len(), 1, "{errors:#?}");
        assert_eq!((errors[0].code, errors[0].place.record), (Code::RecordAltered, Some(file as u64)));
    }
}

#[test]
fn sealed_as_lines_every_change_is_at_its_place() {
    let Some(folder) = data("cloudtrail-real") else { return };
    let mut log = Log::empty(true, true);
    log.clock = 400 * 86_400;
    let mut lines = Vec::new();
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    paths.sort();
    for path in paths {
        let content = fs::read(path).unwrap();
        let entries = sealscope::schema::entries(&content).unwrap();
        lines.extend(entries.into_iter().map(|entry| String::from_utf8(entry.to_vec()).unwrap().replace('\n', " ")));
    }
    assert_eq!(lines.len(), 2_900);
    for part in lines.chunks(725) {
        log.add_lines(part.to_vec());
    }
    assert_eq!(log.examine().verdict(), Verdict::Sealed);
    for (index, segment) in [(0usize, 0usize), (360, 1), (724, 3)] {
        let number = (segment * 725 + index) as u64;
        let original = fs::read(log.path(segment)).unwrap();
        let check = |code: Code, change: &dyn Fn(&mut Vec<String>)| {
            log.edit(segment, |lines| change(lines));
            let examination = log.examine();
            fs::write(log.path(segment), &original).unwrap();
            let found: Vec<_> = examination.findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
            assert!(found.iter().any(|finding| finding.code == code && finding.place.record.unwrap().abs_diff(number) <= 1), "{found:#?}");
            assert_eq!(found.len(), 1, "{found:#?}");
        };
        check(Code::RecordAltered, &|lines| lines[index] = lines[index].replacen("us-east-1", "us-east-2", 1));
        check(Code::RecordRemoved, &|lines| drop(lines.remove(index)));
        check(Code::RecordMoved, &|lines| {
            let other = if index + 1 < lines.len() { index + 1 } else { index - 1 };
            lines.swap(index, other);
        });
    }
}

#[test]
fn samples_of_other_products_name_their_actors() {
    let Some(root) = data("vocabularies") else { return };
    let mut failures = Vec::new();
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "jsonl") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let mut reader = sealscope::schema::Reader::default();
        for (number, line) in text.lines().enumerate() {
            let event = reader.read(line.as_bytes(), &sealscope::model::Coverage::All);
            // Some samples are fragments, and some products name no actor in some records.
            let nobody = ["system:anonymous", "\"actor\": \"\""].iter().any(|name| line.contains(name))
                || line.contains("alternateId") && !line.contains("\"actor\"");
            let names_one = !nobody
                && [
                    "\"principalEmail\"",
                    "\"userPrincipalName\"",
                    "\"alternateId\"",
                    "\"email\"",
                    "\"email_address\"",
                    "\"actor\": \"",
                    "\"user\": \"",
                    "\"username\"",
                ]
                .iter()
                .any(|name| line.contains(name));
            if names_one && (event.kind == Kind::Unknown || event.identity.is_empty() || event.schema.is_empty()) {
                failures.push(format!(
                    "{}:{} {} {:?} {}",
                    path.file_name().unwrap().display(),
                    number + 1,
                    event.schema,
                    event.kind,
                    &line.chars().take(1500).collect::<String>()
                ));
            }
        }
    }
    println!("{}", failures.join("\n"));
    assert_eq!(failures.len(), 0, "records whose actor was not found");
}
