//! What all parts of the timeline draw from.

use crate::gui::state::CaseView;
use crate::gui::state::axis::Axis;
use crate::gui::state::look::Density;
use crate::gui::widgets::tokens::Palette;

/// Space at the right of the plot.
pub const RIGHT: f32 = 20.0;
/// Space at the left of the labels.
pub const LEFT: f32 = 16.0;
/// Space between labels and plot.
pub const BETWEEN: f32 = 10.0;
/// Strips beyond this many are scrolled.
pub const STRIPS: usize = 6;

/// What the timeline draws from.
pub struct Drawing<'a> {
    /// The case and what is shown of it.
    pub view: &'a CaseView,
    /// The part of time, and where it is drawn.
    pub axis: Axis,
    /// Colours.
    pub palette: Palette,
}

/// What is under the pointer.
#[derive(Clone, Debug, PartialEq)]
pub enum Hit {
    /// One event, or damage among several.
    Event(u32),
    /// More events than can be told apart at this zoom.
    Many(Many),
}

/// Events that lie under one mark.
#[derive(Clone, Debug, PartialEq)]
pub struct Many {
    /// What they are, in words.
    pub words: String,
    /// When the first was.
    pub from: i64,
    /// When the last was.
    pub to: i64,
}

impl Drawing<'_> {
    /// How closely things stand.
    pub fn density(&self) -> Density {
        self.view.settings.look.density
    }
}
