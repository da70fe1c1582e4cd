//! Excerpts as they are found: records with a pruned tree, salts and a seal, judged together.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::finding::{Finding, Place};
use crate::model::text::{bytes, count, from_hex, hex};
use crate::model::words::Fact;
use crate::model::words::end::End;
use crate::model::words::excerpts::ExcerptFact;
use crate::model::words::keys::{KeyStanding, KeyUse, Keys as LogKeys};
use crate::model::words::reading::ReadingFact;
use crate::model::words::segments::Source;
use crate::model::{Answer, Ladder, Limit, Reason, Remedy, State};
use crate::seal::claims::Claims;
use crate::seal::excerpt::pruned::HEADER;
use crate::seal::format::{Observed, Reread, SealedLog, SegmentPlan, Wanted, records};
use crate::seal::primitives::merkle::{Hash, Range};
use crate::seal::primitives::note;
use crate::seal::primitives::note::{Checkpoint, Note, NoteError, Signatures};
use crate::seal::primitives::segment::{Leaf, Salt, Seal, Unit};
use crate::seal::verdict::{Conclusion, Proof, SegmentVerdict, Step, Withheld};
use crate::source::{File, Reading};
use crate::trust::{LogSigner, Standing, Store as Keys, Vouched};

/// Proofs larger than this are not read, in bytes.
const MAX_PROOF: u64 = 512 << 20;
const MAX_SEAL: u64 = 1 << 20;

/// A line of a pruned tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    Disclosed(u64),
    Withheld { first: u64, count: u64, hash: Hash },
}

fn parse(text: &str) -> Option<Vec<Node>> {
    let rest = text.strip_prefix(HEADER)?.strip_prefix('\n')?;
    rest.lines()
        .map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["D", number] => Some(Node::Disclosed(number.parse().ok()?)),
                ["H", first, count, hash] => {
                    let (first, count): (u64, u64) = (first.parse().ok()?, count.parse().ok()?);
                    let aligned = count.is_power_of_two() && first.is_multiple_of(count) && first.checked_add(count).is_some();
                    aligned.then_some(Node::Withheld { first, count, hash: from_hex(hash)?.try_into().ok()? })
                }
                _ => None,
            }
        })
        .collect()
}

/// Records with what proves them.
struct Part {
    nodes: Vec<Node>,
    /// Numbers in the log of the disclosed records.
    numbers: Vec<u64>,
    /// The salts of the disclosed records: of all of them, or of none.
    salts: BTreeMap<u64, Salt>,
    seal: Seal,
    signatures: Result<Signatures, NoteError>,
    /// The checkpoint of the preceding seal, if a trusted key signed it: it shows where the segment starts.
    before: Option<Checkpoint>,
}

/// Why there is no proof that could be tried.
struct Unfit {
    why: String,
    /// It is the files' own fault, rather than that of the reading.
    is_damaged: bool,
}

struct Excerpt {
    proof_path: String,
    part: Result<Box<Part>, Unfit>,
}

struct PrunedLog {
    origin: String,
    plans: Vec<SegmentPlan>,
    excerpts: Vec<Excerpt>,
}

