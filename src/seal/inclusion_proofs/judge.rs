//! How far a proof's root, and the signer of the file, are vouched for.

use crate::model::words::keys::KeyStanding;
use crate::model::words::keys::KeyUse;
use sha2::{Digest, Sha256};

use super::inclusion::{InclusionProof, Leaf, Signed};
use super::parse::Digests;
use crate::model::time::SECOND;
use crate::model::words::Fact;
use crate::model::words::keys::KeyFact;
use crate::model::words::proofs::ProofFact;
use crate::seal::inclusion_proofs::sigstore::Own;
use crate::seal::primitives::merkle::Hash;
use crate::seal::primitives::note::{Note, checkpoint_text, cosigned_message, not_vouched, refusal};
use crate::trust::{Answer, Candidate, Key, LogSigner, Material, Outcome, Standing, Store as Keys, Subject, Witness};

/// Whether and by whom the root is signed.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    pub standing: Standing,
    pub key: KeyUse,
    /// The signed time, nanoseconds since 1970, by signatures that count.
    pub time: Option<i64>,
    pub finding: Option<Fact>,
}

impl Judged {
    fn new(standing: Standing, key: KeyUse) -> Self {
        Self { standing, key, time: None, finding: None }
    }

    fn because(self, fact: impl Into<Fact>) -> Self {
        Self { finding: Some(fact.into()), ..self }
    }
}

/// Judges the root's signatures.
pub(super) fn judge(inclusion: &InclusionProof, keys: &Keys) -> Judged {
    let judged = match &inclusion.signed {
        Signed::Note(note) => by_note(inclusion, note, keys),
        Signed::Sigsum(log, signature, cosignatures) => by_sigsum(inclusion, log, signature, cosignatures, keys),
    };
    // That something was logged does not say who signed it.
    match &inclusion.leaf {
        Leaf::Entry(_) if judged.standing < Standing::CONSISTENT => {
            Judged { standing: Standing::CONSISTENT, ..judged }.because(ProofFact::SignerNotJudged)
        }
        _ => judged,
    }
}

fn by_note(inclusion: &InclusionProof, note: &Note, keys: &Keys) -> Judged {
    let origin = &inclusion.checkpoint.origin;
    let signatures = match note.judge(keys, origin) {
        Ok(signatures) => signatures,
        Err(error) => {
            return Judged::new(Standing::BROKEN, KeyUse::of_log(origin.clone(), KeyStanding::Fails))
                .because(ProofFact::RootForged { cause: error.to_string() });
        }
    };
    let time = signatures.time();
    let named = |standing| match signatures.log() {
        Some(vouched) => KeyUse::new(vouched.key().name.clone(), standing),
        None => KeyUse::of_log(origin.clone(), standing),
    };
    if let Some(vouched) = signatures.sealed() {
        return Judged { time, ..Judged::new(Standing::sealed(vouched), named(KeyStanding::Trusted)) };
    }
    if signatures.quorum_missed() {
        let quorum = KeyFact::QuorumMissed { origin: origin.clone() };
        return Judged { time, ..Judged::new(Standing::CONSISTENT, named(KeyStanding::TooFewWitnesses)) }.because(quorum);
    }
    let unknown = Judged::new(Standing::CONSISTENT, KeyUse::of_log(origin.clone(), KeyStanding::Unknown));
    match not_vouched(note, &signatures, origin) {
        Some(why) => unknown.because(why),
        None => unknown,
    }
}

/// Whether a key is the one that sigsum names by the SHA-256 of its bytes.
fn is_named(key: &Key, hash: &Hash) -> Candidate {
    let own = matches!(&key.material, Material::Ed25519(public) if Hash::from(Sha256::digest(public)) == *hash);
    if own { Candidate::Named } else { Candidate::No }
}

