//! What panels and dialogs ask for. Only [`App`](crate::gui::App) carries it out.

use std::path::PathBuf;

use super::state::Walk;
use super::state::axis::{Axis, Zone};
use super::state::choice::SelectionKind;
use super::state::columns::Column;
use super::state::copy::{Form, Part};
use super::state::lanes::LaneOrder;
use super::state::settings::ColumnChange;
use super::state::wish::Wish;
use crate::case::trust_file::Change;
use crate::model::Kind;
use crate::trust::Key;

/// What was asked for in a frame, in order.
pub type Commands = Vec<Command>;

/// A wish of a panel or a dialog.
#[derive(Clone, Debug)]
pub enum Command {
    /// Open these; if a case is open, the user is asked what becomes of it.
    Open(Vec<PathBuf>),
    /// Open these in the way that the user chose.
    OpenAs(Way, Vec<PathBuf>),
    /// Put the tab at a place in front.
    SwitchTab(usize),
    /// Put the next (1) or previous (-1) tab in front.
    NextTab(isize),
    /// Close the tab at a place.
    CloseTab(usize),
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
    /// Select an event everywhere, and leave the table as it is.
    SelectInPlace(u32),
    /// Walk through the rows of the table.
    Walk(Walk),
    /// Select the lane of an event's actor, and unfold its group.
    GoToLane(u32),
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
    /// What concerns lanes and the view of time alone.
    Wish(Wish),
    /// Sort the table.
    SortTable(Column),
    /// Change the table's columns.
    Columns(ColumnChange),
    /// List the marked events alone, or all in view.
    OnlyMarked(bool),
    /// Read these records again for the table.
    ReadRecords(Vec<u32>),
    /// Say in a few words what was done.
    Notice(String),
    /// Copy rows of the table to the clipboard.
    CopyRows(Part, Form),
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

/// What becomes of the open case when something is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It stays; what is opened gets a tab of its own.
    Tab,
    /// Both are one case.
    Add,
    /// It is closed.
    Replace,
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
