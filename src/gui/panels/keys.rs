//! The Keys panel: which keys are trusted, which lay in the evidence, and adding more.

use std::path::{Path, PathBuf};

use eframe::egui::{self, FontId, Label, RichText, ScrollArea, TextEdit, Ui};

use crate::case::trust_file::Change;
use crate::gui::command::{Command, Commands};
use crate::gui::widgets::buttons::{plain_button, quiet_button};
use crate::gui::widgets::dialog::{Controls, dialog};
use crate::gui::widgets::parts::{code_box, divider, error, section};
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::text::visible;
use crate::model::time::now;
use crate::trust::key::limit;
use crate::trust::{Kept, Key, KeyError, Role, Store as Keys, read_text};

/// The panel, with what is being typed.
#[derive(Clone, Debug, Default)]
pub struct KeysPanel {
    /// The pasted key or list of keys.
    text: String,
    /// The log it may speak for; empty for what it speaks for by itself.
    origin: String,
    /// A name for a key that brings none of its own.
    name: String,
    /// Valid from; empty for always.
    from: String,
    /// Valid until; empty for ever.
    until: String,
    /// The user's remark.
    note: String,
    /// The file whose text was put into the form, with what it holds.
    offered: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
}

impl KeysPanel {
    /// An empty form, with what is wrong with the stored keys.
    pub fn new(error: Option<String>) -> Self {
        Self { error, ..Self::default() }
    }

    /// A form with the text of a file that was dropped on the window. Nothing is trusted yet.
    pub fn offering(path: &Path) -> Self {
        let mut panel = Self::default();
        match read_text(path) {
            Ok(text) => {
                let mut keys = Keys::default();
                let read = keys.add_text(path, &text);
                let each: Vec<String> =
                    keys.trusted().iter().map(|key| format!("{}, fingerprint {}", key.name, key.fingerprint())).collect();
                panel.offered = Some(format!("{} was dropped. It holds:\n{}", path.display(), each.join("\n")));
                (panel.text, panel.error) = (text, read.err().map(|error| error.to_string()));
            }
            Err(error) => panel.error = Some(format!("{}: {}", path.display(), crate::source::plain(&error))),
        }
        panel
    }

    /// Draws the panel over the trusted keys and those found in the evidence. Whether it is to be closed.
    pub fn ui(&mut self, ui: &Ui, keys: &Keys, found: &[Key], commands: &mut Commands) -> bool {
        let palette = &Palette::of(ui.ctx());
        let text = "A key is trusted only because you say so. Get it from its owner by another channel than the evidence, and compare the fingerprint.";
        dialog(ui, "Keys", text, 620.0, |ui, controls| {
            ScrollArea::vertical().max_height(330.0).auto_shrink([false, true]).show(ui, |ui| lists(ui, keys, found, palette, commands));
            divider(ui, palette);
            section(ui, "Add", palette);
            if let Some(offered) = &self.offered {
                ui.add(Label::new(RichText::new(crate::model::text::visible_lines(offered)).color(palette.text)).wrap().selectable(true));
                ui.add_space(4.0);
            }
            self.fields(ui, controls);
            error(ui, self.error.as_deref(), palette);
            ui.add_space(6.0);
            ui.horizontal(|ui| {
                if controls.confirm(ui, "Trust this key", !self.text.trim().is_empty()) {
                    match self.changes(Path::new("the pasted text"), &self.text) {
                        Ok(changes) => commands.push(Command::ChangeTrust(changes)),
                        Err(why) => self.error = Some(why),
                    }
                }
                controls.close(ui, "Close");
                ui.label(RichText::new("You can also drop trust files here.").size(tokens::SMALL).color(palette.dim));
            });
        })
        .closed
    }

    fn fields(&mut self, ui: &mut Ui, controls: &mut Controls) {
        let edit = TextEdit::multiline(&mut self.text).desired_rows(2).desired_width(f32::INFINITY).font(tokens::mono(11.0));
        let hint = "name+id+key, PEM (also of time-stamping authorities), did:key, an allowed_signers line, a tlog policy, hmac NAME SECRET, a journal key, list-public-keys output, or a trust file in TOML";
        controls.lines(ui, edit.hint_text(hint), "Key to add");
        let mut field = |ui: &mut Ui, text: &mut String, width: f32, hint: &str, name: &'static str| {
            controls.field(ui, TextEdit::singleline(text).desired_width(width).hint_text(hint), name);
        };
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            field(ui, &mut self.name, 280.0, "name, if the key has none (optional)", "Name");
            field(ui, &mut self.origin, f32::INFINITY, "for this log only (optional)", "Log the key may sign");
        });
        ui.horizontal(|ui| {
            field(ui, &mut self.from, 132.0, "from 2026-01-01", "Valid from, UTC");
            field(ui, &mut self.until, 132.0, "until 2027-01-01", "Valid until, UTC");
            field(ui, &mut self.note, f32::INFINITY, "note, such as how you got it (optional)", "Note");
        });
    }

    /// What the keys in dropped files change. A file that cannot be used is said in the panel.
    pub fn dropped(&mut self, paths: &[PathBuf]) -> Vec<Change> {
        let mut changes = Vec::new();
        for path in paths {
            let read = read_text(path).map_err(|error| format!("{}: {}", path.display(), crate::source::plain(&error)));
            match read.and_then(|text| self.changes(path, &text)) {
                Ok(more) => changes.extend(more),
                Err(why) => self.error = Some(why),
            }
        }
        changes
    }

    /// What a text of keys changes, with what was typed beside it.
    fn changes(&self, path: &Path, text: &str) -> Result<Vec<Change>, String> {
        let mut read = Keys::default();
        read.add_text(path, text).map_err(|error| error.to_string())?;
        let limit = |text: &str, ends| match text.trim() {
            "" => Ok(None),
            text => limit(text, ends).map(Some).map_err(|error| error.to_string()),
        };
        let (from, until) = (limit(&self.from, false)?, limit(&self.until, true)?);
        let mut keys = Vec::new();
        for key in read.trusted() {
            let mut key = key.clone();
            if !self.name.trim().is_empty() && key.note_type.is_none() {
                self.name.trim().clone_into(&mut key.name);
            }
            key.not_before = from.or(key.not_before);
            key.not_after = until.or(key.not_after);
            if key.not_before.zip(key.not_after).is_some_and(|(from, until)| from > until) {
                return Err(KeyError::Backwards.to_string());
            }
            if !self.origin.trim().is_empty() {
                key.origins.clear();
                key.add_origin(self.origin.trim()).map_err(|error| error.to_string())?;
            }
            if !self.note.trim().is_empty() {
                self.note.trim().clone_into(&mut key.note);
            }
            key.added = key.added.or_else(now);
            keys.push(key);
        }
        let mut changes = vec![Change::Trust(keys)];
        changes.extend(read.policy().map(|policy| Change::Policy(policy.clone())));
        Ok(changes)
    }
}

