//! Opening dialogs, drawing those that are open, and carrying out what they ask for.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::Ui;

use super::arrival::Arrival;
use super::window::App;
use crate::bundle;
use crate::gui::command::{Commands, Dialog};
use crate::gui::dialogs::activity_log::{self, ActivityLog};
use crate::gui::dialogs::compare::{self, Compare};
use crate::gui::dialogs::export::{self, Export};
use crate::gui::dialogs::help;
use crate::gui::dialogs::paths::Paths;
use crate::gui::dialogs::receive::{self, Receive};
use crate::gui::dialogs::time_stamp::{self, TimeStamp};
use crate::gui::jobs::Slot;
use crate::gui::panels::keys::KeysPanel;
use crate::trust::Key;

impl App {
    /// Opens a dialog. Those that need a case, or a finished one, do not open without it.
    pub(super) fn open_dialog(&mut self, dialog: Dialog) {
        let dialogs = &mut self.dialogs;
        match dialog {
            Dialog::Paths => dialogs.paths = Some(Paths::default()),
            Dialog::Keys => dialogs.keys = Some(KeysPanel::new(self.store_error.clone())),
            Dialog::Export(kind) => {
                let view = self.view.as_ref().filter(|view| view.case.finished);
                dialogs.export = view.map(|view| Export::new(view, kind)).or(dialogs.export.take());
            }
            Dialog::Receive => dialogs.receive = Some(Receive::new(self.opened.clone())),
            Dialog::Compare => dialogs.compare = self.view.is_some().then(Compare::default),
            Dialog::TimeStamp(bundle) => dialogs.time_stamp = Some(TimeStamp::new(bundle)),
            Dialog::ActivityLog => dialogs.activity_log = Some(ActivityLog::new()),
            Dialog::Help => dialogs.help = true,
        }
    }

    /// Draws the dialogs that are open.
    pub(super) fn dialogs_ui(&mut self, ui: &Ui, commands: &mut Commands) {
        let dialogs = &mut self.dialogs;
        if dialogs.paths.as_mut().is_some_and(|dialog| dialog.ui(ui, commands)) {
            dialogs.paths = None;
        }
        if dialogs.opening.as_mut().is_some_and(|dialog| dialog.ui(ui, commands)) {
            dialogs.opening = None;
        }
        if let Some(panel) = &mut dialogs.keys {
            let mut found: Vec<Key> = Vec::new();
            if let Some(view) = &self.view {
                found.extend(view.bundles.iter().filter_map(|bundle| bundle.unknown.clone()));
                found.extend(view.case.found_keys.iter().cloned());
            }
            if panel.ui(ui, &self.keys, &found, commands) {
                dialogs.keys = None;
            }
        }
        if dialogs.help && help::ui(ui) {
            dialogs.help = false;
        }
        let export = match (&mut dialogs.export, &self.view) {
            (Some(dialog), Some(view)) => dialog.ui(ui, view, commands),
            _ => Vec::new(),
        };
        let receive = dialogs.receive.as_mut().and_then(|dialog| dialog.ui(ui, commands));
        let compare = dialogs.compare.as_mut().and_then(|dialog| dialog.ui(ui));
        let time_stamp = dialogs.time_stamp.as_mut().and_then(|dialog| dialog.ui(ui));
        let activity_log = dialogs.activity_log.as_mut().and_then(|dialog| dialog.ui(ui));
        export.into_iter().for_each(|command| self.export(command));
        receive.into_iter().for_each(|command| self.receive(command));
        compare.into_iter().for_each(|command| self.compare(command));
        time_stamp.into_iter().for_each(|command| self.time_stamp(command));
        activity_log.into_iter().for_each(|command| self.activity_log(command));
    }

    /// Lets the user choose a path on a thread; the dialog itself was made on this one.
    fn chosen(
        &mut self,
        slot: Slot,
        future: impl Future<Output = Option<rfd::FileHandle>> + Send + 'static,
        arrival: impl FnOnce(Option<PathBuf>) -> Arrival + Send + 'static,
    ) {
        self.jobs.start(slot, move |_, send| send(arrival(pollster::block_on(future).map(|handle| handle.path().to_owned()))));
    }