/// Finds excerpts by the first line of their pruned trees. One that lacks a part, or cannot be read, is an excerpt all the same: its records
/// are never called unsealed.
pub(super) fn plan(claims: &mut Claims, keys: &Keys) -> Vec<Box<dyn SealedLog>> {
    let by_path: BTreeMap<String, usize> = claims.free().map(|(index, file)| (file.path.clone(), index)).collect();
    let found: Vec<(usize, File)> =
        claims.free().filter(|(_, file)| file.start.starts_with(HEADER.as_bytes())).map(|(index, file)| (index, file.clone())).collect();
    let mut logs: BTreeMap<String, PrunedLog> = BTreeMap::new();
    for (index, tree) in found {
        let (folder, name) = tree.path.rsplit_once('/').unwrap_or(("", &tree.path));
        let name = name.strip_suffix(".ptree").unwrap_or(name);
        let above = folder.strip_suffix("proofs").unwrap_or(folder);
        // Its parts differ only in folder and ending; they may have been put into one folder.
        let find = |kind: &str, ending: &str| {
            let beside = if folder.is_empty() { format!("{name}{ending}") } else { format!("{folder}/{name}{ending}") };
            let path = [format!("{above}{kind}/{name}{ending}"), beside];
            path.iter().find_map(|path| by_path.get(path).copied()).and_then(|index| Some((index, claims.files.get(index)?.clone()?)))
        };
        let (records, seal) = (find("records", ".ndjson"), find("seals", ".seal"));
        let (salts, before) = (find("salts", ".salts"), find("seals", ".before"));
        let file_of = |found: &Option<(usize, File)>| found.as_ref().map(|(_, file)| file.clone());
        let part = read(&tree, file_of(&seal), file_of(&salts), file_of(&before), keys);
        for used in [
            Some(index),
            records.as_ref().map(|found| found.0),
            seal.map(|found| found.0),
            salts.map(|found| found.0),
            before.map(|found| found.0),
        ] {
            used.and_then(|used| claims.take(used));
        }
        let Some((_, file)) = records else {
            let place = Place { path: tree.path.clone(), ..Place::default() };
            claims.findings.push(Finding::of(ExcerptFact::RecordsMissing, place));
            continue;
        };
        let origin = part.as_ref().map_or_else(|_| file.path.clone(), |part| part.seal.checkpoint.origin.clone());
        let log = logs.entry(origin.clone()).or_insert_with(|| PrunedLog { origin, plans: Vec::new(), excerpts: Vec::new() });
        log.plans.push(SegmentPlan { file, first: 0, expected: None, unit: Unit::Line });
        log.excerpts.push(Excerpt { proof_path: tree.path.clone(), part: part.map(Box::new) });
    }
    logs.into_values().map(|log| Box::new(log) as Box<dyn SealedLog>).collect()
}

fn text(file: &File, limit: u64) -> Result<String, Unfit> {
    let damaged = |why| Unfit { why, is_damaged: true };
    match Reading::from(file.read_all(limit)) {
        Reading::Done(content) => String::from_utf8(content).map_err(|_error| damaged(format!("{} is not text", file.path))),
        Reading::Damaged(why) => Err(damaged(why)),
        Reading::Unreadable(why) | Reading::TooLarge(why) => Err(Unfit { why, is_damaged: false }),
        Reading::Stopped => Err(Unfit { why: format!("{} was not read", file.path), is_damaged: false }),
    }
}

fn read(tree: &File, seal: Option<File>, salts: Option<File>, before: Option<File>, keys: &Keys) -> Result<Part, Unfit> {
    let damaged = |why: String| Unfit { why, is_damaged: true };
    let nodes = parse(&text(tree, MAX_PROOF)?).ok_or_else(|| damaged(format!("{} cannot be read", tree.path)))?;
    let seal_file = seal.ok_or_else(|| damaged(format!("the seal that belongs to {} is missing", tree.path)))?;
    let seal = Seal::parse(&text(&seal_file, MAX_SEAL)?).map_err(|error| damaged(format!("{}: {error}", seal_file.path)))?;
    let numbers: Vec<u64> = nodes.iter().filter_map(|node| if let Node::Disclosed(number) = node { Some(*number) } else { None }).collect();
    let salts = match &salts {
        None => BTreeMap::new(),
        Some(file) => {
            let salts = parse_salts(&text(file, MAX_PROOF)?);
            // One for each disclosed record of a salted segment, all or none.
            let fits =
                |salts: &BTreeMap<u64, Salt>| salts.len() == numbers.len() && numbers.iter().all(|number| salts.contains_key(number));
            salts.filter(fits).ok_or_else(|| damaged(format!("{} does not hold one salt of 16 bytes for each record", file.path)))?
        }
    };
    let origin = &seal.checkpoint.origin;
    let signatures = seal.note.judge(keys, origin);
    let before = match &before {
        None => None,
        Some(file) => preceding(&text(file, MAX_SEAL)?, &seal, keys),
    };
    Ok(Part { nodes, numbers, salts, seal, signatures, before })
}

