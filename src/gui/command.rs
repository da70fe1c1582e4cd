//! What panels and dialogs ask for. Only [`App`](crate::gui::App) carries it out.

use std::path::PathBuf;

use super::state::axis::{Axis, Zone};
use super::state::choice::SelectionKind;
use super::state::lanes::LaneOrder;
use super::state::rows::Column;
use crate::case::trust_file::Change;
use crate::model::Kind;
use crate::trust::Key;

/// What was asked for in a frame, in order.
pub type Commands = Vec<Command>;

/// A wish of a panel or a dialog.
#[derive(Clone, Debug)]
pub enum Command {
    /// Open these, in place of what is open.
    Open(Vec<PathBuf>),
    /// Let the user choose files.
    ChooseFiles,
    /// Let the user choose a folder.
    ChooseFolder,
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
    /// Zoom to the selected event or finding.
    ShowSelection,
    /// Select an event everywhere.
    Select(u32),
    /// Select the next (1) or previous (-1) event of the selected lane.
    Step(i64),
    /// Mark an event, or unmark it.
    Mark(u32),
    /// Mark the listed events from the selected one to this one.
    MarkTo(u32),
    /// Unmark all events.
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
    /// Copy to the clipboard.
    Copy(String),
    /// Trust a key that was found in the evidence.
    Trust(Box<Key>),
    /// Store a key that was given for this run: its name and fingerprint.
    Keep(String, String),
    /// Stop trusting the key of this name and fingerprint.
    Distrust(String, String),
    /// Change trust by what was typed, pasted or dropped.
    ChangeTrust(Vec<Change>),
    /// Open a dialog.
    Dialog(Dialog),
}

/// A dialog that can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// Paths to open, typed or pasted.
    Paths,
    /// Trusted keys.
    Keys,
    /// Exporting evidence, with these records chosen.
    Export(SelectionKind),
    /// Sealing what is open.
    Receive,
    /// Comparing with another copy.
    Compare,
    /// Time-stamping the bundle at this path; empty for one to be chosen.
    TimeStamp(String),
    /// The examiner's own log.
    ActivityLog,
    /// Keyboard and mouse.
    Help,
}
