//! The sealed segment, version 1: a small text file, `NAME.seal`, beside the segment `NAME`.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::SigningKey;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::merkle::{Hash, Range, leaf, leaf_hasher};
use super::note::{Checkpoint, Note, NoteError, checkpoint_text, cosign};
use crate::trust::Key;

/// First line of every seal.
pub const HEADER: &str = "sealscope.dev/segment@v1";
/// Ending of a seal's file name.
pub const SEAL_SUFFIX: &str = ".seal";
/// Ending of the file of leaf hashes.
pub const LEAVES_SUFFIX: &str = ".leaves";

/// Numbers beyond this are refused, so that sums of them cannot overflow: 72 quadrillion records.
const MAX_SIZE: u64 = 1 << 56;

/// What counts as one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Each line without its line feed.
    Line,
    /// The whole file.
    File,
    /// Each entry of a C2SP entry bundle, behind two bytes of length.
    Bundle,
    /// Each entry that the log takes out of a database or journal; their bytes do not stand in the file as such.
    Container,
}

/// Why a seal cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Not a seal at all.
    #[error("the first line is not “{HEADER}”")]
    NotASeal,
    /// A later version.
    #[error("the seal is of version {0}, which this program does not know")]
    UnknownVersion(String),
    /// A line is missing or malformed.
    #[error("the line “{0}” is missing or cannot be read")]
    BadLine(&'static str),
    /// The checkpoint is bad.
    #[error("the checkpoint cannot be read: {0}")]
    Note(#[from] NoteError),
    /// The number of frontier lines does not fit `first`.
    #[error("`first` is {first}, which needs {expected} frontier lines, but there are {found}")]
    Frontier {
        /// The first record's number.
        first: u64,
        /// Bits set in it.
        expected: u32,
        /// Lines found.
        found: usize,
    },
    /// No log is that long.
    #[error("a log of {0} records is not plausible")]
    TooLong(u64),
    /// The segment would end before it starts.
    #[error("the segment starts at record {first}, but the checkpoint covers only {size}")]
    Backwards {
        /// The first record's number.
        first: u64,
        /// The tree's size.
        size: u64,
    },
}

/// A parsed seal; nothing in it is believed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// What counts as one record.
    pub unit: Unit,
    /// Number of the segment's first record.
    pub first: u64,
    /// The segment's secret, if it is salted.
    pub secret: Option<[u8; 32]>,
    /// Subtree roots of the records before the segment.
    pub before: Range,
    /// The signed note.
    pub note: Note,
    /// The checkpoint in the note.
    pub checkpoint: Checkpoint,
}

impl Seal {
    /// Parses the text of a seal.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let (header, rest) = text.split_once('\n').ok_or(SealError::NotASeal)?;
        if header != HEADER {
            let version = header.strip_prefix("sealscope.dev/segment@").ok_or(SealError::NotASeal)?;
            return Err(SealError::UnknownVersion(version.chars().take(20).collect()));
        }
        let (lines, note_text) = rest.split_once("\n\n").ok_or(SealError::BadLine("empty line before the checkpoint"))?;
        let (mut unit, mut first, mut secret, mut frontier) = (Unit::Line, None, None, Vec::new());
        for line in lines.split('\n') {
            match line.split_once(' ') {
                Some(("unit", "line")) => unit = Unit::Line,
                Some(("unit", "file")) => unit = Unit::File,
                Some(("first", number)) if first.is_none() => {
                    first = Some(number.parse().map_err(|_error| SealError::BadLine("first"))?);
                }
                Some(("secret", encoded)) if secret.is_none() => secret = Some(decode(encoded).ok_or(SealError::BadLine("secret"))?),
                Some(("frontier", encoded)) if frontier.len() < 64 => {
                    frontier.push(decode(encoded).ok_or(SealError::BadLine("frontier"))?);
                }
                Some(("unit", _)) => return Err(SealError::BadLine("unit")),
                _ => return Err(SealError::BadLine("unit, first, secret or frontier")),
            }
        }
        let first = first.ok_or(SealError::BadLine("first"))?;
        let note = Note::parse(note_text)?;
        let checkpoint = note.checkpoint()?;
        if checkpoint.size > MAX_SIZE {
            return Err(SealError::TooLong(checkpoint.size));
        }
        if first > checkpoint.size {
            return Err(SealError::Backwards { first, size: checkpoint.size });
        }
        let before = Range::from_frontier(first, &frontier).ok_or(SealError::Frontier {
            first,
            expected: first.count_ones(),
            found: frontier.len(),
        })?;
        Ok(Self { unit, first, secret, before, note, checkpoint })
    }

    /// The unsigned lines for a new seal, up to and with the empty line; a signed note follows.
    pub fn head(unit: Unit, first: u64, secret: Option<&[u8; 32]>, before: &Range) -> String {
        let mut text = format!("{HEADER}\nunit {}\nfirst {first}\n", if unit == Unit::Line { "line" } else { "file" });
        if let Some(secret) = secret {
            text.push_str(&format!("secret {}\n", BASE64.encode(secret)));
        }
        for hash in before.frontier() {
            text.push_str(&format!("frontier {}\n", BASE64.encode(hash)));
        }
        text.push('\n');
        text
    }

    /// How many records the seal says the segment holds.
    pub fn count(&self) -> u64 {
        self.checkpoint.size - self.first
    }

    /// What makes the salts of this segment.
    pub fn salter(&self) -> Salter {
        Salter::new(self.secret.as_ref())
    }
}

