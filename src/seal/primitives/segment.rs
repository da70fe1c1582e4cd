//! The sealed segment, version 2: a small text file, `NAME.seal`, beside the segment `NAME`.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::SigningKey;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::seal::primitives::merkle::{Hash, Range, leaf_hasher};
use crate::seal::primitives::note::{Checkpoint, Note, NoteError, checkpoint_text, cosign};
use crate::trust::Key;

/// First line of every seal.
pub const HEADER: &str = "sealscope.dev/segment@v2";
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
        let (mut unit, mut first, mut secret, mut frontier) = (None, None, None, Vec::new());
        for line in lines.split('\n') {
            match line.split_once(' ') {
                Some(("unit", "line")) if unit.is_none() => unit = Some(Unit::Line),
                Some(("unit", "file")) if unit.is_none() => unit = Some(Unit::File),
                Some(("first", text)) if first.is_none() => first = Some(decimal(text).ok_or(SealError::BadLine("first"))?),
                Some(("secret", encoded)) if secret.is_none() => secret = Some(decode(encoded).ok_or(SealError::BadLine("secret"))?),
                Some(("frontier", encoded)) if frontier.len() < 64 => {
                    frontier.push(decode(encoded).ok_or(SealError::BadLine("frontier"))?);
                }
                Some(("unit", _)) => return Err(SealError::BadLine("unit")),
                _ => return Err(SealError::BadLine("unit, first, secret or frontier")),
            }
        }
        let unit = unit.unwrap_or(Unit::Line);
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

    /// What makes the leaves of this segment.
    pub fn leaves(&self) -> SegmentLeaves {
        SegmentLeaves::new(self.unit, self.first, self.secret.as_ref())
    }
}

/// A number as it is written in one way only: no sign, no leading zero.
fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

fn decode(encoded: &str) -> Option<Hash> {
    let Ok(bytes) = BASE64.decode(encoded) else { return None };
    bytes.try_into().ok()
}

/// A new seal, not yet written anywhere.
pub struct Made {
    /// The text of the seal.
    pub seal: String,
    /// The content of the `.leaves` file.
    pub leaves: Vec<u8>,
    /// The tree up to the end of the segment, from which the next one continues.
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
    let making = SegmentLeaves::new(unit, before.end(), secret);
    let mut after = before.clone();
    let mut leaves = Vec::new();
    for record in records {
        let leaf = making.leaf(after.end(), record);
        leaves.extend_from_slice(&leaf);
        after.push(leaf);
    }
    // A range from 0 on has a root.
    let root = after.root().unwrap_or([0; 32]);
    let text = checkpoint_text(&Checkpoint { origin: origin.to_owned(), size: after.end(), root });
    let seal = Seal::head(unit, before.end(), secret, before) + &cosign(&text, sealer.key, sealer.signer, sealer.seconds);
    Made { seal, leaves, after }
}

/// Length of a salt, in bytes.
pub const SALT: usize = 16;

/// A salt.
pub type Salt = [u8; SALT];

/// What stands before a record in its leaf: one byte of kind, and the salt if the kind says so. A leaf of a sealed segment is
/// `SHA-256(0x00 ‖ kind ‖ salt ‖ record)`, so that nothing outside the tree decides how its bytes are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf {
    whole_file: bool,
    is_first: bool,
    salt: Option<Salt>,
}

impl Leaf {
    /// Bit of the kind: the leaf is salted.
    const SALTED: u8 = 1;
    /// Bit of the kind: the record is a whole file.
    const WHOLE_FILE: u8 = 2;
    /// Bit of the kind: it is the first record of its segment.
    const FIRST: u8 = 4;
    /// What the extra data of a single proof starts with when it is the kind and salt of a leaf. Other programs' data is never read so.
    const EXTRA: &'static [u8] = b"sealscope.dev/segment@v2\n";

