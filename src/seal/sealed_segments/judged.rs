//! What is known of a log of sealed segments while it is judged.

use std::collections::BTreeSet;

use super::log::SegmentLog;
use crate::model::finding::Finding;
use crate::seal::verdict::SegmentVerdict;

/// What is known of the log while it is judged.
pub(super) struct Judged<'a> {
    pub(super) log: &'a SegmentLog,
    pub(super) verdicts: Vec<SegmentVerdict>,
    pub(super) findings: Vec<Finding>,
    /// Whether the records of a segment lead to its root.
    pub(super) holds: Vec<bool>,
    /// Which segment's seal the records of a segment lead to: its own, unless seals were exchanged.
    pub(super) seal_of: Vec<usize>,
    /// Whether a seal speaks for the log: see [`links::speaking`].
    pub(super) speaks: Vec<bool>,
    /// Reasons reported already.
    pub(super) reported: BTreeSet<String>,
    /// Whether every segment was read to its end.
    pub(super) complete: bool,
    /// How many records before the first one here are outside.
    pub(super) before: u64,
}

impl Judged<'_> {
    /// Whether a segment's records lead to the root of its own seal.
    pub(super) fn holds_itself(&self, index: usize) -> bool {
        self.holds[index] && self.seal_of[index] == index
    }

    /// The number after the last record of a segment, by the seal that its records lead to.
    pub(super) fn end(&self, index: usize) -> u64 {
        self.log.segments[self.seal_of[index]].seal.checkpoint.size
    }
}