fn by_sigsum(inclusion: &InclusionProof, log: &Hash, signature: &[u8], cosignatures: &[(Hash, u64, Vec<u8>)], keys: &Keys) -> Judged {
    let origin = &inclusion.checkpoint.origin;
    let text = checkpoint_text(&inclusion.checkpoint);
    // The signed bytes name the key; a key without stated origins speaks for itself.
    let own = keys.trusted().iter().find(|key| is_named(key, log) == Candidate::Named);
    let subject = own.filter(|key| key.origins.is_empty()).map_or(origin.as_str(), |key| key.name.as_str());
    let holds = |key: &Key, message: &str, signature: &[u8], time: Option<i64>| {
        if key.material.verifies(message.as_bytes(), signature) { Outcome::Holds { time } } else { Outcome::Fails }
    };
    let answer = keys.ask::<LogSigner>(Subject::Named(subject), &|key| is_named(key, log), &|key| holds(key, &text, signature, None));
    let unknown = || Judged::new(Standing::CONSISTENT, KeyUse::of_log(origin.clone(), KeyStanding::Unknown));
    let vouched = match answer {
        Answer::Vouched(vouched) => vouched,
        Answer::Fails(key) => {
            return Judged::new(Standing::BROKEN, KeyUse::of_log(origin.clone(), KeyStanding::Fails))
                .because(ProofFact::TreeHeadForged { key: key.name.clone() });
        }
        Answer::Refused(key, why) => {
            return unknown().because(refusal(&key, why, origin));
        }
        Answer::Foreign(..) | Answer::Unfit | Answer::NoKey => {
            return unknown().because(KeyFact::Unknown { origin: origin.clone(), signers: Vec::new(), came_along: false });
        }
    };
    let witnesses: Vec<_> = cosignatures
        .iter()
        .filter_map(|(hash, seconds, signature)| {
            let time = i64::try_from(*seconds).map_or(None, |seconds| seconds.checked_mul(SECOND)).filter(|time| *time > 0)?;
            let message = cosigned_message(&text, *seconds);
            let answer =
                keys.ask::<Witness>(Subject::Named(origin), &|key| is_named(key, hash), &|key| holds(key, &message, signature, Some(time)));
            answer.vouched().cloned()
        })
        .collect();
    let signers: Vec<&Key> = witnesses.iter().map(|witness| witness.key()).collect();
    let time = witnesses.iter().filter_map(|witness| witness.time()).min();
    if keys.policy().is_some_and(|policy| !policy.is_met(&signers)) {
        let key = KeyUse::new(vouched.key().name.clone(), KeyStanding::TooFewWitnesses);
        let quorum = KeyFact::QuorumMissed { origin: origin.clone() };
        return Judged { time, ..Judged::new(Standing::CONSISTENT, key) }.because(quorum);
    }
    Judged { time, ..Judged::new(Standing::sealed(&vouched), KeyUse::new(vouched.key().name.clone(), KeyStanding::Trusted)) }
}

/// How far the file can be believed, now that the proof leads from it to the root: its signer is judged too.
pub(super) fn over(root: &Judged, inclusion: &InclusionProof, content: &[u8], keys: &Keys) -> (Standing, Option<Fact>) {
    match &inclusion.leaf {
        Leaf::Content | Leaf::Segment(_) => (root.standing, None),
        Leaf::Entry(logged) => match logged.own_signature(content) {
            Own::Holds => (root.standing, None),
            Own::Fails => (Standing::BROKEN, Some(ProofFact::OwnSignatureFails.into())),
            Own::Unknown => (root.standing.max(Standing::UNCHECKED), Some(ProofFact::OwnSignatureNotChecked.into())),
        },
        Leaf::Sigsum(signature, submitter, _) => {
            // sigsum's log.md: namespace, a zero byte, the checksum.
            let message = [b"sigsum.org/v1/tree-leaf\0".as_slice(), &Digests::of(content).checksum()].concat();
            let own = keys.trusted().iter().find(|key| is_named(key, submitter) == Candidate::Named);
            let subject = own.map_or(Subject::Unnamed(&inclusion.checkpoint.origin), |key| Subject::Named(&key.name));
            let check = |key: &Key| match key.material.verifies(&message, signature) {
                true => Outcome::Holds { time: root.time },
                false => Outcome::Fails,
            };
            match keys.ask::<LogSigner>(subject, &|key| is_named(key, submitter), &check) {
                Answer::Vouched(vouched) => (root.standing.max(Standing::sealed(&vouched)), None),
                Answer::Fails(key) => (Standing::BROKEN, Some(ProofFact::LeafForged { key: key.name.clone() }.into())),
                Answer::Refused(..) | Answer::Foreign(..) | Answer::Unfit | Answer::NoKey => {
                    (root.standing.max(Standing::CONSISTENT), Some(ProofFact::SubmitterUnknown.into()))
                }
            }
        }
    }
}
