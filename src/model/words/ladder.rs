//! The sentences of the ladder: why a question is answered as it is, what limits the answer, and what would strengthen it.

use serde::Serialize;

use super::keys::Keys;
use super::{are, clauses};
use crate::model::finding::Finding;
use crate::model::text::{count, plural, visible};
use crate::model::time::seconds;

clauses! {
    /// Why a question is answered as it is.
    Reason;
    /// Findings answer it; the first one, and how many more there are.
    Found { finding: Box<Finding>, more: u64 } = match more {
        0 => finding.title(),
        more => format!("{} and {} more", finding.title(), count(more)),
    };
    /// The log was not checked.
    NotChecked = "it was not checked";
    /// Parts of the log were not checked.
    NotAllChecked = "not everything was checked";
    /// The records could not be read.
    NotRead = "the records could not be read";
    /// Nothing seals the log.
    NothingSeals = "nothing seals this log, so the question cannot be answered";
    /// No key vouches for it.
    NoKeyVouches = "no key vouches for it";
    /// The keys answer it.
    Signed { keys: Keys } = keys.words();
    /// No time but the writer's.
    WritersClock = "only the writer's own clock is known";
    /// No signature states a time.
    NoSignedTime = "no trusted signature states a time";
    /// A file was sealed, and its seal is missing.
    SealMissing { said_by: String } = format!("{said_by} shows that this file was sealed, but no readable seal is here");

    /// Segments: all records are as sealed.
    NoRecordDiffers = "no record differs from what was sealed";
    /// Segments: no gap.
    NoGap = "records follow each other without a gap";
    /// Segments: none is here.
    NoSegment = "no segment of this log is here";
    /// Segments: a checkpoint from elsewhere states the same end.
    EndConfirmed { time: i64 } = format!("no, up to the checkpoint of {}", seconds(time));
    /// Segments: nothing is known of what came after the newest seal.
    EndUnknown { sealed_at: Option<i64> } = match sealed_at {
        Some(time) => format!("nothing is missing up to the newest seal of {}; what came after it is unknown", seconds(time)),
        None => "nothing is missing up to the newest seal, whose time is not signed; what came after it is unknown".to_owned(),
    };
    /// A signature fails.
    SignatureFails = "a signature does not fit what it signs";
    /// Segments: times contradict the seals.
    TimesContradict { backdated: u64, after_seal: u64, is_backwards: bool, clocks: Option<Clocks> } = {
        let mut parts = Vec::new();
        if backdated > 0 {
            parts.push(format!("{} backdated", are(backdated, "record")));
        }
        if after_seal > 0 {
            parts.push(format!("{} dated after the seal", are(after_seal, "record")));
        }
        if is_backwards {
            parts.push("a later seal has an earlier time".to_owned());
        }
        parts.extend(clocks.map(|clocks| {
            let Clocks { segment, sealed_at, witness, witnessed_at } = clocks;
            format!("{segment} was sealed at {}, but {witness} saw it at {}", seconds(sealed_at), seconds(witnessed_at))
        }));
        parts.join(", ")
    };
    /// Segments: two clocks agree.
    ClocksAgree = "the clocks of the sealer and of a witness agree";
    /// Segments: no time contradicts the seals.
    NoContradiction = "no time contradicts the seals";

    /// Excerpts: the proofs do not lead to the signed root.
    ProofFails = "the records do not lead to the signed root";
    /// Excerpts: the records are as sealed, but not the whole log is here.
    PartIsSealed { withheld: u64 } = format!("none of the records here; {} of the log not here", are(withheld, "record"));
    /// Excerpts: the records are as sealed.
    MembersOfLog = "every record here is a member of its sealed log";
    /// Excerpts: nothing of the log up to the newest seal is withheld.
    WholeToNewestSeal = "the log is complete up to its newest seal here";
    /// Excerpts: whole segments, but not all.
    SegmentsWhole { before: u64 } = format!("these segments are complete; {} before them not here", are(before, "record"));
    /// Excerpts: how many records are withheld.
    Withheld { to: u64, count: u64 } =
        format!("of records 0 to {}, {} withheld; their number and place are proven, the reason is not", crate::model::text::count(to), crate::model::text::count(count));
    /// Excerpts: how long the log is is unknown.
    NoLaterCheckpoint { size: u64 } = format!("no checkpoint of more than {} is here, so nothing shows whether the log continues", crate::model::text::plural(size, "record"));
    /// Excerpts: a checkpoint that came along says how long the log was.
    LogWasLonger { size: u64, after: u64 } =
        format!("a signed checkpoint in the bundle counts {}; the last {} not here", crate::model::text::plural(size, "record"), are(after, "record"));
    /// Excerpts: records between two parts are missing.
    MissingBetween { count: u64 } = format!("{} missing between these parts", are(count, "record"));
    /// Excerpts: sealed by this time.
    SealedBy { time: i64 } = format!("sealed by {}", seconds(time));
    /// Excerpts of chains: the rule of the chain is not known.
    RuleUnknown = "the rule of this chain is unknown";
    /// Excerpts of chains: the records are as signed.
    AsSigned = "every record here is as it was signed";
    /// Excerpts of chains: the records stand in the chain.
    InChain = "every record here is in the chain";
    /// Excerpts of chains: they do not.
    NotInChain = "records do not follow the chain";
    /// Excerpts of chains: the chain breaks.
    ChainBreaks = "the chain breaks";
    /// Excerpts of chains: nothing is known of what came before.
    BeforeUnknown = "what came before the first record is unknown";
    /// Excerpts of chains: nothing is withheld.
    NothingWithheld = "no record is withheld";
    /// Excerpts of chains: how many records are withheld; of these, the last ones are not fixed by the chain.
    WithheldFromChain { count: u64, open_end: u64 } = match open_end {
        0 => format!("{} withheld; the chain fixes their number and place, but not the reason", are(count, "record")),
        end => format!("{} withheld; the chain fixes their number and place, except for the last {}", are(count, "record"), crate::model::text::count(end)),
    };
    /// Excerpts of chains: where the chain ends here.
    EndsAt { head: String } = format!("the chain ends here at {}", visible(&head));

    /// Chains: every record gives its hash.
    HashesMatch = "every record matches its hash";
    /// Chains: every record follows its predecessor.
    RecordsFollow = "every record follows its predecessor";
    /// Chains: a signed last record closes it.
    ClosedByWriter = "its writer closed the chain with a signed last record";
    /// Chains: the end is unknown.
    ChainEndUnknown = "a chain cannot show that its end was cut off";
    /// Chains: signatures fail or are missing, though others hold.
    SignaturesFail { keys: Option<Keys> } = match keys {
        Some(keys) => format!("{}; a signature fails or is missing", keys.words()),
        None => "a signature fails or is missing".to_owned(),
    };
    /// Chains and journals: a shared secret vouches for it.
    SharedKey { keys: Keys } = format!("{}; anyone who has this shared key could have written the log", keys.words());
    /// Chains: the signatures hold for some of the records.
    SomeSigned { keys: Keys, signed: u64, of: u64 } = format!("{}, for {} of {}", keys.words(), count(signed), plural(of, "record"));

    /// CloudTrail: every file has its hash.
    ListedHashesMatch = "every listed file has its listed hash";
    /// CloudTrail: every file and digest is here.
    ListedFilesHere = "every listed file and every digest of the chain is here";
    /// CloudTrail: files are withheld, and none is missing.
    FilesWithheld { count: u64 } = format!("{} withheld, as the bundle's examiner states; nothing else is missing", are(count, "log file"));
    /// CloudTrail: how far the chain reaches, as the newest digest states it.
    ChainReaches { until: String } = format!("the chain reaches to {until}; newer digests could have been deleted unnoticed");
    /// CloudTrail: digests state their times.
    DigestTimes = "CloudTrail signs the time of each digest; event times are those of the services";

    /// Journals: the key is missing.
    VerificationKeyMissing = "the verification key is missing";
    /// Journals: every tag holds.
    TagsHold = "every tag holds";
    /// Journals: tags are in order.
    TagsFollow = "the tags follow each other in each file; whether the first or last files are missing cannot be shown";
    /// Journals: the end may have been cut off. How many entries are not sealed.
    TagsMayBeCut { unsealed: u64 } = match unsealed {
        0 => "entries and tags after the last one may have been cut off".to_owned(),
        more => format!("{} not sealed yet, and more may have been cut off", are(more, "entry")),
    };
    /// Journals: until when the machine's clock sealed.
    MachineClock { until: Option<i64> } = match until {
        Some(until) => format!("by the machine's own clock, sealed until {}", seconds(until)),
        None => "only the machine's own clock is known".to_owned(),
    };

    /// Tiles: every entry gives its hash.
    EntriesMatch = "every entry has its logged hash";
    /// Tiles: no gap.
    EntriesFollow = "the entries follow each other without a gap";
    /// Tiles: entries are missing.
    EntriesMissing = "not all entries are here";
    /// Tiles: the log may have grown.
    MayHaveGrown = "the log may have grown since the checkpoint";
    /// A key signed the checkpoint.
    CheckpointSigned { time: i64 } = format!("a key signed the checkpoint at {}", seconds(time));

    /// Proofs: the file was logged.
    FileLogged = "the file is the one that was logged";
    /// Proofs: it was not.
    FileDiffers = "the file differs from what was logged, or the proof belongs to another file";
    /// Proofs: it was not compared.
    FileNotCompared = "it was not checked against the proof";
    /// Proofs: the file is proven as a whole.
    FileIsWhole = "the file is proven as a whole";
    /// Proofs: not shown.
    NotShown = "not shown";
    /// Proofs: since when the file existed.
    FileLoggedBy { time: i64 } = format!("a key signed the log at {}; the file existed then", seconds(time));
}

