//! C2SP signed notes (c2sp.org/signed-note), checkpoints (c2sp.org/tlog-checkpoint) and cosignatures (c2sp.org/tlog-cosignature).
//!
//! Written here, not taken from a library, because whether a signature counts is decided by the gate of trust alone, and a note that two
//! readers could take apart differently must be refused. The signatures themselves are verified by libraries.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::{Signer, SigningKey};

use crate::model::time::SECOND;
use crate::model::words::keys::KeyFact;
use crate::model::words::keys::KeyName;
use crate::seal::primitives::merkle::Hash;
use crate::trust::{Answer, Candidate, Key, LogSigner, Material, Outcome, Refusal, Store, Subject, Witness, gate, key::note_type};

/// Clocks of writer, sealer and witness may differ by this much, in nanoseconds.
pub const SKEW: i64 = 10 * 60 * crate::model::time::SECOND;
/// More signatures than this on one note are refused; no log has so many witnesses.
const MAX_SIGNATURES: usize = 100;

/// Why a text is not a signed checkpoint, or why its signatures fail.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// No empty line divides text and signatures.
    #[error("no empty line divides the text from its signatures")]
    NoSignatures,
    /// The text holds control characters or does not end in a line feed.
    #[error("the signed text holds control characters")]
    BadText,
    /// A line among the signatures is none.
    #[error("signature line {0} cannot be read")]
    BadSignatureLine(usize),
    /// Too many signatures.
    #[error("there are more than {MAX_SIGNATURES} signatures")]
    TooMany,
    /// The text is no checkpoint.
    #[error("the checkpoint's {0} cannot be read")]
    BadCheckpoint(&'static str),
    /// A known key's signature does not fit.
    #[error("the signature of {0} does not fit the text")]
    WrongSignature(String),
    /// The known key is of a type whose signatures cannot be verified here.
    #[error("{0} signatures cannot be verified by this version")]
    Unsupported(&'static str),
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The key's name as the line states it.
    pub name: String,
    /// The key's id.
    pub id: u32,
    /// The bytes after the id.
    pub bytes: Vec<u8>,
}

impl Signature {
    /// The key as the line names it.
    pub fn key(&self) -> KeyName {
        KeyName { name: self.name.clone(), id: format!("{:08x}", self.id) }
    }

    /// The signed time of a timestamped cosignature in seconds since 1970, as stated; not yet verified.
    pub fn stated_seconds(&self) -> Option<u64> {
        let (time, rest) = self.bytes.split_first_chunk::<8>()?;
        (rest.len() == 64).then(|| u64::from_be_bytes(*time))
    }
}

/// A signed note, parsed but not yet believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The signed text with its final line feed.
    pub text: String,
    /// The signatures under it.
    pub signatures: Vec<Signature>,
}

/// A checkpoint: the log's name, size and root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// Number of records.
    pub size: u64,
    /// Root of the tree of all of them.
    pub root: Hash,
}

impl Note {
    /// The whole note as it is written: text, empty line, signatures.
    pub fn to_text(&self) -> String {
        let line = |signature: &Signature| {
            let raw = [&signature.id.to_be_bytes()[..], &signature.bytes].concat();
            format!("\u{2014} {} {}\n", signature.name, BASE64.encode(raw))
        };
        format!("{}\n{}", self.text, self.signatures.iter().map(line).collect::<String>())
    }

    /// Parses a signed note. The signatures are whatever follows the last empty line.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        if text.chars().any(|character| character.is_control() && character != '\n') {
            return Err(NoteError::BadText);
        }
        let divide = text.rfind("\n\n").ok_or(NoteError::NoSignatures)?;
        let (body, lines) = (&text[..=divide], &text[divide + 2..]);
        if !lines.ends_with('\n') || lines.len() < 2 {
            return Err(NoteError::NoSignatures);
        }
        let mut signatures = Vec::new();
        for (index, line) in lines.trim_end_matches('\n').split('\n').enumerate() {
            if signatures.len() == MAX_SIGNATURES {
                return Err(NoteError::TooMany);
            }
            signatures.push(parse_signature(line).ok_or(NoteError::BadSignatureLine(index + 1))?);
        }
        Ok(Self { text: body.to_owned(), signatures })
    }

    /// Reads the text as a checkpoint.
    pub fn checkpoint(&self) -> Result<Checkpoint, NoteError> {
        checkpoint_of(&self.text)
    }
}

