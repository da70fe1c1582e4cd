//! What a format says of a log, of its segments and of single records.

use std::ops::Range as Span;

use crate::model::words::end::End;
use crate::model::words::keys::Keys;
use crate::model::words::steps::{Meaning, ReadFrom, StepFact};
use crate::model::{Finding, Ladder};
use crate::trust::Standing;

/// What a log says of one of its segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentVerdict {
    /// State of every record not named in `exceptions`.
    pub state: Standing,
    /// Runs of records, by index in the file, with a state of their own.
    pub exceptions: Vec<(Span<u64>, Standing)>,
    /// Number in the log of the first record.
    pub first: u64,
    /// When it was sealed, nanoseconds since 1970, if that was signed.
    pub sealed_at: Option<i64>,
    /// Whether its records are counted in another segment.
    pub duplicate: bool,
}

impl SegmentVerdict {
    /// A segment whose records are all in one state.
    pub fn uniform(state: Standing, first: u64) -> Self {
        Self { state, exceptions: Vec::new(), first, sealed_at: None, duplicate: false }
    }
}

/// The sum for a log.
#[derive(Clone, Debug)]
pub struct Conclusion {
    /// One for each segment plan, in order.
    pub segments: Vec<SegmentVerdict>,
    /// What was seen.
    pub findings: Vec<Finding>,
    /// The five answers.
    pub ladder: Ladder,
    /// The keys that vouch for it.
    pub keys: Keys,
    /// What is known of its end.
    pub end: End,
}

/// A step of a proof, as recomputed now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// Whether it holds, and who says so: a state to draw.
    pub state: Standing,
    /// What was done, with its values.
    pub fact: StepFact,
}

impl Step {
    /// A step.
    pub fn new(state: Standing, fact: StepFact) -> Self {
        Self { state, fact }
    }

    /// The first step: the record was read, `size` bytes of it.
    pub fn read(size: usize, from: ReadFrom) -> Self {
        Self::new(Standing::UNSEALED, StepFact::Read { size: size as u64, from })
    }

    /// What was done, in a few words.
    pub fn title(&self) -> String {
        self.fact.title()
    }

    /// The values, in lines.
    pub fn detail(&self) -> String {
        self.fact.detail()
    }
}

/// A proof of one record.
///
/// ```
/// use sealscope::{Job, StepFact, TrustStore, examine};
///
/// let evidence = "tests/vectors/harmless/trust-two-segments/evidence".into();
/// let case = examine(&[evidence], TrustStore::default(), &Job::default(), None);
/// let proof = case.prove(0)?;
/// assert!(matches!(proof.steps[0].fact, StepFact::Read { .. }));
/// for step in &proof.steps {
///     println!("{}: {}", step.state.state().word(), step.title());
/// }
/// println!("{}", proof.meaning.words());
/// # Ok::<(), sealscope::LookError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Proof {
    /// From the record's bytes to the trusted key.
    pub steps: Vec<Step>,
    /// Commands with stock tools that repeat the decisive step.
    pub command: String,
    /// What the result can mean.
    pub meaning: Meaning,
}

/// What an excerpt says of the records that are not in it, counted from what is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withheld {
    /// How many: from `since` up to the signed size.
    pub records: u64,
    /// The number from which they are counted: where the segment is shown to begin, else 0.
    pub since: u64,
    /// Whether those that are here follow one another without a gap.
    pub contiguous: bool,
}
