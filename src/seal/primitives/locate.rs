//! Places a difference on single records by comparing sealed leaf hashes with the records here.
//!
//! In a salted segment a record's hash depends on its number, so a record cannot simply be looked up: whether the record at one place is
//! the sealed one of another number is a question that costs a hash. The comparison is therefore Myers' shortest edit script
//! ("An O(ND) Difference Algorithm", 1986) over such questions, with a budget.
//!
//! Written here, not taken from a library, because a library compares values that it is given, and here there are only such questions.

use crate::model::stop;

/// Questions between two looks at the wish to stop.
const BETWEEN_LOOKS: usize = 64;

/// What happened to one record, numbered within the segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// The record at `here` stands where sealed record `sealed` was, with other content.
    Altered {
        /// Index among the sealed records.
        sealed: usize,
        /// Index in the file.
        here: usize,
    },
    /// Sealed record `sealed` is gone; it stood before the record now at `here`.
    Removed {
        /// Index among the sealed records.
        sealed: usize,
        /// Index in the file of what follows.
        here: usize,
    },
    /// The record at `here` was never sealed; it stands before sealed record `sealed`.
    Inserted {
        /// Index among the sealed records of what follows.
        sealed: usize,
        /// Index in the file.
        here: usize,
    },
    /// Sealed record `sealed` stands at `here`, out of order.
    Moved {
        /// Index among the sealed records.
        sealed: usize,
        /// Index in the file.
        here: usize,
    },
}

/// The extents that differ, when the differences are too many to tell apart: sealed and present records between proven ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Sealed indices that could not be matched.
    pub sealed: std::ops::Range<usize>,
    /// File indices that could not be matched.
    pub here: std::ops::Range<usize>,
}

/// The comparison's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Located {
    /// Every difference has its place.
    Exactly(Vec<Change>),
    /// There are too many; only the extent is known.
    Within(Extent),
}

/// Compares `sealed` leaf hashes with `here` records; `same(i, j)` says whether sealed record `i` is the record at `j`.
///
/// `budget` limits the number of questions asked. After a wish to stop few more are asked, and what is given means nothing.
pub fn locate(sealed: usize, here: usize, budget: usize, same: &dyn Fn(usize, usize) -> bool) -> Located {
    let shorter = sealed.min(here);
    let going = |index: &usize| !index.is_multiple_of(BETWEEN_LOOKS) || !stop::is_wished();
    let head = (0..shorter).take_while(going).take_while(|&index| same(index, index)).count();
    let tail = (0..shorter - head).take_while(going).take_while(|&back| same(sealed - 1 - back, here - 1 - back)).count();
    let (sealed_end, here_end) = (sealed - tail, here - tail);
    let extent = Extent { sealed: head..sealed_end, here: head..here_end };
    let mut questions = Questions { budget, same };
    let Some(matches) = edit_script(&extent, &mut questions) else {
        return Located::Within(extent);
    };
    Located::Exactly(changes(&extent, &matches, &mut questions))
}

struct Questions<'a> {
    budget: usize,
    same: &'a dyn Fn(usize, usize) -> bool,
}

impl Questions<'_> {
    /// `None` when the budget is spent, or the work is to stop.
    fn ask(&mut self, sealed: usize, here: usize) -> Option<bool> {
        self.budget = self.budget.checked_sub(1)?;
        if self.budget.is_multiple_of(BETWEEN_LOOKS) && stop::is_wished() {
            return None;
        }
        Some((self.same)(sealed, here))
    }
}

