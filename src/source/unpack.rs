//! The layers through which stored bytes are read. Each error is marked with the layer it comes from, since only damage of the content says
//! anything of the evidence: a file that cannot be read for other reasons may be fine.

use std::fs::File as DiskFile;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::Crc;
use flate2::bufread::{DeflateDecoder, MultiGzDecoder};

use super::{Budget, Cost, Exceeded};

/// A file that unpacks to more than this many times its packed size is refused. Deflate cannot exceed 1,032; real logs stay below 100.
pub(super) const MAX_RATIO: u64 = 500;
/// Below this unpacked size the ratio does not matter.
const RATIO_FROM: u64 = 256 << 20;
/// A reader of xz may not use more memory than this, in KiB: `xz -9` asks for 65 MiB.
const XZ_MEMORY: u32 = 96 << 10;
/// A reader of Zstandard keeps at most two to this power bytes, what the usual `zstd` allows.
const ZSTD_WINDOW: u32 = 27;
/// A file may have this many lines, whatever their length; a packed one fewer.
const LINES: u64 = 1_000_000;
const LINES_PACKED: u64 = 100_000;
/// So much of a packed file may be held in memory at once, or so many times its packed size.
const WHOLE: u64 = 32 << 20;
const WHOLE_RATIO: u64 = 200;
/// Beyond that its lines must be this long on average, in bytes, as those of logs are.
pub(super) const LINE: u64 = 16;
/// And of a packed file, each stored byte may give at most this many.
pub(super) const LINES_A_BYTE: u64 = 1;

/// How a file's own bytes are compressed, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Not compressed.
    Plain,
    /// gzip, RFC 1952.
    Gzip,
    /// Zstandard, RFC 8878.
    Zstandard,
    /// The .xz file format, version 1.2.1.
    Xz,
    /// bzip2.
    Bzip2,
}

/// The endings of packed files' names, the usual command that unpacks them to its output, and the packing.
pub const PACKINGS: [(&str, &str, Packing); 4] = [
    (".gz", "zcat", Packing::Gzip),
    (".zst", "zstdcat", Packing::Zstandard),
    (".xz", "xzcat", Packing::Xz),
    (".bz2", "bzcat", Packing::Bzip2),
];

/// A name without the ending of a packed file.
pub fn unpacked_name(name: &str) -> &str {
    PACKINGS.iter().find_map(|(ending, ..)| name.strip_suffix(ending)).unwrap_or(name)
}

/// The names under which the file `name` may lie after it was packed, unpacked or packed again: as it is first, then unpacked, then packed.
pub fn packed_names(name: &str) -> Vec<String> {
    let unpacked = unpacked_name(name);
    let others = PACKINGS.iter().map(|(ending, ..)| format!("{unpacked}{ending}"));
    [name.to_owned(), unpacked.to_owned()].into_iter().chain(others).collect()
}

impl Packing {
    /// How many first bytes tell the packing.
    pub(super) const MAGIC: usize = 10;

    /// Tells the packing from the first bytes.
    pub fn of(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, 8, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstandard,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            // The mark of the first block, or of the end of an empty file, so that no text is taken for it.
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => Self::Bzip2,
            _ => Self::Plain,
        }
    }

    /// The usual command that writes the unpacked content to its output.
    pub fn command(self) -> &'static str {
        PACKINGS.iter().find(|(.., packing)| *packing == self).map_or("cat", |(_, command, _)| command)
    }

    /// Unpacks a stream.
    pub(super) fn unpack<'a>(self, stored: Box<dyn Read + Send + 'a>) -> io::Result<Box<dyn Read + Send + 'a>> {
        let stored = BufReader::with_capacity(64 << 10, stored);
        Ok(match self {
            Self::Plain => Box::new(stored),
            Self::Gzip => Box::new(MultiGzDecoder::new(stored)),
            Self::Zstandard => {
                let mut decoder = zstd::Decoder::with_buffer(stored)?;
                decoder.window_log_max(ZSTD_WINDOW)?;
                Box::new(decoder)
            }
            Self::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(stored, true, XZ_MEMORY)),
            Self::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(stored)),
        })
    }
}

