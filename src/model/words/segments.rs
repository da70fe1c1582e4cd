//! What is seen of sealed segments.

use serde::{Deserialize, Serialize};

use super::{facts, span, were};
use crate::model::text::{count, plural};
use crate::model::time::seconds;

/// What says how the log began, up to some size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Source {
    /// The signed checkpoint of a segment; the segment's path.
    Checkpoint(String),
    /// The history before a segment, hashed into its checkpoint; the segment's path.
    History(String),
    /// The records of a segment; its path.
    Records(String),
    /// A seal without its segment; the seal's path.
    Seal(String),
    /// A checkpoint on its own; its path.
    Lone(String),
    /// An excerpt; its path.
    Excerpt(String),
}

impl Source {
    pub(super) fn words(&self) -> String {
        match self {
            Self::Checkpoint(path) => format!("the signed checkpoint of {path}"),
            Self::History(path) => format!("the history before {path}"),
            Self::Records(path) => format!("the records of {path}"),
            Self::Seal(path) => format!("the seal {path}"),
            Self::Lone(path) => format!("the checkpoint {path}"),
            Self::Excerpt(path) => path.clone(),
        }
    }
}

/// Whether all segments, or some of them, are concerned.
fn share(number: u64, of: u64) -> String {
    if number == of { "Every segment was".to_owned() } else { format!("{} of {} were", count(number), plural(of, "segment")) }
}