/// Two clocks that contradict each other. Times in nanoseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Clocks {
    /// The segment's name.
    pub segment: String,
    /// When the sealer says that it was sealed.
    pub sealed_at: i64,
    /// The witness.
    pub witness: String,
    /// When the witness says that it saw it.
    pub witnessed_at: i64,
}

clauses! {
    /// What limits an answer: a condition, or what it does not cover. Each goes after a comma.
    Limit;
    /// If the key is genuine.
    KeyGenuine = "if the key is genuine";
    /// If it is CloudTrail's key.
    KeyOfCloudTrail = "if the key is CloudTrail's";
    /// The newest digest is not vouched for.
    NewestDigest = "except under the newest digest";
    /// If the sealer's clock was right.
    SealersClock = "if the sealer's clock was right";
    /// Unless the chain was computed again.
    Recomputed = "unless the whole chain was recomputed";
    /// Of the records here.
    OnlyHere = "for the records here";
    /// Records before the first one here.
    RecordsBefore { count: u64 } = format!("but the first {} not among what was opened", are(count, "record"));
    /// The copy was sealed on receipt.
    SealedOnReceipt { by: String, at: i64 } = format!("since {}, sealed on receipt by {}; nothing is said of the time before", seconds(at), visible(&by));
    /// Records between others.
    RecordsBetween = "but records are missing in between";
    /// Not everything was checked.
    NotAllChecked = "but not everything was checked";
    /// Chains: nothing is known of what came before.
    BeforeFirst = "but what came before the first record here is unknown";
    /// Chains: nothing is known of the time between two chains.
    BetweenChains = "but what came between the end of one chain and the start of the next is unknown";
    /// CloudTrail: the chain was restarted.
    BeforeRestart = "but nothing vouches for the time before the chain was restarted";
    /// CloudTrail: older digests are not here.
    OlderDigests = "but older digests are not here";
    /// CloudTrail: listed files were not opened.
    FilesNotOpened = "but files that the first digest lists were not opened";
    /// CloudTrail: files are in no digest.
    FilesUnlisted = "but some log files are in no digest";
    /// Journals: parts are not sealed, or were not checked.
    PartsNotSealed = "but other parts are not sealed or were not checked";
    /// Tiles: only up to the checkpoint.
    ToCheckpoint = "up to the checkpoint";
}

