//! Runs seals and schemas over everything opened, in parallel, and keeps what comes out. Knows no format.

mod duplicates;
mod engine;
mod examination;
mod guard;
mod job;
mod look;
mod originals;
mod plan;
mod raw;
mod read;
mod sentence;
mod settle;
mod usage;

#[cfg(test)]
mod tests;

pub use engine::{Publish, examine};
pub use examination::{Coverage, Examination, LogReport, SegmentReport};
pub(crate) use guard::guarded;
pub use job::{Job, Progress};
pub use look::LookError;
pub use sentence::{Stated, stated};
