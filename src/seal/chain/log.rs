//! A hash-chained log as it was found.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use super::announced::Announced;
use super::container::Container;
use super::known::Known;
use super::profile::Profile;
use super::record::{self, Record};
use super::{json, preimage};
use crate::model::Coverage;
use crate::seal::format::SegmentPlan;
use crate::seal::primitives::link::Link;
use crate::trust::Store as Keys;

pub(super) struct Chain {
    pub(super) origin: String,
    pub(super) profile: Arc<Profile>,
    /// What the hash covers, for each form of the preimage: as it is, and without what is ambiguous.
    pub(super) coverages: Vec<[Coverage; 2]>,
    pub(super) containers: Vec<Container>,
    pub(super) plans: Vec<SegmentPlan>,
    pub(super) keys: Keys,
    /// Whether the fields are a chain's, but no hash matches.
    pub(super) doubtful: bool,
    /// Changes of key among all chains of the case.
    pub(super) announced: Arc<Announced>,
    /// What the judgement found that the proof of a single record must know.
    pub(super) known: OnceLock<Known>,
}

impl Chain {
    pub(super) fn new(origin: String, profile: Arc<Profile>, keys: &Keys, doubtful: bool) -> Self {
        let forms = std::iter::once(&profile.preimage).chain(&profile.otherwise);
        let coverages = forms.map(|parts| [false, true].map(|sure| preimage::coverage(&profile, parts, sure))).collect();
        let (containers, plans, known) = (Vec::new(), Vec::new(), OnceLock::new());
        Self { origin, profile, coverages, containers, plans, keys: keys.clone(), doubtful, announced: Arc::default(), known }
    }

    /// The records of a file's content; an error says in words why there are none.
    pub(super) fn records<'a>(&self, segment: usize, content: &'a [u8]) -> Result<Vec<Cow<'a, [u8]>>, String> {
        self.containers.get(segment).map_or_else(|| Ok(Vec::new()), |container| container.records(&self.profile, content))
    }

    pub(super) fn read(&self, record: &[u8]) -> Option<Link> {
        let link = record::read(&self.profile, record).link(&self.profile, &self.keys, &self.origin, record);
        if let Some(link) = &link {
            self.announced.note(&self.origin, link);
        }
        link
    }

    /// The keys for the chain of a name: changes of key in other chains have taken from them what they gave up.
    pub(super) fn keys_of(&self, chain: &str) -> Cow<'_, Keys> {
        let handovers = self.announced.outside(&self.origin, chain);
        if handovers.is_empty() {
            return Cow::Borrowed(&self.keys);
        }
        let mut keys = self.keys.clone();
        handovers.into_iter().for_each(|handover| keys.hand_over(handover));
        Cow::Owned(keys)
    }
}

/// The record, if it is one of the profile that every reader reads alike.
pub(super) fn tree_of<'a>(profile: &Profile, record: &'a [u8]) -> Option<json::Tree<'a>> {
    if let Record::Chained(tree) = record::read(profile, record) { Some(tree) } else { None }
}
