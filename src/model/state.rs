//! Integrity states of a record and the verdict that sums them up.

use serde::Serialize;

/// How far a record can be believed. Ordered from best to worst, so that `max` keeps the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum State {
    /// Content, link and signature hold, and the key is trusted by the user.
    Sealed = 0,
    /// Hashes hold, but no trusted signature vouches for them.
    Consistent = 1,
    /// No integrity claim was ever made.
    Unsealed = 2,
    /// Not evaluated: cancelled, still loading, a key or neighbour missing.
    Unchecked = 3,
    /// Stands next to damage and is itself unproven.
    Suspect = 4,
    /// Provably altered, inserted, moved, or its signature fails.
    Broken = 5,
}

impl State {
    /// All states, best first.
    pub const ALL: [Self; 6] = [Self::Sealed, Self::Consistent, Self::Unsealed, Self::Unchecked, Self::Suspect, Self::Broken];

    /// The state stored under `number`, if there is one.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The lower-case word used in the window, the command line and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::Consistent => "consistent",
            Self::Unsealed => "unsealed",
            Self::Unchecked => "unchecked",
            Self::Suspect => "suspect",
            Self::Broken => "broken",
        }
    }

    /// What the state means, in one sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Sealed => "Content, link and signature hold, and you trust the key.",
            Self::Consistent => "The hashes hold, but no trusted signature vouches for them: an insider could have recomputed them.",
            Self::Unsealed => "No integrity claim was ever made for it. That is not an alarm.",
            Self::Unchecked => "It was not evaluated: the check was stopped, or a key or a neighbour is missing.",
            Self::Suspect => "It stands next to damage and is itself unproven.",
            Self::Broken => "It was provably altered, inserted or moved, or its signature fails.",
        }
    }
}

/// Counts of log entries by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StateCounts(pub [u64; 6]);

impl StateCounts {
    /// The count of one state.
    pub fn of(&self, state: State) -> u64 {
        self.0[state as usize]
    }

    /// Adds `count` entries of `state`.
    pub fn add(&mut self, state: State, count: u64) {
        self.0[state as usize] += count;
    }

    /// Adds all counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }

    /// All entries.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Entries whose integrity was evaluated, whatever came out.
    pub fn checked(&self) -> u64 {
        self.total() - self.of(State::Unchecked)
    }
}

/// The sum for a log or a case. Ordered from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Everything is sealed under trusted keys.
    Sealed,
    /// The hashes hold, but not under a trusted signature.
    Consistent,
    /// Something carries no integrity claim.
    Unsealed,
    /// Something was not evaluated.
    Unchecked,
    /// At least one finding is an error.
    Broken,
}

impl Verdict {
    /// The lower-case word used in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::Consistent => "consistent",
            Self::Unsealed => "unsealed",
            Self::Unchecked => "unchecked",
            Self::Broken => "broken",
        }
    }

    /// The verdict that a set of records and the presence of an error finding give.
    pub fn of(counts: &StateCounts, has_error: bool) -> Self {
        if has_error || counts.of(State::Broken) > 0 || counts.of(State::Suspect) > 0 {
            Self::Broken
        } else if counts.of(State::Unchecked) > 0 {
            Self::Unchecked
        } else if counts.of(State::Unsealed) > 0 {
            Self::Unsealed
        } else if counts.of(State::Consistent) > 0 {
            Self::Consistent
        } else if counts.of(State::Sealed) > 0 {
            Self::Sealed
        } else {
            Self::Unchecked
        }
    }

    /// The verdict on something whose parts are all in one state.
    pub fn of_state(state: State) -> Self {
        match state {
            State::Sealed => Self::Sealed,
            State::Consistent => Self::Consistent,
            State::Unsealed => Self::Unsealed,
            State::Unchecked => Self::Unchecked,
            State::Suspect | State::Broken => Self::Broken,
        }
    }

    /// The record state that looks like this verdict, for icons and colours.
    pub fn state(self) -> State {
        match self {
            Self::Sealed => State::Sealed,
            Self::Consistent => State::Consistent,
            Self::Unsealed => State::Unsealed,
            Self::Unchecked => State::Unchecked,
            Self::Broken => State::Broken,
        }
    }
}