/// The checkpoint of the preceding seal, if the log's trusted key signed it. One that is not good proves nothing, and is no harm.
fn preceding(text: &str, seal: &Seal, keys: &Keys) -> Option<Checkpoint> {
    let Ok(note) = Note::parse(text) else { return None };
    let (Ok(checkpoint), Ok(signatures)) = (note.checkpoint(), note.judge(keys, &seal.checkpoint.origin)) else { return None };
    let fits = checkpoint.origin == seal.checkpoint.origin && checkpoint.size == seal.first;
    (fits && signatures.log().is_some()).then_some(checkpoint)
}

fn parse_salts(text: &str) -> Option<BTreeMap<u64, Salt>> {
    let mut salts = BTreeMap::new();
    for line in text.lines() {
        let (number, salt) = line.split_once(' ')?;
        let salt: Salt = from_hex(salt)?.try_into().ok()?;
        if salts.insert(number.parse().ok()?, salt).is_some() {
            return None;
        }
    }
    Some(salts)
}

impl Part {
    fn voucher(&self) -> Option<&Vouched<LogSigner>> {
        match &self.signatures {
            Ok(signatures) => signatures.sealed(),
            Err(_) => None,
        }
    }

    /// Whether the log's trusted key signed it, enough witnesses or not.
    fn is_signed(&self) -> bool {
        matches!(&self.signatures, Ok(signatures) if signatures.log().is_some())
    }

    fn standing(&self) -> Standing {
        match &self.signatures {
            Ok(signatures) => Standing::of(signatures.sealed()),
            Err(_) => Standing::BROKEN,
        }
    }

    /// Whether the records lead to the signed root. `at` is told the root of the tree at each of its own edges.
    fn holds(&self, records: &[&[u8]], at: &mut dyn FnMut(u64, Hash)) -> bool {
        let mut tree = Range::new(0);
        let mut here = records.iter();
        for node in &self.nodes {
            match node {
                Node::Disclosed(number) => {
                    let Some(record) = here.next().filter(|_| *number == tree.end()) else { return false };
                    tree.push(self.leaf(*number).hash(record));
                }
                Node::Withheld { first, count, hash } => {
                    if *first != tree.end() || tree.end().saturating_add(*count) > self.seal.checkpoint.size {
                        return false;
                    }
                    tree.push_subtree(count.trailing_zeros() as u8, *hash);
                }
            }
            if let Some(root) = tree.root() {
                at(tree.end(), root);
            }
        }
        here.next().is_none() && tree.end() == self.seal.checkpoint.size && tree.root() == Some(self.seal.checkpoint.root)
    }

    /// What stands before a disclosed record. Whether it is salted and the first of its segment is decided by the kind in the leaf, not here:
    /// a salt too many or too few, or another first number, does not lead to the root.
    fn leaf(&self, number: u64) -> Leaf {
        Leaf::new(self.seal.unit, number == self.seal.first, self.salts.get(&number).copied())
    }

    /// Whether it is shown that the segment starts where its unsigned line says.
    fn is_start_proven(&self) -> bool {
        self.seal.first == 0 || self.before.is_some() || self.numbers.first() == Some(&self.seal.first)
    }

    /// Whether nothing of the segment is withheld, and it is shown that nothing is.
    fn is_whole(&self) -> bool {
        self.is_start_proven()
            && self.numbers.len() as u64 == self.seal.count()
            && self.numbers.first().is_none_or(|first| *first == self.seal.first)
    }
}

/// What came of all excerpts of a log.
struct Sum {
    findings: Vec<Finding>,
    segments: Vec<SegmentVerdict>,
    holds: bool,
    complete: bool,
    /// Roots that signed excerpts give, by size, and by whom.
    roots: BTreeMap<u64, Vec<(Hash, usize)>>,
    /// Excerpts that repeat another one.
    seen: BTreeSet<(Hash, Vec<u64>)>,
}

