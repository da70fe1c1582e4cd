//! The first sight, what hovers over the window while files are dragged, and the small dialogs.

use std::path::PathBuf;

use eframe::egui::{
    self, Align2, FontId, Frame, Id, Label, Layout, Margin, Order, Rect, RichText, Spinner, Stroke, StrokeKind, TextEdit, Ui, pos2, vec2,
};

use crate::gui::app::start::pasted_paths;
use crate::gui::command::Command;
use crate::gui::widgets::buttons::{code_box, plain_button, primary_button, quiet_button, section};
use crate::gui::widgets::icons;
use crate::gui::widgets::shortcuts as keys;
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::State;
use crate::model::text::short;

/// The window without a case.
pub struct Welcome<'a> {
    /// Colours.
    pub palette: Palette,
    /// What is being waited for.
    pub waiting: Option<&'static str>,
    /// What went wrong.
    pub message: Option<&'a str>,
    /// What was opened before.
    pub recent: &'a [PathBuf],
    /// Whether dropping cannot work on this desktop.
    pub no_drop: bool,
}

impl Welcome<'_> {
    /// Draws it.
    pub fn show(self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let palette = self.palette;
        let area = ui.available_rect_before_wrap();
        let zone = area.shrink(24.0);
        icons::dashed(ui.painter(), zone, palette.line);
        let width = 560.0f32.min(area.width() - 64.0);
        let height = 330.0f32.min(area.height() - 32.0);
        let rect = Rect::from_center_size(area.center() - vec2(0.0, 16.0), vec2(width, height));
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect).layout(Layout::top_down(egui::Align::Center)));
        let ui = &mut child;
        let (mark, _) = ui.allocate_exact_size(vec2(56.0, 56.0), egui::Sense::hover());
        logo(ui.painter(), mark, &palette);
        ui.add_space(12.0);
        ui.label(RichText::new("Can this log be believed?").font(FontId::new(22.0, tokens::semibold())));
        ui.add_space(4.0);
        let text = "Sealscope verifies sealed audit logs and shows who did what, when, from where and under which credential.";
        ui.add(Label::new(RichText::new(text).size(14.0).color(palette.dim)).wrap());
        ui.add_space(20.0);
        if let Some(waiting) = self.waiting {
            ui.add(Spinner::new());
            ui.label(RichText::new(waiting).color(palette.dim));
            return;
        }
        ui.allocate_ui_with_layout(vec2(366.0, 38.0), Layout::left_to_right(egui::Align::Center), |ui| {
            ui.spacing_mut().button_padding = vec2(16.0, 9.0);
            if ui.add(primary_button("Open files…", &palette)).clicked() {
                commands.push(Command::ChooseFiles);
            }
            if ui.add(plain_button("Open folder…", &palette)).clicked() {
                commands.push(Command::ChooseFolder);
            }
            if ui
                .add(plain_button("Open the demo", &palette))
                .on_hover_text("A made-up incident with everything in it: a leaked key, a misled agent, a cover-up")
                .clicked()
            {
                commands.push(Command::OpenDemo);
            }
        });
        ui.add_space(8.0);
        let drop = if self.no_drop {
            "Dropping files does not work on this desktop; paste paths with Ctrl+V instead."
        } else {
            "or drop logs, folders or archives anywhere · Ctrl+V opens pasted paths"
        };
        ui.label(RichText::new(drop).color(palette.dim));
        if let Some(message) = self.message {
            ui.add_space(8.0);
            ui.add(Label::new(RichText::new(crate::model::text::visible(message)).color(palette.state(State::Broken))).wrap());
        }
        if !self.recent.is_empty() {
            ui.add_space(20.0);
            section(ui, "Recent", &palette);
            for path in self.recent.iter().take(5) {
                let shown = short(&path.display().to_string(), 70);
                if ui.add(quiet_button(&shown, &palette)).clicked() {
                    commands.push(Command::Open(vec![path.clone()]));
                }
            }
        }
    }
}

/// Two rings and a tick: a seal.
fn logo(painter: &egui::Painter, rect: Rect, palette: &Palette) {
    let colour = palette.state(State::Sealed);
    painter.circle_stroke(rect.center(), rect.width() / 2.0 - 2.0, Stroke::new(2.0, colour.gamma_multiply(0.5)));
    icons::state(painter, rect.center(), rect.width() * 0.68, State::Sealed, palette);
}