/// Why a layer gave no more bytes.
#[derive(Debug, thiserror::Error)]
pub(super) enum Layer {
    /// The medium, or the system.
    #[error("{0}")]
    Medium(io::Error),
    /// Stopped, or a budget is used up.
    #[error("{0}")]
    Exceeded(Exceeded),
    /// The content.
    #[error("{0}")]
    Damaged(String),
    /// It unpacks to an implausible size.
    #[error("unpacks to an implausible size")]
    Exploded,
    /// It has implausibly many lines.
    #[error("has more than {0} lines, most of them nearly empty")]
    Lines(u64),
    /// Another file lies at its place.
    #[error("it was replaced by another file after it was opened")]
    Replaced,
    /// Unpacking it needs too much memory.
    #[error("needs more memory to unpack than is allowed")]
    Memory,
}

impl From<Layer> for io::Error {
    fn from(layer: Layer) -> Self {
        Self::other(layer)
    }
}

impl From<Exceeded> for Layer {
    fn from(exceeded: Exceeded) -> Self {
        Self::Exceeded(exceeded)
    }
}

/// Marks an error with its layer, if no layer below did.
fn marked(error: io::Error, mark: impl FnOnce(io::Error) -> Layer) -> io::Error {
    if error.kind() == io::ErrorKind::Interrupted || error.get_ref().is_some_and(|inner| inner.is::<Layer>()) {
        return error;
    }
    mark(error).into()
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
        self.position = self.position.saturating_add(count as u64);
        self.left -= count as u64;
        Ok(count)
    }
}

/// The lowest layer: bytes from the medium. Asks at every read whether to continue.
pub(super) struct Medium<R> {
    pub(super) inner: R,
    pub(super) budget: Budget,
    /// Gets the number of stored bytes that were read.
    pub(super) progress: Option<Arc<AtomicU64>>,
}

impl<R: Read> Read for Medium<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.budget.go_on().map_err(Layer::from)?;
        let count = self.inner.read(buffer).map_err(|error| marked(error, Layer::Medium))?;
        self.budget.take(Cost::Read, count as u64).map_err(Layer::from)?;
        if let Some(progress) = &self.progress {
            progress.fetch_add(count as u64, Ordering::Relaxed);
        }
        Ok(count)
    }
}

/// What a member's list entry says of its unpacked bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// Their number.
    pub size: u64,
    /// Their CRC-32.
    pub crc: u32,
}

/// Holds unpacked bytes against what the archive says of them, at their end.
pub(super) struct Checked<R> {
    inner: R,
    crc: Crc,
    produced: u64,
    check: Check,
}

impl<R: Read> Checked<R> {
    pub(super) fn new(inner: R, check: Check) -> Self {
        Self { inner, crc: Crc::new(), produced: 0, check }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer).map_err(|error| marked(error, |error| Layer::Damaged(error.to_string())))?;
        self.crc.update(&buffer[..count]);
        self.produced += count as u64;
        let ended = count == 0 && !buffer.is_empty();
        if self.produced > self.check.size || ended && self.produced < self.check.size {
            return Err(Layer::Damaged("it is not as long as the archive says".into()).into());
        }
        if ended && self.crc.sum() != self.check.crc {
            return Err(Layer::Damaged("its bytes are not those that the archive's checksum was made of".into()).into());
        }
        Ok(count)
    }
}

/// The most that is held in memory at once of a file that stands for `weight` packed bytes.
pub(super) fn whole(weight: u64) -> u64 {
    weight.saturating_mul(WHOLE_RATIO).max(WHOLE)
}

