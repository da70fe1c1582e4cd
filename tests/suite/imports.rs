//! The direction of imports, the length of files, and what must not be in the source.

use std::fs;
use std::path::{Path, PathBuf};

/// Higher may use lower, never back. Modules of one number may use each other only where named in [`TOGETHER`].
const LEVELS: &[(&str, u32)] = &[
    ("cli", 9),
    ("gui", 8),
    ("demo", 7),
    ("bundle", 6),
    ("case", 5),
    ("query", 5),
    ("verify", 4),
    ("store", 3),
    ("seal", 2),
    ("schema", 2),
    ("source", 1),
    ("trust", 1),
    ("model", 0),
];

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found
}

fn source() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    files(&root).into_iter().map(|path| (path.strip_prefix(&root).unwrap().to_owned(), fs::read_to_string(&path).unwrap())).collect()
}

/// The part before the tests.
fn product(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests").next().unwrap()
}

#[test]
fn imports_go_one_way() {
    let level = |name: &str| LEVELS.iter().find(|(module, _)| *module == name).map(|(_, level)| *level);
    for (path, text) in source() {
        let module = path.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        let Some(own) = level(&module) else { continue };
        // `cli` belongs to the program, which sees the library from outside.
        for part in product(&text).replace("sealscope::", "crate::").split("crate::").skip(1) {
            let names: Vec<&str> = if let Some(list) = part.strip_prefix('{') {
                list.split('}').next().unwrap().split(',').map(|name| name.trim().split("::").next().unwrap()).collect()
            } else {
                vec![part.split(|character: char| !character.is_alphanumeric() && character != '_').next().unwrap()]
            };
            for name in names {
                let Some(other) = level(name) else { continue };
                assert!(name == module || other < own, "{}: {module} must not import {name}", path.display());
            }
        }
    }
}

#[test]
fn the_core_knows_no_window() {
    for (path, text) in source() {
        if !path.starts_with("gui") && !path.starts_with("main.rs") {
            for word in ["egui", "eframe", "rfd::", "winit"] {
                assert!(!text.contains(word), "{} mentions {word}", path.display());
            }
        }
    }
}

#[test]
fn files_can_be_read_at_a_sitting() {
    for (path, text) in source() {
        assert!(text.lines().count() <= 600, "{} has {} lines", path.display(), text.lines().count());
    }
}

#[test]
fn nothing_is_left_to_chance() {
    for (path, text) in source() {
        for word in [".unwrap()", ".expect(", "panic!(", "todo!(", "unimplemented!(", "unreachable!(", "dbg!("] {
            assert!(!product(&text).contains(word), "{} holds {word}", path.display());
        }
    }
}
