//! Reads one segment: blocks of lines are hashed and understood on all cores while the next ones are read.

use std::borrow::Cow;
use std::cell::Cell;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::guard::quiet;
use super::job::Job;
use crate::model::json::{self, Doubt, Look};
use crate::model::{Coverage, Event, stop};
use crate::schema::{self, Reader};
use crate::seal::merkle::Range;
use crate::seal::primitives::entries::{MAX_BUNDLE, entries};
use crate::seal::{Failure, Leaves, Link, Observed, SealedLog, SegmentPlan, Unit, Wanted};
use crate::source::block::{Block, Blocks, Fingerprint, Long, MAX_RECORD, Piece};
use crate::source::{Reading, SourceError};
use crate::store::{Batch, graver};

/// Takes events as they come: the batch, the index in the file of its first record, whether they are entries of one record, the byte offset.
pub(super) type Sink<'a> = &'a (dyn Fn(Batch, u64, bool, u64) + Sync);

/// Documents up to this size in bytes are held in memory side by side.
const SIDE_BY_SIDE: usize = 32 << 20;
/// So many events of a document are handed over at once.
const HANDED_OVER: usize = 1 << 16;

/// Reads a whole segment of `log`.
pub(super) fn segment(log: &dyn SealedLog, index: usize, plan: &SegmentPlan, job: &Job, sink: Sink<'_>) -> Observed {
    let wanted = log.wanted(index);
    let mut observed = Observed {
        tree: wanted.tree.as_ref().map(|_| Range::new(plan.first)),
        gathered: wanted.has_links().then(|| log.gather(index)),
        ..Observed::default()
    };
    let result = match plan.unit {
        Unit::Line => lines(log, index, plan, &wanted, job, sink, &mut observed),
        Unit::File | Unit::Container => document(log, index, plan, &wanted, job, sink, &mut observed),
        Unit::Bundle => bundle(plan, &wanted, job, sink, &mut observed),
    };
    observed.failure = if job.is_cancelled() { Some(Failure::Cancelled) } else { Failure::of(&Reading::from(result)) };
    observed
}

/// What one piece gives.
struct Worked {
    first: u64,
    offset: u64,
    count: u64,
    torn: bool,
    trees: Vec<Range>,
    links: Vec<Option<Link>>,
    batch: Batch,
    bytes: Vec<u8>,
    too_long: bool,
    hash: [u8; 32],
}

fn lines(
    log: &dyn SealedLog,
    index: usize,
    plan: &SegmentPlan,
    wanted: &Wanted,
    job: &Job,
    sink: Sink<'_>,
    observed: &mut Observed,
) -> Result<(), SourceError> {
    let mut blocks = Blocks::new(plan.file.reader_with_progress(job.counter())?);
    let mut content = wanted.sha256.then(Sha256::new);
    let mut fingerprint = Fingerprint::default();
    let leaves = wanted.tree.clone().unwrap_or(Leaves::Plain);
    let at_once = 2 * rayon::current_num_threads();
    let mut spare: Vec<Vec<u8>> = Vec::new();
    let mut fetch = |spare: &mut Vec<Vec<u8>>| -> (Vec<Piece>, Result<(), SourceError>) {
        let mut pieces = Vec::with_capacity(at_once);
        while pieces.len() < at_once && !job.is_cancelled() {
            match blocks.next(spare.pop().unwrap_or_default(), &|line| leaves.hasher(plan.first + line)) {
                Ok(Some(piece)) => {
                    if let (Some(hasher), Piece::Block(block)) = (&mut content, &piece) {
                        hasher.update(&block.bytes);
                    }
                    pieces.push(piece);
                }
                Ok(None) => break,
                Err(cause) => return (pieces, Err(plan.file.io(cause))),
            }
        }
        (pieces, Ok(()))
    };
    let flag = job.budget().stop_flag();
    let work = |piece: Piece| -> Option<Worked> {
        if job.is_cancelled() {
            return None;
        }
        let worked = || {
            let hash = piece.hash();
            let worked = match piece {
                Piece::Block(block) => block_work(log, index, plan.first, wanted, block, job)?,
                Piece::Long(long) => long_work(plan.first, wanted, long),
            };
            Some(Worked { hash, ..worked })
        };
        // A record that was broken off in the middle counts for nothing.
        quiet(|| stop::heeding(&flag, worked)).filter(|_| !job.is_cancelled())
    };
    let (mut pieces, mut state) = fetch(&mut spare);
    loop {
        let last = pieces.is_empty() || state.is_err();
        let mut next_spare = std::mem::take(&mut spare);
        let (worked, next) = rayon::join(
            || pieces.into_par_iter().map(work).collect::<Vec<_>>(),
            || if last { (Vec::new(), Ok(())) } else { quiet(|| fetch(&mut next_spare)) },
        );
        spare = next_spare;
        for worked in worked {
            let Some(mut worked) = worked else { return Ok(()) };
            spare.push(std::mem::take(&mut worked.bytes));
            fingerprint.add(&worked.hash);
            take(worked, job, sink, observed);
        }
        state?;
        if last || job.is_cancelled() {
            break;
        }
        (pieces, state) = next;
    }
    observed.bytes = blocks.offset();
    observed.fingerprint = Some(fingerprint.finish());
    observed.sha256 = content.map(|hasher| hasher.finalize().into());
    Ok(())
}