/// What the signatures of a note are worth for one log. Made by [`Note::judge`] alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signatures {
    log: Option<gate::Vouched<LogSigner>>,
    witnesses: Vec<gate::Vouched<Witness>>,
    /// Signatures that hold under trusted keys which may not speak here, and why.
    pub refused: Vec<(Key, Refusal)>,
    /// Signatures that hold under keys that came with the evidence.
    pub foreign: Vec<Key>,
    /// How many signatures are by keys that nobody here knows.
    pub unknown: usize,
    quorum_missed: bool,
}

impl Signatures {
    /// The log's own signature by a trusted key — if the policy's quorum of witnesses, where there is a policy, is met too.
    pub fn sealed(&self) -> Option<&gate::Vouched<LogSigner>> {
        self.log.as_ref().filter(|_| !self.quorum_missed)
    }

    /// The log's own signature by a trusted key, whether or not enough witnesses cosigned.
    pub fn log(&self) -> Option<&gate::Vouched<LogSigner>> {
        self.log.as_ref()
    }

    /// Whether the log's own signature counts, but not enough witnesses cosigned by the user's policy.
    pub fn quorum_missed(&self) -> bool {
        self.log.is_some() && self.quorum_missed
    }

    /// The witnesses whose signatures count.
    pub fn witnesses(&self) -> &[gate::Vouched<Witness>] {
        &self.witnesses
    }

    /// The signed time in nanoseconds since 1970: the log's own, or else the earliest witness's. Only of signatures that count.
    pub fn time(&self) -> Option<i64> {
        self.log.as_ref().and_then(gate::Vouched::time).or_else(|| self.witnesses.iter().filter_map(gate::Vouched::time).min())
    }
}

impl Note {
    /// Judges every signature for the log `origin` at the gate. A failing signature of a trusted key that it names rejects the note.
    pub fn judge(&self, keys: &Store, origin: &str) -> Result<Signatures, NoteError> {
        let mut judged = Signatures::default();
        let subject = Subject::Named(origin);
        for signature in &self.signatures {
            let candidate = |key: &Key| {
                let named = key.note_type.is_some() && key.name == signature.name && key.note_id() == signature.id;
                if named { Candidate::Named } else { Candidate::No }
            };
            let check = |key: &Key| match verify_one(&self.text, signature, key) {
                Ok(time) => Outcome::Holds { time },
                Err(_) => Outcome::Fails,
            };
            let wrong = || NoteError::WrongSignature(signature.name.clone());
            match keys.ask::<LogSigner>(subject, &candidate, &check) {
                Answer::Vouched(vouched) => {
                    judged.log.get_or_insert(vouched);
                    continue;
                }
                Answer::Fails(_) => return Err(wrong()),
                Answer::Foreign(key, _) => {
                    judged.foreign.push(*key);
                    continue;
                }
                Answer::Refused(key, why) if why != Refusal::Role => {
                    judged.refused.push((*key, why));
                    continue;
                }
                Answer::Refused(..) | Answer::Unfit | Answer::NoKey => {}
            }
            match keys.ask::<Witness>(subject, &candidate, &check) {
                Answer::Vouched(vouched) => judged.witnesses.push(vouched),
                Answer::Fails(_) => return Err(wrong()),
                Answer::Refused(key, why) => judged.refused.push((*key, why)),
                Answer::Foreign(..) | Answer::Unfit | Answer::NoKey => judged.unknown += 1,
            }
        }
        let signers: Vec<&Key> = judged.witnesses.iter().map(gate::Vouched::key).collect();
        judged.quorum_missed = keys.policy().is_some_and(|policy| !policy.is_met(&signers));
        Ok(judged)
    }
}

