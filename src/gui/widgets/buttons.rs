//! The three kinds of buttons.

use eframe::egui::{Button, FontId, RichText, Stroke, vec2};

use super::tokens::{self, Palette};

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
