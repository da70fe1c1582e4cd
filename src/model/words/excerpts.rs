//! What is seen of excerpts: records of a bundle, with proofs that lead past those that are withheld.

use super::facts;
use super::segments::Source;
use crate::model::text::{count, plural};
use crate::model::time::seconds;

facts! {
    /// What is seen of excerpts.
    ExcerptFact, place, name;
    /// A proof is here without its records.
    RecordsMissing = ProofFails, "The records of an excerpt are missing", format!("{} proves records that are not here.", place.path);
    /// The proof is damaged or incomplete.
    ProofDamaged { cause: String } = ProofFails, format!("{name} has no readable proof"), format!("{cause}.");
    /// The proof could not be read.
    ProofUnread { cause: String } = Unreadable, format!("The proof of {name} could not be read"), format!("{cause}.");
    /// A trusted key's signature does not fit the seal.
    SealForged { cause: String } = SealForged, "The seal is forged or damaged", format!("{cause}.");
    /// The records do not lead to the signed root.
    NotSealed { proof: String } = ProofFails,
        format!("{name} is not what was sealed"),
        format!("With {proof}, these records do not lead to the signed root.");
    /// Two excerpts contradict each other.
    Fork { size: u64, one: Source, other: Source } = Fork,
        format!("Two histories up to record {}", count(size)),
        format!("For the first {} of the log, {} and {} give different roots. Both cannot be true.", plural(size, "record"), one.words(), other.words());
    /// Records between two parts are not here, and no seal of them is.
    Gap { from: u64, to: u64 } = Gap,
        format!("Records {} to {} are missing", count(from), count(to)),
        format!("Another part of the log ends before record {}; {} starts at record {}. Its seal proves that {} between them existed, and no seal of them is here.",
            count(from), place.path, count(to.saturating_add(1)), plural(to.saturating_sub(from).saturating_add(1), "record"));
    /// Records between two parts are sealed, but nothing shows that they were there.
    NotShown { from: u64, to: u64 } = Gap,
        format!("Records {} to {} are not among these parts", count(from), count(to)),
        format!("A signed checkpoint covers them, but nothing here shows that they existed when {} was exported.", place.path);
    /// Nothing shows what came before the first part.
    NothingBefore { first: u64 } = StartsMidway,
        format!("Starts at record {}", count(first)),
        format!("{} begins at record {}, and no signed checkpoint shows what came before it.", place.path, count(first));
    /// The log grew while its signed time ran backwards.
    SealTimeBackwards { size: u64, sealed_at: i64, smaller: u64, before: i64 } = SealTimeBackwards,
        "A seal is older than the one before it",
        format!("The log of {} was signed at {}, and the smaller one of {} at {}.", plural(size, "record"), seconds(sealed_at), count(smaller), seconds(before));
    /// Another excerpt holds the same records.
    Copy = DuplicateSegment, format!("{name} is here twice"), "Another excerpt holds the same records with the same proof.";
    /// A chain's skeleton is here without its records.
    ChainRecordsMissing = SealWithoutSegment,
        format!("{name} is here without its records"),
        format!("{} belongs to records of a hash chain that are not among what was opened.", place.path);
    /// A chain's skeleton cannot be read.
    SkeletonUnreadable { cause: String } = SealUnreadable,
        format!("{name} cannot be read"),
        format!("{} belongs to an excerpt of a hash chain, but cannot be read: {cause}.", place.path);
    /// A record is not what its neighbours in the chain say.
    RecordNotChained { record: u64, skeleton: String } = ProofFails,
        format!("Record {} is not what was chained", count(record)),
        format!("Record {} of the excerpt does not match its neighbours in {skeleton}.", count(record));
    /// A record's signature fails.
    RecordForged { record: u64 } = SealForged,
        format!("The signature of record {} fails", count(record)),
        format!("Record {} of the excerpt has its place in the chain, but its signature does not fit it.", count(record));
    /// The rule of the chain is not known.
    RuleUnknown { skeleton: String } = ChainFormUnknown,
        "The rule of this chain is unknown",
        format!("{skeleton} names a profile that is not known here. If you trust the profile, add it with --profile.");
    /// The records do not follow the chain.
    NotFollowing { skeleton: String } = ProofFails,
        "The excerpt does not follow its chain",
        format!("{skeleton} does not lead through these records.");
    /// The excerpt starts in the middle of the chain.
    StartsMidway { skeleton: String } = StartsMidway,
        "The excerpt starts in the middle of the chain",
        format!("{skeleton} begins after a record that was not opened, so nothing shows how many came before.");
}
