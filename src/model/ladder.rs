//! The proof ladder: five questions about a log, each with an honest answer.

use serde::Serialize;

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

/// One question and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rung {
    /// The question, as the user reads it.
    pub question: &'static str,
    /// The answer's kind.
    pub status: Status,
    /// The answer in words.
    pub text: String,
    /// What would raise the rung; empty when nothing would or it is proved.
    pub raise: String,
}

/// The questions, in order.
pub const QUESTIONS: [&str; 5] =
    ["Was a record edited?", "Was one removed or inserted?", "Was the end cut off?", "Whose key vouches for it?", "Is the time right?"];

/// The five answers for one log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Ladder(pub [Rung; 5]);

impl Ladder {
    /// Builds a ladder from five `(status, text, raise)` answers, in the order of [`QUESTIONS`].
    pub fn new(answers: [(Status, String, String); 5]) -> Self {
        let mut questions = QUESTIONS.iter();
        Self(answers.map(|(status, text, raise)| Rung { question: questions.next().copied().unwrap_or(""), status, text, raise }))
    }

    /// The ladder of a log that was not checked.
    pub fn unchecked() -> Self {
        let answer = || (Status::Unprovable, "it was not checked".to_owned(), String::new());
        Self::new([answer(), answer(), answer(), answer(), answer()])
    }

    /// The ladder of a log for which no integrity claim exists.
    pub fn unsealed() -> Self {
        let why = "nothing seals this log, so the question cannot be answered";
        let raise = "ask its owner for the seals or digest files, or seal it now to protect it from here on";
        Self::new([
            (Status::Unprovable, why.into(), raise.into()),
            (Status::Unprovable, why.into(), raise.into()),
            (Status::Unprovable, why.into(), raise.into()),
            (Status::Unprovable, "no key vouches for it".into(), raise.into()),
            (Status::Unprovable, "only the writer's own clock is known".into(), raise.into()),
        ])
    }
}