fn decode(encoded: &str) -> Option<Hash> {
    BASE64.decode(encoded).ok()?.try_into().ok()
}

/// A new seal, not yet written anywhere.
pub struct Made {
    /// The text of the seal.
    pub seal: String,
    /// The content of the `.leaves` file.
    pub leaves: Vec<u8>,
    /// The tree up to the end of the segment, from which the next one goes on.
    pub after: Range,
}

/// Who seals, and when.
pub struct Sealer<'a> {
    /// The public half, with its name.
    pub key: &'a Key,
    /// The private half.
    pub signer: &'a SigningKey,
    /// Seconds since 1970.
    pub seconds: u64,
}

/// Seals `records` as the segment that follows `before` in the log `origin`. `secret` salts it.
pub fn make<'a>(
    sealer: &Sealer<'_>,
    origin: &str,
    unit: Unit,
    secret: Option<&[u8; 32]>,
    before: &Range,
    records: impl Iterator<Item = &'a [u8]>,
) -> Made {
    let salter = Salter::new(secret);
    let mut after = before.clone();
    let mut leaves = Vec::new();
    for record in records {
        let leaf = salter.leaf(after.end(), record);
        leaves.extend_from_slice(&leaf);
        after.push(leaf);
    }
    let root = after.root().unwrap_or_default();
    let text = checkpoint_text(&Checkpoint { origin: origin.to_owned(), size: after.end(), root });
    let seal = Seal::head(unit, before.end(), secret, before) + &cosign(&text, sealer.key, sealer.signer, sealer.seconds);
    Made { seal, leaves, after }
}

/// Makes the salts of one segment's records.
#[derive(Clone)]
pub struct Salter(Option<Hmac<Sha256>>);

impl Salter {
    /// A salter for the segment's secret; without one, salts are empty.
    pub fn new(secret: Option<&[u8; 32]>) -> Self {
        // A key of any length is allowed, so this never fails; the inner option then only means "unsalted".
        Self(secret.and_then(|secret| Hmac::new_from_slice(secret).ok()))
    }

    /// Calls `then` with the salt of record `number`: the first 16 bytes of `HMAC-SHA-256(secret, BE64 number)`, or nothing.
    fn with_salt<T>(&self, number: u64, then: impl FnOnce(&[u8]) -> T) -> T {
        match &self.0 {
            None => then(&[]),
            Some(hmac) => {
                let mut hmac = hmac.clone();
                hmac.update(&number.to_be_bytes());
                then(&hmac.finalize().into_bytes()[..16])
            }
        }
    }

    /// The salt of record `number`, in bytes; empty when unsalted.
    pub fn salt(&self, number: u64) -> Vec<u8> {
        self.with_salt(number, <[u8]>::to_vec)
    }

    /// The leaf hash of record `number`.
    pub fn leaf(&self, number: u64, record: &[u8]) -> Hash {
        self.with_salt(number, |salt| leaf(salt, record))
    }

    /// A hasher that awaits the bytes of record `number`, for records too long to hold.
    pub fn hasher(&self, number: u64) -> Sha256 {
        self.with_salt(number, leaf_hasher)
    }
}

/// Reads a `.leaves` file: 32 bytes for each record. `None` if the length is no multiple of 32.
pub fn parse_leaves(bytes: &[u8]) -> Option<Vec<Hash>> {
    let chunks = bytes.chunks_exact(32);
    if !chunks.remainder().is_empty() {
        return None;
    }
    Some(chunks.filter_map(|chunk| chunk.try_into().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_that_is_none_says_why() {
        assert_eq!(Seal::parse("hello\n"), Err(SealError::NotASeal));
        assert_eq!(Seal::parse("sealscope.dev/segment@v2\n"), Err(SealError::UnknownVersion("v2".into())));
        assert_eq!(Seal::parse("sealscope.dev/segment@v1\nfirst x\n\n"), Err(SealError::BadLine("first")));
        assert!(matches!(Seal::parse("sealscope.dev/segment@v1\nfirst 1\n\na\n0\n\n"), Err(SealError::Note(_))));
    }

    #[test]
    fn salts_differ_by_record_and_are_16_bytes() {
        let salter = Salter::new(Some(&[1; 32]));
        assert_eq!(salter.salt(0).len(), 16);
        assert_ne!(salter.salt(0), salter.salt(1));
        assert_eq!(Salter::new(None).salt(5), Vec::<u8>::new());
    }
}
