//! Transparency logs on disk: C2SP tlog-tiles (c2sp.org/tlog-tiles) — entry bundles, hash tiles and checkpoints.

use std::collections::BTreeMap;

use super::locate::{Change, Located, locate};
use super::merkle::{Hash, Range, leaf};
use super::note::{Checkpoint, Note, NoteError, Vouched};
use super::{Claims, Conclusion, Format, Leaves, Observed, Proof, Reread, SealedLog, SegmentPlan, SegmentVerdict, Step, Unit, Wanted};
use crate::model::finding::{Code, Finding, Place};
use crate::model::text::{bytes, count, hex, plural};
use crate::model::{Ladder, State, Status};
use crate::source::{File, Reading};
use crate::trust::Store as Keys;

/// Entries in a full bundle, and hashes in a full tile.
const FULL: u64 = 256;
/// Checkpoints are small, in bytes.
const MAX_CHECKPOINT: u64 = 64 << 10;
/// The largest bundle: 256 entries of 65,535 bytes with their lengths.
const MAX_BUNDLE: u64 = FULL * (65_535 + 2);
/// Questions asked when comparing leaf hashes.
const BUDGET: usize = 8_000_000;

/// Finds tile folders.
pub struct TileLogs;

/// A checkpoint with how its signatures stand.
struct Signed {
    path: String,
    checkpoint: Checkpoint,
    vouched: Result<Vec<Vouched>, NoteError>,
    /// Whether enough witnesses cosigned it, by the user's policy if there is one.
    witnessed: bool,
}

impl Signed {
    fn new(path: String, note: &Note, checkpoint: Checkpoint, keys: &Keys) -> Self {
        let vouched = note.verify(keys);
        let witnessed = witnessed(keys, &vouched);
        Self { path, checkpoint, vouched, witnessed }
    }

    /// The log's own signature, by a trusted key.
    fn signer(&self) -> Option<&Vouched> {
        self.vouched.as_ref().ok()?.iter().find(|vouched| vouched.speaks_for(&self.checkpoint.origin))
    }

    fn trusted(&self) -> Option<&Vouched> {
        self.signer().filter(|_| self.witnessed)
    }
}

/// Whether enough witnesses cosigned a checkpoint, by the user's policy if there is one.
pub(super) fn witnessed(keys: &Keys, vouched: &Result<Vec<Vouched>, NoteError>) -> bool {
    let Some(policy) = keys.policy() else { return true };
    let signers: Vec<_> = vouched.iter().flatten().filter(|vouched| vouched.trusted()).map(Vouched::key).collect();
    policy.is_met(&signers)
}

struct TileLog {
    origin: String,
    plans: Vec<SegmentPlan>,
    /// Checkpoints, the largest first.
    checkpoints: Vec<Signed>,
    /// Level-0 hash tiles by number.
    hashes: BTreeMap<u64, File>,
}

