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
use crate::model::text::{bytes, count, plural, visible};
use crate::verify::{Examination, Progress};

/// Whether the verdict needs no more than a line: nothing is wrong, and nothing is left to be checked.
fn is_quiet(view: &CaseView) -> bool {
    view.progress.is_none() && matches!(view.case.verdict().state(), State::Sealed | State::Consistent | State::Unsealed)
}

/// How high the verdict stands.
pub fn height(view: &CaseView) -> f32 {
    if is_quiet(view) { 50.0 } else { 86.0 }
}

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
        let counted = State::ALL.into_iter().filter(|state| case.counts().of(*state) > 0).count() as f32;
        let counts_width = (counted * 84.0).min(ui.available_width() * 0.36);
        let text_width = (ui.available_width() - counts_width - 16.0).max(200.0);
        let quiet = is_quiet(view);
        ui.allocate_ui_with_layout(
            vec2(text_width, height(view) - 12.0),
            Layout::top_down(Align::Min).with_main_align(Align::Center),
            |ui| {
                ui.spacing_mut().item_spacing.y = if quiet { 1.0 } else { 4.0 };
                match progress {
                    Some(progress) => running(ui, case, progress, palette, commands),
                    None => sentence(ui, case, quiet, palette),
                }
            },
        );
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(16.0);
            let counts = case.counts();
            for state in State::ALL.into_iter().rev() {
                let number = counts.of(state);
                if number == 0 {
                    continue;
                }
                let text = RichText::new(count(number)).font(FontId::new(tokens::BODY, tokens::medium())).color(palette.text);
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

/// The verdict in a sentence, and below it what it covers. The sentence is as large as two lines allow; the rest is in the tip and in the findings.
fn sentence(ui: &mut Ui, case: &Examination, quiet: bool, palette: &Palette) {
    let sentence = shown(ui.ctx(), &case.sentence()).into_owned();
    let (width, lines) = (ui.available_width(), if quiet { 1 } else { 2 });
    let job = |size: f32| {
        let mut job = LayoutJob::simple(sentence.clone(), FontId::new(size, tokens::semibold()), palette.text, width);
        job.wrap.max_rows = lines;
        job
    };
    let sizes: [f32; 3] = if quiet { [17.0, 15.0, 13.5] } else { [tokens::HERO, 17.0, 15.0] };
    let fits = |size: &f32| ui.fonts_mut(|fonts| !fonts.layout_job(job(*size)).elided);
    let size = sizes.into_iter().find(fits).unwrap_or(sizes[2]);
    ui.add(Label::new(job(size))).on_hover_text(&sentence);
    let line = visible(&case.coverage().line()).into_owned();
    ui.add(Label::new(RichText::new(&line).size(tokens::SMALL).color(palette.dim)).truncate()).on_hover_text(&line);
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
