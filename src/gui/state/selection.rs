//! What is selected and marked.

use std::collections::BTreeSet;

/// What the user has selected in a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The selected event.
    pub event: Option<u32>,
    /// The lane in which the arrows step, by its index in the filtered index.
    pub lane: Option<usize>,
    /// The chosen finding, by its number.
    pub finding: Option<usize>,
    /// Events marked for exporting.
    pub marked: BTreeSet<u32>,
}

impl Selection {
    /// Selects nothing. Marks stay.
    pub fn clear(&mut self) {
        (self.event, self.lane, self.finding) = (None, None, None);
    }

    /// Marks an event, or unmarks it.
    pub fn mark(&mut self, row: u32) {
        if !self.marked.remove(&row) {
            self.marked.insert(row);
        }
    }

    /// Marks what is listed between the selected event and this one, both included. Does nothing unless both are listed.
    pub fn mark_to(&mut self, row: u32, listed: &[u32]) {
        let place = |wanted: u32| listed.iter().position(|row| *row == wanted);
        if let (Some(from), Some(to)) = (self.event.and_then(place), place(row)) {
            self.marked.extend(&listed[from.min(to)..=from.max(to)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_go_on_and_off_and_over_a_range() {
        let mut selection = Selection { event: Some(30), finding: Some(1), ..Selection::default() };
        selection.mark(7);
        selection.mark(7);
        assert!(selection.marked.is_empty());
        selection.mark_to(10, &[5, 10, 20, 30, 40]);
        assert_eq!(selection.marked, BTreeSet::from([10, 20, 30]));
        // Not listed: nothing is marked by guess.
        selection.mark_to(99, &[5, 10, 20, 30, 40]);
        assert_eq!(selection.marked.len(), 3);
        selection.clear();
        assert_eq!((selection.event, selection.finding, selection.marked.len()), (None, None, 3));
    }
}