/// The number and width of a tile from its path below `tile/<level>/`: `x001/x234/067` or `000.p/15`.
fn tile_number(path: &str) -> Option<(u64, u64)> {
    let (path, width) = match path.split_once(".p/") {
        Some((path, width)) => (path, width.parse().ok().filter(|width| (1..FULL).contains(width))?),
        None => (path, FULL),
    };
    let mut number: u64 = 0;
    let parts: Vec<&str> = path.split('/').collect();
    for (index, part) in parts.iter().enumerate() {
        let digits = if index + 1 < parts.len() { part.strip_prefix('x')? } else { part };
        if digits.len() != 3 {
            return None;
        }
        number = number.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    (number < 1 << 40).then_some((number, width))
}

impl Format for TileLogs {
    fn plan(&self, claims: &mut Claims, keys: &mut Keys) -> Vec<Box<dyn SealedLog>> {
        let mut folders: Vec<String> =
            claims.free().filter_map(|(_, file)| Some(file.path.split_once("tile/entries/")?.0.to_owned())).collect();
        folders.sort();
        folders.dedup();
        folders.into_iter().filter_map(|folder| take_log(&folder, claims, keys)).map(|log| Box::new(log) as Box<dyn SealedLog>).collect()
    }
}

/// Tiles by number: the width of the widest, and its index among the files.
type Widest = BTreeMap<u64, (u64, usize)>;

/// Takes one tile folder out of the claims; `None` if no checkpoint lies in it.
fn take_log(folder: &str, claims: &mut Claims, keys: &Keys) -> Option<TileLog> {
    let mut checkpoints: Vec<Signed> = Vec::new();
    let mut taken = Vec::new();
    let mut own_state = Vec::new();
    let (mut bundles, mut hashes) = (Widest::new(), Widest::new());
    for (index, file) in claims.free() {
        let Some(rest) = file.path.strip_prefix(folder) else { continue };
        if let Some(tile) = rest.strip_prefix("tile/") {
            taken.push(index);
            let (level, path) = tile.split_once('/')?;
            let wanted = match level {
                "entries" => &mut bundles,
                "0" => &mut hashes,
                _ => continue,
            };
            // Of a partial tile that grew, the widest counts.
            if let Some((number, width)) = tile_number(path)
                && wanted.get(&number).is_none_or(|(other, _)| *other < width)
            {
                wanted.insert(number, (width, index));
            }
        } else if rest.starts_with(".state/") {
            own_state.push(index);
        } else if rest.starts_with("checkpoint") && file.size <= MAX_CHECKPOINT {
            let parsed = file.read_all(MAX_CHECKPOINT).ok().and_then(|bytes| Note::parse(std::str::from_utf8(&bytes).ok()?).ok());
            if let Some((note, checkpoint)) = parsed.and_then(|note| Some((note.clone(), note.checkpoint().ok()?))) {
                taken.push(index);
                checkpoints.push(Signed::new(file.path.clone(), &note, checkpoint, keys));
            }
        }
    }
    let origin = checkpoints.first()?.checkpoint.origin.clone();
    // Proofs carry checkpoints too.
    for (path, note, checkpoint) in super::anchor::checkpoints(claims) {
        if checkpoint.origin == origin {
            checkpoints.push(Signed::new(path, &note, checkpoint, keys));
        }
    }
    checkpoints.sort_by_key(|signed| std::cmp::Reverse(signed.checkpoint.size));
    let file = |(_, index): &(u64, usize)| claims.files.get(*index).cloned().flatten();
    let plans = bundles
        .iter()
        .filter_map(|(number, bundle)| {
            Some(SegmentPlan { file: file(bundle)?, first: number * FULL, expected: Some(bundle.0), unit: Unit::Bundle })
        })
        .collect();
    let hashes = hashes.iter().filter_map(|(number, tile)| Some((*number, file(tile)?))).collect();
    for index in taken {
        claims.take(index);
    }
    for index in own_state {
        claims.skip(index, "it is the state of the program that keeps this log");
    }
    Some(TileLog { origin, plans, checkpoints, hashes })
}

/// Cuts a bundle into entries, each behind two bytes of length. `None` where it breaks off.
pub fn entries(bundle: &[u8]) -> Vec<Option<&[u8]>> {
    let mut found = Vec::new();
    let mut rest = bundle;
    while !rest.is_empty() {
        let entry =
            rest.split_first_chunk::<2>().and_then(|(length, tail)| tail.split_at_checked(usize::from(u16::from_be_bytes(*length))));
        match entry {
            Some((entry, tail)) => {
                found.push(Some(entry));
                rest = tail;
            }
            None => {
                found.push(None);
                break;
            }
        }
    }
    found
}

impl TileLog {
    fn place(&self, path: &str, record: Option<u64>, records: u64) -> Place {
        Place { log: Some(self.origin.clone()), path: path.to_owned(), record, count: records, ..Place::default() }
    }

    /// The leaf hashes of the tiles, if they lead to the root.
    fn believed(&self, checkpoint: &Checkpoint) -> Option<Vec<Hash>> {
        let mut leaves: Vec<Hash> = Vec::new();
        for (number, file) in &self.hashes {
            if *number != leaves.len() as u64 / FULL {
                return None;
            }
            leaves.extend(super::segment::parse_leaves(&file.read_all(FULL * 32).ok()?)?);
        }
        leaves.truncate(usize::try_from(checkpoint.size).ok()?);
        let mut tree = Range::new(0);
        leaves.iter().for_each(|leaf| tree.push(*leaf));
        (tree.end() == checkpoint.size && tree.root() == Some(checkpoint.root)).then_some(leaves)
    }
}

impl SealedLog for TileLog {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn seal(&self) -> &'static str {
        "transparency log"
    }

    fn segments(&self) -> &[SegmentPlan] {
        &self.plans
    }

    fn wanted(&self, segment: usize) -> Wanted {
        let (first, last) = self.plans.get(segment).map_or((0, 0), |plan| (plan.first, plan.first + FULL));
        let mut roots_at: Vec<u64> =
            self.checkpoints.iter().map(|signed| signed.checkpoint.size).filter(|&size| size > first && size < last).collect();
        roots_at.sort_unstable();
        roots_at.dedup();
        Wanted { tree: Some(Leaves::Plain), roots_at, ..Wanted::default() }
    }

    fn conclude(&self, observed: &[Observed], reread: &dyn Reread) -> Conclusion {
        let mut findings = Vec::new();
        let mut tree = Range::new(0);
        let mut roots: BTreeMap<u64, Hash> = BTreeMap::new();
        let mut complete = true;
        for (plan, observed) in self.plans.iter().zip(observed) {
            complete &= observed.failure.is_none();
            if tree.end() != plan.first {
                let missing = plan.first.saturating_sub(tree.end());
                let title = format!("Entries {} to {} are missing", count(tree.end()), count(plan.first.saturating_sub(1)));
                findings.push(Finding::new(
                    Code::Gap,
                    self.place(&plan.file.path, Some(tree.end()), missing),
                    title,
                    "The bundle before this one is not here or is cut short, though the checkpoint counts it.",
                ));
                complete = false;
                break;
            }
            for cut in &observed.cuts {
                let mut part = tree.clone();
                if part.append(cut) {
                    roots.extend(part.root().map(|root| (part.end(), root)));
                }
            }
            if let Some(range) = &observed.tree {
                complete &= tree.append(range);
            }
            roots.extend(tree.root().map(|root| (tree.end(), root)));
        }
        roots.insert(0, Range::new(0).root().unwrap_or_default());
        let head = self.checkpoints.first();
        let size = head.map_or(0, |signed| signed.checkpoint.size);
        let good = match head {
            Some(signed) if signed.vouched.is_err() => State::Broken,
            Some(signed) if signed.trusted().is_some() => State::Sealed,
            _ => State::Consistent,
        };
        let mut verdicts: Vec<SegmentVerdict> = self.plans.iter().map(|plan| SegmentVerdict::uniform(good, plan.first)).collect();
        if let Some(signed) = head {
            head_findings(self, signed, &mut findings);
            let agrees = complete && roots.get(&size) == Some(&signed.checkpoint.root);
            if !agrees && complete && tree.end() >= size {
                damaged(self, signed, observed, reread, &mut verdicts, &mut findings);
            } else if tree.end() < size && complete {
                let text = format!(
                    "The checkpoint {} is of {}; {} are here.",
                    signed.path,
                    plural(size, "entry").replace("entrys", "entries"),
                    count(tree.end())
                );
                findings.push(Finding::new(
                    Code::Truncated,
                    self.place(&signed.path, Some(tree.end()), size - tree.end()),
                    format!("{} entries missing at the end", count(size - tree.end())),
                    text,
                ));
                verdicts.iter_mut().for_each(|verdict| verdict.state = State::Unchecked);
            } else if !complete {
                verdicts.iter_mut().for_each(|verdict| verdict.state = State::Unchecked);
            }
            // Entries behind the checkpoint are not covered by it.
            if let Some((verdict, plan)) = verdicts.last_mut().zip(self.plans.last())
                && tree.end() > size
            {
                verdict.exceptions.push((size.saturating_sub(plan.first)..FULL, State::Unsealed));
            }
            let older = self.checkpoints.iter().skip(1).filter(|_| agrees);
            for old in older {
                if roots.get(&old.checkpoint.size).is_some_and(|root| *root != old.checkpoint.root) && old.vouched.is_ok() {
                    let text =
                        format!("{} and {} give two roots for the first {} entries.", old.path, signed.path, count(old.checkpoint.size));
                    findings.push(Finding::new(
                        Code::Fork,
                        self.place(&old.path, Some(old.checkpoint.size), 0),
                        format!("Two histories up to entry {}", count(old.checkpoint.size)),
                        text,
                    ));
                }
            }
        }
        let (ladder, keys) = ladder(self, &findings, complete);
        Conclusion { segments: verdicts, findings, ladder, keys, anchor: format!("anchored to its checkpoint of {} entries", count(size)) }
    }

    fn prove(&self, segment: usize, index: u64, content: &[u8]) -> Proof {
        let (Some(plan), Some(signed)) = (self.plans.get(segment), self.checkpoints.first()) else { return Proof::default() };
        let found = entries(content);
        let Some(Some(entry)) = usize::try_from(index).ok().and_then(|index| found.get(index)) else { return Proof::default() };
        let number = plan.first + index;
        let hash = leaf(entry);
        let mut steps = vec![Step {
            state: State::Sealed,
            title: format!("Read {}", bytes(entry.len() as u64)),
            detail: format!("{}, entry {}", plan.file.path, count(number)),
        }];
        let believed = self.believed(&signed.checkpoint);
        let stated = believed.as_ref().and_then(|leaves| leaves.get(usize::try_from(number).ok()?));
        let meaning = match stated {
            Some(stated) if *stated == hash => {
                steps.push(Step { state: State::Sealed, title: "Leaf hash as in the tiles".into(), detail: hex(&hash) });
                steps.push(Step { state: State::Sealed, title: "The tiles lead to the root".into(), detail: hex(&signed.checkpoint.root) });
                "The entry is part of the log that the checkpoint speaks of."
            }
            Some(stated) => {
                steps.push(Step {
                    state: State::Broken,
                    title: "Leaf hash differs".into(),
                    detail: format!("here   {}\nsealed {}", hex(&hash), hex(stated)),
                });
                "This entry is not what was logged."
            }
            None => {
                steps.push(Step { state: State::Suspect, title: "Leaf hash".into(), detail: hex(&hash) });
                "No believed hash tile covers this entry."
            }
        };
        match (&signed.vouched, signed.trusted()) {
            (Err(error), _) => steps.push(Step { state: State::Broken, title: "The signature fails".into(), detail: error.to_string() }),
            (_, Some(vouched)) => steps.push(Step {
                state: State::Sealed,
                title: "Checkpoint signed, key trusted".into(),
                detail: vouched.key().name.clone(),
            }),
            _ => steps.push(Step {
                state: State::Consistent,
                title: "Signed by a key you do not trust".into(),
                detail: signed.checkpoint.origin.clone(),
            }),
        }
        Proof { steps, command: String::new(), meaning: meaning.into() }
    }
}

