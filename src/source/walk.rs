//! Finds the files under what the user opened: folders recursively, members of tar and zip archives.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::contents::{Contents, archive_kind};
use super::file::{File, Location};
use super::inventory::{Inventory, MAX_DEPTH, reason};
use super::names::shown_name;
use super::temporary::{LEFTOVER, is_our_temporary};
use super::{Budget, Cost, Exceeded, SourceError, plain};

/// How evidence is opened.
#[derive(Clone, Debug, Default)]
pub struct Opening {
    /// What it may cost. All files carry it.
    pub budget: Budget,
    /// Whether links that lead out of what was opened are followed. Otherwise they are listed.
    pub follow_links: bool,
}

/// Finds all files under `paths`. Once the budget says stop, the walk ends with what it has. A file that is reached in several ways, by a
/// link or since a folder was opened together with a file in it, is found once.
pub fn walk(paths: &[PathBuf], opening: &Opening) -> Inventory {
    let mut walk = Walk {
        opening,
        inside: BTreeSet::new(),
        visited: BTreeSet::new(),
        found: Vec::new(),
        inventory: Inventory::default(),
        full: false,
    };
    let opened = walk.opened(paths);
    let names = shown(&opened);
    walk.inside = opened.iter().filter_map(|path| path.canonicalize().ok()).collect();
    for (path, shown) in opened.iter().zip(names) {
        walk.descend(path, shown, 0);
    }
    let Walk { found, inventory, .. } = walk;
    let budget = &opening.budget;
    let read: Vec<(String, Result<File, SourceError>)> = found
        .into_par_iter()
        .filter(|_| !budget.is_stopped())
        .map(|(shown, path)| {
            let file = size_of(&path).map_err(|cause| SourceError::Io { path: shown.clone(), cause }).and_then(|size| {
                budget.allow_for(size);
                File::under(budget, shown.clone(), Location::Path(path.clone()), size, size)
            });
            // A file that cannot be opened is still here, under its name: what names it must not call it missing.
            let file = match file {
                Err(SourceError::Io { .. }) => Ok(File::unread(budget, shown.clone(), path)),
                file => file,
            };
            (shown, file)
        })
        .collect();
    let mut contents = Contents::new(inventory);
    let archived = Contents::budget(budget);
    for (shown, file) in read {
        match file {
            Ok(file) => match archive_kind(&file) {
                Some(kind) => contents.open_first(kind, &file, &archived),
                None => contents.inventory.files.push(file),
            },
            Err(SourceError::Exceeded { exceeded: Exceeded::Stopped, .. }) => {}
            Err(error) => contents.inventory.fail(shown, reason(&error)),
        }
    }
    let mut inventory = contents.inventory;
    inventory.files.sort_by_cached_key(|file| natural(&file.path));
    inventory
}

/// The names under which paths are shown: their last parts. Where the same name is given from two folders, all are shown with their folder's
/// name before them, so that what lies together stays together and nothing else is taken for it.
fn shown(paths: &[PathBuf]) -> Vec<String> {
    let name = |path: &Path| path.file_name().map_or_else(|| shown_name(path.as_os_str()), shown_name);
    let parent = |path: &PathBuf| path.parent().map(|folder| folder.canonicalize().unwrap_or_else(|_error| folder.to_owned()));
    let mut first: BTreeMap<String, Option<PathBuf>> = BTreeMap::new();
    let collide = paths.iter().any(|path| *first.entry(name(path)).or_insert_with(|| parent(path)) != parent(path));
    if !collide {
        return paths.iter().map(|path| name(path)).collect();
    }
    let mut labels: BTreeMap<Option<PathBuf>, String> = BTreeMap::new();
    let mut used: BTreeMap<String, usize> = BTreeMap::new();
    let mut shown = Vec::new();
    for path in paths {
        let folder = parent(path);
        if !labels.contains_key(&folder) {
            let own = folder.as_deref().map_or_else(String::new, name);
            let alike = used.entry(own.clone()).or_default();
            *alike += 1;
            labels.insert(folder.clone(), if *alike == 1 { own } else { format!("{own} ({alike})") });
        }
        shown.push(format!("{}/{}", labels.get(&folder).map_or("", String::as_str), name(path)));
    }
    shown
}

/// A sort key under which `part-10` follows `part-9`.
pub fn natural(path: &str) -> Vec<(String, u64)> {
    let mut key = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let digits_at = rest.find(|character: char| character.is_ascii_digit()).unwrap_or(rest.len());
        let (text, tail) = rest.split_at(digits_at);
        let digits_end = tail.find(|character: char| !character.is_ascii_digit()).unwrap_or(tail.len());
        let (digits, tail) = tail.split_at(digits_end);
        key.push((text.to_owned(), digits.parse().unwrap_or(u64::MAX)));
        rest = tail;
    }
    key
}

fn size_of(path: &Path) -> io::Result<u64> {
    let metadata = std::fs::metadata(path)?;
    if metadata.is_file() { Ok(metadata.len()) } else { Err(io::Error::other("it is not a regular file")) }
}

