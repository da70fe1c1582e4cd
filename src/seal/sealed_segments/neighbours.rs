//! The signed checkpoints around a segment, which travel with records that are taken out of it.

use super::links;
use super::log::{Sealed, SegmentLog, is_signed};
use crate::seal::excerpt::pruned::Neighbours;
use crate::seal::primitives::merkle::Hash;
use crate::seal::primitives::note::Note;

/// More checkpoints that contradict each other are not taken along: one pair shows the fork.
const MOST_CONTRADICTING: usize = 16;

/// The checkpoint that ends where the segment begins, the next one, the newest one, and those that contradict another one.
pub(super) fn of(log: &SegmentLog, sealed: &Sealed) -> Neighbours {
    // What strangers signed is nobody's word, unless nobody is trusted.
    let trusted = links::has_trusted(log);
    let segments = log.segments.iter().map(|other| (&other.seal.checkpoint, &other.seal.note, &other.signatures));
    let orphans = log.orphans.iter().map(|orphan| (&orphan.seal.checkpoint, &orphan.seal.note, &orphan.signatures));
    let lone = log.lone.iter().map(|lone| (&lone.checkpoint, &lone.note, &lone.signatures));
    let mut all: Vec<(u64, Hash, &Note)> = segments
        .chain(orphans)
        .chain(lone)
        .filter(|(_, _, signatures)| if trusted { is_signed(signatures) } else { signatures.is_ok() })
        .map(|(checkpoint, note, _)| (checkpoint.size, checkpoint.root, note))
        .collect();
    all.sort_by_key(|(size, root, _)| (*size, *root));
    all.dedup_by_key(|(size, root, _)| (*size, *root));
    let (first, own) = (sealed.seal.first, &sealed.seal.checkpoint);
    let history = sealed.seal.before.root();
    let before = all.iter().find(|(size, root, _)| *size == first && Some(*root) == history);
    let newest = all.last().filter(|(size, ..)| *size > own.size);
    let next = all.iter().find(|(size, ..)| *size > own.size);
    let contradicting = all.chunk_by(|one, other| one.0 == other.0).filter(|same| same.len() > 1).flatten().take(MOST_CONTRADICTING);
    // One that disagrees with the history under this segment contradicts it as well.
    let against = all.iter().filter(|(size, root, _)| *size == first && first > 0 && Some(*root) != history).take(MOST_CONTRADICTING);
    let mut heads: Vec<(u64, Hash, &Note)> = next.into_iter().chain(newest).chain(contradicting).chain(against).copied().collect();
    heads.sort_by_key(|(size, root, _)| (*size, *root));
    heads.dedup_by_key(|(size, root, _)| (*size, *root));
    heads.retain(|(size, root, _)| (*size, *root) != (own.size, own.root));
    Neighbours { before: before.map(|(_, _, note)| note.to_text()), heads: heads.into_iter().map(|(_, _, note)| note.to_text()).collect() }
}