fn head_findings(log: &TileLog, signed: &Signed, findings: &mut Vec<Finding>) {
    match (&signed.vouched, signed.trusted()) {
        (Err(error), _) => {
            let text = format!("{}: {error}.", signed.path);
            findings.push(Finding::new(Code::SealForged, log.place(&signed.path, None, 0), "The checkpoint is forged or damaged", text));
        }
        (Ok(vouched), None) if vouched.iter().any(Vouched::expired) => {
            for vouched in vouched.iter().filter(|vouched| vouched.expired()) {
                let (title, text) = super::note::expired_words(vouched);
                findings.push(Finding::new(Code::KeyNotValid, log.place(&signed.path, None, 0), title, text));
            }
        }
        (Ok(_), None) if signed.signer().is_some() => {
            let text = format!("{}: the witnesses that cosigned it are not enough by the policy you gave.", signed.path);
            findings.push(Finding::new(
                Code::QuorumMissed,
                log.place(&signed.path, None, 0),
                "Too few witnesses cosigned the checkpoint",
                text,
            ));
        }
        (Ok(_), None) => {
            let text = format!("The checkpoint of {} is not signed by a key you trust.", log.origin);
            findings.push(Finding::new(Code::UnknownKey, log.place(&signed.path, None, 0), "Sealed by an unknown key", text));
        }
        _ => {}
    }
}

