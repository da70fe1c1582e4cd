//! Files that were logged elsewhere, with the proof beside them. The proof anchors the file: it existed, as it is, when the log was signed.

mod inclusion;
mod judge;
mod parse;
mod sigstore;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::finding::{Finding, Place};
use crate::model::text::hex;
use crate::model::words::Fact;
use crate::model::words::end::{End, Logged};
use crate::model::words::keys::Keys as LogKeys;
use crate::model::words::proofs::ProofFact;
use crate::model::words::reading::ReadingFact;
use crate::model::words::steps::{Meaning, ReadFrom, StepFact};
use crate::model::{Answer, Ladder, Limit, Reason, Remedy, State, Status};
use crate::seal::claims::Claims;
use crate::seal::format::{Format, Observed, Reread, SealedLog, SegmentPlan, Wanted};
use crate::seal::primitives::note::{Checkpoint, Note};
use crate::seal::primitives::segment::Unit;
use crate::seal::verdict::{Conclusion, Proof, SegmentVerdict, Step};
use crate::source::{Budget, Cost, File, Reading};
use crate::trust::{Standing, Store as Keys};
use inclusion::{InclusionProof, Signed};
use judge::{Judged, judge};
use parse::{Digests, Parsed, parse};

/// Proofs are small, in bytes.
const MAX_PROOF: u64 = 1 << 20;
/// So much is read to find the files that proofs belong to, in bytes.
const MAX_SEARCH: u64 = 256 << 20;
/// So many files are compared with proofs whose file has another name; each takes some dozen hashes.
const MAX_TRIES: u64 = 200_000;
/// How a proof's file is named after the file that it proves.
const SUFFIXES: [&str; 6] = [".tlog-proof", ".sigstore.json", ".sigstore", ".bundle", ".sigsum", ".proof"];

/// Finds files with proofs of logging.
pub struct InclusionProofs;

/// A proof, with how its signatures stand.
struct Witnessed {
    path: String,
    inclusion: InclusionProof,
    judged: Judged,
    /// Whether it shows that the file was logged, as it was when it was planned; no value where the file could not be read.
    proven: Reading<bool>,
}

struct LoggedFile {
    origin: String,
    /// The proofs of one file.
    proofs: Vec<Witnessed>,
    /// The file, where no other log holds it.
    plans: Vec<SegmentPlan>,
    /// The path of the file that the proofs were compared with.
    subject: Option<String>,
    /// Whether every file was tried.
    tried_all: bool,
    keys: Keys,
}

/// The checkpoints that proofs among the free files carry.
pub(super) fn checkpoints(claims: &Claims) -> Vec<(String, Note, Checkpoint)> {
    let found = claims.free().filter_map(|(_, file)| match of_file(file) {
        Parsed::Proof(inclusion) => Some((file.path.clone(), *inclusion)),
        Parsed::No | Parsed::Unreadable(_) => None,
    });
    found
        .filter_map(|(path, inclusion)| match inclusion.signed {
            Signed::Note(note) => Some((path, note, inclusion.checkpoint)),
            Signed::Sigsum(..) => None,
        })
        .collect()
}

fn of_file(file: &File) -> Parsed {
    if file.size > MAX_PROOF {
        return Parsed::No;
    }
    let possible = file.start.starts_with(b"c2sp.org/tlog-proof")
        || file.start.starts_with(b"version=")
        || file.start.trim_ascii_start().starts_with(b"{") && memchr::memmem::find(&file.peek(), b"dev.sigstore.bundle").is_some();
    if !possible {
        return Parsed::No;
    }
    // A file that cannot be read is reported by the format that takes it.
    let Ok(content) = file.read_all(MAX_PROOF) else { return Parsed::No };
    let Ok(text) = std::str::from_utf8(&content) else { return Parsed::No };
    match parse(text) {
        // No proof has records behind its first lines; a log whose first lines someone wrote may.
        Parsed::Unreadable(_) if !text.trim_start().starts_with('{') && text.lines().any(|line| line.starts_with('{')) => Parsed::No,
        parsed => parsed,
    }
}