impl PrunedLog {
    fn judge(&self, sum: &mut Sum, segment: usize, bounds: &BTreeSet<u64>, observed: &Observed, reread: &dyn Reread) -> Standing {
        let (plan, excerpt) = (&self.plans[segment], &self.excerpts[segment]);
        let place = Place { log: Some(self.origin.clone()), path: plan.file.path.clone(), count: observed.count, ..Place::default() };
        let part = match &excerpt.part {
            Ok(part) => part,
            Err(unfit) => {
                let cause = unfit.why.clone();
                let fact = match unfit.is_damaged {
                    true => ExcerptFact::ProofDamaged { cause },
                    false => ExcerptFact::ProofUnread { cause },
                };
                sum.findings.push(Finding::of(fact, place));
                sum.holds &= !unfit.is_damaged;
                sum.complete &= unfit.is_damaged;
                return if unfit.is_damaged { Standing::BROKEN } else { Standing::UNCHECKED };
            }
        };
        match &part.signatures {
            Err(error) => {
                sum.findings.push(Finding::of(ExcerptFact::SealForged { cause: error.to_string() }, place.clone()));
            }
            Ok(signatures) => {
                if let Some(why) = note::not_vouched(&part.seal.note, signatures, &self.origin).map(Fact::from)
                    && !sum.findings.iter().any(|finding| finding.fact == why)
                {
                    sum.findings.push(Finding::of(why, place.clone()));
                }
            }
        }
        let mut roots = Vec::new();
        let mut at = |size: u64, root: Hash| {
            if bounds.contains(&size) {
                roots.push((size, root));
            }
        };
        // What could not be read is unchecked; what cannot be unpacked is not what was sealed.
        let good = match observed.content(segment, reread) {
            Reading::Done(content) => part.holds(&records(Unit::Line, &content), &mut at),
            Reading::Damaged(_) => false,
            Reading::Stopped => {
                sum.complete = false;
                return Standing::UNCHECKED;
            }
            Reading::Unreadable(why) | Reading::TooLarge(why) => {
                sum.complete = false;
                sum.findings.push(Finding::of(ReadingFact::Unreadable { cause: why }, place));
                return Standing::UNCHECKED;
            }
        };
        if !good {
            sum.holds = false;
            sum.findings.push(Finding::of(ExcerptFact::NotSealed { proof: excerpt.proof_path.clone() }, place));
            return Standing::BROKEN;
        }
        if part.is_signed() {
            roots.extend(part.before.iter().map(|checkpoint| (checkpoint.size, checkpoint.root)));
            for (size, root) in roots {
                sum.roots.entry(size).or_default().push((root, segment));
            }
        }
        part.standing()
    }

    /// An excerpt all of whose records another one holds too, with the same tree under them, is counted there.
    fn contained(&self, sum: &mut Sum) {
        let numbers = |index: usize| match self.excerpts.get(index).map(|excerpt| &excerpt.part) {
            Some(Ok(part)) => part.numbers.as_slice(),
            _ => &[],
        };
        let size = |index: usize| match self.excerpts.get(index).map(|excerpt| &excerpt.part) {
            Some(Ok(part)) => part.seal.checkpoint.size,
            _ => 0,
        };
        for (at, roots) in &sum.roots {
            let Some(&(_, largest)) = roots.iter().max_by_key(|(_, index)| size(*index)) else { continue };
            let all: BTreeSet<u64> = numbers(largest).iter().copied().collect();
            for &(_, index) in roots.iter().filter(|(_, index)| size(*index) == *at && size(largest) > *at) {
                let inside = numbers(index).iter().all(|number| all.contains(number));
                let same = roots.iter().all(|(root, _)| Some(root) == roots.first().map(|(first, _)| first));
                if let (true, true, Some(verdict)) = (inside, same, sum.segments.get_mut(index)) {
                    verdict.duplicate = true;
                }
            }
        }
    }

    /// Excerpts of one log must not contradict each other.
    fn forks(&self, sum: &mut Sum) {
        for (size, roots) in &sum.roots {
            let Some((first, rest)) = roots.split_first() else { continue };
            let Some(other) = rest.iter().find(|other| other.0 != first.0) else { continue };
            let path = |index: usize| self.plans.get(index).map_or("", |plan| plan.file.path.as_str());
            let place = Place { log: Some(self.origin.clone()), path: path(other.1).to_owned(), record: Some(*size), ..Place::default() };
            let source = |index: usize| Source::Excerpt(path(index).to_owned());
            let fact = ExcerptFact::Fork { size: *size, one: source(first.1), other: source(other.1) };
            sum.findings.push(Finding::of(fact, place));
            sum.holds = false;
        }
    }
}

