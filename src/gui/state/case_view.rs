//! An open case with what is shown of it. Everything that moves the view or the selection is here.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::axis::Axis;
use super::columns::{Column, FromRecord};
use super::detail::Detail;
use super::folds::Folds;
use super::history::History;
use super::lanes::{self, Line, Wanted};
use super::range::Range;
use super::rows::{self, Rows};
use super::selection::Selection;
use super::settings::Settings;
use super::strips::{Strip, strips};
use super::values::{Values, values};
use crate::bundle::Checked;
use crate::model::Finding;
use crate::query::{Filter, Nothing};
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
    /// Why the filter lets nothing through, where it does not.
    pub nothing: Option<Nothing>,
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
    /// The integrity strips, by log.
    pub strips: Vec<Strip>,
    /// Which lanes are wanted.
    pub wanted: Wanted,
    /// The most frequent values among what passes the filter.
    pub values: Vec<Values>,
    /// The range that was chosen.
    pub range: Option<Range>,
    /// The way back.
    pub history: History,
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
    /// Whether the table lists the marked events alone, whatever the view and the filter.
    pub only_marked: bool,
    /// What the table shows from records that were read again.
    pub records: BTreeMap<u32, FromRecord>,
    /// For what the rows were made.
    rows_for: Option<RowsFor>,
    /// An event whose detail is still to be asked for.
    wants_detail: Option<u32>,
}

/// What the rows of the table are made for: a range of positions in an index, an order, and how many are marked where only those are listed.
type RowsFor = (std::ops::Range<usize>, usize, Column, bool, Option<(usize, u64)>);

/// Records that are kept after they were read again.
const KEPT: usize = 4_096;

/// What has to be sorted away from the window's thread.
pub struct ToSort {
    /// The case.
    pub case: Arc<Examination>,
    /// What the filter lets through.
    pub shown: Arc<Index>,
    /// Which positions of it are sorted.
    pub span: std::ops::Range<usize>,
    /// By which column.
    pub column: Column,
    /// Whether downwards.
    pub descending: bool,
}

impl ToSort {
    /// The rows in their order.
    pub fn sorted(self) -> Vec<u32> {
        let mut rows: Vec<u32> = self.span.filter_map(|position| self.shown.row_at(position)).collect();
        rows::sort(&self.case, &mut rows, self.column, self.descending);
        rows
    }
}

impl CaseView {
    /// The first view of a case.
    pub fn new(case: Arc<Examination>, settings: Settings) -> Self {
        let path = case.segments.first().map_or("", |segment| segment.plan.file.path.as_str());
        let name = crate::model::text::short(path.split('/').next().unwrap_or(""), 40);
        let axis = case.index.span().map_or(Axis::fit(0, 1), |(first, last)| Axis::fit(first, last));
        let mut view = Self {
            shown: Arc::clone(&case.index),
            strips: strips(&case),
            wanted: Wanted::default(),
            values: values(&case.store, &case.index),
            range: None,
            history: History::default(),
            name,
            bundles: Vec::new(),
            progress: None,
            settings,
            filter: Filter::default(),
            filter_text: String::new(),
            shown_filter: String::new(),
            nothing: None,
            axis,
            moved: false,
            lines: Vec::new(),
            rows: Rows::Span(0..0),
            sorted: (Column::Time, false),
            selection: Selection::default(),
            detail: None,
            revealed: 0,
            only_marked: false,
            records: BTreeMap::new(),
            rows_for: None,
            wants_detail: None,
            case,
        };
        view.arrange();
        view
    }

