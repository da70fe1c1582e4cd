//! The proof of one log file: its hash, the digest that lists it, and who signed that.

use sha2::{Digest as _, Sha256};

use super::digest::Judged;
use super::judging::fetch_head;
use super::log::Trail;
use crate::model::text::{hex, shell_word};
use crate::model::words::steps::{Meaning, StepFact};
use crate::seal::verdict::{Proof, Step};
use crate::trust::{Answer, LogSigner, Standing};

/// The proof of one record.
pub(super) fn prove(trail: &Trail, segment: usize, content: &[u8]) -> Proof {
    let Some(plan) = trail.plans.get(segment) else { return Proof::default() };
    let computed = hex(&Sha256::digest(content));
    let unpacked = StepFact::Unpacked { size: content.len() as u64, path: plan.file.path.clone() };
    let mut steps = vec![Step::new(Standing::UNSEALED, unpacked)];
    let mut step = |state: Standing, fact: StepFact| steps.push(Step::new(state, fact));
    let Some(listing) = trail.listing_for(segment, Some(&computed)) else {
        step(Standing::UNSEALED, StepFact::NotListed);
        return Proof { steps, command: String::new(), meaning: Meaning::NotListed };
    };
    let agrees = listing.hash.as_ref() == Some(&computed);
    match agrees {
        true => step(listing.standing, StepFact::HashAsListed { hash: computed.clone() }),
        false => step(Standing::BROKEN, StepFact::HashNotAsListed { here: computed.clone(), sealed: listing.hash.clone() }),
    }
    step(listing.standing, StepFact::Listed { digest: listing.by.clone() });
    let judged = listing.digest.and_then(|number| trail.digests.get(number)).map(|digest| (digest, &digest.judged));
    let meaning = match judged {
        None => Meaning::ListedElsewhere,
        Some((_, Judged::Asked(answer))) => {
            let (fact, meaning) = answered(answer, agrees);
            step(listing.standing, fact);
            meaning
        }
        Some((digest, Judged::Absent)) => {
            step(listing.standing, StepFact::DigestSignatureMissing { command: fetch_head(digest) });
            Meaning::DigestSignatureMissing
        }
    };
    let cat = plan.file.packing.command();
    let listed = match &listing.hash {
        Some(listed) if !agrees => format!("\n# the digest lists {listed}"),
        _ => String::new(),
    };
    let command = format!("{cat} {} | sha256sum\n# prints {computed}{listed}", shell_word(&plan.file.path));
    Proof { steps, command, meaning }
}

/// What the gate's answer is as a step, and what the proof then means.
fn answered(answer: &Answer<LogSigner>, agrees: bool) -> (StepFact, Meaning) {
    match answer {
        Answer::Vouched(vouched) => {
            let meaning = if agrees { Meaning::AsDelivered } else { Meaning::NotAsDelivered };
            (StepFact::DigestSigned { key: vouched.key().name.clone() }, meaning)
        }
        Answer::Foreign(key, _) => (StepFact::DigestSignedByStranger { key: key.name.clone() }, Meaning::AgreesWithFolder),
        Answer::Refused(key, _) => (StepFact::DigestKeyRefused { key: key.name.clone() }, Meaning::DigestKeyRefused),
        Answer::Fails(key) => (StepFact::DigestForged { key: key.name.clone() }, Meaning::DigestForged),
        Answer::Unfit | Answer::NoKey => (StepFact::DigestKeyMissing, Meaning::DigestKeyMissing),
    }
}
