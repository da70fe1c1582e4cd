//! What happens when work ends.

use std::sync::Arc;
use std::time::Duration;

use super::arrival::Arrival;
use super::recent;
use super::window::App;
use crate::bundle::Checked;
use crate::case::examiner_log::Entry;
use crate::gui::command::{Command, Dialog};
use crate::gui::dialogs::{activity_log, compare, export, receive, time_stamp};
use crate::gui::jobs::Slot;
use crate::gui::state::CaseView;
use crate::gui::state::copy::Copied;
use crate::gui::state::detail::Detail;
use crate::gui::state::rows::Rows;
use crate::model::text::{count, plural};
use crate::verify::Examination;

/// A dialog for choosing files that returns sooner was never shown.
const NO_DIALOG: Duration = Duration::from_millis(400);

impl App {
    /// Takes a result that is still of interest.
    pub(super) fn arrive(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Case(case, bundles) => self.case_arrived(*case, bundles),
            Arrival::Filtered { index, typed, nothing, unread } => {
                if let Some(first) = unread.first() {
                    let others = if unread.len() > 1 { format!(" and {} more", count(unread.len() as u64 - 1)) } else { String::new() };
                    self.panels.top_bar.notice =
                        Some(format!("{first}{others} could not be read again; what is in there was not searched"));
                }
                if let Some(view) = &mut self.view {
                    view.show_index(index, typed);
                    view.nothing = nothing;
                }
            }
            Arrival::Records(records) => {
                if let Some(view) = &mut self.view {
                    view.take_records(records);
                }
            }
            Arrival::Copied(copied) => self.copied(copied),
            Arrival::Sorted(rows) => {
                if let Some(view) = &mut self.view {
                    view.rows = Rows::Sorted(rows);
                }
            }
            Arrival::Detail(detail) => {
                if let Some(view) = &mut self.view {
                    view.detail = Some(*detail);
                }
            }
            Arrival::Chosen(Some(paths), _) if !paths.is_empty() => self.commands.push(Command::Open(paths)),
            Arrival::Chosen(_, shown) if shown < NO_DIALOG => self.commands.push(Command::Dialog(Dialog::Paths)),
            Arrival::Chosen(..) => {}
            Arrival::Demo(Ok((path, keys))) => {
                keys.trusted().iter().for_each(|key| self.keys.add(key.clone()));
                self.demo_case = vec![path.clone()];
                self.commands.push(Command::Open(vec![path]));
            }
            Arrival::Demo(Err(why)) => self.message = Some(why),
            Arrival::Export(outcome) => {
                if let Some(dialog) = &mut self.dialogs.export {
                    dialog.take(outcome);
                }
            }
            Arrival::Compare(outcome) => {
                if let Some(dialog) = &mut self.dialogs.compare {
                    dialog.take(outcome);
                }
            }
            Arrival::TimeStamp(outcome) => {
                if let Some(dialog) = &mut self.dialogs.time_stamp {
                    dialog.take(outcome);
                }
            }
            Arrival::Receive(outcome) => self.receive_arrived(outcome),
            Arrival::Fonts(found) => self.fonts.take(found),
            Arrival::ActivityLog(outcome) => self.activity_log_arrived(*outcome),
        }
    }

    /// Says that work in a slot ended without a result.
    pub(super) fn failed(&mut self, slot: Slot, why: String) {
        match slot {
            Slot::Examine => {
                // What is shown of it so far was never judged.
                (self.view, self.message) = (None, Some(format!("The check failed: {why}")));
            }
            Slot::Demo | Slot::Choose => self.message = Some(why),
            Slot::Filter => self.panels.top_bar.notice = Some(format!("The filter was not applied: {why}")),
            // Without them code points are shown, and rows stay as they were.
            Slot::Fonts | Slot::Sort | Slot::Records => {}
            Slot::Copy => self.panels.top_bar.notice = Some(format!("Nothing was copied: {why}")),
            Slot::Detail => {
                if let Some(view) = &mut self.view
                    && let Some(row) = view.selection.event
                {
                    view.detail = Some(Detail::failed(&view.case, row, why));
                }
            }
            Slot::Export | Slot::Preview | Slot::ExportPlace => {
                self.arrive(Arrival::Export(export::Outcome::Exported(Box::new(Err(why)))));
            }
            Slot::Receive | Slot::ReceivePlace => self.arrive(Arrival::Receive(receive::Outcome::Received(Box::new(Err(why))))),
            Slot::Compare | Slot::ComparePlace => self.arrive(Arrival::Compare(compare::Outcome::Compared(Err(why)))),
            Slot::TimeStamp | Slot::TimeStampPlace => self.arrive(Arrival::TimeStamp(time_stamp::Outcome::Said(Err(why)))),
            Slot::ActivityLog => self.arrive(Arrival::ActivityLog(Box::new(Err(why)))),
        }
    }

    /// Puts rows on the clipboard, and says how many they are.
    fn copied(&mut self, copied: Copied) {
        let rows = plural(copied.rows, "row");
        self.panels.top_bar.notice = Some(if copied.rows < copied.of {
            format!("{rows} of {} copied: no more fits; filter, or export", count(copied.of))
        } else {
            format!("{rows} copied")
        });
        self.commands.push(Command::Copy(copied.text));
    }

    fn case_arrived(&mut self, case: Examination, bundles: Vec<Checked>) {
        let finished = case.finished;
        let case = Arc::new(case);
        let view = match &mut self.view {
            Some(view) => {
                view.update(case);
                view
            }
            None => self.view.insert(CaseView::new(case, self.settings.clone())),
        };
        view.bundles = bundles;
        if finished {
            self.note_opened();
            if !self.forget {
                let verdict = self.view.as_ref().map_or("", |view| view.case.verdict().word());
                self.recent = recent::judged(&self.opened, verdict);
            }
        }
        match self.filter_to_restore.take() {
            Some(filter) => self.commands.push(Command::Filter(filter)),
            None => self.apply_filter(),
        }
    }

    /// Notes that the open case was read and judged.
    fn note_opened(&self) {
        let Some(view) = &self.view else { return };
        let targets: Vec<String> = self.opened.iter().map(|path| path.display().to_string()).collect();
        let own = self.examiner_log().is_some_and(|log| self.opened.iter().any(|path| path == log.folder()));
        if own {
            return;
        }
        let (case, entry) = (&view.case, Entry::new("evidence.opened", targets.join(", ")));
        let entry = entry.with("verdict", case.verdict().word()).with("records", case.counts().total()).with("stopped", case.cancelled);
        self.note(match view.bundles.iter().find_map(|bundle| bundle.signer.clone()) {
            Some(signer) => entry.with("signer", signer),
            None => entry,
        });
    }

    fn receive_arrived(&mut self, outcome: receive::Outcome) {
        let result = match outcome {
            receive::Outcome::Chosen(folder) => {
                if let Some(dialog) = &mut self.dialogs.receive {
                    dialog.chosen(folder);
                }
                return;
            }
            receive::Outcome::Received(result) => *result,
        };
        let received = result.map(|(received, mut key)| {
            key.note = "your own key, for sealing on receipt".into();
            self.note(Entry::new("evidence.received", received.folder.display().to_string()).with("files", received.files));
            // One's own key needs no telephone call.
            self.trust_quietly(key);
            received
        });
        if let Some(dialog) = &mut self.dialogs.receive {
            dialog.take(received);
        }
    }

    fn activity_log_arrived(&mut self, outcome: activity_log::Outcome) {
        match outcome {
            Ok((folder, key)) => {
                if let Some(mut key) = key {
                    key.note = "your own key".into();
                    self.trust_quietly(key);
                }
                self.dialogs.activity_log = None;
                self.commands.push(Command::Open(vec![folder]));
            }
            Err(why) => {
                if let Some(dialog) = &mut self.dialogs.activity_log {
                    dialog.failed(why);
                }
            }
        }
    }
}
