//! Which source file uses which: `use` declarations and paths in the code, with `crate`, `self`, `super`, child modules and re-exports.
//!
//! A re-export is no use: a name that comes through one leads to the file that defines it. Methods are not seen; to call one, a file needs
//! the type, and that is seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

type Module = Vec<String>;

/// All `.rs` files of a folder and its sub-folders.
pub fn files(folder: &Path) -> Vec<PathBuf> {
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

/// The part before the tests.
pub fn product(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap()
}

/// A name that a file brings in: what it is called there, and where it comes from. `*` stands for all names of a module.
#[derive(Clone, Debug, PartialEq)]
struct Import {
    name: String,
    path: Vec<String>,
    public: bool,
}

/// What a file says of others.
#[derive(Debug, Default)]
struct Uses {
    children: BTreeSet<String>,
    imports: Vec<Import>,
    paths: Vec<Vec<String>>,
}

/// The identifiers and signs of a source text, without comments, strings and characters.
fn tokens(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let at = |index: usize| characters.get(index).copied().unwrap_or('\0');
    let is_name = |character: char| character.is_alphanumeric() || character == '_';
    let (mut out, mut index) = (Vec::new(), 0);
    while index < characters.len() {
        let character = at(index);
        let raw = match (character, at(index + 1)) {
            ('r', '"' | '#') => Some(index + 1),
            ('b', 'r') if matches!(at(index + 2), '"' | '#') => Some(index + 2),
            _ => None,
        };
        if character == '/' && at(index + 1) == '/' {
            while index < characters.len() && at(index) != '\n' {
                index += 1;
            }
        } else if character == '/' && at(index + 1) == '*' {
            index += 2;
            while index < characters.len() && !(at(index) == '*' && at(index + 1) == '/') {
                index += 1;
            }
            index += 2;
        } else if let Some(start) = raw
            && characters[start..].iter().find(|character| **character != '#') == Some(&'"')
        {
            let hashes = characters[start..].iter().take_while(|character| **character == '#').count();
            index = start + hashes + 1;
            while index < characters.len() && !(at(index) == '"' && (1..=hashes).all(|number| at(index + number) == '#')) {
                index += 1;
            }
            index += hashes + 1;
        } else if character == '"' {
            index += 1;
            while index < characters.len() && at(index) != '"' {
                index += if at(index) == '\\' { 2 } else { 1 };
            }
            index += 1;
        } else if character == '\'' && (at(index + 1) == '\\' || at(index + 2) == '\'') {
            index += if at(index + 1) == '\\' { 3 } else { 2 };
            while index < characters.len() && at(index) != '\'' {
                index += 1;
            }
            index += 1;
        } else if is_name(character) {
            let start = index;
            while is_name(at(index)) {
                index += 1;
            }
            out.push(characters[start..index].iter().collect());
        } else if character == ':' && at(index + 1) == ':' {
            out.push("::".into());
            index += 2;
        } else {
            if !character.is_whitespace() {
                out.push(character.into());
            }
            index += 1;
        }
    }
    out
}

/// Reads one tree of a `use` declaration from `index` on, and gives where it ends.
fn tree(tokens: &[String], mut index: usize, before: &[String], public: bool, imports: &mut Vec<Import>) -> usize {
    let mut path = before.to_vec();
    loop {
        match tokens.get(index).map(String::as_str) {
            Some("{") => {
                index += 1;
                while tokens.get(index).is_some_and(|token| token != "}") {
                    index = tree(tokens, index, &path, public, imports);
                    index += usize::from(tokens.get(index).is_some_and(|token| token == ","));
                }
                return index + 1;
            }
            Some("*") => {
                imports.push(Import { name: "*".into(), path, public });
                return index + 1;
            }
            Some("::") => index += 1,
            Some(";" | "," | "}") | None => break,
            Some("as") => {
                let name = tokens.get(index + 1).cloned().unwrap();
                imports.push(Import { name, path, public });
                return index + 2;
            }
            Some("self") if !path.is_empty() => index += 1,
            Some(name) => {
                path.push(name.to_owned());
                index += 1;
            }
        }
    }
    if let Some(name) = path.last().cloned() {
        imports.push(Import { name, path, public });
    }
    index
}

fn uses(text: &str) -> Uses {
    let tokens = tokens(product(text));
    let mut uses = Uses::default();
    let mut index = 0;
    while index < tokens.len() {
        let previous = index.checked_sub(1).map_or("", |index| tokens[index].as_str());
        match tokens[index].as_str() {
            "use" => {
                let public = previous == "pub" || previous == ")";
                index = tree(&tokens, index + 1, &[], public, &mut uses.imports);
            }
            "mod" if tokens.get(index + 2).is_some_and(|token| token == ";") => {
                uses.children.insert(tokens[index + 1].clone());
                index += 2;
            }
            name if previous != "::" && tokens.get(index + 1).is_some_and(|token| token == "::") => {
                let mut path = vec![name.to_owned()];
                while tokens.get(index + 1).is_some_and(|token| token == "::")
                    && tokens.get(index + 2).is_some_and(|token| token.chars().all(|one| one.is_alphanumeric() || one == '_'))
                {
                    path.push(tokens[index + 2].clone());
                    index += 2;
                }
                uses.paths.push(path);
            }
            _ => {}
        }
        index += 1;
    }
    uses
}

fn module(path: &Path) -> Module {
    let mut parts: Module = path.with_extension("").components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod" || last == "lib") {
        parts.pop();
    }
    parts
}

