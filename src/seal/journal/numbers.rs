//! Whether a whole file is missing between others: journald numbers entries from file to file, and the tags cover the numbers.

use std::collections::BTreeMap;

use super::file::{Journal, Kind};

/// The entries of one file by their numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// What numbers them: machine and numbering.
    of: Vec<u8>,
    first: u64,
    last: u64,
    /// Whether numbers are left out inside the file. Journals of users are numbered together with the system's, so honest files can have holes.
    holes: bool,
}

/// Numbers that no file holds, between two files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Index of the file after them.
    pub before: usize,
    /// The first of them.
    pub first: u64,
    /// How many.
    pub count: u64,
}

impl Numbers {
    /// The numbers of a file's entries; `None` without entries.
    pub fn of(journal: &Journal<'_>) -> Option<Self> {
        let entries = journal.objects.iter().filter(|object| object.kind == Kind::Entry);
        let mut numbers = entries.map(|entry| journal.sequence(entry));
        let first = numbers.next()?;
        let (mut last, mut holes) = (first, false);
        for number in numbers {
            holes |= last.checked_add(1) != Some(number);
            last = last.max(number);
        }
        Some(Self { of: [journal.machine(), journal.numbering()].concat(), first, last, holes })
    }
}

/// What is missing between files that a key vouches for, each with its index. Nothing is said of a numbering with holes inside of files.
pub fn missing(files: &[(usize, Numbers)]) -> Vec<Missing> {
    let mut numberings: BTreeMap<&[u8], Vec<&(usize, Numbers)>> = BTreeMap::new();
    files.iter().for_each(|file| numberings.entry(&file.1.of).or_default().push(file));
    let mut found = Vec::new();
    for mut files in numberings.into_values().filter(|files| files.iter().all(|(_, numbers)| !numbers.holes)) {
        files.sort_by_key(|(index, numbers)| (numbers.first, numbers.last, *index));
        let mut end: Option<u64> = None;
        for (index, numbers) in files {
            if let Some(next) = end.and_then(|end| end.checked_add(1)).filter(|next| *next < numbers.first) {
                found.push(Missing { before: *index, first: next, count: numbers.first - next });
            }
            end = end.max(Some(numbers.last));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(index: usize, of: u8, first: u64, last: u64) -> (usize, Numbers) {
        (index, Numbers { of: vec![of], first, last, holes: false })
    }

    #[test]
    fn a_file_that_is_gone_from_between_others_is_missed() {
        // In any order, with a copy and an overlap; another numbering has nothing to do with it.
        let files = [file(0, 1, 301, 400), file(1, 1, 1, 100), file(2, 1, 1, 100), file(3, 1, 90, 120), file(4, 2, 200, 250)];
        assert_eq!(missing(&files), [Missing { before: 0, first: 121, count: 180 }]);
        assert_eq!(missing(&files[1..]), []);
        // The first and the last can be gone without a trace.
        assert_eq!(missing(&[file(0, 1, 50, 60), file(1, 1, 61, 70)]), []);
    }

    #[test]
    fn journals_that_are_numbered_with_others_say_nothing() {
        let mut files = [file(0, 1, 1, 100), file(1, 1, 201, 300)];
        files[0].1.holes = true;
        assert_eq!(missing(&files), []);
    }

    #[test]
    fn the_last_number_there_is_does_no_harm() {
        assert_eq!(missing(&[file(0, 1, 5, u64::MAX), file(1, 1, u64::MAX, u64::MAX)]), []);
    }
}