impl SealedLog for PrunedLog {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn seal(&self) -> &'static str {
        "excerpt of sealed segments"
    }

    fn segments(&self) -> &[SegmentPlan] {
        &self.plans
    }

    fn wanted(&self, _segment: usize) -> Wanted {
        Wanted::default()
    }

    fn conclude(&self, observed: &[Observed], reread: &dyn Reread) -> Conclusion {
        let mut sum =
            Sum { findings: Vec::new(), segments: Vec::new(), holds: true, complete: true, roots: BTreeMap::new(), seen: BTreeSet::new() };
        let parts: Vec<&Part> =
            self.excerpts.iter().filter_map(|excerpt| if let Ok(part) = &excerpt.part { Some(&**part) } else { None }).collect();
        let bounds: BTreeSet<u64> = parts.iter().flat_map(|part| [part.seal.first, part.seal.checkpoint.size]).collect();
        let mut first = 0;
        for (segment, observed) in observed.iter().enumerate().take(self.plans.len()) {
            let state = self.judge(&mut sum, segment, &bounds, observed, reread);
            let mut verdict = SegmentVerdict::uniform(state, first);
            if let Some(Ok(part)) = self.excerpts.get(segment).map(|excerpt| &excerpt.part) {
                if let Ok(signatures) = &part.signatures {
                    verdict.sealed_at = signatures.time();
                }
                let good = matches!(state.state(), State::Sealed | State::Consistent);
                verdict.duplicate = good && !sum.seen.insert((part.seal.checkpoint.root, part.numbers.clone()));
            }
            if verdict.duplicate {
                let plan = &self.plans[segment];
                let place = Place { log: Some(self.origin.clone()), path: plan.file.path.clone(), ..Place::default() };
                sum.findings.push(Finding::of(ExcerptFact::Copy, place));
            }
            sum.segments.push(verdict);
            first += observed.count;
        }
        self.forks(&mut sum);
        self.contained(&mut sum);
        let trusted = parts.len() == self.excerpts.len() && parts.iter().all(|part| part.voucher().is_some());
        // Counted from the signed sizes alone: all records of the log up to the newest seal here that are not disclosed.
        let size = parts.iter().map(|part| part.seal.checkpoint.size).max().unwrap_or(0);
        let disclosed = parts.iter().flat_map(|part| part.numbers.iter()).collect::<BTreeSet<_>>().len() as u64;
        let withheld = size.saturating_sub(disclosed);
        let key = match parts.iter().find_map(|part| part.voucher()) {
            Some(vouched) if trusted => KeyUse::new(vouched.key().name.clone(), KeyStanding::Trusted),
            _ => KeyUse::of_log(self.origin.clone(), KeyStanding::Unknown),
        };
        let keys = LogKeys::these([key]);
        let ladder = ladder(&sum, &parts, trusted, &keys, withheld, size);
        let end = End::Excerpt { disclosed, withheld };
        Conclusion { segments: sum.segments, findings: sum.findings, ladder, keys, end }
    }

    fn files_stand_alone(&self) -> bool {
        true
    }

    fn withheld(&self, segment: usize) -> Option<Withheld> {
        // Of an excerpt whose proof cannot be read, nothing is counted.
        let Ok(part) = &self.excerpts.get(segment)?.part else { return None };
        let since = if part.is_start_proven() { part.seal.first } else { 0 };
        let contiguous =
            part.numbers.windows(2).all(|pair| pair.first().zip(pair.last()).is_some_and(|(one, next)| one.checked_add(1) == Some(*next)));
        let records = part.seal.checkpoint.size.saturating_sub(since).saturating_sub(part.numbers.len() as u64);
        Some(Withheld { records, since, contiguous })
    }

    fn prove(&self, segment: usize, index: u64, content: &[u8]) -> Proof {
        let Some(Excerpt { proof_path, part: Ok(part) }) = self.excerpts.get(segment) else { return Proof::default() };
        let here = records(Unit::Line, content);
        let place = usize::try_from(index).ok();
        let (Some(record), Some(&number)) = (place.and_then(|place| here.get(place)), place.and_then(|place| part.numbers.get(place)))
        else {
            return Proof::default();
        };
        let holds = part.holds(&here, &mut |_, _| {});
        let standing = part.standing();
        let (state, title) = match holds {
            true => (standing, "Leads to the signed root"),
            false => (Standing::BROKEN, "Does not lead to the root"),
        };
        let plain = Standing::UNSEALED;
        let steps = vec![
            Step {
                state: plain,
                title: format!("Read {}", bytes(record.len() as u64)),
                detail: format!("record {} of {}", count(number), self.origin),
            },
            Step { state: plain, title: "Leaf hash".into(), detail: hex(&part.leaf(number).hash(record)) },
            Step { state, title: title.into(), detail: format!("{proof_path}\n{}", hex(&part.seal.checkpoint.root)) },
            Step {
                state: standing,
                title: if part.voucher().is_some() { "Root is signed, key trusted" } else { "Root is not vouched for" }.into(),
                detail: self.origin.clone(),
            },
        ];
        let meaning = if holds && part.voucher().is_some() {
            "The record is as it was when its sealer sealed it."
        } else if holds {
            "The record agrees with the seal beside it; whether the seal is genuine depends on its key."
        } else {
            "The record, or another one of the excerpt, is not what was sealed."
        };
        Proof { steps, command: String::new(), meaning: meaning.into() }
    }
}

