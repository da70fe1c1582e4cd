//! Sealing on receipt: the dialog, and the work behind it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::{Grid, Label, RichText, Role, TextEdit, Ui, WidgetInfo};

use crate::case::examiner_log::Entry;
use crate::case::keys::{self, KeyFileError};
use crate::case::receive::{Received, Receiving, receive};
use crate::gui::app::App;
use crate::gui::command::Command;
use crate::gui::widgets::buttons::{mistake, modal, plain_button, primary_button, progress};
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::State;
use crate::model::text::{plural, visible};
use crate::trust::Key;
use crate::verify::Job;

/// What the user fills in, and what came of it.
#[derive(Clone, Default)]
pub struct Form {
    /// The folder in which the sealed copy is made.
    pub into: String,
    /// Who receives.
    pub examiner: String,
    /// The passphrase of the examiner's key, or of the one to be made.
    pub passphrase: String,
    /// What there is to say of the examiner's key, and what the passphrase field asks for.
    pub key: (String, Option<&'static str>),
    /// What went wrong.
    pub mistake: Option<String>,
    /// The work, while it runs.
    pub job: Option<Arc<Job>>,
    /// What was received.
    pub done: Option<Received>,
}

impl Form {
    /// The first state of the form.
    pub fn new() -> Self {
        let documents = directories::UserDirs::new().map(|user| user.document_dir().unwrap_or(user.home_dir()).join("Sealscope"));
        Self {
            into: documents.map_or_else(String::new, |folder| folder.display().to_string()),
            examiner: std::env::var("USER").unwrap_or_default(),
            key: key_words(),
            ..Self::default()
        }
    }
}

/// Where the examiner's sealing key is kept.
pub fn key_path() -> Option<PathBuf> {
    Some(directories::ProjectDirs::from("dev", "sealscope", "sealscope")?.config_dir().join("examiner.key"))
}

/// Draws the dialog.
pub fn show(ui: &Ui, form: &mut Form, sources: &[PathBuf], palette: &Palette, commands: &mut Vec<Command>) {
    let text = "Copies what is open into a new folder and seals it there with your key. From then on every change to the copy shows. What happened before can never be proven by it.";
    let modal = modal(ui, "Seal on receipt", text, 560.0, palette, |ui| {
        if let Some(done) = &form.done {
            finished(ui, done, palette, commands);
            return;
        }
        let names: Vec<String> =
            sources.iter().map(|source| source.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())).collect();
        let running = form.job.is_some();
        ui.add_enabled_ui(!running, |ui| {
            Grid::new("receiving").num_columns(2).spacing([16.0, 10.0]).show(ui, |ui| {
                ui.label(RichText::new("What").color(palette.dim));
                ui.add(Label::new(visible(&crate::model::text::short(&names.join(", "), 60)).into_owned()).wrap());
                ui.end_row();
                ui.label(RichText::new("Into").color(palette.dim));
                ui.horizontal(|ui| {
                    let edit = ui.add(TextEdit::singleline(&mut form.into).desired_width(330.0));
                    edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Folder for the sealed copy"));
                    if ui.add(plain_button("Choose…", palette)).clicked() {
                        commands.push(Command::ChooseDestination);
                    }
                });
                ui.end_row();
                ui.label(RichText::new("Received by").color(palette.dim));
                let edit = ui.add(
                    TextEdit::singleline(&mut form.examiner).desired_width(330.0).hint_text("your name, as it shall stand in the record"),
                );
                edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Received by"));
                ui.end_row();
                let (word, hint) = form.key.clone();
                ui.label(RichText::new("Your key").color(palette.dim));
                ui.vertical(|ui| {
                    ui.add(Label::new(RichText::new(word).size(tokens::SMALL).color(palette.dim)).wrap());
                    if let Some(hint) = hint {
                        let edit = ui.add(TextEdit::singleline(&mut form.passphrase).password(true).desired_width(330.0).hint_text(hint));
                        edit.widget_info(|| WidgetInfo::labeled(Role::PasswordInput, true, "Passphrase"));
                    }
                });
                ui.end_row();
            });
        });
        mistake(ui, form.mistake.as_deref(), palette);
        ui.add_space(12.0);
        ui.horizontal(|ui| match &form.job {
            Some(job) => {
                progress(ui, job, palette);
            }
            None => {
                let ready = !form.into.trim().is_empty() && !form.examiner.trim().is_empty();
                if ui.add_enabled(ready, primary_button("Seal", palette)).clicked() {
                    commands.push(Command::Receive);
                }
                if ui.add(plain_button("Close", palette)).clicked() {
                    commands.push(Command::Receiving(false));
                }
            }
        });
    });
    if modal.should_close() && form.job.is_none() {
        commands.push(Command::Receiving(false));
    }
}

