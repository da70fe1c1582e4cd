//! What the user has set, whichever case is open.

use std::collections::{BTreeMap, BTreeSet};

use super::axis::Zone;
use super::columns::Column;
use super::lanes::LaneOrder;
use super::look::Look;
use crate::model::Kind;

/// The narrowest and widest columns that can be made, in points.
const WIDTHS: std::ops::RangeInclusive<f32> = 30.0..=1_200.0;

/// How cases are shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// In which zone times are shown.
    pub zone: Zone,
    /// The order of lanes.
    pub lane_order: LaneOrder,
    /// Groups of lanes that are folded.
    pub folded: BTreeSet<Kind>,
    /// The columns of the table, from left to right.
    pub columns: Vec<Column>,
    /// Widths that the user gave to columns, in points. The others share the rest.
    pub widths: BTreeMap<Column, f32>,
    /// How lanes and rows look.
    pub look: Look,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            zone: Zone::Utc,
            lane_order: LaneOrder::Damage,
            folded: BTreeSet::new(),
            columns: Column::FIRST.to_vec(),
            widths: BTreeMap::new(),
            look: Look::default(),
        }
    }
}

/// A change of the table's columns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ColumnChange {
    /// Show it, as the last one, or hide it. The last one left stays.
    Toggle(Column),
    /// Move it by so many places; to the left if negative.
    Move(Column, isize),
    /// Make it this wide, in points.
    Width(Column, f32),
    /// As they were at first.
    Reset,
}

impl Settings {
    /// Folds or unfolds a group of lanes.
    pub fn fold(&mut self, kind: Kind) {
        if !self.folded.remove(&kind) {
            self.folded.insert(kind);
        }
    }

    /// Changes the table's columns.
    pub fn change_columns(&mut self, change: ColumnChange) {
        let place = |columns: &[Column], column| columns.iter().position(|other| *other == column);
        match change {
            ColumnChange::Toggle(column) => match place(&self.columns, column) {
                Some(at) if self.columns.len() > 1 => drop(self.columns.remove(at)),
                Some(_) => {}
                None => self.columns.push(column),
            },
            ColumnChange::Move(column, by) => {
                if let Some(at) = place(&self.columns, column) {
                    let to = at.saturating_add_signed(by).min(self.columns.len() - 1);
                    let column = self.columns.remove(at);
                    self.columns.insert(to, column);
                }
            }
            ColumnChange::Width(column, width) => {
                self.widths.insert(column, width.clamp(*WIDTHS.start(), *WIDTHS.end()));
            }
            ColumnChange::Reset => (self.columns, self.widths) = (Column::FIRST.to_vec(), BTreeMap::new()),
        }
    }

    /// The columns' widths in a window of this width: what is left over is shared. Their sum may be more than the window's width; then it scrolls.
    pub fn column_widths(&self, available: f32, gap: f32, time_width: f32) -> Vec<f32> {
        let least = |column: &Column| match (self.widths.get(column), column) {
            (Some(width), _) => (*width, 0.0),
            (None, Column::Time) => (time_width, 0.0),
            (None, column) => column.width(),
        };
        let wanted: Vec<(f32, f32)> = self.columns.iter().map(least).collect();
        let gaps = gap * self.columns.len().saturating_sub(1) as f32;
        let spare = (available - gaps - wanted.iter().map(|(width, _)| width).sum::<f32>()).max(0.0);
        let shares: f32 = wanted.iter().map(|(_, share)| share).sum();
        wanted.iter().map(|(width, share)| width + if shares > 0.0 { spare * share / shares } else { 0.0 }).collect()
    }
}
