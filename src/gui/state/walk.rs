//! Walking through the rows of the table.

use super::CaseView;

/// A step through the rows of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk {
    /// By so many rows; up if negative.
    By(i64),
    /// To the first row.
    First,
    /// To the last row.
    Last,
}

impl CaseView {
    /// Selects another row of the table. Without a selection, or when it is not listed, the first or last one is where a step starts from.
    pub fn walk(&mut self, walk: Walk) {
        let Some(last) = self.rows.listed().checked_sub(1) else { return };
        let here = self.selection.event.and_then(|row| self.rows.position_of(&self.case.store, &self.shown, row));
        let to = match (walk, here) {
            (Walk::First, _) => 0,
            (Walk::Last, _) => last,
            (Walk::By(step), Some(here)) => (here as i64).saturating_add(step).clamp(0, last as i64) as usize,
            (Walk::By(step), None) => {
                if step < 0 {
                    last
                } else {
                    0
                }
            }
        };
        if let Some(row) = self.rows.row(&self.shown, to) {
            self.select(row);
        }
    }
}
