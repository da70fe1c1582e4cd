//! What is common to archives: their members, and that these are the same for every program that unpacks them.

use std::collections::{BTreeMap, HashSet};
use std::fs::File as DiskFile;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::inventory::MAX_DEPTH;
use super::names::{folded, plain_path, shown_bytes};
use super::unpack::Check;
use super::{Budget, Cost, Exceeded};

/// Where an archive's bytes lie: a file, or a part of one, for an archive inside an archive.
#[derive(Clone, Debug)]
pub(super) struct Area {
    pub(super) file: Arc<DiskFile>,
    /// Where the archive starts in the file.
    pub(super) start: u64,
    /// Its size in bytes.
    pub(super) size: u64,
}

impl Area {
    /// Fills `buffer` with the bytes at `at` of the archive. What would lie beyond its end is not read.
    pub(super) fn read_exact_at(&self, buffer: &mut [u8], at: u64) -> io::Result<()> {
        let inside = at.checked_add(buffer.len() as u64).is_some_and(|end| end <= self.size);
        match self.start.checked_add(at).filter(|_| inside) {
            Some(at) => self.file.read_exact_at(buffer, at),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// Why an archive is not read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ArchiveError {
    /// It is damaged, or of a kind that is not read. A sentence without its end.
    #[error("{0}")]
    Damaged(String),
    /// Programs would unpack it differently. A sentence without its end.
    #[error("programs would unpack it differently: {0}; none of it was read")]
    Ambiguous(String),
    /// The medium.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Stopped, or a budget is used up.
    #[error("{0}")]
    Exceeded(#[from] Exceeded),
}

/// What a member is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A file with its stored bytes.
    File(Stored),
    /// A folder.
    Folder,
    /// Something that is not read: why, and whether that is a failure.
    Other(String, bool),
}

/// Where a member's bytes lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) offset: u64,
    pub(super) size: u64,
    pub(super) deflated: bool,
    pub(super) check: Option<Check>,
}

/// A member of an archive.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Its name, without parts that mean nothing.
    pub(super) name: Vec<u8>,
    /// Another name that some programs give it.
    pub(super) alias: Option<Vec<u8>>,
    pub(super) kind: Kind,
}

impl Member {
    pub(super) fn new(name: &[u8], kind: Kind) -> Self {
        // What climbs out must stay recognisable as that.
        let name = if name.starts_with(b"/") { name.to_vec() } else { plain_path(name) };
        Self { name, alias: None, kind }
    }
}

/// Drops members that are stored twice in the same way, and refuses an archive in which two files have one name, or one file is the folder of
/// another.
pub(super) fn distinct(members: Vec<Member>, archive: &Area, budget: &Budget) -> Result<Vec<Member>, ArchiveError> {
    let mut kept: Vec<Member> = Vec::with_capacity(members.len());
    let mut by_name: BTreeMap<String, usize> = BTreeMap::new();
    for member in members {
        if member.kind == Kind::Folder {
            kept.push(member);
            continue;
        }
        let keys: Vec<String> = std::iter::once(&member.name).chain(&member.alias).map(|name| folded(name)).collect();
        let taken = keys.iter().find_map(|key| by_name.get(key)).and_then(|index| kept.get(*index));
        match taken {
            Some(other) if same(other, &member, archive, budget)? => {
                if other.name != member.name {
                    kept.push(member);
                }
                continue;
            }
            Some(other) if other.name == member.name => {
                return Err(ArchiveError::Ambiguous(format!("two different files in it are named “{}”", shown_bytes(&member.name))));
            }
            Some(other) => {
                let (one, other) = (shown_bytes(&other.name), shown_bytes(&member.name));
                return Err(ArchiveError::Ambiguous(format!("the names “{one}” and “{other}” are one to some of them")));
            }
            None => {}
        }
        for key in keys {
            by_name.entry(key).or_insert(kept.len());
        }
        kept.push(member);
    }
    // Folders that are known to be no files: many files share them, and each is looked at once.
    // Only their hashes are kept, since all starts of long names together are many times as long.
    let hashes = RandomState::new();
    let mut folders: HashSet<u64> = HashSet::new();
    for member in &kept {
        budget.go_on()?;
        let path = folded(&member.name);
        let mut folder = if member.kind == Kind::Folder { Some(path.as_str()) } else { path.rsplit_once('/').map(|(above, _)| above) };
        if path.matches('/').count() > MAX_DEPTH {
            return Err(ArchiveError::Damaged(format!("folders in it are nested more than {MAX_DEPTH} deep")));
        }
        while let Some(name) = folder {
            if !folders.insert(hashes.hash_one(name)) {
                break;
            }
            budget.take(Cost::Members, 1)?;
            if by_name.contains_key(name) {
                return Err(ArchiveError::Ambiguous(format!("“{name}” is both a file and a folder in it")));
            }
            folder = name.rsplit_once('/').map(|(above, _)| above);
        }
    }
    Ok(kept)
}

/// Whether two members are stored alike, byte for byte.
fn same(one: &Member, other: &Member, archive: &Area, budget: &Budget) -> Result<bool, ArchiveError> {
    let (Kind::File(one), Kind::File(other)) = (&one.kind, &other.kind) else {
        return Ok(one.kind == other.kind && one.name == other.name);
    };
    if (one.size, one.deflated, one.check) != (other.size, other.deflated, other.check) {
        return Ok(false);
    }
    let mut left = one.size;
    let (mut from, mut to) = (one.offset, other.offset);
    let (mut first, mut second) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    while left > 0 {
        budget.go_on()?;
        let length = left.min(first.len() as u64) as usize;
        archive.read_exact_at(&mut first[..length], from)?;
        archive.read_exact_at(&mut second[..length], to)?;
        if first[..length] != second[..length] {
            return Ok(false);
        }
        (left, from, to) = (left - length as u64, from + length as u64, to + length as u64);
    }
    Ok(true)
}
