//! Records taken out of sealed segments, with a pruned Merkle tree that proves them: each run of withheld records is one hash for each aligned
//! subtree, so that membership, order, number and place of what was withheld are fixed by the sealer's signed root.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use super::merkle::{Hash, Range};
use super::note::{NoteError, Vouched};
use super::segment::{Leaf, Salt, Seal};
use super::{Claims, Conclusion, Format, Observed, Proof, Reread, SealedLog, SegmentPlan, SegmentVerdict, Step, Unit, Wanted, records};
use crate::model::finding::{Code, Finding, Place};
use crate::model::text::{bytes, count, from_hex, hex, plural};
use crate::model::{Ladder, State, Status, time};
use crate::source::block::{Blocks, Piece};
use crate::source::{File, Reading, SourceError};
use crate::trust::Store as Keys;

/// The first line of a pruned tree.
pub const HEADER: &str = "sealscope.dev/pruned@v1";
/// Proofs larger than this are not read, in bytes.
const MAX_PROOF: u64 = 512 << 20;
const MAX_SEAL: u64 = 1 << 20;

/// What travels with records taken out of a segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// Files that prove the records: folder, ending, text.
    pub files: Vec<(&'static str, &'static str, String)>,
    /// The disclosed records, exact bytes.
    pub records: Vec<Vec<u8>>,
    /// Numbers in the log of the disclosed records.
    pub numbers: Vec<u64>,
    /// How many records of the segment are withheld.
    pub withheld: u64,
    /// Whether withheld records could be guessed from their hashes.
    pub guessable: bool,
    /// A C2SP proof (c2sp.org/tlog-proof) for each disclosed record, if there are few; kind and salt are its extra data.
    pub single: Vec<String>,
}

/// More single proofs than this are not made: the pruned tree is the better proof of many.
const MOST_SINGLE: usize = 200;

/// Told how many bytes were read since the last time; `false` stops the work.
pub type Going<'a> = &'a (dyn Fn(u64) -> bool + Sync);

/// The leaf hashes of a segment's records, and the bytes of the chosen ones.
struct Pass {
    leaves: Vec<Hash>,
    records: Vec<Vec<u8>>,
}

/// Reads the segment once, whatever its size. `None` if the user stopped it, or a chosen record is too long to hold.
fn pass(seal: &Seal, file: &File, chosen: &[u64], going: Going<'_>) -> Result<Option<Pass>, SourceError> {
    use rayon::prelude::*;
    use sha2::Digest;
    let making = seal.leaves();
    let mut pass = Pass { leaves: Vec::new(), records: Vec::with_capacity(chosen.len()) };
    let mut chosen = chosen.iter().copied().peekable();
    let mut blocks = Blocks::new(file.reader()?);
    let mut buffer = Vec::new();
    let mut read = 0;
    while let Some(piece) =
        blocks.next(std::mem::take(&mut buffer), &|line| making.hasher(seal.first + line)).map_err(|cause| file.io(cause))?
    {
        match piece {
            Piece::Block(block) => {
                let here: Vec<&[u8]> = block.records().map(|(_, record)| record).collect();
                let first = seal.first + block.first;
                let leaves = here.par_iter().enumerate().map(|(index, record)| making.leaf(first + index as u64, record));
                pass.leaves.par_extend(leaves);
                while let Some(index) = chosen.next_if(|index| *index < block.first + here.len() as u64) {
                    let Some(record) = index.checked_sub(block.first).and_then(|index| here.get(index as usize)) else { return Ok(None) };
                    pass.records.push(record.to_vec());
                }
                buffer = block.bytes;
            }
            Piece::Long(long) if chosen.peek() == Some(&long.index) => return Ok(None),
            Piece::Long(long) => pass.leaves.push(long.hasher.finalize().into()),
        }
        let before = std::mem::replace(&mut read, blocks.offset());
        if !going(read - before) {
            return Ok(None);
        }
    }
    Ok(Some(pass))
}

