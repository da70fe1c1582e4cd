//! Small pieces that panels and dialogs share.

use eframe::egui::{
    FontId, Frame, Label, Margin, Painter, Pos2, ProgressBar, RichText, Role, Sense, Stroke, TextWrapMode, Ui, WidgetInfo, vec2,
};

use super::buttons::plain_button;
use super::fonts::shown;
use super::icons;
use super::tokens::{self, Palette};
use crate::model::text::{bytes, visible};
use crate::model::{Severity, State};
use crate::verify::Job;

/// The head of a section, in small capitals.
pub fn section(ui: &mut Ui, text: &str, palette: &Palette) {
    ui.label(RichText::new(text.to_uppercase()).font(FontId::new(tokens::HEAD, tokens::medium())).color(palette.dim));
}

/// The icon of a state with a headline and a line below; gives the whole height as one row.
pub fn icon_row(ui: &mut Ui, state: State, title: &str, below: &str, palette: &Palette) {
    titled_row(ui, &|painter, center| icons::state(painter, center, 12.0, state, palette), title, below, palette);
}

/// The mark of a finding with a headline and a line below.
pub fn finding_row(ui: &mut Ui, severity: Severity, title: &str, below: &str, palette: &Palette) {
    titled_row(ui, &|painter, center| icons::finding(painter, center, severity, palette), title, below, palette);
}

fn titled_row(ui: &mut Ui, icon: &dyn Fn(&Painter, Pos2), title: &str, below: &str, palette: &Palette) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 9.0;
        let (rect, _) = ui.allocate_exact_size(vec2(14.0, 18.0), Sense::hover());
        icon(ui.painter(), rect.center());
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.add(
                Label::new(RichText::new(shown(ui.ctx(), title)).font(FontId::new(tokens::BODY, tokens::medium())).color(palette.text))
                    .wrap(),
            );
            if !below.is_empty() {
                ui.add(Label::new(RichText::new(shown(ui.ctx(), below)).size(tokens::SMALL).color(palette.dim)).wrap());
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
        ui.vertical(|ui| ui.add(Label::new(RichText::new(shown(ui.ctx(), text)).size(tokens::SMALL).color(palette.dim)).wrap()));
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
        ui.add(Label::new(RichText::new(shown(ui.ctx(), text)).font(tokens::mono(11.0)).color(palette.text)).selectable(true).wrap());
    });
}

/// What went wrong, if something did.
pub fn error(ui: &mut Ui, error: Option<&str>, palette: &Palette) {
    if let Some(error) = error {
        ui.add_space(6.0);
        ui.add(Label::new(RichText::new(visible(error)).color(palette.state(State::Broken))).wrap());
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