    /// Takes more of the same case. Rows keep their numbers while a case grows, so a selection stays valid.
    pub fn update(&mut self, case: Arc<Examination>) {
        let span = case.index.span();
        self.strips = strips(&case);
        self.records.clear();
        self.case = case;
        if !self.axis.folds.stretches().is_empty() {
            // Where nothing was, something may be now.
            self.axis = self.axis.folded(Folds::of(&self.case.store, &self.case.index.all));
        }
        self.show_index(Arc::clone(&self.case.index), String::new());
        if let Some((first, last)) = span.filter(|_| !self.moved) {
            self.axis = Axis::fit_folded(first, last, self.axis.folds);
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
        self.values = values(&self.case.store, &index);
        (self.shown, self.shown_filter) = (index, filter);
        (self.rows_for, self.nothing) = (None, None);
        self.arrange();
    }

    /// Lays out the lanes anew.
    pub fn arrange(&mut self) {
        self.lines = lanes::arrange(&self.case, &self.shown, self.settings.lane_order, &self.settings.folded, &self.wanted);
    }

    /// A log's name, with as much of its path as tells it from the others here.
    pub fn name_of<'a>(&'a self, origin: &'a str) -> &'a str {
        let strips = self.case.logs.iter().zip(&self.strips);
        strips.into_iter().find(|(log, _)| log.origin == origin).map_or(origin, |(_, strip)| strip.name.as_str())
    }

    /// The event whose detail is to be read, once.
    pub fn take_wanted_detail(&mut self) -> Option<u32> {
        self.wants_detail.take()
    }

    /// Shows another part of time, never one that the case has altogether left.
    pub fn show(&mut self, axis: Axis) {
        let (first, last) = self.case.index.span().unwrap_or((0, 0));
        self.axis = axis.folded(self.axis.folds).kept_near(first, last);
        self.moved = true;
    }

    /// Shows everything that passes the filter; if nothing does, the whole case.
    pub fn show_all(&mut self) {
        if let Some((first, last)) = self.shown.span().or(self.case.index.span()) {
            self.axis = Axis::fit_folded(first, last, self.axis.folds);
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

    /// Selects an event everywhere, and brings it into view.
    pub fn select(&mut self, row: u32) {
        self.revealed += 1;
        self.select_in_place(row);
    }

    /// Selects an event everywhere. The table stays as it is.
    pub fn select_in_place(&mut self, row: u32) {
        let previous = self.selection.event.replace(row);
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

    /// Selects the lane of an event's actor, and unfolds its group. Whether the settings were changed for it.
    pub fn go_to_lane(&mut self, row: u32) -> bool {
        self.selection.lane = self.lane_of(row);
        let kind = self.selection.lane.and_then(|lane| self.shown.lanes.get(lane)).map(|lane| lane.kind);
        let unfolded = kind.is_some_and(|kind| self.settings.folded.remove(&kind));
        if unfolded {
            self.arrange();
        }
        unfolded
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

    /// Sorts the table by a column; by the same one again, the other way round. What only the records state cannot be sorted by.
    pub fn sort_by(&mut self, column: Column) {
        if column.is_from_record() {
            return;
        }
        self.sorted = (column, self.sorted.0 == column && !self.sorted.1);
    }

    /// Positions in the filtered index of the events in view. Those without time belong to no view; they follow when everything is shown.
    fn in_view(&self) -> std::ops::Range<usize> {
        let lane = &self.shown.all;
        let from = lane.position(&self.case.store, self.axis.from);
        let to = from + lane.rows[from..].partition_point(|&row| self.case.store.time(row) <= self.axis.to());
        from..if from == 0 && to == lane.rows.len() { self.shown.len() } else { to }
    }

    /// How many events are in view, pass the filter, and are in the case.
    pub fn event_counts(&self) -> [u64; 3] {
        [self.in_view().len() as u64, self.shown.len() as u64, self.case.index.len() as u64]
    }

    /// Brings the rows of the table in step with the view. `None`: they are already, or will be once the view no longer moves, as `is_moving`
    /// says; otherwise whether, and what, is still to be sorted.
    pub fn update_rows(&mut self, is_moving: bool) -> Option<Option<ToSort>> {
        let (column, descending) = self.sorted;
        let span = self.in_view();
        let marks = &self.selection.marked;
        let marked = self.only_marked.then(|| (marks.len(), marks.iter().map(|row| u64::from(*row)).sum()));
        let wanted = (span.clone(), Arc::as_ptr(&self.shown) as usize, column, descending, marked);
        if self.rows_for.as_ref() == Some(&wanted) {
            return None;
        }
        if marked.is_some() {
            // Marked one by one, so they are few.
            let mut rows: Vec<u32> = marks.iter().copied().collect();
            rows::sort(&self.case, &mut rows, column, descending);
            (self.rows, self.rows_for) = (Rows::Sorted(Arc::new(rows)), Some(wanted));
            return Some(None);
        }
        if (column, descending) == (Column::Time, false) {
            (self.rows, self.rows_for) = (Rows::Span(span), Some(wanted));
            return Some(None);
        }
        if is_moving {
            return None;
        }
        self.rows_for = Some(wanted);
        if !matches!(self.rows, Rows::Sorted(_)) {
            self.rows = Rows::Span(span.clone());
        }
        Some(Some(ToSort { case: Arc::clone(&self.case), shown: Arc::clone(&self.shown), span, column, descending }))
    }

    /// Takes records that were read again.
    pub fn take_records(&mut self, records: Vec<(u32, FromRecord)>) {
        if self.records.len() + records.len() > KEPT {
            self.records.clear();
        }
        self.records.extend(records);
    }

    /// The lane in which an event is drawn: its identity's, or its key's where keys stand for their identity.
    fn lane_of(&self, row: u32) -> Option<usize> {
        let store = &self.case.store;
        let subjects = [Subject::Identity(store.identity_index(row)), Subject::Credential(store.credential_index(row))];
        let drawn = |subject: &Subject| {
            self.lines.iter().find_map(|line| match line {
                Line::Lane(label) if label.subject == *subject => Some(label.lane),
                _ => None,
            })
        };
        subjects.iter().find_map(drawn).or_else(|| self.shown.lanes.iter().position(|lane| lane.subject == subjects[0]))
    }
}