fn take(worked: Worked, job: &Job, sink: Sink<'_>, observed: &mut Observed) {
    observed.too_long += u64::from(worked.too_long);
    observed.count += worked.count;
    observed.entries += worked.count;
    observed.torn = worked.torn;
    observed.not_understood += worked.batch.not_understood;
    observed.last_not_understood = worked.batch.last_not_understood;
    note(&worked.batch, worked.first, observed);
    if let Some(gathered) = &mut observed.gathered {
        gathered.add(worked.links);
    }
    if let Some((earliest, latest)) = worked.batch.times {
        observed.times = Some(observed.times.map_or((earliest, latest), |(first, last)| (first.min(earliest), last.max(latest))));
    }
    if let Some(tree) = &mut observed.tree {
        for (index, part) in worked.trees.iter().enumerate() {
            if index > 0 {
                observed.cuts.push(tree.clone());
            }
            let joined = tree.append(part);
            debug_assert!(joined, "blocks come in order");
        }
    }
    job.add_records(worked.count);
    sink(worked.batch, worked.first, false, worked.offset);
}

/// Takes over what a batch says of its records; `first` is the index in the file of its first one.
fn note(batch: &Batch, first: u64, observed: &mut Observed) {
    observed.uncovered += batch.uncovered;
    observed.doubtful.0 += batch.doubtful.0;
    if let Some((doubt, row)) = &batch.doubtful.1
        && observed.doubtful.1.as_ref().is_none_or(|(known, _)| graver(doubt, known))
    {
        observed.doubtful.1 = Some((doubt.clone(), first + row));
    }
}

/// Understands the lines of a block. `None` if the user stopped.
fn block_work(log: &dyn SealedLog, index: usize, first: u64, wanted: &Wanted, block: Block, job: &Job) -> Option<Worked> {
    let start_number = first + block.first;
    let mut trees = Vec::new();
    let mut tree = Range::new(start_number);
    let mut links = Vec::new();
    let mut batch = Batch::default();
    let mut reader = Reader::new(wanted.links);
    // Empty lines at the end of a chain are no records, so they are not shown.
    let is_empty = |record: &[u8]| wanted.links && record.trim_ascii().is_empty();
    let shown = block.records().enumerate().filter(|(_, (_, record))| !is_empty(record)).last().map_or(0, |(index, _)| index as u64 + 1);
    for (number, (start, record)) in (first + block.first..).zip(block.records()) {
        if job.is_cancelled() {
            return None;
        }
        if let Some(leaves) = &wanted.tree {
            // A new part starts at every wanted number, so that the root up to there is known.
            if wanted.roots_at.binary_search(&number).is_ok() {
                trees.push(std::mem::replace(&mut tree, Range::new(number)));
            }
            tree.push(leaves.leaf(number, record));
        }
        let link = if wanted.has_links() { log.link(index, record) } else { None };
        let coverage = log.coverage(index, link.as_ref());
        if number - start_number < shown {
            batch.push(&reader.read(without_mark(record, number == first), coverage), start);
        }
        if wanted.has_links() {
            links.push(link);
        }
    }
    trees.push(tree);
    Some(Worked {
        first: block.first,
        offset: block.offset,
        count: block.count,
        torn: block.torn,
        trees,
        links,
        batch,
        bytes: block.bytes,
        too_long: false,
        hash: [0; 32],
    })
}

