//! What all parts of the timeline draw from.

use crate::gui::state::CaseView;
use crate::gui::state::axis::Axis;
use crate::gui::widgets::tokens::Palette;

/// Space at the right of the plot.
pub const RIGHT: f32 = 20.0;
/// Space at the left of the labels.
pub const LEFT: f32 = 20.0;
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
pub struct Hit {
    /// The event.
    pub row: u32,
}
