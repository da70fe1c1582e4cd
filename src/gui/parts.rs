//! Small pieces that several panels share.

use eframe::egui::{Button, FontId, Frame, Label, Margin, RichText, Sense, Stroke, TextWrapMode, Ui, vec2};

use super::icons;
use super::tokens::{self, Palette};
use crate::model::State;

/// The head of a section, in small capitals.
pub fn section(ui: &mut Ui, text: &str, palette: &Palette) {
    ui.label(RichText::new(text.to_uppercase()).font(FontId::new(tokens::HEAD, tokens::medium())).color(palette.dim));
}

/// The button for the one action that matters.
pub fn primary_button<'a>(text: &str, palette: &Palette) -> Button<'a> {
    Button::new(RichText::new(text).font(FontId::new(tokens::BODY, tokens::semibold())).color(palette.on_accent))
        .fill(palette.accent)
        .stroke(Stroke::NONE)
        .corner_radius(6.0)
}

/// A button with an outline.
pub fn plain_button<'a>(text: &str, palette: &Palette) -> Button<'a> {
    Button::new(RichText::new(text).font(FontId::new(tokens::BODY, tokens::medium())).color(palette.text))
        .fill(palette.raised)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(6.0)
}

/// A button without a frame, for what is used rarely.
pub fn quiet_button<'a>(text: &str, palette: &Palette) -> Button<'a> {
    Button::new(RichText::new(text).size(tokens::SMALL).color(palette.dim))
        .fill(eframe::egui::Color32::TRANSPARENT)
        .stroke(Stroke::NONE)
        .min_size(vec2(22.0, 22.0))
        .corner_radius(4.0)
}

/// An icon with a headline and a line below; gives the whole height as one row.
pub fn icon_row(ui: &mut Ui, state: State, title: &str, below: &str, palette: &Palette) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 9.0;
        let (rect, _) = ui.allocate_exact_size(vec2(14.0, 18.0), Sense::hover());
        icons::state(ui.painter(), rect.center(), 12.0, state, palette);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.add(Label::new(RichText::new(title).font(FontId::new(tokens::BODY, tokens::medium())).color(palette.text)).wrap());
            if !below.is_empty() {
                ui.add(Label::new(RichText::new(below).size(tokens::SMALL).color(palette.dim)).wrap());
            }
        });
    });
}

/// An icon with small text beside it, however many lines that takes.
pub fn small_row(ui: &mut Ui, state: State, text: &str, palette: &Palette) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 9.0;
        let (rect, _) = ui.allocate_exact_size(vec2(14.0, 16.0), Sense::hover());
        icons::state(ui.painter(), rect.center(), 10.0, state, palette);
        ui.vertical(|ui| ui.add(Label::new(RichText::new(text).size(tokens::SMALL).color(palette.dim)).wrap()));
    });
}

/// A divider with space around it.
pub fn divider(ui: &mut Ui, palette: &Palette) {
    ui.add_space(8.0);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, Stroke::new(1.0, palette.line));
    ui.add_space(8.0);
}

/// A box for commands and hashes.
pub fn code_box(ui: &mut Ui, text: &str, palette: &Palette) {
    Frame::new().fill(palette.raised).corner_radius(6.0).inner_margin(Margin::symmetric(10, 8)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.style_mut().wrap_mode = Some(TextWrapMode::Wrap);
        ui.add(Label::new(RichText::new(text).font(tokens::mono(11.0)).color(palette.text)).selectable(true).wrap());
    });
}
