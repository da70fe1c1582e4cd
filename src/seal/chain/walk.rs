//! Walks along one chain: does each record follow the one before it, and if not, what happened there?

use std::collections::{BTreeMap, HashMap, HashSet};

use super::judged::{At, Judged};
use super::pieces::{Piece, places};
use super::plan::folder;
use super::profile::{Profile, Rotation};
use crate::model::words::chains::Chain as Whose;
use crate::model::words::chains::ChainFact;
use crate::seal::primitives::link::{Outcome, Run, Tag, tag};
use crate::trust::Standing;

/// Records that follow one another, of one run.
struct Unit {
    piece: usize,
    run: usize,
    /// Which records of the run.
    records: std::ops::Range<u64>,
    /// The unit whose last record its first one follows, where that is not the one before it.
    follows: Option<usize>,
    /// Whether its records stand in an earlier unit too, byte for byte.
    repeated: bool,
}

/// Files of which one may be the continuation of another.
const MOST_COMPARED: usize = 16;

/// One chain, its pieces in order.
pub(super) struct Walk<'w, 'a> {
    pub judged: &'w mut Judged<'a>,
    pub profile: &'w Profile,
    pub pieces: &'w [Piece<'a>],
    pub ordered: &'w [usize],
    /// The chain's name, empty where chains have none.
    pub name: &'w str,
    /// Words that say which chain it is: " of chain x".
    pub whose: &'w Whose,
    /// Earliest and latest time of each file.
    pub times: &'w [Option<(i64, i64)>],
}

/// For every unit the first and the last unit that follows it, over ranges.
struct Followers {
    size: usize,
    ends: Vec<(usize, usize)>,
}

impl Followers {
    fn new(units: &[Unit]) -> Self {
        let size = units.len().next_power_of_two().max(1);
        let mut ends = vec![(usize::MAX, 0); 2 * size];
        let mut note = |unit: usize, by: usize| {
            let (first, last) = &mut ends[size + unit];
            (*first, *last) = ((*first).min(by), (*last).max(by));
        };
        for (index, unit) in units.iter().enumerate() {
            if let Some(before) = unit.follows {
                note(before, index);
            }
        }
        for node in (1..size).rev() {
            let (left, right) = (ends[2 * node], ends[2 * node + 1]);
            ends[node] = (left.0.min(right.0), left.1.max(right.1));
        }
        Self { size, ends }
    }

    /// The first and the last unit that follows any of `units`.
    fn of(&self, units: std::ops::Range<usize>) -> (usize, usize) {
        let (mut from, mut to) = (units.start + self.size, units.end + self.size);
        let mut found = (usize::MAX, 0);
        while from < to {
            for node in [(from % 2 == 1).then_some(from), (to % 2 == 1).then(|| to - 1)].into_iter().flatten() {
                found = (found.0.min(self.ends[node].0), found.1.max(self.ends[node].1));
            }
            (from, to) = (from.div_ceil(2), to / 2);
        }
        found
    }
}

