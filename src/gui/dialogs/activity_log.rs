//! The examiner's own log: how much it holds, sealing it and opening it.

use std::path::PathBuf;

use eframe::egui::{Label, RichText, TextEdit, Ui};

use super::examiner_key::{self, KeyWords, account};
use crate::case::examiner_log::{ExaminerLog, Held};
use crate::gui::widgets::buttons::plain_button;
use crate::gui::widgets::dialog::dialog;
use crate::gui::widgets::parts::error;
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::text::{plural, visible};
use crate::trust::Key;

/// What the dialog asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Seal the log with the key of this passphrase and open it; without one, open it as it is.
    Open(Option<String>),
    /// Close the dialog.
    Close,
}

/// What comes back: the log's folder and the key that sealed it, if it was sealed.
pub type Outcome = Result<(PathBuf, Option<Key>), String>;

/// The dialog.
#[derive(Default)]
pub struct ActivityLog {
    folder: PathBuf,
    held: Held,
    key: KeyWords,
    passphrase: String,
    error: Option<String>,
    running: bool,
}

impl ActivityLog {
    /// As the log stands now.
    pub fn new() -> Self {
        let mut form = Self { key: KeyWords::now(), ..Self::default() };
        let held = ExaminerLog::own().and_then(|log| {
            log.folder().clone_into(&mut form.folder);
            log.held()
        });
        match held {
            Ok(held) => form.held = held,
            Err(why) => form.error = Some(why.to_string()),
        }
        form
    }

    /// Draws the dialog.
    pub fn ui(&mut self, ui: &Ui) -> Option<Command> {
        let palette = &Palette::of(ui.ctx());
        let text = "What you open, export, trust and mask is recorded on this computer. Sealed with your key, the log shows that nobody changed it since. It cannot show what was never recorded.";
        let mut wanted = None;
        let shown = dialog(ui, "Activity log", text, 520.0, |ui, controls| {
            ui.label(format!("{}, {} not yet sealed", plural(self.held.sealed, "sealed file"), plural(self.held.open, "record")));
            let small =
                |ui: &mut Ui, text: &str| drop(ui.add(Label::new(RichText::new(text).size(tokens::SMALL).color(palette.dim)).wrap()));
            small(ui, &visible(&self.folder.display().to_string()));
            ui.add_space(8.0);
            small(ui, &format!("Your key: {}", self.key.words));
            if let Some(hint) = self.key.asks {
                controls.secret(ui, TextEdit::singleline(&mut self.passphrase).desired_width(330.0).hint_text(hint), "Passphrase");
            }
            error(ui, self.error.as_deref(), palette);
            ui.add_space(12.0);
            let any = self.held != Held::default() && !self.running;
            ui.horizontal(|ui| {
                if controls.confirm(ui, "Seal and open", any && self.held.open > 0) {
                    wanted = Some(Command::Open(Some(std::mem::take(&mut self.passphrase))));
                }
                if ui.add_enabled(any, plain_button("Open as it is", palette)).clicked() {
                    wanted = Some(Command::Open(None));
                }
                controls.close(ui, "Close");
            });
        });
        if shown.closed {
            wanted = Some(Command::Close);
        }
        wanted
    }

    /// The work has been started.
    pub fn started(&mut self) {
        (self.running, self.error) = (true, None);
    }

    /// Takes why it did not succeed.
    pub fn failed(&mut self, why: String) {
        (self.running, self.error) = (false, Some(why));
    }
}

/// Seals the log, if a passphrase is given, and gives its folder.
pub fn work(passphrase: Option<&str>) -> Outcome {
    let log = ExaminerLog::own().map_err(|error| error.to_string())?;
    let Some(passphrase) = passphrase else { return Ok((log.folder().to_owned(), None)) };
    let path = examiner_key::path().ok_or(examiner_key::NO_FOLDER)?;
    let key = examiner_key::read_or_make(&path, &account(), passphrase)?;
    log.seal(&key).map_err(|error| error.to_string())?;
    Ok((log.folder().to_owned(), Some(key.public)))
}