/// The entries do not lead to the root: says which, where the tiles can be believed.
fn damaged(
    log: &TileLog,
    signed: &Signed,
    observed: &[Observed],
    reread: &dyn Reread,
    verdicts: &mut [SegmentVerdict],
    findings: &mut Vec<Finding>,
) {
    let somewhere = |verdicts: &mut [SegmentVerdict], findings: &mut Vec<Finding>| {
        verdicts.iter_mut().for_each(|verdict| verdict.state = State::Suspect);
        let title = format!("{} was altered somewhere", log.origin);
        let text = "The entries do not lead to the checkpoint's root, and no believed hash tiles show where.";
        findings.push(Finding::new(
            Code::SegmentAltered,
            log.place(&log.plans.first().map_or_else(String::new, |plan| plan.file.path.clone()), None, 0),
            title,
            text,
        ));
    };
    let Some(leaves) = log.believed(&signed.checkpoint) else { return somewhere(verdicts, findings) };
    let before = findings.len();
    for (segment, plan) in log.plans.iter().enumerate() {
        let start = usize::try_from(plan.first).unwrap_or(usize::MAX).min(leaves.len());
        let sealed = &leaves[start..(start + FULL as usize).min(leaves.len())];
        let content = match reread.content(segment) {
            Reading::Done(content) => content,
            // The file as such is told of where it was read.
            Reading::Stopped | Reading::Unreadable(_) | Reading::TooLarge(_) | Reading::Damaged(_) => continue,
        };
        let here: Vec<&[u8]> = entries(&content).into_iter().map(|entry| entry.unwrap_or(b"")).collect();
        let same = |one: usize, other: usize| sealed[one] == leaf(here[other]);
        let Located::Exactly(changes) = locate(sealed.len(), here.len().min(observed[segment].count as usize), BUDGET, &same) else {
            continue;
        };
        for change in changes {
            let (code, index, mark, verb) = match change {
                Change::Altered { sealed, here } => (Code::RecordAltered, sealed, Some(here), "altered"),
                Change::Removed { sealed, .. } => (Code::RecordRemoved, sealed, None, "removed"),
                Change::Inserted { sealed, here } => (Code::RecordInserted, sealed.saturating_sub(1), Some(here), "inserted"),
                Change::Moved { sealed, here } => (Code::RecordMoved, sealed, Some(here), "moved"),
            };
            let number = plan.first + index as u64;
            let title = format!("Entry {} was {verb}", count(number));
            findings.push(Finding::new(
                code,
                log.place(&plan.file.path, Some(number), 1),
                title,
                "Its hash is not the one in the hash tiles, which lead to the signed root.",
            ));
            if let Some(here) = mark {
                verdicts[segment].exceptions.push((here as u64..here as u64 + 1, State::Broken));
            }
        }
    }
    if findings.len() == before {
        somewhere(verdicts, findings);
    }
}

