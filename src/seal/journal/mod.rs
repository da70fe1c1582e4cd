//! Journals of systemd with Forward Secure Sealing.

mod file;
mod fsprg;
mod verify;

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Claims, Conclusion, Format, Observed, Proof, Reread, SealedLog, SegmentPlan, SegmentVerdict, Step, Unit, Wanted};
use crate::model::finding::{Code, Finding, Place};
use crate::model::text::{bytes, count, plural};
use crate::model::{Ladder, Severity, State, Status, time};
use crate::source::Reading;
use crate::trust::{Key, Material, Store as Keys};
use file::{Journal, MAGIC};
pub use fsprg::VerificationKey;
use verify::{Tag, Verified, verify};

/// Finds journals.
pub struct Journals;

struct JournalLog {
    origin: String,
    plans: Vec<SegmentPlan>,
    keys: Keys,
}

impl Format for Journals {
    fn plan(&self, claims: &mut Claims, keys: &mut Keys) -> Vec<Box<dyn SealedLog>> {
        let found: Vec<usize> = claims.free().filter(|(_, file)| file.start.starts_with(MAGIC)).map(|(index, _)| index).collect();
        let mut logs: BTreeMap<String, JournalLog> = BTreeMap::new();
        for index in found {
            let Some(file) = claims.take(index) else { continue };
            // Files that were rotated away have an @ and a serial in their names.
            let stem =
                file.path.split('@').next().unwrap_or(&file.path).trim_end_matches(".journal~").trim_end_matches(".journal").to_owned();
            let log = logs.entry(stem).or_insert_with_key(|stem| JournalLog {
                origin: format!("{stem} · journal"),
                plans: Vec::new(),
                keys: keys.clone(),
            });
            log.plans.push(SegmentPlan { file, first: 0, expected: None, unit: Unit::Container });
        }
        logs.into_values().map(|log| Box::new(log) as Box<dyn SealedLog>).collect()
    }
}

/// What is known of one file.
struct Examined {
    sealed: bool,
    damage: Option<String>,
    /// The key that fits, or was meant to, and what it gave.
    verified: Option<(Key, Verified)>,
    /// Whether the key given fits no tag at all and may be another machine's.
    unfit: bool,
    stated_tags: Option<u64>,
    closed: bool,
    index_damage: Option<String>,
}

impl JournalLog {
    fn examine(&self, content: &[u8]) -> Option<Examined> {
        let journal = Journal::parse(content)?;
        let mut best: Option<(Key, Verified)> = None;
        let mut meant = false;
        if journal.sealed {
            for (key, material) in self.keys.materials() {
                let Material::JournalSeal(text) = material else { continue };
                let Some(mut verification) = VerificationKey::parse(text) else { continue };
                let verified = verify(&journal, &mut verification);
                meant |= key.is_meant_for(&self.origin);
                let holds = |verified: &Verified| verified.tags.iter().filter(|tag| tag.holds).count();
                if best.as_ref().is_none_or(|(_, other)| holds(&verified) > holds(other)) {
                    best = Some((key.clone(), verified));
                }
            }
        }
        let unfit = best.as_ref().is_some_and(|(_, verified)| !verified.tags.iter().any(|tag| tag.holds)) && !meant;
        Some(Examined {
            sealed: journal.sealed,
            damage: journal.damage.clone(),
            verified: best.filter(|_| !unfit),
            unfit,
            stated_tags: journal.stated_tags,
            closed: journal.closed,
            index_damage: journal.index_damage().filter(|_| journal.damage.is_none()),
        })
    }
}

