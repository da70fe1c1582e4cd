//! Compares two copies of logs, or two bundles: what is the same, what differs, which is shorter, where they fork.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::model::words::differences::Difference;
use crate::seal::Unit;
use crate::seal::locate::{Change, Located, locate};
use crate::source::{File, SourceError};
use crate::verify::{Examination, LookError};

/// Questions asked when placing differences.
const BUDGET: usize = 20_000_000;
/// Differences listed one by one.
const LISTED: usize = 50;

/// How one log compares.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Compared {
    /// The log's name.
    pub log: String,
    /// Records in the first and in the second.
    pub records: (u64, u64),
    /// Records that are the same from the start on.
    pub same: u64,
    /// Whether there is no difference at all.
    pub equal: bool,
    /// What was seen.
    pub differences: Vec<Difference>,
}

/// Why two copies cannot be compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// A file cannot be read again.
    #[error(transparent)]
    File(#[from] SourceError),
    /// A record cannot be read again.
    #[error(transparent)]
    Record(#[from] LookError),
}

/// Compares the logs of two cases by name. A lone log on each side is compared whatever its name.
pub fn compare(one: &Examination, other: &Examination) -> Result<Vec<Compared>, CompareError> {
    let names = |case: &Examination| case.logs.iter().map(|log| log.origin.clone()).collect::<BTreeSet<_>>();
    let (first, second) = (names(one), names(other));
    if let ([only], [their]) = (one.logs.as_slice(), other.logs.as_slice()) {
        return Ok(vec![of_log(one, &only.origin, other, &their.origin)?]);
    }
    let mut compared = Vec::new();
    for name in first.union(&second) {
        match (first.contains(name), second.contains(name)) {
            (true, true) => compared.push(of_log(one, name, other, name)?),
            (here, _) => {
                let number = hashes(if here { one } else { other }, name)?.len() as u64;
                let difference = if here { Difference::OnlyFirst { records: number } } else { Difference::OnlySecond { records: number } };
                compared.push(Compared {
                    log: name.clone(),
                    records: if here { (number, 0) } else { (0, number) },
                    same: 0,
                    equal: false,
                    differences: vec![difference],
                });
            }
        }
    }
    Ok(compared)
}

/// SHA-256 of each record of a log, in the order of the log.
fn hashes(case: &Examination, name: &str) -> Result<Vec<[u8; 32]>, CompareError> {
    let mut segments: Vec<_> = case
        .segments
        .iter()
        .enumerate()
        .filter(|(_, segment)| !segment.duplicate && case.logs.get(segment.log as usize).is_some_and(|log| log.origin == name))
        .collect();
    segments.sort_by_key(|(index, segment)| (segment.first, *index));
    let mut hashes = Vec::new();
    for (index, segment) in segments {
        if segment.plan.unit == Unit::Line {
            let content = segment.plan.file.read_all(File::MAX_DOCUMENT * 4)?;
            hashes.extend(crate::seal::records(Unit::Line, &content).into_iter().map(|record| <[u8; 32]>::from(Sha256::digest(record))));
            continue;
        }
        // Entries of documents, bundles and databases are read one by one.
        let mut rows: Vec<u32> = case.store.rows_of(index as u32).flat_map(|(_, rows)| rows).collect();
        rows.sort_by_key(|row| case.store.origin(*row).map(|origin| (origin.record, origin.offset)));
        for row in rows {
            hashes.push(Sha256::digest(case.raw(row)?).into());
        }
    }
    Ok(hashes)
}

fn of_log(one: &Examination, name: &str, other: &Examination, their: &str) -> Result<Compared, CompareError> {
    let (first, second) = (hashes(one, name)?, hashes(other, their)?);
    let same = first.iter().zip(&second).take_while(|(one, other)| one == other).count();
    let mut compared = Compared {
        log: if name == their { name.to_owned() } else { format!("{name} and {their}") },
        records: (first.len() as u64, second.len() as u64),
        same: same as u64,
        equal: first == second,
        differences: Vec::new(),
    };
    if compared.equal {
        compared.differences.push(Difference::Same { records: compared.records.0 });
        return Ok(compared);
    }
    let missing = first.len().abs_diff(second.len()) as u64;
    if same == first.len().min(second.len()) {
        compared.differences.push(match first.len() < second.len() {
            true => Difference::FirstShorter { missing },
            false => Difference::SecondShorter { missing },
        });
        return Ok(compared);
    }
    compared.differences.push(Difference::Diverge { record: same as u64 });
    let (first, second) = (&first[same..], &second[same..]);
    match locate(first.len(), second.len(), BUDGET, &|one, other| first[one] == second[other]) {
        Located::Exactly(changes) => {
            let number = changes.len();
            for change in changes.into_iter().take(LISTED) {
                let at = |index: usize| (same + index) as u64;
                compared.differences.push(match change {
                    Change::Altered { sealed, here } => Difference::Altered { first: at(sealed), second: at(here) },
                    Change::Removed { sealed, .. } => Difference::Removed { first: at(sealed) },
                    Change::Inserted { here, .. } => Difference::Inserted { second: at(here) },
                    Change::Moved { sealed, here } => Difference::Moved { first: at(sealed), second: at(here) },
                });
            }
            if number > LISTED {
                compared.differences.push(Difference::More { count: (number - LISTED) as u64 });
            }
        }
        _ => compared.differences.push(Difference::TooMany),
    }
    Ok(compared)
}