struct Modules {
    files: BTreeMap<Module, PathBuf>,
    uses: BTreeMap<Module, Uses>,
}

impl Modules {
    /// The path from the crate's root; `None` if it leads out of the crate.
    fn absolute(&self, from: &Module, path: &[String]) -> Option<Module> {
        let mut base = from.clone();
        let mut rest = path;
        match path.first()?.as_str() {
            // The program sees the library from outside.
            "crate" | "sealscope" => {
                base.clear();
                rest = &path[1..];
            }
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|part| part == "super") {
                    base.pop();
                    rest = &rest[1..];
                }
            }
            child if self.uses.get(from).is_some_and(|uses| uses.children.contains(child)) => {}
            _ => return None,
        }
        base.extend(rest.iter().cloned());
        Some(base)
    }

    /// The module that defines what an absolute path names, through re-exports.
    fn defining(&self, path: &[String], depth: usize) -> Option<Module> {
        let length = (0..=path.len()).rev().find(|length| self.files.contains_key(&path[..*length]))?;
        let (found, rest) = (path[..length].to_vec(), &path[length..]);
        let Some(name) = rest.first().filter(|_| depth < 12) else { return Some(found) };
        let imports = self.uses.get(&found).map_or(&[][..], |uses| &uses.imports);
        let through = |import: &Import| {
            let mut path = self.absolute(&found, &import.path)?;
            path.extend(rest.iter().skip(usize::from(import.name != "*")).cloned());
            self.defining(&path, depth + 1)
        };
        if let Some(import) = imports.iter().find(|import| import.name == *name) {
            return through(import);
        }
        Some(found)
    }
}

/// Every pair of files of which the first uses the second. The files are named from `src` on.
pub fn graph(source: &[(PathBuf, String)]) -> BTreeSet<(PathBuf, PathBuf)> {
    let source = source.iter().filter(|(path, _)| !path.starts_with("main.rs") && !path.ends_with("tests.rs"));
    let mut modules = Modules { files: BTreeMap::new(), uses: BTreeMap::new() };
    for (path, text) in source {
        modules.files.insert(module(path), path.clone());
        modules.uses.insert(module(path), uses(text));
    }
    let mut edges = BTreeSet::new();
    for (from, uses) in &modules.uses {
        // A re-export of something below is a sign at the door, not a use.
        let is_sign = |import: &&Import| {
            import.public && modules.absolute(from, &import.path).is_some_and(|path| path.len() > from.len() && path.starts_with(from))
        };
        let imported = uses.imports.iter().filter(|import| !is_sign(import)).map(|import| &import.path);
        for path in imported.chain(&uses.paths) {
            let Some(target) = modules.absolute(from, path).and_then(|path| modules.defining(&path, 0)) else { continue };
            if target != *from {
                edges.insert((modules.files[from].clone(), modules.files[&target].clone()));
            }
        }
    }
    edges
}

