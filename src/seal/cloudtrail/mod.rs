//! AWS CloudTrail log files under their chain of signed digest files, as `aws s3 sync` leaves them
//! (docs.aws.amazon.com/awscloudtrail, "Validating CloudTrail log file integrity" and "CloudTrail digest file structure").
//!
//! A digest's signature lies in the metadata of its S3 object, which a copy loses; the next digest repeats it. Only the newest digest
//! needs what `aws s3api head-object` prints.

mod chain;
mod digest;
mod judging;
mod log;
mod plan;
mod verdict;
mod withheld;

use sha2::{Digest as _, Sha256};

use crate::model::text::{bytes, hex};
use crate::seal::format::{Observed, Reread, SealedLog, SegmentPlan, Travels, Wanted};
use crate::seal::verdict::{Conclusion, Proof, Step};
use crate::trust::{Answer, Standing};
use digest::Judged;
use judging::{fetch_head, quoted};
use log::Trail;
pub use plan::CloudTrailDigests;
pub use withheld::WITHHELD;

impl SealedLog for Trail {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn seal(&self) -> &'static str {
        "CloudTrail digests"
    }

    fn segments(&self) -> &[SegmentPlan] {
        &self.plans
    }

    fn wanted(&self, _segment: usize) -> Wanted {
        Wanted { sha256: true, ..Wanted::default() }
    }

    fn conclude(&self, observed: &[Observed], _reread: &dyn Reread) -> Conclusion {
        verdict::conclude(self, observed)
    }

    fn files_stand_alone(&self) -> bool {
        true
    }

    fn travels(&self, path: &str) -> Option<Travels> {
        // A digest itself, or what lies beside it under its name.
        let before = self.paths.range(..=path.to_owned()).next_back();
        before.filter(|digest| path.starts_with(digest.as_str())).map(|_| Travels::WithAny)
    }

    fn lists_its_files(&self) -> bool {
        true
    }

    fn prove(&self, segment: usize, _index: u64, content: &[u8]) -> Proof {
        let Some(plan) = self.plans.get(segment) else { return Proof::default() };
        let computed = hex(&Sha256::digest(content));
        let mut steps = vec![Step {
            state: Standing::UNSEALED,
            title: format!("Unpacked {}", bytes(content.len() as u64)),
            detail: format!("the whole file {}", plan.file.path),
        }];
        let mut step = |state: Standing, title: &str, detail: String| steps.push(Step::new(state, title, detail));
        let listing = self.listing_for(segment, Some(&computed));
        let Some(listing) = listing else {
            step(Standing::UNSEALED, "No digest lists it", "it belongs to a missing or newer digest, or somebody put it there".into());
            return Proof { steps, command: String::new(), meaning: "Nothing vouches for this file.".into() };
        };
        let agrees = listing.hash.as_ref() == Some(&computed);
        let here = if agrees { listing.standing } else { Standing::BROKEN };
        if agrees {
            step(here, "SHA-256 as the digest lists it", computed);
        } else {
            let sealed = listing.hash.as_deref().unwrap_or("in an algorithm that is not known here");
            step(here, "SHA-256 differs", format!("here   {computed}\nsealed {sealed}"));
        }
        step(listing.standing, "Listed in a digest", listing.by.clone());
        let judged = listing.digest.and_then(|number| self.digests.get(number)).map(|digest| (digest, &digest.judged));
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
        Proof { steps, command: format!("{cat} {} | sha256sum", quoted(&plan.file.path)), meaning: meaning.into() }
    }
}

/// Title and detail of a step, and what the proof then means.
fn answer_words(answer: &Answer<crate::trust::LogSigner>, agrees: bool) -> (&'static str, String, &'static str) {
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
