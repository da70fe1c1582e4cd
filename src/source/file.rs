//! One readable file: on disk, or a member of an archive; unpacked as it is read.

use std::fs::{File as DiskFile, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::unpack::{Check, Checked, Content, Layer, Lines, Medium, Packing, Slice, inflate, most_lines, whole};
use super::{Budget, Cost, SourceError};
use crate::model::text::name_of;

/// Where the stored bytes are.
#[derive(Clone, Debug)]
pub enum Location {
    /// A file on disk.
    Path(PathBuf),
    /// A part of an open file: an archive's member.
    Slice {
        /// The archive, or its unpacked copy.
        archive: Arc<DiskFile>,
        /// First byte.
        offset: u64,
        /// Whether the member is deflated inside the archive.
        deflated: bool,
        /// What the archive says of its bytes.
        check: Option<Check>,
    },
}

/// A file to read.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path as the user knows it, `/` between parts, archives as if they were folders. No two files of an inventory have the same.
    pub path: String,
    /// Where the bytes are.
    pub location: Location,
    /// Stored size in bytes.
    pub size: u64,
    /// Compression of the content.
    pub packing: Packing,
    /// The first unpacked bytes, at most [`File::KEPT`]. [`File::peek`] gives more.
    pub start: Arc<[u8]>,
    /// What reading it may cost, together with the rest of the case.
    pub budget: Budget,
    /// Bytes on disk that it stands for: its size, or its share of a packed archive.
    weight: u64,
    /// The most lines seen in it so far.
    lines: Arc<AtomicU64>,
    /// What the system said of it when it was opened; `None` for members of archives.
    stamp: Option<Stamp>,
}

/// What tells whether a file on disk is still the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Whether `now` is of another file. Some network file systems number one file differently from time to time, so the number alone says
    /// nothing; the time of the last change of its status cannot be set by hand.
    fn is_replaced_by(&self, now: &Self) -> bool {
        (self.device, self.inode) != (now.device, now.inode) && (self.changed != now.changed || self.size != now.size)
    }
}

impl File {
    /// How many unpacked bytes are looked at to recognise a file.
    pub const PEEK: usize = 64 << 10;
    /// How many of them are kept in memory for each file.
    pub const KEPT: usize = 1 << 10;
    /// The most that is read as one document, in bytes.
    pub const MAX_DOCUMENT: u64 = 256 << 20;

    /// A file at `location`, recognised by its first bytes, with a budget of its own.
    pub fn new(path: String, location: Location, size: u64) -> Result<Self, SourceError> {
        Self::under(&Budget::new(), path, location, size, size)
    }

    /// A file on disk of which nothing can be read now. Reading it gives the reason.
    pub(super) fn unread(budget: &Budget, path: String, place: PathBuf) -> Self {
        Self {
            path,
            location: Location::Path(place),
            size: 0,
            packing: Packing::Plain,
            start: Arc::from([]),
            budget: budget.clone(),
            weight: 0,
            lines: Arc::default(),
            stamp: None,
        }
    }

    /// A file on disk that is read under the budget of a case. More evidence may cost more.
    pub fn opened(budget: &Budget, path: String, location: Location, size: u64) -> Result<Self, SourceError> {
        budget.allow_for(size);
        Self::under(budget, path, location, size, size)
    }

    /// A file of which nothing but the name matters.
    #[cfg(test)]
    pub(crate) fn without_bytes(path: &str) -> Self {
        Self {
            path: path.into(),
            location: Location::Path(path.into()),
            size: 0,
            packing: Packing::Plain,
            start: Arc::from([]),
            budget: Budget::new(),
            weight: 0,
            lines: Arc::default(),
            stamp: None,
        }
    }

    /// A file that is read under a budget, and that stands for `weight` bytes on disk.
    pub(super) fn under(budget: &Budget, path: String, location: Location, size: u64, weight: u64) -> Result<Self, SourceError> {
        let mut file = Self {
            path,
            location,
            size,
            packing: Packing::Plain,
            start: Arc::from([]),
            budget: budget.clone(),
            weight,
            lines: Arc::default(),
            stamp: None,
        };
        if let Location::Path(path) = &file.location {
            let metadata = std::fs::metadata(path).map_err(|cause| file.io(cause))?;
            file.stamp = Some(Stamp::of(&metadata));
        }
        let mut magic = Vec::with_capacity(Packing::MAGIC);
        let packed = matches!(file.location, Location::Slice { deflated: true, .. });
        let read = file.stored(None).and_then(|stored| stored.take(Packing::MAGIC as u64).read_to_end(&mut magic));
        if let Err(error) = read
            && !packed
        {
            return Err(file.io(error));
        }
        file.packing = Packing::of(&magic);
        let lines = if file.is_packed() { weight.saturating_mul(super::unpack::LINES_A_BYTE) } else { size / super::unpack::LINE };
        budget.allow_lines(lines);
        let (start, failed) = file.first(Self::KEPT);
        match failed {
            // A packed file that breaks off inside the first bytes is still recognised by what there is.
            Some(error @ SourceError::Io { .. }) => return Err(error),
            _ => file.start = start.into(),
        }
        Ok(file)
    }

