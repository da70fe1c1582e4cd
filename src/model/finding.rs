//! What verification saw: a code, a place and plain words.

use serde::Serialize;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; harmless.
    Info,
    /// Needs a look; not proof of tampering.
    Warning,
    /// Proof that something is not as it was sealed, or is missing though a seal says it existed.
    Error,
}

impl Severity {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $severity:ident, $meaning:literal, $next:literal;)*) => {
        /// The kinds of findings. Each has one kebab-case code, a severity and standing advice.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code, in the order of the README's table.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The kebab-case name used in JSON and documentation.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The severity of every finding with this code.
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// What such a finding can mean, harmless causes included.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)* }
            }

            /// What to do next.
            pub fn next_step(self) -> &'static str {
                match self { $(Self::$name => $next,)* }
            }
        }
    };
}

codes! {
    /// A record's bytes differ from the sealed ones.
    RecordAltered = "record-altered", Error,
        "Someone or something changed this record after it was sealed. Rotation, recompression and renaming do not change records, so they do not explain it.",
        "Compare it with another copy of the log, and ask who could write to this file after the signed time.";
    /// A sealed record is not in the file.
    RecordRemoved = "record-removed", Error,
        "A record that was there when the segment was sealed has been taken out. A copy that broke off loses records at the end, never in the middle.",
        "Look for another copy of the segment; the records before and after it are proven.";
    /// The file holds a record that was never sealed.
    RecordInserted = "record-inserted", Error,
        "A record was added after sealing. If it stands at the very end, a program may have gone on writing to a segment that was already sealed.",
        "Treat the record as a claim without proof, and ask who could write to this file after the signed time.";
    /// A sealed record stands in another place.
    RecordMoved = "record-moved", Error,
        "The record is genuine but not in its place: someone sorted or rearranged the file after it was sealed.",
        "Its content can be believed; its order cannot. Compare with another copy.";
    /// Something in the segment differs, and without leaf hashes the place is unknown.
    SegmentAltered = "segment-altered", Error,
        "At least one record of this segment is not as it was sealed. Which one cannot be told without the segment's .leaves file.",
        "Ask the log's owner for the .leaves file or another copy; until then believe no single record of this segment.";
    /// The file holds fewer records than sealed, and the place is unknown.
    RecordsMissing = "records-missing", Error,
        "Records were removed, or the copy broke off before its end.",
        "Copy the segment again from its origin and compare its size.";
    /// The file holds more records than sealed, and the place is unknown.
    RecordsAdded = "records-added", Error,
        "Records were added after sealing.",
        "Ask for the .leaves file or another copy to learn which.";
    /// Two histories of one log.
    Fork = "fork", Error,
        "The log's key signed two histories that contradict each other, or the earlier part was exchanged. No accident explains two valid signatures.",
        "Keep both copies. Ask the sealer, and anyone who holds an older checkpoint, which history they saw.";
    /// Record numbers jump.
    Gap = "gap", Error,
        "A later seal proves that these records existed; they are not among what was opened. Perhaps a file was simply left out.",
        "Add the missing segment. If nobody has it, it was deleted.";
    /// Segments cover the same records.
    Overlap = "overlap", Info,
        "Two segments hold the same records and agree. That happens when a log is exported twice with different limits.",
        "Nothing: the records are counted once.";
    /// A signature of a known key fails, or the seal cannot be what was signed.
    SealForged = "seal-forged", Error,
        "The seal was forged, or damaged in transport. The records may be good, but this seal cannot vouch for them.",
        "Get the seal again from its origin.";
    /// The unsigned part of the seal was changed, the records are proven all the same.
    SealDamaged = "seal-damaged", Error,
        "The seal's unsigned lines do not fit its signed checkpoint: they were edited or damaged.",
        "Get the seal again from its origin.";
    /// The seal cannot be read.
    SealUnreadable = "seal-unreadable", Error,
        "The file beside the segment is named as a seal, but is damaged, cut short or of a newer version.",
        "Get the seal again from its origin, or open it with a newer version.";
    /// Something says that a file was sealed, and its seal is not here.
    SealMissing = "seal-missing", Warning,
        "A file of leaf hashes lies beside the file, as sealing makes it, but no seal. The seal was deleted, or only not copied.",
        "Get the seal from where the log came. Until then nothing can be checked.";
    /// No trusted key among the signatures.
    UnknownKey = "unknown-key", Warning,
        "No key that you trust vouches for it, so anyone could have made it. Where the key itself is not here, its seal was not checked at all.",
        "Get the sealer's public key from the sealer, not from the evidence, and add it with --trust or in the Keys panel.";
    /// The lists by which a journal is read do not fit its entries.
    IndexDamaged = "index-damaged", Error,
        "No seal covers these lists, so someone can hide sealed entries from other programs by changing them. A crash can spoil them too.",
        "Compare what journalctl shows of this file with the entries here.";
    /// Too few witnesses cosigned a checkpoint.
    QuorumMissed = "quorum-missed", Warning,
        "The log's own signature holds, but not enough witnesses saw the same log, so it may show others another history.",
        "Get a checkpoint with more cosignatures, or check the policy.";
    /// A proof does not lead to its root.
    ProofFails = "proof-fails", Error,
        "The proof does not show that the file was logged: the file or the proof was changed, or they do not belong together.",
        "Get both again from where they came.";
    /// A proof without the file that it proves.
    ProofWithoutFile = "proof-without-file", Warning,
        "The proof names a file by its hash only, and none of those opened has it.",
        "Open the file that the proof belongs to, beside it.";
    /// A trusted key sealed a log it may not speak for.
    KeyNotForOrigin = "key-not-for-origin", Warning,
        "The key is in your trust store, but for another log.",
        "Check with the sealer whether this key may seal this log.";
    /// Entries stand behind the last seal.
    AfterLastSeal = "after-last-seal", Warning,
        "No checkpoint and no tag covers these entries yet. In a log that is being written they are new; anyone could have added them.",
        "Give a newer checkpoint, or a later copy of the log.";
    /// A larger checkpoint is at hand than the last segment.
    Truncated = "truncated", Error,
        "A signed checkpoint proves that the log was longer than what is here. Perhaps the newest segments were only not copied.",
        "Add the newer segments. If nobody has them, the end was cut off.";
    /// A record claims a time long before the previous seal.
    Backdated = "backdated", Warning,
        "The record was written after the previous seal, yet says it happened long before. A late delivery, a clock set wrong, or a record made up afterwards.",
        "Compare with another source that saw the same action.";
    /// A record claims a time after its own seal.
    TimeAfterSeal = "time-after-seal", Warning,
        "The record says that it happened after the signed time at which it was already sealed. A clock set wrong on either side, or a made-up time.",
        "Compare the writer's clock and the sealer's.";
    /// The seals were made long after the records were written.
    SealedLater = "sealed-later", Info,
        "The log was sealed after the fact. Nothing is known of the time between writing and sealing.",
        "Ask where the log was kept until it was sealed.";
    /// Seal times run backwards along the chain.
    SealTimeBackwards = "seal-time-backwards", Warning,
        "A later segment carries an earlier signed time. The sealer's clock was set back.",
        "Ask the sealer about its clock.";
    /// The chain does not start at record 0.
    StartsMidway = "starts-midway", Info,
        "What was opened begins in the middle of the log. Older segments were archived, rotated away or not copied.",
        "Nothing, unless you need the earlier records: the seals prove that they existed.";
    /// The chain was begun anew.
    Restarted = "restarted", Info,
        "The chain ends and another one begins: sealing was stopped and started again. Nothing vouches for the time between.",
        "Ask why sealing was restarted.";
    /// A digest that another one names is not here.
    DigestMissing = "digest-missing", Error,
        "The chain of digests has a hole: a digest was deleted, or only not copied.",
        "Fetch it from S3. If nobody has it, the log files that only it lists cannot be proven.";
    /// The newest digest's signature is not at hand.
    DigestUnsigned = "digest-signature-missing", Warning,
        "A copy from S3 loses the metadata in which a digest's signature lies. For all but the newest digest the next one repeats it.",
        "Save the output of the head-object command beside the digest.";
    /// A log file that a digest lists is not here.
    LogFileMissing = "log-file-missing", Error,
        "A signed digest proves that this file existed. It was deleted, or only not copied.",
        "Fetch it from S3.";
    /// A log file that a digest lists was withheld from the bundle.
    LogFileWithheld = "log-file-withheld", Warning,
        "Whoever made the bundle left the file out on purpose, and says so. That it existed, and its hash, is proven by the digest.",
        "Ask for it if you need it.";
    /// Something that a seal names lies at the edge of what was opened, and outside.
    OutsideOpened = "outside-what-was-opened", Warning,
        "A seal names something from before or beside what was opened, such as files of the day before. Nothing is said of it.",
        "Add the folder that is named, and open everything again.";
    /// A log file lies in another folder than its digest says.
    LogFileMoved = "log-file-moved", Info,
        "Somebody sorted the files into other folders.",
        "Nothing: its content is judged all the same.";
    /// A log file that no digest lists.
    LogFileUnlisted = "log-file-unlisted", Warning,
        "The file is newer than the newest digest, its digest is missing, or somebody put it there.",
        "Fetch newer digests. If the file's hour is covered by digests that do not list it, do not believe it.";
    /// Records in a hash-chained file that are not part of the chain.
    OutsideChain = "outside-chain", Warning,
        "Lines of another kind stand among the records of the chain. Some programs write both; anyone could have added them.",
        "Treat them as unsealed.";
    /// A record lost its signature.
    SignatureMissing = "signature-missing", Error,
        "Earlier records of the chain are signed and this one is not. Somebody took its signature away or added the record; or the program no longer signs.",
        "Ask whether signing was switched off, and compare with another copy of the log.";
    /// Texts in a record could be shifted without changing its hash.
    PreimageAmbiguous = "preimage-ambiguous", Warning,
        "The program hashes texts one after the other, so that two different records can have the same hash. Nothing says that this was used.",
        "Do not rely on where one of these texts ends and the next begins; compare with another source.";
    /// Nothing protects the last record of a chain.
    LastUnprotected = "last-record-unprotected", Warning,
        "In this kind of chain only the next record states a record's hash, and the last one has none after it.",
        "Give the key of its signature, or compare the last record with another copy.";
    /// A record has a form that no writer of its kind makes.
    RecordMalformed = "record-malformed", Error,
        "The record breaks the rules of its own format, so whoever wrote it was not the program it claims, or it was changed.",
        "Compare it with another copy of the log.";
    /// Readers may see different things in one record.
    RecordAmbiguous = "record-ambiguous", Warning,
        "The bytes are judged as they are, but they say different things to different programs: a member stands twice, or a number or character cannot be kept. A careless writer, or one who wants two readers to see two stories.",
        "Read the raw record, and ask what the writer meant; believe no single reading of it.";
    /// The chain goes on after its last record.
    AfterTerminal = "after-terminal", Error,
        "A writer that closes a chain writes nothing after it. Records were added later, or an earlier one was marked as the last.",
        "Ask the writer of the chain when it was closed.";
    /// A value that should be unique occurs twice.
    RepeatedKey = "repeated-key", Warning,
        "The same action was recorded twice: usually a retry, sometimes a replay.",
        "Look whether the action took effect twice.";
    /// The parent of a delegated action is not in the chain it names.
    DelegationMissing = "delegation-missing", Warning,
        "Nothing here shows that the action was delegated by whom it says. The parent record was removed, or never existed.",
        "Look for the parent record in another copy of that chain.";
    /// The parent of a delegated action is in a chain that was not opened.
    DelegatedFromElsewhere = "delegated-from-elsewhere", Info,
        "The authority for this action is recorded in another chain.",
        "Open that chain too, to see who delegated it.";
    /// A key signed outside the time for which the user trusts it.
    KeyNotValid = "key-not-valid", Warning,
        "The signature holds, but you trust its key only for another time. Keys that were given up can be in anyone's hands.",
        "Check the dates that you gave the key, and ask its owner until when it was in use.";
    /// The fields are those of a chain, but no hash comes right.
    ChainFormUnknown = "chain-form-unknown", Warning,
        "Nothing can be said of the records: neither that they are whole nor that they are not.",
        "Find the rule by which the program hashes its records: try `sealscope profile guess FILE`.";
    /// A seal without its segment.
    SealWithoutSegment = "seal-without-segment", Error,
        "The seal says that a file existed which is not among what was opened. Perhaps it was only not copied.",
        "Add the file that the seal belongs to.";
    /// One segment present twice.
    DuplicateSegment = "duplicate-segment", Info,
        "The same segment was opened twice. Both copies agree.",
        "Nothing: its records are counted once.";
    /// One event present twice.
    DuplicateEvent = "duplicate-event", Info,
        "The same event was delivered more than once. Services that promise at-least-once delivery do that.",
        "Nothing.";
    /// The seal beside this file belongs to another one.
    SealForAnotherFile = "seal-for-another-file", Warning,
        "The file's neighbour seal fits another file: names were exchanged.",
        "Give the files their former names.";
    /// Line ends were converted after sealing.
    LineEndsChanged = "line-ends-changed", Warning,
        "An editor or a transfer converted the line ends. With them changed back every record verifies: no content was altered.",
        "Copy the file again in binary mode if you need it byte for byte.";
    /// A byte-order mark was added after sealing.
    ByteOrderMarkAdded = "byte-order-mark-added", Warning,
        "An editor added a byte-order mark at the start. Without it every record verifies: no content was altered.",
        "Copy the file again if you need it byte for byte.";
    /// The .leaves file does not hash to the signed root.
    LeavesNotBelieved = "leaves-not-believed", Warning,
        "The .leaves file does not hash to the signed root, so it is not used. It was damaged, or belongs to another segment.",
        "Get it again from its origin.";
    /// The last line of an unsealed, perhaps still written, file is incomplete.
    TornLastLine = "torn-last-line", Info,
        "The file ends in the middle of a record. That is normal for a file that is still being written.",
        "Open the file again when it is complete.";
    /// A record is not in any known vocabulary.
    NotUnderstood = "not-understood", Info,
        "Some records have a form that no vocabulary here knows. They are shown with what could be read; their integrity is judged all the same.",
        "Look at the raw record.";
    /// A record is too long to be shown.
    RecordTooLong = "record-too-long", Info,
        "The record is longer than can be shown. Its integrity was judged all the same.",
        "Use a text tool to look at it.";
    /// Records come from an earlier bundle that was broken.
    BundleBroken = "bundle-broken", Error,
        "The evidence bundle that these records were taken from was not as its examiner signed it. The records may be genuine all the same.",
        "Ask for the first bundle again, or for the logs themselves.";
    /// Records come from an earlier bundle that could not be checked.
    BundleIncomplete = "bundle-incomplete", Warning,
        "The evidence bundle that these records were taken from could not be checked whole: parts of it were missing or unread.",
        "Ask for the first bundle again, or for the logs themselves.";
    /// A file could not be read to its end.
    Unreadable = "unreadable", Warning,
        "The file could not be read completely, so nothing is said about the part that is missing.",
        "Check permissions and the medium, then open it again.";
    /// Something says that a file was sealed, and nothing here can check it.
    ClaimNotChecked = "claim-not-checked", Warning,
        "The records carry hashes of their predecessors, a seal lies beside them, or they have the form of a seal, but nothing here can be held against them: neither for nor against.",
        "Find the seals or the rule that belongs to them: the log's owner knows. For hash chains try `sealscope profile guess FILE`.";
    /// The check of a log itself failed.
    CheckFailed = "check-failed", Warning,
        "The program could not finish its check of this evidence. Nothing is said of it, neither good nor bad; everything else was checked.",
        "Report it, with the file if you may share it. Evidence made to do this on purpose is possible.";
    /// The file changed while it was being read.
    ChangedWhileReading = "changed-while-reading", Warning,
        "The file grew, shrank or vanished while it was being read. It is probably still in use.",
        "Open it again when it is no longer written.";
    /// Verification was stopped.
    Cancelled = "cancelled", Warning,
        "You stopped the check. What had not been reached is marked unchecked.",
        "Open the files again to check everything.";
    /// A credential was used after it was revoked.
    UsedAfterRevocation = "used-after-revocation", Warning,
        "The log itself says that this credential was revoked, and shows it in use afterwards. Revocation can take minutes to spread.",
        "Look at the first use after the revocation: was it denied?";
}

