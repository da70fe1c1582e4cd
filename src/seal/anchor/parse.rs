//! Proofs that something was logged: C2SP `.tlog-proof` (c2sp.org/tlog-proof), Sigstore bundles, sigsum proofs.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::model::text::from_hex;
use crate::seal::merkle::{Hash, leaf, root_from_inclusion};
use crate::seal::note::{Checkpoint, Note};
use crate::seal::segment;
use crate::trust::{Key, Material, Store as Keys};

/// No tree is deeper.
const DEEPEST: usize = 64;

/// What the leaf is made of.
#[derive(Clone, Debug)]
pub enum Leaf {
    /// The file itself, perhaps without its last line feed.
    Content,
    /// The record of a sealed segment, perhaps without its last line feed, behind its kind and salt.
    Segment(segment::Leaf),
    /// An entry that states the file's SHA-256.
    Entry(Vec<u8>, Hash),
    /// A sigsum leaf: signature and hash of the submitter's key.
    Sigsum(Vec<u8>, Hash),
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
pub struct Anchor {
    /// What sort of proof, in words.
    pub sort: &'static str,
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

/// Reads any of them; `None` if the text is none.
pub fn parse(text: &str) -> Option<Anchor> {
    if text.starts_with("c2sp.org/tlog-proof@v1\n") {
        tlog_proof(text)
    } else if text.starts_with("version=") {
        sigsum(text)
    } else if text.trim_start().starts_with('{') && text.contains("dev.sigstore.bundle") {
        sigstore(text)
    } else {
        None
    }
}

fn hash(text: &str) -> Option<Hash> {
    BASE64.decode(text).ok()?.try_into().ok()
}

fn tlog_proof(text: &str) -> Option<Anchor> {
    let (head, note) = text.split_once("\n\n")?;
    let note = Note::parse(note).ok()?;
    let mut lines = head.split('\n').skip(1).peekable();
    let mut leaf = Leaf::Content;
    if let Some(extra) = lines.peek().and_then(|line| line.strip_prefix("extra ")) {
        // Extra data is the log's own affair and not signed, so it is never a part of the entry: only a leaf of ours says itself what it is.
        leaf = segment::Leaf::from_extra(&BASE64.decode(extra).ok()?).map_or(leaf, Leaf::Segment);
        lines.next();
    }
    let index_text = lines.next()?.strip_prefix("index ")?;
    let index: u64 = index_text.parse().ok()?;
    if index.to_string() != index_text {
        return None;
    }
    let path: Vec<Hash> = lines.map(hash).collect::<Option<_>>()?;
    let checkpoint = note.checkpoint().ok()?;
    (path.len() <= DEEPEST).then_some(Anchor { sort: "C2SP proof", index, path, checkpoint, signed: Signed::Note(note), leaf })
}

fn sigstore(text: &str) -> Option<Anchor> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Bundle {
        verification_material: VerificationMaterial,
        message_signature: Option<MessageSignature>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct VerificationMaterial {
        tlog_entries: Vec<Entry>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Entry {
        inclusion_proof: InclusionProof,
        canonicalized_body: String,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct InclusionProof {
        log_index: String,
        root_hash: String,
        tree_size: String,
        hashes: Vec<String>,
        checkpoint: Envelope,
    }
    #[derive(Deserialize)]
    struct Envelope {
        envelope: String,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct MessageSignature {
        message_digest: MessageDigest,
    }
    #[derive(Deserialize)]
    struct MessageDigest {
        digest: String,
    }
    let bundle: Bundle = serde_json::from_str(text).ok()?;
    let entry = bundle.verification_material.tlog_entries.into_iter().next()?;
    let proof = entry.inclusion_proof;
    let note = Note::parse(&proof.checkpoint.envelope).ok()?;
    let checkpoint = note.checkpoint().ok()?;
    // The checkpoint is what is signed; the rest must only repeat it.
    if hash(&proof.root_hash)? != checkpoint.root || proof.tree_size.parse() != Ok(checkpoint.size) || proof.hashes.len() > DEEPEST {
        return None;
    }
    let body = BASE64.decode(entry.canonicalized_body).ok()?;
    let digest = hash(&bundle.message_signature?.message_digest.digest)?;
    // The entry itself must state the digest, or the bundle could name any file.
    if stated_digest(&body)? != digest {
        return None;
    }
    Some(Anchor {
        sort: "Sigstore bundle",
        index: proof.log_index.parse().ok()?,
        path: proof.hashes.iter().map(|text| hash(text)).collect::<Option<_>>()?,
        checkpoint,
        signed: Signed::Note(note),
        leaf: Leaf::Entry(body, digest),
    })
}

/// The SHA-256 that a Rekor entry of kind `hashedrekord` states, in version 0.0.1 or 0.0.2.
fn stated_digest(body: &[u8]) -> Option<Hash> {
    let entry: serde_json::Value = serde_json::from_slice(body).ok()?;
    if entry.get("kind")?.as_str()? != "hashedrekord" {
        return None;
    }
    let spec = entry.get("spec")?;
    if let Some(digest) = spec.pointer("/hashedRekordV002/data/digest").and_then(serde_json::Value::as_str) {
        return hash(digest);
    }
    from_hex(spec.pointer("/data/hash/value")?.as_str()?)?.try_into().ok()
}

fn sigsum(text: &str) -> Option<Anchor> {
    let field = |line: &str, name: &str| line.strip_prefix(name)?.strip_prefix('=').map(str::to_owned);
    let hexadecimal = |text: &str| -> Option<Hash> { from_hex(text)?.try_into().ok() };
    let mut blocks = text.trim_end().split("\n\n");
    let mut head = blocks.next()?.lines();
    let version = field(head.next()?, "version")?;
    let log = hexadecimal(&field(head.next()?, "log")?)?;
    let leaf = field(head.next()?, "leaf")?;
    let mut words: Vec<&str> = leaf.split(' ').collect();
    if version == "1" {
        // Version 1 put a short checksum first, of which nothing depends.
        words.drain(..1);
    } else if version != "2" {
        return None;
    }
    let [key_hash, signature] = words.as_slice() else { return None };
    let mut tree = blocks.next()?.lines();
    let size: u64 = field(tree.next()?, "size")?.parse().ok()?;
    let root = hexadecimal(&field(tree.next()?, "root_hash")?)?;
    let tree_signature = from_hex(&field(tree.next()?, "signature")?)?;
    let mut cosignatures = Vec::new();
    for line in tree.take(DEEPEST) {
        let cosignature = field(line, "cosignature")?;
        let mut words = cosignature.split(' ');
        cosignatures.push((hexadecimal(words.next()?)?, words.next()?.parse().ok()?, from_hex(words.next()?)?));
    }
    let (mut index, mut path) = (0, Vec::new());
    if let Some(block) = blocks.next() {
        let mut lines = block.lines();
        index = field(lines.next()?, "leaf_index")?.parse().ok()?;
        path = lines.take(DEEPEST).map(|line| hexadecimal(&field(line, "node_hash")?)).collect::<Option<_>>()?;
    }
    let origin = format!("sigsum.org/v1/tree/{}", crate::model::text::hex(&log));
    Some(Anchor {
        sort: "sigsum proof",
        index,
        path,
        checkpoint: Checkpoint { origin, size, root },
        signed: Signed::Sigsum(log, tree_signature, cosignatures),
        leaf: Leaf::Sigsum(from_hex(signature)?, hexadecimal(key_hash)?),
    })
}

impl Anchor {
    /// Whether the proof shows that `content` was logged.
    pub fn proves(&self, content: &[u8]) -> bool {
        let leads = |leaf: Hash| root_from_inclusion(leaf, self.index, self.checkpoint.size, &self.path) == Some(self.checkpoint.root);
        let bodies = [Some(content), content.strip_suffix(b"\n")];
        match &self.leaf {
            Leaf::Content => bodies.into_iter().flatten().any(|body| leads(leaf(body))),
            Leaf::Segment(leaf) => bodies.into_iter().flatten().any(|body| leads(leaf.hash(body))),
            Leaf::Entry(entry, digest) => leads(leaf(entry)) && Hash::from(Sha256::digest(content)) == *digest,
            Leaf::Sigsum(signature, key_hash) => {
                // The message is the file's hash (sigsum-submit), and its hash the checksum that is logged.
                let checksum = Sha256::digest(Sha256::digest(content));
                leads(leaf(&[checksum.as_slice(), signature, key_hash].concat()))
            }
        }
    }

    /// Whether `content` is the file that the proof names, where it names one by hash.
    pub fn names(&self, content: &[u8]) -> Option<bool> {
        match &self.leaf {
            Leaf::Entry(_, digest) => Some(Hash::from(Sha256::digest(content)) == *digest),
            Leaf::Content | Leaf::Segment(_) | Leaf::Sigsum(..) => None,
        }
    }
}

/// A trusted Ed25519 key by the SHA-256 of its bytes, as sigsum names keys.
pub fn by_hash<'a>(keys: &'a Keys, hash: &Hash) -> Option<&'a Key> {
    keys.trusted().iter().find(|key| matches!(&key.material, Material::Ed25519(public) if Hash::from(Sha256::digest(public)) == *hash))
}