    /// The leaf of a record, by its unit, whether its segment starts with it, and its salt if the segment is salted.
    pub fn new(unit: Unit, is_first: bool, salt: Option<Salt>) -> Self {
        Self { whole_file: unit == Unit::File, is_first, salt }
    }

    /// The byte of kind.
    pub fn kind(&self) -> u8 {
        let bit = |is_set: bool, bit: u8| if is_set { bit } else { 0 };
        bit(self.salt.is_some(), Self::SALTED) | bit(self.whole_file, Self::WHOLE_FILE) | bit(self.is_first, Self::FIRST)
    }

    /// The salt, if there is one.
    pub fn salt(&self) -> Option<&Salt> {
        self.salt.as_ref()
    }

    /// The bytes before the record: kind and salt.
    pub fn prefix(&self) -> Vec<u8> {
        [&[self.kind()][..], self.salt.as_ref().map_or(&[], |salt| salt)].concat()
    }

    /// A hasher that awaits the record's bytes, for records too long to hold.
    pub fn hasher(&self) -> Sha256 {
        let mut hasher = leaf_hasher();
        hasher.update([self.kind()]);
        if let Some(salt) = &self.salt {
            hasher.update(salt);
        }
        hasher
    }

    /// The leaf hash of `record`.
    pub fn hash(&self, record: &[u8]) -> Hash {
        let mut hasher = self.hasher();
        hasher.update(record);
        hasher.finalize().into()
    }

    /// The extra data of a single proof (c2sp.org/tlog-proof), from which the leaf of the record beside it is made.
    pub fn extra(&self) -> Vec<u8> {
        [Self::EXTRA, &self.prefix()].concat()
    }

    /// Reads the extra data of a single proof. `None` if it is not ours, or if kind and salt do not fit each other.
    pub fn from_extra(extra: &[u8]) -> Option<Self> {
        let (kind, salt) = extra.strip_prefix(Self::EXTRA)?.split_first()?;
        let salt: Option<Salt> = match (kind & Self::SALTED != 0, salt) {
            (true, salt) => Some(salt.try_into().ok()?),
            (false, []) => None,
            (false, _) => return None,
        };
        let leaf = Self { whole_file: kind & Self::WHOLE_FILE != 0, is_first: kind & Self::FIRST != 0, salt };
        (leaf.kind() == *kind).then_some(leaf)
    }
}

/// Makes the leaves of one segment, by record number.
#[derive(Clone)]
pub struct SegmentLeaves {
    unit: Unit,
    first: u64,
    secret: Option<Hmac<Sha256>>,
}

impl SegmentLeaves {
    /// For the segment that starts at record `first`. With a secret, its leaves are salted.
    pub fn new(unit: Unit, first: u64, secret: Option<&[u8; 32]>) -> Self {
        // By the length of HMAC's block a key needs no check; the secret fills half of it.
        let keyed = |secret: &[u8; 32]| {
            let mut block = [0; 64];
            block[..32].copy_from_slice(secret);
            Hmac::new(&block.into())
        };
        Self { unit, first, secret: secret.map(keyed) }
    }

    /// What stands before record `number`. Its salt is the first 16 bytes of `HMAC-SHA-256(secret, BE64 number)`.
    pub fn at(&self, number: u64) -> Leaf {
        let salt = self.secret.as_ref().map(|hmac| {
            let mut hmac = hmac.clone();
            hmac.update(&number.to_be_bytes());
            let code: [u8; 32] = hmac.finalize().into_bytes().into();
            let mut salt = [0; SALT];
            salt.copy_from_slice(&code[..SALT]);
            salt
        });
        Leaf::new(self.unit, number == self.first, salt)
    }

    /// The leaf hash of record `number`.
    pub fn leaf(&self, number: u64, record: &[u8]) -> Hash {
        self.at(number).hash(record)
    }

    /// A hasher that awaits the bytes of record `number`, for records too long to hold.
    pub fn hasher(&self, number: u64) -> Sha256 {
        self.at(number).hasher()
    }
}

