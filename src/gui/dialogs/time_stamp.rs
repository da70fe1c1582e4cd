//! Time-stamping a bundle. The request and the answer are files; nothing here uses a network.

use std::path::{Path, PathBuf};

use eframe::egui::{Grid, RichText, TextEdit, Ui};

use crate::bundle::{attach, request};
use crate::gui::widgets::buttons::plain_button;
use crate::gui::widgets::dialog::dialog;
use crate::gui::widgets::parts::icon_row;
use crate::gui::widgets::tokens::Palette;
use crate::model::text::visible;
use crate::model::{State, time};
use crate::trust::Store as Keys;
use crate::trust::time_stamp::Trust;

/// What the dialog asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Let the user choose a file for this field.
    Choose(Field),
    /// Write a request for the bundle at this path.
    Request(PathBuf),
    /// Put the authority's answer, the second path, into the bundle.
    Attach(PathBuf, PathBuf),
    /// Close the dialog.
    Close,
}

/// A field for a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The bundle.
    Bundle,
    /// The authority's answer.
    Answer,
}

impl Field {
    /// What the chooser of files says.
    pub fn title(self) -> &'static str {
        match self {
            Self::Bundle => "The bundle",
            Self::Answer => "The authority's answer",
        }
    }
}

/// What comes back.
pub enum Outcome {
    /// The file that was chosen for a field; `None` if none was.
    Chosen(Field, Option<PathBuf>),
    /// The outcome of it, in a sentence.
    Said(Result<String, String>),
}

#[derive(Default)]
enum Phase {
    #[default]
    Filling,
    Running,
    Done(Result<String, String>),
}

/// The dialog.
#[derive(Default)]
pub struct TimeStamp {
    bundle: String,
    answer: String,
    phase: Phase,
}

impl TimeStamp {
    /// For the bundle at this path; empty for one to be chosen.
    pub fn new(bundle: String) -> Self {
        Self { bundle, ..Self::default() }
    }

    /// Draws the dialog.
    pub fn ui(&mut self, ui: &Ui) -> Option<Command> {
        let palette = &Palette::of(ui.ctx());
        let text = "An outside authority (RFC 3161) can confirm when the signature existed. Write the request, send it to the authority, and add its answer to the bundle. Trust its certificate under Keys.";
        let mut wanted = None;
        let running = matches!(self.phase, Phase::Running);
        let shown = dialog(ui, "Time-stamp a bundle", text, 600.0, |ui, controls| {
            ui.add_enabled_ui(!running, |ui| {
                Grid::new("stamping").num_columns(2).spacing([16.0, 8.0]).show(ui, |ui| {
                    let bundle = ("Bundle", "Bundle to stamp", "a folder, or a file ending in .zip", &mut self.bundle, Field::Bundle);
                    let hint = "the authority's answer, a file ending in .tsr";
                    let answer = ("Answer", "Answer of the authority", hint, &mut self.answer, Field::Answer);
                    for (word, name, hint, text, field) in [bundle, answer] {
                        ui.label(RichText::new(word).color(palette.dim));
                        ui.horizontal(|ui| {
                            controls.field(ui, TextEdit::singleline(text).desired_width(400.0).hint_text(hint), name);
                            if ui.add(plain_button("Choose…", palette)).clicked() {
                                wanted = Some(Command::Choose(field));
                            }
                        });
                        ui.end_row();
                    }
                });
            });
            if let Phase::Done(said) = &self.phase {
                ui.add_space(8.0);
                let (state, text) = match said {
                    Ok(text) => (State::Sealed, text),
                    Err(text) => (State::Broken, text),
                };
                icon_row(ui, state, &visible(text), "", palette);
            }
            ui.add_space(12.0);
            let (bundle, answer) = (PathBuf::from(self.bundle.trim()), PathBuf::from(self.answer.trim()));
            let (named, answered) = (!bundle.as_os_str().is_empty(), !answer.as_os_str().is_empty());
            ui.horizontal(|ui| {
                if ui.add_enabled(!running && named, plain_button("Write the request", palette)).clicked() {
                    wanted = Some(Command::Request(bundle.clone()));
                }
                if controls.confirm(ui, "Add the answer", !running && named && answered) {
                    wanted = Some(Command::Attach(bundle, answer));
                }
                controls.close(ui, "Close");
            });
        });
        if shown.closed && !running {
            wanted = Some(Command::Close);
        }
        wanted
    }

    /// The work has been started.
    pub fn started(&mut self) {
        self.phase = Phase::Running;
    }

    /// Takes what came back.
    pub fn take(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Chosen(Field::Bundle, Some(path)) => self.bundle = path.display().to_string(),
            Outcome::Chosen(Field::Answer, Some(path)) => self.answer = path.display().to_string(),
            Outcome::Chosen(_, None) => {}
            Outcome::Said(said) => self.phase = Phase::Done(said),
        }
    }
}

/// Writes a request beside the bundle. Gives a sentence on what to do with it.
pub fn write_request(bundle: &Path) -> Result<String, String> {
    let mut out = bundle.as_os_str().to_owned();
    out.push(".tsq");
    let out = PathBuf::from(out);
    request(bundle, &out).map_err(|error| error.to_string())?;
    Ok(format!("The request is in {}. Send it as application/timestamp-query.", out.display()))
}

/// Puts the authority's answer into the bundle. Gives a sentence on what it states.
pub fn attach_answer(bundle: &Path, answer: &Path, keys: &Keys) -> Result<String, String> {
    let stamp = attach(bundle, answer, keys).map_err(|error| error.to_string())?;
    let more = match &stamp.trust {
        Trust::Trusted => String::new(),
        Trust::Unknown(why) => format!(", but {why}: trust its certificate under Keys"),
    };
    Ok(format!("Stamped {} by {}{more}.", time::seconds(stamp.time), stamp.authority))
}
