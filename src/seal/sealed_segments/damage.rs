//! What is wrong with one segment whose records do not lead to its signed root.

use super::log::Sealed;
use crate::model::finding::{Finding, Place};
use crate::model::stop;
use crate::model::words::segments::SegmentFact;
use crate::seal::format::{Observed, Reread, records};
use crate::seal::primitives::locate::{Change, Located, locate};
use crate::seal::primitives::merkle::Hash;
use crate::seal::primitives::segment::{Leaf, Seal, Unit};
use crate::seal::verdict::SegmentVerdict;
use crate::source::Reading;
use crate::trust::Standing;

/// Questions asked when comparing leaf hashes; each costs one or two SHA-256 blocks.
const BUDGET: usize = 8_000_000;
/// Single findings beyond this are summed up in one.
const MAX_SINGLE: usize = 1_000;

/// Whether the records lead to the seal's root.
pub(super) fn fits(seal: &Seal, records: &[&[u8]]) -> bool {
    fits_with(seal, records, |record, _room| record)
}

/// The same of records that are changed as they are looked at; `change` may use the room that it is given.
fn fits_with(seal: &Seal, records: &[&[u8]], change: impl for<'a> Fn(&'a [u8], &'a mut Vec<u8>) -> &'a [u8]) -> bool {
    if records.len() as u64 != seal.count() {
        return false;
    }
    let leaves = seal.leaves();
    let mut tree = seal.before.clone();
    let mut room = Vec::new();
    for record in records {
        if stop::is_wished() {
            return false;
        }
        tree.push(leaves.leaf(tree.end(), change(record, &mut room)));
    }
    tree.end() == seal.checkpoint.size && tree.root() == Some(seal.checkpoint.root)
}

/// The reading of a damaged segment.
pub(super) struct Damage {
    pub(super) verdict: SegmentVerdict,
    pub(super) findings: Vec<Finding>,
    /// The records verify once something harmless is undone.
    pub(super) harmless: bool,
}

/// Finds out what happened to a segment. `start` is where the signed segment before it ends.
pub(super) fn examine(sealed: &Sealed, observed: &Observed, start: Option<u64>, content: Reading<Vec<u8>>, reread: &dyn Reread) -> Damage {
    let seal = &sealed.seal;
    let mut damage =
        Damage { verdict: SegmentVerdict::uniform(Standing::SUSPECT, start.unwrap_or(0)), findings: Vec::new(), harmless: false };
    // Before the root is compared, how many records there were is known only if the segment starts where the one before it ends.
    let start = start.filter(|start| *start == seal.first);
    let content = match content {
        Reading::Done(content) => content,
        // That it differs is known; only where is unknown.
        Reading::Stopped | Reading::Unreadable(_) | Reading::TooLarge(_) | Reading::Damaged(_) => {
            somewhere(sealed, observed.count, start, &mut damage);
            return damage;
        }
    };
    if let Some(repair) = harmless_change(seal, &content) {
        damage.verdict = SegmentVerdict::uniform(sealed.standing(), seal.first);
        if let Some(blank) = repair.blank {
            damage.verdict.exceptions.push((blank, Standing::UNSEALED));
        }
        damage.harmless = true;
        damage.findings.push(Finding::of(repair.fact, place(sealed, None, 0)));
        return damage;
    }
    let here = records(seal.unit, &content);
    let believed = match sealed.believed_leaves() {
        Some(Ok(leaves)) => Some(leaves),
        Some(Err(cause)) => {
            damage.findings.push(Finding::of(SegmentFact::LeavesNotBelieved { cause }, place(sealed, None, 0)));
            None
        }
        None => None,
    };
    match believed {
        Some(leaves) => by_leaves(sealed, &leaves, &here, &mut damage, reread),
        None if here.len() as u64 > seal.count() && fits(seal, &here[..usize::try_from(seal.count()).unwrap_or(0)]) => {
            appended(sealed, here.len() as u64, &mut damage);
        }
        None => somewhere(sealed, here.len() as u64, start, &mut damage),
    }
    damage
}

fn place(sealed: &Sealed, record: Option<u64>, count: u64) -> Place {
    super::log::place(sealed, record, count)
}

/// What was done to a file that changes no record.
struct Repair {
    fact: SegmentFact,
    /// Empty lines behind the sealed records, by index in the file.
    blank: Option<std::ops::Range<u64>>,
}