/// The trusted keys, and those in the evidence.
fn lists(ui: &mut Ui, keys: &Keys, found: &[Key], palette: &Palette, commands: &mut Commands) {
    section(ui, &format!("Trusted   {}", keys.trusted().len()), palette);
    if keys.trusted().is_empty() {
        ui.label(RichText::new("None yet.").color(palette.dim));
    }
    for key in keys.trusted() {
        row(ui, key, true, palette, &mut |ui| {
            keep(ui, key, palette, commands);
            if ui.add(quiet_button("Remove", palette)).on_hover_text(format!("Stop trusting {}", visible(&key.name))).clicked() {
                commands.push(Command::Distrust(key.name.clone(), key.fingerprint()));
            }
        });
    }
    let unknown: Vec<&Key> = found.iter().filter(|key| !keys.trusted().iter().any(|other| other.material == key.material)).collect();
    if !unknown.is_empty() {
        divider(ui, palette);
        section(ui, "In the evidence, not trusted", palette);
        let text = "An attacker could have put these keys there. They prove only that the evidence agrees with itself.";
        ui.add(Label::new(RichText::new(text).size(tokens::SMALL).color(palette.dim)).wrap());
        for key in unknown {
            row(ui, key, false, palette, &mut |ui| {
                if ui.add(plain_button("Trust", palette)).on_hover_text("I have compared the fingerprint with its owner").clicked() {
                    commands.push(Command::Trust(Box::new(key.clone())));
                }
            });
        }
    }
}

/// Offers to store a key that holds for this session only.
fn keep(ui: &mut Ui, key: &Key, palette: &Palette, commands: &mut Commands) {
    let (enabled, hint) = match key.kept {
        Kept::Stored => return,
        Kept::Session => (true, "Store this key, not only until the window closes"),
        Kept::Demo => (false, "Anyone can make the demo’s keys, so they cannot be stored"),
    };
    if ui.add_enabled(enabled, plain_button("Keep", palette)).on_hover_text(hint).on_disabled_hover_text(hint).clicked() {
        commands.push(Command::Keep(key.name.clone(), key.fingerprint()));
    }
}

/// A short word in a frame.
fn badge(ui: &mut Ui, word: &str, palette: &Palette) {
    let frame = egui::Frame::new().stroke(egui::Stroke::new(1.0, palette.line)).fill(palette.raised).corner_radius(4.0);
    frame.inner_margin(egui::Margin::symmetric(5, 1)).show(ui, |ui| ui.label(RichText::new(word).size(tokens::HEAD).color(palette.dim)));
}

fn row(ui: &mut Ui, key: &Key, trusted: bool, palette: &Palette, action: &mut dyn FnMut(&mut Ui)) {
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.label(RichText::new(visible(&key.name)).font(FontId::new(tokens::BODY, tokens::medium())));
        ui.label(RichText::new(key.material.algorithm()).size(tokens::SMALL).color(palette.dim));
        match key.kept {
            Kept::Session if trusted => badge(ui, "this session", palette),
            Kept::Demo => badge(ui, "demo", palette),
            Kept::Session | Kept::Stored => {}
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| action(ui));
    });
    let mut about = Vec::new();
    if !key.origins.is_empty() {
        about.push(format!("only for {}", key.origins.join(", ")));
    }
    match key.role {
        Role::Witness => about.push("a witness".into()),
        Role::Examiner => about.push("an examiner".into()),
        Role::Log | Role::TimeStamping | Role::Secret => {}
    }
    if !key.namespaces.is_empty() {
        about.push(format!("signs in {}", key.namespaces.join(", ")));
    }
    if let Some(start) = key.not_before {
        about.push(format!("from {}", crate::model::time::seconds(start)));
    }
    if let Some(end) = key.not_after {
        about.push(format!("until {}", crate::model::time::seconds(end)));
    }
    if let Some(added) = key.added {
        about.push(format!("added {}", crate::model::time::seconds(added)));
    }
    if !key.note.is_empty() {
        about.push(key.note.clone());
    }
    if !about.is_empty() {
        ui.add(Label::new(RichText::new(visible(&about.join(" · "))).size(tokens::SMALL).color(palette.dim)).wrap());
    }
    let fingerprint: String =
        key.fingerprint().as_bytes().chunks(4).map(|part| String::from_utf8_lossy(part).into_owned()).collect::<Vec<_>>().join(" ");
    code_box(ui, &format!("SHA-256 {fingerprint}"), palette);
}