fn ladder(log: &TileLog, findings: &[Finding], complete: bool) -> (Ladder, String) {
    let head = log.checkpoints.first();
    let trusted = head.is_some_and(|signed| signed.trusted().is_some());
    let trust = "trust the log's key, given to you by the log's operator";
    let answer = |codes: &[Code], good: &str| match findings.iter().find(|finding| codes.contains(&finding.code)) {
        Some(finding) => (Status::Failed, format!("yes: {}", finding.title), "get the files again from the log".to_owned()),
        None if !complete => (Status::Unprovable, "not everything was checked".to_owned(), String::new()),
        None if trusted => (Status::Proved, good.to_owned(), String::new()),
        None => (Status::Conditional, format!("{good}, if the key is genuine"), trust.to_owned()),
    };
    let edited = answer(&[Code::RecordAltered, Code::SegmentAltered], "every entry has its logged hash");
    let missing = answer(
        &[Code::RecordRemoved, Code::RecordInserted, Code::RecordMoved, Code::Gap, Code::Fork],
        "the entries follow each other without gap",
    );
    let tail = match findings.iter().find(|finding| finding.code == Code::Truncated) {
        Some(finding) => (Status::Failed, finding.title.clone(), "get the newer bundles from the log".to_owned()),
        None => (
            Status::Unprovable,
            "the log may have grown since the checkpoint".to_owned(),
            "give a newer checkpoint, or one that a witness cosigned".to_owned(),
        ),
    };
    let keys = match head {
        Some(signed) => match signed.trusted() {
            Some(vouched) => format!("key {} (trusted)", vouched.key().name),
            None if signed.signer().is_some() => format!("key of {} (trusted, too few witnesses)", signed.checkpoint.origin),
            None => format!("key of {} (unknown)", signed.checkpoint.origin),
        },
        None => "no key".into(),
    };
    let key = if findings.iter().any(|finding| finding.code == Code::SealForged) {
        (Status::Failed, "the checkpoint's signature fails".to_owned(), "get the checkpoint again from the log".to_owned())
    } else if trusted {
        (Status::Proved, keys.clone(), String::new())
    } else {
        (Status::Conditional, keys.clone(), trust.to_owned())
    };
    let time = head.and_then(|signed| signed.vouched.as_ref().ok()?.iter().find_map(Vouched::time));
    let clock = match time {
        Some(time) => (Status::Conditional, format!("a key signed the checkpoint at {}", crate::model::time::seconds(time)), String::new()),
        None => (Status::Unprovable, "the checkpoint carries no time".to_owned(), "have witnesses cosign it".to_owned()),
    };
    (Ladder::new([edited, missing, tail, key, clock]), keys)
}

/// The most that is read of one bundle, in bytes.
pub const fn largest_bundle() -> u64 {
    MAX_BUNDLE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tile_paths_are_numbers() {
        assert_eq!(tile_number("000"), Some((0, 256)));
        assert_eq!(tile_number("x001/x234/067"), Some((1_234_067, 256)));
        assert_eq!(tile_number("x001/067.p/8"), Some((1067, 8)));
        for wrong in ["1", "000.p/0", "000.p/256", "x001/x234", "001/067", "../x", "x999/x999/x999/x999/x999/x999/999"] {
            assert_eq!(tile_number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn bundles_are_cut() {
        assert_eq!(entries(b"\0\x03one\0\0\0\x02tw"), [Some(&b"one"[..]), Some(&b""[..]), Some(&b"tw"[..])]);
        assert_eq!(entries(b"\0\x05one"), [None]);
        assert_eq!(entries(b"\0"), [None]);
    }
}