/// Says what letting go will do, while files hover over the window.
pub fn overlay(ui: &Ui, palette: &Palette) {
    let hovered = ui.ctx().input(|input| input.raw.hovered_files.clone());
    if hovered.is_empty() {
        return;
    }
    let area = ui.ctx().content_rect();
    let painter = ui.ctx().layer_painter(egui::LayerId::new(Order::Foreground, Id::unique("drop overlay")));
    painter.rect_filled(area, 0.0, palette.background.gamma_multiply(0.92));
    painter.rect_stroke(area.shrink(20.0), 12.0, Stroke::new(2.0, palette.accent), StrokeKind::Inside);
    let names: Vec<String> =
        hovered.iter().filter_map(|file| Some(short(&file.path.as_ref()?.file_name()?.to_string_lossy(), 50))).take(4).collect();
    let what = match hovered.len() {
        1 => names.first().cloned().unwrap_or_else(|| "this file".into()),
        count => format!("{count} items"),
    };
    painter.text(
        area.center() - vec2(0.0, 12.0),
        Align2::CENTER_CENTER,
        format!("Let go to open and verify {what}"),
        FontId::new(20.0, tokens::semibold()),
        palette.text,
    );
    painter.text(
        area.center() + vec2(0.0, 18.0),
        Align2::CENTER_CENTER,
        "Nothing is changed: evidence is only read. An open case is closed.",
        tokens::sans(13.0),
        palette.dim,
    );
}

/// A field for paths, for desktops without file dialogs.
pub fn paths_field(ui: &Ui, field: &mut Option<String>, palette: &Palette, commands: &mut Vec<Command>) {
    let Some(text) = field else { return };
    let mut close = false;
    let modal = egui::Modal::new(Id::unique("paths")).frame(dialog(palette)).show(ui.ctx(), |ui| {
        ui.set_width(520.0);
        ui.label(RichText::new("Open paths").font(FontId::new(16.0, tokens::semibold())));
        ui.label(RichText::new("One path or file:// address a line: files, folders or archives.").color(palette.dim));
        ui.add_space(6.0);
        let edit = ui.add(
            TextEdit::multiline(text)
                .desired_rows(4)
                .desired_width(f32::INFINITY)
                .font(tokens::mono(tokens::SMALL))
                .hint_text("/var/log/audit"),
        );
        edit.widget_info(|| egui::WidgetInfo::labeled(egui::Role::MultilineTextInput, true, "Paths"));
        edit.request_focus();
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            let paths = pasted_paths(text);
            if ui.add_enabled(!paths.is_empty(), primary_button("Open", palette)).clicked() {
                commands.push(Command::Open(paths));
                close = true;
            }
            close |= ui.add(plain_button("Cancel", palette)).clicked();
            if !text.trim().is_empty() && pasted_paths(text).is_empty() {
                ui.label(RichText::new("There is nothing at this path.").color(palette.state(State::Suspect)));
            }
        });
    });
    if close || modal.should_close() {
        *field = None;
    }
}

/// The keys and what they do.
pub fn help(ui: &Ui, palette: &Palette, commands: &mut Vec<Command>) {
    let modal = egui::Modal::new(Id::unique("help")).frame(dialog(palette)).show(ui.ctx(), |ui| {
        ui.set_width(460.0);
        ui.label(RichText::new("Keyboard and mouse").font(FontId::new(16.0, tokens::semibold())));
        ui.add_space(8.0);
        egui::Grid::new("keys").num_columns(2).spacing(vec2(24.0, 6.0)).show(ui, |ui| {
            for (key, what) in keys::HELP {
                ui.label(RichText::new(*key).font(tokens::mono(tokens::SMALL)));
                ui.label(RichText::new(*what).color(palette.dim));
                ui.end_row();
            }
        });
        ui.add_space(8.0);
        section(ui, "Filter", palette);
        let examples: Vec<&str> = crate::query::FIELDS.iter().map(|(_, example)| *example).collect();
        code_box(ui, &examples.join("\n"), palette);
        ui.add_space(8.0);
        if ui.add(plain_button("Close", palette)).clicked() {
            commands.push(Command::Help(false));
        }
    });
    if modal.should_close() {
        commands.push(Command::Help(false));
    }
    let _ = pos2;
}

pub(crate) fn dialog(palette: &Palette) -> Frame {
    Frame::new().fill(palette.panel).stroke(Stroke::new(1.0, palette.line)).corner_radius(10.0).inner_margin(Margin::same(20))
}