/// A seal's text without its secret, as it may be given away.
pub fn without_secret(seal_text: &str) -> String {
    seal_text.lines().filter(|line| !line.starts_with("secret ")).map(|line| format!("{line}\n")).collect()
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
        assert_eq!(Seal::parse("sealscope.dev/segment@v1\n"), Err(SealError::UnknownVersion("v1".into())));
        assert_eq!(Seal::parse("sealscope.dev/segment@v3\n"), Err(SealError::UnknownVersion("v3".into())));
        for first in ["x", "+1", "01", "-1", ""] {
            assert_eq!(Seal::parse(&format!("{HEADER}\nfirst {first}\n\n")), Err(SealError::BadLine("first")));
        }
        for lines in ["first 0\nnew line", "first 0\nfirst 0", "unit file\nunit line", "unit lines"] {
            assert!(matches!(Seal::parse(&format!("{HEADER}\n{lines}\n\n")), Err(SealError::BadLine(_))), "{lines}");
        }
        assert!(matches!(Seal::parse(&format!("{HEADER}\nfirst 1\n\na\n0\n\n")), Err(SealError::Note(_))));
    }

    #[test]
    fn salts_differ_by_record_and_are_16_bytes() {
        let leaves = SegmentLeaves::new(Unit::Line, 0, Some(&[1; 32]));
        assert_ne!(leaves.at(0).salt(), leaves.at(1).salt());
        assert_eq!(leaves.at(0).prefix().len(), 1 + SALT);
        assert_eq!(SegmentLeaves::new(Unit::Line, 0, None).at(5).prefix(), [0]);
    }

    #[test]
    fn no_leaf_can_be_read_as_another() {
        let salt = Some([7; SALT]);
        let mut kinds = Vec::new();
        for unit in [Unit::Line, Unit::File] {
            for is_first in [false, true] {
                for salt in [None, salt] {
                    let leaf = Leaf::new(unit, is_first, salt);
                    kinds.push(leaf.kind());
                    assert_eq!(Leaf::from_extra(&leaf.extra()), Some(leaf));
                    let mut spoiled = leaf.extra();
                    spoiled.push(7);
                    assert_eq!(Leaf::from_extra(&spoiled), None);
                }
            }
        }
        kinds.sort_unstable();
        assert_eq!(kinds, (0..8).collect::<Vec<u8>>());
        // Part of the record in the salt, the salt in the record, the kind in the record.
        let (salted, record) = (Leaf::new(Unit::Line, false, salt), b"record");
        let shifted = [&[7; SALT][..], record].concat();
        assert_ne!(salted.hash(record), Leaf::new(Unit::Line, false, None).hash(&shifted));
        assert_ne!(Leaf::new(Unit::Line, false, None).hash(record), crate::seal::primitives::merkle::leaf(record));
        for extra in
            [&b""[..], &[7; SALT], b"sealscope.dev/segment@v2\n", b"sealscope.dev/segment@v2\n\x08", b"sealscope.dev/segment@v2\n\x01"]
        {
            assert_eq!(Leaf::from_extra(extra), None);
        }
    }

    #[test]
    fn the_leaves_of_the_specification() {
        // Computed with Python's hashlib and hmac, as SHA-256(0x00 ‖ kind ‖ salt ‖ record).
        let hex = |hash: Hash| crate::model::text::hex(&hash);
        assert_eq!(
            hex(Leaf::new(Unit::Line, true, None).hash(b"record")),
            "c136fcdf761a079a3db596a9ec1ded88f1a6ffecd9cedf4fe1f8384bfb8331d7"
        );
        assert_eq!(
            hex(SegmentLeaves::new(Unit::File, 3, Some(&[1; 32])).leaf(3, b"record")),
            "c85e4bd73f552b93462b2abfb4b09685def2e1dbb227cb9414c68183593c84f3"
        );
    }
}