    /// The first unpacked bytes, at most `most`, and why there are no more, unless the file ends or there are enough.
    fn first(&self, most: usize) -> (Vec<u8>, Option<SourceError>) {
        let mut start = Vec::new();
        let mut reader = match self.reader() {
            Ok(reader) => reader.take(most as u64),
            Err(error) => return (start, Some(error)),
        };
        let mut piece = [0; 4096];
        loop {
            match reader.read(&mut piece) {
                Ok(0) => return (start, None),
                Ok(count) => start.extend_from_slice(&piece[..count]),
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => return (start, Some(self.io(cause))),
            }
        }
    }

    /// The first unpacked bytes, at most [`File::PEEK`]: fewer if the file is shorter, or cannot be read further. Read again each time, since
    /// they are too many to be kept of every file.
    pub fn peek(&self) -> Arc<[u8]> {
        if self.start.len() < Self::KEPT { Arc::clone(&self.start) } else { self.first(Self::PEEK).0.into() }
    }

    /// Why a file of which nothing can be shown gives nothing, if that is not because it is empty.
    pub fn unreadable_start(&self) -> Option<SourceError> {
        if self.start.is_empty() { self.first(1).1 } else { None }
    }

    /// The last part of the path.
    pub fn name(&self) -> &str {
        name_of(&self.path)
    }

    /// The path without its last part.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// An error of this file's content.
    pub fn damaged(&self, cause: impl Into<String>) -> SourceError {
        SourceError::Damaged { path: self.path.clone(), cause: cause.into() }
    }

    /// Turns an input error into one that names this file and says what is at fault.
    pub fn io(&self, cause: io::Error) -> SourceError {
        let path = self.path.clone();
        if !cause.get_ref().is_some_and(|inner| inner.is::<Layer>()) {
            return SourceError::Io { path, cause };
        }
        match cause.into_inner().map(|inner| inner.downcast::<Layer>()) {
            Some(Ok(layer)) => match *layer {
                Layer::Medium(cause) => SourceError::Io { path, cause },
                Layer::Exceeded(exceeded) => SourceError::Exceeded { path, exceeded },
                Layer::Damaged(cause) => SourceError::Damaged { path, cause },
                Layer::Exploded => SourceError::Bomb { path, limit: super::unpack::MAX_RATIO },
                Layer::Lines(limit) => SourceError::TooManyLines { path, limit },
                Layer::Replaced => SourceError::Replaced { path },
                Layer::Memory => SourceError::TooMuchMemory { path },
            },
            Some(Err(other)) => SourceError::Io { path, cause: io::Error::other(other) },
            None => SourceError::Io { path, cause: io::Error::other("reading failed") },
        }
    }

    /// The unpacked bytes, from the start; `progress` gets the number of stored bytes that were read.
    pub fn reader_with_progress(&self, progress: Arc<AtomicU64>) -> Result<Box<dyn Read + Send>, SourceError> {
        self.content(Some(progress)).map_err(|cause| self.io(cause))
    }

    /// The unpacked bytes, from the start.
    pub fn reader(&self) -> Result<Box<dyn Read + Send>, SourceError> {
        self.content(None).map_err(|cause| self.io(cause))
    }

    /// The stored bytes, as they are on disk or in the archive.
    pub fn stored_reader(&self) -> Result<Box<dyn Read + Send>, SourceError> {
        let stored = self.stored(None).map_err(|cause| self.io(cause))?;
        Ok(Box::new(self.bounded(stored, self.is_deflated(), false)))
    }

    /// Bytes on disk that it stands for.
    pub(super) fn weight(&self) -> u64 {
        self.weight
    }

    /// Whether its content takes less on disk than it is long: packed, or in a packed archive.
    pub fn is_packed(&self) -> bool {
        self.packing != Packing::Plain || self.is_deflated() || self.weight < self.size
    }

    /// The most of it that is held in memory at once, in bytes: of a small packed file less than of others.
    pub fn largest_document(&self) -> u64 {
        if self.is_packed() { whole(self.weight).min(Self::MAX_DOCUMENT) } else { Self::MAX_DOCUMENT }
    }

    /// How many records that are not lines so many bytes of its content may hold.
    pub fn most_records(&self, content: u64) -> u64 {
        most_lines(content, self.is_packed().then_some(self.weight))
    }

    /// Accounts for records that are not lines, before they are kept: so many in so many bytes of content.
    pub fn hold(&self, records: u64, content: u64) -> Result<(), SourceError> {
        let limit = self.most_records(content);
        if records > limit {
            return Err(SourceError::TooManyLines { path: self.path.clone(), limit });
        }
        let before = self.lines.fetch_max(records, Ordering::Relaxed);
        let more = records.saturating_sub(before);
        self.budget.take(Cost::Records, more).map_err(|exceeded| SourceError::Exceeded { path: self.path.clone(), exceeded })
    }