fn ladder(sum: &Sum, parts: &[&Part], trusted: bool, keys: &LogKeys, withheld: u64, size: u64) -> Ladder {
    let holds = |reason: Reason| match trusted {
        true => Answer::proved(reason),
        false => Answer::conditional(reason, Remedy::TrustSealer),
    };
    let unfinished = || Answer::unprovable(Reason::NotAllChecked, Remedy::LetCheckFinish);
    // Of a log of which a part is withheld, nothing is proved: the answers say what they are about.
    let edited = match (sum.holds, sum.complete, withheld) {
        (false, ..) => Answer::failed(Reason::ProofFails, Remedy::GetBundleAgain),
        (true, false, _) => unfinished(),
        (true, true, 0) => holds(Reason::MembersOfLog),
        (true, true, withheld) => Answer::conditional(Reason::PartIsSealed { withheld }, Remedy::WholeSegments),
    };
    let moved = match (sum.holds, sum.complete, withheld) {
        (false, ..) => Answer::failed(Reason::ProofFails, None),
        (true, false, _) => unfinished(),
        (true, true, 0) => holds(Reason::WholeToNewestSeal),
        (true, true, before) if parts.iter().all(|part| part.is_whole()) => {
            Answer::conditional(Reason::SegmentsWhole { before }, Remedy::WholeLog)
        }
        (true, true, count) => Answer::conditional(Reason::Withheld { to: size.saturating_sub(1), count }, Remedy::WholeSegments),
    };
    let tail = Answer::unprovable(Reason::OtherSegmentsUnknown, Remedy::WholeLog);
    let signed = Reason::Signed { keys: keys.clone() };
    let key = match (trusted, withheld) {
        (true, 0) => Answer::proved(signed),
        (true, _) => Answer::conditional(signed, None),
        (false, _) => Answer::conditional(signed, Remedy::TrustSealer),
    };
    let clock = match sum.segments.iter().filter_map(|segment| segment.sealed_at).max() {
        Some(time) => Answer::conditional(Reason::SealedBy { time }, None).but(Limit::SealersClock),
        None => Answer::unprovable(Reason::NoSignedTime, None),
    };
    Ladder::new([edited, moved, tail, key, clock])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_trees_are_refused() {
        let tree = |lines: &str| parse(&format!("{HEADER}\n{lines}"));
        let hash = "00".repeat(32);
        assert_eq!(tree(&format!("H 0 4 {hash}\nD 4\n")).map(|nodes| nodes.len()), Some(2));
        for wrong in [
            format!("H 0 3 {hash}"),
            format!("H 2 4 {hash}"),
            "D x".into(),
            "X 1".into(),
            format!("H 0 4 {}", &hash[2..]),
            format!("H {} 1 {hash}", u64::MAX),
        ] {
            assert_eq!(tree(&wrong), None, "{wrong}");
        }
        assert_eq!(parse("hello"), None);
    }
}