/// The record without the byte-order mark that an editor may have put before the first one.
fn without_mark(record: &[u8], is_first: bool) -> &[u8] {
    if is_first { record.strip_prefix(b"\xef\xbb\xbf").unwrap_or(record) } else { record }
}

fn long_work(first: u64, wanted: &Wanted, long: Long) -> Worked {
    let number = first + long.index;
    let mut trees = Vec::new();
    if wanted.roots_at.binary_search(&number).is_ok() {
        trees.push(Range::new(number));
    }
    let mut tree = Range::new(number);
    tree.push(long.hasher.finalize().into());
    trees.push(tree);
    let mut batch = Batch::default();
    batch.push(&too_long(long.length), 0);
    let links = if wanted.has_links() { vec![None] } else { Vec::new() };
    Worked {
        first: long.index,
        offset: long.offset,
        count: 1,
        torn: false,
        trees,
        links,
        batch,
        bytes: Vec::new(),
        too_long: true,
        hash: [0; 32],
    }
}

/// Stands for a record of so many bytes.
fn too_long(bytes: u64) -> Event<'static> {
    Event { action: format!("(a record of {bytes} bytes, too long to be shown)").into(), ..Event::default() }
}

fn document(
    log: &dyn SealedLog,
    index: usize,
    plan: &SegmentPlan,
    wanted: &Wanted,
    job: &Job,
    sink: Sink<'_>,
    observed: &mut Observed,
) -> Result<(), SourceError> {
    use std::io::Read;
    let mut content = Vec::new();
    let mut reader = plan.file.reader_with_progress(job.counter())?;
    let mut hasher = Sha256::new();
    let mut leaf = wanted.tree.as_ref().map(|leaves| leaves.hasher(plan.first));
    let mut turn = None;
    let limit = plan.file.largest_document();
    let too_large = || SourceError::TooLarge { path: plan.file.path.clone(), limit };
    if !plan.file.is_packed() && plan.file.size > limit {
        return Err(too_large());
    }
    // Read and hashed in pieces, so that Cancel is heeded.
    loop {
        if job.is_cancelled() {
            return Ok(());
        }
        // Large ones are held in memory one at a time.
        if content.len() > SIDE_BY_SIDE && turn.is_none() {
            turn = job.turn();
        }
        let before = content.len();
        reader.by_ref().take(4 << 20).read_to_end(&mut content).map_err(|cause| plan.file.io(cause))?;
        if content.len() == before {
            break;
        }
        hasher.update(&content[before..]);
        if let Some(leaf) = &mut leaf {
            leaf.update(&content[before..]);
        }
        if content.len() as u64 > limit {
            return Err(too_large());
        }
    }
    let hash: [u8; 32] = hasher.finalize().into();
    if let (Some(tree), Some(leaf)) = (&mut observed.tree, leaf) {
        tree.push(leaf.finalize().into());
    }
    observed.sha256 = wanted.sha256.then_some(hash);
    let text = without_mark(&content, true);
    let (most, found) = (plan.file.most_records(content.len() as u64), Cell::new(0));
    let going = || {
        found.set(found.get() + 1);
        found.get() <= most && !job.is_cancelled()
    };
    let understood = || schema::entries_while(text, &going).map(|entries| entries.into_iter().map(Cow::Borrowed).collect());
    let own = log.entries(index, text).transpose();
    let own = own.map_err(|cause| plan.file.io(std::io::Error::new(std::io::ErrorKind::InvalidData, cause)))?;
    let entries: Vec<Cow<'_, [u8]>> = own.or_else(understood).unwrap_or_else(|| vec![Cow::Borrowed(text)]);
    if job.is_cancelled() {
        return Ok(());
    }
    plan.file.hold((entries.len() as u64).max(found.get()), content.len() as u64)?;
    let outer = outer_doubt(text, &entries);
    // Under a hash chain each entry is a record of its own.
    let single = plan.unit == Unit::File && !wanted.links;
    observed.count = if single { 1 } else { entries.len() as u64 };
    observed.entries = entries.len() as u64;
    observed.bytes = content.len() as u64;
    let mut links = Vec::new();
    let mut batch = Batch::default();
    let mut batched = 0;
    // What is understood is handed over in parts, so that it is not held twice.
    let hand_over = |batch: Batch, links: Vec<Option<Link>>, from: usize, observed: &mut Observed| {
        if let Some(gathered) = &mut observed.gathered {
            gathered.add(links);
        }
        let first = if single { 0 } else { from as u64 };
        if let Some((earliest, latest)) = batch.times {
            observed.times = Some(observed.times.map_or((earliest, latest), |(first, last)| (first.min(earliest), last.max(latest))));
        }
        observed.not_understood += batch.not_understood;
        note(&batch, from as u64, observed);
        sink(batch, first, single, 0);
    };
    let mut reader = Reader::new(wanted.links);
    for (position, entry) in entries.iter().enumerate() {
        if job.is_cancelled() {
            return Ok(());
        }
        if batch.len() >= HANDED_OVER {
            hand_over(std::mem::take(&mut batch), std::mem::take(&mut links), std::mem::replace(&mut batched, position), observed);
        }
        if entry.len() > MAX_RECORD {
            batch.push(&too_long(entry.len() as u64), 0);
            observed.too_long += 1;
            if wanted.has_links() {
                links.push(None);
            }
            continue;
        }
        // Entries that borrow from the content have their place by the distance of their addresses; others have none.
        let offset = match entry {
            Cow::Borrowed(entry) => (entry.as_ptr() as usize).saturating_sub(content.as_ptr() as usize),
            Cow::Owned(_) => 0,
        };
        let link = if wanted.has_links() { log.link(index, entry) } else { None };
        let mut event = reader.read(entry, log.coverage(index, link.as_ref()));
        if outer.is_some() {
            event.doubt = event.doubt.max(outer.clone());
        }
        batch.push(&event, offset);
        if wanted.has_links() {
            links.push(link);
        }
    }
    observed.fingerprint = Some(hash);
    hand_over(batch, links, batched, observed);
    if single && let Some((_, record)) = &mut observed.doubtful.1 {
        *record = 0;
    }
    job.add_records(entries.len() as u64);
    Ok(())
}

