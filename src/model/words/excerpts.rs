//! What is seen of excerpts: records of a bundle, with proofs that lead past those that are withheld.

use super::facts;
use super::segments::Source;
use crate::model::text::{count, plural};

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
