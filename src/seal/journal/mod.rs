//! Journals of systemd with Forward Secure Sealing.
//!
//! Written here, not taken from a library, because damage has to be placed on single entries, and every length that the file states has to
//! be bounded. Hashing, arithmetic and unpacking are those of libraries.

mod file;
mod fsprg;
mod log;
mod verdict;
mod verify;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::model::text::{bytes, count, name_of};
use crate::model::time;
use crate::seal::claims::Claims;
use crate::seal::format::{Format, Observed, Reread, SealedLog, SegmentPlan, Wanted};
use crate::seal::primitives::segment::Unit;
use crate::seal::verdict::{Conclusion, Proof, Step};
use crate::trust::{Standing, Store as Keys};
use file::{Journal, MAGIC};
pub use fsprg::VerificationKey;
use log::{JournalLog, nanoseconds};
use verify::Cover;

/// Finds journals.
pub struct Journals;

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