/// Takes the records `chosen` (ascending indices in the segment) out of a sealed segment. `None` if the segment does not lead to its root.
pub fn excerpt(seal: &Seal, seal_text: &str, file: &File, chosen: &[u64], going: Going<'_>) -> Result<Option<Excerpt>, SourceError> {
    if seal.unit != Unit::Line {
        return Ok(None);
    }
    Ok(pass(seal, file, chosen, going)?.and_then(|pass| cut(seal, seal_text, pass, chosen)))
}

fn cut(seal: &Seal, seal_text: &str, pass: Pass, chosen: &[u64]) -> Option<Excerpt> {
    let making = seal.leaves();
    let leaves = pass.leaves;
    let mut whole = seal.before.clone();
    leaves.iter().for_each(|leaf| whole.push(*leaf));
    if whole.end() != seal.checkpoint.size || whole.root() != Some(seal.checkpoint.root) || pass.records.len() != chosen.len() {
        return None;
    }
    let mut out = Excerpt { withheld: leaves.len() as u64 - chosen.len() as u64, records: pass.records, ..Excerpt::default() };
    let unsigned: String = seal_text.lines().filter(|line| !line.starts_with("secret ")).map(|line| format!("{line}\n")).collect();
    let mut tree = format!("{HEADER}\n");
    let mut salts = String::new();
    let mut position = 0;
    for (level, hash) in seal.before.subtrees() {
        tree.push_str(&format!("H {position} {} {}\n", 1u64 << level, hex(&hash)));
        position += 1 << level;
    }
    let mut chosen = chosen.iter().map(|index| seal.first + index).peekable();
    while position < seal.checkpoint.size {
        if chosen.peek() == Some(&position) {
            chosen.next();
            tree.push_str(&format!("D {position}\n"));
            if let Some(salt) = making.at(position).salt() {
                salts.push_str(&format!("{position} {}\n", hex(salt)));
            }
            out.numbers.push(position);
            position += 1;
            continue;
        }
        let end = chosen.peek().copied().unwrap_or(seal.checkpoint.size).min(seal.checkpoint.size);
        // The largest aligned subtree that holds only withheld records.
        let mut width = 1;
        while position.is_multiple_of(width * 2) && position + width * 2 <= end {
            width *= 2;
        }
        let start = usize::try_from(position - seal.first).ok()?;
        let mut subtree = Range::new(0);
        leaves.get(start..start + usize::try_from(width).ok()?)?.iter().for_each(|leaf| subtree.push(*leaf));
        tree.push_str(&format!("H {position} {width} {}\n", hex(&subtree.root()?)));
        position += width;
    }
    if out.numbers.len() <= MOST_SINGLE {
        let note = seal_text.split_once("\n\n")?.1;
        for number in &out.numbers {
            let path = super::merkle::inclusion(&seal.before, &leaves, *number)?;
            let extra = BASE64.encode(making.at(*number).extra());
            let path: String = path.iter().map(|hash| BASE64.encode(hash) + "\n").collect();
            out.single.push(format!("c2sp.org/tlog-proof@v1\nextra {extra}\nindex {number}\n{path}\n{note}"));
        }
    }
    out.guessable = salts.is_empty() && out.withheld > 0;
    out.files = vec![("proofs", ".ptree", tree), ("seals", ".seal", unsigned)];
    if !salts.is_empty() {
        out.files.push(("salts", ".salts", salts));
    }
    // A number that is not in the segment was never met.
    chosen.next().is_none().then_some(out)
}

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

/// Finds excerpts.
pub struct PrunedTrees;

struct Part {
    proof_path: String,
    nodes: Vec<Node>,
    /// The salts of the disclosed records: of all of them, or of none.
    salts: BTreeMap<u64, Salt>,
    seal: Seal,
    vouched: Result<Vec<Vouched>, NoteError>,
}

struct PrunedLog {
    origin: String,
    plans: Vec<SegmentPlan>,
    parts: Vec<Part>,
}

