//! A file that is gone from between others is missed. Journals are numbered from file to file, and the tags cover the numbers, so such files
//! are made here with the key of a fixture.

use std::error::Error;
use std::io::Read;
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::file::{Journal, Kind};
use super::fsprg::VerificationKey;
use super::numbers::{Missing, Numbers, missing};
use super::verify::verify;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn fixture() -> Result<(Vec<u8>, String), Box<dyn Error>> {
    let mut bytes = Vec::new();
    let packed = std::fs::File::open(here("tests/fixtures/journals/compact.journal.gz"))?;
    flate2::read::GzDecoder::new(packed).read_to_end(&mut bytes)?;
    Ok((bytes, std::fs::read_to_string(here("tests/fixtures/journals/compact.key"))?))
}

/// The same entries with numbers that are `more`, under tags made anew.
fn numbered_on(mut bytes: Vec<u8>, key: &str, more: u64) -> Result<Vec<u8>, Box<dyn Error>> {
    let journal = Journal::parse(&bytes).ok_or("no journal")?;
    let entries = journal.objects.iter().filter(|object| object.kind == Kind::Entry);
    let numbers: Vec<(usize, u64)> = entries.map(|entry| (entry.offset + 16, journal.sequence(entry) + more)).collect();
    for (at, number) in numbers {
        bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
    }
    let journal = Journal::parse(&bytes).ok_or("no journal")?;
    let mut sequence = VerificationKey::parse(key.trim()).ok_or("no key")?;
    let (mut first, mut made) = (0, Vec::new());
    for (index, object) in journal.objects.iter().enumerate().filter(|(_, object)| object.kind == Kind::Tag) {
        let mut mac = Hmac::<Sha256>::new_from_slice(&sequence.at(journal.tag(object).1).ok_or("no key of this epoch")?)?;
        if first == 0 {
            journal.sealed_header().iter().for_each(|part| mac.update(part));
        }
        journal.objects[first..=index].iter().flat_map(|object| journal.sealed_parts(object)).for_each(|part| mac.update(part));
        made.push((object.offset + 32, mac.finalize().into_bytes()));
        first = index + 1;
    }
    for (at, tag) in made {
        bytes[at..at + 32].copy_from_slice(&tag);
    }
    Ok(bytes)
}

#[test]
fn a_whole_file_that_is_gone_is_missed() -> Result<(), Box<dyn Error>> {
    let (bytes, key) = fixture()?;
    let files = [0u64, 240].map(|more| numbered_on(bytes.clone(), &key, more));
    let mut numbered = Vec::new();
    for (index, file) in files.into_iter().enumerate() {
        let file = file?;
        let journal = Journal::parse(&file).ok_or("no journal")?;
        let verified = verify(&journal, &mut VerificationKey::parse(key.trim()).ok_or("no key")?);
        assert!(!verified.tags.is_empty() && verified.tags.iter().all(|tag| tag.holds));
        numbered.push((index, Numbers::of(&journal).ok_or("no entries")?));
    }
    assert_eq!(missing(&numbered), [Missing { before: 1, first: 121, count: 120 }]);
    Ok(())
}

#[test]
#[ignore = "writes tests/vectors anew"]
fn make_the_vectors_of_missing_files() -> Result<(), Box<dyn Error>> {
    let (bytes, key) = fixture()?;
    let packed = |more: u64| -> Result<Vec<u8>, Box<dyn Error>> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut out, &numbered_on(bytes.clone(), &key, more)?)?;
        Ok(out.finish()?)
    };
    let vectors: [(&str, &[u64], &str, &str); 2] = [
        (
            "hostile/journal-file-between-others-removed",
            &[0, 240],
            "The attacker can write where the journals lie and has no key. Of three files that journald wrote one after the other, the middle one was removed. Each file that is left holds under the key; entries are numbered from file to file, and the tags cover the numbers.",
            r#"{"exit": 1, "verdict": "broken", "require_sealed_exit": 1, "findings": ["gap"], "ladder_not_proved": [0, 1, 2]}"#,
        ),
        (
            "harmless/journal-files-that-follow-one-another",
            &[0, 120, 240],
            "Three files that journald wrote one after the other, under one key. Their entries are numbered from file to file, and nothing is missing between them.",
            r#"{"exit": 0, "verdict": "sealed", "sealed": 360, "require_sealed_exit": 0}"#,
        ),
    ];
    for (name, numbers, what, expect) in vectors {
        let folder = here("tests/vectors").join(name);
        std::fs::create_dir_all(folder.join("evidence"))?;
        for more in numbers {
            std::fs::write(folder.join(format!("evidence/system@{:04}.journal.gz", more / 120 + 1)), packed(*more)?)?;
        }
        std::fs::write(folder.join("move.md"), format!("{what}\n"))?;
        std::fs::write(folder.join("expect.json"), format!("{expect}\n"))?;
        std::fs::write(folder.join("trust"), &key)?;
    }
    Ok(())
}
