//! RFC 6962 Merkle trees over the records of a log, built from pieces that can be hashed in parallel.
//!
//! Written here, not taken from a library, because leaves can be salted, pieces are hashed in parallel, and the records of an excerpt share
//! one proof. The hash function is that of `sha2`.

use sha2::{Digest, Sha256};

/// A SHA-256 value.
pub type Hash = [u8; 32];

/// The leaf hash of an entry, RFC 6962 section 2.1: `SHA-256(0x00 ‖ entry)`. Leaves of sealed segments hash more than the record: see
/// [`crate::seal::primitives::segment::Leaf`].
pub fn leaf(entry: &[u8]) -> Hash {
    let mut hasher = leaf_hasher();
    hasher.update(entry);
    hasher.finalize().into()
}

/// A hasher that has taken the prefix of a leaf, for entries that arrive in pieces.
pub fn leaf_hasher() -> Sha256 {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher
}

/// The hash of an inner node, RFC 6962 section 2.1: `SHA-256(0x01 ‖ left ‖ right)`.
pub fn node(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [0; 65];
    bytes[0] = 1;
    bytes[1..33].copy_from_slice(left);
    bytes[33..].copy_from_slice(right);
    Sha256::digest(bytes).into()
}

/// The roots of the complete, aligned subtrees that cover the leaves `start..end`, left to right.
///
/// Adjacent ranges can be joined, so that blocks of one segment are hashed in parallel and put together afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    start: u64,
    end: u64,
    nodes: Vec<(u8, Hash)>,
}

impl Range {
    /// An empty range at `start`.
    pub fn new(start: u64) -> Self {
        Self { start, end: start, nodes: Vec::new() }
    }

    /// The range `0..size` from its subtree roots, largest first: one for each bit set in `size`. `None` if their number is wrong.
    pub fn from_frontier(size: u64, frontier: &[Hash]) -> Option<Self> {
        if size.count_ones() as usize != frontier.len() {
            return None;
        }
        let levels = (0..64u8).rev().filter(|level| size >> level & 1 == 1);
        Some(Self { start: 0, end: size, nodes: levels.zip(frontier.iter().copied()).collect() })
    }

    /// The first leaf's number.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The number after the last leaf's.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// The subtree roots, left to right; for a range from 0 this is the frontier.
    pub fn frontier(&self) -> Vec<Hash> {
        self.nodes.iter().map(|(_, hash)| *hash).collect()
    }

    /// Appends one leaf hash.
    pub fn push(&mut self, leaf: Hash) {
        self.push_node(0, leaf);
    }

    /// Appends a range that starts where this one ends. Gives `false`, and does nothing, if it does not.
    #[must_use]
    pub fn append(&mut self, next: &Self) -> bool {
        if next.start != self.end {
            return false;
        }
        for (level, hash) in &next.nodes {
            self.push_node(*level, *hash);
        }
        true
    }

    /// The subtree roots with their levels, left to right.
    pub fn subtrees(&self) -> impl Iterator<Item = (u8, Hash)> + '_ {
        self.nodes.iter().copied()
    }

    /// Appends the root of an aligned subtree of `2^level` leaves.
    pub fn push_subtree(&mut self, level: u8, hash: Hash) {
        self.push_node(level, hash);
    }

    fn push_node(&mut self, level: u8, hash: Hash) {
        self.end += 1 << level;
        let (mut level, mut hash) = (level, hash);
        while let Some((left_level, left)) = self.nodes.last() {
            let width = 2u64 << level;
            let aligned = self.end.is_multiple_of(width);
            if *left_level != level || !aligned || self.end - self.start < width {
                break;
            }
            hash = node(left, &hash);
            level += 1;
            self.nodes.pop();
        }
        self.nodes.push((level, hash));
    }

    /// The tree's root, if the range starts at 0. The root of no leaves is `SHA-256("")`.
    pub fn root(&self) -> Option<Hash> {
        if self.start != 0 {
            return None;
        }
        let Some((last, rest)) = self.nodes.split_last() else {
            return Some(Sha256::digest([]).into());
        };
        Some(rest.iter().rev().fold(last.1, |right, (_, left)| node(left, &right)))
    }
}

/// The inclusion proof of leaf `index` in the tree of `leaves`, RFC 6962 section 2.1.1, nearest sibling first. `None` if there is no such leaf.
///
/// The leaves before the segment are given by `before`, the range `0..first`.
pub fn inclusion(before: &Range, leaves: &[Hash], index: u64) -> Option<Vec<Hash>> {
    Inclusions::new(before, leaves).path(index)
}

/// Makes inclusion proofs of many leaves of one tree: what two of them have in common is hashed once.
pub struct Inclusions<'a> {
    before: &'a Range,
    leaves: &'a [Hash],
    /// Roots of subtrees, by start and end.
    known: std::collections::BTreeMap<(u64, u64), Hash>,
}

