//! The verdict in words and numbers, or how far the check is.

use eframe::egui::text::LayoutJob;
use eframe::egui::{Align, FontId, Label, Layout, ProgressBar, Rect, RichText, Role, Sense, Ui, WidgetInfo, vec2};

use crate::gui::command::{Command, Commands};
use crate::gui::state::CaseView;
use crate::gui::widgets::buttons::plain_button;
use crate::gui::widgets::fonts::shown;
use crate::gui::widgets::icons;
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::State;
use crate::model::text::{bytes, count, plural};
use crate::verify::{Examination, Progress};

/// Draws the verdict, or the progress while there is none.
pub fn ui(ui: &mut Ui, view: &CaseView, commands: &mut Commands) {
    let (case, progress, palette) = (&view.case, view.progress, &Palette::of(ui.ctx()));
    let area = ui.max_rect();
    let state = if progress.is_some() { State::Unchecked } else { case.verdict().state() };
    let edge = Rect::from_min_size(area.left_top(), vec2(3.0, area.height()));
    ui.painter().rect_filled(edge, 0.0, palette.state(state));
    ui.horizontal_centered(|ui| {
        ui.add_space(20.0);
        icons::show_state(ui, state, 20.0, palette);
        ui.add_space(6.0);
        let counts_width = 330.0f32.min(ui.available_width() * 0.36);
        let text_width = (ui.available_width() - counts_width - 16.0).max(200.0);
        ui.allocate_ui_with_layout(vec2(text_width, 48.0), Layout::top_down(Align::Min).with_main_align(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            match progress {
                Some(progress) => running(ui, case, progress, palette, commands),
                None => {
                    let sentence = shown(ui.ctx(), &case.sentence()).into_owned();
                    // Two lines at most; the rest is in the tip and in the findings.
                    let mut job = LayoutJob::simple(
                        sentence.clone(),
                        FontId::new(tokens::VERDICT, tokens::semibold()),
                        palette.text,
                        ui.available_width(),
                    );
                    job.wrap.max_rows = 2;
                    ui.add(Label::new(job)).on_hover_text(&sentence);
                    let line = crate::model::text::visible(&case.coverage().line()).into_owned();
                    ui.add(Label::new(RichText::new(&line).size(tokens::SMALL).color(palette.dim)).truncate()).on_hover_text(&line);
                }
            }
        });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(16.0);
            let counts = case.counts();
            for state in State::ALL.into_iter().rev() {
                let number = counts.of(state);
                if number == 0 && matches!(state, State::Unchecked | State::Unsealed) {
                    continue;
                }
                let text = RichText::new(count(number)).font(FontId::new(tokens::BODY, tokens::medium())).color(if number == 0 {
                    palette.dim
                } else {
                    palette.text
                });
                ui.add(Label::new(text).sense(Sense::hover())).on_hover_text(format!(
                    "{}. {}",
                    plural(number, &format!("{} record", state.word())),
                    state.meaning()
                ));
                icons::show_state(ui, state, 13.0, palette);
                ui.add_space(10.0);
            }
        });
    });
}

fn running(ui: &mut Ui, case: &Examination, progress: Progress, palette: &Palette, commands: &mut Commands) {
    ui.horizontal(|ui| {
        let text = format!("Checking {} …", crate::model::text::plural(case.segments.len() as u64, "segment"));
        ui.label(RichText::new(text).font(FontId::new(tokens::VERDICT, tokens::semibold())));
        if ui.add(plain_button("Cancel", palette)).on_hover_text("Stop (Esc); what was read so far stays").clicked() {
            commands.push(Command::Cancel);
        }
    });
    ui.horizontal(|ui| {
        ui.add(ProgressBar::new(progress.fraction()).desired_width(220.0).desired_height(6.0).fill(palette.accent))
            .widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, "Progress"));
        let remaining = progress.remaining_seconds().map_or_else(String::new, |seconds| format!(" · {} left", duration(seconds)));
        let text = format!("{} of {} · {}/s{remaining}", bytes(progress.done), bytes(progress.total), bytes(progress.rate() as u64));
        ui.label(RichText::new(text).size(tokens::SMALL).color(palette.dim));
    });
}

fn duration(seconds: f64) -> String {
    match seconds as u64 {
        0..=1 => "a moment".into(),
        seconds @ 2..=99 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60 + 1),
    }
}
