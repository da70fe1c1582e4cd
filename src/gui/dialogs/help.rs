//! Keyboard, mouse and filter, in short.

use eframe::egui::{Grid, RichText, ScrollArea, Ui, vec2};

use crate::gui::widgets::dialog::dialog;
use crate::gui::widgets::parts::{code_box, section};
use crate::gui::widgets::shortcuts::HELP;
use crate::gui::widgets::tokens::{self, Palette};

/// Draws the dialog. Whether it is to be closed.
pub fn ui(ui: &Ui) -> bool {
    let palette = Palette::of(ui.ctx());
    dialog(ui, "Keyboard and mouse", "", 460.0, |ui, controls| {
        let height = (ui.ctx().content_rect().height() - 160.0).max(200.0);
        ScrollArea::vertical().max_height(height).show(ui, |ui| {
            Grid::new("keys").num_columns(2).spacing(vec2(24.0, 6.0)).show(ui, |ui| {
                for (key, what) in HELP {
                    ui.label(RichText::new(*key).font(tokens::mono(tokens::SMALL)));
                    ui.label(RichText::new(*what).color(palette.dim));
                    ui.end_row();
                }
            });
            ui.add_space(8.0);
            section(ui, "Filter", &palette);
            let examples: Vec<&str> = crate::query::FIELDS.iter().map(|(_, example)| *example).collect();
            code_box(ui, &examples.join("\n"), &palette);
        });
        ui.add_space(8.0);
        controls.close(ui, "Close");
    })
    .closed
}
