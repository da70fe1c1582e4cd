//! The evidence in a bundle: records taken out with their proofs, or whole files with what vouches for them.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::bag::{Bag, safe};
use super::export::{ExportError, Exporting};
use super::statement::{Level, Part};
use crate::model::text::hex;
use crate::seal::Unit;
use crate::source::block::{Blocks, Piece};
use crate::source::{File, SourceError};
use crate::verify::{Examination, Job};

/// The chosen records of each segment, ascending.
pub fn chosen(exporting: &Exporting<'_>) -> BTreeMap<u32, Vec<u64>> {
    let case = exporting.case;
    let mut chosen: BTreeMap<u32, BTreeSet<u64>> = BTreeMap::new();
    for row in exporting.rows {
        if let Some(origin) = case.store.origin(*row) {
            chosen.entry(origin.segment).or_default().insert(origin.record);
        }
    }
    for (segment, records) in &mut chosen {
        let all = case.segments.get(*segment as usize).map_or(0, |segment| segment.count);
        if exporting.options.whole {
            records.extend(0..all);
        } else if exporting.options.range
            && let (Some(first), Some(last)) = (records.first().copied(), records.last().copied())
        {
            // One neighbour on each side shows where the range ends.
            records.extend(first.checked_sub(1));
            records.extend(Some(last + 1).filter(|next| *next < all));
        }
    }
    chosen.into_iter().map(|(segment, records)| (segment, records.into_iter().collect())).collect()
}

/// Takes the chosen records of a segment into the bag, with what proves them; or the whole file, where only that verifies.
pub fn part(
    exporting: &Exporting<'_>,
    bag: &mut Bag,
    segment: u32,
    indices: &[u64],
    whole: &mut BTreeSet<String>,
    job: &Job,
) -> Result<Part, ExportError> {
    let case = exporting.case;
    let report = &case.segments[segment as usize];
    let log = &case.logs[report.log as usize];
    let file = &report.plan.file;
    let name = format!("{:03}-{}", segment + 1, safe(file.name()));
    let failed = |cause| ExportError::Write { path: exporting.out.to_owned(), cause };
    let states = |rows: &mut dyn Iterator<Item = u32>| {
        let mut states = BTreeMap::new();
        rows.for_each(|row| *states.entry(case.store.state(row).word().to_owned()).or_insert(0) += 1);
        states
    };
    let chosen: BTreeSet<u64> = indices.iter().copied().collect();
    let row_of = |index: &u64| case.store.row_of(segment, *index);
    let mut part = Part {
        log: log.origin.clone(),
        seal: log.seal.to_owned(),
        source: file.path.clone(),
        file: String::new(),
        level: Level::L4,
        included: report.count,
        withheld: 0,
        states: states(&mut chosen.iter().filter_map(row_of)),
    };
    let is_whole = indices.len() as u64 == report.count;
    let going = |read: u64| {
        job.counter().fetch_add(read, std::sync::atomic::Ordering::Relaxed);
        !job.is_cancelled()
    };
    let excerpt = if is_whole { None } else { case.excerpt(segment, indices, &going).map_err(ExportError::Record)? };
    if job.is_cancelled() {
        return Err(ExportError::Cancelled);
    }
    if let Some(excerpt) = excerpt {
        if excerpt.guessable && !exporting.options.accept_guessable {
            return Err(ExportError::Guessable(file.path.clone()));
        }
        let records: Vec<u8> = excerpt.records.iter().flat_map(|record| record.iter().copied().chain(*b"\n")).collect();
        bag.add(&format!("records/{name}.ndjson"), &records).map_err(failed)?;
        for (folder, ending, text) in &excerpt.files {
            bag.add(&format!("{folder}/{name}{ending}"), text.as_bytes()).map_err(failed)?;
        }
        if exporting.options.single {
            for ((number, record), proof) in excerpt.numbers.iter().zip(&excerpt.records).zip(&excerpt.single) {
                bag.add(&format!("single/{name}-{number}.record"), record).map_err(failed)?;
                bag.add(&format!("single/{name}-{number}.record.tlog-proof"), proof.as_bytes()).map_err(failed)?;
            }
        }
        let contiguous = indices.windows(2).all(|pair| pair[1] == pair[0] + 1);
        part.file = format!("data/records/{name}.ndjson");
        part.level = if exporting.options.range && contiguous { Level::L2 } else { Level::L1 };
        (part.included, part.withheld) = (indices.len() as u64, excerpt.withheld);
        return Ok(part);
    }
    let unsealed = log.seal == "not sealed";
    if unsealed && !is_whole && report.plan.unit == Unit::Line {
        let records = lines(file, indices)?;
        bag.add(&format!("unsealed/{name}.ndjson"), &records).map_err(failed)?;
        part.file = format!("data/unsealed/{name}.ndjson");
        part.level = Level::L0;
        (part.included, part.withheld) = (indices.len() as u64, report.count - indices.len() as u64);
        return Ok(part);
    }
    // Only the whole file verifies.
    let kept = kept_name(&file.path);
    let mut stored = file.stored_reader()?;
    bag.add_from(&kept, &mut stored).map_err(failed)?;
    whole.insert(file.path.clone());
    part.file = format!("data/{kept}");
    part.states = states(&mut case.store.rows_of(segment).flat_map(|(_, rows)| rows));
    if unsealed {
        part.level = Level::L0;
    }
    Ok(part)
}