impl Format for InclusionProofs {
    fn plan(&self, claims: &mut Claims, keys: &mut Keys) -> Vec<Box<dyn SealedLog>> {
        let found: Vec<(usize, Parsed)> = claims.free().map(|(index, file)| (index, of_file(file))).collect();
        let mut proofs = Vec::new();
        for (index, parsed) in found {
            match parsed {
                Parsed::No => {}
                Parsed::Proof(inclusion) => proofs.extend(claims.take(index).map(|file| (file, *inclusion))),
                Parsed::Unreadable(kind) => {
                    if let Some(file) = claims.take(index) {
                        let place = Place { path: file.path.clone(), ..Place::default() };
                        claims.findings.push(Finding::of(ProofFact::Unreadable { kind: kind.to_string() }, place));
                    }
                }
            }
        }
        let mut search = Search::new(claims, proofs.iter().map(|(file, _)| file.path.as_str()).collect());
        // The proofs of one file are one log; a proof without its file is one alone.
        let mut by_subject: BTreeMap<(bool, String), Vec<Witnessed>> = BTreeMap::new();
        for (file, inclusion) in proofs {
            // What is planned after a stop counts for nothing.
            if claims.stopped() {
                break;
            }
            let subject = search.subject(&file, &inclusion);
            let judged = judge(&inclusion, keys);
            let none = || (false, file.path.clone(), Reading::Done(false));
            let (known, name, proven) = subject.map_or_else(none, |(path, proven)| (true, path, proven));
            by_subject.entry((known, name)).or_default().push(Witnessed { path: file.path, inclusion, judged, proven });
        }
        let tried_all = search.tried_all;
        let mut free: BTreeMap<String, usize> = claims.free().map(|(index, file)| (file.path.clone(), index)).collect();
        let mut logs: Vec<Box<dyn SealedLog>> = Vec::new();
        for ((known, name), proofs) in by_subject {
            let file = if known { free.remove(&name).and_then(|index| claims.take(index)) } else { None };
            let plans = file.into_iter().map(|file| SegmentPlan { file, first: 0, expected: None, unit: Unit::File }).collect();
            let kind = proofs.first().map_or("proof", |proof| proof.inclusion.kind);
            let subject = known.then(|| name.clone());
            logs.push(Box::new(LoggedFile { origin: format!("{name} · {kind}"), proofs, plans, subject, tried_all, keys: keys.clone() }));
        }
        logs
    }
}

/// Looks for the file that a proof belongs to, by name or else by content. Each file is read and hashed once.
struct Search {
    by_name: BTreeMap<String, File>,
    hashed: BTreeMap<String, Option<Digests>>,
    /// The paths of what is no proof itself.
    others: Vec<String>,
    budget: Budget,
    room: u64,
    tries: u64,
    tried_all: bool,
}

impl Search {
    fn new(claims: &Claims, proofs: Vec<&str>) -> Self {
        let by_name =
            if proofs.is_empty() { BTreeMap::new() } else { claims.all.iter().map(|file| (file.path.clone(), file.clone())).collect() };
        let proofs: BTreeSet<&str> = proofs.into_iter().collect();
        let others = by_name.keys().filter(|path| !proofs.contains(path.as_str())).cloned().collect();
        let budget = claims.budget.clone();
        Self { by_name, hashed: BTreeMap::new(), others, budget, room: MAX_SEARCH, tries: MAX_TRIES, tried_all: true }
    }

    /// The path of the file and whether the proof holds for it.
    fn subject(&mut self, proof: &File, inclusion: &InclusionProof) -> Option<(String, Reading<bool>)> {
        let named = SUFFIXES.iter().filter_map(|suffix| proof.path.strip_suffix(suffix)).find_map(|path| self.by_name.get(path));
        if let Some(file) = named {
            let proven = Reading::from(file.read_all(File::MAX_DOCUMENT)).map(|content| inclusion.proves(&content));
            return Some((file.path.clone(), proven));
        }
        for number in 0..self.others.len() {
            if self.tries == 0 || self.budget.take(Cost::Steps, 1).is_err() {
                self.tried_all = false;
                return None;
            }
            self.tries -= 1;
            let Some(path) = self.others.get(number).cloned() else { continue };
            let Some(digests) = self.digests(&path) else { continue };
            let (proven, names) = (inclusion.proves_hashes(&digests), inclusion.names(&digests));
            let proven = match proven {
                Some(proven) => proven,
                None => self.by_name.get(&path).is_some_and(|file| self.proves(file, inclusion)),
            };
            if proven || names {
                return Some((path, Reading::Done(proven)));
            }
        }
        None
    }

