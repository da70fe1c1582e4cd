//! What the report for people says, as a list of blocks that the page and the paper draw alike.

use crate::model::State;

/// The report.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// Its title.
    pub title: String,
    /// When it was made, seconds since 1970; part of the paper's metadata.
    #[cfg_attr(not(feature = "pdf"), expect(dead_code, reason = "only the PDF states it"))]
    pub made: i64,
    /// Its parts from first to last.
    pub blocks: Vec<Block>,
}

/// A part of the report. Every text is plain: neither markup nor control characters mean anything in it.
#[derive(Clone, Debug)]
pub enum Block {
    /// The verdict, and what it covers.
    Verdict {
        /// How it stands.
        state: State,
        /// In a sentence.
        text: String,
        /// What it covers.
        coverage: String,
    },
    /// Begins a section.
    Heading(String),
    /// Begins a part of a section.
    Subheading(String),
    /// A paragraph.
    Text(String),
    /// A paragraph that matters less.
    Note(String),
    /// Names with their values.
    Facts(Vec<(String, String)>),
    /// A table.
    Table {
        /// Titles of the columns, with the share of the width that each takes.
        columns: Vec<(String, u32)>,
        /// Cells, row by row.
        rows: Vec<Vec<String>>,
    },
    /// Something that was found.
    Finding {
        /// How bad: `Broken`, `Suspect`, or none of them.
        state: State,
        /// What, in a few words.
        title: String,
        /// Severity, code and place.
        place: String,
        /// What was seen.
        text: String,
        /// What it can mean and what to do.
        meaning: String,
    },
    /// Short sentences one below the other.
    List(Vec<String>),
    /// Text whose lines stand as they are, in letters of one width.
    Verbatim(String),
    /// Events over time.
    Timeline(Timeline),
}

/// Events over time, a lane for each identity.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// Where it begins and ends, in words.
    pub ends: (String, String),
    /// The lanes.
    pub lanes: Vec<Lane>,
}

/// A lane.
#[derive(Clone, Debug)]
pub struct Lane {
    /// Whose it is.
    pub name: String,
    /// Its events.
    pub bars: Vec<Bar>,
}

/// Events that are near each other.
#[derive(Clone, Copy, Debug)]
pub struct Bar {
    /// Which of the [`BARS`] places in the lane.
    pub at: u16,
    /// Height, 1 to 255.
    pub height: u8,
    /// The worst state among them.
    pub state: State,
}

/// Places for bars in a lane.
pub const BARS: u16 = 160;

/// The sign of a state, readable without colour.
pub fn sign(state: State) -> &'static str {
    match state {
        State::Sealed => "●",
        State::Consistent => "◐",
        State::Unsealed => "○",
        State::Unchecked => "?",
        State::Suspect => "◇",
        State::Broken => "▲",
    }
}

/// The colour of a state on white paper: red, green, blue.
pub fn colour(state: State) -> [u8; 3] {
    match state {
        State::Broken => [0xb3, 0x26, 0x1e],
        State::Suspect => [0xa0, 0x60, 0x00],
        State::Sealed => [0x1d, 0x7a, 0x6d],
        State::Consistent => [0x2f, 0x5d, 0xb8],
        State::Unsealed | State::Unchecked => [0x7a, 0x85, 0x94],
    }
}
