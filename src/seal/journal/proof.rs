//! The proof of one entry: the tag over it and over its fields.

use super::log::{JournalLog, nanoseconds};
use super::verdict;
use crate::model::words::journals::Cover;
use crate::model::words::steps::{Meaning, ReadFrom, StepFact};
use crate::seal::verdict::{Proof, Step};
use crate::trust::Standing;

/// The proof of one record.
pub(super) fn prove(log: &JournalLog, segment: usize, index: u64, content: &[u8]) -> Proof {
    let (Some(plan), Some(examined)) = (log.plans.get(segment), log.examine(content)) else { return Proof::default() };
    let mut steps = vec![Step::read(content.len(), ReadFrom::Entry { path: plan.file.path.clone(), entry: index })];
    let mut step = |state: Standing, fact: StepFact| steps.push(Step::new(state, fact));
    let meaning = match &examined.sealed {
        None if !examined.claims_seal => {
            step(Standing::UNSEALED, StepFact::JournalUnsealed);
            Meaning::EntryNeverClaimed
        }
        None => {
            step(Standing::UNCHECKED, StepFact::VerificationKeyMissing);
            Meaning::VerificationKeyMissing
        }
        Some(sealed) => {
            let verified = &sealed.verified;
            let place = usize::try_from(index).map_or(usize::MAX, |index| index);
            let cover = verified.covers.get(place).copied().unwrap_or(Cover::Unknown);
            match verified.tags.iter().find(|tag| tag.entries.contains(&index)) {
                Some(tag) => {
                    let (number, until) = (tag.number, nanoseconds(tag.until));
                    let (from, to) = (tag.entries.start, tag.entries.end.saturating_sub(1));
                    let (own, fact) = match (tag.holds, tag.unknown) {
                        (true, _) => (Cover::Whole, StepFact::TagHolds { tag: number, until, from, to }),
                        (false, true) => (Cover::Unknown, StepFact::TagNotChecked { tag: number, until, from, to }),
                        (false, false) => (Cover::Torn, StepFact::TagFails { tag: number, until, from, to }),
                    };
                    step(verdict::standing(own, sealed), fact);
                    if let Some(fault) = tag.fault {
                        step(Standing::BROKEN, StepFact::TagMisplaced { tag: number, fault });
                    }
                }
                None => step(Standing::UNCHECKED, StepFact::AfterLastTag),
            }
            step(verdict::standing(cover, sealed), StepFact::Fields { cover });
            step(verdict::standing(Cover::Whole, sealed), StepFact::VerificationKey { key: sealed.key.name.clone() });
            Meaning::EntryUnderTags { cover }
        }
    };
    let command = format!("journalctl --verify --verify-key=KEY --file '{}'", plan.file.path.replace('\'', "'\\''"));
    Proof { steps, command, meaning }
}
