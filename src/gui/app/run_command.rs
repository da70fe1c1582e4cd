//! How commands of panels are carried out.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use eframe::egui::Context;

use super::arrival::Arrival;
use super::window::App;
use super::{recent, start};
use crate::bundle::{Checked, check_all};
use crate::case::examiner_log::{Entry, ExaminerLog};
use crate::gui::command::Command;
use crate::gui::dialogs::examiner_key::account;
use crate::gui::jobs::Slot;
use crate::gui::state::columns::FromRecord;
use crate::gui::state::copy::{Copying, Form, Part};
use crate::gui::state::detail::Detail;
use crate::gui::state::settings::{ColumnChange, Settings};
use crate::gui::state::wish::Wish;
use crate::query::Filter;
use crate::store::Index;
use crate::trust::Kept;
use crate::verify::{Examination, examine};

impl App {
    /// Carries out a command.
    pub(super) fn run(&mut self, context: &Context, command: Command) {
        match command {
            Command::Open(paths) => self.open(paths),
            Command::OpenAs(way, paths) => self.open_as(way, paths),
            Command::SwitchTab(at) => self.switch_tab(at),
            Command::NextTab(step) => self.next_tab(step),
            Command::CloseTab(at) => self.close_tab(at),
            Command::ChooseFiles => self.choose(false),
            Command::ChooseFolder => self.choose(true),
            Command::OpenDemo => {
                self.jobs.start(Slot::Demo, |_, send| send(Arrival::Demo(start::write_demo())));
            }
            Command::Cancel => self.jobs.cancel(Slot::Examine),
            Command::Close => self.close_front(),
            Command::Filter(text) => self.filter(text),
            Command::Fold(kind) => self.set(|settings| settings.fold(kind)),
            Command::SortLanes(order) => self.set(|settings| settings.lane_order = order),
            Command::Wish(Wish::Look(change)) => {
                self.set(|settings| settings.look.change(change));
                self.remembered.take_look(self.settings.look);
                // While an edge is dragged nothing is written; it is when the window closes.
                if !change.is_dragged() {
                    self.remember(context.options(|options| options.theme_preference));
                }
            }
            Command::Wish(wish @ (Wish::Back | Wish::Forward)) => {
                if let Some(filter) = self.view.as_mut().and_then(|view| view.go(&wish)) {
                    self.filter(filter);
                }
            }
            Command::Zone(zone) => {
                self.set(|settings| settings.zone = zone);
                self.remember(context.options(|options| options.theme_preference));
            }
            Command::Theme(theme) => {
                context.set_theme(theme);
                self.remember(theme);
            }
            Command::Copy(text) => context.copy_text(text),
            Command::Notice(text) => self.panels.top_bar.notice = Some(text),
            Command::CopyRows(part, form) => self.copy_rows(part, form),
            Command::ReadRecords(rows) => self.read_records(rows),
            Command::Columns(change) => self.change_columns(context, change),
            Command::Trust(key) => self.trust(*key),
            Command::Keep(name, fingerprint) => self.keep(name, fingerprint),
            Command::Distrust(name, fingerprint) => self.distrust(name, fingerprint),
            Command::ChangeTrust(changes) => self.change_trust(&changes),
            Command::Dialog(dialog) => self.open_dialog(dialog),
            Command::Show(_)
            | Command::Wish(_)
            | Command::ShowAll
            | Command::ShowSelection
            | Command::Select(_)
            | Command::SelectInPlace(_)
            | Command::Walk(_)
            | Command::GoToLane(_)
            | Command::OnlyMarked(_)
            | Command::Step(_)
            | Command::Mark(_)
            | Command::MarkTo(_)
            | Command::Unmark
            | Command::Deselect
            | Command::Finding(_)
            | Command::SortTable(_) => self.move_about(command),
        }
    }

