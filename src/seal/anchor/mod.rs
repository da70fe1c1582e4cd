//! Files that were logged elsewhere, with the proof beside them. The proof anchors the file: it existed, as it is, when the log was signed.

mod parse;

use super::note::{Checkpoint, Note, Vouched, checkpoint_text};
use super::{Claims, Conclusion, Format, Observed, Proof, Reread, SealedLog, SegmentPlan, SegmentVerdict, Step, Unit, Wanted};
use crate::model::finding::{Code, Finding, Place};
use crate::model::text::{bytes, count, hex};
use crate::model::{Ladder, State, Status, time};
use crate::source::{File, Reading};
use crate::trust::Store as Keys;
use parse::{Anchor, Signed};

/// Proofs are small, in bytes.
const MAX_PROOF: u64 = 1 << 20;
/// So much is read to find the file that a proof belongs to, in bytes.
const MAX_SEARCH: u64 = 256 << 20;
/// How a proof's file is named after the file that it proves.
const SUFFIXES: [&str; 6] = [".tlog-proof", ".sigstore.json", ".sigstore", ".bundle", ".sigsum", ".proof"];

/// Finds files with proofs of logging.
pub struct Anchors;

/// Whether and by whom the root is signed.
#[derive(Clone, Debug)]
struct Standing {
    state: State,
    words: String,
    /// The earliest signed time, nanoseconds since 1970.
    time: Option<i64>,
    finding: Option<(Code, String)>,
}

struct Anchored {
    origin: String,
    proof: String,
    anchor: Anchor,
    standing: Standing,
    /// The file, where no other log holds it.
    plans: Vec<SegmentPlan>,
    /// The path of the file that the proof was held against, and whether it proves it.
    subject: Option<(String, bool)>,
}

/// The checkpoints that proofs among the free files carry.
pub(super) fn checkpoints(claims: &Claims) -> Vec<(String, Note, Checkpoint)> {
    let found = claims.free().filter_map(|(_, file)| Some((file.path.clone(), of_file(file)?)));
    found
        .filter_map(|(path, anchor)| match anchor.signed {
            Signed::Note(note) => Some((path, note, anchor.checkpoint)),
            Signed::Sigsum(..) => None,
        })
        .collect()
}

fn of_file(file: &File) -> Option<Anchor> {
    if file.size > MAX_PROOF {
        return None;
    }
    let start = &file.start[..file.start.len().min(64)];
    if !start.starts_with(b"c2sp.org/tlog-proof") && !start.starts_with(b"version=") && !start.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    if start.trim_ascii_start().starts_with(b"{") && memchr::memmem::find(&file.peek(), b"dev.sigstore.bundle").is_none() {
        return None;
    }
    parse::parse(std::str::from_utf8(&file.read_all(MAX_PROOF).ok()?).ok()?)
}

impl Format for Anchors {
    fn plan(&self, claims: &mut Claims, keys: &mut Keys) -> Vec<Box<dyn SealedLog>> {
        let found: Vec<(usize, Anchor)> = claims.free().filter_map(|(index, file)| Some((index, of_file(file)?))).collect();
        let mut logs: Vec<Box<dyn SealedLog>> = Vec::new();
        for (index, anchor) in found {
            let Some(proof) = claims.take(index) else { continue };
            let subject = subject(claims, &proof, &anchor);
            let free = subject.as_ref().and_then(|(path, _)| claims.free().find(|(_, file)| file.path == *path)).map(|(index, _)| index);
            let plans =
                free.and_then(|index| claims.take(index)).map(|file| SegmentPlan { file, first: 0, expected: None, unit: Unit::File });
            let standing = standing(&anchor, keys);
            let name = subject.as_ref().map_or(proof.path.as_str(), |(path, _)| path.as_str());
            logs.push(Box::new(Anchored {
                origin: format!("{name} · {}", anchor.sort),
                proof: proof.path.clone(),
                standing,
                plans: plans.into_iter().collect(),
                subject,
                anchor,
            }));
        }
        logs
    }
}

/// The file that the proof belongs to, by name or else by content, and whether it proves it.
fn subject(claims: &Claims, proof: &File, anchor: &Anchor) -> Option<(String, bool)> {
    let named: Vec<&str> = SUFFIXES.iter().filter_map(|suffix| proof.path.strip_suffix(suffix)).collect();
    let by_name = claims.all.iter().find(|file| named.contains(&file.path.as_str()));
    let mut budget = MAX_SEARCH;
    let mut proves = |file: &File| {
        let content = file.read_all(budget.min(File::MAX_DOCUMENT)).ok()?;
        budget = budget.saturating_sub(content.len() as u64);
        Some((file.path.clone(), anchor.proves(&content), anchor.names(&content)))
    };
    if let Some((path, proven, _)) = by_name.and_then(&mut proves) {
        return Some((path, proven));
    }
    let others: Vec<&File> = claims.all.iter().filter(|file| file.path != proof.path).collect();
    others.into_iter().filter_map(proves).find(|(_, proven, named)| *proven || *named == Some(true)).map(|(path, proven, _)| (path, proven))
}

