//! The proof of one entry: the tag over it and over its fields.

use super::log::{JournalLog, nanoseconds};
use super::verdict;
use super::verify::Cover;
use crate::model::text::{bytes, count};
use crate::model::time;
use crate::seal::verdict::{Proof, Step};
use crate::trust::Standing;

/// The proof of one record.
pub(super) fn prove(log: &JournalLog, segment: usize, index: u64, content: &[u8]) -> Proof {
    let (Some(plan), Some(examined)) = (log.plans.get(segment), log.examine(content)) else { return Proof::default() };
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
                        step(Standing::BROKEN, "The tag is out of place", fault.words(tag.number));
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

fn field_words(cover: Cover) -> &'static str {
    match cover {
        Cover::Whole => "each stands under a tag that holds",
        Cover::Behind => "not all stand under a tag",
        Cover::Unknown => "the tag over one of them was not checked",
        Cover::Failing => "the tag over one of them fails",
        Cover::Torn => "one of them is not in the file",
    }
}
