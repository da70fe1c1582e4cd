//! The examiner's own log: noting what is done, and the dialog that seals and opens it.

use std::path::PathBuf;

use eframe::egui::{Label, RichText, Role, TextEdit, Ui, WidgetInfo};

use crate::case::examiner_log::{Entry, ExaminerLog, Held};
use crate::gui::app::App;
use crate::gui::command::Command;
use crate::gui::dialogs::receive::{key, key_path, key_words};
use crate::gui::widgets::buttons::{mistake, modal, plain_button, primary_button};
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::text::{plural, visible};
use crate::trust::Key;

/// What the dialog shows.
#[derive(Clone, Default)]
pub struct Form {
    folder: PathBuf,
    held: Held,
    key: (String, Option<&'static str>),
    passphrase: String,
    mistake: Option<String>,
    sealing: bool,
}

/// Who is at work here: the account.
pub(crate) fn account() -> String {
    std::env::var("USER").ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "unknown".into())
}

/// Draws the dialog.
pub fn show(ui: &Ui, form: &mut Form, palette: &Palette, commands: &mut Vec<Command>) {
    let text = "What you open, export, trust and mask is noted on this computer. Sealed with your key, it shows later what was noted, and that nobody changed it since. It cannot show what was never noted.";
    let modal = modal(ui, "Your own log", text, 520.0, palette, |ui| {
        let held = format!("{}, {} not sealed yet", plural(form.held.sealed, "sealed file"), plural(form.held.open, "record"));
        ui.label(held);
        ui.add(Label::new(RichText::new(visible(&form.folder.display().to_string())).size(tokens::SMALL).color(palette.dim)).wrap());
        ui.add_space(8.0);
        ui.add(Label::new(RichText::new(format!("Your key: {}", form.key.0)).size(tokens::SMALL).color(palette.dim)).wrap());
        if let Some(hint) = form.key.1 {
            let edit = ui.add(TextEdit::singleline(&mut form.passphrase).password(true).desired_width(330.0).hint_text(hint));
            edit.widget_info(|| WidgetInfo::labeled(Role::PasswordInput, true, "Passphrase"));
        }
        mistake(ui, form.mistake.as_deref(), palette);
        ui.add_space(12.0);
        let any = form.held != Held::default() && !form.sealing;
        ui.horizontal(|ui| {
            if ui.add_enabled(any && form.held.open > 0, primary_button("Seal and open", palette)).clicked() {
                commands.push(Command::OpenOwnLog { seal: true });
            }
            if ui.add_enabled(any, plain_button("Open as it is", palette)).clicked() {
                commands.push(Command::OpenOwnLog { seal: false });
            }
            if ui.add(plain_button("Close", palette)).clicked() {
                commands.push(Command::OwnLog(false));
            }
        });
    });
    if modal.should_close() {
        commands.push(Command::OwnLog(false));
    }
}

impl App {
    /// The examiner's own log, unless nothing is to be remembered.
    pub(crate) fn examiner_log(&self) -> Option<ExaminerLog> {
        ExaminerLog::own().ok().filter(|_| !self.forget)
    }

    /// Notes what was done.
    pub(crate) fn note(&self, entry: Entry) {
        if let Some(log) = self.examiner_log() {
            self.work.note(log, account(), entry);
        }
    }

    /// Notes that the open case was read and judged.
    pub(crate) fn note_opened(&self) {
        let Some(case) = self.case() else { return };
        let targets: Vec<String> = self.opened.iter().map(|path| path.display().to_string()).collect();
        let own = self.examiner_log().is_some_and(|log| self.opened.iter().any(|path| path == log.folder()));
        if own {
            return;
        }
        let entry = Entry::new("evidence.opened", targets.join(", "));
        let entry = entry.with("verdict", case.verdict().word()).with("records", case.counts().total()).with("stopped", case.cancelled);
        self.note(match self.bundles.iter().find_map(|bundle| bundle.signer.clone()) {
            Some(signer) => entry.with("signer", signer),
            None => entry,
        });
    }

    /// Carries out what the dialog asks for.
    pub(crate) fn own_log(&mut self, command: Command) {
        match command {
            Command::OwnLog(false) => self.dialogs.own_log = None,
            Command::OwnLog(true) => {
                let mut form = Form { key: key_words(), ..Form::default() };
                match ExaminerLog::own() {
                    Ok(log) => {
                        form.folder = log.folder().to_owned();
                        match log.held() {
                            Ok(held) => form.held = held,
                            Err(error) => form.mistake = Some(error.to_string()),
                        }
                    }
                    Err(error) => form.mistake = Some(error.to_string()),
                }
                self.dialogs.own_log = Some(form);
            }
            Command::OpenOwnLog { seal } => {
                let Some(form) = &mut self.dialogs.own_log else { return };
                (form.sealing, form.mistake) = (true, None);
                let passphrase = std::mem::take(&mut form.passphrase);
                self.work.own_log(move || {
                    let log = ExaminerLog::own().map_err(|error| error.to_string())?;
                    if !seal {
                        return Ok((log.folder().to_owned(), None));
                    }
                    let path = key_path().ok_or("this account has no configuration folder to keep a key in")?;
                    let key = key(&path, &account(), &passphrase)?;
                    log.seal(&key).map_err(|error| error.to_string())?;
                    Ok((log.folder().to_owned(), Some(key.public)))
                });
            }
            _ => {}
        }
    }

    /// Takes the log that was sealed, and opens it.
    pub(crate) fn own_log_sealed(&mut self, result: Result<(PathBuf, Option<Key>), String>) {
        match result {
            Ok((folder, key)) => {
                if let Some(mut key) = key {
                    key.note = "your own key".into();
                    self.trust_quietly(key);
                }
                self.dialogs.own_log = None;
                self.commands.push(Command::Open(vec![folder]));
            }
            Err(mistake) => {
                if let Some(form) = &mut self.dialogs.own_log {
                    (form.sealing, form.mistake) = (false, Some(mistake));
                }
            }
        }
    }
}
