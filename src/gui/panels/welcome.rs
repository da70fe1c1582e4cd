//! The first sight, and what hovers over the window while files are dragged.

use std::path::PathBuf;

use eframe::egui::{self, Align2, FontId, Id, Label, Layout, Order, Rect, RichText, Spinner, Stroke, StrokeKind, Ui, vec2};

use crate::gui::command::{Command, Commands};
use crate::gui::widgets::buttons::{plain_button, primary_button, quiet_button};
use crate::gui::widgets::icons;
use crate::gui::widgets::parts::section;
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::State;
use crate::model::text::short;

/// The window without a case.
pub struct Welcome<'a> {
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
    pub fn ui(self, ui: &mut Ui, commands: &mut Commands) {
        let palette = Palette::of(ui.ctx());
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
                .on_hover_text("An invented incident: a leaked key, a misled agent, a cover-up")
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
pub fn overlay(ui: &Ui) {
    let palette = Palette::of(ui.ctx());
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
        format!("Drop to open and verify {what}"),
        FontId::new(20.0, tokens::semibold()),
        palette.text,
    );
    painter.text(
        area.center() + vec2(0.0, 18.0),
        Align2::CENTER_CENTER,
        "Evidence is only read, never changed. The open case is closed.",
        tokens::sans(13.0),
        palette.dim,
    );
}