/// What others may read differently in a document around its entries, such as two lists of one name: then every entry is in doubt.
fn outer_doubt(document: &[u8], entries: &[Cow<'_, [u8]>]) -> Option<Doubt> {
    let mut around = Vec::new();
    let mut at = 0;
    for entry in entries {
        let Cow::Borrowed(entry) = entry else { return None };
        let start = (entry.as_ptr() as usize).checked_sub(document.as_ptr() as usize)?;
        around.extend_from_slice(document.get(at..start)?);
        around.push(b'0');
        at = start + entry.len();
    }
    around.extend_from_slice(document.get(at..)?);
    match json::Reader::default().look(&around) {
        Look::Doubtful(doubt) => Some(doubt),
        Look::Exact | Look::NotJson(_) => None,
    }
}

/// Reads an entry bundle of a transparency log. It is small, so it is read whole.
fn bundle(plan: &SegmentPlan, wanted: &Wanted, job: &Job, sink: Sink<'_>, observed: &mut Observed) -> Result<(), SourceError> {
    let content = plan.file.read_all(MAX_BUNDLE)?;
    job.counter().fetch_add(plan.file.size, std::sync::atomic::Ordering::Relaxed);
    let mut batch = Batch::default();
    let mut reader = Reader::default();
    for entry in entries(&content) {
        if job.is_cancelled() {
            return Ok(());
        }
        let Some(entry) = entry else {
            let cause = std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "an entry breaks off");
            return Err(plan.file.io(cause));
        };
        let number = plan.first + observed.count;
        if let (Some(tree), Some(leaves)) = (&mut observed.tree, &wanted.tree) {
            if wanted.roots_at.binary_search(&number).is_ok() {
                observed.cuts.push(tree.clone());
            }
            tree.push(leaves.leaf(number, entry));
        }
        let offset = (entry.as_ptr() as usize).saturating_sub(content.as_ptr() as usize);
        batch.push(&reader.read(entry, &Coverage::All), offset);
        observed.count += 1;
    }
    observed.entries = observed.count;
    observed.bytes = content.len() as u64;
    observed.fingerprint = Some(Sha256::digest(&content).into());
    observed.times = batch.times;
    observed.not_understood = batch.not_understood;
    note(&batch, 0, observed);
    job.add_records(observed.count);
    sink(batch, 0, false, 0);
    Ok(())
}
