//! Records taken out of sealed segments, with what proves them, as evidence bundles hold them.

mod again;
mod around;
pub mod bag;
mod found;
pub mod pruned;
mod read;

use crate::seal::claims::Claims;
use crate::seal::format::{Format, SealedLog};
use crate::trust::Store as Keys;

/// Finds excerpts.
pub struct PrunedTrees;

impl Format for PrunedTrees {
    fn plan(&self, claims: &mut Claims, keys: &mut Keys) -> Vec<Box<dyn SealedLog>> {
        crate::seal::excerpt::bag::set_aside(claims);
        found::plan(claims, keys)
    }
}
