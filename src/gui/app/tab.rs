//! The cases that are open.

use std::path::PathBuf;

use crate::gui::state::CaseView;
use crate::query::Mistake;
use crate::trust::Key;

/// A case that is open and not in front.
pub(super) struct Tab {
    pub(super) view: CaseView,
    pub(super) opened: Vec<PathBuf>,
    /// The keys that count for this case alone, if it is the demo's.
    pub(super) demo_case: Vec<PathBuf>,
    pub(super) demo_keys: Vec<Key>,
    pub(super) filter: String,
    pub(super) mistake: Option<Mistake>,
    /// Whether other keys are trusted now than when it was judged.
    pub(super) is_stale: bool,
}

/// The cases that are open.
#[derive(Default)]
pub(super) struct Tabs {
    /// Those that are not in front, from left to right.
    pub(super) others: Vec<Tab>,
    /// How many of them stand to the left of the one in front.
    pub(super) place: usize,
}
