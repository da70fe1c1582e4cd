//! Finds the records of a chain in a file — lines, a list, a list inside a document, a table — and the profile they follow.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::json::{Tree, members};
use super::profile::{Digest, Profile, Table};
use super::{preimage, signature, table};
use crate::model::text::name_of;
use crate::seal::Unit;
use crate::source::File;
use crate::trust::Store as Keys;

/// Records looked at to recognise a chain.
const TRIED: usize = 32;

/// How the records lie in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Container {
    /// One a line.
    Lines,
    /// The document, or the list that it is.
    Document,
    /// A list inside a document, at a JSON pointer.
    Pointed(String),
    /// Rows of a table.
    Table(String),
}

impl Container {
    /// What counts as one record.
    pub fn unit(&self) -> Unit {
        match self {
            Self::Lines => Unit::Line,
            Self::Document | Self::Pointed(_) => Unit::File,
            Self::Table(_) => Unit::Container,
        }
    }

    /// The records of a file's content, exact bytes.
    pub fn records<'a>(&self, profile: &Profile, content: &'a [u8]) -> Vec<Cow<'a, [u8]>> {
        let text = || std::str::from_utf8(content).unwrap_or("").trim_start_matches('\u{feff}');
        let items = |text: &'a str| match serde_json::from_str::<Vec<&'a RawValue>>(text) {
            Ok(items) => items.into_iter().map(|item| Cow::Borrowed(item.get().as_bytes())).collect(),
            Err(_) => vec![Cow::Borrowed(text.trim().as_bytes())],
        };
        match (self, &profile.table) {
            (Self::Lines, _) => crate::seal::records(Unit::Line, content).into_iter().map(Cow::Borrowed).collect(),
            (Self::Document, _) => items(text()),
            (Self::Pointed(pointer), _) => pointed(text(), pointer).map_or_else(Vec::new, items),
            (Self::Table(_), Some(table)) => table::rows(content, table, None).unwrap_or_default().into_iter().map(Cow::Owned).collect(),
            (Self::Table(_), None) => Vec::new(),
        }
    }
}

/// The value at a JSON pointer (RFC 6901), as its own characters.
pub fn pointed<'a>(text: &'a str, pointer: &str) -> Option<&'a str> {
    let root: &RawValue = serde_json::from_str(text).ok()?;
    pointer.split('/').skip(1).try_fold(root.get(), |value, token| {
        let name = token.replace("~1", "/").replace("~0", "~");
        if value.starts_with('[') {
            let items: Vec<&RawValue> = serde_json::from_str(value).ok()?;
            return Some(items.get(name.parse::<usize>().ok()?)?.get());
        }
        members(value)?.into_iter().rev().find(|(own, _)| *own == name).map(|(_, value)| value)
    })
}

/// What was recognised.
pub struct Recognised {
    /// The profile.
    pub profile: Arc<Profile>,
    /// How the records lie.
    pub container: Container,
    /// Whether the fields are there, but no record's hash comes right.
    pub doubtful: bool,
}

/// The profile of a file: one whose fields are there, and under which a record's own hash comes right where it states one.
pub fn recognise(file: &File, profiles: &[Arc<Profile>], keys: &Keys) -> Option<Recognised> {
    if file.start.starts_with(table::MAGIC) {
        return in_table(file, profiles, keys);
    }
    let start = file.peek();
    let start = std::str::from_utf8(&start).unwrap_or_else(|error| std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or(""));
    let start = start.trim_start_matches('\u{feff}');
    let lines: Vec<Tree<'_>> = start.lines().filter(|line| line.starts_with('{')).take(TRIED).filter_map(Tree::parse).collect();
    if !lines.is_empty() {
        let (profile, doubtful) = best(&lines, profiles, keys)?;
        return Some(Recognised { profile, container: Container::Lines, doubtful });
    }
    // One record, or a list of them, laid out over lines.
    if file.size > File::MAX_DOCUMENT || !start.trim_start().starts_with(['{', '[']) || !holds_a_sign(start, profiles) {
        return None;
    }
    let content = file.read_all(File::MAX_DOCUMENT).ok()?;
    let text = std::str::from_utf8(&content).ok()?.trim_start_matches('\u{feff}').trim();
    let sample = |text: &str| -> Option<(Arc<Profile>, bool)> {
        let list: Option<Vec<&RawValue>> = serde_json::from_str(text).ok();
        let items: Vec<Tree<'_>> = match &list {
            Some(list) => list.iter().take(TRIED).filter_map(|item| Tree::parse(item.get())).collect(),
            None => vec![Tree::parse(text)?],
        };
        best(&items, profiles, keys)
    };
    if let Some((profile, doubtful)) = sample(text) {
        return Some(Recognised { profile, container: Container::Document, doubtful });
    }
    profiles.iter().filter_map(|profile| profile.records.as_deref()).find_map(|pointer| {
        let (profile, doubtful) = sample(pointed(text, pointer)?)?;
        Some(Recognised { profile, container: Container::Pointed(pointer.to_owned()), doubtful })
    })
}

