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
use crate::gui::state::detail::Detail;
use crate::gui::state::rows;
use crate::gui::state::settings::Settings;
use crate::query::Filter;
use crate::store::Index;
use crate::trust::Kept;
use crate::verify::{Examination, examine};

impl App {
    /// Carries out a command.
    pub(super) fn run(&mut self, context: &Context, command: Command) {
        match command {
            Command::Open(paths) => self.open_paths(paths),
            Command::ChooseFiles => self.choose(false),
            Command::ChooseFolder => self.choose(true),
            Command::OpenDemo => {
                self.jobs.start(Slot::Demo, |_, send| send(Arrival::Demo(start::write_demo())));
            }
            Command::Cancel => self.jobs.cancel(Slot::Examine),
            Command::Close => self.close(),
            Command::Filter(text) => self.filter(text),
            Command::Fold(kind) => self.set(|settings| settings.fold(kind)),
            Command::SortLanes(order) => self.set(|settings| settings.lane_order = order),
            Command::Zone(zone) => self.set(|settings| settings.zone = zone),
            Command::Theme(theme) => context.set_theme(theme),
            Command::Copy(text) => context.copy_text(text),
            Command::Trust(key) => self.trust(*key),
            Command::Keep(name, fingerprint) => self.keep(name, fingerprint),
            Command::Distrust(name, fingerprint) => self.distrust(name, fingerprint),
            Command::ChangeTrust(changes) => self.change_trust(&changes),
            Command::Dialog(dialog) => self.open_dialog(dialog),
            Command::Show(_)
            | Command::ShowAll
            | Command::ShowSelection
            | Command::Select(_)
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
            Command::ShowAll => view.show_all(),
            Command::ShowSelection => view.show_selection(),
            Command::Select(row) => view.select(row),
            Command::Step(step) => view.step(step),
            Command::Mark(row) => view.selection.mark(row),
            Command::MarkTo(row) => view.mark_to(row),
            Command::Unmark => view.selection.marked.clear(),
            Command::Deselect => view.deselect(),
            Command::Finding(number) => view.choose_finding(number),
            Command::SortTable(column) => view.sort_by(column),
            _ => {}
        }
    }

    /// Asks for what the view lacks: the selected event's detail, the rows in another order.
    pub(super) fn update_rows(&mut self) {
        let Some(view) = &mut self.view else { return };
        if let Some(row) = view.take_wanted_detail() {
            let case = Arc::clone(&view.case);
            self.jobs.start(Slot::Detail, move |_, send| {
                let first = Detail::read(&case, row);
                send(Arrival::Detail(Box::new(first.clone())));
                send(Arrival::Detail(Box::new(first.proved(&case))));
            });
        }
        match view.update_rows() {
            None => {}
            Some(None) => self.jobs.abandon(Slot::Sort),
            Some(Some(mut wanted)) => {
                let case = Arc::clone(&view.case);
                self.jobs.start(Slot::Sort, move |_, send| {
                    rows::sort(&case.store, &mut wanted.rows, wanted.column, wanted.descending);
                    send(Arrival::Sorted(Arc::new(wanted.rows)));
                });
            }
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
        let parsed = Filter::parse(&text);
        self.panels.top_bar.filter.clone_from(&text);
        self.panels.top_bar.error = parsed.as_ref().err().map(ToString::to_string);
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
        let (case, filter, text) = (Arc::clone(&view.case), view.filter.clone(), view.filter_text.clone());
        self.jobs.start(Slot::Filter, move |job, send| {
            let rows = crate::query::rows(&case.store, &case.index, &filter, &|| job.is_cancelled());
            send(Arrival::Filtered(Arc::new(Index::of_rows(&case.store, rows)), text));
        });
    }

    fn clear_filter(&mut self) {
        self.panels.top_bar.filter.clear();
        self.panels.top_bar.error = None;
        self.jobs.abandon(Slot::Filter);
    }

    fn close(&mut self) {
        [Slot::Examine, Slot::Sort, Slot::Detail, Slot::Preview].into_iter().for_each(|slot| self.jobs.abandon(slot));
        self.view = None;
        self.clear_filter();
    }

    fn open_paths(&mut self, paths: Vec<PathBuf>) {
        self.close();
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