fn finished(ui: &mut Ui, done: &Received, palette: &Palette, commands: &mut Vec<Command>) {
    let title = format!("{} sealed", plural(done.files, "file"));
    crate::gui::widgets::buttons::icon_row(ui, State::Sealed, &title, &visible(&done.folder.display().to_string()), palette);
    ui.add_space(6.0);
    let text = format!(
        "{} Keep the time of sealing somewhere else too — a mail to a colleague is enough — so that nobody can say it was done later.",
        done.sentence()
    );
    ui.add(Label::new(RichText::new(visible(&text)).size(tokens::SMALL).color(palette.dim)).wrap());
    ui.add_space(12.0);
    ui.horizontal(|ui| {
        if ui.add(primary_button("Open the sealed copy", palette)).clicked() {
            commands.push(Command::Receiving(false));
            commands.push(Command::Open(vec![done.folder.clone()]));
        }
        if ui.add(plain_button("Close", palette)).clicked() {
            commands.push(Command::Receiving(false));
        }
    });
}

/// What there is to say of the examiner's key, and what the passphrase field asks for, if it is needed.
pub(crate) fn key_words() -> (String, Option<&'static str>) {
    let Some(path) = key_path() else { return ("this account has no configuration folder to keep a key in".into(), None) };
    match keys::read(&path, None) {
        Ok(key) => (format!("{}, not encrypted", key.public.name), None),
        Err(KeyFileError::NeedsPassphrase { .. }) => (path.display().to_string(), Some("its passphrase")),
        Err(_) if path.exists() => (format!("{} cannot be read", path.display()), None),
        Err(_) => ("none yet: one is made now and kept in your configuration folder".into(), Some("choose a passphrase, or leave empty")),
    }
}

/// The examiner's key, made if there is none.
pub(crate) fn key(path: &Path, examiner: &str, passphrase: &str) -> Result<keys::SealerKey, String> {
    let passphrase = Some(passphrase).filter(|text| !text.is_empty());
    if !path.exists() {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        let name: String = examiner
            .chars()
            .map(|character| if character.is_alphanumeric() || ".-_@".contains(character) { character } else { '-' })
            .collect();
        keys::generate(&format!("examiner/{}", name.trim_matches('-')), path, passphrase).map_err(|error| error.to_string())?;
    }
    keys::read(path, passphrase).map_err(|error| error.to_string())
}

impl App {
    /// Carries out what the dialog asks for.
    pub(crate) fn receiving(&mut self, command: Command) {
        match command {
            Command::Receiving(shown) => self.dialogs.receiving = shown.then(Form::new),
            Command::ChooseDestination => self.work.choose_destination(),
            Command::Receive => {
                let Some(form) = &mut self.dialogs.receiving else { return };
                let job = Arc::new(Job::default());
                form.job = Some(Arc::clone(&job));
                form.mistake = None;
                let (into, examiner, passphrase) =
                    (PathBuf::from(form.into.trim()), form.examiner.trim().to_owned(), std::mem::take(&mut form.passphrase));
                let sources = self.opened.clone();
                self.work.receive(move || {
                    let path = key_path().ok_or("this account has no configuration folder to keep a key in")?;
                    let key = key(&path, &examiner, &passphrase)?;
                    let now = crate::model::time::now().ok_or(crate::model::time::BAD_CLOCK)?;
                    let receiving = Receiving { sources: &sources, into: &into, key: &key, examiner: &examiner, now };
                    let received = receive(&receiving, &job).map_err(|error| error.to_string())?;
                    Ok((received, key.public))
                });
            }
            _ => {}
        }
    }

    /// Takes what came of sealing.
    pub(crate) fn received(&mut self, result: Result<(Received, Key), String>) {
        match result {
            Ok((received, mut key)) => {
                key.note = "your own key, for sealing on receipt".into();
                self.note(Entry::new("evidence.received", received.folder.display().to_string()).with("files", received.files));
                // One's own key needs no telephone call.
                self.trust_quietly(key);
                if let Some(form) = &mut self.dialogs.receiving {
                    form.job = None;
                    form.done = Some(received);
                }
            }
            Err(mistake) => {
                if let Some(form) = &mut self.dialogs.receiving {
                    form.job = None;
                    form.mistake = Some(mistake);
                }
            }
        }
    }
}
