//! Sealing what is open, on receipt.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::{Grid, Label, RichText, TextEdit, Ui};

use super::examiner_key::{self, KeyWords};
use crate::case::receive::{Received, Receiving, receive};
use crate::gui::command::{Command as Common, Commands};
use crate::gui::widgets::buttons::plain_button;
use crate::gui::widgets::dialog::{Controls, dialog};
use crate::gui::widgets::parts::{error, icon_row, progress};
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::State;
use crate::model::text::{plural, visible};
use crate::trust::Key;
use crate::verify::Job;

/// What the dialog asks for.
pub enum Command {
    /// Let the user choose the folder for the copy.
    Choose,
    /// Copy and seal.
    Receive(Order),
    /// Close the dialog.
    Close,
}

/// What comes back.
pub enum Outcome {
    /// The folder that was chosen; `None` if none was.
    Chosen(Option<PathBuf>),
    /// What was received, and the key that sealed it.
    Received(Box<Result<(Received, Key), String>>),
}

/// All that sealing on receipt needs.
pub struct Order {
    /// What is copied.
    pub sources: Vec<PathBuf>,
    /// The folder for the copy.
    pub into: PathBuf,
    /// Who receives.
    pub examiner: String,
    /// The passphrase of the examiner's key, or of the one to be made.
    pub passphrase: String,
}

#[derive(Default)]
enum Phase {
    #[default]
    Filling,
    Running(Arc<Job>),
    Done(Box<Received>),
}

/// The dialog.
#[derive(Default)]
pub struct Receive {
    sources: Vec<PathBuf>,
    into: String,
    examiner: String,
    passphrase: String,
    key: KeyWords,
    error: Option<String>,
    phase: Phase,
}

impl Receive {
    /// For what is open.
    pub fn new(sources: Vec<PathBuf>) -> Self {
        let documents = directories::UserDirs::new().map(|user| user.document_dir().unwrap_or(user.home_dir()).join("Sealscope"));
        Self {
            sources,
            into: documents.map_or_else(String::new, |folder| folder.display().to_string()),
            examiner: std::env::var("USER").unwrap_or_default(),
            key: KeyWords::now(),
            ..Self::default()
        }
    }

    /// Draws the dialog.
    pub fn ui(&mut self, ui: &Ui, commands: &mut Commands) -> Option<Command> {
        let palette = &Palette::of(ui.ctx());
        let text = "Copies what is open into a new folder and seals the copy with your key. Every later change to the copy shows. The seal proves nothing about the time before.";
        let mut wanted = None;
        let shown = dialog(ui, "Acquire and seal", text, 560.0, |ui, controls| {
            if let Phase::Done(done) = &self.phase {
                finished(ui, controls, done, palette, commands);
                return;
            }
            ui.add_enabled_ui(!matches!(self.phase, Phase::Running(_)), |ui| {
                Grid::new("receiving").num_columns(2).spacing([16.0, 10.0]).show(ui, |ui| {
                    if self.fields(ui, controls, palette) {
                        wanted = Some(Command::Choose);
                    }
                });
            });
            error(ui, self.error.as_deref(), palette);
            ui.add_space(12.0);
            let ready = !self.into.trim().is_empty() && !self.examiner.trim().is_empty();
            ui.horizontal(|ui| match &self.phase {
                Phase::Running(job) => progress(ui, job, palette),
                Phase::Filling | Phase::Done(_) => {
                    if controls.confirm(ui, "Seal", ready) {
                        wanted = Some(Command::Receive(Order {
                            sources: self.sources.clone(),
                            into: PathBuf::from(self.into.trim()),
                            examiner: self.examiner.trim().to_owned(),
                            passphrase: std::mem::take(&mut self.passphrase),
                        }));
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

    /// The fields. Whether a folder is to be chosen.
    fn fields(&mut self, ui: &mut Ui, controls: &mut Controls, palette: &Palette) -> bool {
        let names: Vec<String> =
            self.sources.iter().map(|path| path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())).collect();
        let word = |ui: &mut Ui, text: &str| drop(ui.label(RichText::new(text).color(palette.dim)));
        let mut choose = false;
        word(ui, "What");
        ui.add(Label::new(visible(&crate::model::text::short(&names.join(", "), 60)).into_owned()).wrap());
        ui.end_row();
        word(ui, "Into");
        ui.horizontal(|ui| {
            controls.field(ui, TextEdit::singleline(&mut self.into).desired_width(330.0), "Folder for the sealed copy");
            choose = ui.add(plain_button("Choose…", palette)).clicked();
        });
        ui.end_row();
        word(ui, "Received by");
        let edit = TextEdit::singleline(&mut self.examiner).desired_width(330.0);
        controls.field(ui, edit.hint_text("your name in the record"), "Received by");
        ui.end_row();
        word(ui, "Your key");
        ui.vertical(|ui| {
            ui.add(Label::new(RichText::new(&self.key.words).size(tokens::SMALL).color(palette.dim)).wrap());
            if let Some(hint) = self.key.asks {
                controls.secret(ui, TextEdit::singleline(&mut self.passphrase).desired_width(330.0).hint_text(hint), "Passphrase");
            }
        });
        ui.end_row();
        choose
    }

    /// The work has been started.
    pub fn started(&mut self, job: Arc<Job>) {
        (self.phase, self.error) = (Phase::Running(job), None);
    }

    /// Takes the folder that was chosen.
    pub fn chosen(&mut self, folder: Option<PathBuf>) {
        if let Some(folder) = folder {
            self.into = folder.display().to_string();
        }
    }

    /// Takes what was received, or why nothing was.
    pub fn take(&mut self, result: Result<Received, String>) {
        match result {
            Ok(received) => self.phase = Phase::Done(Box::new(received)),
            Err(why) => (self.phase, self.error) = (Phase::Filling, Some(why)),
        }
    }
}

fn finished(ui: &mut Ui, controls: &mut Controls, done: &Received, palette: &Palette, commands: &mut Commands) {
    let title = format!("{} sealed", plural(done.files, "file"));
    icon_row(ui, State::Sealed, &title, &visible(&done.folder.display().to_string()), palette);
    ui.add_space(6.0);
    let text = format!(
        "{} Record the time of sealing somewhere else too, for example in a mail to a colleague, so that nobody can claim it was sealed later.",
        done.sentence()
    );
    ui.add(Label::new(RichText::new(visible(&text)).size(tokens::SMALL).color(palette.dim)).wrap());
    ui.add_space(12.0);
    ui.horizontal(|ui| {
        if controls.confirm(ui, "Open the sealed copy", true) {
            commands.push(Common::Open(vec![done.folder.clone()]));
            controls.done();
        }
        controls.close(ui, "Close");
    });
}

/// Copies and seals.
pub fn work(order: &Order, job: &Job) -> Result<(Received, Key), String> {
    let path = examiner_key::path().ok_or(examiner_key::NO_FOLDER)?;
    let key = examiner_key::read_or_make(&path, &order.examiner, &order.passphrase)?;
    let now = crate::model::time::now().ok_or(crate::model::time::BAD_CLOCK)?;
    let receiving = Receiving { sources: &order.sources, into: &order.into, key: &key, examiner: &order.examiner, now };
    let received = receive(&receiving, job).map_err(|error| error.to_string())?;
    Ok((received, key.public))
}