impl SealedLog for JournalLog {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn seal(&self) -> &'static str {
        "sealed journal"
    }

    fn segments(&self) -> &[SegmentPlan] {
        &self.plans
    }

    fn wanted(&self, _segment: usize) -> Wanted {
        Wanted::default()
    }

    fn entries<'a>(&self, _segment: usize, content: &'a [u8]) -> Option<Vec<Cow<'a, [u8]>>> {
        Some(Journal::parse(content).map_or_else(Vec::new, |journal| journal.entries().into_iter().map(Cow::Owned).collect()))
    }

    fn conclude(&self, observed: &[Observed], reread: &dyn Reread) -> Conclusion {
        let mut summary =
            Summary { log: self, findings: Vec::new(), keys: Vec::new(), tags: 0, held: 0, unsealed: 0, sealed_files: 0, last: None };
        let mut segments = Vec::new();
        let mut first = 0;
        for (segment, observed) in observed.iter().enumerate() {
            let verdict = match observed.content(segment, reread) {
                Reading::Done(content) => summary.file(segment, first, &content),
                Reading::Unreadable(cause) | Reading::TooLarge(cause) | Reading::Damaged(cause) => {
                    summary.add(Code::Unreadable, segment, None, 0, "could not be read to its end".into(), cause);
                    SegmentVerdict::uniform(State::Unchecked, first)
                }
                Reading::Stopped => SegmentVerdict::uniform(State::Unchecked, first),
            };
            segments.push(verdict);
            first += observed.count;
        }
        let ladder = summary.ladder();
        let keys = summary.words();
        let anchor = match summary.last {
            Some(until) => format!("sealed until {}", time::seconds(until)),
            None => "anchored to nothing".into(),
        };
        Conclusion { segments, findings: summary.findings, ladder, keys, anchor }
    }

    fn files_stand_alone(&self) -> bool {
        true
    }

    fn prove(&self, segment: usize, index: u64, content: &[u8]) -> Proof {
        let (Some(plan), Some(examined)) = (self.plans.get(segment), self.examine(content)) else { return Proof::default() };
        let mut steps = vec![Step {
            state: State::Unsealed,
            title: format!("Read {}", bytes(content.len() as u64)),
            detail: format!("{}, entry {}", plan.file.path, count(index)),
        }];
        let mut step = |state, title: &str, detail: String| steps.push(Step { state, title: title.into(), detail });
        let meaning = match &examined.verified {
            None if !examined.sealed => {
                step(State::Unsealed, "No seal", "this journal was written without Forward Secure Sealing".into());
                "No integrity claim was ever made for this entry."
            }
            None => {
                step(
                    State::Unchecked,
                    "The verification key is not here",
                    "journalctl --setup-keys printed it when sealing was set up".into(),
                );
                "Without the verification key nothing can be said of this entry."
            }
            Some((key, verified)) => {
                let state = usize::try_from(index).ok().and_then(|index| verified.states.get(index)).copied().unwrap_or(State::Unchecked);
                match verified.tags.iter().find(|tag| tag.entries.contains(&index)) {
                    Some(tag) => {
                        let (own, title) = if tag.holds { (State::Sealed, "Its tag holds") } else { (State::Broken, "Its tag fails") };
                        let until = time::seconds(nanoseconds(tag.until));
                        step(
                            own,
                            title,
                            format!("tag {}, of before {until}\nentries {} to {}", tag.number, tag.entries.start, tag.entries.end),
                        );
                        if let Some(fault) = &tag.fault {
                            step(State::Broken, "The tag is out of place", fault.clone());
                        }
                    }
                    None => step(State::Unsealed, "After the last tag", "the journal was read before its next seal".into()),
                }
                step(if state == State::Sealed { State::Sealed } else { state }, "Its fields", field_words(state).into());
                step(State::Sealed, "Verification key", format!("{}\nwhoever holds it could also have made the tags", key.name));
                match state {
                    State::Sealed => "The entry and all its fields are as they were when the journal was sealed.",
                    State::Unsealed => "The entry was written after the last seal.",
                    _ => "Something under the tag of this entry, or of one of its fields, was changed after it was sealed.",
                }
            }
        };
        let command = format!("journalctl --verify --verify-key=KEY --file '{}'", plan.file.path.replace('\'', "'\\''"));
        Proof { steps, command, meaning: meaning.into() }
    }
}

fn field_words(state: State) -> &'static str {
    match state {
        State::Sealed => "each stands under a tag that holds",
        State::Unsealed => "not all stand under a tag",
        State::Suspect => "the tag over one of them fails",
        _ => "one of them is not in the file",
    }
}

/// Nanoseconds of microseconds since 1970.
fn nanoseconds(microseconds: u64) -> i64 {
    i64::try_from(microseconds).unwrap_or(i64::MAX).saturating_mul(1_000)
}

struct Summary<'a> {
    log: &'a JournalLog,
    findings: Vec<Finding>,
    keys: Vec<String>,
    tags: usize,
    held: usize,
    unsealed: u64,
    sealed_files: usize,
    /// The end of the last sealed epoch, nanoseconds since 1970.
    last: Option<i64>,
}

