//! The kinds of findings: their names, and what each can mean and calls for whatever the format. [`super::advice`] says it for the format.

use serde::{Deserialize, Serialize};

use crate::model::place::Severity;

macro_rules! codes {
    ($(#[doc = $summary:literal] $name:ident = $code:literal, $severity:ident, $meaning:literal, $next:literal;)*) => {
        /// The kinds of findings. Each has one kebab-case code, a severity and standing advice.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $(#[doc = $summary] $name,)* }

        impl Code {
            /// Every code, in the order of `docs/findings.md`.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The kebab-case name used in JSON and documentation.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What it is, in a sentence.
            pub fn summary(self) -> &'static str {
                match self { $(Self::$name => $summary.trim_ascii(),)* }
            }

            /// The severity of findings with this code; a fact may be graver or less grave for a reason of its own.
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
        "Compare it with another copy of the log. Find out who could write to this file after it was sealed.";
    /// A sealed record is not in the file.
    RecordRemoved = "record-removed", Error,
        "A record that was there when the log was sealed has been removed. An incomplete copy lacks records at its end, never in the middle.",
        "Look for another copy of the file. The records before and after are proven.";
    /// The file holds a record that was never sealed.
    RecordInserted = "record-inserted", Error,
        "A record was added after sealing. If it is at the very end, a program may have continued to write to a file that was already sealed.",
        "Treat the record as an unproven claim. Find out who could write to this file after it was sealed.";
    /// A sealed record is in another place.
    RecordMoved = "record-moved", Error,
        "The record is genuine but out of place: the file was sorted or rearranged after it was sealed.",
        "Rely on its content, but not on its order. Compare it with another copy.";
    /// Something in the file differs, and the place is unknown.
    SegmentAltered = "segment-altered", Error,
        "At least one record is not as it was sealed. Without leaf hashes, nothing shows which one.",
        "Get the segment's .leaves file or another copy. Until then, rely on no single record of this segment.";
    /// The file holds fewer records than sealed, and the place is unknown.
    RecordsMissing = "records-missing", Error,
        "Records were removed, or the copy is incomplete.",
        "Copy the file again from its origin and compare its size.";
    /// The file holds more records than sealed, and the place is unknown.
    RecordsAdded = "records-added", Error,
        "Records were added after sealing.",
        "Get the .leaves file or another copy to find out which.";
    /// Two histories of one log.
    Fork = "fork", Error,
        "The log's key signed two histories that contradict each other, or the earlier part was replaced. No accident explains two valid signatures.",
        "Keep both copies. Ask the sealer, and everyone who holds an older checkpoint, which history they saw.";
    /// Records in the middle are missing.
    Gap = "gap", Error,
        "What is here proves that these records existed, but they are not among what was opened. A file may simply not have been copied.",
        "Add the missing file. If nobody has it, it was deleted.";
    /// Two files cover the same records.
    Overlap = "overlap", Info,
        "Two files hold the same records and agree. This happens when a log is exported twice with different limits.",
        "Nothing: the records are counted once.";
    /// A signature of a known key fails, or the seal cannot be what was signed.
    SealForged = "seal-forged", Error,
        "The seal was forged, or damaged in transit. The records may be genuine, but this seal cannot vouch for them.",
        "Get the seal again from its origin.";
    /// The unsigned part of the seal was changed; the records are proven all the same.
    SealDamaged = "seal-damaged", Error,
        "The seal's unsigned lines do not fit its signed checkpoint: they were edited or damaged.",
        "Get the seal again from its origin.";
    /// The seal cannot be read.
    SealUnreadable = "seal-unreadable", Error,
        "The file has the name or the form of a seal, but is damaged, cut short or of a newer version.",
        "Get the seal again from its origin, or open it with a newer version.";
    /// Something says that a file was sealed, and its seal is missing.
    SealMissing = "seal-missing", Warning,
        "Sealing leaves a file of leaf hashes beside the sealed file. That file is here, but no seal. The seal was deleted, or not copied.",
        "Get the seal from the origin of the log. Until then nothing can be checked.";
    /// No trusted key among the signatures.
    UnknownKey = "unknown-key", Warning,
        "No key that you trust vouches for it, so anyone could have made it. Where the key itself is missing, the seal was not checked at all.",
        "Get the sealer's public key from the sealer, not from the evidence, and add it with --trust or in the Keys panel.";
    /// The lists by which a journal is read do not fit its entries.
    IndexDamaged = "index-damaged", Error,
        "No seal covers these lists, so changing them can hide sealed entries from other programs. A crash can damage them too.",
        "Compare what journalctl shows of this file with the entries here.";
    /// Too few witnesses cosigned a checkpoint.
    QuorumMissed = "quorum-missed", Warning,
        "The log's own signature holds, but not enough witnesses saw the same log, so it may show others another history.",
        "Get a checkpoint with more cosignatures, or check the policy.";
    /// A proof does not lead to its root.
    ProofFails = "proof-fails", Error,
        "The proof does not show that the file was logged: the file or the proof was changed, or they do not belong together.",
        "Get both again from their origin.";
    /// A proof without the file that it proves.
    ProofWithoutFile = "proof-without-file", Warning,
        "The proof names a file by its hash only, and none of the opened files has this hash.",
        "Open the file that the proof belongs to together with the proof.";
    /// A trusted key signed for a log that it may not sign for.
    KeyNotForOrigin = "key-not-for-origin", Warning,
        "The key is in your trust store, but for another log or another purpose.",
        "Check with the sealer whether this key may seal this log.";
    /// Entries follow the last seal.
    AfterLastSeal = "after-last-seal", Warning,
        "No checkpoint and no tag covers these entries yet. In a log that is still being written they are new; but anyone could have added them.",
        "Add a newer checkpoint, or a later copy of the log.";
    /// Something is not here, and may be in a file that could not be read.
    MissingOrUnread = "missing-or-unread", Warning,
        "What is here proves that something existed which was not found, but not everything that was opened could be read. It may be in a file that was not read, or missing.",
        "Make the file readable, or add another copy of it, and open everything again. If nothing changes, it is missing.";
    /// The log was longer than what is here.
    Truncated = "truncated", Error,
        "What is signed proves that the log was longer than what is here. The newest part may simply not have been copied.",
        "Add the newest part. If nobody has it, the end was cut off.";
    /// A record claims a time long before the previous seal.
    Backdated = "backdated", Warning,
        "The record was written after the previous seal, yet claims a much earlier time. It was delivered late, a clock was wrong, or it was made up afterwards.",
        "Compare it with another source that saw the same action.";
    /// A record claims a time after its own seal.
    TimeAfterSeal = "time-after-seal", Warning,
        "The record claims a later time than the signed time at which it was already sealed. One of the clocks was wrong, or the time was made up.",
        "Compare the writer's clock with the sealer's.";
    /// The seals were made long after the records were written.
    SealedLater = "sealed-later", Info,
        "The log was sealed after the fact. Nothing is known of the time between writing and sealing.",
        "Find out where the log was kept until it was sealed.";
    /// Seal times run backwards along the chain.
    SealTimeBackwards = "seal-time-backwards", Warning,
        "A later segment carries an earlier signed time. The sealer's clock was set back.",
        "Ask the sealer about its clock.";
    /// The log does not start with its first record.
    StartsMidway = "starts-midway", Info,
        "What was opened begins in the middle of the log. The older part was archived, rotated away or not copied.",
        "Nothing, unless you need the earlier records. What is here says nothing of their content.";
    /// The chain was restarted.
    Restarted = "restarted", Info,
        "The chain ends and another one begins: sealing was stopped and started again. Nothing vouches for the time in between.",
        "Find out why sealing was restarted.";
    /// A digest that another one names is missing.
    DigestMissing = "digest-missing", Error,
        "The chain of digests has a hole: a digest was deleted, or not copied.",
        "Fetch it from S3. If nobody has it, the log files that only it lists cannot be proven.";
    /// The newest digest's signature is missing.
    DigestUnsigned = "digest-signature-missing", Warning,
        "A copy from S3 loses the metadata that holds a digest's signature. For every digest but the newest, the next one repeats it.",
        "Save the output of the head-object command beside the digest.";
    /// A log file that a digest lists is missing.
    LogFileMissing = "log-file-missing", Error,
        "A signed digest proves that this file existed. It was deleted, or not copied.",
        "Fetch it from S3.";
    /// A log file that a digest lists was withheld from the bundle.
    LogFileWithheld = "log-file-withheld", Warning,
        "The examiner who made the bundle left the file out on purpose, and says so. The digest proves that it existed, and its hash.",
        "Ask the examiner for it if you need it.";
    /// Something that a seal names may lie outside of what was opened.
    OutsideOpened = "outside-what-was-opened", Warning,
        "A seal or record names something before or beside what was opened, such as files of the day before. Nothing is said about it.",
        "Add what is named, and open everything again.";
    /// A log file lies in another folder than its digest says.
    LogFileMoved = "log-file-moved", Info,
        "The files were sorted into other folders, or renamed.",
        "Nothing: its content was checked all the same.";
    /// A log file that no digest lists.
    LogFileUnlisted = "log-file-unlisted", Warning,
        "The file is newer than the newest digest, its digest is missing, or somebody put it there.",
        "Fetch newer digests. If digests cover the file's hour and do not list it, do not rely on it.";
    /// Lines in a hash-chained file that are not part of the chain.
    OutsideChain = "outside-chain", Warning,
        "Lines of another kind are among the records of the chain. Some programs write both; anyone could have added them.",
        "Treat them as unsealed.";
    /// A record lost its signature.
    SignatureMissing = "signature-missing", Error,
        "Earlier records of the chain are signed and this one is not. Its signature was removed, the record was added, or the program stopped signing.",
        "Find out whether signing was switched off, and compare with another copy of the log.";
    /// Texts in a record could be shifted without changing its hash.
    PreimageAmbiguous = "preimage-ambiguous", Warning,
        "The program hashes texts one after the other, so that two different records can have the same hash. Nothing shows that this was used.",
        "Do not rely on where one of these texts ends and the next begins. Compare with another source.";
    /// Nothing protects the last record of a chain.
    LastUnprotected = "last-record-unprotected", Warning,
        "In this kind of chain only the next record states a record's hash, and nothing follows the last one.",
        "Add the key of its signature, or compare the last record with another copy.";
    /// A record has a form that no writer of its kind makes.
    RecordMalformed = "record-malformed", Error,
        "The record breaks the rules of its own format. It was not written by the program that it names, or it was changed.",
        "Compare it with another copy of the log.";
    /// Other programs may read a record differently.
    RecordAmbiguous = "record-ambiguous", Warning,
        "The bytes are checked as they are, but different programs read different things in them: a member occurs twice, or a number or character cannot be kept. The writer was careless, or wanted two readers to see different things.",
        "Read the raw record, and find out what the writer meant. Rely on no single reading of it.";
    /// The chain continues after its last record.
    AfterTerminal = "after-terminal", Error,
        "A writer that closes a chain writes nothing after it. Records were added later, or an earlier one was marked as the last.",
        "Ask the writer of the chain when it was closed.";
    /// A value that should be unique occurs twice.
    RepeatedKey = "repeated-key", Warning,
        "The same action was recorded twice: usually a retry, sometimes a replay.",
        "Check whether the action took effect twice.";
    /// The parent of a delegated action is not in the chain that it names.
    DelegationMissing = "delegation-missing", Warning,
        "Nothing here shows that the action was delegated as the record says. The parent record was removed, or never existed.",
        "Look for the parent record in another copy of that chain.";
    /// The parent of a delegated action is in a chain that was not opened.
    DelegatedFromElsewhere = "delegated-from-elsewhere", Info,
        "The authority for this action is recorded in another chain.",
        "Open that chain too, to see who delegated it.";
    /// A key signed outside the dates for which you trust it.
    KeyNotValid = "key-not-valid", Warning,
        "The signature holds, but you trust its key only for other dates. Anyone may hold a retired key.",
        "Check the dates that you set for the key. Ask its owner when it was retired.";
    /// It looks like a hash chain, but its rule is unknown.
    ChainFormUnknown = "chain-form-unknown", Warning,
        "Nothing can be said about the records: neither that they are intact nor that they are not.",
        "Find the rule by which the program hashes its records: try `sealscope profile guess FILE`.";
    /// A seal without its file.
    SealWithoutSegment = "seal-without-segment", Error,
        "The seal shows that a file existed which is not among what was opened. It may simply not have been copied.",
        "Add the file that the seal belongs to.";
    /// One file is here twice.
    DuplicateSegment = "duplicate-segment", Info,
        "The same records were opened twice. Both copies agree.",
        "Nothing: the records are counted once.";
    /// One event is here twice.
    DuplicateEvent = "duplicate-event", Info,
        "The same event was delivered more than once. Services that promise at-least-once delivery do that.",
        "Nothing: each event is counted once.";
    /// A seal or checkpoint belongs to another file or log.
    SealForAnotherFile = "seal-for-another-file", Warning,
        "Files or seals were renamed, exchanged or put into the wrong folder.",
        "Restore the former names and folders.";
    /// Line ends were converted after sealing.
    LineEndsChanged = "line-ends-changed", Warning,
        "An editor or a transfer changed the line ends. With them restored every record verifies: no content was altered.",
        "Copy the file again in binary mode if you need it byte for byte.";
    /// A byte-order mark was added after sealing.
    ByteOrderMarkAdded = "byte-order-mark-added", Warning,
        "An editor added a byte-order mark at the start. Without it every record verifies: no content was altered.",
        "Copy the file again if you need it byte for byte.";
    /// The .leaves file does not hash to the signed root.
    LeavesNotBelieved = "leaves-not-believed", Warning,
        "The .leaves file does not hash to the signed root, so it is not used. It was damaged, or belongs to another segment.",
        "Get it again from its origin.";
    /// The last line of a file that may still be written is incomplete.
    TornLastLine = "torn-last-line", Info,
        "The file ends in the middle of a record. That is normal for a file that is still being written.",
        "Open the file again when it is complete.";
    /// A record is not in any known vocabulary.
    NotUnderstood = "not-understood", Info,
        "Some records have a form that no vocabulary here knows. They are shown as far as they could be read; their integrity was checked all the same.",
        "Look at the raw record.";
    /// A record is too long to be shown.
    RecordTooLong = "record-too-long", Info,
        "The record is longer than can be shown. Its integrity was checked all the same.",
        "Use a text tool to look at it.";
    /// Records come from an earlier bundle that was broken.
    BundleBroken = "bundle-broken", Error,
        "The evidence bundle that these records were taken from was not as its examiner signed it. The records may be genuine all the same.",
        "Get the first bundle again, or the logs themselves.";
    /// Records come from an earlier bundle that could not be checked.
    BundleIncomplete = "bundle-incomplete", Warning,
        "The evidence bundle that these records were taken from could not be checked completely: parts of it were missing or unread.",
        "Get the first bundle again, or the logs themselves.";
    /// A file could not be read to its end.
    Unreadable = "unreadable", Warning,
        "The file could not be read completely, so nothing is said about the missing part.",
        "Check permissions and the medium, then open it again.";
    /// Something says that a file was sealed, and nothing here can check it.
    ClaimNotChecked = "claim-not-checked", Warning,
        "The records carry hashes of their predecessors, a seal is beside them, or they have the form of a seal, but nothing here can check them. This speaks neither for nor against them.",
        "Get the seals or the rule that belongs to them from the log's owner. For hash chains, try `sealscope profile guess FILE`.";
    /// The check of a log itself failed.
    CheckFailed = "check-failed", Warning,
        "The program could not finish its check of this evidence. Nothing is said about it, neither good nor bad; everything else was checked.",
        "Report it, with the file if you may share it. Evidence that was made to cause this is possible.";
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
        "The log itself shows that this credential was revoked, and used afterwards. Revocation can take minutes to spread.",
        "Look at the first use after the revocation: was it denied?";
}

impl Code {
    /// Whether such a finding means that a part of the log was not evaluated, so that the whole cannot be called good.
    pub fn leaves_unchecked(self) -> bool {
        matches!(
            self,
            Self::OutsideOpened
                | Self::CheckFailed
                | Self::ClaimNotChecked
                | Self::LogFileWithheld
                | Self::ProofWithoutFile
                | Self::MissingOrUnread
        )
    }

    /// The code of a name, as [`Code::name`] gives it. `None` for a code of another version.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| serde::de::Error::custom(format!("unknown code {name}")))
    }
}