    fn is_deflated(&self) -> bool {
        matches!(self.location, Location::Slice { deflated: true, .. })
    }

    fn bounded<R: Read>(&self, inner: R, packed: bool, lines: bool) -> Content<R> {
        let counted = lines.then(|| Lines { seen: Arc::clone(&self.lines), weight: self.is_packed().then_some(self.weight) });
        Content::new(inner, self.budget.clone(), packed, self.weight, counted)
    }

    /// The stored bytes: a deflated member inflated, but nothing unpacked that was packed before it came into the archive.
    fn stored(&self, progress: Option<Arc<AtomicU64>>) -> io::Result<Box<dyn Read + Send>> {
        let budget = self.budget.clone();
        Ok(match &self.location {
            Location::Path(path) => Box::new(Medium { inner: self.open(path)?, budget, progress }),
            Location::Slice { archive, offset, deflated, check } => {
                let inner = Slice { file: Arc::clone(archive), position: *offset, left: self.size };
                let medium = Medium { inner, budget, progress };
                match (deflated, check) {
                    (true, Some(check)) => Box::new(Checked::new(inflate(medium), *check)),
                    (false, Some(check)) => Box::new(Checked::new(medium, *check)),
                    (true, None) => inflate(medium),
                    (false, None) => Box::new(medium),
                }
            }
        })
    }

    fn content(&self, progress: Option<Arc<AtomicU64>>) -> io::Result<Box<dyn Read + Send>> {
        let stored = self.stored(progress)?;
        if self.packing == Packing::Plain {
            return Ok(Box::new(self.bounded(stored, self.is_deflated(), true)));
        }
        let stored: Box<dyn Read + Send> = if self.is_deflated() { Box::new(self.bounded(stored, true, false)) } else { stored };
        Ok(Box::new(self.bounded(self.packing.unpack(stored)?, true, true)))
    }

    /// Opens a file on disk, if it is still the one that was found there. Devices and pipes are refused: reading them may never end.
    pub(super) fn open(&self, path: &Path) -> io::Result<DiskFile> {
        if !std::fs::metadata(path)?.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        let file = DiskFile::open(path)?;
        match self.stamp {
            Some(stamp) if stamp.is_replaced_by(&Stamp::of(&file.metadata()?)) => Err(Layer::Replaced.into()),
            _ => Ok(file),
        }
    }

    /// The unpacked bytes of an archive, metered by its own budget; its lines mean nothing.
    pub(super) fn unpacked_under(&self, budget: &Budget) -> io::Result<Box<dyn Read + Send>> {
        let stored = self.stored(None)?;
        Ok(Box::new(Content::new(self.packing.unpack(stored)?, budget.clone(), true, self.weight, None)))
    }

    /// The whole content, if it is not larger than `limit` bytes.
    pub fn read_all(&self, limit: u64) -> Result<Vec<u8>, SourceError> {
        let limit = if self.is_packed() { limit.min(whole(self.weight)) } else { limit };
        let mut bytes = Vec::new();
        self.reader()?.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(|cause| self.io(cause))?;
        if bytes.len() as u64 > limit {
            return Err(SourceError::TooLarge { path: self.path.clone(), limit });
        }
        Ok(bytes)
    }

    /// `length` unpacked bytes from `offset`; fewer at the end of the file.
    pub fn read_range(&self, offset: u64, length: u64) -> Result<Vec<u8>, SourceError> {
        let mut bytes = Vec::new();
        if let (Location::Path(path), Packing::Plain) = (&self.location, self.packing) {
            let slice = Slice { file: Arc::new(self.open(path).map_err(|cause| self.io(cause))?), position: offset, left: length };
            let mut medium = Medium { inner: slice, budget: self.budget.clone(), progress: None };
            medium.read_to_end(&mut bytes).map_err(|cause| self.io(cause))?;
            return Ok(bytes);
        }
        let mut reader = self.reader()?;
        io::copy(&mut reader.by_ref().take(offset), &mut io::sink()).map_err(|cause| self.io(cause))?;
        reader.take(length).read_to_end(&mut bytes).map_err(|cause| self.io(cause))?;
        Ok(bytes)
    }

    /// Whether a file on disk is no longer what it was when it was opened: of another size, written to since, replaced, or gone. Members of
    /// archives do not change.
    pub fn changed(&self) -> bool {
        let Location::Path(path) = &self.location else { return false };
        match (std::fs::metadata(path), self.stamp) {
            (Ok(metadata), Some(stamp)) => {
                let now = Stamp::of(&metadata);
                (now.size, now.modified) != (stamp.size, stamp.modified) || now.size != self.size || stamp.is_replaced_by(&now)
            }
            (Ok(metadata), None) => metadata.len() != self.size,
            // A file that is gone is no longer what it was.
            (Err(_gone), _) => true,
        }
    }
}
