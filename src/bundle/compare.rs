//! Compares two copies of logs, or two bundles: what is the same, what differs, which is shorter, where they fork.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sha2::{Digest, Sha256};

use crate::model::stop;
use crate::model::words::differences::Difference;
use crate::seal::Unit;
use crate::seal::locate::{Change, Located, locate};
use crate::source::block::{Blocks, Piece};
use crate::source::{File, SourceError};
use crate::verify::{Examination, Job, LookError};

/// Questions asked when placing differences.
const BUDGET: usize = 8_000_000;
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
    Record(LookError),
    /// The user stopped.
    #[error("stopped; nothing was compared")]
    Cancelled,
}

impl From<LookError> for CompareError {
    fn from(error: LookError) -> Self {
        if let LookError::Stopped { .. } = error { Self::Cancelled } else { Self::Record(error) }
    }
}

/// Compares the logs of two cases by name. A lone log on each side is compared whatever its name. Each file is read once; `job` may stop it.
pub fn compare(one: &Examination, other: &Examination, job: &Job) -> Result<Vec<Compared>, CompareError> {
    stop::heeding(&job.budget().stop_flag(), || compare_heeding(&Side::new(one, job), &Side::new(other, job)))
}

/// One of the two cases.
struct Side<'a> {
    case: &'a Examination,
    job: &'a Job,
    /// The segments of each log by its name, copies left out, in the order of the log.
    segments: BTreeMap<&'a str, Vec<u32>>,
}

impl<'a> Side<'a> {
    fn new(case: &'a Examination, job: &'a Job) -> Self {
        let mut segments: BTreeMap<&str, Vec<u32>> = case.logs.iter().map(|log| (log.origin.as_str(), Vec::new())).collect();
        for (index, segment) in (0u32..).zip(&case.segments).filter(|(_, segment)| !segment.duplicate) {
            let log = case.logs.get(segment.log as usize);
            if let Some(list) = log.and_then(|log| segments.get_mut(log.origin.as_str())) {
                list.push(index);
            }
        }
        for list in segments.values_mut() {
            list.sort_by_key(|index| (case.segments.get(*index as usize).map(|segment| segment.first), *index));
        }
        Self { case, job, segments }
    }

    fn going(&self) -> Result<(), CompareError> {
        if self.job.is_cancelled() { Err(CompareError::Cancelled) } else { Ok(()) }
    }
}

fn compare_heeding(one: &Side<'_>, other: &Side<'_>) -> Result<Vec<Compared>, CompareError> {
    if let ([only], [their]) = (one.case.logs.as_slice(), other.case.logs.as_slice()) {
        return Ok(vec![of_log(one, &only.origin, other, &their.origin)?]);
    }
    let mut compared = Vec::new();
    let names: BTreeSet<&str> = one.segments.keys().chain(other.segments.keys()).copied().collect();
    for name in names {
        match (one.segments.contains_key(name), other.segments.contains_key(name)) {
            (true, true) => compared.push(of_log(one, name, other, name)?),
            (here, _) => {
                let number = hashes(if here { one } else { other }, name)?.len() as u64;
                let difference = if here { Difference::OnlyFirst { records: number } } else { Difference::OnlySecond { records: number } };
                compared.push(Compared {
                    log: name.to_owned(),
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
fn hashes(side: &Side<'_>, name: &str) -> Result<Vec<[u8; 32]>, CompareError> {
    let case = side.case;
    let mut hashes = Vec::new();
    for index in side.segments.get(name).into_iter().flatten() {
        side.going()?;
        let Some(segment) = case.segments.get(*index as usize) else { continue };
        if segment.plan.unit == Unit::Line {
            lines(side, &segment.plan.file, &mut hashes)?;
            continue;
        }
        // Entries of documents, bundles and databases are where they were found.
        let mut rows: Vec<u32> = case.store.rows_of(*index).flat_map(|(_, rows)| rows).collect();
        rows.sort_by_key(|row| case.store.origin(*row).map(|origin| (origin.record, origin.offset)));
        let mut found: HashMap<u32, [u8; 32]> = HashMap::with_capacity(rows.len());
        let reading = case.each_raw(&rows, &mut |row, bytes| {
            found.insert(row, Sha256::digest(bytes).into());
            !side.job.is_cancelled()
        });
        side.going()?;
        let path = &segment.plan.file.path;
        LookError::take(path, reading)?;
        for row in &rows {
            hashes.push(*found.get(row).ok_or_else(|| LookError::Changed { path: path.clone() })?);
        }
    }
    Ok(hashes)
}

/// Adds the hashes of a file's lines, whatever its size.
fn lines(side: &Side<'_>, file: &File, hashes: &mut Vec<[u8; 32]>) -> Result<(), CompareError> {
    let mut blocks = Blocks::new(file.reader()?);
    let mut buffer = Vec::new();
    while let Some(piece) = blocks.next(std::mem::take(&mut buffer), &|_line| Sha256::new()).map_err(|cause| file.io(cause))? {
        side.going()?;
        match piece {
            Piece::Block(block) => {
                hashes.extend(block.records().map(|(_, record)| <[u8; 32]>::from(Sha256::digest(record))));
                buffer = block.bytes;
            }
            Piece::Long(long) => hashes.push(long.content.finalize().into()),
        }
    }
    Ok(())
}

fn of_log(one: &Side<'_>, name: &str, other: &Side<'_>, their: &str) -> Result<Compared, CompareError> {
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
    let located = locate(first.len(), second.len(), BUDGET, &|one, other| first[one] == second[other]);
    one.going()?;
    match located {
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