    fn proves(&self, file: &File, inclusion: &InclusionProof) -> bool {
        // Records of sealed segments are short.
        file.size <= MAX_PROOF && matches!(file.read_all(MAX_PROOF), Ok(content) if inclusion.proves(&content))
    }

    fn digests(&mut self, path: &str) -> Option<Digests> {
        if let Some(known) = self.hashed.get(path) {
            return known.clone();
        }
        let read = self.by_name.get(path)?.read_all(self.room.min(File::MAX_DOCUMENT));
        let digests = match read {
            Ok(content) => {
                self.room = self.room.saturating_sub(content.len() as u64);
                Some(Digests::of(&content))
            }
            Err(_) => {
                self.tried_all = false;
                None
            }
        };
        self.hashed.insert(path.to_owned(), digests.clone());
        digests
    }
}

impl Witnessed {
    /// How far the file can be believed for this proof alone. `content` is the file as it is now.
    fn standing(&self, subject: &str, content: &Reading<Vec<u8>>, keys: &Keys) -> (Standing, Option<Fact>) {
        match content {
            Reading::Done(content) if self.inclusion.proves(content) => judge::over(&self.judged, &self.inclusion, content, keys),
            // What cannot be unpacked is not what was logged.
            Reading::Done(_) | Reading::Damaged(_) => (Standing::BROKEN, Some(ProofFact::NotLogged { subject: subject.to_owned() }.into())),
            Reading::Stopped | Reading::Unreadable(_) | Reading::TooLarge(_) => (Standing::UNCHECKED, None),
        }
    }
}

