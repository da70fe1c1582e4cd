//! What is seen of hash chains.

use serde::{Deserialize, Serialize};

use super::keys::dates;
use super::{are, facts};
use crate::model::text::{count, plural, visible};
use crate::model::time::seconds;

/// Which chain of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Chain {
    /// The only one.
    #[default]
    Only,
    /// The one of this name.
    Named(String),
    /// The one inside the records, by the name of its profile.
    Inside(String),
}

impl Chain {
    /// What goes after "a record": ` of chain a`.
    fn of(&self) -> String {
        match self {
            Self::Only => String::new(),
            Self::Named(name) => format!(" of chain {}", visible(name)),
            Self::Inside(profile) => format!(" of the {profile}"),
        }
    }
}

/// `At least one record was`, `12 records were`.
fn gone(missing: Option<u64>) -> String {
    match missing {
        Some(1) => "1 record was".to_owned(),
        Some(number) => format!("{} were", plural(number, "record")),
        None => "At least one record was".to_owned(),
    }
}

facts! {
    /// What is seen of hash chains.
    ChainFact, place, name;
    /// Lines that are no records of the chain.
    OutsideChain { count: u64, profile: String } = OutsideChain,
        format!("{} outside the chain", plural(count, "record")),
        format!("{} not records of {profile}, so nothing links or protects them.", are(count, "line"));
    /// Keeping track of the records would cost too much.
    TooDisordered = Unreadable,
        format!("{name} was not judged to its end"),
        "Its records are so disordered, or belong to so many chains, that keeping track of them costs too much. Nothing is said about the rest.";
    /// It looks like a chain of this profile, but no hash matches.
    NoHashMatches { profile: String } = ChainFormUnknown,
        format!("{name} looks like a {profile} chain, but no hash matches"),
        "Either every record was changed, or another version of the program writes its chain differently.";
    /// It looks like a chain of no known form.
    UnknownForm = ChainFormUnknown,
        format!("{name} looks like a hash chain of an unknown form"),
        "Its records name the hash of their predecessor, but in no form that is known here, so nothing can be said about them.";
    /// A record does not give its hash.
    RecordAltered { record: u64, chain: Chain } = RecordAltered,
        format!("Record {} was altered", count(record)),
        format!("The content of this record{} does not give the hash that it states.", chain.of());
    /// A record does not give its keyed hash, under the key of the others.
    KeyedHashFails { record: u64, chain: Chain } = RecordAltered,
        format!("Record {} was altered", count(record)),
        format!("The content of this record{} does not give the keyed hash that it states, under the key that fits other records.", chain.of());
    /// Its successor states another hash for a record.
    SuccessorDiffers { record: u64, successor: u64, chain: Chain } = RecordAltered,
        format!("Record {} was altered", count(record)),
        format!("Record {}, its successor{}, states another hash for it.", count(successor), chain.of());
    /// Records stand after the one that closes the chain.
    AfterTerminal { last: u64, count: u64 } = AfterTerminal,
        format!("The chain continues after record {}, which closes it", crate::model::text::count(last)),
        format!("Its writer marked that record as the last. {} it.", match count { 1 => "1 record follows".to_owned(), _ => format!("{} follow", plural(count, "record")) });
    /// Two records carry one idempotency key.
    RepeatedKey { record: u64, earlier: u64 } = RepeatedKey,
        format!("Record {} repeats the idempotency key of record {}", count(record), count(earlier)),
        "Both carry the same key.";
    /// A record breaks the rules of its format.
    RecordMalformed { record: u64, cause: String } = RecordMalformed,
        format!("Record {} is malformed", count(record)),
        format!("No writer of this kind makes such a record: {cause}. Do not rely on what it shows.");
    /// A record was delegated from a chain that is not here.
    DelegatedFromElsewhere { record: u64, parent_chain: String } = DelegatedFromElsewhere,
        format!("Record {} was delegated from chain {}", count(record), visible(&parent_chain)),
        "That chain is not among what was opened.";
    /// The record from which another one was delegated is not in its chain.
    DelegationMissing { record: u64, parent_chain: String, parent: String } = DelegationMissing,
        format!("Record {} was delegated from chain {}", count(record), visible(&parent_chain)),
        format!("The chain is here, but it has no record “{}”.", visible(&parent));
    /// Two files agree up to a record, and then diverge.
    FilesDiverge { record: u64 } = Fork,
        "Two files tell different histories",
        format!("Before record {}, another file holds the same records. Then they diverge: one of the two was made up.", count(record));
    /// Two records follow the same one.
    TwoSuccessors { record: u64, chain: Chain } = Fork,
        format!("Two histories follow one record{}", chain.of()),
        format!("Record {} follows a record that another one follows too: one of the two was made up, or two writers wrote at once.", count(record));
    /// All records of a file are in others too.
    OnlyCopies { count: u64 } = DuplicateSegment,
        format!("All records of {name} are in another file too"),
        "It is a copy, an archive, or an export that overlaps another one.";
    /// Some records of a file are in others too.
    SomeCopies { count: u64 } = Overlap,
        format!("{} of {name} in another file too", are(count, "record")),
        "One is a copy, an archive, or an export that overlaps the other.";
    /// The same records stand twice in a row.
    WrittenTwice { count: u64 } = DuplicateEvent,
        format!("{} written twice", plural(count, "record")),
        "The same bytes are there twice in a row, as when a writer tries again after a fault.";
    /// The same records stand elsewhere too, in their place.
    InsertedAgain { count: u64, chain: Chain } = RecordInserted,
        format!("{} inserted a second time", plural(count, "record")),
        format!("The same bytes are also in their place elsewhere{}.", chain.of());
    /// Records that nothing follows stand between two that belong together.
    RecordsInserted { after: u64, count: u64, next: u64, chain: Chain } = RecordInserted,
        format!("{} inserted after record {}", plural(count, "record"), crate::model::text::count(after)),
        format!("Record {}{} follows the one before them, so they were inserted.", crate::model::text::count(next), chain.of());
    /// A record names a predecessor that is elsewhere.
    RecordMoved { record: u64, chain: Chain } = RecordMoved,
        format!("Record {} was moved", count(record)),
        format!("It names a predecessor that is elsewhere{}: records were rearranged.", chain.of());
    /// Another chain begins.
    Restarted { record: u64 } = Restarted,
        format!("The chain restarts at record {}", count(record)),
        "A new chain begins, as when a program rotates its files or restarts. Nothing shows what happened in between.";
    /// A record names a predecessor that is not here, though earlier records of the chain are. How many by their numbers, if they have any.
    RecordsRemoved { before: u64, missing: Option<u64>, chain: Chain } = RecordRemoved,
        format!("{} removed before record {}", gone(missing), count(before)),
        format!("Record {} names a predecessor{} that is not here, while earlier records of the chain are.", count(before), chain.of());
    /// The same, where the earlier records are in another folder.
    PartMissing { before: u64, missing: Option<u64>, earlier: String, chain: Chain } = Gap,
        format!("{} missing before record {}", gone(missing).replace(" was", "").replace(" were", ""), count(before)),
        format!("Record {} names a predecessor{} that is not here, while earlier records of the chain are, in {earlier}.", count(before), chain.of());
    /// The same, where the earlier records may be of another chain.
    PartMayBeMissing { before: u64, earlier: String } = OutsideOpened,
        format!("Part of the chain may be missing before record {}", count(before)),
        format!("Record {} names a predecessor that is not here. Either a part between it and the end of {earlier} was not opened, or it belongs to another chain.", count(before));
    /// The first record here has a predecessor.
    StartsMidway { chain: Chain } = StartsMidway,
        format!("Starts in the middle of the chain{}", chain.of()),
        format!("The first record here{} follows another one that was not opened.", chain.of());
    /// Texts in records can be shifted without changing a hash. The text between them that stands in one too, if there is any.
    Shiftable { count: u64, delimiter: String } = PreimageAmbiguous,
        format!("{} whose texts can be shifted", plural(count, "record")),
        match delimiter.as_str() {
            "" => "The program joins texts without a separator and hashes the result, so characters can be moved from the end of one to the start of the next, and no hash shows it.".to_owned(),
            delimiter => format!("The program joins texts with “{}” and hashes the result. Here one of the texts contains it too, so a part of it can be moved to the next, and no hash shows it.", visible(delimiter)),
        };
    /// A record has no signature, though earlier ones have.
    SignatureMissing { record: u64, chain: Chain } = SignatureMissing,
        format!("Record {} lost its signature", count(record)),
        format!("Earlier records{} are signed, and this one is not: its signature was removed, or the record was added.", chain.of());
    /// A record was signed outside the dates of its key.
    KeyOutsideDates { record: u64, key: String, not_before: Option<i64>, not_after: Option<i64> } = KeyNotValid,
        format!("Record {} was signed outside the dates for which you trust {key}", count(record)),
        format!("You trust the key {}. The record's signed time is outside, or there is none.", dates(not_before, not_after));
    /// A record was signed by a key after it was handed over in another chain.
    KeyHandedOver { record: u64, key: String, since: i64 } = KeyNotValid,
        format!("Record {} was signed by {key} after it was handed over", count(record)),
        format!("In another chain here, {key} signed at {} that another key takes over. It signs no more in that name.", seconds(since));
    /// A record's signature or MAC fails.
    SignatureFails { record: u64, chain: Chain } = SealForged,
        format!("The signature of record {} fails", count(record)),
        format!("The signature or MAC of this record{} does not fit its content under the key that must have made it.", chain.of());
    /// A key that is trusted in another role.
    KeyHasOtherRole { key: String } = KeyNotForOrigin,
        format!("{key} is trusted, but not to sign logs"),
        format!("The signatures fit {key}, to which you gave another role, so they do not count.");
    /// A key that is trusted for other logs.
    KeyForOtherLogs { key: String } = KeyNotForOrigin,
        format!("{key} is trusted, but for other logs"),
        format!("The signatures fit {key}, which you trust for other origins. To trust it for this log too, add this log's origin to it.");
    /// One key signs in several names.
    KeyOfSeveral { key: String, signer: String } = KeyNotForOrigin,
        format!("{key} signs in more than one name, {signer} among them"),
        format!("One key signs for one agent, and you did not say for which agent {key} signs. Add the origins that it may sign for, such as “{signer}”.");
    /// A key signs in a name that is not its own.
    KeyOfAnother { key: String, signer: String } = KeyNotForOrigin,
        format!("{key} may not sign in the name of {signer}"),
        format!("The signatures fit {key}, but you did not trust it as the key of {signer}. If it is, add “{signer}” to its origins.");
    /// Nothing protects the last record.
    LastUnprotected { chain: Chain } = LastUnprotected,
        format!("Nothing protects the last record{}", chain.of()),
        "Each record's hash is only in the next record. This one has none after it and no signature that was checked, so it can be changed unnoticed.";
}