facts! {
    /// What is seen of sealed segments.
    SegmentFact, place, name;
    /// What a seal covers cannot be unpacked.
    Damaged { cause: String } = SegmentAltered, format!("{name} is damaged"), cause;
    /// A trusted key's signature does not fit the seal.
    SealForged { seal: String, cause: String } = SealForged,
        if place.path == seal { format!("The seal {name} is forged or damaged") } else { format!("The seal of {name} is forged or damaged") },
        format!("{seal}: {cause}. The records may be genuine, but this seal cannot vouch for them.");
    /// A file has another name than its seal.
    Renamed { seal: String } = SealForAnotherFile,
        format!("{name} was renamed"),
        format!("No file has the name that belongs to the seal {seal}, but the records of {} are the sealed ones.", place.path);
    /// The seals of two segments were exchanged.
    SealsExchanged { seal: String, owner: String } = SealForAnotherFile,
        "Seals were exchanged",
        format!("The seal beside {} belongs to {owner}. With {seal} its records verify.", place.path);
    /// The unsigned lines of a seal are wrong.
    SealLinesWrong { seal: String } = SealDamaged,
        "The seal's unsigned lines were changed",
        format!("The unsigned lines of {seal} are wrong. With those that follow from the previous segment, every record leads to the signed root.");
    /// Another file holds the same sealed records.
    CopyOf { other: String } = DuplicateSegment,
        format!("{name} is here twice"),
        format!("{other} and {} hold the same sealed records.", place.path);
    /// A byte-order mark was added.
    ByteOrderMark = ByteOrderMarkAdded,
        format!("A byte-order mark was added to {name}"),
        "The file starts with a byte-order mark that was not there when it was sealed. Without it every record verifies.";
    /// Line ends were converted.
    LineEnds = LineEndsChanged,
        format!("The line ends of {name} were converted"),
        "The line ends were converted after sealing. With them changed back every record verifies.";
    /// Blank lines were added at the end.
    BlankLines = LineEndsChanged,
        format!("{name} has blank lines at its end"),
        "After the sealed records the file has empty lines that were not sealed. Without them every record verifies.";
    /// The leaf hashes do not lead to the signed root.
    LeavesNotBelieved { cause: String } = LeavesNotBelieved, "The leaf hashes are not used", format!("{cause}.");
    /// All sealed records are here, and more after them.
    RecordsAppended { after: u64, count: u64, sealed: u64 } = RecordInserted,
        format!("{} inserted after record {}", plural(count, "record"), crate::model::text::count(after)),
        format!("The sealed part, {}, is complete and unaltered. After it the file holds {} more, which were never sealed.",
            plural(sealed, "record"), crate::model::text::count(count));
    /// The file is one sealed record, and differs.
    FileAltered = RecordAltered,
        format!("{name} was altered"),
        "The whole file is one sealed record, and its bytes are not those that were sealed. Every entry in it is unproven.";
    /// Something differs; where is not known. `from` is known where the start of the segment is proven.
    AlteredSomewhere { from: Option<u64>, to: u64 } = SegmentAltered,
        format!("{name} was altered somewhere"),
        match from {
            Some(from) => format!("{} do not lead to the signed root: at least one is not as it was sealed. Without leaf hashes that lead to this root, the place is unknown.", span("record", from, to).replacen('r', "R", 1)),
            None => format!("Its records do not lead to the signed root of the log up to record {}: at least one is not as it was sealed. Where the segment starts is not proven either, so the number of sealed records is unknown.", count(to)),
        };
    /// The file holds fewer records than sealed.
    RecordsMissing { sealed: u64, here: u64 } = RecordsMissing,
        format!("{} missing from {name}", plural(sealed.saturating_sub(here), "record")),
        format!("The seals count {}, the file holds {}.", plural(sealed, "record"), count(here));
    /// The file holds more records than sealed.
    RecordsAdded { sealed: u64, here: u64 } = RecordsAdded,
        format!("{} added to {name}", plural(here.saturating_sub(sealed), "record")),
        format!("The seals count {}, the file holds {}.", plural(sealed, "record"), count(here));
    /// So much differs that single changes cannot be separated.
    AlteredWithin { from: u64, to: u64 } = SegmentAltered,
        format!("{} unproven", span("Record", from, to)),
        format!("So much was changed between record {} and record {} of {name} that single changes cannot be separated. The records before and after are proven.", count(from), count(to));
    /// No record has its sealed hash.
    NoRecordFits { here: u64 } = SegmentAltered,
        format!("No record of {name} fits its seal"),
        format!("None of {} gives its sealed hash: the whole file was exchanged, or the seal's unsigned secret was changed.", plural(here, "record"));
    /// Records before the first one were removed, and the seal's unsigned lines changed to fit.
    StartRemoved { first: u64 } = RecordRemoved,
        format!("Records before record {} were removed", count(first)),
        format!("{name} was made to start at record {}, but the signed hash of that record shows that its segment started earlier.", count(first));
    /// Records differ.
    RecordsAltered { from: u64, to: u64, line: u64 } = RecordAltered,
        format!("{} {} altered", span("Record", from, to), were(from, to)),
        format!("Line {} of {name} does not give the sealed hash of this record. The other records of the segment show that only this place differs.", count(line));
    /// Records are not there. No line if they stood at the end.
    RecordsRemoved { from: u64, to: u64, line: Option<u64> } = RecordRemoved,
        format!("{} {} removed", span("Record", from, to), were(from, to)),
        match (line, if from == to { "It" } else { "They" }) {
            (Some(line), they) => format!("{they} stood before line {} of {name}. The sealed hashes show the place and the number.", count(line)),
            (None, they) => format!("{they} stood at the end of {name}. The file now stops before."),
        };
    /// Records that were never sealed.
    RecordsInserted { after: u64, count: u64, line: u64 } = RecordInserted,
        format!("{} inserted after record {}", plural(count, "record"), crate::model::text::count(after)),
        format!("From line {} of {name} on, the file holds {} that {} never sealed.", crate::model::text::count(line), plural(count, "record"), were(1, count));
    /// Records stand in another place.
    RecordsMoved { from: u64, to: u64, line: u64 } = RecordMoved,
        format!("{} {} moved", span("Record", from, to), were(from, to)),
        if from == to {
            format!("It is genuine, but is at line {} of {name}, out of the sealed order.", count(line))
        } else {
            format!("They are genuine, but stand from line {} of {name} on, out of the sealed order.", count(line))
        };
    /// More changes than are listed.
    MorePlaces { count: u64 } = SegmentAltered,
        format!("{} in {name}", plural(count, "more place")),
        "Only the first thousand are listed one by one. Every record is marked in the timeline and the table.";
    /// Two histories of one log.
    Fork { size: u64, one: Source, other: Source, is_proven: bool } = Fork,
        format!("Two histories up to record {}", count(size)),
        format!("For the first {} of the log, {} and {} give different roots. Both cannot be true.", plural(size, "record"), one.words(), other.words());
    /// A checkpoint on its own whose signature fails.
    CheckpointForged { cause: String } = SealForged, "A checkpoint is forged or damaged", format!("{}: {cause}.", place.path);
    /// A checkpoint on its own that no trusted key signed.
    CheckpointUnknown = UnknownKey,
        "A checkpoint by an unknown key",
        format!("{} is signed by a key that you do not trust, so the log is not checked against it.", place.path);
    /// A checkpoint counts more records than are here.
    Truncated { stated: u64, here: u64, is_proven: bool } = Truncated,
        format!("{} missing at the end", plural(stated.saturating_sub(here), "record")),
        format!("The checkpoint {} counts {}; {} here. The last {} missing.", place.path, plural(stated, "record"),
            if here == 1 { "1 is".to_owned() } else { format!("{} are", count(here)) },
            if stated.saturating_sub(here) == 1 { "one is".to_owned() } else { format!("{} are", count(stated.saturating_sub(here))) });
    /// A second seal of a segment that is here.
    SecondSeal { of: String } = SealWithoutSegment, format!("{name} is a second seal"), format!("{} repeats the seal of {of}.", place.path);
    /// A seal whose file is not here; the last record that it seals.
    SealWithoutFile { last: u64, search_was_cut: bool, is_proven: bool } = SealWithoutSegment,
        format!("The file that {name} seals is missing"),
        format!("{} seals a file that ends with record {} of the log. No file among those opened fits it.{}", place.path, count(last),
            if search_was_cut { " Not all files were searched, because there are too many." } else { "" });
    /// Records between two segments are not here. `previous` ends before them.
    Gap { from: u64, to: u64, previous: String, is_proven: bool } = Gap,
        format!("{} missing", match from == to { true => format!("Record {} is", count(from)), false => format!("{} are", span("Record", from, to)) }),
        format!("{previous} ends before record {}. The next segment here, {}, starts at record {}. Its seal proves that {} between them existed.",
            count(from), place.path, count(to.saturating_add(1)), plural(to.saturating_sub(from).saturating_add(1), "record"));
    /// The first record here is not the log's first.
    StartsMidway { first: u64 } = StartsMidway,
        format!("Starts at record {}", count(first)),
        format!("The first segment here is {}. {} before it not among what was opened.", place.path, super::are(first, "record"));
    /// Two segments hold the same records.
    Overlap { from: u64, to: u64, other: String, agrees: bool, is_counted_once: bool } = Overlap,
        format!("{} here twice", super::are(to.saturating_sub(from).saturating_add(1), "record")),
        format!("{} and {other} both hold {}. {}", place.path, span("record", from, to),
            match (agrees, is_counted_once) {
                (true, true) => "They agree, so the records are counted once.",
                (true, false) => "They agree, but the longer one is proven less well, so both are counted.",
                (false, _) => "Nothing shows that they agree.",
            });
    /// A seal is older than the one before it.
    SealTimeBackwards { sealed_at: i64, before: i64 } = SealTimeBackwards,
        "A seal is older than the one before it",
        format!("{} was sealed at {}, its predecessor at {}.", place.path, seconds(sealed_at), seconds(before));
    /// A record claims a time before the previous seal.
    Backdated { record: u64, time: i64, before: i64 } = Backdated,
        format!("Record {} claims a time before the previous seal", count(record)),
        format!("It states {}, but the log was already sealed up to the record before this segment at {}.", seconds(time), seconds(before));
    /// The same of more records than are listed; the first one's time.
    MoreBackdated { count: u64, time: i64, before: i64 } = Backdated,
        format!("{} of {name} before the previous seal", plural(count, "more time")),
        format!("One states {}, but the log was already sealed up to the record before this segment at {}.", seconds(time), seconds(before));
    /// A record claims a time after its own seal.
    TimeAfterSeal { record: u64, time: i64, sealed_at: i64 } = TimeAfterSeal,
        format!("Record {} claims a time after its own seal", count(record)),
        format!("It states {}, but its seal was signed at {}.", seconds(time), seconds(sealed_at));
    /// The same of more records than are listed; the first one's time.
    MoreAfterSeal { count: u64, time: i64, sealed_at: i64 } = TimeAfterSeal,
        format!("{} of {name} after its seal", plural(count, "more time")),
        format!("One states {}, but the seal was signed at {}.", seconds(time), seconds(sealed_at));
    /// Segments were sealed long after their newest record.
    SealedLater { count: u64, of: u64 } = SealedLater,
        "Sealed long after it was written",
        format!("{} sealed more than 30 days after the newest record in it. What happened to the log until then cannot be known.", share(count, of));
    /// A seal cannot be read.
    SealUnreadable { cause: String } = SealUnreadable,
        format!("The seal {name} cannot be read"),
        format!("{}: {cause}. The file that it belongs to is shown without proof.", place.path);
}
