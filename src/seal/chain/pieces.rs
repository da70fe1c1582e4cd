//! Which parts of the files hold one chain, what of them is there twice, and in which order they follow one another.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::seal::primitives::link::{Links, Run, Tag, tag};

/// Places of one record that are remembered.
const MOST_PLACES: usize = 8;

/// The records of one chain in one file.
pub struct Piece<'a> {
    /// Which file.
    pub segment: usize,
    /// All that is kept of the file.
    pub links: &'a Links,
    /// Its runs, in order.
    pub runs: Vec<&'a Run>,
    /// At which record each run starts, and their number at the end.
    starts: Vec<u64>,
    /// The records that are not in another piece too.
    pub own: std::ops::Range<u64>,
    /// Whether the bytes of what is in another piece too are the same there.
    pub is_copy: bool,
    /// From which record on it differs from another piece with the same beginning.
    pub parts_at: Option<u64>,
}

impl<'a> Piece<'a> {
    fn new(segment: usize, links: &'a Links, runs: Vec<&'a Run>) -> Self {
        let mut starts = vec![0];
        for run in &runs {
            starts.push(starts.last().copied().unwrap_or(0) + run.count());
        }
        let length = starts.last().copied().unwrap_or(0);
        Self { segment, links, runs, starts, own: 0..length, is_copy: false, parts_at: None }
    }

    /// How many records.
    pub fn len(&self) -> u64 {
        self.starts.last().copied().unwrap_or(0)
    }

    /// Whether all of it is in another piece.
    pub fn is_elsewhere(&self) -> bool {
        self.own.is_empty()
    }

    /// The run that holds a record, and its place in the run.
    pub fn at(&self, offset: u64) -> (usize, u64) {
        let run = self.starts.partition_point(|start| *start <= offset).saturating_sub(1).min(self.runs.len().saturating_sub(1));
        (run, offset - self.starts[run])
    }

    /// Where a run starts.
    pub fn start(&self, run: usize) -> u64 {
        self.starts[run]
    }

    /// The tags of its records from `offset` on.
    pub fn tags(&self, offset: u64) -> impl Iterator<Item = (Tag, Tag)> + '_ {
        let (run, inside) = self.at(offset.min(self.len().saturating_sub(1)));
        let skipped = if offset >= self.len() { self.len() } else { inside };
        let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
        self.runs[run..].iter().flat_map(|run| run.tags.iter().copied()).skip(skipped)
    }

    /// The first and the last place in the file of the records that are not in another piece too.
    pub fn indices(&self) -> Option<(u64, u64)> {
        let index = |offset: u64| {
            let (run, inside) = self.at(offset);
            self.runs[run].index(inside)
        };
        (!self.is_elsewhere()).then(|| (index(self.own.start), index(self.own.end - 1)))
    }

    fn first(&self) -> Option<Tag> {
        self.tags(0).next().map(|(own, _)| own)
    }
}

/// The pieces of every chain in the files, by its name.
pub fn by_chain<'a>(files: &[&'a Links]) -> BTreeMap<Arc<str>, Vec<Piece<'a>>> {
    let mut pieces: BTreeMap<Arc<str>, Vec<Piece<'a>>> = BTreeMap::new();
    for (segment, links) in files.iter().enumerate() {
        let mut runs: BTreeMap<&Arc<str>, Vec<&'a Run>> = BTreeMap::new();
        for run in &links.runs {
            runs.entry(&run.chain).or_default().push(run);
        }
        for (chain, runs) in runs {
            pieces.entry(Arc::clone(chain)).or_default().push(Piece::new(segment, links, runs));
        }
    }
    pieces
}

/// How many records are the same from `from` in one piece and `to` in the other on: by their own hashes, and whether by their bytes too.
fn common(one: &Piece<'_>, from: u64, other: &Piece<'_>, to: u64) -> (u64, bool) {
    let mut alike = true;
    let same = one.tags(from).zip(other.tags(to)).take_while(|(one, other)| {
        alike &= one.0 != other.0 || one.1 == other.1;
        one.0 == other.0
    });
    (same.count() as u64, alike)
}

