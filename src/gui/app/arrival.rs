//! The results of work.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::bundle::Checked;
use crate::gui::dialogs::{activity_log, compare, export, receive, time_stamp};
use crate::gui::state::columns::FromRecord;
use crate::gui::state::copy::Copied;
use crate::gui::state::detail::Detail;
use crate::gui::widgets::fonts::Fallback;
use crate::query::Nothing;
use crate::store::Index;
use crate::trust::Store as Keys;
use crate::verify::Examination;

/// A result of work.
pub(super) enum Arrival {
    /// Part of a case, or all of it with the bundles in it.
    Case(Box<Examination>, Vec<Checked>),
    /// The index of what a filter, as it was typed, lets through; if it is nothing, why; and files that could not be searched.
    Filtered {
        index: Arc<Index>,
        typed: String,
        nothing: Option<Nothing>,
        unread: Vec<String>,
    },
    /// The rows of the table in another order.
    Sorted(Arc<Vec<u32>>),
    /// Records that were read again for the table.
    Records(Vec<(u32, FromRecord)>),
    /// Rows as text for the clipboard.
    Copied(Copied),
    /// What is known of the selected event.
    Detail(Box<Detail>),
    /// Chosen paths; `None` if nothing was chosen, with the time the dialog was open.
    Chosen(Option<Vec<PathBuf>>, Duration),
    /// The demo case is written here, with its trusted keys.
    Demo(Result<(PathBuf, Keys), String>),
    Export(export::Outcome),
    Receive(receive::Outcome),
    Compare(compare::Outcome),
    TimeStamp(time_stamp::Outcome),
    ActivityLog(Box<activity_log::Outcome>),
    /// Fonts of the desktop with letters that were missing.
    Fonts(Vec<Fallback>),
}
