//! A proof of inclusion in a log, parsed but not yet believed.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use crate::seal::primitives::merkle::Hash;
use crate::seal::primitives::note::{Checkpoint, Note};
use crate::seal::primitives::segment;
use crate::trust::Material;

/// What the leaf is made of.
#[derive(Clone, Debug)]
pub enum Leaf {
    /// The file itself, perhaps without its last line feed.
    Content,
    /// The record of a sealed segment, perhaps without its last line feed, behind its kind and salt.
    Segment(segment::Leaf),
    /// An entry that states what was signed, and by which key.
    Entry(Box<Logged>),
    /// A sigsum leaf: signature, hash of the submitter's key, and the start of the checksum that version 1 repeats.
    Sigsum(Vec<u8>, Hash, Vec<u8>),
}

/// Who signed the root.
#[derive(Clone, Debug)]
pub enum Signed {
    /// A signed note.
    Note(Note),
    /// The parts of a sigsum tree head: hash of the log's key, its signature, and cosignatures as key hash, seconds, signature.
    Sigsum(Hash, Vec<u8>, Vec<(Hash, u64, Vec<u8>)>),
}

/// A proof, parsed but not yet believed.
#[derive(Clone, Debug)]
pub struct InclusionProof {
    /// What kind of proof, in words.
    pub kind: &'static str,
    /// The leaf's number in the log.
    pub index: u64,
    /// Hashes from the leaf's sibling up.
    pub path: Vec<Hash>,
    /// The root they must lead to.
    pub checkpoint: Checkpoint,
    /// Its signatures.
    pub signed: Signed,
    /// What the leaf is made of.
    pub leaf: Leaf,
}

/// A hash in base64.
pub(super) fn hash(text: &str) -> Option<Hash> {
    let Ok(bytes) = BASE64.decode(text) else { return None };
    bytes.try_into().ok()
}

/// A number in its plain form.
pub(super) fn number(text: &str) -> Option<u64> {
    text.parse().map_or(None, |number: u64| (number.to_string() == text).then_some(number))
}

/// An entry of Rekor with what it was made of.
#[derive(Clone, Debug)]
pub struct Logged {
    /// The entry's canonical bytes, which are the leaf.
    pub body: Vec<u8>,
    pub(super) signed: Subject,
    pub(super) signature: Vec<u8>,
    pub(super) key: Option<Material>,
    /// Whether entry and bundle state the same signature and hash.
    pub(super) agrees: bool,
}

/// What was signed.
#[derive(Clone, Debug)]
pub(super) enum Subject {
    /// The file with this SHA-256.
    File(Hash),
    /// A statement about files (DSSE): type, content, and the SHA-256 of each file it names.
    Statement(String, Vec<u8>, Vec<Hash>),
}
