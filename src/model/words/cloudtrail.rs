//! What is seen of CloudTrail's digests and the log files that they list.

use super::facts;
use crate::model::text::{name_of, plural, shell_word};

/// The command that fetches the metadata of a digest from S3, in which its signature lies. `digest` is the path of the digest here.
pub fn fetch_head(bucket: &str, object: &str, digest: &str) -> String {
    format!(
        "aws s3api head-object --bucket {} --key {} > {}",
        shell_word(bucket),
        shell_word(object),
        shell_word(&format!("{}.head-object.json", name_of(digest)))
    )
}

facts! {
    /// What is seen of CloudTrail's digests.
    CloudTrailFact, place, name;
    /// A digest is here with different contents, and nothing shows that this one is genuine.
    DigestTwice { object: String } = SealForged,
        format!("{} is here with different contents", name_of(&object)),
        "Only one of them can be what CloudTrail delivered, and nothing shows that it is this one.";
    /// Different contents of one digest are signed.
    DigestSignedTwice { object: String } = Fork,
        format!("{} was signed with different contents", name_of(&object)),
        "Both signatures hold.";
    /// The signature of a digest lies in its metadata, which is not here.
    SignatureMissing { bucket: String, object: String } = DigestUnsigned,
        "The signature of a digest is missing",
        format!("No later digest here repeats the signature of {name}, so it is only in its S3 metadata. Fetch it with: {}", fetch_head(&bucket, &object, &place.path));
    /// The signature of a digest fails.
    DigestForged = SealForged,
        format!("The digest {name} is not genuine"),
        "Its signature does not fit its content. Nothing vouches for what it lists.";
    /// The key of a digest is not here.
    KeyMissing { fingerprint: String } = UnknownKey,
        format!("The key {fingerprint} of the digests is missing"),
        "Fetch it with: aws cloudtrail list-public-keys --start-time … > keys.json, and add it with --trust.";
    /// The key of a digest came with the evidence.
    KeyCameAlong { key: String } = UnknownKey,
        "CloudTrail's key came with the evidence",
        format!("The signatures fit {key}, but the author of the folder could have made the key too. Fetch the keys from AWS yourself and add them with --trust.");
    /// Saved metadata give different signatures for a digest.
    HeadsDiffer = SealForged,
        format!("Two signatures for {name}"),
        "Saved outputs of head-object give different signatures for it.";
    /// A digest names no predecessor, though older ones are here.
    Restarted = Restarted,
        "The digest chain was restarted",
        format!("{name} names no predecessor, though older digests are here. Validation was stopped and started again; nothing vouches for the time in between.");
    /// A digest's content is not what the next one says.
    DigestAltered { by: String } = SealForged,
        format!("The digest {name} was altered"),
        format!("{by} states another hash for it than its content has.");
    /// A digest's metadata and the next digest give different signatures.
    SignaturesDiffer { by: String } = SealForged,
        format!("Two signatures for {name}"),
        format!("Its saved metadata and {by} give different signatures.");
    /// The digest before this one could not be read.
    PreviousUnread { previous: String } = OutsideOpened,
        "A digest of the chain could not be read",
        format!("{name} follows {previous}, which could not be read.");
    /// The digest before this one is not here, though older ones are.
    DigestMissing { previous: String, is_proven: bool } = DigestMissing,
        format!("The digest {previous} is missing"),
        format!("{name} follows {previous}, which is not among what was opened. The log files that only it lists cannot be checked.");
    /// Older digests are not here.
    StartsMidway = StartsMidway, format!("Starts with {name}"), "Older digests are not among what was opened.";
    /// A file that is named as a digest could not be read.
    DigestUnread { cause: String } = OutsideOpened, format!("The digest {name} could not be read"), cause;
    /// A file that is named as a digest holds something else.
    NotADigest { cause: String } = SealUnreadable,
        format!("The digest {name} cannot be read"),
        format!("{} is named as a digest, but holds something else ({cause}). It is read as what it holds.", place.path);
    /// A digest is damaged.
    DigestDamaged { cause: String } = SealUnreadable,
        format!("The digest {name} cannot be read"),
        format!("{}: {cause}. The log files of its hour have no proof.", place.path);
    /// A listed file cannot be unpacked.
    FileDamaged { cause: String } = RecordAltered,
        format!("{name} is damaged"),
        format!("{}. It cannot be the file that its digest lists.", cause.trim_end_matches('.'));
    /// A file is listed with different hashes.
    ListedTwice = Fork, format!("{name} is listed twice, with different hashes"), "Two genuine digests list it with different hashes.";
    /// A file has another name or folder than its digest says.
    FileMoved { object: String } = LogFileMoved,
        format!("{name} has another name or is in another folder"),
        format!("Its digest calls it {object}. Its content was checked all the same.");
    /// No digest lists a file.
    FileUnlisted = LogFileUnlisted,
        format!("No digest lists {name}"),
        "The file is among the log files, but no digest here lists it: its digest is missing or newer, or somebody put it there.";
    /// A digest names a hash algorithm that is not known.
    HashUnknown = Unreadable, format!("{name} cannot be checked"), "Its digest names an unknown hash algorithm.";
    /// A file does not give its listed hash.
    FileAltered { digest: String, records: u64 } = RecordAltered,
        format!("{name} was altered"),
        format!("Its bytes do not give the hash that {digest} lists. It holds {}; which of them differ is unknown.", plural(records, "record"));
    /// A listed file was withheld from the bundle.
    FileWithheld { digest: String, object: String } = LogFileWithheld,
        format!("{} is withheld", name_of(&object)),
        format!("The digest {digest} lists {object}. The examiner who made the bundle had it, with the listed hash, and left it out.");
    /// A listed file is not here.
    FileMissing { digest: String, object: String, searched_all: bool } = LogFileMissing,
        format!("{} is missing", name_of(&object)),
        format!("The digest {digest} lists {object}, but no file of that name is among what was opened.{}",
            if searched_all { "" } else { " Not all files with other names were searched." });
    /// Files that the first digest lists, in a folder of which nothing was opened.
    FolderOutside { folder: String, count: u64 } = OutsideOpened,
        format!("{} of the day before {} not opened", plural(count, "log file"), if count == 1 { "was" } else { "were" }),
        format!("The first digest here lists {} in {folder}, of which nothing was opened. Add that folder.", plural(count, "file"));
}
