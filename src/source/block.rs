//! Cuts a stream into blocks of whole lines, so that one large segment can be worked on by all cores.

use std::io::Read;

use memchr::{memchr_iter, memrchr};
use sha2::Sha256;

/// Usual size of a block in bytes.
pub const BLOCK: usize = 2 << 20;
/// The longest record that is held in memory, in bytes. Longer ones are hashed as they pass, but cannot be shown.
pub const MAX_RECORD: usize = 16 << 20;

/// A piece of a segment.
pub enum Piece {
    /// Whole lines.
    Block(Block),
    /// One line too long to hold.
    Long(Long),
}

/// Whole lines, each ended by a line feed except perhaps the last of the file.
pub struct Block {
    /// Index in the file of the first line.
    pub first: u64,
    /// Where the block starts in the unpacked file, in bytes.
    pub offset: u64,
    /// The lines.
    pub bytes: Vec<u8>,
    /// How many lines.
    pub count: u64,
    /// Whether the last line lacks its line feed: it ends the file.
    pub torn: bool,
}

impl Block {
    /// The records and where each starts in the block.
    pub fn records(&self) -> impl Iterator<Item = (usize, &[u8])> {
        let mut start = 0;
        let end = self.bytes.len();
        memchr_iter(b'\n', &self.bytes).chain((end > 0 && self.torn).then_some(end)).map(move |stop| {
            let record = (start, &self.bytes[start..stop]);
            start = stop + 1;
            record
        })
    }
}

/// A line that was hashed as it passed.
pub struct Long {
    /// Index of the line in the file.
    pub index: u64,
    /// Where it starts in the unpacked file, in bytes.
    pub offset: u64,
    /// Its length in bytes without the line feed.
    pub length: u64,
    /// A hasher that has taken the whole line.
    pub hasher: Sha256,
    /// One that has taken the line and nothing before it.
    pub content: Sha256,
}

/// Tells whether a file is read with the same content another time. It is made block by block, so that blocks can be hashed side by side.
#[derive(Clone, Default)]
pub struct Fingerprint(Sha256);

impl Fingerprint {
    /// Takes the hash of the next block or long line.
    pub fn add(&mut self, hash: &[u8; 32]) {
        use sha2::Digest;
        self.0.update(hash);
    }

    /// What stands for the whole content.
    pub fn finish(self) -> [u8; 32] {
        use sha2::Digest;
        self.0.finalize().into()
    }
}

impl Piece {
    /// What [`Fingerprint::add`] takes for this piece.
    pub fn hash(&self) -> [u8; 32] {
        use sha2::Digest;
        match self {
            Self::Block(block) => Sha256::digest(&block.bytes).into(),
            Self::Long(long) => long.content.clone().finalize().into(),
        }
    }
}

/// Reads pieces one after the other.
pub struct Blocks<R> {
    reader: R,
    carried: Vec<u8>,
    offset: u64,
    line: u64,
    finished: bool,
    /// What went wrong, kept until everything before it is handed out.
    failed: Option<std::io::Error>,
}

impl<R: Read> Blocks<R> {
    /// Reads from the start of `reader`.
    pub fn new(reader: R) -> Self {
        Self { reader, carried: Vec::new(), offset: 0, line: 0, finished: false, failed: None }
    }

    /// Bytes handed out so far.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The next piece, or `None` at the end. `hasher` gives the hasher for a long line of the given index. `buffer` is reused.
    pub fn next(&mut self, mut buffer: Vec<u8>, hasher: &dyn Fn(u64) -> Sha256) -> std::io::Result<Option<Piece>> {
        if self.finished {
            return self.failed.take().map_or(Ok(None), Err);
        }
        buffer.clear();
        buffer.append(&mut self.carried);
        let mut searched = 0;
        loop {
            let target = if buffer.len() < BLOCK { BLOCK } else { buffer.len() + BLOCK };
            self.fill(&mut buffer, target);
            let last = memrchr(b'\n', &buffer[searched.min(buffer.len())..]).map(|position| position + searched);
            searched = buffer.len();
            match last {
                Some(last) if !self.finished => {
                    self.carried.extend_from_slice(&buffer[last + 1..]);
                    buffer.truncate(last + 1);
                    return Ok(Some(self.block(buffer, false)));
                }
                _ if self.failed.is_some() => {
                    // What broke off in the middle of a line is not a record.
                    buffer.truncate(last.map_or(0, |last| last + 1));
                    if buffer.is_empty() {
                        return self.failed.take().map_or(Ok(None), Err);
                    }
                    return Ok(Some(self.block(buffer, false)));
                }
                _ if self.finished => {
                    if buffer.is_empty() {
                        return Ok(None);
                    }
                    let torn = buffer.last() != Some(&b'\n');
                    return Ok(Some(self.block(buffer, torn)));
                }
                _ if buffer.len() > MAX_RECORD => return self.long(buffer, hasher).map(Some),
                _ => {}
            }
        }
    }

