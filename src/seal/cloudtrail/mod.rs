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
mod proof;
mod verdict;
mod withheld;

use crate::seal::format::{Included, Observed, Reread, SealedLog, SegmentPlan, Wanted};
use crate::seal::verdict::{Conclusion, Proof};
use log::Trail;
pub use plan::CloudTrailDigests;

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

    fn conclude(&self, observed: &[Observed], reread: &dyn Reread) -> Conclusion {
        verdict::conclude(self, observed, reread)
    }

    fn files_stand_alone(&self) -> bool {
        true
    }

    fn included_with(&self, path: &str) -> Option<Included> {
        // A digest itself, or what lies beside it under its name.
        let before = self.paths.range(..=path.to_owned()).next_back();
        before.filter(|digest| path.starts_with(digest.as_str())).map(|_| Included::WithAny)
    }

    fn lists_its_files(&self) -> bool {
        true
    }

    fn prove(&self, segment: usize, _index: u64, content: &[u8]) -> Proof {
        proof::prove(self, segment, content)
    }
}
