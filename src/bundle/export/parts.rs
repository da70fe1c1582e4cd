//! The evidence in a bundle: records taken out with their proofs, or whole files with what vouches for them.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::bundle::bag::{Bag, safe};
use crate::bundle::check::{check_all, under};
use crate::bundle::export::job::{ExportError, ExportJob};
use crate::bundle::report::summary::Found;
use crate::bundle::statement::{Level, Part, level};
use crate::model::text::hex;
use crate::model::words::MetaFact;
use crate::model::{Finding, Place, State};
use crate::seal::bag::{MANIFEST, SIGNATURE, SIGNED, STATEMENT, TIME_STAMP};
use crate::seal::{Binding, WITHHELD, binding};
use crate::seal::{Included, Unit};
use crate::source::block::{Blocks, Fingerprint, MAX_RECORD, Piece};
use crate::source::{File, SourceError};
use crate::verify::{Examination, Job, LookError};

/// What goes into the bag.
pub struct Plan {
    /// The chosen records of each segment, ascending.
    pub chosen: BTreeMap<u32, Vec<u64>>,
    /// Segments whose records are taken out even if all of them are chosen, since their neighbours stay behind.
    excerptable: BTreeSet<u32>,
    /// Segments of which nothing was chosen, between others of their log: their trees go along, which show that nothing is missing there.
    between: BTreeSet<u32>,
}

impl Plan {
    /// Plans an export. Where only whole files verify and single records were chosen, the user must choose.
    pub fn new(export_job: &ExportJob<'_>) -> Result<Self, ExportError> {
        let case = export_job.case;
        let mut chosen: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
        for row in export_job.rows {
            if let Some(origin) = case.store.origin(*row) {
                chosen.entry(origin.segment).or_default().push(origin.record);
            }
        }
        let of = |segment: u32| case.segments.get(segment as usize);
        for (segment, records) in &mut chosen {
            let all = of(*segment).map_or(0, |segment| segment.count);
            // One record may hold many of the events.
            records.sort_unstable();
            records.dedup();
            if export_job.options.whole {
                *records = (0..all).collect();
            } else if export_job.options.range
                && let (Some(first), Some(last)) = (records.first().copied(), records.last().copied())
            {
                // One neighbour on each side shows where the range ends.
                let after = Some(last + 1).filter(|next| *next < all);
                *records = first.checked_sub(1).into_iter().chain(records.drain(..)).chain(after).collect();
            }
        }
        let logs: BTreeSet<u32> = chosen.keys().filter_map(|segment| of(*segment)).map(|segment| segment.log).collect();
        let (mut excerptable, mut between) = (BTreeSet::new(), BTreeSet::new());
        for log in logs {
            let mine: Vec<u32> = case.logs.get(log as usize).map_or_else(Vec::new, |log| log.segments.clone());
            let here: Vec<u32> = mine.iter().copied().filter(|segment| chosen.contains_key(segment)).collect();
            let thinnable = here.iter().all(|segment| of(*segment).is_some_and(|segment| case.can_excerpt(segment)));
            if !case.files_stand_alone(log) && mine.len() > 1 {
                // Files that follow one another verify only together, unless a proof takes the place of what stays behind.
                if thinnable {
                    excerptable.extend(here);
                } else {
                    let left = mine.iter().find(|segment| !chosen.contains_key(segment)).and_then(|segment| of(*segment));
                    if let Some(left) = left.filter(|_| !export_job.options.whole) {
                        let why = "its files follow one another and verify only together";
                        return Err(ExportError::NoExcerpt { path: left.plan.file.path.clone(), why });
                    }
                    chosen.extend(mine.into_iter().filter_map(|segment| Some((segment, (0..of(segment)?.count).collect()))));
                }
            } else if thinnable {
                // Where others of the log stay behind, a proof shows what whole files alone would not: what came before, between and after.
                let withheld = |segment: &u32| of(*segment).is_some_and(|segment| case.withheld(segment).is_some());
                let partly =
                    |segment: &u32| chosen.get(segment).map(|records| records.len() as u64) != of(*segment).map(|segment| segment.count);
                if here.len() < mine.len() || here.iter().any(partly) || here.iter().any(withheld) {
                    let missing = lying_between(case, &mine, &here);
                    chosen.extend(missing.iter().map(|segment| (*segment, Vec::new())));
                    between.extend(missing);
                    excerptable.extend(here);
                }
            }
        }
        Ok(Self { chosen, excerptable, between })
    }

    /// Takes a segment out of the plan.
    pub fn leave_out(&mut self, segment: u32) {
        self.chosen.remove(&segment);
    }
}