/// Lines of a file, whatever its size.
fn lines(file: &File, chosen: &[u64]) -> Result<Vec<u8>, SourceError> {
    let mut records = Vec::new();
    let mut chosen = chosen.iter().copied().peekable();
    let mut blocks = Blocks::new(file.reader()?);
    while let Some(piece) = blocks.next(Vec::new(), &|_line| Sha256::new()).map_err(|cause| file.io(cause))? {
        match piece {
            Piece::Block(block) => {
                for (index, (_, record)) in (block.first..).zip(block.records()) {
                    if chosen.next_if_eq(&index).is_some() {
                        records.extend(record.iter().copied().chain(*b"\n"));
                    }
                }
            }
            Piece::Long(long) if chosen.peek() == Some(&long.index) => {
                let limit = crate::source::block::MAX_RECORD as u64;
                return Err(SourceError::TooLarge { path: file.path.clone(), limit });
            }
            Piece::Long(_) => {}
        }
    }
    Ok(records)
}

/// Where a whole file stands in the bag: its own path, made plain. One that is not plain gets a name that no other one has.
fn kept_name(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect();
    let mut plain: Vec<String> = parts.iter().map(|part| safe(part)).collect();
    if plain.iter().zip(&parts).any(|(plain, part)| plain != part)
        && let Some(last) = plain.last_mut()
    {
        *last = format!("{}-{last}", &hex(&Sha256::digest(path))[..8]);
    }
    format!("segments/{}", plain.join("/"))
}

/// Seals, digests, checkpoints and proofs that whole segments need.
pub fn companions(
    case: &Examination,
    bag: &mut Bag,
    whole: &BTreeSet<String>,
    failed: &dyn Fn(std::io::Error) -> ExportError,
) -> Result<(), ExportError> {
    if whole.is_empty() {
        return Ok(());
    }
    let segments: BTreeSet<&str> = case.segments.iter().map(|segment| segment.plan.file.path.as_str()).collect();
    for file in &case.companions {
        // A seal goes only with its own segment; digests and checkpoints speak for many.
        let owner = owners(&file.path).into_iter().find(|owner| segments.contains(owner.as_str()));
        let name = match &owner {
            Some(owner) if !whole.contains(owner) => continue,
            // What lies beside a segment stays beside it, whatever its name became.
            Some(owner) => file.path.strip_prefix(owner.as_str()).map_or_else(|| kept_name(&file.path), |end| kept_name(owner) + end),
            None => kept_name(&file.path),
        };
        let mut stored = file.stored_reader()?;
        bag.add_from(&name, &mut stored).map_err(failed)?;
    }
    Ok(())
}

/// The segments that a file beside one, or a part of an excerpt, may belong to.
fn owners(path: &str) -> Vec<String> {
    let mut owners: Vec<String> = [".seal", ".leaves"].iter().filter_map(|ending| path.strip_suffix(ending)).map(str::to_owned).collect();
    for (folder, ending) in [("proofs", ".ptree"), ("proofs", ".skeleton"), ("seals", ".seal"), ("salts", ".salts")] {
        let (before, name) = path.rsplit_once('/').unwrap_or(("", path));
        if let (Some(top), Some(name)) = (before.strip_suffix(folder), name.strip_suffix(ending)) {
            owners.push(format!("{top}records/{name}.ndjson"));
        }
    }
    owners
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_stay_apart() {
        assert_eq!(kept_name("logs/a.jsonl"), "segments/logs/a.jsonl");
        assert_ne!(kept_name("logs/a b"), kept_name("logs/a:b"));
        assert_ne!(kept_name(&format!("{}1", "x".repeat(300))), kept_name(&format!("{}2", "x".repeat(300))));
        assert!(kept_name("../../etc/pass wd").starts_with("segments/etc/"));
        assert_eq!(owners("l/seals/001-a.jsonl.seal"), ["l/seals/001-a.jsonl", "l/records/001-a.jsonl.ndjson"]);
    }
}
