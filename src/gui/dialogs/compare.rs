//! Comparing the open case with another copy of it.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::{ScrollArea, TextEdit, Ui};

use crate::bundle::{Compared, compare};
use crate::gui::widgets::buttons::plain_button;
use crate::gui::widgets::dialog::dialog;
use crate::gui::widgets::parts::{icon_row, progress};
use crate::gui::widgets::tokens::Palette;
use crate::model::State;
use crate::model::text::{plural, visible};
use crate::trust::Store as Keys;
use crate::verify::{Examination, Job, examine};

/// What the dialog asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Let the user choose the other copy.
    Choose,
    /// Compare with the copy at this path.
    Compare(PathBuf),
    /// Close the dialog.
    Close,
}

/// What comes back.
pub enum Outcome {
    /// The other copy that was chosen; `None` if none was.
    Chosen(Option<PathBuf>),
    /// How the two compare, or why that is not known.
    Compared(Result<Vec<Compared>, String>),
}

#[derive(Default)]
enum Phase {
    #[default]
    Filling,
    Running(Arc<Job>),
    Done(Result<Vec<Compared>, String>),
}

/// The dialog.
#[derive(Default)]
pub struct Compare {
    other: String,
    phase: Phase,
}

impl Compare {
    /// Draws the dialog.
    pub fn ui(&mut self, ui: &Ui) -> Option<Command> {
        let palette = &Palette::of(ui.ctx());
        let text = "Shows where another copy of these logs, or another bundle, is the same, which is shorter, and where they diverge. “The first” is what is open here.";
        let mut wanted = None;
        let shown = dialog(ui, "Compare with another copy", text, 600.0, |ui, controls| {
            let running = matches!(self.phase, Phase::Running(_));
            ui.add_enabled_ui(!running, |ui| {
                ui.horizontal(|ui| {
                    let edit = TextEdit::singleline(&mut self.other).desired_width(470.0).hint_text("a file, folder, archive or bundle");
                    controls.field(ui, edit, "The other copy");
                    if ui.add(plain_button("Choose…", palette)).clicked() {
                        wanted = Some(Command::Choose);
                    }
                });
            });
            ui.add_space(8.0);
            ScrollArea::vertical().max_height(320.0).show(ui, |ui| match &self.phase {
                Phase::Filling | Phase::Running(_) => {}
                Phase::Done(Err(why)) => icon_row(ui, State::Broken, &visible(why), "", palette),
                Phase::Done(Ok(logs)) => {
                    for log in logs {
                        let title =
                            format!("{}: {} and {}", visible(&log.log), plural(log.records.0, "record"), plural(log.records.1, "record"));
                        let lines: Vec<String> =
                            log.differences.iter().map(|difference| visible(&difference.words()).into_owned()).collect();
                        icon_row(ui, if log.equal { State::Sealed } else { State::Suspect }, &title, &lines.join("\n"), palette);
                        ui.add_space(4.0);
                    }
                }
            });
            ui.add_space(12.0);
            ui.horizontal(|ui| match &self.phase {
                Phase::Running(job) => progress(ui, job, palette),
                Phase::Filling | Phase::Done(_) => {
                    if controls.confirm(ui, "Compare", !self.other.trim().is_empty()) {
                        wanted = Some(Command::Compare(PathBuf::from(self.other.trim())));
                    }
                    controls.close(ui, "Close");
                }
            });
        });
        match &self.phase {
            Phase::Running(job) if shown.escaped => job.cancel(),
            Phase::Filling | Phase::Done(_) if shown.closed => wanted = Some(Command::Close),
            _ => {}
        }
        wanted
    }

    /// The work has been started.
    pub fn started(&mut self, job: Arc<Job>) {
        self.phase = Phase::Running(job);
    }

    /// Takes what came back.
    pub fn take(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Chosen(Some(path)) => self.other = path.display().to_string(),
            Outcome::Chosen(None) => {}
            Outcome::Compared(result) => self.phase = Phase::Done(result),
        }
    }
}

/// Reads the other copy and compares `case` with it.
pub fn work(case: &Examination, other: PathBuf, keys: Keys, job: &Job) -> Result<Vec<Compared>, String> {
    let second = examine(&[other], keys, job, None);
    if second.cancelled {
        return Err("stopped; nothing was compared".into());
    }
    if second.logs.is_empty() {
        let why = second.skipped.first().map_or_else(String::new, |skipped| format!(": {}", skipped.reason));
        return Err(format!("the other copy contains no log{why}"));
    }
    compare(case, &second, job).map_err(|error| error.to_string())
}
