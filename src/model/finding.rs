//! What verification saw: a fact and a place.

use serde::Serialize;

pub use super::place::{Place, Severity};
use super::words::Fact;
pub use super::words::code::Code;

/// One thing that verification saw: a fact with its arguments, and where. Its sentences are made in [`super::words`].
///
/// ```
/// use sealscope::{Code, Job, Severity, TrustStore, examine};
///
/// let mut trust = TrustStore::default();
/// trust.add_file("tests/vectors/hostile/segment-record-altered/trust".as_ref())?;
/// let case = examine(&["tests/vectors/hostile/segment-record-altered/evidence".into()], trust, &Job::default(), None);
/// let altered = case.findings.iter().find(|finding| finding.code == Code::RecordAltered);
/// assert!(altered.is_some_and(|finding| finding.severity == Severity::Error && finding.place.record.is_some()));
/// # Ok::<(), sealscope::StoreError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What kind: the fact's code.
    pub code: Code,
    /// How much it matters: the fact's severity.
    pub severity: Severity,
    /// What was seen.
    #[serde(rename = "arguments")]
    pub fact: Fact,
    /// Where.
    pub place: Place,
}

impl Finding {
    /// A finding of a fact.
    pub fn of(fact: impl Into<Fact>, place: Place) -> Self {
        let fact = fact.into();
        Self { code: fact.code(), severity: fact.severity(), fact, place }
    }

    /// Whether it says that a file was not read, or not to its end, for another reason than damage.
    pub fn says_unread(&self) -> bool {
        use super::words::{chains::ChainFact, cloudtrail::CloudTrailFact, reading::ReadingFact};
        match &self.fact {
            // Of files of logs, their reading itself says why it ended.
            Fact::ReadingFact(ReadingFact::Unreadable { .. }) => self.place.log.is_none(),
            Fact::ReadingFact(ReadingFact::CheckFailed { .. } | ReadingFact::ChangedWhileReading)
            | Fact::ChainFact(ChainFact::TooDisordered)
            | Fact::CloudTrailFact(CloudTrailFact::DigestUnread { .. }) => true,
            _ => false,
        }
    }

    /// A short headline: "Record 7,431 was altered".
    pub fn title(&self) -> String {
        self.fact.title(&self.place)
    }

    /// What was checked and seen, in plain words.
    pub fn text(&self) -> String {
        self.fact.text(&self.place)
    }

    /// What it can mean, harmless causes included.
    pub fn meaning(&self) -> &'static str {
        self.fact.meaning()
    }

    /// What to do next.
    pub fn next_step(&self) -> &'static str {
        self.fact.next_step()
    }
}
