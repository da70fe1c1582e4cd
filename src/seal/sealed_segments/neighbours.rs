//! The signed checkpoints around a segment, which travel with records that are taken out of it.

use super::links;
use super::log::{Checkpoints, Sealed, SegmentLog, is_signed};
use crate::seal::excerpt::pruned::Neighbours;
use crate::seal::primitives::merkle::Hash;

/// More checkpoints that contradict each other are not taken along: one pair shows the fork.
const MOST_CONTRADICTING: usize = 16;

fn checkpoints(log: &SegmentLog) -> Checkpoints {
    // What strangers signed is nobody's word, unless nobody is trusted.
    let trusted = links::has_trusted(log);
    let segments = log.segments.iter().map(|other| (&other.seal.checkpoint, &other.seal.note, &other.signatures));
    let orphans = log.orphans.iter().map(|orphan| (&orphan.seal.checkpoint, &orphan.seal.note, &orphan.signatures));
    let lone = log.lone.iter().map(|lone| (&lone.checkpoint, &lone.note, &lone.signatures));
    let mut all: Vec<(u64, Hash, String)> = segments
        .chain(orphans)
        .chain(lone)
        .filter(|(_, _, signatures)| if trusted { is_signed(signatures) } else { signatures.is_ok() })
        .map(|(checkpoint, note, _)| (checkpoint.size, checkpoint.root, note.to_text()))
        .collect();
    all.sort_by_key(|(size, root, _)| (*size, *root));
    all.dedup_by_key(|(size, root, _)| (*size, *root));
    let size = |at: usize| all.get(at).map(|(size, ..)| *size);
    let alike = |at: &usize| size(*at) == size(at + 1) || at.checked_sub(1).is_some_and(|before| size(before) == size(*at));
    let contradicting = (0..all.len()).filter(alike).take(MOST_CONTRADICTING).collect();
    Checkpoints { all, contradicting }
}

/// The checkpoint that ends where the segment begins, the next one, the newest one, and those that contradict another one.
pub(super) fn of(log: &SegmentLog, sealed: &Sealed) -> Neighbours {
    let Checkpoints { all, contradicting } = log.checkpoints.get_or_init(|| checkpoints(log));
    let (first, own) = (sealed.seal.first, &sealed.seal.checkpoint);
    let history = sealed.seal.before.root();
    let start = all.partition_point(|(size, ..)| *size < first);
    let at_start = || (start..).zip(&all[start..]).take_while(|(_, (size, ..))| *size == first);
    let before = at_start().find(|(_, (_, root, _))| Some(*root) == history).map(|(_, (.., note))| note.clone());
    let newest = all.last().filter(|(size, ..)| *size > own.size).map(|_| all.len() - 1);
    let next = Some(all.partition_point(|(size, ..)| *size <= own.size)).filter(|next| *next < all.len());
    // One that disagrees with the history under this segment contradicts it as well.
    let against = at_start().filter(|(_, (_, root, _))| first > 0 && Some(*root) != history).map(|(at, _)| at).take(MOST_CONTRADICTING);
    let mut heads: Vec<usize> = next.into_iter().chain(newest).chain(contradicting.iter().copied()).chain(against).collect();
    heads.sort_unstable();
    heads.dedup();
    let heads = heads.into_iter().filter_map(|at| all.get(at)).filter(|(size, root, _)| (*size, *root) != (own.size, own.root));
    Neighbours { before, heads: heads.map(|(.., note)| note.clone()).collect() }
}