struct Walk<'a> {
    opening: &'a Opening,
    /// The real paths of what was opened, and of what links that are followed lead to.
    inside: BTreeSet<PathBuf>,
    /// Real paths of folders entered.
    visited: BTreeSet<PathBuf>,
    found: Vec<(String, PathBuf)>,
    inventory: Inventory,
    /// Whether no more files are taken. Reported once.
    full: bool,
}

impl Walk<'_> {
    /// What of `paths` is not in another one of them anyway.
    fn opened(&self, paths: &[PathBuf]) -> Vec<PathBuf> {
        let real: Vec<Option<PathBuf>> = paths.iter().map(|path| path.canonicalize().ok()).collect();
        let all: BTreeSet<&Path> = real.iter().flatten().map(PathBuf::as_path).collect();
        let mut seen: BTreeSet<&Path> = BTreeSet::new();
        let lone = |(path, real): (&PathBuf, &Option<PathBuf>)| path_unless_inside(path, real.as_deref(), &all);
        let mut opened = Vec::new();
        for (index, path) in paths.iter().zip(&real).map(lone).enumerate() {
            let again = real[index].as_deref().is_some_and(|real| !seen.insert(real));
            opened.extend(path.filter(|_| !again));
        }
        opened
    }

    fn stopped(&self) -> bool {
        self.full || self.opening.budget.is_stopped()
    }

    fn descend(&mut self, path: &Path, shown: String, depth: usize) {
        if self.stopped() {
            return;
        }
        if path.file_name().is_some_and(|name| is_our_temporary(&shown_name(name))) {
            return self.inventory.leave_out(shown, LEFTOVER);
        }
        // What the user names is what is opened, be it a link; below it, links are looked at.
        let followed = if depth == 0 { Ok(true) } else { self.may_follow(path, &shown) };
        match followed {
            Ok(true) => {}
            Ok(false) => return,
            // A link that leads nowhere or in a circle.
            Err(cause) => return self.inventory.fail(shown, plain(&cause)),
        }
        let metadata = match std::fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(cause) => return self.inventory.fail(shown, plain(&cause)),
        };
        if let Err(exceeded) = self.opening.budget.take(Cost::Members, 1) {
            self.full = true;
            if exceeded != Exceeded::Stopped {
                self.inventory.fail(shown, exceeded.to_string());
            }
            return;
        }
        if !metadata.is_dir() {
            return self.found.push((shown, path.to_owned()));
        }
        if depth >= MAX_DEPTH {
            return self.inventory.fail(shown, format!("folders are nested more than {MAX_DEPTH} deep"));
        }
        match path.canonicalize() {
            Ok(real) => {
                if !self.visited.insert(real) {
                    return self.inventory.leave_out(shown, "this folder was already read under another name");
                }
            }
            Err(cause) => return self.inventory.fail(shown, plain(&cause)),
        }
        let entries = match std::fs::read_dir(path) {
            Ok(entries) => entries,
            Err(cause) => return self.inventory.fail(shown, plain(&cause)),
        };
        let mut children: Vec<PathBuf> = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => children.push(entry.path()),
                Err(cause) => self.inventory.fail(shown.clone(), plain(&cause)),
            }
            if self.stopped() {
                return;
            }
        }
        children.sort();
        for child in children {
            let name = child.file_name().map_or_else(String::new, shown_name);
            self.descend(&child, format!("{shown}/{name}"), depth + 1);
        }
    }

    /// Whether to continue with `path`, which lies in a folder that was opened: it is no link, or one that leads out and is followed. Links that
    /// are not followed are listed: what they lead to inside is found there.
    fn may_follow(&mut self, path: &Path, shown: &str) -> io::Result<bool> {
        if !std::fs::symlink_metadata(path)?.file_type().is_symlink() {
            return Ok(true);
        }
        let real = path.canonicalize()?;
        if real.ancestors().any(|above| self.inside.contains(above)) {
            let to = shown_name(real.file_name().unwrap_or(real.as_os_str()));
            self.inventory.leave_out(shown.to_owned(), format!("it is a link to {to}, which is read in its own place"));
            return Ok(false);
        }
        if !self.opening.follow_links {
            let to = shown_name(real.as_os_str());
            let reason =
                format!("it is a link that leads out of what was opened, to {to}, and was not followed; open that too if it belongs here");
            self.inventory.not_read(shown.to_owned(), reason);
            return Ok(false);
        }
        self.inside.insert(real);
        Ok(true)
    }
}

/// `path`, unless a folder above it was opened too.
fn path_unless_inside(path: &Path, real: Option<&Path>, all: &BTreeSet<&Path>) -> Option<PathBuf> {
    let above = real.is_some_and(|real| real.ancestors().skip(1).any(|above| all.contains(above)));
    // What lies deeper than folders are entered is opened only because it is named itself.
    let deep = real.is_some_and(|real| real.components().count() > MAX_DEPTH);
    (!above || deep).then(|| path.to_owned())
}