/// How many lines or other records so many bytes may hold, if `weight` packed bytes gave them; `None` if nothing was packed.
pub(super) fn most_lines(produced: u64, weight: Option<u64>) -> u64 {
    let by_length = produced / LINE;
    match weight {
        None => LINES.saturating_add(by_length),
        Some(weight) => LINES_PACKED.saturating_add(by_length.min(weight.saturating_mul(LINES_A_BYTE))),
    }
}

/// How lines are counted.
pub(super) struct Lines {
    /// The most seen in this file so far, by any reader.
    pub(super) seen: Arc<AtomicU64>,
    /// The packed bytes that gave them, if they were packed.
    pub(super) weight: Option<u64>,
}

/// The upper layer: the content. Bounds what it may be.
pub(super) struct Content<R> {
    inner: R,
    budget: Budget,
    /// Whether anything is unpacked below.
    packed: bool,
    /// Bytes on disk that the content stands for.
    weight: u64,
    /// `None` if lines are not counted.
    counted: Option<Lines>,
    produced: u64,
    lines: u64,
    /// Whether it failed: an unpacker is not asked again after an error.
    failed: bool,
}

impl<R: Read> Content<R> {
    pub(super) fn new(inner: R, budget: Budget, packed: bool, weight: u64, counted: Option<Lines>) -> Self {
        Self { inner, budget, packed, weight, counted, produced: 0, lines: 0, failed: false }
    }

    fn piece(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer).map_err(|error| {
            marked(error, |error| match error.kind() {
                _ if !self.packed => Layer::Medium(error),
                io::ErrorKind::OutOfMemory => Layer::Memory,
                _ => Layer::Damaged(error.to_string()),
            })
        })?;
        self.produced = self.produced.saturating_add(count as u64);
        if self.packed {
            if self.produced > self.weight.saturating_mul(MAX_RATIO).max(RATIO_FROM) {
                return Err(Layer::Exploded.into());
            }
            self.budget.take(Cost::Unpacked, count as u64).map_err(Layer::from)?;
        }
        if let Some(Lines { seen, weight }) = &self.counted {
            self.lines += memchr::memchr_iter(b'\n', &buffer[..count]).count() as u64;
            let limit = most_lines(self.produced, *weight);
            if self.lines > limit {
                return Err(Layer::Lines(limit).into());
            }
            let before = seen.fetch_max(self.lines, Ordering::Relaxed);
            if self.lines > before {
                self.budget.take(Cost::Records, self.lines - before).map_err(Layer::from)?;
            }
        }
        Ok(count)
    }
}

impl<R: Read> Read for Content<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.failed {
            return Err(Layer::Damaged("reading failed before".into()).into());
        }
        let result = self.piece(buffer);
        self.failed = result.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted);
        result
    }
}

/// A member of a zip archive as it is inflated. Its packed bytes must end where the archive says, since some programs go by their end.
struct Inflated {
    inner: DeflateDecoder<BufReader<Medium<Slice>>>,
}

impl Read for Inflated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if count == 0 && !buffer.is_empty() {
            let below = self.inner.get_ref();
            if !below.buffer().is_empty() || below.get_ref().inner.left > 0 {
                return Err(Layer::Damaged("its packed data ends before the archive says".into()).into());
            }
        }
        Ok(count)
    }
}

/// Inflates a member of a zip archive.
pub(super) fn inflate(stored: Medium<Slice>) -> Box<dyn Read + Send> {
    Box::new(Inflated { inner: DeflateDecoder::new(BufReader::with_capacity(16 << 10, stored)) })
}

/// Unpacks .xz data. Needs at most as much memory as the dictionary that the data states, and refuses a larger one than usual (an error of the
/// kind `OutOfMemory`); how much comes out is for the caller to bound.
pub fn xz<'a>(packed: impl Read + 'a) -> impl Read + 'a {
    lzma_rust2::XzReader::new_mem_limit(BufReader::new(packed), true, XZ_MEMORY)
}