fn in_table(file: &File, profiles: &[Arc<Profile>], keys: &Keys) -> Option<Recognised> {
    let content = file.read_all(File::MAX_DOCUMENT).ok()?;
    let names = table::names(&content).ok()?;
    profiles.iter().find_map(|profile| {
        let table: &Table = profile.table.as_ref().filter(|table| names.contains(&table.name))?;
        let rows = table::rows(&content, table, Some(TRIED)).ok()?;
        let records: Vec<Tree<'_>> = rows.iter().filter_map(|row| Tree::parse(std::str::from_utf8(row).ok()?)).collect();
        let (profile, doubtful) = best(&records, std::slice::from_ref(profile), keys)?;
        Some(Recognised { profile, container: Container::Table(table.name.clone()), doubtful })
    })
}

fn holds_a_sign(start: &str, profiles: &[Arc<Profile>]) -> bool {
    profiles.iter().any(|profile| {
        profile.signs.iter().chain(&profile.records).any(|sign| start.contains(&format!("\"{}\"", name_of(sign.trim_start_matches('/')))))
    })
}

fn best(records: &[Tree<'_>], profiles: &[Arc<Profile>], keys: &Keys) -> Option<(Arc<Profile>, bool)> {
    let fitting: Vec<(&Arc<Profile>, Vec<&Tree<'_>>)> = profiles
        .iter()
        .map(|profile| (profile, records.iter().filter(|record| profile.fits(record)).collect::<Vec<_>>()))
        .filter(|(_, records)| !records.is_empty())
        .collect();
    if let Some((profile, _)) = fitting.iter().find(|(profile, records)| comes_right(profile, records, keys)) {
        return Some((Arc::clone(profile), false));
    }
    // Where only a successor states a hash, no wrong one can be seen here; the signatures tell.
    if let Some((profile, _)) = fitting.iter().find(|(profile, _)| profile.own.is_none() && profile.authentication.is_some()) {
        return Some((Arc::clone(profile), false));
    }
    // Few fields are common to many programs; only a program's own set of them says that a chain was meant.
    let meant = fitting.iter().find(|(profile, _)| profile.signs.len() >= 4)?;
    Some((Arc::clone(meant.0), !keyless(meant.0, keys)))
}

/// Whether the hash needs a key that is not here, so that nothing can be said of it.
fn keyless(profile: &Profile, keys: &Keys) -> bool {
    profile.digest == Digest::HmacSha256 && signature::secrets(keys).next().is_none()
}

fn comes_right(profile: &Profile, records: &[&Tree<'_>], keys: &Keys) -> bool {
    let Some(own) = &profile.own else {
        // Only a successor states the hash, so one link must come right; chains may be interleaved.
        let stated: BTreeSet<String> = records.iter().filter_map(|record| record.at(&profile.previous).and_then(Tree::plain)).collect();
        return records.iter().any(|record| hashes(profile, record, keys).iter().any(|hash| stated.contains(hash)));
    };
    records.iter().any(|record| {
        let stated = record.at(own).and_then(Tree::plain);
        stated.is_some() && hashes(profile, record, keys).iter().any(|hash| Some(hash) == stated.as_ref())
    })
}

/// Every hash that the record has under the profile: one for each form of the preimage and each key.
pub fn hashes(profile: &Profile, record: &Tree<'_>, keys: &Keys) -> Vec<String> {
    preimages(profile, record)
        .flat_map(|bytes| match profile.digest {
            Digest::HmacSha256 => {
                signature::secrets(keys).filter_map(|(_, secret)| preimage::digest(profile, &bytes, Some(&secret))).collect::<Vec<_>>()
            }
            _ => preimage::digest(profile, &bytes, None).into_iter().collect(),
        })
        .collect()
}

/// The bytes of each form of the preimage.
pub fn preimages<'a>(profile: &'a Profile, record: &'a Tree<'_>) -> impl Iterator<Item = Vec<u8>> + 'a {
    std::iter::once(&profile.preimage)
        .chain(&profile.otherwise)
        .filter_map(move |parts| preimage::bytes(parts, &profile.delimiter, profile.digest, record))
}
