//! Moving about in a case: the view, the selection, the rows of the table.

use std::sync::Arc;

use crate::gui::app::{App, Open};
use crate::gui::command::{Column, Command};
use crate::gui::panels::table::Rows;
use crate::gui::state::axis::Axis;
use crate::store::NO_TIME;

impl App {
    pub(crate) fn move_about(&mut self, command: Command) {
        let Some(open) = &mut self.open else { return };
        let store = &open.case.store;
        match command {
            Command::Show(axis) => {
                let (first, last) = open.case.index.span().unwrap_or((0, 0));
                open.axis = axis.kept_near(first, last);
                open.moved = true;
            }
            Command::ShowAll => {
                if let Some((first, last)) = open.shown.span().or(open.case.index.span()) {
                    open.axis = Axis::fit(first, last);
                }
                open.moved = false;
            }
            Command::ShowSelection => {
                let finding = open
                    .finding
                    .and_then(|number| open.case.findings.get(number))
                    .and_then(|finding| Some((finding.place.time?, finding.place.time_end)));
                let time = open.selected.map(|row| (store.time(row), None)).filter(|(time, _)| *time != NO_TIME).or(finding);
                if let Some((time, end)) = time {
                    let span = end.map_or(600e9, |end| ((end - time) as f64 * 2.0).max(600e9));
                    let middle = end.map_or(time, |end| time + (end - time) / 2);
                    open.axis = Axis { from: middle.saturating_sub((span / 2.0) as i64), span, ..open.axis };
                    open.moved = true;
                }
            }
            Command::Select(row) => {
                let previous = open.selected.replace(row);
                open.reveal = true;
                if previous != Some(row) {
                    open.finding = None;
                }
                open.detail = open.detail.take().filter(|detail| detail.row == row);
                if open.selected_lane.is_none_or(|lane| open.shown.lanes.get(lane).is_none_or(|lane| !lane.rows.contains(&row))) {
                    open.selected_lane = lane_of(open, row);
                }
                keep_in_view(open, row);
                self.expected.detail = self.work.detail(Arc::clone(&open.case), row);
            }
            Command::Step(step) => {
                let lane = open.selected_lane.and_then(|lane| open.shown.lanes.get(lane)).unwrap_or(&open.shown.all);
                let position = open.selected.and_then(|row| {
                    let start = lane.position(store, store.time(row));
                    (start..lane.rows.len()).take(100_000).find(|&position| lane.rows[position] == row)
                });
                let next = match position {
                    Some(position) => (position as i64 + step).clamp(0, lane.rows.len() as i64 - 1) as usize,
                    None => lane.position(store, open.axis.from).min(lane.rows.len().saturating_sub(1)),
                };
                if let Some(&row) = lane.rows.get(next) {
                    self.commands.push(Command::Select(row));
                }
            }
            Command::Mark(row) => {
                let was_marked = open.marked.remove(&row);
                if !was_marked {
                    open.marked.insert(row);
                }
            }
            Command::MarkTo(row) => {
                let listed: Vec<u32> = match &open.rows {
                    Rows::Span(span) => span.clone().filter_map(|position| open.shown.row_at(position)).collect(),
                    Rows::Sorted(rows) => rows.to_vec(),
                };
                let place = |wanted: u32| listed.iter().position(|row| *row == wanted);
                if let (Some(from), Some(to)) = (open.selected.and_then(place), place(row)) {
                    open.marked.extend(&listed[from.min(to)..=from.max(to)]);
                }
            }
            Command::Unmark => open.marked.clear(),
            Command::Deselect => {
                open.selected = None;
                open.finding = None;
                open.detail = None;
                open.selected_lane = None;
            }
            Command::Finding(number) => {
                open.finding = Some(number);
                let Some(finding) = open.case.findings.get(number) else { return };
                let row = open.case.row_of(finding);
                open.selected = row;
                open.detail = None;
                if let Some(row) = row {
                    open.reveal = true;
                    open.selected_lane = lane_of(open, row);
                    self.expected.detail = self.work.detail(Arc::clone(&open.case), row);
                }
                if let Some(time) = finding.place.time {
                    let end = finding.place.time_end.unwrap_or(time);
                    if time < open.axis.from || end > open.axis.to() {
                        let span = open.axis.span.max((end - time) as f64 * 1.4);
                        open.axis = Axis { from: (time + (end - time) / 2).saturating_sub((span / 2.0) as i64), span, ..open.axis };
                        open.moved = true;
                    }
                }
            }
            _ => {}
        }
    }

    /// Brings the rows of the table in step with the view.
    pub(crate) fn update_rows(&mut self) {
        let Some(open) = &mut self.open else { return };
        let wanted = (open.axis.from, open.axis.to(), Arc::as_ptr(&open.shown) as usize, self.sorted.0, self.sorted.1);
        if open.rows_for == Some(wanted) {
            return;
        }
        open.rows_for = Some(wanted);
        let lane = &open.shown.all;
        let from = lane.position(&open.case.store, open.axis.from);
        let to = from + lane.rows[from..].partition_point(|&row| open.case.store.time(row) <= open.axis.to());
        // Events without time belong to no view; they follow when everything is shown.
        let to = if from == 0 && to == lane.rows.len() { open.shown.len() } else { to };
        let span = Rows::Span(from..to);
        if self.sorted == (Column::Time, false) {
            self.expected.sort = 0;
            open.rows = span;
        } else {
            let rows: Vec<u32> = (from..to).filter_map(|position| open.shown.row_at(position)).collect();
            if !matches!(open.rows, Rows::Sorted(_)) {
                open.rows = span;
            }
            self.expected.sort = self.work.sort(Arc::clone(&open.case), rows, self.sorted.0, self.sorted.1);
        }
    }
}

fn lane_of(open: &Open, row: u32) -> Option<usize> {
    use crate::store::index::Subject;
    let identity = Subject::Identity(open.case.store.identity_index(row));
    open.shown.lanes.iter().position(|lane| lane.subject == identity)
}

fn keep_in_view(open: &mut Open, row: u32) {
    let time = open.case.store.time(row);
    if time != NO_TIME && (time < open.axis.from || time > open.axis.to()) {
        open.axis.from = time.saturating_sub((open.axis.span / 2.0) as i64);
        open.moved = true;
    }
}