    /// Carries out what concerns the view of the open case alone.
    fn move_about(&mut self, command: Command) {
        let Some(view) = &mut self.view else { return };
        match command {
            Command::Show(axis) => view.show(axis),
            Command::Wish(wish) => view.grant(wish),
            Command::ShowAll => view.show_all(),
            Command::ShowSelection => view.show_selection(),
            Command::Select(row) => view.select(row),
            Command::SelectInPlace(row) => view.select_in_place(row),
            Command::Walk(walk) => view.walk(walk),
            Command::GoToLane(row) => {
                let changes_settings = view.go_to_lane(row);
                if changes_settings {
                    self.settings = view.settings.clone();
                }
            }
            Command::OnlyMarked(only) => view.only_marked = only,
            Command::Step(step) => view.step(step),
            Command::Mark(row) => view.selection.mark(row),
            Command::MarkTo(row) => view.mark_to(row),
            Command::Unmark => {
                view.selection.marked.clear();
                view.only_marked = false;
            }
            Command::Deselect => view.deselect(),
            Command::Finding(number) => view.choose_finding(number),
            Command::SortTable(column) => view.sort_by(column),
            _ => {}
        }
    }

    /// Asks for what the view lacks: the selected event's detail, the rows in another order.
    pub(super) fn update_rows(&mut self, context: &Context) {
        let is_moving = context.input(|input| input.pointer.any_down());
        let Some(view) = &mut self.view else { return };
        if let Some(row) = view.take_wanted_detail() {
            let case = Arc::clone(&view.case);
            self.jobs.start(Slot::Detail, move |_, send| {
                let first = Detail::read(&case, row);
                send(Arrival::Detail(Box::new(first.clone())));
                send(Arrival::Detail(Box::new(first.proved(&case))));
            });
        }
        match view.update_rows(is_moving) {
            None => {}
            Some(None) => self.jobs.abandon(Slot::Sort),
            Some(Some(wanted)) => {
                self.jobs.start(Slot::Sort, move |_, send| send(Arrival::Sorted(Arc::new(wanted.sorted()))));
            }
        }
    }

    fn read_records(&mut self, rows: Vec<u32>) {
        let Some(case) = self.view.as_ref().map(|view| Arc::clone(&view.case)) else { return };
        self.jobs.start(Slot::Records, move |job, send| {
            // A few at a time, so that they come while others are read.
            for part in rows.chunks(8) {
                if job.is_cancelled() {
                    return;
                }
                send(Arrival::Records(part.iter().map(|row| (*row, FromRecord::read(&case, *row))).collect()));
            }
        });
    }

    fn copy_rows(&mut self, part: Part, form: Form) {
        let Some(copying) = self.view.as_ref().map(|view| Copying::new(view, part, form)) else { return };
        self.jobs.start(Slot::Copy, move |job, send| {
            let copied = copying.write(&|| job.is_cancelled());
            if !job.is_cancelled() {
                send(Arrival::Copied(copied));
            }
        });
    }

    /// Changes the columns; the lanes stay as they are.
    fn change_columns(&mut self, context: &Context, change: ColumnChange) {
        self.settings.change_columns(change);
        // While an edge is dragged nothing is written.
        if !matches!(change, ColumnChange::Width(..)) {
            self.remember(context.options(|options| options.theme_preference));
        }
        if let Some(view) = &mut self.view {
            view.settings = self.settings.clone();
        }
    }

