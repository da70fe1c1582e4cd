//! How closely lanes and rows stand, and how wide labels are.

use serde::{Deserialize, Serialize};

/// How closely lanes and rows stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Density {
    /// As much as can be read: labels of one line.
    Compact,
    /// Labels of two lines.
    #[default]
    Comfortable,
}

impl Density {
    /// All, with their words.
    pub const ALL: [(Self, &'static str); 2] = [(Self::Comfortable, "comfortable"), (Self::Compact, "compact")];

    /// Height of a row of the table, in points.
    pub fn row(self) -> f32 {
        match self {
            Self::Compact => 22.0,
            Self::Comfortable => 26.0,
        }
    }

    /// Height of a lane, in points.
    pub fn lane(self) -> f32 {
        match self {
            Self::Compact => 20.0,
            Self::Comfortable => 28.0,
        }
    }

    /// Height of the head of a group of lanes, in points.
    pub fn group(self) -> f32 {
        match self {
            Self::Compact => 20.0,
            Self::Comfortable => 24.0,
        }
    }

    /// Height of an integrity strip, in points.
    pub fn strip(self) -> f32 {
        match self {
            Self::Compact => 17.0,
            Self::Comfortable => 20.0,
        }
    }
}

/// What is on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// The panel at the left.
    Side,
    /// The event's panel at the right.
    Detail,
    /// Gliding from one part of time to another.
    Motion,
}

/// A change of how lanes and panels look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LookChange {
    /// Lanes and rows closer together, or further apart.
    Density(Density),
    /// A column of labels of this width, in points.
    Labels(f32),
    /// The panels at the left and at the right are this wide, in points.
    Panels(Option<f32>, Option<f32>),
    /// Show or hide a panel, or start or end motion.
    Switch(Switch),
}

impl LookChange {
    /// Whether it comes again and again while something is dragged.
    pub fn is_dragged(self) -> bool {
        matches!(self, Self::Labels(_) | Self::Panels(..))
    }
}

/// The narrowest and widest column of labels, in points.
const LABELS: std::ops::RangeInclusive<f32> = 90.0..=420.0;

/// How lanes and rows look.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    /// How closely they stand.
    pub density: Density,
    /// Width of the column of labels, in points.
    labels: f32,
    /// Width that the panel at the left was given, in points.
    pub side_width: Option<f32>,
    /// Width that the event's panel was given, in points.
    pub detail_width: Option<f32>,
    /// Whether the panel at the left is shown.
    pub side: bool,
    /// Whether the event's panel at the right is shown.
    pub detail: bool,
    /// Whether the view glides from one part of time to another.
    pub motion: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self { density: Density::default(), labels: 176.0, side_width: None, detail_width: None, side: true, detail: true, motion: true }
    }
}

impl Look {
    /// Width of the column of labels beside a timeline of this width, in points: never more than two fifths of it.
    pub fn labels(&self, timeline: f32) -> f32 {
        self.labels.clamp(*LABELS.start(), *LABELS.end()).min(timeline * 0.4)
    }

    /// Changes how lanes and panels look.
    pub fn change(&mut self, change: LookChange) {
        match change {
            LookChange::Density(density) => self.density = density,
            LookChange::Labels(width) => self.set_labels(width),
            LookChange::Panels(side, detail) => (self.side_width, self.detail_width) = (side, detail),
            LookChange::Switch(what) => self.switch(what),
        }
    }

    fn switch(&mut self, what: Switch) {
        let switched = match what {
            Switch::Side => &mut self.side,
            Switch::Detail => &mut self.detail,
            Switch::Motion => &mut self.motion,
        };
        *switched = !*switched;
    }

    /// Makes the column of labels this wide, as far as that makes sense.
    fn set_labels(&mut self, width: f32) {
        if width.is_finite() {
            self.labels = width.clamp(*LABELS.start(), *LABELS.end());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_leave_room_for_the_timeline() {
        let mut look = Look::default();
        look.set_labels(9_000.0);
        assert_eq!((look.labels(2_000.0), look.labels(500.0)), (420.0, 200.0));
        look.set_labels(f32::NAN);
        look.set_labels(1.0);
        assert_eq!(look.labels(2_000.0), 90.0);
        look.switch(Switch::Side);
        assert_eq!((look.side, look.detail), (false, true));
        assert!(Density::Compact.lane() < Density::Comfortable.lane());
    }
}
