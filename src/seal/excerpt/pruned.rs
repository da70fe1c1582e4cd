//! Records taken out of sealed segments, with a pruned Merkle tree that proves them: each run of withheld records is one hash for each aligned
//! subtree, so that membership, order, number and place of what was withheld are fixed by the sealer's signed root.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use crate::model::text::hex;
use crate::seal::format::{Excerpt, Progress};
use crate::seal::primitives::merkle::{Hash, Inclusions, Range};
use crate::seal::primitives::segment::{Seal, Unit, without_secret};
use crate::source::block::{Blocks, Piece};
use crate::source::{File, SourceError};

/// The first line of a pruned tree.
pub const HEADER: &str = "sealscope.dev/pruned@v1";

/// More single proofs than this are not made: the pruned tree is the better proof of many.
const MOST_SINGLE: usize = 200;

/// Signed checkpoints of a log around a segment, as notes: they travel with its records, so that a gap, a fork or a clock that was set back is
/// seen by who receives them, and how long the log was.
#[derive(Clone, Debug, Default)]
pub struct Neighbours {
    /// The one that ends where the segment begins.
    pub before: Option<String>,
    /// Others: the next one, the newest one, and those that contradict each other.
    pub heads: Vec<String>,
}

impl Neighbours {
    /// The files that hold them, beside an excerpt of a segment that begins with record `first`.
    pub fn files(&self, first: u64) -> Vec<(&'static str, &'static str, String)> {
        let before = self.before.iter().filter(|_| first > 0).map(|note| ("seals", ".before", note.clone()));
        let heads = (!self.heads.is_empty()).then(|| ("seals", ".heads", self.heads.join("\n")));
        before.chain(heads).collect()
    }
}

/// The leaf hashes of a segment's records, and the bytes of the chosen ones.
struct Pass {
    leaves: Vec<Hash>,
    records: Vec<Vec<u8>>,
}

/// Reads the segment once, whatever its size. `None` if the user stopped it, or a chosen record is too long to hold.
fn pass(seal: &Seal, file: &File, chosen: &[u64], progress: Progress<'_>) -> Result<Option<Pass>, SourceError> {
    use rayon::prelude::*;
    use sha2::Digest;
    let making = seal.leaves();
    let mut pass = Pass { leaves: Vec::new(), records: Vec::with_capacity(chosen.len()) };
    let mut chosen = chosen.iter().copied().peekable();
    let mut blocks = Blocks::new(file.reader()?);
    let mut buffer = Vec::new();
    let mut read = 0;
    while let Some(piece) =
        blocks.next(std::mem::take(&mut buffer), &|line| making.hasher(seal.first + line)).map_err(|cause| file.io(cause))?
    {
        match piece {
            Piece::Block(block) => {
                let here: Vec<&[u8]> = block.records().map(|(_, record)| record).collect();
                let first = seal.first + block.first;
                let leaves = here.par_iter().enumerate().map(|(index, record)| making.leaf(first + index as u64, record));
                pass.leaves.par_extend(leaves);
                while let Some(index) = chosen.next_if(|index| *index < block.first + here.len() as u64) {
                    let Some(record) = index.checked_sub(block.first).and_then(|index| here.get(index as usize)) else { return Ok(None) };
                    pass.records.push(record.to_vec());
                }
                buffer = block.bytes;
            }
            Piece::Long(long) if chosen.peek() == Some(&long.index) => return Ok(None),
            Piece::Long(long) => pass.leaves.push(long.hasher.finalize().into()),
        }
        let before = std::mem::replace(&mut read, blocks.offset());
        if !progress(read - before) {
            return Ok(None);
        }
    }
    Ok(Some(pass))
}

/// Takes the records `chosen` (ascending indices in the segment) out of a sealed segment. `None` if the segment does not lead to its root.
pub fn excerpt(
    seal: &Seal,
    seal_text: &str,
    neighbours: &Neighbours,
    file: &File,
    chosen: &[u64],
    progress: Progress<'_>,
) -> Result<Option<Excerpt>, SourceError> {
    if seal.unit != Unit::Line {
        return Ok(None);
    }
    Ok(pass(seal, file, chosen, progress)?.and_then(|pass| cut(seal, seal_text, neighbours, pass, chosen)))
}

fn cut(seal: &Seal, seal_text: &str, neighbours: &Neighbours, pass: Pass, chosen: &[u64]) -> Option<Excerpt> {
    let making = seal.leaves();
    let leaves = pass.leaves;
    let mut whole = seal.before.clone();
    leaves.iter().for_each(|leaf| whole.push(*leaf));
    if whole.end() != seal.checkpoint.size || whole.root() != Some(seal.checkpoint.root) || pass.records.len() != chosen.len() {
        return None;
    }
    let mut out = Excerpt { withheld: leaves.len() as u64 - chosen.len() as u64, records: pass.records, ..Excerpt::default() };
    let unsigned = without_secret(seal_text);
    let mut tree = format!("{HEADER}\n");
    let mut salts = String::new();
    let mut position = 0;
    for (level, hash) in seal.before.subtrees() {
        tree.push_str(&format!("H {position} {} {}\n", 1u64 << level, hex(&hash)));
        position += 1 << level;
    }
    let mut chosen = chosen.iter().map(|index| seal.first + index).peekable();
    while position < seal.checkpoint.size {
        if chosen.peek() == Some(&position) {
            chosen.next();
            tree.push_str(&format!("D {position}\n"));
            if let Some(salt) = making.at(position).salt() {
                salts.push_str(&format!("{position} {}\n", hex(salt)));
            }
            out.numbers.push(position);
            position += 1;
            continue;
        }
        let end = chosen.peek().copied().unwrap_or(seal.checkpoint.size).min(seal.checkpoint.size);
        // The largest aligned subtree that holds only withheld records.
        let mut width = 1;
        while position.is_multiple_of(width * 2) && position + width * 2 <= end {
            width *= 2;
        }
        let start = usize::try_from(position - seal.first).ok()?;
        let mut subtree = Range::new(0);
        leaves.get(start..start + usize::try_from(width).ok()?)?.iter().for_each(|leaf| subtree.push(*leaf));
        tree.push_str(&format!("H {position} {width} {}\n", hex(&subtree.root()?)));
        position += width;
    }
    if out.numbers.len() <= MOST_SINGLE {
        let note = seal_text.split_once("\n\n")?.1;
        let mut proofs = Inclusions::new(&seal.before, &leaves);
        for number in &out.numbers {
            let path = proofs.path(*number)?;
            let extra = BASE64.encode(making.at(*number).extra());
            let path: String = path.iter().map(|hash| BASE64.encode(hash) + "\n").collect();
            out.single.push(format!("c2sp.org/tlog-proof@v1\nextra {extra}\nindex {number}\n{path}\n{note}"));
        }
    }
    out.guessable = making.at(seal.first).salt().is_none() && out.withheld > 0;
    out.files = vec![("proofs", ".ptree", tree), ("seals", ".seal", unsigned)];
    if !salts.is_empty() {
        out.files.push(("salts", ".salts", salts));
    }
    let placed = seal.first == 0 || neighbours.before.is_some() || out.numbers.first() == Some(&seal.first);
    out.unplaced = if placed { 0 } else { seal.first };
    out.files.extend(neighbours.files(seal.first));
    // A number that is not in the segment was never met.
    chosen.next().is_none().then_some(out)
}
