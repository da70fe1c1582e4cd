//! An open case with what is shown of it. Everything that moves the view or the selection is here.

use std::sync::Arc;

use super::axis::Axis;
use super::detail::Detail;
use super::lanes::{self, Line};
use super::rows::{Column, Rows};
use super::selection::Selection;
use super::settings::Settings;
use crate::bundle::Checked;
use crate::model::{Finding, Severity};
use crate::query::Filter;
use crate::store::index::Subject;
use crate::store::{Index, NO_TIME};
use crate::verify::{Examination, Progress};

/// An event alone is shown in this much time, in nanoseconds.
const CLOSE: f64 = 600e9;

/// An open case with what is shown of it.
pub struct CaseView {
    /// The case.
    pub case: Arc<Examination>,
    /// What it is called.
    pub name: String,
    /// How the bundles among what was opened stand.
    pub bundles: Vec<Checked>,
    /// How far the examination is; `None` once it has ended.
    pub progress: Option<Progress>,
    /// How it is shown.
    pub settings: Settings,
    /// The filter, understood.
    pub filter: Filter,
    /// The filter as it was typed.
    pub filter_text: String,
    /// The index of the events that the filter lets through.
    pub shown: Arc<Index>,
    /// The filter that `shown` was made with. A newer one may still be at work.
    pub shown_filter: String,
    /// The part of time in view.
    pub axis: Axis,
    /// Whether the user has moved the view; until then it follows what arrives.
    pub moved: bool,
    /// Lanes and groups in order.
    pub lines: Vec<Line>,
    /// Findings to mark in the strips, by log.
    pub marks: Vec<Vec<usize>>,
    /// The rows of the table.
    pub rows: Rows,
    /// How they are sorted: by which column, and whether downwards.
    pub sorted: (Column, bool),
    /// What is selected.
    pub selection: Selection,
    /// What is known of the selected event so far.
    pub detail: Option<Detail>,
    /// Grows whenever the selected event is to be brought into view.
    pub revealed: u64,
    /// For which part of time, index and order the rows were made.
    rows_for: Option<(i64, i64, usize, Column, bool)>,
    /// An event whose detail is still to be asked for.
    wants_detail: Option<u32>,
}

/// What has to be sorted away from the window's thread.
pub struct ToSort {
    /// The rows.
    pub rows: Vec<u32>,
    /// By which column.
    pub column: Column,
    /// Whether downwards.
    pub descending: bool,
}

impl CaseView {
    /// The first view of a case.
    pub fn new(case: Arc<Examination>, settings: Settings) -> Self {
        let path = case.segments.first().map_or("", |segment| segment.plan.file.path.as_str());
        let name = crate::model::text::short(path.split('/').next().unwrap_or(""), 40);
        let axis = case.index.span().map_or(Axis::fit(0, 1), |(first, last)| Axis::fit(first, last));
        let mut view = Self {
            shown: Arc::clone(&case.index),
            marks: marks(&case),
            name,
            bundles: Vec::new(),
            progress: None,
            settings,
            filter: Filter::default(),
            filter_text: String::new(),
            shown_filter: String::new(),
            axis,
            moved: false,
            lines: Vec::new(),
            rows: Rows::Span(0..0),
            sorted: (Column::Time, false),
            selection: Selection::default(),
            detail: None,
            revealed: 0,
            rows_for: None,
            wants_detail: None,
            case,
        };
        view.arrange();
        view
    }

    /// Takes more of the same case. Rows keep their numbers while a case grows, so a selection stays valid.
    pub fn update(&mut self, case: Arc<Examination>) {
        let fitted = case.index.span().map(|(first, last)| Axis::fit(first, last));
        self.marks = marks(&case);
        self.case = case;
        self.show_index(Arc::clone(&self.case.index), String::new());
        if let Some(fitted) = fitted.filter(|_| !self.moved) {
            self.axis = fitted;
        }
        if self.case.finished {
            self.wants_detail = self.selection.event;
        }
    }

    /// Whether what is shown is what the filter lets through, and no newer filter is at work.
    pub fn is_filtered(&self) -> bool {
        self.shown_filter == self.filter_text
    }

    /// Shows what a filter, as it was typed, lets through.
    pub fn show_index(&mut self, index: Arc<Index>, filter: String) {
        (self.shown, self.shown_filter) = (index, filter);
        self.rows_for = None;
        self.arrange();
    }

    /// Lays out the lanes anew.
    pub fn arrange(&mut self) {
        self.lines = lanes::arrange(&self.case, &self.shown, self.settings.lane_order, &self.settings.folded);
    }

    /// The event whose detail is to be read, once.
    pub fn take_wanted_detail(&mut self) -> Option<u32> {
        self.wants_detail.take()
    }

    /// Shows another part of time, never one that the case has altogether left.
    pub fn show(&mut self, axis: Axis) {
        let (first, last) = self.case.index.span().unwrap_or((0, 0));
        self.axis = axis.kept_near(first, last);
        self.moved = true;
    }

    /// Shows everything that passes the filter; if nothing does, the whole case.
    pub fn show_all(&mut self) {
        if let Some((first, last)) = self.shown.span().or(self.case.index.span()) {
            self.axis = Axis::fit(first, last);
        }
        self.moved = false;
    }