    fn set(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings);
        if let Some(view) = &mut self.view {
            view.settings = self.settings.clone();
            view.arrange();
        }
    }

    fn filter(&mut self, text: String) {
        let parsed = Filter::read(&text);
        let bar = &mut self.panels.top_bar;
        bar.filter.clone_from(&text);
        (bar.notice, bar.mistake) = (None, parsed.as_ref().err().cloned());
        if let (Some(view), Ok(filter)) = (&mut self.view, parsed) {
            (view.filter, view.filter_text) = (filter, text);
            self.apply_filter();
        }
    }

    pub(super) fn apply_filter(&mut self) {
        let Some(view) = &mut self.view else { return };
        if view.filter.is_empty() {
            self.jobs.abandon(Slot::Filter);
            view.show_index(Arc::clone(&view.case.index), view.filter_text.clone());
            return;
        }
        let (case, filter, typed) = (Arc::clone(&view.case), view.filter.clone(), view.filter_text.clone());
        self.jobs.start(Slot::Filter, move |job, send| {
            let stop = || job.is_cancelled();
            let crate::query::Matching { rows, unread, .. } = crate::query::matching(&case, &filter, &stop);
            // Never a silent zero: what was looked for, and where.
            let nothing = if rows.is_empty() { crate::query::nothing(&case, &typed, &stop) } else { None };
            send(Arrival::Filtered { index: Arc::new(Index::of_rows(&case.store, rows)), typed, nothing, unread });
        });
    }

    fn clear_filter(&mut self) {
        let bar = &mut self.panels.top_bar;
        bar.filter.clear();
        (bar.mistake, bar.notice) = (None, None);
        self.jobs.abandon(Slot::Filter);
    }

    pub(super) fn close(&mut self) {
        [Slot::Examine, Slot::Sort, Slot::Detail, Slot::Records, Slot::Copy, Slot::Preview]
            .into_iter()
            .for_each(|slot| self.jobs.abandon(slot));
        self.view = None;
        self.clear_filter();
    }

    pub(super) fn open_paths(&mut self, paths: Vec<PathBuf>) {
        self.close();
        self.filter_to_restore = None;
        if !self.forget {
            self.recent = recent::remember(&paths);
        }
        if paths != self.demo_case {
            self.keys.retain(|key| key.kept != Kept::Demo);
        }
        self.dialogs.export = None;
        self.message = None;
        self.opened.clone_from(&paths);
        let (keys, log) = (self.keys.clone(), self.examiner_log());
        self.jobs.start(Slot::Examine, move |job, send| {
            let publish = |part: Examination| send(Arrival::Case(Box::new(part), Vec::new()));
            let case = examine(&paths, keys.clone(), job, Some(&publish));
            // Whether a bundle is as it was signed is a verdict of its own.
            let checked = check_all(&case, &keys, &|| !job.is_cancelled());
            let mut bundles: Vec<Checked> = checked.into_iter().map(|(_, checked)| checked).collect();
            log.iter().for_each(|log| bundles.iter_mut().for_each(|bundle| bundle.recognise(log)));
            send(Arrival::Case(Box::new(case), bundles));
        });
    }

    /// Lets the user choose files or a folder. The dialog is made here, on the main thread, and awaited elsewhere.
    fn choose(&mut self, folder: bool) {
        let dialog = rfd::AsyncFileDialog::new().set_title(if folder { "Open a folder of logs" } else { "Open logs" });
        let started = Instant::now();
        if folder {
            let future = dialog.pick_folder();
            self.jobs.start(Slot::Choose, move |_, send| {
                let chosen = pollster::block_on(future).map(|handle| vec![handle.path().to_owned()]);
                send(Arrival::Chosen(chosen, started.elapsed()));
            });
        } else {
            let future = dialog.pick_files();
            self.jobs.start(Slot::Choose, move |_, send| {
                let chosen = pollster::block_on(future).map(|handles| handles.iter().map(|handle| handle.path().to_owned()).collect());
                send(Arrival::Chosen(chosen, started.elapsed()));
            });
        }
    }

    /// The examiner's own log, unless nothing is to be remembered.
    pub(super) fn examiner_log(&self) -> Option<ExaminerLog> {
        ExaminerLog::own().ok().filter(|_| !self.forget)
    }

    /// Notes what was done. Where the log is shown, it says so if nothing can be written.
    pub(super) fn note(&self, entry: Entry) {
        if let (Some(log), Some(now)) = (self.examiner_log(), crate::model::time::now()) {
            self.jobs.aside("note", move || drop(log.note(entry, &account(), now)));
        }
    }
}
