//! What is wrong with one segment whose records do not lead to its signed root.

use super::super::locate::{Change, Located, locate};
use super::super::merkle::Hash;
use super::super::segment::{Seal, Unit};
use super::super::{Observed, Reread, SegmentVerdict, records};
use super::Sealed;
use crate::model::State;
use crate::model::finding::{Code, Finding, Place};
use crate::model::text::{count, plural};
use crate::source::Reading;

/// Questions asked when comparing leaf hashes; each costs one or two SHA-256 blocks.
const BUDGET: usize = 8_000_000;
/// Single findings beyond this are summed up in one.
const MAX_SINGLE: usize = 1_000;

/// Whether the records lead to the seal's root.
pub(super) fn fits(seal: &Seal, records: &[&[u8]]) -> bool {
    records.len() as u64 == seal.count() && root(seal, records.iter().copied()) == Some(seal.checkpoint.root)
}

fn root<'a>(seal: &Seal, records: impl Iterator<Item = &'a [u8]>) -> Option<Hash> {
    let leaves = seal.leaves();
    let mut tree = seal.before.clone();
    for record in records {
        tree.push(leaves.leaf(tree.end(), record));
    }
    (tree.end() == seal.checkpoint.size).then(|| tree.root()).flatten()
}

/// The reading of a damaged segment.
pub(super) struct Damage {
    pub(super) verdict: SegmentVerdict,
    pub(super) findings: Vec<Finding>,
    /// The records verify once something harmless is undone.
    pub(super) harmless: bool,
}

/// Finds out what happened to a segment. `good` is the state its proven records deserve.
pub(super) fn examine(sealed: &Sealed, observed: &Observed, good: State, content: Reading<Vec<u8>>, reread: &dyn Reread) -> Damage {
    let seal = &sealed.seal;
    let mut damage = Damage { verdict: SegmentVerdict::uniform(State::Suspect, seal.first), findings: Vec::new(), harmless: false };
    let content = match content {
        Reading::Done(content) => content,
        // That it differs is known; only where cannot be told.
        Reading::Stopped | Reading::Unreadable(_) | Reading::TooLarge(_) | Reading::Damaged(_) => {
            somewhere(sealed, observed.count, &mut damage);
            return damage;
        }
    };
    if let Some((code, title, text)) = harmless_change(seal, &content) {
        damage.verdict.state = good;
        damage.harmless = true;
        damage.findings.push(Finding::new(code, place(sealed, None, 0), format!("{title} in {}", sealed.plan.file.name()), text));
        return damage;
    }
    let here = records(seal.unit, &content);
    let believed = match sealed.believed_leaves() {
        Some(Ok(leaves)) => Some(leaves),
        Some(Err(cause)) => {
            damage.findings.push(Finding::new(Code::LeavesNotBelieved, place(sealed, None, 0), "The leaf hashes are not believed", cause));
            None
        }
        None => None,
    };
    match believed {
        Some(leaves) => by_leaves(sealed, &leaves, &here, good, &mut damage, reread),
        None if here.len() as u64 > seal.count() && fits(seal, &here[..usize::try_from(seal.count()).unwrap_or(0)]) => {
            appended(sealed, here.len() as u64, good, &mut damage);
        }
        None => somewhere(sealed, here.len() as u64, &mut damage),
    }
    damage
}

fn place(sealed: &Sealed, record: Option<u64>, count: u64) -> Place {
    Place { log: Some(sealed.seal.checkpoint.origin.clone()), path: sealed.plan.file.path.clone(), record, count, ..Place::default() }
}

