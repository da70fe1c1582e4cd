//! Logs whose records carry the hash of their predecessor, by profile.

mod announced;
mod container;
pub mod guess;
mod handover;
mod json;
mod judged;
mod known;
mod ladder;
pub mod link_proof;
mod log;
mod pieces;
mod plan;
mod preimage;
mod profile;
mod profiles;
mod proof;
mod record;
mod signature;
mod signers;
mod table;
mod verdict;
mod walk;

use std::borrow::Cow;

use crate::model::Coverage;
use crate::seal::claims::Claims;
use crate::seal::format::{Excerpt, Format, Observed, Progress, Reread, SealedLog, SegmentPlan, Wanted};
use crate::seal::primitives::link::{Gathered, Link, Links};
use crate::seal::verdict::{Conclusion, Proof};
use crate::source::{File, SourceError};
use crate::trust::Store as Keys;
use log::Chain;
pub use profile::{Profile, ProfileError};

/// What this way of sealing is called.
pub const SEAL: &str = "hash chain";

/// Finds hash-chained logs.
pub struct HashChains;

impl Format for HashChains {
    fn plan(&self, claims: &mut Claims, keys: &mut Keys) -> Vec<Box<dyn SealedLog>> {
        plan::plan(claims, keys).into_iter().map(|chain| Box::new(chain) as Box<dyn SealedLog>).collect()
    }
}

impl SealedLog for Chain {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn seal(&self) -> &'static str {
        SEAL
    }

    fn segments(&self) -> &[SegmentPlan] {
        &self.plans
    }

    fn wanted(&self, _segment: usize) -> Wanted {
        Wanted { links: true, ..Wanted::default() }
    }

    fn entries<'a>(&self, segment: usize, content: &'a [u8]) -> Option<Result<Vec<Cow<'a, [u8]>>, String>> {
        Some(self.records(segment, content))
    }

    fn link(&self, _segment: usize, record: &[u8]) -> Option<Link> {
        self.read(record)
    }

    fn gather(&self, _segment: usize) -> Box<dyn Gathered> {
        Box::new(Links::default())
    }

    fn coverage(&self, _segment: usize, link: Option<&Link>) -> &Coverage {
        const ALL: &Coverage = &Coverage::All;
        let Some(link) = link.filter(|_| !self.doubtful) else { return ALL };
        self.coverages.get(link.form).map_or(ALL, |coverages| &coverages[usize::from(link.ambiguous)])
    }

    fn conclude(&self, observed: &[Observed], reread: &dyn Reread) -> Conclusion {
        verdict::conclude(self, observed, reread)
    }

    fn excerpt(&self, segment: usize, file: &File, chosen: &[u64], progress: Progress<'_>) -> Result<Option<Excerpt>, SourceError> {
        if self.doubtful { Ok(None) } else { link_proof::excerpt(self, segment, file, chosen, progress) }
    }

    fn files_stand_alone(&self) -> bool {
        self.profile.rotation == profile::Rotation::Reset
    }

    fn can_excerpt(&self, segment: usize) -> bool {
        !self.doubtful && link_proof::is_possible(self, segment)
    }

    fn prove(&self, segment: usize, index: u64, content: &[u8]) -> Proof {
        proof::prove(self, segment, index, content)
    }
}
