//! Finds the records of a chain in a file — lines, a list, a list inside a document, a table — and the profile they follow.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::json::{Tree, items, members};
use super::profile::{Digest, Profile, Table};
use super::{record, signature, table};
use crate::model::text::{name_of, utf8};
use crate::seal::primitives::segment::Unit;
use crate::source::{File, Location, Packing, Reading};
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
    ///
    /// # Errors
    /// The content is not of the form that was recognised; a sentence.
    pub fn records<'a>(&self, profile: &Profile, content: &'a [u8]) -> Result<Vec<Cow<'a, [u8]>>, String> {
        let text = || match std::str::from_utf8(content) {
            Ok(text) => Ok(text.trim_start_matches('\u{feff}')),
            Err(cause) => Err(format!("it is no UTF-8 text: {cause}")),
        };
        let items = |text: &'a str| match serde_json::from_str::<Vec<&'a RawValue>>(text) {
            Ok(items) => items.into_iter().map(|item| Cow::Borrowed(item.get().as_bytes())).collect(),
            Err(_) => vec![Cow::Borrowed(text.trim().as_bytes())],
        };
        match (self, &profile.table) {
            (Self::Lines, _) => Ok(crate::seal::format::records(Unit::Line, content).into_iter().map(Cow::Borrowed).collect()),
            (Self::Document, _) => Ok(items(text()?)),
            (Self::Pointed(pointer), _) => {
                pointed(text()?, pointer).map(items).ok_or_else(|| format!("there is not one list at {pointer}"))
            }
            (Self::Table(_), Some(table)) => match table::rows(content, table, None) {
                Ok(rows) => Ok(rows.into_iter().map(Cow::Owned).collect()),
                Err(cause) => Err(cause.to_string()),
            },
            (Self::Table(name), None) => Err(format!("the profile has no table {name}")),
        }
    }
}

/// The value at a JSON pointer (RFC 6901), as its own characters. `None` if there is none, or two.
pub fn pointed<'a>(text: &'a str, pointer: &str) -> Option<&'a str> {
    let Ok(root) = serde_json::from_str::<&RawValue>(text) else { return None };
    pointer.split('/').skip(1).try_fold(root.get(), |value, token| {
        let name = token.replace("~1", "/").replace("~0", "~");
        if value.starts_with('[') {
            return Some(items(value)?.get(name.parse::<usize>().ok()?)?.get());
        }
        let mut found = members(value)?.into_iter().filter(|(own, _)| *own == name);
        let (_, value) = found.next()?;
        found.next().is_none().then_some(value)
    })
}

/// What looking at a file gave.
pub enum Recognition {
    /// A file of a chain.
    Chain(Recognised),
    /// It begins like one, and cannot be read as a whole; a sentence that names file and cause.
    Unreadable(String),
    /// Something else.
    Other,
}

/// What was recognised.
pub struct Recognised {
    /// The profile.
    pub profile: Arc<Profile>,
    /// How the records lie.
    pub container: Container,
    /// Whether the fields are there, but no record's hash matches.
    pub doubtful: bool,
    /// What its first and last records say of the chain they belong to.
    pub ends: Ends,
}

/// What the first and last records of a file say of the chain they belong to.
#[derive(Debug, Default)]
pub struct Ends {
    /// Names of chains among the records looked at.
    pub chains: BTreeSet<String>,
    /// The predecessor and the number of the first record.
    pub head: Option<(String, Option<u64>)>,
    /// The hashes and the number of the last record.
    pub tail: Option<(Vec<String>, Option<u64>)>,
}

impl Ends {
    fn of(profile: &Profile, keys: &Keys, first: &[Tree<'_>], last: Option<&Tree<'_>>) -> Self {
        let fitting = || first.iter().filter(|record| profile.fits(record));
        let sequence = |record: &Tree<'_>| profile.sequence.as_ref().and_then(|path| record.at(path)?.plain()?.parse().ok());
        let plain = |record: &Tree<'_>, path: &str| record.at(path).and_then(Tree::plain);
        let chains = profile.chain.iter().flat_map(|path| fitting().filter_map(move |record| plain(record, path))).collect();
        let head = fitting().next().map(|record| (record.text_at(&profile.previous), sequence(record)));
        let tail = last.filter(|record| profile.fits(record)).map(|record| {
            let stated = profile.own.as_ref().and_then(|path| plain(record, path));
            (stated.map_or_else(|| record::hashes(profile, record, keys), |own| vec![own]), sequence(record))
        });
        Self { chains, head, tail }
    }
}

/// The last lines of a file, as far as they are here without unpacking it.
fn last_lines(file: &File) -> Vec<u8> {
    if file.size <= File::PEEK as u64 && file.packing == Packing::Plain {
        return file.peek().to_vec();
    }
    if !matches!((&file.location, file.packing), (Location::Path(_), Packing::Plain)) {
        return Vec::new();
    }
    let length = File::PEEK as u64;
    match file.read_range(file.size.saturating_sub(length), length) {
        Ok(bytes) => {
            let start = memchr::memchr(b'\n', &bytes).map_or(bytes.len(), |end| end + 1);
            bytes[start..].to_vec()
        }
        // What cannot be read here is reported when the whole file is read.
        Err(_) => Vec::new(),
    }
}

/// The records among lines.
fn lines_of(text: &[u8]) -> Vec<Tree<'_>> {
    let lines = text.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"{"));
    lines.filter_map(|line| Tree::parse(utf8(line)?.trim_end())).collect()
}