/// A change of line ends, a byte-order mark or blank lines at the end, if undoing it makes every record lead to the root.
fn harmless_change(seal: &Seal, content: &[u8]) -> Option<Repair> {
    let repair = |fact, blank| Some(Repair { fact, blank });
    let marked = content.strip_prefix(b"\xef\xbb\xbf");
    for (body, is_unmarked) in [(Some(content), false), (marked, true)] {
        let Some(body) = body else { continue };
        match seal.unit {
            Unit::Line => {
                let lines = records(Unit::Line, body);
                let sealed = usize::try_from(seal.count()).unwrap_or(usize::MAX).min(lines.len());
                let (lines, rest) = lines.split_at(sealed);
                let is_blank = rest.iter().all(|line| line.is_empty() || *line == b"\r");
                if !is_blank {
                    continue;
                }
                let blank = (!rest.is_empty()).then(|| sealed as u64..(sealed + rest.len()) as u64);
                if (is_unmarked || blank.is_some()) && fits(seal, lines) {
                    return repair(if is_unmarked { SegmentFact::ByteOrderMark } else { SegmentFact::BlankLines }, blank);
                }
                // Lines that no program ended in the other way need not be tried so.
                let returns = lines.iter().any(|line| line.ends_with(b"\r"));
                let stripped = returns && fits_with(seal, lines, |line, _room| line.strip_suffix(b"\r").unwrap_or(line));
                let added = |seal: &Seal| {
                    fits_with(seal, lines, |line, room| {
                        room.clear();
                        room.extend_from_slice(line);
                        room.push(b'\r');
                        room
                    })
                };
                if stripped || added(seal) {
                    return repair(SegmentFact::LineEnds, blank);
                }
            }
            Unit::File | Unit::Bundle | Unit::Container => {
                if is_unmarked && fits(seal, &[body]) {
                    return repair(SegmentFact::ByteOrderMark, None);
                }
                let plain = replace(body, b"\r\n", b"\n");
                // An editor adds the last line feed, or drops it.
                for text in
                    [plain.strip_suffix(b"\n").unwrap_or(&plain).to_vec(), [plain.strip_suffix(b"\n").unwrap_or(&plain), b"\n"].concat()]
                {
                    if fits(seal, &[&text]) || fits(seal, &[&replace(&text, b"\n", b"\r\n")]) {
                        return repair(SegmentFact::LineEnds, None);
                    }
                }
            }
        }
    }
    None
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(position) = memchr::memmem::find(rest, from) {
        replaced.extend_from_slice(&rest[..position]);
        replaced.extend_from_slice(to);
        rest = &rest[position + from.len()..];
    }
    replaced.extend_from_slice(rest);
    replaced
}

/// The sealed records are all there; more were written behind them.
fn appended(sealed: &Sealed, here: u64, damage: &mut Damage) {
    let (first, expected) = (sealed.seal.first, sealed.seal.count());
    damage.verdict = SegmentVerdict::uniform(sealed.standing(), first);
    damage.verdict.exceptions.push((expected..here, Standing::BROKEN));
    let last = (first + expected).saturating_sub(1);
    let added = here - expected;
    let fact = SegmentFact::RecordsAppended { after: last, count: added, sealed: expected };
    damage.findings.push(Finding::of(fact, place(sealed, Some(last), added)));
}

/// Nothing shows where. `start` is where the segment starts, if that is proven.
fn somewhere(sealed: &Sealed, here: u64, start: Option<u64>, damage: &mut Damage) {
    damage.verdict.state = Standing::SUSPECT;
    if super::log::is_document(sealed) {
        damage.verdict.state = Standing::BROKEN;
        damage.findings.push(Finding::of(SegmentFact::FileAltered, place(sealed, start, 1)));
        return;
    }
    let end = sealed.seal.checkpoint.size;
    let Some(first) = start else {
        let fact = SegmentFact::AlteredSomewhere { from: None, to: end.saturating_sub(1) };
        damage.findings.push(Finding::of(fact, place(sealed, None, 0)));
        return;
    };
    let expected = end.saturating_sub(first);
    let fact = SegmentFact::AlteredSomewhere { from: Some(first), to: end.saturating_sub(1) };
    damage.findings.push(Finding::of(fact, place(sealed, None, expected)));
    let fact = match here.cmp(&expected) {
        std::cmp::Ordering::Equal => return,
        std::cmp::Ordering::Less => SegmentFact::RecordsMissing { sealed: expected, here },
        std::cmp::Ordering::Greater => SegmentFact::RecordsAdded { sealed: expected, here },
    };
    damage.findings.push(Finding::of(fact, place(sealed, None, here.abs_diff(expected))));
}

