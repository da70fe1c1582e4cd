//! What the user has set, whichever case is open.

use std::collections::BTreeSet;

use super::axis::Zone;
use super::lanes::LaneOrder;
use crate::model::Kind;

/// How cases are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// In which zone times are shown.
    pub zone: Zone,
    /// The order of lanes.
    pub lane_order: LaneOrder,
    /// Groups of lanes that are folded.
    pub folded: BTreeSet<Kind>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { zone: Zone::Utc, lane_order: LaneOrder::Damage, folded: BTreeSet::new() }
    }
}

impl Settings {
    /// Folds or unfolds a group of lanes.
    pub fn fold(&mut self, kind: Kind) {
        if !self.folded.remove(&kind) {
            self.folded.insert(kind);
        }
    }
}
