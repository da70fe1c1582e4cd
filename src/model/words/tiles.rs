//! What is seen of logs in tiles.

use super::{facts, span};
use crate::model::text::{count, plural};

facts! {
    /// What is seen of logs in tiles.
    TileFact, place, name;
    /// The checkpoint's signature fails.
    CheckpointForged { cause: String } = SealForged, "The checkpoint is forged or damaged", format!("{}: {cause}.", place.path);
    /// The checkpoint cannot be read.
    CheckpointUnreadable { cause: String } = SealUnreadable, "The checkpoint cannot be read", format!("{}: {cause}.", place.path);
    /// The entries do not lead to the checkpoint, and no hash tiles show where they differ.
    AlteredSomewhere = SegmentAltered,
        format!("{} was altered somewhere", place.log.as_deref().unwrap_or("The log")),
        "The entries do not lead to the checkpoint's root, and no hash tiles that lead to it show where.";
    /// A bundle that the checkpoint covers cannot be cut into entries.
    BundleDamaged { cause: String } = SegmentAltered,
        format!("The bundle {name} is damaged"),
        format!("{}. It cannot be the bundle that the checkpoint covers.", cause.trim_end_matches('.'));
    /// A bundle could not be read.
    BundleUnread { cause: String } = Unreadable, format!("The bundle {name} could not be read to its end"), cause;
    /// A bundle differs in many places.
    BundleAltered = SegmentAltered,
        format!("The bundle {name} was altered"),
        "Its entries are not those of the hash tiles, which lead to the signed root.";
    /// An entry differs.
    EntryAltered { entry: u64 } = RecordAltered,
        format!("Entry {} was altered", count(entry)),
        "Its hash is not the one in the hash tiles, which lead to the signed root.";
    /// An entry is not there.
    EntryRemoved { entry: u64 } = RecordRemoved,
        format!("Entry {} was removed", count(entry)),
        "Its hash is in the hash tiles, which lead to the signed root, but the bundle does not hold it.";
    /// An entry that was never logged.
    EntryInserted { after: u64 } = RecordInserted,
        format!("An entry was inserted after entry {}", count(after)),
        "Its hash is not in the hash tiles, which lead to the signed root.";
    /// An entry stands in another place.
    EntryMoved { entry: u64 } = RecordMoved,
        format!("Entry {} was moved", count(entry)),
        "Its hash is in the hash tiles, but at another place.";
    /// A bundle holds more entries than its name says.
    TooManyEntries { stated: u64, here: u64 } = RecordsAdded,
        format!("The bundle {name} holds too many entries"),
        format!("Its name states {}; it holds {}.", plural(stated, "entry"), count(here));
    /// The checkpoint counts more entries than are here.
    Truncated { stated: u64, here: u64 } = Truncated,
        format!("{} missing at the end", plural(stated.saturating_sub(here), "entry")),
        format!("The checkpoint {} counts {}; {} here.", place.path, plural(stated, "entry"),
            if here == 1 { "1 is".to_owned() } else { format!("{} are", count(here)) });
    /// Entries are not here.
    Gap { from: u64, to: u64 } = Gap,
        format!("{} missing", if from == to { format!("Entry {} is", count(from)) } else { format!("{} are", span("Entry", from, to)) }),
        "The bundle before this one is missing or cut short, though the checkpoint counts its entries.";
    /// Entries after the checkpoint.
    AfterCheckpoint { stated: u64, count: u64 } = AfterLastSeal,
        format!("{} after the checkpoint", plural(count, "entry")),
        format!("The checkpoint counts {}. What follows may be new, or made up.", plural(stated, "entry"));
    /// Two checkpoints contradict each other.
    Fork { size: u64, other: String } = Fork,
        format!("Two histories up to entry {}", count(size)),
        format!("{} and {other} give two roots for the first {}.", place.path, plural(size, "entry"));
    /// A checkpoint by nobody whom the user trusts tells another history.
    StrangersCheckpoint { size: u64 } = UnknownKey,
        "A stranger's checkpoint is here",
        format!("{} shows another history of {}, but no key that you trust for it signed it, so it counts for nothing.", place.path, place.log.as_deref().unwrap_or("the log"));
    /// A checkpoint of another log.
    OtherLog { origin: String } = SealForAnotherFile,
        "A checkpoint of another log is here",
        format!("{} is a checkpoint of {origin}, not of {}. It counts for nothing here.", place.path, place.log.as_deref().unwrap_or("this log"));
    /// An older copy of a bundle is not its beginning.
    CopyDiffers { whole: String } = SegmentAltered,
        format!("The partial bundle {name} differs"),
        format!("It is not the beginning of {whole}, as an older copy of the same bundle would be.");
}
