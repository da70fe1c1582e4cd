//! The words every other module speaks: states, events, findings, ladders. No input or output, no clock.

pub mod category;
pub mod coverage;
pub mod event;
pub mod fields;
pub mod finding;
pub mod json;
pub mod ladder;
pub mod place;
pub mod receipt;
pub mod state;
pub mod stop;
pub mod text;
pub mod time;
pub mod words;

pub use coverage::{Cover, Coverage};
pub use event::{Category, Delegation, Event, Kind, Outcome};
pub use fields::{Field, Fields};
pub use finding::{Code, Finding, Place, Severity};
pub use ladder::{Answer, Ladder, Limit, Reason, Remedy, Rung, Status};
pub use state::{State, StateCounts, Verdict};
pub use words::Fact;
