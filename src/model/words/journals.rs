//! What is seen of systemd's journals with forward-secure sealing.

use serde::{Deserialize, Serialize};

use super::facts;
use crate::model::text::{count, plural};

/// What is wrong with the place or the time of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Misplaced {
    /// Tags before it are missing; the number of the one that it follows.
    Follows(u64),
    /// It is of an older epoch than the one before it.
    OlderEpoch,
    /// So many epochs before it have no tag.
    EpochsMissing(u64),
    /// An entry that it covers is younger than the tag.
    EntryYounger,
    /// An entry that it covers is dated before the epoch of the tag before it.
    EntryOlder,
}

impl Misplaced {
    /// It as a clause about a tag.
    pub fn words(self, tag: u64) -> String {
        match self {
            Self::Follows(before) => format!("tag {tag} follows tag {before}, so tags between them are missing"),
            Self::OlderEpoch => format!("tag {tag} is of an older epoch than the one before it"),
            Self::EntryYounger => format!("an entry under tag {tag} is younger than the tag itself"),
            Self::EntryOlder => format!("an entry under tag {tag} is dated before the epoch of the tag before it"),
            Self::EpochsMissing(number) => {
                let has = if number == 1 { "has" } else { "have" };
                format!("{} before tag {tag} {has} no tag, though the journal says that each has one", plural(number, "epoch"))
            }
        }
    }
}

/// How an entry stands under the tags. Ordered from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cover {
    /// Its own tag holds, and those over every field that it refers to.
    Whole,
    /// A part of it stands behind the last tag.
    Behind,
    /// A part of it stands under a tag whose key was not computed.
    Unknown,
    /// A part of it stands under a tag that fails.
    Failing,
    /// It refers to a field that is not there.
    Torn,
}

facts! {
    /// What is seen of journals.
    JournalFact, place, name;
    /// The file cannot be unpacked.
    Damaged { cause: String } = SegmentAltered, format!("{name} is damaged"), cause;
    /// None of the file's tags fits a key that fits other files of its machine and time.
    TagsReplaced = SegmentAltered,
        format!("{name} was altered, or its tags were replaced"),
        "A verification key fits other files of the same machine and the same time, but none of the tags of this one.";
    /// The verification key is not here. Whether stored keys were tried, and none fits.
    KeyMissing { is_unfit: bool } = UnknownKey,
        format!("The verification key of {name} is missing"),
        if is_unfit {
            "None of your stored verification keys fits any of its tags: it belongs to another machine, or every tag was replaced. Nothing was checked."
        } else {
            "The journal says that it is sealed, but nothing was checked. Add the verification key that journalctl --setup-keys printed, with --trust or in the Keys panel."
        };
    /// The header cannot be read.
    HeaderUnreadable = Unreadable, format!("{name} is not a complete journal"), "Its header cannot be read.";
    /// The tags ask for too many keys.
    TooManyKeys = Unreadable,
        format!("{name} could not be checked to its end"),
        "Its tags need so many keys out of order that the rest was not checked.";
    /// The structure breaks off, in a file whose key fits.
    SealedPartBreaksOff { cause: String } = SegmentAltered,
        format!("{name} breaks off"),
        format!("Its structure breaks {cause}. What follows cannot be read.");
    /// The structure breaks off, in a file whose sealing was not checked.
    BreaksOff { cause: String } = Unreadable,
        format!("{name} breaks off"),
        format!("Its structure breaks {cause}. What follows cannot be read.");
    /// The lists of entries do not fit the entries. Those of a file that is still open may lag behind.
    IndexDamaged { cause: String, is_closed: bool } = IndexDamaged,
        format!("{name} has damaged lists of entries"),
        format!("In particular, {cause}. All entries are shown here, whatever the lists say.");
    /// The header says that a sealed file was never sealed.
    FlagCleared = SealForged,
        format!("{name} says that it was never sealed"),
        "Its tags show that it was sealed, but its header says that it was not.";
    /// The header counts more tags than are here.
    TagsMissing { stated: u64, here: u64 } = Truncated,
        format!("The last {} of {name} {} missing", plural(stated.saturating_sub(here), "tag"), if stated.saturating_sub(here) == 1 { "is" } else { "are" }),
        format!("Its header counts {}; {} here.", plural(stated, "tag"), super::are(here, "tag"));
    /// The header counts fewer tags than are here.
    TagsAdded { stated: u64, here: u64 } = IndexDamaged,
        format!("{name} has more tags than its header counts"),
        format!("Its header counts {}; {} here.", plural(stated, "tag"), super::are(here, "tag"));
    /// The header's end stands before the end of what is there.
    CutByHeader { objects: u64 } = Truncated,
        format!("{name} was cut short by its header"),
        format!("{} after the end that its header names, where other programs stop reading.", match objects { 1 => "1 object stands".to_owned(), _ => format!("{} stand", plural(objects, "object")) });
    /// Entries after the last tag.
    AfterLastTag { count: u64 } = AfterLastSeal,
        format!("{name} has {} that no tag covers", plural(count, "entry")),
        format!("{} written after its last tag, so nothing vouches for {} yet.", if count == 1 { "It was" } else { "They were" }, if count == 1 { "it" } else { "them" });
    /// A tag does not hold. The entries that it covers, if it covers any.
    TagFails { tag: u64, offset: u64, entries: Option<(u64, u64)> } = SegmentAltered,
        match entries {
            Some((from, to)) if from == to => format!("{name} was altered at entry {}", count(from)),
            Some((from, to)) => format!("{name} was altered between entries {} and {}", count(from), count(to)),
            None => format!("{name} was altered before tag {tag}"),
        },
        format!("Tag {tag} at byte {offset:x} does not hold for what stands between it and the tag before it.");
    /// A tag is not where it should be.
    TagMisplaced { tag: u64, fault: Misplaced } = Gap,
        format!("{name} has tag {tag} out of place"),
        format!("{}.", fault.words(tag).replacen('t', "T", 1));
    /// Entries are numbered from file to file, and numbers before the first one of this file are in none. The first of them, and how many.
    NumbersMissing { first: u64, entries: u64 } = Gap,
        format!("{} missing before {name}", super::are(entries, "entry")),
        format!(
            "Entries are numbered from file to file, and no file here has the numbers {} to {}. A whole file is missing, or a journal of a user has them.",
            count(first),
            count(first.saturating_add(entries.saturating_sub(1)))
        );
    /// An entry is younger than the tag that covers it.
    EntryAfterTag { tag: u64 } = TimeAfterSeal,
        format!("{name} has an entry younger than its tag"),
        format!("An entry under tag {tag} is younger than the tag itself.");
    /// An entry is dated before the epoch of the tag before it.
    EntryBeforeTag { tag: u64 } = Backdated,
        format!("{name} has an entry dated before the previous tag"),
        format!("An entry under tag {tag} is dated before the epoch of the tag before it.");
}
