//! What is shown of a case, without a window.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::sync::Arc;

use super::CaseView;
use super::axis::Axis;
use super::choice::{Choice, SelectionKind};
use super::lanes::{LaneOrder, Line};
use super::rows::{Column, Rows};
use super::settings::Settings;
use crate::model::finding::{Finding, Place};
use crate::model::time::SECOND;
use crate::model::{Event, Kind, Outcome};
use crate::query::Filter;
use crate::store::{Batch, Index, Store};
use crate::verify::Examination;

/// Events of robots 0, 1 and 2 in turn, ten seconds apart, every tenth without a time.
fn case(events: usize, findings: Vec<Finding>) -> Arc<Examination> {
    let mut store = Store::default();
    let mut batch = Batch::default();
    for number in 0..events {
        let name = format!("robot-{}", number % 3);
        let event = Event {
            schema: "test",
            time: (number % 10 != 9).then_some(number as i64 * 10 * SECOND),
            identity: name.into(),
            kind: Kind::ServiceAccount,
            action: if number % 2 == 0 { "read".into() } else { "write".into() },
            outcome: Outcome::Success,
            ..Event::default()
        };
        batch.push(&event, 0);
    }
    assert!(store.append(batch, 0, 0, false, 0));
    Arc::new(Examination::of_store(store, findings))
}

fn view(events: usize) -> CaseView {
    let mut view = CaseView::new(case(events, Vec::new()), Settings::default());
    view.update_rows();
    view
}

fn filtered(view: &mut CaseView, filter: &str) {
    let rows = crate::query::rows(&view.case.store, &view.case.index, &Filter::parse(filter).unwrap(), &|| false);
    let index = Index::of_rows(&view.case.store, rows);
    view.show_index(Arc::new(index), String::new());
    view.update_rows();
}

#[test]
fn a_growing_case_keeps_selection_and_view() {
    let mut view = view(40);
    view.select(7);
    assert_eq!(view.take_wanted_detail(), Some(7));
    assert_eq!(view.take_wanted_detail(), None, "the detail is asked for once");
    // Nobody has moved the view, so it follows.
    let first = view.axis;
    view.update(case(400, Vec::new()));
    assert!(view.axis.span > first.span * 5.0);
    assert_eq!(view.selection.event, Some(7));
    assert_eq!(view.take_wanted_detail(), Some(7), "a finished case may prove what a growing one could not");
    // Once it was moved, it stays.
    view.show(Axis::fit(100 * SECOND, 200 * SECOND));
    let moved = view.axis;
    view.update(case(800, Vec::new()));
    assert_eq!(view.axis, moved);
    view.show_all();
    assert!(view.axis.to() > 7_900 * SECOND);
}

#[test]
fn the_view_never_leaves_the_case() {
    let mut view = view(40);
    view.show(Axis::fit(10_000_000 * SECOND, 10_000_100 * SECOND));
    assert!(view.axis.from <= 390 * SECOND, "{:?}", view.axis);
    // A selected event comes into view.
    view.show(Axis { from: 0, span: 20e9, ..view.axis });
    view.select(36);
    assert!(view.axis.from < 360 * SECOND && view.axis.to() > 360 * SECOND);
}

#[test]
fn arrows_step_in_the_selected_lane() {
    let mut view = view(30);
    view.select(4);
    view.step(1);
    assert_eq!(view.selection.event, Some(7), "the next of robot-1");
    view.step(-1);
    view.step(-1);
    view.step(-1);
    assert_eq!(view.selection.event, Some(1), "the first of robot-1");
    // Without a selection the arrows begin in view.
    view.deselect();
    view.show(Axis::fit(100 * SECOND, 150 * SECOND));
    view.step(1);
    assert_eq!(view.selection.event, Some(10));
}

#[test]
fn a_finding_leads_to_its_place() {
    let place = Place { time: Some(200 * SECOND), time_end: Some(250 * SECOND), ..Place::default() };
    let finding = Finding::of(crate::model::words::tiles::TileFact::Gap { from: 0, to: 9 }, place);
    let mut view = CaseView::new(case(40, vec![finding]), Settings::default());
    view.show(Axis { from: 0, span: 20e9, ..view.axis });
    view.choose_finding(0);
    assert!(view.axis.from <= 200 * SECOND && view.axis.to() >= 250 * SECOND);
    assert!(view.chosen_finding().is_some());
    view.show_selection();
    assert!(view.axis.span >= 600e9);
    // A number that is no finding's changes nothing but the choice.
    view.choose_finding(7);
    assert!(view.chosen_finding().is_none());
}

