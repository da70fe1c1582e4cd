//! A field for paths, for desktops without file dialogs.

use std::path::PathBuf;

use eframe::egui::{Key, KeyboardShortcut, Modifiers, RichText, TextEdit, Ui};

use crate::gui::command::{Command, Commands};
use crate::gui::widgets::dialog::dialog;
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::State;

/// The dialog.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    text: String,
}

impl Paths {
    /// Draws the dialog. Whether it is to be closed.
    pub fn ui(&mut self, ui: &Ui, commands: &mut Commands) -> bool {
        let palette = Palette::of(ui.ctx());
        let text = "One path or file:// address per line: files, folders or archives.";
        dialog(ui, "Open paths", text, 520.0, |ui, controls| {
            let edit = TextEdit::multiline(&mut self.text).desired_rows(4).desired_width(f32::INFINITY);
            // A path is confirmed far more often than another is added below it.
            let edit = edit.return_key(KeyboardShortcut::new(Modifiers::SHIFT, Key::Enter));
            controls.field(ui, edit.font(tokens::mono(tokens::SMALL)).hint_text("/var/log/audit"), "Paths");
            ui.add_space(8.0);
            ui.horizontal(|ui| {
                let paths = pasted_paths(&self.text);
                if controls.confirm(ui, "Open", !paths.is_empty()) {
                    commands.push(Command::Open(paths.clone()));
                    controls.done();
                }
                controls.close(ui, "Cancel");
                if !self.text.trim().is_empty() && paths.is_empty() {
                    ui.label(RichText::new("No such file or directory.").color(palette.state(State::Suspect)));
                }
            });
        })
        .closed
    }
}

/// The paths in a pasted text: one a line, as paths or `file://` addresses. Only such that exist.
pub fn pasted_paths(text: &str) -> Vec<PathBuf> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| line.strip_prefix("file://").map_or_else(|| PathBuf::from(line.trim_matches(['"', '\''])), decoded))
        .filter(|path| path.is_absolute() && path.exists())
        .collect()
}

/// The path of a `file://` address (RFC 8089): the host is left out, percent signs are undone.
fn decoded(address: &str) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    let path = address.find('/').map_or("", |start| &address[start..]);
    PathBuf::from(std::ffi::OsString::from_vec(percent_encoding::percent_decode_str(path).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_paths_are_read() {
        assert_eq!(decoded("/tmp/a%20b"), PathBuf::from("/tmp/a b"));
        assert_eq!(decoded("localhost/tmp/%C3%A4"), PathBuf::from("/tmp/ä"));
        assert_eq!(decoded("/tmp/100%"), PathBuf::from("/tmp/100%"));
        assert_eq!(pasted_paths("file:///tmp\n/nowhere/at/all\n relative\n"), [PathBuf::from("/tmp")]);
    }
}
