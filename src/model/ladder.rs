//! The proof ladder: five questions about a log, each with an honest answer.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::finding::Finding;
pub use super::words::ladder::{Limit, Reason, Remedy};

/// How a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Shown by the evidence under a trusted key.
    Proved,
    /// True if the stated condition is.
    Conditional,
    /// Cannot be known from what is here; the text says why.
    Unprovable,
    /// The evidence shows the opposite; the text says where.
    Failed,
}

impl Status {
    /// The lower-case word used in JSON and text.
    pub fn word(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Conditional => "conditional",
            Self::Unprovable => "unprovable",
            Self::Failed => "failed",
        }
    }
}

/// An answer: how, why, within which limits, and what would strengthen it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The answer's kind.
    pub status: Status,
    /// Why.
    pub reason: Reason,
    /// What limits it.
    pub limits: Vec<Limit>,
    /// What would strengthen it; `None` when nothing would or it is proved.
    pub remedy: Option<Remedy>,
}

impl Answer {
    /// An answer without limits.
    pub fn new(status: Status, reason: Reason, remedy: impl Into<Option<Remedy>>) -> Self {
        Self { status, reason, limits: Vec::new(), remedy: remedy.into() }
    }

    /// It is proved.
    pub fn proved(reason: Reason) -> Self {
        Self::new(Status::Proved, reason, None)
    }

    /// It holds under a condition, or within limits.
    pub fn conditional(reason: Reason, remedy: impl Into<Option<Remedy>>) -> Self {
        Self::new(Status::Conditional, reason, remedy)
    }

    /// It cannot be known.
    pub fn unprovable(reason: Reason, remedy: impl Into<Option<Remedy>>) -> Self {
        Self::new(Status::Unprovable, reason, remedy)
    }

    /// The evidence shows the opposite.
    pub fn failed(reason: Reason, remedy: impl Into<Option<Remedy>>) -> Self {
        Self::new(Status::Failed, reason, remedy)
    }

    /// Findings show the opposite: the first one is named. `None` if there are none.
    pub fn found<'a>(findings: impl IntoIterator<Item = &'a Finding>, remedy: impl Into<Option<Remedy>>) -> Option<Self> {
        let mut findings = findings.into_iter();
        let first = findings.next()?;
        let reason = Reason::Found { finding: Box::new(first.clone()), more: findings.count() as u64 };
        Some(Self::failed(reason, remedy))
    }

    /// With one more limit.
    #[must_use]
    pub fn but(mut self, limit: Limit) -> Self {
        self.limits.push(limit);
        self
    }

    /// With more limits.
    #[must_use]
    pub fn within(mut self, limits: impl IntoIterator<Item = Limit>) -> Self {
        self.limits.extend(limits);
        self
    }
}

/// One question and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rung {
    /// The question, as the user reads it.
    pub question: &'static str,
    /// The answer's kind.
    pub status: Status,
    /// The answer.
    pub answer: Answer,
}

impl Rung {
    /// The answer in words.
    pub fn text(&self) -> String {
        let limits = self.answer.limits.iter().map(Limit::words);
        std::iter::once(self.answer.reason.words()).chain(limits).collect::<Vec<_>>().join(", ")
    }

    /// What would strengthen the answer, in words; empty when nothing would or it is proved.
    pub fn raise(&self) -> String {
        self.answer.remedy.as_ref().map_or_else(String::new, Remedy::words)
    }
}

/// The words and the arguments.
impl Serialize for Rung {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// What the words are made from.
        #[derive(Serialize)]
        struct Arguments<'a> {
            reason: &'a Reason,
            limits: &'a [Limit],
            remedy: Option<&'a Remedy>,
        }
        let Answer { reason, limits, remedy, .. } = &self.answer;
        let mut object = serializer.serialize_struct("Rung", 5)?;
        object.serialize_field("question", self.question)?;
        object.serialize_field("status", &self.status)?;
        object.serialize_field("text", &self.text())?;
        object.serialize_field("raise", &self.raise())?;
        object.serialize_field("arguments", &Arguments { reason, limits, remedy: remedy.as_ref() })?;
        object.end()
    }
}

/// The questions, in order.
pub const QUESTIONS: [&str; 5] =
    ["Was a record edited?", "Was one removed or inserted?", "Was the end cut off?", "Whose key vouches for it?", "Is the time right?"];

/// The five answers for one log.
///
/// ```
/// use sealscope::{Job, Status, TrustStore, examine};
///
/// let evidence = "tests/vectors/harmless/trust-two-segments/evidence".into();
/// let case = examine(&[evidence], TrustStore::default(), &Job::default(), None);
/// let ladder = &case.logs[0].ladder;
/// // Without the sealer's key nothing is proved.
/// assert!(ladder.0.iter().all(|rung| rung.status != Status::Proved));
/// for rung in &ladder.0 {
///     println!("{} {}: {}. {}", rung.question, rung.status.word(), rung.text(), rung.raise());
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Ladder(pub [Rung; 5]);

impl Ladder {
    /// Builds a ladder from five answers, in the order of [`QUESTIONS`].
    pub fn new(answers: [Answer; 5]) -> Self {
        let mut questions = QUESTIONS.iter();
        Self(answers.map(|answer| Rung { question: questions.next().copied().unwrap_or(""), status: answer.status, answer }))
    }

    /// One answer to every question.
    pub fn all(answer: &Answer) -> Self {
        Self::new(std::array::from_fn(|_| answer.clone()))
    }

    /// The ladder of a log that was not checked.
    pub fn unchecked() -> Self {
        Self::all(&Answer::unprovable(Reason::NotChecked, None))
    }

    /// The ladder of a log for which no integrity claim exists.
    pub fn unsealed() -> Self {
        let answer = |reason| Answer::unprovable(reason, Remedy::SealIt);
        Self::new([
            answer(Reason::NothingSeals),
            answer(Reason::NothingSeals),
            answer(Reason::NothingSeals),
            answer(Reason::NoKeyVouches),
            answer(Reason::WritersClock),
        ])
    }
}