/// The profile of a file: one whose fields are there, and under which a record's own hash matches where it states one.
pub fn recognise(file: &File, profiles: &[Arc<Profile>], keys: &Keys) -> Recognition {
    if file.start.starts_with(table::MAGIC) {
        return in_table(file, profiles, keys);
    }
    let peek = file.peek();
    let start = peek.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&peek);
    let mut lines: Vec<Tree<'_>> = lines_of(start);
    if !lines.is_empty() {
        let last = last_lines(file);
        let mut after = lines_of(&last);
        let tail = after.pop();
        // What somebody put before the chain does not hide it.
        let mut sample: Vec<&Tree<'_>> = lines.iter().take(TRIED).chain(after.iter().rev().take(TRIED)).chain(&tail).collect();
        let found = best(&sample, profiles, keys).or_else(|| {
            sample = lines.iter().skip(TRIED).collect();
            best(&sample, profiles, keys)
        });
        let Some((profile, doubtful)) = found else { return Recognition::Other };
        lines.truncate(8 * TRIED);
        let ends = Ends::of(&profile, keys, &lines, tail.as_ref());
        return Recognition::Chain(Recognised { profile, container: Container::Lines, doubtful, ends });
    }
    let start = std::str::from_utf8(start).unwrap_or_else(|error| std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or(""));
    // One record, or a list of them, laid out over lines.
    if file.size > File::MAX_DOCUMENT || !start.trim_start().starts_with(['{', '[']) || !holds_a_sign(start, profiles) {
        return Recognition::Other;
    }
    let content = match whole(file) {
        Ok(content) => content,
        Err(unread) => return *unread,
    };
    let Some(text) = utf8(&content).map(|text| text.trim_start_matches('\u{feff}').trim()) else { return Recognition::Other };
    let sample = |text: &str| -> Option<(Arc<Profile>, bool, Ends)> {
        let list = items(text);
        let items: Vec<Tree<'_>> = match &list {
            Some(list) => list.iter().take(TRIED).filter_map(|item| Tree::parse(item.get())).collect(),
            None => vec![Tree::parse(text)?],
        };
        let last = list.as_ref().and_then(|list| Tree::parse(list.last()?.get()));
        let (profile, doubtful) = best(&items.iter().chain(&last).collect::<Vec<_>>(), profiles, keys)?;
        let ends = Ends::of(&profile, keys, &items, last.as_ref().or(items.last()));
        Some((profile, doubtful, ends))
    };
    if let Some((profile, doubtful, ends)) = sample(text) {
        return Recognition::Chain(Recognised { profile, container: Container::Document, doubtful, ends });
    }
    let inside = profiles.iter().filter_map(|profile| profile.records.as_deref()).find_map(|pointer| {
        let (profile, doubtful, ends) = sample(pointed(text, pointer)?)?;
        Some(Recognised { profile, container: Container::Pointed(pointer.to_owned()), doubtful, ends })
    });
    inside.map_or(Recognition::Other, Recognition::Chain)
}

/// The whole content of a file that begins like a chain.
fn whole(file: &File) -> Result<Vec<u8>, Box<Recognition>> {
    match Reading::from(file.read_all(File::MAX_DOCUMENT)) {
        Reading::Done(content) => Ok(content),
        Reading::Stopped => Err(Box::new(Recognition::Other)),
        Reading::Unreadable(why) | Reading::TooLarge(why) | Reading::Damaged(why) => Err(Box::new(Recognition::Unreadable(why))),
    }
}

fn in_table(file: &File, profiles: &[Arc<Profile>], keys: &Keys) -> Recognition {
    let content = match whole(file) {
        Ok(content) => content,
        Err(unread) => return *unread,
    };
    let names = match table::names(&content) {
        Ok(names) => names,
        // Nobody can say whether it holds a chain.
        Err(error) => return Recognition::Unreadable(format!("{}: {error}", file.path)),
    };
    let known = profiles.iter().find_map(|profile| {
        let table: &Table = profile.table.as_ref().filter(|table| names.contains(&table.name))?;
        // A table of this name is a chain's even where its rows cannot be read: that is reported when all of them are read.
        let Ok(rows) = table::rows(&content, table, Some(TRIED)) else {
            let container = Container::Table(table.name.clone());
            return Some(Recognised { profile: Arc::clone(profile), container, doubtful: true, ends: Ends::default() });
        };
        let records: Vec<Tree<'_>> = rows.iter().filter_map(|row| Tree::parse(utf8(row)?)).collect();
        let (profile, doubtful) = best(&records.iter().collect::<Vec<_>>(), std::slice::from_ref(profile), keys)?;
        let ends = Ends::of(&profile, keys, &records, None);
        Some(Recognised { profile, container: Container::Table(table.name.clone()), doubtful, ends })
    });
    known.map_or(Recognition::Other, Recognition::Chain)
}

fn holds_a_sign(start: &str, profiles: &[Arc<Profile>]) -> bool {
    profiles.iter().any(|profile| {
        profile.signs.iter().chain(&profile.records).any(|sign| start.contains(&format!("\"{}\"", name_of(sign.trim_start_matches('/')))))
    })
}

fn best(records: &[&Tree<'_>], profiles: &[Arc<Profile>], keys: &Keys) -> Option<(Arc<Profile>, bool)> {
    let fitting: Vec<(&Arc<Profile>, Vec<&Tree<'_>>)> = profiles
        .iter()
        .map(|profile| (profile, records.iter().copied().filter(|record| profile.fits(record)).collect::<Vec<_>>()))
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
        return records.iter().any(|record| record::hashes(profile, record, keys).iter().any(|hash| stated.contains(hash)));
    };
    records.iter().any(|record| {
        let stated = record.at(own).and_then(Tree::plain);
        stated.is_some_and(|stated| record::comes_right(profile, record, keys, &|hash| hash == stated))
    })
}