/// Which segments of a log, `mine`, lie between some of those that are taken, `here`, by the numbers in their seals.
fn lying_between(case: &Examination, mine: &[u32], here: &[u32]) -> Vec<u32> {
    let span = |segment: &u32| case.segments.get(*segment as usize).and_then(|segment| case.span(segment));
    let (first, last) =
        (here.iter().filter_map(span).map(|(first, _)| first).min(), here.iter().filter_map(span).map(|(_, end)| end).max());
    let Some((first, last)) = first.zip(last) else { return Vec::new() };
    let inside = |segment: &&u32| span(segment).is_some_and(|(start, end)| start < end && first <= start && end <= last);
    let fits =
        |segment: &&u32| case.segments.get(**segment as usize).is_some_and(|segment| !segment.duplicate && case.can_excerpt(segment));
    let here: BTreeSet<&u32> = here.iter().collect();
    mine.iter().filter(|segment| !here.contains(segment)).filter(inside).filter(fits).copied().collect()
}

/// Takes the chosen records of a segment into the bag, with what proves them; or the whole file, where only that verifies. `None`: nothing of it was
/// chosen, and it stays behind.
pub fn part(
    export_job: &ExportJob<'_>,
    bag: &mut Bag,
    plan: &Plan,
    segment: u32,
    whole: &mut BTreeSet<String>,
    job: &Job,
) -> Result<Option<Part>, ExportError> {
    let case = export_job.case;
    let indices = plan.chosen.get(&segment).map_or(&[][..], Vec::as_slice);
    let gone = || ExportError::from(LookError::NotOpen);
    let report = case.segments.get(segment as usize).ok_or_else(gone)?;
    let log = case.logs.get(report.log as usize).ok_or_else(gone)?;
    let file = &report.plan.file;
    let name = file.name();
    // An excerpt of an excerpt does not get one more ending each time.
    let name = if case.withheld(report).is_some() { name.strip_suffix(".ndjson").unwrap_or(name) } else { name };
    let name = format!("{:03}-{}", segment + 1, safe(name));
    let failed = |cause| ExportError::Write { path: export_job.out.to_owned(), cause };
    let states = |rows: &mut dyn Iterator<Item = u32>| {
        let mut states = BTreeMap::new();
        rows.for_each(|row| *states.entry(case.store.state(row).word().to_owned()).or_insert(0) += 1);
        states
    };
    let row_of = |index: &u64| case.store.row_of(segment, *index);
    let mut part = Part {
        log: log.origin.clone(),
        seal: log.seal.to_owned(),
        source: file.path.clone(),
        file: String::new(),
        level: Level::L4,
        included: report.count,
        withheld: 0,
        states: states(&mut indices.iter().filter_map(row_of)),
    };
    let is_whole = indices.len() as u64 == report.count;
    let going = |read: u64| {
        job.counter().fetch_add(read, std::sync::atomic::Ordering::Relaxed);
        !job.is_cancelled()
    };
    let excerpt = if is_whole && !plan.excerptable.contains(&segment) { None } else { case.excerpt(segment, indices, &going)? };
    if job.is_cancelled() {
        return Err(ExportError::Cancelled);
    }
    let between = plan.between.contains(&segment);
    let excerpt = match excerpt {
        Some(excerpt) if between && excerpt.guessable && !export_job.options.accept_guessable => return Ok(None),
        None if between => return Ok(None),
        excerpt => excerpt,
    };
    if let Some(excerpt) = excerpt {
        if excerpt.guessable && !export_job.options.accept_guessable {
            return Err(ExportError::Guessable(file.path.clone()));
        }
        let records: Vec<u8> = excerpt.records.iter().flat_map(|record| record.iter().copied().chain(*b"\n")).collect();
        bag.add(&format!("records/{name}.ndjson"), &records).map_err(failed)?;
        for (folder, ending, text) in &excerpt.files {
            bag.add(&format!("{folder}/{name}{ending}"), text.as_bytes()).map_err(failed)?;
        }
        if export_job.options.single {
            for ((number, record), proof) in excerpt.numbers.iter().zip(&excerpt.records).zip(&excerpt.single) {
                bag.add(&format!("single/{name}-{number}.record"), record).map_err(failed)?;
                bag.add(&format!("single/{name}-{number}.record.tlog-proof"), proof.as_bytes()).map_err(failed)?;
            }
        }
        let follow = |pair: &[u64]| pair.first().zip(pair.last()).is_some_and(|(one, next)| one.checked_add(1) == Some(*next));
        let contiguous = !between && excerpt.numbers.windows(2).all(follow);
        part.file = format!("data/records/{name}.ndjson");
        part.level = match excerpt.withheld {
            0 => Level::L4,
            _ if export_job.options.range && contiguous => Level::L2,
            _ => Level::L1,
        };
        // Where nothing shows where the segment begins, what stands before it counts as withheld too.
        (part.included, part.withheld) = (indices.len() as u64, excerpt.withheld + excerpt.unplaced);
        return Ok(Some(part));
    }
    let unsealed = binding(log.seal) == Binding::Unbound;
    if unsealed && !is_whole && report.plan.unit == Unit::Line {
        let (records, fingerprint) = lines(file, indices, &going)?;
        if job.is_cancelled() {
            return Err(ExportError::Cancelled);
        }
        if report.fingerprint != Some(fingerprint) {
            return Err(ExportError::Changed { path: file.path.clone() });
        }
        bag.add(&format!("unsealed/{name}.ndjson"), &records).map_err(failed)?;
        part.file = format!("data/unsealed/{name}.ndjson");
        part.level = Level::L0;
        (part.included, part.withheld) = (indices.len() as u64, report.count - indices.len() as u64);
        return Ok(Some(part));
    }
    if !is_whole {
        let why = if case.can_excerpt(report) {
            "it does not lead to its seal"
        } else if report.plan.unit == Unit::Line {
            "this way of sealing vouches for whole files only"
        } else {
            "it is one document, not a record a line"
        };
        return Err(ExportError::NoExcerpt { path: file.path.clone(), why });
    }
    // Only the whole file verifies.
    let kept = kept_name(&file.path);
    let mut stored = file.stored_reader()?;
    if !bag.add_from(&kept, &mut stored, &going).map_err(failed)? {
        return Err(ExportError::Cancelled);
    }
    whole.insert(file.path.clone());
    part.file = format!("data/{kept}");
    part.states = states(&mut case.store.rows_of(segment).flat_map(|(_, rows)| rows));
    if unsealed {
        part.level = Level::L0;
    }
    // An excerpt stays one: what was withheld before is withheld still.
    if let Some(withheld) = case.withheld(report) {
        part.withheld = withheld.records;
        part.level = level(withheld);
    }
    Ok(Some(part))
}

