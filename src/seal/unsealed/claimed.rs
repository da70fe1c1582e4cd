//! Files of which something here says that they were sealed, though the seal itself is missing or cannot be read. Nothing can be checked,
//! but they are never called unsealed: that nothing was ever claimed would not be true.

use crate::model::Answer;
use crate::model::Ladder;
use crate::model::Reason;
use crate::model::Remedy;
use crate::model::finding::{Finding, Place};
use crate::model::words::end::End;
use crate::model::words::keys::Keys as LogKeys;
use crate::model::words::reading::ReadingFact;
use crate::model::words::steps::{Meaning, StepFact};
use crate::seal::format::{Observed, Reread, SealedLog, SegmentPlan, Wanted};
use crate::seal::verdict::{Conclusion, Proof, SegmentVerdict, Step};
use crate::trust::Standing;

/// A file that was sealed once.
pub struct Claimed {
    origin: String,
    plans: Vec<SegmentPlan>,
    /// The path of what says so.
    said_by: String,
}

impl Claimed {
    /// A file, and the path of what says that it was sealed.
    pub fn new(plan: SegmentPlan, said_by: String) -> Self {
        Self { origin: plan.file.path.clone(), plans: vec![plan], said_by }
    }
}

impl SealedLog for Claimed {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn seal(&self) -> &'static str {
        "sealed, but the seal is missing"
    }

    fn segments(&self) -> &[SegmentPlan] {
        &self.plans
    }

    fn wanted(&self, _segment: usize) -> Wanted {
        Wanted::default()
    }

    fn conclude(&self, observed: &[Observed], _reread: &dyn Reread) -> Conclusion {
        let mut findings = Vec::new();
        for (plan, observed) in self.plans.iter().zip(observed) {
            let place = Place { log: Some(self.origin.clone()), path: plan.file.path.clone(), ..Place::default() };
            findings.push(Finding::of(ReadingFact::SealMissing { said_by: self.said_by.clone() }, place.clone()));
            if let Some(cause) = observed.failure.as_ref().and_then(crate::seal::format::Failure::cause) {
                findings.push(Finding::of(ReadingFact::Unreadable { cause: cause.to_owned() }, place));
            }
        }
        let segments = self.plans.iter().map(|plan| SegmentVerdict::uniform(Standing::UNCHECKED, plan.first)).collect();
        let reason = Reason::SealMissing { said_by: self.said_by.clone() };
        let ladder = Ladder::all(&Answer::unprovable(reason, Remedy::GetSeal));
        Conclusion { segments, findings, ladder, keys: LogKeys::None, end: End::Unknown }
    }

    fn files_stand_alone(&self) -> bool {
        true
    }

    fn prove(&self, _segment: usize, _index: u64, _content: &[u8]) -> Proof {
        let step = Step::new(Standing::UNCHECKED, StepFact::SealMissing { said_by: self.said_by.clone() });
        Proof { steps: vec![step], command: String::new(), meaning: Meaning::SealMissing { said_by: self.said_by.clone() } }
    }
}
