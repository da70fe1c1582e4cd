//! The direction of imports, the length of files, and what must not be in the source.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::import_graph::{circles, files, graph, product};

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

/// A room and those that it may use.
type Room = (&'static str, &'static [&'static str]);

/// Rooms of a top-level folder and the arrows between them: each names those that it may use, `*` all. The room of a file is the sub-folder
/// it is in, or its own name without `.rs`. Where a folder is not named here, only circles are looked for.
const ROOMS: &[(&str, &[Room])] = &[
    (
        "seal",
        &[
            ("mod", &[]),
            ("registry", &["*"]),
            ("format", &["primitives", "claims", "verdict"]),
            ("claims", &[]),
            ("verdict", &[]),
            ("primitives", &[]),
            ("unread", &["format"]),
            ("chain", &["format", "claims", "verdict", "primitives", "unread", "unsealed"]),
            ("cloudtrail", &["format", "claims", "verdict", "primitives", "unread"]),
            ("excerpt", &["format", "claims", "verdict", "primitives"]),
            ("inclusion_proofs", &["format", "claims", "verdict", "primitives"]),
            ("journal", &["format", "claims", "verdict", "primitives", "unread"]),
            // Proofs carry checkpoints of logs; what no seal claims is shaped as unsealed logs are.
            ("sealed_segments", &["format", "claims", "verdict", "primitives", "excerpt", "inclusion_proofs", "unread", "unsealed"]),
            ("tiles", &["format", "claims", "verdict", "primitives", "inclusion_proofs", "unread"]),
            ("unsealed", &["format", "claims", "verdict", "primitives"]),
        ],
    ),
    (
        "bundle",
        &[
            ("mod", &[]),
            ("bag", &[]),
            ("compare", &[]),
            ("mask", &[]),
            ("statement", &["mask"]),
            ("sign", &["bag"]),
            ("report", &["bag", "mask", "statement"]),
            ("check", &["mask", "report", "statement"]),
            ("export", &["bag", "check", "mask", "report", "sign", "statement"]),
        ],
    ),
    (
        "gui",
        &[
            ("mod", &[]),
            ("app", &["*"]),
            ("panels", &["state", "command", "widgets"]),
            ("dialogs", &["state", "command", "widgets"]),
            ("jobs", &["state"]),
            ("widgets", &["state", "command"]),
            ("command", &["state"]),
            ("state", &[]),
        ],
    ),
];

fn source() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    files(&root).into_iter().map(|path| (path.strip_prefix(&root).unwrap().to_owned(), fs::read_to_string(&path).unwrap())).collect()
}

/// The first folder of a file, or its name.
fn top(path: &Path) -> String {
    path.with_extension("").components().next().unwrap().as_os_str().to_string_lossy().into_owned()
}

/// The room of a file inside its top-level folder.
fn room(path: &Path) -> String {
    path.with_extension("").components().nth(1).map_or_else(String::new, |part| part.as_os_str().to_string_lossy().into_owned())
}

#[test]
fn imports_go_one_way() {
    let level = |name: &str| LEVELS.iter().find(|(module, _)| *module == name).map(|(_, level)| *level);
    let mut wrong = Vec::new();
    for (from, to) in graph(&source()) {
        let (own, other) = (top(&from), top(&to));
        if own != other
            && let (Some(mine), Some(its)) = (level(&own), level(&other))
            && its >= mine
        {
            wrong.push(format!("{} must not import {}", from.display(), to.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rooms_keep_to_their_arrows() {
    let source = source();
    let graph = graph(&source);
    let mut wrong = Vec::new();
    for (folder, rooms) in ROOMS {
        for (path, _) in source.iter().filter(|(path, _)| path.starts_with(folder)) {
            if !rooms.iter().any(|(name, _)| *name == room(path)) {
                wrong.push(format!("{} is in no room of {folder}", path.display()));
            }
        }
        for (from, to) in graph.iter().filter(|(from, to)| from.starts_with(folder) && to.starts_with(folder)) {
            let (own, other) = (room(from), room(to));
            let allowed = rooms.iter().find(|(name, _)| *name == own).map_or(&[][..], |(_, allowed)| allowed);
            if own != other && !allowed.contains(&"*") && !allowed.contains(&other.as_str()) {
                wrong.push(format!("{} must not import {}", from.display(), to.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_import_each_other_in_no_circle() {
    let circle = |files: &BTreeSet<PathBuf>| files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" ↔ ");
    let found: Vec<String> = circles(&graph(&source())).iter().map(circle).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Formats read evidence only by the files that they are handed, which carry the budget of the case and are opened read-only.
#[test]
fn formats_open_nothing_themselves() {
    // Tests in files of their own are no part of the program.
    let formats = |path: &Path| path.starts_with("seal") && !path.ends_with("tests.rs");
    for (path, text) in source().iter().filter(|(path, _)| formats(path)) {
        for word in ["std::fs", "std::path", "std::process", "std::net", "std::env", "tempfile", "Connection::open("] {
            assert!(!product(text).contains(word), "{} uses {word}", path.display());
        }
    }
}

/// What is shown of a case can be tested without anything that draws.
#[test]
fn what_is_shown_knows_nothing_that_draws() {
    for (path, text) in source().iter().filter(|(path, _)| path.starts_with("gui/state")) {
        assert!(!text.contains("egui::"), "{} draws", path.display());
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
    for (path, text) in source().into_iter().filter(|(path, _)| !path.ends_with("tests.rs")) {
        for word in [".unwrap()", ".expect(", "panic!(", "todo!(", "unimplemented!(", "unreachable!(", "dbg!("] {
            assert!(!product(&text).contains(word), "{} holds {word}", path.display());
        }
    }
}
