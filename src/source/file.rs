//! One readable file: on disk, or a member of an archive; unpacked as it is read.

use std::fs::File as DiskFile;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::{DeflateDecoder, MultiGzDecoder};

use super::SourceError;
use crate::model::text::name_of;

/// A file that unpacks to more than this many times its packed size is refused. Deflate cannot exceed 1,032; real logs stay below 100.
const MAX_RATIO: u64 = 500;
/// Below this unpacked size the ratio does not matter.
const RATIO_FROM: u64 = 256 << 20;

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
    },
}

/// How the file's own bytes are compressed, told from its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Not compressed.
    Plain,
    /// gzip, RFC 1952.
    Gzip,
    /// Zstandard, RFC 8878.
    Zstandard,
}

/// A file to read.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path as the user knows it, `/` between parts, archives as if they were folders.
    pub path: String,
    /// Where the bytes are.
    pub location: Location,
    /// Stored size in bytes.
    pub size: u64,
    /// Compression of the content.
    pub packing: Packing,
    /// The first unpacked bytes, at most [`File::PEEK`].
    pub start: Arc<[u8]>,
}

impl File {
    /// How many bytes are read to recognise a file.
    pub const PEEK: usize = 64 << 10;
    /// The most that is read as one document, in bytes.
    pub const MAX_DOCUMENT: u64 = 512 << 20;

    /// A file at `location`, recognised by its first bytes.
    pub fn new(path: String, location: Location, size: u64) -> Result<Self, SourceError> {
        let mut file = Self { path, location, size, packing: Packing::Plain, start: Arc::from([]) };
        let mut magic = Vec::with_capacity(4);
        file.stored().and_then(|stored| stored.take(4).read_to_end(&mut magic)).map_err(|cause| file.io(cause))?;
        file.packing = match magic.as_slice() {
            [0x1f, 0x8b, 8, _] => Packing::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd] => Packing::Zstandard,
            _ => Packing::Plain,
        };
        let mut start = Vec::new();
        // A packed file that breaks off inside the first bytes is still recognised by what there is.
        let mut reader = file.reader()?.take(Self::PEEK as u64);
        let mut piece = [0; 8192];
        loop {
            match reader.read(&mut piece) {
                Ok(0) => break,
                Ok(count) => start.extend_from_slice(&piece[..count]),
                Err(cause) if start.is_empty() && file.packing == Packing::Plain => return Err(file.io(cause)),
                Err(_) => break,
            }
        }
        file.start = start.into();
        Ok(file)
    }

    /// The last part of the path.
    pub fn name(&self) -> &str {
        name_of(&self.path)
    }

    /// The path without its last part.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Turns an input error into one that names this file.
    pub fn io(&self, cause: io::Error) -> SourceError {
        if let Some(inner) = cause.get_ref()
            && inner.is::<Exploded>()
        {
            return SourceError::Bomb { path: self.path.clone(), limit: MAX_RATIO };
        }
        SourceError::Io { path: self.path.clone(), cause }
    }

    /// The unpacked bytes, from the start; `progress` is told how many stored bytes were read.
    pub fn reader_with_progress(&self, progress: Arc<AtomicU64>) -> Result<Box<dyn Read + Send>, SourceError> {
        let stored = self.stored().map_err(|cause| self.io(cause))?;
        self.unpack(Box::new(Counted { inner: stored, progress }))
    }

    /// The stored bytes, as they are on disk or in the archive.
    pub fn stored_reader(&self) -> Result<Box<dyn Read + Send>, SourceError> {
        let stored = self.stored().map_err(|cause| self.io(cause))?;
        // A deflated member can still grow without bounds.
        let deflated = matches!(self.location, Location::Slice { deflated: true, .. });
        Ok(if deflated { Box::new(Guarded::new(stored, self.size)) } else { stored })
    }

    /// The stored bytes.
    fn stored(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match &self.location {
            Location::Path(path) => Box::new(open(path)?),
            Location::Slice { archive, offset, deflated } => {
                let slice = Slice { file: Arc::clone(archive), position: *offset, left: self.size };
                if *deflated { Box::new(DeflateDecoder::new(BufReader::new(slice))) } else { Box::new(slice) }
            }
        })
    }

    /// The unpacked bytes, from the start.
    pub fn reader(&self) -> Result<Box<dyn Read + Send>, SourceError> {
        let stored = self.stored().map_err(|cause| self.io(cause))?;
        self.unpack(stored)
    }

    fn unpack(&self, stored: Box<dyn Read + Send>) -> Result<Box<dyn Read + Send>, SourceError> {
        let deflated = matches!(self.location, Location::Slice { deflated: true, .. });
        let unpacked: Box<dyn Read + Send> = match self.packing {
            Packing::Plain if !deflated => return Ok(stored),
            Packing::Plain => stored,
            Packing::Gzip => Box::new(MultiGzDecoder::new(BufReader::with_capacity(64 << 10, stored))),
            Packing::Zstandard => Box::new(zstd::Decoder::new(stored).map_err(|cause| self.io(cause))?),
        };
        Ok(Box::new(Guarded::new(unpacked, self.size)))
    }

    /// The whole content, if it is not larger than `limit` bytes.
    pub fn read_all(&self, limit: u64) -> Result<Vec<u8>, SourceError> {
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
            let file = open(path).map_err(|cause| self.io(cause))?;
            let slice = Slice { file: Arc::new(file), position: offset, left: length };
            { slice }.read_to_end(&mut bytes).map_err(|cause| self.io(cause))?;
            return Ok(bytes);
        }
        let mut reader = self.reader()?;
        io::copy(&mut reader.by_ref().take(offset), &mut io::sink()).map_err(|cause| self.io(cause))?;
        reader.take(length).read_to_end(&mut bytes).map_err(|cause| self.io(cause))?;
        Ok(bytes)
    }

    /// The size on disk now, for files that may change; `None` for archive members.
    pub fn current_size(&self) -> Option<io::Result<u64>> {
        match &self.location {
            Location::Path(path) => Some(std::fs::metadata(path).map(|metadata| metadata.len())),
            Location::Slice { .. } => None,
        }
    }
}

/// Opens a regular file for reading. Devices and pipes are refused: reading them may never end.
fn open(path: &std::path::Path) -> io::Result<DiskFile> {
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    DiskFile::open(path)
}

/// A part of a file, read at positions so that many readers share one handle.
pub(super) struct Slice {
    pub(super) file: Arc<DiskFile>,
    pub(super) position: u64,
    pub(super) left: u64,
}

impl Read for Slice {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let count = self.file.read_at(&mut buffer[..length], self.position)?;
        self.position += count as u64;
        self.left -= count as u64;
        Ok(count)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("unpacks to implausibly much")]
pub(super) struct Exploded;

/// Stops a decompressor that produces implausibly much.
pub(super) struct Guarded<R> {
    inner: R,
    produced: u64,
    limit: u64,
}

impl<R: Read> Guarded<R> {
    pub(super) fn new(inner: R, packed_size: u64) -> Self {
        Self { inner, produced: 0, limit: packed_size.saturating_mul(MAX_RATIO).max(RATIO_FROM) }
    }
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.produced += count as u64;
        if self.produced > self.limit { Err(io::Error::other(Exploded)) } else { Ok(count) }
    }
}

/// Tells how much was read.
struct Counted {
    inner: Box<dyn Read + Send>,
    progress: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.progress.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