    /// Zooms to the selected event, or to the chosen finding's range.
    pub fn show_selection(&mut self) {
        let place = self.chosen_finding().and_then(|finding| Some((finding.place.time?, finding.place.time_end)));
        let event = self.selection.event.map(|row| (self.case.store.time(row), None)).filter(|(time, _)| *time != NO_TIME);
        let Some((time, end)) = event.or(place) else { return };
        let span = end.map_or(CLOSE, |end| ((end - time) as f64 * 2.0).max(CLOSE));
        let middle = end.map_or(time, |end| time + (end - time) / 2);
        self.axis = Axis { from: middle.saturating_sub((span / 2.0) as i64), span, ..self.axis };
        self.moved = true;
    }

    /// Selects an event everywhere.
    pub fn select(&mut self, row: u32) {
        let previous = self.selection.event.replace(row);
        self.revealed += 1;
        if previous != Some(row) {
            self.selection.finding = None;
        }
        self.detail = self.detail.take().filter(|detail| detail.row == row);
        let lane = self.selection.lane.and_then(|lane| self.shown.lanes.get(lane));
        if lane.is_none_or(|lane| !lane.rows.contains(&row)) {
            self.selection.lane = self.lane_of(row);
        }
        let time = self.case.store.time(row);
        if time != NO_TIME && (time < self.axis.from || time > self.axis.to()) {
            self.axis.from = time.saturating_sub((self.axis.span / 2.0) as i64);
            self.moved = true;
        }
        self.wants_detail = Some(row);
    }

    /// Selects the next (1) or previous (-1) event of the selected lane; without one, of all.
    pub fn step(&mut self, step: i64) {
        let store = &self.case.store;
        let lane = self.selection.lane.and_then(|lane| self.shown.lanes.get(lane)).unwrap_or(&self.shown.all);
        let position = self.selection.event.and_then(|row| {
            let start = lane.position(store, store.time(row));
            (start..lane.rows.len()).take(100_000).find(|&position| lane.rows[position] == row)
        });
        let next = match position {
            Some(position) => (position as i64 + step).clamp(0, lane.rows.len() as i64 - 1) as usize,
            None => lane.position(store, self.axis.from).min(lane.rows.len().saturating_sub(1)),
        };
        if let Some(row) = lane.rows.get(next).copied() {
            self.select(row);
        }
    }

    /// Marks what is listed between the selected event and this one.
    pub fn mark_to(&mut self, row: u32) {
        let listed = self.rows.all(&self.shown);
        self.selection.mark_to(row, &listed);
    }

    /// Selects nothing.
    pub fn deselect(&mut self) {
        self.selection.clear();
        self.detail = None;
    }

    /// The chosen finding.
    pub fn chosen_finding(&self) -> Option<&Finding> {
        self.selection.finding.and_then(|number| self.case.findings.get(number))
    }

    /// Shows a finding's place and selects its record.
    pub fn choose_finding(&mut self, number: usize) {
        self.selection.finding = Some(number);
        let Some(finding) = self.case.findings.get(number) else { return };
        let (row, time, end) = (self.case.row_of(finding), finding.place.time, finding.place.time_end);
        self.selection.event = row;
        self.detail = None;
        if let Some(row) = row {
            self.revealed += 1;
            self.selection.lane = self.lane_of(row);
            self.wants_detail = Some(row);
        }
        if let Some(time) = time {
            let end = end.unwrap_or(time);
            if time < self.axis.from || end > self.axis.to() {
                let span = self.axis.span.max((end - time) as f64 * 1.4);
                self.axis = Axis { from: (time + (end - time) / 2).saturating_sub((span / 2.0) as i64), span, ..self.axis };
                self.moved = true;
            }
        }
    }

    /// Sorts the table by a column; by the same one again, the other way round.
    pub fn sort_by(&mut self, column: Column) {
        self.sorted = (column, self.sorted.0 == column && !self.sorted.1);
    }

    /// Brings the rows of the table in step with the view. `None`: they are already; otherwise whether, and what, is still to be sorted.
    pub fn update_rows(&mut self) -> Option<Option<ToSort>> {
        let wanted = (self.axis.from, self.axis.to(), Arc::as_ptr(&self.shown) as usize, self.sorted.0, self.sorted.1);
        if self.rows_for == Some(wanted) {
            return None;
        }
        self.rows_for = Some(wanted);
        let lane = &self.shown.all;
        let from = lane.position(&self.case.store, self.axis.from);
        let to = from + lane.rows[from..].partition_point(|&row| self.case.store.time(row) <= self.axis.to());
        // Events without time belong to no view; they follow when everything is shown.
        let to = if from == 0 && to == lane.rows.len() { self.shown.len() } else { to };
        let (column, descending) = self.sorted;
        if (column, descending) == (Column::Time, false) {
            self.rows = Rows::Span(from..to);
            return Some(None);
        }
        let rows: Vec<u32> = (from..to).filter_map(|position| self.shown.row_at(position)).collect();
        if !matches!(self.rows, Rows::Sorted(_)) {
            self.rows = Rows::Span(from..to);
        }
        Some(Some(ToSort { rows, column, descending }))
    }

    fn lane_of(&self, row: u32) -> Option<usize> {
        let identity = Subject::Identity(self.case.store.identity_index(row));
        self.shown.lanes.iter().position(|lane| lane.subject == identity)
    }
}

/// The findings that have a place in time, by log.
fn marks(case: &Examination) -> Vec<Vec<usize>> {
    let mine = |finding: &Finding, origin: &str| {
        finding.severity != Severity::Info && finding.place.log.as_deref() == Some(origin) && finding.place.time.is_some()
    };
    let of =
        |origin: &str| case.findings.iter().enumerate().filter(|(_, finding)| mine(finding, origin)).map(|(number, _)| number).collect();
    case.logs.iter().map(|log| of(&log.origin)).collect()
}