/// The matched pairs of a shortest edit script within `extent`, in order.
fn edit_script(extent: &Extent, questions: &mut Questions<'_>) -> Option<Vec<(usize, usize)>> {
    // Records edited in place are by far the most common damage: walk those off first, so that many of them do not need a long script.
    let (width, height) = (extent.sealed.len(), extent.here.len());
    if width == height {
        let pairs: Vec<(usize, usize)> = extent.sealed.clone().zip(extent.here.clone()).collect();
        let mut matched = Vec::new();
        for (sealed, here) in &pairs {
            if questions.ask(*sealed, *here)? {
                matched.push((*sealed, *here));
            }
        }
        if matched.len() * 2 >= width {
            return Some(matched);
        }
    }
    let mut furthest: Vec<Vec<usize>> = Vec::new();
    let mut row: Vec<usize> = vec![0; 3];
    // row[k + distance + 1] is the furthest x on diagonal k = x - y.
    for distance in 0..=(width + height) {
        let mut next = vec![0usize; 2 * distance + 3];
        let mut reached = None;
        for step in 0..=distance {
            let offset = 2 * step;
            let diagonal = offset as isize - distance as isize;
            let mut x = if distance == 0 {
                0
            } else {
                // In `row`, which belongs to distance - 1, diagonal k is at k + (distance - 1) + 1 = k + distance.
                let left = (offset > 0).then(|| row.get(offset.wrapping_sub(1)).copied()).flatten();
                let right = (offset < 2 * distance).then(|| row.get(offset + 1).copied()).flatten();
                match (left, right) {
                    (Some(left), Some(right)) => (left + 1).max(right),
                    (Some(left), None) => left + 1,
                    (None, right) => right.unwrap_or(0),
                }
            };
            let mut y = x as isize - diagonal;
            if x > width || y < 0 || y as usize > height {
                next[offset + 1] = x.min(width);
                continue;
            }
            while x < width && (y as usize) < height && questions.ask(extent.sealed.start + x, extent.here.start + y as usize)? {
                x += 1;
                y += 1;
            }
            next[offset + 1] = x;
            if x >= width && y as usize >= height {
                reached = Some(diagonal);
                break;
            }
        }
        if stop::is_wished() {
            return None;
        }
        furthest.push(next.clone());
        questions.budget = questions.budget.checked_sub(distance)?;
        if let Some(diagonal) = reached {
            return Some(backtrack(extent, &furthest, diagonal));
        }
        row = next;
    }
    Some(Vec::new())
}

fn backtrack(extent: &Extent, furthest: &[Vec<usize>], last_diagonal: isize) -> Vec<(usize, usize)> {
    let mut matches = Vec::new();
    let mut diagonal = last_diagonal;
    let mut x = extent.sealed.len();
    for distance in (0..furthest.len()).rev() {
        let (start, previous) = if distance == 0 {
            (0, 0)
        } else {
            let row = &furthest[distance - 1];
            let at = |k: isize| usize::try_from(k + distance as isize).ok().and_then(|index| row.get(index)).copied();
            let reachable = |k: isize| k.unsigned_abs() < distance;
            let left = reachable(diagonal - 1).then(|| at(diagonal - 1)).flatten();
            let right = reachable(diagonal + 1).then(|| at(diagonal + 1)).flatten();
            match (left, right) {
                (Some(left), Some(right)) if left + 1 >= right => (left + 1, diagonal - 1),
                (Some(left), None) => (left + 1, diagonal - 1),
                (_, right) => (right.unwrap_or(0), diagonal + 1),
            }
        };
        while x > start {
            x -= 1;
            let y = x as isize - diagonal;
            if let Ok(y) = usize::try_from(y) {
                matches.push((extent.sealed.start + x, extent.here.start + y));
            }
        }
        if distance > 0 {
            x = if previous < diagonal { start.saturating_sub(1) } else { start };
            diagonal = previous;
        }
    }
    matches.reverse();
    matches
}

