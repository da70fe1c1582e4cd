//! Journals of systemd with Forward Secure Sealing.

mod file;
mod fsprg;
mod verdict;
mod verify;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::model::text::{bytes, count, name_of};
use crate::model::time;
use crate::seal::claims::Claims;
use crate::seal::format::{Format, Observed, Reread, SealedLog, SegmentPlan, Wanted};
use crate::seal::primitives::segment::Unit;
use crate::seal::verdict::{Conclusion, Proof, Step};
use crate::trust::{Answer, Candidate, Key, Material, Outcome, SecretHolder, Standing, Store as Keys, Subject, Vouched};
use file::{Journal, MAGIC};
pub use fsprg::VerificationKey;
use verdict::nanoseconds;
use verify::{Cover, Verified, verify};

/// Finds journals.
pub struct Journals;

struct JournalLog {
    origin: String,
    plans: Vec<SegmentPlan>,
    keys: Keys,
    /// The verification keys, made once: that takes a moment.
    sequences: OnceLock<Vec<(Key, VerificationKey)>>,
}

/// The path without what rotation adds to the name: an @ and a serial.
fn stem(path: &str) -> String {
    let name = name_of(path);
    let folder = &path[..path.len() - name.len()];
    let name = name.split('@').next().unwrap_or(name).split(".journal").next().unwrap_or(name);
    format!("{folder}{name}")
}

impl Format for Journals {
    fn plan(&self, claims: &mut Claims, keys: &mut Keys) -> Vec<Box<dyn SealedLog>> {
        let found: Vec<usize> = claims.free().filter(|(_, file)| is_journal(&file.start)).map(|(index, _)| index).collect();
        let mut logs: BTreeMap<String, JournalLog> = BTreeMap::new();
        for index in found {
            let Some(file) = claims.take(index) else { continue };
            let log = logs.entry(stem(&file.path)).or_insert_with_key(|stem| JournalLog {
                origin: format!("{stem} · journal"),
                plans: Vec::new(),
                keys: keys.clone(),
                sequences: OnceLock::new(),
            });
            log.plans.push(SegmentPlan { file, first: 0, expected: None, unit: Unit::Container });
        }
        logs.into_values().map(|log| Box::new(log) as Box<dyn SealedLog>).collect()
    }
}

/// Whether a file is a journal, whole or not: its mark, and no text behind it, which a header never is.
fn is_journal(start: &[u8]) -> bool {
    start.strip_prefix(MAGIC).is_some_and(|rest| rest.is_empty() || rest.contains(&0) || std::str::from_utf8(rest).is_err())
}

/// What is known of a file under a key that vouches for it.
struct Sealed {
    key: Key,
    voucher: Vouched<SecretHolder>,
    verified: Verified,
}

/// What is known of one file.
struct Examined {
    /// Whether anything in it says that it was sealed.
    claims_seal: bool,
    /// Whether tags are there, but its header says that it was never sealed.
    flag_cleared: bool,
    machine: Vec<u8>,
    damage: Option<String>,
    sealed: Option<Sealed>,
    /// Whether keys are here and none fits any tag: they may be another machine's.
    unfit: bool,
    /// Whether a key that is here was in use when its last entry was written.
    after_key_began: bool,
    stated_tags: Option<u64>,
    closed: bool,
    behind_end: usize,
    index_damage: Option<String>,
}

impl JournalLog {
    fn sequences(&self) -> &[(Key, VerificationKey)] {
        self.sequences.get_or_init(|| {
            let texts = self.keys.trusted().iter().filter_map(|key| match &key.material {
                Material::JournalSeal(text) => Some((key.clone(), VerificationKey::parse(text)?)),
                _ => None,
            });
            texts.collect()
        })
    }

