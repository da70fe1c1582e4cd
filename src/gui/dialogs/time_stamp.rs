//! Time-stamping a bundle: the dialog, and the work behind it. The request and the answer are files; nothing here uses a network.

use std::path::PathBuf;

use eframe::egui::{Grid, RichText, Role, TextEdit, Ui, WidgetInfo};

use crate::bundle::{attach, request};
use crate::gui::app::App;
use crate::gui::command::Command;
use crate::gui::widgets::buttons::{icon_row, modal, plain_button, primary_button};
use crate::gui::widgets::tokens::Palette;
use crate::model::text::visible;
use crate::model::{State, time};
use crate::trust::time_stamp::Trust;

/// What the user fills in, and what came of it.
#[derive(Clone, Default)]
pub struct Form {
    bundle: String,
    answer: String,
    said: Option<Result<String, String>>,
    running: bool,
}

/// Draws the dialog.
pub fn show(ui: &Ui, form: &mut Form, palette: &Palette, commands: &mut Vec<Command>) {
    let text = "An outside authority (RFC 3161) can state that the signature existed at a time. Write the request, send it to the authority in the way it names, and put its answer into the bundle. Its certificate is trusted under Keys.";
    let modal = modal(ui, "Time-stamp a bundle", text, 600.0, palette, |ui| {
        ui.add_enabled_ui(!form.running, |ui| {
            Grid::new("stamping").num_columns(2).spacing([16.0, 8.0]).show(ui, |ui| {
                for (word, name, hint, text, bundle) in [
                    ("Bundle", "Bundle to stamp", "a folder, or a file ending in .zip", &mut form.bundle, true),
                    ("Answer", "Answer of the authority", "what the authority sent: a file ending in .tsr", &mut form.answer, false),
                ] {
                    ui.label(RichText::new(word).color(palette.dim));
                    ui.horizontal(|ui| {
                        let edit = ui.add(TextEdit::singleline(text).desired_width(400.0).hint_text(hint));
                        edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, name));
                        if ui.add(plain_button("Choose…", palette)).clicked() {
                            commands.push(Command::ChooseStamped(bundle));
                        }
                    });
                    ui.end_row();
                }
            });
        });
        if let Some(said) = &form.said {
            ui.add_space(8.0);
            let (state, text) = match said {
                Ok(text) => (State::Sealed, text),
                Err(text) => (State::Broken, text),
            };
            icon_row(ui, state, &visible(text), "", palette);
        }
        ui.add_space(12.0);
        ui.horizontal(|ui| {
            let bundle = !form.running && !form.bundle.trim().is_empty();
            if ui.add_enabled(bundle, plain_button("Write the request", palette)).clicked() {
                commands.push(Command::StampRequest);
            }
            if ui.add_enabled(bundle && !form.answer.trim().is_empty(), primary_button("Put the answer in", palette)).clicked() {
                commands.push(Command::StampAnswer);
            }
            if ui.add(plain_button("Close", palette)).clicked() {
                commands.push(Command::Stamping(None));
            }
        });
    });
    if modal.should_close() && !form.running {
        commands.push(Command::Stamping(None));
    }
}

impl App {
    /// Carries out what the dialog asks for.
    pub(crate) fn stamping(&mut self, command: Command) {
        if let Command::Stamping(path) = command {
            self.dialogs.stamping = path.map(|bundle| Form { bundle, ..Form::default() });
            return;
        }
        let Some(form) = &mut self.dialogs.stamping else { return };
        let (bundle, answer) = (PathBuf::from(form.bundle.trim()), PathBuf::from(form.answer.trim()));
        match command {
            Command::ChooseStamped(bundle) => self.work.choose_stamped(bundle),
            Command::StampRequest => {
                form.running = true;
                self.work.stamp(move || {
                    let mut out = bundle.clone().into_os_string();
                    out.push(".tsq");
                    let out = PathBuf::from(out);
                    request(&bundle, &out).map_err(|error| error.to_string())?;
                    Ok(format!("The request is in {}. Send it as application/timestamp-query.", out.display()))
                });
            }
            Command::StampAnswer => {
                form.running = true;
                let keys = self.keys.clone();
                self.work.stamp(move || {
                    let stamp = attach(&bundle, &answer, &keys).map_err(|error| error.to_string())?;
                    let more = match &stamp.trust {
                        Trust::Trusted => String::new(),
                        Trust::Unknown(why) => format!(", but {why}: add its certificate under Keys"),
                    };
                    Ok(format!("Stamped {} by {}{more}.", time::seconds(stamp.time), stamp.authority))
                });
            }
            _ => {}
        }
    }

    /// Takes what came of it.
    pub(crate) fn stamped(&mut self, said: Result<String, String>) {
        if let Some(form) = &mut self.dialogs.stamping {
            (form.said, form.running) = (Some(said), false);
        }
    }

    /// Takes the path that the user chose.
    pub(crate) fn stamp_chosen(&mut self, bundle: bool, path: Option<PathBuf>) {
        if let (Some(form), Some(path)) = (&mut self.dialogs.stamping, path) {
            let field = if bundle { &mut form.bundle } else { &mut form.answer };
            *field = path.display().to_string();
        }
    }
}