fn changes(extent: &Extent, matches: &[(usize, usize)], questions: &mut Questions<'_>) -> Vec<Change> {
    let mut runs = Vec::new();
    let (mut sealed, mut here) = (extent.sealed.start, extent.here.start);
    for &(next_sealed, next_here) in matches.iter().chain(std::iter::once(&(extent.sealed.end, extent.here.end))) {
        if sealed < next_sealed || here < next_here {
            runs.push(((sealed..next_sealed).collect::<Vec<_>>(), (here..next_here).collect::<Vec<_>>(), next_sealed, next_here));
        }
        (sealed, here) = (next_sealed + 1, next_here + 1);
    }
    let mut found = Vec::new();
    // A genuine record in the wrong place: it is missing from one run and left over in another.
    let missing: Vec<usize> = runs.iter().flat_map(|run| run.0.iter().copied()).collect();
    let extra: Vec<usize> = runs.iter().flat_map(|run| run.1.iter().copied()).collect();
    let mut moved_to = std::collections::BTreeMap::new();
    let mut taken = std::collections::BTreeSet::new();
    if missing.len().saturating_mul(extra.len()) <= questions.budget {
        for &sealed in &missing {
            let free = extra.iter().enumerate().filter(|(_, here)| !taken.contains(*here));
            let mut free = free.take_while(|(index, _)| !index.is_multiple_of(BETWEEN_LOOKS) || !stop::is_wished());
            if let Some((_, &here)) = free.find(|(_, here)| (questions.same)(sealed, **here)) {
                taken.insert(here);
                moved_to.insert(sealed, here);
                found.push(Change::Moved { sealed, here });
            }
        }
    }
    for (missing, extra, next_sealed, next_here) in runs {
        let missing: Vec<usize> = missing.into_iter().filter(|sealed| !moved_to.contains_key(sealed)).collect();
        let extra: Vec<usize> = extra.into_iter().filter(|here| !taken.contains(here)).collect();
        let pairs = missing.len().min(extra.len());
        found.extend(missing.iter().zip(&extra).map(|(&sealed, &here)| Change::Altered { sealed, here }));
        found.extend(missing[pairs..].iter().map(|&sealed| Change::Removed { sealed, here: next_here }));
        found.extend(extra[pairs..].iter().map(|&here| Change::Inserted { sealed: next_sealed, here }));
    }
    found.sort_unstable_by_key(|change| match *change {
        Change::Altered { sealed, here }
        | Change::Removed { sealed, here }
        | Change::Inserted { sealed, here }
        | Change::Moved { sealed, here } => (sealed, here),
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run(sealed: &[u32], here: &[u32]) -> Vec<Change> {
        match locate(sealed.len(), here.len(), 1_000_000, &|i, j| sealed[i] == here[j]) {
            Located::Exactly(changes) => changes,
            Located::Within(extent) => panic!("not located: {extent:?}"),
        }
    }

    #[test]
    fn single_changes_are_told_apart() {
        let sealed: Vec<u32> = (0..20).collect();
        let mut here = sealed.clone();
        here[7] = 100;
        assert_eq!(run(&sealed, &here), [Change::Altered { sealed: 7, here: 7 }]);
        let mut here = sealed.clone();
        here.remove(7);
        assert_eq!(run(&sealed, &here), [Change::Removed { sealed: 7, here: 7 }]);
        let mut here = sealed.clone();
        here.insert(7, 100);
        assert_eq!(run(&sealed, &here), [Change::Inserted { sealed: 7, here: 7 }]);
        let mut here = sealed.clone();
        let record = here.remove(3);
        here.insert(12, record);
        assert_eq!(run(&sealed, &here), [Change::Moved { sealed: 3, here: 12 }]);
        here = sealed[..15].to_vec();
        assert_eq!(run(&sealed, &here).len(), 5);
    }

    #[test]
    fn a_spent_budget_gives_the_extent() {
        let located = locate(1000, 1000, 1500, &|i, j| i == j && !(100..900).contains(&i));
        assert_eq!(located, Located::Within(Extent { sealed: 100..900, here: 100..900 }));
    }

    proptest! {
        #[test]
        fn the_changes_explain_every_difference(size in 1usize..60, edits in prop::collection::vec((0u8..3, 0usize..60), 0..12)) {
            let sealed: Vec<u32> = (0..size as u32).collect();
            let mut here = sealed.clone();
            for (serial, (what, place)) in edits.iter().enumerate() {
                if here.is_empty() { break; }
                let place = place % here.len();
                match what {
                    0 => here[place] = 1000 + serial as u32,
                    1 => { here.remove(place); }
                    _ => here.insert(place, 1000 + serial as u32),
                }
            }
            let changes = run(&sealed, &here);
            let mut lost: Vec<usize> = Vec::new();
            let mut strange: Vec<usize> = Vec::new();
            for change in &changes {
                match *change {
                    Change::Altered { sealed, here } => { lost.push(sealed); strange.push(here); }
                    Change::Removed { sealed, .. } => lost.push(sealed),
                    Change::Inserted { here, .. } => strange.push(here),
                    Change::Moved { sealed: index, here: place } => prop_assert_eq!(sealed[index], here[place]),
                }
            }
            lost.sort_unstable();
            strange.sort_unstable();
            let expected_lost: Vec<usize> = (0..size).filter(|index| !here.contains(&sealed[*index])).collect();
            let expected_strange: Vec<usize> = (0..here.len()).filter(|place| here[*place] >= 1000).collect();
            prop_assert_eq!(lost, expected_lost);
            prop_assert_eq!(strange, expected_strange);
        }
    }
}
