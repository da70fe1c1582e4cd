//! What is wrong with one segment whose records do not lead to its signed root.

use super::log::Sealed;
use crate::model::finding::{Code, Finding, Place};
use crate::model::text::{count, plural};
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

/// Finds out what happened to a segment. `start` is where the signed segment before it ends.
pub(super) fn examine(sealed: &Sealed, observed: &Observed, start: Option<u64>, content: Reading<Vec<u8>>, reread: &dyn Reread) -> Damage {
    let seal = &sealed.seal;
    let mut damage =
        Damage { verdict: SegmentVerdict::uniform(Standing::SUSPECT, start.unwrap_or(0)), findings: Vec::new(), harmless: false };
    // Before the root is compared, how many records there were is known only if the segment starts where the one before it ends.
    let start = start.filter(|start| *start == seal.first);
    let content = match content {
        Reading::Done(content) => content,
        // That it differs is known; only where cannot be told.
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
        let title = format!("{} in {}", repair.title, sealed.plan.file.name());
        damage.findings.push(Finding::new(repair.code, place(sealed, None, 0), title, repair.text));
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
    code: Code,
    title: &'static str,
    text: &'static str,
    /// Empty lines behind the sealed records, by index in the file.
    blank: Option<std::ops::Range<u64>>,
}

/// A change of line ends, a byte-order mark or blank lines at the end, if undoing it makes every record lead to the root.
fn harmless_change(seal: &Seal, content: &[u8]) -> Option<Repair> {
    const MARK: (Code, &str, &str) = (
        Code::ByteOrderMarkAdded,
        "A byte-order mark was added",
        "The file starts with a byte-order mark that was not there when it was sealed. Without it every record verifies.",
    );
    const ENDS: (Code, &str, &str) = (
        Code::LineEndsChanged,
        "Line ends were converted",
        "The line ends were converted after sealing. With them changed back every record verifies.",
    );
    const BLANK: (Code, &str, &str) = (
        Code::LineEndsChanged,
        "Blank lines stand at the end",
        "Behind the sealed records the file has empty lines, which the seal does not know. Without them every record verifies.",
    );
    let repair = |(code, title, text): (Code, &'static str, &'static str), blank| Some(Repair { code, title, text, blank });
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
                    return repair(if is_unmarked { MARK } else { BLANK }, blank);
                }
                let stripped: Vec<&[u8]> = lines.iter().map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect();
                if fits(seal, &stripped) {
                    return repair(ENDS, blank);
                }
                let added: Vec<Vec<u8>> = lines.iter().map(|line| [line, &b"\r"[..]].concat()).collect();
                if fits(seal, &added.iter().map(Vec::as_slice).collect::<Vec<_>>()) {
                    return repair(ENDS, blank);
                }
            }
            Unit::File | Unit::Bundle | Unit::Container => {
                if is_unmarked && fits(seal, &[body]) {
                    return repair(MARK, None);
                }
                let plain = replace(body, b"\r\n", b"\n");
                // An editor adds the last line feed, or drops it.
                for text in
                    [plain.strip_suffix(b"\n").unwrap_or(&plain).to_vec(), [plain.strip_suffix(b"\n").unwrap_or(&plain), b"\n"].concat()]
                {
                    if fits(seal, &[&text]) || fits(seal, &[&replace(&text, b"\n", b"\r\n")]) {
                        return repair(ENDS, None);
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

/// Nothing tells where. `start` is where the segment starts, if that is proven.
fn somewhere(sealed: &Sealed, here: u64, start: Option<u64>, damage: &mut Damage) {
    let name = sealed.plan.file.name();
    damage.verdict.state = Standing::SUSPECT;
    if super::log::is_document(sealed) {
        damage.verdict.state = Standing::BROKEN;
        damage.findings.push(Finding::new(
            Code::RecordAltered,
            place(sealed, start, 1),
            format!("{name} was altered"),
            "The whole file is one sealed record. Its bytes are not those that were sealed; every entry in it is unproven.",
        ));
        return;
    }
    let end = sealed.seal.checkpoint.size;
    let Some(first) = start else {
        let text = format!(
            "Its records do not lead to the signed root of the log up to record {}: at least one is not as it was sealed. Where the segment starts is not proven either, so it cannot be told how many there were.",
            count(end.saturating_sub(1))
        );
        damage.findings.push(Finding::new(Code::SegmentAltered, place(sealed, None, 0), format!("{name} was altered somewhere"), text));
        return;
    };
    let expected = end.saturating_sub(first);
    damage.findings.push(Finding::new(
        Code::SegmentAltered,
        place(sealed, None, expected),
        format!("{name} was altered somewhere"),
        format!(
            "Records {} to {} do not lead to the signed root: at least one is not as it was sealed. Without believed leaf hashes it cannot be told which.",
            count(first),
            count(end.saturating_sub(1))
        ),
    ));
    let (code, text) = match here.cmp(&expected) {
        std::cmp::Ordering::Equal => return,
        std::cmp::Ordering::Less => (Code::RecordsMissing, format!("{} missing from {name}", plural(expected - here, "record"))),
        std::cmp::Ordering::Greater => (Code::RecordsAdded, format!("{} added to {name}", plural(here - expected, "record"))),
    };
    let detail = format!("The seals count {}, the file holds {}.", plural(expected, "record"), count(here));
    damage.findings.push(Finding::new(code, place(sealed, None, here.abs_diff(expected)), text, detail));
}

/// Compares the sealed leaf hashes with the records at hand and names each difference.
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
        damage.verdict.state = Standing::SUSPECT;
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

/// Whether the seal's unsigned lines were made to start at a later record, and the records before it taken away: the leaf of the record that
/// now stands first says that it was not the first.
fn cut_in_front(sealed: &Sealed, leaves: &[Hash], here: &[&[u8]], damage: &mut Damage) {
    let (Some(leaf), Some(record)) = (leaves.first(), here.first()) else { return };
    let first = sealed.seal.first;
    let own = sealed.seal.leaves().at(first);
    if Leaf::new(sealed.seal.unit, false, own.salt().copied()).hash(record) == *leaf {
        damage.findings.push(Finding::new(
            Code::RecordRemoved,
            place(sealed, Some(first.saturating_sub(1)), 1),
            format!("Records before record {} were removed", count(first)),
            format!(
                "{} was made to start at record {}, but the signed hash of that record says that its segment started earlier.",
                sealed.plan.file.name(),
                count(first)
            ),
        ));
    }
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
            damage.verdict.exceptions.push((here as u64..here as u64 + run, Standing::BROKEN));
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