impl Summary<'_> {
    fn add(&mut self, code: Code, segment: usize, record: Option<u64>, records: u64, what: String, text: String) {
        let file = &self.log.plans[segment].file;
        let place = Place { log: Some(self.log.origin.clone()), path: file.path.clone(), record, count: records, ..Place::default() };
        self.findings.push(Finding::new(code, place, format!("{} {what}", file.name()), text));
    }

    /// Judges one file.
    fn file(&mut self, segment: usize, first: u64, content: &[u8]) -> SegmentVerdict {
        let Some(examined) = self.log.examine(content) else { return SegmentVerdict::uniform(State::Unchecked, first) };
        if let Some(damage) = &examined.damage {
            let text = format!("Its structure breaks {damage}. What stands behind cannot be read.");
            self.add(Code::Unreadable, segment, None, 0, "could not be read to its end".into(), text);
        }
        if let Some(damage) = &examined.index_damage {
            let text = format!("In particular {damage}. All entries are shown here, whatever the lists say.");
            self.add(Code::IndexDamaged, segment, None, 0, "has damaged lists of entries".into(), text);
            // A live file's lists may lag behind.
            if let Some(finding) = self.findings.last_mut().filter(|_| !examined.closed) {
                finding.severity = Severity::Info;
            }
        }
        if !examined.sealed {
            return SegmentVerdict::uniform(State::Unsealed, first);
        }
        self.sealed_files += 1;
        let Some((key, verified)) = &examined.verified else {
            let text = if examined.unfit {
                "None of your stored verification keys fits any of its tags: it is another machine's, or every tag was made anew."
            } else {
                "It says that it is sealed. Give the verification key that journalctl --setup-keys printed, with --trust or in the Keys panel."
            };
            self.add(Code::UnknownKey, segment, None, 0, "is sealed with a key that is not here".into(), text.into());
            return SegmentVerdict::uniform(State::Unchecked, first);
        };
        self.keys.push(format!("{} (trusted)", key.name));
        self.tags += verified.tags.len();
        self.held += verified.tags.iter().filter(|tag| tag.holds).count();
        self.unsealed += verified.unsealed;
        self.last = verified.tags.iter().filter(|tag| tag.holds).map(|tag| nanoseconds(tag.until)).chain(self.last).max();
        for tag in &verified.tags {
            self.tag(segment, first, tag);
        }
        if let Some(stated) = examined.stated_tags.filter(|stated| examined.closed && *stated > verified.tags.len() as u64) {
            let missing = stated - verified.tags.len() as u64;
            let text = format!("Its header counts {}; {} are here.", plural(stated, "tag"), verified.tags.len());
            self.add(
                Code::Truncated,
                segment,
                Some(first + verified.states.len() as u64),
                0,
                format!("lacks its last {}", plural(missing, "tag")),
                text,
            );
        }
        let mut verdict = SegmentVerdict::uniform(State::Sealed, first);
        verdict.sealed_at = verified.tags.iter().rev().find(|tag| tag.holds).map(|tag| nanoseconds(tag.until));
        for (index, state) in verified.states.iter().enumerate().filter(|(_, state)| **state != State::Sealed) {
            match verdict.exceptions.last_mut() {
                Some((run, other)) if run.end == index as u64 && other == state => run.end += 1,
                _ => verdict.exceptions.push((index as u64..index as u64 + 1, *state)),
            }
        }
        verdict
    }

    fn tag(&mut self, segment: usize, first: u64, tag: &Tag) {
        let records = tag.entries.end - tag.entries.start;
        let at = Some(first + tag.entries.start);
        if !tag.holds {
            let what = match records {
                0 => format!("was altered before tag {}", tag.number),
                _ => format!("was altered between entries {} and {}", count(first + tag.entries.start), count(first + tag.entries.end - 1)),
            };
            let text =
                format!("Tag {} at byte {:x} does not hold for what stands between it and the tag before it.", tag.number, tag.offset);
            self.add(Code::SegmentAltered, segment, at, records, what, text);
        }
        if let Some(fault) = &tag.fault {
            let code = if fault.contains("younger") { Code::TimeAfterSeal } else { Code::Gap };
            self.add(code, segment, at, records, format!("has tag {} out of place", tag.number), format!("In words: {fault}."));
        }
    }

    fn words(&self) -> String {
        let mut names = self.keys.clone();
        names.sort();
        names.dedup();
        match (names.is_empty(), self.sealed_files) {
            (true, 0) => "no key".into(),
            (true, _) => "no verification key".into(),
            (false, _) => format!("key {}", names.join(", ")),
        }
    }

    fn ladder(&self) -> Ladder {
        if self.sealed_files == 0 {
            return Ladder::unsealed();
        }
        let give = "give the verification key".to_owned();
        let checked = !self.keys.is_empty();
        let whole = self.held == self.tags;
        let answer = |codes: &[Code], good: &str| match self.findings.iter().find(|finding| codes.contains(&finding.code)) {
            Some(finding) => (Status::Failed, format!("yes: {}", finding.title), "compare with another copy".to_owned()),
            None if !checked => (Status::Unprovable, "the verification key is not here".to_owned(), give.clone()),
            None if whole => (Status::Proved, good.to_owned(), String::new()),
            None => (Status::Conditional, good.to_owned(), String::new()),
        };
        let edited = answer(&[Code::SegmentAltered], "every tag holds");
        let moved = answer(&[Code::SegmentAltered, Code::Gap], "the tags follow each other");
        let tail = match self.findings.iter().find(|finding| finding.code == Code::Truncated) {
            Some(finding) => (Status::Failed, finding.title.clone(), "compare with another copy".to_owned()),
            None => {
                let text = match self.unsealed {
                    0 => "entries and tags after the last one may have been cut off".to_owned(),
                    more => {
                        format!("{} not sealed yet, and more may have been cut off", plural(more, "entry").replace("entrys", "entries"))
                    }
                };
                (Status::Unprovable, text, "keep the time of the last tag somewhere else".to_owned())
            }
        };
        let key = if checked {
            let text = format!("{}; whoever holds it could have made the tags too", self.words());
            (Status::Conditional, text, "keep the verification key away from the machine".to_owned())
        } else {
            (Status::Unprovable, self.words(), give.clone())
        };
        let clock = match self.last.filter(|_| checked) {
            Some(last) => (Status::Conditional, format!("by the machine's own clock, sealed until {}", time::seconds(last)), String::new()),
            None => (Status::Unprovable, "only the machine's own clock is known".to_owned(), give),
        };
        Ladder::new([edited, moved, tail, key, clock])
    }
}
