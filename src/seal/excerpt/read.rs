//! Reading what proves an excerpt: pruned tree, seal, salts, and the checkpoints around it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::finding::Finding;
use crate::model::stop;
use crate::model::text::from_hex;
use crate::seal::excerpt::pruned::HEADER;
use crate::seal::format::SegmentPlan;
use crate::seal::primitives::merkle::{Hash, Range};
use crate::seal::primitives::note::{Checkpoint, Note, NoteError, Signatures};
use crate::seal::primitives::segment::{Leaf, Salt, Seal};
use crate::seal::verdict::SegmentVerdict;
use crate::source::{File, Reading};
use crate::trust::{LogSigner, Standing, Store as Keys, Vouched};

/// Proofs larger than this are not read, in bytes.
const MAX_PROOF: u64 = 512 << 20;
const MAX_SEAL: u64 = 1 << 20;
/// More checkpoints beside one excerpt are not looked at.
const MOST_HEADS: usize = 256;

/// A line of a pruned tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Disclosed(u64),
    Withheld { first: u64, count: u64, hash: Hash },
}

pub(super) fn parse(text: &str) -> Option<Vec<Node>> {
    let rest = text.strip_prefix(HEADER)?.strip_prefix('\n')?;
    rest.lines()
        .map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["D", number] => Some(Node::Disclosed(number.parse().ok()?)),
                ["H", first, count, hash] => {
                    let (first, count): (u64, u64) = (first.parse().ok()?, count.parse().ok()?);
                    let aligned = count.is_power_of_two() && first.is_multiple_of(count) && first.checked_add(count).is_some();
                    aligned.then_some(Node::Withheld { first, count, hash: from_hex(hash)?.try_into().ok()? })
                }
                _ => None,
            }
        })
        .collect()
}

/// Records with what proves them.
pub(super) struct Part {
    pub(super) nodes: Vec<Node>,
    /// Numbers in the log of the disclosed records.
    pub(super) numbers: Vec<u64>,
    /// The salts of the disclosed records: of all of them, or of none.
    pub(super) salts: BTreeMap<u64, Salt>,
    pub(super) seal: Seal,
    pub(super) seal_text: String,
    pub(super) signatures: Result<Signatures, NoteError>,
    /// The checkpoint of the preceding seal, if it agrees with the tree: it shows where the segment starts.
    pub(super) before: Option<Head>,
    /// Other checkpoints of the log.
    pub(super) heads: Vec<Head>,
}

/// A checkpoint that travelled with an excerpt.
pub(super) struct Head {
    pub(super) path: String,
    pub(super) note: Note,
    pub(super) checkpoint: Checkpoint,
    pub(super) signatures: Signatures,
}

impl Head {
    /// Whether the log's trusted key signed it.
    pub(super) fn is_signed(&self) -> bool {
        self.signatures.log().is_some()
    }
}

/// An excerpt with the path of its proof.
pub(super) struct Excerpt {
    pub(super) proof_path: String,
    pub(super) part: Result<Box<Part>, Unfit>,
}

/// All excerpts of one log.
pub(super) struct PrunedLog {
    pub(super) origin: String,
    pub(super) plans: Vec<SegmentPlan>,
    pub(super) excerpts: Vec<Excerpt>,
}

/// The outcome of all excerpts of a log.
pub(super) struct Sum {
    pub(super) findings: Vec<Finding>,
    pub(super) segments: Vec<SegmentVerdict>,
    pub(super) holds: bool,
    pub(super) complete: bool,
    /// Roots that signed excerpts give, by size, and by whom.
    pub(super) roots: BTreeMap<u64, Vec<(Hash, usize)>>,
    /// Excerpts that hold under a trusted key's seal.
    pub(super) good: Vec<usize>,
    /// Excerpts that repeat another one.
    pub(super) seen: BTreeSet<(Hash, Vec<u64>)>,
}

/// Why there is no proof that could be tried.
pub(super) struct Unfit {
    pub(super) why: String,
    /// It is the files' own fault, rather than that of the reading.
    pub(super) is_damaged: bool,
}

