//! What is shown of a case, without a window.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::sync::Arc;

use super::CaseView;
use super::Walk;
use super::axis::Axis;
use super::choice::{Choice, SelectionKind};
use super::columns::Column;
use super::copy::{Copying, Form, Part};
use super::lanes::{LaneOrder, Line};
use super::rows::Rows;
use super::settings::{ColumnChange, Settings};
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
    view.update_rows(false);
    view
}

fn filtered(view: &mut CaseView, filter: &str) {
    let rows = crate::query::matching(&view.case, &Filter::parse(filter).unwrap(), &|| false).rows;
    let index = Index::of_rows(&view.case.store, rows);
    view.show_index(Arc::new(index), String::new());
    view.update_rows(false);
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
    assert!(view.update_rows(false).is_none(), "nothing has changed");
    view.show(Axis { from: 100 * SECOND, span: 50.0 * SECOND as f64, ..view.axis });
    assert!(matches!(view.update_rows(false), Some(None)));
    let listed = view.rows.all(&view.shown);
    assert_eq!(listed, [10, 11, 12, 13, 14, 15]);
    for (position, row) in listed.iter().enumerate() {
        assert_eq!(view.rows.row(&view.shown, position), Some(*row));
        assert_eq!(view.rows.position_of(&view.case.store, &view.shown, *row), Some(position));
    }
    assert_eq!(view.rows.position_of(&view.case.store, &view.shown, 20), None);
    view.sort_by(Column::Action);
    assert!(view.update_rows(true).is_none(), "nothing is sorted while the view moves");
    let sorted = view.update_rows(false).unwrap().unwrap().sorted();
    assert_eq!(sorted, [10, 12, 14, 11, 13, 15], "equal ones by time");
    view.sort_by(Column::Action);
    assert!(view.sorted.1, "the same column again turns the order");
    view.rows = Rows::Sorted(Arc::new(sorted));
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

#[test]
fn clicking_a_row_leaves_the_table_where_it_is_and_keys_walk_through_it() {
    let mut view = view(40);
    let revealed = view.revealed;
    view.select_in_place(5);
    assert_eq!((view.revealed, view.selection.event), (revealed, Some(5)), "a click does not move the table");
    for (walk, row) in [
        (Walk::By(1), 6),
        (Walk::By(-3), 3),
        (Walk::By(-100), 0),
        (Walk::By(10), 11),
        (Walk::Last, 39),
        (Walk::By(1), 39),
        (Walk::First, 0),
    ] {
        view.walk(walk);
        assert_eq!(view.selection.event, Some(row), "{walk:?}");
    }
    assert!(view.revealed > revealed, "what is walked to is brought into sight");
    // In another order it walks in that order.
    view.sort_by(Column::Identity);
    let sorted = view.update_rows(false).unwrap().unwrap().sorted();
    view.rows = Rows::Sorted(Arc::new(sorted));
    view.walk(Walk::First);
    view.walk(Walk::By(1));
    assert_eq!(view.selection.event, Some(3), "robot-0 again");
    // Without a selection it begins at either end.
    view.deselect();
    view.walk(Walk::By(-1));
    assert_eq!(view.selection.event, view.rows.row(&view.shown, 39));
}

#[test]
fn three_numbers_and_the_marked_alone() {
    let mut view = view(40);
    assert_eq!(view.event_counts(), [40, 40, 40]);
    filtered(&mut view, "robot-2");
    view.show(Axis { from: 100 * SECOND, span: 50.0 * SECOND as f64, ..view.axis });
    view.update_rows(false);
    assert_eq!(view.event_counts(), [2, 13, 40], "in view, passing the filter, in all");
    view.selection.marked = BTreeSet::from([1, 7, 30]);
    view.only_marked = true;
    assert!(matches!(view.update_rows(true), Some(None)), "the marked are few, so they are listed at once");
    assert_eq!(view.rows.all(&view.shown), [1, 7, 30], "whatever the view and the filter");
    view.selection.mark(7);
    view.update_rows(false);
    assert_eq!(view.rows.all(&view.shown), [1, 30]);
    view.only_marked = false;
    view.update_rows(false);
    assert_eq!(view.rows.total(), 2);
}

#[test]
fn nothing_found_says_where_it_was_looked_for() {
    let view = view(40);
    let why = |filter: &str| {
        let nothing = crate::query::nothing(&view.case, filter, &|| false).unwrap();
        nothing.sentences().join(" ")
    };
    let said = why("Terraform");
    assert!(said.contains("“Terraform” was looked for in identities,") && said.contains("User agents"), "{said}");
    let said = why("robot-1 ip:10.0.0.1");
    assert!(said.contains("No event fulfils ip:10.0.0.1.") && !said.contains("robot-1"), "{said}");
    let said = why("robot-1 robot-2");
    assert!(said.contains("(13 by robot-1, 13 by robot-2)"), "{said}");
    assert!(crate::query::nothing(&view.case, "a OR b", &|| false).is_none());
}

#[test]
fn columns_are_chosen_moved_and_share_the_width() {
    let mut settings = Settings::default();
    settings.change_columns(ColumnChange::Toggle(Column::UserAgent));
    settings.change_columns(ColumnChange::Move(Column::UserAgent, -2));
    settings.change_columns(ColumnChange::Toggle(Column::Target));
    use Column::*;
    assert_eq!(settings.columns, [State, Time, Identity, Credential, Action, UserAgent, Outcome, From]);
    settings.change_columns(ColumnChange::Move(UserAgent, -100));
    assert_eq!(settings.columns[0], UserAgent);
    // They fill the window, and where it is too narrow none is too narrow to be read.
    let wide = settings.column_widths(2_000.0, 12.0, 100.0);
    assert!((wide.iter().sum::<f32>() + 84.0 - 2_000.0).abs() < 1.0, "{wide:?}");
    let narrow = settings.column_widths(200.0, 12.0, 100.0);
    assert!(narrow.iter().zip(&settings.columns).all(|(width, column)| *column == Time || *width >= column.width().0), "{narrow:?}");
    settings.change_columns(ColumnChange::Width(Identity, 5.0));
    let at = settings.columns.iter().position(|column| *column == Identity).unwrap();
    assert_eq!(settings.column_widths(2_000.0, 12.0, 100.0)[at], 30.0, "never too narrow to be taken hold of");
    // The last one stays.
    for column in settings.columns.clone() {
        settings.change_columns(ColumnChange::Toggle(column));
    }
    assert_eq!(settings.columns.len(), 1);
    settings.change_columns(ColumnChange::Reset);
    assert_eq!(settings, Settings::default());
}

#[test]
fn rows_are_copied_in_three_forms() {
    let mut view = view(12);
    view.settings.columns = vec![Column::Time, Column::Identity, Column::Action];
    let copied = |view: &CaseView, part, form| Copying::new(view, part, form).write(&|| false).text;
    assert_eq!(copied(&view, Part::Row(1), Form::Csv), "Time,Identity,Action\r\n1970-01-01 00:00:10.000 UTC,robot-1,write\r\n");
    assert_eq!(
        copied(&view, Part::Row(1), Form::JsonLines),
        "{\"Time\":\"1970-01-01 00:00:10.000 UTC\",\"Identity\":\"robot-1\",\"Action\":\"write\"}\n"
    );
    assert_eq!(
        copied(&view, Part::Row(1), Form::Markdown),
        "| Time | Identity | Action |\n| --- | --- | --- |\n| 1970-01-01 00:00:10.000 UTC | robot-1 | write |\n"
    );
    assert_eq!(copied(&view, Part::View, Form::Csv).lines().count(), 13);
    view.selection.marked = BTreeSet::from([4, 2]);
    assert_eq!(copied(&view, Part::Marked, Form::JsonLines).lines().count(), 2);
    assert_eq!(Copying::new(&view, Part::View, Form::Csv).write(&|| true).rows, 0, "it can be stopped");
}

#[test]
fn times_show_as_much_date_as_is_needed() {
    use super::axis::Zone;
    use super::columns::TimeForm;
    let day = 86_400 * SECOND;
    for (span, form, head) in [
        (Some((0, 3_600 * SECOND)), TimeForm::Clock, "1970-01-01, UTC"),
        (Some((0, 3 * day)), TimeForm::Day, "1970, UTC"),
        (Some((0, 400 * day)), TimeForm::Year, "UTC"),
        (None, TimeForm::Clock, "UTC"),
    ] {
        assert_eq!((TimeForm::of(span, Zone::Utc), TimeForm::of(span, Zone::Utc).head(span, Zone::Utc)), (form, head.to_owned()));
    }
    assert_eq!(TimeForm::Year.text(0, Zone::Utc), "1970-01-01 00:00:00.000");
}

#[test]
fn commands_run_from_anywhere_as_they_stand() {
    use super::detail::Detail;
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats");
    for format in ["segments", "cloudtrail"] {
        let case = crate::verify::examine(&[fixtures.join(format)], crate::trust::Store::default(), &crate::verify::Job::default(), None);
        let details = (0..case.store.len() as u32).take(3).map(|row| Detail::read(&case, row).proved(&case));
        for detail in details {
            let commands = detail.commands();
            let expected =
                commands.lines().find_map(|line| line.strip_prefix("# prints ")).unwrap_or_else(|| panic!("{format}: {commands}"));
            assert!(commands.starts_with("cd "), "{format}: {commands}");
            let done = std::process::Command::new("sh").args(["-c", &commands]).current_dir("/").output().unwrap();
            let printed = String::from_utf8_lossy(&done.stdout).into_owned();
            assert!(printed.contains(expected), "{format}: {commands}\n{printed}");
        }
    }
}

#[test]
fn fields_stand_in_one_order_and_each_can_be_filtered_by() {
    use super::detail::Detail;
    let fixture = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats/cloudtrail");
    let case = Arc::new(crate::verify::examine(&[fixture], crate::trust::Store::default(), &crate::verify::Job::default(), None));
    let order = [
        "Ambiguous",
        "Who",
        "Identifier",
        "Credential",
        "On behalf of",
        "Through",
        "Action",
        "Category",
        "Target",
        "Outcome",
        "Error",
        "From",
        "User agent",
        "Region",
        "Account",
        "When",
        "As written",
        "Policy",
        "Session",
        "Event ID",
        "Record",
        "Format",
    ];
    let mut conditions = 0;
    for row in 0..case.store.len() as u32 {
        let detail = Detail::read(&case, row);
        let places: Vec<usize> =
            detail.fields.iter().map(|known| order.iter().position(|label| *label == known.label).unwrap_or(order.len())).collect();
        assert!(places.is_sorted(), "{:?}", detail.fields);
        let record = detail.fields.iter().find(|known| known.label == "Record").unwrap();
        assert!(record.value.starts_with("Records["), "{record:?}");
        for known in &detail.fields {
            let Some((only, except)) = &known.conditions else { continue };
            let with = crate::query::matching(&case, &Filter::parse(only).unwrap(), &|| false).rows;
            let without = crate::query::matching(&case, &Filter::parse(except).unwrap(), &|| false).rows;
            assert!(with.contains(&row) && !without.contains(&row), "{}: {only}, {except}", known.label);
            conditions += 1;
        }
    }
    assert!(conditions > 10);
}

#[test]
fn raw_looks_in_the_stored_records() {
    let folder = tempfile::tempdir().unwrap();
    let line =
        |agent: &str| format!("{{\"time\":\"2026-03-07T00:00:00Z\",\"actor\":\"maria\",\"action\":\"read\",\"tool\":\"{agent}\"}}\n");
    std::fs::write(folder.path().join("a.jsonl"), format!("{}{}{}", line("Terraform/1.5"), line("curl"), line("TERRAFORM"))).unwrap();
    let case = crate::verify::examine(&[folder.path().into()], crate::trust::Store::default(), &crate::verify::Job::default(), None);
    let of = |filter: &str| crate::query::matching(&case, &Filter::parse(filter).unwrap(), &|| false);
    assert!(of("Terraform").rows.is_empty());
    assert_eq!(of("raw:Terraform").rows, [0, 2], "whatever the case of its letters");
    assert_eq!((of("-raw:Terraform").rows, of("raw:curl -raw:terraform maria").rows), (vec![1], vec![1]));
    // What can no longer be read is said, and is on neither side.
    std::fs::remove_file(folder.path().join("a.jsonl")).unwrap();
    let gone = of("raw:Terraform");
    assert!(gone.rows.is_empty() && gone.unread.len() == 1, "{gone:?}");
    assert!(of("-raw:Terraform").rows.is_empty());
}