fn standing(anchor: &Anchor, keys: &Keys) -> Standing {
    let origin = &anchor.checkpoint.origin;
    let unknown = || Standing {
        state: State::Consistent,
        words: format!("key of {origin} (unknown)"),
        time: None,
        finding: Some((Code::UnknownKey, format!("The root of {origin} is not signed by a key you trust."))),
    };
    let fails = |cause: String| Standing {
        state: State::Broken,
        words: format!("key of {origin} (signature fails)"),
        time: None,
        finding: Some((Code::SealForged, cause)),
    };
    match &anchor.signed {
        Signed::Note(note) => match note.verify(keys) {
            Err(error) => fails(format!("{error}.")),
            Ok(vouched) => {
                let time = vouched.iter().filter(|vouched| vouched.trusted()).filter_map(Vouched::time).min();
                let own = vouched.iter().find(|vouched| vouched.speaks_for(origin)).map(|vouched| vouched.key().name.clone());
                let expired = vouched.iter().find(|vouched| vouched.expired()).map(super::note::expired_words);
                let witnessed = super::tiles::witnessed(keys, &Ok(vouched));
                match (own, expired) {
                    (Some(name), _) if witnessed => {
                        Standing { state: State::Sealed, words: format!("key {name} (trusted)"), time, finding: None }
                    }
                    (Some(name), _) => Standing {
                        state: State::Consistent,
                        words: format!("key {name} (trusted, too few witnesses)"),
                        time,
                        finding: Some((Code::QuorumMissed, "The witnesses that cosigned it are not enough by the policy you gave.".into())),
                    },
                    (None, Some((_, text))) => Standing { finding: Some((Code::KeyNotValid, text)), ..unknown() },
                    (None, None) => unknown(),
                }
            }
        },
        Signed::Sigsum(log, signature, cosignatures) => {
            let Some(key) = parse::by_hash(keys, log) else { return unknown() };
            let text = checkpoint_text(&anchor.checkpoint);
            if !key.material.verifies(text.as_bytes(), signature) {
                return fails(format!("The tree head is not what {} signed.", key.name));
            }
            let cosigned = cosignatures.iter().filter_map(|(hash, seconds, signature)| {
                let witness = parse::by_hash(keys, hash)?;
                let message = super::note::cosigned_message(&text, *seconds);
                let time = i64::try_from(*seconds).ok()?.checked_mul(time::SECOND)?;
                witness.material.verifies(message.as_bytes(), signature).then_some((witness, time))
            });
            let cosigned: Vec<_> = cosigned.collect();
            let signers: Vec<_> = cosigned.iter().map(|(key, _)| *key).collect();
            let time = cosigned.iter().map(|(_, time)| *time).min();
            if keys.policy().is_none_or(|policy| policy.is_met(&signers)) {
                Standing { state: State::Sealed, words: format!("key {} (trusted)", key.name), time, finding: None }
            } else {
                let text = "The witnesses that cosigned it are not enough by the policy you gave.".into();
                let words = format!("key {} (trusted, too few witnesses)", key.name);
                Standing { state: State::Consistent, words, time, finding: Some((Code::QuorumMissed, text)) }
            }
        }
    }
}

impl Anchored {
    fn state(&self) -> State {
        match &self.subject {
            Some((_, true)) => self.standing.state,
            Some((_, false)) => State::Broken,
            None => State::Unchecked,
        }
    }

    fn anchor_words(&self) -> String {
        let at = self.standing.time.map_or_else(String::new, |time| format!(" at {}", time::seconds(time)));
        format!("entry {} of {}, signed{at}", count(self.anchor.index), self.anchor.checkpoint.origin)
    }
}

