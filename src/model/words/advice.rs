//! What a finding can mean and what to do next, where its format needs other words than its code has.

use super::chains::ChainFact;
use super::cloudtrail::CloudTrailFact;
use super::code::Code;
use super::excerpts::ExcerptFact;
use super::fact::{Fact, MetaFact};
use super::journals::JournalFact;
use super::proofs::ProofFact;
use super::segments::SegmentFact;
use super::tiles::TileFact;

const DAMAGED: &str = "The file is damaged: in transit, by its medium, or on purpose. It cannot be what was sealed.";
const COPY_AGAIN: &str = "Copy it again from its origin.";

/// Meaning and next step for one fact; `None` where those of its code fit.
fn own(fact: &Fact) -> (Option<&'static str>, Option<&'static str>) {
    match fact {
        Fact::SegmentFact(fact) => segments(fact),
        Fact::ChainFact(fact) => chains(fact),
        Fact::CloudTrailFact(fact) => cloudtrail(fact),
        Fact::JournalFact(fact) => journals(fact),
        Fact::TileFact(fact) => tiles(fact),
        Fact::ProofFact(ProofFact::SignerNotJudged | ProofFact::OwnSignatureNotChecked) => (
            Some("That the file was logged is shown. Who signed it is not."),
            Some("Check the signer with the tool that made the signature."),
        ),
        Fact::ProofFact(ProofFact::SubmitterUnknown) => (
            Some("That the file was logged is shown. Who submitted it is not."),
            Some("Get the submitter's public key from the submitter, and add it with --trust."),
        ),
        Fact::ExcerptFact(ExcerptFact::RecordsMissing | ExcerptFact::ChainRecordsMissing) => {
            (Some("A proof of the bundle is here, but the records that it proves are not."), Some("Get the whole bundle again."))
        }
        Fact::ExcerptFact(
            ExcerptFact::ProofDamaged { .. }
            | ExcerptFact::NotSealed { .. }
            | ExcerptFact::NotFollowing { .. }
            | ExcerptFact::RecordNotChained { .. },
        ) => (
            Some("The records or their proof were changed after the excerpt was made, or do not belong together."),
            Some("Get the bundle again from its examiner."),
        ),
        Fact::MetaFact(MetaFact::Known { fact }) => own(fact),
        _ => (None, None),
    }
}

fn segments(fact: &SegmentFact) -> (Option<&'static str>, Option<&'static str>) {
    match fact {
        SegmentFact::Damaged { .. } => (Some(DAMAGED), Some(COPY_AGAIN)),
        SegmentFact::SecondSeal { .. } => (
            Some("A copy of a seal is here. The segment that it seals is here, with its own seal."),
            Some("Nothing: the segment is counted once."),
        ),
        SegmentFact::NoRecordFits { .. } => (
            Some("Not one record fits: more likely the file or the seal was exchanged than each record edited."),
            Some("Get both again from their origin."),
        ),
        SegmentFact::AlteredWithin { .. } => (
            Some("Many records in a row were changed, removed or replaced."),
            Some("Compare this part with another copy of the log. Rely on no record within it."),
        ),
        SegmentFact::MorePlaces { .. } => {
            (Some("This segment was changed in many places."), Some("Compare it with another copy of the log."))
        }
        SegmentFact::Renamed { .. } => (
            Some("The file was renamed after it was sealed. A seal is found by the file's name, so other programs may not find it."),
            Some("Nothing: its records were checked all the same."),
        ),
        SegmentFact::Fork { is_proven: false, .. }
        | SegmentFact::Gap { is_proven: false, .. }
        | SegmentFact::SealWithoutFile { is_proven: false, .. } => (
            Some("No key that you trust signed the seal that shows this. Anyone could have made it."),
            Some("Get the sealer's public key from the sealer, and check again."),
        ),
        SegmentFact::Overlap { agrees: false, .. } => (
            Some("Two files claim the same records, and nothing here shows that they hold the same."),
            Some("Compare the two files record by record."),
        ),
        _ => (None, None),
    }
}

fn chains(fact: &ChainFact) -> (Option<&'static str>, Option<&'static str>) {
    match fact {
        ChainFact::FilesDiverge { .. } | ChainFact::TwoSuccessors { .. } => (
            Some("One of two histories was made up, or two writers continued the same chain at the same time."),
            Some("Keep both. Find out how many writers there were, and compare with another copy."),
        ),
        ChainFact::RecordsInserted { .. } | ChainFact::InsertedAgain { .. } => (
            Some("The records were added to the chain without belonging to it."),
            Some("Treat them as unproven claims. Find out who could write to this file."),
        ),
        ChainFact::SignatureFails { .. } => (
            Some("The record or its signature was changed, or it was signed with another key."),
            Some("Compare it with another copy of the log, and check that you trust the right key."),
        ),
        ChainFact::TooDisordered => (
            Some("The file holds records of very many chains, or was shuffled. It may have been made to exhaust the program."),
            Some("Split the file by chain, and open the parts."),
        ),
        ChainFact::RecordsRemoved { .. } => (
            Some("A record of the chain has been removed, or two parts of the chain were joined."),
            Some("Look for another copy of the log that still holds it."),
        ),
        _ => (None, None),
    }
}