clauses! {
    /// What would strengthen an answer. Each goes after "To strengthen this:".
    Remedy;
    /// Finish the check.
    LetCheckFinish = "open the files again and let the check finish";
    /// Trust the sealer's key.
    TrustSealer = "trust the sealer's key, given to you by the sealer";
    /// Trust the log's key.
    TrustOperator = "trust the log's key, given to you by the log's operator";
    /// Trust the writer's key.
    TrustWriter = "add the writer's key with --trust, or have someone else keep the chain's head";
    /// Trust CloudTrail's keys.
    TrustCloudTrail = "add CloudTrail's public keys with --trust";
    /// Seal the log.
    SealIt = "get the seals or digest files from its owner, or seal it now to protect it from here on";
    /// Get the seal.
    GetSeal = "get the seal from the origin of the log";
    /// Get the seal again.
    GetSealAgain = "get the seal again from its origin";
    /// Get leaf hashes.
    GetLeaves = "get the .leaves files or another copy";
    /// Add segments that are missing.
    AddSegments = "add the missing segments";
    /// Add newer segments.
    AddNewerSegments = "add the newer segments";
    /// Add what is missing.
    AddMissing = "add what is missing";
    /// Add earlier records.
    AddEarlier = "add the earlier records";
    /// Another checkpoint.
    NewerCheckpoint = "add a newer checkpoint that someone else kept";
    /// Witnesses.
    Witness = "have a witness cosign the checkpoints, so that a second clock speaks";
    /// Another source.
    AnotherSource = "compare with another source that saw the same actions";
    /// Another copy.
    AnotherCopy = "compare with another copy";
    /// The chain's head.
    KeepHead = "have someone else keep the chain's head";
    /// Signatures.
    SignEverything = "have every record signed, or have someone else keep the chain's head";
    /// The head, compared.
    CompareHead = "compare the head of the chain with one that someone else kept";
    /// A later head.
    LaterHead = "get a later head of the chain";
    /// A time-stamp.
    StampHead = "have the chain's head time-stamped";
    /// Check the key.
    CheckKey = "check that you trust the right key";
    /// Add the chain's profile.
    AddProfile = "add its profile with --profile";
    /// The bundle again.
    GetBundleAgain = "get the bundle again";
    /// Whole segments.
    WholeSegments = "get the whole segments";
    /// The whole log.
    WholeLog = "get the whole log";
    /// Files from S3.
    FetchAgain = "fetch the files again from S3";
    /// Missing files from S3.
    FetchMissing = "fetch the missing files from S3";
    /// The digest from S3.
    FetchDigest = "fetch the digest again from S3";
    /// Its metadata.
    FetchHead = "fetch the newest digest's metadata";
    /// The newest digest.
    NewestDigest = "look in S3, or ask AWS for the newest digest";
    /// Withheld files.
    GetWithheld = "get the log files that are withheld";
    /// A time-stamp on digests.
    StampDigests = "have digests stamped by a second party";
    /// The verification key.
    AddVerificationKey = "add the verification key";
    /// Where the verification key is kept.
    KeepKeyAway = "keep the verification key away from the machine";
    /// The time of the last tag.
    KeepTagTime = "keep the time of the last tag somewhere else";
    /// The files of a log.
    GetFilesAgain = "get the files again from the log";
    /// Its bundles.
    GetBundles = "get the missing bundles from the log";
    /// Its checkpoint.
    GetCheckpoint = "get the checkpoint again from the log";
    /// A newer or cosigned one.
    CosignedCheckpoint = "add a newer checkpoint, or one that a witness cosigned";
    /// Witnesses for the log.
    WitnessLog = "have witnesses cosign the log";
}