impl Code {
    /// Whether such a finding means that a part of the log was not evaluated, so that the whole cannot be called good.
    pub fn leaves_unchecked(self) -> bool {
        matches!(self, Self::OutsideOpened | Self::CheckFailed | Self::ClaimNotChecked | Self::LogFileWithheld | Self::ProofWithoutFile)
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Where a finding is: a log, a file, a run of records, a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The log's origin, where known.
    pub log: Option<String>,
    /// The file, as the user knows it.
    pub path: String,
    /// First record concerned, numbered in the log.
    pub record: Option<u64>,
    /// How many records from there; 1 for a single one, 0 when between records.
    pub count: u64,
    /// Nanoseconds since 1970 of the place, for drawing; filled in from the neighbours when the record is gone.
    pub time: Option<i64>,
    /// End of the extent in time, for gaps.
    pub time_end: Option<i64>,
}

/// One thing that verification saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind.
    pub code: Code,
    /// How much it matters. Normally the code's own severity.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// A short headline: "Record 7,431 was altered".
    pub title: String,
    /// What was checked and seen, in plain words.
    pub text: String,
}

impl Finding {
    /// A finding with the severity of its code.
    pub fn new(code: Code, place: Place, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { code, severity: code.severity(), place, title: title.into(), text: text.into() }
    }
}