/// The groups of files that all lead to each other.
pub fn circles(edges: &BTreeSet<(PathBuf, PathBuf)>) -> Vec<BTreeSet<PathBuf>> {
    let mut next: BTreeMap<&Path, Vec<&Path>> = BTreeMap::new();
    edges.iter().for_each(|(from, to)| next.entry(from).or_default().push(to));
    let reached = |start: &Path| {
        let (mut seen, mut left) = (BTreeSet::new(), vec![start]);
        while let Some(path) = left.pop() {
            for to in next.get(path).into_iter().flatten() {
                if seen.insert(*to) {
                    left.push(to);
                }
            }
        }
        seen
    };
    let from: BTreeMap<&Path, BTreeSet<&Path>> = next.keys().map(|path| (*path, reached(path))).collect();
    let mut found = BTreeSet::new();
    for (path, seen) in &from {
        let circle: BTreeSet<PathBuf> =
            seen.iter().filter(|other| from.get(*other).is_some_and(|back| back.contains(path))).map(|path| path.to_path_buf()).collect();
        if circle.len() > 1 {
            found.insert(circle);
        }
    }
    found.into_iter().collect()
}

fn made_up(files: &[(&str, &str)]) -> BTreeSet<(PathBuf, PathBuf)> {
    graph(&files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect::<Vec<_>>())
}

fn edge(from: &str, to: &str) -> (PathBuf, PathBuf) {
    (from.into(), to.into())
}

#[test]
fn imports_are_seen_through_super_and_re_exports() {
    let edges = made_up(&[
        ("lib.rs", "pub mod a; pub mod b;"),
        ("a/mod.rs", "mod one; mod two; mod three;\npub use one::{First, Second as Other};\npub use self::two::*;"),
        ("a/one.rs", "use super::three::{self, Third};\npub struct First; // use super::two;\nconst TEXT: &str = \"super::two::X\";"),
        ("a/two.rs", "fn f<'a>(x: &'a str) -> char { let _ = super::Other; '\"' }"),
        ("a/three.rs", "use crate::b;"),
        ("b/mod.rs", "pub fn f() { crate::a::First; super::a::three::g() }"),
    ]);
    let wanted = [
        edge("a/one.rs", "a/three.rs"),
        edge("a/three.rs", "b/mod.rs"),
        edge("a/two.rs", "a/one.rs"),
        edge("b/mod.rs", "a/one.rs"),
        edge("b/mod.rs", "a/three.rs"),
    ];
    assert_eq!(edges, BTreeSet::from(wanted));
    let circle = BTreeSet::from(["a/one.rs", "a/three.rs", "b/mod.rs"].map(PathBuf::from));
    assert_eq!(circles(&edges), [circle]);
}

#[test]
fn a_parent_that_uses_its_child_and_is_used_by_it_is_a_circle() {
    let edges = made_up(&[
        ("lib.rs", "mod a;"),
        ("a/mod.rs", "mod one;\npub struct Base;\nfn f() { one::g() }"),
        ("a/one.rs", "use super::Base;\npub fn g() {}"),
    ]);
    assert_eq!(circles(&edges).len(), 1);
    // Without the way back it is none.
    let edges = made_up(&[("lib.rs", "mod a;"), ("a/mod.rs", "mod one;\npub struct Base;"), ("a/one.rs", "use super::Base;")]);
    assert!(circles(&edges).is_empty());
    assert_eq!(edges, BTreeSet::from([edge("a/one.rs", "a/mod.rs")]));
}