    fn examine(&self, content: &[u8]) -> Option<Examined> {
        let journal = Journal::parse(content)?;
        let claims_seal = journal.claims_seal();
        let results: RefCell<BTreeMap<String, Verified>> = RefCell::new(BTreeMap::new());
        let candidate = |key: &Key| match &key.material {
            Material::JournalSeal(_) => Candidate::Possible,
            _ => Candidate::No,
        };
        // A key fits if any tag holds under it; what of the rest does not is then altered.
        let check = |key: &Key| {
            let Some((_, sequence)) = self.sequences().iter().find(|(other, _)| other == key) else { return Outcome::Fails };
            let verified = verify(&journal, &mut sequence.clone());
            let until = verified.tags.iter().rev().find(|tag| tag.holds).map(|tag| nanoseconds(tag.until));
            let fits = verified.tags.iter().any(|tag| tag.holds);
            results.borrow_mut().insert(key.fingerprint(), verified);
            if fits { Outcome::Holds { time: until } } else { Outcome::Fails }
        };
        let answer = if claims_seal { self.keys.ask(Subject::Unnamed(&self.origin), &candidate, &check) } else { Answer::NoKey };
        let mut unfit = false;
        let sealed = match answer {
            Answer::Vouched(voucher) => {
                let key = voucher.key().clone();
                let verified = results.borrow_mut().remove(&key.fingerprint());
                unfit = verified.is_none();
                verified.map(|verified| Sealed { key, voucher, verified })
            }
            Answer::Fails(_) | Answer::Unfit | Answer::Refused(..) => {
                unfit = true;
                None
            }
            Answer::Foreign(..) | Answer::NoKey => None,
        };
        let entries = journal.objects.iter().filter(|object| object.kind == file::Kind::Entry);
        let newest = entries.map(|entry| journal.realtime(entry)).max().unwrap_or(0);
        Some(Examined {
            claims_seal,
            flag_cleared: claims_seal && !journal.sealed,
            machine: journal.machine().to_vec(),
            damage: journal.damage.clone(),
            unfit,
            after_key_began: self.sequences().iter().any(|(_, sequence)| newest >= sequence.start_microseconds),
            stated_tags: journal.stated_tags,
            closed: journal.closed,
            behind_end: journal.behind_end,
            index_damage: journal.index_damage().filter(|_| journal.damage.is_none()),
            sealed,
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

    fn entries<'a>(&self, _segment: usize, content: &'a [u8]) -> Option<Result<Vec<Cow<'a, [u8]>>, String>> {
        let journal =
            Journal::parse(content).ok_or_else(|| "its header is damaged or cut short, so no entry can be found in it".to_owned());
        Some(journal.map(|journal| journal.entries().into_iter().map(Cow::Owned).collect()))
    }

    fn conclude(&self, observed: &[Observed], reread: &dyn Reread) -> Conclusion {
        verdict::conclude(self, observed, reread)
    }

    fn files_stand_alone(&self) -> bool {
        true
    }

    fn prove(&self, segment: usize, index: u64, content: &[u8]) -> Proof {
        let (Some(plan), Some(examined)) = (self.plans.get(segment), self.examine(content)) else { return Proof::default() };
        let place = format!("{}, entry {}", plan.file.path, count(index));
        let mut steps = vec![Step::new(Standing::UNSEALED, format!("Read {}", bytes(content.len() as u64)), place)];
        let mut step = |state: Standing, title: &str, detail: String| steps.push(Step::new(state, title, detail));
        let meaning = match &examined.sealed {
            None if !examined.claims_seal => {
                step(Standing::UNSEALED, "No seal", "this journal was written without Forward Secure Sealing".into());
                "No integrity claim was ever made for this entry."
            }
            None => {
                step(
                    Standing::UNCHECKED,
                    "The verification key is not here",
                    "journalctl --setup-keys printed it when sealing was set up".into(),
                );
                "Without the verification key nothing can be said of this entry."
            }
            Some(sealed) => {
                let verified = &sealed.verified;
                let place = usize::try_from(index).map_or(usize::MAX, |index| index);
                let cover = verified.covers.get(place).copied().unwrap_or(Cover::Unknown);
                let standing = verdict::standing(cover, sealed);
                match verified.tags.iter().find(|tag| tag.entries.contains(&index)) {
                    Some(tag) => {
                        let (own, title) = match (tag.holds, tag.unknown) {
                            (true, _) => (verdict::standing(Cover::Whole, sealed), "Its tag holds"),
                            (false, true) => (verdict::standing(Cover::Unknown, sealed), "Its tag was not checked"),
                            (false, false) => (verdict::standing(Cover::Torn, sealed), "Its tag fails"),
                        };
                        let until = time::seconds(nanoseconds(tag.until));
                        let detail = format!("tag {}, of before {until}\nentries {} to {}", tag.number, tag.entries.start, tag.entries.end);
                        step(own, title, detail);
                        if let Some(fault) = &tag.fault {
                            step(Standing::BROKEN, "The tag is out of place", fault.clone());
                        }
                    }
                    None => step(Standing::UNCHECKED, "After the last tag", "the journal was read before its next seal".into()),
                }
                step(standing, "Every field of it", field_words(cover).into());
                step(verdict::standing(Cover::Whole, sealed), "Verification key", verdict::key_words(&sealed.key));
                match cover {
                    Cover::Whole => "The entry and all its fields are as they were when the journal was sealed.",
                    Cover::Behind => "The entry, or a field of it, was written after the last seal.",
                    Cover::Unknown => "The tag of this entry was not checked.",
                    Cover::Failing | Cover::Torn => {
                        "Something under the tag of this entry, or of one of its fields, was changed after it was sealed."
                    }
                }
            }
        };
        let command = format!("journalctl --verify --verify-key=KEY --file '{}'", plan.file.path.replace('\'', "'\\''"));
        Proof { steps, command, meaning: meaning.into() }
    }
}

fn field_words(cover: Cover) -> &'static str {
    match cover {
        Cover::Whole => "each stands under a tag that holds",
        Cover::Behind => "not all stand under a tag",
        Cover::Unknown => "the tag over one of them was not checked",
        Cover::Failing => "the tag over one of them fails",
        Cover::Torn => "one of them is not in the file",
    }
}