    fn export(&mut self, command: export::Command) {
        use export::Outcome;
        match command {
            export::Command::Close => self.dialogs.export = None,
            export::Command::Preview(choice) => {
                self.jobs.start(Slot::Preview, move |_, send| {
                    let preview = bundle::preview(&choice.case, &choice.rows(), choice.whole);
                    send(Arrival::Export(Outcome::Preview(preview)));
                });
            }
            export::Command::ChoosePlace => {
                let dialog = rfd::AsyncFileDialog::new().set_title("Export evidence").set_file_name("evidence.zip");
                let future = dialog.add_filter("Evidence bundle", &["zip"]).save_file();
                self.chosen(Slot::ExportPlace, future, |path| Arrival::Export(Outcome::PlaceChosen(path)));
            }
            export::Command::Export(order) => {
                let (keys, log) = (self.keys.clone(), self.examiner_log());
                let job = self.jobs.start(Slot::Export, move |job, send| {
                    let exported = export::work(&order, &keys, log.as_ref(), job);
                    send(Arrival::Export(Outcome::Exported(Box::new(exported))));
                });
                if let Some(dialog) = &mut self.dialogs.export {
                    dialog.started(job);
                }
            }
        }
    }

    fn receive(&mut self, command: receive::Command) {
        use receive::Outcome;
        match command {
            receive::Command::Close => self.dialogs.receive = None,
            receive::Command::Choose => {
                let future = rfd::AsyncFileDialog::new().set_title("Folder for the sealed copy").pick_folder();
                self.chosen(Slot::ReceivePlace, future, |path| Arrival::Receive(Outcome::Chosen(path)));
            }
            receive::Command::Receive(order) => {
                let job = self.jobs.start(Slot::Receive, move |job, send| {
                    send(Arrival::Receive(Outcome::Received(Box::new(receive::work(&order, job)))));
                });
                if let Some(dialog) = &mut self.dialogs.receive {
                    dialog.started(job);
                }
            }
        }
    }

    fn compare(&mut self, command: compare::Command) {
        use compare::Outcome;
        match command {
            compare::Command::Close => self.dialogs.compare = None,
            compare::Command::Choose => {
                let future = rfd::AsyncFileDialog::new().set_title("The other copy").pick_file();
                self.chosen(Slot::ComparePlace, future, |path| Arrival::Compare(Outcome::Chosen(path)));
            }
            compare::Command::Compare(other) => {
                let (Some(dialog), Some(view)) = (&mut self.dialogs.compare, &self.view) else { return };
                let (case, keys) = (Arc::clone(&view.case), self.keys.clone());
                let job = self.jobs.start(Slot::Compare, move |job, send| {
                    send(Arrival::Compare(Outcome::Compared(compare::work(&case, other, keys, job))));
                });
                dialog.started(job);
            }
        }
    }

    fn time_stamp(&mut self, command: time_stamp::Command) {
        use time_stamp::Outcome;
        match command {
            time_stamp::Command::Close => {
                self.dialogs.time_stamp = None;
                return;
            }
            time_stamp::Command::Choose(field) => {
                let future = rfd::AsyncFileDialog::new().set_title(field.title()).pick_file();
                self.chosen(Slot::TimeStampPlace, future, move |path| Arrival::TimeStamp(Outcome::Chosen(field, path)));
                return;
            }
            time_stamp::Command::Request(bundle) => {
                self.jobs.start(Slot::TimeStamp, move |_, send| {
                    send(Arrival::TimeStamp(Outcome::Said(time_stamp::write_request(&bundle))));
                });
            }
            time_stamp::Command::Attach(bundle, answer) => {
                let keys = self.keys.clone();
                self.jobs.start(Slot::TimeStamp, move |_, send| {
                    send(Arrival::TimeStamp(Outcome::Said(time_stamp::attach_answer(&bundle, &answer, &keys))));
                });
            }
        }
        if let Some(dialog) = &mut self.dialogs.time_stamp {
            dialog.started();
        }
    }

    fn activity_log(&mut self, command: activity_log::Command) {
        match command {
            activity_log::Command::Close => self.dialogs.activity_log = None,
            activity_log::Command::Open(passphrase) => {
                if let Some(dialog) = &mut self.dialogs.activity_log {
                    dialog.started();
                }
                self.jobs.start(Slot::ActivityLog, move |_, send| {
                    send(Arrival::ActivityLog(Box::new(activity_log::work(passphrase.as_deref()))));
                });
            }
        }
    }
}
