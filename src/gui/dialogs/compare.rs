//! Comparing the open case with another copy of it: the dialog, and the work behind it.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::{Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use crate::bundle::{Compared, compare};
use crate::gui::app::App;
use crate::gui::command::Command;
use crate::gui::widgets::buttons::{icon_row, modal, plain_button, primary_button, progress};
use crate::gui::widgets::tokens::Palette;
use crate::model::State;
use crate::model::text::{count, visible};
use crate::verify::{Job, examine};

/// What the user fills in, and what came of it.
#[derive(Clone, Default)]
pub struct Form {
    other: String,
    job: Option<Arc<Job>>,
    said: Option<Result<Vec<Compared>, String>>,
}

/// Draws the dialog.
pub fn show(ui: &Ui, form: &mut Form, palette: &Palette, commands: &mut Vec<Command>) {
    let text = "Tells where another copy of these logs, or another bundle, is the same, which is shorter, and where they part. “The first” is what is open here.";
    let modal = modal(ui, "Compare with another copy", text, 600.0, palette, |ui| {
        ui.horizontal(|ui| {
            let edit = TextEdit::singleline(&mut form.other).desired_width(470.0).hint_text("a file, folder, archive or bundle");
            ui.add_enabled(form.job.is_none(), edit).widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "The other copy"));
            if ui.add_enabled(form.job.is_none(), plain_button("Choose…", palette)).clicked() {
                commands.push(Command::ChooseOther);
            }
        });
        ui.add_space(8.0);
        ScrollArea::vertical().max_height(320.0).show(ui, |ui| match &form.said {
            None => {}
            Some(Err(mistake)) => icon_row(ui, State::Broken, &visible(mistake), "", palette),
            Some(Ok(logs)) => {
                for log in logs {
                    let title = format!("{}: {} and {} records", visible(&log.log), count(log.records.0), count(log.records.1));
                    let lines: Vec<String> = log.lines.iter().map(|line| visible(line).into_owned()).collect();
                    icon_row(ui, if log.equal { State::Sealed } else { State::Suspect }, &title, &lines.join("\n"), palette);
                    ui.add_space(4.0);
                }
            }
        });
        ui.add_space(12.0);
        ui.horizontal(|ui| match &form.job {
            Some(job) => {
                progress(ui, job, palette);
            }
            None => {
                if ui.add_enabled(!form.other.trim().is_empty(), primary_button("Compare", palette)).clicked() {
                    commands.push(Command::Compare);
                }
                if ui.add(plain_button("Close", palette)).clicked() {
                    commands.push(Command::Comparing(false));
                }
            }
        });
    });
    if modal.should_close() && form.job.is_none() {
        commands.push(Command::Comparing(false));
    }
}

impl App {
    /// Carries out what the dialog asks for.
    pub(crate) fn comparing(&mut self, command: Command) {
        match command {
            Command::Comparing(shown) => self.dialogs.comparing = (shown && self.open.is_some()).then(Form::default),
            Command::ChooseOther => self.work.choose_other(),
            Command::Compare => {
                let (Some(form), Some(open)) = (&mut self.dialogs.comparing, &self.open) else { return };
                let job = Arc::new(Job::default());
                (form.job, form.said) = (Some(Arc::clone(&job)), None);
                let (other, case, keys) = (PathBuf::from(form.other.trim()), Arc::clone(&open.case), self.keys.clone());
                self.work.compare(move || {
                    let second = examine(&[other], keys, &job, None);
                    if second.cancelled {
                        return Err("stopped; nothing was compared".into());
                    }
                    if second.logs.is_empty() {
                        let why = second.skipped.first().map_or_else(String::new, |skipped| format!(": {}", skipped.reason));
                        return Err(format!("the other copy holds no log{why}"));
                    }
                    compare(&case, &second)
                });
            }
            _ => {}
        }
    }

    /// Takes what came of it.
    pub(crate) fn compared(&mut self, said: Result<Vec<Compared>, String>) {
        if let Some(form) = &mut self.dialogs.comparing {
            (form.said, form.job) = (Some(said), None);
        }
    }

    /// Takes the path that the user chose.
    pub(crate) fn other_chosen(&mut self, path: Option<PathBuf>) {
        if let (Some(form), Some(path)) = (&mut self.dialogs.comparing, path) {
            form.other = path.display().to_string();
        }
    }
}