impl<'a> Walk<'_, 'a> {
    fn run(&self, unit: &Unit) -> &'a Run {
        self.pieces[unit.piece].runs[unit.run]
    }

    fn outcome(&self, unit: &Unit) -> &'a Outcome {
        self.pieces[unit.piece].links.outcome(self.run(unit))
    }

    fn at(&self, unit: &Unit, offset: u64) -> At {
        let segment = self.pieces[unit.piece].segment;
        self.judged.at(segment, self.run(unit).index(offset))
    }

    /// Where the first record of a unit stands.
    fn first(&self, unit: &Unit) -> At {
        self.at(unit, unit.records.start)
    }

    fn mark(&mut self, unit: &Unit, standing: Standing) {
        let (run, segment) = (self.run(unit), self.pieces[unit.piece].segment);
        let mut left = unit.records.end - unit.records.start;
        for span in run.spans_from(unit.records.start) {
            let length = left.min(span.end - span.start);
            self.judged.mark(segment, span.start..span.start + length, standing);
            left -= length;
        }
    }

    fn mark_first(&mut self, unit: &Unit, standing: Standing) {
        let (segment, index) = (self.pieces[unit.piece].segment, self.run(unit).index(unit.records.start));
        self.judged.mark(segment, index..index + 1, standing);
    }

    fn is_genesis(&self, previous: &str) -> bool {
        self.profile.genesis.iter().any(|start| start == previous)
    }

    /// Cuts the pieces into units, so that whatever is followed from elsewhere is the last record of one.
    fn units(&self) -> Vec<Unit> {
        // Runs that do not continue where the one before stopped, with the tag of the record that they follow.
        let mut wanted: HashSet<Tag> = HashSet::new();
        let mut loose: Vec<(usize, usize)> = Vec::new();
        // Runs that do: what they hold may stand here a second time all the same, behind a record that was changed.
        let mut going_on: Vec<(usize, usize)> = Vec::new();
        for piece in self.ordered {
            let here = &self.pieces[*piece];
            for (index, run) in here.runs.iter().enumerate() {
                let goes_on = index > 0 && here.runs[index - 1].last == run.previous;
                let inside = here.start(index) > here.own.start;
                if here.start(index) >= here.own.end || here.start(index) + run.count() <= here.own.start {
                    continue;
                }
                wanted.extend(run.tags.first().map(|(own, _)| *own));
                if goes_on && inside {
                    going_on.push((*piece, index));
                } else {
                    wanted.insert(tag(&run.previous));
                    loose.push((*piece, index));
                }
            }
            if here.own.start > 0 {
                wanted.extend(here.tags(here.own.start - 1).next().map(|(own, _)| own));
            }
        }
        let places = places(self.pieces, self.ordered, &wanted);
        let rank: HashMap<usize, usize> = self.ordered.iter().enumerate().map(|(rank, piece)| (*piece, rank)).collect();
        let position = |place: &(usize, u64)| (rank.get(&place.0).copied().unwrap_or(0), place.1);
        // The place that is followed: the nearest one before, else the first one after.
        let nearest = |own: Tag, here: (usize, u64)| {
            let known = places.get(&own)?;
            let before = known.iter().filter(|place| position(place) < position(&here)).max_by_key(|place| position(place));
            before.or_else(|| known.iter().find(|place| position(place) > position(&here))).copied()
        };
        let mut cuts: BTreeMap<(usize, usize), Vec<u64>> = BTreeMap::new();
        let mut cut = |place: (usize, u64)| {
            let (run, inside) = self.pieces[place.0].at(place.1);
            cuts.entry((place.0, run)).or_default().push(inside);
        };
        let mut follows: HashMap<(usize, u64), (usize, u64)> = HashMap::new();
        let mut begins: HashSet<(usize, u64)> = HashSet::new();
        let mut repeats: BTreeMap<(usize, u64), u64> = BTreeMap::new();
        let first_that_goes_on = loose.len();
        for (number, (piece, run)) in loose.into_iter().chain(going_on).enumerate() {
            let here = &self.pieces[piece];
            let start = here.start(run).max(here.own.start);
            let goes_on = number >= first_that_goes_on;
            if !goes_on {
                begins.insert((piece, start));
            }
            let before = if goes_on {
                None
            } else if start == here.start(run) {
                Some(tag(&here.runs[run].previous))
            } else {
                here.tags(start - 1).next().map(|(own, _)| own)
            };
            if let Some(place) = before.and_then(|own| nearest(own, (piece, start))) {
                follows.insert((piece, start), place);
                cut(place);
            }
            // Records that stand here a second time.
            let own = here.tags(start).next().map_or(0, |(own, _)| own);
            let known = || places.get(&own).into_iter().flatten();
            let here_at = position(&(piece, start));
            // What goes on in its place is no copy of a copy that stands further up.
            let is_copy = |place: &(usize, u64)| {
                let before = repeats.range(..=*place).next_back();
                before.is_some_and(|((piece, start), length)| *piece == place.0 && place.1 < start + length)
            };
            let earlier = known().find(|place| position(place) < here_at && !(goes_on && is_copy(place)));
            // What stands first of all and follows a record further down is the copy of the two.
            let is_first = here_at == (0, here.own.start);
            let follows_later = follows.get(&(piece, start)).is_some_and(|place| position(place) > here_at);
            let later = || known().find(|place| is_first && follows_later && position(place) > here_at);
            if let Some(earlier) = earlier.or_else(later) {
                let length = (here.start(run) + here.runs[run].count()).min(here.own.end) - start;
                let pairs =
                    here.tags(start).zip(self.pieces[earlier.0].tags(earlier.1)).take(usize::try_from(length).unwrap_or(usize::MAX));
                // Of one hash are also a record and its copy with something changed that no hash covers.
                let (mut alike, mut same) = (0u64, 0u64);
                for (one, other) in same_hash(pairs) {
                    same += 1;
                    alike += u64::from(one.1 == other.1);
                }
                if alike > 0 {
                    repeats.insert((piece, start), same);
                    cut((piece, start + same - 1));
                }
            }
        }
        let mut units: Vec<Unit> = Vec::new();
        let mut last: HashMap<(usize, u64), usize> = HashMap::new();
        for piece in self.ordered {
            let here = &self.pieces[*piece];
            for (index, run) in here.runs.iter().enumerate() {
                let from = here.own.start.max(here.start(index)) - here.start(index);
                let to = here.own.end.min(here.start(index) + run.count()).saturating_sub(here.start(index));
                let mut start = from;
                let mut ends = cuts.remove(&(*piece, index)).unwrap_or_else(Vec::new);
                ends.push(to.saturating_sub(1));
                ends.sort_unstable();
                for end in ends {
                    if end < start || end >= to {
                        continue;
                    }
                    let repeated = repeats.contains_key(&(*piece, here.start(index) + start));
                    last.insert((*piece, here.start(index) + end), units.len());
                    units.push(Unit { piece: *piece, run: index, records: start..end + 1, follows: None, repeated });
                    start = end + 1;
                }
            }
        }
        #[expect(clippy::needless_range_loop, reason = "the number of a unit is what its follower names")]
        for index in 0..units.len() {
            let (piece, start) = (units[index].piece, self.pieces[units[index].piece].start(units[index].run) + units[index].records.start);
            units[index].follows = match follows.get(&(piece, start)) {
                Some(place) => last.get(place).copied(),
                // All others continue where the one before stopped.
                None if begins.contains(&(piece, start)) => None,
                None => index.checked_sub(1),
            };
        }
        units
    }

    /// Judges the links.
    pub fn judge(mut self) {
        let units = self.units();
        let followers = Followers::new(&units);
        // Up to which unit what was put in between is marked.
        let mut marked = 0;
        let mut before: Option<usize> = None;
        let first_number = units.first().and_then(|unit| self.run(unit).sequences).map(|(first, _)| first);
        for (index, unit) in units.iter().enumerate() {
            if index % 1024 == 0 && self.judged.stopped() {
                return;
            }
            if unit.repeated {
                self.repeated(unit, before.map(|before| &units[before]), before.is_some_and(|before| before + 1 == index));
                continue;
            }
            let previous = before.replace(index);
            let run = self.run(unit);
            let Some(previous) = previous else {
                // Its predecessor may stand further down.
                if unit.follows.is_some() {
                    self.moved(unit)
                } else {
                    self.begins(unit)
                }
                continue;
            };
            let old = &units[previous];
            if unit.follows == Some(previous) || unit.records.start > 0 && old.piece == unit.piece && old.run == unit.run {
                continue;
            }
            let is_hollow = |unit: &Unit| self.run(unit).rare.as_ref().is_some_and(|rare| rare.hollow);
            if is_hollow(unit) || is_hollow(old) {
                continue;
            }
            // A repeated record stands in for the one that it repeats.
            if unit.follows.is_some_and(|followed| units[followed].repeated && followed + 1 == index) {
                continue;
            }
            let is_start = unit.records.start == 0 && self.is_genesis(&run.previous);
            match unit.follows {
                Some(followed) if followed < index => self.branch(&units, &followers, followed, index, &mut marked),
                Some(_) => self.moved(unit),
                None if is_start && old.piece != unit.piece => self.starts_anew(old, unit),
                None if is_start && restarts(run.sequences, first_number) => self.restarted(unit),
                None if old.piece != unit.piece => self.begins(unit),
                None => self.broken_off(old, unit),
            }
        }
    }

    /// Records that stand there twice.
    fn repeated(&mut self, unit: &Unit, before: Option<&Unit>, is_next: bool) {
        let records = unit.records.end - unit.records.start;
        let at = self.first(unit);
        let adjacent = is_next
            && before.is_some_and(|before| {
                let last = self.pieces[before.piece].tags(self.pieces[before.piece].start(before.run) + before.records.end - 1).next();
                last == self.pieces[unit.piece].tags(self.pieces[unit.piece].start(unit.run) + unit.records.end - 1).next()
            });
        if adjacent {
            self.judged.add(ChainFact::WrittenTwice { count: records }, at, records);
            self.mark(unit, Standing::CONSISTENT);
        } else {
            self.judged.add(ChainFact::InsertedAgain { count: records, chain: self.whose.clone() }, at, records);
            self.mark(unit, Standing::BROKEN);
        }
    }

    /// Two records follow the same one, or one that stands further up.
    fn branch(&mut self, units: &[Unit], followers: &Followers, followed: usize, index: usize, marked: &mut usize) {
        let unit = &units[index];
        let between = followed + 1..index;
        let (first, last) = followers.of(between.clone());
        let alone = first == usize::MAX || first > followed && last < index;
        if between.is_empty() {
            return;
        }
        // Files of one chain may come in any order; what matters is that nothing else follows the same record.
        if units[index - 1].piece != unit.piece {
            let (_, last_follower) = followers.of(followed..followed + 1);
            let (first_follower, _) = followers.of(followed..followed + 1);
            if first_follower == last_follower {
                return;
            }
            let at = self.first(unit);
            self.judged.add(ChainFact::TwoSuccessors { record: at.number, chain: self.whose.clone() }, at, 0);
            self.mark(unit, Standing::SUSPECT);
            return;
        }
        if !alone {
            return self.moved(unit);
        }
        // What nobody follows was put in between.
        let from = between.start.max(*marked);
        *marked = (*marked).max(index);
        let fresh: Vec<&Unit> = units[from.min(index)..index].iter().filter(|unit| !unit.repeated).collect();
        let Some(start) = fresh.first() else { return };
        let records: u64 = fresh.iter().map(|unit| unit.records.end - unit.records.start).sum();
        let from = self.first(start);
        let number = from.number.saturating_sub(1);
        let next = self.first(unit).number;
        let fact = ChainFact::RecordsInserted { after: number, count: records, next, chain: self.whose.clone() };
        self.judged.add(fact, At { number, ..from }, records);
        fresh.into_iter().for_each(|unit| self.mark(unit, Standing::BROKEN));
    }

    fn moved(&mut self, unit: &Unit) {
        let at = self.first(unit);
        self.judged.add(ChainFact::RecordMoved { record: at.number, chain: self.whose.clone() }, at, 1);
        self.mark_first(unit, Standing::BROKEN);
    }

    /// A chain begins in the middle of a file.
    fn restarted(&mut self, unit: &Unit) {
        let at = self.first(unit);
        self.judged.restarted = true;
        self.judged.add(ChainFact::Restarted { record: at.number }, at, 0);
    }

    /// A chain begins at the start of a file.
    fn starts_anew(&mut self, old: &Unit, unit: &Unit) {
        let (one, other) = (self.folder(old.piece), self.folder(unit.piece));
        if self.profile.rotation == Rotation::Continue && (is_inside(one, other) || is_inside(other, one) || !self.name.is_empty()) {
            self.restarted(unit);
        }
    }

    fn folder(&self, piece: usize) -> &'a str {
        folder(&self.judged.chain.plans[self.pieces[piece].segment].file)
    }

    fn path(&self, piece: usize) -> String {
        self.judged.chain.plans[self.pieces[piece].segment].file.path.clone()
    }

    /// The first record that is here of a chain, or of a part of it.
    fn begins(&mut self, unit: &Unit) {
        let run = self.run(unit);
        let is_hollow = run.rare.as_ref().is_some_and(|rare| rare.hollow);
        if unit.records.start == 0 && self.is_genesis(&run.previous) || is_hollow {
            return;
        }
        let at = self.first(unit);
        self.judged.midway = true;
        let chain = self.whose.clone();
        let last = |piece: usize| self.pieces[piece].runs.last().and_then(|run| run.sequences);
        match self.continues(unit) {
            Some((earlier, Nearness::Same)) => {
                let missing = missing_between(last(earlier), run.sequences);
                self.judged.gap(ChainFact::RecordsRemoved { before: at.number, missing, chain }, at, missing.unwrap_or(1), false);
            }
            Some((earlier, Nearness::Related)) => {
                let missing = missing_between(last(earlier), run.sequences);
                let earlier = self.path(earlier);
                let fact = ChainFact::PartMissing { before: at.number, missing, earlier, chain };
                self.judged.gap(fact, at, missing.unwrap_or(1), false);
            }
            Some((earlier, Nearness::Elsewhere)) => {
                let earlier = self.path(earlier);
                self.judged.add(ChainFact::PartMayBeMissing { before: at.number, earlier }, at, 0);
            }
            None => self.judged.add(ChainFact::StartsMidway { chain }, at, 0),
        }
    }

    /// Another piece that this one may be the continuation of.
    fn continues(&self, unit: &Unit) -> Option<(usize, Nearness)> {
        let here = self.folder(unit.piece);
        let first = self.run(unit).sequences.map(|(first, _)| first);
        let began = self.times.get(self.pieces[unit.piece].segment).copied().flatten().map(|(earliest, _)| earliest);
        let goes_before = |other: &Piece<'_>| {
            let last = other.runs.last().and_then(|run| run.sequences).map(|(_, last)| last);
            let ended = self.times.get(other.segment).copied().flatten().map(|(_, latest)| latest);
            match (last.zip(first), ended.zip(began)) {
                (Some((last, first)), _) => last < first,
                (None, Some((ended, began))) => ended <= began,
                (None, None) => true,
            }
        };
        let mut found: Option<(usize, Nearness)> = None;
        // The nearest pieces in the order come first.
        let others = self.ordered.iter().rev().filter(|other| **other != unit.piece);
        for other in others.filter(|other| goes_before(&self.pieces[**other])).take(MOST_COMPARED) {
            let there = self.folder(*other);
            let nearness = if here == there {
                Nearness::Same
            } else if !self.name.is_empty() || is_inside(here, there) || is_inside(there, here) {
                Nearness::Related
            } else {
                Nearness::Elsewhere
            };
            if found.as_ref().is_none_or(|(_, best)| nearness < *best) {
                found = Some((*other, nearness));
            }
        }
        found
    }

    /// A record in the middle of a file that names a predecessor that is nowhere.
    fn broken_off(&mut self, old: &Unit, unit: &Unit) {
        let (run, before) = (self.run(unit), self.run(old));
        let outcome = self.outcome(old);
        let numbers = (before.sequences.map(|(first, _)| first + old.records.end - 1), run.sequences.map(|(first, _)| first));
        let follows = matches!(numbers, (Some(before), Some(now)) if before.checked_add(1) == Some(now));
        let failed =
            matches!(outcome.signature, crate::seal::primitives::link::Signature::Fails | crate::seal::primitives::link::Signature::Unfit);
        if outcome.unstated && (follows || failed) {
            // Without a hash of its own, a record is known only by its successor.
            let at = self.at(old, old.records.end - 1);
            let successor = self.first(unit).number;
            self.judged.add(ChainFact::SuccessorDiffers { record: at.number, successor, chain: self.whose.clone() }, at, 1);
            self.judged.mark(at.segment, at.index..at.index + 1, Standing::BROKEN);
            return;
        }
        let missing = missing_between(before.sequences, run.sequences);
        let at = self.first(unit);
        let fact = ChainFact::RecordsRemoved { before: at.number, missing, chain: self.whose.clone() };
        self.judged.gap(fact, at, missing.unwrap_or(1), true);
    }
}

/// How near a piece is to another that may follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Nearness {
    /// In the same folder.
    Same,
    /// Of the same name, or in a folder inside the other's.
    Related,
    /// Elsewhere.
    Elsewhere,
}

/// Pairs of records as long as they have the same hash.
fn same_hash(pairs: impl Iterator<Item = ((Tag, Tag), (Tag, Tag))>) -> impl Iterator<Item = ((Tag, Tag), (Tag, Tag))> {
    pairs.take_while(|(one, other)| one.0 == other.0)
}

/// Whether a folder is another one or lies inside it.
fn is_inside(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') && !outer.is_empty())
}

/// Whether the numbers start over.
fn restarts(now: Option<(u64, u64)>, first: Option<u64>) -> bool {
    match (now, first) {
        (Some((now, _)), Some(first)) => now <= first.max(1),
        _ => true,
    }
}

/// How many records are missing, where their numbers show it.
fn missing_between(before: Option<(u64, u64)>, now: Option<(u64, u64)>) -> Option<u64> {
    match (before, now) {
        (Some((_, before)), Some((now, _))) if now > before.saturating_add(1) => Some(now - before - 1),
        _ => None,
    }
}
