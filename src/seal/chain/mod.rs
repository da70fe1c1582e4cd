//! Logs whose records carry the hash of their predecessor, by profile.

mod container;
pub mod guess;
mod handover;
mod json;
mod ladder;
mod pieces;
mod plan;
mod preimage;
mod profile;
mod proof;
mod record;
mod signature;
mod signers;
pub mod skeleton;
mod table;
mod verdict;
mod walk;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use crate::model::Coverage;
use crate::seal::claims::Claims;
use crate::seal::format::{Excerpt, Format, Going, Observed, Reread, SealedLog, SegmentPlan, Wanted};
use crate::seal::primitives::link::{Gathered, Link, Links};
use crate::seal::verdict::{Conclusion, Proof};
use crate::source::{File, SourceError};
use crate::trust::Store as Keys;
use container::Container;
pub use profile::{Profile, ProfileError};
use record::Record;

/// Finds hash-chained logs.
pub struct HashChains;

struct Chain {
    origin: String,
    profile: Arc<Profile>,
    /// What the hash covers, for each form of the preimage: as it is, and without what is ambiguous.
    coverages: Vec<[Coverage; 2]>,
    containers: Vec<Container>,
    plans: Vec<SegmentPlan>,
    keys: Keys,
    /// Whether the fields are a chain's, but no hash comes right.
    doubtful: bool,
    /// What the judgement found that the proof of a single record must know.
    known: OnceLock<signers::Known>,
}

impl Format for HashChains {
    fn plan(&self, claims: &mut Claims, keys: &mut Keys) -> Vec<Box<dyn SealedLog>> {
        plan::plan(claims, keys).into_iter().map(|chain| Box::new(chain) as Box<dyn SealedLog>).collect()
    }
}

impl Chain {
    fn new(origin: String, profile: Arc<Profile>, keys: &Keys, doubtful: bool) -> Self {
        let forms = std::iter::once(&profile.preimage).chain(&profile.otherwise);
        let coverages = forms.map(|parts| [false, true].map(|sure| preimage::coverage(&profile, parts, sure))).collect();
        let (containers, plans, known) = (Vec::new(), Vec::new(), OnceLock::new());
        Self { origin, profile, coverages, containers, plans, keys: keys.clone(), doubtful, known }
    }

    /// The records of a file's content; an error says in words why there are none.
    fn records<'a>(&self, segment: usize, content: &'a [u8]) -> Result<Vec<Cow<'a, [u8]>>, String> {
        self.containers.get(segment).map_or_else(|| Ok(Vec::new()), |container| container.records(&self.profile, content))
    }

    fn read(&self, record: &[u8]) -> Option<Link> {
        record::read(&self.profile, record).link(&self.profile, &self.keys, &self.origin, record)
    }
}

impl SealedLog for Chain {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn seal(&self) -> &'static str {
        "hash chain"
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

    fn excerpt(&self, segment: usize, file: &File, chosen: &[u64], going: Going<'_>) -> Result<Option<Excerpt>, SourceError> {
        if self.doubtful { Ok(None) } else { skeleton::excerpt(self, segment, file, chosen, going) }
    }

    fn files_stand_alone(&self) -> bool {
        self.profile.rotation == profile::Rotation::Reset
    }

    fn can_excerpt(&self, segment: usize) -> bool {
        !self.doubtful && skeleton::is_possible(self, segment)
    }

    fn prove(&self, segment: usize, index: u64, content: &[u8]) -> Proof {
        proof::prove(self, segment, index, content)
    }
}

/// The record, if it is one of the profile that every reader reads alike.
fn tree_of<'a>(profile: &Profile, record: &'a [u8]) -> Option<json::Tree<'a>> {
    if let Record::Chained(tree) = record::read(profile, record) { Some(tree) } else { None }
}
