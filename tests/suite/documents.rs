//! The documents: their links lead somewhere, and the vectors and commands that they name exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use sealscope::model::Code;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// All Markdown files of the repository but those of vectors, with their text.
fn documents() -> Vec<(PathBuf, String)> {
    let folders = ["", "docs", "docs/formats", "tests/vectors"];
    let mut found = Vec::new();
    for folder in folders {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == "md") {
                found.push((path.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 15, "{}", found.len());
    found
}

/// A heading as the part of a link that leads to it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept: String = kept.chars().filter(|character| character.is_alphanumeric() || " -_".contains(*character)).collect();
    kept.replace(' ', "-")
}

#[test]
fn links_lead_somewhere() {
    for (path, text) in documents() {
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link) {
            if link.contains("://") || link.contains(' ') {
                continue;
            }
            let (file, place) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            assert!(target.exists(), "{}: {link} leads nowhere", path.display());
            if !place.is_empty() {
                let target = fs::read_to_string(&target).unwrap();
                let headings = target.lines().filter(|line| line.starts_with('#')).map(|line| anchor(line.trim_start_matches('#')));
                assert!(headings.into_iter().any(|heading| heading == place), "{}: {link} names no heading", path.display());
            }
        }
    }
}

#[test]
fn vectors_that_are_named_exist() {
    let mut vectors = BTreeSet::new();
    for kind in ["hostile", "harmless"] {
        for entry in fs::read_dir(root().join("tests/vectors").join(kind)).unwrap() {
            vectors.insert(entry.unwrap().file_name().into_string().unwrap());
        }
    }
    let families: BTreeSet<&str> = vectors.iter().filter_map(|name| name.split('-').next()).collect();
    let codes: BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    let mut named = 0;
    for (path, text) in documents().into_iter().filter(|(path, _)| !path.ends_with("README.md") || path.ends_with("formats/README.md")) {
        for word in text.split('`').skip(1).step_by(2) {
            let word = word.trim_start_matches("hostile/").trim_start_matches("harmless/");
            let plain = |character: char| character.is_ascii_alphanumeric() || character == '-';
            let (stem, star) = (word.trim_end_matches('*'), word.ends_with('*'));
            let family = stem.split('-').next().unwrap_or("");
            if !stem.contains('-') || !stem.chars().all(plain) || !families.contains(family) || codes.contains(stem) {
                continue;
            }
            let exists = if star { vectors.iter().any(|name| name.starts_with(stem)) } else { vectors.contains(stem) };
            assert!(exists, "{}: there is no vector {word}", path.display());
            named += 1;
        }
    }
    assert!(named > 100, "{named}");
}
