//! The steps of a record's proof, and what the proof means: what was done, with its values, and the sentences made of it.

use super::clauses;
use super::journals::{Cover, Misplaced};
use super::keys::{KeyFact, KeyName, Keys};
use super::reading::Claim;
use crate::model::place::Place;
use crate::model::text::{bytes, count, plural};
use crate::model::time::seconds;

clauses! {
    /// From where a record was read.
    ReadFrom;
    /// The whole file.
    WholeFile = "the whole file";
    /// The file of this path, without a number.
    File { path: String } = path;
    /// An entry of a file, counted as its log counts.
    Entry { path: String, entry: u64 } = format!("{path}, entry {}", count(entry));
    /// A record by its number in the log.
    RecordOf { origin: String, record: u64 } = format!("record {} of {origin}", count(record));
    /// A file that is one record.
    OnlyRecord { path: String } = format!("{path}, the whole file is one record");
    /// A line.
    Line { path: String, line: u64 } = format!("{path}, line {}", count(line));
    /// A line that was sealed under another number.
    MovedLine { path: String, record: u64, line: u64 } = format!("{path}, sealed as {}, now line {}", count(record), count(line));
}

/// Defines steps with their arguments: for each its title and its detail.
macro_rules! steps {
    ($(#[$about:meta])* $name:ident;
     $($(#[$doc:meta])* $variant:ident $({ $($field:ident: $type:ty),* $(,)? })? = $title:expr, $detail:expr;)*) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
        #[serde(tag = "what", rename_all = "kebab-case")]
        #[non_exhaustive]
        #[allow(missing_docs, reason = "arguments are named as those of facts are; hashes are lower-case hexadecimal")]
        pub enum $name { $($(#[$doc])* $variant $({ $($field: $type),* })?,)* }

        impl $name {
            /// What was done, in a few words.
            #[allow(unused_variables, reason = "not every title needs every argument")]
            pub fn title(&self) -> String {
                match self.clone() { $(Self::$variant $({ $($field),* })? => String::from($title),)* }
            }

            /// The values, in lines. Lines of hashes that differ begin with `here` and `sealed`.
            #[allow(unused_variables, reason = "not every detail needs every argument")]
            pub fn detail(&self) -> String {
                match self.clone() { $(Self::$variant $({ $($field),* })? => String::from($detail),)* }
            }
        }
    };
}

steps! {
    /// A step of a proof, of any format.
    StepFact;
    /// The record was read.
    Read { size: u64, from: ReadFrom } = format!("Read {}", bytes(size)), from.words();
    /// A whole file was unpacked.
    Unpacked { size: u64, path: String } = format!("Unpacked {}", bytes(size)), format!("the whole file {path}");
    /// The file cannot be read.
    FileUnreadable { cause: String } = "The file cannot be read", cause;
    /// Nothing seals the record. How many files were looked at.
    NoSeal { files: u64 } = "No seal", format!("nothing among {} vouches for it", plural(files, "file"));
    /// Something says that it was sealed.
    ClaimNotChecked { claim: Claim } = "No seal", claim.words();
    /// A file was sealed, and its seal is missing.
    SealMissing { said_by: String } = "No readable seal", said_by;

    /// The leaf hash was computed.
    LeafHash { hash: String } = "Leaf hash", hash;
    /// It is the sealed one.
    LeafAgrees { hash: String } = "Leaf hash agrees", hash;
    /// It is another one.
    LeafDiffers { here: String, sealed: String } = "Leaf hash differs", compared(&here, &sealed);
    /// Segments: the record's salt.
    Salt { record: u64, salt: String } = "Salt from the segment's secret", format!("HMAC-SHA-256(secret, {record}) → {salt}");
    /// Segments: the inclusion proof.
    SiblingsLead { siblings: u64, root: String } = format!("With {} it leads to the root", plural(siblings, "sibling hash")), root;
    /// Segments: the inclusion proof fails.
    SiblingsFail { siblings: u64, root: String } = format!("With {} it does not lead to the root", plural(siblings, "sibling hash")), root;
    /// Segments: sealed under another number than that of its line.
    SealedElsewhere { record: u64, hash: String } =
        format!("It is sealed record {}", count(record)), format!("its hash is found at another place than its line\n{hash}");
    /// Segments: no sealed record has this hash.
    NotAmongSealed { hash: String } = "Not among the sealed records", hash;
    /// Segments: how many leaf hashes agree in place.
    LeavesAgree { agree: u64, of: u64 } =
        format!("{} of {} agree in place", count(agree), plural(of, "leaf hash")), "with .leaves, which hashes to the signed root";
    /// Segments: the records give another root; none if they give no whole tree.
    RootDiffers { here: Option<String>, sealed: String } =
        "The records do not lead to the root", compared(&here.unwrap_or_else(String::new), &sealed);
    /// Segments: a trusted key signed the root.
    RootSigned { size: u64, sealed_at: Option<i64> } = "Root is signed",
        format!("tree size {} · {}", count(size), sealed_at.map_or_else(|| "no signed time".to_owned(), seconds));
    /// Segments: a key that came with the evidence signed it.
    RootSignedByStranger { size: u64 } = "Root is signed", format!("tree size {}", count(size));
    /// Segments: the key is trusted.
    KeyTrusted { key: String, fingerprint: String, added: Option<i64> } = "Key is trusted",
        format!("{key}{}\n{fingerprint}", added.map_or_else(String::new, |added| format!(" · added {}", seconds(added))));
    /// Segments: fewer witnesses cosigned than the policy requires.
    TooFewWitnesses = "Too few witnesses", "fewer cosigned than your policy requires";
    /// A trusted key that may not sign this.
    KeyRefused { why: KeyFact } = why.title(&Place::default()), why.text(&Place::default());
    /// Segments: the key came with the evidence.
    KeyCameAlong { key: String, fingerprint: String } = "Key came with the evidence", format!("{key}\n{fingerprint}");
    /// Segments: only keys that are not stored signed.
    KeyUnknown { size: u64, signers: Vec<KeyName> } = "Signed by a key you do not have",
        std::iter::once(format!("tree size {}", count(size)))
            .chain(signers.iter().map(|key| format!("{}+{}", key.name, key.id)))
            .collect::<Vec<_>>()
            .join("\n");
    /// The signature fails.
    SignatureFails { cause: String } = "The signature fails", cause;

    /// Excerpts: the record leads to the signed root.
    LeadsToSignedRoot { proof: String, root: String } = "Leads to the signed root", format!("{proof}\n{root}");
    /// Excerpts: it does not.
    NotToSignedRoot { proof: String, root: String } = "Does not lead to the root", format!("{proof}\n{root}");
    /// Excerpts: a trusted key signed the root.
    RootVouched { origin: String } = "Root is signed, key trusted", origin;
    /// Excerpts: no trusted key vouches for the root.
    RootNotVouched { origin: String } = "Root is not vouched for", origin;

    /// Proofs of logging: the file leads to the log's root.
    FileLeadsToRoot { proof: String, entry: u64, size: u64, path: Vec<String> } = "Leads to the root", entry_of(&proof, entry, size, &path);
    /// Proofs of logging: it does not.
    FileNotToRoot { proof: String, entry: u64, size: u64, path: Vec<String> } = "Does not lead to the root", entry_of(&proof, entry, size, &path);
    /// Proofs of logging: trusted keys signed the root.
    LogRootVouched { origin: String, root: String, keys: Keys } = "Root is signed, key trusted", format!("{origin}\n{root}\n{}", keys.words());
    /// Proofs of logging: no trusted key vouches for the root, or for the signer.
    LogRootNotVouched { origin: String, root: String, keys: Keys } =
        "Root or signer is not vouched for", format!("{origin}\n{root}\n{}", keys.words());

    /// Chains: the record breaks its rule so that no writer makes it.
    Malformed { cause: String } = "Malformed", cause;
    /// Chains: not a record of this chain.
    NotOfChain { profile: String } = "Not a record of this chain", profile;
    /// Chains: the record holds another chain.
    InnerChain { profile: String } = "The chain inside", profile;
    /// Chains: the hash, as stated; none where it is not shown.
    HashAgrees { hash: Option<String> } = "Its hash, recomputed", shown(hash.as_deref());
    /// Chains: another hash than stated.
    HashDiffers { here: Option<String>, sealed: Option<String> } =
        "Its hash differs", compared(shown(here.as_deref()), shown(sealed.as_deref()));
    /// Chains: the hash is keyed, and the key is missing.
    HashKeyMissing = "Its hash needs a key that is not here", "give the HMAC key with --trust";
    /// Chains: the rule joins texts without marking where they end.
    HashAmbiguous = "The hash leaves open where texts end",
        "Texts are hashed one after the other; characters could be moved from one to the next.";
    /// Chains: members that the hash does not cover.
    NotCovered { members: Vec<String> } = "Not covered by the hash", members.join(", ");
    /// Chains: it names the hash of the record before it.
    Follows { previous: String } = "Follows the record before it", previous;
    /// Chains: it is the first of its chain.
    StartsChain { previous: String } = "Starts the chain", previous;
    /// Chains: the record that it follows is not in the file.
    FollowsAbsent { previous: String } = "Follows a record that is not in this file", previous;
    /// Chains: it follows another record.
    FollowsAnother { previous: String } = "Names another predecessor than the record before it", previous;
    /// Excerpts of chains: it leads to the head.
    LeadsToHead { skeleton: String, head: String } = "Leads to the head of the chain", format!("{skeleton}\n{head}");
    /// Chains: how the record's signature stands.
    RecordSignature { key: String, outcome: SignatureOutcome } = outcome.words(), key;

    /// CloudTrail: no digest lists the file.
    NotListed = "No digest lists it", "it belongs to a missing or newer digest, or somebody put it there";
    /// CloudTrail: the file has the listed hash.
    HashAsListed { hash: String } = "SHA-256 as the digest lists it", hash;
    /// CloudTrail: it has another one; none where the digest's is in an algorithm that is not known.
    HashNotAsListed { here: String, sealed: Option<String> } =
        "SHA-256 differs", compared(&here, &sealed.unwrap_or_else(|| "in an algorithm that is not known here".to_owned()));
    /// CloudTrail: where it is listed.
    Listed { digest: String } = "Listed in a digest", digest;
    /// CloudTrail: a trusted key signed the digest.
    DigestSigned { key: String } = "The digest's signature holds", key;
    /// CloudTrail: a key from the evidence signed it.
    DigestSignedByStranger { key: String } = "The digest's signature holds", format!("{key} (from the evidence)");
    /// CloudTrail: a trusted key signed it that may not.
    DigestKeyRefused { key: String } = "The signature holds under a key that may not sign here", key;
    /// CloudTrail: the signature fails.
    DigestForged { key: String } = "The digest's signature fails", format!("under {key}: the digest was altered or forged");
    /// CloudTrail: the key is missing.
    DigestKeyMissing = "The key is not here", "its fingerprint is in the digest";
    /// CloudTrail: the signature is missing. The command that fetches it.
    DigestSignatureMissing { command: String } = "The digest's signature is not here", command;

    /// Journals: written without sealing.
    JournalUnsealed = "No seal", "this journal was written without Forward Secure Sealing";
    /// Journals: the verification key is missing.
    VerificationKeyMissing = "The verification key is not here", "journalctl --setup-keys printed it when sealing was set up";
    /// Journals: the entry's tag holds.
    TagHolds { tag: u64, until: i64, from: u64, to: u64 } = "Its tag holds", tag_over(tag, until, from, to);
    /// Journals: the entry's tag was not checked.
    TagNotChecked { tag: u64, until: i64, from: u64, to: u64 } = "Its tag was not checked", tag_over(tag, until, from, to);
    /// Journals: the entry's tag fails.
    TagFails { tag: u64, until: i64, from: u64, to: u64 } = "Its tag fails", tag_over(tag, until, from, to);
    /// Journals: the tag is not where it should be.
    TagMisplaced { tag: u64, fault: Misplaced } = "The tag is out of place", fault.words(tag);
    /// Journals: no tag covers the entry yet.
    AfterLastTag = "After the last tag", "the journal was read before its next seal";
    /// Journals: how the entry's fields are covered.
    Fields { cover: Cover } = "Every field of it", match cover {
        Cover::Whole => "each is under a tag that holds",
        Cover::Behind => "not all are under a tag",
        Cover::Unknown => "the tag over one of them was not checked",
        Cover::Failing => "the tag over one of them fails",
        Cover::Torn => "one of them is not in the file",
    };
    /// Journals: the key with which the tags were checked.
    VerificationKey { key: String } = "Verification key", format!("{key}\nanyone who holds it could also have made the tags");

    /// Tiles: the checkpoint does not reach the entry.
    AfterCheckpoint { size: u64 } = "After the checkpoint", format!("it counts {}", plural(size, "entry"));
    /// Tiles: the tiles have the leaf hash.
    LeafInTiles { hash: String } = "Leaf hash as in the tiles", hash;
    /// Tiles: they lead to the root.
    TilesLead { root: String } = "The tiles lead to the root", root;
    /// Tiles: a trusted key signed the checkpoint.
    CheckpointSigned { key: String } = "Checkpoint signed, key trusted", key;
    /// Tiles: fewer witnesses cosigned than the policy requires.
    CheckpointUnwitnessed { origin: String } = "Too few witnesses cosigned the checkpoint", origin;
    /// Tiles: no trusted key signed the checkpoint.
    CheckpointUntrusted { origin: String } = "Signed by no key that you trust for this log", origin;
}

clauses! {
    /// How the signature of a chain's record stands.
    SignatureOutcome;
    /// A trusted key signed it.
    Trusted = "Signature holds under a key you trust";
    /// A trusted key signed it, which signs in several names.
    SeveralNames = "Signature holds under a key that signs in several names";
    /// A trusted key signed it, which may not.
    Refused = "Signature holds under a key you trust, but not for this";
    /// A key from the evidence signed it.
    CameAlong = "Signature holds, but the key came with the evidence";
    /// It fails.
    Fails = "Signature fails";
    /// No key fits.
    NoneFits = "None of your keys fits the signature";
    /// The key is missing.
    KeyMissing = "Signature not checked: the key is not here";
    /// The record is not signed.
    Absent = "No signature";
}

clauses! {
    /// What a proof can mean, as a sentence.
    #[derive(Default)]
    Meaning;
    /// Nothing is known of the record.
    #[default]
    Nothing = "Nothing can be said of the record.";
    /// No claim was ever made.
    NeverClaimed = "No integrity claim was ever made for this record. It may be genuine; nothing here can show it.";
    /// Something says that it was sealed.
    ClaimNotChecked = "The record, or something beside its file, says that it was sealed. Nothing here can check that.";
    /// The file was sealed, and its seal is missing.
    SealMissing { said_by: String } = format!("{said_by} shows that this file was sealed, but no readable seal is here.");

    /// Segments: sealed under a trusted key.
    UnchangedSince { sealed_at: Option<i64>, origin: String } = format!(
        "Nobody has changed this record since {}, unless they hold the key of {origin}.",
        sealed_at.map_or_else(|| "it was sealed".to_owned(), seconds)
    );
    /// Segments: it agrees with a seal that is not trusted.
    AgreesWithSeal = "The record agrees with its seal, but anyone could have made that seal.";
    /// Segments: it stands in another place.
    Displaced = "The record is genuine. Lines before it were removed, inserted or moved, so it is no longer in the place where it was sealed.";
    /// Segments: it is not what was sealed.
    Altered = "This line is not what was sealed. Rotation, line ends and recompression do not explain it: other records of the file agree.";
    /// Segments: some record of the segment is not what was sealed.
    SegmentAltered = "At least one record of this segment is not as it was sealed, and without leaf hashes nobody can say which.";
    /// Segments: the seal is forged.
    SealForged = "The seal is forged or damaged, so it cannot vouch for anything.";

    /// Excerpts: as sealed.
    AsSealed = "The record is as it was when its sealer sealed it.";
    /// Excerpts: it agrees with a seal that is not trusted.
    AgreesWithSealBeside = "The record agrees with the seal beside it; whether the seal is genuine depends on its key.";
    /// Excerpts: it does not agree.
    ExcerptAltered = "The record, or another one of the excerpt, is not what was sealed.";

    /// Proofs of logging: the file was logged.
    Logged = "The file is the one that was logged.";
    /// Proofs of logging: logged, by someone unknown or in an untrusted log.
    LoggedUnvouched = "The file is the one that was logged; who signed it, or whether the log is genuine, is not shown.";
    /// Proofs of logging: not the logged file.
    NotLogged = "The file is not the one that was logged, or the proof belongs to another file.";

    /// Chains: no writer makes such a record.
    Malformed = "No writer of this kind makes such a record, so nothing in it can be believed.";
    /// Chains: it cannot be read as a record of its chain.
    NotOfChain = "The record cannot be read as one of its chain, so nothing can be said of it.";
    /// Chains: changed after it was written.
    ChangedSince = "The record was changed after it was written.";
    /// Chains: the signature fails.
    NotAsSigned = "The record is not what the key's holder signed.";
    /// Chains: the signature holds.
    AsSigned = "The record is as its writer signed it.";
    /// Chains: the hash is keyed, and the key is missing.
    KeyMissing = "Without the key nothing can be said of the record's content.";
    /// Chains: it agrees with its own hash.
    AgreesWithItself = "The record agrees with its own hash; anyone who can write the file could have recomputed the whole chain.";
    /// Excerpts of chains: it stands in the chain.
    InChain = "The record is in the chain, between records that are withheld or here. Whether the chain is genuine depends on its head and signatures.";
    /// Excerpts of chains: it does not.
    NotInChain = "The record, or one near it, is not what the chain says.";

    /// CloudTrail: nothing vouches for the file.
    NotListed = "Nothing vouches for this file.";
    /// CloudTrail: a digest of another trail lists it.
    ListedElsewhere = "A digest of another trail lists this file.";
    /// CloudTrail: as delivered.
    AsDelivered = "The file is what CloudTrail delivered, if the key is CloudTrail's.";
    /// CloudTrail: not as delivered.
    NotAsDelivered = "This file is not what CloudTrail delivered.";
    /// CloudTrail: the key came with the evidence.
    AgreesWithFolder = "The folder agrees with itself, but anyone who made it could have made the key too.";
    /// CloudTrail: the key may not vouch.
    DigestKeyRefused = "The key's dates or origins do not allow it to vouch for this digest.";
    /// CloudTrail: the digest is forged.
    DigestForged = "The digest that should vouch for this file is not genuine.";
    /// CloudTrail: the key is missing.
    DigestKeyMissing = "Save the output of `aws cloudtrail list-public-keys` and give it with --trust.";
    /// CloudTrail: the newest digest's signature is missing.
    DigestSignatureMissing = "The newest digest's signature is only in its S3 metadata.";

    /// Journals: no claim was ever made.
    EntryNeverClaimed = "No integrity claim was ever made for this entry.";
    /// Journals: the verification key is missing.
    VerificationKeyMissing = "Without the verification key nothing can be said of this entry.";
    /// Journals: how the tags cover the entry.
    EntryUnderTags { cover: Cover } = match cover {
        Cover::Whole => "The entry and all its fields are as they were when the journal was sealed.",
        Cover::Behind => "The entry, or a field of it, was written after the last seal.",
        Cover::Unknown => "The tag of this entry was not checked.",
        Cover::Failing | Cover::Torn => "Something under the tag of this entry, or of one of its fields, was changed after it was sealed.",
    };

    /// Tiles: the checkpoint does not reach the entry.
    AfterCheckpoint = "The entry is after the last checkpoint, so nothing vouches for it yet.";
    /// Tiles: part of the log.
    InLog = "The entry is part of the log that the checkpoint describes.";
    /// Tiles: not what was logged.
    EntryDiffers = "This entry is not what was logged.";
    /// Tiles: no tile covers it.
    NoTile = "No believed hash tile covers this entry, so only the log as a whole can be checked.";
}

/// Two values one below the other; the window recognises the words.
fn compared(here: &str, sealed: &str) -> String {
    format!("here   {here}\nsealed {sealed}")
}

/// A hash as it is shown; a dash where there is none.
fn shown(hash: Option<&str>) -> &str {
    hash.unwrap_or("—")
}

fn entry_of(proof: &str, entry: u64, size: u64, path: &[String]) -> String {
    format!("{proof}: entry {} of {}\n{}", count(entry), count(size), path.join("\n"))
}

fn tag_over(tag: u64, until: i64, from: u64, to: u64) -> String {
    let entries = if from == to { format!("entry {}", count(from)) } else { format!("entries {} to {}", count(from), count(to)) };
    format!("tag {tag}, made before {}\n{entries}", seconds(until))
}