fn text(file: &File, limit: u64) -> Result<String, Unfit> {
    let damaged = |why| Unfit { why, is_damaged: true };
    match Reading::from(file.read_all(limit)) {
        Reading::Done(content) => String::from_utf8(content).map_err(|_error| damaged(format!("{} is not text", file.path))),
        Reading::Damaged(why) => Err(damaged(why)),
        Reading::Unreadable(why) | Reading::TooLarge(why) => Err(Unfit { why, is_damaged: false }),
        Reading::Stopped => Err(Unfit { why: format!("{} was not read", file.path), is_damaged: false }),
    }
}

/// The files of an excerpt beside its records.
#[derive(Default)]
pub(super) struct Files {
    pub(super) seal: Option<File>,
    pub(super) salts: Option<File>,
    pub(super) before: Option<File>,
    pub(super) heads: Option<File>,
}

/// Reads what proves an excerpt.
pub(super) fn read(tree: &File, files: Files, keys: &Keys) -> Result<Part, Unfit> {
    let damaged = |why: String| Unfit { why, is_damaged: true };
    let nodes = parse(&text(tree, MAX_PROOF)?).ok_or_else(|| damaged(format!("{} cannot be read", tree.path)))?;
    let seal_file = files.seal.ok_or_else(|| damaged(format!("the seal that belongs to {} is missing", tree.path)))?;
    let seal_text = text(&seal_file, MAX_SEAL)?;
    let seal = Seal::parse(&seal_text).map_err(|error| damaged(format!("{}: {error}", seal_file.path)))?;
    let numbers: Vec<u64> = nodes.iter().filter_map(|node| if let Node::Disclosed(number) = node { Some(*number) } else { None }).collect();
    let salts = match &files.salts {
        None => BTreeMap::new(),
        Some(file) => {
            let salts = parse_salts(&text(file, MAX_PROOF)?);
            // One for each disclosed record of a salted segment, all or none.
            let fits =
                |salts: &BTreeMap<u64, Salt>| salts.len() == numbers.len() && numbers.iter().all(|number| salts.contains_key(number));
            salts.filter(fits).ok_or_else(|| damaged(format!("{} does not hold one salt of 16 bytes for each record", file.path)))?
        }
    };
    let signatures = seal.note.judge(keys, &seal.checkpoint.origin);
    let mut part = Part { nodes, numbers, salts, seal, seal_text, signatures, before: None, heads: Vec::new() };
    if let Some(file) = &files.heads {
        part.heads = heads(file, &text(file, MAX_SEAL)?, &part.seal, keys);
    }
    if let Some(file) = &files.before {
        let preceding = heads(file, &text(file, MAX_SEAL)?, &part.seal, keys).into_iter().next();
        part.take_before(preceding);
    }
    Ok(part)
}

/// The checkpoints of the log in a file of notes with an empty line between two. One that is not good proves nothing, and is no harm.
fn heads(file: &File, text: &str, seal: &Seal, keys: &Keys) -> Vec<Head> {
    let mut notes = vec![String::new()];
    let mut signed = false;
    for line in text.split_inclusive('\n') {
        if signed && line == "\n" {
            notes.push(String::new());
        } else if let Some(note) = notes.last_mut() {
            note.push_str(line);
        }
        signed = line.starts_with("\u{2014} ");
    }
    let head = |text: String| {
        let Ok(note) = Note::parse(&text) else { return None };
        let (Ok(checkpoint), Ok(signatures)) = (note.checkpoint(), note.judge(keys, &seal.checkpoint.origin)) else { return None };
        let ours = checkpoint.origin == seal.checkpoint.origin;
        ours.then(|| Head { path: file.path.clone(), note, checkpoint, signatures })
    };
    notes.into_iter().take(MOST_HEADS).filter_map(head).collect()
}

fn parse_salts(text: &str) -> Option<BTreeMap<u64, Salt>> {
    let mut salts = BTreeMap::new();
    for line in text.lines() {
        let (number, salt) = line.split_once(' ')?;
        let salt: Salt = from_hex(salt)?.try_into().ok()?;
        if salts.insert(number.parse().ok()?, salt).is_some() {
            return None;
        }
    }
    Some(salts)
}