#[test]
fn rows_follow_the_view_and_the_order() {
    let mut view = view(40);
    assert_eq!(view.rows.total(), 40, "events without time are listed while everything is shown");
    assert!(view.update_rows().is_none(), "nothing has changed");
    view.show(Axis { from: 100 * SECOND, span: 50.0 * SECOND as f64, ..view.axis });
    assert!(matches!(view.update_rows(), Some(None)));
    let listed = view.rows.all(&view.shown);
    assert_eq!(listed, [10, 11, 12, 13, 14, 15]);
    for (position, row) in listed.iter().enumerate() {
        assert_eq!(view.rows.row(&view.shown, position), Some(*row));
        assert_eq!(view.rows.position_of(&view.case.store, &view.shown, *row), Some(position));
    }
    assert_eq!(view.rows.position_of(&view.case.store, &view.shown, 20), None);
    view.sort_by(Column::Action);
    let mut wanted = view.update_rows().unwrap().unwrap();
    super::rows::sort(&view.case.store, &mut wanted.rows, wanted.column, wanted.descending);
    assert_eq!(wanted.rows, [10, 12, 14, 11, 13, 15], "equal ones by time");
    view.sort_by(Column::Action);
    assert!(view.sorted.1, "the same column again turns the order");
    view.rows = Rows::Sorted(Arc::new(wanted.rows));
    assert_eq!(view.rows.position_of(&view.case.store, &view.shown, 11), Some(3));
}

#[test]
fn lanes_are_ordered_and_fold() {
    let mut view = view(31);
    let names = |view: &CaseView| -> Vec<String> {
        let label = |line: &Line| if let Line::Lane(label) = line { Some(label.name.clone()) } else { None };
        view.lines.iter().filter_map(label).collect()
    };
    view.settings.lane_order = LaneOrder::Name;
    view.arrange();
    assert_eq!(names(&view), ["robot-0", "robot-1", "robot-2"]);
    view.settings.fold(Kind::ServiceAccount);
    view.arrange();
    assert!(names(&view).is_empty() && view.lines.len() == 1);
    view.settings.fold(Kind::ServiceAccount);
    filtered(&mut view, "robot-2");
    assert_eq!(names(&view), ["robot-2"]);
}

#[test]
fn a_choice_takes_the_records_that_its_words_say() {
    let mut view = view(40);
    let rows = |view: &CaseView, kind| Choice::new(kind, false, view).rows();
    for kind in [SelectionKind::Event, SelectionKind::Marked, SelectionKind::Identity, SelectionKind::Log, SelectionKind::Findings] {
        assert!(!Choice::is_possible(kind, &view), "{kind:?}");
    }
    view.select(4);
    view.selection.marked = BTreeSet::from([2, 3]);
    assert_eq!(rows(&view, SelectionKind::Event), [4]);
    assert_eq!(rows(&view, SelectionKind::Marked), [2, 3]);
    assert_eq!(rows(&view, SelectionKind::All).len(), 40);
    let of_one = rows(&view, SelectionKind::Identity);
    assert!(of_one.len() == 13 && of_one.iter().all(|row| row % 3 == 1), "{of_one:?}");
    assert_eq!(Choice::new(SelectionKind::Identity, false, &view).words(), "identity is “robot-1”");
    assert_eq!(Choice::label(SelectionKind::Marked, &view), "2 events marked");
    filtered(&mut view, "robot-2");
    view.shown_filter = " robot-2 ".into();
    assert_eq!(rows(&view, SelectionKind::Shown).len(), 13);
    assert_eq!(Choice::new(SelectionKind::Shown, true, &view).words(), "filter: robot-2; whole segments");
    assert!(!Choice::new(SelectionKind::View, false, &view).is_range(), "a filter is more than a range of time");
    assert!(Choice::new(SelectionKind::Log, false, &view).whole);
}
