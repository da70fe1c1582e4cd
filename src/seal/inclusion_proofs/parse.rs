//! Proofs that something was logged: C2SP `.tlog-proof` (c2sp.org/tlog-proof), Sigstore bundles, sigsum proofs.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use sha2::{Digest, Sha256};

use super::inclusion::{InclusionProof, Leaf, Signed, hash, number};
use crate::model::text::from_hex;
use crate::seal::primitives::merkle::{Hash, leaf, root_from_inclusion};
use crate::seal::primitives::note::{Checkpoint, Note};
use crate::seal::primitives::segment;

/// No tree is deeper.
const DEEPEST: usize = 64;

/// What a file is, as a proof.
pub enum Parsed {
    /// None at all.
    No,
    /// One.
    Proof(Box<InclusionProof>),
    /// It has the form of one, but cannot be read.
    Unreadable(&'static str),
}

/// Reads any of them. The form as a whole decides what a text is, not a word in it.
pub fn parse(text: &str) -> Parsed {
    let (kind, inclusion) = if text.starts_with("c2sp.org/tlog-proof@v1\n") {
        ("C2SP proof", tlog_proof(text))
    } else if text.starts_with("version=") && text.contains("\nlog=") && text.contains("\nleaf=") {
        ("sigsum proof", sigsum(text))
    } else if crate::seal::inclusion_proofs::sigstore::is_bundle(text) {
        ("Sigstore bundle", crate::seal::inclusion_proofs::sigstore::parse(text))
    } else {
        return Parsed::No;
    };
    inclusion.map_or(Parsed::Unreadable(kind), |inclusion| Parsed::Proof(Box::new(inclusion)))
}

fn tlog_proof(text: &str) -> Option<InclusionProof> {
    let (head, note) = text.split_once("\n\n")?;
    let Ok(note) = Note::parse(note) else { return None };
    let mut lines = head.split('\n').skip(1).peekable();
    let mut leaf = Leaf::Content;
    if let Some(extra) = lines.peek().and_then(|line| line.strip_prefix("extra ")) {
        // Extra data is the log's own affair and not signed, so it is never a part of the entry: only a leaf of ours says itself what it is.
        let Ok(extra) = BASE64.decode(extra) else { return None };
        leaf = segment::Leaf::from_extra(&extra).map_or(leaf, Leaf::Segment);
        lines.next();
    }
    let index_text = lines.next()?.strip_prefix("index ")?;
    let index = number(index_text)?;
    let path: Vec<Hash> = lines.map(hash).collect::<Option<_>>()?;
    let Ok(checkpoint) = note.checkpoint() else { return None };
    (path.len() <= DEEPEST).then_some(InclusionProof { kind: "C2SP proof", index, path, checkpoint, signed: Signed::Note(note), leaf })
}

fn sigsum(text: &str) -> Option<InclusionProof> {
    let field = |line: &str, name: &str| line.strip_prefix(name)?.strip_prefix('=').map(str::to_owned);
    let hexadecimal = |text: &str| -> Option<Hash> { from_hex(text)?.try_into().ok() };
    let mut blocks = text.trim_end().split("\n\n");
    let mut head = blocks.next()?.lines();
    let version = field(head.next()?, "version")?;
    let log = hexadecimal(&field(head.next()?, "log")?)?;
    let leaf = field(head.next()?, "leaf")?;
    let mut words: Vec<&str> = leaf.split(' ').collect();
    let mut checksum = Vec::new();
    if version == "1" {
        // Version 1 puts the start of the checksum first.
        checksum = from_hex(words.first()?)?;
        words.remove(0);
    } else if version != "2" {
        return None;
    }
    let [key_hash, signature] = words.as_slice() else { return None };
    let mut tree = blocks.next()?.lines();
    let size = number(&field(tree.next()?, "size")?)?;
    let root = hexadecimal(&field(tree.next()?, "root_hash")?)?;
    let tree_signature = from_hex(&field(tree.next()?, "signature")?)?;
    let mut cosignatures = Vec::new();
    for line in tree {
        let cosignature = field(line, "cosignature")?;
        let mut words = cosignature.split(' ');
        cosignatures.push((hexadecimal(words.next()?)?, number(words.next()?)?, from_hex(words.next()?)?));
        if cosignatures.len() > DEEPEST {
            return None;
        }
    }
    let (mut index, mut path) = (0, Vec::new());
    if let Some(block) = blocks.next() {
        let mut lines = block.lines();
        index = number(&field(lines.next()?, "leaf_index")?)?;
        path = lines.take(DEEPEST + 1).map(|line| hexadecimal(&field(line, "node_hash")?)).collect::<Option<_>>()?;
    }
    let origin = format!("sigsum.org/v1/tree/{}", crate::model::text::hex(&log));
    (path.len() <= DEEPEST).then_some(InclusionProof {
        kind: "sigsum proof",
        index,
        path,
        checkpoint: Checkpoint { origin, size, root },
        signed: Signed::Sigsum(log, tree_signature, cosignatures),
        leaf: Leaf::Sigsum(from_hex(signature)?, hexadecimal(key_hash)?, checksum),
    })
}

/// The hashes of a file that proofs are compared with, computed once for all of them.
#[derive(Clone, Debug)]
pub struct Digests {
    sha256: Hash,
    leaves: Vec<Hash>,
}

impl Digests {
    /// Hashes a file's content.
    pub fn of(content: &[u8]) -> Self {
        let bodies = [Some(content), content.strip_suffix(b"\n")];
        Self { sha256: Sha256::digest(content).into(), leaves: bodies.into_iter().flatten().map(leaf).collect() }
    }

    /// The checksum that sigsum logs: the message is the file's hash (sigsum-submit), and its hash is logged.
    pub fn checksum(&self) -> Hash {
        Sha256::digest(self.sha256).into()
    }
}

impl InclusionProof {
    fn leads(&self, leaf: Hash) -> bool {
        root_from_inclusion(leaf, self.index, self.checkpoint.size, &self.path) == Some(self.checkpoint.root)
    }

    /// Whether the proof shows that a file with these hashes was logged; `None` if that takes its content.
    pub fn proves_hashes(&self, digests: &Digests) -> Option<bool> {
        Some(match &self.leaf {
            Leaf::Content => digests.leaves.iter().any(|leaf| self.leads(*leaf)),
            Leaf::Segment(_) => return None,
            Leaf::Entry(logged) => logged.names(&digests.sha256) && self.leads(leaf(&logged.body)),
            Leaf::Sigsum(signature, key_hash, start) => {
                let checksum = digests.checksum();
                checksum.starts_with(start) && self.leads(leaf(&[checksum.as_slice(), signature, key_hash].concat()))
            }
        })
    }

    /// Whether the proof shows that `content` was logged.
    pub fn proves(&self, content: &[u8]) -> bool {
        match &self.leaf {
            Leaf::Segment(leaf) => {
                [Some(content), content.strip_suffix(b"\n")].into_iter().flatten().any(|body| self.leads(leaf.hash(body)))
            }
            Leaf::Content | Leaf::Entry(_) | Leaf::Sigsum(..) => self.proves_hashes(&Digests::of(content)).unwrap_or(false),
        }
    }

    /// Whether `content` is the file that the proof names, where it names one by hash.
    pub fn names(&self, digests: &Digests) -> bool {
        matches!(&self.leaf, Leaf::Entry(logged) if logged.names(&digests.sha256))
    }
}
