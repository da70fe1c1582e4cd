//! Small pieces that several panels share.

use eframe::egui::{
    Button, FontId, Frame, Id, Label, Margin, Modal, ModalResponse, ProgressBar, RichText, Role, Sense, Stroke, TextWrapMode, Ui,
    WidgetInfo, vec2,
};

use crate::gui::widgets::icons;
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::State;
use crate::model::text::{bytes, visible};
use crate::verify::Job;

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

/// A dialog over everything else, with its title and a few words on what it is for.
pub fn modal<T>(ui: &Ui, title: &str, text: &str, width: f32, palette: &Palette, content: impl FnOnce(&mut Ui) -> T) -> ModalResponse<T> {
    Modal::new(Id::unique(title)).frame(crate::gui::panels::welcome::dialog(palette)).show(ui.ctx(), |ui| {
        ui.set_width(width);
        ui.label(RichText::new(title).font(FontId::new(16.0, tokens::semibold())));
        ui.add(Label::new(RichText::new(text).color(palette.dim)).wrap());
        ui.add_space(10.0);
        content(ui)
    })
}

/// What went wrong, if something did.
pub fn mistake(ui: &mut Ui, mistake: Option<&str>, palette: &Palette) {
    if let Some(mistake) = mistake {
        ui.add_space(6.0);
        ui.add(Label::new(RichText::new(visible(mistake)).color(palette.state(State::Broken))).wrap());
    }
}

/// How far a job is, with a button that stops it.
pub fn progress(ui: &mut Ui, job: &Job, palette: &Palette) {
    let progress = job.progress();
    ui.add(ProgressBar::new(progress.fraction()).desired_width(240.0).desired_height(6.0).fill(palette.accent))
        .widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, "Progress"));
    let text = format!("{} of {}", bytes(progress.done), bytes(progress.total));
    ui.label(RichText::new(text).size(tokens::SMALL).color(palette.dim));
    if ui.add(plain_button("Cancel", palette)).clicked() {
        job.cancel();
    }
    ui.ctx().request_repaint_after(std::time::Duration::from_millis(100));
}