/// Leaves out of each piece what a longer one holds too: copies, archives and overlapping exports hold records twice.
pub fn part_copies(pieces: &mut [Piece<'_>]) {
    if pieces.len() < 2 {
        return;
    }
    let wanted: HashSet<Tag> = pieces.iter().filter_map(Piece::first).collect();
    let mut order: Vec<usize> = (0..pieces.len()).collect();
    order.sort_by_key(|piece| (std::cmp::Reverse(pieces[*piece].len()), *piece));
    // Where in a piece already looked at each first record is, and whose first record it is.
    let mut places: HashMap<Tag, (usize, u64)> = HashMap::new();
    let mut firsts: HashMap<Tag, usize> = HashMap::new();
    for piece in order {
        let here = &pieces[piece];
        let Some(first) = here.first() else { continue };
        let mut change = None;
        if let Some((other, at)) = places.get(&first) {
            let (same, alike) = common(here, 0, &pieces[*other], *at);
            let parts = (same < here.len() && at + same < pieces[*other].len()).then_some(same);
            change = Some((same..here.len(), alike, parts));
        }
        let found: Vec<(u64, Tag)> =
            here.tags(0).enumerate().filter(|(_, (own, _))| wanted.contains(own)).map(|(at, (own, _))| (at as u64, own)).collect();
        if change.is_none()
            && let Some((at, other)) = found.iter().filter(|(at, _)| *at > 0).find_map(|(at, own)| Some((*at, *firsts.get(own)?)))
        {
            let (same, alike) = common(here, at, &pieces[other], 0);
            let parts = (at + same < here.len() && same < pieces[other].len()).then_some(at + same);
            // Where it parts from the other, what follows is no copy.
            if parts.is_none() {
                change = Some((0..at, alike, None));
            } else {
                change = Some((0..here.len(), alike, parts));
            }
        }
        if let Some((own, alike, parts)) = change {
            let here = &mut pieces[piece];
            (here.own, here.is_copy, here.parts_at) = (own, alike, parts);
        }
        firsts.entry(first).or_insert(piece);
        for (at, own) in found {
            places.entry(own).or_insert((piece, at));
        }
    }
}

/// Puts pieces in order: each after the one whose last record it follows, otherwise as they came.
pub fn order(pieces: &[Piece<'_>]) -> Vec<usize> {
    let mine = || pieces.iter().enumerate().filter(|(_, piece)| !piece.is_elsewhere());
    let last = |piece: &Piece<'_>| piece.tags(piece.own.end - 1).next().map(|(own, _)| own);
    let before = |piece: &Piece<'_>| {
        let (run, inside) = piece.at(piece.own.start);
        if inside == 0 { Some(tag(&piece.runs[run].previous)) } else { piece.tags(piece.own.start - 1).next().map(|(own, _)| own) }
    };
    let mut ends: HashMap<Tag, usize> = HashMap::new();
    for (index, piece) in mine() {
        if let Some(last) = last(piece) {
            ends.entry(last).or_insert(index);
        }
    }
    let mut next: HashMap<usize, usize> = HashMap::new();
    let mut starts = Vec::new();
    for (index, piece) in mine() {
        match before(piece).and_then(|before| ends.get(&before)).filter(|other| **other != index && !next.contains_key(*other)) {
            Some(other) => {
                next.insert(*other, index);
            }
            None => starts.push(index),
        }
    }
    // What begins a chain comes first, then the rest; files that follow each other in a circle come as they are.
    let mut placed = BTreeSet::new();
    let mut ordered = Vec::new();
    for start in starts.into_iter().chain(0..pieces.len()) {
        let mut now = Some(start).filter(|start| !pieces[*start].is_elsewhere());
        while let Some(piece) = now.filter(|piece| placed.insert(*piece)) {
            ordered.push(piece);
            now = next.get(&piece).copied();
        }
    }
    ordered
}

/// Where records of interest stand among ordered pieces, at most a few places of each.
pub fn places(pieces: &[Piece<'_>], ordered: &[usize], wanted: &HashSet<Tag>) -> HashMap<Tag, Vec<(usize, u64)>> {
    let mut places: HashMap<Tag, Vec<(usize, u64)>> = HashMap::new();
    for piece in ordered {
        let here = &pieces[*piece];
        let length = usize::try_from(here.own.end - here.own.start).unwrap_or(usize::MAX);
        for (offset, (own, _)) in (here.own.start..).zip(here.tags(here.own.start).take(length)) {
            if wanted.contains(&own) {
                let known = places.entry(own).or_default();
                if known.len() < MOST_PLACES {
                    known.push((*piece, offset));
                }
            }
        }
    }
    places
}

/// The order of whole files, from the orders of the chains in them: each after those that one of its chains follows, otherwise as they came.
pub fn order_of_files(files: usize, chains: &[Vec<usize>]) -> Vec<usize> {
    let mut after: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); files];
    let mut waits: Vec<usize> = vec![0; files];
    for chain in chains {
        for pair in chain.windows(2) {
            if pair[0] != pair[1] && after[pair[0]].insert(pair[1]) {
                waits[pair[1]] += 1;
            }
        }
    }
    let mut ready: BTreeSet<usize> = (0..files).filter(|file| waits[*file] == 0).collect();
    let mut left: BTreeSet<usize> = (0..files).collect();
    let mut ordered = Vec::with_capacity(files);
    // In a circle the first of those left comes next.
    while let Some(file) = ready.pop_first().or_else(|| left.first().copied()) {
        if !left.remove(&file) {
            continue;
        }
        ordered.push(file);
        for next in &after[file] {
            waits[*next] = waits[*next].saturating_sub(1);
            if waits[*next] == 0 && left.contains(next) {
                ready.insert(*next);
            }
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::primitives::link::Link;

    fn links(from: u64, to: u64) -> Links {
        let mut links = Links::default();
        for index in from..to {
            let own = Some(format!("h{}", index + 1));
            links.push(Some(Link { previous: format!("h{index}"), stated: own.clone(), computed: own, content: index, ..Link::default() }));
        }
        links
    }

    fn owned(files: &[Links]) -> (Vec<std::ops::Range<u64>>, Vec<usize>) {
        let files: Vec<&Links> = files.iter().collect();
        let mut pieces = by_chain(&files).into_values().next().unwrap_or_default();
        part_copies(&mut pieces);
        (pieces.iter().map(|piece| piece.own.clone()).collect(), order(&pieces))
    }

    #[test]
    fn what_is_there_twice_counts_once() {
        assert_eq!(owned(&[links(0, 10), links(0, 10)]), (vec![0..10, 10..10], vec![0]));
        assert_eq!(owned(&[links(0, 10), links(0, 30)]), (vec![10..10, 0..30], vec![1]));
        assert_eq!(owned(&[links(0, 20), links(15, 30)]), (vec![0..20, 5..15], vec![0, 1]));
        assert_eq!(owned(&[links(20, 30), links(0, 10), links(10, 20)]), (vec![0..10, 0..10, 0..10], vec![1, 2, 0]));
        assert_eq!(owned(&[links(5, 30), links(0, 10)]), (vec![0..25, 0..5], vec![1, 0]));
    }

    #[test]
    fn circles_end() {
        assert_eq!(order_of_files(4, &[vec![1, 0], vec![0, 1], vec![3, 2]]), [3, 2, 0, 1]);
    }
}
