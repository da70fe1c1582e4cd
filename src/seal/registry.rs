//! Every way of sealing: the only file that names them all. A new one is one line here and a folder that implements [`Format`].

use crate::seal::format::{Binding, Format};
use crate::seal::{chain, cloudtrail, excerpt, inclusion_proofs, journal, sealed_segments, tiles, unsealed};

/// Every way of sealing, in the order in which they may claim files. The last takes what nothing seals.
pub const FORMATS: &[&dyn Format] = &[
    &excerpt::PrunedTrees,
    &chain::link_proof::LinkProofs,
    &tiles::TileLogs,
    &sealed_segments::SealedSegments,
    &cloudtrail::CloudTrailDigests,
    &journal::Journals,
    &chain::HashChains,
    &inclusion_proofs::InclusionProofs,
    &sealed_segments::Leftovers,
    &unsealed::Unsealed,
];

/// What ties records together under a way of sealing, by its name as [`crate::seal::SealedLog::seal`] gives it and bundles state it.
pub fn binding(seal: &str) -> Binding {
    match seal {
        unsealed::SEAL => Binding::Unbound,
        chain::SEAL => Binding::Links,
        _ => Binding::Fixed,
    }
}