/// Compares the sealed leaf hashes with the records here and names each difference.
fn by_leaves(sealed: &Sealed, leaves: &[Hash], here: &[&[u8]], damage: &mut Damage, reread: &dyn Reread) {
    let (seal, making) = (&sealed.seal, sealed.seal.leaves());
    let first = seal.first;
    let same = |sealed_index: usize, here_index: usize| {
        !reread.stopped() && making.leaf(first + sealed_index as u64, here[here_index]) == leaves[sealed_index]
    };
    damage.verdict = SegmentVerdict::uniform(sealed.standing(), first);
    let located = locate(leaves.len(), here.len(), BUDGET, &same);
    if reread.stopped() {
        // Answers given after the user stopped are none.
        damage.verdict = SegmentVerdict::uniform(Standing::UNCHECKED, first);
        return;
    }
    cut_in_front(sealed, leaves, here, damage);
    let changes = match located {
        Located::Exactly(changes) => changes,
        Located::Within(extent) => {
            damage.verdict.exceptions.push((extent.here.start as u64..extent.here.end as u64, Standing::SUSPECT));
            let (from, to) = (first + extent.sealed.start as u64, first + extent.sealed.end.max(1) as u64 - 1);
            damage.findings.push(Finding::of(SegmentFact::AlteredWithin { from, to }, place(sealed, Some(from), to + 1 - from)));
            return;
        }
    };
    let matched = leaves.len().saturating_sub(changes.iter().filter(|change| !matches!(change, Change::Inserted { .. })).count());
    if matched == 0 && leaves.len() > 1 {
        // Not one record fits: more likely the seal's secret or the whole file was exchanged than that each record was edited.
        damage.verdict.state = Standing::SUSPECT;
        let fact = SegmentFact::NoRecordFits { here: here.len() as u64 };
        damage.findings.push(Finding::of(fact, place(sealed, None, leaves.len() as u64)));
        return;
    }
    report(sealed, &changes, here.len(), damage);
}

/// Whether the seal's unsigned lines were made to start at a later record, and the records before it taken away: the leaf of the record that
/// now stands first says that it was not the first.
fn cut_in_front(sealed: &Sealed, leaves: &[Hash], here: &[&[u8]], damage: &mut Damage) {
    let (Some(leaf), Some(record)) = (leaves.first(), here.first()) else { return };
    let first = sealed.seal.first;
    let own = sealed.seal.leaves().at(first);
    if Leaf::new(sealed.seal.unit, false, own.salt().copied()).hash(record) == *leaf {
        damage.findings.push(Finding::of(SegmentFact::StartRemoved { first }, place(sealed, Some(first.saturating_sub(1)), 1)));
    }
}

fn report(sealed: &Sealed, changes: &[Change], here_count: usize, damage: &mut Damage) {
    let first = sealed.seal.first;
    let mut index = 0;
    let mut reported = 0;
    while index < changes.len() {
        // Neighbouring changes of one sort are one finding: "Records 7,502 and 7,503 removed".
        let mut end = index + 1;
        while end < changes.len() && follows(&changes[end - 1], &changes[end]) {
            end += 1;
        }
        let run = (end - index) as u64;
        let (number, broken) = match changes[index] {
            Change::Altered { sealed, here } | Change::Moved { sealed, here } => (first + sealed as u64, Some(here)),
            Change::Removed { sealed, .. } => (first + sealed as u64, None),
            Change::Inserted { sealed, here } => ((first + sealed as u64).saturating_sub(1), Some(here)),
        };
        if let Some(here) = broken {
            damage.verdict.exceptions.push((here as u64..here as u64 + run, Standing::BROKEN));
        }
        reported += 1;
        if reported <= MAX_SINGLE {
            damage.findings.push(Finding::of(fact(&changes[index], number, run, here_count), place(sealed, Some(number), run)));
        }
        index = end;
    }
    if reported > MAX_SINGLE {
        let more = (reported - MAX_SINGLE) as u64;
        damage.findings.push(Finding::of(SegmentFact::MorePlaces { count: more }, place(sealed, None, more)));
    }
    damage.verdict.exceptions.sort_by_key(|(span, _)| span.start);
}

fn follows(left: &Change, right: &Change) -> bool {
    match (left, right) {
        (Change::Altered { sealed: a, here: b }, Change::Altered { sealed: c, here: d })
        | (Change::Moved { sealed: a, here: b }, Change::Moved { sealed: c, here: d }) => a + 1 == *c && b + 1 == *d,
        (Change::Removed { sealed: a, here: b }, Change::Removed { sealed: c, here: d }) => a + 1 == *c && b == d,
        (Change::Inserted { sealed: a, here: b }, Change::Inserted { sealed: c, here: d }) => a == c && b + 1 == *d,
        _ => false,
    }
}

/// What a run of `run` changes of one kind is, from record `number` on.
fn fact(change: &Change, number: u64, run: u64, here_count: usize) -> SegmentFact {
    let (from, to) = (number, number.saturating_add(run).saturating_sub(1));
    let line = |here: usize| here as u64 + 1;
    match *change {
        Change::Altered { here, .. } => SegmentFact::RecordsAltered { from, to, line: line(here) },
        Change::Removed { here, .. } => SegmentFact::RecordsRemoved { from, to, line: (here < here_count).then(|| line(here)) },
        Change::Inserted { here, .. } => SegmentFact::RecordsInserted { after: number, count: run, line: line(here) },
        Change::Moved { here, .. } => SegmentFact::RecordsMoved { from, to, line: line(here) },
    }
}