    fn fill(&mut self, buffer: &mut Vec<u8>, target: usize) {
        let wanted = target - buffer.len();
        match self.reader.by_ref().take(wanted as u64).read_to_end(buffer) {
            Ok(got) => self.finished |= got < wanted,
            Err(error) => {
                self.finished = true;
                self.failed = Some(error);
            }
        }
    }

    fn block(&mut self, bytes: Vec<u8>, torn: bool) -> Piece {
        let count = memchr_iter(b'\n', &bytes).count() as u64 + u64::from(torn);
        let block = Block { first: self.line, offset: self.offset, count, torn, bytes };
        self.line += count;
        self.offset += block.bytes.len() as u64;
        Piece::Block(block)
    }

    fn long(&mut self, mut buffer: Vec<u8>, hasher: &dyn Fn(u64) -> Sha256) -> std::io::Result<Piece> {
        use sha2::Digest;
        let (mut hash, mut content) = (hasher(self.line), Sha256::new());
        let mut length = 0;
        loop {
            let stop = memchr::memchr(b'\n', &buffer);
            let part = &buffer[..stop.unwrap_or(buffer.len())];
            hash.update(part);
            content.update(part);
            length += part.len() as u64;
            if let Some(stop) = stop {
                self.carried.extend_from_slice(&buffer[stop + 1..]);
                // What was read beyond the line is handed out with the next piece, even at the end of the file.
                self.finished = self.finished && self.carried.is_empty();
            }
            if stop.is_some() || self.finished {
                let long = Long { index: self.line, offset: self.offset, length, hasher: hash, content };
                self.line += 1;
                self.offset += length + u64::from(stop.is_some());
                return Ok(Piece::Long(long));
            }
            buffer.clear();
            self.fill(&mut buffer, BLOCK);
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::Digest;

    fn lines(input: &[u8]) -> Vec<(u64, Vec<u8>)> {
        let mut blocks = Blocks::new(input);
        let mut found = Vec::new();
        while let Some(piece) = blocks.next(Vec::new(), &|_| Sha256::new()).unwrap() {
            match piece {
                Piece::Block(block) => {
                    assert_eq!(block.records().count() as u64, block.count);
                    found.extend(block.records().map(|(start, record)| (block.offset + start as u64, record.to_vec())));
                }
                Piece::Long(long) => found.push((long.offset, vec![b'L'; long.length as usize])),
            }
        }
        found
    }

    #[test]
    fn records_are_lines() {
        assert_eq!(lines(b""), []);
        assert_eq!(lines(b"\n"), [(0, b"".to_vec())]);
        assert_eq!(lines(b"a\n\nb"), [(0, b"a".to_vec()), (2, b"".to_vec()), (3, b"b".to_vec())]);
        assert_eq!(lines(b"a\r\nb\n"), [(0, b"a\r".to_vec()), (3, b"b".to_vec())]);
    }

    #[test]
    fn blocks_join_without_loss() {
        let mut input = Vec::new();
        for number in 0..400_000u32 {
            input.extend_from_slice(format!("{number} {}\n", "x".repeat(number as usize % 40)).as_bytes());
        }
        input.extend_from_slice(b"torn");
        let expected: Vec<&[u8]> = input.split(|byte| *byte == b'\n').collect();
        let found = lines(&input);
        assert_eq!(found.len(), expected.len());
        assert!(
            found
                .iter()
                .zip(expected)
                .all(|((offset, found), expected)| { found == expected && input[*offset as usize..].starts_with(expected) })
        );
    }

    #[test]
    fn a_line_too_long_to_hold_is_hashed_as_it_passes() {
        let mut input = b"first\n".to_vec();
        input.extend(std::iter::repeat_n(b'x', MAX_RECORD + 5 * BLOCK));
        input.extend_from_slice(b"\nlast");
        let found = lines(&input);
        assert_eq!(found.len(), 3);
        assert_eq!(found[1].1.len(), MAX_RECORD + 5 * BLOCK);
        assert_eq!(found[2].1, b"last");
    }
}