/// Why a trusted key's signature does not count for the log `origin`.
pub fn refusal(key: &Key, why: Refusal, origin: &str) -> KeyFact {
    let (name, origin) = (key.name.clone(), origin.to_owned());
    match why {
        Refusal::Role => KeyFact::WrongRole { key: name, role: key.role.word().to_owned(), origin },
        Refusal::Subject => KeyFact::WrongOrigin { key: name, origins: key.origins.clone(), origin },
        Refusal::HandedOver { since } => KeyFact::HandedOver { key: name, since, origin },
        Refusal::Dates { time } => KeyFact::OutsideDates { key: name, not_before: key.not_before, not_after: key.not_after, time },
    }
}

/// Why no trusted key vouches for a note of the log `origin`; `None` if one does.
pub fn not_vouched(note: &Note, signatures: &Signatures, origin: &str) -> Option<KeyFact> {
    if signatures.sealed().is_some() {
        return None;
    }
    if signatures.quorum_missed() {
        return Some(KeyFact::QuorumMissed { origin: origin.to_owned() });
    }
    if let Some((key, why)) = signatures.refused.first() {
        return Some(refusal(key, *why, origin));
    }
    let mut signers: Vec<KeyName> = note.signatures.iter().map(Signature::key).collect();
    signers.sort();
    Some(KeyFact::Unknown { origin: origin.to_owned(), signers, came_along: !signatures.foreign.is_empty() })
}

/// Reads a note's text as a checkpoint (c2sp.org/tlog-checkpoint).
fn checkpoint_of(text: &str) -> Result<Checkpoint, NoteError> {
    let mut lines = text.split('\n');
    let origin = lines.next().filter(|line| !line.is_empty()).ok_or(NoteError::BadCheckpoint("origin"))?;
    let size_text = lines.next().unwrap_or("");
    let size: u64 = size_text.parse().map_err(|_error| NoteError::BadCheckpoint("size"))?;
    if size.to_string() != size_text {
        return Err(NoteError::BadCheckpoint("size"));
    }
    let root = BASE64.decode(lines.next().unwrap_or("")).map_err(|_error| NoteError::BadCheckpoint("root"))?;
    let root: Hash = root.try_into().map_err(|_bytes| NoteError::BadCheckpoint("root"))?;
    Ok(Checkpoint { origin: origin.to_owned(), size, root })
}

fn parse_signature(line: &str) -> Option<Signature> {
    let (name, encoded) = line.strip_prefix("— ")?.split_once(' ')?;
    let Ok(bytes) = BASE64.decode(encoded) else { return None };
    let (id, rest) = bytes.split_first_chunk::<4>()?;
    if name.is_empty() || name.contains('+') || rest.is_empty() {
        return None;
    }
    Some(Signature { name: name.to_owned(), id: u32::from_be_bytes(*id), bytes: rest.to_vec() })
}

/// Verifies one signature; gives the signed time if there is one.
fn verify_one(text: &str, signature: &Signature, key: &Key) -> Result<Option<i64>, NoteError> {
    let wrong = || NoteError::WrongSignature(signature.name.clone());
    let timed = || signature.bytes.split_first_chunk::<8>().map(|(seconds, rest)| (u64::from_be_bytes(*seconds), rest));
    let (message, bytes, seconds) = match (&key.material, key.note_type) {
        (Material::Ed25519(_), Some(note_type::ED25519)) | (Material::Ecdsa(_), Some(note_type::ECDSA)) => {
            (text.as_bytes().to_vec(), signature.bytes.as_slice(), None)
        }
        (Material::Ed25519(_), Some(note_type::COSIGNATURE)) => {
            let (seconds, rest) = timed().ok_or_else(wrong)?;
            (cosigned_message(text, seconds).into_bytes(), rest, Some(seconds))
        }
        (Material::MlDsa44(_), Some(note_type::ML_DSA_44)) => {
            let (seconds, rest) = timed().ok_or_else(wrong)?;
            let checkpoint = checkpoint_of(text)?;
            (subtree_message(&key.name, seconds, &checkpoint).ok_or_else(wrong)?, rest, Some(seconds))
        }
        _ => return Err(NoteError::Unsupported(key.material.algorithm())),
    };
    if !key.material.verifies(&message, bytes) {
        return Err(wrong());
    }
    // A zero time is no statement about time (c2sp.org/tlog-cosignature, ML-DSA-44 signed message).
    let seconds = seconds.filter(|seconds| *seconds > 0);
    // A clock after 2262 is no forgery. The last moment that can be held stands for all that follow.
    Ok(seconds.map(|seconds| i64::try_from(seconds).map_or(i64::MAX, |seconds| seconds.saturating_mul(SECOND))))
}