/// Lines of a file, whatever its size, and what stands for its whole content.
fn lines(file: &File, chosen: &[u64], going: &dyn Fn(u64) -> bool) -> Result<(Vec<u8>, [u8; 32]), ExportError> {
    let mut records = Vec::new();
    let mut fingerprint = Fingerprint::default();
    let mut chosen = chosen.iter().copied().peekable();
    let mut blocks = Blocks::new(file.reader()?);
    let mut read = 0;
    while let Some(piece) = blocks.next(Vec::new(), &|_line| Sha256::new()).map_err(|cause| file.io(cause))? {
        fingerprint.add(&piece.hash());
        match piece {
            Piece::Block(block) => {
                for (index, (_, record)) in (block.first..).zip(block.records()) {
                    if chosen.next_if_eq(&index).is_some() {
                        records.extend(record.iter().copied().chain(*b"\n"));
                    }
                }
            }
            Piece::Long(long) if chosen.peek() == Some(&long.index) => {
                return Err(SourceError::TooLarge { path: file.path.clone(), limit: MAX_RECORD as u64 }.into());
            }
            Piece::Long(_) => {}
        }
        let before = std::mem::replace(&mut read, blocks.offset());
        if !going(read - before) {
            return Err(ExportError::Cancelled);
        }
    }
    Ok((records, fingerprint.finish()))
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
    job: &Job,
    failed: &dyn Fn(std::io::Error) -> ExportError,
) -> Result<(), ExportError> {
    if whole.is_empty() {
        return Ok(());
    }
    let segments: BTreeSet<&str> = case.segments.iter().map(|segment| segment.plan.file.path.as_str()).collect();
    // Of each log, how many of its segments go along as whole files.
    let mut here: BTreeMap<u32, usize> = BTreeMap::new();
    for segment in case.segments.iter().filter(|segment| whole.contains(&segment.plan.file.path)) {
        *here.entry(segment.log).or_default() += 1;
    }
    for file in &case.companions {
        if job.is_cancelled() {
            return Err(ExportError::Cancelled);
        }
        // A seal goes only with its own segment, a digest only with its trail; a checkpoint would show that segments are missing, unless all go.
        let stays = case.included_with(&file.path).is_some_and(|(log, included)| {
            let here = here.get(&log).copied().unwrap_or(0);
            match included {
                Included::WithAll => case.logs.get(log as usize).is_some_and(|log| here < log.segments.len()),
                Included::WithAny => here == 0,
            }
        });
        let owner = owners(&file.path).into_iter().find(|owner| segments.contains(owner.as_str()));
        let name = match &owner {
            Some(owner) if !whole.contains(owner) => continue,
            _ if stays => continue,
            // What lies beside a segment stays beside it, whatever its name became.
            Some(owner) => file.path.strip_prefix(owner.as_str()).map_or_else(|| kept_name(&file.path), |end| kept_name(owner) + end),
            None => kept_name(&file.path),
        };
        let mut stored = file.stored_reader()?;
        if !bag.add_from(&name, &mut stored, &|_read| !job.is_cancelled()).map_err(failed)? {
            return Err(ExportError::Cancelled);
        }
    }
    Ok(())
}