impl Format for PrunedTrees {
    fn plan(&self, claims: &mut Claims, keys: &mut Keys) -> Vec<Box<dyn SealedLog>> {
        set_aside(claims);
        let found: Vec<(usize, String)> = claims
            .free()
            .filter(|(_, file)| file.start.starts_with(HEADER.as_bytes()) && file.path.ends_with(".ptree"))
            .map(|(index, file)| (index, file.path.clone()))
            .collect();
        let mut logs: BTreeMap<String, PrunedLog> = BTreeMap::new();
        for (index, path) in found {
            let Some((part, file, used)) = part(claims, &path, keys) else { continue };
            for other in used.into_iter().chain([index]) {
                claims.take(other);
            }
            let origin = part.seal.checkpoint.origin.clone();
            let log = logs.entry(origin.clone()).or_insert_with(|| PrunedLog { origin, plans: Vec::new(), parts: Vec::new() });
            log.plans.push(SegmentPlan { file, first: 0, expected: None, unit: Unit::Line });
            log.parts.push(part);
        }
        logs.into_values().map(|log| Box::new(log) as Box<dyn SealedLog>).collect()
    }
}

/// Files of an evidence bundle that are about the records, but are none.
const ABOUT: [&str; 15] = [
    "bagit.txt",
    "bag-info.txt",
    "manifest-sha256.txt",
    "tagmanifest-sha256.txt",
    "tagmanifest-sha256.txt.sig",
    "tagmanifest-sha256.txt.sig.tsr",
    "tagmanifest-sha256.txt.sig.tsq",
    "data/events.csv",
    "data/events.jsonl",
    "data/findings.json",
    "data/report.json",
    "data/report.html",
    "data/report.pdf",
    "data/VERIFY.txt",
    "data/trust/allowed_signers.informative",
];

/// Whether a file is the tag manifest of a bag (RFC 8493): lines of hashes and names, beside a declaration.
fn is_bag(claims: &Claims, top: &str, manifest: &File) -> bool {
    let declared = format!("{top}bagit.txt");
    let hashes = |text: &str| {
        let line =
            |line: &str| line.split_once("  ").is_some_and(|(hash, name)| hash.len() == 64 && from_hex(hash).is_some() && !name.is_empty());
        !text.is_empty() && text.lines().all(line)
    };
    let start = manifest.peek();
    let Ok(text) = std::str::from_utf8(&start) else { return false };
    hashes(text) && claims.free().any(|(_, file)| file.path == declared && file.start.starts_with(b"BagIt-Version: "))
}

/// Sets aside what a bundle says of itself, by its exact names, so that only the evidence in it is read as such.
fn set_aside(claims: &mut Claims) {
    let tops: Vec<String> = claims
        .free()
        .filter_map(|(_, file)| Some((file.path.strip_suffix("tagmanifest-sha256.txt")?.to_owned(), file)))
        .filter(|(top, file)| is_bag(claims, top, file))
        .map(|(top, _)| top)
        .collect();
    for top in tops {
        // Single proofs repeat records that stand in the bundle already; the examiner's log is no evidence of what happened.
        let is_about = |name: &&str| {
            let folders = name.starts_with("data/single/") || name.starts_with("data/examiner-log/");
            ABOUT.contains(name) || folders || name.starts_with("data/proofs/") && name.ends_with(".profile.toml")
        };
        let about = |(index, file): (usize, &File)| file.path.strip_prefix(&top).filter(is_about).map(|_| index);
        for index in claims.free().filter_map(about).collect::<Vec<_>>() {
            claims.skip(index, "it is what the bundle says of itself");
        }
    }
}

/// The parts of one excerpt: they differ only in folder and ending.
fn part(claims: &Claims, path: &str, keys: &Keys) -> Option<(Part, File, Vec<usize>)> {
    let (folder, name) = path.rsplit_once("proofs/")?;
    let name = name.strip_suffix(".ptree")?;
    let find = |kind: &str, ending: &str| {
        let wanted = format!("{folder}{kind}/{name}{ending}");
        claims.free().find(|(_, file)| file.path == wanted).map(|(index, file)| (index, file.clone()))
    };
    let text = |file: &File, limit| String::from_utf8(file.read_all(limit).ok()?).ok();
    let (tree_index, tree) = claims.free().find(|(_, file)| file.path == path).map(|(index, file)| (index, file.clone()))?;
    let (records_index, records) = find("records", ".ndjson")?;
    let (seal_index, seal) = find("seals", ".seal")?;
    let mut used = vec![tree_index, records_index, seal_index];
    let mut salts = BTreeMap::new();
    if let Some((index, file)) = find("salts", ".salts") {
        used.push(index);
        for line in text(&file, MAX_PROOF)?.lines() {
            let (number, salt) = line.split_once(' ')?;
            salts.insert(number.parse().ok()?, from_hex(salt)?.try_into().ok()?);
        }
    }
    let seal = Seal::parse(&text(&seal, MAX_SEAL)?).ok()?;
    let vouched = seal.note.verify(keys);
    let nodes = parse(&text(&tree, MAX_PROOF)?)?;
    Some((Part { proof_path: path.to_owned(), nodes, salts, seal, vouched }, records, used))
}