impl<'a> Inclusions<'a> {
    /// For the tree of `leaves` behind `before`, the range `0..first`.
    pub fn new(before: &'a Range, leaves: &'a [Hash]) -> Self {
        Self { before, leaves, known: std::collections::BTreeMap::new() }
    }

    /// The proof of leaf `index`, nearest sibling first. `None` if there is no such leaf.
    pub fn path(&mut self, index: u64) -> Option<Vec<Hash>> {
        let size = self.before.end + self.leaves.len() as u64;
        if index < self.before.end || index >= size {
            return None;
        }
        let (mut start, mut end, mut path) = (0, size, Vec::new());
        while end - start > 1 {
            let middle = start + split(end - start);
            let sibling;
            if index < middle {
                (sibling, end) = ((middle, end), middle);
            } else {
                (sibling, start) = ((start, middle), middle);
            }
            let hash = match self.known.get(&sibling) {
                Some(hash) => *hash,
                None => {
                    let hash = subtree(self.before, self.leaves, sibling.0, sibling.1)?;
                    self.known.insert(sibling, hash);
                    hash
                }
            };
            path.push(hash);
        }
        path.reverse();
        Some(path)
    }
}

/// The root of the subtree over `start..end`, both of them tree positions of one split.
fn subtree(before: &Range, leaves: &[Hash], start: u64, end: u64) -> Option<Hash> {
    let mut range = Range::new(0);
    let mut position = 0;
    for (level, hash) in &before.nodes {
        let width = 1u64 << level;
        if position >= start && position + width <= end {
            range.push_node(*level, *hash);
        }
        position += width;
    }
    let first = before.end.max(start) - before.end;
    let last = end.saturating_sub(before.end);
    if first < last {
        for leaf in leaves.get(usize::try_from(first).ok()?..usize::try_from(last).ok()?)? {
            range.push(*leaf);
        }
    }
    (range.end == end - start).then(|| range.root()).flatten()
}

/// The largest power of two smaller than `count`.
fn split(count: u64) -> u64 {
    1 << (63 - (count - 1).leading_zeros())
}

/// The root that an inclusion proof leads to, RFC 9162 section 2.1.3.2. `None` if the proof has the wrong length.
pub fn root_from_inclusion(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut position, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in path {
        if last == 0 {
            return None;
        }
        if position & 1 == 1 || position == last {
            hash = node(sibling, &hash);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, sibling);
        }
        position >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::text::hex;
    use proptest::prelude::*;

    /// RFC 6962 section 2.1, as it is written there.
    fn plain_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => *one,
            many => {
                let middle = many.len().next_power_of_two() / 2;
                node(&plain_root(&many[..middle]), &plain_root(&many[middle..]))
            }
        }
    }

    fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|number| leaf(number.to_string().as_bytes())).collect()
    }

    #[test]
    fn known_roots() {
        // The vectors of RFC 6962's reference implementation.
        let inputs: [&[u8]; 3] = [b"", b"\x00", b"\x10"];
        let hashes: Vec<Hash> = inputs.iter().map(|input| leaf(input)).collect();
        let mut range = Range::new(0);
        assert_eq!(hex(&range.root().unwrap()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        range.push(hashes[0]);
        assert_eq!(hex(&range.root().unwrap()), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        range.push(hashes[1]);
        assert_eq!(hex(&range.root().unwrap()), "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
        range.push(hashes[2]);
        assert_eq!(hex(&range.root().unwrap()), "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77");
    }

    proptest! {
        #[test]
        fn root_is_that_of_the_definition(count in 0usize..200, cuts in prop::collection::vec(0usize..200, 0..5)) {
            let all = leaves(count);
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(count)).collect();
            cuts.extend([0, count]);
            cuts.sort_unstable();
            let mut whole = Range::new(0);
            for pair in cuts.windows(2) {
                let mut piece = Range::new(pair[0] as u64);
                all[pair[0]..pair[1]].iter().for_each(|hash| piece.push(*hash));
                prop_assert!(whole.append(&piece));
            }
            prop_assert_eq!(whole.root().unwrap(), plain_root(&all));
            let restored = Range::from_frontier(count as u64, &whole.frontier()).unwrap();
            prop_assert_eq!(restored, whole);
        }

        #[test]
        fn inclusion_proofs_lead_to_the_root(count in 1usize..120, first in 0usize..120, index in 0usize..120) {
            let all = leaves(count);
            let first = first.min(count - 1);
            let index = first + index % (count - first);
            let mut before = Range::new(0);
            all[..first].iter().for_each(|hash| before.push(*hash));
            let path = inclusion(&before, &all[first..], index as u64).unwrap();
            prop_assert_eq!(root_from_inclusion(all[index], index as u64, count as u64, &path), Some(plain_root(&all)));
            if count > 1 {
                prop_assert_eq!(root_from_inclusion(all[index], index as u64, count as u64, &path[1..]), None);
            }
            let mut wrong = all[index];
            wrong[0] ^= 1;
            prop_assert_ne!(root_from_inclusion(wrong, index as u64, count as u64, &path), Some(plain_root(&all)));
        }
    }
}
