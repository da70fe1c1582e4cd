//! The ways logs are sealed. A folder for each; they know hashes and signatures, nothing of events.
//!
//! [`format`] says what each offers, [`verdict`] what it answers, [`registry`] lists them, [`primitives`] is what several are built of.

pub mod chain;
mod claims;
pub mod cloudtrail;
pub mod excerpt;
pub mod format;
mod inclusion_proofs;
pub mod journal;
pub mod primitives;
pub mod registry;
pub mod sealed_segments;
pub mod tiles;
pub mod unread;
mod unsealed;
pub mod verdict;

pub use claims::Claims;
pub use excerpt::{bag, pruned};
pub use format::{
    Binding, Excerpt, Failure, Format, Included, Leaves, Observed, Progress, Reread, SealedLog, SegmentPlan, WITHHELD, Wanted, records,
};
pub use primitives::link::{Gathered, Link};
pub use primitives::segment::Unit;
pub use primitives::{locate, merkle, note, segment};
pub use registry::{FORMATS, binding};
pub use verdict::{Conclusion, Proof, SegmentVerdict, Step, Withheld};