impl SealedLog for LoggedFile {
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
        let place = |path: &str| Place { log: Some(self.origin.clone()), path: path.to_owned(), ..Place::default() };
        let mut findings = Vec::new();
        // The file is read again: what counts is what it holds now.
        let content = observed.first().map(|observed| observed.content(0, reread));
        if let Some(Reading::Unreadable(why) | Reading::TooLarge(why)) = &content {
            let path = self.subject.as_deref().unwrap_or("");
            findings.push(Finding::of(ReadingFact::Unreadable { cause: why.clone() }, place(path)));
        }
        let mut standings = Vec::new();
        for proof in &self.proofs {
            let standing = match (&content, &self.subject, &proof.proven) {
                (Some(content), Some(subject), _) => {
                    let (standing, fact) = proof.standing(subject, content, &self.keys);
                    findings.extend(fact.map(|fact| Finding::of(fact, place(&proof.path))));
                    standing
                }
                // Another log holds the file and judges its content.
                (None, Some(_), Reading::Done(true)) => proof.judged.standing,
                (None, Some(subject), Reading::Unreadable(why) | Reading::TooLarge(why)) => {
                    findings.push(Finding::of(ReadingFact::Unreadable { cause: why.clone() }, place(subject)));
                    Standing::UNCHECKED
                }
                (None, Some(_), Reading::Stopped) => Standing::UNCHECKED,
                (None, Some(subject), Reading::Done(false) | Reading::Damaged(_)) => {
                    findings.push(Finding::of(ProofFact::NotLogged { subject: subject.clone() }, place(&proof.path)));
                    Standing::BROKEN
                }
                (_, None, _) => {
                    findings.push(Finding::of(ProofFact::WithoutFile { searched_all: self.tried_all }, place(&proof.path)));
                    Standing::UNCHECKED
                }
            };
            standings.push(standing);
            if let Some(fact) = &proof.judged.finding {
                findings.push(Finding::of(fact.clone(), place(&proof.path)));
            }
        }
        // One proof that holds is enough; one that fails is reported all the same.
        let broken = standings.contains(&Standing::BROKEN);
        let standing = if broken { Standing::BROKEN } else { standings.into_iter().min().unwrap_or(Standing::UNCHECKED) };
        let time = self.proofs.iter().filter_map(|proof| proof.judged.time).min();
        let segments = self
            .plans
            .iter()
            .map(|_| SegmentVerdict {
                sealed_at: time.filter(|_| standing.state() == State::Sealed),
                ..SegmentVerdict::uniform(standing, 0)
            })
            .collect();
        let keys = LogKeys::these(self.proofs.iter().map(|proof| proof.judged.key.clone()));
        let ladder = self.ladder(standing, time, &keys);
        let logged = |proof: &Witnessed| Logged {
            entry: proof.inclusion.index,
            origin: proof.inclusion.checkpoint.origin.clone(),
            time: proof.judged.time,
        };
        let end = End::Logged { entries: self.proofs.iter().map(logged).collect() };
        Conclusion { segments, findings, ladder, keys, end }
    }

    fn files_stand_alone(&self) -> bool {
        true
    }

    fn prove(&self, _segment: usize, _index: u64, content: &[u8]) -> Proof {
        let mut steps = vec![Step::read(content.len(), ReadFrom::WholeFile)];
        let reading = Reading::Done(content.to_vec());
        let mut best = Standing::BROKEN;
        for proof in &self.proofs {
            let (standing, _) = proof.standing("", &reading, &self.keys);
            best = best.min(standing);
            let head = &proof.inclusion.checkpoint;
            let (entry, size, path) = (proof.inclusion.index, head.size, proof.inclusion.path.iter().map(|hash| hex(hash)).collect());
            let file = proof.path.clone();
            steps.push(match proof.inclusion.proves(content) {
                true => Step::new(standing, StepFact::FileLeadsToRoot { proof: file, entry, size, path }),
                false => Step::new(Standing::BROKEN, StepFact::FileNotToRoot { proof: file, entry, size, path }),
            });
            let (origin, root, keys) = (head.origin.clone(), hex(&head.root), LogKeys::these([proof.judged.key.clone()]));
            let vouched = proof.judged.standing;
            steps.push(Step::new(
                vouched,
                match vouched.state() {
                    State::Sealed => StepFact::LogRootVouched { origin, root, keys },
                    _ => StepFact::LogRootNotVouched { origin, root, keys },
                },
            ));
        }
        let meaning = match best.state() {
            State::Sealed => Meaning::Logged,
            State::Consistent => Meaning::LoggedUnvouched,
            _ => Meaning::NotLogged,
        };
        Proof { steps, command: String::new(), meaning }
    }
}

impl LoggedFile {
    fn ladder(&self, standing: Standing, time: Option<i64>, keys: &LogKeys) -> Ladder {
        let forged = self.proofs.iter().any(|proof| proof.judged.standing == Standing::BROKEN);
        let trust = || Remedy::TrustOperator;
        let (edited, key) = match standing.state() {
            State::Broken if forged => (Answer::failed(Reason::SignatureFails, trust()), Status::Failed),
            State::Broken => (Answer::failed(Reason::FileDiffers, trust()), Status::Conditional),
            State::Sealed => (Answer::proved(Reason::FileLogged), Status::Proved),
            State::Consistent => (Answer::conditional(Reason::FileLogged, trust()).but(Limit::KeyGenuine), Status::Conditional),
            _ => (Answer::unprovable(Reason::FileNotCompared, trust()), Status::Conditional),
        };
        let reason = if edited.status == Status::Failed { Reason::NotShown } else { Reason::FileIsWhole };
        let whole = Answer::new(edited.status, reason, None);
        let clock = match time {
            Some(time) => Answer::conditional(Reason::FileLoggedBy { time }, None),
            None => Answer::unprovable(Reason::NoSignedTime, Remedy::WitnessLog),
        };
        let remedy = (key != Status::Proved).then(trust);
        let key = Answer::new(key, Reason::Signed { keys: keys.clone() }, remedy);
        Ladder::new([edited, whole.clone(), whole, key, clock])
    }
}