impl Part {
    fn trusted(&self) -> Option<&Vouched> {
        self.vouched.as_ref().ok()?.iter().find(|vouched| vouched.speaks_for(&self.seal.checkpoint.origin))
    }

    fn state(&self) -> State {
        match &self.vouched {
            Err(_) => State::Broken,
            Ok(_) if self.trusted().is_some() => State::Sealed,
            Ok(_) => State::Consistent,
        }
    }

    /// Whether the records lead to the signed root.
    fn holds(&self, records: &[&[u8]]) -> bool {
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
        }
        here.next().is_none() && tree.end() == self.seal.checkpoint.size && tree.root() == Some(self.seal.checkpoint.root)
    }

    /// What stands before a disclosed record. Whether it is salted is decided by the kind in the leaf, not here: a salt too many or too few
    /// does not lead to the root.
    fn leaf(&self, number: u64) -> Leaf {
        Leaf::new(self.seal.unit, number == self.seal.first, self.salts.get(&number).copied())
    }

    fn disclosed(&self) -> u64 {
        self.nodes.iter().filter(|node| matches!(node, Node::Disclosed(_))).count() as u64
    }

    fn number(&self, index: u64) -> Option<u64> {
        let mut numbers = self.nodes.iter().filter_map(|node| if let Node::Disclosed(number) = node { Some(*number) } else { None });
        numbers.nth(usize::try_from(index).ok()?)
    }

    /// Records of the segment that are not here.
    fn withheld(&self) -> u64 {
        self.seal.count().saturating_sub(self.disclosed())
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
        let mut findings = Vec::new();
        let mut segments = Vec::new();
        let mut first = 0;
        let (mut holds, mut complete) = (true, true);
        for (segment, (part, observed)) in self.parts.iter().zip(observed).enumerate() {
            let plan = &self.plans[segment];
            let place = Place { log: Some(self.origin.clone()), path: plan.file.path.clone(), count: observed.count, ..Place::default() };
            // What could not be read is unchecked; what cannot be unpacked is not what was sealed.
            let good = match observed.content(segment, reread) {
                Reading::Done(content) => Some(part.holds(&records(Unit::Line, &content))),
                Reading::Damaged(_) => Some(false),
                Reading::Stopped => None,
                Reading::Unreadable(why) | Reading::TooLarge(why) => {
                    let title = format!("{} could not be read to its end", plan.file.name());
                    findings.push(Finding::new(Code::Unreadable, place.clone(), title, why));
                    None
                }
            };
            let state = match good {
                Some(true) => part.state(),
                Some(false) => State::Broken,
                None => State::Unchecked,
            };
            holds &= good != Some(false);
            complete &= good.is_some();
            if good == Some(false) {
                let text = format!("{} does not lead from these records to the signed root.", part.proof_path);
                findings.push(Finding::new(Code::ProofFails, place.clone(), format!("{} is not what was sealed", plan.file.name()), text));
            }
            match (&part.vouched, part.trusted()) {
                (Err(error), _) => {
                    findings.push(Finding::new(Code::SealForged, place, "The seal is forged or damaged", format!("{error}.")));
                }
                (_, None) => {
                    let text = format!("The root of {} is not signed by a key you trust.", self.origin);
                    if !findings.iter().any(|finding: &Finding| finding.code == Code::UnknownKey) {
                        findings.push(Finding::new(Code::UnknownKey, place, "Sealed by an unknown key", text));
                    }
                }
                _ => {}
            }
            let sealed_at = part.vouched.as_ref().ok().and_then(|vouched| vouched.iter().find_map(Vouched::time));
            segments.push(SegmentVerdict { sealed_at, ..SegmentVerdict::uniform(state, first) });
            first += observed.count;
        }
        let trusted = self.parts.iter().all(|part| part.trusted().is_some());
        let (disclosed, withheld) = self.parts.iter().fold((0, 0), |sum, part| (sum.0 + part.disclosed(), sum.1 + part.withheld()));
        let keys = match self.parts.first().and_then(Part::trusted) {
            Some(vouched) if trusted => format!("key {} (trusted)", vouched.key().name),
            _ => format!("key of {} (unknown)", self.origin),
        };
        let give = "trust the sealer's key".to_owned();
        let base = if trusted { Status::Proved } else { Status::Conditional };
        let edited = if holds && !complete {
            (Status::Unprovable, "not everything was checked".to_owned(), "let the check finish".to_owned())
        } else if holds {
            (base, "every record here is a member of its sealed log".to_owned(), give.clone())
        } else {
            (Status::Failed, "records do not lead to the signed root".to_owned(), "get the bundle again".to_owned())
        };
        let moved = match (holds, withheld) {
            (false, _) => (Status::Failed, "the proof fails".to_owned(), String::new()),
            _ if !complete => (Status::Unprovable, "not everything was checked".to_owned(), "let the check finish".to_owned()),
            (true, 0) => (base, "these segments are whole".to_owned(), give.clone()),
            (true, _) => {
                let text = format!("{} withheld; how many and where is proven, why is not", plural(withheld, "record"));
                (Status::Conditional, text, "ask for whole segments".to_owned())
            }
        };
        let tail = (Status::Unprovable, "nothing is said of other segments".to_owned(), "ask for the whole log".to_owned());
        let sealed = segments.iter().filter_map(|segment| segment.sealed_at).max();
        let clock = match sealed {
            Some(sealed) => (Status::Conditional, format!("sealed by {}, by the sealer's clock", time::seconds(sealed)), String::new()),
            None => (Status::Unprovable, "no signed time".to_owned(), String::new()),
        };
        let ladder = Ladder::new([edited, moved, tail, (base, keys.clone(), give), clock]);
        let anchor = format!("{} disclosed, {} withheld", plural(disclosed, "record"), count(withheld));
        Conclusion { segments, findings, ladder, keys, anchor }
    }

    fn files_stand_alone(&self) -> bool {
        true
    }

    fn prove(&self, segment: usize, index: u64, content: &[u8]) -> Proof {
        let Some(part) = self.parts.get(segment) else { return Proof::default() };
        let here = records(Unit::Line, content);
        let (Some(record), Some(number)) = (usize::try_from(index).ok().and_then(|index| here.get(index)), part.number(index)) else {
            return Proof::default();
        };
        let holds = part.holds(&here);
        let (state, title) = if holds { (State::Sealed, "Leads to the signed root") } else { (State::Broken, "Does not lead to the root") };
        let steps = vec![
            Step {
                state: State::Unsealed,
                title: format!("Read {}", bytes(record.len() as u64)),
                detail: format!("record {} of {}", count(number), self.origin),
            },
            Step { state: State::Unsealed, title: "Leaf hash".into(), detail: hex(&part.leaf(number).hash(record)) },
            Step { state, title: title.into(), detail: format!("{}\n{}", part.proof_path, hex(&part.seal.checkpoint.root)) },
            Step {
                state: part.state(),
                title: if part.trusted().is_some() { "Root is signed, key trusted" } else { "Root is not vouched for" }.into(),
                detail: self.origin.clone(),
            },
        ];
        let meaning = if holds && part.trusted().is_some() {
            "The record is as it was when its sealer sealed it."
        } else if holds {
            "The record agrees with the seal beside it; whether the seal is genuine depends on its key."
        } else {
            "The record, or another one of the excerpt, is not what was sealed."
        };
        Proof { steps, command: String::new(), meaning: meaning.into() }
    }
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