/// What an ML-DSA-44 cosignature of a checkpoint signs (c2sp.org/tlog-cosignature, `cosigned_message`).
fn subtree_message(name: &str, seconds: u64, checkpoint: &Checkpoint) -> Option<Vec<u8>> {
    let mut message = b"subtree/v1\n\0".to_vec();
    let (Ok(name_length), Ok(origin_length)) = (u8::try_from(name.len()), u8::try_from(checkpoint.origin.len())) else { return None };
    message.push(name_length);
    message.extend_from_slice(name.as_bytes());
    message.extend_from_slice(&seconds.to_be_bytes());
    message.push(origin_length);
    message.extend_from_slice(checkpoint.origin.as_bytes());
    message.extend_from_slice(&0u64.to_be_bytes());
    message.extend_from_slice(&checkpoint.size.to_be_bytes());
    message.extend_from_slice(&checkpoint.root);
    Some(message)
}

/// What a timestamped cosignature signs (c2sp.org/tlog-cosignature).
pub fn cosigned_message(text: &str, seconds: u64) -> String {
    format!("cosignature/v1\ntime {seconds}\n{text}")
}

/// The text of a checkpoint, ready to be signed.
pub fn checkpoint_text(checkpoint: &Checkpoint) -> String {
    format!("{}\n{}\n{}\n", checkpoint.origin, checkpoint.size, BASE64.encode(checkpoint.root))
}

/// Signs `text` with a timestamped cosignature; `key` must be `signer`'s public half. Gives the whole note.
pub fn cosign(text: &str, key: &Key, signer: &SigningKey, seconds: u64) -> String {
    let signature = signer.sign(cosigned_message(text, seconds).as_bytes());
    let bytes = [&key.note_id().to_be_bytes()[..], &seconds.to_be_bytes(), &signature.to_bytes()].concat();
    format!("{text}\n— {} {}\n", key.name, BASE64.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, seed: u8) -> (Key, SigningKey) {
        let signer = SigningKey::from_bytes(&[seed; 32]);
        let key = Key::new(name, Material::Ed25519(signer.verifying_key().to_bytes()), Some(note_type::COSIGNATURE));
        (key, signer)
    }

    fn sealed() -> (String, Key) {
        let (key, signer) = key("acme.example/audit", 7);
        let text = checkpoint_text(&Checkpoint { origin: "acme.example/audit".into(), size: 3, root: [9; 32] });
        (cosign(&text, &key, &signer, 1_700_000_000), key)
    }

    #[test]
    fn the_example_of_the_specification_verifies() {
        // c2sp.org/signed-note, "Example".
        let text = "This is an example message.\n\n— example.com/foo 530d903b+not base64\n";
        assert_eq!(Note::parse(text), Err(NoteError::BadSignatureLine(1)));
    }

    #[test]
    fn a_signature_holds_and_gives_its_time() {
        let (text, key) = sealed();
        let mut store = Store::default();
        store.trust(key);
        let note = Note::parse(&text).unwrap();
        assert_eq!(note.checkpoint().unwrap().size, 3);
        let judged = note.judge(&store, "acme.example/audit").unwrap();
        assert_eq!(judged.sealed().and_then(gate::Vouched::time), Some(1_700_000_000 * SECOND));
    }

    #[test]
    fn an_unknown_key_is_ignored() {
        let (text, _) = sealed();
        let judged = Note::parse(&text).unwrap().judge(&Store::default(), "acme.example/audit").unwrap();
        assert_eq!((judged.sealed(), judged.unknown), (None, 1));
    }

    #[test]
    fn every_changed_byte_of_the_text_or_signature_is_noticed() {
        let (text, key) = sealed();
        let mut store = Store::default();
        store.trust(key);
        let original = Note::parse(&text).unwrap();
        for index in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[index] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            if let Ok(note) = Note::parse(&changed) {
                assert_ne!(note, original, "byte {index}");
                assert!(!matches!(note.judge(&store, "acme.example/audit"), Ok(judged) if judged.log().is_some()), "byte {index}");
            }
        }
    }
}
