//! The Keys panel: which keys are trusted, which lay in the evidence, and adding more.

use eframe::egui::{self, FontId, Label, RichText, ScrollArea, TextEdit, Ui};

use crate::gui::command::Command;
use crate::gui::widgets::buttons::{code_box, divider, mistake, modal, plain_button, primary_button, quiet_button, section};
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::text::visible;
use crate::trust::{Kept, Key, Role, Store as Keys};

/// What is being typed.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// The pasted key or list of keys.
    pub text: String,
    /// The log it may speak for; empty for what it speaks for by itself.
    pub origin: String,
    /// A name for a key that brings none of its own.
    pub name: String,
    /// Valid from; empty for always.
    pub from: String,
    /// Valid until; empty for ever.
    pub until: String,
    /// The user's remark.
    pub note: String,
    /// What went wrong.
    pub mistake: Option<String>,
}

/// Draws the panel.
pub fn show(ui: &Ui, form: &mut Form, keys: &Keys, found: &[Key], palette: &Palette, commands: &mut Vec<Command>) {
    let text =
        "A key is trusted only because you say so. Get it from its owner by another way than the evidence, and compare the fingerprint.";
    let modal = modal(ui, "Keys", text, 620.0, palette, |ui| {
        ScrollArea::vertical().max_height(330.0).auto_shrink([false, true]).show(ui, |ui| {
            section(ui, &format!("Trusted   {}", keys.trusted().len()), palette);
            if keys.trusted().is_empty() {
                ui.label(RichText::new("None yet.").color(palette.dim));
            }
            for key in keys.trusted() {
                row(ui, key, true, palette, &mut |ui| {
                    let hint = "Trust it from now on, not only until the window closes";
                    if key.kept == Kept::Session && ui.add(plain_button("Keep", palette)).on_hover_text(hint).clicked() {
                        commands.push(Command::Keep(key.name.clone(), key.fingerprint()));
                    }
                    if ui.add(quiet_button("Remove", palette)).on_hover_text(format!("Stop trusting {}", visible(&key.name))).clicked() {
                        commands.push(Command::Distrust(key.name.clone(), key.fingerprint()));
                    }
                });
            }
            let unknown: Vec<&Key> =
                found.iter().filter(|key| !keys.trusted().iter().any(|other| other.material == key.material)).collect();
            if !unknown.is_empty() {
                divider(ui, palette);
                section(ui, "In the evidence, not trusted", palette);
                let text =
                    "Whoever made the evidence could have put these keys there. They prove only that the evidence agrees with itself.";
                ui.add(Label::new(RichText::new(text).size(tokens::SMALL).color(palette.dim)).wrap());
                for key in unknown {
                    row(ui, key, false, palette, &mut |ui| {
                        if ui.add(plain_button("Trust", palette)).on_hover_text("I have compared the fingerprint with its owner").clicked()
                        {
                            commands.push(Command::Trust(Box::new(key.clone())));
                        }
                    });
                }
            }
        });
        divider(ui, palette);
        section(ui, "Add", palette);
        let edit = TextEdit::multiline(&mut form.text).desired_rows(2).desired_width(f32::INFINITY).font(tokens::mono(11.0));
        let edit = ui.add(edit.hint_text("name+id+key, PEM (also of time-stamping authorities), did:key, an allowed_signers line, a tlog policy, hmac NAME SECRET, a journal key, list-public-keys output, or a trust file in TOML"));
        edit.widget_info(|| egui::WidgetInfo::labeled(egui::Role::MultilineTextInput, true, "Key to add"));
        let field = |ui: &mut Ui, text: &mut String, width: f32, hint: &str, name: &'static str| {
            let edit = ui.add(TextEdit::singleline(text).desired_width(width).hint_text(hint));
            edit.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, name));
        };
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            field(ui, &mut form.name, 280.0, "name, if the key has none (optional)", "Name");
            field(ui, &mut form.origin, f32::INFINITY, "only for this log (optional)", "Log the key may speak for");
        });
        ui.horizontal(|ui| {
            field(ui, &mut form.from, 132.0, "from 2026-01-01", "Valid from, UTC");
            field(ui, &mut form.until, 132.0, "until 2027-01-01", "Valid until, UTC");
            field(ui, &mut form.note, f32::INFINITY, "note, such as how you got it (optional)", "Note");
        });
        mistake(ui, form.mistake.as_deref(), palette);
        ui.add_space(6.0);
        ui.horizontal(|ui| {
            if ui.add_enabled(!form.text.trim().is_empty(), primary_button("Trust this key", palette)).clicked() {
                commands.push(Command::AddKeys);
            }
            if ui.add(plain_button("Close", palette)).clicked() {
                commands.push(Command::Keys(false));
            }
            ui.label(RichText::new("Files of keys can be dropped here too.").size(tokens::SMALL).color(palette.dim));
        });
    });
    if modal.should_close() {
        commands.push(Command::Keys(false));
    }
}

fn row(ui: &mut Ui, key: &Key, trusted: bool, palette: &Palette, action: &mut dyn FnMut(&mut Ui)) {
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.label(RichText::new(visible(&key.name)).font(FontId::new(tokens::BODY, tokens::medium())));
        ui.label(RichText::new(key.material.algorithm()).size(tokens::SMALL).color(palette.dim));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| action(ui));
    });
    let mut particulars = Vec::new();
    if !key.origins.is_empty() {
        particulars.push(format!("only for {}", key.origins.join(", ")));
    }
    match key.kept {
        Kept::Session if trusted => particulars.push("until the window closes".into()),
        Kept::Demo => particulars.push("for the demo case only".into()),
        Kept::Session | Kept::Stored => {}
    }
    match key.role {
        Role::Witness => particulars.push("a witness".into()),
        Role::Examiner => particulars.push("an examiner".into()),
        Role::Log | Role::TimeStamping | Role::Secret => {}
    }
    if !key.namespaces.is_empty() {
        particulars.push(format!("signs in {}", key.namespaces.join(", ")));
    }
    if let Some(start) = key.not_before {
        particulars.push(format!("from {}", crate::model::time::seconds(start)));
    }
    if let Some(end) = key.not_after {
        particulars.push(format!("until {}", crate::model::time::seconds(end)));
    }
    if let Some(added) = key.added {
        particulars.push(format!("added {}", crate::model::time::seconds(added)));
    }
    if !key.note.is_empty() {
        particulars.push(key.note.clone());
    }
    if !particulars.is_empty() {
        ui.add(Label::new(RichText::new(visible(&particulars.join(" · "))).size(tokens::SMALL).color(palette.dim)).wrap());
    }
    let fingerprint: String =
        key.fingerprint().as_bytes().chunks(4).map(|part| String::from_utf8_lossy(part).into_owned()).collect::<Vec<_>>().join(" ");
    code_box(ui, &format!("SHA-256 {fingerprint}"), palette);
}
