//! The proof of one log file: its hash, the digest that lists it, and who signed that.

use sha2::{Digest as _, Sha256};

use super::digest::Judged;
use super::judging::fetch_head;
use super::log::Trail;
use crate::model::text::shell_word;
use crate::model::text::{bytes, hex};
use crate::seal::verdict::{Proof, Step};
use crate::trust::{Answer, LogSigner, Standing};

/// The proof of one record.
pub(super) fn prove(trail: &Trail, segment: usize, content: &[u8]) -> Proof {
    let Some(plan) = trail.plans.get(segment) else { return Proof::default() };
    let computed = hex(&Sha256::digest(content));
    let mut steps = vec![Step {
        state: Standing::UNSEALED,
        title: format!("Unpacked {}", bytes(content.len() as u64)),
        detail: format!("the whole file {}", plan.file.path),
    }];
    let mut step = |state: Standing, title: &str, detail: String| steps.push(Step::new(state, title, detail));
    let listing = trail.listing_for(segment, Some(&computed));
    let Some(listing) = listing else {
        step(Standing::UNSEALED, "No digest lists it", "it belongs to a missing or newer digest, or somebody put it there".into());
        return Proof { steps, command: String::new(), meaning: "Nothing vouches for this file.".into() };
    };
    let agrees = listing.hash.as_ref() == Some(&computed);
    let here = if agrees { listing.standing } else { Standing::BROKEN };
    if agrees {
        step(here, "SHA-256 as the digest lists it", computed.clone());
    } else {
        let sealed = listing.hash.as_deref().unwrap_or("in an algorithm that is not known here");
        step(here, "SHA-256 differs", format!("here   {computed}\nsealed {sealed}"));
    }
    step(listing.standing, "Listed in a digest", listing.by.clone());
    let judged = listing.digest.and_then(|number| trail.digests.get(number)).map(|digest| (digest, &digest.judged));
    let meaning = match judged {
        None => "A digest of another trail lists this file.",
        Some((_, Judged::Asked(answer))) => {
            let (title, detail, meaning) = answer_words(answer, agrees);
            step(listing.standing, title, detail);
            meaning
        }
        Some((digest, Judged::Absent)) => {
            step(listing.standing, "The digest's signature is not here", fetch_head(digest));
            "The newest digest's signature lies only in its S3 metadata."
        }
    };
    let cat = plan.file.packing.command();
    let listed = match &listing.hash {
        Some(listed) if !agrees => format!("\n# the digest lists {listed}"),
        _ => String::new(),
    };
    let command = format!("{cat} {} | sha256sum\n# prints {computed}{listed}", shell_word(&plan.file.path));
    Proof { steps, command, meaning: meaning.into() }
}

/// Title and detail of a step, and what the proof then means.
fn answer_words(answer: &Answer<LogSigner>, agrees: bool) -> (&'static str, String, &'static str) {
    match answer {
        Answer::Vouched(vouched) if agrees => (
            "The digest's signature holds",
            vouched.key().name.clone(),
            "The file is what CloudTrail delivered, if the key is CloudTrail's.",
        ),
        Answer::Vouched(vouched) => {
            ("The digest's signature holds", vouched.key().name.clone(), "This file is not what CloudTrail delivered.")
        }
        Answer::Foreign(key, _) => (
            "The digest's signature holds",
            format!("{} (from the evidence)", key.name),
            "The folder agrees with itself, but whoever made it could have made the key too.",
        ),
        Answer::Refused(key, _) => (
            "The signature holds under a key that may not speak here",
            key.name.clone(),
            "The key's dates or origins do not allow it to vouch for this digest.",
        ),
        Answer::Fails(key) => (
            "The digest's signature fails",
            format!("under {}: the digest was altered or forged", key.name),
            "The digest that should vouch for this file is not genuine.",
        ),
        Answer::Unfit | Answer::NoKey => (
            "The key is not here",
            "its fingerprint is in the digest".into(),
            "Save the output of `aws cloudtrail list-public-keys` and give it with --trust.",
        ),
    }
}