/// A change of line ends or a byte-order mark, if undoing it makes every record verify.
fn harmless_change(seal: &Seal, content: &[u8]) -> Option<(Code, &'static str, &'static str)> {
    let marked = content.strip_prefix(b"\xef\xbb\xbf");
    let bodies = [(content, false), (marked.unwrap_or(content), true)];
    for (body, unmarked) in bodies.into_iter().take(1 + usize::from(marked.is_some())) {
        if unmarked && fits(seal, &records(seal.unit, body)) {
            return Some((
                Code::ByteOrderMarkAdded,
                "A byte-order mark was added",
                "The file starts with a byte-order mark that was not there when it was sealed. Without it every record verifies.",
            ));
        }
        let text = "The line ends were converted after sealing. With them changed back every record verifies.";
        let (without, with) = match seal.unit {
            Unit::Line => {
                let lines = records(Unit::Line, body);
                let stripped: Vec<&[u8]> = lines.iter().map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect();
                let without = fits(seal, &stripped);
                let added: Vec<Vec<u8>> = if without { Vec::new() } else { lines.iter().map(|line| [line, &b"\r"[..]].concat()).collect() };
                let with = !without && fits(seal, &added.iter().map(Vec::as_slice).collect::<Vec<_>>());
                (without, with)
            }
            Unit::File | Unit::Bundle | Unit::Container => {
                let stripped = replace(body, b"\r\n", b"\n");
                let without = fits(seal, &[&stripped]);
                (without, !without && fits(seal, &[&replace(&stripped, b"\n", b"\r\n")]))
            }
        };
        if without || with {
            return Some((Code::LineEndsChanged, "Line ends were converted", text));
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
fn appended(sealed: &Sealed, here: u64, good: State, damage: &mut Damage) {
    let (first, expected) = (sealed.seal.first, sealed.seal.count());
    damage.verdict.state = good;
    damage.verdict.exceptions.push((expected..here, State::Broken));
    let last = (first + expected).saturating_sub(1);
    let added = here - expected;
    damage.findings.push(Finding::new(
        Code::RecordInserted,
        place(sealed, Some(last), added),
        format!("{} inserted after record {}", plural(added, "record"), count(last)),
        format!(
            "The {} that were sealed are all there and unaltered. Behind them the file holds {} that the seal does not know.",
            plural(expected, "record"),
            count(added)
        ),
    ));
}

/// Nothing tells where.
fn somewhere(sealed: &Sealed, here: u64, damage: &mut Damage) {
    let (first, expected) = (sealed.seal.first, sealed.seal.count());
    let name = sealed.plan.file.name();
    damage.verdict.state = State::Suspect;
    if super::is_document(sealed) {
        damage.verdict.state = State::Broken;
        damage.findings.push(Finding::new(
            Code::RecordAltered,
            place(sealed, Some(first), 1),
            format!("{name} was altered"),
            format!(
                "The whole file is one sealed record, number {}. Its bytes are not those that were sealed; every entry in it is unproven.",
                count(first)
            ),
        ));
        return;
    }
    damage.findings.push(Finding::new(
        Code::SegmentAltered,
        place(sealed, None, expected),
        format!("{name} was altered somewhere"),
        format!(
            "Records {} to {} do not lead to the signed root: at least one is not as it was sealed. Without believed leaf hashes it cannot be told which.",
            count(first),
            count((first + expected).saturating_sub(1))
        ),
    ));
    let (code, text) = match here.cmp(&expected) {
        std::cmp::Ordering::Equal => return,
        std::cmp::Ordering::Less => (Code::RecordsMissing, format!("{} missing from {name}", plural(expected - here, "record"))),
        std::cmp::Ordering::Greater => (Code::RecordsAdded, format!("{} added to {name}", plural(here - expected, "record"))),
    };
    let detail = format!("The seal counts {}, the file holds {}.", plural(expected, "record"), count(here));
    damage.findings.push(Finding::new(code, place(sealed, None, here.abs_diff(expected)), text, detail));
}

/// Compares the sealed leaf hashes with the records at hand and names each difference.
fn by_leaves(sealed: &Sealed, leaves: &[Hash], here: &[&[u8]], good: State, damage: &mut Damage, reread: &dyn Reread) {
    let (seal, making) = (&sealed.seal, sealed.seal.leaves());
    let first = seal.first;
    let same = |sealed_index: usize, here_index: usize| {
        !reread.stopped() && making.leaf(first + sealed_index as u64, here[here_index]) == leaves[sealed_index]
    };
    damage.verdict.state = good;
    let changes = match locate(leaves.len(), here.len(), BUDGET, &same) {
        Located::Exactly(changes) => changes,
        Located::Within(extent) => {
            damage.verdict.exceptions.push((extent.here.start as u64..extent.here.end as u64, State::Suspect));
            let (from, to) = (first + extent.sealed.start as u64, first + extent.sealed.end.max(1) as u64 - 1);
            damage.findings.push(Finding::new(
                Code::SegmentAltered,
                place(sealed, Some(from), to + 1 - from),
                format!("Records {} to {} unproven", count(from), count(to)),
                format!(
                    "So much was changed between record {} and record {} of {} that single changes cannot be told apart. The records before and after are proven.",
                    count(from), count(to), sealed.plan.file.name()
                ),
            ));
            return;
        }
    };
    let matched = leaves.len().saturating_sub(changes.iter().filter(|change| !matches!(change, Change::Inserted { .. })).count());
    if matched == 0 && leaves.len() > 1 {
        // Not one record fits: more likely the seal's secret or the whole file was exchanged than that each record was edited.
        damage.verdict.state = State::Suspect;
        damage.findings.push(Finding::new(
            Code::SegmentAltered,
            place(sealed, None, leaves.len() as u64),
            format!("No record of {} fits its seal", sealed.plan.file.name()),
            format!(
                "Not one of {} gives its sealed hash: the whole file was exchanged, or the seal's unsigned secret was changed.",
                plural(here.len() as u64, "record")
            ),
        ));
        return;
    }
    report(sealed, &changes, here.len(), damage);
}

fn report(sealed: &Sealed, changes: &[Change], here_count: usize, damage: &mut Damage) {
    let first = sealed.seal.first;
    let name = sealed.plan.file.name();
    let mut index = 0;
    let mut reported = 0;
    while index < changes.len() {
        // Neighbouring changes of one sort are one finding: "Records 7,502 and 7,503 removed".
        let mut end = index + 1;
        while end < changes.len() && follows(&changes[end - 1], &changes[end]) {
            end += 1;
        }
        let run = (end - index) as u64;
        let (code, number, broken, verb) = match changes[index] {
            Change::Altered { sealed, here } => (Code::RecordAltered, first + sealed as u64, Some(here), "altered"),
            Change::Removed { sealed, .. } => (Code::RecordRemoved, first + sealed as u64, None, "removed"),
            Change::Inserted { sealed, here } => (Code::RecordInserted, (first + sealed as u64).saturating_sub(1), Some(here), "inserted"),
            Change::Moved { sealed, here } => (Code::RecordMoved, first + sealed as u64, Some(here), "moved"),
        };
        if let Some(here) = broken {
            damage.verdict.exceptions.push((here as u64..here as u64 + run, State::Broken));
        }
        reported += 1;
        if reported <= MAX_SINGLE {
            damage.findings.push(Finding::new(
                code,
                place(sealed, Some(number), run),
                headline(code, number, run, verb),
                explain(&changes[index], run, name, here_count),
            ));
        }
        index = end;
    }
    if reported > MAX_SINGLE {
        damage.findings.push(Finding::new(
            Code::SegmentAltered,
            place(sealed, None, (reported - MAX_SINGLE) as u64),
            format!("{} more places in {name}", count((reported - MAX_SINGLE) as u64)),
            "Only the first thousand are listed one by one; every record is marked in the timeline and the table.",
        ));
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

fn headline(code: Code, number: u64, run: u64, verb: &str) -> String {
    if code == Code::RecordInserted {
        return format!("{} inserted after record {}", plural(run, "record"), count(number));
    }
    match run {
        1 => format!("Record {} was {verb}", count(number)),
        2 => format!("Records {} and {} {verb}", count(number), count(number + 1)),
        _ => format!("Records {} to {} {verb}", count(number), count(number + run - 1)),
    }
}

fn explain(change: &Change, run: u64, name: &str, here_count: usize) -> String {
    let what = if run == 1 { "It" } else { "They" };
    match change {
        Change::Altered { here, .. } => {
            format!(
                "Line {} of {name} does not give the sealed hash of this record. The other records of the segment show that only this place differs.",
                count(*here as u64 + 1)
            )
        }
        Change::Removed { here, .. } if *here >= here_count => format!("{what} stood at the end of {name}; the file now stops before."),
        Change::Removed { here, .. } => {
            format!("{what} stood before line {} of {name}. The sealed hashes show the place and the number.", count(*here as u64 + 1))
        }
        Change::Inserted { here, .. } => {
            format!("From line {} of {name} on, the file holds {} that was never sealed.", count(*here as u64 + 1), plural(run, "record"))
        }
        Change::Moved { here, .. } => {
            format!("{what} is genuine, but stands at line {} of {name}, out of the sealed order.", count(*here as u64 + 1))
        }
    }
}
