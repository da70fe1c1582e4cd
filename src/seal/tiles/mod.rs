//! Transparency logs on disk: C2SP tlog-tiles (c2sp.org/tlog-tiles) — entry bundles, hash tiles and checkpoints.

mod log;
mod plan;
mod proof;
mod verdict;

use crate::seal::format::{Leaves, Observed, Reread, SealedLog, SegmentPlan, Wanted};
use crate::seal::primitives::entries::FULL;
use crate::seal::verdict::{Conclusion, Proof};
use log::TileLog;
pub use plan::TileLogs;

impl SealedLog for TileLog {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn seal(&self) -> &'static str {
        "transparency log"
    }

    fn segments(&self) -> &[SegmentPlan] {
        &self.plans
    }

    fn wanted(&self, segment: usize) -> Wanted {
        let first = self.plans.get(segment).map_or(0, |plan| plan.first);
        let sizes = self.checkpoints.iter().map(|signed| signed.checkpoint.size);
        let mut roots_at: Vec<u64> = sizes.filter(|&size| size > first && size < first.saturating_add(FULL)).collect();
        roots_at.sort_unstable();
        roots_at.dedup();
        Wanted { tree: Some(Leaves::Plain), roots_at, ..Wanted::default() }
    }

    fn conclude(&self, observed: &[Observed], reread: &dyn Reread) -> Conclusion {
        verdict::conclude(self, observed, reread)
    }

    fn prove(&self, segment: usize, index: u64, content: &[u8]) -> Proof {
        proof::prove(self, segment, index, content)
    }
}