/// Keeps what bundles that were opened say of themselves, if anything was taken out of them, and gives what is wrong with them: a bundle of a
/// bundle must not look better than the first one.
pub fn earlier(
    export_job: &ExportJob<'_>,
    bag: &mut Bag,
    plan: &Plan,
    job: &Job,
    failed: &dyn Fn(std::io::Error) -> ExportError,
) -> Result<Vec<Found>, ExportError> {
    let case = export_job.case;
    let mut wrong = Vec::new();
    for (number, (found, checked)) in check_all(case, export_job.keys, &|| !job.is_cancelled()).into_iter().enumerate() {
        let taken = plan.chosen.keys().filter_map(|segment| case.segments.get(*segment as usize));
        if !taken.into_iter().any(|segment| under(&found, &segment.plan.file.path)) {
            continue;
        }
        for name in [STATEMENT, "data/findings.json", MANIFEST, SIGNED, SIGNATURE, TIME_STAMP] {
            let Some(file) = found.files.get(name) else { continue };
            let mut stored = file.stored_reader()?;
            let name = name.rsplit('/').next().unwrap_or(name);
            if !bag.add_from(&format!("earlier/{}/{name}", number + 1), &mut stored, &|_read| !job.is_cancelled()).map_err(failed)? {
                return Err(ExportError::Cancelled);
            }
        }
        let is_broken = match checked.state {
            State::Sealed | State::Consistent => continue,
            state => state == State::Broken,
        };
        let fact = MetaFact::EarlierBundle { is_broken, sentence: checked.sentence() };
        let finding = Finding::of(fact, Place { path: found.top.clone(), ..Place::default() });
        wrong.push(Found::new(&finding, true).map_err(|error| failed(error.into()))?);
    }
    if job.is_cancelled() { Err(ExportError::Cancelled) } else { Ok(wrong) }
}

/// Names log files that their digests list and that stay behind, with their hashes as the digests have them; gives how many.
pub fn withheld(
    case: &Examination,
    bag: &mut Bag,
    whole: &BTreeSet<String>,
    job: &Job,
    failed: &dyn Fn(std::io::Error) -> ExportError,
) -> Result<u64, ExportError> {
    let mut text = format!("{WITHHELD}\n");
    let mut files = 0;
    for log in case.logs.iter().filter(|log| case.lists_its_files(log)) {
        let segments = || log.segments.iter().filter_map(|segment| case.segments.get(*segment as usize)).map(|segment| &segment.plan.file);
        if !segments().any(|file| whole.contains(&file.path)) {
            continue;
        }
        for file in segments().filter(|file| !whole.contains(&file.path)) {
            let hash = unpacked_hash(file, job)?;
            text.push_str(&format!("{hash} {}\n", safe(file.name())));
            files += 1;
        }
    }
    if files > 0 {
        bag.add("proofs/withheld.txt", text.as_bytes()).map_err(failed)?;
    }
    Ok(files)
}

/// SHA-256 of a file's unpacked content, in hexadecimal.
fn unpacked_hash(file: &File, job: &Job) -> Result<String, ExportError> {
    use std::io::Read;
    let mut reader = file.reader()?;
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 1 << 20];
    loop {
        let read = reader.read(&mut piece).map_err(|cause| file.io(cause))?;
        if read == 0 {
            return Ok(hex(&hasher.finalize()));
        }
        hasher.update(&piece[..read]);
        if job.is_cancelled() {
            return Err(ExportError::Cancelled);
        }
    }
}

/// The segments that a file beside one, or a part of an excerpt, may belong to.
fn owners(path: &str) -> Vec<String> {
    let mut owners: Vec<String> = [".seal", ".leaves"].iter().filter_map(|ending| path.strip_suffix(ending)).map(str::to_owned).collect();
    for (folder, ending) in
        [("proofs", ".ptree"), ("proofs", ".skeleton"), ("seals", ".seal"), ("seals", ".before"), ("seals", ".heads"), ("salts", ".salts")]
    {
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
