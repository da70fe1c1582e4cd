//! What panels ask for. Only [`App`](crate::gui::App) carries it out.

use std::path::PathBuf;

use crate::gui::state::axis::{Axis, Zone};
use crate::model::Kind;

/// A wish of a panel.
#[derive(Clone, Debug)]
pub enum Command {
    /// Open these, in place of what is open.
    Open(Vec<PathBuf>),
    /// Let the user choose files.
    ChooseFiles,
    /// Let the user choose a folder.
    ChooseFolder,
    /// Let the user type or paste paths.
    TypePaths,
    /// Make and open the demo case.
    OpenDemo,
    /// Stop the work that runs.
    Cancel,
    /// Close the case and show the welcome.
    Close,
    /// Show another part of time.
    Show(Axis),
    /// Show everything.
    ShowAll,
    /// Show the selected event or range closely.
    ShowSelection,
    /// Select an event everywhere.
    Select(u32),
    /// Select the next (1) or previous (-1) event of the selected lane.
    Step(i64),
    /// Mark an event, or take its mark away.
    Mark(u32),
    /// Mark the listed events from the selected one to this one.
    MarkTo(u32),
    /// Take all marks away.
    Unmark,
    /// Select nothing.
    Deselect,
    /// Show a finding's place.
    Finding(usize),
    /// Filter by this text.
    Filter(String),
    /// Fold or unfold a group of lanes.
    Fold(Kind),
    /// Sort the lanes.
    SortLanes(LaneOrder),
    /// Sort the table.
    SortTable(Column),
    /// Show times in this zone.
    Zone(Zone),
    /// Switch between light, dark and the desktop's choice.
    Theme(eframe::egui::ThemePreference),
    /// Show a tab of the detail panel.
    Tab(Tab),
    /// Copy to the clipboard.
    Copy(String),
    /// Show or hide the keys.
    Keys(bool),
    /// Trust what was typed into the Keys panel.
    AddKeys,
    /// Trust a key.
    Trust(Box<crate::trust::Key>),
    /// Store a key that was given for this run: its name and fingerprint.
    Keep(String, String),
    /// Stop trusting the key of this name and fingerprint.
    Distrust(String, String),
    /// Show or hide the dialog that seals what is open.
    Receiving(bool),
    /// Let the user choose where the sealed copy goes.
    ChooseDestination,
    /// Seal what is open.
    Receive,
    /// Show the dialog that exports evidence, or hide it.
    Exporting(Option<crate::gui::state::selection::What>),
    /// Count what the chosen export would hold.
    Summarise,
    /// Let the user choose where the bundle goes.
    ChooseExport,
    /// Sign and export.
    Export,
    /// Show or hide the dialog that compares with another copy.
    Comparing(bool),
    /// Let the user choose the other copy.
    ChooseOther,
    /// Compare.
    Compare,
    /// Show the dialog that time-stamps a bundle, with this path, or hide it.
    Stamping(Option<String>),
    /// Write the request for a time stamp.
    StampRequest,
    /// Put the authority's answer into the bundle.
    StampAnswer,
    /// Let the user choose the bundle (true) or the authority's answer.
    ChooseStamped(bool),
    /// Show or hide the dialog of the examiner's own log.
    OwnLog(bool),
    /// Seal the examiner's own log, if asked to, and open it.
    OpenOwnLog {
        /// Whether to seal it first.
        seal: bool,
    },
    /// Show or hide the keyboard help.
    Help(bool),
}

/// The order of lanes within their groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LaneOrder {
    /// Damage first, then the busiest.
    Damage,
    /// The first to act first.
    FirstEvent,
    /// The busiest first.
    Activity,
    /// By name.
    Name,
}

impl LaneOrder {
    /// All orders with their words.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::Damage, "damage first"), (Self::FirstEvent, "first event"), (Self::Activity, "most active"), (Self::Name, "name")];

    /// The word for it.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(order, _)| *order == self).map_or("", |(_, word)| word)
    }
}

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Column {
    /// Integrity state.
    State,
    /// Time.
    Time,
    /// Who.
    Identity,
    /// What.
    Action,
    /// On what.
    Target,
    /// With what result.
    Outcome,
    /// From where.
    From,
}

/// A tab of the detail panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// The steps of the proof.
    Proof,
    /// The stored bytes.
    Raw,
}