impl Part {
    /// Takes a checkpoint for the one before the segment, if it is one: of the number that the segment starts with, of the root that the tree
    /// has there, and signed by a trusted key where the segment is. One that contradicts the tree is kept as any other checkpoint.
    fn take_before(&mut self, head: Option<Head>) {
        let Some(head) = head else { return };
        let agrees = head.checkpoint.size == self.seal.first && self.root_at_start() == Some(head.checkpoint.root);
        if agrees && (head.is_signed() || !self.is_signed()) {
            self.before = Some(head);
        } else {
            self.heads.push(head);
        }
    }

    /// The root of the log where the segment starts, if the tree is divided there.
    fn root_at_start(&self) -> Option<Hash> {
        let mut tree = Range::new(0);
        for node in &self.nodes {
            match node {
                Node::Withheld { first, count, hash } if *first == tree.end() && first.saturating_add(*count) <= self.seal.first => {
                    tree.push_subtree(count.trailing_zeros() as u8, *hash);
                }
                _ => break,
            }
        }
        if tree.end() == self.seal.first { tree.root() } else { None }
    }

    pub(super) fn voucher(&self) -> Option<&Vouched<LogSigner>> {
        match &self.signatures {
            Ok(signatures) => signatures.sealed(),
            Err(_) => None,
        }
    }

    /// Whether the log's trusted key signed it, enough witnesses or not.
    pub(super) fn is_signed(&self) -> bool {
        matches!(&self.signatures, Ok(signatures) if signatures.log().is_some())
    }

    pub(super) fn standing(&self) -> Standing {
        match &self.signatures {
            Ok(signatures) => Standing::of(signatures.sealed()),
            Err(_) => Standing::BROKEN,
        }
    }

    /// Whether the records lead to the signed root. `at` gets the root of the tree at each of its own edges.
    pub(super) fn holds(&self, records: &[&[u8]], at: &mut dyn FnMut(u64, Hash)) -> bool {
        let mut tree = Range::new(0);
        let mut here = records.iter();
        for node in &self.nodes {
            if stop::is_wished() {
                return false;
            }
            match node {
                Node::Disclosed(number) => {
                    let Some(record) = here.next().filter(|_| *number == tree.end()) else { return false };
                    tree.push(self.leaf(*number).hash(record));
                }
                Node::Withheld { first, count, hash } => {
                    if *first != tree.end() || tree.end().saturating_add(*count) > self.seal.checkpoint.size {
                        return false;
                    }
                    tree.push_subtree(count.trailing_zeros() as u8, *hash);
                }
            }
            if let Some(root) = tree.root() {
                at(tree.end(), root);
            }
        }
        here.next().is_none() && tree.end() == self.seal.checkpoint.size && tree.root() == Some(self.seal.checkpoint.root)
    }

    /// What stands before a disclosed record. Whether it is salted and the first of its segment is decided by the kind in the leaf, not here:
    /// a salt too many or too few, or another first number, does not lead to the root.
    pub(super) fn leaf(&self, number: u64) -> Leaf {
        Leaf::new(self.seal.unit, number == self.seal.first, self.salts.get(&number).copied())
    }

    /// Whether it is shown that the segment starts where its unsigned line says.
    pub(super) fn is_start_proven(&self) -> bool {
        self.seal.first == 0 || self.before.is_some() || self.numbers.first() == Some(&self.seal.first)
    }

    /// Whether nothing of the segment is withheld, and it is shown that nothing is.
    pub(super) fn is_whole(&self) -> bool {
        self.is_start_proven()
            && self.numbers.len() as u64 == self.seal.count()
            && self.numbers.first().is_none_or(|first| *first == self.seal.first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_trees_are_refused() {
        let tree = |lines: &str| parse(&format!("{HEADER}\n{lines}"));
        let hash = "00".repeat(32);
        assert_eq!(tree(&format!("H 0 4 {hash}\nD 4\n")).map(|nodes| nodes.len()), Some(2));
        for wrong in [
            format!("H 0 3 {hash}"),
            format!("H 2 4 {hash}"),
            "D x".into(),
            "X 1".into(),
            format!("H 0 4 {}", &hash[2..]),
            format!("H {} 1 {hash}", u64::MAX),
        ] {
            assert_eq!(tree(&wrong), None, "{wrong}");
        }
        assert_eq!(parse("hello"), None);
    }
}