fn cloudtrail(fact: &CloudTrailFact) -> (Option<&'static str>, Option<&'static str>) {
    match fact {
        CloudTrailFact::FileAltered { .. } | CloudTrailFact::FileDamaged { .. } => (
            Some("The file is not the one that CloudTrail delivered: it was changed, damaged, or packed again with other content."),
            Some("Fetch it again from S3."),
        ),
        CloudTrailFact::DigestTwice { .. }
        | CloudTrailFact::DigestForged
        | CloudTrailFact::HeadsDiffer
        | CloudTrailFact::DigestAltered { .. }
        | CloudTrailFact::SignaturesDiffer { .. } => (
            Some("The digest was forged, edited or damaged. The log files may be genuine, but it cannot vouch for them."),
            Some("Fetch the digest and its head-object output again from S3."),
        ),
        CloudTrailFact::KeyMissing { .. } | CloudTrailFact::KeyCameAlong { .. } => (
            Some("Only a key that you fetched from AWS yourself can show that CloudTrail signed the digests."),
            Some("Fetch the keys with `aws cloudtrail list-public-keys`, and add the output with --trust or in the Keys panel."),
        ),
        CloudTrailFact::DigestDamaged { .. } | CloudTrailFact::NotADigest { .. } => (None, Some("Fetch the digest again from S3.")),
        _ => (None, None),
    }
}

fn journals(fact: &JournalFact) -> (Option<&'static str>, Option<&'static str>) {
    match fact {
        JournalFact::Damaged { .. } => (Some(DAMAGED), Some(COPY_AGAIN)),
        JournalFact::TagFails { .. } | JournalFact::SealedPartBreaksOff { .. } => (
            Some("Something between two tags was changed after it was sealed, or the file was damaged. Tags do not show which entry."),
            Some("Compare these entries with another copy, such as a log server. `journalctl --verify` names the same tag."),
        ),
        JournalFact::TagsReplaced => (
            Some("The file was changed and sealed again under another key, or it belongs to another machine."),
            Some("Compare it with another copy. Find out who could write to the journal."),
        ),
        JournalFact::KeyMissing { .. } => (
            Some("Without its verification key a journal's seal cannot be checked at all."),
            Some("Add the verification key that `journalctl --setup-keys` printed, with --trust or in the Keys panel."),
        ),
        JournalFact::TagMisplaced { .. } => (
            Some("Tags are numbered and dated. Some were removed, or the file was put together from parts."),
            Some("Compare the file with another copy."),
        ),
        JournalFact::FlagCleared => (
            Some("The header, which no tag covers, was changed so that other programs do not check the seal."),
            Some("Find out who could write to the journal. The tags were checked all the same."),
        ),
        JournalFact::TagsMissing { .. } | JournalFact::CutByHeader { .. } => (
            Some("The end of the file was cut off, or its header was changed so that other programs stop reading early."),
            Some("Compare the file with another copy."),
        ),
        JournalFact::AfterLastTag { .. } => (None, Some("Copy the journal again after its next seal.")),
        _ => (None, None),
    }
}

fn tiles(fact: &TileFact) -> (Option<&'static str>, Option<&'static str>) {
    const AGAIN: &str = "Get the files again from the log.";
    match fact {
        TileFact::AlteredSomewhere => (
            Some("At least one entry is not as it was logged. Without matching hash tiles, nothing shows which one."),
            Some("Get the hash tiles and bundles again from the log."),
        ),
        TileFact::BundleAltered | TileFact::BundleDamaged { .. } | TileFact::CopyDiffers { .. } => {
            (Some("The bundle was changed or damaged after it was fetched, or it is of another log."), Some(AGAIN))
        }
        TileFact::TooManyEntries { .. } => (Some("Entries were added to the bundle, or it was renamed."), Some(AGAIN)),
        TileFact::Gap { .. } => {
            (None, Some("Get the missing bundles from the log. If the log no longer has them, it lost entries that it signed for."))
        }
        TileFact::CheckpointForged { .. } | TileFact::CheckpointUnreadable { .. } => (None, Some("Get the checkpoint again from the log.")),
        TileFact::StrangersCheckpoint { .. } => (
            Some("Anyone can write such a checkpoint. It does not speak against the log."),
            Some("Find out where it came from. If its key is the log's, add the key with --trust."),
        ),
        _ => (None, None),
    }
}

impl Fact {
    /// What it can mean, harmless causes included.
    pub fn meaning(&self) -> &'static str {
        own(self).0.unwrap_or_else(|| Code::meaning(self.code()))
    }

    /// What to do next.
    pub fn next_step(&self) -> &'static str {
        own(self).1.unwrap_or_else(|| Code::next_step(self.code()))
    }
}