impl SealedLog for Anchored {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn seal(&self) -> &'static str {
        "proof of logging"
    }

    fn segments(&self) -> &[SegmentPlan] {
        &self.plans
    }

    fn wanted(&self, _segment: usize) -> Wanted {
        Wanted::default()
    }

    fn conclude(&self, observed: &[Observed], reread: &dyn Reread) -> Conclusion {
        let place = || Place { log: Some(self.origin.clone()), path: self.proof.clone(), ..Place::default() };
        let mut findings = Vec::new();
        // The file is read again: what counts is what it holds now.
        let proven = match (self.plans.is_empty(), &self.subject) {
            (true, subject) => subject.as_ref().map(|(_, proven)| *proven),
            (false, _) => match reread.content(0) {
                Reading::Done(content) => Some(self.anchor.proves(&content)),
                // What cannot be unpacked is not what was logged.
                Reading::Damaged(_) => Some(false),
                Reading::Stopped | Reading::Unreadable(_) | Reading::TooLarge(_) => None,
            },
        };
        let complete = observed.iter().all(|observed| observed.failure.is_none());
        match (&self.subject, proven) {
            (None, _) => {
                let text = format!("{} proves that something was logged, but it is not among what was opened.", self.proof);
                findings.push(Finding::new(Code::ProofWithoutFile, place(), "A proof without its file", text));
            }
            (Some((path, _)), Some(false)) => {
                let text = format!("{} does not lead from {path} to the root it states.", self.proof);
                findings.push(Finding::new(Code::ProofFails, place(), format!("{path} is not what was logged"), text));
            }
            _ => {}
        }
        if let Some((code, text)) = &self.standing.finding {
            findings.push(Finding::new(*code, place(), format!("The root in {} is not vouched for", self.proof), text.clone()));
        }
        let state = match proven {
            Some(true) if complete => self.standing.state,
            Some(false) => State::Broken,
            _ => State::Unchecked,
        };
        let trust = "trust the log's key, given to you by its operator".to_owned();
        let (edited, key) = match (state, self.standing.state) {
            (State::Broken, State::Broken) => ((Status::Failed, "the root's signature fails".to_owned()), Status::Failed),
            (State::Broken, _) => ((Status::Failed, "yes, or the proof belongs to another file".to_owned()), Status::Conditional),
            (State::Sealed, _) => ((Status::Proved, "the file is the one that was logged".to_owned()), Status::Proved),
            (State::Consistent, _) => {
                ((Status::Conditional, "the file is the one that was logged, if the key is genuine".to_owned()), Status::Conditional)
            }
            _ => ((Status::Unprovable, "the file is not here".to_owned()), Status::Conditional),
        };
        let whole = (
            edited.0,
            if edited.0 == Status::Failed { "not shown".to_owned() } else { "the file is proven as a whole".to_owned() },
            String::new(),
        );
        let clock = match self.standing.time {
            Some(time) => {
                (Status::Conditional, format!("a key signed the log at {}; the file existed then", time::seconds(time)), String::new())
            }
            None => (Status::Unprovable, "the signature carries no time".to_owned(), "have witnesses cosign the log".to_owned()),
        };
        let ladder =
            Ladder::new([(edited.0, edited.1, trust.clone()), whole.clone(), whole, (key, self.standing.words.clone(), trust), clock]);
        let segments =
            self.plans.iter().map(|_| SegmentVerdict { sealed_at: self.standing.time, ..SegmentVerdict::uniform(state, 0) }).collect();
        Conclusion { segments, findings, ladder, keys: self.standing.words.clone(), anchor: self.anchor_words() }
    }

    fn files_stand_alone(&self) -> bool {
        true
    }

    fn prove(&self, _segment: usize, _index: u64, content: &[u8]) -> Proof {
        let proven = self.anchor.proves(content);
        let (state, title) = if proven { (State::Sealed, "Leads to the root") } else { (State::Broken, "Does not lead to the root") };
        let path: Vec<String> = self.anchor.path.iter().map(|hash| hex(hash)).collect();
        let root = &self.anchor.checkpoint;
        let steps = vec![
            Step {
                state: State::Unsealed,
                title: format!("Read {}", bytes(content.len() as u64)),
                detail: format!("the whole file, and {}", self.proof),
            },
            Step {
                state,
                title: title.into(),
                detail: format!("entry {} of {}\n{}", count(self.anchor.index), count(root.size), path.join("\n")),
            },
            Step {
                state: self.standing.state,
                title: if self.standing.state == State::Sealed { "Root is signed, key trusted" } else { "Root is not vouched for" }.into(),
                detail: format!("{}\n{}\n{}", root.origin, hex(&root.root), self.standing.words),
            },
        ];
        let meaning = match (proven, self.state()) {
            (true, State::Sealed) => "The file is the very one that was logged.",
            (true, _) => "The file is the one that the proof is about; whether the log is genuine depends on its key.",
            (false, _) => "The file is not the one that was logged, or the proof belongs to another file.",
        };
        Proof { steps, command: String::new(), meaning: meaning.into() }
    }
}
